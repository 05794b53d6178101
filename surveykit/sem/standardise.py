"""The standardised solution, with standard errors by the delta method.

``std_lv`` standardises the constructs, ``std_all`` every variable, ``std_nox`` every variable but the fixed
exogenous ones (a dummy keeps its units). A coefficient is multiplied by sd(cause)/sd(effect), a variance
divided by the variable's total variance, a residual covariance by the residual standard deviations, an
intercept or threshold by the standard deviation; all of them the model's own (Bollen 1989, ch. 4; the definitions are
lavaan's).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.table import Row
from surveykit.sem.solution import GroupSolution, Solution, delta_se

__all__ = ["KINDS", "Standardised", "standardise"]

Array = NDArray[np.float64]
KINDS = ("std_lv", "std_all", "std_nox")


@dataclass(frozen=True, slots=True)
class Standardised:
    """Values (rows,) of the table's matrix rows in order, Jacobian (rows, k), standard errors (rows,)."""

    rows: tuple[Row, ...]
    values: Array
    jacobian: Array
    se: Array

    def of_parameter(self, row: Row) -> tuple[float, Array]:
        """Value and gradient of one row."""
        i = self.rows.index(row)
        return float(self.values[i]), self.jacobian[i]


def standardise(solution: Solution, kind: str = "std_all") -> Standardised:
    """Every matrix row of the table in standardised form; ``kind`` is one of :data:`KINDS`."""
    rows = tuple(r for r in solution.table if r.op in ("=~", "<~", "~", "~~", "~1", "|", "~*~"))
    chosen = _chosen(solution, kind)
    tables = [_logarithms(g, chosen) for g in solution.groups]
    values = np.empty(len(rows))
    J = np.zeros((len(rows), len(solution.theta)))
    for r, row in enumerate(rows):
        _, i, j = solution.at(row)
        sd, dlog, residual, dlog_residual = tables[row.group - 1]
        estimate = solution.value(row)
        if row.op == "~*~":
            values[r] = estimate * sd[i]  # 1 by definition, so it has no variance
            continue
        derived = solution.table.derived(row)
        if row.op in ("=~", "<~", "~"):
            factor, dfactor = sd[j] / sd[i], dlog[j] - dlog[i]
        elif row.op in ("~1", "|"):
            factor, dfactor = 1 / sd[i], -dlog[i]
        elif i == j:
            factor, dfactor = 1 / sd[i] ** 2, -2 * dlog[i]
        elif derived:
            factor, dfactor = 1 / (sd[i] * sd[j]), -(dlog[i] + dlog[j])
        else:
            factor = 1 / (residual[i] * residual[j])
            dfactor = -(dlog_residual[i] + dlog_residual[j])
        values[r] = estimate * factor
        J[r] = estimate * factor * dfactor
        if row.free:
            J[r, row.free - 1] += factor
        elif derived or row.op == "~~":
            J[r] += factor * solution.gradient(row)
    return Standardised(rows, values, J, delta_se(J, solution.vcov))


def _chosen(solution: Solution, kind: str) -> NDArray[np.bool_]:
    """Which variables (q,) are standardised."""
    p = len(solution.table.observed)
    if kind == "std_lv":
        return np.arange(len(solution.variables)) >= p
    fixed = {r.lhs for r in solution.table if r.exo and r.op == "~~" and r.lhs == r.rhs}
    if kind == "std_nox":
        return np.array([v not in fixed for v in solution.variables])
    return np.ones(len(solution.variables), dtype=bool)


def _logarithms(group: GroupSolution, chosen: NDArray[np.bool_]) -> tuple[Array, Array, Array, Array]:
    """Total and residual standard deviations (q,), 1 where not chosen, each with ∂log(sd)/∂θ (q, k)."""
    with np.errstate(divide="ignore", invalid="ignore"):
        variance = np.diagonal(group.state.C)
        sd = np.where(chosen, np.sqrt(np.abs(variance)), 1.0)
        dlog = np.where(chosen[:, None], group.dvar / (2 * variance[:, None]), 0.0)
        own = np.diagonal(group.S)
        residual = np.where(chosen, np.sqrt(np.abs(own)), 1.0)
        block = group.block
        dlog_residual = np.zeros_like(dlog)
        at = np.nonzero(block.s[0] == block.s[1])[0]
        where = block.s[0][at]
        dlog_residual[where] = block.D[len(block.a[0]) + at] / (2 * own[where, None])
        dlog_residual = np.where(chosen[:, None], dlog_residual, 0.0)
    return sd, dlog, residual, dlog_residual
