"""The path diagram: ovals for factors, hexagons for composites, boxes for what is measured, coefficients beside their lines.

A solid line is a path whose interval leaves zero out, a dashed one a path without evidence. A fit
that the gate refuses is drawn in grey under the words "do not interpret". The picture is planned as data
(:class:`Drawing`), from which the SVG, the page's own diagram and the shapes of a slide are made.

Many plans are weighed (upright or on its side, intervals on one line or two, columns on one height or in turn higher
and lower, ...): taken is the first that costs the reader least, so that a model has one picture, the same on every run.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable, Sequence

from surveykit.report._diagram_plan import Arrow, Construct, Plan, Style
from surveykit.report._diagram_svg import svg_of_drawing
from surveykit.report._layers import order_of
from surveykit.report.charts._base import Look, Picture, Plot
from surveykit.report.charts._shapes import Drawing

__all__ = ["Arrow", "Construct", "diagram"]

_WIDE_FROM = 5
"""So many columns want a page on its side."""
_OTHER_PAGE, _STACKED, _SHORT, _STAGGERED, _COUNTED = 25.0, 12.0, 70.0, 10.0, 400.0
_WIDENED = {1.0: 0.0, 1.3: 3.0, 1.7: 8.0, 2.2: 14.0}
"""How much further apart things are put, step by step, while a plate finds no free place."""
_NO_PLATE = (60.0, 15.0)
"""What it takes that coefficients stand in the table only, and what each of them."""
_MOST_PLACED = 60
"""So many plans get their plates placed, which takes time, before the best of them is taken."""


def diagram(
    constructs: Sequence[Construct], arrows: Sequence[Arrow], look: Look, *, refused: str = ""
) -> tuple[Picture, bool]:
    """The picture of a model, and whether it wants a page on its side.

    ``refused`` are the words that forbid reading it ("" where it may be read).
    """
    drawn = [a for a in arrows if a.source != a.target]
    order = order_of([c.name for c in constructs], [(a.source, a.target) for a in drawn])
    least = _least(
        _styles(len(order.layers), any(c.indicators for c in constructs)),
        lambda style: Plan(constructs, drawn, order, style, room_above=bool(refused or look.mark)),
        refused,
    )
    drawing, wide = least
    plot = Plot("paths", tuple(k.label for k in drawing.knots), drawing=drawing)
    return Picture(svg_of_drawing(drawing, look), plot), wide


def _least(
    styles: Sequence[tuple[float, Style]], planned: Callable[[Style], Plan], refused: str
) -> tuple[Drawing, bool]:
    """The drawing that takes least, and whether it lies on its side.

    What a plan takes is known in steps, each dearer to find: of its style, of its sizes, of plates without a place. Whatever
    takes least so far goes a step further; the first that has gone them all is the best of all.
    """
    waiting: list[tuple[float, int, Plan | Drawing | None]] = [
        (fixed, i, None) for i, (fixed, _) in enumerate(styles)
    ]
    heapq.heapify(waiting)
    placed = 0
    while True:
        cost, i, known = heapq.heappop(waiting)
        style = styles[i][1]
        if isinstance(known, Drawing):
            return known, style.wide
        if known is None:
            plan = planned(style)
            heapq.heappush(waiting, (cost + plan.cost, i, plan))
            continue
        bare, drawing = known.drawing(refused)
        placed += 1
        heapq.heappush(waiting, (cost + (_NO_PLATE[0] + _NO_PLATE[1] * bare if bare else 0.0), i, drawing))
        if placed >= _MOST_PLACED:
            waiting = [entry for entry in waiting if isinstance(entry[2], Drawing)]
            heapq.heapify(waiting)


def _styles(columns: int, indicators: bool) -> Sequence[tuple[float, Style]]:
    """The ways to draw a model of so many columns and what each takes from its reader."""
    natural = columns >= _WIDE_FROM
    pages = {natural: 0.0, not natural: _OTHER_PAGE}
    plates = {"full": 0.0, "stacked": _STACKED, "short": _SHORT}
    staggers = {False: 0.0, True: _STAGGERED} if columns >= _WIDE_FROM else {False: 0.0}
    counts = {False: 0.0, True: _COUNTED} if indicators else {False: 0.0}
    every = itertools.product(
        pages.items(), plates.items(), staggers.items(), counts.items(), _WIDENED.items()
    )
    return [
        (sum(cost for _, cost in chosen), Style(*(value for value, _ in chosen)))  # type: ignore[arg-type]
        for chosen in every
    ]
