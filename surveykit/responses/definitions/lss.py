"""LimeSurvey survey files (.lss): XML, texts beside the questions or, in newer ones, in ``*_l10ns``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError
from surveykit.questionnaire.draft import Draft
from surveykit.responses.definitions.common import (
    Form,
    definitions,
    empty,
    language_of,
    plain_text,
)
from surveykit.responses.definitions.limesurvey import Asked, add

__all__ = ["read_lss"]

Row = Mapping[str, str]
_TEXTS = ("questions", "subquestions", "answers")
_ROOT = {"", "0"}
_LONG = 80
_LEFT = {"quota": "quotas", "conditions": "conditions", "assessments": "assessments"}


@definitions.register(
    "lss",
    title={"en": "LimeSurvey structure", "zh": "LimeSurvey问卷结构"},
    reference="LimeSurvey survey structure (.lss)",
    evidence="brute force: files written by the tests; a real structure",
    suffixes=(".lss",),
)
def read_lss(path: Path) -> Draft | None:
    """A draft from a .lss file: its first language, questions in their order."""
    root = _parse(path)
    if root.findtext("LimeSurveyDocType") != "Survey":
        return None
    spoken = [e.text for e in root.iterfind("languages/language") if e.text]
    base = spoken[0] if spoken else ""
    said = _wordings(root, spoken or [""])
    sections = {name: _rows(root, name, base) for name in _TEXTS}
    questions = [q for q in sections["questions"] if q.get("parent_qid", "0") in _ROOT]
    texts = [plain_text(said["question", q.get("qid", "")].get(base)) for q in questions]
    form = Form(empty(path, "", texts))
    form.draft.language = language_of(base) or form.draft.language
    form.draft.title = form.say(_ordered(said["title",])) or form.draft.title
    parts, answers = _below(sections)
    groups = {r.get("gid", ""): r for r in _rows(root, "groups", base)}
    questions.sort(
        key=lambda q: (_order(groups.get(q.get("gid", ""), {}), "group_order"), _order(q, "question_order"))
    )
    settings = _settings(root)
    for question in questions:
        qid = question.get("qid", "")
        asked = Asked(
            question.get("type", ""),
            question.get("title") or "question",
            _ordered(said["question", qid]),
            _other(settings[qid]) if question.get("other") == "Y" else None,
            {(r.get("scale_id") or "0", r.get("title", "")): _ordered(said["question", r.get("qid", "")])
             for r in parts[qid]},
            {(s := r.get("scale_id") or "0", r["code"]): _ordered(said["answer", qid, s, r["code"]])
             for r in answers[qid] if "code" in r},
            {**settings[qid], **question, "help": said["help", qid].get(base, "")},
        )  # fmt: skip
        shown = groups.get(question.get("gid", ""), {})
        add(form, asked, shown.get("grelevance", ""))
    _leave(form, root, base)
    return form.draft


def _below(sections: Mapping[str, list[dict[str, str]]]) -> tuple[dict[str, list[Row]], dict[str, list[Row]]]:
    """Sub-questions and answers by their question, in order; older files keep sub-questions among the questions."""
    parts: dict[str, list[Row]] = defaultdict(list)
    inner = [q for q in sections["questions"] if q.get("parent_qid", "0") not in _ROOT]
    for row in sorted([*sections["subquestions"], *inner], key=lambda r: _order(r, "question_order")):
        parts[row.get("parent_qid", "")].append(row)
    answers: dict[str, list[Row]] = defaultdict(list)
    for row in sorted(sections["answers"], key=lambda r: _order(r, "sortorder")):
        answers[row.get("qid", "")].append(row)
    return parts, answers


def _wordings(root: Any, spoken: Sequence[str]) -> dict[tuple[str, ...], dict[str, str]]:
    """Every text by language; newer files keep texts apart from the questions (``*_l10ns``)."""
    found: dict[tuple[str, ...], dict[str, str]] = defaultdict(dict)
    for language in spoken:
        texts = {r.get("qid"): r for r in _rows(root, "question_l10ns", language)}
        words = {r.get("aid"): r for r in _rows(root, "answer_l10ns", language)}
        for section in ("questions", "subquestions"):
            for row in _rows(root, section, language):
                text = texts.get(row.get("qid"), row)
                found["question", row.get("qid", "")][language] = plain_text(text.get("question"))
                found["help", row.get("qid", "")][language] = plain_text(text.get("help"))
        for row in _rows(root, "answers", language):
            text = words.get(row.get("aid"), row)
            place = row.get("qid", ""), row.get("scale_id") or "0", row.get("code", "")
            found["answer", *place][language] = plain_text(text.get("answer"))
        for row in _rows(root, "surveys_languagesettings", language):
            found["title",][language] = plain_text(row.get("surveyls_title"))
    return found


def _settings(root: Any) -> dict[str, dict[str, str]]:
    """The further settings of questions, and their answers filled in beforehand."""
    found: dict[str, dict[str, str]] = defaultdict(dict)
    for row in root.iterfind("question_attributes/rows/row"):
        values = {e.tag: (e.text or "") for e in row}
        found[values.get("qid", "")].setdefault(values.get("attribute", ""), values.get("value", ""))
    for row in root.iterfind("defaultvalues/rows/row"):
        found[row.findtext("qid") or ""]["default"] = row.findtext("defaultvalue") or "given"
    return found


def _other(settings: Mapping[str, str]) -> dict[str, str]:
    return {"": plain_text(settings.get("other_replace_text"))}


def _leave(form: Form, root: Any, base: str) -> None:
    """What the structure has and a questionnaire has no place for."""
    titles = {r.get("gid", ""): r for r in (*_rows(root, "groups", base), *_rows(root, "group_l10ns", base))}
    for row in titles.values():
        if row.get("group_name"):
            form.draft.leave("headings of groups", plain_text(row["group_name"])[:_LONG])
    for row in _rows(root, "subquestions", base):
        if row.get("relevance", "").strip() not in {"", "1"}:
            form.draft.leave("rows that depend on other answers", row.get("title", ""))
    for section, what in _LEFT.items():
        for row in root.iterfind(f"{section}/rows/row"):
            form.draft.leave(what, row.findtext("name") or row.findtext("qid") or "")


def _ordered(said: Mapping[str, str]) -> dict[str, str]:
    return {language_of(language): words for language, words in said.items()}


def _rows(root: Any, section: str, language: str) -> list[dict[str, str]]:
    """The rows of a section in one language."""
    found = []
    for row in root.iterfind(f"{section}/rows/row"):
        values = {e.tag: (e.text or "") for e in row}
        said = values.get("language") or values.get("surveyls_language") or language
        if said == language:
            found.append(values)
    return found


def _order(row: Row, key: str) -> int:
    digits = row.get(key) or "0"
    return int(digits) if digits.isdigit() else 0


def _parse(path: Path) -> Any:
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import parse

    try:
        return parse(path, forbid_dtd=True).getroot()
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise SurveykitError(
            "this is no LimeSurvey structure", str(path), got=str(error)[:100], code="DAMAGED"
        ) from None
