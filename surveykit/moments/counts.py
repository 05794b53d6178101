"""Joint frequency tables: what shares, cross-tables and polychoric correlations are fed with."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError, quote

__all__ = ["Counts"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Counts:
    """A joint frequency table of named categorical columns.

    ``levels[j]`` are the values of ``names[j]`` in order; ``n`` counts rows, ``w`` and ``w2`` sum weights and
    squared weights, all of shape (len(levels[0]), len(levels[1]), …), with a leading replicate axis
    when stacked. ``missing`` counts the rows that lack one of the columns.

    >>> c = Counts.from_rows({"x": [1, 2, 2, None]})
    >>> c.levels, c.n.tolist(), c.missing
    (((1, 2),), [1, 2], 1)
    """

    names: tuple[str, ...]
    levels: tuple[tuple[Any, ...], ...]
    n: NDArray[np.int64]
    w: Array
    w2: Array
    missing: int = 0

    def __post_init__(self) -> None:
        shape = tuple(len(v) for v in self.levels)
        for part in (self.n, self.w, self.w2):
            if part.shape[part.ndim - len(shape) :] != shape:
                raise SurveykitError(
                    "a count table has another shape than its levels",
                    expected=str(shape),
                    got=str(part.shape),
                )

    @classmethod
    def from_rows(cls, columns: Mapping[str, Sequence[Any]], weights: ArrayLike | None = None) -> Counts:
        """Tabulate columns of equal length; None and NaN are missing."""
        names = tuple(columns)
        rows = list(zip(*columns.values(), strict=True))
        w = np.ones(len(rows)) if weights is None else np.asarray(weights, dtype=float)
        kept = [(r, x) for r, x in zip(rows, w, strict=True) if not any(_is_missing(v) for v in r)]
        levels = tuple(tuple(_ordered({r[j] for r, _ in kept})) for j in range(len(names)))
        places = [{v: i for i, v in enumerate(values)} for values in levels]
        shape = tuple(len(v) for v in levels)
        n, sums, squares = np.zeros(shape, dtype=np.int64), np.zeros(shape), np.zeros(shape)
        for row, weight in kept:
            cell = tuple(place[v] for place, v in zip(places, row, strict=True))
            n[cell] += 1
            sums[cell] += weight
            squares[cell] += weight**2
        return cls(names, levels, n, sums, squares, len(rows) - len(kept))

    @property
    def total(self) -> int:
        """Rows counted (without the missing ones)."""
        return int(self.n.sum())

    @property
    def sumw(self) -> float:
        """Sum of the weights of the rows counted."""
        return float(self.w.sum())

    @property
    def n_eff(self) -> float:
        """Kish's effective sample size (Σw)²/Σw²; 0 for an empty table."""
        squares = float(self.w2.sum())
        return self.sumw**2 / squares if squares else 0.0

    @property
    def shares(self) -> Array:
        """Weighted shares of all cells."""
        shares: Array = self.w / self.w.sum()
        return shares

    def marginal(self, *names: str) -> Counts:
        """The table of some of the columns."""
        keep = [self.names.index(name) for name in names]
        lead = self.n.ndim - len(self.names)
        drop = tuple(lead + j for j in range(len(self.names)) if j not in keep)
        order = [*range(lead), *(lead + int(i) for i in np.argsort(np.argsort(keep)))]
        n, w, w2 = (np.transpose(part.sum(axis=drop), order) for part in (self.n, self.w, self.w2))
        return Counts(tuple(names), tuple(self.levels[j] for j in keep), n, w, w2, self.missing)

    def on(self, levels: Sequence[Sequence[Any]]) -> Counts:
        """The same table on given levels (all that occur must be among them); new cells are empty."""
        wanted = tuple(tuple(v) for v in levels)
        found = [{v: i for i, v in enumerate(new)} for new in wanted]
        for name, old, new in zip(self.names, self.levels, found, strict=True):
            lost = [v for v in old if v not in new]
            if lost:
                raise SurveykitError(f"values of {quote(name)} outside the levels", got=quote(lost))
        places = [[new[v] for v in old] for old, new in zip(self.levels, found, strict=True)]
        at: tuple[Any, ...] = (Ellipsis, *np.ix_(*places))
        lead = self.n.shape[: self.n.ndim - len(self.names)]

        def widened(part: NDArray[Any]) -> NDArray[Any]:
            wide = np.zeros((*lead, *(len(v) for v in wanted)), dtype=part.dtype)
            wide[at] = part
            return wide

        return Counts(self.names, wanted, widened(self.n), widened(self.w), widened(self.w2), self.missing)

    def __add__(self, other: Counts) -> Counts:
        """Both samples together; levels are united."""
        return self._combined(other, +1)

    def __sub__(self, other: Counts) -> Counts:
        """The table without the rows of ``other`` (a part of this sample)."""
        return self._combined(other, -1)

    def _combined(self, other: Counts, sign: int) -> Counts:
        if self.names != other.names:
            raise SurveykitError(
                "count tables of different columns", expected=str(self.names), got=str(other.names)
            )
        united = [_ordered({*a, *b}) for a, b in zip(self.levels, other.levels, strict=True)]
        a, b = self.on(united), other.on(united)
        n = a.n + sign * b.n
        missing = self.missing + sign * other.missing
        if n.min(initial=0) < 0 or missing < 0:
            raise SurveykitError("a part cannot be subtracted that is not in the whole", code="NOT_A_PART")
        return Counts(a.names, a.levels, n, a.w + sign * b.w, a.w2 + sign * b.w2, missing)

    @staticmethod
    def stack(tables: Sequence[Counts]) -> Counts:
        """Replicates of the same columns as one stacked table (axis 0 counts the replicates)."""
        united = [_ordered({v for t in tables for v in t.levels[j]}) for j in range(len(tables[0].names))]
        same = [t.on(united) for t in tables]
        n, w, w2 = (np.stack([getattr(t, part) for t in same]) for part in ("n", "w", "w2"))
        return Counts(tables[0].names, same[0].levels, n, w, w2, tables[0].missing)

    def to_dict(self) -> dict[str, Any]:
        """Plain data, for JSON."""
        return {
            "names": list(self.names),
            "levels": [list(v) for v in self.levels],
            "n": self.n.tolist(),
            "w": self.w.tolist(),
            "w2": self.w2.tolist(),
            "missing": self.missing,
        }

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Counts:
        """The inverse of :meth:`to_dict`."""
        return cls(
            tuple(data["names"]),
            tuple(tuple(v) for v in data["levels"]),
            np.asarray(data["n"], dtype=np.int64),
            np.asarray(data["w"], dtype=float),
            np.asarray(data["w2"], dtype=float),
            int(data["missing"]),
        )


def _is_missing(value: Any) -> bool:
    return value is None or (isinstance(value, float) and math.isnan(value))


def _ordered(values: set[Any]) -> list[Any]:
    """Sorted where they compare, else by their text: the order never depends on the order of rows."""
    try:
        return sorted(values)
    except TypeError:
        return sorted(values, key=lambda v: (type(v).__name__, str(v)))
