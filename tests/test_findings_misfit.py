"""A poorly fitting model: every sentence on its paths carries the caution, and no evidence is called more than weak."""

from __future__ import annotations

import pytest

from surveykit.findings import Document, findings_of
from surveykit.findings.paths import MARKS, MISFIT, fit_quality, held, misfit
from surveykit.report import Report
from tests.report_study import report


def with_fit(**measures: float) -> Document:
    data = report("en").document.data
    chain = data["results"]["chain"]
    glance = {**chain["glance"], **measures}
    return Document({**data, "results": {**data["results"], "chain": {**chain, "glance": glance}}})


def test_the_marks_are_those_of_one_table_with_sources():
    assert {m: (good, fair) for m, good, fair, _ in MARKS} == {
        "cfi": (0.95, 0.90), "rmsea": (0.06, 0.08), "srmr": (0.08, 0.10),
    }  # fmt: skip
    assert all("1999" in source for *_, source in MARKS)


@pytest.mark.parametrize(
    ("measures", "expected"),
    [
        ({"cfi": 0.95, "rmsea": 0.06, "srmr": 0.08}, "good"),
        ({"cfi": 0.949, "rmsea": 0.06, "srmr": 0.08}, "fair"),
        ({"cfi": 0.99, "rmsea": 0.081, "srmr": 0.05}, "poor"),
        ({"cfi": 0.859, "rmsea": 0.143, "srmr": 0.0999}, "poor"),
    ],
)
def test_a_model_is_as_good_as_its_worst_measure(measures, expected):
    assert fit_quality(with_fit(**measures), "chain") == expected


def test_every_sentence_on_a_poor_models_paths_carries_the_caution():
    document = with_fit(cfi=0.859, rmsea=0.143, srmr=0.1)
    told = [f for f in findings_of(document) if f.id.startswith(("path.chain.", "indirect.chain."))]
    assert len(told) >= 3
    for finding in told:
        assert finding.strength in ("weak", "none")
        assert MISFIT in {c.code for c in finding.checks}
        assert "Read with caution: the model fits the answers poorly." in finding.text("en")
        assert "请谨慎解读：模型与数据吻合较差。" in finding.text("zh")
    brief = next(f.brief for f in told if f.brief)
    assert "fits the answers poorly" in "".join(str(p) for p in brief["en"])


def test_a_good_model_has_no_such_caution():
    assert misfit(report("en").document, "chain") == ()
    assert held("strong", report("en").document, "chain") == "strong"
    assert not any(MISFIT in {c.code for c in f.checks} for f in report("en").findings)


@pytest.mark.parametrize(("language", "words"), [("en", "weak at best"), ("zh", "最多只称为“较弱”")])
def test_the_section_says_it_before_the_paths_and_no_table_speaks_of_strong_evidence(language, words):
    made = report(language)
    poor = Report(made.study, made.data, made.results, language)
    poor.__dict__["_bare"] = with_fit(cfi=0.859, rmsea=0.143, srmr=0.1)  # where cached_property looks first
    html = poor.html()
    assert words in html
    table = html.split('id="table-paths-chain"')[1].split("</table>")[0]
    assert {"en": "strong evidence", "zh": "证据充分"}[language] not in table
    assert {"en": "weak evidence", "zh": "证据较弱"}[language] in table
