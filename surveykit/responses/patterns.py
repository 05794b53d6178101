"""Moments per pattern of observed columns where the rows are read in blocks or asked of an engine.

What FIML needs of a table that is larger than memory: for each set of columns that somebody answered, n, means and
covariance of just these columns. One pass, all rows with any value used.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments, divisor
from surveykit.responses.coded import Coded, Mean, Streamed, Sums
from surveykit.responses.statistics import demand_rows, group_label

if TYPE_CHECKING:
    from surveykit.responses.queries import Queried

__all__ = ["MOST_PATTERNS", "moments_by_pattern", "near_means", "sums_per_pattern"]

Array = NDArray[np.float64]
Pattern = tuple[bool, ...]
Found = dict[tuple[Any, Pattern], Sums]
MOST_PATTERNS = 20_000
"""Of more patterns than these no moments are kept: each has a matrix of its own."""


def moments_by_pattern(
    coded: Coded, subjects: Sequence[str | Mean], names: Sequence[str], by: str | None, weight: str | None
) -> dict[str, tuple[Moments, ...]]:
    """Per group (``""`` where ``by`` is None) one set of moments per pattern, the most complete first.

    As :func:`surveykit.responses.statistics.moments_of_patterns` makes them of rows: a pattern of one row has a
    covariance of zeros, weights have mean 1 over the rows of the group that have any value.
    """
    read = _streamed if isinstance(coded, Streamed) else _queried
    found: Found = read(coded, subjects, by, weight)  # type: ignore[arg-type]
    groups: dict[str, dict[Pattern, Sums]] = {}
    for (group, pattern), sums in found.items():
        groups.setdefault(group_label(group) if by else "", {})[pattern] = sums
    if by is None and not groups:
        groups[""] = {}
    return {label: _moments(parts, names, label) for label, parts in groups.items()}


def _moments(parts: Mapping[Pattern, Sums], names: Sequence[str], group: str) -> tuple[Moments, ...]:
    some = {pattern: sums for pattern, sums in parts.items() if any(pattern)}
    n = sum(s.n for s in some.values())
    demand_rows(n, sum(s.n for s in parts.values()), names, group)
    unit = n / sum(s.sumw for s in some.values())
    order = sorted(some, key=lambda p: (-sum(p), [not v for v in p]))
    return tuple(_of_one(some[p], np.flatnonzero(p), names, unit) for p in order)


def _of_one(sums: Sums, here: NDArray[np.intp], names: Sequence[str], unit: float) -> Moments:
    first, second = sums.first[here], sums.second[np.ix_(here, here)]
    sumw, sumw2 = sums.sumw * unit, sums.sumw2 * unit**2
    mean = sums.shift[here] + first / sums.sumw
    cov = np.zeros_like(second)
    if sums.n > 1:
        scatter = (second - np.outer(first, first) / sums.sumw) * unit
        cov = (scatter + scatter.T) / (2 * divisor(sumw))
        np.fill_diagonal(cov, np.maximum(np.diagonal(cov), 0.0))
    return Moments(sums.n, cov, mean, [names[i] for i in here], sumw=sumw, sumw2=sumw2)


def _streamed(coded: Streamed, subjects: Sequence[str | Mean], by: str | None, weight: str | None) -> Found:
    group = None if by is None else coded._table_of_texts(by)
    p, shift = len(subjects), None
    found: dict[bytes, list[Any]] = {}
    for x, seen, weights, block in coded.stretches(subjects, by, weight):
        shift = near_means(x, seen, shift)
        d = (x - np.nan_to_num(shift)[:, None]) * seen
        w = np.ones(len(block)) if weights is None else weights
        at = np.zeros(len(block), np.uint16) if group is None else coded.blocks.codes(group.header, block)
        _add(found, d, seen, at.astype(np.uint16), w)
    made: Found = {}
    for key, (n, sumw, sumw2, first, second) in found.items():
        code = int(np.frombuffer(key[:2], dtype=np.uint16)[0])
        label = None if group is None else group.cells[group.raw[code]][0]
        if group is not None and label is None:
            continue
        bits = np.unpackbits(np.frombuffer(key[2 : 2 + -(-p // 8)], dtype=np.uint8), count=p)
        taken = np.zeros(p) if shift is None else np.nan_to_num(shift)
        pattern = tuple(bool(b) for b in bits)
        sums = Sums(n, n, sumw, sumw2, first, second, taken)
        made[label, pattern] = _joined(made[label, pattern], sums) if (label, pattern) in made else sums
    return made


def near_means(x: Array, seen: NDArray[np.bool_], known: Array | None) -> Array:
    """Near the mean of each column, from the first stretch that has any of it; NaN while there is none."""
    shift = np.full(len(x), np.nan) if known is None else known
    for i in np.flatnonzero(np.isnan(shift)):
        if seen[i].any():
            values = x[i][seen[i]]
            shift[i] = values[0] + (values - values[0]).mean()
    return shift


def _add(
    found: dict[bytes, list[Any]],
    d: Array,
    seen: NDArray[np.bool_],
    group: NDArray[np.uint16],
    w: Array,
) -> None:
    """Add the rows of a stretch to the sums of their group and pattern."""
    keys = np.zeros((len(w), -(-(len(d) + 16) // 64) * 8), dtype=np.uint8)
    keys[:, :2] = group.view(np.uint8).reshape(-1, 2)
    bits = np.packbits(seen, axis=0).T
    keys[:, 2 : 2 + bits.shape[1]] = bits
    whole = keys.view(np.uint64 if keys.shape[1] == 8 else [("", np.uint64)] * (keys.shape[1] // 8)).ravel()
    different, place = np.unique(whole, return_inverse=True)
    order = np.argsort(place, kind="stable")
    ends = np.searchsorted(place[order], np.arange(len(different) + 1))
    sorted_d, sorted_w = (d, w) if len(different) == 1 else (d[:, order], w[order])
    for i, key in enumerate(different):
        here = slice(ends[i], ends[i + 1])
        x, u = sorted_d[:, here], sorted_w[here]
        weighted = x * u
        part = found.get(key.tobytes())
        if part is None:
            if len(found) >= MOST_PATTERNS:
                raise _too_many()
            part = found[key.tobytes()] = [0, 0.0, 0.0, np.zeros(len(d)), np.zeros((len(d), len(d)))]
        part[0] += x.shape[1]
        part[1] += float(u.sum())
        part[2] += float(u @ u)
        part[3] += weighted.sum(axis=1)
        part[4] += weighted @ x.T


def _joined(a: Sums, b: Sums) -> Sums:
    """Both together: two codes of one group."""
    return Sums(
        a.n + b.n,
        a.n_total + b.n_total,
        a.sumw + b.sumw,
        a.sumw2 + b.sumw2,
        a.first + b.first,
        a.second + b.second,
        a.shift,
    )


def _queried(coded: Queried, subjects: Sequence[str | Mean], by: str | None, weight: str | None) -> Found:
    values, shift = [coded._value(s) for s in subjects], [coded._shift(s) for s in subjects]
    levels = {} if by is None else {str(v): v for v in coded.levels(by) or {} if v is not None}
    return sums_per_pattern(coded.frame, values, shift, by, weight, levels)


def sums_per_pattern(
    frame: Any,
    values: Sequence[Any],
    shift: Sequence[float],
    by: str | None,
    weight: str | None,
    levels: Mapping[str, Any],
) -> Found:
    """Sums per group (None where ``by`` is) and pattern of the expressions ``values``, by one query.

    ``shift`` is taken off each; ``levels`` are the groups by their text.
    """
    import narwhals as nw

    from surveykit.responses.queries import sums_by_query

    names = [f"surveykit_x{i}" for i in range(len(values))]
    kept = [n for n in (by, weight) if n is not None]
    narrow = frame.select(*[v.cast(nw.Float64).alias(n) for v, n in zip(values, names, strict=True)], *kept)
    gone = [nw.col(n).is_null() | nw.col(n).is_nan().fill_null(True) for n in names]
    marks = [nw.when(g).then(nw.lit("0")).otherwise(nw.lit("1")) for g in gone]
    label = nw.concat_str(*marks, *([] if by is None else [nw.col(by).cast(nw.String)]))
    filled = [
        nw.when(g).then(nw.lit(float(s))).otherwise(nw.col(n))
        for g, s, n in zip(gone, shift, names, strict=True)
    ]
    made: Found = {}
    p = len(names)
    for found, sums in sums_by_query(narrow, filled, label, weight, shift).items():
        group = None if by is None else levels[found[p:]]
        made[group, tuple(mark == "1" for mark in found[:p])] = sums
        if len(made) > MOST_PATTERNS:
            raise _too_many()
    return made


def _too_many() -> SurveykitError:
    return SurveykitError(
        "the missing answers make too many patterns for moments of each",
        expected=f"at most {MOST_PATTERNS:,} different sets of answered columns",
        hint='fewer columns, or missing="listwise"',
        code="TOO_MANY_PATTERNS",
    )
