"""The registry of rules, and what every rule needs: strength in words, cautions, one constructor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Number, Strength, Text, fill, join
from surveykit.registry import Registry
from surveykit.results import Check

__all__ = [
    "CAUTION",
    "CLOSENESS",
    "SIZE",
    "STRENGTH",
    "Rule",
    "cautioned",
    "findings_of",
    "make",
    "rules",
    "size_of",
    "strength_of",
]

Rule = Callable[[Document], Iterable[Finding]]
rules: Registry[Rule] = Registry("finding")

STRENGTH: Mapping[str, Mapping[str, str]] = {
    "strong": {"en": "strong evidence", "zh": "证据充分"},
    "moderate": {"en": "moderate evidence", "zh": "证据中等"},
    "weak": {"en": "weak evidence", "zh": "证据较弱"},
    "none": {"en": "no evidence", "zh": "没有证据"},
    "refused": {"en": "do not interpret", "zh": "请勿解读"},
}

SIZE: Mapping[str, Mapping[str, str]] = {
    "large": {"en": "closely", "zh": "高度"},
    "medium": {"en": "clearly", "zh": "中度"},
    "small": {"en": "loosely", "zh": "弱"},
    "tiny": {"en": "very loosely", "zh": "极弱"},
}

CLOSENESS: Mapping[str, Mapping[str, str]] = {
    "large": {"en": "close", "zh": "密切"},
    "medium": {"en": "clear", "zh": "较为明显"},
    "small": {"en": "loose", "zh": "较弱"},
    "tiny": {"en": "very loose", "zh": "很弱"},
}
"""The same sizes in everyday words."""

CAUTION = {"en": "Read with caution: {words}", "zh": "请谨慎解读：{words}"}
_CUT_SIZE = ((0.5, "large"), (0.3, "medium"), (0.1, "small"), (0.0, "tiny"))


@cache
def _catalogue() -> Registry[Rule]:
    """The registry with every rule of this package and of other distributions in it."""
    rules.discover("surveykit.findings")
    return rules


def findings_of(document: Document) -> tuple[Finding, ...]:
    """Every rule's findings on a document, the most important first; the same every time."""
    found = [f for entry in _catalogue() for f in entry.function(document)]
    return tuple(sorted(found, key=lambda f: (-f.importance, f.id)))


def strength_of(estimate: float | None, low: float | None, high: float | None, null: float = 0.0) -> Strength:
    """How strong the evidence is that a value differs from ``null``, by its interval.

    None where the interval holds ``null``; strong where the interval's near end keeps at least half
    of the estimate's distance, moderate where it keeps a quarter, else weak.

    >>> strength_of(0.4, 0.3, 0.5), strength_of(0.4, 0.02, 0.78), strength_of(0.1, -0.1, 0.3)
    ('strong', 'weak', 'none')
    """
    if estimate is None or low is None or high is None or low <= null <= high:
        return "none"
    near = min(abs(low - null), abs(high - null)) / max(abs(estimate - null), 1e-300)
    return "strong" if near >= 0.5 else "moderate" if near >= 0.25 else "weak"


def size_of(coefficient: float, words: Mapping[str, Mapping[str, str]] = SIZE) -> Mapping[str, str]:
    """The adverb for a standardised coefficient or a correlation (limits .10, .30, .50)."""
    name = next(name for cut, name in _CUT_SIZE if abs(coefficient) >= cut)
    return words[name]


def cautioned(
    text: Text, document: Document, result: str, about: Iterable[str], further: Sequence[Check] = ()
) -> tuple[Text, tuple[Check, ...]]:
    """The sentence with the cautions that concern it, and those checks.

    A caution without names concerns every sentence about its result; ``further`` are cautions that a
    rule adds itself.
    """
    names = set(about)
    chosen = [
        (check, label)
        for check, label in document.checks(result)
        if check.level == "caution" and (not check.about or names & _names(check))
    ]
    sentences = [fill(CAUTION, words=label) for _, label in chosen]
    sentences += [fill(CAUTION, words=dict(check.texts)) for check in further]
    return join(text, *sentences), (*(check for check, _ in chosen), *further)


def _names(check: Check) -> set[str]:
    """The variables that a check speaks of (``loy~sat`` names two)."""
    found: set[str] = set()
    for entry in check.about:
        for operator in ("=~", "<~", "~~", ":=", "~"):
            entry = entry.replace(operator, " ")
        found.update(entry.split())
    return found


def make(id: str, section: str, importance: float, strength: Strength, text: Text, **further: Any) -> Finding:
    """A finding whose numbers are those of its text."""
    numbers: dict[str, Number] = {}
    for part in text["en"]:
        if isinstance(part, Number) and part.key not in {n.key for n in numbers.values()}:
            numbers[part.key.rsplit("/", 1)[-1] + (f"_{len(numbers)}" if numbers else "")] = part
    return Finding(id, section, importance, strength, text, numbers=numbers, **further)


def interval(row: Row, format: str, document: Document) -> dict[str, Number]:
    """The holes ``estimate low high level n`` of a row."""
    return {
        "estimate": row.number("estimate", format),
        "low": row.number("low", format),
        "high": row.number("high", format),
        "level": document.level,
        "n": row.number("n", "count"),
    }


__all__ += ["interval"]
