"""Pictures that are laid out by hand: positions in pixels, words grouped into as few layers as they have looks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.report.charts._base import INK, Look, svg_of, values

__all__ = ["Word", "across", "down", "drawn", "written"]

_MARGIN, _MARK = 6, 14
"""What the frame takes of the height, and the mark of simulated data: positions in pixels do not shrink with them."""


@dataclass(frozen=True, slots=True)
class Word:
    """A text at a place: ``align`` is where it is held (left, center, right), middle in height."""

    x: float
    y: float
    text: str
    align: str = "left"
    ink: str = INK
    bold: bool = False


def across(name: str = "x") -> Any:
    """A field as pixels from the left."""
    import altair as alt

    return alt.X(f"{name}:Q", scale=None, axis=None)


def down(name: str = "y") -> Any:
    """A field as pixels from above."""
    import altair as alt

    return alt.Y(f"{name}:Q", scale=None, axis=None)


def written(words: Sequence[Word]) -> list[Any]:
    """The layers of the words."""
    import altair as alt

    layers = []
    for align, ink, bold in dict.fromkeys((w.align, w.ink, w.bold) for w in words):
        mine = [
            {"x": w.x, "y": w.y, "text": w.text}
            for w in words
            if (w.align, w.ink, w.bold) == (align, ink, bold)
        ]
        look: dict[str, Any] = {"align": align, "color": ink, "fontWeight": "bold" if bold else "normal"}
        mark = alt.Chart(values(mine)).mark_text(baseline="middle", **look)
        layers.append(mark.encode(x=across(), y=down(), text=alt.Text("text:N")))
    return layers


def drawn(layers: Sequence[Any], look: Look, height: float) -> str:
    """The SVG of layers that need ``height`` pixels."""
    import altair as alt

    return svg_of(alt.layer(*layers), look, height=height + _MARGIN + (_MARK if look.mark else 0))
