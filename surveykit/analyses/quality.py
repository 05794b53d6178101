"""How carefully people answered: how many there is reason to doubt, and why. Counts only, never a person.

The table per respondent is :func:`surveykit.responses.quality.judge`; nobody is removed here.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.analyses import analyses
from surveykit.intervals import wilson
from surveykit.responses.quality import GRADES, REASONS, QualityOptions, judge
from surveykit.results import Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

TITLE = {"en": "Quality of the answers", "zh": "答卷质量"}
COLUMNS = ("term", "group", "n", "estimate", "se", "low", "high", "count", "family")


@analyses.register(
    "quality",
    title=TITLE,
    reference="Meade & Craig 2012, Psychological Methods 17(3); Curran 2016, Journal of Experimental Social Psychology 66",
    evidence="brute force over rows; planted carelessness; R 4.2 mahalanobis (1e-8)",
    example='analyse(data, "quality", duration="seconds")',
    options=QualityOptions,
    rows_as_they_are="It counts what lies in the file, person by person, and infers nothing about a population: weights and "
    "design do not enter.",
)
def quality(data: Responses, options: QualityOptions) -> Estimates:
    """One row per reason for doubt: the share of respondents with Wilson's interval, unweighted.

    Tables: ``grades`` (good, doubtful, poor) and ``skipped`` (reasons that could not be judged, and why).

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> rows = [[1, 2, 4, 3, 5], [3, 3, 3, 3, 3], [5, 4, 2, 3, 4]]
    >>> data = read(pd.DataFrame(rows, columns=list("abcde")))
    >>> found = quality(data, QualityOptions(items=tuple("abcde")))
    >>> found.tables()["grades"].records()[1]["count"]
    1
    """
    judged = judge(data, options)
    n = len(judged.reasons)
    records = []
    for name in judged.reasons.columns:
        count = int(judged.reasons[name].sum())
        bounds = wilson(count / n, n)
        interval = {"estimate": bounds.estimate, "se": bounds.se, "low": bounds.low, "high": bounds.high}
        records.append(
            {"term": name, "group": "", "n": n, **interval, "count": count, "family": REASONS[name].family}
        )
    grades = judged.grade
    graded = [{"grade": g, "n": n, "count": grades.count(g), "share": grades.count(g) / n} for g in GRADES]
    skipped = [{"reason": r, "why": why} for r, why in judged.skipped.items() if r not in options.ignore]
    return Estimates(
        "quality",
        TITLE,
        Table.of(records, COLUMNS),
        {"n": n, "poor": grades.count("poor"), "doubtful": grades.count("doubtful"), "reasons": len(records)},
        (
            "Reasons of one family count once; an attention check, a contradiction and a duplicate count twice. "
            "No doubt is good, one is doubtful, two and more are poor. Nobody was removed by this.",
        ),
        further={
            "grades": Table.of(graded, ("grade", "n", "count", "share")),
            "skipped": Table.of(skipped, ("reason", "why")),
        },
        options=options.model_dump(mode="json"),
    )
