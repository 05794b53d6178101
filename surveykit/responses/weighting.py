"""Weights from what is known of the population: raking to margins, from the weights that the answers have."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import numpy as np

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.format import number
from surveykit.responses.design import OWN_WEIGHT
from surveykit.sampling import Raked, Replicates, rake, trim

if TYPE_CHECKING:
    from surveykit.responses.core import Responses

__all__ = ["people", "weigh"]


def weigh(
    data: Responses,
    margins: Mapping[str, Mapping[Any, float]],
    *,
    bounds: tuple[float, float] | None = None,
) -> Responses:
    """The answers with weights that agree with the population on each of ``margins``.

    ``margins`` maps a column to the share (summing to 1 or to 100) or number of people in each of its groups.
    Raking starts from the weights that ``data`` has. ``bounds`` cut the weights to so many times their mean;
    trimmed weights agree with the margins only roughly, which the import report says. A group without a
    figure, a figure without answers and missing answers are errors.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"sex": ["f", "f", "f", "m"], "x": [1.0, 2.0, 3.0, 6.0]}))
    >>> float(weigh(data, {"sex": {"f": 50, "m": 50}}).moments(["x"]).mean[0])
    4.0
    """
    import narwhals as nw

    if isinstance(data.native, nw.LazyFrame):
        raise SurveykitError(
            "weights can be raked where the rows are in memory only", hint="read with engine='polars' or 'pandas'",
            code="WEIGHTING",
        )  # fmt: skip
    if OWN_WEIGHT in data.columns and data.weight != OWN_WEIGHT:
        raise SurveykitError(
            f"the name {quote(OWN_WEIGHT)} is taken", hint="rename the column", code="NAME_CONFLICT"
        )
    labels = [_labels(data, name) for name in margins]
    targets = people(margins, data.n_rows)
    base = data.sampling()
    made = rake(base.weights, labels, targets, names=tuple(margins))
    weights = made.weights if bounds is None else _trimmed(made, bounds)
    if isinstance(base, Replicates):
        each = [
            rake(np.maximum(r, 1e-12), labels, targets, names=tuple(margins)).weights
            for r in base.replicates.T
        ]
        drawn: Any = replace(base, weights=weights, replicates=np.column_stack(each))
    else:
        drawn = replace(base, weights=weights, calibrated=made if bounds is None else None)
    series = nw.new_series(OWN_WEIGHT, weights, nw.Float64, backend=data.native.implementation)
    design = replace(data.design, weight=OWN_WEIGHT, made={"": drawn})
    report = replace(
        data.import_report, warnings=(*data.import_report.warnings, _said(made, weights, margins, bounds))
    )
    known = (*data.columns, *(() if OWN_WEIGHT in data.columns else (OWN_WEIGHT,)))
    return replace(
        data, native=data.native.with_columns(series), design=design, import_report=report, columns=known,
        numeric=data.numeric | {OWN_WEIGHT},
    )  # fmt: skip


def _labels(data: Responses, name: str) -> list[str]:
    from surveykit.responses.statistics import group_label

    if not data.has(name):
        raise SurveykitError(
            f"unknown column {quote(name)} among the margins",
            hint=did_you_mean(name, data.columns),
            code="WEIGHTING",
        )
    column = data.frame([name])[name]
    return ["missing" if v != v or v is None else group_label(v) for v in column.to_list()]


def people(margins: Mapping[str, Mapping[Any, float]], n: int) -> list[dict[str, float]]:
    """Shares become people of a sample of n; numbers of people stay."""
    if not margins:
        raise SurveykitError("no margin to weight to", code="WEIGHTING")
    sums = [float(sum(t.values())) for t in margins.values()]
    shares = all(abs(s - 1) < 0.005 or abs(s - 100) < 0.5 for s in sums)
    return [
        {str(k): float(v) * (n / s if shares else 1.0) for k, v in target.items()}
        for target, s in zip(margins.values(), sums, strict=True)
    ]


def _trimmed(made: Raked, bounds: tuple[float, float]) -> Any:
    mean = float(made.weights.mean())
    return trim(made.weights, bounds[0] * mean, bounds[1] * mean)


def _said(made: Raked, weights: Any, margins: Mapping[str, Any], bounds: Sequence[float] | None) -> str:
    """What was done, for the import report."""
    relative = weights / weights.mean()
    n_eff = float(weights.sum() ** 2 / (weights @ weights))
    cut = (
        ""
        if bounds is None
        else f", cut to {bounds[0]:g}-{bounds[1]:g} times the mean (margins then hold roughly)"
    )
    return (
        f"weights raked to {', '.join(margins)} in {made.sweeps} sweeps{cut}: {number(float(relative.min()), 2)} to "
        f"{number(float(relative.max()), 2)} times the mean, effective n {n_eff:.0f} of {len(weights)}"
    )
