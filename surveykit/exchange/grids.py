"""Which questions stand in one grid: items of a construct, or with one stem, on one response scale."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import groupby
from typing import Any

from surveykit.exchange.questions import asked_items, choices
from surveykit.questionnaire import Item, Questionnaire
from surveykit.questionnaire.definitions import Frozen, Texts
from surveykit.responses.definitions.common import GRID, ONE_PER_ROW, row_with_stem

__all__ = ["Grid", "blocks"]

# "the staff (How satisfied are you with)": what the readers of forms make of a row and its stem
_STEMMED = re.compile(r"(?P<row>.*\S)\s*[(（](?P<stem>[^()（）]+)[)）]\Z", re.DOTALL)


@dataclass(frozen=True, slots=True)
class Grid:
    """Questions asked as the rows of one table.

    ``name`` is free among the items, ``stem`` stands above the table, ``rows`` are the words of each row. ``stemmed``
    says that the items share the stem; else it only says how to answer.
    """

    name: str
    stem: Texts
    items: tuple[Item, ...]
    rows: Mapping[str, Texts]
    stemmed: bool = False


def blocks(q: Questionnaire, grids: bool = True, across: bool = False) -> list[Item | Grid]:
    """The questions in their order, those that belong together as a grid.

    Items that follow each other stand in one grid where they share a scale with its codes for no answer, and their
    construct or their stem. ``across``: also where neither is shared, for paper, where a long table is no burden.
    """
    found: list[Item | Grid] = []
    taken = {name.casefold() for name in (*q.items, *q.constructs)}
    asked = asked_items(q)
    stems = [_stem_of(item) for item in asked]
    # a stem that no neighbour has is a remark in brackets
    alone = [s not in (b, a) for b, s, a in zip([None, *stems], stems, [*stems[1:], None], strict=False)]
    shared = {i.id: None if on_its_own else s for i, s, on_its_own in zip(asked, stems, alone, strict=True)}
    for key, run in groupby(asked, key=lambda item: _shared(q, item, shared[item.id], across)):
        members = list(run)
        if not grids or key is None or len(members) < 2:
            found += members
            continue
        stem = shared[members[0].id]
        name = _free(q.construct_of(members[0].id) or members[0].id, taken)
        rows = {i.id: _rows_of(i) if stem else i.text for i in members}
        found.append(Grid(name, stem or ONE_PER_ROW, tuple(members), rows, bool(stem)))
    return found


def _shared(q: Questionnaire, item: Item, stem: Texts | None, across: bool) -> Any:
    """What the items of a grid have in common; None for those that never stand in one."""
    if item.scale is None or item.scale.kind == "numeric":
        return None
    construct = q.construct_of(item.id)
    if not across and stem is None and construct is None:
        return None
    codes = tuple((c.code, c.kind) for c in choices(item))
    return item.scale, codes, stem, None if across or stem else construct


def _stem_of(item: Item) -> Texts | None:
    """The stem in every language of an item, None where one has none."""
    split = {language: _split(text) for language, text in item.text.items()}
    if not split or not all(split.values()):
        return None
    return Frozen({language: m["stem"] for language, m in split.items() if m})


def _rows_of(item: Item) -> Texts:
    split = {language: _split(text) for language, text in item.text.items()}
    return Frozen({language: m["row"] for language, m in split.items() if m})


def _split(text: str) -> re.Match[str] | None:
    """A wording as row and stem, where the two of them give it back."""
    found = _STEMMED.match(text)
    return found if found and row_with_stem(found["row"], found["stem"]) == text else None


def _free(base: str, taken: set[str]) -> str:
    """A name for a grid that no item, construct or other grid has."""
    name, number = f"{base}{GRID}", 2
    while name.casefold() in taken:
        name, number = f"{base}_{number}{GRID}", number + 1
    taken.add(name.casefold())
    return name
