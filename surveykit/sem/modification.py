"""Modification indices: what χ² would fall by, and what a parameter would become, were it freed.

The score test of one parameter that is zero in the model (Sörbom 1989): with g the gradient of f by the new
parameter, V its information once the free parameters are allowed for, V = I_aa − I_aθ I_θθ⁻¹ I_θa,

    MI = n g² / V,    EPC = −g / V (Saris, Satorra & Sörbom 1987).

Under constraints I_θθ⁻¹ is K (K'IK)⁻¹ K', K what they leave free; an inequality that binds goes on to bind. Composites
keep the covariances of their indicators.

Candidates are cross-loadings, residual covariances and paths between structural variables. They are
suggestions for a next study, not results of this one: picked from many, they fit this sample's accidents
too.
"""

from __future__ import annotations

import itertools
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.model.table import ParameterTable
from surveykit.results import Table
from surveykit.sem.held import directions, held_rows
from surveykit.sem.release import free_blocks, slopes_of
from surveykit.sem.solution import GroupSolution, Solution

if TYPE_CHECKING:
    from surveykit.sem.result import Fit

__all__ = ["modification_indices"]

Array = NDArray[np.float64]
COLUMNS = ("lhs", "op", "rhs", "group", "mi", "epc", "sepc_lv", "sepc_all", "sepc_nox")
SINGULAR = 1e-8
"""Information that the free parameters leave, as a share: below it the parameter cannot be freed alone."""


@dataclass(frozen=True, slots=True)
class _Candidate:
    lhs: str
    op: str
    rhs: str
    i: int
    j: int


def modification_indices(fit: Fit) -> Table:
    """Every candidate with its index, the expected change, and that in standardised units, largest first."""
    records: list[dict[str, Any]] = []
    for g in range(len(fit.samples)):
        records += _group_records(fit, g)
    return Table.of(sorted(records, key=lambda r: -r["mi"]), COLUMNS)


def _group_records(fit: Fit, g: int) -> list[dict[str, Any]]:
    solution = fit.solution
    candidates = _candidates(solution.table, solution.variables, g + 1)
    if not candidates:
        return []
    k, c = len(solution.theta), len(candidates)
    blocks = free_blocks(fit)
    wide = [replace(b, D=np.concatenate([b.D, np.zeros((len(b.D), c))], axis=1)) for b in blocks]
    wide[g] = _extended(blocks[g], candidates)
    theta = np.concatenate([solution.theta, np.zeros(c)])
    slopes = slopes_of(fit, wide, theta)
    scale = np.sqrt(np.abs(np.diagonal(slopes.information)))
    scale = np.where(scale > 0, scale, 1.0)
    unit = slopes.information / np.outer(scale, scale)
    # what must hold goes on to hold: the fit's parameters make room for the new one
    R = held_rows(fit, wide, theta) / scale
    K, back = directions(R[:, :k], np.ones(k))
    D = np.concatenate([-back @ R[:, k:], np.eye(c)])
    across = D.T @ unit[:, :k] @ K
    inner = K.T @ unit[:k, :k] @ K
    own = (D * (unit @ D)).sum(axis=0)
    left = own - (across * np.linalg.solve(inner, across.T).T).sum(axis=1)
    slope = (slopes.gradient / scale) @ D
    n = slopes.n
    out = []
    for a, candidate in enumerate(candidates):
        if left[a] < SINGULAR * max(own[a], 1.0):
            continue
        epc = -slope[a] / left[a] / scale[k + a]
        record = {"lhs": candidate.lhs, "op": candidate.op, "rhs": candidate.rhs}
        record |= {"group": solution.groups[g].label, "mi": n * slope[a] ** 2 / left[a], "epc": epc}
        out.append(record | _standardised(solution, solution.groups[g], candidate, epc))
    return out


def _candidates(table: ParameterTable, variables: Sequence[str], group: int) -> list[_Candidate]:
    place = {name: i for i, name in enumerate(variables)}
    rows = [r for r in table if r.group == group]
    directed = {(r.rhs, r.lhs) for r in rows if r.op == "=~"} | {(r.lhs, r.rhs) for r in rows if r.op == "~"}
    symmetric = {frozenset((r.lhs, r.rhs)) for r in rows if r.op == "~~" and (r.free or r.exo)}
    fixed = {r.lhs for r in rows if r.exo}
    composed = {c.name for c in table.composites}
    indicators = list(dict.fromkeys(r.rhs for r in rows if r.op == "=~" and r.rhs in table.observed))
    structural = list(dict.fromkeys(n for r in rows if r.op == "~" for n in (r.lhs, r.rhs)))
    out = [
        _Candidate(f, "=~", x, place[x], place[f])
        for f in table.latents
        if f not in composed
        for x in indicators
        if (x, f) not in directed
    ]
    out += [
        _Candidate(effect, "~", cause, place[effect], place[cause])
        for effect, cause in itertools.permutations(structural, 2)
        if (effect, cause) not in directed and effect not in fixed
    ]
    inside = {name for c in table.composites for name in c.indicators}
    random = [v for v in table.observed if v not in fixed | inside]
    pairs = [*itertools.combinations(random, 2), *itertools.combinations(table.latents, 2)]
    out += [
        _Candidate(a, "~~", b, place[a], place[b]) for a, b in pairs if frozenset((a, b)) not in symmetric
    ]
    return out


def _extended(block: Block, candidates: Sequence[_Candidate]) -> Block:
    """The block with one free entry more for each candidate."""
    na, ns, k = len(block.a[0]), len(block.s[0]), block.D.shape[1]
    a = [x for x, cand in enumerate(candidates) if cand.op != "~~"]
    s = [x for x, cand in enumerate(candidates) if cand.op == "~~"]

    def joined(old: NDArray[np.intp], chosen: Sequence[int], what: str) -> NDArray[np.intp]:
        return np.concatenate([old, np.array([getattr(candidates[x], what) for x in chosen], dtype=np.intp)])

    D = np.zeros((len(block.D) + len(candidates), k + len(candidates)))
    D[:na, :k] = block.D[:na]
    D[na + np.arange(len(a)), k + np.array(a, dtype=np.intp)] = 1.0
    start = na + len(a)
    D[start : start + ns, :k] = block.D[na : na + ns]
    D[start + ns + np.arange(len(s)), k + np.array(s, dtype=np.intp)] = 1.0
    D[start + ns + len(s) :, :k] = block.D[na + ns :]
    return replace(
        block,
        a=(joined(block.a[0], a, "i"), joined(block.a[1], a, "j")),
        s=(joined(block.s[0], s, "i"), joined(block.s[1], s, "j")),
        weight=np.concatenate([block.weight, np.ones(len(s))]),
        D=D,
        layout=None,  # type: ignore[arg-type]  # made anew for the new entries
    )


def _standardised(
    solution: Solution, group: GroupSolution, candidate: _Candidate, epc: float
) -> dict[str, float]:
    """The expected change in standardised units: std.lv, std.all and std.nox of the new parameter."""
    latents = set(solution.table.latents)
    fixed = {r.lhs for r in solution.table if r.exo}
    kinds = {
        "sepc_lv": [v in latents for v in solution.variables],
        "sepc_all": [True] * len(solution.variables),
        "sepc_nox": [v not in fixed for v in solution.variables],
    }
    total, own = np.diagonal(group.state.C), np.diagonal(group.S)
    i, j = candidate.i, candidate.j
    out = {}
    for name, chosen in kinds.items():
        if candidate.op == "~~":
            size = [np.sqrt(abs(own[v])) if chosen[v] else 1.0 for v in (i, j)]
            out[name] = float(epc / (size[0] * size[1])) if size[0] and size[1] else float("nan")
        else:
            sd = [np.sqrt(abs(total[v])) if chosen[v] else 1.0 for v in (i, j)]
            out[name] = float(epc * sd[1] / sd[0])
    return out
