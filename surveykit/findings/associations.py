"""Associations outside the chain: correlations, regressions, mediation, cross-tables."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, fill
from surveykit.findings._rules import (
    CLOSENESS,
    cautioned,
    interval,
    make,
    rules,
    size_of,
    steady,
    strength_of,
)

TEXTS = {
    "correlation": {
        "en": "The closest pair is {first} and {second}: their correlation is {estimate} ({level} interval {low} to {high}, "
        "n = {n}).",
        "zh": "相关最高的一对是{first}与{second}：相关系数为{estimate}（{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "correlation_brief": {
        "en": "Of all pairs compared, {first} and {second} go together most: a {size} association ({estimate}, where zero means none; {level} interval {low} to {high}, n = {n}).",
        "zh": "在所比较的各对之中，{first}与{second}最为相关，二者关系{size}（相关系数为{estimate}，零表示没有关联；{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "opposite_brief": {
        "en": "Of all pairs compared, {first} and {second} run most clearly in opposite directions: a {size} association ({estimate}, where zero means none; {level} interval {low} to {high}, n = {n}).",
        "zh": "在所比较的各对之中，{first}与{second}的负相关最为明显，二者关系{size}（相关系数为{estimate}，零表示没有关联；{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "uncorrelated": {
        "en": "There is no evidence that {first} and {second} are correlated ({estimate}, {level} interval {low} to {high}, n = {n}).",
        "zh": "没有证据表明{first}与{second}相关（相关系数为{estimate}，{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "regression": {
        "en": "{target} is {size} and {sign} associated with {source}{held} (standardised coefficient {std}; "
        "per {unit} {estimate}, {level} interval {low} to {high}, n = {n}).",
        "zh": "{held}{source}与{target}呈{size}{sign}相关（标准化系数为{std}；{source}每高一{unit}，{target}平均相差{estimate}分，"
        "{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "no_regression": {
        "en": "There is no evidence that {target} goes with {source}{beside} (per {unit} "
        "{estimate}, {level} interval {low} to {high}, n = {n}).",
        "zh": "{beside}没有证据表明{source}与{target}相关（{source}每高一{unit}，{target}平均相差{estimate}分，"
        "{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "point": {"en": "scale point", "zh": "分"},
    "unit": {"en": "unit", "zh": "个单位"},
    "held": {"en": ", other predictors held equal", "zh": "在其他预测变量相同的情况下，"},
    "beside": {"en": " once the other predictors are taken into account", "zh": "在考虑其他预测变量之后，"},
    "alone": {"en": "", "zh": ""},
    "mediation": {
        "en": "{source} and {target} are associated through {between} (indirect effect {estimate}, {level} interval {low} to "
        "{high}, n = {n}). Answers given at one point in time cannot show what came first.",
        "zh": "{source}与{target}通过{between}间接相关（间接效应为{estimate}，{level}置信区间为{low}至{high}，n = {n}）。"
        "同一时点的回答无法证明先后次序。",
    },
    "no_mediation": {
        "en": "There is no evidence that {source} and {target} are associated through {between} (indirect effect {estimate}, "
        "{level} interval {low} to {high}, n = {n}).",
        "zh": "没有证据表明{source}与{target}通过{between}间接相关（间接效应为{estimate}，{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "crosstab": {
        "en": "“{first}” differs by “{second}”: the association is {estimate} (Cramér’s V, {level} interval {low} to {high}, n = {n}).",
        "zh": "“{first}”的回答因“{second}”而异：关联程度为{estimate}（Cramér V系数，{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "no_crosstab": {
        "en": "There is no evidence that “{first}” differs by “{second}” (Cramér’s V {estimate}, {level} interval {low} to {high}, "
        "n = {n}).",
        "zh": "没有证据表明“{first}”的回答因“{second}”而异（Cramér V系数为{estimate}，{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "positive": {"en": "positively", "zh": "正"},
    "negative": {"en": "negatively", "zh": "负"},
    "and": {"en": " and ", "zh": "、"},
}


LEAST = 0.1
"""A closest pair that correlates less is nothing to be told on page one."""
MOST_NAMED = 5
"""So many pairs without evidence are named; the table shows all."""


@rules.register(
    "associations",
    title={"en": "Associations", "zh": "相关关系"},
    reference="Cohen 1988 for the size of coefficients",
    evidence="the numbers are those of the analyses, by key",
    texts=TEXTS,
)
def associations(document: Document) -> Iterable[Finding]:
    """The closest pair, the pairs without evidence, and each coefficient of a regression in words."""
    for result in document.of("correlation"):
        if not document.refused(result):
            yield from _correlations(document, result)
    for result in document.of("regression"):
        if not document.refused(result):
            yield from _regression(document, result)
    for result in document.of("mediation"):
        if not document.refused(result):
            yield from _mediation(document, result)
    for result in document.of("crosstab"):
        yield from _crosstab(document, result)


def _correlations(document: Document, result: str) -> Iterable[Finding]:
    rows = [r for r in document.rows(result) if r.has("estimate", "low", "high") and not r.text("group")]
    if not rows:
        return
    ordered = sorted(rows, key=lambda r: (-abs(float(r.get("estimate"))), r.text("term")))
    wanted = [("correlation", ordered[0], 34.0 if abs(float(ordered[0].get("estimate"))) >= LEAST else 15.0)]
    wanted += [("uncorrelated", r, 14.0) for r in ordered[1:] if _none(r)][:MOST_NAMED]
    for kind, row, importance in wanted:
        first, second = row.text("x"), row.text("y")
        if kind == "correlation" and _none(row):
            kind, importance = "uncorrelated", 14.0
        holes: dict[str, Any] = dict(interval(row, "unit2", document))
        holes |= {"first": document.label(first), "second": document.label(second)}
        text = fill(TEXTS[kind], **holes)
        size = size_of(float(row.get("estimate")), CLOSENESS)
        words = TEXTS["correlation_brief" if float(row.get("estimate")) > 0 else "opposite_brief"]
        brief = fill(words, size=size, **holes) if kind == "correlation" else None
        strength = strength_of(row.get("estimate"), row.get("low"), row.get("high"))
        yield make(
            f"correlation.{result}.{first}.{second}", "associations", importance, strength, text, about=(first, second),
            table=f"table-{result}", brief=brief,
        )  # fmt: skip


def _none(row: Row) -> bool:
    return strength_of(row.get("estimate"), row.get("low"), row.get("high")) == "none"


def _regression(document: Document, result: str) -> Iterable[Finding]:
    outcome = str(document.data["results"][result].get("options", {}).get("outcome", ""))
    rows = [r for r in document.rows(result) if r.has("estimate", "low", "high", "std")]
    rows = [r for r in rows if not r.text("group")]
    for row in rows:
        source = row.text("term")
        strength = strength_of(row.get("estimate"), row.get("low"), row.get("high"))
        holes = {
            "target": document.label(outcome),
            "source": document.label(source),
            "unit": TEXTS["point" if source in document.data["sample"]["places"] else "unit"],
            "held": TEXTS["held" if len(rows) > 1 else "alone"],
            "beside": TEXTS["beside" if len(rows) > 1 else "alone"],
            **interval(row, "number2", document),
        }
        if strength == "none":
            text = fill(TEXTS["no_regression"], **holes)
        else:
            std = row.number("std", "unit2")
            sign = TEXTS["positive" if float(row.get("estimate")) > 0 else "negative"]
            text = fill(TEXTS["regression"], size=size_of(float(row.get("std"))), sign=sign, std=std, **holes)
        text, checks = cautioned(text, document, result, (source,))
        strength = steady(strength, checks)
        importance = 16.0 if strength == "none" else 32.0 + 8 * min(abs(float(row.get("std"))), 1.0)
        yield make(
            f"regression.{result}.{source}", "associations", importance, strength, text, about=(source, outcome),
            checks=checks, table=f"table-{result}",
        )  # fmt: skip


def _mediation(document: Document, result: str) -> Iterable[Finding]:
    options = document.data["results"][result].get("options", {})
    source, target = str(options.get("predictor", "")), str(options.get("outcome", ""))
    for row in document.rows(result):
        if row.text("kind") != "indirect" or not row.has("estimate", "low", "high") or row.text("group"):
            continue
        between = [document.label(name) for name in row.text("term").split(" → ")[1:-1]]
        strength = strength_of(row.get("estimate"), row.get("low"), row.get("high"))
        words = {
            language: tuple(
                p
                for i, label in enumerate(between)
                for p in ((TEXTS["and"][language], label) if i else (label,))
            )
            for language in ("en", "zh")
        }
        text = fill(
            TEXTS["no_mediation" if strength == "none" else "mediation"],
            source=document.label(source),
            target=document.label(target),
            between=words,
            **interval(row, "number2", document),
        )
        text, checks = cautioned(text, document, result, (source, target))
        yield make(
            f"mediation.{result}.{row.text('term')}", "associations", 24.0 if strength == "none" else 38.0, strength, text,
            about=(source, target), checks=checks, table=f"table-{result}",
        )  # fmt: skip


def _crosstab(document: Document, result: str) -> Iterable[Finding]:
    options = document.data["results"][result].get("options", {})
    for row in document.rows(result, "association"):
        if not row.has("cramers_v", "low", "high", "p", "n"):
            continue
        none = float(row.get("p")) >= 1 - float(document.value("/study/level"))
        text = fill(
            TEXTS["no_crosstab" if none else "crosstab"],
            first=document.label(str(options.get("rows", ""))),
            second=document.label(str(options.get("columns", ""))),
            estimate=row.number("cramers_v", "unit2"),
            low=row.number("low", "unit2"),
            high=row.number("high", "unit2"),
            level=document.level,
            n=row.number("n", "count"),
        )
        text, checks = cautioned(text, document, result, ())
        strength = strength_of(row.get("cramers_v"), row.get("low"), row.get("high"))
        # V cannot be below zero: an interval from zero on does not take back what the test found
        strength = "none" if none else "weak" if strength == "none" else strength
        yield make(
            f"crosstab.{result}", "associations", 18.0 if none else 33.0, strength, text, checks=checks,
            table=f"table-{result}",
        )  # fmt: skip
