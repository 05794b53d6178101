"""A model with all its values: what the population is like that a simulation draws from."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.model.matrices import Matrices
from surveykit.model.spec import Model
from surveykit.model.table import ParameterTable, Row
from surveykit.model.variables import in_order

__all__ = ["Population", "population_of"]

Array = NDArray[np.float64]
ROUNDING = 1e-9


@dataclass(frozen=True, slots=True)
class Population:
    """All parameters with their values, and the moments that follow from them.

    ``table`` has no free row left; ``cov`` (p, p) and ``mean`` (p,) are those of ``names``, the observed
    variables; ``all_cov`` is the covariance of the observed variables and the constructs together.
    """

    table: ParameterTable
    names: tuple[str, ...]
    cov: Array
    mean: Array
    all_cov: Array


def population_of(model: Model, values: Mapping[str, float] | None = None) -> Population:
    """The population that a model with values describes.

    Values stand in the text (``0.8*s1``, or ``start(0.8)*s1``) or in ``values``, by label or by name
    (``{"b": 0.5, "sat=~s2": 0.7}``). Variances that are not given are chosen so that every variable and
    every construct has variance 1, which makes loadings and paths standardised ones. Covariances and
    intercepts that are not given are 0, the loading of a single indicator is 1.

    Raises :class:`SurveykitError` that names every loading and path without a value, values for
    parameters that do not exist, variables whose explained variance is already above 1, constraints
    (``==``) that the values do not keep, and values that no population can have.

    >>> from surveykit.model import Model
    >>> population_of(Model.parse("sat =~ 0.8*s1 + 0.7*s2")).cov.round(2).tolist()
    [[1.0, 0.56], [0.56, 1.0]]
    """
    table = model.table(std_lv=True, fixed_x=False)
    written = {p.name for p in in_order(model.parameters) if p.fixed or p.start}
    known = _values(table, written, values or {})
    rows, unknown = _valued(table, known)
    table = replace(table, rows=tuple(rows))
    matrices = Matrices(table)
    variances = _residual_variances(matrices, unknown)
    rows = [row._replace(free=0, ustart=float(variances[row.free - 1])) if row.free else row for row in rows]
    table = replace(table, rows=tuple(rows))
    matrices = Matrices(table)
    none = np.zeros(0)
    _check_constraints(table, none)
    cov, mean = matrices.implied(none)
    lowest = float(np.linalg.eigvalsh(cov)[0])
    if lowest < -ROUNDING:
        raise SurveykitError(
            "no population has these values: the covariance matrix is not positive semi-definite",
            "model",
            "smaller covariances",
            f"smallest eigenvalue {lowest:.3g}",
            code="POPULATION_COV",
        )
    return Population(table, table.observed, cov, mean, matrices.covariance(none))


def _values(table: ParameterTable, written: set[str], given: Mapping[str, float]) -> dict[int, float]:
    """Row number -> value, from the text (of the parameters ``written`` with one) and from ``given``, which wins."""
    values = {i: r.ustart for i, r in enumerate(table.rows) if r.name in written and not np.isnan(r.ustart)}
    by_name: dict[str, list[int]] = {}
    for i, row in enumerate(table.rows):
        if row.group:
            for name in {row.label, row.name, f"{row.rhs}{row.op}{row.lhs}" if row.op == "~~" else row.name}:
                by_name.setdefault(name, []).append(i)
    problems = Problems()
    for name, value in given.items():
        places = by_name.get("".join(name.split())) if name else None
        if places is None:
            problems.add(
                f"the model has no parameter {quote(name)}",
                "population",
                "a label, or a name such as 'loy~sat'",
                hint=did_you_mean(name, [n for n in by_name if n]),
                code="POPULATION_UNKNOWN",
            )
        elif isinstance(value, bool) or not isinstance(value, int | float) or not math.isfinite(value):
            problems.add(
                f"the value of {quote(name)} is no number",
                "population",
                got=quote(value),
                code="POPULATION_VALUE",
            )
        else:
            values.update(dict.fromkeys(places, float(value)))
    problems.raise_if_any()
    shared = {row.label: values[i] for i, row in enumerate(table.rows) if row.label and i in values}
    return {
        **{i: shared[r.label] for i, r in enumerate(table.rows) if r.group and r.label in shared and r.label},
        **values,
    }


def _valued(table: ParameterTable, known: Mapping[int, float]) -> tuple[list[Row], list[str]]:
    """The rows with values; unknown variances stay free, and their variables are returned."""
    alone = _single_loadings(table)
    composites = {row.lhs for row in table.rows if row.op == "<~"}
    rows, unknown, missing = [], [], []
    for i, row in enumerate(table.rows):
        if row.group == 0:
            rows.append(row)
            continue
        value, variance = known.get(i), row.op == "~~" and row.lhs == row.rhs
        if value is None and variance and row.lhs not in composites:
            unknown.append(row.lhs)
            rows.append(row._replace(free=len(unknown), ustart=float("nan")))
            continue
        if value is None:
            value = 1.0 if i in alone else 0.0
            if row.op in ("=~", "<~", "~") and i not in alone:
                missing.append(row.name)
        # a composite is the sum of its weighted indicators, which is a regression without residual
        rows.append(row._replace(op="~" if row.op == "<~" else row.op, free=0, ustart=value, exo=0))
    if missing:
        raise SurveykitError(
            f"{len(missing)} loadings and paths have no value: " + ", ".join(missing[:12]),
            "model",
            "a value for each",
            hint=f"write 0.5*x in the model text, or population={{{missing[0]!r}: 0.5}}",
            code="POPULATION_MISSING",
        )
    return rows, unknown


def _single_loadings(table: ParameterTable) -> set[int]:
    loadings: dict[str, list[int]] = {}
    for i, row in enumerate(table.rows):
        if row.op == "=~":
            loadings.setdefault(row.lhs, []).append(i)
    return {places[0] for places in loadings.values() if len(places) == 1}


def _residual_variances(matrices: Matrices, unknown: list[str]) -> Array:
    """The variances that give each variable in ``unknown`` a total variance of 1.

    Total variances are linear in the residual ones, diag C(s) = c₀ + M s, also in models with loops.
    """
    k = len(unknown)
    place = [matrices.variables.index(name) for name in unknown]
    try:
        each = np.vstack([np.zeros((1, k)), np.eye(k)])
        totals = np.diagonal(matrices.covariance(each), axis1=-2, axis2=-1)
        start = totals[0, place]
        slopes = (totals[1:, place] - start).T
        found = np.asarray(np.linalg.solve(slopes, 1.0 - start), dtype=np.float64)
    except np.linalg.LinAlgError as error:
        raise SurveykitError(
            "the paths form a loop that no population can have", "model", code="POPULATION_LOOP"
        ) from error
    below = [(name, 1.0 - value) for name, value in zip(unknown, found, strict=True) if value < -ROUNDING]
    if below:
        raise SurveykitError(
            "the values explain more than all variance of "
            + ", ".join(f"{name} ({explained:.3f} of 1)" for name, explained in below[:12]),
            "model",
            "standardised values, which leave a residual variance",
            hint=f"make loadings or paths smaller, or give the variance: {below[0][0]} ~~ 0.5*{below[0][0]}",
            code="POPULATION_VARIANCE",
        )
    return np.maximum(found, 0.0)


_HOLDS: Mapping[str, Callable[[float], bool]] = {
    "==": lambda difference: abs(difference) < ROUNDING,
    "<": lambda difference: difference < ROUNDING,
    ">": lambda difference: difference > -ROUNDING,
}


def _check_constraints(table: ParameterTable, theta: Array) -> None:
    problems = Problems()
    for op, holds in _HOLDS.items():
        for effect in table.constraints(theta, op):
            difference = float(effect.value)
            if not holds(difference):
                problems.add(
                    "the values do not keep a constraint",
                    "model",
                    effect.name,
                    f"left - right = {difference:.6g}",
                    code="POPULATION_CONSTRAINT",
                )
    problems.raise_if_any()
