"""CSV and its relatives, read strictly: every cell as text, every record with the header's width.

Nothing is padded, shifted or skipped in silence. A record that is too long or too short is an error
with the physical line at which it begins, which is right after cells that contain newlines.
"""

from __future__ import annotations

import csv
import io
import re
from array import array
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from surveykit.errors import Problems, SurveykitError, Where, quote
from surveykit.responses.exports import tabulated
from surveykit.responses.raw import Limits, Raw, ReaderOptions, check_shape, readers
from surveykit.responses.readers._kinds import refuse_other_kinds
from surveykit.responses.readers._simple import simple_records
from surveykit.responses.table import TextColumns
from surveykit.responses.text import decode

__all__ = ["read_csv"]

DELIMITERS = {",": "comma", ";": "semicolon", "\t": "tab", "|": "bar"}
_SEP = re.compile(r'("?sep=(.|\\t)"?)(?=\r?\n)', re.IGNORECASE)
_PROBE = 200
_HEAD = 2_000_000
_ENOUGH = 1_000


@readers.register(
    "csv",
    title={"en": "Delimited text", "zh": "分隔符文本"},
    reference="RFC 4180, read strictly",
    evidence="brute force: ragged, quoted, encoded and truncated files written by the tests",
    example="surveykit.read('answers.csv', 'ecsi')",
    suffixes=(".csv", ".tsv", ".txt"),
    takes=("encoding", "delimiter", "platform"),
)
def read_csv(path: Path, options: ReaderOptions) -> Raw:
    """A delimited text file as a table of text cells."""
    source = str(path)
    data = path.read_bytes()
    refuse_other_kinds(data, source)
    text, encoding, guess = decode(data, source, options.encoding)
    del data
    _refuse_nul(text, source)
    said = _SEP.match(text)
    if said:  # written for Excel; the empty line keeps the numbers of the others
        text = text[said.end(1) :]
    delimiter = options.delimiter or (said[2].replace("\\t", "\t") if said else _detect(text, source))
    if len(delimiter) != 1:
        raise SurveykitError(
            "the delimiter must be one character", source, got=quote(delimiter), code="DELIMITER"
        )
    found = simple_records(text, delimiter, options.limits)
    read = _records(text, delimiter, source, options.limits) if found is None else _Records(*found)
    check_shape(read.cells.n, len(read.header), options.limits, source)
    table, facts = tabulated(
        read.header,
        read.cells,
        read.lines,
        source,
        wanted=options.platform,
        keep_unfinished=options.keep_unfinished,
    )
    guesses = [guess] if guess else []
    if said and options.delimiter is None:
        guesses.append(f"delimiter {DELIMITERS.get(delimiter, quote(delimiter))}: the first line says so")
    elif options.delimiter is None and len(read.header) > 1:
        guesses.append(f"delimiter {DELIMITERS[delimiter]}: no other one splits the header")
    return Raw(
        table,
        encoding=encoding,
        delimiter=delimiter,
        text_cells=True,
        blank=read.blank,
        **{**facts, "guesses": (*guesses, *facts["guesses"])},
    )


def _refuse_nul(text: str, source: str) -> None:
    place = text.find("\0")
    if place >= 0:
        raise SurveykitError(
            "a NUL character stands in the file",
            Where(source, line=text.count("\n", 0, place) + 1),
            hint="the file is damaged or no text file; export it again",
            code="NUL",
        )


def _detect(text: str, source: str) -> str:
    head = text if len(text) < _HEAD else text[: text.rfind("\n", 0, _HEAD) + 1]
    widths = {d: _widths(head, d) for d in DELIMITERS}
    splits = [d for d, w in widths.items() if w and w[0] > 1]
    if not splits:
        return ","
    even = [d for d in splits if len(set(widths[d])) == 1]
    chosen = even or splits
    if len(chosen) == 1:
        return chosen[0]
    raise SurveykitError(
        "the delimiter is not clear: "
        + " and ".join(DELIMITERS[d] for d in chosen)
        + " both split the lines",
        source,
        got=", ".join(DELIMITERS[d] for d in chosen),
        hint="pass delimiter=',' (or ';', '|', a tab)",
        code="DELIMITER",
    )


def _widths(text: str, delimiter: str) -> list[int]:
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    widths = []
    try:
        for record in reader:
            if record:
                widths.append(len(record))
            if len(widths) > _PROBE:
                break
    except csv.Error:
        pass
    return widths


def _numbered(text: str, delimiter: str, source: str) -> Iterator[tuple[int, list[str]]]:
    """Every record with the physical line at which it begins."""
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    line = 1
    try:
        for record in reader:
            yield line, record
            line = reader.line_num + 1
    except csv.Error as error:
        large = "field limit" in str(error)
        raise SurveykitError(
            "a cell is too large" if large else "the quotation marks do not close properly",
            Where(source, line=line),
            expected="at most 131,072 characters in a cell" if large else 'cells as "…", inner marks doubled',
            got="" if large else str(error),
            hint="a quotation mark that is never closed swallows the lines below it",
            code="LIMIT_CELL" if large else "QUOTES",
        ) from None


@dataclass(slots=True)
class _Records:
    """A header and the records below it, as they are read."""

    header: list[str]
    cells: TextColumns
    lines: array[int] = field(default_factory=lambda: array("q"))
    blank: int = 0
    odd_widths: list[int] = field(default_factory=list)


def _records(text: str, delimiter: str, source: str, limits: Limits) -> _Records:
    problems = Problems()
    numbered = _numbered(text, delimiter, source)
    header = next((record for _, record in numbered if any(map(str.strip, record))), None)
    if header is None:
        raise SurveykitError("the file holds no header and no data", source, code="EMPTY_FILE")
    read = _Records(header, TextColumns(len(header)))
    for line, record in numbered:
        if any(record):
            _add(read, line, record, source, limits, problems)
        else:
            read.blank += 1
        if len(read.lines) > limits.rows or len(problems) >= _ENOUGH:
            break
    widths = read.odd_widths
    if len(widths) > 1 and len(widths) == len(read.lines) and len(set(widths)) == 1:
        raise SurveykitError(
            f"every record has {widths[0]} cells, the header {len(header)}",
            Where(source, line=read.lines[0]),
            hint="a trailing delimiter, a missing column name, or another delimiter; nothing was shifted",
            code="RAGGED",
        )
    problems.raise_if_any()
    return read


def _add(
    read: _Records, line: int, record: list[str], source: str, limits: Limits, problems: Problems
) -> None:
    read.lines.append(line)
    row = len(read.lines)
    if len(record) != len(read.header):
        read.odd_widths.append(len(record))
        what, expected = f"a record has {len(record)} cells", f"{len(read.header)} as in the header"
        problems.add(what, Where(source, line=line, row=row), expected=expected, code="RAGGED")
        return
    read.cells.add(record)
    if max(map(len, record)) > limits.cell:
        for name, cell in zip(read.header, record, strict=True):
            if len(cell) > limits.cell:
                problems.add(
                    f"a cell has {len(cell):,} characters",
                    Where(source, line=line, row=row, column=name),
                    expected=f"at most {limits.cell:,}",
                    hint="raise it with limits=Limits(cell=…)",
                    code="LIMIT_CELL",
                )
