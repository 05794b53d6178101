"""Definitions of survey platforms (.qsf, .lss, XLSForm, SurveyJS) as draft questionnaires; one file each."""

from __future__ import annotations

from surveykit.responses.definitions.common import definition_of, definitions, is_definition

__all__ = ["definition_of", "definitions", "is_definition"]
