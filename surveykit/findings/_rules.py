"""The registry of rules, and what every rule needs: strength in words, cautions, one constructor."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import cache
from typing import Any

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Label, Number, Part, Strength, Text, fill, join
from surveykit.format import LANGUAGES
from surveykit.registry import Registry
from surveykit.results import Check

__all__ = [
    "CAUTION",
    "CLOSENESS",
    "COMMA",
    "OR",
    "PLAIN_CAUTIONS",
    "SIZE",
    "STRENGTH",
    "Rule",
    "cautioned",
    "enumerated",
    "findings_of",
    "interval",
    "make",
    "rules",
    "sharp",
    "size_of",
    "steady",
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

_FEW = {
    "en": "there are few answers for so large a comparison; another sample may look different.",
    "zh": "相对于所作的比较，回答偏少，换一批受访者结果可能不同。",
}
_MERGED = {
    "en": "people hardly told some of these aspects apart, so what belongs to which is uncertain.",
    "zh": "受访者几乎未能区分其中某些方面，难以判断结果应归于哪一方面。",
}
_MARKER = {
    "en": "one of the questions behind this measures its subject only weakly.",
    "zh": "所依据的题目中，有一题未能很好地反映其主题。",
}
COMMA: Mapping[str, str] = {"en": ", ", "zh": "、"}
OR: Mapping[str, str] = {"en": " or ", "zh": "或"}
PLAIN_CAUTIONS: Mapping[str, Mapping[str, str]] = {
    "FEW_ANSWERS": _FEW,
    "few_answers": _FEW,
    "few_events": _FEW,
    "HTMT_HIGH": _MERGED,
    "LATENT_CORRELATION_HIGH": _MERGED,
    "collinearity": _MERGED,
    "MARKER_WEAK": _MARKER,
}
"""Cautions in everyday words, by the code of their check; one that is not here keeps its own."""
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
    text: Text,
    document: Document,
    result: str,
    about: Iterable[str],
    further: Sequence[Check] = (),
    *,
    brief: bool = False,
) -> tuple[Text, tuple[Check, ...]]:
    """The sentence with the cautions that concern it, and those checks.

    A caution without names concerns every sentence about its result; ``further`` are cautions that a
    rule adds itself. ``brief`` says them in everyday words, each once.
    """
    names = set(about)
    chosen = [
        (check, label)
        for check, label in document.checks(result)
        if check.level == "caution" and (not check.about or names & _names(check))
    ]
    said: list[Any] = [
        (PLAIN_CAUTIONS.get(check.code) if brief else None) or label for check, label in chosen
    ]
    sentences = [fill(CAUTION, words=words) for i, words in enumerate(said) if words not in said[:i]]
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


def steady(strength: Strength, checks: Iterable[Check]) -> Strength:
    """The strength of evidence: not strong where so few answers are behind it that another sample may look different."""
    few = any(PLAIN_CAUTIONS.get(c.code) is _FEW and c.level == "caution" for c in checks)
    return "moderate" if few and strength == "strong" else strength


def make(id: str, section: str, importance: float, strength: Strength, text: Text, **further: Any) -> Finding:
    """A finding whose numbers are those of its text."""
    numbers: dict[str, Number] = {}
    for part in text["en"]:
        if isinstance(part, Number) and part.key not in {n.key for n in numbers.values()}:
            numbers[part.key.rsplit("/", 1)[-1] + (f"_{len(numbers)}" if numbers else "")] = part
    return Finding(id, section, importance, strength, text, numbers=numbers, **further)


_FINER = {"unit2": "unit3", "number2": "number3"}


def sharp(format: str, low: Any, high: Any) -> str:
    """The format with a decimal more where an interval without zero would be written as if zero were its end.

    >>> sharp("unit2", 0.004, 0.29), sharp("unit2", -0.1, 0.004), sharp("unit2", 0.1, 0.3)
    ('unit3', 'unit2', 'unit2')
    """
    if low is None or high is None or low <= 0 <= high:
        return format
    return _FINER.get(format, format) if min(abs(low), abs(high)) < 0.005 else format


def interval(row: Row, format: str, document: Document) -> dict[str, Number]:
    """The holes ``estimate low high level n`` of a row."""
    shown = sharp(format, row.get("low"), row.get("high"))
    return {
        "estimate": row.number("estimate", shown),
        "low": row.number("low", shown),
        "high": row.number("high", shown),
        "level": document.level,
        "n": row.number("n", "count"),
    }


def enumerated(
    parts: Sequence[Label | Text],
    between: Mapping[str, str] = COMMA,
    last: Mapping[str, str] | None = None,
) -> dict[str, tuple[Part, ...]]:
    """Labels or texts one after the other; ``last`` stands before the last of them ("A, B and C").

    >>> from surveykit.findings._finding import plain
    >>> names = [Label({"en": n}) for n in "ABC"]
    >>> plain(enumerated(names, last=OR), "en")
    'A, B or C'
    """
    joined: dict[str, tuple[Part, ...]] = {}
    for language in LANGUAGES:
        line: list[Part] = []
        for place, part in enumerate(parts):
            if place:
                line.append((last if last and place == len(parts) - 1 else between)[language])
            line += [part] if isinstance(part, Label) else part[language]
        joined[language] = tuple(line)
    return joined
