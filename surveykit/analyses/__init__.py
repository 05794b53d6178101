"""Statistical analyses of the answers: one file each, every one an entry of :data:`analyses`.

An entry is a function ``(data: Responses, options) -> Estimates`` whose options are its own frozen
model. Results begin with the columns ``term group n estimate se low high``.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from typing import TYPE_CHECKING, Any

from surveykit.registry import Registry
from surveykit.results import Estimates

if TYPE_CHECKING:
    from surveykit.responses import Responses

__all__ = ["Analysis", "analyse", "analyses"]

Analysis = Callable[..., Estimates]
analyses: Registry[Analysis] = Registry("analysis")


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
    return entry.function(data, validated(entry, options, "analysis"))
