"""Correlations of weighted rows with their linearised values: Pearson, Spearman (partial too) and Kendall's tau-b.

The linearised value of a row is its weight times the derivative of the coefficient by that weight. For Pearson and
partial correlations it follows from the residuals; ranks answer to every weight as well (Spearman);
tau-b is a ratio of sums over pairs of w_i w_j.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._association import Correlation, ranks
from surveykit.intervals import fisher_z, t_value

if TYPE_CHECKING:
    from surveykit.analyses._sampling import Drawn

__all__ = ["SPREADS", "kendall_weighted", "linearised", "pearson_spread", "spearman_spread", "tau_spread"]

Array = NDArray[np.float64]
Spread = Callable[[Array, Array], tuple[float, Array]]
_PAIRS = 4_000_000
"""So many pairs of rows are compared at a time."""


def pearson_spread(x: Array, w: Array) -> tuple[float, Array]:
    """The correlation of the first two columns of ``x`` (n, 2 + q), the others held constant, and its spread (n,).

    >>> r, z = pearson_spread(np.array([[1.0, 2], [2, 1], [3, 4], [4, 3]]), np.ones(4))
    >>> round(r, 6), bool(abs(z.sum()) < 1e-12)
    (0.6, True)
    """
    r, u, v, *_ = _residuals(x, w)
    return r, w / w.sum() * (u * v - r / 2 * (u**2 + v**2))


def spearman_spread(x: Array, w: Array) -> tuple[float, Array]:
    """As :func:`pearson_spread` for weighted mid-ranks, which the weights move too."""
    ranked = np.column_stack([ranks(c, w) for c in x.T])
    r, u, v, slopes, scale = _residuals(ranked, w)
    z = w / w.sum() * (u * v - r / 2 * (u**2 + v**2))
    by_u, by_v = w / w.sum() * (v - r * u) / scale[0], w / w.sum() * (u - r * v) / scale[1]
    pull = [by_u, by_v, *(-slopes[0][:, None] * by_u - slopes[1][:, None] * by_v)]
    for column, g in zip(x.T, pull, strict=True):
        z = z + w * _above(column, g)
    return r, z


def tau_spread(x: Array, w: Array) -> tuple[float, Array]:
    """Weighted tau-b of two columns (n, 2) and its linearised values: pairs count w_i w_j.

    >>> tau, _ = tau_spread(np.array([[1.0, 1], [2, 3], [3, 2]]), np.ones(3))
    >>> round(tau, 6)
    0.333333
    """
    a, b = x.T
    n = len(a)
    net = np.empty(n)
    rows = max(1, _PAIRS // n)
    for start in range(0, n, rows):
        part = slice(start, start + rows)
        net[part] = (np.sign(a[part, None] - a) * np.sign(b[part, None] - b)) @ w
    apart = [w.sum() - _tied(column, w) for column in (a, b)]
    A, B = (float(w @ p) / 2 for p in apart)
    if not (A > 0 and B > 0):
        return math.nan, np.full(n, math.nan)
    root = math.sqrt(A * B)
    tau = float(w @ net) / 2 / root
    z: Array = w * (net / root - tau / 2 * (apart[0] / A + apart[1] / B))
    return tau, z


SPREADS: dict[str, Spread] = {"pearson": pearson_spread, "spearman": spearman_spread, "kendall": tau_spread}


def linearised(method: str, x: Array, drawn: Drawn, confidence: float) -> tuple[Correlation, float]:
    """The coefficient under a survey design, and its design effect.

    The interval is on Fisher's z with Student's t, and the test is of the same z.
    """
    from scipy.special import stdtr

    spread = SPREADS[method]
    r, z = spread(x, drawn.weights)
    nothing = Correlation(r, *(math.nan,) * 5)
    df = drawn.df
    if math.isnan(r) or df < 1:
        return nothing, math.nan

    def again(w: Array) -> Array:
        kept = w > 0
        return np.array([spread(x[kept], w[kept])[0]])

    variance = float(drawn.covariance(z[:, None], again)[0, 0])
    if abs(r) >= 1 or not variance > 0:
        return nothing, math.nan
    se = math.sqrt(variance)
    effect = float(drawn.effect(z[:, None], [variance])[0])
    on_z = se / (1 - r * r)
    half = t_value(confidence, df) * on_z
    center = math.atanh(r)
    statistic = center / on_z
    p = float(2 * stdtr(df, -abs(statistic)))
    return Correlation(r, se, math.tanh(center - half), math.tanh(center + half), statistic, p), effect


def kendall_weighted(x: Array, w: Array, confidence: float) -> Correlation:
    """Tau-b of weighted rows drawn one by one: linearised standard error, normal test and interval on z."""
    from scipy.special import ndtr

    tau, z = tau_spread(x, w)
    n = len(z)
    if math.isnan(tau) or abs(tau) >= 1 or n < 3:
        return Correlation(tau, *(math.nan,) * 5)
    se = math.sqrt(float(((z - z.mean()) ** 2).sum()) * n / (n - 1))
    low, high = fisher_z(tau, (se / (1 - tau * tau)) ** 2, confidence)
    statistic = math.atanh(tau) / (se / (1 - tau * tau)) if se > 0 else math.nan
    return Correlation(tau, se, low, high, statistic, float(2 * ndtr(-abs(statistic))))


def _residuals(x: Array, w: Array) -> tuple[float, Array, Array, tuple[Array, Array], tuple[float, float]]:
    """r, standardised residuals of the first two columns, their slopes on the others, their deviations."""
    d = x - (w @ x) / w.sum()
    controls = d[:, 2:]
    slopes = np.linalg.lstsq((controls * w[:, None]).T @ controls, (controls * w[:, None]).T @ d[:, :2])[0]
    e = d[:, :2] - controls @ slopes
    sd = np.sqrt((w @ e**2) / w.sum())
    if not (sd > 1e-12 * np.sqrt((w @ d[:, :2] ** 2) / w.sum())).all():
        bad = np.full(len(x), math.nan)
        return math.nan, bad, bad, (slopes[:, 0], slopes[:, 1]), (math.nan, math.nan)
    u, v = (e / sd).T
    r = float(np.clip((w * u) @ v / w.sum(), -1.0, 1.0))
    return r, u, v, (slopes[:, 0], slopes[:, 1]), (float(sd[0]), float(sd[1]))


def _above(x: Array, g: Array) -> Array:
    """For each row the sum of ``g`` over rows with a higher value, and half of that over its equals."""
    _, place = np.unique(x, return_inverse=True)
    at = np.bincount(place, weights=g)
    beyond: Array = (at.sum() - np.cumsum(at) + at / 2)[place]
    return beyond


def _tied(x: Array, w: Array) -> Array:
    """The weight of all rows with a row's value."""
    _, place = np.unique(x, return_inverse=True)
    return np.asarray(np.bincount(place, weights=w)[place], dtype=float)
