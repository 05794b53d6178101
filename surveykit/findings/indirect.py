"""Indirect associations: what of a chain runs along the constructs in between."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, fill
from surveykit.findings._rules import cautioned, make, rules, sharp, steady, strength_of
from surveykit.findings.paths import LITTLE, base_of, held, misfit

TEXTS = {
    "some": {
        "en": "{source} and {target} are associated through the constructs between them (indirect effect {estimate}, "
        "{level} interval {low} to {high}; standardised {std}{base}).",
        "zh": "{source}与{target}通过中间的构念间接相关（间接效应为{estimate}，{level}置信区间为{low}至{high}；标准化值为{std}{base}）。",
    },
    "none": {
        "en": "There is no evidence that {source} and {target} are associated through the constructs between them (indirect "
        "effect {estimate}, {level} interval {low} to {high}, which includes zero{base}).",
        "zh": "没有证据表明{source}与{target}通过中间的构念间接相关（间接效应为{estimate}，{level}置信区间为{low}至{high}，包含零{base}）。",
    },
}


@rules.register(
    "indirect",
    title={"en": "Indirect associations", "zh": "间接相关"},
    reference="Sobel 1982, Sociological Methodology 13 (delta method)",
    evidence="the numbers are those of the fit's effects, by key",
    texts=TEXTS,
)
def indirect(document: Document) -> Iterable[Finding]:
    """One sentence per indirect effect of a fit that may be read."""
    for result in document.of("fit"):
        if document.refused(result):
            continue
        for row in document.rows(result, "effects"):
            if row.text("kind") == "indirect" and row.has("estimate", "low", "high"):
                yield _sentence(document, result, row)


def _sentence(document: Document, result: str, row: Row) -> Finding:
    source, target = row.text("from"), row.text("to")
    strength = strength_of(row.get("estimate"), row.get("low"), row.get("high"))
    shown = sharp("number2", row.get("low"), row.get("high"))
    text = fill(
        TEXTS["none" if strength == "none" else "some"],
        source=document.label(source),
        target=document.label(target),
        base=base_of(document, result, row.text("group")),
        **{k: row.number(k, shown) for k in ("estimate", "low", "high")},
        std=row.number("std", "unit2"),
        level=document.level,
    )
    text, checks = cautioned(text, document, result, (source, target), misfit(document, result))
    strength = steady(held(strength, document, result), checks)
    std = abs(float(row.get("std") or 0))
    importance = LITTLE if strength == "none" or std < 0.1 else 36.0 + 10 * min(std, 1.0)
    return make(
        f"indirect.{result}.{target}.{source}.{row.text('group')}", "chain", importance, strength, text,
        about=(source, target), checks=checks, table=f"table-effects-{result}",
    )  # fmt: skip
