"""The path diagram: ovals for factors, hexagons for composites, boxes for what is measured, coefficients beside their lines.

A solid line is a path whose interval leaves zero out, a dashed one a path without evidence. A fit
that the gate refuses is drawn in grey under the words "do not interpret". The picture is planned as data
(:class:`Drawing`), from which the SVG, the page's own diagram and the shapes of a slide are made.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from surveykit.report._diagram_plates import Extent, Route, place_plates, sampled
from surveykit.report._diagram_svg import SLANT, svg_of_drawing
from surveykit.report._layers import Layout, Node, arrange
from surveykit.report.charts._base import Look, Picture, Plot, display_width, wrapped
from surveykit.report.charts._shapes import Drawing, Knot, Link

__all__ = ["Arrow", "Construct", "diagram"]

_W, _RY = 138.0, 40.0
_GAP_MIN, _GAP_MAX = 91.0, 190.0
_ROW, _ROOM, _SIDE = 26.0, 6.0, 130.0
"""Height of an indicator, room between it and its construct, width of the indicators that stand beside."""
_PLATE = 40.0
_NAME, _SMALL, _LEAST = 17.0, 15.0, 13.5
"""Sizes of type: a drawing is set at about 0.48 points per unit, so that 15 units are 7 points on paper."""
_PORTRAIT, _LANDSCAPE = 1000.0, 1518.0
_TALL = {False: 1280.0, True: 800.0}
"""So high may a drawing on an upright page, and on one on its side, be before it is made smaller."""

_HIGHEST = 1.3
"""So many times its width may an upright drawing be high, to leave room for its caption and notes."""
_APART, _CLOSE = 18.0, 10.0
"""The least distance of what stands in one column; in a crowded one."""
_MOST_STRETCH = 1.4
_WIDE_FROM = 5
_WIDENED = (1.0, 1.3, 1.7, 2.2)
"""How much further apart things are put, step by step, while a plate finds no free place."""


@dataclass(frozen=True, slots=True)
class Construct:
    """A construct and its indicators: (name, text of its loading); ``note`` stands under its name, ``lines`` are read out."""

    name: str
    label: str
    indicators: tuple[tuple[str, str], ...] = ()
    note: str = ""
    shape: Literal["oval", "box", "hexagon"] = "oval"
    lines: tuple[str, ...] = ()


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
) -> tuple[Picture, bool]:
    """The picture of a model, and whether it wants a page on its side.

    ``refused`` are the words that forbid reading it ("" where it may be read).
    """
    drawn = [a for a in arrows if a.source != a.target]
    best: tuple[int, Drawing] | None = None
    for widened in _WIDENED:
        plan = _Plan(constructs, drawn, widened, room_above=bool(refused or look.mark))
        found = plan.drawing(refused)
        if best is None or found[0] < best[0]:
            best = found
        if best[0] == 0:
            break
    if best is None:
        raise RuntimeError("no plan was tried")
    drawing = best[1]
    plot = Plot("paths", tuple(k.label for k in drawing.knots), drawing=drawing)
    return Picture(svg_of_drawing(drawing, look), plot), plan.wide


class _Plan:
    """Where everything stands: columns, heights, routes, plates."""

    def __init__(
        self, constructs: Sequence[Construct], arrows: Sequence[Arrow], widened: float, *, room_above: bool
    ) -> None:
        self.constructs = {c.name: c for c in constructs}
        self.arrows = arrows
        self.words = {c.name: _named(c) for c in constructs}
        lines = max(len(words) + bool(self.constructs[n].note) for n, (words, _) in self.words.items())
        self.ry = _RY + 11 * max(0, lines - 3)
        self.top = 30.0 if room_above else 8.0
        paths = [(a.source, a.target) for a in arrows]
        self.beside: frozenset[str] = frozenset()
        self.layout = self._arranged(paths, _APART * widened)
        self.wide = len(self.layout.layers) >= _WIDE_FROM
        if self.layout.height + self.top > _TALL[self.wide] and len(self.layout.layers) > 1:
            outer = (*self.layout.layers[0], *self.layout.layers[-1])
            self.beside = frozenset(
                n for n in outer if n in self.constructs and self.constructs[n].indicators
            )
            self.layout = self._arranged(paths, _CLOSE * widened)
        self.column = {n: i for i, layer in enumerate(self.layout.layers) for n in layer}
        self._across(widened)
        self.stretch = 1.0
        if self.wide:
            room = _TALL[True] - self.top
            self.stretch = min(max(1.0, room / self.layout.height), _MOST_STRETCH)
        lowest = max(self.y(c.name) + self._below(c) for c in constructs)
        self.height = max(lowest, max(self.y(n) for n in self.layout.y) + _PLATE) + 8

    def _arranged(self, paths: Sequence[tuple[str, str]], gap: float) -> Layout:
        nodes = [Node(c.name, self._above(c) + 6, self._below(c) + 6) for c in self.constructs.values()]
        return arrange(nodes, paths, dummy=(_PLATE + 8, 10.0), gap=gap)

    def _across(self, widened: float) -> None:
        """Widths: the columns, the indicators at the sides, the gaps between columns."""
        layers = self.layout.layers
        columns, last = len(layers), len(layers) - 1
        sides = [_SIDE * any(n in self.beside for n in layers[at]) for at in sorted({0, last})]
        paper = _LANDSCAPE if self.wide else max(_PORTRAIT, (self.layout.height + self.top) / _HIGHEST)
        taken = columns * _W + sum(sides) + 4
        self.gap = 0.0
        if columns > 1:
            self.gap = min(max((paper - taken) / last, _GAP_MIN), _GAP_MAX) * (1 + (widened - 1) / 2)
        taken += last * self.gap
        self.width = max(taken, paper)
        self.left = (self.width - taken) / 2 + 2 + sides[0]

    def _beside(self, name: str) -> bool:
        return name in self.beside

    def _above(self, c: Construct) -> float:
        return max(self.ry, _ROW * len(c.indicators) / 2) if self._beside(c.name) else self.ry

    def _below(self, c: Construct) -> float:
        """How far a construct reaches below its centre line, its indicators included."""
        if self._beside(c.name):
            return self._above(c)
        return self.ry + (_ROOM + _ROW * len(c.indicators) if c.indicators else 0)

    def x(self, name: str) -> float:
        """The left edge of a node's column."""
        return self.left + self.column[name] * (_W + self.gap)

    def y(self, name: str) -> float:
        """The centre line of a node."""
        return self.layout.y[name] * self.stretch + self.top

    def drawing(self, refused: str) -> tuple[int, Drawing]:
        """The picture as data, and how many plates cover something."""
        routes = [self._route(a) for a in self.arrows]
        taken = [extent for c in self.constructs.values() for extent in self._extents(c)]
        if refused:
            taken.append((0.0, 0.0, 24 + 8.2 * display_width(refused), 24.0))
        halves = [
            (max(7.3 * display_width(a.interval), 9.6 * display_width(a.text)) + 6) / 2 for a in self.arrows
        ]
        places, bad = place_plates(
            [sampled(r) for r in routes], halves, taken, _PLATE, (self.top - 6, self.width, self.height)
        )
        at = {name: i for i, name in enumerate(self.constructs)}
        links = tuple(
            Link(at[a.source], at[a.target], tuple(route), a.text, a.interval, a.evidence,
                 1.3 + 2.4 * min(abs(a.coefficient), 1.0), (x - half, y - _PLATE / 2, 2 * half, _PLATE))
            for a, route, half, (x, y) in zip(self.arrows, routes, halves, places, strict=True)
        )  # fmt: skip
        knots = tuple(self._knot(c) for c in self.constructs.values())
        return bad, Drawing(self.width, self.height, knots, links, refused)

    def _extents(self, c: Construct) -> list[Extent]:
        x, y = self.x(c.name), self.y(c.name)
        if not self._beside(c.name):
            return [(x, y - self.ry, x + _W, y + self._below(c))]
        indicators = self._indicators(c)
        lefts, tops = [i[2] for i in indicators], [i[3] for i in indicators]
        return [
            (x, y - self.ry, x + _W, y + self.ry),
            (min(lefts), min(tops), max(lefts) + _SIDE - 8, max(tops) + _ROW),
        ]

    def _knot(self, c: Construct) -> Knot:
        words, size = self.words[c.name]
        box = (self.x(c.name), self.y(c.name) - self.ry, _W, 2 * self.ry)
        return Knot(c.label, words, size, c.shape, box, c.note, self._indicators(c), c.lines)

    def _indicators(self, c: Construct) -> tuple[tuple[str, str, float, float, float, float], ...]:
        x, y = self.x(c.name), self.y(c.name)
        if self._beside(c.name):
            left = x - _SIDE if self.column[c.name] == 0 else x + _W + 8
            top, width = y - _ROW * len(c.indicators) / 2 + 1.5, _SIDE - 8
        else:
            left, top, width = x + 8, y + self.ry + _ROOM, _W - 16
        return tuple(
            (_code(name), text, left, top + i * _ROW, width, _ROW - 3)
            for i, (name, text) in enumerate(c.indicators)
        )

    def _port(self, name: str, arrow: Arrow, *, outgoing: bool) -> float:
        """How far from the centre line an arrow meets its construct: side by side, ordered by the far ends."""

        def far(a: Arrow) -> float:
            route = self.layout.routes[a.source, a.target]
            return self.y(route[1] if outgoing else route[-2])

        mates = [a for a in self.arrows if (a.source if outgoing else a.target) == name]
        mates.sort(key=lambda a: (far(a), a.source, a.target))
        step = min(14.0, 2 * (self.ry - 8) / max(len(mates) - 1, 1))
        return (mates.index(arrow) - (len(mates) - 1) / 2) * step

    def _route(self, arrow: Arrow) -> Route:
        """The corner points of a route: it runs level through columns and bends in the gaps."""
        stops = self.layout.routes[arrow.source, arrow.target]
        forward = self.column[stops[-1]] >= self.column[stops[0]]
        points: list[tuple[float, float]] = []
        for i, name in enumerate(stops):
            x = self.x(name)
            if 0 < i < len(stops) - 1:
                ends = [(x, self.y(name)), (x + _W, self.y(name))]
                points += ends if forward else ends[::-1]
                continue
            shift = self._port(name, arrow, outgoing=i == 0)
            reach = self._reach(self.constructs[name], shift)
            right = (i == 0) == forward
            points.append((x + _W / 2 + (reach if right else -reach), self.y(name) + shift))
        return points

    def _reach(self, c: Construct, shift: float) -> float:
        """How far from its middle a construct's outline is, ``shift`` off its centre line."""
        if c.shape == "box":
            return _W / 2
        if c.shape == "hexagon":
            return _W / 2 - abs(shift) / self.ry * _W * SLANT
        return _W / 2 * float((1 - (shift / self.ry) ** 2) ** 0.5)


def _named(c: Construct) -> tuple[tuple[str, ...], float]:
    """The lines of a construct's name and their size: two large ones, else up to four small ones."""
    lines = wrapped(c.label, 14, 2)
    size = _NAME if max(map(display_width, lines)) <= 11 else _SMALL
    if lines[-1].endswith("…"):
        lines, size = wrapped(c.label, 15, 4), _LEAST
    elif max(map(display_width, lines)) > 13:
        size = _LEAST
    return tuple(lines), size


def _code(name: str) -> str:
    """The code of a question in nine columns: its middle gives way, for its end tells it from the others."""
    if display_width(name) <= 9:
        return name
    head, tail = name, name[-1]
    while len(name) > len(tail) and display_width(name[-len(tail) - 1 :]) <= 4:
        tail = name[-len(tail) - 1 :]
    while display_width(head) > 8 - display_width(tail):
        head = head[:-1]
    return f"{head}…{tail}"
