"""The design matrix: numeric predictors as they are, categories against a reference level, powers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._exact import rational, rational_powers
from surveykit.analyses._rows import Rows, demand_numeric
from surveykit.errors import SurveykitError, did_you_mean, quote

__all__ = ["Design", "design"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Design:
    """``X`` (n, k) with one name a column; ``plain`` marks columns that are a predictor itself (not a dummy,
    not a power); ``references`` maps a category to its reference level; ``exact`` the columns as rationals
    where there are powers."""

    X: Array
    terms: tuple[str, ...]
    plain: tuple[bool, ...]
    references: Mapping[str, str]
    exact: tuple[Sequence[Fraction], ...] | None


def design(
    rows: Rows,
    predictors: Sequence[str],
    *,
    categorical: Sequence[str] = (),
    reference: Mapping[str, str] | None = None,
    powers: Mapping[str, int] | None = None,
) -> Design:
    """Columns for ``predictors``: dummies ``name[level]`` for the categorical ones and those of text.

    ``reference`` names the level left out (the first one else); ``powers`` adds name^2 … name^degree.
    """
    powers, reference = powers or {}, reference or {}
    _demand_known(predictors, [*categorical, *reference, *powers])
    numeric = [p for p in predictors if p not in categorical and p not in reference and not _is_text(rows, p)]
    demand_numeric(rows.frame, numeric)
    columns: list[Array] = []
    terms: list[str] = []
    plain: list[bool] = []
    exact: list[Sequence[Fraction]] = []
    references: dict[str, str] = {}
    for name in predictors:
        if name in numeric:
            x = rows.frame[name].to_numpy(dtype=float)
            degree = powers.get(name, 1)
            exact += rational_powers(x, degree) if powers else []
            columns += [x**k for k in range(1, degree + 1)]
            terms += [name, *(f"{name}^{k}" for k in range(2, degree + 1))]
            plain += [degree == 1] + [False] * (degree - 1)
            continue
        dummies, levels, left_out = _dummies(rows, name, reference.get(name))
        references[name] = left_out
        columns += list(dummies.T)
        terms += [f"{name}[{level}]" for level in levels]
        plain += [False] * len(levels)
        exact += [rational(c) for c in dummies.T] if powers else []
    X = np.column_stack(columns) if columns else np.empty((rows.n, 0))
    return Design(X, tuple(terms), tuple(plain), references, tuple(exact) if powers else None)


def _is_text(rows: Rows, name: str) -> bool:
    return not np.issubdtype(np.asarray(rows.frame[name]).dtype, np.number)


def _dummies(rows: Rows, name: str, wanted: str | None) -> tuple[Array, list[str], str]:
    values = rows.frame[name]
    present = sorted(values.unique().tolist())
    labels = {value: _label(value) for value in present}
    left_out = wanted if wanted is not None else labels[present[0]] if present else ""
    if wanted is not None and wanted not in labels.values():
        raise SurveykitError(
            f"the reference level {quote(wanted)} of {quote(name)} does not occur",
            hint=did_you_mean(wanted, list(labels.values())),
            code="UNKNOWN_LEVEL",
        )
    kept = [v for v in present if labels[v] != left_out]
    if not kept:
        raise SurveykitError(
            "a predictor has the same value in every row that is used",
            got=quote(name),
            code="CONSTANT_COLUMN",
        )
    coded = np.column_stack([(values == v).to_numpy(dtype=float) for v in kept])
    return coded, [labels[v] for v in kept], left_out


def _label(value: object) -> str:
    return str(int(value)) if isinstance(value, float) and value.is_integer() else str(value)


def _demand_known(predictors: Sequence[str], named: Sequence[str]) -> None:
    for name in named:
        if name not in predictors:
            raise SurveykitError(
                f"{quote(name)} is given a role but is not a predictor",
                hint=did_you_mean(name, predictors),
                code="UNKNOWN_VARIABLE",
            )
