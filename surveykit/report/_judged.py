"""What sections on models share: a part for each result, the boxes of what its checks say, the table of loadings."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from typing import Literal

from surveykit.findings import Row
from surveykit.report._blocks import Block, Box, Cell, Column, Fixed, Heading, Inline, TableBlock, View
from surveykit.report._cells import HEADS, column, group_cells, interval_cell, label_text
from surveykit.results import Check

__all__ = ["REFUSED", "caption_of", "checked", "loadings_table", "part_of_each", "warned"]

REFUSED = {"en": "Do not interpret", "zh": "请勿解读"}
WORDS = {
    "refused": REFUSED,
    "caution": {"en": "Read with caution", "zh": "请谨慎解读"},
    "mark": {"en": " — do not interpret", "zh": "（请勿解读）"},
    "loading": {"en": "Loading", "zh": "载荷"},
}

Level = Literal["refused", "caution"]


def part_of_each(
    view: View, results: Sequence[str], title: str, anchor: str, one: Callable[[View, str], Iterable[Block]]
) -> list[Block]:
    """A section under ``title`` with the blocks of each result, under its own name where there are several."""
    blocks: list[Block] = [Heading(title, anchor)] if results else []
    for result in results:
        if len(results) > 1:
            blocks.append(Heading(label_text(view, result), f"{anchor}-{result}", 2))
        blocks += one(view, result)
    return blocks


def warned(view: View, level: Level, lines: Iterable[Cell]) -> Iterable[Box]:
    """A box of ``lines`` under the words of its level; nothing where there are none."""
    lines = tuple(lines)
    if lines:
        yield Box(level, view.word(WORDS[level]), lines)


def checked(
    view: View,
    result: str,
    levels: Sequence[Level] = ("refused", "caution"),
    told: Callable[[Check], bool] | None = None,
) -> Iterable[Box]:
    """A box for each level of the result's checks; those that are not ``told`` are said elsewhere."""
    of_level = {"refused": "refuse", "caution": "caution"}
    said = [(check, label) for check, label in view.document.checks(result) if told is None or told(check)]
    for level in levels:
        yield from warned(view, level, [(label,) for check, label in said if check.level == of_level[level]])


def caption_of(view: View, caption: Cell, refused: bool) -> Cell:
    """The caption of a table, with the words over what must not be read."""
    return (*caption, view.word(WORDS["mark"])) if refused else caption


def loadings_table(view: View, result: str, rows: Sequence[Row], caption: Cell, refused: bool) -> TableBlock:
    """Standardised loadings under their constructs; ``rows`` have ``lhs rhs group est se low high``."""
    heads, lead = group_cells(view, result, rows)
    lines: list[tuple[Cell, ...]] = []
    before = ""
    for row, first in zip(rows, lead, strict=True):
        owner, item = row.text("lhs") + row.text("group"), row.text("rhs")
        words: tuple[Inline, ...] = (Fixed(item, "given"),)
        if item in view.document.data["labels"]:
            words = (Fixed(f"{item}  ", "given"), view.document.label(item))
        # the only question of a construct has no loading that could be estimated
        known = float(row.get("se") or 0.0) > 1e-9
        spread = [interval_cell(row, "unit2"), (row.number("se", "unit2"),)] if known else [("–",), ("–",)]
        name: Cell = (view.document.label(row.text("lhs")),) if owner != before else ("",)
        lines.append((*first, name, words, (row.number("est", "unit2"),), *spread))
        before = owner
    columns = (
        *heads, column(view, "construct", "left"), Column(view.say(HEADS["item"]), "left", wide=True),
        Column(view.say(WORDS["loading"])), column(view, "interval"), column(view, "se"),
    )  # fmt: skip
    return TableBlock(f"table-loadings-{result}", caption, columns, tuple(lines), muted=refused)
