"""Pearson and partial correlations of answers whose rows stay where they are: from sums over each pair's complete rows."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._association import FEWEST, Correlation, partial, pearson
from surveykit.intervals import kish

if TYPE_CHECKING:
    from surveykit.analyses.correlation import CorrelationOptions
    from surveykit.responses import Responses
    from surveykit.responses.coded import Sums

__all__ = ["SummedGroup", "summed", "summed_groups"]

_ROUNDED = 1e-12
"""A variance below this share of the mean square about the point that sums are taken from is rounding."""
_NO_SPREAD = 1e-26
"""A variance below this share of the squared mean is rounding."""


def summed(data: Responses) -> bool:
    """Whether Pearson correlations need no rows: they are elsewhere, and no design asks for them one by one."""
    return (data.lazy or data.engine == "moments") and not data.design.is_complex


@dataclass(frozen=True, slots=True)
class SummedGroup:
    """The sums of one group by set of variables; ``base`` is how many rows it has."""

    name: str
    sets: Mapping[tuple[str, ...], Sums]
    base: int

    @property
    def constants(self) -> list[str]:
        """The variables without variation."""
        alone = [(names[0], sums) for names, sums in self.sets.items() if len(names) == 1]
        return [name for name, sums in alone if sums.n > 1 and _constant(sums).any()]

    def pair(
        self, _: Responses, a: str, b: str, options: CorrelationOptions
    ) -> tuple[int, float, float, Correlation, str]:
        """n, effective n, design effect, the coefficient and, where there is none, the reason."""
        sums, k = self.sets[a, b, *options.controls], len(options.controls)
        n_eff = kish(sums.sumw, sums.sumw2)
        found, remark = Correlation(*(math.nan,) * 6), ""
        if sums.n == 0:
            remark = "no_answers"
        elif sums.n < FEWEST + k:
            remark = "few_rows"
        elif _constant(sums).any():
            remark = "constant"
        else:
            found = pearson(partial(_correlations(sums)), n_eff, options.confidence, k)
            remark = "undefined" if math.isnan(found.r) else ""
        return sums.n, n_eff, sums.n / n_eff if n_eff else math.nan, found, remark


def summed_groups(data: Responses, options: CorrelationOptions) -> Iterator[SummedGroup]:
    """The groups in their order, all pairs of each from one pass over the rows."""
    from surveykit.responses.pairs import sums_of_sets

    columns = (*options.items, *options.controls)
    sets = [(*pair, *options.controls) for pair in combinations(options.items, 2)]
    sets += [(name,) for name in columns]
    found = sums_of_sets(data, columns, sets, options.by, options.missing == "listwise")
    for group, sums in found.items():
        yield SummedGroup(group, dict(zip(sets, sums, strict=True)), sums[0].n_total)


def _variances(sums: Sums) -> NDArray[np.float64]:
    if not sums.sumw:
        return np.zeros(len(sums.first))
    spread: NDArray[np.float64] = (np.diagonal(sums.second) - sums.first**2 / sums.sumw) / sums.sumw
    return spread


def _constant(sums: Sums) -> NDArray[np.bool_]:
    if not sums.sumw:
        return np.zeros(len(sums.first), dtype=bool)
    about = np.diagonal(sums.second) / sums.sumw
    mean = sums.shift + sums.first / sums.sumw
    flat: NDArray[np.bool_] = _variances(sums) <= np.maximum(_ROUNDED * about, _NO_SPREAD * mean**2)
    return flat


def _correlations(sums: Sums) -> NDArray[np.float64]:
    scatter = (sums.second - np.outer(sums.first, sums.first) / sums.sumw) / sums.sumw
    sd = np.sqrt(_variances(sums))
    r: NDArray[np.float64] = np.clip((scatter + scatter.T) / 2 / np.outer(sd, sd), -1.0, 1.0)
    return r
