"""What the scores are, how precise, and whether groups differ."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Part, Strength, fill
from surveykit.findings._rules import interval, make, rules

__all__ = ["UNITS", "precision_of", "unit_format"]

UNITS: Mapping[str, str] = {"share": "percent0", "points": "signed0", "index": "number1", "scale": "number2"}
"""How the values of a unit are written."""

MANY = 3
"""From so many scores on, the highest and the lowest are named."""

_HALF_WIDTH = {"share": (0.05, 0.10), "points": (5.0, 10.0), "index": (2.5, 5.0), "scale": (0.15, 0.30)}
"""Half an interval up to the first limit is precise, up to the second fairly precise."""

TEXTS = {
    "nps": {
        "en": "{title} is {estimate} ({level} interval {low} to {high}, n = {n}): {promoters} of respondents are "
        "promoters and {detractors} detractors.",
        "zh": "{title}为{estimate}（{level}置信区间为{low}至{high}，n = {n}）：推荐者占{promoters}，贬损者占{detractors}。",
    },
    "share": {
        "en": "{title}: {estimate} of respondents chose one of the top answers ({level} interval {low} to {high}, "
        "n = {n}).",
        "zh": "{title}：{estimate}的受访者选择了最高的几档答案（{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "value": {
        "en": "{title} is {estimate} ({level} interval {low} to {high}, n = {n}).",
        "zh": "{title}为{estimate}（{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "ranked": {
        "en": "Among scores on the same scale, {first} is the highest ({first_value}, {level} interval {first_low} to {first_high}) and {last} the "
        "lowest ({last_value}, {last_low} to {last_high}).",
        "zh": "在计分方式相同的指标中，{first}最高（{first_value}，{level}置信区间为{first_low}至{first_high}），{last}最低（{last_value}，"
        "{last_low}至{last_high}）。",
    },
    "few": {
        "en": "{title}: there are too few answers to say anything.",
        "zh": "{title}：回答过少，无法得出任何结论。",
    },
    "differ": {
        "en": "{title} differs by “{by}”: it is higher in “{first}” ({first_value}, {level} interval {first_low} to {first_high}) "
        "than in “{last}” ({last_value}, {last_low} to {last_high}); adjusted p {p}.",
        "zh": "{title}在“{by}”的各组之间存在差异：{first}（{first_value}，{level}置信区间为{first_low}至{first_high}）高于"
        "{last}（{last_value}，{last_low}至{last_high}），经多重比较校正后p {p}。",
    },
    "differ_brief": {
        "en": "{title} is higher in the group “{first}” ({first_value}, interval {first_low} to {first_high}) than in “{last}” ({last_value}, {last_low} to {last_high}).",
        "zh": "{title}：{first}（{first_value}，区间为{first_low}至{first_high}）高于{last}（{last_value}，{last_low}至{last_high}）。",
    },
    "same": {
        "en": "There is no evidence that the groups of “{by}” differ in {titles}: no two groups stand apart once the number of "
        "comparisons is allowed for.",
        "zh": "没有证据表明“{by}”的各组在{titles}上存在差异：校正比较次数之后，任何两组之间的差异均不显著。",
    },
    "comma": {"en": ", ", "zh": "、"},
    "hidden": {
        "en": "Some groups of “{by}” have too few answers to be shown.",
        "zh": "“{by}”中有的组回答过少，未予展示。",
    },
}


def unit_format(row: Row) -> str:
    """The format of a score's value."""
    return UNITS.get(row.text("unit"), "number2")


def precision_of(row: Row) -> Strength:
    """How precise a score is, by half its interval."""
    fine, fair = _HALF_WIDTH.get(row.text("unit"), (0.15, 0.30))
    half = (float(row.get("high")) - float(row.get("low"))) / 2
    return "strong" if half <= fine else "moderate" if half <= fair else "weak"


@rules.register(
    "scores",
    title={"en": "Scores", "zh": "得分"},
    reference="Wilkinson and the Task Force on Statistical Inference 1999: an interval with every estimate",
    evidence="the numbers are those of the scores, by key",
    texts=TEXTS,
)
def scores(document: Document) -> Iterable[Finding]:
    """One sentence per score; by group, whether the highest and the lowest differ."""
    for result in document.of("scores"):
        by = str(document.facts(result).get("by") or "")
        if by:
            yield from _groups(document, result, by)
        else:
            rows = document.rows(result)
            yield from (_overall(document, row, place) for place, row in enumerate(rows))
            yield from _ranking(document, rows)


def _overall(document: Document, row: Row, place: int) -> Finding:
    term = row.text("term")
    title = document.label(term)
    name = f"score.{term}"
    if row.suppressed or not row.has("estimate", "low", "high"):
        return make(name, "scores", 40.0, "none", fill(TEXTS["few"], title=title), about=(term,))
    holes = {"title": title, **interval(row, unit_format(row), document)}
    if row.has("promoters", "detractors"):
        holes |= {k: row.number(k, "percent0") for k in ("promoters", "detractors")}
        text = fill(TEXTS["nps"], **holes)
    else:
        text = fill(TEXTS["share" if row.text("unit") == "share" else "value"], **holes)
    part_of_another = "." in term
    importance = (55.0 if part_of_another else 90.0) - 2 * place
    return make(name, "scores", importance, precision_of(row), text, about=(term,), table="table-scores")


def _ranking(document: Document, rows: tuple[Row, ...]) -> Iterator[Finding]:
    """The highest and the lowest of several scores that are counted in one unit: of the unit with most scores."""
    kinds: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        if "." not in row.text("term") and row.has("estimate", "low", "high"):
            kinds.setdefault((row.text("unit"), row.text("metric")), []).append(row)
    whole = max(kinds.values(), key=len, default=[])
    if len(whole) < MANY:
        return
    ordered = sorted(whole, key=lambda r: (-float(r.get("estimate")), r.text("term")))
    holes: dict[str, Any] = {"level": document.level}
    for name, row in (("first", ordered[0]), ("last", ordered[-1])):
        holes |= _named(name, row)
        holes[name] = document.label(row.text("term"))
    apart = float(ordered[0].get("low")) > float(ordered[-1].get("high"))
    strength: Strength = "strong" if apart else "none"
    yield make("ranking", "scores", 88.0, strength, fill(TEXTS["ranked"], **holes), table="table-scores")


def _named(name: str, row: Row) -> dict[str, Any]:
    shown = unit_format(row)
    return {
        f"{name}_value": row.number("estimate", shown),
        f"{name}_low": row.number("low", shown),
        f"{name}_high": row.number("high", shown),
    }


def _groups(document: Document, result: str, by: str) -> Iterator[Finding]:
    """Scores in which the groups differ, one sentence each; those in which they do not, in one sentence."""
    rows = document.rows(result)
    pairs = [r for r in document.rows(result, "differences") if r.has("p_adjusted")]
    alike: list[str] = []
    for term in dict.fromkeys(r.text("term") for r in rows):
        shown = {
            r.text("group"): r for r in rows if r.text("term") == term and r.has("estimate", "low", "high")
        }
        tested = [
            r for r in pairs if r.text("term") == term and {r.text("first"), r.text("second")} <= set(shown)
        ]
        clearest = min(tested, key=lambda r: float(r.get("p_adjusted")), default=None)
        if clearest is not None and float(clearest.get("p_adjusted")) < 1 - float(
            document.value("/study/level")
        ):
            yield _differ(document, term, by, shown, clearest)
        elif len(shown) > 1:
            alike.append(term)
    if alike:
        holes = {"by": document.label(by), "titles": _enumerated(document, alike)}
        text = fill(TEXTS["same"], **holes)
        yield make(f"groups.{by}", "scores", 30.0, "none", text, about=(by,), table=f"table-scores-{by}")
    if any(r.suppressed or r.get("n") is None for r in rows):
        text = fill(TEXTS["hidden"], by=document.label(by))
        yield make(f"hidden.{by}", "scores", 20.0, "none", text, about=(by,), table=f"table-scores-{by}")


def _differ(document: Document, term: str, by: str, shown: Mapping[str, Row], pair: Row) -> Finding:
    """The two groups that differ most clearly, the higher one first."""
    holes: dict[str, Any] = {"title": document.label(term), "by": document.label(by), "level": document.level}
    holes["p"] = pair.number("p_adjusted", "p")
    two = (shown[pair.text("first")], shown[pair.text("second")])
    first, last = sorted(two, key=lambda r: -float(r.get("estimate")))
    for name, row in (("first", first), ("last", last)):
        holes[name] = document.label(f"{by}={row.text('group')}")
        holes |= _named(name, row)
    text = fill(TEXTS["differ"], **holes)
    p = float(pair.get("p_adjusted"))
    digits = -math.log10(max(p, 1e-300))
    strength: Strength = "strong" if p < 0.001 else "moderate" if p < 0.01 else "weak"
    importance = (41.0 if "." in term else 66.0) + 8.0 * digits / (digits + 4.0)
    return make(
        f"groups.{by}.{term}",
        "scores",
        importance,
        strength,
        text,
        about=(term, by, f"{by}={last.text('group')}"),
        table=f"table-scores-{by}",
        brief=fill(TEXTS["differ_brief"], **holes),
    )


def _enumerated(document: Document, names: list[str]) -> dict[str, tuple[Part, ...]]:
    """Labels one after the other, with the comma of each language."""
    labels = [document.label(name) for name in names]
    return {
        language: tuple(p for i, label in enumerate(labels) for p in ((comma, label) if i else (label,)))
        for language, comma in TEXTS["comma"].items()
    }
