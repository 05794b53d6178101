"""Weighted least squares: the θ that minimises Σ_g c_g (s_g − σ_g(θ))' V_g (s_g − σ_g(θ)).

Gauss–Newton steps with Levenberg damping. Under misfit they converge linearly, so the part of the curvature that
they leave out, Σ e'V ∂²σ, is learned from the gradients on the way (structured symmetric-rank-one updates: Dennis,
Gay & Welsch 1981), and used where the sum is positive definite.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model.table import ParameterTable

__all__ = [
    "Group", "Moved", "Optimum", "minimise_quadratic", "no_start", "not_converged", "search", "slopes_at",
]  # fmt: skip

Array = NDArray[np.float64]
TOLERANCE = 1e-9
MAX_ITERATIONS = 500
_DAMPING_FIRST, _DAMPING_LAST = 1e-6, 1e10


class Moved(Protocol):
    """A model at θ: its statistics and their derivative."""

    @property
    def values(self) -> Array: ...
    @property
    def jacobian(self) -> Array: ...


@dataclass(frozen=True, slots=True)
class Group:
    """One group: s (size,), its weight V as a diagonal (size,) or a matrix, its share c of n, and σ(θ)."""

    observed: Array
    weight: Array
    share: float
    at: Callable[[Array], Moved | None]

    def times(self, x: Array) -> Array:
        """V x."""
        if self.weight.ndim == 2:
            return np.asarray(self.weight @ x, dtype=float)
        out: Array = self.weight * x if x.ndim == 1 else self.weight[:, None] * x
        return out


@dataclass(frozen=True, slots=True)
class Slopes:
    """F at θ, its gradient (k,) and Δ'VΔ (k, k)."""

    theta: Array
    f: float
    gradient: Array
    information: Array


@dataclass(frozen=True, slots=True)
class Optimum:
    """θ, F there, Δ'VΔ (k, k), the scaled gradient (k,), whether it is below the tolerance.

    Under constraints ``K`` (k, k − r) spans what they leave free, ``rank`` is what equalities cost, ``active`` are the
    inequalities that bind.
    """

    theta: Array
    f: float
    information: Array
    scaled_gradient: Array
    converged: bool
    iterations: int
    K: Array | None = None
    rank: int = 0
    active: tuple[int, ...] = ()


def slopes_at(groups: Sequence[Group], theta: Array) -> Slopes | None:
    """The discrepancy and its slopes; None where the model has no moments."""
    f, k = 0.0, len(theta)
    gradient, information = np.zeros(k), np.zeros((k, k))
    for group in groups:
        moved = group.at(theta)
        if moved is None:
            return None
        e = group.observed - moved.values
        weighed = group.times(moved.jacobian)
        f += group.share * float(e @ group.times(e)) / 2
        gradient -= group.share * (e @ weighed)
        information += group.share * (moved.jacobian.T @ weighed)
    return Slopes(theta, f, gradient, information) if np.isfinite(f) else None


def minimise_quadratic(groups: Sequence[Group], start: Array) -> Optimum | None:
    """The minimum from ``start``; None where the model has no moments there."""
    point = slopes_at(groups, start)
    if point is None:
        return None
    k = len(start)
    extra, damping = np.zeros((k, k)), 0.0
    for iteration in range(MAX_ITERATIONS):
        scaled = _scaled(point)
        if np.abs(scaled).max(initial=0.0) < TOLERANCE:
            return Optimum(point.theta, point.f, point.information, scaled, True, iteration)
        following, damping = _step(groups, point, extra, damping)
        if following is None:
            break
        extra = _learned(extra, point, following)
        point = following
    scaled = _scaled(point)
    good = bool(np.abs(scaled).max(initial=0.0) < TOLERANCE)
    return Optimum(point.theta, point.f, point.information, scaled, good, iteration)


def _scaled(point: Slopes) -> Array:
    diagonal = np.diagonal(point.information)
    return point.gradient / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))


def _step(
    groups: Sequence[Group], point: Slopes, extra: Array, damping: float
) -> tuple[Slopes | None, float]:
    """The next accepted point and its damping; None where no step decreases F any more."""
    size = np.sqrt(np.maximum(np.diagonal(point.information), 1e-300))
    unit = np.outer(size, size)
    plain, rhs = point.information / unit, point.gradient / size
    full = plain + extra / unit
    while damping <= _DAMPING_LAST:
        step = -_solved(full, plain, damping, rhs) / size
        slope = float(point.gradient @ step)
        trial = slopes_at(groups, point.theta + step) if slope < 0 and np.isfinite(step).all() else None
        if trial is not None and _accepted(point, trial, slope):
            return trial, damping / 10 if damping > _DAMPING_FIRST else 0.0
        damping = max(damping * 10, _DAMPING_FIRST)
    return None, damping


def _solved(full: Array, plain: Array, damping: float, rhs: Array) -> Array:
    """The damped step with the learned curvature, without it where the sum is not positive definite."""
    ridge = damping * np.eye(len(rhs))
    for matrix in (full + ridge, plain + ridge):
        try:
            np.linalg.cholesky(matrix)
        except np.linalg.LinAlgError:
            continue
        return np.asarray(np.linalg.solve(matrix, rhs), dtype=float)
    return np.asarray(np.linalg.lstsq(plain + ridge, rhs, rcond=None)[0], dtype=float)


def _accepted(point: Slopes, trial: Slopes, slope: float) -> bool:
    if trial.f <= point.f + 1e-4 * slope:
        return True
    rounding = 4e-14 * (1e-3 + abs(point.f))
    near = trial.f <= point.f + rounding and -slope < 1e4 * rounding
    return near and bool(np.abs(_scaled(trial)).max() < np.abs(_scaled(point)).max())


def _learned(extra: Array, old: Slopes, new: Slopes) -> Array:
    """The symmetric rank-one update that makes information + extra explain the change of the gradient."""
    step = new.theta - old.theta
    wanted = new.gradient - old.gradient - new.information @ step
    residual = wanted - extra @ step
    denominator = float(residual @ step)
    if not abs(denominator) > 1e-8 * float(np.linalg.norm(residual) * np.linalg.norm(step)):
        return extra
    out: Array = extra + np.outer(residual, residual) / denominator
    return out


def search(groups: Sequence[Group], starts: Sequence[Array]) -> Optimum:
    """The first search that converges; the last one's end where none does."""
    optimum = None
    for start in starts:
        found = minimise_quadratic(groups, start)
        if found is not None and found.converged:
            return found
        optimum = found or optimum
    if optimum is None:
        raise no_start()
    return optimum


def no_start() -> SurveykitError:
    """The error where no search can begin."""
    return SurveykitError(
        "the start values do not give a positive definite covariance matrix",
        hint="give start values in the model text: start(0.5)*x",
        code="SEM_START",
    )


def not_converged(table: ParameterTable, optimum: Optimum) -> SurveykitError:
    """The error of a search that stopped, with the parameters that still have a gradient."""
    names, gradient = table.names(), optimum.scaled_gradient
    worst = ", ".join(f"{quote(names[i])} ({gradient[i]:.2g})" for i in np.argsort(-np.abs(gradient))[:5])
    return SurveykitError(
        f"the estimation did not converge in {optimum.iterations} steps",
        expected="a gradient below 1e-9 in every parameter",
        got=f"last gradient: {worst}",
        hint="the model may not suit the data: look at these parameters, simplify, or give start values",
        code="SEM_NOT_CONVERGED",
    )
