"""The measurement model: fit, reliability with intervals, constructs told apart, loadings."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.report._blocks import Block, Cell, Column, Fixed, TableBlock, View
from surveykit.report._cells import BETWEEN, column, group_cells, interval_cell
from surveykit.report._judged import checked, loadings_table, part_of_each
from surveykit.report._registry import sections
from surveykit.report._statements import statements

WORDS = {
    "title": {"en": "Appendix: measurement model", "zh": "附录：测量模型"},
    "reliability": {"en": "Reliability from the measurement model", "zh": "基于测量模型的信度"},
    "omega": {"en": "Omega", "zh": "ω系数"},
    "rho_c": {"en": "CR", "zh": "组合信度"},
    "ave": {"en": "AVE", "zh": "AVE"},
    "largest": {"en": "Largest r²", "zh": "最大r²"},
    "with": {"en": "With", "zh": "对应构念"},
    "reliability_note": {
        "en": "Omega: share of the observed variance of the questions’ sum; CR: of the variance that the model implies; AVE: average variance extracted. All constructs vary together freely, "
        "so no path affects these numbers. Largest r²: squared correlation with the nearest construct, which AVE should exceed.",
        "zh": "ω系数为题目总分的观测方差中由构念解释的比例，组合信度以模型隐含方差为分母，AVE为平均方差抽取量。各构念之间自由相关，因此这些数值不受路径设定影响。最大r²为与关系最密切的构念之间相关系数的平方，AVE应大于该值。",
    },
    "pairs": {"en": "Correlations of the constructs, HTMT and HTMT2", "zh": "构念间相关、HTMT与HTMT2"},
    "pair": {"en": "Pair", "zh": "构念对"},
    "correlation": {"en": "Correlation", "zh": "相关系数"},
    "pairs_note": {
        "en": "Correlations are those of the model, free of measurement error. HTMT is a ratio of mean item correlations, HTMT2 one of geometric means; –: not defined (negative item correlations).",
        "zh": "相关系数由模型得出，已校正测量误差。HTMT为题目相关均值之比，HTMT2采用几何平均；–表示无定义（题目间存在负相关）。",
    },
    "loadings": {"en": "Standardised loadings of the measurement model", "zh": "测量模型的标准化因子载荷"},
}  # fmt: skip


@sections.register(
    "cfa",
    title=WORDS["title"],
    reference="Jöreskog 1971; McDonald 1999; Fornell and Larcker 1981; Roemer, Schuberth and Henseler 2021",
    evidence="every number is looked up in results.json; a refused model bears the words 'do not interpret'",
    order=81,
    style="flow",
)
def cfa(view: View) -> Sequence[Block]:
    """Every measurement model of the study."""
    return part_of_each(view, view.document.of("cfa"), view.word(WORDS["title"]), "cfa", _one)


def _one(view: View, result: str) -> Iterable[Block]:
    refused = view.document.refused(result)
    yield from checked(view, result)
    if not refused:
        yield from statements(view, [f for f in view.of("cfa") if f.id.startswith(f"cfa.{result}.")])
    yield _reliability(view, result, refused)
    pairs = view.document.rows(result, "pairs")
    if pairs:
        yield _pairs(view, result, pairs, refused)
    loadings = [r for r in view.document.rows(result, "loadings") if r.has("est")]
    yield loadings_table(view, result, loadings, view.say(WORDS["loadings"]), refused)


def _reliability(view: View, result: str, refused: bool) -> TableBlock:
    rows = view.document.rows(result)
    found = {(r.text("term"), r.text("group"), r.text("measure")): r for r in rows}
    nearest = {(r.text("construct"), r.text("group")): r for r in view.document.rows(result, "validity")}
    firsts = [r for r in rows if r.text("measure") == "rho_c"]
    heads, lead = group_cells(view, result, firsts)
    lines: list[tuple[Cell, ...]] = []
    for row, first in zip(firsts, lead, strict=True):
        key = (row.text("term"), row.text("group"))
        omega, ave, near = found[(*key, "omega")], found[(*key, "ave")], nearest.get(key)
        known = near is not None and near.has("max_r2")
        lines.append(
            (
                *first,
                (view.document.label(key[0]),),
                (omega.number("estimate", "unit2"),),
                (row.number("estimate", "unit2"),),
                interval_cell(row, "unit2"),
                (ave.number("estimate", "unit2"),),
                interval_cell(ave, "unit2"),
                (near.number("max_r2", "unit2"),) if near is not None and known else ("–",),
                (view.document.label(near.text("with")),) if near is not None and known else ("–",),
            )
        )
    columns = (
        *heads, column(view, "construct", "left"), Column(view.say(WORDS["omega"])), Column(view.say(WORDS["rho_c"])),
        column(view, "interval"), Column(view.say(WORDS["ave"])), column(view, "interval"), Column(view.say(WORDS["largest"])),
        Column(view.say(WORDS["with"]), "left"),
    )  # fmt: skip
    return TableBlock(
        f"table-{result}", view.say(WORDS["reliability"]), columns, tuple(lines), (view.say(WORDS["reliability_note"]),),
        muted=refused,
    )  # fmt: skip


def _pairs(view: View, result: str, rows: Sequence[Row], refused: bool) -> TableBlock:
    heads, lead = group_cells(view, result, rows)
    lines = [
        (
            *first,
            (view.document.label(r.text("lhs")), view.word(BETWEEN), view.document.label(r.text("rhs"))),
            (r.number("estimate", "unit2"),),
            interval_cell(r, "unit2"),
            (r.number("htmt", "unit2"),),
            (r.number("htmt2", "unit2"),),
        )
        for r, first in zip(rows, lead, strict=True)
    ]
    columns = (
        *heads, Column(view.say(WORDS["pair"]), "left", wide=True), Column(view.say(WORDS["correlation"])), column(view, "interval"),
        Column((Fixed("HTMT", "formula"),)), Column((Fixed("HTMT2", "formula"),)),
    )  # fmt: skip
    return TableBlock(
        f"table-pairs-{result}", view.say(WORDS["pairs"]), columns, tuple(lines), (view.say(WORDS["pairs_note"]),), muted=refused
    )  # fmt: skip
