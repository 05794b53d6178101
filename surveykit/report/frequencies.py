"""Frequencies: how often each option was chosen, each question with its base."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.report._blocks import Block, Column, Heading, Paragraph, TableBlock, View
from surveykit.report._cells import column, group_cells, interval_cell
from surveykit.report._registry import sections

WORDS = {
    "title": {"en": "Answers by question", "zh": "各题回答分布"},
    "respondents": {"en": "{item} (base: {n} respondents)", "zh": "{item}（基数：{n}名受访者）"},
    "answers": {"en": "{item} (base: {n} answers)", "zh": "{item}（基数：{n}个选择）"},
    "grouped": {"en": "{item}", "zh": "{item}"},
    "option": {"en": "Answer", "zh": "选项"},
    "count": {"en": "Number", "zh": "人数"},
    "share": {"en": "Share", "zh": "比例"},
    "base": {"en": "Base", "zh": "基数"},
    "hidden": {
        "en": "Questions with fewer than {k} answers have no table.",
        "zh": "有效回答不足{k}份的题目未列表。",
    },
    "several": {
        "en": "Several answers were possible: the shares add up to more than 100 %.",
        "zh": "本题可多选，各项比例之和超过100%。",
    },
}


@sections.register(
    "frequencies",
    title=WORDS["title"],
    reference="Wilson 1927, JASA 22(158)",
    evidence="every number is looked up in results.json",
    order=35,
    style="flow",
)
def frequencies(view: View) -> Sequence[Block]:
    """One table per question with options."""
    blocks: list[Block] = []
    left_out = False
    for result in view.document.of("frequencies"):
        base = str(view.document.data["results"][result].get("options", {}).get("base", "respondents"))
        questions: dict[str, list[Row]] = {}
        for row in view.document.rows(result):
            questions.setdefault(row.text("item"), []).append(row)
        for item, rows in questions.items():
            tables = list(_question(view, result, item, rows, base))
            blocks += tables
            left_out = left_out or not tables
    if not blocks:
        return ()
    hidden = (
        Paragraph(view.say(WORDS["hidden"], k=view.document.number("/study/min_cell", "count")), "note"),
    )
    return [Heading(view.word(WORDS["title"]), "frequencies"), *blocks, *(hidden if left_out else ())]


def _question(view: View, result: str, item: str, rows: Sequence[Row], base: str) -> Iterable[TableBlock]:
    shown = [r for r in rows if r.has("estimate")]
    if not shown:
        return
    grouped = any(r.text("group") for r in shown)
    heads, lead = group_cells(view, result, shown)
    columns = (
        *heads, Column(view.say(WORDS["option"]), "left", wide=True), Column(view.say(WORDS["count"])),
        *((Column(view.say(WORDS["base"])),) if grouped else ()), Column(view.say(WORDS["share"])),
        column(view, "interval"),
    )  # fmt: skip
    lines = tuple(
        (
            *first, (view.document.label(r.text("term")),), (r.number("count", "count"),),
            *(((r.number("n", "count"),),) if grouped else ()), (r.number("estimate", "percent0"),),
            interval_cell(r, "percent0"),
        )
        for r, first in zip(shown, lead, strict=True)
    )  # fmt: skip
    words = WORDS["grouped" if grouped else base]
    caption = view.say(words, item=view.document.label(item), n=shown[0].number("n", "count"))
    total = sum(float(r.get("estimate")) for r in shown if r.text("group") == shown[0].text("group"))
    notes = (view.say(WORDS["several"]),) if total > 1 + 1e-6 else ()
    yield TableBlock(f"table-{result}-{item}", caption, columns, lines, notes)
