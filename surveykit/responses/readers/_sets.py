"""Multiple-response sets of SPSS: what belongs together as one question with several answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from surveykit.responses.cells import is_null
from surveykit.responses.choices import NONE
from surveykit.responses.exports import Field
from surveykit.responses.raw import Raw

__all__ = ["with_sets"]

_SEPARATOR = "┋"


def with_sets(raw: Raw, sets: Mapping[str, Any]) -> Raw:
    """The table with one more column per set; the variables of a set stay as they are.

    A set of dichotomies has a counted value in each variable; in a set of categories each variable holds
    one of the answers. A row in which every variable is missing is missing.
    """
    if not sets:
        return raw
    table = raw.table.copy()
    fields = dict(raw.fields)
    for name, facts in sorted(sets.items()):
        members = [v for v in facts["variable_list"] if v in table.columns]
        free = name if name not in table.columns else f"{name}_set"
        if facts["is_dichotomy"]:
            words = {v: raw.question.get(v) or v for v in members}
            rows = [_ticked(row, words, facts["counted_value"]) for row in _rows(table, members)]
        else:
            labels = {k: w for v in members for k, w in raw.value_labels.get(v, {}).items()}
            words = {str(k): w for k, w in labels.items()}
            rows = [_named(row, labels) for row in _rows(table, members)]
        codes = {str(i + 1): w for i, w in enumerate(dict.fromkeys(words.values()))}
        table[free] = rows
        fields[free] = Field(text=facts["label"] or name, choices=codes, separator=_SEPARATOR)
        fields.update({v: replace(fields.get(v, Field()), role="member") for v in members})
    guess = f"{len(sets)} multiple-response sets of the file are questions with several answers"
    return replace(raw, table=table, fields=fields, guesses=(*raw.guesses, guess))


def _rows(table: Any, members: list[str]) -> list[dict[str, Any]]:
    columns = {v: table[v].tolist() for v in members}
    return [{v: columns[v][i] for v in members} for i in range(len(table))]


def _ticked(row: Mapping[str, Any], words: Mapping[str, str], counted: Any) -> str | None:
    said = {v: value for v, value in row.items() if not is_null(value) and str(value).strip()}
    chosen = [words[v] for v, value in said.items() if _same(value, counted)]
    return _SEPARATOR.join(chosen) if chosen else NONE if said else None


def _named(row: Mapping[str, Any], labels: Mapping[Any, str]) -> str | None:
    said = [labels.get(v, str(v)) for v in row.values() if not is_null(v) and str(v).strip()]
    return _SEPARATOR.join(dict.fromkeys(said)) or None


def _same(value: Any, counted: Any) -> bool:
    try:
        return float(value) == float(counted)
    except (TypeError, ValueError):
        return str(value) == str(counted)
