"""Means, totals, ratios, variances, quantiles and regressions with design-based standard errors.

Linearisation by the estimating function of each statistic (Binder 1983, International Statistical Review
51); intervals of quantiles by inverting those of shares (Woodruff 1952, JASA 47). ``domain`` is a mask
of rows: the others keep their place in the design.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError
from surveykit.intervals import Interval, t_value
from surveykit.sampling.design import Sampling

__all__ = [
    "Estimated", "design_effect", "mean", "quantile", "ratio", "regression", "share_interval", "total", "variance",
]  # fmt: skip

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]


@dataclass(frozen=True, slots=True, eq=False)
class Estimated:
    """Estimates (k,), their covariance (k, k), the design's degrees of freedom and the rows used."""

    estimate: Array
    cov: Array
    df: int
    n: int

    @property
    def se(self) -> Array:
        """Standard errors (k,)."""
        roots: Array = np.sqrt(np.maximum(np.diagonal(self.cov), 0.0))
        return roots


def mean(sampling: Sampling, x: ArrayLike, domain: Mask | None = None) -> Estimated:
    """Weighted means of the columns of ``x`` (n,) or (n, k); rows with a NaN are outside the domain.

    >>> s = Sampling.of(4, strata=["a", "a", "b", "b"], fpc=[[4, 4, 8, 8]])
    >>> found = mean(s, [1.0, 3.0, 2.0, 6.0])
    >>> found.estimate.round(3).tolist(), found.se.round(3).tolist()
    ([3.333], [1.179])
    """
    values, w, used = _rows(sampling, x, domain)
    centre = w @ values / w.sum()
    centre = centre + w @ (values - centre) / w.sum()
    return _linearised(sampling, centre, w[:, None] * (values - centre) / w.sum(), used)


def total(sampling: Sampling, x: ArrayLike, domain: Mask | None = None) -> Estimated:
    """Weighted totals of the columns of ``x``."""
    values, w, used = _rows(sampling, x, domain)
    return _linearised(sampling, w @ values, w[:, None] * values, used)


def ratio(
    sampling: Sampling, numerator: ArrayLike, denominator: ArrayLike, domain: Mask | None = None
) -> Estimated:
    """The ratio of two totals."""
    pair, w, used = _rows(sampling, np.column_stack([np.asarray(numerator), np.asarray(denominator)]), domain)
    top, bottom = w @ pair
    if bottom == 0:
        raise SurveykitError("the denominator of a ratio is zero", code="RATIO")
    r = float(top / bottom)
    return _linearised(sampling, np.array([r]), (w * (pair[:, 0] - r * pair[:, 1]) / bottom)[:, None], used)


def variance(sampling: Sampling, x: ArrayLike, domain: Mask | None = None) -> Estimated:
    """The population's variance of ``x`` (divisor n - 1 as for a simple sample) with its standard error."""
    values, w, used = _rows(sampling, x, domain)
    n = int(used.sum())
    centre = w @ values / w.sum()
    return mean(sampling, (values - centre) ** 2 * (n / (n - 1)), used)


def quantile(
    sampling: Sampling, x: ArrayLike, p: float, domain: Mask | None = None, confidence: float = 0.95
) -> Interval:
    """The smallest value with at least the share ``p`` at or below it, and Woodruff's interval.

    The standard error is the interval's width over twice its t quantile.
    """
    values, w, used = _rows(sampling, x, domain)
    column = values[used, 0]
    order = np.argsort(column, kind="stable")
    cumulated = np.cumsum(w[used][order]) / w[used].sum()

    def at(share: float) -> float:
        place = int(np.searchsorted(cumulated, share - 1e-12))
        return float(column[order][min(place, len(column) - 1)])

    found = at(p)
    below = mean(sampling, np.where(used, values[:, 0] <= found, np.nan), used)
    t = t_value(confidence, sampling.df())
    low = at(max(float(below.estimate[0] - t * below.se[0]), 0.0))
    high = at(min(float(below.estimate[0] + t * below.se[0]), 1.0))
    return Interval(found, (high - low) / (2 * t), low, high)


def regression(sampling: Sampling, y: ArrayLike, x: ArrayLike, *, binary: bool = False) -> Estimated:
    """Weighted least squares, or logistic regression where ``binary``, of ``y`` on ``x`` (n, k) as it stands.

    An intercept is a column of ones. Rows with a NaN are outside the domain.
    """
    both, w, used = _rows(
        sampling, np.column_stack([np.asarray(y, dtype=float), np.asarray(x, dtype=float)]), None
    )
    outcome, columns = both[:, 0], both[:, 1:]
    if np.linalg.matrix_rank(columns[used]) < columns.shape[1]:
        raise SurveykitError("the predictors are linearly dependent", code="COLLINEAR")
    beta: Any
    bread: Any
    if not binary:
        root = np.sqrt(w)
        beta = np.linalg.lstsq(columns * root[:, None], outcome * root, rcond=None)[0]
        bread = np.linalg.inv((columns * w[:, None]).T @ columns)
        fitted = columns @ beta
    else:
        beta, bread, fitted = _logit(outcome, columns, w)
    return _linearised(sampling, beta, ((w * (outcome - fitted))[:, None] * columns) @ bread, used)


def share_interval(share: float, se: float, df: float, confidence: float = 0.95) -> Interval:
    """A share's interval on the logit scale with Student's t; NaN bounds where the share is 0 or 1.

    >>> found = share_interval(0.25, 0.05, 20)
    >>> round(found.low, 4), round(found.high, 4)
    (0.1605, 0.3676)
    """
    spread = share * (1 - share)
    if not (spread > 0 and df > 0):
        return Interval(share, se, math.nan, math.nan)
    half = t_value(confidence, df) * se / spread
    centre = math.log(share / (1 - share))
    low, high = (1 / (1 + math.exp(-v)) for v in (centre - half, centre + half))
    return Interval(share, se, low, high)


def design_effect(
    sampling: Sampling, x: ArrayLike, domain: Mask | None = None, *, replace: bool = True
) -> float:
    """The variance of a mean over that of a simple random sample of the same n (Kish 1965).

    ``replace=False`` compares with a simple sample without replacement from a population of the sum of the
    weights.
    """
    values, w, used = _rows(sampling, x, domain)
    n = int(used.sum())
    centre = w @ values / w.sum()
    plain = float((w @ (values - centre) ** 2 / w.sum())[0]) / (n - 1)
    if not replace:
        plain *= 1 - n / float(w.sum())
    return float(mean(sampling, values[:, 0], used).cov[0, 0]) / plain if plain > 0 else math.nan


def _logit(y: Array, x: Array, w: Array) -> tuple[Array, Array, Array]:
    beta: Any = np.zeros(x.shape[1])
    for _ in range(50):
        fitted = 1 / (1 + np.exp(-(x @ beta)))
        spread = w * fitted * (1 - fitted)
        bread: Any = np.linalg.inv((x * spread[:, None]).T @ x)
        step = bread @ (x.T @ (w * (y - fitted)))
        beta = beta + step
        if np.abs(step).max() <= 1e-12 * (1 + np.abs(beta).max()):
            return beta, bread, 1 / (1 + np.exp(-(x @ beta)))
    raise SurveykitError("the logistic regression did not converge", code="NOT_CONVERGED")


def _rows(sampling: Sampling, x: ArrayLike, domain: Mask | None) -> tuple[Array, Array, Mask]:
    """Values with zeros outside the domain, weights that are zero there, and the domain."""
    values = np.asarray(x, dtype=float).reshape(sampling.n, -1)
    used: Mask = ~np.isnan(values).any(axis=1)
    if domain is not None:
        used = used & domain
    if used.sum() < 2:
        raise SurveykitError(
            "too few rows for an estimate",
            expected="at least 2",
            got=str(int(used.sum())),
            code="TOO_FEW_ROWS",
        )
    return np.where(used[:, None], values, 0.0), np.where(used, sampling.weights, 0.0), used


def _linearised(sampling: Sampling, estimate: Array, z: Array, used: Mask) -> Estimated:
    return Estimated(np.asarray(estimate), sampling.covariance(z), sampling.df(used), int(used.sum()))
