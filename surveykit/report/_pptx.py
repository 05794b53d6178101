"""The report as slides: page one, every finding, every picture as an editable chart, and the small tables.

Built from the plain data that :func:`surveykit.report._render.lay_out` gives to every form, so that each
sentence and number is that of the page.
"""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveykit.format import pick
from surveykit.report._blocks import FigureBlock
from surveykit.report._office import clean, fixed_bytes, need_office, png_of
from surveykit.report._pptx_charts import CHARTS, add_chart
from surveykit.report._pptx_shapes import add_diagram, add_grid, add_logo
from surveykit.report._theme import Theme

__all__ = ["pptx_of"]

_WIDE, _HIGH = 13.333, 7.5  # inches
_LEFT, _TOP, _FOOT = 0.6, 1.35, 6.75
_LINES, _BESIDE, _ABOVE = 7, 5, 3
"""So many sentences stand on one slide, so many beside a picture, so many above a table."""
_ROWS = 12
"""A longer table is in the workbook only, and so is one whose numbers a picture shows."""
_WORDS = {
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
        self.accent, self.ink = theme.accent.removeprefix("#"), theme.ink.removeprefix("#")
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
        return slide

    def _title(self, slide: Any, words: str, place: tuple[float, float], size: float) -> None:
        """The slide's title at ``place`` (top, height), from the left."""
        from pptx.enum.text import PP_ALIGN

        shape = slide.shapes.title
        shape.left, shape.top, shape.width, shape.height = _inches(
            _LEFT, place[0], _WIDE - 2 * _LEFT, place[1]
        )
        shape.text_frame.word_wrap = True
        shape.text_frame.paragraphs[0].alignment = PP_ALIGN.LEFT
        self._write(shape.text_frame.paragraphs[0], _text(words), size, self.accent, bold=True)

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
            font.size, font.name, font.bold = Pt(size), self.fonts[0], bold
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

        cover = self.laid["cover"]
        slide = self.deck.slides.add_slide(self.deck.slide_layouts[0])
        slide.placeholders[1]._element.getparent().remove(slide.placeholders[1]._element)
        self._title(slide, cover["title"], (1.7, 1.4), 34)
        lines = [_text(cover["subtitle"])]
        lines += [
            (*_text(f["name"] + (": " if self.language == "en" else "：")), *f["parts"])
            for f in cover["facts"]
        ]
        if self.laid["simulated"]:
            lines.append(_text(self.laid["simulated"]))
        self._lines(slide, lines, 3.3, 16)

    def _section(self, section: Mapping[str, Any]) -> None:
        """The slides of one section, heading by heading; explanations and formulas stay in the other forms."""
        if section["style"] == "page":
            return
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
            beside, lines = ((), lines) if alone else (lines[:_BESIDE], lines[_BESIDE:])
            self._figure(title, figure, beside)
        tables = [b for b in blocks if b["kind"] == "table" and b["id"] not in self.drawn]
        small = [t for t in tables if 0 < len(t["rows"]) <= _ROWS]
        if 0 < len(lines) <= _ABOVE and small:
            self._table(title, small.pop(0), lines)
            lines = []
        for start in range(0, len(lines), _LINES):
            self._lines(self._slide(title), lines[start : start + _LINES], _TOP, 16)
        for table in small:
            self._table(title, table)

    def _lines(
        self, slide: Any, lines: Sequence[Parts], top: float, size: float, width: float = _WIDE - 2 * _LEFT
    ) -> None:
        from pptx.util import Pt

        box = slide.shapes.add_textbox(*_inches(_LEFT, top, width, _FOOT - top))
        box.text_frame.word_wrap = True
        for i, parts in enumerate(lines):
            paragraph = box.text_frame.paragraphs[0] if i == 0 else box.text_frame.add_paragraph()
            paragraph.space_after = Pt(9)
            self._write(paragraph, parts, size)

    def _caption(self, slide: Any, block: Mapping[str, Any], left: float, top: float = _TOP) -> None:
        box = slide.shapes.add_textbox(*_inches(left, top - 0.1, _WIDE - _LEFT - left, 0.4))
        box.text_frame.word_wrap = True
        parts = (*_text(f"{block['name']}  "), *block["caption"])
        self._write(box.text_frame.paragraphs[0], parts, 13, bold=True)

    def _figure(self, title: str, block: Mapping[str, Any], beside: Sequence[Parts]) -> None:
        slide = self._slide(title)
        left = 4.9 if beside else _LEFT
        if beside:
            self._lines(slide, beside, _TOP, 13, left - _LEFT - 0.3)
        self._caption(slide, block, left)
        top, height = _TOP + 0.4, _FOOT - _TOP - 0.8
        plot = self.plots.get(block["id"])
        room = (left, top, _WIDE - _LEFT - left, height)
        if plot is not None and plot.kind == "grid":
            shape = add_grid(slide, plot, room, self._write)
        elif plot is not None and plot.drawing is not None:
            shape = add_diagram(slide, plot.drawing, room, self._write, self.accent)
        elif plot is not None:
            rows = len(plot.categories) if plot.kind in ("intervals", "stacked") else 99
            place = _inches(left, top, _WIDE - _LEFT - left, min(height, 1.4 + 0.42 * rows))
            shape = add_chart(slide, plot, place, self.fonts)
        else:
            shape = self._picture(slide, block["src"], room)
        shape._element.xpath(".//p:cNvPr")[0].set("descr", clean(block["alt"]))
        notes = "\n".join(_plain(n) for n in block["notes"])
        slide.notes_slide.notes_text_frame.text = clean(f"{block['alt']}\n{notes}")

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

    def _table(self, title: str, block: Mapping[str, Any], above: Sequence[Parts] = ()) -> None:
        from pptx.dml.color import RGBColor
        from pptx.enum.text import PP_ALIGN

        slide = self._slide(title)
        top = _TOP
        if above:
            self._lines(slide, above, top, 14)
            top += 0.7 * len(above) + 0.2
        self._caption(slide, block, _LEFT, top)
        rows = [[h["parts"] for h in block["heads"]], *(r["cells"] for r in block["rows"])]
        place = _inches(_LEFT, top + 0.4, _WIDE - 2 * _LEFT, 0.34 * len(rows))
        frame = slide.shapes.add_table(len(rows), len(block["heads"]), *place)
        table = frame.table
        sides = {"left": PP_ALIGN.LEFT, "right": PP_ALIGN.RIGHT, "center": PP_ALIGN.CENTER}
        for i, row in enumerate(rows):
            for j, parts in enumerate(row):
                cell = table.cell(i, j)
                cell.fill.solid()
                cell.fill.fore_color.rgb = RGBColor.from_string("E6ECF3" if i == 0 else "FFFFFF")
                paragraph = cell.text_frame.paragraphs[0]
                paragraph.alignment = sides[block["heads"][j]["align"]]
                self._write(paragraph, parts, 11, bold=i == 0)
        self._lines(slide, block["notes"][:2], min(top + 0.55 + 0.36 * len(rows), _FOOT - 0.3), 10)

    def _rest(self) -> None:
        slide = self._slide(pick(_WORDS["rest"], self.language))
        lines = [_text(pick(_WORDS[k], self.language)) for k in ("tables", "report", "numbers")]
        self._lines(slide, lines, _TOP, 16)


def _sentences(block: Mapping[str, Any]) -> Iterable[Parts]:
    """The lines of a block of text; what a list, a box or a tile says stands on a line of its own."""
    kind = block["kind"]
    if kind == "paragraph":
        yield block["parts"]
    elif kind == "listing":
        for entry in block["entries"]:
            tag = _text(f"  [{entry['tag']}]") if entry["tag"] else ()
            yield (*_text("• "), *entry["parts"], *tag)
    elif kind == "box":
        yield _text(block["title"])
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
