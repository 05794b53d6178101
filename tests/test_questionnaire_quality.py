"""Attention checks and contradictions in a questionnaire file: read, written, judged."""

from __future__ import annotations

import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire, lint
from surveykit.questionnaire.writing import to_yaml

TEXT = """
id: cafe
title: Cafe
scales:
  agree5: {min: 1, max: 5, labels: {1: "no", 5: "yes"}}
items:
  q1: {text: "I like it.", scale: agree5}
  q2: {text: "I hate it.", scale: agree5, contradicts: [q1]}
  stop: {text: "Please tick 4.", scale: agree5, check: 4}
  name: {text: "Name?", type: text}
"""


def test_a_check_and_a_contradiction_are_read_and_written():
    q = Questionnaire.from_text(TEXT)
    assert (q.items["stop"].check, q.items["q1"].check) == (4, None)
    assert q.items["q2"].contradicts == ("q1",)
    assert Questionnaire.from_text(to_yaml(q)) == q
    assert not [e for e in lint(q) if e.code == "UNUSED_ITEM"]


@pytest.mark.parametrize(
    ("old", "new", "code", "words"),
    [
        ("check: 4", "check: 6", "ITEM_CHECK", "1 to 5"),
        ("type: text", "type: text, check: 1", "ITEM_CHECK", "type text"),
        ("type: text", "options: {a: A, b: B}, check: c", "ITEM_CHECK", "a, b"),
        ("check: 4", "check: four", "ITEM_CHECK", "1 to 5"),
        ("contradicts: [q1]", "contradicts: [q9]", "UNKNOWN_ITEM", "q9"),
        ("contradicts: [q1]", "contradicts: [q2]", "ITEM_CONTRADICTS", "q2"),
        ("contradicts: [q1]", "contradicts: [name]", "ITEM_CONTRADICTS", "name"),
    ],
)
def test_what_cannot_be_a_check(old, new, code, words):
    with pytest.raises(SurveykitError) as raised:
        Questionnaire.from_text(TEXT.replace(old, new))
    assert code in {e.code for e in raised.value.errors}
    assert words in str(raised.value)
