"""LimeSurvey's tab-separated structure (.txt): one row per group, question, sub-question and answer."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from surveykit.errors import SurveykitError
from surveykit.questionnaire.draft import Draft, DraftItem
from surveykit.responses.choices import OTHER
from surveykit.responses.definitions.common import (
    Form,
    Said,
    definitions,
    empty,
    language_of,
    plain_text,
    unknown,
)
from surveykit.responses.definitions.lss import FIXED

__all__ = ["SCALE_CLASS", "read_limesurvey_text"]

SCALE_CLASS = "surveykit-scale"
"""The css class of a list that is a response scale."""
_COLUMNS = {"class", "type/scale", "name", "text", "language"}
_HEAD = 4096
Row = Mapping[str, str]


@dataclass(slots=True)
class _Asked:
    """A question with what stands below it: text by language, and rows by class and name."""

    row: Row
    text: dict[str, str] = field(default_factory=dict)
    other: dict[str, str] = field(default_factory=dict)
    below: dict[tuple[str, str], dict[str, str]] = field(default_factory=dict)

    def listed(self, form: Form, kind: str) -> dict[str, str]:
        """The sub-questions (SQ) or answers (A): name and words."""
        return {name: form.say(said) or name for (of, name), said in self.below.items() if of == kind}


@definitions.register(
    "limesurvey_text",
    title={"en": "LimeSurvey tab-separated structure", "zh": "LimeSurvey 制表符分隔的问卷结构"},
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
    texts = [plain_text(q.text.get(base)) for q in asked]
    form = Form(empty(path, "", texts))
    form.draft.language = language_of(base) or form.draft.language
    form.draft.title = form.say(_ordered(titles, base)) or form.draft.title
    for question in asked:
        question.text, question.other = _ordered(question.text, base), _ordered(question.other, base)
        question.below = {k: _ordered(said, base) for k, said in question.below.items()}
        _question(form, question)
    return form.draft


def _collect(rows: Sequence[Row]) -> list[_Asked]:
    """Questions in their order; the rows of further languages go to those of the first."""
    asked: dict[str, _Asked] = {}
    now: _Asked | None = None
    for row in rows:
        if row["class"] == "Q":
            now = asked.setdefault(row["name"], _Asked(row))
            now.text.setdefault(row["language"], row["text"])
            now.other.setdefault(row["language"], row.get("other_replace_text", ""))
        elif row["class"] in {"SQ", "A"} and now is not None:
            now.below.setdefault((row["class"], row["name"]), {}).setdefault(row["language"], row["text"])
    return list(asked.values())


def _question(form: Form, question: _Asked) -> None:
    kind, name = question.row["type/scale"], question.row["name"]
    text = form.say(question.text) or name
    parts, answers = question.listed(form, "SQ"), question.listed(form, "A")
    asks_other = question.row.get("other", "").upper() == "Y"
    other = {OTHER: form.say(question.other) or OTHER} if asks_other else {}
    if kind in {"X", "*", "I"}:
        return
    if kind in set("L!OZ5YG"):
        rated = SCALE_CLASS in question.row.get("cssclass", "").split()
        item = form.choose(name, text, FIXED.get(kind, answers), rated=rated)
        if item.options:
            item.options.update(other)
    elif kind in set("MP"):
        form.several(name, text, {**parts, **other})
    elif kind in set("ABCEFH1"):
        choices = FIXED.get(kind, answers)
        rows = [_row(form, name, text, code, own, choices, kind == "F") for code, own in parts.items()]
        form.battery(name, text, rows)
    elif kind == "N":
        _number(form, question.row, name, text)
    elif kind in set("KDSTUQ|"):
        type_ = {"K": "number", "D": "date"}.get(kind, "text")
        for code, own in parts.items() if kind in set("KQ") and parts else [("", "")]:
            form.add(f"{name}_{code}" if code else name, f"{own} ({text})" if own else text, type_)
    else:
        form.add(name, text, "text", unknown(kind))


def _row(
    form: Form, name: str, text: str, code: str, own: str, choices: Mapping[str, str], rated: bool
) -> DraftItem:
    item = form.choose(f"{name}_{code}", f"{own} ({text})", choices, rated=rated)
    item.aliases = list(dict.fromkeys([*item.aliases, f"{name}[{code}]"]))
    return item


def _number(form: Form, row: Row, name: str, text: str) -> None:
    low, high = (row.get(f"{end}_num_value_n", "") for end in ("min", "max"))
    if all(re.fullmatch(r"-?\d{1,6}", v, re.ASCII) for v in (low, high)) and int(low) < int(high):
        form.slide(name, text, int(low), int(high))
    else:
        form.add(name, text, "number")


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
