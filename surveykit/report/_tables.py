"""Tables for other programs: a workbook with real numbers, and CSV that no spreadsheet executes."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from surveykit.files import inert, live
from surveykit.findings import Number
from surveykit.findings._finding import format_in
from surveykit.format import pick
from surveykit.report._blocks import Cell, Stat, TableBlock, as_text
from surveykit.report._office import fixed_bytes
from surveykit.report._office_theme import office_fonts
from surveykit.report._theme import Theme
from surveykit.report.charts._base import display_width

if TYPE_CHECKING:
    from surveykit.report._render import Page

__all__ = ["csv_text", "unescape_csv", "workbook"]

_WORDS = {
    "contents": {"en": "Contents", "zh": "目录"},
    "table": {"en": "Table {n}", "zh": "表{n}"},
    "low": {"en": ", low", "zh": "（下限）"},
    "high": {"en": ", high", "zh": "（上限）"},
    "cut": {
        "en": "Texts that a cell cannot hold whole are cut after 32,766 characters and end with …: {n}.",
        "zh": "超出单元格容量的文字在第32,766个字符处截断，以“…”结尾：{n}处。",
    },
    "unfit": {
        "en": "Texts with characters that a workbook cannot hold, which are shown as �: {n}.",
        "zh": "含有工作簿无法容纳的字符（以�表示）的文字：{n}处。",
    },
}
_NUMBER_FORMATS = {
    "count": "#,##0", "number0": "#,##0", "number1": "#,##0.0", "number2": "#,##0.00", "number3": "#,##0.000",
    "signed0": "+#,##0;-#,##0;0", "signed1": "+#,##0.0;-#,##0.0;0.0", "signed2": "+#,##0.00;-#,##0.00;0.00",
    "unit2": ".00", "unit3": ".000", "percent0": "0%", "percent1": "0.0%", "p": ".000", "p_cell": ".000", "integer": "0",
    "p_full": "0.000", "p_cell_full": "0.000",
}  # fmt: skip
_LONGEST, _WIDEST = 32_767, 60
"""Characters that a cell holds; the widest column, in characters: longer texts run over several lines."""
_CONSTANT_DATE = datetime(2000, 1, 1)
_CONTROL = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def workbook(
    pages: Sequence[Page], language: str, title: str, seal: str = "", bases: Mapping[str, int] | None = None
) -> bytes:
    """Every table of the pages, one sheet each, after a sheet of contents; the same bytes every time.

    ``bases`` are the answers behind tables, by id; they stand under those that have no column of them.
    """
    import xlsxwriter

    memory = io.BytesIO()
    options: dict[str, Any] = {
        "in_memory": True,
        "strings_to_formulas": False,
        "strings_to_urls": False,
        "strings_to_numbers": False,
    }
    if language != "en":  # a font with Han characters, which the default one lacks
        options["default_format_properties"] = {
            "font_name": office_fonts(Theme(), language)[1],
            "font_size": 10,
        }
    book = xlsxwriter.Workbook(memory, options)
    book.set_properties(
        {"title": title, "author": "", "company": "", "keywords": seal, "created": _CONSTANT_DATE}
    )
    writer = _Writer(book, language)
    tables = [b for page in pages for b in page.blocks if isinstance(b, TableBlock)]
    numbered = [(i, b.book or b) for i, b in enumerate(tables, start=1) if b.in_book]
    contents = book.add_worksheet(pick(_WORDS["contents"], language))
    contents.set_column(0, 0, 12)
    contents.set_column(1, 1, 90)
    contents.write_string(0, 0, writer.text((title,)), writer.bold)
    for line, (i, table) in enumerate(numbered, start=2):
        name = pick(_WORDS["table"], language).format(n=i)
        contents.write_url(line, 0, f"internal:'{name}'!A1", writer.link, name)
        contents.write_string(line, 1, writer.text(table.caption), writer.long)
        writer.sheet(book.add_worksheet(name), name, table, (bases or {}).get(table.id))
    for line, (name, n) in enumerate(writer.changed(), start=len(numbered) + 3):
        contents.write_string(line, 1, pick(_WORDS[name], language).format(n=n), writer.note)
    book.close()
    return fixed_bytes(memory.getvalue())


class _Writer:
    """Writes the sheets of one workbook; keeps its formats and counts the texts that no sheet holds as they are."""

    def __init__(self, book: Any, language: str) -> None:
        self._book, self._language = book, language
        self._made: dict[str, Any] = {}
        self._cut = self._unfit = 0
        self.bold = book.add_format({"bold": True})
        self.head = book.add_format({"bold": True, "bottom": 1, "text_wrap": True, "valign": "bottom"})
        self.note = book.add_format({"font_color": "#46515D", "text_wrap": False})
        self.link = book.add_format({"font_color": "#1F5FA8", "underline": 1, "valign": "top"})
        self.long = book.add_format({"text_wrap": True, "valign": "top"})

    def changed(self) -> list[tuple[str, int]]:
        """What became of texts that a sheet cannot hold, with how many there were."""
        return [(name, n) for name, n in (("cut", self._cut), ("unfit", self._unfit)) if n]

    def text(self, cell: Cell) -> str:
        """Text that a sheet can hold: no control characters, at most 32,767 characters, an ellipsis where it is cut."""
        plain = "".join(as_text(p, self._language) for p in cell)
        clean = _CONTROL.sub("\N{REPLACEMENT CHARACTER}", plain)
        self._unfit += clean != plain
        self._cut += len(clean) > _LONGEST
        return clean if len(clean) <= _LONGEST else f"{clean[: _LONGEST - 1]}…"

    def sheet(self, sheet: Any, name: str, table: TableBlock, base: int | None = None) -> None:
        """One table: its caption, its head, its rows, its base, its notes."""
        sheet.write_string(0, 0, f"{name}  {self.text(table.caption)}"[:_LONGEST], self.bold)
        spans = _spans(table)
        places = [sum(spans[:column]) for column in range(len(spans))]
        widths = [0] * sum(spans)
        for at, head, span in zip(places, table.columns, spans, strict=True):
            words = self.text(head.title)
            ends = [f"{words}{pick(_WORDS[end], self._language)}" for end in ("low", "high")]
            for extra, title in enumerate(ends if span == 2 else [words, *[""] * (span - 1)]):
                sheet.write_string(2, at + extra, title, self.head)
        for i, row in enumerate(table.rows, start=3):
            for at, cell, span in zip(places, row, spans, strict=True):
                widths[at] = max(widths[at], self._cell(sheet, i, at, cell, span))
        below = len(table.rows) + 4
        if base is not None and not any(Stat("n") in head.title for head in table.columns):
            sheet.write_string(below, 0, "n", self.note)
            sheet.write_number(below, 1, base, self._number("count"))
            below += 1
        for i, note in enumerate(table.notes, start=below):
            sheet.write_string(i, 0, self.text(note), self.note)
        for at, width in enumerate(widths):
            sheet.set_column(at, at, min(max(width + 2, 13 if at else 28), _WIDEST))
        sheet.freeze_panes(3, 1)

    def _cell(self, sheet: Any, row: int, at: int, cell: Cell, span: int) -> int:
        """Write a cell, numbers as numbers; the width of its text."""
        numbers = [p for p in cell if isinstance(p, Number)]
        if numbers and _pure(cell) and len(numbers) <= span:
            for i, number in enumerate(numbers):
                if isinstance(number.value, int | float):
                    sheet.write_number(row, at + i, number.value, self._number(number.format))
            return 0
        text = self.text(cell)
        width = display_width(text)
        sheet.write_string(row, at, text, self.long if width > _WIDEST else None)
        return width

    def _number(self, format_: str) -> Any:
        pattern = _NUMBER_FORMATS.get(format_in(format_, self._language), "General")
        if pattern not in self._made:
            self._made[pattern] = self._book.add_format({"num_format": pattern, "valign": "top"})
        return self._made[pattern]


def _spans(table: TableBlock) -> list[int]:
    """How many columns of the sheet each column takes: an interval takes two, its ends stay numbers."""
    return [
        max([1, *(sum(isinstance(p, Number) for p in row[c]) for row in table.rows if _pure(row[c]))])
        for c in range(len(table.columns))
    ]


def _pure(cell: Cell) -> bool:
    """Whether a cell holds numbers and nothing but punctuation around them."""
    return all(isinstance(p, Number) or (isinstance(p, str) and not p.strip("[], ()–")) for p in cell)


def csv_text(columns: Sequence[str], rows: Iterable[Sequence[Any]]) -> str:
    """Rows as CSV; text that a spreadsheet would take for a formula gets an apostrophe before it.

    :func:`unescape_csv` takes the apostrophe away again. Numbers are never touched.

    >>> csv_text(["name", "x"], [["=1+1", -2.5]])
    "name,x\\r\\n'=1+1,-2.5\\r\\n"
    """
    memory = io.StringIO(newline="")
    writer = csv.writer(memory, lineterminator="\r\n")
    writer.writerow([inert(c) for c in columns])
    for row in rows:
        writer.writerow(["" if v is None else inert(v) if isinstance(v, str) else v for v in row])
    return memory.getvalue()


def unescape_csv(text: str) -> str:
    """The text as it was before :func:`csv_text` guarded it.

    >>> unescape_csv("'=1+1"), unescape_csv("it's")
    ('=1+1', "it's")
    """
    return live(text)
