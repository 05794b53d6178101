"""Qualtrics survey files (.qsf): questions with their export tags and recode values."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from surveykit.questionnaire import wording
from surveykit.questionnaire.draft import Draft
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


@definitions.register(
    "qsf",
    title={"en": "Qualtrics survey file", "zh": "Qualtrics 问卷文件"},
    reference="Qualtrics QSF",
    evidence="brute force: files written by the tests; a real survey file",
    suffixes=(".qsf",),
)
def read_qsf(path: Path) -> Draft | None:
    """A draft from a .qsf file; item ids are the export tags, negative recodes are no answers."""
    data = read_json(path)
    if not isinstance(data, dict) or not isinstance(data.get("SurveyElements"), list):
        return None
    elements = [e for e in data["SurveyElements"] if isinstance(e, dict) and e.get("Element") == "SQ"]
    questions = [e["Payload"] for e in elements if isinstance(e.get("Payload"), dict)]
    texts = [plain_text(q.get("QuestionText")) for q in questions]
    form = Form(empty(path, plain_text((data.get("SurveyEntry") or {}).get("SurveyName")), texts))
    for question, text in zip(questions, texts, strict=True):
        _translations(form, question, text)
        _question(form, question, text)
    return form.draft


def _question(form: Form, question: Mapping[str, Any], text: str) -> None:
    kind, selector = str(question.get("QuestionType")), str(question.get("Selector"))
    name = str(question.get("DataExportTag") or question.get("QuestionID") or "question")
    choices = _listed(question.get("Choices"), question.get("ChoiceOrder"))
    recodes = _recodes(question.get("RecodeValues"))
    if kind in {"DB", "Timing", "Captcha", "Meta"}:
        return
    if kind == "MC" and selector.startswith("MA"):
        form.several(name, text, {str(i + 1): w for i, w in enumerate(choices.values())})
    elif kind == "MC" and selector == "NPS":
        form.rate(name, text, 0, 10, {})
    elif kind == "MC":
        form.choose(name, text, *_coded(choices, recodes))
    elif kind == "Matrix" and question.get("SubSelector") in {"SingleAnswer", "DL", None}:
        answers = _coded(_listed(question.get("Answers"), question.get("AnswerOrder")), recodes)
        tags = question.get("ChoiceDataExportTags")
        rows = [
            form.choose(_row_name(name, key, tags), f"{row} ({text})", *answers)
            for key, row in choices.items()
        ]
        form.battery(name, text, rows)
    elif kind == "Matrix" and question.get("SubSelector") == "MultipleAnswer":
        boxes = _listed(question.get("Answers"), question.get("AnswerOrder"))
        options = {str(i + 1): w for i, w in enumerate(boxes.values())}
        tags = question.get("ChoiceDataExportTags")
        for key, row in choices.items():
            form.several(_row_name(name, key, tags), f"{row} ({text})", options)
    elif kind == "TE":
        content = ((question.get("Validation") or {}).get("Settings") or {}).get("ContentType")
        form.add(name, text, "number" if content == "ValidNumber" else "text")
    elif kind in {"Slider", "CS"}:
        for key, row in choices.items():
            form.add(f"{name}_{key}", f"{row} ({text})", "number")
    else:
        form.add(name, text, "text", unknown(kind))


def _translations(form: Form, question: Mapping[str, Any], text: str) -> None:
    """The wording and choices of other languages, which stand beside those of the form's own."""
    spoken = question.get("Language")
    for tag, said in spoken.items() if isinstance(spoken, dict) else ():
        language = language_of(str(tag))
        if not isinstance(said, dict) or not language:
            continue
        form.say({form.draft.language: text, language: plain_text(said.get("QuestionText"))})
        for part in ("Choices", "Answers"):
            own, others = _listed(question.get(part), None), _listed(said.get(part), None)
            for key, words in own.items():
                form.say({form.draft.language: words, language: others.get(key, "")})


def _row_name(name: str, key: str, tags: Any) -> str:
    tag = tags.get(key) if isinstance(tags, dict) else None
    return str(tag) if tag and tag is not True else f"{name}_{key}"


def _listed(entries: Any, order: Any) -> dict[str, str]:
    """Choices in their order: key and words. They are a mapping, or a list."""
    if isinstance(entries, list):
        entries = {str(i): e for i, e in enumerate(entries) if e is not None}
    if not isinstance(entries, dict):
        return {}
    keys = [str(k) for k in order] if isinstance(order, list) else list(map(str, entries))
    named = {str(k): v for k, v in entries.items()}
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
