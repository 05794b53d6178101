"""Importance and performance: a point per construct, the region that its two intervals span, its name beside it."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.report.charts._base import (
    INK,
    Look,
    Picture,
    Plot,
    Series,
    display_width,
    svg_of,
    values,
    wrapped,
)

__all__ = ["Point", "plane", "upright"]

_HEIGHT = 320
_WIDE, _HIGH = 590.0, 270.0
"""About how large the plane itself is, for placing names."""
_STEPS = 48


@dataclass(frozen=True, slots=True)
class Point:
    """A construct: x and y, half the length of their intervals, their correlation over replicates, the values in words."""

    label: str
    x: float
    y: float
    x_half: float = 0.0
    y_half: float = 0.0
    correlation: float = 0.0
    text: str = ""

    def region(self) -> list[tuple[float, float]]:
        """The ellipse that leaves the normal plane the same share outside as each interval does alone, times √(χ²₂/χ²₁)."""
        scale = math.sqrt(5.991465 / 3.841459)
        r = max(-0.999, min(0.999, self.correlation))
        points = []
        for i in range(_STEPS + 1):
            a = 2 * math.pi * i / _STEPS
            u, v = math.cos(a), r * math.cos(a) + math.sqrt(1 - r * r) * math.sin(a)
            points.append((self.x + scale * self.x_half * u, self.y + scale * self.y_half * v))
        return points


def upright(title: str) -> dict[str, Any]:
    """The title of an axis that goes up: Han characters stand below each other, other words lie along the axis.

    >>> upright("绩效")["title"], upright("Performance")["title"]
    (['绩', '效'], 'Performance')
    """
    import altair as alt

    if not re.fullmatch("[\u4e00-\u9fff]{2,8}", title):
        return {"title": title, "axis": alt.Axis(tickCount=6)}
    axis = alt.Axis(tickCount=6, titleAngle=0, titleAlign="center", titleBaseline="middle", titlePadding=14)
    return {"title": list(title), "axis": axis}


def plane(points: Sequence[Point], look: Look, *, x: str, y: str) -> Picture:
    """The chart: lines at the averages part it in four; regions in light colour."""
    import altair as alt

    regions = [(i, k, px, py) for i, p in enumerate(points) for k, (px, py) in enumerate(p.region())]
    low_x, high_x = min(0.0, *(r[2] for r in regions)), max(r[2] for r in regions)
    low_y, high_y = min(r[3] for r in regions), max(r[3] for r in regions)
    pad = 0.06 * ((high_y - low_y) or 1.0)
    scales = (
        alt.Scale(domain=[low_x, high_x * 1.12], nice=False, zero=False),
        alt.Scale(domain=[max(0.0, low_y - pad), min(100.0, high_y + pad)], nice=False, zero=False),
    )
    across = alt.X("x:Q", scale=scales[0], title=x, axis=alt.Axis(tickCount=6))
    up = alt.Y("y:Q", scale=scales[1], **upright(y))
    layers: list[Any] = []
    shaped = [{"which": i, "step": k, "x": px, "y": py} for i, k, px, py in regions]
    if any(p.x_half or p.y_half for p in points):
        region = alt.Chart(values(shaped)).mark_line(
            filled=True,
            fillOpacity=0.13,
            strokeOpacity=0.4,
            strokeWidth=1,
            fill=look.accent,
            color=look.accent,
        )
        layers.append(region.encode(x=across, y=up, detail="which:N", order="step:Q"))
    middle = {"x": sum(p.x for p in points) / len(points), "y": sum(p.y for p in points) / len(points)}
    rule = alt.Chart(values([middle])).mark_rule(color=INK, strokeDash=[3, 3], strokeWidth=1, opacity=0.6)
    layers += [rule.encode(x=across), rule.encode(y=up)]
    dots = alt.Chart(values([{"x": p.x, "y": p.y} for p in points])).encode(x=across, y=up)
    layers.append(dots.mark_point(filled=True, size=70, opacity=1, color=look.accent))
    unit = (_WIDE / (scales[0].domain[1] - low_x), _HIGH / (scales[1].domain[1] - scales[1].domain[0]))
    domains = (scales[0].domain, scales[1].domain)
    places = _places(points, unit, (middle["x"], middle["y"]), domains)
    for place, text in zip(places, (p.label for p in points), strict=True):
        label = alt.Chart(values([{"x": place[0], "y": place[1], "label": _short(text)}]))
        layers.append(
            label.mark_text(align="left", baseline="middle").encode(x=across, y=up, text=alt.Text("label:N"))
        )
    series = (
        Series(x, tuple(p.x for p in points), look.accent),
        Series(y, tuple(p.y for p in points), look.accent),
    )
    drawn = tuple(tuple(p.region()) for p in points) if any(p.x_half or p.y_half for p in points) else ()
    texts = tuple(p.text for p in points) if any(p.text for p in points) else ()
    plot = Plot("points", tuple(p.label for p in points), series, texts=texts, axes=(x, y), regions=drawn)
    return Picture(svg_of(alt.layer(*layers), look, height=_HEIGHT), plot)


def _short(label: str) -> str:
    return wrapped(label, 30, 1)[0]


def _places(
    points: Sequence[Point],
    unit: tuple[float, float],
    middle: tuple[float, float],
    domains: tuple[Sequence[float], Sequence[float]],
) -> list[tuple[float, float]]:
    """Where each name begins: beside its point, where it covers no point, no other name and, if it can be had, no line."""
    centres = [(p.x * unit[0], -p.y * unit[1]) for p in points]
    (left, right), (bottom, top) = ((d[0] * u, d[1] * u) for d, u in zip(domains, unit, strict=True))
    rules = [
        (middle[0] * unit[0] - 2, -top, middle[0] * unit[0] + 2, -bottom),
        (left, -middle[1] * unit[1] - 2, right, -middle[1] * unit[1] + 2),
    ]
    taken = [(x - 5, y - 5, x + 5, y + 5) for x, y in centres]
    found = []
    for point, (x, y) in zip(points, centres, strict=True):
        width = 6.4 * display_width(_short(point.label))
        boxes = [
            (start, y + step - 7, start + width, y + step + 7)
            for near, far in ((-9, 10), (-22, 23), (-35, 36), (-48, 49))
            for start in (x + 9, x - 9 - width)
            for step in (near, far)
        ]
        inside = [b for b in boxes if left <= b[0] and b[2] <= right and -top <= b[1] and b[3] <= -bottom]
        clear = [b for b in inside or boxes if not any(_meet(b, t) for t in taken)]
        best = next((b for b in clear if not any(_meet(b, r) for r in rules)), (clear or boxes)[0])
        taken.append(best)
        found.append((best[0] / unit[0], -(best[1] + 7) / unit[1]))
    return found


def _meet(a: Sequence[float], b: Sequence[float]) -> bool:
    return a[0] < b[2] and b[0] < a[2] and a[1] < b[3] and b[1] < a[3]
