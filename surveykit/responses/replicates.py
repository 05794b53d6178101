"""Bootstrap replicates as stacked moments: below the waist a replicate is nothing special.

Efron, B. (1979). Bootstrap methods: another look at the jackknife. Annals of Statistics 7, 1–26.
A draw of n rows with replacement is a vector of counts; all counts times the products of the
centred columns are the sums of all replicates at once.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Literal, overload

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.responses import statistics

if TYPE_CHECKING:
    from surveykit.responses.core import Responses

__all__ = ["bootstrap_moments", "draws"]

Array = NDArray[np.float64]
_BLOCK = 64


@overload
def bootstrap_moments(
    data: Responses,
    columns: Sequence[str],
    replicates: int,
    seed: int,
    *,
    indices: ArrayLike | None = None,
    return_weights: Literal[False] = False,
) -> Moments: ...
@overload
def bootstrap_moments(
    data: Responses,
    columns: Sequence[str],
    replicates: int,
    seed: int,
    *,
    indices: ArrayLike | None = None,
    return_weights: Literal[True],
) -> tuple[Moments, Array]: ...


def bootstrap_moments(
    data: Responses,
    columns: Sequence[str],
    replicates: int,
    seed: int,
    *,
    indices: ArrayLike | None = None,
    return_weights: bool = False,
) -> Moments | tuple[Moments, Array]:
    """Moments of ``replicates`` bootstrap samples of the complete rows, stacked on axis 0.

    Replicate r draws from its own Philox stream (key ``seed``, counter r), so that neither the number of
    threads nor that of replicates changes it. ``indices``, shape (replicates, n) from 0, replaces the
    draws (to repeat another program's). ``return_weights`` adds the weight of each row in each
    replicate, shape (replicates, n_rows), 0 for incomplete rows: for estimators that need rows.
    Sampling weights multiply the counts; every replicate is normalised to sum n.

    >>> import pandas as pd, surveykit.responses as r
    >>> data = r.read(pd.DataFrame({"a": [1, 2, 4, 8], "b": [2, 1, 5, 7]}))
    >>> bootstrap_moments(data, ["a", "b"], 10, seed=1).cov.shape
    (10, 2, 2)
    """
    if replicates < 1:
        raise SurveykitError("at least one replicate is needed", got=str(replicates), code="OPTION")
    ready = data._with(columns)
    ready._demand_numbers(columns)
    x, w = statistics.rows_of(ready.native, columns, data.weight)
    complete = ~np.isnan(x).any(axis=1)
    statistics.demand_rows(int(complete.sum()), len(x), columns)
    weights = draws(int(complete.sum()), replicates, seed, indices) * w[complete]
    weights *= weights.shape[1] / weights.sum(axis=1, keepdims=True)
    stacked = _stacked(x[complete], weights, columns, len(x))
    if not return_weights:
        return stacked
    full = np.zeros((replicates, len(x)))
    full[:, complete] = weights
    return stacked, full


def draws(n: int, replicates: int, seed: int, indices: ArrayLike | None = None) -> Array:
    """How often each of n rows is drawn in each replicate, shape (replicates, n)."""
    if indices is not None:
        given = np.asarray(indices, dtype=np.intp)
        if given.shape != (replicates, n) or given.min() < 0 or given.max() >= n:
            raise SurveykitError(
                "indices do not fit the complete rows",
                expected=f"shape ({replicates}, {n}), values 0 to {n - 1}",
                got=f"shape {given.shape}",
                code="OPTION",
            )
        return np.stack([np.bincount(row, minlength=n) for row in given]).astype(float)
    counts = np.empty((replicates, n))
    for r in range(replicates):
        stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, r]))
        counts[r] = np.bincount(stream.integers(0, n, n), minlength=n)
    return counts


def _stacked(x: Array, weights: Array, names: Sequence[str], n_total: int) -> Moments:
    """Weighted moments for each row of ``weights``, in fixed blocks so that memory stays small."""
    n, p = x.shape
    center = x.mean(axis=0)
    d = x - center
    rows, columns = np.tril_indices(p)
    products = np.concatenate([d, d[:, rows] * d[:, columns]], axis=1)
    sums = np.concatenate([weights[i : i + _BLOCK] @ products for i in range(0, len(weights), _BLOCK)]) / n
    mean, second = sums[:, :p], sums[:, p:]
    cov = np.empty((len(weights), p, p))
    cov[:, rows, columns] = cov[:, columns, rows] = second - mean[:, rows] * mean[:, columns]
    return Moments(
        n,
        cov * (n / (n - 1)),
        mean + center,
        names,
        sumw=np.full(len(weights), float(n)),
        sumw2=(weights**2).sum(axis=1),
        n_total=n_total,
    )
