"""SurveyJS: a form as JSON, texts by locale."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from surveykit.exchange.export import Form, forms
from surveykit.exchange.grids import Grid, blocks
from surveykit.exchange.questions import choices, in_languages, languages_of
from surveykit.questionnaire import Item, Questionnaire
from surveykit.responses.definitions.surveyjs import LISTED, RATED

__all__ = ["write_surveyjs"]

_LOCALES = {"zh": "zh-cn", "zh-Hant": "zh-tw"}
_OTHER = "other"


@forms.register(
    "surveyjs",
    title={"en": "SurveyJS form", "zh": "SurveyJS问卷"},
    reference="SurveyJS form library, JSON schema of surveys",
    evidence="brute force: written, read back and compared",
    suffixes=(".json",),
)
def write_surveyjs(q: Questionnaire, language: str, suffix: str, grids: bool) -> Form:  # noqa: ARG001
    """Items keep their ids and answers their codes: the results bind to the questionnaire itself."""
    languages = languages_of(q, language)
    elements = [
        _matrix(block, languages) if isinstance(block, Grid) else _element(block, languages)
        for block in blocks(q, grids)
    ]
    survey = {
        "title": _said(q.title, languages, q.id),
        "locale": _LOCALES.get(language, language),
        "showQuestionNumbers": "on",
        "pages": [{"name": "page1", "elements": elements}],
    }
    return Form((json.dumps(survey, ensure_ascii=False, indent=1) + "\n").encode("utf-8"))


def _matrix(grid: Grid, languages: list[str]) -> dict[str, Any]:
    """Items as the rows of a matrix; the results hold its answers by row: ``{"trust_grid": {"trust1": 5}}``."""
    return {
        "type": "matrix",
        "name": grid.name,
        "title": _said(grid.stem, languages, ""),
        "columns": _listed(grid.items[0], languages),
        "rows": [
            {"value": item.id, "text": _said(grid.rows[item.id], languages, item.id)} for item in grid.items
        ],
    }


def _element(item: Item, languages: list[str]) -> dict[str, Any]:
    head: dict[str, Any] = {"name": item.id, "title": _said(item.text, languages, item.id)}
    if item.type == "text":
        return {"type": "comment", **head}
    if item.type in {"number", "date"}:
        return {"type": "text", **head, "inputType": item.type}
    if item.type == "id":
        return {"type": "text", **head}
    if item.scale is not None and item.scale.kind == "numeric":
        bounds = {"min": item.scale.min, "max": item.scale.max, "step": 1}
        return {"type": "text", **head, "inputType": "range", **bounds}
    kind = "checkbox" if item.type == "multi" else "radiogroup"
    element = {"type": kind, **head, "choices": _listed(item, languages)}
    # how the choices lie tells the reader of forms whether they are a scale
    element["colCount"] = RATED if item.scale is not None else LISTED
    if _OTHER in item.options:
        element["showOtherItem"] = True
        element["otherText"] = _said(item.options[_OTHER], languages, _OTHER)
    return element


def _listed(item: Item, languages: list[str]) -> list[dict[str, Any]]:
    return [
        {"value": _value(item, c.code), "text": _said(c.texts, languages, c.code)}
        for c in choices(item)
        if c.code != _OTHER
    ]


def _value(item: Item, code: str) -> str | int:
    """The points of a scale as numbers, so that expressions of the form can count with them."""
    return int(code) if item.scale is not None and code.lstrip("-").isdigit() else code


def _said(texts: Mapping[str, str], languages: list[str], default: str) -> Any:
    """Words by locale, "default" those of the form's own language."""
    said = in_languages(texts, languages, default)
    first = said.pop(languages[0])
    others = {_LOCALES.get(k, k): w for k, w in said.items()}
    return {"default": first, **others} if others else first
