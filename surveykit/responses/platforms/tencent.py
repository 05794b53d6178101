"""Tencent questionnaire (腾讯问卷): coded headers ``Q2|A1|open``, the platform's columns at both ends."""

from __future__ import annotations

import re
from collections import defaultdict

from surveykit.questionnaire import wording
from surveykit.responses.exports import Evidence, Head, Survey, platforms
from surveykit.responses.platforms._boxes import ask_together, boxes_and_blanks, join_boxes, say_of_codes

_QUESTION = re.compile(r"(?P<stem>Q\d+)(\|[A-Z](?P<part>\d+))*(?P<open>\|open)?\Z")
_WORDED = re.compile(r"(?P<n>\d{1,3})\s*[.、．]\s*(?P<text>.*)\Z", re.DOTALL)
_BLANK = re.compile(r"[:：_]\s*(?:选项填空|填空)\d*\s*\Z")
_LETTER = re.compile(r"[A-Z]\s*[.．、]\s*(?=\S)")
_META = {
    "seq": "id", "编号": "id", "source": "meta", "start": "date", "finish": "date", "time_used": "duration",
    "ip_province": "meta", "ip_city": "meta", "ip": "identifier", "browser": "meta", "os": "meta",
    "开始答题时间": "date", "结束答题时间": "date", "答题时长": "duration", "语言": "meta", "清洗数据结果": "meta",
    "智能清洗数据无效概率": "meta", "地理位置国家和地区": "meta",
    "地理位置省": "meta", "地理位置市": "meta", "ip地址": "identifier",
    "操作系统": "meta", "浏览器": "meta", "openid": "identifier", "nickname": "identifier", "unionid": "identifier",
    "用户类型": "meta", "用户标识": "identifier", "昵称": "identifier", "自定义字段": "meta", "ua": "meta", "referrer": "meta",
    "中奖时间": "meta", "中奖信息": "meta", "中奖金额": "meta", "红包金额": "meta", "审核状态": "meta",
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
    """The platform's columns named, parts of a question together, open answers as text, invalid rows aside."""
    if survey.header[0].strip() != _bare(survey.header[0]) and _bare(survey.header[0]) == "seq":
        survey.guesses.append(f'first column "{survey.header[0].strip()}" is taken as seq, mistyped')
        survey.header[0] = "seq"
    parts: dict[str, list[int]] = defaultdict(list)
    for i, header in enumerate(survey.header):
        name = header.strip()
        question = _QUESTION.match(name)
        worded = _WORDED.match(name)
        role = _META.get(_bare(name), "")
        if not name and not any(c.strip() for c in survey.cells[i]):
            role = "meta"  # each line ends in a comma
        if question and question.group("open"):
            role = "text"
        elif question and question.group("part"):
            parts[question.group("stem")].append(i)
        elif worded:
            name = worded.group("text").strip() or name
            if _BLANK.search(name):
                role = "text"
            else:
                parts[worded.group("n")].append(i)
        survey.describe(i, text=name, role=role)
    _judged_invalid(survey)
    for number, places in parts.items():
        _without_letters(survey, places)
        if len(places) > 1:
            _question(survey, number, places)
    say_of_codes(survey, [p for places in parts.values() for p in places], ())


def _judged_invalid(survey: Survey) -> None:
    """Rows that the platform or its user marked as invalid."""
    at = next((i for i, h in enumerate(survey.header) if h.strip() == "清洗数据结果"), None)
    if at is not None:
        flags = [c.strip().startswith("无效") for c in survey.cells[at]]
        survey.put_aside(flags, "marked as invalid (无效) on the platform", unfinished=True)


def _question(survey: Survey, number: str, places: list[int]) -> None:
    """Columns of one number: a matrix, or boxes of a multiple answer."""
    texts = [survey.fields[p].text.replace("：", ":") for p in places]
    ends = [m.start() for m in re.finditer(":", texts[0])]
    alike = [texts[0][:end] for end in ends if all(t.startswith(texts[0][: end + 1]) for t in texts)]
    shared = alike[-1] if alike else ""
    stem = shared or number
    words = [t[len(shared) + 1 :] or t if shared else t for t in texts]
    # a choice may carry its letter in the header, in the cells, or in both
    shown = [_LETTER.sub("", w, count=1) if _LETTER.match(w) else w for w in words]
    ask_together(survey, places, stem, shown)
    if any(survey.cells[p].count("") < survey.n for p in places):
        for place, word, plain in zip(places, words, shown, strict=True):
            survey.cells[place] = [plain if c.strip() == word else c for c in survey.cells[place]]
        boxes, _ = boxes_and_blanks([survey.cells[p] for p in places], shown)
        if len(boxes) == len(places):
            join_boxes(survey, places, shown, f"{number}. {stem}" if shared else stem, stem)


def _without_letters(survey: Survey, places: list[int]) -> None:
    """ "A.非常满意" as 非常满意, where the words behind the letters have an order."""
    for place in places:
        cells = {c.strip() for c in survey.cells[place]} - {""}
        if cells and all(_LETTER.match(c) for c in cells):
            plain = {c: _LETTER.sub("", c, count=1) for c in cells}
            if len(set(plain.values())) == len(plain) and wording.ordered(plain.values()):
                survey.cells[place] = [plain.get(c.strip(), c) for c in survey.cells[place]]
