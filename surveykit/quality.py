"""Indicators of careless answering and of data that went wrong, on plain arrays: one value per respondent.

Rows are respondents, columns items in the order in which they were asked, NaN is missing. Where an
indicator says nothing about a person (too few answers, too few pairs) it is NaN. Curran 2016 (Journal
of Experimental Social Psychology 66) and Meade & Craig 2012 (Psychological Methods 17) describe them all.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError

__all__ = [
    "ITEM_VERDICTS", "Mcar", "average_run", "duplicates", "even_odd", "halves",
    "inter_item_sd", "intra_individual_sd", "little_mcar", "longstring", "mahalanobis", "near_duplicates",
    "psychometric_pairs", "repeated_figure", "robust_z", "slow_and_fast", "within_person",
]  # fmt: skip

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_MAD = 1.482602218505602

ITEM_VERDICTS: dict[str, dict[str, str]] = {
    "": {"en": "", "zh": ""},
    "turn": {
        "en": "runs against its construct: the key is probably wrong",
        "zh": "与所属构念方向相反，计分方向可能有误",
    },
    "weak": {"en": "hardly goes with its construct", "zh": "与所属构念几乎无关"},
    "floor": {"en": "many at the lowest answer", "zh": "地板效应明显"},
    "ceiling": {"en": "many at the highest answer", "zh": "天花板效应明显"},
    "constant": {"en": "everybody answered alike", "zh": "所有人作答相同"},
}
"""What can be said of an item beside the others of its scale."""


def longstring(answers: ArrayLike) -> Array:
    """The longest run of equal answers to consecutive items; a missing answer ends a run.

    >>> longstring([[3, 3, 3, 4, 4], [1, float("nan"), 1, 2, 2]]).tolist()
    [3.0, 2.0]
    """
    x = np.asarray(answers, dtype=float)
    run = np.where(np.isnan(x[:, 0]), 0.0, 1.0)
    longest = run.copy()
    for j in range(1, x.shape[1]):
        same = x[:, j] == x[:, j - 1]
        run = np.where(np.isnan(x[:, j]), 0.0, np.where(same, run + 1, 1.0))
        longest = np.maximum(longest, run)
    return longest


def average_run(answers: ArrayLike) -> Array:
    """The mean length of the runs of equal answers to consecutive items; a missing answer ends a run and is none.

    >>> average_run([[3, 3, 3, 4], [1, float("nan"), 1, 2]]).tolist()
    [2.0, 1.0]
    """
    x = np.asarray(answers, dtype=float)
    seen = ~np.isnan(x)
    starts = seen[:, 0].astype(float) + (seen[:, 1:] & (x[:, 1:] != x[:, :-1])).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(starts > 0, seen.sum(axis=1) / starts, np.nan)


def repeated_figure(
    answers: ArrayLike, turned: ArrayLike | None = None, least: int = 12
) -> tuple[Array, NDArray[np.intp]]:
    """How exactly a person's answers repeat every 2, 3, … items (1 2 3 4 5 1 2 3 …): agreement beyond chance, and the step.

    Answers that stand a step apart are compared where both are known and both items point in one direction (``turned``: the
    reverse-keyed ones). Agreement is kappa: what equal answers would be in any order of this person's own is taken off, so
    that who ticks one answer throughout repeats nothing (0). A step must come round three times and give ``least``
    comparisons, and half of the neighbours must differ: blocks of one answer are what honest people give to blocks of items
    on one thing. A step at which the median respondent repeats too (kappa above 0.25) belongs to the questionnaire, whose
    constructs alternate, and is left out.

    >>> figure = [1 + i % 5 for i in range(20)]
    >>> mixed = [[4, 2, 5, 5, 3, 4, 4, 1, 2, 5, 3, 3, 4, 5, 2, 4, 1, 3, 5, 4], [5] * 20]
    >>> score, step = repeated_figure([figure, *mixed])
    >>> score.round(1).tolist()[0], int(step[0]), bool((score[1:] < 0.5).all())
    (1.0, 5, True)
    """
    x = np.asarray(answers, dtype=float)
    n, k = x.shape
    way = np.zeros(k, dtype=bool) if turned is None else np.asarray(turned, dtype=bool)
    best, at = np.zeros(n), np.zeros(n, dtype=np.intp)
    alike = {side: _own_chance(x[:, way == side]) for side in (False, True)}
    seen = ~np.isnan(x)
    pairs = seen[:, 1:] & seen[:, :-1]
    moving = 2 * (pairs & (x[:, 1:] == x[:, :-1])).sum(axis=1) <= pairs.sum(axis=1)
    for step in range(2, k // 3 + 1):
        same_way = way[step:] == way[:-step]
        both = seen[:, step:] & seen[:, :-step] & same_way
        m = both.sum(axis=1)
        by_chance = sum((both & (way[step:] == side)).sum(axis=1) * alike[side] for side in alike)
        agreed = (both & (x[:, step:] == x[:, :-step])).sum(axis=1)
        room = m - by_chance
        with np.errstate(invalid="ignore", divide="ignore"):
            kappa = np.where((m >= least) & (room > 0.35 * m), (agreed - by_chance) / room, 0.0)
        if np.median(kappa) > 0.25:
            continue
        better = (kappa > best) & moving
        best, at = np.where(better, kappa, best), np.where(better, step, at)
    return best, at


def _own_chance(x: Array) -> Array:
    """The chance that two of a person's answers are equal: the sum of squared shares; 0 without answers."""
    n = np.maximum((~np.isnan(x)).sum(axis=1), 1)
    values = np.unique(x[~np.isnan(x)])
    found: Array = (
        np.sum([((x == v).sum(axis=1) / n) ** 2 for v in values], axis=0) if len(values) else np.zeros(len(x))
    )
    return found


def intra_individual_sd(answers: ArrayLike, least: int = 5) -> Array:
    """Each person's standard deviation (divisor k - 1) over the items answered; NaN below ``least`` answers."""
    x = np.asarray(answers, dtype=float)
    n = (~np.isnan(x)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        mean = np.nansum(x, axis=1) / n
        spread = np.sqrt(np.nansum((x - mean[:, None]) ** 2, axis=1) / (n - 1))
    return np.where(n >= least, spread, np.nan)


def inter_item_sd(answers: ArrayLike, scales: Sequence[Sequence[int]], least: int = 5) -> Array:
    """How far a person's answers within a scale lie apart: the mean over scales of their standard deviations (k - 1).

    ``answers`` are keyed. Random answers scatter within scales, considered ones agree (Marjanovic et al. 2015, Personality and
    Individual Differences 84). NaN where fewer than ``least`` answers stand in scales of which two items or more are answered.

    >>> inter_item_sd([[4, 5, 4, 2, 2, 1], [1, 7, 4, 7, 2, 1]], [[0, 1, 2], [3, 4, 5]]).round(2).tolist()
    [0.58, 3.11]
    """
    x = np.asarray(answers, dtype=float)
    used = [list(s) for s in scales if len(s) > 1]
    if not used:
        return np.full(len(x), np.nan)
    n = np.column_stack([(~np.isnan(x[:, s])).sum(axis=1) for s in used])
    spread = np.column_stack([intra_individual_sd(x[:, s], least=2) for s in used])
    return np.where(np.where(n > 1, n, 0).sum(axis=1) >= least, _means(spread), np.nan)


def even_odd(answers: ArrayLike, scales: Sequence[Sequence[int]], least: int = 5) -> Array:
    """Even-odd consistency: each scale's odd and even items averaged, correlated over scales within a person.

    ``answers`` are keyed (reverse items turned), ``scales`` the columns of each scale. The correlation is stepped up
    by Spearman-Brown and cut at -1. NaN below ``least`` scales with both halves answered, or without variance.
    """
    r = within_person(*halves(answers, scales), least)
    with np.errstate(divide="ignore", invalid="ignore"):
        return np.maximum(np.where(r <= -1, -1.0, 2 * r / (1 + r)), -1.0)


def halves(answers: ArrayLike, scales: Sequence[Sequence[int]]) -> tuple[Array, Array]:
    """The means of the first, third, … and of the second, fourth, … item of each scale, two arrays (n, scales)."""
    x = np.asarray(answers, dtype=float)
    used = [list(s) for s in scales if len(s) > 1]
    if not used:
        return np.full((len(x), 1), np.nan), np.full((len(x), 1), np.nan)
    odd, even = (np.column_stack([_means(x[:, s[first::2]]) for s in used]) for first in (0, 1))
    return odd, even


def psychometric_pairs(answers: ArrayLike, cut: float = 0.60) -> tuple[tuple[int, int], ...]:
    """Pairs of items that correlate at ``cut`` or more (a negative cut: at most), pairwise complete."""
    r = _pairwise(np.asarray(answers, dtype=float))
    wanted = r >= cut if cut > 0 else r <= cut
    return tuple((int(i), int(j)) for i, j in zip(*np.nonzero(np.triu(wanted, 1)), strict=True))


def within_person(first: ArrayLike, second: ArrayLike, least: int = 5) -> Array:
    """Each row's correlation of ``first`` and ``second``; NaN below ``least`` pairs or without variance.

    >>> within_person([[1, 2, 3]], [[2, 4, 6]], least=3).tolist()
    [1.0]
    """
    a, b = np.asarray(first, dtype=float), np.asarray(second, dtype=float)
    both = ~(np.isnan(a) | np.isnan(b))
    n = both.sum(axis=1)
    a, b = np.where(both, a, 0.0), np.where(both, b, 0.0)
    with np.errstate(invalid="ignore", divide="ignore"):
        da = np.where(both, a - (a.sum(axis=1) / n)[:, None], 0.0)
        db = np.where(both, b - (b.sum(axis=1) / n)[:, None], 0.0)
        spread = np.sqrt((da**2).sum(axis=1) * (db**2).sum(axis=1))
        r = (da * db).sum(axis=1) / spread
    size = np.abs(a).max(initial=1.0) * np.abs(b).max(initial=1.0)
    return np.where((n >= least) & (spread > 1e-12 * size), np.clip(r, -1, 1), np.nan)


def mahalanobis(answers: ArrayLike) -> tuple[Array, Array]:
    """Squared distances from the mean and their chi-square p-values.

    Mean and covariance are those of complete rows; a row with gaps is judged by the items it answered (their number is the
    degrees of freedom), NaN below half of them. All NaN where items are linearly dependent or rows are fewer than three for an
    item.
    """
    from scipy.special import chdtrc

    x = np.asarray(answers, dtype=float)
    complete = ~np.isnan(x).any(axis=1)
    distance = np.full(len(x), np.nan)
    k = x.shape[1]
    used = x[complete]
    if len(used) >= 3 * k and k > 1:
        centred = used - used.mean(axis=0)
        cov = centred.T @ centred / (len(used) - 1)
        sd = np.sqrt(np.diagonal(cov))
        if (sd > 0).all() and np.linalg.cond(cov / np.outer(sd, sd)) < 1e10:
            distance[complete] = (centred * np.linalg.solve(cov, centred.T).T).sum(axis=1)
            _of_the_rest(x, used.mean(axis=0), cov, distance)
    known = (~np.isnan(x)).sum(axis=1)
    return distance, np.asarray(chdtrc(np.maximum(known, 1), distance), dtype=float)


def _of_the_rest(x: Array, mean: Array, cov: Array, distance: Array) -> None:
    """Fill in the distances of rows with gaps, pattern by pattern."""
    seen = ~np.isnan(x)
    some = np.isnan(distance) & (2 * seen.sum(axis=1) >= x.shape[1])
    for shape in np.unique(seen[some], axis=0):
        rows = np.flatnonzero(some & (seen == shape).all(axis=1))
        gap = x[np.ix_(rows, np.flatnonzero(shape))] - mean[shape]
        distance[rows] = (gap * np.linalg.solve(cov[np.ix_(shape, shape)], gap.T).T).sum(axis=1)


def duplicates(answers: ArrayLike, chance: float = 0.01) -> Mask:
    """Rows that equal another row, gaps included, where chance would hardly ever make two alike.

    Rows of fewer than half of the answers are not looked at. The expected number of equal pairs, were items independent, is
    n(n - 1)/2 times the product over items of the sum of squared shares; above ``chance`` (few items, few points) equal rows
    mean nothing and none is marked. Items are not independent: among people who think alike, those who differ in one answer
    outnumber those who differ in none. So a row is marked only where more rows equal it than differ from it in one
    answer, which is how copies stand out, and only where a fifth of its answers (two at least) differ from its most
    frequent one: rows of one answer nearly throughout are straight-lining.
    """
    x, enough, varied = _comparable(answers)
    marked = np.zeros(len(x), dtype=bool)
    if enough.sum() < 2 or _expected_pairs(x[enough], 0) > chance:
        return marked
    _, inverse, counts = np.unique(x[varied], axis=0, return_inverse=True, return_counts=True)
    twins = np.zeros(len(x), dtype=np.intp)
    twins[varied] = counts[np.ravel(inverse)] - 1
    if twins.any():
        marked[enough] = twins[enough] > _one_apart(x[enough], np.flatnonzero(twins[enough]))
    return marked


def near_duplicates(answers: ArrayLike, share: float = 0.20, chance: float = 0.01) -> Mask:
    """Rows that differ from another in a few items only (up to ``share`` of them), as a copy does that somebody touched up.

    As in :func:`duplicates`, only rows with varied answers are looked at, only where independent items would hardly ever bring
    such a pair about, and a row is marked only where it stands out: within d items there are more rows than in the
    next band of d + 1 to 2d + 1 items, while people who merely think alike become more, not fewer, as one looks further.
    Cost grows with the square of the rows.
    """
    x, enough, varied = _comparable(answers)
    marked = np.zeros(len(x), dtype=bool)
    most = int(share * x.shape[1])
    if enough.sum() < 2 or not varied.any():
        return marked
    steps = [d for d in range(1, most + 1) if _expected_pairs(x[enough], d) <= chance]
    if not steps:
        return marked
    codes = [np.unique(column, return_inverse=True)[1] for column in x.T]
    ticks = np.concatenate([np.eye(int(c.max()) + 1, dtype=np.float32)[np.ravel(c)] for c in codes], axis=1)
    others, rows = ticks[enough], np.flatnonzero(varied)
    for part in np.array_split(rows, max(1, len(rows) * len(others) // 4_000_000)):
        apart = x.shape[1] - np.rint(ticks[part] @ others.T).astype(np.intp)
        within = [(apart <= d).sum(axis=1) - 1 for d in range(2 * steps[-1] + 2)]  # less the row itself
        for d in steps:
            near, further = within[d], within[2 * d + 1] - within[d]
            marked[part] |= (near > 0) & (near > further)
    return marked


def _comparable(answers: ArrayLike) -> tuple[Array, Mask, Mask]:
    """Answers with gaps as one more answer, rows with half of the answers, and those of them that are varied enough."""
    x = np.asarray(answers, dtype=float)
    seen = ~np.isnan(x)
    enough = 2 * seen.sum(axis=1) >= x.shape[1]
    frequent = longstring(np.sort(x, axis=1))
    varied = enough & (seen.sum(axis=1) - frequent >= max(2.0, x.shape[1] / 5))
    return np.where(seen, x, np.inf), enough, varied


def _expected_pairs(x: Array, apart: int) -> float:
    """How many pairs of rows would differ in at most ``apart`` columns, were columns independent."""
    spread = np.ones(1)  # chances of 0, 1, … differences
    for column in x.T:
        _, counts = np.unique(column, return_counts=True)
        alike = float(((counts / len(x)) ** 2).sum())
        spread = np.convolve(spread, [alike, 1 - alike])
    return len(x) * (len(x) - 1) / 2 * float(spread[: apart + 1].sum())


def _one_apart(x: Array, wanted: NDArray[np.intp]) -> NDArray[np.intp]:
    """How many rows differ from each row in one column; counted for the rows ``wanted``, 0 for others.

    Each value of a column is a random number of 64 bits, a row their sum: rows that agree but for column j have the same sum
    without it.
    """
    stream = np.random.default_rng(0)
    places = [np.unique(column, return_inverse=True) for column in x.T]
    marks = [stream.integers(0, 2**64, len(v), dtype=np.uint64)[np.ravel(i)] for v, i in places]
    whole: NDArray[np.uint64] = np.sum(marks, axis=0, dtype=np.uint64)
    near = np.zeros(len(x), dtype=np.intp)
    for mark in marks:
        rest = np.subtract(whole, mark)
        kept = np.isin(rest, rest[wanted])
        _, place, counts = np.unique(rest[kept], return_inverse=True, return_counts=True)
        same = np.zeros(len(x), dtype=np.intp)
        same[kept] = counts[place]
        near[wanted] += same[wanted] - _times(whole, wanted)
    return near


def _times(values: NDArray[np.uint64], wanted: NDArray[np.intp]) -> NDArray[np.intp]:
    """How often the value at each wanted place occurs."""
    found, counts = np.unique(values, return_counts=True)
    times: NDArray[np.intp] = counts[np.searchsorted(found, values[wanted])]
    return times


def robust_z(values: ArrayLike) -> Array:
    """Deviations from the median in units of 1.4826 times the median absolute deviation (Leys et al. 2013).

    NaN throughout where more than half of the values are equal.
    """
    x = np.asarray(values, dtype=float)
    if np.isnan(x).all():
        return np.full(x.shape, np.nan)
    middle = np.nanmedian(x)
    mad = float(np.nanmedian(np.abs(x - middle))) * _MAD
    return np.asarray((x - middle) / mad if mad > 0 else np.full(x.shape, np.nan), dtype=float)


def slow_and_fast(duration: ArrayLike, cut: float = 2.5, least: int = 10) -> tuple[Mask, Mask]:
    """Who took implausibly little time, and who implausibly much.

    Durations are judged on the log scale by :func:`robust_z` beyond ``cut``; fast ones must besides be under half of
    the median, so that even speed in a uniform sample is no fault. Nobody is judged where fewer than ``least``
    durations are known. A duration of zero or less is fast.
    """
    t = np.asarray(duration, dtype=float)
    none = np.zeros(len(t), dtype=bool)
    known = t > 0
    if known.sum() < least:
        return none, none
    middle = float(np.median(t[known]))
    z = robust_z(np.where(known, np.log(np.where(known, t, 1.0)), np.nan))
    half = known & (t < middle / 2)
    # more than half of the durations equal: the rule of a third of the median (Greszki, Meyer & Schoen 2015)
    fast = half & (z < -cut) if not np.isnan(z).all() else known & (t < middle / 3)
    return fast | (t <= 0), known & (z > cut)


@dataclass(frozen=True, slots=True)
class Mcar:
    """Little's test that answers are missing completely at random: chi-square, degrees of freedom, p."""

    statistic: float
    df: int
    p: float
    patterns: int
    n: int


def little_mcar(answers: ArrayLike, tolerance: float = 1e-10, most: int = 5000) -> Mcar:
    """Little's (1988, JASA 83) test from maximum-likelihood means and covariance (EM; Dempster et al. 1977).

    d2 = sum over patterns of n_j (mean_j - mu)' S_jj^-1 (mean_j - mu), with the covariance times n/(n - 1).
    Rows without any answer are left out. Raises where nothing is missing or items are linearly dependent.
    """
    from scipy.special import chdtrc

    x = np.asarray(answers, dtype=float)
    x = x[~np.isnan(x).all(axis=1)]
    seen = ~np.isnan(x)
    if seen.all() or len(x) < x.shape[1] + 2:
        raise SurveykitError(
            "Little's test has nothing to test", expected="some answers missing, and more rows than items",
            got=f"{int((~seen).sum())} missing in {len(x)} rows of {x.shape[1]} items", code="NOTHING_MISSING",
        )  # fmt: skip
    shift, scale = np.nanmean(x, axis=0), np.nanstd(x, axis=0)
    if not (scale > 0).all():
        raise SurveykitError("an item has the same answer throughout", code="CONSTANT_COLUMN")
    z = (x - shift) / scale
    shapes, place = np.unique(seen, axis=0, return_inverse=True)
    groups = [(shape, z[np.ravel(place) == i]) for i, shape in enumerate(shapes)]
    mean, cov = _em(groups, len(x), tolerance, most)
    cov = cov * (len(x) / (len(x) - 1))
    statistic, df = 0.0, -x.shape[1]
    for shape, rows in groups:
        gap = rows[:, shape].mean(axis=0) - mean[shape]
        statistic += len(rows) * float(gap @ np.linalg.solve(cov[np.ix_(shape, shape)], gap))
        df += int(shape.sum())
    return Mcar(statistic, df, float(chdtrc(df, statistic)) if df > 0 else math.nan, len(groups), len(x))


def _em(groups: Sequence[tuple[Mask, Array]], n: int, tolerance: float, most: int) -> tuple[Array, Array]:
    k = len(groups[0][0])
    mean, cov = np.zeros(k), np.eye(k)
    for _ in range(most):
        first, second = np.zeros(k), np.zeros((k, k))
        for seen, rows in groups:
            gaps = ~seen
            slopes = np.linalg.solve(cov[np.ix_(seen, seen)], cov[np.ix_(seen, gaps)])
            filled = np.where(seen, rows, 0.0)
            filled[:, gaps] = mean[gaps] + (rows[:, seen] - mean[seen]) @ slopes
            first += filled.sum(axis=0)
            second += filled.T @ filled
            second[np.ix_(gaps, gaps)] += len(rows) * (
                cov[np.ix_(gaps, gaps)] - cov[np.ix_(gaps, seen)] @ slopes
            )
        new = first / n
        new_cov = second / n - np.outer(new, new)
        moved = max(np.abs(new - mean).max(), np.abs(new_cov - cov).max())
        mean, cov = new, new_cov
        if np.linalg.cond(cov) > 1e12:
            raise SurveykitError("the items are linearly dependent", code="COLLINEAR")
        if moved < tolerance:
            return mean, cov
    raise SurveykitError("means and covariance with missing answers did not converge", code="NOT_CONVERGED")


def _means(x: Array) -> Array:
    n = (~np.isnan(x)).sum(axis=1)
    with np.errstate(invalid="ignore", divide="ignore"):
        return np.where(n > 0, np.nansum(x, axis=1) / n, np.nan)


def _pairwise(x: Array) -> Array:
    """Correlations of columns over the rows in which both are known; NaN where one does not vary."""
    k = x.shape[1]
    r = np.full((k, k), np.nan)
    for i in range(k):
        for j in range(i + 1, k):
            r[i, j] = r[j, i] = within_person(x[:, i][None], x[:, j][None], least=10)[0]
    return r
