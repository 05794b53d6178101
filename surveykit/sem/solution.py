"""A solution: the model's matrices at θ with the covariance of θ, and what the delta method needs of them.

Every number that a fit reports beside its parameters (standardised values, correlations of constructs,
effects, R²) is a smooth function of θ. This module gives the values and their derivatives; the
variance of g(θ) is J V Jᵀ with J = ∂g/∂θ (Oehlert 1992).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block, State
from surveykit.model.table import ParameterTable, Row

__all__ = [
    "Z95",
    "GroupSolution",
    "Solution",
    "delta_se",
    "normal_quantile",
    "variance_slopes",
]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
Z95 = 1.959963984540054


@dataclass(frozen=True, slots=True)
class GroupSolution:
    """One group at θ: A (q, q), S (q, q), α (q,), the state, and ∂diag(C)/∂θ (q, k).

    ``cuts`` holds thresholds by (item, ``t1``) and scaling factors by (item, item) of ordered items.
    """

    label: str
    block: Block
    A: Array
    S: Array
    m: Array
    state: State
    dvar: Array
    cuts: Mapping[tuple[str, str], float] = field(default_factory=dict)

    def of_dependent(self, u: int, v: int, otherwise: Array) -> Array:
        """∂S_uv/∂θ (k,) of an entry that is no parameter but moves with them, as the residual variance of an ordered item
        does under delta; ``otherwise`` where it is fixed."""
        places = np.nonzero((self.block.s[0] == u) & (self.block.s[1] == v))[0]
        return self.block.D[len(self.block.a[0]) + places[0]] if len(places) else otherwise

    def dcov(self, u: int | Places, v: int | Places) -> Array:
        """∂C_uv/∂θ (..., k): the covariance of two variables of any kind, or of many pairs (...,) of them."""
        E, C, b = self.state.E, self.state.C, self.block
        u, v = np.asarray(u)[..., None], np.asarray(v)[..., None]
        by_a = E[u, b.a[0]] * C[b.a[1], v] + C[u, b.a[1]] * E[v, b.a[0]]
        by_s = b.weight * (E[u, b.s[0]] * E[v, b.s[1]] + E[u, b.s[1]] * E[v, b.s[0]])
        out: Array = np.concatenate([by_a, by_s, np.zeros((*by_a.shape[:-1], len(b.m)))], axis=-1) @ b.D
        return out


@dataclass(frozen=True, slots=True)
class Solution:
    """θ (k,), its covariance (k, k; NaN without standard errors) and every group's matrices."""

    table: ParameterTable
    variables: tuple[str, ...]
    theta: Array
    vcov: Array
    groups: tuple[GroupSolution, ...]

    @classmethod
    def of(
        cls,
        table: ParameterTable,
        variables: Sequence[str],
        blocks: Sequence[Block],
        theta: Array,
        vcov: Array,
    ) -> Solution:
        """The solution at θ of blocks in the units of the data."""
        groups = tuple(_group(label, block, theta) for label, block in zip(table.groups, blocks, strict=True))
        return cls(table, tuple(variables), theta, vcov, groups)

    def place(self, name: str) -> int:
        """Where a variable stands."""
        return self.variables.index(name)

    def at(self, row: Row) -> tuple[GroupSolution, int, int]:
        """A row's group and matrix entry (effect, cause); the second is −1 for an intercept or threshold."""
        group = self.groups[row.group - 1]
        if row.op == "=~":
            return group, self.place(row.rhs), self.place(row.lhs)
        return group, self.place(row.lhs), self.place(row.rhs) if row.rhs and row.op != "|" else -1

    def value(self, row: Row) -> float:
        """The estimate of a row of a matrix."""
        group, i, j = self.at(row)
        if row.op == "<~":
            return float(self.theta[row.free - 1]) if row.free else row.ustart
        derived = self.table.derived(row)
        if derived in ("moment", "mean"):
            return float(group.state.C[i, j] if derived == "moment" else group.state.mean[i])
        if row.op in ("|", "~*~"):
            return float(group.cuts[row.lhs, row.rhs])
        if row.op == "~1":
            return float(group.m[i])
        return float((group.S if row.op == "~~" else group.A)[i, j])

    def gradient(self, row: Row) -> Array:
        """∂(row)/∂θ (k,)."""
        out = np.zeros(len(self.theta))
        derived = self.table.derived(row)
        if derived:
            group, i, j = self.at(row)
            if derived == "moment":
                return group.dcov(i, j)
            if derived == "mean":
                return np.asarray((group.block.mean_columns(group.state) @ group.block.D)[i])
            row = next(r for r in self.table.inner if r[:4] == row[:4])
        if row.free:
            out[row.free - 1] = 1.0
        elif row.op == "~~" and not derived:
            group, i, j = self.at(row)
            return group.of_dependent(i, j, out)
        return out

    def se(self, row: Row) -> float:
        """The standard error of a row; 0 where it is fixed, also to a moment of the sample."""
        if row.free:
            return float(np.sqrt(max(self.vcov[row.free - 1, row.free - 1], 0.0)))
        if self.table.derived(row) in ("", "moment"):
            return 0.0
        return float(delta_se(self.gradient(row)[None], self.vcov)[0])


def _group(label: str, block: Block, theta: Array) -> GroupSolution:
    A, S, m = block.fill(theta)
    state = block.state(theta)
    return GroupSolution(label, block, A, S, m, state, variance_slopes(block, state))


def variance_slopes(block: Block, state: State) -> Array:
    """∂diag(C)/∂θ (q, k)."""
    E, C = state.E, state.C
    by_a = 2 * E[:, block.a[0]] * C[:, block.a[1]]
    by_s = 2 * block.weight * E[:, block.s[0]] * E[:, block.s[1]]
    out: Array = np.concatenate([by_a, by_s, np.zeros((block.q, len(block.m)))], axis=1) @ block.D
    return out


def delta_se(J: Array, vcov: Array) -> Array:
    """Standard errors (r,) of r functions with Jacobian J (r, k); 0 where nothing is estimated."""
    with np.errstate(invalid="ignore"):  # of what has no value there is no error either
        variance = ((J @ vcov) * J).sum(axis=1)
    out: Array = np.sqrt(np.maximum(variance, 0.0))
    return out


def normal_quantile(level: float) -> float:
    """The two-sided normal quantile of a confidence level."""
    if level == 0.95:
        return Z95
    from scipy.special import ndtri

    return float(ndtri(0.5 + level / 2))
