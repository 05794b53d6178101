"""Customer satisfaction: the share of the top boxes of the scale, and the mean beside it.

The share is that of the ``top`` highest scale points, with Wilson's score interval (Wilson 1927); n is
Kish's n_eff with weights. The scale is the questionnaire's, so that 4 and 5 of 5 and 9 and 10 of 10
are never mixed up.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from surveykit.errors import SurveykitError, quote
from surveykit.intervals import wilson
from surveykit.options import Confidence, Options
from surveykit.scoring._answers import Range, answers, demand_levels, demand_range, row
from surveykit.scoring._result import Scored
from surveykit.scoring._verb import metrics

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.responses import Responses


class CsatOptions(Options):
    """What is scored, and who counts as satisfied."""

    item: str = Field(description="the question")
    top: int = Field(2, ge=1, description="how many of the highest points count as satisfied")
    scale: Range | None = Field(None, description="lowest and highest point, where no questionnaire says")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@metrics.register(
    "csat",
    title={"en": "Customer satisfaction (CSAT)", "zh": "顾客满意度（CSAT）"},
    reference="Wilson 1927, JASA 22(158)",
    evidence="oracle: R 4.2 prop.test (nps_csat_ci, 1e-8)",
    example='score(data, "csat", item="satisfied", scale=(1, 5))',
    options=CsatOptions,
)
def csat(data: Responses, options: CsatOptions, by: str | None) -> Scored:
    """The top-box share (0-1) with Wilson's interval; the mean with its t interval beside it.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"satisfied": [5] * 50 + [4] * 70 + [2] * 80}))
    >>> found = csat(data, CsatOptions(item="satisfied", scale=(1, 5)), None).rows[0]
    >>> found["estimate"], round(found["low"], 4), round(found["high"], 4), found["mean"]
    (0.6, 0.5308, 0.6654, 3.45)
    """
    low, high = demand_range(data, options.item, options.scale, "csat")
    if options.top > high - low:
        raise SurveykitError(
            f"the top {options.top} boxes are all of the scale of {quote(options.item)}",
            expected=f"top from 1 to {high - low:g}",
            got=str(options.top),
            code="TOP_BOX",
        )
    threshold = high - options.top + 1

    def in_top(x: Any) -> Any:
        return (x >= threshold).astype(float)

    rows = []
    for found in answers(data, options.item, by):
        demand_levels(found, (low, high), options.item, "CSAT")
        mean = found.mean(options.confidence)
        share = wilson(found.share(threshold, high), found.n_eff, options.confidence)
        beside = {"mean": mean.estimate, "mean_se": mean.se, "mean_low": mean.low, "mean_high": mean.high}
        boxes = {"top_from": threshold, "scale_min": low, "scale_max": high}
        rows.append(
            row(
                found,
                share,
                "wilson",
                "share",
                value=in_top,
                confidence=options.confidence,
                **beside,
                **boxes,
            )
        )

    def respondents() -> pd.DataFrame:
        values: pd.Series[float] = data.frame([options.item])[options.item]
        scored: pd.Series[float] = in_top(values)
        return scored.where(values.notna()).to_frame("")

    choice = (
        f"CSAT: share of the top {options.top} of the points {low:g} to {high:g} "
        f"(answers from {threshold:g} up) with Wilson's interval; the mean beside it has a t interval."
    )
    return Scored(tuple(rows), (choice,), columns=(options.item,), row_rule=respondents)
