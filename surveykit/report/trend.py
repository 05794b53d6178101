"""Trends: pictures with intervals and breaks where questions changed, and the table of waves and differences."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS
from surveykit.findings.banner import UNITS
from surveykit.findings.trend import SIGNED
from surveykit.format import chinese, pick
from surveykit.report._banner_tables import stub
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Fixed,
    Heading,
    Stat,
    TableBlock,
    View,
)
from surveykit.report._cells import column, interval_cell, interval_text, label_text
from surveykit.report._judged import checked
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts.trend import Moment, Run
from surveykit.report.charts.trend import trend as drawn_trend
from surveykit.report.scores import look_of

WORDS = {
    "title": {"en": "Trend", "zh": "趋势"},
    "figure": {"en": "{names}: trend over “{by}” with {level} intervals", "zh": "{names}：“{by}”各波的变化趋势与{level}置信区间"},
    "figure_many": {"en": "Trend of {n} values over “{by}” with {level} intervals", "zh": "{n}项数值在“{by}”各波的变化趋势与{level}置信区间"},
    "note": {
        "en": "A line breaks where the question was changed so much that values cannot be compared; it is dashed where the change may matter. The table gives n for each wave.",
        "zh": "题目改动以致数值不可比之处，折线中断；改动可能有影响之处，以虚线连接。各波样本量见表。",
    },
    "n": {"en": "{name} (n = {n} a wave)", "zh": "{name}（每波n = {n}）"},
    "no": {"en": "question changed", "zh": "题目改动"},
    "caution": {"en": "wording changed", "zh": "措辞微调"},
    "alt": {"en": "Dots with intervals over the waves, a panel for each value. {text}", "zh": "各波的点与区间，每项一栏。{text}"},
    "alt_row": {"en": "{name}: from {first} in {start} to {last} in {end}{broken}. ", "zh": "{name}：从“{start}”的{first}到“{end}”的{last}{broken}。"},
    "alt_broken": {"en": ", not comparable because the question changed", "zh": "，因题目改动不可比"},
    "table": {"en": "Values by wave and differences from the wave before", "zh": "各波数值及与前一波的差异"},
    "what": {"en": "Value", "zh": "项目"},
    "wave": {"en": "Wave", "zh": "波次"},
    "estimate": {"en": "Value", "zh": "数值"},
    "difference": {"en": "Difference", "zh": "差异"},
    "broken": {"en": "not compared", "zh": "不作比较"},
    "adjusted": {"en": "p-values are adjusted ({how}) for the number of differences; each difference is from the wave before that is shown.", "zh": "p值已作多重比较校正（{how}）；差异均与所示的前一波相比。"},
    "plain": {"en": "p-values are not adjusted for the number of differences; each difference is from the wave before that is shown.", "zh": "p值未作多重比较校正；差异均与所示的前一波相比。"},
    "changes": {"en": "Questions that were changed", "zh": "有改动的题目"},
    "kind": {"en": "Comparison", "zh": "可比性"},
    "why": {"en": "What changed", "zh": "改动内容"},
    "kind_no": {"en": "not comparable", "zh": "不可比"},
    "kind_caution": {"en": "with caution", "zh": "谨慎比较"},
    "given": {"en": "stated in the study", "zh": "由研究方案说明"},
    "hidden": {"en": "–: fewer than {k} answers.", "zh": "–：少于{k}份回答。"},
}  # fmt: skip
PANELS = 6
NAMED = 3
MOST_RUNS = 24
LONG = 30


@sections.register(
    "trend",
    title=WORDS["title"],
    reference="Holm 1979; Kish 1965",
    evidence="every number is looked up in results.json; no difference over a changed question",
    order=32,
    style="flow",
)
def trend(view: View) -> Sequence[Block]:
    """Every trend of the study."""
    blocks: list[Block] = []
    results = view.document.of("trend")
    for result in results:
        own = view.document.data["labels"].get(result)
        if own or len(results) > 1:
            blocks.append(Heading(view.word(own or WORDS["title"]), f"part-{result}", 2))
        blocks += statements(view, [f for f in view.of("trend") if f.table == f"table-{result}"])
        # what changed has sentences and a table of its own
        blocks += checked(view, result, told=lambda check: check.code != "ITEM_CHANGED")
        rows = view.document.rows(result)
        blocks += _figures(view, result, rows)
        blocks.append(_table(view, result, rows))
        changes = view.document.rows(result, "changes")
        if changes:
            blocks.append(_changes(view, result, changes))
    return [Heading(view.word(WORDS["title"]), "trend"), *blocks] if blocks else ()


def _by(view: View, result: str) -> str:
    return str(view.document.data["results"][result]["options"]["wave"])


def _wave(view: View, result: str, wave: str) -> Cell:
    label = view.document.label(f"{_by(view, result)}={wave}")
    return (label,) if label.key else (Fixed(wave, "given"),)


def _title(view: View, row: Row) -> str:
    words = label_text(view, row.text("item"))
    if row.text("statistic") in ("share", "top"):
        answer = view.plain(stub(view, row))
        return f"{words} – {answer}" if view.language == "en" else f"{words}——{answer}"
    return words


def _figures(view: View, result: str, rows: Sequence[Row]) -> Iterator[FigureBlock]:
    """Panels of one unit, a few to a figure."""
    waves = list(dict.fromkeys(r.text("group") for r in rows))
    names = [view.plain(_wave(view, result, w)) for w in waves]
    series: dict[str, dict[str, list[Row]]] = {}
    for row in rows:
        if row.has("estimate", "low", "high"):
            series.setdefault(row.text("unit"), {}).setdefault(row.text("term"), []).append(row)
    number = 0
    for unit, terms in series.items():
        shown = [mine for mine in terms.values() if len(mine) > 1][:MOST_RUNS]
        for start in range(0, len(shown), PANELS):
            number += 1
            yield _figure(view, result, number, shown[start : start + PANELS], waves, names, unit)


def _figure(
    view: View,
    result: str,
    number: int,
    series: Sequence[list[Row]],
    waves: list[str],
    names: list[str],
    unit: str,
) -> FigureBlock:
    show, runs, told = FORMATS[UNITS[unit]], [], ""
    for mine in series:
        moments = tuple(
            Moment(
                waves.index(r.text("group")), float(r.get("estimate")), float(r.get("low")), float(r.get("high")),
                show(r.get("estimate")), _kind(r.text("change") if i else ""),
            )
            for i, r in enumerate(mine)
        )  # fmt: skip
        name = _title(view, mine[0])
        bases = sorted({int(r.get("n")) for r in mine})
        n = ("—" if chinese(view.language) else "–").join(
            FORMATS["count"](v) for v in dict.fromkeys((bases[0], bases[-1]))
        )
        runs.append(Run(view.word(WORDS["n"]).format(name=name, n=n), moments))
        broken = any(m.change == "no" for m in moments)
        ends = {
            k: f"{show(r.get('estimate'))} {interval_text(r, UNITS[unit])}"
            for k, r in (("first", mine[0]), ("last", mine[-1]))
        }
        told += view.word(WORDS["alt_row"]).format(
            name=name, start=names[moments[0].wave], end=names[moments[-1].wave],
            broken=view.word(WORDS["alt_broken"]) if broken else "", **ends,
        )  # fmt: skip
    words = {k: view.word(WORDS[k]) for k in ("no", "caution")}
    picture = drawn_trend(runs, names, look_of(view), words, percent=unit == "share")
    holes = {"by": view.document.label(_by(view, result)), "level": view.document.level}
    if len(series) <= NAMED:
        listed = ("、" if chinese(view.language) else ", ").join(_title(view, mine[0]) for mine in series)
        caption = view.say(WORDS["figure"], names=Fixed(listed, "given"), **holes)
    else:
        caption = view.say(WORDS["figure_many"], n=Fixed(str(len(series)), "structure"), **holes)
    alt = view.word(WORDS["alt"]).format(text=told.strip())
    id_ = f"figure-{result}" if number == 1 else f"figure-{result}-{number}"
    changed = any(m.change for run in runs for m in run.moments)
    notes = (view.say(WORDS["note"]),) if changed else ()
    beside = (
        f"{show(r.get('estimate'))} {interval_text(r, UNITS[unit])}  n = {FORMATS['count'](r.get('n'))}"
        + (f"  {words[m.change]}" if m.change else "")
        for mine, run in zip(series, runs, strict=True)
        for r, m in zip(mine, run.moments, strict=True)
    )
    plot = replace(picture.plot, texts=tuple(beside))
    return FigureBlock(id_, caption, picture.svg, alt, notes, numbers=f"table-{result}", plot=plot)


def _kind(change: str) -> str:
    return change if change in ("no", "caution") else ""


def _table(view: View, result: str, rows: Sequence[Row]) -> TableBlock:
    columns = (
        Column(view.say(WORDS["what"]), "left"), Column(view.say(WORDS["wave"]), "left"), column(view, "n"),
        Column(view.say(WORDS["estimate"])), column(view, "interval"), Column(view.say(WORDS["difference"])),
        column(view, "interval"), Column((Stat("p"),)),
    )  # fmt: skip
    lines: list[tuple[Cell, ...]] = []
    before = ""
    for row in rows:
        unit = row.text("unit")
        show, gap = UNITS[unit], SIGNED[unit]
        same = row.text("term") == before
        before = row.text("term")
        cells: list[Cell] = [
            ("",) if same else (Fixed(_title(view, row), "given"),),
            _wave(view, result, row.text("group")),
        ]
        if not row.has("estimate"):
            lines.append((*cells, ("–",), ("–",), ("–",), ("–",), ("–",), ("–",)))
            continue
        cells += [(row.number("n", "count"),), (row.number("estimate", show),), interval_cell(row, show)]
        if row.has("difference"):
            cells += [
                (row.number("difference", gap),), interval_cell(row, gap, "difference_low", "difference_high"),
                (row.number("p_adjusted", "p_cell"),),
            ]  # fmt: skip
        else:
            broken = row.text("change") == "no" and same
            cells += [view.say(WORDS["broken"]) if broken else ("",), ("",), ("",)]
        lines.append(tuple(cells))
    options = view.document.data["results"][result]["options"]
    how = {"holm": "Holm", "bh": "Benjamini–Hochberg"}.get(str(options["adjust"]))
    notes = [view.say(WORDS["adjusted"], how=Fixed(how, "citation")) if how else view.say(WORDS["plain"])]
    if any(r.suppressed for r in rows):
        notes.append(view.say(WORDS["hidden"], k=Fixed(str(options["min_base"]), "structure")))
    return TableBlock(
        f"table-{result}",
        view.say(WORDS["table"]),
        columns,
        tuple(lines),
        tuple(notes),
        folded=len(lines) > LONG,
    )


def _changes(view: View, result: str, rows: Sequence[Row]) -> TableBlock:
    columns = (
        Column(view.say(WORDS["what"]), "left", wide=True), Column(view.say(WORDS["wave"]), "left"),
        Column(view.say(WORDS["kind"]), "left"), Column(view.say(WORDS["why"]), "left", wide=True),
    )  # fmt: skip
    lines = []
    for row in rows:
        why = pick({k: row.text(k) for k in ("en", "zh") if row.text(k)} or WORDS["given"], view.language)
        lines.append(
            (
                (view.document.label(row.text("item")),), _wave(view, result, row.text("wave")),
                (view.word(WORDS[f"kind_{row.text('trend')}"]),), (Fixed(why, "given"),),
            )
        )  # fmt: skip
    return TableBlock(f"table-{result}-changes", view.say(WORDS["changes"]), columns, tuple(lines))
