"""Which columns of a banner table differ most, and that no difference holds where none does."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Number, Strength, Text, fill
from surveykit.findings._rules import make, rules

TEXTS = {
    "share": {
        "en": "{what}: {high_value} in {high} (n = {n_high}), {low_value} in {low} (n = {n_low}).",
        "zh": "{what}：“{high}”为{high_value}（n = {n_high}），“{low}”为{low_value}（n = {n_low}）。",
    },
    "mean": {
        "en": "{what} is {high_value} on average in {high} (n = {n_high}) and {low_value} in {low} (n = {n_low}).",
        "zh": "“{what}”的均值：“{high}”为{high_value}（n = {n_high}），“{low}”为{low_value}（n = {n_low}）。",
    },
    "score": {
        "en": "{what}: {high_value} in {high} (n = {n_high}), {low_value} in {low} (n = {n_low}).",
        "zh": "“{what}”：“{high}”为{high_value}（n = {n_high}），“{low}”为{low_value}（n = {n_low}）。",
    },
    "none": {
        "en": "There is no evidence that the groups differ in any line of the table: none of the {tests} comparisons holds once their number is allowed for.",
        "zh": "没有证据表明各组在表中任何一行存在差异：经多重比较校正后，{tests}次比较均不显著。",
    },
}
LINES = {
    "option": {"en": "“{item}”, answer “{option}”", "zh": "“{item}”选择“{option}”的比例"},
    "point": {"en": "“{item}”, answer {code}", "zh": "“{item}”回答{code}的比例"},
    "top": {
        "en": "“{item}”, one of the highest answers ({code})",
        "zh": "“{item}”选择最高几档（{code}）的比例",
    },
    "plain": {"en": "{item}", "zh": "{item}"},
    "sentence": {"en": "“{item}”", "zh": "{item}"},
}
MOST = 4
SURE = 0.05
UNITS = {"share": "percent0", "points": "signed0", "mean": "number2"}
"""How the values of a line are written."""


@rules.register(
    "banner",
    title={"en": "Groups side by side", "zh": "分组对照"},
    reference="Holm 1979, Scandinavian Journal of Statistics 6(2)",
    evidence="the differences are those of the table, by key; only those that hold by Holm over the whole table are worded",
    texts=TEXTS,
)
def banner(document: Document) -> Iterable[Finding]:
    """A sentence for the largest differences, one a question; one sentence where there are none."""
    for result in document.of("banner"):
        rows = [r for r in document.rows(result, "differences") if r.has("p_table", "effect", "base")]
        held = sorted(
            (r for r in rows if float(r.get("p_table")) < SURE), key=lambda r: -abs(float(r.get("effect")))
        )
        seen: set[str] = set()
        for row in held:
            if row.text("item") not in seen and len(seen) < MOST:
                seen.add(row.text("item"))
                yield _difference(document, result, row, len(seen))
        facts = document.facts(result)
        if not held and rows and facts.has("tests"):
            yield make(
                f"banner.{result}.none", "banner", 20.0, "none", fill(TEXTS["none"], tests=facts.number("tests", "count")),
                about=(result,), table=f"table-{result}",
            )  # fmt: skip


def what(document: Document, row: Row) -> Text:
    """A line of the table in words: its question and answer."""
    item, code = document.label(row.text("item")), row.text("code")
    option = document.label(f"{row.text('item')}={code}")
    kind = row.text("statistic")
    if kind == "share":
        words = LINES["option" if option.key else "point"]
    else:
        sentence = item.text("en").rstrip().endswith((".", "?", "!", "…"))
        words = LINES["top" if kind == "top" else "sentence" if sentence else "plain"]
    # scale points are codes of the questionnaire: they stand as words under their key
    return fill(words, item=item, option=option, code=Number(code, "text", f"{row.key}/code"))


def _difference(document: Document, result: str, row: Row, place: int) -> Finding:
    first = float(row.get("estimate")) > 0
    high, low = ("first", "second") if first else ("second", "first")
    unit, kind = row.text("unit"), row.text("statistic")
    words = TEXTS["share" if kind in ("share", "top") else "mean" if unit == "mean" else "score"]
    text = fill(
        words, what=what(document, row), high=document.label(row.text(high)), low=document.label(row.text(low)),
        high_value=row.number(f"{high}_estimate", UNITS[unit]), low_value=row.number(f"{low}_estimate", UNITS[unit]),
        n_high=row.number(f"n_{high}", "count"), n_low=row.number(f"n_{low}", "count"),
    )  # fmt: skip
    p = float(row.get("p_table"))
    strength: Strength = "strong" if p < 0.001 else "moderate" if p < 0.01 else "weak"
    return make(
        f"banner.{result}.{row.text('term')}.{row.text(high)}.{row.text(low)}", "banner", 36.0 - place, strength, text,
        about=(row.text("item"),), table=f"table-{result}",
    )  # fmt: skip
