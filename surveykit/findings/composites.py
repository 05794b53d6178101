"""Composite models: interactions, prediction for people who were left out, the test of overall fit, global questions."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Iterator

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, fill
from surveykit.findings._rules import cautioned, make, rules, strength_of
from surveykit.findings.paths import misfit

__all__ = ["composite_results"]

TEXTS = {
    "closer": {
        "en": "The higher {moderator} is, the more closely {target} goes with {source}: the standardised coefficient is {below} where {moderator} is one "
        "standard deviation below its mean and {above} where it is one above (difference per standard deviation {change}, {level} interval {low} to {high}).",
        "zh": "{moderator}越高，{source}与{target}的关系系数越大：{moderator}低于均值一个标准差时，标准化系数为{below}；高于均值一个标准差时为{above}（{moderator}每差一个标准差，系数相差{change}，{level}置信区间为{low}至{high}）。",
    },
    "looser": {
        "en": "The higher {moderator} is, the less closely {target} goes with {source}: the standardised coefficient is {below} where {moderator} is one "
        "standard deviation below its mean and {above} where it is one above (difference per standard deviation {change}, {level} interval {low} to {high}).",
        "zh": "{moderator}越高，{source}与{target}的关系系数越小：{moderator}低于均值一个标准差时，标准化系数为{below}；高于均值一个标准差时为{above}（{moderator}每差一个标准差，系数相差{change}，{level}置信区间为{low}至{high}）。",
    },
    "same": {
        "en": "There is no evidence that the relation between {source} and {target} differs with {moderator} (difference of the coefficient per standard "
        "deviation {change}, {level} interval {low} to {high}, which includes zero).",
        "zh": "没有证据表明{source}与{target}的关系随{moderator}的高低而不同（{moderator}每差一个标准差，系数相差{change}，{level}置信区间为{low}至{high}，包含零）。",
    },
    "curved": {
        "en": "{source} and {target} do not go together along a straight line: the slope is {below} where {source} is one standard deviation below its mean and {above} "
        "where it is one above (difference per standard deviation {change}, {level} interval {low} to {high}).",
        "zh": "{source}与{target}的关系不是直线：{source}低于均值一个标准差处的斜率为{below}，高于均值一个标准差处为{above}（每差一个标准差，斜率相差{change}，{level}置信区间为{low}至{high}）。",
    },
    "straight": {
        "en": "There is no evidence that {source} and {target} go together along anything but a straight line (difference of the slope per standard deviation "
        "{change}, {level} interval {low} to {high}, which includes zero).",
        "zh": "没有证据表明{source}与{target}的关系偏离直线（每差一个标准差，斜率相差{change}，{level}置信区间为{low}至{high}，包含零）。",
    },
    "foretells": {
        "en": "For people left out of the estimation, the model “{title}” predicts the answers better than the averages do (mean squared error lower by {gain}, "
        "{level} interval {low} to {high}, n = {n}).",
        "zh": "对于未参与估计的受访者，模型“{title}”的预测优于均值（均方误差低{gain}，{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "average": {
        "en": "For people left out of the estimation, there is no evidence that the model “{title}” predicts the answers better than the averages do (difference of mean "
        "squared errors {estimate}, {level} interval {low} to {high}, n = {n}).",
        "zh": "对于未参与估计的受访者，没有证据表明模型“{title}”的预测优于均值（均方误差之差为{estimate}，{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "beats": {
        "en": "It also predicts them better than a regression on all questions.",
        "zh": "其预测也优于直接以各题目为预测变量的线性回归。",
    },
    "equals": {
        "en": "There is no evidence that a regression on all questions does better or worse.",
        "zh": "没有证据表明其预测与直接以各题目为预测变量的线性回归有优劣之分。",
    },
    "loses": {
        "en": "A regression on all questions predicts them better: the model leaves out something that the questions contain.",
        "zh": "直接以各题目为预测变量的线性回归预测得更好：模型遗漏了题目中的部分信息。",
    },
    "holds": {
        "en": "The correlations that the model “{title}” implies are no further from those in the answers than chance alone would explain (SRMR {value}, p {p}).",
        "zh": "模型“{title}”所隐含的相关与实际相关之差未超出随机误差的范围（SRMR为{value}，p {p}）。",
    },
    "rejected": {
        "en": "The correlations that the model “{title}” implies are further from those in the answers than chance alone would explain (SRMR {value}, beyond {limit}, "
        "p {p}).",
        "zh": "模型“{title}”所隐含的相关与实际相关之差超出了随机误差的范围（SRMR为{value}，超过界限{limit}，p {p}）。",
    },
    "covers": {
        "en": "{construct} covers what the single overall question asks (path {estimate}, {level} interval {low} to {high}, n = {n}).",
        "zh": "{construct}的指标涵盖了整体性题目所问的内容（路径系数为{estimate}，{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "misses": {
        "en": "{construct} accounts for less than half of the single overall question (path {estimate}, {level} interval {low} to {high}, n = {n}).",
        "zh": "{construct}的指标对整体性题目的解释不足一半（路径系数为{estimate}，{level}置信区间为{low}至{high}，n = {n}）。",
    },
}  # fmt: skip


def composite_results(document: Document) -> tuple[str, ...]:
    """The fits by PLS and PLSc."""
    results = document.data["results"]
    return tuple(r for r in document.of("fit") if str(results[r].get("estimator", "")).startswith("pls"))


@rules.register(
    "composites",
    title={"en": "Composite models", "zh": "组合变量模型"},
    reference="Aiken and West 1991; Liengaard et al. 2021, Decision Sciences 52; Dijkstra and Henseler 2015; Chin 1998",
    evidence="the numbers are those of the fit's tables, by key; a refused fit gives no sentence",
    texts=TEXTS,
)
def composites(document: Document) -> Iterable[Finding]:
    """One sentence for each interaction, prediction, test of overall fit and global question."""
    for result in composite_results(document):
        if document.refused(result):
            continue
        yield from _slopes(document, result)
        yield from _prediction(document, result)
        yield from _overall(document, result)
        yield from _redundancy(document, result)


def _slopes(document: Document, result: str) -> Iterator[Finding]:
    rows = document.rows(result, "slopes")
    for middle in (r for r in rows if r.get("at") == 0):
        names = [middle.text(k) for k in ("rhs", "moderator", "lhs")]
        ends = {r.get("at"): r for r in rows if [r.text(k) for k in ("rhs", "moderator", "lhs")] == names}
        if not middle.has("interaction", "interaction_low", "interaction_high"):
            continue
        change = [float(middle.get(k)) for k in ("interaction", "interaction_low", "interaction_high")]
        strength = strength_of(*change)
        curve = bool(middle.get("quadratic"))
        if strength == "none":
            kind = "straight" if curve else "same"
        else:
            kind = "curved" if curve else "closer" if change[0] > 0 else "looser"
        source, moderator, target = names
        holes = {
            "source": document.label(source), "target": document.label(target), "level": document.level,
            "change": middle.number("interaction", "unit2"), "low": middle.number("interaction_low", "unit2"),
            "high": middle.number("interaction_high", "unit2"),
        }  # fmt: skip
        if not curve:
            holes["moderator"] = document.label(moderator)
        if strength != "none":
            holes |= {
                "below": ends[-1].number("estimate", "unit2"),
                "above": ends[1].number("estimate", "unit2"),
            }
        about = tuple(dict.fromkeys((source, moderator, target)))
        text, checks = cautioned(
            fill(TEXTS[kind], **holes), document, result, about, misfit(document, result)
        )
        yield make(
            f"slope.{result}.{target}.{source}.{moderator}", "composites", 52.0 if strength != "none" else 26.0, strength,
            text, about=about, checks=checks, figure=f"figure-slopes-{result}-{target}-{source}-{moderator}",
            table=f"table-slopes-{result}",
        )  # fmt: skip


def _prediction(document: Document, result: str) -> Iterator[Finding]:
    rows = {r.text("benchmark"): r for r in document.rows(result, "cvpat") if r.text("term") == "overall"}
    if "ia" not in rows or not rows["ia"].has("estimate", "low", "high"):
        return
    row = rows["ia"]
    ends = {"low": row.number("low", "number3"), "high": row.number("high", "number3")}
    better = float(row.get("high")) < 0
    holes = {"title": document.label(result), "level": document.level, "n": row.number("n", "count")}
    if better:
        ends = {"low": row.number("gain_low", "number3"), "high": row.number("gain_high", "number3")}
        text = fill(TEXTS["foretells"], gain=row.number("gain", "number3"), **holes, **ends)
    else:
        text = fill(TEXTS["average"], estimate=row.number("estimate", "number3"), **holes, **ends)
    strength: Strength = (
        strength_of(row.get("estimate"), row.get("low"), row.get("high")) if better else "none"
    )
    linear = rows.get("lm")
    if linear is not None and linear.has("low", "high"):
        kind = "beats" if linear.get("high") < 0 else "loses" if linear.get("low") > 0 else "equals"
        more = fill(TEXTS[kind])
        text = {
            language: (*parts, "" if language == "zh" else " ", *more[language])
            for language, parts in text.items()
        }
    yield make(
        f"prediction.{result}",
        "composites",
        34.0,
        strength,
        text,
        about=(result,),
        table=f"table-cvpat-{result}",
    )


def _overall(document: Document, result: str) -> Iterator[Finding]:
    for row in document.rows(result, "overall_fit"):
        if row.text("measure") == "srmr" and row.text("model") == "estimated" and row.has("p"):
            rejected = float(row.get("p")) < 0.05
            holes = {
                "title": document.label(result),
                "value": row.number("value", "unit3"),
                "p": row.number("p", "p"),
            }
            if rejected:
                holes["limit"] = row.number("quantile_95", "unit3")
            yield make(
                f"overall.{result}", "composites", 46.0 if rejected else 24.0, "moderate",
                fill(TEXTS["rejected" if rejected else "holds"], **holes), about=(result,), table=f"table-overall-{result}",
            )  # fmt: skip


def _redundancy(document: Document, result: str) -> Iterator[Finding]:
    for row in document.rows(result, "redundancy"):
        if row.has("estimate", "low", "high"):
            yield _global(document, result, row)


def _global(document: Document, result: str, row: Row) -> Finding:
    enough = float(row.get("r2")) >= 0.5 and float(row.get("estimate")) > 0
    holes = {k: row.number(k, "unit2") for k in ("estimate", "low", "high")}
    name = row.text("lhs")
    text = fill(
        TEXTS["covers" if enough else "misses"], construct=document.label(name), level=document.level,
        n=row.number("n", "count"), **holes,
    )  # fmt: skip
    strength = strength_of(row.get("estimate"), row.get("low"), row.get("high"))
    return make(
        f"redundancy.{result}.{name}", "composites", 18.0 if enough else 38.0, strength, text, about=(name,),
        table=f"table-redundancy-{result}",
    )  # fmt: skip
