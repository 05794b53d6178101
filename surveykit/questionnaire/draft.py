"""A questionnaire as it is drafted: what a machine could see, with comments for what a person must confirm."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from surveykit.questionnaire.writing import as_key, in_line, quoted

if TYPE_CHECKING:
    from surveykit.questionnaire.definitions import Questionnaire

__all__ = ["NO_LANGUAGE", "Draft", "DraftItem", "DraftScale", "Words", "item_id"]

NO_LANGUAGE = "zxx"
"""ISO 639: no linguistic content. A word of this "language" is a code of a platform."""
_PICTURES = re.compile("[\U0001f000-\U0001faff\u2600-\u27bf\ufe0f\u200d]")
_LONGEST_TEXT = 1900
_LONGEST_ID = 50
_HEADER = """\
# Drafted from {source}. Nothing was asked: what is marked "confirm" is a guess. Wording, scales and
# options can be changed here; `surveykit check questionnaire.yaml` finds mistakes.
"""


class Words(str):
    """A text that knows its words in other languages: equal texts of a form can be translated differently.

    >>> Words("Good", {"zh": "好"}).others
    {'zh': '好'}
    """

    others: Mapping[str, str]

    def __new__(cls, text: str, others: Mapping[str, str]) -> Words:
        """The text, with its words by language."""
        made = super().__new__(cls, text)
        made.others = dict(others)
        return made


@dataclass(slots=True)
class DraftScale:
    """A response scale: labels and codes of missing answers in one language."""

    low: int
    high: int
    labels: dict[int, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    numeric: bool = False
    note: str = ""

    def signature(self) -> tuple[Any, ...]:
        """What makes two scales the same."""
        return (
            self.low,
            self.high,
            tuple(
                sorted(
                    (code, w, *sorted(getattr(w, "others", {}).items())) for code, w in self.labels.items()
                )
            ),
            tuple(sorted(self.missing.items())),
            self.numeric,
        )


@dataclass(slots=True)
class DraftItem:
    """A question; ``stem`` is what it shares with the others of its battery, ``notes`` become comments."""

    id: str
    text: str
    type: str
    scale: str = ""
    options: dict[str, str] = field(default_factory=dict)
    missing: dict[str, str] = field(default_factory=dict)
    aliases: list[str] = field(default_factory=list)
    stem: str = ""
    notes: list[str] = field(default_factory=list)
    reverse: bool = False


@dataclass(slots=True)
class Draft:
    """A questionnaire before anybody has looked at it. :meth:`yaml` writes it.

    ``left_out`` names what the form has and a questionnaire has no place for, by kind. Texts stand in ``language``; a
    text that is no :class:`Words` has its other languages in ``words``, by the text.
    """

    id: str
    title: str
    language: str
    source: str
    items: list[DraftItem] = field(default_factory=list)
    scales: dict[str, DraftScale] = field(default_factory=dict)
    constructs: dict[str, tuple[str, list[str]]] = field(default_factory=dict)
    metrics: dict[str, dict[str, Any]] = field(default_factory=dict)
    groups: list[str] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    words: dict[str, dict[str, str]] = field(default_factory=dict)
    left_out: dict[str, list[str]] = field(default_factory=dict)
    version: str = "1"

    def leave(self, what: str, name: str) -> None:
        """Name something of a form that a questionnaire has no place for."""
        listed = self.left_out.setdefault(what, [])
        if name and name not in listed:
            listed.append(name)

    def summary(self) -> str:
        """What was read, what to confirm and what was left out, line by line."""
        kinds = Counter(item.type for item in self.items)
        lines = [
            f"{self.source}: {len(self.items)} items ({', '.join(f'{n} {k}' for k, n in kinds.items())})"
        ]
        lines += [f"  languages: {', '.join(self._languages())}", *(f"  {note}" for note in self.notes)]
        noted: dict[str, list[str]] = {}
        for item in self.items:
            for note in dict.fromkeys(item.notes):
                noted.setdefault(note, []).append(item.id)
        lines += [f"  {', '.join(items)}: {note}" for note, items in noted.items()]
        return "\n".join([*map(_one_line_in, lines), *(f"  {line}" for line in self._left())])

    def questionnaire(self) -> Questionnaire:
        """The draft as a questionnaire; raises :class:`SurveykitError` where it is none yet."""
        from surveykit.questionnaire.loading import from_text

        return from_text(self.yaml(), "questionnaire.yaml")

    def _left(self) -> list[str]:
        return [
            _one_line(f"not taken over, {what}: {', '.join(names)}" if names else f"not taken over, {what}")
            for what, names in self.left_out.items()
        ]

    def scale(self, wanted: DraftScale, name: str) -> str:
        """The id of a scale equal to ``wanted``, which is added under ``name`` if there is none."""
        for known, scale in self.scales.items():
            if scale.signature() == wanted.signature():
                return known
        taken, free = 2, name
        while free in self.scales:
            free, taken = f"{name}_{taken}", taken + 1
        self.scales[free] = wanted
        return free

    def yaml(self) -> str:
        """The draft as a questionnaire file with comments."""
        lines = [_HEADER.format(source=_one_line(self.source)).rstrip()]
        lines += [f"# {line}" for line in (*map(_one_line, self.notes), *self._left())]
        lines += [f"id: {as_key(self.id)}", f"title: {in_line(self._said(self.title))}"]
        lines += [f"version: {quoted(self.version)}", f"languages: [{', '.join(self._languages())}]"]
        if self.scales:
            lines += ["", "scales:", *(line for n, s in self.scales.items() for line in self._scale(n, s))]
        lines += ["", "items:", *(line for item in self.items for line in self._item(item))]
        if self.constructs:
            lines += ["", "# batteries with one stem and one scale; confirm that each measures one thing"]
            lines += ["constructs:"]
            for name, (title, items) in self.constructs.items():
                entry = {"title": self._said(title), "items": items}
                lines.append(f"  {name}: {in_line(entry)}")
        if self.metrics:
            lines += ["", "# by wording and scale; confirm", "metrics:"]
            lines += [f"  {name}: {in_line(entry)}" for name, entry in self.metrics.items()]
        if self.groups:
            lines += ["", f"groups: {in_line(self.groups)}"]
        return "\n".join(lines) + "\n"

    def _languages(self) -> list[str]:
        others = (language for said in self.words.values() for language in said)
        return [x for x in dict.fromkeys([self.language, *others]) if x != NO_LANGUAGE]

    def others(self, text: str) -> Mapping[str, str]:
        """A text in the other languages."""
        return text.others if isinstance(text, Words) else self.words.get(text, {})

    def _said(self, text: str) -> dict[str, str]:
        said = {self.language: str(text), **self.others(text)}
        return {language: self._text(words) for language, words in said.items() if words}

    def _text(self, text: str) -> str:
        # a report's fonts have no pictures; headers and answers are compared without them
        plain = " ".join(_PICTURES.sub(" ", text).split()) or text
        return plain if len(plain) <= _LONGEST_TEXT else plain[: _LONGEST_TEXT - 1] + "…"

    def _scale(self, name: str, scale: DraftScale) -> list[str]:
        lines = [f"  {name}:" + (f"  # {_one_line(scale.note)}" if scale.note else "")]
        lines += [f"    min: {scale.low}", f"    max: {scale.high}"]
        if scale.numeric:
            lines.append("    kind: numeric")
        if scale.labels:
            lines.append("    labels:")
            lines += [f"      {code}: {in_line(self._said(w))}" for code, w in sorted(scale.labels.items())]
        return lines + _missing(scale.missing, "    ")

    def _item(self, item: DraftItem) -> list[str]:
        lines = [f"  # {_one_line(note)}" for note in dict.fromkeys(item.notes)]
        lines += [f"  {item.id}:", f"    text: {in_line(self._said(item.text))}"]
        if item.scale:
            lines.append(f"    scale: {item.scale}")
            lines += ["    reverse: true"] if item.reverse else []
        elif item.type != "single" or not item.options:
            lines.append(f"    type: {item.type}")
        if item.options:
            lines.append("    options:")
            lines += [f"      {quoted(code)}: {in_line(self._said(w))}" for code, w in item.options.items()]
        lines += _missing(item.missing, "    ")
        if item.aliases:
            lines.append(f"    aliases: {in_line([self._text(a) for a in item.aliases])}")
        return lines


def _missing(codes: Mapping[str, str], indent: str) -> list[str]:
    if not codes:
        return []
    listed = "{" + ", ".join(f"{quoted(code)}: {kind}" for code, kind in codes.items()) + "}"
    return [f"{indent}missing: {listed}  # confirm: no answers, and of this kind?"]


def _one_line_in(text: str) -> str:
    """One line that keeps its indent."""
    return text[: len(text) - len(text.lstrip())] + _one_line(text)


def _one_line(text: str) -> str:
    return "".join(c for c in " ".join(text.split()) if c.isprintable())


def item_id(name: str, fallback: str, taken: Collection[str]) -> str:
    """An id for an item: the column's name where it can be one, else ``fallback``, made unique.

    >>> item_id("Q3_1", "q1", set()), item_id("How old are you?", "q2", {"q2"})
    ('Q3_1', 'q2_2')
    """
    plain = re.sub(r"[^A-Za-z0-9]+", "_", name).strip("_")
    fits = re.fullmatch(r"[A-Za-z]\w*", plain) and len(plain) <= _LONGEST_ID and plain != "NA"
    short = len(name) <= _LONGEST_ID and name.count(" ") < 2 and name.isascii()
    base = plain if fits and short else fallback
    folded = {t.casefold() for t in taken}
    free, number = base, 2
    while free.casefold() in folded:
        free, number = f"{base}_{number}", number + 1
    return free
