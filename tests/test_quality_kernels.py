"""Indicators of careless answering: loops over rows, R's EM and distances, and what must hold anywhere."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit import quality as ql
from surveykit.errors import SurveykitError

RNG = np.random.Generator(np.random.Philox(key=21))
NAN = float("nan")


def answers(n=60, k=12):
    x = RNG.integers(1, 6, (n, k)).astype(float)
    x[RNG.random((n, k)) < 0.08] = NAN
    return x


def test_longstring_and_spread_by_loops():
    x = answers()
    for row, run, sd in zip(x, ql.longstring(x), ql.intra_individual_sd(x), strict=True):
        best = now = 0
        last = NAN
        for value in row:
            now = 0 if math.isnan(value) else now + 1 if value == last else 1
            best, last = max(best, now), value
        assert run == best
        seen = row[~np.isnan(row)]
        assert sd == pytest.approx(np.std(seen, ddof=1), rel=1e-12)
    assert np.isnan(ql.intra_individual_sd([[1, 2, NAN, NAN, NAN, NAN]])[0])


def test_even_odd_by_loops():
    x = answers()
    scales = [[0, 1], [2, 3, 4], [5, 6], [7, 8, 9], [10, 11]]
    for row, found in zip(x, ql.even_odd(x, scales), strict=True):
        odd = [np.nanmean(row[s[0::2]]) if not np.isnan(row[s[0::2]]).all() else NAN for s in scales]
        even = [np.nanmean(row[s[1::2]]) if not np.isnan(row[s[1::2]]).all() else NAN for s in scales]
        both = [(a, b) for a, b in zip(odd, even, strict=True) if not math.isnan(a + b)]
        if len(both) < 5 or np.ptp([a for a, _ in both]) == 0 or np.ptp([b for _, b in both]) == 0:
            assert math.isnan(found)
            continue
        r = np.corrcoef(np.array(both).T)[0, 1]
        assert found == pytest.approx(max(2 * r / (1 + r), -1), abs=1e-9)


def test_synonyms_are_the_pairs_that_correlate():
    latent = RNG.normal(size=(200, 1))
    x = np.hstack([latent + 0.4 * RNG.normal(size=(200, 3)), RNG.normal(size=(200, 2))])
    assert ql.psychometric_pairs(x) == ((0, 1), (0, 2), (1, 2))
    x[:, 2] *= -1
    assert ql.psychometric_pairs(x, -0.6) == ((0, 2), (1, 2))


def test_distances_are_those_of_r(shared_data):
    """mahalanobis(na.omit(x), colMeans, cov) of the 25 items of bfi, R 4.2."""
    frame = pd.read_csv(shared_data("bfi.csv"))
    items = [c for c in frame if len(c) == 2 and c[0] in "ACENO" and c[1].isdigit()]
    distance, p = ql.mahalanobis(frame[items])
    complete = frame[items].notna().all(axis=1).to_numpy()
    assert not np.isnan(distance[complete]).any()
    known, p = distance[complete], p[complete]
    assert known[:3] == pytest.approx([13.46819228, 25.67656677, 13.49013466], rel=1e-8)
    assert ((p < 0.001) == (known > 52.61965577)).all()  # qchisq(.999, 25)


def test_distances_of_dependent_items_are_not_given():
    x = RNG.normal(size=(50, 2))
    assert np.isnan(ql.mahalanobis(np.column_stack([x, x.sum(axis=1)]))[0]).all()
    assert np.isnan(ql.mahalanobis(x[:5])[0]).all()


def test_littles_test_is_that_of_means_by_em(shared_data):
    """lavaan's saturated means and covariance (EM to 1e-14), the formula on them in R 4.2."""
    frame = pd.read_csv(shared_data("HS1939_missing15.csv"))
    found = ql.little_mcar(frame[[f"x{i}" for i in range(1, 10)]])
    assert found.statistic == pytest.approx(522.645563266631, rel=1e-8)
    assert (found.df, found.patterns, found.n) == (504, 78, 301)
    assert found.p == pytest.approx(0.273877933659, rel=1e-6)


def test_littles_test_finds_what_is_not_at_random_and_keeps_its_level():
    rejected = {"random": 0, "by value": 0}
    for _ in range(200):
        x = RNG.multivariate_normal([0, 0, 0], [[1, 0.5, 0.3], [0.5, 1, 0.4], [0.3, 0.4, 1]], 150)
        at_random, by_value = x.copy(), x.copy()
        at_random[RNG.random(150) < 0.2, 1] = NAN
        by_value[(x[:, 0] > 0.5) & (RNG.random(150) < 0.8), 1] = NAN
        rejected["random"] += ql.little_mcar(at_random).p < 0.05
        rejected["by value"] += ql.little_mcar(by_value).p < 0.05
    assert 0.01 < rejected["random"] / 200 < 0.10
    assert rejected["by value"] / 200 > 0.95


@pytest.mark.parametrize(
    ("x", "code"),
    [
        (np.ones((20, 3)), "NOTHING_MISSING"),
        (np.column_stack([np.arange(20.0), np.r_[NAN, np.ones(19)]]), "CONSTANT_COLUMN"),
        (np.column_stack([np.arange(20.0), np.r_[NAN, np.arange(1.0, 20)]]), "COLLINEAR"),
    ],
)
def test_where_littles_test_says_nothing(x, code):
    with pytest.raises(SurveykitError) as raised:
        ql.little_mcar(x)
    assert raised.value.code == code


def test_duplicates_are_marked_where_chance_makes_none():
    x = RNG.integers(1, 8, (40, 12)).astype(float)
    x[7] = x[3]
    x[9] = 4.0
    x[11] = 4.0  # two straight-liners are no duplicates
    assert np.flatnonzero(ql.duplicates(x)).tolist() == [3, 7]
    few = RNG.integers(1, 3, (200, 5)).astype(float)  # 32 possible rows
    assert not ql.duplicates(few).any()


def test_people_who_think_alike_are_no_duplicates_and_copies_among_them_are():
    stream = np.random.default_rng(3)
    level = stream.normal(size=(1000, 1))
    honest = np.clip(np.rint(4.2 + 0.9 * level + 0.31 * stream.normal(size=(1000, 24))), 1, 5)
    assert len(np.unique(honest, axis=0)) < 900  # equal rows are everyday here
    assert not ql.duplicates(honest).any()
    copied = honest.copy()
    source, copy = np.argsort(honest.std(axis=1))[-2:]
    copied[copy] = copied[source]
    assert np.flatnonzero(ql.duplicates(copied)).tolist() == sorted([source, copy])


def test_copies_with_gaps_are_duplicates():
    x = answers(80, 14)
    x[5, [2, 3]] = NAN
    x[6] = x[5]
    assert np.flatnonzero(ql.duplicates(x)).tolist() == [5, 6]
    x[[5, 6], :8] = NAN  # too little is left of them
    assert not ql.duplicates(x).any()


def test_rows_with_gaps_have_the_distance_of_what_they_answered():
    x = RNG.normal(size=(120, 4)) @ RNG.normal(size=(4, 4))
    x[0, 1], x[1, [0, 1]], x[2, [0, 1, 3]] = NAN, NAN, NAN
    distance, p = ql.mahalanobis(x)
    whole = x[3:]
    mean, cov = whole.mean(axis=0), np.cov(whole.T)
    for row, seen in ((0, [0, 2, 3]), (1, [2, 3])):
        gap = x[row, seen] - mean[seen]
        by_hand = gap @ np.linalg.inv(cov[np.ix_(seen, seen)]) @ gap
        assert distance[row] == pytest.approx(by_hand, rel=1e-9)
        assert p[row] == pytest.approx(stats.chi2.sf(by_hand, len(seen)), rel=1e-9)
    assert np.isnan(distance[2])


def test_speed_is_judged_by_the_crowd_and_never_for_a_handful():
    t = np.r_[RNG.lognormal(6, 0.3, 200), 30.0, 40.0, 0.0, 90_000.0]
    fast, slow = ql.slow_and_fast(t)
    assert fast[-4:].tolist() == [True, True, True, False]
    assert slow[-1]
    assert fast[:200].sum() <= 3
    assert not ql.slow_and_fast([300, 310, 5])[0].any()
    even = np.r_[
        np.full(40, 300.0), 250.0, 95.0
    ]  # everybody equally fast: only a third of the median is fast
    assert np.flatnonzero(ql.slow_and_fast(even)[0]).tolist() == [41]
    steady = RNG.normal(300, 3, 100)  # a narrow spread makes nobody a speeder
    assert not ql.slow_and_fast(np.r_[steady, 250.0])[0].any()
