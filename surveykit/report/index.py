"""The index on 0–100 of every construct, and the importance–performance map of the outcome."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS
from surveykit.findings.index import index_results, targets
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Heading,
    Paragraph,
    Stat,
    TableBlock,
    View,
)
from surveykit.report._cells import based, column, interval_cell, interval_text, label_text
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts import Dot, dots
from surveykit.report.charts.plane import Point, plane
from surveykit.report.scores import look_of

WORDS = {
    "of_model": {"en": "{title}: {text}", "zh": "{title}：{text}"},
    "title": {"en": "Importance and performance", "zh": "指数、重要性与绩效"},
    "intro": {
        "en": "Each index is the mean of a construct’s questions on a scale from {low} to {high}, weighted as in the model “{title}” (n = {n}); it can differ a little from an index in which every question counts the same.",
        "zh": "各指数为相应构念所含题目的加权平均值，换算为{low}至{high}分，权重来自模型“{title}”（n = {n}），与各题等权重的指数可能略有出入。",
    },
    "figure": {"en": "Index of each construct with {level} intervals", "zh": "各构念的指数与{level}置信区间"},
    "table": {"en": "Index of each construct", "zh": "各构念的指数"},
    "index": {"en": "Index", "zh": "指数"},
    "map": {"en": "What goes with {target}", "zh": "与{target}的关系"},
    "map_intro": {
        "en": "Importance is how many more points of {target} go with one more point on a construct, directly and through the constructs between "
        "them; performance is the construct’s own index. Both describe associations, not what a change would bring.",
        "zh": "重要性指构念每高一分时{target}相应高出的分数（直接与经由中间构念合计），绩效即该构念自身的指数。它描述的是相关关系，而不是改变之后会出现的结果。",
    },
    "map_figure": {"en": "Importance and performance for {target}, with {level} regions", "zh": "{target}的重要性—绩效图（含{level}置信域）"},
    "map_note": {
        "en": "Dashed lines: averages. Ellipses: the {level} confidence region for both values together.",
        "zh": "虚线为平均值。椭圆为两个数值的{level}联合置信域。",
    },
    "map_table": {"en": "Importance and performance for {target}", "zh": "{target}的重要性与绩效"},
    "importance": {"en": "Importance", "zh": "重要性"},
    "performance": {"en": "Performance", "zh": "绩效"},
    "items_table": {"en": "Questions: importance and performance for {target}", "zh": "各题对{target}的重要性与绩效"},
    "alt": {"en": "Dots with intervals: index. {text}", "zh": "点与区间图：指数。{text}"},
    "alt_map": {"en": "Importance and performance as points. {text}", "zh": "重要性—绩效散点图。{text}"},
    "alt_row": {"en": "{label}: {text}. ", "zh": "{label}：{text}。"},
    "point": {"en": "importance {x}, performance {y}", "zh": "重要性{x}，绩效{y}"},
    "alt_point": {"en": "{label}: importance {x}, performance {y}. ", "zh": "{label}：重要性{x}，绩效{y}。"},
}  # fmt: skip


@sections.register(
    "index",
    title=WORDS["title"],
    reference="Fornell, Johnson, Anderson, Cha and Bryant 1996; Ringle and Sarstedt 2016",
    evidence="every number is looked up in results.json; a refused fit has no index",
    order=45,
    style="flow",
)
def index(view: View) -> Sequence[Block]:
    """The index, then the map of each outcome, for every fit that has one."""
    results = index_results(view.document)
    if not results:
        return ()
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "index")]
    for result in results:
        if len(results) > 1:
            blocks.append(Heading(label_text(view, result), f"index-{result}", 2))
        blocks += _index(view, result)
        for target in targets(view.document, result):
            blocks += _map(view, result, target, named=len(results) > 1)
    return blocks


def _index(view: View, result: str) -> Iterable[Block]:
    rows = [r for r in view.document.rows(result, "index") if not r.text("group")]
    facts = view.document.facts(result)
    yield Paragraph(
        view.say(
            WORDS["intro"],
            title=view.document.label(result),
            n=facts.number("n", "count"),
            low=facts.number("index_low", "count"),
            high=facts.number("index_high", "count"),
        )
    )
    yield from statements(view, [f for f in view.of("index") if f.id.startswith(f"score.index.{result}.")])
    known = [r for r in rows if r.has("estimate", "low", "high")]
    if known:
        yield _dots(view, result, known)
    lines = [
        (
            (view.document.label(r.text("term")),),
            (r.number("estimate", "number1"),),
            interval_cell(r, "number1"),
            (r.number("se", "number2"),),
            (r.number("n", "count"),),
        )
        for r in rows
    ]
    columns = (
        column(view, "construct", "left"), Column(view.say(WORDS["index"])), column(view, "interval"),
        column(view, "se"), Column((Stat("n"),)),
    )  # fmt: skip
    yield TableBlock(f"table-index-{result}", view.say(WORDS["table"]), columns, tuple(lines))


def _dots(view: View, result: str, rows: Sequence[Row]) -> FigureBlock:
    made, told = [], []
    for row in rows:
        label = label_text(view, row.text("term"))
        text = f"{FORMATS['number1'](row.get('estimate'))} {interval_text(row, 'number1')}"
        ends = (float(row.get("low")), float(row.get("high")))
        made.append(Dot(label, float(row.get("estimate")), *ends, text))
        told.append(view.word(WORDS["alt_row"]).format(label=label, text=text))
    picture = dots(made, look_of(view), axis=view.word(WORDS["index"]))
    alt = view.word(WORDS["alt"]).format(text="".join(told).strip())
    return FigureBlock(
        f"figure-index-{result}", view.say(WORDS["figure"], level=view.document.level), picture.svg, alt,
        numbers=f"table-index-{result}", plot=based(picture.plot, view.document.facts(result)),
    )  # fmt: skip


def _map(view: View, result: str, target: str, *, named: bool) -> Iterable[Block]:
    rows = [r for r in view.document.rows(result, "importance") if r.text("to") == target]
    label = view.document.label(target)
    text = view.plain(view.say(WORDS["map"], target=label))
    if named:
        text = view.word(WORDS["of_model"]).format(title=label_text(view, result), text=text)
    yield Heading(text, f"map-{result}-{target}", 2)
    yield Paragraph(view.say(WORDS["map_intro"], target=label))
    start = f"importance.{result}.{target}."
    yield from statements(view, [f for f in view.of("index") if f.id.startswith(start)])
    if len(rows) > 1:
        yield _plane(view, result, target, rows)
    yield _constructs(view, result, target, rows)
    items = [r for r in view.document.rows(result, "importance_items") if r.text("to") == target]
    if items:
        yield _items(view, result, target, items)


def _plane(view: View, result: str, target: str, rows: Sequence[Row]) -> FigureBlock:
    points, told = [], []
    for row in rows:
        label = label_text(view, row.text("from"))
        x, y = (FORMATS[f](row.get(k)) for k, f in (("importance", "number2"), ("performance", "number1")))
        ends = (
            interval_text(row, "number2"),
            interval_text(row, "number1", "performance_low", "performance_high"),
        )
        points.append(
            Point(
                label,
                float(row.get("importance")),
                float(row.get("performance")),
                _half(row, "low", "high"),
                _half(row, "performance_low", "performance_high"),
                float(row.get("correlation") or 0.0),
                view.word(WORDS["point"]).format(x=f"{x} {ends[0]}".strip(), y=f"{y} {ends[1]}".strip()),
            )
        )
        told.append(view.word(WORDS["alt_point"]).format(label=label, x=x, y=y))
    words = {k: view.word(WORDS[k]) for k in ("importance", "performance")}
    picture = plane(points, look_of(view), x=words["importance"], y=words["performance"])
    holes = {"target": view.document.label(target), "level": view.document.level}
    alt = view.word(WORDS["alt_map"]).format(text="".join(told).strip())
    note = view.say(WORDS["map_note"], level=view.document.level)
    return FigureBlock(
        f"figure-map-{result}-{target}", view.say(WORDS["map_figure"], **holes), picture.svg, alt, (note,),
        numbers=f"table-map-{result}-{target}", plot=based(picture.plot, view.document.facts(result)),
    )  # fmt: skip


def _half(row: Row, low: str, high: str) -> float:
    return (float(row.get(high)) - float(row.get(low))) / 2 if row.has(low, high) else 0.0


def _constructs(view: View, result: str, target: str, rows: Sequence[Row]) -> TableBlock:
    ordered = sorted(rows, key=lambda r: -float(r.get("importance")))
    lines = [
        (
            (view.document.label(r.text("from")),),
            (r.number("importance", "number2"),),
            interval_cell(r, "number2"),
            (r.number("performance", "number1"),),
            interval_cell(r, "number1", "performance_low", "performance_high"),
        )
        for r in ordered
    ]
    columns = (
        column(view, "construct", "left"), Column(view.say(WORDS["importance"])), column(view, "interval"),
        Column(view.say(WORDS["performance"])), column(view, "interval"),
    )  # fmt: skip
    caption = view.say(WORDS["map_table"], target=view.document.label(target))
    return TableBlock(f"table-map-{result}-{target}", caption, columns, tuple(lines))


def _items(view: View, result: str, target: str, rows: Sequence[Row]) -> TableBlock:
    ordered = sorted(rows, key=lambda r: -float(r.get("importance")))
    lines: list[tuple[Cell, ...]] = [
        (
            (view.document.label(r.text("item")),),
            (view.document.label(r.text("construct")),),
            (r.number("importance", "number3"),),
            (r.number("performance", "number1"),),
        )
        for r in ordered
    ]
    columns = (
        Column(column(view, "item", "left").title, "left", wide=True), column(view, "construct", "left"),
        Column(view.say(WORDS["importance"])), Column(view.say(WORDS["performance"])),
    )  # fmt: skip
    caption = view.say(WORDS["items_table"], target=view.document.label(target))
    return TableBlock(f"table-items-{result}-{target}", caption, columns, tuple(lines))
