"""Charts: Altair specifications turned into SVG by vl-convert, without network or browser."""

from __future__ import annotations

from surveykit.report.charts._base import Look, Picture, Plot, Series
from surveykit.report.charts.dots import Dot, dots
from surveykit.report.charts.likert import Answers, likert
from surveykit.report.charts.lines import Line, lines
from surveykit.report.charts.nps import NpsBar, nps_stack
from surveykit.report.charts.panels import panels

__all__ = [
    "Answers",
    "Dot",
    "Line",
    "Look",
    "NpsBar",
    "Picture",
    "Plot",
    "Series",
    "dots",
    "likert",
    "lines",
    "nps_stack",
    "panels",
]
