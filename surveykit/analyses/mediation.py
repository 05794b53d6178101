"""Mediation: is an association carried along a chain x, mediators, y, as a theory says?

Paths by least squares from the covariance matrix, indirect effects as products of paths; intervals by
bootstrap (percentile, or bias-corrected), the delta method (Sobel 1982) beside them. One survey cannot show
the direction of the arrows; it can show whether the answers are what such a chain would give.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._checks import few_answers
from surveykit.analyses._groups import each_group, facts_of
from surveykit.analyses._least_squares import dependent_columns
from surveykit.analyses._mediation import (
    Chain,
    System,
    chains,
    effect_gradient,
    effects,
    slope_covariance,
    slopes,
    system,
)
from surveykit.analyses._replicates import Interval, bias_corrected, failed_check, percentile
from surveykit.analyses._rows import demand_apart
from surveykit.analyses._samples import Sample, sample_note, samples, weighted_check
from surveykit.analyses._sampling import design_note, moment_covariance
from surveykit.errors import SurveykitError, quote
from surveykit.format import count
from surveykit.intervals import t_value, z_value
from surveykit.options import Confidence, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

Array = NDArray[np.float64]
TITLE = {"en": "Mediation", "zh": "中介分析"}
MOST_MEDIATORS = 4
ENDS = ("se", "low", "high")


class MediationOptions(Options):
    """The chain that is claimed."""

    predictor: str = Field(description="where the chain begins: an item, a construct or a derived column")
    mediators: Names = Field(
        min_length=1, max_length=MOST_MEDIATORS, description="what lies between, in order"
    )
    outcome: str = Field(description="where the chain ends")
    order: Literal["parallel", "serial"] = Field(
        "parallel", description="side by side, or one after the other"
    )
    controls: Names = Field((), description="further predictors in every equation")
    by: str | None = Field(None, description="a grouping column: one chain per group")
    interval: Literal["percentile", "bias_corrected", "delta"] = Field(
        "percentile", description="the interval of effects; the others stand in the table `intervals`"
    )
    bootstrap: int = Field(
        2000, ge=0, le=50_000, description="bootstrap replicates; 0 leaves the delta method"
    )
    seed: int = Field(1, ge=0, description="the seed of the bootstrap")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "mediation",
    title=TITLE,
    reference="MacKinnon 2008, Introduction to Statistical Mediation Analysis; Sobel 1982; Efron 1981",
    evidence="oracle: lavaan, paths, indirect and total effect (1e-8), bootstrap limits within Monte Carlo "
    "error",
    example='analyse(data, "mediation", predictor="image", mediators=["satisfaction"], outcome="loyalty")',
    options=MediationOptions,
    knows_design=True,
)
def mediation(data: Responses, options: MediationOptions) -> Estimates:
    """Rows by ``kind``: each path, each indirect effect, total_indirect, direct, total; ``std`` in standard
    deviations.

    An indirect effect has no p-value: its product is skewed, the interval speaks. ``proportion`` in the facts
    is the share of the total effect that is indirect, given only where both have one sign and the total is
    clear of zero. Errors: a constant column, dependent predictors by name, a variable in two roles.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> rows = {"x": [1, 2, 3, 4, 5, 6], "m": [1, 3, 2, 5, 4, 6], "y": [2, 2, 3, 4, 6, 5]}
    >>> chain = MediationOptions(predictor="x", mediators="m", outcome="y", bootstrap=0)
    >>> found = mediation(read(pd.DataFrame(rows)), chain).tidy().set_index("kind")["estimate"]
    >>> bool(abs(found["total_indirect"] + found["direct"] - found["total"]) < 1e-12)
    True
    """
    demand_apart(data, options.outcome, (options.predictor, *options.mediators, *options.controls))
    columns = (options.predictor, *options.mediators, options.outcome, *options.controls)
    s = system(len(options.mediators), len(options.controls), options.order == "serial")
    records: list[dict[str, Any]] = []
    intervals: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    checks: list[Check] = []
    parts = samples(data, columns, options.by, options.bootstrap, options.seed, checks)
    checks += weighted_check(parts)

    def run(sample: Sample) -> None:
        _one(sample, s, columns, options, records, intervals, models, checks)

    each_group(parts, run, checks)
    return Estimates(
        "mediation",
        TITLE,
        Table.of(records),
        facts_of(models, options.by),
        (*_choices(options, parts), *design_note(data, "Standard errors and bootstrap samples")),
        tuple(checks),
        {"intervals": Table.of(intervals), "models": Table.of(models)},
        options.model_dump(),
    )


def _one(
    sample: Sample,
    s: System,
    columns: Sequence[str],
    options: MediationOptions,
    records: list[dict[str, Any]],
    intervals: list[dict[str, Any]],
    models: list[dict[str, Any]],
    checks: list[Check],
) -> None:
    C, n = sample.moments.cov, float(sample.moments.n_eff)
    _demand_independent(sample, s, columns)
    ways = chains(s.mediators, options.order == "serial")
    b = slopes(C, s)
    V = slope_covariance(C, n, s)
    value = effects(b, s, ways)
    gradient = effect_gradient(b, s, ways)
    deff = np.full(len(b) + len(value), sample.moments.n / n)
    if sample.drawn is not None and sample.x is not None:
        every_slope, deff = moment_covariance(
            sample.drawn,
            sample.x,
            lambda S: np.concatenate([slopes(S, s), effects(slopes(S, s), s, ways)]),
        )
        V = every_slope[: len(b), : len(b)]
    path_rows = _paths(sample, s, columns, b, V, n, options.confidence, deff)
    delta_se = np.sqrt(np.maximum(np.einsum("ij,jk,ik->i", gradient, V, gradient), 0.0))
    drawn = np.empty((0, len(value)))
    if sample.replicates is not None:
        drawn = effects(slopes(sample.replicates.cov, s), s, ways)
        checks += failed_check(drawn)
    df = None if sample.drawn is None else sample.drawn.df
    every = _intervals(value, delta_se, drawn, options.confidence, df)
    kind = options.interval if len(drawn) else "delta"
    effect_rows = _effects(sample, columns, ways, value, every[kind], kind)
    for row, cost in zip(effect_rows, deff[len(b) :], strict=True):
        row |= {"n_eff": sample.moments.n / cost if cost > 0 else np.nan, "deff": cost}
    records += [*path_rows, *effect_rows]
    for j, row in enumerate(effect_rows):
        limits = {f"{name}_{end}": float(getattr(i, end)[j]) for name, i in every.items() for end in ENDS}
        intervals.append({"term": row["term"], "group": sample.group, **limits})
    models.append(_model(sample, s, columns, b, C, effect_rows))
    checks += few_answers(sample.moments.n, len(columns) - 1, sample.group)


def _intervals(
    value: Array, se: Array, drawn: Array, confidence: float, df: int | None
) -> dict[str, Interval]:
    half = (z_value(confidence) if df is None else t_value(confidence, max(df, 1))) * se
    return {
        "percentile": percentile(drawn, confidence),
        "bias_corrected": bias_corrected(drawn, value, confidence),
        "delta": Interval(se, value - half, value + half),
    }


def _paths(
    sample: Sample,
    s: System,
    columns: Sequence[str],
    b: Array,
    V: Array,
    n: float,
    confidence: float,
    deff: Array,
) -> list[dict[str, Any]]:
    from scipy.special import stdtr

    se, sd = np.sqrt(np.maximum(np.diag(V), 0.0)), sample.moments.sd
    rows = []
    for outcome, predictors in s.equations:
        df = (n - 1 if sample.drawn is None else sample.drawn.df) - len(predictors)
        for predictor in predictors:
            if (outcome, predictor) == (s.y, 0):
                continue  # the direct effect has a row of its own
            j = s.place(outcome, predictor)
            half = t_value(confidence, df) * se[j]
            rows.append(
                {
                    "term": f"{columns[predictor]} → {columns[outcome]}",
                    "group": sample.group,
                    "n": sample.moments.n,
                    "estimate": float(b[j]),
                    "se": float(se[j]),
                    "low": float(b[j] - half),
                    "high": float(b[j] + half),
                    "p": float(2 * stdtr(df, -abs(b[j] / se[j]))) if se[j] > 0 else np.nan,
                    "kind": "path" if predictor <= s.mediators else "control",
                    "std": float(b[j] * sd[predictor] / sd[outcome]),
                    "interval": "t",
                    "n_eff": sample.moments.n / deff[j] if deff[j] > 0 else np.nan,
                    "deff": deff[j],
                }
            )
    return rows


def _effects(
    sample: Sample,
    columns: Sequence[str],
    ways: Sequence[Chain],
    value: Array,
    interval: Interval,
    kind: str,
) -> list[dict[str, Any]]:
    sd = sample.moments.sd
    scale = sd[0] / sd[ways[0][-1]]
    terms = [" → ".join(columns[i] for i in way) for way in ways]
    kinds = ["indirect"] * len(ways) + ["total_indirect", "direct", "total"]
    return [
        {
            "term": term,
            "group": sample.group,
            "n": sample.moments.n,
            "estimate": float(value[j]),
            "se": float(interval.se[j]),
            "low": float(interval.low[j]),
            "high": float(interval.high[j]),
            "p": np.nan,
            "kind": kinds[j],
            "std": float(value[j] * scale),
            "interval": kind,
        }
        for j, term in enumerate([*terms, "total_indirect", "direct", "total"])
    ]


def _model(
    sample: Sample, s: System, columns: Sequence[str], b: Array, C: Array, rows: list[dict[str, Any]]
) -> dict[str, Any]:
    by_kind = {r["kind"]: r for r in rows}
    indirect, total = by_kind["total_indirect"], by_kind["total"]
    clear = total["low"] * total["high"] > 0 and indirect["estimate"] * by_kind["direct"]["estimate"] >= 0
    facts: dict[str, Any] = {
        "group": sample.group,
        "n": sample.moments.n,
        "n_total": sample.moments.n_total,
        "proportion": indirect["estimate"] / total["estimate"] if clear else np.nan,
    }
    start = 0
    for outcome, predictors in s.equations:
        at = list(predictors)
        facts[f"r2_{columns[outcome]}"] = float(
            b[start : start + len(at)] @ C[at, outcome] / C[outcome, outcome]
        )
        start += len(at)
    return facts


def _demand_independent(sample: Sample, s: System, columns: Sequence[str]) -> None:
    predictors = list(s.equations[-1][1])
    if float(sample.moments.n_eff) <= len(predictors) + 1:
        raise SurveykitError(
            "too few complete rows for the chain",
            expected=f"more than {len(predictors) + 1}",
            got=count(float(sample.moments.n_eff)),
            code="TOO_FEW_ROWS",
        )
    R = sample.moments.cor[np.ix_(predictors, predictors)]
    values, vectors = np.linalg.eigh(R)
    if values[0] <= 1e-10:
        root = (vectors * np.sqrt(np.where(values > 1e-10, values, 0.0))) @ vectors.T
        names = dependent_columns(root, [columns[i] for i in predictors])
        raise SurveykitError(
            "variables of the chain are linearly dependent: their paths cannot be told apart",
            got=", ".join(quote(v) for v in names),
            hint="leave one of them out, or combine them",
            code="COLLINEAR",
        )


def _choices(options: MediationOptions, parts: list[Sample]) -> tuple[str, ...]:
    drawn = (
        f"Effects: {options.interval.replace('_', '-')} intervals, {options.bootstrap} bootstrap samples, "
        f"seed {options.seed}."
        if options.bootstrap and options.interval != "delta"
        else "Effects: delta-method (Sobel) intervals."
    )
    errors = "classic" if all(p.drawn is None for p in parts) else "linearised"
    return (
        sample_note(parts),
        f"Paths by least squares with {errors} standard errors; indirect effects are products of paths.",
        drawn,
        "The direction of the arrows is an assumption; answers from one moment cannot test it.",
    )
