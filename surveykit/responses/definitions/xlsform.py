"""XLSForm workbooks (KoBoToolbox, ODK): sheets survey and choices."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from pathlib import Path

from surveykit.questionnaire.draft import Draft
from surveykit.responses.choices import OTHER
from surveykit.responses.definitions.common import Form, definitions, empty, plain_text

__all__ = ["read_xlsform"]

_NUMBERS = {"integer", "decimal", "range"}
_SILENT = {"note", "calculate", "start", "end", "today", "deviceid", "username", "phonenumber", "simserial", "subscriberid",
           "audit", "begin", "end_group", "end_repeat", "image", "audio", "video", "file", "acknowledge", "hidden"}  # fmt: skip
_DATES = {"date", "time", "datetime", "dateTime"}


@definitions.register(
    "xlsform",
    title={"en": "XLSForm", "zh": "XLSForm"},
    reference="XLSForm standard",
    evidence="brute force: forms written by the tests; a real form",
    suffixes=(".xlsx", ".xlsm"),
)
def read_xlsform(path: Path) -> Draft | None:
    """A draft from an XLSForm; None for a workbook without a sheet ``survey`` that has types and names."""
    sheets = _sheets(path)
    survey = sheets.get("survey", [])
    if not survey or not {"type", "name"} <= set(survey[0]):
        return None
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    for row in sheets.get("choices", []):
        name = row.get("list_name") or row.get("list name") or ""
        if name and row.get("name"):
            lists[name][row["name"]] = _label(row) or row["name"]
    settings = (sheets.get("settings") or [{}])[0]
    form = Form(empty(path, settings.get("form_title", ""), [_label(r) for r in survey]))
    for row in survey:
        _question(form, row, lists)
    return form.draft


def _question(form: Form, row: Mapping[str, str], lists: Mapping[str, Mapping[str, str]]) -> None:
    words = row.get("type", "").split()
    name = row.get("name", "")
    if not words or not name:
        return
    kind, text = words[0], _label(row) or name
    choices = lists.get(words[1], {}) if len(words) > 1 else {}
    other = "or_other" in words
    if kind in {"select_one", "select1"}:
        item = form.choose(name, text, choices)
        if other and item.options:
            item.options.setdefault(OTHER, OTHER)
    elif kind == "select_multiple":
        form.several(name, text, choices, other)
    elif kind in _NUMBERS:
        form.add(name, text, "number")
    elif kind in _DATES:
        form.add(name, text, "date")
    elif kind == "text":
        form.add(name, text, "text")
    elif kind == "rank":
        form.add(name, text, "text", ["a ranking, read as text: confirm"])
    elif kind not in _SILENT and not kind.startswith(("begin", "end", "geo", "select_one_external")):
        form.add(name, text, "text", [f"of the kind {kind}, read as text: confirm"])


def _label(row: Mapping[str, str]) -> str:
    """The label; of several languages the first."""
    key = next((k for k in row if k == "label" or k.startswith("label:")), "")
    return plain_text(row.get(key, ""))


def _sheets(path: Path) -> dict[str, list[dict[str, str]]]:
    """Each sheet as rows by header."""
    import python_calamine

    from surveykit.errors import SurveykitError
    from surveykit.responses.raw import Limits
    from surveykit.responses.readers._archive import BROKEN, inspect

    try:
        inspect(path, Limits())
        book = python_calamine.CalamineWorkbook.from_path(str(path))
        grids = {n: book.get_sheet_by_name(n).to_python() for n in book.sheet_names}
    except BROKEN as error:
        raise SurveykitError(
            "the workbook cannot be read", str(path), got=str(error)[:120], code="DAMAGED"
        ) from None
    found = {}
    for name, grid in grids.items():
        if grid:
            header = [_cell(c).casefold() for c in grid[0]]
            rows = [dict(zip(header, map(_cell, row), strict=False)) for row in grid[1:]]
            found[name.strip().casefold()] = [r for r in rows if any(r.values())]
    return found


def _cell(value: object) -> str:
    return f"{value:.0f}" if isinstance(value, float) and value.is_integer() else str(value).strip()
