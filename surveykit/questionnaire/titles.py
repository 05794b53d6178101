"""What a draft is called and how its parts are told apart: a title out of a file's name, no two questions of one text."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping, Sequence

from surveykit.questionnaire.draft import Draft

__all__ = ["in_order_of_schooling", "other_in", "places_in", "tell_apart", "title_of"]

_WRITTEN = (
    r"[_ ][A-Z][a-z]+ \d{1,2}, \d{4}[_ ]\d{1,2}\.\d{2}\Z",  # Qualtrics: …_June 3, 2024_10.15
    r"\s*\((?:Responses|Antworten|réponses|respuestas|respostas|risposte|回复|回覆|回答)\)(?:\s*-\s*.*)?\Z",  # Google Forms
    r"[_ ]+-[_ ]+(?:all[_ ]versions|latest[_ ]version).*\Z",  # KoBo
    r"\A\d{5,}_(?:按文本|按序号|按选项序号|按分数)_|(?<=.)_\d+_\d+\Z",  # 问卷星: 123456_按文本_…_98_98
    r"(?<=.)\s*\(\d{1,2}\)\Z",  # a browser's second download
)
_OTHER = {
    "en": "Other", "zh": "其他", "zh-Hant": "其他", "de": "Sonstiges", "fr": "Autre", "es": "Otro", "pt": "Outro", "it": "Altro",
    "nl": "Anders", "ja": "その他", "ko": "기타", "ru": "Другое",
}  # fmt: skip
_PLACES = {
    "en": ("first", "last"), "zh": ("第一位", "最后一位"), "zh-Hant": ("第一位", "最後一位"), "de": ("erster", "letzter"),
    "fr": ("premier", "dernier"), "es": ("primero", "último"), "pt": ("primeiro", "último"), "it": ("primo", "ultimo"),
    "nl": ("eerste", "laatste"), "ja": ("1位", "最下位"),
}  # fmt: skip
_SCHOOLING = (
    (0.0, r"\bno (?:formal )?(?:education|schooling)|未上过学|文盲"),
    (1.0, r"less than high school|\bprimary|\belementary|小学|小學"),
    (2.0, r"\bmiddle school|\blower secondary|初中|国中|國中"),
    (3.0, r"\bhigh school|\bsecondary|\bged\b|高中|中专|中職|中职|职高|技校"),
    (4.0, r"\bsome college|\bassociate|\bvocational|\btrade school|大专|專科|专科"),
    (5.0, r"\bbachelor|\bundergraduate|\bcollege|本科|学士|學士|^大学$|^大學$"),
    (7.0, r"\bdoctor|\bph\.?d|博士"),
    (6.0, r"\bmaster|\bgraduate|\bpostgraduate|硕士|碩士|研究生"),
)
_LEAST_STEPS = 3


def title_of(name: str) -> str:
    """A title out of the name of a file, without what platforms and browsers add to it.

    >>> title_of("Staff_survey_2024"), title_of("Course+feedback_June 3, 2024_10.15"), title_of("2381_按文本_满意度调查_98_98")
    ('Staff survey 2024', 'Course feedback', '2381 按文本 满意度调查')
    >>> title_of("23810011_按文本_满意度调查_98_98")
    '满意度调查'
    """
    said = name.replace("+", " ")
    for pattern in _WRITTEN:
        said = re.sub(pattern, "", said, flags=re.IGNORECASE) or said
    return " ".join(said.replace("_", " ").split()) or name


def other_in(language: str) -> str:
    """The word for an answer beside the options."""
    return _OTHER.get(language, _OTHER["en"])


def places_in(language: str) -> tuple[str, str]:
    """The words for the first and the last place of a ranking."""
    return _PLACES.get(language, _PLACES["en"])


def tell_apart(draft: Draft, columns: Mapping[str, str] | None = None) -> None:
    """Questions and constructs that have the same text get their id behind it, so that no sentence speaks of X and X.

    ``columns`` (item to column) keeps those bound that were found by their text.
    """
    same = Counter(str(i.text) for i in draft.items)
    for item in draft.items:
        if same[str(item.text)] > 1 and type(item.text) is str:
            item.text = f"{item.text} [{item.id}]"
            column = (columns or {}).get(item.id, item.id)
            item.aliases = item.aliases or ([column] if column != item.id else [])
    titled = defaultdict(list)
    for name, (title, _) in draft.constructs.items():
        titled[str(title)].append(name)
    for title, names in titled.items():
        for name in names if len(names) > 1 and type(draft.constructs[names[0]][0]) is str else ():
            draft.constructs[name] = (f"{title} [{name.removesuffix('_all')}]", draft.constructs[name][1])


def in_order_of_schooling(words: Sequence[str]) -> list[str]:
    """Degrees of education from the lowest; the words as they are where one of them is none.

    >>> in_order_of_schooling(["Bachelor degree", "High school degree", "Less than high school degree"])
    ['Less than high school degree', 'High school degree', 'Bachelor degree']
    """
    ranks = {}
    for word in words:
        rank = next((r for r, pattern in _SCHOOLING if re.search(pattern, word, re.IGNORECASE)), None)
        if rank is None:
            return list(words)
        ranks[word] = (
            rank + 0.5 * bool(re.search("以上|or higher|or above|or more", word)) - 0.5 * ("以下" in word)
        )
    return sorted(words, key=ranks.__getitem__) if len(set(ranks.values())) >= _LEAST_STEPS else list(words)
