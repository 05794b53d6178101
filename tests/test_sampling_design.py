"""Designs by first principles: unbiased over all samples, additive in domains, clear about what cannot be."""

from __future__ import annotations

import itertools

import numpy as np
import pytest

from surveykit import sampling as sp
from surveykit.errors import SurveykitError

RNG = np.random.Generator(np.random.Philox(key=5))
Y = RNG.normal(10, 3, 12)


def se2(s, y):
    return sp.total(s, y).cov[0, 0]


def test_simple_samples_from_a_finite_population_are_unbiased():
    population = Y[:7]
    samples = [np.array(c) for c in itertools.combinations(range(7), 3)]
    designs = [sp.Sampling.of(3, fpc=[np.full(3, 7.0)]) for _ in samples]
    totals = [sp.total(s, population[c]).estimate[0] for s, c in zip(designs, samples, strict=True)]
    told = [se2(s, population[c]) for s, c in zip(designs, samples, strict=True)]
    assert np.mean(totals) == pytest.approx(population.sum(), rel=1e-12)
    assert np.mean(told) == pytest.approx(np.var(totals), rel=1e-12)


def test_two_stages_are_unbiased_over_every_sample():
    """Four clusters of three; two are drawn, and two of three within each: 6 x 9 samples."""
    clusters = Y.reshape(4, 3)
    totals, told = [], []
    for drawn in itertools.combinations(range(4), 2):
        for within in itertools.product(itertools.combinations(range(3), 2), repeat=2):
            y = np.concatenate([clusters[c][list(w)] for c, w in zip(drawn, within, strict=True)])
            s = sp.Sampling.of(
                4, clusters=[np.repeat(drawn, 2), np.arange(4)], fpc=[np.full(4, 4.0), np.full(4, 3.0)]
            )
            assert s.weights == pytest.approx(np.full(4, 3.0))
            totals.append(sp.total(s, y).estimate[0])
            told.append(se2(s, y))
    assert np.mean(totals) == pytest.approx(Y.sum(), rel=1e-12)
    assert np.mean(told) == pytest.approx(np.var(totals), rel=1e-12)


def test_weights_may_be_of_any_size_and_repeated_rows_are_a_cluster():
    w = RNG.uniform(0.5, 2, 12)
    for factor in (1.0, 1000.0):
        found = sp.mean(sp.Sampling.of(12, weights=w * factor), Y)
        assert found.se[0] == pytest.approx(sp.mean(sp.Sampling.of(12, weights=w), Y).se[0], rel=1e-12)
    twice = sp.Sampling.of(24, weights=np.tile(w, 2), clusters=[np.tile(np.arange(12), 2)])
    plain = sp.mean(sp.Sampling.of(12, weights=w), Y)
    doubled = sp.mean(twice, np.tile(Y, 2))
    assert doubled.se == pytest.approx(plain.se, rel=1e-12)
    assert doubled.df == plain.df == 11


def test_a_simple_sample_has_the_textbook_error():
    found = sp.mean(sp.Sampling.of(12), Y)
    assert found.se[0] == pytest.approx(Y.std(ddof=1) / np.sqrt(12), rel=1e-12)
    assert sp.design_effect(sp.Sampling.of(12), Y) == pytest.approx(1.0, rel=1e-12)


def test_a_domain_mean_is_a_ratio():
    s = sp.Sampling.of(12, strata=[0] * 6 + [1] * 6, weights=RNG.uniform(1, 3, 12))
    inside = np.arange(12) % 3 == 0
    domain = sp.mean(s, Y, inside)
    ratio = sp.ratio(s, Y * inside, inside.astype(float))
    missing = sp.mean(s, np.where(inside, Y, np.nan))
    assert domain.estimate == pytest.approx(ratio.estimate, rel=1e-12)
    assert domain.se == pytest.approx(ratio.se, rel=1e-12)
    assert missing.se == pytest.approx(domain.se, rel=1e-12)


def test_differences_add_up_by_their_linearised_values():
    s = sp.Sampling.of(12, clusters=[np.repeat(range(4), 3)])
    first = np.arange(12) % 2 == 0
    (a, za), (b, zb) = s.spread_of_mean(Y, first), s.spread_of_mean(Y, ~first)
    both = np.column_stack([first, ~first]).astype(float)
    slopes = sp.regression(s, Y, np.column_stack([both[:, 0], np.ones(12)]))
    assert a - b == pytest.approx(slopes.estimate[0], rel=1e-10)
    assert s.variance(za - zb) ** 0.5 == pytest.approx(slopes.se[0], rel=1e-10)


def test_the_jackknife_of_a_total_is_its_linearisation():
    s = sp.Sampling.of(12, strata=[0] * 6 + [1] * 6, clusters=[np.repeat(range(6), 2)])
    values = sp.jackknife(s).estimates(lambda w: w @ Y)
    # leaving a cluster out changes a total within its stratum only: the mean over all replicates is the total
    assert sp.jackknife(s).variance(values) == pytest.approx(se2(s, Y), rel=1e-10)


def test_delivered_replicate_weights():
    """Two clusters in each of two strata: the four half samples of balanced repeated replication."""
    strata, clusters = np.repeat([0, 1], 6), np.repeat(range(4), 3)
    signs = np.array([[1, 1], [1, -1], [-1, 1], [-1, -1]])
    kept = np.where((clusters % 2 == 0)[:, None], signs[:, strata].T == 1, signs[:, strata].T == -1)
    balanced = sp.Replicates.of(np.ones(12), kept * 2.0, kind="brr")
    totals = balanced.estimates(lambda w: w @ Y)
    s = sp.Sampling.of(12, strata=strata, clusters=[clusters])
    assert balanced.variance(totals) == pytest.approx(se2(s, Y), rel=1e-10)
    assert balanced.df() == 2
    with pytest.raises(SurveykitError, match="kind of replicate weights"):
        sp.Replicates.of(np.ones(12), kept * 2.0, kind="bbr")
    with pytest.raises(SurveykitError, match="numbers of zero or more"):
        sp.Replicates.of(np.ones(12), kept * -2.0)


@pytest.mark.parametrize(
    ("options", "code", "words"),
    [
        ({"strata": ["a"] * 11 + ["b"]}, "LONELY_STRATUM", "'b'"),
        ({"strata": ["a"] * 11 + [None]}, "DESIGN", "row 12"),
        ({"strata": ["a"] * 6 + ["b"] * 6, "clusters": [[1, 2, 3] * 4]}, "CLUSTER_IN_TWO_STRATA", "nest"),
        ({"fpc": [[5.0] * 12]}, "FPC", "smaller than the sample"),
        ({"fpc": [[50.0] * 11 + [60.0]]}, "FPC", "differs within a stratum"),
        ({"fpc": [[0.0] * 12]}, "FPC", "positive"),
        ({"fpc": [[50.0] * 12, [50.0] * 12]}, "FPC", "more population sizes"),
        ({"weights": [1.0] * 11 + [0.0]}, "WEIGHT_VALUE", "positive"),
        ({"lonely": "ignore"}, "LONELY", "certainty"),
    ],
)
def test_impossible_designs(options, code, words):
    with pytest.raises(SurveykitError) as raised:
        sp.Sampling.of(12, **options)
    assert raised.value.code == code
    assert words in str(raised.value)


def test_numbered_anew_in_each_stratum():
    s = sp.Sampling.of(12, strata=[0] * 6 + [1] * 6, clusters=[[1, 2, 3] * 4], nest=True)
    assert (s.units(), s.df()) == (6, 4)


def test_a_fraction_is_as_good_as_a_size():
    sizes = sp.Sampling.of(12, strata=[0] * 6 + [1] * 6, fpc=[[24.0] * 6 + [60.0] * 6])
    fractions = sp.Sampling.of(12, strata=[0] * 6 + [1] * 6, fpc=[[0.25] * 6 + [0.1] * 6])
    assert fractions.weights == pytest.approx(sizes.weights)
    assert se2(fractions, Y) == pytest.approx(se2(sizes, Y), rel=1e-12)
    census = sp.Sampling.of(12, fpc=[np.full(12, 12.0)])
    assert se2(census, Y) == 0


class TestWeights:
    SEX, AGE = ["m"] * 5 + ["f"] * 7, ["y", "o", "y"] * 4

    def test_raking_starts_from_the_base_weights(self):
        base = RNG.uniform(0.5, 2, 12)
        targets = [{"m": 30, "f": 30}, {"y": 25, "o": 35}]
        made = sp.rake(base, [self.SEX, self.AGE], targets)
        for label, target in (("m", 30), ("f", 30)):
            assert made.weights[np.array(self.SEX) == label].sum() == pytest.approx(target, rel=1e-12)
        ratio = made.weights / base  # one factor per margin cell: within a crossed cell the ratio is constant
        cells = [s + a for s, a in zip(self.SEX, self.AGE, strict=True)]
        for cell in set(cells):
            assert np.ptp(ratio[np.array(cells) == cell]) < 1e-12
        by_factors = base * [
            made.factors[0][s] * made.factors[1][a] for s, a in zip(self.SEX, self.AGE, strict=True)
        ]
        assert by_factors == pytest.approx(made.weights, rel=1e-12)
        assert made.weights != pytest.approx(sp.rake(np.ones(12), [self.SEX, self.AGE], targets).weights)

    @pytest.mark.parametrize(
        ("targets", "code"),
        [
            ([{"m": 30, "f": 30, "x": 5}, {"y": 30, "o": 35}], "RAKE_EMPTY_CELL"),
            ([{"m": 30}, {"y": 10, "o": 20}], "RAKE_UNKNOWN_CELL"),
            ([{"m": 30, "f": 30}, {"y": 10, "o": 20}], "RAKE_TOTALS"),
            ([{"m": 60, "f": 0}, {"y": 30, "o": 30}], "RAKE_EMPTY_CELL"),
            ([{"m": -1, "f": 61}, {"y": 30, "o": 30}], "RAKE_EMPTY_CELL"),
            ([{"m": 30, "f": 30}], "RAKE"),
        ],
    )
    def test_what_cannot_be_raked(self, targets, code):
        with pytest.raises(SurveykitError) as raised:
            sp.rake(np.ones(12), [self.SEX, self.AGE], targets)
        assert raised.value.code == code

    def test_margins_that_contradict_each_other_do_not_converge(self):
        with pytest.raises(SurveykitError, match="did not converge"):
            sp.rake(
                np.ones(4), [["m", "m", "f", "f"], ["y", "y", "o", "o"]], [{"m": 1, "f": 3}, {"y": 3, "o": 1}]
            )

    def test_calibration_reaches_the_totals_or_says_that_it_cannot(self):
        x = np.column_stack([np.ones(12), Y])
        for distance in ("linear", "raking"):
            made = sp.calibrate(np.ones(12), x, [100.0, 1050.0], distance=distance)
            assert x.T @ made.weights == pytest.approx([100, 1050], rel=1e-9)
        bounded = sp.calibrate(np.full(12, 8.0), x, [100.0, 1050.0], bounds=(0.5, 2))
        assert bounded.weights.min() >= 4
        assert bounded.weights.max() <= 16
        for totals, code in (([100.0, 5000.0], "NOT_CONVERGED"), ([100.0, 1800.0], "WEIGHT_VALUE")):
            with pytest.raises(SurveykitError) as raised:
                sp.calibrate(
                    np.full(12, 8.0), x, totals, bounds=(0.5, 2) if code == "NOT_CONVERGED" else None
                )
            assert raised.value.code == code

    def test_trimming_keeps_the_sum(self):
        w = RNG.lognormal(0, 1, 200)
        made = sp.trim(w, 0.3 * w.mean(), 3 * w.mean())
        assert made.sum() == pytest.approx(w.sum(), rel=1e-12)
        assert made.min() >= 0.3 * w.mean() * (1 - 1e-9)
        assert made.max() <= 3 * w.mean() * (1 + 1e-9)
        with pytest.raises(SurveykitError, match="bounds"):
            sp.trim(w, 10 * w.mean(), 20 * w.mean())
