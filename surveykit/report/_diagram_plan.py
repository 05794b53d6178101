"""One plan of a path diagram: where constructs, indicators and lines stand in a given style, and how well it can be read."""

from __future__ import annotations

import functools
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal

from surveykit.report._diagram_plates import Extent, Route, place_plates, sampled
from surveykit.report._diagram_svg import SLANT
from surveykit.report._layers import Layout, Node, Order, arrange
from surveykit.report.charts._base import display_width, wrapped
from surveykit.report.charts._shapes import Drawing, Knot, Link

__all__ = ["Arrow", "Construct", "Plan", "Style"]

_BOXES = (210.0, 174.0, 138.0, 126.0, 114.0, 104.0, 94.0, 84.0, 76.0)
"""Widths of constructs: the broadest for which the columns fit on the page is taken."""
_BOX = 138.0
"""The usual width of a construct."""
_RY, _RY_MOST = 40.0, 84.0
_GAP_MAX, _SLIM = 190.0, 36.0
"""The broadest gap between columns, and the least where plates need no place in it."""
_ROOM, _SIDE = 6.0, 130.0
"""Room between indicators and their construct, and the width of those that stand beside it."""
_APART, _CLOSE = 18.0, 10.0
"""The least distance of what stands in one column; in a crowded one."""
_NAME, _SMALL, _LEAST = 17.0, 15.0, 14.0
"""Sizes of type: a drawing is set at about 0.48 points per unit, so that 15 units are 7 points on paper."""
_LETTER = 8.0
"""The width of a letter of a name at its least size."""
_PAPER = {False: (1000.0, 1190.0), True: (1518.0, 821.0)}
"""Width and height in units of an upright page and of one on its side, less what captions and notes take."""
_POINTS = {False: (476.2, 566.9), True: (722.8, 391.2)}
"""The same in points on A4: 168 × 200 and 255 × 138 mm."""
_MOST_STRETCH = 1.4
_STAGGER = (70.0, 170.0)
"""How much lower every other column stands, at least and at most, where columns take turns."""
_CUT = 40.0
_EMPTY, _WHITE = 600.0, 0.2
"""A drawing on a page of its own that is lower than this leaves much of it white; what a unit less takes."""


@dataclass(frozen=True, slots=True)
class Construct:
    """A construct and its indicators: (name, text of its loading); ``note`` stands under its name, ``lines`` are read out.

    ``counted`` stands in the place of indicators for which there is no room.
    """

    name: str
    label: str
    indicators: tuple[tuple[str, str], ...] = ()
    note: str = ""
    shape: Literal["oval", "box", "hexagon"] = "oval"
    lines: tuple[str, ...] = ()
    counted: str = ""


@dataclass(frozen=True, slots=True)
class Arrow:
    """A path: its standardised coefficient, the two lines of its plate, whether there is evidence for it."""

    source: str
    target: str
    coefficient: float
    text: str
    interval: str
    evidence: bool


@dataclass(frozen=True, slots=True)
class Style:
    """How a plan is drawn: on a page on its side, with the interval on one line, on two or not at all, with every other
    column lower, with indicators counted instead of named, and so many times further apart than need be."""

    wide: bool
    plate: Literal["full", "stacked", "short"]
    staggered: bool
    counted: bool
    widened: float


@dataclass(frozen=True, slots=True)
class _Rows:
    """How indicators stand: the height of each, in how many columns beside the outer constructs (0: below them), the
    distance of what stands in one column, how broad a construct may be."""

    high: float
    beside: int
    apart: float
    broadest: float = _BOX


_FORMS = (
    _Rows(26.0, 0, _APART), _Rows(26.0, 1, _CLOSE), _Rows(22.0, 0, _CLOSE), _Rows(22.0, 1, _CLOSE),
    _Rows(22.0, 2, _CLOSE),
)  # fmt: skip
_BROAD = (_Rows(22.0, 1, _CLOSE, 174.0), _Rows(22.0, 2, _CLOSE, 174.0), _Rows(22.0, 2, _CLOSE, 210.0))
"""Broader constructs, which are lower but leave less room between columns: where others miss the page by far."""
_NEARLY = 0.94


class Plan:
    """Where everything stands: columns, heights, routes, plates."""

    def __init__(
        self, constructs: Sequence[Construct], arrows: Sequence[Arrow], order: Order, style: Style, *,
        room_above: bool,
    ) -> None:  # fmt: skip
        self.constructs = {c.name: c for c in constructs}
        self.arrows, self.style, self.order = arrows, style, order
        self.column = {n: i for i, layer in enumerate(order.layers) for n in layer}
        self.top = 30.0 if room_above else 8.0
        self.below = {a: _below(a.interval, style.plate) for a in arrows}
        stacked = max((len(rows) for rows in self.below.values()), default=0)
        self.plate = 24.0 + 16 * stacked
        self.halves = {a: (_wide(a.text, 9.6, *((b, 7.3) for b in self.below[a])) + 6) / 2 for a in arrows}
        self._set()
        self.stretch = self._stretched()
        lowest = max(self.y(c.name) + self._below(c) for c in constructs)
        self.height = max(lowest, max(self.y(n) for n in self.layout.y) + self.plate) + 8

    def _set(self) -> None:
        """Rows of indicators as they fit the height of the page, then boxes as broad as fit its width."""
        paper, high = _PAPER[self.style.wide]
        room = high - self.top - 8
        sizes: dict[_Rows, float] = {}
        for form in (*_FORMS, *_BROAD):
            if form is _BROAD[0] and max(sizes.values()) >= _NEARLY:
                break
            self._formed(form, room)
            if self.layout.height <= room:
                return
            sizes[form] = min(paper / self.width, room / self.layout.height)
        self._formed(max(sizes, key=lambda form: sizes[form]), room)

    def _formed(self, form: _Rows, room: float) -> None:
        """Widths and heights with the indicators in one form."""
        self.form = form
        layers = self.order.layers
        outer = (
            (*layers[0], *layers[-1]) if form.beside and len(layers) > 1 and not self.style.counted else ()
        )
        self.beside = frozenset(n for n in outer if n in self.constructs and self.constructs[n].indicators)
        self._across()
        if len(high := [n for n in self.beside if self._crowded(n, room)]) < len(self.beside) and high:
            self.beside = frozenset(high)
            self._across()
        nodes = [Node(c.name, self._above(c) + 6, self._below(c) + 6) for c in self.constructs.values()]
        self.layout: Layout = arrange(
            nodes, self.order, (self.plate + 8, 10.0), form.apart * self.style.widened
        )

    def _crowded(self, name: str, room: float) -> bool:
        """Whether a construct's column would be higher than the page with the indicators below."""
        own = [self.constructs[n] for n in self.order.layers[self.column[name]] if n in self.constructs]
        stacks = sum(_ROOM + self.form.high * len(self._rows(c)) for c in own if c.indicators)
        return len(own) * (2 * self.ry + 12 + self.form.apart) + stacks > room

    def _across(self) -> None:
        """Widths: the columns, the indicators at the sides, the gaps between columns."""
        columns, last = len(self.order.layers), len(self.order.layers) - 1
        paper = _PAPER[self.style.wide][0]
        self.side = _SIDE * max(1, self.form.beside)
        sides = [self.side * any(n in self.beside for n in self.order.layers[at]) for at in sorted({0, last})]
        room = paper - sum(sides) - 4
        plate = 2 * max(self.halves.values(), default=0.0) + 12
        least = _SLIM if self.style.staggered else plate
        fitting = (b for b in _BOXES if b <= self.form.broadest and columns * b + last * least <= room)
        self.box = next(fitting, _BOXES[-1])
        self.gap = 0.0
        if last:
            widest = _GAP_MAX * self.style.widened**2
            self.gap = min(max((room - columns * self.box) / last, least), widest)
            if columns > 3:
                self.gap *= 1 + (self.style.widened - 1) / 4
        taken = columns * self.box + last * self.gap + sum(sides) + 4
        self.width = max(taken, paper)
        self.left = (self.width - taken) / 2 + 2 + sides[0]
        self.words = {n: _named(c.label, self.box) for n, c in self.constructs.items()}
        self.ry = min(max(map(self._reached, self.constructs.values())), _RY_MOST)

    def _reached(self, c: Construct) -> float:
        """How high half an outline is that holds the lines of a construct."""
        words, size = self.words[c.name]
        rows = [display_width(w) * _LETTER * size / _LEAST for w in words] + [
            display_width(c.note) * 7.0
        ] * bool(c.note)
        high = _RY
        for i, wide in enumerate(rows):
            off = abs(i - (len(rows) - 1) / 2) * 16.5 + 6
            share = min((wide + 4) / self.box, 0.97)
            if c.shape == "hexagon":
                high = max(high, off * 2 * SLANT / (1 - share))
            elif c.shape == "oval":
                high = max(high, off / float((1 - share * share) ** 0.5))
        return max(high, len(rows) * 8.25 + 6)

    def _stretched(self) -> float:
        """How far rows are drawn apart: a page of its own is filled; then how much lower every other column stands."""
        room = _PAPER[self.style.wide][1] - self.top - 8 - self.layout.height
        self.turn = min(max(room, 0.0), _STAGGER[1]) if self.style.staggered else 0.0
        if self.turn < _STAGGER[0]:
            self.turn = 0.0
        if not self.style.wide:
            return 1.0
        return min(max(1.0, 1 + (room - self.turn) / self.layout.height), _MOST_STRETCH)

    @property
    def cost(self) -> float:
        """What the plan takes from its reader before plates are placed: small type, cut names, a page left white."""
        across, down = _POINTS[self.style.wide]
        scale = min(across / self.width, down / self.height)
        points = scale * min(_SMALL, *(size for _, size in self.words.values()))
        cut = sum(words[-1].endswith("…") for words, _ in self.words.values())
        empty = max(0.0, _EMPTY - self.height) * _WHITE if self.style.wide else 0.0
        unmoved = 1000.0 if self.style.staggered and not self.turn else 0.0
        return _small(points) + _CUT * cut + empty + unmoved

    def _beside(self, name: str) -> bool:
        return name in self.beside

    def _rows(self, c: Construct) -> tuple[tuple[str, str], ...]:
        """The indicators as they are named, or their number."""
        if not self.style.counted or not c.indicators:
            return c.indicators
        room = self.box - (28 if self.box > 110 else 12)
        fits = c.counted and display_width(c.counted) * 7.4 <= room
        return ((c.counted if fits else f"{len(c.indicators)}", ""),)

    def _stack(self, c: Construct) -> float:
        """How high the indicators of a construct stand on each other."""
        columns = self.form.beside if self._beside(c.name) else 1
        return self.form.high * -(-len(self._rows(c)) // columns)

    def _above(self, c: Construct) -> float:
        return max(self.ry, self._stack(c) / 2) if self._beside(c.name) else self.ry

    def _below(self, c: Construct) -> float:
        """How far a construct reaches below its centre line, its indicators included."""
        if self._beside(c.name):
            return self._above(c)
        return self.ry + (_ROOM + self._stack(c) if c.indicators else 0)

    def x(self, name: str) -> float:
        """The left edge of a node's column."""
        return self.left + self.column[name] * (self.box + self.gap)

    def y(self, name: str) -> float:
        """The centre line of a node."""
        return self.layout.y[name] * self.stretch + self.top + self.turn * (self.column[name] % 2)

    def drawing(self, refused: str) -> tuple[int, Drawing]:
        """The picture as data, and how many plates found no place."""
        routes = [self._route(a) for a in self.arrows]
        taken = [extent for c in self.constructs.values() for extent in self._extents(c)]
        if refused:
            taken.append((0.0, 0.0, 24 + 8.2 * display_width(refused), 24.0))
        halves = [self.halves[a] for a in self.arrows]
        places = place_plates(
            [sampled(r) for r in routes], halves, taken, self.plate, (self.top - 6, self.width, self.height)
        )
        at = {name: i for i, name in enumerate(self.constructs)}
        links = tuple(
            Link(at[a.source], at[a.target], tuple(route), a.text, a.interval, a.evidence,
                 1.3 + 2.4 * min(abs(a.coefficient), 1.0), self._plated(route, half, place), self.below[a])
            for a, route, half, place in zip(self.arrows, routes, halves, places, strict=True)
        )  # fmt: skip
        knots = tuple(self._knot(c) for c in self.constructs.values())
        bare = sum(place is None for place in places)
        return bare, Drawing(
            self.width, self.height, knots, links, refused, self._left_out(bare, any(k.cut for k in knots))
        )

    def _left_out(self, bare: int, cut: bool) -> tuple[Any, ...]:
        """What the picture has no room for."""
        found = {
            "indicators": self.style.counted and any(c.indicators for c in self.constructs.values()),
            "intervals": self.style.plate == "short" and any(a.interval for a in self.arrows),
            "coefficients": bare > 0,
            "names": cut,
        }
        return tuple(what for what, missing in found.items() if missing)

    def _plated(self, route: Route, half: float, place: tuple[float, float] | None) -> Extent:
        """The plate at its place; without one a plate that is not drawn, in the middle of its line."""
        if place is None:
            return (*route[len(route) // 2], 0.0, 0.0)
        return place[0] - half, place[1] - self.plate / 2, 2 * half, self.plate

    def _extents(self, c: Construct) -> list[Extent]:
        x, y = self.x(c.name), self.y(c.name)
        if not self._beside(c.name):
            return [(x, y - self.ry, x + self.box, y + self._below(c))]
        rows = self._indicators(c)
        lefts, tops = [r[2] for r in rows], [r[3] for r in rows]
        return [
            (x, y - self.ry, x + self.box, y + self.ry),
            (min(lefts), min(tops), max(lefts) + rows[0][4], max(tops) + self.form.high),
        ]

    def _knot(self, c: Construct) -> Knot:
        words, size = self.words[c.name]
        box = (self.x(c.name), self.y(c.name) - self.ry, self.box, 2 * self.ry)
        return Knot(c.label, words, size, c.shape, box, c.note, self._indicators(c), c.lines)

    def _indicators(self, c: Construct) -> tuple[tuple[str, str, float, float, float, float], ...]:
        x, y = self.x(c.name), self.y(c.name)
        rows, high = self._rows(c), self.form.high
        deep = -(-len(rows) // (self.form.beside if self._beside(c.name) else 1))
        if self._beside(c.name):
            width = _SIDE - 8
            used = -(-len(rows) // deep) * (width + 4)
            left = x - used - 4 if self.column[c.name] == 0 else x + self.box + 8
            top = y - self._stack(c) / 2 + 1.5
        else:
            margin = 8 if self.box > 110 else 0
            left, top, width = x + margin, y + self.ry + _ROOM, self.box - 2 * margin
        return tuple(
            (_code(name, width, text) if text else name, text, left + i // deep * (width + 4), top + i % deep * high, width,
             high - 3)
            for i, (name, text) in enumerate(rows)
        )  # fmt: skip

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
                ends = [(x, self.y(name)), (x + self.box, self.y(name))]
                points += ends if forward else ends[::-1]
                continue
            shift = self._port(name, arrow, outgoing=i == 0)
            reach = self._reach(self.constructs[name], shift)
            right = (i == 0) == forward
            points.append((x + self.box / 2 + (reach if right else -reach), self.y(name) + shift))
        return points

    def _reach(self, c: Construct, shift: float) -> float:
        """How far from its middle a construct's outline is, ``shift`` off its centre line."""
        if c.shape == "box":
            return self.box / 2
        if c.shape == "hexagon":
            return self.box / 2 - abs(shift) / self.ry * self.box * SLANT
        return self.box / 2 * float((1 - (shift / self.ry) ** 2) ** 0.5)


def _small(points: float) -> float:
    """What type of so many points takes from its reader: nothing from seven on, most below six."""
    if points >= 7:
        return 0.0
    if points >= 6.5:
        return (7 - points) * 12
    return 6 + (6.5 - points) * 100 if points >= 6 else 200 + (6 - points) * 400


def _below(interval: str, plate: str) -> tuple[str, ...]:
    """The lines of an interval under its coefficient: one, or two where it is parted at its comma, or none."""
    if plate == "short" or not interval:
        return ()
    low, comma, high = interval.partition(", ")
    return (interval,) if plate == "full" or not comma else (f"{low},", high)


def _wide(text: str, size: float, *others: tuple[str, float]) -> float:
    return max(display_width(t) * s for t, s in ((text, size), *others))


@functools.lru_cache(maxsize=512)
def _named(label: str, box: float) -> tuple[tuple[str, ...], float]:
    """The lines of a construct's name and their size: two large ones, else up to four small ones."""
    broad = box / _BOX
    columns = int(14 * broad)
    lines = wrapped(label, columns, 2)
    widest = max(map(display_width, lines))
    whole = max((display_width(w) for w in label.split()), default=0) <= columns
    if whole and not lines[-1].endswith("…"):
        return tuple(lines), _NAME if widest <= 11 * broad else _SMALL if widest <= 13 * broad else _LEAST
    columns = min(int((box - 8) / _LETTER), int(15 * max(broad, 1.0)))
    most = 4 if box >= 110 else 5
    return tuple(wrapped(_hyphenated(label, columns), columns, most)), _LEAST


def _hyphenated(label: str, columns: int) -> str:
    """The name with words that no line holds parted where English words are parted, else where the line ends."""
    return " ".join(" ".join(_parted(word, columns)) for word in label.split(" "))


def _parted(word: str, columns: int) -> list[str]:
    if display_width(word) <= columns or not word.isascii():
        return [word]
    places = [i for i in _syllables(word) if i < columns and i > 1]
    at = max(places, default=columns - 1)
    return [word[:at] + "-", *_parted(word[at:], columns)]


def _syllables(word: str) -> list[int]:
    import pyphen

    return [int(i) for i in pyphen.Pyphen(lang="en_US").positions(word)]


def _code(name: str, width: float, text: str) -> str:
    """The code of a question where ``text`` stands beside it: its middle gives way, for its end tells it from the others."""
    most = 9 if width > 100 else max(int((width - 12) / 7.8) - display_width(text) - 1, 3)
    if display_width(name) <= most:
        return name
    head, tail = name, name[-1]
    while len(name) > len(tail) and display_width(name[-len(tail) - 1 :]) <= (most - 1) // 2:
        tail = name[-len(tail) - 1 :]
    while display_width(head) > most - 1 - display_width(tail):
        head = head[:-1]
    return f"{head}…{tail}"
