"""Cross-table: shares by column with bases and intervals, association, and which columns differ.

The estimate of a cell is its share of the column, with Wilson's interval. Differences between columns
are pooled z-tests of two shares, adjusted for their number (Holm unless another rule is named); a column's
letters name the columns that it exceeds. With weights, shares are weighted and tests use Kish's n_eff.
"""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._contingency import Association, association, column_pairs, expected, residuals
from surveykit.analyses._drawn_table import DrawnTable, drawn_table
from surveykit.analyses._sampling import design_note
from surveykit.bases import MIN_BASE, closed_check, closed_table, few_check, suppressed, suppressed_check
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.format import percent
from surveykit.intervals import adjusted_p, kish, two_sided_p, wilson
from surveykit.options import Confidence, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

TITLE = {"en": "Cross-table", "zh": "交叉表"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "n_eff", "deff", "count", "weighted", "row_share",
    "row_base", "expected", "residual", "p_residual", "letters", "remark",
)  # fmt: skip
MOST_LEVELS = 60
MOST_SMALL = 0.2
"""Cochran's rule: no more than a fifth of the cells should be expected below 5."""
Floats = NDArray[np.float64]


class CrosstabOptions(Options):
    """Which two columns are crossed, and how the differences are judged."""

    rows: str = Field(description="the answers that are compared: an item whose shares are wanted")
    columns: str = Field(description="the groups that are compared: percentages sum to 100 down each column")
    adjust: Literal["holm", "bh", "bonferroni", "none"] = Field(
        "holm", description="how the p-values of column pairs are adjusted for their number"
    )
    alpha: float = Field(
        0.05, gt=0, lt=0.5, description="the level at which a column gets the letter of another"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    min_base: int = Field(MIN_BASE, ge=MIN_BASE, description="columns with fewer people are not shown")
    min_cell: int = Field(
        0,
        ge=0,
        description="cells of fewer people are not shown, nor what would give them away; a study's min_cell, else 0 for none",
    )


@dataclass(frozen=True, slots=True)
class _Cross:
    """The table as arrays (r, c): people, weights (sum = n) and squared weights, with levels as text."""

    rows: tuple[str, ...]
    columns: tuple[str, ...]
    n: NDArray[np.int64]
    w: Floats
    w2: Floats
    missing: int
    hidden: frozenset[str]
    drawn: DrawnTable | None = None
    closed: NDArray[np.bool_] | None = None
    """Cells that may not be shown although their column may."""
    rows_out: NDArray[np.bool_] | None = None
    """Rows whose totals may not be shown either."""

    @property
    def column_n_eff(self) -> Floats:
        if self.drawn is not None:
            return self.drawn.column_n_eff
        return np.array([kish(self.w[:, j].sum(), self.w2[:, j].sum()) for j in range(len(self.columns))])

    @property
    def shares(self) -> Floats:
        shares: Floats = self.w / self.w.sum(axis=0)
        return shares

    @property
    def effective(self) -> Floats:
        """The weighted table scaled to the effective n of all: what the tests work on."""
        total = float(self.w.sum())
        n_eff = kish(total, float(self.w2.sum()))
        if self.drawn is not None and self.drawn.test.effect > 0:
            n_eff = self.drawn.test.n / self.drawn.test.effect
        scaled: Floats = self.w * (n_eff / total)
        return scaled

    def share(self, i: int, j: int | None, confidence: float) -> dict[str, float]:
        """The share of row ``i`` in column ``j`` (None: in all of them) with its interval and effective n."""
        if self.drawn is not None:
            return self.drawn.share(i, j, confidence)
        w, w2 = (self.w, self.w2) if j is None else (self.w[:, [j]], self.w2[:, [j]])
        n_eff = kish(float(w.sum()), float(w2.sum()))
        found = wilson(float(w[i].sum() / w.sum()), n_eff, confidence)
        n = int((self.n if j is None else self.n[:, [j]]).sum())
        return {
            "estimate": found.estimate, "se": found.se, "low": found.low, "high": found.high,
            "n_eff": n_eff, "deff": n / n_eff if n_eff else math.nan,
        }  # fmt: skip


@analyses.register(
    "crosstab",
    title=TITLE,
    reference="Agresti 2013, Categorical Data Analysis; Smithson 2003, Confidence Intervals; Bergsma 2013; Rao and Scott "
    "1984, Annals of Statistics 12(1)",
    evidence="oracle: R 4.2 chisq.test, prop.test and survey 4.1.1 svychisq (1e-8); scipy; brute force over rows",
    example='analyse(data, "crosstab", rows="recommend", columns="segment")',
    options=CrosstabOptions,
    knows_design=True,
    closes_cells=True,
)
def crosstab(data: Responses, options: CrosstabOptions) -> Estimates:
    """One row per cell: ``term`` is the row's level, ``group`` the column's ("": all columns together).

    ``n`` is the column's base, ``count`` the people in the cell. Tables: ``association`` (chi-square, V and
    its interval), ``pairs`` (every row's difference between two columns, p raw and adjusted), ``bases``.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"buys": ["y", "n"] * 20 + ["y"] * 20, "area": ["a"] * 40 + ["b"] * 20}))
    >>> found = crosstab(data, CrosstabOptions(rows="buys", columns="area"))
    >>> rows = found.tidy()
    >>> rows[rows["term"] == "y"][["group", "n", "estimate", "letters"]].values.tolist()
    [['', 60, 0.6666666666666666, ''], ['a', 40, 0.5, ''], ['b', 20, 1.0, 'A']]
    """
    cross = _cross(data, options)
    found = _association(cross, options.confidence)
    pairs = _pairs(cross, options)
    hidden = tuple(c for c in cross.columns if c in cross.hidden)
    shut = closed_check(cross.closed is not None and bool(cross.closed.any()), options.min_cell)
    checks = (
        suppressed_check(hidden, max(options.min_base, options.min_cell)),
        shut,
        _few(cross),
        _small_expected(found),
    )
    return Estimates(
        name="crosstab",
        title=TITLE,
        estimates=Table.of(_cells(cross, options, _letters(cross, pairs, options)), COLUMNS),
        facts=_facts(cross, found, options, data),
        choices=_choices(options, data),
        judged=tuple(c for c in checks if c is not None),
        further={
            "association": Table.of([_association_row(cross, found)]),
            "pairs": Table.of(
                pairs,
                ("term", "first", "second", "base", "estimate", "se", "low", "high", "z", "p", "p_adjusted"),
            ),
            "bases": Table.of(_bases(cross)),
            "rao_scott": Table.of(_rao_scott(cross)),
            "labels": Table.of(_labels(data, cross, options)),
        },
        options=options.model_dump(mode="json"),
    )


def _cross(data: Responses, options: CrosstabOptions) -> _Cross:
    for name in (options.rows, options.columns):
        if not data.has(name):
            raise SurveykitError(
                f"unknown item {quote(name)}", hint=did_you_mean(name, data.columns), code="UNKNOWN_ITEM"
            )
    if options.rows == options.columns:
        raise SurveykitError("rows and columns are the same item", got=quote(options.rows), code="SAME_ITEM")
    counts = data.counts(options.rows, options.columns)
    keep = [counts.n.sum(axis=1) > 0, counts.n.sum(axis=0) > 0]
    levels = [[v for v, k in zip(counts.levels[j], keep[j], strict=True) if k] for j in range(2)]
    for name, found in zip((options.rows, options.columns), levels, strict=True):
        _demand_levels(name, found)
    at = np.ix_(*keep)
    columns = tuple(_text(v) for v in levels[1])
    bases = dict(zip(columns, counts.n[at].sum(axis=0).tolist(), strict=True))
    rows = tuple(_text(v) for v in levels[0])
    drawn = drawn_table(data, (options.rows, options.columns), (rows, columns), _text)
    hidden = suppressed(bases, max(options.min_base, options.min_cell))
    out, closed = (
        closed_table(counts.n[at], options.min_cell, [j for j, c in enumerate(columns) if c in hidden])
        if options.min_cell
        else (None, None)
    )
    return _Cross(
        rows, columns, counts.n[at], counts.w[at], counts.w2[at], counts.missing, hidden, drawn, closed, out
    )


def _association(cross: _Cross, confidence: float) -> Association:
    """Chi-square and V; under a design the first-order statistic with the p of the second-order test."""
    found = association(cross.effective, confidence)
    return found if cross.drawn is None else replace(found, p=cross.drawn.test.p)


def _rao_scott(cross: _Cross) -> list[dict[str, Any]]:
    if cross.drawn is None:
        return []
    t = cross.drawn.test
    return [
        {
            "n": t.n, "chi2": t.chi2, "df": t.df, "deff": t.effect, "first_order": t.first, "p_first_order": t.p_first,
            "f": t.f, "df1": t.df1, "df2": t.df2, "p": t.p,
        }
    ]  # fmt: skip


def _demand_levels(name: str, levels: list[Any]) -> None:
    if len(levels) < 2:
        raise SurveykitError(
            f"{quote(name)} has fewer than two different answers in common with the other item",
            expected="at least two categories", got=str(len(levels)), code="CONSTANT",
        )  # fmt: skip
    if len(levels) > MOST_LEVELS:
        raise SurveykitError(
            f"{quote(name)} has too many different answers for a table",
            expected=f"at most {MOST_LEVELS}", got=str(len(levels)),
            hint="cross items with few categories; use correlation or descriptives for measurements",
            code="TOO_MANY_LEVELS",
        )  # fmt: skip


def _text(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _cells(
    cross: _Cross, options: CrosstabOptions, letters: dict[tuple[int, int], str]
) -> list[dict[str, Any]]:
    under, residual = expected(cross.effective), residuals(cross.effective)
    if cross.drawn is not None:
        residual = cross.drawn.test.residuals
    row_n, row_total = cross.n.sum(axis=1), cross.w.sum(axis=1)
    records = []
    for i, term in enumerate(cross.rows):
        if cross.rows_out is not None and cross.rows_out[i]:
            whole = {
                "term": term,
                "group": "",
                "n": int(cross.n.sum()),
                "letters": "",
                "remark": "suppressed",
            }
            records.append(whole)
        else:
            records.append(_total(cross, i, options))
        for j, group in enumerate(cross.columns):
            base = {"term": term, "group": group, "n": int(cross.n[:, j].sum())}
            if group in cross.hidden or (cross.closed is not None and cross.closed[i, j]):
                records.append({**base, "letters": "", "remark": "suppressed"})
                continue
            shown = row_n[i] >= options.min_base
            records.append(
                {
                    **base,
                    **cross.share(i, j, options.confidence),
                    "count": int(cross.n[i, j]),
                    "weighted": float(cross.w[i, j]),
                    "row_share": float(cross.w[i, j] / row_total[i]) if shown else math.nan,
                    "row_base": int(row_n[i]),
                    "expected": float(under[i, j]),
                    "residual": float(residual[i, j]),
                    "p_residual": two_sided_p(float(residual[i, j])),
                    "letters": letters.get((i, j), ""),
                    "remark": "",
                }
            )
    return records


def _total(cross: _Cross, i: int, options: CrosstabOptions) -> dict[str, Any]:
    """One answer over all columns."""
    return {
        "term": cross.rows[i],
        "group": "",
        "n": int(cross.n.sum()),
        **cross.share(i, None, options.confidence),
        "count": int(cross.n[i].sum()),
        "weighted": float(cross.w[i].sum()),
        "row_share": 1.0,
        "row_base": int(cross.n[i].sum()),
        "letters": "",
        "remark": "",
    }


def _pairs(cross: _Cross, options: CrosstabOptions) -> list[dict[str, Any]]:
    bases = cross.column_n_eff.copy()
    bases[[j for j, c in enumerate(cross.columns) if c in cross.hidden]] = 0.0
    people = cross.n.sum(axis=0)
    if cross.drawn is not None:
        found = cross.drawn.pairs(np.flatnonzero(bases > 0).tolist(), options.confidence)
    else:
        found = column_pairs(cross.shares, bases, options.confidence)
    if cross.closed is not None:
        shut = cross.closed
        found = [f for f in found if not (shut[f[0], f[1]] or shut[f[0], f[2]])]
    adjusted = adjusted_p([d.p for *_, d in found], options.adjust)
    return [
        {
            "term": cross.rows[i], "first": cross.columns[a], "second": cross.columns[b],
            "base": int(min(people[a], people[b])),
            "estimate": d.estimate, "se": d.se, "low": d.low, "high": d.high, "z": d.statistic, "p": d.p,
            "p_adjusted": float(q),
        }
        for (i, a, b, d), q in zip(found, adjusted, strict=True)
    ]  # fmt: skip


def _letters(
    cross: _Cross, pairs: list[dict[str, Any]], options: CrosstabOptions
) -> dict[tuple[int, int], str]:
    """For each cell the letters of the columns that it exceeds at the adjusted level."""
    names = {column: _letter(j) for j, column in enumerate(cross.columns)}
    row, column = ({v: i for i, v in enumerate(axis)} for axis in (cross.rows, cross.columns))
    found: dict[tuple[int, int], list[str]] = {}
    for pair in pairs:
        if pair["p_adjusted"] < options.alpha:
            high, low = ("first", "second") if pair["estimate"] > 0 else ("second", "first")
            found.setdefault((row[pair["term"]], column[pair[high]]), []).append(names[pair[low]])
    return {cell: " ".join(sorted(letters, key=lambda v: (len(v), v))) for cell, letters in found.items()}


def _letter(j: int) -> str:
    """A, B, … Z, AA, AB, …"""
    return chr(65 + j) if j < 26 else _letter(j // 26 - 1) + chr(65 + j % 26)


def _bases(cross: _Cross) -> list[dict[str, Any]]:
    n_eff = cross.column_n_eff
    return [
        {
            "column": c,
            "letter": _letter(j),
            "n": int(cross.n[:, j].sum()),
            "n_eff": float(n_eff[j]),
            "hidden": c in cross.hidden,
        }
        for j, c in enumerate(cross.columns)
    ]


def _labels(data: Responses, cross: _Cross, options: CrosstabOptions) -> list[dict[str, Any]]:
    return [
        {
            "axis": axis,
            "level": v,
            "en": data.group_label(item, v, "en"),
            "zh": data.group_label(item, v, "zh"),
        }
        for axis, item, levels in (
            ("rows", options.rows, cross.rows),
            ("columns", options.columns, cross.columns),
        )
        for v in levels
    ]


def _association_row(cross: _Cross, found: Association) -> dict[str, Any]:
    return {
        "n": int(cross.n.sum()), "chi2": found.chi2, "df": found.df, "p": found.p, "cramers_v": found.v,
        "low": found.low, "high": found.high, "cramers_v_corrected": found.corrected,
        "smallest_expected": found.smallest, "share_expected_below_5": found.small,
    }  # fmt: skip


def _facts(cross: _Cross, found: Association, options: CrosstabOptions, data: Responses) -> dict[str, Any]:
    return {
        **_association_row(cross, found), "n_eff": kish(float(cross.w.sum()), float(cross.w2.sum())),
        "missing": cross.missing, "rows": options.rows, "columns": options.columns,
        "weight": data.weight or "",
    }  # fmt: skip


def _few(cross: _Cross) -> Check | None:
    bases = dict(zip(cross.columns, cross.column_n_eff.tolist(), strict=True))
    return few_check({c: n for c, n in bases.items() if c not in cross.hidden})


def _small_expected(found: Association) -> Check | None:
    if found.small <= MOST_SMALL and found.smallest >= 1:
        return None
    share = percent(found.small)
    return Check(
        "SMALL_EXPECTED",
        "caution",
        {
            "en": f"{share} of the cells are expected to hold fewer than 5 people: "
            "the chi-square test is approximate.",
            "zh": f"{share}的单元格期望频数小于5，卡方检验仅为近似。",
        },
        values={"share": found.small, "smallest": found.smallest},
    )


def _choices(options: CrosstabOptions, data: Responses) -> tuple[str, ...]:
    weighted = f"weighted by {data.weight}, tests with Kish's n_eff" if data.weight else "not weighted"
    if data.design.is_complex:
        return (
            *design_note(data),
            f"Shares of {options.columns} columns; intervals on the logit scale, {options.confidence:.0%}.",
            "Chi-square: Rao and Scott's second-order correction (F); the first-order statistic stands as chi2, and "
            "Cramér's V has its interval from the first-order effective n.",
            f"Column pairs: differences of two domains, adjustment {options.adjust} over all pairs of the table; letters "
            f"at {options.alpha:g}.",
        )
    return (
        f"Shares of {options.columns} columns, {weighted}; intervals: Wilson, {options.confidence:.0%}.",
        "Cramér's V: interval from the noncentral chi-square; V itself runs high by chance, so that in a "
        "large table a weak V may lie above its interval; the corrected V stands beside it.",
        f"Column pairs: pooled z-tests, adjustment {options.adjust} over all pairs of the table; letters at "
        f"{options.alpha:g}.",
    )
