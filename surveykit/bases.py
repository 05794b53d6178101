"""What a base must be: when answers are few, when they are too few to be shown, and the words for it.

All thresholds stand here, once. Scores and analyses ask this module for their checks, so that the
same base is judged alike wherever it turns up.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveykit.format import count
from surveykit.results import Check

__all__ = [
    "FEW", "MIN_BASE", "REMARKS", "constant_check", "few_check", "set_aside_check", "suppressed",
    "suppressed_check",
]  # fmt: skip

FEW = 30
"""Below this effective n an estimate is shown with the caution that its base is small."""

MIN_BASE = 5
"""Below this n the answers of a group are never shown: they would tell what single people said."""

REMARKS: dict[str, dict[str, str]] = {
    "no_answers": {"en": "no answers", "zh": "无有效回答"},
    "one_answer": {"en": "one answer: no interval", "zh": "仅一份回答，无法给出区间"},
    "one_cluster": {
        "en": "all in one cluster of each stratum: no interval",
        "zh": "每层仅一个群，无法给出区间",
    },
    "constant": {"en": "all answers are the same", "zh": "所有回答相同"},
    "suppressed": {"en": "too few answers to be shown", "zh": "回答过少，不予显示"},
    "few_rows": {"en": "too few common answers", "zh": "共同有效回答过少"},
    "undefined": {"en": "undefined", "zh": "无定义"},
}
"""Why a row has no number, or no interval: the values of the column ``remark``."""


def _listed(names: Sequence[str], language: str, most: int = 8) -> str:
    shown = names[:most]
    if language == "zh":
        return "、".join(shown) + (f"等 {len(names)} 项" if len(names) > most else "")
    return ", ".join(shown) + (f" and {len(names) - most} more" if len(names) > most else "")


def few_check(bases: Mapping[str, float], threshold: float = FEW) -> Check | None:
    """A caution that names the bases (effective n) below ``threshold``; None where all suffice.

    >>> few_check({"north": 12.0, "south": 80.0}).about
    ('north',)
    """
    few = {name: n for name, n in bases.items() if 0 < n < threshold}
    if not few:
        return None
    about = tuple(few)
    smallest = count(min(few.values()))
    return Check(
        "FEW_ANSWERS",
        "caution",
        {
            "en": f"Few answers (effective n below {threshold:g}; the smallest is {smallest}): "
            f"{_listed(about, 'en')}. The intervals are wide and approximate.",
            "zh": f"回答较少（有效样本量不足 {threshold:g}，最小为 {smallest}）：{_listed(about, 'zh')}。"
            "区间较宽，且仅为近似。",
        },
        about,
        {"n_eff": dict(few), "threshold": threshold},
    )


def suppressed(bases: Mapping[str, int], k: int = MIN_BASE) -> frozenset[str]:
    """The groups whose numbers may not be shown: those below ``k``, and what would give them away.

    Where the total is known, one hidden group follows by subtraction, and so do several that are
    fewer than ``k`` people together: then the next smallest group is hidden too.

    >>> sorted(suppressed({"a": 3, "b": 40, "c": 25}))
    ['a', 'c']
    >>> sorted(suppressed({"a": 3, "b": 40, "c": 4}))
    ['a', 'c']
    """
    filled = {name: n for name, n in bases.items() if n > 0}
    hidden = {name for name, n in filled.items() if n < k}
    rest = sorted((n, name) for name, n in filled.items() if name not in hidden)
    if hidden and rest and (len(hidden) == 1 or sum(filled[name] for name in hidden) < k):
        hidden.add(rest[0][1])
    return frozenset(hidden)


def suppressed_check(groups: Iterable[str], k: int) -> Check | None:
    """The note that says which groups are not shown; None where none is hidden."""
    about = tuple(groups)
    if not about:
        return None
    return Check(
        "SUPPRESSED",
        "note",
        {
            "en": f"Not shown, because fewer than {k} people answered or because the number of such a "
            f"group could be had by subtraction: {_listed(about, 'en')}.",
            "zh": f"因回答人数不足 {k} 人，或可由其他数字相减推算得出，以下组别不予显示："
            f"{_listed(about, 'zh')}。",
        },
        about,
        {"k": k},
    )


def constant_check(names: Iterable[str]) -> Check | None:
    """A caution for columns whose answers are all the same; None where every one varies."""
    about = tuple(names)
    if not about:
        return None
    return Check(
        "CONSTANT",
        "caution",
        {
            "en": f"All answers are the same: {_listed(about, 'en')}. "
            "Nothing can be said about relations with it.",
            "zh": f"所有回答完全相同：{_listed(about, 'zh')}。无法据此讨论它与其他变量的关系。",
        },
        about,
    )


def set_aside_check(rows: int, by: str, title: Mapping[str, str] | None = None) -> Check | None:
    """The note that rows without a group are in no group; None where there are none."""
    if rows <= 0:
        return None
    words: Mapping[str, Any] = title or {"en": by, "zh": by}
    return Check(
        "GROUP_MISSING",
        "note",
        {
            "en": f"{count(rows)} rows have no value of “{words.get('en', by)}” "
            "and are in none of its groups.",
            "zh": f"有 {count(rows)} 行缺少“{words.get('zh', by)}”的取值，未归入任何组别。",
        },
        (by,),
        {"rows": rows},
    )
