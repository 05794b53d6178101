"""Results of other shapes: groups, composites, refused models, observed variables, nothing but answers."""

from __future__ import annotations

import re
from functools import cache
from typing import Any

import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.report._blocks import Box, FigureBlock, TableBlock
from surveykit.responses import Responses, read
from surveykit.results import Result
from surveykit.scoring import score
from surveykit.sem import fit
from tests.report_study import QUESTIONNAIRE, answers

TITLE = {"title": {"en": "Forms", "zh": "形式"}}
PATHS = "\nSatisfaction ~ Quality\nLoyalty ~ Satisfaction"
MEASURED = "Quality =~ qua1 + qua2 + qua3\nSatisfaction =~ sat1 + sat2 + sat3\nLoyalty =~ loy1 + loy2 + loy3"


@cache
def two_stores() -> Responses:
    return read(answers(vip=0), Questionnaire.from_text(QUESTIONNAIRE))


def blocks(result: dict[str, Result], kind: type, language: str = "en") -> list[Any]:
    made = Report(TITLE, two_stores(), result, language)
    assert made.html().startswith("<!DOCTYPE html>")
    return [b for page in made.pages for b in page.blocks if isinstance(b, kind)]


def test_groups_get_a_diagram_each_and_name_their_rows() -> None:
    result: dict[str, Result] = {"model": fit(MEASURED + PATHS, two_stores(), group="store")}
    figures = [b for b in blocks(result, FigureBlock) if b.id.startswith("figure-model")]
    assert [f.id for f in figures] == ["figure-model", "figure-model-2"]
    table = next(b for b in blocks(result, TableBlock) if b.id == "table-paths-model")
    assert len(table.rows) == 4
    assert "北店" in Report(TITLE, two_stores(), {"s": score(two_stores(), by="store")}, "zh").html()


def test_composites_show_their_paths_with_intervals_only_where_replicates_were_drawn() -> None:
    with_intervals: dict[str, Result] = {
        "pls": fit(MEASURED + PATHS, two_stores(), method="pls", bootstrap=60, seed=1)
    }
    report = Report(TITLE, two_stores(), with_intervals, "en")
    assert any(f.id.startswith("path.pls.") for f in report.findings)
    assert "partial least squares" in report.html()
    without: dict[str, Result] = {"pls": fit(MEASURED + PATHS, two_stores(), method="pls", bootstrap=0)}
    assert not [f for f in Report(TITLE, two_stores(), without, "en").findings if f.id.startswith("path.")]
    html = Report(TITLE, two_stores(), without, "en").html()
    assert "no evidence</td>" not in html


def test_a_refused_model_shows_numbers_under_the_words_and_no_p_value(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    near = MEASURED + "\nSatisfaction ~ Quality + Twin\nTwin =~ 1*t1 + t2 + t3"
    frame = answers(vip=0)
    for i in (1, 2, 3):
        frame[f"t{i}"] = frame[f"qua{i}"]
    frame["t1"] = (frame["t1"] + (frame.index % 5 == 0)).clip(1, 8)
    frame["t2"] = (frame["t2"] + (frame.index % 7 == 0)).clip(1, 8)
    frame["t3"] = (frame["t3"] + (frame.index % 6 == 0)).clip(1, 8)
    data = read(frame)
    refused = fit(near, data)
    assert refused.refused
    for language, words in (("en", "Do not interpret"), ("zh", "请勿解读")):
        report = Report(TITLE, data, {"model": refused}, language)
        made = [b for page in report.pages for b in page.blocks]
        boxes = [b for b in made if isinstance(b, Box) and b.kind == "refused"]
        assert [b.title for b in boxes] == [words]
        tables = [b for b in made if isinstance(b, TableBlock) and b.id == "table-paths-model"]
        assert tables[0].muted
        assert not any(
            n.format == "p_cell" for b in tables for r in b.rows for c in r for n in c if hasattr(n, "format")
        )
        assert not [f for f in report.findings if f.id.startswith(("path.", "indirect."))]
        assert words.lower() in report.html().lower()


def test_observed_variables_are_rectangles() -> None:
    result: dict[str, Result] = {"model": fit("loy1 ~ sat1 + qua1", two_stores())}
    figure = next(b for b in blocks(result, FigureBlock) if b.id == "figure-model")
    assert "<ellipse" not in figure.svg
    assert len(re.findall("<rect", figure.svg)) >= 3


@pytest.mark.parametrize("language", ["en", "zh"])
def test_analyses_by_group_name_the_groups_in_the_reports_language(language: str) -> None:
    data = two_stores()
    results: dict[str, Result] = {
        "drivers": analyse(
            data,
            "drivers",
            outcome="Loyalty",
            predictors=["Quality", "Satisfaction"],
            by="store",
            bootstrap=40,
        ),
        "regression": analyse(data, "regression", outcome="Loyalty", predictors=["Quality"], by="store"),
        "correlation": analyse(data, "correlation", items=["Quality", "Loyalty"], by="store"),
        "reliability": analyse(data, "reliability", constructs=["Quality"], by="store", bootstrap=0),
    }
    html = Report(TITLE, data, results, language).html()
    assert html.count({"en": ">North<", "zh": ">北店<"}[language]) >= 4


def test_a_report_without_results_still_says_who_answered() -> None:
    report = Report(TITLE, two_stores(), {}, "zh")
    assert [p.id for p in report.pages] == ["summary", "sample", "measurement", "method"]
    assert "共读入" in report.html()


def test_weights_are_said_and_the_effective_sample_shown() -> None:
    frame = answers(vip=0)
    frame["w"] = [0.5 if i % 2 else 1.5 for i in range(len(frame))]
    data = read(frame, Questionnaire.from_text(QUESTIONNAIRE), weight="w")
    report = Report(TITLE, data, {"scores": score(data)}, "en")
    assert report.document.value("/sample/n_eff") == pytest.approx(192, abs=0.01)
    assert "they are worth as much as" in report.html()
    assert "Effective <i>n</i>" in report.html()
    assert "The answers are not weighted" not in report.html()


def test_a_long_table_is_cut_on_the_page_with_a_word_and_whole_in_the_workbook() -> None:
    import io

    import python_calamine

    from surveykit.findings import Number
    from surveykit.report._blocks import Column
    from surveykit.report._render import ROWS_SHOWN, Page, lay_out, render
    from surveykit.report._tables import workbook

    rows = tuple(((f"row {i}",), (Number(i, "count", "/a"),)) for i in range(5_000))
    page = Page("p", (TableBlock("t", ("c",), (Column(("h",), "left"), Column(("n",))), rows),))
    cover = {"title": "t", "kicker": "", "subtitle": "", "client": "", "facts": [], "long": False}
    html = render(lay_out(cover, Box("note", "g", ()), [page], "en", simulated=False, logo="")).html
    assert html.count("<tr") == ROWS_SHOWN + 1
    assert "Rows 1 to 500 of 5,000" in html
    sheet = python_calamine.load_workbook(io.BytesIO(workbook([page], "en", "t"))).get_sheet_by_index(1)
    assert len(sheet.to_python()) == 5_003


def test_the_gate_on_the_mobile_phone_data_decides_what_is_written(shared_data: Any) -> None:
    data = read(shared_data("mobi.csv"), "ecsi")
    measured = (
        "Value =~ PERV1 + PERV2\nSatisfaction =~ CUSA1 + CUSA2 + CUSA3\nLoyalty =~ CUSL1 + CUSL2 + CUSL3"
    )
    image = "\nImage =~ IMAG1 + IMAG2 + IMAG3 + IMAG4 + IMAG5"
    assert data.questionnaire is not None
    results: dict[str, Result] = {
        "full": fit(data.questionnaire.model or "", data),
        "image": fit(
            measured + image + "\nSatisfaction ~ Value + Image\nLoyalty ~ Satisfaction + Image + Value", data
        ),
        "short": fit(measured + "\nSatisfaction ~ Value\nLoyalty ~ Satisfaction + Value", data),
    }
    chain = [f for f in Report(TITLE, data, results, "en").findings if f.section == "chain"]
    assert {f.id for f in chain if f.strength == "refused"} == {"refused.full", "refused.image"}
    paths = {f.id: f.text("en") for f in chain if f.id.startswith("path.")}
    assert set(paths) == {
        "path.short.Satisfaction.Value.",
        "path.short.Loyalty.Satisfaction.",
        "path.short.Loyalty.Value.",
    }
    assert "standardised coefficient .87" in paths["path.short.Loyalty.Satisfaction."]
    assert "HTMT of Satisfaction and Loyalty is .957" in paths["path.short.Loyalty.Satisfaction."]
    assert paths["path.short.Loyalty.Value."].startswith("There is no evidence")


@pytest.mark.parametrize(("language", "words"), [("en", "too few answers"), ("zh", "回答过少")])
def test_eight_respondents_are_too_few_for_a_number(language: str, words: str) -> None:
    data = read(pd.DataFrame({"recommend": [10, 9, 9, 8, 7, 10, 2, 9]}))
    scores = score(data, "nps", item="recommend")
    report = Report(TITLE, data, {"scores": scores}, language)
    assert words in report.findings[0].text(language) + report.findings[1].text(language)
    exact = scores.tidy()["estimate"].iloc[0]
    assert f'"estimate": {exact}' not in report.json()
    assert "promoters" not in report.html()
