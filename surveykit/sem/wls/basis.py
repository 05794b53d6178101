"""What a weighted least-squares fit rests on, kept with it: for differences of χ², score tests and residuals.

A statistic goes by what it is of, not by its place: two models that list their items in another order are still
models of the same statistics.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block, vech_indices
from surveykit.sem.wls.inference import Weighed, weight_of
from surveykit.sem.wls.search import Group, Moved
from surveykit.sem.wls.statistics import Layout

__all__ = ["Basis", "BasisGroup", "Statistic", "of_covariances", "of_layout"]

Array = NDArray[np.float64]
Statistic = frozenset[str]
"""A statistic's name: two variables of a covariance, a variable alone, an item and its threshold, or a variable and what
it is regressed on."""


@dataclass(frozen=True, slots=True)
class BasisGroup:
    """One group: statistics s (size,) with their names, Γ (size, size), n, σ(θ), and which statistics are pairs.

    ``block`` says where parameters stand; ``moved_by`` gives σ(θ) for a table and a block of its own; ``exogenous`` is the
    covariance and mean of all variables, from which those of predictors held fixed are taken.
    """

    names: tuple[Statistic, ...]
    observed: Array
    gamma: Array
    pairs: NDArray[np.bool_]
    n: int
    at: Callable[[Array], Moved | None]
    block: Block
    moved_by: Callable[[Block], Callable[[Array], Moved | None]]
    layout: Layout | None = None
    exogenous: tuple[Array, Array] | None = None


@dataclass(frozen=True, slots=True)
class Basis:
    """The groups of a fit, what it weighed their statistics with (``dwls``, ``uls`` or ``wls``), and the categories
    of ordered items."""

    groups: tuple[BasisGroup, ...]
    discrepancy: str
    levels: Mapping[str, tuple[float, ...]] = field(default_factory=dict)

    def moved(self, theta: Array, ats: Sequence[Callable[[Array], Moved | None]] = ()) -> list[Moved]:
        """The model at θ in every group; ``ats`` in place of the fit's own σ(θ)."""
        points = [at(theta) for at in (ats or [g.at for g in self.groups])]
        if any(p is None for p in points):
            raise ValueError("the model has no moments at these parameters")
        return [p for p in points if p is not None]

    def weighed(self, theta: Array, ats: Sequence[Callable[[Array], Moved | None]] = ()) -> list[Weighed]:
        """Residuals, derivatives and weights at θ."""
        return [
            Weighed(
                g.observed - p.values, p.jacobian, weight_of(g.gamma, self.discrepancy), g.gamma, g.pairs, g.n
            )
            for g, p in zip(self.groups, self.moved(theta, ats), strict=True)
        ]

    def reproducing(self, values: Sequence[Array]) -> list[Group]:
        """The least-squares problem with other statistics in place of the sample's."""
        total = sum(g.n - 1 for g in self.groups)
        return [
            Group(s, weight_of(g.gamma, self.discrepancy), (g.n - 1) / total, g.at)
            for g, s in zip(self.groups, values, strict=True)
        ]

    def places(self, other: Basis) -> list[NDArray[np.intp]]:
        """Where each of our statistics stands in ``other``, group by group; KeyError where one is not there."""
        out = []
        for mine, theirs in zip(self.groups, other.groups, strict=True):
            place = {name: i for i, name in enumerate(theirs.names)}
            out.append(np.array([place[name] for name in mine.names], dtype=np.intp))
        return out


def of_layout(layout: Layout) -> tuple[Statistic, ...]:
    """The names of the statistics of ordered and continuous items."""
    names = layout.names
    margins = [
        frozenset((names[v], f"|{number}" if number else "~1"))
        for v, number in zip(layout.margin, layout.number, strict=True)
    ]
    first, second = layout.pairs
    return (
        *margins,
        *(frozenset((n, f"~{x}")) for n in names for x in layout.predictors),
        *(frozenset((names[v],)) for v in layout.continuous),
        *(frozenset((names[i], names[j])) for i, j in zip(first, second, strict=True)),
    )


def of_covariances(names: Sequence[str]) -> tuple[Statistic, ...]:
    """The names of the elements of vech(S)."""
    rows, columns = vech_indices(len(names))
    return tuple(frozenset((names[i], names[j])) for i, j in zip(rows, columns, strict=True))
