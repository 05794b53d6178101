"""The table of HTMT and HTMT2 between constructs, with bootstrap intervals, and the checks that go with
it.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import combinations
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._replicates import percentile
from surveykit.analyses._samples import samples
from surveykit.format import unit_number
from surveykit.htmt import htmt, htmt2, membership, negatives
from surveykit.results import Check

if TYPE_CHECKING:
    from surveykit.analyses._samples import Sample
    from surveykit.responses import Responses

__all__ = ["HTMT_LIMIT", "htmt_table"]

Array = NDArray[np.float64]
HTMT_LIMIT = 0.90


def htmt_table(
    data: Responses,
    scales: Mapping[str, Sequence[str]],
    by: str | None,
    bootstrap: int,
    seed: int,
    confidence: float,
) -> tuple[list[dict[str, Any]], list[Check]]:
    """One row a pair of ``scales`` (each of two items at least), listwise over the items of all of them.

    A pair has no ratio where the items of one construct do not correlate positively on average; ``reason``
    says so. ``negative`` counts the negative correlations whose absolute values went in.
    """
    columns = list(dict.fromkeys(i for items in scales.values() for i in items))
    at = {name: [columns.index(i) for i in items] for name, items in scales.items()}
    rows: list[dict[str, Any]] = []
    checks: list[Check] = []
    for sample in samples(data, columns, by, bootstrap, seed, checks):
        rows += [_pair(sample, at, a, b, confidence) for a, b in combinations(scales, 2)]
    return rows, [*checks, *_discriminant(rows)]


def _pair(sample: Sample, at: Mapping[str, list[int]], a: str, b: str, confidence: float) -> dict[str, Any]:
    R = sample.moments.cor
    weak = [name for name in (a, b) if not _mean_within(R, at[name]) > 0]
    row: dict[str, Any] = {"lhs": a, "rhs": b, "group": sample.group, "n": sample.moments.n}
    member = membership([at[a], at[b]], len(R))
    reason = f"the items of {' and '.join(weak)} do not correlate positively" if weak else ""
    for name, kernel in (("htmt", htmt), ("htmt2", htmt2)):
        low = high = np.nan
        if not weak and sample.replicates is not None:
            drawn = percentile(kernel(sample.replicates.cor, member)[:, 0, 1][:, None], confidence)
            low, high = drawn.low[0], drawn.high[0]
        value = np.nan if weak else float(kernel(R, member)[0, 1])
        row |= {name: value, f"{name}_low": low, f"{name}_high": high}
    return row | {"negative": int(negatives(R, member)[0, 1]), "reason": reason}


def _mean_within(R: Array, items: Sequence[int]) -> float:
    """The mean correlation, signs kept, of the items of one construct."""
    i, j = np.triu_indices(len(items), 1)
    at = np.asarray(items)
    return float(R[at[i], at[j]].mean())


def _discriminant(rows: Sequence[Mapping[str, Any]]) -> list[Check]:
    high = [r for r in rows if r["htmt"] > HTMT_LIMIT]
    checks = []
    for r in high:
        en, zh = (f" in group {r['group']}", f"在“{r['group']}”组中，") if r["group"] else ("", "")
        value = unit_number(r["htmt"], 3)
        checks.append(
            Check(
                "discriminant_validity",
                "caution",
                {
                    "en": f"{r['lhs']} and {r['rhs']} are hardly told apart by these items{en} (HTMT "
                    f"{value}, "
                    "above .90).",
                    "zh": f"{zh}这些题目几乎无法区分{r['lhs']}与{r['rhs']}（HTMT {value}，高于0.90）。",
                },
                about=(r["lhs"], r["rhs"]),
                values={"htmt": r["htmt"], "htmt2": r["htmt2"]},
            )
        )
    return checks
