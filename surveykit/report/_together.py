"""No small group of a question from the groups of other groupings, whoever computed them and in whichever order."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from functools import cached_property
from typing import TYPE_CHECKING

from surveykit.bases import given_away_beside

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["Together"]


class Together:
    """Which groups of a question have to be closed beside each other, by the answers themselves.

    A shop of seven people is the North less its other shops: scores by shop and scores by region do not know of each other,
    the report on both does. ``k`` people or more may be shown.
    """

    def __init__(self, data: Responses, results: Mapping[str, Result], k: int) -> None:
        self._data, self._results, self._k = data, results, k

    def __call__(self, subject: str, groupings: Collection[str], closed: Collection[str]) -> frozenset[str]:
        """The groups (``column=group``) to be closed, those that are ``closed`` already among them."""
        import numpy as np

        known = [by for by in groupings if by in self._columns]
        if len(known) < 2:
            return frozenset(closed)
        at = [self._columns.index(by) for by in known]
        place = self._subjects.index(subject) if subject in self._subjects else None
        cells = [
            (tuple(labels[i] for i in at), n if place is None else answered[place])
            for labels, n, answered in self._people
        ]
        names = sorted(
            {(by, v) for labels, _ in cells for by, v in zip(known, labels, strict=True) if v is not None}
        )
        inside = np.array(
            [[labels[known.index(by)] == v for labels, _ in cells] for by, v in names], dtype=bool
        )
        people = np.array([n for _, n in cells])
        sizes = inside @ people
        hidden = np.array([f"{by}={v}" in closed for by, v in names]) | ((sizes > 0) & (sizes < self._k))
        found = given_away_beside(inside, people, [by for by, _ in names], hidden, self._k)
        return frozenset(closed) | {f"{by}={v}" for (by, v), out in zip(names, found, strict=True) if out}

    @cached_property
    def _columns(self) -> tuple[str, ...]:
        """The columns of the answers by which results are grouped."""
        named: list[str] = []
        for result in self._results.values():
            options = getattr(result, "options", None)
            options = options if isinstance(options, Mapping) else {}
            several = options.get("banner") or ()
            one = getattr(result, "by", None), options.get("by"), options.get("columns")
            named += [c for c in (*one, *several) if isinstance(c, str)]
        return tuple(c for c in dict.fromkeys(named) if self._data.has(c))

    @cached_property
    def _subjects(self) -> tuple[str, ...]:
        """Questions and constructs: whoever has no answer is in no group of their tables."""
        q = self._data.questionnaire
        known = [*q.items, *q.constructs] if q is not None else list(self._data.columns)
        return tuple(c for c in known if self._data.has(c) and c not in self._columns)

    @cached_property
    def _people(self) -> list[tuple[tuple[str | None, ...], int, tuple[int, ...]]]:
        return self._data.people(self._columns, self._subjects)
