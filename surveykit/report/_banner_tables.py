"""Banner tables on the page and in the workbook: repeated stubs, letters beside values, bases above them."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from surveykit.findings import Row
from surveykit.findings.banner import UNITS
from surveykit.format import chinese
from surveykit.report._blocks import Cell, Column, Fixed, Inline, Stat, TableBlock, View

__all__ = ["Lines", "banner_tables", "lines_of", "stub", "table_of"]

WORDS = {
    "table": {"en": "{title}: “{by}”", "zh": "{title}：“{by}”"},
    "part": {"en": "{title}: “{by}”, columns {first} to {last}", "zh": "{title}：“{by}”，第{first}至{last}列"},
    "all": {"en": "All", "zh": "全体"},
    "question": {"en": "Question", "zh": "题目"},
    "answer": {"en": "Line", "zh": "行", "zh-Hant": "列"},
    "above": {"en": "above", "zh": "高于"},
    "base": {"en": "Base", "zh": "基数"},
    "smallest": {"en": "Base (smallest of the lines)", "zh": "基数（各行中最小者）"},
    "of": {"en": " (mean)", "zh": "（均值）"},
    "weighted": {"en": "Weighted base", "zh": "加权基数"},
    "top": {"en": "Highest answers ({code})", "zh": "最高几档（{code}）"},
    "mean": {"en": "Mean", "zh": "均值"},
    "nps": {"en": "Net Promoter Score", "zh": "净推荐值"},
    "score": {"en": "Score", "zh": "得分"},
    "letters": {
        "en": "A letter beside a value names a column of the same question about groups whose value is lower: capitals at {high}, small letters at {low}; {adjust}. Nothing is tested against “All”.",
        "zh": "数值旁的字母表示该值显著高于同一分组变量中的相应列：大写字母为{high}水平，小写字母为{low}水平；{adjust}。各列未与“全体”比较。",
    },
    "none": {"en": "p-values are not adjusted for the number of comparisons", "zh": "p值未作多重比较校正"},
    "holm": {"en": "p-values are adjusted by Holm within a line", "zh": "p值在行内按Holm法校正"},
    "bh": {"en": "p-values are adjusted by Benjamini and Hochberg within a line", "zh": "p值在行内按Benjamini–Hochberg法校正"},
    "small": {"en": "* Small base (effective n below {n}): shown with care, not tested.", "zh": "* 基数较小（有效样本量低于{n}）：请谨慎解读，未作检验。"},
    "hidden": {"en": "–: fewer than {k} answers, or a number that would give such a group away.", "zh": "–：回答少于{k}份，或会使此类组别的数值被推算出来。"},
}  # fmt: skip
MOST_COLUMNS = 6
"""So many groups stand beside the stub and “All”; further ones in a table of their own with the stub repeated."""
LONG = 24


@dataclass(frozen=True, slots=True)
class Lines:
    """A result's rows by line and column, in their order."""

    terms: tuple[str, ...]
    cells: Mapping[tuple[str, str], Row]
    columns: tuple[Row, ...]
    weighted: bool

    def first(self, term: str) -> Row:
        """The row of everybody."""
        return self.cells[term, ""]


def lines_of(view: View, result: str) -> Lines:
    """The rows of a banner analysis."""
    rows = view.document.rows(result)
    weighted = bool(view.document.facts(result).get("weight"))
    return Lines(
        tuple(dict.fromkeys(r.text("term") for r in rows)),
        {(r.text("term"), r.text("group")): r for r in rows},
        view.document.rows(result, "columns"),
        weighted,
    )


def stub(view: View, row: Row) -> Cell:
    """What a line counts: an answer, the highest ones, a mean."""
    kind, code = row.text("statistic"), row.text("code")
    if kind == "share":
        label = view.document.label(f"{row.text('item')}={code}")
        return (label,) if label.key else (Fixed(code, "given"),)
    if kind == "top":
        return view.say(WORDS["top"], code=Fixed(code, "structure"))
    return (view.word(WORDS[kind]),)


def banner_tables(view: View, result: str, title: str) -> Iterator[TableBlock]:
    """One table per group column, in parts where there are many groups; the workbook has all in one sheet."""
    lines = lines_of(view, result)
    parts = list(_parts(lines.columns))
    book = _book(view, lines, title, _notes(view, result, lines, lines.columns))
    for i, part in enumerate(parts):
        by = view.document.label(part[0].text("banner"))
        whole = sum(1 for p in parts if p[0].text("banner") == part[0].text("banner")) == 1
        ends = {k: Fixed(part[at].text("letter"), "given") for k, at in (("first", 0), ("last", -1))}
        caption = view.say(WORDS["table" if whole else "part"], title=title, by=by, **ends)
        rows = tuple(_page_rows(view, lines, part))
        notes = _notes(view, result, lines, part)
        id_ = _id(result, i)
        heads = [Column(view.say(WORDS["question"]), "left", wide=True), Column(view.say(WORDS["all"]))]
        heads += [Column(_head(view, c)) for c in part]
        yield TableBlock(
            id_, caption, tuple(heads), rows, notes, folded=len(rows) > LONG, book=book if i == 0 else None, in_book=i == 0
        )  # fmt: skip


def table_of(lines: Lines, result: str, by: str) -> str:
    """The id of the first table with the groups of ``by``."""
    parts = list(_parts(lines.columns))
    return _id(result, next(i for i, part in enumerate(parts) if part[0].text("banner") == by))


def _id(result: str, i: int) -> str:
    return f"table-{result}" if i == 0 else f"table-{result}-{i + 1}"


def _parts(columns: Sequence[Row]) -> Iterator[list[Row]]:
    for by in dict.fromkeys(c.text("banner") for c in columns):
        mine = [c for c in columns if c.text("banner") == by]
        pieces = math.ceil(len(mine) / MOST_COLUMNS)
        size = math.ceil(len(mine) / pieces)
        yield from (mine[i : i + size] for i in range(0, len(mine), size))


def _head(view: View, column: Row) -> Cell:
    marks = "（{}）" if chinese(view.language) else " ({})"
    return (view.document.label(column.text("group")), Fixed(marks.format(column.text("letter")), "given"))


def _page_rows(view: View, lines: Lines, part: Sequence[Row]) -> Iterator[tuple[Cell, ...]]:
    """Questions of several lines under their bases; those of one line together, under the smallest base of each column."""
    groups = ["", *(c.text("group") for c in part)]
    for block in _blocks(lines):
        bases = [_smallest([lines.cells.get((t, g)) for t in block]) for g in groups]
        single = len({lines.first(t).text("item") for t in block}) > 1
        named = lines.first(block[0])
        same = all(len({_n(lines.cells.get((t, g))) for t in block} - {None}) < 2 for g in groups)
        if single:
            head: Cell = (view.word(WORDS["base" if same else "smallest"]),)
        else:
            head = (view.document.label(named.text("item")),)
        yield (head, *(_base(c) for c in bases))
        if lines.weighted:
            yield (
                ("\N{EM SPACE}", view.word(WORDS["weighted"])),
                *(_plain(c, "weighted", "count") for c in bases),
            )
        for term in block:
            first = lines.first(term)
            name: Cell = _single(view, first) if single else ("\N{EM SPACE}", *stub(view, first))
            yield (name, *(_value(lines.cells.get((term, g))) for g in groups))


def _blocks(lines: Lines) -> Iterator[list[str]]:
    """The lines of one question, or those of several that have one line each."""
    items: dict[str, list[str]] = {}
    for term in lines.terms:
        items.setdefault(lines.first(term).text("item"), []).append(term)
    block: list[str] = []
    for terms in items.values():
        if len(terms) == 1:
            block += terms
            continue
        if block:
            yield block
        block = []
        yield terms
    if block:
        yield block


def _n(row: Row | None) -> object:
    return None if row is None else row.get("n")


def _smallest(rows: Sequence[Row | None]) -> Row | None:
    known = [r for r in rows if r is not None and r.has("n")]
    return min(known, key=lambda r: int(r.get("n")), default=None)


def _single(view: View, row: Row) -> Cell:
    """A question of one line: its words, and what is counted where that is not its name."""
    label = view.document.label(row.text("item"))
    return (label, *view.say(WORDS["of"])) if row.text("statistic") == "mean" else (label,)


def _base(row: Row | None) -> Cell:
    if row is None or not row.has("n"):
        return ("–",)
    mark: tuple[Inline, ...] = ("*",) if row.text("remark") == "small_base" else ()
    return (Stat("n"), " = ", row.number("n", "count"), *mark)


def _plain(row: Row | None, column: str, format: str) -> Cell:
    return (row.number(column, format),) if row is not None and row.has(column) else ("–",)


def _value(row: Row | None) -> Cell:
    if row is None or not row.has("estimate"):
        return ("–",)
    letters = row.text("letters")
    number = row.number("estimate", UNITS[row.text("unit")])
    return (number, "\N{NO-BREAK SPACE}", Fixed(letters, "given")) if letters else (number,)


def _book(view: View, lines: Lines, title: str, notes: tuple[Cell, ...]) -> TableBlock:
    """The whole table with a column of letters beside each group, so that every value is a number."""
    heads = [
        Column(view.say(WORDS["question"]), "left", wide=True),
        Column(view.say(WORDS["answer"]), "left"),
    ]
    heads.append(Column(view.say(WORDS["all"])))
    for column in lines.columns:
        heads += [Column(_head(view, column)), Column((*view.say(WORDS["above"]),), "left")]
    groups = [c.text("group") for c in lines.columns]
    rows: list[tuple[Cell, ...]] = []
    before: tuple[object, ...] = ()
    for term in lines.terms:
        cells = [lines.cells.get((term, g)) for g in groups]
        first = lines.first(term)
        name: Cell = (view.document.label(first.text("item")),)
        base = (first.text("item"), first.get("n"), *(None if c is None else c.get("n") for c in cells))
        if base != before:
            before = base
            for kind, shown in (("n", "count"), ("weighted", "number1"))[: 1 + lines.weighted]:
                row: list[Cell] = [
                    name,
                    view.say(WORDS["base" if kind == "n" else "weighted"]),
                    _plain(first, kind, shown),
                ]
                for cell in cells:
                    small = cell is not None and cell.text("remark") == "small_base"
                    row += [_plain(cell, kind, shown), ("*",) if small and kind == "n" else ("",)]
                rows.append(tuple(row))
        unit = UNITS[first.text("unit")]
        line: list[Cell] = [name, stub(view, first), _plain(first, "estimate", unit)]
        for cell in cells:
            line += [_plain(cell, "estimate", unit), ("" if cell is None else cell.text("letters"),)]
        rows.append(tuple(line))
    return TableBlock("book", (title,), tuple(heads), tuple(rows), notes)


def _notes(view: View, result: str, lines: Lines, columns: Sequence[Row]) -> tuple[Cell, ...]:
    options = view.document.data["results"][result].get("options", {})
    shares = {
        k: Fixed(f"{1 - float(options[v]):.0%}", "structure")
        for k, v in (("high", "alpha"), ("low", "alpha_low"))
    }
    notes = [view.say(WORDS["letters"], adjust=WORDS[str(options["adjust"])], **shares)]
    groups = {c.text("group") for c in columns}
    rows = [r for (_, g), r in lines.cells.items() if g in groups]
    if any(r.text("remark") == "small_base" for r in rows):
        notes.append(view.say(WORDS["small"], n=Fixed(str(options["min_test"]), "structure")))
    if any(r.suppressed for r in rows):
        notes.append(view.say(WORDS["hidden"], k=Fixed(str(options["min_base"]), "structure")))
    return tuple(notes)
