"""Reliability of scales: alpha, omega, composite reliability, AVE; item statistics; HTMT between constructs.

Raw and standardised alpha are both given, by name: programs print either under the one word. Omega,
composite reliability and AVE come from a one-factor model of each construct by maximum likelihood.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._cumulative import logistic
from surveykit.analyses._htmt_table import htmt_table
from surveykit.analyses._reliability import (
    Coefficient,
    alpha,
    alpha_std,
    ave,
    feldt,
    item_rest,
    omega,
    rho_c,
    standard_error,
)
from surveykit.analyses._reliability_checks import (
    constant_items,
    heywood,
    keying,
    low_reliability,
    no_factor,
    too_few_items,
)
from surveykit.analyses._samples import Sample, samples
from surveykit.analyses._sampling import Drawn, design_note
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.factor import OneFactor, one_factor
from surveykit.intervals import t_value, z_value
from surveykit.options import Confidence, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.moments import Moments
    from surveykit.responses import Responses

MEASURES = ("alpha", "alpha_std", "omega", "rho_c", "ave")
WIDEST = 20.0  # of log(1 − f): an interval that says nothing
TITLE = {"en": "Reliability and discriminant validity", "zh": "信度与区分效度"}


class ReliabilityOptions(Options):
    """Which scales are examined."""

    constructs: Names = Field((), description="constructs of the questionnaire; all reflective ones else")
    scales: Mapping[str, Names] = Field(
        default_factory=dict, description="further scales: a name and its items"
    )
    by: str | None = Field(None, description="a grouping column: every coefficient per group")
    bootstrap: int = Field(
        500, ge=0, le=20_000, description="bootstrap replicates for HTMT; 0 for no intervals"
    )
    seed: int = Field(1, ge=0, description="the seed of the bootstrap")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "reliability",
    title=TITLE,
    reference="Cronbach 1951; Feldt 1965; McDonald 1999; Fornell and Larcker 1981; Henseler, Ringle and "
    "Sarstedt 2015; "
    "Roemer, Schuberth and Henseler 2021",
    evidence="oracle: R psych (alpha, its interval and item statistics, 1e-8), lavaan (one-factor loadings, "
    "1e-8), "
    "semTools (HTMT, HTMT2, 1e-8)",
    example='analyse(data, "reliability", constructs=["satisfaction", "loyalty"])',
    options=ReliabilityOptions,
    knows_design=True,
)
def reliability(data: Responses, options: ReliabilityOptions) -> Estimates:
    """Five rows a scale: ``measure`` alpha, alpha_std, omega, rho_c, ave, each with its interval.

    Rows that lack an item of the scale are set aside (``n`` counts the rest), so alpha is at most 1 and its
    interval ordered. The table ``items`` has mean, deviation, item-rest correlation, loading and alpha if
    dropped; ``htmt`` the pairs of constructs. A constant item is left out and named; a negative item-rest
    correlation is a warning about the item's key.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> rows = {"a": [1, 2, 3, 4, 5, 3], "b": [2, 2, 3, 5, 4, 3], "c": [1, 3, 3, 4, 5, 2]}
    >>> found = reliability(read(pd.DataFrame(rows)), ReliabilityOptions(scales={"s": ["a", "b", "c"]}))
    >>> found.tidy().set_index("measure")["estimate"].round(3).to_dict()["alpha"]
    0.932
    """
    scales, single = _scales(data, options)
    records: list[dict[str, Any]] = []
    items: list[dict[str, Any]] = []
    checks: list[Check] = []
    for name, columns in scales.items():
        for sample in samples(data, columns, options.by, 0, options.seed, checks, varying=False):
            _one(name, sample, options, records, items, checks)
    pairs: list[dict[str, Any]] = []
    usable = {n: c for n, c in scales.items() if not _constant_anywhere(n, checks)}
    if len(usable) > 1:
        pairs, doubts = htmt_table(
            data, usable, options.by, options.bootstrap, options.seed, options.confidence
        )
        checks += doubts
    return Estimates(
        "reliability",
        TITLE,
        Table.of(records),
        {"scales": len(scales), "items": len({i for c in scales.values() for i in c}), "n": _most(records)},
        (
            *_choices(options, single, bool(pairs)),
            *design_note(data, "Standard errors and bootstrap samples"),
        ),
        tuple(checks),
        {"items": Table.of(items), "htmt": Table.of(pairs)},
        options.model_dump(),
    )


def _one(
    name: str,
    sample: Sample,
    options: ReliabilityOptions,
    records: list[dict[str, Any]],
    items: list[dict[str, Any]],
    checks: list[Check],
) -> None:
    group, moments = sample.group, sample.moments
    center = np.zeros(moments.p) if moments.mean is None else moments.mean
    varying = [n for n, s, m in zip(moments.names, moments.sd, center, strict=True) if s > 1e-12 * abs(m)]
    still = tuple(n for n in moments.names if n not in varying)
    checks += constant_items(name, still, group)
    if len(varying) < 2:
        checks += too_few_items(name, group)
        records += [_row(name, group, moments, m, np.nan, np.nan, np.nan, np.nan, 0) for m in MEASURES]
        return
    kept = moments.select(varying)
    S, n = kept.cov, float(kept.n_eff)
    factor, why = _factor(S)
    checks += no_factor(name, why, group) if why else ()
    coefficients: dict[str, Coefficient | None] = {
        "alpha": alpha(S) if _adds_up(S) else None,
        "alpha_std": alpha_std(S) if _adds_up(kept.cor) else None,
        **{
            m: f(S, factor) if not why and _adds_up(S) else None
            for m, f in (("omega", omega), ("rho_c", rho_c), ("ave", ave))
        },
    }
    for measure, coefficient in coefficients.items():
        row = _estimate(name, group, kept, measure, coefficient, S, n, options.confidence)
        if coefficient is not None and sample.drawn is not None and sample.x is not None:
            x = sample.x[:, moments.index(varying)]
            row |= _designed(coefficient, measure, sample.drawn, x, options.confidence)
        records.append(row)
    rest = item_rest(S)
    if factor is not None and not factor.proper:
        checks += heywood(name, varying, factor, group)
    checks += keying(name, varying, rest, kept.cor, group)
    checks += low_reliability(name, records[-len(MEASURES)]["estimate"], group)
    items += _items(name, group, kept, center[moments.index(varying)], rest, factor)


def _adds_up(S: np.ndarray[Any, Any]) -> bool:
    """Whether the sum of the items varies: items that cancel each other out have no alpha."""
    return bool(S.sum() > 1e-9 * np.trace(S))


def _factor(S: np.ndarray[Any, Any]) -> tuple[OneFactor | None, str]:
    """The one-factor model (None for two items, where none is identified), or why there is none."""
    if len(S) == 2:
        return None, "" if S[0, 1] > 0 else "the two items do not correlate positively"
    try:
        factor = one_factor(S)
        factor.through(np.zeros(len(S)), np.zeros(len(S)))  # fails where a loading of zero leaves no error
        return factor, ""
    except (SurveykitError, np.linalg.LinAlgError) as error:
        return None, error.what if isinstance(error, SurveykitError) else "the items are linearly dependent"


def _estimate(
    name: str,
    group: str,
    moments: Moments,
    measure: str,
    coefficient: Coefficient | None,
    S: np.ndarray[Any, Any],
    n: float,
    confidence: float,
) -> dict[str, Any]:
    if coefficient is None:
        return _row(name, group, moments, measure, np.nan, np.nan, np.nan, np.nan, len(S))
    value, se = coefficient.value, standard_error(coefficient, S, n)
    if measure == "alpha":
        low, high = feldt(value, len(S), n, confidence)
    elif not 0 < value < 1:
        low = high = np.nan
    elif measure == "ave":
        low, high = _on_logit(value, se, confidence)
    else:
        # intervals of log(1 − f) keep below 1 and are skewed as the coefficient is
        half = min(z_value(confidence) * se / (1 - value), WIDEST)
        low, high = 1 - (1 - value) * np.exp(half), 1 - (1 - value) * np.exp(-half)
    return _row(name, group, moments, measure, value, se, low, high, len(S))


FUNCTIONS = {"alpha": alpha, "alpha_std": alpha_std, "omega": omega, "rho_c": rho_c, "ave": ave}


def _designed(
    coefficient: Coefficient, measure: str, drawn: Drawn, x: np.ndarray[Any, Any], confidence: float
) -> dict[str, float]:
    """Error, interval and design effect from linearised values: tr(G dS) of each row."""
    w = drawn.weights
    d = x - (w @ x) / w.sum()
    S = (d * w[:, None]).T @ d / w.sum()
    each = np.einsum("ij,jk,ik->i", d, coefficient.g, d) - np.trace(coefficient.g @ S)
    z = (w / w.sum() * each)[:, None]

    def again(v: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
        e = x - (v @ x) / v.sum()
        return np.array([FUNCTIONS[measure]((e * v[:, None]).T @ e / v.sum()).value])

    variance = float(drawn.covariance(z, again)[0, 0])
    se, value = float(np.sqrt(max(variance, 0.0))), coefficient.value
    low = high = np.nan
    if drawn.df >= 1 and 0 < value < 1:
        t = t_value(confidence, drawn.df)
        if measure == "ave":
            low, high = _on_logit(value, se, confidence, t)
        else:
            half = min(t * se / (1 - value), WIDEST)
            low, high = 1 - (1 - value) * np.exp(half), 1 - (1 - value) * np.exp(-half)
    deff = float(drawn.effect(z, [variance])[0])
    return {"se": se, "low": low, "high": high, "n_eff": len(x) / deff if deff > 0 else np.nan, "deff": deff}


def _on_logit(value: float, se: float, confidence: float, t: float | None = None) -> tuple[float, float]:
    wide = z_value(confidence) if t is None else t
    center, half = np.log(value / (1 - value)), wide * se / (value * (1 - value))
    low, high = logistic(np.array([center - half, center + half]))
    return float(low), float(high)


def _row(
    name: str,
    group: str,
    moments: Moments,
    measure: str,
    value: float,
    se: float,
    low: float,
    high: float,
    k: int,
) -> dict[str, Any]:
    return {
        "term": name,
        "group": group,
        "n": moments.n,
        "estimate": value,
        "se": se,
        "low": low,
        "high": high,
        "measure": measure,
        "items": k,
        "n_total": moments.n_total,
        "n_eff": float(moments.n_eff),
        "deff": moments.n / float(moments.n_eff),
    }


def _items(
    name: str,
    group: str,
    moments: Moments,
    means: np.ndarray[Any, Any],
    rest: np.ndarray[Any, Any],
    factor: OneFactor | None,
) -> list[dict[str, Any]]:
    S, k = moments.cov, moments.p
    rows = []
    for j, item in enumerate(moments.names):
        others = [i for i in range(k) if i != j]
        without = S[np.ix_(others, others)]
        rows.append(
            {
                "term": name,
                "group": group,
                "item": item,
                "n": moments.n,
                "mean": float(means[j]),
                "sd": float(moments.sd[j]),
                "item_rest": float(rest[j]),
                "loading": float(factor.standardised[j]) if factor is not None else np.nan,
                "alpha_if_dropped": alpha(without).value if k > 2 and _adds_up(without) else np.nan,
                "alpha_std_if_dropped": alpha_std(without).value
                if k > 2 and _adds_up(moments.cor[np.ix_(others, others)])
                else np.nan,
            }
        )
    return rows


def _scales(data: Responses, options: ReliabilityOptions) -> tuple[dict[str, tuple[str, ...]], list[str]]:
    """The scales of two items and more, and the names of the constructs that have one item only."""
    known: Any = data.questionnaire.constructs if data.questionnaire is not None else {}
    for name in options.constructs:
        if name not in known:
            raise SurveykitError(
                f"unknown construct {quote(name)}", hint=did_you_mean(name, known), code="UNKNOWN_CONSTRUCT"
            )
    default = [] if options.scales else [n for n, c in known.items() if c.measurement == "reflective"]
    chosen = {n: tuple(known[n].items) for n in options.constructs or default} | dict(options.scales)
    single = [n for n, items in chosen.items() if len(items) < 2]
    scales = {n: items for n, items in chosen.items() if len(items) > 1}
    if not scales:
        raise SurveykitError(
            "there is no scale to examine",
            expected="at least one construct or scale of two items",
            hint='name the items: scales={"satisfaction": ["s1", "s2", "s3"]}',
            code="NO_SCALE",
        )
    return scales, single


def _constant_anywhere(name: str, checks: list[Check]) -> bool:
    return any(c.code in ("constant_items", "too_few_items") and c.about[0] == name for c in checks)


def _most(records: list[dict[str, Any]]) -> int:
    return max(int(r["n"]) for r in records)


def _choices(options: ReliabilityOptions, single: list[str], pairs: bool) -> tuple[str, ...]:
    choices = [
        "Rows that lack an item of the scale are set aside, scale by scale; n counts the rows used.",
        "alpha: raw, from covariances, with Feldt's interval; alpha_std: from correlations; omega: "
        "one-factor maximum "
        "likelihood over the observed variance of the sum; rho_c and ave: from its standardised loadings.",
        "Intervals of the others are large-sample ones for normal answers, on a scale that keeps them below "
        "1.",
        "With two items the loadings are taken as equal.",
    ]
    if pairs:
        drawn = f"; percentile intervals of {options.bootstrap} bootstrap samples, seed {options.seed}"
        choices.append(
            "HTMT: arithmetic means of absolute correlations; HTMT2: geometric means; listwise over all items"
            f"{drawn if options.bootstrap else ''}."
        )
    if single:
        choices.append(f"One item only, no reliability: {', '.join(single)}.")
    return tuple(choices)
