"""How carefully people answered, what is missing, which items misbehave, and whether any of it matters."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document
from surveykit.findings._finding import Finding, Label, fill, join
from surveykit.findings._rules import make, rules
from surveykit.responses.quality import REASONS

TEXTS = {
    "poor": {
        "en": "The answers of {poor} of {n} respondents are doubtful, for several reasons or for one clear fault; they remain in all results.",
        "zh": "{n}份答卷中有{poor}份存在多类疑点或明显问题；各项结果均仍包含这些答卷。",
    },
    "good": {
        "en": "Among {n} respondents, nobody’s answers are doubtful for several reasons or for one clear fault.",
        "zh": "{n}份答卷中，没有任何一份存在多类疑点或明显问题。",
    },
    "most": {
        "en": "The sign noted most often: {reason} ({count}).",
        "zh": "最常见的疑点：{reason}（{count}份）。",
    },
    "same": {
        "en": "All {numbers} conclusions checked stay the same when doubtful respondents ({flagged} of {n}) are left out.",
        "zh": "剔除存疑答卷（{n}份中的{flagged}份）后，所核对的{numbers}项结论均未改变。",
    },
    "changed": {
        "en": "Leaving out doubtful respondents ({flagged} of {n}) changes {changed} of the {numbers} conclusions checked, above all the one on “{first}”.",
        "zh": "剔除存疑答卷（{n}份中的{flagged}份）后，所核对的{numbers}项结论中有{changed}项发生改变，首先涉及“{first}”。",
    },
    "turn": {
        "en": "“{item}” runs against the other questions of its scale (r = {r}, n = {n}): it is probably scored in the wrong direction.",
        "zh": "“{item}”与同一量表的其他题目方向相反（r = {r}，n = {n}），其计分方向可能有误。",
    },
    "not_random": {
        "en": "Answers are not missing completely at random (Little’s test, p {p}): results from complete answers describe only those who answered everything.",
        "zh": "缺失并非完全随机（Little检验，p {p}）：仅用完整答卷得到的结果只代表全部作答的人。",
    },
    "random": {
        "en": "Little’s test finds no evidence that answers are not missing completely at random (p {p}); that does not prove that they are.",
        "zh": "Little检验未发现缺失偏离完全随机的证据（p {p}），但这并不等于证明了完全随机。",
    },
    "late": {
        "en": "Early and late respondents differ in {count} of {items} comparisons, most of all in {first} ({d} standard deviations).",
        "zh": "早期作答者与晚期作答者在{items}项比较中有{count}项存在差异，首先是“{first}”（相差{d}个标准差）。",
    },
    "no_late": {
        "en": "There is no evidence that early and late respondents differ in any of {items} comparisons.",
        "zh": "在{items}项比较中，没有证据表明早期作答者与晚期作答者存在差异。",
    },
}
ALPHA = 0.05


@rules.register(
    "quality",
    title={"en": "Data quality", "zh": "数据质量"},
    reference="Meade & Craig 2012, Psychological Methods 17(3)",
    evidence="every number is looked up in results.json",
    texts=TEXTS,
)
def quality(document: Document) -> Iterable[Finding]:
    """Doubted answers, what they change, keys, gaps and late answers."""
    for result in document.of("quality"):
        yield _respondents(document, result)
    for result in document.of("sensitivity"):
        yield from _sensitivity(document, result)
    for result in document.of("item_audit"):
        yield from _audit(document, result)
    for result in document.of("missingness"):
        yield from _missing(document, result)
    for result in document.of("early_late"):
        yield _late(document, result)


def named(document: Document, term: str) -> Label:
    """The words for a term, those of both sides of a pair."""
    sides = [document.label(side) for side in term.split("~")]
    if len(sides) == 1:
        return sides[0]
    return Label({"en": " – ".join(s.text("en") for s in sides), "zh": "—".join(s.text("zh") for s in sides)})


def _respondents(document: Document, result: str) -> Finding:
    facts = document.facts(result)
    n, poor = facts.number("n", "count"), facts.number("poor", "count")
    text = fill(
        TEXTS["poor" if poor.value else "good"], **({"n": n, "poor": poor} if poor.value else {"n": n})
    )
    rows = [r for r in document.rows(result) if r.has("count") and r.get("count")]
    if rows:
        most = max(rows, key=lambda r: float(r.get("count")))
        reason = REASONS[most.text("term")].texts
        text = join(text, fill(TEXTS["most"], reason=reason, count=most.number("count", "count")))
    weight = 55.0 if poor.value and poor.value > 0.1 * n.value else 17.5
    return make(f"quality.{result}", "quality", weight, "moderate", text, table=f"table-{result}")


def _sensitivity(document: Document, result: str) -> Iterable[Finding]:
    facts = document.facts(result)
    if not facts.get("flagged") or not facts.get("numbers"):
        return
    holes = {name: facts.number(name, "count") for name in ("flagged", "n", "numbers")}
    changed = [r for r in document.rows(result) if r.get("changed")]
    if not changed:
        yield make(
            "quality.sensitivity",
            "quality",
            30.0,
            "moderate",
            fill(TEXTS["same"], **holes),
            table=f"table-{result}",
        )
        return
    first = named(document, changed[0].text("term"))
    holes |= {"changed": facts.number("changed", "count")}
    text = fill(TEXTS["changed"], first=first, **holes)
    about = tuple(changed[0].text("term").split("~"))
    yield make("quality.sensitivity", "quality", 80.0, "moderate", text, about=about, table=f"table-{result}")


def _audit(document: Document, result: str) -> Iterable[Finding]:
    for row in document.rows(result):
        if row.text("verdict") == "turn" and row.has("estimate", "n"):
            item: Label = document.label(row.text("term"))
            text = fill(
                TEXTS["turn"], item=item, r=row.number("estimate", "unit2"), n=row.number("n", "count")
            )
            about = (row.text("term"),)
            yield make(
                f"quality.turn.{row.text('term')}",
                "quality",
                85.0,
                "strong",
                text,
                about=about,
                table=f"table-{result}",
            )


def _missing(document: Document, result: str) -> Iterable[Finding]:
    facts = document.facts(result)
    if facts.get("mcar_p") is None:
        return
    against = facts.get("mcar_p") < ALPHA
    text = fill(TEXTS["not_random" if against else "random"], p=facts.number("mcar_p", "p"))
    weight, strength = (45.0, "moderate") if against else (12.0, "none")
    yield make(f"quality.{result}", "quality", weight, strength, text)  # type: ignore[arg-type]


def _late(document: Document, result: str) -> Finding:
    rows = [r for r in document.rows(result) if r.has("p_adjusted", "d")]
    items = document.facts(result).number("compared", "count")
    apart = sorted((r for r in rows if r.get("p_adjusted") < ALPHA), key=lambda r: -abs(r.get("d")))
    if not apart:
        return make(f"quality.{result}", "quality", 12.0, "none", fill(TEXTS["no_late"], items=items))
    first = document.label(apart[0].text("term"))
    count = document.facts(result).number("differ", "count")
    text = fill(TEXTS["late"], count=count, items=items, first=first, d=apart[0].number("d", "number2"))
    return make(f"quality.{result}", "quality", 35.0, "moderate", text, about=(apart[0].text("term"),))
