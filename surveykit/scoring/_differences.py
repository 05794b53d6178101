"""Which groups differ: every two groups of every score, with interval and p adjusted for their number.

Overlapping intervals are no test: two means may differ although their 95 % intervals overlap. Shares
are compared by the pooled z-test, net scores by the test of ``nps_difference`` (with half of the one-sample
addition in each group unless plain Wald was asked for), everything else by Welch's t-test. Under a survey design
all are compared by the design's t-test, which knows that groups may share clusters.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import Any

from surveykit.intervals import Difference, Net, adjusted_p, nps_difference, t_value, two_shares
from surveykit.responses.domains import difference
from surveykit.results import Table
from surveykit.scoring._answers import LINEAR

__all__ = ["COLUMNS", "differences"]

COLUMNS = (
    "term", "first", "second", "base", "n_first", "n_second", "estimate", "se", "low", "high", "statistic", "p", "p_adjusted",
)  # fmt: skip
_BUCKETS = (("promoters", "passives", "detractors"), ("easy", "neutral", "difficult"))
_HALF = 1.5


def differences(records: Sequence[Mapping[str, Any]], confidence: Mapping[str, float]) -> Table:
    """The differences of all pairs of shown groups, Holm's adjustment within each term.

    ``records`` are the rows of a grouped result, ``confidence`` the level of each term's intervals. ``base`` is
    the n of the smaller group.
    """
    found = []
    for term in dict.fromkeys(r["term"] for r in records):
        groups = [r for r in records if r["term"] == term and r["remark"] == ""]
        pairs = [(a, b, _difference(a, b, confidence[term])) for a, b in combinations(groups, 2)]
        adjusted = adjusted_p([d.p for *_, d in pairs])
        found += [_row(term, a, b, d, float(q)) for (a, b, d), q in zip(pairs, adjusted, strict=True)]
    return Table.of(found, COLUMNS)


def _difference(a: Mapping[str, Any], b: Mapping[str, Any], confidence: float) -> Difference:
    if LINEAR in a and LINEAR in b:
        return difference(a[LINEAR], b[LINEAR], confidence)
    if a["unit"] == "share":
        return two_shares(a["estimate"], a["n_eff"], b["estimate"], b["n_eff"], confidence)
    for names in _BUCKETS:
        if all(name in a for name in names):
            first, second = (Net(*(row[name] for name in names)) for row in (a, b))
            added = 0.0 if a["method"] == "wald" else _HALF
            return nps_difference(first, a["n_eff"], second, b["n_eff"], confidence, added)
    return welch(a["estimate"], a["se"], a["n_eff"], b["estimate"], b["se"], b["n_eff"], confidence)


def welch(
    m1: float, se1: float, n1: float, m2: float, se2: float, n2: float, confidence: float
) -> Difference:
    """Difference of two means with separate variances (Welch 1947), from their standard errors.

    NaN where neither varies.

    >>> found = welch(5.0, 0.5, 20, 4.0, 0.5, 20, 0.95)
    >>> round(found.statistic, 4), round(found.p, 4)
    (1.4142, 0.1654)
    """
    from scipy.special import stdtr

    se = math.hypot(se1, se2)
    if not se > 0:
        return Difference(m1 - m2, se, math.nan, math.nan, math.nan, math.nan)
    df = se**4 / (se1**4 / (n1 - 1) + se2**4 / (n2 - 1))
    statistic = (m1 - m2) / se
    half = t_value(confidence, df) * se
    return Difference(
        m1 - m2, se, m1 - m2 - half, m1 - m2 + half, statistic, float(2 * stdtr(df, -abs(statistic)))
    )


def _row(
    term: str, a: Mapping[str, Any], b: Mapping[str, Any], found: Difference, adjusted: float
) -> dict[str, Any]:
    return {
        "term": term, "first": a["group"], "second": b["group"], "base": min(a["n"], b["n"]),
        "n_first": a["n"], "n_second": b["n"],
        "estimate": found.estimate, "se": found.se, "low": found.low, "high": found.high,
        "statistic": found.statistic, "p": found.p, "p_adjusted": adjusted,
    }  # fmt: skip
