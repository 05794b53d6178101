"""Answers by question: what most people chose, where nothing else says how things are."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, fill
from surveykit.findings._rules import make, rules

TEXTS = {
    "most": {
        "en": "“{item}”: {estimate} chose “{option}” ({level} interval {low} to {high}; n = {n}).",
        "zh": "“{item}”：{estimate}选择“{option}”（{level}置信区间：{low}至{high}；n = {n}）。",
    },
    "ahead": {
        "en": "“{item}”: {estimate} chose “{option}”, most of all ({level} interval {low} to {high}; n = {n}).",
        "zh": "“{item}”：选择“{option}”的最多，占{estimate}（{level}置信区间：{low}至{high}；n = {n}）。",
    },
    "nothing": {
        "en": "No question is shown in a table: each has fewer than {k} answers, too few to count in public. "
        "Collect more answers, then run the study again.",
        "zh": "各题有效回答均不足{k}份，人数过少，不列表展示。请继续收集答卷，再重新生成报告。",
    },
}
IMPORTANCE, NOTHING = 30.0, 74.0
"""Below scores and associations: a count is worded on page one where there is nothing else to say."""
BEHIND_OTHERS = 0.1


@rules.register(
    "frequencies",
    title={"en": "Answers by question", "zh": "各题回答分布"},
    reference="Wilson 1927, JASA 22(158)",
    evidence="a lead is called one where the intervals of the first two options lie apart",
    texts=TEXTS,
)
def frequencies(document: Document) -> Iterable[Finding]:
    """The option that more people chose than any other, for each question where the answers can tell.

    Nothing where the study has scores or models: those say how things are.
    """
    if document.of("scores") or document.of("fit"):
        return
    for result in document.of("frequencies"):
        if document.facts(result).get("by"):
            continue
        questions: dict[str, list[Row]] = {}
        for row in document.rows(result):
            questions.setdefault(row.text("item"), []).append(row)
        shown = {q: [r for r in rows if r.has("estimate", "low", "high")] for q, rows in questions.items()}
        for place, (item, rows) in enumerate(shown.items()):
            if len(rows) > 1 and (finding := _leader(document, result, item, rows, place)):
                yield finding
        if not any(shown.values()):
            text = fill(TEXTS["nothing"], k=document.number("/study/min_cell", "count"))
            yield make(f"nothing.{result}", "scores", NOTHING, "weak", text)


def _leader(document: Document, result: str, item: str, rows: Sequence[Row], place: int) -> Finding | None:
    """The finding of one question, None where its first two options cannot be told apart."""
    first, second = sorted(rows, key=lambda r: -float(r.get("estimate")))[:2]
    if first.get("low") <= second.get("high") or first.text("term").endswith(".other"):
        return None
    holes = {k: first.number(k, "percent0") for k in ("estimate", "low", "high")}
    text = fill(
        TEXTS["most" if first.get("estimate") > 0.5 else "ahead"],
        item=document.label(item),
        option=document.label(first.text("term")),
        n=first.number("n", "count"),
        level=document.level,
        **holes,
    )
    strength: Strength = "strong" if first.get("low") - second.get("high") > BEHIND_OTHERS else "moderate"
    return make(
        f"frequencies.{item}",
        "frequencies",
        IMPORTANCE - place / 1000,  # of two like ones the question asked first
        strength,
        text,
        about=(item,),
        table=f"table-{result}-{item}",
    )
