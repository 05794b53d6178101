"""A plot in pieces of as many rows, panels or lines as one slide can show."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from typing import Any

from surveykit.report._pptx_charts import bars_within, clustered
from surveykit.report._pptx_planes import runs
from surveykit.report._pptx_slides import FOOT, TOP, WIDTH
from surveykit.report.charts import Plot

__all__ = ["BARS", "BESIDE", "piece_of", "pieces_of"]

BARS = ("intervals", "stacked")
"""The plots that are drawn as bars."""
BESIDE = 3.9
"""Inches beside a picture for sentences."""
_CHROME = 1.5
"""Inches that caption, axis, legend and notes take of the room for a chart."""
_PANELS, _GRID = 4, 15
"""Trends on one slide; lines of a grid on one slide."""


def pieces_of(plot: Plot) -> list[Plot]:
    """The plot, in pieces of as many rows as a slide can show, all alike."""
    room = FOOT - TOP - _CHROME
    if plot.waves:
        found = runs(plot)
        size = _PANELS
        cuts = [(found[i][0], found[min(i + size, len(found)) - 1][1]) for i in range(0, len(found), size)]
        return [piece_of(plot, slice(a, b)) for a, b in cuts] if len(cuts) > 1 else [plot]
    if plot.kind == "grid" and not plot.paired and len(plot.categories) > _GRID:
        return [_lines_of_grid(plot, a, b) for a, b in _ends(len(plot.categories), _GRID)]
    if plot.kind not in BARS:
        return [plot]
    if clustered(plot):
        return _panels(plot, room)
    size = bars_within(plot, WIDTH - BESIDE, room)
    n = len(plot.categories)
    return [plot] if n <= size else [piece_of(plot, slice(a, b)) for a, b in _ends(n, size)]


def _ends(n: int, size: int) -> list[tuple[int, int]]:
    """The beginnings and ends of as few even pieces of n as hold at most ``size`` each."""
    pieces = math.ceil(n / size)
    return list(pairwise(round(n * i / pieces) for i in range(pieces + 1)))


def _panels(plot: Plot, room: float) -> list[Plot]:
    """A plot with panels, in pieces whose bars, side by side, are thick enough for their numbers."""
    panels, names = list(dict.fromkeys(plot.groups)), list(dict.fromkeys(plot.categories))
    turned = len(panels) < len(names)
    rows, series = (names, panels) if turned else (panels, names)
    size = max(int(room / (0.145 * len(series) + 0.1)), 1)
    if len(rows) <= size:
        return [plot]
    of = plot.categories if turned else plot.groups
    parts = [set(rows[a:b]) for a, b in _ends(len(rows), size)]
    return [_chosen(plot, [i for i, name in enumerate(of) if name in part]) for part in parts]


def piece_of(plot: Plot, rows: slice) -> Plot:
    """The plot with those of its categories alone."""
    return _chosen(plot, range(len(plot.categories))[rows])


def _chosen(plot: Plot, rows: Sequence[int]) -> Plot:
    lists = ("categories", "low", "high", "texts", "groups", "muted", "changes")
    held = {name: getattr(plot, name) for name in lists}
    series = tuple(replace(s, values=tuple(s.values[i] for i in rows)) for s in plot.series)
    chosen: dict[str, Any] = {k: tuple(v[i] for i in rows) for k, v in held.items() if v}
    return replace(plot, series=series, **chosen)


def _lines_of_grid(plot: Plot, start: int, end: int) -> Plot:
    squares = tuple(replace(s, row=s.row - start) for s in plot.squares if start <= s.row < end)
    return replace(plot, categories=plot.categories[start:end], squares=squares)
