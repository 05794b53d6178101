"""Key drivers: what has the largest share of the explained variance, whether the order is settled, whether there is any."""


# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from math import atanh, sqrt
from statistics import NormalDist

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, Text, fill, join
from surveykit.findings._rules import OR, cautioned, enumerated, make, rules
from surveykit.findings.sample import FEW_RESPONDENTS
from surveykit.results import Check

__all__ = ["FOUND", "LITTLE", "NEAR_TOP", "candidates", "driver_rows", "near_top", "outcome_of"]

SETTLED, LIKELY = 0.9, 0.8
FOUND, LITTLE = 85.0, 72.0
"""The importance of what goes most closely with an outcome; of that nothing does."""
FEW = 3
"""So many drivers are named at most as those of which one comes first."""
HARDLY = 0.05
"""Below this share of the differences between people, the drivers together hardly go with the outcome."""
NEAR_TOP = 0.8
"""From this place on the way from the lowest to the highest answer there is little room upwards."""

TEXTS = {
    "settled": {
        "en": "Of everything compared, {top} goes most closely with {outcome}: it takes {share} of the variance accounted for "
        "and comes first in {first} of the bootstrap samples (R² {r2}, n = {n}).",
        "zh": "在所比较的各项中，与{outcome}关系最密切的是{top}：占可解释方差的{share}（在{first}的自助样本中排在首位；"
        "R²为{r2}，n = {n}）。",
    },
    "open": {
        "en": "One of these goes most closely with {outcome}, and which one is not settled; in repeated draws from these answers they came first so often: {places}. {top} takes {share} of the variance accounted for (R² {r2}, n = {n}).",
        "zh": "与{outcome}关系最为密切的可能是{places}，孰先孰后尚不能确定；括号内为从现有回答中反复抽取样本时各自排在首位的比例。{top}占可解释方差的{share}（R²为{r2}，n = {n}）。",
    },
    "unclear": {
        "en": "It is not settled what goes most closely with {outcome}: {top} has the largest share ({share} of the variance accounted for), but comes first in only {first} of the "
        "bootstrap samples (R² {r2}, n = {n}).",
        "zh": "与{outcome}关系最为密切的是哪一项尚不能确定：{top}所占份额最大（占可解释方差的{share}），但只在{first}的自助样本中排在首位（R²为{r2}，n = {n}）。",
    },
    "plain": {
        "en": "Of everything compared, {top} goes most closely with {outcome}: it takes {share} of the variance accounted for "
        "(R² {r2}, n = {n}; without intervals).",
        "zh": "在所比较的各项中，与{outcome}关系最密切的是{top}：占可解释方差的{share}（R²为{r2}，n = {n}；未计算区间）。",
    },
    "hardly": {
        "en": "Nothing compared goes closely with {outcome}: all of it together accounts for no more than {r2_share} of its variance (n = {n}). {top} has the largest share.",
        "zh": "所比较的各项与{outcome}的关系都不密切：合计仅解释其方差的{r2_share}（n = {n}），其中{top}所占份额最大。",
    },
    "none": {
        "en": "There is no evidence that anything compared goes with {outcome}: all of it together accounts for {r2_share} of its variance, and no single correlation differs from "
        "zero once their number is allowed for (n = {n}).",
        "zh": "没有证据表明所比较的各项与{outcome}相关：合计仅解释其方差的{r2_share}，且经多重比较校正后，没有任何一个相关系数显著不为零（n = {n}）。",
    },
    "settled_brief": {
        "en": "Of everything compared, {top} goes most closely with {outcome}. It came first in {first} of repeated draws from these answers (n = {n}).",
        "zh": "在所比较的各方面中，{top}与{outcome}的关系最为密切；从现有回答中反复抽取样本，它在{first}的样本中排在首位（n = {n}）。",
    },
    "open_brief": {
        "en": "One of these goes most closely with {outcome}, and which one is not settled: in repeated draws from these answers, {places} came first (n = {n}).",
        "zh": "与{outcome}关系最为密切的是{places}，孰先孰后尚不能确定；括号内为从现有回答中反复抽取样本时排在首位的比例（n = {n}）。",
    },
    "place": {
        "en": "{name} (in {first})",
        "zh": "{name}（{first}）",
    },
    "unclear_brief": {
        "en": "These answers cannot tell which aspect goes most closely with {outcome}: none came first in nearly all repeated draws from them (n = {n}).",
        "zh": "现有回答无法说明哪一方面与{outcome}的关系最为密切：从中反复抽取样本，没有哪一方面几乎总是排在首位（n = {n}）。",
    },
    "plain_brief": {
        "en": "Of everything compared, {top} goes most closely with {outcome} (n = {n}).",
        "zh": "在所比较的各方面中，{top}与{outcome}的关系最为密切（n = {n}）。",
    },
    "hardly_brief": {
        "en": "Nothing compared goes closely with {outcome}: all of it together accounts for only {r2_share} of the differences between people (n = {n}).",
        "zh": "所比较的各方面与{outcome}的关系都不密切：合计只对应个体差异的{r2_share}（n = {n}）。",
    },
    "none_brief": {
        "en": "There is no evidence that anything compared goes with {outcome} (n = {n}).",
        "zh": "没有证据表明所比较的任何方面与{outcome}有关（n = {n}）。",
    },
    "downward": {
        "en": "Where {top} is higher, {outcome} tends to be lower.",
        "zh": "{top}较高者，{outcome}通常较低。",
    },
    "least": {
        "en": "The smallest share is that of {name} ({share}).",
        "zh": "{name}所占份额最小（{share}）。",
    },
}


@rules.register(
    "drivers",
    title={"en": "Key drivers", "zh": "关键驱动因素"},
    reference="Lindeman, Merenda and Gold 1980; Grömping 2007, American Statistician 61(2)",
    evidence="the numbers are those of the analysis, by key",
    texts=TEXTS,
)
def drivers(document: Document) -> Iterable[Finding]:
    """The first driver and how sure its place is; the last one. One sentence where nothing goes with the outcome."""
    for result in document.of("drivers"):
        rows = driver_rows(document, result)
        if rows:
            yield from _ranked(document, result, rows)


def driver_rows(document: Document, result: str) -> list[Row]:
    """The drivers of all respondents, the first one first; none where they must not be interpreted."""
    if document.refused(result):
        return []
    rows = [r for r in document.rows(result) if r.has("estimate", "share", "rank") and not r.text("group")]
    return sorted(rows, key=lambda r: (r.get("rank"), r.text("term")))


def outcome_of(document: Document, result: str) -> str:
    """What the drivers of a result are those of."""
    return str(document.data["results"][result].get("options", {}).get("outcome", ""))


def near_top(document: Document, name: str) -> bool:
    """Whether answers to an item or a construct are so high that there is little room upwards."""
    place = document.data["sample"].get("places", {}).get(name)
    return place is not None and float(place) >= NEAR_TOP


def candidates(document: Document, result: str) -> list[Row]:
    """The drivers to look at first: those of which one comes first, or with evidence of its own where these are near the top.

    None where the drivers together hardly go with the outcome, where the order is open, or where the outcome is near its top.
    """
    rows = driver_rows(document, result)
    kind = _kind(document, result, rows) if rows else "none"
    if kind in ("none", "hardly") or near_top(document, outcome_of(document, result)):
        return []
    leading = _leading(rows) if kind == "open" else rows[:1]
    roomy = [r for r in leading if not near_top(document, r.text("term"))]
    if roomy or not leading:
        return roomy
    others = [r for r in rows if r not in leading and not near_top(document, r.text("term"))]
    return [r for r in others if _correlated(document, r, len(rows)) and float(r.get("share")) >= 0.1][:1]


def _kind(document: Document, result: str, rows: Sequence[Row]) -> str:
    r2 = document.facts(result).get("r2")
    if not any(_correlated(document, r, len(rows)) for r in rows):
        return "none"
    if r2 is not None and r2 < HARDLY:
        return "hardly"
    stability = rows[0].get("top")
    return "plain" if stability is None else "settled" if stability >= LIKELY else "open"


def _correlated(document: Document, row: Row, tests: int) -> bool:
    """Whether a driver's correlation differs from zero, by Fisher's interval and Bonferroni for all drivers.

    An analysis that gives no correlation is taken at its word.
    """
    r, n = row.get("r"), row.get("n_eff") or row.get("n")
    if r is None or n is None or abs(r) >= 1.0:
        return True
    quantile = NormalDist().inv_cdf(1 - (1 - float(document.value("/study/level"))) / (2 * tests))
    return n > 3 and abs(atanh(float(r))) * sqrt(float(n) - 3) > quantile


def _leading(rows: Sequence[Row]) -> list[Row]:
    """The fewest drivers of which one came first in nearly all draws; none where they are many, or all."""
    reached = 0.0
    ordered = sorted(rows, key=lambda r: -float(r.get("top") or 0.0))
    for place, row in enumerate(ordered[:FEW], 1):
        reached += float(row.get("top") or 0.0)
        if reached >= SETTLED:
            return ordered[:place] if place < len(rows) else []
    return []


def _ranked(document: Document, result: str, rows: list[Row]) -> Iterable[Finding]:
    first, last = rows[0], rows[-1]
    outcome, facts = outcome_of(document, result), document.facts(result)
    kind = _kind(document, result, rows)
    holes = {
        "top": document.label(first.text("term")),
        "outcome": document.label(outcome),
        "share": first.number("share", "percent0"),
        "first": first.number("top", "percent0"),
        "r2": facts.number("r2", "unit2"),
        "r2_share": facts.number("r2", "percent1"),
        "n": first.number("n", "count"),
    }
    leading = _leading(rows) if kind == "open" else []
    kind = "unclear" if kind == "open" and not leading else kind
    holes["places"] = _places(document, leading)
    about = (first.text("term"), outcome, *(r.text("term") for r in leading if r is not first))
    text, brief = fill(TEXTS[kind], **holes), fill(TEXTS[f"{kind}_brief"], **holes)
    checks: tuple[Check, ...] = ()
    if kind in ("settled", "plain"):
        if float(first.get("r") or 0.0) < 0:
            text, brief = (join(t, fill(TEXTS["downward"], **holes)) for t in (text, brief))
        text, checks = cautioned(text, document, result, about[:2])
    little = kind in ("none", "hardly")
    yield make(
        f"driver.{result}.first", "drivers", LITTLE if little else FOUND, _strength(kind, first), text, about=about,
        checks=checks, figure=f"figure-{result}", table=f"table-{result}", brief=brief,
    )  # fmt: skip
    if little:
        return
    text = fill(
        TEXTS["least"], name=document.label(last.text("term")), share=last.number("share", "percent0")
    )
    stability = first.get("top")
    yield make(
        f"driver.{result}.last",
        "drivers",
        25.0,
        "weak" if stability is None or stability < LIKELY else "moderate",
        text,
        about=(last.text("term"),),
        figure=f"figure-{result}",
    )


def _strength(kind: str, first: Row) -> Strength:
    """Of the sentence: that this driver, or one of those named, comes first; that nothing goes closely with the outcome."""
    if kind in ("none", "unclear"):
        return "none"
    if kind == "hardly":
        return "strong"
    if kind == "open":
        return "moderate" if (first.get("n") or 0) >= FEW_RESPONDENTS else "weak"
    stability = first.get("top")
    return (
        "weak"
        if stability is None or (first.get("n") or 0) < FEW_RESPONDENTS
        else "strong"
        if stability >= SETTLED
        else "moderate"
    )


def _places(document: Document, leading: Sequence[Row]) -> Text:
    """The drivers of which one comes first, each with the share of draws in which it does."""
    named = [
        fill(TEXTS["place"], name=document.label(r.text("term")), first=r.number("top", "percent0"))
        for r in leading
    ]
    return enumerated(named, last=OR)
