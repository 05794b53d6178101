"""What a fit says of its measurement: R², correlations of constructs, residual correlations, HTMT.

HTMT (Henseler, Ringle & Sarstedt 2015) divides the mean correlation between the items of two constructs by
the geometric mean of the mean correlations within them; HTMT2 (Roemer, Schuberth & Henseler 2021) takes
geometric means throughout and is not defined where a correlation is negative. Both need the item
correlations only.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit import htmt as ratios
from surveykit.results import Table
from surveykit.sem.sample import GroupSample
from surveykit.sem.solution import GroupSolution, Solution, delta_se, normal_quantile

__all__ = ["construct_items", "htmt", "latent_correlations", "r_squared", "residuals"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]


def r_squared(solution: Solution) -> Table:
    """R² = 1 − residual variance / total variance of every variable that the model explains."""
    records = []
    for g, group in enumerate(solution.groups, start=1):
        explained: dict[str, None] = {}
        for row in solution.table:
            if row.group == g and row.op in ("=~", "~"):
                explained[row.rhs if row.op == "=~" else row.lhs] = None
        for name in explained:
            i = solution.place(name)
            total = float(group.state.C[i, i])
            value = 1 - float(group.S[i, i]) / total if total > 0 else float("nan")
            records.append({"group": group.label, "lhs": name, "r2": value})
    return Table.of(records, ("group", "lhs", "r2"))


def latent_correlations(solution: Solution, level: float) -> Table:
    """Model-implied correlations of the constructs with delta-method intervals."""
    records = []
    half = normal_quantile(level)
    pairs = list(itertools.combinations(solution.table.latents, 2))
    places = np.array([[solution.place(v) for v in pair] for pair in pairs], dtype=np.intp).reshape(-1, 2)
    for group in solution.groups:
        values, slopes = _correlations_of(group, places[:, 0], places[:, 1])
        errors = delta_se(slopes, solution.vcov).tolist()
        for (a, b), r, se in zip(pairs, values.tolist(), errors, strict=True):
            records.append((group.label, a, b, r, se, r - half * se, r + half * se))
    return Table(("group", "lhs", "rhs", "estimate", "se", "low", "high"), tuple(records))


def _correlations_of(group: GroupSolution, u: Places, v: Places) -> tuple[Array, Array]:
    """The correlations (n,) of pairs of variables and their derivatives (n, k); NaN where a variance is zero."""
    C, variance = group.state.C, group.state.C.diagonal()
    size = np.sqrt(np.abs(variance[u] * variance[v]))[:, None]
    with np.errstate(divide="ignore", invalid="ignore"):
        r = C[u, v, None] / np.where(size == 0, np.nan, size)
        own = group.dvar[u] / variance[u, None] + group.dvar[v] / variance[v, None]
        slopes = group.dcov(u, v) / size - r / 2 * own
    return r[:, 0], np.where(size == 0, np.nan, slopes)


def residuals(solution: Solution, samples: Sequence[GroupSample]) -> Table:
    """Observed minus implied correlations of the items."""
    records: list[dict[str, Any]] = []
    names = solution.table.observed
    for group, sample in zip(solution.groups, samples, strict=True):
        implied = _correlations(group.state.Sigma)
        observed = _correlations(sample.S)
        for i, j in itertools.combinations(range(len(names)), 2):
            records.append(
                {
                    "group": group.label,
                    "lhs": names[i],
                    "rhs": names[j],
                    "observed": float(observed[i, j]),
                    "implied": float(implied[i, j]),
                    "residual": float(observed[i, j] - implied[i, j]),
                }
            )
    return Table.of(records, ("group", "lhs", "rhs", "observed", "implied", "residual"))


def _correlations(matrix: Array) -> Array:
    sd = np.sqrt(np.diagonal(matrix))
    out: Array = matrix / np.outer(sd, sd)
    return out


def construct_items(solution: Solution) -> dict[str, tuple[str, ...]]:
    """The constructs with at least two observed items that belong to no other construct."""
    items: dict[str, list[str]] = {}
    for row in solution.table:
        if row.op == "=~" and row.group == 1:
            items.setdefault(row.lhs, []).append(row.rhs)
    owners = [name for members in items.values() for name in members]
    return {
        construct: tuple(members)
        for construct, members in items.items()
        if len(members) > 1 and all(m in solution.table.observed and owners.count(m) == 1 for m in members)
    }


def htmt(solution: Solution, samples: Sequence[GroupSample]) -> Table:
    """HTMT and HTMT2 of every pair of constructs, from the item correlations of each group."""
    names, member = solution.table.once("members", lambda: _members(solution))
    i, j = np.triu_indices(len(names), 1)
    pairs = list(itertools.combinations(names, 2))
    rows: list[tuple[Any, ...]] = []
    for sample in samples:
        R = _correlations(sample.S)
        tables = (ratios.htmt(R, member), ratios.htmt2(R, member), ratios.negatives(R, member))
        values = zip(*(table[i, j].tolist() for table in tables), strict=True)
        rows += [(sample.label, *pair, *row) for pair, row in zip(pairs, values, strict=True)]
    return Table(("group", "lhs", "rhs", "htmt", "htmt2", "negative"), tuple(rows))


def _members(solution: Solution) -> tuple[list[str], NDArray[np.bool_]]:
    """The constructs of :func:`construct_items` and which items (p, J) are theirs."""
    constructs = construct_items(solution)
    place = {name: i for i, name in enumerate(solution.table.observed)}
    member = ratios.membership([[place[v] for v in own] for own in constructs.values()], len(place))
    return list(constructs), member
