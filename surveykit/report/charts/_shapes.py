"""What grids and path diagrams show, as data: the page and the slides draw their own from it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

__all__ = ["Drawing", "Knot", "Link", "Square"]


@dataclass(frozen=True, slots=True)
class Square:
    """A cell of a grid: its place, what stands in it, its colour, and the lines that are said of it (interval, n)."""

    row: int
    column: int
    text: str
    colour: str
    lines: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Knot:
    """A construct of a path diagram: its box in the picture's units, its name in lines, its note, its indicators.

    ``indicators`` are (name, weight or loading, left, top, width, height); ``lines`` are said when the construct is read.
    """

    label: str
    words: tuple[str, ...]
    size: float
    shape: Literal["oval", "box", "hexagon"]
    box: tuple[float, float, float, float]
    note: str = ""
    indicators: tuple[tuple[str, str, float, float, float, float], ...] = ()
    lines: tuple[str, ...] = ()

    @property
    def cut(self) -> bool:
        """Whether the name found no room in its lines."""
        return self.words[-1].endswith("…") and not self.label.endswith("…")


@dataclass(frozen=True, slots=True)
class Link:
    """A path of a diagram: its ends (places in ``knots``), its corner points, its plate (left, top, width, height).

    ``below`` are the lines of the interval under the coefficient, none where the picture leaves it to the table; a plate
    without width is not drawn, since there was no free place for it.
    """

    source: int
    target: int
    points: tuple[tuple[float, float], ...]
    text: str
    interval: str
    evidence: bool
    width: float
    plate: tuple[float, float, float, float]
    below: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Drawing:
    """A path diagram: its size in units, its constructs and paths; ``refused`` are the words that forbid reading it.

    ``left_out`` is what the picture had no room for, so that a note has to say where it stands: ``indicators`` (their number
    is shown), ``intervals``, ``coefficients`` (some of them), ``names`` (some are cut).
    """

    width: float
    height: float
    knots: tuple[Knot, ...]
    links: tuple[Link, ...]
    refused: str = ""
    left_out: tuple[Literal["indicators", "intervals", "coefficients", "names"], ...] = ()
