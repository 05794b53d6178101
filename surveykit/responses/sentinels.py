"""Numbers that stand for "no answer": which codes of a column are suspected, where nothing says what they mean."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

__all__ = ["kind_of_sentinel", "sentinels_of", "suspected"]

_NEGATIVE = {-999, -99, -98, -97, -9, -8, -7, -3, -2, -1}
_LARGE = {66, 77, 88, 96, 97, 98, 99, 777, 888, 996, 997, 998, 999, 9999}
_SMALL = {7, 8, 9}
_NEVER_ALONE = -9
_HIGHEST = 20
_DIFFERENT = 3


def kind_of_sentinel(code: int) -> str:
    """The kind of missing that a suspected code is given until somebody says better."""
    return "not_shown" if code in (-2, -3) else "dont_know"


def sentinels_of(values: Sequence[int]) -> set[int]:
    """Codes that stand apart from the others as those for "no answer" do: for a draft that a person confirms.

    >>> sorted(sentinels_of([1, 2, 5, -99])), sorted(sentinels_of([1, 2, 3, 4, 5, 8, 9])), sorted(sentinels_of([18, 40, 99]))
    ([-99], [8, 9], [])
    """
    found = {v for v in values if v in _NEGATIVE | _LARGE}
    rest = sorted(set(values) - found)
    if not rest:
        return {v for v in found if v <= _NEVER_ALONE}
    if rest[-1] > _HIGHEST or rest[0] < 0:
        found = {v for v in found if v < 0} if rest[0] >= 0 else set()
        rest = sorted(set(values) - found)
    while len(rest) > 2 and rest[-1] in _SMALL and rest[-1] - rest[-2] > 1 and rest[-2] <= 5:
        found.add(rest.pop())
    if len(rest) > 3 and rest[-2:] == [8, 9] and rest[-3] <= 5:
        found |= {8, 9}
    return found


def suspected(values: Iterable[float]) -> set[int]:
    """Codes that would be averaged where no questionnaire declares them missing: -99 beside ratings, 999 above them.

    Only what nobody rates: codes of 7, 8 and 9 may be points of a scale, -1 to -9 measurements beside fractions.

    >>> sorted(suspected([1, 2, 5, -99, 999])), sorted(suspected([18, 40, 99])), sorted(suspected([1, 5, 8, 9]))
    ([-99, 999], [], [])
    """
    found = [float(v) for v in values]
    whole = [int(v) for v in found if v.is_integer()]
    codes = {v for v in sentinels_of(whole) if v in _NEGATIVE | _LARGE}
    fractions = len(whole) < len(found)
    rest = set(whole) - codes
    if fractions or len(rest) < _DIFFERENT:
        return {v for v in codes if v <= 10 * _NEVER_ALONE} if rest and min(found) in codes else set()
    return codes
