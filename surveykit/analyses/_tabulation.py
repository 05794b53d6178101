"""Lines of a table (a share, a mean, a net score) in every group of a column, and tests between its groups.

Every statistic is the mean of one value per person: 1 and 0 for a share, 100, 0 and −100 for a net promoter score. What
is needed of a group is then five sums. Without a survey design weights enter as Kish's n_eff; with one, groups are
domains of the whole sample and differences know of the clusters that they share.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.format import LANGUAGES
from surveykit.intervals import Net, mean_interval, nps_adjusted_wald, wilson
from surveykit.responses.cells import number_of
from surveykit.responses.choices import column_of
from surveykit.responses.domains import Domain, share_of
from surveykit.responses.facts import demand_groups, demand_scale, scale_range

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sampling import Replicates, Sampling

__all__ = [
    "Cells",
    "Differences",
    "Groups",
    "Line",
    "Statistic",
    "cells_of",
    "demand_rows_known",
    "everybody",
    "groups_of",
    "lines_of",
    "pair_tests", "words_for",
]  # fmt: skip

Array = NDArray[np.float64]
Statistic = Literal["shares", "top", "mean"]
Unit = Literal["share", "mean", "points"]
BATCH = 40
"""So many questions are fetched at once: the rows of a table are many, those in memory few."""
ADDED = 1.5
"""Answers added to each sample in tests of net scores (1 : 2 : 1), as in ``nps_test``."""


@dataclass(frozen=True, slots=True, eq=False)
class Line:
    """One line of a table: its value ``x`` (n,) per person, NaN for those outside its base."""

    term: str
    item: str
    code: str
    statistic: str
    unit: Unit
    x: Array


@dataclass(frozen=True, slots=True, eq=False)
class Groups:
    """The groups of one column: labels, and the masks (g, n) of their people; ``apart`` where nobody is in two."""

    by: str
    labels: tuple[str, ...]
    inside: NDArray[np.bool_]
    apart: bool = True


@dataclass(frozen=True, slots=True, eq=False)
class Cells:
    """One line in every group: arrays (g,), and what its tests need."""

    n: NDArray[np.int64]
    weighted: Array
    estimate: Array
    se: Array
    low: Array
    high: Array
    n_eff: Array
    deff: Array
    sd: Array
    chosen: NDArray[np.int64]
    """Of a share: how many people it counts, unweighted."""
    spread: Array | None = None


@dataclass(frozen=True, slots=True, eq=False)
class Differences:
    """Differences of pairs of groups, first less second: arrays (p,)."""

    first: NDArray[np.intp]
    second: NDArray[np.intp]
    estimate: Array
    se: Array
    statistic: Array
    p: Array
    df: Array
    """Of Student's t; infinite for tests by the normal distribution."""


def everybody(n: int) -> Groups:
    """All people as one group."""
    return Groups("", ("",), np.ones((1, n), dtype=bool))


def groups_of(data: Responses, by: str) -> Groups:
    """The groups of a column; a question with several answers gives groups that overlap."""
    q = data.questionnaire
    item = None if q is None else q.items.get(by)
    if item is not None and item.type == "multi":
        codes = tuple(str(c) for c in item.options)
        frame = data.frame([column_of(by, c) for c in codes])
        ticks = np.array([frame[column_of(by, c)].to_numpy(dtype=float) == 1.0 for c in codes])
        return Groups(by, codes, ticks, apart=False)
    from surveykit.responses.statistics import group_label

    labels = demand_groups(data, by)
    column = data.frame([by])[by].map(group_label, na_action="ignore").to_numpy()
    return Groups(by, labels, np.array([column == label for label in labels], dtype=bool))


def demand_rows_known(data: Responses, names: Sequence[str]) -> None:
    """Refuse names that are neither columns nor constructs nor metrics, and metrics that are no simple mean."""
    q = data.questionnaire
    for name in names:
        metric = None if q is None else q.metrics.get(name)
        if metric is not None and metric.metric not in ("nps", "csat", "mean", "ces"):
            raise SurveykitError(
                f"the metric {quote(name)} ({metric.metric}) has no line in a table of groups",
                expected="an item, a construct, or a metric of the kind nps, csat, ces or mean",
                hint="name its constructs or items; its scores by group come with `groups:`", code="ROW_KIND",
            )  # fmt: skip
        if metric is None and not data.has(name) and not _is_multi(data, name):
            known = [*data.columns, *(() if q is None else (*q.constructs, *q.metrics))]
            raise SurveykitError(
                f"unknown item {quote(name)}", hint=did_you_mean(name, known), code="UNKNOWN_ITEM"
            )


def _is_multi(data: Responses, name: str) -> bool:
    q = data.questionnaire
    return q is not None and name in q.items and q.items[name].type == "multi"


def lines_of(
    data: Responses, names: Sequence[str], statistics: Sequence[Statistic], *, top: int, points: int
) -> Iterator[tuple[str, list[Line]]]:
    """The lines of each name, in order; a few names are fetched at a time.

    A question with options has a share for each of them. One on a scale has a share for each point where there are no
    more than ``points``, the share of its ``top`` highest points, and its mean; a construct has a mean.
    """
    q = data.questionnaire
    for start in range(0, len(names), BATCH):
        batch = names[start : start + BATCH]
        needed = {name: _columns(data, name) for name in batch}
        frame = data.frame(list(dict.fromkeys(c for columns in needed.values() for c in columns)))
        for name in batch:
            metric = None if q is None else q.metrics.get(name)
            if metric is not None:
                yield name, [_metric_line(data, name, metric, frame[needed[name][0]])]
            elif _options(data, name):
                yield name, _option_lines(data, name, frame, statistics)
            else:
                yield name, _scale_lines(data, name, frame[name], statistics, top, points)


def _columns(data: Responses, name: str) -> list[str]:
    q = data.questionnaire
    if q is not None and name in q.metrics:
        options = q.metrics[name].options
        found = options.get("item", options.get("construct", options.get("items", options.get("constructs"))))
        subject = found if isinstance(found, str) else next(iter(found or ()), "")
        if not data.has(subject) or (not isinstance(found, str) and len(found or ()) > 1):
            raise SurveykitError(
                f"the metric {quote(name)} is not of one item or construct", code="ROW_KIND",
                hint="name its items or constructs instead",
            )  # fmt: skip
        return [subject]
    if _is_multi(data, name):
        return [column_of(name, c) for c in _options(data, name)]
    return [name]


def _options(data: Responses, name: str) -> list[str]:
    q = data.questionnaire
    return [] if q is None or name not in q.items else [str(c) for c in q.items[name].options]


def _option_lines(data: Responses, name: str, frame: Any, statistics: Sequence[Statistic]) -> list[Line]:
    if "shares" not in statistics:
        return []
    lines = []
    for code in _options(data, name):
        if _is_multi(data, name):
            x = frame[column_of(name, code)].to_numpy(dtype=float)
        else:
            column, number = frame[name], number_of(code)
            value = number if name in data.numeric and number is not None else code
            hit = (column == value).to_numpy(dtype=bool, na_value=False)
            x = np.where(column.notna().to_numpy(), hit.astype(float), np.nan)
        lines.append(Line(f"{name}={code}", name, code, "share", "share", x))
    return lines


def _scale_lines(
    data: Responses, name: str, column: Any, statistics: Sequence[Statistic], top: int, points: int
) -> list[Line]:
    if not np.issubdtype(np.asarray(column).dtype, np.number):
        raise SurveykitError(
            f"{quote(name)} holds text and has no options", code="NO_OPTIONS",
            hint="give it options in the questionnaire (`type: single`)",
        )  # fmt: skip
    x = column.to_numpy(dtype=float)
    ends, lines = scale_range(data, name), []
    if ends is not None and name in data.columns:
        low, high = int(ends[0]), int(ends[1])
        if "shares" in statistics and high - low < points:
            lines += [_hit(name, f"{v}", "share", x, v, v) for v in range(low, high + 1)]
        if "top" in statistics and top < high - low:
            lines.append(_hit(name, f"{high - top + 1}–{high}", "top", x, high - top + 1, high))
    if "mean" in statistics:
        lines.append(Line(f"{name}:mean", name, "", "mean", "mean", x))
    return lines


def _hit(name: str, code: str, statistic: str, x: Array, low: float, high: float) -> Line:
    value = np.where(np.isnan(x), np.nan, ((x >= low) & (x <= high)).astype(float))
    term = f"{name}={code}" if statistic == "share" else f"{name}:top"
    return Line(term, name, code, statistic, "share", value)


def _metric_line(data: Responses, name: str, metric: Any, column: Any) -> Line:
    x = column.to_numpy(dtype=float)
    subject = str(column.name)
    if metric.metric == "nps":
        demand_scale(data, subject, (0, 10), "NPS")
        value = np.where(np.isnan(x), np.nan, 100.0 * ((x >= 9).astype(float) - (x <= 6)))
        return Line(f"{name}:nps", name, "", "nps", "points", value)
    if metric.metric == "csat":
        ends = scale_range(data, subject) or tuple(metric.options.get("scale") or ())
        if len(ends) != 2:
            raise SurveykitError(f"{quote(subject)} has no declared scale", code="NO_SCALE")
        top = int(metric.options.get("top", 2))
        hit = _hit(name, "", "top", x, ends[1] - top + 1, ends[1])
        return Line(f"{name}:top", name, "", "score", "share", hit.x)
    return Line(f"{name}:mean", name, "", "score", "mean", x)


def cells_of(
    line: Line, groups: Groups, weights: Array, sampling: Sampling | Replicates | None, confidence: float
) -> Cells:
    """The line in every group, with intervals.

    Shares: Wilson; net scores: adjusted Wald; means: Student's t; all at Kish's n_eff. With ``sampling`` the design's.
    """
    known = ~np.isnan(line.x)
    x, inside = np.where(known, line.x, 0.0), groups.inside & known
    w = inside * weights
    n = inside.sum(axis=1)
    total, squares = w.sum(axis=1), (w**2).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        estimate = (w @ x) / total
        n_eff = np.where(total > 0, total**2 / squares, 0.0)
        variance = np.array([float(row @ (x - m) ** 2) for row, m in zip(w, estimate, strict=True)]) / total
        sd = np.sqrt(np.where(n > 1, variance * n / np.maximum(n - 1, 1), np.nan))
    bounds = np.full((3, len(n)), np.nan)
    for g in np.flatnonzero(n):
        bounds[:, g] = _bounds(line, x, w[g], float(estimate[g]), float(sd[g]), float(n_eff[g]), confidence)
    with np.errstate(invalid="ignore", divide="ignore"):
        plain = Cells(
            n,
            total,
            estimate,
            bounds[0],
            bounds[1],
            bounds[2],
            n_eff,
            n / n_eff,
            sd,
            (inside & (x > 0)).sum(axis=1),
        )
    return plain if sampling is None else _drawn(line, inside, plain, sampling, confidence)


def _bounds(
    line: Line, x: Array, w: Array, estimate: float, sd: float, n_eff: float, confidence: float
) -> tuple[float, float, float]:
    if line.unit == "share":
        found = wilson(estimate, n_eff, confidence)
    elif line.unit == "points":
        net = [float(w[x == v].sum() / w.sum()) for v in (100.0, -100.0)]
        found = nps_adjusted_wald(Net(net[0], max(1 - sum(net), 0.0), net[1]), n_eff, confidence)
    else:
        found = mean_interval(estimate, sd, n_eff, confidence)
    return found.se, found.low, found.high


def _drawn(
    line: Line, inside: NDArray[np.bool_], plain: Cells, sampling: Sampling | Replicates, confidence: float
) -> Cells:
    """The same cells with errors of the design; ``spread`` holds each group's linearised or replicate values."""
    g = len(plain.n)
    out = {k: np.full(g, np.nan) for k in ("se", "low", "high", "n_eff", "deff")}
    spreads = []
    for j in range(g):
        found = Domain(sampling, np.where(inside[j], line.x, np.nan)).mean_of(lambda x: x)
        spreads.append(found.spread)
        if plain.n[j] == 0:
            continue
        if line.unit == "share":
            row: Mapping[str, float] = share_of(found, confidence)
        elif found.se > 0 and found.df >= 1:
            bounds = found.interval(line.unit, confidence)
            row = {
                "se": found.se,
                "low": bounds.low,
                "high": bounds.high,
                "n_eff": found.n_eff,
                "deff": found.deff,
            }
        else:
            row = {}
        for name, value in row.items():
            if name in out:
                out[name][j] = value
    return replace(plain, **out, spread=np.array(spreads).T)


def pair_tests(
    line: Line,
    cells: Cells,
    groups: Groups,
    pairs: Sequence[tuple[int, int]],
    sampling: Sampling | Replicates | None,
) -> Differences:
    """The differences of pairs of groups.

    Shares: pooled z-test of two independent shares; net scores: z-test with separate variances after 1.5 added answers;
    means: Welch's t; n is n_eff throughout. With ``sampling``: the difference of two domains, Student's t with clusters
    less strata less one degree of freedom.
    """
    first, second = (np.array([p[i] for p in pairs], dtype=np.intp) for i in (0, 1))
    a, b = cells.estimate[first], cells.estimate[second]
    with np.errstate(invalid="ignore", divide="ignore"):
        if sampling is not None and cells.spread is not None:
            return _drawn_tests(line, cells, groups, (first, second), sampling)
        n1, n2 = cells.n_eff[first], cells.n_eff[second]
        df = np.full(len(first), np.inf)
        shift = a - b
        if line.unit == "share":
            pooled = (a * n1 + b * n2) / (n1 + n2)
            se = np.sqrt(np.maximum(pooled * (1 - pooled), 0.0) * (1 / n1 + 1 / n2))
        elif line.unit == "points":
            (c1, v1), (c2, v2) = (_net_added(cells, at, n) for at, n in ((first, n1), (second, n2)))
            shift, se = c1 - c2, np.sqrt(v1 + v2)
        else:
            v1, v2 = cells.sd[first] ** 2 / n1, cells.sd[second] ** 2 / n2
            se = np.sqrt(v1 + v2)
            df = (v1 + v2) ** 2 / (v1**2 / (n1 - 1) + v2**2 / (n2 - 1))
        statistic = np.where(se > 0, shift / se, np.nan)
    return Differences(first, second, a - b, se, statistic, _p(statistic, df), df)


def _net_added(cells: Cells, at: NDArray[np.intp], n: Array) -> tuple[Array, Array]:
    """Net scores and their variances after adding answers 1 : 2 : 1 (Agresti and Caffo's halves)."""
    score = cells.estimate[at] / 100
    people = cells.n[at]
    # sd has the divisor n − 1; the share of promoters and detractors together is its second moment
    extremes = (cells.sd[at] / 100) ** 2 * (people - 1) / people + score**2
    total = n + ADDED
    moved = score * n / total
    spread = (extremes * n + ADDED / 2) / total - moved**2
    return 100 * moved, 1e4 * spread / total


def _drawn_tests(
    line: Line, cells: Cells, groups: Groups, pairs: tuple[NDArray[np.intp], NDArray[np.intp]], sampling: Any
) -> Differences:
    first, second = pairs
    spread = np.asarray(cells.spread)
    if hasattr(sampling, "replicates"):
        used = sampling.scales > 0
        b = spread - spread[used].mean(axis=0)
        covariance = (b * sampling.scales[:, None]).T @ b
    else:
        covariance = sampling.covariance(spread)
    variance = covariance[first, first] + covariance[second, second] - 2 * covariance[first, second]
    se = np.sqrt(np.maximum(variance, 0.0))
    known = ~np.isnan(line.x)
    df = np.array(
        [
            sampling.df((groups.inside[i] | groups.inside[j]) & known) - 1
            for i, j in zip(first, second, strict=True)
        ],
        dtype=float,
    )
    difference = cells.estimate[first] - cells.estimate[second]
    statistic = np.where((se > 0) & (df >= 1), difference / se, math.nan)
    return Differences(first, second, difference, se, statistic, _p(statistic, df), df)


def _p(statistic: Array, df: Array) -> Array:
    """Two-sided p of Student's t, or of the normal distribution where df is infinite."""
    from scipy.special import erfc, stdtr

    t = np.abs(statistic)
    finite = np.isfinite(df)
    normal = erfc(t / math.sqrt(2))
    p: Array = np.where(finite, 2 * stdtr(np.where(finite, df, 1.0), -t), normal)
    return p


def words_for(data: Responses, answers: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    """The table ``names`` of a result: words in each language for answers (item, code), which it calls ``item=code``."""
    q = data.questionnaire
    rows = []
    for name, code in dict.fromkeys(answers):
        item = None if q is None else q.items.get(name)
        options: Mapping[str, Any] = {} if item is None else {str(k): v for k, v in item.options.items()}
        words = options.get(code, {})
        texts = {k: str(words.get(k) or data.group_label(name, code, k)) for k in LANGUAGES}
        rows.append({"name": f"{name}={code}", **texts})
    return rows
