"""The short way through a delimited file that leaves nothing to judge.

Where every quotation mark opens or closes a whole cell within its line, a file's records are its lines. Such a file is
split by pyarrow, many times faster than record by record. Whatever is not simple (empty lines, a ragged record, a doubled
mark, a line end in a cell, a cell beyond the limit) is left to the strict reader, which knows the place and the words for it.
"""

from __future__ import annotations

import csv
import re
from array import array
from collections.abc import Sequence
from typing import Any

from surveykit.responses.raw import Limits
from surveykit.responses.table import TextColumns

__all__ = ["simple_records"]

_CHUNK = 1 << 24
_LARGE = 20_000
"""Shorter texts are read as fast by the strict reader."""


def simple_records(
    text: str, delimiter: str, limits: Limits, *, shortest: int = _LARGE
) -> tuple[list[str], TextColumns, array[int], int] | None:
    """Header, cells, the line of each row, blank rows; None where the strict reader has to look."""
    if len(text) < shortest or not delimiter.isascii() or not _closed(text, delimiter):
        return None
    if "\r" in text and text.count("\r") != text.count("\r\n"):
        return None
    first = text.find("\n")
    header = next(csv.reader([text[:first]], delimiter=delimiter), [])
    if first < 0 or not any(map(str.strip, header)):
        return None
    columns = _split(text[first + 1 :], delimiter, len(header))
    if columns is None:
        return None
    lines = text.count("\n", first + 1) + (not text.endswith("\n"))
    rows = len(columns[0])
    if rows != lines or rows > limits.rows or _longest(columns) > limits.cell:
        return None
    places, columns = _without_blank(columns, rows)
    return header, TextColumns.of(columns), places, rows - len(places)


def _closed(text: str, delimiter: str) -> bool:
    """Whether each quotation mark belongs to a cell that begins and ends with one, on one line."""
    marks = text.count('"')
    if not marks:
        return True
    d = re.escape(delimiter)
    # a literal first: the search for it is a hundred times faster than one for a place
    cells = re.compile(rf'"(?:(?<=[{d}\n]")|(?<=\A"))[^"\r\n]*"(?=[{d}\r\n]|\Z)')
    return 2 * sum(1 for _ in cells.finditer(text)) == marks


def _split(body: str, delimiter: str, width: int) -> list[Any] | None:
    import pyarrow as pa
    import pyarrow.csv as pc

    names = [str(i) for i in range(width)]
    try:
        table = pc.read_csv(
            pa.py_buffer(body.encode()),
            pc.ReadOptions(column_names=names, block_size=_CHUNK, use_threads=len(body) > _CHUNK),
            pc.ParseOptions(delimiter=delimiter, quote_char='"', double_quote=False, ignore_empty_lines=True),
            pc.ConvertOptions(column_types=dict.fromkeys(names, pa.string()), strings_can_be_null=False),
        )
    except (pa.ArrowException, UnicodeError, ValueError):
        return None
    return list(table.columns) if table.num_rows else None


def _longest(columns: Sequence[Any]) -> int:
    """Bytes of the longest cell, at least as many as its characters."""
    import pyarrow.compute as pc

    return max(int(pc.max(pc.binary_length(c)).as_py() or 0) for c in columns)


def _without_blank(columns: list[Any], rows: int) -> tuple[array[int], list[Any]]:
    """The line of each row that has a cell, and the columns without the other rows."""
    import numpy as np
    import pyarrow as pa
    import pyarrow.compute as pc

    blank = np.ones(rows, dtype=bool)
    for column in columns:
        blank &= pc.equal(pc.binary_length(column), 0).to_numpy()
        if not blank.any():
            return array("q", range(2, rows + 2)), columns
    kept = pa.array(~blank)
    places = array("q", (np.flatnonzero(~blank) + 2).tolist())
    return places, [c.filter(kept) for c in columns]
