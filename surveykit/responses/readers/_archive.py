"""An XLSX file as an archive: whether it may be opened, and what its XML says about each cell."""

from __future__ import annotations

import io
import re
import struct
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from posixpath import join, normpath
from typing import Any
from xml.etree.ElementTree import ParseError

from python_calamine import CalamineError

from surveykit.errors import SurveykitError, quote
from surveykit.responses.raw import Limits

__all__ = ["BROKEN", "cells_of_sheet", "inspect"]

BROKEN: tuple[type[Exception], ...] = (
    zipfile.BadZipFile,
    zlib.error,
    ParseError,
    struct.error,
    NotImplementedError,
    EOFError,
    KeyError,
    ValueError,
    OverflowError,
    StopIteration,
    CalamineError,
)
"""What the libraries below raise on a damaged archive."""

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_DTD = [
    mark.encode(code) for mark in ("<!DOCTYPE", "<!ENTITY") for code in ("utf-8", "utf-16-le", "utf-16-be")
]
_HEAD = 65_536
_BEFORE = re.compile(rb"<!--.*?(?:-->|\Z)|<\?.*?(?:\?>|\Z)", re.DOTALL)
_ELEMENT = re.compile(rb"<[A-Za-z_]")
"""What begins within the first bytes of any part that a program wrote: a declaration may hide behind a long comment."""
_MAX_PARTS = 10_000
_BOOKS = frozenset({"[Content_Types].xml", "mimetype", "content.xml", "xl/workbook.xml", "xl/workbook.bin"})
_RATIO, _RATIO_FROM = 150, 50e6
_REFERENCE = re.compile(r"([A-Z]{1,3})([0-9]{1,7})\Z")
_FAULTS = re.compile(rb"""<(?:\w+:)?(?:f|mergeCell)[\s/>]|\bt=["']e["']""")
_VALUES = re.compile(rb"<(?:\w+:)?(?:v|t)[\s>]")
_ROWS = re.compile(rb"""<(?:\w+:)?row\s[^>]*?\br=["'](\d{1,7})["']""")
_COLUMNS = re.compile(rb"""<(?:\w+:)?c\s[^>]*?\br=["']([A-Z]{1,3})\d""")
# The same for elements without a prefix, as nearly all programs write them: a pattern that begins with letters is
# searched for ten times as fast.
_PREFIXED = re.compile(rb":(?:c|row|f|v|t|mergeCell)[\s/>]")
_OWN_FAULTS = (re.compile(rb"<f[\s/>]"), re.compile(rb"<mergeCell[\s/>]"), re.compile(rb"""=["']e["']"""))
_OWN_ROWS = re.compile(rb"""<row\s[^>]*?\br=["'](\d{1,7})["']""")
_OWN_COLUMNS = re.compile(rb"""<c\s[^>]*?\br=["']([A-Z]{1,3})\d""")
_LARGE = 20_000_000
_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"
_LINK = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"


def inspect(path: Path, limits: Limits) -> None:
    """Refuse what is no archive, is encrypted, would unpack to too much, or declares entities."""
    source = str(path)
    with path.open("rb") as file:
        head = file.read(8)
    if head == _OLE:
        raise SurveykitError(
            "the workbook is protected by a password, or it is an old .xls file under a new name",
            source,
            hint="save it without a password as .xlsx",
            code="PASSWORD",
        )
    if not zipfile.is_zipfile(path):
        cut = head.startswith(b"PK\x03\x04")
        raise SurveykitError(
            "the workbook is cut off: it begins well and has no end"
            if cut
            else "this is no XLSX file (XLSX is a ZIP archive)",
            source,
            got=f"{path.stat().st_size:,} bytes" if cut else f"first bytes {head[:4].hex()}",
            hint="copy or download it again" if cut else "if it is text, give it the ending .csv",
            code="DAMAGED",
        )
    with zipfile.ZipFile(path) as archive:
        parts = archive.infolist()
        if not any(p.filename in _BOOKS for p in parts):
            inside = ", ".join(quote(p.filename) for p in parts[:4])
            raise SurveykitError(
                "this is an archive of files, not a workbook",
                source,
                got=inside + (", …" if len(parts) > 4 else "") if parts else "an empty archive",
                hint="unpack it and give the file inside",
                code="OTHER_KIND",
            )
        size, packed = sum(p.file_size for p in parts), sum(p.compress_size for p in parts)
        if any(p.flag_bits & 1 for p in parts):
            raise SurveykitError(
                "the archive is encrypted", source, hint="save it without a password", code="PASSWORD"
            )
        names = Counter(p.filename for p in parts)
        if twice := [name for name, n in names.items() if n > 1]:
            raise SurveykitError(
                "a part stands twice in the archive: programs would read different ones",
                source,
                got=quote(twice[0]),
                hint="open it in a spreadsheet program and save it anew",
                code="DAMAGED",
            )
        too_dense = size > _RATIO_FROM and size > _RATIO * max(packed, 1)
        if too_dense or size > limits.unpacked * 1e6 or len(parts) > _MAX_PARTS:
            raise SurveykitError(
                f"the archive would unpack to {size / 1e6:,.0f} MB in {len(parts):,} parts",
                source,
                expected=f"at most {limits.unpacked:,.0f} MB, {_RATIO} times the packed size",
                hint="save only the table in a new workbook, or raise it with limits=Limits(unpacked=…)",
                code="LIMIT_UNPACKED",
            )
        for part in parts:
            _refuse_entities(archive, part, source)


def _refuse_entities(archive: zipfile.ZipFile, part: zipfile.ZipInfo, source: str) -> None:
    if not part.filename.endswith((".xml", ".rels")):
        return
    with archive.open(part) as file:
        head = file.read(_HEAD)
    begun = _ELEMENT.search(_BEFORE.sub(b"", head.replace(b"\0", b"")))
    if any(mark in head for mark in _DTD) or (begun is None and len(head) == _HEAD):
        raise SurveykitError(
            "the workbook declares a document type or entities, which no spreadsheet program writes",
            source,
            got=part.filename[:40],
            hint="the file may be an attack; ask for a clean one",
            code="DTD",
        )


def cells_of_sheet(
    path: Path, sheet: str, extents: dict[str, tuple[int, int]]
) -> Iterator[tuple[str, str, int, int]]:
    """(fault, reference, row, column) of each cell; fault: "", formula, merged or the error.

    Where the sheet's XML names no fault at all, which one search tells, its last cell stands for all, and is kept in
    ``extents`` for who asks again.
    """
    from defusedxml.ElementTree import iterparse

    if sheet in extents:
        yield "", "", *extents[sheet]
        return
    with zipfile.ZipFile(path) as archive:
        data = archive.read(_part_of(archive, sheet))
    extent = _extent(data)
    if extent is not None:
        extents[sheet] = extent
        yield "", "", *extent
        return
    for _, element in iterparse(io.BytesIO(data), forbid_dtd=True):
        if element.tag == f"{_MAIN}c":
            yield _cell(element)
            element.clear()
        elif element.tag == f"{_MAIN}row":
            element.clear()
        elif element.tag == f"{_MAIN}mergeCell":
            yield "merged", str(element.get("ref", "")), 0, 0


def _extent(data: bytes) -> tuple[int, int] | None:
    """Rows and columns of a sheet without faults; None where the cells must be looked at one by one."""
    if b"\0" in data[:200]:
        return None
    prefixed = _PREFIXED.search(data) is not None
    if (prefixed or any(f.search(data) for f in _OWN_FAULTS)) and _FAULTS.search(data):
        return None
    if not _VALUES.search(data):
        return 0, 0
    rows_in, columns_in = (_ROWS, _COLUMNS) if prefixed else (_OWN_ROWS, _OWN_COLUMNS)
    rows = max(map(int, rows_in.findall(data)), default=0)
    columns = max((_column_number(c.decode()) for c in set(columns_in.findall(data))), default=0)
    return (rows, columns) if rows and columns and rows * columns <= _LARGE else None


def _column_number(letters: str) -> int:
    number = 0
    for letter in letters:
        number = number * 26 + ord(letter) - 64
    return number


def _cell(element: Any) -> tuple[str, str, int, int]:
    at = str(element.get("r", ""))
    value = element.findtext(f"{_MAIN}v") or element.findtext(f"{_MAIN}is/{_MAIN}t") or ""
    formula = element.find(f"{_MAIN}f") is not None
    fault = ""
    if element.get("t") == "e":
        fault = value or "#VALUE!"
    elif formula and not value and element.get("t") != "str":
        fault = "formula"
    parts = _REFERENCE.match(at)
    if not (value or formula):
        return fault, at, 0, 0
    if not parts:  # the standard lets a writer leave references out
        return fault, at, 1, 1
    return fault, at, int(parts.group(2)), _column_number(parts.group(1))


def _part_of(archive: zipfile.ZipFile, sheet: str) -> str:
    """The archive's part that holds a sheet: workbook.xml names its link, the links its path."""
    from defusedxml.ElementTree import fromstring

    book = fromstring(archive.read("xl/workbook.xml"), forbid_dtd=True)
    link = next(s.get(_LINK) for s in book.iter(f"{_MAIN}sheet") if s.get("name") == sheet)
    links = fromstring(archive.read("xl/_rels/workbook.xml.rels"), forbid_dtd=True)
    target = str(next(r.get("Target") for r in links if r.get("Id") == link))
    return target.lstrip("/") if target.startswith("/") else normpath(join("xl", target))
