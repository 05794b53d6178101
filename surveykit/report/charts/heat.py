"""Heat maps: a value in every cell, its colour how far it lies from a middle; a triangle for correlations.

Dark is far in both directions; which one, a sign beside the value says, so that the picture is read in grey too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.report.charts._base import (
    WIDTH,
    Look,
    Picture,
    Plot,
    blend,
    display_width,
    inked,
    low_colour,
    values,
    wrapped,
)
from surveykit.report.charts._canvas import Word, across, down, drawn, written
from surveykit.report.charts._shapes import Square

__all__ = ["Tile", "heat", "triangle"]

_ROW, _STUB, _NARROWEST, _WIDEST, _LETTER = 26, 200, 130, 150, 6.2
_PALE = "#F4F6F8"


@dataclass(frozen=True, slots=True)
class Tile:
    """One cell: its row and column, its text, its ``shade`` from −1 (far below) to 1 (far above); None: nothing to show.

    ``lines`` are said of it where it is read by itself: its interval and n.
    """

    row: int
    column: int
    text: str
    shade: float | None
    lines: tuple[str, ...] = ()


def heat(tiles: Sequence[Tile], rows: Sequence[str], columns: Sequence[str], look: Look) -> Picture:
    """The heat map; names of columns stand above, broken into lines."""
    # a long word in a head takes its room from the names of the rows
    whole = _LETTER * max((display_width(w) for c in columns for w in c.split()), default=0) + 6
    stub = min(max(WIDTH - 8 - whole * len(columns), _NARROWEST), _STUB)
    width = min((WIDTH - stub - 8) / max(len(columns), 1), _WIDEST)
    heads = [wrapped(c, max(int(width / _LETTER), 4), 4) for c in columns]
    names = [wrapped(row, int(stub / _LETTER), 3) for row in rows]
    high = max(_ROW, 12 * max((len(n) for n in names), default=1) + 4)
    top = 14 * max(len(h) for h in heads) + 8
    words = []
    for j, head in enumerate(heads):
        words += [
            Word(stub + width * (j + 0.5), top - 10 - 14 * k, t, "center") for k, t in enumerate(head[::-1])
        ]
    for i, name in enumerate(names):
        words += _beside(stub - 8, top + high * (i + 0.5), name, "right")
    layers = [*_tiles(tiles, look, (stub, top), (width, high)), *written(words)]
    plot = Plot("grid", tuple(rows), columns=tuple(columns), squares=_squares(tiles, look))
    return Picture(drawn(layers, look, top + high * len(rows) + 6), plot)


def triangle(tiles: Sequence[Tile], names: Sequence[str], look: Look) -> Picture:
    """The lower triangle of a symmetric table: rows 1 …, columns 0 …; each name stands at its end of the row."""
    n = len(names)
    width = min((WIDTH - 170.0) / max(n - 1, 1), 66.0)
    words = []
    for i, name in enumerate(names):
        x, y = 8 + width * i + 8, 6 + _ROW * (i - 0.5) + _ROW
        room = max(int((WIDTH - x - 6) / 6.2), 8)
        words += _beside(x, y, wrapped(name, room, 2), "left")
    layers = _tiles(tiles, look, (8, 6.0), (width, _ROW))
    plot = Plot("grid", tuple(names), columns=tuple(names), squares=_squares(tiles, look), paired=True)
    return Picture(drawn([*layers, *written(words)], look, 6 + _ROW * n + 8), plot)


def _beside(x: float, y: float, lines: Sequence[str], align: str) -> list[Word]:
    return [Word(x, y + 12 * (k - (len(lines) - 1) / 2), t, align) for k, t in enumerate(lines)]


def _squares(tiles: Sequence[Tile], look: Look) -> tuple[Square, ...]:
    return tuple(Square(t.row, t.column, t.text, _fill(t, look), t.lines) for t in tiles)


def _fill(tile: Tile, look: Look) -> str:
    end = look.accent if (tile.shade or 0.0) >= 0 else low_colour(look.accent)
    return blend(_PALE, end, 0.92 * _depth(tile))


def _depth(tile: Tile) -> float:
    return min(abs(tile.shade or 0.0), 1.0)


def _tiles(
    tiles: Sequence[Tile], look: Look, corner: tuple[float, float], size: tuple[float, float]
) -> list[Any]:
    import altair as alt

    data, words = [], []
    for tile in tiles:
        (width, high), x, y = size, corner[0] + size[0] * tile.column, corner[1] + size[1] * tile.row
        fill = _fill(tile, look)
        data.append({"x": x, "x2": x + width, "y": y, "y2": y + high, "fill": fill})
        ink = inked(fill)
        if tile.text:
            words.append(Word(x + width / 2, y + high / 2, tile.text, "center", ink))
    rect = alt.Chart(values(data)).mark_rect(stroke="white", strokeWidth=1.5)
    colour = alt.Color("fill:N", scale=None, legend=None)
    return [
        rect.encode(x=across(), y=down(), x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q"), color=colour),
        *written(words),
    ]
