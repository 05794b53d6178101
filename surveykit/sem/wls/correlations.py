"""Polychoric and polyserial correlations of items, with intervals: without a model."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.moments import Counts
from surveykit.results import Estimates, Table
from surveykit.sem.sample import demand_usable, responses_of
from surveykit.sem.solution import normal_quantile
from surveykit.sem.wls.sample import MOST_CATEGORIES, read_levels, read_rows, unused_categories
from surveykit.sem.wls.statistics import Layout, OrdinalStatistics, statistics_of

__all__ = ["polychoric"]

Array = NDArray[np.float64]


def polychoric(
    sample: Any, items: Sequence[str] = (), *, continuous: Sequence[str] = (), level: float = 0.95
) -> Estimates:
    """Correlations of the normal variables behind ordered items (Olsson 1979), two steps as lavaan's ``lavCor``.

    ``sample`` is ``Responses``, a data frame or :class:`~surveykit.moments.Counts` of two items or more; ``items``
    are the columns (of counts: all), ``continuous`` those among them that are not ordered: their correlation with an
    ordered item is polyserial, with each other Pearson's. Standard errors are those of Muthén (1984) and know that
    the thresholds are estimated; the intervals are Fisher's z with these. Complete rows only.

    ``tables()``: ``thresholds`` (item threshold estimate se) and ``matrix``.

    >>> import numpy as np
    >>> from surveykit.moments import Counts
    >>> rows = np.repeat([[0, 0], [0, 1], [1, 0], [1, 1]], [40, 20, 15, 25], axis=0)
    >>> round(float(polychoric(Counts.from_rows({"a": rows[:, 0], "b": rows[:, 1]})).tidy()["estimate"][0]), 4)
    0.4399
    """
    if isinstance(sample, Counts):
        names, rows, total, notes = _of_counts(sample)
        counted = {name: tuple(float(v) for v in np.unique(rows[:, i])) for i, name in enumerate(names)}
    else:
        data, names = responses_of(sample), tuple(items)
        _demand_names(names, continuous)
        demand_usable(data, names, None)
        frames, _, totals = read_rows(data, names, None)
        rows, total = frames[""], totals[""]
        ordered = [n for n in names if n not in continuous]
        counted = read_levels(frames, names, ordered)
        notes = unused_categories(data, counted, ordered)
    layout = Layout(names, tuple(len(counted[n]) if n in counted else 0 for n in names))
    if not len(layout.ordered) or len(names) < 2 or len(rows) < 3:
        raise SurveykitError(
            "polychoric correlations need two variables, one of them ordered, and some complete rows",
            got=f"{len(names)} variables, {len(layout.ordered)} ordered, {len(rows)} complete rows",
            code="SEM_ORDERED",
        )
    codes = np.stack(
        [np.searchsorted(np.array(counted[names[i]]), rows[:, i]) for i in layout.ordered], axis=1
    )
    found = statistics_of(rows[:, layout.continuous], codes, layout)
    return _estimates(found, total, level, notes)


def _demand_names(names: Sequence[str], continuous: Sequence[str]) -> None:
    problems = Problems()
    if len(names) < 2 or len(set(names)) < len(names):
        problems.add(
            "two different items or more are needed", got=", ".join(names) or "none", code="SEM_ORDERED"
        )
    for name in continuous:
        if name not in names:
            problems.add(f"continuous names {quote(name)}, which is not among the items", code="OPTION_VALUE")
    problems.raise_if_any()


def _of_counts(counts: Counts) -> tuple[tuple[str, ...], Array, int, tuple[str, ...]]:
    """The rows that a table stands for; levels count by their order."""
    shape = tuple(len(v) for v in counts.levels)
    if counts.n.shape != shape or max(shape, default=0) > MOST_CATEGORIES:
        raise SurveykitError(
            "polychoric correlations need one table of items with few categories",
            got=f"shape {counts.n.shape}",
            code="SEM_ORDERED",
        )
    cells = np.indices(shape).reshape(len(shape), -1).T
    rows = np.repeat(cells, counts.n.ravel(), axis=0).astype(float)
    gone = [name for i, name in enumerate(counts.names) if len(np.unique(rows[:, i])) < shape[i]]
    notes = (f"categories that nobody chose, left out: {', '.join(gone)}",) if gone else ()
    return counts.names, rows, len(rows) + counts.missing, notes


def _estimates(found: OrdinalStatistics, total: int, level: float, notes: tuple[str, ...]) -> Estimates:
    layout, n = found.layout, found.n
    names, half = layout.names, normal_quantile(level)
    sd = np.sqrt(np.diagonal(found.cov))
    R = found.cov / np.outer(sd, sd)
    error = np.sqrt(np.diagonal(_of_correlations(found)) / n)
    first, second = layout.pairs
    begin = layout.size - len(first)
    rows = []
    for at, (i, j) in enumerate(zip(first, second, strict=True)):
        r, se = float(R[i, j]), float(error[begin + at])
        kinds = bool(layout.categories[i]) + bool(layout.categories[j])
        kind = ("pearson", "polyserial", "polychoric")[kinds]
        spread = half * se / (1 - r * r)
        low, high = float(np.tanh(np.arctanh(r) - spread)), float(np.tanh(np.arctanh(r) + spread))
        rows.append((f"{names[i]}~~{names[j]}", "", n, r, se, low, high, names[i], names[j], kind))
    columns = ("term", "group", "n", "estimate", "se", "low", "high", "lhs", "rhs", "kind")
    thresholds = [
        {
            "item": names[v],
            "threshold": f"t{number}",
            "estimate": float(found.values[at]),
            "se": float(error[at]),
        }
        for at, (v, number) in enumerate(zip(layout.margin, layout.number, strict=True))
        if number
    ]
    matrix = [{"item": names[i], **dict(zip(names, R[i].tolist(), strict=True))} for i in range(layout.p)]
    aside = f"; {total - n} incomplete rows were set aside" if total > n else ""
    halves = (
        (f"half an answer added to an empty cell: {len(found.repaired)} pairs",) if found.repaired else ()
    )
    return Estimates(
        "polychoric",
        {"en": "Polychoric correlations", "zh": "多分格相关"},
        Table(columns, tuple(rows)),
        {"n": n, "n_total": total, "items": layout.p, "level": level},
        (f"two-step maximum likelihood, n = {n} of {total} rows{aside}", *notes, *halves),
        further={
            "thresholds": Table.of(thresholds, ("item", "threshold", "estimate", "se")),
            "matrix": Table.of(matrix, ("item", *names)),
        },
        options={"level": level},
    )


def _of_correlations(found: OrdinalStatistics) -> Array:
    """Γ with correlations in the place of covariances with continuous variables."""
    layout = found.layout
    J = np.eye(layout.size)
    sd = np.sqrt(np.diagonal(found.cov))
    first, second = layout.pairs
    begin = layout.size - len(first)
    for at, (i, j) in enumerate(zip(first, second, strict=True)):
        J[begin + at, begin + at] = 1 / (sd[i] * sd[j])
        for one in (i, j):
            if not layout.categories[one]:
                J[begin + at, layout.own(int(one))[-1]] = (
                    -found.cov[i, j] / (sd[i] * sd[j]) / (2 * sd[one] ** 2)
                )
    out: Array = J @ found.gamma @ J.T
    return out
