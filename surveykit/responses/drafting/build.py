"""A draft questionnaire from a raw table: columns to items, batteries to constructs, wording to metrics."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from surveykit.questionnaire import tongues, wording
from surveykit.questionnaire.draft import Draft, DraftItem, DraftScale, item_id
from surveykit.responses.cells import Coder, fold, is_null, number_of, plain
from surveykit.responses.columns import Source, decimal_sign, distinct
from surveykit.responses.drafting.columns import Judged, judge
from surveykit.responses.exports import Field
from surveykit.responses.raw import Raw

__all__ = ["Drafted", "draft_from"]

_PREFIX = re.compile(r"([A-Za-z]{2,})_?\d{1,2}[a-z]?\Z")
_BATTERY = re.compile(r"(\S+)_-?\w+\Z")
_GENERIC = {"q", "v", "var", "item", "question", "col", "column", "f", "x", "field", "s", "qid"}
_NUMBERED = re.compile(r"\s*Q?(\d{1,3})\s*[、.．:：]")
_ROWS_FOR_LANGUAGE, _COLUMNS_FOR_LANGUAGE = 50, 40
_MIN_ITEMS = 3
_ID = re.compile(
    r"respondent|case|participant|(?:response|respondent|participant|case|record|person|user|member|customer|panel|interview|submission|survey|unique|row)?"
    r"[ _.-]?(?:id|uuid|guid|token)|(?:respondent|case|record|interview|serial)[ _.-]?(?:no|nr|num|number|code)\.?"
    r"|(?:答卷|问卷|样本|受访者|用户|会员|客户)?(?:编号|序号|ID|号)",
    re.IGNORECASE,
)
_LONGEST = 1900
_USUAL = {-1.0: "dont_know", -2.0: "not_shown", -3.0: "not_shown"}
_MAX_GROUPS = 2
_SMALLEST_GROUP = 10
_ENOUGH_ROWS = 20
_AGAINST_THE_REST = -0.2


@dataclass(slots=True)
class Drafted:
    """A draft with what was left out of it: personal data, and columns that hold no answers."""

    draft: Draft
    personal: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class _Column:
    """A column on its way to an item."""

    name: str
    facts: Field
    cells: dict[Any, int]
    judged: Judged | None = None
    item: DraftItem | None = None
    battery: str = ""


def draft_from(raw: Raw, frame: Any) -> Drafted:
    """A questionnaire that the table could have come from, and what does not belong into one."""
    source = Source(frame, raw, dict(frame.collect_schema()))
    drafted = Drafted(_empty(raw, list(source.schema)))
    columns = [c for name in source.schema if (c := _answers(name, source, drafted))]
    for column in columns:
        column.battery = _battery(column)
    for column in columns:
        _judge(column, columns, raw)
    _one_scale_per_battery(columns)
    _widest_words(columns)
    taken: set[str] = set()
    folded = {fold(n) for n in source.schema}
    for number, column in enumerate(columns, 1):
        _to_item(column, number, drafted.draft, taken, folded)
    _constructs(columns, drafted.draft, source)
    _metrics(columns, drafted.draft)
    _groups(columns, drafted.draft)
    _notes(drafted)
    return drafted


def _empty(raw: Raw, names: Sequence[str]) -> Draft:
    stem = Path(raw.source).stem or "study"
    words = [f.text for f in raw.fields.values()] + list(raw.question.values()) + list(names)
    language = tongues.language_of(words, "") or tongues.language_of(_answered(raw))
    name = re.sub(r"[^A-Za-z0-9-]+", "-", stem).strip("-").lower()
    name = name if name[:1].isalpha() else f"study-{name}".strip("-")
    return Draft(name[:60], stem, language, Path(raw.source).name)


def _answered(raw: Raw) -> list[str]:
    """Some different answers, for their language."""
    if not raw.text_cells:
        return []
    found: dict[str, None] = {}
    for column in raw.table.slice(0, _ROWS_FOR_LANGUAGE).columns[:_COLUMNS_FOR_LANGUAGE]:
        found |= dict.fromkeys(c for c in column.to_pylist() if c and not c[0].isdigit() and 3 < len(c) < 200)
    return list(found)


def _answers(name: str, source: Source, drafted: Drafted) -> _Column | None:
    """A column of answers, or None where it is left out, with the reason noted."""
    facts = source.raw.fields.get(name) or Field(text=source.raw.question.get(name, ""))
    declared = source.raw.user_missing.get(name, ())
    coder = Coder("text", value_labels=source.raw.value_labels.get(name, {}), declared=declared)
    counts = {v: n for v, n in distinct(source, name).items() if not is_null(v) and plain(str(v))}
    cells = {v: n for v, n in counts.items() if not coder.read(v).kind}
    words = facts.text or name
    if facts.role == "identifier":
        drafted.personal[name] = "by the platform"
    elif facts.role == "id" and cells and set(cells.values()) == {1}:
        return _Column(name, facts, cells)
    elif facts.role in {"meta", "date", "id"}:
        drafted.left_out[name] = "written by the platform"
    elif facts.role == "member":
        return None
    elif kind := wording.is_personal(words, [str(v) for v in cells]) or wording.is_personal(name, []):
        drafted.personal[name] = kind
    elif not cells:
        drafted.left_out[name] = "no answer in any row"
    else:
        return _Column(name, facts, cells)
    return None


def _battery(column: _Column) -> str:
    """What columns of one battery have in common: a stem, or a name before a number."""
    inner = _BATTERY.match(column.name)
    if column.facts.stem:
        return f"{inner.group(1) if inner else ''}|{column.facts.stem}"
    named = _PREFIX.match(column.name)
    return f"{named.group(1)}|" if named and named.group(1).casefold() not in _GENERIC else ""


def _judge(column: _Column, columns: Sequence[_Column], raw: Raw) -> None:
    beside = sum(c.battery == column.battery for c in columns) if column.battery else 1
    rated = wording.is_rated(column.facts.text or column.name) or beside >= _MIN_ITEMS
    labels = {_code(c): w for c, w in raw.value_labels.get(column.name, {}).items()}
    declared = {_code(c) for c in raw.user_missing.get(column.name, ()) if not isinstance(c, tuple)}
    labels = {c: w for c, w in labels.items() if c not in declared}
    cells = {_code(v): n for v, n in column.cells.items()}
    if decimal_sign(cells, raw.delimiter) == "," and all(number_of(c, ",") is not None for c in cells):
        cells = {c.replace(",", "."): n for c, n in cells.items()}
    if column.facts.role in {"text", "id"}:
        column.judged = Judged(column.facts.role)
    elif _counts_people(cells):
        column.judged = Judged("id") if _is_key(column.name) else judge(cells, column.facts, labels, rated)
    else:
        column.judged = judge(cells, column.facts, labels, rated)
    _declared_codes(
        column.judged, raw.user_missing.get(column.name, ()), raw.value_labels.get(column.name, {})
    )


def _declared_codes(judged: Judged, declared: Sequence[Any], labels: Mapping[Any, str]) -> None:
    """Numbers that the export declares missing go into the draft, where a person can see them."""
    for code in declared:
        if isinstance(code, float) and judged.type in {"scale", "single", "number"}:
            kind = wording.missing_kind(labels.get(code, "")) or _USUAL.get(code, "skipped")
            missing = judged.missing if judged.scale is None else judged.scale.missing
            missing.setdefault(_code(code), kind)


def _counts_people(cells: Mapping[str, int]) -> bool:
    return len(cells) > 1 and set(cells.values()) == {1}


def _is_key(name: str) -> bool:
    """Whether a column is named as one that numbers the respondents."""
    return bool(_ID.fullmatch(name.strip()))


def _code(value: Any) -> str:
    return f"{value:g}" if isinstance(value, float) else str(value)


def _one_scale_per_battery(columns: Sequence[_Column]) -> None:
    """Items of a battery that differ only in which answers occur share the widest scale.

    Labels decide for labelled scales: all labels of the battery are put in order together.
    """
    batteries: dict[str, list[_Column]] = defaultdict(list)
    for column in columns:
        answers = column.judged is not None and column.judged.type in {"scale", "single"}
        if column.battery and answers and column.facts.role != "rank":
            batteries[column.battery].append(column)
    for members in batteries.values():
        scales = [c.judged.scale for c in members if c.judged and c.judged.scale]
        if len(members) < 2 or not scales:
            continue
        together: dict[str, int] = defaultdict(int)
        for column in members:
            for cell, n in column.cells.items():
                together[_code(cell)] += n
        joint = judge(together, Field(), {}, rated=True)
        if joint.scale is None:
            continue
        for scale in scales:
            joint.scale.missing.update(scale.missing)
        for column in members:
            if column.judged:
                column.judged.type, column.judged.scale = "scale", joint.scale
                column.judged.options, column.judged.missing = {}, {}
                column.judged.codes = {
                    c: v for c, v in joint.codes.items() if c in set(map(_code, column.cells))
                }
                column.judged.notes = []


def _widest_words(columns: Sequence[_Column]) -> None:
    """A scale of words whose words are some of another one's is that one: its other points were not chosen here."""
    worded = [c for c in columns if c.judged and c.judged.scale and c.judged.scale.labels]
    for column in worded:
        mine = column.judged.scale if column.judged else None
        if column.judged is None or mine is None or len(mine.labels) < mine.high - mine.low + 1:
            continue
        own = {fold(w) for w in mine.labels.values()}
        wider = [
            c.judged.scale
            for c in worded
            if c.judged and c.judged.scale and own < {fold(w) for w in c.judged.scale.labels.values()}
        ]
        if not wider:
            continue
        best = max(wider, key=lambda s: len(s.labels))
        codes = {fold(w): float(code) for code, w in best.labels.items()}
        note = "points that nobody chose here were taken from a question with the same words: confirm"
        column.judged.scale = replace(best, missing={**best.missing, **mine.missing})
        column.judged.codes = {c: codes[fold(c)] for c in map(_code, column.cells) if fold(c) in codes}
        column.judged.notes = [*column.judged.notes, note]


def _to_item(column: _Column, number: int, draft: Draft, taken: set[str], folded: set[str]) -> None:
    judged = column.judged or Judged("text")
    numbered = _NUMBERED.match(column.name)
    fallback = f"q{numbered.group(1)}" if numbered else f"q{number}"
    # an id must not be the header of another column, which would then answer this item
    others = {f for f in folded if f != fold(column.name)}
    name = item_id(column.name, fallback, taken | others)
    taken.add(name)
    text = column.facts.text or column.name
    own = text.removeprefix(f"{column.facts.stem} – ") if column.facts.stem else ""
    if own and own != text:
        text = f"{own} ({column.facts.stem})"  # what tells the items of a battery apart comes first
    words = text.rstrip("：: *") or text
    item = DraftItem(
        name, words, judged.type, options=judged.options, missing=judged.missing, notes=judged.notes
    )
    item.stem = column.facts.stem
    if name != column.name and (fold(text) != fold(column.name) or len(text) > _LONGEST):
        item.aliases = [column.name]
    if judged.scale is not None:
        item.scale = draft.scale(judged.scale, _scale_name(judged.scale))
    column.item = item
    draft.items.append(item)


def _scale_name(scale: DraftScale) -> str:
    return f"scale_{scale.low}_{scale.high}" if scale.low >= 0 else f"scale_m{-scale.low}_{scale.high}"


def _constructs(columns: Sequence[_Column], draft: Draft, source: Source) -> None:
    batteries: dict[tuple[str, str], list[_Column]] = defaultdict(list)
    for column in columns:
        if column.battery and column.item and column.item.scale and column.facts.role != "rank":
            batteries[column.battery, column.item.scale].append(column)
    names = {i.id for i in draft.items}
    for (battery, _), members in batteries.items():
        if len(members) < _MIN_ITEMS:
            continue
        prefix, _, stem = battery.partition("|")
        first = members[0].item
        base = prefix or (first.id.rpartition("_")[0] if first else "") or "battery"
        name = item_id(f"{base}_all", "battery", {*names, *draft.constructs})
        ids = [c.item.id for c in members if c.item]
        draft.constructs[name] = (stem or prefix or name, ids)
        _without_stem(members, draft)
        for column in _against(members, source):
            if column.item:
                column.item.notes.append(
                    "correlates negatively with the rest of its battery: reversed? then add `reverse: true`"
                )


def _without_stem(members: Sequence[_Column], draft: Draft) -> None:
    """Items of a construct that carries the stem keep their own words, where those tell them apart."""
    others = {fold(i.text) for i in draft.items}
    for column in members:
        item = column.item
        own = item.text.removesuffix(f" ({item.stem})") if item and item.stem else ""
        if item and own and own != item.text and fold(own) not in others:
            others.add(fold(own))
            item.text = own
            item.aliases = item.aliases or ([column.name] if item.id != column.name else [])


def _against(members: Sequence[_Column], source: Source) -> list[_Column]:
    """Items that go against most others: their sign in the first principal component is the rarer one."""
    import numpy as np

    if source.lazy:
        return []
    rows = []
    for column in members:
        codes = column.judged.codes if column.judged else {}
        values = source.frame[column.name].to_list()
        rows.append([codes.get(plain(_code(v)), np.nan) if not is_null(v) else np.nan for v in values])
    x = np.array(rows, dtype=float)
    x = x[:, ~np.isnan(x).any(axis=0)]
    if x.shape[1] < _ENOUGH_ROWS:
        return []
    members = [m for m, values in zip(members, x, strict=True) if values.std() > 0]
    x = x[x.std(axis=1) > 0]
    if len(members) < _MIN_ITEMS:
        return []
    loadings = np.linalg.eigh(np.corrcoef(x))[1][:, -1]
    loadings = loadings * np.sign(np.sum(np.sign(loadings)) or 1)
    # against the sum of the others by more than chance, so that noise is no reversed item
    total, chance = np.sign(loadings) @ x, -2 / np.sqrt(x.shape[1])
    against = [
        float(np.corrcoef(values, total - s * values)[0, 1])
        for values, s in zip(x, np.sign(loadings), strict=True)
    ]
    clear = [r < chance for r in against]
    return [
        m
        for m, loading, sure in zip(members, loadings, clear, strict=True)
        if loading < _AGAINST_THE_REST and sure
    ]


def _metrics(columns: Sequence[_Column], draft: Draft) -> None:
    """NPS wherever it is asked; CSAT and CES of the question about the whole, else of single questions."""
    in_construct = {i for _, items in draft.constructs.values() for i in items}
    found: dict[str, list[DraftItem]] = defaultdict(list)
    for column in columns:
        item = column.item
        if item is None or not item.scale or column.facts.role == "rank":
            continue
        scale = draft.scales[item.scale]
        metric = "" if scale.numeric else wording.metric_for(item.text, scale.low, scale.high)
        if metric and (metric == "nps" or item.id not in in_construct or wording.is_overall(item.text)):
            found[metric].append(item)
    names = {i.id.casefold() for i in draft.items} | {c.casefold() for c in draft.constructs}
    for metric, items in found.items():
        whole = [i for i in items if wording.is_overall(i.text)] or items
        for item in whole[:3]:
            name = metric if len(whole) == 1 else f"{metric}_{item.id}"
            name = name if name.casefold() not in names else f"{name}_score"
            draft.metrics[name] = {"metric": metric, "item": item.id}


def _groups(columns: Sequence[_Column], draft: Draft) -> None:
    """Questions about who people are, with few options that are all well filled."""
    for column in columns:
        item = column.item
        if item is None or item.type != "single" or not wording.is_about_people(item.text):
            continue
        answered = [n for c, n in column.cells.items() if not wording.missing_kind(str(c))]
        few = 2 <= len(item.options) <= 7
        if (
            few
            and len(answered) >= 2
            and min(answered) >= _SMALLEST_GROUP
            and len(draft.groups) < _MAX_GROUPS
        ):
            draft.groups.append(item.id)


def _notes(drafted: Drafted) -> None:
    if drafted.personal:
        listed = ", ".join(f"{name} ({kind})" for name, kind in drafted.personal.items())
        drafted.draft.notes.append(f"Left out as personal data: {listed}.")
    if drafted.left_out:
        listed = ", ".join(drafted.left_out)
        drafted.draft.notes.append(f"Left out, written by the platform or without answers: {listed}.")
