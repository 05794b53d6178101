"""Questionnaires to other systems and to people: forms to field, forms to print, codebooks."""

from __future__ import annotations

from surveykit.exchange.codebook import Codebook, codebook
from surveykit.exchange.export import Exported, export, forms

__all__ = ["Codebook", "Exported", "codebook", "export", "forms"]
