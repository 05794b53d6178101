"""Direct, indirect and total effects, with delta-method intervals.

With B the regression coefficients (effect in the row, cause in the column), the total effects are (I − B)⁻¹
− I and the indirect ones total − B (Bollen 1987; Sobel 1982 for the standard errors). The derivative of the
total effect T_uv by b_ij is ((I − B)⁻¹)_ui ((I − B)⁻¹)_jv. In a model without feedback each single chain is
listed too.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.results import Table
from surveykit.sem.bootstrap import Replicates
from surveykit.sem.solution import GroupSolution, Solution, delta_se, normal_quantile
from surveykit.sem.standardise import Standardised

__all__ = ["COLUMNS", "DefinedEffect", "defined_effects", "effects"]

Array = NDArray[np.float64]
COLUMNS = (
    "group", "from", "to", "kind", "via", "estimate", "se", "z", "p", "low", "high",
    "std", "std_se", "std_low", "std_high",
)  # fmt: skip
MAX_CHAINS = 200


def effects(
    solution: Solution, level: float, *, p_values: bool = True, replicates: Replicates | None = None
) -> Table:
    """Every effect of one structural variable on another: kind ``direct``, ``chain``, ``indirect``,
    ``total``.

    ``chain`` is one way through other variables (named in ``via``), ``indirect`` their sum. With
    ``replicates`` of a bootstrap ``low`` and ``high`` are percentiles (those of ``std`` stay delta-method).
    """
    records: list[dict[str, Any]] = []
    for g in range(len(solution.groups)):
        found = _group_effects(solution, g, level, p_values)
        if replicates is not None:
            _put_percentiles(found, solution, g, level, replicates)
        records += found
    return Table.of(records, COLUMNS)


def _group_effects(solution: Solution, g: int, level: float, p_values: bool) -> list[dict[str, Any]]:
    group = solution.groups[g]
    rows = [r for r in solution.table if r.op == "~" and r.group == g + 1]
    if not rows:
        return []
    q, k = len(solution.variables), len(solution.theta)
    B, dB = np.zeros((q, q)), {}
    for row in rows:
        _, i, j = solution.at(row)
        B[i, j] = solution.value(row)
        dB[i, j] = solution.gradient(row)
    E = np.linalg.inv(np.eye(q) - B)
    total = E - np.eye(q)
    arrows = list(dB)
    recursive = _is_recursive(arrows)
    chains = _chains(arrows) if recursive else {}
    out = []
    causes = sorted({j for _, j in arrows})
    reached = sorted({i for i, _ in arrows})
    for v in causes:
        for u in reached:
            if u == v or (not _reaches(arrows, v, u)):
                continue
            gradient = np.zeros(k)
            for (i, j), slope in dB.items():
                gradient += E[u, i] * E[j, v] * slope
            direct = dB.get((u, v), np.zeros(k))
            parts: list[tuple[str, str, float, Array]] = []
            if (u, v) in dB:
                parts.append(("direct", "", float(B[u, v]), direct))
            others = [a for a in arrows if a != (u, v)]
            ways = [c for c in chains.get((v, u), []) if len(c) > 2]
            for way in ways:
                via = " → ".join(solution.variables[w] for w in way[1:-1])
                parts.append(("chain", via, *_product(way, B, dB, k)))
            if _reaches(others, v, u):
                parts.append(("indirect", "", float(total[u, v] - B[u, v]), gradient - direct))
            parts.append(("total", "", float(total[u, v]), gradient))
            out += [_record(solution, group, v, u, part, level, p_values) for part in parts]
    return out


def _put_percentiles(
    records: list[dict[str, Any]], solution: Solution, g: int, level: float, replicates: Replicates
) -> None:
    """Replace the delta-method bounds by percentiles of the replicates' effects."""
    q, R = len(solution.variables), len(replicates.theta)
    B = np.zeros((R, q, q))
    for row in solution.table:
        if row.op == "~" and row.group == g + 1:
            _, i, j = solution.at(row)
            B[:, i, j] = replicates.theta[:, row.free - 1] if row.free else row.ustart
    total = np.linalg.inv(np.eye(q) - B)
    for record in records:
        v, u = solution.place(record["from"]), solution.place(record["to"])
        if record["kind"] == "chain":
            way = [v, *(solution.place(name) for name in record["via"].split(" → ")), u]
            values = np.prod([B[:, way[s + 1], way[s]] for s in range(len(way) - 1)], axis=0)
        else:
            direct, whole = B[:, u, v], total[:, u, v]
            values = {"direct": direct, "total": whole, "indirect": whole - direct}[record["kind"]]
        if np.ptp(values) > 0:
            record["low"], record["high"] = replicates.bounds(values, level)


def _product(way: tuple[int, ...], B: Array, dB: dict[tuple[int, int], Array], k: int) -> tuple[float, Array]:
    arrows = [(way[s + 1], way[s]) for s in range(len(way) - 1)]
    value, gradient = float(np.prod([B[a] for a in arrows])), np.zeros(k)
    for a in arrows:
        gradient += np.prod([B[b] for b in arrows if b != a]) * dB[a]
    return value, gradient


def _record(
    solution: Solution,
    group: GroupSolution,
    cause: int,
    effect: int,
    part: tuple[str, str, float, Array],
    level: float,
    p_values: bool,
) -> dict[str, Any]:
    from scipy.special import ndtr

    kind, via, value, gradient = part
    var = np.diagonal(group.state.C)
    ratio = float(np.sqrt(np.abs(var[cause] / var[effect])))
    dlog = group.dvar[cause] / (2 * var[cause]) - group.dvar[effect] / (2 * var[effect])
    J = np.stack([gradient, ratio * (gradient + value * dlog)])
    se, std_se = (float(s) for s in delta_se(J, solution.vcov))
    z = value / se if p_values and se > 0 else float("nan")
    half = normal_quantile(level)
    std = value * ratio
    return {
        "group": group.label,
        "from": solution.variables[cause],
        "to": solution.variables[effect],
        "kind": kind,
        "via": via,
        "estimate": value,
        "se": se,
        "z": z,
        "p": float(2 * ndtr(-abs(z))),
        "low": value - half * se,
        "high": value + half * se,
        "std": std,
        "std_se": std_se,
        "std_low": std - half * std_se,
        "std_high": std + half * std_se,
    }


def _following(arrows: list[tuple[int, int]]) -> dict[int, list[int]]:
    out: dict[int, list[int]] = {}
    for i, j in arrows:
        out.setdefault(j, []).append(i)
    return out


def _reaches(arrows: list[tuple[int, int]], start: int, end: int) -> bool:
    following, seen, stack = _following(arrows), set(), [start]
    while stack:
        for step in following.get(stack.pop(), []):
            if step == end:
                return True
            if step not in seen:
                seen.add(step)
                stack.append(step)
    return False


def _is_recursive(arrows: list[tuple[int, int]]) -> bool:
    return not any(_reaches(arrows, v, v) for v in {j for _, j in arrows})


def _chains(arrows: list[tuple[int, int]]) -> dict[tuple[int, int], list[tuple[int, ...]]]:
    """Every way from a cause to an effect, by (cause, effect); at most :data:`MAX_CHAINS` in all."""
    following = _following(arrows)
    found: dict[tuple[int, int], list[tuple[int, ...]]] = {}
    count = 0
    for start in following:
        for way in _walk(following, (start,)):
            count += 1
            if count > MAX_CHAINS:
                return found
            found.setdefault((start, way[-1]), []).append(way)
    return found


def _walk(following: dict[int, list[int]], way: tuple[int, ...]) -> Iterator[tuple[int, ...]]:
    for step in following.get(way[-1], []):
        yield (*way, step)
        yield from _walk(following, (*way, step))


def defined_effects(solution: Solution, std: Standardised) -> list[DefinedEffect]:
    """Each ``:=`` effect with its delta-method standard error, plain and from the standardised parameters."""
    plain = solution.table.defined(solution.theta)
    values, slopes = _standardised_labels(solution, std)
    out = []
    for effect in plain:
        value, slope = _evaluated(solution, effect.name, values, slopes)
        J = np.stack([effect.gradient, slope])
        se, std_se = (float(s) for s in delta_se(J, solution.vcov))
        out.append(DefinedEffect(effect.name, float(effect.value), se, value, std_se))
    return out


@dataclass(frozen=True, slots=True)
class DefinedEffect:
    """A defined effect: estimate and standard error, plain and standardised."""

    name: str
    estimate: float
    se: float
    std: float
    std_se: float


def _standardised_labels(solution: Solution, std: Standardised) -> tuple[dict[str, float], dict[str, Array]]:
    values: dict[str, float] = {}
    slopes: dict[str, Array] = {}
    for i, row in enumerate(std.rows):
        if row.label:
            values.setdefault(row.label, float(std.values[i]))
            slopes.setdefault(row.label, std.jacobian[i])
    for number, row in enumerate(solution.table, start=1):
        if row.group:
            i = std.rows.index(row)
            values[f".p{number}."], slopes[f".p{number}."] = float(std.values[i]), std.jacobian[i]
    return values, slopes


def _evaluated(
    solution: Solution, name: str, values: dict[str, float], slopes: dict[str, Array]
) -> tuple[float, Array]:
    """A definition at the standardised parameters; definitions may use one another (circles were refused)."""
    tree = next(e.rhs for e in solution.table.equations if e.op == ":=" and e.lhs.to_text() == name)
    for part in tree.names():
        if part not in values:
            values[part], slopes[part] = _evaluated(solution, part, values, slopes)
    used = {part: values[part] for part in tree.names()}
    slope = np.zeros(len(solution.theta))
    with np.errstate(all="ignore"):  # a quotient by zero has no value: the gate says so
        for part, by in tree.gradient(used).items():
            slope = slope + by * slopes[part]
        return float(tree.evaluate(used)), slope
