"""Questions that belong together: by one stem, by one name before a number, or side by side with one scale.

What the columns of a battery share decides their scale; rows that always add up to the same are ranks or shares and
measure nothing together.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.questionnaire import asking, wording
from surveykit.questionnaire.draft import DraftItem, DraftScale
from surveykit.responses.cells import fold, is_null, number_of, plain
from surveykit.responses.columns import Source
from surveykit.responses.drafting.columns import Judged, judge
from surveykit.responses.exports import Field

__all__ = ["MIN_ITEMS", "Battery", "Column", "against", "code_of", "find_batteries", "find_runs", "settle"]

MIN_ITEMS = 3
_PREFIX = re.compile(r"([A-Za-z]{2,})_?\d{1,2}[a-z]?\Z")
_MATRIX = re.compile(r"([A-Za-z]\w*?)[_.](?:r|sq|item|row)?\d{1,3}\Z", re.IGNORECASE)
_SERIES = re.compile(r"([^\W\d_]+)_?\d{1,3}")
_INNER = re.compile(r"(\S+)_-?\w+\Z")
_STEM = re.compile(
    r"(?P<stem>.*[^\s.])(?:\s+[-–—|>/]\s+|\s*:\s+|\s*(?:—+|：)\s*|\s*(?:\.\s*|\[))(?P<rest>[^\[\]]*[^\[\]\s.])\]?\s*\Z",
    re.DOTALL,
)
_GENERIC = {"q", "v", "var", "item", "question", "col", "column", "f", "x", "field", "s", "qid"}
_FEW_WORDS = 2
_FROM_OTHERS = "points that nobody chose here were taken from a question with the same words: confirm"
_ENOUGH_ROWS = 20
_AGAINST_THE_REST = -0.2
_TOGETHER = 0.2
_STEPS, _NPS = 7, 10
_POINTS = 11
_ROWS_THAT_SUM = 0.95


@dataclass(frozen=True, slots=True)
class Battery:
    """What the columns of a battery have in common: a name before a number, a stem, or only their place (``run``)."""

    prefix: str = ""
    stem: str = ""
    run: int = 0


@dataclass(slots=True)
class Column:
    """A column on its way to an item."""

    name: str
    facts: Field
    cells: dict[Any, int]
    judged: Judged | None = None
    item: DraftItem | None = None
    battery: Battery | None = None

    @property
    def words(self) -> str:
        """The question, or the header where nothing else is known."""
        return self.facts.text or self.name


def code_of(value: Any) -> str:
    """A raw value as the text that codes are compared by."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def find_batteries(columns: Sequence[Column], source: Source) -> None:
    """Give each column its battery by stem or name; headers that share their beginning get it as a stem."""
    _find_stems_and_names(columns)
    members: dict[Battery, list[Column]] = defaultdict(list)
    for column in columns:
        if column.battery and column.facts.role == "":
            members[column.battery].append(column)
    for found in members.values():
        if len(found) >= MIN_ITEMS and not source.lazy and _different_words(found, source):
            for column in found:
                column.battery = None
                column.facts = replace(column.facts, role="place")


def _find_stems_and_names(columns: Sequence[Column]) -> None:
    _share_stems(columns)
    for column in columns:
        inner = _INNER.match(column.name)
        if column.facts.stem:
            column.battery = Battery(inner.group(1) if inner else "", column.facts.stem)
            continue
        named = _PREFIX.match(column.name)
        matrix = _MATRIX.match(column.name)
        if named and named.group(1).casefold() not in _GENERIC:
            column.battery = Battery(named.group(1))
        elif matrix:
            column.battery = Battery(matrix.group(1))


def _share_stems(columns: Sequence[Column]) -> None:
    """Headers such as "Rate us: Price", "quality.speed", "Please rate [Staff]" where three side by side begin alike."""
    runs: list[tuple[str, list[tuple[Column, str]]]] = []
    for column in columns:
        parts = None if column.facts.stem or column.facts.role else _STEM.match(column.words)
        stem = " ".join(parts["stem"].split()) if parts else ""
        if not stem or not runs or runs[-1][0] != stem:
            runs.append((stem, []))
        if parts and stem:
            runs[-1][1].append((column, " ".join(parts["rest"].split())))
    for stem, members in runs:
        if len(members) >= MIN_ITEMS and len({rest for _, rest in members}) == len(members):
            for column, rest in members:
                column.facts = replace(column.facts, stem=stem, text=f"{stem} – {rest}")


def find_runs(columns: Sequence[Column], source: Source, again: Callable[[Column], None]) -> None:
    """Three or more questions side by side that are answered by the same words, or by like numbers that go together.

    ``again`` judges a column anew, now that it is known to be rated.
    """
    number = 0
    run: list[Column] = []
    for column in [*columns, None]:
        if column is not None and run and _alike(run, column, source):
            run.append(column)
            continue
        if len(run) >= MIN_ITEMS:
            number += 1
            for member in run:
                member.battery = Battery(run=number)
                again(member)
        run = [column] if column is not None and _degree(column) else []


def _degree(column: Column) -> str:
    """Whether a column that has no battery may be rated by ``words`` or ``codes``; "" where it may not."""
    judged = column.judged
    codes = set(_seen(column)) if judged is not None else set()
    # a recommendation on the steps of its neighbours is one of them; from 0 to 10 it stands for itself
    nps = asking.is_recommendation(column.words) and max(codes, default=_NPS) > _STEPS
    special = asking.is_overall(column.words) or nps
    if (
        judged is None
        or column.battery
        or column.facts.role
        or special
        or asking.is_about_people(column.words)
    ):
        return ""
    if judged.scale is not None and judged.scale.labels:
        return "words"
    coded = judged.type == "scale" or (
        judged.type == "single" and all(number_of(c) is not None for c in judged.options)
    )
    whole = all(v.is_integer() and 0 <= v <= 11 for v in codes)
    return "codes" if coded and whole and len(codes) >= MIN_ITEMS else ""


def _alike(run: Sequence[Column], column: Column, source: Source) -> bool:
    """Whether a column goes on where a run of columns stands."""
    kind = _degree(column)
    if not kind or kind != _degree(run[0]) or _series(column.name) != _series(run[0].name):
        return False
    if kind == "words":
        others, own = {w for c in run for w in _words(c)}, _words(column)
        shared = own <= others or others <= own or len(own & others) > 1
        return shared and wording.ordered(others | own) is not None
    tops = {max(_seen(c)) for c in (*run, column)}
    if source.lazy or max(tops) - min(tops) > 1:
        return False
    x = _values([*run, column], source)
    x = x[:, ~np.isnan(x).any(axis=0)]
    if x.shape[1] < _ENOUGH_ROWS or (x.std(axis=1) == 0).any():
        return False
    together = np.abs(np.atleast_2d(np.corrcoef(x))[-1, :-1]).mean()
    return bool(together > max(_TOGETHER, 2 / np.sqrt(x.shape[1])))


def _series(name: str) -> str:
    """What stands before the number of names such as A1 and B1, 满意度1 and 忠诚度1: another series is another run."""
    named = _SERIES.fullmatch(name)
    return named.group(1) if named else ""


def _words(column: Column) -> set[str]:
    scale = column.judged.scale if column.judged else None
    return {fold(w) for w in scale.labels.values()} if scale else set()


def _seen(column: Column) -> list[float]:
    missing = _absent(column.judged)
    return [v for c in map(code_of, column.cells) if c not in missing and (v := number_of(c)) is not None]


def _absent(judged: Judged | None) -> set[str]:
    """The codes of a column that are no answers."""
    return {*judged.missing, *(judged.scale.missing if judged.scale else ())} if judged else set()


def settle(columns: Sequence[Column], source: Source) -> None:
    """One scale for each battery; ranks and shares are told apart from ratings."""
    _one_scale_per_battery(columns)
    _widest_words(columns)
    _one_length_of_ranks(columns)
    for members in _by_battery(columns).values():
        _ranks_or_shares(members, source)
    _say_unknown_orders(columns)


def _say_unknown_orders(columns: Sequence[Column]) -> None:
    """A comment where the same words answer several questions and no order of them is known: a scale in another language?"""
    alike: dict[frozenset[str], list[Judged]] = defaultdict(list)
    for column in columns:
        judged = column.judged
        words = (
            frozenset(fold(w) for w in judged.options.values())
            if judged and judged.type == "single"
            else frozenset()
        )
        if judged and MIN_ITEMS <= len(words) <= _POINTS and all(number_of(w) is None for w in words):
            alike[words].append(judged)
    for words, found in alike.items():
        for judged in found if len(found) >= MIN_ITEMS else ():
            judged.notes.append(
                f"the same {len(words)} words answer {len(found)} questions, and no order of them is known: if they are degrees, "
                "give a scale with these labels from the least to the most"
            )


def _by_battery(columns: Sequence[Column]) -> Mapping[Battery, list[Column]]:
    batteries: dict[Battery, list[Column]] = defaultdict(list)
    for column in columns:
        answers = column.judged is not None and column.judged.type in {"scale", "single", "number"}
        if column.battery and answers and column.facts.role not in {"rank", "nps"}:
            batteries[column.battery].append(column)
    return batteries


def _one_scale_per_battery(columns: Sequence[Column]) -> None:
    """Items of a battery that differ only in which answers occur share the widest scale.

    Labels decide for labelled scales: all labels of the battery are put in order together.
    """
    for group in _by_battery(columns).values():
        members = [c for c in group if c.judged and c.judged.type != "number"]
        scales = [c.judged.scale for c in members if c.judged and c.judged.scale]
        coded = any(s.labels and not set(map(fold, s.labels.values())) & _said(members) for s in scales)
        if len(members) < 2 or not scales or (coded and _labels_shared(members)):
            continue
        together: dict[str, int] = defaultdict(int)
        for column in members:
            for cell, n in column.cells.items():
                together[code_of(cell)] += n
        stem = members[0].battery.stem if members[0].battery else ""
        joint = judge(together, Field(text=stem), {}, rated=True)
        if joint.scale is None:
            continue
        for scale in scales:
            joint.scale.missing.update(scale.missing)
        for column in members:
            if column.judged:
                column.judged.type, column.judged.scale = "scale", joint.scale
                column.judged.reverse = joint.reverse
                column.judged.options, column.judged.missing = {}, {}
                column.judged.codes = {
                    c: v for c, v in joint.codes.items() if c in set(map(plain, map(code_of, column.cells)))
                }
                column.judged.notes = []


def _said(members: Sequence[Column]) -> set[str]:
    return {fold(code_of(cell)) for column in members for cell in column.cells}


def _labels_shared(members: Sequence[Column]) -> bool:
    """Whether codes of a typed file have their words from the file: its labels stay, and those of one item serve all.

    An item of the battery without labels takes the scale of the others, where its codes are on it.
    """
    scales = [c.judged.scale for c in members if c.judged and c.judged.scale and c.judged.scale.labels]
    best = max(scales, key=lambda s: len(s.labels))
    turned = next(c.judged.reverse for c in members if c.judged and c.judged.scale is best)
    for column in members:
        judged = column.judged
        if judged is None or (judged.scale is not None and judged.scale.labels):
            continue
        missing = {*judged.missing, *(judged.scale.missing if judged.scale else ())}
        codes = {
            c: v for c in map(code_of, column.cells) if c not in missing and (v := number_of(c)) is not None
        }
        if codes and all(best.low <= v <= best.high for v in codes.values()):
            own = judged.scale.missing if judged.scale else judged.missing
            values = {c: best.low + best.high - v for c, v in codes.items()} if turned else codes
            column.judged = Judged(
                "scale", replace(best, missing={**best.missing, **own}), codes=values, reverse=turned
            )
    return True


def _one_length_of_ranks(columns: Sequence[Column]) -> None:
    """Choices that are put in an order have as many places as the longest of them needs."""
    ranked: dict[str, list[DraftScale]] = defaultdict(list)
    for column in columns:
        if column.facts.role == "rank" and column.judged and column.judged.scale:
            ranked[column.facts.stem].append(column.judged.scale)
    for scales in ranked.values():
        for scale in scales:
            scale.high = max(s.high for s in scales)


def _widest_words(columns: Sequence[Column]) -> None:
    """A scale of words whose words are some of another one's is that one: its other points were not chosen here."""
    worded = [c for c in columns if c.judged and c.judged.scale and c.judged.scale.labels]
    for column in worded:
        mine = column.judged.scale if column.judged else None
        if column.judged is None or mine is None:
            continue
        own = {fold(w) for w in mine.labels.values()}
        said = {fold(c) for c in map(code_of, column.cells)} - {fold(c) for c in mine.missing}
        wider = [
            c.judged.scale
            for c in worded
            if c.judged and c.judged.scale and own < {fold(w) for w in c.judged.scale.labels.values()}
        ]
        if not wider or not said <= own:
            continue
        best = max(wider, key=lambda s: len(s.labels))
        codes = {fold(w): float(code) for code, w in best.labels.items()}
        column.judged.scale = replace(best, missing={**best.missing, **mine.missing})
        column.judged.codes = {c: codes[fold(c)] for c in map(code_of, column.cells) if fold(c) in codes}
        column.judged.notes = [*column.judged.notes, _FROM_OTHERS]
    for column in columns:
        _few_of_a_scale(column, [c.judged.scale for c in worded if c.judged and c.judged.scale])


def _few_of_a_scale(column: Column, scales: Sequence[DraftScale]) -> None:
    """A question of which two words were chosen, both of them points of another one's scale, is on that scale."""
    judged = column.judged
    if judged is None or judged.type != "single" or not judged.options or judged.codes:
        return
    own = {fold(w) for w in judged.options.values()}
    wider = [s for s in scales if own < {fold(w) for w in s.labels.values()}]
    if (
        len(own) < _FEW_WORDS
        or not wider
        or {fold(code_of(c)) for c in column.cells} - own - set(map(fold, judged.missing))
    ):
        return
    best = max(wider, key=lambda s: len(s.labels))
    codes = {fold(w): float(code) for code, w in best.labels.items()}
    column.judged = Judged(
        "scale",
        replace(best, missing={**best.missing, **judged.missing}),
        codes={c: codes[fold(c)] for c in map(code_of, column.cells) if fold(c) in codes},
        notes=[_FROM_OTHERS],
    )


def _ranks_or_shares(members: Sequence[Column], source: Source) -> None:
    """Numbers that add up to the same in every row are places in an order, or shares of a whole."""
    if len(members) < MIN_ITEMS or source.lazy:
        return
    x = _values(members, source)
    x = x[:, ~np.isnan(x).any(axis=0)]
    if x.shape[1] < MIN_ITEMS or not x.std(axis=1).any():
        return
    sums = x.sum(axis=0)
    total = float(np.median(sums))
    if (sums == total).mean() < _ROWS_THAT_SUM or not total:
        return
    places = np.arange(1, len(members) + 1)
    if (np.sort(x, axis=0) == places[:, None]).all():
        for column in members:
            column.facts = replace(column.facts, role="rank")
            column.judged = Judged(
                "scale", DraftScale(1, len(members), note="ranks: 1 is the first, confirm")
            )
        return
    for column in members:
        column.facts = replace(column.facts, role="share")
        if column.judged:
            column.judged.notes.append(f"adds up to {total:g} with the rest of its battery: a share")


def _different_words(members: Sequence[Column], source: Source) -> bool:
    """Whether each row gives every column of a battery another answer, out of as many."""
    cells = [
        [plain(code_of(v)) if not is_null(v) else "" for v in source.frame[c.name].to_list()] for c in members
    ]
    rows = [row for row in zip(*cells, strict=True) if all(row)]
    words = {cell for row in rows for cell in row}
    different = all(len(set(row)) == len(row) for row in rows)
    return (
        len(rows) >= _ENOUGH_ROWS // 2
        and different
        and len(words) == len(members)
        and not any(map(number_of, words))
    )


def _values(members: Sequence[Column], source: Source) -> NDArray[np.float64]:
    """The answers of columns as numbers (column, row), NaN where there is none."""
    rows = []
    for column in members:
        judged = column.judged
        codes = judged.codes if judged else {}
        absent = _absent(judged)
        values = [None if is_null(v) else plain(code_of(v)) for v in source.frame[column.name].to_list()]
        found = [None if v is None or v in absent else codes.get(v, number_of(v)) for v in values]
        rows.append([np.nan if v is None else v for v in found])
    return np.array(rows, dtype=np.float64)


def against(members: Sequence[Column], source: Source) -> list[Column]:
    """Items that go against most others: their sign in the first principal component is the rarer one."""
    if source.lazy:
        return []
    x = _values(members, source)
    x = x[:, ~np.isnan(x).any(axis=0)]
    if x.shape[1] < _ENOUGH_ROWS:
        return []
    members = [m for m, values in zip(members, x, strict=True) if values.std() > 0]
    x = x[x.std(axis=1) > 0]
    if len(members) < MIN_ITEMS:
        return []
    loadings = np.linalg.eigh(np.corrcoef(x))[1][:, -1]
    loadings = loadings * np.sign(np.sum(np.sign(loadings)) or 1)
    # against the sum of the others by more than chance, so that noise is no reversed item
    total, chance = np.sign(loadings) @ x, -2 / np.sqrt(x.shape[1])
    rest = [
        float(np.corrcoef(values, total - s * values)[0, 1])
        for values, s in zip(x, np.sign(loadings), strict=True)
    ]
    return [
        m
        for m, loading, r in zip(members, loadings, rest, strict=True)
        if loading < _AGAINST_THE_REST and r < chance
    ]
