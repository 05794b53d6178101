"""Index, map and method comparison in the report: who gets one, which outcome is mapped, what a refusal hides."""

from __future__ import annotations

import itertools
import re

import pytest

from surveykit.findings import Document, findings_of
from surveykit.findings.index import index_results, targets
from surveykit.format import LANGUAGES
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.report.charts.plane import Point, _places
from surveykit.responses import read
from surveykit.sem import fit
from tests.report_study import QUESTIONNAIRE, answers, report


@pytest.mark.parametrize("language", LANGUAGES)
def test_index_map_and_comparison_stand_in_the_report(language: str) -> None:
    html = report(language).html()
    for place in (
        "table-index-pls",
        "figure-map-pls-Loyalty",
        "table-map-pls-Loyalty",
        "table-methods-comparison",
    ):
        assert f'id="{place}"' in html, place
    assert "table-index-chain" not in html


def test_the_outcome_is_mapped_and_what_is_important_yet_rated_low_is_named() -> None:
    document = report("en").document
    assert index_results(document) == ("pls",)
    assert targets(document, "pls") == ["Loyalty"]
    found = {f.id: f for f in findings_of(document) if f.section == "index"}
    row = next(r for r in document.rows("pls", "index") if r.text("term") == "Loyalty")
    assert f"{row.get('estimate'):.1f} points" in found["score.index.pls.Loyalty"].text("en")
    about = [f for f in found if f.startswith("importance.pls.")]
    assert about == ["importance.pls.Loyalty.Satisfaction"]


def test_a_refused_fit_has_no_index() -> None:
    data = report("en").document.data
    check = {"code": "X", "level": "refuse", "about": [], "values": {}, "texts": {"en": "No.", "zh": "否。"}}
    refused = {**data["results"]["pls"], "checks": [check]}
    document = Document({**data, "results": {**data["results"], "pls": refused}})
    assert index_results(document) == ()
    assert not [f for f in findings_of(document) if f.section == "index"]


def test_the_comparison_speaks_of_measurement_error() -> None:
    found = {f.id: f for f in findings_of(report("en").document) if f.section == "methods"}
    text = found["methods.comparison"].text("en")
    assert re.search(r"Of 3 paths|each of the 3 paths", text)
    assert "measurement error" in text


def test_names_on_the_map_do_not_cover_each_other() -> None:
    points = [
        Point("Expectations", 0.1, 50.0),
        Point("Complaints", 0.101, 50.05),
        Point("Value", 0.102, 49.9),
    ]
    unit, middle, ends = (1000.0, 20.0), (0.12, 49.5), ((0.0, 0.6), (44.0, 56.0))
    boxes = []
    for (x, y), p in zip(_places(points, unit, middle, ends), points, strict=True):
        left, height = x * unit[0], y * unit[1]
        boxes.append((left, height - 7, left + 6.4 * len(p.label), height + 7))
    for a, b in itertools.combinations(boxes, 2):
        assert a[2] <= b[0] or b[2] <= a[0] or a[3] <= b[1] or b[3] <= a[1]
    for left, low, right, high in boxes:
        assert not left < middle[0] * unit[0] < right, "a name on the line of the mean importance"
        assert not low < middle[1] * unit[1] < high, "a name on the line of the mean performance"


@pytest.mark.parametrize("language", LANGUAGES)
def test_groups_stand_side_by_side(language: str) -> None:
    data = read(answers(vip=0), Questionnaire.from_text(QUESTIONNAIRE))
    assert data.questionnaire is not None
    found = fit(
        data.questionnaire.model or "", data, method="pls", group="store", permutations=19, bootstrap=30
    )
    made = Report({"title": {"en": "Groups", "zh": "分组"}}, data, {"groups": found}, language)
    html = made.html()
    for place in ("index", "paths", "differences"):
        assert f'id="table-group-{place}-groups"' in html
    assert 'id="table-micom-groups"' in html
    assert {"en": "North", "zh": "北店"}[language] in html
