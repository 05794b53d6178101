"""Bootstrap of a fit: every replicate at its own optimum, or counted as failed.

Efron & Tibshirani (1993). Replicates come as stacked moments (drawn from rows on the floor below);
intervals are percentiles of the replicates that converged. Replicates with an improper solution (a negative
variance) are kept, as in lavaan, and counted.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem.engine import Scaled, search
from surveykit.sem.kernels import Problem, SampleMoments
from surveykit.sem.stack import StackProblem, chunks, minimise_stack, stacked_log_det

__all__ = ["Replicates", "bootstrap"]

Array = NDArray[np.float64]
_BLOCK = 256


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
    cov = stacked.cov if likelihood == "wishart" else stacked.cov_ml
    means = scaled.table.meanstructure
    own = scaled.units[: len(scaled.table.observed)]
    start = theta / scaled.tau
    found, kept, improper = [], np.zeros(stacked.replicates, dtype=bool), 0
    for at in chunks(stacked.replicates, _BLOCK):
        S = cov[at] / np.outer(own, own)
        mean = stacked.mean[at] / own if means and stacked.mean is not None else None
        problem = _problem(scaled, S, mean, stacked.mean[at] / own if stacked.mean is not None else None)
        usable = np.nonzero(np.isfinite(problem.log_det_S))[0]
        optimum = minimise_stack(problem.take(usable), start)
        thetas, converged = optimum.theta, optimum.converged.copy()
        for i in np.nonzero(~converged)[0]:
            alone = _alone(problem.take(usable[[i]]), scaled)
            if alone is not None:
                thetas[i], converged[i] = alone, True
        kept[at[usable[converged]]] = True
        found.append(thetas[converged] * scaled.tau)
        improper += int(_improper(problem.take(usable[converged]), thetas[converged]).sum())
    theta_all = np.concatenate(found)
    return Replicates(theta_all, stacked.replicates, stacked.replicates - len(theta_all), improper, kept)


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


def _alone(problem: StackProblem, scaled: Scaled) -> Array | None:
    """One replicate as a sample of its own, from start values of its own."""
    block = problem.block
    if block.S0.ndim == 3:
        block = replace(block, S0=block.S0[0], m0=block.m0[0])
    mean = None if problem.mean is None else problem.mean[0]
    sample = SampleMoments(problem.S[0], mean, float(problem.log_det_S[0]), 1.0)
    optimum = search(replace(scaled, problem=Problem((block,), (sample,))))
    return optimum.point.theta if optimum.converged else None


def _improper(problem: StackProblem, theta: Array) -> NDArray[np.bool_]:
    """Which replicates have a negative variance."""
    if not len(theta):
        return np.zeros(0, dtype=bool)
    S = problem.block.fill(theta)[1]
    return np.asarray((np.diagonal(S, axis1=1, axis2=2) < 0).any(axis=1))
