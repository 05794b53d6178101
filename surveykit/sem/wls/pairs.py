"""Polychoric correlations of all pairs at once, from their frequency tables.

Two steps (Olsson 1979): the thresholds from the margins, then each correlation by maximum likelihood with the
thresholds held. All tables are padded to one size and searched together by Fisher scoring within a bracket on the
sign of the score, so that no start value can mislead it.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.wls.normal import bivariate_cdf, bivariate_density, density

__all__ = ["PairTables", "nuisance_crossproducts", "polychoric_of", "score_cells"]

Array = NDArray[np.float64]
LIMIT = 0.999999
"""A correlation is searched within ±LIMIT."""
_SMALL = 1e-300


@dataclass(frozen=True, slots=True)
class PairTables:
    """Counts (P, M, M) of pairs of items, padded; limits (P, M + 1) of the first and of the second item.

    ``lower[:, 0]`` is −∞, a last category ends at +∞, and so does every padded one: it has no width.
    """

    counts: Array
    first: Array
    second: Array


def polychoric_of(tables: PairTables, start: Array) -> Array:
    """The correlation (P,) that makes each table most likely; ±LIMIT where it runs to the edge."""
    rho = np.clip(start, -0.95, 0.95)
    low, high = np.full(len(rho), -LIMIT), np.full(len(rho), LIMIT)
    n = tables.counts.sum(axis=(1, 2))
    active = np.arange(len(rho))
    for _ in range(80):
        part = PairTables(tables.counts[active], tables.first[active], tables.second[active])
        now = rho[active]
        p, slope = _cells(part, now)
        score = (part.counts * slope / p).sum(axis=(1, 2))
        information = n[active] * (slope**2 / p).sum(axis=(1, 2))
        low[active] = np.where(score > 0, now, low[active])
        high[active] = np.where(score < 0, now, high[active])
        following = now + score / np.maximum(information, _SMALL)
        outside = (following <= low[active]) | (following >= high[active])
        following = np.where(outside, (low[active] + high[active]) / 2, following)
        rho[active] = following
        # scoring shrinks the error about tenfold a step: what is left is below 1e-10
        active = active[np.abs(following - now) > 1e-10]
        if not len(active):
            break
    return rho


def _cells(tables: PairTables, rho: Array) -> tuple[Array, Array]:
    """Probability and its derivative by ρ of every cell (P, M, M); probabilities are kept above zero."""
    from scipy.special import ndtr

    a, b, r = tables.first[:, 1:-1, None], tables.second[:, None, 1:-1], rho[:, None, None]
    size = tables.first.shape[1]
    grid, slope = np.zeros((2, len(rho), size, size))
    grid[:, 1:-1, 1:-1], slope[:, 1:-1, 1:-1] = bivariate_cdf(a, b, r), bivariate_density(a, b, r)
    grid[:, 1:, -1], grid[:, -1, 1:] = ndtr(tables.first[:, 1:]), ndtr(tables.second[:, 1:])
    return np.maximum(_differences(grid), 1e-16), _differences(slope)


def _differences(grid: Array) -> Array:
    out: Array = np.diff(np.diff(grid, axis=1), axis=2)
    return out


def score_cells(tables: PairTables, rho: Array) -> tuple[Array, Array]:
    """∂log p/∂ρ of every cell (P, M, M), and the cells' probabilities."""
    p, slope = _cells(tables, rho)
    return slope / p, p


def nuisance_crossproducts(
    tables: PairTables, rho: Array, score: Array, p: Array
) -> tuple[Array, Array, Array]:
    """Sums over the answers of score ρ × score of each threshold, (P, M − 1) for either item; and of score ρ²."""
    of_pair = tables.counts * score / p
    first = _by_threshold(tables.first, tables.second, rho, of_pair)
    second = _by_threshold(tables.second, tables.first, rho, np.swapaxes(of_pair, 1, 2))
    return first, second, (tables.counts * score**2).sum(axis=(1, 2))


def _by_threshold(own: Array, other: Array, rho: Array, weighed: Array) -> Array:
    """Σ_b w_ab ∂p_ab/∂τ over the two categories that a threshold τ of the own item parts."""
    from scipy.special import ndtr

    tau = own[:, 1:-1]
    finite = np.isfinite(tau)
    at = np.where(finite, tau, 0.0)[:, :, None]
    r = rho[:, None, None]
    inside = np.diff(ndtr((other[:, None, :] - r * at) / np.sqrt(1 - r**2)), axis=2)
    change = np.where(finite, density(at[..., 0]), 0.0)[:, :, None] * inside
    out: Array = (change * (weighed[:, :-1] - weighed[:, 1:])).sum(axis=2)
    return out
