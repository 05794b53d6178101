"""Tencent questionnaire (腾讯问卷): coded headers ``Q2|A1|open``, the platform's columns at both ends."""

from __future__ import annotations

import re
from collections import defaultdict

from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import ask_together, is_box, join_boxes

_QUESTION = re.compile(r"(?P<stem>Q\d+)(\|A(?P<part>\d+))?(?P<open>\|open)?\Z")
_META = {
    "seq": "id", "编号": "id", "source": "meta", "start": "date", "finish": "date", "time_used": "meta",
    "ip_province": "meta", "ip_city": "meta", "ip": "identifier", "browser": "meta", "os": "meta",
    "openid": "identifier", "nickname": "identifier", "unionid": "identifier",
}  # fmt: skip


def _bare(name: str) -> str:
    plain = name.replace("\ufeff", "").strip().casefold()
    # a key that stood in the first cell when the file was saved: "2seq"
    return plain[1:] if plain[1:] == "seq" else plain


def _evidence(head: Head) -> Evidence:
    questions = [h for h in head.header if _QUESTION.match(h.strip())]
    own = [h for h in head.header if _bare(h) in _META]
    if not questions:
        return []
    found: Evidence = []
    coded = sum("|" in h for h in questions)
    if coded:
        found.append((2, f'{coded} headers such as "{next(h for h in questions if "|" in h)}"'))
    if len(own) >= 4:
        found.append((3, f"columns {', '.join(own[:5])}"))
    return found


@platforms.register(
    "tencent",
    title={"en": "Tencent questionnaire", "zh": "腾讯问卷"},
    reference="Tencent questionnaire data by code",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def tencent(survey: Survey) -> None:
    """The platform's columns named, parts of a question together, open answers as text."""
    if survey.header[0].strip() != _bare(survey.header[0]) and _bare(survey.header[0]) == "seq":
        survey.guesses.append(f'first column "{survey.header[0].strip()}" is taken as seq, mistyped')
        survey.header[0] = "seq"
    parts: dict[str, list[int]] = defaultdict(list)
    for i, header in enumerate(survey.header):
        name = header.strip()
        question = _QUESTION.match(name)
        role = _META.get(_bare(name), "")
        if question and question.group("open"):
            role = "text"
        elif question and question.group("part"):
            parts[question.group("stem")].append(i)
        survey.describe(i, text=name, role=role)
    for stem, places in parts.items():
        words = [survey.header[p].strip() for p in places]
        ask_together(survey, places, stem, words)
        filled = any(c.strip() for p in places for c in survey.cells[p])
        if len(places) > 1 and filled and all(is_box(survey.cells[p], "") for p in places):
            join_boxes(survey, places, words, stem, stem)
