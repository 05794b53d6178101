"""Two waves of a questionnaire: what changed, and whether a trend may still be drawn."""

from __future__ import annotations

from surveykit.questionnaire.changes.compare import diff
from surveykit.questionnaire.changes.records import Change, Differences, Verdict

__all__ = ["Change", "Differences", "Verdict", "diff"]
