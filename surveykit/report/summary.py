"""What was found, on one page: the scores, three to five findings, one picture, what may not be concluded."""

from __future__ import annotations

from collections.abc import Sequence

from surveykit.findings import Finding, Row
from surveykit.findings.scores import unit_format
from surveykit.report._blocks import Block, Box, Cell, FigureBlock, Heading, Tile, Tiles, View
from surveykit.report._cells import label_text
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.chain import path_figure
from surveykit.report.drivers import driver_figure
from surveykit.report.scores import WORDS as SCORE_WORDS
from surveykit.report.scores import dots_figure, nps_figure

WORDS = {
    "title": {"en": "What was found", "zh": "主要发现"},
    "detail": {"en": "{level} interval {low} to {high}; n = {n}", "zh": "{level}置信区间：{low}至{high}；n = {n}"},
    "not": {"en": "What may not be concluded", "zh": "不可得出的结论"},
    "causal": {
        "en": "These answers show what goes together. They do not show that a change in one thing would change another.",
        "zh": "这些回答只说明哪些方面相互关联，并不说明改变某一方面就会使另一方面随之改变。",
    },
    "unweighted": {
        "en": "The answers are not weighted; they speak for the {n} people who answered, not for everybody.",
        "zh": "数据未经加权，只反映这{n}名受访者的看法，不能直接推及所有人。",
    },
    "simulated": {
        "en": "The answers are simulated: nothing here is true of any real company or customer.",
        "zh": "所有回答均为模拟数据：本报告内容不涉及任何真实的企业或顾客。",
    },
    "scores": {"en": "All scores with their {level} intervals", "zh": "各项得分及其{level}置信区间"},
}  # fmt: skip

CERTAINTY = {"strong": 1.0, "moderate": 0.95, "weak": 0.8, "none": 0.62, "refused": 0.95}
MOST, PER_SECTION, TILES = 5, 2, 8


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
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "summary")]
    tiles = _tiles(view)
    if tiles:
        blocks.append(Tiles(tiles))
    chosen = chosen_findings(view)
    blocks += statements(view, chosen, numbered=True)
    picture = _picture(view)
    if picture is not None:
        blocks.append(picture)
    return [*blocks, _limits(view)]


def chosen_findings(view: View) -> list[Finding]:
    """Three to five findings by importance and certainty, at most two of a section; tiles are not repeated."""
    shown = {f"score.{r.text('term')}" for r in _score_rows(view)}
    ranked = sorted(
        (f for f in view.findings if (f.id not in shown and f.section != "sample") or f.id == "sample.few"),
        key=lambda f: (-f.importance * CERTAINTY[f.strength], f.id),
    )
    chosen: list[Finding] = []
    for finding in ranked:
        if len(chosen) < MOST and sum(c.section == finding.section for c in chosen) < PER_SECTION:
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
        made.append(Tile((view.document.label(row.text("term")),), row.number("estimate", format_), detail))
    return tuple(made)


def _picture(view: View) -> FigureBlock | None:
    """One picture: the drivers, else a chain that may be read, else the scores."""
    rows = _score_rows(view)
    if len(rows) > TILES and _one_unit(rows):
        labels = [label_text(view, r.text("term")) for r in rows]
        return dots_figure(
            view, "figure-summary", view.say(WORDS["scores"], level=view.document.level), rows, labels
        )
    for result in view.document.of("drivers"):
        if not view.document.refused(result):
            return driver_figure(view, result, "figure-summary")
    for result in view.document.of("fit"):
        if not view.document.refused(result):
            figure = path_figure(view, result, id_="figure-summary")
            if figure is not None and not figure.wide:
                return figure
    nps = [r for r in rows if r.has("promoters", "passives", "detractors")]
    if nps:
        labels = [label_text(view, r.text("term")) for r in nps]
        return nps_figure(view, "figure-summary", view.say(SCORE_WORDS["nps"]), nps, labels)
    return None


def _limits(view: View) -> Box:
    document = view.document
    items: list[Cell] = []
    if view.simulated:
        items.append(view.say(WORDS["simulated"]))
    items.append(view.say(WORDS["causal"]))
    items += [tuple(view.text(f.texts)) for f in view.findings if f.strength == "refused"]
    if not document.data["sample"].get("weight"):
        items.append(view.say(WORDS["unweighted"], n=document.number("/rows/used", "count")))
    return Box("note", view.word(WORDS["not"]), tuple(items))
