"""What was found, on one page: the scores, three to five findings, one picture, what may not be concluded."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Sequence

from surveykit.findings import Finding
from surveykit.findings._rules import STRENGTH
from surveykit.findings.drivers import LITTLE
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
from surveykit.report._chosen import DOING, LINKS, chosen_findings, score_rows, tile_terms
from surveykit.report._registry import sections
from surveykit.report._statements import statements, tag_of
from surveykit.report._steps import next_steps
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
    "detail_nps": {
        "en": "{promoters} promoters, {detractors} detractors; {level} interval {low} to {high}; n = {n}",
        "zh": "推荐者{promoters}，贬损者{detractors}；{level}置信区间：{low}至{high}；n = {n}",
    },
    "detail_top": {
        "en": "chose one of the top answers; {level} interval {low} to {high}; n = {n}",
        "zh": "选择最高几档答案；{level}置信区间：{low}至{high}；n = {n}",
    },
    "detail_constant": {"en": "all answers are the same; n = {n}", "zh": "所有回答完全相同；n = {n}"},
    "all_waves": {"en": "; all waves together", "zh": "；各波合计"},
    "sure_people": {
        "en": "{n} people answered. Each {level} interval is the range of values that their answers are compatible with.",
        "zh": "共有{n}人作答。区间是与这些回答相符的取值范围（{level}置信区间）。",
    },
    "sure_weighted": {
        "en": "{n} people answered; weighted, they are worth as much as {n_eff} unweighted answers. Each {level} interval is the range of values that their answers are "
        "compatible with.",
        "zh": "共有{n}人作答；加权之后，信息量相当于{n_eff}份未加权的回答。区间是与这些回答相符的取值范围（{level}置信区间）。",
    },
    "sure_strong": {
        "en": "A finding with “strong evidence” would very probably be found again in another sample of such people.",
        "zh": "“证据充分”表示换一批同类受访者，很可能得到同样的结果。",
    },
    "sure_weak": {
        "en": "A finding with “weak evidence” may be down to chance.",
        "zh": "“证据较弱”的结果可能出于偶然。",
    },
    "sure_many": {
        "en": "Many associations were looked at one by one, so a few of those called weak will be chance.",
        "zh": "本研究逐一考察了许多关联，其中证据较弱者难免有个别出于偶然。",
    },
    "sure_none": {
        "en": "“No evidence” does not mean that there is nothing: these answers cannot tell.",
        "zh": "“没有证据”不等于不存在关联或差异，只是现有回答无法判断。",
    },
    "next": {"en": "What next?", "zh": "下一步做什么？"},
    "drivers": {
        "en": "How closely each goes with {outcome}: share of the differences between people, {level} intervals",
        "zh": "各方面与{outcome}的关系有多密切：在个体差异中所占的份额与{level}置信区间",
    },
    "not": {"en": "What cannot be concluded", "zh": "不能得出的结论"},
    "causal": {
        "en": "These answers show what goes together. They do not show that changing one thing would change another.",
        "zh": "这些回答只说明哪些方面相互关联，并不说明改变某一方面就会使另一方面随之改变。",
    },
    "why": {
        "en": "These answers say how things are, not why.",
        "zh": "这些回答只说明现状，并不说明原因。",
    },
    "standard": {
        "en": "Whether a score is good: there is nothing here to compare it with, neither earlier answers nor those of others.",
        "zh": "得分是好是坏：本报告没有可供比较的以往数据或其他机构的数据。",
    },
    "pooled": {
        "en": "How things are now: the scores above take all waves together; the section on the trend has each wave.",
        "zh": "当前的水平：上列得分为各波合计，各波数值见趋势一节。",
    },
    "hidden": {
        "en": "Anything about groups with fewer than {k} answers: they are not shown.",
        "zh": "不足{k}份回答的组：未予展示，无从判断。",
    },
    "merged": {
        "en": "Whether it is {first} or {second} that matters: people hardly told the two apart.",
        "zh": "{first}与{second}之中究竟是哪一方面要紧：受访者几乎未能区分二者。",
    },
    "gaps": {
        "en": "What everybody thinks about every question: “{item}” was answered by only {valid} of {n} people.",
        "zh": "全体受访者对每道题的看法：“{item}”一题，{n}人中仅有{valid}人作答。",
    },
    "weighted": {
        "en": "The weights set right what they were made for; they cannot speak for people whom the survey did not reach.",
        "zh": "权重只能校正其所依据的特征；调查未能触及的人，意见仍未得到反映。",
    },
    "chosen": {
        "en": "The people were not drawn at random; the intervals count chance alone, not who took part and who did not.",
        "zh": "受访者并非随机抽取；区间只反映偶然误差，不反映哪些人参加、哪些人没有参加。",
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

MANY_LINKS, MANY_GAPS, PICTURED = 10, 0.25, 8
"""Associations that are many, a share of gaps that is large; drivers in the picture at most."""


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
    chosen = chosen_findings(view)
    scored = [f for f in chosen if f.section in DOING]
    others = [f for f in chosen if f not in scored]
    if tiles or scored:
        counted = not tiles and all(f.section == "frequencies" for f in scored)
        blocks.append(_question(view, "stands" if counted else "doing"))
    if tiles:
        blocks.append(Tiles(tiles))
    blocks += statements(view, scored, brief=True)
    picture = _picture(view)
    if others:
        blocks.append(_question(view, "together" if scored or tiles else "stands"))
    blocks += statements(view, others, brief=True)
    if picture is not None:
        blocks.append(picture)
    sure = _sure(view, chosen)
    if sure is not None:
        blocks += [_question(view, "sure"), sure]
    steps = next_steps(view, chosen)
    limits = _limits(view, chosen)
    if steps:
        return [*blocks, Boxes((Box("note", view.word(WORDS["next"]), steps), limits))]
    return [*blocks, limits]


def _question(view: View, name: str) -> Paragraph:
    return Paragraph((view.word(WORDS[name]),), "question")


def _sure(view: View, chosen: Sequence[Finding]) -> Paragraph | None:
    """How far the findings can be relied on, in words for those strengths of evidence that occur among them."""
    document = view.document
    # where nothing is shown for want of answers there is no evidence to grade
    shown = document.value("/rows/used") >= document.value("/study/min_cell")
    if not shown or not (any(f.strength in STRENGTH for f in chosen) or tile_terms(view)):
        return None
    weighted = document.data["sample"].get("n_eff") is not None
    holes = {"n": document.number("/rows/used", "count"), "level": document.level}
    if weighted:
        holes["n_eff"] = document.number("/sample/n_eff", "count")
    tagged = {f.strength for f in chosen if tag_of(view, f) == view.word(STRENGTH[f.strength])}
    said = ["sure_strong"] if "strong" in tagged else []
    said += ["sure_weak"] if "weak" in tagged else []
    links = [f for f in view.findings if f.section in LINKS and f.strength != "refused"]
    said += ["sure_many"] if "weak" in tagged and len(links) > MANY_LINKS else []
    said += ["sure_none"] if "none" in tagged else []
    parts = list(view.say(WORDS["sure_weighted" if weighted else "sure_people"], **holes))
    for name in said:
        parts += ["" if view.language.startswith("zh") else " ", view.word(WORDS[name])]
    return Paragraph(tuple(p for p in parts if p != ""))


def _tiles(view: View) -> tuple[Tile, ...]:
    made = []
    for row in score_rows(view):
        if row.text("term") not in tile_terms(view):
            continue
        format_ = unit_format(row)
        holes = {k: row.number(k, format_) for k in ("low", "high")}
        name = "detail"
        if row.get("low") == row.get("high"):
            name = "detail_constant"
        elif row.has("promoters", "detractors"):
            name = "detail_nps"
            holes |= {k: row.number(k, "percent0") for k in ("promoters", "detractors")}
        elif row.text("metric") == "csat" and row.text("unit") == "share":
            name = "detail_top"
        detail = view.say(WORDS[name], level=view.document.level, n=row.number("n", "count"), **holes)
        if view.document.of("trend"):
            detail = (*detail, view.word(WORDS["all_waves"]))
        unit = "/ 100" if row.text("unit") == "index" else ""
        made.append(
            Tile((view.document.label(row.text("term")),), row.number("estimate", format_), detail, unit)
        )
    return tuple(made)


def _picture(view: View) -> FigureBlock | None:
    """One picture: the drivers, else a chain that may be read, else the scores."""
    rows = score_rows(view)
    if rows and not tile_terms(view):
        labels = [label_text(view, r.text("term")) for r in rows]
        return dots_figure(
            view,
            "figure-summary",
            view.say(WORDS["scores"], level=view.document.level),
            rows,
            labels,
            "table-scores",
        )
    little = {f.id for f in view.findings if f.id.startswith("driver.") and f.importance == LITTLE}
    for result in view.document.of("drivers"):
        if not view.document.refused(result) and f"driver.{result}.first" not in little:
            return driver_figure(view, result, "figure-summary", WORDS["drivers"], most=PICTURED)
    for result in view.document.of("fit"):
        if not view.document.refused(result) and not little:
            figure = path_figure(view, result, id_="figure-summary")
            if figure is not None and not figure.wide:
                return figure
    nps = [r for r in rows if r.has("promoters", "passives", "detractors")]
    if nps:
        labels = [label_text(view, r.text("term")) for r in nps]
        return nps_figure(view, "figure-summary", view.say(SCORE_WORDS["nps"]), nps, labels, "table-nps")
    return None


def _limits(view: View, chosen: Sequence[Finding]) -> Box:
    document = view.document
    items: list[Cell] = []
    if view.simulated:
        items.append(view.say(WORDS["simulated"]))
    linked = any(f.section in LINKS for f in view.findings)
    items.append(view.say(WORDS["causal" if linked else "why"]))
    items += [tuple(view.text(f.texts)) for f in view.findings if f.strength == "refused"]
    if document.of("trend") and tile_terms(view):
        items.append(view.say(WORDS["pooled"]))
    elif tile_terms(view):
        items.append(view.say(WORDS["standard"]))
    items += _unknown(view, chosen)
    used = document.number("/rows/used", "count")
    stated = document.data["study"].get("sample") or {}
    if stated.get("selection") in ("quota", "volunteers"):
        items.append(view.say(WORDS["chosen"]))
    if document.data["sample"].get("weight"):
        items.append(view.say(WORDS["weighted"]))
    elif stated.get("selection") != "census":
        items.append(view.say(WORDS["unweighted" if used.value != 1 else "one"], n=used))
    return Box("note", view.word(WORDS["not"]), tuple(items))


def _unknown(view: View, chosen: Sequence[Finding]) -> list[Cell]:
    """Groups that are hidden; drivers that people hardly told apart; questions that many left out."""
    document, items = view.document, []
    if any(f.id.startswith("hidden.") for f in view.findings):
        items.append(view.say(WORDS["hidden"], k=document.number("/study/min_cell", "count")))
    named = {n for f in chosen if f.id.startswith("driver.") for n in f.about}
    for finding in view.findings:
        if finding.id.startswith("htmt.") and set(finding.about) <= named:
            first, second = (document.label(name) for name in finding.about)
            items.append(view.say(WORDS["merged"], first=first, second=second))
            break
    used = document.number("/rows/used", "count")
    entries = document.data["sample"]["items"]
    scaled = [i for i, entry in enumerate(entries) if entry["answers"]]
    worst = max(scaled, key=lambda i: int(entries[i]["missing"]), default=None)
    if worst is not None and entries[worst]["missing"] > MANY_GAPS * used.value:
        valid = document.number(f"/sample/items/{worst}/valid", "count")
        items.append(
            view.say(WORDS["gaps"], item=document.label(entries[worst]["item"]), valid=valid, n=used)
        )
    return items
