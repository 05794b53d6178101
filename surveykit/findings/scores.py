"""What the scores are, how precise, and whether groups differ."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, Text, fill, plain
from surveykit.findings._rules import enumerated, interval, make, rules

__all__ = ["UNITS", "precision_of", "unit_format"]

UNITS: Mapping[str, str] = {"share": "percent0", "points": "signed0", "index": "number1", "scale": "number2"}
"""How the values of a unit are written."""

NAMED = 3
"""So many scores of one group are named on page one."""
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
    "constant": {
        "en": "{title} is {estimate}: everybody who answered gave the same answers (n = {n}), so no interval can be had.",
        "zh": "{title}为{estimate}：所有作答者的回答完全相同（n = {n}），无法得出区间。",
    },
    "ranked": {
        "en": "Among scores on the same scale, {first} is the highest ({first_value}, {level} interval {first_low} to {first_high}) and {last} the "
        "lowest ({last_value}, {last_low} to {last_high}).",
        "zh": "在计分方式相同的指标中，{first}最高（{first_value}，{level}置信区间为{first_low}至{first_high}），{last}最低（{last_value}，"
        "{last_low}至{last_high}）。",
    },
    "close": {
        "en": "The scores on the same scale lie close together, from {last_value} ({last}, {level} interval {last_low} to {last_high}) to {first_value} "
        "({first}, {first_low} to {first_high}).",
        "zh": "计分方式相同的指标彼此接近，从{last_value}（{last}，{level}置信区间为{last_low}至{last_high}）到{first_value}（{first}，"
        "{first_low}至{first_high}）。",
    },
    "unranked": {
        "en": "Which of the scores on the same scale is the highest cannot be told: the intervals of {first} ({first_value}, {level} interval {first_low} to {first_high}) and "
        "{last} ({last_value}, {last_low} to {last_high}) overlap, and the others lie between them.",
        "zh": "计分方式相同的指标孰高孰低尚不能确定：{first}（{first_value}，{level}置信区间为{first_low}至{first_high}）与{last}（{last_value}，"
        "{last_low}至{last_high}）的区间相互重叠，其余指标介于二者之间。",
    },
    "few": {
        "en": "{title}: there are too few answers to say anything.",
        "zh": "{title}：回答过少，无法得出任何结论。",
    },
    "differ": {
        "en": "{title} differs by “{by}”: it is {much}higher in “{first}” ({first_value}, {level} interval {first_low} to {first_high}, n = {first_n}) "
        "than in “{last}” ({last_value}, {last_low} to {last_high}, n = {last_n}); adjusted p {p}.",
        "zh": "按“{by}”分组，{title}存在差异：{first}（{first_value}，{level}置信区间为{first_low}至{first_high}，n = {first_n}）{much}高于"
        "{last}（{last_value}，{last_low}至{last_high}，n = {last_n}），经多重比较校正后p {p}。",
    },
    "differ_brief": {
        "en": "{title} is {much}higher in the group “{first}” ({first_value}, {level} interval {first_low} to {first_high}, n = {first_n}) than in “{last}” "
        "({last_value}, {last_low} to {last_high}, n = {last_n}).",
        "zh": "{title}：{first}（{first_value}，{level}置信区间为{first_low}至{first_high}，n = {first_n}）{much}高于{last}（{last_value}，{last_low}至{last_high}，"
        "n = {last_n}）。",
    },
    "slightly": {"en": "slightly ", "zh": "略"},
    "behind": {
        "en": "In the group “{last}” (“{by}”), several scores are lower than in another group: {list}.",
        "zh": "按“{by}”分组，“{last}”有多项得分低于其他组：{list}。",
    },
    "others": {"en": "{list} and others", "zh": "{list}等"},
    "against": {
        "en": "{title} ({last_value} against {first_value} in “{first}”; n = {last_n} and {first_n})",
        "zh": "{title}（{last_value}，“{first}”为{first_value}；n分别为{last_n}和{first_n}）",
    },
    "same": {
        "en": "There is no evidence that the groups of “{by}” differ in {titles}: no two groups stand apart once the number of "
        "comparisons is allowed for.",
        "zh": "按“{by}”分组，没有证据表明各组在{titles}上存在差异：经多重比较校正后，任何两组之间的差异均不显著。",
    },
    "any": {"en": "any of the scores", "zh": "任何一项得分"},
    "alike": {
        "en": "There is no evidence that any score differs between groups: neither by {columns}, once the number of comparisons is allowed for.",
        "zh": "分别按{columns}分组，都没有证据表明各组的任何一项得分存在差异（经多重比较校正）。",
    },
    "quoted": {"en": "“{by}”", "zh": "“{by}”"},
    "nor": {"en": " nor by ", "zh": "、"},
    "hidden": {
        "en": "Some groups of “{by}” have too few answers to be shown.",
        "zh": "按“{by}”分组，有的组回答过少，未予展示。",
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
    compared: list[Finding] = []
    for result in document.of("scores"):
        by = str(document.facts(result).get("by") or "")
        if by:
            compared += _groups(document, result, by)
        else:
            rows = document.rows(result)
            yield from (_overall(document, row, place) for place, row in enumerate(rows))
            yield from _ranking(document, rows)
    yield from compared
    yield from _alike(document, compared)


def _overall(document: Document, row: Row, place: int) -> Finding:
    term = row.text("term")
    title = document.label(term)
    name = f"score.{term}"
    if row.suppressed or not row.has("estimate", "low", "high"):
        return make(name, "scores", 40.0, "none", fill(TEXTS["few"], title=title), about=(term,))
    holes = {"title": title, **interval(row, unit_format(row), document)}
    if row.get("low") == row.get("high"):
        text = fill(TEXTS["constant"], **holes)
        return make(name, "scores", 90.0 - 2 * place, "none", text, about=(term,), table="table-scores")
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
    shown = [plain({"en": (holes[f"{name}_value"],)}, "en") for name in ("first", "last")]
    if shown[0] == shown[1]:
        return
    apart = float(ordered[0].get("low")) > float(ordered[-1].get("high"))
    kind = "unranked" if not apart else "close" if _little(ordered[0], ordered[-1]) else "ranked"
    text = fill(TEXTS[kind], **holes)
    importance = {"ranked": 88.0, "close": 44.0, "unranked": 19.0}[kind]
    yield make("ranking", "scores", importance, "strong" if apart else "none", text, table="table-scores")


def _little(first: Row, last: Row) -> bool:
    """Whether two scores differ by so little that nobody would act on it: half of a precise interval."""
    limit = _HALF_WIDTH.get(first.text("unit"), (0.15, 0.30))[0]
    return abs(float(first.get("estimate")) - float(last.get("estimate"))) < limit


def _named(name: str, row: Row) -> dict[str, Any]:
    shown = unit_format(row)
    return {
        f"{name}_value": row.number("estimate", shown),
        f"{name}_low": row.number("low", shown),
        f"{name}_high": row.number("high", shown),
        f"{name}_n": row.number("n", "count"),
    }


def _groups(document: Document, result: str, by: str) -> Iterator[Finding]:
    """Scores in which the groups differ, one sentence each; those in which they do not, in one sentence."""
    rows = document.rows(result)
    pairs = [r for r in document.rows(result, "differences") if r.has("p_adjusted")]
    alike: list[str] = []
    clear: list[tuple[str, Row, Row, float]] = []
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
            ends = (shown[clearest.text("first")], shown[clearest.text("second")])
            first, last = sorted(ends, key=lambda r: -float(r.get("estimate")))
            clear.append((term, first, last, float(clearest.get("p_adjusted"))))
            yield _differ(document, term, by, first, last, clearest)
        elif len(shown) > 1:
            alike.append(term)
    yield from _behind(document, by, clear)
    if alike:
        titles = enumerated([document.label(name) for name in alike])
        text = fill(TEXTS["same"], by=document.label(by), titles=titles)
        brief = text if clear else fill(TEXTS["same"], by=document.label(by), titles=TEXTS["any"])
        yield make(
            f"groups.{by}", "scores", 30.0, "none", text, about=(by,), table=f"table-scores-{by}", brief=brief
        )
    if any(r.suppressed or r.get("n") is None for r in rows):
        text = fill(TEXTS["hidden"], by=document.label(by))
        yield make(f"hidden.{by}", "scores", 20.0, "none", text, about=(by,), table=f"table-scores-{by}")


def _behind(document: Document, by: str, clear: Sequence[tuple[str, Row, Row, float]]) -> Iterator[Finding]:
    """One sentence for the group that is lower in several scores, where there is one."""
    lower: dict[str, list[tuple[str, Row, Row, float]]] = {}
    for entry in clear:
        if "." not in entry[0] and not _little(entry[1], entry[2]):
            lower.setdefault(entry[2].text("group"), []).append(entry)
    for group, entries in lower.items():
        entries.sort(key=lambda e: e[3])
        if len(entries) < 2:
            continue
        listed = [
            fill(
                TEXTS["against"],
                title=document.label(term),
                first=document.label(f"{by}={first.text('group')}"),
                **_named("first", first),
                **_named("last", last),
            )
            for term, first, last, _ in entries
        ]
        label = document.label(f"{by}={group}")
        short: Text = enumerated(listed[:NAMED])
        if len(listed) > NAMED:
            short = fill(TEXTS["others"], list=short)
        brief = fill(TEXTS["behind"], by=document.label(by), last=label, list=short)
        text = fill(TEXTS["behind"], by=document.label(by), last=label, list=enumerated(listed))
        yield make(
            f"groups.{by}:{group}", "scores", 76.0, _by_p(max(p for *_, p in entries)), text,
            about=(f"{by}={group}", by, *(term for term, *_ in entries)), table=f"table-scores-{by}",
            brief=brief,
        )  # fmt: skip


def _by_p(p: float) -> Strength:
    return "strong" if p < 0.001 else "moderate" if p < 0.01 else "weak"


def _differ(document: Document, term: str, by: str, first: Row, last: Row, pair: Row) -> Finding:
    """The two groups that differ most clearly, the higher one first."""
    little = _little(first, last)
    holes: dict[str, Any] = {"title": document.label(term), "by": document.label(by), "level": document.level}
    holes |= {
        "p": pair.number("p_adjusted", "p"),
        "much": TEXTS["slightly"] if little else {"en": "", "zh": ""},
    }
    for name, row in (("first", first), ("last", last)):
        holes[name] = document.label(f"{by}={row.text('group')}")
        holes |= _named(name, row)
    p = float(pair.get("p_adjusted"))
    digits = -math.log10(max(p, 1e-300))
    importance = (41.0 if "." in term else 66.0) + 8.0 * digits / (digits + 4.0)
    return make(
        f"groups.{by}.{term}",
        "scores",
        importance - (36.0 if little else 0.0),
        _by_p(p),
        fill(TEXTS["differ"], **holes),
        about=(term, by, f"{by}={last.text('group')}"),
        table=f"table-scores-{by}",
        brief=fill(TEXTS["differ_brief"], **holes),
    )


def _alike(document: Document, found: Sequence[Finding]) -> Iterator[Finding]:
    """One sentence in place of several where no score differs by any of several columns."""
    columns = [f.about[0] for f in found if f.strength == "none" and f.id == f"groups.{f.about[0]}"]
    if len(columns) < 2 or any(f.id.startswith("groups.") and f.strength != "none" for f in found):
        return
    named = [fill(TEXTS["quoted"], by=document.label(by)) for by in columns]
    text = fill(TEXTS["alike"], columns=enumerated(named, TEXTS["nor"]))
    yield make("groups.alike", "scores", 31.0, "none", text, about=tuple(columns))
