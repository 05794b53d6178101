"""Multiple answers: a cell with several choices in it, and what the choices are.

A question with several answers is one item. What binding makes of it: the cell as it stood, and one
column of 0 and 1 per choice, ``item__code``, missing where the question was not answered at all.
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import pairwise
from typing import Any

from surveykit.responses.cells import fold

__all__ = ["NONE", "OTHER", "SEPARATORS", "column_of", "learn", "pick", "separator_of", "split"]

NONE = "∅"
"""The cell of someone who saw the question and ticked nothing."""
OTHER = "other"
"""The code that takes text beside the choices."""
SEPARATORS = ("┋", "\n", ";", "|", ", ", ",", "，", "、", " ")
_INSIDE = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
_PLACEHOLDER = "\ue000"


def column_of(item: str, code: str) -> str:
    """The name of the 0/1 column of a choice."""
    return f"{item}__{code}"


def split(cell: str, separator: str) -> list[str]:
    """The parts of a cell; a separator inside brackets does not split.

    >>> split("Lab work, Mixed (talks, courses), Exams", ", ")
    ['Lab work', 'Mixed (talks, courses)', 'Exams']
    """
    if separator.strip() in {",", "，", "、"}:
        cell = _INSIDE.sub(lambda m: m.group().replace(separator, _PLACEHOLDER), cell)
    parts = (p.replace(_PLACEHOLDER, separator).strip() for p in cell.split(separator))
    return [p for p in parts if p]


def pick(cell: str, separator: str, words: Mapping[str, str]) -> tuple[list[str], list[str]]:
    """Codes of the choices in a cell, and what is none: the longest known choice is taken first.

    ``words`` maps folded words and codes to codes, so that a choice may contain the separator.

    >>> pick("a, b, c", ", ", {"a, b": "1", "c": "2"})
    (['1', '2'], [])
    """
    # parts lose the blanks around them, so a choice is compared without those behind its separators
    sign = separator.strip() or separator
    known = {_tight(w, sign): code for w, code in words.items()}
    whole = known.get(_tight(fold(cell), sign))
    if whole is not None:
        return [whole], []
    parts = [p.strip() for p in cell.split(separator)]
    found: list[str] = []
    rest: list[str] = []
    at, loose = 0, False
    while at < len(parts):
        keys = {e: _tight(fold(separator.join(parts[at:e])), sign) for e in range(len(parts), at, -1)}
        end = next((e for e, k in keys.items() if k in known), 0)
        if end:
            found.append(known[keys[end]])
            at, loose = end, False
            continue
        if parts[at]:
            # free text may contain the separator: what stands together is one text
            rest = [*rest[:-1], rest[-1] + separator + parts[at]] if loose else [*rest, parts[at]]
            loose = True
        at += 1
    return list(dict.fromkeys(found)), rest


def _tight(text: str, sign: str) -> str:
    return text if sign == " " else text.replace(f"{sign} ", sign)


def separator_of(cells: Iterable[str], words: Mapping[str, str]) -> str:
    """The separator by which most cells fall into known choices; ties go to the rarer sign."""
    texts = list(cells)
    known = {s: sum(not pick(t, s, words)[1] for t in texts) for s in SEPARATORS}
    return max(SEPARATORS, key=lambda s: known[s])


def learn(cells: Mapping[str, int], separator: str) -> dict[str, int]:
    """The choices behind joined cells (cell: times) and how often each was ticked, most frequent first.

    Empty where the cells do not look like multiple answers: fewer than one in thirty holds two, choices
    hardly return, or they are long texts. Two parts that only ever stand together are one choice that
    contains the separator.
    """
    lists = {cell: split(cell, separator) for cell in cells}
    lists = _rejoined(lists, cells, separator)
    ticks: Counter[str] = Counter()
    several = 0
    for cell, parts in lists.items():
        for part in dict.fromkeys(parts):
            ticks[part] += cells[cell]
        several += cells[cell] * (len(parts) > 1)
    answers = sum(cells.values())
    back = {p: n for p, n in ticks.most_common() if n > 1 or answers < 10}
    covered = sum(back.values()) / max(sum(ticks.values()), 1)
    distinct = len({tuple(p) for p in lists.values()})
    combined = len({p for parts in lists.values() if len(parts) > 1 for p in parts if p in back})
    long = sum(len(p) * n for p, n in back.items()) > 70 * max(sum(back.values()), 1)
    plausible = several * 30 >= answers and covered >= 0.6 and combined > 1 and not long and len(back) <= 60
    returning = max(ticks.values(), default=0) > 1 or answers < 3
    return back if plausible and returning and (distinct > 1 or answers < 3) else {}


def _rejoined(
    lists: Mapping[str, Sequence[str]], cells: Mapping[str, int], separator: str
) -> dict[str, list[str]]:
    """Parts that never stand without each other, in this order, as one."""
    joined = {cell: list(parts) for cell, parts in lists.items()}
    for _ in range(6):
        alone: Counter[str] = Counter()
        pairs: Counter[tuple[str, str]] = Counter()
        for cell, parts in joined.items():
            alone.update(dict.fromkeys(parts, cells[cell]))
            for pair in pairwise(parts):
                pairs[pair] += cells[cell]
        solid = {pair for pair, n in pairs.items() if n > 2 and alone[pair[0]] == n == alone[pair[1]]}
        if not solid:
            break
        for cell, parts in joined.items():
            joined[cell] = _merge(parts, solid, separator, cell)
    return joined


def _merge(parts: Sequence[str], solid: set[tuple[str, str]], separator: str, cell: str) -> list[str]:
    out: list[str] = []
    before = ""
    for part in parts:
        if out and (before, part) in solid:
            spaced = f"{out[-1]}{separator} {part}"
            out[-1] = spaced if spaced in cell else out[-1] + separator + part
        else:
            out.append(part)
        before = part
    return out


def words_of(options: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """Folded words and codes of an item's options, each to its code."""
    words = {fold(code): str(code) for code in options}
    return {**words, **{fold(t): str(c) for c, texts in options.items() for t in texts.values()}}
