"""Elements of Word files: fields, bookmarks, links, rules of tables, fonts of styles."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveykit.report._office import HAN_TAGS
from surveykit.report.charts._base import INK

__all__ = [
    "W_RUN", "anchor", "bookmark", "east_asian", "element", "field", "fonts_known", "full_width",
    "link", "points", "rgb", "row", "rule_below", "rules", "shade", "unshaded", "white_rule",
]  # fmt: skip

_INK = INK.removeprefix("#")
W_RUN = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}r"
_MARKS = frozenset("“”‘’—…·")


def anchor(name: str) -> str:
    """A name that Word takes for a bookmark: letters, digits and underscores, at most forty."""
    from hashlib import sha256

    plain = re.sub(r"\W", "_", name, flags=re.ASCII)
    return f"_{plain[:20]}_{sha256(name.encode('utf-8')).hexdigest()[:10]}"


def points(size: float) -> Any:
    from docx.shared import Pt

    return Pt(size)


def rgb(colour: str) -> Any:
    from docx.shared import RGBColor

    return RGBColor.from_string(colour)


def element(tag: str, **attributes: str) -> Any:
    """An element of Word's own with attributes of its own."""
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def field(paragraph: Any, instruction: str, result: str, *, dirty: bool = False) -> list[Any]:
    """A field with its result, which stands until it is updated; all of its runs.

    They should look alike: some programs go by the first of them.
    """
    before = len(paragraph.runs)
    mark = element("w:fldChar", fldCharType="begin", **({"dirty": "true"} if dirty else {}))
    paragraph.add_run()._r.append(mark)
    told = element("w:instrText")
    told.set("{http://www.w3.org/XML/1998/namespace}space", "preserve")
    told.text = f" {instruction} "
    paragraph.add_run()._r.append(told)
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType="separate"))
    paragraph.add_run(result)
    paragraph.add_run()._r.append(element("w:fldChar", fldCharType="end"))
    return list(paragraph.runs[before:])


def bookmark(paragraph: Any, name: str, number: int, runs: Iterable[Any] = ()) -> None:
    """A bookmark around the runs, at the end of the paragraph where there are none."""
    start, end = (
        element("w:bookmarkStart", id=str(number), name=anchor(name)),
        element("w:bookmarkEnd", id=str(number)),
    )
    held = list(runs)
    if held:
        held[0].addprevious(start)
        held[-1].addnext(end)
    else:
        paragraph._p.append(start)
        paragraph._p.append(end)


def fonts_known(blob: bytes, families: Mapping[str, str]) -> bytes:
    """A font table that names, for each family, the one that a machine without it may take."""
    from lxml import etree

    root = etree.fromstring(blob)
    space = f"{{{root.nsmap['w']}}}"
    for family, other in families.items():
        for known in [f for f in root if f.get(f"{space}name") == family]:
            root.remove(known)
        font = etree.SubElement(root, f"{space}font")
        font.set(f"{space}name", family)
        if other != family:
            etree.SubElement(font, f"{space}altName").set(f"{space}val", other)
    made: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return made


def full_width(run: Any) -> None:
    """Say that the quotes and dashes of a run are Chinese: Word takes them for Latin, half as wide, unless it is told."""
    from docx.oxml.ns import qn

    if not _MARKS.isdisjoint("".join(t.text or "" for t in run.iter(qn("w:t")))):
        run.get_or_add_rPr().get_or_add_rFonts().set(qn("w:hint"), "eastAsia")


def link(paragraph: Any, target: str, runs: Sequence[Any] | None = None) -> None:
    """Make runs of a paragraph (its last one) a link within the document."""
    made = element("w:hyperlink", anchor=anchor(target), history="1")
    held = list(runs) if runs is not None else [paragraph.runs[-1]._r]
    held[0].addprevious(made)
    for run in held:
        made.append(run)


def east_asian(properties: Any, latin: str, han: str, language: str) -> None:
    """Fonts and language of a style, Latin and Han apart."""
    from docx.oxml.ns import qn

    for old in properties.findall(qn("w:lang")):
        properties.remove(old)
    fonts = properties.get_or_add_rFonts()
    for slot in ("asciiTheme", "hAnsiTheme", "eastAsiaTheme", "cstheme"):  # those of the template would win
        fonts.attrib.pop(qn(f"w:{slot}"), None)
    for slot, name in (("ascii", latin), ("hAnsi", latin), ("eastAsia", han)):
        fonts.set(qn(f"w:{slot}"), name)
    chinese = HAN_TAGS.get(language, "zh-CN")
    properties.append(element("w:lang", val="en-GB", eastAsia=chinese))


def shade(cell: Any, colour: str) -> None:
    cell._tc.get_or_add_tcPr().append(element("w:shd", val="clear", color="auto", fill=colour))


def rules(table: Any) -> None:
    borders = element("w:tblBorders")
    for side in ("top", "bottom"):
        borders.append(element(f"w:{side}", val="single", sz="8", space="0", color=_INK))
    borders.append(element("w:insideH", val="single", sz="2", space="0", color="D5DAE0"))
    table._tbl.tblPr.insert_element_before(borders, "w:shd", "w:tblLayout", "w:tblCellMar", "w:tblLook")


def rule_below(cell: Any) -> None:
    borders = element("w:tcBorders")
    borders.append(element("w:bottom", val="single", sz="6", space="0", color=_INK))
    cell._tc.get_or_add_tcPr().append(borders)


def row(row: Any, *, head: bool) -> None:
    properties = row.get_or_add_trPr()
    properties.append(element("w:cantSplit"))
    if head:
        properties.append(element("w:tblHeader"))


def white_rule(cell: Any) -> None:
    """A broad white line at the left of a cell, so that it stands apart from its neighbour."""
    borders = element("w:tcBorders")
    borders.append(element("w:left", val="single", sz="48", space="0", color="FFFFFF"))
    cell._tc.get_or_add_tcPr().insert(1, borders)


def unshaded(style: Any) -> None:
    """Take from a style's colour the shade that the template gives it: the theme's colour is meant as it is."""
    from docx.oxml.ns import qn

    for colour in style.iter(qn("w:color")):
        for name in ("themeShade", "themeTint"):
            colour.attrib.pop(qn(f"w:{name}"), None)
