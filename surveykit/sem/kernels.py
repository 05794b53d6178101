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

__all__ = [
    "GroupPoint",
    "Point",
    "Problem",
    "SampleMoments",
    "gradient_and_information",
    "group_point",
    "hessian",
    "likelihood_curvature",
    "log_det",
    "model_curvature",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class SampleMoments:
    """One group's sample: S (p, p), mean (p,) or None, log|S|, its share of n.

    ``weight`` P (p, p) makes the discrepancy a least-squares one (without means), ½ tr((P(S − Σ))²): P = S⁻¹
    is generalised, P = I unweighted least squares (Browne 1974). None is maximum likelihood.
    """

    S: Array
    mean: Array | None
    log_det_S: float
    share: float
    weight: Array | None = None


@dataclass(frozen=True, slots=True)
class Point:
    """f = F/2 at θ, its gradient (k,) and the expected information of one observation (k, k)."""

    theta: Array
    f: float
    gradient: Array
    information: Array
    parts: tuple[GroupPoint, ...]


@dataclass(frozen=True, slots=True)
class GroupPoint:
    """One group at θ: its state, P = Σ⁻¹ (or the fixed weight), d = m − μ and ∂μ (None without means).

    The columns l and r of all entries are columns of Z = [G, C]; ``K`` = Zᵀ P Z (..., 2q, 2q) holds every product
    lᵀPl, lᵀPr, rᵀPr, ``PZ`` (..., p, 2q) its half.
    """

    state: State
    P: Array
    d: Array
    PZ: Array
    K: Array
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
            d = np.zeros(block.p) if sample.mean is None else sample.mean - state.mu
            weighed = (
                _likelihood(state, sample, d) if sample.weight is None else _least_squares(state, sample)
            )
            if weighed is None:
                return None
            discrepancy, P = weighed
            f += sample.share * discrepancy / 2
            part = group_point(block, state, P, d, sample.mean is not None)
            g, info = gradient_and_information(block, sample.S, part)
            gradient += sample.share * block.by_parameter(g)
            information += sample.share * block.by_parameters(info)
            parts.append(part)
        return Point(theta, float(f), gradient, information, tuple(parts))

    def value(self, theta: Array) -> float:
        """f at θ alone; ∞ where some Σ is not positive definite."""
        point = self.at(theta)
        return float("inf") if point is None else point.f

    def observed_information(self, point: Point) -> Array:
        """The second derivative of f at a point: the observed information of one observation (k, k)."""
        total = np.zeros((self.k, self.k))
        for block, sample, part in zip(self.blocks, self.samples, point.parts, strict=True):
            if sample.weight is None:
                by_entry = hessian(block, sample.S, part)
            else:
                Q = part.P @ (part.state.Sigma - sample.S) @ part.P
                by_entry = gradient_and_information(block, sample.S, part)[1]
                by_entry = by_entry + model_curvature(block, part.state, Q, part.d, False)
            total += sample.share * block.by_parameters(by_entry)
        return (total + total.T) / 2


def _likelihood(state: State, sample: SampleMoments, d: Array) -> tuple[float, Array] | None:
    """F of maximum likelihood and P = Σ⁻¹; None where Σ is not positive definite."""
    try:
        chol = np.linalg.cholesky(state.Sigma)
    except np.linalg.LinAlgError:
        return None
    inverse = np.linalg.inv(chol)
    P: Array = inverse.T @ inverse
    log_det_Sigma = 2 * np.log(np.diagonal(chol)).sum()
    F = log_det_Sigma - sample.log_det_S + ((P * sample.S).sum() - len(P)) + d @ P @ d
    return float(F), P


def _least_squares(state: State, sample: SampleMoments) -> tuple[float, Array]:
    """F = ½ tr((P(S − Σ))²) and the fixed weight P."""
    P = np.eye(len(sample.S)) if sample.weight is None else sample.weight
    E = P @ (sample.S - state.Sigma)
    return 0.5 * float((E * E.T).sum()), P


def group_point(block: Block, state: State, P: Array, d: Array, means: bool) -> GroupPoint:
    """What all derivatives at one θ share; P may carry more leading axes than the state."""
    Z = np.concatenate([state.G, state.C[..., : block.p, :]], axis=-1)
    PZ = P @ Z
    return GroupPoint(state, P, d, PZ, _t(Z) @ PZ, block.mean_columns(state) if means else None)


def _t(matrix: Array) -> Array:
    return np.swapaxes(matrix, -1, -2)


def _outer(a: Array, b: Array) -> Array:
    return a[..., :, None] * b[..., None, :]


def _take(table: Array, places: NDArray[np.intp]) -> Array:
    """Elements of (..., n, n) at flat places of any shape."""
    flat = table.reshape(*table.shape[:-2], -1)
    out: Array = np.take(flat, places, axis=-1)
    return out


def _filled(block: Block, of_cov: Array) -> Array:
    """(..., entries, entries) from its part over the entries of A and S, zero where α takes part."""
    if not len(block.m):
        return of_cov
    n, entries = of_cov.shape[-1], block.D.shape[0]
    out = np.zeros((*of_cov.shape[:-2], entries, entries))
    out[..., :n, :n] = of_cov
    return out


def gradient_and_information(block: Block, S: Array, part: GroupPoint) -> tuple[Array, Array]:
    """Gradient (..., entries) and expected information (..., entries, entries) over the entries of A, S,
    α."""
    at, K = block.layout, part.K
    lPr = _take(K, at.lr)
    information = _filled(block, (_take(K, at.ll) * _take(K, at.rr) + lPr * _t(lPr)) * at.pair)
    T = S if part.dmu is None else S + _outer(part.d, part.d)
    # lᵀ P (Σ − T) P r, the difference taken first: at the optimum it is small
    M = _t(part.PZ[..., : block.q]) @ ((part.state.Sigma - T) @ part.PZ)
    flat = M.reshape(*M.shape[:-2], -1)
    gradient: Array = np.take(flat, at.lr_own, axis=-1) * at.weight
    if len(block.m):
        gradient = np.concatenate([gradient, np.zeros((*gradient.shape[:-1], len(block.m)))], axis=-1)
    if part.dmu is not None:
        Pm = part.P @ part.dmu
        information += _t(part.dmu) @ Pm
        gradient -= (part.d[..., None, :] @ Pm)[..., 0, :]
    return gradient, information


def hessian(block: Block, S: Array, part: GroupPoint) -> Array:
    """Second derivative of f over the entries: curvature of the likelihood plus that of the model."""
    P = part.P
    Q = P - P @ (S + _outer(part.d, part.d)) @ P
    e = (P @ part.d[..., None])[..., 0]
    return likelihood_curvature(block, S, part) + model_curvature(
        block, part.state, Q, e, part.dmu is not None
    )


def likelihood_curvature(block: Block, S: Array, part: GroupPoint) -> Array:
    """What the second derivative of f would be if Σ and μ were linear in the entries."""
    P, d, at, K = part.P, part.d, block.layout, part.K
    T = S if part.dmu is None else S + _outer(d, d)
    # with X = PTP − P/2 the four products of T and P and the two of P alone become four of X and P
    X = _t(part.PZ) @ (T @ part.PZ) - K / 2
    crossed = _take(X, at.lr) * _t(_take(K, at.lr))
    curvature = _take(X, at.ll) * _take(K, at.rr) + _take(X, at.rr) * _take(K, at.ll)
    H = _filled(block, (curvature + crossed + _t(crossed)) * at.pair)
    if part.dmu is not None:
        Pm = P @ part.dmu
        H = H + _t(part.dmu) @ Pm
        # e'Σ_a P μ_b, and the same with a and b exchanged
        l, r = block.columns(part.state)  # noqa: E741
        e = (P @ d[..., None])[..., 0]
        mixed = np.zeros_like(H)
        el, er = (_t(l) @ e[..., None]), (_t(r) @ e[..., None])
        mixed[..., : l.shape[-1], :] = el * (_t(r) @ Pm) + er * (_t(l) @ Pm)
        H += mixed + _t(mixed)
    return H


def model_curvature(block: Block, state: State, Q: Array, e: Array, means: bool) -> Array:
    """½ tr(Q Σ_ab) − eᵀ μ_ab over the entries; only pairs with a directed entry differ from zero."""
    G, E, C = state.G, state.E, state.C
    QG = Q @ G
    GG, GC = _t(G) @ QG, _t(QG) @ C[..., : block.p, :]
    i, j = block.a
    na, ns, at = len(i), len(block.s[0]), block.layout
    H = np.zeros((*Q.shape[:-2], block.D.shape[0], block.D.shape[0]))
    Eji = _take(E, at.e_aa)  # [a, b] -> E[j_a, i_b]
    product = _take(GC, at.gc_aa) * Eji
    H[..., :na, :na] = product + _t(product) + _take(GG, at.gg_aa) * _take(C, at.c_aa)
    one = _take(E, at.e_as[0]) * _take(GG, at.gg_as[0])
    by_s = block.weight * (one + _take(E, at.e_as[1]) * _take(GG, at.gg_as[1]))
    H[..., :na, na : na + ns] = by_s
    H[..., na : na + ns, :na] = _t(by_s)
    if means:
        eG = (e[..., None, :] @ G)[..., 0, :]
        by_a = eG[..., None, i] * _t(Eji) * state.mean[..., j, None]
        H[..., :na, :na] -= by_a + _t(by_a)
        by_m = eG[..., i, None] * _take(E, at.e_am)
        H[..., :na, na + ns :] -= by_m
        H[..., na + ns :, :na] -= _t(by_m)
    return H
