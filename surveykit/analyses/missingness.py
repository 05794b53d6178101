"""What is missing: by question and kind, in which patterns, and whether chance alone could have made the gaps.

Little's test takes the hypothesis that answers are missing completely at random. Rejecting it says that
people who left questions out answered the others differently; not rejecting it proves nothing.
"""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.intervals import wilson
from surveykit.options import Confidence, Names, Options
from surveykit.quality import little_mcar
from surveykit.responses.facts import KINDS, missing_by_kind
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

TITLE = {"en": "Missing answers", "zh": "缺失情况"}
COLUMNS = ("term", "group", "n", "estimate", "se", "low", "high", "missing", *KINDS)
_PATTERNS = 20


class MissingnessOptions(Options):
    """Which questions are looked at."""

    items: Names = Field(
        (), description="items; all on response scales if left out, else all columns of numbers"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "missingness",
    title=TITLE,
    reference="Little 1988, JASA 83(404); Rubin 1976, Biometrika 63(3)",
    evidence="oracle: lavaan's EM moments with Little's formula in R 4.2 (1e-8); level and power by simulation",
    example='analyse(data, "missingness")',
    options=MissingnessOptions,
    rows_as_they_are="It counts what lies in the file, person by person, and infers nothing about a population: weights and "
    "design do not enter.",
)
def missingness(data: Responses, options: MissingnessOptions) -> Estimates:
    """One row per item: the share of respondents without a valid answer (Wilson's interval, unweighted).

    Columns count the kinds of missing. Table ``patterns``: which items are missing together, the most frequent
    first. The facts hold Little's chi-square, its degrees of freedom and p; NaN where nothing is missing or
    the test cannot be made.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> found = missingness(read(pd.DataFrame({"a": [1, None, 3, 4], "b": [2, 3, 4, None]})), MissingnessOptions())
    >>> found.tidy()[["term", "estimate"]].values.tolist()
    [['a', 0.25], ['b', 0.25]]
    """
    items = list(options.items) or _items(data)
    unknown = [i for i in items if not data.has(i) or i not in data.numeric]
    if unknown or not items:
        raise SurveykitError(
            "no item of that name with numbers", got=", ".join(map(quote, unknown)),
            hint=did_you_mean(unknown[0] if unknown else "", sorted(data.numeric)), code="UNKNOWN_ITEM",
        )  # fmt: skip
    x = data.frame(items).to_numpy(dtype=float)
    n = len(x)
    records = []
    for item, column in zip(items, x.T, strict=True):
        gaps = int(np.isnan(column).sum())
        share = wilson(gaps / n, n, options.confidence)
        kinds = missing_by_kind(data, item).get("", {})
        interval = {"estimate": share.estimate, "se": share.se, "low": share.low, "high": share.high}
        counted = {k: kinds.get(k, 0) for k in KINDS}
        records.append({"term": item, "group": "", "n": n, **interval, "missing": gaps, **counted})
    facts, checks, why = _test(x)
    patterns = _patterns(x, items)
    complete = int((~np.isnan(x)).all(axis=1).sum())
    return Estimates(
        "missingness",
        TITLE,
        Table.of(records, COLUMNS),
        {"n": n, "items": len(items), "complete": complete, "cells_missing": int(np.isnan(x).sum()), **facts},
        ("Little's test is of answers missing completely at random; listwise results need that." + why,),
        checks,
        {"patterns": Table.of(patterns, ("missing_items", "items", "n"))},
        options.model_dump(mode="json"),
    )


def _items(data: Responses) -> list[str]:
    q = data.questionnaire
    if q is not None:
        return [i.id for i in q.items.values() if i.scale is not None and data.has(i.id)]
    return [c for c in data.columns if c in data.numeric and c != data.weight]


def _test(x: Any) -> tuple[dict[str, float], tuple[Check, ...], str]:
    try:
        found = little_mcar(x)
    except SurveykitError as error:
        none = float("nan")
        return {"mcar_chisq": none, "mcar_df": 0, "mcar_p": none}, (), f" It was not made: {error.what}."
    facts = {"mcar_chisq": found.statistic, "mcar_df": found.df, "mcar_p": found.p}
    if not found.p < 0.05:
        return facts, (), ""
    check = Check(
        "NOT_MCAR",
        "caution",
        {
            "en": "Answers are not missing completely at random: people who left questions out answered others "
            "differently. Results from complete answers speak for those who answered everything.",
            "zh": "缺失并非完全随机：有漏答的受访者在其他题目上的作答有所不同。仅用完整答卷得到的结果只代表全部作答的人。",
        },
        values={"chisq": found.statistic, "df": found.df, "p": found.p},
    )
    return facts, (check,), ""


def _patterns(x: Any, items: list[str]) -> list[dict[str, Any]]:
    counted = Counter(map(tuple, np.isnan(x).tolist()))
    most = sorted(counted.items(), key=lambda pair: (-pair[1], pair[0]))[:_PATTERNS]
    return [
        {
            "missing_items": " ".join(i for i, gone in zip(items, gaps, strict=True) if gone),
            "items": sum(gaps),
            "n": n,
        }
        for gaps, n in most
    ]
