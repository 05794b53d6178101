"""One PLS model in several groups: indices and paths side by side, tests of their differences, invariance."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS, format_in
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
from surveykit.report._cells import BETWEEN, based, column, interval_cell, interval_text, label_text
from surveykit.report._judged import checked
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts import Dot, panels
from surveykit.report.scores import look_of

WORDS = {
    "title": {"en": "The model in each group", "zh": "分组模型"},
    "intro": {
        "en": "The same model in each group (n = {n} in all). Paths may be compared where the composites are formed alike in both groups "
        "(partial or full invariance), means only where invariance is full.",
        "zh": "在各组中分别估计同一模型（共n = {n}）。只有当两组的构念构成一致（部分或完全不变）时才可比较路径；只有完全不变时才可比较均值。",
    },
    "index": {"en": "Index of each construct and group", "zh": "各组各构念的指数"},
    "paths": {"en": "Paths in each group", "zh": "各组的路径系数"},
    "differences": {"en": "Differences of paths", "zh": "路径系数的组间差异"},
    "difference": {"en": "Difference", "zh": "差异"},
    "pair": {"en": "Groups", "zh": "组别"},
    "permutation": {"en": "p, permutation", "zh": "p（置换检验）"},
    "henseler": {"en": "p, Henseler", "zh": "p（Henseler检验）"},
    "micom": {"en": "Invariance of the composites (MICOM)", "zh": "构念的测量不变性（MICOM）"},
    "c": {"en": "Composition c", "zh": "构成相关c"},
    "quantile": {"en": "Limit of c", "zh": "c的界限"},
    "mean": {"en": "Difference of means", "zh": "均值差异"},
    "variance": {"en": "Log variance ratio", "zh": "方差比对数"},
    "invariance": {"en": "Invariance", "zh": "不变性"},
    "none": {"en": "none", "zh": "无"},
    "partial": {"en": "partial", "zh": "部分"},
    "full": {"en": "full", "zh": "完全"},
    "value": {"en": "Index", "zh": "指数"},
    "figure": {"en": "Paths in each group with {level} intervals", "zh": "各组的路径系数与{level}置信区间"},
    "arrow": {"en": "{source} → {target}", "zh": "{source}→{target}"},
    "alt": {"en": "Dots with intervals: paths by group. {text}", "zh": "点与区间图：各组的路径系数。{text}"},
    "alt_row": {"en": "{path}, {label}: {text}. ", "zh": "{path}，{label}：{text}。"},
    "note": {"en": "First group less second; p values are two-sided and not adjusted for the number of tests.", "zh": "差异为前一组减后一组；p值为双侧，未作多重比较校正。"},
    "micom_note": {
        "en": "c is to be above its limit. In brackets: the range in which the difference lies where the groups do not differ (permutations).",
        "zh": "c应高于其界限。方括号内为两组无差异时该数值的置换范围。",
    },
}  # fmt: skip


@sections.register(
    "groups",
    title=WORDS["title"],
    reference="Chin and Dibbern 2010; Henseler, Ringle and Sinkovics 2009; Henseler, Ringle and Sarstedt 2016",
    evidence="every number is looked up in results.json; the tests have the size that they name, by simulation",
    order=46,
    style="flow",
)
def groups(view: View) -> Sequence[Block]:
    """Every comparison of groups by PLS."""
    results = view.document.of("groups")
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "groups")] if results else []
    for result in results:
        blocks += _one(view, result)
    return blocks


def _one(view: View, result: str) -> Iterable[Block]:
    yield from checked(view, result)
    yield Paragraph(view.say(WORDS["intro"], n=view.document.facts(result).number("n", "count")))
    starts = (f"difference.{result}.", f"micom.{result}.")
    yield from statements(view, [f for f in view.of("groups") if f"{f.id}.".startswith(starts)])
    by = str(view.document.data["results"][result].get("options", {}).get("by", ""))
    if view.document.rows(result) and not view.document.refused(result):
        yield from _figure(view, result, by)
    index = view.document.rows(result, "index")
    if index:
        yield _index(view, result, index, by)
    yield _paths(view, result, by)
    differences = view.document.rows(result, "differences")
    if differences and not view.document.refused(result):
        yield _differences(view, result, differences, by)
    yield _micom(view, result, view.document.rows(result, "micom"), by)


def _figure(view: View, result: str, by: str) -> Iterable[Block]:
    """The paths of all groups, one panel for each path."""
    rows = [r for r in view.document.rows(result) if r.has("estimate", "low", "high")]
    if not rows:
        return
    parts, told = [], []
    unit = format_in("unit2", view.language)
    for term in dict.fromkeys(r.text("term") for r in rows):
        own = [r for r in rows if r.text("term") == term]
        ends = {k: label_text(view, own[0].text(k)) for k in ("rhs", "lhs")}
        title = view.word(WORDS["arrow"]).format(source=ends["rhs"], target=ends["lhs"])
        made = []
        for row in own:
            low, high = float(row.get("low")), float(row.get("high"))
            label = label_text(view, f"{by}={row.text('group')}")
            text = f"{FORMATS[unit](row.get('estimate'))} {interval_text(row, unit)}"
            made.append(Dot(label, float(row.get("estimate")), low, high, text, muted=low <= 0 <= high))
            told.append(view.word(WORDS["alt_row"]).format(path=title, label=label, text=text))
        parts.append((title, made))
    alt = view.word(WORDS["alt"]).format(text="".join(told).strip())
    caption = view.say(WORDS["figure"], level=view.document.level)
    picture = panels(parts, look_of(view))
    table = f"table-group-paths-{result}"
    plot = based(picture.plot, view.document.facts(result))
    yield FigureBlock(f"figure-groups-{result}", caption, picture.svg, alt, numbers=table, plot=plot)


def _label(view: View, by: str, group: str) -> Cell:
    return (view.document.label(f"{by}={group}"),)


def _pair(view: View, row: Row, by: str) -> Cell:
    return (
        *_label(view, by, row.text("group_a")),
        view.word(BETWEEN),
        *_label(view, by, row.text("group_b")),
    )


def _index(view: View, result: str, rows: Sequence[Row], by: str) -> TableBlock:
    lines = [
        (
            (view.document.label(r.text("term")),),
            _label(view, by, r.text("group")),
            (r.number("estimate", "number1"),),
            interval_cell(r, "number1"),
            (r.number("n", "count"),),
        )
        for r in sorted(rows, key=lambda r: [q.text("term") for q in rows].index(r.text("term")))
    ]
    columns = (
        column(view, "construct", "left"), column(view, "group", "left"), Column(view.say(WORDS["value"])),
        column(view, "interval"), Column((Stat("n"),)),
    )  # fmt: skip
    return TableBlock(f"table-group-index-{result}", view.say(WORDS["index"]), columns, tuple(lines))


def _paths(view: View, result: str, by: str) -> TableBlock:
    rows = view.document.rows(result)
    order = list(dict.fromkeys(r.text("term") for r in rows))
    lines = [
        (
            (view.document.label(r.text("rhs")),),
            (view.document.label(r.text("lhs")),),
            _label(view, by, r.text("group")),
            (r.number("estimate", "unit2"),),
            interval_cell(r, "unit2"),
            (r.number("n", "count"),),
        )
        for r in sorted(rows, key=lambda r: order.index(r.text("term")))
    ]
    columns = (
        column(view, "from", "left"), column(view, "to", "left"), column(view, "group", "left"),
        column(view, "coefficient"), column(view, "interval"), Column((Stat("n"),)),
    )  # fmt: skip
    refused = view.document.refused(result)
    return TableBlock(
        f"table-group-paths-{result}", view.say(WORDS["paths"]), columns, tuple(lines), muted=refused
    )


def _differences(view: View, result: str, rows: Sequence[Row], by: str) -> TableBlock:
    ends = [r.text("term").split("~") for r in rows]
    lines = [
        (
            (view.document.label(source),),
            (view.document.label(target),),
            _pair(view, r, by),
            (r.number("estimate", "unit2"),),
            (r.number("p_permutation", "p_cell"),),
            (r.number("p_henseler", "p_cell"),),
        )
        for r, (target, source) in zip(rows, ends, strict=True)
    ]
    columns = (
        column(view, "from", "left"), column(view, "to", "left"), Column(view.say(WORDS["pair"]), "left"),
        Column(view.say(WORDS["difference"])), Column(view.say(WORDS["permutation"])),
        Column(view.say(WORDS["henseler"])),
    )  # fmt: skip
    caption = view.say(WORDS["differences"])
    return TableBlock(
        f"table-group-differences-{result}", caption, columns, tuple(lines), (view.say(WORDS["note"]),)
    )


def _micom(view: View, result: str, rows: Sequence[Row], by: str) -> TableBlock:
    lines = [
        (
            (view.document.label(r.text("term")),),
            _pair(view, r, by),
            (r.number("c", "unit3"),),
            (r.number("c_quantile", "unit3"),),
            (r.number("mean_difference", "number2"), " ", *interval_cell(r, "number2", "mean_low", "mean_high")),
            (r.number("log_variance_ratio", "number2"), " ", *interval_cell(r, "number2", "variance_low", "variance_high")),
            (view.word(WORDS[r.text("invariance")]),),
        )
        for r in rows
    ]  # fmt: skip
    columns = (
        column(view, "construct", "left"), Column(view.say(WORDS["pair"]), "left"), Column(view.say(WORDS["c"])),
        Column(view.say(WORDS["quantile"])), Column(view.say(WORDS["mean"])), Column(view.say(WORDS["variance"])),
        Column(view.say(WORDS["invariance"]), "left"),
    )  # fmt: skip
    notes = (view.say(WORDS["micom_note"]),)
    return TableBlock(f"table-micom-{result}", view.say(WORDS["micom"]), columns, tuple(lines), notes)
