"""Linear regression with heteroscedasticity-consistent standard errors.

b = (X'WX)⁻¹X'Wy by a scaled and centred QR decomposition, or in exact arithmetic where the predictors are
ill-conditioned; HC3 standard errors (MacKinnon and White 1985; Long and Ervin 2000) unless classic ones are
asked for, because rating scales have ends and their errors are seldom of one size. Under a survey design standard
errors are the design's.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal

import numpy as np
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._checks import few_answers, high_vif, ill_conditioned, leverage_one, perfect_fit
from surveykit.analyses._design import Design, design
from surveykit.analyses._diagnostics import breusch_pagan, cooks_distance, wald_f
from surveykit.analyses._groups import demand_base, each_group, facts_of
from surveykit.analyses._least_squares import (
    LeastSquares,
    hanging_on,
    least_squares,
    leverage_is_one,
    sandwich,
    vif,
)
from surveykit.analyses._rows import Rows, complete_rows, demand_apart, demand_numeric, flow_note
from surveykit.analyses._sampling import Drawn, design_covariance, drawn_rows, kish_effect
from surveykit.intervals import t_value
from surveykit.options import Confidence, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.responses import Responses

TITLE = {"en": "Linear regression", "zh": "线性回归"}
Degree = Annotated[int, Field(ge=2, le=12)]


class RegressionOptions(Options):
    """What is regressed on what, and how its uncertainty is stated."""

    outcome: str = Field(description="the outcome: an item, a construct or a derived column")
    predictors: Names = Field(min_length=1, description="predictors: items, constructs or derived columns")
    by: str | None = Field(None, description="a grouping column: one regression per group")
    categorical: Names = Field((), description="predictors whose numbers are codes, to be compared by level")
    reference: Mapping[str, str] = Field(
        default_factory=dict, description="the reference level of a categorical predictor; the first one else"
    )
    powers: Mapping[str, Degree] = Field(
        default_factory=dict, description="the degree up to which powers of a predictor are added"
    )
    se: Literal["hc3", "hc2", "hc1", "hc0", "classic"] = Field(
        "hc3", description="the kind of standard error"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    arithmetic: Literal["auto", "double", "exact"] = Field(
        "auto", description="exact: rational arithmetic; auto: where the predictors are ill-conditioned"
    )


@analyses.register(
    "regression",
    title=TITLE,
    reference="MacKinnon and White 1985, J. Econometrics 29; Long and Ervin 2000, American Statistician "
    "54(3)",
    evidence="oracle: R lm and sandwich (1e-8); NIST StRD, all 11 linear sets to 13 digits where 64 bits "
    "allow",
    example='analyse(data, "regression", outcome="loyalty", predictors=["satisfaction", "image"])',
    options=RegressionOptions,
    knows_design=True,
)
def regression(data: Responses, options: RegressionOptions) -> Estimates:
    """Coefficients in the outcome's units, standardised ones beside them, one block of rows per group.

    ``std`` is b·sd(x)/sd(y) with the interval of b in the same scale (the deviations taken as known); dummies
    and powers have none. Errors: constant or dependent predictors by name, an outcome without variation, text
    where numbers are needed, fewer rows than coefficients.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 3, 4, 5], "y": [2, 1, 4, 3, 5]}))
    >>> found = regression(data, RegressionOptions(outcome="y", predictors="x", se="classic"))
    >>> found.tidy()[["estimate", "se"]].round(4).values.tolist()
    [[0.6, 1.1489], [0.8, 0.3464]]
    """
    demand_apart(data, options.outcome, options.predictors)
    parts = list(complete_rows(data, (options.outcome, *options.predictors), options.by))
    records: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    checks: list[Check] = []
    references: dict[str, str] = {}

    def run(rows: Rows) -> None:
        found, model, doubts, against = _one(data, rows, options)
        records.extend(found)
        models.append(model)
        checks.extend(doubts)
        references.update(against)

    each_group(parts, run, checks)
    return Estimates(
        "regression",
        TITLE,
        Table.of(records),
        facts_of(models, options.by),
        _choices(options, parts, references, models, data.design.is_complex),
        tuple(checks),
        {"models": Table.of(models)},
        options.model_dump(),
    )


def _one(
    data: Responses, rows: Rows, options: RegressionOptions
) -> tuple[list[dict[str, Any]], dict[str, Any], list[Check], Mapping[str, str]]:
    demand_base(rows.n, rows.group)
    demand_numeric(rows.frame, [options.outcome])
    matrix = design(
        rows,
        options.predictors,
        categorical=options.categorical,
        reference=options.reference,
        powers=options.powers,
    )
    y = rows.frame[options.outcome].to_numpy(dtype=float)
    fit = least_squares(
        matrix.X,
        y,
        matrix.terms,
        weights=rows.weights,
        arithmetic=options.arithmetic,
        exact_columns=matrix.exact,
        outcome=options.outcome,
    )
    drawn = drawn_rows(data, rows.frame.index)
    covariance, df = sandwich(fit, options.se), float(fit.df_resid)
    if drawn is not None:
        covariance, df = design_covariance(drawn, fit)
    perfect = perfect_fit(fit.r2, options.outcome)
    records = _records(rows, options, matrix, fit, covariance, df, y, bool(perfect))
    for record, deff in zip(records, _effects(rows, fit, drawn, covariance), strict=True):
        record |= {"n_eff": rows.n / deff if deff > 0 else np.nan, "deff": deff}
    alone = leverage_is_one(fit)
    slopes = [i for i in hanging_on(fit, alone) if i > 0]
    about_alone = [fit.names[i] for i in slopes] if slopes else [fit.names[0]]
    robust_alone = (
        [int(i) + 1 for i in rows.frame.index[alone]] if options.se != "classic" and drawn is None else []
    )
    checks = [
        *few_answers(rows.n, len(matrix.terms), rows.group),
        *high_vif(matrix.terms, [r["vif"] for r in records[1:]], rows.group),
        *ill_conditioned(fit.condition, matrix.terms, fit.arithmetic),
        *leverage_one(robust_alone, about_alone),
        *perfect,
    ]
    kind = "design" if drawn is not None else options.se
    model = _model(rows, kind, fit, covariance, df, matrix.X, bool(perfect))
    return records, model, checks, matrix.references


def _records(
    rows: Rows,
    options: RegressionOptions,
    matrix: Design,
    fit: LeastSquares,
    covariance: NDArray[np.float64],
    df: float,
    y: NDArray[np.float64],
    perfect: bool,
) -> list[dict[str, Any]]:
    from scipy.special import stdtr

    se = np.sqrt(np.diag(covariance))
    half = t_value(options.confidence, df) * se
    with np.errstate(divide="ignore", invalid="ignore"):
        t = fit.coefficients / se
    p = np.full(len(se), np.nan) if perfect else 2 * stdtr(df, -np.abs(t))
    sd = np.sqrt(np.cov(np.column_stack([matrix.X, y]).T, aweights=fit.weights, ddof=0).diagonal())
    scale = [
        np.nan,
        *(s / sd[-1] if plain else np.nan for s, plain in zip(sd[:-1], matrix.plain, strict=True)),
    ]
    inflation = [np.nan, *vif(matrix.X, rows.weights)]
    return [
        {
            "term": name,
            "group": rows.group,
            "n": rows.n,
            "estimate": b,
            "se": se[j],
            "low": b - half[j],
            "high": b + half[j],
            "p": p[j],
            "t": np.nan if perfect else t[j],
            "std": b * scale[j],
            "std_low": (b - half[j]) * scale[j],
            "std_high": (b + half[j]) * scale[j],
            "vif": inflation[j],
        }
        for j, (name, b) in enumerate(zip(fit.names, fit.coefficients, strict=True))
    ]


def _effects(
    rows: Rows, fit: LeastSquares, drawn: Drawn | None, covariance: NDArray[np.float64]
) -> list[float]:
    """The design effect of each coefficient; with weights alone Kish's, which is the same for all."""
    if drawn is None:
        return [kish_effect(rows.weights)] * len(fit.coefficients)
    z = (fit.projector * fit.residuals).T
    return [float(v) for v in drawn.effect(z, np.diag(covariance))]


def _model(
    rows: Rows,
    kind: str,
    fit: LeastSquares,
    covariance: NDArray[np.float64],
    df: float,
    X: NDArray[np.float64],
    perfect: bool,
) -> dict[str, Any]:
    n, k = fit.n, len(fit.coefficients)
    f, p_value = wald_f(fit, covariance, df)
    loglik = np.nan
    if rows.weights is None and not perfect:
        loglik = -0.5 * n * (np.log(2 * np.pi * fit.rss / n) + 1)
    bp, bp_df, bp_p = breusch_pagan(fit, X)
    return {
        "group": rows.group,
        "n": n,
        "n_total": rows.n_total,
        "r2": fit.r2,
        "r2_adj": 1 - (1 - fit.r2) * (n - 1) / fit.df_resid,
        "sigma": fit.sigma,
        "f": np.nan if perfect else f,
        "df_model": k - 1,
        "df_resid": int(df),
        "p_value": np.nan if perfect else p_value,
        "loglik": loglik,
        "aic": -2 * loglik + 2 * (k + 1),
        "bic": -2 * loglik + np.log(n) * (k + 1),
        "condition": fit.condition,
        "breusch_pagan": bp,
        "breusch_pagan_df": bp_df,
        "breusch_pagan_p": bp_p,
        "cooks_max": float(cooks_distance(fit).max()),
        "se_type": kind,
        "arithmetic": fit.arithmetic,
    }


def _choices(
    options: RegressionOptions,
    parts: list[Rows],
    references: Mapping[str, str],
    models: list[dict[str, Any]],
    drawn: bool,
) -> tuple[str, ...]:
    kind = "classic standard errors (equal error variance)" if options.se == "classic" else options.se.upper()
    kind = "standard errors of the survey design" if drawn else kind
    choices = [
        flow_note(parts),
        f"Ordinary least squares, {kind}, t distribution; F is the Wald test of all slopes "
        "with the same covariance.",
        "Coefficients describe association among respondents who answered all questions involved.",
        "Standardised coefficients take the standard deviations as known.",
    ]
    if parts[0].weights is not None:
        choices.append(
            "Weighted: weights of mean 1 over the rows used; results do not depend on their scale."
        )
    choices += [f"{name}: compared with level {level}." for name, level in references.items()]
    if any(m["arithmetic"] == "exact" for m in models):
        choices.append("The normal equations were solved in exact rational arithmetic.")
    return tuple(choices)
