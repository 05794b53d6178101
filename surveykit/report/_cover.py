"""The cover: what it is, for whom, on what answers, when."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from typing import Any

from surveykit.format import long_date, pick
from surveykit.report._blocks import Box, Cell, Fixed, View
from surveykit.report.charts._base import display_width

__all__ = ["cover_of", "guide_of"]

WORDS = {
    "kicker": {"en": "Survey report", "zh": "调查报告"},
    "subtitle": {"en": "What we found, how sure we are, and what cannot be concluded", "zh": "主要发现、可信程度与不能得出的结论"},
    "client": {"en": "Prepared for", "zh": "委托方"},
    "author": {"en": "Prepared by", "zh": "撰写方"},
    "date": {"en": "Date", "zh": "日期"},
    "respondents": {"en": "Respondents", "zh": "受访者"},
    "people": {"en": "{n} people", "zh": "{n}人"},
    "person": {"en": "{n} person", "zh": "{n}人"},
    "questionnaire": {"en": "Questionnaire", "zh": "问卷"},
    "data": {"en": "Answers", "zh": "数据"},
    "guide": {"en": "How to read this report", "zh": "如何阅读本报告"},
    "interval": {
        "en": "Every estimate comes with a {level} interval: the range of values that these answers are compatible with. The "
        "wider the interval, the less is known.",
        "zh": "每个估计值都附有{level}置信区间，即与这些回答相符的取值范围。区间越宽，说明所知越少。",
    },
    "evidence": {
        "en": "“Strong”, “moderate” and “weak” evidence are read off the interval. “No evidence” does not mean that there is no association, only "
        "that these answers cannot show one.",
        "zh": "“证据充分”“证据中等”“证据较弱”均由区间得出。“没有证据”并不表示不存在关联，只说明现有回答无法判断。",
    },
    "refusal": {
        "en": "“Do not interpret” marks numbers that a model produced but that cannot be right; nothing is concluded from them.",
        "zh": "标有“请勿解读”的数值虽由模型给出，但不可能成立，报告不据此得出任何结论。",
    },
    "together": {
        "en": "“Goes with” and “is associated with” mean that answers rise and fall together, not that one thing brings about another.",
        "zh": "“相关”只表示两项评价往往同高同低，并不表示一方造成另一方。",
    },
    "keys": {
        "en": "Every number in this report is recorded in results.json.",
        "zh": "本报告中的每个数字都记录在results.json中。",
    },
    "made": {"en": "Simulated for demonstration; no real respondents", "zh": "用于演示的模拟数据，并非真实受访者的回答"},
}  # fmt: skip


LONG_TITLE = 64
"""A title wider than this (in Latin columns) is set smaller."""


def cover_of(view: View) -> dict[str, Any]:
    """The plain data of the cover; ``facts`` hold inline parts."""
    study = view.document.data["study"]
    facts: list[tuple[str, Cell]] = []
    if study.get("client"):
        facts.append(("client", (Fixed(pick(study["client"], view.language), "given"),)))
    if study.get("author"):
        facts.append(("author", (Fixed(pick(study["author"], view.language), "given"),)))
    used = view.document.number("/rows/used", "count")
    people = view.say(WORDS["person" if used.value == 1 else "people"], n=used)
    facts.append(("respondents", people))
    if study.get("questionnaire"):
        facts.append(
            ("questionnaire", (Fixed(pick(study["questionnaire"]["title"], view.language), "given"),))
        )
    if view.date is not None:
        facts.append(("date", (Fixed(long_date(view.date, view.language), "given"),)))
    if view.simulated:
        facts.append(("data", (view.word(WORDS["made"]),)))
    title = pick(study["title"], view.language)
    return {
        "title": title,
        "long": display_width(title) > LONG_TITLE,
        "kicker": view.word(WORDS["kicker"]),
        "subtitle": view.word(WORDS["subtitle"]),
        "client": pick(study.get("client") or {"en": "", "zh": ""}, view.language),
        "facts": [(view.word(WORDS[name]), parts) for name, parts in facts],
    }


def guide_of(view: View) -> Box:
    """Five sentences for a reader who knows no statistics; they stand below the contents."""
    lines = tuple(
        view.say(WORDS[name], level=view.document.level)
        for name in ("interval", "evidence", "refusal", "together", "keys")
    )
    return Box("note", view.word(WORDS["guide"]), lines)
