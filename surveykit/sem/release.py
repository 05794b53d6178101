"""The slope and curvature of what a fit minimised, for models with parameters that the fit does not have.

Modification indices and score tests need no more: the gradient and the information of one observation at the fit's
estimates, with candidates at zero or with equal parameters apart. The information is the expected one, of incomplete
rows given what each has, as lavaan takes it.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model.matrices import Block, Matrices
from surveykit.model.table import ParameterTable
from surveykit.sem.fiml import fiml_problem
from surveykit.sem.kernels import Problem, SampleMoments, log_det
from surveykit.sem.robust import jacobian, normal_weight

if TYPE_CHECKING:
    from surveykit.sem.result import Fit
    from surveykit.sem.wls.inference import Weighed

__all__ = ["Slopes", "free_blocks", "freed", "slopes_apart", "slopes_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Slopes:
    """Gradient (k,) and information (k, k) of one observation, and n as the estimator counts it.

    ``meat`` (k, k) is n times the gradient's covariance, where that is not the information.
    """

    gradient: Array
    information: Array
    n: float
    meat: Array | None = None


def free_blocks(fit: Fit) -> list[Block]:
    """The groups' blocks as the search had them, in the units of the data."""
    if fit.basis is not None:
        return [g.block for g in fit.basis.groups]
    return [g.block for g in fit.solution.groups]


def slopes_of(fit: Fit, blocks: Sequence[Block], theta: Array) -> Slopes:
    """Gradient and information at ``theta`` of a model of these blocks."""
    if fit.basis is not None:
        ats = [g.moved_by(b) for g, b in zip(fit.basis.groups, blocks, strict=True)]
        return _of_statistics(fit.basis.weighed(theta, ats))
    n = sum(s.multiplier for s in fit.samples)
    if fit.patterns and fit.options.missing == "fiml":
        fiml = fiml_problem(tuple(blocks), fit.samples, fit.patterns, np.ones(len(fit.samples[0].S)))
        point = fiml.at(theta)
        if point is None:
            raise _indefinite()
        return Slopes(point.gradient, point.information, n)
    means = fit.table.meanstructure
    samples = tuple(
        SampleMoments(s.S, s.mean if means else None, log_det(s.S), s.multiplier / n) for s in fit.samples
    )
    point = Problem(tuple(blocks), samples).at(theta)
    if point is None:
        raise _indefinite()
    information = point.information
    if fit.options.missing == "two_stage":
        information = _unstructured(fit, blocks, theta)
    return Slopes(point.gradient, information, n)


def slopes_apart(fit: Fit, table: ParameterTable, theta: Array) -> Slopes:
    """The same for another table of the fit's rows, with a number for each parameter."""
    if fit.basis is None:
        return slopes_of(fit, Matrices(table).blocks, theta)
    groups = fit.basis.groups
    layouts = [g.layout for g in groups if g.layout is not None]
    if not layouts:
        blocks = Matrices(table).blocks
        ats = [g.moved_by(b) for g, b in zip(groups, blocks, strict=True)]
        return _of_statistics(fit.basis.weighed(theta, ats))
    from surveykit.sem.wls.structure import structures_of

    given = [g.exogenous for g in groups if g.exogenous is not None]
    structures = structures_of(table, layouts, fit.options.parameterization == "theta", given or None)
    return _of_statistics(fit.basis.weighed(theta, [s.at for s in structures]))


def freed(fit: Fit, places: Sequence[int]) -> list[tuple[float, float]]:
    """For fixed rows of the table (by place): χ² of the score test of each, alone, and the change to expect.

    The generalised score test where the gradient's covariance is known apart from the information.
    """
    k, rows = fit.table.k, list(fit.table.rows)
    for number, place in enumerate(places, start=k + 1):
        rows[place] = rows[place]._replace(free=number)
    held = np.array([rows[place].ustart for place in places])
    table = replace(fit.table, rows=tuple(rows), equations=())
    found = slopes_apart(fit, table, np.concatenate([fit.theta, held]))
    information, out = found.information, []
    inverse = np.linalg.inv(information[:k, :k])
    for a in range(k, len(information)):
        c = np.append(-inverse @ information[:k, a], 1.0)
        at = np.append(np.arange(k), a)
        left = float(information[a, at] @ c)
        meat = information if found.meat is None else found.meat
        spread = float(c @ meat[np.ix_(at, at)] @ c)
        slope = float(found.gradient[a])
        out.append((found.n * slope**2 / spread, -slope / left))
    return out


def _of_statistics(weighed: Sequence[Weighed]) -> Slopes:
    from surveykit.sem.wls.inference import information_of, meat_of

    total = sum(g.n for g in weighed)
    # as in lavaan the gradient is that of what was minimised, with n − 1, and the information has n
    gradient = -np.sum([g.size / total * (g.e @ g.times(g.delta)) for g in weighed], axis=0)
    return Slopes(gradient, information_of(weighed), float(total), meat_of(weighed))


def _unstructured(fit: Fit, blocks: Sequence[Block], theta: Array) -> Array:
    """The information with the weight at the sample's moments, as the standard errors of two stages have it."""
    means, n = fit.table.meanstructure, sum(s.multiplier for s in fit.samples)
    out = np.zeros((len(theta), len(theta)))
    for sample, block in zip(fit.samples, blocks, strict=True):
        delta = jacobian(block, theta, means)
        out += sample.multiplier / n * (delta.T @ normal_weight(sample.S, means) @ delta)
    return out


def _indefinite() -> SurveykitError:
    return SurveykitError("the estimates do not give a positive definite matrix", code="SEM_NOT_CONVERGED")
