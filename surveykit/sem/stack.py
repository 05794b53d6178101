"""Many fits of one model at once: bootstrap replicates as stacked matrices.

Every replicate starts at the estimates of the whole sample, where the curvature is known, so most of the way is
gone by quasi-Newton steps that need nothing but gradients (BFGS, its memory in vectors: Nocedal 1980). Newton's
method with each replicate's own curvature goes the rest and doubles the digits. All replicates that still move
share each linear-algebra call. Who does not arrive from there starts anew from start values of its own, as a
sample of its own would; who does not arrive then either is counted as failed. A replicate need not have a minimum: f
may fall for ever towards a value at infinity, and that is noticed long before the last step.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Protocol, Self

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
DAMPING_LEAST, DAMPING_FIRST, DAMPING_LAST = 1e-9, 1e-3, 1e8
FAR = 5.0
"""How large a parameter must be, in the search's units, before it is asked whether it will ever stop."""
APPROACH_TOLERANCE, APPROACH_STEPS = 1e-5, 16


@dataclass(frozen=True, slots=True)
class StackedOptimum:
    """θ (R, k), f (R,), and which replicates (R,) reached a scaled gradient below the tolerance."""

    theta: Array
    f: Array
    converged: NDArray[np.bool_]


class Stacked(Protocol):
    """What the search needs of stacked problems: samples as many as replicates, and slopes at every θ."""

    @property
    def S(self) -> Array: ...
    def take(self, at: Places) -> Self:
        """Some of the replicates."""
        ...

    def slopes(self, theta: Array) -> tuple[Array, Array]:
        """f (R,) and its gradient (R, k)."""
        ...

    def derivatives(self, theta: Array) -> tuple[Array, Array, Array]:
        """Gradient (R, k), expected and observed information (R, k, k)."""
        ...


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


def approach(problem: Stacked, start: Array, curvature: Array, diagonal: Array) -> Array:
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
    problem: Stacked,
    start: Array,
    max_iterations: int = MAX_ITERATIONS,
    again: Callable[[int, int], Array | None] | None = None,
) -> StackedOptimum:
    """The optimum of every replicate, each from its own start (R, k), by damped scoring and Newton steps.

    Who runs away to infinity (see :class:`_Runaway`) or gets stuck takes another start, ``again(replicate, attempt)`` with
    attempts from 1 on; None ends it. All starts together have ``max_iterations`` steps.
    """
    search = _Search(start.copy(), problem.slopes(start)[0])
    attempts, active = np.zeros(len(start), dtype=int), np.nonzero(np.isfinite(search.f))[0]
    part = problem.take(active) if len(active) else problem
    for _ in range(max_iterations if len(active) else 0):
        stop = search.step(part, active)
        for i in active[stop & ~search.done[active]]:
            attempts[i] += 1
            theta = None if again is None else again(int(i), int(attempts[i]))
            if theta is not None:
                search.restart(i, theta, problem.take(np.array([i])).slopes(theta[None])[0][0])
                stop[active == i] = not np.isfinite(search.f[i])
        if stop.all():
            break
        if stop.any():
            active, part = active[~stop], part.take(np.nonzero(~stop)[0])
    return StackedOptimum(search.theta, search.f, search.done)


class _Search:
    """Where all searches stand: θ and f, the scaled gradient, its units, the matrix to solve with and its damping.

    ``moved`` says whose derivatives are to be taken anew, ``near`` for whom the matrix is the observed information.
    """

    def __init__(self, theta: Array, f: Array) -> None:
        R, k = theta.shape
        self.theta, self.f, self.done = theta, f, np.zeros(R, dtype=bool)
        self.scaled, self.unit, self.matrix = np.zeros((R, k)), np.ones((R, k)), np.zeros((R, k, k))
        self.damping, self.moved, self.near = np.zeros(R), np.ones(R, dtype=bool), np.zeros(R, dtype=bool)
        self.runaway = _Runaway(R)

    def restart(self, i: int, theta: Array, f: float) -> None:
        """Replicate ``i`` begins anew."""
        self.theta[i], self.f[i], self.damping[i], self.moved[i], self.near[i] = theta, f, 0.0, True, False
        self.runaway.forget(i)

    def step(self, part: Stacked, active: Places) -> NDArray[np.bool_]:
        """One step of the replicates ``active``, whose problem is ``part``; which of them stop here."""
        new = self.moved[active]
        if new.any():  # who stayed where he was keeps his derivatives
            these = part if new.all() else part.take(np.nonzero(new)[0])
            self._differentiate(these, active[new])
        value, slopes, damping = self.f[active], self.scaled[active], self.damping[active]
        step = _solved(self.matrix[active], damping, -slopes)
        trial = self.theta[active] + step / self.unit[active]
        with np.errstate(all="ignore"):
            reached, g = part.slopes(trial)
        after = g / self.unit[active]
        move = _better(value, reached, (slopes * step).sum(axis=1))
        self.moved[active] = move
        self.theta[active[move]], self.f[active[move]] = trial[move], reached[move]
        last = move & (np.abs(after).max(axis=1) < TOLERANCE)
        if last.any():
            # one step more, with the curvature at hand, doubles the digits of those that have arrived
            at = active[last]
            self.theta[at] -= _solved(self.matrix[at], np.zeros(len(at)), after[last]) / self.unit[at]
        arrived = last | (np.abs(slopes).max(axis=1) < TOLERANCE)
        if arrived.any():  # a saddle is no optimum
            self.done[active[arrived]] = _definite(self.matrix[active[arrived]])
        shorter = np.where(damping > DAMPING_LEAST, damping / 4, 0.0)
        damping = np.where(move, shorter, np.maximum(damping * 4, DAMPING_FIRST))
        self.damping[active] = damping
        stop: NDArray[np.bool_] = arrived | (damping > DAMPING_LAST)
        stop[move] |= self.runaway.note(active[move], trial[move], reached[move])
        return stop

    def _differentiate(self, part: Stacked, at: Places) -> None:
        """Take the derivatives of the replicates ``at``.

        The matrix is the observed information where the optimum is near or turns out to be, else the expected one.
        """
        slopes, expected, observed = part.derivatives(self.theta[at])
        diagonal = np.diagonal(expected, axis1=1, axis2=2)
        unit = np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        scale = unit[:, :, None] * unit[:, None, :]
        scaled, matrix = slopes / unit, observed / scale
        # a gradient this small needs no decrement to be near
        near = self.near[at] | ((scaled * scaled).sum(axis=1) < NEARBY)
        far = np.nonzero(~near)[0]
        if len(far):
            scoring = expected[far] / scale[far]
            decrement = (_solved(scoring, np.zeros(len(far)), scaled[far]) * scaled[far]).sum(axis=1)
            near[far] = decrement < NEWTON_BELOW
            matrix[far[~near[far]]] = scoring[~near[far]]
        self.scaled[at], self.unit[at], self.matrix[at], self.near[at] = scaled, unit, matrix, near


class _Runaway:
    """Which searches go on for ever: f falls as a parameter grows, towards a value that it has at infinity only.

    f is looked at as a function of s = 1/max|θ| at three points of the way, s at most half of the one before. Where
    its slope, drawn on to s = 0, keeps at least half its size, there is no minimum before infinity.
    """

    def __init__(self, R: int) -> None:
        self.s, self.f = np.zeros((R, 3)), np.zeros((R, 3))
        self.next = np.full(R, FAR)

    def forget(self, i: int) -> None:
        """Replicate ``i`` has come nowhere yet."""
        self.s[i], self.f[i], self.next[i] = 0.0, 0.0, FAR

    def note(self, at: Places, theta: Array, f: Array) -> NDArray[np.bool_]:
        """Take down where the replicates ``at`` are; which ones of them run away."""
        size, out = np.abs(theta).max(axis=1), np.zeros(len(at), dtype=bool)
        far = np.nonzero(size >= self.next[at])[0]
        if not len(far):
            return out
        own = at[far]
        self.next[own] = 2 * size[far]
        for known, value in ((self.s, 1 / size[far]), (self.f, f[far])):
            known[own] = np.column_stack([known[own, 1:], value])
        s, values = self.s[own], self.f[own]
        with np.errstate(divide="ignore", invalid="ignore"):
            slope = np.diff(values) / np.diff(s)
            middle = (s[:, 1:] + s[:, :-1]) / 2
            bend = (slope[:, 0] - slope[:, 1]) / (middle[:, 0] - middle[:, 1])
            at_infinity = slope[:, 1] - bend * middle[:, 1]
        out[far] = (s[:, 0] > 0) & (slope[:, 1] > 0) & (at_infinity > slope[:, 1] / 2)
        return out


def _solved(matrix: Array, damping: Array, right: Array) -> Array:
    """(M + λI)⁻¹ b of every replicate, λ never less than what keeps a singular matrix solvable."""
    damped = matrix + np.maximum(damping, 1e-12)[:, None, None] * np.eye(matrix.shape[-1])
    return np.asarray(np.linalg.solve(damped, right[..., None])[..., 0], dtype=float)


def _better(value: Array, reached: Array, slope: Array) -> NDArray[np.bool_]:
    """Which steps lower f (Armijo), or change it by no more than its rounding error close to the optimum."""
    rounding = 4e-14 * (1 + np.abs(value))
    lower = reached <= value + 1e-4 * slope
    same = (reached <= value + rounding) & (-slope < 1e3 * rounding)
    out: NDArray[np.bool_] = (slope < 0) & (lower | same) & np.isfinite(reached)
    return out


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
