"""Generalised and unweighted least squares: standard errors and tests.

GLS (Jöreskog & Goldberger 1972) weighs with S⁻¹ and is efficient under normality, so the information is
that of ML with S in the place of Σ. ULS does not weigh: its standard errors are the sandwich with the
normal-theory Γ at S, and its test is Browne's (1984, eq. 2.20b) residual statistic n e'(W − WΔ(Δ'WΔ)⁻¹Δ'W)e
with W at S, e = vech(S − Σ). The baseline test is the same for both: the residual statistic of a model that
is linear in its parameters does not depend on where it is taken. All use the n − 1 covariance and n − 1, as
lavaan does.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.sem.kernels import Problem, SampleMoments
from surveykit.sem.robust import baseline_blocks
from surveykit.sem.sample import GroupSample

__all__ = ["baseline_chisq", "minimum", "residual_chisq", "unweighted_covariance"]

Array = NDArray[np.float64]


def residual_chisq(
    samples: Sequence[GroupSample], blocks: Sequence[Block], theta: Array, K: Array | None = None
) -> float:
    """Browne's residual-based test with the normal-theory weight at S; ``K`` (k, k − r) spans what constraints leave free."""
    total = sum(s.multiplier for s in samples)
    point = _weighed(samples, blocks, [np.linalg.inv(s.S) for s in samples]).at(theta)
    if point is None:
        raise ValueError("the estimates do not give finite moments")
    information, g = point.information, point.gradient
    if K is not None:
        information, g = K.T @ information @ K, K.T @ g
    scale = np.sqrt(np.diagonal(information))
    bread, g = information / np.outer(scale, scale), g / scale
    return max(2 * total * (point.f - 0.5 * float(g @ np.linalg.solve(bread, g))), 0.0)


def minimum(samples: Sequence[GroupSample], blocks: Sequence[Block], theta: Array, method: str) -> float:
    """Half the discrepancy at θ in the units of the data, times (n − 1)/n: lavaan's ``fmin``."""
    weights = [np.linalg.inv(s.S) if method == "gls" else np.eye(len(s.S)) for s in samples]
    value = _weighed(samples, blocks, weights).value(theta)
    return value * sum(s.multiplier for s in samples) / sum(s.n for s in samples)


def baseline_chisq(
    samples: Sequence[GroupSample], exogenous: Sequence[int], held: Sequence[Sequence[int]] = ()
) -> float:
    """The same test of the independence model; ``held`` are the columns of each composite's indicators."""
    blocks, theta = baseline_blocks(samples, exogenous, False, held)
    return residual_chisq(samples, blocks, theta)


def unweighted_covariance(
    samples: Sequence[GroupSample], blocks: Sequence[Block], theta: Array, K: Array | None = None
) -> Array:
    """The covariance (k, k) of ULS estimates under normality; ``K`` as in :func:`residual_chisq`.

    With V the unit weight, V Γ V is the normal-theory weight with S in the place of Σ⁻¹: the meat is an
    information matrix too.
    """
    meat = _weighed(samples, blocks, [s.S for s in samples]).at(theta)
    bread = _weighed(samples, blocks, [np.eye(len(s.S)) for s in samples]).at(theta)
    if meat is None or bread is None:
        raise ValueError("the estimates do not give finite moments")
    information = bread.information if K is None else K.T @ bread.information @ K
    scale = np.sqrt(np.diagonal(information))
    inverse = np.linalg.inv(information / np.outer(scale, scale)) / np.outer(scale, scale)
    inverse = inverse if K is None else K @ inverse @ K.T
    out: Array = inverse @ meat.information @ inverse / sum(s.multiplier for s in samples)
    return (out + out.T) / 2


def _weighed(samples: Sequence[GroupSample], blocks: Sequence[Block], weights: Sequence[Any]) -> Problem:
    total = sum(s.multiplier for s in samples)
    parts = tuple(
        SampleMoments(s.S, None, 0.0, s.multiplier / total, np.asarray(w, dtype=float))
        for s, w in zip(samples, weights, strict=True)
    )
    return Problem(tuple(blocks), parts)
