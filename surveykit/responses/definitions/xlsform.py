"""XLSForm workbooks (KoBoToolbox, ODK): sheets survey and choices."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

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

__all__ = ["LISTED", "RATED", "read_xlsform"]

RATED, LISTED = "likert", "columns-1"
"""The appearance of choices that are a scale, and of options whatever their words."""
_TABLE = "table-list"
_NUMBERS = {"integer", "decimal"}
_DATES = {"date", "time", "datetime", "dateTime"}
_KEPT = {"text", "barcode"}
_LEFT = {
    "note": "texts without an answer",
    "calculate": "values that the form computes",
    "hidden": "values that the form computes",
    **dict.fromkeys(("image", "audio", "video", "file"), "pictures, recordings and files"),
    **dict.fromkeys(("geopoint", "geotrace", "geoshape", "start-geopoint"), "places"),
    "xml-external": "lists of choices in other files",
    "csv-external": "lists of choices in other files",
    "acknowledge": "confirmations without an answer",
    **dict.fromkeys(
        ("start", "end", "today", "deviceid", "username", "phonenumber", "simserial", "subscriberid", "email", "audit",
         "background-audio"), "facts of the interview",
    ),
}  # fmt: skip
_SAID_BESIDE = {
    "hint": "hints",
    "guidance_hint": "hints",
    "constraint": "limits to answers",
    "constraint_message": "",
    "required": "questions that must be answered",
    "required_message": "",
    "default": "answers filled in beforehand",
    "calculation": "answers filled in beforehand",
    "choice_filter": "choices that depend on other answers",
    "readonly": "",
    "read_only": "",
    "repeat_count": "",
    "trigger": "answers filled in beforehand",
    "image": "pictures, recordings and films beside a question",
    "audio": "pictures, recordings and films beside a question",
    "video": "pictures, recordings and films beside a question",
    "media": "pictures, recordings and films beside a question",
}
_READ = {
    "type",
    "name",
    "label",
    "relevant",
    "appearance",
    "parameters",
    "kobo--score-choices",
    "$kuid",
    "note",
}
_LONG = 80
_SHEETS = {"survey", "choices", "settings"}


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
    form.called(settings.get("form_id") or settings.get("id_string") or "", settings.get("version", ""))
    default = language_of(settings.get("default_language", ""))
    spoken = [x for row in survey[:1] for x in _said(dict.fromkeys(row, "x"), default) if x]
    form.draft.language = spoken[0] if spoken else form.draft.language
    lists: dict[str, dict[str, str]] = defaultdict(dict)
    for row in sheets.get("choices", []):
        name = row.get("list_name") or row.get("list name") or ""
        if name and row.get("name"):
            lists[name][row["name"]] = form.say(_said(row, default)) or row["name"]
    several = {r.get("name", "") for r in survey if r.get("type", "").startswith("select")}
    around: list[_Group] = []
    for number, row in enumerate(survey, 2):
        if not _group(form, row, around, default) and not _is_other_text(row, several):
            _asked(form, row, form.say(_said(row, default)), lists, around, number)
    for name in [n for n in sheets if n not in _SHEETS and sheets[n]]:
        form.draft.leave("sheets", name)
    return form.draft


@dataclass(slots=True)
class _Group:
    """A group around questions: its words stand above a table where it is one."""

    kind: str
    name: str
    label: str
    table: bool
    relevant: str
    choices: str
    items: list[DraftItem] = field(default_factory=list)


def _group(form: Form, row: Mapping[str, str], around: list[_Group], default: str) -> bool:
    """Whether a row begins or ends a group; ``around`` follows it."""
    words = row.get("type", "").replace(" ", "_").split("_", 1)
    if words[0] == "end" and len(words) > 1:
        ended = around.pop() if around else None
        if ended is not None and ended.table:
            form.battery(ended.name, ended.label, ended.items)
        return True
    if words[0] != "begin" or len(words) < 2:
        return False
    label, kind, name = form.say(_said(row, default)), words[1], row.get("name", "")
    table = _TABLE in row.get("appearance", "").split() or kind in {"score", "rank"}
    around.append(
        _Group(kind, name, label, table, row.get("relevant", ""), row.get("kobo--score-choices", ""))
    )
    if not table and label:
        form.draft.leave("headings of groups", label if len(label) < _LONG else name)
    if kind not in {"group", "score", "repeat"}:
        form.draft.leave(f"groups of the kind {kind}", name)
    return True


def _asked(
    form: Form,
    row: Mapping[str, str],
    text: str,
    lists: Mapping[str, Mapping[str, str]],
    around: Sequence[_Group],
    number: int,
) -> None:
    """A question with what stands around and beside it."""
    name, looks = row.get("name", ""), row.get("appearance", "").split()
    if not name or not row.get("type"):
        form.draft.leave("rows without a type or a name", f"row {number} of the sheet survey")
        return
    within = around[-1] if around else None
    if within is not None and "label" in looks and row["type"].startswith("select"):
        # the line above a table of list-nolabel: its words are the stem, nobody answers it
        within.table, within.label = True, text
        form.draft.leave("lines that only label a table", name)
        return
    stemmed = within is not None and within.table and row["type"].startswith(("select", "score"))
    words = form.joined(text or name, within.label) if within and stemmed else text
    row = {**row, "appearance": f"{row.get('appearance', '')} {RATED}"} if stemmed else row
    known = len(form.draft.items)
    _question(form, row, words, lists, within.choices if within else "")
    if within is not None and stemmed:
        within.items += form.draft.items[known:]
    for item in form.draft.items[known:]:
        for shown in [*(g.relevant for g in around), row.get("relevant", "")]:
            if shown:
                item.notes.append(f"shown only if {shown}: blanks can mean not shown")
        for group in around:
            if group.kind == "repeat":
                item.notes.append(f"asked again and again in {group.name}: an export has it in another table")
        if "${" in item.text:
            item.notes.append("its words hold the answer to another question")
    if len(form.draft.items) > known:
        _beside(form, row)


def _beside(form: Form, row: Mapping[str, str]) -> None:
    """What a question has and an item has no place for."""
    for key, cell in row.items():
        base = key.split(":", 1)[0].strip()
        if not cell or base in _READ or cell.casefold() in {"no", "false"}:
            continue
        what = _SAID_BESIDE.get(base, "columns that are not read")
        if what:
            form.draft.leave(what, key if base not in _SAID_BESIDE else row["name"])


def _is_other_text(row: Mapping[str, str], several: Collection[str]) -> bool:
    """Whether a question takes the text of another one's choice "other": it is no item of its own."""
    name = row.get("name", "")
    stem = name.removesuffix("_other")
    asks = f"${{{stem}}}" in row.get("relevant", "") and OTHER in row.get("relevant", "")
    return row.get("type") == "text" and stem != name and stem in several and asks


def _question(
    form: Form, row: Mapping[str, str], text: str, lists: Mapping[str, Mapping[str, str]], scored: str
) -> None:
    words = row["type"].split()
    if words[0] == "select" and len(words) > 2:  # "select one list", an older spelling
        words = [f"select_{words[1]}", *words[2:]]
    kind, name, text = words[0], row["name"], text or row["name"]
    choices = lists.get(words[1], {}) if len(words) > 1 else {}
    other = "or_other" in words
    if kind in {"select_one", "select1", "score__row"}:
        _choose(form, row, text, choices or lists.get(scored, {}), other)
    elif kind == "select_multiple" and choices:
        form.several(name, text, choices, other)
    elif kind == "range":
        _range(form, name, text, row.get("parameters", ""))
    elif kind in _NUMBERS:
        form.add(name, text, "number")
    elif kind in _DATES:
        form.add(name, text, "date")
    elif kind in _KEPT:
        form.add(name, text, "text")
    elif kind in {"rank", "rank__level"}:
        form.add(name, text, "text", ["a ranking, read as text: confirm"])
    elif kind in _LEFT:
        form.draft.leave(_LEFT[kind], name)
    elif kind.startswith("select"):
        where = words[1] if len(words) > 1 else "no list"
        form.add(name, text, "text", [f"its choices stand elsewhere ({where}), read as text: confirm"])
    else:
        form.add(name, text, "text", unknown(kind))


def _choose(form: Form, row: Mapping[str, str], text: str, choices: Mapping[str, str], other: bool) -> None:
    looks = row.get("appearance", "").split()
    if not choices:
        where = row["type"].partition(" ")[2] or "no list"
        note = f"the sheet choices has no list {where}, read as text: confirm"
        form.add(row["name"], text, "text", [note])
        return
    rated = None if LISTED in looks else RATED in looks
    item = form.choose(row["name"], text, choices, rated=rated)
    if other and item.options:
        item.options.setdefault(OTHER, OTHER)


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
