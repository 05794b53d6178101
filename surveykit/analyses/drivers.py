"""Key drivers: how much of the outcome's variance goes with each of several correlated predictors.

LMG (Lindeman, Merenda and Gold 1980) averages a predictor's gain in R² over all orderings, exactly; Johnson's
relative weights (2000) come from the nearest orthogonal predictors. Both add up to R². Both stand side by
side with bootstrap intervals, the stability of the ranks and the agreement of the two methods, because a
ranking of drivers without its uncertainty is the most over-read table of survey research.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._checks import few_answers, high_vif
from surveykit.analyses._groups import each_group, facts_of
from surveykit.analyses._importance import MAX_EXACT, betas, first_last, johnson, lmg
from surveykit.analyses._least_squares import dependent_columns
from surveykit.analyses._replicates import failed_check, percentile
from surveykit.analyses._rows import demand_apart
from surveykit.analyses._samples import Sample, sample_note, samples, weighted_check
from surveykit.analyses._sampling import design_note, moment_covariance
from surveykit.errors import SurveykitError, quote
from surveykit.format import percent
from surveykit.options import Confidence, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

Array = NDArray[np.float64]
TITLE = {"en": "Key drivers", "zh": "关键驱动因素"}
CHUNK = 64
SINGULAR = 1e-10
UNSTABLE_TOP = 0.8
MOST_LINEARISED = 8


class DriversOptions(Options):
    """Which predictors of which outcome are to be weighed against each other."""

    outcome: str = Field(description="the outcome: an item, a construct or a derived column")
    predictors: Names = Field(min_length=2, description="the drivers, 2 to 15 of them")
    by: str | None = Field(None, description="a grouping column: one ranking per group")
    bootstrap: int = Field(1000, ge=0, le=20_000, description="bootstrap replicates; 0 for no intervals")
    seed: int = Field(1, ge=0, description="the seed of the bootstrap")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "drivers",
    title=TITLE,
    reference="Lindeman, Merenda and Gold 1980; Grömping 2007, American Statistician 61(2); Johnson 2000, "
    "Multivariate Behavioral Research 35(1)",
    evidence="oracle: R relaimpo, LMG, first, last and Genizi (1e-8); brute force over all orderings",
    example='analyse(data, "drivers", outcome="satisfaction", predictors=["quality", "price", "service"])',
    options=DriversOptions,
    knows_design=True,
)
def drivers(data: Responses, options: DriversOptions) -> Estimates:
    """One row a driver: LMG in units of R² with interval, its share of R², rank, Johnson's weight,
    correlation, beta.

    ``top`` is the share of replicates in which the driver comes first, ``rank_low`` and ``rank_high`` the
    percentile interval of its rank. The table ``methods`` has the other measures (alone, last, beta², Pratt).
    Errors: more than 15 predictors, constant or dependent ones by name, a predictor that is part of the
    outcome.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"a": [1, 2, 3, 4, 5, 6], "b": [2, 1, 2, 1, 2, 1], "y": [2, 2, 4, 4, 6, 6]}))
    >>> found = drivers(data, DriversOptions(outcome="y", predictors=["a", "b"], bootstrap=0)).tidy()
    >>> round(float(found["estimate"].sum()), 6)
    1.0
    """
    demand_apart(data, options.outcome, options.predictors)
    _demand_few(options)
    columns = (*options.predictors, options.outcome)
    records: list[dict[str, Any]] = []
    methods: list[dict[str, Any]] = []
    models: list[dict[str, Any]] = []
    checks: list[Check] = []
    parts = samples(data, columns, options.by, options.bootstrap, options.seed, checks)
    checks += weighted_check(parts)
    each_group(parts, lambda sample: _one(sample, options, records, methods, models, checks), checks)
    return Estimates(
        "drivers",
        TITLE,
        Table.of(records),
        facts_of(models, options.by),
        (*_choices(options, parts), *design_note(data, "Bootstrap samples")),
        tuple(checks),
        {"methods": Table.of(methods), "models": Table.of(models)},
        options.model_dump(),
    )


def _one(
    sample: Sample,
    options: DriversOptions,
    records: list[dict[str, Any]],
    methods: list[dict[str, Any]],
    models: list[dict[str, Any]],
    checks: list[Check],
) -> None:
    R, n, k = sample.moments.cor, sample.moments.n, len(options.predictors)
    _demand_independent(R, options, n)
    own, weights, beta = lmg(R), johnson(R), betas(R)
    first, last = first_last(R)
    r2 = float(own.sum())
    drawn = _replicated(sample, k)
    interval = percentile(drawn[:, :k], options.confidence)
    relative = percentile(drawn[:, k:], options.confidence)
    good = drawn[np.isfinite(drawn).all(axis=1), :k]
    ranks = _ranks(good) if len(good) else np.full((2, k), np.nan)
    spread = percentile(ranks, options.confidence)
    place = _ranks(own[None])[0]
    deff = _design_effects(sample, k)
    for j, name in enumerate(options.predictors):
        records.append(
            {
                "term": name,
                "group": sample.group,
                "n": n,
                "estimate": own[j],
                "se": interval.se[j],
                "low": interval.low[j],
                "high": interval.high[j],
                "share": own[j] / r2,
                "rank": int(place[j]),
                "rank_low": spread.low[j],
                "rank_high": spread.high[j],
                "top": float((ranks[:, j] == 1).mean()) if len(good) else np.nan,
                "johnson": weights[j],
                "johnson_low": relative.low[j],
                "johnson_high": relative.high[j],
                "r": R[j, -1],
                "beta": beta[j],
                "n_eff": n / deff[j] if deff[j] > 0 else np.nan,
                "deff": deff[j],
            }
        )
        methods.append(
            {
                "term": name,
                "group": sample.group,
                "lmg": own[j],
                "johnson": weights[j],
                "first": first[j],
                "last": last[j],
                "beta_squared": beta[j] ** 2,
                "pratt": beta[j] * R[j, -1],
            }
        )
    leader = int(np.argmin(place))
    stable = records[len(records) - k + leader]["top"]
    models.append(
        {
            "group": sample.group,
            "n": n,
            "n_total": sample.moments.n_total,
            "r2": r2,
            "r2_adj": 1 - (1 - r2) * (n - 1) / (n - k - 1),
            "agreement": float(1 - np.abs(own - weights).sum() / (2 * r2)),
            "rank_agreement": _kendall(own, weights),
            "top_driver": options.predictors[leader],
            "top_stability": stable,
            "replicates": len(drawn),
        }
    )
    inflation = np.diag(np.linalg.inv(R[:-1, :-1]))
    checks += few_answers(n, k, sample.group)
    checks += high_vif(options.predictors, list(inflation), sample.group)
    checks += failed_check(drawn)
    checks += _unstable(options.predictors[leader], stable, sample.group)
    checks += _opposite(options.predictors, R[:-1, -1], beta, sample.group)


def _design_effects(sample: Sample, k: int) -> Array:
    """The design effect of each driver's LMG; Kish's where there are only weights, none for many drivers."""
    if sample.drawn is None or sample.x is None:
        return np.full(k, sample.moments.n / float(sample.moments.n_eff))
    if k > MOST_LINEARISED:
        return np.full(k, np.nan)

    def shares(S: Array) -> Array:
        sd = np.sqrt(np.diag(S))
        return np.asarray(lmg(S / np.outer(sd, sd)), dtype=float)

    return moment_covariance(sample.drawn, sample.x, shares)[1]


def _replicated(sample: Sample, k: int) -> Array:
    """LMG and Johnson's weights of every replicate, shape (replicates, 2k); NaN where one is singular."""
    if sample.replicates is None:
        return np.empty((0, 2 * k))
    R = sample.replicates.cor
    whole: NDArray[np.bool_] = np.asarray(np.isfinite(R).all(axis=(1, 2)))
    safe = np.where(whole[:, None, None], R, np.eye(k + 1))
    parts = [
        np.hstack([lmg(safe[i : i + CHUNK]), johnson(safe[i : i + CHUNK])])
        for i in range(0, len(safe), CHUNK)
    ]
    return np.where(whole[:, None], np.vstack(parts), np.nan)


def _ranks(values: Array) -> Array:
    """Ranks along the last axis, 1 the largest; ties share the better rank."""
    ranks: Array = 1.0 + (values[:, None, :] > values[:, :, None]).sum(axis=2)
    return ranks


def _kendall(a: Array, b: Array) -> float:
    i, j = np.triu_indices(len(a), 1)
    return float(np.mean(np.sign(a[i] - a[j]) * np.sign(b[i] - b[j])))


def _unstable(leader: str, stability: float, group: str) -> tuple[Check, ...]:
    if not stability < UNSTABLE_TOP:
        return ()
    en, zh = (f" in group {group}", f"在“{group}”组中，") if group else ("", "")
    return (
        Check(
            "unstable_ranks",
            "caution",
            {
                "en": f"{leader} comes first in only {percent(stability)} of the bootstrap samples{en}: the "
                "order of "
                "the "
                "first drivers is not settled by these data.",
                "zh": f"{zh}在自助抽样中，{leader}仅有{percent(stability)}的次数排名第一："
                "现有数据不足以确定主要驱动因素的先后次序。",
            },
            about=(leader,),
            values={"stability": stability},
        ),
    )


def _opposite(names: tuple[str, ...], r: Array, beta: Array, group: str) -> tuple[Check, ...]:
    """Drivers whose correlation and coefficient have opposite signs: suppression, or collinearity."""
    turned = tuple(n for n, a, b in zip(names, r, beta, strict=True) if a * b < 0 and abs(b) > 0.05)
    if not turned:
        return ()
    en, zh = (f" in group {group}", f"在“{group}”组中，") if group else ("", "")
    return (
        Check(
            "sign_reversal",
            "note",
            {
                "en": f"{', '.join(turned)}: correlation and regression coefficient have opposite signs{en}. "
                "The share "
                "of variance has no direction; look at both before reading it as good or bad.",
                "zh": f"{zh}{'、'.join(turned)}：相关系数与回归系数符号相反。方差份额没有方向，"
                "解读前请同时查看两者。",
            },
            about=turned,
        ),
    )


def _demand_few(options: DriversOptions) -> None:
    if len(options.predictors) > MAX_EXACT:
        raise SurveykitError(
            "too many drivers for the exact average over all orderings",
            expected=f"at most {MAX_EXACT}",
            got=str(len(options.predictors)),
            hint="combine items into constructs, or leave out the weakest",
            code="TOO_MANY_DRIVERS",
        )


def _demand_independent(R: Array, options: DriversOptions, n: int) -> None:
    if n <= len(options.predictors) + 1:
        raise SurveykitError(
            "too few complete rows for the number of drivers",
            expected=f"more than {len(options.predictors) + 1}",
            got=str(n),
            code="TOO_FEW_ROWS",
        )
    values, vectors = np.linalg.eigh(R[:-1, :-1])
    if values[0] <= SINGULAR:
        root = (vectors * np.sqrt(np.where(values > SINGULAR, values, 0.0))) @ vectors.T
        names = dependent_columns(root, options.predictors)
        raise SurveykitError(
            "drivers are linearly dependent: their shares cannot be told apart",
            expected="drivers none of which follows from the others",
            got=", ".join(quote(v) for v in names),
            hint="leave one of them out, or combine them into one scale",
            code="COLLINEAR",
        )


def _choices(options: DriversOptions, parts: list[Sample]) -> tuple[str, ...]:
    drawn = (
        f"Percentile intervals from {options.bootstrap} bootstrap samples, seed {options.seed}."
        if options.bootstrap
        else "No intervals: bootstrap=0."
    )
    return (
        sample_note(parts),
        "LMG: gain in R² averaged over all orderings of the drivers (exact); Johnson: relative weights. Both "
        "add up "
        "to R².",
        drawn,
        "Shares say what is associated with the outcome in these answers; they do not say what would change "
        "it.",
    )
