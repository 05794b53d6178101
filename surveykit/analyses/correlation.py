"""Correlations of all pairs: Pearson, Spearman or Kendall, partial where controls are named.

Each pair has its n, interval and p, raw and adjusted for the number of pairs (Holm unless another rule
is named). A pair without a coefficient keeps its row and says why.
"""

from __future__ import annotations

import math
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from surveykit.analyses import analyses
from surveykit.analyses._association import FEWEST, Correlation, kendall, partial, pearson, ranks, spearman
from surveykit.analyses._pair_sums import SummedGroup, summed, summed_groups
from surveykit.analyses._sampling import design_note, drawn_rows
from surveykit.analyses._weighted_association import kendall_weighted, linearised
from surveykit.bases import MIN_BASE, constant_check, few_check, set_aside_check, suppressed, suppressed_check
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.intervals import adjusted_p, kish
from surveykit.moments import Moments
from surveykit.options import Confidence, Names, Options
from surveykit.responses.facts import demand_groups
from surveykit.results import Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

TITLE = {"en": "Correlations", "zh": "相关分析"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "p", "p_adjusted", "x", "y", "statistic", "n_eff",
    "deff", "method", "remark",
)  # fmt: skip
Method = Literal["pearson", "spearman", "kendall"]
Floats = NDArray[np.float64]
NO_SPREAD = 1e-13
"""A standard deviation below this share of the largest value is rounding, not variation."""


class CorrelationOptions(Options):
    """Which variables are correlated, how, and what is held constant."""

    items: Names = Field(min_length=2, description="items, constructs or derived columns: all pairs of them")
    method: Method = Field("pearson", description="the coefficient")
    controls: Names = Field((), description="variables held constant: partial correlations")
    by: str | None = Field(None, description="a grouping column: correlations within each group")
    missing: Literal["pairwise", "listwise"] = Field(
        "pairwise", description="rows complete for the pair, or for all variables"
    )
    adjust: Literal["holm", "bh", "bonferroni", "none"] = Field(
        "holm", description="how p-values are adjusted for their number"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    min_base: int = Field(MIN_BASE, ge=MIN_BASE, description="groups with fewer people are not shown")

    @model_validator(mode="after")
    def _apart(self) -> CorrelationOptions:
        names = (*self.items, *self.controls)
        twice = sorted({name for name in names if names.count(name) > 1})
        if twice:
            raise ValueError(f"every variable once; named twice: {', '.join(twice)}")
        if self.method == "kendall" and self.controls:
            raise ValueError("controls go with pearson or spearman, not with kendall")
        return self


@dataclass(frozen=True, slots=True)
class _Group:
    """The rows of one group as floats (n, p), NaN where missing, their weights and places in the file (n,)."""

    name: str
    x: Floats
    w: Floats
    columns: tuple[str, ...]
    place: NDArray[np.intp]

    def rows(self, names: tuple[str, ...]) -> tuple[Floats, Floats, NDArray[np.intp]]:
        """The rows complete for ``names``, their weights and places."""
        x = self.x[:, [self.columns.index(name) for name in names]]
        complete = ~np.isnan(x).any(axis=1)
        return x[complete], self.w[complete], self.place[complete]

    @property
    def base(self) -> int:
        """How many rows there are."""
        return len(self.x)

    @property
    def constants(self) -> list[str]:
        """The variables without variation."""
        seen = [
            (name, column[~np.isnan(column)]) for name, column in zip(self.columns, self.x.T, strict=True)
        ]
        return [name for name, column in seen if len(column) > 1 and _constant(column)]

    def pair(
        self, data: Responses, a: str, b: str, options: CorrelationOptions
    ) -> tuple[int, float, float, Correlation, str]:
        """n, effective n, design effect, the coefficient and, where there is none, the reason."""
        x, w, place = self.rows((a, b, *options.controls))
        n_eff = kish(float(w.sum()), float(w @ w))
        found, remark = _pair(x, w, n_eff, options, data.weight is not None)
        deff = len(x) / n_eff if n_eff else math.nan
        drawn = drawn_rows(data, place)
        if drawn is not None and not remark:
            found, deff = linearised(options.method, x, drawn, options.confidence)
            n_eff = len(x) / deff if deff > 0 else n_eff
        return len(x), n_eff, deff, found, remark


@analyses.register(
    "correlation",
    title=TITLE,
    reference="Fisher 1921, Metron 1; Bonett and Wright 2000, Psychometrika 65(1); Fieller et al. 1957",
    evidence="oracle: R 4.2 cor.test, psych corr.test and partial.r (descriptives_correlations, 1e-8)",
    example='analyse(data, "correlation", items=["satisfaction", "loyalty"], method="spearman")',
    options=CorrelationOptions,
    knows_design=True,
)
def correlation(data: Responses, options: CorrelationOptions) -> Estimates:
    """One row per pair and group; ``x`` and ``y`` name the pair, ``p`` is raw, ``p_adjusted`` adjusted.

    The table ``matrix`` has the coefficients of the full square, one row per cell and group.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"a": [1, 2, 3, 4, 6], "b": [2, 1, 4, 3, 5], "c": [1, 1, 1, 1, 1]}))
    >>> found = correlation(data, CorrelationOptions(items=["a", "b", "c"])).tidy()
    >>> found[["x", "y", "n", "estimate", "remark"]].round(3).values.tolist()
    [['a', 'b', 5, 0.822, ''], ['a', 'c', 5, nan, 'constant'], ['b', 'c', 5, nan, 'constant']]
    """
    _demand(data, options)
    groups = list(_groups(data, options))
    rows = [row for group in groups for row in _pairs(data, group, options)]
    for row, q in zip(rows, adjusted_p([r["p"] for r in rows], options.adjust), strict=True):
        row["p_adjusted"] = float(q)
    bases = {group.name: group.base for group in groups}
    hidden = suppressed(bases, options.min_base) if options.by is not None else frozenset()
    rows = [_blank(row) if row["group"] in hidden else row for row in rows]
    checks = (
        suppressed_check([g for g in bases if g in hidden], options.min_base),
        few_check(_fewest([row for row in rows if row["group"] not in hidden])),
        constant_check(dict.fromkeys(name for group in groups for name in group.constants)),
        None if options.by is None else set_aside_check(data.set_aside(options.by), options.by),
    )
    tested = sum(not math.isnan(row["p"]) for row in rows)
    return Estimates(
        name="correlation",
        title=TITLE,
        estimates=Table.of(rows, COLUMNS),
        facts={
            "n": data.n_rows, "items": len(options.items), "pairs": len(rows), "tested": tested,
            "method": options.method, "missing": options.missing, "weight": data.weight or "",
        },
        choices=_choices(data, options, tested),
        judged=tuple(c for c in checks if c is not None),
        further={"matrix": _matrix(rows, options.items)},
        options=options.model_dump(mode="json"),
    )  # fmt: skip


def _demand(data: Responses, options: CorrelationOptions) -> None:
    if options.by is not None:
        demand_groups(data, options.by)
    for name in (*options.items, *options.controls):
        if not data.has(name):
            raise SurveykitError(
                f"unknown item {quote(name)}", hint=did_you_mean(name, data.columns), code="UNKNOWN_ITEM"
            )
    text = [n for n in (*options.items, *options.controls) if n in data.columns and n not in data.numeric]
    if text:
        raise SurveykitError(
            "correlations need numbers", got=", ".join(quote(n) for n in text),
            hint="cross-tables relate categories", code="NOT_NUMERIC",
        )  # fmt: skip


def _groups(data: Responses, options: CorrelationOptions) -> Iterator[_Group | SummedGroup]:
    if options.method == "pearson" and summed(data):
        yield from summed_groups(data, options)
        return
    columns = (*options.items, *options.controls)
    frame = data.frame([*columns, *((options.by,) if options.by else ())], weights=True)
    x, w = frame[list(columns)].to_numpy(dtype=float), frame["_weight"].to_numpy(dtype=float)
    if options.missing == "listwise":
        complete = ~np.isnan(x).any(axis=1)
        x = np.where(complete[:, None], x, np.nan)
    if options.by is None:
        yield _Group("", x, w, columns, np.arange(len(x)))
        return
    labels = _labels(frame[options.by])
    for name in data.groups(options.by):
        here = np.array([label == name for label in labels])
        yield _Group(name, x[here], w[here], columns, np.flatnonzero(here))


def _labels(column: Any) -> list[str]:
    """Group values as text, as :meth:`Responses.groups` writes them."""
    return [f"{v:g}" if isinstance(v, float) else str(v) for v in column]


def _pairs(
    data: Responses, group: _Group | SummedGroup, options: CorrelationOptions
) -> Iterator[dict[str, Any]]:
    for a, b in combinations(options.items, 2):
        n, n_eff, deff, found, remark = group.pair(data, a, b, options)
        yield {
            "term": f"{a} ~ {b}", "group": group.name, "n": n, "estimate": found.r, "se": found.se,
            "low": found.low, "high": found.high, "p": found.p, "p_adjusted": math.nan, "x": a, "y": b,
            "statistic": found.statistic, "n_eff": n_eff, "deff": deff, "method": options.method, "remark": remark,
        }  # fmt: skip


def _pair(
    x: Floats, w: Floats, n_eff: float, options: CorrelationOptions, weighted: bool
) -> tuple[Correlation, str]:
    """One coefficient and, where there is none, the reason."""
    k = len(options.controls)
    nothing = Correlation(*(math.nan,) * 6)
    if len(x) == 0:
        return nothing, "no_answers"
    if len(x) < FEWEST + k:
        return nothing, "few_rows"
    if any(_constant(column) for column in x.T):
        return nothing, "constant"
    if options.method == "kendall" and weighted:
        return kendall_weighted(x, w, options.confidence), ""
    if options.method == "kendall":
        return kendall(x[:, 0], x[:, 1], options.confidence), ""
    values = x if options.method == "pearson" else np.column_stack([ranks(c, w) for c in x.T])
    cor = Moments.from_rows(values, [str(j) for j in range(x.shape[1])], w * (len(w) / w.sum())).cor
    test = pearson if options.method == "pearson" else spearman
    found = test(partial(cor), n_eff, options.confidence, k)
    return found, "undefined" if math.isnan(found.r) else ""


def _constant(column: Floats) -> bool:
    return bool(np.ptp(column) <= NO_SPREAD * np.abs(column).max(initial=0.0))


def _blank(row: dict[str, Any]) -> dict[str, Any]:
    kept = ("term", "group", "n", "x", "y", "method")
    return {**dict.fromkeys(row, math.nan), **{key: row[key] for key in kept}, "remark": "suppressed"}


def _fewest(rows: list[dict[str, Any]]) -> dict[str, float]:
    bases: dict[str, float] = {}
    for row in rows:
        name = row["group"] or row["term"]
        bases[name] = min(bases.get(name, math.inf), row["n_eff"])
    return bases


def _matrix(rows: list[dict[str, Any]], items: tuple[str, ...]) -> Table:
    """The coefficients as a full square, one row per cell, 1 on the diagonal; ``base`` is the pair's n."""
    known = {(r["group"], *pair): r for r in rows for pair in ((r["x"], r["y"]), (r["y"], r["x"]))}
    records = []
    for group in dict.fromkeys(row["group"] for row in rows):
        for a in items:
            for b in items:
                cell = known.get((group, a, b))
                estimate, base = (1.0, None) if cell is None else (cell["estimate"], cell["n"])
                records.append({"group": group, "x": a, "y": b, "base": base, "estimate": estimate})
    return Table.of(records, ("group", "x", "y", "base", "estimate"))


def _choices(data: Responses, options: CorrelationOptions, tested: int) -> tuple[str, ...]:
    methods = {
        "pearson": "Pearson's r; t-test; interval by Fisher's z.",
        "spearman": "Spearman's rho (mid-ranks); t-test; interval by Fisher's z with variance "
        "(1 + r²/2)/(n − 3) (Bonett and Wright 2000).",
        "kendall": "Kendall's tau-b; normal test with tie correction (exact without ties up to 33 rows); "
        "interval by Fisher's z with variance .437/(n − 4) (Fieller et al. 1957).",
    }
    held = f" Held constant: {', '.join(options.controls)}." if options.controls else ""
    rows = (
        "the pair's own complete rows" if options.missing == "pairwise" else "rows complete on all variables"
    )
    if data.engine == "moments":
        rows = "rows complete on all variables of the file of moments; its weights are in them"
    weighted = f" Weighted by {data.weight}; tests use Kish's n_eff." if data.weight else ""
    errors = "Standard errors: under independence."
    if data.weight and options.method == "kendall":
        weighted = f" Weighted by {data.weight}: a pair of rows counts the product of its weights."
        errors = "Standard errors: linearised; interval by Fisher's z."
    if data.design.is_complex:
        weighted, errors = "", "Standard errors: linearised; interval and test by Fisher's z of the design."
    missing = "listwise" if data.engine == "moments" else options.missing
    return (
        f"{methods[options.method]}{held}",
        f"Missing answers: {missing} ({rows}).{weighted} {errors}",
        *design_note(data),
        f"p-values adjusted ({options.adjust}) over the {tested} pairs tested; raw ones beside.",
    )
