"""Invariance: the ladder of ever stricter models, what may be compared, latent means, what to release."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.findings.invariance import verdict_of
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    Fixed,
    Paragraph,
    Ref,
    Stat,
    TableBlock,
    View,
)  # fmt: skip
from surveykit.report._cells import BETWEEN, column, interval_cell
from surveykit.report._judged import checked, part_of_each
from surveykit.report._registry import sections
from surveykit.report._statements import statements

WORDS = {
    "title": {"en": "Do the questions mean the same in each group?", "zh": "各组对题目的理解是否一致？"},
    "intro": {
        "en": "One measurement model is fitted in every group, with more and more held equal ({table}). A step holds where CFI falls by no more than {cfi} and RMSEA rises by no more than "
        "{rmsea}; the χ² difference is shown too, but in large samples it rejects over trifles.",
        "zh": "在各组中估计同一测量模型，并逐步增加等值约束（见{table}）。CFI下降不超过{cfi}且RMSEA上升不超过{rmsea}，即视为成立；同时列出χ²差异检验，但样本较大时它会拒绝微不足道的差异。",
    },
    "steps": {"en": "Steps of equality across groups", "zh": "跨组等值的各步检验"},
    "step": {"en": "Held equal", "zh": "等值约束"},
    "configural": {"en": "nothing (same structure)", "zh": "无（结构相同）"},
    "thresholds": {"en": "thresholds", "zh": "阈值"},
    "metric": {"en": "loadings", "zh": "载荷"},
    "scalar": {"en": "intercepts", "zh": "截距"},
    "strict": {"en": "residual variances", "zh": "残差方差"},
    "variances": {"en": "variances of the constructs", "zh": "构念的方差与协方差"},
    "means": {"en": "means of the constructs", "zh": "构念的均值"},
    "chi": {"en": "χ² (df)", "zh": "χ²（自由度）"},
    "difference": {"en": "Δχ² (df)", "zh": "Δχ²（自由度）"},
    "holds": {"en": "Holds", "zh": "是否成立"},
    "yes": {"en": "yes", "zh": "成立"},
    "no": {"en": "no", "zh": "不成立"},
    "steps_note": {
        "en": "Each step also holds equal everything in the steps above it; Δ is the change from the row above (n = {n}).",
        "zh": "每一步均保留以上各步的约束；Δ为与上一行之差（n = {n}）。",
    },
    "latent": {"en": "Means of the constructs against “{first}”", "zh": "各构念均值（与“{first}”相比）"},
    "latent_note": {
        "en": "Differences of latent means under equal intercepts, in the unit of each construct’s first question; d: in standard deviations of the construct.",
        "zh": "截距等值条件下的潜变量均值之差，单位同各构念的首个题目；d以构念的标准差为单位。",
    },
    "other_means": {"en": "The other differences are in {table}.", "zh": "其余差异见{table}。"},
    "no_means": {
        "en": "There is no evidence of any difference; all are in {table}.",
        "zh": "没有证据表明存在任何差异，全部结果见{table}。",
    },
    "latent_off": {
        "en": "Not to be compared: equal intercepts do not hold.",
        "zh": "截距等值不成立，不宜比较。",
    },
    "mean": {"en": "Difference", "zh": "差异"},
    "releases": {"en": "Where equality costs most", "zh": "等值约束代价最大的参数"},
    "releases_note": {
        "en": "Score tests of single equalities in a step that does not hold. A parameter is left free in every group with the option group_partial; whether it should be is "
        "decided by what the question says.",
        "zh": "对不成立步骤中各项等值约束的得分检验。可用选项group_partial在各组中自由估计某一参数；是否放开，应依据题目内容判断。",
    },
    "parameter": {"en": "Parameter", "zh": "参数"},
    "between": {"en": "Between", "zh": "比较的组"},
}  # fmt: skip

MOST, MOST_MEANS = 10, 4


@sections.register(
    "invariance",
    title=WORDS["title"],
    reference="Vandenberg and Lance 2000; Chen 2007",
    evidence="every number is looked up in results.json; means are shown with a verdict on whether they may be compared",
    order=48,
    style="flow",
)
def invariance(view: View) -> Sequence[Block]:
    """Every invariance ladder of the study."""
    return part_of_each(
        view, view.document.of("invariance"), view.word(WORDS["title"]), "invariance", _ladder
    )


def _ladder(view: View, result: str) -> Iterable[Block]:
    refused = view.document.refused(result)
    yield from checked(view, result)
    limits = {"cfi": Fixed(".010", "formula"), "rmsea": Fixed(".015", "formula")}
    yield Paragraph(view.say(WORDS["intro"], table=Ref(f"table-steps-{result}"), **limits))
    yield from statements(view, [f for f in view.of("invariance") if f.id == f"invariance.{result}"])
    yield _steps(view, result, refused)
    means = view.document.rows(result, "latent_means")
    if means and not refused:
        yield from _told(view, result)
        yield _means(view, result, means, verdict_of(view.document, result)[0] == "means")
    releases = view.document.rows(result, "releases")
    if releases and not refused:
        yield _releases(view, result, releases[:MOST])


def _told(view: View, result: str) -> Iterable[Block]:
    """The clearest differences of latent means, or that there is evidence of none; the table holds them all."""
    own = [f for f in view.of("invariance") if f.id.startswith(f"latent_mean.{result}.")]
    evident = [f for f in own if f.strength != "none"]
    yield from statements(view, (evident or own)[:MOST_MEANS])
    if len(own) > MOST_MEANS:
        words = "other_means" if evident else "no_means"
        yield Paragraph(view.say(WORDS[words], table=Ref(f"table-latent-means-{result}")), "note")


def _steps(view: View, result: str, refused: bool) -> TableBlock:
    lines: list[tuple[Cell, ...]] = []
    for row in view.document.rows(result):
        first = not row.has("chisq_diff")
        cells: list[Cell] = [(view.word(WORDS[row.text("term")]),)]
        cells.append((row.number("chisq", "number2"), " (", row.number("df", "count"), ")"))
        cells += [(row.number(k, "unit3"),) for k in ("cfi", "rmsea", "srmr")]
        if first:
            cells += [("",)] * 4
        else:
            cells.append((row.number("chisq_diff", "number2"), " (", row.number("df_diff", "count"), ")"))
            cells += [(row.number("p", "p_cell"),)] if not refused else [("–",)]
            cells += [(row.number("delta_cfi", "unit3"),)]
            cells.append((view.word(WORDS["yes" if row.get("holds") else "no"]) if not refused else "–",))
        lines.append(tuple(cells))
    columns = (
        Column(view.say(WORDS["step"]), "left", wide=True), Column(view.say(WORDS["chi"])), Column((Fixed("CFI", "formula"),)),
        Column((Fixed("RMSEA", "formula"),)), Column((Fixed("SRMR", "formula"),)), Column(view.say(WORDS["difference"])),
        Column((Stat("p"),)), Column((Fixed("ΔCFI", "formula"),)), Column(view.say(WORDS["holds"]), "left"),
    )  # fmt: skip
    note = view.say(WORDS["steps_note"], n=view.document.facts(result).number("n", "count"))
    return TableBlock(
        f"table-steps-{result}", view.say(WORDS["steps"]), columns, tuple(lines), (note,), muted=refused
    )


def _means(view: View, result: str, rows: Sequence[Row], comparable: bool) -> TableBlock:
    facts = view.document.facts(result)
    by = facts.text("by")
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        lines.append(
            (
                (view.document.label(f"{by}={row.text('group')}"),),
                (view.document.label(row.text("construct")),),
                (row.number("estimate", "number2"),),
                interval_cell(row, "number2"),
                (row.number("se", "number2"),),
                (row.number("d", "number2"),),
                (row.number("n", "count"),),
            )
        )
    columns = (
        column(view, "group", "left"), column(view, "construct", "left"), Column(view.say(WORDS["mean"])),
        column(view, "interval"), column(view, "se"), Column((Stat("d"),)), Column((Stat("n"),)),
    )  # fmt: skip
    caption = view.say(WORDS["latent"], first=view.document.label(f"{by}={facts.text('first')}"))
    warning = () if comparable else (view.say(WORDS["latent_off"]),)
    notes = (*warning, view.say(WORDS["latent_note"]))
    return TableBlock(
        f"table-latent-means-{result}", caption, columns, tuple(lines), notes, muted=not comparable
    )


def _parameter(view: View, name: str) -> Cell:
    """What a parameter is of, in words, and its name in the model's text, by which it is released."""
    item = re.split(r"=~|~~|~", name)[-1] if "=~" in name else name.split("~")[0].split("|")[0]
    label = view.document.label(item)
    return (label, Fixed(f" ({name})", "given")) if label.key else (Fixed(name, "given"),)


def _releases(view: View, result: str, rows: Sequence[Row]) -> TableBlock:
    by = view.document.facts(result).text("by")
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        groups = (
            view.document.label(f"{by}={row.text('group')}"), view.word(BETWEEN), view.document.label(f"{by}={row.text('other_group')}"),
        )  # fmt: skip
        lines.append(
            (
                (view.word(WORDS[row.text("step")]),),
                _parameter(view, row.text("parameter")),
                groups,
                (row.number("chisq", "number2"),),
                (row.number("p", "p_cell"),),
                (row.number("difference", "number2"),),
            )
        )
    columns = (
        Column(view.say(WORDS["step"]), "left"), Column(view.say(WORDS["parameter"]), "left", wide=True),
        Column(view.say(WORDS["between"]), "left"), Column((Fixed("χ²", "formula"),)), Column((Stat("p"),)),
        Column(view.say(WORDS["mean"])),
    )  # fmt: skip
    notes = (view.say(WORDS["releases_note"]),)
    return TableBlock(f"table-releases-{result}", view.say(WORDS["releases"]), columns, tuple(lines), notes)
