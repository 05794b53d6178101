"""What moved since the wave before, and what cannot be compared because its question changed."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, fill, join
from surveykit.findings._rules import make, rules
from surveykit.findings.banner import UNITS, what

SIGNED = {"share": "percent0", "points": "signed0", "mean": "signed2"}
TEXTS = {
    "rose": {
        "en": "{what} is higher in {wave} than in {before}: {value} (n = {n}) against {earlier} (n = {n_before}).",
        "zh": "{what}：“{wave}”为{value}（n = {n}），高于“{before}”的{earlier}（n = {n_before}）。",
    },
    "fell": {
        "en": "{what} is lower in {wave} than in {before}: {value} (n = {n}) against {earlier} (n = {n_before}).",
        "zh": "{what}：“{wave}”为{value}（n = {n}），低于“{before}”的{earlier}（n = {n_before}）。",
    },
    "caution": {
        "en": "The question was changed slightly in between, so the difference may come from its wording.",
        "zh": "其间题目略有改动，差异可能来自措辞。",
    },
    "broken": {
        "en": "{what} was changed before {wave}, so values before and after are not compared.",
        "zh": "{what}的题目在“{wave}”之前有改动，前后数值不作比较。",
    },
    "none": {
        "en": "There is no evidence that any of the {lines} values tracked differs between consecutive waves ({tests} comparisons).",
        "zh": "没有证据表明所跟踪的{lines}项数值在相邻各波之间存在差异（共{tests}次比较）。",
    },
}
SURE = 0.05
MOST = 6


@rules.register(
    "trend",
    title={"en": "Trend", "zh": "趋势"},
    reference="Holm 1979, Scandinavian Journal of Statistics 6(2)",
    evidence="values and differences are those of the trend, by key; nothing is compared over a changed question",
    texts=TEXTS,
)
def trend(document: Document) -> Iterable[Finding]:
    """A sentence for each difference that holds, the latest first; one for each break; one where nothing moved."""
    for result in document.of("trend"):
        rows = document.rows(result)
        yield from _moved(document, result, rows)
        seen = set()
        for row in rows:
            if (
                row.text("change") == "no"
                and row.has("n")
                and (row.text("item"), row.text("group")) not in seen
            ):
                seen.add((row.text("item"), row.text("group")))
                text = fill(
                    TEXTS["broken"],
                    what=document.label(row.text("item")),
                    wave=wave_label(document, result, row.text("group")),
                )
                yield make(
                    f"break.{result}.{row.text('item')}.{row.text('group')}", "trend", 21.0, "none", text,
                    about=(row.text("item"),), table=f"table-{result}",
                )  # fmt: skip


def wave_label(document: Document, result: str, wave: str) -> object:
    """The words for a wave."""
    by = str(document.data["results"][result].get("options", {}).get("wave", ""))
    return document.label(f"{by}={wave}")


def _moved(document: Document, result: str, rows: Sequence[Row]) -> Iterator[Finding]:
    held = [r for r in rows if r.has("p_adjusted", "difference") and float(r.get("p_adjusted")) < SURE]
    waves = list(dict.fromkeys(r.text("group") for r in rows))
    held.sort(key=lambda r: (-waves.index(r.text("group")), float(r.get("p_adjusted"))))
    by_place = {(r.text("term"), r.text("group")): r for r in rows}
    for place, row in enumerate(held[:MOST]):
        earlier = by_place[row.text("term"), row.text("before")]
        unit = UNITS[row.text("unit")]
        text = fill(
            TEXTS["rose" if float(row.get("difference")) > 0 else "fell"], what=what(document, row),
            wave=wave_label(document, result, row.text("group")), before=wave_label(document, result, row.text("before")),
            value=row.number("estimate", unit), n=row.number("n", "count"), earlier=earlier.number("estimate", unit),
            n_before=earlier.number("n", "count"),
        )  # fmt: skip
        if row.text("change") == "caution":
            text = join(text, fill(TEXTS["caution"]))
        p = float(row.get("p_adjusted"))
        strength: Strength = "strong" if p < 0.001 else "moderate" if p < 0.01 else "weak"
        yield make(
            f"trend.{result}.{row.text('term')}.{row.text('group')}", "trend", 45.0 - place, strength, text,
            about=(row.text("item"),), table=f"table-{result}",
        )  # fmt: skip
    facts = document.facts(result)
    if not held and facts.get("tests"):
        text = fill(TEXTS["none"], lines=facts.number("lines", "count"), tests=facts.number("tests", "count"))
        yield make(
            f"trend.{result}.none", "trend", 22.0, "none", text, about=(result,), table=f"table-{result}"
        )
