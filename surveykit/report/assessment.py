"""Assessment of composite models: reliability, discriminant validity, collinearity, effect sizes, explained variance."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.findings.composites import composite_results
from surveykit.report._blocks import Block, Cell, Column, Fixed, Heading, Paragraph, TableBlock, View
from surveykit.report._cells import BETWEEN, column, interval_cell, label_text
from surveykit.report._registry import sections

WORDS = {
    "title": {"en": "Appendix: assessment of the composite model", "zh": "附录：组合变量模型的评估"},
    "intro": {
        "en": "Composites are weighted means of their questions. These are the checks that methodologists ask for; the usual thresholds stand below "
        "the tables, and none of them is a law.",
        "zh": "组合变量是所含题目的加权平均。以下为评估此类模型时通常报告的内容，表中所附标准仅供参考。",
    },
    "refused": {"en": "Do not interpret: the model is refused.", "zh": "请勿解读：该模型未通过检查。"},
    "quality": {"en": "{title}: reliability and convergent validity", "zh": "{title}：信度与收敛效度"},
    "quality_note": {
        "en": "Usual thresholds: reliability {a} or more, AVE {b} or more. Alpha, raw: from the answers as given; standardised: as most PLS programs print it. Neither applies to "
        "composites with regression weights (–).",
        "zh": "参考标准：信度不低于{a}，AVE不低于{b}。α系数（原始）由原始回答算得，α系数（标准化）为多数PLS软件所报告的数值。上述指标不适用于采用回归权重的组合变量（–）。",
    },
    "questions": {"en": "Questions", "zh": "题数"},
    "alpha_raw": {"en": "Alpha, raw", "zh": "α系数（原始）"},
    "alpha_standardised": {"en": "Alpha, standardised", "zh": "α系数（标准化）"},
    "items": {"en": "{title}: weights and collinearity of the questions", "zh": "{title}：题目的权重与共线性"},
    "items_note": {"en": "Usual threshold: VIF below {a}.", "zh": "参考标准：VIF低于{a}。"},
    "weight": {"en": "Weight", "zh": "权重"},
    "first": {"en": "{title}: weights and loadings of the first stage", "zh": "{title}：第一阶段的权重与载荷"},
    "loading": {"en": "Loading", "zh": "载荷"},
    "htmt": {"en": "{title}: discriminant validity (HTMT)", "zh": "{title}：区分效度（HTMT）"},
    "htmt_note": {
        "en": "HTMT with {level} intervals; {b} is the geometric form. Usual threshold: below {a}. Composites with regression weights have none.",
        "zh": "HTMT及其{level}置信区间；{b}为几何平均形式。参考标准：低于{a}。采用回归权重的组合变量不适用。",
    },
    "pair": {"en": "Pair", "zh": "构念对"},
    "fornell": {"en": "{title}: discriminant validity (Fornell and Larcker)", "zh": "{title}：区分效度（Fornell–Larcker准则）"},
    "fornell_note": {
        "en": "Diagonal: square root of AVE; below it: correlations of the constructs. Each root should exceed the correlations in its row and column; composites "
        "with regression weights have none (–).",
        "zh": "对角线为AVE的平方根，其下为构念间的相关。每个平方根应大于同行与同列的相关；采用回归权重的组合变量不适用（–）。",
    },
    "cross": {"en": "{title}: cross-loadings", "zh": "{title}：交叉载荷"},
    "cross_note": {"en": "Correlations of each question with each composite.", "zh": "各题与各组合变量的相关。"},
    "paths": {"en": "{title}: effect sizes and collinearity of the predictors", "zh": "{title}：效应量与预测变量的共线性"},
    "paths_note": {
        "en": "f²: what R² loses without the predictor, relative to what is left over; {a} is small, {b} medium, {c} large. VIF: usually below {d}.",
        "zh": "f²为去掉该预测变量后R²的减少量与未解释方差之比，{a}为小，{b}为中，{c}为大。VIF的参考标准：低于{d}。",
    },
    "explained": {"en": "{title}: explained variance and model selection", "zh": "{title}：解释方差与模型选择"},
    "explained_note": {
        "en": "BIC and AIC compare models of the same construct on the same answers; lower is better.",
        "zh": "BIC与AIC用于比较同一构念、同一数据下的不同模型，数值越低越好。",
    },
    "adjusted": {"en": "R² adjusted", "zh": "调整后R²"},
}  # fmt: skip

MATRIX = 9
"""With more constructs than this a matrix does not fit a page: pairs, the highest first."""
MOST_PAIRS = 40


@sections.register(
    "assessment",
    title=WORDS["title"],
    reference="Hair, Risher, Sarstedt and Ringle 2019; Henseler, Ringle and Sarstedt 2015; Fornell and Larcker 1981; Sharma et al. 2019",
    evidence="every number is looked up in results.json",
    order=82,
    style="flow",
)
def assessment(view: View) -> Sequence[Block]:
    """What is asked of every fit by PLS."""
    found = [r for r in composite_results(view.document) if view.document.rows(r, "quality")]
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "assessment")] if found else []
    blocks += [Paragraph(view.say(WORDS["intro"]))] if found else []
    for result in found:
        if len(found) > 1:
            blocks.append(Heading(label_text(view, result), f"assessment-{result}", 2))
        blocks += _one(view, result)
    return blocks


def _one(view: View, result: str) -> Iterable[Block]:
    yield _quality(view, result)
    yield _items(view, result)
    if view.document.rows(result, "first_stage"):
        yield _first(view, result)
    htmt = _htmt(view, result)
    if htmt.rows:
        yield htmt
    yield from _matrices(view, result)
    if view.document.rows(result, "f2"):
        yield _paths(view, result)
    if view.document.rows(result, "r2"):
        yield _explained(view, result)


def _table(
    view: View,
    result: str,
    kind: str,
    columns: Sequence[Column],
    rows: Iterable[tuple[Cell, ...]],
    note: Cell = (),
    *,
    folded: bool = False,
) -> TableBlock:
    refused = view.document.refused(result)
    notes = ((view.say(WORDS["refused"]),) if refused else ()) + ((note,) if note else ())
    return TableBlock(
        f"table-assessment-{kind}-{result}", view.say(WORDS[kind], title=view.document.label(result)), tuple(columns), tuple(rows), notes,
        muted=refused, folded=folded,
    )  # fmt: skip


def _name(view: View, name: str) -> Cell:
    return (view.document.label(name),)


def _formula(text: str) -> Column:
    return Column((Fixed(text, "formula"),))


def _item_head(view: View) -> Column:
    return Column(column(view, "item", "left").title, "left", wide=True)


def _quality(view: View, result: str) -> TableBlock:
    measures = ("alpha_raw", "alpha_standardised", "rho_a", "rho_c", "ave")
    lines: list[tuple[Cell, ...]] = []
    for row in view.document.rows(result, "quality"):
        applies = row.text("mode") != "B" and int(row.get("items")) > 1
        values: list[Cell] = [(row.number(m, "unit2"),) if applies else ("–",) for m in measures]
        lines.append((_name(view, row.text("lhs")), (row.number("items", "count"),), *values))
    columns = [
        column(view, "construct", "left"), Column(view.say(WORDS["questions"])), Column(view.say(WORDS["alpha_raw"])),
        Column(view.say(WORDS["alpha_standardised"])), _formula("ρA"), _formula("ρC"), _formula("AVE"),
    ]  # fmt: skip
    note = view.say(WORDS["quality_note"], a=Fixed(".70", "formula"), b=Fixed(".50", "formula"))
    return _table(view, result, "quality", columns, lines, note)


def _items(view: View, result: str) -> TableBlock:
    vif = {r.text("item"): r for r in view.document.rows(result, "item_vif")}
    lines: list[tuple[Cell, ...]] = []
    before = ""
    for row in view.document.rows(result):
        if row.text("op") != "<~":
            continue
        item = row.text("rhs")
        lines.append(
            (
                _name(view, row.text("lhs")) if row.text("lhs") != before else ("",),
                _name(view, item),
                (row.number("estimate", "unit2"),),
                # the only question of a construct has no weight that could be estimated
                interval_cell(row, "unit2") if float(row.get("se") or 0.0) > 1e-9 else ("–",),
                (vif[item].number("vif", "number2"),) if item in vif else ("–",),
            )
        )
        before = row.text("lhs")
    columns = [
        column(view, "construct", "left"), _item_head(view), Column(view.say(WORDS["weight"])), column(view, "interval"),
        _formula("VIF"),
    ]  # fmt: skip
    return _table(
        view, result, "items", columns, lines, view.say(WORDS["items_note"], a=Fixed("5", "formula"))
    )


def _first(view: View, result: str) -> TableBlock:
    lines = [
        (
            _name(view, r.text("lhs")),
            _name(view, r.text("item")),
            (r.number("weight", "unit2"),),
            (r.number("loading", "unit2"),),
        )
        for r in view.document.rows(result, "first_stage")
    ]
    columns = [
        column(view, "construct", "left"), _item_head(view), Column(view.say(WORDS["weight"])), Column(view.say(WORDS["loading"])),
    ]  # fmt: skip
    return _table(view, result, "first", columns, lines)


def _formed(view: View, result: str) -> set[str]:
    """Constructs with regression weights: their questions need not agree, so that HTMT and AVE say nothing of them."""
    return {r.text("lhs") for r in view.document.rows(result, "quality") if r.text("mode") == "B"}


def _htmt(view: View, result: str) -> TableBlock:
    formed = _formed(view, result)
    rows = [
        r
        for r in view.document.rows(result, "htmt")
        if r.has("htmt") and not formed & {r.text("lhs"), r.text("rhs")}
    ]
    ordered = sorted(rows, key=lambda r: -float(r.get("htmt")))[:MOST_PAIRS]
    lines = [
        (
            (view.document.label(r.text("lhs")), view.word(BETWEEN), view.document.label(r.text("rhs"))),
            (r.number("htmt", "unit2"),),
            interval_cell(r, "unit2"),
            (r.number("htmt2", "unit2"),) if r.has("htmt2") else ("–",),
        )
        for r in ordered
    ]
    columns = [
        Column(view.say(WORDS["pair"]), "left", wide=True), _formula("HTMT"), column(view, "interval"), _formula("HTMT2"),
    ]  # fmt: skip
    note = view.say(
        WORDS["htmt_note"], level=view.document.level, a=Fixed(".90", "formula"), b=Fixed("HTMT2", "formula")
    )
    return _table(view, result, "htmt", columns, lines, note)


def _matrices(view: View, result: str) -> Iterable[TableBlock]:
    fornell = view.document.rows(result, "fornell_larcker")
    names = [r.text("lhs") for r in fornell]
    if not 1 < len(names) <= MATRIX:
        return
    heads = [
        Column((" ",), "left", wide=True),
        *(Column((Fixed(str(i + 1), "structure"),)) for i in range(len(names))),
    ]
    lines: list[tuple[Cell, ...]] = []
    formed = _formed(view, result)
    for i, row in enumerate(fornell):
        first: Cell = (Fixed(f"{i + 1} ", "structure"), view.document.label(names[i]))
        cells = [(row.number(n, "unit2"),) if j <= i else ("",) for j, n in enumerate(names)]
        if names[i] in formed:
            cells[i] = ("–",)
        lines.append((first, *cells))
    yield _table(view, result, "fornell", heads, lines, view.say(WORDS["fornell_note"]))
    heads = [_item_head(view), *(Column((view.document.label(n),)) for n in names)]
    cross = [
        (_name(view, r.text("item")), *((r.number(n, "unit2"),) for n in names))
        for r in view.document.rows(result, "cross_loadings")
    ]
    yield _table(view, result, "cross", heads, cross, view.say(WORDS["cross_note"]), folded=True)


def _paths(view: View, result: str) -> TableBlock:
    vif = {(r.text("lhs"), r.text("rhs")): r for r in view.document.rows(result, "inner_vif")}
    lines: list[tuple[Cell, ...]] = []
    for row in view.document.rows(result, "f2"):
        own: Row | None = vif.get((row.text("lhs"), row.text("rhs")))
        lines.append(
            (
                _name(view, row.text("rhs")),
                _name(view, row.text("lhs")),
                (row.number("f2", "unit3"),),
                interval_cell(row, "unit3"),
                (own.number("vif", "number2"),) if own is not None else ("–",),
            )
        )
    columns = [
        column(view, "from", "left"),
        column(view, "to", "left"),
        _formula("f²"),
        column(view, "interval"),
        _formula("VIF"),
    ]
    marks = {k: Fixed(t, "formula") for k, t in (("a", ".02"), ("b", ".15"), ("c", ".35"), ("d", "5"))}
    return _table(view, result, "paths", columns, lines, view.say(WORDS["paths_note"], **marks))


def _explained(view: View, result: str) -> TableBlock:
    lines = [
        (
            _name(view, r.text("lhs")),
            (r.number("r2", "unit2"),),
            interval_cell(r, "unit2"),
            (r.number("r2_adjusted", "unit2"),),
            (r.number("bic", "number1"),),
            (r.number("aic", "number1"),),
        )
        for r in view.document.rows(result, "r2")
    ]
    columns = [
        column(view, "construct", "left"), _formula("R²"), column(view, "interval"), Column(view.say(WORDS["adjusted"])),
        _formula("BIC"), _formula("AIC"),
    ]  # fmt: skip
    return _table(view, result, "explained", columns, lines, view.say(WORDS["explained_note"]))
