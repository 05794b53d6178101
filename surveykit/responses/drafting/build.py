"""A draft questionnaire from a raw table: columns to items, batteries to constructs, wording to metrics."""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from surveykit.questionnaire import asking, tongues, wording
from surveykit.questionnaire.draft import Draft, DraftItem, DraftScale, item_id
from surveykit.questionnaire.titles import other_in, places_in, tell_apart, title_of
from surveykit.responses.cells import Coder, fold, is_null, number_of, plain, yes_no
from surveykit.responses.choices import OTHER, learn, split
from surveykit.responses.columns import Source, decimal_sign, distinct
from surveykit.responses.drafting.batteries import (
    MIN_ITEMS,
    Battery,
    Column,
    against,
    code_of,
    find_batteries,
    find_runs,
    settle,
)
from surveykit.responses.drafting.columns import Judged, judge
from surveykit.responses.exports import Field
from surveykit.responses.raw import Raw

__all__ = ["Drafted", "draft_from"]

_NUMBERED = re.compile(r"\s*(?:Q|第\s*)?(\d{1,3})\s*(?:[、.．:：]|题)")
_CODE = re.compile(r"[A-Za-z]+[\w.|]*", re.ASCII)
_NUMBERED_CODE = re.compile(r"[A-Za-z]*\d[\w.|]*|[–—-]", re.ASCII)
_ROWS_FOR_LANGUAGE, _COLUMNS_FOR_LANGUAGE = 50, 40
_ID = re.compile(
    r"respondent|case|participant|fallnummer|(?:response|respondent|participant|case|record|person|user|member|customer|panel|interview"
    r"|submission|survey|unique|row|fall|teilnehmer|befragten|antwort|kunden|id\.?)?"
    r"[ _.-]?(?:id|uuid|guid|token|nr|nummer)\.?"
    r"|(?:respondent|response|case|record|interview|serial)[ _.-]?(?:no|nr|num|number|code)\.?"
    r"|lfd\.? ?nr\.?|laufende nummer|(?:id|identifiant|n°|número|numéro)(?: (?:de|du|del|da) (?:la )?\w+)?"
    r"|(?:答卷|问卷|問卷|样本|樣本|受访者|用户|会员|客户|回答|回答者)?(?:编号|编码|序号|編號|序號|ID|号|號|番号)",
    re.IGNORECASE,
)
_LONGEST = 1900
_DASHES = "-–—，,、；; "
"""What joins a header's parts and stands before the second."""
_WRITTEN = {"meta", "duration", "identifier", "date", "id", "member"}
_USUAL = {-1.0: "dont_know", -2.0: "not_shown", -3.0: "not_shown"}
_MAX_GROUPS = 2
_SMALLEST_GROUP = 10
_WELL_FILLED = 0.8
_IN_TITLE = 40
_NO_CONSTRUCT = {"rank", "share", "nps"}
_FEW_ANSWERS = 12
_LONGEST_CHOICE = 60
_JOINED = (";", "┋", "|", "\n", ", ")


@dataclass(slots=True)
class Drafted:
    """A draft with what was left out of it: personal data, and columns that hold no answers."""

    draft: Draft
    personal: dict[str, str] = field(default_factory=dict)
    left_out: dict[str, str] = field(default_factory=dict)


def draft_from(raw: Raw, frame: Any) -> Drafted:
    """A questionnaire that the table could have come from, and what does not belong into one."""
    source = Source(frame, raw, dict(frame.collect_schema()))
    drafted = Drafted(_empty(raw, list(source.schema)))
    columns = [c for name in source.schema if (c := _answers(name, source, drafted))]
    find_batteries(columns, source)
    beside = Counter(c.battery for c in columns if c.battery)
    for column in columns:
        rated = asking.is_rated(column.words) or (
            column.battery is not None and beside[column.battery] >= MIN_ITEMS
        )
        _judge(column, raw, rated)
    find_runs(columns, source, lambda column: _judge(column, raw, rated=True))
    settle(columns, source)
    taken: set[str] = set()
    folded = {fold(n) for n in source.schema}
    for number, column in enumerate(columns, 1):
        _to_item(column, number, drafted.draft, taken, folded)
    _constructs(columns, drafted.draft, source)
    _metrics(columns, drafted.draft)
    _groups(columns, drafted.draft)
    tell_apart(drafted.draft, {c.item.id: c.name for c in columns if c.item})
    _notes(drafted)
    return drafted


def _empty(raw: Raw, names: Sequence[str]) -> Draft:
    stem = Path(raw.source).stem or "study"
    own = {n for n, f in raw.fields.items() if f.role in _WRITTEN}  # a platform names its columns in English
    facts = {
        n: raw.fields[n].text if n in raw.fields else raw.question.get(n, "") for n in names if n not in own
    }
    # bare codes such as Q3_1 are of no language
    words = [w for n, text in facts.items() if (w := text or n) != n or not _CODE.fullmatch(n)]
    words = [w for w in words if not _is_code(w)]
    chinese = any(map(wording.is_chinese, own))
    language = tongues.language_of(words, "") or tongues.language_of(
        _answered(raw, own), "zh" if chinese else "en"
    )
    name = re.sub(r"[^A-Za-z0-9-]+", "-", stem).strip("-").lower()
    name = name if name[:1].isalpha() else f"study-{name}".strip("-")
    return Draft(name[:60], title_of(stem), language, Path(raw.source).name)


def _answered(raw: Raw, own: Collection[str]) -> list[str]:
    """Some different answers, or their words in a typed file, for their language."""
    found: dict[str, None] = {}
    for words in raw.value_labels.values() if not raw.text_cells else ():
        found |= dict.fromkeys(str(w) for w in words.values())
    table = raw.table.slice(0, _ROWS_FOR_LANGUAGE) if raw.text_cells else None
    names = [n for n in table.column_names if n not in own] if table is not None else []
    for name in names[:_COLUMNS_FOR_LANGUAGE]:
        cells = table.column(name).to_pylist() if table is not None else []
        found |= dict.fromkeys(
            c
            for c in cells
            if c and not c[0].isdigit() and (len(c) > 3 or wording.is_chinese(c)) and len(c) < 200
        )
    return [w for w in found if not _is_code(w)]


def _is_code(text: str) -> bool:
    return all(map(_NUMBERED_CODE.fullmatch, text.replace("┋", " ").split()))


def _answers(name: str, source: Source, drafted: Drafted) -> Column | None:
    """A column of answers, or None where it is left out, with the reason noted."""
    facts = source.raw.fields.get(name) or Field(text=source.raw.question.get(name, ""))
    declared = source.raw.user_missing.get(name, ())
    coder = Coder("text", value_labels=source.raw.value_labels.get(name, {}), declared=declared)
    counts = {v: n for v, n in distinct(source, name).items() if not is_null(v) and plain(str(v))}
    cells = {v: n for v, n in counts.items() if not coder.read(v).kind}
    if facts.role == "identifier":
        drafted.personal[name] = "by the platform"
    elif facts.role == "id" and cells and set(cells.values()) == {1}:
        return Column(name, facts, cells)
    elif facts.role in {"meta", "duration", "date", "id"}:
        drafted.left_out[name] = "written by the platform"
    elif facts.role == "member":
        return None
    elif kind := _personal(name, facts, cells):
        drafted.personal[name] = kind
    elif not cells:
        drafted.left_out[name] = "no answer in any row"
    else:
        return Column(name, facts, cells)
    return None


def _personal(name: str, facts: Field, cells: Mapping[Any, int]) -> str:
    """What personal data a column holds; a question about telephones or e-mails whose answers are none holds none."""
    own = facts.text.removeprefix(f"{facts.stem} – ") if facts.stem else facts.text.rpartition(" – ")[2]
    texts = [str(v) for v in cells]
    kind = asking.is_personal("", texts)
    if kind or not cells:
        return kind or asking.is_personal(facts.text or name, []) or asking.is_personal(name, [])
    for words in dict.fromkeys((facts.text or name, own, name)):
        kind = asking.is_personal(words, [])
        if kind and not _only_answers(kind, own or name, cells):
            return kind
    return ""


def _only_answers(kind: str, own: str, cells: Mapping[Any, int]) -> bool:
    """Whether the cells of a column are marks, degrees or a few options and tell nothing of anybody."""
    texts = [plain(str(v)) for v in cells]
    short = all(number_of(t) is not None and len(t) <= 3 for t in texts) or all(map(yes_no, texts))
    few = kind != "name" and len(cells) <= _FEW_ANSWERS and sum(cells.values()) >= 2 * len(cells)
    return short or few or set(map(fold, texts)) == {fold(own)} or wording.ordered(texts) is not None


def _judge(column: Column, raw: Raw, rated: bool) -> None:
    labels = {code_of(c): w for c, w in raw.value_labels.get(column.name, {}).items()}
    declared = {code_of(c) for c in raw.user_missing.get(column.name, ()) if not isinstance(c, tuple)}
    labels = {c: w for c, w in labels.items() if c not in declared}
    cells = {code_of(v): n for v, n in column.cells.items()}
    if decimal_sign(cells, raw.delimiter) == "," and all(number_of(c, ",") is not None for c in cells):
        cells = {c.replace(",", "."): n for c, n in cells.items()}
    if column.facts.role in {"text", "id"}:
        column.judged = Judged(column.facts.role)
    elif _counts_people(cells) and _is_key(column.name):
        column.judged = Judged("id")
    else:
        if raw.text_cells and not raw.platform and not labels and not rated:
            column.facts = _joined(column.facts, cells)
        words = replace(column.facts, text=column.words)
        column.judged = judge(cells, words, labels, rated)
    _declared_codes(
        column.judged, raw.user_missing.get(column.name, ()), raw.value_labels.get(column.name, {})
    )


def _declared_codes(judged: Judged, declared: Sequence[Any], labels: Mapping[Any, str]) -> None:
    """Numbers that the export declares missing go into the draft, where a person can see them."""
    for code in declared:
        if isinstance(code, float) and judged.type in {"scale", "single", "number"}:
            kind = wording.missing_kind(labels.get(code, "")) or _USUAL.get(code, "skipped")
            missing = judged.missing if judged.scale is None else judged.scale.missing
            missing.setdefault(code_of(code), kind)


def _counts_people(cells: Mapping[str, int]) -> bool:
    return len(cells) > 1 and set(cells.values()) == {1}


def _is_key(name: str) -> bool:
    """Whether a column is named as one that numbers the respondents."""
    return bool(_ID.fullmatch(name.strip()))


def _joined(facts: Field, cells: Mapping[str, int]) -> Field:
    """Choices of a column in a plain table whose cells hold several of them, in differing numbers."""
    if facts.role or facts.choices or facts.separator:
        return facts
    answers = sum(cells.values())
    for separator in _JOINED:
        sizes = Counter(dict.fromkeys((1, 2, 3), 0))
        for cell, n in cells.items():
            sizes[len(split(cell, separator))] += n
        several = answers - sizes[0] - sizes[1]
        # "city, country" has two parts in every cell: one answer
        if several < 0.2 * answers or max(sizes.values()) == answers or (separator == ", " and not sizes[1]):
            continue
        ticks = learn(cells, separator)
        if ticks and max(map(len, ticks)) <= _LONGEST_CHOICE:
            return replace(facts, choices={str(k + 1): c for k, c in enumerate(ticks)}, separator=separator)
    return facts


def _to_item(column: Column, number: int, draft: Draft, taken: set[str], folded: set[str]) -> None:
    judged = column.judged or Judged("text")
    numbered = _NUMBERED.match(column.name)
    # q1 is the first question, not the column that numbers the respondents
    fallback = f"q{numbered.group(1)}" if numbered else "id" if judged.type == "id" else f"q{number}"
    # an id must not be the header of another column, which would then answer this item
    others = {f for f in folded if f != fold(column.name)}
    name = item_id(column.name, fallback, taken | others)
    taken.add(name)
    text = column.facts.text or column.name
    own = text.removeprefix(f"{column.facts.stem} – ").lstrip(_DASHES) if column.facts.stem else ""
    if own and own != text:
        text = f"{own} ({column.facts.stem})"  # what tells the items of a battery apart comes first
    words = text.rstrip("：: *").lstrip(_DASHES) or text
    if judged.options.get(OTHER) == OTHER and fold(other_in(draft.language)) not in map(
        fold, _answers_of(judged)
    ):
        judged.options[OTHER] = other_in(draft.language)
    item = DraftItem(
        name, words, judged.type, options=judged.options, missing=judged.missing, notes=judged.notes
    )
    item.stem, item.reverse = column.facts.stem, judged.reverse
    if name != column.name and (fold(words) != fold(column.name) or len(text) > _LONGEST):
        item.aliases = [column.name]
    if judged.scale is not None and column.facts.role == "rank":
        first, last = places_in(draft.language)
        judged.scale.labels = judged.scale.labels or {judged.scale.low: first, judged.scale.high: last}
    if judged.scale is not None:
        item.scale = draft.scale(judged.scale, _scale_name(judged.scale))
    column.item = item
    draft.items.append(item)


def _answers_of(judged: Judged) -> list[str]:
    return [words for code, words in judged.options.items() if code != OTHER]


def _scale_name(scale: DraftScale) -> str:
    return f"scale_{scale.low}_{scale.high}" if scale.low >= 0 else f"scale_m{-scale.low}_{scale.high}"


def _constructs(columns: Sequence[Column], draft: Draft, source: Source) -> None:
    batteries: dict[tuple[Battery, str], list[Column]] = defaultdict(list)
    for column in columns:
        if column.battery and column.item and column.item.scale and column.facts.role not in _NO_CONSTRUCT:
            batteries[column.battery, column.item.scale].append(column)
    names = {i.id for i in draft.items}
    for (battery, _), members in batteries.items():
        if len(members) < MIN_ITEMS:
            continue
        items = [c.item for c in members if c.item]
        base = battery.prefix or items[0].id.rpartition("_")[0] or "battery"
        name = item_id(f"{base}_all", "battery", {*names, *draft.constructs})
        title = battery.stem or battery.prefix or (_from_to(items) if battery.run else name)
        draft.constructs[name] = (title, [i.id for i in items])
        _without_stem(members, draft)
        for column in against(members, source):
            if column.item:
                column.item.notes.append(
                    "correlates negatively with the rest of its battery: reversed? then add `reverse: true`"
                )


def _from_to(items: Sequence[DraftItem]) -> str:
    """A title for questions that share no words: the first and the last of them."""
    first, last = (
        i.text if len(i.text) <= _IN_TITLE else f"{i.text[:_IN_TITLE].rstrip()}…"
        for i in (items[0], items[-1])
    )
    return f"{first} – {last}"


def _without_stem(members: Sequence[Column], draft: Draft) -> None:
    """Items of a construct that carries the stem keep their own words, where those tell them apart."""
    others = {fold(i.text) for i in draft.items}
    for column in members:
        item = column.item
        own = item.text.removesuffix(f" ({item.stem})") if item and item.stem else ""
        if item and own and own != item.text and fold(own) not in others:
            others.add(fold(own))
            item.text = own
            item.aliases = item.aliases or ([column.name] if item.id != column.name else [])


def _metrics(columns: Sequence[Column], draft: Draft) -> None:
    """NPS wherever it is asked; CSAT and CES of the question about the whole, else of single questions."""
    in_construct = {i for _, items in draft.constructs.values() for i in items}
    found: dict[str, list[DraftItem]] = defaultdict(list)
    for column in columns:
        item = column.item
        if item is None or not item.scale or column.facts.role == "rank":
            continue
        scale = draft.scales[item.scale]
        metric = "" if scale.numeric else wording.metric_for(item.text, scale.low, scale.high)
        metric = "nps" if column.facts.role == "nps" else metric
        if metric and (metric == "nps" or item.id not in in_construct or wording.is_overall(item.text)):
            found[metric].append(item)
    names = {i.id.casefold() for i in draft.items} | {c.casefold() for c in draft.constructs}
    for metric, items in found.items():
        whole = [i for i in items if wording.is_overall(i.text)] or items
        for item in whole[:3]:
            name = metric if len(whole) == 1 else f"{metric}_{item.id}"
            name = name if name.casefold() not in names else f"{name}_score"
            draft.metrics[name] = {"metric": metric, "item": item.id}
            if metric == "ces" and asking.asks_effort(item.text):
                draft.metrics[name]["version"] = 1


def _groups(columns: Sequence[Column], draft: Draft) -> None:
    """Questions about who people are, with few options of which nearly everybody is in a well filled one."""
    for column in columns:
        item = column.item
        if item is None or item.type != "single" or not wording.is_about_people(item.text):
            continue
        answered = [n for c, n in column.cells.items() if not wording.missing_kind(str(c))]
        filled = [n for n in answered if n >= _SMALLEST_GROUP]
        enough = len(filled) >= 2 and sum(filled) >= _WELL_FILLED * sum(answered)
        if 2 <= len(item.options) <= 7 and enough and len(draft.groups) < _MAX_GROUPS:
            draft.groups.append(item.id)


def _notes(drafted: Drafted) -> None:
    if drafted.personal:
        listed = ", ".join(f"{name} ({kind})" for name, kind in drafted.personal.items())
        drafted.draft.notes.append(f"Left out as personal data: {listed}.")
    if drafted.left_out:
        listed = ", ".join(drafted.left_out)
        drafted.draft.notes.append(f"Left out, written by the platform or without answers: {listed}.")
