"""Composite models: interactions with simple slopes, prediction for people left out, the test of overall fit, global questions."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS, format_in
from surveykit.findings.composites import composite_results
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Fixed,
    Heading,
    Paragraph,
    Stat,
    TableBlock,
    View,
)
from surveykit.report._cells import based, column, interval_cell, label_text
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts import Dot, Line, dots, lines
from surveykit.report.scores import look_of

WORDS = {
    "title": {"en": "What the composite model adds", "zh": "组合变量模型的补充结果"},
    "slopes": {"en": "Interactions", "zh": "交互作用"},
    "slopes_intro": {
        "en": "How {source} and {target} go together at three levels of {moderator}: one standard deviation below its mean, at the mean, and one above. All in "
        "standard deviations.",
        "zh": "在{moderator}的三个水平（低于均值一个标准差、均值、高于均值一个标准差）下{source}与{target}的关系，单位均为标准差。",
    },
    "slopes_figure": {"en": "{source} and {target} by level of {moderator}", "zh": "不同{moderator}水平下{source}与{target}的关系"},
    "slopes_table": {"en": "Simple slopes", "zh": "简单斜率"},
    "slopes_note": {
        "en": "Coefficient of the predictor where the moderator is as stated; of a construct that moderates itself, the slope of the curve there.",
        "zh": "调节变量处于所列水平时预测变量的系数；若构念与自身交互，则为曲线在该处的斜率。",
    },
    "moderator": {"en": "Moderator", "zh": "调节变量"},
    "level": {"en": "Level", "zh": "水平"},
    "low": {"en": "low", "zh": "低"},
    "mean": {"en": "mean", "zh": "均值"},
    "high": {"en": "high", "zh": "高"},
    "line": {"en": "{moderator}: {level}", "zh": "{moderator}：{level}"},
    "sd": {"en": "{label} (standard deviations)", "zh": "{label}（标准差）"},
    "alt_slopes": {"en": "Lines of {target} over {source}. {text}", "zh": "{target}与{source}关系的直线。{text}"},
    "alt_slope": {"en": "{label}: slope {value}. ", "zh": "{label}：斜率{value}。"},
    "prediction": {"en": "Prediction for people who were left out", "zh": "对未参与估计者的预测"},
    "prediction_intro": {
        "en": "The model was estimated repeatedly, each time without some of the respondents, whose answers it then had to predict. Two benchmarks do the same: the "
        "average of the answers and a regression on all questions.",
        "zh": "反复留出一部分受访者后重新估计模型，再预测其回答，并与两个基准比较：各题的均值，以及直接以各题目为预测变量的线性回归。",
    },
    "cvpat": {"en": "Mean squared error of the model less that of the benchmark (CVPAT)", "zh": "模型与基准的均方误差之差（CVPAT）"},
    "cvpat_figure": {"en": "Mean squared error of the model less that of the averages, with {level} intervals", "zh": "模型与均值基准的均方误差之差及{level}置信区间"},
    "cvpat_note": {"en": "Below zero the model foretells better. n = {n}.", "zh": "小于零表示模型预测更好。n = {n}。"},
    "benchmark": {"en": "Benchmark", "zh": "基准"},
    "ia": {"en": "average", "zh": "均值"},
    "lm": {"en": "regression", "zh": "线性回归"},
    "difference": {"en": "Difference", "zh": "差值"},
    "all": {"en": "All questions", "zh": "全部题目"},
    "items": {"en": "Prediction of each question", "zh": "各题的预测误差"},
    "items_note": {
        "en": "Q²: by what share the squared error is smaller than that of the average; below zero, the average does better. RMSE: root mean squared error; in brackets the mean absolute error.",
        "zh": "Q²为平方误差相对于均值基准减少的比例，小于零表示均值更好。RMSE为均方根误差，括号内为平均绝对误差。",
    },
    "rmse_pls": {"en": "RMSE, model", "zh": "RMSE（模型）"},
    "rmse_lm": {"en": "RMSE, regression", "zh": "RMSE（回归）"},
    "rmse_ia": {"en": "RMSE, average", "zh": "RMSE（均值）"},
    "alt_cvpat": {"en": "Dots with intervals: differences of squared errors. {text}", "zh": "点与区间图：均方误差之差。{text}"},
    "alt_row": {"en": "{label}: {text}. ", "zh": "{label}：{text}。"},
    "overall": {"en": "Overall fit", "zh": "整体拟合"},
    "overall_table": {"en": "Test of overall fit by bootstrap under the model", "zh": "模型成立条件下的整体拟合自助检验"},
    "overall_note": {
        "en": "Limits: what the measure stays below in {a} and {b} of samples where the model holds. Saturated: all constructs freely correlated.",
        "zh": "界限：模型成立时，{a}与{b}的样本中该指标不超过的数值。饱和模型：各构念自由相关。",
    },
    "measure": {"en": "Measure", "zh": "指标"},
    "model": {"en": "Model", "zh": "模型"},
    "estimated": {"en": "estimated", "zh": "估计模型"},
    "saturated": {"en": "saturated", "zh": "饱和模型"},
    "value": {"en": "Value", "zh": "数值"},
    "limit": {"en": "Limit, {share}", "zh": "{share}界限"},
    "redundancy": {"en": "Constructs and their global question (redundancy analysis)", "zh": "构念与整体性题目（冗余分析）"},
    "redundancy_note": {
        "en": "The path is the correlation of the construct with one overall question. From {mark}, it accounts for half of that question.",
        "zh": "路径系数即构念与整体性题目的相关。达到{mark}时，可解释该题目一半的方差。",
    },
    "path": {"en": "Path", "zh": "路径系数"},
    "of_model": {"en": "{title}: {text}", "zh": "{title}：{text}"},
    "base": {"en": "n = {n}.", "zh": "n = {n}。"},
    "replicated": {"en": "n = {n}; {replicates} replicates.", "zh": "n = {n}，自助样本{replicates}个。"},
}  # fmt: skip

MEASURES = {"srmr": "SRMR", "d_uls": "d_ULS", "d_g": "d_G"}
LEVELS = {-1: "low", 0: "mean", 1: "high"}
TABLES = ("slopes", "cvpat", "overall_fit", "redundancy")


@sections.register(
    "composites",
    title=WORDS["title"],
    reference="Aiken and West 1991; Shmueli et al. 2019; Liengaard et al. 2021; Dijkstra and Henseler 2015; Chin 1998",
    evidence="every number is looked up in results.json; a refused fit shows none of these",
    order=48,
    style="flow",
)
def composites(view: View) -> Sequence[Block]:
    """Every fit by PLS that was asked for more than its paths."""
    found = [
        r
        for r in composite_results(view.document)
        if not view.document.refused(r) and any(view.document.rows(r, t) for t in TABLES)
    ]
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "composites")] if found else []
    for result in found:
        named = len(found) > 1
        blocks += [
            *_slopes(view, result, named=named),
            *_prediction(view, result, named=named),
            *_overall(view, result, named=named),
            *_redundancy(view, result, named=named),
        ]
    return blocks


def _heading(view: View, result: str, kind: str, *, named: bool) -> Heading:
    """The heading of a part; with several models it names the model."""
    text = view.word(WORDS[kind])
    if named:
        text = view.word(WORDS["of_model"]).format(title=label_text(view, result), text=text)
    return Heading(text, f"{kind}-{result}", 2)


def _told(view: View, start: str) -> Iterable[Block]:
    yield from statements(view, [f for f in view.of("composites") if f"{f.id}.".startswith(f"{start}.")])


def _slopes(view: View, result: str, *, named: bool) -> Iterable[Block]:
    rows = view.document.rows(result, "slopes")
    if not rows:
        return
    yield _heading(view, result, "slopes", named=named)
    yield from _told(view, f"slope.{result}")
    for names in dict.fromkeys((r.text("lhs"), r.text("rhs"), r.text("moderator")) for r in rows):
        own = [r for r in rows if (r.text("lhs"), r.text("rhs"), r.text("moderator")) == names]
        if not own[0].get("quadratic"):
            yield _lines(view, result, own)
    lines_of: list[tuple[Cell, ...]] = [
        (
            (view.document.label(r.text("rhs")),),
            (view.document.label(r.text("lhs")),),
            (view.document.label(r.text("moderator")),),
            (view.word(WORDS[LEVELS[int(r.get("at"))]]),),
            (r.number("estimate", "unit2"),),
            interval_cell(r, "unit2"),
            (r.number("se", "unit2"),),
        )
        for r in rows
    ]
    columns = (
        column(view, "from", "left"), column(view, "to", "left"), Column(view.say(WORDS["moderator"]), "left"),
        Column(view.say(WORDS["level"]), "left"), column(view, "coefficient"), column(view, "interval"), column(view, "se"),
    )  # fmt: skip
    yield TableBlock(
        f"table-slopes-{result}",
        view.say(WORDS["slopes_table"]),
        columns,
        tuple(lines_of),
        (view.say(WORDS["slopes_note"]), _base(view, result)),
    )


def _base(view: View, result: str) -> Cell:
    return view.say(WORDS["base"], n=view.document.facts(result).number("n", "count"))


def _lines(view: View, result: str, rows: Sequence[Row]) -> FigureBlock:
    first = rows[0]
    target, source, moderator = (first.text(k) for k in ("lhs", "rhs", "moderator"))
    path = next(
        (
            r
            for r in view.document.rows(result)
            if (r.text("op"), r.text("lhs"), r.text("rhs")) == ("~", target, moderator)
        ),
        None,
    )
    own = 0.0 if path is None else float(path.get("std") or 0.0)
    drawn, told = [], []
    for row in rows:
        at = int(row.get("at"))
        level = view.word(WORDS[LEVELS[at]])
        label = view.word(WORDS["line"]).format(moderator=label_text(view, moderator), level=level)
        drawn.append(Line(label, own * at, float(row.get("estimate"))))
        value = FORMATS[format_in("unit2", view.language)](row.get("estimate"))
        told.append(view.word(WORDS["alt_slope"]).format(label=label, value=value))
    axis = {
        k: view.word(WORDS["sd"]).format(label=label_text(view, n)) for k, n in (("x", source), ("y", target))
    }
    picture = lines(drawn, look_of(view), **axis)
    holes = {
        "source": view.document.label(source),
        "target": view.document.label(target),
        "moderator": view.document.label(moderator),
    }
    alt = view.word(WORDS["alt_slopes"]).format(
        target=label_text(view, target), source=label_text(view, source), text="".join(told).strip()
    )
    return FigureBlock(
        f"figure-slopes-{result}-{target}-{source}-{moderator}", view.say(WORDS["slopes_figure"], **holes), picture.svg, alt,
        (view.say(WORDS["slopes_intro"], **holes),), numbers=f"table-slopes-{result}",
        plot=based(picture.plot, view.document.facts(result)),
    )  # fmt: skip


def _prediction(view: View, result: str, *, named: bool) -> Iterable[Block]:
    rows, items = view.document.rows(result, "cvpat"), view.document.rows(result, "prediction")
    if not rows:
        return
    yield _heading(view, result, "prediction", named=named)
    yield Paragraph(view.say(WORDS["prediction_intro"]))
    yield from _told(view, f"prediction.{result}")
    average = [r for r in rows if r.text("benchmark") == "ia" and r.has("low", "high")]
    if average:
        yield _differences(view, result, average)
    lines_of: list[tuple[Cell, ...]] = [
        (
            _term(view, r),
            (view.word(WORDS[r.text("benchmark")]),),
            (r.number("estimate", "number3"),),
            interval_cell(r, "number3"),
            (r.number("p", "p_cell"),),
        )
        for r in rows
    ]
    columns = (
        column(view, "construct", "left"), Column(view.say(WORDS["benchmark"]), "left"), Column(view.say(WORDS["difference"])),
        column(view, "interval"), Column((Stat("p"),)),
    )  # fmt: skip
    note = view.say(WORDS["cvpat_note"], n=rows[0].number("n", "count"))
    yield TableBlock(f"table-cvpat-{result}", view.say(WORDS["cvpat"]), columns, tuple(lines_of), (note,))
    if items:
        yield _items(view, result, items)


def _term(view: View, row: Row) -> Cell:
    return (
        view.say(WORDS["all"]) if row.text("term") == "overall" else (view.document.label(row.text("term")),)
    )


def _differences(view: View, result: str, rows: Sequence[Row]) -> FigureBlock:
    made, told = [], []
    for row in rows:
        label = view.plain(_term(view, row))
        show = FORMATS["number2"]
        text = f"{show(row.get('estimate'))} [{show(row.get('low'))}, {show(row.get('high'))}]"
        ends = float(row.get("low")), float(row.get("high"))
        made.append(Dot(label, float(row.get("estimate")), *ends, text, muted=ends[0] <= 0 <= ends[1]))
        told.append(view.word(WORDS["alt_row"]).format(label=label, text=text))
    picture = dots(made, look_of(view), null=0.0, axis=view.word(WORDS["difference"]))
    alt = view.word(WORDS["alt_cvpat"]).format(text="".join(told).strip())
    caption = view.say(WORDS["cvpat_figure"], level=view.document.level)
    return FigureBlock(
        f"figure-cvpat-{result}",
        caption,
        picture.svg,
        alt,
        numbers=f"table-cvpat-{result}",
        plot=based(picture.plot, rows[0]),
    )


def _items(view: View, result: str, rows: Sequence[Row]) -> TableBlock:
    lines_of: list[tuple[Cell, ...]] = [
        (
            (view.document.label(r.text("term")),),
            (view.document.label(r.text("construct")),),
            (r.number("q2", "unit2"),),
            *(
                (r.number(f"rmse_{k}", "number2"), " (", r.number(f"mae_{k}", "number2"), ")")
                for k in ("pls", "lm", "ia")
            ),
        )
        for r in rows
    ]
    columns = (
        Column(column(view, "item", "left").title, "left", wide=True), column(view, "construct", "left"),
        Column((Fixed("Q²", "formula"),)), *(Column(view.say(WORDS[k])) for k in ("rmse_pls", "rmse_lm", "rmse_ia")),
    )  # fmt: skip
    return TableBlock(
        f"table-prediction-{result}",
        view.say(WORDS["items"]),
        columns,
        tuple(lines_of),
        (view.say(WORDS["items_note"]), view.say(WORDS["base"], n=rows[0].number("n", "count"))),
    )


def _overall(view: View, result: str, *, named: bool) -> Iterable[Block]:
    rows = view.document.rows(result, "overall_fit")
    if not rows:
        return
    yield _heading(view, result, "overall", named=named)
    yield from _told(view, f"overall.{result}")
    lines_of: list[tuple[Cell, ...]] = [
        (
            (Fixed(MEASURES[r.text("measure")], "formula"),),
            (view.word(WORDS[r.text("model")]),),
            *((r.number(k, "number3"),) for k in ("value", "quantile_95", "quantile_99")),
            (r.number("p", "p_cell"),),
        )
        for r in rows
    ]
    shares = {"a": Fixed("95%", "structure"), "b": Fixed("99%", "structure")}
    columns = (
        Column(view.say(WORDS["measure"]), "left"), Column(view.say(WORDS["model"]), "left"), Column(view.say(WORDS["value"])),
        *(Column(view.say(WORDS["limit"], share=s)) for s in shares.values()), Column((Stat("p"),)),
    )  # fmt: skip
    yield TableBlock(
        f"table-overall-{result}", view.say(WORDS["overall_table"]), columns, tuple(lines_of),
        (
            view.say(WORDS["overall_note"], **shares),
            view.say(
                WORDS["replicated"], n=view.document.facts(result).number("n", "count"),
                replicates=rows[0].number("replicates", "count"),
            ),
        ),
    )  # fmt: skip


def _redundancy(view: View, result: str, *, named: bool) -> Iterable[Block]:
    rows = view.document.rows(result, "redundancy")
    if not rows:
        return
    yield _heading(view, result, "redundancy", named=named)
    yield from _told(view, f"redundancy.{result}")
    lines_of: list[tuple[Cell, ...]] = [
        (
            (view.document.label(r.text("lhs")),),
            (view.document.label(r.text("item")),),
            (r.number("estimate", "unit2"),),
            interval_cell(r, "unit2"),
            (r.number("r2", "unit2"),),
            (r.number("n", "count"),),
        )
        for r in rows
    ]
    columns = (
        column(view, "construct", "left"), Column(column(view, "item", "left").title, "left", wide=True),
        Column(view.say(WORDS["path"])), column(view, "interval"), Column((Fixed("R²", "formula"),)), Column((Stat("n"),)),
    )  # fmt: skip
    note = view.say(WORDS["redundancy_note"], mark=Fixed(".71", "formula"))
    yield TableBlock(
        f"table-redundancy-{result}", view.say(WORDS["redundancy"]), columns, tuple(lines_of), (note,)
    )
