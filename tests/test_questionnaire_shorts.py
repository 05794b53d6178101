"""What questions are called: short names given, the ends of batteries, sentences in quotation marks."""

from __future__ import annotations

import pandas as pd
import pytest

import surveykit as sk
from surveykit.findings import Label, fill
from surveykit.findings._finding import plain
from surveykit.questionnaire.linting import lint

TEXT = """
id: flight
title: {en: Passengers, zh: 乘客}
languages: [en, zh]
scales:
  rate: {min: 1, max: 5, labels: {1: {en: poor, zh: 差}, 5: {en: good, zh: 好}}}
items:
  q1: {text: {en: "How do you rate us: seat comfort?", zh: 您如何评价：座椅舒适度？}, scale: rate}
  q2: {text: {en: "How do you rate us: the crew?", zh: 您如何评价：机组人员？}, scale: rate}
  q3: {text: {en: "How do you rate us: food?", zh: 您如何评价：餐食？}, scale: rate, short: {en: Meals}}
  sat: {text: {en: "All in all, how satisfied are you?", zh: 总的来说，您有多满意？}, scale: rate}
  cabin:
    text: {en: "Which class did you fly?", zh: 您乘坐哪个舱位？}
    short: {en: Class, zh: 舱位}
    options: {e: Economy, b: Business}
metrics:
  happy: {metric: csat, item: sat, top: 2, title: {en: Satisfied, zh: 满意比例}}
"""


def test_a_short_name_goes_before_the_end_of_a_battery_and_that_before_the_text() -> None:
    called = sk.Questionnaire.from_text(TEXT).called
    assert [called[i]["en"] for i in called] == [
        "Seat comfort", "The crew", "Meals", "All in all, how satisfied are you?", "Class",
    ]  # fmt: skip
    assert [called[i]["zh"] for i in called] == [
        "座椅舒适度",
        "机组人员",
        "餐食",
        "总的来说，您有多满意？",
        "舱位",
    ]


@pytest.mark.parametrize(
    ("old", "new"),
    [
        ("How do you rate us: food?", "How do you rate us – food?"),  # two are no battery
        ("How do you rate us: food?", "How do you rate us: seat comfort!"),  # the end names two questions
        ("All in all, how satisfied are you?", "The crew"),  # the end is another question's text
    ],
)
def test_the_end_of_a_battery_is_taken_only_where_it_names_one_question(old: str, new: str) -> None:
    called = sk.Questionnaire.from_text(TEXT.replace(old, new)).called
    assert called["q1"]["en"] == "How do you rate us: seat comfort?"
    assert called["q1"]["zh"] == "座椅舒适度"


def test_short_names_are_written_and_read_again() -> None:
    q = sk.Questionnaire.from_text(TEXT)
    again = sk.Questionnaire.from_text(q.to_yaml())
    assert again == q
    assert again.items["cabin"].short == {"en": "Class", "zh": "舱位"}


def test_lint_of_short_names() -> None:
    long = TEXT.replace("short: {en: Class, zh: 舱位}", f"short: {{en: {'Class ' * 8}, zh: {'舱' * 21}}}")
    assert [f.code for f in lint(sk.Questionnaire.from_text(long))].count("LONG_SHORT") == 2
    same = TEXT.replace("short: {en: Class, zh: 舱位}", "short: {en: Meals, zh: 舱位}")
    found = [f for f in lint(sk.Questionnaire.from_text(same)) if f.code == "SAME_SHORT"]
    assert len(found) == 1
    assert "q3" in str(found[0])
    assert "MISSING_TRANSLATION" in [
        f.code for f in lint(sk.Questionnaire.from_text(TEXT))
    ]  # Meals has no Chinese


@pytest.mark.parametrize(
    ("language", "short", "asked"),
    [
        ("en", "By “Class”", "Which class did you fly?"),
        ("zh", "按“舱位”", "您乘坐哪个舱位？"),
        ("zh-Hant", "按「艙位」", "您乘坐哪個艙位？"),
    ],
)
def test_the_report_says_the_short_name_and_once_how_it_was_asked(
    language: str, short: str, asked: str
) -> None:
    frame = pd.DataFrame({
        "q1": [1, 2, 3, 4, 5] * 20, "q2": [2, 3, 4, 5, 5] * 20, "q3": [1, 3, 3, 3, 5] * 20,
        "sat": [1, 2, 3, 4, 5, 4, 3, 2, 1, 5] * 10, "cabin": ["e", "b"] * 50,
    })  # fmt: skip
    data = sk.read(frame, sk.Questionnaire.from_text(TEXT))
    report = sk.report(
        data, [sk.score(data, "happy"), sk.score(data, "happy", by="cabin")], language=language
    )
    html = report.html()
    assert short in html
    assert html.count(asked) == 1
    assert report.document.data["labels"]["q1"]["en"] == "Seat comfort"
    assert "asked" not in next(e for e in report.document.data["sample"]["items"] if e["item"] == "sat")


def test_a_question_in_a_sentence_is_quoted_once() -> None:
    asked = Label({"en": "How was it?", "zh": "如何？"}, "/labels/q1")
    said = fill({"en": "Look at {top} first, not “{top}”.", "zh": "先看{top}，再看“{top}”。"}, top=asked)
    assert plain(said, "en") == "Look at “How was it?” first, not “How was it?”."
    assert plain(said, "zh") == "先看“如何？”，再看“如何？”。"
    check = Label({"en": "Few answers.", "zh": "回答过少。"}, "/results/a/checks/0/texts")
    assert plain(fill({"en": "{c}", "zh": "{c}"}, c=check), "en") == "Few answers."
