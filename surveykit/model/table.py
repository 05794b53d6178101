"""The parameter table: the one description of a model's parameters that every estimator reads."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

__all__ = ["ParameterTable", "Row"]


class Row(NamedTuple):
    """One parameter.

    ``op`` is one of ``=~ <~ ~ ~~ ~1 | := == < >``. ``group`` counts from 1 (0 for ``:=`` and
    constraints). ``free`` is 0 for a fixed row, else 1..k; rows that are equal (same label) share
    their number. ``ustart`` is the fixed value of a fixed row, the start value of a free one, NaN
    where neither is given (a fixed exogenous moment takes the sample's). ``user`` is 1 for rows
    that the analyst wrote, 0 for those that the defaults added. ``exo`` marks fixed exogenous moments.
    """

    lhs: str
    op: str
    rhs: str
    group: int
    free: int
    label: str
    ustart: float
    user: int
    exo: int

    @property
    def name(self) -> str:
        """How messages name the parameter: ``loy~sat``."""
        return f"{self.lhs}{self.op}{self.rhs}"


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """All rows of a model, in lavaan's order, with the names it speaks of.

    ``observed`` and ``latents`` are in the order of the matrices; ``groups`` are the labels of the
    groups, ("",) where there is one. ``meanstructure`` says whether intercepts are modelled.
    """

    rows: tuple[Row, ...]
    observed: tuple[str, ...]
    latents: tuple[str, ...]
    groups: tuple[str, ...]
    meanstructure: bool

    @property
    def k(self) -> int:
        """How many free parameters there are."""
        return max((r.free for r in self.rows), default=0)

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def names(self) -> tuple[str, ...]:
        """The name of each free parameter: its first row's label, else ``lhs op rhs`` (with its group)."""
        found: dict[int, str] = {}
        for row in self.rows:
            if row.free and row.free not in found:
                suffix = f" in group {self.groups[row.group - 1]}" if len(self.groups) > 1 else ""
                found[row.free] = row.label or row.name + suffix
        return tuple(found[i] for i in range(1, self.k + 1))
