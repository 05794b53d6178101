"""XLSForm (KoBoToolbox, ODK, SurveyCTO): a workbook of questions and choices, every cell a text."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

from surveykit.errors import SurveykitError, quote
from surveykit.exchange.export import Form, forms
from surveykit.exchange.questions import asked_items, choices, in_languages, languages_of
from surveykit.questionnaire import Item, Questionnaire

__all__ = ["write_xlsform"]

_NAMES = {"en": "English (en)", "zh": "中文 (zh)"}
_OTHER = "other"
_SPECIFY = {"en": "Please say which", "zh": "请注明"}
_TYPES = {"number": "decimal", "text": "text", "id": "text", "date": "date"}

Row = Mapping[str, str]


@forms.register(
    "xlsform",
    title={"en": "XLSForm (KoBoToolbox, ODK)", "zh": "XLSForm（KoBoToolbox、ODK）"},
    reference="XLSForm standard, xlsform.org",
    evidence="brute force: written, read back and compared",
    suffixes=(".xlsx",),
)
def write_xlsform(q: Questionnaire, language: str, suffix: str) -> Form:  # noqa: ARG001
    """Items keep their ids and answers their codes: exports by value bind to the questionnaire itself."""
    languages = languages_of(q, language)
    survey: list[Row] = []
    listed: dict[str, list[Row]] = {}
    for item in asked_items(q):
        survey += _questions(item, languages, listed)
    settings = {
        "form_title": in_languages(q.title, languages, q.id)[language],
        "form_id": q.id,
        "version": q.version,
        "default_language": _named(language),
    }
    sheets: dict[str, Sequence[Row]] = {
        "survey": survey,
        "choices": [row for rows in listed.values() for row in rows],
        "settings": [settings],
    }
    lost = [n for n, i in q.items.items() if _is_slider(i) and len(choices(i)) > i.scale.points]  # type: ignore[union-attr]
    notes = (f"a slider offers no answer such as don't know: {', '.join(lost)}",) if lost else ()
    return Form(_workbook(sheets), notes)


def _questions(item: Item, languages: Sequence[str], listed: dict[str, list[Row]]) -> list[Row]:
    said = _labels(item.text, languages, item.id)
    if item.type in _TYPES:
        return [{"type": _TYPES[item.type], "name": item.id, **said}]
    if _is_slider(item) and item.scale is not None:
        parameters = f"start={item.scale.min} end={item.scale.max} step=1"
        return [{"type": "range", "name": item.id, **said, "parameters": parameters}]
    shared = item.scale is not None and item.missing == item.scale.missing
    name = item.scale.id if shared and item.scale else item.id
    listed.setdefault(
        name,
        [
            {"list_name": name, "name": _code(item, c.code), **_labels(c.texts, languages, c.code)}
            for c in choices(item)
        ],
    )
    kind = "select_multiple" if item.type == "multi" else "select_one"
    row = {"type": f"{kind} {name}", "name": item.id, **said}
    if item.scale is not None:
        row["appearance"] = "likert"
    if _OTHER not in item.options:
        return [row]
    asked = f"selected(${{{item.id}}}, '{_OTHER}')"
    specify = _labels(_SPECIFY, languages, _SPECIFY["en"])
    return [row, {"type": "text", "name": f"{item.id}_{_OTHER}", **specify, "relevant": asked}]


def _is_slider(item: Item) -> bool:
    return item.scale is not None and item.scale.kind == "numeric"


def _code(item: Item, code: str) -> str:
    """A code as the name of a choice: answers are joined by blanks, so it may hold none."""
    if re.search(r"\s", code):
        raise SurveykitError(
            f"the code {quote(code)} cannot be the name of a choice in an XLSForm",
            item.id,
            expected="a code without blanks",
            hint=f"give the option another code under items: {item.id}: options:",
            code="CODE",
        )
    return code


def _labels(texts: Mapping[str, str], languages: Sequence[str], default: str) -> dict[str, str]:
    # ${name} in a label is a reference to a question: a blank makes it text
    said = in_languages(texts, list(languages), default)
    return {f"label::{_named(k)}": w.replace("${", "$ {") for k, w in said.items()}


def _named(language: str) -> str:
    return _NAMES.get(language, f"{language} ({language})")


def _workbook(sheets: Mapping[str, Sequence[Row]]) -> bytes:
    import xlsxwriter

    held = io.BytesIO()
    safe = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False}
    with xlsxwriter.Workbook(held, safe) as book:
        bold = book.add_format({"bold": True})
        for name, rows in sheets.items():
            sheet = book.add_worksheet(name)
            columns = list(dict.fromkeys(k for row in rows for k in row)) or ["list_name", "name"]
            for j, column in enumerate(columns):
                sheet.write_string(0, j, column, bold)
                for i, row in enumerate(rows, 1):
                    if row.get(column):
                        sheet.write_string(i, j, row[column])
            sheet.freeze_panes(1, 0)
            sheet.set_column(0, len(columns) - 1, 24)
    return held.getvalue()
