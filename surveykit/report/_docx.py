"""The report as a Word document: the same sections, sentences and tables, to be edited by hand.

Built from the plain data that :func:`surveykit.report._render.lay_out` gives to every form. Text reaches the document as text
only: no field, no formula and no address is made from it.
"""

from __future__ import annotations

import base64
import io
import re
from collections.abc import Mapping, Sequence
from typing import Any

from surveykit.report._docx_parts import (
    W_RUN,
    anchor,
    bookmark,
    east_asian,
    element,
    field,
    fonts_known,
    full_width,
    link,
    points,
    rgb,
    row,
    rule_below,
    rules,
    shade,
    unshaded,
    white_rule,
)
from surveykit.report._evidence import apart, bracketed
from surveykit.report._office import (
    HAN_TAGS,
    Parts,
    clean,
    column_widths,
    fixed_bytes,
    need_office,
    plain,
    png_of,
    right_to_left,
)
from surveykit.report._office_theme import EMU, Palette, mono_of, office_fonts, themed
from surveykit.report._theme import PAPERS, Theme
from surveykit.report.charts._base import INK

__all__ = ["docx_of"]

_MARGIN_MM = 21.0
_CELL_SIZE, _CELL_LINE, _CELL_PAD = 8.5, 12.0, 0.17
"""Points of the type in tables and of their lines, inches that Word keeps free at both sides of a cell."""
_HANG = 0.25
"""Inches that the lines of a list stand in."""
_GREY = "46515D"
_NUMBERED = re.compile(r"(\D*)(\d+)")
"""The name of a figure or table: what it is and its number."""


def docx_of(laid: Mapping[str, Any], theme: Theme) -> bytes:
    """The bytes of ``report.docx``; the same report gives the same bytes.

    Raises :class:`SurveykitError` where python-docx (the extra ``office``) is not installed.
    """
    need_office("docx", "report.docx")
    return _Writer(laid, theme).bytes()


class _Writer:
    """Writes one document from top to bottom."""

    def __init__(self, laid: Mapping[str, Any], theme: Theme) -> None:
        from docx import Document

        self.laid, self.theme = laid, theme
        self.language: str = laid["language"]
        self.palette = Palette(theme)
        self.document = Document()
        self._marks = self._chapters = 0
        self._named = {
            b["id"] for s in laid["sections"] for b in s["blocks"] if b["kind"] in ("figure", "table")
        }
        self._page()
        self._styles()

    def bytes(self) -> bytes:
        self._cover()
        self._contents()
        for section in self.laid["sections"]:
            for block in section["blocks"]:
                getattr(self, f"_{block['kind']}")(block)
        if self.language != "en":
            for run in self.document.element.body.iter(W_RUN):
                full_width(run)
        memory = io.BytesIO()
        self.document.save(memory)
        return fixed_bytes(memory.getvalue())

    # The page and its styles

    def _page(self) -> None:
        from docx.shared import Mm

        section = self.document.sections[0]
        section.page_width, section.page_height = (Mm(v) for v in PAPERS[self.theme.paper])
        section.left_margin = section.right_margin = Mm(_MARGIN_MM)
        section.different_first_page_header_footer = True
        head = section.header.paragraphs[0]
        mark = self.laid["simulated"]
        head.text = clean(self.laid["cover"]["title"] + (f"   {mark}" if mark else ""))
        field(section.footer.paragraphs[0], "PAGE", "1")

    def _styles(self) -> None:
        from docx.enum.dml import MSO_THEME_COLOR
        from docx.shared import Pt

        from surveykit import __version__

        properties = self.document.core_properties
        properties.title, properties.author = clean(self.laid["cover"]["title"])[:255], ""
        properties.last_modified_by, properties.comments = "", ""  # the template names its author
        properties.keywords = self.laid["seal"]
        properties.comments, properties.language = f"surveykit {__version__}", self.laid["lang"]
        latin, han = office_fonts(self.theme, self.language)
        self._theme_parts(latin, han)
        sizes = {
            "Normal": 10,
            "Title": 26,
            "Heading 1": 17,
            "Heading 2": 12.5,
            "Caption": 9,
            "TOC Heading": 17,
            "Header": 8,
            "Footer": 8,
        }
        for name, size in sizes.items():
            style = self.document.styles[name]
            style.font.size, style.font.name = Pt(size), latin
            style.font.italic = False
            if name in ("Title", "Heading 1", "Heading 2", "TOC Heading"):
                found = self.palette.find(self.palette.text)
                style.font.color.rgb = rgb(self.palette.text.removeprefix("#"))
                style.font.color.theme_color = getattr(MSO_THEME_COLOR, f"ACCENT_{(found or ('4',))[0][-1]}")
            unshaded(style.element)
            east_asian(style.element.get_or_add_rPr(), latin, han, self.laid["lang"])
        layout = self.document.styles["Normal"].paragraph_format
        layout.space_after, layout.line_spacing = Pt(5), 1.0
        caption = self.document.styles["Caption"]
        caption.font.bold, caption.font.color.rgb = False, rgb(INK.removeprefix("#"))
        caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(9), Pt(3)

        self._contents_styles()

    def _theme_parts(self, latin: str, han: str) -> None:
        """Colours and fonts of the report as those of the document's theme, its language as that of new text."""
        from docx.opc.constants import RELATIONSHIP_TYPE
        from docx.oxml.ns import qn

        part = self.document.part.part_related_by(RELATIONSHIP_TYPE.THEME)
        part._blob = themed(part.blob, self.palette.slots, (latin, han))
        table = self.document.part.part_related_by(RELATIONSHIP_TYPE.FONT_TABLE)
        here = (self.theme.families("en")[0], self.theme.families(self.language)[0])
        table._blob = fonts_known(table.blob, dict(zip((latin, han), here, strict=True)))
        own = self.document.settings.element.findall(qn("w:themeFontLang"))
        own += self.document.styles.element.findall(f"{qn('w:docDefaults')}//{qn('w:lang')}")
        for language in own:
            language.set(qn("w:val"), "en-GB")
            language.set(qn("w:eastAsia"), HAN_TAGS.get(self.laid["lang"], "zh-CN"))

    def _contents_styles(self) -> None:
        """The styles of the two levels of the contents, page numbers at the right behind dots."""
        from docx.enum.style import WD_STYLE_TYPE
        from docx.enum.text import WD_TAB_ALIGNMENT, WD_TAB_LEADER

        for level in (1, 2):
            style = self.document.styles.add_style(f"toc {level}", WD_STYLE_TYPE.PARAGRAPH, builtin=True)
            style.base_style = self.document.styles["Normal"]
            layout = style.paragraph_format
            layout.left_indent = points(12.0 * (level - 1))
            layout.space_before, layout.space_after = points(4.0 if level == 1 else 0.0), points(1.0)
            layout.line_spacing = 1.0
            layout.tab_stops.add_tab_stop(
                points(self._width() * 72.0), WD_TAB_ALIGNMENT.RIGHT, WD_TAB_LEADER.DOTS
            )

    # Front matter

    def _cover(self) -> None:
        cover = self.laid["cover"]
        if self.laid["logo"]:
            self._picture(self.laid["logo"], cover["client"] or "Logo", 40.0)
        self._say(({"kind": "text", "text": cover["kicker"]},))
        self.document.add_paragraph(clean(cover["title"]), style="Title")
        self._say(({"kind": "text", "text": cover["subtitle"]},))
        if self.laid["simulated"]:
            self._say(({"kind": "text", "text": self.laid["simulated"]},), bold=True)
        facts = [[({"kind": "text", "text": f["name"]},), f["parts"]] for f in cover["facts"]]
        if facts:
            self._grid(facts, ("left", "left"))

    def _contents(self) -> None:
        """How to read the report, then the contents: each line a link with the page as a field.

        Not one field for the whole list: programs that do not make such a list anew would show it without pages.
        """
        self._gap()
        self._box(self.laid["guide"])
        title = self.document.add_paragraph(clean(self.laid["contents"]["title"]), style="TOC Heading")
        title.paragraph_format.page_break_before = True
        for entry in self.laid["contents"]["entries"]:
            paragraph = self.document.add_paragraph(style=f"toc {entry['level']}")
            before = len(paragraph._p)
            paragraph.add_run(clean(f"{entry['number']}  {entry['text']}"))
            paragraph.add_run("\t")
            field(paragraph, f"PAGEREF {anchor(entry['id'])} \\h", "", dirty=True)
            link(paragraph, entry["id"], list(paragraph._p)[before:])

    # One method per kind of block; the names are those of lay_out

    def _heading(self, block: Mapping[str, Any]) -> None:
        first = block["level"] == 1
        paragraph = self.document.add_paragraph(style="Heading 1" if first else "Heading 2")
        self._chapters += first
        paragraph.paragraph_format.page_break_before = first and self._chapters < 3  # page one is a page
        paragraph.add_run(clean(f"{block['number']}  {block['text']}"))
        self._bookmark(paragraph, block["id"])

    def _paragraph(self, block: Mapping[str, Any]) -> None:
        if block["style"] != "question":
            self._say(block["parts"])
            return
        paragraph = self.document.add_paragraph()
        self._fill(
            paragraph, block["parts"], bold=True, size=11.0, colour=self.palette.text.removeprefix("#")
        )
        layout = paragraph.paragraph_format
        layout.space_before, layout.space_after, layout.keep_with_next = points(6.0), points(3.0), True

    def _listing(self, block: Mapping[str, Any]) -> None:
        for entry in block["entries"]:
            style = "List Number" if block["numbered"] else "List Bullet"
            paragraph = self._say(entry["parts"], style=style)
            if entry["tag"]:
                tag = clean(entry["tag"]).replace(" ", "\N{NO-BREAK SPACE}")
                shown = bracketed(tag, self.language)
                if apart((*entry["parts"], {"kind": "tag", "text": shown}), self._width() - _HANG, 10.0):
                    paragraph.add_run().add_break()
                run = paragraph.add_run(shown)
                run.font.color.rgb = rgb(_GREY)

    def _box(self, block: Mapping[str, Any]) -> None:
        self._boxes({"entries": [block]})

    def _boxes(self, block: Mapping[str, Any]) -> None:
        """Boxes side by side, a white line between them."""
        table = self.document.add_table(1, len(block["entries"]))
        row(table.rows[0]._tr, head=False)
        for i, box in enumerate(block["entries"]):
            cell = table.cell(0, i)
            shade(cell, "FBE9E7" if box["level"] == "refused" else "EEF2F7")
            if i:
                white_rule(cell)
            self._fill(cell.paragraphs[0], ({"kind": "text", "text": box["title"]},), bold=True)
            for entry in box["entries"]:
                self._fill(cell.add_paragraph(), entry, size=9.0 if len(block["entries"]) > 1 else 0.0)
            for paragraph in cell.paragraphs:
                paragraph.paragraph_format.space_after = points(3.0)
        self._gap(
            1.0 if len(block["entries"]) > 1 else 8.0
        )  # a page ends with a pair: no line may be left for the next

    def _gap(self, height: float = 8.0) -> None:
        """A little room below a table: Word has none of its own."""
        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_after = points(0.0)
        paragraph.paragraph_format.line_spacing = points(height)

    def _tiles(self, block: Mapping[str, Any]) -> None:
        rows = [
            [t["title"], (*t["value"], {"kind": "text", "text": t["unit"]}), t["detail"]]
            for t in block["entries"]
        ]
        self._grid(rows, ("left", "right", "left"), bold=1)
        self._gap()

    def _code(self, block: Mapping[str, Any]) -> None:
        if block["title"]:
            self._say(({"kind": "text", "text": block["title"]},), bold=True)
        paragraph = self.document.add_paragraph()
        run = paragraph.add_run(clean(block["text"]))
        run.font.name, run.font.size = mono_of(self.theme), points(8.0)

    def _figure(self, block: Mapping[str, Any]) -> None:
        if block["wide"]:
            self._turn(wide=True)
        self._caption(block)
        width = self._width() * 25.4 * block["share"] / 100
        self._picture(block["src"], block["alt"], width, keep=bool(block["notes"]))
        self._notes(block)
        if block["wide"]:
            self._turn(wide=False)

    def _table(self, block: Mapping[str, Any]) -> None:
        self._caption(block)
        heads = [h["parts"] for h in block["heads"]]
        rows = [heads, *(row["cells"] for row in block["rows"])]
        kept = [True, *(block["short"] or row["kept"] for row in block["rows"])]
        kept[-1] = bool(block["notes"])
        self._grid(rows, [h["align"] for h in block["heads"]], head=True, kept=kept)
        self._notes(block)
        self._gap()

    # What blocks share

    def _turn(self, *, wide: bool) -> None:
        """Go on with a page on its side, or upright again: a drawing that would be too small else has a page of its own."""
        from docx.enum.section import WD_ORIENT, WD_SECTION
        from docx.shared import Mm

        section = self.document.add_section(WD_SECTION.NEW_PAGE)
        section.different_first_page_header_footer = False
        short, long = PAPERS[self.theme.paper]
        section.orientation = WD_ORIENT.LANDSCAPE if wide else WD_ORIENT.PORTRAIT
        section.page_width, section.page_height = (Mm(v) for v in ((long, short) if wide else (short, long)))

    def _say(self, parts: Parts, *, style: str = "Normal", bold: bool = False) -> Any:
        paragraph = self.document.add_paragraph(style=style)
        self._fill(paragraph, parts, bold=bold)
        return paragraph

    def _fill(
        self, paragraph: Any, parts: Parts, *, bold: bool = False, size: float = 0.0, colour: str = ""
    ) -> None:
        backwards = right_to_left(plain(parts))
        if backwards:
            paragraph._p.get_or_add_pPr().insert_element_before(
                element("w:bidi"), "w:spacing", "w:ind", "w:contextualSpacing", "w:jc", "w:outlineLvl", "w:rPr", "w:sectPr"
            )  # fmt: skip
        for part in parts:
            if part["kind"] == "ref" and part["target"] in self._named:
                runs = field(paragraph, f"REF {anchor(part['target'])} \\h", clean(part["text"]))
            else:
                runs = [paragraph.add_run(clean(part["text"]))]
            for run in runs:
                run.font.rtl = True if backwards else None
                run.bold = True if bold else None
                run.italic = True if part["kind"] == "stat" and self.language == "en" else None
                if size:
                    run.font.size = points(size)
                if colour:
                    run.font.color.rgb = rgb(colour)
            if part["kind"] == "ref" and part["target"] not in self._named:
                link(paragraph, part["target"])

    def _caption(self, block: Mapping[str, Any]) -> None:
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = True
        label, number = _NUMBERED.findall(clean(block["name"]))[0]
        before = len(paragraph._p)
        paragraph.add_run(label)
        field(paragraph, f"SEQ {label.strip()} \\* ARABIC", number)
        self._bookmark(paragraph, block["id"], list(paragraph._p)[before:])
        for run in paragraph.runs:
            run.bold = True
        paragraph.add_run("  ")
        self._fill(paragraph, block["caption"])

    def _notes(self, block: Mapping[str, Any]) -> None:
        word = self.laid["words"]["note"] + (" " if self.language == "en" else "")
        for i, note in enumerate(block["notes"]):
            lead = ({"kind": "text", "text": word},) if i == 0 else ()
            paragraph = self.document.add_paragraph()
            self._fill(paragraph, (*lead, *note), size=8.0, colour=_GREY)
            paragraph.paragraph_format.space_before = points(2.0)
            paragraph.paragraph_format.space_after = points(1.0)
            paragraph.paragraph_format.keep_with_next = i + 1 < len(block["notes"])

    def _grid(
        self,
        rows: Sequence[Sequence[Parts]],
        align: Sequence[str],
        *,
        head: bool = False,
        bold: int | None = None,
        kept: Sequence[bool] = (),
    ) -> None:
        """A table with a rule above, below and under its head; the head is repeated and no row is split.

        A row that is ``kept`` stays on one page with what follows it.
        """
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        table = self.document.add_table(len(rows), len(align))
        rules(table)
        sides = {
            "left": WD_ALIGN_PARAGRAPH.LEFT,
            "right": WD_ALIGN_PARAGRAPH.RIGHT,
            "center": WD_ALIGN_PARAGRAPH.CENTER,
        }
        table.autofit = False
        texts = [[plain(parts) for parts in line] for line in rows]
        widths = [
            points(w * 72.0) for w in column_widths(texts, self._width(), _CELL_SIZE, _CELL_PAD, bold=head)
        ]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        cells = list(table._cells)  # asked for once: python-docx counts them anew each time
        made = list(table.rows)
        for i, line in enumerate(rows):
            row(made[i]._tr, head=head and i == 0)
            for j, parts in enumerate(line):
                cell = cells[i * len(align) + j]
                cell.width = widths[j]
                paragraph = cell.paragraphs[0]
                paragraph.alignment = sides[align[j]]
                layout = paragraph.paragraph_format
                layout.space_after = points(1.0)
                layout.line_spacing = points(_CELL_LINE)  # lines of numbers are lower than lines of Han
                if kept and kept[i]:
                    layout.keep_with_next = True
                self._fill(paragraph, parts, bold=(head and i == 0) or bold == j, size=_CELL_SIZE)
                if head and i == 0:
                    rule_below(cell)

    def _width(self) -> float:
        """The width between the margins, in inches."""
        section = self.document.sections[-1]
        return float(section.page_width - section.left_margin - section.right_margin) / EMU

    def _picture(self, uri: str, alt: str, width: float, *, keep: bool = False) -> None:
        from docx.shared import Mm

        kind, _, body = uri.partition(";base64,")
        content = base64.b64decode(body)
        if kind.endswith("svg+xml"):
            content = png_of(content.decode("utf-8"))
        self.document.add_picture(io.BytesIO(content), width=Mm(width))
        self.document.paragraphs[-1].paragraph_format.keep_with_next = keep
        shape = self.document.inline_shapes[-1]._inline.docPr
        shape.set("descr", clean(alt))
        shape.set("name", f"picture {len(self.document.inline_shapes)}")

    def _bookmark(self, paragraph: Any, name: str, runs: Sequence[Any] = ()) -> None:
        self._marks += 1
        bookmark(paragraph, name, self._marks, runs)
