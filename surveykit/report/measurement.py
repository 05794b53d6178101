"""Measurement appendix: what was asked and answered, reliability, loadings, what can be told apart."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from typing import Any

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS
from surveykit.findings.paths import solution_rows
from surveykit.format import pick
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Fixed,
    Heading,
    Paragraph,
    Ref,
    Stat,
    TableBlock,
    View,
)
from surveykit.report._cells import BETWEEN, HEADS, column, group_cells, interval_cell, label_text
from surveykit.report._judged import caption_of, loadings_table
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts import Answers, likert
from surveykit.report.scores import look_of

WORDS = {
    "title": {"en": "Appendix: measurement", "zh": "附录：测量"},
    "answers": {"en": "Answers to each question", "zh": "各题的回答分布"},
    "figure": {"en": "Answers on the scale from {low} to {high}", "zh": "{low}至{high}分量表各题的回答分布"},
    "figure_ends": {
        "en": "Answers on the scale from {low} (“{first}”) to {high} (“{last}”)",
        "zh": "{low}分（{first}）至{high}分（{last}）量表各题的回答分布",
    },
    "mixed": {
        "en": "The wording of the two ends of the scale differs from question to question; the lowest answer is always on the left.",
        "zh": "各题量表两端的文字不尽相同；最低一档始终在最左侧。",
    },
    "other_ends": {
        "en": "“{item}”: {low} is “{first}”, {high} is “{last}”.",
        "zh": "“{item}”一题：{low}分为“{first}”，{high}分为“{last}”。",
    },
    "shares": {"en": "Answers to each question ({figure})", "zh": "各题的回答比例（{figure}）"},
    "axis": {"en": "Share of answers", "zh": "回答占比"},
    "likert_note": {
        "en": "Answers below the middle of the scale are to the left, those above it to the right. Beside each bar: number of valid answers.",
        "zh": "量表中点以下的回答在左，中点以上的回答在右。条形旁为有效回答数。",
    },
    "drawn": {
        "en": "{all} questions were asked on scales. The first {drawn} are drawn; the shares of every answer to all of them are in the tables and in tables.xlsx.",
        "zh": "本次调查共有{all}道量表题，仅绘制前{drawn}道题的图；全部题目各选项的占比见表格及tables.xlsx。",
    },
    "alt": {"en": "Diverging bars of the answers. {text}", "zh": "以量表中点为界的条形图。{text}"},
    "alt_row": {"en": "{label}: {share} above the middle. ", "zh": "“{label}”中点以上占{share}。"},
    "reliability": {"en": "Reliability", "zh": "信度"},
    "alphas": {"en": "Reliability of each scale", "zh": "各量表的信度"},
    "alpha": {"en": "Alpha", "zh": "α系数"},
    "alpha_std": {"en": "Alpha (std.)", "zh": "标准化α系数"},
    "omega": {"en": "Omega", "zh": "ω系数"},
    "rho_c": {"en": "CR", "zh": "组合信度"},
    "ave": {"en": "AVE", "zh": "AVE"},
    "questions": {"en": "Questions", "zh": "题数"},
    "alphas_note": {
        "en": "Alpha from the raw answers, with its interval; CR: composite reliability; AVE: average variance extracted.",
        "zh": "α系数（即Cronbach α）按原始回答计算并附区间；AVE为平均方差抽取量。",
    },
    "loadings": {"en": "{title}: standardised loadings", "zh": "{title}：标准化因子载荷"},
    "loading": {"en": "Loading", "zh": "载荷"},
    "items": {"en": "Questions of each scale", "zh": "各量表的题目"},
    "mean": {"en": "Mean", "zh": "均值"},
    "sd": {"en": "SD", "zh": "标准差"},
    "rest": {"en": "Item–rest r", "zh": "题总相关"},
    "dropped": {"en": "Alpha if dropped", "zh": "删除该题后的α系数"},
    "validity": {"en": "Can the constructs be told apart?", "zh": "区分效度"},
    "htmt": {"en": "Heterotrait–monotrait ratio (HTMT)", "zh": "异质—单质比率（HTMT）"},
    "htmt_note": {"en": "Values above {limit} suggest that respondents may not have told two constructs apart.", "zh": "数值高于{limit}说明受访者可能未能区分两个构念。"},
    "pair": {"en": "Pair", "zh": "构念对"},
}  # fmt: skip

MEASURES = ("alpha", "alpha_std", "omega", "rho_c", "ave")
PER_FIGURE = 16
OWN_FIGURE = 3
"""From so many questions on, a scale has figures of its own."""
MATRIX = 9
MOST_DRAWN = 96
"""Of so many questions pictures are drawn: nobody looks at the twentieth page of bars, and each takes half a second."""

_Asked = tuple[int, Mapping[str, Any]]
"""A question's place in the document, and what is there."""


@sections.register(
    "measurement",
    title=WORDS["title"],
    reference="Feldt, Woodruff and Salih 1987; McDonald 1999; Fornell and Larcker 1981; Henseler, Ringle and Sarstedt 2015",
    evidence="every number is looked up in results.json",
    order=80,
    style="flow",
)
def measurement(view: View) -> Sequence[Block]:
    """Distributions, reliability, loadings, discriminant validity."""
    blocks: list[Block] = [*_distributions(view)]
    for result in view.document.of("reliability"):
        blocks += _reliability(view, result)
    for result in view.document.of("fit"):
        blocks += _loadings(view, result)
    return [Heading(view.word(WORDS["title"]), "measurement"), *blocks] if blocks else ()


def _distributions(view: View) -> Iterable[Block]:
    items = [(i, e) for i, e in enumerate(view.document.data["sample"]["items"]) if e["answers"]]
    if not items:
        return
    yield Heading(view.word(WORDS["answers"]), "answers", 2)
    if len(items) > MOST_DRAWN:
        count = {"all": Fixed(str(len(items)), "structure"), "drawn": Fixed(str(MOST_DRAWN), "structure")}
        yield Paragraph(view.say(WORDS["drawn"], **count))
    number, left = 0, MOST_DRAWN
    for ends, members in _families(items):
        drawn = members[:left]
        left -= len(drawn)
        parts = -(-len(drawn) // PER_FIGURE)
        size = -(-len(drawn) // max(parts, 1)) or 1
        table = f"table-answers-{number + 1}" if drawn else f"table-answers-of-{members[0][1]['item']}"
        first = f"figure-answers-{number + 1}" if drawn else ""
        for start in range(0, len(drawn), size):
            number += 1
            yield _likert(view, f"figure-answers-{number}", ends, drawn[start : start + size], table)
        yield _shares(view, table, ends, members, first)


def _families(items: Sequence[_Asked]) -> Iterable[tuple[tuple[int, int], list[_Asked]]]:
    """Questions with one scale together; those whose scale only few others have, by its range.

    One that is alone in its range stands with the largest family of that range: a reversed question gets no picture of its own.
    """
    known = Counter(_scale(entry) for _, entry in items)
    ranges = Counter(s[:2] for s, n in known.items() for _ in range(n) if n < OWN_FIGURE)

    def family(asked: _Asked) -> tuple[Any, ...]:
        scale = _scale(asked[1])
        if known[scale] >= OWN_FIGURE:
            return scale
        large = [s for s, n in known.items() if s[:2] == scale[:2] and n >= OWN_FIGURE]
        if ranges[scale[:2]] == 1 and large:
            return max(large, key=lambda s: (known[s], s))
        return (*scale[:2], "", "")

    for key, group in groupby(sorted(items, key=family), key=family):
        yield (key[0], key[1]), list(group)


def _scale(entry: Mapping[str, Any]) -> tuple[int, int, str, str]:
    low, high = (pick(entry.get("ends", {}).get(end) or "", "en") for end in ("low", "high"))
    return entry["answers"][0]["value"], entry["answers"][-1]["value"], low, high


def _likert(
    view: View, id_: str, ends: tuple[int, int], members: Sequence[_Asked], table: str
) -> FigureBlock:
    show = FORMATS["percent0"]
    rows, told = [], []
    for _, entry in members:
        shares = tuple(float(a["share"]) for a in entry["answers"])
        label = label_text(view, entry["item"])
        rows.append(
            Answers(label, shares, tuple(show(s) for s in shares), f"n = {FORMATS['count'](entry['valid'])}")
        )
        above = sum(shares[(len(shares) + 1) // 2 :])
        told.append(view.word(WORDS["alt_row"]).format(label=label, share=show(above)))
    points = [str(v) for v in range(ends[0], ends[1] + 1)]
    picture = likert(rows, points, look_of(view), view.word(WORDS["axis"]))
    holes = {"low": Fixed(str(ends[0]), "structure"), "high": Fixed(str(ends[1]), "structure")}
    notes = [view.say(WORDS["likert_note"])]
    scales = Counter(_scale(entry) for _, entry in members)
    usual, most = scales.most_common(1)[0]
    named = next(e for _, e in members if _scale(e) == usual).get("ends", {})
    same = len(scales) == 1 or len(members) - most == 1 < most
    if same and named.get("low") and named.get("high"):
        holes |= {
            k: Fixed(pick(named[end], view.language), "given")
            for k, end in (("first", "low"), ("last", "high"))
        }
        caption = view.say(WORDS["figure_ends"], **holes)
    else:
        caption = view.say(WORDS["figure"], **holes)
    if not same:
        notes.append(view.say(WORDS["mixed"]))
    elif len(scales) > 1:
        notes += [_other_ends(view, entry, holes) for _, entry in members if _scale(entry) != usual]
    alt = view.word(WORDS["alt"]).format(text="".join(told).strip())
    return FigureBlock(id_, caption, picture.svg, alt, tuple(notes), numbers=table, plot=picture.plot)


def _other_ends(view: View, entry: Mapping[str, Any], holes: Mapping[str, Fixed]) -> Cell:
    """What the two ends of the scale are called where one question has its own."""
    ends = entry.get("ends", {})
    first, last = (Fixed(pick(ends.get(end) or "–", view.language), "given") for end in ("low", "high"))
    label = view.document.label(entry["item"])
    return view.say(WORDS["other_ends"], **{**holes, "item": label, "first": first, "last": last})


def _shares(
    view: View, id_: str, ends: tuple[int, int], members: Sequence[_Asked], figure: str
) -> TableBlock:
    """The numbers behind the pictures: the share of every answer; ``figure`` is "" where nothing was drawn."""
    points = range(ends[0], ends[1] + 1)
    columns = [Column(view.say(HEADS["item"]), "left", wide=True)]
    columns += [Column((Fixed(str(v), "structure"),)) for v in points]
    columns.append(Column((Stat("n"),)))
    lines: list[tuple[Cell, ...]] = []
    for place, entry in members:
        key = f"/sample/items/{place}"
        cells: list[Cell] = [(view.document.label(entry["item"]),)]
        cells += [
            (view.document.number(f"{key}/answers/{i}/share", "percent0"),)
            for i, _ in enumerate(entry["answers"])
        ]
        lines.append((*cells, (view.document.number(f"{key}/valid", "count"),)))
    if figure:
        caption = view.say(WORDS["shares"], figure=Ref(figure))
    else:
        holes = {"low": Fixed(str(ends[0]), "structure"), "high": Fixed(str(ends[1]), "structure")}
        caption = view.say(WORDS["figure"], **holes)
    return TableBlock(id_, caption, tuple(columns), tuple(lines), folded=True)


def _reliability(view: View, result: str) -> Iterable[Block]:
    rows = view.document.rows(result)
    if not any(r.has("estimate") for r in rows):
        return
    yield Heading(view.word(WORDS["reliability"]), f"reliability-{result}", 2)
    yield from statements(
        view, [f for f in view.of("measurement") if f.id.startswith(f"alpha.{result}.") and f.importance > 20]
    )
    found = {(r.text("term"), r.text("group"), r.text("measure")): r for r in rows}
    alphas = [r for r in rows if r.text("measure") == "alpha"]
    heads, lead = group_cells(view, result, alphas)
    columns = [
        *heads,
        column(view, "construct", "left"),
        Column(view.say(WORDS["questions"])),
        Column(view.say(WORDS["alpha"])),
    ]
    columns += [
        column(view, "interval"),
        *(Column(view.say(WORDS[m])) for m in MEASURES[1:]),
        Column((Stat("n"),)),
    ]
    lines: list[tuple[Cell, ...]] = []
    for alpha, first in zip(alphas, lead, strict=True):
        own = (alpha.text("term"), alpha.text("group"))
        cells: list[Cell] = [*first, (view.document.label(own[0]),), (alpha.number("items", "count"),)]
        cells += [_value(alpha), interval_cell(alpha, "unit2")]
        cells += [_value(found.get((*own, m))) for m in MEASURES[1:]]
        cells.append((alpha.number("n", "count"),))
        lines.append(tuple(cells))
    yield TableBlock(
        f"table-{result}",
        view.say(WORDS["alphas"]),
        tuple(columns),
        tuple(lines),
        (view.say(WORDS["alphas_note"]),),
    )
    yield from _questions(view, result)
    yield from _htmt(view, result)


def _value(row: Row | None) -> Cell:
    return (row.number("estimate", "unit2"),) if row is not None and row.has("estimate") else ("–",)


def _questions(view: View, result: str) -> Iterable[Block]:
    rows = [r for r in view.document.rows(result, "items") if not r.text("group") and r.has("item")]
    if not rows:
        return
    columns = [column(view, "item", "left"), Column(view.say(WORDS["mean"])), Column(view.say(WORDS["sd"]))]
    columns += [Column(view.say(WORDS[k])) for k in ("rest", "loading", "dropped")]
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        item = row.text("item")
        cells: list[Cell] = [(Fixed(f"{item}  ", "given"), view.document.label(item))]
        cells += [
            (row.number("mean", "number2"),),
            (row.number("sd", "number2"),),
            (row.number("item_rest", "unit2"),),
        ]
        cells += [(row.number("loading", "unit2"),), (row.number("alpha_if_dropped", "unit2"),)]
        lines.append(tuple(cells))
    yield TableBlock(f"table-items-{result}", view.say(WORDS["items"]), tuple(columns), tuple(lines))


def _htmt(view: View, result: str) -> Iterable[Block]:
    rows = [r for r in view.document.rows(result, "htmt") if not r.text("group") and r.has("htmt")]
    if not rows:
        return
    yield Heading(view.word(WORDS["validity"]), f"validity-{result}", 2)
    yield from statements(view, [f for f in view.of("measurement") if f.id.startswith(f"htmt.{result}.")])
    names = list(dict.fromkeys(n for r in rows for n in (r.text("lhs"), r.text("rhs"))))
    notes = (view.say(WORDS["htmt_note"], limit=Fixed(".90", "formula")),)
    caption = view.say(WORDS["htmt"])
    if len(names) > MATRIX:
        ordered = sorted(rows, key=lambda r: -float(r.get("htmt")))[:30]
        columns = (
            Column(view.say(WORDS["pair"]), "left", wide=True),
            Column(("HTMT",)),
            column(view, "interval"),
        )
        lines = tuple(
            (
                (view.document.label(r.text("lhs")), view.word(BETWEEN), view.document.label(r.text("rhs"))), (r.number("htmt", "unit2"),),
                interval_cell(r, "unit2", "htmt_low", "htmt_high"),
            )
            for r in ordered
        )  # fmt: skip
        yield TableBlock(f"table-htmt-{result}", caption, columns, lines, notes)
        return
    known = {frozenset((r.text("lhs"), r.text("rhs"))): r for r in rows}
    heads = [
        Column((" ",), "left", wide=True),
        *(Column((Fixed(str(i), "structure"),)) for i in range(1, len(names))),
    ]
    body: list[tuple[Cell, ...]] = []
    for i, name in enumerate(names):
        cells: list[Cell] = [(Fixed(f"{i + 1} ", "structure"), view.document.label(name))]
        for j in range(len(names) - 1):
            row = known.get(frozenset((name, names[j])))
            cells.append((row.number("htmt", "unit2"),) if j < i and row is not None else ("",))
        body.append(tuple(cells))
    yield TableBlock(f"table-htmt-{result}", caption, tuple(heads), tuple(body), notes)


def _loadings(view: View, result: str) -> Iterable[Block]:
    rows = [r for r in solution_rows(view.document, result) if r.text("op") == "=~" and r.has("est")]
    if not rows:
        return
    refused = view.document.refused(result)
    caption = caption_of(view, view.say(WORDS["loadings"], title=view.document.label(result)), refused)
    yield loadings_table(view, result, rows, caption, refused)
