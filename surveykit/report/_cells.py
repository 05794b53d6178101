"""Cells and columns that several sections share: intervals, names, heads, evidence in words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace

from surveykit.findings import Label, Row
from surveykit.findings._finding import FORMATS
from surveykit.findings._rules import STRENGTH, strength_of
from surveykit.report._blocks import Align, Cell, Column, Fixed, Inline, Stat, View
from surveykit.report.charts import Plot

__all__ = [
    "BETWEEN",
    "HEADS",
    "SECTION_WORDS",
    "based",
    "column",
    "evidence",
    "interval_cell",
    "interval_text",
    "name",
    "value",
]

HEADS: Mapping[str, Mapping[str, str]] = {
    "interval": {"en": "{level} interval", "zh": "{level}置信区间"},
    "evidence": {"en": "Evidence", "zh": "证据"},
    "n": {"en": "n", "zh": "n"},
    "group": {"en": "Group", "zh": "组别"},
    "coefficient": {"en": "Standardised", "zh": "标准化系数"},
    "estimate": {"en": "Estimate", "zh": "估计值"},
    "se": {"en": "SE", "zh": "标准误"},
    "from": {"en": "From", "zh": "起点"},
    "to": {"en": "To", "zh": "终点"},
    "item": {"en": "Item", "zh": "题目"},
    "construct": {"en": "Construct", "zh": "构念"},
}

SECTION_WORDS = {
    "too_few": {"en": "too few answers", "zh": "回答过少"},
    "total": {"en": "All respondents", "zh": "全体受访者"},
}


def column(view: View, head: str, align: Align = "right") -> Column:
    """A column with one of the shared heads; ``n`` is set as a statistic."""
    if head in ("n", "p", "r"):
        return Column((Stat(head),), align)
    title = view.say(HEADS[head], level=view.document.level)
    return Column(title, align)


def value(row: Row, name_: str, format: str) -> Cell:
    """One number of a row."""
    return (row.number(name_, format),)


BETWEEN = {"en": " – ", "zh": "—"}
"""What stands between the two of a pair."""


def interval_cell(row: Row, format: str, low: str = "low", high: str = "high") -> Cell:
    """``[low, high]``; – where there is none."""
    if not row.has(low, high):
        return ("–",)
    return ("[", row.number(low, format), ", ", row.number(high, format), "]")


def interval_text(row: Row, format: str, low: str = "low", high: str = "high") -> str:
    """``[low, high]`` as words, for pictures."""
    show = FORMATS[format]
    return f"[{show(row.get(low))}, {show(row.get(high))}]" if row.has(low, high) else ""


def based(plot: Plot, row: Row) -> Plot:
    """The plot with the n of ``row``, for pictures that write none beside their marks."""
    return replace(plot, base=f"n = {FORMATS['count'](row.get('n'))}") if row.has("n") else plot


def name(view: View, id_: str) -> Cell:
    """The words for an id."""
    return (view.document.label(id_),)


def evidence(view: View, estimate: float | None, low: float | None, high: float | None) -> Cell:
    """How strong the evidence for a value other than zero is, in words; – without an interval."""
    if low is None or high is None:
        return ("–",)
    return (view.word(STRENGTH[strength_of(estimate, low, high)]),)


def group_cells(view: View, result: str, rows: Sequence[Row]) -> tuple[list[Column], list[tuple[Cell, ...]]]:
    """The column of groups and its cell for each row; nothing where the result is of everybody."""
    if not any(row.text("group") for row in rows):
        return [], [()] * len(rows)
    by = str(view.document.data["results"][result].get("options", {}).get("by") or "")
    cells: list[tuple[Cell, ...]] = []
    before = ""
    for row in rows:
        group = row.text("group")
        label = view.document.label(f"{by}={group}")
        words: Inline = label if label.key else Fixed(group, "given")
        cells.append(((words if group != before else "",),))
        before = group
    return [column(view, "group", "left")], cells


def label_text(view: View, id_: str) -> str:
    """The words for an id as a string, for pictures."""
    label: Label = view.document.label(id_)
    return label.text(view.language)


def strip(parts: Cell) -> tuple[Inline, ...]:
    """The parts that are not empty."""
    return tuple(p for p in parts if p != "")


__all__ += ["label_text", "strip"]
