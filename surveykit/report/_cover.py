"""The cover: what it is, for whom, on what answers, when."""

from __future__ import annotations

from typing import Any

from surveykit.format import long_date, pick
from surveykit.report._blocks import Cell, Fixed, View

__all__ = ["cover_of"]

WORDS = {
    "kicker": {"en": "Survey report", "zh": "调查报告"},
    "subtitle": {"en": "What was found, how sure it is, and what may not be concluded", "zh": "主要发现、可信程度与不可得出的结论"},
    "client": {"en": "Prepared for", "zh": "委托方"},
    "author": {"en": "Prepared by", "zh": "撰写方"},
    "date": {"en": "Date", "zh": "日期"},
    "respondents": {"en": "Respondents", "zh": "受访者"},
    "people": {"en": "{n} people", "zh": "{n}人"},
    "questionnaire": {"en": "Questionnaire", "zh": "问卷"},
    "data": {"en": "Answers", "zh": "数据"},
    "made": {"en": "simulated for demonstration, no real respondents", "zh": "用于演示的模拟数据，并非真实受访者"},
}  # fmt: skip


def cover_of(view: View) -> dict[str, Any]:
    """The plain data of the cover; ``facts`` hold inline parts."""
    study = view.document.data["study"]
    facts: list[tuple[str, Cell]] = []
    if study.get("client"):
        facts.append(("client", (Fixed(pick(study["client"], view.language), "given"),)))
    if study.get("author"):
        facts.append(("author", (Fixed(pick(study["author"], view.language), "given"),)))
    people = view.say(WORDS["people"], n=view.document.number("/rows/used", "count"))
    facts.append(("respondents", people))
    if study.get("questionnaire"):
        facts.append(("questionnaire", (Fixed(pick(study["questionnaire"]["title"], view.language), "given"),)))
    if view.date is not None:
        facts.append(("date", (Fixed(long_date(view.date, view.language), "given"),)))
    if view.simulated:
        facts.append(("data", (view.word(WORDS["made"]),)))
    return {
        "title": pick(study["title"], view.language),
        "kicker": view.word(WORDS["kicker"]),
        "subtitle": view.word(WORDS["subtitle"]),
        "client": pick(study.get("client") or {"en": "", "zh": ""}, view.language),
        "facts": [(view.word(WORDS[name]), parts) for name, parts in facts],
    }
