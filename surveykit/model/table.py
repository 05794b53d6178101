"""The parameter table: the one description of a model's parameters that every estimator reads."""

from __future__ import annotations

import math
from collections.abc import Callable, Hashable, Iterator
from dataclasses import dataclass, field
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.model.expression import Expression, Name
from surveykit.model.parameters import Equation
from surveykit.results import Check

__all__ = ["Composed", "Effect", "ParameterTable", "Row"]

Array = NDArray[np.float64]
T = TypeVar("T")


class Row(NamedTuple):
    """One parameter.

    ``op`` is one of ``=~ <~ ~ ~~ ~1 | := == < >``. ``group`` counts from 1 (0 for ``:=`` and
    constraints). ``free`` is 0 for a fixed row, else 1..k; rows that are equal (same label) share
    their number. ``label`` is the analyst's, or ``.p7.`` where a default made rows equal. ``ustart`` is
    the fixed value of a fixed row, the start value of a free one, NaN where neither is given (a fixed
    exogenous moment takes the sample's). ``user`` is 1 for rows that the analyst wrote, 0 for those
    that the defaults added, 2 for constraints that the defaults added. ``exo`` marks fixed exogenous moments.
    ``lower`` and ``upper`` bound a free one.
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
    lower: float = -math.inf
    upper: float = math.inf

    @property
    def name(self) -> str:
        """How messages name the parameter: ``loy~sat``."""
        return f"{self.lhs}{self.op}{self.rhs}"


class Composed(NamedTuple):
    """A composite in a group (from 1): its indicators, the place among them of the one whose weight is fixed, that weight."""

    name: str
    group: int
    indicators: tuple[str, ...]
    marker: int
    weight: float


class Effect(NamedTuple):
    """An expression at θ: its name, its value (...,) and its derivative by θ (..., k)."""

    name: str
    value: Array
    gradient: Array


@dataclass(frozen=True, slots=True)
class ParameterTable:
    """All rows of a model, in lavaan's order, with the names it speaks of.

    ``observed`` and ``latents`` are in the order of the matrices; ``groups`` are the labels of the
    groups, ("",) where there is one. ``meanstructure`` says whether intercepts are modelled.
    ``equations`` are the ``:=``, ``==``, ``<`` and ``>`` rows as trees; ``notes`` say what the defaults
    decided that a reader should know (a single indicator's residual fixed to 0, for example).

    A table with ``composites`` is one that an estimator of covariances prepared: ``inner`` holds matrix entries that stand
    in no row of the reader's.
    """

    rows: tuple[Row, ...]
    observed: tuple[str, ...]
    latents: tuple[str, ...]
    groups: tuple[str, ...]
    meanstructure: bool
    equations: tuple[Equation, ...] = ()
    notes: tuple[Check, ...] = ()
    inner: tuple[Row, ...] = ()
    composites: tuple[Composed, ...] = ()
    _memo: dict[Any, Any] = field(init=False, default_factory=dict, compare=False, repr=False)

    def once(self, key: Hashable, make: Callable[[], T]) -> T:
        """What ``make`` derives from the table alone, made at the first call and kept: many samples share a table."""
        if key not in self._memo:
            self._memo[key] = make()
        return cast(T, self._memo[key])

    @property
    def k(self) -> int:
        """How many free parameters there are."""
        return max((r.free for r in (*self.rows, *self.inner)), default=0)

    @property
    def bounds(self) -> tuple[tuple[int, float, float], ...]:
        """Place in θ, lower and upper bound of each free parameter that has one (infinite where it has only the other)."""
        found: dict[int, tuple[float, float]] = {}
        for row in self.rows:
            if row.free and (row.lower > -math.inf or row.upper < math.inf):
                low, high = found.get(row.free - 1, (-math.inf, math.inf))
                found[row.free - 1] = (max(low, row.lower), min(high, row.upper))
        return tuple((place, *ends) for place, ends in found.items())

    @property
    def fixed_columns(self) -> tuple[int, ...]:
        """Places of the fixed exogenous variables among ``observed``."""
        fixed = {r.lhs for r in self.rows if r.exo and r.op == "~~" and r.lhs == r.rhs}
        return tuple(i for i, name in enumerate(self.observed) if name in fixed)

    @property
    def held(self) -> int:
        """How many sample moments composites take as they are, all groups together."""
        return sum(len(c.indicators) * (len(c.indicators) + 1) // 2 for c in self.composites)

    @property
    def composite_columns(self) -> tuple[tuple[int, ...], ...]:
        """Places among ``observed`` of the indicators of each composite (of the first group)."""
        own = [c for c in self.composites if c.group == 1]
        return tuple(tuple(self.observed.index(name) for name in c.indicators) for c in own)

    def derived(self, row: Row) -> str:
        """What a row is that follows from a composite: ``moment`` of its indicators, its own ``variance``, ``mean`` or
        ``intercept``; empty for all other rows."""
        if not self.composites or row.op not in ("~~", "~1") or row.free:
            return ""
        for c in self.composites:
            if c.group == row.group and row.lhs in c.indicators:
                return "mean" if row.op == "~1" else "moment"
            if c.group == row.group and row.lhs == c.name and row.rhs in ("", c.name):
                return "intercept" if row.op == "~1" else "variance"
        return ""

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def names(self) -> tuple[str, ...]:
        """The name of each free parameter: its first row's label, else ``lhs op rhs`` (with its group)."""
        found: dict[int, str] = {}
        for row in (*self.rows, *self.inner):
            if row.free and row.free not in found:
                suffix = f" in group {self.groups[row.group - 1]}" if len(self.groups) > 1 else ""
                made_by_default = row.label.startswith(".")
                found[row.free] = row.name + suffix if made_by_default or not row.label else row.label
        return tuple(found[i] for i in range(1, self.k + 1))

    def defined(self, theta: ArrayLike) -> tuple[Effect, ...]:
        """The defined effects (``:=``) at θ (..., k), in the order written."""
        return tuple(self._at(np.asarray(theta, dtype=float), lambda e: e.op == ":="))

    def constraints(self, theta: ArrayLike, op: str = "==") -> tuple[Effect, ...]:
        """The general constraints as ``left - right`` at θ: 0 where an equality ``==`` holds.

        ``op`` may be ``<`` or ``>``: then the value is below, or above, 0 where it holds.
        """
        return tuple(self._at(np.asarray(theta, dtype=float), lambda e: e.op == op))

    def _at(self, theta: Array, wanted: Any) -> Iterator[Effect]:
        values, slopes = self._labelled(theta)
        pending = {e.lhs.name: e.rhs for e in self.equations if e.op == ":=" and isinstance(e.lhs, Name)}
        while pending:  # definitions may speak of one another, in any order; circles were refused
            for name, tree in list(pending.items()):
                if not any(n in pending for n in tree.names()):
                    values[name], slopes[name] = _chain(pending.pop(name), values, slopes, self.k)
        for e in self.equations:
            if not wanted(e):
                continue
            if e.op == ":=" and isinstance(e.lhs, Name):
                yield Effect(e.lhs.name, values[e.lhs.name], slopes[e.lhs.name])
            else:
                left, right = (_chain(side, values, slopes, self.k) for side in (e.lhs, e.rhs))
                yield Effect(f"{e.lhs} {e.op} {e.rhs}", left[0] - right[0], left[1] - right[1])

    def _labelled(self, theta: Array) -> tuple[dict[str, Array], dict[str, Array]]:
        """Value and derivative of each label, and of each row by its number (``.p1.``)."""
        values: dict[str, Array] = {}
        slopes: dict[str, Array] = {}
        unit = np.eye(self.k)
        for number, row in enumerate(self.rows, start=1):
            if row.group == 0:
                continue
            fixed = np.full(theta.shape[:-1], row.ustart)
            value = theta[..., row.free - 1] if row.free else fixed
            slope = unit[row.free - 1] if row.free else np.zeros(self.k)
            for name in {row.label, f".p{number}."} - {""}:
                values.setdefault(name, value)
                slopes.setdefault(name, slope)
        return values, slopes


def _chain(
    tree: Expression, values: dict[str, Array], slopes: dict[str, Array], k: int
) -> tuple[Array, Array]:
    """Value and derivative by θ of an expression, from those of its names."""
    lead = np.shape(next(iter(values.values()))) if values else ()
    used = {name: values[name] for name in tree.names()}
    gradient = np.zeros((*lead, k))
    with np.errstate(all="ignore"):  # a quotient by zero has no value: the gate says so
        for name, slope in tree.gradient(used).items():
            gradient = gradient + np.asarray(slope)[..., None] * slopes[name]
        value = np.asarray(tree.evaluate(used), dtype=float)
    return np.broadcast_to(value, lead), gradient
