"""A cross-table under a survey design: shares of domains, their differences, and Rao & Scott's test."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._rao_scott import RaoScott, rao_scott
from surveykit.intervals import Difference
from surveykit.responses.domains import Domain, Linear, difference, share_of

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sampling import Replicates, Sampling

__all__ = ["DrawnTable", "drawn_table"]

Array = NDArray[np.float64]
Codes = NDArray[np.intp]


@dataclass(frozen=True, slots=True, eq=False)
class DrawnTable:
    """Codes of each row of the sample (n,) for the ``sizes`` of the table, −1 outside it, and its ``test``."""

    sampling: Sampling | Replicates
    rows: Codes
    columns: Codes
    sizes: tuple[int, int]
    test: RaoScott

    @property
    def column_n_eff(self) -> Array:
        """The smallest effective n of each column's shares; its people where nothing varies."""
        found = np.zeros(self.sizes[1])
        for j in range(self.sizes[1]):
            each = [self._linear(i, j).n_eff for i in range(self.sizes[0])]
            known = [n for n in each if n > 0]
            found[j] = min(known) if known else float((self.columns == j).sum())
        return found

    def share(self, i: int, j: int | None, confidence: float) -> dict[str, float]:
        """Share of row ``i`` in column ``j`` with the design's error and interval (logit scale)."""
        return share_of(self._linear(i, j), confidence)

    def pairs(self, usable: Sequence[int], confidence: float) -> list[tuple[int, int, int, Difference]]:
        """The difference of every row's share between every two usable columns."""
        return [
            (i, a, b, difference(self._linear(i, a), self._linear(i, b), confidence))
            for i in range(self.sizes[0])
            for a, b in combinations(usable, 2)
        ]

    def _linear(self, i: int, j: int | None) -> Linear:
        inside = (self.rows >= 0) & (self.columns >= 0) & ((self.columns == j) if j is not None else True)
        return Domain(self.sampling, np.where(inside, (self.rows == i).astype(float), np.nan)).mean_of(
            lambda x: x
        )


def drawn_table(
    data: Responses,
    names: tuple[str, str],
    levels: tuple[Sequence[str], Sequence[str]],
    text: Callable[[Any], str],
) -> DrawnTable | None:
    """The table of two columns by the ``levels`` that it shows; None where there is no design."""
    if not data.design.is_complex:
        return None
    frame = data.frame(names)
    codes = []
    for name, known in zip(names, levels, strict=True):
        place = {v: i for i, v in enumerate(known)}
        column = [-1 if v is None or v != v else place.get(text(v), -1) for v in frame[name].tolist()]
        codes.append(np.array(column, dtype=np.intp))
    sampling = data.sampling()
    test = rao_scott(sampling, codes[0], codes[1])
    return DrawnTable(sampling, codes[0], codes[1], (len(levels[0]), len(levels[1])), test)
