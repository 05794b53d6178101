"""Which column answers which item: by id, alias or wording, never by a guess between two."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from surveykit.errors import Problems, did_you_mean, quote
from surveykit.responses.cells import fold
from surveykit.responses.raw import Raw

__all__ = ["OPTIONAL", "match_columns"]

OPTIONAL = {"text", "id", "date", "multi"}
_ROW = re.compile(r".*[\w)\]](?:[./-]|\s?\[)(\w+)\]?", re.DOTALL)
_SINGLY = 5
_SHOWN = 8


def match_columns(
    names: Sequence[str], raw: Raw, items: Mapping[str, Any], problems: Problems
) -> dict[str, str]:
    """Item id → column name. An item without a column, or a name that fits twice, is a finding.

    An exact id comes first, then the id without regard to case and width, then aliases (headers before the texts of
    columns), then the item's text in any language (the header, or the long text that a file stores beside it), then the
    id as the row of a
    table (``trust_grid.trust1``, ``trust_grid[trust1]``, ``group/trust1``, ``group-trust1``). Items of type text, id, date
    and multi may be absent.
    """
    matched: dict[str, str] = {i: i for i in items if i in names}
    matched |= _named_exactly(
        [n for n in names if n not in matched], [i for k, i in items.items() if k not in matched]
    )
    for keys in (lambda i: [i.id], lambda i: i.aliases, lambda i: i.text.values()):
        free = [n for n in names if n not in matched.values()]
        _match(matched, free, raw, [i for k, i in items.items() if k not in matched], keys, problems)
    absent = [n for n, item in items.items() if n not in matched and item.type not in OPTIONAL]
    free = [n for n in names if n not in matched.values()]
    rows = {n: m[1] for n in free if (m := _ROW.fullmatch(n)) and not _is_described(raw, n)}
    _match_rows(matched, rows, absent, raw, problems)
    absent = [n for n in absent if n not in matched]
    required = sum(item.type not in OPTIONAL for item in items.values())
    if len(absent) > _SINGLY or (len(absent) > 1 and len(absent) == required):
        _note_many(absent, matched, names, items, raw, problems)
    else:
        for name in absent:
            free = [n for n in names if n not in matched.values()]
            problems.add(
                f"no column for item {quote(name)}",
                raw.where(),
                expected=f"a column named {quote(name)}, one of its aliases, or its text",
                hint=did_you_mean(name, free) or "the export has no further columns",
                code="ITEM_MISSING",
            )
    return {i: matched[i] for i in items if i in matched}


def _named_exactly(names: Sequence[str], items: Sequence[Any]) -> dict[str, str]:
    """Items of which one alias is the header of one column, which may be the text of another column too."""
    alike = Counter(map(fold, names))
    there = {n for n in names if alike[fold(n)] == 1}
    found = {item.id: own for item in items if len(own := there.intersection(item.aliases)) == 1}
    asked = Counter(column for own in found.values() for column in own)
    return {name: column for name, own in found.items() for column in own if asked[column] == 1}


def _is_described(raw: Raw, name: str) -> bool:
    """Whether a reader knows what a column is: one box of several, a text, a fact of the interview."""
    field = raw.fields.get(name)
    return bool(field and field.role)


def _match_rows(
    matched: dict[str, str], rows: Mapping[str, str], absent: Sequence[str], raw: Raw, problems: Problems
) -> None:
    """Add the items whose id is the row of exactly one table among the columns that are left."""
    for name in absent:
        found = [column for column, row in rows.items() if row == name]
        if len(found) > 1:
            what, got = f"several columns fit item {quote(name)}", ", ".join(map(quote, found))
            problems.add(what, raw.where(), got=got, code="AMBIGUOUS_HEADER")
        if found:
            matched[name] = found[0]


def _note_many(
    absent: Sequence[str],
    matched: Mapping[str, str],
    names: Sequence[str],
    items: Mapping[str, Any],
    raw: Raw,
    problems: Problems,
) -> None:
    """One finding for many items without a column: another questionnaire, or a part of this one."""
    free = [n for n in names if n not in matched.values()]
    required = sum(item.type not in OPTIONAL for item in items.values())
    none = len(absent) == required
    what = f"{len(absent)} of {required} items have no column"
    listed = ", ".join(map(quote, absent[:_SHOWN])) + (", …" if len(absent) > _SHOWN else "")
    problems.add(
        f"{what}: this looks like the export of another questionnaire" if none else what,
        raw.where(),
        expected=f"columns for {listed}, by id, alias or text",
        got=", ".join(map(quote, free[:_SHOWN])) + (", …" if len(free) > _SHOWN else "")
        or "no further column",
        hint="surveykit new DIR --from EXPORT drafts a questionnaire of what the export holds"
        if none
        else "delete the items that were not asked from the questionnaire, or add the headers as aliases",
        code="ITEM_MISSING",
    )


def _match(
    matched: dict[str, str],
    free: Sequence[str],
    raw: Raw,
    items: Sequence[Any],
    keys: Callable[[Any], Iterable[str]],
    problems: Problems,
) -> None:
    """Add to ``matched`` the items of which one of the keys fits one free column."""
    columns: dict[str, list[str]] = defaultdict(list)
    for name in free:
        for word in {fold(name), fold(raw.question.get(name, ""))} - {""}:
            columns[word].append(name)
    fits = {item.id: sorted(_columns_of(keys(item), columns)) for item in items}
    asked = Counter(column for found in fits.values() for column in found)
    for name, found in fits.items():
        if not found:
            continue
        if len(found) > 1:
            what, where, got = f"several columns fit item {quote(name)}", raw.where(), found
        elif asked[found[0]] > 1:
            what, where = "a column fits several items", raw.where(column=found[0])
            got = [other for other, columns_ in fits.items() if found[0] in columns_]
        else:
            what, where, got = "", raw.where(), []
        if what:
            problems.add(what, where, got=", ".join(map(quote, got)), code="AMBIGUOUS_HEADER")
        matched[name] = found[0]


def _columns_of(words: Iterable[str], columns: Mapping[str, Sequence[str]]) -> set[str]:
    return {column for word in words if fold(word) for column in columns.get(fold(word), ())}
