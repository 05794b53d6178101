"""Measurement model, invariance, local fit and power in a report: numbers with keys, verdicts in both languages."""

from __future__ import annotations

import html
import re
from functools import cache
from typing import Any

import pytest

from surveykit.analyses import analyse
from surveykit.findings import FORMATS, Document, findings_of
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.responses import read
from surveykit.results import Check
from tests.report_study import QUESTIONNAIRE, answers

POPULATION = "f =~ 0.8*a + 0.8*b + 0.8*c\ng =~ 0.8*d + 0.8*e + 0.8*h\ng ~ 0.2*f"


@cache
def results(shift: int = 0) -> tuple[Any, dict[str, Any]]:
    """The small study; with ``shift`` the south answers one question of each construct higher."""
    frame = answers(400, vip=0)
    for item in ("qua1", "sat2", "loy3"):
        frame[item] = (frame[item] + shift * (frame["store"] == "south")).clip(1, 7)
    data = read(frame, Questionnaire.from_text(QUESTIONNAIRE))
    found = {
        "cfa": analyse(data, "cfa"),
        "invariance": analyse(data, "invariance", by="store"),
        "local_fit": analyse(data, "local_fit"),
        "power": analyse(data, "power"),
        "planned": analyse(data, "power", population=POPULATION, n=200, replications=50),
    }
    return data, found


@cache
def report(language: str, shift: int = 0) -> Report:
    data, found = results(shift)
    facts = {"title": {"en": "Trial", "zh": "试验"}, "simulated": True}
    return Report(facts, data, found, language)


def sentences(shift: int = 0) -> dict[str, Any]:
    return {f.id: f for f in findings_of(report("en", shift).document)}


def test_means_may_be_compared_where_intercepts_are_equal() -> None:
    found = sentences()
    verdict = found["invariance.invariance"]
    assert "means of these constructs may be compared" in verdict.text("en")
    assert "可以比较各组在这些构念上的均值" in verdict.text("zh")
    assert any(name.startswith("latent_mean.invariance.Loyalty.south") for name in found)


def test_means_are_not_compared_where_they_are_not() -> None:
    found = sentences(2)
    verdict = found["invariance.invariance"]
    assert "do not compare their means" in verdict.text("en")
    assert "请勿比较均值" in verdict.text("zh")
    assert not any(name.startswith("latent_mean.") for name in found)
    page = report("en", 2).html()
    assert "Not to be compared: equal intercepts do not hold." in page
    assert "Where equality costs most" in page
    assert "qua1~1" in page


def test_a_refused_ladder_gives_no_verdict() -> None:
    document = report("en").document
    entry = {**document.data["results"]["invariance"]}
    refusal = Check(
        "NEGATIVE_VARIANCE", "refuse", {"en": "A variance is negative.", "zh": "方差为负。"}
    ).to_dict()
    entry["checks"] = [refusal]
    changed = Document({**document.data, "results": {**document.data["results"], "invariance": entry}})
    about = [f for f in findings_of(changed) if f.section == "invariance"]
    assert [f.strength for f in about] == ["refused"]
    assert "cannot be said. A variance is negative." in about[0].text("en")


def test_what_the_study_could_see() -> None:
    found = sentences()
    row = report("en").document.rows("power")[0]
    text = found["power.power"].text("en")
    assert f"With n = {FORMATS['count'](row.get('n'))}" in text
    assert "“No evidence” does not rule out smaller ones." in text
    planned = found["power.planned.g.f"].text("en")
    assert planned.startswith("If the path from f to g is 0.20, a sample of 200 would detect it")
    assert found["cfa.cfa.fit"].text("en").startswith("The measurement model fits")
    assert "local.local_fit" in found


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_number_of_the_sections_has_its_key(language: str) -> None:
    one = report(language, 2)
    document = one.document
    shown = re.findall(r'data-key="([^"]+)" data-format="([^"]+)">([^<]*)<', one.html())
    ours = [k for k in shown if k[0].split("/")[2] in results()[1]]
    assert len(ours) > 200
    for key, format_, text in ours:
        value = document.value(key)
        assert html.unescape(text).replace("\N{WORD JOINER}", "") == (
            "–" if value is None else FORMATS[format_](value)
        ), key
    for title in {
        "en": ["what the study could see", "measurement model"],
        "zh": ["本研究的检验力", "测量模型"],
    }[language]:
        assert title in one.html()


def test_the_workbook_has_the_tables() -> None:
    assert report("en").xlsx()[:2] == b"PK"
