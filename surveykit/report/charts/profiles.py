"""Segment profiles: one narrow panel per group, the same lines in each, dots with intervals around everybody's value."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.report.charts._base import INK, WIDTH, Look, Picture, Plot, Series, values, wrapped
from surveykit.report.charts._canvas import Word, across, down, drawn, written

__all__ = ["Mark", "Profile", "profiles"]

_ROW, _STUB, _MOST, _GAP, _LINES = 26, 180, 5, 26, 5
"""Height of a line, width of its name, panels beside each other, room between them, lines of a name above."""


@dataclass(frozen=True, slots=True)
class Mark:
    """A dot: how far a group lies from everybody, the interval, both and n in words."""

    estimate: float
    low: float
    high: float
    text: str


@dataclass(frozen=True, slots=True)
class Profile:
    """One group: its name, and a mark per line; None where there is nothing to show."""

    name: str
    points: tuple[Mark | None, ...]


def profiles(groups: Sequence[Profile], rows: Sequence[str], look: Look, *, axis: str) -> Picture:
    """The chart: a line at zero, which is everybody; filled dots where the interval leaves zero out, open ones else."""
    import altair as alt

    known = [p for g in groups for p in g.points if p is not None]
    reach = 1.08 * max([0.1, *(max(abs(p.low), abs(p.high)) for p in known)])
    beside = _beside([g.name for g in groups])
    width = (WIDTH - _STUB - _GAP * beside) / beside
    titles = [wrapped(g.name, _columns(width), _LINES) for g in groups]
    head = 14 * max(len(t) for t in titles) + 10
    block = head + _ROW * len(rows) + 24
    dots: list[dict[str, Any]] = []
    words: list[Word] = []
    rules: list[dict[str, float]] = []
    for k, group in enumerate(groups):
        middle = _STUB + (k % beside) * (width + _GAP) + width / 2
        top = (k // beside) * block + head
        end = top + _ROW * len(rows)
        rules.append({"x": middle, "y": top, "y2": end})
        words += [
            Word(middle, top - 10 - 14 * i, t, "center", bold=True) for i, t in enumerate(titles[k][::-1])
        ]
        words.append(Word(middle, end + 10, "0", "center"))
        for side, align in ((-1, "left"), (1, "right")):
            value = f"{side * reach / 1.08:+.1f}".replace("-", "−")
            words.append(Word(middle + side * (width / 2 + 4), end + 10, value, align))
        for i, point in enumerate(group.points):
            y = top + _ROW * (i + 0.5)
            if k % beside == 0:
                lines = wrapped(rows[i], 30, 2)
                words += [
                    Word(_STUB - 10, y + 12 * (j - (len(lines) - 1) / 2), t, "right")
                    for j, t in enumerate(lines)
                ]
            if point is not None:
                x, low, high = (
                    middle + v / reach * width / 2 for v in (point.estimate, point.low, point.high)
                )
                apart = not point.low <= 0 <= point.high
                dots.append({"x": x, "low": low, "high": high, "y": y, "apart": apart})
    base = alt.Chart(values(dots))
    fill = alt.condition("datum.apart", alt.value(look.accent), alt.value("white"))
    middle_rule = alt.Chart(values(rules)).mark_rule(color=INK, strokeDash=[3, 3], strokeWidth=1, opacity=0.6)
    layers = [
        middle_rule.encode(x=across(), y=down(), y2=alt.Y2("y2:Q")),
        base.mark_rule(strokeWidth=2.2, color=look.accent).encode(
            x=across("low"), x2=alt.X2("high:Q"), y=down()
        ),
        base.mark_point(size=60, opacity=1, stroke=look.accent, strokeWidth=1.8).encode(
            x=across(), y=down(), fill=fill
        ),
        *written(words),
    ]
    height = block * ((len(groups) - 1) // beside + 1)
    return Picture(drawn(layers, look, height), _plot(groups, rows, look, axis))


def _beside(names: Sequence[str]) -> int:
    """Panels in a row: so few that the names above them are whole."""
    for count in range(min(_MOST, len(names)), 2, -1):
        columns = _columns((WIDTH - _STUB - _GAP * count) / count)
        if not any(wrapped(name, columns, _LINES)[-1].endswith("…") for name in names):
            return count
    return min(3, len(names))


def _columns(width: float) -> int:
    return max(int(width / 6.2), 6)


def _plot(groups: Sequence[Profile], rows: Sequence[str], look: Look, axis: str) -> Plot:
    named = [(g.name, r, p) for g in groups for r, p in zip(rows, g.points, strict=True) if p is not None]
    return Plot(
        "intervals",
        tuple(r for _, r, _ in named),
        (Series(axis, tuple(p.estimate for *_, p in named), look.accent),),
        tuple(p.low for *_, p in named),
        tuple(p.high for *_, p in named),
        tuple(p.text for *_, p in named),
        tuple(g for g, *_ in named),
        axes=(axis, ""),
        null=0.0,
        muted=tuple(p.low <= 0 <= p.high for *_, p in named),
    )
