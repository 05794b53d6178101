"""The appendix in plain words: three sentences per statistic, in both languages, for all that a report can show."""

from __future__ import annotations

import re

import pytest

from surveykit.report.explained import ALWAYS, EXPLAINED
from surveykit.report.method import METHODS
from tests.report_study import report

SENTENCE = {"en": re.compile(r"[.?!](?=\s|$)"), "zh": re.compile(r"[。？！]")}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_statistic_is_explained_in_three_sentences(language: str) -> None:
    for name, _, says in EXPLAINED:
        assert len(SENTENCE[language].findall(says[language])) == 3, name["en"]


def test_every_method_of_the_appendix_has_an_explanation() -> None:
    explained = {kind for _, where, _ in EXPLAINED for kind in where}
    assert set(METHODS) - explained == set()


def test_a_report_explains_what_it_shows_and_nothing_else() -> None:
    page = next(p for p in report("en").pages if p.id == "explained")
    table = page.blocks[1]
    shown = [row[0][0].text for row in table.rows]
    kinds = {k for _, where, _ in EXPLAINED for k in where}
    assert shown[0] == "95% interval"
    assert "Net Promoter Score" in shown
    assert len(shown) == len(set(shown))
    assert ALWAYS[0] in kinds
    odds = "Odds ratio" in shown
    logit = any(k in ("logit", "ordinal") for k in report("en").document.ids)
    assert odds == logit
