"""A 0-100 index with declared weights.

I = sum_j w_j 100 (x_j - min_j) / (max_j - min_j) with weights that sum to 1, equal where none are
declared. The interval is Student's t on the index as each person has it, so that the covariance of the
items is in it (Var = w'Sw / n where all items are answered); n is Kish's n_eff with weights.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from pydantic import AliasChoices, Field, model_validator

from surveykit.format import number
from surveykit.options import Confidence, Names, Options
from surveykit.scoring._answers import Range, answers, row
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

COLUMN = "surveykit_index"


class IndexOptions(Options):
    """What the index is made of, and with what weights."""

    constructs: Names = Field(
        (),
        validation_alias=AliasChoices("constructs", "construct"),
        description="constructs whose items it has",
    )
    items: Names = Field((), description="its items, instead of constructs")
    weights: dict[str, float] | None = Field(None, description="weight of each item, brought to sum 1; equal")
    scale: Range | None = Field(None, description="lowest and highest point, where no questionnaire says")
    min_valid: float | None = Field(
        None, gt=0, le=1, description="share of the items that must be answered; the construct's own"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")

    @model_validator(mode="after")
    def _one_subject(self) -> IndexOptions:
        if bool(self.constructs) == bool(self.items):
            raise ValueError("either constructs or items, one of the two")
        return self


@metrics.register(
    "index",
    title={"en": "Index (0–100)", "zh": "指数（0至100）"},
    reference="Fornell et al. 1996, Journal of Marketing 60(4): the form of the index; weights as declared",
    evidence="exact: the covariance formula w'Sw/n; published index of 72.454 with its weights (1e-3)",
    example='score(data, "index", items=["a", "b"], weights={"a": 2, "b": 1}, scale=(1, 10))',
    options=IndexOptions,
)
def index(data: Responses, options: IndexOptions, by: str | None) -> Scored:
    """The index (0-100) with its interval.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"a": [1, 4, 5, 2], "b": [2, 5, 5, 3]}))
    >>> given = IndexOptions(items=("a", "b"), weights={"a": 3, "b": 1}, scale=(1, 5))
    >>> round(index(data, given, None).rows[0]["estimate"], 4)
    54.6875
    """
    sources = [items_of(data, name) for name in options.constructs or options.items]
    items = tuple(dict.fromkeys(item for names, _ in sources for item in names))
    own_share = sources[0][1] if len(options.constructs) == 1 else DEFAULT_MIN_VALID
    weights = normalised(items, options.weights, "index")
    parts = parts_of(data, weights, options.scale, "index")
    check_levels(data, parts, "the index")
    min_valid = options.min_valid or own_share
    scored = data.derive({COLUMN: person_mean(parts, min_valid)})
    level = options.confidence
    rows = [
        row(found, found.mean(level), "t", "index", confidence=level) for found in answers(scored, COLUMN, by)
    ]

    def respondents() -> pd.DataFrame:
        values: pd.DataFrame = scored.frame([COLUMN])
        return values.rename(columns={COLUMN: ""})

    rule = (
        f"a person counts with at least {min_valid:.0%} of the items answered, the weights then being those of "
        "the items answered."
    )
    listed = ", ".join(f"{item} {number(weight, 3)}" for item, weight in weights.items())
    how = f"declared weights ({listed})" if options.weights else "equal weights of the items"
    choice = f"Index 0-100 with {how}; {rule}"
    return Scored(tuple(rows), (choice,), columns=items, row_rule=respondents)
