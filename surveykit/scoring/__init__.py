"""Scores from answers: NPS, CSAT, CES, indices, loyalty dimensions; one file per metric.

An entry of :data:`metrics` is a function ``(data: Responses, options, by) -> Scored`` whose options
are its own frozen model. :func:`score` runs the metrics that a questionnaire defines, or a named one.
"""

from __future__ import annotations

from surveykit.scoring._compare import compare_schemes
from surveykit.scoring._result import Scored, Scores
from surveykit.scoring._verb import Metric, check_metrics, metrics, score

__all__ = ["Metric", "Scored", "Scores", "check_metrics", "compare_schemes", "metrics", "score"]
