"""Estimates with their intervals: shares, net promoter scores, means, correlations, associations.

Kernels on plain numbers and small arrays. Wherever weights are at work, ``n`` is Kish's effective n,
so it need not be whole. A share is 0 to 1, an NPS is -100 to 100, ``confidence`` is 0.95 for 95 %.
Where nothing can be said (no answers, one answer, a constant) the numbers are NaN: the caller has
the words for it. Impossible input (a share of 1.2, a negative count) is an error.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError

__all__ = [
    "Difference", "Interval", "Net", "adjusted_p", "fisher_z", "kish", "mean_and_sd", "mean_interval",
    "net_shares", "nps_adjusted_wald", "nps_difference", "nps_wald", "t_value", "two_shares",
    "two_sided_p", "wilson", "z_value",
]  # fmt: skip

Floats = NDArray[np.float64]
_NAN = math.nan


@dataclass(frozen=True, slots=True)
class Interval:
    """An estimate, its standard error and the bounds of its interval, in one unit."""

    estimate: float
    se: float
    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Difference:
    """A difference of two estimates with its standard error, interval, test statistic and p."""

    estimate: float
    se: float
    low: float
    high: float
    statistic: float
    p: float


@dataclass(frozen=True, slots=True)
class Net:
    """Shares (0-1) of promoters, passives and detractors; they sum to 1 (NaN without answers)."""

    promoters: float
    passives: float
    detractors: float


def z_value(confidence: float) -> float:
    """The two-sided standard normal quantile.

    >>> round(z_value(0.95), 6)
    1.959964
    """
    if not 0 < confidence < 1:
        raise SurveykitError(
            "impossible confidence level", expected="a number between 0 and 1, such as 0.95",
            got=repr(confidence), code="CONFIDENCE",
        )  # fmt: skip
    return NormalDist().inv_cdf(0.5 + confidence / 2)


def t_value(confidence: float, df: float) -> float:
    """The two-sided quantile of Student's t; NaN without degrees of freedom."""
    from scipy.special import stdtrit

    z_value(confidence)
    return float(stdtrit(df, 0.5 + confidence / 2)) if df > 0 else _NAN


def two_sided_p(z: float) -> float:
    """The two-sided p-value of a standard normal statistic (accurate far out in the tail)."""
    return math.erfc(abs(z) / math.sqrt(2)) if not math.isnan(z) else _NAN


def kish(sum_w: float, sum_w2: float) -> float:
    """Kish's effective n, (sum of w)^2 / sum of w^2 (Kish 1965).

    >>> kish(10.0, 10.0), kish(4.0, 10.0)
    (10.0, 1.6)
    """
    return sum_w * sum_w / sum_w2 if sum_w2 > 0 else 0.0


def _share_checked(share: float, n: float) -> None:
    if n < 0 or not math.isfinite(n):
        raise SurveykitError("impossible number of answers", expected="0 or more", got=repr(n), code="COUNT")
    if n > 0 and not -1e-12 <= share <= 1 + 1e-12:
        raise SurveykitError(
            "impossible share", expected="a number from 0 to 1", got=repr(share), code="SHARE"
        )


def wilson(share: float, n: float, confidence: float = 0.95) -> Interval:
    """A share with Wilson's score interval (Wilson 1927); ``se`` is sqrt(p(1-p)/n).

    >>> found = wilson(120 / 200, 200)
    >>> round(found.low, 4), round(found.high, 4)
    (0.5308, 0.6654)
    """
    _share_checked(share, n)
    if n == 0:
        return Interval(_NAN, _NAN, _NAN, _NAN)
    p = min(max(share, 0.0), 1.0)
    z = z_value(confidence)
    centre = p + z * z / (2 * n)
    half = z * math.sqrt(p * (1 - p) / n + z * z / (4 * n * n))
    scale = 1 + z * z / n
    # At 0 and 1 the bound is exactly 0 or 1; rounding would leave it at 1e-17 beside.
    low = 0.0 if p == 0 else max((centre - half) / scale, 0.0)
    high = 1.0 if p == 1 else min((centre + half) / scale, 1.0)
    return Interval(p, math.sqrt(p * (1 - p) / n), low, high)


def two_shares(share1: float, n1: float, share2: float, n2: float, confidence: float = 0.95) -> Difference:
    """Difference of two independent shares: Wald interval, pooled z-test (z^2 is the 2x2 chi-square).

    >>> round(two_shares(168 / 200, 200, 140 / 190, 190).statistic ** 2, 6)
    6.244369
    """
    _share_checked(share1, n1)
    _share_checked(share2, n2)
    if n1 == 0 or n2 == 0:
        return Difference(_NAN, _NAN, _NAN, _NAN, _NAN, _NAN)
    estimate = share1 - share2
    se = math.sqrt(share1 * (1 - share1) / n1 + share2 * (1 - share2) / n2)
    pooled = (share1 * n1 + share2 * n2) / (n1 + n2)
    spread = math.sqrt(max(pooled * (1 - pooled), 0.0) * (1 / n1 + 1 / n2))
    statistic = estimate / spread if spread > 0 else _NAN
    half = z_value(confidence) * se
    return Difference(estimate, se, estimate - half, estimate + half, statistic, two_sided_p(statistic))


def net_shares(levels: Sequence[float] | Floats, weights: Sequence[float] | Floats) -> Net:
    """Promoters (9-10), passives (7-8) and detractors (0-6) of a 0-10 question.

    ``levels`` are the answers (or the distinct ones) and ``weights`` what each counts. The buckets
    are exhaustive because anything but a whole number from 0 to 10 is an error.

    >>> net_shares([10, 8, 3], [120, 50, 30])
    Net(promoters=0.6, passives=0.25, detractors=0.15)
    """
    x = np.asarray(levels, dtype=float)
    w = np.asarray(weights, dtype=float)
    wrong = x[(x != np.floor(x)) | (x < 0) | (x > 10) | ~np.isfinite(x)]
    if wrong.size:
        shown = ", ".join(f"{v:g}" for v in np.unique(wrong)[:5])
        raise SurveykitError(
            "answers that the net promoter score cannot use",
            expected="whole numbers from 0 to 10",
            got=shown + (", …" if np.unique(wrong).size > 5 else ""),
            hint="NPS is defined on the 0-10 question only; use another metric for another scale",
            code="NPS_SCALE",
        )
    total = float(w.sum())
    if total <= 0:
        return Net(_NAN, _NAN, _NAN)
    promoters, detractors = float(w[x >= 9].sum()), float(w[x <= 6].sum())
    return Net(promoters / total, float(w[(x >= 7) & (x <= 8)].sum()) / total, detractors / total)


def _net_variance(p: float, d: float) -> float:
    return max(p + d - (p - d) ** 2, 0.0)


def nps_wald(net: Net, n: float, confidence: float = 0.95) -> Interval:
    """NPS = 100(p - d) with the plain Wald interval, Var = 100^2 [p + d - (p - d)^2] / n.

    Under-covers in small or lopsided samples (ten answers, nine in ten promoters: 65 % instead of 95 %).

    >>> found = nps_wald(Net(0.6, 0.25, 0.15), 200)
    >>> round(found.estimate, 6), round(found.se, 3), round(found.low, 2), round(found.high, 2)
    (45.0, 5.232, 34.75, 55.25)
    """
    if n == 0:
        return Interval(_NAN, _NAN, _NAN, _NAN)
    _share_checked(net.promoters, n)
    p, d = net.promoters, net.detractors
    # 100 p - 100 d, not 100 (p - d): shares of round percentages then give a round score.
    estimate, se = 100 * p - 100 * d, 100 * math.sqrt(_net_variance(p, d) / n)
    half = z_value(confidence) * se
    return Interval(estimate, se, max(estimate - half, -100.0), min(estimate + half, 100.0))


def _adjusted(net: Net, n: float, added: float) -> tuple[float, float]:
    """Estimate and standard error (both /100) after adding ``added`` answers as 1 : 2 : 1."""
    p = (net.promoters * n + added / 4) / (n + added)
    d = (net.detractors * n + added / 4) / (n + added)
    return p - d, math.sqrt(_net_variance(p, d) / (n + added))


def nps_adjusted_wald(net: Net, n: float, confidence: float = 0.95) -> Interval:
    """NPS with the adjusted Wald interval (Rocks 2016): 3/4 promoter, 3/2 passive, 3/4 detractor added.

    The interval is centred on the adjusted value and cut at -100 and 100; estimate and standard
    error are those of the sample itself.

    >>> found = nps_adjusted_wald(Net(0.6, 0.25, 0.15), 200)
    >>> round(found.estimate, 6), round(found.low, 3), round(found.high, 3)
    (45.0, 34.135, 54.535)
    """
    plain = nps_wald(net, n, confidence)
    if n == 0:
        return plain
    centre, spread = _adjusted(net, n, 3.0)
    half = z_value(confidence) * spread
    return Interval(
        plain.estimate, plain.se, max(100 * (centre - half), -100.0), min(100 * (centre + half), 100.0)
    )


def nps_difference(
    first: Net, n1: float, second: Net, n2: float, confidence: float = 0.95, added: float = 0.0
) -> Difference:
    """The difference of two independent NPS with interval and z-test from separate variances.

    ``added`` answers (1 : 2 : 1) go into each sample before variance, interval and test are formed:
    0 is plain Wald; 1.5, half of the one-sample addition, follows Agresti and Caffo (2000), who halve
    theirs for two samples. The estimate is that of the samples themselves.

    >>> found = nps_difference(Net(0.6, 0.25, 0.15), 200, Net(0.45, 0.30, 0.25), 190)
    >>> round(found.estimate, 6)
    25.0
    """
    if n1 == 0 or n2 == 0:
        return Difference(_NAN, _NAN, _NAN, _NAN, _NAN, _NAN)
    plain1, plain2 = nps_wald(first, n1), nps_wald(second, n2)
    estimate, se = plain1.estimate - plain2.estimate, math.hypot(plain1.se, plain2.se)
    one, spread1 = _adjusted(first, n1, added)
    two, spread2 = _adjusted(second, n2, added)
    centre, spread = 100 * (one - two), 100 * math.hypot(spread1, spread2)
    half = z_value(confidence) * spread
    statistic = centre / spread if spread > 0 else _NAN
    low, high = max(centre - half, -200.0), min(centre + half, 200.0)
    return Difference(estimate, se, low, high, statistic, two_sided_p(statistic))


def mean_interval(mean: float, sd: float, n: float, confidence: float = 0.95) -> Interval:
    """A mean with Student's t interval on n - 1 degrees of freedom; ``sd`` has divisor n - 1.

    With weights, ``n`` is the effective n. One answer has a mean but neither error nor interval.

    >>> found = mean_interval(10.0, 2.0, 16)
    >>> round(found.low, 3), round(found.high, 3)
    (8.934, 11.066)
    """
    if n <= 1 or not sd >= 0:
        return Interval(mean if n > 0 else _NAN, _NAN, _NAN, _NAN)
    se = sd / math.sqrt(n)
    half = t_value(confidence, n - 1) * se
    return Interval(mean, se, mean - half, mean + half)


def mean_and_sd(
    levels: Sequence[float] | Floats, weights: Sequence[float] | Floats, n: int
) -> tuple[float, float]:
    """Weighted mean and standard deviation of ``n`` answers given as levels and their summed weights.

    The weights are brought to mean 1 first, so that their size does not matter: the divisor of the
    variance is n - 1. One answer has no standard deviation, none has no mean: NaN.

    >>> mean_and_sd([1, 3], [5, 5], 4)
    (2.0, 1.1547005383792515)
    """
    x, w = np.asarray(levels, dtype=float), np.asarray(weights, dtype=float)
    total = float(w.sum())
    if n < 1 or total <= 0:
        return _NAN, _NAN
    shift = float(x[0])
    mean = shift + float(w @ (x - shift)) / total
    mean += float(w @ (x - mean)) / total
    if n == 1:
        return mean, _NAN
    deviation = x - mean
    return mean, math.sqrt(float(w @ (deviation * deviation)) / total * (n / (n - 1)))


def fisher_z(r: float, variance: float, confidence: float = 0.95) -> tuple[float, float]:
    """Bounds of a correlation by Fisher's z; ``variance`` is that of artanh(r), 1/(n - 3) for Pearson.

    NaN where the variance is not positive and finite; a correlation of ±1 has no width.

    >>> low, high = fisher_z(0.343292187664255, 1 / 247)
    >>> round(low, 6), round(high, 6)
    (0.228978, 0.448267)
    """
    if math.isnan(r) or not 0 < variance < math.inf:
        return _NAN, _NAN
    if abs(r) >= 1:
        return math.copysign(1.0, r), math.copysign(1.0, r)
    centre, half = math.atanh(r), z_value(confidence) * math.sqrt(variance)
    return math.tanh(centre - half), math.tanh(centre + half)


def adjusted_p(p: Sequence[float] | Floats, method: str = "holm") -> Floats:
    """p-values adjusted for their number: ``holm``, ``bh`` (Benjamini-Hochberg), ``bonferroni``, ``none``.

    NaN stays NaN and is not counted among the tests.

    >>> adjusted_p([0.01, float("nan"), 0.02, 0.04]).tolist()
    [0.03, nan, 0.04, 0.04]
    >>> adjusted_p([0.01, 0.02, 0.04], "bh").tolist()
    [0.03, 0.03, 0.04]
    """
    raw = np.asarray(p, dtype=float)
    valid = np.flatnonzero(~np.isnan(raw))
    m = valid.size
    result = np.full(raw.shape, np.nan)
    order = valid[np.argsort(raw[valid], kind="stable")]
    ranked = raw[order]
    if method == "holm":
        result[order] = np.maximum.accumulate(ranked * (m - np.arange(m)))
    elif method == "bh":
        result[order] = np.minimum.accumulate((ranked * m / np.arange(1, m + 1))[::-1])[::-1]
    elif method == "bonferroni":
        result[order] = ranked * m
    elif method == "none":
        result[order] = ranked
    else:
        raise SurveykitError(
            f"unknown adjustment {method!r}", expected="holm, bh, bonferroni or none", code="ADJUSTMENT"
        )
    adjusted: Floats = np.minimum(result, 1.0)
    return adjusted
