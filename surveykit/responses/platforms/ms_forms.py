"""Microsoft Forms: ID, start and completion time first; several answers end in a semicolon."""

from __future__ import annotations

from collections import Counter

from surveykit.responses.choices import learn
from surveykit.responses.exports import Evidence, Head, Survey, platforms

_START = {
    "start time",
    "开始时间",
    "startzeit",
    "heure de début",
    "hora de inicio",
    "開始時刻",
    "ora di inizio",
}
_END = {"completion time", "完成时间", "fertigstellungszeit", "heure de fin", "hora de finalización", "完了時刻",
        "ora di completamento", "提交时间"}  # fmt: skip
_META = {
    "id": "id",
    **dict.fromkeys(_START | _END, "date"),
    **dict.fromkeys(["last modified time", "上次修改时间", "uhrzeit der letzten änderung"], "date"),
    **dict.fromkeys(
        ["email", "电子邮件", "e-mail", "adresse de messagerie", "name", "名称", "姓名", "nom"], "identifier"
    ),
    **dict.fromkeys(
        ["language", "语言", "total points", "总分", "quiz feedback", "grade posted time"], "meta"
    ),
}
_QUIZ = ("points - ", "feedback - ", "得分 - ", "反馈 - ")
_LEADING = 9


def _bare(name: str) -> str:
    return " ".join(name.replace("\ufeff", "").replace("\xa0", " ").split()).casefold()


def _evidence(head: Head) -> Evidence:
    names = [_bare(h) for h in head.header[:_LEADING]]
    found: Evidence = []
    for words in (_START, _END):
        found += [(2, f'column "{head.header[names.index(w)].strip()}"') for w in names if w in words][:1]
    if len(found) == 2 and names[0] == "id":
        found.append((1, "first column ID"))
    joined = sum(any(c.endswith(";") for c in head.column(i)) for i in range(len(head.header)))
    if joined:
        found.append((1, f"{joined} columns with cells that end in a semicolon"))
    return found


@platforms.register(
    "ms_forms",
    title={"en": "Microsoft Forms", "zh": "Microsoft Forms"},
    reference="Microsoft Forms answers as a workbook",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def ms_forms(survey: Survey) -> None:
    """The platform's own columns named; cells that end in a semicolon become multiple answers."""
    for i, header in enumerate(survey.header):
        text = " ".join(header.replace("\xa0", " ").split())
        role = _META.get(_bare(header), "") if i < _LEADING else ""
        if _bare(header).startswith(_QUIZ):
            role = "meta"
        survey.header[i] = text
        survey.describe(i, text=text, role=role)
        cells = Counter(c.strip() for c in survey.cells[i] if c.strip())
        ended = sum(n for c, n in cells.items() if c.endswith(";"))
        if role or not cells or ended < 0.8 * sum(cells.values()):
            continue
        ticks = learn(cells, ";") or _all(cells)
        choices = {str(k + 1): choice for k, choice in enumerate(ticks)}
        survey.describe(i, choices=choices, separator=";")


def _all(cells: Counter[str]) -> list[str]:
    """Every part of the cells: the trailing semicolon alone says that several answers were allowed."""
    parts: Counter[str] = Counter()
    for cell, n in cells.items():
        parts.update(dict.fromkeys([p.strip() for p in cell.split(";") if p.strip()], n))
    return [p for p, _ in parts.most_common()]
