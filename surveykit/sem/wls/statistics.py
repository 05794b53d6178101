"""Sample statistics of ordered items and their asymptotic covariance (Muthén 1984).

Statistics come in two steps: thresholds (means and variances of continuous variables) from each margin, then a
correlation for each pair. With A the sum of crossproducts of the scores that each step uses and B that of all
scores, A⁻¹ B A⁻ᵀ is their covariance; Γ is n times it. A is block triangular and comes from the tables of pairs; B
needs the answers.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.sem.wls.mixed import (
    RowScores,
    continuous_pair,
    pearson_of,
    polyserial_of,
    polyserial_pair,
)
from surveykit.sem.wls.normal import density
from surveykit.sem.wls.pairs import PairTables, nuisance_crossproducts, polychoric_of, score_cells

__all__ = [
    "FLAT",
    "IDENTICAL",
    "Layout",
    "OrdinalStatistics",
    "demand_different",
    "pair_tables",
    "statistics_of",
    "to_covariances",
]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
_ROWS_AT_ONCE = 8192
IDENTICAL, FLAT = 1 - 1e-5, 1e-8


@dataclass(frozen=True, slots=True)
class Layout:
    """Which statistic stands where: thresholds or the mean of each variable in order, then the slopes of each variable
    on the predictors that are held fixed, the variances of the continuous ones, and the pairs (columns of the lower
    triangle).

    ``categories`` holds the number of categories, 0 for a continuous variable; ``margin`` the variable of each
    threshold or mean, ``number`` the threshold's number from 1 (0 for a mean). With ``predictors`` all statistics are
    given these: intercepts for means, residual variances and correlations.
    """

    names: tuple[str, ...]
    categories: tuple[int, ...]
    predictors: tuple[str, ...] = ()

    @property
    def p(self) -> int:
        return len(self.names)

    @property
    def ordered(self) -> Index:
        """Places of the ordered items."""
        return np.array([i for i, m in enumerate(self.categories) if m], dtype=np.intp)

    @property
    def continuous(self) -> Index:
        """Places of the other variables."""
        return np.array([i for i, m in enumerate(self.categories) if not m], dtype=np.intp)

    @property
    def margin(self) -> Index:
        return np.repeat(np.arange(self.p), [max(m - 1, 1) for m in self.categories])

    @property
    def number(self) -> Index:
        parts = [np.arange(1, m) if m else np.zeros(1, dtype=np.intp) for m in self.categories]
        return np.concatenate(parts).astype(np.intp)

    @property
    def pairs(self) -> tuple[Index, Index]:
        """First (smaller) and second variable of each pair."""
        return np.triu_indices(self.p, 1)

    @property
    def size(self) -> int:
        """How many statistics there are."""
        return int(self.variances.stop) + self.p * (self.p - 1) // 2

    @property
    def slopes(self) -> slice:
        """Places of the slopes, all of a variable's behind one another."""
        return slice(len(self.margin), len(self.margin) + self.p * len(self.predictors))

    @property
    def variances(self) -> slice:
        """Places of the variances."""
        return slice(self.slopes.stop, self.slopes.stop + len(self.continuous))

    def own(self, variable: int) -> Index:
        """Places of a variable's own statistics: thresholds or mean, slopes, and the variance last."""
        x = len(self.predictors)
        begin = self.slopes.start + variable * x
        places = np.append(np.nonzero(self.margin == variable)[0], np.arange(begin, begin + x))
        if not self.categories[variable]:
            places = np.append(places, self.variances.start + np.searchsorted(self.continuous, variable))
        return places

    def matrix(self, values: Array) -> Array:
        """The covariance (p, p) among statistics (size,), with ones for the variances of ordered items."""
        out = np.eye(self.p)
        out[self.continuous, self.continuous] = values[self.variances]
        first, second = self.pairs
        out[first, second] = out[second, first] = values[self.variances.stop :]
        return out


@dataclass(frozen=True, slots=True)
class OrdinalStatistics:
    """One group: the statistics (size,), Γ (size, size), the covariance (p, p) with 1 for ordered items, n.

    ``predictors`` holds covariance and mean of what the statistics are conditional on; the covariance is residual then.
    """

    layout: Layout
    values: Array
    gamma: Array
    cov: Array
    mean: Array
    n: int
    repaired: tuple[tuple[str, str], ...] = ()
    predictors: tuple[Array, Array] | None = None

    def unconditional(self) -> tuple[Array, Array]:
        """Covariance and mean of all variables, the predictors last."""
        if self.predictors is None:
            return self.cov, self.mean
        Sx, mx = self.predictors
        B = self.values[self.layout.slopes].reshape(self.layout.p, -1)
        across = B @ Sx
        cov = np.block([[self.cov + across @ B.T, across], [across.T, Sx]])
        return cov, np.append(self.mean + B @ mx, mx)


def pair_tables(codes: Index, categories: Sequence[int], weights: Array | None = None) -> tuple[Array, Array]:
    """Counts of all pairs of columns of ``codes`` (n, p), padded to (p, p, M, M), and margins (p, M).

    A code of −1 is no answer; with ``weights`` (n,) a row counts as often as they say.
    """
    n, p = codes.shape
    width = max(categories)
    onehot = np.zeros((n, p, width + 1))
    onehot[np.arange(n)[:, None], np.arange(p), codes] = 1.0
    flat = onehot[:, :, :width].reshape(n, p * width)
    counted = flat if weights is None else flat * weights[:, None]
    joint = (counted.T @ flat).reshape(p, width, p, width)
    return np.ascontiguousarray(joint.transpose(0, 2, 1, 3)), counted.sum(axis=0).reshape(p, width)


def limits_of(margins: Array, categories: Sequence[int]) -> Array:
    """−∞, thresholds, +∞ of each item, padded with +∞ to (p, M + 1)."""
    from scipy.special import ndtri

    share = np.cumsum(margins, axis=1) / margins.sum(axis=1, keepdims=True)
    out = np.full((len(margins), margins.shape[1] + 1), np.inf)
    out[:, 0] = -np.inf
    for i, m in enumerate(categories):
        out[i, 1:m] = ndtri(share[i, : m - 1])
    return out


def statistics_of(
    values: Array, codes: Index, layout: Layout, where: str = "", weights: Array | None = None
) -> OrdinalStatistics:
    """Statistics of one group's rows: ``values`` (n, continuous), ``codes`` (n, ordered) from 0.

    Missing are NaN and −1: each margin and each pair uses the rows that have it. ``weights`` (n,) of mean 1 weigh the
    estimates; in their covariance a row is one row, whatever its weight (A from weighted scores, B from
    their squares). Raises :class:`~surveykit.errors.SurveykitError` where a correlation runs to ±1; ``where`` names the group.
    """
    n = len(codes)
    work = _Work.of(values, codes, layout, weights)
    demand_different(layout, work.determined(), where)
    gamma = n * work.covariance()
    if len(layout.continuous):
        H = to_covariances(layout, work.rho, work.sd)
        gamma = H @ gamma @ H.T
    return OrdinalStatistics(layout, work.statistics(), gamma, work.cov, work.mean, n, work.repaired)


def demand_different(layout: Layout, same: Index, where: str) -> None:
    """An error for the first of the pairs ``same``, whose correlation runs to ±1."""
    if len(same):
        a, b = (layout.names[ends[same[0]]] for ends in layout.pairs)
        raise SurveykitError(
            f"the items {quote(a)} and {quote(b)} determine each other: their correlation runs to ±1",
            where,
            hint="leave one of them out, or join rare categories",
            code="SEM_IDENTICAL_ITEMS",
        )


class _Work:
    """One group's intermediate results, step by step."""

    __slots__ = (
        "categories", "codes", "cor", "cov", "layout", "limits", "mean", "oo", "repaired", "rho", "rows",
        "score", "score_p", "sd", "seen", "tables", "weights", "z",
    )  # fmt: skip

    layout: Layout
    codes: Index
    categories: list[int]
    z: Array
    sd: Array
    mean: Array
    limits: Array
    tables: PairTables
    rho: Array
    score: Array
    score_p: Array
    oo: Index
    rows: dict[int, RowScores]
    cor: Array
    cov: Array
    repaired: tuple[tuple[str, str], ...]
    seen: NDArray[np.bool_]
    weights: Array

    @classmethod
    def of(cls, values: Array, codes: Index, layout: Layout, weights: Array | None) -> _Work:
        work = cls()
        work.layout, work.codes = layout, codes
        work.weights = np.ones(len(codes)) if weights is None else weights
        work.categories = [m for m in layout.categories if m]
        work.mean = np.zeros(layout.p)
        work.seen = np.isfinite(values)
        w = work.weights[:, None] * work.seen
        total = w.sum(axis=0)
        center = (w * np.where(work.seen, values, 0.0)).sum(axis=0) / total
        d = np.where(work.seen, values - center, 0.0)
        sd = np.sqrt((w * d**2).sum(axis=0) / total)
        work.mean[layout.continuous] = center
        work.sd = np.ones(layout.p)
        work.sd[layout.continuous] = sd
        work.z = d / sd
        joint, margins = pair_tables(codes, work.categories, weights)
        work.limits = limits_of(margins, work.categories)
        work._estimate(joint)
        return work

    def _estimate(self, joint: Array) -> None:
        layout, p = self.layout, self.layout.p
        place = _places(layout)
        first, second = layout.pairs
        both = np.array(
            [bool(layout.categories[i] and layout.categories[j]) for i, j in zip(first, second, strict=True)]
        )
        self.oo = np.nonzero(both)[0]
        a, b = place[first[self.oo]], place[second[self.oo]]
        counts, changed = _filled(joint[a, b], self.categories, a, b)
        self.repaired = tuple(
            (layout.names[first[self.oo[i]]], layout.names[second[self.oo[i]]]) for i in changed
        )
        self.tables = PairTables(joint[a, b], self.limits[a], self.limits[b])
        start = _code_correlations(joint[a, b])
        self.rho = np.zeros(len(first))
        self.rho[self.oo] = polychoric_of(PairTables(counts, self.limits[a], self.limits[b]), start)
        self.score, self.score_p = score_cells(self.tables, self.rho[self.oo])
        self.rows = {}
        for at in np.nonzero(~both)[0]:
            self._estimate_by_rows(int(at), int(first[at]), int(second[at]), place)
        self.cor = np.eye(p)
        self.cor[first, second] = self.cor[second, first] = self.rho
        self.cov = self.cor * np.outer(self.sd, self.sd)

    def _estimate_by_rows(self, at: int, i: int, j: int, place: Index) -> None:
        layout = self.layout
        if layout.categories[i] or layout.categories[j]:
            item, other = (i, j) if layout.categories[i] else (j, i)
            both = self.seen[:, place[other]] & (self.codes[:, place[item]] >= 0)
            z, codes = self.z[both, place[other]], self.codes[both, place[item]]
            limits = self.limits[place[item], : layout.categories[item] + 1]
            start = float(np.corrcoef(z, codes)[0, 1])
            self.rho[at] = polyserial_of(z, limits[codes + 1], limits[codes], start, self.weights[both])
            found = polyserial_pair(z, float(self.sd[other]), codes, limits, float(self.rho[at]))
            swapped = RowScores(found.rho, found.second, found.first)
            self.rows[at] = (swapped if item == i else found).spread(both)
            return
        both = self.seen[:, place[i]] & self.seen[:, place[j]]
        a, b = self.z[both, place[i]], self.z[both, place[j]]
        self.rho[at] = pearson_of(a, b, self.weights[both])
        found = continuous_pair(a, float(self.sd[i]), b, float(self.sd[j]), float(self.rho[at]))
        self.rows[at] = found.spread(both)

    def determined(self) -> Index:
        """Pairs whose correlation runs to ±1: at the edge, or where the likelihood is flat before it."""
        information = np.ones(len(self.rho))
        information[self.oo] = (self.tables.counts * self.score**2).sum(axis=(1, 2))
        for pair, found in self.rows.items():
            information[pair] = self.weights @ found.rho**2
        flat = ~(information > FLAT * len(self.codes))
        return np.nonzero(flat | (np.abs(self.rho) > IDENTICAL))[0]

    def covariance(self) -> Array:
        """A⁻¹ B A⁻ᵀ, as the crossproduct of the rows' scores turned by A⁻¹."""
        layout = self.layout
        margins = layout.size - len(layout.pairs[0])
        slopes, squares = self._pair_rows(margins)
        own = [layout.own(i) for i in range(layout.p)]
        tables = [self._margin_scores(i) for i in range(layout.p)]
        out = np.zeros((layout.size,) * 2)
        for begin in range(0, len(self.codes), _ROWS_AT_ONCE):
            rows = slice(begin, begin + _ROWS_AT_ONCE)
            turned = np.empty((len(self.codes[rows]), layout.size))
            for at, (lookup, bread) in zip(own, tables, strict=True):
                turned[:, at] = lookup(rows) @ bread
            turned[:, margins:] = (self._pair_scores(rows) - turned[:, :margins] @ slopes.T) / squares
            turned *= self.weights[rows, None]
            out += turned.T @ turned
        return out

    def _margin_scores(self, i: int) -> tuple[Callable[[slice], Array], Array]:
        """The scores (rows, ·) of a variable's own parameters as a look-up, and their A⁻¹."""
        o = _places(self.layout)[i]
        if self.layout.categories[i]:
            m, tau = self.layout.categories[i], self.limits[o]
            at = np.arange(m - 1)
            height, p = density(tau[1:m]), np.diff(_cdf(tau[: m + 1]))
            table = np.zeros((m + 1, m - 1))  # the last row is that of no answer
            table[at, at], table[at + 1, at] = height / p[:-1], -height / p[1:]
            codes = self.codes[:, o]
            count = np.bincount(np.where(codes < 0, m, codes), self.weights, minlength=m + 1)
            own = np.asarray(np.linalg.inv(table.T @ (count[:, None] * table)), dtype=float)
            return lambda rows: table[codes[rows]], own
        z, sd = self.z[:, o], self.sd[i]
        scores = np.stack([z / sd, (z**2 - 1) / (2 * sd**2)], axis=1) * self.seen[:, o, None]
        squares = scores.T @ (self.weights[:, None] * scores)
        return lambda rows: scores[rows], np.asarray(np.linalg.pinv(squares), dtype=float)

    def _pair_scores(self, rows: slice) -> Array:
        first, second = self.layout.pairs
        place, codes = _places(self.layout), self.codes[rows]
        out = np.empty((len(codes), len(first)))
        a, b = place[first[self.oo]], place[second[self.oo]]
        width = self.score.shape[1]
        cells = np.maximum(codes[:, a], 0) * width + np.maximum(codes[:, b], 0)
        flat = self.score.reshape(len(self.oo), width * width)
        out[:, self.oo] = flat[np.arange(len(self.oo)), cells]
        if (codes < 0).any():
            out[:, self.oo] *= (codes[:, a] >= 0) & (codes[:, b] >= 0)
        for pair, found in self.rows.items():
            out[:, pair] = found.rho[rows]
        return out

    def _pair_rows(self, margins: int) -> tuple[Array, Array]:
        """The rows of A for the pairs: by the margins' parameters (pairs, margins), and the diagonal (pairs,)."""
        layout = self.layout
        first, second = layout.pairs
        own = [layout.own(i) for i in range(layout.p)]
        slopes, squares = np.zeros((len(first), margins)), np.empty(len(first))
        by_first, by_second, squares[self.oo] = nuisance_crossproducts(
            self.tables, self.rho[self.oo], self.score, self.score_p
        )
        starts = np.array([at[0] for at in own])
        counts = np.array([max(m - 1, 0) for m in layout.categories])
        for number in range(by_first.shape[1]):
            for ends, part in ((first, by_first), (second, by_second)):
                variable = ends[self.oo]
                has = counts[variable] > number
                slopes[self.oo[has], starts[variable[has]] + number] = part[has, number]
        for pair, found in self.rows.items():
            weighed = self.weights * found.rho
            slopes[pair, own[first[pair]]] = weighed @ found.first
            slopes[pair, own[second[pair]]] = weighed @ found.second
            squares[pair] = weighed @ found.rho
        return slopes, squares

    def statistics(self) -> Array:
        layout, place = self.layout, _places(self.layout)
        margins = [
            self.limits[place[i], 1 : layout.categories[i]] if layout.categories[i] else self.mean[i : i + 1]
            for i in range(layout.p)
        ]
        variances = self.sd[layout.continuous] ** 2
        return np.concatenate([*margins, variances, self.cov[layout.pairs]])


def to_covariances(layout: Layout, rho: Array, sd: Array) -> Array:
    """∂(statistics)/∂(first-step parameters, ρ): pairs with a continuous variable become covariances."""
    H = np.eye(layout.size)
    first, second = layout.pairs
    begin = layout.size - len(first)
    for pair, (i, j) in enumerate(zip(first, second, strict=True)):
        H[begin + pair, begin + pair] = sd[i] * sd[j]
        for own, other in ((i, j), (j, i)):
            if not layout.categories[own]:
                H[begin + pair, layout.own(int(own))[-1]] = rho[pair] * sd[other] / (2 * sd[own])
    return H


def _code_correlations(counts: Array) -> Array:
    """Pearson's correlation of the codes of each table (P, M, M): where a search begins."""
    code = np.arange(counts.shape[1], dtype=float)
    total = counts.sum(axis=(1, 2))
    first, second = counts.sum(axis=2) / total[:, None], counts.sum(axis=1) / total[:, None]
    a, b = code - (first @ code)[:, None], code - (second @ code)[:, None]
    product = np.einsum("pi,pij,pj->p", a, counts, b) / total
    spread = np.sqrt((first * a**2).sum(axis=1) * (second * b**2).sum(axis=1))
    return np.asarray(product / np.where(spread > 0, spread, 1.0))


def _places(layout: Layout) -> Index:
    """The column of each variable among its own kind."""
    out = np.zeros(layout.p, dtype=np.intp)
    out[layout.ordered] = np.arange(len(layout.ordered))
    out[layout.continuous] = np.arange(len(layout.continuous))
    return out


def _cdf(tau: Array) -> Array:
    from scipy.special import ndtr

    return np.asarray(ndtr(tau), dtype=float)


def _filled(counts: Array, categories: Sequence[int], a: Index, b: Index) -> tuple[Array, Index]:
    """Two-by-two tables with an empty cell get half an answer there, margins kept (lavaan's ``zero.add``)."""
    m = np.asarray(categories)
    small = (m[a] == 2) & (m[b] == 2)
    corner = counts[:, :2, :2]
    empty = small & (corner == 0).any(axis=(1, 2))
    if not empty.any():
        return counts, np.zeros(0, dtype=np.intp)
    out = counts.copy()
    for i in np.nonzero(empty)[0]:
        on_diagonal = out[i, 0, 0] == 0 or out[i, 1, 1] == 0
        sign = 0.5 if on_diagonal else -0.5
        out[i, :2, :2] += sign * np.array([[1.0, -1.0], [-1.0, 1.0]])
    return out, np.nonzero(empty)[0]
