"""Power and precision of a planned study: what a model with values would find in n answers.

Monte Carlo (Muthén & Muthén 2002): covariance matrices of n normal answers are drawn from the population (Wishart, by
Bartlett's decomposition: the time does not grow with n), each is fitted, and what happened is counted. For the n of a
wanted width or power the large-sample standard error is taken from the population itself: it falls with √n.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model import Model
from surveykit.model.population import Population, population_of
from surveykit.moments import Moments
from surveykit.results import Estimates, Table
from surveykit.sem.fit import fit
from surveykit.sem.result import Fit
from surveykit.sem.solution import normal_quantile

__all__ = ["monte_carlo", "needed_n"]

Array = NDArray[np.float64]
COLUMNS = (
    "lhs", "op", "rhs", "label", "population", "mean", "bias", "sd", "mean_se", "coverage", "power", "power_low",
    "power_high", "n", "replications",
)  # fmt: skip
NEEDED = ("lhs", "op", "rhs", "label", "population", "se_at_100", "n_width", "n_power")
_LARGE = 1_000_000


def monte_carlo(
    model: Model | str,
    n: int,
    *,
    analysis: Model | str | None = None,
    replications: int = 500,
    seed: int = 1,
    alpha: float = 0.05,
    population: Mapping[str, float] | None = None,
    name: str = "power",
    **options: Any,
) -> Estimates:
    """What a study of ``n`` normal answers would find of each parameter.

    ``model`` holds the population's values (``sat =~ 0.8*s1 + 0.7*s2``; see ``simulate``). ``analysis`` is
    the model that is fitted, by default the same without its values; ``options`` are those of ``fit``.

    One row per free parameter: ``population`` (in the scale of the analysis), ``mean`` of the estimates, relative ``bias``,
    ``sd`` of the estimates beside ``mean_se``, ``coverage`` of the intervals, ``power`` (share with p < ``alpha``) with
    a 95 % interval for the error of the simulation. Facts: replications that converged and those
    with an improper solution.

    >>> found = monte_carlo("f =~ 0.7*x1 + 0.7*x2 + 0.7*x3", 200, replications=20)
    >>> found.facts["converged"]
    20
    """
    if not (0 < alpha < 0.5) or replications < 2:
        raise SurveykitError(
            "alpha is between 0 and 0.5, replications 2 or more",
            got=f"alpha={alpha:g}, replications={replications}",
            code="OPTION_VALUE",
        )
    drawn_from, fitted = _planned(model, analysis, population)
    truth = _population_fit(drawn_from, fitted, options)
    if n <= len(drawn_from.names):
        raise SurveykitError(
            "too few answers for this model", expected=f"n above {len(drawn_from.names)}", got=str(n),
            code="SEM_N_TOO_SMALL",
        )  # fmt: skip
    estimates, errors, improper = [], [], 0
    for i in range(replications):
        try:
            found = fit(fitted, _drawn(drawn_from, n, seed, i), **options)
        except SurveykitError:
            continue  # counted as not converged
        estimates.append(found.theta)
        errors.append(np.sqrt(np.maximum(np.diagonal(found.vcov), 0.0)))
        improper += bool(_negative(found))
    if len(estimates) < 2:
        raise SurveykitError(
            "the model could not be fitted to any of the simulated samples",
            hint="a larger n, or a simpler analysis", code="SEM_NOT_CONVERGED",
        )  # fmt: skip
    records = _counted(truth, np.array(estimates), np.array(errors), alpha, n)
    return Estimates(
        name,
        {"en": "Power by simulation", "zh": "模拟检验力"},
        Table.of(records, COLUMNS),
        {
            "n": n,
            "replications": replications,
            "converged": len(estimates),
            "improper": improper,
            "seed": seed,
        },
        (
            f"{replications} samples of n = {n} normal answers, seed {seed}; {len(estimates)} converged, "
            f"{improper} with a negative variance",
            f"power: share of converged samples with p < {alpha:g}",
        ),
        options={"replications": replications, "alpha": alpha, "seed": seed},
    )


def needed_n(
    model: Model | str,
    *,
    width: float = 0.2,
    power: float = 0.8,
    alpha: float = 0.05,
    analysis: Model | str | None = None,
    population: Mapping[str, float] | None = None,
    name: str = "needed_n",
    **options: Any,
) -> Estimates:
    """The n at which each parameter's interval is ``width`` wide, and at which its test has ``power``.

    From the large-sample standard error in the population (``se_at_100`` is that of n = 100): in small
    samples check with :func:`monte_carlo`. ``n_power`` is missing where the parameter is 0.

    >>> table = needed_n("f =~ 0.7*x1 + 0.7*x2 + 0.7*x3", width=0.2, std_lv=True).tidy()
    >>> int(table["n_width"][0])
    443
    """
    if not (width > 0 and 0 < power < 1 and 0 < alpha < 0.5):
        raise SurveykitError(
            "width is above 0, power between 0 and 1, alpha between 0 and 0.5",
            got=f"width={width:g}, power={power:g}, alpha={alpha:g}",
            code="OPTION_VALUE",
        )
    from scipy.special import ndtri

    drawn_from, fitted = _planned(model, analysis, population)
    truth = _population_fit(drawn_from, fitted, options)
    z, reach = normal_quantile(1 - alpha), normal_quantile(1 - alpha) + float(ndtri(power))
    records = []
    for row, theta, variance in zip(_rows(truth), truth.theta, np.diagonal(truth.vcov) * _LARGE, strict=True):
        head = {"lhs": row.lhs, "op": row.op, "rhs": row.rhs, "label": row.label, "population": float(theta)}
        by_power = math.ceil(reach**2 * variance / theta**2) if abs(theta) > 1e-9 else math.nan
        by_width = math.ceil((2 * z / width) ** 2 * variance)
        records.append(
            head | {"se_at_100": math.sqrt(variance / 100), "n_width": by_width, "n_power": by_power}
        )
    return Estimates(
        name,
        {"en": "Sample size", "zh": "所需样本量"},
        Table.of(records, NEEDED),
        {"width": width, "power": power, "alpha": alpha},
        (
            f"n for a {1 - alpha:.0%} interval {width:g} wide and for power {power:.0%}; normal answers, large-sample errors",
        ),
        options={"width": width, "power": power, "alpha": alpha},
    )


def _planned(
    model: Model | str, analysis: Model | str | None, values: Mapping[str, float] | None
) -> tuple[Population, Model]:
    parsed = Model.parse(model) if isinstance(model, str) else model
    if analysis is None:
        fitted = Model.of(
            [_freed(p) for p in parsed.parameters], [e for e in parsed.equations if e.op == ":="]
        )
    else:
        fitted = Model.parse(analysis) if isinstance(analysis, str) else analysis
    drawn_from = population_of(parsed, values)
    unknown = set(fitted.observed) - set(drawn_from.names)
    if unknown:
        raise SurveykitError(
            "the analysis speaks of variables that the population does not have",
            got=", ".join(quote(v) for v in sorted(unknown)),
            code="UNKNOWN_VARIABLE",
        )
    return drawn_from, fitted


def _freed(parameter: Any) -> Any:
    """The parameter without its value; labels stay, and so does a value of zero (what is left out)."""
    from dataclasses import replace

    kept = tuple(v for v in parameter.fixed if v == 0)
    return (
        parameter if parameter.fixed and kept == parameter.fixed else replace(parameter, fixed=(), start=())
    )


def _population_fit(drawn_from: Population, fitted: Model, options: Mapping[str, Any]) -> Fit:
    """The analysis in the population: its parameters' values, and their variance at n = 1,000,000."""
    moments = Moments(_LARGE, drawn_from.cov * (_LARGE / (_LARGE - 1)), drawn_from.mean, drawn_from.names)
    found: Fit = fit(fitted, moments, **options)
    return found


def _drawn(population: Population, n: int, seed: int, replication: int) -> Moments:
    """Mean and covariance of n normal answers, without the answers (Bartlett 1933)."""
    rng = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, replication]))
    p = len(population.names)
    A = np.tril(rng.standard_normal((p, p)), -1) + np.diag(np.sqrt(rng.chisquare(n - 1 - np.arange(p))))
    half = np.linalg.cholesky(population.cov) @ A
    mean = population.mean + np.linalg.cholesky(population.cov) @ rng.standard_normal(p) / math.sqrt(n)
    cov = half @ half.T / (n - 1)
    return Moments(n, (cov + cov.T) / 2, mean, population.names)


def _rows(truth: Fit) -> list[Any]:
    first = {row.free: row for row in reversed(truth.table.rows) if row.free}
    return [first[i] for i in range(1, truth.table.k + 1)]


def _negative(found: Fit) -> bool:
    return any(
        found.solution.value(r) < 0 for r in found.table if r.op == "~~" and r.lhs == r.rhs and r.group
    )


def _counted(truth: Fit, estimates: Array, errors: Array, alpha: float, n: int) -> list[dict[str, Any]]:
    from surveykit.intervals import wilson

    z, count = normal_quantile(1 - alpha), len(estimates)
    records = []
    for i, row in enumerate(_rows(truth)):
        value, found, se = float(truth.theta[i]), estimates[:, i], errors[:, i]
        hits = int((np.abs(found) > z * se).sum())
        interval = wilson(hits / count, count)
        records.append(
            {"lhs": row.lhs, "op": row.op, "rhs": row.rhs, "label": row.label, "population": value}
            | {"mean": float(found.mean()), "sd": float(found.std(ddof=1)), "mean_se": float(se.mean())}
            | {"bias": float(found.mean() / value - 1) if abs(value) > 1e-9 else math.nan}
            | {"coverage": float((np.abs(found - value) <= z * se).mean()), "power": hits / count}
            | {"power_low": interval.low, "power_high": interval.high, "n": n, "replications": count}
        )
    return records
