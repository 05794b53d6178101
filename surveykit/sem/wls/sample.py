"""From answers to the statistics of ordered items, after the questions that must come first."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.results import Check
from surveykit.sem.options import Options
from surveykit.sem.sample import GroupSample, demand_usable, responses_of
from surveykit.sem.weighted import weight_values
from surveykit.sem.wls.conditional import conditional_statistics
from surveykit.sem.wls.statistics import Layout, OrdinalStatistics, statistics_of

__all__ = [
    "OrdinalSample",
    "read_levels",
    "read_ordinal",
    "read_rows",
    "statistics_of_rows",
    "unused_categories",
]

Array = NDArray[np.float64]
MOST_CATEGORIES = 50
_FEWEST_TOGETHER = 10


@dataclass(frozen=True, slots=True)
class OrdinalSample:
    """The groups' statistics and samples, the items' categories, and what a reader should know of them.

    ``rows`` are each group's answers (n, p), the predictors held fixed last, with their weights.
    """

    statistics: tuple[OrdinalStatistics, ...]
    samples: tuple[GroupSample, ...]
    levels: dict[str, tuple[float, ...]]
    checks: tuple[Check, ...]
    notes: tuple[str, ...]
    weight: str | None = None
    rows: tuple[tuple[Array, Array | None], ...] = ()

    @property
    def labels(self) -> tuple[str, ...]:
        return tuple(s.label for s in self.samples)


def read_ordinal(model: Model, sample: Any, options: Options) -> OrdinalSample:
    """Statistics of every group; what cannot carry thresholds is an error that names item and counts."""
    if isinstance(sample, Moments | dict):
        raise SurveykitError(
            "ordered items need the answers themselves: moments no longer show the categories",
            hint="give the data frame or Responses",
            code="SEM_ORDERED_MOMENTS",
        )
    data = responses_of(sample)
    names = model.observed
    fixed = _held_fixed(model, options)
    ordered = _ordered_names(model, options, fixed)
    demand_usable(data, names, options.group)
    weight = options.sampling_weights or data.weight
    if weight is not None:
        demand_usable(data, [weight], None)
    pairwise = options.missing == "pairwise"
    frames, weights, total = read_rows(data, names, options.group, weight, pairwise, fixed)
    levels = read_levels(frames, names, ordered)
    explained = tuple(n for n in names if n not in fixed)
    layout = Layout(explained, tuple(len(levels[n]) if n in ordered else 0 for n in explained), fixed)
    at = [names.index(n) for n in (*explained, *fixed)]
    statistics, samples = [], []
    for label, rows in frames.items():
        found = statistics_of_rows(rows[:, at], layout, levels, label, weights.get(label))
        statistics.append(found)
        cov, mean = found.unconditional()
        cov, mean = cov[np.ix_(np.argsort(at), np.argsort(at))], mean[np.argsort(at)]
        moments = Moments(found.n, cov, mean, names, n_total=total[label])
        samples.append(GroupSample(label, found.n, total[label], cov, cov, mean, float(found.n - 1), moments))
    checks = tuple(c for s, g in zip(statistics, samples, strict=True) for c in _judged(s, g.label))
    notes = unused_categories(data, levels, ordered)
    kept = tuple((rows[:, at], weights.get(label)) for label, rows in frames.items())
    return OrdinalSample(tuple(statistics), tuple(samples), levels, checks, notes, weight, kept)


def _held_fixed(model: Model, options: Options) -> tuple[str, ...]:
    """The predictors whose moments the model takes as given, in its order."""
    if not (options.fixed_x and model.roles.exogenous):
        return ()
    fixed = {row.lhs for row in model.table(fixed_x=True) if row.exo}
    return tuple(n for n in model.observed if n in fixed)


def _ordered_names(model: Model, options: Options, fixed: Sequence[str]) -> tuple[str, ...]:
    """The ordered items in the model's order; with ``ordered=True`` all but pure predictors."""
    with_thresholds = {p.lhs for p in model.parameters if p.op == "|"}
    exogenous = set(model.roles.exogenous)
    if options.ordered is True:
        return tuple(n for n in model.observed if n not in exogenous)
    named = set(options.ordered or ()) | with_thresholds
    unknown = [n for n in named if n not in model.observed]
    if unknown:
        raise SurveykitError(
            "ordered names items that the model does not have",
            got=", ".join(quote(n) for n in sorted(unknown)),
            code="UNKNOWN_VARIABLE",
        )
    held = [n for n in fixed if n in named]
    if held:
        raise SurveykitError(
            "a predictor held fixed has no thresholds",
            got=", ".join(quote(n) for n in held),
            hint="leave it out of ordered (its numbers are used as they are, or make dummies), or fixed_x=False",
            code="SEM_ORDERED_FIXED_X",
        )
    return tuple(n for n in model.observed if n in named)


def read_rows(
    data: Any,
    names: Sequence[str],
    group: str | None,
    weight: str | None = None,
    pairwise: bool = False,
    fixed: Sequence[str] = (),
) -> tuple[dict[str, Array], dict[str, Array], dict[str, int]]:
    """Complete rows (n, p) of every group, their weights of mean 1 (none without), and how many rows there were.

    ``pairwise`` keeps rows with some answers and all of the predictors ``fixed``. Rows of weight zero or without one are
    set aside.
    """
    more = [column for column in (group, weight) if column is not None and column not in names]
    frame = data.frame([*names, *more])
    kinds = dict(zip(frame.columns, frame.dtypes, strict=True))
    text = [n for n in names if kinds[n].kind not in "fiub"]
    if text:
        raise SurveykitError(
            "ordered items are numbers, these columns hold text",
            got=", ".join(quote(n) for n in text),
            hint="recode the answers to 1, 2, 3, …",
            code="NOT_NUMERIC",
        )
    if group is None:
        parts = {"": frame}
    else:
        keys = frame[group].map(lambda v: str(int(v)) if isinstance(v, float) and v == int(v) else str(v))
        parts = {str(label): frame[keys == str(label)] for label in data.groups(group)}
        if len(parts) < 2:
            raise SurveykitError(
                f"the column {quote(group)} has one group only",
                expected="at least two groups, or no group=",
                code="SEM_GROUP_ONE",
            )
    found: dict[str, Array] = {}
    weights: dict[str, Array] = {}
    for label, part in parts.items():
        rows = part[list(names)].to_numpy(dtype=float)
        gone = np.isnan(rows)
        usable = ~(gone.all(axis=1) if pairwise else gone.any(axis=1))
        if fixed:
            is_fixed = np.isin(names, fixed)
            usable &= ~(gone[:, is_fixed].any(axis=1) | gone[:, ~is_fixed].all(axis=1))
        if weight is not None:
            w = weight_values(part[weight], weight)
            usable &= w > 0
            weights[label] = w[usable] / w[usable].mean()
        found[label] = rows[usable]
    return found, weights, {label: len(part) for label, part in parts.items()}


def read_levels(
    frames: dict[str, Array], names: Sequence[str], ordered: Sequence[str]
) -> dict[str, tuple[float, ...]]:
    """The categories of each ordered item; every group must use the same ones."""
    problems, out = Problems(), {}
    for i, name in enumerate(names):
        if name not in ordered:
            continue
        answers = {label: rows[~np.isnan(rows[:, i]), i] for label, rows in frames.items()}
        counts = {label: np.unique(column, return_counts=True) for label, column in answers.items()}
        levels = tuple(float(v) for v in np.unique(np.concatenate([v for v, _ in counts.values()])))
        out[name] = levels
        if len(levels) > MOST_CATEGORIES:
            problems.add(
                f"{quote(name)} has {len(levels)} different values, too many for an ordered item",
                expected=f"at most {MOST_CATEGORIES} categories",
                hint="leave it out of ordered: it counts as continuous then",
                code="SEM_ORDERED_LEVELS",
            )
        elif len(levels) < 2:
            every = f"every answer is {levels[0]:g}" if levels else "no answers"
            problems.add(
                f"the item {quote(name)} has no variance",
                got=every,
                hint="leave it out of the model",
                code="SEM_CONSTANT_ITEM",
            )
        elif any(len(values) < len(levels) for values, _ in counts.values()):
            problems.add(
                f"the groups do not use the same categories of {quote(name)}",
                expected="every category used in every group",
                got="; ".join(f"{label}: {_counted(*counts[label], levels)}" for label in frames),
                hint="join neighbouring categories in all groups",
                code="SEM_EMPTY_CATEGORY",
            )
    problems.raise_if_any()
    return out


def _counted(values: Array, counts: NDArray[np.intp], levels: Sequence[float]) -> str:
    found = dict(zip(values.tolist(), counts.tolist(), strict=True))
    return ", ".join(f"{level:g} × {found.get(level, 0)}" for level in levels)


def statistics_of_rows(
    rows: Array,
    layout: Layout,
    levels: dict[str, tuple[float, ...]],
    label: str,
    weights: Array | None,
) -> OrdinalStatistics:
    """Statistics of one group's answers (n, p), the predictors last; NaN is no answer."""
    where = f"group {quote(label)}" if label else ""
    n, p = rows.shape  # predictors stand last
    if n <= p:
        raise SurveykitError(
            "too few complete rows for this model",
            where,
            expected=f"more rows than observed variables: at least {p + 1} for {p} variables",
            got=f"n = {n}",
            hint="use fewer items, or answers without missing values",
            code="SEM_N_TOO_SMALL",
        )
    values = rows[:, layout.continuous]
    flat = [layout.names[i] for i in layout.continuous if not np.ptp(rows[~np.isnan(rows[:, i]), i]) > 0]
    if flat:
        raise SurveykitError(
            f"the item {quote(flat[0])} has no variance",
            where,
            hint="leave it out of the model",
            code="SEM_CONSTANT_ITEM",
        )
    _demand_together(rows, layout, where)
    codes = np.stack(
        [np.searchsorted(np.array(levels[layout.names[i]]), rows[:, i]) for i in layout.ordered], axis=1
    )
    codes[np.isnan(rows[:, layout.ordered])] = -1
    if layout.predictors:
        every = np.zeros((n, layout.p), dtype=np.intp)
        every[:, layout.ordered] = codes
        return conditional_statistics(rows[:, : layout.p], every, rows[:, layout.p :], layout, where, weights)
    return statistics_of(values, codes, layout, where, weights)


def _demand_together(rows: Array, layout: Layout, where: str) -> None:
    """Every pair of items needs respondents who answered both."""
    seen = (~np.isnan(rows[:, : layout.p])).astype(float)
    together = seen.T @ seen
    if together.min() >= _FEWEST_TOGETHER:
        return
    i, j = (int(v) for v in np.unravel_index(int(together.argmin()), together.shape))
    raise SurveykitError(
        f"{quote(layout.names[i])} and {quote(layout.names[j])} were hardly ever answered by the same people",
        where,
        expected=f"at least {_FEWEST_TOGETHER} rows with both",
        got=f"{together[i, j]:.0f}",
        hint="leave one of them out",
        code="SEM_NO_COVERAGE",
    )


def _judged(found: OrdinalStatistics, label: str) -> list[Check]:
    """What a reader should know: an indefinite matrix of correlations, tables with an empty cell."""
    out = []
    sd = np.sqrt(np.diagonal(found.cov))
    smallest = float(np.linalg.eigvalsh(found.cov / np.outer(sd, sd))[0])
    en, zh = (f" in group {label}", f"（{label}组）") if label else ("", "")
    if smallest < 1e-10:
        out.append(
            Check(
                "POLYCHORIC_NOT_DEFINITE",
                "caution",
                {
                    "en": f"The matrix of polychoric correlations{en} is not positive definite: each was estimated "
                    "from its own pair of items, and there are too few answers for so many of them.",
                    "zh": f"多分格相关矩阵{zh}不是正定矩阵：各相关由每对题目分别估计，相对于题目数目，样本量过小。",
                },
                (),
                {"eigenvalue": smallest, "group": label},
            )
        )
    if found.repaired:
        pairs = ", ".join(f"{a}–{b}" for a, b in found.repaired)
        out.append(
            Check(
                "EMPTY_CELL",
                "note",
                {
                    "en": f"Two answers never occur together{en} ({pairs}): half an answer was added to the empty "
                    "cell, as lavaan does.",
                    "zh": f"以下题目{zh}的两个选项从未同时出现（{pairs}）：已按lavaan的做法在空单元格中加0.5。",
                },
                tuple(f"{a}~~{b}" for a, b in found.repaired),
            )
        )
    return out


def unused_categories(
    data: Any, levels: dict[str, tuple[float, ...]], ordered: Sequence[str]
) -> tuple[str, ...]:
    """One note for the categories that nobody chose, where a scale or the values themselves show them."""
    questionnaire = getattr(data, "questionnaire", None)
    gaps = []
    for name in ordered:
        used = levels[name]
        item = None if questionnaire is None else questionnaire.items.get(name)
        scale = None if item is None else item.scale
        low, high = (
            (used[0], used[-1]) if scale is None else (min(used[0], scale.min), max(used[-1], scale.max))
        )
        if any(v != int(v) for v in used):
            continue
        missing = [v for v in range(int(low), int(high) + 1) if v not in used]
        if missing:
            gaps.append(f"{name} ({', '.join(str(v) for v in missing)})")
    return (f"categories that nobody chose, left out: {'; '.join(gaps)}",) if gaps else ()
