"""Google Forms: a localised time stamp first, questions as headers, several answers in one cell."""

from __future__ import annotations

import re
from collections import defaultdict

from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import several_answers

_STAMPS = {
    "timestamp", "时间戳记", "时间戳", "時間戳記", "zeitstempel", "horodateur", "marca temporal", "carimbo de data/hora",
    "informazioni cronologiche", "tijdstempel", "отметка времени", "タイムスタンプ", "타임스탬프", "sygnatura czasowa",
    "zaman damgası", "tidsstämpel", "tidsstempel", "časová značka", "marca de tiempo",
}  # fmt: skip
_MOMENT = re.compile(
    r"\d{1,4}[-/.年]\s?\d{1,2}[-/.月]\s?\d{1,4}日?,?\s*((上午|下午|오전|오후)\s*)?\d{1,2}[:.]\d{2}"
)
_PEOPLE = {
    "username",
    "email address",
    "e-mail-adresse",
    "用户名",
    "电子邮件地址",
    "nombre de usuario",
    "adresse e-mail",
}
_POINTS = re.compile(r"\d+(?:[.,]\d+)? ?/ ?\d+")
_UPLOAD = re.compile(r"https://drive\.google\.com/\S+(?:, https://drive\.google\.com/\S+)*")
_QUIZ = {"score", "feedback", "punktzahl", "puntuación", "comentarios", "得分", "反馈"}
_GRID = re.compile(r"(?P<stem>.+?)\s*\[(?P<row>[^\[\]]+)\]\s*\Z", re.DOTALL)


def _evidence(head: Head) -> Evidence:
    found: Evidence = []
    first = head.header[0].replace("\ufeff", "").strip().casefold()
    if first in _STAMPS:
        found.append((2, f'first column "{head.header[0].strip()}"'))
        stamps = head.column(0)
        if stamps and all(_MOMENT.match(c) for c in stamps):
            found.append((2, f'a moment in each of its cells, such as "{stamps[0]}"'))
    return found


@platforms.register(
    "google_forms",
    title={"en": "Google Forms", "zh": "Google表单"},
    reference="Google Forms answers as a sheet (joined by comma and blank) or as CSV (by semicolon)",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def google_forms(survey: Survey) -> None:
    """Grid questions to batteries, joined cells to multiple answers with the choices learnt from them."""
    survey.describe(0, text=survey.header[0], role="date")
    batteries: dict[str, list[int]] = defaultdict(list)
    for i, header in enumerate(survey.header[1:], 1):
        text = " ".join(header.split())
        if text.casefold() in _PEOPLE:
            survey.describe(i, text=text, role="identifier")
            continue
        grid = _GRID.match(text)
        said = {c.strip() for c in survey.cells[i]} - {""}
        quiz = grid is not None and grid.group("row").strip().casefold() in _QUIZ
        if quiz or (said and (all(map(_POINTS.fullmatch, said)) or all(map(_UPLOAD.fullmatch, said)))):
            survey.describe(i, text=text, role="meta")  # points of a quiz, a file that was sent
            continue
        if grid:
            batteries[grid.group("stem")].append(i)
            survey.describe(i, text=f"{grid.group('stem')} – {grid.group('row')}")
        else:
            survey.describe(i, text=text)
        several_answers(survey, i, (";", ", "))
    for stem, places in batteries.items():
        for place in places:
            survey.describe(place, stem=stem if len(places) > 1 else "")
