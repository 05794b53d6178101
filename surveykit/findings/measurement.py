"""Measurement: which scales are reliable, which constructs can hardly be told apart."""

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, fill
from surveykit.findings._rules import interval, make, rules

USUAL, LOW, HTMT_LIMIT = 0.70, 0.60, 0.90

TEXTS = {
    "good": {
        "en": "The questions on {title} hang together well (alpha {estimate}, {level} interval {low} to {high}).",
        "zh": "“{title}”各题的内部一致性良好（α系数为{estimate}，{level}置信区间为{low}至{high}）。",
    },
    "fair": {
        "en": "The questions on {title} hang together only moderately (alpha {estimate}, {level} interval {low} to {high}).",
        "zh": "“{title}”各题的内部一致性一般（α系数为{estimate}，{level}置信区间为{low}至{high}）。",
    },
    "low": {
        "en": "The questions on {title} hardly hang together (alpha {estimate}, {level} interval {low} to {high}): anything said "
        "about {title} is on weak ground.",
        "zh": "“{title}”各题的内部一致性较差（α系数为{estimate}，{level}置信区间为{low}至{high}）：有关该构念的结论依据不足。",
    },
    "htmt": {
        "en": "Respondents may not have told {first} and {second} apart (HTMT {estimate}).",
        "zh": "受访者可能未能区分“{first}”与“{second}”（HTMT为{estimate}）。",
    },
}


@rules.register(
    "measurement",
    title={"en": "Measurement", "zh": "测量质量"},
    reference="Nunnally 1978; Feldt, Woodruff and Salih 1987; Henseler, Ringle and Sarstedt 2015",
    evidence="the numbers are those of the reliability analysis, by key",
    texts=TEXTS,
)
def measurement(document: Document) -> Iterable[Finding]:
    """Alpha of every scale in words; pairs of constructs beyond the HTMT limit."""
    for result in document.of("reliability"):
        for row in document.rows(result):
            if (
                row.text("measure") == "alpha"
                and row.has("estimate", "low", "high")
                and not row.text("group")
            ):
                yield _alpha(document, result, row)
        for row in document.rows(result, "htmt"):
            if row.has("htmt") and float(row.get("htmt")) > HTMT_LIMIT and not row.text("group"):
                yield _pair(document, result, row)


def _alpha(document: Document, result: str, row: Row) -> Finding:
    value = float(row.get("estimate"))
    kind = "good" if value >= USUAL else "fair" if value >= LOW else "low"
    holes = interval(row, "unit2", document)
    text = fill(TEXTS[kind], title=document.label(row.text("term")), **holes)
    importance = {"good": 12.0, "fair": 30.0, "low": 48.0}[kind]
    return make(
        f"alpha.{result}.{row.text('term')}", "measurement", importance, "moderate", text, about=(row.text("term"),),
        table=f"table-{result}",
    )  # fmt: skip


def _pair(document: Document, result: str, row: Row) -> Finding:
    first, second = row.text("lhs"), row.text("rhs")
    text = fill(
        TEXTS["htmt"],
        first=document.label(first),
        second=document.label(second),
        estimate=row.number("htmt", "unit2"),
    )
    return make(
        f"htmt.{result}.{first}.{second}", "measurement", 44.0, "moderate", text, about=(first, second),
        table=f"table-htmt-{result}",
    )  # fmt: skip
