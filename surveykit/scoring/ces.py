"""Customer Effort Score, in its two versions, which run in opposite directions.

Version 1 asks how much effort it took, 1 (very low) to 5 (very high): the mean, lower is better.
Version 2 asks for agreement that it was made easy, 1 to 7: the index 100 (share of 6 and 7 - share of
1 to 3), or the mean; higher is better. Net scores have the variance and interval of the NPS.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field, model_validator

from surveykit.intervals import Net, nps_adjusted_wald
from surveykit.options import Confidence, Options
from surveykit.responses.facts import demand_scale
from surveykit.scoring._answers import Answers, answers, demand_levels, row
from surveykit.scoring._result import Scored
from surveykit.scoring._verb import metrics

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.responses import Responses


class CesOptions(Options):
    """Which version was asked, and how it is summed up."""

    item: str = Field(description="the question")
    version: Literal[1, 2] = Field(2, description="1: effort on 1-5; 2: ease on 1-7")
    statistic: Literal["index", "mean"] | None = Field(
        None, description="version 2 as index (default) or as mean; version 1 is a mean"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")

    @model_validator(mode="after")
    def _mean_only(self) -> CesOptions:
        if self.version == 1 and self.statistic == "index":
            raise ValueError("version 1 is a mean of effort; the index belongs to version 2")
        return self

    @property
    def chosen(self) -> str:
        """The statistic in use: the mean for version 1, the index for version 2 unless named."""
        return self.statistic or ("mean" if self.version == 1 else "index")


@metrics.register(
    "ces",
    title={"en": "Customer Effort Score", "zh": "顾客费力度（CES）"},
    reference="Dixon, Freeman & Toman 2010, Harvard Business Review 88(7-8); version 2: CEB 2013",
    evidence="brute force on constructed answers; the interval kernel as for NPS",
    example='score(data, "ces", item="easy")',
    options=CesOptions,
)
def ces(data: Responses, options: CesOptions, by: str | None) -> Scored:
    """The index (-100 to 100) of version 2, or the mean of either version, with its interval.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"easy": [7] * 30 + [6] * 20 + [5] * 30 + [2] * 20}))
    >>> found = ces(data, CesOptions(item="easy"), None).rows[0]
    >>> round(found["estimate"], 6), found["easy"], found["difficult"], found["mean"]
    (30.0, 0.5, 0.2, 5.2)
    """
    allowed = (1.0, 5.0) if options.version == 1 else (1.0, 7.0)
    name = f"CES version {options.version}"
    demand_scale(data, options.item, allowed, name)
    rows = []
    for found in answers(data, options.item, by):
        demand_levels(found, allowed, options.item, name)
        rows.append(_mean_row(found, options) if options.chosen == "mean" else _index_row(found, options))

    def respondents() -> pd.DataFrame:
        values: pd.Series[float] = data.frame([options.item])[options.item]
        if options.chosen == "mean":
            return values.to_frame("")
        scored: pd.Series[float] = _net(values)
        return scored.where(values.notna()).to_frame("")

    meaning = {
        (1, "mean"): "CES version 1: mean effort, 1 to 5, t interval; lower is better.",
        (2, "mean"): "CES version 2 as a mean of ease, 1 to 7, t interval; higher is better.",
        (
            2,
            "index",
        ): "CES version 2 as an index: 100 (share of 6-7 less share of 1-3), adjusted Wald interval; "
        "higher is better.",
    }[options.version, options.chosen]
    return Scored(tuple(rows), (meaning,), columns=(options.item,), row_rule=respondents)


def _mean_row(found: Answers, options: CesOptions) -> dict[str, Any]:
    level = options.confidence
    return row(found, found.mean(level), "t", "scale", confidence=level, version=options.version)


def _index_row(found: Answers, options: CesOptions) -> dict[str, Any]:
    net = Net(found.share(6, 7), found.share(4, 5), found.share(1, 3))
    shares = {"easy": net.promoters, "neutral": net.passives, "difficult": net.detractors}
    mean = found.mean(options.confidence)
    beside = {"mean": mean.estimate, "mean_se": mean.se, "mean_low": mean.low, "mean_high": mean.high}
    estimate = nps_adjusted_wald(net, found.n_eff, options.confidence)
    level = options.confidence
    return row(
        found,
        estimate,
        "adjusted_wald",
        "points",
        value=_net,
        confidence=level,
        version=2,
        **shares,
        **beside,
    )


def _net(x: Any) -> Any:
    """What each answer adds to the index: 100, 0 or -100."""
    return 100.0 * (x >= 6) - 100.0 * (x <= 3)
