"""SurveyJS forms (JSON): panels, shorthand choices, ratings with their defaults."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from surveykit.questionnaire.draft import Draft
from surveykit.responses.choices import OTHER
from surveykit.responses.definitions.common import (
    Form,
    definitions,
    empty,
    language_of,
    plain_text,
    read_json,
    unknown,
)

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
    texts = [_said(q.get("title") or q.get("name")) for q in questions]
    form = Form(empty(path, "", [w for t in texts for w in list(t.values())[:1]]))
    spoken = language_of(str(data.get("locale") or ""))
    several = {language_of(k) for q in questions if isinstance(q.get("title"), dict) for k in q["title"]}
    form.draft.language = spoken or ("en" if several - {""} else form.draft.language)
    form.draft.title = form.say(_said(data.get("title"))) or form.draft.title
    for question, text in zip(questions, texts, strict=True):
        _question(form, question, form.say(text))
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
    choices = _choices(form, question.get("choices"))
    item = None
    if kind in _ONE:
        # whole numbers laid out in a row are a scale whose words may stand at its ends only
        item = form.choose(name, text, choices, rated=question.get("colCount") == 0)
        if item.options and _has_other(question):
            item.options.setdefault(OTHER, form.say(_said(question.get("otherText"))) or OTHER)
    elif kind in _SEVERAL:
        item = form.several(name, text, choices)
        if _has_other(question):
            item.options.setdefault(OTHER, form.say(_said(question.get("otherText"))) or OTHER)
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
                f"{form.say(_said(part.get('title') or part.get('name')))} ({text})",
                "text",
            )
    elif kind in {"text", "comment"}:
        item = _text(form, question, name, text)
    elif kind == "slider":
        item = form.slide(name, text, _whole(question.get("min"), 0), _whole(question.get("max"), 100))
    elif kind not in _SILENT:
        item = form.add(name, text, "text", unknown(kind))
    if item is not None and question.get("visibleIf"):
        item.notes.append(f"shown only if {plain_text(question['visibleIf'])}: blanks can mean not shown")


def _rating(form: Form, question: Mapping[str, Any], name: str, text: str) -> Any:
    values = question.get("rateValues")
    if values:
        return form.choose(name, text, _choices(form, values), rated=True)
    low, high = (
        _whole(question.get("rateMin"), 1),
        _whole(question.get("rateMax"), _whole(question.get("rateCount"), 5)),
    )
    # mininumRateDescription is how older versions of the library spell it
    least = question.get("minRateDescription") or question.get("mininumRateDescription")
    most = question.get("maxRateDescription") or question.get("maximumRateDescription")
    return form.rate(
        name, text, low, max(high, low + 1), {low: form.say(_said(least)), high: form.say(_said(most))}
    )


def _has_other(question: Mapping[str, Any]) -> bool:
    return bool(question.get("hasOther") or question.get("showOtherItem"))


def _text(form: Form, question: Mapping[str, Any], name: str, text: str) -> Any:
    asked = question.get("inputType")
    if asked == "range" and {"min", "max"} <= set(question):
        return form.slide(name, text, _whole(question["min"], 0), _whole(question["max"], 100))
    number = asked in {"number", "range"}
    return form.add(name, text, "number" if number else "date" if asked == "date" else "text")


def _matrix(form: Form, question: Mapping[str, Any], name: str, text: str) -> None:
    columns = _choices(form, question.get("columns"))
    rows = _choices(form, question.get("rows"))
    items = [
        form.choose(f"{name}.{key}", f"{row} ({text})", columns, rated=True) for key, row in rows.items()
    ]
    form.battery(name, text, items)


def _choices(form: Form, entries: Any) -> dict[str, str]:
    """Value and words of each choice; a text "value|words" is shorthand."""
    found: dict[str, str] = {}
    for entry in entries if isinstance(entries, list) else []:
        if isinstance(entry, dict):
            value = str(entry.get("value", entry.get("text", "")))
            found[value] = form.say(_said(entry.get("text"))) or value
        else:
            value, _, words = str(entry).partition("|")
            found[value] = words or value
    return {k: v for k, v in found.items() if k}


def _said(text: Any) -> dict[str, str]:
    """A text by language; "default" is the language of the form."""
    if isinstance(text, dict):
        listed = sorted(text.items(), key=lambda pair: pair[0] != "default")
        return {"" if k == "default" else language_of(str(k)): plain_text(w) for k, w in listed}
    return {"": plain_text(text)}


def _whole(value: Any, default: int) -> int:
    try:
        return int(value)
    except (TypeError, ValueError):
        return default
