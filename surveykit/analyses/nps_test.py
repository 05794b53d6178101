"""Does the Net Promoter Score differ: between groups, or between two questions to the same people?

Groups: z-test from separate variances, by default after adding half of the one-sample adjustment (3/8
promoter, 3/4 passive, 3/8 detractor) to each group, as Agresti and Caffo (2000) do for two shares;
``method="wald"`` adds nothing. Same people: Student's t on each person's difference of scores (100, 0, -100).
p-values are adjusted for their number.
"""

from __future__ import annotations

import math
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from surveykit.analyses import analyses
from surveykit.analyses._sampling import design_note
from surveykit.bases import MIN_BASE, few_check, set_aside_check, suppressed, suppressed_check
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.intervals import (
    Difference,
    Net,
    adjusted_p,
    mean_and_sd,
    mean_interval,
    net_shares,
    nps_difference,
)
from surveykit.options import Confidence, Options
from surveykit.responses.domains import Domain, difference, domains
from surveykit.responses.facts import demand_groups, demand_scale
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.moments import Counts
    from surveykit.responses import Responses

TITLE = {"en": "Differences of the Net Promoter Score", "zh": "净推荐值差异检验"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "p", "p_adjusted", "statistic", "first", "second",
    "nps_first", "nps_second", "n_eff", "deff", "base", "n_first", "n_second",
    "remark",
)  # fmt: skip
Floats = NDArray[np.float64]
ADDED = {"adjusted_wald": 1.5, "wald": 0.0}


class NpsTestOptions(Options):
    """``by`` compares groups, ``other`` compares two questions answered by the same people."""

    item: str = Field(description="the 0-10 question")
    by: str | None = Field(None, description="a grouping column: every two groups are compared")
    other: str | None = Field(None, description="a second 0-10 question to the same people")
    method: Literal["adjusted_wald", "wald"] = Field(
        "adjusted_wald", description="interval and test between groups"
    )
    adjust: Literal["holm", "bh", "bonferroni", "none"] = Field(
        "holm", description="how p-values are adjusted for their number"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    min_base: int = Field(MIN_BASE, ge=MIN_BASE, description="groups with fewer people are not shown")

    @model_validator(mode="after")
    def _one_comparison(self) -> NpsTestOptions:
        if (self.by is None) == (self.other is None):
            raise ValueError("either by= (groups) or other= (a second question), one of the two")
        return self


@analyses.register(
    "nps_test",
    title=TITLE,
    reference="Rocks 2016, The American Statistician 70(4); Agresti and Caffo 2000, ibid. 54(4)",
    evidence="oracle: R 4.2 (nps_csat_ci, 1e-8); brute force over rows; simulation of size",
    example='analyse(data, "nps_test", item="recommend", by="segment")',
    options=NpsTestOptions,
    knows_design=True,
)
def nps_test(data: Responses, options: NpsTestOptions) -> Estimates:
    """One row per pair: ``estimate`` is the first NPS less the second, in points.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> q = [10] * 60 + [3] * 40 + [10] * 45 + [3] * 55
    >>> data = read(pd.DataFrame({"q": q, "g": ["a"] * 100 + ["b"] * 100}))
    >>> found = nps_test(data, NpsTestOptions(item="q", by="g")).tidy()
    >>> found[["term", "n", "estimate", "p"]].round(3).values.tolist()
    [['a - b', 200, 30.0, 0.032]]
    """
    if options.by is not None:
        demand_groups(data, options.by)
    for name in (options.item, *((options.other,) if options.other else ())):
        if not data.has(name):
            raise SurveykitError(
                f"unknown item {quote(name)}", hint=did_you_mean(name, data.columns), code="UNKNOWN_ITEM"
            )
    for name in (options.item, *((options.other,) if options.other else ())):
        demand_scale(data, name, (0, 10), "NPS")
    rows, checks = _between(data, options) if options.by else _paired(data, options)
    for row, q in zip(rows, adjusted_p([r["p"] for r in rows], options.adjust), strict=True):
        row["p_adjusted"] = float(q)
    return Estimates(
        name="nps_test",
        title=TITLE,
        estimates=Table.of(rows, COLUMNS),
        facts={"n": data.n_rows, "pairs": len(rows), "item": options.item, "weight": data.weight or ""},
        choices=(*_choices(options, data.design.is_complex), *design_note(data)),
        judged=checks,
        options=options.model_dump(mode="json"),
    )


def _between(data: Responses, options: NpsTestOptions) -> tuple[list[dict[str, Any]], tuple[Check, ...]]:
    by = options.by or ""
    tables = data.counts(options.item, by=by)
    hidden = suppressed({g: t.total for g, t in tables.items()}, options.min_base)
    nets = {group: _net(table) for group, table in tables.items()}
    n_eff = {group: table.n_eff for group, table in tables.items()}
    if len(tables) < 2:
        raise SurveykitError(
            f"{quote(by)} has fewer than two groups",
            expected="at least two",
            got=str(len(tables)),
            code="GROUPS",
        )
    rows = []
    drawn = {g: d.mean_of(nps_value) for g, d in domains(data, options.item, by) if g in tables}
    for a, b in combinations(tables, 2):
        row = {"term": f"{a} - {b}", "group": "", "first": a, "second": b, "remark": "", "p": math.nan}
        row |= {
            "n": tables[a].total + tables[b].total,
            "n_first": tables[a].total,
            "n_second": tables[b].total,
        }
        row["base"] = min(tables[a].total, tables[b].total)
        if a in hidden or b in hidden:
            rows.append({**row, "remark": "suppressed"})
            continue
        found = nps_difference(
            nets[a], n_eff[a], nets[b], n_eff[b], options.confidence, ADDED[options.method]
        )
        cost = tables[a].total / n_eff[a], tables[b].total / n_eff[b]
        if drawn:
            found = difference(drawn[a], drawn[b], options.confidence)
            cost = drawn[a].deff, drawn[b].deff
        rows.append(
            {
                **row, **_numbers(found), **_effect(tables[a].total + tables[b].total, *cost),
                "nps_first": _score(nets[a]), "nps_second": _score(nets[b]),
            }
        )  # fmt: skip
    checks = (
        suppressed_check([g for g in tables if g in hidden], options.min_base),
        few_check({g: n for g, n in n_eff.items() if g not in hidden}),
        set_aside_check(data.set_aside(by), by),
    )
    return rows, tuple(c for c in checks if c is not None)


def _paired(data: Responses, options: NpsTestOptions) -> tuple[list[dict[str, Any]], tuple[Check, ...]]:
    other = options.other or ""
    if other == options.item:
        raise SurveykitError("the two questions are the same", got=quote(other), code="SAME_ITEM")
    both = data.counts(options.item, other)
    first, second = _net(both.marginal(options.item)), _net(both.marginal(other))
    scores = [np.array([100.0 * ((v >= 9) - (v <= 6)) for v in levels]) for levels in both.levels]
    gaps = np.subtract.outer(*scores).ravel()
    mean, sd = mean_and_sd(gaps, both.w.ravel(), both.total) if both.total else (math.nan, math.nan)
    found = _t_test(mean, sd, both.n_eff, options.confidence)
    cost = both.total / both.n_eff if both.n_eff else math.nan
    if data.design.is_complex and both.total > 1:
        found, cost = _paired_design(data, options.item, other, options.confidence)
    row = {
        "term": f"{options.item} - {other}", "group": "", "first": options.item, "second": other,
        "n": both.total, "base": both.total, "n_first": both.total, "n_second": both.total,
        "remark": "" if both.total > 1 else "few_rows",
        "nps_first": _score(first), "nps_second": _score(second), **_numbers(found),
        **_effect(both.total, cost, cost),
    }  # fmt: skip
    few = few_check({options.item: both.n_eff})
    return [row], () if few is None else (few,)


def nps_value(x: Floats) -> Floats:
    """100, 0 and −100 for promoters, passives and detractors: the score is their mean."""
    return 100.0 * ((x >= 9).astype(float) - (x <= 6))


def _effect(n: int, first: float, second: float) -> dict[str, float]:
    """The larger of two design effects, and what it leaves of n."""
    known = [v for v in (first, second) if v > 0]
    deff = max(known) if known else math.nan
    return {"n_eff": n / deff, "deff": deff}


def _paired_design(data: Responses, item: str, other: str, confidence: float) -> tuple[Difference, float]:
    """The mean of each person's difference under the design."""
    from scipy.special import stdtr

    frame = data.frame([item, other])
    x, y = (frame[c].to_numpy(dtype=float) for c in (item, other))
    gap = np.where(np.isnan(x) | np.isnan(y), np.nan, nps_value(x) - nps_value(y))
    linear = Domain(data.sampling(), gap).mean_of(lambda v: v)
    if not (linear.se > 0 and linear.df >= 1):
        return Difference(linear.estimate, linear.se, *(math.nan,) * 4), math.nan
    bounds = linear.interval("scale", confidence)
    t = linear.estimate / linear.se
    p = float(2 * stdtr(linear.df, -abs(t)))
    return Difference(linear.estimate, linear.se, bounds.low, bounds.high, t, p), linear.deff


def _net(table: Counts) -> Net:
    """The three shares of a 0-10 question; anything else is refused (also levels of other groups)."""
    if any(isinstance(level, str) for level in table.levels[0]):
        raise SurveykitError(
            "the net promoter score needs numbers from 0 to 10", got="text", code="NOT_NUMERIC"
        )
    return net_shares(table.levels[0], table.w)


def _score(net: Net) -> float:
    return 100 * net.promoters - 100 * net.detractors


def _t_test(mean: float, sd: float, n: float, confidence: float) -> Difference:
    from scipy.special import stdtr

    found = mean_interval(mean, sd, n, confidence)
    statistic = found.estimate / found.se if found.se > 0 else math.nan
    p = float(2 * stdtr(n - 1, -abs(statistic))) if not math.isnan(statistic) else math.nan
    return Difference(found.estimate, found.se, found.low, found.high, statistic, p)


def _numbers(found: Difference) -> dict[str, float]:
    return {
        "estimate": found.estimate, "se": found.se, "low": found.low, "high": found.high,
        "statistic": found.statistic, "p": found.p,
    }  # fmt: skip


def _choices(options: NpsTestOptions, drawn: bool) -> tuple[str, ...]:
    if options.other:
        return ("The same people answered both questions: t-test on each person's difference of scores.",)
    adjusted = f"p-values adjusted for the number of pairs: {options.adjust}."
    if drawn:
        return (
            "Groups compared as domains of the sample: they may share clusters, so their scores covary.",
            adjusted,
        )
    how = {
        "adjusted_wald": "adjusted Wald (3/8 promoter, 3/4 passive, 3/8 detractor added to each group)",
        "wald": "plain Wald, which finds too many differences where groups are small",
    }[options.method]
    return (
        f"Groups compared by {how}; the estimate and its standard error are those of the samples themselves.",
        adjusted,
    )
