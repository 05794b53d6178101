"""Bootstrap of a fit: every replicate at its own optimum, or counted as failed.

Efron & Tibshirani (1993). Replicates come as stacked moments (drawn from rows on the floor below);
intervals are percentiles of the replicates that converged. Replicates with an improper solution (a negative
variance) are kept, as in lavaan, and counted.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem.engine import Scaled, own_start, plain_start
from surveykit.sem.kernels import Problem, SampleMoments
from surveykit.sem.stack import (
    StackedOptimum,
    StackProblem,
    approach,
    chunks,
    minimise_stack,
    stacked_log_det,
)

__all__ = ["Replicates", "bootstrap"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
_BLOCK = 128
_TOGETHER, _LONGEST = 5, 300
"""Steps: of every replicate in its block; then of who has not arrived, all together and from several starts."""


@dataclass(frozen=True, slots=True)
class Replicates:
    """θ (R, k) of the replicates that converged, how many were asked for, failed, or are improper."""

    theta: Array
    asked: int
    failed: int
    improper: int
    kept: NDArray[np.bool_]

    def bounds(self, values: Array, level: float) -> tuple[float, float]:
        """The percentile interval of ``values`` (R,), interpolated on the normal scale (Davison & Hinkley
        1997)."""
        from scipy.special import ndtri

        ordered, R = np.sort(values), len(values)
        out = []
        for share in ((1 - level) / 2, (1 + level) / 2):
            k = int((R + 1) * share)
            if k < 1 or k >= R:
                out.append(float(ordered[0 if k < 1 else -1]))
                continue
            below, above = float(ndtri(k / (R + 1))), float(ndtri((k + 1) / (R + 1)))
            weight = (float(ndtri(share)) - below) / (above - below)
            out.append(float(ordered[k - 1] + weight * (ordered[k] - ordered[k - 1])))
        return out[0], out[1]

    @property
    def vcov(self) -> Array:
        """The covariance (k, k) of the replicates."""
        return np.atleast_2d(np.cov(self.theta.T))


def bootstrap(scaled: Scaled, theta: Array, stacked: Moments, likelihood: str) -> Replicates:
    """Fit every replicate of ``stacked`` from ``theta`` (k,), the estimates of the whole sample."""
    if stacked.replicates is None:
        raise SurveykitError("a bootstrap needs stacked moments", code="SEM_BOOTSTRAP")
    R, start = stacked.replicates, theta / scaled.tau
    found, kept = np.zeros((R, len(theta))), np.zeros(R, dtype=bool)
    improper = np.zeros(R, dtype=bool)
    point = scaled.problem.at(start)
    if point is None:
        raise ValueError("the estimates do not give a positive definite covariance matrix")
    curvature, diagonal = scaled.problem.observed_information(point), np.diagonal(point.information)

    def keep(problem: StackProblem, at: Places, optimum: StackedOptimum) -> tuple[Places, Array]:
        """Note who arrived; the places of the others come back, and how far they came."""
        there = optimum.converged
        found[at[there]], kept[at[there]] = optimum.theta[there], True
        improper[at[there]] = _improper(problem.take(np.nonzero(there)[0]), optimum.theta[there])
        return at[~there], optimum.theta[~there]

    waiting: list[tuple[Places, Array]] = []
    for at in chunks(R, _BLOCK):
        problem = _replicated(scaled, stacked, at, likelihood)
        usable = np.nonzero(np.isfinite(problem.log_det_S))[0]
        problem, at = problem.take(usable), at[usable]
        near = approach(problem, start, curvature, diagonal)
        waiting.append(keep(problem, at, minimise_stack(problem, near, _TOGETHER)))
    left, far = (np.concatenate(parts) for parts in zip(*waiting, strict=True))
    for part in chunks(len(left), _BLOCK):
        problem = _replicated(scaled, stacked, left[part], likelihood)
        keep(
            problem, left[part], minimise_stack(problem, far[part], _LONGEST, _other_starts(scaled, problem))
        )
    return Replicates(found[kept] * scaled.tau, R, int(R - kept.sum()), int(improper.sum()), kept)


def _replicated(scaled: Scaled, stacked: Moments, at: Places, likelihood: str) -> StackProblem:
    """The stacked problem of the replicates ``at``, in the search's units."""
    own = scaled.units[: len(scaled.table.observed)]
    cov = stacked.cov if likelihood == "wishart" else stacked.cov_ml
    mean = None if stacked.mean is None else stacked.mean[at] / own
    return _problem(scaled, cov[at] / np.outer(own, own), mean if scaled.table.meanstructure else None, mean)


def _problem(scaled: Scaled, S: Array, mean: Array | None, known: Array | None) -> StackProblem:
    """The stacked problem; moments of fixed exogenous variables are each replicate's own."""
    block = scaled.problem.blocks[0]
    table = scaled.table
    place = {name: i for i, name in enumerate(table.observed)}
    fixed = [r for r in table if r.exo]
    if fixed:
        S0 = np.tile(block.S0, (len(S), 1, 1))
        m0 = np.tile(block.m0, (len(S), 1))
        for row in fixed:
            i = place[row.lhs]
            if row.op == "~~":
                j = place[row.rhs]
                S0[:, i, j] = S0[:, j, i] = S[:, i, j]
            elif known is not None:
                m0[:, i] = known[:, i]
        block = replace(block, S0=S0, m0=m0)
    return StackProblem(block, S, mean, stacked_log_det(S))


def _other_starts(scaled: Scaled, problem: StackProblem) -> Callable[[int, int], Array | None]:
    """Where a replicate begins anew: at start values of its own, then at plain ones."""

    def again(i: int, attempt: int) -> Array | None:
        guesses = (own_start, plain_start)[attempt - 1 : attempt]
        return guesses[0](_alone(scaled, problem, i)) if guesses else None

    return again


def _alone(scaled: Scaled, problem: StackProblem, i: int) -> Scaled:
    """One replicate as a sample of its own."""
    block = problem.block
    if block.S0.ndim == 3:
        block = replace(block, S0=block.S0[i], m0=block.m0[i])
    mean = None if problem.mean is None else problem.mean[i]
    sample = SampleMoments(problem.S[i], mean, float(problem.log_det_S[i]), 1.0)
    return replace(scaled, problem=Problem((block,), (sample,)))


def _improper(problem: StackProblem, theta: Array) -> NDArray[np.bool_]:
    """Which replicates have a negative variance."""
    if not len(theta):
        return np.zeros(0, dtype=bool)
    S = problem.block.fill(theta)[1]
    return np.asarray((np.diagonal(S, axis1=1, axis2=2) < 0).any(axis=1))
