"""Detractors, passives and promoters as one bar per group, the score and its interval beside it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.report.charts._base import (
    GREY,
    SPLIT,
    Look,
    Picture,
    Plot,
    Series,
    fixed_x,
    inked,
    keyed,
    low_colour,
    svg_of,
    values,
    wrapped,
)

__all__ = ["NpsBar", "nps_stack"]


@dataclass(frozen=True, slots=True)
class NpsBar:
    """One bar: three shares (with their texts) and what is written at its right."""

    label: str
    shares: tuple[float, float, float]
    texts: tuple[str, str, str]
    text: str


def nps_stack(rows: Sequence[NpsBar], look: Look, words: Mapping[str, str]) -> Picture:
    """The chart; ``words`` name ``detractors``, ``passives`` and ``promoters``."""
    import altair as alt

    names = [words["detractors"], words["passives"], words["promoters"]]
    colours = [low_colour(look.accent), GREY, look.accent]
    lines = [wrapped(r.label, 26) for r in rows]
    keys = keyed(lines)
    data: list[dict[str, Any]] = []
    for row, key in zip(rows, keys, strict=True):
        start = 0.0
        for i, share in enumerate(row.shares):
            shown = row.texts[i] if share >= 0.06 else ""
            data.append(
                {
                    "label": key, "part": names[i], "start": start, "end": start + share,
                    "middle": start + share / 2, "shown": shown, "text": row.text if i == 0 else "",
                    "ink": inked(colours[i]),
                }
            )  # fmt: skip
            start += share
    base = alt.Chart(values(data)).encode(
        y=alt.Y("label:N", sort=keys, title=None,
                axis=alt.Axis(labelExpr=SPLIT, labelLineHeight=13, grid=False)),
    )  # fmt: skip
    x = alt.X(
        "start:Q",
        scale=alt.Scale(domain=[0, 1], nice=False),
        title=None,
        axis=alt.Axis(format=".0%", tickCount=5),
    )
    fill = alt.Color(
        "part:N", scale=alt.Scale(domain=names, range=colours), legend=alt.Legend(title=None), sort=names
    )
    text_colour = alt.Color("ink:N", scale=None, legend=None)
    layers = [
        base.mark_bar(height=22, stroke="white", strokeWidth=0.8).encode(x=x, x2=alt.X2("end:Q"), color=fill),
        base.transform_filter("datum.shown != ''")
        .mark_text(baseline="middle")
        .encode(x=alt.X("middle:Q"), text=alt.Text("shown:N"), color=text_colour),
        base.transform_filter("datum.text != ''")
        .mark_text(align="left", baseline="middle", dx=12, fontWeight="bold")
        .encode(x=fixed_x("width"), text=alt.Text("text:N")),
    ]
    height = 76 + len(rows) * max(32, *(14 * len(text) + 8 for text in lines))
    parts = tuple(
        Series(name, tuple(r.shares[i] for r in rows), colour)
        for i, (name, colour) in enumerate(zip(names, colours, strict=True))
    )
    plot = Plot(
        "stacked", tuple(r.label for r in rows), parts, texts=tuple(r.text for r in rows), percent=True
    )
    return Picture(svg_of(alt.layer(*layers), look, height=height), plot)
