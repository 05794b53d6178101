"""What was asked: questionnaires from strict YAML, the library, lint, and the schema for editors."""

from __future__ import annotations

from surveykit.questionnaire.definitions import Construct, Item, MetricSpec, Questionnaire, Scale
from surveykit.questionnaire.linting import lint
from surveykit.questionnaire.loading import data_dir, library
from surveykit.questionnaire.schema import json_schema

__all__ = [
    "Construct",
    "Item",
    "MetricSpec",
    "Questionnaire",
    "Scale",
    "data_dir",
    "json_schema",
    "library",
    "lint",
]
