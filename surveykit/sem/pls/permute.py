"""Permutations of who belongs to which of two groups, clusters kept together."""

from __future__ import annotations

from math import comb, prod

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError

__all__ = ["LEAST_WAYS", "permute"]

Array = NDArray[np.float64]
LEAST_WAYS = 100
"""Fewer ways than these, and no p falls below .01."""


def permute(member: Array, cluster: NDArray[np.intp] | None, stream: np.random.Generator) -> None:
    """Fills the rows of ``member`` after the first, who belongs to the first group, with permutations of it, in place.

    Without clusters people are exchanged; where every ``cluster`` (n,) lies in one group, clusters; else people within
    their cluster, since answers of one cluster are alike whatever the group (restricted permutation: Good 2005, 4.2).
    Raises :class:`~surveykit.errors.SurveykitError` where there are too few ways to do so for a test.

    >>> member = np.array([[1.0, 1, 0, 0], [0, 0, 0, 0]])
    >>> permute(member, None, np.random.default_rng(1))
    >>> member.sum(axis=1).tolist()
    [2.0, 2.0]
    """
    n = member.shape[1]
    if cluster is None:
        own = round(member[0].sum())
        for row in member[1:]:
            row[stream.permutation(n)[:own]] = 1.0
        return
    _, place = np.unique(cluster, return_inverse=True)
    size = np.bincount(place)
    inside = np.bincount(place, weights=member[0]).round().astype(int)
    nested = bool(((inside == 0) | (inside == size)).all())
    ways = (
        comb(len(size), int((inside > 0).sum()))
        if nested
        else prod(map(comb, size.tolist(), inside.tolist()))
    )
    if ways < LEAST_WAYS:
        raise SurveykitError(
            "too few clusters for a permutation test",
            expected=f"at least {LEAST_WAYS} ways to give clusters, or people in them, to the groups",
            got=f"{len(size)} clusters, {ways} ways",
            hint="compare the groups by their intervals, or name a smaller unit as the cluster",
            code="TOO_FEW_CLUSTERS",
        )
    for row in member[1:]:
        if nested:
            row[:] = stream.permutation((inside > 0).astype(float))[place]
            continue
        order = np.lexsort((np.asarray(stream.random(n)), place))
        rank = np.empty(n, dtype=np.intp)
        rank[order] = np.arange(n) - np.repeat(np.cumsum(size) - size, size)
        row[:] = rank < inside[place]
