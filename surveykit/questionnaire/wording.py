"""What the words of answers and questions give away: an order, a kind of missing, a metric, a person.

Guesses for drafts, in English and Chinese. Labels are ranked by what they say (how strongly, in which
direction), not by lists of known scales, so that unusual wordings and unused answers fit too.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from surveykit.questionnaire import ladders, tongues
from surveykit.questionnaire.asking import is_about_people, is_overall, is_personal, is_rated, metric_for
from surveykit.questionnaire.tongues import same

__all__ = [
    "Ordered",
    "is_about_people",
    "is_chinese",
    "is_overall",
    "is_personal",
    "is_rated",
    "metric_for",
    "missing_kind",
    "ordered",
    "same",
    "towards",
]

_STRENGTH = (
    (3.0, r"extremely|completely|totally|strongly|absolutely|entirely|definitely|fully|a great deal|excellent|terrible|awful"),
    (2.5, r"very|highly|a lot|great"),
    (1.8, r"mostly|largely|generally|probably"),
    (1.5, r"quite|fairly|rather"),
    (1.3, r"moderately"),
    (1.0, r"somewhat|slightly|a little|a bit|mildly|partly|tend to"),
)  # fmt: skip
_AGAINST = (
    r"dissatisf\w*|unsatisf\w*|disagree\w*|unlikely|difficult\w*|hard|unimportant|poor\w*|bad\w*|unfavou?rabl\w*|unwilling"
    r"|uninterested|uncomfortable|negative\w*|unclear|unhappy|unfamiliar|terrible|awful|worse|dislike\w*|false|untrue|low"
)
_FOR = (
    r"satisf\w*|agree\w*|likely|easy|easily|important|good|well|excellent|favou?rabl\w*|willing|interested|comfortable|positive\w*"
    r"|clear\w*|happy|familiar|better|like|useful|helpful|confident|true|valuable|concerned|aware|influential|much"
    r"|great(?: deal)?|high"
)
_NEUTRAL = (
    r"neither\b.*|neutral|undecided|no difference|so-so|average|fair|acceptable|ok|okay|about the same|in between"
    r"|medium|moderate"
)
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
_WEAK = 1.8
_MISSING = (
    ("dont_know", r"(i )?(do not|don'?t|can'?t|cannot) (know|say|tell|remember|recall)|unsure|not sure|no opinion|no idea|dk|"
                  r"unfamiliar \(n/?a\)|never heard of.*|不知道|不清楚|不了解|没有意见|记不清"),
    ("refused", r"(i )?(would )?prefer not to (say|answer|disclose)|refused?|no comment"
                r"|拒绝回答|不愿回答|[(（]?不愿透露[)）]?|不便透露|保密"),
    ("not_shown", r"n/?a|n/a .*|not? applicable( to me)?|does not apply|no basis( for .*)?"
                  r"|did not participate|不适用|没有接触过|未使用过|[(（]?跳过[)）]?"),
    ("skipped", r"no answer|skipped|missing|未回答|未作答|缺失|[(（]?空[)）]?"),
)  # fmt: skip


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
            words = [same(x) for x in answers]
            rungs = ladders.rungs_in([w.replace("ß", "ss").translate(tongues.ARABIC) for w in words])
            one_way = rungs is not None
            elsewhere = rungs or tongues.ranks_in(words)
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


def towards(low: str, high: str) -> int:
    """Whether the words at the ends of a scale rise (1), fall (−1) or do not show it (0).

    >>> towards("Extremely dissatisfied", "Extremely satisfied"), towards("非常同意", "非常不同意"), towards("cold", "warm")
    (1, -1, 0)
    """
    ranks = [_rank(w) for w in (low, high)]
    if None in ranks:
        elsewhere = tongues.ranks_in([same(low), same(high)])
        ranks = list(elsewhere) if elsewhere else ranks
    first, last = ranks
    if first is None or last is None or first == last:
        return 0
    return 1 if first < last else -1


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
    """The levels with the opposites that nobody chose, where a scale has two like sides.

    It has where one side's words are among the other's ("not very" and "rather" are opposites), or where a middle was on
    offer: then both sides have as many points.
    """
    levels = set(known)
    denied = any(re.match(r"not |nada |per n", same(a)) for a in answers)
    quality = any(re.search(r"\b(excellent|poor|good|fair)\b", same(a)) for a in answers)
    more, less = sorted(r for r in levels if r > 0), sorted(-r for r in levels if r < 0)
    if denied or quality or not (more or less):
        return levels
    longer, shorter = (more, less) if len(more) >= len(less) else (less, more)
    weak = [[r for r in side if r <= _WEAK] for side in (longer, shorter)]
    alike = {*shorter} <= {*longer}
    if (
        not alike and len(weak[0]) == len(weak[1]) == 1
    ):  # the weak words of two sides are opposites, whatever they are
        alike = {*shorter} - {*weak[1]} <= {*longer} - {*weak[0]}
        shorter = sorted({*shorter} - {*weak[1]} | {*weak[0]})
    if not alike or not (shorter or 0.0 in levels):
        return levels
    sign = 1.0 if longer is more else -1.0
    added = {-sign * r for r in longer if r not in shorter}
    return levels | added
