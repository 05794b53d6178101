"""Diverging bars of answers: low answers to the left, high ones to the right of one line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.report.charts._base import (
    SPLIT,
    Look,
    Picture,
    Plot,
    Series,
    fixed_x,
    inked,
    keyed,
    likert_colours,
    svg_of,
    values,
    wrapped,
)

__all__ = ["Answers", "likert"]


@dataclass(frozen=True, slots=True)
class Answers:
    """The answers to one item: a share per scale point, low to high, and what stands at the right."""

    label: str
    shares: tuple[float, ...]
    texts: tuple[str, ...]
    text: str


def likert(rows: Sequence[Answers], points: Sequence[str], look: Look, axis: str) -> Picture:
    """The chart; ``points`` name the scale points, low to high, so short that they stand in one line."""
    import altair as alt

    colours = likert_colours(len(points), look.accent)
    middle = len(points) // 2
    odd = len(points) % 2
    lines = [wrapped(r.label, 46, 2) for r in rows]
    keys = keyed(lines)
    names = [f"{i}|{name}" for i, name in enumerate(points)]
    data: list[dict[str, Any]] = []
    for row, key in zip(rows, keys, strict=True):
        start = -sum(row.shares[:middle]) - (row.shares[middle] / 2 if odd else 0.0)
        for i, share in enumerate(row.shares):
            data.append(
                {
                    "label": key, "part": names[i], "start": start, "end": start + share,
                    "middle": start + share / 2, "shown": row.texts[i] if share >= 0.085 and len(points) <= 7 else "",
                    "text": row.text if i == 0 else "", "ink": inked(colours[i]),
                }
            )  # fmt: skip
            start += share
    reach = max(max(abs(float(d["start"])), abs(float(d["end"]))) for d in data) * 1.02
    base = alt.Chart(values(data)).encode(
        y=alt.Y("label:N", sort=keys, title=None,
                axis=alt.Axis(labelExpr=SPLIT, labelLineHeight=12, grid=False, labelFontSize=10)),
    )  # fmt: skip
    x = alt.X("start:Q", scale=alt.Scale(domain=[-reach, reach], nice=False), title=axis,
              axis=alt.Axis(labelExpr="format(abs(datum.value), '.0%')", tickCount=6))  # fmt: skip
    legend = alt.Legend(title=None, labelExpr="split(datum.label, '|')[1]", columns=len(points))
    fill = alt.Color("part:N", scale=alt.Scale(domain=names, range=colours), legend=legend, sort=names)
    text_colour = alt.Color("ink:N", scale=None, legend=None)
    centre = (
        alt.Chart(values([{"at": 0}]))
        .mark_rule(color="#1B2430", strokeWidth=1)
        .encode(x=alt.X("at:Q", scale=alt.Scale(domain=[-reach, reach], nice=False), title=axis))
    )
    layers = [
        centre,
        base.mark_bar(height=15, stroke="white", strokeWidth=0.5).encode(x=x, x2=alt.X2("end:Q"), color=fill),
        base.transform_filter("datum.shown != ''")
        .mark_text(baseline="middle", fontSize=9.5)
        .encode(x=alt.X("middle:Q"), text=alt.Text("shown:N"), color=text_colour),
        base.transform_filter("datum.text != ''")
        .mark_text(align="left", baseline="middle", dx=10, fontSize=10)
        .encode(x=fixed_x("width"), text=alt.Text("text:N")),
    ]
    height = 84 + len(rows) * max(20, *(12 * len(text) + 6 for text in lines))
    parts = tuple(
        Series(name, tuple(r.shares[i] for r in rows), colour)
        for i, (name, colour) in enumerate(zip(points, colours, strict=True))
    )
    plot = Plot(
        "stacked",
        tuple(r.label for r in rows),
        parts,
        texts=tuple(r.text for r in rows),
        percent=True,
        axes=(axis, ""),
        centred=True,
    )
    return Picture(svg_of(alt.layer(*layers), look, height=height), plot)
