"""Trends: one panel per series over the same waves; a changed question breaks the line, a doubtful change dashes it."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from surveykit.report.charts._base import (
    LOW,
    WIDTH,
    Look,
    Picture,
    Plot,
    Series,
    display_width,
    values,
    wrapped,
)
from surveykit.report.charts._canvas import Word, across, down, drawn, written

__all__ = ["Moment", "Run", "trend"]

_PANEL, _HEAD, _LEFT, _RIGHT, _LETTER = 78.0, 22.0, 46.0, 24.0, 6.2


@dataclass(frozen=True, slots=True)
class Moment:
    """One wave of a series; ``change`` says what became of the question since the wave before: no, caution or nothing."""

    wave: int
    estimate: float
    low: float
    high: float
    text: str
    change: str = ""


@dataclass(frozen=True, slots=True)
class Run:
    """One series: its name and its waves in order."""

    name: str
    moments: tuple[Moment, ...]


def trend(
    runs: Sequence[Run], waves: Sequence[str], look: Look, words: dict[str, str], *, percent: bool = False
) -> Picture:
    """The chart; ``words`` name ``no`` (the question changed) and ``caution``."""
    import altair as alt

    last = len(waves) - 1
    step = (WIDTH - _LEFT - _RIGHT) / max(last, 1)
    sketch = _Sketch([_LEFT + step * i for i in range(len(waves))], words)
    for run in runs:
        sketch.panel(run)
    named = [wrapped(wave, max(int(step / _LETTER), 4), 2) for wave in waves]
    deep = max(len(lines) for lines in named)
    for i in _shown([max(map(display_width, lines)) * _LETTER for lines in named], step):
        width = max(map(display_width, named[i])) * _LETTER
        side = (
            "left"
            if i == 0 and width > 2 * _LEFT
            else "right"
            if i == last and width > 2 * _RIGHT
            else "center"
        )
        sketch.words += [
            Word(sketch.place[i], sketch.height + 12 + 13 * k, line, side) for k, line in enumerate(named[i])
        ]
    guide = [{"x": v, "y": _HEAD, "y2": sketch.height} for v in sketch.place]
    layers = [
        alt.Chart(values(guide)).mark_rule(color="#E6E9ED").encode(x=across(), y=down(), y2=alt.Y2("y2:Q"))
    ]
    for dash, data in sketch.lines.items():
        mark = alt.Chart(values(data)).mark_rule(color=look.accent, strokeWidth=1.8, strokeDash=list(dash))
        layers.append(mark.encode(x=across(), y=down(), x2=alt.X2("x2:Q"), y2=alt.Y2("y2:Q")))
    if sketch.breaks:
        mark = alt.Chart(values(sketch.breaks)).mark_rule(color=LOW, strokeWidth=1.4, strokeDash=[2, 3])
        layers.append(mark.encode(x=across(), y=down(), y2=alt.Y2("y2:Q")))
    base = alt.Chart(values(sketch.dots))
    layers += [
        base.mark_rule(strokeWidth=2.4, color=look.accent).encode(
            x=across(), y=down("y1"), y2=alt.Y2("y2:Q")
        ),
        base.mark_point(filled=True, size=64, opacity=1, color=look.accent).encode(x=across(), y=down()),
        *written(sketch.words),
    ]
    return Picture(drawn(layers, look, sketch.height + 15 + 13 * deep), _plot(runs, waves, look, percent))


def _shown(widths: Sequence[float], step: float) -> list[int]:
    """The waves whose names have room beside each other: the last, and as many before it, evenly, as there is room for.

    >>> _shown([40.0] * 5, 48.0), _shown([40.0] * 5, 25.0)
    ([0, 1, 2, 3, 4], [0, 2, 4])
    """
    every = math.ceil((max(widths) + 4) / step)
    return sorted(range(len(widths) - 1, -1, -every))


class _Sketch:
    """What is drawn, panel by panel, in pixels."""

    def __init__(self, place: list[float], said: dict[str, str]) -> None:
        self.place, self.said = place, said
        self.dots: list[dict[str, float]] = []
        self.lines: dict[tuple[int, int], list[dict[str, float]]] = {}
        self.breaks: list[dict[str, float]] = []
        self.words: list[Word] = []
        self.height = 0.0

    def panel(self, run: Run) -> None:
        """One series under its name."""
        top = self.height + _HEAD + 14
        low, high = min(m.low for m in run.moments), max(m.high for m in run.moments)
        unit = (_PANEL - 24) / ((high - low) or 1.0)
        self.words.append(Word(0, self.height + _HEAD / 2 + 2, wrapped(run.name, 92, 1)[0], bold=True))
        step = self.place[1] - self.place[0] if len(self.place) > 1 else WIDTH
        room = max(display_width(m.text) for m in run.moments) * _LETTER
        told = _shown([room] * len(self.place), step)
        before: tuple[float, float] | None = None
        for moment in run.moments:
            x = self.place[moment.wave]
            y, y1, y2 = (top + (high - v) * unit for v in (moment.estimate, moment.high, moment.low))
            self.dots.append({"x": x, "y": y, "y1": y1, "y2": y2})
            if moment.wave in told:
                self.words.append(Word(x, y1 - 8, moment.text, "center"))
            if before is not None and moment.change != "no":
                dash = (4, 4) if moment.change == "caution" else (1, 0)
                self.lines.setdefault(dash, []).append({"x": before[0], "y": before[1], "x2": x, "y2": y})
            if moment.change:
                at = x if before is None else (before[0] + x) / 2
                if moment.change == "no":
                    self.breaks.append({"x": at, "y": top - 8, "y2": top + _PANEL - 22})
                self.words.append(Word(at, top + _PANEL - 12, self.said[moment.change], "center", LOW))
            before = (x, y)
        self.height = top + _PANEL


def _plot(runs: Sequence[Run], waves: Sequence[str], look: Look, percent: bool) -> Plot:
    every = [(run.name, m) for run in runs for m in run.moments]
    return Plot(
        "intervals",
        tuple(waves[m.wave] for _, m in every),
        (Series("", tuple(m.estimate for _, m in every), look.accent),),
        tuple(m.low for _, m in every),
        tuple(m.high for _, m in every),
        tuple(m.text for _, m in every),
        tuple(name for name, _ in every),
        percent,
        waves=tuple(waves),
        changes=tuple(m.change for _, m in every),
    )
