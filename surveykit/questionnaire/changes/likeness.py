"""How alike two wordings are: the same, edited, denied, or another question."""

from __future__ import annotations

import re
import unicodedata
from difflib import SequenceMatcher
from typing import Literal

__all__ = ["Likeness", "bare", "compare_words"]

Likeness = Literal["same", "signs", "edited", "negated", "another"]

# Half of the characters in common order: the words "How satisfied are you with the price?" and "…with our prices?" have
# 0.9 of them, two questions on one subject ("the price", "the staff") about 0.7, unrelated ones under 0.5.
_ANOTHER = 0.5
_DENIAL = re.compile(
    r"\b(?:not|never|no|cannot|without|hardly)\b|n't\b|\b(?:dis|un)(?=satisf|agree|happy|likely|comfort|fair|clear|important|willing)",
    re.IGNORECASE,
)
_DENIAL_ZH = re.compile("不(?!同|仅|但|断|管|论|过|错|久)|没有?|未|无法|难以|从不")
_BOTH = re.compile(
    r"(satisfied or dissatisfied|agree or disagree|likely or unlikely|满意或不满意|是否|能不能|会不会)",
    re.IGNORECASE,
)


def bare(text: str) -> str:
    """A text for comparing: letters and digits only, one width, one case.

    >>> bare("How  satisfied are you?") == bare("how satisfied are you")
    True
    """
    folded = unicodedata.normalize("NFKC", text).casefold()
    return "".join(c for c in folded if c.isalnum())


def compare_words(before: str, after: str) -> Likeness:
    """How the wording of a question changed.

    >>> compare_words("I am satisfied.", "I am not satisfied.")
    'negated'
    >>> compare_words("The price is fair.", "How old are you?")
    'another'
    """
    if before == after:
        return "same"
    first, second = bare(before), bare(after)
    if first == second:
        return "signs"
    if _denials(before) % 2 != _denials(after) % 2:
        return "negated"
    ratio = SequenceMatcher(None, first, second, autojunk=False).ratio()
    return "another" if ratio < _ANOTHER else "edited"


def _denials(text: str) -> int:
    rest = _BOTH.sub(" ", text)
    return len(_DENIAL.findall(rest)) + len(_DENIAL_ZH.findall(rest))
