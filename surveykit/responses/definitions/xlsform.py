"""XLSForm workbooks (KoBoToolbox, ODK): sheets survey and choices."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping
from pathlib import Path

from surveykit.questionnaire.draft import Draft
from surveykit.responses.choices import OTHER
from surveykit.responses.definitions.common import Form, definitions, empty, language_of, plain_text

__all__ = ["read_xlsform"]

_NUMBERS = {"integer", "decimal"}
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
    settings = (sheets.get("settings") or [{}])[0]
    form = Form(
        empty(path, settings.get("form_title", ""), [w for r in survey for w in _said(r, "").values()])
    )
    default = language_of(settings.get("default_language", ""))
    spoken = [x for row in survey[:1] for x in _said(dict.fromkeys(row, "x"), default) if x]
    form.draft.language = spoken[0] if spoken else form.draft.language
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    for row in sheets.get("choices", []):
        name = row.get("list_name") or row.get("list name") or ""
        if name and row.get("name"):
            lists[name][row["name"]] = form.say(_said(row, default)) or row["name"]
    several = {r.get("name", "") for r in survey if r.get("type", "").startswith("select")}
    for row in survey:
        if not _is_other_text(row, several):
            _question(form, row, form.say(_said(row, default)), lists)
    return form.draft


def _is_other_text(row: Mapping[str, str], several: Collection[str]) -> bool:
    """Whether a question takes the text of another one's choice "other": it is no item of its own."""
    name = row.get("name", "")
    stem = name.removesuffix("_other")
    asks = f"${{{stem}}}" in row.get("relevant", "") and OTHER in row.get("relevant", "")
    return row.get("type") == "text" and stem != name and stem in several and asks


def _question(form: Form, row: Mapping[str, str], text: str, lists: Mapping[str, Mapping[str, str]]) -> None:
    words = row.get("type", "").split()
    name = row.get("name", "")
    if not words or not name:
        return
    kind, text = words[0], text or name
    choices = lists.get(words[1], {}) if len(words) > 1 else {}
    other = "or_other" in words
    if kind in {"select_one", "select1"}:
        item = form.choose(name, text, choices, rated="likert" in row.get("appearance", "").split())
        if other and item.options:
            item.options.setdefault(OTHER, OTHER)
    elif kind == "select_multiple":
        form.several(name, text, choices, other)
    elif kind == "range":
        _range(form, name, text, row.get("parameters", ""))
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


def _range(form: Form, name: str, text: str, parameters: str) -> None:
    """A slider; by the standard it runs from 1 to 10 in steps of 1."""
    given = dict(re.findall(r"(start|end|step)\s*=\s*(-?[\d.]+)", parameters))
    low, high, step = given.get("start", "1"), given.get("end", "10"), given.get("step", "1")
    whole = all(re.fullmatch(r"-?\d+", value) for value in (low, high, step))
    if whole and int(step) == 1 and int(low) < int(high):
        form.slide(name, text, int(low), int(high))
    else:
        form.add(name, text, "number")


def _said(row: Mapping[str, str], default: str) -> dict[str, str]:
    """The label by language, the form's default first; "" is the language of a label without one."""
    found: dict[str, str] = {}
    for key, text in row.items():
        if key == "label" or key.startswith("label:"):
            language = language_of(key.removeprefix("label").strip(": ").strip())
            if text:
                found.setdefault(language, plain_text(text))
    return dict(sorted(found.items(), key=lambda pair: pair[0] != default)) if default else found


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
