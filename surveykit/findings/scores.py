"""What the scores are, how precise, and whether groups differ."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, fill
from surveykit.findings._rules import interval, make, rules

__all__ = ["UNITS", "precision_of", "unit_format"]

UNITS: Mapping[str, str] = {"share": "percent0", "points": "signed0", "index": "number1", "scale": "number2"}
"""How the values of a unit are written."""

_HALF_WIDTH = {"share": (0.05, 0.10), "points": (5.0, 10.0), "index": (2.5, 5.0), "scale": (0.15, 0.30)}
"""Half an interval up to the first limit is precise, up to the second fairly precise."""

TEXTS = {
    "nps": {
        "en": "{title} is {estimate} ({level} interval {low} to {high}, n = {n}): {promoters} of the respondents are "
        "promoters, {detractors} are detractors.",
        "zh": "{title}为{estimate}（{level}置信区间为{low}至{high}，n = {n}）：推荐者占{promoters}，贬损者占{detractors}。",
    },
    "share": {
        "en": "{title}: {estimate} of the respondents chose one of the highest answers ({level} interval {low} to {high}, "
        "n = {n}).",
        "zh": "{title}：{estimate}的受访者选择了最高的几档答案（{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "value": {
        "en": "{title} is {estimate} ({level} interval {low} to {high}, n = {n}).",
        "zh": "{title}为{estimate}（{level}置信区间为{low}至{high}，n = {n}）。",
    },
    "few": {
        "en": "{title}: there are too few answers to say anything.",
        "zh": "{title}：回答过少，无法得出任何结论。",
    },
    "differ": {
        "en": "{title} differs by {by}: highest for {first} ({first_value}, {level} interval {first_low} to {first_high}), "
        "lowest for {last} ({last_value}, {last_low} to {last_high}); the two intervals do not overlap.",
        "zh": "不同{by}的{title}存在差异：{first}最高（{first_value}，{level}置信区间为{first_low}至{first_high}），"
        "{last}最低（{last_value}，{last_low}至{last_high}），两者的区间互不重叠。",
    },
    "same": {
        "en": "There is no evidence that {title} differs by {by}: the intervals of the highest group ({first}, "
        "{first_value}) and the lowest ({last}, {last_value}) overlap.",
        "zh": "没有证据表明不同{by}的{title}存在差异：最高组（{first}，{first_value}）与最低组（{last}，{last_value}）"
        "的置信区间相互重叠。",
    },
    "hidden": {
        "en": "Some groups of {by} have too few answers; they are not shown.",
        "zh": "{by}中有的组回答过少，未予展示。",
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
            for place, row in enumerate(document.rows(result)):
                yield _overall(document, row, place)


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


def _groups(document: Document, result: str, by: str) -> Iterator[Finding]:
    rows = document.rows(result)
    for term in dict.fromkeys(r.text("term") for r in rows):
        shown = [r for r in rows if r.text("term") == term and r.has("estimate", "low", "high")]
        if len(shown) > 1:
            yield _comparison(document, term, by, shown)
    if any(r.suppressed or r.get("n") is None for r in rows):
        text = fill(TEXTS["hidden"], by=document.label(by))
        yield make(f"hidden.{by}", "scores", 20.0, "none", text, about=(by,))


def _comparison(document: Document, term: str, by: str, rows: list[Row]) -> Finding:
    ordered = sorted(rows, key=lambda r: (-float(r.get("estimate")), r.text("group")))
    first, last = ordered[0], ordered[-1]
    apart = float(first.get("low")) > float(last.get("high"))
    holes = {"title": document.label(term), "by": document.label(by), "level": document.level}
    for name, row in (("first", first), ("last", last)):
        shown = unit_format(row)
        holes[name] = document.label(f"{by}={row.text('group')}")
        holes |= {
            f"{name}_value": row.number("estimate", shown),
            f"{name}_low": row.number("low", shown),
            f"{name}_high": row.number("high", shown),
        }
    text = fill(TEXTS["differ" if apart else "same"], **holes)
    importance = (72.0 if apart else 30.0) - (25.0 if "." in term else 0.0)
    strength: Strength = "moderate" if apart else "none"
    return make(
        f"groups.{by}.{term}", "scores", importance, strength, text, about=(term, by), table=f"table-scores-{by}"
    )
