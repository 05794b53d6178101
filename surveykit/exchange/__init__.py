"""Questionnaires to other systems and to people: forms to field, forms to print, codebooks."""

from __future__ import annotations

from surveykit.exchange.export import Exported, export, forms

__all__ = ["Exported", "export", "forms"]
