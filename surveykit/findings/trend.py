"""What moved since the wave before, and what cannot be compared because its question changed."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Label, Strength, Text, fill, join
from surveykit.findings._rules import enumerated, make, rules
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
    "since": {
        "en": "Compared with {first}, {last} is {moves}.",
        "zh": "与“{first}”相比，“{last}”{moves}。",
    },
    "up": {"en": "higher on {list}", "zh": "上升的有{list}"},
    "down": {"en": "lower on {list}", "zh": "下降的有{list}"},
    "others": {"en": "{list} and others", "zh": "{list}等"},
    "move": {
        "en": "{what} ({value} against {earlier}; n = {n} and {n_before})",
        "zh": "{what}（由{earlier}变为{value}；n分别为{n_before}和{n}）",
    },
    "semicolon": {"en": "; ", "zh": "；"},
    "none": {
        "en": "There is no evidence that any of the {lines} values tracked differs between consecutive waves ({tests} comparisons).",
        "zh": "没有证据表明所跟踪的{lines}项数值在相邻各波之间存在差异（共{tests}次比较）。",
    },
}
SURE = 0.05
MOST = 6
SURE_DISTANCE = 3.9
"""Beyond so many standard errors a change holds at .001 even among ten values (Bonferroni)."""
NAMED = 4
"""So many values that rose, and that fell, are named in one sentence."""


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
        since = _since(document, result, rows)
        yield from since
        yield from _moved(document, result, rows, bool(since))
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


def wave_label(document: Document, result: str, wave: str) -> Label:
    """The words for a wave."""
    by = str(document.data["results"][result].get("options", {}).get("wave", ""))
    label = document.label(f"{by}={wave}")
    return label if label.key else document.label(wave)


def _since(document: Document, result: str, rows: Sequence[Row]) -> list[Finding]:
    """What moved between the first and the last wave, in one sentence: many small steps may make a large one."""
    waves = list(dict.fromkeys(r.text("group") for r in rows))
    ends = [_ends(rows, term, waves) for term in dict.fromkeys(r.text("term") for r in rows)]
    moved = [e for e in ends if e is not None and _apart(*e, only=len(waves) == 2)]
    if not moved:
        return []
    told = []
    for up in (False, True):
        some = [e for e in moved if (float(e[1].get("estimate")) > float(e[0].get("estimate"))) == up]
        some.sort(key=lambda e: -abs(_distance(*e)))
        if some:
            listed: Text = enumerated([_move(document, *e) for e in some[:NAMED]])
            if len(some) > NAMED:
                listed = fill(TEXTS["others"], list=listed)
            told.append(fill(TEXTS["up" if up else "down"], list=listed))
    text = fill(
        TEXTS["since"], first=wave_label(document, result, waves[0]), last=wave_label(document, result, waves[-1]),
        moves=enumerated(told, TEXTS["semicolon"]),
    )  # fmt: skip
    least = min(abs(_distance(*e)) for e in moved)
    strength: Strength = "strong" if least > SURE_DISTANCE else "moderate"
    about = tuple(dict.fromkeys(e[0].text("item") for e in moved))
    return [
        make(f"trend.{result}.since", "trend", 82.0, strength, text, about=about, table=f"table-{result}")
    ]


def _ends(rows: Sequence[Row], term: str, waves: Sequence[str]) -> tuple[Row, Row] | None:
    """The values of a line in the first and the last wave; None where they do not compare."""
    line = {r.text("group"): r for r in rows if r.text("term") == term}
    first, last = line.get(waves[0]), line.get(waves[-1])
    if first is None or last is None or first is last or any(r.text("change") for r in line.values()):
        return None
    needed = ("estimate", "low", "high", "se", "n")
    return (first, last) if first.has(*needed) and last.has(*needed) else None


def _distance(first: Row, last: Row) -> float:
    """The difference in units of its standard error: waves ask other people."""
    error = math.hypot(float(first.get("se")), float(last.get("se")))
    change = float(last.get("estimate")) - float(first.get("estimate"))
    return change / error if error > 0 else math.copysign(math.inf, change) if change else 0.0


def _apart(first: Row, last: Row, *, only: bool) -> bool:
    """Whether a value moved: by the adjusted p of two waves, else where their intervals do not touch, which is stricter."""
    if only and last.has("p_adjusted"):
        return float(last.get("p_adjusted")) < SURE
    return float(first.get("high")) < float(last.get("low")) or float(last.get("high")) < float(
        first.get("low")
    )


def _move(document: Document, first: Row, last: Row) -> Text:
    unit = UNITS[last.text("unit")]
    return fill(
        TEXTS["move"], what=what(document, last), value=last.number("estimate", unit), n=last.number("n", "count"),
        earlier=first.number("estimate", unit), n_before=first.number("n", "count"),
    )  # fmt: skip


def _moved(document: Document, result: str, rows: Sequence[Row], since: bool) -> Iterator[Finding]:
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
    if not held and not since and facts.get("tests"):
        text = fill(TEXTS["none"], lines=facts.number("lines", "count"), tests=facts.number("tests", "count"))
        yield make(
            f"trend.{result}.none", "trend", 22.0, "none", text, about=(result,), table=f"table-{result}"
        )
