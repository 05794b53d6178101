"""Rows of text cells to a table, once the header is fit to name its columns."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, SurveykitError, Where, quote

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TextColumns", "TextTable", "check_names", "plain_table", "text_table"]

_NUMBER = re.compile(r"[+-]?\d+([.,]\d+)?\Z")


@dataclass(frozen=True, slots=True)
class TextTable:
    """A pyarrow table of text columns with what had to be decided about its header."""

    data: pa.Table
    guesses: tuple[str, ...]
    warnings: tuple[str, ...]


class TextColumns:
    """Rows of text cells, kept by column in blocks: a tenth of the memory of lists of lists."""

    _BLOCK = 20_000

    def __init__(self, width: int) -> None:
        self.width, self.n = width, 0
        self._rows: list[Sequence[str]] = []
        self._blocks: list[list[Any]] = [[] for _ in range(width)]

    @classmethod
    def of(cls, columns: Sequence[Any]) -> TextColumns:
        """Columns that are pyarrow chunked arrays of text already."""
        made = cls(len(columns))
        made.n = len(columns[0])
        made._blocks = [list(c.chunks) for c in columns]
        return made

    def add(self, row: Sequence[str]) -> None:
        """One more row, of the width of the header."""
        self._rows.append(row)
        self.n += 1
        if len(self._rows) >= self._BLOCK:
            self._pack()

    def finish(self) -> list[Any]:
        """The columns as pyarrow chunked arrays."""
        import pyarrow as pa

        self._pack()
        return [pa.chunked_array(blocks, pa.string()) for blocks in self._blocks]

    def _pack(self) -> None:
        import pyarrow as pa

        if self._rows:
            for blocks, cells in zip(self._blocks, zip(*self._rows, strict=True), strict=True):
                blocks.append(pa.array(cells, pa.string()))
        self._rows = []


def text_table(header: Sequence[str], cells: TextColumns, source: str, sheet: str = "") -> TextTable:
    """A table of text from a header and the rows below it."""
    import pyarrow as pa

    names = [" ".join(h.split()) for h in header]
    numbers = sum(bool(_NUMBER.match(n)) for n in names)
    if numbers and numbers * 2 >= len(names):
        raise SurveykitError(
            "the first line looks like data, not like column names",
            Where(source, sheet=sheet, line=1),
            got=", ".join(quote(n) for n in names[:6]),
            hint="put a line with the column names on top",
            code="NO_HEADER",
        )
    columns = cells.finish()
    if len(names) > 2 and sum(map(bool, names)) == 1:
        raise SurveykitError(
            "the first line holds one cell: a title above the column names?",
            Where(source, sheet=sheet, line=1),
            expected=f"the names of {len(names)} columns",
            hint="delete the lines above the column names",
            code="NO_HEADER",
        )
    guesses, warnings, keep = [], [], []
    problems = Problems()
    for i, name in enumerate(names):
        if name:
            keep.append(i)
        elif not (filled := [c for c in columns[i].to_pylist() if c.strip()]):
            warnings.append(f"column {i + 1} has neither a name nor a cell: left out")
        elif i == 0:
            names[0] = "row_name"
            keep.append(i)
            guesses.append("the first column has no name: taken as row names")
        else:
            problems.add(
                "a column has no name",
                Where(source, sheet=sheet, line=1, position=i + 1),
                got=quote(filled[0]),
                hint="name the column, or delete it",
                code="NO_COLUMN_NAME",
            )
    check_names([names[i] for i in keep], source, sheet, problems)
    problems.raise_if_any()
    data = pa.table({names[i]: columns[i] for i in keep})
    return TextTable(data, tuple(guesses), tuple(warnings))


def check_names(names: Sequence[str], source: str, sheet: str, problems: Problems) -> None:
    """Note each column name that stands more than once."""
    for name, times in Counter(names).items():
        if times > 1:
            at = ", ".join(str(i + 1) for i, n in enumerate(names) if n == name)
            problems.add(
                f"{times} columns have the same name",
                Where(source, sheet=sheet, column=name),
                got=f"columns {at}",
                hint="rename or delete all but one",
                code="DUPLICATE_HEADER",
            )


def plain_table(table: Any) -> tuple[Any, tuple[str, ...]]:
    """Decimals as float64, and without columns of lists or records (each named in a warning)."""
    import pyarrow as pa

    warnings = []
    for name, kind in zip(table.schema.names, table.schema.types, strict=True):
        if pa.types.is_nested(kind):
            table = table.drop_columns([name])
            warnings.append(f"column {quote(name)} holds lists or records: left out")
        elif pa.types.is_decimal(kind):
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table.column(name).cast(pa.float64()))
        elif pa.types.is_date(kind) or pa.types.is_time(kind):  # text, as the other engines have it
            at = table.schema.get_field_index(name)
            table = table.set_column(at, name, table.column(name).cast(pa.string()))
    return table, tuple(warnings)
