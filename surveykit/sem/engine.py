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
from surveykit.sem.compositesearch import from_canonical, from_here, search_composites, with_heaviest
from surveykit.sem.conditions import Conditions, held_moments, minimise_under
from surveykit.sem.constraints import ConstrainedProblem, Constraint, bread, linear_constraint
from surveykit.sem.fiml import FimlProblem
from surveykit.sem.identification import check_at_solution, check_before
from surveykit.sem.kernels import Point, Problem, SampleMoments, log_det
from surveykit.sem.optimise import Optimum, minimise
from surveykit.sem.sample import GroupSample
from surveykit.sem.start import parameter_units, plain_start_values, start_values, variable_units

__all__ = ["Scaled", "Solved", "at_estimates", "own_start", "plain_start", "scaled_problem", "solve"]

Array = NDArray[np.float64]
_SHORT = 1.0
"""Damping, in units of the information, that shortens a step to about half."""


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
    conditions: Conditions | None = None

    def jacobian(self, theta: Array) -> Array | None:
        """The derivative (r, k) of what must hold, at θ/τ; None where nothing must."""
        if self.conditions is not None:
            return self.conditions.jacobian(theta)
        return None if self.constraint is None else self.constraint.G


@dataclass(frozen=True, slots=True)
class Solved:
    """θ (k,) in the units of the data, f there, the information of one observation, how the search ended.

    ``bread`` (k, k) is the inverse of the information, constraints allowed for; ``npar`` counts the parameters that
    are free once the equalities hold, ``active`` are the inequalities that bind, ``K`` (k, k − r) spans what
    constraints leave free.
    """

    theta: Array
    f: float
    information: Array
    bread: Array
    scaled_gradient: float
    iterations: int
    npar: int = 0
    active: tuple[int, ...] = ()
    K: Array | None = None


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
    conditions, held = None, held_moments(table, blocks, [s.S for s in scaled])
    if constraint is None:
        every = Conditions(table, tau, held)
        conditions = every if held or every.constrained else None
    return Scaled(table, matrices, Problem(blocks, scaled), units, tau, moments, constraint, conditions)


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
    check_before(table, problem.blocks, theta, scaled.moments, scaled.jacobian)
    first = problem.at(theta)
    if first is None:
        raise SurveykitError(
            "the start values do not give a positive definite covariance matrix",
            hint="give start values in the model text: start(0.5)*x",
            code="SEM_START",
        )
    optimum = search(scaled, first)
    if not optimum.converged:
        _check_rank(scaled, optimum.point.theta)  # a search that ran along a direction that changes nothing
        raise _not_converged(table, optimum.scaled_gradient, optimum.iterations)
    if table.composites:  # a marker of little weight makes numbers large, but nothing unknown
        _check_rank(*with_heaviest(scaled, optimum.point.theta))
    elif not _plainly_identified(scaled, optimum.point):
        _check_rank(scaled, optimum.point.theta)
    worst = float(np.abs(optimum.scaled_gradient).max(initial=0.0))
    return _solved(scaled, optimum, information, worst)


def _plainly_identified(scaled: Scaled, point: Point) -> bool:
    """Whether the information at hand shows what the rank test would find, by a bound that is safe by far.

    The information is JᵀWJ, and the eigenvalues of W lie within the square of the condition of Σ (as correlations), which
    p tr(R⁻¹) bounds: no eigenvalue of the scaled JᵀJ is smaller than that of the scaled information over that square.
    """
    problem = scaled.problem
    plain = isinstance(problem, Problem) and scaled.constraint is None and scaled.conditions is None
    if not plain or any(s.weight is not None for s in problem.samples):
        return False
    condition = max(
        float(part.P.diagonal() @ part.state.Sigma.diagonal()) * len(part.P) for part in point.parts
    )
    least = 1e-9 * condition**2 / min(s.share for s in problem.samples)
    size = np.sqrt(point.information.diagonal())
    if least > 1e-2 or not (size > 0).all():
        return False
    unit = point.information / (size[:, None] * size)
    unit.flat[:: len(unit) + 1] -= least
    try:
        np.linalg.cholesky(unit)
    except np.linalg.LinAlgError:
        return False
    return True


def search(scaled: Scaled, start: Point, *, known: bool = False) -> Optimum:
    """Search from a point, and once more from plain start values where that fails.

    ``known``: the point is the optimum of a like sample, so that the search for weights begins there too.
    """
    if scaled.table.composites:
        ways = [from_canonical(own_start), from_here(plain_start(scaled))]
        ways = [from_here(start.theta), *ways] if known else ways
        found = search_composites(scaled, ways)
        return Optimum(start, np.full(len(start.theta), np.inf), False, 0) if found is None else found
    first = _minimised(scaled, start)
    return first if first.converged else _second_try(scaled, first)


def _minimised(scaled: Scaled, start: Point, damping: float = 0.0) -> Optimum:
    """The end of the search from ``start``, with θ whole again where constraints made it a search over φ."""
    constraint = scaled.constraint
    if scaled.conditions is not None:
        held = minimise_under(scaled.problem, scaled.conditions, start)
        K = scaled.conditions.apart_from_bounds(held.point.theta, held.active)
        return Optimum(held.point, held.scaled_gradient, held.converged, held.iterations, K, held.active)
    if constraint is None:
        return minimise(scaled.problem, start, damping=damping)
    inner = ConstrainedProblem(scaled.problem, constraint)
    begin = inner.at(constraint.coordinates(start.theta))
    if begin is None:
        raise ValueError("the start values do not give a positive definite covariance matrix")
    optimum = minimise(inner, begin, damping=damping)
    point = scaled.problem.at(constraint.theta(optimum.point.theta))
    if point is None:
        raise ValueError("the search ended where the covariance matrix is not positive definite")
    return replace(
        optimum, point=point, scaled_gradient=constraint.K @ optimum.scaled_gradient, K=constraint.K
    )


def plain_start(scaled: Scaled) -> Array:
    """Start values for a second try."""
    samples = [(s.S, s.mean) for s in scaled.problem.samples]
    if scaled.table.composites:
        return start_values(
            scaled.table, scaled.problem.blocks, samples, scaled.units, scaled.tau, equal_weights=True
        )
    return plain_start_values(scaled.table, scaled.problem.blocks, samples, scaled.tau)


def _second_try(scaled: Scaled, first: Optimum) -> Optimum:
    """Search again from plain start values, by short steps first: a long one may end on a way to infinity."""
    start = scaled.problem.at(_obeying(scaled, plain_start(scaled)))
    if start is None:
        return first
    second = _minimised(scaled, start, damping=_SHORT)
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
    optimum = Optimum(point, gradient, True, 0)
    if scaled.conditions is not None:
        raise SurveykitError("this engine knows no constraints", code="SEM_CONSTRAINT")
    return _solved(scaled, optimum, information, float(np.abs(gradient).max(initial=0.0)))


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


def _solved(scaled: Scaled, optimum: Optimum, information: str, worst: float) -> Solved:
    point, tau = optimum.point, scaled.tau
    matrix = scaled.problem.observed_information(point) if information == "observed" else point.information
    K = optimum.K
    if K is None and scaled.constraint is not None:
        K = scaled.constraint.K
    both = np.outer(tau, tau)
    inverse = bread(matrix, K) * both
    cost = 0
    if scaled.conditions is not None:
        cost = scaled.conditions.rank(point.theta)
    elif scaled.constraint is not None:
        cost = len(scaled.constraint.G)
    return Solved(
        point.theta * tau,
        point.f,
        matrix / both,
        inverse,
        worst,
        optimum.iterations,
        scaled.table.k - cost,
        optimum.active,
        None if K is None else tau[:, None] * K,
    )


def _check_rank(scaled: Scaled, theta: Array) -> None:
    check_at_solution(scaled.table, scaled.problem.blocks, theta, scaled.jacobian(theta))


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
