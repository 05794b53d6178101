"""Key drivers: what has the largest share of the explained variance, and whether the order is settled."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, fill
from surveykit.findings._rules import cautioned, make, rules

SETTLED, LIKELY = 0.9, 0.8

TEXTS = {
    "settled": {
        "en": "Of everything compared, {top} goes most closely with {outcome}: it takes {share} of the variance accounted for "
        "and comes first in {first} of the bootstrap samples (R² {r2}, n = {n}).",
        "zh": "在所比较的各项中，与{outcome}关系最密切的是{top}：占可解释方差的{share}（在{first}的自助样本中排在首位；"
        "R²为{r2}，n = {n}）。",
    },
    "open": {
        "en": "{top} goes most closely with {outcome} ({share} of the variance accounted for), but first place is "
        "not settled: it comes first in only {first} of the bootstrap samples (R² {r2}, n = {n}).",
        "zh": "与{outcome}关系最密切的是{top}（占可解释方差的{share}），但前几位的次序尚不能确定：它只在{first}的自助样本中"
        "排在首位（R²为{r2}，n = {n}）。",
    },
    "plain": {
        "en": "Of everything compared, {top} goes most closely with {outcome}: it takes {share} of the variance accounted for "
        "(R² {r2}, n = {n}; without intervals).",
        "zh": "在所比较的各项中，与{outcome}关系最密切的是{top}：占可解释方差的{share}（R²为{r2}，n = {n}；未计算区间）。",
    },
    "settled_brief": {
        "en": "Of everything compared, {top} goes most closely with {outcome}. It came first in {first} of repeated draws from these answers.",
        "zh": "在所比较的各方面中，{top}与{outcome}的关系最为密切；从现有回答中反复抽取样本，它在{first}的样本中排在首位。",
    },
    "open_brief": {
        "en": "{top} goes most closely with {outcome}, but another sample might put something else first: it came first in only {first} of "
        "repeated draws from these answers.",
        "zh": "{top}与{outcome}的关系最为密切，但换一批受访者次序可能不同：从现有回答中反复抽取样本，它只在{first}的样本中排在首位。",
    },
    "plain_brief": {
        "en": "Of everything compared, {top} goes most closely with {outcome}.",
        "zh": "在所比较的各方面中，{top}与{outcome}的关系最为密切。",
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
    """The first driver and how sure its place is; the last one."""
    for result in document.of("drivers"):
        if not document.refused(result):
            rows = [
                r for r in document.rows(result) if r.has("estimate", "share", "rank") and not r.text("group")
            ]
            if rows:
                yield from _ranked(
                    document, result, sorted(rows, key=lambda r: (r.get("rank"), r.text("term")))
                )


def _ranked(document: Document, result: str, rows: list[Row]) -> Iterable[Finding]:
    first, last = rows[0], rows[-1]
    outcome = str(document.data["results"][result].get("options", {}).get("outcome", ""))
    stability = first.get("top")
    kind = "plain" if stability is None else "settled" if stability >= LIKELY else "open"
    strength: Strength = "weak"
    if stability is not None:
        strength = "strong" if stability >= SETTLED else "moderate" if stability >= LIKELY else "weak"
    holes = {
        "top": document.label(first.text("term")),
        "outcome": document.label(outcome),
        "share": first.number("share", "percent0"),
        "first": first.number("top", "percent0"),
        "r2": document.facts(result).number("r2", "unit2"),
        "n": first.number("n", "count"),
    }
    text = fill(TEXTS[kind], **holes)
    text, checks = (
        cautioned(text, document, result, (first.text("term"), outcome)) if kind != "open" else (text, ())
    )
    yield make(
        f"driver.{result}.first", "drivers", 85.0, strength, text, about=(first.text("term"), outcome), checks=checks,
        figure=f"figure-{result}", table=f"table-{result}", brief=fill(TEXTS[f"{kind}_brief"], **holes),
    )  # fmt: skip
    text = fill(
        TEXTS["least"], name=document.label(last.text("term")), share=last.number("share", "percent0")
    )
    yield make(
        f"driver.{result}.last",
        "drivers",
        25.0,
        strength,
        text,
        about=(last.text("term"),),
        figure=f"figure-{result}",
    )
