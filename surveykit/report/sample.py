"""Sample and quality: what became of every row, what is missing, how answers were weighted."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import date
from typing import Any

from surveykit.findings import FORMATS
from surveykit.format import long_date, percent, pick
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Fixed,
    Heading,
    Inline,
    TableBlock,
    View,
)
from surveykit.report._cells import HEADS, label_text
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts.heat import Tile, heat
from surveykit.report.scores import look_of

WORDS = {
    "title": {"en": "Sample and gaps", "zh": "样本与数据质量"},
    "rows": {"en": "What became of every row", "zh": "数据行的去向：读入 = 使用 + 剔除"},
    "step": {"en": "Rows", "zh": "数据行"},
    "count": {"en": "Number", "zh": "行数"},
    "read": {"en": "read", "zh": "读入"},
    "aside": {"en": "set aside: {reason}", "zh": "剔除：{reason}"},
    "used": {"en": "used", "zh": "使用"},
    "missing": {"en": "Answers and gaps by question", "zh": "各题的有效回答与缺失"},
    "missing_most": {"en": "Questions with the most gaps", "zh": "缺失最多的题目"},
    "valid": {"en": "Valid", "zh": "有效"},
    "kinds_note": {
        "en": "Gaps of different kinds are kept apart: a question that was not shown is not a refusal.",
        "zh": "不同类型的缺失分别统计：未展示的题目不等于拒绝回答。",
    },
    "all": {"en": "All other questions have no gaps.", "zh": "其余各题均无缺失。"},
    "box": {"en": "About this sample", "zh": "样本说明"},
    "fact": {"en": "Fact", "zh": "项目"},
    "value": {"en": "As stated or computed", "zh": "内容（研究方案说明或由数据计算）"},
    "population": {"en": "Population", "zh": "目标总体"},
    "mode": {"en": "Mode", "zh": "调查方式"},
    "selection": {"en": "How respondents were chosen", "zh": "受访者来源"},
    "probability": {"en": "drawn at random", "zh": "随机抽取"},
    "quota": {"en": "quotas, not drawn at random", "zh": "配额抽样，非随机"},
    "volunteers": {"en": "volunteers, not drawn at random", "zh": "自愿参加，非随机"},
    "census": {"en": "everybody was asked", "zh": "普查，全员受访"},
    "field": {"en": "Field work", "zh": "执行时间"},
    "days": {"en": "{start} to {end}", "zh": "{start}至{end}"},
    "from": {"en": "from {start}", "zh": "自{start}起"},
    "until": {"en": "until {end}", "zh": "截至{end}"},
    "invited": {"en": "Invited", "zh": "邀请人数"},
    "n": {"en": "Answers used", "zh": "有效答卷"},
    "dropped": {"en": "Rows set aside", "zh": "剔除行数"},
    "exclusions": {"en": "Left out by design", "zh": "研究方案排除"},
    "weights": {"en": "Weights", "zh": "加权"},
    "weighted": {"en": "column {weight}; effective n {n_eff}, design effect of the weights {deff}", "zh": "权重列为{weight}，有效样本量为{n_eff}，加权的设计效应为{deff}"},
    "unweighted": {"en": "none", "zh": "未加权"},
    "weighting": {"en": "How weights were made", "zh": "权重的确定"},
    "sponsor": {"en": "Paid for by", "zh": "资助方"},
    "margin": {"en": "Margin of error", "zh": "抽样误差"},
    "points": {"en": "± {half} for a share of one half among all ({level} level)", "zh": "全体中占比为一半时±{half}（{level}水平）"},
    "formula": {
        "en": "Margin of error: {formula}; it is smaller for shares near none or all, larger for groups, and covers chance alone, not errors of wording or differences of those who did not answer.",
        "zh": "抽样误差：{formula}；占比接近零或全体时较小，分组时较大；只反映随机误差，不含措辞或无应答造成的偏差。",
    },
    "root": {"en": "1.96 √(0.25 / effective n)", "zh": "1.96 × √（0.25 ÷ 有效样本量）"},
    "clustered": {
        "en": "It leaves out clusters and strata; the effective n under the design is given below each table.",
        "zh": "其中未计入整群或分层；各表下注明了按抽样设计计算的有效样本量。",
    },
    "unstated": {
        "en": "No margin of error is given, because the study does not say that respondents were drawn at random.",
        "zh": "研究方案未说明受访者是否随机抽取，故不给出抽样误差。",
    },
    "not_random": {
        "en": "No margin of error is given, because respondents were not drawn at random; the intervals in this report show only how much answers vary.",
        "zh": "受访者并非随机抽取，故不给出抽样误差；报告中的区间只反映回答的变异程度。",
    },
    "everybody": {
        "en": "Everybody was asked: no margin of error is given; who did not answer may still differ.",
        "zh": "全员受访，故不给出抽样误差；未作答者仍可能有所不同。",
    },
    "map": {"en": "Where answers are missing: share of each question by reason", "zh": "缺失分布：各题各类缺失的占比"},
    "map_alt": {"en": "Heat map of missing answers: the darker, the more. Most: {text}", "zh": "缺失热图：颜色越深，缺失越多。最多的是：{text}"},
    "map_row": {"en": "{item}, {kind}: {share}. ", "zh": "{item}，{kind}：{share}。"},
    "map_note": {
        "en": "Shares of all rows used; blank: none. Darker means more.",
        "zh": "占全部有效行的比例；空白表示没有。颜色越深，缺失越多。",
    },
    "source": {"en": "Source: {source}.", "zh": "数据来源：{source}。"},
}  # fmt: skip

KINDS = {
    "not_shown": {"en": "Not shown", "zh": "未展示"},
    "skipped": {"en": "Skipped", "zh": "跳过"},
    "dont_know": {"en": "Don’t know", "zh": "不知道"},
    "refused": {"en": "Refused", "zh": "拒答"},
    "invalid": {"en": "Invalid", "zh": "无效"},
}
MOST_SHOWN = 40
LEAST_MAPPED, MOST_MAPPED = 3, 24
"""A picture of fewer gaps says no more than the table, one of more questions cannot be read."""
WORTH_MAPPING, DARKEST = 0.05, 0.10
"""From this share of gaps in some question on there is a map; a share of gaps below the second never looks dark."""


@sections.register(
    "sample",
    title=WORDS["title"],
    reference="AAPOR Transparency Initiative",
    evidence="rows read = rows used + rows set aside, from the import report",
    order=20,
    style="page",
)
def sample(view: View) -> Sequence[Block]:
    """What the study states, the flow of rows where any were set aside, the table of gaps."""
    return [
        Heading(view.word(WORDS["title"]), "sample"),
        *statements(view, view.of("sample")),
        _box(view),
        *([_flow(view)] if view.document.data["rows"]["set_aside"] else []),
        *_missing(view),
    ]


def _box(view: View) -> TableBlock:
    """What the study states of its sample and what the answers say of it; nothing is filled in."""
    document = view.document
    stated: Mapping[str, Any] = document.data["study"].get("sample") or {}
    rows: list[tuple[Cell, ...]] = []

    def row(name: str, *cell: Inline) -> None:
        rows.append(((view.word(WORDS[name]),), cell))

    for name in ("population", "mode"):
        if name in stated:
            row(name, Fixed(view.word(stated[name]), "given"))
    if "selection" in stated:
        row("selection", view.word(WORDS[stated["selection"]]))
    days = {k: _day(view, stated[f"field_{k}"]) for k in ("start", "end") if f"field_{k}" in stated}
    if days:
        words = "days" if len(days) == 2 else "from" if "start" in days else "until"
        row("field", *view.say(WORDS[words], **days))
    if "invited" in stated:
        row("invited", document.number("/study/sample/invited", "count"))
    row("n", document.number("/rows/used", "count"))
    row("dropped", document.number("/rows/aside", "count"))
    if "exclusions" in stated:
        row("exclusions", Fixed(view.word(stated["exclusions"]), "given"))
    sample, margin = document.data["sample"], document.data["sample"].get("margin")
    if sample["weight"] and margin:
        numbers = {
            "n_eff": document.number("/sample/margin/n_eff", "count"),
            "deff": document.number("/sample/margin/deff", "number2"),
        }
        row("weights", *view.say(WORDS["weighted"], weight=Fixed(sample["weight"], "given"), **numbers))
    elif not sample["weight"]:
        row("weights", view.word(WORDS["unweighted"]))
    for name in ("weighting", "sponsor"):
        if name in stated:
            row(name, Fixed(view.word(stated[name]), "given"))
    notes = [*(_margin(view, stated.get("selection"), row) if margin else ()), *_source(view)]
    columns = (Column(view.say(WORDS["fact"]), "left"), Column(view.say(WORDS["value"]), "left", wide=True))
    return TableBlock("table-sample-box", view.say(WORDS["box"]), columns, tuple(rows), tuple(notes))


def _margin(view: View, selection: str | None, row: Callable[..., None]) -> Sequence[Cell]:
    """The margin of error where it may be given, and the words that go with it."""
    if selection in ("quota", "volunteers"):
        return (view.say(WORDS["not_random"]),)
    if selection == "census":
        return (view.say(WORDS["everybody"]),)
    if selection is None:
        return (view.say(WORDS["unstated"]),)
    half = view.document.number("/sample/margin/half", "percent1")
    level = view.document.number("/sample/margin/level", "percent0")
    row("margin", *view.say(WORDS["points"], half=half, level=level))
    notes = [view.say(WORDS["formula"], formula=Fixed(view.word(WORDS["root"]), "formula"))]
    if any(
        e["kind"] == "scores" and e["glance"].get("df") is not None
        for e in view.document.data["results"].values()
    ):
        notes.append(view.say(WORDS["clustered"]))
    return notes


def _day(view: View, day: str) -> Fixed:
    return Fixed(long_date(date.fromisoformat(day), view.language), "given")


def _flow(view: View) -> TableBlock:
    document = view.document
    rows: list[tuple[Cell, ...]] = [
        ((view.word(WORDS["read"]),), (document.number("/rows/read", "count"),)),
    ]
    for i, entry in enumerate(document.data["rows"]["set_aside"]):
        reason = Fixed(pick(entry["reason"], view.language), "given")
        cell = view.say(WORDS["aside"], reason=reason)
        rows.append((cell, (document.number(f"/rows/set_aside/{i}/rows", "count"),)))
    rows.append(((view.word(WORDS["used"]),), (document.number("/rows/used", "count"),)))
    columns = (Column(view.say(WORDS["step"]), "left", wide=True), Column(view.say(WORDS["count"])))
    return TableBlock("table-rows", view.say(WORDS["rows"]), columns, tuple(rows))


def _source(view: View) -> Sequence[Cell]:
    source = view.document.data["sample"]["source"]
    return (view.say(WORDS["source"], source=Fixed(source, "given")),) if source else ()


def _missing(view: View) -> Iterable[Block]:
    items = view.document.data["sample"]["items"]
    gaps = [i for i, entry in enumerate(items) if entry["missing"]]
    if not items:
        return
    chosen = (
        sorted(gaps, key=lambda i: (-items[i]["missing"], i))[:MOST_SHOWN] if len(gaps) > MOST_SHOWN else gaps
    )
    kinds = [k for k in KINDS if view.document.data["sample"]["kinds"].get(k)]
    columns = [Column(view.say(HEADS["item"]), "left", wide=True), Column(view.say(WORDS["valid"]))]
    columns += [Column(view.say(KINDS[k])) for k in kinds]
    rows = tuple(_item(view, i, kinds) for i in chosen)
    if rows:
        notes = [view.say(WORDS["kinds_note"])]
        if len(gaps) < len(items):
            notes.append(view.say(WORDS["all"]))
        caption = WORDS["missing_most" if len(gaps) > len(chosen) else "missing"]
        yield TableBlock("table-missing", view.say(caption), tuple(columns), rows, tuple(notes))
        most = max(items[i]["missing"] / (items[i]["valid"] + items[i]["missing"]) for i in gaps)
        if len(gaps) >= LEAST_MAPPED and most >= WORTH_MAPPING:
            yield _map(view, sorted(gaps, key=lambda i: (-items[i]["missing"], i))[:MOST_MAPPED], kinds)


def _map(view: View, chosen: Sequence[int], kinds: Sequence[str]) -> FigureBlock:
    """Questions by kind of gap, in the order of the questionnaire; dark is much."""
    items, tiles, told = view.document.data["sample"]["items"], [], []
    rows = sorted(chosen)
    shares = {
        (i, k): items[i]["kinds"].get(k, 0) / (items[i]["valid"] + items[i]["missing"])
        for i in rows
        for k in kinds
    }
    darkest = max(*shares.values(), DARKEST)
    for place, i in enumerate(rows):
        for j, kind in enumerate(kinds):
            share = shares[i, kind]
            text = percent(share, 0 if share >= 0.1 else 1) if share else ""
            tiles.append(Tile(place, j, text, share / darkest if share else None, _lines(items[i], kind)))
            told.append((share, label_text(view, items[i]["item"]), view.word(KINDS[kind]), text))
    most = sorted(told, key=lambda t: -t[0])[:3]
    row = view.word(WORDS["map_row"])
    said = "".join(row.format(item=item, kind=kind, share=text) for _, item, kind, text in most if text)
    names = [label_text(view, items[i]["item"]) for i in rows]
    picture = heat(tiles, names, [view.word(KINDS[k]) for k in kinds], look_of(view))
    alt = view.word(WORDS["map_alt"]).format(text=said.strip())
    note = view.say(WORDS["map_note"])
    return FigureBlock(
        "figure-missing", view.say(WORDS["map"]), picture.svg, alt, (note,), numbers="table-missing",
        plot=picture.plot,
    )  # fmt: skip


def _lines(entry: Mapping[str, Any], kind: str) -> tuple[str, ...]:
    """What is said of a cell of the map: how many of how many; a share of the sample itself has no interval."""
    show, n = FORMATS["count"], entry["valid"] + entry["missing"]
    count = entry["kinds"].get(kind, 0)
    return (f"{percent(count / n, 1)} ({show(count)})", f"n = {show(n)}") if n else ()


def _item(view: View, i: int, kinds: Sequence[str]) -> tuple[Cell, ...]:
    key = f"/sample/items/{i}"
    entry = view.document.data["sample"]["items"][i]
    cells: list[Cell] = [
        (view.document.label(entry["item"]),),
        (view.document.number(f"{key}/valid", "count"),),
    ]
    for kind in kinds:
        has = kind in entry["kinds"]
        cells.append((view.document.number(f"{key}/kinds/{kind}", "count"),) if has else ("–",))
    return tuple(cells)
