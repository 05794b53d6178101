"""Statistical analyses of the answers: one file each, every one an entry of :data:`analyses`.

An entry says ``knows_design`` where strata, clusters and replicate weights reach its standard errors, or
``rows_as_they_are`` with the reason why neither they nor weights enter. It is a function ``(data: Responses, options)
-> Estimates`` whose options are its own frozen model. Results begin with the columns ``term group n estimate se low
high``.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import cache
from typing import TYPE_CHECKING, Any

from surveykit.registry import Registry
from surveykit.results import Check, Estimates

if TYPE_CHECKING:
    from surveykit.responses import Responses

__all__ = ["Analysis", "analyse", "analyses"]

Analysis = Callable[..., Estimates]
analyses: Registry[Analysis] = Registry("analysis")
DESIGN_UNUSED = Check(
    "DESIGN_UNUSED",
    "caution",
    {
        "en": "Weights are used, but strata and clusters are not: standard errors and p-values take respondents as drawn "
        "one by one, which is too optimistic where people of a cluster are alike.",
        "zh": "此处使用了权重，但未考虑分层与整群：标准误和p值按逐一独立抽取计算；若同一群内的受访者较为相似，结果会偏于乐观。",
    },
)
"""What must be said of an analysis under a survey design that it does not know."""


@cache
def _catalogue() -> Registry[Analysis]:
    """The registry with every analysis of this package and of other distributions in it."""
    analyses.discover(__name__)
    return analyses


def analyse(data: Responses, name: str, **options: Any) -> Estimates:
    """Run the analysis ``name`` on ``data``.

    ``options`` are those of the entry (``analyses.get(name).options``); an unknown analysis or
    option, and a value that does not fit, is a :class:`~surveykit.errors.SurveykitError` that says
    what is possible.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 3, 4, 6], "y": [2, 1, 4, 3, 5]}))
    >>> analyse(data, "correlation", items=["x", "y"]).tidy()["estimate"].round(3).tolist()
    [0.822]
    """
    from surveykit.options import validated

    entry = _catalogue().get(name)
    found = entry.function(data, validated(entry, options, "analysis"))
    reason = entry.extra.get("rows_as_they_are")
    if reason and (data.weight is not None or data.design.is_complex):
        return replace(found, choices=(*found.choices, str(reason)))
    if not data.design.is_complex or entry.extra.get("knows_design") or reason:
        return found
    return replace(found, judged=(*found.judged, DESIGN_UNUSED))
