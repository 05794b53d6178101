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
from surveykit.responses.parts import PARTS, moments_of_parts
from surveykit.responses.plain import PlainRows
from surveykit.responses.stored import StoredResponses
from surveykit.sampling import bootstrap_weights

if TYPE_CHECKING:
    from surveykit.responses.core import Responses
    from surveykit.sampling import Replicates, Sampling

__all__ = ["bootstrap_moments"]

Array = NDArray[np.float64]
_BLOCK = 64
LOCAL_CELLS = 20_000_000
"""Of more cells than these the rows are not fetched to be drawn."""
MOST_DRAWN = 2_000_000_000
"""More rows than these, over all replicates, are not drawn one by one: it takes minutes, parts of the rows seconds."""


@overload
def bootstrap_moments(
    data: Responses | PlainRows,
    columns: Sequence[str],
    replicates: int,
    seed: int,
    *,
    indices: ArrayLike | None = None,
    return_weights: Literal[False] = False,
    domain: NDArray[np.bool_] | None = None,
) -> Moments: ...
@overload
def bootstrap_moments(
    data: Responses | PlainRows,
    columns: Sequence[str],
    replicates: int,
    seed: int,
    *,
    indices: ArrayLike | None = None,
    return_weights: Literal[True],
    domain: NDArray[np.bool_] | None = None,
) -> tuple[Moments, Array]: ...


def bootstrap_moments(
    data: Responses | PlainRows,
    columns: Sequence[str],
    replicates: int,
    seed: int,
    *,
    indices: ArrayLike | None = None,
    return_weights: bool = False,
    domain: NDArray[np.bool_] | None = None,
) -> Moments | tuple[Moments, Array]:
    """Moments of ``replicates`` bootstrap samples of the complete rows, stacked on axis 0.

    Replicates draw in blocks of 64 from Philox streams (key ``seed``, counter: the block), so that neither the
    number of threads nor that of replicates changes them. ``indices``, shape (replicates, n) from 0, replaces the
    draws (to repeat another program's). ``return_weights`` adds the weight of each row in each
    replicate, shape (replicates, n_rows), 0 for incomplete rows: for estimators that need rows.
    Where the rows are read in blocks and many, 200 random parts of them are drawn instead of single rows
    (:mod:`surveykit.responses.parts`). Sampling weights multiply the counts; every replicate is normalised to sum n.
    Under a survey design clusters are drawn within their strata (:func:`surveykit.sampling.bootstrap_weights`);
    ``domain``, a mask of rows, is then the group whose moments are wanted.

    >>> import pandas as pd, surveykit.responses as r
    >>> data = r.read(pd.DataFrame({"a": [1, 2, 4, 8], "b": [2, 1, 5, 7]}))
    >>> bootstrap_moments(data, ["a", "b"], 10, seed=1).cov.shape
    (10, 2, 2)
    """
    if replicates < 1 or seed < 0:
        what = "at least one replicate and a seed of 0 or more are needed"
        raise SurveykitError(what, got=f"{replicates} replicates, seed {seed}", code="OPTION")
    drawing: Sampling | Replicates | None = None
    if isinstance(data, PlainRows):
        x, w = data.rows(columns)
    else:
        if isinstance(data, StoredResponses):
            raise data.refused("a bootstrap")
        ready = data._with(columns)
        ready._demand_numbers(columns)
        drawing = data.sampling() if indices is None and data.design.is_complex else None
        many = data.n_rows * len(columns) > LOCAL_CELLS or data.n_rows * replicates > MOST_DRAWN
        large = data.coded is not None and many and drawing is None
        if large and indices is None and not return_weights:
            parts = moments_of_parts(data, columns, _drawn_parts(replicates, seed), seed)
            if parts is not None:
                return parts
        x, w = statistics.rows_of(ready.native, columns, data.weight)
    complete = ~np.isnan(x).any(axis=1)
    if domain is not None:
        complete &= domain
    n = int(complete.sum())
    statistics.demand_rows(n, len(x) if domain is None else int(domain.sum()), columns)
    given = None if indices is None else _checked(indices, replicates, n)
    center = x[complete].mean(axis=0)
    products = _products(x[complete] - center)
    sums, sumw2 = np.empty((replicates, products.shape[1])), np.empty(replicates)
    full = np.zeros((replicates, len(x))) if return_weights else None
    for start in range(0, replicates, _BLOCK):
        stop = min(start + _BLOCK, replicates)
        if drawing is not None:
            weights = bootstrap_weights(drawing, start // _BLOCK, _BLOCK, seed)[: stop - start, complete]
        else:
            drawn = _draw(n, seed, start // _BLOCK, stop - start) if given is None else given[start:stop]
            weights = _count(drawn, n) * w[complete]
        with np.errstate(
            invalid="ignore", divide="ignore"
        ):  # no cluster of a small group was drawn: no moments
            weights *= n / weights.sum(axis=1, keepdims=True)
        sums[start:stop], sumw2[start:stop] = weights @ products / n, (weights**2).sum(axis=1)
        if full is not None:
            full[start:stop, complete] = weights
    stacked = _stacked(sums, sumw2, center, n, columns, len(x))
    return stacked if full is None else (stacked, full)


def _drawn_parts(replicates: int, seed: int) -> Array:
    """How often each part stands in each replicate."""
    return np.concatenate(
        [
            _count(_draw(PARTS, seed, start // _BLOCK, min(_BLOCK, replicates - start)), PARTS)
            for start in range(0, replicates, _BLOCK)
        ]
    )


def _checked(indices: ArrayLike, replicates: int, n: int) -> NDArray[np.intp]:
    given = np.asarray(indices, dtype=np.intp)
    if given.shape != (replicates, n) or given.min() < 0 or given.max() >= n:
        raise SurveykitError(
            "indices do not fit the complete rows",
            expected=f"shape ({replicates}, {n}), values 0 to {n - 1}",
            got=f"shape {given.shape}",
            code="OPTION",
        )
    return given


def _draw(n: int, seed: int, block: int, replicates: int) -> NDArray[np.intp]:
    """Rows of a block's replicates, one after the other: a shorter last block begins like a full one."""
    stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, block]))
    return stream.integers(0, n, (replicates, n))


def _count(drawn: NDArray[np.intp], n: int) -> Array:
    """How often each of n rows stands in each line of ``drawn``."""
    places = drawn + np.arange(0, drawn.size, n)[:, None]
    return np.bincount(places.ravel(), minlength=drawn.size).reshape(drawn.shape).astype(float)


def _products(d: Array) -> Array:
    """The columns and their products, lower triangle, shape (n, p + p(p+1)/2)."""
    rows, columns = np.tril_indices(d.shape[1])
    return np.concatenate([d, d[:, rows] * d[:, columns]], axis=1)


def _stacked(sums: Array, sumw2: Array, center: Array, n: int, names: Sequence[str], n_total: int) -> Moments:
    """Moments from the weighted means of columns and products, one row per replicate."""
    p = len(center)
    rows, columns = np.tril_indices(p)
    mean, second = sums[:, :p], sums[:, p:]
    place = np.empty((p, p), dtype=np.intp)
    place[rows, columns] = place[columns, rows] = np.arange(len(rows))
    second = (second - mean[:, rows] * mean[:, columns]) * (n / (n - 1))
    diagonal = np.diagonal(place)
    second[:, diagonal] = np.maximum(second[:, diagonal], 0.0)  # a draw of one row n times
    return Moments.trusted(
        n,
        second[:, place],
        mean + center,
        tuple(names),
        sumw=np.full(len(sums), float(n)),
        sumw2=sumw2,
        n_total=n_total,
    )
