"""One file per form that a questionnaire can be written as."""

from __future__ import annotations

from surveykit.exchange.export import forms

__all__ = ["forms"]
