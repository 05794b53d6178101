"""Tables and scores on slides: as many rows as a slide has room for, the head repeated on the next."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from surveykit.report._office import Parts, clean, column_widths, lines_of, plain
from surveykit.report._office_theme import inches
from surveykit.report._pptx_slides import FOOT, LEFT, TOP, WIDTH, Slides, taken, text

__all__ = ["NOTE", "add_cards", "add_table", "caption", "height_of", "panel", "parted"]

_CELL, NOTE, _CAPTION = 12.0, 11.0, 14.0
"""Points of the type of cells, of notes below figures and tables, of captions."""
_PAD, _LEADING = 0.22, 1.22
_COLUMNS, _ROWS, _SLIDES = 12, 60, 2
"""A table of more columns or rows, or one that would take more slides, is in the workbook only."""
_CARD, _GAP = 1.28, 0.18


def caption(
    slides: Slides, slide: Any, block: Mapping[str, Any], left: float, top: float, mark: str = ""
) -> None:
    """The name of a figure or table and what it shows."""
    box = slides.box(slide, (left, top - 0.1, LEFT + WIDTH - left, 0.4))
    parts = (*text(f"{block['name']}  "), *block["caption"], *text(mark))
    slides.write(box.text_frame.paragraphs[0], parts, _CAPTION, bold=True)
    slides.note(slide, parts)


class _Shape:
    """The cells of a table, head first, the widths of its columns and the heights of its rows."""

    def __init__(self, block: Mapping[str, Any]) -> None:
        self.rows: list[Sequence[Parts]] = [[h["parts"] for h in block["heads"]]]
        self.rows += [r["cells"] for r in block["rows"]]
        texts = [[plain(parts) for parts in row] for row in self.rows]
        self.widths = column_widths(texts, WIDTH, _CELL, _PAD, bold=True)
        tall = [
            max(lines_of(t, w - _PAD, _CELL) for t, w in zip(row, self.widths, strict=True)) for row in texts
        ]
        self.heights = [0.1 + n * _CELL * _LEADING / 72.0 for n in tall]


def _below(block: Mapping[str, Any]) -> float:
    return taken(block["notes"], WIDTH, NOTE) if block["notes"] else 0.0


def height_of(block: Mapping[str, Any]) -> float:
    """What a table takes with its caption, its notes and the space below them."""
    return 0.4 + sum(_Shape(block).heights) + 0.12 + _below(block) + 0.2


def parted(block: Mapping[str, Any], less: float = 0.0) -> list[Mapping[str, Any]]:
    """The table in as many parts as it takes slides, each with its head; nothing where it is too large for slides.

    ``less`` is what sentences above it take, in inches.

    A row and those below it that leave their first cell empty stay on one slide.
    """
    if not 0 < len(block["rows"]) <= _ROWS or len(block["heads"]) > _COLUMNS:
        return []
    shape = _Shape(block)
    room = FOOT - TOP - 0.4 - shape.heights[0] - 0.32 - _below(block) + 0.2 - less
    groups = [(group, sum(shape.heights[i + 1] for i in group)) for group in _groups(block["rows"])]
    if max(tall for _, tall in groups) > room:
        return []
    parts = _filled(groups, room)
    if len(parts) > _SLIDES:
        return []
    even = (_filled(groups, room * step / 10) for step in range(5, 10))
    parts = next((p for p in even if len(p) == len(parts)), parts)
    return [{**block, "rows": [block["rows"][i] for i in places]} for places in parts]


def _filled(groups: Sequence[tuple[list[int], float]], room: float) -> list[list[int]]:
    """The rows in as few parts of at most that height as hold them."""
    parts: list[list[int]] = [[]]
    used = 0.0
    for group, tall in groups:
        if parts[-1] and used + tall > room:
            parts.append([])
            used = 0.0
        parts[-1] += group
        used += tall
    return parts


def _groups(rows: Sequence[Mapping[str, Any]]) -> list[list[int]]:
    groups: list[list[int]] = []
    for i, row in enumerate(rows):
        if groups and row["cells"] and not plain(row["cells"][0]).strip():
            groups[-1].append(i)
        else:
            groups.append([i])
    return groups


def add_table(slides: Slides, slide: Any, block: Mapping[str, Any], top: float, mark: str = "") -> None:
    """The table with its caption above and its notes below."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Inches, Pt

    caption(slides, slide, block, LEFT, top, mark)
    shape = _Shape(block)
    place = inches(LEFT, top + 0.35, sum(shape.widths), sum(shape.heights))
    frame = slide.shapes.add_table(len(shape.rows), len(shape.widths), *place)
    frame._element.xpath(".//p:cNvPr")[0].set("descr", clean(f"{block['name']}: {plain(block['caption'])}"))
    table = frame.table
    table.horz_banding = False
    for j, width in enumerate(shape.widths):
        table.columns[j].width = Inches(width)
    sides = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
    cells = list(table.iter_cells())
    for i, row in enumerate(shape.rows):
        table.rows[i].height = Inches(shape.heights[i])
        for j, parts in enumerate(row):
            cell = cells[i * len(row) + j]
            cell.margin_top = cell.margin_bottom = Inches(0.04)
            cell.vertical_anchor = MSO_ANCHOR.MIDDLE
            cell.fill.solid()
            slides.palette.paint(cell.fill.fore_color, slides.palette.slots["lt2"] if i == 0 else "#FFFFFF")
            paragraph = cell.text_frame.paragraphs[0]
            paragraph.alignment = sides[block["heads"][j]["align"]]
            slides.write(paragraph, parts, _CELL, bold=i == 0)
            if not parts:  # an empty cell is as high as its type
                paragraph.font.size = Pt(_CELL)
            slides.note_keys(slide, parts)
    if block["notes"]:
        room = (LEFT, top + 0.4 + sum(shape.heights), WIDTH, max(_below(block), 0.3))
        slides.lines(slide, block["notes"], room, NOTE, slides.palette.slots["dk2"])


def panel(slides: Slides, slide: Any, room: tuple[float, float, float, float]) -> Any:
    """A quiet ground for what belongs together."""
    from pptx.enum.shapes import MSO_SHAPE

    shape = slide.shapes.add_shape(MSO_SHAPE.RECTANGLE, *inches(*room))
    shape._element.remove(shape._element.find("{*}style"))
    shape.fill.solid()
    slides.palette.paint(shape.fill.fore_color, slides.palette.slots["lt2"])
    shape.line.fill.background()
    return shape


def add_cards(slides: Slides, slide: Any, tiles: Sequence[Mapping[str, Any]], top: float) -> float:
    """Scores in large type, four across or three, whichever fills the rows; where the last row ends."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

    abreast = min((4, 3), key=lambda n: -len(tiles) % n) if len(tiles) > 3 else 4
    width = (WIDTH - (abreast - 1) * _GAP) / abreast
    for i, tile in enumerate(tiles):
        down, across = divmod(i, abreast)
        room = (LEFT + across * (width + _GAP), top + down * (_CARD + _GAP), width, _CARD)
        card = panel(slides, slide, room)
        frame = card.text_frame
        frame.word_wrap, frame.vertical_anchor = True, MSO_ANCHOR.TOP
        value = (*tile["value"], {"kind": "tag", "text": tile["unit"]})
        quiet = slides.palette.slots["dk2"]
        lines = (
            (tile["title"], 14.0, "", False),
            (value, 28.0, slides.palette.text, True),
            (tile["detail"], 12.0, quiet, False),
        )
        for j, (parts, size, colour, bold) in enumerate(lines):
            paragraph = frame.paragraphs[0] if j == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.LEFT
            slides.write(paragraph, parts, size, colour, bold=bold)
        card.name = clean(plain(tile["title"]))
        slides.note(slide, (*tile["title"], *text("  "), *value, *text("  "), *tile["detail"]))
    rows = -(-len(tiles) // abreast)
    return top + rows * (_CARD + _GAP)
