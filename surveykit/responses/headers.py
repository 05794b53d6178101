"""Which column answers which item: by id, alias or wording, never by a guess between two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveykit.errors import Problems, did_you_mean, quote
from surveykit.responses.cells import fold
from surveykit.responses.raw import Raw

__all__ = ["match_columns"]

_OPTIONAL = {"text", "id", "date", "multi"}


def match_columns(
    names: Sequence[str], raw: Raw, items: Mapping[str, Any], problems: Problems
) -> dict[str, str]:
    """Item id → column name. An item without a column, or a name that fits twice, is a finding.

    An exact id comes first, then the id without regard to case and width, then aliases, then the
    item's text in any language (the header, or the long text that a file stores beside it). Items
    of type text, id, date and multi may be absent.
    """
    matched: dict[str, str] = {i: i for i in items if i in names}
    for keys in (lambda i: [i.id], lambda i: i.aliases, lambda i: i.text.values()):
        free = [n for n in names if n not in matched.values()]
        _match(matched, free, raw, [i for k, i in items.items() if k not in matched], keys, problems)
    for id, item in items.items():
        if id not in matched and item.type not in _OPTIONAL:
            free = [n for n in names if n not in matched.values()]
            problems.add(
                f"no column for item {quote(id)}",
                raw.where(),
                expected=f"a column named {quote(id)}, one of its aliases, or its text",
                hint=did_you_mean(id, free) or "the export has no further columns",
                code="ITEM_MISSING",
            )
    return {i: matched[i] for i in items if i in matched}


def _match(
    matched: dict[str, str],
    free: Sequence[str],
    raw: Raw,
    items: Sequence[Any],
    keys: Any,
    problems: Problems,
) -> None:
    columns: dict[str, list[str]] = defaultdict(list)
    for name in free:
        for word in {fold(name), fold(raw.question.get(name, ""))} - {""}:
            columns[word].append(name)
    wanted: dict[str, set[str]] = defaultdict(set)
    for item in items:
        for column in _columns_of(keys(item), columns):
            wanted[item.id].add(column)
    askers: dict[str, list[str]] = defaultdict(list)
    for id, found in wanted.items():
        for column in found:
            askers[column].append(id)
    for id, found in wanted.items():
        if len(found) > 1:
            listed = ", ".join(quote(c) for c in sorted(found))
            problems.add(
                f"several columns fit item {quote(id)}", raw.where(), got=listed, code="AMBIGUOUS_HEADER"
            )
        elif len(askers[next(iter(found))]) > 1:
            column = next(iter(found))
            listed = ", ".join(quote(i) for i in askers[column])
            problems.add(
                "a column fits several items", raw.where(column=column), got=listed, code="AMBIGUOUS_HEADER"
            )
        matched[id] = sorted(found)[0]


def _columns_of(words: Iterable[str], columns: Mapping[str, Sequence[str]]) -> set[str]:
    return {column for word in words if fold(word) for column in columns.get(fold(word), ())}
