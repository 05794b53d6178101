"""Sample and quality: what became of every row, what is missing, how answers were weighted."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.format import pick
from surveykit.report._blocks import Block, Cell, Column, Fixed, Heading, TableBlock, View
from surveykit.report._cells import HEADS
from surveykit.report._registry import sections
from surveykit.report._statements import statements

WORDS = {
    "title": {"en": "Sample and quality", "zh": "样本与数据质量"},
    "rows": {"en": "What became of every row: rows read are rows used and rows set aside", "zh": "数据行的去向：读入 = 使用 + 剔除"},
    "step": {"en": "Rows", "zh": "数据行"},
    "count": {"en": "Number", "zh": "行数"},
    "read": {"en": "read", "zh": "读入"},
    "aside": {"en": "set aside: {reason}", "zh": "剔除：{reason}"},
    "used": {"en": "used", "zh": "使用"},
    "missing": {"en": "Answers and gaps by question", "zh": "各题的有效回答与缺失"},
    "missing_most": {"en": "Questions with the most gaps", "zh": "缺失最多的题目"},
    "valid": {"en": "Valid", "zh": "有效"},
    "kinds_note": {
        "en": "Gaps of different kinds are kept apart: a question that was not shown is no refusal.",
        "zh": "不同类型的缺失分别统计：未展示的题目不等于拒绝回答。",
    },
    "complete": {"en": "No answers are missing.", "zh": "没有缺失的回答。"},
    "all": {"en": "All other questions have no gaps.", "zh": "其余各题均无缺失。"},
    "source": {"en": "Source: {source}.", "zh": "数据来源：{source}。"},
}  # fmt: skip

KINDS = {
    "not_shown": {"en": "Not shown", "zh": "未展示"},
    "skipped": {"en": "Skipped", "zh": "跳过"},
    "dont_know": {"en": "Don’t know", "zh": "不知道"},
    "refused": {"en": "Refused", "zh": "拒答"},
    "invalid": {"en": "Invalid", "zh": "无效"},
}
MOST_SHOWN = 40


@sections.register(
    "sample",
    title=WORDS["title"],
    reference="AAPOR Transparency Initiative",
    evidence="rows read = rows used + rows set aside, from the import report",
    order=20,
    style="page",
)
def sample(view: View) -> Sequence[Block]:
    """The flow of rows and the table of gaps."""
    return [
        Heading(view.word(WORDS["title"]), "sample"),
        *statements(view, view.of("sample")),
        _flow(view),
        *_missing(view),
    ]


def _flow(view: View) -> TableBlock:
    document = view.document
    rows: list[tuple[Cell, ...]] = [
        ((view.word(WORDS["read"]),), (document.number("/rows/read", "count"),)),
    ]
    for i, entry in enumerate(document.data["rows"]["set_aside"]):
        reason = Fixed(pick(entry["reason"], view.language), "given")
        cell = view.say(WORDS["aside"], reason=reason)
        rows.append((cell, (document.number(f"/rows/set_aside/{i}/rows", "count"),)))
    rows.append(((view.word(WORDS["used"]),), (document.number("/rows/used", "count"),)))
    columns = (Column(view.say(WORDS["step"]), "left", wide=True), Column(view.say(WORDS["count"])))
    source = document.data["sample"]["source"]
    notes = (view.say(WORDS["source"], source=Fixed(source, "given")),) if source else ()
    return TableBlock("table-rows", view.say(WORDS["rows"]), columns, tuple(rows), notes)


def _missing(view: View) -> Iterable[Block]:
    items = view.document.data["sample"]["items"]
    gaps = [i for i, entry in enumerate(items) if entry["missing"]]
    if not items:
        return
    chosen = (
        sorted(gaps, key=lambda i: (-items[i]["missing"], i))[:MOST_SHOWN] if len(gaps) > MOST_SHOWN else gaps
    )
    kinds = [k for k in KINDS if view.document.data["sample"]["kinds"].get(k)]
    columns = [Column(view.say(HEADS["item"]), "left", wide=True), Column(view.say(WORDS["valid"]))]
    columns += [Column(view.say(KINDS[k])) for k in kinds]
    rows = tuple(_item(view, i, kinds) for i in chosen)
    if rows:
        notes = [view.say(WORDS["kinds_note"])]
        if len(gaps) < len(items):
            notes.append(view.say(WORDS["all"]))
        caption = WORDS["missing_most" if len(gaps) > len(chosen) else "missing"]
        yield TableBlock("table-missing", view.say(caption), tuple(columns), rows, tuple(notes))


def _item(view: View, i: int, kinds: Sequence[str]) -> tuple[Cell, ...]:
    key = f"/sample/items/{i}"
    entry = view.document.data["sample"]["items"][i]
    cells: list[Cell] = [
        (view.document.label(entry["item"]),),
        (view.document.number(f"{key}/valid", "count"),),
    ]
    for kind in kinds:
        has = kind in entry["kinds"]
        cells.append((view.document.number(f"{key}/kinds/{kind}", "count"),) if has else ("–",))
    return tuple(cells)
