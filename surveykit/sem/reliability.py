"""Reliability and convergent validity of the constructs of a measurement model.

From loadings λ, variance ψ of the construct and the items' covariances, of items that load on one construct only:

    omega  (Σλ)²ψ / 1'S1    share of the observed sum score's variance (McDonald 1999)
    rho_c  (Σλ)²ψ / 1'Σ1    composite reliability: the same with the model's variance (Jöreskog 1971)
    ave    Σλ²ψ / tr Σ      average variance extracted (Fornell & Larcker 1981)

Of ordered items these are of the standardised normal variables behind the answers; ``omega_categorical`` is of the sum of
the answers themselves (:mod:`surveykit.sem.ordinalreliability`).

``determinacy`` is the correlation of the construct with its regression score, ``max_r2`` the largest squared correlation
with another construct: below ``ave`` by the criterion of Fornell and Larcker.
"""

from __future__ import annotations

import itertools
import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.results import Estimates, Table
from surveykit.sem.measurement import construct_items
from surveykit.sem.ordinalreliability import categorical_omega
from surveykit.sem.result import Fit
from surveykit.sem.sample import GroupSample
from surveykit.sem.scores import determinacy
from surveykit.sem.solution import GroupSolution, delta_se, normal_quantile

__all__ = ["reliability"]

Array = NDArray[np.float64]
COLUMNS = ("term", "group", "n", "measure", "estimate", "se", "low", "high")
_VALIDITY = ("construct", "group", "items", "ave", "max_r2", "with", "determinacy")

ORDINAL = (
    "omega, rho_c and ave come from polychoric correlations: of the normal variables behind the answers (ordinal omega), higher "
    "than the reliability of the sum of the answers themselves, which omega_categorical is (Green & Yang 2009)",
)


def reliability(fit: Fit, name: str = "cfa_reliability") -> Estimates:
    """Omega, composite reliability and AVE of every construct of a measurement model.

    Three rows a construct and group, four where all its items are ordered: ``measure`` is ``omega``, ``rho_c``, ``ave`` or
    ``omega_categorical`` (of the sum of the answers); ``rho_c`` and ``ave`` with standard error and interval by the delta
    method, on the logit scale so that it stays between 0 and 1. Table ``validity``: AVE beside the largest squared
    correlation with another construct, and determinacy.

    Raises :class:`~surveykit.errors.SurveykitError` for a structural model, whose restrictions on the constructs would
    change what is measured: fit its measurement part first.

    >>> from surveykit.moments import Moments
    >>> from surveykit.sem import fit
    >>> S = [[1.0, 0.56, 0.48], [0.56, 1.0, 0.42], [0.48, 0.42, 1.0]]
    >>> found = reliability(fit("f =~ x1 + x2 + x3", Moments(n=200, cov=S, names=["x1", "x2", "x3"])))
    >>> [round(v, 4) for v in found.tidy()["estimate"]]
    [0.7449, 0.7449, 0.4967]
    """
    _demand_measurement(fit)
    items = construct_items(fit.solution)
    if not items:
        raise SurveykitError(
            "no construct has two items of its own", expected="items that load on one construct",
            code="SEM_NO_CONSTRUCT",
        )  # fmt: skip
    records: list[dict[str, Any]] = []
    validity: list[dict[str, Any]] = []
    for group, sample in zip(fit.solution.groups, fit.samples, strict=True):
        certain = dict(zip(fit.table.latents, determinacy(fit, group), strict=True))
        nearest = _nearest(fit, group)
        for construct, names in items.items():
            rows = _measures(fit, group, sample, construct, names)
            records += rows
            validity.append(
                {
                    "construct": construct,
                    "group": group.label,
                    "items": len(names),
                    "ave": rows[2]["estimate"],
                }
                | nearest.get(construct, {})
                | {"determinacy": float(certain[construct])}
            )
    return Estimates(
        name,
        {"en": "Reliability from the measurement model", "zh": "测量模型的信度"},
        Table.of(records, COLUMNS),
        {"n": fit.n, "constructs": len(items)},
        (
            "omega: share of the observed variance of the sum; rho_c: of the variance that the model implies; "
            "ave: average variance extracted",
            "intervals by the delta method on the logit scale",
            *(ORDINAL if fit.options.ordered else ()),
            *fit.notes(),
        ),
        fit.checks,
        {"validity": Table.of(validity, _VALIDITY)},
    )


def _demand_measurement(fit: Fit) -> None:
    latents = set(fit.table.latents)
    paths = [r.name for r in fit.table if r.op == "~" and {r.lhs, r.rhs} & latents and r.group == 1]
    if paths:
        raise SurveykitError(
            "reliability is read from a measurement model; this fit has paths between constructs",
            got=", ".join(quote(p) for p in paths[:5]),
            hint="fit the lines with =~ alone",
            code="SEM_NOT_MEASUREMENT",
        )


def _measures(
    fit: Fit, group: GroupSolution, sample: GroupSample, construct: str, names: tuple[str, ...]
) -> list[dict[str, Any]]:
    solution, c = fit.solution, fit.solution.place(construct)
    at = [solution.place(v) for v in names]
    number = 1 + [g.label for g in solution.groups].index(group.label)
    rows = {r.rhs: r for r in fit.table if r.op == "=~" and r.lhs == construct and r.group == number}
    unit, dunit = _units(group, at, names)
    plain = np.array([group.A[i, c] for i in at])
    loadings = unit * plain
    slopes = unit[:, None] * np.stack([solution.gradient(rows[v]) for v in names]) + plain[:, None] * dunit
    psi, dpsi = float(group.state.C[c, c]), group.dvar[c]
    total = loadings.sum()
    common, dcommon = total**2 * psi, 2 * total * psi * slopes.sum(axis=0) + total**2 * dpsi
    Sigma = group.state.Sigma[np.ix_(at, at)]
    implied = float(unit @ Sigma @ unit)
    pairs = [(a, b) for a in range(len(at)) for b in range(len(at))]
    dimplied = np.sum([unit[a] * unit[b] * group.dcov(at[a], at[b]) for a, b in pairs], axis=0)
    dimplied = dimplied + 2 * (Sigma @ unit) @ dunit
    single, dsingle = (loadings**2).sum() * psi, 2 * psi * loadings @ slopes + (loadings**2).sum() * dpsi
    variances = float(np.diagonal(Sigma) @ unit**2)
    dvariances = unit**2 @ group.dvar[at] + 2 * (np.diagonal(Sigma) * unit) @ dunit
    observed = float(sample.S[np.ix_(at, at)].sum())
    made = {
        "omega": (common / observed, None),
        "rho_c": (common / implied, (dcommon - common / implied * dimplied) / implied),
        "ave": (single / variances, (dsingle - single / variances * dvariances) / variances),
    }
    if fit.basis is not None and all(v in fit.basis.levels for v in names):
        made["omega_categorical"] = (_of_answers(fit, group, sample, names, loadings * math.sqrt(psi)), None)
    head = {"term": construct, "group": group.label, "n": sample.n}
    return [head | {"measure": m} | _with_interval(fit, float(v), J) for m, (v, J) in made.items()]


def _units(group: GroupSolution, at: list[int], names: tuple[str, ...]) -> tuple[Array, Array]:
    """What makes ordered items' latent responses standardised (m,), and its derivative (m, k); 1 of other items."""
    variance = np.diagonal(group.state.Sigma)[at]
    ordered = np.array([(v, "t1") in group.cuts for v in names])
    unit = np.where(ordered, variance**-0.5, 1.0)
    return unit, np.where(ordered[:, None], -0.5 * (unit / variance)[:, None] * group.dvar[at], 0.0)


def _of_answers(
    fit: Fit, group: GroupSolution, sample: GroupSample, names: tuple[str, ...], loadings: Array
) -> float:
    """Categorical omega of a construct; ``loadings`` are standardised."""
    levels = fit.basis.levels if fit.basis is not None else {}
    at = [fit.solution.place(v) for v in names]
    cuts = [
        group.cuts[v, v]
        * (np.array([group.cuts[v, f"t{k}"] for k in range(1, len(levels[v]))]) - group.state.mu[i])
        for v, i in zip(names, at, strict=True)
    ]
    steps = [np.diff(levels[v]) for v in names]
    return categorical_omega(loadings, cuts, steps, sample.S[np.ix_(at, at)])


def _with_interval(fit: Fit, value: float, J: Array | None) -> dict[str, float]:
    if J is None:
        return {"estimate": value, "se": math.nan, "low": math.nan, "high": math.nan}
    se = float(delta_se(J[None], fit.vcov)[0])
    low = high = math.nan
    if 0 < value < 1 and math.isfinite(se):
        logit, half = (
            math.log(value / (1 - value)),
            normal_quantile(fit.options.level) * se / (value * (1 - value)),
        )
        low, high = 1 / (1 + math.exp(half - logit)), 1 / (1 + math.exp(-half - logit))
    return {"estimate": value, "se": se, "low": low, "high": high}


def _nearest(fit: Fit, group: GroupSolution) -> dict[str, dict[str, Any]]:
    """For each construct the largest squared correlation with another, and which it is."""
    C = group.state.C
    found: dict[str, dict[str, Any]] = {}
    for a, b in itertools.permutations(fit.table.latents, 2):
        i, j = fit.solution.place(a), fit.solution.place(b)
        size = float(C[i, i] * C[j, j])
        r2 = float(C[i, j] ** 2 / size) if size > 0 else math.nan
        if a not in found or r2 > found[a]["max_r2"]:
            found[a] = {"max_r2": r2, "with": b}
    return found
