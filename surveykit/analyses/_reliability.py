"""Reliability coefficients of one scale from the covariance matrix of its items, with large-sample errors.

Every coefficient is a smooth function f of the covariance matrix S; with df = tr(G dS) its variance for
normal answers is 2 tr(GSGS) / n. For alpha this is van Zyl, Neudecker and Nel (2000).
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.factor import OneFactor, normal_theory_variance, one_factor

__all__ = [
    "Coefficient",
    "alpha",
    "alpha_std",
    "ave",
    "feldt",
    "item_rest",
    "omega",
    "rho_c",
    "standard_error",
]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Coefficient:
    """``value`` and its derivative ``g`` (k, k) by the covariance matrix: df = tr(g dS)."""

    value: float
    g: Array


def alpha(S: Array) -> Coefficient:
    """Cronbach's (1951) raw alpha, k/(k−1) (1 − tr S / 1'S1), of the covariance ``S`` (k, k).

    >>> round(alpha(np.array([[2.0, 1.0], [1.0, 2.0]])).value, 6)
    0.666667
    """
    k, total, trace = len(S), S.sum(), np.trace(S)
    factor = k / (k - 1)
    g = factor * (trace / total**2 * np.ones_like(S) - np.eye(k) / total)
    return Coefficient(float(factor * (1 - trace / total)), g)


def alpha_std(S: Array) -> Coefficient:
    """Standardised alpha, k r̄ / (1 + (k−1) r̄), r̄ the mean correlation of the items."""
    k = len(S)
    R = _correlations(S)
    mean = (R.sum() - k) / (k * (k - 1))
    slope = k / (1 + (k - 1) * mean) ** 2
    each = np.full((k, k), slope * 2 / (k * (k - 1)))
    return Coefficient(float(k * mean / (1 + (k - 1) * mean)), _through_correlations(S, R, each))


def omega(S: Array, factor: OneFactor | None = None) -> Coefficient:
    """Omega total (McDonald 1999) of a one-factor model: (Σλ)² over the observed variance of the sum.

    Two items identify no factor model: their loadings are taken as equal, which makes omega alpha.
    """
    total = S.sum()
    if len(S) == 2:
        return alpha(S)
    f = factor or one_factor(S)
    common = f.loadings.sum()
    by_loadings = np.full(len(S), 2 * common / total)
    g = f.through(by_loadings, np.zeros(len(S))) - common**2 / total**2 * np.ones_like(S)
    return Coefficient(float(common**2 / total), g)


def rho_c(S: Array, factor: OneFactor | None = None) -> Coefficient:
    """Composite reliability (Jöreskog 1971): (Σl)² / ((Σl)² + Σ(1 − l²)), l the standardised loadings.

    With two items the loadings are taken as equal: standardised alpha.
    """
    if len(S) == 2:
        return alpha_std(S)

    def value(lam: Any, psi: Any) -> Any:
        standard = lam / np.sqrt(lam**2 + psi)
        return standard.sum() ** 2 / (standard.sum() ** 2 + (1 - standard**2).sum())

    return _of_factor(factor or one_factor(S), value)


def ave(S: Array, factor: OneFactor | None = None) -> Coefficient:
    """Average variance extracted (Fornell and Larcker 1981): the mean squared standardised loading."""
    if len(S) == 2:
        R = _correlations(S)
        return Coefficient(float(R[0, 1]), _through_correlations(S, R, np.ones((2, 2))))

    def value(lam: Any, psi: Any) -> Any:
        return (lam**2 / (lam**2 + psi)).mean()

    return _of_factor(factor or one_factor(S), value)


def standard_error(coefficient: Coefficient, S: Array, n: float) -> float:
    """The large-sample standard error for ``n`` (effective) answers."""
    return float(np.sqrt(max(normal_theory_variance(coefficient.g, S, n), 0.0)))


def feldt(value: float, items: int, n: float, confidence: float) -> tuple[float, float]:
    """Feldt's (1965) interval of alpha: (1 − α) F quantiles with n − 1 and (n − 1)(k − 1) degrees of freedom.

    >>> low, high = feldt(0.626117131884981, 3, 301, 0.95)
    >>> round(low, 6), round(high, 6)
    (0.546503, 0.693753)
    """
    from scipy.special import fdtri

    tail = (1 - confidence) / 2
    df = n - 1, (n - 1) * (items - 1)
    low, high = (1 - (1 - value) * fdtri(*df, q) for q in (1 - tail, tail))
    return float(low), float(high)


def item_rest(S: Array) -> Array:
    """The correlation of every item with the sum of the others, shape (k,)."""
    total = S.sum()
    with_rest = S.sum(axis=1) - np.diag(S)
    rest = total - 2 * S.sum(axis=1) + np.diag(S)
    with np.errstate(divide="ignore", invalid="ignore"):
        r: Array = with_rest / np.sqrt(np.diag(S) * rest)
    return r


def _correlations(S: Array) -> Array:
    sd = np.sqrt(np.diag(S))
    R: Array = S / np.outer(sd, sd)
    return R


def _through_correlations(S: Array, R: Array, each: Array) -> Array:
    """G for df = Σ_{i<j} eachᵢⱼ drᵢⱼ: correlations answer to covariances and to both variances."""
    sd = np.sqrt(np.diag(S))
    off = each * (1 - np.eye(len(S)))
    g: Array = off / (2 * np.outer(sd, sd)) - np.diag((off * R).sum(axis=1) / (2 * sd**2))
    return g


def _of_factor(factor: OneFactor, function: Callable[[Any, Any], Any]) -> Coefficient:
    """A coefficient that is a function of loadings and uniquenesses; derivatives by complex steps (exact)."""
    k, h = len(factor.loadings), 1e-30
    steps = 1j * h * np.eye(k)
    by_loadings = np.array([function(factor.loadings + e, factor.uniquenesses).imag / h for e in steps])
    by_unique = np.array([function(factor.loadings, factor.uniquenesses + e).imag / h for e in steps])
    value = float(function(factor.loadings, factor.uniquenesses))
    return Coefficient(value, factor.through(by_loadings, by_unique))
