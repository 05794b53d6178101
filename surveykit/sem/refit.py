"""Bootstrap replicates of several groups, each drawn within itself, and of models under constraints.

Groups and linear equalities are searched all replicates at once (``groupstack``). Who does not arrive there, and models
under inequalities, curved constraints or with composites, go one by one: from the estimates of the whole sample, like any
fit, with a second try from start values of their own. Who does not arrive then is counted as failed. One group without
constraints goes the faster way of ``bootstrap``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model.matrices import Block
from surveykit.model.table import ParameterTable
from surveykit.moments import Moments
from surveykit.responses import bootstrap_moments
from surveykit.sem.bootstrap import Replicates
from surveykit.sem.conditions import held_moments
from surveykit.sem.engine import Scaled, own_start, search
from surveykit.sem.groupstack import GroupedStack
from surveykit.sem.kernels import Problem, SampleMoments, log_det
from surveykit.sem.sample import responses_of
from surveykit.sem.stack import StackProblem, approach, chunks, minimise_stack, stacked_log_det

__all__ = ["bootstrap_each", "group_masks", "replicate_moments", "stream_of"]

Array = NDArray[np.float64]
_BLOCK, _STEPS = 128, 60


def group_masks(data: Any, table: ParameterTable, group: str | None) -> list[NDArray[np.bool_] | None]:
    """Which rows belong to each group of a table; [None] without groups."""
    if group is None:
        return [None]
    labels = data.frame([group])[group].astype(str).to_numpy()
    return [labels == label for label in table.groups]


def replicate_moments(
    sample: Any, table: ParameterTable, group: str | None, replicates: int, seed: int
) -> list[Moments]:
    """Stacked moments of bootstrap samples, one set per group, each from a stream of its own."""
    names, data = list(table.observed), responses_of(sample)
    if group is None:
        return [bootstrap_moments(data, names, replicates, seed)]
    return [
        bootstrap_moments(data, names, replicates, stream_of(seed, g), domain=mask)
        for g, mask in enumerate(group_masks(data, table, group))
    ]


def stream_of(seed: int, group: int) -> int:
    """A seed of a group's own."""
    return int(np.random.SeedSequence(seed, spawn_key=(group,)).generate_state(1, np.uint64)[0])


def bootstrap_each(scaled: Scaled, theta: Array, stacked: Sequence[Moments], likelihood: str) -> Replicates:
    """Fit every replicate from ``theta`` (k,); ``stacked`` holds the replicates' moments, one set per group."""
    R, start = stacked[0].replicates or 0, theta / scaled.tau
    found, kept = np.zeros((R, len(theta))), np.zeros(R, dtype=bool)
    if scaled.conditions is None:
        for at in chunks(R, _BLOCK):
            together = _together(scaled, stacked, at, likelihood)
            found[at], kept[at] = _minimised(scaled, together, start)
    for r in np.nonzero(~kept)[0]:
        estimates = _fitted(_replicate(scaled, stacked, int(r), likelihood), start)
        if estimates is not None:
            found[r], kept[r] = estimates, True
    improper = sum(_is_improper(scaled, estimates) for estimates in found[kept])
    return Replicates(found[kept] * scaled.tau, R, int(R - kept.sum()), improper, kept)


def _minimised(scaled: Scaled, problem: GroupedStack, start: Array) -> tuple[Array, NDArray[np.bool_]]:
    """θ (R, k) of the replicates, all at once, and who arrived."""
    point = scaled.problem.at(start)
    if point is None:
        raise ValueError("the estimates do not give a positive definite covariance matrix")
    K = problem.K
    curvature = K.T @ scaled.problem.observed_information(point) @ K
    diagonal = np.diagonal(K.T @ point.information @ K)
    usable = np.isfinite(np.sum([part.log_det_S for part in problem.parts], axis=0))
    at = np.nonzero(usable)[0]
    out, there = np.zeros((len(usable), len(start))), np.zeros(len(usable), dtype=bool)
    if len(at):
        part = problem.take(at)
        near = approach(part, K.T @ (start - problem.origin), curvature, diagonal)
        optimum = minimise_stack(part, near, _STEPS)
        out[at], there[at] = problem.theta(optimum.theta), optimum.converged
    return out, there


def _together(
    scaled: Scaled, stacked: Sequence[Moments], at: NDArray[np.intp], likelihood: str
) -> GroupedStack:
    """The replicates ``at`` of every group, in the search's units."""
    own = scaled.units[: len(scaled.table.observed)]
    parts = []
    for g, (moments, block) in enumerate(zip(stacked, scaled.problem.blocks, strict=True), start=1):
        S = (moments.cov if likelihood == "wishart" else moments.cov_ml)[at] / np.outer(own, own)
        mean = None if moments.mean is None else moments.mean[at] / own
        block = _with_exogenous(scaled, block, g, S, mean)
        parts.append(StackProblem(block, S, mean if scaled.table.meanstructure else None, stacked_log_det(S)))
    shares = tuple(s.share for s in scaled.problem.samples)
    k, constraint = scaled.table.k, scaled.constraint
    origin, K = (np.zeros(k), np.eye(k)) if constraint is None else (constraint.origin, constraint.K)
    return GroupedStack(tuple(parts), shares, origin, K)


def _replicate(scaled: Scaled, stacked: Sequence[Moments], r: int, likelihood: str) -> Scaled:
    """The problem with the moments of replicate ``r`` in place of the sample's, in the same units."""
    own = scaled.units[: len(scaled.table.observed)]
    blocks, samples = [], []
    for group, (moments, block, sample) in enumerate(
        zip(stacked, scaled.problem.blocks, scaled.problem.samples, strict=True), start=1
    ):
        S = (moments.cov if likelihood == "wishart" else moments.cov_ml)[r] / np.outer(own, own)
        mean = None if moments.mean is None else moments.mean[r] / own
        blocks.append(_with_exogenous(scaled, block, group, S, mean))
        samples.append(
            SampleMoments(S, mean if scaled.table.meanstructure else None, log_det(S), sample.share)
        )
    conditions = scaled.conditions
    if conditions is not None:
        held = held_moments(scaled.table, blocks, [s.S for s in samples])
        conditions = replace(conditions, held=held)
    return replace(scaled, problem=Problem(tuple(blocks), tuple(samples)), conditions=conditions)


def _with_exogenous(scaled: Scaled, block: Block, group: int, S: Array, mean: Array | None) -> Block:
    """The block with the replicates' own moments of fixed exogenous variables: S (..., p, p), mean (..., p)."""
    rows = [row for row in scaled.table if row.exo and row.group == group]
    if not rows:
        return block
    place = {name: i for i, name in enumerate(scaled.table.observed)}
    lead = S.shape[:-2]
    S0 = np.broadcast_to(block.S0, (*lead, *block.S0.shape)).copy()
    m0 = np.broadcast_to(block.m0, (*lead, *block.m0.shape)).copy()
    for row in rows:
        i = place[row.lhs]
        if row.op == "~~":
            j = place[row.rhs]
            S0[..., i, j] = S0[..., j, i] = S[..., i, j]
        elif mean is not None:
            m0[..., i] = mean[..., i]
    return replace(block, S0=S0, m0=m0)


def _fitted(scaled: Scaled, start: Array) -> Array | None:
    """The estimates of one replicate in the search's units; None where they are not found."""
    if not all(np.isfinite(s.log_det_S) for s in scaled.problem.samples):
        return None
    for first_guess in (lambda _: start, own_start):
        point = scaled.problem.at(first_guess(scaled))
        try:
            optimum = None if point is None else search(scaled, point, known=True)
        except (SurveykitError, ValueError, np.linalg.LinAlgError):
            continue
        if optimum is not None and optimum.converged:
            return optimum.point.theta
    return None


def _is_improper(scaled: Scaled, theta: Array) -> bool:
    """Whether a variance is negative in some group."""
    return any(bool((np.diagonal(block.fill(theta)[1]) < 0).any()) for block in scaled.problem.blocks)
