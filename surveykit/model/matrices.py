"""Model matrices: from a parameter table and a vector of free parameters to implied moments.

The model is written in the form of McArdle and McDonald (1984): all variables, observed ones first
and then the constructs, stand in one vector v = α + A v + u with Cov(u) = S, so that

    Σ = F (I − A)⁻¹ S (I − A)⁻ᵀ Fᵀ,    μ = F (I − A)⁻¹ α,

where F picks the observed variables. ``=~`` and ``~`` fill A, ``~~`` fills S, ``~1`` fills α. Each
derivative of Σ is of rank two, dΣ = l rᵀ + r lᵀ; everything below lives on the columns l and r, so that no
array grows with p²·k unless it is asked for.

Every array may carry leading axes: θ of shape (..., k) gives Σ of shape (..., p, p). One call so serves
a single fit and a stack of bootstrap replicates.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from typing import cast

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model.table import ParameterTable, Row

__all__ = ["Block", "Layout", "Matrices", "State", "vech", "vech_indices"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@lru_cache(maxsize=64)
def vech_indices(p: int) -> tuple[Index, Index]:
    """Rows and columns of the lower triangle, column by column (the order of ``vech``); not to be written to."""
    columns, rows = np.triu_indices(p)
    rows.flags.writeable = columns.flags.writeable = False
    return rows, columns


def vech(matrix: Array) -> Array:
    """The lower triangle of (..., p, p) as (..., p(p+1)/2), column by column."""
    rows, columns = vech_indices(matrix.shape[-1])
    out: Array = matrix[..., rows, columns]
    return out


@dataclass(frozen=True, slots=True)
class State:
    """The model at one θ: E = (I − A)⁻¹, G = F E, C the covariance of all variables, Σ, μ, all means."""

    E: Array
    G: Array
    C: Array
    Sigma: Array
    mu: Array
    mean: Array


@dataclass(frozen=True, slots=True)
class Layout:
    """Where derivatives look entries up, as flat places, so that no index is built twice.

    ``left``, ``right`` are columns of [G, C] (the l and r of each entry of A and S), ``ll lr rr`` the places of all their
    pairs in a (2q, 2q) table, ``lr_own`` those of each entry with itself; ``gg`` and ``gc`` are places in such a table,
    ``e`` and ``c`` in (q, q) tables, that the curvature of the model needs. ``filled`` are the places of A, S and α, one
    behind the other, that take the entries ``entry``; both halves of S do. ``ways`` is the number of arrows in the longest
    way through A, −1 where a way leads back to its beginning; ``own`` says that each parameter has one entry, in order (no
    parameters made equal), so that products of vectors replace those of matrices.
    """

    ways: int
    own: bool
    eye: Array
    filled: Index
    entry: Index
    weight: Array
    pair: Array
    left: Index
    right: Index
    ll: Index
    lr: Index
    rr: Index
    lr_own: Index
    e_aa: Index
    gc_aa: Index
    gg_aa: Index
    c_aa: Index
    e_as: tuple[Index, Index]
    gg_as: tuple[Index, Index]
    e_am: Index

    @classmethod
    def of(cls, block: Block) -> Layout:
        """The layout of the entries a (of A), s (of S) and m (of α) of a block."""
        arrows = block.A0 != 0
        arrows[block.a] = True
        D = block.D
        own = D.shape[0] == D.shape[1] and np.count_nonzero(D) == np.count_nonzero(D.diagonal()) == len(D)
        places = tuple(x.tobytes() for x in (*block.a, *block.s, block.m))
        return _layout(block.q, places, block.weight.tobytes(), arrows.tobytes(), own)


@lru_cache(maxsize=32)
def _layout(q: int, places_of: tuple[bytes, ...], weights: bytes, arrows: bytes, own: bool) -> Layout:
    """The layout of a model that many samples share; arrays as bytes, so that they can be looked up."""
    (i, j, k, l, m) = (np.frombuffer(x, dtype=np.intp) for x in places_of)  # noqa: E741
    weight = np.frombuffer(weights, dtype=np.float64)
    left, right = np.concatenate([i, k]), np.concatenate([q + j, l])
    w = np.concatenate([np.ones(len(i)), weight])

    def places(rows: Index, columns: Index, width: int) -> Index:
        return np.asarray(rows[:, None] * width + columns, dtype=np.intp)

    na, ns = len(i), len(k)
    of_s = np.arange(na, na + ns)
    return Layout(
        _longest_way(np.frombuffer(arrows, dtype=bool).reshape(q, q)),
        own,
        np.eye(q),
        np.concatenate([i * q + j, q * q + k * q + l, q * q + l * q + k, 2 * q * q + m]),
        np.concatenate([np.arange(na), of_s, of_s, np.arange(na + ns, na + ns + len(m))]),
        w,
        np.outer(w, w),
        left,
        right,
        places(left, left, 2 * q),
        places(left, right, 2 * q),
        places(right, right, 2 * q),
        left * (2 * q) + right,
        places(j, i, q),
        places(i, q + j, 2 * q),
        places(i, i, 2 * q),
        places(j, j, q),
        (places(j, k, q), places(j, l, q)),
        (places(i, l, 2 * q), places(i, k, 2 * q)),
        places(j, m, q),
    )


def _longest_way(arrows: NDArray[np.bool_]) -> int:
    """How many arrows the longest way has; −1 where a way leads back to its beginning."""
    reached = arrows
    for length in range(len(arrows)):
        if not reached.any():
            return length
        reached = reached @ arrows
    return -1


_NOT_YET = cast(Layout, None)


def _single_entries(D: Array) -> tuple[Index, Array] | None:
    """The entry of each parameter and the factor between them, where no parameter has several or none."""
    used = D != 0
    if D.shape[0] != D.shape[1] or not (used.sum(axis=0) == 1).all() or not (used.sum(axis=1) == 1).all():
        return None
    entries = used.argmax(axis=0)
    return entries, D[entries, np.arange(D.shape[1])]


@dataclass(frozen=True, slots=True)
class Block:
    """One group's matrices: fixed parts, and where each entry of (A, S, α) takes its free parameter.

    Entries come in the order A, S, α; ``D`` (entries, k) says entries = D θ. ``weight`` is ½ for a variance
    (both halves of dS = w (eᵢ eⱼᵀ + eⱼ eᵢᵀ) fall on one place) and 1 for a covariance.
    """

    p: int
    q: int
    A0: Array
    S0: Array
    m0: Array
    a: tuple[Index, Index]
    s: tuple[Index, Index]
    m: Index
    weight: Array
    D: Array
    layout: Layout = field(default=_NOT_YET, repr=False)
    scale: Array | None = field(default=None, init=False, repr=False)
    scales: Array | None = field(default=None, init=False, repr=False)
    single: tuple[Index, Array] | None = field(default=None, init=False, repr=False)
    fixed: Array = field(init=False, repr=False)

    def __post_init__(self) -> None:
        if self.layout is _NOT_YET:
            object.__setattr__(self, "layout", Layout.of(self))
        own = self.D.diagonal()
        object.__setattr__(self, "scale", own if self.layout.own else None)
        object.__setattr__(self, "scales", own[:, None] * own if self.layout.own else None)
        object.__setattr__(self, "single", None if self.layout.own else _single_entries(self.D))
        object.__setattr__(self, "fixed", self._fixed())

    def _fixed(self) -> Array:
        """A, S and α without their free parameters, one behind the other (..., 2q² + q)."""
        A0, S0, m0 = self.A0.ravel(), self.S0, self.m0
        if S0.ndim == 2 and m0.ndim == 1:
            return np.concatenate([A0, S0.ravel(), m0])
        R = len(S0) if S0.ndim == 3 else len(m0)
        flat = ((A0, len(A0)), (S0.reshape(*S0.shape[:-2], -1), S0.shape[-1] ** 2), (m0, m0.shape[-1]))
        return np.concatenate([np.broadcast_to(x, (R, size)) for x, size in flat], axis=1)

    def by_parameter(self, by_entry: Array) -> Array:
        """Derivatives by the parameters (..., k) from those by the entries (..., entries)."""
        if self.single is not None:
            entries, factors = self.single
            return np.asarray(by_entry[..., entries] * factors, dtype=float)
        out: Array = by_entry @ self.D if self.scale is None else by_entry * self.scale
        return out

    def by_parameters(self, by_entries: Array) -> Array:
        """Second derivatives by the parameters (..., k, k) from those by the entries."""
        if self.single is not None:
            entries, factors = self.single
            picked = by_entries[..., entries[:, None], entries]
            return np.asarray(picked * (factors[:, None] * factors), dtype=float)
        if self.scales is None:
            return np.asarray(self.D.T @ by_entries @ self.D, dtype=float)
        out: Array = by_entries * self.scales
        return out

    def fill(self, theta: Array) -> tuple[Array, Array, Array]:
        """A (..., q, q), S (..., q, q) and α (..., q) at θ (..., k)."""
        entries = theta @ self.D.T if self.scale is None else theta * self.scale
        lead, q, size = theta.shape[:-1], self.q, self.q * self.q
        values = np.empty((*lead, self.fixed.shape[-1]))
        values[...] = self.fixed
        values[..., self.layout.filled] = entries[..., self.layout.entry]
        A, S = (values[..., at : at + size].reshape(*lead, q, q) for at in (0, size))
        return A, S, values[..., 2 * size :]

    def state(self, theta: Array) -> State:
        """The implied moments at θ and what their derivatives need."""
        A, S, m = self.fill(theta)
        E = self._total_effects(A)
        C = E @ S @ E.mT
        C = (C + C.mT) / 2
        mean = (E @ m[..., None])[..., 0]
        p = self.p
        return State(E, E[..., :p, :], C, C[..., :p, :p], mean[..., :p], mean)

    def _total_effects(self, A: Array) -> Array:
        """(I − A)⁻¹; where no way leads back it is the finite sum I + A + A² + … over the lengths of ways."""
        if self.layout.ways < 0:
            return np.asarray(np.linalg.inv(self.layout.eye - A), dtype=float)
        E, power, reach = self.layout.eye + A, A, 1
        while reach < self.layout.ways:
            # (I + A)(I + A²)(I + A⁴)… holds all powers up to one less than twice the last one's
            power = power @ power
            E = E + E @ power
            reach = 2 * reach + 1
        return E

    def columns(self, state: State) -> tuple[Array, Array]:
        """The columns l and r, each (..., p, entries of A and S): dΣ = l rᵀ + r lᵀ."""
        G, C = state.G, state.C[..., : self.p, :]
        left = np.concatenate([G[..., self.a[0]], G[..., self.s[0]]], axis=-1)
        right = np.concatenate([C[..., self.a[1]], G[..., self.s[1]] * self.weight], axis=-1)
        return left, right

    def mean_columns(self, state: State) -> Array:
        """dμ for every entry of A, S and α: (..., p, entries)."""
        G = state.G
        by_a = G[..., self.a[0]] * state.mean[..., None, self.a[1]]
        by_s = np.zeros(G.shape[:-1] + (len(self.s[0]),))
        return np.concatenate([by_a, by_s, G[..., self.m]], axis=-1)

    def rescaled(self, scale: Array, tau: Array) -> Block:
        """The same block in units of ``scale`` (q,) per variable and ``tau`` (k,) per parameter."""
        from_scale = np.outer(1 / scale, scale)
        to_scale = np.outer(1 / scale, 1 / scale)
        factors = np.concatenate([from_scale[self.a], to_scale[self.s], 1 / scale[self.m]])
        return replace(
            self,
            A0=self.A0 * from_scale,
            S0=self.S0 * to_scale,
            m0=self.m0 / scale,
            D=factors[:, None] * self.D * tau,
        )


class Matrices:
    """The matrices of every group of a parameter table.

    ``exogenous`` gives, per group, the covariance (p, p) and the mean (p,) from which fixed exogenous
    moments are taken, in the order of ``table.observed``; it is needed only where the table has such rows.
    """

    __slots__ = ("blocks", "observed", "table", "variables")

    def __init__(self, table: ParameterTable, exogenous: Sequence[tuple[Array, Array]] | None = None) -> None:
        self.table = table
        self.observed: tuple[str, ...] = table.observed
        self.variables: tuple[str, ...] = table.observed + table.latents
        groups = range(1, len(table.groups) + 1)
        if any(row.exo for row in table):
            given: Sequence[tuple[Array, Array] | None] = exogenous or [None] * len(groups)
            self.blocks: tuple[Block, ...] = tuple(
                _block(table, g, m) for g, m in zip(groups, given, strict=True)
            )
        else:
            self.blocks = table.once("blocks", lambda: tuple(_block(table, g, None) for g in groups))

    def implied(self, theta: Array, group: int = 1) -> tuple[Array, Array]:
        """Σ (..., p, p) and μ (..., p) at θ (..., k); μ is zero without a mean structure."""
        state = self.blocks[group - 1].state(np.asarray(theta, dtype=float))
        return state.Sigma, state.mu

    def covariance(self, theta: Array, group: int = 1) -> Array:
        """The covariance of all variables, constructs included: (..., q, q)."""
        return self.blocks[group - 1].state(np.asarray(theta, dtype=float)).C

    def jacobian(self, theta: Array, group: int = 1) -> tuple[Array, Array]:
        """d vech(Σ)/dθ (..., p(p+1)/2, k) and dμ/dθ (..., p, k)."""
        block = self.blocks[group - 1]
        state = block.state(np.asarray(theta, dtype=float))
        left, right = block.columns(state)
        rows, columns = vech_indices(block.p)
        per_entry = left[..., rows, :] * right[..., columns, :] + left[..., columns, :] * right[..., rows, :]
        return per_entry @ block.D[: left.shape[-1]], block.mean_columns(state) @ block.D


_DIRECTED = {"=~", "~"}


def _block(table: ParameterTable, group: int, exogenous: tuple[Array, Array] | None) -> Block:
    place = {name: i for i, name in enumerate(table.observed + table.latents)}
    p, q = len(table.observed), len(place)
    A0, S0, m0 = np.zeros((q, q)), np.zeros((q, q)), np.zeros(q)
    a: list[tuple[int, int]] = []
    s: list[tuple[int, int]] = []
    m: list[int] = []
    free: tuple[list[int], list[int], list[int]] = ([], [], [])
    factors: list[float] = []
    composed = {c.name: c for c in table.composites if c.group == group}
    for row in (*table.rows, *table.inner):
        if row.op == "<~" and row.lhs in composed and row.group == group:
            # x_m = c/w_m − Σ (w_k/w_m) x_k, where m is the indicator whose weight is fixed
            c = composed[row.lhs]
            i, j = place[c.indicators[c.marker]], place[row.rhs]
            if row.free:
                free[0].append(row.free - 1)
                factors.append(-1 / c.weight)
                a.append((i, j))
            elif i != j:
                A0[i, j] = -row.ustart / c.weight
            continue
        if row.group != group or row.op not in _DIRECTED | {"~~", "~1"} or table.derived(row):
            continue
        i, j = _places(row, place)
        if row.free:
            kind = 0 if row.op in _DIRECTED else 1 if row.op == "~~" else 2
            free[kind].append(row.free - 1)
            if kind == 0:
                factors.append(1.0)
            if kind == 2:
                m.append(i)
            else:
                (a, s)[kind].append((i, j))
        elif row.op in _DIRECTED:
            A0[i, j] = row.ustart
        elif row.op == "~~":
            S0[i, j] = S0[j, i] = _moment(row, exogenous, i, j)
        else:
            m0[i] = _moment(row, exogenous, i, None)
    order = free[0] + free[1] + free[2]
    D = np.zeros((len(order), table.k))
    D[np.arange(len(order)), order] = factors + [1.0] * (len(order) - len(factors))
    ai, aj = _pairs(a)
    si, sj = _pairs(s)
    weight = np.where(si == sj, 0.5, 1.0)
    return Block(p, q, A0, S0, m0, (ai, aj), (si, sj), np.array(m, dtype=np.intp), weight, D)


def _places(row: Row, place: dict[str, int]) -> tuple[int, int]:
    """Row and column of the matrix entry: the effect first, then the cause."""
    if row.op == "=~":
        return place[row.rhs], place[row.lhs]
    return place[row.lhs], place.get(row.rhs, -1)


def _pairs(pairs: list[tuple[int, int]]) -> tuple[Index, Index]:
    array = np.array(pairs, dtype=np.intp).reshape(-1, 2)
    return array[:, 0], array[:, 1]


def _moment(row: Row, exogenous: tuple[Array, Array] | None, i: int, j: int | None) -> float:
    if not np.isnan(row.ustart):
        return row.ustart
    if exogenous is None:
        raise SurveykitError(
            f"the parameter {quote(row.name)} is fixed to the sample's moment, and no sample is given",
            expected="a value for the parameter, or fixed_x=False",
            code="MODEL_NO_VALUE",
        )
    return float(exogenous[1][i] if j is None else exogenous[0][i, j])
