"""CFI, TLI and RMSEA of incomplete rows that mean what they mean of complete ones (Zhang & Savalei 2023).

The χ² of FIML grows with the information that is left, so that the usual measures flatter a model the more the more is
missing. Instead, with S, m the saturated (EM) moments β and e their distance from the model at the FIML estimates,

    X = N F_ML(S, m; Σ(θ), μ(θ)),    E(X) ≈ N F + tr(Q'WQ Γ),    Q = 1 − Δ(Δ'AΔ)⁻¹Δ'A

where W is the normal-theory weight of complete rows at S, A the observed information of β in the incomplete ones and
Γ its covariance times N: A⁻¹, or A⁻¹BA⁻¹ where standard errors are robust. c = tr(Q'WQΓ)/df corrects the
noncentrality, of the model and of the baseline.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block, vech_indices
from surveykit.sem.fiml import Patterns
from surveykit.sem.incomplete import CaseScores, independence_at
from surveykit.sem.kernels import log_det
from surveykit.sem.robust import Scaling, baseline_blocks, jacobian, normal_weight
from surveykit.sem.sample import GroupSample
from surveykit.sem.scaledmeasures import robust_incremental, robust_rmsea

__all__ = ["incomplete_measures", "saturated_information"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Saturated:
    """One group's saturated moments: A, Γ and W over [μ, vech Σ], and its share of N."""

    A: Array
    gamma: Array
    W: Array
    share: float


def incomplete_measures(
    samples: Sequence[GroupSample],
    patterns: Sequence[Patterns],
    scores: CaseScores | None,
    blocks: Sequence[Block],
    theta: Array,
    df: int,
    base_df: int,
    predictors: Sequence[int] = (),
) -> dict[str, float]:
    """``cfi_robust``, ``tli_robust``, ``rmsea_robust`` and what goes with them; ``scores`` where errors are robust,
    ``predictors`` covary in the baseline."""
    N = sum(s.multiplier for s in samples)
    groups = []
    for g, (sample, here) in enumerate(zip(samples, patterns, strict=True)):
        mean = np.zeros(len(sample.S)) if sample.mean is None else sample.mean
        A = saturated_information(here, sample.S, mean)
        gamma = np.asarray(np.linalg.inv(A), dtype=float)
        if scores is not None:
            gamma = gamma @ _saturated_meat(scores, g) @ gamma
        groups.append(_Saturated(A, gamma, normal_weight(sample.S, True), sample.multiplier / N))
    x, trace = _distance(samples, blocks, theta), _bias(groups, blocks, theta)
    independent, _ = baseline_blocks(samples, (), True, [predictors])
    at = independence_at(patterns, (), [predictors])
    x0, trace0 = _distance(samples, independent, at), _bias(groups, independent, at)
    if df == 0 or base_df == 0:
        return {}
    test = Scaling(x / (trace / df), df, trace / df, 0.0, trace / df)
    base = Scaling(x0 / (trace0 / base_df), base_df, trace0 / base_df, 0.0, trace0 / base_df)
    plain = {"chisq": x, "df": df, "baseline_chisq": x0, "baseline_df": base_df}
    return robust_incremental(plain, test, base) | robust_rmsea(x, test, N, len(samples))


def saturated_information(patterns: Patterns, Sigma: Array, mu: Array) -> Array:
    """A: the second derivative of f by [μ, vech Σ], all of them free, at these moments.

    With P and T of each pattern, u = Pd and R = PTP it is P by μ, P⊗u by μ and Σ, and ½ (P⊗R + R⊗P − P⊗P) by Σ.
    """
    found = patterns.weights_at(Sigma)
    if found is None:
        raise ValueError("not a positive definite covariance matrix")
    P, w, p = found[0], patterns.weight, len(mu)
    d, T = patterns.about(mu)
    u = (P @ d[..., None])[..., 0]
    flat, other = P.reshape(len(w), p * p), (2 * P @ T @ P - P).reshape(len(w), p * p)
    product = (flat * w[:, None]).T @ other
    pairs = ((product + product.T) / 2).reshape(p, p, p, p)
    i, j = vech_indices(p)
    half = np.where(i == j, 0.5, 1.0)
    squares = pairs[i[:, None], i, j[:, None], j] + pairs[i[:, None], j, j[:, None], i]
    mixed = np.einsum("n,nab,nc->abc", w, P, u)
    by_mean = (mixed[:, i, j] + mixed[:, j, i]) * half
    out = np.empty((p + len(i),) * 2)
    out[:p, :p] = np.tensordot(w, P, 1)
    out[:p, p:], out[p:, :p] = by_mean, by_mean.T
    out[p:, p:] = squares * np.outer(half, half)
    return out


def _saturated_meat(scores: CaseScores, g: int) -> Array:
    """B of one group's saturated moments over [μ, vech Σ]."""
    alone = CaseScores((scores.samples[g],), (scores.patterns[g],), (scores.parts[g],))
    blocks, theta = alone.saturated()
    B, p = alone.meat(blocks, theta), len(scores.samples[g].S)
    order = np.concatenate([np.arange(len(B) - p, len(B)), np.arange(len(B) - p)])
    out: Array = B[np.ix_(order, order)]
    return out


def _distance(samples: Sequence[GroupSample], blocks: Sequence[Block], theta: Array) -> float:
    """X: N times the discrepancy of complete rows between the saturated moments and the model's."""
    total = 0.0
    for sample, block in zip(samples, blocks, strict=True):
        state = block.state(theta)
        P = np.linalg.inv(state.Sigma)
        d = np.zeros(len(P)) if sample.mean is None else sample.mean - state.mu
        f = log_det(state.Sigma) - log_det(sample.S) + float((P * sample.S).sum()) - len(P)
        total += sample.multiplier * (f + float(d @ P @ d))
    return total


def _bias(groups: Sequence[_Saturated], blocks: Sequence[Block], theta: Array) -> float:
    """tr(Q'WQΓ) over all groups."""
    deltas = [jacobian(block, theta, True) for block in blocks]
    weighed = [g.A @ D for g, D in zip(groups, deltas, strict=True)]
    information = sum(g.share * (D.T @ AD) for g, D, AD in zip(groups, deltas, weighed, strict=True))
    bread = np.linalg.inv(np.asarray(information))
    meat = sum(g.share * (AD.T @ g.gamma @ AD) for g, AD in zip(groups, weighed, strict=True))
    spread = bread @ np.asarray(meat) @ bread
    out = 0.0
    for g, D, AD in zip(groups, deltas, weighed, strict=True):
        WD = g.W @ D
        crossed = float((WD @ bread * (g.gamma @ AD)).sum())
        out += (
            float((g.W * g.gamma).sum())
            - 2 * g.share * crossed
            + g.share * float(((D.T @ WD) * spread).sum())
        )
    return out
