"""The charts of the web page: their numbers as a JSON island, a script that draws them, a policy that names both.

Without the script the page shows the still pictures; with it each figure that has a plot gets a chart that answers to pointer,
finger and keyboard. The script computes no number but the ticks of an axis: every text comes from here.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Callable, Mapping, Sequence
from hashlib import sha256
from math import isfinite
from typing import Any

from surveykit.findings import FORMATS
from surveykit.format import number, pick
from surveykit.questionnaire import data_dir
from surveykit.report._blocks import FigureBlock
from surveykit.report.charts import Plot
from surveykit.report.charts._shapes import Drawing

__all__ = ["data_island", "live_page", "values_of"]

WORDS = {
    "numbers": {"en": "Show the numbers", "zh": "显示数据"},
    "hide": {"en": "Hide the numbers", "zh": "收起数据"},
    "sort": {"en": "Sort, highest first", "zh": "从高到低排序"},
    "filter": {"en": "Choose rows", "zh": "筛选"},
    "all": {"en": "Show all", "zh": "全部显示"},
    "rows": {"en": "Rows", "zh": "行", "zh-Hant": "列"},
    "panels": {"en": "Panels", "zh": "分图"},
    "parts": {"en": "Parts shown", "zh": "显示的部分"},
    "lines": {"en": "Lines shown", "zh": "显示的线"},
    "columns": {"en": "Columns", "zh": "列", "zh-Hant": "欄"},
    "chart": {"en": "Interactive chart", "zh": "交互图表"},
    "hint": {
        "en": "Arrow keys go from mark to mark, Enter holds one, Esc lets go.",
        "zh": "用方向键在各数据点之间移动，按Enter键固定，按Esc键取消。",
    },
    "held": {"en": "Held", "zh": "已固定"},
    "sideways": {"en": "Scroll sideways for more →", "zh": "左右滑动查看更多 →"},
    "sources": {
        "en": "Show where each number stands in results.json",
        "zh": "标出各数字在results.json中的位置",
    },
    "value": {"en": "Not rounded", "zh": "未四舍五入的数值"},
    "key": {"en": "Key in results.json:", "zh": "results.json中的键："},
    "empty": {"en": "none", "zh": "无"},
    "none": {"en": "Nothing is chosen.", "zh": "未选择任何内容。"},
    "sorted": {"en": "Sorted, highest first", "zh": "已从高到低排序"},
    "given": {"en": "In the order of the report", "zh": "已恢复报告中的顺序"},
    "count": {"en": "{shown} of {all} shown", "zh": "显示{shown}项，共{all}项"},
    "comma": {"en": ", ", "zh": "，"},
    "colon": {"en": ": ", "zh": "："},
    "stop": {"en": "; ", "zh": "；"},
}
KINDS = ("intervals", "stacked", "points", "curves", "grid", "paths")
"""The charts that the script draws."""

_DIGITS = 6
"""Significant digits of what is drawn and not read: outlines, lines."""

POLICY = "default-src 'none'; style-src STYLE;"


def live_page(page: str, style: str, island: str) -> str:
    """The page with its style sheet, the numbers of its charts and its script, and a policy that allows these by their hashes.

    The island is data, not a script: it runs under no policy and cannot close its own element.
    """
    script = _packed((data_dir("reports") / "templates" / "report.js").read_text(encoding="utf-8"))
    style = style.replace("</", "<\\/")
    allowed = f"default-src 'none'; style-src {_hash(style)}; script-src {_hash(script)};"
    made = page.replace(POLICY, allowed, 1).replace("<style></style>", f"<style>{style}</style>", 1)
    tail = f'<script type="application/json" id="plots">{island}</script>\n<script>{script}</script>\n</body>'
    head, _, rest = made.rpartition("</body>")
    return head + tail + rest


def _packed(script: str) -> str:
    """The script without the indentation and the comments that its own lines hold."""
    lines = (line.strip() for line in script.splitlines())
    return "\n".join(line for line in lines if line and not line.startswith("//"))


def _hash(text: str) -> str:
    return f"'sha256-{base64.b64encode(sha256(text.encode('utf-8')).digest()).decode('ascii')}'"


def data_island(
    figures: Sequence[FigureBlock], language: str, mark: str = "", values: Mapping[str, Any] | None = None
) -> str:
    """The plots of the figures and the words of the controls as JSON that is safe inside an element of a page.

    ``mark`` stands on each chart of simulated answers; ``values`` are the unrounded numbers of the page (:func:`values_of`).
    ``<``, ``>``, ``&`` and the separators of lines are written as escapes: no label can end the element.

    >>> data_island([], "en").startswith('{"figures":{},"mark":"","values":{},"words":')
    True
    """
    plots = {
        f.id: {"table": f.numbers} | (_drawn(f.plot) if f.plot and _drawable(f.plot) else {}) for f in figures
    }
    words = {name: pick(texts, language) for name, texts in WORDS.items()}
    text = json.dumps(
        {"figures": plots, "mark": mark, "values": values or {}, "words": words},
        ensure_ascii=False,
        separators=(",", ":"),
        allow_nan=False,
    )
    for character in "<>&\u2028\u2029":
        text = text.replace(character, f"\\u{ord(character):04x}")
    return text


def values_of(laid: Any, value: Callable[[str], Any]) -> dict[str, Any]:
    """The numbers of a report as it is laid out, unrounded, under the steps of their keys: what it shows of ``results.json``.

    >>> part = {"kind": "number", "text": "12%", "key": "/results/nps/0", "format": "percent0"}
    >>> values_of({"entries": [part]}, {"/results/nps/0": 0.1234}.get)
    {'results': {'nps': {'0': 0.1234}}}
    """
    made: dict[str, Any] = {}
    for key in sorted(_keys(laid)):
        *steps, last = (step.replace("~1", "/").replace("~0", "~") for step in key.split("/")[1:])
        at = made
        for step in steps:
            at = at.setdefault(step, {})
        at[last] = value(key)
    return made


def _keys(laid: Any) -> set[str]:
    if isinstance(laid, Mapping):
        if laid.get("kind") == "number":
            return {laid["key"]}
        laid = list(laid.values())
    return set().union(*map(_keys, laid)) if isinstance(laid, list | tuple) else set()


def _drawable(plot: Plot) -> bool:
    """Whether the script knows this kind of chart and every number is one; other figures keep their still picture."""
    numbers = [*plot.low, *plot.high, *(v for series in plot.series for v in series.values)]
    return plot.kind in KINDS and bool(plot.categories) and all(isfinite(v) for v in numbers)


def _drawn(plot: Plot) -> dict[str, Any]:
    """What the script draws from; what is empty is left out."""
    given: Mapping[str, Any] = {
        "kind": plot.kind,
        "categories": plot.categories,
        "series": [_series(plot, i) for i in range(len(plot.series))],
        "low": plot.low,
        "high": plot.high,
        "texts": plot.texts,
        "groups": plot.groups,
        "percent": plot.percent,
        "axes": plot.axes if any(plot.axes) else (),
        "bars": plot.bars,
        "muted": plot.muted,
        "centred": plot.centred,
        "regions": [[[_short(x), _short(y)] for x, y in region] for region in plot.regions],
        "base": plot.base,
        "columns": plot.columns,
        "squares": [[s.row, s.column, s.text, s.colour, s.lines] for s in plot.squares],
        "paired": plot.paired,
        "drawing": _traced(plot.drawing) if plot.drawing else (),
    }
    made = {name: value for name, value in given.items() if value}
    return made if plot.null is None else {**made, "null": plot.null}


def _traced(drawing: Drawing) -> dict[str, Any]:
    """The words of a path diagram; its shapes are those of the still picture."""
    return {
        "knots": [[k.label, k.lines] for k in drawing.knots],
        "links": [[k.source, k.target, f"{k.text} {k.interval}".rstrip()] for k in drawing.links],
    }


def _series(plot: Plot, which: int) -> dict[str, Any]:
    one = plot.series[which]
    made: dict[str, Any] = {"name": one.name, "colour": one.colour, "values": one.values}
    if plot.kind == "curves":
        made["values"] = [_short(v) for v in one.values]
    if plot.kind in ("stacked", "curves") or (plot.kind == "points" and not plot.texts):
        made["shown"] = [FORMATS["percent0"](v) if plot.percent else number(v) for v in one.values]
    return made


def _short(value: float) -> float:
    return float(f"{value:.{_DIGITS}g}")
