"""SurveyJS forms (JSON): panels, shorthand choices, ratings with their defaults."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from surveykit.questionnaire.draft import Draft, DraftItem
from surveykit.responses.choices import OTHER
from surveykit.responses.definitions.common import (
    GRID,
    Form,
    definitions,
    empty,
    language_of,
    plain_text,
    read_json,
    unknown,
)

__all__ = ["LISTED", "RATED", "read_surveyjs"]


RATED, LISTED = 0, 1
"""``colCount`` of choices that are a scale (in one row), and of options (one below the other)."""
_DEPTH = 20
_ONE = {"radiogroup", "dropdown", "buttongroup"}
_SEVERAL = {"checkbox", "tagbox"}
_LEFT = {
    "html": "texts without an answer",
    "image": "texts without an answer",
    "empty": "texts without an answer",
    "expression": "values that the form computes",
    "file": "pictures, recordings and files",
    "signaturepad": "pictures, recordings and files",
}
_BESIDE = {
    "isRequired": "questions that must be answered",
    "validators": "limits to answers",
    "maxSelectedChoices": "limits to answers",
    "minSelectedChoices": "limits to answers",
    "defaultValue": "answers filled in beforehand",
    "defaultValueExpression": "answers filled in beforehand",
    "setValueExpression": "answers filled in beforehand",
    "choicesVisibleIf": "choices that depend on other answers",
    "choicesEnableIf": "choices that depend on other answers",
    "rowsVisibleIf": "rows that depend on other answers",
    "columnsVisibleIf": "choices that depend on other answers",
    "description": "hints",
    "choicesOrder": "choices in random order",
    "rowsOrder": "rows in random order",
    "hasSelectAll": "boxes for all choices",
    "showSelectAllItem": "boxes for all choices",
    "hasComment": "comments beside a question",
    "showCommentArea": "comments beside a question",
    "enableIf": "questions that other answers close",
    "valueName": "answers kept under another name",
}
_WHOLE = {
    "triggers": "triggers",
    "calculatedValues": "values that the form computes",
    "completedHtml": "texts without an answer",
    "completedHtmlOnCondition": "texts without an answer",
    "questionsOrder": "questions in random order",
}
_ABSENT = (
    ("showDontKnowItem", "dontKnowText", "dontknow", "dont_know", "Don't know"),
    ("showRefuseItem", "refuseText", "refused", "refused", "Prefer not to say"),
)
_DATES = {"date", "datetime-local", "month", "week"}
_MOST = 200
_LONG = 80
_HEADS = ("title", "description")
_ID = re.compile(r"[^\W\d]\w*")


@definitions.register(
    "surveyjs",
    title={"en": "SurveyJS form", "zh": "SurveyJS问卷"},
    reference="SurveyJS form library, JSON schema of surveys",
    evidence="brute force: forms written by the tests; a real form",
    suffixes=(".json",),
)
def read_surveyjs(path: Path) -> Draft | None:
    """A draft from a SurveyJS form; None for JSON that is none."""
    data = read_json(path)
    if not isinstance(data, dict) or not (data.get("pages") or data.get("elements") or data.get("questions")):
        return None
    headings: list[str] = []
    questions = list(_elements(data, 0, headings))
    texts = [_said(q.get("title") or q.get("name")) for q in questions]
    form = Form(empty(path, "", [w for t in texts for w in list(t.values())[:1]]))
    spoken = language_of(str(data.get("locale") or ""))
    several = {language_of(k) for q in questions if isinstance(q.get("title"), dict) for k in q["title"]}
    form.draft.language = spoken or ("en" if several - {""} else form.draft.language)
    form.draft.title = form.say(_said(data.get("title"))) or form.draft.title
    for question, text in zip(questions, texts, strict=True):
        known = len(form.draft.items)
        _question(form, question, form.say(text))
        _beside(form, question, form.draft.items[known:])
    for heading in headings:
        form.draft.leave("headings of pages and panels", heading)
    for key, what in _WHOLE.items():
        if data.get(key):
            form.draft.leave(what, key)
    return form.draft


def _elements(
    part: Mapping[str, Any], depth: int, headings: list[str], shown: str = ""
) -> Iterator[Mapping[str, Any]]:
    """Questions in order, those of panels and pages among them; their condition goes to the questions."""
    if depth > _DEPTH:
        return
    for key in ("pages", "elements", "questions"):
        for element in part.get(key) or []:
            if not isinstance(element, dict):
                continue
            own = " and ".join(filter(None, (shown, str(element.get("visibleIf") or ""))))
            if key == "pages" or element.get("type") in {"panel", "flowpanel"}:
                headings += [next(iter(_said(element[k]).values()))[:_LONG] for k in _HEADS if element.get(k)]
                yield from _elements(element, depth + 1, headings, own)
            else:
                yield {**element, "visibleIf": own}


def _beside(form: Form, question: Mapping[str, Any], items: Sequence[DraftItem]) -> None:
    """What a question has and an item has no place for; on what it depends."""
    if not items:
        return
    name = str(question.get("name"))
    for key, what in _BESIDE.items():
        if question.get(key) and question[key] != "none":
            form.draft.leave(what, name)
    if question.get("visibleIf"):
        note = f"shown only if {plain_text(question['visibleIf'])}: blanks can mean not shown"
        for item in items:
            item.notes.append(note)
    if re.search(r"\{[^{}]+\}", items[0].text):
        items[0].notes.append("its words hold the answer to another question")


def _question(form: Form, question: Mapping[str, Any], text: str) -> None:
    kind, name = str(question.get("type") or "text"), str(question.get("name") or "question")
    text = text or name
    if kind in _ONE or kind in _SEVERAL or kind == "imagepicker":
        several = kind in _SEVERAL or (kind == "imagepicker" and question.get("multiSelect"))
        _choose(form, question, name, text, bool(several))
    elif kind == "rating":
        _rating(form, question, name, text)
    elif kind == "boolean":
        _boolean(form, question, name, text)
    elif kind == "matrix":
        _matrix(form, question, name, text)
    elif kind == "matrixdropdown":
        _cells(form, question, name, text)
    elif kind == "multipletext":
        for part in _parts(question.get("items")):
            own = form.say(_said(part.get("title") or part.get("name")))
            _text(form, part, f"{name}.{part.get('name')}", form.joined(own, text))
    elif kind in {"text", "comment"}:
        _text(form, question, name, text)
    elif kind == "slider" and question.get("sliderType") != "range":
        form.slide(name, text, _whole(question.get("min"), 0), _whole(question.get("max"), 100))
    elif kind == "ranking":
        form.add(name, text, "text", ["a ranking, read as text: confirm"])
    elif kind in {"paneldynamic", "matrixdynamic"}:
        asked = _parts(question.get("templateElements") or question.get("columns"))
        inside = ", ".join(str(part.get("name")) for part in asked)
        form.add(name, text, "text", [f"asked again and again ({inside}): its answers are kept as one text"])
    elif kind in _LEFT:
        form.draft.leave(_LEFT[kind], name)
    else:
        form.add(name, text, "text", unknown(kind))


def _choose(form: Form, question: Mapping[str, Any], name: str, text: str, several: bool) -> None:
    """A question with choices, those for no answer and "other" among them."""
    choices = _choices(form, question.get("choices"))
    low, high = question.get("choicesMin"), question.get("choicesMax")
    if isinstance(low, int) and isinstance(high, int) and 0 < high - low <= _MOST:
        choices |= {str(n): str(n) for n in range(low, high + 1)}
    if not choices and not _has_other(question):
        where = "a web address" if question.get("choicesByUrl") else "another question or nowhere"
        form.add(name, text, "text", [f"its choices stand in {where}, read as text: confirm"])
        return
    if question.get("hasNone") or question.get("showNoneItem"):
        choices["none"] = form.say(_said(question.get("noneText"))) or "None"
    absent = {
        code: kind for shown, _, code, kind, _ in _ABSENT if question.get(shown) and code not in choices
    }
    if several:
        item = form.several(name, text, choices)
        item.missing = absent
    else:
        # whole numbers laid out in a row are a scale whose words may stand at its ends only
        lies = question.get("colCount")
        item = form.choose(name, text, choices, absent, rated=None if lies == LISTED else lies == RATED)
    if _has_other(question) and not item.scale:
        item.options.setdefault(OTHER, form.say(_said(question.get("otherText"))) or OTHER)
    elif _has_other(question):
        form.draft.leave("answers in own words beside a scale", name)


def _boolean(form: Form, question: Mapping[str, Any], name: str, text: str) -> None:
    said = {
        str(question.get(f"value{side}", side.lower())).replace("True", "true").replace("False", "false"):
        form.say(_said(question.get(f"label{side}"))) or words
        for side, words in (("True", "Yes"), ("False", "No"))
    }  # fmt: skip
    form.choose(name, text, said)


def _rating(form: Form, question: Mapping[str, Any], name: str, text: str) -> DraftItem:
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


def _text(form: Form, question: Mapping[str, Any], name: str, text: str) -> DraftItem:
    asked = question.get("inputType")
    if asked == "range" and {"min", "max"} <= set(question):
        return form.slide(name, text, _whole(question["min"], 0), _whole(question["max"], 100))
    number = asked in {"number", "range"} or question.get("maskType") in {"numeric", "currency"}
    return form.add(name, text, "number" if number else "date" if asked in _DATES else "text")


def _matrix(form: Form, question: Mapping[str, Any], name: str, text: str) -> None:
    """The rows of a table as items; in our own the rows bear the names of the items."""
    columns, rows = _choices(form, question.get("columns")), _choices(form, question.get("rows"))
    ours = name.endswith(GRID) and all(_ID.fullmatch(key) for key in rows)
    items = []
    for key, row in rows.items():
        whole = form.joined(row, text)
        id_ = key if ours else f"{name}.{key}"
        if question.get("cellType") == "checkbox":
            items.append(form.several(id_, whole, columns))
        else:
            items.append(form.choose(id_, whole, columns, rated=True))
    if not rows:
        form.draft.leave("tables without rows", name)
    form.battery(name, text, items)


def _cells(form: Form, question: Mapping[str, Any], name: str, text: str) -> None:
    """A table whose columns are questions: one item per cell, as the answers hold them (table.row.column)."""
    for key, row in _choices(form, question.get("rows")).items():
        for column in _parts(question.get("columns")):
            own = str(column.get("name"))
            said = form.joined(form.say(_said(column.get("title") or own)), form.joined(row, text))
            kind = column.get("cellType") or question.get("cellType") or "dropdown"
            listed = column.get("choices") or question.get("choices")
            _question(form, {**column, "type": kind, "choices": listed, "name": f"{name}.{key}.{own}"}, said)


def _parts(entries: Any) -> list[Mapping[str, Any]]:
    """The parts of a question; a text is the name of one."""
    listed = entries if isinstance(entries, list) else []
    return [e if isinstance(e, dict) else {"name": str(e)} for e in listed]


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
