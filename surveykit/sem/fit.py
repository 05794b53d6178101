"""``fit``: a model and a sample in, a judged result out."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import lru_cache, partial
from typing import TYPE_CHECKING, Any, Literal, overload

import numpy as np

from surveykit.errors import SurveykitError, quote
from surveykit.model import Model
from surveykit.model.table import ParameterTable
from surveykit.moments import Moments
from surveykit.results import Check
from surveykit.sem.bootstrap import Replicates, bootstrap
from surveykit.sem.bounds import with_bounds
from surveykit.sem.composites import marked, with_composites
from surveykit.sem.conditions import binding_note
from surveykit.sem.design import composite_checks, design_checks, weight_of_design, with_design
from surveykit.sem.engine import (
    Scaled,
    Solved,
    at_estimates,
    scaled_problem,
    solve,
)
from surveykit.sem.fewcategories import few_categories
from surveykit.sem.fiml import Patterns, fiml_problem, fiml_tests
from surveykit.sem.fitmeasures import FitInput, fit_measures, moment_count
from surveykit.sem.gate import Judged, Verdict, judge
from surveykit.sem.incompletefit import incomplete_measures
from surveykit.sem.leastsquares import baseline_chisq, minimum, residual_chisq, unweighted_covariance
from surveykit.sem.markers import light_markers
from surveykit.sem.measurement import htmt, latent_correlations
from surveykit.sem.missing import take_sample
from surveykit.sem.options import Options, read_options, with_thresholds
from surveykit.sem.refit import bootstrap_each, replicate_moments
from surveykit.sem.result import Fit
from surveykit.sem.robust import Scaling
from surveykit.sem.sample import GroupSample, responses_of, taken_once
from surveykit.sem.sandwich import Sandwich
from surveykit.sem.scaledmeasures import scaled_measures
from surveykit.sem.solution import Solution
from surveykit.sem.standardise import Standardised, standardise

if TYPE_CHECKING:
    from surveykit.results import Estimates
    from surveykit.sem.pls import PlsFit

__all__ = ["fit"]


@overload
def fit(model: Model | str, sample: Any, *, method: Literal["pls", "plsc"], **options: Any) -> PlsFit: ...
@overload
def fit(model: Model | str, sample: Any, *, method: Literal["compare"], **options: Any) -> Estimates: ...
@overload
def fit(model: Model | str, sample: Any, **options: Any) -> Fit: ...
def fit(model: Model | str, sample: Any, **options: Any) -> Fit | PlsFit | Estimates:
    """Estimate a structural equation model and judge it.

    ``model`` is a :class:`~surveykit.model.Model` or lavaan text. ``sample`` is ``Responses``, a data
    frame, :class:`~surveykit.moments.Moments` (n, covariance and means: the time does not grow with n) or a
    dict of group label to ``Moments``. ``<~`` in the text makes composites (see ``surveykit.sem.composites``), ``==``, ``<``
    and ``>`` are constraints of any kind. The options bear lavaan's names:

    - ``method``: ``"ml"`` (default), ``"mlm"``, ``"mlmv"``, ``"mlmvs"``, ``"mlr"`` (robust standard errors
      and tests), ``"gls"``, ``"uls"``, ``"wls"``, ``"dwls"``; for ordered items ``"wlsmv"``, ``"ulsmv"``;
      ``"fiml"`` is short for ``ml`` with ``missing="fiml"``.
    - ``missing``: ``"listwise"``, ``"fiml"`` (also with ``"mlr"``) or ``"two_stage"``; left out, FIML under
      ``ml`` and ``mlr`` where answers are incomplete. Of ordered items ``"pairwise"``: each margin and each pair uses the
      rows that have it.
    - ``auxiliary`` (columns): variables that are not in the model but tell of what is missing, in the first of two stages.
    - ``sampling_weights``, ``cluster`` and ``strata`` (columns): weighted estimates, robust standard errors and tests that
      know of the design.
    - ``group`` (a column; groups stand in the order of the questionnaire's options, else sorted, and ``c(a, b)`` in the
      text means this order), ``group_equal``, ``group_partial``; ``std_lv``, ``effect_coding``, ``orthogonal``,
      ``bounds`` (``"pos_var"``, ``"pos_ov_var"``, ``"pos_lv_var"``: no negative variances; single bounds are written
      ``lower(0)*x``, ``upper(1)*x``), ``meanstructure``, ``fixed_x``; ``ordered`` (names, or True), ``parameterization``.
    - ``likelihood`` (``"normal"``, ``"wishart"``), ``information`` (``"expected"``, ``"observed"``), ``se``,
      ``test``, ``bootstrap`` (number of replicates, percentile intervals) with ``seed``, ``level`` of the
      intervals.
    - ``engine="semopy"`` is the second opinion; ``name`` is the result's id.

    ``ordered=True`` (all items but predictors) or names of items take these as ordered: thresholds and
    polychoric correlations, ``method="wlsmv"`` left open, or ``wlsm wlsmvs ulsmv dwls wls``;
    ``parameterization="delta"`` or ``"theta"``. Predictors are held fixed, everything else is given them (lavaan's
    ``conditional.x``), unless ``fixed_x=False``. Without ``ordered`` ``dwls`` and ``wls`` are for continuous items.

    ``method="pls"`` and ``"plsc"`` are :func:`surveykit.sem.pls.fit_pls`, ``"compare"`` is
    :func:`surveykit.sem.pls.compare`, each with options of its own.

    Raises :class:`~surveykit.errors.SurveykitError` where the sample cannot carry the model, where the
    model is not identified (the parameters are named) and where the search does not converge (with the last
    gradient).

    >>> from surveykit.moments import Moments
    >>> S = [[1.0, 0.56, 0.48], [0.56, 1.0, 0.42], [0.48, 0.42, 1.0]]
    >>> table = Moments(n=200, cov=S, sd=[2, 2, 2], names=["x1", "x2", "x3"])
    >>> [round(v, 6) for v in fit("f =~ x1 + x2 + x3", table).tidy()["std"][:3]]
    [0.8, 0.7, 0.6]
    """
    if str(options.get("method", "")).lower() in ("pls", "plsc", "compare"):
        from surveykit.sem.pls import composite_fit

        composite = composite_fit(model, sample, **options)
        return replace(composite, judged=(*composite.judged, *composite_checks(sample, options)))
    parsed = Model.parse(model) if isinstance(model, str) else model
    asked = read_options(with_thresholds(parsed, with_design(sample, options)))
    _possible(parsed, sample, asked)
    few = partial(few_categories, sample)
    numbers = asked.group is None and not asked.by_design and not asked.weighted
    sample = taken_once(sample, (*parsed.observed, *asked.auxiliary), numbers=numbers)
    if asked.weighted:
        from surveykit.sem.wls import fit_weighted

        found = fit_weighted(parsed, sample, asked)
        known = asked.sampling_weights or (weight_of_design(sample) if asked.ordered else None)
        return replace(found, judged=(*found.judged, *design_checks(sample, known)))
    if not asked.missing and any(p.op == "<~" for p in parsed.parameters):
        asked = replace(asked, missing="listwise")
    taken = take_sample(parsed, sample, asked)
    asked, samples, labels = taken.options, taken.samples, taken.labels
    table = _table(parsed, asked, labels)
    exogenous = table.fixed_columns
    predictors = _random_predictors(parsed, table)
    moments = (
        moment_count(len(table.observed), len(exogenous), table.meanstructure) * len(labels) - table.held
    )
    scaled = scaled_problem(table, samples, moments, asked.discrepancy)
    if taken.patterns:
        own = scaled.units[: len(table.observed)]
        problem = fiml_problem(scaled.problem.blocks, samples, taken.patterns, own)
        scaled = replace(scaled, problem=problem)
    solved, choices = _solve(asked, scaled, samples)
    replicates = _replicates(sample, asked, scaled, solved)
    solution = _solution(asked, scaled, solved, taken.sandwich, replicates)
    measures = fit_measures(
        FitInput(
            samples,
            tuple((g.state.Sigma, g.state.mu) for g in solution.groups),
            table.meanstructure,
            exogenous,
            solved.npar,
            _minimum(asked, scaled, solved, samples),
            table.composite_columns,
            predictors,
        ),
        method="gls" if asked.missing == "two_stage" else asked.discrepancy,
        tests=_least_squares_tests(asked, scaled, solved, samples, exogenous, predictors),
        fiml=fiml_tests(samples, taken.patterns, solved.f, exogenous, predictors) if taken.patterns else None,
    )
    if asked.discrepancy == "ml" and asked.test != "standard":
        measures |= _scaled_test(asked, scaled, solved, taken.sandwich, measures, predictors)
    if taken.patterns and not exogenous:
        measures |= incomplete_measures(
            samples,
            taken.patterns,
            taken.scores,
            scaled.matrices.blocks,
            solved.theta,
            int(measures["df"]),
            int(measures["baseline_df"]),
            predictors,
        )
    std = standardise(solution)
    drawn = asked.se == "bootstrap"
    further = design_checks(sample, asked.sampling_weights, asked.cluster, asked.strata, drawn=drawn)
    further += _without_group(sample, asked.group)
    hint = partial(few, [n for n in table.observed if n not in parsed.roles.exogenous])
    memo: dict[str, Any] = {}
    checks = Verdict(partial(_verdict, solution, std, samples, replicates, asked.level, memo, further, hint))
    notes = (*_choices(asked, samples, table, taken.patterns), *binding_note(table, solved.active), *choices)
    return Fit(
        parsed,
        table,
        asked,
        samples,
        solution,
        std,
        measures,
        checks,
        notes,
        solved.scaled_gradient,
        solved.iterations,
        replicates,
        memo,
        patterns=taken.patterns,
    )


def _verdict(
    solution: Solution,
    std: Standardised,
    samples: tuple[GroupSample, ...],
    replicates: Replicates | None,
    level: float,
    memo: dict[str, Any],
    further: tuple[Check, ...],
    hint: Callable[[], tuple[Check, ...]],
) -> tuple[Check, ...]:
    """The gate's verdict; the tables that it needs are kept for who asks for them."""
    if "latent_correlations" not in memo:
        memo["latent_correlations"] = latent_correlations(solution, level)
    if "htmt" not in memo:
        memo["htmt"] = htmt(solution, samples)
    tables = memo["latent_correlations"], memo["htmt"]
    sizes = dict(zip(solution.table.observed, samples[0].S.diagonal() ** 0.5, strict=True))
    light = light_markers(solution.table, solution.theta, sizes)
    return (*judge(Judged(solution, std, *tables, samples, replicates)), *further, *light, *hint())


def _possible(model: Model, sample: Any, options: Options) -> None:
    """Refuse what this estimator cannot do yet, with what it can."""
    if any(c.kind == "composite" for c in model.constructs):
        _composites_possible(model, options)
    bounded = options.bounds != "none" or any(p.lower or p.upper for p in model.parameters)
    constrained = bounded or options.effect_coding or any(e.op != ":=" for e in model.equations)
    if constrained and options.engine == "semopy":
        raise SurveykitError(
            "constraints (==, <, >, bounds and effect_coding) go with our own engine",
            hint="equal parameters can be written with the same label: f =~ a*x1 + a*x2",
            code="SEM_CONSTRAINT",
        )
    if options.engine == "semopy" and (options.group is not None or isinstance(sample, dict)):
        raise SurveykitError("engine 'semopy' takes one group", code="OPTION_UNSUPPORTED")


def _composites_possible(model: Model, options: Options) -> None:
    """Composites go with normal theory and its robust forms on complete rows, or on moments by EM."""
    names = ", ".join(quote(c.name) for c in model.constructs if c.kind == "composite")
    if options.missing == "fiml":
        raise SurveykitError(
            "full information has no composites (<~): their indicators' covariances are taken from complete rows",
            got=names,
            hint="missing='two_stage' uses every answer: moments by EM, then the model; or 'listwise'",
            code="SEM_COMPOSITE",
        )
    if options.weighted or options.engine == "semopy":
        raise SurveykitError(
            "composites (<~) go with the ML family, GLS and ULS, and our own engine",
            got=names,
            hint="method='mlr' for items that are not normal; method='pls' for a path model of composites",
            code="SEM_COMPOSITE",
        )


@lru_cache(maxsize=64)
def _built(model: Model, **options: Any) -> ParameterTable:
    """The table of a model; who fits one model to many samples builds it once."""
    if not any(p.op == "<~" for p in model.parameters):
        return model.table(**options)
    return with_composites(marked(model).table(**options))


def _table(model: Model, options: Options, labels: Sequence[str]) -> ParameterTable:
    table = _built(
        model,
        std_lv=options.std_lv,
        meanstructure=options.meanstructure,
        fixed_x=options.fixed_x,
        orthogonal=options.orthogonal,
        groups=tuple(labels),
        group_equal=options.group_equal,
        group_partial=options.group_partial,
        effect_coding=options.effect_coding,
    )
    return with_bounds(table, options.bounds)


def _solve(
    options: Options, scaled: Scaled, samples: Sequence[GroupSample]
) -> tuple[Solved, tuple[str, ...]]:
    if options.engine == "semopy":
        from surveykit.sem.second_opinion import semopy_estimates

        theta, note = semopy_estimates(scaled.table, samples[0])
        solved = at_estimates(scaled, theta, options.information)
        return solved, (note, f"largest scaled gradient at semopy's estimates: {solved.scaled_gradient:.1e}")
    solved = solve(scaled, information=options.information)
    steps = f"{solved.iterations} steps to a largest scaled gradient of {solved.scaled_gradient:.0e}"
    return solved, (f"engine surveykit: Fisher scoring and Newton, {steps}",)


def _without_group(sample: Any, group: str | None) -> tuple[Check, ...]:
    """A note where rows belong to no group, because their answer to the grouping question is missing."""
    if group is None or isinstance(sample, dict):
        return ()
    aside = responses_of(sample).set_aside(group)
    if not aside:
        return ()
    return (
        Check(
            "GROUP_MISSING",
            "note",
            {
                "en": f"{aside} rows have no value of {group} and were set aside.",
                "zh": f"有{aside}行的{group}缺失，未纳入分析。",
            },
            (group,),
            {"rows": aside, "group": group},
        ),
    )


def _random_predictors(model: Model, table: ParameterTable) -> tuple[int, ...]:
    """Columns of exogenous predictors that are taken as random: the baseline lets them covary, as lavaan's does."""
    written = {n for p in model.parameters if p.op in ("~~", "~1") for n in (p.lhs, p.rhs)}
    inside = {n for c in table.composites for n in c.indicators}
    names = [n for n in model.roles.exogenous if n not in written | inside]
    places = tuple(table.observed.index(n) for n in names)
    return () if set(places) & set(table.fixed_columns) else places


def _minimum(options: Options, scaled: Scaled, solved: Solved, samples: Sequence[GroupSample]) -> float:
    """Half the discrepancy at the estimates."""
    if options.discrepancy == "ml":
        return solved.f
    return minimum(samples, scaled.matrices.blocks, solved.theta, options.discrepancy)


def _least_squares_tests(
    options: Options,
    scaled: Scaled,
    solved: Solved,
    samples: Sequence[GroupSample],
    exogenous: Sequence[int],
    predictors: Sequence[int],
) -> tuple[float, float] | None:
    """χ² of the model and of the baseline under GLS and ULS; None under ML."""
    if options.discrepancy == "ml":
        return None
    chisq = 2 * solved.f * sum(s.multiplier for s in samples)
    if options.discrepancy == "uls":
        chisq = residual_chisq(samples, scaled.matrices.blocks, solved.theta, solved.K)
    return chisq, baseline_chisq(samples, exogenous, (*scaled.table.composite_columns, predictors))


def _scaled_test(
    options: Options,
    scaled: Scaled,
    solved: Solved,
    sandwich: Sandwich,
    measures: Mapping[str, float],
    predictors: Sequence[int],
) -> dict[str, float]:
    """The scaled test of the model and of the baseline, and the measures that follow."""
    table, samples = scaled.table, sandwich.samples
    found = sandwich.traces(options.test, scaled, solved)
    together = (*table.composite_columns, predictors)
    base = sandwich.baseline(options.test, table.fixed_columns, table.meanstructure, together)
    model_test = Scaling.of(options.test, measures["chisq"], int(measures["df"]), found)
    base_test = Scaling.of(options.test, measures["baseline_chisq"], int(measures["baseline_df"]), base)
    n = sum(s.multiplier for s in samples)
    out = scaled_measures(options.test, measures, model_test, base_test, n, len(samples))
    if sandwich.scores is not None:  # those of incomplete rows are in ``incompletefit``
        out = {name: value for name, value in out.items() if not name.endswith("_robust")}
    if options.test == "yuan_bentler_mplus" and not table.composites:
        # the scaling factors of the two log-likelihoods; lavaan counts equal parameters once a row
        rows = sum(1 for row in scaled.table if row.free)
        out |= {
            "scaling_factor_h1": found.saturated / scaled.moments,
            "scaling_factor_h0": found.model / max(rows, 1),
        }
    return out


def _replicates(sample: Any, options: Options, scaled: Scaled, solved: Solved) -> Replicates | None:
    """The bootstrap, where it was asked for: it needs the answers themselves; groups are drawn within themselves."""
    if options.se != "bootstrap":
        return None
    if isinstance(sample, Moments | dict):
        raise SurveykitError(
            "a bootstrap needs the answers themselves",
            hint="give the data frame instead of its moments",
            code="SEM_BOOTSTRAP",
        )
    stacked = replicate_moments(sample, scaled.table, options.group, options.bootstrap, options.seed)
    plain = scaled.constraint is None and scaled.conditions is None
    if len(stacked) == 1 and plain:
        found = bootstrap(scaled, solved.theta, stacked[0], options.likelihood)
    else:
        found = bootstrap_each(scaled, solved.theta, stacked, options.likelihood)
    if len(found.theta) < 2:
        raise SurveykitError("no bootstrap sample could be fitted", code="SEM_BOOTSTRAP")
    return found


def _solution(
    options: Options,
    scaled: Scaled,
    solved: Solved,
    sandwich: Sandwich,
    replicates: Replicates | None,
) -> Solution:
    k = scaled.table.k
    matrices, samples = scaled.matrices, sandwich.samples
    if options.se == "standard":
        vcov = solved.bread / sum(s.multiplier for s in samples)
    elif options.discrepancy == "uls":
        vcov = unweighted_covariance(samples, matrices.blocks, solved.theta, solved.K)
    elif replicates is not None:
        vcov = replicates.vcov
    elif options.se == "none":
        vcov = np.full((k, k), np.nan)
    else:
        vcov = sandwich.covariance(options.se, scaled, solved)
    return Solution.of(scaled.table, matrices.variables, matrices.blocks, solved.theta, vcov)


_METHOD_NOTES = {
    "ml": "maximum likelihood ({likelihood} likelihood)",
    "gls": "generalised least squares",
    "uls": "unweighted least squares",
}
_SE_NOTES = {
    "robust_sem_nt": "standard errors from the sandwich with normal-theory moments",
    "standard": "standard errors from the {information} information",
    "none": "no standard errors were asked for",
    "bootstrap": "bootstrap standard errors and percentile intervals ({bootstrap} replicates, seed {seed})",
    "robust_sem": "robust standard errors (sandwich with fourth-order moments, {information} information)",
    "robust_huber_white": "robust standard errors (Huber-White sandwich, {information} information)",
}
_TEST_NOTES = {
    "browne_residual_nt": "Browne's residual-based statistic",
    "satorra_bentler": "Satorra-Bentler, mean-scaled",
    "scaled_shifted": "scaled and shifted",
    "mean_var_adjusted": "mean and variance adjusted",
    "yuan_bentler_mplus": "Yuan-Bentler, Mplus' variant",
}


def _choices(
    options: Options,
    samples: Sequence[GroupSample],
    table: ParameterTable,
    patterns: Sequence[Patterns],
) -> tuple[str, ...]:
    """What was decided, in words: estimator, n, rows set aside, standard errors."""
    n, total = sum(s.n for s in samples), sum(s.n_total for s in samples)
    rows = f"n = {n} of {total} rows"
    if patterns:
        rows += f"; full information from {sum(len(p.mask) for p in patterns)} patterns of missing values"
        rows += f"; {total - n} rows without usable answers were set aside" if total > n else ""
    elif total > n:
        rows += f"; {total - n} incomplete rows were set aside (listwise)"
    if options.missing == "two_stage":
        rows += "; in two stages: moments by EM, then the model, standard errors for both"
        rows += (
            f"; auxiliary variables of the first: {', '.join(options.auxiliary)}" if options.auxiliary else ""
        )
    if options.by_design:
        columns = [f"weights {options.sampling_weights}"] * bool(options.sampling_weights)
        columns += [f"clusters {options.cluster}"] * bool(options.cluster)
        columns += [f"strata {options.strata}"] * bool(options.strata)
        rows += "; pseudo maximum likelihood with " + " and ".join(columns)
    out = [f"{_METHOD_NOTES[options.discrepancy].format(likelihood=options.likelihood)}, {rows}"]
    if len(samples) > 1:
        out.append("groups: " + ", ".join(f"{s.label} (n = {s.n})" for s in samples))
    if options.group_equal:
        out.append("equal across groups: " + ", ".join(options.group_equal))
    words = {"information": options.information, "bootstrap": options.bootstrap, "seed": options.seed}
    out.append(_SE_NOTES[options.se].format(**words))
    if options.discrepancy == "uls":
        out.append(f"test: {_TEST_NOTES[options.test]}")
    elif options.test != "standard":
        out.append(f"test: {_TEST_NOTES[options.test]}; measures ending in _scaled and _robust go with it")
    fixed = sorted({r.lhs for r in table if r.exo and r.op == "~~"})
    if fixed:
        out.append("moments of exogenous variables taken from the sample (fixed_x): " + ", ".join(fixed))
    return tuple(out)
