"""What a reader hands over, and the step from a path or a data frame to it.

A reader turns one file format into a :class:`Raw`: a table and what the file said about it. Untyped
sources (CSV, XLSX) are text in every cell; typed ones (Parquet, SPSS, Stata, frames) keep their
types, value labels and declared missing codes. What the cells mean is decided later, in one place
for all formats, by :mod:`surveykit.responses.binding`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import ExitCode, SurveykitError, Where, did_you_mean, quote
from surveykit.registry import Entry, Registry

if TYPE_CHECKING:
    import narwhals as nw

    from surveykit.responses.blocks import Counted
    from surveykit.responses.exports import Field

_ADDRESS = re.compile(r"(?:https?|ftps?|s3a?|gs|abfss?|hdfs|file):/", re.IGNORECASE)
_PACKED = frozenset({".zip", ".gz", ".bz2", ".xz", ".7z", ".rar", ".zst", ".tar", ".tgz"})

__all__ = ["Limits", "Raw", "ReaderOptions", "read_raw", "readers"]


@dataclass(frozen=True, slots=True)
class Limits:
    """How large an input may be; what is larger is refused with a message that names the limit.

    ``megabytes`` of the file, ``rows`` and ``columns`` of the table, ``cell`` characters of one cell,
    ``unpacked`` megabytes of an archive such as XLSX. A Parquet file of more than ``in_memory`` cells is not refused: its
    rows stay in the file, and neither ``megabytes`` nor ``rows`` bounds it.
    """

    megabytes: float = 500
    rows: int = 5_000_000
    columns: int = 5_000
    cell: int = 100_000
    unpacked: float = 1_000
    in_memory: int = 10_000_000


@dataclass(frozen=True, slots=True)
class ReaderOptions:
    """What the caller fixed instead of leaving it to detection."""

    sheet: str | None = None
    encoding: str | None = None
    delimiter: str | None = None
    engine: str | None = None
    platform: str | None = None
    limits: Limits = field(default_factory=Limits)
    keep_unfinished: bool = False


@dataclass(frozen=True)
class Raw:
    """A table as a source holds it, before any meaning is given to its cells.

    ``table`` is a native frame (pyarrow table, pandas, polars or a lazy relation). ``lines`` gives
    the physical line at which each data row of a text file begins. ``question`` holds the long text
    a file stores beside a column name, ``value_labels`` the words behind its codes, ``user_missing``
    the codes (or, as pairs, closed ranges) that the file itself declares missing. ``blank`` counts
    rows without any cell and ``set_aside`` those that a platform's reader left out, by reason; they are
    not part of the table. ``fields`` holds what a platform says about its columns. ``blocks`` looks at the
    rows of a lazy table.
    """

    table: Any
    source: str = ""
    platform: str = ""
    encoding: str = ""
    delimiter: str = ""
    sheet: str = ""
    sha256: str = ""
    text_cells: bool = False
    lines: Sequence[int] | None = None
    blank: int = 0
    set_aside: tuple[tuple[str, int], ...] = ()
    fields: Mapping[str, Field] = field(default_factory=dict)
    question: Mapping[str, str] = field(default_factory=dict)
    value_labels: Mapping[str, Mapping[Any, str]] = field(default_factory=dict)
    user_missing: Mapping[str, Sequence[Any]] = field(default_factory=dict)
    guesses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()
    blocks: Counted | None = None

    def where(self, row: int | None = None, column: str = "") -> Where:
        """The place of a cell for a message (``row`` counts data rows from 0)."""
        line = self.lines[row] if self.lines is not None and row is not None else None
        return Where(
            file=self.source,
            sheet=self.sheet,
            line=line,
            row=None if row is None else row + 1,
            column=column,
        )


Reader = Callable[[Path, ReaderOptions], Raw]
readers: Registry[Reader] = Registry("reader")


def read_raw(source: Any, options: ReaderOptions) -> tuple[Raw, nw.DataFrame[Any] | nw.LazyFrame[Any]]:
    """The raw table behind ``source`` (a path or any frame that narwhals knows)."""
    from surveykit.responses.frames import frame_of, frame_to_bind
    from surveykit.responses.spark import on_cluster, read_spark

    if options.engine == "spark" and isinstance(source, str | Path) and on_cluster(str(source)):
        _refuse_options(options, (), "tables that Spark reads")
        raw = read_spark(str(source))
    elif isinstance(source, str | Path):
        raw = _from_path(Path(source), options)
    else:
        _refuse_options(options, (), "data frames")
        raw = frame_of(source)
    return raw, frame_to_bind(raw, options)


def _from_path(path: Path, options: ReaderOptions) -> Raw:
    from surveykit.files import sha256

    _refuse_address(path)
    if path.is_dir():
        from surveykit.responses.folder import read_folder

        _refuse_options(options, (), "folders of Parquet files")
        return read_folder(path, options)
    entry = _reader_for(path)
    _refuse_options(options, entry.extra["takes"], f"{path.suffix} files")
    _check_file(path, options.limits, entry.extra.get("streams", False))
    try:
        before = _state(path)
        raw = entry.function(path, options)
        digest = sha256(path)
        if _state(path) != before:
            raise SurveykitError(
                "the file changed while it was read",
                str(path),
                hint="another program is still writing it: wait until it is done, then start again",
                code="CHANGED",
                exit_code=ExitCode.INPUT_OUTPUT,
            )
        return replace(raw, source=str(path), sha256=digest)
    except OSError as error:
        raise SurveykitError(
            f"cannot read {quote(str(path))}",
            got=error.strerror or type(error).__name__,
            code="UNREADABLE",
            exit_code=ExitCode.INPUT_OUTPUT,
        ) from None


def _state(path: Path) -> tuple[int, int]:
    """What tells that a file was written to: its time and its size."""
    found = path.stat()
    return found.st_mtime_ns, found.st_size


def _refuse_address(path: Path) -> None:
    """An address is no path: nothing is fetched from the network."""
    if _ADDRESS.match(str(path)) and not path.exists():
        raise SurveykitError(
            "this is an address, not a file: answers are not fetched from the network",
            str(path)[:80],
            expected="a file on this machine",
            hint="download or export the answers first, then give the file",
            code="ADDRESS",
        )


def _refuse_options(options: ReaderOptions, takes: Sequence[str], what: str) -> None:
    """An option that a source has no use for is an error: it would be ignored in silence."""
    usable = (*takes, "keep_unfinished") if "platform" in takes else takes
    for name in ("sheet", "encoding", "delimiter", "platform", "keep_unfinished"):
        if getattr(options, name) not in (None, False) and name not in usable:
            raise SurveykitError(
                f"the option {quote(name)} has no meaning for {what}",
                expected=", ".join(takes) or "no such option",
                code="OPTION",
            )


@cache
def _discover() -> None:
    """Every reader into the registry, also where one of them was imported by itself before."""
    readers.discover("surveykit.responses.readers")


def _reader_for(path: Path) -> Entry[Reader]:
    _discover()
    suffixes = {s: e for e in readers for s in e.extra["suffixes"]}
    entry = suffixes.get(path.suffix.casefold())
    if entry is None:
        raise SurveykitError(
            f"no reader for files that end in {quote(path.suffix)}",
            str(path),
            expected=" ".join(sorted(suffixes)),
            hint="unpack it and give the file inside"
            if path.suffix.casefold() in _PACKED
            else "save it in one of these formats, with its usual ending",
            code="UNKNOWN_FORMAT",
        )
    return entry


def _check_file(path: Path, limits: Limits, streams: bool) -> None:
    if path.is_dir():
        raise SurveykitError("a file is needed, not a directory", str(path), code="IS_DIRECTORY")
    try:
        size = path.stat().st_size
    except (OSError, ValueError) as error:
        link = path.is_symlink()
        near = [p.name for p in path.parent.iterdir()] if path.parent.is_dir() and not link else []
        gone = isinstance(error, FileNotFoundError)
        raise SurveykitError(
            "this link leads to a file that is not there"
            if link and gone
            else "there is no such file"
            if gone
            else "the file cannot be opened",
            str(path),
            got=getattr(error, "strerror", "") or str(error),
            hint="the path is looked up from the current folder; give the file itself"
            if link
            else did_you_mean(path.name, near),
            code="NO_FILE",
        ) from None
    if not path.is_file():
        raise SurveykitError(
            "this is no ordinary file (a pipe or a device)",
            str(path),
            hint="save it as a file first",
            code="NO_FILE",
        )
    if size == 0:
        raise SurveykitError("the file is empty (0 bytes)", str(path), code="EMPTY_FILE")
    if size > limits.megabytes * 1e6 and not streams:
        raise SurveykitError(
            f"the file has {size / 1e6:,.0f} MB; the limit is {limits.megabytes:,.0f} MB",
            str(path),
            hint=f"surveykit convert {path.name} -o {path.stem}.parquet makes a file that is read in blocks"
            if path.suffix.casefold() in {".csv", ".tsv", ".txt"}
            else "raise it with limits=Limits(megabytes=…), or give the data as Parquet, which is read in blocks",
            code="LIMIT_MEGABYTES",
        )


def check_shape(rows: int, columns: int, limits: Limits, source: str) -> None:
    """Refuse a table beyond the limits, or without a single data row."""
    if columns > limits.columns:
        raise SurveykitError(
            f"{columns:,} columns; the limit is {limits.columns:,}",
            source,
            hint="raise it with limits=Limits(columns=…)",
            code="LIMIT_COLUMNS",
        )
    if rows > limits.rows:
        raise SurveykitError(
            f"{rows:,} rows; the limit is {limits.rows:,}",
            source,
            hint="raise it with limits=Limits(rows=…); Parquet is read in blocks (surveykit convert makes it of CSV)",
            code="LIMIT_ROWS",
        )
    if rows == 0:
        raise SurveykitError("a header but no data rows", source, code="NO_ROWS")
