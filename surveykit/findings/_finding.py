"""A sentence as data: what is said, the numbers behind it, the checks that qualify it.

A statement is a template with ``{name}`` holes, in every language. What fills a hole is a
:class:`Number` (a value of ``results.json`` with its key and its format), a :class:`Label` (a name
that the questionnaire gave, or the words of a check) or plain words in each language.
"""

from __future__ import annotations

import string
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from surveykit import format as fmt
from surveykit.format import HANT, LANGUAGES, pick, printed_width
from surveykit.results import Check

__all__ = [
    "FORMATS",
    "Finding",
    "Label",
    "Number",
    "Part",
    "Strength",
    "Text",
    "fill",
    "format_in",
    "join",
    "plain",
    "quoted_in",
    "spoken",
    "unstopped",
]

Strength = Literal["strong", "moderate", "weak", "none", "refused"]

FORMATS: Mapping[str, Callable[[Any], str]] = {
    "count": fmt.count,
    "number0": lambda v: fmt.number(v, 0),
    "number1": lambda v: fmt.number(v, 1),
    "number2": lambda v: fmt.number(v, 2),
    "number3": lambda v: fmt.number(v, 3),
    "signed0": lambda v: fmt.number(v, 0, signed=True),
    "signed1": lambda v: fmt.number(v, 1, signed=True),
    "signed2": lambda v: fmt.number(v, 2, signed=True),
    "unit2": lambda v: fmt.unit_number(v, 2),
    "unit3": lambda v: fmt.unit_number(v, 3),
    "percent0": lambda v: fmt.percent(v, 0),
    "percent1": lambda v: fmt.percent(v, 1),
    "p": fmt.p_value,
    "p_cell": lambda v: fmt.p_value(v).removeprefix("= "),
    "p_full": lambda v: fmt.zero_led(fmt.p_value(v)),
    "p_cell_full": lambda v: fmt.zero_led(fmt.p_value(v).removeprefix("= ")),
    "integer": lambda v: str(int(v)),
    "text": str,
}

# Chinese keeps the zero before the point (GB/T 15835), where APA leaves it out.
_ZERO_LED = {"unit2": "number2", "unit3": "number3", "p": "p_full", "p_cell": "p_cell_full"}


def format_in(format: str, language: str) -> str:
    """The name of the format that stands for ``format`` in a language.

    >>> format_in("unit2", "en"), format_in("unit2", "zh")
    ('unit2', 'number2')
    """
    return _ZERO_LED.get(format, format) if fmt.chinese(language) else format


@dataclass(frozen=True, slots=True)
class Number:
    """A value as it is shown: ``key`` is its JSON pointer into ``results.json``.

    >>> Number(0.4123, "percent0", "/results/scores/tidy/0/estimate").text()
    '41%'
    """

    value: Any
    format: str
    key: str

    def text(self, language: str = "en") -> str:
        """The value through the one rounding rule, as ``language`` writes it; – where there is none."""
        if self.value is None:
            return fmt.MISSING
        return FORMATS[format_in(self.format, language)](self.value)

    def to_dict(self) -> dict[str, Any]:
        """The number as plain data."""
        return {"value": fmt.published(self.value), "format": self.format, "key": self.key}


@dataclass(frozen=True, slots=True)
class Label:
    """Words that were given: by the questionnaire, by a check. ``key`` + ``/language`` names them."""

    texts: Mapping[str, str]
    key: str = ""

    def text(self, language: str) -> str:
        """The words in ``language``, else in the language there is."""
        return pick(self.texts, language)

    def language(self, language: str) -> str:
        """The language in which :meth:`text` answers."""
        if self.texts.get(language) or (language == HANT and self.texts.get("zh")):
            return language
        return "en" if self.texts.get("en") else next((k for k, v in self.texts.items() if v), language)


Part = str | Number | Label
_SENTENCE = ("?", "？", ".", "。", "!", "！", "…")
_LONG = 50
_OPENED = ("“", "「", '"', "‘")
Text = Mapping[str, tuple[Part, ...]]


def fill(templates: Mapping[str, str], **holes: Any) -> Text:
    """Every language's template with its holes filled, as parts.

    A hole takes a :class:`Number`, a :class:`Label`, words in each language, or a text that was
    filled before. A hole that nothing fills is a bug of the rule.

    >>> text = fill({"en": "n = {n}.", "zh": "n = {n}。"}, n=Number(250, "count", "/rows/used"))
    >>> plain(text, "zh")
    'n = 250。'
    """
    return {language: tuple(_parts(templates[language], language, holes)) for language in LANGUAGES}


def _parts(template: str, language: str, holes: Mapping[str, Any]) -> list[Part]:
    parts: list[Part] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        literal = unstopped(literal, parts, language)
        if literal:
            parts.append(literal)
        if name is None:
            continue
        value = holes[name]
        if isinstance(value, Label):
            parts.extend(quoted_in(value, language, literal))
        elif isinstance(value, Number):
            parts.append(value)
        elif isinstance(value, Mapping):
            words = value[language]
            parts.extend([words] if isinstance(words, str) else words)
        else:
            raise TypeError(f"hole {name!r} takes a Number, a Label or words, not {type(value).__name__}")
    return _merged(parts)


def quoted_in(label: Label, language: str, before: str) -> tuple[Part, ...]:
    """A label as it stands in a sentence: one that is a sentence itself ("How was it?") or as long is quoted once.

    >>> plain({"en": quoted_in(Label({"en": "How was it?"}, "/labels/q1"), "en", "Look at ")}, "en")
    '“How was it?”'
    """
    text = label.text(language)
    asked = label.key.startswith("/labels/") and (text.endswith(_SENTENCE) or printed_width(text) > _LONG)
    if not asked or before.endswith(_OPENED):
        return (label,)
    return ("「", label, "」") if language == HANT else ("“", label, "”")


def unstopped(literal: str, parts: Sequence[Any], language: str) -> str:
    """What follows the parts, without a full stop where a quoted sentence just ended with one."""
    quoted = len(parts) > 1 and parts[-1] in ("”", "」") and isinstance(parts[-2], Label)
    if quoted and literal[:1] in (".", "。") and parts[-2].text(language).endswith(_SENTENCE):
        return literal[1:]
    return literal


def _merged(parts: list[Part]) -> list[Part]:
    merged: list[Part] = []
    for part in parts:
        last = merged[-1] if merged else None
        if isinstance(part, str) and isinstance(last, str):
            merged[-1] = last + part
        elif part != "":
            merged.append(part)
    return merged


def join(*texts: Text) -> Text:
    """Sentences one after the other; English puts a space between them, Chinese none."""
    joined: dict[str, tuple[Part, ...]] = {}
    for language in LANGUAGES:
        parts: list[Part] = []
        for text in texts:
            if parts and language != "zh" and text[language]:
                parts.append(" ")
            parts.extend(text[language])
        joined[language] = tuple(_merged(parts))
    return joined


def plain(text: Text, language: str) -> str:
    """The text as a string (for alt texts and JSON)."""
    return "".join(_word(p, language) for p in spoken(text, language))


def spoken(text: Text, language: str) -> tuple[Part, ...]:
    """The parts of a text in ``language``; Traditional characters are made from the Simplified ones."""
    if language in text or language != HANT:
        return text[language]
    # The whole sentence is converted at once: what a character means is decided by its neighbours, also across a hole.
    whole = "".join(p if isinstance(p, str) else "{}" for p in text["zh"])
    words = iter(pick({"zh": whole}, HANT).split("{}"))
    made: list[Part] = [next(words)]
    for part in text["zh"]:
        if not isinstance(part, str):
            made += [part, next(words)]
    return tuple(p for p in made if p != "")


def _word(part: Part, language: str) -> str:
    return part if isinstance(part, str) else part.text(language)


@dataclass(frozen=True, slots=True)
class Finding:
    """One statement of a report.

    ``importance`` (0–100) ranks it for page one; ``strength`` is the evidence behind it; ``about``
    names what it speaks of; ``checks`` qualify it; ``figure`` and ``table`` name what shows it. ``brief``
    says the same in everyday words, for page one.
    """

    id: str
    section: str
    importance: float
    strength: Strength
    texts: Text
    about: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    figure: str | None = None
    table: str | None = None
    numbers: Mapping[str, Number] = field(default_factory=dict)
    brief: Text | None = None

    def text(self, language: str) -> str:
        """The statement in ``language``."""
        return plain(self.texts, language)

    def to_dict(self) -> dict[str, Any]:
        """The finding as plain data, for ``results.json``."""
        return {
            "id": self.id,
            "section": self.section,
            "importance": self.importance,
            "strength": self.strength,
            "texts": {language: self.text(language) for language in LANGUAGES},
            "brief": {language: plain(self.brief or self.texts, language) for language in LANGUAGES},
            "about": list(self.about),
            "numbers": {name: n.to_dict() for name, n in self.numbers.items()},
            "checks": [c.code for c in self.checks],
            "figure": self.figure,
            "table": self.table,
        }
