"""What must hold for the interval kernels whatever the numbers, and what they refuse."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from scipy import stats

from surveykit.bases import few_check, suppressed
from surveykit.errors import SurveykitError
from surveykit.intervals import (
    Net,
    adjusted_p,
    fisher_z,
    kish,
    mean_and_sd,
    mean_interval,
    net_shares,
    nps_adjusted_wald,
    nps_difference,
    nps_wald,
    two_shares,
    two_sided_p,
    wilson,
    z_value,
)

shares = st.floats(0, 1)
sizes = st.floats(1, 1e7)
counts = st.lists(st.integers(0, 500), min_size=3, max_size=3).filter(lambda c: sum(c) > 0)


@given(shares, sizes, st.floats(0.6, 0.999))
def test_wilson_lies_in_the_unit_interval_around_the_share(p, n, confidence):
    found = wilson(p, n, confidence)
    assert 0 <= found.low <= p + 1e-12
    assert p - 1e-12 <= found.high <= 1
    assert wilson(1 - p, n, confidence).low == pytest.approx(1 - found.high, abs=1e-9)


@given(counts)
def test_nps_mirrors_when_promoters_and_detractors_change_places(c):
    n = sum(c)
    net, mirror = (Net(*(v / n for v in order)) for order in (c, c[::-1]))
    for interval in (nps_wald, nps_adjusted_wald):
        one, other = interval(net, n), interval(mirror, n)
        assert -100 <= one.low <= one.high <= 100
        assert [one.estimate, one.low, one.high] == pytest.approx(
            [-other.estimate, -other.high, -other.low], abs=1e-9
        )


@given(counts, counts)
def test_the_difference_changes_its_sign_with_the_order(a, b):
    nets = [Net(*(v / sum(c) for v in c)) for c in (a, b)]
    one = nps_difference(nets[0], sum(a), nets[1], sum(b), added=1.5)
    two = nps_difference(nets[1], sum(b), nets[0], sum(a), added=1.5)
    assert one.estimate == pytest.approx(-two.estimate, abs=1e-9)
    assert one.p == pytest.approx(two.p, nan_ok=True)


@given(st.lists(st.one_of(st.floats(0, 1), st.just(math.nan)), min_size=1, max_size=12))
def test_adjusted_p_is_never_smaller_and_keeps_the_order(p):
    for method in ("holm", "bh", "bonferroni", "none"):
        found = adjusted_p(p, method)
        valid = ~np.isnan(p)
        assert (np.isnan(found) == ~valid).all()
        assert (found[valid] >= np.array(p)[valid] - 1e-15).all()
        assert (found[valid] <= 1).all()
        order = np.argsort(np.array(p)[valid], kind="stable")
        assert (np.diff(found[valid][order]) >= -1e-15).all()


@given(
    st.lists(st.tuples(st.integers(-5, 15), st.integers(1, 9)), min_size=2, max_size=8), st.floats(0.01, 1e4)
)
def test_mean_and_sd_do_not_depend_on_the_size_of_weights(pairs, factor):
    x, w = (np.array(v, dtype=float) for v in zip(*pairs, strict=True))
    assert mean_and_sd(x, w, 20) == pytest.approx(mean_and_sd(x, w * factor, 20), rel=1e-9, abs=1e-9)


def test_zero_of_ten_has_an_upper_bound():
    found = wilson(0.0, 10)
    assert (found.low, round(found.high, 4)) == (0.0, 0.2775)


@pytest.mark.parametrize(("share", "n"), [(-0.1, 10), (1.2, 10), (0.5, -1), (0.5, math.nan), (0.5, math.inf)])
def test_impossible_shares_and_counts_are_errors(share, n):
    with pytest.raises(SurveykitError):
        wilson(share, n)


@pytest.mark.parametrize("confidence", [0.0, 1.0, 95.0, -0.1])
def test_impossible_confidence_is_an_error(confidence):
    with pytest.raises(SurveykitError, match="confidence"):
        z_value(confidence)


def test_no_answers_give_nan_not_numbers():
    assert math.isnan(wilson(math.nan, 0).low)
    assert math.isnan(nps_adjusted_wald(net_shares([], []), 0).estimate)
    assert math.isnan(mean_interval(3.0, math.nan, 1).low)
    assert math.isnan(two_shares(0.5, 0, 0.5, 10).p)
    assert math.isnan(nps_difference(Net(1, 0, 0), 5, Net(1, 0, 0), 0).p)
    assert kish(0.0, 0.0) == 0.0


def test_fisher_at_the_ends_and_without_room():
    assert fisher_z(1.0, 0.1) == (1.0, 1.0)
    assert all(math.isnan(v) for v in fisher_z(0.5, math.inf))
    assert all(math.isnan(v) for v in fisher_z(math.nan, 0.1))


def test_tail_probabilities_keep_their_digits():
    assert two_sided_p(12.0) == pytest.approx(2 * stats.norm.sf(12), rel=1e-12)


@given(st.dictionaries(st.sampled_from("abcdefgh"), st.integers(0, 60), min_size=1), st.integers(5, 20))
def test_no_hidden_group_follows_from_the_total(bases, k):
    hidden = suppressed(bases, k)
    assert {g for g, n in bases.items() if 0 < n < k} <= hidden
    shown = {g for g, n in bases.items() if n > 0} - hidden
    if hidden and shown:
        assert len(hidden) > 1
        assert sum(bases[g] for g in hidden) >= k


def test_few_answers_are_named_in_both_languages():
    check = few_check({"north": 12.4, "south": 80.0})
    assert check is not None
    assert "north" in check.text("en")
    assert "12" in check.text("zh")
    assert few_check({"south": 80.0, "none": 0.0}) is None
