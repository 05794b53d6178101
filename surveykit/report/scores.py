"""The scores: each with its interval and base, NPS as bars, groups side by side."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Finding, Row
from surveykit.findings._finding import FORMATS
from surveykit.findings.scores import unit_format
from surveykit.report._blocks import Block, Cell, Column, FigureBlock, Heading, Stat, TableBlock, View
from surveykit.report._cells import HEADS, SECTION_WORDS, column, interval_cell, interval_text, label_text
from surveykit.report._precision import CLOSED
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts import Dot, Look, NpsBar, dots, nps_stack, panels

__all__ = ["dots_figure", "look_of", "nps_figure"]

WORDS = {
    "title": {"en": "Scores", "zh": "得分"},
    "by": {"en": "By “{by}”", "zh": "按“{by}”分组"},
    "score": {"en": "Score", "zh": "指标"},
    "value": {"en": "Value", "zh": "数值"},
    "caption": {"en": "Scores of all respondents", "zh": "全体受访者的各项得分"},
    "caption_by": {"en": "Scores by “{by}”", "zh": "按“{by}”分组的各项得分"},
    "promoters": {"en": "Promoters", "zh": "推荐者"},
    "passives": {"en": "Passives", "zh": "中立者"},
    "detractors": {"en": "Detractors", "zh": "贬损者"},
    "nps": {"en": "Promoters, passives and detractors", "zh": "推荐者、中立者与贬损者的占比"},
    "nps_by": {"en": "Promoters, passives and detractors by “{by}”", "zh": "按“{by}”分组的推荐者、中立者与贬损者占比"},
    "nps_table_by": {"en": "Shares of promoters, passives and detractors by “{by}”", "zh": "按“{by}”分组的推荐者、中立者与贬损者百分比"},
    "nps_note": {
        "en": "Beside each bar: the score, its {level} interval and the number of answers.",
        "zh": "条形旁依次为净推荐值、{level}置信区间与回答人数。",
    },
    "dots": {"en": "{title} by “{by}”: value and {level} interval", "zh": "按“{by}”分组的{title}：数值与{level}置信区间"},
    "panels": {"en": "Scores by “{by}”: values and {level} intervals on one axis", "zh": "按“{by}”分组的各项得分：数值与{level}置信区间（同一坐标轴）"},
    "many": {"en": "{title}: parts and whole, with {level} intervals", "zh": "{title}：各维度与总分及其{level}置信区间"},
    "n_eff": {"en": "Effective n", "zh": "有效样本量"},
    "deff": {"en": "Design effect", "zh": "设计效应"},
    "weights": {
        "en": "Weighted. The effective n (Kish) is the size of an unweighted sample that is worth as much; the design effect "
        "is n divided by it.",
        "zh": "数据经过加权。有效样本量按Kish方法计算，即信息量相当的未加权样本量；设计效应为实际样本量与其之比。",
    },
    "design": {
        "en": "Effective n and design effect are those of the survey design: the size of a simple random sample that is worth as much, "
        "and what the design costs.",
        "zh": "有效样本量与设计效应按抽样设计计算：前者为提供同等信息量所需的简单随机样本量，后者为抽样设计所付出的代价。",
    },
    "alt_nps": {"en": "Stacked bars. {text}", "zh": "堆积条形图。{text}"},
    "alt_dots": {"en": "Dots with intervals. {text}", "zh": "点与区间图。{text}"},
    "alt_row": {"en": "{label}: {text}. ", "zh": "{label}：{text}。"},
}  # fmt: skip

KINDS = ("detractors", "passives", "promoters")
MOST_VALUES = 4
"""So many sentences of the kind “this score is that” are read; more are a table."""

MOST_BARS = 16
"""So many groups stand in one picture of promoters; more have a further one."""

PANEL_LINES = 34
"""So many lines of panels stand in one figure."""

MARK = {"en": "SIMULATED DATA", "zh": "模拟数据"}


@sections.register(
    "scores",
    title=WORDS["title"],
    reference="Wilkinson and the Task Force on Statistical Inference 1999",
    evidence="every number is looked up in results.json",
    order=30,
    style="flow",
)
def scores(view: View) -> Sequence[Block]:
    """Scores of everybody, then by each grouping."""
    results = view.document.of("scores")
    if not results:
        return ()
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "scores")]
    for result in results:
        by = str(view.document.facts(result).get("by") or "")
        blocks += _by_group(view, result, by) if by else _overall(view, result)
    return blocks


def look_of(view: View) -> Look:
    """How charts look in this report."""
    return Look(view.accent, view.font, view.language, view.word(MARK) if view.simulated else "")


def _overall(view: View, result: str) -> Iterable[Block]:
    rows = view.document.rows(result)
    yield from statements(view, _worth_saying(view, rows))
    yield _table(view, "table-scores", view.say(WORDS["caption"]), rows, "")
    nps = [r for r in rows if r.has("promoters", "passives", "detractors", "low")]
    if nps:
        labels = [label_text(view, r.text("term")) for r in nps]
        yield nps_figure(view, "figure-nps", view.say(WORDS["nps"]), nps, labels, "table-nps")
        yield _nps_table(view, "table-nps", view.say(WORDS["nps"]), nps, "")
    for term in dict.fromkeys(r.text("term").split(".")[0] for r in rows if "." in r.text("term")):
        family = [
            r for r in rows if r.text("term").split(".")[0] == term and r.has("estimate", "low", "high")
        ]
        if len(family) > 1:
            caption = view.say(WORDS["many"], title=view.document.label(term), level=view.document.level)
            labels = [label_text(view, r.text("term")) for r in family]
            yield dots_figure(view, f"figure-{term}", caption, family, labels, "table-scores")


def _worth_saying(view: View, rows: Sequence[Row]) -> list[Finding]:
    """The sentences on everybody; of many mere values those that the table below says as well are left out."""
    found = [f for f in view.of("scores") if f.table == "table-scores"]
    if len(found) <= MOST_VALUES:
        return found
    bare = {
        f"score.{r.text('term')}"
        for r in rows
        if r.has("low") and not r.has("promoters") and r.text("unit") != "share"
    }
    return [f for f in found if f.id not in bare]


def _by_group(view: View, result: str, by: str) -> Iterable[Block]:
    rows = view.document.rows(result)
    label = view.document.label(by)
    yield Heading(view.plain(view.say(WORDS["by"], by=label)), f"scores-{by}", 2)
    about = [f for f in view.of("scores") if f.table == f"table-scores-{by}"]
    yield from statements(view, about)
    shown = [r for r in rows if r.has("estimate", "low", "high")]
    nps = [r for r in shown if r.has("promoters", "passives", "detractors")]
    if nps:
        for i in range(pieces := -(-len(nps) // MOST_BARS)):
            part = nps[len(nps) * i // pieces : len(nps) * (i + 1) // pieces]
            labels = [label_text(view, f"{by}={r.text('group')}") for r in part]
            id_ = f"figure-nps-{by}" + (f"-{i + 1}" if i else "")
            yield nps_figure(view, id_, view.say(WORDS["nps_by"], by=label), part, labels, f"table-nps-{by}")
        caption = view.say(WORDS["nps_table_by"], by=label)
        yield _nps_table(view, f"table-nps-{by}", caption, nps, by)
    yield _table(view, f"table-scores-{by}", view.say(WORDS["caption_by"], by=label), rows, by)
    yield from _panels(view, by, [r for r in shown if r not in nps and "." not in r.text("term")])


def _nps_table(view: View, id_: str, caption: Cell, rows: Sequence[Row], by: str) -> TableBlock:
    """The shares behind the bars: a row per group, or per score where there are no groups."""
    head = HEADS["group"] if by else WORDS["score"]
    columns = (
        Column(view.say(head), "left", wide=True), *(Column(view.say(WORDS[k])) for k in KINDS),
        Column(view.say(WORDS["value"])), column(view, "interval"), Column((Stat("n"),)),
    )  # fmt: skip
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        named = f"{by}={row.text('group')}" if by else row.text("term")
        cells: list[Cell] = [(view.document.label(named),)]
        cells += [(row.number(k, "percent0"),) for k in KINDS]
        cells += [
            (row.number("estimate", "signed0"),),
            interval_cell(row, "signed0"),
            (row.number("n", "count"),),
        ]
        lines.append(tuple(cells))
    return TableBlock(id_, caption, columns, tuple(lines), folded=True)


def _panels(view: View, by: str, rows: Sequence[Row]) -> Iterable[FigureBlock]:
    """One figure for the scores that are counted in the same unit: a panel per score."""
    units: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        units.setdefault(row.text("unit"), {}).setdefault(row.text("term"), []).append(row)
    number = 0
    for unit, terms in units.items():
        compared = [(term, mine) for term, mine in terms.items() if len(mine) > 1]
        while compared:
            number += 1
            size = _fitting([len(mine) for _, mine in compared])
            yield _panel(view, f"figure-scores-{by}-{number}", by, compared[:size], unit)
            compared = compared[size:]


def _fitting(groups: Sequence[int]) -> int:
    """How many panels stand in one figure: at least one."""
    height, fitting = 0, 0
    for n in groups:
        height += n + 1
        if height > PANEL_LINES and fitting:
            break
        fitting += 1
    return fitting


def _panel(view: View, id_: str, by: str, terms: Sequence[tuple[str, list[Row]]], unit: str) -> FigureBlock:
    holes = {"by": view.document.label(by), "level": view.document.level}
    if len(terms) == 1:
        term, rows = terms[0]
        caption = view.say(WORDS["dots"], title=view.document.label(term), **holes)
        labels = [label_text(view, f"{by}={r.text('group')}") for r in rows]
        return dots_figure(view, id_, caption, rows, labels, f"table-scores-{by}")
    panels_, told = [], []
    for term, rows in terms:
        format_ = unit_format(rows[0])
        title = label_text(view, term)
        made = []
        for row in rows:
            label = label_text(view, f"{by}={row.text('group')}")
            text = f"{FORMATS[format_](row.get('estimate'))} {interval_text(row, format_)}  n = {FORMATS['count'](row.get('n'))}"
            ends = (float(row.get("low")), float(row.get("high")))
            made.append(Dot(label, float(row.get("estimate")), *ends, text))
            told.append((f"{title}, {label}" if view.language == "en" else f"{title}，{label}", text))
        panels_.append((title, made))
    picture = panels(panels_, look_of(view), percent=unit == "share")
    alt = _alt(view, "alt_dots", told)
    caption = view.say(WORDS["panels"], **holes)
    return FigureBlock(id_, caption, picture.svg, alt, numbers=f"table-scores-{by}", plot=picture.plot)


def nps_figure(
    view: View, id_: str, caption: Cell, rows: Sequence[Row], labels: Sequence[str], numbers: str = ""
) -> FigureBlock:
    """Bars of promoters, passives and detractors."""
    show = FORMATS["percent0"]
    bars, told = [], []
    for row, label in zip(rows, labels, strict=True):
        parts = [float(row.get(k)) for k in KINDS]
        text = f"{FORMATS['signed0'](row.get('estimate'))} {interval_text(row, 'signed0')}  n = {FORMATS['count'](row.get('n'))}"
        bars.append(
            NpsBar(
                label, (parts[0], parts[1], parts[2]), (show(parts[0]), show(parts[1]), show(parts[2])), text
            )
        )
        gap = " " if view.language == "en" else ""
        shares = ", ".join(f"{view.word(WORDS[k])}{gap}{show(p)}" for k, p in zip(KINDS, parts, strict=True))
        told.append(
            (label, f"{text}; {shares}" if view.language == "en" else f"{text}；{shares.replace(', ', '，')}")
        )
    words = {k: view.word(WORDS[k]) for k in KINDS}
    note = view.say(WORDS["nps_note"], level=view.document.level)
    picture = nps_stack(bars, look_of(view), words)
    alt = _alt(view, "alt_nps", told)
    return FigureBlock(id_, caption, picture.svg, alt, (note,), numbers=numbers, plot=picture.plot)


def dots_figure(
    view: View, id_: str, caption: Cell, rows: Sequence[Row], labels: Sequence[str], numbers: str = ""
) -> FigureBlock:
    """Dots with intervals, one line per row."""
    format_ = unit_format(rows[0])
    made, told = [], []
    for row, label in zip(rows, labels, strict=True):
        text = f"{FORMATS[format_](row.get('estimate'))} {interval_text(row, format_)}  n = {FORMATS['count'](row.get('n'))}"
        made.append(
            Dot(label, float(row.get("estimate")), float(row.get("low")), float(row.get("high")), text)
        )
        told.append((label, text))
    share = rows[0].text("unit") == "share"
    picture = dots(made, look_of(view), percent=share)
    alt = _alt(view, "alt_dots", told)
    return FigureBlock(id_, caption, picture.svg, alt, numbers=numbers, plot=picture.plot)


def _alt(view: View, kind: str, told: Sequence[tuple[str, str]]) -> str:
    lines = "".join(view.word(WORDS["alt_row"]).format(label=label, text=text) for label, text in told)
    return view.word(WORDS[kind]).format(text=lines.strip())


def _table(view: View, id_: str, caption: Cell, rows: Sequence[Row], by: str) -> TableBlock:
    weighted = any(r.has("deff") and abs(float(r.get("deff")) - 1) > 1e-9 for r in rows)
    columns = [Column(view.say(WORDS["score"]), "left", wide=not by)]
    if by:
        columns.append(column(view, "group", "left"))
    columns += [
        Column(view.say(WORDS["value"])),
        column(view, "interval"),
        column(view, "se"),
        Column((Stat("n"),)),
    ]
    if weighted:
        columns += [Column(view.say(WORDS["n_eff"])), Column(view.say(WORDS["deff"]))]
    lines: list[tuple[Cell, ...]] = []
    before = ""
    for row in rows:
        format_ = unit_format(row)
        fine = {"percent0": "percent1", "signed0": "number1"}.get(format_, "number2")
        term = row.text("term")
        cells: list[Cell] = [(view.document.label(term),) if not by or term != before else ("",)]
        before = term
        if by:
            group = row.text("group")
            cells.append(
                (view.document.label(f"{by}={group}"),) if group else (view.word(SECTION_WORDS["total"]),)
            )
        interval = interval_cell(row, format_)
        cells += [
            (row.number("estimate", format_),),
            interval,
            (row.number("se", fine),),
            (row.number("n", "count"),),
        ]
        if weighted:
            cells += [(row.number("n_eff", "count"),), (row.number("deff", "number2"),)]
        lines.append(tuple(cells))
    drawn = any(r.has("df") for r in rows)
    notes: list[Cell] = [view.say(WORDS["design" if drawn else "weights"])] if weighted else []
    if any(r.suppressed or r.get("estimate") is None for r in rows):
        notes.append(view.say(CLOSED, k=view.document.number("/study/min_cell", "count")))
    return TableBlock(id_, caption, tuple(columns), tuple(lines), tuple(notes))
