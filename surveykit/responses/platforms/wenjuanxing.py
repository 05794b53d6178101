"""Wenjuanxing (问卷星): numbered headers, ┋ between answers, 〖…〗 around free text, (跳过) and (空).

Exports by text, by number and by score differ in their cells only. In those by number, -3 stands for
(跳过) and -2 for (空).
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict

from surveykit.responses.exports import Evidence, Field, Head, Survey, platforms
from surveykit.responses.platforms._boxes import (
    ask_together,
    boxes_and_blanks,
    join_boxes,
    rank_columns,
    say_of_codes,
)

_SEPARATOR = "┋"
_META = {
    "序号": "id", "答卷编号": "id", "用户id": "identifier", "提交答卷时间": "date", "提交时间": "date", "所用时间": "duration",
    "来源": "meta", "来源详情": "meta", "来自ip": "identifier", "ip": "identifier", "总分": "meta", "提交答卷时长": "duration",
    "姓名": "identifier", "微信昵称": "identifier", "头像": "identifier", "openid": "identifier", "自定义字段": "meta",
}  # fmt: skip
_OWN = {"提交答卷时间", "所用时间", "来源详情", "来自ip"}
_NUMBERED = re.compile(r"(?P<n>\d{1,3})\s*[、.．]\s*(?P<rest>.*)\Z", re.DOTALL)
_OLDER = re.compile(r"第\s*(?P<n>\d{1,3})\s*题\s*[(（](?P<row>.*)[)）]\s*\Z", re.DOTALL)
_ROW = re.compile(r"[(（](?P<row>[^()（）]+)[)）]\s*(?P<rest>.*)\Z", re.DOTALL)
_ROW_NUMBER = re.compile(r"[(（]\d{1,2}[)）]\s*(?=\S)")
_BROKEN = re.compile(r"(?<=[\u3000-\u9fff\uff00-\uffef])\s*\n\s*(?=[\u3000-\u9fff\uff00-\uffef])")
_OTHER = re.compile(r"〖([^〖〗]*)〗")
_TIME = re.compile(r"((?P<h>\d+)\s*(小时|时))?\s*((?P<m>\d+)\s*分钟?)?\s*((?P<s>\d+)\s*秒)?\Z")
_POINTS = re.compile(
    r"(?:^|[\s(（【\[—_:：-])(?:本题|该题|此题)?(?:得分|分值|分数)\s*[)）】\]]?\s*(?:\(?\d+\)?)?\Z"
)
_POINT = re.compile(r"\d{1,4}(?:\.\d+)?分?")
_NUMBER = re.compile(r"\A\d{1,3}\s*[、.．]\s*")
_ARROW = "→"
_RANKING = re.compile(r"排序|排名|排列|先后顺序|优先")
_SKIPPED = {"(跳过)": "not_shown", "（跳过）": "not_shown", "(空)": "skipped", "（空）": "skipped"}
_SOME = 3
_CODES = {"-3": "not_shown", "-2": "skipped"}


def _evidence(head: Head) -> Evidence:
    names = [h.replace("\ufeff", "").strip().casefold() for h in head.header]
    found: Evidence = []
    own = [n for n in names if n in _OWN]
    if own:
        found.append((2 + (len(own) > 1), ", ".join(own)))
    numbered = sum(bool(re.match(r"\d{1,3}、", n)) for n in names)
    older = sum(bool(_OLDER.match(n)) for n in names)
    if numbered:
        mostly = numbered >= _SOME and numbered * 5 >= len(names) * 4
        found.append((3 if mostly else 2, f"{numbered} headers such as 1、…"))
    if older:
        found.append((2, f"{older} headers such as 第3题(…)"))
    cells = Counter(c for row in head.rows for c in row if c in _SKIPPED)
    if cells:
        found.append((2, f"{sum(cells.values())} cells {' '.join(sorted(cells))}"))
    if any("┋" in c for row in head.rows for c in row):
        found.append((1, "┋ between answers"))
    return found if numbered or older or len(own) > 1 else []


@platforms.register(
    "wenjuanxing",
    title={"en": "Wenjuanxing", "zh": "问卷星"},
    reference="Wenjuanxing exports by text, by number and by score",
    evidence="brute force: exports written by the tests; facts of real exports",
    marks=_evidence,
)
def wenjuanxing(survey: Survey) -> None:
    """Questions by their numbers, free text beside a choice in a column of its own, time in seconds."""
    groups: dict[str, list[int]] = defaultdict(list)
    points = _points(survey)
    for i, header in enumerate(survey.header):
        # a header that is broken in two lines has no blank there
        name = " ".join(_BROKEN.sub("", header.replace("\ufeff", "")).split())
        numbered, older = _NUMBERED.match(name), _OLDER.match(name)
        role = "" if numbered or older else _META.get(name.casefold(), "")
        if i in points:
            survey.describe(i, text=name, role="meta")
            continue
        text = numbered.group("rest").strip() or name if numbered else older.group("row") if older else name
        survey.describe(i, text=text, role=role)
        if role == "duration":
            _seconds(survey, i)
        elif not role:
            groups[(numbered or older or {"n": name})["n"]].append(i)
    if points:
        survey.guesses.append(
            f"{len(points)} columns hold the points of an exam's questions (得分): no answers, and no scales"
        )
    questions = [p for places in groups.values() for p in places]
    for place in questions:
        _own_words(survey, place)
    for place in questions:
        _missing(survey, place)
    for number, places in groups.items():
        older = _OLDER.match(" ".join(survey.header[places[0]].split()))
        if len(places) > 1 or older:
            _question(survey, number, places, f"第{number}题" if older else "")
    for place in questions:
        _several(survey, place)
    say_of_codes(survey, questions, {*_SKIPPED, *_CODES})


def _points(survey: Survey) -> set[int]:
    """The columns of an exam that hold the points of the question before them: several, or beside their total (总分)."""
    found = {i for i, h in enumerate(survey.header) if _POINTS.search(_NUMBER.sub("", " ".join(h.split())))}
    nothing = {"", *_SKIPPED, *_CODES}
    found = {i for i in found if all(_POINT.fullmatch(c.strip()) for c in set(survey.cells[i]) - nothing)}
    total = any(h.strip() == "总分" for h in survey.header)
    return found if len(found) > 1 or total else set()


def _seconds(survey: Survey, i: int) -> None:
    """ "1分23秒" as 83 seconds."""
    cells = []
    for cell in survey.cells[i]:
        parts = _TIME.match(cell.strip())
        if parts is None or not any(parts.groupdict().values()):
            cells.append(cell)
            continue
        h, m, s = (int(parts.group(k) or 0) for k in "hms")
        cells.append(str(h * 3600 + m * 60 + s))
    survey.cells[i] = cells
    survey.describe(i, text=f"{survey.fields[i].text}（秒）")


def _missing(survey: Survey, i: int) -> None:
    cells = {c.strip() for c in survey.cells[i]}
    words = {w: k for w, k in _SKIPPED.items() if w in cells}
    rest = cells - set(words) - {""}
    codes = {c for c in rest if c in _CODES}
    numbers = [c for c in rest - codes if re.fullmatch(r"-?\d{1,4}(\.\d+)?", c)]
    # among words a code can mean nothing else; among numbers it does where no other is below zero
    if codes and all(float(c) >= 0 for c in numbers):
        words |= {c: _CODES[c] for c in sorted(codes)}
    if words:
        survey.missing[i] = words


def _question(survey: Survey, number: str, places: list[int], title: str) -> None:
    """Columns of one number: a matrix, boxes of a multiple answer, or several blanks.

    The stem of a matrix stands in its first column only, before a dash; older exports have the question's number
    (``title``) instead. A blank beside the boxes takes the text of a choice.
    """
    texts = [survey.fields[p].text for p in places]
    stem, dash, first = (title, "", texts[0]) if title else texts[0].rpartition("—")
    if not dash and not title:
        row = re.match(r"(?P<stem>.*?)[(（](?P<row>[^()（）]+)[)）]\s*\Z", texts[0], re.DOTALL)
        stem, first = (row.group("stem"), row.group("row")) if row and row.group("stem") else ("", texts[0])
    stem = stem.rstrip("—- ")
    words = [first, *(_without(stem, t) for t in texts[1:])]
    words = [_ROW_NUMBER.sub("", w.strip()) or t for w, t in zip(words, texts, strict=True)]
    ask_together(survey, places, stem, words)
    if _RANKING.search(stem or texts[0]) and _are_ranks(survey, places):
        for place in places:
            survey.describe(place, role="rank")
        return
    absent = (*_SKIPPED, *_CODES)
    boxes, blanks = boxes_and_blanks([survey.cells[p] for p in places], words, absent)
    for k in blanks:
        survey.describe(places[k], role="text")
    if boxes:
        title = stem or words[0]
        join_boxes(
            survey, [places[k] for k in boxes], [words[k] for k in boxes], f"{number}、{title}", title, absent
        )


def _without(stem: str, text: str) -> str:
    rest = text.removeprefix(stem).lstrip("—- ") if stem else text
    row = _ROW.fullmatch(rest)
    return row.group("row") if row and not row.group("rest") else rest


def _own_words(survey: Survey, i: int) -> None:
    """The free text beside a choice, out of the cells into a column of its own."""
    texts = [_SEPARATOR.join(_OTHER.findall(c)) for c in survey.cells[i]]
    if any(texts):
        survey.cells[i] = [_OTHER.sub("", c).strip() if _OTHER.search(c) else c for c in survey.cells[i]]
        name = f"{' '.join(survey.header[i].split())}〖填空〗"
        survey.add(name, texts, Field(text=f"{survey.fields[i].text}〖填空〗", role="text"), i)


def _several(survey: Survey, i: int) -> None:
    """Choices of a multiple answer; rankings."""
    if survey.fields[i].role:
        return
    filled = [c for c in survey.cells[i] if c.strip() and c.strip() not in _SKIPPED]
    if sum(_ARROW in c for c in filled) * 2 > len(filled):
        _ranked(survey, i)
    elif any(_SEPARATOR in c for c in filled):
        ticks: Counter[str] = Counter()
        for cell in survey.cells[i]:
            if cell.strip() not in _SKIPPED:
                ticks.update({p.strip() for p in cell.split(_SEPARATOR) if p.strip()})
        choices = sorted(ticks, key=lambda c: (-ticks[c], c))
        numbers = all(c.isdigit() for c in choices)
        codes = {c: c for c in sorted(choices, key=int)} if numbers else _enumerated(choices)
        survey.describe(i, choices=codes, separator=_SEPARATOR)


def _are_ranks(survey: Survey, places: list[int]) -> bool:
    """Whether the columns hold places in an order: in each row different whole numbers from 1 up."""
    absent = {"", *_SKIPPED, *_CODES}
    seen = False
    for row in zip(*(survey.cells[p] for p in places), strict=True):
        given = [c.strip() for c in row if c.strip() not in absent]
        if not all(c.isdigit() and 1 <= int(c) <= len(places) for c in given) or len(set(given)) < len(given):
            return False
        seen = seen or len(given) > 1
    return seen


def _ranked(survey: Survey, i: int) -> None:
    """ "A→B→C" as the place of each choice, in a column of its own; what was not placed is blank."""
    orders = [[p.strip() for p in c.split(_ARROW) if p.strip()] for c in survey.cells[i]]
    absent = [c.strip() if c.strip() in _SKIPPED else "" for c in survey.cells[i]]
    first = len(survey.header)
    rank_columns(survey, i, orders, absent)
    words = {a: _SKIPPED[a] for a in absent if a}
    for place in range(first, len(survey.header)):
        survey.missing[place] = dict(words)


def _enumerated(choices: list[str]) -> dict[str, str]:
    return {str(k + 1): c for k, c in enumerate(choices)}
