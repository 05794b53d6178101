"""Binding: one shared step from a raw table to values and kinds of missing.

Every distinct raw value of a column is judged once by its :class:`~surveykit.responses.cells.Coder`.
The judgements become arrays or expressions beside the raw column, which is kept: ``id`` is the value,
``id__missing`` the kind of missing, ``id__raw`` what the source held. All findings come together.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from surveykit.errors import Problems, did_you_mean, quote
from surveykit.privacy import identifier_kind
from surveykit.responses import local
from surveykit.responses.amounts import amount_of, are_amounts, currencies_of
from surveykit.responses.blocks import Blocks, Odd
from surveykit.responses.cells import fold, is_null, number_of, percent_of, plain
from surveykit.responses.coded import Coded, Coding, Streamed
from surveykit.responses.columns import (
    Reading,
    Source,
    decimal_sign,
    distinct,
    is_number,
    length,
    read_column,
    repeated,
    simple_numbers,
    single_row,
    stated,
    times,
)
from surveykit.responses.frames import with_nulls
from surveykit.responses.headers import OPTIONAL, match_columns
from surveykit.responses.multiple import Boxes, read_boxes
from surveykit.responses.queries import Queried, Queries
from surveykit.responses.raw import Raw
from surveykit.responses.report import ColumnReport, ImportReport
from surveykit.responses.sentinels import kind_of_sentinel, suspected

__all__ = ["Bound", "bind"]

_TOTALS = {
    "total",
    "totals",
    "grand total",
    "sum",
    "average",
    "mean",
    "合计",
    "总计",
    "小计",
    "平均",
    "平均值",
}
_MANY = 5_000
_FEW_ROWS = 5
_SILENT = "{:,} of the rows used hold no answer to any question"
_MISSING_TEXT = {"", "na", "n/a", "#n/a", "nan", "null", "none", "."}


@dataclass(frozen=True, slots=True)
class PlainItem:
    """A column that no questionnaire describes."""

    id: str
    type: str
    scale: None = None
    reverse: bool = False
    options: Mapping[str, Any] = field(default_factory=dict)
    missing: Mapping[str, str] = field(default_factory=dict)
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
    coded: Coded | None


def bind(
    raw: Raw, frame: Any, questionnaire: Any | None, weight: str | None, further: Sequence[str] = ()
) -> Bound:
    """Bind a raw table to a questionnaire (None: every column by what it holds).

    ``further`` names columns to keep that are no items: strata, clusters, a duration.

    Raises one :class:`SurveykitError` with every finding: items without a column, cells that cannot be
    read, repeated respondents, weights that are none.
    """
    problems = Problems()
    notes: list[str] = []
    guesses = list(raw.guesses)
    source = _readable(frame, raw, notes)
    if questionnaire is None:
        items: dict[str, Any] = {n: PlainItem(n, _type_of(n, source, notes)) for n in source.schema}
        guesses += _suspect(items, source, weight)
        headers = {name: name for name in items}
        _check_taken_names(source, problems)
    else:
        items = dict(questionnaire.items)
        headers = match_columns(list(source.schema), raw, items, problems)
        absent = [quote(n) for n in items if n not in headers and items[n].type in OPTIONAL]
        notes += [f"no column for {', '.join(absent)}"] if absent else []
        weight = weight or questionnaire.weight
    for name in dict.fromkeys(further):
        if name not in headers and (name not in items or items[name].type in OPTIONAL):
            _find_further(name, items, headers, source, notes, problems)
    set_aside = [("row without any answer cell", raw.blank)] if raw.blank else []
    set_aside += raw.set_aside
    answers = [
        name
        for name in headers
        if items[name].type in {"scale", "single", "number", "multi"} and name != weight
    ]
    if source.blocks is not None and questionnaire is not None:
        source.blocks.answers = tuple(headers[name] for name in answers)
    rows_read = source.rows + sum(n for _, n in set_aside)
    readings: dict[str, Reading] = {}
    if weight is not None and _find_weight(weight, questionnaire is None, items, headers, source, problems):
        reading = read_column(items[weight], headers[weight], source, notes, problems)
        source, zero = _without_zero_weight(reading, headers[weight], source, problems)
        if zero:
            set_aside.append(("weight is zero", zero))
        else:
            readings[weight] = reading
    for name, header in headers.items():
        if name not in readings:
            readings[name] = read_column(items[name], header, source, notes, problems)
        if items[name].type == "id":
            _check_duplicates(header, source, problems)
    boxes = {n: read_boxes(items[n], h, source, problems) for n, h in headers.items() if _splits(items[n])}
    _check_last_row(source, problems)
    problems.raise_if_any()
    frame = _apply(source, headers, readings, boxes)
    notes += (
        _silent_rows(frame, source, {n: readings[n] for n in answers}) if questionnaire is not None else []
    )
    report = ImportReport(
        source=raw.source,
        rows_read=rows_read,
        rows_used=source.rows,
        sha256=raw.sha256,
        platform=raw.platform,
        encoding=raw.encoding,
        delimiter=raw.delimiter,
        set_aside=tuple(set_aside),
        columns=tuple(
            _column_report(name, header, readings[name], boxes.get(name)) for name, header in headers.items()
        ),
        extra_columns=tuple(n for n in source.schema if n not in headers.values()),
        guesses=tuple(guesses),
        warnings=(*raw.warnings, *notes),
    )
    ticks = [column for found in boxes.values() for column in found.columns]
    numeric = frozenset([*(n for n in headers if items[n].type in {"scale", "number"}), *ticks])
    return Bound(frame, report, (*headers, *ticks), numeric, weight, _coded(source, frame, headers, readings))


def _coded(
    source: Source, frame: Any, headers: Mapping[str, str], readings: Mapping[str, Reading]
) -> Coded | None:
    """The columns that can be counted and summed in blocks or by queries."""
    found = {n: r for n, r in readings.items() if r.plain or r.cells is not None}
    codings = {n: Coding(headers[n], r.cells, r.plain) for n, r in found.items()}
    if isinstance(source.blocks, Blocks):
        return Streamed(source.blocks, codings)
    if isinstance(source.blocks, Queries):
        return Queried(source.blocks, codings, frame=frame)
    return None


def _splits(item: Any) -> bool:
    return item.type == "multi" and bool(item.options)


def _check_last_row(source: Source, problems: Problems) -> None:
    """A row of totals below a table of text is no respondent; nor is a table without a row left."""
    if source.rows == 0:
        problems.add("no row is left", source.raw.where(), hint="every weight is zero", code="NO_ROWS")
    elif source.raw.text_cells:
        first = next(iter(source.schema))
        last = source.frame[first].tail(1).to_list()[0]
        blank = is_null(last) or not str(last).strip()
        if (not blank and fold(str(last)) in _TOTALS) or (blank and _sums_up(source, first)):
            problems.add(
                "the last row looks like a row of totals",
                source.raw.where(length(source.frame) - 1 if source.kept is None else source.kept[-1], first),
                expected="one row per respondent",
                got="no name, and the sums or means of the rows above" if blank else quote(str(last)),
                hint="delete the row",
                code="TOTALS_ROW",
            )


def _sums_up(source: Source, first: str) -> bool:
    """Whether the last row alone has no name, and holds the sums or the means of the rows above in two columns or more."""
    if source.rows < _FEW_ROWS or source.rows > _MANY:
        return False
    names = source.frame[first].to_list()
    if any(is_null(v) or not str(v).strip() for v in names[:-1]):
        return False
    found = 0
    for name in source.schema:
        cells = [None if is_null(v) else number_of(str(v)) for v in source.frame[name].to_list()]
        above = [v for v in cells[:-1] if v is not None]
        if cells[-1] is None or len(above) < _FEW_ROWS or len(set(above)) == 1:
            continue
        total = math.fsum(above)
        digits = 0.5 if cells[-1].is_integer() else 0.051
        found += any(
            abs(cells[-1] - t) <= digits
            for t in (total, total / len(above))
            if cells[-1] not in above or t > max(above)
        )
    return found > 1


def _silent_rows(frame: Any, source: Source, answers: Mapping[str, Reading]) -> list[str]:
    """Say how many rows hold no answer to any question."""
    import narwhals as nw

    if not answers or (source.silent == 0 and all(r.missing_is_empty for r in answers.values())):
        return []
    if source.native is not None and not any(isinstance(r.value, nw.Expr) for r in answers.values()):
        n = local.first_skipped([r.value for r in answers.values()])
        return [_SILENT.format(n)] if n else []
    silent = nw.all_horizontal(*[nw.col(a).is_null() for a in answers], ignore_nulls=False)
    n = int(single_row(frame.select(silent.cast(nw.Int64).sum().alias("n")))[0] or 0)
    return [_SILENT.format(n)] if n else []


def _readable(frame: Any, raw: Raw, notes: list[str]) -> Source:
    """The source without columns of lists, records, bytes or objects, which no answer is made of."""
    import narwhals as nw

    odd = (nw.List, nw.Array, nw.Struct, nw.Binary, nw.Duration, nw.Object)
    schema = dict(frame.collect_schema())
    left_out = [name for name, dtype in schema.items() if isinstance(dtype, odd)]
    notes += [f"column {quote(n)} holds {type(schema[n]).__name__} values: left out" for n in left_out]
    kept = {name: dtype for name, dtype in schema.items() if name not in left_out}
    return Source(frame.select(*kept), raw, kept, blocks=raw.blocks)


def _check_taken_names(source: Source, problems: Problems) -> None:
    """Columns whose names are those that binding makes beside another column."""
    for name in source.schema:
        stem = name.removesuffix("__raw").removesuffix("__missing")
        if stem != name and stem in source.schema:
            problems.add(
                "the name of a column is taken",
                source.raw.where(column=name),
                hint=f"rename or drop it: surveykit makes a column of that name beside {quote(stem)}",
                code="NAME_CONFLICT",
            )
    problems.raise_if_any()


def _column_report(name: str, header: str, reading: Reading, boxes: Boxes | None) -> ColumnReport:
    tally = reading.tally
    missing = {kind: n for kind, n in tally.items() if kind and n}
    changes = (*reading.changes, *(boxes.changes if boxes else ()))
    return ColumnReport(name, header, sum(tally.values()), tally.get("", 0), missing, changes)


def _type_of(name: str, source: Source, notes: list[str]) -> str:
    """``number`` or ``text`` for a column that nothing describes: by its type, or, in text, by its cells."""
    dtype = source.schema[name]
    if is_number(dtype):
        return "number"
    declared = source.raw.user_missing.get(name, ())
    if not source.raw.text_cells and not declared:
        return "text"
    simple = None if declared else simple_numbers(source, name)
    if simple is not None and all(v is None or plain(v).casefold() in _MISSING_TEXT for v in simple[1]):
        return "number"
    values = {plain(v) for v in distinct(source, name) if v is not None and v not in declared}
    values = {v for v in values if v.casefold() not in _MISSING_TEXT}
    decimal = decimal_sign(values, source.raw.delimiter)
    numbers = sum(number_of(v, decimal) is not None for v in values)
    if values and (numbers == len(values) or all(percent_of(v) is not None for v in values)):
        return "number"
    if values and are_amounts(values) and all(amount_of(v, loose=True) is not None for v in values):
        if len(currencies_of(values)) < 2:
            return "number"
        notes.append(f"column {quote(name)} is read as text because it holds amounts of several currencies")
    if numbers and numbers >= 0.9 * len(values):
        odd = next(v for v in sorted(values) if number_of(v, decimal) is None)
        shown = "an identifier" if identifier_kind(odd) else quote(odd)
        notes.append(f"column {quote(name)} is read as text because it holds {shown} beside numbers")
    return "text"


def _suspect(items: dict[str, Any], source: Source, weight: str | None) -> list[str]:
    """Codes of a text file such as -99 that no questionnaire explains are no answers, and that is said: never averaged."""
    said = []
    for name, item in list(items.items()):
        declared = source.raw.user_missing.get(name, ())
        texts = None if item.type != "number" or name == weight or declared else source.texts(name)
        if texts is None or len(texts.words) > _MANY:  # measurements, not codes
            continue
        counts = texts.counts
        values = {v: x for v in counts if v is not None and (x := number_of(str(v))) is not None}
        codes = suspected(values.values())
        if codes:
            items[name] = replace(item, missing={str(c): kind_of_sentinel(c) for c in sorted(codes)})
            n = sum(counts[v] for v, x in values.items() if x in codes)
            listed = ", ".join(map(str, sorted(codes)))
            said.append(
                f"{quote(name)}: {listed} ({n:,} cells) taken as no answer, as nothing says what it means; "
                "a questionnaire does: surveykit new DIR --from FILE drafts one"
            )
    return said


def _find_weight(
    weight: str,
    plain_columns: bool,
    items: dict[str, Any],
    headers: dict[str, str],
    source: Source,
    problems: Problems,
) -> bool:
    """Whether there is a column of weights; one that is no item of the questionnaire is added."""
    if weight in headers and not plain_columns:
        return True
    if weight in items and not plain_columns:
        return False  # an item without a column is a finding already
    found = [n for n in source.schema if n == weight] or [n for n in source.schema if fold(n) == fold(weight)]
    if len(found) != 1:
        what = f"no column for the weight {quote(weight)}"
        problems.add(what, source.raw.where(), hint=did_you_mean(weight, source.schema), code="NO_WEIGHT")
        return False
    items[weight] = PlainItem(weight, "number")
    headers[weight] = found[0]
    return True


def _find_further(
    name: str,
    items: dict[str, Any],
    headers: dict[str, str],
    source: Source,
    notes: list[str],
    problems: Problems,
) -> None:
    """A column that is wanted and no item of the questionnaire."""
    found = [n for n in source.schema if n == name] or [n for n in source.schema if fold(n) == fold(name)]
    if len(found) != 1:
        what = f"no column {quote(name)}"
        problems.add(what, source.raw.where(), hint=did_you_mean(name, source.schema), code="NO_COLUMN")
        return
    items[name] = PlainItem(name, _type_of(found[0], source, notes))
    headers[name] = found[0]


def _without_zero_weight(
    reading: Reading, header: str, source: Source, problems: Problems
) -> tuple[Source, int]:
    """The source without rows of weight zero; negative and missing weights are findings."""
    import narwhals as nw

    if any(e.code.startswith("VALUE") for e in problems):
        return source, 0
    values, known = _weights(reading, header, source)
    for what, n, test in (
        ("a negative weight", known.negative, lambda v: not is_null(v) and v < 0),
        ("a missing weight", known.missing, is_null),
    ):
        if n:
            found = [] if values is None else [i for i, v in enumerate(values) if test(v)]
            problems.add(
                what + times(n),
                source.raw.where(found[0] if found else None, header),
                expected="a number above 0; 0 sets the row aside",
                got=stated(found).strip(),
                code="WEIGHT",
            )
    if not known.zero or known.missing or known.negative:
        return source, 0
    kept = None if values is None else [i for i, v in enumerate(values) if v != 0]
    if isinstance(reading.value, nw.Expr):
        rest = source.frame.filter(reading.value != 0)
    else:
        rest = nw.from_native(source.native[reading.value != 0], eager_only=True)
    blocks = None if source.blocks is None else source.blocks.without_zero(header)
    return Source(rest, source.raw, source.schema, kept, blocks), known.zero


def _weights(reading: Reading, header: str, source: Source) -> tuple[list[Any] | None, Odd]:
    """The weights where they are in memory, and how many are missing, negative or zero."""
    import narwhals as nw

    known = source.odd(header) if reading.plain else None
    if known is not None:
        return None, known
    if not isinstance(reading.value, nw.Expr):
        found = reading.value.to_numpy(dtype=float, na_value=math.nan)
        return found.tolist(), Odd.of(found)
    weighed = source.frame.select(reading.value.alias("w"))
    w = nw.col("w")
    counted = weighed.select(
        w.is_null().cast(nw.Int64).sum().alias("missing"),
        (w < 0).fill_null(False).cast(nw.Int64).sum().alias("negative"),
        (w == 0).fill_null(False).cast(nw.Int64).sum().alias("zero"),
    )
    odd = Odd(*(int(v or 0) for v in single_row(counted)))
    return None if source.lazy else weighed["w"].to_list(), odd


def _check_duplicates(header: str, source: Source, problems: Problems) -> None:
    twice = {v: n for v, n in repeated(source, header).items() if v is not None and str(v).strip()}
    rows = source.rows_of(header, set(twice)) if twice else {}
    for value, n in sorted(twice.items(), key=lambda pair: rows.get(pair[0], [0])[0]):
        found = rows.get(value, [])
        problems.add(
            f"a respondent id stands {n} times",
            source.raw.where(found[0] if found else None, header),
            expected="one row per respondent",
            got=stated(found).strip(),
            hint="remove the repeated rows, or give the column another type than id",
            code="DUPLICATE_ID",
        )


def _apply(
    source: Source, headers: Mapping[str, str], readings: Mapping[str, Reading], boxes: Mapping[str, Boxes]
) -> Any:
    """Raw, value and kind columns and nothing else."""
    import narwhals as nw

    native = source.native
    columns: dict[str, Any] = {}
    for name, header in headers.items():
        columns[f"{name}__raw"] = header if native is not None else nw.col(header)
        columns[name] = readings[name].value
        columns[f"{name}__missing"] = readings[name].missing
    columns |= {name: value for found in boxes.values() for name, value in found.columns.items()}
    if native is not None:
        return local.bound(native, columns)
    return with_nulls(source.frame.select(*(made.alias(name) for name, made in columns.items())))
