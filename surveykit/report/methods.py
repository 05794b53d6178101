"""One model by several methods: the coefficients side by side, a table of where they disagree."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.report._blocks import Block, Cell, Column, Paragraph, TableBlock, View
from surveykit.report._cells import column, interval_cell
from surveykit.report._judged import checked, part_of_each
from surveykit.report._registry import sections
from surveykit.report._statements import statements

WORDS = {
    "title": {"en": "One model, several methods", "zh": "同一模型的多种估计方法"},
    "intro": {
        "en": "The same paths, estimated by four methods. Sum scores and PLS work with weighted means of the answers and keep their measurement error, "
        "which usually makes coefficients too small; PLSc and maximum likelihood (ML) remove that error and ask more of the data.",
        "zh": "以四种方法估计同一组路径。总分回归与PLS使用回答的加权平均，保留其中的测量误差，系数通常偏小；PLSc与极大似然校正测量误差，但对数据的要求更高。",
    },
    "sum": {"en": "Sum scores", "zh": "总分回归"},
    "pls": {"en": "PLS", "zh": "PLS"},
    "plsc": {"en": "PLSc", "zh": "PLSc"},
    "ml": {"en": "ML", "zh": "极大似然"},
    "range": {"en": "Range", "zh": "极差"},
    "verdict": {"en": "Verdict", "zh": "结论"},
    "agree": {"en": "agree", "zh": "相近"},
    "strength": {"en": "strength differs", "zh": "强弱不同"},
    "evidence": {"en": "evidence differs", "zh": "证据不一致"},
    "sign": {"en": "direction differs", "zh": "方向不一致"},
    "table": {"en": "Standardised coefficients by method", "zh": "各方法的标准化系数"},
    "note": {
        "en": "Range and verdict cover the methods that may be interpreted. –: no solution.",
        "zh": "极差与结论仅基于可以解读的方法。–：无解。",
    },
    "refused_note": {"en": "Do not interpret the columns marked *.", "zh": "标有*的列请勿解读。"},
    "intervals": {"en": "The same with {level} intervals", "zh": "各方法的{level}置信区间"},
}  # fmt: skip

METHODS = ("sum", "pls", "plsc", "ml")


@sections.register(
    "methods",
    title=WORDS["title"],
    reference="Dijkstra and Henseler 2015; Rönkkö, McIntosh and Antonakis 2015",
    evidence="every number is looked up in results.json; methods that the gate refuses are marked and not compared",
    order=47,
    style="flow",
)
def methods(view: View) -> Sequence[Block]:
    """Every comparison of methods."""
    return part_of_each(view, view.document.of("comparison"), view.word(WORDS["title"]), "methods", _one)


def _one(view: View, result: str) -> Iterable[Block]:
    yield from checked(view, result)
    yield Paragraph(view.say(WORDS["intro"]))
    start = f"methods.{result}"
    yield from statements(view, [f for f in view.of("methods") if f"{f.id}.".startswith(f"{start}.")])
    rows = view.document.rows(result)
    used = [m for m in METHODS if any(r.text("method") == m for r in rows)]
    refused = {r.text("method") for r in rows if r.get("refused")}
    yield _side_by_side(view, result, used, refused)
    if any(r.has("low", "high") for r in rows):
        yield _intervals(view, result, rows, used, refused)


def _heads(view: View, used: Sequence[str], refused: set[str]) -> list[Column]:
    ends = [column(view, "from", "left"), column(view, "to", "left")]
    return ends + [Column((view.word(WORDS[m]) + ("*" if m in refused else ""),)) for m in used]


def _side_by_side(view: View, result: str, used: Sequence[str], refused: set[str]) -> TableBlock:
    lines: list[tuple[Cell, ...]] = []
    for row in view.document.rows(result, "agreement"):
        cells: list[Cell] = [(view.document.label(row.text("rhs")),), (view.document.label(row.text("lhs")),)]
        cells += [(row.number(m, "unit2"),) for m in used]
        cells += [(row.number("range", "unit2"),), (view.word(WORDS[row.text("verdict")]),)]
        lines.append(tuple(cells))
    columns = [
        *_heads(view, used, refused),
        Column(view.say(WORDS["range"])),
        Column(view.say(WORDS["verdict"]), "left"),
    ]
    notes = [view.say(WORDS["note"])] + ([view.say(WORDS["refused_note"])] if refused else [])
    return TableBlock(
        f"table-methods-{result}", view.say(WORDS["table"]), tuple(columns), tuple(lines), tuple(notes)
    )


def _intervals(
    view: View, result: str, rows: Sequence[Row], used: Sequence[str], refused: set[str]
) -> TableBlock:
    found = {(r.text("lhs"), r.text("rhs"), r.text("method")): r for r in rows}
    lines: list[tuple[Cell, ...]] = []
    for row in view.document.rows(result, "agreement"):
        lhs, rhs = row.text("lhs"), row.text("rhs")
        cells: list[Cell] = [(view.document.label(rhs),), (view.document.label(lhs),)]
        cells += [_interval(found.get((lhs, rhs, m))) for m in used]
        lines.append(tuple(cells))
    caption = view.say(WORDS["intervals"], level=view.document.level)
    notes = (view.say(WORDS["refused_note"]),) if refused else ()
    return TableBlock(
        f"table-method-intervals-{result}", caption, tuple(_heads(view, used, refused)), tuple(lines), notes
    )


def _interval(row: Row | None) -> Cell:
    return interval_cell(row, "unit2") if row is not None else ("–",)
