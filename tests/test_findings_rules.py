"""Rules: wordings without digits or causes, the same holes in each language, honest strength, refusals without paths."""

from __future__ import annotations

import re
import string
from dataclasses import replace
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.findings import Document, Number, document_of, fill, findings_of, plain, rules
from surveykit.findings._document import suppress
from surveykit.findings._rules import cautioned, size_of, strength_of
from surveykit.format import LANGUAGES
from tests.report_study import report

rules.discover("surveykit.findings")

CAUSAL_EN = re.compile(
    r"\b(cause[sd]?|causing|leads? to|led to|results? in|due to|because of|affects?|influences?|impacts?|drives?|"
    r"improves?|increases?|decreases?|boosts?|raises?|makes? .* more|therefore)\b",
    re.IGNORECASE,
)
CAUSAL_ZH = re.compile(r"导致|影响|造成|引起|促使|促进|提升|提高|驱动了|使得|决定了|因此|所以|带来")


def wordings() -> list[tuple[str, str, str, str]]:
    return [
        (entry.id, name, language, text)
        for entry in rules
        for name, texts in entry.extra["texts"].items()
        for language, text in texts.items()
    ]


@pytest.mark.parametrize(("rule", "name", "language", "text"), wordings())
def test_a_wording_holds_no_digit_and_claims_no_cause(rule: str, name: str, language: str, text: str) -> None:
    bare = "".join(literal for literal, *_ in string.Formatter().parse(text))
    assert not re.search(r"\d", bare), (rule, name)
    assert not (CAUSAL_EN if language == "en" else CAUSAL_ZH).search(bare), (rule, name)


def test_every_rule_words_each_language_with_the_same_holes() -> None:
    for entry in rules:
        for name, texts in entry.extra["texts"].items():
            assert set(texts) == set(LANGUAGES), (entry.id, name)
            holes = [{h for _, h, _, _ in string.Formatter().parse(t) if h} for t in texts.values()]
            assert holes[0] == holes[1], (entry.id, name)
        assert entry.reference
        assert entry.evidence


def test_chinese_wordings_use_full_width_punctuation() -> None:
    for rule, name, language, text in wordings():
        if language == "zh":
            assert not re.search(r"[一-鿿][,;:!?]|[,;:!?][一-鿿]", text), (rule, name)


@pytest.mark.parametrize(
    ("low", "high", "expected"),
    [
        (0.3, 0.5, "strong"),
        (0.12, 0.68, "moderate"),
        (0.02, 0.78, "weak"),
        (-0.1, 0.9, "none"),
        (None, None, "none"),
    ],
)
def test_strength_follows_from_the_interval(low: float | None, high: float | None, expected: str) -> None:
    assert strength_of(0.4, low, high) == expected
    if low is not None and high is not None:
        assert strength_of(-0.4, -high, -low) == expected


def test_the_adverb_grows_with_the_coefficient() -> None:
    assert [size_of(v)["en"] for v in (0.05, -0.2, 0.35, -0.8)] == [
        "very loosely",
        "loosely",
        "clearly",
        "closely",
    ]


def test_every_number_of_a_finding_is_the_one_under_its_key() -> None:
    document = report("en").document
    found = findings_of(document)
    assert len(found) > 15
    for finding in found:
        for number in finding.numbers.values():
            assert document.value(number.key) == number.value


def test_findings_speak_of_the_simulated_truth() -> None:
    found = {f.id: f for f in findings_of(report("en").document)}
    assert found["path.chain.Satisfaction.Quality."].strength == "strong"
    assert "positively associated with Quality" in found["path.chain.Satisfaction.Quality."].text("en")
    assert found["path.chain.Loyalty.Quality."].strength == "none"
    assert found["path.chain.Loyalty.Quality."].text("en").startswith("There is no evidence")
    assert (
        found["path.chain.Loyalty.Quality."]
        .text("zh")
        .startswith("在考虑其他构念之后，没有证据表明质量与忠诚相关")
    )
    assert "Satisfaction goes most closely with Loyalty" in found["driver.drivers.first"].text("en")


def _refused() -> Document:
    """The document of the study after the gate has refused its model."""
    data = report("en").document.data
    check = {
        "code": "NEGATIVE_VARIANCE", "level": "refuse", "about": ["sat1~~sat1"], "values": {},
        "texts": {"en": "A variance is negative.", "zh": "方差为负。"},
    }  # fmt: skip
    chain = {**data["results"]["chain"], "checks": [check]}
    return Document({**data, "results": {**data["results"], "chain": chain}})


def test_a_refused_fit_gets_one_sentence_and_no_path() -> None:
    about = [f for f in findings_of(_refused()) if f.section == "chain" and ".pls." not in f.id]
    assert [f.id for f in about] == ["refused.chain"]
    assert about[0].strength == "refused"
    assert "must not be interpreted" in about[0].text("en")
    assert "请勿解读" in about[0].text("zh")
    assert not about[0].numbers


def test_a_caution_is_carried_into_the_sentences_that_it_concerns() -> None:
    data = report("en").document.data
    check = {
        "code": "HTMT_HIGH", "level": "caution", "about": ["Satisfaction", "Loyalty"], "values": {},
        "texts": {"en": "They may be one.", "zh": "二者可能是同一构念。"},
    }  # fmt: skip
    chain = {**data["results"]["chain"], "checks": [check]}
    document = Document({**data, "results": {**data["results"], "chain": chain}})
    text = fill({"en": "A.", "zh": "甲。"})
    told, checks = cautioned(text, document, "chain", ("Loyalty",))
    assert plain(told, "en") == "A. Read with caution: They may be one."
    assert plain(told, "zh") == "甲。请谨慎解读：二者可能是同一构念。"
    assert [c.code for c in checks] == ["HTMT_HIGH"]
    silent, none = cautioned(text, document, "chain", ("Quality",))
    assert plain(silent, "en") == "A."
    assert not none


def test_a_check_names_things_as_the_questionnaire_does() -> None:
    verdict = next(c for c, _ in report("zh").document.checks("nonlinear") if c.code == "verdict")
    assert "忠诚与满意" in verdict.texts["zh"]
    assert "Satisfaction" not in verdict.texts["zh"]


def test_small_cells_are_taken_out_with_a_second_one_so_that_none_can_be_worked_out() -> None:
    rows = [
        {"term": "t", "group": g, "n": n, "estimate": 1.0 * n} for g, n in (("a", 60), ("b", 30), ("c", 4))
    ]
    shown = suppress(rows, 10)
    assert [r.get("suppressed", False) for r in shown] == [False, True, True]
    assert shown[2] == {"term": "t", "group": "c", "n": None, "estimate": None, "suppressed": True}
    assert suppress([{"group": "", "kind": "skipped", "n": 3}], 10) == [
        {"group": "", "kind": "skipped", "n": 3}
    ]


def test_no_number_of_a_small_group_is_in_the_document() -> None:
    rows = report("en").document.rows("scores_by_store")
    lounge = [r for r in rows if r.text("group") == "vip"]
    assert lounge
    assert all(
        v is None
        for r in lounge
        for k, v in r.values.items()
        if isinstance(v, int | float) and k != "suppressed"
    )
    assert not any("Lounge" in f.text("en") for f in report("en").findings)


def test_a_key_that_is_not_there_is_one_clear_error() -> None:
    with pytest.raises(SurveykitError, match="no such key"):
        report("en").document.value("/results/none/tidy/0")


def test_a_hole_takes_no_plain_number() -> None:
    with pytest.raises(TypeError, match="Number"):
        fill({"en": "{n}", "zh": "{n}"}, n=3)


def test_a_floor_for_small_cells() -> None:
    arguments: dict[str, Any] = {"study": {}, "rows": {}, "sample": {}, "labels": {}, "results": {}}
    with pytest.raises(SurveykitError, match="smallest cell"):
        document_of(**arguments, version="0", min_cell=4)


def test_findings_are_the_same_in_each_language_and_run() -> None:
    first, second = (report(language).document for language in LANGUAGES)
    assert first.data["findings"] == second.data["findings"]
    assert replace(Number(0.5, "unit2", "/a"), value=0.25).text() == ".25"
