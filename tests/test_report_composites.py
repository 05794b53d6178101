"""What a composite model is asked for stands in the report: interactions, prediction, overall fit, groups, assessment."""

from __future__ import annotations

import itertools
import json
import re
from functools import cache

import numpy as np
import pytest

from surveykit.findings import FORMATS, Document, findings_of
from surveykit.findings.paths import doubts
from surveykit.format import LANGUAGES
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.report.charts.lines import _apart
from surveykit.responses import read
from surveykit.results import Result
from surveykit.sem import fit
from tests.report_study import QUESTIONNAIRE, answers
from tests.test_report_numbers import STRUCTURE, _Pieces

MODEL = """Quality =~ qua1 + qua2 + qua3
Satisfaction =~ sat1 + sat2 + sat3
Loyalty =~ loy1 + loy2 + loy3
Satisfaction ~ Quality
Loyalty ~ Quality + Satisfaction"""
HIGHER = """Quality =~ qua1 + qua2 + qua3
Satisfaction =~ sat1 + sat2 + sat3
Loyalty =~ loy1 + loy2 + loy3
Experience =~ Quality + Satisfaction
Loyalty ~ Experience"""


@cache
def results() -> tuple[object, dict[str, Result]]:
    frame = answers(vip=0)
    low = frame["qua1"] + frame["qua2"] + frame["qua3"] < 13
    other = np.random.default_rng(5).integers(1, 8, len(frame))
    for item in ("loy1", "loy2", "loy3"):
        frame[item] = np.where(low, np.clip(other + frame[item] - 4, 1, 7), frame[item])
    data = read(frame, Questionnaire.from_text(QUESTIONNAIRE))
    shared = {"method": "pls", "bootstrap": 60}
    found: dict[str, Result] = {
        "whole": fit(
            MODEL, data, **shared, overall=True, predict={"folds": 5, "repeats": 1},
            redundancy={"Loyalty": "recommend"}, name="whole",
        ),
        "inter": fit(
            MODEL, data, **shared, name="inter",
            interactions=[("Satisfaction", "Quality", "Loyalty"), ("Quality", "Quality", "Satisfaction")],
        ),
        "higher": fit(HIGHER, data, **shared, name="higher"),
        "twice": fit(HIGHER, data, **shared, hierarchy="repeated", name="twice"),
        "groups": fit(MODEL, data, **shared, group="store", permutations=39),
    }  # fmt: skip
    return data, found


@cache
def report(language: str) -> Report:
    data, found = results()
    return Report({"title": {"en": "Composites", "zh": "组合变量"}}, data, found, language)  # type: ignore[arg-type]


@pytest.mark.parametrize("language", LANGUAGES)
def test_every_table_picture_and_sentence_stands_in_the_report(language: str) -> None:
    html = report(language).html()
    for place in (
        "table-slopes-inter", "figure-slopes-inter-Loyalty-Satisfaction-Quality", "table-cvpat-whole",
        "figure-cvpat-whole", "table-prediction-whole", "table-overall-whole", "table-redundancy-whole",
        "figure-groups-groups", "table-micom-groups", "table-assessment-first-higher",
        *(f"table-assessment-{k}-whole" for k in ("quality", "items", "htmt", "fornell", "cross", "paths", "explained")),
    ):  # fmt: skip
        assert f'id="{place}"' in html, place
    kinds = {f.id.split(".")[0] for f in findings_of(report(language).document)}
    assert {"prediction", "overall", "redundancy", "slope"} <= kinds


@pytest.mark.parametrize("language", LANGUAGES)
def test_its_numbers_are_backed_and_its_words_are_of_one_language(language: str) -> None:
    page = _Pieces()
    page.feed(report(language).html())
    document = Document(json.loads(report(language).json()))
    for text, around in page.texts:
        keys = [(a["data-key"], a["data-format"]) for _, a in around if a.get("data-key")]
        for key, format_ in keys:
            value = document.value(str(key))
            assert text == ("–" if value is None else FORMATS[str(format_)](value)), key
        if re.search(r"\d", text):
            assert keys or any(a.get("data-fixed") in STRUCTURE for _, a in around), text


def test_an_interaction_is_called_by_its_constructs_and_worded_once() -> None:
    document = report("en").document
    assert document.label("Satisfaction_x_Quality").texts == {
        "en": "Satisfaction × Quality",
        "zh": "满意 × 质量",
    }
    found = {f.id: f for f in findings_of(document)}
    text = found["slope.inter.Loyalty.Satisfaction.Quality"].text("en")
    assert "Quality" in text
    assert not [i for i in found if i.startswith("path.inter.Loyalty.Satisfaction_x_Quality")]
    assert "slope.inter.Satisfaction.Quality.Quality" in found


def test_groups_are_worded_by_their_labels() -> None:
    document = report("zh").document
    said = [f for f in findings_of(document) if f.section == "groups"]
    assert said
    rows = document.rows("groups", "differences")
    differing = [r for r in rows if float(r.get("p_permutation")) < 0.05]
    assert bool(differing) == any("不同：" in f.text("zh") for f in said)


def _document(**changes: object) -> Document:
    data = report("en").document.data
    return Document({**data, "results": {**data["results"], **changes}})  # type: ignore[dict-item]


def test_an_index_carries_the_misfit_of_its_model_and_of_the_same_model_by_another_method() -> None:
    data = report("en").document.data
    whole = data["results"]["whole"]
    good = {**whole, "glance": {**whole["glance"], "srmr": 0.05}}
    assert doubts(_document(whole=good, inter=good), "whole") == ()
    bad = {**whole, "glance": {**whole["glance"], "srmr": 0.13}}
    assert [c.code for c in doubts(_document(whole=bad), "whole")] == ["POOR_FIT"]
    said = {f.id: f for f in findings_of(_document(whole=bad))}
    assert "fits the answers poorly" in said["score.index.whole.Loyalty"].text("en")
    assert "吻合较差" in said["score.index.whole.Loyalty"].text("zh")
    check = {"code": "X", "level": "refuse", "about": [], "values": {}, "texts": {"en": "No.", "zh": "否。"}}
    ml = {**good, "checks": [check], "estimator": "ml"}
    document = _document(whole=good, inter=ml)
    assert [c.code for c in doubts(document, "whole")] == ["TWIN_DOUBTED"]
    assert "no admissible solution" in {f.id: f for f in findings_of(document)}[
        "score.index.whole.Loyalty"
    ].text("en")
    poor = {**good, "estimator": "ml", "glance": {"n": 240, "df": 24, "cfi": 0.7, "rmsea": 0.2, "srmr": 0.2}}
    assert [c.code for c in doubts(_document(whole=good, inter=poor), "whole")] == ["TWIN_DOUBTED"]
    paths = [f for f in findings_of(_document(whole=good, inter=poor)) if f.id.startswith("path.whole.")]
    assert {f.strength for f in paths} <= {"weak", "none"}
    assert all("fits the answers poorly" in f.text("en") and "吻合较差" in f.text("zh") for f in paths)


def test_names_of_lines_do_not_cover_each_other() -> None:
    found = sorted(_apart([1.0, 1.01, 1.02], 1.0))
    assert min(b - a for a, b in itertools.pairwise(found)) > 0.05
