"""Heterotrait-monotrait ratios from correlation matrices, stacked where need be."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

__all__ = ["htmt", "htmt2", "mean_within"]

Array = NDArray[np.float64]


def htmt(R: Array, a: Sequence[int], b: Sequence[int]) -> Array:
    """HTMT (Henseler, Ringle and Sarstedt 2015) of two constructs whose items stand at ``a`` and ``b`` of R
    (…, p, p).

    The mean absolute correlation between the constructs' items, over the geometric mean of those within.

    >>> R = np.array([[1, 0.5, 0.3, 0.3], [0.5, 1, 0.3, 0.3], [0.3, 0.3, 1, 0.5], [0.3, 0.3, 0.5, 1]])
    >>> round(float(htmt(R, [0, 1], [2, 3])), 6)
    0.6
    """
    size = np.abs(R)
    between = size[..., a, :][..., b].mean(axis=(-2, -1))
    within = np.sqrt(_within(size, a).mean(axis=-1) * _within(size, b).mean(axis=-1))
    ratio: Array = _ratio(between, within)
    return ratio


def htmt2(R: Array, a: Sequence[int], b: Sequence[int]) -> Array:
    """HTMT2 (Roemer, Schuberth and Henseler 2021): the same with geometric means, for unequal loadings."""
    with np.errstate(divide="ignore"):
        size = np.log(np.abs(R))
    between = size[..., a, :][..., b].mean(axis=(-2, -1))
    within = (_within(size, a).mean(axis=-1) + _within(size, b).mean(axis=-1)) / 2
    with np.errstate(invalid="ignore", over="ignore"):
        ratio: Array = np.exp(between - within)
    return ratio


def mean_within(R: Array, a: Sequence[int]) -> Array:
    """The mean correlation, signs kept, of the items of one construct."""
    mean: Array = _within(R, a).mean(axis=-1)
    return mean


def _within(R: Array, a: Sequence[int]) -> Array:
    i, j = np.triu_indices(len(a), 1)
    at = np.asarray(a)
    pairs: Array = R[..., at[i], at[j]]
    return pairs


def _ratio(above: Array, below: Array) -> Array:
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = np.where(below > 0, above / below, np.nan)
    return ratio
