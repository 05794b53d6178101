"""The short way from a data frame of numbers to moments, for who fits models in a loop.

Reading a frame looks at every cell for text, labels, gaps and infinities and writes a report, which costs more
than fitting a small model. Where every wanted column is an array of finite numbers, or of such numbers and gaps,
there is nothing to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.moments import Moments
from surveykit.responses import statistics

__all__ = ["PlainRows", "plain_rows"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlainRows:
    """Numbers (n, columns) and their names, NaN for what is missing: a sample without a questionnaire.

    ``complete`` is True where it is known that nothing is missing.
    """

    values: Array
    columns: tuple[str, ...]
    complete: bool = False

    @property
    def n_rows(self) -> int:
        return len(self.values)

    def has(self, name: str) -> bool:
        return name in self.columns

    def rows(self, columns: Sequence[str]) -> tuple[Array, Array]:
        """The values of ``columns`` (n, p) and the weights (n,), all 1."""
        columns = tuple(columns)
        x = (
            self.values
            if columns == self.columns
            else self.values[:, [self.columns.index(c) for c in columns]]
        )
        return x, np.ones(len(x))

    def moments(
        self, columns: Sequence[str], by: str | None = None, order: int = 2, patterns: bool = False
    ) -> Moments | tuple[Moments, ...]:
        """As ``Responses.moments`` without groups: of the complete rows, or one set per missing pattern."""
        if by is not None:
            raise ValueError("plain rows have no groups")
        x, w = self.rows(columns)
        if self.complete and not patterns:
            return Moments.from_rows(x, columns, order=order)
        if patterns:
            return statistics.moments_of_patterns(x, w, columns, order=order)
        return statistics.moments_of_rows(x, w, columns, order)


def plain_rows(frame: Any, columns: Sequence[str], gaps: bool = True) -> PlainRows | None:
    """``columns`` of a pandas or polars frame as they are; None where it must be read.

    With ``gaps`` a pandas column may have missing values.

    >>> import pandas as pd
    >>> plain_rows(pd.DataFrame({"a": [1, 2, 4], "b": [2.0, 1.0, None]}), ["a", "b"]).n_rows
    3
    >>> plain_rows(pd.DataFrame({"a": [1, 2, None]}), ["a"], gaps=False) is None
    True
    >>> plain_rows(pd.DataFrame({"a": ["1", "2"]}), ["a"]) is None
    True
    """
    kind = type(frame)
    if kind.__name__ != "DataFrame" or not hasattr(frame, "columns") or len(frame) < 2:
        return None
    names = frame.columns if isinstance(frame.columns, list) else frame.columns.tolist()
    wanted = list(columns)
    if any(names.count(name) != 1 for name in wanted):
        return None
    if names == wanted:
        values = frame.to_numpy()
    elif hasattr(frame, "iloc"):  # by place: a look-up by name in pandas costs more than a small model
        values = frame.iloc[:, [names.index(name) for name in wanted]].to_numpy()
    else:
        values = frame[wanted].to_numpy()
    if values.dtype.kind not in "iuf":
        return None
    x = np.ascontiguousarray(values, dtype=np.float64)
    if np.isfinite(x).all():
        return PlainRows(x, tuple(columns), complete=True)
    if not gaps or not kind.__module__.startswith("pandas") or np.isinf(x).any():
        return None
    return PlainRows(x, tuple(columns))
