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

from surveykit.report._office import clean, column_widths, fixed_bytes, need_office, png_of
from surveykit.report._theme import Theme

__all__ = ["docx_of"]

_PAPER = {"A4": (210.0, 297.0), "letter": (215.9, 279.4)}
_MARGIN_MM = 21.0
_CELL_SIZE, _CELL_PAD = 8.5, 0.17
"""Points of the type in tables, inches that Word keeps free at both sides of a cell."""
_GREY, _INK = "46515D", "1B2430"
Parts = Sequence[Mapping[str, Any]]


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
        self.accent = theme.text_accent.removeprefix("#")
        self.document = Document()
        self._marks = 0
        self._page()
        self._styles()

    def bytes(self) -> bytes:
        self._cover()
        self._contents()
        for section in self.laid["sections"]:
            for block in section["blocks"]:
                getattr(self, f"_{block['kind']}")(block)
        memory = io.BytesIO()
        self.document.save(memory)
        return fixed_bytes(memory.getvalue())

    # The page and its styles

    def _page(self) -> None:
        from docx.shared import Mm

        section = self.document.sections[0]
        section.page_width, section.page_height = (Mm(v) for v in _PAPER[self.theme.paper])
        section.left_margin = section.right_margin = Mm(_MARGIN_MM)
        section.different_first_page_header_footer = True
        head = section.header.paragraphs[0]
        mark = self.laid["simulated"]
        head.text = clean(self.laid["cover"]["title"] + (f"   {mark}" if mark else ""))
        foot = section.footer.paragraphs[0]
        for kind, text in (("begin", ""), ("", " PAGE "), ("end", "")):
            _field(foot.add_run(), kind, text)

    def _styles(self) -> None:
        from docx.shared import Pt

        from surveykit import __version__

        properties = self.document.core_properties
        properties.title, properties.author = clean(self.laid["cover"]["title"])[:255], ""
        properties.last_modified_by, properties.comments = "", ""  # the template names its author
        properties.keywords = self.laid["seal"]
        properties.comments, properties.language = f"surveykit {__version__}", self.laid["lang"]
        latin, han = self.theme.families("en")[0], self.theme.families(self.language)[0]
        sizes = {
            "Normal": 10,
            "Title": 26,
            "Heading 1": 17,
            "Heading 2": 12.5,
            "Caption": 9,
            "Header": 8,
            "Footer": 8,
        }
        for name, size in sizes.items():
            style = self.document.styles[name]
            style.font.size, style.font.name = Pt(size), latin
            style.font.italic = False
            if name in ("Title", "Heading 1", "Heading 2"):
                style.font.color.rgb = _colour(self.accent)
            _east_asian(style.element.get_or_add_rPr(), latin, han, self.laid["lang"])
        self.document.styles["Normal"].paragraph_format.space_after = Pt(5)
        caption = self.document.styles["Caption"]
        caption.font.bold, caption.font.color.rgb = False, _colour(_INK)
        caption.paragraph_format.space_before, caption.paragraph_format.space_after = Pt(9), Pt(3)

    # Front matter

    def _cover(self) -> None:
        cover = self.laid["cover"]
        if self.laid["logo"]:
            self._picture(self.laid["logo"], "", 40.0)
        self._say(({"kind": "text", "text": cover["kicker"]},))
        self.document.add_paragraph(clean(cover["title"]), style="Title")
        self._say(({"kind": "text", "text": cover["subtitle"]},))
        if self.laid["simulated"]:
            self._say(({"kind": "text", "text": self.laid["simulated"]},), bold=True)
        facts = [[({"kind": "text", "text": f["name"]},), f["parts"]] for f in cover["facts"]]
        self._grid(facts, ("left", "left"))

    def _contents(self) -> None:
        self.document.add_paragraph(clean(self.laid["contents"]["title"]), style="Heading 2")
        for entry in self.laid["contents"]["entries"]:
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.left_indent = _points(12.0 * (entry["level"] - 1))
            paragraph.paragraph_format.space_after = _points(1.0)
            run = paragraph.add_run(clean(f"{entry['number']}  {entry['text']}"))
            _link(paragraph, run, entry["id"])
        self._box(self.laid["guide"])

    # One method per kind of block; the names are those of lay_out

    def _heading(self, block: Mapping[str, Any]) -> None:
        first = block["level"] == 1
        paragraph = self.document.add_paragraph(style="Heading 1" if first else "Heading 2")
        paragraph.paragraph_format.page_break_before = first and block["id"] == self.laid["first"]
        paragraph.add_run(clean(f"{block['number']}  {block['text']}"))
        self._bookmark(paragraph, block["id"])

    def _paragraph(self, block: Mapping[str, Any]) -> None:
        self._say(block["parts"], bold=block["style"] == "question")

    def _listing(self, block: Mapping[str, Any]) -> None:
        for entry in block["entries"]:
            style = "List Number" if block["numbered"] else "List Bullet"
            paragraph = self._say(entry["parts"], style=style)
            if entry["tag"]:
                run = paragraph.add_run(f"  [{clean(entry['tag'])}]")
                run.font.color.rgb = _colour(_GREY)

    def _box(self, block: Mapping[str, Any]) -> None:
        table = self.document.add_table(1, 1)
        _shade(table.cell(0, 0), "FBE9E7" if block["level"] == "refused" else "EEF2F7")
        cell = table.cell(0, 0)
        self._fill(cell.paragraphs[0], ({"kind": "text", "text": block["title"]},), bold=True)
        for entry in block["entries"]:
            self._fill(cell.add_paragraph(), entry)
        self.document.add_paragraph().paragraph_format.space_after = _points(2.0)

    def _boxes(self, block: Mapping[str, Any]) -> None:
        for entry in block["entries"]:
            self._box(entry)

    def _tiles(self, block: Mapping[str, Any]) -> None:
        rows = [
            [t["title"], (*t["value"], {"kind": "text", "text": t["unit"]}), t["detail"]]
            for t in block["entries"]
        ]
        self._grid(rows, ("left", "right", "left"), bold=1)

    def _code(self, block: Mapping[str, Any]) -> None:
        if block["title"]:
            self._say(({"kind": "text", "text": block["title"]},), bold=True)
        paragraph = self.document.add_paragraph()
        run = paragraph.add_run(clean(block["text"]))
        run.font.name, run.font.size = self.theme.mono[0], _points(8.0)

    def _figure(self, block: Mapping[str, Any]) -> None:
        self._caption(block)
        self._picture(block["src"], block["alt"], self._width() * 25.4 * block["share"] / 100)
        self._notes(block)

    def _table(self, block: Mapping[str, Any]) -> None:
        self._caption(block)
        heads = [h["parts"] for h in block["heads"]]
        rows = [heads, *(row["cells"] for row in block["rows"])]
        self._grid(rows, [h["align"] for h in block["heads"]], head=True)
        self._notes(block)
        self.document.add_paragraph().paragraph_format.space_after = _points(0.0)

    # What blocks share

    def _say(self, parts: Parts, *, style: str = "Normal", bold: bool = False) -> Any:
        paragraph = self.document.add_paragraph(style=style)
        self._fill(paragraph, parts, bold=bold)
        return paragraph

    def _fill(
        self, paragraph: Any, parts: Parts, *, bold: bool = False, size: float = 0.0, colour: str = ""
    ) -> None:
        for part in parts:
            run = paragraph.add_run(clean(part["text"]))
            run.bold = True if bold else None
            run.italic = True if part["kind"] == "stat" and self.language == "en" else None
            if size:
                run.font.size = _points(size)
            if colour:
                run.font.color.rgb = _colour(colour)
            if part["kind"] == "ref":
                _link(paragraph, run, part["target"])

    def _caption(self, block: Mapping[str, Any]) -> None:
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.paragraph_format.keep_with_next = True
        self._fill(paragraph, ({"kind": "text", "text": f"{block['name']}  "},), bold=True)
        self._fill(paragraph, block["caption"])
        self._bookmark(paragraph, block["id"])

    def _notes(self, block: Mapping[str, Any]) -> None:
        word = self.laid["words"]["note"] + (" " if self.language == "en" else "")
        for i, note in enumerate(block["notes"]):
            lead = ({"kind": "text", "text": word},) if i == 0 else ()
            paragraph = self.document.add_paragraph()
            self._fill(paragraph, (*lead, *note), size=8.0, colour=_GREY)
            paragraph.paragraph_format.space_before = _points(2.0)
            paragraph.paragraph_format.space_after = _points(1.0)

    def _grid(
        self,
        rows: Sequence[Sequence[Parts]],
        align: Sequence[str],
        *,
        head: bool = False,
        bold: int | None = None,
    ) -> None:
        """A table with a rule above, below and under its head; the head is repeated and no row is split."""
        from docx.enum.text import WD_ALIGN_PARAGRAPH

        table = self.document.add_table(len(rows), len(align))
        _rules(table)
        sides = {
            "left": WD_ALIGN_PARAGRAPH.LEFT,
            "right": WD_ALIGN_PARAGRAPH.RIGHT,
            "center": WD_ALIGN_PARAGRAPH.CENTER,
        }
        table.autofit = False
        written = [[_written(parts) for parts in row] for row in rows]
        widths = [_points(w * 72.0) for w in column_widths(written, self._width(), _CELL_SIZE, _CELL_PAD)]
        for column, width in zip(table.columns, widths, strict=True):
            column.width = width
        cells = list(table._cells)  # asked for once: python-docx counts them anew each time
        for i, row in enumerate(rows):
            _row(table.rows[i]._tr, head=head and i == 0)
            for j, parts in enumerate(row):
                cell = cells[i * len(align) + j]
                cell.width = widths[j]
                paragraph = cell.paragraphs[0]
                paragraph.alignment = sides[align[j]]
                paragraph.paragraph_format.space_after = _points(1.0)
                self._fill(paragraph, parts, bold=(head and i == 0) or bold == j, size=_CELL_SIZE)
                if head and i == 0:
                    _rule_below(cell)

    def _width(self) -> float:
        """The width between the margins, in inches."""
        return (_PAPER[self.theme.paper][0] - 2 * _MARGIN_MM) / 25.4

    def _picture(self, uri: str, alt: str, width: float) -> None:
        from docx.shared import Mm

        kind, _, body = uri.partition(";base64,")
        content = base64.b64decode(body)
        if kind.endswith("svg+xml"):
            content = png_of(content.decode("utf-8"))
        self.document.add_picture(io.BytesIO(content), width=Mm(width))
        shape = self.document.inline_shapes[-1]._inline.docPr
        shape.set("descr", clean(alt))
        shape.set("name", f"picture {len(self.document.inline_shapes)}")

    def _bookmark(self, paragraph: Any, name: str) -> None:
        from docx.oxml import OxmlElement
        from docx.oxml.ns import qn

        self._marks += 1
        for tag in ("w:bookmarkStart", "w:bookmarkEnd"):
            mark = OxmlElement(tag)
            mark.set(qn("w:id"), str(self._marks))
            if tag == "w:bookmarkStart":
                mark.set(qn("w:name"), _anchor(name))
            paragraph._p.append(mark)


def _anchor(name: str) -> str:
    """A name that Word takes for a bookmark: letters, digits and underscores, at most forty."""
    from hashlib import sha256

    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"_{plain[:20]}_{sha256(name.encode('utf-8')).hexdigest()[:10]}"


def _points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def _colour(rgb: str) -> Any:
    from docx.shared import RGBColor

    return RGBColor.from_string(rgb)


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _field(run: Any, kind: str, text: str) -> None:
    if kind:
        run._r.append(_element("w:fldChar", fldCharType=kind))
    else:
        instruction = _element("w:instrText")
        instruction.text = text
        run._r.append(instruction)


def _written(parts: Parts) -> str:
    return "".join(part["text"] for part in parts)


def _link(paragraph: Any, run: Any, target: str) -> None:
    """Make the paragraph's last run a link within the document."""
    link = _element("w:hyperlink", anchor=_anchor(target), history="1")
    link.append(run._r)
    paragraph._p.append(link)


def _east_asian(properties: Any, latin: str, han: str, language: str) -> None:
    """Fonts and language of a style, Latin and Han apart."""
    from docx.oxml.ns import qn

    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    fonts = properties.get_or_add_rFonts()
    for slot in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # those of the template would win
        fonts.attrib.pop(qn(f"w:{slot}"), None)
    for slot, name in (("ascii", latin), ("hAnsi", latin), ("eastAsia", han)):
        fonts.set(qn(f"w:{slot}"), name)
    chinese = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}.get(language, "zh-CN")
    properties.append(_element("w:lang", val="en-GB", eastAsia=chinese))


def _shade(cell: Any, colour: str) -> None:
    cell._tc.get_or_add_tcPr().append(_element("w:shd", val="clear", color="auto", fill=colour))


def _rules(table: Any) -> None:
    borders = _element("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(_element(f"w:{side}", val="single", sz="8", space="0", color=_INK))
    borders.append(_element("w:insideH", val="single", sz="2", space="0", color="D5DAE0"))
    table._tbl.tblPr.append(borders)


def _rule_below(cell: Any) -> None:
    borders = _element("w:tcBorders")
    borders.append(_element("w:bottom", val="single", sz="6", space="0", color=_INK))
    cell._tc.get_or_add_tcPr().append(borders)


def _row(row: Any, *, head: bool) -> None:
    properties = row.get_or_add_trPr()
    properties.append(_element("w:cantSplit"))
    if head:
        properties.append(_element("w:tblHeader"))
