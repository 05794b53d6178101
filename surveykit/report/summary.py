"""What was found, on one page: the scores, three to five findings, one picture, what may not be concluded."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from surveykit.findings import Finding, Row
from surveykit.findings._rules import STRENGTH, enumerated
from surveykit.findings.drivers import FOUND, LITTLE, candidates, driver_rows, near_top, outcome_of
from surveykit.findings.paths import MISFIT
from surveykit.findings.scores import unit_format
from surveykit.findings.trend import wave_label
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
from surveykit.report._statements import statements, tag_of
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
    "or": {"en": " or ", "zh": "或"},
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

TECHNICAL = ("methods",)
"""Sections whose sentences are for those who chose the methods, not for page one."""
BACKGROUND = ("measurement", "cfa", "local_fit", "power", "invariance", "quality")
WORTH, NOTABLE = 20.0, 40.0
"""The least importance for page one; that of what is known of questions and models, which has no place there while all is well."""
CERTAINTY = {"strong": 1.0, "moderate": 0.95, "weak": 0.8, "none": 0.62, "refused": 0.95}
MOST, ENOUGH, PER_SECTION, TILES, PICTURED = 4, 3, 2, 8, 8
"""Findings on page one, at most and so many that one without everyday words is not needed; per section; tiles."""
DOING = ("scores", "sample", "trend", "frequencies")
LINKS = ("drivers", "chain", "associations", "index", "composites")
"""Sections on how things are; on what goes together."""
STEPS, MANY_LINKS, MANY_GAPS, UNHAPPY = 4, 10, 0.25, 0.1


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
    steps = _next(view, chosen)
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
    if not shown or not (any(f.strength in STRENGTH for f in chosen) or _tile_terms(view)):
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


def _next(view: View, chosen: Sequence[Finding]) -> tuple[Cell, ...]:
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
    if not steps and used and (chosen or _tile_terms(view)) and not document.of("trend"):
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
    top, either = (view.text(enumerated(names, last=WORDS[word])) for word in ("and", "or"))
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
    rows = _score_rows(view)
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


def chosen_findings(view: View) -> list[Finding]:
    """Up to four findings by importance and certainty, at most two of a section, no two about the same; tiles are not repeated."""
    shown = {f"score.{r.text('term')}" for r in _score_rows(view)}
    ranked = sorted(
        (f for f in view.findings if (f.id not in shown and f.section != "sample") or f.id == "sample.few"),
        key=lambda f: (-f.importance * CERTAINTY[f.strength], f.id),
    )
    chosen: list[Finding] = []
    for most in (PER_SECTION, MOST):
        for finding in ranked:
            full = len(chosen) >= (MOST if most == PER_SECTION else ENOUGH)
            full = full or sum(c.section == finding.section for c in chosen) >= most
            if not full and finding not in chosen and _may_stand(finding, chosen):
                chosen.append(finding)
    return sorted(chosen, key=ranked.index)


def _may_stand(finding: Finding, chosen: Sequence[Finding]) -> bool:
    """Whether a finding is for page one: important enough, in everyday words if there are others, not told before."""
    if finding.section in TECHNICAL or finding.id.startswith(("hidden.", "score.index.")):
        return False  # the index of a model has other weights than the score of the same name on the page
    technical = finding.section in BACKGROUND or finding.id.startswith("fit.")
    if finding.importance < (NOTABLE if technical else WORTH):
        return False
    if finding.brief is None and finding.section not in DOING and len(chosen) >= ENOUGH:
        return False
    return not any(_told(c, finding) for c in chosen)


def _told(before: Finding, finding: Finding) -> bool:
    """Whether a finding is about nothing that one before it is not about."""
    if not finding.about:
        return False
    if before.section == finding.section or (before.section == "drivers" and finding.section in LINKS):
        return set(finding.about) <= set(before.about)
    return set(finding.about) == set(before.about)


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
    if document.of("trend") and _tile_terms(view):
        items.append(view.say(WORDS["pooled"]))
    elif _tile_terms(view):
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
