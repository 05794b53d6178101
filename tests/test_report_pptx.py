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
from surveykit.report._pptx_sentences import about
from surveykit.report._render import JOINER
from tests.report_study import form, report

NOT_SHOWN = re.compile(r"\s+")


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {language: form(language, "pptx") for language in ("en", "zh")}


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
    assert len(charts) >= len(plots) >= 5
    held = [
        {v for s in chart.plots[0].series for v in s.values if v is not None}
        | {float(v.text) for v in chart._chartSpace.xpath(".//c:xVal//c:v")}
        for chart in charts
    ]
    for plot in plots:
        wanted = {v for s in plot.series for v in s.values}
        near = max(held, key=lambda numbers: len(numbers & wanted))
        assert wanted <= set().union(*(h for h in held if h & wanted)), plot.kind
        assert near & wanted


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

    from surveykit.report._pptx_pieces import pieces_of

    figures = [b for p in report("en").pages for b in p.blocks if isinstance(b, FigureBlock)]
    plot = next(f.plot for f in figures if f.plot is not None and f.plot.kind == "stacked")
    series = tuple(changed(s, values=s.values[:1] * 30) for s in plot.series)
    many = changed(
        plot,
        categories=tuple(map(str, range(30))),
        series=series,
        texts=("n = 99",) * 30,
        groups=(),
    )
    pieces = pieces_of(many)
    assert len(pieces) > 1
    assert max(len(p.categories) for p in pieces) - min(len(p.categories) for p in pieces) <= 1
    assert [c for p in pieces for c in p.categories] == list(many.categories)
    assert all(len(s.values) == len(p.categories) for p in pieces for s in p.series)
    assert pieces_of(plot) == [plot]


def slides(content: bytes) -> list[Any]:
    from pptx import Presentation

    return list(Presentation(io.BytesIO(content)).slides)


def charts_of(content: bytes, tag: str) -> list[Any]:
    return [s.chart for s in shapes(content) if s.has_chart and s.chart._chartSpace.xpath(f".//c:{tag}")]


def test_a_trend_is_a_line_that_breaks_where_its_question_changed(made: dict[str, bytes]) -> None:
    charts = {c.chart_title.text_frame.text.split(" (")[0]: c for c in charts_of(made["en"], "lineChart")}
    assert set(charts) == {"Quality", "I am satisfied.", "Net Promoter Score"}
    gaps = {name: [[v is None for v in s.values] for s in c.plots[0].series] for name, c in charts.items()}
    assert gaps["Net Promoter Score"] == [[False, False, False]]
    assert gaps["Quality"] == [[False, False, True], [True, True, False]]
    # a doubtful change: a dashed line between two waves, then what stands before and after it
    assert gaps["I am satisfied."] == [[False, False, True], [False, True, True], [True, False, False]]
    dashed = charts["I am satisfied."]._chartSpace.xpath(".//a:prstDash/@val")
    assert dashed == ["dash"]
    for chart in charts.values():
        assert chart._chartSpace.xpath(".//c:errBars")


def test_a_map_has_regions_and_lines_at_the_means(made: dict[str, bytes]) -> None:
    maps = charts_of(made["en"], "scatterChart")
    chart = next(c for c in maps if any("mean of" in series.name for series in c.plots[0].series))
    names = [s.name for s in chart.plots[0].series]
    assert [n for n in names if n.endswith(": region")] == ["Quality: region", "Satisfaction: region"]
    assert names[-2:] == ["Quality", "Satisfaction"]


def test_the_theme_of_the_deck_holds_colours_and_fonts(made: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(made["zh"])) as archive:
        theme = archive.read("ppt/theme/theme1.xml").decode("utf-8")
        charts = [
            archive.read(n).decode("utf-8") for n in archive.namelist() if n.startswith("ppt/charts/chart")
        ]
        pages = [
            archive.read(n).decode("utf-8") for n in archive.namelist() if n.startswith("ppt/slides/slide")
        ]
    look = report("zh").look
    assert look.accent.removeprefix("#") in theme
    # what Office has on Windows and on a Mac: the fonts of the paper are on neither
    assert (
        theme.count('<a:ea typeface="Microsoft YaHei"/>') == theme.count('<a:latin typeface="Arial"/>') == 2
    )
    for text in charts:
        assert "schemeClr" in text
        assert 'typeface="+mn-ea"' in text
        assert 'lang="zh-CN"' in text
    for text in pages:
        for run in re.findall(r"<a:r>.*?</a:r>", text):
            assert 'lang="zh-CN"' in run


def test_a_picture_has_its_finding_as_title_and_titles_differ(made: dict[str, bytes]) -> None:
    titles = [s.shapes.title.text_frame.text for s in slides(made["en"])]
    assert len(set(titles)) == len(titles)
    blocks = [b for s in report("en")._laid_out["sections"] for b in s["blocks"] if b["kind"] == "listing"]
    said = ["".join(p["text"] for p in e["parts"]) for b in blocks for e in b["entries"]]
    spoken = {line.replace(JOINER, "") for line in said}
    assert sum(t.split(" [")[0] in spoken for t in titles) >= 5


def test_notes_have_the_sentences_and_the_keys_of_their_numbers(made: dict[str, bytes]) -> None:
    seen = 0
    for slide in slides(made["en"])[1:]:
        if any(s.has_chart for s in slide.shapes):
            notes = slide.notes_slide.notes_text_frame.text
            assert len(notes) > 40
            seen += "/results/" in notes
    assert seen >= 3


def test_each_slide_names_its_source_and_how_many_answered(made: dict[str, bytes]) -> None:
    for language, words_ in (
        ("en", "Source: A small survey  ·  Client 7  ·  240 people"),
        ("zh", "来源：一项小型调查"),
    ):
        for slide in slides(made[language])[1:]:
            assert any(words_ in s.text_frame.text for s in slide.shapes if s.has_text_frame)


def test_type_is_never_too_small_to_be_read(made: dict[str, bytes]) -> None:
    for slide in slides(made["en"]):
        sizes = [int(v) for v in slide._element.xpath(".//p:sp//a:rPr/@sz | .//a:tbl//a:rPr/@sz")]
        diagram = slide._element.xpath(".//p:grpSp/p:sp//a:rPr/@sz")
        assert min(sizes, default=1200) >= (800 if diagram else 1000)


def test_words_from_the_right_run_from_the_right_and_long_answers_are_cut_aloud() -> None:
    from pptx import Presentation

    from surveykit.report import load_theme
    from surveykit.report._blocks import Box, Fixed, Heading, Listing
    from surveykit.report._pptx import pptx_of
    from surveykit.report._render import Page, lay_out

    cover = {"title": "t", "kicker": "", "subtitle": "", "client": "", "facts": [], "long": False}
    answers = ["مرحبا بكم", "plain", "\x00\x0b<b>" + "𠮷👩‍👩‍👧 " * 400, *(f"answer {i}" for i in range(100))]
    listing = Listing(tuple((Fixed(a, "given"),) for a in answers))
    pages = [Page("p", (Heading("Open", "h"), listing))]
    laid = lay_out(cover, Box("note", "g", ()), pages, "en", simulated=False, logo="")
    deck = Presentation(io.BytesIO(pptx_of(laid, [], load_theme("default"))))
    paragraphs = [
        p
        for s in deck.slides
        for shape in s.shapes
        if shape.has_text_frame
        for p in shape.text_frame.paragraphs
    ]
    turned = [p.text for p in paragraphs if p._p.xpath("./a:pPr/@rtl") == ["1"]]
    assert turned == ["مرحبا بكم"]
    texts = [p.text for p in paragraphs]
    assert any(t.endswith("… (the whole text: the report as PDF)") for t in texts)
    assert "43 more are in the report as PDF." in texts
    assert len(deck.slides) < 30


def test_bars_of_agreement_stand_about_the_middle_of_their_scale(made: dict[str, bytes]) -> None:
    bars = [c for c in charts_of(made["en"], "barChart") if c.plots[0].series[0].name == " "]
    assert bars
    for chart in bars:
        shift, *parts = ([v or 0.0 for v in s.values] for s in chart.plots[0].series)
        half, odd = divmod(len(parts), 2)
        below = [
            sum(p[i] for p in parts[:half]) + (parts[half][i] / 2 if odd else 0.0) for i in range(len(shift))
        ]
        assert [a + b for a, b in zip(shift, below, strict=True)] == pytest.approx([max(below)] * len(shift))
        assert min(min(p) for p in parts) >= 0.0  # the sheet behind it holds the shares as they are
        assert sum(p[0] for p in parts) == pytest.approx(1.0)


def test_axes_write_their_numbers_with_the_places_of_their_step(made: dict[str, bytes]) -> None:
    drawn = [c for language in made for c in charts_of(made[language], "barChart")]
    stepped = [c for c in drawn if c._chartSpace.xpath(".//c:valAx/c:majorUnit")]
    assert stepped
    for chart in stepped:
        assert chart.value_axis.tick_labels.number_format != "General"  # 1.1E-16 for zero


def test_chinese_slides_have_full_width_brackets_real_bullets_and_whole_evidence(
    made: dict[str, bytes],
) -> None:
    from surveykit.report._evidence import apart

    items = 0
    for shape in shapes(made["zh"]):
        for paragraph in shape.text_frame.paragraphs if shape.has_text_frame else ():
            text = paragraph.text
            assert not text.startswith("•")
            assert not re.search(r"\[[\u4e00-\u9fff]|\((?:\d+|\d+/\d+|n = [\d–]+)\)$", text), text
            if paragraph._p.xpath("./a:pPr/a:buChar"):
                items += 1
                assert paragraph._p.xpath("./a:pPr/@marL") == [
                    paragraph._p.xpath("./a:pPr/@indent")[0].lstrip("-")
                ]
            if text.endswith("］") and shape.is_placeholder is False and "\v" not in text:
                said, tag = text.rsplit("［", 1)
                parts = ({"kind": "text", "text": said}, {"kind": "tag", "text": f"［{tag}"})
                assert not apart(parts, shape.width / 914_400 - 0.4, paragraph.runs[0].font.size.pt)
    assert items > 10


def test_what_next_stands_beside_what_may_not_be_concluded(made: dict[str, bytes]) -> None:
    for slide in slides(made["zh"]):
        names = [s.name for s in slide.shapes]
        if "不能得出的结论" in names:
            boxes = [s for s in slide.shapes if s.name in ("下一步做什么？", "不能得出的结论")]
            assert len(boxes) == 2
            assert boxes[0].top == boxes[1].top
            assert boxes[0].left + boxes[0].width < boxes[1].left
            return
    raise AssertionError("no slide has the two boxes")


def test_a_lesser_finding_is_no_title_where_the_first_is_too_long() -> None:
    def entry(words: str) -> list[dict[str, str]]:
        return [{"kind": "text", "text": words}]

    long, short = (
        entry("Service goes most closely with it, " * 12),
        entry("The smallest share is that of Service."),
    )
    assert about([long, short], ["Service"]) is None
    assert about([short, long], ["Service"]) == short
    assert about([short], ["Price"]) is None
