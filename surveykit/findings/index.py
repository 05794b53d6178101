"""The satisfaction index: what it is for each construct, and what goes with the outcome yet is rated low."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, fill
from surveykit.findings._rules import cautioned, interval, make, rules, strength_of
from surveykit.findings.paths import doubts, held, path_rows

__all__ = ["index_results", "targets"]

TEXTS = {
    "index": {
        "en": "The index of {term} is {estimate} points ({level} interval {low} to {high}, n = {n}).",
        "zh": "{term}的指数为{estimate}分（{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "low": {
        "en": "{source} goes more closely with {target} than the average construct, and its index ({performance}) is below average: one more point on "
        "{source} goes with {importance} more points on {target} ({level} interval {low} to {high}).",
        "zh": "{source}与{target}的关系比各构念的平均水平更为密切，而其指数为{performance}，低于各构念的平均水平：{source}每高一分，{target}相应高{importance}分（{level}置信区间为{low}至{high}）。",
    },
    "high": {
        "en": "{source} goes more closely with {target} than the average construct, and its index ({performance}) is above average: one more point on "
        "{source} goes with {importance} more points on {target} ({level} interval {low} to {high}).",
        "zh": "{source}与{target}的关系比各构念的平均水平更为密切，且其指数为{performance}，高于各构念的平均水平：{source}每高一分，{target}相应高{importance}分（{level}置信区间为{low}至{high}）。",
    },
}  # fmt: skip


def index_results(document: Document) -> tuple[str, ...]:
    """The fits that have an index and may be interpreted."""
    fits = document.of("fit")
    return tuple(r for r in fits if document.rows(r, "index") and not document.refused(r))


def targets(document: Document, result: str) -> list[str]:
    """The constructs at the end of the chain, then the one to which most paths lead."""
    rows = document.rows(result, "importance")
    reached = list(dict.fromkeys(r.text("to") for r in rows))
    sources = {r.text("from") for r in rows}
    ends = [t for t in reached if t not in sources]
    paths = [r.text("lhs") for r in path_rows(document, result)]
    others = [t for t in reached if t not in ends and paths.count(t) > 1]
    return [*ends, *sorted(others, key=lambda t: (-paths.count(t), reached.index(t)))[:1]]


@rules.register(
    "index",
    title={"en": "Importance and performance", "zh": "指数、重要性与绩效"},
    reference="Fornell, Johnson, Anderson, Cha and Bryant 1996, Journal of Marketing 60(4); Ringle and Sarstedt 2016, IMDS 116(9)",
    evidence="the numbers are those of the fit's index and importance tables, by key",
    texts=TEXTS,
)
def index(document: Document) -> Iterable[Finding]:
    """One sentence per index of an explained construct; which important construct is rated low or high."""
    for result in index_results(document):
        chosen = targets(document, result)
        for row in document.rows(result, "index"):
            if row.text("term") in chosen and row.has("estimate", "low", "high"):
                yield _index(document, result, row)
        for target in chosen[:1]:
            rows = [r for r in document.rows(result, "importance") if r.text("to") == target]
            yield from _placed(document, result, rows)


def _index(document: Document, result: str, row: Row) -> Finding:
    term = row.text("term")
    text = fill(TEXTS["index"], term=document.label(term), **interval(row, "number1", document))
    text, checks = cautioned(text, document, result, (term,), doubts(document, result))
    return make(
        f"score.index.{result}.{term}", "index", 58.0, "strong", text, about=(term,), checks=checks,
        table=f"table-index-{result}",
    )  # fmt: skip


def _placed(document: Document, result: str, rows: Sequence[Row]) -> Iterator[Finding]:
    """Sources of more than average importance with evidence for it, by whether they are rated above average."""
    known = [r for r in rows if r.has("importance", "performance", "low", "high")]
    if len(known) < 2:
        return
    importance = sum(float(r.get("importance")) for r in known) / len(known)
    performance = sum(float(r.get("performance")) for r in known) / len(known)
    for row in known:
        strength = strength_of(row.get("importance"), row.get("low"), row.get("high"))
        if strength == "none" or float(row.get("importance")) < importance:
            continue
        kind = "low" if float(row.get("performance")) < performance else "high"
        source, target = row.text("from"), row.text("to")
        text = fill(
            TEXTS[kind],
            source=document.label(source),
            target=document.label(target),
            importance=row.number("importance", "number2"),
            performance=row.number("performance", "number1"),
            low=row.number("low", "number2"),
            high=row.number("high", "number2"),
            level=document.level,
        )
        text, checks = cautioned(text, document, result, (source, target), doubts(document, result))
        yield make(
            f"importance.{result}.{target}.{source}", "index", 62.0 if kind == "low" else 44.0,
            held(strength, document, result), text,
            about=(source, target), checks=checks, figure=f"figure-map-{result}-{target}",
            table=f"table-map-{result}-{target}",
        )  # fmt: skip
