"""What the words of answers and questions give away: an order, a kind of missing, a metric, a person.

Guesses for drafts, in English and Chinese. Labels are ranked by what they say (how strongly, in which
direction), not by lists of known scales, so that unusual wordings and unused answers fit too.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from surveykit.privacy import identifier_kind
from surveykit.questionnaire import tongues

__all__ = [
    "Ordered",
    "is_about_people",
    "is_chinese",
    "is_personal",
    "metric_for",
    "missing_kind",
    "ordered",
    "same",
]

_STRENGTH = (
    (3.0, r"extremely|completely|totally|strongly|absolutely|entirely|definitely|fully|a great deal|excellent|terrible|awful"),
    (2.5, r"very|highly|a lot"),
    (1.8, r"mostly|largely|generally|probably"),
    (1.5, r"quite|fairly|rather"),
    (1.3, r"moderately"),
    (1.0, r"somewhat|slightly|a little|a bit|mildly|partly|tend to"),
)  # fmt: skip
_AGAINST = (
    r"dissatisf\w*|unsatisf\w*|disagree\w*|unlikely|difficult\w*|hard|unimportant|poor\w*|bad\w*|unfavou?rabl\w*|unwilling"
    r"|uninterested|uncomfortable|negative\w*|unclear|unhappy|unfamiliar|terrible|awful|worse|dislike\w*|false|untrue"
)
_FOR = (
    r"satisf\w*|agree\w*|likely|easy|easily|important|good|well|excellent|favou?rabl\w*|willing|interested|comfortable|positive\w*"
    r"|clear\w*|happy|familiar|better|like|useful|helpful|confident|true|valuable|concerned|aware|influential|much|great deal"
)
_NEUTRAL = r"neither\b.*|neutral|undecided|no difference|so-so|average|fair|acceptable|ok|okay|about the same|in between"
_OFTEN = {
    "never": 0.0, "not at all": 0.0, "almost never": 1, "hardly ever": 1, "very rarely": 1, "rarely": 2, "seldom": 2,
    "once in a while": 3, "occasionally": 3, "sometimes": 4, "about half the time": 4.5, "regularly": 5, "frequently": 5.5,
    "often": 5.5, "most of the time": 6, "usually": 6, "very often": 6.2, "almost always": 7, "always": 8,
    "从不": 0, "从来不": 0, "从未": 0, "几乎不": 1, "几乎从不": 1, "很少": 2, "较少": 2, "偶尔": 3, "有时": 4, "有时候": 4,
    "较多": 5, "经常": 5.5, "常常": 5.5, "时常": 5.5, "通常": 6, "总是": 8, "一直": 8, "每次": 8,
}  # fmt: skip
_ZH_NEUTRAL = {
    "一般",
    "中立",
    "普通",
    "无所谓",
    "不好说",
    "尚可",
    "中等",
    "还行",
    "不确定",
    "说不清",
    "不置可否",
}
_ZH_STRENGTH = {
    "非常": 3.0, "十分": 3.0, "极其": 3.0, "极": 3.0, "完全": 3.0, "特别": 3.0, "绝对": 3.0, "很": 2.6, "": 2.0,
    "比较": 1.5, "较": 1.5, "基本": 1.4, "基本上": 1.4, "大致": 1.4, "有点": 1.0, "有些": 1.0, "略": 1.0, "稍": 1.0, "略微": 1.0,
}  # fmt: skip
_ZH_FOR = "满意|同意|赞同|认同|赞成|可能|愿意|容易|重要|符合|喜欢|了解|熟悉|信任|推荐|好|清楚|方便|有用|合理|积极|关注|高|多"
_ZH_AGAINST = "困难|难|差|糟糕|反对|讨厌|低|消极"
_ZH = re.compile(
    rf"(?P<s>{'|'.join(sorted(filter(None, _ZH_STRENGTH), key=len, reverse=True))})?(?P<n>不太|不大|不怎么|不|没)?"
    rf"(?:会)?(?:(?P<for>{_ZH_FOR})|(?P<against>{_ZH_AGAINST}))\Z"
)
_MISSING = (
    ("dont_know", r"(i )?(do not|don'?t|can'?t|cannot) (know|say|tell|remember|recall)|unsure|not sure|no opinion|no idea|dk|"
                  r"unfamiliar \(n/?a\)|never heard of.*|不知道|不清楚|不了解|没有意见|记不清"),
    ("refused", r"(i )?(would )?prefer not to (say|answer|disclose)|refused?|no comment"
                r"|拒绝回答|不愿回答|[(（]?不愿透露[)）]?|不便透露|保密"),
    ("not_shown", r"n/?a|n/a .*|not? applicable( to me)?|does not apply|no basis( for .*)?"
                  r"|did not participate|不适用|没有接触过|未使用过"),
    ("skipped", r"no answer|skipped|missing|未回答|未作答|缺失"),
)  # fmt: skip
_PERSONAL = (
    ("name", r"\b(first|last|full|your|respondent'?s?|sur|nick)[ _-]?name\b|^name$|姓名|名字|昵称|网名|称呼"),
    ("e-mail", r"\be-?mail\b|邮箱|电子邮件|邮件地址"),
    ("telephone", r"\b(tele)?phone( ?number)?$|\bmobile( ?(phone|number))?\b|\bcell( ?phone)? number\b"
                  r"|手机号|电话|联系方式"),
    ("address", r"\bip[ _-]?addr(ess)?\b|\bip$|\b(street|postal|home|mailing) address\b|家庭住址|详细地址|住址|收货地址"),
    ("coordinates", r"latitude\b|longitude\b|\b(gps|coordinates)\b|经度|纬度|坐标"),
    ("identity card", r"\b(passport|id card|social security|ssn|national id)\b|身份证|护照|学号|工号"),
    ("account", r"\bwe-?chat\b|\bqq\b|微信|openid|unionid|\bnetwork id\b|\bdevice ?id\b"),
)  # fmt: skip
_ASKED = re.compile(r"(留下|填写|输入|提供|please (enter|provide|leave|give)).{0,25}")
_CELLS_SEEN = 2_000
_PLACE_BEHIND = re.compile(r"\s*[(（][^()（）]*[)）]\Z")
_PEOPLE = re.compile(
    r"\b(gender|sex|age|age group|education|income|occupation|region|country|marital|race|ethnic\w*|employment|degree)\b"
    r"|性别|年龄|学历|教育程度|收入|职业|地区|省份|城市|婚姻|年级|培养层次",
    re.IGNORECASE,
)
_RECOMMEND = re.compile(r"\brecommend|\bnps\b|推荐", re.IGNORECASE)
_SATISFIED = re.compile(r"\bsatisf|满意", re.IGNORECASE)
_OVERALL = re.compile(r"\boverall\b|\ball in all\b|\bin general\b|总体|整体|总的来说", re.IGNORECASE)
_EFFORT = re.compile(
    r"\beffort\b|\bhow (easy|difficult)\b|made it easy|费力|费劲|省力|轻松|容易程度", re.IGNORECASE
)


@dataclass(frozen=True, slots=True)
class Ordered:
    """Labels as a scale: ``codes`` of the labels that occur, from 1, and ``points`` in all.

    ``missing`` are labels that mean no answer, with their kind. ``unused`` points were added because
    the opposite of an answer must have been on offer.
    """

    codes: dict[str, int]
    points: int
    missing: dict[str, str]
    unused: int


def same(label: str) -> str:
    """A label for comparing: no case, plain signs, no closing mark.

    >>> same("Don’t  know.")
    "don't know"
    """
    plain = unicodedata.normalize("NFKC", label).casefold().replace("’", "'").strip()
    return " ".join(plain.split()).rstrip(".。!！,，")


def is_chinese(text: str) -> bool:
    """Whether a text has Chinese characters."""
    return any("\u4e00" <= c <= "\u9fff" for c in text)


def missing_kind(label: str) -> str:
    """The kind of missing that a label means, "" for an answer.

    >>> missing_kind("Prefer not to say"), missing_kind("Yes")
    ('refused', '')
    """
    words = tongues.simplified(same(label))
    return next(
        (kind for kind, pattern in _MISSING if re.fullmatch(pattern, words)), ""
    ) or tongues.missing_in(same(label))


def ordered(labels: Iterable[str]) -> Ordered | None:
    """The labels as a scale from the least to the most, or None where they have no common order.

    >>> found = ordered(["Agree", "Strongly disagree", "Neutral", "Strongly agree", "Don't know"])
    >>> found.points, found.codes["Agree"], found.missing
    (5, 4, {"Don't know": 'dont_know'})
    """
    listed = list(labels)
    often = [_often(x) for x in listed]
    absent = {x: kind for x, o in zip(listed, often, strict=True) if o is None and (kind := missing_kind(x))}
    answers = [x for x in listed if x not in absent]
    absent = {x: k for x, k in absent.items() if tongues.simplified(same(x)) not in _ZH_NEUTRAL}
    ranks = {x: _often(x) for x in answers}
    one_way = all(r is not None for r in ranks.values())
    if not one_way:
        ranks = {x: _rank(x) for x in answers}
        if None in ranks.values() or len(set(ranks.values())) < len(ranks):
            elsewhere = tongues.ranks_in([same(x) for x in answers])
            ranks = ranks if elsewhere is None else dict(zip(answers, elsewhere, strict=True))
    known = [r for r in ranks.values() if r is not None]
    if len(answers) < 3 or len(known) < len(answers) or len(set(known)) < len(known):
        return None
    levels = set(known) if one_way else _both_sides(known, answers)
    order = {level: i + 1 for i, level in enumerate(sorted(levels))}
    codes = {x: order[r] for x, r in ranks.items() if r is not None}
    return Ordered(
        dict(sorted(codes.items(), key=lambda p: p[1])), len(levels), absent, len(levels) - len(known)
    )


def _often(label: str) -> float | None:
    words = same(label)
    if re.fullmatch(r"[★⭐🌟]+[☆]*", words):
        return float(len(words.rstrip("☆")))
    listed = _OFTEN.get(tongues.simplified(words))
    return tongues.often_in(words) if listed is None else listed


def _rank(label: str) -> float | None:
    words = tongues.simplified(same(label))
    if words in _ZH_NEUTRAL:
        return 0.0
    chinese = _ZH.fullmatch(words)
    if chinese:
        strength = _ZH_STRENGTH[chinese["s"] or ""]
        if chinese["n"] in {"不太", "不大", "不怎么"}:
            strength = 1.0
        against = bool(chinese["against"]) != bool(chinese["n"])
        return -strength if against else strength
    if re.fullmatch(rf"({_NEUTRAL})( \(.*\))?", words) or words.endswith("(neutral)"):
        return 0.0
    direction = (
        -1 if re.search(rf"\b({_AGAINST})\b", words) else 1 if re.search(rf"\b({_FOR})\b", words) else 0
    )
    if not direction or len(words.split()) > 6:
        return None
    strength = next((s for s, pattern in _STRENGTH if re.search(rf"\b({pattern})\b", words)), 2.0)
    denied = re.match(r"not (at all|very|so|really|too|that)?", words)
    if denied and direction > 0:
        return -3.0 if denied[1] == "at all" else -1.0 if denied[1] else -2.0
    return direction * strength


def _both_sides(known: Sequence[float], answers: Sequence[str]) -> set[float]:
    """The levels with the opposites that nobody chose, where a scale has two like sides."""
    levels = set(known)
    more, less = {r for r in levels if r > 0}, {-r for r in levels if r < 0}
    alike = more <= less or less <= more
    denied = any(re.match(r"not |nada |per n", same(a)) for a in answers)
    quality = any(re.search(r"\b(excellent|poor|good|fair)\b", same(a)) for a in answers)
    if not more or not less or not alike or denied or quality:
        return levels
    return levels | more | less | {-r for r in more | less}


def metric_for(text: str, low: int, high: int) -> str:
    """``nps``, ``csat``, ``ces`` or "" by wording and scale.

    >>> metric_for("How likely are you to recommend us?", 0, 10)
    'nps'
    """
    if _RECOMMEND.search(text) and (low, high) == (0, 10):
        return "nps"
    if _EFFORT.search(text) and (low, high) == (1, 7):
        return "ces"
    if _SATISFIED.search(text) and low == 1 and high in (5, 7, 10):
        return "csat"
    return ""


def is_overall(text: str) -> bool:
    """Whether a question asks about the whole."""
    return bool(_OVERALL.search(text))


def is_rated(text: str) -> bool:
    """Whether the words of a question ask for a degree."""
    return bool(
        _RECOMMEND.search(text) or _SATISFIED.search(text) or _EFFORT.search(text)
        or re.search(r"\bhow (likely|much|important|well|often|willing|good|would you rate)\b|\brate\b|\bscale (of|from)\b"
                     r"|同意|程度|评价|打分|评分|重要性", text, re.IGNORECASE)
    )  # fmt: skip


def is_about_people(text: str) -> bool:
    """Whether a question asks who the respondent is (gender, age, …) rather than what they think."""
    return bool(_PEOPLE.search(text)) and len(text) < 60


def is_personal(header: str, cells: Sequence[str]) -> str:
    """What personal data a column holds by its name or its cells, "" for none."""
    words = same(header)
    asked = words if len(words) < 60 else "".join(m[0] for m in _ASKED.finditer(words))
    found = next((kind for kind, pattern in _PERSONAL if re.search(pattern, asked)), "")
    if found:
        return found
    filled = [c.strip() for c in cells if c.strip()]
    kinds = Counter(identifier_kind(_PLACE_BEHIND.sub("", c)) for c in filled[:_CELLS_SEEN])
    kind, n = kinds.most_common(1)[0] if kinds else ("", 0)
    return kind if n >= 0.6 * sum(kinds.values()) else ""
