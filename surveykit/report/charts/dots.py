"""Dot and interval: one line per estimate, its interval, its value and base written beside it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

from surveykit.report.charts._base import (
    INK,
    SPLIT,
    Look,
    Picture,
    Plot,
    Series,
    fixed_x,
    keyed,
    svg_of,
    values,
    wrapped,
)

__all__ = ["Dot", "dots", "interval_plot"]


@dataclass(frozen=True, slots=True)
class Dot:
    """One estimate: its label, its values, the text at its right; ``muted`` where it shows no evidence."""

    label: str
    estimate: float
    low: float
    high: float
    text: str
    muted: bool = False


def dots(
    rows: Sequence[Dot],
    look: Look,
    *,
    domain: tuple[float, float] | None = None,
    null: float | None = None,
    axis: str = "",
    percent: bool = False,
    bars: bool = False,
) -> Picture:
    """The chart. ``null`` draws the line of no effect, ``bars`` a bar from zero to the estimate."""
    import altair as alt

    chosen = domain or _domain(rows, null, bars)
    lines = [wrapped(r.label, 34) for r in rows]
    keys = keyed(lines)
    data: list[dict[str, Any]] = [
        {
            "label": key, "estimate": r.estimate, "low": r.low, "high": r.high,
            "text": r.text, "muted": r.muted, "zero": max(0.0, chosen[0]),
        }
        for r, key in zip(rows, keys, strict=True)
    ]  # fmt: skip
    base = alt.Chart(values(data)).encode(
        y=alt.Y("label:N", sort=keys, title=None,
                axis=alt.Axis(labelExpr=SPLIT, labelLineHeight=13, grid=False)),
    )  # fmt: skip
    scale = alt.Scale(domain=list(chosen), nice=False, zero=False)
    x = alt.X(
        "low:Q",
        scale=scale,
        title=axis or None,
        axis=alt.Axis(format=".0%" if percent else "~r", tickCount=6),
    )
    colour = alt.condition("datum.muted", alt.value("#8A949F"), alt.value(look.accent))
    layers = []
    if bars:
        bar = base.mark_bar(height=12, opacity=0.28).encode(
            x=alt.X("zero:Q", scale=scale, title=axis or None), x2=alt.X2("estimate:Q"), color=colour
        )
        layers.append(bar)
    if null is not None and chosen[0] <= null <= chosen[1]:
        rule = alt.Chart(values([{"at": null}])).mark_rule(color=INK, strokeDash=[3, 3], strokeWidth=1)
        layers.append(rule.encode(x=alt.X("at:Q")))
    layers += [
        base.mark_rule(strokeWidth=2.4).encode(x=x, x2=alt.X2("high:Q"), color=colour),
        base.mark_point(filled=True, size=70, opacity=1).encode(x=alt.X("estimate:Q"), color=colour),
        base.mark_text(align="left", baseline="middle", dx=12).encode(
            x=fixed_x("width"), text=alt.Text("text:N")
        ),
    ]
    height = 44 + len(rows) * max(24, *(14 * len(text) + 6 for text in lines))
    plot = interval_plot(rows, look, groups=(), percent=percent, axis=axis)
    return Picture(svg_of(alt.layer(*layers), look, height=height), replace(plot, null=null, bars=bars))


def interval_plot(
    rows: Sequence[Dot], look: Look, *, groups: tuple[str, ...], percent: bool, axis: str = ""
) -> Plot:
    """Estimates with their intervals as numbers."""
    return Plot(
        "intervals",
        tuple(r.label for r in rows),
        (Series(axis, tuple(r.estimate for r in rows), look.accent),),
        tuple(r.low for r in rows),
        tuple(r.high for r in rows),
        tuple(r.text for r in rows),
        groups,
        percent,
        (axis, ""),
        muted=tuple(r.muted for r in rows) if any(r.muted for r in rows) else (),
    )


def _domain(rows: Sequence[Dot], null: float | None, bars: bool) -> tuple[float, float]:
    low, high = min(r.low for r in rows), max(r.high for r in rows)
    if null is not None:
        low, high = min(low, null), max(high, null)
    if bars:
        low = min(low, 0.0)
    pad = 0.04 * ((high - low) or 1.0)
    return (low if bars and low == 0 else low - pad, high + pad)
