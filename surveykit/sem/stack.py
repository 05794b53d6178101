"""Many fits of one model at once: bootstrap replicates as stacked matrices.

Every replicate starts at the estimates of the whole sample, where the curvature is known, so most of the way is
gone by quasi-Newton steps that need nothing but gradients (BFGS, its memory in vectors: Nocedal 1980). Newton's
method with each replicate's own curvature goes the rest and doubles the digits. All replicates that still move
share each linear-algebra call. Who does not arrive from there starts anew from start values of its own, as a
sample of its own would; who does not arrive then either is counted as failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.sem.kernels import group_point, hessian

__all__ = ["StackProblem", "StackedOptimum", "approach", "chunks", "minimise_stack", "stacked_log_det"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
TOLERANCE = 1e-9
MAX_ITERATIONS = 60
NEWTON_BELOW, NEARBY = 0.02, 1e-7
DAMPING_FIRST = 1e-7
APPROACH_TOLERANCE, APPROACH_STEPS = 1e-5, 24


@dataclass(frozen=True, slots=True)
class StackedOptimum:
    """θ (R, k), f (R,), and which replicates (R,) reached a scaled gradient below the tolerance."""

    theta: Array
    f: Array
    converged: NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class StackProblem:
    """One group's block with R samples: S (R, p, p), mean (R, p) or None; S0 may differ by replicate."""

    block: Block
    S: Array
    mean: Array | None
    log_det_S: Array

    def take(self, at: Places) -> StackProblem:
        """Some of the replicates."""
        fixed = self.block.S0[at] if self.block.S0.ndim == 3 else self.block.S0
        means = self.block.m0[at] if self.block.m0.ndim == 2 else self.block.m0
        mean = None if self.mean is None else self.mean[at]
        return StackProblem(replace(self.block, S0=fixed, m0=means), self.S[at], mean, self.log_det_S[at])

    def slopes(self, theta: Array) -> tuple[Array, Array]:
        """f (R,) at θ (R, k), ∞ where Σ is not positive definite, and its gradient (R, k)."""
        block = self.block
        state = block.state(theta)
        sign, log_det = np.linalg.slogdet(state.Sigma)
        good = (sign > 0) & np.isfinite(log_det)
        if not good.all():
            state.Sigma[~good] = np.eye(block.p)
        P = np.linalg.inv(state.Sigma)
        T, d = self.S, None
        if self.mean is not None:
            d = self.mean - state.mu
            T = T + d[:, :, None] * d[:, None, :]
        # tr(P S) + dᵀ P d at once
        f = (log_det - self.log_det_S + (P * T).sum(axis=(1, 2)) - block.p) / 2
        # trace and determinant alone can look right for an indefinite Σ, the diagonal of P cannot
        good &= (np.diagonal(P, axis1=1, axis2=2) > 0).all(axis=1)
        Q = P - P @ T @ P
        GQ = np.swapaxes(state.G, 1, 2) @ Q
        by_a = (GQ @ state.C[:, : block.p])[:, block.a[0], block.a[1]]
        by_s = (GQ @ state.G)[:, block.s[0], block.s[1]] * block.weight
        parts = [by_a, by_s]
        if d is not None:
            e = ((d[:, None, :] @ P) @ state.G)[:, 0, :]
            parts[0] = by_a - e[:, block.a[0]] * state.mean[:, block.a[1]]
            parts.append(-e[:, block.m])
        else:
            parts.append(np.zeros((len(theta), len(block.m))))
        return np.where(good, f, np.inf), block.by_parameter(np.concatenate(parts, axis=1))

    def derivatives(self, theta: Array) -> tuple[Array, Array, Array]:
        """Gradient (R, k), expected and observed information (R, k, k)."""
        state = self.block.state(theta)
        P: Array = np.asarray(np.linalg.inv(state.Sigma), dtype=float)
        d = np.zeros(state.mu.shape) if self.mean is None else self.mean - state.mu
        block = self.block
        part = group_point(block, self.S, state, P, d, self.mean is not None)
        information, curvature = (block.by_parameters(x) for x in (part.information, hessian(block, part)))
        return block.by_parameter(part.gradient), information, curvature


def approach(problem: StackProblem, start: Array, curvature: Array, diagonal: Array) -> Array:
    """θ (R, k) near every replicate's optimum, by BFGS from a common start (k,).

    ``curvature`` (k, k) is the second derivative of f at the start, ``diagonal`` (k,) scales the gradient. No
    claim is made about who arrived: :func:`minimise_stack` goes on from here.
    """
    R, k = len(problem.S), len(start)
    inverse: Array = np.asarray(np.linalg.inv(curvature), dtype=float)
    unit = np.sqrt(diagonal)
    theta, out, at = np.tile(start, (R, 1)), np.tile(start, (R, 1)), np.arange(R)
    f, g = problem.slopes(theta)
    memory = np.zeros((2, 0, R, k))
    weights = np.zeros((0, R))
    step, length = -(g @ inverse), np.ones(R)
    for _ in range(APPROACH_STEPS):
        trial = theta + length[:, None] * step
        with np.errstate(all="ignore"):
            f_trial, g_trial = problem.slopes(trial)
            fine = np.isfinite(g_trial).all(axis=1)
            moved = fine & (f_trial <= f + 1e-4 * length * (g * step).sum(axis=1) + 1e-14)
        change = np.where(moved[:, None], trial - theta, 0.0)
        slope = np.where(moved[:, None], g_trial - g, 0.0)
        product = (change * slope).sum(axis=1)
        curved = product > 1e-14 * (slope * slope).sum(axis=1)
        weight = np.where(curved, 1 / np.where(curved, product, 1.0), 0.0)
        memory = np.concatenate([memory, np.stack([change, slope])[:, None]], axis=1)
        weights = np.concatenate([weights, weight[None]])
        theta, f = theta + change, np.where(moved, f_trial, f)
        g = np.where(moved[:, None], g_trial, g)
        length = np.where(moved, 1.0, length / 4)
        out[at] = theta
        going = (np.abs(g) / unit).max(axis=1) > APPROACH_TOLERANCE
        going &= length > 1e-6
        if not going.any():
            break
        if not going.all():
            at, problem, theta, f, g = at[going], problem.take(going), theta[going], f[going], g[going]
            memory, weights, length, moved = (
                memory[:, :, going],
                weights[:, going],
                length[going],
                moved[going],
            )
            step = step[going]
        step = np.where(moved[:, None], _direction(g, memory, weights, inverse), step)
    return out


def _direction(g: Array, memory: Array, weights: Array, inverse: Array) -> Array:
    """−B g for the BFGS inverse curvature B that the memory implies (the two-loop recursion)."""
    changes, slopes = memory
    q = g.copy()
    alphas = []
    for i in range(len(weights) - 1, -1, -1):
        alpha = weights[i] * (changes[i] * q).sum(axis=1)
        q -= alpha[:, None] * slopes[i]
        alphas.append(alpha)
    r = q @ inverse
    for i, alpha in enumerate(reversed(alphas)):
        beta = weights[i] * (slopes[i] * r).sum(axis=1)
        r += (alpha - beta)[:, None] * changes[i]
    return -r


def minimise_stack(
    problem: StackProblem, start: Array, max_iterations: int = MAX_ITERATIONS
) -> StackedOptimum:
    """The optimum of every replicate, each from its own start (R, k): damped scoring, then Newton."""
    theta = start.copy()
    f = problem.slopes(theta)[0]
    damping = np.zeros(len(f))
    done, active = np.zeros(len(f), dtype=bool), np.nonzero(np.isfinite(f))[0]
    for _ in range(max_iterations):
        if not len(active):
            break
        part, now, value, damp = problem.take(active), theta[active], f[active], damping[active]
        slopes, expected, observed = part.derivatives(now)
        unit = _units(expected)
        scaled = slopes / unit
        matrix = _matrices(expected, observed, unit, scaled, damp)
        step = -np.linalg.solve(matrix, scaled[..., None])[..., 0]
        slope = (scaled * step).sum(axis=1)
        trial = now + step / unit
        with np.errstate(all="ignore"):
            reached, g_trial = part.slopes(trial)
        rounding = 4e-14 * (1 + np.abs(value))
        better = (slope < 0) & (
            (reached <= value + 1e-4 * slope) | ((reached <= value + rounding) & (-slope < 1e3 * rounding))
        )
        move = better & np.isfinite(reached)
        before, after = np.abs(scaled).max(axis=1), np.abs(g_trial / unit).max(axis=1)
        theta[active[move]], f[active[move]] = trial[move], reached[move]
        arrived = (before < TOLERANCE) | (move & (after < TOLERANCE))
        last = np.nonzero(move & (after < TOLERANCE))[0]
        if len(last):
            # one step more, with the curvature at hand, doubles the digits of those that have arrived
            rest = np.linalg.solve(matrix[last], (g_trial / unit)[last][..., None])[..., 0]
            theta[active[last]] -= rest / unit[last]
        done[active[arrived]] = True
        damping[active] = np.where(
            move, np.where(damp > DAMPING_FIRST, damp / 10, 0.0), np.maximum(damp * 10, DAMPING_FIRST)
        )
        active = active[~arrived & (damping[active] < 1e8)]
    return StackedOptimum(theta, f, done)


def _units(expected: Array) -> Array:
    """The root of the information's diagonal (R, k): what the gradient is divided by."""
    diagonal = np.diagonal(expected, axis1=1, axis2=2)
    return np.sqrt(np.where(diagonal > 0, diagonal, 1.0))


def _matrices(expected: Array, observed: Array, unit: Array, scaled: Array, damping: Array) -> Array:
    """What to solve with: Newton's matrix where it is positive definite and the optimum near, else scoring's."""
    scale = unit[:, :, None] * unit[:, None, :]
    eye = np.eye(unit.shape[1])
    scoring = expected / scale + np.maximum(damping, 1e-12)[:, None, None] * eye
    # a gradient this small needs no decrement to be near
    small = (scaled * scaled).sum(axis=1) < NEARBY
    near = small.copy()
    rest = np.nonzero(~small)[0]
    if len(rest):
        step = np.linalg.solve(scoring[rest], scaled[rest][..., None])[..., 0]
        near[rest] = (scaled[rest] * step).sum(axis=1) < NEWTON_BELOW
    if not near.any():
        return scoring
    newton = observed[near] / scale[near] + damping[near, None, None] * eye
    good = _definite(newton)
    scoring[np.nonzero(near)[0][good]] = newton[good]
    return scoring


def _definite(matrices: Array) -> NDArray[np.bool_]:
    """Which of (R, k, k) are positive definite with room to spare."""
    lowered = matrices - 1e-10 * np.eye(matrices.shape[-1])
    # one call for all where all are; else one each, still a tenth of what eigenvalues cost
    if _has_root(lowered):
        return np.ones(len(matrices), dtype=bool)
    return np.array([_has_root(matrix) for matrix in lowered])


def _has_root(matrices: Array) -> bool:
    try:
        np.linalg.cholesky(matrices)
    except np.linalg.LinAlgError:
        return False
    return True


def stacked_log_det(S: Array) -> Array:
    """log|S| of every replicate, NaN where S is not positive definite."""
    values = np.linalg.eigvalsh(S)
    with np.errstate(all="ignore"):
        out: Array = np.where(values[:, 0] > 0, np.log(np.abs(values)).sum(axis=1), np.nan)
    return out


def chunks(R: int, size: int) -> Sequence[Places]:
    """Replicates in fixed blocks, so that memory stays small and results do not depend on it."""
    return [np.arange(i, min(i + size, R)) for i in range(0, R, size)]
