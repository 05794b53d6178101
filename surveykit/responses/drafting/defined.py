"""A draft from an export and the definition it was fielded with: the form says what was asked, the export what came."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.questionnaire import Questionnaire
from surveykit.questionnaire.draft import Draft, DraftItem
from surveykit.questionnaire.titles import tell_apart
from surveykit.responses.cells import Coder, fold, is_null, plain
from surveykit.responses.choices import NONE, OTHER, pick, separator_of, words_of
from surveykit.responses.columns import Source, distinct
from surveykit.responses.drafting.build import Drafted, draft_from
from surveykit.responses.headers import match_columns
from surveykit.responses.raw import Raw

__all__ = ["draft_with"]

_ANOTHER = 0.2
_SHOWN = 6


def draft_with(raw: Raw, frame: Any, definition: Draft) -> Drafted:
    """The definition's items that have a column and whose answers it knows; the other columns as they are drafted alone.

    What the two disagree on is said in the notes of the draft. Raises :class:`SurveykitError` where fewer than a fifth of
    the definition's items have a column: the export is of another questionnaire.
    """
    alone = draft_from(raw, frame)
    source = Source(frame, raw, dict(frame.collect_schema()))
    asked = Questionnaire.from_text(definition.yaml(), definition.source)
    headers = _columns(asked, source)
    if len(headers) < _ANOTHER * len(asked.items) or not headers:
        raise SurveykitError(
            f"{len(headers)} of {len(asked.items)} items of the definition have a column: it is of another questionnaire",
            raw.where(),
            expected=", ".join(quote(n) for n in list(asked.items)[:_SHOWN]) + " …",
            got=", ".join(quote(n) for n in list(source.schema)[:_SHOWN]) + " …",
            hint="leave the definition out, or name the one that was fielded",
            code="OTHER_QUESTIONNAIRE",
        )
    unknown = {n: found for n, h in headers.items() if (found := _unknown(asked.items[n], h, source))}
    fitting = {n: h for n, h in headers.items() if n not in unknown}
    return _together(alone, definition, headers, fitting, unknown)


def _columns(asked: Questionnaire, source: Source) -> dict[str, str]:
    """Item to column; what has none, or fits twice, is left to the draft of the export alone."""
    problems = Problems()
    headers = match_columns(list(source.schema), source.raw, dict(asked.items), problems)
    return dict(headers)


def _unknown(item: Any, header: str, source: Source) -> list[str]:
    """Answers of a column that the definition's item does not know."""
    coder = Coder.of(item, source.raw.value_labels.get(header, {}), source.raw.user_missing.get(header, ()))
    values = [v for v in distinct(source, header) if not is_null(v)]
    cells = {v: coder.read(v) for v in values}
    if item.type == "multi":
        words = words_of(item.options)
        said = [t for v, c in cells.items() if not c.kind and (t := plain(str(v))) and t != NONE]
        field = source.raw.fields.get(header)
        sign = (field.separator if field else "") or separator_of(said, words)
        return [] if OTHER in item.options else [t for t in said if pick(t, sign, words)[1]]
    if item.type == "single" and OTHER in item.options:
        return []
    return [str(v) for v, c in cells.items() if c.problem]


def _together(
    alone: Drafted,
    definition: Draft,
    headers: Mapping[str, str],
    fitting: Mapping[str, str],
    unknown: Mapping[str, list[str]],
) -> Drafted:
    """The definition's draft with what only the export knows."""
    # an item that has its column's header as its text has no alias; an id is surer than a text
    by_column = {fold(w): i for key in (_by_text, _by_name) for i in alone.draft.items for w in key(i)}
    covered = {by_column[fold(h)].id for h in fitting.values() if fold(h) in by_column}
    merged = definition
    merged.source = f"{alone.draft.source} with {definition.source}"
    absent = [i.id for i in merged.items if i.id not in headers]
    known = {i.id: i for i in merged.items}
    merged.items = [i for i in merged.items if i.id in fitting]
    taken = {i.id.casefold() for i in merged.items}
    renamed = {by_column[fold(h)].id: n for n, h in fitting.items() if fold(h) in by_column}
    for item in alone.draft.items:
        if item.id in covered or item.id.casefold() in taken:
            continue
        merged.items.append(_kept(item, alone.draft, merged, headers, unknown, known))
    names = {i.id for i in merged.items}
    merged.constructs = {
        n: (title, kept)
        for n, (title, items) in {**merged.constructs, **alone.draft.constructs}.items()
        if len(kept := [i for i in items if i in names]) >= 3 and not _overlaps(n, kept, merged)
    }
    merged.metrics = {
        n: spec for n, spec in {**alone.draft.metrics, **merged.metrics}.items() if spec.get("item") in names
    }
    merged.groups = [renamed.get(g, g) for g in alone.draft.groups if renamed.get(g, g) in names]
    if absent:
        merged.notes.append(f"Asked in the form, not in the export: {', '.join(absent)}.")
    merged.notes += alone.draft.notes
    used = {i.scale for i in merged.items}
    merged.scales = {n: s for n, s in merged.scales.items() if n in used}
    tell_apart(merged)
    return Drafted(merged, alone.personal, alone.left_out)


def _by_text(item: DraftItem) -> list[str]:
    return [item.text]


def _by_name(item: DraftItem) -> list[str]:
    return [*item.aliases, item.id]


def _kept(
    item: DraftItem,
    source: Draft,
    merged: Draft,
    headers: Mapping[str, str],
    unknown: Mapping[str, list[str]],
    known: Mapping[str, DraftItem],
) -> DraftItem:
    """An item as the export alone gives it, with the reason."""
    if item.scale:
        item.scale = merged.scale(source.scales[item.scale], item.scale)
    columns = set(map(fold, (item.id, item.text, *item.aliases)))
    name = next((n for n, h in headers.items() if n in unknown and fold(h) in columns), "")
    if name:
        odd = unknown[name]
        listed = ", ".join(quote(v) for v in odd[:_SHOWN]) + (" …" if len(odd) > _SHOWN else "")
        item.notes.append(f"drafted from the export: the form does not know the answers {listed}")
        item.text = known[name].text
    else:
        item.notes.append("not in the form: drafted from the export")
    return item


def _overlaps(name: str, items: list[str], merged: Draft) -> bool:
    """Whether a construct of the export alone repeats one of the definition's."""
    return name not in merged.constructs and any(
        set(items) & set(others) for _, others in merged.constructs.values()
    )
