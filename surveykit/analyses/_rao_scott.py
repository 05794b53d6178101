"""Chi-square tests of a cross-table under a survey design: Rao & Scott's corrections of Pearson's statistic.

Rao & Scott 1984, Annals of Statistics 12(1): under independence X² of weighted proportions is a sum of chi-squares
weighted by the generalised design effects, the eigenvalues of (C'D⁻¹C/n)⁻¹ C'D⁻¹VD⁻¹C, with D the observed
proportions, V their covariance under the design and C the interactions free of the margins. First order: X² over the
mean effect, chi-square. Second order: X² over their sum, F with Satterthwaite's degrees of freedom (Thomas & Rao 1987).
"""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.sampling import Replicates, Sampling

__all__ = ["RaoScott", "rao_scott"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RaoScott:
    """``chi2`` is Pearson's of the weighted proportions times n, ``effect`` the mean generalised design effect.

    First order ``first`` on ``df`` with ``p_first``; second order ``f`` on ``df1`` and ``df2`` with ``p``.
    """

    n: int
    chi2: float
    df: int
    effect: float
    first: float
    p_first: float
    f: float
    df1: float
    df2: float
    p: float
    residuals: Array
    """(r, c): each proportion less its value under independence, over its standard error under the design."""


def rao_scott(sampling: Sampling | Replicates, rows: NDArray[np.intp], columns: NDArray[np.intp]) -> RaoScott:
    """The tests for the table of ``rows`` by ``columns``: codes (n,) from 0, −1 outside the table.

    >>> s = Sampling.of(8)
    >>> found = rao_scott(s, np.array([0, 0, 0, 1, 0, 1, 1, 1]), np.array([0, 0, 0, 0, 1, 1, 1, 1]))
    >>> round(found.chi2, 6), found.df
    (2.0, 1)
    """
    from scipy.special import chdtrc, fdtrc

    inside = (rows >= 0) & (columns >= 0)
    r, c = int(rows[inside].max()) + 1, int(columns[inside].max()) + 1
    cell = np.where(inside, rows * c + columns, 0)
    w = np.where(inside, sampling.weights, 0.0)
    n = int(inside.sum())
    p = np.bincount(cell, w, r * c) / w.sum()
    V = _covariance(sampling, inside, cell, w, p)
    table = p.reshape(r, c)
    under = np.outer(table.sum(axis=1), table.sum(axis=0))
    chi2 = n * float(((table - under) ** 2 / under).sum())
    df = (r - 1) * (c - 1)
    delta = _effects(p, V, n, r, c)
    total, squares = float(np.trace(delta)), float(np.trace(delta @ delta))
    nu = sampling.df(inside)
    nothing = not (total > 0 and nu > 0)
    mean = math.nan if nothing else total / df
    df1 = math.nan if nothing else total**2 / squares
    df2 = math.nan if nothing else df1 * nu
    f = math.nan if nothing else chi2 / total
    return RaoScott(
        n,
        chi2,
        df,
        mean,
        chi2 / mean,
        float(chdtrc(df, chi2 / mean)),
        f,
        df1,
        df2,
        float(fdtrc(df1, df2, f)),
        _standardised(table, under, V),
    )


def _covariance(
    sampling: Sampling | Replicates, inside: NDArray[np.bool_], cell: NDArray[np.intp], w: Array, p: Array
) -> Array:
    """The covariance of the cells' proportions."""
    if isinstance(sampling, Replicates):
        each = [np.bincount(cell, np.where(inside, v, 0.0), len(p)) for v in sampling.replicates.T]
        shares = np.array([e / e.sum() for e in each])
        d = shares - shares.mean(axis=0)
        between: Array = (d * sampling.scales[:, None]).T @ d
        return between
    z = -np.outer(w / w.sum(), p)
    at = np.flatnonzero(inside)
    z[at, cell[at]] += w[at] / w.sum()
    return sampling.covariance(z)


def _standardised(table: Array, under: Array, V: Array) -> Array:
    """Differences from independence over their standard errors, by the derivatives of p_ij − p_i. p_.j."""
    r, c = table.shape
    gradient = np.eye(r * c)
    for i in range(r):
        for j in range(c):
            to_row, to_column = np.zeros((r, c)), np.zeros((r, c))
            to_row[i], to_column[:, j] = table[:, j].sum(), table[i].sum()
            gradient[i * c + j] -= (to_row + to_column).ravel()
    variance = np.einsum("ij,jk,ik->i", gradient, V, gradient).reshape(r, c)
    with np.errstate(divide="ignore", invalid="ignore"):
        found: Array = np.where(variance > 0, (table - under) / np.sqrt(variance), np.nan)
    return found


def _effects(p: Array, V: Array, n: int, r: int, c: int) -> Array:
    """The matrix whose eigenvalues are the generalised design effects; empty cells do not count."""
    main = np.column_stack(
        [np.ones(r * c), *(np.repeat(e, c) for e in np.eye(r)[1:]), *(np.tile(e, r) for e in np.eye(c)[1:])]
    )
    crossed = np.column_stack([np.kron(a, b) for a in np.eye(r)[1:] for b in np.eye(c)[1:]])
    q, _ = np.linalg.qr(main)
    free = crossed - q @ (q.T @ crossed)
    inverse = np.divide(1.0, p, out=np.zeros_like(p), where=p > 0)
    simple = free.T @ (inverse[:, None] / n * free)
    drawn = free.T @ (inverse[:, None] * V * inverse) @ free
    found: Array = np.linalg.lstsq(simple, drawn, rcond=None)[0]
    return found
