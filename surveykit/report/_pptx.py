"""The report as slides: page one, every finding, every picture as an editable chart, and the small tables.

Built from the plain data that :func:`surveykit.report._render.lay_out` gives to every form, so that each
sentence and number is that of the page.
"""

from __future__ import annotations

import base64
import io
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from surveykit.format import pick
from surveykit.report._blocks import FigureBlock
from surveykit.report._office import clean, column_widths, fixed_bytes, lines_of, need_office, png_of
from surveykit.report._pptx_charts import CHARTS, add_chart
from surveykit.report._pptx_shapes import add_diagram, add_grid, add_logo
from surveykit.report._theme import Theme
from surveykit.report.charts import Plot
from surveykit.report.charts._base import inked

__all__ = ["pptx_of"]

_WIDE, _HIGH = 13.333, 7.5  # inches
_LEFT, _TOP, _FOOT = 0.6, 1.35, 6.75
_BODY, _SIDE, _OVER, _CELL, _NOTE = 16.0, 13.0, 14.0, 11.0, 10.0
"""Points of the type: sentences alone, beside a picture, above a table; cells; notes."""
_BESIDE, _ABOVE = 4.0, 3
"""Inches beside a picture for sentences; so many sentences at most stand above a table."""
_ROWS = 12
"""A table of more rows, or one that a slide has no room for, is in the workbook only; so is one whose numbers a picture shows."""
_ROWED, _BARS = ("intervals", "stacked"), 16
"""So many rows of a chart can be read on a slide; more go on to the next."""
_CELL_PAD, _LEADING = 0.24, 1.22
_ASKED = "table-sample-box"
"""Of the pages that slides leave out, the table that is shown: who was asked."""
_WORDS = {
    "left": {"en": "Larger tables are in tables.xlsx: {names}.", "zh": "较大的表格见tables.xlsx：{names}。"},
    "rest": {"en": "Where the rest is", "zh": "其他内容"},
    "tables": {"en": "All tables with all rows: tables.xlsx.", "zh": "全部表格及所有行：tables.xlsx。"},
    "report": {
        "en": "Method, limits and explanations: report.pdf.",
        "zh": "方法、局限与统计量解释：report.pdf。",
    },
    "numbers": {"en": "Every number under its key: results.json.", "zh": "每个数字及其键：results.json。"},
}
Parts = Sequence[Mapping[str, Any]]


def pptx_of(laid: Mapping[str, Any], figures: Sequence[FigureBlock], theme: Theme) -> bytes:
    """The bytes of ``report.pptx``; ``figures`` are those of the report. The same report gives the same bytes.

    Raises :class:`SurveykitError` where python-pptx (the extra ``office``) is not installed.
    """
    need_office("pptx", "report.pptx")
    return _Deck(laid, figures, theme).bytes()


class _Deck:
    """Writes slides one after the other."""

    def __init__(self, laid: Mapping[str, Any], figures: Sequence[FigureBlock], theme: Theme) -> None:
        from pptx import Presentation
        from pptx.util import Inches

        self.laid = laid
        self.plots = {f.id: f.plot for f in figures if f.plot is not None}
        self.drawn = {f.numbers for f in figures if f.plot is not None and f.plot.kind in CHARTS}
        self.language: str = laid["language"]
        self.fonts = (theme.families("en")[0], theme.families(self.language)[0])
        self.accent, self.ink = theme.text_accent.removeprefix("#"), theme.ink.removeprefix("#")
        self.ground, self.on_ground = (c.removeprefix("#") for c in (theme.accent, inked(theme.accent)))
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = Inches(_WIDE), Inches(_HIGH)
        properties = self.deck.core_properties
        properties.title, properties.author = clean(laid["cover"]["title"])[:255], ""
        properties.last_modified_by, properties.comments = "", ""  # the template names its author
        properties.keywords, properties.language = laid["seal"], laid["lang"]

    def bytes(self) -> bytes:
        self._brand()
        self._cover()
        for section in self.laid["sections"]:
            self._section(section)
        self._rest()
        memory = io.BytesIO()
        self.deck.save(memory)
        return fixed_bytes(memory.getvalue())

    def _slide(self, title: str) -> Any:

        slide = self.deck.slides.add_slide(self.deck.slide_layouts[5])
        self._title(slide, title, (0.45, 0.7), 24 if len(title) < 60 else 18)
        mark = self.laid["simulated"]
        foot = f"{self.laid['cover']['title']}{'   ' + mark if mark else ''}"
        box = slide.shapes.add_textbox(*_inches(_LEFT, 7.02, _WIDE - 2 * _LEFT - 1.5, 0.3))
        box.text_frame.word_wrap = True
        self._write(box.text_frame.paragraphs[0], _text(foot), 9, "46515D")
        self._number(slide)
        return slide

    def _number(self, slide: Any) -> None:
        """The number of the slide: a field, so that it stays true where slides are moved."""
        from lxml import etree
        from pptx.enum.text import PP_ALIGN

        right = _WIDE - _LEFT - (1.4 if self.laid["logo"] else 0.0)
        box = slide.shapes.add_textbox(*_inches(right - 0.7, 7.02, 0.7, 0.3))
        paragraph = box.text_frame.paragraphs[0]
        paragraph.alignment = PP_ALIGN.RIGHT
        self._write(paragraph, _text(str(len(self.deck.slides))), 9, "46515D")
        run = paragraph.runs[0]._r
        run.tag = etree.QName(run.nsmap["a"], "fld").text
        run.set("id", "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}")
        run.set("type", "slidenum")

    def _title(
        self, slide: Any, words: str, place: tuple[float, float], size: float, colour: str = ""
    ) -> None:
        """The slide's title at ``place`` (top, height), from the left."""
        from pptx.enum.text import PP_ALIGN

        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = _inches(
            _LEFT, place[0], _WIDE - 2 * _LEFT, place[1]
        )
        shape.text_frame.word_wrap = True
        shape.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        self._write(shape.text_frame.paragraphs[0], _text(words), size, colour or self.accent, bold=True)

    def _write(
        self, paragraph: Any, parts: Parts, size: float, colour: str = "", *, bold: bool = False
    ) -> None:
        from lxml import etree
        from pptx.dml.color import RGBColor
        from pptx.util import Pt

        for part in parts:
            run = paragraph.add_run()
            run.text = clean(part["text"])
            font = run.font
            font.size, font.name, font.bold = Pt(size), self.fonts[0], bold or part["kind"] == "strong"
            font.italic = part["kind"] == "stat" and self.language == "en"
            font.color.rgb = RGBColor.from_string(colour or self.ink)
            properties = run._r.get_or_add_rPr()
            properties.set("lang", {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}.get(self.laid["lang"], "en-GB"))
            space = properties.nsmap["a"]
            east = etree.Element(f"{{{space}}}ea")
            east.set("typeface", self.fonts[1])
            properties.find(f"{{{space}}}latin").addnext(east)

    def _brand(self) -> None:
        """The theme's logo on the layouts, large on the cover's, small in a corner of the others': changed in one place."""
        if not self.laid["logo"]:
            return
        content = base64.b64decode(self.laid["logo"].partition(";base64,")[2])
        for layout, (right, top, width, height) in (
            (self.deck.slide_layouts[0], (_WIDE - _LEFT, 0.6, 3.0, 0.9)),
            (self.deck.slide_layouts[5], (_WIDE - _LEFT, 6.98, 1.3, 0.36)),
        ):
            add_logo(layout, content, (right, top, width, height))

    def _cover(self) -> None:
        from pptx.dml.color import RGBColor

        cover = self.laid["cover"]
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[0])
        slide.background.fill.solid()
        slide.background.fill.fore_color.rgb = RGBColor.from_string(self.ground)
        slide.placeholders[1]._element.getparent().remove(slide.placeholders[1]._element)
        size = 34 if lines_of(cover["title"], _WIDE - 2 * _LEFT, 34) < 3 else 22
        self._title(slide, cover["title"], (1.7, 1.4), size, self.on_ground)
        lines = [_text(cover["subtitle"])]
        lines += [
            (*_text(f["name"] + (": " if self.language == "en" else "：")), *f["parts"])
            for f in cover["facts"]
        ]
        if self.laid["simulated"]:
            lines.append(_text(self.laid["simulated"]))
        self._lines(slide, lines, 3.3, _BODY, colour=self.on_ground)

    def _section(self, section: Mapping[str, Any]) -> None:
        """The slides of one section, heading by heading; explanations and formulas stay in the other forms."""
        if section["style"] == "page":
            shown = [b for b in section["blocks"] if b["kind"] == "table" and b["id"] == _ASKED]
            if not shown:
                return
            section = {**section, "blocks": [section["blocks"][0], *shown]}
        part: list[Mapping[str, Any]] = []
        for block in section["blocks"]:
            if block["kind"] == "heading":
                self._part(part)
                part = []
            part.append(block)
        self._part(part)

    def _part(self, blocks: Sequence[Mapping[str, Any]]) -> None:
        """What stands under one heading: the first picture beside the sentences, the others alone, then small tables."""
        if not blocks:
            return
        title = f"{blocks[0]['number']}  {blocks[0]['text']}" if blocks[0]["kind"] == "heading" else ""
        lines = [line for b in blocks for line in _sentences(b)]
        figures = [b for b in blocks if b["kind"] == "figure"]
        for i, figure in enumerate(figures):
            alone = i > 0 or figure["wide"]  # a drawing for a page on its side needs the whole slide
            beside: Sequence[Parts] = ()
            if not alone:
                beside, lines = _fitting(lines, _BESIDE, _FOOT - _TOP, _SIDE)
            self._figure(title, figure, beside)
        tables = [b for b in blocks if b["kind"] == "table" and b["id"] not in self.drawn]
        small = [t for t in tables if 0 < len(t["rows"]) <= _ROWS and self._fits(t)]
        if left := [t["name"] for t in tables if t not in small]:
            names = (", " if self.language == "en" else "、").join(left)
            lines = [*lines, _text(pick(_WORDS["left"], self.language).format(names=names))]
        above: Sequence[Parts] = ()
        if small and len(lines) <= _ABOVE:
            above, lines = lines, []
        for here in _slides_of(lines):
            self._lines(self._slide(title), here, _TOP, _BODY)
        self._tables(title, small, above)

    def _lines(
        self, slide: Any, lines: Sequence[Parts], top: float, size: float, width: float = _WIDE - 2 * _LEFT,
        colour: str = "",
    ) -> None:  # fmt: skip
        from pptx.util import Pt

        box = slide.shapes.add_textbox(*_inches(_LEFT, top, width, _FOOT - top))
        box.text_frame.word_wrap = True
        for i, parts in enumerate(lines):
            paragraph = box.text_frame.paragraphs[0] if i == 0 else box.text_frame.add_paragraph()
            paragraph.space_after = Pt(_after(size))
            self._write(paragraph, parts, size, colour)

    def _caption(
        self, slide: Any, block: Mapping[str, Any], left: float, top: float = _TOP, mark: str = ""
    ) -> None:
        box = slide.shapes.add_textbox(*_inches(left, top - 0.1, _WIDE - _LEFT - left, 0.4))
        box.text_frame.word_wrap = True
        parts = (*_text(f"{block['name']}  "), *block["caption"], *_text(mark))
        self._write(box.text_frame.paragraphs[0], parts, 13, bold=True)

    def _figure(self, title: str, block: Mapping[str, Any], beside: Sequence[Parts]) -> None:
        plot = self.plots.get(block["id"])
        pieces = _pieces(plot) if plot is not None else [None]
        for i, piece in enumerate(pieces, start=1):
            slide = self._slide(title)
            left = 4.9 if beside else _LEFT
            if beside:
                self._lines(slide, beside, _TOP, _SIDE, _BESIDE)
            self._caption(slide, block, left, mark=f"  ({i}/{len(pieces)})" if len(pieces) > 1 else "")
            room = (left, _TOP + 0.4, _WIDE - _LEFT - left, _FOOT - _TOP - 0.8)
            shape = self._drawn(slide, block, piece, room)
            shape._element.xpath(".//p:cNvPr")[0].set("descr", clean(block["alt"]))
            notes = "\n".join(_plain(n) for n in block["notes"])
            slide.notes_slide.notes_text_frame.text = clean(f"{block['alt']}\n{notes}")
            beside = ()

    def _drawn(
        self, slide: Any, block: Mapping[str, Any], plot: Plot | None, room: tuple[float, float, float, float]
    ) -> Any:
        """The figure as what PowerPoint has for it: a chart, a table, shapes; as a picture where it has nothing."""
        if plot is None:
            return self._picture(slide, block["src"], room)
        if plot.kind == "grid":
            return add_grid(slide, plot, room, self._write)
        if plot.drawing is not None:
            return add_diagram(slide, plot.drawing, room, self._write, self.accent)
        rows = len(plot.categories) if plot.kind in _ROWED else 99
        left, top, width, height = room
        return add_chart(slide, plot, _inches(left, top, width, min(height, 1.4 + 0.42 * rows)), self.fonts)

    def _picture(self, slide: Any, uri: str, room: tuple[float, float, float, float]) -> Any:
        """The picture as large as its room allows, in the middle of it."""
        from pptx.util import Inches

        content = png_of(base64.b64decode(uri.partition(";base64,")[2]).decode("utf-8"))
        left, top, width, height = (Inches(v) for v in room)
        picture = slide.shapes.add_picture(io.BytesIO(content), left, top)
        scale = min(width / picture.width, height / picture.height)
        picture.width, picture.height = int(picture.width * scale), int(picture.height * scale)
        picture.left = int(left + (width - picture.width) / 2)
        return picture

    def _tables(self, title: str, blocks: Sequence[Mapping[str, Any]], above: Sequence[Parts]) -> None:
        """Small tables one under the other, as many on a slide as it has room for; no table is split."""
        slide, top = None, _TOP
        for block in blocks:
            if slide is None or top + self._height(block) > _FOOT + 0.2:
                slide, top = self._slide(title), _TOP
                if above:
                    self._lines(slide, above, top, _OVER)
                    top += _taken(above, _WIDE - 2 * _LEFT, _OVER) + 0.25
                    above = ()
            self._table(slide, block, top)
            top += self._height(block)

    def _shape_of(self, block: Mapping[str, Any]) -> tuple[list[list[Parts]], list[float], list[float]]:
        """The cells of a table, head first, the widths of its columns and the heights of its rows."""
        rows = [[h["parts"] for h in block["heads"]], *([*r["cells"]] for r in block["rows"])]
        texts = [[_plain(parts) for parts in row] for row in rows]
        widths = column_widths(texts, _WIDE - 2 * _LEFT, _CELL, _CELL_PAD)
        tall = [
            max(lines_of(t, w - _CELL_PAD, _CELL) for t, w in zip(row, widths, strict=True)) for row in texts
        ]
        return rows, widths, [0.1 + n * _CELL * _LEADING / 72.0 for n in tall]

    def _fits(self, block: Mapping[str, Any]) -> bool:
        """Whether a slide has room for a table and each of its columns for the words in it."""
        return len(block["heads"]) <= _ROWS and self._height(block) <= _FOOT - _TOP + 0.2

    def _height(self, block: Mapping[str, Any]) -> float:
        """What a table takes with its caption, its notes and the space below them."""
        notes = _taken(block["notes"], _WIDE - 2 * _LEFT, _NOTE) if block["notes"] else 0.0
        return 0.4 + sum(self._shape_of(block)[2]) + 0.12 + notes + 0.2

    def _table(self, slide: Any, block: Mapping[str, Any], top: float) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN
        from pptx.util import Inches, Pt

        self._caption(slide, block, _LEFT, top)
        rows, widths, heights = self._shape_of(block)
        place = _inches(_LEFT, top + 0.4, sum(widths), sum(heights))
        table = slide.shapes.add_table(len(rows), len(widths), *place).table
        for j, width in enumerate(widths):
            table.columns[j].width = Inches(width)
        sides = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
        for i, row in enumerate(rows):
            table.rows[i].height = Inches(heights[i])
            for j, parts in enumerate(row):
                cell = table.cell(i, j)
                cell.margin_top = cell.margin_bottom = Inches(0.04)
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor.from_string("E6ECF3" if i == 0 else "FFFFFF")
                paragraph = cell.text_frame.paragraphs[0]
                paragraph.alignment = sides[block["heads"][j]["align"]]
                self._write(paragraph, parts, _CELL, bold=i == 0)
                if not parts:  # an empty cell is as high as its type
                    paragraph.font.size = Pt(_CELL)
        if block["notes"]:
            self._lines(slide, block["notes"], top + 0.45 + sum(heights), _NOTE)

    def _rest(self) -> None:
        slide = self._slide(pick(_WORDS["rest"], self.language))
        lines = [_text(pick(_WORDS[k], self.language)) for k in ("tables", "report", "numbers")]
        self._lines(slide, lines, _TOP, _BODY)


def _pieces(plot: Plot) -> list[Plot]:
    """The plot, in pieces of as many rows as a slide can show, all alike."""
    n = len(plot.categories)
    if plot.kind not in _ROWED or n <= _BARS:
        return [plot]
    pieces = math.ceil(n / _BARS)
    ends = [round(n * i / pieces) for i in range(pieces + 1)]
    return [_piece(plot, slice(a, b)) for a, b in pairwise(ends)]


def _piece(plot: Plot, rows: slice) -> Plot:
    lists = ("categories", "low", "high", "texts", "groups", "muted")
    series = tuple(replace(s, values=s.values[rows]) for s in plot.series)
    return replace(plot, series=series, **{name: getattr(plot, name)[rows] for name in lists})


def _after(size: float) -> float:
    """Points below a paragraph."""
    return 0.55 * size


def _taken(lines: Sequence[Parts], width: float, size: float) -> float:
    """The height that paragraphs take, in inches."""
    each = (lines_of(_plain(parts), width - 0.2, size) * size * _LEADING + _after(size) for parts in lines)
    return sum(each) / 72.0


def _fitting(
    lines: Sequence[Parts], width: float, height: float, size: float
) -> tuple[list[Parts], list[Parts]]:
    """The lines that fit, at least one, and the others; a title goes with the line below it."""
    fit = max((n for n in range(1, len(lines) + 1) if _taken(lines[:n], width, size) <= height), default=1)
    while 1 < fit < len(lines) and lines[fit - 1][0]["kind"] == "strong":
        fit -= 1
    return list(lines[:fit]), list(lines[fit:])


def _slides_of(lines: Sequence[Parts]) -> list[list[Parts]]:
    """Sentences shared out over as few slides as hold them, about as much on each."""
    room = _FOOT - _TOP
    fewest = _shared(lines, room)
    even = (_shared(lines, room * step / 10) for step in range(1, 10))
    return next((slides for slides in even if len(slides) == len(fewest)), fewest)


def _shared(lines: Sequence[Parts], height: float) -> list[list[Parts]]:
    slides, rest = [], list(lines)
    while rest:
        here, rest = _fitting(rest, _WIDE - 2 * _LEFT, height, _BODY)
        slides.append(here)
    return slides


def _sentences(block: Mapping[str, Any]) -> Iterable[Parts]:
    """The lines of a block of text; what a list, a box or a tile says stands on a line of its own."""
    kind = block["kind"]
    if kind == "paragraph":
        strong = block["style"] == "question"
        yield tuple({**p, "kind": "strong"} for p in block["parts"]) if strong else block["parts"]
    elif kind == "listing":
        for entry in block["entries"]:
            tag = _text(f"  [{entry['tag']}]") if entry["tag"] else ()
            yield (*_text("• "), *entry["parts"], *tag)
    elif kind == "box":
        yield ({"kind": "strong", "text": block["title"]},)
        yield from block["entries"]
    elif kind == "boxes":
        for box in block["entries"]:
            yield from _sentences(box)
    elif kind == "tiles":
        for tile in block["entries"]:
            yield (*tile["title"], *_text("  "), *tile["value"], *_text(f"{tile['unit']}  "), *tile["detail"])


def _text(words: str) -> Parts:
    return ({"kind": "text", "text": words},)


def _plain(parts: Parts) -> str:
    return "".join(p["text"] for p in parts)


def _inches(*sizes: float) -> Any:
    from pptx.util import Inches

    return tuple(Inches(s) for s in sizes)
