"""The bootstrap where rows are too many to draw: random parts of the rows are drawn instead.

The rows are dealt at random to 200 parts; a replicate draws 200 parts with replacement and adds their sums
(a bootstrap of random groups: Wolter, K. M., 2007, Introduction to Variance Estimation, ch. 2; Kleiner et al. 2014,
JRSS B 76, 795-816 on why parts serve large samples). The rows are read once, whatever the number of
replicates. A standard error from 200 parts is itself uncertain by about one part in twenty.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import SurveykitError
from surveykit.moments import Moments, divisor
from surveykit.responses.statistics import demand_rows, rows_of

if TYPE_CHECKING:
    from surveykit.responses.core import Responses

__all__ = ["PARTS", "block_moments", "moments_of_parts"]

PARTS = 200
LEAST = 1.5
"""A block of less weight than this has no covariance with divisor sum of weights less 1."""


def moments_of_parts(data: Responses, columns: Sequence[str], drawn: np.ndarray, seed: int) -> Moments | None:
    """Stacked moments of the replicates whose counts of each part are ``drawn``, shape (replicates, PARTS).

    None where the rows are not read in blocks. Every replicate is normalised to sum n, as in the bootstrap of rows.
    """
    coded = data.coded
    subjects = [data._subject(c) for c in columns]
    if coded is None or not data._summable(subjects, None):
        return None
    found = coded.part_sums(subjects, data.weight, PARTS, seed)
    parts = [found[i] for i in range(PARTS)]
    n = sum(p.n for p in parts)
    demand_rows(n, sum(p.n_total for p in parts), columns)
    sumw, sumw2 = drawn @ [p.sumw for p in parts], drawn @ [p.sumw2 for p in parts]
    first = drawn @ np.stack([p.first for p in parts])
    second = np.einsum("rk,kij->rij", drawn, np.stack([p.second for p in parts]), optimize=True)
    unit = n / sumw
    scatter = (second - first[:, :, None] * first[:, None, :] / sumw[:, None, None]) * unit[:, None, None]
    return Moments.trusted(
        n,
        (scatter + np.swapaxes(scatter, 1, 2)) / (2 * (n - 1)),
        parts[0].shift + first / sumw[:, None],
        tuple(columns),
        sumw=np.full(len(drawn), float(n)),
        sumw2=sumw2 * unit**2,
        n_total=sum(p.n_total for p in parts),
    )


def block_moments(
    data: Responses, columns: Sequence[str], *, by: str | None = None, blocks: int = PARTS, seed: int = 1
) -> tuple[Moments, ...]:
    """Moments of blocks of the rows, for :func:`surveykit.moments.jackknife` and ``poisson_bootstrap``.

    ``by`` names a column whose groups are the blocks (a region, a day). Without it, first-stage clusters of the design are
    the blocks, or rows are dealt at random to so many ``blocks``: by their place with Philox where they are in
    memory, while they stream by where they are not. Weights have mean 1 over all rows, not within a block. Blocks of
    fewer than two complete rows join their neighbour.

    >>> import pandas as pd, surveykit.responses as r
    >>> from surveykit.moments import jackknife
    >>> data = r.read(pd.DataFrame({"x": [1, 2, 3, 4, 5, 6, 7, 9], "y": [2, 1, 4, 3, 6, 5, 9, 8]}))
    >>> parts = block_moments(data, ["x", "y"], blocks=4)
    >>> found = jackknife(parts, lambda m: m.cor[0, 1])
    >>> len(parts), round(float(found.estimate[0]), 4)
    (4, 0.8981)
    """
    if blocks < 2:
        raise SurveykitError("at least two blocks are needed", got=str(blocks), code="OPTION")
    clusters = data.design.clusters
    if by is None and not clusters and data.coded is not None:
        subjects = [data._subject(c) for c in columns]
        if data._summable(subjects, None):
            return _of_sums(columns, data.coded.part_sums(subjects, data.weight, blocks, seed))
    by = by if by is not None else (clusters[0] if clusters else None)
    ready = data._with([*columns, *([by] if by else [])])
    ready._demand_numbers(columns)
    x, w = rows_of(ready.native, list(columns), data.weight)
    complete = ~np.isnan(x).any(axis=1)
    demand_rows(int(complete.sum()), len(x), columns)
    if by is None:
        stream = np.random.Generator(np.random.Philox(key=seed))
        place = stream.permutation(len(x)) % blocks
    else:
        place = np.unique(ready.frame([by])[by].astype(str).to_numpy(), return_inverse=True)[1]
    unit = complete.sum() / w[complete].sum()
    found: list[Moments] = []
    waiting = np.zeros(len(x), dtype=bool)
    for b in range(int(place.max()) + 1):
        waiting |= (place == b) & complete
        if waiting.sum() >= 2 and w[waiting].sum() * unit > LEAST:
            found.append(_block(x[waiting], w[waiting] * unit, columns))
            waiting = np.zeros(len(x), dtype=bool)
    for i in np.flatnonzero(waiting) if found else ():
        found[-1] = _joined(found[-1], x[[i]], w[[i]] * unit)
    return tuple(found)


def _block(x: np.ndarray, w: np.ndarray, columns: Sequence[str]) -> Moments:
    return Moments.from_rows(x, tuple(columns), w)


def _joined(block: Moments, x: np.ndarray, w: np.ndarray) -> Moments:
    """A block and one further row."""
    alone = Moments(
        1,
        np.zeros((x.shape[1], x.shape[1])),
        x[0],
        block.names,
        sumw=float(w[0]),
        sumw2=float(w[0]) ** 2,
        n_total=1,
    )
    return block + alone


def _of_sums(columns: Sequence[str], sums: Mapping[int, Any]) -> tuple[Moments, ...]:
    every = [s for _, s in sorted(sums.items(), key=lambda pair: -pair[1].n) if s.n > 0]
    unit = sum(s.n for s in every) / sum(s.sumw for s in every)
    found: list[Moments] = []
    for s in every:
        sumw = s.sumw * unit
        scatter = (s.second - np.outer(s.first, s.first) / s.sumw) * unit
        mean = s.shift + s.first / s.sumw
        if s.n == 1 and found:
            found[-1] = _joined(found[-1], mean[None], np.array([sumw]))
            continue
        cov = (scatter + scatter.T) / (2 * divisor(sumw))
        found.append(
            Moments(s.n, cov, mean, tuple(columns), sumw=sumw, sumw2=s.sumw2 * unit**2, n_total=s.n_total)
        )
    return tuple(found)
