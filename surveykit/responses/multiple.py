"""Items with several answers: one column of 0 and 1 per choice beside the cell as it stood.

The base of every choice is the same: who answered the question. A cell that says nothing is missing in
all of them, ``∅`` (all boxes unticked) is 0 in all of them.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from surveykit.errors import Problems, quote
from surveykit.identifiers import shown_cell
from surveykit.responses.cells import Coder, plain
from surveykit.responses.choices import NONE, OTHER, column_of, pick, separator_of, words_of
from surveykit.responses.columns import Source, distinct, stated, times
from surveykit.responses.report import Change

__all__ = ["Boxes", "read_boxes"]

_SHOWN = 5
_STRANGE = "\ue001"


@dataclass(frozen=True, slots=True)
class Boxes:
    """The 0/1 columns of an item as expressions, and what was noted while its cells were split."""

    columns: Mapping[str, Any]
    changes: tuple[Change, ...]


def read_boxes(item: Any, header: str, source: Source, problems: Problems) -> Boxes:
    """Split the cells of ``header`` into the options of ``item``; what is no option is a finding.

    An option with the code ``other`` takes free text.
    """
    import narwhals as nw

    words = words_of(item.options)
    declared = source.raw.user_missing.get(header, ())
    coder = Coder.of(item, source.raw.value_labels.get(header, {}), declared)
    counts = {v: n for v, n in distinct(source, header).items() if v is not None}
    cells = {v: coder.read(v) for v in counts}
    answers = {v: plain(str(v)) for v, c in cells.items() if not c.kind}
    field = source.raw.fields.get(header)
    said = [t for t in answers.values() if t != NONE]
    separator = (field.separator if field else "") or separator_of(said, words)
    ticked = {v: set[str]() if t == NONE else _ticked(t, separator, words) for v, t in answers.items()}
    strange = {v: [t for t in found if t.startswith(_STRANGE)] for v, found in ticked.items()}
    strange = {v: [t.removeprefix(_STRANGE) for t in found] for v, found in strange.items() if found}
    changes: tuple[Change, ...] = ()
    if strange and OTHER in item.options:
        for value in strange:
            ticked[value].add(OTHER)
        n = sum(counts[v] for v in strange)
        example = f"own words → {OTHER}"
        changes = (Change("text beside the choices taken as other", n, example),)
    elif strange:
        _note(item, header, strange, counts, source, problems)
    columns: dict[str, Any] = {}
    text = nw.col(header).cast(nw.String)
    texts = source.texts(header)
    at = None if texts is None else texts.places
    for code in item.options:
        known = {v: float(code in found) for v, found in ticked.items()}
        if texts is not None and at is not None:
            columns[column_of(item.id, code)] = texts.numbers(known, at)
            continue
        if not known:
            columns[column_of(item.id, code)] = nw.lit(None, dtype=nw.Float64)
            continue
        columns[column_of(item.id, code)] = text.replace_strict(
            list(known), list(known.values()), default=None, return_dtype=nw.Float64
        )
    return Boxes(columns, changes)


def _ticked(cell: str, separator: str, words: Mapping[str, str]) -> set[str]:
    """Codes of a cell, and its other texts behind a private mark."""
    codes, rest = pick(cell, separator, words)
    return {*codes, *(_STRANGE + text for text in rest)}


def _note(
    item: Any,
    header: str,
    strange: Mapping[Any, list[str]],
    counts: Mapping[Any, int],
    source: Source,
    problems: Problems,
) -> None:
    """One finding for the texts that are no option of the item."""
    rows = source.rows_of(header, set(strange))
    by_text: dict[str, list[Any]] = defaultdict(list)
    for value, texts in strange.items():
        for text in texts:
            by_text[text].append(value)
    found = sorted(r for value in strange for r in rows.get(value, []))
    listed = ", ".join(shown_cell(t) for t in list(by_text)[:_SHOWN]) + (
        ", …" if len(by_text) > _SHOWN else ""
    )
    problems.add(
        "an answer that is no option of this item" + times(sum(counts[v] for v in strange)),
        source.raw.where(found[0] if found else None, header),
        expected=", ".join(quote(c) for c in list(item.options)[:12]),
        got=listed + stated(found),
        hint=f'add it under items: {item.id}: options:, or take free text with   "other": Other',
        code="VALUE_OPTION",
    )
