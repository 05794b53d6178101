"""Correlation kernels: one pair of variables at a time, with test and interval.

Pearson and partial correlations come from a covariance matrix alone; Spearman is Pearson on (weighted)
mid-ranks; Kendall's tau-b needs the rows. Tests and intervals use ``n``, Kish's n_eff with weights, and
``k`` variables held constant.
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.intervals import fisher_z

__all__ = ["Correlation", "kendall", "partial", "pearson", "ranks", "spearman"]

Floats = NDArray[np.float64]
FEWEST = 3


@dataclass(frozen=True, slots=True)
class Correlation:
    """r with its standard error under independence, interval, statistic (t, or z for Kendall) and p."""

    r: float
    se: float
    low: float
    high: float
    statistic: float
    p: float


def _nothing(r: float = math.nan) -> Correlation:
    return Correlation(r, math.nan, math.nan, math.nan, math.nan, math.nan)


def pearson(r: float, n: float, confidence: float = 0.95, k: int = 0) -> Correlation:
    """Test with t on n - 2 - k degrees of freedom; interval by Fisher's z, Var = 1/(n - 3 - k).

    >>> found = pearson(0.343292187664255, 250)
    >>> round(found.statistic, 6), round(found.low, 6), round(found.high, 6)
    (5.755969, 0.228978, 0.448267)
    """
    return _tested(r, n, confidence, k, 1.0)


def spearman(r: float, n: float, confidence: float = 0.95, k: int = 0) -> Correlation:
    """As :func:`pearson` with Var(z) = (1 + r^2/2)/(n - 3 - k) (Bonett and Wright 2000)."""
    return _tested(r, n, confidence, k, 1 + r * r / 2)


def _tested(r: float, n: float, confidence: float, k: int, factor: float) -> Correlation:
    from scipy.special import stdtr

    df = n - 2 - k
    if math.isnan(r) or df <= 0:
        return _nothing()
    low, high = fisher_z(r, factor / (n - 3 - k) if n - 3 - k > 0 else math.inf, confidence)
    if abs(r) >= 1:
        return Correlation(r, 0.0, low, high, math.copysign(math.inf, r), 0.0)
    se = math.sqrt((1 - r * r) / df)
    return Correlation(r, se, low, high, r / se, float(2 * stdtr(df, -abs(r / se))))


def kendall(x: Floats, y: Floats, confidence: float = 0.95) -> Correlation:
    """Tau-b with the tie-corrected normal test (Kendall 1970); interval by z with Var = .437/(n - 4).

    The variance of z is Fieller, Hartley and Pearson's (1957). Where neither variable has ties and there
    are at most 33 rows, p is exact.
    """
    from scipy.stats import kendalltau

    n = len(x)
    if n < FEWEST or np.ptp(x) == 0 or np.ptp(y) == 0:
        return _nothing()
    found = kendalltau(x, y, variant="b", method="auto")
    tau, p = float(found.statistic), float(found.pvalue)
    low, high = fisher_z(tau, 0.437 / (n - 4) if n > 4 else math.inf, confidence)
    statistic = _kendall_z(x, y, tau)
    return Correlation(tau, abs(tau / statistic) if statistic else math.nan, low, high, statistic, p)


def _kendall_z(x: Floats, y: Floats, tau: float) -> float:
    """S / sqrt(Var S) with the tie corrections of Kendall (1970), ch. 4."""
    n = len(x)
    tx, ty = (np.unique(v, return_counts=True)[1].astype(float) for v in (x, y))
    pairs = n * (n - 1) / 2
    within = [float((t * (t - 1)).sum() / 2) for t in (tx, ty)]
    s = tau * math.sqrt((pairs - within[0]) * (pairs - within[1]))
    single = [float((t * (t - 1) * (2 * t + 5)).sum()) for t in (tx, ty)]
    third = [float((t * (t - 1) * (t - 2)).sum()) for t in (tx, ty)]
    variance = (n * (n - 1) * (2 * n + 5) - single[0] - single[1]) / 18
    variance += third[0] * third[1] / (9 * n * (n - 1) * (n - 2)) + 2 * within[0] * within[1] / (n * (n - 1))
    return s / math.sqrt(variance) if variance > 0 else math.nan


def partial(cor: Floats) -> float:
    """The correlation of the first two variables with all others held constant, from their matrix.

    NaN where the matrix is singular: the others determine one of the two.

    >>> round(partial(np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])), 4)
    0.4346
    """
    if cor.shape[0] == 2:
        return float(cor[0, 1])
    if not np.isfinite(cor).all() or np.linalg.cond(cor) > 1e10:
        return math.nan
    inverse = np.linalg.inv(cor)
    return float(np.clip(-inverse[0, 1] / math.sqrt(inverse[0, 0] * inverse[1, 1]), -1.0, 1.0))


def ranks(x: Floats, w: Floats) -> Floats:
    """Weighted mid-ranks of ``x`` (n,): the weight below each value plus half the weight at it.

    Without weights these are the usual mid-ranks less one half, which no correlation notices.

    >>> ranks(np.array([3.0, 1.0, 3.0]), np.ones(3)).tolist()
    [2.0, 0.5, 2.0]
    """
    _, place = np.unique(x, return_inverse=True)
    at = np.bincount(place, weights=w)
    middle: Floats = (np.cumsum(at) - at / 2)[place]
    return middle
