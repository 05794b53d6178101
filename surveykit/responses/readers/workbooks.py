"""Workbooks of other formats: Excel 97 to 2003, binary Excel, OpenDocument. Cells through python-calamine, as in XLSX.

What stands behind a cell (an error, a formula without a result) shows in an XLSX file only; here a warning says so.
"""

from __future__ import annotations

import zipfile
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError, Where
from surveykit.responses.raw import Limits, Raw, ReaderOptions, readers
from surveykit.responses.readers._archive import BROKEN, inspect
from surveykit.responses.readers.xlsx import names_of, raw_of_grid, sheets_of
from surveykit.responses.spreadsheets import choose_sheet

__all__ = ["read_workbook"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_ENCRYPTED = "EncryptedPackage".encode("utf-16-le")
_MOST_CELLS = 50_000_000


@readers.register(
    "workbook",
    title={
        "en": "Excel 97–2003, binary and OpenDocument workbooks",
        "zh": "Excel 97–2003、二进制及OpenDocument工作簿",
    },
    reference="BIFF8, MS-XLSB and OpenDocument, cells through python-calamine",
    evidence="brute force: workbooks written by the tests",
    example="surveykit.read('answers.xls', 'ecsi')",
    suffixes=(".xls", ".xlsb", ".ods"),
    takes=("sheet", "platform"),
)
def read_workbook(path: Path, options: ReaderOptions) -> Raw:
    """One sheet of a workbook as a table of text cells."""
    import python_calamine

    source = str(path)
    _inspect(path, options.limits)
    try:
        book = python_calamine.CalamineWorkbook.from_path(source)
        visible, hidden = sheets_of(book)
        name, warnings = choose_sheet(
            source,
            visible,
            hidden,
            lambda sheet: _extent(_grid(book, sheet, source)),
            lambda sheet: names_of(book, sheet),
            options.sheet,
        )
        grid = _grid(book, name, source)
    except BROKEN as error:
        locked = "password" in str(error).casefold() or "encrypt" in str(error).casefold()
        raise SurveykitError(
            "the workbook is protected by a password"
            if locked
            else "the workbook cannot be read: it is damaged",
            source,
            got="" if locked else str(error)[:120],
            hint="save it without a password as .xlsx"
            if locked
            else "open it in a spreadsheet program and save it as .xlsx",
            code="PASSWORD" if locked else "DAMAGED",
        ) from None
    said = "errors and formulas without a result cannot be told from blanks in this format; save as .xlsx where there are any"
    return raw_of_grid(grid, source, name, [*warnings, said], options)[0]


def _inspect(path: Path, limits: Limits) -> None:
    """Refuse what is no workbook, or is encrypted, or would unpack to too much."""
    with path.open("rb") as file:
        head = file.read(8)
    if zipfile.is_zipfile(path):
        inspect(path, limits)
    elif head != _OLE:
        text = head.lstrip(b"\xef\xbb\xbf \r\n").startswith(b"<")
        raise SurveykitError(
            "this is a web page under the name of a workbook" if text else "this is no workbook",
            str(path),
            got=f"first bytes {head[:4].hex()}",
            hint="open it in a spreadsheet program and save it as .xlsx"
            if text
            else "if it is text, give it the ending .csv",
            code="DAMAGED",
        )
    elif _ENCRYPTED in path.read_bytes():
        raise SurveykitError(
            "the workbook is protected by a password",
            str(path),
            hint="save it without a password as .xlsx",
            code="PASSWORD",
        )


def _extent(grid: Sequence[Sequence[Any]]) -> tuple[int, int]:
    """The last row and the last column that hold anything."""
    rows = [i + 1 for i, row in enumerate(grid) if any(c != "" for c in row)]
    columns = [j + 1 for row in grid for j, c in enumerate(row) if c != ""]
    return max(rows, default=0), max(columns, default=0)


def _grid(book: Any, sheet: str, source: str) -> list[list[Any]]:
    found = book.get_sheet_by_name(sheet)
    if found.total_height * found.total_width > _MOST_CELLS:
        raise SurveykitError(
            f"the sheet reaches to row {found.total_height:,} and column {found.total_width:,}",
            Where(source, sheet=sheet),
            hint="delete the stray cells far outside the table",
            code="LIMIT_CELLS",
        )
    grid: list[list[Any]] = found.to_python(skip_empty_area=False)
    return grid
