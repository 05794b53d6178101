"""Sums over the rows complete in each of several sets of columns: what pairwise correlations need, in one pass.

Wherever rows are not in memory (blocks, queries, a file of moments). Rows complete in every column are summed
once for all sets; only rows with gaps are looked at set by set.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments, divisor
from surveykit.responses.coded import Mean, Streamed, Sums
from surveykit.responses.patterns import near_means, sums_per_pattern
from surveykit.responses.queries import Queried, sums_by_query, table_of
from surveykit.responses.statistics import group_label

if TYPE_CHECKING:
    from surveykit.responses.core import Responses

__all__ = ["sums_of_sets"]

Array = NDArray[np.float64]
Places = Sequence[NDArray[np.intp]]


def sums_of_sets(
    data: Responses, columns: Sequence[str], sets: Sequence[Sequence[str]], by: str | None, listwise: bool
) -> dict[str, list[Sums]]:
    """Per group (``""`` where ``by`` is None) the sums of each set of columns, over the rows complete in it.

    ``listwise`` takes the rows complete in all ``columns`` for every set. ``n_total`` is the number of rows of the group.
    Weights are those of the rows as they came: whatever is computed must not depend on their size. Of a file of
    moments (:class:`~surveykit.responses.stored.StoredResponses`) the rows are those complete in the whole file.
    """
    places = [np.array([columns.index(c) for c in names], dtype=np.intp) for names in sets]
    if data.engine == "moments":
        stored = data.moments(columns, by) if by else {"": data.moments(columns)}
        return {group: [_of_set(_sums_of(m), at) for at in places] for group, m in stored.items()}
    wider = data._with([*columns, *([by] if by else [])])
    order = wider.groups(by) if by else ("",)
    subjects = [data._subject(c) for c in columns]
    summable = data.coded is not None and data._summable(subjects, by)
    if summable and isinstance(data.coded, Streamed):
        found = _streamed(data.coded, subjects, places, by, data.weight, listwise)
    else:
        found = _asked(wider, data, subjects if summable else columns, places, by, listwise)
    labelled = {group_label(value) if by else "": sums for value, sums in found.items()}
    return {group: labelled[group] for group in order if group in labelled}


class _Part:
    """The sums of one group while the blocks go by: of rows without a gap, and of each set among the others."""

    def __init__(self, p: int, places: Places) -> None:
        self.rows = 0
        self.complete: list[Any] = [0, 0.0, 0.0, np.zeros(p), np.zeros((p, p))]
        self.sets: list[list[Any]] = [
            [0, 0.0, 0.0, np.zeros(len(at)), np.zeros((len(at), len(at)))] for at in places
        ]

    def sums(self, shift: Array, places: Places) -> list[Sums]:
        """What was added: n, sums of weights and of their squares, first and second sums."""
        n, w, w2, first, second = self.complete
        both = []
        for (m, v, v2, one, two), at in zip(self.sets, places, strict=True):
            first_sums, second_sums = first[at] + one, second[np.ix_(at, at)] + two
            both.append(Sums(n + m, self.rows, w + v, w2 + v2, first_sums, second_sums, shift[at]))
        return both


def _streamed(
    coded: Streamed,
    subjects: Sequence[str | Mean],
    places: Places,
    by: str | None,
    weight: str | None,
    listwise: bool,
) -> dict[Any, list[Sums]]:
    """By one pass over the blocks."""
    group = None if by is None else coded._table_of_texts(by)
    shift, whole = np.full(len(subjects), np.nan), coded._whole(subjects)
    parts: dict[Any, _Part] = {}
    for x, seen, weights, block in coded.stretches(subjects, by, weight):
        shift = near_means(x, seen, shift)
        shift = np.rint(shift) if whole else shift  # sums of whole numbers stay exact
        d = (x - np.nan_to_num(shift)[:, None]) * seen
        w = np.ones(len(block)) if weights is None else weights
        if group is None:
            _add(parts.setdefault(None, _Part(len(x), places)), d, seen, w, places, listwise)
            continue
        codes = coded.blocks.codes(group.header, block)
        for code in np.unique(codes):
            label = group.cells[group.raw[code]][0]
            if label is not None:
                here = codes == code
                part = parts.setdefault(label, _Part(len(x), places))
                _add(part, d[:, here], seen[:, here], w[here], places, listwise)
    return {label: part.sums(np.nan_to_num(shift), places) for label, part in parts.items()}


def _add(part: _Part, d: Array, seen: NDArray[np.bool_], w: Array, places: Places, listwise: bool) -> None:
    """Add some rows, given as columns (p, rows) that are 0 where nothing was answered."""
    part.rows += len(w)
    complete = seen.all(axis=0)
    _add_rows(part.complete, d[:, complete], w[complete])
    if listwise or complete.all():
        return
    rest, shown, u = d[:, ~complete], seen[:, ~complete], w[~complete]
    for sums, at in zip(part.sets, places, strict=True):
        here = np.flatnonzero(shown[at].all(axis=0))
        if len(here):
            _add_rows(sums, rest[np.ix_(at, here)], u[here])


def _add_rows(sums: list[Any], d: Array, w: Array) -> None:
    weighted = d * w
    sums[0] += len(w)
    sums[1] += float(w.sum())
    sums[2] += float(w @ w)
    sums[3] += weighted.sum(axis=1)
    sums[4] += weighted @ d.T


def _asked(
    wider: Responses,
    data: Responses,
    subjects: Sequence[str | Mean],
    places: Places,
    by: str | None,
    listwise: bool,
) -> dict[Any, list[Sums]]:
    """By one query of the engine that holds the rows; a job per set where the gaps make too many patterns."""
    import narwhals as nw

    if isinstance(data.coded, Queried) and data._summable(subjects, by):
        frame = data.coded.frame
        values, shift = (
            [data.coded._value(s) for s in subjects],
            [data.coded._shift(s) for s in subjects],
        )
    else:
        frame = wider.native
        values = [_number(str(s)) for s in subjects]
        shift = _means(frame, values)
    group = None if by is None else nw.col(by)
    if listwise:
        sums = sums_by_query(frame, values, group, data.weight, shift)
        return {label: [_of_set(s, at) for at in places] for label, s in sums.items()}
    levels = {} if by is None else {str(v): v for v in wider._values(by) if v is not None}
    try:
        found = sums_per_pattern(frame, values, shift, by, data.weight, levels)
    except SurveykitError as error:
        if error.code != "TOO_MANY_PATTERNS":
            raise
        each = [
            sums_by_query(frame, [values[i] for i in at], group, data.weight, [shift[i] for i in at])
            for at in places
        ]
        return {label: [sums[label] for sums in each] for label in each[0]}
    groups: dict[Any, dict[tuple[bool, ...], Sums]] = {}
    for (label, pattern), part in found.items():
        groups.setdefault(label, {})[pattern] = part
    return {label: [_merged(parts, at) for at in places] for label, parts in groups.items()}


def _merged(parts: Mapping[tuple[bool, ...], Sums], at: NDArray[np.intp]) -> Sums:
    """The sums of all patterns in which every column of the set was answered."""
    within = [_of_set(s, at) for pattern, s in parts.items() if all(pattern[i] for i in at)]
    q = len(at)
    return Sums(
        sum(s.n for s in within),
        sum(s.n for s in parts.values()),
        sum(s.sumw for s in within),
        sum(s.sumw2 for s in within),
        sum((s.first for s in within), np.zeros(q)),
        sum((s.second for s in within), np.zeros((q, q))),
        within[0].shift if within else np.zeros(q),
    )


def _of_set(sums: Sums, at: NDArray[np.intp]) -> Sums:
    """The sums of some of the columns over the same rows."""
    first, second, shift = sums.first[at], sums.second[np.ix_(at, at)], sums.shift[at]
    return Sums(sums.n, sums.n_total, sums.sumw, sums.sumw2, first, second, shift)


def _sums_of(m: Moments) -> Sums:
    mean = np.asarray(m.mean, dtype=float)
    second = np.asarray(m.cov) * divisor(float(m.sumw))
    return Sums(m.n, m.n, float(m.sumw), float(m.sumw2), np.zeros(len(mean)), second, mean)


def _number(name: str) -> Any:
    import narwhals as nw

    number = nw.col(name).cast(nw.Float64)
    return nw.when(~number.is_nan()).then(number)


def _means(frame: Any, values: Sequence[Any]) -> list[float]:
    """The mean of each column, 0 where it has no number: near enough to be taken off."""
    import narwhals as nw

    named = [v.alias(f"c{i}") for i, v in enumerate(values)]
    wanted = [nw.col(f"c{i}").mean().alias(f"c{i}") for i in range(len(values))]
    return [0.0 if m is None else float(m) for m in table_of(frame.select(*named).select(*wanted))[0]]
