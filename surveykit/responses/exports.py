"""A survey platform's export: recognised by evidence, then brought to one row per respondent.

Platforms write more than a table: several header rows, one column per ticked box, previews, words for
skipped questions. A file in ``platforms`` knows one of them. It registers an entry of
:data:`platforms` with ``marks`` (what in the head of the file speaks for it) and a function that
turns a :class:`Survey` into plain columns. A reader calls :func:`recognise` with what it has read.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError, Where, did_you_mean, quote
from surveykit.registry import Registry

if TYPE_CHECKING:
    from surveykit.responses.table import TextColumns

__all__ = ["Field", "Head", "Survey", "platforms", "recognise", "tabulated"]

_CHOICES = frozenset({
    "answer choices", "answer choice", "antwortoptionen", "antwortmöglichkeiten", "choix de réponses", "opciones de respuesta",
    "opções de resposta", "opzioni di risposta", "antwoordkeuzen", "答案选项", "回答の選択肢", "варианты ответов",
})  # fmt: skip
_COUNTS = frozenset({
    "responses", "response percent", "response count", "beantwortungen", "antworten", "réponses", "respuestas", "respostas",
    "risposte", "antwoorden", "回复", "回复情况", "回答数", "ответы",
})  # fmt: skip
ENOUGH = 3
HEAD = 60
_HEADER_ROWS = 3
_HEAD_SEEN = 100
PLAIN = "none"
_OWN_COLUMNS = frozenset({
    "responseid", "response id", "startdate", "start date", "enddate", "end date", "recordeddate", "respondentid",
    "respondent id", "collectorid", "collector id",
    "submitdate", "lastpage", "startlanguage", "date submitted", "last page", "timestamp", "时间戳记", "start time",
    "completion time", "开始时间", "完成时间", "network id", "start date (utc)", "submit date (utc)", "序号", "提交答卷时间",
    "所用时间", "来源详情", "来自ip", "_uuid", "_submission_time", "_id", "time_used",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Field:
    """What an export says about a column.

    ``text`` are the words of the question, ``stem`` those that it shares with other columns of a
    battery. ``role`` is empty for an answer, else ``meta`` (written by the platform), ``duration`` (the time an interview
    took), ``identifier``, ``date``, ``text``, ``rank``, ``yes_no`` or ``member`` (a box of a multiple answer
    that also stands in one column).
    ``choices`` (code to words) and ``separator`` describe a multiple answer.
    """

    text: str = ""
    stem: str = ""
    role: str = ""
    choices: Mapping[str, str] = field(default_factory=dict)
    separator: str = ""


@dataclass(frozen=True, slots=True)
class Head:
    """The first records of a file: its header and up to sixty rows below it."""

    header: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]

    def column(self, i: int) -> list[str]:
        """The cells of a column that are not blank."""
        return [r[i] for r in self.rows if r[i].strip()]


Evidence = list[tuple[int, str]]
Platform = Callable[["Survey"], None]
platforms: Registry[Platform] = Registry("platform")


@dataclass(slots=True)
class Survey:
    """An export while its platform brings it into shape: a header and columns of text cells.

    ``missing`` holds per column the words that mean no answer, with their kind; ``beside`` the column
    next to which an added one stands.
    """

    header: list[str]
    cells: list[list[str]]
    source: str
    sheet: str = ""
    lines: list[int] = field(default_factory=list)
    fields: dict[int, Field] = field(default_factory=dict)
    missing: dict[int, dict[str, str]] = field(default_factory=dict)
    beside: dict[int, int] = field(default_factory=dict)
    set_aside: list[tuple[str, int]] = field(default_factory=list)
    guesses: list[str] = field(default_factory=list)
    warnings: list[str] = field(default_factory=list)
    keep_unfinished: bool = False

    @property
    def n(self) -> int:
        """Rows below the header."""
        return len(self.cells[0]) if self.cells else 0

    def row(self, i: int) -> list[str]:
        """One row."""
        return [column[i] for column in self.cells]

    def drop_first(self, rows: int) -> None:
        """The first rows are header rows and no answers."""
        self.cells = [column[rows:] for column in self.cells]
        self.lines = self.lines[rows:]

    def put_aside(
        self, flags: Sequence[bool], reason: str, why_all: str = "", unfinished: bool = False
    ) -> None:
        """Set the flagged rows aside and count them; where that leaves none, keep them and warn.

        ``unfinished`` rows are kept, and counted, where the reader was told to.
        """
        n = sum(flags)
        if not n:
            return
        if unfinished and self.keep_unfinished:
            self.guesses.append(f"{n:,} rows that are {reason} were kept, as you said")
            return
        if n == len(flags):
            self.warnings.append(f"all {n:,} rows were kept although each is {why_all or reason}")
            return
        self.set_aside.append((reason, n))
        self.cells = [[c for c, out in zip(col, flags, strict=True) if not out] for col in self.cells]
        self.lines = [line for line, out in zip(self.lines, flags, strict=True) if not out]

    def describe(self, i: int, **facts: Any) -> None:
        """Add facts to the field of a column."""
        self.fields[i] = replace(self.fields.get(i, Field()), **facts)

    def add(self, name: str, cells: list[str], facts: Field, beside: int) -> None:
        """One more column, in the end before (a multiple answer) or after (a text) the one ``beside``."""
        self.header.append(name)
        self.cells.append(cells)
        self.fields[len(self.header) - 1] = facts
        self.beside[len(self.header) - 1] = beside

    def where(self, row: int | None = None, column: str = "") -> Where:
        """The place of a row (from 0) for a message."""
        line = self.lines[row] if row is not None and row < len(self.lines) else None
        return Where(file=self.source, sheet=self.sheet, line=line, column=column)


@dataclass(frozen=True, slots=True)
class Shaped:
    """What :func:`recognise` hands back to a reader: columns of text and what is known about them."""

    platform: str
    header: list[str]
    cells: list[list[str]]
    lines: list[int]
    facts: Mapping[str, Any]


def recognise(
    header: Sequence[str],
    columns: Sequence[Any],
    lines: Sequence[int],
    source: str,
    sheet: str = "",
    wanted: str | None = None,
    keep_unfinished: bool = False,
) -> Shaped | None:
    """The export in shape, or None where no platform's marks are found (or ``wanted`` is ``none``).

    ``columns`` are pyarrow columns of text. Two platforms with equal evidence are an error that asks for
    ``platform=``.
    """
    if not len(platforms):
        platforms.discover("surveykit.responses.platforms")
    if wanted == PLAIN:
        return None
    header, columns, empty = _without_empty(header, columns)
    first = [_texts(c.slice(0, HEAD)) for c in columns]
    head = Head(tuple(header), tuple(zip(*first, strict=True)))
    found = _evidence(head, source, wanted)
    if found is None:
        return None
    name, reasons = found
    survey = Survey(list(header), [_texts(c) for c in columns], source, sheet, list(lines))
    survey.keep_unfinished = keep_unfinished
    survey.warnings += [f"column {i} has neither a name nor a cell: left out" for i in empty]
    _refuse_second_header(survey)
    _refuse_foreign_header(survey)
    platforms.get(name).function(survey)
    survey.header = _unique(survey)
    return _shaped(survey, name, reasons)


def _without_empty(
    header: Sequence[str], columns: Sequence[Any]
) -> tuple[Sequence[str], Sequence[Any], list[int]]:
    """Header and columns without those that have neither a name nor a cell; these by their place from 1."""
    empty = [
        i
        for i, name in enumerate(header)
        if not name.strip() and not any(c.strip() for c in _texts(columns[i]))
    ]
    if not empty:
        return header, columns, []
    kept = [i for i in range(len(header)) if i not in set(empty)]
    return [header[i] for i in kept], [columns[i] for i in kept], [i + 1 for i in empty]


def _texts(column: Any) -> list[str]:
    return [cell or "" for cell in column.to_pylist()]


def _evidence(head: Head, source: str, wanted: str | None) -> tuple[str, list[str]] | None:
    if wanted is not None:
        known = [e.id for e in platforms]
        if wanted not in known:
            raise SurveykitError(
                f"unknown platform {quote(wanted)}",
                expected=", ".join([*known, PLAIN]),
                hint=did_you_mean(wanted, known),
                code="UNKNOWN_PLATFORM",
            )
        return wanted, ["as you said"]
    marks = {e.id: e.extra["marks"](head) for e in platforms}
    points = Counter({name: sum(n for n, _ in found) for name, found in marks.items()})
    ranked = points.most_common(2)
    (best, most), (second, next_most) = ranked[0], ranked[-1]
    if most < ENOUGH:
        return None
    if second != best and next_most == most:
        listed = "; ".join(f"{p}: {', '.join(why for _, why in marks[p])}" for p in (best, second))
        raise SurveykitError(
            f"this looks like an export of {best} as well as of {second}",
            source,
            got=listed,
            hint=f"say which: platform: {best} in the study, or platform='{best}'; {PLAIN} reads it as it is",
            code="PLATFORM",
        )
    reasons = [why for _, why in marks[best]]
    if second != best and next_most >= ENOUGH:
        also = ", ".join(why for _, why in marks[second])
        reasons.append(f"it has marks of {second} too ({also}): platform: {second} reads it so")
    return best, reasons


def _refuse_second_header(survey: Survey) -> None:
    """A header in the middle, below any header rows: two exports in one file."""
    header = survey.header
    key = next((i for i, name in enumerate(header) if name.strip()), 0)
    for place, cell in enumerate(survey.cells[key] if survey.cells else []):
        if cell != header[key] or place < _HEADER_ROWS:
            continue
        same = sum(c == h for c, h in zip(survey.row(place), header, strict=True))
        if same > len(header) // 2:
            raise SurveykitError(
                "the header stands again among the answers: two exports in one file",
                survey.where(place),
                hint="keep them as two files, or delete the second header",
                code="SECOND_HEADER",
            )


def _refuse_foreign_header(survey: Survey) -> None:
    """A header of another export in the middle: the first columns name what platforms write themselves."""
    first = survey.cells[:3]
    places = {
        place
        for column in first
        for place, cell in enumerate(column)
        if place >= _HEADER_ROWS and cell.strip().casefold() in _OWN_COLUMNS
    }
    for place in sorted(places):
        if sum(c.strip().casefold() in _OWN_COLUMNS for c in survey.row(place)) > 1:
            raise SurveykitError(
                "the header of another export stands among the answers: two exports in one file",
                survey.where(place),
                got=", ".join(quote(c) for c in survey.row(place)[:4]) + ", …",
                hint="keep them as two files",
                code="SECOND_HEADER",
            )


def _refuse_summary(head: Sequence[Sequence[str]], source: str, sheet: str) -> None:
    """A sheet of counts per question (SurveyMonkey's "Summary data"), which holds nobody's answers."""
    for i, row in enumerate(head):
        said = [c.strip().casefold() for c in row]
        if said[0] in _CHOICES and any(c in _COUNTS for c in said[1:]):
            raise SurveykitError(
                "this is a summary: shares and counts of each answer, not one row per respondent",
                Where(file=source, sheet=sheet, line=i + 1),
                expected="the answers of each respondent",
                got=", ".join(quote(c.strip()) for c in row if c.strip()),
                hint="export the responses: SurveyMonkey: Save as > Export file > All individual responses (XLSX or CSV)",
                code="SUMMARY",
            )


def _refuse_foreign(columns: Sequence[Any], lines: Sequence[int], source: str, sheet: str) -> None:
    """The same in a table of no platform, which an export of one was pasted below."""
    import pyarrow as pa
    import pyarrow.compute as pc

    names = pa.array(sorted(_OWN_COLUMNS), pa.string())
    found = [pc.is_in(pc.utf8_lower(pc.utf8_trim_whitespace(c)), value_set=names) for c in columns[:3]]
    places = {int(i) for f in found for i in pc.indices_nonzero(f).to_pylist()[:_HEAD_SEEN]}
    for place in sorted(i for i in places if i >= _HEADER_ROWS):
        row = [cell for c in columns for cell in _texts(c.slice(place, 1))]
        if sum(c.strip().casefold() in _OWN_COLUMNS for c in row) > 1:
            raise SurveykitError(
                "the header of another export stands among the answers: two exports in one file",
                Where(file=source, sheet=sheet, line=lines[place]),
                got=", ".join(quote(c) for c in row[:4]) + ", …",
                hint="keep them as two files",
                code="SECOND_HEADER",
            )


def _unique(survey: Survey) -> list[str]:
    """Column names in one line, each once: a repeated one gets a number."""
    seen: Counter[str] = Counter()
    taken = {" ".join(h.split()) for h in survey.header}
    names = []
    repeated = 0
    for i, header in enumerate(survey.header):
        plain = " ".join(header.split()) or f"column {i + 1}"
        seen[plain] += 1
        name, number = plain, seen[plain]
        while number > 1 and (name := f"{plain} ({number})") in taken:
            number += 1
        repeated += name != plain
        taken.add(name)
        names.append(name)
    if repeated:
        survey.guesses.append(f"{repeated} repeated column names got a number: name (2)")
    return names


def _shaped(survey: Survey, name: str, reasons: list[str]) -> Shaped:
    fields = {survey.header[i]: f for i, f in survey.fields.items()}
    order = sorted(range(len(survey.header)), key=lambda i: _position(survey, i))
    left = {survey.header[i]: words for i, words in survey.missing.items() if words}
    facts = {
        "platform": name,
        "fields": fields,
        "question": {h: f.text for h, f in fields.items() if f.text and f.text != h},
        "user_missing": {h: _codes(words) for h, words in left.items()},
        "value_labels": {h: _kinds(words) for h, words in left.items()},
        "set_aside": tuple(survey.set_aside),
        "guesses": (f"platform {name}: {'; '.join(reasons)}", *survey.guesses),
        "warnings": tuple(survey.warnings),
    }
    header, cells = [survey.header[i] for i in order], [survey.cells[i] for i in order]
    return Shaped(name, header, cells, survey.lines, facts)


def _position(survey: Survey, i: int) -> tuple[int, int, int]:
    at = survey.beside.get(i)
    if at is None:
        return i, 0, i
    return at, 1 if survey.fields[i].role == "text" else -1, i


def _codes(words: Mapping[str, str]) -> tuple[Any, ...]:
    """Declared missing codes: words as they stand, numbers as numbers."""
    return tuple(float(w) if w.lstrip("-").isdigit() else w for w in words)


def _kinds(words: Mapping[str, str]) -> dict[Any, str]:
    """A label by which binding knows the kind of missing."""
    return {float(w) if w.lstrip("-").isdigit() else w: kind.replace("_", " ") for w, kind in words.items()}


def tabulated(
    header: Sequence[str],
    cells: TextColumns,
    lines: Sequence[int],
    source: str,
    sheet: str = "",
    wanted: str | None = None,
    keep_unfinished: bool = False,
) -> tuple[Any, dict[str, Any]]:
    """A pyarrow table of text from records, and the fields of :class:`Raw` that go with it.

    Where a platform is recognised its columns are brought into shape; any other table is taken as it is.
    """
    import pyarrow as pa

    from surveykit.responses.spreadsheets import HEAD_ROWS, dated, heading, joined_names, second_table
    from surveykit.responses.table import TextColumns, text_table

    columns = cells.finish()
    head = [list(header), *map(list, zip(*(_texts(c.slice(0, HEAD_ROWS)) for c in columns), strict=True))]
    above, rows = heading(head)
    guesses: tuple[str, ...] = ()
    if above:
        titles = [quote(next(c for c in row if c.strip())) for row in head[:above]]
        guesses = (f"{above} rows above the column names are no answers: {', '.join(titles)}",)
        header, columns, lines = head[above], [c.slice(above) for c in columns], lines[above:]
    _refuse_summary(head, source, sheet)
    shaped = recognise(header, columns, lines, source, sheet, wanted, keep_unfinished)
    if shaped is None:
        if wanted != PLAIN:
            _refuse_foreign(columns, lines, source, sheet)
        shared: dict[str, str] = {}
        if rows == 2:
            header, shared = joined_names(header, head[above + 1])
            columns, lines = [c.slice(1) for c in columns], lines[1:]
            guesses = (
                *guesses,
                "the column names stand in two rows, the first spanning several of the second",
            )
        table = text_table(header, TextColumns.of(columns), source, sheet)
        data, said = dated(table.data)
        said = (*table.warnings, *said, *second_table(data, lines))
        fields = {n: Field(text=n, stem=stem) for n, stem in shared.items()}
        return data, {
            "lines": lines,
            "guesses": (*guesses, *table.guesses),
            "warnings": said,
            "fields": fields,
        }
    if not shaped.lines:
        raise SurveykitError(
            "header rows but no answers below them", Where(source, sheet=sheet), code="NO_ROWS"
        )
    made = {n: pa.array(c, pa.string()) for n, c in zip(shaped.header, shaped.cells, strict=True)}
    data, said = dated(pa.table(made))
    facts = {**shaped.facts, "lines": shaped.lines, "guesses": (*guesses, *shaped.facts["guesses"])}
    return data, {**facts, "warnings": (*facts.get("warnings", ()), *said)}
