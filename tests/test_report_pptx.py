"""The slides: the sentences of the page, charts whose numbers can be edited, the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterator
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.report import _office
from surveykit.report._blocks import FigureBlock
from surveykit.report._pptx_charts import CHARTS
from surveykit.report._render import JOINER
from tests.report_study import report

NOT_SHOWN = re.compile(r"\s+")


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {language: report(language).pptx() for language in ("en", "zh")}


def shapes(content: bytes) -> Iterator[Any]:
    from pptx import Presentation

    for slide in Presentation(io.BytesIO(content)).slides:
        yield from slide.shapes


def words(content: bytes) -> str:
    texts = [s.text_frame.text for s in shapes(content) if s.has_text_frame]
    return NOT_SHOWN.sub("", "".join(texts))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_sentence_of_the_findings_stands_on_a_slide(language: str, made: dict[str, bytes]) -> None:
    text, seen = words(made[language]), 0
    for section in report(language)._laid_out["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "listing" and section["style"] != "page":
                for entry in block["entries"]:
                    line = "".join(p["text"] for p in entry["parts"]).replace(JOINER, "")
                    assert NOT_SHOWN.sub("", line) in text
                    seen += 1
    assert seen > 10


def test_charts_are_charts_and_hold_the_numbers_of_the_report(made: dict[str, bytes]) -> None:
    charts = [s.chart for s in shapes(made["en"]) if s.has_chart]
    figures = [
        b for p in report("en").pages for b in p.blocks if isinstance(b, FigureBlock) and p.style != "page"
    ]
    plots = [f.plot for f in figures if f.plot is not None and f.plot.kind in CHARTS]
    assert len(charts) == len(plots) >= 5
    for chart, plot in zip(charts, plots, strict=True):
        if plot.kind in ("intervals", "stacked"):
            held = [tuple(series.values) for series in chart.plots[0].series]
            assert held == [s.values for s in plot.series]


def test_intervals_are_error_bars_of_the_right_length(made: dict[str, bytes]) -> None:
    figures = [b for p in report("en").pages for b in p.blocks if isinstance(b, FigureBlock)]
    plot = next(f.plot for f in figures if f.plot is not None and f.plot.kind == "intervals")
    space = "{http://schemas.openxmlformats.org/drawingml/2006/chart}"
    for shape in shapes(made["en"]):
        if shape.has_chart and (bars := shape.chart._chartSpace.find(f".//{space}errBars")) is not None:
            up = [float(v.text) for v in bars.iterfind(f"{space}plus//{space}v")]
            assert up == pytest.approx(
                [h - v for h, v in zip(plot.high, plot.series[0].values, strict=True)], rel=1e-9
            )
            return
    raise AssertionError("no chart has error bars")


def test_pictures_speak_and_every_slide_of_simulated_answers_says_so(made: dict[str, bytes]) -> None:
    from pptx import Presentation

    seen = 0
    for slide in Presentation(io.BytesIO(made["zh"])).slides:
        assert "模拟数据" in "".join(s.text_frame.text for s in slide.shapes if s.has_text_frame)
        for shape in slide.shapes:
            if shape.has_chart or shape.shape_type == 13:
                assert len(shape._element.xpath(".//p:cNvPr")[0].get("descr")) > 20
                seen += 1
    assert seen >= 5


def test_nothing_is_reached_for_and_the_bytes_are_the_same(made: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(made["en"])) as archive:
        for name in archive.namelist():
            assert b'TargetMode="External"' not in archive.read(name), name
            if name.endswith(".xlsx"):
                with zipfile.ZipFile(io.BytesIO(archive.read(name))) as sheet:
                    assert {e.date_time for e in sheet.infolist()} == {(1980, 1, 1, 0, 0, 0)}
                    assert not any(b"<f>" in sheet.read(n) for n in sheet.namelist())
    assert report("en").pptx() == made["en"]


def test_without_the_library_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_office, "find_spec", lambda _name: None)
    with pytest.raises(SurveykitError, match=r"report\.pptx"):
        report("en").pptx()


def test_who_was_asked_has_a_slide_and_every_slide_but_the_cover_a_number(made: dict[str, bytes]) -> None:
    from pptx import Presentation

    deck = Presentation(io.BytesIO(made["zh"]))
    cells = [
        s.table.cell(i, 0).text for s in shapes(made["zh"]) if s.has_table for i in range(len(s.table.rows))
    ]
    assert {"目标总体", "受访者来源", "有效答卷"} <= set(cells)
    for i, slide in enumerate(deck.slides, start=1):
        numbers = slide._element.xpath(".//a:fld[@type='slidenum']/a:t")
        assert [n.text for n in numbers] == ([str(i)] if i > 1 else [])


def test_what_stands_on_a_slide_stands_within_it_and_above_its_foot(made: dict[str, bytes]) -> None:
    from pptx import Presentation

    for language in ("en", "zh"):
        deck = Presentation(io.BytesIO(made[language]))
        for slide in deck.slides:
            for shape in slide.shapes:
                assert shape.left >= 0
                assert shape.left + shape.width <= deck.slide_width
                if shape.has_table:
                    rows = sum(row.height for row in shape.table.rows)
                    assert shape.top + rows <= deck.slide_height * 0.93
                    assert sum(c.width for c in shape.table.columns) <= deck.slide_width * 0.92


def test_many_groups_go_on_to_a_further_slide_and_a_wide_table_to_the_workbook() -> None:
    from dataclasses import replace as changed

    from surveykit.report._pptx import _pieces

    figures = [b for p in report("en").pages for b in p.blocks if isinstance(b, FigureBlock)]
    plot = next(f.plot for f in figures if f.plot is not None and f.plot.kind == "stacked")
    series = tuple(changed(s, values=s.values[:1] * 30) for s in plot.series)
    many = changed(
        plot,
        categories=tuple(map(str, range(30))),
        series=series,
        texts=tuple(map(str, range(30))),
        groups=(),
    )
    pieces = _pieces(many)
    assert [len(p.categories) for p in pieces] == [15, 15]
    assert [c for p in pieces for c in p.categories] == list(many.categories)
    assert all(len(s.values) == 15 for p in pieces for s in p.series)
    assert _pieces(plot) == [plot]
