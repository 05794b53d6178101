"""What spreadsheets do to a table of answers: titles above it, names in two rows, dates as numbers, further tables below."""

from __future__ import annotations

import re
from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any

from surveykit.errors import SurveykitError, did_you_mean, quote

__all__ = ["HEAD_ROWS", "choose_sheet", "dated", "heading", "joined_names", "second_table"]

HEAD_ROWS = 12
_TABLE = 3
"""A sheet of fewer columns beside one of more is a note."""
_WIDE = 0.6

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


def choose_sheet(
    source: str,
    visible: Sequence[str],
    hidden: Sequence[str],
    extent: Callable[[str], tuple[int, int]],
    names: Callable[[str], Sequence[str]],
    wanted: str | None,
) -> tuple[str, list[str]]:
    """The sheet that holds the answers, and what was not read.

    ``extent`` gives a sheet's rows and columns, ``names`` its first row. Without ``wanted`` it is the only visible sheet
    that holds anything, or the only one that is a table beside notes and beside the repeated groups of forms, whose rows
    name a row of another sheet as their parent.
    """
    if wanted is not None:
        every = [*visible, *hidden]
        if wanted not in every:
            raise SurveykitError(
                f"no sheet {quote(wanted)}", source, hint=did_you_mean(wanted, every), code="NO_SHEET"
            )
        return wanted, []
    filled = {s: size for s in visible if min(size := extent(s)) > 0}
    tables = [s for s, (_, columns) in filled.items() if columns >= _TABLE]
    repeated = [s for s in tables if len(tables) > 1 and _PARENT & {n.strip().casefold() for n in names(s)}]
    alone = [s for s in tables if s not in repeated]
    if len(filled) == 1 or len(alone) == 1:
        name = (alone or list(filled))[0]
        notes = [s for s in filled if s != name and s not in repeated]
        kinds = {
            "hidden sheets": hidden,
            "sheets of one or two columns": notes,
            "sheets of repeated groups": repeated,
        }
        return name, [f"{k} were not read: {', '.join(map(quote, s))}" for k, s in kinds.items() if s]
    listed = alone or list(filled) or list(hidden)
    if len(listed) > 1 and all(map(_QUESTION.fullmatch, listed)):
        raise SurveykitError(
            "one sheet per question: a summary of shares and counts, not one row per respondent",
            source,
            got=", ".join(quote(s) for s in listed[:4]),
            hint="export the responses: SurveyMonkey: Save as > Export file > All individual responses; "
            f"if a sheet does hold answers, name it: --sheet {quote(listed[0])}",
            code="SUMMARY",
        )
    raise SurveykitError(
        "several sheets hold data"
        if filled
        else "no visible sheet holds data" + ("; hidden ones exist" if hidden else ""),
        source,
        got=", ".join(quote(s) for s in listed[:12]),
        hint=f"name one: --sheet {quote(listed[0])}, in Python sheet={quote(listed[0])}" if listed else "",
        code="SHEETS",
    )


_QUESTION = re.compile(
    r"(?:Question|Frage|Pregunta|Pergunta|Domanda|Vraag|问题|題目|Q|質問|Вопрос) ?\d+", re.IGNORECASE
)
_PARENT = frozenset({"_parent_index", "_parent_table_name", "parent_key", "__submissions-id"})


def heading(rows: Sequence[Sequence[str]]) -> tuple[int, int]:
    """How many of the first rows of a table stand above its column names, and how many hold these names (1 or 2).

    A title is a row with one cell (in wide tables up to a quarter of them) above a row of different words that fills the
    table. Names stand in two rows where a cell of the first spans several of the second and the second is blank
    elsewhere. In any other case the first row holds the names.

    >>> heading([["Survey 2026", "", ""], ["id", "age", "city"], ["1", "30", "Rome"]])
    (1, 1)
    >>> heading([["id", "Rate us", ""], ["", "price", "staff"], ["1", "5", "4"]])
    (0, 2)
    >>> heading([["id", "age"], ["1", "30"]])
    (0, 1)
    """
    filled = [[bool(c.strip()) for c in row] for row in rows[:HEAD_ROWS]]
    width = max((sum(row) for row in filled), default=0)
    at = 0
    while at + 2 < len(filled) and sum(filled[at]) <= max(1, width // 4) and width > 2:
        at += 1
    if at and not _are_names(rows[at], width):
        at = 0
    return at, 2 if at + 2 < len(filled) and _spans(rows[at], rows[at + 1]) else 1


def _are_names(row: Sequence[str], width: int) -> bool:
    names = [c.strip() for c in row if c.strip()]
    return (
        len(names) >= _WIDE * width
        and len(set(names)) == len(names)
        and not any(_VALUE.fullmatch(n) for n in names)
    )


def _spans(above: Sequence[str], below: Sequence[str]) -> bool:
    """Whether cells of the first row of names span those of the second."""
    over = [c.strip() for c in above]
    under = [c.strip() for c in below]
    if not over or not over[0] or any(_VALUE.fullmatch(c) for c in (*over, *under)):
        return False
    spans = 0
    for i, (name, part) in enumerate(zip(over, under, strict=True)):
        inside = not name or (i + 1 < len(over) and not over[i + 1])
        if inside != bool(part) and not (not name and not part):
            return False
        spans += inside and bool(part)
    return spans > 1


def joined_names(above: Sequence[str], below: Sequence[str]) -> tuple[list[str], dict[str, str]]:
    """Names from two rows, and the words that columns of one span share, by name.

    >>> joined_names(["id", "Rate us", ""], ["", "price", "staff"])
    (['id', 'Rate us – price', 'Rate us – staff'], {'Rate us – price': 'Rate us', 'Rate us – staff': 'Rate us'})
    """
    names, shared, stem = [], {}, ""
    for over, under in zip(above, below, strict=True):
        stem = " ".join(over.split()) or stem
        part = " ".join(under.split())
        names.append(f"{stem} – {part}" if part else " ".join(over.split()))
        if part:
            shared[names[-1]] = stem
    return names, shared


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
