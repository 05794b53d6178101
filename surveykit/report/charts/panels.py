"""Small multiples: several scores by the same groups, one panel below the other on one axis."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from surveykit.report.charts._base import INK, Look, Picture, fixed_x, svg_of, values, wrapped
from surveykit.report.charts.dots import Dot, interval_plot

__all__ = ["panels"]

_LINE, _HEAD = 20, 25


def panels(groups: Sequence[tuple[str, Sequence[Dot]]], look: Look, *, percent: bool = False) -> Picture:
    """The chart: per score its title and a dot with interval for each group, all on one axis."""
    import altair as alt

    low = min(d.low for _, rows in groups for d in rows)
    high = max(d.high for _, rows in groups for d in rows)
    pad = 0.04 * ((high - low) or 1.0)
    heads: list[dict[str, Any]] = []
    data: list[dict[str, Any]] = []
    y = 0.0
    for title, rows in groups:
        heads.append({"y": y + _HEAD / 2 + 2, "line": y, "title": wrapped(title, 70, 1)[0]})
        y += _HEAD
        for row in rows:
            data.append(
                {
                    "y": y + _LINE / 2, "estimate": row.estimate, "low": row.low, "high": row.high,
                    "text": row.text, "name": wrapped(row.label, 30, 1)[0],
                }
            )  # fmt: skip
            y += _LINE
    scale = alt.Scale(domain=[0, y], reverse=True, nice=False)
    bare = alt.Axis(labels=False, grid=False, title=None)
    down = alt.Y("y:Q", scale=scale, axis=bare)
    across = alt.X(
        "low:Q", scale=alt.Scale(domain=[low - pad, high + pad], nice=False, zero=False), title=None,
        axis=alt.Axis(format=".0%" if percent else "~r", tickCount=7),
    )  # fmt: skip
    base = alt.Chart(values(data)).encode(y=down)
    head = alt.Chart(values(heads))
    layers = [
        head.mark_rule(color="#C9CFD6", strokeWidth=0.8).encode(y=alt.Y("line:Q", scale=scale, axis=bare)),
        head.mark_text(align="left", baseline="middle", fontWeight="bold", dx=2, color=INK).encode(
            x=fixed_x(0), y=down, text=alt.Text("title:N")
        ),
        base.mark_text(align="right", baseline="middle", dx=-8).encode(x=fixed_x(0), text=alt.Text("name:N")),
        base.mark_rule(strokeWidth=2.4, color=look.accent).encode(x=across, x2=alt.X2("high:Q")),
        base.mark_point(filled=True, size=64, opacity=1, color=look.accent).encode(x=alt.X("estimate:Q")),
        base.mark_text(align="left", baseline="middle", dx=12).encode(
            x=fixed_x("width"), text=alt.Text("text:N")
        ),
    ]
    rows_ = [row for _, rows in groups for row in rows]
    titles = tuple(title for title, rows in groups for _ in rows)
    plot = interval_plot(rows_, look, groups=titles, percent=percent)
    return Picture(svg_of(alt.layer(*layers), look, height=y + 44), plot)
