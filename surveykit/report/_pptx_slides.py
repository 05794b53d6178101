"""What every slide has: its title, where it belongs, its source and mark at the foot, its number, its notes."""

from __future__ import annotations

import base64
import io
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveykit.format import pick
from surveykit.report._cover import WORDS as COVER
from surveykit.report._evidence import apart
from surveykit.report._office import (
    BOLDER,
    HAN_TAGS,
    Parts,
    clean,
    fixed_bytes,
    lines_of,
    plain,
    right_to_left,
)
from surveykit.report._office_theme import DRAW, Palette, furnish, inches, office_fonts
from surveykit.report._pptx_shapes import add_logo
from surveykit.report._theme import Theme
from surveykit.report.charts._base import MARK

__all__ = ["BODY", "FOOT", "LEFT", "TOP", "WIDTH", "Slides", "taken", "text"]

_WIDE, _HIGH = 13.333, 7.5  # inches
LEFT, TOP, FOOT = 0.6, 1.55, 6.8
WIDTH = _WIDE - 2 * LEFT
BODY = 18.0
"""Points of the type of sentences that stand alone."""
_BULLET, _HANG = "• ", 0.2
"""What begins an item of a list, and how many inches its lines stand in."""
_LEADING = 1.22
_TITLES = ((24.0, 1), (20.0, 2), (18.0, 3))
"""Sizes of a title and how many lines of it the slide has room for."""
_KEYS = 80
_WORDS = {
    "keys": {"en": "Keys in results.json:", "zh": "results.json中的键："},
    "source": {"en": "Source: ", "zh": "来源："},
}


class Slides:
    """The deck: makes slides, writes into them, and finishes all of them alike."""

    def __init__(self, laid: Mapping[str, Any], theme: Theme) -> None:
        from pptx import Presentation

        self.laid = laid
        self.language: str = laid["language"]
        self.tag = HAN_TAGS.get(laid["lang"], "en-GB")
        self.han = self.tag.startswith("zh")
        self.palette = Palette(theme)
        self.deck = Presentation()
        self.deck.slide_width, self.deck.slide_height = inches(_WIDE, _HIGH)
        furnish(self.deck, self.palette, office_fonts(theme, self.language))
        self._titles: dict[str, int] = {}
        self._said: dict[int, list[Parts]] = {}
        self._keyed: dict[int, list[Parts]] = {}
        properties = self.deck.core_properties
        properties.title, properties.author = clean(laid["cover"]["title"])[:255], ""
        properties.last_modified_by, properties.comments = "", ""  # the template names its author
        properties.keywords, properties.language = laid["seal"], laid["lang"]
        self._logo()

    def bytes(self) -> bytes:
        """The file, when the last slide stands."""
        for slide in list(self.deck.slides)[1:]:
            self._foot(slide)
        for slide in self.deck.slides:
            self._note(slide)
        memory = io.BytesIO()
        self.deck.save(memory)
        return fixed_bytes(memory.getvalue())

    def say(self, words: Mapping[str, str]) -> str:
        return pick(words, self.language)

    def slide(self, title: Parts, above: str = "") -> Any:
        """A new slide; ``above`` its title stands, small, where it belongs."""
        slide = self.deck.slides.add_slide(self.deck.slide_layouts.get_by_name("Title Only"))
        words = plain(title)
        self._titles[words] = again = self._titles.get(words, 0) + 1
        if again > 1:  # who listens to a list of slides tells them apart by their titles
            title = (*title, {"kind": "tag", "text": f"（{again}）" if self.han else f"  ({again})"})
        room = WIDTH * 0.98
        size = next((s for s, n in _TITLES if _lines(title, room, s * (1 + BOLDER)) <= n), 16.0)
        first = slide.shapes.title.text_frame.paragraphs[0]
        own = apart(title, room, size * (1 + BOLDER))
        self.write(first, title, size, self.palette.text, bold=True, apart=own)
        if above:
            box = self.box(slide, (LEFT, 0.22, WIDTH, 0.32))
            self.write(box.text_frame.paragraphs[0], text(above), 12.0, self.palette.slots["dk2"])
        return slide

    def box(self, slide: Any, room: tuple[float, float, float, float]) -> Any:
        """An empty box for text."""
        box = slide.shapes.add_textbox(*inches(*room))
        box.text_frame.word_wrap = True
        return box

    def write(
        self,
        paragraph: Any,
        parts: Parts,
        size: float,
        colour: str = "",
        *,
        bold: bool = False,
        apart: bool = False,
    ) -> None:
        """Words into a paragraph: fonts and colours of the theme, the language named, from the right where they run so.

        With ``apart`` what is said of the evidence has a line of its own.
        """
        from lxml import etree
        from pptx.util import Pt

        if right_to_left(plain(parts)):
            properties = paragraph._p.get_or_add_pPr()
            properties.set("rtl", "1")
            properties.set("algn", "r")
        for part in parts:
            if apart and part is parts[-1]:
                paragraph.add_line_break()
                part = {**part, "text": part["text"].lstrip()}
            run = paragraph.add_run()
            run.text = clean(part["text"])
            font, tag = run.font, part["kind"] == "tag"
            if tag:
                run.text = run.text.replace(" ", "\N{NO-BREAK SPACE}").replace("\N{NO-BREAK SPACE}", " ", 1)
            font.size = Pt(size if not tag else min(size, 14.0))
            font.name = "+mn-lt"
            font.bold = (bold and not tag) or part["kind"] == "strong"
            font.italic = part["kind"] == "stat" and self.language == "en"
            self.palette.paint(
                font.color, self.palette.slots["dk2"] if tag else colour or self.palette.slots["dk1"]
            )
            properties = run._r.get_or_add_rPr()
            properties.set("lang", self.tag)
            east = etree.Element(f"{{{DRAW}}}ea")
            east.set("typeface", "+mn-ea")
            properties.find(f"{{{DRAW}}}latin").addnext(east)

    def lines(
        self, slide: Any, lines: Iterable[Parts], room: tuple[float, float, float, float], size: float, colour: str = ""
    ) -> None:  # fmt: skip
        """Paragraphs in a box; what they say goes to the notes with the keys of its numbers."""
        from pptx.util import Pt

        box = self.box(slide, room)
        for i, parts in enumerate(lines):
            paragraph = box.text_frame.paragraphs[0] if i == 0 else box.text_frame.add_paragraph()
            paragraph.space_after = Pt(after(size))
            self.note(slide, parts)
            if _bulleted(parts):
                parts = ({**parts[0], "text": parts[0]["text"].removeprefix(_BULLET)}, *parts[1:])
                _bullet(paragraph)
            self.write(paragraph, parts, size, colour, apart=apart(parts, room[2] - 0.2 - _HANG, size))

    def note(self, slide: Any, parts: Parts) -> None:
        """Remember what the notes of a slide say."""
        self._said.setdefault(slide.slide_id, []).append(parts)

    def note_keys(self, slide: Any, parts: Parts) -> None:
        """Remember the keys of numbers that are read on the slide itself, such as those of cells."""
        self._keyed.setdefault(slide.slide_id, []).append(parts)

    def _note(self, slide: Any) -> None:
        said = self._said.get(slide.slide_id, [])
        if not said:
            return
        frame = slide.notes_slide.notes_text_frame
        all_parts = [*said, *self._keyed.get(slide.slide_id, [])]
        keys = {f"{p['text']}  {p['key']}": None for parts in all_parts for p in parts if p.get("key")}
        lines = [plain(parts) for parts in said]
        if keys:
            lines += ["", self.say(_WORDS["keys"]), *list(keys)[:_KEYS]]
        for i, line in enumerate(lines):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            run = paragraph.add_run()
            run.text = clean(line)
            run._r.get_or_add_rPr().set("lang", self.tag)

    def _foot(self, slide: Any) -> None:
        """Source and number in the places that the master has for them, last in the order of reading."""
        cover, quiet = self.laid["cover"], self.palette.slots["dk2"]
        known = [self.say(COVER[name]) for name in ("client", "respondents", "date") if name in COVER]
        facts = [f for f in cover["facts"] if f["name"] in known]
        parts: list[Mapping[str, Any]] = [*text(self.say(_WORDS["source"]) + cover["title"])]
        for fact in facts:
            parts += [*text("  ·  "), *fact["parts"]]
        layout = {p.placeholder_format.type: p for p in slide.slide_layout.placeholders}
        for kind, place in layout.items():
            name = str(kind).partition(" ")[0]
            if name not in ("FOOTER", "SLIDE_NUMBER"):
                continue
            shape = _placed(slide, place)
            if name == "SLIDE_NUMBER" and not self.laid["logo"]:
                shape.left, shape.top, shape.width, shape.height = inches(LEFT + WIDTH - 0.8, 6.98, 0.8, 0.34)
            paragraph = shape.text_frame.paragraphs[0]
            if name == "FOOTER":
                self.write(paragraph, parts, 10.0, quiet)
                if self.laid["simulated"]:
                    self.write(paragraph, text("  ·  " + self.laid["simulated"]), 10.0, MARK, bold=True)
            else:
                self.write(paragraph, text(str(self.deck.slides.index(slide) + 1)), 10.0, quiet)
                _field(paragraph.runs[0]._r)

    def _logo(self) -> None:
        """The theme's logo on the layouts, large on the cover's, small in a corner of the others': changed in one place."""
        if not self.laid["logo"]:
            return
        content = base64.b64decode(self.laid["logo"].partition(";base64,")[2])
        for name, room in (
            ("Title Slide", (_WIDE - LEFT, 0.6, 3.0, 0.9)),
            ("Title Only", (_WIDE - LEFT, 6.95, 1.3, 0.4)),
        ):
            add_logo(self.deck.slide_layouts.get_by_name(name), content, room)


def _placed(slide: Any, place: Any) -> Any:
    """A placeholder of the layout on the slide: where it stands and how it looks is the layout's affair."""
    from copy import deepcopy

    element = deepcopy(place._element)
    for paragraph in element.findall(f".//{{{DRAW}}}p"):
        for child in list(paragraph):
            paragraph.remove(child)
    ids = [int(e.get("id")) for e in slide.shapes._spTree.xpath(".//p:cNvPr")]
    element.xpath(".//p:cNvPr")[0].set("id", str(max(ids) + 1))
    slide.shapes._spTree.append(element)
    return slide.shapes[-1]


def _field(run: Any) -> None:
    """Make a run the number of its slide, so that it stays true where slides are moved."""
    run.tag = f"{{{DRAW}}}fld"
    run.set("id", "{B6F15528-21DE-4FAA-801E-634DDDAF4B2B}")
    run.set("type", "slidenum")


def after(size: float) -> float:
    """Points below a paragraph."""
    return 0.5 * size


def taken(lines: Sequence[Parts], width: float, size: float) -> float:
    """The height that paragraphs take, in inches."""
    each = (
        _lines(parts, width - 0.2 - _HANG * _bulleted(parts), size) * size * _LEADING + after(size)
        for parts in lines
    )
    return sum(each) / 72.0


def _bulleted(parts: Parts) -> bool:
    return bool(parts) and str(parts[0]["text"]).startswith(_BULLET)


def _bullet(paragraph: Any) -> None:
    """Make a paragraph an item of a list: its further lines stand below the first, not below the mark."""
    from lxml import etree

    properties = paragraph._p.get_or_add_pPr()
    properties.set("marL", str(inches(_HANG)[0]))
    properties.set("indent", str(-inches(_HANG)[0]))
    etree.SubElement(properties, f"{{{DRAW}}}buFont").set("typeface", "Arial")
    etree.SubElement(properties, f"{{{DRAW}}}buChar").set("char", "•")


def _lines(parts: Parts, width: float, size: float) -> int:
    """How many lines a text takes as it is written."""
    if apart(parts, width, size):
        return lines_of(plain(parts[:-1]), width, size) + 1
    return lines_of(plain(parts), width, size)


def text(words: str) -> Parts:
    """Words as a line."""
    return ({"kind": "text", "text": words},)
