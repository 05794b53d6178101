"""From an export to a questionnaire that it could have come from: a draft for a person to confirm."""

from __future__ import annotations

from surveykit.responses.drafting.build import Drafted, draft_from

__all__ = ["Drafted", "draft_from"]
