"""Multiple-response sets of statistics files: what belongs together as one question with several answers."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from surveykit.responses.cells import is_null
from surveykit.responses.choices import NONE
from surveykit.responses.exports import Field
from surveykit.responses.platforms._boxes import TICKED, UNTICKED
from surveykit.responses.raw import Raw

__all__ = ["undeclared_sets", "with_sets"]

_SEPARATOR = "┋"
_PARTS = re.compile(
    r"(?P<stem>.*\S)\s*(?:[-–—]+|[:：/|])\s*(?P<choice>[^-–—:：/|()（）\[\]]+)\Z"
    r"|(?P<before>.*\S)\s*[(（\[](?P<inside>[^()（）\[\]]+)[)）\]]\s*\Z",
    re.DOTALL,
)
_FEWEST = 2


def undeclared_sets(raw: Raw, declared: Mapping[str, Any]) -> dict[str, Any]:
    """Sets that the file does not name: variables side by side that say ticked or not ticked of the choices of one question.

    Their texts share all but the choice ("Which do you use? (tea)"), their two labels are those of a box (yes and no,
    checked and unchecked, 选中 and 未选中), or they hold 0 and 1 without labels.
    """
    taken = {v for facts in declared.values() for v in facts["variable_list"]}
    groups: dict[tuple[str, Any], list[tuple[str, str]]] = defaultdict(list)
    for name in raw.table.columns:
        parts = _PARTS.match(raw.question.get(name, ""))
        counted = None if parts is None or name in taken else _counted(raw, name)
        if parts is not None and counted is not None:
            groups[parts["stem"] or parts["before"], counted].append(
                (name, parts["choice"] or parts["inside"])
            )
    found: dict[str, Any] = {}
    for (stem, counted), members in groups.items():
        names = [name for name, _ in members]
        if len(members) >= _FEWEST and len({choice for _, choice in members}) == len(members):
            base = names[0].rstrip("0123456789").rstrip("_.") or names[0]
            found[base if base not in found else f"{base}_set"] = {
                "is_dichotomy": True,
                "counted_value": counted,
                "variable_list": names,
                "label": stem,
                "choices": {name: " ".join(choice.split()) for name, choice in members},
            }
    return found


def _counted(raw: Raw, name: str) -> float | None:
    """The code of a ticked box; None for a variable that is no box."""
    labels = {k: w for k, w in raw.value_labels.get(name, {}).items() if not isinstance(k, str)}
    declared = raw.user_missing.get(name, ())
    said = {k: w.strip().casefold() for k, w in labels.items() if not any(_within(k, d) for d in declared)}
    if not said:
        values = {
            v for v in raw.table[name].dropna().unique().tolist() if not any(_within(v, d) for d in declared)
        }
        return 1.0 if values == {0, 1} or values == {0.0, 1.0} else None
    ticked = [k for k, w in said.items() if w in TICKED]
    open_ = [k for k, w in said.items() if w in UNTICKED]
    return float(ticked[0]) if len(said) == 2 and len(ticked) == len(open_) == 1 else None


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
            words = facts.get("choices") or {v: raw.question.get(v) or v for v in members}
            rows = [_ticked(row, words, facts["counted_value"]) for row in _rows(raw, members)]
        else:
            labels = {k: w for v in members for k, w in raw.value_labels.get(v, {}).items()}
            words = {str(k): w for k, w in labels.items()}
            rows = [_named(row, labels) for row in _rows(raw, members)]
        codes = {str(i + 1): w for i, w in enumerate(dict.fromkeys(words.values()))}
        table[free] = rows
        fields[free] = Field(text=facts["label"] or name, choices=codes, separator=_SEPARATOR)
        fields.update({v: replace(fields.get(v, Field()), role="member") for v in members})
    own = sum("choices" not in facts for facts in sets.values())
    found = [name for name, facts in sets.items() if "choices" in facts]
    guesses = [f"{own} multiple-response sets of the file are questions with several answers"] if own else []
    if found:
        guesses.append(f"{', '.join(found)}: variables that are boxes of one question, taken as its answers")
    return replace(raw, table=table, fields=fields, guesses=(*raw.guesses, *guesses))


def _rows(raw: Raw, members: list[str]) -> list[dict[str, Any]]:
    """The variables of each row; a code that the file declares missing says nothing."""
    columns = {}
    for v in members:
        values = raw.table[v].tolist()
        absent = {x for x in set(values) if any(_within(x, code) for code in raw.user_missing.get(v, ()))}
        columns[v] = [None if x in absent else x for x in values]
    return [{v: columns[v][i] for v in members} for i in range(len(raw.table))]


def _within(value: Any, declared: Any) -> bool:
    if isinstance(declared, tuple):
        return isinstance(value, int | float) and declared[0] <= value <= declared[1]
    return _same(value, declared)


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
