"""Simple slopes: one line for each level of the moderator, its name at the end."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from surveykit.report.charts._base import Look, Picture, Plot, Series, blend, svg_of, values, wrapped

__all__ = ["Line", "lines"]

_HEIGHT = 300
_STEPS = 24
RANGE = 2.0
"""The lines run from so many standard deviations below the mean to as many above."""
_DASHES = ([6, 4], [1, 0], [2, 2])


@dataclass(frozen=True, slots=True)
class Line:
    """y = level + slope · x + curve · x², in standard deviations; ``label`` names it."""

    label: str
    level: float
    slope: float
    curve: float = 0.0


def lines(rows: Sequence[Line], look: Look, *, x: str, y: str) -> Picture:
    """The chart; dashes tell the lines apart without colour."""
    import altair as alt

    across = [-RANGE + 2 * RANGE * i / _STEPS for i in range(_STEPS + 1)]
    data = [
        {"line": i, "x": at, "y": r.level + r.slope * at + r.curve * at * at}
        for i, r in enumerate(rows)
        for at in across
    ]
    horizontal = alt.X("x:Q", title=x, scale=alt.Scale(domain=[-RANGE, RANGE * 1.6], nice=False),
                       axis=alt.Axis(values=[-2, -1, 0, 1, 2], format="d"))  # fmt: skip
    vertical = alt.Y("y:Q", title=y, scale=alt.Scale(zero=False), axis=alt.Axis(tickCount=6))
    layers, series = [], []
    last = [d["y"] for d in data if d["x"] == across[-1]]
    places = _apart(last, (max(d["y"] for d in data) - min(d["y"] for d in data)) or 1.0)
    for i, row in enumerate(rows):
        colour = look.accent if i != 1 else blend(look.accent, "#1B2430", 0.5)
        shown = [d for d in data if d["line"] == i]
        series.append(Series(row.label, tuple(float(d["y"]) for d in shown), colour))
        own = alt.Chart(values(shown))
        drawn = own.mark_line(color=colour, strokeWidth=2.2, strokeDash=_DASHES[i % len(_DASHES)])
        layers.append(drawn.encode(x=horizontal, y=vertical))
        name = alt.Chart(values([{"x": RANGE, "y": places[i], "label": wrapped(row.label, 30, 1)[0]}]))
        text = name.mark_text(align="left", baseline="middle", dx=8)
        layers.append(text.encode(x=horizontal, y=vertical, text=alt.Text("label:N")))
    plot = Plot("curves", tuple(f"{at:g}" for at in across), tuple(series), axes=(x, y))
    return Picture(svg_of(alt.layer(*layers), look, height=_HEIGHT), plot)


def _apart(heights: Sequence[float], span: float) -> list[float]:
    """Where names stand: at the lines' ends, pushed apart where they would cover each other."""
    least = 15 / _HEIGHT * span * 1.25
    order = sorted(range(len(heights)), key=lambda i: heights[i])
    out = list(heights)
    for before, after in pairwise(order):
        out[after] = max(out[after], out[before] + least)
    return out
