"""Bootstrap of ordered items: respondents are drawn anew, and everything is estimated anew from their answers.

The naive bootstrap (Efron & Tibshirani 1993), each group drawn within itself. Thresholds, correlations and weights of a
replicate are its own. A replicate in which nobody chose a category, or whose search does not arrive, is counted as
failed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.sem.bootstrap import Replicates
from surveykit.sem.wls.sample import OrdinalSample, statistics_of_rows
from surveykit.sem.wls.statistics import OrdinalStatistics

__all__ = ["resampled"]

Array = NDArray[np.float64]


def resampled(
    data: OrdinalSample,
    replicates: int,
    seed: int,
    refit: Callable[[OrdinalSample], tuple[Array, bool] | None],
) -> Replicates:
    """The estimates of every replicate; ``refit`` gives θ (k,) and whether a variance is negative, or None.

    Replicate r draws from a stream of its own, so that it is the same whatever else is drawn.
    """
    found, kept, improper = [], np.zeros(replicates, dtype=bool), 0
    for r in range(replicates):
        drawn = _drawn(data, seed, r)
        one = None if drawn is None else refit(drawn)
        if one is None:
            continue
        found.append(one[0])
        improper += one[1]
        kept[r] = True
    if len(found) < 2:
        raise SurveykitError(
            "no bootstrap sample could be fitted",
            hint="join rare categories: nobody chooses them in some samples",
            code="SEM_BOOTSTRAP",
        )
    return Replicates(np.array(found), replicates, int(replicates - kept.sum()), improper, kept)


def _drawn(data: OrdinalSample, seed: int, r: int) -> OrdinalSample | None:
    """The sample drawn anew; None where its answers have no statistics."""
    statistics: list[OrdinalStatistics] = []
    for g, (rows, weights) in enumerate(data.rows):
        source = np.random.Generator(np.random.Philox(np.random.SeedSequence(seed, spawn_key=(g, r))))
        at = source.integers(0, len(rows), len(rows))
        w = None if weights is None else weights[at] / weights[at].mean()
        layout = data.statistics[g].layout
        if any(len(np.unique(_answered(rows[at, i]))) < layout.categories[i] for i in layout.ordered):
            return None
        try:
            statistics.append(statistics_of_rows(rows[at], layout, data.levels, "", w))
        except (SurveykitError, np.linalg.LinAlgError):
            return None
    return replace(data, statistics=tuple(statistics))


def _answered(column: Array) -> Array:
    out: Array = column[~np.isnan(column)]
    return out
