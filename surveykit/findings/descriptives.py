"""Questions on a scale, one by one: how they were answered, where no score and no model says how things are."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Label, Number, Strength, fill
from surveykit.findings._rules import interval, make, rules

TEXTS = {
    "share": {
        "en": "“{item}”: {estimate} answered “{answer}” ({level} interval {low} to {high}; n = {n}).",
        "zh": "“{item}”：{estimate}回答“{answer}”（{level}置信区间为{low}至{high}；n = {n}）。",
    },
    "ends": {
        "en": "Of the questions on a scale from {least} to {most}, “{first}” is answered highest (mean {first_value}, {level} interval {first_low} to {first_high}, n = {first_n}) "
        "and “{last}” lowest ({last_value}, {last_low} to {last_high}, n = {last_n}).",
        "zh": "在{least}至{most}分的题目中，“{first}”得分最高（均值{first_value}，{level}置信区间为{first_low}至{first_high}，n = {first_n}），“{last}”最低"
        "（{last_value}，{last_low}至{last_high}，n = {last_n}）。",
    },
    "alike": {
        "en": "Of the questions on a scale from {least} to {most}, none stands out: the means run from {last_value} (“{last}”, {level} interval {last_low} to {last_high}, n = {last_n}) "
        "to {first_value} (“{first}”, {first_low} to {first_high}, n = {first_n}), and these intervals overlap.",
        "zh": "在{least}至{most}分的题目中，没有哪一题格外突出：均值从{last_value}（“{last}”，{level}置信区间为{last_low}至{last_high}，n = {last_n}）"
        "到{first_value}（“{first}”，{first_low}至{first_high}，n = {first_n}），二者的区间相互重叠。",
    },
    "only": {
        "en": "“{first}”: the mean is {first_value} on a scale from {least} to {most} ({level} interval {first_low} to {first_high}, n = {first_n}).",
        "zh": "“{first}”：均值为{first_value}（{least}至{most}分；{level}置信区间为{first_low}至{first_high}，n = {first_n}）。",
    },
}
IMPORTANCE = 31.0


@rules.register(
    "descriptives",
    title={"en": "Questions on a scale", "zh": "量表题"},
    reference="Wilkinson and the Task Force on Statistical Inference 1999: an interval with every estimate",
    evidence="means and their intervals are those of the analysis, by key",
    texts=TEXTS,
)
def descriptives(document: Document) -> Iterable[Finding]:
    """The share of “yes” of each question with two answers; of the questions with the same scale and
    the same words at its ends the highest and the lowest.

    Nothing where the study has scores or models: those say how things are.
    """
    if document.of("scores") or document.of("fit"):
        return
    scales = _scales(document)
    for result in document.of("descriptives"):
        if document.facts(result).get("by"):
            continue
        rows = [
            r for r in document.rows(result) if r.has("estimate", "low", "high") and r.text("term") in scales
        ]
        families: dict[tuple[int, int, str], list[Row]] = {}
        for row in rows:
            place = scales[row.text("term")]
            entry = document.data["sample"]["items"][place]
            points, words = [int(a["value"]) for a in entry["answers"]], str(entry.get("ends"))
            families.setdefault((points[0], points[-1], words), []).append(row)
        for (low, high, _), members in families.items():
            if (low, high) == (0, 1):
                yield from _shares(document, result, members, scales)
            else:
                yield _extremes(document, result, members, scales)


def _scales(document: Document) -> dict[str, int]:
    """The place in the sample's list of each question whose answers are counted by scale point."""
    items = document.data["sample"]["items"]
    return {entry["item"]: i for i, entry in enumerate(items) if len(entry.get("answers") or ()) > 1}


def _shares(
    document: Document, result: str, rows: Sequence[Row], scales: dict[str, int]
) -> Iterator[Finding]:
    """The mean of a question with the answers 0 and 1 is the share of the second."""
    for place, row in enumerate(rows):
        item = row.text("term")
        words = document.data["sample"]["items"][scales[item]].get("ends", {}).get("high")
        key = f"/sample/items/{scales[item]}/ends/high"
        answer = Label(words, key) if words else Label({"en": "yes", "zh": "是"})
        text = fill(
            TEXTS["share"], item=document.label(item), answer=answer, **interval(row, "percent0", document)
        )
        width = float(row.get("high")) - float(row.get("low"))
        strength: Strength = "strong" if width <= 0.1 else "moderate" if width <= 0.2 else "weak"
        yield make(
            f"score.item.{item}", "scores", IMPORTANCE - place / 1000, strength, text, about=(item,), table=f"table-{result}"
        )  # fmt: skip


def _extremes(document: Document, result: str, rows: Sequence[Row], scales: dict[str, int]) -> Finding:
    ordered = sorted(rows, key=lambda r: (-float(r.get("estimate")), r.text("term")))
    first, last = ordered[0], ordered[-1]
    apart = float(first.get("low")) > float(last.get("high"))
    kind = "only" if first is last else "ends" if apart else "alike"
    place = scales[first.text("term")]
    count = len(document.data["sample"]["items"][place]["answers"])
    holes = {
        "least": Number(_point(document, place, 0), "integer", f"/sample/items/{place}/answers/0/value"),
        "most": Number(_point(document, place, count - 1), "integer", f"/sample/items/{place}/answers/{count - 1}/value"),
        "level": document.level,
    }  # fmt: skip
    for name, row in (("first", first), ("last", last)):
        shown = {k: row.number(k, "number2") for k in ("estimate", "low", "high")}
        holes |= {
            f"{name}_value": shown["estimate"],
            f"{name}_low": shown["low"],
            f"{name}_high": shown["high"],
        }
        holes[f"{name}_n"] = row.number("n", "count")
    words = {name: document.label(row.text("term")) for name, row in (("first", first), ("last", last))}
    strength: Strength = "strong" if apart else "moderate" if kind == "only" else "none"
    return make(
        f"ranking.{result}.{first.text('term')}", "scores", IMPORTANCE + (0 if kind == "only" else 1), strength,
        fill(TEXTS[kind], **holes, **words), about=(first.text("term"), last.text("term")), table=f"table-{result}",
    )  # fmt: skip


def _point(document: Document, place: int, point: int) -> int:
    return int(document.data["sample"]["items"][place]["answers"][point]["value"])
