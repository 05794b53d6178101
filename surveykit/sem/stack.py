"""Many fits of one model at once: bootstrap replicates as stacked matrices.

Every replicate starts at the estimates of the whole sample, which for most is a few Newton steps from its
own optimum. All replicates that still move share each linear-algebra call. Who does not arrive this way is
fitted alone, as a sample of its own; who does not arrive then either is counted as failed.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.sem.kernels import gradient_and_information, group_point, hessian

__all__ = ["StackProblem", "StackedOptimum", "minimise_stack"]

Array = NDArray[np.float64]
TOLERANCE = 1e-9
MAX_ITERATIONS = 60
NEWTON_BELOW = 0.02
DAMPING_FIRST = 1e-7


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

    def take(self, at: NDArray[np.intp]) -> StackProblem:
        """Some of the replicates."""
        fixed = self.block.S0[at] if self.block.S0.ndim == 3 else self.block.S0
        means = self.block.m0[at] if self.block.m0.ndim == 2 else self.block.m0
        mean = None if self.mean is None else self.mean[at]
        return StackProblem(replace(self.block, S0=fixed, m0=means), self.S[at], mean, self.log_det_S[at])

    def value(self, theta: Array) -> Array:
        """f (R,) at θ (R, k); ∞ where Σ is not positive definite."""
        state = self.block.state(theta)
        sign, log_det = np.linalg.slogdet(state.Sigma)
        good = (sign > 0) & np.isfinite(log_det)
        Sigma = np.where(good[:, None, None], state.Sigma, np.eye(self.block.p))
        P = np.linalg.inv(Sigma)
        d = self._difference(state.mu)
        quadratic = np.einsum("ri,rij,rj->r", d, P, d)
        f = (log_det - self.log_det_S + (P * self.S).sum(axis=(1, 2)) - self.block.p + quadratic) / 2
        # trace and determinant alone can look right for an indefinite Σ, the diagonal of P cannot
        good &= (np.diagonal(P, axis1=1, axis2=2) > 0).all(axis=1)
        out: Array = np.where(good, f, np.inf)
        return out

    def derivatives(self, theta: Array, newton: bool) -> tuple[Array, Array, Array]:
        """Gradient (R, k), expected information and, with ``newton``, observed information (R, k, k)."""
        state = self.block.state(theta)
        P: Array = np.asarray(np.linalg.inv(state.Sigma), dtype=float)
        part = group_point(self.block, state, P, self._difference(state.mu), self.mean is not None)
        g, information = gradient_and_information(self.block, self.S, part)
        D = self.block.D
        expected = D.T @ information @ D
        observed = D.T @ hessian(self.block, self.S, part) @ D if newton else expected
        return g @ D, expected, observed

    def _difference(self, mu: Array) -> Array:
        return np.zeros(mu.shape) if self.mean is None else self.mean - mu


def minimise_stack(problem: StackProblem, start: Array) -> StackedOptimum:
    """The optimum of every replicate from a common start (k,)."""
    R = len(problem.S)
    theta = np.tile(start, (R, 1))
    f = problem.value(theta)
    damping = np.zeros(R)
    done, active = np.zeros(R, dtype=bool), np.arange(R)
    for _ in range(MAX_ITERATIONS):
        part = problem.take(active)
        now, value = theta[active], f[active]
        g, expected, observed = part.derivatives(now, True)
        diagonal = np.diagonal(expected, axis1=1, axis2=2)
        scaled = np.abs(g) / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))
        arrived = scaled.max(axis=1) < TOLERANCE
        done[active[arrived]] = True
        step = _steps(g, expected, observed, diagonal, damping[active])
        slope = (g * step).sum(axis=1)
        trial = now + step
        with np.errstate(all="ignore"):
            reached = part.value(trial)
        rounding = 4e-14 * (1 + np.abs(value))
        better = (slope < 0) & (
            (reached <= value + 1e-4 * slope) | ((reached <= value + rounding) & (-slope < 1e3 * rounding))
        )
        move = better & np.isfinite(reached)
        # one step more for those that have arrived doubles their digits
        theta[active[move]], f[active[move]] = trial[move], reached[move]
        damping[active] = np.where(
            move, np.where(damping[active] > DAMPING_FIRST, damping[active] / 10, 0.0),
            np.maximum(damping[active] * 10, DAMPING_FIRST),
        )  # fmt: skip
        active = active[~arrived & (damping[active] < 1e8)]
        if not len(active):
            break
    return StackedOptimum(theta, f, done)


def _steps(g: Array, expected: Array, observed: Array, diagonal: Array, damping: Array) -> Array:
    """Newton steps where the observed information is positive definite and the optimum near, else scoring."""
    k = g.shape[1]
    unit = np.where(diagonal > 0, diagonal, 1.0)
    scale = np.sqrt(unit[:, :, None] * unit[:, None, :])
    scoring = expected / scale + np.maximum(damping, 1e-12)[:, None, None] * np.eye(k)
    rhs = (g / np.sqrt(unit))[..., None]
    step = np.linalg.solve(scoring, rhs)[..., 0]
    near = ((g / np.sqrt(unit)) * step).sum(axis=1) < NEWTON_BELOW
    if near.any():
        newton = observed[near] / scale[near] + damping[near, None, None] * np.eye(k)
        lowest = np.linalg.eigvalsh(newton)[:, 0]
        good = np.nonzero(near)[0][lowest > 1e-10]
        if len(good):
            step[good] = np.linalg.solve(newton[lowest > 1e-10], rhs[good])[..., 0]
    return -step / np.sqrt(unit)


def stacked_log_det(S: Array) -> Array:
    """log|S| of every replicate, NaN where S is not positive definite."""
    values = np.linalg.eigvalsh(S)
    with np.errstate(all="ignore"):
        out: Array = np.where(values[:, 0] > 0, np.log(np.abs(values)).sum(axis=1), np.nan)
    return out


def chunks(R: int, size: int) -> Sequence[NDArray[np.intp]]:
    """Replicates in fixed blocks, so that memory stays small and results do not depend on it."""
    return [np.arange(i, min(i + size, R)) for i in range(0, R, size)]
