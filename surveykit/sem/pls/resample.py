"""What BCa and studentised intervals need beyond the bootstrap: moments without some rows, replicates of replicates."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveykit.moments import Moments

__all__ = [
    "INNER", "JACKKNIFE_GROUPS", "jackknife_moments", "jackknife_weights", "nested_moments", "nested_weights",
    "weighted_moments",
]  # fmt: skip

Array = NDArray[np.float64]
_BLOCK = 64
INNER = 25
"""Second-stage replicates of each replicate: enough for a standard error (Efron & Tibshirani 1993, 12.5)."""
JACKKNIFE_GROUPS = 1000
"""With more rows than this, groups of rows are left out instead of single ones."""


def jackknife_moments(x: Array, weights: Array, names: Sequence[str]) -> Moments:
    """The moments without each row of complete rows ``x`` (n, p), or without each of 1,000 groups of rows."""
    n, p = x.shape
    groups = min(n, JACKKNIFE_GROUPS)
    of = _groups(n)
    total = weights.sum()
    center = weights @ x / total
    d = x - center
    scatter = (d * weights[:, None]).T @ d
    cov, mean = np.empty((groups, p, p)), np.empty((groups, p))
    for g in range(groups):
        rows = slice(int(np.searchsorted(of, g)), int(np.searchsorted(of, g, side="right")))
        w, part = weights[rows], d[rows]
        left, first = total - w.sum(), w @ part
        mean[g] = center - first / left
        cov[g] = (scatter - (part * w[:, None]).T @ part - np.outer(first, first) / left) / (left - 1)
    kept = n - round(n / groups)
    return Moments.trusted(kept, cov, mean, tuple(names), sumw=np.full(groups, float(kept)), n_total=n)


def _groups(n: int) -> NDArray[np.intp]:
    """The group of each of n rows that is left out with it."""
    return np.arange(n) * min(n, JACKKNIFE_GROUPS) // n


def jackknife_weights(weights: Array, start: int, stop: int) -> Array:
    """How much each row counts where the groups of rows from ``start`` to ``stop`` are left out, one by one."""
    out: Array = np.where(_groups(len(weights)) == np.arange(start, stop)[:, None], 0.0, weights)
    return out


def nested_weights(
    weights: Array, drawn: Array, seed: int, start: int, stop: int, inner: int = INNER
) -> Array:
    """How much each row counts in the second-stage replicates from ``start`` to ``stop``."""
    outer = range(start // inner, (stop - 1) // inner + 1)
    found = np.concatenate([_again(weights, drawn[r], seed, r, inner) for r in outer])
    return found[start - outer.start * inner : stop - outer.start * inner]


def _again(weights: Array, counts: Array, seed: int, r: int, inner: int) -> Array:
    """The replicates of replicate r: a row is drawn again as often as it was drawn, and counts with its weight."""
    stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 1, r]))
    times = np.divide(counts, weights, out=np.zeros_like(counts), where=weights > 0)
    found: Array = stream.multinomial(len(weights), times / times.sum(), size=inner) * weights
    return found


def nested_moments(
    x: Array, weights: Array, drawn: Array, names: Sequence[str], seed: int, inner: int = INNER
) -> Moments:
    """``inner`` bootstrap replicates of each replicate, one after the other.

    ``drawn`` (R, n) says how much each row counts in each replicate.
    """
    n, p = x.shape
    cov, mean = np.empty((len(drawn) * inner, p, p)), np.empty((len(drawn) * inner, p))
    for r, counts in enumerate(drawn):
        again = weighted_moments(x, _again(weights, counts, seed, r, inner), names)
        cov[r * inner : (r + 1) * inner], mean[r * inner : (r + 1) * inner] = again.cov, again.mean
    return Moments.trusted(n, cov, mean, tuple(names), sumw=np.full(len(cov), float(n)))


def weighted_moments(x: Array, weights: Array, names: Sequence[str]) -> Moments:
    """The moments of complete rows ``x`` (n, p) under each weighting of them, ``weights`` (R, n)."""
    p = x.shape[1]
    center = x.mean(axis=0)
    d = x - center
    rows, columns = np.tril_indices(p)
    products = np.concatenate([d, d[:, rows] * d[:, columns]], axis=1)
    place = np.empty((p, p), dtype=np.intp)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    mean, cov = np.empty((len(weights), p)), np.empty((len(weights), p, p))
    total = weights.sum(axis=1, keepdims=True)
    n = round(float(total[0, 0]))
    for start in range(0, len(weights), _BLOCK):
        at = slice(start, start + _BLOCK)
        sums = weights[at] @ products / total[at]
        second = sums[:, p:] - sums[:, rows] * sums[:, columns]
        mean[at] = sums[:, :p] + center
        cov[at] = (second * (total[at] / (total[at] - 1)))[:, place]
    return Moments.trusted(n, cov, mean, tuple(names), sumw=total[:, 0], n_total=len(x))
