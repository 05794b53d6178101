"""LimeSurvey's kinds of questions as items: what its two structure formats have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field

from surveykit.questionnaire.draft import DraftItem, Words
from surveykit.responses.choices import OTHER
from surveykit.responses.definitions.common import GRID, Form, Said, plain_text, unknown

__all__ = ["OPTIONS_CLASS", "SCALE_CLASS", "Asked", "add"]

SCALE_CLASS, OPTIONS_CLASS = "surveykit-scale", "surveykit-options"
"""The css class of a list that is a response scale, and of one that is none whatever its words."""
_FIXED: Mapping[str, Mapping[str, tuple[str, str]]] = {
    "Y": {"Y": ("Yes", "是"), "N": ("No", "否")},
    "G": {"F": ("Female", "女"), "M": ("Male", "男")},
    "C": {"Y": ("Yes", "是"), "U": ("Uncertain", "不确定"), "N": ("No", "否")},
    "E": {"I": ("Increase", "增加"), "S": ("Same", "不变"), "D": ("Decrease", "减少")},
}
_POINTS = {"5": 5, "A": 5, "B": 10}
_LEFT = {
    "X": "texts without an answer",
    "I": "switches of language",
    "*": "values that the form computes",
    "|": "pictures, recordings and files",
}
_BESIDE = {
    "help": "hints",
    "mandatory": "questions that must be answered",
    "validation": "limits to answers",
    "preg": "limits to answers",
    "em_validation_q": "limits to answers",
    "em_validation_sq": "limits to answers",
    "min_answers": "limits to answers",
    "max_answers": "limits to answers",
    "default": "answers filled in beforehand",
    "array_filter": "rows that depend on other answers",
    "array_filter_exclude": "rows that depend on other answers",
    "random_order": "choices in random order",
    "answer_order": "choices in random order",
    "exclude_all_others": "choices that exclude the others",
    "hidden": "hidden questions",
}
_OFF = {"", "0", "N", "n", "normal", "1970-01-01"}


@dataclass(slots=True)
class Asked:
    """A question: its kind, words by language, sub-questions and answers by (scale, code), and further settings."""

    kind: str
    name: str
    text: Said
    other: Said | None = None
    parts: dict[tuple[str, str], Said] = field(default_factory=dict)
    answers: dict[tuple[str, str], Said] = field(default_factory=dict)
    facts: Mapping[str, str] = field(default_factory=dict)

    def listed(self, form: Form, of: Mapping[tuple[str, str], Said], scale: str = "0") -> dict[str, str]:
        """The codes of one of the two scales, with their words."""
        return {code: form.say(said) or code for (on, code), said in of.items() if on == scale}


def add(form: Form, asked: Asked, shown: str = "") -> None:
    """The items of a question; ``shown`` is the condition of its group."""
    known = len(form.draft.items)
    make = _MAKERS.get(asked.kind)
    text = form.say(asked.text) or asked.name
    if asked.kind in _LEFT:
        form.draft.leave(_LEFT[asked.kind], asked.name)
    elif make is None:
        form.add(asked.name, text, "text", unknown(asked.kind))
    else:
        make(form, asked, text)
    items = form.draft.items[known:]
    for condition in (shown, asked.facts.get("relevance", "")):
        if condition.strip() not in {"", "1"}:
            note = f"shown only if {plain_text(condition)}: blanks can mean not shown"
            for item in items:
                item.notes.append(note)
    for key, what in _BESIDE.items():
        if items and asked.facts.get(key, "").strip() not in _OFF:
            form.draft.leave(what, asked.name)
    if items and re.search(r"\{[^{}]+\}", items[0].text):
        items[0].notes.append("its words hold the answer to another question")


def _list(form: Form, asked: Asked, text: str) -> None:
    classes = asked.facts.get("cssclass", "").split()
    rated = SCALE_CLASS in classes or asked.kind in _POINTS
    choices = _choices(form, asked)
    item = form.choose(asked.name, text, choices, rated=None if OPTIONS_CLASS in classes else rated)
    if asked.other is not None and item.options:
        item.options.setdefault(OTHER, form.say(asked.other) or OTHER)
    elif asked.other is not None:
        form.draft.leave("answers in own words beside a scale", asked.name)
    if asked.kind == "O":
        form.draft.leave("comments beside a question", asked.name)


def _several(form: Form, asked: Asked, text: str) -> None:
    boxes = asked.listed(form, asked.parts)
    other = {} if asked.other is None else {OTHER: form.say(asked.other) or OTHER}
    form.several(asked.name, text, {**boxes, **other})
    if asked.kind == "P":
        form.draft.leave("comments beside a question", asked.name)


def _array(form: Form, asked: Asked, text: str) -> None:
    """Rows on one scale; in our own forms their codes are the names of items."""
    ours = SCALE_CLASS in asked.facts.get("cssclass", "").split()
    scales = ["0", "1"] if asked.kind == "1" else ["0"]
    for scale in scales:
        choices = _choices(form, asked, scale)
        items = []
        for code, own in asked.listed(form, asked.parts).items():
            name = f"{asked.name}_{code}" if scale == "0" else f"{asked.name}_{code}_{int(scale) + 1}"
            item = form.choose(code if ours else name, form.joined(own, text), choices, rated=True)
            headers = [f"{asked.name}[{code}]"]
            if asked.kind == "1":
                headers = [f"{asked.name}[{code}#{scale}]", f"{asked.name}[{code}][{int(scale) + 1}]"]
            _known_as(item, *headers)
            items.append(item)
        form.battery(f"{asked.name.removesuffix('grid')}{GRID}" if ours else asked.name, text, items)


def _cells(form: Form, asked: Asked, text: str) -> None:
    """A table of numbers (:) or texts (;): one item per cell."""
    across = asked.listed(form, asked.parts, "1")
    for code, own in asked.listed(form, asked.parts).items():
        for column, words in across.items():
            said = form.joined(words, form.joined(own, text))
            item = form.add(f"{asked.name}_{code}_{column}", said, "number" if asked.kind == ":" else "text")
            _known_as(item, f"{asked.name}[{code}_{column}]")


def _ranks(form: Form, asked: Asked, text: str) -> None:
    choices = _choices(form, asked) or asked.listed(form, asked.parts)
    for place in range(1, len(choices) + 1):
        item = form.choose(f"{asked.name}_{place}", form.joined(str(place), text), choices, rated=None)
        item.notes.append(f"what was put in place {place} of a ranking")
        _known_as(item, f"{asked.name}[{place}]")


def _number(form: Form, asked: Asked, text: str) -> None:
    low, high = (asked.facts.get(f"{end}_num_value_n", "") for end in ("min", "max"))
    if all(re.fullmatch(r"-?\d{1,6}", v, re.ASCII) for v in (low, high)) and int(low) < int(high):
        form.slide(asked.name, text, int(low), int(high))
    else:
        form.add(asked.name, text, "number")


def _fields(form: Form, asked: Asked, text: str) -> None:
    """A text, date or number, or several of them below one question."""
    type_ = {"K": "number", "D": "date"}.get(asked.kind, "text")
    parts = asked.listed(form, asked.parts) if asked.kind in "KQ" else {}
    for code, own in parts.items():
        item = form.add(f"{asked.name}_{code}", form.joined(own, text), type_)
        _known_as(item, f"{asked.name}[{code}]")
    if not parts:
        form.add(asked.name, text, type_)


def _choices(form: Form, asked: Asked, scale: str = "0") -> dict[str, str]:
    if asked.kind in _POINTS:
        return {str(n): str(n) for n in range(1, _POINTS[asked.kind] + 1)}
    fixed = _FIXED.get(asked.kind)
    if fixed is None:
        return asked.listed(form, asked.answers, scale)
    both = {"en", "zh"} & {form.draft.language, *asked.text}
    if form.draft.language == "zh":
        return {c: Words(zh, {"en": en}) if "en" in both else zh for c, (en, zh) in fixed.items()}
    return {c: Words(en, {"zh": zh}) if "zh" in both else en for c, (en, zh) in fixed.items()}


def _known_as(item: DraftItem, *headers: str) -> None:
    item.aliases = [a for a in dict.fromkeys([*item.aliases, *headers]) if a != item.id]


_Maker = Callable[[Form, Asked, str], None]
_MAKERS: Mapping[str, _Maker] = {
    **dict.fromkeys("L!OZ5YG", _list),
    **dict.fromkeys("MP", _several),
    **dict.fromkeys("ABCEFH1", _array),
    **dict.fromkeys(":;", _cells),
    **dict.fromkeys("KDSTUQ", _fields),
    "R": _ranks,
    "N": _number,
}
