"""Delimited text of any size to Parquet, a block at a time: what is then read in blocks too.

The first pass looks at every cell, the second writes. A column becomes numbers only where each of its cells is empty or
a number as a program writes it; any other column of few different cells stays text, so that the questionnaire judges each
cell as it would in the text file. A column of many different cells that are nearly all numbers is an error that shows
the others: whether they are answers is not for a converter to say.
"""

from __future__ import annotations

import codecs
import csv
import io
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, SurveykitError, Where, quote
from surveykit.responses.blocks import EXACT, MOST_CODES

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Converted", "convert"]

_HEAD = 2_000_000
_CHUNK = 1 << 22
_NUMBER = r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{1,15})?$"
_COMMA = r"^-?(?:0|[1-9][0-9]{0,14})(?:,[0-9]{1,15})?$"
_MOST_ODD = 20
_SHARE = 0.9
Step = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Converted:
    """The file that was written, its rows, and which of its columns became numbers; ``notes`` say what was chosen."""

    path: Path
    rows: int
    numbers: tuple[str, ...]
    texts: tuple[str, ...]
    notes: tuple[str, ...] = ()


@dataclass(slots=True)
class _Column:
    """What the first pass finds in a column."""

    name: str
    words: set[str] | None = field(default_factory=set)
    """The different cells, None once they are too many."""
    plain: int = 0
    comma: int = 0
    filled: int = 0
    whole: bool = True
    low: float = 0.0
    high: float = 0.0
    odd: dict[str, None] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class _Layout:
    """How the text is read: from which byte on, in which encoding, split where."""

    path: Path
    names: tuple[str, ...]
    encoding: str
    delimiter: str
    start: int
    guesses: tuple[str, ...]


def convert(
    source: str | Path,
    target: str | Path,
    *,
    encoding: str | None = None,
    delimiter: str | None = None,
    missing: Sequence[str] = (),
    step: Step | None = None,
) -> Converted:
    """Write a delimited text file as Parquet; memory holds a block of it, whatever its size.

    The file is a plain table: one row of column names, then one row per respondent. ``missing`` names words that stand for
    no answer in columns of numbers (``NA``); ``step`` is called with a line of text now and then. Raises
    :class:`SurveykitError` for an export of a survey platform (read it as it is), ragged rows, and a column in which
    words stand among many numbers.

    >>> import tempfile
    >>> folder = Path(tempfile.mkdtemp())
    >>> _ = (folder / "a.csv").write_text("sat,city,spend\\n4,Ulm,1.5\\n,Bonn,2\\n5,,\\n")
    >>> found = convert(folder / "a.csv", folder / "a.parquet")
    >>> found.rows, found.numbers, found.texts
    (3, ('sat', 'spend'), ('city',))
    """
    from surveykit.files import require_writable

    say = step or (lambda _text: None)
    layout = _layout(Path(source), encoding, delimiter)
    if Path(target).suffix.casefold() not in {".parquet", ".pq"}:
        raise SurveykitError(
            "the output must be a Parquet file", str(target), expected="a name.parquet", code="OUTPUT_NAME"
        )
    require_writable(Path(target).parent, [Path(target).name])
    columns = [_Column(name) for name in layout.names]
    rows = 0
    for block in _blocks(layout):
        for column, cells in zip(columns, block.columns, strict=True):
            _look(column, cells, missing)
        rows += len(block)
        say(f"looked at {rows:,} rows")
    if not rows:
        raise SurveykitError("a header but no data rows", str(source), code="NO_ROWS")
    kinds = _kinds(columns, layout)
    _write(layout, kinds, Path(target), missing, rows, say)
    numbers = tuple(n for n, kind in kinds.items() if kind != "text")
    texts = tuple(n for n, kind in kinds.items() if kind == "text")
    return Converted(Path(target), rows, numbers, texts, layout.guesses)


def _layout(path: Path, encoding: str | None, delimiter: str | None) -> _Layout:
    """What the beginning of the file says, judged by the reader of such files itself."""
    import tempfile

    from surveykit.responses.raw import Limits, ReaderOptions
    from surveykit.responses.readers.csv import read_csv

    try:
        with open(path, "rb") as file:
            head = file.read(_HEAD)
            more = bool(file.read(1))
    except OSError as error:
        raise SurveykitError(
            f"cannot read {quote(str(path))}", got=error.strerror or "", code="UNREADABLE"
        ) from None
    if not head:
        raise SurveykitError("the file is empty (0 bytes)", str(path), code="EMPTY_FILE")
    if more:
        head = head[: head.rfind(b"\n") + 1] or head
    with tempfile.TemporaryDirectory() as folder:
        copy = Path(folder) / path.name
        copy.write_bytes(head)
        options = ReaderOptions(encoding=encoding, delimiter=delimiter, limits=Limits())
        raw = read_csv(copy, options)
    text = head.decode(raw.encoding)
    above = text.index("\n") + 1 if text.lower().startswith(("sep=", '"sep=')) else 0
    lines = csv.reader(io.StringIO(text[above:], newline=""), delimiter=raw.delimiter)
    first = next(record for record in lines if any(record))
    names = [" ".join(h.split()) for h in first]
    if names[0] == "":
        names[0] = "row_name"
    if raw.platform or list(raw.table.column_names) != names:
        raise SurveykitError(
            "only a plain table is converted: one row of column names, then one row per respondent",
            str(path),
            got=f"an export of {raw.platform}"
            if raw.platform
            else "rows above or beside the column names, or an unnamed column",
            hint="export it in parts that are read as they are, or delete what is no column name",
            code="NO_PLAIN_TABLE",
        )
    body = "".join(text[above:].splitlines(keepends=True)[: lines.line_num])
    start = len((text[:above] + body).encode(raw.encoding))
    return _Layout(path, tuple(names), raw.encoding, raw.delimiter, start, tuple(raw.guesses))


class _Utf8(io.RawIOBase):
    """The bytes of a file from a place on, as UTF-8; what the encoding does not know is an error at its byte."""

    def __init__(self, layout: _Layout) -> None:
        self._file = open(layout.path, "rb")  # noqa: SIM115 - closed with this object
        self._decode = codecs.getincrementaldecoder(layout.encoding)("strict").decode
        # the beginning goes through the decoder as well: it knows the byte-order mark
        self._decode(self._file.read(layout.start))
        self._left, self._ended = b"", False

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: Any) -> int:
        while not self._left and not self._ended:
            data = self._file.read(_CHUNK)
            self._ended = not data
            self._left = self._decode(data, not data).encode()
        n = min(len(buffer), len(self._left))
        buffer[:n], self._left = self._left[:n], self._left[n:]
        return n

    def close(self) -> None:
        self._file.close()
        super().close()


def _blocks(layout: _Layout) -> Iterator[pa.RecordBatch]:
    """The rows as blocks of text."""
    import pyarrow as pa
    import pyarrow.csv as pc

    keys = [str(i) for i in range(len(layout.names))]
    try:
        with (
            io.BufferedReader(_Utf8(layout), _CHUNK) as file,
            pc.open_csv(
                file,
                pc.ReadOptions(column_names=keys, block_size=_CHUNK),
                pc.ParseOptions(delimiter=layout.delimiter, newlines_in_values=True),
                pc.ConvertOptions(column_types=dict.fromkeys(keys, pa.string()), strings_can_be_null=False),
            ) as blocks,
        ):
            yield from blocks
    except (pa.ArrowException, UnicodeError) as error:
        if isinstance(error, pa.ArrowInvalid) and "Empty CSV" in str(error):
            return
        raise SurveykitError(
            "the file cannot be read to its end",
            Where(str(layout.path)),
            got=str(error)[:160],
            expected=f"{len(layout.names)} cells in every row, {layout.encoding}",
            hint="a quotation mark that is never closed swallows the rows below it; encoding= names another encoding",
            code="RAGGED",
        ) from None


def _look(column: _Column, cells: Any, missing: Sequence[str]) -> None:
    """Add a block's cells to what is known of a column."""
    import pyarrow.compute as pc

    counted = pc.value_counts(_trimmed(cells, missing))
    words, n = counted.field(0), counted.field(1)
    there = pc.is_valid(words)
    words, n = words.filter(there), n.filter(there)
    if not len(words):
        return
    if column.words is not None:
        column.words.update(words.to_pylist())
        if len(column.words) > MOST_CODES:
            column.words = None
    plain, comma = pc.match_substring_regex(words, _NUMBER), pc.match_substring_regex(words, _COMMA)
    column.filled += int(pc.sum(n).as_py())
    column.plain += int(pc.sum(n.filter(plain)).as_py() or 0)
    column.comma += int(pc.sum(n.filter(comma)).as_py() or 0)
    values = _floats(words.filter(pc.or_(plain, comma)))
    if len(values):
        ends = pc.min_max(values).as_py()
        column.low, column.high = min(column.low, ends["min"]), max(column.high, ends["max"])
        column.whole = column.whole and bool(pc.all(pc.equal(pc.floor(values), values)).as_py())
    for word in words.filter(pc.invert(pc.or_(plain, comma))).slice(0, _MOST_ODD + 1).to_pylist():
        if len(column.odd) <= _MOST_ODD:
            column.odd[word] = None


def _trimmed(cells: Any, missing: Sequence[str]) -> Any:
    """Cells without white space at their ends; empty ones, and the words for no answer, are null."""
    import pyarrow as pa
    import pyarrow.compute as pc

    bare = pc.utf8_trim_whitespace(cells)
    gone = pc.is_in(bare, pa.array(["", *missing], pa.string()))
    return pc.if_else(gone, pa.scalar(None, pa.string()), bare)


def _floats(words: Any) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    return pc.replace_substring(words, ",", ".").cast(pa.float64())


def _kinds(columns: Sequence[_Column], layout: _Layout) -> dict[str, str]:
    """``whole``, ``number`` or ``text`` for each column."""
    problems = Problems()
    kinds = {}
    for column in columns:
        numbers = max(column.plain, column.comma if layout.delimiter != "," else 0)
        kinds[column.name] = "text"
        if column.filled and numbers == column.filled:
            exact = max(-column.low, column.high) < EXACT
            kinds[column.name] = "whole" if column.whole and exact else "number"
        elif column.words is None and numbers >= _SHARE * column.filled:
            shown = (
                ", ".join(quote(w) for w in list(column.odd)[:8]) or "numbers with a point and with a comma"
            )
            problems.add(
                "words stand among the numbers of a column",
                Where(str(layout.path), column=column.name),
                expected="numbers, or no more than 4,096 different cells",
                got=shown,
                hint="words that mean no answer: "
                + " ".join(f"--missing {quote(w)}" for w in list(column.odd)[:8]),
                code="MIXED_COLUMN",
            )
    problems.raise_if_any()
    return kinds


def _write(
    layout: _Layout, kinds: dict[str, str], target: Path, missing: Sequence[str], rows: int, say: Step
) -> None:
    """The second pass: typed blocks into a file that takes its name when it is complete."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    from surveykit.files import atomic_file

    types = {"whole": pa.int64(), "number": pa.float64(), "text": pa.string()}
    schema = pa.schema([(name, types[kind]) for name, kind in kinds.items()])
    written = 0
    with atomic_file(target) as unfinished, pq.ParquetWriter(unfinished, schema, compression="zstd") as file:
        for block in _blocks(layout):
            cells = [_typed(c, kind, missing) for c, kind in zip(block.columns, kinds.values(), strict=True)]
            file.write_batch(pa.record_batch(cells, schema=schema))
            written += len(block)
            say(f"wrote {written:,} of {rows:,} rows")
        if written != rows:
            raise SurveykitError("the file changed while it was read", str(layout.path), code="INPUT_CHANGED")


def _typed(cells: Any, kind: str, missing: Sequence[str]) -> Any:
    import pyarrow as pa
    import pyarrow.compute as pc

    if kind == "text":
        return pc.if_else(pc.equal(cells, ""), pa.scalar(None, pa.string()), cells)
    values = _floats(_trimmed(cells, missing))
    return values.cast(pa.int64()) if kind == "whole" else values
