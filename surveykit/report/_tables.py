"""Tables for other programs: a workbook with real numbers, and CSV that no spreadsheet executes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from surveykit.findings import Number
from surveykit.findings._finding import format_in
from surveykit.format import pick
from surveykit.report._blocks import Cell, TableBlock, as_text

if TYPE_CHECKING:
    from surveykit.report._render import Page

__all__ = ["csv_text", "unescape_csv", "workbook"]

_WORDS = {
    "contents": {"en": "Contents", "zh": "目录"},
    "table": {"en": "Table {n}", "zh": "表{n}"},
}
_NUMBER_FORMATS = {
    "count": "#,##0", "number0": "#,##0", "number1": "#,##0.0", "number2": "#,##0.00", "number3": "#,##0.000",
    "signed0": "+#,##0;-#,##0;0", "signed1": "+#,##0.0;-#,##0.0;0.0", "signed2": "+#,##0.00;-#,##0.00;0.00",
    "unit2": ".00", "unit3": ".000", "percent0": "0%", "percent1": "0.0%", "p": ".000", "p_cell": ".000", "integer": "0",
    "p_full": "0.000", "p_cell_full": "0.000",
}  # fmt: skip
_CONSTANT_DATE = datetime(2000, 1, 1)
_DANGEROUS = re.compile(r"^[=+\-@\t\r\n\0＝＋－＠]")
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def workbook(pages: Sequence[Page], language: str, title: str, seal: str = "") -> bytes:
    """Every table of the pages, one sheet each, after a sheet of contents; the same bytes every time."""
    import xlsxwriter

    memory = io.BytesIO()
    options = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    book = xlsxwriter.Workbook(memory, options)
    book.set_properties(
        {"title": title, "author": "", "company": "", "keywords": seal, "created": _CONSTANT_DATE}
    )
    formats = _Formats(book)
    tables = [b for page in pages for b in page.blocks if isinstance(b, TableBlock)]
    numbered = [(i, b.book or b) for i, b in enumerate(tables, start=1) if b.in_book]
    contents = book.add_worksheet(pick(_WORDS["contents"], language))
    contents.set_column(0, 0, 12)
    contents.set_column(1, 1, 90)
    contents.write_string(0, 0, _clean(title), formats.bold)
    for line, (i, table) in enumerate(numbered, start=2):
        name = pick(_WORDS["table"], language).format(n=i)
        contents.write_string(line, 0, name)
        contents.write_string(line, 1, _clean(_plain(table.caption, language)))
        _sheet(book.add_worksheet(name), name, table, formats, language)
    book.close()
    return memory.getvalue()


class _Formats:
    """The cell formats of one workbook, each made once."""

    def __init__(self, book: Any) -> None:
        self._book = book
        self._made: dict[str, Any] = {}
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self.note = book.add_format({"font_color": "#46515D", "text_wrap": False})

    def number(self, format_: str) -> Any:
        pattern = _NUMBER_FORMATS.get(format_, "General")
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern})
        return self._made[pattern]


def _sheet(sheet: Any, name: str, table: TableBlock, formats: _Formats, language: str) -> None:
    sheet.write_string(0, 0, f"{name}  {_clean(_plain(table.caption, language))}", formats.bold)
    spans = _spans(table)
    at = 0
    for column, head in enumerate(table.columns):
        sheet.write_string(2, at, _clean(_plain(head.title, language)), formats.head)
        for extra in range(1, spans[column]):
            sheet.write_string(2, at + extra, "", formats.head)
        at += spans[column]
    for i, row in enumerate(table.rows, start=3):
        at = 0
        for column, cell in enumerate(row):
            _write(sheet, i, at, cell, formats, language, spans[column])
            at += spans[column]
    for i, note in enumerate(table.notes, start=len(table.rows) + 4):
        sheet.write_string(i, 0, _clean(_plain(note, language)), formats.note)
    sheet.set_column(0, 0, 42)
    sheet.set_column(1, at if table.rows else 1, 13)
    sheet.freeze_panes(3, 1)


def _spans(table: TableBlock) -> list[int]:
    """How many columns of the sheet each column takes: an interval takes two, its ends stay numbers."""
    return [
        max([1, *(sum(isinstance(p, Number) for p in row[c]) for row in table.rows if _pure(row[c]))])
        for c in range(len(table.columns))
    ]


def _pure(cell: Cell) -> bool:
    """Whether a cell holds numbers and nothing but punctuation around them."""
    return all(isinstance(p, Number) or (isinstance(p, str) and not p.strip("[], ()–")) for p in cell)


def _write(sheet: Any, row: int, at: int, cell: Cell, formats: _Formats, language: str, span: int) -> None:
    numbers = [p for p in cell if isinstance(p, Number)]
    if numbers and _pure(cell) and len(numbers) <= span:
        for i, number in enumerate(numbers):
            if isinstance(number.value, int | float):
                sheet.write_number(
                    row, at + i, number.value, formats.number(format_in(number.format, language))
                )
    else:
        sheet.write_string(row, at, _clean(_plain(cell, language)))


def _plain(cell: Cell, language: str) -> str:
    return "".join(as_text(p, language) for p in cell)


def _clean(text: str) -> str:
    """Text that a sheet can hold: no control characters, at most 32,767 characters, an ellipsis where it is cut."""
    clean = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", text)
    return clean if len(clean) <= 32_767 else f"{clean[:32_766]}…"


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV; text that a spreadsheet would take for a formula gets an apostrophe before it.

    :func:`unescape_csv` takes the apostrophe away again. Numbers are never touched.

    >>> csv_text(["name", "x"], [["=1+1", -2.5]])
    "name,x\\r\\n'=1+1,-2.5\\r\\n"
    """
    memory = io.StringIO(newline="")
    writer = csv.writer(memory, lineterminator="\r\n")
    writer.writerow([_guarded(c) for c in columns])
    for row in rows:
        writer.writerow(["" if v is None else _guarded(v) if isinstance(v, str) else v for v in row])
    return memory.getvalue()


def _guarded(text: str) -> str:
    return "'" + text if _DANGEROUS.match(text.lstrip("'")) else text


def unescape_csv(text: str) -> str:
    """The text as it was before :func:`csv_text` guarded it.

    >>> unescape_csv("'=1+1"), unescape_csv("it's")
    ('=1+1', "it's")
    """
    return text[1:] if text.startswith("'") and _DANGEROUS.match(text.lstrip("'")) else text
