"""Closed groups of one result are closed in the others on the same question.

Each analysis closes a small group together with a partner, so that neither follows from the total. Two analyses may choose
different partners: what one shows of the other's would give the small group away.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from typing import Any

__all__ = ["Beside", "closed_together", "emptied"]

_KEPT = {"term", "group", "metric", "method", "unit", "lhs", "op", "rhs", "label"}
_OF_CELLS = {"crosstab", "frequencies"}
"""They close single cells of few people; a group of which they close all is not small for that."""
_Key = tuple[str, str]
Beside = Callable[[str, Collection[str], Collection[str]], Collection[str]]
"""A question, the columns whose groups are shown for it and its closed groups (``column=group``): what has to be closed."""


def closed_together(
    shown: Mapping[str, Mapping[str, Any]], columns: Mapping[str, str], beside: Beside | None = None
) -> dict[str, dict[str, Any]]:
    """The results with every group that one of them closes for a question closed in all of them for that question.

    ``columns`` names the group column of a result that has one; rows of several say their own (``banner``). Pairs with a
    group that is closed are taken out of the tables of differences. Where a question stands by several groupings, ``beside``
    says which groups have to be closed so that none follows from groups of another grouping.

    >>> small = {"term": "x", "group": "a", "estimate": None, "suppressed": True}
    >>> one, two = ({"tidy": [row], "tables": {}} for row in (small, {**small, "estimate": 1.0, "suppressed": False}))
    >>> closed_together({"one": one, "two": two}, {"one": "g", "two": "g"})["two"]["tidy"][0]["estimate"] is None
    True
    """
    subjects = _subjects(shown)
    closed: set[_Key] = set()
    across: dict[str, set[str]] = {}
    for id_, entry in shown.items():
        for (subject, _), row in _grouped(id_, entry, columns, subjects):
            across.setdefault(subject, set()).add(str(row.get("banner") or columns.get(id_, "")))
        if entry.get("id") in _OF_CELLS:
            continue
        rows: dict[_Key, bool] = {}
        for key, row in _grouped(id_, entry, columns, subjects):
            rows[key] = rows.get(key, True) and _is_closed(row)
        closed |= {key for key, all_ in rows.items() if all_}
    for subject, groupings in sorted(across.items()):
        if beside is not None and len(groupings) > 1:
            mine = {group for about, group in closed if about == subject}
            closed |= {(subject, group) for group in beside(subject, sorted(groupings), mine)}
    if not closed:
        return {id_: dict(entry) for id_, entry in shown.items()}
    return {id_: _with(id_, entry, columns, subjects, closed) for id_, entry in shown.items()}


def emptied(row: Mapping[str, Any]) -> dict[str, Any]:
    """A row whose numbers are taken out; what it is about stays."""
    kept = {k: v if k in _KEPT or isinstance(v, str) else None for k, v in row.items()}
    return {**kept, "suppressed": True}


def _is_closed(row: Mapping[str, Any]) -> bool:
    return bool(row.get("suppressed")) or row.get("remark") == "suppressed"


def _with(
    id_: str,
    entry: Mapping[str, Any],
    columns: Mapping[str, str],
    subjects: Mapping[str, str],
    closed: set[_Key],
) -> dict[str, Any]:
    """An entry without what others have closed."""
    open_ = {
        id(row)
        for key, row in _grouped(id_, entry, columns, subjects)
        if key in closed and not _is_closed(row)
    }
    if not open_:
        return dict(entry)
    tidy = [_shut(row) if id(row) in open_ else row for row in entry["tidy"]]
    tables = {
        name: [
            r for r in rows if not _pair_with(r, columns.get(id_, ""), closed, _subject(entry, r, subjects))
        ]
        for name, rows in entry["tables"].items()
    }
    return {**entry, "tidy": tidy, "tables": tables}


def _shut(row: Mapping[str, Any]) -> dict[str, Any]:
    said = {"remark": "suppressed"} | ({"letters": ""} if "letters" in row else {})
    return {**emptied(row), **{k: v for k, v in said.items() if k in row}}


def _pair_with(row: Mapping[str, Any], by: str, closed: set[_Key], subject: str) -> bool:
    """Whether a row compares a group that is closed with another."""
    ends = [str(row[k]) for k in ("first", "second") if k in row]
    if len(ends) < 2:
        return False
    return any((subject, end if row.get("banner") else f"{by}={end}") in closed for end in ends)


def _grouped(
    id_: str, entry: Mapping[str, Any], columns: Mapping[str, str], subjects: Mapping[str, str]
) -> Iterator[tuple[_Key, Mapping[str, Any]]]:
    """The rows of groups, each under its question and its group."""
    for row in entry["tidy"]:
        group = row.get("group")
        by = columns.get(id_, "")
        if group and row.get("banner"):
            yield (_subject(entry, row, subjects), str(group)), row
        elif group and by:
            yield (_subject(entry, row, subjects), f"{by}={group}"), row


def _subject(entry: Mapping[str, Any], row: Mapping[str, Any], subjects: Mapping[str, str]) -> str:
    """The question that a row is about, whatever is computed of it."""
    options = entry.get("options") or {}
    rows = options.get("rows")
    name = (
        row.get("item") or (rows if isinstance(rows, str) else "") or row.get("metric") or row.get("term", "")
    )
    term = str(row.get("term", ""))
    return subjects.get(str(name), subjects.get(term, str(name)))


def _subjects(shown: Mapping[str, Mapping[str, Any]]) -> dict[str, str]:
    """The question behind each score of one question."""
    found = {}
    for entry in shown.values():
        for name, options in (entry.get("options") or {}).items():
            if isinstance(options, Mapping):
                of = (
                    options.get("item")
                    or options.get("construct")
                    or options.get("items")
                    or options.get("constructs")
                )
                one = of[0] if isinstance(of, Sequence) and not isinstance(of, str) and len(of) == 1 else of
                if isinstance(one, str):
                    found[str(name)] = one
    return found
