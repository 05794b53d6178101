"""LimeSurvey survey files (.lss): XML, texts beside the questions or, in newer ones, in ``*_l10ns``."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError
from surveykit.questionnaire.draft import Draft, DraftItem
from surveykit.responses.choices import OTHER
from surveykit.responses.definitions.common import (
    Form,
    definitions,
    empty,
    language_of,
    plain_text,
    unknown,
)

__all__ = ["FIXED", "read_lss"]

Row = Mapping[str, str]
_TEXT = set("STUQ|")
_LISTS = set("L!OZ")
_SEVERAL = set("MP")
_SILENT = set("X*I")
FIXED = {
    "5": {str(i): str(i) for i in range(1, 6)},
    "A": {str(i): str(i) for i in range(1, 6)},
    "B": {str(i): str(i) for i in range(1, 11)},
    "Y": {"Y": "Yes", "N": "No"},
    "G": {"F": "Female", "M": "Male"},
    "C": {"Y": "Yes", "U": "Uncertain", "N": "No"},
    "E": {"I": "Increase", "S": "Same", "D": "Decrease"},
}


@definitions.register(
    "lss",
    title={"en": "LimeSurvey structure", "zh": "LimeSurvey 问卷结构"},
    reference="LimeSurvey survey structure (.lss)",
    evidence="brute force: files written by the tests; a real structure",
    suffixes=(".lss",),
)
def read_lss(path: Path) -> Draft | None:
    """A draft from a .lss file: its first language, questions in their order."""
    root = _parse(path)
    if root.findtext("LimeSurveyDocType") != "Survey":
        return None
    language = root.findtext("languages/language") or ""
    sections = {name: _rows(root, name, language) for name in ("questions", "subquestions", "answers")}
    _add_texts(root, sections, language)
    titles = _rows(root, "surveys_languagesettings", language)
    questions = [q for q in sections["questions"] if q.get("parent_qid", "0") in {"0", ""}]
    parts: dict[str, list[Row]] = defaultdict(list)
    for row in [*sections["subquestions"], *(q for q in sections["questions"] if q not in questions)]:
        parts[row.get("parent_qid", "")].append(row)
    answers: dict[str, list[Row]] = defaultdict(list)
    for row in sections["answers"]:
        answers[row.get("qid", "")].append(row)
    texts = [plain_text(q.get("question")) for q in questions]
    form = Form(empty(path, plain_text((titles or [{}])[0].get("surveyls_title")), texts))
    form.draft.language = language_of(language) or form.draft.language
    _translations(form, root, language)
    groups = {r.get("gid", ""): int(r.get("group_order") or 0) for r in _rows(root, "groups", language)}
    for question in sorted(
        questions, key=lambda q: (groups.get(q.get("gid", ""), 0), _order(q, "question_order"))
    ):
        subs = sorted(parts[question.get("qid", "")], key=lambda r: _order(r, "question_order"))
        listed = sorted(answers[question.get("qid", "")], key=lambda r: _order(r, "sortorder"))
        _question(
            form,
            question,
            subs,
            {r["code"]: plain_text(r.get("answer")) or r["code"] for r in listed if "code" in r},
        )
    return form.draft


def _translations(form: Form, root: Any, language: str) -> None:
    """The words of the file's further languages, beside those of its first."""
    spoken = [e.text or "" for e in root.iterfind("languages/language")]
    own = _texts(root, language)
    for other in spoken:
        said = _texts(root, other) if other != language and language_of(other) else {}
        for key, words in own.items():
            form.say({language_of(language): words, language_of(other): said.get(key, "")})


def _texts(root: Any, language: str) -> dict[tuple[str, ...], str]:
    """Every wording in one language: of questions by their id, of answers by question and code."""
    sections = {name: _rows(root, name, language) for name in ("questions", "subquestions", "answers")}
    _add_texts(root, sections, language)
    found: dict[tuple[str, ...], str] = {}
    for row in (*sections["questions"], *sections["subquestions"]):
        found["question", row.get("qid", "")] = plain_text(row.get("question"))
    for row in sections["answers"]:
        found["answer", row.get("qid", ""), row.get("code", "")] = plain_text(row.get("answer"))
    for row in _rows(root, "surveys_languagesettings", language):
        found["title",] = plain_text(row.get("surveyls_title"))
    return found


def _question(form: Form, question: Row, subs: Sequence[Row], answers: dict[str, str]) -> None:
    kind, name = question.get("type", ""), question.get("title") or "question"
    text = plain_text(question.get("question")) or name
    other = {OTHER: OTHER} if question.get("other") == "Y" else {}
    if kind in _SILENT:
        return
    if kind in _LISTS or kind in {"5", "Y", "G"}:
        item = form.choose(name, text, FIXED.get(kind, answers))
        if item.options:
            item.options.update(other)
    elif kind in _SEVERAL:
        # as the reader of exports names it: the question's code, or its text
        form.several(
            name, text, {s.get("title", ""): plain_text(s.get("question")) for s in subs}, bool(other)
        )
    elif kind in "ABCEFH1":
        choices = FIXED.get(kind, answers)
        items = [_row(form, name, text, s, choices) for s in subs]
        form.battery(name, text, items)
    elif kind in "NK":
        for sub in subs or [{}]:
            form.add(f"{name}_{sub['title']}" if sub else name, _both(sub, text), "number")
    elif kind == "D":
        form.add(name, text, "date")
    elif kind in _TEXT:
        for sub in subs or [{}]:
            form.add(f"{name}_{sub['title']}" if sub else name, _both(sub, text), "text")
    else:
        form.add(name, text, "text", unknown(kind))


def _row(form: Form, name: str, text: str, sub: Row, choices: dict[str, str]) -> DraftItem:
    code = sub.get("title", "")
    item = form.choose(f"{name}_{code}", _both(sub, text), choices)
    item.aliases = list(dict.fromkeys([*item.aliases, f"{name}[{code}]"]))
    return item


def _both(sub: Row, text: str) -> str:
    own = plain_text(sub.get("question")) if sub else ""
    return f"{own} ({text})" if own else text


def _rows(root: Any, section: str, language: str) -> list[dict[str, str]]:
    """The rows of a section in one language."""
    found = []
    for row in root.iterfind(f"{section}/rows/row"):
        values = {e.tag: (e.text or "") for e in row}
        said = values.get("language") or values.get("surveyls_language") or language
        if said == language:
            found.append(values)
    return found


def _add_texts(root: Any, sections: Mapping[str, list[dict[str, str]]], language: str) -> None:
    """Texts of newer files, which keep them apart from the questions."""
    texts = {r.get("qid"): r for r in _rows(root, "question_l10ns", language)}
    words = {r.get("aid"): r for r in _rows(root, "answer_l10ns", language)}
    for row in (*sections["questions"], *sections["subquestions"]):
        row.setdefault("question", texts.get(row.get("qid"), {}).get("question", ""))
    for row in sections["answers"]:
        row.setdefault("answer", words.get(row.get("aid"), {}).get("answer", ""))


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
