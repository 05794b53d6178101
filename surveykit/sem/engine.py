"""Our own engine: from a table and samples to the optimum, its curvature, and the errors on the way.

The search runs in units in which every variable has a standard deviation near 1 (see ``start``); what comes
back is in the units of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model.matrices import Block, Matrices
from surveykit.model.table import ParameterTable
from surveykit.sem.constraints import ConstrainedProblem, Constraint, bread, linear_constraint
from surveykit.sem.fiml import FimlProblem
from surveykit.sem.identification import check_at_solution, check_before
from surveykit.sem.kernels import Point, Problem, SampleMoments, log_det
from surveykit.sem.optimise import Optimum, minimise
from surveykit.sem.sample import GroupSample
from surveykit.sem.start import parameter_units, plain_start_values, start_values, variable_units

__all__ = ["Scaled", "Solved", "at_estimates", "own_start", "plain_start", "scaled_problem", "solve"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Scaled:
    """The problem in its own units: θ = τ θ′, variables divided by ``units`` (q,)."""

    table: ParameterTable
    matrices: Matrices
    problem: Problem | FimlProblem
    units: Array
    tau: Array
    moments: int
    constraint: Constraint | None = None

    @property
    def npar(self) -> int:
        """How many parameters are free once the constraints hold."""
        return self.table.k - (0 if self.constraint is None else len(self.constraint.G))


@dataclass(frozen=True, slots=True)
class Solved:
    """θ (k,) in the units of the data, f there, the information of one observation, how the search ended.

    ``bread`` (k, k) is the inverse of the information, constraints allowed for.
    """

    theta: Array
    f: float
    information: Array
    bread: Array
    scaled_gradient: float
    iterations: int


def scaled_problem(
    table: ParameterTable, samples: Sequence[GroupSample], moments: int, method: str = "ml"
) -> Scaled:
    """The optimisation problem of a table and samples, in units of its own."""
    means = [np.zeros(len(table.observed)) if s.mean is None else s.mean for s in samples]
    matrices = Matrices(table, [(s.S, m) for s, m in zip(samples, means, strict=True)])
    units = variable_units(table, [s.S for s in samples])
    tau = parameter_units(matrices.blocks, units)
    blocks = tuple(b.rescaled(units, tau) for b in matrices.blocks)
    total = sum(s.multiplier for s in samples)
    own = units[: len(table.observed)]
    scaled = tuple(_scaled_sample(s, own, s.multiplier / total, table.meanstructure) for s in samples)
    if method != "ml":
        scaled = tuple(replace(s, weight=_weight(method, s.S, own)) for s in scaled)
    constraint = linear_constraint(table, tau)
    return Scaled(table, matrices, Problem(blocks, scaled), units, tau, moments, constraint)


def _weight(method: str, S: Array, units: Array) -> Array:
    """P of a least-squares discrepancy in the search's units (for ULS up to a factor, which moves
    nothing)."""
    if method == "gls":
        return np.asarray(np.linalg.inv(S), dtype=float)
    return np.diag(units**2 / np.mean(units**2))


def _scaled_sample(sample: GroupSample, units: Array, share: float, means: bool) -> SampleMoments:
    S = sample.S / np.outer(units, units)
    mean = sample.mean / units if means and sample.mean is not None else None
    return SampleMoments(S, mean, log_det(S), share)


def solve(scaled: Scaled, *, information: str = "expected") -> Solved:
    """The maximum-likelihood estimates; an error where the model is not identified or does not converge."""
    problem, table = scaled.problem, scaled.table
    theta = own_start(scaled)
    G = None if scaled.constraint is None else scaled.constraint.G
    check_before(table, problem.blocks, theta, scaled.moments, G)
    first = problem.at(theta)
    if first is None:
        raise SurveykitError(
            "the start values do not give a positive definite covariance matrix",
            hint="give start values in the model text: start(0.5)*x",
            code="SEM_START",
        )
    optimum = search(scaled, first)
    if not optimum.converged:
        _check_runaway(scaled, optimum.point)
        raise _not_converged(table, optimum.scaled_gradient, optimum.iterations)
    check_at_solution(table, problem.blocks, optimum.point.theta, G)
    worst = float(np.abs(optimum.scaled_gradient).max(initial=0.0))
    return _solved(scaled, optimum.point, information, worst, optimum.iterations)


def search(scaled: Scaled, start: Point) -> Optimum:
    """Search from a point, and once more from plain start values where that fails."""
    first = _minimised(scaled, start)
    return first if first.converged else _second_try(scaled, first)


def _minimised(scaled: Scaled, start: Point) -> Optimum:
    """The end of the search from ``start``, with θ whole again where constraints made it a search over φ."""
    constraint = scaled.constraint
    if constraint is None:
        return minimise(scaled.problem, start)
    inner = ConstrainedProblem(scaled.problem, constraint)
    begin = inner.at(constraint.coordinates(start.theta))
    if begin is None:
        raise ValueError("the start values do not give a positive definite covariance matrix")
    optimum = minimise(inner, begin)
    point = scaled.problem.at(constraint.theta(optimum.point.theta))
    if point is None:
        raise ValueError("the search ended where the covariance matrix is not positive definite")
    return replace(optimum, point=point, scaled_gradient=constraint.K @ optimum.scaled_gradient)


def plain_start(scaled: Scaled) -> Array:
    """Start values for a second try."""
    samples = [(s.S, s.mean) for s in scaled.problem.samples]
    return plain_start_values(scaled.table, scaled.problem.blocks, samples, scaled.tau)


def _second_try(scaled: Scaled, first: Optimum) -> Optimum:
    """Search again from plain start values; the better of both ends."""
    start = scaled.problem.at(_obeying(scaled, plain_start(scaled)))
    if start is None:
        return first
    second = _minimised(scaled, start)
    return second if second.converged else first


def at_estimates(scaled: Scaled, theta: Array, information: str) -> Solved:
    """The same record at estimates that another engine found (θ in the units of the data)."""
    check_before(scaled.table, scaled.problem.blocks, own_start(scaled), scaled.moments)
    point = scaled.problem.at(theta / scaled.tau)
    if point is None:
        raise SurveykitError(
            "the estimates of the engine do not give a positive definite covariance matrix",
            code="SEM_NOT_CONVERGED",
        )
    gradient = point.gradient / np.sqrt(np.diagonal(point.information))
    return _solved(scaled, point, information, float(np.abs(gradient).max(initial=0.0)), 0)


def own_start(scaled: Scaled) -> Array:
    """Start values from the sample."""
    samples = [(s.S, s.mean) for s in scaled.problem.samples]
    theta = start_values(scaled.table, scaled.problem.blocks, samples, scaled.units, scaled.tau)
    return _obeying(scaled, theta)


def _obeying(scaled: Scaled, theta: Array) -> Array:
    """The nearest θ that meets the constraints."""
    if scaled.constraint is None:
        return theta
    return scaled.constraint.theta(scaled.constraint.coordinates(theta))


def _solved(scaled: Scaled, point: Point, information: str, worst: float, iterations: int) -> Solved:
    matrix = scaled.problem.observed_information(point) if information == "observed" else point.information
    tau, K = scaled.tau, None if scaled.constraint is None else scaled.constraint.K
    both = np.outer(tau, tau)
    inverse = bread(matrix, K) * both
    return Solved(point.theta * tau, point.f, matrix / both, inverse, worst, iterations)


def _check_runaway(scaled: Scaled, point: Point) -> None:
    """Where the search ran away along a direction that changes nothing, say so rather than 'not
    converged'."""
    G = None if scaled.constraint is None else scaled.constraint.G
    check_at_solution(scaled.table, scaled.problem.blocks, point.theta, G)


def _not_converged(table: ParameterTable, gradient: Array, iterations: int) -> SurveykitError:
    names = table.names()
    order = np.argsort(-np.abs(gradient))[:5]
    worst = ", ".join(f"{quote(names[i])} ({gradient[i]:.2g})" for i in order)
    return SurveykitError(
        f"the estimation did not converge in {iterations} steps",
        expected="a gradient below 1e-9 in every parameter",
        got=f"last gradient: {worst}",
        hint="the model may not suit the data: look at these parameters, simplify, or give start values",
        code="SEM_NOT_CONVERGED",
    )


def information_of(
    blocks: tuple[Block, ...], samples: Sequence[GroupSample], theta: Array, means: bool
) -> Array:
    """The expected information of one observation at θ, for blocks in the units of the data."""
    ones = np.ones(len(samples[0].S))
    total = sum(s.multiplier for s in samples)
    scaled = tuple(_scaled_sample(s, ones, s.multiplier / total, means) for s in samples)
    point = Problem(blocks, scaled).at(theta)
    if point is None:
        raise ValueError("not a positive definite covariance matrix")
    return point.information
