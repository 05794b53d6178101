"""Relative importance of correlated predictors, from correlation matrices, stacked where need be.

All kernels take ``R`` of shape (…, k + 1, k + 1): the correlations of k predictors and, last, the outcome.
Leading axes are bootstrap replicates. A singular replicate gives NaN.
"""

from __future__ import annotations

from math import factorial

import numpy as np
from numpy.typing import NDArray

__all__ = ["MAX_EXACT", "betas", "first_last", "johnson", "lmg", "subset_r2"]

Array = NDArray[np.float64]
MAX_EXACT = 15
_SINGULAR = 1e-10


def subset_r2(R: Array) -> Array:
    """R² of the outcome on every subset of the predictors, shape (…, 2^k); bit j of the index is predictor j.

    One predictor after the other is swept in or left out: the conditional covariance of what remains
    doubles in number and shrinks by one row, so all 2^15 subsets cost about as much as a hundred inversions.

    >>> subset_r2(np.array([[1.0, 0.0, 0.6], [0.0, 1.0, 0.3], [0.6, 0.3, 1.0]])).round(4).tolist()
    [0.0, 0.36, 0.09, 0.45]
    """
    k = R.shape[-1] - 1
    C = R[..., None, :, :]
    for _ in range(k):
        pivot = C[..., :1, :1]
        with np.errstate(divide="ignore", invalid="ignore"):
            swept = C[..., 1:, 1:] - C[..., 1:, :1] * C[..., :1, 1:] / np.where(
                pivot > _SINGULAR, pivot, np.nan
            )
        C = np.concatenate([C[..., 1:, 1:], swept], axis=-3)
    r2: Array = 1.0 - C[..., 0, 0]
    return r2


def lmg(R: Array) -> Array:
    """Lindeman, Merenda and Gold (1980): each predictor's gain in R², averaged over all orderings; (…, k).

    The shares add up to R². Exact, through the subsets: a gain on a subset of size s is met in
    s! (k − 1 − s)! of the k! orderings.
    """
    r2 = subset_r2(R)
    k = R.shape[-1] - 1
    index = np.arange(2**k)
    size = np.array([int(i).bit_count() for i in index])
    weight = np.array([factorial(s) * factorial(k - 1 - s) / factorial(k) for s in range(k)])
    shares = []
    for j in range(k):
        without = index[(index >> j) & 1 == 0]
        gain = r2[..., without | (1 << j)] - r2[..., without]
        shares.append(gain @ weight[size[without]])
    return np.stack(shares, axis=-1)


def johnson(R: Array) -> Array:
    """Relative weights (Johnson 2000; the same numbers as Genizi 1993), shape (…, k); they add up to R²."""
    values, vectors = np.linalg.eigh(R[..., :-1, :-1])
    root = np.sqrt(np.where(values > _SINGULAR, values, np.nan))
    half = (vectors * root[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    inverse_half = (vectors / root[..., None, :]) @ np.swapaxes(vectors, -1, -2)
    beta = (inverse_half @ R[..., :-1, -1:])[..., 0]
    weights: Array = (half**2 @ (beta**2)[..., None])[..., 0]
    return weights


def betas(R: Array) -> Array:
    """Standardised regression coefficients, shape (…, k); NaN where the predictors are singular."""
    predictors = R[..., :-1, :-1]
    smallest = np.linalg.eigvalsh(predictors)[..., 0]
    fine = smallest > _SINGULAR
    safe = np.where(fine[..., None, None], predictors, np.eye(R.shape[-1] - 1))
    beta = np.linalg.solve(safe, R[..., :-1, -1:])[..., 0]
    return np.where(fine[..., None], beta, np.nan)


def first_last(R: Array) -> tuple[Array, Array]:
    """The gain in R² of each predictor alone (first) and after all others (last), each of shape (…, k)."""
    first = R[..., :-1, -1] ** 2
    inverse = np.linalg.inv(R[..., :-1, :-1])
    last = betas(R) ** 2 / np.diagonal(inverse, axis1=-2, axis2=-1)
    return first, last
