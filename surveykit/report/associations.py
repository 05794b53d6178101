"""Associations: correlations, regressions, the shape of a relation, mediation, cross-tables."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import replace

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS, format_in
from surveykit.format import LANGUAGES, pick
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Fixed,
    Heading,
    Inline,
    Stat,
    TableBlock,
    View,
)
from surveykit.report._cells import column, evidence, group_cells, interval_cell, interval_text, label_text
from surveykit.report._judged import checked
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts.heat import Tile, triangle
from surveykit.report.scores import look_of

WORDS = {
    "title": {"en": "Associations", "zh": "相关关系"},
    "correlation": {"en": "Correlations", "zh": "相关分析"},
    "regression": {"en": "Regression of {outcome}", "zh": "“{outcome}”的回归分析"},
    "nonlinear": {"en": "Shape of the relation: {outcome} and {source}", "zh": "关系形态：“{outcome}”与“{source}”"},
    "mediation": {"en": "Mediation: {source} and {outcome}", "zh": "中介分析：“{source}”与“{outcome}”"},
    "crosstab": {"en": "“{first}” by “{second}”", "zh": "“{first}”与“{second}”的交叉表"},
    "logit": {"en": "Logistic regression of {outcome}", "zh": "“{outcome}”的逻辑回归"},
    "ordinal": {"en": "Ordinal logistic regression of “{outcome}”", "zh": "“{outcome}”的有序逻辑回归"},
    "triangle": {"en": "Correlations (n = {n} or more for each pair)", "zh": "相关系数（每对变量的样本量不少于{n}）"},
    "map": {"en": "How closely each pair goes together (correlations, n = {n} or more)", "zh": "各对变量的相关程度（相关系数，样本量不少于{n}）"},
    "map_note": {"en": "Darker means closer; a minus marks pairs that run in opposite directions. Intervals are in the table or in results.json.", "zh": "颜色越深，相关越强；负号表示方向相反。区间见表或results.json。"},
    "map_alt": {"en": "Triangle of correlations. Closest: {closest}. Loosest: {loosest}.", "zh": "相关系数三角图。相关最强：{closest}；最弱：{loosest}。"},
    "pair": {"en": "{first} and {second} {r}", "zh": "{first}与{second}（{r}）"},
    "first": {"en": "First", "zh": "变量一"},
    "second": {"en": "Second", "zh": "变量二"},
    "predictor": {"en": "Predictor", "zh": "预测变量"},
    "standardised": {"en": "Standardised", "zh": "标准化系数"},
    "coefficients": {"en": "Coefficients for {outcome} (R² {r2}, n = {n})", "zh": "“{outcome}”的回归系数（R²为{r2}，n = {n}）"},
    "plain": {"en": "Coefficients for {outcome} (n = {n})", "zh": "“{outcome}”的回归系数（n = {n}）"},
    "odds": {"en": "Odds ratios for “{outcome}” (n = {n})", "zh": "“{outcome}”的优势比（n = {n}）"},
    "ratio": {"en": "Odds ratio", "zh": "优势比"},
    "effects": {"en": "Paths and effects (n = {n})", "zh": "路径与效应（n = {n}）"},
    "term": {"en": "Term", "zh": "参数"},
    "slopes": {"en": "Slopes and threshold (n = {n})", "zh": "斜率与阈值（n = {n}）"},
    "cells": {"en": "Shares by column (base below each head)", "zh": "列百分比（表头下为基数）"},
    "base": {"en": "Base", "zh": "基数"},
    "all": {"en": "All", "zh": "全体"},
    "intercept": {"en": "Constant", "zh": "常数项"},
    "closest_of": {"en": "The {shown} closest of {all} pairs.", "zh": "{all}对中相关最强的{shown}对。"},
    "p_note": {"en": "p-values are adjusted for the number of pairs.", "zh": "p值已作多重比较校正。"},
    "design_note": {"en": "Standard errors are those of the survey design.", "zh": "标准误按抽样设计计算。"},
    "se_note": {"en": "Standard errors: {kind}, consistent under unequal variances.", "zh": "标准误采用{kind}，存在异方差时仍然一致。"},
}  # fmt: skip

MOST_MAPPED = 16
"""A triangle of more variables cannot be read."""

TERMS = {
    "slope": {"en": "slope of a straight line", "zh": "直线斜率"},
    "slope_at_mean": {"en": "slope at the mean", "zh": "均值处的斜率"},
    "curvature": {"en": "curvature", "zh": "曲率"},
    "turning_point": {"en": "turning point", "zh": "转折点"},
    "slope_below": {"en": "slope below the threshold", "zh": "阈值以下的斜率"},
    "slope_above": {"en": "slope above the threshold", "zh": "阈值以上的斜率"},
    "slope_change": {"en": "change of slope", "zh": "斜率变化"},
    "threshold": {"en": "threshold", "zh": "阈值"},
    "total_indirect": {"en": "indirect, in all", "zh": "总间接效应"},
    "direct": {"en": "direct", "zh": "直接效应"},
    "total": {"en": "total", "zh": "总效应"},
}
MOST_ROWS = 30
INTERCEPT = "(intercept)"


@sections.register(
    "associations",
    title=WORDS["title"],
    reference="American Psychological Association 2020: report estimates with intervals",
    evidence="every number is looked up in results.json",
    order=60,
    style="flow",
)
def associations(view: View) -> Sequence[Block]:
    """One part per analysis, in the order of the study."""
    blocks: list[Block] = []
    for result in view.document.ids:
        draw = DRAWN.get(str(view.document.data["results"][result]["id"]))
        if draw is not None:
            blocks += draw(view, result)
            blocks += checked(view, result)
    return [Heading(view.word(WORDS["title"]), "associations"), *blocks] if blocks else ()


def _options(view: View, result: str) -> Mapping[str, object]:
    found: Mapping[str, object] = view.document.data["results"][result].get("options", {})
    return found


def _head(view: View, kind: str, result: str, **names: str) -> Iterable[Block]:
    words = {k: view.document.label(v) for k, v in names.items()}
    yield Heading(view.plain(view.say(WORDS[kind], **words)), f"part-{result}", 2)
    yield from statements(view, [f for f in view.of("associations") if f.table == f"table-{result}"])


def _correlation(view: View, result: str) -> Iterable[Block]:
    rows = [r for r in view.document.rows(result) if r.has("estimate")]
    if not rows:
        return
    yield from _head(view, "correlation", result)
    if any(r.text("group") for r in rows):
        yield _pairs(view, result, rows[:MOST_ROWS])
        return
    names = list(dict.fromkeys(n for r in rows for n in (r.text("x"), r.text("y"))))
    if 2 < len(names) <= MOST_MAPPED:
        yield _triangle(view, result, rows, names)
    if 9 < len(names) <= MOST_MAPPED:
        yield replace(
            _pairs(view, result, sorted(rows, key=lambda r: -abs(float(r.get("estimate"))))), folded=True
        )
        return
    if len(names) > 9:
        table = _pairs(view, result, sorted(rows, key=lambda r: -abs(float(r.get("estimate"))))[:MOST_ROWS])
        count = {"shown": Fixed(str(MOST_ROWS), "structure"), "all": Fixed(str(len(rows)), "structure")}
        yield replace(table, notes=(view.say(WORDS["closest_of"], **count), *table.notes))
        return
    known = {frozenset((r.text("x"), r.text("y"))): r for r in rows}
    columns = [
        Column((" ",), "left", wide=True),
        *(Column((Fixed(str(i), "structure"),)) for i in range(1, len(names))),
    ]
    lines: list[tuple[Cell, ...]] = []
    for i, name in enumerate(names):
        cells: list[Cell] = [(Fixed(f"{i + 1} ", "structure"), view.document.label(name))]
        for j in range(len(names) - 1):
            row = known.get(frozenset((name, names[j])))
            cells.append((row.number("estimate", "unit2"),) if j < i and row is not None else ("",))
        lines.append(tuple(cells))
    smallest = min(rows, key=lambda r: float(r.get("n")))
    caption = view.say(WORDS["triangle"], n=smallest.number("n", "count"))
    yield TableBlock(f"table-{result}", caption, tuple(columns), tuple(lines))


def _triangle(view: View, result: str, rows: Sequence[Row], names: Sequence[str]) -> FigureBlock:
    """The picture of all pairs: shade for closeness, the value in each tile."""
    known = {frozenset((r.text("x"), r.text("y"))): r for r in rows}
    unit = format_in("unit2", view.language)
    show = FORMATS[unit]
    tiles = []
    for i, name in enumerate(names):
        for j in range(i):
            row = known.get(frozenset((name, names[j])))
            value = None if row is None else float(row.get("estimate"))
            tiles.append(Tile(i, j, "–" if value is None else show(value), value, _lines(row, unit)))
    ordered = sorted(rows, key=lambda r: abs(float(r.get("estimate"))))
    told = {}
    for end, row in (("closest", ordered[-1]), ("loosest", ordered[0])):
        ends = {"first": label_text(view, row.text("x")), "second": label_text(view, row.text("y"))}
        told[end] = view.word(WORDS["pair"]).format(r=show(row.get("estimate")), **ends)
    picture = triangle(tiles, [label_text(view, n) for n in names], look_of(view))
    smallest = min(rows, key=lambda r: float(r.get("n")))
    caption = view.say(WORDS["map"], n=smallest.number("n", "count"))
    alt = view.word(WORDS["map_alt"]).format(**told)
    note = view.say(WORDS["map_note"])
    return FigureBlock(
        f"figure-{result}", caption, picture.svg, alt, (note,), numbers=f"table-{result}", plot=picture.plot
    )


def _lines(row: Row | None, unit: str) -> tuple[str, ...]:
    """The value of a tile with its interval, and n."""
    if row is None:
        return ()
    words = f"{FORMATS[unit](row.get('estimate'))} {interval_text(row, unit)}".rstrip()
    return (words, f"n = {FORMATS['count'](row.get('n'))}")


def _pairs(view: View, result: str, rows: Sequence[Row]) -> TableBlock:
    heads, lead = group_cells(view, result, rows)
    columns = (
        *heads, Column(view.say(WORDS["first"]), "left", wide=True), Column(view.say(WORDS["second"]), "left"), Column((Stat("r"),)),
        column(view, "interval"), Column((Stat("n"),)), Column((Stat("p"),)),
    )  # fmt: skip
    lines = tuple(
        (
            *first, (view.document.label(r.text("x")),), (view.document.label(r.text("y")),), (r.number("estimate", "unit2"),),
            interval_cell(r, "unit2"), (r.number("n", "count"),), (r.number("p_adjusted", "p_cell"),),
        )
        for r, first in zip(rows, lead, strict=True)
    )  # fmt: skip
    return TableBlock(
        f"table-{result}", view.say(WORDS["correlation"]), columns, lines, (view.say(WORDS["p_note"]),)
    )


def _regression(view: View, result: str) -> Iterable[Block]:
    outcome = str(_options(view, result).get("outcome", ""))
    yield from _head(view, "regression", result, outcome=outcome)
    rows = [r for r in view.document.rows(result) if r.has("estimate")]
    heads, lead = group_cells(view, result, rows)
    columns = (
        *heads, Column(view.say(WORDS["predictor"]), "left", wide=True), column(view, "estimate"), column(view, "interval"),
        column(view, "se"), Column((Stat("p"),)), Column(view.say(WORDS["standardised"])), column(view, "evidence", "left"),
    )  # fmt: skip
    lines = []
    for row, first in zip(rows, lead, strict=True):
        constant = row.text("term") == INTERCEPT
        name = _term(view, row.text("term"))
        said: Cell = (
            ("",) if constant else evidence(view, row.get("estimate"), row.get("low"), row.get("high"))
        )
        std: Cell = (row.number("std", "unit2"),) if row.has("std") else ("",)
        lines.append(
            (
                *first, name, (row.number("estimate", "number2"),), interval_cell(row, "number2"), (row.number("se", "number2"),),
                (row.number("p", "p_cell"),), std, said,
            )
        )  # fmt: skip
    facts = view.document.facts(result)
    holes = {"outcome": view.document.label(outcome), "n": facts.number("n", "count")}
    fitted = facts.has("r2")
    caption = (
        view.say(WORDS["coefficients"], r2=facts.number("r2", "unit2"), **holes)
        if fitted
        else view.say(WORDS["plain"], **holes)
    )
    kind = Fixed(str(facts.get("se_type") or _options(view, result).get("se") or "").upper(), "formula")
    drawn = facts.get("se_type") == "design"
    note = view.say(WORDS["design_note"]) if drawn else view.say(WORDS["se_note"], kind=kind)
    yield TableBlock(f"table-{result}", caption, columns, tuple(lines), (note,))


def _terms(kind: str, caption: str) -> Callable[[View, str], Iterable[Block]]:
    def draw(view: View, result: str) -> Iterable[Block]:
        options = _options(view, result)
        source, outcome = str(options.get("predictor", "")), str(options.get("outcome", ""))
        yield from _head(view, kind, result, source=source, outcome=outcome)
        rows = [r for r in view.document.rows(result) if r.has("estimate")]
        heads, lead = group_cells(view, result, rows)
        columns = (
            *heads, Column(view.say(WORDS["term"]), "left", wide=True), column(view, "estimate"), column(view, "interval"),
            Column((Stat("p"),)),
        )  # fmt: skip
        lines = tuple(
            (
                *first, _term(view, r.text("term")), (r.number("estimate", "number2"),), interval_cell(r, "number2"),
                (r.number("p", "p_cell"),) if r.has("p") else ("",),
            )
            for r, first in zip(rows, lead, strict=True)
        )  # fmt: skip
        said = view.say(WORDS[caption], n=view.document.facts(result).number("n", "count"))
        yield TableBlock(f"table-{result}", said, columns, lines)

    return draw


def _term(view: View, term: str) -> Cell:
    if term == INTERCEPT:
        return (view.word(WORDS["intercept"]),)
    if term in TERMS:
        return (view.word(TERMS[term]),)
    parts: list[Inline] = []
    for i, name in enumerate(term.split(" → ")):
        parts += [" → ", view.document.label(name)] if i else [view.document.label(name)]
    return tuple(parts)


def _odds(kind: str) -> Callable[[View, str], Iterable[Block]]:
    def draw(view: View, result: str) -> Iterable[Block]:
        outcome = str(_options(view, result).get("outcome", ""))
        yield from _head(view, kind, result, outcome=outcome)
        rows = [r for r in view.document.rows(result) if r.has("odds_ratio")]
        heads, lead = group_cells(view, result, rows)
        columns = (
            *heads, Column(view.say(WORDS["predictor"]), "left", wide=True), Column(view.say(WORDS["ratio"])), column(view, "interval"),
            Column((Stat("p"),)),
        )  # fmt: skip
        lines = tuple(
            (
                *first, _term(view, r.text("term")), (r.number("odds_ratio", "number2"),),
                interval_cell(r, "number2", "odds_low", "odds_high"), (r.number("p", "p_cell"),),
            )
            for r, first in zip(rows, lead, strict=True)
        )  # fmt: skip
        if lines:
            holes = {
                "outcome": view.document.label(outcome),
                "n": view.document.facts(result).number("n", "count"),
            }
            yield TableBlock(f"table-{result}", view.say(WORDS["odds"], **holes), columns, lines)

    return draw


def _crosstab(view: View, result: str) -> Iterable[Block]:
    options = _options(view, result)
    yield from _head(
        view, "crosstab", result, first=str(options.get("rows", "")), second=str(options.get("columns", ""))
    )
    names = {(r.text("axis"), r.text("level")): r for r in view.document.rows(result, "labels")}

    def said(axis: str, level: str) -> Cell:
        row = names.get((axis, level))
        words = pick({k: row.text(k) for k in LANGUAGES}, view.language) if row is not None else level
        return (Fixed(words, "given"),)

    rows = view.document.rows(result)
    groups = list(dict.fromkeys(r.text("group") for r in rows))
    terms = list(dict.fromkeys(r.text("term") for r in rows))
    cells = {(r.text("term"), r.text("group")): r for r in rows}
    heads = [Column((label_text(view, str(options.get("rows", ""))),), "left", wide=True)]
    heads += [Column(said("columns", g) if g else (view.word(WORDS["all"]),)) for g in groups]
    base: list[Cell] = [(view.word(WORDS["base"]),)]
    base += [(cells[terms[0], g].number("n", "count"),) if (terms[0], g) in cells else ("–",) for g in groups]
    lines = [tuple(base)]
    for term in terms:
        line: list[Cell] = [said("rows", term)]
        for group in groups:
            row = cells.get((term, group))
            line.append((row.number("estimate", "percent0"),) if row is not None else ("–",))
        lines.append(tuple(line))
    yield TableBlock(f"table-{result}", view.say(WORDS["cells"]), tuple(heads), tuple(lines))


DRAWN: Mapping[str, Callable[[View, str], Iterable[Block]]] = {
    "correlation": _correlation,
    "regression": _regression,
    "logit": _odds("logit"),
    "ordinal": _odds("ordinal"),
    "nonlinear": _terms("nonlinear", "slopes"),
    "mediation": _terms("mediation", "effects"),
    "crosstab": _crosstab,
}
