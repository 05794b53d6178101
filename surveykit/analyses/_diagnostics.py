"""Diagnostics of a linear model on arrays."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._least_squares import LeastSquares, leverage_is_one

__all__ = ["breusch_pagan", "cooks_distance", "wald_f"]

Array = NDArray[np.float64]


def wald_f(fit: LeastSquares, covariance: Array, df: float) -> tuple[float, float]:
    """F and its p-value for all slopes being zero, with the given covariance of the coefficients (p, p).

    ``df`` are the degrees of freedom of that covariance. With the classic covariance this is the usual F test.
    """
    from scipy.special import fdtrc

    slopes = slice(1 if fit.intercept else 0, None)
    b, V = fit.coefficients[slopes], covariance[slopes, slopes]
    if not np.isfinite(V).all():
        return np.nan, np.nan
    scale = np.sqrt(np.diag(V))
    if not len(b) or (scale <= 0).any():
        return np.nan, np.nan
    standardised, correlation = b / scale, V / np.outer(scale, scale)
    if np.linalg.eigvalsh(correlation)[0] < 1e-12:
        return np.nan, np.nan  # few rows can leave a robust covariance without full rank
    value = float(standardised @ np.linalg.solve(correlation, standardised) / len(b))
    return value, float(fdtrc(len(b), df, value))


def breusch_pagan(fit: LeastSquares, X: Array) -> tuple[float, int, float]:
    """Koenker's (1981) studentised test that the error variance follows the predictors: n R², its df and p.

    The squared residuals are regressed on ``X`` (n, k), the model's own columns without the constant.
    """
    from scipy.special import chdtrc

    df = X.shape[1]
    squared = fit.residuals**2 * fit.weights
    squared = squared - squared.mean()
    tss = float(squared @ squared)
    if tss <= 0:
        return np.nan, df, np.nan
    centred = X - X.mean(axis=0)
    q, _ = np.linalg.qr(centred / np.linalg.norm(centred, axis=0))
    value = fit.n * float(((squared @ q) ** 2).sum()) / tss
    return value, df, float(chdtrc(df, value))


def cooks_distance(fit: LeastSquares) -> Array:
    """Cook's (1977) distance of every row, shape (n,); 0 for rows of leverage 1, which have no residual."""
    alone = leverage_is_one(fit)
    free = np.where(alone, 1.0, 1 - fit.leverage)
    if fit.rss <= 0:
        return np.zeros(fit.n)
    p = len(fit.coefficients)
    distance = fit.weights * fit.residuals**2 * fit.leverage / (fit.rss / fit.df_resid * p * free**2)
    return np.where(alone, 0.0, distance)
