"""Plots as PowerPoint's own bars: their numbers stand in the sheet behind them and can be edited."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from surveykit.report._office import clean, ems
from surveykit.report._office_theme import DRAW, Palette, inches
from surveykit.report.charts import Plot
from surveykit.report.charts._base import blend, inked, wrapped

__all__ = [
    "CHART",
    "CHARTS",
    "Canvas",
    "add_bars",
    "axis_format",
    "bars_within",
    "clustered",
    "crossed",
    "error_bars",
    "finished",
    "number_format",
    "rounded",
]

CHART = "http://schemas.openxmlformats.org/drawingml/2006/chart"
CHARTS = ("intervals", "stacked", "points", "curves")
"""The kinds of plot that PowerPoint has a chart for."""
_TYPE, _SMALL = 12.0, 11.0
"""Points of the type on axes, of the numbers in bars."""
_STUB, _HEAD = 0.42, 0.5
"""The names take at most this part of the width, the axis above the bars this many inches."""
_SHOWN = re.compile(r"^[+−-]?\d*\.?(\d*)(%?)")
_BASE = re.compile(r"\bn\s=\s([\d,]+)")
_SHADES = (0.0, 0.42, 0.68, 0.82)
_SERIES = 6


@dataclass(frozen=True, slots=True)
class Canvas:
    """Where a chart goes and how it looks: the slide, left, top, width and height in inches, colours, language tag."""

    slide: Any
    room: tuple[float, float, float, float]
    palette: Palette
    tag: str
    ends: tuple[float, float] | None = None
    """The least and the greatest value of all pieces of a plot: all have one axis."""

    def chart(self, kind: Any, data: Any) -> Any:
        """A chart of that kind in the room; the shape that holds it."""
        return self.slide.shapes.add_chart(kind, *inches(*self.room), data)


def number_format(plot: Plot) -> str:
    """The number format that shows values as the texts beside the picture do.

    >>> number_format(Plot("intervals", ("a",), texts=("+12 [3, 4]",))), number_format(Plot("intervals", ("a",), texts=(".39",)))
    ('+0;−0;0', '.00')
    """
    first = [t.split(" ")[0] for t in plot.texts if t]
    found = _SHOWN.match(first[0]) if first else None
    if found is None or not any(c.isdigit() for c in first[0]):
        return "0%" if plot.percent else "General"
    places, per_cent = found.groups()
    bare = any(re.match(r"[+−-]?\.\d", t) for t in first)
    whole = ("" if bare else "0") + ("." + "0" * len(places) if places else "") + per_cent
    if any(t.startswith("+") for t in first):
        return f"+{whole};−{whole};{whole}"
    return f"{whole};−{whole}" if any(t.startswith("−") for t in first) else whole


def axis_format(step: float, *, percent: bool = False) -> str:
    """The number format of an axis with that step: as many places as it needs, and a nought that is one.

    A program that adds up steps of 0.2 from −0.6 comes to 0.0000000000000001, and would write it out.

    >>> axis_format(0.2), axis_format(20.0), axis_format(0.25), axis_format(0.05, percent=True)
    ('0.0;−0.0', '0;−0', '0.00;−0.00', '0%;−0%')
    """
    scaled = step * 100 if percent else step
    places = next((k for k in range(6) if abs(scaled * 10**k - round(scaled * 10**k)) < 1e-6), 6)
    whole = "0" + ("." + "0" * places if places else "") + ("%" if percent else "")
    return f"{whole};−{whole}"


def add_bars(canvas: Canvas, plot: Plot) -> Any:
    """Shares that add up, or estimates with their intervals, as horizontal bars; the shape that holds the chart."""
    if plot.kind == "stacked":
        return _stacked(canvas, plot)
    return _clustered(canvas, plot) if clustered(plot) else _intervals(canvas, plot)


def clustered(plot: Plot) -> bool:
    """Whether each panel holds the same few things, so that they can be the series of one chart."""
    if plot.kind != "intervals" or not plot.groups or plot.waves:
        return False
    panels, names = _unique(plot.groups), _unique(plot.categories)
    cells = set(zip(plot.groups, plot.categories, strict=True))
    return min(len(panels), len(names)) <= _SERIES and len(cells) == len(plot.categories)


def _unique(names: Sequence[str]) -> list[str]:
    return list(dict.fromkeys(names))


def _lines(canvas: Canvas, plot: Plot, names: Sequence[str]) -> list[str]:
    """The names of the bars, in lines that fit, with what is said of each below."""
    columns = int(canvas.room[2] * _STUB * 72 / _TYPE / 0.56)
    made = []
    for i, label in enumerate(names):
        text = plot.texts[i] if plot.texts else ""
        if text.startswith("n"):  # a base alone needs no line of its own
            lines = wrapped(
                f"{label}  {text}".replace(" = ", "\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}"), columns, 3
            )
        else:
            lines = [*wrapped(label, columns, 2), *([text] if text else [])]
        made.append(clean("\n".join(lines)))
    return made


def bars_within(plot: Plot, width: float, height: float) -> int:
    """How many bars of the plot a room of that size, in inches, has place for with their names."""
    columns = int(width * _STUB * 72 / _TYPE / 0.56)
    tall = [len(wrapped(c, columns, 2)) for c in plot.categories]
    lines = max(tall, default=1) + (not plot.texts[0].startswith("n") if plot.texts else 0)
    return max(int(height / max(0.32, 0.06 + lines * _TYPE * 1.25 / 72)), 1)


def _intervals(canvas: Canvas, plot: Plot) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE

    names = [f"{g} – {c}" for g, c in zip(plot.groups, plot.categories, strict=True)] if plot.groups else None
    data = CategoryChartData(number_format=number_format(plot))
    data.categories = _lines(canvas, plot, names or plot.categories)
    data.add_series(clean(plot.series[0].name or plot.axes[0] or "1"), plot.series[0].values)
    frame = canvas.chart(XL_CHART_TYPE.BAR_CLUSTERED, data)
    chart = frame.chart
    chart.has_legend = False
    _bar_axes(canvas, plot, chart)
    chart.plots[0].gap_width = 70
    bars = chart.plots[0].series[0]
    bars.invert_if_negative = False
    bars.format.fill.solid()
    canvas.palette.paint(bars.format.fill.fore_color, plot.series[0].colour)
    for i, muted in enumerate(plot.muted):
        if muted:
            fill = bars.points[i].format.fill
            fill.solid()
            canvas.palette.paint(fill.fore_color, "#8A949F")
    error_bars(bars._element, plot.series[0].values, plot.low, plot.high)
    return finished(canvas, frame)


def _clustered(canvas: Canvas, plot: Plot) -> Any:
    """Panels as one chart: the fewer things are the series, their colours shades of one."""
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_LEGEND_POSITION

    panels, names = _unique(plot.groups), _unique(plot.categories)
    turned = len(panels) < len(names)
    rows, columns = (names, panels) if turned else (panels, names)
    at = {
        ((c, g) if turned else (g, c)): i
        for i, (g, c) in enumerate(zip(plot.groups, plot.categories, strict=True))
    }
    data = CategoryChartData(number_format=number_format(plot))
    data.categories = _lines(canvas, Plot("intervals", ()), rows)
    places = [[at.get((row, column)) for row in rows] for column in columns]
    for column, place in zip(columns, places, strict=True):
        held = [None if i is None else plot.series[0].values[i] for i in place]
        data.add_series(clean(column + _base(plot, column, place, canvas.tag)), held)
    frame = canvas.chart(XL_CHART_TYPE.BAR_CLUSTERED, data)
    chart = frame.chart
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    _bar_axes(canvas, plot, chart, legend=True)
    bars = chart.plots[0]
    bars.gap_width, bars.overlap = 30, 0
    positive = min(plot.low) >= 0
    for k, (series, place) in enumerate(zip(bars.series, places, strict=True)):
        share = _SHADES[min(k, 3)] if len(columns) <= 4 else 0.85 * k / (len(columns) - 1)
        series.invert_if_negative = False
        series.format.fill.solid()
        canvas.palette.paint(series.format.fill.fore_color, blend(canvas.palette.accent, "#FFFFFF", share))
        if positive:
            labels = series.data_labels
            labels.show_value, labels.position = True, XL_LABEL_POSITION.INSIDE_BASE
            labels.number_format, labels.number_format_is_linked = number_format(plot), False
            labels.font.size = _points(10.0)
            canvas.palette.paint(labels.font.color, "#FFFFFF" if share < 0.3 else canvas.palette.slots["dk1"])
        for row, i in enumerate(place):
            if plot.muted and i is not None and plot.muted[i]:
                _hollow(canvas, series.points[row], blend(canvas.palette.accent, "#FFFFFF", min(share, 0.5)))
        ends = [
            (None, None, None) if i is None else (plot.series[0].values[i], plot.low[i], plot.high[i])
            for i in place
        ]
        error_bars(series._element, *zip(*ends, strict=True))
    return finished(canvas, frame)


def _hollow(canvas: Canvas, point: Any, colour: str) -> None:
    """A bar without evidence: an outline, as hollow dots are on the page."""
    point.format.fill.solid()
    canvas.palette.paint(point.format.fill.fore_color, "#FFFFFF")
    canvas.palette.paint(point.format.line.color, colour)
    point.format.line.width = _points(1.25)


def _base(plot: Plot, name: str, place: Sequence[int | None], tag: str) -> str:
    """How many answers the bars of a series stand on: one number, or the fewest and the most."""
    if _BASE.search(name) or not plot.texts:
        return ""
    found = [m.group(1) for i in place if i is not None and (m := _BASE.search(plot.texts[i]))]
    if not found:
        return ""
    ends = dict.fromkeys(f(found, key=lambda n: int(n.replace(",", ""))) for f in (min, max))
    if tag.startswith("zh"):
        return f"（n = {'至'.join(ends)}）"
    return f" (n = {'–'.join(ends)})"


def _bar_axes(canvas: Canvas, plot: Plot, chart: Any, *, legend: bool = False) -> tuple[float, float]:
    """The first bar on top, every name written, light lines; a bar is read from zero or from the value of no effect.

    Where the bars begin, in parts of the width and of the height of the chart.
    """
    from lxml import etree
    from pptx.enum.chart import XL_TICK_LABEL_POSITION

    category, value = chart.category_axis, chart.value_axis
    category.reverse_order = True
    category.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    category.format.line.fill.background()
    skip = etree.SubElement(category._element, f"{{{CHART}}}tickLblSkip")
    skip.set("val", "1")
    if (last := category._element.find(f"{{{CHART}}}noMultiLvlLbl")) is not None:
        last.addprevious(skip)
    canvas.palette.paint(value.major_gridlines.format.line.color, "#E6E9ED")
    value.format.line.fill.background()
    labels = value.tick_labels
    labels.number_format_is_linked = False
    if plot.kind == "stacked":
        labels.number_format = "0%"
    else:
        null = plot.null or 0.0
        least, most = canvas.ends or (min(plot.low), max(plot.high))
        low, high, step = rounded(min(null, least), max(null, most))
        value.minimum_scale, value.maximum_scale, value.major_unit = low, high, step
        labels.number_format = axis_format(step, percent=plot.percent)
        if null and low < null < high:
            crossed(category, null)
    names = [line for c in chart.plots[0].categories for line in str(c).split("\n")]
    _, _, width, height = canvas.room
    stub = min(_STUB + 0.04, (max(map(ems, names), default=1.0) * _TYPE / 72 + 0.2) / width)
    head = (_HEAD + (0.34 if legend else 0.0)) / height
    inner(chart, stub, head, 0.97 - stub, 0.98 - head)
    return stub, head


def crossed(axis: Any, at: float) -> None:
    """Let an axis stand where the other one has the value ``at``."""
    for element in axis._element.xpath("./c:crosses | ./c:crossesAt"):
        element.tag = f"{{{CHART}}}crossesAt"
        element.set("val", f"{at:.10g}")


def inner(chart: Any, x: float, y: float, width: float, height: float) -> None:
    """Place the area of the bars within the chart, in parts of its size: what stands beside keeps its room."""
    from lxml import etree

    area = chart._chartSpace.find(f".//{{{CHART}}}plotArea")
    for old in area.findall(f"{{{CHART}}}layout"):
        area.remove(old)
    layout = etree.Element(f"{{{CHART}}}layout")
    manual = etree.SubElement(layout, f"{{{CHART}}}manualLayout")
    given = [("layoutTarget", "inner"), ("xMode", "edge"), ("yMode", "edge")]
    given += [(k, f"{v:.4f}") for k, v in zip("xywh", (x, y, width, height), strict=True)]
    for name, value in given:
        etree.SubElement(manual, f"{{{CHART}}}{name}").set("val", value)
    area.insert(0, layout)


def rounded(low: float, high: float, parts: int = 6) -> tuple[float, float, float]:
    """An axis of round numbers in about so many parts that holds both ends: its ends and its step."""
    raw = (high - low) / parts or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw * 0.999)
    return (
        round(math.floor(low / step + 1e-9) * step, 9),
        round(math.ceil(high / step - 1e-9) * step, 9),
        round(step, 9),
    )


def error_bars(
    series: Any, values: Sequence[float | None], low: Sequence[float | None], high: Sequence[float | None]
) -> None:
    """Intervals as custom error bars; their lengths are kept in the chart itself."""
    from lxml import etree

    def literal(parent: Any, tag: str, lengths: list[float]) -> None:
        holder = etree.SubElement(etree.SubElement(parent, f"{{{CHART}}}{tag}"), f"{{{CHART}}}numLit")
        etree.SubElement(holder, f"{{{CHART}}}ptCount").set("val", str(len(lengths)))
        for i, length in enumerate(lengths):
            point = etree.SubElement(holder, f"{{{CHART}}}pt")
            point.set("idx", str(i))
            etree.SubElement(point, f"{{{CHART}}}v").text = f"{length:.10g}"

    def apart(ends: Sequence[float | None], others: Sequence[float | None]) -> list[float]:
        pairs = zip(ends, others, strict=True)
        return [0.0 if a is None or b is None else a - b for a, b in pairs]

    bars = etree.Element(f"{{{CHART}}}errBars")
    for tag, value in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "0")):
        etree.SubElement(bars, f"{{{CHART}}}{tag}").set("val", value)
    literal(bars, "plus", apart(high, values))
    literal(bars, "minus", apart(values, low))
    line = etree.SubElement(etree.SubElement(bars, f"{{{CHART}}}spPr"), f"{{{DRAW}}}ln")
    line.set("w", "15875")
    fill = etree.SubElement(line, f"{{{DRAW}}}solidFill")
    etree.SubElement(fill, f"{{{DRAW}}}schemeClr").set("val", "tx1")
    series.find(f"{{{CHART}}}cat").addprevious(bars)


def _stacked(canvas: Canvas, plot: Plot) -> Any:
    from pptx.chart.data import CategoryChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION

    data = CategoryChartData(number_format="0%")
    data.categories = _lines(canvas, plot, plot.categories)
    below = _below_the_middle(plot) if plot.centred else []
    middle, most = max(below, default=0.0), max((1.0 - b for b in below), default=0.0)
    if (
        plot.centred
    ):  # what moves a bar until its middle stands under that of the others: drawn without colour
        data.add_series(" ", [middle - b for b in below])
    for given in plot.series:
        data.add_series(clean(given.name), given.values)
    frame = canvas.chart(XL_CHART_TYPE.BAR_STACKED if plot.centred else XL_CHART_TYPE.BAR_STACKED_100, data)
    chart = frame.chart
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    stub, head = _bar_axes(canvas, plot, chart, legend=True)
    chart.plots[0].gap_width = 45
    drawn, whole = list(chart.plots[0].series), 1.0
    if plot.centred:
        drawn, whole = drawn[1:], middle + most
        _from_the_middle(canvas, chart, middle, whole, stub, head)
    least = 0.42 * whole / (canvas.room[2] * (1 - _STUB))
    for series, given in zip(drawn, plot.series, strict=True):
        series.format.fill.solid()
        canvas.palette.paint(series.format.fill.fore_color, given.colour)
        for i, share in enumerate(given.values):
            if share >= least:  # a narrower part has no room for its number
                label = series.points[i].data_label
                label.font.size = _points(_SMALL)
                canvas.palette.paint(label.font.color, inked(given.colour))
                show(label, "showVal")
    return finished(canvas, frame)


def _below_the_middle(plot: Plot) -> list[float]:
    """The share of each bar on the left of the middle of its scale; of a part in the middle it is half."""
    parts = [s.values for s in plot.series]
    half, odd = divmod(len(parts), 2)
    return [
        sum(p[i] for p in parts[:half]) + (parts[half][i] / 2 if odd else 0.0)
        for i in range(len(plot.categories))
    ]


def _from_the_middle(
    canvas: Canvas, chart: Any, middle: float, whole: float, stub: float, head: float
) -> None:
    """Bars whose middles stand under each other, a line behind them; no axis: it would count from the wrong end."""
    from pptx.enum.chart import XL_TICK_LABEL_POSITION
    from pptx.enum.dml import MSO_LINE
    from pptx.enum.shapes import MSO_CONNECTOR

    value = chart.value_axis
    value.minimum_scale, value.maximum_scale = 0.0, whole
    value.has_major_gridlines = False
    value.tick_label_position = XL_TICK_LABEL_POSITION.NONE
    chart.plots[0].series[0].format.fill.background()
    chart.plots[0].series[0].format.line.fill.background()
    left, top, width, height = canvas.room
    x = left + width * (stub + (0.97 - stub) * middle / whole)
    line = canvas.slide.shapes.add_connector(
        MSO_CONNECTOR.STRAIGHT, *inches(x, top + height * head, x, top + height * 0.98)
    )
    tree = canvas.slide.shapes._spTree  # behind the chart: seen between the bars, not through their numbers
    tree.insert(list(tree).index(tree.xpath("./p:graphicFrame")[-1]), line._element)
    canvas.palette.paint(line.line.color, canvas.palette.slots["dk1"])
    line.line.width, line.line.dash_style = _points(1.0), MSO_LINE.DASH


def show(label: Any, what: str) -> None:
    """Show one thing of a point (``showVal``: its value, ``showSerName``: the name of its series) and nothing else."""
    from lxml import etree

    element = label._get_or_add_dLbl()
    for tag in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize"):
        for old in element.findall(f"{{{CHART}}}{tag}"):
            element.remove(old)
        etree.SubElement(element, f"{{{CHART}}}{tag}").set("val", "1" if tag == what else "0")


def _points(size: float) -> Any:
    from pptx.util import Pt

    return Pt(size)


def finished(canvas: Canvas, frame: Any, *, title: str = "") -> Any:
    """The chart with the deck's fonts and colours for all of its text, its language named."""
    from lxml import etree

    chart = frame.chart
    if title:
        chart.has_title = True
        chart.chart_title.include_in_layout = False
        run = chart.chart_title.text_frame.paragraphs[0].add_run()
        run.text, run.font.size, run.font.bold = clean(title), _points(_TYPE), True
    else:
        chart.has_title = False
    chart.font.size, chart.font.name = _points(_TYPE), "+mn-lt"
    canvas.palette.paint(chart.font.color, canvas.palette.slots["dk1"])
    for tag in ("defRPr", "rPr"):
        for properties in chart._chartSpace.iter(f"{{{DRAW}}}{tag}"):
            properties.set("lang", canvas.tag)
            if (latin := properties.find(f"{{{DRAW}}}latin")) is not None and latin.getnext() is None:
                east = etree.SubElement(properties, f"{{{DRAW}}}ea")
                east.set("typeface", "+mn-ea")
    return frame
