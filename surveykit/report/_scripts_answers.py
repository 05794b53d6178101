"""By which rule ``methods.R`` comes from a file of answers to the numbers that the models are fitted to.

The rule is tried here first: every cell of every row used is read as R will read it, and must give surveykit's value. Where
there is no such rule (a workbook, a platform's own layout, weights that follow from population sizes, more texts than a
script should hold) the script reads a file of codes that ``methods.py`` makes.
"""

from __future__ import annotations

import csv
import hashlib
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.responses.design import OWN_WEIGHT
from surveykit.responses.weighting import people

if TYPE_CHECKING:
    from surveykit.responses import Responses

__all__ = ["CODED", "Answers", "Column", "Raking", "answers_of"]

CODED = "coded.csv"
"""What the file of codes is called that ``methods.py`` makes for R."""
_TEXT_FILES = frozenset({".csv", ".tsv", ".txt"})
_MOST_ROWS = 200_000
_MOST_PAIRS = 60
_HEADERS = 60
_NUMBER = re.compile(r"[+-]?([0-9]+[.]?[0-9]*|[.][0-9]+)([eE][+-]?[0-9]+)?")
_BLANK = " \t\r\n"
Cell = float | str | None


@dataclass(frozen=True, slots=True)
class Column:
    """A variable: its place in the file (from 1) and header there, whether it is text, whether commas are its decimal signs,
    and the cells that do not stand for themselves (their text and value, None for no answer)."""

    name: str
    place: int
    header: str
    text: bool
    comma: bool = False
    pairs: tuple[tuple[str, Cell], ...] = ()


@dataclass(frozen=True, slots=True)
class Raking:
    """The weights before ("" where all were 1), how many people of the sample each group of each margin is to have, and
    the smallest and largest weight in multiples of their mean."""

    base: str
    margins: Mapping[str, Mapping[str, float]]
    bounds: tuple[float, float] | None = None


@dataclass(frozen=True, slots=True)
class Answers:
    """The file, how it is split into cells, which of its records are no rows of the study, and the variables.

    ``means`` maps a construct to its items and how many must be answered; ``sums`` a number column to how many answers
    it has and their sum. ``coded`` says that the file is the one that ``methods.py`` makes.
    """

    file: str
    n: int
    columns: tuple[Column, ...]
    encoding: str = "UTF-8"
    delimiter: str = ","
    width: int = 0
    aside: tuple[int, ...] = (1,)
    sha256: str = ""
    coded: bool = False
    reasons: tuple[tuple[str, int], ...] = ()
    means: Mapping[str, tuple[tuple[str, ...], int]] = field(default_factory=dict)
    sums: Mapping[str, tuple[int, float]] = field(default_factory=dict)
    raking: Raking | None = None


def answers_of(data: Responses, names: Sequence[str], weighting: Mapping[str, Any] | None = None) -> Answers:
    """How R reads the variables ``names``: from the answers themselves where that can be shown to be right.

    ``weighting`` are the margins and bounds by which a study made its weights.
    """
    means = {n: m for n in names if (m := _mean(data, n)) is not None}
    raking = _raking(data, weighting) if OWN_WEIGHT in names else None
    behind = () if raking is None else (*raking.margins, *([raking.base] if raking.base else []))
    asked = (*(n for n in names if raking is None or n != OWN_WEIGHT), *behind)
    found = _from_file(
        data, list(dict.fromkeys(i for n in asked for i in (means[n][0] if n in means else (n,))))
    )
    if found is None:
        listed = list(dict.fromkeys(names))
        columns = tuple(Column(n, i, n, not _number(data, n)) for i, n in enumerate(listed, start=1))
        made = Answers(CODED, data.n_rows, columns, width=len(listed), coded=True)
    else:
        reasons = tuple(data.import_report.set_aside)
        made = replace(found, sha256=data.import_report.sha256, reasons=reasons, means=means, raking=raking)
    return replace(made, sums=_sums(data, [c.name for c in made.columns if not c.text]))


def _raking(data: Responses, weighting: Mapping[str, Any] | None) -> Raking | None:
    """How R makes the weights of the study again; None where these were not made by raking to groups in words."""
    if weighting is None or data.design.fpc or data.design.replicates:
        return None
    margins: dict[str, dict[str, float]] = {k: dict(v) for k, v in weighting["margins"].items()}
    report = {c.item for c in data.import_report.columns}
    if any(n not in report or n in data.numeric for n in margins):
        return None
    targets = [list(t.values()) for t in people(margins, data.n_rows)]
    wanted = {n: dict(zip(t, v, strict=True)) for (n, t), v in zip(margins.items(), targets, strict=True)}
    bounds = weighting["bounds"]
    return Raking(weighting.get("base") or "", wanted, None if bounds is None else (bounds[0], bounds[1]))


def _number(data: Responses, name: str) -> bool:
    return name in data.numeric or name not in data.columns


def _mean(data: Responses, name: str) -> tuple[tuple[str, ...], int] | None:
    """The items of a construct whose mean score is asked for, and how many of them must be answered."""
    from surveykit.responses.core import needed_items

    q = data.questionnaire
    if name in data.columns or q is None or name not in q.constructs:
        return None
    construct = q.constructs[name]
    return tuple(construct.items), needed_items(construct.items, construct.min_valid)


def _sums(data: Responses, names: Sequence[str]) -> dict[str, tuple[int, float]]:
    """How many answers each column has, and their sum: R finds the same or stops."""
    if data.lazy or not names:
        return {}
    frame = data.frame(list(names))
    return {n: (int(frame[n].notna().sum()), float(frame[n].sum())) for n in names}


def _from_file(data: Responses, names: Sequence[str]) -> Answers | None:
    """The rule for a file of text that is still there and unchanged; None where there is no such rule."""
    report = data.import_report
    headers = {c.item: c.header for c in report.columns}
    if any(n not in data.columns or n not in headers for n in names):
        return None
    records = _records(data)
    top = _header(records, [headers[n] for n in names])
    if top is None:
        return None
    places = [[c.strip() for c in records[top]].index(headers[n].strip()) for n in names]
    rows = _raw_rows(data, names)
    for gaps in (False, True):  # a platform's word for a question that was skipped is no cell any more
        kept = _kept(records, top + 1, places, rows, gaps)
        if kept is None:
            continue
        values = data.frame(list(names))
        columns = [
            _column(n, place, records[top][place], [records[r][place] for r in kept], values[n].tolist(), n in data.numeric)
            for n, place in zip(names, places, strict=True)
        ]  # fmt: skip
        if all(columns):
            used = set(kept)
            aside = tuple(i + 1 for i in range(len(records)) if i not in used)
            width = max(map(len, records))
            encoding = {"utf-8-sig": "UTF-8"}.get(report.encoding, report.encoding).upper()
            found = tuple(c for c in columns if c is not None)
            return Answers(
                Path(report.source).name, data.n_rows, found, encoding, report.delimiter, width, aside
            )
    return None


def _records(data: Responses) -> list[list[str]]:
    """The records of a file of text as it was read; none where it is another file now, or was no such file."""
    report = data.import_report
    path = Path(report.source)
    if (
        data.lazy
        or data.n_rows > _MOST_ROWS
        or path.suffix.lower() not in _TEXT_FILES
        or not report.delimiter
    ):
        return []
    try:
        content = path.read_bytes()
    except OSError:
        return []
    if hashlib.sha256(content).hexdigest() != report.sha256:
        return []
    text = io.StringIO(content.decode(report.encoding), newline="")
    return [r for r in csv.reader(text, delimiter=report.delimiter) if r]


def _header(records: Sequence[Sequence[str]], headers: Sequence[str]) -> int | None:
    """The record in which every header stands once."""
    for i, record in enumerate(records[:_HEADERS]):
        cells = [c.strip() for c in record]
        if all(cells.count(h.strip()) == 1 for h in headers):
            return i
    return None


def _raw_rows(data: Responses, names: Sequence[str]) -> list[tuple[str, ...]]:
    """The cells of the rows used as the source held them, "" for none."""
    there = set(data.native.columns)
    columns = [data.native[f"{n}__raw" if f"{n}__raw" in there else n].to_list() for n in names]
    return [
        tuple("" if v is None or v != v else str(v).strip() for v in row)
        for row in zip(*columns, strict=True)
    ]


def _kept(
    records: Sequence[Sequence[str]],
    start: int,
    places: Sequence[int],
    rows: Sequence[tuple[str, ...]],
    gaps: bool,
) -> list[int] | None:
    """Which records the rows are, in their order; None where they are not to be found. With ``gaps`` an empty cell may be
    any cell of the file."""
    at, kept = start, []
    most = max(places)
    for row in rows:
        while at < len(records):
            record = records[at]
            at += 1
            if len(record) > most and all(
                cell == record[p].strip() or (gaps and not cell) for cell, p in zip(row, places, strict=True)
            ):
                kept.append(at - 1)
                break
        else:
            return None
    return kept


def _column(
    name: str, place: int, header: str, cells: Sequence[str], values: Sequence[Any], number: bool
) -> Column | None:
    """The column with the cells that R's rule reads otherwise; None where they are too many or contradict each other."""
    for comma in (False, True) if number else (False,):
        pairs: dict[str, Cell] = {}
        settled: dict[str, Cell] = {}
        for raw, value in zip(cells, values, strict=True):
            cell, known = raw.strip(_BLANK), _known(value)
            if settled.setdefault(cell, known) != known:
                return None
            if _by_rule(cell, number, comma) != known:
                pairs[cell] = known
        if len(pairs) <= _MOST_PAIRS:
            listed = tuple(sorted(pairs.items()))
            return Column(name, place + 1, header.strip(), not number, comma, listed)
    return None


def _known(value: Any) -> Cell:
    if value is None or value != value:
        return None
    return value if isinstance(value, str) else float(value)


def _by_rule(cell: str, number: bool, comma: bool) -> Cell:
    """What R makes of a cell by itself."""
    if not number:
        return cell or None
    plain = cell.replace(",", ".") if comma else cell
    return float(plain) if _NUMBER.fullmatch(plain) else None
