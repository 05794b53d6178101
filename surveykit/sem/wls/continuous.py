"""DWLS and WLS of continuous variables: variances and covariances with a weight of their own.

WLS weighs with Γ⁻¹, Γ from fourth-order moments (Browne's 1984 asymptotically distribution-free estimator). DWLS, as
lavaan has it, weighs with the inverse of the diagonal of the normal-theory Γ; its standard errors are the sandwich
with that Γ and its test is Browne's residual statistic, as for ULS. Both use the n − 1 covariance.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model import Model
from surveykit.model.matrices import Block, Matrices, vech, vech_indices
from surveykit.sem.bounds import with_bounds
from surveykit.sem.conditions import binding_note
from surveykit.sem.fitmeasures import FitInput, fit_measures
from surveykit.sem.gate import Judged, judge
from surveykit.sem.identification import check_at_solution, check_before
from surveykit.sem.leastsquares import baseline_chisq, residual_chisq
from surveykit.sem.measurement import htmt, latent_correlations
from surveykit.sem.options import Options
from surveykit.sem.result import Fit
from surveykit.sem.robust import gammas, jacobian
from surveykit.sem.sample import GroupSample, read_samples
from surveykit.sem.solution import Solution
from surveykit.sem.standardise import standardise
from surveykit.sem.start import parameter_units, plain_start_values, start_values, variable_units
from surveykit.sem.wls.basis import Basis, BasisGroup, of_covariances
from surveykit.sem.wls.constrained import conditions_of, search_under
from surveykit.sem.wls.inference import Weighed, baseline_test, sandwich, weight_of
from surveykit.sem.wls.measures import gfi_measures
from surveykit.sem.wls.search import Group, Optimum, not_converged

__all__ = ["fit_continuous"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Moved:
    values: Array
    jacobian: Array


def fit_continuous(model: Model, sample: Any, options: Options) -> Fit:
    """DWLS or WLS of continuous variables without means."""
    _demand_possible(model, options)
    full = options.method == "wls"
    samples = read_samples(
        sample,
        model.observed,
        group=options.group,
        likelihood="wishart",
        meanstructure=False,
        order=4 if full else 2,
    )
    table = model.table(
        std_lv=options.std_lv,
        meanstructure=False,
        fixed_x=False,
        orthogonal=options.orthogonal,
        groups=tuple(s.label for s in samples),
        group_equal=options.group_equal,
        group_partial=options.group_partial,
    )
    table = with_bounds(table, options.bounds)
    matrices = Matrices(table)
    S = [s.S for s in samples]
    units = variable_units(table, S)
    tau = parameter_units(matrices.blocks, units)
    own = units[: len(table.observed)]
    blocks = [b.rescaled(units, tau) for b in matrices.blocks]
    scaled = [s / np.outer(own, own) for s in S]
    total = sum(s.multiplier for s in samples)
    gamma = [_gamma(s, own, full) for s in samples]
    weights = [weight_of(g, options.discrepancy) for g in gamma]
    groups = [
        Group(vech(s), V, g.multiplier / total, _moments(block))
        for s, V, g, block in zip(scaled, weights, samples, blocks, strict=True)
    ]
    pairs: list[tuple[Array, Array | None]] = [(s, None) for s in scaled]
    starts = [start_values(table, blocks, pairs, units, tau), plain_start_values(table, blocks, pairs, tau)]
    conditions = conditions_of(table, tau)
    held = None if conditions is None else conditions.jacobian
    check_before(table, blocks, starts[0], sum(len(g.observed) for g in groups), held)
    optimum = search_under(groups, starts, conditions)
    check_at_solution(table, blocks, optimum.theta, None if held is None else held(optimum.theta))
    if not optimum.converged:
        raise not_converged(table, optimum)
    weighed = [
        _weighed(group, g, V, s.n, optimum.theta)
        for group, g, V, s in zip(groups, gamma, weights, samples, strict=True)
    ]
    theta = optimum.theta * tau
    vcov = sandwich(weighed, robust=options.se != "standard", K=optimum.K) * np.outer(tau, tau)
    if options.se == "none":
        vcov = np.full_like(vcov, np.nan)
    solution = Solution.of(table, matrices.variables, matrices.blocks, theta, vcov)
    tests = _tests(options, samples, matrices.blocks, theta, weighed, groups, optimum, tau)
    return _judged(model, options, samples, solution, optimum, tests, weighed, groups)


def _demand_possible(model: Model, options: Options) -> None:
    method = options.method
    problem = ""
    if any(p.op == "~1" for p in model.parameters):
        problem = "intercepts (~1)"
    elif model.roles.exogenous and options.fixed_x:
        problem = "predictors held fixed"
    if problem:
        raise SurveykitError(
            f"method {quote(method)} has no {problem} yet",
            hint="fixed_x=False takes predictors as random" if "fixed" in problem else "use method='mlr'",
            code="OPTION_UNSUPPORTED",
        )


def _gamma(sample: GroupSample, units: Array, full: bool) -> Array:
    """Γ of vech(S): from fourth-order moments, or under normality at S; in the units of the search."""
    rows, columns = vech_indices(len(units))
    if full:
        scale = 1 / (units[rows] * units[columns])
        out: Array = gammas([sample], False)[0] * np.outer(scale, scale)
        return out
    S = sample.S / np.outer(units, units)
    out = S[np.ix_(rows, rows)] * S[np.ix_(columns, columns)]
    out += S[np.ix_(rows, columns)] * S[np.ix_(columns, rows)]
    return out


def _moments(block: Block) -> Callable[[Array], _Moved | None]:
    def at(theta: Array) -> _Moved | None:
        Sigma = block.state(theta).Sigma
        return _Moved(vech(Sigma), jacobian(block, theta, False)) if np.isfinite(Sigma).all() else None

    return at


def _weighed(group: Group, gamma: Array, V: Array, n: int, theta: Array) -> Weighed:
    moved = group.at(theta)
    if moved is None:
        raise ValueError("the estimates do not give finite moments")
    p = int((np.sqrt(8 * len(gamma) + 1) - 1) / 2)
    rows, columns = vech_indices(p)
    return Weighed(group.observed - moved.values, moved.jacobian, V, gamma, rows != columns, n)


def _tests(
    options: Options,
    samples: Sequence[GroupSample],
    blocks: Sequence[Block],
    theta: Array,
    weighed: Sequence[Weighed],
    groups: Sequence[Group],
    optimum: Optimum,
    tau: Array,
) -> tuple[float, float]:
    """χ² of the model and of the baseline."""
    if options.method == "dwls" and options.test != "standard":
        K = None if optimum.K is None else tau[:, None] * optimum.K
        return residual_chisq(samples, blocks, theta, K), baseline_chisq(samples, ())
    chisq = 2 * optimum.f * sum(s.multiplier for s in samples)
    return chisq, baseline_test(weighed, [g.observed for g in groups])[0]


def _judged(
    model: Model,
    options: Options,
    samples: tuple[GroupSample, ...],
    solution: Solution,
    optimum: Optimum,
    tests: tuple[float, float],
    weighed: Sequence[Weighed],
    groups: Sequence[Group],
) -> Fit:
    table, n = solution.table, sum(s.n for s in samples)
    f = optimum.f * sum(s.multiplier for s in samples) / n
    implied = tuple((g.state.Sigma, g.state.mu) for g in solution.groups)
    measures = fit_measures(
        FitInput(samples, implied, False, (), table.k - optimum.rank, f), method="uls", tests=tests
    )
    measures |= gfi_measures(weighed, [g.observed for g in groups], int(measures["df"]))
    if options.method == "dwls" and options.test == "standard":
        measures |= {"p_value": float("nan"), "baseline_pvalue": float("nan")}
    std = standardise(solution)
    correlations, discriminant = latent_correlations(solution, options.level), htmt(solution, samples)
    checks = judge(Judged(solution, std, correlations, discriminant, samples, None))
    worst = float(np.abs(optimum.scaled_gradient).max(initial=0.0))
    return Fit(
        model,
        table,
        options.settled("listwise"),
        samples,
        solution,
        std,
        measures,
        checks,
        (*_choices(options, samples, optimum, worst), *binding_note(table, optimum.active)),
        worst,
        optimum.iterations,
        None,
        {"latent_correlations": correlations, "htmt": discriminant},
        _basis(options, samples, solution),
    )


def _basis(options: Options, samples: Sequence[GroupSample], solution: Solution) -> Basis:
    """The problem once more, in the units of the data."""
    names, groups = of_covariances(solution.table.observed), []
    rows, columns = vech_indices(len(solution.table.observed))
    for s, g in zip(samples, solution.groups, strict=True):
        gamma = _gamma(s, np.ones(len(s.S)), options.method == "wls")
        at = _moments(g.block)
        groups.append(BasisGroup(names, vech(s.S), gamma, rows != columns, s.n, at, g.block, _moments))
    return Basis(tuple(groups), options.discrepancy)


def _choices(
    options: Options, samples: Sequence[GroupSample], optimum: Optimum, worst: float
) -> tuple[str, ...]:
    n, total = sum(s.n for s in samples), sum(s.n_total for s in samples)
    rows = f"n = {n} of {total} rows"
    if total > n:
        rows += f"; {total - n} incomplete rows were set aside (listwise)"
    if options.method == "wls":
        first = f"weighted least squares with fourth-order moments (distribution-free), {rows}"
        second = "standard errors and test from the weight matrix; they need many hundred answers"
    else:
        first = f"diagonally weighted least squares of continuous variables, {rows}"
        second = "standard errors from the sandwich with normal-theory moments; Browne's residual-based test"
    if options.se == "standard" and options.method == "dwls":
        second = "standard errors from the weight matrix"
    out = [first, second]
    if len(samples) > 1:
        out.insert(1, "groups: " + ", ".join(f"{s.label} (n = {s.n})" for s in samples))
    steps = f"{optimum.iterations} steps to a largest scaled gradient of {worst:.0e}"
    return (*out, f"engine surveykit: Gauss-Newton with learned curvature, {steps}")
