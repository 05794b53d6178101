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
from surveykit.sem.dense import inverse_root, log_det, root

__all__ = [
    "GroupPoint",
    "Point",
    "Problem",
    "SampleMoments",
    "group_point",
    "hessian",
    "likelihood_curvature",
    "log_det",
    "model_curvature",
    "pulls",
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
    """One group at θ: its state, P = Σ⁻¹ (or the fixed weight), d = m − μ and the first derivatives.

    The columns l and r of all entries are columns of Z = [G, C]. ``PZ`` (..., p, 2q) and ``M`` = ZᵀQZ (..., 2q, 2q) hold
    what derivatives are looked up in; ``lPl``, ``lPr``, ``rPr`` (..., n, n) are the products of all pairs of the n entries of A
    and S; ``dmu`` is ∂μ and ``Pm`` P ∂μ (None without means). ``gradient`` and ``information`` are by entries of A, S and α.
    """

    state: State
    P: Array
    d: Array
    PZ: Array
    M: Array
    lPl: Array
    lPr: Array
    rPr: Array
    dmu: Array | None
    Pm: Array | None
    gradient: Array
    information: Array


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
            part = group_point(block, sample.S, state, P, d, sample.mean is not None)
            gradient += sample.share * block.by_parameter(part.gradient)
            information += sample.share * block.by_parameters(part.information)
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
            by_entry = hessian(block, part) if sample.weight is None else least_squares_hessian(block, part)
            total += sample.share * block.by_parameters(by_entry)
        return (total + total.T) / 2


def _likelihood(state: State, sample: SampleMoments, d: Array) -> tuple[float, Array] | None:
    """F of maximum likelihood and P = Σ⁻¹; None where Σ is not positive definite."""
    chol = root(state.Sigma)
    if chol is None:
        return None
    inverse = inverse_root(chol)
    P: Array = inverse.T @ inverse
    log_det_Sigma = 2 * np.log(chol.diagonal()).sum()
    F = log_det_Sigma - sample.log_det_S + ((P * sample.S).sum() - len(P)) + d @ P @ d
    return float(F), P


def _least_squares(state: State, sample: SampleMoments) -> tuple[float, Array]:
    """F = ½ tr((P(S − Σ))²) and the fixed weight P."""
    P = np.eye(len(sample.S)) if sample.weight is None else sample.weight
    E = P @ (sample.S - state.Sigma)
    return 0.5 * float((E * E.T).sum()), P


def _outer(a: Array, b: Array) -> Array:
    return a[..., :, None] * b[..., None, :]


def _take(table: Array, places: NDArray[np.intp]) -> Array:
    """Elements of (..., n, n) at flat places of any shape."""
    out: Array = table.reshape(*table.shape[:-2], -1).take(places, axis=-1)
    return out


def _filled(block: Block, of_cov: Array) -> Array:
    """(..., entries, entries) from its part over the entries of A and S, zero where α takes part."""
    if not len(block.m):
        return of_cov
    n, entries = of_cov.shape[-1], block.D.shape[0]
    out = np.zeros((*of_cov.shape[:-2], entries, entries))
    out[..., :n, :n] = of_cov
    return out


def group_point(block: Block, S: Array, state: State, P: Array, d: Array, means: bool) -> GroupPoint:
    """The first derivatives at one θ; P, d and S may carry more leading axes than the state."""
    at = block.layout
    Z = np.concatenate([state.G, state.C[..., : block.p, :]], axis=-1)
    PZ = P @ Z
    K = PZ.mT @ Z
    # Q = P (Σ − T) P, the difference taken first: at the optimum it is small
    T = S + _outer(d, d) if means else S
    M = PZ.mT @ ((state.Sigma - T) @ PZ)
    lPl, lPr, rPr = _take(K, at.ll), _take(K, at.lr), _take(K, at.rr)
    information = _filled(block, (lPl * rPr + lPr * lPr.mT) * at.pair)
    gradient = _take(M, at.lr_own) * at.weight
    if len(block.m):
        gradient = np.concatenate([gradient, np.zeros((*gradient.shape[:-1], len(block.m)))], axis=-1)
    dmu = Pm = None
    if means:
        dmu = block.mean_columns(state)
        Pm = P @ dmu
        information += dmu.mT @ Pm
        gradient -= (d[..., None, :] @ Pm)[..., 0, :]
    return GroupPoint(state, P, d, PZ, M, lPl, lPr, rPr, dmu, Pm, gradient, information)


def hessian(block: Block, part: GroupPoint) -> Array:
    """Second derivative of f over the entries: curvature of the likelihood plus that of the model."""
    return likelihood_curvature(block, part) + model_curvature(block, part.state, part.M, pulls(part))


def least_squares_hessian(block: Block, part: GroupPoint) -> Array:
    """The same for a fixed weight: the discrepancy is quadratic in Σ."""
    return part.information + model_curvature(block, part.state, part.M, None)


def pulls(part: GroupPoint) -> Array | None:
    """ZᵀP d (..., 2q): how the means pull at the columns; None without means."""
    return None if part.Pm is None else (part.d[..., None, :] @ part.PZ)[..., 0, :]


def likelihood_curvature(block: Block, part: GroupPoint) -> Array:
    """What the second derivative of f would be if Σ and μ were linear in the entries.

    It is the expected information less products with Q, which is zero where the model fits.
    """
    at, M = block.layout, part.M
    crossed = _take(M, at.lr) * part.lPr.mT
    apart = _take(M, at.ll) * part.rPr + _take(M, at.rr) * part.lPl + crossed + crossed.mT
    H: Array = part.information - _filled(block, apart * at.pair)
    v = pulls(part)
    if v is not None and part.Pm is not None and part.dmu is not None:
        # d'P Σ_a P μ_b, and the same with a and b exchanged
        Zm = part.PZ.mT @ part.dmu
        mixed = np.zeros_like(H)
        mixed[..., : len(at.left), :] = at.weight[:, None] * (
            v[..., at.left, None] * Zm[..., at.right, :] + v[..., at.right, None] * Zm[..., at.left, :]
        )
        H += mixed + mixed.mT
    return H


def model_curvature(block: Block, state: State, M: Array, v: Array | None) -> Array:
    """½ tr(Q Σ_ab) − dᵀP μ_ab over the entries, from M = ZᵀQZ and v = ZᵀPd (None without means).

    Only pairs with a directed entry differ from zero.
    """
    E, C, at = state.E, state.C, block.layout
    i, j = block.a
    na, ns, n = len(i), len(block.s[0]), block.D.shape[0]
    H = np.zeros((*M.shape[:-2], n, n))
    Eji = _take(E, at.e_aa)  # [a, b] -> E[j_a, i_b]
    product = _take(M, at.gc_aa) * Eji
    H[..., :na, :na] = product + product.mT + _take(M, at.gg_aa) * _take(C, at.c_aa)
    one = _take(E, at.e_as[0]) * _take(M, at.gg_as[0])
    by_s = block.weight * (one + _take(E, at.e_as[1]) * _take(M, at.gg_as[1]))
    H[..., :na, na : na + ns] = by_s
    H[..., na : na + ns, :na] = by_s.mT
    if v is not None:
        by_a = v[..., None, i] * Eji.mT * state.mean[..., j, None]
        H[..., :na, :na] -= by_a + by_a.mT
        by_m = v[..., i, None] * _take(E, at.e_am)
        H[..., :na, na + ns :] -= by_m
        H[..., na + ns :, :na] -= by_m.mT
    return H
