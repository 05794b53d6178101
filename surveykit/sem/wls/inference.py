"""Standard errors and tests of weighted least squares (Browne 1984; Muthén, du Toit & Spisic 1997).

With V the weight, Γ the covariance of the statistics (times n), Δ = ∂σ/∂θ and I = Δ'VΔ:

    plain        I⁻¹ / n,                 right where V = Γ⁻¹
    robust.sem   I⁻¹ Δ'VΓVΔ I⁻¹ / n

and U = V − VΔI⁻¹Δ'V for the scaled tests, which need tr(UΓ) and tr((UΓ)²). With a
diagonal V nothing larger than Δ'V is ever multiplied. The baseline model frees each margin; what is left is the
Schur complement of V on the pairs.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.sem.constraints import bread
from surveykit.sem.robust import Traces

__all__ = ["Weighed", "baseline_test", "information_of", "meat_of", "model_traces", "sandwich", "weight_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Weighed:
    """One group: residuals e (size,), Δ (size, k), V (diagonal or matrix), Γ, which statistics are pairs, n.

    As in lavaan, χ² counts n − 1 and the information n, divided by the sum of n − 1 in the end.
    """

    e: Array
    delta: Array
    V: Array
    gamma: Array
    pairs: NDArray[np.bool_]
    n: int

    @property
    def size(self) -> int:
        """n − 1."""
        return self.n - 1

    def times(self, x: Array) -> Array:
        """V x for a matrix x."""
        out: Array = self.V @ x if self.V.ndim == 2 else self.V[:, None] * x
        return out


def information_of(groups: Sequence[Weighed]) -> Array:
    """I of one observation (k, k)."""
    total = sum(g.n for g in groups)
    out: Array = np.sum([g.n / total * (g.delta.T @ g.times(g.delta)) for g in groups], axis=0)
    return out


def sandwich(groups: Sequence[Weighed], *, robust: bool, K: Array | None = None) -> Array:
    """The covariance (k, k) of the estimates; ``K`` (k, k − r) spans what constraints leave free."""
    degrees = sum(g.size for g in groups)
    information = information_of(groups)
    inverse = bread(information, K)
    out: Array = inverse / degrees
    if robust:
        out = inverse @ meat_of(groups) @ inverse / degrees
    return (out + out.T) / 2


def meat_of(groups: Sequence[Weighed]) -> Array:
    """Δ'VΓVΔ (k, k) of one observation."""
    total = sum(g.n for g in groups)
    k = groups[0].delta.shape[1]
    out = np.zeros((k, k))
    for g in groups:
        weighed = g.times(g.delta)
        out += g.n / total * (weighed.T @ g.gamma @ weighed)
    return out


def model_traces(groups: Sequence[Weighed], K: Array | None = None) -> Traces:
    """tr(UΓ) and tr((UΓ)²)."""
    total = sum(g.n for g in groups)
    information = information_of(groups)
    first = squares = 0.0
    M, M2 = np.zeros_like(information), np.zeros_like(information)
    for g in groups:
        share = g.n / total
        one, two = _own_traces(g.V, g.gamma)
        first, squares = first + one, squares + two
        weighed = g.times(g.delta)
        turned = g.gamma @ weighed
        M += share * (weighed.T @ turned)
        M2 += share * (turned.T @ g.times(turned))
    inverse = bread(information, K)
    AM = inverse @ M
    second = squares - 2 * float((inverse * M2).sum()) + float((AM * AM.T).sum())
    return Traces(first - float(np.trace(AM)), second)


def _own_traces(V: Array, gamma: Array) -> tuple[float, float]:
    """tr(VΓ) and tr((VΓ)²)."""
    if V.ndim == 1:
        return float(V @ np.diagonal(gamma)), float(V @ (gamma * gamma) @ V)
    product = V @ gamma
    return float(np.trace(product)), float((product * product.T).sum())


def baseline_test(groups: Sequence[Weighed], observed: Sequence[Array]) -> tuple[float, Traces]:
    """χ² of the model in which all pairs are unrelated, and its traces."""
    chisq = first = second = 0.0
    for g, s in zip(groups, observed, strict=True):
        pairs, margins = g.pairs, ~g.pairs
        if g.V.ndim == 1:
            U = g.V[pairs]
            chisq += g.size * float(U @ s[pairs] ** 2)
        else:
            cross = g.V[np.ix_(pairs, margins)]
            within = g.V[np.ix_(margins, margins)]
            U = g.V[np.ix_(pairs, pairs)] - cross @ np.linalg.solve(within, cross.T)
            chisq += g.size * float(s[pairs] @ U @ s[pairs])
        one, two = _own_traces(U, g.gamma[np.ix_(pairs, pairs)])
        first, second = first + one, second + two
    return chisq, Traces(first, second)


def weight_of(gamma: Array, discrepancy: str) -> Array:
    """V: the diagonal of Γ inverted, ones, or Γ⁻¹."""
    if discrepancy == "uls":
        return np.ones(len(gamma))
    if discrepancy == "dwls":
        return 1 / np.diagonal(gamma)
    size = np.sqrt(np.diagonal(gamma))
    correlation = gamma / np.outer(size, size)
    if np.linalg.eigvalsh(correlation)[0] < 1e-10:
        raise SurveykitError(
            "full weighted least squares needs more answers: the covariance of the statistics is singular",
            expected=f"clearly more than {len(gamma)} complete rows, the number of statistics",
            hint="method='wlsmv' uses the diagonal only",
            code="SEM_N_TOO_SMALL",
        )
    out: Array = np.linalg.inv(correlation) / np.outer(size, size)
    return (out + out.T) / 2
