"""The colours and fonts of a report as those of the deck: who changes the theme in PowerPoint recolours charts and words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveykit.report._theme import Theme
from surveykit.report.charts._base import low_colour

__all__ = ["DRAW", "EMU", "Palette", "furnish", "inches", "mono_of", "office_fonts", "themed"]

DRAW = "http://schemas.openxmlformats.org/drawingml/2006/main"
EMU = 914_400
"""The units of an Office file in an inch."""
_QUIET, _GROUND, _NEUTRAL, _MUTED = "46515D", "E6ECF3", "C9CFD6", "8A949F"
_EVERYWHERE: Mapping[str, str] = {
    "Noto Sans CJK SC": "Microsoft YaHei", "Noto Sans CJK TC": "Microsoft JhengHei",
    "Noto Sans CJK HK": "Microsoft JhengHei", "Noto Serif CJK SC": "SimSun", "Noto Serif CJK TC": "PMingLiU",
    "Noto Sans CJK KR": "Arial", "Noto Sans": "Arial", "DejaVu Sans": "Arial", "Noto Serif": "Times New Roman",
    "Noto Sans Mono CJK SC": "Consolas", "DejaVu Sans Mono": "Consolas",
}  # fmt: skip
"""Who opens a Word file or slides has the fonts of Office, on Windows and on a Mac, and none of those that make the paper here.

Other programs take what they have for these names."""
_KEPT = (0, 1, 5, 6)
"""Of the template's layouts: title slide, title and content, title only, blank."""
_CLOSE = 0.02
"""Rounded colours differ by so much in the share of white that their channels hold."""


def inches(*sizes: float) -> Any:
    """Sizes in inches as the units of an Office file."""
    return tuple(round(s * EMU) for s in sizes)


def office_fonts(theme: Theme, language: str) -> tuple[str, str]:
    """The fonts that an Office file names for Latin and for Han text; those that a client's theme chose stay as they are.

    >>> [office_fonts(Theme(), language) for language in ("en", "zh-Hant")]
    [('Arial', 'Microsoft YaHei'), ('Arial', 'Microsoft JhengHei')]
    """
    latin, han = theme.families("en")[0], theme.families("zh" if language == "en" else language)[0]
    return _EVERYWHERE.get(latin, latin), _EVERYWHERE.get(han, han)


def mono_of(theme: Theme) -> str:
    """The font of formulas and code in an Office file."""
    return _EVERYWHERE.get(theme.mono[0], theme.mono[0])


class Palette:
    """Which colour of the deck's theme a colour of the report is, with how much white in it."""

    def __init__(self, theme: Theme) -> None:
        self.accent, self.text, self.ground = theme.chart_accent, theme.text_accent, theme.accent
        self.slots: Mapping[str, str] = {
            "dk1": theme.ink[1:], "lt1": "FFFFFF", "dk2": _QUIET, "lt2": _GROUND,
            "accent1": self.accent[1:], "accent2": low_colour(self.accent)[1:], "accent3": _NEUTRAL,
            "accent4": self.text[1:], "accent5": self.ground[1:], "accent6": _MUTED,
            "hlink": self.text[1:], "folHlink": _QUIET,
        }  # fmt: skip

    def find(self, colour: str) -> tuple[str, float] | None:
        """The slot of the theme and the share of white that make ``#RRGGBB``; None for a colour of its own."""
        wanted = colour.removeprefix("#").upper()
        for slot, base in self.slots.items():
            if base.upper() == wanted:
                return slot, 0.0
        for slot in ("accent1", "accent2"):
            if (white := _white(self.slots[slot], wanted)) is not None:
                return slot, white
        return None

    def paint(self, target: Any, colour: str) -> None:
        """Give a fill, a line or type the colour, through the theme where the theme has it."""
        from pptx.dml.color import RGBColor
        from pptx.enum.dml import MSO_THEME_COLOR

        found = self.find(colour)
        if found is None:
            target.rgb = RGBColor.from_string(colour.removeprefix("#"))
            return
        slot, white = found
        names = {"dk1": "TEXT_1", "lt1": "BACKGROUND_1", "dk2": "TEXT_2", "lt2": "BACKGROUND_2"}
        name = names.get(slot) or slot.upper().replace("ACCENT", "ACCENT_")
        target.theme_color = getattr(MSO_THEME_COLOR, name)
        if white:
            target.brightness = round(white, 3)
            _dulled(target, self.slots[slot], colour)


def _dulled(target: Any, base: str, wanted: str) -> None:
    """White takes saturation from a colour too, which lightness alone would not."""
    from colorsys import rgb_to_hls

    from lxml import etree

    old, new = (
        rgb_to_hls(*(int(c.removeprefix("#")[i : i + 2], 16) / 255 for i in (0, 2, 4)))[2]
        for c in (base, wanted)
    )
    scheme = target._color._xClr
    dull = etree.Element(f"{{{DRAW}}}satMod")
    dull.set("val", str(round(100_000 * new / old)) if old else "100000")
    scheme.insert(0, dull)


def _white(base: str, wanted: str) -> float | None:
    """How much white makes one colour of the other."""
    shares = []
    for i in (0, 2, 4):
        old, new = int(base[i : i + 2], 16), int(wanted[i : i + 2], 16)
        if old > 245:
            if new < old:
                return None
            continue
        shares.append((new - old) / (255 - old))
    if not shares or min(shares) <= 0 or max(shares) - min(shares) > _CLOSE:
        return None
    return sum(shares) / len(shares)


def themed(blob: bytes, slots: Mapping[str, str], fonts: tuple[str, str]) -> bytes:
    """A theme part with these colours, slot by slot, and these fonts (Latin, East Asian)."""
    from lxml import etree

    root = etree.fromstring(blob)
    scheme = root.find(f".//{{{DRAW}}}clrScheme")
    scheme.set("name", "surveykit")
    for slot in scheme:
        for old in list(slot):
            slot.remove(old)
        value = slots[etree.QName(slot).localname]
        etree.SubElement(slot, f"{{{DRAW}}}srgbClr").set("val", value.upper())
    families = root.find(f".//{{{DRAW}}}fontScheme")
    families.set("name", "surveykit")
    for family in families:
        for tag, name in zip(("latin", "ea"), fonts, strict=True):
            family.find(f"{{{DRAW}}}{tag}").set("typeface", name)
    written: bytes = etree.tostring(root, xml_declaration=True, encoding="UTF-8", standalone=True)
    return written


def furnish(deck: Any, palette: Palette, fonts: tuple[str, str]) -> None:
    """Make the template's master one of the report: theme, wide slides, the places and the type of titles and feet."""
    from pptx.opc.constants import RELATIONSHIP_TYPE

    master = deck.slide_master
    part = master.part.part_related_by(RELATIONSHIP_TYPE.THEME)
    part._blob = themed(part.blob, palette.slots, fonts)
    layouts = list(deck.slide_layouts)
    for i, layout in enumerate(layouts):
        if i not in _KEPT:
            deck.slide_layouts.remove(layout)
    stretch = deck.slide_width / 9_144_000  # the template is drawn for slides of four by three
    for holder in (master, *deck.slide_layouts):
        for frame in holder._element.iter(f"{{{DRAW}}}xfrm"):
            for tag, name in (("off", "x"), ("ext", "cx")):
                place = frame.find(f"{{{DRAW}}}{tag}")
                place.set(name, str(round(int(place.get(name)) * stretch)))
    places = {
        "Title": (0.6, 0.52, 12.13, 0.92), "Text": (0.6, 1.55, 12.13, 5.2), "Date": (9.3, 6.98, 1.2, 0.34),
        "Footer": (0.6, 6.98, 8.6, 0.34), "Slide": (10.6, 6.98, 0.73, 0.34),
    }  # fmt: skip
    for shape in master.shapes:
        shape.left, shape.top, shape.width, shape.height = inches(*places[shape.name.split()[0]])
    _typed(master, palette)


def _typed(master: Any, palette: Palette) -> None:
    """Titles from the left in the accent, text in sizes for a room, feet small and quiet."""
    from lxml import etree

    found = palette.find(palette.text)
    styles = master._element.find(".//{*}txStyles")
    title = styles.find("{*}titleStyle/{*}lvl1pPr")
    title.set("algn", "l")
    _sized(title.find("{*}defRPr"), 2400, found[0] if found else "accent4")
    title.find("{*}defRPr").set("b", "1")
    for level, size in enumerate((1800, 1600, 1400, 1400, 1400), start=1):
        _sized(styles.find(f"{{*}}bodyStyle/{{*}}lvl{level}pPr/{{*}}defRPr"), size, "tx1")
    for shape in master.placeholders:
        kind = shape.name.split()[0]
        if kind == "Title":
            shape._element.find(".//{*}bodyPr").set("anchor", "t")
        if kind in ("Footer", "Slide", "Date"):
            for level in shape._element.iter(f"{{{DRAW}}}lvl1pPr"):
                level.set("algn", "l" if kind == "Footer" else "r")
                _sized(level.find("{*}defRPr"), 1000, "tx2")
    for shape in (s for layout in master.slide_layouts for s in layout.placeholders):
        for language in shape._element.iter(f"{{{DRAW}}}rPr"):
            language.attrib.pop("smtClean", None)
    etree.cleanup_namespaces(styles)


def _sized(properties: Any, size: int, slot: str) -> None:
    from lxml import etree

    properties.set("sz", str(size))
    old = properties.find(f"{{{DRAW}}}solidFill")
    fill = etree.Element(f"{{{DRAW}}}solidFill")
    etree.SubElement(fill, f"{{{DRAW}}}schemeClr").set("val", {"dk1": "tx1", "dk2": "tx2"}.get(slot, slot))
    if old is not None:
        properties.replace(old, fill)
    else:
        properties.insert(0, fill)
