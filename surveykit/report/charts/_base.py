"""What all charts share: size, fonts, colours, wrapping, and the way from a spec to SVG."""

from __future__ import annotations

import itertools
import json
import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from surveykit.report._fonts import in_small_font
from surveykit.report._spelled import spelled
from surveykit.report.charts._shapes import Drawing, Square

__all__ = [
    "GREY",
    "INK",
    "LOW",
    "MARK",
    "SPLIT",
    "WIDTH",
    "Look",
    "Picture",
    "Plot",
    "Series",
    "blend",
    "contrast",
    "display_width",
    "fixed_x",
    "inked",
    "keyed",
    "likert_colours",
    "low_colour",
    "luminance",
    "svg_of",
    "values",
    "wrapped",
]

_BREAKS = re.compile(r"[\x00-\x1f\x7f\x85\u2028\u2029]+")
"""Separators of lines and controls: a picture has no use for them, and a chart's expressions cannot hold them."""

WIDTH = 640
"""Every chart is drawn this wide, so that type has one size through the report."""

INK = "#1B2430"
MARK = "#9A4A00"
"""The colour of what says that data are simulated."""
GREY = "#C9CFD6"
_MIDDLE, _PALEST = "#E6E9ED", 0.62
"""The middle of a scale is lighter than the palest answer beside it: in grey, and to people who see no green or no red, the two
would be one colour else."""
_READABLE = 4.5
"""The contrast that text needs (WCAG 2.2, 1.4.3)."""
_COLD = "#1F5FA8"
LOW = "#B45309"
"""The colour of low answers: orange against a blue accent is told apart by every kind of eye."""


@dataclass(frozen=True, slots=True)
class Look:
    """How charts look in one report: accent colour, font family, language, the mark of simulated data."""

    accent: str
    font: str
    language: str
    mark: str = ""


@dataclass(frozen=True, slots=True)
class Series:
    """One row of numbers of a plot, a value per category, and its colour."""

    name: str
    values: tuple[float, ...]
    colour: str


@dataclass(frozen=True, slots=True)
class Plot:
    """What a chart shows, as numbers: other forms draw their own, editable chart from it.

    ``intervals``: an estimate per category with its ``low`` and ``high`` end; ``stacked``: shares that add up, one series
    per part; ``points``: x is the first series, y the second; ``curves``: a line per series over the categories.
    ``texts`` stand beside the categories, ``groups`` name the panel of each. ``null`` is the value of no effect, ``bars`` run
    from zero to the estimate, ``muted`` are estimates without evidence; ``centred`` bars diverge from the middle of their parts;
    ``regions`` are the outlines around points; ``base`` names n where the texts do not.

    ``waves`` are the moments of a trend in their order, each of which is a category; ``changes`` say what became of the question
    since the one before (``no``: cannot be compared, ``caution``, or nothing).

    ``grid``: ``squares`` in rows, which the categories name, and ``columns``; in a ``paired`` grid both are the same things,
    numbered. ``paths``: the ``drawing`` of a model.
    """

    kind: Literal["intervals", "stacked", "points", "curves", "grid", "paths"]
    categories: tuple[str, ...]
    series: tuple[Series, ...] = ()
    low: tuple[float, ...] = ()
    high: tuple[float, ...] = ()
    texts: tuple[str, ...] = ()
    groups: tuple[str, ...] = ()
    percent: bool = False
    axes: tuple[str, str] = ("", "")
    null: float | None = None
    bars: bool = False
    muted: tuple[bool, ...] = ()
    centred: bool = False
    regions: tuple[tuple[tuple[float, float], ...], ...] = ()
    base: str = ""
    columns: tuple[str, ...] = ()
    squares: tuple[Square, ...] = ()
    paired: bool = False
    drawing: Drawing | None = None
    waves: tuple[str, ...] = ()
    changes: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Picture:
    """A chart as it is drawn here, and what it shows."""

    svg: str
    plot: Plot


def svg_of(chart: Any, look: Look, *, height: float) -> str:
    """The SVG of an Altair chart: fixed width, no network, no browser, the same bytes every time."""
    import vl_convert

    axis = {
        "labelFont": look.font, "titleFont": look.font, "labelFontSize": 11, "titleFontSize": 11,
        "labelColor": INK, "titleColor": INK, "titleFontWeight": "normal", "gridColor": "#E6E9ED",
        "domain": False, "ticks": False, "labelPadding": 6, "labelLimit": 0,
    }  # fmt: skip
    legend = {
        "labelFont": look.font, "titleFont": look.font, "labelFontSize": 11, "titleFontSize": 11,
        "symbolType": "square", "orient": "top", "labelLimit": 0, "titleFontWeight": "normal",
    }  # fmt: skip
    spec = chart.properties(width=WIDTH, height=height).to_dict(validate=False)
    spec["padding"] = {"left": 2, "top": 4, "bottom": 2, "right": 4}
    spec["autosize"] = {"type": "fit", "contains": "padding"}
    spec["config"] = {
        "background": "white", "font": look.font, "view": {"stroke": None},
        "axis": axis, "legend": legend, "text": {"font": look.font, "fontSize": 11, "color": INK},
    }  # fmt: skip
    if look.mark:
        spec["title"] = {
            "text": look.mark, "anchor": "end", "fontSize": 9, "font": look.font, "color": MARK,
            "fontWeight": "bold", "offset": 2, "frame": "bounds",
        }  # fmt: skip
    spec, name = in_small_font(_spelled(spec, look.language), look.font)
    svg: str = vl_convert.vegalite_to_svg(spec, allowed_base_urls=[])
    return svg.replace(f"'{name}', ", "") if name else svg


def _spelled(spec: dict[str, Any], language: str) -> dict[str, Any]:
    """The specification with the characters that no font here has in words."""
    text = json.dumps(spec, ensure_ascii=False)
    drawable = spelled(text, language)
    return spec if drawable == text else dict(json.loads(drawable))


def values(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as the data of a chart, inside its specification."""
    import altair as alt

    return alt.Data(values=[dict(r) for r in rows])  # type: ignore[no-untyped-call]


_CLOSING = "，。、；：！？）》」』”’】"
_OPENING = "（《「『“‘【"
_STOPS = "，。；：！？"
SPLIT = "split(slice(datum.label, indexof(datum.label, '|') + 1), '\\n')"
"""The expression that gives the lines of a name from its key."""
STUB = 4
"""A last line of Han text this narrow, in columns, is joined by others from the line above."""


def keyed(names: Sequence[Sequence[str]]) -> list[str]:
    """A key per name, given in lines: names that are alike, or alike once they are cut, stay apart.

    >>> keyed([["one", "two"], ["one", "two"]])
    ['0|one\\ntwo', '1|one\\ntwo']
    """
    return [f"{i}|{chr(10).join(lines)}" for i, lines in enumerate(names)]


def fixed_x(value: float | str) -> Any:
    """A place across as a number of pixels or a name (``"width"``), the same for every row."""
    import altair as alt

    return alt.XValue(value)  # type: ignore[no-untyped-call]


def display_width(text: str) -> int:
    """How many Latin columns a text takes: a Han character takes two."""
    return sum(2 if unicodedata.east_asian_width(c) in "WF" else 1 for c in text)


def wrapped(text: str, columns: int, lines: int = 3) -> list[str]:
    """The text in lines of at most ``columns``; what does not fit in ``lines`` ends with …

    Latin words stay whole unless one is longer than a line, Han text breaks between characters but never before closing
    or after opening punctuation. Neither a single character nor a short word is left on the last line. A character that no
    installed font has stands in words. Han text breaks after a comma where that takes no further line.

    >>> wrapped("overall satisfaction with the service", 20)
    ['overall satisfaction', 'with the service']
    >>> wrapped("与附近的其他茶馆相比，这里物有所值。", 32)
    ['与附近的其他茶馆相比，', '这里物有所值。']
    """
    whole = _tokens(_BREAKS.sub(" ", spelled(text)))
    found = _broken(whole, columns)
    if 1 < len(found) <= lines and (_wide(found[0]) or _stub(found)):
        found = _better(whole, found, columns)
    if len(found) > lines:
        last = found[lines - 1]
        while display_width(last) > columns - 1:
            last = last[:-1]
        found = [*found[: lines - 1], last.rstrip() + "…"]
    return found


def _better(tokens: list[str], found: list[str], columns: int) -> list[str]:
    """The same words in as many lines: two are parted at a stop, others are of like widths where the last is a stub."""
    text = "".join(found)
    if len(found) == 2 and _wide(text):
        places = [i for i in range(1, len(text)) if text[i - 1] in _STOPS and text[i] not in _CLOSING]
        halves = [[text[:i], text[i:]] for i in places]
        fitting = [h for h in halves if max(map(display_width, h)) <= columns and not _stub(h)]
        if fitting:
            return min(fitting, key=lambda h: max(map(display_width, h)))
    if not _stub(found):
        return found
    widths = range(-(-display_width(text) // len(found)), columns)
    return next((other for c in widths if len(other := _broken(tokens, c)) == len(found)), found)


def _broken(tokens: list[str], columns: int) -> list[str]:
    """The words in lines: no line begins with a closing mark, none ends with an opening one."""
    found: list[str] = [""]
    for token in itertools.chain.from_iterable(_pieces(t, columns) for t in tokens):
        line = found[-1]
        if line and display_width(line.rstrip() + token.rstrip()) > columns and token[0] not in _CLOSING:
            kept = line.rstrip(_OPENING)
            found[-1:] = [kept, line[len(kept) :]] if kept else [line, ""]
        found[-1] += token if found[-1] else token.lstrip()
    return [line.rstrip() for line in found if line.strip()] or [""]


def _stub(found: Sequence[str]) -> bool:
    """Whether the last line stands almost empty below the others."""
    last = display_width(found[-1])
    return last <= STUB if _wide(found[-1]) else 3 * last < max(map(display_width, found))


def _wide(text: str) -> bool:
    """Whether the text begins with a Han character."""
    return bool(text) and unicodedata.east_asian_width(text[0]) in "WF"


def _pieces(token: str, columns: int) -> list[str]:
    """A word that no line can hold, in pieces that lines can; any other word as it is."""
    if display_width(token.rstrip()) <= columns:
        return [token]
    return [token[i : i + columns] for i in range(0, len(token), columns)]


def _tokens(text: str) -> list[str]:
    """Latin words with the space that follows them; Han characters one by one."""
    tokens: list[str] = []
    for character in text:
        wide = unicodedata.east_asian_width(character) in "WF"
        if tokens and not wide and not tokens[-1].endswith(" ") and display_width(tokens[-1][-1]) == 1:
            tokens[-1] += character
        else:
            tokens.append(character)
    return tokens


def blend(one: str, other: str, share: float) -> str:
    """The colour that holds ``share`` of ``other`` and the rest of ``one``."""
    pairs = ((int(one[i : i + 2], 16), int(other[i : i + 2], 16)) for i in (1, 3, 5))
    return "#" + "".join(f"{round(a + (b - a) * share):02X}" for a, b in pairs)


def luminance(colour: str) -> float:
    """The relative luminance of ``#RRGGBB`` (WCAG 2.2), 0 black to 1 white."""
    channels = (int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5))
    linear = (c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels)
    return sum(w * c for w, c in zip((0.2126, 0.7152, 0.0722), linear, strict=True))


def contrast(one: str, other: str) -> float:
    """The contrast of two colours (WCAG 2.2), 1 to 21.

    >>> round(contrast("#FFFFFF", "#000000"))
    21
    """
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def inked(ground: str) -> str:
    """White or dark, whichever is read better on ``ground``.

    >>> inked("#1F5FA8"), inked("#FFD400")
    ('#FFFFFF', '#1B2430')
    """
    best = max(("#FFFFFF", INK), key=lambda ink: contrast(ink, ground))
    return (
        best
        if contrast(best, ground) >= _READABLE
        else max((best, "#000000"), key=lambda ink: contrast(ink, ground))
    )


def low_colour(accent: str) -> str:
    """The colour of low answers beside an accent: orange, but blue where the accent itself is warm or a plain green.

    Who sees no red or no green tells colours by their lightness and by blue against yellow: the two must lie on different
    sides of that.

    >>> low_colour("#1F5FA8"), low_colour("#E60012")
    ('#B45309', '#1F5FA8')
    """
    red, green, blue = (int(accent[i : i + 2], 16) for i in (1, 3, 5))
    return _COLD if 2 * blue < red + green else LOW


def likert_colours(points: int, accent: str) -> list[str]:
    """Low answers in orange (:func:`low_colour`), high ones in the accent, the middle in grey; darker towards the ends."""
    half = points // 2
    steps: Sequence[float] = [0.0] if half == 1 else [i / (half - 1) * _PALEST for i in range(half)]
    lows = [blend(low_colour(accent), "#FFFFFF", s) for s in steps]
    highs = [blend(accent, "#FFFFFF", s) for s in reversed(steps)]
    return lows + ([_MIDDLE] if points % 2 else []) + highs
