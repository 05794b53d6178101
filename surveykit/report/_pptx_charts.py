"""Plots as PowerPoint's own charts: their numbers stand in the sheet behind them and can be edited."""

from __future__ import annotations

import math
from typing import Any

from surveykit.report._office import clean
from surveykit.report.charts import Plot

__all__ = ["CHARTS", "add_chart"]

_INK = "1B2430"
_LABELLED = 0.06
"""A part smaller than this share has no room for its number."""


CHARTS = ("intervals", "stacked", "points", "curves")
"""The kinds of plot that PowerPoint has a chart for."""


def add_chart(slide: Any, plot: Plot, place: tuple[Any, Any, Any, Any], fonts: tuple[str, str]) -> Any:
    """The plot as a native chart on ``slide``; the shape that holds it."""
    made = {"intervals": _intervals, "stacked": _stacked, "points": _points, "curves": _curves}[plot.kind]
    frame = made(slide, plot, place)
    chart = frame.chart
    chart.font.size, chart.font.name = _points_of(11), fonts[0]
    _east_asian(chart, fonts[1])
    chart.has_title = False
    return frame


def _points_of(size: float) -> Any:
    from pptx.util import Pt

    return Pt(size)


def _rgb(colour: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour.removeprefix("#"))


def _category_data(plot: Plot) -> Any:
    from pptx.chart.data import CategoryChartData

    data = CategoryChartData(number_format="0%" if plot.percent else "General")
    names = []
    for i, label in enumerate(plot.categories):
        group = f"{plot.groups[i]} – " if plot.groups else ""
        text = f"  {plot.texts[i]}" if plot.texts else ""
        names.append(clean(f"{group}{label}{text}"))
    data.categories = names
    for series in plot.series:
        data.add_series(clean(series.name), series.values)
    return data


def _horizontal(chart: Any, plot: Plot) -> None:
    """The first category on top, light lines, the axis in per cent where the values are shares."""
    chart.category_axis.reverse_order = True
    chart.category_axis.tick_labels.font.size = _points_of(10)
    chart.category_axis.format.line.fill.background()
    chart.value_axis.major_gridlines.format.line.color.rgb = _rgb("E6E9ED")
    chart.value_axis.format.line.fill.background()
    chart.value_axis.tick_labels.font.size = _points_of(10)
    if plot.percent:
        chart.value_axis.tick_labels.number_format = "0%"
        chart.value_axis.tick_labels.number_format_is_linked = False


def _intervals(slide: Any, plot: Plot, place: tuple[Any, Any, Any, Any]) -> Any:
    from pptx.enum.chart import XL_CHART_TYPE, XL_TICK_LABEL_POSITION

    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_CLUSTERED, *place, _category_data(plot))
    chart = frame.chart
    chart.has_legend = False
    _horizontal(chart, plot)
    chart.category_axis.tick_label_position = XL_TICK_LABEL_POSITION.LOW
    # A bar is read from zero.
    axis = chart.value_axis
    axis.minimum_scale, axis.maximum_scale, axis.major_unit = _round(
        min(0.0, *plot.low), max(0.0, *plot.high)
    )
    bars = chart.plots[0]
    bars.gap_width = 60
    bars.series[0].format.fill.solid()
    bars.series[0].format.fill.fore_color.rgb = _rgb(plot.series[0].colour)
    values = plot.series[0].values
    up = [high - at for high, at in zip(plot.high, values, strict=True)]
    down = [at - low for low, at in zip(plot.low, values, strict=True)]
    _error_bars(bars.series[0]._element, up, down)
    return frame


def _round(low: float, high: float) -> tuple[float, float, float]:
    """An axis of round numbers that holds both ends: its ends and its step."""
    raw = (high - low) / 6 or 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    step = next(s * power for s in (1, 2, 2.5, 5, 10) if s * power >= raw * 0.999)
    return (
        round(math.floor(low / step + 1e-9) * step, 9),
        round(math.ceil(high / step - 1e-9) * step, 9),
        round(step, 9),
    )


def _error_bars(series: Any, up: list[float], down: list[float]) -> None:
    """Intervals as custom error bars; their lengths are kept in the chart itself."""
    from lxml import etree

    space = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    draw = "http://schemas.openxmlformats.org/drawingml/2006/main"

    def literal(parent: Any, tag: str, lengths: list[float]) -> None:
        holder = etree.SubElement(etree.SubElement(parent, f"{{{space}}}{tag}"), f"{{{space}}}numLit")
        etree.SubElement(holder, f"{{{space}}}ptCount").set("val", str(len(lengths)))
        for i, length in enumerate(lengths):
            point = etree.SubElement(holder, f"{{{space}}}pt")
            point.set("idx", str(i))
            etree.SubElement(point, f"{{{space}}}v").text = f"{length:.10g}"

    bars = etree.Element(f"{{{space}}}errBars")
    for tag, value in (("errBarType", "both"), ("errValType", "cust"), ("noEndCap", "0")):
        etree.SubElement(bars, f"{{{space}}}{tag}").set("val", value)
    literal(bars, "plus", up)
    literal(bars, "minus", down)
    line = etree.SubElement(etree.SubElement(bars, f"{{{space}}}spPr"), f"{{{draw}}}ln")
    line.set("w", "15875")
    fill = etree.SubElement(line, f"{{{draw}}}solidFill")
    etree.SubElement(fill, f"{{{draw}}}srgbClr").set("val", _INK)
    series.find(f"{{{space}}}cat").addprevious(bars)


def _stacked(slide: Any, plot: Plot, place: tuple[Any, Any, Any, Any]) -> Any:
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION

    frame = slide.shapes.add_chart(XL_CHART_TYPE.BAR_STACKED_100, *place, _category_data(plot))
    chart = frame.chart
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    _horizontal(chart, plot)
    chart.plots[0].gap_width = 50
    for series, given in zip(chart.plots[0].series, plot.series, strict=True):
        series.format.fill.solid()
        series.format.fill.fore_color.rgb = _rgb(given.colour)
        for i, share in enumerate(given.values):
            if share >= _LABELLED and len(plot.series) <= 7:
                label = series.points[i].data_label
                label.has_text_frame = False
                label.font.size = _points_of(9)
                label.font.color.rgb = _rgb("FFFFFF" if _dark(given.colour) else _INK)
                _show_value(label)
    return frame


def _show_value(label: Any) -> None:
    """Show the value of a point, in per cent, and nothing else."""
    from lxml import etree

    space = "http://schemas.openxmlformats.org/drawingml/2006/chart"
    element = label._get_or_add_dLbl()
    for tag in ("showLegendKey", "showVal", "showCatName", "showSerName", "showPercent", "showBubbleSize"):
        for old in element.findall(f"{{{space}}}{tag}"):
            element.remove(old)
        etree.SubElement(element, f"{{{space}}}{tag}").set("val", "1" if tag == "showVal" else "0")


def _dark(colour: str) -> bool:
    red, green, blue = (int(colour.removeprefix("#")[i : i + 2], 16) for i in (0, 2, 4))
    return 0.3 * red + 0.59 * green + 0.11 * blue < 140


def _points(slide: Any, plot: Plot, place: tuple[Any, Any, Any, Any]) -> Any:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LABEL_POSITION, XL_MARKER_STYLE

    data = XyChartData()
    drawn = data.add_series(clean(plot.axes[1]))
    for x, y in zip(plot.series[0].values, plot.series[1].values, strict=True):
        drawn.add_data_point(x, y)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER, *place, data)
    chart = frame.chart
    chart.has_legend = False
    series = chart.plots[0].series[0]
    series.format.line.fill.background()
    series.marker.style, series.marker.size = XL_MARKER_STYLE.CIRCLE, 9
    series.marker.format.fill.solid()
    series.marker.format.fill.fore_color.rgb = _rgb(plot.series[0].colour)
    for i, label in enumerate(plot.categories):
        shown = series.points[i].data_label
        shown.text_frame.text = clean(label)
        shown.position = XL_LABEL_POSITION.RIGHT
    _name_axes(chart, plot)
    low = min(plot.series[1].values)
    chart.value_axis.minimum_scale = max(0.0, 5.0 * (low // 5.0 - 1))
    return frame


def _curves(slide: Any, plot: Plot, place: tuple[Any, Any, Any, Any]) -> Any:
    from pptx.chart.data import XyChartData
    from pptx.enum.chart import XL_CHART_TYPE, XL_LEGEND_POSITION

    data = XyChartData()
    for given in plot.series:
        drawn = data.add_series(clean(given.name))
        for x, y in zip(plot.categories, given.values, strict=True):
            drawn.add_data_point(float(x), y)
    frame = slide.shapes.add_chart(XL_CHART_TYPE.XY_SCATTER_LINES_NO_MARKERS, *place, data)
    chart = frame.chart
    chart.has_legend = True
    chart.legend.position, chart.legend.include_in_layout = XL_LEGEND_POSITION.TOP, False
    for series, given in zip(chart.plots[0].series, plot.series, strict=True):
        series.format.line.color.rgb = _rgb(given.colour)
        series.smooth = False
    _name_axes(chart, plot)
    return frame


def _name_axes(chart: Any, plot: Plot) -> None:
    for axis, name in ((chart.category_axis, plot.axes[0]), (chart.value_axis, plot.axes[1])):
        axis.has_title = True
        axis.axis_title.text_frame.text = clean(name)
        axis.has_major_gridlines = True
        axis.major_gridlines.format.line.color.rgb = _rgb("E6E9ED")


def _east_asian(chart: Any, family: str) -> None:
    """The font of Han characters of every text in the chart."""
    from lxml import etree

    draw = "http://schemas.openxmlformats.org/drawingml/2006/main"
    for latin in chart._chartSpace.iter(f"{{{draw}}}latin"):
        if latin.getnext() is None or latin.getnext().tag != f"{{{draw}}}ea":
            east = etree.Element(f"{{{draw}}}ea")
            east.set("typeface", family)
            latin.addnext(east)
