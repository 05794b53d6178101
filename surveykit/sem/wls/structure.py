"""What a model implies for the statistics of ordered items, and the derivatives.

An ordered item x is a latent response y* cut at thresholds τ. Its scale is free, so that only τ and the correlations
are seen: with d = δ (delta parameterisation: the residual variance is what δ = 1 / sd(y*) leaves) or d = 1 / sd(y*)
(theta parameterisation: the residual variance is a parameter), a threshold is d (τ − μ) and a covariance d_i Σ_ij d_j
(Muthén & Asparouhov 2002). Continuous variables have d = 1 and keep mean and variance.

Given predictors x that are held fixed, all of this is of what x leaves (their entries in S and α are nil), and the slopes
of the variables on x, d_i E_ix with E = (I − A)⁻¹, are statistics too.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block, Matrices, State
from surveykit.model.table import ParameterTable
from surveykit.sem.wls.statistics import Layout

__all__ = ["Implied", "Structure", "free_thresholds", "structures_of"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class Implied:
    """A model at θ: its statistics (size,), Δ = ∂statistics/∂θ (size, k), and all that a solution needs.

    ``block`` carries derivatives by θ in its ``D`` (residual variances under delta among them); ``scale`` is d (p,).
    ``state`` is that given the predictors held fixed, with Σ and μ of the other variables; ``whole`` is unconditional.
    """

    values: Array
    jacobian: Array
    block: Block
    A: Array
    S: Array
    m: Array
    state: State
    whole: State
    thresholds: Array
    scale: Array


@dataclass(frozen=True, slots=True)
class Structure:
    """One group's matrices with thresholds τ = t0 + Dt θ and scaling factors δ = d0 + Dd θ.

    ``margin`` and ``is_mean`` say of each row of t0 which variable it belongs to, and whether it is a mean; ``y`` and
    ``x`` where the layout's variables and the predictors held fixed stand among the observed ones.
    """

    layout: Layout
    block: Block
    theta_form: bool
    t0: Array
    Dt: Array
    d0: Array
    Dd: Array
    margin: Index
    is_mean: NDArray[np.bool_]
    y: Index
    x: Index

    def without(self, rows: NDArray[np.bool_], parameters: NDArray[np.bool_]) -> Structure:
        """The structure without some thresholds and parameters (both are masks of what goes)."""
        stay, keep = ~rows, ~parameters
        block = replace(self.block, D=self.block.D[:, keep])
        return replace(
            self,
            block=block,
            t0=self.t0[stay],
            Dt=self.Dt[np.ix_(stay, keep)],
            Dd=self.Dd[:, keep],
            margin=self.margin[stay],
            is_mean=self.is_mean[stay],
        )

    def moved_by(self, block: Block) -> Callable[[Array], Implied | None]:
        """The model with further parameters, which only ``block`` knows, behind its own."""
        more = ((0, 0), (0, block.D.shape[1] - self.Dt.shape[1]))
        wide = replace(self, block=block, Dt=np.pad(self.Dt, more), Dd=np.pad(self.Dd, more))
        return wide.at

    def at(self, theta: Array) -> Implied | None:
        """The model at θ; None where an ordered item's variance is not positive."""
        y, x, o = self.y, self.x, self.y[self.layout.ordered]
        A, S, m = self.block.fill(theta)
        delta = self.d0 + self.Dd @ theta
        E: Array = np.asarray(np.linalg.inv(np.eye(len(A)) - A), dtype=float)
        given, left = S, m
        if len(x):
            given, left = S.copy(), m.copy()
            given[x], given[:, x], left[x] = 0.0, 0.0, 0.0
        if not self.theta_form and len(o):
            d = delta[self.layout.ordered]
            if not (d > 0).all():
                return None
            given[o, o] = 0.0
            rest = 1 / d**2 - np.diagonal(E @ given @ E.T)[o]
            S[o, o] = given[o, o] = np.linalg.solve(E[np.ix_(o, o)] ** 2, rest)
        p, mean = self.block.p, E @ left
        C = E @ given @ E.T
        C = (C + C.T) / 2
        state = State(E, E[:p], C, C[np.ix_(y, y)], mean[y], mean)
        if not np.isfinite(C).all() or not (np.diagonal(state.Sigma) > 0).all():
            return None
        whole = state
        if len(x):
            full, at = E @ S @ E.T, E @ m
            full = (full + full.T) / 2
            whole = State(E, E[:p], full, full[:p, :p], at[:p], at)
        block = self.block if self.theta_form else self._with_residuals(state, delta)
        return self._implied(theta, block, (A, S, m), state, whole, delta)

    def _with_residuals(self, state: State, delta: Array) -> Block:
        """The block with the residual variances of ordered items as entries, and their derivatives by θ."""
        own_d, block = self.layout.ordered, self.block
        o = self.y[own_d]
        left, right = block.columns(state)
        by_entry = 2 * left[o] * right[o]
        slope = -2 * self.Dd[own_d] / delta[own_d, None] ** 3 - by_entry @ block.D[: left.shape[1]]
        own = np.linalg.solve(state.E[np.ix_(o, o)] ** 2, slope)
        at = len(block.a[0]) + len(block.s[0])
        return replace(
            block,
            s=(np.append(block.s[0], o), np.append(block.s[1], o)),
            weight=np.append(block.weight, np.full(len(o), 0.5)),
            D=np.concatenate([block.D[:at], own, block.D[at:]]),
        )

    def _implied(
        self,
        theta: Array,
        block: Block,
        entries: tuple[Array, Array, Array],
        state: State,
        whole: State,
        delta: Array,
    ) -> Implied:
        layout, Sigma, k = self.layout, state.Sigma, len(theta)
        left, right = (side[self.y] for side in block.columns(state))
        D = block.D[: left.shape[1]]
        variance = np.diagonal(Sigma)
        by_variance = (2 * left * right) @ D
        d, by_d = np.ones(layout.p), np.zeros((layout.p, k))
        o, c = layout.ordered, layout.continuous
        if self.theta_form:
            d[o] = variance[o] ** -0.5
            by_d[o] = -0.5 * variance[o, None] ** -1.5 * by_variance[o]
        else:
            d[o], by_d[o] = delta[o], self.Dd[o]
        by_mean = block.mean_columns(state)[self.y] @ block.D
        first, second = layout.pairs
        cov = Sigma[first, second]
        by_cov = (left[first] * right[second] + left[second] * right[first]) @ D
        both = d[first] * d[second]
        by_pair = by_cov
        if self.theta_form or self.Dd.any():
            by_pair = both[:, None] * by_cov
            by_pair += cov[:, None] * (by_d[first] * d[second, None] + d[first, None] * by_d[second])
        elif (both != 1).any():
            by_pair = both[:, None] * by_cov
        tau = self.t0 + self.Dt @ theta
        v, is_mean = self.margin, self.is_mean
        distance = tau - state.mu[v]
        margins = np.where(is_mean, state.mu[v], d[v] * distance)
        by_margin = d[v, None] * (self.Dt - by_mean[v]) + distance[:, None] * by_d[v]
        by_margin[is_mean] = by_mean[v[is_mean]]
        slopes, by_slope = self._slopes(block, state, d, by_d)
        values = np.concatenate([margins, slopes, variance[c], both * cov])
        jacobian = np.concatenate([by_margin, by_slope, by_variance[c], by_pair])
        return Implied(values, jacobian, block, *entries, state, whole, tau, d)

    def _slopes(self, block: Block, state: State, d: Array, by_d: Array) -> tuple[Array, Array]:
        """The slopes on predictors held fixed, all of a variable's behind one another, and their derivatives by θ."""
        E, (i, j) = state.E, block.a
        plain = E[np.ix_(self.y, self.x)]
        by_entry = E[self.y][:, i][:, None, :] * E[j][:, self.x].T[None]
        by_plain = by_entry @ block.D[: len(i)]
        by = d[:, None, None] * by_plain + plain[:, :, None] * by_d[:, None, :]
        return (d[:, None] * plain).ravel(), by.reshape(plain.size, by.shape[-1])


def structures_of(
    table: ParameterTable,
    layouts: Sequence[Layout],
    theta_form: bool,
    exogenous: Sequence[tuple[Array, Array]] | None = None,
) -> tuple[Structure, ...]:
    """The structure of every group of a table; ``exogenous`` as for :class:`~surveykit.model.matrices.Matrices`."""
    blocks = Matrices(table, exogenous).blocks
    return tuple(
        _structure(table, g, block, layout, theta_form)
        for g, (block, layout) in enumerate(zip(blocks, layouts, strict=True), start=1)
    )


def _structure(
    table: ParameterTable, group: int, block: Block, layout: Layout, theta_form: bool
) -> Structure:
    k, names = table.k, layout.names
    t0, Dt = np.zeros(len(layout.margin)), np.zeros((len(layout.margin), k))
    d0, Dd = np.ones(layout.p), np.zeros((layout.p, k))
    place = {
        (names[v], f"t{number}"): i
        for i, (v, number) in enumerate(zip(layout.margin, layout.number, strict=True))
        if number
    }
    for row in table:
        if row.group != group or row.op not in ("|", "~*~"):
            continue
        at = place[row.lhs, row.rhs] if row.op == "|" else names.index(row.lhs)
        fixed, by = (t0, Dt) if row.op == "|" else (d0, Dd)
        if row.free:
            fixed[at], by[at, row.free - 1] = 0.0, 1.0
        else:
            fixed[at] = row.ustart
    y, x = (
        np.array([table.observed.index(n) for n in part], dtype=np.intp)
        for part in (names, layout.predictors)
    )
    return Structure(layout, block, theta_form, t0, Dt, d0, Dd, layout.margin, layout.number == 0, y, x)


def free_thresholds(structures: Sequence[Structure]) -> tuple[list[NDArray[np.bool_]], NDArray[np.bool_]]:
    """Thresholds (by group) that a parameter of their own sets, and these parameters.

    Whatever the other parameters are, such a threshold can be met exactly, so that with a diagonal weight neither
    it nor its parameter takes part in the search.
    """
    uses = sum((s.Dt != 0).sum(axis=0) for s in structures)
    others = sum((s.block.D != 0).sum(axis=0) + (s.Dd != 0).sum(axis=0) for s in structures)
    own = (np.asarray(uses) == 1) & (np.asarray(others) == 0)
    return [(s.Dt[:, own] != 0).any(axis=1) for s in structures], own
