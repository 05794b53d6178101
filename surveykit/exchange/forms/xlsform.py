"""XLSForm (KoBoToolbox, ODK, SurveyCTO): a workbook of questions and choices, every cell a text."""

from __future__ import annotations

import io
import re
from collections.abc import Mapping, Sequence

from surveykit.errors import SurveykitError, quote
from surveykit.exchange.export import Form, forms
from surveykit.exchange.grids import Grid, blocks
from surveykit.exchange.questions import choices, in_languages, languages_of
from surveykit.questionnaire import Item, Questionnaire
from surveykit.responses.definitions.xlsform import LISTED, RATED

__all__ = ["write_xlsform"]

_NAMES = {"en": "English (en)", "zh": "中文 (zh)", "zh-Hant": "繁體中文 (zh-Hant)"}
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
def write_xlsform(q: Questionnaire, language: str, suffix: str, grids: bool) -> Form:  # noqa: ARG001
    """Items keep their ids and answers their codes: exports by value bind to the questionnaire itself."""
    languages = languages_of(q, language)
    survey: list[Row] = []
    listed: dict[str, list[Row]] = {}
    for block in blocks(q, grids):
        if isinstance(block, Grid):
            survey += _table(block, languages, listed)
        else:
            survey += _questions(block, block.text, languages, listed)
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
    # exports with labels for headers know a row of a table without what stands above it
    headers = {
        name: tuple(dict.fromkeys(words.values()))
        for block in blocks(q, grids)
        if isinstance(block, Grid) and block.stemmed
        for name, words in block.rows.items()
    }
    return Form(_workbook(sheets), headers=headers)


def _table(grid: Grid, languages: Sequence[str], listed: dict[str, list[Row]]) -> list[Row]:
    """Items below each other under one line of answers: the names of the items stay as they are."""
    head = {"type": "begin_group", "name": grid.name, **_labels(grid.stem, languages, grid.name)}
    rows = [
        {**row, "appearance": ""}
        for item in grid.items
        for row in _questions(item, grid.rows[item.id], languages, listed)
    ]
    return [{**head, "appearance": "table-list"}, *rows, {"type": "end_group", "name": grid.name}]


def _questions(
    item: Item, text: Mapping[str, str], languages: Sequence[str], listed: dict[str, list[Row]]
) -> list[Row]:
    said = _labels(text, languages, item.id)
    if item.type in _TYPES:
        return [{"type": _TYPES[item.type], "name": item.id, **said}]
    if _is_slider(item) and item.scale is not None:
        parameters = f"start={item.scale.min} end={item.scale.max} step=1"
        return [{"type": "range", "name": item.id, **said, "parameters": parameters}]
    kind = "select_multiple" if item.type == "multi" else "select_one"
    row = {"type": f"{kind} {_list_of(item, languages, listed)}", "name": item.id, **said}
    row["appearance"] = RATED if item.scale is not None else LISTED if kind == "select_one" else ""
    if _OTHER not in item.options:
        return [row]
    asked = f"selected(${{{item.id}}}, '{_OTHER}')"
    specify = _labels(_SPECIFY, languages, _SPECIFY["en"])
    return [row, {"type": "text", "name": f"{item.id}_{_OTHER}", **specify, "relevant": asked}]


def _list_of(item: Item, languages: Sequence[str], listed: dict[str, list[Row]]) -> str:
    """The name of the list of an item's choices: items on one scale share it."""
    rows = [{"name": _code(item, c.code), **_labels(c.texts, languages, c.code)} for c in choices(item)]
    base = item.scale.id if item.scale is not None else item.id
    name, number = base, 2
    while name in listed and [{k: w for k, w in r.items() if k != "list_name"} for r in listed[name]] != rows:
        name, number = f"{base}_{number}", number + 1
    listed.setdefault(name, [{"list_name": name, **row} for row in rows])
    return name


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
