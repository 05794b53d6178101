"""Tencent questionnaire (腾讯问卷): coded headers ``Q2|A1|open``, the platform's columns at both ends."""

from __future__ import annotations

import re
from collections import defaultdict

from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import ask_together, is_box, join_boxes

_QUESTION = re.compile(r"(?P<stem>Q\d+)(\|A(?P<part>\d+))?(?P<open>\|open)?\Z")
_WORDED = re.compile(r"(?P<n>\d{1,3})\s*[.、．]\s*(?P<text>.*)\Z", re.DOTALL)
_META = {
    "seq": "id", "编号": "id", "source": "meta", "start": "date", "finish": "date", "time_used": "meta",
    "ip_province": "meta", "ip_city": "meta", "ip": "identifier", "browser": "meta", "os": "meta",
    "开始答题时间": "date", "结束答题时间": "date", "答题时长": "meta", "语言": "meta", "清洗数据结果": "meta",
    "智能清洗数据无效概率": "meta", "地理位置国家和地区": "meta",
    "地理位置省": "meta", "地理位置市": "meta", "ip地址": "identifier",
    "操作系统": "meta", "浏览器": "meta", "openid": "identifier", "nickname": "identifier", "unionid": "identifier",
}  # fmt: skip


def _bare(name: str) -> str:
    plain = name.replace("\ufeff", "").strip().casefold()
    # a key that stood in the first cell when the file was saved: "2seq"
    return plain[1:] if plain[1:] == "seq" else plain


def _evidence(head: Head) -> Evidence:
    questions = [h for h in head.header if _QUESTION.match(h.strip())]
    own = [h for h in head.header if _bare(h) in _META]
    found: Evidence = []
    worded = [h for h in own if _bare(h) in {"开始答题时间", "结束答题时间", "答题时长"}]
    if len(worded) > 1:
        return [(2 + len(worded), "、".join(worded))]
    if not questions:
        return []
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
        worded = _WORDED.match(name)
        role = _META.get(_bare(name), "")
        if question and question.group("open"):
            role = "text"
        elif question and question.group("part"):
            parts[question.group("stem")].append(i)
        elif worded:
            name = worded.group("text").strip() or name
            parts[worded.group("n")].append(i)
        survey.describe(i, text=name, role=role)
    for number, places in parts.items():
        if len(places) == 1:
            continue
        texts = [survey.fields[p].text for p in places]
        stem = texts[0].replace("：", ":").rpartition(":")[0] or number
        words = [t.replace("：", ":").rpartition(":")[2] for t in texts]
        ask_together(survey, places, stem, words)
        filled = any(c.strip() for p in places for c in survey.cells[p])
        if filled and all(is_box(survey.cells[p], w) for p, w in zip(places, words, strict=True)):
            join_boxes(survey, places, words, f"{number}. {stem}" if stem != number else stem, stem)
