"""The short way from a data frame of complete numbers to moments, for who fits models in a loop.

Reading a frame looks at every cell for text, labels, gaps and infinities and writes a report, which costs more
than fitting a small model. Where every wanted column is an array of finite numbers there is nothing to find.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from surveykit.moments import Moments

__all__ = ["plain_moments"]


def plain_moments(frame: Any, columns: Sequence[str], order: int = 2) -> Moments | None:
    """Moments of complete numeric ``columns`` of a pandas or polars frame; None where it must be read.

    >>> import pandas as pd
    >>> plain_moments(pd.DataFrame({"a": [1, 2, 4], "b": [2.0, 1.0, 3.0]}), ["a", "b"]).n
    3
    >>> plain_moments(pd.DataFrame({"a": [1, 2, None]}), ["a"]) is None
    True
    """
    if type(frame).__name__ != "DataFrame" or not hasattr(frame, "columns"):
        return None
    names = list(frame.columns)
    if any(names.count(c) != 1 for c in columns) or len(frame) < 2:
        return None
    parts = [frame[c].to_numpy() for c in columns]
    if any(getattr(part, "dtype", None) is None or part.dtype.kind not in "iuf" for part in parts):
        return None
    rows = np.column_stack([part.astype(np.float64) for part in parts])
    if not np.isfinite(rows).all():
        return None
    return Moments.from_rows(rows, tuple(columns), order=order)
