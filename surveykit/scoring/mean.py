"""Construct means on the scale of their items.

A person's score is the mean of the valid items where the construct's share of valid items is
reached; the estimate is the mean of these with Student's t interval, n being Kish's n_eff with weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, Field

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.options import Confidence, Names, Options
from surveykit.responses.facts import scale_range
from surveykit.scoring._answers import answers, row, titled
from surveykit.scoring._result import Scored
from surveykit.scoring._verb import metrics

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.responses import Responses


class MeanOptions(Options):
    """Whose means are wanted."""

    constructs: Names = Field(
        (),
        validation_alias=AliasChoices("constructs", "construct", "items", "item"),
        description="constructs or items; all constructs of the questionnaire if left out",
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@metrics.register(
    "mean",
    title={"en": "Mean", "zh": "均值"},
    reference="Student 1908, Biometrika 6(1)",
    evidence="oracle: R 4.2 t.test (nps_csat_ci, 1e-8)",
    example='score(data, "mean", constructs=["satisfaction", "loyalty"])',
    options=MeanOptions,
)
def mean(data: Responses, options: MeanOptions, by: str | None) -> Scored:
    """The mean of each construct (or item) with its t interval, in scale points.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"a": [1, 4, 5, 2], "b": [2, 5, 5, 3]}))
    >>> [(r["term"], r["estimate"]) for r in mean(data, MeanOptions(constructs=("a", "b")), None).rows]
    [('a', 3.0), ('b', 3.75)]
    """
    names = options.constructs or _all_constructs(data)
    rows = []
    for name in names:
        scale = scale_range(data, name) or (None, None)
        for found in answers(data, name, by):
            own: dict[str, Any] = {"scale_min": scale[0], "scale_max": scale[1]}
            level = options.confidence
            made = row(found, found.mean(level), "t", "scale", confidence=level, **own)
            rows.append({"term": name if len(names) > 1 else "", **made})

    def respondents() -> pd.DataFrame:
        frame: pd.DataFrame = data.frame(list(names))[list(names)]
        return frame if len(names) > 1 else frame.rename(columns={names[0]: ""})

    titles = {name: titled(data, name) for name in names} if len(names) > 1 else {}
    choice = "Means have t intervals; a construct's mean is the person's mean over the valid items."
    return Scored(tuple(rows), (choice,), titles=titles, columns=tuple(names), row_rule=respondents)


def _all_constructs(data: Responses) -> tuple[str, ...]:
    q = data.questionnaire
    if q is None or not q.constructs:
        raise SurveykitError(
            "no construct to average",
            expected=f"the option {quote('constructs')}, or a questionnaire that defines constructs",
            hint=did_you_mean("", data.columns),
            code="NO_CONSTRUCT",
        )
    return tuple(q.constructs)
