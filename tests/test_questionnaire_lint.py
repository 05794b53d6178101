"""Each rule of the lint: what it finds, on which line, and what it leaves alone."""

from __future__ import annotations

import pytest

from surveykit.errors import Where
from surveykit.questionnaire import Questionnaire, lint
from tests.test_questionnaire_library import doc_examples

HEAD = """\
id: x
title: {en: X, zh: 甲}
languages: [en, zh]
scales:
  a: {min: 1, max: 5, labels: {1: {en: low, zh: 低}, 5: {en: high, zh: 高}}}
  b: {min: 1, max: 7, labels: {1: {en: low, zh: 低}, 7: {en: high, zh: 高}}}
  n: {min: 0, max: 10, labels: {0: {en: low, zh: 低}, 10: {en: high, zh: 高}}}
items:
"""


def item(name: str, en: str = "", zh: str = "", scale: str = "a", more: str = "") -> str:
    return f'  {name}: {{text: {{en: "{en or name}", zh: "{zh or "问" + name}"}}, scale: {scale}{more}}}\n'


def found(text: str) -> list[tuple[str, int | None]]:
    return [(e.code, e.where.line) for e in lint(Questionnaire.from_text(text)) if isinstance(e.where, Where)]


# line 9 is q1; all three scales are in use in this base
BASE = (
    HEAD
    + item("q1")
    + item("q2")
    + item("q3")
    + item("s1", scale="b")
    + item("s2", scale="b")
    + item("s3", scale="b")
    + item("rec", scale="n")
    + """\
constructs:
  tea: {title: {en: T, zh: 茶}, items: [q1, q2, q3]}
  sat: {title: {en: S, zh: 满意}, items: [s1, s2, s3]}
metrics:
  nps: {metric: nps, item: rec}
paths: [tea -> sat]
"""
)


def test_nothing_to_say() -> None:
    assert found(BASE) == []


RULES = [
    ("items: [s1, s2, s3]", "items: [s1, s2]", [("UNUSED_ITEM", 14), ("FEW_ITEMS", 18)]),
    ("items: [s1, s2, s3]", "items: [s1, s2, s3, rec]", [("MIXED_SCALES", 18)]),
    ("items: [q1, q2, q3]", "items: [q1, q2], measurement: composite", [("UNUSED_ITEM", 11)]),
    ("title: {en: T, zh: 茶}, ", "", [("NO_TITLE", 17)]),
    ("title: {en: T, zh: 茶}, ", "title: Tea, ", [("MISSING_TRANSLATION", 17)]),
    ("paths: [tea -> sat]", "paths: [tea -> rec]", [("NO_PATH", 18)]),
    ("paths: [tea -> sat]\n", "", []),
    ("paths: [tea -> sat]", "model: |\n  both =~ tea + sat", []),
    ("paths: [tea -> sat]", "model: |\n  rec ~ tea", [("NO_PATH", 18)]),
    ("  nps: {metric: nps, item: rec}", "  nps: {metric: nps, item: s1}", [("UNUSED_ITEM", 15), ("METRIC_SCALE", 20)]),
    ("metric: nps", "metric: ces, version: 1", [("METRIC_SCALE", 20)]),
    ("metric: nps", "metric: csat, top: 11", [("METRIC_SCALE", 20)]),
    ("rec: {text: {en: \"rec\", zh: \"问rec\"}, scale: n}", "rec: {text: {en: r, zh: 荐}, type: text}",
     [("UNUSED_SCALE", 7), ("METRIC_SCALE", 20)]),
    ("languages: [en, zh]", "languages: [en, zh]\nnote: {en: a, zh: 一, fr: not}", []),
    ("1: {en: low, zh: 低}, 7: {en: high, zh: 高}", "7: {en: high, zh: 高}", [("NO_END_LABELS", 6)]),
    ("zh: 高}}}\n  b:", "zh: 高}}}\n  c: {min: 1, max: 3, labels: {1: low, 3: high}}\n  b:",
     [("MISSING_TRANSLATION", 6), ("MISSING_TRANSLATION", 6), ("UNUSED_SCALE", 6)]),
    ('{en: "q2", zh: "问q2"}', '{en: "q2"}', [("MISSING_TRANSLATION", 10)]),
    ('en: "q2"', 'en: "Q1"', [("SAME_TEXT", 10)]),
    ('en: "q2"', 'en: "' + "very " * 30 + '"', [("LONG_ITEM", 10)]),
    ('zh: "问q2"', 'zh: "' + "非常" * 30 + '"', [("LONG_ITEM", 10)]),
    ('en: "q2"', 'en: "The staff are quick and friendly."', [("DOUBLE_BARRELLED", 10)]),
    ('en: "q2"', 'en: "Quick and/or friendly."', [("DOUBLE_BARRELLED", 10)]),
    ('en: "q2"', 'en: "The brand is outstanding."', []),
    ('zh: "问q2"', 'zh: "店员热情和专业。"', [("DOUBLE_BARRELLED", 10)]),
    ('zh: "问q2"', 'zh: "店员热情以及专业。"', [("DOUBLE_BARRELLED", 10)]),
    ('zh: "问q2"', 'zh: "店员态度温和。"', []),
    ('en: "q2"', 'en: "I do not like it."', [("NEGATIVE_WORDING", 10)]),
    ('en: "q2"', "en: \"I don't like it.\"", [("NEGATIVE_WORDING", 10)]),
    ('en: "q2"', 'en: "I notice what is notable."', []),
    ('en: "q2"', 'en: "No matter what, I come."', []),
    ('zh: "问q2"', 'zh: "我不喜欢这里。"', [("NEGATIVE_WORDING", 10)]),
    ('zh: "问q2"', 'zh: "这里的茶很不错。"', []),
    ('{en: "q2", zh: "问q2"}, scale: a', '{en: "I do not like it.", zh: "我不喜欢。"}, scale: a, reverse: true', []),
]  # fmt: skip


@pytest.mark.parametrize(("old", "new", "expected"), RULES)
def test_rules(old: str, new: str, expected: list[tuple[str, int]]) -> None:
    assert old in BASE
    assert found(BASE.replace(old, new, 1)) == expected


def test_all_reversed() -> None:
    text = BASE + "reverse: [q1, q2, q3]\n"
    assert found(text) == [("ALL_REVERSED", 17)]


def test_findings_say_what_to_do() -> None:
    (warning,) = lint(Questionnaire.from_text(BASE.replace('en: "q2"', 'en: "I never come."'), "f.yaml"))
    assert str(warning.where).startswith("f.yaml, line 10, position 3")
    assert "'never'" in warning.got
    assert warning.hint


def test_a_questionnaire_without_its_text_has_findings_without_lines() -> None:
    import dataclasses

    q = dataclasses.replace(
        Questionnaire.from_text(BASE.replace('en: "q2"', 'en: "I never come."')), source=""
    )
    (warning,) = lint(q)
    assert (warning.code, str(warning.where)) == ("NEGATIVE_WORDING", "x, items.q2")


def test_the_example_of_the_docs_with_a_mistake() -> None:
    text = doc_examples()[0].replace(
        "    reverse: true                  # a high answer means little of the construct\n", ""
    )
    assert found(text) == []  # cold tea: a wording that words do not tell
    assert found(text.replace("often cold", "not warm"))[0][0] == "NEGATIVE_WORDING"
