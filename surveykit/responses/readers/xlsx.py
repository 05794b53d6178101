"""Excel workbooks: the archive is inspected before it is opened, cells become text as they are shown.

What Excel hides is said aloud: error cells, formulas without a stored result, merged cells, hidden
sheets and several sheets with data are findings, never gaps.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import Problems, SurveykitError, Where, quote
from surveykit.responses.exports import tabulated
from surveykit.responses.raw import Limits, Raw, ReaderOptions, check_shape, readers
from surveykit.responses.readers._archive import BROKEN, cells_of_sheet, inspect
from surveykit.responses.spreadsheets import HEAD_ROWS, choose_sheet, heading
from surveykit.responses.table import TextColumns

__all__ = ["names_of", "raw_of_grid", "read_xlsx", "sheets_of"]


@readers.register(
    "xlsx",
    title={"en": "Excel workbook", "zh": "Excel工作簿"},
    reference="ECMA-376, cells through python-calamine",
    evidence="brute force: workbooks written by the tests, with each fault of RELIABILITY B",
    example="surveykit.read('answers.xlsx', 'ecsi')",
    suffixes=(".xlsx", ".xlsm"),
    takes=("sheet", "platform"),
)
def read_xlsx(path: Path, options: ReaderOptions) -> Raw:
    """One sheet of a workbook as a table of text cells."""
    import python_calamine

    source = str(path)
    try:
        inspect(path, options.limits)
        book = python_calamine.CalamineWorkbook.from_path(source)
        extents: dict[str, tuple[int, int]] = {}
        name, warnings = _choose(book, path, options.sheet, extents)
        merged = _check_cells(path, name, options.limits, extents)
        grid = book.get_sheet_by_name(name).to_python(skip_empty_area=False)
    except BROKEN as error:
        raise SurveykitError(
            "the workbook cannot be read: it is damaged or no XLSX file",
            source,
            got=str(error)[:120],
            hint="open it in a spreadsheet program and save it again as .xlsx",
            code="DAMAGED",
        ) from None
    raw, names_end = raw_of_grid(grid, source, name, warnings, options)
    _refuse_merged(merged, names_end, source, name)
    return raw


def raw_of_grid(
    grid: Sequence[Sequence[Any]], source: str, name: str, warnings: Sequence[str], options: ReaderOptions
) -> tuple[Raw, int]:
    """The values of a sheet as a table of text cells, and the last row that holds column names (from 1)."""
    filled = [(i + 1, row) for i, row in enumerate(map(_Texts().row, grid)) if any(row)]
    if not filled:
        raise SurveykitError("the sheet is empty", Where(source, sheet=name), code="EMPTY_FILE")
    first, header = filled[0]
    cells = TextColumns(len(header))
    for _, row in filled[1:]:
        cells.add(row)
    lines = [line for line, _ in filled[1:]]
    above, names = heading([row for _, row in filled[: HEAD_ROWS + 1]])
    table, facts = tabulated(header, cells, lines, source, name, options.platform, options.keep_unfinished)
    check_shape(len(filled) - 1, len(header), options.limits, f"{source}, sheet {quote(name)}")
    raw = Raw(
        table,
        sheet=name,
        text_cells=True,
        blank=filled[-1][0] - first + 1 - len(filled),
        **{**facts, "warnings": (*warnings, *facts["warnings"])},
    )
    return raw, filled[above + names - 1][0]


def _choose(
    book: Any, path: Path, wanted: str | None, extents: dict[str, tuple[int, int]]
) -> tuple[str, list[str]]:
    visible, hidden = sheets_of(book)
    return choose_sheet(
        str(path),
        visible,
        hidden,
        lambda sheet: _extent(path, sheet, extents),
        lambda sheet: names_of(book, sheet),
        wanted,
    )


def names_of(book: Any, sheet: str) -> list[str]:
    """The first row of a sheet."""
    rows = book.get_sheet_by_name(sheet).to_python(nrows=1)
    return [_text(v) for v in rows[0]] if rows else []


def sheets_of(book: Any) -> tuple[list[str], list[str]]:
    """The visible sheets of a workbook and the hidden ones."""
    from python_calamine import SheetVisibleEnum

    visible = [m.name for m in book.sheets_metadata if m.visible == SheetVisibleEnum.Visible]
    return visible, [m.name for m in book.sheets_metadata if m.name not in visible]


def _extent(path: Path, sheet: str, extents: dict[str, tuple[int, int]]) -> tuple[int, int]:
    """The last row and the last column of a sheet that hold anything."""
    rows = columns = 0
    for _, _, row, column in cells_of_sheet(path, sheet, extents):
        rows, columns = max(rows, row), max(columns, column)
    return rows, columns


def _check_cells(path: Path, sheet: str, limits: Limits, extents: dict[str, tuple[int, int]]) -> list[str]:
    """Findings that a reader of values cannot see, and the sheet's true size. Gives the merged cells."""
    source, problems = str(path), Problems()
    rows = columns = 0
    merged: list[str] = []
    for fault, at, row, column in cells_of_sheet(path, sheet, extents):
        rows, columns = max(rows, row), max(columns, column)
        where = Where(source, sheet=sheet, key=f"cell {at}")
        if fault == "merged":
            merged.append(at)
        elif fault == "formula":
            problems.add(
                "a formula without a stored result",
                where,
                hint="open the file in a spreadsheet program, let it calculate, save it",
                code="FORMULA_NO_VALUE",
            )
        elif fault:
            problems.add(
                "an error value", where, got=quote(fault), hint="mend the formula", code="ERROR_CELL"
            )
    check_shape(max(rows, 2), columns, limits, f"{source}, sheet {quote(sheet)}")
    if rows * columns > 50_000_000:
        raise SurveykitError(
            f"the sheet reaches to row {rows:,} and column {columns:,}",
            Where(source, sheet=sheet),
            hint="delete the stray cells far outside the table",
            code="LIMIT_CELLS",
        )
    problems.raise_if_any()
    return merged


def _refuse_merged(merged: Sequence[str], names_end: int, source: str, sheet: str) -> None:
    """Merged cells among the answers; above them exports write a title, or a question over its columns."""
    problems = Problems()
    for cells in merged:
        last = max(int("".join(c for c in corner if c.isdigit()) or 0) for corner in cells.split(":"))
        if last > max(names_end, 1):
            problems.add(
                "merged cells: only the first of them holds a value",
                Where(source, sheet=sheet, key=f"cells {cells}"),
                hint="unmerge them and fill each cell",
                code="MERGED_CELLS",
            )
    problems.raise_if_any()


class _Texts(dict[float, str]):
    """The text of numbers, each made once: a sheet of answers holds few different ones."""

    def row(self, cells: Sequence[Any]) -> list[str]:
        """One row as text."""
        return [
            v if (kind := type(v)) is str else self[v] if kind is float and v else _text(v) for v in cells
        ]

    def __missing__(self, value: float) -> str:
        self[value] = text = _text(value)
        return text


def _text(value: Any) -> str:
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return f"{value:.0f}" if value.is_integer() and abs(value) < 1e15 else repr(value)
    if isinstance(value, dt.datetime):
        return value.date().isoformat() if value.time() == dt.time() else value.isoformat(sep=" ")
    return str(value) if value is not None else ""
