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
Places = NDArray[np.intp]
KINDS = ("std_lv", "std_all", "std_nox")


@dataclass(frozen=True, slots=True)
class Standardised:
    """Values (rows,) of the table's matrix rows in order, Jacobian (rows, k), standard errors (rows,)."""

    rows: tuple[Row, ...]
    values: Array
    jacobian: Array
    se: Array


def standardise(solution: Solution, kind: str = "std_all") -> Standardised:
    """Every matrix row of the table in standardised form; ``kind`` is one of :data:`KINDS`."""
    table = solution.table
    plan = table.once("standardised", lambda: _Plan.of(solution))
    chosen = _chosen(solution, kind)
    estimates, factors = np.empty(len(plan.rows)), np.empty(len(plan.rows))
    J = np.empty((len(plan.rows), len(solution.theta)))
    for number, group in enumerate(solution.groups, start=1):
        at = plan.group == number
        sd, dlog = _logarithms(group, chosen)
        first, second, powers = plan.first[at], plan.second[at], plan.powers[at]
        estimates[at] = np.concatenate([group.A.ravel(), group.S.ravel(), group.m])[plan.place[at]]
        factors[at] = sd[first] ** powers[:, 0] * sd[second] ** powers[:, 1]
        J[at] = powers[:, :1] * dlog[first] + powers[:, 1:] * dlog[second]
    for r in plan.looked_up:
        estimates[r] = solution.value(plan.rows[r])
    values = estimates * factors
    J *= values[:, None]
    J[plan.constant] = 0.0  # 1 by definition, so it has no variance
    J[plan.free] += factors[plan.free[0]]
    for r in plan.moving:
        J[r] += factors[r] * solution.gradient(plan.rows[r])
    return Standardised(plan.rows, values, J, delta_se(J, solution.vcov))


@dataclass(frozen=True, slots=True)
class _Plan:
    """Where the rows (n) of a table take their estimates from, and by which standard deviations they are multiplied.

    ``place`` are places in A, S and α one behind the other; the rows ``looked_up`` are asked for one by one. ``first`` and
    ``second`` are places in total and residual standard deviations, total ones first, raised to ``powers`` (n, 2).
    ``free`` are rows and columns of J that take the factor itself; ``constant`` rows do not vary; those ``moving`` are no
    parameters and may move with them.
    """

    rows: tuple[Row, ...]
    group: Places
    place: Places
    first: Places
    second: Places
    powers: Array
    free: tuple[Places, Places]
    constant: Places
    looked_up: tuple[int, ...]
    moving: tuple[int, ...]

    @classmethod
    def of(cls, solution: Solution) -> _Plan:
        rows = tuple(r for r in solution.table if r.op in ("=~", "<~", "~", "~~", "~1", "|", "~*~"))
        free = [(n, r.free - 1) for n, r in enumerate(rows) if r.free and r.op != "~*~"]
        parts = [_of_row(solution, row) for row in rows]
        place, first, second, one, other = (np.array(x) for x in zip(*parts, strict=True))
        return cls(
            rows,
            np.array([r.group for r in rows]),
            np.maximum(place, 0),
            first,
            second,
            np.stack([one, other], axis=1).astype(float),
            (np.array([n for n, _ in free], dtype=np.intp), np.array([k for _, k in free], dtype=np.intp)),
            np.array([n for n, r in enumerate(rows) if r.op == "~*~"], dtype=np.intp),
            tuple(np.nonzero(place < 0)[0].tolist()),
            tuple(
                n for n, r in enumerate(rows) if not r.free and (r.op == "~~" or solution.table.derived(r))
            ),
        )


def _of_row(solution: Solution, row: Row) -> tuple[int, int, int, int, int]:
    """Place of the estimate (−1: to be asked for), places of two standard deviations and their powers."""
    _, i, j = solution.at(row)
    q, derived = len(solution.variables), solution.table.derived(row)
    asked = bool(derived) or row.op in ("<~", "|", "~*~")
    if row.op in ("=~", "<~", "~"):
        return -1 if asked else i * q + j, j, i, 1, -1
    if row.op == "~*~":
        return -1, i, i, 1, 0
    if row.op in ("~1", "|"):
        return -1 if asked else 2 * q * q + i, i, i, -1, 0
    place = -1 if asked else q * q + i * q + j
    return (place, i, j, -1, -1) if derived or i == j else (place, q + i, q + j, -1, -1)


def _chosen(solution: Solution, kind: str) -> NDArray[np.bool_]:
    """Which variables (q,) are standardised."""
    p = len(solution.table.observed)
    if kind == "std_lv":
        return np.arange(len(solution.variables)) >= p
    fixed = {r.lhs for r in solution.table if r.exo and r.op == "~~" and r.lhs == r.rhs}
    if kind == "std_nox":
        return np.array([v not in fixed for v in solution.variables])
    return np.ones(len(solution.variables), dtype=bool)


def _logarithms(group: GroupSolution, chosen: NDArray[np.bool_]) -> tuple[Array, Array]:
    """Total and residual standard deviations (2q,), 1 where not chosen, with ∂log(sd)/∂θ (2q, k)."""
    block, q = group.block, len(chosen)
    twice = np.concatenate([chosen, chosen])
    variance = np.concatenate([group.state.C.diagonal(), group.S.diagonal()])
    slopes = np.zeros((2 * q, group.dvar.shape[1]))
    slopes[:q] = group.dvar
    at = np.nonzero(block.s[0] == block.s[1])[0]
    slopes[q + block.s[0][at]] = block.D[len(block.a[0]) + at]
    with np.errstate(divide="ignore", invalid="ignore"):
        dlog = np.where(twice[:, None], slopes / (2 * variance[:, None]), 0.0)
    dlog[q:][~slopes[q:].any(axis=1)] = 0.0
    return np.where(twice, np.sqrt(np.abs(variance)), 1.0), dlog
