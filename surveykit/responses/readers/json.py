"""Answers as JSON: a list of respondents, or one respondent a line, as SurveyJS and web services hand them over."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError, Where, quote
from surveykit.identifiers import shown_cell
from surveykit.responses.choices import NONE
from surveykit.responses.exports import Field, tabulated
from surveykit.responses.raw import Limits, Raw, ReaderOptions, check_shape, readers
from surveykit.responses.table import TextColumns

__all__ = ["SEPARATOR", "read_json_answers"]

SEPARATOR = "┋"
_DEPTH = 5
_HELD = ("data", "Data", "results", "responses", "items")


@readers.register(
    "json",
    title={"en": "JSON", "zh": "JSON"},
    reference="RFC 8259; JSON Lines; SurveyJS results",
    evidence="brute force: files written by the tests",
    example="surveykit.read('answers.json', 'ecsi')",
    suffixes=(".json", ".jsonl", ".ndjson"),
    takes=("platform",),
)
def read_json_answers(path: Path, options: ReaderOptions) -> Raw:
    """Objects as rows: ``{"a": {"b": 1}}`` is the column ``a.b``, a list of choices one cell, null a blank."""
    people = _people(path)
    if len(people) == 1 and _is_form(people[0]):
        raise SurveykitError(
            "this file is a form, not answers to it",
            str(path),
            expected="a list of objects, one per respondent",
            hint="surveykit new DIR --from drafts the questionnaire from it; the answers are exported apart",
            code="IS_DEFINITION",
        )
    several: set[str] = set()
    rows = [dict(_flat(person, "", several, 0)) for person in people]
    filled = [(i + 1, row) for i, row in enumerate(rows) if any(row.values())]
    names = list(dict.fromkeys(name for row in rows for name in row))
    source = str(path)
    check_shape(len(filled), len(names), options.limits, source)
    _check_cells(filled, options.limits, source)
    if not names or not filled:
        raise SurveykitError("no answers in this file", source, code="EMPTY_FILE")
    cells = TextColumns(len(names))
    for _, row in filled:
        cells.add([row.get(name, "") for name in names])
    # such a file has no lines to speak of: a row is the respondent's place in the list
    lines = [line for line, _ in filled]
    table, facts = tabulated(names, cells, lines, source, "", options.platform, options.keep_unfinished)
    fields = {**{name: Field(separator=SEPARATOR) for name in several}, **facts.pop("fields", {})}
    comments = {n: Field(role="text") for n in names if n.endswith("-Comment")}
    return Raw(
        table,
        text_cells=True,
        blank=len(rows) - len(filled),
        fields={**fields, **comments},
        **{**facts, "lines": None},
    )


def _is_form(found: Mapping[str, Any]) -> bool:
    """Whether an object describes questions (SurveyJS, QSF) instead of holding answers."""
    listed = found.get("pages") or found.get("elements") or found.get("SurveyElements")
    return isinstance(listed, list) and bool(listed) and isinstance(listed[0], dict)


def _people(path: Path) -> Sequence[Mapping[str, Any]]:
    """The objects of the file; anything else is an error with its line."""
    try:
        text = path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise SurveykitError(
            "this is no JSON: it is not UTF-8", str(path), got=str(error)[:80], code="DAMAGED"
        ) from None
    if "\0" in text:
        raise SurveykitError("the file holds NUL bytes", str(path), code="NUL")
    by_line = path.suffix.casefold() != ".json"
    found = _lines(path, text) if by_line else _document(path, text)
    odd = next((i for i, person in enumerate(found, 1) if not isinstance(person, dict)), None)
    if odd is not None:
        raise SurveykitError(
            "answers in JSON are a list of objects, one per respondent",
            Where(str(path), row=odd),
            got=shown_cell(json.dumps(found[odd - 1], ensure_ascii=False)),
            expected='[{"item": 1, …}, …]',
            code="JSON_SHAPE",
        )
    return found


def _document(path: Path, text: str) -> list[Any]:
    data = _parsed(path, text, 1)
    if isinstance(data, dict):
        held = [data[key] for key in _HELD if isinstance(data.get(key), list)]
        data = held[0] if held else [data]
    return data if isinstance(data, list) else [data]


def _lines(path: Path, text: str) -> list[Any]:
    return [_parsed(path, line, n) for n, line in enumerate(text.splitlines(), 1) if line.strip()]


def _parsed(path: Path, text: str, line: int) -> Any:
    try:
        return json.loads(text, parse_constant=lambda _: None, object_pairs_hook=_once)
    except _RepeatedKey as error:
        raise SurveykitError(
            "a key stands twice in one object", str(path), got=quote(str(error)), code="JSON_KEYS"
        ) from None
    except (json.JSONDecodeError, RecursionError, ValueError) as error:
        at = error.lineno + line - 1 if isinstance(error, json.JSONDecodeError) else None
        raise SurveykitError(
            "this is no JSON", Where(str(path), line=at), got=str(error)[:100], code="DAMAGED"
        ) from None


class _RepeatedKey(Exception):
    pass


def _once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object in which no key stands twice: Python would keep the last in silence."""
    found = dict(pairs)
    if len(found) < len(pairs):
        seen: set[str] = set()
        raise _RepeatedKey(next(k for k, _ in pairs if k in seen or seen.add(k)))  # type: ignore[func-returns-value]
    return found


def _flat(value: Mapping[str, Any], stem: str, several: set[str], depth: int) -> Iterator[tuple[str, str]]:
    for key, cell in value.items():
        name = f"{stem}.{key}" if stem else str(key)
        if isinstance(cell, dict) and depth < _DEPTH:
            yield from _flat(cell, name, several, depth + 1)
        elif isinstance(cell, list) and not any(isinstance(part, (dict, list)) for part in cell):
            several.add(name)
            yield name, SEPARATOR.join(map(_text, cell)) or NONE
        else:
            yield name, _text(cell)


def _text(cell: Any) -> str:
    if cell is None:
        return ""
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float) and cell.is_integer() and abs(cell) < 1e15:
        return f"{cell:.0f}"
    return str(cell) if isinstance(cell, (str, int, float)) else json.dumps(cell, ensure_ascii=False)


def _check_cells(rows: Sequence[tuple[int, Mapping[str, str]]], limits: Limits, source: str) -> None:
    for number, row in rows:
        for name, cell in row.items():
            if len(cell) > limits.cell:
                raise SurveykitError(
                    f"a cell of {len(cell):,} characters; the limit is {limits.cell:,}",
                    Where(source, row=number, column=name),
                    hint="raise it with limits=Limits(cell=…)",
                    code="LIMIT_CELL",
                )
