"""What all forms need of a question: its choices with those for no answer, and its words by language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from surveykit.format import pick
from surveykit.questionnaire import Item, Questionnaire
from surveykit.questionnaire.definitions import Frozen, Texts

__all__ = ["CANNOT_ANSWER", "Choice", "asked_items", "choices", "in_languages", "languages_of", "not_offered"]

CANNOT_ANSWER: Mapping[str, Texts] = {
    "dont_know": Frozen({"en": "Don't know", "zh": "不知道"}),
    "refused": Frozen({"en": "Prefer not to say", "zh": "不愿回答"}),
    "not_shown": Frozen({"en": "Not applicable", "zh": "不适用"}),
}
"""What a respondent may choose in place of an answer. What was skipped is blank: nobody chooses it."""


@dataclass(frozen=True, slots=True)
class Choice:
    """A choice of a question: its code, its words, and the kind of missing where it is no answer."""

    code: str
    texts: Texts
    kind: str = ""


def asked_items(q: Questionnaire) -> list[Item]:
    """The items that are put to respondents: not the weight, which is computed afterwards."""
    return [item for name, item in q.items.items() if name != q.weight]


def choices(item: Item) -> list[Choice]:
    """The answers of a question in their order, then those for no answer, one of each kind."""
    found: list[Choice] = []
    if item.scale is not None:
        points = range(item.scale.min, item.scale.max + 1)
        found = [Choice(str(p), item.scale.labels.get(p, Frozen())) for p in points]
    found += [Choice(code, texts) for code, texts in item.options.items()]
    for code, kind in item.missing.items():
        if kind in CANNOT_ANSWER and kind not in {c.kind for c in found}:
            found.append(Choice(code, CANNOT_ANSWER[kind], kind))
    return found


def languages_of(q: Questionnaire, first: str) -> list[str]:
    """The languages of a questionnaire, the one wanted first."""
    return [first, *(language for language in q.languages if language != first)]


def in_languages(texts: Mapping[str, str], languages: list[str], default: str = "") -> dict[str, str]:
    """Words in each language; what is not translated stands as in the first."""
    return {language: pick(texts, language) or default for language in languages}


def not_offered(q: Questionnaire) -> tuple[str, ...]:
    """What a form does not ask: codes for no answer that are no choice on it."""
    unsaid: dict[str, list[str]] = {}
    for item in asked_items(q):
        offered = {c.code for c in choices(item)}
        for code, kind in item.missing.items():
            if item.scale is not None and item.scale.kind == "numeric":
                unsaid.setdefault("a slider offers no answer such as don't know", []).append(item.id)
            elif item.type in {"scale", "single", "multi"} and code not in offered:
                why = f"{code} ({kind}) is no choice on the form"
                unsaid.setdefault(why, []).append(item.id)
    return tuple(f"{why}: {', '.join(dict.fromkeys(items))}" for why, items in unsaid.items())
