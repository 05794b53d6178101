"""The cumulative logit model on arrays; with two categories it is binary logistic regression.

P(Y ≤ j) = F(τⱼ − x'β), F logistic (McCullagh 1980): β > 0 shifts answers upwards, τ are real thresholds. The
log-likelihood is concave, so Newton steps either reach the maximum or run off to infinity; the latter is
separation, which a linear programme proves (Konis 2007) and attributes to predictors.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote

__all__ = ["CumulativeLogit", "cumulative_logit", "logistic", "separating"]

Array = NDArray[np.float64]
_STEPS = 60
_CONVERGED = 1e-10
_RUNAWAY = 15.0  # a linear predictor beyond this says probability 3e-7: look for separation


@dataclass(frozen=True, slots=True)
class CumulativeLogit:
    """``thresholds`` (J − 1,), ``slopes`` (k,), ``covariance`` of both in that order (J − 1 + k square).

    ``robust`` is the sandwich covariance; ``loglik`` and ``loglik_null`` the log-likelihood with and without
    the predictors; ``gradient`` the largest score left, per row and standardised predictor.
    """

    thresholds: Array
    slopes: Array
    covariance: Array
    robust: Array
    loglik: float
    loglik_null: float
    gradient: float
    influence: Array
    """The linearised value of each row (n, J − 1 + k): its weighted score times the inverse information."""


def cumulative_logit(
    X: Array, category: NDArray[np.intp], names: Sequence[str], weights: Array | None = None
) -> CumulativeLogit:
    """Maximum likelihood for ``category`` (n,), numbered 0 … J − 1 and none of them empty, on ``X`` (n, k).

    Raises SurveykitError where the predictors separate the categories (the estimates would be infinite).

    >>> x = np.array([[1.0], [2], [3], [4], [5], [6]])
    >>> fit = cumulative_logit(x, np.array([0, 0, 1, 0, 1, 1]), ["x"])
    >>> fit.slopes.round(3).tolist(), (-fit.thresholds).round(3).tolist()
    ([1.214], [-4.249])
    """
    n, k = X.shape
    w = np.ones(n) if weights is None else weights
    cuts = int(category.max())
    center = (w @ X) / w.sum()
    scale = np.sqrt((w @ (X - center) ** 2) / w.sum())
    Z = (X - center) / scale
    shares = np.bincount(category, weights=w) / w.sum()
    start = np.cumsum(shares)[:-1]
    theta: Array = np.concatenate([np.log(start / (1 - start)), np.zeros(k)])
    value, gradient, hessian, scores = _likelihood(theta, Z, category, cuts, w)
    for _ in range(_STEPS):
        step = np.linalg.lstsq(-hessian, gradient, rcond=None)[0].astype(float)
        old = gradient
        theta, state = _ascended(theta, step, value, Z, category, cuts, w)
        value, gradient, hessian, scores = state
        # either no coefficient moves, or (near collinearity) none by more than 1e-10 of its standard error
        if np.abs(step).max() < _CONVERGED or old @ step < _CONVERGED**2:
            break
    else:
        raise _unbounded(X, category, names)
    if np.abs(Z @ theta[cuts:]).max(initial=0.0) > _RUNAWAY and separating(X, category, names):
        raise _unbounded(X, category, names)
    back = np.block(
        [
            [np.eye(cuts), np.tile(center / scale, (cuts, 1))],
            [np.zeros((k, cuts)), np.diag(1 / scale)],
        ]
    )
    bread = np.linalg.inv(-hessian)
    meat = (scores * (w**2)[:, None]).T @ scores * (n / (n - 1))
    theta_out = back @ theta
    return CumulativeLogit(
        thresholds=theta_out[:cuts],
        slopes=theta_out[cuts:],
        covariance=back @ bread @ back.T,
        robust=back @ bread @ meat @ bread @ back.T,
        loglik=value,
        loglik_null=float(w.sum() * np.sum(shares * np.log(shares))),
        gradient=float(np.abs(gradient).max() / n),
        influence=(scores * w[:, None]) @ bread @ back.T,
    )


def separating(X: Array, category: NDArray[np.intp], names: Sequence[str]) -> tuple[str, ...]:
    """The predictors along which the categories can be parted without overlap; none where they overlap.

    Seeks a direction in which no row's category loses likelihood and some row's gains for ever.

    >>> x = np.array([[1.0, 5], [2, 3], [3, 4], [4, 5]])
    >>> separating(x, np.array([0, 0, 1, 1]), ["x", "z"])
    ('x',)
    """
    scale = np.abs(X - X.mean(axis=0)).max(axis=0)
    Z = (X - X.mean(axis=0)) / np.where(scale > 0, scale, 1.0)
    if not _parted(Z, category):
        return ()
    kept = list(range(Z.shape[1]))
    for j in reversed(range(Z.shape[1])):  # what can be spared does not do the parting
        rest = [i for i in kept if i != j]
        if rest and _parted(Z[:, rest], category):
            kept = rest
    return tuple(names[j] for j in kept)


def _parted(Z: Array, category: NDArray[np.intp]) -> bool:
    from scipy.optimize import linprog

    cuts = int(category.max())
    upper, lower = category < cuts, category > 0
    at = np.eye(cuts)
    below = np.hstack([at[category[upper]], -Z[upper]])
    above = np.hstack([-at[category[lower] - 1], Z[lower]])
    rows = np.unique(np.vstack([below, above]), axis=0)
    found = linprog(-rows.sum(axis=0), A_ub=-rows, b_ub=np.zeros(len(rows)), bounds=(-1, 1), method="highs")
    return bool(found.success and -found.fun > 1e-7)


def _likelihood(
    theta: Array, Z: Array, category: NDArray[np.intp], cuts: int, w: Array
) -> tuple[float, Array, Array, Array]:
    """Log-likelihood, its gradient and Hessian, and the scores of the rows (n, J − 1 + k)."""
    bounds = np.concatenate([[-np.inf], theta[:cuts], [np.inf]])
    eta = Z @ theta[cuts:]
    u, v = bounds[category + 1] - eta, bounds[category] - eta
    # F(u) − F(v), from the tail that keeps its digits
    flip = v > 0
    p = np.where(flip, logistic(-v) - logistic(-u), logistic(u) - logistic(v))
    p = np.maximum(p, 1e-300)
    fu, fv = _density(u), _density(v)
    at = np.eye(cuts + 1)
    zu = np.hstack([at[category][:, :cuts], -Z])
    zv = np.hstack([at[category - 1][:, :cuts] * (category > 0)[:, None], -Z])
    scores = (fu / p)[:, None] * zu - (fv / p)[:, None] * zv
    du, dv = fu * (1 - 2 * logistic(u)), fv * (1 - 2 * logistic(v))
    hessian = (
        (zu * (w * du / p)[:, None]).T @ zu
        - (zv * (w * dv / p)[:, None]).T @ zv
        - (scores * w[:, None]).T @ scores
    )
    if np.any(np.diff(theta[:cuts]) <= 0):
        return -np.inf, w @ scores, hessian, scores
    return float(w @ np.log(p)), w @ scores, hessian, scores


def _ascended(
    theta: Array, step: Array, value: float, Z: Array, category: NDArray[np.intp], cuts: int, w: Array
) -> tuple[Array, tuple[float, Array, Array, Array]]:
    """The Newton step, halved until the likelihood does not fall."""
    size = 1.0
    while True:
        trial = theta + size * step
        state = _likelihood(trial, Z, category, cuts, w)
        if state[0] >= value - 1e-12 * abs(value) or size < 1e-8:
            return trial, state
        size /= 2


def logistic(x: Array) -> Array:
    """1 / (1 + e^−x) with full relative accuracy in both tails."""
    e = np.exp(-np.abs(x))  # keeps its digits in the lower tail, where 1 + tanh has none left
    logistic: Array = np.where(x >= 0, 1.0, e) / (1.0 + e)
    return logistic


def _density(x: Array) -> Array:
    e = np.exp(-np.abs(x))
    density: Array = e / (1.0 + e) ** 2
    return density


def _unbounded(X: Array, category: NDArray[np.intp], names: Sequence[str]) -> SurveykitError:
    by = separating(X, category, names)
    if not by:
        return SurveykitError(
            "the logit model did not converge",
            hint="look for predictors that almost repeat each other",
            code="NOT_CONVERGED",
        )
    return SurveykitError(
        "predictors separate the outcome's categories: their coefficients would be infinite",
        expected="overlapping categories",
        got=", ".join(quote(name) for name in by),
        hint="leave the predictor out, merge its rare levels, or report the cross-table instead",
        code="SEPARATION",
    )
