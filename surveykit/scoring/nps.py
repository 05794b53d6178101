"""Net Promoter Score: the share of promoters less the share of detractors.

NPS = 100 (p - d) with p the share of 9 and 10, d the share of 0 to 6 on a 0-10 question, and
Var(NPS) = 100^2 [p + d - (p - d)^2] / n (Rocks 2016, eq. 2), n being Kish's n_eff with weights.
NPS, Net Promoter and Net Promoter Score are trademarks of their owners; the names describe the measure.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal

from pydantic import Field

from surveykit.intervals import net_shares, nps_adjusted_wald, nps_wald
from surveykit.options import Confidence, Options
from surveykit.responses.facts import demand_scale
from surveykit.scoring._answers import answers, demand_levels, row
from surveykit.scoring._result import Scored
from surveykit.scoring._verb import metrics

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.responses import Responses

CHOICES = {
    "adjusted_wald": "NPS: adjusted Wald interval (3/4 promoter, 3/2 passive, 3/4 detractor added; "
    "Rocks 2016); estimate and standard error are those of the sample itself.",
    "wald": "NPS: plain Wald interval, as asked for. It covers the true value less often than it says "
    "where answers are few or lopsided.",
}


class NpsOptions(Options):
    """What is scored, and which interval goes with it."""

    item: str = Field(description="the 0-10 question")
    method: Literal["adjusted_wald", "wald"] = Field("adjusted_wald", description="the interval")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@metrics.register(
    "nps",
    title={"en": "Net Promoter Score", "zh": "净推荐值（NPS）"},
    reference="Reichheld 2003, Harvard Business Review 81(12); Rocks 2016, The American Statistician 70(4)",
    evidence="oracle: R 4.2 (nps_csat_ci, 1e-8); exact enumeration of coverage",
    example='score(data, "nps", item="recommend")',
    options=NpsOptions,
)
def nps(data: Responses, options: NpsOptions, by: str | None) -> Scored:
    """The score with its shares of promoters, passives and detractors, -100 to 100.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"recommend": [10] * 120 + [8] * 50 + [3] * 30}))
    >>> found = nps(data, NpsOptions(item="recommend"), None).rows[0]
    >>> round(found["estimate"], 6), round(found["se"], 3), round(found["low"], 2), found["promoters"]
    (45.0, 5.232, 34.14, 0.6)
    """
    demand_scale(data, options.item, (0, 10), "NPS")
    interval = nps_wald if options.method == "wald" else nps_adjusted_wald
    rows = []
    for found in answers(data, options.item, by):
        demand_levels(found, (0, 10), options.item, "NPS")
        net = net_shares(found.levels, found.weights)
        estimate = interval(net, found.n_eff, options.confidence)
        shares = {"promoters": net.promoters, "passives": net.passives, "detractors": net.detractors}
        level = options.confidence
        rows.append(row(found, estimate, options.method, "points", value=_net, confidence=level, **shares))

    def respondents() -> pd.DataFrame:
        values: pd.Series[float] = data.frame([options.item])[options.item]
        scored: pd.Series[float] = _net(values)
        return scored.where(values.notna()).to_frame("")

    return Scored(tuple(rows), (CHOICES[options.method],), columns=(options.item,), row_rule=respondents)


def _net(x: Any) -> Any:
    """What each answer adds to the score: 100, 0 or -100."""
    return 100.0 * (x >= 9) - 100.0 * (x <= 6)
