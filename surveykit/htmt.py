"""Heterotrait-monotrait ratios: can the items of two constructs be told apart?

Both need the correlations of the items only. Correlations enter by their absolute values, as in semTools and
seminr; ``negatives`` counts those that were turned. (cSEM gives no HTMT2 where one is negative.)
"""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["htmt", "htmt2", "membership", "negatives"]

Array = NDArray[np.float64]


def htmt(R: Array, member: ArrayLike) -> Array:
    """HTMT of all pairs (…, J, J) from correlations (…, p, p) and the items of each construct (p, J).

    Henseler, Ringle & Sarstedt (2015): the mean correlation between the items of two constructs, over the geometric
    mean of the mean correlations within them. A single item counts as perfectly consistent.

    >>> R = np.array([[1, 0.5, 0.3, 0.3], [0.5, 1, 0.3, 0.3], [0.3, 0.3, 1, 0.5], [0.3, 0.3, 0.5, 1]])
    >>> round(float(htmt(R, membership([[0, 1], [2, 3]], 4))[0, 1]), 6)
    0.6
    """
    between, k = _block_means(np.abs(R), member)
    own = np.diagonal(between, axis1=-2, axis2=-1)
    within = np.where(k > 1, (own * k - 1) / np.maximum(k - 1, 1), 1.0)
    with np.errstate(divide="ignore", invalid="ignore"):
        ratio: Array = between / np.sqrt(within[..., :, None] * within[..., None, :])
    return ratio


def htmt2(R: Array, member: ArrayLike) -> Array:
    """HTMT2 of all pairs (…, J, J): the same with geometric means, for unequal loadings.

    Roemer, Schuberth & Henseler (2021).
    """
    with np.errstate(divide="ignore"):
        logs = np.log(np.abs(R))
    finite = np.where(np.isfinite(logs), logs, -1e300)  # a correlation of exactly zero makes the mean zero
    between, k = _block_means(finite, member)
    own = np.diagonal(between, axis1=-2, axis2=-1)
    within = np.where(k > 1, own * k / np.maximum(k - 1, 1), 0.0)
    with np.errstate(over="ignore"):
        ratio: Array = np.exp(between - (within[..., :, None] + within[..., None, :]) / 2)
    return ratio


def negatives(R: Array, member: ArrayLike) -> NDArray[np.int64]:
    """How many negative correlations stand within and between the items of each pair (J, J), for one R (p, p)."""
    m = np.asarray(member, dtype=np.int64)
    below = np.asarray(R < 0, dtype=np.int64)
    between = m.T @ below @ m
    own = np.diagonal(between) // 2
    counts: NDArray[np.int64] = between + own[:, None] + own[None, :]
    return counts


def membership(blocks: list[list[int]], p: int) -> NDArray[np.bool_]:
    """The matrix (p, J) that marks the items of each construct, from their places."""
    member = np.zeros((p, len(blocks)), dtype=bool)
    for j, block in enumerate(blocks):
        member[block, j] = True
    return member


def _block_means(values: Array, member: ArrayLike) -> tuple[Array, NDArray[np.int64]]:
    m = np.asarray(member, dtype=float)
    k = m.sum(axis=0)
    mean = m / k
    return mean.T @ values @ mean, k.astype(np.int64)
