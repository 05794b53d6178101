"""SurveyJS forms (JSON): panels, shorthand choices, ratings with their defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from surveykit.questionnaire.draft import Draft
from surveykit.responses.definitions.common import Form, definitions, empty, plain_text, read_json, unknown

__all__ = ["read_surveyjs"]

_DEPTH = 20
_ONE = {"radiogroup", "dropdown", "buttongroup"}
_SEVERAL = {"checkbox", "tagbox"}
_SILENT = {"html", "image", "expression", "file", "signaturepad", "empty"}


@definitions.register(
    "surveyjs",
    title={"en": "SurveyJS form", "zh": "SurveyJS 问卷"},
    reference="SurveyJS form library, JSON schema of surveys",
    evidence="brute force: forms written by the tests; a real form",
    suffixes=(".json",),
)
def read_surveyjs(path: Path) -> Draft | None:
    """A draft from a SurveyJS form; None for JSON that is none."""
    data = read_json(path)
    if not isinstance(data, dict) or not (data.get("pages") or data.get("elements") or data.get("questions")):
        return None
    questions = list(_elements(data, 0))
    texts = [_words(q.get("title") or q.get("name")) for q in questions]
    form = Form(empty(path, _words(data.get("title")), texts))
    for question, text in zip(questions, texts, strict=True):
        _question(form, question, text)
    return form.draft


def _elements(part: Mapping[str, Any], depth: int) -> Iterator[Mapping[str, Any]]:
    """Questions in order, those of panels among them."""
    if depth > _DEPTH:
        return
    for key in ("pages", "elements", "questions", "templateElements"):
        for element in part.get(key) or []:
            if not isinstance(element, dict):
                continue
            if key == "pages" or element.get("type") in {"panel", "flowpanel", "paneldynamic"}:
                yield from _elements(element, depth + 1)
            else:
                yield element


def _question(form: Form, question: Mapping[str, Any], text: str) -> None:
    kind, name = str(question.get("type")), str(question.get("name") or "question")
    choices = _choices(question.get("choices"))
    item = None
    if kind in _ONE:
        item = form.choose(name, text, choices)
    elif kind in _SEVERAL:
        other = bool(question.get("hasOther") or question.get("showOtherItem"))
        item = form.several(name, text, choices, other)
    elif kind == "rating":
        item = _rating(form, question, name, text)
    elif kind == "boolean":
        item = form.choose(name, text, {"true": "Yes", "false": "No"})
    elif kind == "matrix":
        _matrix(form, question, name, text)
    elif kind == "multipletext":
        for part in question.get("items") or []:
            form.add(
                f"{name}.{part.get('name')}",
                f"{_words(part.get('title') or part.get('name'))} ({text})",
                "text",
            )
    elif kind in {"text", "comment"}:
        number = question.get("inputType") in {"number", "range"}
        item = form.add(
            name, text, "number" if number else "date" if question.get("inputType") == "date" else "text"
        )
    elif kind not in _SILENT:
        item = form.add(name, text, "text", unknown(kind))
    if item is not None and question.get("visibleIf"):
        item.notes.append(f"shown only if {plain_text(question['visibleIf'])}: blanks can mean not shown")


def _rating(form: Form, question: Mapping[str, Any], name: str, text: str) -> Any:
    values = question.get("rateValues")
    if values:
        return form.choose(name, text, _choices(values))
    low, high = (
        _whole(question.get("rateMin"), 1),
        _whole(question.get("rateMax"), _whole(question.get("rateCount"), 5)),
    )
    # mininumRateDescription is how older versions of the library spell it
    least = question.get("minRateDescription") or question.get("mininumRateDescription")
    most = question.get("maxRateDescription") or question.get("maximumRateDescription")
    return form.rate(name, text, low, max(high, low + 1), {low: _words(least), high: _words(most)})


def _matrix(form: Form, question: Mapping[str, Any], name: str, text: str) -> None:
    columns = _choices(question.get("columns"))
    rows = _choices(question.get("rows"))
    items = [form.choose(f"{name}.{key}", f"{row} ({text})", columns) for key, row in rows.items()]
    form.battery(name, text, items)


def _choices(entries: Any) -> dict[str, str]:
    """Value and words of each choice; a text "value|words" is shorthand."""
    found: dict[str, str] = {}
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            value = str(entry.get("value", entry.get("text", "")))
            found[value] = _words(entry.get("text")) or value
        else:
            value, _, words = str(entry).partition("|")
            found[value] = words or value
    return {k: v for k, v in found.items() if k}


def _words(text: Any) -> str:
    if isinstance(text, dict):
        text = text.get("default") or next(iter(text.values()), "")
    return plain_text(text)


def _whole(value: Any, default: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default
