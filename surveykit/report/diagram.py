"""The path diagram: ovals for constructs, rectangles for indicators, coefficients beside their lines.

A solid line is a path whose interval leaves zero out, a dashed one a path without evidence. A fit
that the gate refuses is drawn in grey under the words "do not interpret".
"""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from xml.sax.saxutils import escape

from surveykit.report._layers import Layout, Node, arrange
from surveykit.report.charts._base import INK, Look, display_width, wrapped

__all__ = ["Arrow", "Construct", "diagram"]

_W, _RY = 138.0, 40.0
_GAP_MIN, _GAP_MAX = 91.0, 190.0
_ROW = 26.0
_PLATE = 40.0
_NAME, _COEFFICIENT, _SMALL = 17.0, 18.0, 15.0
"""Sizes of type: a drawing is set at about 0.48 points per unit, so that 15 units are 7 points on paper."""
_PORTRAIT, _LANDSCAPE = 1000.0, 1518.0
_TALL = 800.0
"""So high may a drawing on a page on its side be before it is made smaller; a flat one is stretched towards it."""

_MOST_STRETCH = 1.4
_WIDE_FROM = 5
_NO_EVIDENCE = "#7C8794"


@dataclass(frozen=True, slots=True)
class Construct:
    """An oval and its indicators: (name, text of its loading); ``note`` stands under its name."""

    name: str
    label: str
    indicators: tuple[tuple[str, str], ...] = ()
    note: str = ""
    observed: bool = False


@dataclass(frozen=True, slots=True)
class Arrow:
    """A path: its standardised coefficient, the two lines of its plate, whether there is evidence for it."""

    source: str
    target: str
    coefficient: float
    text: str
    interval: str
    evidence: bool


def diagram(
    constructs: Sequence[Construct], arrows: Sequence[Arrow], look: Look, *, refused: str = ""
) -> tuple[str, bool]:
    """The SVG of a model, and whether it wants a page on its side.

    ``refused`` are the words that forbid reading it ("" where it may be read).
    """
    nodes = [Node(c.name, _RY + 6, _below(c) + 6) for c in constructs]
    layout = arrange(nodes, [(a.source, a.target) for a in arrows], dummy=(_PLATE + 8, 10.0), gap=18.0)
    svg = _Drawing(constructs, arrows, layout, look, refused).svg()
    return svg, len(layout.layers) >= _WIDE_FROM


class _Drawing:
    """One drawing: columns, routes, plates; every method adds to ``parts`` in a fixed order."""

    def __init__(
        self,
        constructs: Sequence[Construct],
        arrows: Sequence[Arrow],
        layout: Layout,
        look: Look,
        refused: str,
    ) -> None:
        self.constructs = {c.name: c for c in constructs}
        self.arrows = arrows
        self.layout = layout
        self.look = look
        self.refused = refused
        columns = len(layout.layers)
        paper = _LANDSCAPE if columns >= _WIDE_FROM else _PORTRAIT
        free = (paper - 4 - columns * _W) / max(columns - 1, 1)
        self.gap = min(max(free, _GAP_MIN), _GAP_MAX) if columns > 1 else 0.0
        self.width = max(columns * _W + (columns - 1) * self.gap + 4, paper)
        self.left = (self.width - columns * _W - (columns - 1) * self.gap) / 2
        self.top = 30.0 if refused or look.mark else 8.0
        self.stretch = 1.0
        if columns >= _WIDE_FROM:
            self.stretch = min(max(1.0, (_TALL - self.top) / layout.height), _MOST_STRETCH)
        lowest = max(layout.y[c.name] * self.stretch + _below(c) for c in constructs)
        self.height = max(lowest, max(layout.y.values()) * self.stretch + _PLATE) + self.top + 8
        self.column = {n: i for i, layer in enumerate(layout.layers) for n in layer}

    def svg(self) -> str:
        curves = [self._curve(a) for a in self.arrows]
        parts = [self._line(a, c) for a, c in zip(self.arrows, curves, strict=True)]
        parts += [self._construct(c) for c in self.constructs.values()]
        parts += self._plates(curves)
        parts += self._marks()
        head = (
            f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {self.width:.0f} {self.height:.0f}" '
            f'width="{self.width:.0f}" height="{self.height:.0f}" font-family="{escape(self.look.font)}">'
        )
        white = f'<rect width="{self.width:.0f}" height="{self.height:.0f}" fill="white"/>'
        return head + white + "".join(parts) + "</svg>\n"

    def x(self, name: str) -> float:
        """The left edge of a node's column."""
        return self.left + self.column[name] * (_W + self.gap)

    def y(self, name: str) -> float:
        """The centre line of a node."""
        return self.layout.y[name] * self.stretch + self.top

    def _port(self, name: str, arrow: Arrow, outgoing: bool) -> float:
        """How far from the centre line an arrow meets an oval: side by side, ordered by the far ends."""

        def far(a: Arrow) -> float:
            route = self.layout.routes[a.source, a.target]
            return self.y(route[1] if outgoing else route[-2])

        mates = [a for a in self.arrows if (a.source if outgoing else a.target) == name]
        mates.sort(key=lambda a: (far(a), a.source, a.target))
        step = min(14.0, 2 * (_RY - 8) / max(len(mates) - 1, 1))
        return (mates.index(arrow) - (len(mates) - 1) / 2) * step

    def _curve(self, arrow: Arrow) -> list[tuple[float, float]]:
        """The corner points of a route: it runs level through columns and bends in the gaps."""
        route = self.layout.routes[arrow.source, arrow.target]
        forward = self.column[route[-1]] >= self.column[route[0]]
        points: list[tuple[float, float]] = []
        for i, name in enumerate(route):
            x = self.x(name)
            if 0 < i < len(route) - 1:
                ends = [(x, self.y(name)), (x + _W, self.y(name))]
                points += ends if forward else ends[::-1]
                continue
            shift = self._port(name, arrow, outgoing=i == 0)
            reach = _W / 2 * (1 - (shift / _RY) ** 2) ** 0.5
            right = (i == 0) == forward
            points.append((x + _W / 2 + (reach if right else -reach), self.y(name) + shift))
        return points

    def _colour(self, arrow: Arrow) -> str:
        return "#A7AEB6" if self.refused else self.look.accent if arrow.evidence else _NO_EVIDENCE

    def _line(self, arrow: Arrow, points: list[tuple[float, float]]) -> str:
        (x, y), rest = points[0], points[1:]
        steps = [f"M{x:.1f} {y:.1f}"]
        end_x, end_y = rest[-1]
        direction = 1 if end_x >= points[-2][0] else -1
        for i, (nx, ny) in enumerate(rest):
            if i == len(rest) - 1:
                nx -= 7 * direction
            bend = (nx - x) / 2
            steps.append(f"C{x + bend:.1f} {y:.1f} {nx - bend:.1f} {ny:.1f} {nx:.1f} {ny:.1f}")
            x, y = nx, ny
        colour = self._colour(arrow)
        width = 1.3 + 2.4 * min(abs(arrow.coefficient), 1.0)
        dash = "" if arrow.evidence and not self.refused else ' stroke-dasharray="6 4"'
        head = (
            f"M{end_x:.1f} {end_y:.1f}L{end_x - 11 * direction:.1f} {end_y - 5:.1f}"
            f"L{end_x - 11 * direction:.1f} {end_y + 5:.1f}Z"
        )
        return (
            f'<path d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="{width:.2f}"{dash}/>'
            f'<path d="{head}" fill="{colour}"/>'
        )

    def _construct(self, construct: Construct) -> str:
        x, y = self.x(construct.name), self.y(construct.name)
        edge = "#A7AEB6" if self.refused else self.look.accent
        shape = (
            f'<rect x="{x:.1f}" y="{y - _RY:.1f}" width="{_W}" height="{2 * _RY}"'
            if construct.observed
            else f'<ellipse cx="{x + _W / 2:.1f}" cy="{y:.1f}" rx="{_W / 2}" ry="{_RY}"'
        )
        parts = [f'{shape} fill="white" stroke="{edge}" stroke-width="1.8"/>']
        lines = wrapped(construct.label, 14, 2)
        widest = max(display_width(line) for line in lines)
        size = _NAME if widest <= 11 else _SMALL if widest <= 13 else 13.5
        rows = len(lines) + (1 if construct.note else 0)
        start = y - (rows - 1) * 9.2 + 5.6
        for i, line in enumerate(lines):
            parts.append(_text(x + _W / 2, start + i * 18.4, line, size, bold=True))
        if construct.note:
            parts.append(
                _text(x + _W / 2, start + len(lines) * 18.4, construct.note, _SMALL, colour="#46515D")
            )
        parts += [self._indicator(x, y, i, row) for i, row in enumerate(construct.indicators)]
        return "".join(parts)

    def _indicator(self, x: float, y: float, i: int, row: tuple[str, str]) -> str:
        name, loading = row
        top = y + _RY + 6 + i * _ROW
        while display_width(name) > 9:
            name = name[:-2] + "…"
        stem = f'<path d="M{x + _W / 2:.1f} {top - (6 if i == 0 else 3):.1f}V{top:.1f}" stroke="#8A949F" stroke-width="1"/>'
        box = f'<rect x="{x + 8:.1f}" y="{top:.1f}" width="{_W - 16}" height="{_ROW - 3}" fill="#F4F6F8" stroke="#B8C0C9" stroke-width=".8"/>'
        return (
            stem
            + box
            + _text(x + 14, top + 17, name, _SMALL, anchor="start")
            + _text(x + _W - 14, top + 17, loading, _SMALL, anchor="end", colour="#46515D")
        )

    def _plates(self, curves: Sequence[list[tuple[float, float]]]) -> list[str]:
        """A plate beside each line, where it covers least: no line, no oval, no other plate."""
        import numpy as np

        sampled = [_sampled(c) for c in curves]
        every = np.array([p for s in sampled for p in s])
        taken = [self._extent(c) for c in self.constructs.values()]
        parts = []
        for arrow, own in zip(self.arrows, sampled, strict=True):
            half = (max(7.3 * display_width(arrow.interval), 9.6 * display_width(arrow.text)) + 6) / 2
            x, y = self._place(own, every, taken, half)
            taken.append((x - half, y - _PLATE / 2, x + half, y + _PLATE / 2))
            parts.append(self._plate(arrow, x, y, half))
        return parts

    def _extent(self, c: Construct) -> tuple[float, float, float, float]:
        x, y = self.x(c.name), self.y(c.name)
        return (x, y - _RY, x + _W, y + _below(c))

    def _place(
        self, own: Any, every: Any, taken: Sequence[tuple[float, float, float, float]], half: float
    ) -> tuple[float, float]:
        """The centre of the plate: every point of the line is tried on all sides, the cheapest wins."""
        import numpy as np

        boxes = np.array(taken)
        middle = own[len(own) // 2]
        up, side = _PLATE / 2, half
        shifts = [
            (0.0, -up - 4),
            (0.0, up + 5),
            (-side - 5, -6.0),
            (side + 5, -6.0),
            (-side - 3, -up),
            (side + 3, -up),
            (-side - 14, 6.0),
            (side + 14, 6.0),
            (-side / 2, -up - 12),
            (side / 2, -up - 12),
            (-side / 2, up + 12),
            (side / 2, up + 12),
        ]
        best, lowest = middle, np.inf
        for px, py in own[2:-2]:
            for dx, dy in shifts:
                x, y = px + dx, py + dy
                inside = (np.abs(every[:, 0] - x) < side + 1) & (np.abs(every[:, 1] - y) < up + 1)
                wide = np.minimum(boxes[:, 2], x + side + 2) - np.maximum(boxes[:, 0], x - side - 2)
                high = np.minimum(boxes[:, 3], y + up + 1) - np.maximum(boxes[:, 1], y - up - 1)
                covered = float((np.clip(wide, 0, None) * np.clip(high, 0, None)).sum())
                outside = max(0.0, self.top - 6 - (y - up)) + max(0.0, y + up - self.height)
                outside += max(0.0, side - x) + max(0.0, x + side - self.width)
                away = abs(px - middle[0]) * 0.02 + abs(dx) * 0.03
                cost = 8.0 * float(inside.sum()) + covered * 0.6 + outside * 20 + away
                if cost < lowest:
                    best, lowest = (x, y), cost
        return float(best[0]), float(best[1])

    def _plate(self, arrow: Arrow, x: float, y: float, half: float) -> str:
        colour = "#767F89" if self.refused else INK if arrow.evidence else "#5B6673"
        box = (
            f'<rect x="{x - half:.1f}" y="{y - _PLATE / 2:.1f}" width="{2 * half:.1f}" '
            f'height="{_PLATE}" rx="3" fill="white" fill-opacity=".92"/>'
        )
        return (
            box
            + _text(x, y - 1.8, arrow.text, _COEFFICIENT, bold=not self.refused, colour=colour)
            + _text(x, y + 15, arrow.interval, _SMALL, colour="#767F89" if self.refused else "#46515D")
        )

    def _marks(self) -> list[str]:
        parts = []
        if self.refused:
            width = 24 + 8.2 * display_width(self.refused)
            parts.append(f'<rect x="0" y="0" width="{width:.0f}" height="24" fill="#FFF1DE"/>')
            parts.append(_text(width / 2, 16.5, self.refused, 13, bold=True, colour="#7A3A00"))
        if self.look.mark:
            parts.append(
                _text(self.width - 4, 16, self.look.mark, 12, bold=True, colour="#9A4A00", anchor="end")
            )
        return parts


def _below(construct: Construct) -> float:
    """How far a construct reaches below its centre line, its indicators included."""
    return _RY + (6 + _ROW * len(construct.indicators) if construct.indicators else 0)


def _sampled(points: Sequence[tuple[float, float]]) -> Any:
    """Points along a route, about four units apart."""
    found: list[tuple[float, float]] = []
    for (x0, y0), (x1, y1) in itertools.pairwise(points):
        steps = max(8, int((abs(x1 - x0) + abs(y1 - y0)) / 4))
        for i in range(steps):
            t = i / steps
            ease = 3 * (1 - t) * t * t + t**3
            across = 1.5 * (1 - t) ** 2 * t + 1.5 * (1 - t) * t * t + t**3
            found.append((x0 + (x1 - x0) * across, y0 + (y1 - y0) * ease))
    return [*found, points[-1]]


def _text(
    x: float,
    y: float,
    text: str,
    size: float,
    *,
    bold: bool = False,
    anchor: str = "middle",
    colour: str = INK,
) -> str:
    weight = ' font-weight="bold"' if bold else ""
    return (
        f'<text x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )
