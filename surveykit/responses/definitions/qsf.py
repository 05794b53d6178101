"""Qualtrics survey files (.qsf): questions with their export tags and recode values."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from surveykit.questionnaire import wording
from surveykit.questionnaire.draft import Draft, DraftItem
from surveykit.responses.definitions.common import (
    Form,
    definitions,
    empty,
    language_of,
    plain_text,
    read_json,
    unknown,
)

__all__ = ["read_qsf"]

_DEPTH = 20
_LOOPED = "surveykit: in a block that is repeated"
_LEFT = {
    "DB": "texts without an answer",
    "Timing": "facts of the interview",
    "Captcha": "facts of the interview",
    "Meta": "facts of the interview",
    "FileUpload": "pictures, recordings and files",
    "Draw": "pictures, recordings and files",
    "Signature": "pictures, recordings and files",
}
_FLOW = {"Branch": "branches of the survey", "BlockRandomizer": "blocks in random order", "Quota": "quotas"}
_BESIDE = {
    "SkipLogic": "jumps to other questions",
    "Randomization": "choices in random order",
    "QuestionJS": "scripts beside a question",
    "DynamicChoices": "choices that depend on other answers",
    "DefaultChoices": "answers filled in beforehand",
}


@definitions.register(
    "qsf",
    title={"en": "Qualtrics survey file", "zh": "Qualtrics问卷文件"},
    reference="Qualtrics QSF",
    evidence="brute force: files written by the tests; a real survey file",
    suffixes=(".qsf",),
)
def read_qsf(path: Path) -> Draft | None:
    """A draft from a .qsf file; item ids are the export tags, negative recodes are no answers."""
    data = read_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("SurveyElements"), list):
        return None
    elements = [e for e in data["SurveyElements"] if isinstance(e, dict)]
    asked, unused = _in_order(elements)
    texts = [plain_text(q.get("QuestionText")) for q in asked]
    entry = data.get("SurveyEntry") or {}
    form = Form(empty(path, plain_text(entry.get("SurveyName")), texts))
    form.draft.language = language_of(str(entry.get("SurveyLanguage") or "")) or form.draft.language
    for question, text in zip(asked, texts, strict=True):
        known = len(form.draft.items)
        said = {k: plain_text(other.get("QuestionText")) for k, other in _spoken(question).items()}
        _question(form, question, form.say({"": text or _name(question), **said}))
        _beside(form, question, form.draft.items[known:])
    for question in unused:
        form.draft.leave("questions in the trash", _name(question))
    _leave(form, elements)
    return form.draft


def _name(question: Mapping[str, Any]) -> str:
    return str(question.get("DataExportTag") or question.get("QuestionID") or "question")


def _in_order(
    elements: Sequence[Mapping[str, Any]],
) -> tuple[list[Mapping[str, Any]], list[Mapping[str, Any]]]:
    """The questions in the order of their blocks, and those of the trash; without blocks as they stand."""
    listed = [
        e["Payload"] for e in elements if e.get("Element") == "SQ" and isinstance(e.get("Payload"), dict)
    ]
    questions = {str(q.get("QuestionID") or i): q for i, q in enumerate(listed)}
    place: dict[str, int] = {}
    trash: set[str] = set()
    looped: set[str] = set()
    for block in _blocks(elements):
        options = block.get("Options")
        rounds = options.get("Looping") if isinstance(options, dict) else None
        for element in block.get("BlockElements") or []:
            name = str(element.get("QuestionID")) if isinstance(element, dict) else ""
            place.setdefault(name, len(place))
            if block.get("Type") == "Trash":
                trash.add(name)
            if rounds not in (None, "", "None"):
                looped.add(name)
    order = sorted(questions, key=lambda name: place.get(name, len(place)))
    asked: list[Mapping[str, Any]] = [{**questions[n], _LOOPED: n in looped} for n in order if n not in trash]
    return asked, [questions[n] for n in order if n in trash]


def _blocks(elements: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """The blocks, which stand in a list or in a mapping, in the order of the survey's flow."""
    held = [e.get("Payload") for e in elements if e.get("Element") == "BL"]
    blocks = [
        b for p in held for b in (p.values() if isinstance(p, dict) else p or []) if isinstance(b, dict)
    ]
    flow = list(_flow([e.get("Payload") for e in elements if e.get("Element") == "FL"], 0))
    order = {str(f.get("ID")): i for i, f in reversed(list(enumerate(flow))) if f.get("ID")}
    return sorted(blocks, key=lambda b: order.get(str(b.get("ID")), len(order)))


def _flow(parts: Any, depth: int) -> Iterator[Mapping[str, Any]]:
    for part in parts if isinstance(parts, list) and depth < _DEPTH else []:
        if isinstance(part, dict):
            yield part
            yield from _flow(part.get("Flow"), depth + 1)


def _leave(form: Form, elements: Sequence[Mapping[str, Any]]) -> None:
    """What the survey has and a questionnaire has no place for."""
    for part in _flow([e.get("Payload") for e in elements if e.get("Element") == "FL"], 0):
        kind = str(part.get("Type"))
        if kind == "EmbeddedData":
            for entry in part.get("EmbeddedData") or []:
                form.draft.leave("data set by the survey or its link", str(entry.get("Field")))
        elif kind in _FLOW:
            form.draft.leave(_FLOW[kind], "")
    for element in elements:
        if element.get("Element") == "QO":
            form.draft.leave("quotas", str((element.get("Payload") or {}).get("Name") or ""))


def _beside(form: Form, question: Mapping[str, Any], items: Sequence[DraftItem]) -> None:
    """What a question has and an item has no place for; on what it depends."""
    if not items:
        return
    name = _name(question)
    note = "its words hold the answer to another question"
    settings = (question.get("Validation") or {}).get("Settings") or {}
    if question.get("DisplayLogic") or question.get("InPageDisplayLogic"):
        for item in items:
            item.notes.append("shown on a condition (display logic): blanks can mean not shown")
    if question.get(_LOOPED):
        for item in items:
            item.notes.append("asked again and again (loop and merge): an export has it once per round")
    if "${" in items[0].text:
        items[0].notes.append(note)
    if str(settings.get("ForceResponse")).upper() in {"ON", "TRUE"}:
        form.draft.leave("questions that must be answered", name)
    for key, what in _BESIDE.items():
        if question.get(key):
            form.draft.leave(what, name)
    entries = [e for part in ("Choices", "Answers") for e in _entries(question.get(part)).values()]
    if any(isinstance(e, dict) and e.get("DisplayLogic") for e in entries):
        form.draft.leave("choices that depend on other answers", name)
    if any(isinstance(e, dict) and e.get("TextEntry") for e in entries):
        form.draft.leave("texts beside a choice (columns that end in _TEXT)", name)


def _question(form: Form, question: Mapping[str, Any], text: str) -> None:
    kind, selector = str(question.get("QuestionType")), str(question.get("Selector"))
    name = _name(question)
    choices = _choices(form, question, "Choices")
    recodes = _recodes(question.get("RecodeValues"))
    if kind in _LEFT:
        form.draft.leave(_LEFT[kind], name)
    elif kind == "MC" and selector.startswith(("MA", "MSB")):
        form.several(name, text, {str(i + 1): w for i, w in enumerate(choices.values())})
    elif kind == "MC" and selector == "NPS":
        form.rate(name, text, 0, 10, {})
    elif kind == "MC":
        form.choose(name, text, *_coded(choices, recodes))
    elif kind == "Matrix":
        _matrix(form, question, name, text, choices)
    elif kind == "SBS":
        _side_by_side(form, question, name, text, choices)
    elif kind == "TE" and selector == "FORM":
        _each(form, name, text, choices, "text")
    elif kind == "TE":
        content = ((question.get("Validation") or {}).get("Settings") or {}).get("ContentType")
        type_ = {"ValidNumber": "number", "ValidDate": "date"}.get(str(content), "text")
        form.add(name, text, type_)
    elif kind == "Slider":
        _sliders(form, question, name, text, choices)
    elif kind == "CS":
        _each(form, name, text, choices, "number")
    elif kind == "RO":
        for item in _each(form, name, text, choices, "number"):
            item.notes.append("its place in a ranking: 1 is the first")
    else:
        form.add(name, text, "text", unknown(kind))


def _each(form: Form, name: str, text: str, rows: Mapping[str, str], type_: str) -> list[DraftItem]:
    """A field per choice: each is a column of its own."""
    return [form.add(f"{name}_{key}", form.joined(row, text), type_) for key, row in rows.items()]


def _matrix(form: Form, question: Mapping[str, Any], name: str, text: str, rows: Mapping[str, str]) -> None:
    columns = _choices(form, question, "Answers")
    tags = question.get("ChoiceDataExportTags")
    names = {key: _row_name(name, key, tags) for key in rows}
    kind = question.get("SubSelector")
    if question.get("Selector") == "TE" or kind in {"Short", "Medium", "Long", "Essay"}:
        for key, row in rows.items():
            _each(form, names[key], form.joined(row, text), columns, "text")
    elif kind == "MultipleAnswer":
        options = {str(i + 1): w for i, w in enumerate(columns.values())}
        for key, row in rows.items():
            form.several(names[key], form.joined(row, text), options)
    elif question.get("Selector") in {"CS", "RO", "MaxDiff"}:
        for key, row in rows.items():
            item = form.add(names[key], form.joined(row, text), "text")
            item.notes += unknown(f"Matrix {question.get('Selector')}")
    else:
        answers = _coded(columns, _recodes(question.get("RecodeValues")))
        items = [form.choose(names[key], form.joined(row, text), *answers) for key, row in rows.items()]
        form.battery(name, text, items)


def _side_by_side(
    form: Form, question: Mapping[str, Any], name: str, text: str, rows: Mapping[str, str]
) -> None:
    """Several tables with the same rows: their columns are named name#table_row."""
    for number, table in _entries(question.get("AdditionalQuestions")).items():
        if isinstance(table, dict):
            said = form.joined(plain_text(table.get("QuestionText")) or str(number), text)
            _matrix(form, {**table, "ChoiceDataExportTags": None}, f"{name}#{number}", said, rows)


def _sliders(
    form: Form, question: Mapping[str, Any], name: str, text: str, choices: Mapping[str, str]
) -> None:
    """A slider per choice, from its lowest to its highest value where these are whole numbers."""
    setting = question.get("Configuration") or {}
    ends = [str(setting.get(key, "")) for key in ("CSSliderMin", "CSSliderMax")]
    whole = all(re.fullmatch(r"-?\d{1,6}", end) for end in ends) and int(ends[0]) < int(ends[1])
    for key, row in choices.items():
        said = form.joined(row, text)
        if whole and str(setting.get("NumDecimals", "0")) == "0":
            form.slide(f"{name}_{key}", said, int(ends[0]), int(ends[1]))
        else:
            form.add(f"{name}_{key}", said, "number")


def _spoken(question: Mapping[str, Any]) -> dict[str, Mapping[str, Any]]:
    """The wording and choices in other languages, which stand beside those of the form's own."""
    spoken = question.get("Language")
    found = spoken.items() if isinstance(spoken, dict) else ()
    return {
        language_of(str(tag)): said for tag, said in found if isinstance(said, dict) and language_of(str(tag))
    }


def _choices(form: Form, question: Mapping[str, Any], part: str) -> dict[str, str]:
    """Choices or answers in their order, in all languages."""
    own = _listed(question.get(part), question.get(f"{part[:-1]}Order"))
    others = {k: _listed(said.get(part), None) for k, said in _spoken(question).items()}
    return {
        key: form.say({"": words, **{k: listed.get(key, "") for k, listed in others.items()}})
        for key, words in own.items()
    }


def _row_name(name: str, key: str, tags: Any) -> str:
    tag = tags.get(key) if isinstance(tags, dict) else None
    return str(tag) if tag and tag is not True else f"{name}_{key}"


def _entries(entries: Any) -> dict[str, Any]:
    """Choices by their key: they are a mapping, or a list."""
    if isinstance(entries, list):
        return {str(i): e for i, e in enumerate(entries) if e is not None}
    return {str(k): v for k, v in entries.items()} if isinstance(entries, dict) else {}


def _listed(entries: Any, order: Any) -> dict[str, str]:
    """Choices in their order: key and words."""
    named = _entries(entries)
    keys = [str(k) for k in order] if isinstance(order, list) else list(named)
    return {
        k: plain_text(named[k].get("Display") if isinstance(named[k], dict) else named[k]) or k
        for k in dict.fromkeys([*keys, *named])
        if k in named
    }


def _recodes(values: Any) -> dict[str, str]:
    if isinstance(values, list):
        values = {str(i): v for i, v in enumerate(values)}
    return {str(k): str(v) for k, v in values.items()} if isinstance(values, dict) else {}


def _coded(choices: Mapping[str, str], recodes: Mapping[str, str]) -> tuple[dict[str, str], dict[str, str]]:
    """Choices by the code that is exported, and the negative codes with their kind of missing."""
    codes = {recodes.get(k, k): w for k, w in choices.items()}
    missing = {c: wording.missing_kind(w) or "not_shown" for c, w in codes.items() if c.startswith("-")}
    return {c: w for c, w in codes.items() if c not in missing}, missing
