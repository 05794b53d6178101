"""One column: every distinct raw value is judged once, the judgements become arrays (rows of pandas) or expressions.

A column of numbers or text that nothing restricts is read as a whole.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, quote
from surveykit.identifiers import shown_cell
from surveykit.responses import local
from surveykit.responses.amounts import with_amounts
from surveykit.responses.cells import Cell, Coder, is_null, number_of, percent_of, plain
from surveykit.responses.raw import Raw
from surveykit.responses.report import Change
from surveykit.responses.texts import Texts, absent_or, floats, numbers_of, texts_of, words_of

if TYPE_CHECKING:
    from surveykit.responses.blocks import Counted, Odd

__all__ = [
    "Reading",
    "Source",
    "decimal_sign",
    "distinct",
    "is_number",
    "length",
    "read_column",
    "repeated",
    "single_row",
    "stated",
    "times",
]

_MANY = 5_000
_ROWS_SHOWN = 5
_SIMPLE = r"^-?(?:0|[1-9][0-9]{0,14})(?:\.[0-9]{0,19}[1-9])?$"
"""Numbers that binding would neither change nor find odd."""
_BARE = frozenset(",%'’$€£¥￥₹₽₩₺฿₫₪元円")  # no bare number: a decimal comma, a percent, an amount
_THREE = re.compile(r"\d{1,3}\.\d\d0")
_VALUES_SHOWN, _FOREIGN = 5, 3
_FEW_ODD = 20
_TRIMMED = "white space at the ends removed"


@dataclass(frozen=True, slots=True)
class Source:
    """The frame while it is bound, and where its rows stand in the source."""

    frame: Any
    raw: Raw
    schema: Mapping[str, Any]
    kept: Sequence[int] | None = None
    blocks: Counted | None = None
    seen: dict[str, Texts | None] = field(default_factory=dict)
    """The codes of text columns that were asked for."""

    @property
    def native(self) -> Any:
        """The pandas frame where the rows are in one, else None."""
        return local.pandas_of(self.frame)

    @property
    def lazy(self) -> bool:
        import narwhals as nw

        return isinstance(self.frame, nw.LazyFrame)

    @property
    def rows(self) -> int:
        """How many rows there are."""
        return length(self.frame) if self.blocks is None else self.blocks.n_rows

    @property
    def silent(self) -> int | None:
        """How many rows have no cell at all in the columns of answers, where blocks know it."""
        return None if self.blocks is None else self.blocks.silent

    def odd(self, header: str) -> Odd | None:
        """What is odd in a column of fractions, where blocks know it."""
        return None if self.blocks is None else self.blocks.oddities(header)

    def coded(self, header: str) -> dict[Any, int] | None:
        """The counts of a column's raw values where blocks have them."""
        return None if self.blocks is None else self.blocks.distinct(header)

    def texts(self, header: str) -> Texts | None:
        """The cells of a column of a text file as codes; None for any other column."""
        if header not in self.seen:
            native = self.native if self.raw.text_cells else None
            self.seen[header] = None if native is None else texts_of(native, header)
        return self.seen[header]

    def words(self, header: str) -> Any:
        """The cells of a column of text of pandas as an Arrow array; None for any other column."""
        native = self.native
        return None if native is None else words_of(native, header)

    def rows_of(self, column: str, values: set[Any]) -> dict[Any, list[int]]:
        """The data rows (from 0) at which each of the raw values stands; nothing on a lazy engine."""
        rows: dict[Any, list[int]] = defaultdict(list)
        if not self.lazy:
            for place, value in enumerate(self.frame[column].to_list()):
                if value in values:
                    rows[value].append(place if self.kept is None else self.kept[place])
        return rows


@dataclass(frozen=True, slots=True)
class Reading:
    """How a column is read: its two arrays or expressions, the tally of its cells, the findings."""

    value: Any
    missing: Any
    tally: Mapping[str, int]
    changes: tuple[Change, ...] = ()
    cells: Mapping[Any, tuple[Any, str]] | None = None
    plain: bool = False
    """``cells`` is value and kind of missing by raw value; ``plain`` numbers stand for themselves."""

    @property
    def missing_is_empty(self) -> bool:
        """Whether an answer is known to be missing only where the cell is."""
        judged = self.cells or {}
        return (self.plain or self.cells is not None) and not any(kind for _, kind in judged.values())


def read_column(item: Any, header: str, source: Source, notes: list[str], problems: Problems) -> Reading:
    """How the column ``header`` is read as ``item``; what cannot be read is added to ``problems``."""
    import narwhals as nw

    dtype = source.schema[header]
    coder = Coder.of(item, source.raw.value_labels.get(header, {}), source.raw.user_missing.get(header, ()))
    if not coder.numeric and not coder.codes and not coder.missing and not coder.declared:
        return _plain_text(header, source)
    if (
        is_number(dtype)
        and coder.type == "number"
        and coder.low is None
        and not coder.declared
        and not coder.missing
    ):
        return _plain_numbers(header, source, problems)
    if coder.free:
        simple = simple_numbers(source, header)
        if simple is not None:
            return _simple_numbers(coder, header, source, simple, problems)
    native = source.native
    texts = source.texts(header) or (None if native is None else numbers_of(native, header))
    counts = distinct(source, header) if texts is None else texts.counts
    if coder.numeric and not coder.labels and decimal_sign(counts, source.raw.delimiter) == ",":
        coder = replace(coder, decimal=",")
        notes.append(f"decimal comma in {quote(item.id)}: no cell of the column has a point")
    if coder.numeric and not source.lazy:
        coder = with_amounts(coder, counts, source.raw.where(column=header), item.id, notes, problems)
    if source.lazy and len(counts) > _MANY:
        problems.add(
            f"{len(counts):,} different texts in a column of a lazy source",
            source.raw.where(column=header),
            hint="cast the column to a number in the query, or read with engine='pandas'",
            code="TOO_MANY_TEXTS",
        )
        counts = {}
    cells = {value: coder.read(value) for value in counts}
    _note_problems(cells, counts, header, source, problems)
    if coder.numeric:
        _note_percents(counts, header, source, problems)
    tally: Counter[str] = Counter()
    for value, cell in cells.items():
        tally[cell.kind] += counts[value]
    known = {v: c for v, c in cells.items() if not c.problem and v is not None}
    if texts is not None:
        return _coded(coder, texts, known, tally, _changes(cells, counts))
    column = _comparable(nw.col(header), dtype)
    value_type = nw.Float64 if coder.numeric else nw.String
    absent = _is_missing(header, dtype)
    judged = {v: (c.value, c.kind) for v, c in known.items()}
    line = _line(known) if source.lazy and coder.numeric and is_number(dtype) else None
    if line is not None:  # arithmetic is faster in a query than a table of cases
        value, missing = nw.when(~absent).then(column * line[0] + line[1]), _skipped_where(absent)
        return Reading(value, missing, tally, _changes(cells, counts), judged)
    value = _mapped(column, {v: c.value for v, c in known.items()}, value_type)
    missing = _mapped(column, {v: c.kind for v, c in known.items()}, nw.String)
    missing = nw.when(absent).then(nw.lit("skipped")).otherwise(missing)
    return Reading(value, missing, tally, _changes(cells, counts), judged)


def _coded(
    coder: Coder,
    texts: Texts,
    known: Mapping[Any, Cell],
    tally: Mapping[str, int],
    changes: tuple[Change, ...],
) -> Reading:
    """Judged cells of text to arrays: a look-up for each row."""
    at = texts.places
    values = {v: c.value for v, c in known.items()}
    value = texts.numbers(values, at) if coder.numeric else texts.words_for(values, at)
    kinds = texts.kinds({v: c.kind for v, c in known.items()}, at, "skipped")
    return Reading(value, kinds, tally, changes)


def _line(known: Mapping[Any, Cell]) -> tuple[float, float] | None:
    """Slope and start where every value is the raw value, or that of a reversed scale."""
    for slope in (1.0, -1.0):
        starts = {c.value - slope * v for v, c in known.items() if isinstance(c.value, float)}
        if len(starts) == 1 and all(isinstance(c.value, float) for c in known.values()):
            return slope, float(starts.pop())
    return None


def _mapped(column: Any, mapping: Mapping[Any, Any], dtype: Any) -> Any:
    import narwhals as nw

    if not mapping:
        return nw.lit(None, dtype=dtype)
    return column.replace_strict(list(mapping), list(mapping.values()), default=None, return_dtype=dtype)


def _plain_numbers(header: str, source: Source, problems: Problems) -> Reading:
    import narwhals as nw
    import numpy as np

    found = None if (native := source.native) is None else local.numbers(native, header)
    if found is not None:
        values, gone = found
        skipped = int(np.count_nonzero(gone))
        _note_infinite(header, source, int(np.count_nonzero(np.isinf(values))), problems)
        tally = {"": len(values) - skipped, "skipped": skipped}
        return Reading(floats(values, gone), absent_or(gone), tally, plain=True)
    absent = _is_missing(header, source.schema[header])
    value = nw.when(~absent).then(nw.col(header).cast(nw.Float64))
    counts = source.coded(header)
    if counts is not None:
        tally = {"": sum(counts.values()) - counts.get(None, 0), "skipped": counts.get(None, 0)}
        own = {v: (v, "") for v in counts if v is not None}
        return Reading(value, _skipped_where(absent), tally, cells=own, plain=True)
    odd = source.odd(header)
    if odd is not None and not odd.infinite:
        tally = {"": source.rows - odd.missing, "skipped": odd.missing}
        return Reading(value, _skipped_where(absent), tally, plain=True)
    infinite = (~absent & (value.abs() == float("inf"))).fill_null(False)
    tally, n_infinite = _tally(source, absent, infinite)
    _note_infinite(header, source, n_infinite, problems)
    return Reading(value, _skipped_where(absent), tally, plain=True)


def _note_infinite(header: str, source: Source, n: int, problems: Problems) -> None:
    if n:
        rows = source.rows_of(header, {float("inf"), float("-inf")})
        found = sorted(r for places in rows.values() for r in places)
        problems.add(
            "an infinite value" + times(n),
            source.raw.where(found[0] if found else None, header),
            expected="a finite number, or missing",
            got="inf" + stated(found),
            code="VALUE_INFINITE",
        )


def _plain_text(header: str, source: Source) -> Reading:
    import narwhals as nw

    if (texts := source.texts(header)) is not None:
        return _coded_text(texts)
    if (words := source.words(header)) is not None:
        value, kinds, tally, n = local.plain_text(words)
        return Reading(value, kinds, tally, (Change(_TRIMMED, n, ""),) if n else ())
    text = nw.col(header).cast(nw.String).str.strip_chars()
    absent = nw.col(header).is_null() | (text == "").fill_null(True)
    stripped = (~absent & (text != nw.col(header).cast(nw.String))).fill_null(False)
    tally, n = _tally(source, absent, stripped)
    changes = (Change(_TRIMMED, n, ""),) if n else ()
    known = source.coded(header) or {}
    own = {v: (v.strip() or None, "" if v.strip() else "skipped") for v in known if isinstance(v, str)}
    return Reading(nw.when(~absent).then(text), _skipped_where(absent), tally, changes, own or None)


def _coded_text(texts: Texts) -> Reading:
    """Free text by its different cells."""
    stripped = {w: w.strip() or None for w in texts.words}
    counts = texts.counts
    blank = sum(n for w, n in counts.items() if w is None or stripped[w] is None)
    cut = sum(n for w, n in counts.items() if w is not None and stripped[w] not in (None, w))
    changes = (Change(_TRIMMED, cut, ""),) if cut else ()
    at = texts.places
    kinds = texts.kinds({w: "" if v else "skipped" for w, v in stripped.items()}, at, "skipped")
    tally = {"": len(texts.codes) - blank, "skipped": blank}
    return Reading(texts.words_for(stripped, at), kinds, tally, changes)


def simple_numbers(source: Source, header: str) -> tuple[int, dict[Any, int]] | None:
    """How many cells of a text column are numbers as a program writes them, and all the other cells counted.

    None where the engine is lazy, the column holds no text, or commas may be decimal signs.
    """
    import narwhals as nw

    if (texts := source.texts(header)) is not None:
        return _few_odd(*texts.others(texts.simple(_SIMPLE)[0]))
    if source.lazy or not isinstance(source.schema[header], nw.String):
        return None
    if (words := source.words(header)) is not None:
        return _few_odd(*local.simple_cells(words, _SIMPLE))
    flagged = source.frame.select(
        nw.col(header).alias("v"), nw.col(header).str.contains(_SIMPLE).fill_null(False).alias("simple")
    )
    rest = flagged.filter(~nw.col("simple"))
    counts: Counter[Any] = Counter(None if is_null(v) else v for v in rest["v"].to_list())
    return _few_odd(len(flagged) - len(rest), dict(counts))


def _few_odd(n: int, counts: dict[Any, int]) -> tuple[int, dict[Any, int]] | None:
    """Both, unless no cell is simple, many are not, commas may be decimal signs or some cells are percents."""
    odd = (
        not n
        or len(counts) > _FEW_ODD
        or any(v is not None and (not _BARE.isdisjoint(v) or _THREE.fullmatch(v)) for v in counts)
    )
    return None if odd else (n, counts)


def _simple_numbers(
    coder: Coder,
    header: str,
    source: Source,
    simple: tuple[int, dict[Any, int]],
    problems: Problems,
) -> Reading:
    """A column of unbounded numbers: most cells are cast, the others judged one by one."""
    import narwhals as nw

    n, counts = simple
    cells = {value: coder.read(value) for value in counts}
    _note_problems(cells, counts, header, source, problems)
    tally: Counter[str] = Counter({"": n})
    for value, cell in cells.items():
        tally[cell.kind] += counts[value]
    known = {v: c for v, c in cells.items() if not c.problem and v is not None}
    judged = {v: (c.value, c.kind) for v, c in known.items()}
    if (texts := source.texts(header)) is not None:
        made = texts.numbers_and_kinds(texts.simple(_SIMPLE)[1], judged)
        return Reading(*made, tally, _changes(cells, counts))
    if (words := source.words(header)) is not None:
        return Reading(*local.simple_values(words, _SIMPLE, judged), tally, _changes(cells, counts))
    column = nw.col(header)
    plainly = column.str.contains(_SIMPLE).fill_null(False)
    value = nw.when(plainly).then(column).cast(nw.Float64)
    missing = nw.when(plainly).then(nw.lit("")).otherwise(nw.lit("skipped"))
    for cell_text, cell in known.items():
        here = (column == cell_text).fill_null(False)
        value = nw.when(here).then(nw.lit(cell.value, dtype=nw.Float64)).otherwise(value)
        missing = nw.when(here).then(nw.lit(cell.kind)).otherwise(missing)
    return Reading(value, missing, tally, _changes(cells, counts))


def _skipped_where(absent: Any) -> Any:
    import narwhals as nw

    return nw.when(absent).then(nw.lit("skipped")).otherwise(nw.lit(""))


def _tally(source: Source, absent: Any, odd: Any) -> tuple[dict[str, int], int]:
    """Valid and skipped cells, and how many are odd."""
    import narwhals as nw

    flags = source.frame.select(absent.cast(nw.Int64).alias("a"), odd.cast(nw.Int64).alias("b"))
    rows, skipped, strange = single_row(
        flags.select(nw.len().alias("n"), nw.col("a").sum().alias("a"), nw.col("b").sum().alias("b"))
    )
    return {"": int(rows) - int(skipped or 0), "skipped": int(skipped or 0)}, int(strange or 0)


def decimal_sign(cells: Iterable[Any], delimiter: str) -> str:
    """The comma where it can only be the decimal sign of a column, else the point.

    It cannot where the comma splits the cells, where another cell has a point, or where three digits
    follow each comma, which may be thousands.
    """
    texts = [plain(v) for v in cells if isinstance(v, str)]
    commas = [t for t in texts if "," in t]
    thousands = {len(t.rsplit(",", 1)[1]) for t in commas} == {3}
    clear = commas and not thousands and delimiter != "," and not any("." in t for t in texts)
    return "," if clear else "."


def _note_problems(
    cells: Mapping[Any, Cell], counts: Mapping[Any, int], header: str, source: Source, problems: Problems
) -> None:
    """One finding per bad value, or one for all of a kind where they are many: the column is another one."""
    bad = {v: c for v, c in cells.items() if c.problem}
    if not bad:
        return
    rows = source.rows_of(header, set(bad))
    kinds: dict[str, list[Any]] = defaultdict(list)
    for value in sorted(bad, key=lambda v: rows.get(v, [0])[0]):
        kinds[bad[value].code].append(value)
    for values in kinds.values():
        cell, found = bad[values[0]], sorted(r for v in values for r in rows.get(v, []))
        where = source.raw.where(found[0] if found else None, header)
        # no cell of the column fits: it is in another language, or another column
        foreign = len(values) >= _FOREIGN and all(
            v in bad for v, c in cells.items() if isinstance(v, str) and not c.kind
        )
        if len(values) > _VALUES_SHOWN or foreign:
            n = sum(counts[v] for v in values)
            shown = ", ".join(_shown(v) for v in values[:_VALUES_SHOWN])
            problems.add(
                f"{cell.problem}: {len(values):,} different ones in {n:,} cells",
                where,
                expected=cell.expected,
                got=shown + (", …" if len(values) > _VALUES_SHOWN else "") + stated(found),
                hint=f"no cell has a word or a code of the questionnaire: is it in another language? Otherwise {cell.hint}"
                if foreign and cell.hint
                else "is this the right column for the item, and the right scale?",
                code=cell.code,
            )
            continue
        for value in values:
            _note_value(bad[value], value, counts[value], rows.get(value, []), header, source, problems)


def _note_percents(counts: Mapping[Any, int], header: str, source: Source, problems: Problems) -> None:
    """Percent signs in some cells only: whether 0.8 beside 75% is 80% cannot be seen."""
    texts = [v for v in counts if isinstance(v, str)]
    percents = [v for v in texts if percent_of(v) is not None]
    bare = [v for v in texts if number_of(v) not in (None, 0.0)] if percents else []
    if not bare:
        return
    found = sorted(r for places in source.rows_of(header, set(bare)).values() for r in places)
    problems.add(
        f"a percent sign in {sum(counts[v] for v in percents):,} cells of the column, none in {sum(counts[v] for v in bare):,}",
        source.raw.where(found[0] if found else None, header),
        expected="a percent sign in every cell, or in none",
        got=f"{_shown(percents[0])} and {_shown(bare[0])}" + stated(found),
        hint="write the cells alike: 0.8 may mean 80% or 0.8%",
        code="PERCENT",
    )


def _note_value(
    cell: Cell, value: Any, n: int, found: Sequence[int], header: str, source: Source, problems: Problems
) -> None:
    problems.add(
        cell.problem + times(n),
        source.raw.where(found[0] if found else None, header),
        expected=cell.expected,
        got=_shown(value) + stated(found),
        hint=cell.hint,
        code=cell.code,
    )


def times(n: int) -> str:
    """How often a finding occurs, where it is more than once."""
    return f" ({n:,} times)" if n > 1 else ""


def stated(found: Sequence[int]) -> str:
    """The data rows of a finding that stands in several, the first of them named."""
    if len(found) < 2:
        return ""
    listed = ", ".join(str(r + 1) for r in found[:_ROWS_SHOWN])
    return f" in data rows {listed}" + (", …" if len(found) > _ROWS_SHOWN else "")


def _changes(cells: Mapping[Any, Cell], counts: Mapping[Any, int]) -> tuple[Change, ...]:
    tally: Counter[str] = Counter()
    example: dict[str, str] = {}
    for value, cell in cells.items():
        if cell.change:
            tally[cell.change] += counts[value]
            example.setdefault(cell.change, f"{_shown(value)} → {_shown(cell.value)}")
    return tuple(Change(what, n, example[what]) for what, n in sorted(tally.items()))


def _shown(value: float | str | None) -> str:
    if value is None:
        return "missing"
    return shown_cell(value) if isinstance(value, str) else f"{value:g}"


def distinct(source: Source, header: str) -> dict[Any, int]:
    """Raw values of a column and how often each stands."""
    import narwhals as nw

    known = source.coded(header)
    if known is not None:
        return known
    if (texts := source.texts(header)) is not None:
        return texts.counts
    if (words := source.words(header)) is not None:
        counted = words.value_counts()
        return dict(zip(counted.field(0).to_pylist(), counted.field(1).to_pylist(), strict=True))
    column = _comparable(nw.col(header), source.schema[header])
    tally = source.frame.select(column.alias("v")).group_by("v").agg(nw.len().alias("n"))
    collected = tally.collect() if isinstance(tally, nw.LazyFrame) else tally
    counts: dict[Any, int] = {}
    for value, n in zip(collected["v"].to_list(), collected["n"].to_list(), strict=True):
        key = None if is_null(value) else value
        counts[key] = counts.get(key, 0) + int(n)
    return counts


def repeated(source: Source, header: str) -> dict[Any, int]:
    """Raw values that stand more than once; a lazy engine hands over the first of them only."""
    import narwhals as nw

    if not source.lazy:
        return {v: n for v, n in distinct(source, header).items() if n > 1}
    column = _comparable(nw.col(header), source.schema[header])
    tally = source.frame.select(column.alias("v")).group_by("v").agg(nw.len().alias("n"))
    found = tally.filter(nw.col("n") > 1).sort("v", nulls_last=True).head(_MANY).collect()
    return {
        v: int(n) for v, n in zip(found["v"].to_list(), found["n"].to_list(), strict=True) if not is_null(v)
    }


def _comparable(column: Any, dtype: Any) -> Any:
    """Numbers as Float64 (never int8 arithmetic), everything else as text."""
    import narwhals as nw

    return column.cast(nw.Float64 if is_number(dtype) else nw.String)


def is_number(dtype: Any) -> bool:
    """Whether a column's type is a number; true and false count as 1 and 0."""
    import narwhals as nw

    return bool(dtype.is_numeric()) or isinstance(dtype, nw.Boolean)


def _is_missing(header: str, dtype: Any) -> Any:
    import narwhals as nw

    column = nw.col(header)
    return column.is_null() | column.is_nan().fill_null(True) if dtype.is_float() else column.is_null()


def length(frame: Any) -> int:
    """How many rows a frame has, lazy or not."""
    import narwhals as nw

    if isinstance(frame, nw.DataFrame):
        return len(frame)
    return int(single_row(frame.select(nw.len().alias("n")))[0])


def single_row(frame: Any) -> tuple[Any, ...]:
    """The single row of a query."""
    import narwhals as nw

    collected = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return tuple(collected.row(0))
