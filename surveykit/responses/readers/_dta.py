"""The numbers of a Stata file straight from its records, which have a fixed width.

pyreadstat calls Python for every cell, which takes seven times as long as pandas takes for the whole file. In the formats
118 and 119 (Stata 14 and later, always UTF-8) a column of numbers without extended missing values and without a date
format is therefore taken from the file as it lies there; everything else, and whatever looks odd, stays with pyreadstat. The
layout is that of Stata's own description (``help dta``).
"""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["plain_numbers"]

_HEADER = re.compile(
    rb"<stata_dta><header><release>(118|119)</release><byteorder>(LSF|MSF)</byteorder><K>(..|....)</K><N>(.{8})</N>",
    re.DOTALL,
)
_MAP = re.compile(rb"<map>(.{112})</map>", re.DOTALL)
_TYPES, _NAMES, _FORMATS, _DATA = 2, 3, 5, 9
_NAME, _FORMAT = 129, 57
_LONGEST_TEXT = 2_045
_LONG_TEXT = 32_768
_KINDS = {65_530: "i1", 65_529: "i2", 65_528: "i4", 65_527: "f4", 65_526: "f8"}
_FIRST_MISSING = {"i1": 101, "i2": 32_741, "i4": 2_147_483_621, "f4": 2.0**127, "f8": 2.0**1023}
"""The system missing value of each type; the 26 extended ones lie above."""
_PLAIN_FORMAT = re.compile(rb"%[-~]?0?\d+[.,]\d+[gfe]c?")


def plain_numbers(path: Path) -> tuple[list[str], dict[str, NDArray[Any]]] | None:
    """The names of all columns and the plain numbers among them: float64, or int64 where nothing is missing.

    None where the file is of another format, or not laid out as it should be.
    """
    try:
        memory = np.memmap(path, np.uint8, mode="r")
        return _read(memory)
    except (OSError, ValueError, UnicodeDecodeError, OverflowError):
        return None


def _read(memory: NDArray[np.uint8]) -> tuple[list[str], dict[str, NDArray[Any]]] | None:
    head = memory[:100_000].tobytes()
    header, places = _HEADER.match(head), _MAP.search(head)
    if header is None or places is None:
        return None
    order = "<" if header[2] == b"LSF" else ">"
    columns, rows = (int(np.frombuffer(part, f"{order}u{len(part)}")[0]) for part in (header[3], header[4]))
    at = [int(v) for v in np.frombuffer(places[1], f"{order}u8")]
    types = _section(memory, at[_TYPES], b"<variable_types>", 2 * columns)
    names = _section(memory, at[_NAMES], b"<varnames>", _NAME * columns)
    formats = _section(memory, at[_FORMATS], b"<formats>", _FORMAT * columns)
    if types is None or names is None or formats is None:
        return None
    kinds = [int(v) for v in np.frombuffer(types, f"{order}u2")]
    widths = [_width(kind) for kind in kinds]
    if None in widths:
        return None
    width = sum(w or 0 for w in widths)
    start = at[_DATA] + len(b"<data>")
    if _section(memory, at[_DATA], b"<data>", 0) is None or start + rows * width + len(b"</data>") > len(
        memory
    ):
        return None
    known = [_text(names, i, _NAME).decode("utf-8") for i in range(columns)]
    found: dict[str, NDArray[Any]] = {}
    place = start
    for i, (kind, wide) in enumerate(zip(kinds, widths, strict=True)):
        if kind in _KINDS and _PLAIN_FORMAT.fullmatch(_text(formats, i, _FORMAT)):
            cells = np.ndarray((rows,), f"{order}{_KINDS[kind]}", memory, place, (width,))
            values = _numbers(cells, _KINDS[kind])
            if values is not None:
                found[known[i]] = values
        place += wide or 0
    return (known, found) if len(set(known)) == columns else None


def _section(memory: NDArray[np.uint8], at: int, tag: bytes, length: int) -> bytes | None:
    """The bytes behind a tag; None where the tag does not stand there or the file ends before."""
    if at + len(tag) + length > len(memory) or memory[at : at + len(tag)].tobytes() != tag:
        return None
    return memory[at + len(tag) : at + len(tag) + length].tobytes()


def _width(kind: int) -> int | None:
    if kind in _KINDS:
        return int(_KINDS[kind][1])
    if kind == _LONG_TEXT:
        return 8
    return kind if 0 < kind <= _LONGEST_TEXT else None


def _text(table: bytes, i: int, width: int) -> bytes:
    return table[i * width : (i + 1) * width].split(b"\0", 1)[0]


def _numbers(cells: NDArray[Any], kind: str) -> NDArray[Any] | None:
    """The cells as numbers, NaN for the system missing value; None where there is another missing value."""
    missing = _FIRST_MISSING[kind]
    gone = cells >= missing
    if (cells[gone] > missing).any() or (kind[0] == "f" and not np.isfinite(cells).all()):
        return None
    if kind[0] == "i" and not gone.any():
        return cells.astype(np.int64)
    values = cells.astype(np.float64)
    values[gone] = np.nan
    return values
