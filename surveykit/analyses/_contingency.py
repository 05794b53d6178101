"""Contingency tables as arrays: chi-square, Cramér's V with its interval, residuals, column pairs.

Tables have shape (r, c). With weights the caller scales the table to Kish's effective n, which makes
the tests first-order right (Rao and Scott 1981 refine this for complex samples).
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import combinations

import numpy as np
from numpy.typing import NDArray

from surveykit.intervals import Difference, two_shares

__all__ = ["Association", "association", "column_pairs", "residuals"]

Floats = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Association:
    """Pearson's chi-square and Cramér's V.

    ``low`` and ``high`` bound the population V by inverting the noncentral chi-square (Smithson 2003), the
    upper one at no less than chance alone leads to expect. ``corrected`` is V without the bias that chance
    gives it (Bergsma 2013). ``small`` is the share of cells expected below 5.
    """

    chi2: float
    df: int
    p: float
    v: float
    low: float
    high: float
    corrected: float
    smallest: float
    small: float


def expected(table: Floats) -> Floats:
    """The counts under independence, shape (r, c)."""
    outer: Floats = np.outer(table.sum(axis=1), table.sum(axis=0)) / table.sum()
    return outer


def association(table: Floats, confidence: float = 0.95) -> Association:
    """Chi-square and V of a table whose rows and columns all have counts; at least 2 x 2.

    >>> import numpy as np
    >>> found = association(np.array([[30.0, 10.0], [20.0, 40.0]]))
    >>> round(found.chi2, 4), found.df, round(found.v, 4)
    (16.6667, 1, 0.4082)
    """
    from scipy.special import chdtrc

    n = float(table.sum())
    r, c = table.shape
    under = expected(table)
    chi2 = float(((table - under) ** 2 / under).sum())
    df, k = (r - 1) * (c - 1), min(r, c) - 1
    low, high = (math.sqrt(min(ncp / (n * k), 1.0)) for ncp in _noncentrality(chi2, df, confidence))
    phi2 = max(chi2 / n - df / (n - 1), 0.0)
    smaller = min(r - (r - 1) ** 2 / (n - 1), c - (c - 1) ** 2 / (n - 1)) - 1
    return Association(
        chi2, df, float(chdtrc(df, chi2)), math.sqrt(min(chi2 / (n * k), 1.0)), low, high,
        math.sqrt(min(phi2 / smaller, 1.0)) if smaller > 0 else math.nan,
        float(under.min()), float((under < 5).mean()),
    )  # fmt: skip


def _noncentrality(chi2: float, df: int, confidence: float) -> tuple[float, float]:
    """The noncentralities at which the observed chi-square is just too large and just too small."""
    from scipy.optimize import brentq
    from scipy.special import chndtr

    tail = (1 - confidence) / 2

    def at(observed: float, probability: float) -> float:
        if chndtr(observed, df, 0.0) <= probability:
            return 0.0
        top = observed + 10.0
        while chndtr(observed, df, top) > probability:
            top *= 2
        return float(
            brentq(lambda ncp: chndtr(observed, df, ncp) - probability, 0.0, top, xtol=1e-10, rtol=1e-14)
        )

    # A chi-square below its expectation would close the interval at 0, as if nothing were uncertain.
    return at(chi2, 1 - tail), at(max(chi2, float(df)), tail)


def residuals(table: Floats) -> Floats:
    """Adjusted residuals (Haberman 1973): about standard normal where rows and columns are independent.

    >>> import numpy as np
    >>> residuals(np.array([[30.0, 10.0], [20.0, 40.0]])).round(4).tolist()
    [[4.0825, -4.0825], [-4.0825, 4.0825]]
    """
    n = table.sum()
    rows, columns = table.sum(axis=1, keepdims=True) / n, table.sum(axis=0, keepdims=True) / n
    under = expected(table)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: Floats = (table - under) / np.sqrt(under * (1 - rows) * (1 - columns))
    return found


def column_pairs(
    shares: Floats, bases: Floats, confidence: float = 0.95
) -> list[tuple[int, int, int, Difference]]:
    """The difference of every row's share between every two columns with a base: (row, first, second, test).

    ``shares`` has shape (r, c) and sums to 1 down each column, ``bases`` (c,) are effective n.
    """
    r, c = shares.shape
    usable = [j for j in range(c) if bases[j] > 0]
    return [
        (i, a, b, two_shares(shares[i, a], bases[a], shares[i, b], bases[b], confidence))
        for i in range(r)
        for a, b in combinations(usable, 2)
    ]
