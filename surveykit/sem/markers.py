"""Another indicator sets the scale of a composite while its weights are searched for.

The weight that is fixed to 1 may be the one that the data make small, or turn around: seen from there the way to the
optimum leads through infinity. As the scale of a composite is a matter of writing, the search takes whichever indicator weighs
most, and translates where it ends: with c = s c̃ what points at c is multiplied by s, what comes from c divided.

Not where the scale is more than that: where a parameter of the composite is fixed to another value than 0, shares a label, or
stands in a constraint.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from surveykit.model.table import Composed, ParameterTable, Row
from surveykit.results import Check
from surveykit.sem.composites import with_inner_rows

__all__ = ["heaviest", "light_markers", "translated", "with_markers"]

Array = NDArray[np.float64]
NAN = float("nan")
_LIGHT = 0.5
_NEARLY_NONE = 0.02


def _movable(table: ParameterTable) -> frozenset[tuple[str, int]]:
    """Composites (with their group) whose scale nothing else depends on."""
    times = Counter(r.free for r in table.rows if r.free)
    spoken = {n for e in table.equations if e.op != ":=" for n in (*e.lhs.names(), *e.rhs.names())}
    bound = set()
    for number, row in enumerate(table.rows, start=1):
        tied = row.free and (times[row.free] > 1 or {row.label, f".p{number}."} & spoken)
        fixed = not row.free and not row.exo and row.ustart and not np.isnan(row.ustart)
        if tied or fixed:
            bound |= {(name, row.group) for name in (row.lhs, row.rhs) if row.op != "<~" or tied}
    weights = Counter((r.lhs, r.group) for r in table.rows if r.op == "<~" and not r.free)
    own = {(c.name, c.group) for c in table.composites}
    return frozenset(key for key in own - bound if weights[key] == 1)


def with_markers(table: ParameterTable, markers: Mapping[tuple[str, int], int]) -> ParameterTable:
    """The table with other indicators (by place) setting the scale of composites; numbers of parameters stay theirs."""
    movable, rows = _movable(table), list(table.rows)
    changed = False
    for c in table.composites:
        marker = markers.get((c.name, c.group), c.marker)
        if marker == c.marker or (c.name, c.group) not in movable:
            continue
        old, new = (_weight_place(rows, c, at) for at in (c.marker, marker))
        number = rows[new].free
        rows[new] = rows[new]._replace(free=0, ustart=1.0)
        rows[old] = rows[old]._replace(free=number, ustart=NAN)
        changed = True
    return with_inner_rows(replace(table, rows=tuple(rows))) if changed else table


def _weight_place(rows: list[Row], c: Composed, at: int) -> int:
    name = c.indicators[at]
    return next(
        i
        for i, r in enumerate(rows)
        if r.op == "<~" and r.lhs == c.name and r.rhs == name and r.group == c.group
    )


def translated(source: ParameterTable, target: ParameterTable, theta: Array) -> Array:
    """The parameters of ``target`` (k,), in the units of the data, at those of ``source``, which has other markers.

    What stands behind composites is left at 0.
    """
    sizes: dict[tuple[str, int], float] = {}
    for c in target.composites:
        row = source.rows[_weight_place(list(source.rows), c, c.marker)]
        weight = theta[row.free - 1] if row.free else row.ustart
        sizes[c.name, c.group] = float(np.divide(c.weight, weight))
    out = np.zeros(target.k)
    for before, after in zip(source.rows, target.rows, strict=True):
        if not after.free:
            continue
        value = theta[before.free - 1] if before.free else before.ustart
        out[after.free - 1] = value * _growth(after, sizes)
    return out


def heaviest(table: ParameterTable, theta: Array, sizes: Mapping[str, float]) -> dict[tuple[str, int], int]:
    """Of every composite the indicator with the largest weight in units of ``sizes``, at ``theta`` (k,), both of the data.

    The marker stays where it is not much lighter.
    """
    out = {}
    for c in table.composites:
        rows = [r for r in table.rows if r.op == "<~" and r.lhs == c.name and r.group == c.group]
        weights = [abs(theta[r.free - 1] if r.free else r.ustart) * sizes[r.rhs] for r in rows]
        largest = int(np.argmax(weights))
        out[c.name, c.group] = c.marker if weights[c.marker] > _LIGHT * weights[largest] else largest
    return out


def light_markers(table: ParameterTable, theta: Array, sizes: Mapping[str, float]) -> tuple[Check, ...]:
    """A note for each composite whose fixed weight is next to none beside the largest."""
    out = []
    for c in table.composites:
        rows = [r for r in table.rows if r.op == "<~" and r.lhs == c.name and r.group == c.group]
        weights = np.array([abs(theta[r.free - 1] if r.free else r.ustart) * sizes[r.rhs] for r in rows])
        heavy, marker = c.indicators[int(weights.argmax())], c.indicators[c.marker]
        if weights[c.marker] > _NEARLY_NONE * weights.max():
            continue
        en = (
            f"The weight of {marker}, which gives {c.name} its unit, is next to nothing beside that of {heavy}: "
            f"unstandardised weights and paths of {c.name} are large with large standard errors. Read the "
            f"standardised ones, or let {heavy} give the unit: {c.name} <~ NA*{marker} + 1*{heavy}."
        )
        zh = (
            f"为{c.name}设定单位的指标{marker}的权重与{heavy}相比几乎为零，因此{c.name}"
            f"的非标准化权重和路径系数及其标准误都很大。请看标准化结果，或改由{heavy}设定单位："
            f"{c.name} <~ NA*{marker} + 1*{heavy}。"
        )
        out.append(Check("COMPOSITE_MARKER", "note", {"en": en, "zh": zh}, (c.name, marker)))
    return tuple(out)


def _growth(row: Row, sizes: Mapping[tuple[str, int], float]) -> float:
    """What a row's value is multiplied by when composites grow by ``sizes``."""
    left, right = (sizes.get((name, row.group), 1.0) for name in (row.lhs, row.rhs))
    if row.op == "~":
        return left / right
    if row.op == "=~":
        return right / left
    return left if row.op in ("<~", "~1") else left * right
