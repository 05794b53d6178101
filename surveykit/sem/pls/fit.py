"""``fit(model, data, method="pls")``: PLS path models and their consistent form, PLSc."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import fields, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.sem.pls.design import MODES, Design
from surveykit.sem.pls.further import with_prediction, with_redundancy
from surveykit.sem.pls.gate import judge
from surveykit.sem.pls.implied import Behind
from surveykit.sem.pls.index import known
from surveykit.sem.pls.inference import INTERVALS, LEAST_REPLICATES, Inference, Stack
from surveykit.sem.pls.kernel import Solved, oriented, solve, solve_blocks
from surveykit.sem.pls.overall import overall_fit
from surveykit.sem.pls.plan import APPROACHES, HIERARCHIES, Plan, plan_of
from surveykit.sem.pls.resample import INNER, JACKKNIFE_GROUPS
from surveykit.sem.pls.result import PlsFit, PlsOptions
from surveykit.sem.pls.sample import MISSING, PlsSample, read_sample
from surveykit.sem.pls.slopes import slopes
from surveykit.sem.pls.stages import applied, first_stage, stacked
from surveykit.sem.pls.weights import MOST_ITERATIONS, SCHEMES, TOLERANCE
from surveykit.sem.sample import taken_once

__all__ = ["estimate", "fit_pls", "read_options"]


def fit_pls(model: Model | str, sample: Any, **options: Any) -> PlsFit:
    """Estimate a PLS path model (``method="pls"``) or its consistent form (``method="plsc"``) and judge it.

    ``=~`` is mode A, ``<~`` mode B; ``modes={"Image": "sum"}`` sets others (``A B sum first``). ``scheme`` is ``path``,
    ``factorial`` (or ``factor``) or ``centroid``; ``missing`` is ``listwise``, ``pairwise``, ``mean`` (of the item)
    or ``em`` (the moments of the normal model); ``bootstrap`` the number of replicates (0 for none), ``seed`` theirs,
    ``interval`` their ``percentile``, ``bca`` or ``studentised`` limits. PLSc corrects the ``=~`` constructs with
    several indicators.

    A construct whose indicators are constructs is estimated in two stages, or repeats their indicators
    (``hierarchy="repeated"``); ``interactions=[("Image", "Value", "Loyalty")]`` adds the product of the first two as a
    predictor of the third (twice the same: quadratic), with the table ``slopes``; ``approach`` is ``two_stage``,
    ``product`` (indicators) or ``orthogonal``. Under ``plsc`` both are consistent too.

    ``overall=True`` tests SRMR, d_ULS and d_G by a bootstrap under the model. ``predict=True``, or a mapping of the options
    of :func:`~surveykit.sem.pls.predict`, adds the tables ``prediction`` and ``cvpat``; ``redundancy={"Image":
    "IMAG_ALL"}`` the path from a construct to a single item that asks for all of it (convergent validity of formative
    constructs: Chin 1998).
    ``scaled=False`` searches the weights on items in their own units (plspm's option of that name).

    >>> from surveykit.moments import Moments
    >>> R = [[1, 0.6, 0.3, 0.3], [0.6, 1, 0.3, 0.3], [0.3, 0.3, 1, 0.6], [0.3, 0.3, 0.6, 1]]
    >>> m = Moments(n=200, cov=R, names=["a1", "a2", "b1", "b2"])
    >>> fit = fit_pls("a =~ a1 + a2\\nb =~ b1 + b2\\nb ~ a", m, method="plsc")
    >>> round(float(fit.tidy().set_index("op").loc["~", "estimate"]), 6)  # .3 / .6
    0.5
    """
    asked = read_options(options)
    parsed = Model.parse(model) if isinstance(model, str) else model
    plan = plan_for(parsed, asked)
    more = asked.missing != "listwise" or asked.interval != "percentile" or asked.predict or asked.redundancy
    sample = taken_once(sample, plan.items, numbers=not (more or plan.products))
    taken = read_sample(
        sample,
        plan.items,
        missing=asked.missing,
        bootstrap=asked.bootstrap,
        seed=asked.seed,
        interval=asked.interval,
        rows=bool(plan.products),
    )
    fit = with_prediction(fit_plan(plan, asked, taken), parsed, sample)
    return with_redundancy(fit, parsed, sample, fit_pls) if asked.redundancy else fit


def plan_for(parsed: Model, asked: PlsOptions) -> Plan:
    """The stages that the options ask for."""
    return plan_of(
        parsed,
        modes=asked.modes,
        scheme=asked.scheme,
        consistent=asked.method == "plsc",
        interactions=asked.interactions,
        approach=asked.approach,
        hierarchy=asked.hierarchy,
    )


def fit_plan(plan: Plan, asked: PlsOptions, taken: PlsSample) -> PlsFit:
    """The judged fit of a sample of items, through all stages."""
    if not plan.plain and not asked.scaled:
        raise SurveykitError(
            "constructs of constructs in stages and interactions go with scaled items only",
            hint="leave scaled out",
            code="OPTION_UNSUPPORTED",
        )
    if plan.products and asked.overall:
        raise SurveykitError(
            "there is no test of overall fit for a model with interactions: products do not follow the transformation under "
            "which the model holds",
            hint="leave interactions out to test the model that they were added to",
            code="OPTION_UNSUPPORTED",
        )
    ready, at = applied(plan, taken)
    fit = estimate(plan.model, plan.design, asked, ready)
    behind = Behind(plan, stacked(taken.moments), at)
    fit = _tested(replace(fit, behind=behind, _memo={}), behind, taken)
    further = dict(fit.further)
    if not plan.plain:
        further["first_stage"] = first_stage(plan, at)
    if plan.products:
        further["slopes"] = slopes(fit, plan)
    scored = tuple(p.name for p in plan.products) if plan.approach == "two_stage" else ()
    return replace(
        fit, further=further, products=scored, choices=(*fit.choices, *plan.said(), *_of_index(fit)), _memo={}
    )


def _of_index(fit: PlsFit) -> list[str]:
    """What importance means in a model with interactions or under PLSc, where it is given; why not, where it is not."""
    behind = fit.behind
    if behind is None:
        return []
    plan, scales = behind.plan, np.isfinite(fit.sample.low).any()
    if plan.consistent and plan.parts and scales:
        return [
            "no index: under PLSc a construct of constructs has no score in points (method='pls' gives one)"
        ]
    if not known(fit):
        return []
    said = ["importance: total effects where the moderators are at their means"] if plan.products else []
    if plan.consistent:
        said.append(
            "performance: of the scores; importance: between the constructs, freed of measurement error"
        )
    return said


def estimate(parsed: Model, design: Design, asked: PlsOptions, taken: PlsSample) -> PlsFit:
    """The judged fit of a sample that has been read."""
    consistent = asked.method == "plsc"
    sd = None if asked.scaled else taken.moments.sd[None]
    solved = solve(taken.moments.cor[None], design, asked.scheme, consistent=consistent, sd=sd)
    if not solved.converged[0]:
        raise SurveykitError(
            "the PLS weights did not settle"
            if np.isfinite(solved.c).all()
            else "the PLS solution is not defined",
            expected=f"changes below {TOLERANCE:g} within {MOST_ITERATIONS} iterations, reliabilities above 0",
            got=f"ρA {', '.join(f'{c} {v:.3g}' for c, v in zip(design.constructs, solved.rho_a[0], strict=True))}",
            hint="look for constructs whose items do not correlate, or try another scheme",
            code="PLS_NOT_CONVERGED",
        )
    replicates, good = _replicated(taken, design, asked, solved)
    failed = int((~good).sum())
    at = Stack(solved, stacked(taken.moments))
    inference = Inference(
        at,
        replicates,
        jackknife=_again(taken.jackknife, design, asked, solved),
        inner=_again(taken.inner, design, asked, solved, good),
        level=asked.level,
    )
    checks = judge(solved, design, taken, consistent=consistent, failed=failed, asked=asked.bootstrap)
    choices = _choices(asked, design, taken, solved, failed)
    return PlsFit(parsed, design, asked, taken, inference, failed, checks, choices)


def _tested(fit: PlsFit, behind: Behind, taken: PlsSample) -> PlsFit:
    """The fit with the test of overall fit, where it was asked for."""
    if not fit.options.overall:
        return fit
    if fit.refused or taken.replicates is None:
        raise SurveykitError(
            "the test of overall fit needs an admissible model and bootstrap replicates",
            got="; ".join(c.text("en") for c in fit.judged if c.level == "refuse") or "no replicates",
            hint="leave overall out, or give the answers and bootstrap=1000",
            code="PLS_OVERALL",
        )
    table = overall_fit(behind, taken.replicates, fit.solved)
    said = "overall fit: bootstrap of the answers transformed so that the model holds (Beran & Srivastava)"
    return replace(fit, further={"overall_fit": table}, choices=(*fit.choices, said), _memo={})


def _again(
    drawn: Moments | None,
    design: Design,
    asked: PlsOptions,
    at: Solved,
    good: NDArray[np.bool_] | None = None,
) -> Stack | None:
    """Solutions of the jackknife or of the inner replicates (of the ``good`` outer ones); NaN where not settled."""
    if drawn is None:
        return None
    if good is not None:
        drawn = drawn.keep(np.repeat(good, INNER))
    consistent = asked.method == "plsc"
    found = solve_blocks(drawn.cov, design, asked.scheme, consistent=consistent, scaled=asked.scaled)
    for one in (found.w, found.loadings, found.c, found.b, found.total, found.r2):
        one[~found.converged] = np.nan
    return Stack(oriented(found, at), drawn)


def _replicated(
    taken: PlsSample, design: Design, asked: PlsOptions, at: Solved
) -> tuple[Stack | None, NDArray[np.bool_]]:
    """The replicates that settled and are admissible, oriented like the estimates; which ones they are."""
    drawn = taken.replicates
    if drawn is None:
        return None, np.ones(0, dtype=bool)
    consistent = asked.method == "plsc"
    whole = solve_blocks(drawn.cov, design, asked.scheme, consistent=consistent, scaled=asked.scaled)
    beyond = (np.abs(whole.loadings) > 1 + 1e-9).any(axis=(1, 2)) | (whole.r2 >= 1).any(axis=1)
    good = whole.converged & ~beyond
    if not good.all():
        whole, drawn = whole.keep(good), drawn.keep(good)
    return Stack(oriented(whole, at), drawn), good


_INTERVALS = {
    "percentile": "percentile intervals",
    "bca": f"bias-corrected and accelerated intervals (jackknife over rows, in {JACKKNIFE_GROUPS} groups beyond as many)",
    "studentised": f"studentised intervals ({INNER} replicates of each replicate)",
}


def _choices(
    asked: PlsOptions, design: Design, taken: PlsSample, solved: Solved, failed: int
) -> tuple[str, ...]:
    kind = "consistent PLS (PLSc)" if asked.method == "plsc" else "PLS path model"
    modes = ", ".join(dict.fromkeys(MODES[m] for m in design.modes))
    data = "standardised data" if asked.scaled else "weights from unstandardised data"
    out = [
        f"{kind}, {asked.scheme} weighting scheme, {modes}; {data}; settled in "
        f"{solved.iterations[0]} iterations (changes below {TOLERANCE:g})",
        *taken.notes,
        "signs: a construct points to where the sum of its loadings is positive",
    ]
    if taken.replicates is not None:
        out.append(
            f"{asked.bootstrap} bootstrap replicates, seed {asked.seed}, {failed} failed; {_INTERVALS[asked.interval]}; "
            f"each replicate is turned to agree with the estimates"
        )
    return tuple(out)


_INSTEAD = {
    "ordered": "PLS takes the items as numbers; method='wlsmv' is for ordered items",
    "se": "standard errors come from the bootstrap: bootstrap=1000",
    "estimator": "method='pls' or 'plsc'",
}
"""What other estimators' options are under PLS."""


def read_options(given: Mapping[str, Any]) -> PlsOptions:
    """The options of :func:`fit_pls`; every unknown or impossible one is named, all at once."""
    problems = Problems()
    known = [f.name for f in fields(PlsOptions)]
    values = {k: v for k, v in given.items() if k in known}
    for name in given:
        if name not in known:
            problems.add(
                f"the option {quote(name)} is not possible under PLS",
                hint=_INSTEAD.get(name) or did_you_mean(name, known),
                code="OPTION_UNKNOWN",
            )
    if values.get("scheme") == "factor":
        values["scheme"] = "factorial"
    for name, allowed in (
        ("method", ("pls", "plsc")),
        ("scheme", SCHEMES),
        ("missing", MISSING),
        ("interval", INTERVALS),
        ("approach", APPROACHES),
        ("hierarchy", HIERARCHIES),
    ):
        if name in values and values[name] not in allowed:
            expected = " or ".join(quote(a) for a in allowed)
            hint = "missing='em'" if values[name] in ("fiml", "two_stage") and name == "missing" else ""
            problems.add(
                f"{name}={quote(values[name])} is not possible",
                expected=expected,
                hint=hint,
                code="OPTION_UNSUPPORTED",
            )
    replicates = values.get("bootstrap", 1000)
    if isinstance(replicates, bool) or not isinstance(replicates, int) or replicates < 0:
        problems.add("bootstrap is a number of replicates", got=quote(replicates), code="OPTION_VALUE")
    elif 0 < replicates < LEAST_REPLICATES:
        problems.add(
            "too few bootstrap replicates for a standard error",
            expected=f"{LEAST_REPLICATES} or more (1,000 for a report), or 0 for none",
            got=str(replicates),
            code="OPTION_VALUE",
        )
    _intervals(values, replicates, problems)
    for name in ("overall", "scaled"):
        if not isinstance(values.get(name, False), bool):
            problems.add(f"{name} takes True or False", got=quote(values[name]), code="OPTION_VALUE")
    if values.get("scaled") is False and (
        values.get("method") == "plsc" or values.get("overall") or values.get("interactions")
    ):
        problems.add(
            "scaled=False goes with method 'pls', without interactions and overall", code="OPTION_UNSUPPORTED"
        )
    if "interactions" in values:
        values["interactions"] = _interactions(values["interactions"], problems)
    if not isinstance(values.get("predict", False), (bool, Mapping)):
        problems.add("predict takes True or its options", got=quote(values["predict"]), code="OPTION_VALUE")
    for name in ("redundancy", "modes"):
        if not isinstance(values.get(name, {}), Mapping):
            problems.add(f"{name} takes construct: value", got=quote(values[name]), code="OPTION_VALUE")
            values.pop(name)
    level = values.get("level", 0.95)
    if not (isinstance(level, (int, float)) and 0.5 < level < 1):
        problems.add("level is between 0.5 and 1", got=quote(level), code="OPTION_VALUE")
    problems.raise_if_any()
    return PlsOptions(**values)


def _interactions(given: Any, problems: Problems) -> tuple[Any, ...]:
    if isinstance(given, (str, Mapping)) or not hasattr(given, "__iter__"):
        problems.add(
            "interactions is a list of (predictor, moderator, target)", got=quote(given), code="OPTION_VALUE"
        )
        return ()
    return tuple(tuple(e) if isinstance(e, (list, tuple)) else e for e in given)


MOST_NESTED = 2000
"""Replicates of replicates are kept in memory: so many stay below one gigabyte."""


def _intervals(values: Mapping[str, Any], replicates: Any, problems: Problems) -> None:
    """What the other kinds of interval cannot do."""
    kind = values.get("interval", "percentile")
    if kind == "studentised" and values.get("missing") == "em":
        problems.add(
            "interval='studentised' would settle EM 25 times in each replicate",
            hint="interval='bca', or missing='pairwise'",
            code="OPTION_UNSUPPORTED",
        )
    if kind == "studentised" and isinstance(replicates, int) and replicates > MOST_NESTED:
        problems.add(
            "too many replicates for studentised intervals",
            expected=f"at most {MOST_NESTED:,}",
            got=f"{replicates:,}",
            code="OPTION_VALUE",
        )
