"""Binding: one shared step from a raw table to values and kinds of missing.

Every distinct raw value of a column is judged once by its :class:`~surveykit.responses.cells.Coder`.
The judgements become narwhals expressions over the raw column, which is kept: ``id`` is the value,
``id__missing`` the kind of missing, ``id__raw`` what the source held. All findings come together.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, did_you_mean, quote
from surveykit.responses.cells import Cell, Coder, number_of, plain
from surveykit.responses.headers import match_columns
from surveykit.responses.raw import Raw
from surveykit.responses.report import Change, ColumnReport, ImportReport

if TYPE_CHECKING:
    import narwhals as nw

    Frame = nw.DataFrame[Any] | nw.LazyFrame[Any]

__all__ = ["Bound", "bind"]

_MANY = 5_000
_ROWS_SHOWN = 5
_MISSING_TEXT = {"", "na", "n/a", "#n/a", "nan", "null", "none", "."}


@dataclass(frozen=True, slots=True)
class PlainItem:
    """A column that no questionnaire describes."""

    id: str
    type: str
    scale: None = None
    reverse: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    aliases: tuple[str, ...] = ()
    text: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Bound:
    """The frame with values, raw columns and kinds of missing; its report; which columns are numbers."""

    frame: Any
    report: ImportReport
    columns: tuple[str, ...]
    numeric: frozenset[str]
    weight: str | None


@dataclass(frozen=True, slots=True)
class _Source:
    """The frame while it is bound, and where its rows stand in the source."""

    frame: Any
    raw: Raw
    schema: Mapping[str, Any]
    kept: Sequence[int] | None = None

    @property
    def lazy(self) -> bool:
        import narwhals as nw

        return isinstance(self.frame, nw.LazyFrame)

    def rows_of(self, column: str, values: set[Any]) -> dict[Any, list[int]]:
        """The data rows (from 0) at which each of the raw values stands; nothing on a lazy engine."""
        rows: dict[Any, list[int]] = defaultdict(list)
        if not self.lazy:
            for place, value in enumerate(self.frame[column].to_list()):
                if value in values:
                    rows[value].append(place if self.kept is None else self.kept[place])
        return rows


@dataclass(frozen=True, slots=True)
class _Reading:
    """How a column is read: its two expressions, the tally of its cells, the findings."""

    value: Any
    missing: Any
    tally: Mapping[str, int]
    changes: tuple[Change, ...] = ()


def bind(raw: Raw, frame: Frame, questionnaire: Any | None, weight: str | None) -> Bound:
    """Bind a raw table to a questionnaire (None: every column by what it holds)."""
    problems = Problems()
    schema = dict(frame.collect_schema())
    source = _Source(frame, raw, schema)
    notes: list[str] = []
    weight = weight or (questionnaire.weight if questionnaire is not None else None)
    items = _items(questionnaire, source, notes)
    if weight is not None and weight not in items:
        items[weight] = PlainItem(weight, "number")
    headers = (
        match_columns(list(schema), raw, items, problems)
        if questionnaire is not None
        else _same(items, source)
    )
    if weight is not None and weight not in headers:
        _no_weight(weight, list(schema), raw, questionnaire, problems)
    rows_read = _length(frame) + raw.blank
    set_aside: list[tuple[str, int]] = [("row without any answer cell", raw.blank)] if raw.blank else []
    readings: dict[str, _Reading] = {}
    if weight in headers:
        readings[weight] = _read_column(items[weight], headers[weight], source, notes, problems)
        source, zero = _without_zero_weight(readings[weight], headers[weight], source, problems)
        if zero:
            set_aside.append(("weight is zero", zero))
            readings.clear()
    for id, header in headers.items():
        if id not in readings:
            readings[id] = _read_column(items[id], header, source, notes, problems)
        if items[id].type == "id":
            _check_duplicates(header, source, problems)
    problems.raise_if_any()
    used = _length(source.frame)
    columns = tuple(
        ColumnReport(
            id,
            headers[id],
            used,
            readings[id].tally.get("", 0),
            {k: n for k, n in readings[id].tally.items() if k},
            readings[id].changes,
        )
        for id in headers
    )
    report = ImportReport(
        source=raw.source,
        rows_read=rows_read,
        rows_used=used,
        sha256=raw.sha256,
        platform=raw.platform,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        set_aside=tuple(set_aside),
        columns=columns,
        extra_columns=tuple(n for n in schema if n not in headers.values()),
        guesses=raw.guesses,
        warnings=(*raw.warnings, *notes),
    )
    numeric = frozenset(i for i in headers if items[i].type in {"scale", "number"})
    return Bound(_apply(source, headers, readings), report, tuple(headers), numeric, weight)


def _items(questionnaire: Any | None, source: _Source, notes: list[str]) -> dict[str, Any]:
    if questionnaire is not None:
        return dict(questionnaire.items)
    return {name: PlainItem(name, _type_of(name, source, notes)) for name in source.schema}


def _type_of(name: str, source: _Source, notes: list[str]) -> str:
    """Whether a column that nothing describes holds numbers: by its type, or, in a text source, by its cells."""
    dtype = source.schema[name]
    if dtype.is_numeric() or _is_boolean(dtype):
        return "number"
    if not source.raw.text_cells:
        return "text"
    values = {plain(v) for v in _distinct(source, name) if v is not None}
    values = {v for v in values if v.casefold() not in _MISSING_TEXT}
    numbers = sum(number_of(v) is not None for v in values)
    if values and numbers == len(values):
        return "number"
    if numbers and numbers >= 0.9 * len(values):
        odd = next(v for v in sorted(values) if number_of(v) is None)
        notes.append(f"column {quote(name)} is read as text because it holds {quote(odd)} beside numbers")
    return "text"


def _same(items: Mapping[str, Any], source: _Source) -> dict[str, str]:
    return {i: i for i in items if i in source.schema}


def _no_weight(
    weight: str, names: Sequence[str], raw: Raw, questionnaire: Any | None, problems: Problems
) -> None:
    if questionnaire is not None and any(
        e.code == "ITEM_MISSING" and quote(weight) in e.what for e in problems
    ):
        return
    problems.add(
        f"no column for the weight {quote(weight)}",
        raw.where(),
        hint=did_you_mean(weight, names),
        code="NO_WEIGHT",
    )


def _read_column(item: Any, header: str, source: _Source, notes: list[str], problems: Problems) -> _Reading:
    import narwhals as nw

    dtype = source.schema[header]
    coder = Coder.of(item, source.raw.value_labels.get(header, {}), source.raw.user_missing.get(header, ()))
    if not coder.numeric and not coder.codes:
        return _plain_text(header, source)
    typed = dtype.is_numeric() or _is_boolean(dtype)
    if typed and coder.type == "number" and coder.low is None and not coder.declared and not coder.missing:
        return _plain_numbers(header, source, problems)
    counts = _distinct(source, header)
    if coder.numeric:
        coder = _with_decimal(coder, item.id, counts, source, notes)
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
    tally: Counter[str] = Counter()
    for value, cell in cells.items():
        tally[cell.kind] += counts[value]
    column = _comparable(nw.col(header), dtype)
    known = {v: c for v, c in cells.items() if not c.problem and v is not None}
    kind_of = nw.String
    value_type = nw.Float64 if coder.numeric else nw.String
    value = _mapped(column, {v: c.value for v, c in known.items()}, value_type)
    missing = _mapped(column, {v: c.kind for v, c in known.items()}, kind_of)
    missing = nw.when(_is_missing(header, dtype)).then(nw.lit("skipped")).otherwise(missing)
    return _Reading(value, missing, tally, _changes(cells, counts))


def _mapped(column: Any, mapping: Mapping[Any, Any], dtype: Any) -> Any:
    import narwhals as nw

    if not mapping:
        return nw.lit(None, dtype=dtype)
    return column.replace_strict(list(mapping), list(mapping.values()), default=None, return_dtype=dtype)


def _plain_numbers(header: str, source: _Source, problems: Problems) -> _Reading:
    import narwhals as nw

    dtype = source.schema[header]
    value = nw.col(header).cast(nw.Float64)
    absent = _is_missing(header, dtype)
    clean = nw.when(~absent).then(value)
    n_missing, infinite = _values(
        source.frame.select(
            absent.cast(nw.Int64).sum().alias("a"),
            (~absent & (clean.abs() == float("inf"))).fill_null(False).cast(nw.Int64).sum().alias("b"),
        )
    )
    n_missing, infinite = int(n_missing or 0), int(infinite or 0)
    if infinite:
        rows = source.rows_of(header, {float("inf"), float("-inf")})
        first = min((r for found in rows.values() for r in found), default=None)
        problems.add(
            "an infinite value" + _times(infinite),
            source.raw.where(first, header),
            expected="a finite number, or missing",
            got="inf",
            code="VALUE_INFINITE",
        )
    missing = nw.when(absent).then(nw.lit("skipped")).otherwise(nw.lit(""))
    return _Reading(clean, missing, {"": _length(source.frame) - n_missing, "skipped": n_missing})


def _plain_text(header: str, source: _Source) -> _Reading:
    import narwhals as nw

    text = nw.col(header).cast(nw.String).str.strip_chars()
    absent = nw.col(header).is_null() | (text == "").fill_null(True)
    (n_missing,) = _values(source.frame.select(absent.cast(nw.Int64).sum().alias("a")))
    n_missing = int(n_missing or 0)
    missing = nw.when(absent).then(nw.lit("skipped")).otherwise(nw.lit(""))
    tally = {"": _length(source.frame) - n_missing, "skipped": n_missing}
    return _Reading(nw.when(~absent).then(text), missing, tally)


def _with_decimal(
    coder: Coder, id: str, counts: Mapping[Any, int], source: _Source, notes: list[str]
) -> Coder:
    """The coder told that the comma is the decimal sign, where the whole column can mean nothing else."""
    if source.raw.delimiter == "," or coder.labels:
        return coder
    texts = [plain(v) for v in counts if isinstance(v, str) and "," in v]
    decimals = {len(t.rsplit(",", 1)[1]) for t in texts}
    points = any(isinstance(v, str) and "." in v for v in counts)
    if not texts or points or decimals == {3}:
        return coder
    notes.append(f"decimal comma in {quote(id)}: no cell of the column has a point")
    return replace(coder, decimal=",")


def _note_problems(
    cells: Mapping[Any, Cell], counts: Mapping[Any, int], header: str, source: _Source, problems: Problems
) -> None:
    bad = {v: c for v, c in cells.items() if c.problem}
    if not bad:
        return
    rows = source.rows_of(header, set(bad))
    for value in sorted(bad, key=lambda v: rows.get(v, [0])[0]):
        cell, found = bad[value], rows.get(value, [])
        problems.add(
            cell.problem + _times(counts[value]),
            source.raw.where(found[0] if found else None, header),
            expected=cell.expected,
            got=quote(value) + _rows(found),
            hint=cell.hint,
            code=cell.code,
        )


def _times(n: int) -> str:
    return f" ({n:,} times)" if n > 1 else ""


def _rows(found: Sequence[int]) -> str:
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
            became = (
                quote(cell.value)
                if isinstance(cell.value, str)
                else f"{cell.value:g}"
                if cell.value is not None
                else "missing"
            )
            example.setdefault(cell.change, f"{quote(value)} → {became}")
    return tuple(Change(what, n, example[what]) for what, n in sorted(tally.items()))


def _without_zero_weight(
    reading: _Reading, header: str, source: _Source, problems: Problems
) -> tuple[_Source, int]:
    """The source without rows of weight zero; negative and missing weights are findings."""
    import narwhals as nw

    weighed = source.frame.select(reading.value.alias("w"))
    w = nw.col("w")
    absent, negative, zero = (
        int(v or 0)
        for v in _values(
            weighed.select(
                w.is_null().cast(nw.Int64).sum().alias("a"),
                (w < 0).fill_null(False).cast(nw.Int64).sum().alias("b"),
                (w == 0).fill_null(False).cast(nw.Int64).sum().alias("c"),
            )
        )
    )
    values = None if source.lazy else weighed["w"].to_list()
    for what, n, test in (
        ("a negative weight", negative, lambda v: v is not None and v < 0),
        ("a missing weight", absent, lambda v: v is None or v != v),
    ):
        if n:
            found = [] if values is None else [i for i, v in enumerate(values) if test(v)]
            problems.add(
                what + _times(n),
                source.raw.where(found[0] if found else None, header),
                expected="a number above 0; 0 sets the row aside",
                got=_rows(found).strip(),
                code="WEIGHT",
            )
    if not zero or absent or negative:
        return source, 0
    kept = None if values is None else [i for i, v in enumerate(values) if v != 0]
    rest = source.frame.filter(reading.value != 0)
    return _Source(rest, source.raw, source.schema, kept), zero


def _check_duplicates(header: str, source: _Source, problems: Problems) -> None:
    twice = {v: n for v, n in _distinct(source, header).items() if n > 1 and v is not None and str(v).strip()}
    rows = source.rows_of(header, set(twice)) if twice else {}
    for value, n in sorted(twice.items(), key=lambda pair: rows.get(pair[0], [0])[0]):
        found = rows.get(value, [])
        problems.add(
            f"a respondent id stands {n} times",
            source.raw.where(found[0] if found else None, header),
            expected="one row per respondent",
            got=quote(value) + _rows(found),
            hint="remove the repeated rows, or give the column another type than id",
            code="DUPLICATE_ID",
        )


def _apply(source: _Source, headers: Mapping[str, str], readings: Mapping[str, _Reading]) -> Any:
    """Raw, value and kind columns and nothing else."""
    import narwhals as nw

    new = []
    for id, header in headers.items():
        new += [
            nw.col(header).alias(f"{id}__raw"),
            readings[id].value.alias(id),
            readings[id].missing.alias(f"{id}__missing"),
        ]
    return source.frame.select(*new)


def _distinct(source: _Source, header: str) -> dict[Any, int]:
    """Raw values of a column and how often each stands."""
    import narwhals as nw

    column = _comparable(nw.col(header), source.schema[header])
    tally = source.frame.select(column.alias("v")).group_by("v").agg(nw.len().alias("n"))
    collected = tally.collect() if isinstance(tally, nw.LazyFrame) else tally
    counts: dict[Any, int] = {}
    for value, n in zip(collected["v"].to_list(), collected["n"].to_list(), strict=True):
        key = None if value is None or value != value else value
        counts[key] = counts.get(key, 0) + int(n)
    return counts


def _comparable(column: Any, dtype: Any) -> Any:
    """Numbers as Float64 (never int8 arithmetic), everything else as text."""
    import narwhals as nw

    return column.cast(nw.Float64 if dtype.is_numeric() or _is_boolean(dtype) else nw.String)


def _is_boolean(dtype: Any) -> bool:
    import narwhals as nw

    return isinstance(dtype, nw.Boolean)


def _is_missing(header: str, dtype: Any) -> Any:
    import narwhals as nw

    column = nw.col(header)
    return column.is_null() | column.is_nan().fill_null(True) if dtype.is_float() else column.is_null()


def _length(frame: Any) -> int:
    import narwhals as nw

    return (
        int(_values(frame.select(nw.len().alias("n")))[0]) if isinstance(frame, nw.LazyFrame) else len(frame)
    )


def _values(frame: Any) -> tuple[Any, ...]:
    """The single row of a query."""
    import narwhals as nw

    collected = frame.collect() if isinstance(frame, nw.LazyFrame) else frame
    return tuple(collected.row(0))
