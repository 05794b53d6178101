"""What spreadsheets do to a table of answers: dates that became numbers, and further tables below the answers."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from surveykit.errors import quote

__all__ = ["dated", "second_table"]

_START = datetime(1899, 12, 30)  # Excel's day 0, its 29 February 1900 taken into account
_FIRST, _LAST = 25569.0, 73051.0  # 1970 to 2100
_DATED = re.compile(
    r"\b(?:date|time ?stamp|started|submitted|completed|recorded|created|start|end|submission)\b.*(?:date|time|at|on|utc)?$"
    r"|datum|fecha|日期|时间|時間|日付|birth|geburt|naissance",
    re.IGNORECASE,
)
_NOT = re.compile(r"duration|taken|seconds|minutes|how (?:many|long|much)|用时|用時|时长|秒", re.IGNORECASE)
_NUMBER = re.compile(r"\d{5}(?:\.\d+)?")
_FEWER = 0.5
_MOST = 200
_SEEN = 1000
_VALUE = re.compile(r"[+-]?\d+(?:[.,]\d+)?")


def dated(table: Any) -> tuple[Any, tuple[str, ...]]:
    """The table with the serial numbers of spreadsheets as dates, where a column's name speaks of dates.

    A column of text cells is taken where all that is filled is a number of days from 1970 to 2100 (25569 to 73051);
    each is named in a warning.
    """
    import pyarrow as pa

    warnings = []
    for at, name in enumerate(table.schema.names):
        if not _DATED.search(name.replace("_", " ")) or _NOT.search(name):
            continue
        cells = table.column(at).to_pylist()
        filled = [c for c in cells if c and c.strip()]
        if not filled or not all(_serial(c) for c in filled):
            continue
        told = pa.array([_date(c) if c and c.strip() else c for c in cells], pa.string())
        table = table.set_column(at, name, told)
        warnings.append(
            f"column {quote(name)}: {len(filled)} serial numbers of a spreadsheet read as dates, for instance "
            f"{filled[0].strip()} → {_date(filled[0])}"
        )
    return table, tuple(warnings)


def _serial(cell: str) -> bool:
    return bool(_NUMBER.fullmatch(cell.strip())) and _FIRST <= float(cell) < _LAST


def _date(cell: str) -> str:
    moment = _START + timedelta(seconds=round(float(cell) * 86400))
    return f"{moment:%Y-%m-%d}" if moment.time().isoformat() == "00:00:00" else f"{moment:%Y-%m-%d %H:%M:%S}"


def second_table(table: Any, lines: Sequence[int]) -> tuple[str, ...]:
    """A warning where rows below blank lines are of another kind: notes or another table, counted as respondents.

    Of another kind: they fill at most half as many columns, or hold words where all numbers stood before.
    """
    import numpy as np
    import pyarrow.compute as pc

    at = np.asarray(lines, dtype=np.int64)
    gaps = np.flatnonzero(np.diff(at) > 1) + 1
    gaps = gaps[len(at) - gaps <= max(_MOST, len(at) // 2)]
    if not len(gaps):
        return ()
    filled = np.zeros(len(at))
    for column in table.columns:
        filled += pc.greater(pc.binary_length(pc.fill_null(column, "")), 0).to_numpy()
    for gap in map(int, gaps):
        above, below = filled[:gap].mean(), filled[gap:].mean()
        if below <= _FEWER * above or _words_below(table, gap):
            return (
                f"{len(at) - gap} rows from line {int(at[gap])} on stand below blank lines and are of another kind: notes or a "
                "second table? They count as respondents until they are deleted",
            )
    return ()


def _words_below(table: Any, gap: int) -> bool:
    """Whether a column of numbers holds nothing but words from row ``gap`` on."""
    for column in table.columns:
        above = [c for c in column.slice(0, min(gap, _SEEN)).to_pylist() if c and c.strip()]
        below = [c for c in column.slice(gap, _SEEN).to_pylist() if c and c.strip()]
        numbers = len(above) > 1 and all(_VALUE.fullmatch(c.strip()) for c in above)
        if numbers and below and not any(_VALUE.fullmatch(c.strip()) for c in below):
            return True
    return False
