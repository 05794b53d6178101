"""What was found, on one page: the scores, three to five findings, one picture, what may not be concluded."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Sequence

from surveykit.findings import Finding, Row
from surveykit.findings._rules import STRENGTH
from surveykit.findings.paths import MISFIT
from surveykit.findings.scores import unit_format
from surveykit.report._blocks import (
    Block,
    Box,
    Boxes,
    Cell,
    FigureBlock,
    Heading,
    Paragraph,
    Tile,
    Tiles,
    View,
)
from surveykit.report._cells import label_text
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.chain import path_figure
from surveykit.report.drivers import driver_figure
from surveykit.report.scores import WORDS as SCORE_WORDS
from surveykit.report.scores import dots_figure, nps_figure

WORDS = {
    "title": {"en": "What we found", "zh": "主要发现"},
    "detail": {"en": "{level} interval {low} to {high}; n = {n}", "zh": "{level}置信区间：{low}至{high}；n = {n}"},
    "doing": {"en": "How are we doing?", "zh": "现状如何？"},
    "together": {"en": "What goes with it?", "zh": "与哪些方面有关？"},
    "stands": {"en": "What stands out?", "zh": "有哪些主要发现？"},
    "sure": {"en": "How sure are we?", "zh": "把握有多大？"},
    "sure_text": {
        "en": "{n} people answered. Each {level} interval is the range of values that their answers are compatible with. A finding with “strong "
        "evidence” would very probably be found again in another sample of such people; one with “weak evidence” may be down to chance.",
        "zh": "共有{n}人作答。区间是与这些回答相符的取值范围（{level}置信区间）。“证据充分”表示换一批同类受访者，很可能得到同样的结果；“证据较弱”则可能出于偶然。",
    },
    "next": {"en": "What next?", "zh": "下一步做什么？"},
    "look": {
        "en": "Look at {top} first: read the answers to its questions and talk to customers about it.",
        "zh": "先看{top}：逐题查看相关回答，并与顾客当面交流。",
    },
    "try": {
        "en": "Test before you spend: only a trial with some customers can tell whether a change in {top} would move {outcome}.",
        "zh": "先试点，再投入：先在一部分顾客中作出改变，其余不变，对比之后才知道改变{top}能否带动{outcome}。",
    },
    "ask": {
        "en": "Find out from the group “{last}” why its {title} is lower.",
        "zh": "向“{last}”了解其{title}较低的原因。",
    },
    "more": {
        "en": "Ask more people before acting on anything called weak or uncertain above.",
        "zh": "对于上文证据较弱或尚不确定之处，应先扩大样本，再作决定。",
    },
    "drivers": {
        "en": "How closely each goes with {outcome}: share of the differences between people, {level} intervals",
        "zh": "各方面与{outcome}的关系有多密切：对应的个体差异份额与{level}置信区间",
    },
    "not": {"en": "What cannot be concluded", "zh": "不能得出的结论"},
    "causal": {
        "en": "These answers show what goes together. They do not show that changing one thing would change another.",
        "zh": "这些回答只说明哪些方面相互关联，并不说明改变某一方面就会使另一方面随之改变。",
    },
    "unweighted": {
        "en": "The answers are not weighted; they speak for the {n} people who answered, not for everybody.",
        "zh": "数据未经加权，只反映这{n}名受访者的看法，不能直接推及所有人。",
    },
    "one": {
        "en": "One person answered and speaks for nobody else.",
        "zh": "仅有一人作答，不能代表其他人。",
    },
    "simulated": {
        "en": "The answers are simulated: nothing here is true of any real company or customer.",
        "zh": "所有回答均为模拟数据：本报告内容不涉及任何真实的企业或顾客。",
    },
    "scores": {"en": "All scores with their {level} intervals", "zh": "各项得分及其{level}置信区间"},
}  # fmt: skip

TECHNICAL = ("methods",)
"""Sections whose sentences are for those who chose the methods, not for page one."""
CERTAINTY = {"strong": 1.0, "moderate": 0.95, "weak": 0.8, "none": 0.62, "refused": 0.95}
MOST, ENOUGH, PER_SECTION, TILES = 4, 3, 2, 8
"""Findings on page one, at most and so many that one without everyday words is not needed; per section; tiles."""


@sections.register(
    "summary",
    title=WORDS["title"],
    reference="Wilkinson and the Task Force on Statistical Inference 1999",
    evidence="findings ranked by importance and certainty; every number is looked up in results.json",
    order=10,
    style="page summary",
)
def summary(view: View) -> Sequence[Block]:
    """The one page for the reader who reads one page."""
    document = view.document
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "summary")]
    tiles = _tiles(view)
    chosen = chosen_findings(view)
    scored = [f for f in chosen if f.section in ("scores", "sample")]
    others = [f for f in chosen if f not in scored]
    if tiles or scored:
        blocks.append(_question(view, "doing"))
    if tiles:
        blocks.append(Tiles(tiles))
    blocks += statements(view, scored, brief=True)
    picture = _picture(view)
    if others:
        blocks.append(_question(view, "together" if scored or tiles else "stands"))
    blocks += statements(view, others, brief=True)
    if picture is not None:
        blocks.append(picture)
    # where nothing is shown for want of answers there is no evidence to grade
    shown = document.value("/rows/used") >= document.value("/study/min_cell")
    if shown and any(f.strength in STRENGTH for f in chosen):
        sure = view.say(
            WORDS["sure_text"], n=view.document.number("/rows/used", "count"), level=view.document.level
        )
        blocks += [_question(view, "sure"), Paragraph(sure)]
    steps = _next(view, chosen)
    limits = _limits(view)
    if steps:
        return [*blocks, Boxes((Box("note", view.word(WORDS["next"]), steps), limits))]
    return [*blocks, limits]


def _question(view: View, name: str) -> Paragraph:
    return Paragraph((view.word(WORDS[name]),), "question")


def _next(view: View, chosen: Sequence[Finding]) -> tuple[Cell, ...]:
    """What the findings suggest to do next: look, try out, ask; never what would follow from it."""
    steps: list[Cell] = []
    for finding in chosen:
        if finding.id.startswith("driver.") and not any(f.strength == "refused" for f in chosen):
            holes = {
                k: view.document.label(n) for k, n in zip(("top", "outcome"), finding.about, strict=False)
            }
            steps += [view.say(WORDS["look"], **holes), view.say(WORDS["try"], **holes)]
            break
    group = next((f for f in chosen if f.id.startswith("groups.") and len(f.about) > 2), None)
    if group is not None:
        title, last = view.document.label(group.about[0]), view.document.label(group.about[2])
        steps.append(view.say(WORDS["ask"], title=title, last=last))
    misfits = [f for f in chosen if any(c.code == MISFIT for c in f.checks)]
    if any((f.strength == "weak" and f not in misfits) or f.id == "sample.few" for f in chosen):
        steps.append(view.say(WORDS["more"]))
    return tuple(steps)


def chosen_findings(view: View) -> list[Finding]:
    """Up to four findings by importance and certainty, at most two of a section, no two about the same; tiles are not repeated."""
    shown = {f"score.{r.text('term')}" for r in _score_rows(view)}
    ranked = sorted(
        (f for f in view.findings if (f.id not in shown and f.section != "sample") or f.id == "sample.few"),
        key=lambda f: (-f.importance * CERTAINTY[f.strength], f.id),
    )
    chosen: list[Finding] = []
    for finding in ranked:
        full = len(chosen) == MOST or sum(c.section == finding.section for c in chosen) == PER_SECTION
        extra = (
            finding.brief is None and finding.section not in ("scores", "sample") and len(chosen) >= ENOUGH
        )
        extra = extra or finding.section in TECHNICAL or finding.id.startswith("hidden.")
        told = any(set(c.about) == set(finding.about) for c in chosen if c.about)
        if not (full or told or extra):
            chosen.append(finding)
    return chosen


def _score_rows(view: View) -> list[Row]:
    results = [r for r in view.document.of("scores") if not view.document.facts(r).get("by")]
    rows = [row for result in results for row in view.document.rows(result)]
    return [r for r in rows if r.has("estimate", "low", "high") and "." not in r.text("term")]


def _tile_terms(view: View) -> list[str]:
    rows = _score_rows(view)
    pictured = len(rows) > TILES and _one_unit(rows)
    return [] if pictured else [r.text("term") for r in rows][:TILES]


def _one_unit(rows: Sequence[Row]) -> bool:
    return len({(r.text("unit"), r.text("metric")) for r in rows}) == 1


def _tiles(view: View) -> tuple[Tile, ...]:
    made = []
    for row in _score_rows(view):
        if row.text("term") not in _tile_terms(view):
            continue
        format_ = unit_format(row)
        holes = {k: row.number(k, format_) for k in ("low", "high")}
        detail = view.say(WORDS["detail"], level=view.document.level, n=row.number("n", "count"), **holes)
        unit = "/ 100" if row.text("unit") == "index" else ""
        made.append(
            Tile((view.document.label(row.text("term")),), row.number("estimate", format_), detail, unit)
        )
    return tuple(made)


def _picture(view: View) -> FigureBlock | None:
    """One picture: the drivers, else a chain that may be read, else the scores."""
    rows = _score_rows(view)
    if len(rows) > TILES and _one_unit(rows):
        labels = [label_text(view, r.text("term")) for r in rows]
        return dots_figure(
            view,
            "figure-summary",
            view.say(WORDS["scores"], level=view.document.level),
            rows,
            labels,
            "table-scores",
        )
    for result in view.document.of("drivers"):
        if not view.document.refused(result):
            return driver_figure(view, result, "figure-summary", WORDS["drivers"])
    for result in view.document.of("fit"):
        if not view.document.refused(result):
            figure = path_figure(view, result, id_="figure-summary")
            if figure is not None and not figure.wide:
                return figure
    nps = [r for r in rows if r.has("promoters", "passives", "detractors")]
    if nps:
        labels = [label_text(view, r.text("term")) for r in nps]
        return nps_figure(view, "figure-summary", view.say(SCORE_WORDS["nps"]), nps, labels, "table-nps")
    return None


def _limits(view: View) -> Box:
    document = view.document
    items: list[Cell] = []
    if view.simulated:
        items.append(view.say(WORDS["simulated"]))
    items.append(view.say(WORDS["causal"]))
    items += [tuple(view.text(f.texts)) for f in view.findings if f.strength == "refused"]
    if not document.data["sample"].get("weight"):
        used = document.number("/rows/used", "count")
        items.append(view.say(WORDS["unweighted" if used.value != 1 else "one"], n=used))
    return Box("note", view.word(WORDS["not"]), tuple(items))
