"""What next? The steps that the findings of page one suggest: look, try out, ask; never what would follow from it."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from surveykit.findings import Finding
from surveykit.findings._rules import OR, enumerated
from surveykit.findings.drivers import FOUND, candidates, driver_rows, near_top, outcome_of
from surveykit.findings.paths import MISFIT
from surveykit.findings.trend import wave_label
from surveykit.report._blocks import Cell, View
from surveykit.report._chosen import NOTABLE, score_rows, tile_terms

__all__ = ["next_steps"]

STEPS, UNHAPPY = 4, 0.1
"""Steps at most; the share of detractors from which they are to be asked."""
WORDS = {
    "look": {
        "en": "Look at {top} first: read the answers to its questions and talk to customers about it.",
        "zh": "先看{top}：逐题查看相关回答，并与顾客当面交流。",
    },
    "look_next": {
        "en": "Look at {top} next: read the answers to its questions and talk to customers about it.",
        "zh": "再看{top}：逐题查看相关回答，并与顾客当面交流。",
    },
    "look_each": {
        "en": "Look at {top} first, whichever of them matters more: read the answers to their questions and talk to customers about them.",
        "zh": "先看{top}（孰先孰后尚不能确定）：逐题查看相关回答，并与顾客当面交流。",
    },
    "and": {"en": " and ", "zh": "和"},
    "hold": {
        "en": "Keep {top} where it is: answers about it are near the top of the scale already.",
        "zh": "保持{top}的现有水平：相关回答已接近量表最高分。",
    },
    "beyond": {
        "en": "Ask what else matters for {outcome}: what this survey compared does not tell. Open questions and conversations can.",
        "zh": "了解{outcome}还与什么有关：本次调查所比较的各方面不足以说明，可借助开放题与访谈。",
    },
    "try": {
        "en": "Test before you spend: only a trial with some customers can tell whether a change in {top} would move {outcome}.",
        "zh": "先试点，再投入：先在一部分顾客中作出改变，其余不变，对比之后才知道改变{top}能否带动{outcome}。",
    },
    "ask": {
        "en": "Find out from the group “{last}” why its {title} is lower.",
        "zh": "向“{last}”了解其{title}较低的原因。",
    },
    "ask_all": {
        "en": "Find out from the group “{last}” why several of its scores are lower.",
        "zh": "向“{last}”了解其多项得分较低的原因。",
    },
    "ask_waves": {
        "en": "Find out what else changed between {first} and {last}.",
        "zh": "了解“{first}”与“{last}”之间还发生了哪些变化。",
    },
    "ask_detractors": {
        "en": "Ask some of those least likely to recommend (the {detractors} who are detractors) what is behind it.",
        "zh": "在推荐意愿最低的受访者（即占{detractors}的贬损者）中选取一些人，了解背后的原因。",
    },
    "lowest": {
        "en": "Start with {last}, the lowest score: read the answers to its questions.",
        "zh": "先看得分最低的{last}：逐题查看相关回答。",
    },
    "again": {
        "en": "Ask the same questions again later: only a second survey shows whether these figures move.",
        "zh": "日后用同样的题目再作一次调查，才能看出这些数字是否变化。",
    },
    "more": {
        "en": "Ask more people before acting on anything called weak or uncertain above.",
        "zh": "对于上文证据较弱或尚不确定之处，应先扩大样本，再作决定。",
    },
}  # fmt: skip


def next_steps(view: View, chosen: Sequence[Finding]) -> tuple[Cell, ...]:
    """What the findings suggest to do next: look, try out, ask; never what would follow from it."""
    document = view.document
    steps = _driver_steps(view, chosen)
    group = next(
        (f for f in chosen if f.id.startswith("groups.") and f.importance > NOTABLE and f.strength != "weak"),
        None,
    )
    if group is not None:
        last = document.label(next(n for n in group.about if n.startswith(f"{_column(group)}=")))
        if ":" in group.id:
            steps.append(view.say(WORDS["ask_all"], last=last))
        else:
            steps.append(view.say(WORDS["ask"], title=document.label(group.about[0]), last=last))
    steps += _wave_steps(view, chosen) + _score_steps(view, chosen, bool(steps))
    misfits = [f for f in chosen if any(c.code == MISFIT for c in f.checks)]
    if any((f.strength == "weak" and f not in misfits) or f.id == "sample.few" for f in chosen):
        steps = [*steps[: STEPS - 1], view.say(WORDS["more"])]
    used = document.value("/rows/used") >= document.value("/study/min_cell")
    if not steps and used and (chosen or tile_terms(view)) and not document.of("trend"):
        steps.append(view.say(WORDS["again"]))
    return tuple(steps[:STEPS])


def _column(finding: Finding) -> str:
    """The column by which a finding compares groups: the first that a group of it is named after."""
    return next(n.split("=", 1)[0] for n in finding.about if "=" in n)


def _driver_steps(view: View, chosen: Sequence[Finding]) -> list[Cell]:
    document = view.document
    finding = next((f for f in chosen if f.id.startswith("driver.")), None)
    if finding is None and not document.of("drivers"):
        return _path_steps(view, chosen)
    unsure = any(f.strength == "refused" or f.id == "sample.few" for f in chosen)
    if finding is None or unsure or finding.strength == "weak":
        return []
    result = finding.id.removeprefix("driver.").rpartition(".")[0]
    outcome = document.label(outcome_of(document, result))
    if near_top(document, outcome_of(document, result)):
        return [view.say(WORDS["hold"], top=outcome)]
    first = driver_rows(document, result)[0].text("term")
    rows = candidates(document, result)
    held = (
        [view.say(WORDS["hold"], top=document.label(first))]
        if near_top(document, first) and finding.strength != "none"
        else []
    )
    if not rows:
        unknown = finding.importance < FOUND
        return [*held, view.say(WORDS["beyond"], outcome=outcome)] if unknown or held else []
    names = [document.label(r.text("term")) for r in rows]
    top, either = (view.text(enumerated(names, last=last)) for last in (WORDS["and"], OR))
    look = "look_next" if held else "look" if len(rows) == 1 else "look_each"
    return [*held, view.say(WORDS[look], top=top), view.say(WORDS["try"], top=either, outcome=outcome)]


def _path_steps(view: View, chosen: Sequence[Finding]) -> list[Cell]:
    """Where a model stands alone: its path with good evidence, if there is one from the start of the chain."""
    paths = [f for f in view.findings if f.id.startswith("path.")]
    reached = {f.about[1] for f in paths}
    fit = [
        f for f in paths if f in chosen and f.strength in ("strong", "moderate") and f.importance > NOTABLE
    ]
    fit = [f for f in fit if not near_top(view.document, f.about[0])]
    for finding in sorted(fit, key=lambda f: f.about[0] in reached):
        top, outcome = (view.document.label(name) for name in finding.about)
        return [view.say(WORDS["look"], top=top), view.say(WORDS["try"], top=top, outcome=outcome)]
    return []


def _wave_steps(view: View, chosen: Sequence[Finding]) -> list[Cell]:
    for finding in chosen:
        if finding.section == "trend" and finding.id.endswith(".since"):
            result = finding.id.removeprefix("trend.").removesuffix(".since")
            waves = list(dict.fromkeys(r.text("group") for r in view.document.rows(result)))
            first, last = (wave_label(view.document, result, w) for w in (waves[0], waves[-1]))
            return [view.say(WORDS["ask_waves"], first=first, last=last)]
    return []


def _score_steps(view: View, chosen: Sequence[Finding], more: bool) -> list[Cell]:
    """Where to start where nothing else says so: the lowest of several scores; those who would not recommend."""
    steps: list[Cell] = []
    rows = score_rows(view)
    if not more and any(
        f.id == "ranking" and f.strength == "strong" and f.importance > NOTABLE * 2 for f in chosen
    ):
        kinds = Counter((r.text("unit"), r.text("metric")) for r in rows)
        same = [r for r in rows if (r.text("unit"), r.text("metric")) == kinds.most_common(1)[0][0]]
        last = min(same, key=lambda r: float(r.get("estimate")))
        steps.append(view.say(WORDS["lowest"], last=view.document.label(last.text("term"))))
    for row in rows:
        if row.has("detractors") and float(row.get("detractors")) >= UNHAPPY:
            steps.append(view.say(WORDS["ask_detractors"], detractors=row.number("detractors", "percent0")))
            break
    return steps
