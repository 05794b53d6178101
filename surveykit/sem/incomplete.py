"""What incomplete answers add to robust inference: scores by pattern, and the covariance of the EM moments.

A case's score on [μ, vech Σ] is W_j [d, vech(dd' − Σ_j)] over the variables that its pattern j observes. Summed up by
pattern from fourth-order moments (Yuan & Bentler 2000; Savalei 2010), they give

    robust FIML:  V = H⁻¹ B H⁻¹ / n,  B = Σ_j (n_j/n) Δ_j'W_j Γ_j W_jΔ_j, H the observed information
    two stages:   the EM moments as if complete, with Γ = A⁻¹ B A⁻¹ of the saturated model (Savalei & Bentler 2009)
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block, vech_indices
from surveykit.moments import Moments
from surveykit.sem.fiml import FimlProblem, Patterns, fiml_problem
from surveykit.sem.robust import Traces, about_model, jacobian, normal_weight
from surveykit.sem.sample import GroupSample

__all__ = ["CaseScores", "independence_at", "two_stage_moments"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class CaseScores:
    """The patterns of each group with their fourth-order moments, beside the groups' EM moments."""

    samples: tuple[GroupSample, ...]
    patterns: tuple[Patterns, ...]
    parts: tuple[tuple[Moments, ...], ...]

    def meat(self, blocks: Sequence[Block], theta: Array) -> Array:
        """B (k, k): the mean crossproduct of the cases' scores at θ."""
        total = sum(s.multiplier for s in self.samples)
        out = np.zeros((len(theta), len(theta)))
        for sample, block, parts in zip(self.samples, blocks, self.parts, strict=True):
            state, delta = block.state(theta), jacobian(block, theta, True)
            place = {name: i for i, name in enumerate(sample.moments.names)}
            for m in parts:
                at = np.array([place[v] for v in m.names])
                Sigma, mu = state.Sigma[np.ix_(at, at)], state.mu[at]
                WD = normal_weight(Sigma, True) @ delta[_moments_of(at, block.p)]
                out += m.sumw / total * (WD.T @ _about(m, mu, Sigma) @ WD)
        return (out + out.T) / 2

    def observed(self, blocks: Sequence[Block], theta: Array) -> Array:
        """H (k, k): the observed information of one row at θ."""
        problem = self._problem(blocks)
        point = problem.at(theta)
        if point is None:
            raise ValueError("not a positive definite covariance matrix")
        return problem.observed_information(point)

    def traces(self, bread: Array, blocks: Sequence[Block], theta: Array) -> Traces:
        """tr(B₁ A₁⁻¹) − tr(B H⁻¹) of the Yuan-Bentler test; ``bread`` is H⁻¹."""
        own, at = self.saturated()
        saturated = float((np.linalg.inv(self.observed(own, at)) * self.meat(own, at)).sum())
        of_model = float((bread * self.meat(blocks, theta)).sum())
        return Traces(saturated - of_model, saturated=saturated, model=of_model)

    def saturated(self) -> tuple[tuple[Block, ...], Array]:
        """The saturated model as blocks, and its estimates (the EM moments): θ holds vech Σ, then μ."""
        blocks, theta = [], []
        groups = len(self.samples)
        for g, sample in enumerate(self.samples):
            p = len(sample.S)
            blocks.append(_saturated_block(p, g, groups))
            rows, columns = vech_indices(p)
            theta += [sample.S[rows, columns], np.asarray(sample.mean)]
        return tuple(blocks), np.concatenate(theta)

    def independence(self, exogenous: Sequence[int], together: Sequence[Sequence[int]] = ()) -> Array:
        """θ of ``robust.baseline_blocks`` under FIML."""
        return independence_at(self.patterns, exogenous, together)

    def _problem(self, blocks: Sequence[Block]) -> FimlProblem:
        return fiml_problem(tuple(blocks), self.samples, self.patterns, np.ones(len(self.samples[0].S)))


def independence_at(
    patterns: Sequence[Patterns], exogenous: Sequence[int], together: Sequence[Sequence[int]] = ()
) -> Array:
    """θ of ``robust.baseline_blocks`` of incomplete rows: variances and means from the rows that have them, those that
    stand ``together`` by EM."""
    theta = []
    for here in patterns:
        y = [i for i in range(here.mask.shape[1]) if i not in exogenous]
        pairs = [(i, j) for own in together for a, i in enumerate(own) for j in own[a + 1 :]]
        mu, Sigma = here.independence(together)
        theta += [np.diagonal(Sigma)[y], np.array([Sigma[i, j] for i, j in pairs]), mu[y]]
    return np.concatenate(theta)


def two_stage_moments(scores: CaseScores) -> tuple[GroupSample, ...]:
    """The samples with Γ of the EM moments, so that what is robust for complete rows is right for them."""
    out = []
    for g, sample in enumerate(scores.samples):
        alone = CaseScores((sample,), (scores.patterns[g],), (scores.parts[g],))
        blocks, theta = alone.saturated()
        bread = np.linalg.inv(alone.observed(blocks, theta))
        gamma = bread @ alone.meat(blocks, theta) @ bread
        p = len(sample.S)
        order = np.concatenate([np.arange(len(gamma) - p, len(gamma)), np.arange(len(gamma) - p)])
        m = sample.moments
        with_gamma = Moments(
            m.n, m.cov, m.mean, m.names, n_total=m.n_total, gamma=gamma[np.ix_(order, order)]
        )
        out.append(replace(sample, moments=with_gamma))
    return tuple(out)


def _saturated_block(p: int, g: int, groups: int) -> Block:
    rows, columns = vech_indices(p)
    size = p + len(rows)
    none = np.zeros(0, dtype=np.intp)
    D = np.zeros((size, size * groups))
    D[:, g * size : (g + 1) * size] = np.eye(size)
    half = np.where(rows == columns, 0.5, 1.0)
    free = (np.asarray(rows, dtype=np.intp), np.asarray(columns, dtype=np.intp))
    means = np.arange(p, dtype=np.intp)
    return Block(p, p, np.zeros((p, p)), np.zeros((p, p)), np.zeros(p), (none, none), free, means, half, D)


def _moments_of(at: NDArray[np.intp], p: int) -> NDArray[np.intp]:
    """Places of the moments of some variables among [μ, vech Σ] of all p."""
    rows, columns = vech_indices(p)
    number = np.zeros((p, p), dtype=np.intp)
    number[rows, columns] = number[columns, rows] = np.arange(len(rows))
    i, j = vech_indices(len(at))
    return np.concatenate([at, p + number[at[i], at[j]]])


def _about(m: Moments, mu: Array, Sigma: Array) -> Array:
    """The mean crossproduct of [d, vech(dd' − Σ)] of a pattern's rows about the model."""
    S = m.cov_ml if m.n > 1 else np.zeros_like(Sigma)
    gamma = (
        m.gamma
        if m.n > 1 and m.gamma is not None
        else np.zeros((len(mu) + len(vech_indices(len(mu))[0]),) * 2)
    )
    sample = GroupSample("", m.n, m.n, S, S, m.mean, float(m.sumw), m)
    return about_model(gamma, sample, mu, Sigma, True)
