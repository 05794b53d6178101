"""Descriptives: location, spread, shape, ends of the scale, missing answers and the distribution.

Everything is computed from counts, so that it is the same on every engine. The mean has Student's t
interval; with weights its standard error uses Kish's n_eff. Skewness and kurtosis have three
definitions in use (Joanes and Gill 1998): b1 = m3/s^3 and b2 = m4/s^4 - 3 (Minitab, psych), g1 and g2
with the divisor n throughout (Stata, scipy), G1 and G2 unbiased under normality (SPSS, SAS, Excel).
Which one was used is stated.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._sampling import design_note
from surveykit.bases import MIN_BASE, constant_check, few_check, set_aside_check, suppressed, suppressed_check
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.intervals import Interval, mean_and_sd, mean_interval
from surveykit.options import Confidence, Names, Options
from surveykit.responses.domains import Domain, domains
from surveykit.responses.facts import demand_groups, missing_by_kind, scale_range
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.moments import Counts
    from surveykit.responses import Responses

TITLE = {"en": "Descriptive statistics", "zh": "描述性统计"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "sd", "median", "min", "max", "skew", "kurtosis",
    "floor", "ceiling", "n_eff", "deff", "missing", "remark",
)  # fmt: skip
Floats = NDArray[np.float64]
Shape = Literal["b1", "g1", "G1"]


class DescriptivesOptions(Options):
    """What is described, and how."""

    items: Names = Field((), description="items, constructs or derived columns; all numeric ones if left out")
    by: str | None = Field(None, description="a grouping column: one row per item and group")
    shape: Shape = Field("b1", description="which skewness and kurtosis: b1, g1 or G1")
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    min_base: int = Field(MIN_BASE, ge=MIN_BASE, description="groups of fewer people are not shown")


@dataclass(frozen=True, slots=True)
class _Part:
    """One item in one group: its counts, what describes it, and whether its numbers may be shown."""

    term: str
    group: str
    counts: Counts
    numeric: bool
    scale: tuple[float, float] | None
    hidden: bool
    domain: Domain | None = None


@analyses.register(
    "descriptives",
    title=TITLE,
    reference="Joanes and Gill 1998, The Statistician 47(1); Kish 1965, Survey Sampling",
    evidence="oracle: psych 2.5 describe (descriptives_correlations, 1e-8)",
    example='analyse(data, "descriptives", items=["satisfaction", "loyalty"], by="segment")',
    options=DescriptivesOptions,
    knows_design=True,
)
def descriptives(data: Responses, options: DescriptivesOptions) -> Estimates:
    """One row per item (or construct) and group; ``estimate`` is the mean.

    ``floor`` and ``ceiling`` are the shares at the ends of the declared scale. Tables: ``distribution``
    (each answer's count and weighted share, unused scale points included) and ``missing`` (by kind).
    Text answers have a distribution, but no mean.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 2, 3, 5]}))
    >>> found = descriptives(data, DescriptivesOptions())
    >>> found.tidy()[["n", "estimate", "sd", "median", "skew"]].round(4).values.tolist()
    [[5.0, 2.6, 1.5166, 2.0, 0.5367]]
    """
    if options.by is not None:
        demand_groups(data, options.by)
    names = options.items or _numeric(data)
    parts = [part for name in names for part in _parts(data, name, options)]
    rows = [_row(part, options) for part in parts]
    shown = [part for part in parts if not part.hidden]
    checks = (
        suppressed_check(dict.fromkeys(p.group for p in parts if p.hidden), options.min_base),
        few_check(_bases(shown)),
        constant_check(dict.fromkeys(r["term"] for r in rows if r["remark"] == "constant")),
        None if options.by is None else set_aside_check(data.set_aside(options.by), options.by),
    )
    return Estimates(
        name="descriptives",
        title=TITLE,
        estimates=Table.of(rows, COLUMNS),
        facts={"n": data.n_rows, "items": len(names), "by": options.by or "", "weight": data.weight or ""},
        choices=_choices(data, options),
        judged=tuple(c for c in checks if isinstance(c, Check)),
        further={"distribution": _distribution(data, shown), "missing": _missing(data, names, options)},
        options=options.model_dump(mode="json"),
    )


def _numeric(data: Responses) -> tuple[str, ...]:
    names = tuple(c for c in data.columns if c in data.numeric and c != data.weight)
    if not names:
        raise SurveykitError("there is no numeric item to describe", code="NO_ITEMS")
    return names


def _parts(data: Responses, name: str, options: DescriptivesOptions) -> list[_Part]:
    if not data.has(name):
        raise SurveykitError(
            f"unknown item {quote(name)}", hint=did_you_mean(name, data.columns), code="UNKNOWN_ITEM"
        )
    tables = {"": data.counts(name)} if options.by is None else data.counts(name, by=options.by)
    hidden = (
        frozenset()
        if options.by is None
        else suppressed({g: t.total for g, t in tables.items()}, options.min_base)
    )
    numeric = name not in data.columns or name in data.numeric
    scale = scale_range(data, name)
    drawn = dict(domains(data, name, options.by)) if numeric else {}
    return [
        _Part(name, group, table, numeric, scale, group in hidden, drawn.get(group))
        for group, table in tables.items()
    ]


def _row(part: _Part, options: DescriptivesOptions) -> dict[str, Any]:
    counts = part.counts
    row: dict[str, Any] = {
        "term": part.term,
        "group": part.group,
        "n": counts.total,
        "missing": counts.missing,
    }
    if part.hidden:
        return {**row, "remark": "suppressed"}
    row |= {"n_eff": counts.n_eff, "deff": counts.total / counts.n_eff if counts.n_eff else math.nan}
    if not part.numeric:
        return {**row, "remark": "text"}
    if counts.total == 0:
        return {**row, "remark": "no_answers"}
    used = counts.n > 0
    x, w = np.asarray(counts.levels[0], dtype=float)[used], counts.w[used]
    mean, sd = mean_and_sd(x, w, counts.total)
    interval = mean_interval(mean, sd, counts.n_eff, options.confidence)
    one_cluster = False
    if part.domain is not None and counts.total > 1:
        linear = part.domain.mean_of(lambda x: x)
        one_cluster = linear.df < 1
        if one_cluster:
            interval = Interval(mean, math.nan, math.nan, math.nan)
            row |= {"n_eff": math.nan, "deff": math.nan}
        elif linear.se > 0:
            interval = linear.interval("scale", options.confidence)
            row |= {"n_eff": linear.n_eff, "deff": linear.deff}
    skew, kurtosis = shape_of(x, w, counts.total, options.shape)
    low, high = part.scale or (math.nan, math.nan)
    total = float(w.sum())
    return {
        **row, "estimate": mean, "se": interval.se, "low": interval.low, "high": interval.high, "sd": sd,
        "median": weighted_median(x, w), "min": float(x.min()), "max": float(x.max()),
        "skew": skew, "kurtosis": kurtosis,
        "floor": float(w[x == low].sum()) / total if part.scale else math.nan,
        "ceiling": float(w[x == high].sum()) / total if part.scale else math.nan,
        "remark": "one_answer"
        if counts.total == 1
        else "constant"
        if len(x) == 1
        else "one_cluster"
        if one_cluster
        else "",
    }  # fmt: skip


def shape_of(x: Floats, w: Floats, n: int, shape: Shape = "b1") -> tuple[float, float]:
    """Skewness and excess kurtosis of ``n`` answers at distinct levels ``x`` with summed weights ``w``.

    NaN where there is no spread or the definition needs more answers. Joanes and Gill 1998, eq. 1-6.

    >>> import numpy as np
    >>> [round(v, 4) for v in shape_of(np.array([1.0, 2, 3, 5]), np.array([1.0, 2, 1, 1]), 5, "G1")]
    [1.1181, 1.4556]
    """
    total = float(w.sum())
    d = x - x[0]
    d = d - float(w @ d) / total
    m2 = float(w @ d**2) / total
    if n < 2 or m2 <= 0:
        return math.nan, math.nan
    g1, g2 = float(w @ d**3) / total / m2**1.5, float(w @ d**4) / total / m2**2 - 3
    if shape == "g1":
        return g1, g2
    if shape == "b1":
        return g1 * ((n - 1) / n) ** 1.5, (g2 + 3) * (1 - 1 / n) ** 2 - 3
    skew = g1 * math.sqrt(n * (n - 1)) / (n - 2) if n > 2 else math.nan
    return skew, (n - 1) / ((n - 2) * (n - 3)) * ((n + 1) * g2 + 6) if n > 3 else math.nan


def weighted_median(x: Floats, w: Floats) -> float:
    """The value with half of the weight on either side; the midpoint where the half falls between two.

    >>> import numpy as np
    >>> weighted_median(np.array([1.0, 2.0, 9.0]), np.array([1.0, 1.0, 2.0]))
    5.5
    """
    order = np.argsort(x)
    values, cumulated = x[order], np.cumsum(w[order])
    half = cumulated[-1] / 2
    at = int(np.searchsorted(cumulated, half * (1 - 1e-12)))
    exact = abs(cumulated[at] - half) <= 1e-12 * cumulated[-1] and at + 1 < len(values)
    return float((values[at] + values[at + 1]) / 2 if exact else values[at])


def _distribution(data: Responses, parts: list[_Part]) -> Table:
    """How often each answer was given: people, weighted share, the base of the share."""
    records = []
    for part in parts:
        levels: list[Any] = list(part.counts.levels[0])
        if part.scale and part.term in data.columns:
            points = {int(v) for v in np.arange(part.scale[0], part.scale[1] + 1)}
            levels = sorted({*levels, *points})
        counts = part.counts.on([levels])
        total, base = counts.sumw, counts.total
        for level, n, w in zip(levels, counts.n, counts.w, strict=True):
            records.append(
                {
                    "term": part.term,
                    "group": part.group,
                    "value": level,
                    "n": int(n),
                    "share": float(w) / total if total else math.nan,
                    "base": base,
                    "en": data.group_label(part.term, str(level), "en"),
                    "zh": data.group_label(part.term, str(level), "zh"),
                }
            )
    return Table.of(records, ("term", "group", "value", "n", "share", "base", "en", "zh"))


def _missing(data: Responses, names: tuple[str, ...], options: DescriptivesOptions) -> Table:
    records = [
        {"term": name, "group": group, "kind": kind, "n": n}
        for name in names
        for group, kinds in missing_by_kind(data, name, options.by).items()
        for kind, n in kinds.items()
    ]
    return Table.of(records, ("term", "group", "kind", "n"))


def _bases(parts: list[_Part]) -> Mapping[str, float]:
    bases: dict[str, float] = {}
    for part in parts:
        name = part.group or part.term
        bases[name] = min(bases.get(name, math.inf), part.counts.n_eff)
    return bases


def _choices(data: Responses, options: DescriptivesOptions) -> tuple[str, ...]:
    shapes = {
        "b1": "skewness b1 and excess kurtosis b2, with the n - 1 standard deviation (as psych and Minitab)",
        "g1": "skewness g1 and excess kurtosis g2, with divisor n (as Stata and scipy)",
        "G1": "skewness G1 and excess kurtosis G2, unbiased under normality (as SPSS, SAS and Excel)",
    }
    weighted = (
        f"Weighted by {data.weight}; standard errors use Kish's n_eff." if data.weight else "Not weighted."
    )
    if data.design.is_complex:
        weighted = f"Weighted by {data.weight}." if data.weight else "Not weighted."
    return (
        f"Standard deviation with divisor n - 1; {shapes[options.shape]}.",
        f"Intervals of means: Student's t, {options.confidence:.0%}. {weighted}",
        *design_note(data, "Standard errors and intervals of means"),
        "Each item is described on its own valid answers; n and missing are given with each.",
    )
