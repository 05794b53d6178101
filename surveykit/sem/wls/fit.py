"""Weighted least squares: ordered items (WLSMV and its kin), DWLS and WLS of ordered or continuous ones."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.model.table import ParameterTable
from surveykit.results import Check
from surveykit.sem.bootstrap import Replicates
from surveykit.sem.bounds import with_bounds
from surveykit.sem.conditions import Conditions, binding_note
from surveykit.sem.gate import Judged, judge
from surveykit.sem.identification import (
    SINGULAR,
    SINGULAR_AT_SOLUTION,
    check_generic,
    demand_rank,
    null_columns,
)
from surveykit.sem.measurement import htmt, latent_correlations
from surveykit.sem.options import Options
from surveykit.sem.result import Fit
from surveykit.sem.robust import Scaling
from surveykit.sem.sample import GroupSample
from surveykit.sem.scaledmeasures import scaled_measures
from surveykit.sem.solution import GroupSolution, Solution, variance_slopes
from surveykit.sem.standardise import standardise
from surveykit.sem.start import plain_start_values, start_values
from surveykit.sem.wls.basis import Basis, BasisGroup, of_layout
from surveykit.sem.wls.constrained import conditions_of, search_under
from surveykit.sem.wls.continuous import fit_continuous
from surveykit.sem.wls.inference import Weighed, baseline_test, model_traces, sandwich, weight_of
from surveykit.sem.wls.measures import ordinal_measures, robust_measures
from surveykit.sem.wls.resample import resampled
from surveykit.sem.wls.sample import OrdinalSample, read_ordinal
from surveykit.sem.wls.search import Group, Optimum, not_converged
from surveykit.sem.wls.structure import Implied, Structure, free_thresholds, structures_of

__all__ = ["fit_weighted"]

Array = NDArray[np.float64]
_WEIGHTS = {
    "dwls": "diagonally weighted least squares",
    "uls": "unweighted least squares",
    "wls": "weighted least squares",
}
_TESTS = {
    "standard": "none beyond χ²",
    "scaled_shifted": "scaled and shifted (mean and variance adjusted)",
    "satorra_bentler": "mean-scaled",
    "mean_var_adjusted": "mean and variance adjusted, with its own degrees of freedom",
}


def fit_weighted(model: Model, sample: Any, options: Options) -> Fit:
    """Fit by weighted least squares; see :func:`surveykit.sem.fit` for what goes in and out."""
    if not options.ordered:
        return fit_continuous(model, sample, options)
    data = read_ordinal(model, sample, options)
    table = _table(model, options, data)
    layouts = [s.layout for s in data.statistics]
    given = [s.unconditional() for s in data.statistics] if layouts[0].predictors else None
    structures = structures_of(table, layouts, options.parameterization == "theta", given)
    optimum, implied = _solve(table, structures, data, options)
    groups = _weighed(data, implied, options)
    vcov = sandwich(groups, robust=options.se == "robust_sem", K=optimum.K)
    if options.se == "none":
        vcov = np.full_like(vcov, np.nan)
    replicates = _replicates(table, data, options, optimum.theta)
    if replicates is not None:
        vcov = replicates.vcov
    solution = _solution(table, data.labels, structures, implied, optimum.theta, vcov)
    measures = _measures(groups, data, implied, optimum, table.k - optimum.rank, options)
    std = standardise(solution)
    correlations, discriminant = latent_correlations(solution, options.level), htmt(solution, data.samples)
    judged = (
        *judge(Judged(solution, std, correlations, discriminant, data.samples, replicates)),
        *data.checks,
    )
    order = {"refuse": 0, "caution": 1, "note": 2}
    checks: tuple[Check, ...] = tuple(sorted(judged, key=lambda c: order[c.level]))
    worst = float(np.abs(optimum.scaled_gradient).max(initial=0.0))
    return Fit(
        model,
        table,
        options.settled(options.missing or "listwise"),
        data.samples,
        solution,
        std,
        measures,
        checks,
        (*_choices(model, options, data, optimum, worst), *binding_note(table, optimum.active)),
        worst,
        optimum.iterations,
        replicates,
        {"latent_correlations": correlations, "htmt": discriminant},
        _basis(structures, data, groups, options),
    )


def _replicates(
    table: ParameterTable, data: OrdinalSample, options: Options, theta: Array
) -> Replicates | None:
    """The bootstrap, where it was asked for: every replicate from the estimates, then from start values of its own."""
    if options.se != "bootstrap":
        return None
    conditions = conditions_of(table, np.ones(table.k))

    def refit(drawn: OrdinalSample) -> tuple[Array, bool] | None:
        layouts = [s.layout for s in drawn.statistics]
        given = [s.unconditional() for s in drawn.statistics] if layouts[0].predictors else None
        structures = structures_of(table, layouts, options.parameterization == "theta", given)
        try:
            starts = [theta, _start(table, structures, drawn, options, start_values)]
            optimum = _searched(structures, drawn, options, starts, conditions)
        except (SurveykitError, ValueError, np.linalg.LinAlgError):
            return None
        points = [s.at(optimum.theta) for s in structures]
        if not optimum.converged or any(p is None for p in points):
            return None
        return optimum.theta, any((np.diagonal(p.S) < 0).any() for p in points if p is not None)

    return resampled(data, options.bootstrap, options.seed, refit)


def _basis(
    structures: Sequence[Structure], data: OrdinalSample, weighed: Sequence[Weighed], options: Options
) -> Basis:
    groups = tuple(
        BasisGroup(
            of_layout(s.layout),
            s.values,
            s.gamma,
            g.pairs,
            g.n,
            structure.at,
            structure.block,
            structure.moved_by,
            s.layout,
            s.unconditional() if s.layout.predictors else None,
        )
        for s, g, structure in zip(data.statistics, weighed, structures, strict=True)
    )
    return Basis(groups, options.discrepancy, data.levels)


def _table(model: Model, options: Options, data: OrdinalSample) -> ParameterTable:
    table = model.table(
        std_lv=options.std_lv,
        fixed_x=options.fixed_x,
        orthogonal=options.orthogonal,
        groups=data.labels,
        group_equal=options.group_equal,
        group_partial=options.group_partial,
        ordered={name: len(levels) for name, levels in data.levels.items()},
        parameterization=options.parameterization,
    )
    return with_bounds(table, options.bounds)


def _solve(
    table: ParameterTable, structures: Sequence[Structure], data: OrdinalSample, options: Options
) -> tuple[Optimum, list[Implied]]:
    def null_at(theta: Array, tolerance: float = SINGULAR) -> tuple[int, ...]:
        points = [s.at(theta) for s in structures]
        if any(p is None for p in points):
            return ()
        J = [p.jacobian for p in points if p is not None]
        J += [] if conditions is None else [conditions.jacobian(theta)]
        return null_columns(np.concatenate(J), tolerance)

    conditions = conditions_of(table, np.ones(table.k))
    starts = [_start(table, structures, data, options, f) for f in (start_values, None)]
    cost = 0 if conditions is None else conditions.rank(starts[0])
    check_generic(table, null_at, starts[0], table.k - cost, sum(s.layout.size for s in data.statistics))
    optimum = _searched(structures, data, options, starts, conditions)
    if not optimum.converged:
        demand_rank(table, null_at(optimum.theta, SINGULAR_AT_SOLUTION))
        raise not_converged(table, optimum)
    demand_rank(table, null_at(optimum.theta, SINGULAR_AT_SOLUTION))
    implied = [s.at(optimum.theta) for s in structures]
    return optimum, [p for p in implied if p is not None]


def _searched(
    structures: Sequence[Structure],
    data: OrdinalSample,
    options: Options,
    starts: Sequence[Array],
    conditions: Conditions | None,
) -> Optimum:
    """The search; with a diagonal weight thresholds that are free to meet the sample's are set afterwards."""
    total = sum(s.multiplier for s in data.samples)
    met, own = [np.zeros(len(s.t0), dtype=bool) for s in structures], np.zeros(len(starts[0]), dtype=bool)
    if options.discrepancy != "wls" and conditions is None:
        met, own = free_thresholds(structures)
    groups = []
    for s, g, structure, gone in zip(data.statistics, data.samples, structures, met, strict=True):
        stay = np.append(~gone, np.ones(s.layout.size - len(gone), dtype=bool))
        V = weight_of(s.gamma, options.discrepancy)
        V = V[stay] if V.ndim == 1 else V
        groups.append(Group(s.values[stay], V, g.multiplier / total, structure.without(gone, own).at))
    optimum = search_under(groups, [start[~own] for start in starts], conditions)
    theta = np.zeros(len(own))
    theta[~own] = optimum.theta
    for s, structure, gone in zip(data.statistics, structures, met, strict=True):
        point = structure.at(theta)
        if point is not None:
            v = structure.margin[gone]
            wanted = s.values[: len(gone)][gone] / point.scale[v] + point.state.mu[v]
            rows, parameters = np.nonzero(structure.Dt[gone])
            theta[parameters[own[parameters]]] = wanted[rows[own[parameters]]]
    gradient = np.zeros(len(own))
    gradient[~own] = optimum.scaled_gradient
    return replace(optimum, theta=theta, scaled_gradient=gradient)


def _start(
    table: ParameterTable,
    structures: Sequence[Structure],
    data: OrdinalSample,
    options: Options,
    values: Callable[..., Array] | None,
) -> Array:
    """Start values: those of the covariance model on the correlations, thresholds as they are."""
    stretch = 2.0 if options.parameterization == "theta" else 1.0
    blocks, ones = [s.block for s in structures], np.ones(table.k)
    samples = []
    for s in data.statistics:
        cov, mean = s.unconditional()
        size = np.ones(len(cov))
        size[s.layout.ordered] = np.sqrt(stretch)
        samples.append((cov * np.outer(size, size), mean))
    if values is None:
        theta = plain_start_values(table, blocks, samples, ones)
    else:
        theta = values(table, blocks, samples, np.ones(len(table.observed) + len(table.latents)), ones)
    own = {row.free - 1 for row in table if row.free and np.isfinite(row.ustart)}
    for structure, s in reversed(list(zip(structures, data.statistics, strict=True))):
        margins = len(s.layout.margin)
        for at, parameter in zip(*np.nonzero(structure.Dt), strict=True):
            if parameter not in own and at < margins:
                theta[parameter] = s.values[at] * np.sqrt(stretch)
        for _, parameter in zip(*np.nonzero(structure.Dd), strict=True):
            if parameter not in own:
                theta[parameter] = 1.0
    return theta


def _weighed(data: OrdinalSample, implied: Sequence[Implied], options: Options) -> list[Weighed]:
    out = []
    for s, g, point in zip(data.statistics, data.samples, implied, strict=True):
        pairs = np.arange(s.layout.size) >= s.layout.size - s.layout.p * (s.layout.p - 1) // 2
        V = weight_of(s.gamma, options.discrepancy)
        out.append(Weighed(s.values - point.values, point.jacobian, V, s.gamma, pairs, g.n))
    return out


def _solution(
    table: ParameterTable,
    labels: Sequence[str],
    structures: Sequence[Structure],
    implied: Sequence[Implied],
    theta: Array,
    vcov: Array,
) -> Solution:
    groups = []
    for label, structure, point in zip(labels, structures, implied, strict=True):
        layout = structure.layout
        cuts = {
            (layout.names[v], f"t{number}"): float(tau)
            for v, number, tau in zip(layout.margin, layout.number, point.thresholds, strict=True)
            if number
        }
        cuts |= {(n, n): float(d) for n, d in zip(layout.names, point.scale, strict=True)}
        slopes = variance_slopes(point.block, point.whole)
        groups.append(GroupSolution(label, point.block, point.A, point.S, point.m, point.whole, slopes, cuts))
    return Solution(table, table.observed + table.latents, theta, vcov, tuple(groups))


def _measures(
    groups: Sequence[Weighed],
    data: OrdinalSample,
    implied: Sequence[Implied],
    optimum: Optimum,
    npar: int,
    options: Options,
) -> dict[str, float]:
    n = sum(g.size for g in groups)
    df = sum(len(g.e) for g in groups) - npar
    chisq = 0.0 if df == 0 else 2 * optimum.f * n
    baseline, base_traces = baseline_test(groups, [s.values for s in data.statistics])
    out = ordinal_measures(
        groups, data.statistics, implied, chisq, baseline, npar, asymptotic=options.discrepancy == "wls"
    )
    if options.test == "standard":
        return out
    test = Scaling.of(options.test, chisq, df, model_traces(groups, optimum.K))
    base = Scaling.of(options.test, baseline, int(out["baseline_df"]), base_traces)
    scaled = scaled_measures(options.test, out, test, base, n, len(groups))
    out |= {name: value for name, value in scaled.items() if not name.endswith("_robust")}
    return out | robust_measures(groups, data.statistics, implied, out)


def _choices(
    model: Model, options: Options, data: OrdinalSample, optimum: Optimum, worst: float
) -> tuple[str, ...]:
    """What was decided, in words."""
    samples: Sequence[GroupSample] = data.samples
    n, total = sum(s.n for s in samples), sum(s.n_total for s in samples)
    rows = f"n = {n} of {total} rows"
    pairwise = options.missing == "pairwise"
    if total > n:
        rows += f"; {total - n} " + ("rows without an answer" if pairwise else "incomplete rows")
        rows += " were set aside" + ("" if pairwise else " (listwise)")
    counts = sorted({len(v) for v in data.levels.values()})
    cats = " to ".join(str(c) for c in dict.fromkeys((counts[0], counts[-1])))
    out = [
        f"{_WEIGHTS[options.discrepancy]} of thresholds and polychoric correlations (method {options.method}), {rows}",
        f"{len(data.levels)} ordered items with {cats} categories, {options.parameterization} parameterization",
        *data.notes,
    ]
    if pairwise:
        out.append(
            "missing answers: thresholds and correlations from the rows that have them (pairwise), which is right "
            "where values are missing completely at random"
        )
    fixed = data.statistics[0].layout.predictors
    if fixed:
        out.append(
            f"predictors {', '.join(fixed)} are held fixed: probit and linear regressions on them, and what they leave "
            "(lavaan: conditional.x = TRUE)"
        )
    elif model.roles.exogenous:
        out.append(
            f"predictors {', '.join(model.roles.exogenous)} are taken as random and normal together with the items "
            "(lavaan: fixed.x = FALSE, conditional.x = FALSE)"
        )
    if data.weight is not None:
        out.append(f"sampling weights {data.weight}, normalised to mean 1 in each group")
    if len(samples) > 1:
        out.append("groups: " + ", ".join(f"{s.label} (n = {s.n})" for s in samples))
    if options.group_equal:
        out.append("equal across groups: " + ", ".join(options.group_equal))
    kind = "robust standard errors (sandwich with the covariance of the statistics)"
    plain = "standard errors from the weight matrix"
    drawn = (
        f"bootstrap standard errors and percentile intervals ({options.bootstrap} replicates, seed {options.seed}), "
        "thresholds and correlations estimated anew in each"
    )
    out.append({"robust_sem": kind, "bootstrap": drawn}.get(options.se, plain))
    if options.discrepancy == "dwls" and options.se == "standard":
        out[-1] += ", too small where statistics are correlated: method='wlsmv' corrects them"
    out.append(f"test: {_TESTS[options.test]}")
    if options.test != "standard":
        out[-1] += "; measures ending in _scaled and _robust go with it, χ² itself has no p-value"
    out.append(
        f"engine surveykit: Gauss-Newton with learned curvature, {optimum.iterations} steps to a largest scaled "
        f"gradient of {worst:.0e}"
    )
    return tuple(out)
