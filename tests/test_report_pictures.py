"""Every picture of a report: n and interval with each mark, words that carry the message, a table behind it, a native slide."""

from __future__ import annotations

import io
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

import numpy as np
import pytest

from surveykit.analyses import analyse
from surveykit.format import REPORT_LANGUAGES
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.report._blocks import FigureBlock, TableBlock
from surveykit.report._office import png_of
from surveykit.report._pptx_charts import CHARTS
from surveykit.report.charts import Plot
from surveykit.report.charts._base import wrapped
from surveykit.responses import read
from tests.report_study import QUESTIONNAIRE, answers, form, report
from tests.test_report_live import grouped, island, moderated

INTERVAL = re.compile(r"\[[−+]?[\d.]+%?, [−+]?[\d.]+%?\]")


@cache
def differing(language: str = "en", theme: str = "default") -> Report:
    """Groups that differ, and answers with gaps: a heat map, profiles, a map of what is missing."""
    frame = answers(vip=0)
    south = (frame["store"] == "south").to_numpy()
    for name in ("qua1", "qua2", "qua3", "sat1", "sat2", "sat3"):
        frame[name] = np.where(south, np.clip(frame[name] - 1, 1, 7), frame[name])
    for step, name in enumerate(("qua1", "sat2", "loy3", "recommend"), start=5):
        frame[name] = frame[name].astype(float)
        frame.loc[::step, name] = np.nan
    data = read(frame, Questionnaire.from_text(QUESTIONNAIRE))
    assert data.questionnaire is not None
    constructs = list(data.questionnaire.constructs)
    results = {
        "banner": analyse(data, "banner", rows=constructs, banner=["store"]),
        "correlation": analyse(data, "correlation", items=constructs),
    }
    facts = {"title": {"en": "Groups that differ", "zh": "组间差异"}}
    return Report(facts, data, results, language, theme=theme)


MADE = {"study": lambda: report("en"), "groups": grouped, "slopes": moderated, "differing": differing,
        "differing.zh": lambda: differing("zh"), "differing.zh-Hant": lambda: differing("zh-Hant")}  # fmt: skip


def figures(made: Report) -> Iterator[FigureBlock]:
    for page in made.pages:
        yield from (b for b in page.blocks if isinstance(b, FigureBlock))


def kinds(made: Report) -> set[str]:
    return {f.plot.kind for f in figures(made) if f.plot is not None}


def test_the_studies_draw_every_kind_of_picture() -> None:
    seen = set().union(*(kinds(MADE[name]()) for name in ("study", "slopes", "differing")))
    assert seen == {"intervals", "stacked", "points", "curves", "grid", "paths"}
    ids = " ".join(f.id for f in figures(differing()))
    for part in ("heat", "profiles", "missing", "correlation"):
        assert part in ids


@pytest.mark.parametrize("name", MADE)
def test_every_picture_has_numbers_words_and_a_table(name: str) -> None:
    made = MADE[name]()
    tables = {b.id for page in made.pages for b in page.blocks if isinstance(b, TableBlock)}
    held = island(made.html())["figures"]
    seen = 0
    for figure in figures(made):
        assert figure.plot is not None, figure.id
        assert held[figure.id]["kind"] == figure.plot.kind
        assert figure.numbers in tables, figure.id
        assert len(figure.alt) > 20, (figure.id, figure.alt)
        assert re.search(r"\d", figure.alt), (figure.id, figure.alt)
        marks(figure.id, figure.plot)
        seen += 1
    assert seen


def marks(id_: str, plot: Plot) -> None:
    """n with every mark; an interval wherever the mark is an estimate."""
    n = plot.base.startswith("n = ")
    if plot.kind in ("intervals", "stacked"):
        assert len(plot.texts) == len(plot.categories)
        for text in plot.texts:
            assert n or "n = " in text, (id_, text)
            assert plot.kind == "stacked" or INTERVAL.search(text), (id_, text)
    if plot.kind == "grid":
        for square in plot.squares:
            if square.lines:
                assert square.lines[-1].startswith("n = "), (id_, square)
                assert "missing" in id_ or INTERVAL.search(square.lines[0]), (id_, square)
                shown = square.text.rstrip(" ▲▼")
                assert "missing" in id_ or square.lines[0].startswith(shown), (id_, square)
            else:
                assert square.text == "–", (id_, square)
    if plot.drawing is not None:
        assert n
        assert all(INTERVAL.search(link.interval) for link in plot.drawing.links)
        assert all(k.lines for k in plot.drawing.knots if k.indicators)


def test_a_share_that_is_missing_is_its_count_of_all() -> None:
    figure = next(f for f in figures(differing()) if f.id == "figure-missing")
    assert figure.plot is not None
    first = next(s for s in figure.plot.squares if s.text and s.lines[0].endswith("(48)"))
    assert first.lines == ("20.0% (48)", "n = 240")
    assert first.text == "20%"


@cache
def slides(language: str) -> Any:
    from pptx import Presentation

    return Presentation(io.BytesIO(differing(language).pptx()))


def test_a_grid_is_a_table_with_the_colours_of_the_picture() -> None:
    # the sample's own page, with the map of gaps, has no slide
    shown = [f for f in figures(differing()) if f.id != "figure-missing"]
    plots = [f.plot for f in shown if f.plot is not None and f.plot.kind == "grid"]
    alts = {f.alt for f in shown}
    every = [s for slide in slides("en").slides for s in slide.shapes]
    tables = [s for s in every if s.has_table and s._element.xpath(".//p:cNvPr")[0].get("descr") in alts]
    assert len(tables) == len(plots) == 2
    for shape, plot in zip(tables, plots, strict=True):
        table = shape.table
        assert len(table.rows) == len(plot.categories) + 1
        for square in plot.squares:
            cell = table.cell(square.row + 1, square.column + 1)
            assert cell.text == square.text
            assert str(cell.fill.fore_color.rgb) == square.colour.removeprefix("#")
        assert shape.top + shape.height < slides("en").slide_height


def test_a_path_diagram_is_shapes_and_connectors_that_hold_on() -> None:
    from pptx import Presentation

    figure = next(f for f in figures(report("en")) if f.plot is not None and f.plot.kind == "paths")
    assert figure.plot is not None
    drawing = figure.plot.drawing
    assert drawing is not None
    deck = Presentation(io.BytesIO(form("en", "pptx")))
    groups = [s for slide in deck.slides for s in slide.shapes if s.shape_type == 6]
    group = next(g for g in groups if g._element.xpath("./p:nvGrpSpPr/p:cNvPr")[0].get("descr") == figure.alt)
    texts = " ".join(s.text_frame.text for s in group.shapes if s.has_text_frame)
    for knot in drawing.knots:
        assert " ".join(knot.words) in texts.replace("\n", " ")
    for link in drawing.links:
        assert link.text in texts
        assert link.interval in texts
    glued = group._element.xpath(".//a:stCxn")
    straight = [link for link in drawing.links if len(link.points) == 2]
    assert len(glued) == len(group._element.xpath(".//a:endCxn")) == len(straight) > 0
    assert len(group._element.xpath(".//a:custGeom")) == len(drawing.links) - len(straight)
    ids = {e.get("id") for e in group._element.xpath(".//p:sp/p:nvSpPr/p:cNvPr")}
    assert {e.get("id") for e in glued} <= ids


def test_no_chart_of_a_slide_is_a_picture() -> None:
    for language in REPORT_LANGUAGES:
        shapes = [s for slide in slides(language).slides for s in slide.shapes]
        assert not [s for s in shapes if s.shape_type == 13]
        charts = [f for f in figures(differing(language)) if f.plot is not None and f.plot.kind in CHARTS]
        assert len([s for s in shapes if s.has_chart]) == len(charts)


def test_pictures_become_pixels_for_word() -> None:
    figure = next(f for f in figures(report("en")) if f.plot is not None and f.plot.kind == "paths")
    assert png_of(figure.svg).startswith(b"\x89PNG")


def test_chinese_labels_break_as_chinese_is_set() -> None:
    """No line begins with a closing mark or ends with an opening one, and no character stands alone on the last line."""
    label = "您有多大可能把“本店”推荐给亲友（或同事）？"
    for columns in range(8, 40):
        lines = wrapped(label, columns, lines=9)
        assert "".join(lines) == label
        assert not any(line[0] in "，。；：”）？" or line[-1] in "“（" for line in lines), (columns, lines)
        assert len(lines) == 1 or columns < 12 or len(lines[-1]) > 2, (columns, lines)
