"""Do those who answered late answer differently? A look at people who might not have answered at all.

Late respondents stand for non-respondents only as far as the "continuum of resistance" holds (Armstrong & Overton
1977); no difference is no proof that non-response does not matter.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._sampling import design_note
from surveykit.bases import MIN_BASE
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.intervals import adjusted_p, kish, mean_and_sd, t_value
from surveykit.options import Confidence, Names, Options
from surveykit.responses.domains import Domain, Linear, difference
from surveykit.results import Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sampling import Replicates, Sampling

TITLE = {"en": "Early and late respondents", "zh": "早期与晚期作答者比较"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "p", "p_adjusted", "d", "mean_early", "mean_late", "n_early", "n_late",
    "n_eff", "deff",
)  # fmt: skip

ALPHA = 0.05


class EarlyLateOptions(Options):
    """What is compared, and what says who was early."""

    items: Names = Field(
        (), description="items or constructs; the constructs, else the scale items, if left out"
    )
    order: str | None = Field(
        None, description="a column by which answers came in (a date or a number); the rows' order"
    )
    share: float = Field(1 / 3, gt=0, le=0.5, description="the share at each end that is compared")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "early_late",
    title=TITLE,
    reference="Armstrong & Overton 1977, Journal of Marketing Research 14(3); Welch 1947, Biometrika 34",
    evidence="oracle: Welch's test in scipy 1.16; exact on constructed answers",
    example='analyse(data, "early_late", order="submitted")',
    options=EarlyLateOptions,
    knows_design=True,
)
def early_late(data: Responses, options: EarlyLateOptions) -> Estimates:
    """One row per item or construct: the mean of the latest less that of the earliest answers (Welch; under a survey design
    the difference of two domains).

    ``d`` is the difference in pooled standard deviations, ``p_adjusted`` Holm's.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 1, 2, 1, 3, 3, 3, 3, 4, 3, 4, 5, 4, 5]}))
    >>> found = early_late(data, EarlyLateOptions(items=("x",))).tidy()
    >>> found[["estimate", "n_early", "n_late"]].round(2).values.tolist()
    [[2.8, 5.0, 5.0]]
    """
    items = list(options.items) or _subjects(data)
    place = _order(data, options.order)
    frame = data.frame(items, weights=True)
    known = np.flatnonzero(~np.isnan(place))
    ordered = known[np.argsort(place[known], kind="stable")]
    size = int(len(ordered) * options.share)
    if size < MIN_BASE:
        raise SurveykitError(
            "too few answers for an early and a late group", expected=f"at least {MIN_BASE} in each", got=str(size),
            code="TOO_FEW_ROWS",
        )  # fmt: skip
    early, late = ordered[:size], ordered[-size:]
    w = frame["_weight"].to_numpy(dtype=float)
    sampling = data.sampling() if data.design.is_complex else None
    records = [
        _row(i, frame[i].to_numpy(dtype=float), w, early, late, options.confidence, sampling) for i in items
    ]
    for record, p in zip(records, adjusted_p([r["p"] for r in records]), strict=True):
        record["p_adjusted"] = float(p)
    how = f"by {options.order}" if options.order else "by the order of the rows"
    test = "the difference of two domains" if sampling is not None else "Welch's test"
    unplaced = len(place) - len(known)
    facts = {
        "n": len(known),
        "early": size,
        "late": size,
        "without_order": unplaced,
        "order": options.order or "",
        "compared": len(records),
        "differ": sum(r["p_adjusted"] < ALPHA for r in records),
    }
    return Estimates(
        "early_late",
        TITLE,
        Table.of(records, COLUMNS),
        facts,
        (
            f"The earliest and latest {options.share:.0%} of the answers {how}; late less early, {test}, p by Holm.",
            *design_note(data),
            "Late respondents stand for those who never answered only as far as reluctance is one continuum.",
        ),
        options=options.model_dump(mode="json"),
    )


def _subjects(data: Responses) -> list[str]:
    q = data.questionnaire
    found = [] if q is None else [c for c in q.constructs if data.has(c)]
    if q is not None and not found:
        found = [i.id for i in q.items.values() if i.scale is not None and data.has(i.id)]
    if not found:
        raise SurveykitError("nothing to compare", expected="the option 'items'", code="NO_ITEMS")
    return found


def _order(data: Responses, column: str | None) -> NDArray[np.float64]:
    import pandas as pd

    if column is None:
        return np.arange(data.n_rows, dtype=float)
    if not data.has(column):
        raise SurveykitError(
            f"unknown column {quote(column)}", hint=did_you_mean(column, data.columns), code="UNKNOWN_COLUMN"
        )
    values = data.frame([column])[column]
    if column in data.numeric:
        return np.asarray(values, dtype=np.float64)
    times = pd.to_datetime(values, errors="coerce", format="mixed")
    if times.isna().all():
        raise SurveykitError(
            f"{quote(column)} holds no dates",
            expected="dates such as 2026-11-22 14:05, or numbers",
            code="VALUE_TYPE",
        )
    return np.asarray((times - times.min()).dt.total_seconds(), dtype=np.float64)


def _row(
    item: str,
    x: Any,
    w: Any,
    early: Any,
    late: Any,
    confidence: float,
    sampling: Sampling | Replicates | None,
) -> dict[str, Any]:
    from scipy.special import stdtr

    parts = []
    for rows in (early, late):
        seen = rows[~np.isnan(x[rows])]
        mean, sd = mean_and_sd(x[seen], w[seen], len(seen))
        n_eff = kish(float(w[seen].sum()), float(w[seen] @ w[seen]))
        parts.append((mean, sd, len(seen), n_eff))
    (m1, s1, n1, e1), (m2, s2, n2, e2) = parts
    gap = m2 - m1
    v1, v2 = (s * s / e if e > 1 else math.nan for s, e in ((s1, e1), (s2, e2)))
    se = math.sqrt(v1 + v2) if v1 + v2 > 0 else math.nan
    df = (v1 + v2) ** 2 / (v1**2 / (e1 - 1) + v2**2 / (e2 - 1)) if se > 0 else math.nan
    half = t_value(confidence, df) * se if se > 0 else math.nan
    p = float(2 * stdtr(df, -abs(gap / se))) if se > 0 else math.nan
    pooled = math.sqrt(((n1 - 1) * s1**2 + (n2 - 1) * s2**2) / (n1 + n2 - 2)) if n1 + n2 > 2 else math.nan
    low, high = gap - half, gap + half
    n_eff = e1 + e2
    if sampling is not None:
        last, first = (_domain(sampling, x, rows) for rows in (late, early))
        found = difference(last, first, confidence)
        se, low, high, p = found.se, found.low, found.high, found.p
        n_eff = first.n_eff + last.n_eff
    return {
        "term": item, "group": "", "n": n1 + n2, "estimate": gap, "se": se, "low": low, "high": high, "p": p,
        "d": gap / pooled if pooled > 0 else math.nan, "mean_early": m1, "mean_late": m2, "n_early": n1, "n_late": n2,
        "n_eff": n_eff, "deff": (n1 + n2) / n_eff if n_eff > 0 else math.nan,
    }  # fmt: skip


def _domain(sampling: Sampling | Replicates, x: Any, rows: Any) -> Linear:
    """The mean of ``x`` over some rows of the sample."""
    inside = np.full(len(x), np.nan)
    inside[rows] = x[rows]
    return Domain(sampling, inside).mean_of(lambda v: v)
