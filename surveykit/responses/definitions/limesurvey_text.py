"""LimeSurvey's tab-separated structure (.txt): one row per group, question, sub-question and answer."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from pathlib import Path

from surveykit.errors import SurveykitError
from surveykit.questionnaire.draft import Draft
from surveykit.responses.definitions.common import (
    Form,
    Said,
    definitions,
    empty,
    language_of,
    plain_text,
)
from surveykit.responses.definitions.limesurvey import Asked, add

__all__ = ["read_limesurvey_text"]

_COLUMNS = {"class", "type/scale", "name", "text", "language"}
_READ = {"S", "SL", "G", "Q", "SQ", "A"}
_ROWS = {
    **dict.fromkeys(("QTA", "QTAM", "QTALS"), "quotas"),
    "AS": "assessments",
    "C": "conditions",
}
_OWN_GROUPS = {"Questions", "问题"}
_LONG = 80
_HEAD = 4096
Row = Mapping[str, str]


@definitions.register(
    "limesurvey_text",
    title={"en": "LimeSurvey tab-separated structure", "zh": "LimeSurvey制表符分隔的问卷结构"},
    reference="LimeSurvey manual, Tab Separated Value survey structure",
    evidence="brute force: files written by the tests",
    suffixes=(".txt",),
)
def read_limesurvey_text(path: Path) -> Draft | None:
    """A draft from a tab-separated structure in all its languages; None for a text file that is none."""
    rows = _rows(path)
    if rows is None:
        return None
    base = next((r["text"] for r in rows if r["class"] == "S" and r["name"] == "language"), "")
    asked = _collect(rows)
    titles = {r["language"]: r["text"] for r in rows if r["class"] == "SL" and r["name"] == "surveyls_title"}
    base = base or next((r["language"] for r in rows if r["language"]), "")
    texts = [plain_text(q.text.get(base)) for q, _ in asked]
    form = Form(empty(path, "", texts))
    form.draft.language = language_of(base) or form.draft.language
    form.draft.title = form.say(_ordered(titles, base)) or form.draft.title
    for question, shown in asked:
        question.text = _ordered(question.text, base)
        question.other = None if question.other is None else _ordered(question.other, base)
        question.parts = {k: _ordered(said, base) for k, said in question.parts.items()}
        question.answers = {k: _ordered(said, base) for k, said in question.answers.items()}
        add(form, question, shown)
    _leave(form, rows)
    return form.draft


def _collect(rows: Sequence[Row]) -> list[tuple[Asked, str]]:
    """Questions in their order with the condition of their group; the rows of further languages go to those of the first."""
    asked: dict[str, tuple[Asked, str]] = {}
    now: Asked | None = None
    shown = ""
    for row in rows:
        if row["class"] == "G":
            shown = row.get("relevance", "")
        elif row["class"] == "Q":
            other: dict[str, str] | None = {} if row.get("other", "").upper() == "Y" else None
            fresh = Asked(row["type/scale"], row["name"], {}, other, facts=row)
            now, _ = asked.setdefault(row["name"], (fresh, shown))
            now.text = {row["language"]: row["text"], **now.text}
            if now.other is not None:
                now.other = {row["language"]: row.get("other_replace_text", ""), **now.other}
        elif row["class"] in {"SQ", "A"} and now is not None:
            below = now.parts if row["class"] == "SQ" else now.answers
            place = row["type/scale"] or "0", row["name"]
            below[place] = {row["language"]: row["text"], **below.get(place, {})}
    return list(asked.values())


def _leave(form: Form, rows: Sequence[Row]) -> None:
    """What the structure has and a questionnaire has no place for."""
    for row in rows:
        kind, name = row["class"], row["name"]
        if kind == "G" and (name or row["text"]) and name not in _OWN_GROUPS:
            form.draft.leave("headings of groups", plain_text(name or row["text"])[:_LONG])
        elif kind == "SQ" and row.get("relevance", "") not in {"", "1"}:
            form.draft.leave("rows that depend on other answers", name)
        elif kind and kind not in _READ:
            form.draft.leave(_ROWS.get(kind, f"rows of the class {kind}"), name)


def _ordered(texts: Said, base: str) -> dict[str, str]:
    """Words by language code without HTML, the survey's own language first."""
    listed = sorted(texts.items(), key=lambda pair: pair[0] != base)
    return {language_of(language): plain_text(words) for language, words in listed}


def _rows(path: Path) -> list[dict[str, str]] | None:
    """The rows by column, or None where the first line is another one."""
    with path.open("rb") as file:
        first = file.read(_HEAD).decode("utf-8-sig", errors="replace").splitlines()[:1]
    header = [h.strip('" ').casefold() for h in (first or [""])[0].split("\t")]
    if not set(header) >= _COLUMNS:
        return None
    try:
        text = path.read_bytes().decode("utf-8-sig")
        cells = list(csv.reader(io.StringIO(text, newline=""), delimiter="\t"))
    except (UnicodeDecodeError, csv.Error) as error:
        raise SurveykitError(
            "this is no LimeSurvey structure", str(path), got=str(error)[:100], code="DAMAGED"
        ) from None
    blank = dict.fromkeys(header, "")
    return [{**blank, **{h: c.strip() for h, c in zip(header, row, strict=False)}} for row in cells[1:]]
