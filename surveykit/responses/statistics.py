"""The two ways to moments behind one function, and joint counts by one query.

Where rows are in memory they go as float64 through :meth:`Moments.from_rows`. Where the frame is
lazy the engine computes sums of ``w·d·d'`` with ``d = x − shift`` in one query; the shift is the mean,
asked for first, so that nothing is lost to cancellation. Listwise over the columns asked for, weights
normalised to mean 1 over the rows used.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.moments import Counts, Moments
from surveykit.responses.cells import is_null
from surveykit.responses.coded import Sums, Tally
from surveykit.responses.local import frequencies, pandas_of
from surveykit.responses.order import rows_in_order
from surveykit.responses.queries import sums_by_query, table_of

__all__ = [
    "counts_of",
    "counts_of_tally",
    "demand_rows",
    "group_label",
    "moments_by_query",
    "moments_of_patterns",
    "moments_of_rows",
    "moments_of_sums",
    "people_of",
    "rows_of",
]

Array = NDArray[np.float64]
_W, _BY = "_weight", "_by"


def rows_of(frame: Any, columns: Sequence[str], weight: str | None) -> tuple[Array, Array]:
    """Values of number columns, shape (n, p), NaN where missing, and their weights (ones without any)."""
    import narwhals as nw

    names = [*columns, *([weight] if weight else [])]
    wanted = [nw.col(c).cast(nw.Float64).alias(f"c{i}") for i, c in enumerate(names)]
    table = rows_in_order(frame, *wanted).to_arrow()
    arrays = [table.column(i).to_numpy() for i in range(len(names))]
    x = np.column_stack(arrays[: len(columns)]) if columns else np.empty((len(table), 0))
    w = arrays[-1] if weight else np.ones(len(table))
    return np.asarray(x, dtype=np.float64), np.asarray(w, dtype=np.float64)


def moments_of_rows(x: Array, w: Array, names: Sequence[str], order: int, group: str = "") -> Moments:
    """Listwise moments of rows in memory."""
    complete = ~np.isnan(x).any(axis=1)
    used = x[complete]
    demand_rows(len(used), len(x), names, group)
    return Moments.from_rows(used, names, _normal(w[complete]), order=order, n_total=len(x))


def moments_of_patterns(
    x: Array, w: Array, names: Sequence[str], group: str = "", order: int = 2
) -> tuple[Moments, ...]:
    """One set of moments per pattern of observed columns, the most complete first.

    Rows without any value are left out. A pattern that occurs in a single row has a covariance of
    zeros: its one row is its mean.
    """
    seen = ~np.isnan(x)
    some = seen.any(axis=1)
    weights = _normal(w[some])
    rows, shown = x[some], seen[some]
    demand_rows(len(rows), len(x), names, group)
    patterns = sorted({tuple(p) for p in shown.tolist()}, key=lambda p: (-sum(p), [not v for v in p]))
    parts = []
    for pattern in patterns:
        at = (shown == np.array(pattern)).all(axis=1)
        here = [i for i, v in enumerate(pattern) if v]
        parts.append(_pattern(rows[at][:, here], weights[at], [names[i] for i in here], order))
    return tuple(parts)


def _pattern(x: Array, w: Array, names: Sequence[str], order: int) -> Moments:
    if len(x) > 1:
        return Moments.from_rows(x, names, w, order=order)
    none = np.zeros((len(names), len(names)))
    return Moments(1, none, x[0], names, sumw=float(w[0]), sumw2=float(w[0] ** 2))


def moments_by_query(
    frame: Any, columns: Sequence[str], by: str | None, weight: str | None
) -> dict[str, Moments]:
    """Listwise moments per group (``""`` where ``by`` is None) by two queries on the frame's own engine."""
    import narwhals as nw

    x = [nw.col(c).cast(nw.Float64) for c in columns]
    complete = ~nw.any_horizontal(*[_absent(c) for c in columns], ignore_nulls=False)
    aliased = [v.alias(f"c{i}") for i, v in enumerate(x)]
    rows, *means = _row(
        frame.filter(complete)
        .select(*aliased)
        .select(nw.len().alias("n"), *[nw.col(f"c{i}").mean().alias(f"c{i}") for i in range(len(x))])
    )
    demand_rows(int(rows), int(_row(frame.select(nw.len().alias("n")))[0]), columns)
    sums = sums_by_query(frame, x, nw.col(by) if by else None, weight, [float(m) for m in means])
    labelled = {group_label(value): part for value, part in sums.items()}
    return {group: moments_of_sums(part, columns, group) for group, part in labelled.items()}


def moments_of_sums(sums: Sums, names: Sequence[str], group: str = "") -> Moments:
    """Moments from sums of products, weights brought to mean 1."""
    n, first = sums.n, sums.first
    demand_rows(n, sums.n_total, names, group)
    unit = n / sums.sumw
    scatter = (sums.second - np.outer(first, first) / sums.sumw) * unit
    scatter = (scatter + scatter.T) / 2
    np.fill_diagonal(scatter, np.maximum(np.diagonal(scatter), 0.0))
    mean = sums.shift + first / sums.sumw
    return Moments(
        n, scatter / (n - 1), mean, names, sumw=n, sumw2=sums.sumw2 * unit**2, n_total=sums.n_total
    )


def counts_of_tally(
    name: str, tally: Tally, by: str | None, order: Callable[[str, set[Any]], Sequence[Any]]
) -> dict[str, Counts]:
    """The frequencies of one column per group from a table of codes; all groups share their levels."""
    groups = [None if by is None else g for g in tally.groups]
    cells = [
        ([value], "" if by is None else group_label(group), (tally.n[i, j], tally.w[i, j], tally.w2[i, j]))
        for i, group in enumerate(groups)
        if by is None or group is not None
        for j, value in enumerate(tally.values)
        if tally.n[i, j]
    ]
    cells = [([_code(v) for v in values], group, sums) for values, group, sums in cells]
    levels = (tuple(order(name, {values[0] for values, _, _ in cells} - {None})),)
    return {g: _counts([name], levels, part) for g, part in _by_group(cells)}


def counts_of(
    frame: Any,
    columns: Sequence[str],
    by: str | None,
    weight: str | None,
    order: Callable[[str, set[Any]], Sequence[Any]],
) -> dict[str, Counts]:
    """Joint tables per group (``""`` where ``by`` is None) by one query; all groups share their levels.

    ``order`` sorts the values of a column. Weights are normalised to mean 1 over the rows counted.
    """
    native = pandas_of(frame)
    found = _asked(frame, columns, by, weight) if native is None else frequencies(native, columns, by, weight)
    cells = [([_code(v) for v in values], group_label(group), sums) for group, values, sums in found]
    levels = tuple(
        tuple(order(name, {values[j] for values, _, _ in cells} - {None})) for j, name in enumerate(columns)
    )
    return {g: _counts(columns, levels, part) for g, part in _by_group(cells)}


def _asked(
    frame: Any, columns: Sequence[str], by: str | None, weight: str | None
) -> list[tuple[Any, Sequence[Any], Sequence[Any]]]:
    """What :func:`.local.frequencies` counts, by one query."""
    import narwhals as nw

    keys = [f"k{i}" for i in range(len(columns))]
    chosen = [nw.col(c).alias(k) for c, k in zip(columns, keys, strict=True)]
    w = nw.col(weight).cast(nw.Float64) if weight else nw.lit(1.0)
    chosen += [w.alias(_W), (w * w).alias("_w2"), (nw.col(by) if by else nw.lit("")).alias(_BY)]
    tally = (
        frame.select(*chosen)
        .filter(~nw.col(_BY).is_null())
        .group_by(_BY, *keys)
        .agg(nw.len().alias("n"), nw.col(_W).sum().alias("w"), nw.col("_w2").sum().alias("w2"))
    )
    return [(row[0], row[1:-3], row[-3:]) for row in table_of(tally)]


def people_of(
    frame: Any, by: Sequence[str], answered: Sequence[str]
) -> list[tuple[tuple[str | None, ...], int, tuple[int, ...]]]:
    """Rows per combination of groups and, of them, those that hold a value of each column, by one query."""
    import narwhals as nw

    keys, there = [f"k{i}" for i in range(len(by))], [f"a{i}" for i in range(len(answered))]
    chosen = [nw.col(c).alias(k) for c, k in zip(by, keys, strict=True)]
    numeric = frame.collect_schema()
    for name, to in zip(answered, there, strict=True):
        empty = _absent(name) if numeric[name].is_numeric() else nw.col(name).is_null()
        chosen.append((~empty).cast(nw.Int64).alias(to))
    tally = frame.select(*chosen).group_by(*keys).agg(nw.len().alias("n"), *(nw.col(a).sum() for a in there))
    found: dict[tuple[str | None, ...], list[int]] = {}
    for row in table_of(tally):
        labels = tuple(None if is_null(v) else group_label(v) for v in row[: len(by)])
        sums = found.setdefault(labels, [0] * (1 + len(answered)))
        found[labels] = [a + int(b) for a, b in zip(sums, row[len(by) :], strict=True)]
    order = sorted(found, key=lambda labels: tuple((v is None, v or "") for v in labels))
    return [(labels, found[labels][0], tuple(found[labels][1:])) for labels in order]


def _by_group(cells: Sequence[tuple[Any, str, Any]]) -> list[tuple[str, list[tuple[Any, Any]]]]:
    """(values, group, sums) as (values, sums) for each group: one pass, however many groups there are."""
    parts: dict[str, list[tuple[Any, Any]]] = defaultdict(list)
    for values, group, sums in cells:
        parts[group].append((values, sums))
    return sorted(parts.items())


def _counts(
    names: Sequence[str],
    levels: tuple[tuple[Any, ...], ...],
    cells: Sequence[tuple[Sequence[Any], Sequence[Any]]],
) -> Counts:
    shape = tuple(len(v) for v in levels)
    n, w, w2 = np.zeros(shape, dtype=np.int64), np.zeros(shape), np.zeros(shape)
    places = [{v: i for i, v in enumerate(values)} for values in levels]
    missing = 0
    for values, (count, weight, square) in cells:
        if None in values:
            missing += int(count)
            continue
        at = tuple(place[v] for place, v in zip(places, values, strict=True))
        n[at] += int(count)
        w[at] += float(weight)
        w2[at] += float(square)
    unit = n.sum() / w.sum() if w.sum() else 1.0
    return Counts(tuple(names), levels, n, w * unit, w2 * unit**2, missing)


def group_label(value: Any) -> str:
    """A group's value as text: ``3`` for 3.0."""
    return f"{value:g}" if isinstance(value, float) else str(value)


def _code(value: Any) -> Any:
    """A cell's value: None where missing, whole numbers as int."""
    if is_null(value):
        return None
    return int(value) if isinstance(value, float) and value.is_integer() else value


def _normal(w: Array) -> Array:
    normal: Array = w * (len(w) / w.sum()) if len(w) else w
    return normal


def _absent(name: str) -> Any:
    import narwhals as nw

    return nw.col(name).is_null() | nw.col(name).cast(nw.Float64).is_nan().fill_null(True)


def demand_rows(n: int, total: int, names: Sequence[str], group: str = "") -> None:
    """Refuse fewer than two complete rows, naming the columns and the group."""
    if n < 2:
        raise SurveykitError(
            "too few complete rows for moments of " + ", ".join(quote(c) for c in names[:8]),
            f"group {quote(group)}" if group else "",
            expected="at least 2",
            got=f"{n} of {total}",
            hint="one of the columns may be empty, or never answered together with the others",
            code="TOO_FEW_ROWS",
        )


def _row(frame: Any) -> tuple[Any, ...]:
    return table_of(frame)[0]
