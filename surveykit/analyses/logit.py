"""Binary logistic regression: the odds of a yes (would buy again, top box, churned) and what goes with
them.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._checks import few_events, high_vif
from surveykit.analyses._cumulative import cumulative_logit
from surveykit.analyses._design import design
from surveykit.analyses._groups import demand_base, each_group, facts_of
from surveykit.analyses._least_squares import demand_independent, vif
from surveykit.analyses._logit_rows import (
    StandardErrors,
    coefficient_rows,
    covariance_of,
    effects,
    refit,
    se_note,
)
from surveykit.analyses._rows import Rows, complete_rows, demand_apart, flow_note
from surveykit.analyses._sampling import drawn_rows
from surveykit.errors import SurveykitError, quote
from surveykit.options import Confidence, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.responses import Responses

TITLE = {"en": "Logistic regression", "zh": "逻辑回归"}


class LogitOptions(Options):
    """Which yes is explained by what."""

    outcome: str = Field(description="an outcome with exactly two values")
    predictors: Names = Field(min_length=1, description="predictors: items, constructs or derived columns")
    event: str | None = Field(None, description="the value that counts as yes; the higher one else")
    by: str | None = Field(None, description="a grouping column: one model per group")
    categorical: Names = Field((), description="predictors whose numbers are codes, to be compared by level")
    reference: Mapping[str, str] = Field(
        default_factory=dict, description="the reference level of a categorical predictor; the first one else"
    )
    se: StandardErrors = Field("auto", description="classic, robust, or robust where there are weights")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "logit",
    title=TITLE,
    reference="Hosmer, Lemeshow and Sturdivant 2013, Applied Logistic Regression; separation: Konis 2007",
    evidence="oracle: R glm, R survey svyglm (1e-8)",
    example='analyse(data, "logit", outcome="repurchase", predictors=["satisfaction", "price"])',
    options=LogitOptions,
    knows_design=True,
)
def logit(data: Responses, options: LogitOptions) -> Estimates:
    """Log odds with interval, odds ratios beside them; deviance, McFadden's R² and information criteria.

    Errors: an outcome that has not exactly two values; predictors that separate yes from no, by name;
    constant or dependent predictors; too few rows.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 3, 4, 5, 6], "again": [0, 0, 1, 0, 1, 1]}))
    >>> logit(data, LogitOptions(outcome="again", predictors="x")).tidy()["odds_ratio"].round(3).tolist()
    [0.014, 3.367]
    """
    demand_apart(data, options.outcome, options.predictors)
    parts = list(complete_rows(data, (options.outcome, *options.predictors), options.by))
    records: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    checks: list[Check] = []
    notes: list[str] = []
    each_group(parts, lambda rows: _one(data, rows, options, records, models, checks, notes), checks)
    return Estimates(
        "logit",
        TITLE,
        Table.of(records),
        facts_of(models, options.by),
        (
            flow_note(parts),
            se_note(parts[0], options.se, data.design.is_complex),
            "Coefficients are log odds; they describe association, not effect.",
            *dict.fromkeys(notes),
        ),
        tuple(checks),
        {"models": Table.of(models)},
        options.model_dump(),
    )


def _one(
    data: Responses,
    rows: Rows,
    options: LogitOptions,
    records: list[dict[str, Any]],
    models: list[dict[str, Any]],
    checks: list[Check],
    notes: list[str],
) -> None:
    demand_base(rows.n, rows.group)
    happened, event = _events(rows, options)
    matrix = design(rows, options.predictors, categorical=options.categorical, reference=options.reference)
    demand_independent(matrix.X, matrix.terms, rows.weights)
    fit = cumulative_logit(matrix.X, happened, matrix.terms, rows.weights)
    # P(no) = F(τ − x'β): the intercept of the yes is −τ, and its covariances with the slopes change sign
    drawn = drawn_rows(data, rows.frame.index)
    again = refit(matrix.X, happened, matrix.terms)
    covariance, df = covariance_of(fit, rows, options.se, drawn, again)
    deff = effects(fit, rows, drawn, covariance)
    values = np.concatenate([-fit.thresholds, fit.slopes])
    names = ("(intercept)", *matrix.terms)
    se = np.sqrt(np.diag(covariance))
    kinds = ["intercept"] + ["slope"] * len(matrix.terms)
    records += coefficient_rows(
        names, values, se, rows, options.confidence, [True] * len(names), kinds, df, deff
    )
    k = len(values)
    models.append(
        {
            "group": rows.group,
            "n": rows.n,
            "n_total": rows.n_total,
            "events": int(happened.sum()),
            "event": event,
            "loglik": fit.loglik,
            "deviance": -2 * fit.loglik,
            "deviance_null": -2 * fit.loglik_null,
            "mcfadden": 1 - fit.loglik / fit.loglik_null,
            "aic": -2 * fit.loglik + 2 * k,
            "bic": -2 * fit.loglik + np.log(rows.n) * k,
            "gradient": fit.gradient,
        }
    )
    rarer = int(min(happened.sum(), rows.n - happened.sum()))
    checks += few_events(rarer, len(matrix.terms), rows.group)
    checks += high_vif(matrix.terms, list(vif(matrix.X, rows.weights)), rows.group)
    notes.append(f"{options.outcome}: {quote(event)} counts as yes.")
    notes += [f"{name}: compared with level {level}." for name, level in matrix.references.items()]


def _events(rows: Rows, options: LogitOptions) -> tuple[NDArray[np.intp], str]:
    values = rows.frame[options.outcome]
    labels = {v: str(int(v)) if isinstance(v, float) and v.is_integer() else str(v) for v in values.unique()}
    if len(labels) != 2:
        raise SurveykitError(
            f"the outcome {quote(options.outcome)} is not binary",
            expected="exactly two values among the rows used",
            got=f"{len(labels)}: " + ", ".join(quote(v) for v in sorted(labels.values())[:8]),
            hint="cut it in two (top box), or use the ordinal analysis",
            code="NOT_BINARY",
        )
    event = options.event if options.event is not None else labels[max(labels)]
    if event not in labels.values():
        raise SurveykitError(
            f"the event {quote(event)} does not occur in {quote(options.outcome)}",
            expected=" or ".join(quote(v) for v in sorted(labels.values())),
            code="UNKNOWN_LEVEL",
        )
    happened: NDArray[np.intp] = np.asarray(values.map(labels) == event).astype(np.intp)
    return happened, event
