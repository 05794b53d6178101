"""Plots with two axes as PowerPoint's own charts: trends, importance and performance, curves."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from surveykit.report._office import clean, ems
from surveykit.report._pptx_charts import (
    Canvas,
    add_bars,
    axis_format,
    crossed,
    error_bars,
    finished,
    number_format,
    rounded,
    show,
)
from surveykit.report.charts import Plot
from surveykit.report.charts._base import wrapped

__all__ = ["add_chart", "runs"]

_REMARK = re.compile(r"n\s=\s[\d,]+\s+(\S.*)$")
"""What a text says after its base: what became of the question."""
_VALUE = re.compile(r"^.*?(?=\s+n\s=)")
_TYPE = 12.0
Box = tuple[float, float, float, float]
_WORDS = {
    "region": {"en": "{name}: region", "zh": "{name}：置信域"},
    "mean": {"en": "mean of {name}", "zh": "{name}的平均值"},
}


def add_chart(canvas: Canvas, plot: Plot, words: Any) -> Any:
    """The plot as a native chart on a slide; ``words`` picks a language. The shape that holds it."""
    if plot.kind == "points":
        return _points(canvas, plot, {k: words(v) for k, v in _WORDS.items()})
    if plot.kind == "curves":
        return _curves(canvas, plot)
    return _line(canvas, plot) if plot.waves else add_bars(canvas, plot)


def runs(plot: Plot) -> list[tuple[int, int]]:
    """Where each series of a trend begins and ends among the categories."""
    starts = [i for i, g in enumerate(plot.groups) if i == 0 or g != plot.groups[i - 1]]
    return list(zip(starts, [*starts[1:], len(plot.groups)], strict=True))


def _line(canvas: Canvas, plot: Plot) -> Any:
    """One series over the waves: a line with intervals; broken or dashed where its question changed."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    at = {wave: i for i, wave in enumerate(plot.categories)}
    place = [at.get(wave) for wave in plot.waves]
    values = [None if i is None else plot.series[0].values[i] for i in place]
    columns = canvas.room[2] * 0.84 / len(place) * 72 / _TYPE
    data = CategoryChartData(number_format=number_format(plot))
    data.categories = [_said(plot, w, i, columns) for w, i in zip(plot.waves, place, strict=True)]
    strokes = _strokes(plot, place)
    for kind, held in strokes:
        name = plot.groups[0] if kind != "caution" else f"{plot.groups[0]} *"
        data.add_series(clean(name), [v if k in held else None for k, v in enumerate(values)])
    frame = canvas.chart(XL_CHART_TYPE.LINE_MARKERS, data)
    chart = frame.chart
    chart.has_legend = False
    low, high, step = rounded(min(plot.low), max(plot.high))
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = low, high, step
    axis.tick_labels.number_format, axis.tick_labels.number_format_is_linked = number_format(plot), False
    axis.format.line.fill.background()
    canvas.palette.paint(axis.major_gridlines.format.line.color, "#E6E9ED")
    crossed(chart.category_axis, low)
    ends = [
        (None,) * 3 if i is None else (plot.series[0].values[i], plot.low[i], plot.high[i]) for i in place
    ]
    for (kind, held), drawn in zip(strokes, chart.plots[0].series, strict=True):
        _stroke(canvas, drawn, plot.series[0].colour, dashed=kind == "caution")
        if kind != "caution":
            mine = [e if k in held else (None,) * 3 for k, e in enumerate(ends)]
            error_bars(drawn._element, *zip(*mine, strict=True))
    return finished(canvas, frame, title=plot.groups[0])


def _said(plot: Plot, wave: str, place: int | None, room: float) -> str:
    """The name of a wave, below it the value with its interval, as far as they fit, and what became of the question."""
    columns = max(int(room / 0.58), 5)
    lines = wrapped(wave, columns, 2)
    found = _VALUE.match(plot.texts[place]) if place is not None and plot.texts else None
    if found is not None:
        value, _, interval = found.group().partition(" ")
        if ems(found.group()) <= room:
            lines.append(found.group())
        else:
            lines += [text for text in (value, interval) if text and ems(text) <= room]
    lines += [line for line in wrapped(_remark(plot, place), columns, 3) if line]
    return clean("\n".join(lines))


def _strokes(plot: Plot, place: Sequence[int | None]) -> list[tuple[str, set[int]]]:
    """The waves that lines run through: one line until a question changes, a dashed one over a doubtful change."""
    found: list[tuple[str, set[int]]] = []
    doubtful: list[tuple[str, set[int]]] = []
    current: set[int] = set()
    before: int | None = None
    for k, i in enumerate(place):
        if i is None:
            continue
        change = plot.changes[i] if plot.changes else ""
        if change and current:
            found.append(("", current))
            if change != "no" and before is not None:
                doubtful.append(("caution", {before, k}))
            current = set()
        current.add(k)
        before = k
    return [*doubtful, *found, ("", current)]


def _stroke(canvas: Canvas, drawn: Any, colour: str, *, dashed: bool) -> None:
    from pptx.enum.chart import XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    drawn.smooth = False
    drawn.format.line.width = Pt(2.25)
    canvas.palette.paint(drawn.format.line.color, colour)
    if dashed:
        drawn.format.line.dash_style = MSO_LINE.DASH
        drawn.marker.style = XL_MARKER_STYLE.NONE
        return
    drawn.marker.style, drawn.marker.size = XL_MARKER_STYLE.CIRCLE, 8
    drawn.marker.format.fill.solid()
    canvas.palette.paint(drawn.marker.format.fill.fore_color, colour)
    canvas.palette.paint(drawn.marker.format.line.color, colour)


def _remark(plot: Plot, place: int | None) -> str:
    found = _REMARK.search(plot.texts[place]) if place is not None and plot.texts else None
    return found.group(1) if found else ""


def _points(canvas: Canvas, plot: Plot, words: dict[str, str]) -> Any:
    """A series per point, named in the sheet; the region of each, and lines at the means, are series too."""
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_MARKER_STYLE
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    across, up = (s.values for s in plot.series[:2])
    outer = [point for region in plot.regions for point in region]
    xs, ys = [*across, *(x for x, _ in outer)], [*up, *(y for _, y in outer)]
    x_axis, y_axis = rounded(min(0.0, *xs), max(xs) * 1.05, 8), rounded(min(ys), max(ys))
    data = XyChartData()
    for name, region in zip(plot.categories, plot.regions, strict=bool(plot.regions)):
        outline = data.add_series(clean(words["region"].format(name=name)))
        for x, y in region:
            outline.add_data_point(x, y)
    middle = (sum(across) / len(across), sum(up) / len(up))
    for k, ends in enumerate((((middle[0], y) for y in y_axis[:2]), ((x, middle[1]) for x in x_axis[:2]))):
        line = data.add_series(clean(words["mean"].format(name=plot.axes[k])))
        for x, y in ends:
            line.add_data_point(x, y)
    for name, x, y in zip(plot.categories, across, up, strict=True):
        data.add_series(clean(name)).add_data_point(x, y)
    frame = canvas.chart(XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data)
    chart = frame.chart
    chart.has_legend = False
    for axis, (low, high, step) in ((chart.category_axis, x_axis), (chart.value_axis, y_axis)):
        axis.minimum_scale, axis.maximum_scale, axis.major_unit = low, high, step
    crossed(chart.category_axis, y_axis[0])
    crossed(chart.value_axis, x_axis[0])
    _name_axes(canvas, chart, plot)
    drawn = list(chart.plots[0].series)
    count = len(plot.regions)
    for series in drawn[:count]:
        series.smooth = True
        series.format.line.width = Pt(1)
        canvas.palette.paint(series.format.line.color, canvas.palette.accent)
        series.format.line.color.brightness = 0.5
    for series in drawn[count : count + 2]:
        series.format.line.width, series.format.line.dash_style = Pt(1), MSO_LINE.DASH
        canvas.palette.paint(series.format.line.color, canvas.palette.slots["dk2"])
    at = XL_LABEL_POSITION
    sides = {"r": at.RIGHT, "l": at.LEFT, "t": at.ABOVE, "b": at.BELOW}
    places = _beside(plot, (x_axis, y_axis), canvas.room)
    for series, place in zip(drawn[count + 2 :], places, strict=True):
        series.format.line.fill.background()
        series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 9
        series.marker.format.fill.solid()
        canvas.palette.paint(series.marker.format.fill.fore_color, plot.series[0].colour)
        label = series.points[0].data_label
        label.font.size = Pt(_TYPE)
        show(label, "showSerName")
        label.position = sides[place]
    return finished(canvas, frame)


def _beside(plot: Plot, axes: Any, room: tuple[float, float, float, float]) -> list[str]:
    """At which side of its point each name stands, so that it covers neither a point nor a name; right where it can."""
    (x0, x1, _), (y0, y1, _) = axes
    unit = ((room[2] - 0.9) / (x1 - x0), (room[3] - 0.9) / (y1 - y0))
    centres = [
        ((x - x0) * unit[0], (y1 - y) * unit[1])
        for x, y in zip(plot.series[0].values, plot.series[1].values, strict=True)
    ]
    taken = [(x - 0.07, y - 0.07, x + 0.07, y + 0.07) for x, y in centres]
    found = []
    for name, (x, y) in zip(plot.categories, centres, strict=True):
        wide, high = ems(name) * _TYPE / 72, _TYPE * 1.3 / 72
        boxes = {
            "r": (x + 0.1, y - high / 2, x + 0.1 + wide, y + high / 2),
            "l": (x - 0.1 - wide, y - high / 2, x - 0.1, y + high / 2),
            "t": (x - wide / 2, y - 0.1 - high, x + wide / 2, y - 0.1),
            "b": (x - wide / 2, y + 0.1, x + wide / 2, y + 0.1 + high),
        }

        best = min(
            "rtbl", key={side: _covered(box, taken, room[2] - 0.9) for side, box in boxes.items()}.__getitem__
        )
        taken.append(boxes[best])
        found.append(best)
    return found


def _covered(box: Box, taken: Sequence[Box], width: float) -> float:
    """How much of a box lies over others, in square inches, and how far it stands outside."""
    over = sum(
        max(0.0, min(box[2], t[2]) - max(box[0], t[0])) * max(0.0, min(box[3], t[3]) - max(box[1], t[1]))
        for t in taken
    )
    return over + max(0.0, -box[0]) + max(0.0, box[2] - width)


def _curves(canvas: Canvas, plot: Plot) -> Any:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION
    from pptx.enum.dml import MSO_LINE
    from pptx.util import Pt

    data = XyChartData()
    for given in plot.series:
        drawn = data.add_series(clean(given.name))
        for x, y in zip(plot.categories, given.values, strict=True):
            drawn.add_data_point(float(x), y)
    frame = canvas.chart(XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, data)
    chart = frame.chart
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    dashes = (MSO_LINE.DASH, MSO_LINE.SOLID, MSO_LINE.ROUND_DOT)
    for i, (series, given) in enumerate(zip(chart.plots[0].series, plot.series, strict=True)):
        canvas.palette.paint(series.format.line.color, given.colour)
        series.format.line.width, series.smooth = Pt(2.25), False
        if len(plot.series) > 1:
            series.format.line.dash_style = dashes[i % 3]
    at = [float(x) for x in plot.categories]
    crossed(chart.value_axis, min(at))
    values = [v for s in plot.series for v in s.values]
    low, high, step = rounded(min(values), max(values))
    chart.value_axis.minimum_scale, chart.value_axis.maximum_scale, chart.value_axis.major_unit = (
        low,
        high,
        step,
    )
    chart.category_axis.minimum_scale, chart.category_axis.maximum_scale = min(at), max(at)
    crossed(chart.category_axis, low)
    _name_axes(canvas, chart, plot)
    return finished(canvas, frame)


def _name_axes(canvas: Canvas, chart: Any, plot: Plot) -> None:
    from pptx.util import Pt

    for axis, name in ((chart.category_axis, plot.axes[0]), (chart.value_axis, plot.axes[1])):
        axis.has_title = bool(name)
        if name:
            run = axis.axis_title.text_frame.paragraphs[0].add_run()
            run.text, run.font.size, run.font.bold = clean(name), Pt(_TYPE), False
        axis.has_major_gridlines = True
        canvas.palette.paint(axis.major_gridlines.format.line.color, "#E6E9ED")
        step = axis.major_unit
        axis.tick_labels.number_format = axis_format(step) if step else "General"
        axis.tick_labels.number_format_is_linked = False
