"""The normal-theory kernel: discrepancy, gradient, expected and observed information.

For one group with sample covariance S (divisor n, or n − 1 under the Wishart likelihood), sample mean m and
implied Σ, μ (Jöreskog 1969; Browne & Arminger 1995):

    F = log|Σ| − log|S| + tr(S Σ⁻¹) − p + (m − μ)ᵀ Σ⁻¹ (m − μ).

Everything here is about f = F/2, whose second derivative has as its expectation the information of one
observation, so that a step of Fisher scoring is −I⁻¹ ∂f. With dΣ = l rᵀ + r lᵀ (see ``model.matrices``)

    ∂f     = lᵀ Q r − dᵀ Σ⁻¹ ∂μ,              Q = Σ⁻¹ (Σ − S − d dᵀ) Σ⁻¹,  d = m − μ
    I_ab   = (l_aᵀPl_b)(r_aᵀPr_b) + (l_aᵀPr_b)(r_aᵀPl_b) + ∂μ_aᵀ P ∂μ_b,   P = Σ⁻¹

and the observed information adds second derivatives, all of them look-ups in G, E and C.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block, State

__all__ = ["Point", "Problem", "SampleMoments", "log_det"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SampleMoments:
    """One group's sample as the likelihood sees it: S (p, p), mean (p,) or None, log|S|, its share of n."""

    S: Array
    mean: Array | None
    log_det_S: float
    share: float


@dataclass(frozen=True, slots=True)
class Point:
    """f = F/2 at θ, its gradient (k,) and the expected information of one observation (k, k)."""

    theta: Array
    f: float
    gradient: Array
    information: Array
    parts: tuple[_GroupPoint, ...]


@dataclass(frozen=True, slots=True)
class _GroupPoint:
    state: State
    P: Array
    d: Array
    left: Array
    right: Array
    dmu: Array | None


def log_det(matrix: Array) -> float:
    """log|M| of a symmetric matrix, by Cholesky; −∞ where it is not positive definite."""
    try:
        return float(2 * np.log(np.diagonal(np.linalg.cholesky(matrix))).sum())
    except np.linalg.LinAlgError:
        return -np.inf


@dataclass(frozen=True, slots=True)
class Problem:
    """A model and a sample per group; f is the mean of the groups' discrepancies by their share of n."""

    blocks: tuple[Block, ...]
    samples: tuple[SampleMoments, ...]

    @property
    def k(self) -> int:
        return int(self.blocks[0].D.shape[1])

    def at(self, theta: Array) -> Point | None:
        """Value, gradient and expected information at θ; None where some Σ is not positive definite."""
        f, gradient, information = 0.0, np.zeros(self.k), np.zeros((self.k, self.k))
        parts = []
        for block, sample in zip(self.blocks, self.samples, strict=True):
            state = block.state(theta)
            if not np.isfinite(state.Sigma).all():
                return None
            try:
                chol = np.linalg.cholesky(state.Sigma)
            except np.linalg.LinAlgError:
                return None
            inverse = np.linalg.inv(chol)
            P = inverse.T @ inverse
            d = np.zeros(block.p) if sample.mean is None else sample.mean - state.mu
            discrepancy = (
                2 * np.log(np.diagonal(chol)).sum()
                - sample.log_det_S
                + ((P * sample.S).sum() - block.p)
                + d @ P @ d
            )
            f += sample.share * discrepancy / 2
            part = _group_point(block, state, P, d, sample.mean is not None)
            g, info = _first_order(block, sample, part)
            gradient += sample.share * (g @ block.D)
            information += sample.share * (block.D.T @ info @ block.D)
            parts.append(part)
        return Point(theta, float(f), gradient, information, tuple(parts))

    def value(self, theta: Array) -> float:
        """f at θ alone; ∞ where some Σ is not positive definite."""
        total = 0.0
        for block, sample in zip(self.blocks, self.samples, strict=True):
            state = block.state(theta)
            if not np.isfinite(state.Sigma).all():
                return float("inf")
            value = log_det(state.Sigma)
            if value == -np.inf:
                return float("inf")
            P = np.linalg.inv(state.Sigma)
            d = np.zeros(block.p) if sample.mean is None else sample.mean - state.mu
            total += (
                sample.share * (value - sample.log_det_S + (P * sample.S).sum() - block.p + d @ P @ d) / 2
            )
        return float(total)

    def observed_information(self, point: Point) -> Array:
        """The second derivative of f at a point: the observed information of one observation (k, k)."""
        total = np.zeros((self.k, self.k))
        for block, sample, part in zip(self.blocks, self.samples, point.parts, strict=True):
            total += sample.share * (block.D.T @ _hessian(block, sample, part) @ block.D)
        return (total + total.T) / 2


def _group_point(block: Block, state: State, P: Array, d: Array, means: bool) -> _GroupPoint:
    left, right = block.columns(state)
    return _GroupPoint(state, P, d, left, right, block.mean_columns(state) if means else None)


def _first_order(block: Block, sample: SampleMoments, part: _GroupPoint) -> tuple[Array, Array]:
    """Gradient (entries,) and expected information (entries, entries) over the entries of A, S, α."""
    P, left, right = part.P, part.left, part.right
    entries, n_cov = block.D.shape[0], left.shape[1]
    Pl, Pr = P @ left, P @ right
    information = np.zeros((entries, entries))
    cross = left.T @ Pr
    information[:n_cov, :n_cov] = (left.T @ Pl) * (right.T @ Pr) + cross * cross.T
    gradient = np.zeros(entries)
    T = sample.S if part.dmu is None else sample.S + np.outer(part.d, part.d)
    gradient[:n_cov] = (left * Pr).sum(axis=0) - (Pl * (T @ Pr)).sum(axis=0)
    if part.dmu is not None:
        Pm = P @ part.dmu
        information += part.dmu.T @ Pm
        gradient -= part.d @ Pm
    return gradient, information


def _hessian(block: Block, sample: SampleMoments, part: _GroupPoint) -> Array:
    """Second derivative of f over the entries: curvature of the likelihood plus that of the model."""
    P, d = part.P, part.d
    T = P @ (sample.S + np.outer(d, d)) @ P
    l, r = part.left, part.right  # noqa: E741
    lPl, rPr, lPr = l.T @ P @ l, r.T @ P @ r, l.T @ P @ r
    lTl, rTr, lTr = l.T @ T @ l, r.T @ T @ r, l.T @ T @ r
    n_cov = l.shape[1]
    H = np.zeros((block.D.shape[0],) * 2)
    curvature = lTl * rPr + rTr * lPl + lTr * lPr.T + lTr.T * lPr
    H[:n_cov, :n_cov] = curvature - (lPl * rPr + lPr * lPr.T)
    Q = P - T
    e = P @ d
    if part.dmu is not None:
        Pm = P @ part.dmu
        H += part.dmu.T @ Pm
        # e'Σ_a P μ_b, and the same with a and b exchanged
        mixed = np.zeros_like(H)
        mixed[:n_cov] = (e @ l)[:, None] * (r.T @ Pm) + (e @ r)[:, None] * (l.T @ Pm)
        H += mixed + mixed.T
    H += _model_curvature(block, part.state, Q, e, part.dmu is not None)
    return H


def _model_curvature(block: Block, state: State, Q: Array, e: Array, means: bool) -> Array:
    """½ tr(Q Σ_ab) − eᵀ μ_ab over the entries; only pairs with a directed entry differ from zero."""
    G, E, C = state.G, state.E, state.C
    Cp = C[: block.p]
    QG = Q @ G
    GG, GC = G.T @ QG, QG.T @ Cp
    i, j = block.a
    na, ns = len(i), len(block.s[0])
    H = np.zeros((block.D.shape[0],) * 2)
    Eji = E[np.ix_(j, i)]  # [a, b] -> E[j_a, i_b]
    GCij = GC[np.ix_(i, j)]  # [a, b] -> GC[i_a, j_b]
    H[:na, :na] = Eji.T * GCij.T + GG[np.ix_(i, i)] * C[np.ix_(j, j)] + GCij * Eji
    k, m = block.s
    by_s = block.weight * (E[np.ix_(j, k)] * GG[np.ix_(i, m)] + E[np.ix_(j, m)] * GG[np.ix_(i, k)])
    H[:na, na : na + ns] = by_s
    H[na : na + ns, :na] = by_s.T
    if means:
        eG = e @ G
        by_a = eG[i][None, :] * Eji.T * state.mean[j][:, None]
        H[:na, :na] -= by_a + by_a.T
        by_m = eG[i][:, None] * E[np.ix_(j, block.m)]
        H[:na, na + ns :] -= by_m
        H[na + ns :, :na] -= by_m.T
    return H
