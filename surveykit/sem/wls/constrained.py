"""Weighted least squares under constraints (``==``, ``<``, ``>``): the search of ``conditions`` on a sum of squares."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.table import ParameterTable
from surveykit.sem.conditions import Conditions, minimise_under
from surveykit.sem.kernels import Point
from surveykit.sem.wls.search import Group, Optimum, no_start, search, slopes_at

__all__ = ["conditions_of", "search_under"]

Array = NDArray[np.float64]
_STEP = 1e-5


@dataclass(frozen=True, slots=True)
class _Squares:
    """The discrepancy as a problem; its second derivative by differences of the gradient."""

    groups: Sequence[Group]

    def at(self, theta: Array) -> Point | None:
        found = slopes_at(self.groups, theta)
        return None if found is None else Point(theta, found.f, found.gradient, found.information, ())

    def observed_information(self, point: Point) -> Array:
        k = len(point.theta)
        out = np.zeros((k, k))
        for i in range(k):
            step = _STEP * max(1.0, abs(point.theta[i]))
            ends = []
            for sign in (1, -1):
                moved = point.theta.copy()
                moved[i] += sign * step
                ends.append(slopes_at(self.groups, moved))
            if ends[0] is None or ends[1] is None:
                return point.information
            out[i] = (ends[0].gradient - ends[1].gradient) / (2 * step)
        return (out + out.T) / 2


def conditions_of(table: ParameterTable, tau: Array) -> Conditions | None:
    """What the table demands of θ/τ; None where it demands nothing."""
    conditions = Conditions(table, tau)
    return conditions if conditions.constrained else None


def search_under(groups: Sequence[Group], starts: Sequence[Array], conditions: Conditions | None) -> Optimum:
    """The first search that converges; the last one's end where none does."""
    if conditions is None:
        return search(groups, starts)
    problem, optimum = _Squares(groups), None
    for start in starts:
        point = problem.at(start)
        if point is None:
            continue
        held = minimise_under(problem, conditions, point)
        end = held.point
        optimum = Optimum(
            end.theta,
            end.f,
            end.information,
            held.scaled_gradient,
            held.converged,
            held.iterations,
            conditions.apart_from_bounds(end.theta, held.active),
            conditions.rank(end.theta),
            held.active,
        )
        if held.converged:
            return optimum
    if optimum is None:
        raise no_start()
    return optimum
