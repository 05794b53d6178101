"""Ordinal logistic regression: ratings taken as ordered categories, not as distances."""

from __future__ import annotations

from collections.abc import Mapping
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._brant import Brant, brant
from surveykit.analyses._checks import few_answers, high_vif
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
from surveykit.analyses._rows import Rows, complete_rows, demand_apart, demand_numeric, flow_note
from surveykit.analyses._sampling import drawn_rows
from surveykit.errors import SurveykitError, quote
from surveykit.format import p_value
from surveykit.options import Confidence, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from surveykit.responses import Responses

TITLE = {"en": "Ordinal logistic regression", "zh": "有序逻辑回归"}
MOST_LEVELS = 25
PROPORTIONAL_P = 0.05


class OrdinalOptions(Options):
    """Which rating is explained by what."""

    outcome: str = Field(description="an outcome of at least three ordered values")
    predictors: Names = Field(min_length=1, description="predictors: items, constructs or derived columns")
    by: str | None = Field(None, description="a grouping column: one model per group")
    categorical: Names = Field((), description="predictors whose numbers are codes, to be compared by level")
    reference: Mapping[str, str] = Field(
        default_factory=dict, description="the reference level of a categorical predictor; the first one else"
    )
    se: StandardErrors = Field("auto", description="classic, robust, or robust where there are weights")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "ordinal",
    title=TITLE,
    reference="McCullagh 1980, J. Royal Statistical Society B 42(2); Brant 1990, Biometrics 46(4)",
    evidence="oracle: R MASS::polr (1e-6, log-likelihood 1e-8); with two categories equal to R glm (1e-8)",
    example='analyse(data, "ordinal", outcome="recommend", predictors=["satisfaction", "price"])',
    options=OrdinalOptions,
    knows_design=True,
)
def ordinal(data: Responses, options: OrdinalOptions) -> Estimates:
    """Slopes (log odds of a higher answer) with odds ratios, then the thresholds on the same scale.

    P(Y ≤ j) = F(τⱼ − x'β). Answers that nobody gave have no threshold: the neighbouring categories meet, and
    the result says which. The table ``proportional_odds`` has Brant's test, ``cuts`` the slopes at each cut.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 3, 4, 5, 6, 2, 5], "y": [1, 1, 2, 2, 3, 3, 2, 1]}))
    >>> found = ordinal(data, OrdinalOptions(outcome="y", predictors="x")).tidy()
    >>> found[["term", "kind"]].values.tolist()
    [['x', 'slope'], ['1|2', 'threshold'], ['2|3', 'threshold']]
    """
    demand_apart(data, options.outcome, options.predictors)
    parts = list(complete_rows(data, (options.outcome, *options.predictors), options.by))
    found = _Found()
    each_group(parts, lambda rows: _one(data, rows, options, found), found.checks)
    return Estimates(
        "ordinal",
        TITLE,
        Table.of(found.records),
        facts_of(found.models, options.by),
        (
            flow_note(parts),
            se_note(parts[0], options.se, data.design.is_complex),
            "Slopes are log odds of a higher answer, one for all thresholds (proportional odds); "
            "they describe association, not effect.",
            *dict.fromkeys(found.notes),
        ),
        tuple(found.checks),
        {
            "models": Table.of(found.models),
            "proportional_odds": Table.of(found.brant),
            "cuts": Table.of(found.cuts),
        },
        options.model_dump(),
    )


class _Found:
    """What the groups' models add up to."""

    def __init__(self) -> None:
        self.records: list[dict[str, Any]] = []
        self.models: list[dict[str, Any]] = []
        self.brant: list[dict[str, Any]] = []
        self.cuts: list[dict[str, Any]] = []
        self.checks: list[Check] = []
        self.notes: list[str] = []


def _one(data: Responses, rows: Rows, options: OrdinalOptions, found: _Found) -> None:
    demand_base(rows.n, rows.group)
    demand_numeric(rows.frame, [options.outcome])
    y = rows.frame[options.outcome].to_numpy(dtype=float)
    levels, category = np.unique(y, return_inverse=True)
    _demand_levels(options.outcome, levels)
    matrix = design(rows, options.predictors, categorical=options.categorical, reference=options.reference)
    demand_independent(matrix.X, matrix.terms, rows.weights)
    fit = cumulative_logit(matrix.X, category, matrix.terms, rows.weights)
    cuts, k = len(levels) - 1, len(matrix.terms)
    labels = [f"{v:g}" for v in levels]
    order = [*range(cuts, cuts + k), *range(cuts)]
    names = [*matrix.terms, *(f"{a}|{b}" for a, b in pairwise(labels))]
    values = np.concatenate([fit.thresholds, fit.slopes])[order]
    drawn = drawn_rows(data, rows.frame.index)
    again = refit(matrix.X, category, matrix.terms)
    covariance, df = covariance_of(fit, rows, options.se, drawn, again)
    deff = [effects(fit, rows, drawn, covariance)[j] for j in order]
    se = np.sqrt(np.diag(covariance))[order]
    kinds = ["slope"] * k + ["threshold"] * cuts
    odds = [True] * k + [False] * cuts
    found.records += coefficient_rows(names, values, se, rows, options.confidence, odds, kinds, df, deff)
    found.models.append(
        {
            "group": rows.group,
            "n": rows.n,
            "n_total": rows.n_total,
            "categories": cuts + 1,
            "loglik": fit.loglik,
            "deviance": -2 * fit.loglik,
            "deviance_null": -2 * fit.loglik_null,
            "mcfadden": 1 - fit.loglik / fit.loglik_null,
            "aic": -2 * fit.loglik + 2 * (k + cuts),
            "bic": -2 * fit.loglik + np.log(rows.n) * (k + cuts),
            "gradient": fit.gradient,
        }
    )
    found.checks += few_answers(rows.n, k, rows.group)
    found.checks += high_vif(matrix.terms, list(vif(matrix.X, rows.weights)), rows.group)
    found.checks += _empty(data, options.outcome, levels, rows.group)
    found.notes += [f"{name}: compared with level {level}." for name, level in matrix.references.items()]
    covariance_of_cuts = None if drawn is None else drawn.covariance
    tested = brant(matrix.X, category, matrix.terms, rows.weights, covariance_of_cuts)
    _proportional(rows, tested, matrix.terms, labels, found)


def _proportional(
    rows: Rows, test: Brant | None, terms: tuple[str, ...], labels: list[str], found: _Found
) -> None:
    if rows.weights is not None:
        found.notes.append("The test of proportional odds is weighted, with linearised covariances.")
    if test is None:
        found.notes.append(
            "Proportional odds could not be tested: at one threshold the binary model has no finite estimate."
        )
        return
    overall = {"group": rows.group, "term": "(all)", "chisq": test.chisq, "df": test.df, "p": test.p}
    found.brant.append(overall)
    for i, term in enumerate(terms):
        found.brant.append(
            {
                "group": rows.group,
                "term": term,
                "chisq": float(test.by_predictor[i]),
                "df": len(labels) - 2,
                "p": float(test.p_by_predictor[i]),
            }
        )
        for j, (a, b) in enumerate(pairwise(labels)):
            found.cuts.append(
                {
                    "group": rows.group,
                    "term": term,
                    "cut": f"{a}|{b}",
                    "estimate": float(test.slopes[j, i]),
                    "se": float(test.se[j, i]),
                }
            )
    if test.p < PROPORTIONAL_P:
        found.checks.append(_not_proportional(test, rows.group))


def _not_proportional(test: Brant, group: str) -> Check:
    en, zh = (f" in group {group}", f"在“{group}”组中，") if group else ("", "")
    return Check(
        "proportional_odds",
        "caution",
        {
            "en": f"The slopes differ between the thresholds{en} (Brant test, p {p_value(test.p)}): one odds "
            "ratio for "
            "the whole scale is an average. The table of cuts shows each.",
            "zh": f"{zh}各分界点处的斜率不同（Brant检验，p {p_value(test.p)}）："
            "整个量表共用的一个优势比只是平均值，"
            "各分界点的结果见分表。",
        },
        values={"chisq": test.chisq, "df": test.df, "p": test.p},
    )


def _empty(data: Responses, outcome: str, levels: NDArray[np.float64], group: str) -> tuple[Check, ...]:
    """A note that names the answers which the scale offers and nobody gave."""
    low, high = levels[0], levels[-1]
    questionnaire: Any = data.questionnaire
    item = questionnaire.items.get(outcome) if questionnaire is not None else None
    if item is not None and item.scale is not None:
        low, high = item.scale.min, item.scale.max
    if not np.all(levels == np.round(levels)):
        return ()
    empty = [str(v) for v in range(int(low), int(high) + 1) if v not in levels]
    if not empty:
        return ()
    en, zh = (f" in group {group}", f"在“{group}”组中，") if group else ("", "")
    return (
        Check(
            "empty_categories",
            "note",
            {
                "en": f"Nobody answered {', '.join(empty)} to {outcome}{en}: there is no threshold for it, "
                "the neighbouring categories meet.",
                "zh": f"{zh}{outcome}无人选择{'、'.join(empty)}：这些选项没有分界点，相邻类别直接相接。",
            },
            about=(outcome,),
            values={"empty": empty},
        ),
    )


def _demand_levels(outcome: str, levels: NDArray[np.float64]) -> None:
    if not 3 <= len(levels) <= MOST_LEVELS:
        raise SurveykitError(
            f"the outcome {quote(outcome)} has {len(levels)} different values among the rows used",
            expected=f"3 to {MOST_LEVELS} ordered categories",
            hint="use the logit analysis for two" if len(levels) < 3 else "use the regression analysis",
            code="NOT_ORDINAL",
        )
