"""Power: how small a path the study can see, or how likely a path of a given size is found with n answers.

Without expectations it answers what a reader of "no evidence" must know: the smallest standardised path that so many
answers would have detected. It is read from standard errors and not from the estimates, because power "observed" at the
estimate says no more than the p-value (Hoenig & Heisey 2001). With a population (a model with values) it simulates the planned
study.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

from pydantic import Field, model_validator

from surveykit.analyses import analyses
from surveykit.analyses._structural import FitOptions, estimation, fit_facts, fitted, model_of
from surveykit.errors import SurveykitError, quote
from surveykit.results import Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sem import Fit

TITLE = {"en": "Power", "zh": "统计检验力"}
SIZES = (0.10, 0.20, 0.30)
"""Standardised paths called small, medium and large, for the table."""
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "kind", "lhs", "op", "rhs", "found",
    "power_10", "power_20", "power_30", "n_10", "n_20", "n_30",
    "population", "power", "coverage", "bias", "n_power", "replications",
)  # fmt: skip


class PowerOptions(FitOptions):
    """What is to be detected, with which certainty."""

    population: str | None = Field(
        None,
        description="lavaan text with the values that are expected; simulated instead of read from the answers",
    )
    n: int | None = Field(None, ge=10, le=10_000_000, description="answers; those at hand if left out")
    power: float = Field(0.80, gt=0.5, lt=1, description="the power that is wanted")
    alpha: float = Field(0.05, gt=0, lt=0.5, description="level of the tests, two-sided")
    replications: int = Field(500, ge=50, le=20_000, description="samples drawn from the population")
    seed: int = Field(1, ge=0, description="the seed of the simulation")

    @model_validator(mode="after")
    def _one_way(self) -> PowerOptions:
        if self.population is not None and (self.ordered or self.missing not in (None, "listwise")):
            raise ValueError("a population is simulated with continuous, complete answers")
        return self


@analyses.register(
    "power",
    title=TITLE,
    reference="Hoenig and Heisey 2001; Muthén and Muthén 2002; Satorra and Saris 1985",
    evidence="simulation: the smallest detectable path, put into the population, is found with the power that is said",
    example='analyse(data, "power", model="sat =~ s1 + s2 + s3\\nloy =~ l1 + l2 + l3\\nloy ~ sat")',
    options=PowerOptions,
    knows_design=True,
)
def power(data: Responses, options: PowerOptions) -> Estimates:
    """One row per path. ``kind`` is ``smallest``: ``estimate`` is the smallest standardised path found with the wanted power,
    ``power_10`` … the power for paths of .10, .20 and .30, ``n_10`` … the answers these need. With a population
    ``kind`` is ``planned``: ``estimate`` is the simulated power with its interval, ``n_power`` the answers needed.

    >>> import surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("f =~ 0.8*a + 0.8*b + 0.8*c\\ng =~ 0.8*d + 0.8*e + 0.8*h\\ng ~ 0.4*f"), 250, 1)
    >>> model = "f =~ a + b + c\\ng =~ d + e + h\\ng ~ f"
    >>> found = power(sk.read(frame), PowerOptions(model=model)).tidy()
    >>> found["term"].tolist(), round(float(found["estimate"][0]), 2)
    (['f → g'], 0.21)
    """
    return _planned(data, options) if options.population is not None else _smallest(data, options)


def _smallest(data: Responses, options: PowerOptions) -> Estimates:
    from scipy.special import ndtr, ndtri

    fit = fitted(model_of(data, options.model), data, options)
    n = options.n or fit.n
    z = float(-ndtri(options.alpha / 2))
    reach = z + float(ndtri(options.power))
    records = []
    for row in _scaled_errors(fit):
        se = row["se"] * math.sqrt(fit.n / n)
        sure = {
            f"power_{round(100 * b)}": float(ndtr(b / se - z) + ndtr(-b / se - z)) if se > 0 else math.nan
            for b in SIZES
        }
        needed = {
            f"n_{round(100 * b)}": math.ceil(n * (reach * se / b) ** 2) if se > 0 else None for b in SIZES
        }
        records.append(row | {"kind": "smallest", "n": n, "se": se, "estimate": reach * se} | sure | needed)
    return Estimates(
        "power",
        TITLE,
        Table.of(records, COLUMNS),
        {"n": n, "answers": fit.n, "wanted": options.power, "alpha": options.alpha, **fit_facts(fit)},
        (
            f"smallest path: {reach:.3f} standard errors (power {options.power:.0%}, two-sided tests at {options.alpha:g}); "
            f"the standard error is that of the answers at hand{'' if n == fit.n else f', scaled to n = {n}'}",
            *fit.notes(),
        ),
        fit.checks,
        {},
        options.model_dump() | {"model": fit.model.to_text()},
    )


def _scaled_errors(fit: Fit) -> list[dict[str, Any]]:
    """Every path's standard error in the unit of the standardised solution: of the test that is made, not of the ratio."""
    frame = fit.tidy()
    records = []
    for r in frame.to_dict("records"):
        if r["op"] != "~" or not r["se"] > 0 or not abs(r["estimate"]) > 0:
            continue
        scale = abs(r["std"] / r["estimate"])
        records.append(
            {
                "term": f"{r['rhs']} → {r['lhs']}",
                "group": r["group"],
                "lhs": r["lhs"],
                "op": r["op"],
                "rhs": r["rhs"],
            }
            | {"se": float(r["se"] * scale), "found": float(r["std"])}
        )
    if not records:
        raise SurveykitError(
            "the model has no path whose power could be computed",
            expected="a line such as loyalty ~ satisfaction",
            code="NO_PATH",
        )
    return records


def _planned(data: Responses, options: PowerOptions) -> Estimates:
    from surveykit.model import Model
    from surveykit.sem import monte_carlo, needed_n

    text = str(options.population)
    analysis = None if options.model is None else Model.parse(options.model)
    n = options.n or data.n_rows
    shared: dict[str, Any] = {"alpha": options.alpha, "analysis": analysis, **estimation(options)}
    if options.method not in (None, "ml"):
        raise SurveykitError(
            "a population is simulated with method 'ml'", got=quote(options.method), code="OPTION_UNSUPPORTED"
        )
    drawn = monte_carlo(text, n, replications=options.replications, seed=options.seed, **shared)
    needed = needed_n(text, power=options.power, **shared).estimates.records()
    wanted = {(r["lhs"], r["op"], r["rhs"]): r["n_power"] for r in needed}
    records = []
    for r in drawn.estimates.records():
        if r["op"] not in ("~", "=~"):
            continue
        arrow = "→" if r["op"] == "~" else "by"
        ends = (r["rhs"], r["lhs"]) if r["op"] == "~" else (r["lhs"], r["rhs"])
        records.append(
            {
                "term": f"{ends[0]} {arrow} {ends[1]}",
                "group": "",
                "n": n,
                "kind": "planned",
                "estimate": r["power"],
            }
            | {"low": r["power_low"], "high": r["power_high"], "se": math.nan}
            | {k: r[k] for k in ("lhs", "op", "rhs", "population", "coverage", "bias", "replications")}
            | {"power": r["power"], "n_power": wanted[r["lhs"], r["op"], r["rhs"]]}
        )
    return Estimates(
        "power",
        TITLE,
        Table.of(records, COLUMNS),
        {"n": n, "wanted": options.power, "alpha": options.alpha, **drawn.facts},
        drawn.choices,
        (),
        {},
        options.model_dump(),
    )
