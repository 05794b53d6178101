"""What a question is called in a chart, a caption, a sentence: its ``short``, or what tells it apart within its battery."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Mapping

from surveykit.format import printed_width
from surveykit.questionnaire.definitions import Questionnaire

__all__ = ["called"]

_PARTED = re.compile(r"(?P<stem>.*?(?::\s|：| [–—-] ))\s*(?P<rest>\S.*)", re.DOTALL)
_BATTERY = 3
_LEAST_STEM = 12
_ENDS = " ?？.。!！"


def called(q: Questionnaire) -> dict[str, dict[str, str]]:
    """What each item is called, by language: ``short``, else what follows the words it shares with its battery, else its text.

    Questions of one response scale make a battery where three or more begin alike up to a colon or a dash ("How do you
    rate: seat comfort?"). What follows is taken only if it names one question alone.

    >>> called(Questionnaire.load("nps"))["recommend"]["en"][:15]
    'How likely are '
    """
    names = {id_: dict(item.text) for id_, item in q.items.items()}
    for language in dict.fromkeys(k for item in q.items.values() for k in item.text):
        for id_, rest in _told_apart(q, language).items():
            names[id_][language] = rest
    for id_, item in q.items.items():
        names[id_] |= item.short
    return {id_: {k: v for k, v in words.items() if v} for id_, words in names.items()}


def _told_apart(q: Questionnaire, language: str) -> dict[str, str]:
    """Item: what follows the common beginning of its battery."""
    batteries: defaultdict[tuple[str, str], dict[str, str]] = defaultdict(dict)
    for id_, item in q.items.items():
        parted = _PARTED.fullmatch(item.text.get(language, "")) if item.scale is not None else None
        if parted and item.scale is not None and printed_width(parted["stem"]) >= _LEAST_STEM:
            rest = parted["rest"].rstrip(_ENDS)
            batteries[item.scale.id, parted["stem"]][id_] = rest[:1].upper() + rest[1:]
    batteries = defaultdict(dict, {k: v for k, v in batteries.items() if len(v) >= _BATTERY})
    uses = Counter(rest.casefold() for members in batteries.values() for rest in members.values())
    taken = _taken(q, language)
    return {
        id_: rest
        for members in batteries.values()
        if all(
            rest and uses[rest.casefold()] == 1 and rest.casefold() not in taken for rest in members.values()
        )
        for id_, rest in members.items()
    }


def _taken(q: Questionnaire, language: str) -> set[str]:
    """What else has a name: other questions, constructs, scores."""
    texts: list[Mapping[str, str]] = [words for i in q.items.values() for words in (i.text, i.short)]
    texts += [c.title for c in q.constructs.values()]
    texts += [m.title for m in q.metrics.values() if m.title]
    return {t[language].casefold() for t in texts if t.get(language)}
