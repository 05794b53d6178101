"""The chain: what each path of a structural model says, and what a refused one forbids to say."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import replace

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Number, Strength, Text, fill
from surveykit.findings._rules import CLOSENESS, cautioned, make, rules, sharp, size_of, steady, strength_of
from surveykit.results import Check

__all__ = [
    "LITTLE",
    "MARKS",
    "MISFIT",
    "base_of",
    "doubts",
    "fit_quality",
    "held",
    "misfit",
    "path_rows",
    "solution_rows",
    "standardised",
]

TEXTS = {
    "positive": {
        "en": "{target} is {size} and positively associated with {source}{held} (standardised coefficient {estimate}, {level} interval {low} to {high}{base}).",
        "zh": "{held}{source}与{target}呈{size}正相关（标准化系数为{estimate}，{level}置信区间为{low}至{high}{base}）。",
    },
    "negative": {
        "en": "{target} is {size} and negatively associated with {source}{held} (standardised coefficient {estimate}, {level} interval {low} to {high}{base}).",
        "zh": "{held}{source}与{target}呈{size}负相关（标准化系数为{estimate}，{level}置信区间为{low}至{high}{base}）。",
    },
    "none": {
        "en": "There is no evidence that {target} goes with {source}{beside} (standardised coefficient {estimate}, {level} interval {low} to {high}, "
        "which includes zero{base}).",
        "zh": "{beside}没有证据表明{source}与{target}相关（标准化系数为{estimate}，{level}置信区间为{low}至{high}，包含零{base}）。",
    },
    "held": {"en": ", other constructs held equal", "zh": "在其他构念相同的情况下，"},
    "beside": {"en": " once the other constructs are taken into account", "zh": "在考虑其他构念之后，"},
    "base": {"en": ", n = {n}", "zh": "，n = {n}"},
    "positive_brief": {
        "en": "{people} with higher {source} tend to have higher {target}: a {size} association ({estimate}, where zero means none; {level} interval {low} to {high}{base}).",
        "zh": "{people}{source}得分较高者，{target}得分通常也较高，二者关系{size}（标准化系数为{estimate}，零表示没有关联；{level}置信区间为{low}至{high}{base}）。",
    },
    "negative_brief": {
        "en": "{people} with higher {source} tend to have lower {target}: a {size} association ({estimate}, where zero means none; {level} interval {low} to {high}{base}).",
        "zh": "{people}{source}得分较高者，{target}得分通常较低，二者关系{size}（标准化系数为{estimate}，零表示没有关联；{level}置信区间为{low}至{high}{base}）。",
    },
    "people": {"en": "People", "zh": ""},
    "alike": {
        "en": "Among people alike in the other aspects compared, those",
        "zh": "在所比较的其他方面相同的受访者中，",
    },
    "group": {"en": "In the group “{group}”: ", "zh": "在“{group}”组中，"},
    "refused_brief": {
        "en": "The model “{title}” gave numbers that must not be interpreted, so nothing is concluded from it.",
        "zh": "模型“{title}”得出的数值请勿解读，本报告未据此作出任何结论。",
    },
    "refused": {
        "en": "The numbers of the model “{title}” must not be interpreted. {words}",
        "zh": "模型“{title}”的数值请勿解读。{words}",
    },
    "good": {
        "en": "The model “{title}” fits the answers well (CFI {cfi}, RMSEA {rmsea}, SRMR {srmr}, n = {n}).",
        "zh": "模型“{title}”与数据吻合良好（CFI为{cfi}，RMSEA为{rmsea}，SRMR为{srmr}，n = {n}）。",
    },
    "fair": {
        "en": "The model “{title}” fits the answers acceptably (CFI {cfi}, RMSEA {rmsea}, SRMR {srmr}, n = {n}).",
        "zh": "模型“{title}”与数据的吻合程度尚可接受（CFI为{cfi}，RMSEA为{rmsea}，SRMR为{srmr}，n = {n}）。",
    },
    "poor": {
        "en": "The model “{title}” fits the answers poorly (CFI {cfi}, RMSEA {rmsea}, SRMR {srmr}, n = {n}): its "
        "paths may be artefacts of a wrong model.",
        "zh": "模型“{title}”与数据吻合较差（CFI为{cfi}，RMSEA为{rmsea}，SRMR为{srmr}，n = {n}）：模型设定可能有误，各路径未必可信。",
    },
}

MARKS = (
    ("cfi", 0.95, 0.90, "Hu and Bentler 1999; Bentler and Bonett 1980"),
    ("rmsea", 0.06, 0.08, "Hu and Bentler 1999; Browne and Cudeck 1993"),
    ("srmr", 0.08, 0.10, "Hu and Bentler 1999; Kline 2016"),
)
"""What a model must reach to agree well, and acceptably, with the answers: measure, the two marks, their sources."""

LITTLE = 19.0
"""The importance of an association that is certain and hardly there."""

MISFIT = "POOR_FIT"
"""The check that a sentence about a poorly fitting model carries."""

_MISFIT = {"en": "the model fits the answers poorly.", "zh": "模型与数据吻合较差。"}


_TWIN = {
    "refused": {
        "en": "the same paths by another method (“{title}”) have no admissible solution.",
        "zh": "以另一种方法估计的同一组路径（“{title}”）没有可接受的解。",
    },
    "poor": {
        "en": "estimated by another method (“{title}”), the same model fits the answers poorly.",
        "zh": "以另一种方法（“{title}”）估计同一模型时，模型与数据吻合较差。",
    },
}


def path_rows(document: Document, result: str) -> tuple[Row, ...]:
    """The standardised paths between constructs (and observed variables) of a fit."""
    return tuple(r for r in solution_rows(document, result) if r.text("op") == "~")


def solution_rows(document: Document, result: str) -> tuple[Row, ...]:
    """The standardised solution with the columns ``est se p low high``.

    A covariance model has a table of it; the estimates of PLS are standardised as they are.
    """
    rows = document.rows(result, "standardised")
    if rows:
        return rows
    return tuple(replace(r, alias={"est": "estimate"}) for r in document.rows(result))


def standardised(row: Row, document: Document) -> dict[str, Number]:
    """The holes ``estimate low high level`` of a standardised coefficient."""
    shown = sharp("unit2", row.get("low"), row.get("high"))
    return {
        "estimate": row.number("est", shown),
        "low": row.number("low", shown),
        "high": row.number("high", shown),
        "level": document.level,
    }


def fit_quality(document: Document, result: str) -> str:
    """``good``, ``fair`` or ``poor`` after Hu and Bentler (1999); "" where there is nothing to test."""
    facts = document.facts(result)
    if not facts.has("cfi", "rmsea", "srmr") or not facts.get("df"):
        return ""

    def reaches(mark: int) -> bool:
        return all(
            facts.get(measure) >= limits[mark] if measure == "cfi" else facts.get(measure) <= limits[mark]
            for measure, *limits, _ in MARKS
        )

    return "good" if reaches(0) else "fair" if reaches(1) else "poor"


def _far_off(document: Document, result: str) -> bool:
    """Whether a composite model, which has no CFI and no RMSEA, misses the acceptable mark of the SRMR."""
    facts = document.facts(result)
    worst = next(limits[1] for measure, *limits in MARKS if measure == "srmr")
    return not facts.has("cfi") and facts.has("srmr") and bool(facts.get("srmr") > worst)


def misfit(document: Document, result: str) -> tuple[Check, ...]:
    """The caution for everything that is said about single paths of a poorly fitting model; none for the others."""
    if fit_quality(document, result) != "poor" and not _far_off(document, result):
        return ()
    return (Check(MISFIT, "caution", dict(_MISFIT), (result,)),)


def doubts(document: Document, result: str) -> tuple[Check, ...]:
    """What is to be said with every sentence on the paths or the index of a fit, because a weighted mean shows no misfit itself.

    The fit agrees poorly with the answers; or it does not, yet a fit of the same paths by another method does, or is refused.
    """
    own = misfit(document, result)
    if own:
        return own
    for kind, other in sorted(_twins(document, result).items(), reverse=True):
        titles = document.label(other).texts
        texts = {k: v.format(title=titles.get(k, other)) for k, v in _TWIN[kind].items()}
        return (Check("TWIN_DOUBTED", "caution", texts, (result,)),)
    return ()


def _twins(document: Document, result: str) -> dict[str, str]:
    """Fits of the same paths by other methods that are ``refused`` or ``poor``: the first of each."""
    paths = {(r.text("lhs"), r.text("rhs")) for r in path_rows(document, result)}
    found: dict[str, str] = {}
    for other in document.of("fit"):
        if other != result and {(r.text("lhs"), r.text("rhs")) for r in path_rows(document, other)} == paths:
            kind = "refused" if document.refused(other) else fit_quality(document, other)
            if kind in _TWIN:
                found.setdefault(kind, other)
    return found


def held(strength: Strength, document: Document, result: str) -> Strength:
    """The strength of evidence for a path: never more than weak where the model, by whichever method, fits the answers poorly."""
    if strength not in ("strong", "moderate"):
        return strength
    return "weak" if misfit(document, result) or _twins(document, result).get("poor") else strength


@rules.register(
    "paths",
    title={"en": "How the constructs are linked", "zh": "关系链"},
    reference="Hu and Bentler 1999, Structural Equation Modeling 6(1); Cohen 1988 for the size of coefficients",
    evidence="the numbers are those of the fit, by key; a refused fit gives one sentence and no path",
    texts=TEXTS,
)
def paths(document: Document) -> Iterable[Finding]:
    """One sentence per path with its strength of evidence; one sentence in all for a refused fit."""
    for result in document.of("fit"):
        if document.refused(result):
            yield _refused(document, result)
        else:
            yield from _fitted(document, result)


def _refused(document: Document, result: str) -> Finding:
    refusals = [(check, label) for check, label in document.checks(result) if check.level == "refuse"]
    text = fill(TEXTS["refused"], title=document.label(result), words=refusals[0][1])
    return make(
        f"refused.{result}", "chain", 80.0, "refused", text, about=(result,), checks=tuple(c for c, _ in refusals),
        figure=f"figure-{result}", brief=fill(TEXTS["refused_brief"], title=document.label(result)),
    )  # fmt: skip


def _fitted(document: Document, result: str) -> Iterator[Finding]:
    quality = fit_quality(document, result)
    if quality:
        facts = document.facts(result)
        holes = {k: facts.number(k, "unit3") for k in ("cfi", "rmsea", "srmr")}
        text = fill(TEXTS[quality], title=document.label(result), n=facts.number("n", "count"), **holes)
        strength: Strength = "strong" if quality == "good" else "moderate" if quality == "fair" else "weak"
        importance = 66.0 if quality == "poor" else 35.0
        yield make(
            f"fit.{result}", "chain", importance, strength, text, about=(result,), table=f"table-fit-{result}"
        )
    products = {
        r.text("product") for r in document.rows(result, "slopes")
    }  # they have sentences of their own
    rows = path_rows(document, result)
    reached = Counter((r.text("lhs"), r.text("group")) for r in rows)
    for row in rows:
        if row.has("est", "low", "high") and row.text("rhs") not in products:
            yield _path(document, result, row, reached[row.text("lhs"), row.text("group")] == 1)


def base_of(document: Document, result: str, group: str) -> Text:
    """``, n = …`` for a sentence on a fit; nothing for one group of several, whose n is not that of the fit."""
    facts = document.facts(result)
    if group or not facts.has("n"):
        return {"en": (), "zh": ()}
    return fill(TEXTS["base"], n=facts.number("n", "count"))


def _path(document: Document, result: str, row: Row, alone: bool) -> Finding:
    """The sentence on one path; ``alone``: no other path leads to its target, so nothing is held equal."""
    source, target, group = row.text("rhs"), row.text("lhs"), row.text("group")
    estimate = float(row.get("est"))
    strength = strength_of(estimate, row.get("low"), row.get("high"))
    kind = "none" if strength == "none" else "positive" if estimate > 0 else "negative"
    silent = {"en": "", "zh": ""}
    holes = {
        "source": document.label(source), "target": document.label(target), "base": base_of(document, result, group),
        "held": silent if alone else TEXTS["held"], "beside": silent if alone else TEXTS["beside"],
        **standardised(row, document),
    }  # fmt: skip
    text = fill(TEXTS[kind], size=size_of(estimate), **holes)
    if group:
        head = fill(TEXTS["group"], group=document.group(result, group))
        text = {language: (*head[language], *parts) for language, parts in text.items()}
    text, checks = cautioned(text, document, result, (source, target), doubts(document, result))
    brief = None
    if kind != "none":
        people = TEXTS["people" if alone else "alike"]
        brief = fill(TEXTS[f"{kind}_brief"], people=people, size=size_of(estimate, CLOSENESS), **holes)
        brief, _ = cautioned(brief, document, result, (source, target), doubts(document, result), brief=True)
    strength = steady(held(strength, document, result), checks)
    importance = (
        28.0
        if strength == "none"
        else LITTLE
        if abs(estimate) < 0.1
        else 50.0 + 30.0 * min(abs(estimate), 1.0)
    )
    return make(
        f"path.{result}.{target}.{source}.{group}", "chain", importance, strength, text, about=(source, target),
        checks=checks, figure=f"figure-{result}", table=f"table-paths-{result}", brief=None if group else brief,
    )  # fmt: skip
