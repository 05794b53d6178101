"""Minimise the discrepancy: Fisher scoring with Levenberg damping, then Newton's method.

Fisher scoring is safe far from the optimum (its matrix is never indefinite) but only linearly convergent
under misfit; Newton's method with the exact observed information is quadratic near it. So scoring runs
until a step promises little, then Newton takes over wherever the observed information is positive definite.
Each step must decrease f (Armijo); if it does not, the damping grows, which shortens and turns it at once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.conditions import Searchable
from surveykit.sem.dense import root, solution
from surveykit.sem.kernels import Point

__all__ = ["Optimum", "minimise"]

Array = NDArray[np.float64]

TOLERANCE = 1e-9
"""Largest gradient element, divided by the root of its information: free of the variables' scales."""
MAX_ITERATIONS = 300
NEWTON_BELOW = 0.02
_DAMPING_FIRST, _DAMPING_LAST = 1e-7, 1e8
_ROUNDING = 4e-14
_PATIENCE = 3
_EXACT = 1e-12
"""A scaled gradient below which no further step is worth its time."""


@dataclass(frozen=True, slots=True)
class Optimum:
    """Where the search ended: the point, the scaled gradient (k,), whether it is below the tolerance.

    Under constraints ``K`` (k, k − r) spans what they leave free, ``active`` are the inequalities that bind.
    """

    point: Point
    scaled_gradient: Array
    converged: bool
    iterations: int
    K: Array | None = None
    active: tuple[int, ...] = ()


def minimise(
    problem: Searchable, start: Point, *, damping: float = 0.0, max_iterations: int = MAX_ITERATIONS
) -> Optimum:
    """The minimum of f from the point ``start``; with ``damping`` the first steps are short."""
    point, newton_from = start, 0
    latest: Array | None = None
    for iteration in range(max_iterations):
        scaled = _scaled(point)
        worst = float(np.abs(scaled).max(initial=0.0))
        if worst < TOLERANCE:
            end = point if worst < _EXACT else _polished(problem, point, latest)
            return Optimum(end, scaled, True, iteration)
        # after a step of Newton's the next one is tried without asking how far there is to go
        scoring = None if latest is not None else _solve(point.information, point.gradient)
        near = damping < 1.0 and (
            scoring is None or (iteration >= newton_from and float(point.gradient @ scoring) < NEWTON_BELOW)
        )
        observed = _observed(problem, point) if near else None
        if near and observed is None:
            # not definite yet: it will hardly be so after the next step, and it is dear
            newton_from = iteration + _PATIENCE
        latest = observed
        matrix = point.information if observed is None else observed
        at_once = -scoring if observed is None and scoring is not None and not damping else None
        following, damping = _step(problem, point, matrix, damping, at_once)
        if following is None:
            return Optimum(point, scaled, False, iteration)
        point = following
    scaled = _scaled(point)
    return Optimum(point, scaled, bool(np.abs(scaled).max(initial=0.0) < TOLERANCE), max_iterations)


def _scaled(point: Point) -> Array:
    diagonal = np.diagonal(point.information)
    return point.gradient / np.sqrt(np.where(diagonal > 0, diagonal, 1.0))


def _observed(problem: Searchable, point: Point) -> Array | None:
    """The observed information where it is positive definite."""
    observed = problem.observed_information(point)
    return None if root(observed) is None else observed


def _step(
    problem: Searchable, point: Point, matrix: Array, damping: float, at_once: Array | None
) -> tuple[Point | None, float]:
    """The next accepted point and its damping; None where no step decreases f any more.

    ``at_once`` is the step without damping where it is known.
    """
    while damping <= _DAMPING_LAST:
        step = at_once
        if step is None:
            diagonal = np.diag(damping * point.information.diagonal()) if damping else 0.0
            step = -_solve(matrix + diagonal, point.gradient)
        at_once = None
        slope = float(point.gradient @ step)
        trial = problem.at(point.theta + step) if slope < 0 and np.isfinite(step).all() else None
        if trial is not None and _accept(point, trial, slope):
            return trial, (damping / 10 if damping > _DAMPING_FIRST else 0.0)
        damping = max(damping * 10, _DAMPING_FIRST)
    return None, damping


def _accept(point: Point, trial: Point, slope: float) -> bool:
    if trial.f <= point.f + 1e-4 * slope:
        return True
    # Below the rounding error of f only the gradient can tell whether the step was good.
    rounding = _ROUNDING * (1 + abs(point.f))
    near = trial.f <= point.f + rounding and -slope < 1e3 * rounding
    return near and bool(np.abs(_scaled(trial)).max() < np.abs(_scaled(point)).max())


def _polished(problem: Searchable, point: Point, latest: Array | None) -> Point:
    """One Newton step more where it makes the gradient smaller: it doubles the digits.

    ``latest``, the observed information one step before, is as good as a new one here.
    """
    matrix = problem.observed_information(point) if latest is None else latest
    try:
        step = np.linalg.solve(matrix, -point.gradient)
    except np.linalg.LinAlgError:
        return point
    trial = problem.at(point.theta + step)
    if trial is None or np.abs(_scaled(trial)).max(initial=0.0) >= np.abs(_scaled(point)).max(initial=0.0):
        return point
    return trial


def _solve(matrix: Array, vector: Array) -> Array:
    found = solution(matrix, vector)
    if found is not None:
        return found
    try:
        return np.asarray(np.linalg.solve(matrix, vector), dtype=float)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.lstsq(matrix, vector, rcond=None)[0], dtype=float)
