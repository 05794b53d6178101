"""The JSON Schema of a questionnaire file, for editors that complete keys and mark mistakes."""

from __future__ import annotations

from typing import Any

__all__ = ["json_schema"]


def json_schema() -> dict[str, Any]:
    """The schema (draft 2020-12) of a questionnaire file: its keys, their types and what they mean.

    It knows forms, not meaning: that a path leads to a construct that exists is checked on reading.

    >>> json_schema()["required"]
    ['id', 'title', 'items']
    """
    from surveykit.questionnaire.forms import QuestionnaireForm

    schema = QuestionnaireForm.model_json_schema(by_alias=True)
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        **schema,
        "title": "surveykit questionnaire",
        "required": ["id", "title", "items"],
    }
