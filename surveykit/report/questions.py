"""The questions as they were asked, where the report calls them by a short name."""

from __future__ import annotations

from collections.abc import Sequence

from surveykit.findings import Label
from surveykit.findings._document import pointer
from surveykit.report._blocks import Block, Column, Heading, TableBlock, View
from surveykit.report._registry import sections

WORDS = {
    "title": {"en": "Appendix: the questions", "zh": "附录：题目原文"},
    "caption": {"en": "Short names and the questions as they were asked", "zh": "题目简称与原文"},
    "short": {"en": "In this report", "zh": "报告中的简称"},
    "asked": {"en": "As it was asked", "zh": "题目原文"},
}


@sections.register(
    "questions",
    title=WORDS["title"],
    reference="AAPOR Code of Professional Ethics and Practices: the exact wording of questions is disclosed",
    evidence="short names and texts are those of the questionnaire",
    order=78,
    style="flow",
)
def questions(view: View) -> Sequence[Block]:
    """Short name and wording of every question that has both; nothing where questions are called by their text."""
    entries = view.document.data["sample"]["items"]
    lines = [
        ((view.document.label(e["item"]),), (Label(e["asked"], pointer("sample", "items", i, "asked")),))
        for i, e in enumerate(entries)
        if e.get("asked")
    ]
    if not lines:
        return ()
    columns = (
        Column(view.say(WORDS["short"]), "left"),
        Column(view.say(WORDS["asked"]), "left", wide=True),
    )
    table = TableBlock("table-questions", view.say(WORDS["caption"]), columns, tuple(lines))
    return [Heading(view.word(WORDS["title"]), "questions"), table]
