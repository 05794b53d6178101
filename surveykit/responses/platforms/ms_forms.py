"""Microsoft Forms: ID, start and completion time first; several answers end in a semicolon."""

from __future__ import annotations

import re
from collections import Counter

from surveykit.responses.choices import learn
from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import rank_columns

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
        [
            "email",
            "电子邮件",
            "電子郵件",
            "e-mail",
            "adresse de messagerie",
            "correo electrónico",
            "posta elettronica",
            "メール",
            "이메일",
            "e-mailadres",
            "name",
            "名称",
            "姓名",
            "名稱",
            "nom",
            "nombre",
            "nome",
            "naam",
            "名前",
            "이름",
        ],
        "identifier",
    ),
    **dict.fromkeys(
        ["language", "语言", "total points", "总分", "quiz feedback", "grade posted time"], "meta"
    ),
}
_MOMENT = re.compile(r"\d{1,4}[-/.]\d{1,2}[-/.]\d{1,4},? +(?:\S+ )?\d{1,2}[:.]\d{2}")
_MAIL = re.compile(r"[^@\s]+@[^@\s]+|anonym\w*|匿名\w*", re.IGNORECASE)
_FEWEST = 3
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
    if not found and names[0] == "id" and _moments(head):
        found.append((3, "ID, then two columns of moments"))
    joined = sum(any(c.endswith(";") for c in head.column(i)) for i in range(len(head.header)))
    if joined:
        found.append((1, f"{joined} columns with cells that end in a semicolon"))
    return found


def _moments(head: Head) -> bool:
    """Whether the second and third columns hold moments, whatever their names are."""
    columns = [head.column(i) for i in (1, 2)] if len(head.header) > 3 else []
    return bool(columns) and all(cells and all(_MOMENT.match(c.strip()) for c in cells) for cells in columns)


def _persons(survey: Survey) -> dict[int, str]:
    """The columns behind the moments in which the platform writes e-mail and name, in any language."""
    if len(survey.header) < 5 or _bare(survey.header[0]) != "id":
        return {}
    mails = {c.strip() for c in survey.cells[3]} - {""}
    if not all(_MAIL.fullmatch(m) for m in mails) or not (mails or _META.get(_bare(survey.header[3]))):
        return {}
    named = len(_bare(survey.header[4]).split()) <= 2 and not survey.header[4].rstrip().endswith(("?", "？"))
    dates = dict.fromkeys((1, 2), "date")
    return {**dates, 3: "identifier", **({4: "identifier"} if named else {})}


@platforms.register(
    "ms_forms",
    title={"en": "Microsoft Forms", "zh": "Microsoft Forms"},
    reference="Microsoft Forms answers as a workbook",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def ms_forms(survey: Survey) -> None:
    """The platform's own columns named; cells that end in a semicolon become multiple answers or rankings."""
    persons = _persons(survey)
    for i, header in enumerate(list(survey.header)):
        text = " ".join(header.replace("\xa0", " ").split())
        role = persons.get(i, _META.get(_bare(header), "") if i < _LEADING else "")
        if _bare(header).startswith(_QUIZ):
            role = "meta"
        survey.header[i] = text
        survey.describe(i, text=text, role=role)
        cells = Counter(c.strip() for c in survey.cells[i] if c.strip())
        ended = sum(n for c, n in cells.items() if c.endswith(";"))
        if role or not cells or ended < 0.8 * sum(cells.values()):
            continue
        if _is_ranking(cells):
            rank_columns(survey, i, [_parts(c) for c in survey.cells[i]])
            continue
        ticks = learn(cells, ";") or _all(cells)
        choices = {str(k + 1): " ".join(choice.split()) for k, choice in enumerate(ticks)}
        survey.describe(i, choices=choices, separator=";")


def _parts(cell: str) -> list[str]:
    return [p.strip() for p in cell.split(";") if p.strip()]


def _is_ranking(cells: Counter[str]) -> bool:
    """Whether every cell holds the same choices, in different orders."""
    orders = {tuple(_parts(c)) for c in cells}
    sets = {frozenset(order) for order in orders}
    return len(orders) > 1 and len(sets) == 1 and len(next(iter(sets))) >= _FEWEST


def _all(cells: Counter[str]) -> list[str]:
    """Every part of the cells: the trailing semicolon alone says that several answers were allowed."""
    parts: Counter[str] = Counter()
    for cell, n in cells.items():
        parts.update(dict.fromkeys(_parts(cell), n))
    return [p for p, _ in parts.most_common()]
