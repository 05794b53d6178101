"""Data quality: reasons for doubt, what leaving doubted answers out changes, items that misbehave, late answers."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence

from surveykit.findings import Row
from surveykit.findings.quality import named
from surveykit.quality import ITEM_VERDICTS
from surveykit.report._blocks import Block, Cell, Column, Heading, Stat, TableBlock, View
from surveykit.report._cells import BETWEEN, column, interval_cell, value
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.responses.quality import REASONS

WORDS = {
    "title": {"en": "Data quality", "zh": "作答质量"},
    "reasons": {"en": "Respondents by reason for doubt (n = {n})", "zh": "按疑点统计的答卷（n = {n}）"},
    "reason": {"en": "Reason", "zh": "疑点"},
    "number": {"en": "Number", "zh": "份数"},
    "share": {"en": "Share", "zh": "占比"},
    "family": {
        "en": "One person may be counted under several reasons. Reasons that point to the same thing count once towards a grade.",
        "zh": "同一份答卷可能存在多个疑点；性质相同的疑点在评级时只计一次。",
    },
    "sensitivity": {"en": "Conclusions with and without doubted answers: those that change", "zh": "剔除存疑答卷后发生改变的结论"},
    "all": {"en": "All answers", "zh": "全部答卷"},
    "without": {"en": "Without doubted", "zh": "剔除存疑答卷后"},
    "about": {"en": "About", "zh": "对象"},
    "audit": {"en": "Items beside the others of their scale", "zh": "各题与所属量表其他题目的一致性"},
    "verdict": {"en": "Remark", "zh": "说明"},
    "floor": {"en": "Lowest", "zh": "最低分占比"},
    "ceiling": {"en": "Highest", "zh": "最高分占比"},
    "late": {"en": "Late less early respondents", "zh": "晚期作答者与早期作答者之差"},
    "difference": {"en": "Difference", "zh": "差值"},
}  # fmt: skip
MOST_ROWS = 40


@sections.register(
    "quality",
    title=WORDS["title"],
    reference="Meade & Craig 2012, Psychological Methods 17(3)",
    evidence="every number is looked up in results.json; no row is about a person",
    order=25,
    style="flow",
)
def quality(view: View) -> Sequence[Block]:
    """What was found, then one table per analysis of quality."""
    tables = [
        table
        for kind, draw in DRAWN.items()
        for result in view.document.of(kind)
        for table in draw(view, result)
    ]
    said = list(statements(view, view.of("quality")))
    return [Heading(view.word(WORDS["title"]), "quality"), *said, *tables] if tables or said else ()


def _reasons(view: View, result: str) -> Iterable[TableBlock]:
    rows = [r for r in view.document.rows(result) if r.has("count", "estimate")]
    if not rows:
        return
    heads: tuple[Column, ...] = (
        Column(view.say(WORDS["reason"]), "left", wide=True),
        Column(view.say(WORDS["number"])),
    )
    heads += (Column(view.say(WORDS["share"])), column(view, "interval"))
    body = tuple(
        (
            (view.word(REASONS[r.text("term")].texts),),
            value(r, "count", "count"),
            value(r, "estimate", "percent1"),
            interval_cell(r, "percent1"),
        )
        for r in rows
    )
    caption = view.say(WORDS["reasons"], n=view.document.facts(result).number("n", "count"))
    yield TableBlock(f"table-{result}", caption, heads, body, (view.say(WORDS["family"]),))


def _changed(view: View, result: str) -> Iterable[TableBlock]:
    rows = [r for r in view.document.rows(result) if r.get("changed")][:MOST_ROWS]
    if not rows:
        return
    heads: tuple[Column, ...] = (
        Column(view.say(WORDS["about"]), "left", wide=True),
        Column(view.say(WORDS["all"])),
    )
    heads += (column(view, "interval"), Column(view.say(WORDS["without"])))
    body = tuple(
        (
            _about(view, r),
            value(r, "estimate", "number2"),
            interval_cell(r, "number2"),
            value(r, "without", "number2"),
        )
        for r in rows
    )
    yield TableBlock(f"table-{result}", view.say(WORDS["sensitivity"]), heads, body)


def _about(view: View, row: Row) -> Cell:
    further = [row.text(name) for name in ("group", "about") if row.text(name)]
    words = named(view.document, row.text("term"))
    return (words, *(f"{view.word(BETWEEN)}{text}" for text in further))


def _audit(view: View, result: str) -> Iterable[TableBlock]:
    rows = [r for r in view.document.rows(result) if r.has("estimate")][:MOST_ROWS]
    if not rows:
        return
    heads: tuple[Column, ...] = (
        column(view, "item", "left"),
        Column((Stat("r"),)),
        column(view, "interval"),
        column(view, "n"),
    )
    heads += tuple(Column(view.say(WORDS[name])) for name in ("floor", "ceiling"))
    remarked = any(r.text("verdict") for r in rows)
    if remarked:
        heads += (Column(view.say(WORDS["verdict"]), "left"),)
    body = tuple(
        (
            (view.document.label(r.text("term")),),
            value(r, "estimate", "unit2"),
            interval_cell(r, "unit2"),
            value(r, "n", "count"),
            *(value(r, end, "percent0") if r.has(end) else ("–",) for end in ("floor", "ceiling")),
            *(((view.word(ITEM_VERDICTS[r.text("verdict")]),),) if remarked else ()),
        )
        for r in rows
    )
    yield TableBlock(f"table-{result}", view.say(WORDS["audit"]), heads, body)


def _late(view: View, result: str) -> Iterable[TableBlock]:
    rows = [r for r in view.document.rows(result) if r.has("estimate", "low", "p_adjusted")][:MOST_ROWS]
    if not rows:
        return
    heads: tuple[Column, ...] = (
        column(view, "item", "left"),
        Column(view.say(WORDS["difference"])),
        column(view, "interval"),
    )
    heads += (Column((Stat("p"),)), column(view, "n"))
    body = tuple(
        (
            (view.document.label(r.text("term")),),
            value(r, "estimate", "number2"),
            interval_cell(r, "number2"),
            value(r, "p_adjusted", "p_cell"),
            value(r, "n", "count"),
        )
        for r in rows
    )
    yield TableBlock(f"table-{result}", view.say(WORDS["late"]), heads, body)


DRAWN: Mapping[str, Callable[[View, str], Iterable[TableBlock]]] = {
    "quality": _reasons,
    "sensitivity": _changed,
    "item_audit": _audit,
    "early_late": _late,
}
