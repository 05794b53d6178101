"""What a base must be: when answers are few, when they are too few to be shown, and the words for it.

All thresholds stand here, once. Scores and analyses ask this module for their checks, so that the
same base is judged alike wherever it turns up.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

from surveykit.format import count
from surveykit.privacy import suppress_cells
from surveykit.results import Check

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import ArrayLike, NDArray

__all__ = [
    "FEW", "MIN_BASE", "REMARKS", "closed_check", "closed_table", "constant_check", "few_check", "given_away_beside",
    "hidden_together",
    "set_aside_check", "suppressed", "suppressed_check",
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
        return "、".join(shown) + (f"等{len(names)}项" if len(names) > most else "")
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
            "zh": f"回答较少（有效样本量不足{threshold:g}，最小为{smallest}）：{_listed(about, 'zh')}。"
            "区间较宽，且仅为近似。",
        },
        about,
        {"n_eff": dict(few), "threshold": threshold},
    )


def suppressed(bases: Mapping[str, int], k: int = MIN_BASE, also: Collection[str] = ()) -> frozenset[str]:
    """The groups whose numbers may not be shown: those below ``k``, and what would give them away.

    Where the total is known, one hidden group follows by subtraction, and so do several that are
    fewer than ``k`` people together: then the next smallest group is hidden too. Groups hidden ``also`` count.

    >>> sorted(suppressed({"a": 3, "b": 40, "c": 25}))
    ['a', 'c']
    >>> sorted(suppressed({"a": 3, "b": 40, "c": 4}))
    ['a', 'c']
    """
    filled = {name: n for name, n in bases.items() if n > 0}
    hidden = {name for name, n in filled.items() if n < k or name in also}
    rest = sorted((n, name) for name, n in filled.items() if name not in hidden)
    if hidden and rest and (len(hidden) == 1 or sum(filled[name] for name in hidden) < k):
        hidden.add(rest[0][1])
    return frozenset(hidden)


def closed_table(
    counts: ArrayLike, k: int, columns: Collection[int] = ()
) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """What of a table of people (r, c) may not be shown: rows with their totals (r,), and cells (r, c).

    Rows of fewer than ``k`` people go with the next smallest, as :func:`suppressed` does with groups, and so do columns
    (``columns`` are hidden already). What is hidden counts as one row and one column, because the rest tells their sums; then
    small cells are closed with those that would give them away (:func:`surveykit.privacy.suppress_cells`).

    >>> rows, cells = closed_table([[2, 1], [60, 50], [30, 40], [9, 7]], 5)
    >>> rows.tolist(), cells.astype(int).tolist()
    ([True, False, False, True], [[1, 1], [0, 0], [0, 0], [1, 1]])
    """
    import numpy as np

    table = np.asarray(counts)
    out = []
    for axis in (0, 1):
        small = suppressed({str(i): n for i, n in enumerate(table.sum(axis=1 - axis).tolist())}, k)
        gone = {*map(int, small), *(columns if axis else ())}
        out.append(np.array([i in gone for i in range(table.shape[axis])]))
    rows, hidden = out
    shown = _pooled(_pooled(table, rows).T, hidden).T
    inner = suppress_cells(shown, k)[: int((~rows).sum()), : int((~hidden).sum())]
    cells = np.ones(table.shape, dtype=bool)
    cells[np.ix_(~rows, ~hidden)] = inner
    return rows, cells


def hidden_together(groupings: Mapping[str, Sequence[str | None]], k: int) -> dict[str, frozenset[str]]:
    """The groups of several groupings of the same people (a label or None per person) that may not be shown beside each other.

    To what :func:`suppressed` hides in each, groups are added until none that is hidden follows from shown ones and the
    total: a shop of four people is the region less its other shops, although another shop is hidden too.

    >>> shop = ["a"] * 4 + ["b"] * 30 + ["c"] * 12 + ["d"] * 40
    >>> found = hidden_together({"shop": shop, "region": ["n"] * 34 + ["s"] * 52}, 5)
    >>> sorted(found["shop"]), sorted(found["region"])
    (['a', 'b'], [])
    """
    import numpy as np

    sizes = {by: dict(Counter(v for v in labels if v is not None)) for by, labels in groupings.items()}
    cells = np.unique(
        np.array([[v or "" for v in labels] for labels in groupings.values()], dtype=str).T, axis=0
    )
    groups = {
        (by, g): (n, cells[:, i] == g)
        for i, (by, counted) in enumerate(sizes.items())
        for g, n in counted.items()
    }
    hidden = {(by, g) for by, n in sizes.items() for g in suppressed(n, k)}
    while (wanted := _given_away(groups, hidden, k)) is not None:
        hidden.add(wanted)
    for one in sorted(
        hidden, key=lambda at: -groups[at][0]
    ):  # the largest first: what need not be hidden is shown
        if groups[one][0] >= k and _given_away(groups, hidden - {one}, k) is None:
            hidden.discard(one)
    return {by: frozenset(g for name, g in hidden if name == by) for by in sizes}


def given_away_beside(
    inside: NDArray[np.bool_], people: ArrayLike, names: Sequence[str], hidden: NDArray[np.bool_], k: int
) -> NDArray[np.bool_]:
    """The hidden ones (g,) of groups that stand beside each other, with those that would give a small one away.

    ``inside`` (g, c) says which of c kinds of ``people`` (c,) each group holds, ``names`` (g,) which grouping it is of.
    Groups may overlap and lie within groups of another grouping: none of fewer than ``k`` people may follow from shown ones
    and the total.

    >>> import numpy as np
    >>> inside = np.array([[1, 0, 0, 0], [0, 1, 0, 0], [0, 0, 1, 0], [0, 0, 0, 1], [1, 1, 0, 0], [0, 0, 1, 1]], dtype=bool)
    >>> hidden = np.array([True, False, True, False, False, False])
    >>> given_away_beside(inside, [4, 30, 12, 40], ["shop"] * 4 + ["region"] * 2, hidden, 5).tolist()
    [True, True, True, False, False, False]
    """
    import numpy as np

    met = np.asarray(people) > 0
    sizes = inside[:, met] @ np.asarray(people)[met]
    at = {(name, f"{j:06d}"): j for j, name in enumerate(names) if sizes[j] > 0}
    groups = {key: (int(sizes[j]), inside[j][met]) for key, j in at.items()}
    closed = {key for key, j in at.items() if hidden[j]}
    while (wanted := _given_away(groups, closed, k)) is not None:
        closed.add(wanted)
    found = hidden.copy()
    found[[at[key] for key in closed]] = True
    return found


_Groups = Mapping[tuple[str, str], "tuple[int, NDArray[np.bool_]]"]


def _given_away(groups: _Groups, hidden: Collection[tuple[str, str]], k: int) -> tuple[str, str] | None:
    """A shown group without which some small one would not follow, of the same grouping if there is one; None where none does.

    Small groups are looked at alone and, where they are fewer than ``k`` people together, in pairs and all of one grouping.
    """
    import numpy as np

    shown = [at for at in groups if at not in hidden]
    cells = len(next(iter(groups.values()))[1]) if groups else 0
    known = np.array([np.ones(cells), *(groups[at][1] for at in shown)], dtype=float).T
    for part in _unions(sorted(at for at in hidden if groups[at][0] < k), groups, k):
        weights = _told(known, np.any([groups[at][1] for at in part], axis=0))
        used = (
            [] if weights is None else [at for at, w in zip(shown, weights[1:], strict=True) if abs(w) > 1e-9]
        )
        if used:
            return min(used, key=lambda at: (at[0] != part[0][0], groups[at][0], at))
    return None


def _unions(small: Sequence[tuple[str, str]], groups: _Groups, k: int) -> Iterator[list[tuple[str, str]]]:
    yield from ([at] for at in small)
    for by in dict.fromkeys(name for name, _ in small):
        mine = [at for at in small if at[0] == by]
        yield from (
            list(pair) for pair in combinations(mine, 2) if groups[pair[0]][0] + groups[pair[1]][0] < k
        )
        if len(mine) > 2 and sum(groups[at][0] for at in mine) < k:
            yield mine


def _told(known: NDArray[Any], group: NDArray[np.bool_]) -> NDArray[Any] | None:
    """The weights with which known sums add up to that of a group; None where they do not."""
    import numpy as np

    weights, *_ = np.linalg.lstsq(known, group.astype(float), rcond=None)
    return weights if np.abs(known @ weights - group).max() < 1e-9 else None


def _pooled(table: NDArray[Any], out: NDArray[np.bool_]) -> NDArray[Any]:
    """The rows that are shown, and the sum of the others below them."""
    import numpy as np

    return np.vstack([table[~out], table[out].sum(axis=0)]) if out.any() else table


def closed_check(closed: bool, k: int) -> Check | None:
    """The note that single cells are not shown; None where all are."""
    if not closed:
        return None
    texts = {
        "en": f"Cells of fewer than {k} people are not shown, nor those from which their numbers could be worked out.",
        "zh": f"人数不足{k}人的单元格，以及可用来推算其人数的单元格，均不予展示。",
    }
    return Check("CLOSED", "note", texts, (), {"k": k})


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
            "zh": f"因回答人数不足{k}人，或可由其他数字相减推算得出，以下组别不予显示："
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
            "zh": f"有{count(rows)}行缺少“{words.get('zh', by)}”的取值，未归入任何组别。",
        },
        (by,),
        {"rows": rows},
    )
