"""Loyalty by dimensions under the scheme of a questionnaire, each 0-100, and overall.

Loyalty has been defined in ways that do not agree: repeat purchase and attitude, behaviour with
emotion and thought, satisfaction with trust and relationship. A scheme is a questionnaire that says
which dimensions there are and which items measure them; :func:`surveykit.scoring.compare_schemes` shows
how much the answer depends on that choice.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from pydantic import AliasChoices, Field, field_validator

from surveykit.errors import SurveykitError
from surveykit.format import number
from surveykit.options import Confidence, Options
from surveykit.scoring._answers import Range, answers, row, titled
from surveykit.scoring._persons import (
    DEFAULT_MIN_VALID,
    check_levels,
    items_of,
    normalised,
    parts_of,
    person_mean,
)
from surveykit.scoring._result import Scored
from surveykit.scoring._verb import metrics

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.responses import Responses

PREFIX = "surveykit_loyalty_"
OVERALL = "overall"


class LoyaltyOptions(Options):
    """The dimensions of loyalty, and how they make the overall score."""

    dimensions: dict[str, tuple[str, ...]] = Field(
        {},
        validation_alias=AliasChoices("dimensions", "constructs"),
        description="constructs, or a mapping of an id to a construct, an item or several; all constructs",
    )
    weights: dict[str, float] | None = Field(
        None, description="weight of each dimension, brought to sum 1; equal"
    )
    scale: Range | None = Field(None, description="lowest and highest point, where no questionnaire says")
    confidence: Confidence = Field(0.95, description="the level of the intervals")

    @field_validator("dimensions", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        """Names alone stand for themselves; one item for a tuple of one."""
        if isinstance(value, str):
            return {value: (value,)}
        if isinstance(value, (list, tuple)):
            return {name: (name,) for name in value}
        if isinstance(value, Mapping):
            return {k: (v,) if isinstance(v, str) else v for k, v in value.items()}
        return value


@metrics.register(
    "loyalty",
    title={"en": "Loyalty", "zh": "忠诚度"},
    reference="Oliver 1999, Journal of Marketing 63(4, special issue); schemes: see their questionnaires",
    evidence="brute force over rows; equal to the index metric by dimension",
    example='score(data, "loyalty", dimensions={"behaviour": ["b1", "b2"], "attitude": "a1"}, scale=(1, 5))',
    options=LoyaltyOptions,
)
def loyalty(data: Responses, options: LoyaltyOptions, by: str | None) -> Scored:
    """Overall loyalty and each dimension, 0-100, with intervals.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"buy": [5, 4, 3, 1], "like": [4, 4, 2, 2]}))
    >>> scheme = LoyaltyOptions(dimensions={"behaviour": "buy", "attitude": "like"}, scale=(1, 5))
    >>> [(r["term"], r["estimate"]) for r in loyalty(data, scheme, None).rows]
    [('', 53.125), ('behaviour', 56.25), ('attitude', 50.0)]
    """
    dimensions = options.dimensions or _all_constructs(data)
    weights = normalised(tuple(dimensions), options.weights, "loyalty")
    scored = data
    for name, sources in dimensions.items():
        scored = scored.derive({PREFIX + name: _dimension(data, sources, options.scale)})
    scored = scored.derive({PREFIX + OVERALL: _overall(weights)})
    columns = {"": PREFIX + OVERALL, **{name: PREFIX + name for name in dimensions}}
    level = options.confidence
    rows = [
        {
            "term": term,
            **row(found, found.mean(level), "t", "index", confidence=level, weight=weights.get(term, 1.0)),
        }
        for term, column in columns.items()
        for found in answers(scored, column, by)
    ]

    def respondents() -> pd.DataFrame:
        frame: pd.DataFrame = scored.frame(list(columns.values()))[list(columns.values())]
        return frame.rename(columns={column: term for term, column in columns.items()})

    known = data.questionnaire.constructs if data.questionnaire is not None else {}
    titles = {name: titled(data, name) if name in known else {"en": name, "zh": name} for name in dimensions}
    listed = ", ".join(f"{name} {number(weight, 3)}" for name, weight in weights.items())
    declared = "declared" if options.weights else "equal"
    choice = (
        f"Loyalty 0-100 under this questionnaire's scheme; overall is the mean of the dimensions with "
        f"{declared} weights ({listed}) for people who have a score on all of them. Other schemes may give "
        "another answer."
    )
    used = tuple(dict.fromkeys(source for sources in dimensions.values() for source in sources))
    return Scored(tuple(rows), (choice,), titles=titles, columns=used, row_rule=respondents)


def _all_constructs(data: Responses) -> dict[str, tuple[str, ...]]:
    q = data.questionnaire
    if q is None or not q.constructs:
        raise SurveykitError(
            "loyalty has no dimensions",
            expected="the option 'dimensions', or a questionnaire that defines constructs",
            code="NO_DIMENSION",
        )
    return {name: (name,) for name in q.constructs}


def _dimension(data: Responses, sources: tuple[str, ...], scale: Range | None) -> Any:
    """A dimension's 0-100 score from constructs and items, all their items weighted alike."""
    found = [items_of(data, name) for name in sources]
    items = tuple(dict.fromkeys(item for names, _ in found for item in names))
    parts = parts_of(data, normalised(items, None, "loyalty"), scale, "loyalty")
    check_levels(data, parts, "loyalty")
    return person_mean(parts, found[0][1] if len(found) == 1 else DEFAULT_MIN_VALID)


def _overall(weights: Mapping[str, float]) -> Any:
    import narwhals as nw

    first, *others = (nw.col(PREFIX + name) * weight for name, weight in weights.items())
    return sum(others, first)
