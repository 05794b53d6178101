"""Is the way from satisfaction to loyalty a straight line? A quadratic term and a threshold, both tested.

Three models side by side: straight, quadratic in the centred predictor, and bent once at a threshold that the
data choose. The verdict is linear, accelerating, saturating, turning or mixed; two tests are made, so their
p-values are adjusted (Holm).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._checks import few_answers
from surveykit.analyses._groups import demand_base, each_group, facts_of
from surveykit.analyses._kink import Kink, candidates, kink
from surveykit.analyses._least_squares import LeastSquares, least_squares, sandwich
from surveykit.analyses._rows import Rows, complete_rows, demand_apart, demand_numeric, flow_note
from surveykit.analyses._sampling import Drawn, design_covariance, design_note, drawn_rows
from surveykit.analyses._shape import ceiling, shape_check, verdict_of
from surveykit.intervals import adjusted_p, t_value
from surveykit.options import Confidence, Names, Options
from surveykit.results import Check, Estimates, Table
from surveykit.sampling import Sampling

if TYPE_CHECKING:
    from surveykit.responses import Responses

Array = NDArray[np.float64]
TITLE = {"en": "Shape of the association", "zh": "关系形态检验"}


class NonlinearOptions(Options):
    """Whose way to what is examined for bends."""

    outcome: str = Field(description="the outcome (loyalty): an item, a construct or a derived column")
    predictor: str = Field(description="the predictor (satisfaction)")
    controls: Names = Field((), description="further predictors, in straight lines")
    by: str | None = Field(None, description="a grouping column: one test per group")
    bootstrap: int = Field(
        2000, ge=99, le=50_000, description="wild bootstrap replicates of the threshold test"
    )
    seed: int = Field(1, ge=0, description="the seed of the bootstrap")
    confidence: Confidence = Field(0.95, description="the level of intervals and verdict")


@analyses.register(
    "nonlinear",
    title=TITLE,
    reference="Hansen 2017, J. Business and Economic Statistics 35(2); MacKinnon and White 1985; Simonsohn "
    "2018",
    evidence="exact recovery of bends and curvature; simulation of the tests' size; least squares against R",
    example='analyse(data, "nonlinear", outcome="loyalty", predictor="satisfaction")',
    options=NonlinearOptions,
    knows_design=True,
)
def nonlinear(data: Responses, options: NonlinearOptions) -> Estimates:
    """Rows by ``model``: linear (slope), quadratic (slope_at_mean, curvature, turning_point), threshold
    (slope_below, slope_above, slope_change, threshold). HC3 standard errors; those of the threshold model
    hold the threshold fixed.

    ``facts["verdict"]`` and the check of that name say what it amounts to. The turning point has a
    delta-method interval and is given only where there is curvature.

    >>> import numpy as np, pandas as pd
    >>> from surveykit.responses import read
    >>> x = np.repeat(np.arange(1.0, 11), 10)
    >>> y = np.maximum(x - 6, 0) + np.tile([-0.2, 0.2], 50)
    >>> options = NonlinearOptions(outcome="y", predictor="x", bootstrap=199)
    >>> found = nonlinear(read(pd.DataFrame({"x": x, "y": y})), options)
    >>> found.facts["verdict"], found.facts["threshold"]
    ('accelerating', 6.0)
    """
    columns = (options.predictor, *options.controls)
    demand_apart(data, options.outcome, columns)
    parts = list(complete_rows(data, (options.outcome, *columns), options.by))
    records: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    checks: list[Check] = []
    demand_numeric(parts[0].frame, [options.outcome, *columns])
    each_group(parts, lambda rows: _one(data, rows, options, records, models, checks), checks)
    return Estimates(
        "nonlinear",
        TITLE,
        Table.of(records),
        facts_of(models, options.by),
        (
            flow_note(parts),
            "Standard errors: the survey design's; the bootstrap turns the residuals of a cluster together."
            if data.design.is_complex
            else "HC3 standard errors.",
            *design_note(data),
            "Curvature and threshold are two tests, their p-values adjusted by Holm.",
            f"Threshold: sup-F with a wild bootstrap of {options.bootstrap} samples, seed {options.seed}; "
            "standard "
            "errors of its slopes take the threshold as known, its own interval is approximate.",
            "Associations in answers from one moment; not what a rise in the predictor would bring.",
        ),
        tuple(checks),
        {"models": Table.of(models)},
        options.model_dump(),
    )


def _one(
    data: Responses,
    rows: Rows,
    options: NonlinearOptions,
    records: list[dict[str, Any]],
    models: list[dict[str, Any]],
    checks: list[Check],
) -> None:
    demand_base(rows.n, rows.group)
    x, y = (rows.frame[c].to_numpy(dtype=float) for c in (options.predictor, options.outcome))
    controls = rows.values(options.controls)
    straight = _fit(rows, [x], ["slope"], controls, y, options)
    mean = float(x.mean() if rows.weights is None else rows.weights @ x / rows.weights.sum())
    at = candidates(x)
    drawn = drawn_rows(data, rows.frame.index)
    found: list[dict[str, Any]] = [_row(rows, "linear", "slope", straight, 1, options, drawn)]
    quadratic = bent = None
    bend: Kink | None = None
    if len(np.unique(x)) > 2:
        quadratic = _fit(
            rows, [x - mean, (x - mean) ** 2], ["slope_at_mean", "curvature"], controls, y, options
        )
        found += [
            _row(rows, "quadratic", t, quadratic, j, options, drawn)
            for j, t in ((1, "slope_at_mean"), (2, "curvature"))
        ]
    if len(at):
        units = None if drawn is None else _units(drawn)
        bend = kink(
            x, y, controls, rows.weights, at, options.bootstrap, options.seed, options.confidence, units
        )
        below, above = np.minimum(x, bend.threshold), np.maximum(x - bend.threshold, 0.0)
        bent = _fit(rows, [below, above], ["slope_below", "slope_above"], controls, y, options)
        found += _bent_rows(rows, bent, bend, options, drawn)
    raw = [found[2]["p"] if quadratic is not None else np.nan, bend.p if bend is not None else np.nan]
    adjusted = adjusted_p(raw)
    if quadratic is not None:
        found.insert(
            3, _turning_point(rows, quadratic, mean, raw[0] < 1 - options.confidence, options, drawn)
        )
    verdict = verdict_of(found, adjusted, 1 - options.confidence)
    models.append(
        {
            "group": rows.group,
            "n": rows.n,
            "n_total": rows.n_total,
            "verdict": verdict,
            "p_curvature": raw[0],
            "p_threshold": raw[1],
            "p_curvature_adjusted": float(adjusted[0]),
            "p_threshold_adjusted": float(adjusted[1]),
            "sup_f": bend.sup_f if bend is not None else np.nan,
            "threshold": bend.threshold if bend is not None else np.nan,
            "mean": mean,
            "r2_linear": straight.r2,
            "r2_quadratic": quadratic.r2 if quadratic is not None else np.nan,
            "r2_threshold": bent.r2 if bent is not None else np.nan,
        }
    )
    records += found
    checks.append(
        shape_check(
            verdict, options.predictor, options.outcome, found[0]["estimate"], adjusted, bend, rows.group
        )
    )
    checks += few_answers(rows.n, 5 + len(options.controls), rows.group)
    checks += ceiling(y, verdict, options.outcome, rows.group)


def _fit(
    rows: Rows, shape: list[Array], names: list[str], controls: Array, y: Array, options: NonlinearOptions
) -> LeastSquares:
    X = np.column_stack([*shape, controls])
    labels = [options.predictor if n == "slope" else n for n in names]
    return least_squares(X, y, [*labels, *options.controls], weights=rows.weights, outcome=options.outcome)


def _row(
    rows: Rows,
    model: str,
    term: str,
    fit: LeastSquares,
    j: int,
    options: NonlinearOptions,
    drawn: Drawn | None,
) -> dict[str, Any]:
    contrast = np.zeros(len(fit.coefficients))
    contrast[j] = 1.0
    return _contrast(rows, model, term, fit, contrast, options, drawn)


def _contrast(
    rows: Rows,
    model: str,
    term: str,
    fit: LeastSquares,
    contrast: Array,
    options: NonlinearOptions,
    drawn: Drawn | None,
) -> dict[str, Any]:
    from scipy.special import stdtr

    value = float(contrast @ fit.coefficients)
    covariance, df = sandwich(fit, "hc3") if drawn is None else np.empty(0), float(fit.df_resid)
    if drawn is not None:
        covariance, df = design_covariance(drawn, fit)
    se = float(np.sqrt(contrast @ covariance @ contrast))
    half = t_value(options.confidence, df) * se
    return {
        "term": term,
        "group": rows.group,
        "n": rows.n,
        "estimate": value,
        "se": se,
        "low": value - half,
        "high": value + half,
        "p": float(2 * stdtr(df, -abs(value) / se)) if se > 0 else np.nan,
        "model": model,
    }


def _units(drawn: Drawn) -> NDArray[np.intp] | None:
    """The first-stage cluster of each row in use; replicate weights do not say it."""
    return drawn.sampling.stages[0].unit[drawn.place] if isinstance(drawn.sampling, Sampling) else None


def _bent_rows(
    rows: Rows, bent: LeastSquares, bend: Kink, options: NonlinearOptions, drawn: Drawn | None
) -> list[dict[str, Any]]:
    change = np.zeros(len(bent.coefficients))
    change[1:3] = -1.0, 1.0
    row = _contrast(rows, "threshold", "slope_change", bent, change, options, drawn)
    return [
        _row(rows, "threshold", "slope_below", bent, 1, options, drawn),
        _row(rows, "threshold", "slope_above", bent, 2, options, drawn),
        row | {"p": bend.p},  # the threshold was sought: only the bootstrap knows the price of that
        {
            **row,
            "term": "threshold",
            "estimate": bend.threshold,
            "se": np.nan,
            "low": bend.low,
            "high": bend.high,
            "p": np.nan,
        },
    ]


def _turning_point(
    rows: Rows,
    fit: LeastSquares,
    mean: float,
    curved: bool,
    options: NonlinearOptions,
    drawn: Drawn | None,
) -> dict[str, Any]:
    """mean − b₁ / 2b₂ with its delta-method interval; NaN without curvature, where it would be anywhere."""
    b1, b2 = fit.coefficients[1:3]
    row = _row(rows, "quadratic", "turning_point", fit, 1, options, drawn)
    if not curved:
        return row | dict.fromkeys(("estimate", "se", "low", "high", "p"), np.nan)
    gradient = np.zeros(len(fit.coefficients))
    gradient[1:3] = -1 / (2 * b2), b1 / (2 * b2**2)
    at_zero = _contrast(rows, "quadratic", "turning_point", fit, gradient, options, drawn)
    value = float(mean - b1 / (2 * b2))
    shift = value - at_zero["estimate"]
    return at_zero | {
        "estimate": value,
        "low": at_zero["low"] + shift,
        "high": at_zero["high"] + shift,
        "p": np.nan,
    }
