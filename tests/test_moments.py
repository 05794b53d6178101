"""Moments and Counts: additive, weight 2 = row twice, stacked, exact against numpy."""

from __future__ import annotations

import json

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import SurveykitError
from surveykit.moments import Counts, Moments

NAMES = ["a", "b", "c"]


def rows(n: int, seed: int = 1, offset: float = 0.0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    return rng.normal(size=(n, 3)) @ rng.normal(size=(3, 3)) + offset


@pytest.mark.parametrize("offset", [0.0, 1e8])
def test_rows_give_numpys_covariance_whatever_the_offset(offset: float) -> None:
    x = rows(200, offset=offset)
    m = Moments.from_rows(x, NAMES)
    np.testing.assert_allclose(m.cov, np.cov((x - x[0]).T), rtol=1e-12)
    np.testing.assert_allclose(m.mean, x.mean(axis=0), rtol=1e-14)
    assert m.n == 200
    assert m.sumw == 200
    assert m.n_eff == 200


@settings(max_examples=30, deadline=None)
@given(st.integers(3, 30), st.integers(3, 30), st.integers(0, 10**6))
def test_merge_is_the_moments_of_all_rows_and_subtraction_undoes_it(n: int, k: int, seed: int) -> None:
    x, y = rows(n, seed), rows(k, seed + 1, offset=5)
    a, b = Moments.from_rows(x, NAMES), Moments.from_rows(y, NAMES)
    both = Moments.from_rows(np.vstack([x, y]), NAMES)
    # 1e-9: the parts differ by an offset of 5, so a few digits cancel in the subtraction
    for found, wanted in (((a + b), both), ((both - b), a)):
        np.testing.assert_allclose(found.cov, wanted.cov, rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(found.mean, wanted.mean, rtol=1e-9, atol=1e-9)
        assert found.n == wanted.n
        assert found.sumw == pytest.approx(wanted.sumw)


def test_weight_two_is_the_row_twice() -> None:
    x, w = rows(20), np.array([2.0, 1, 3] + [1.0] * 17)
    weighted = Moments.from_rows(x, NAMES, w, order=4)
    repeated = Moments.from_rows(np.repeat(x, w.astype(int), axis=0), NAMES, order=4)
    np.testing.assert_allclose(weighted.cov, repeated.cov, rtol=1e-12)
    np.testing.assert_allclose(weighted.gamma, repeated.gamma, rtol=1e-10, atol=1e-12)
    assert weighted.sumw == repeated.n
    assert weighted.n == 20
    assert weighted.n_eff == pytest.approx(w.sum() ** 2 / (w**2).sum())


def test_gamma_is_the_covariance_of_values_and_products() -> None:
    x = rows(50)
    d = x - x.mean(axis=0)
    products = np.column_stack([d[:, i] * d[:, j] for i in range(3) for j in range(i, 3)])
    z = np.column_stack([d, products])
    m = Moments.from_rows(x, NAMES, order=4)
    np.testing.assert_allclose(m.gamma, np.cov(z.T, bias=True), rtol=1e-10, atol=1e-12)
    part = Moments.from_rows(x[:, [2, 0]], ["c", "a"], order=4)
    np.testing.assert_allclose(m.select(["c", "a"]).gamma, part.gamma, rtol=1e-10, atol=1e-12)


def test_stacked_replicates_behave_as_each_alone() -> None:
    parts = [Moments.from_rows(rows(40, s), NAMES) for s in range(4)]
    stacked = Moments.stack(parts)
    assert stacked.replicates == 4
    assert stacked.cov.shape == (4, 3, 3)
    other = Moments.stack([Moments.from_rows(rows(30, s + 9), NAMES) for s in range(4)])
    added = stacked + other
    for i, part in enumerate(parts):
        np.testing.assert_allclose(stacked.standardise().cov[i], part.cor, rtol=1e-14)
        np.testing.assert_allclose(stacked.cov_ml[i], part.cov_ml, rtol=1e-14)
        np.testing.assert_allclose(added.cov[i], (part + other.replicate(i)).cov, rtol=1e-14)


def test_a_correlation_matrix_goes_with_sd_and_transform_gives_scale_scores() -> None:
    m = Moments.from_rows(rows(60), NAMES)
    again = Moments(m.n, m.cor, m.mean, NAMES, sd=m.sd)
    np.testing.assert_allclose(again.cov, m.cov, rtol=1e-13)
    assert m.standardise().is_correlation
    assert not m.is_correlation
    score = m.transform([[1 / 3] * 3], ["score"])
    assert score.cov[0, 0] == pytest.approx(rows(60).mean(axis=1).var(ddof=1))


def test_json_keeps_every_bit() -> None:
    m = Moments.from_rows(rows(10), NAMES, np.linspace(0.5, 2, 10), order=4)
    back = Moments.from_dict(json.loads(json.dumps(m.to_dict())))
    assert np.array_equal(back.cov, m.cov)
    assert np.array_equal(back.gamma, m.gamma)
    assert back.names == m.names
    c = Counts.from_rows({"x": [1, 2, 2, None], "g": ["u", "v", "v", "v"]}, [1, 2, 3, 4])
    assert Counts.from_dict(json.loads(json.dumps(c.to_dict()))).w.tolist() == c.w.tolist()


@pytest.mark.parametrize(
    ("arguments", "says"),
    [
        ({"cov": [[1, 2], [3, 1]]}, "not symmetric"),
        ({"cov": [[1, float("nan")], [float("nan"), 1]]}, "not a number"),
        ({"cov": [[-1.0]]}, "negative variance"),
        ({"cov": [[1.0]], "names": ["a", "b"]}, "different sizes"),
        ({"cov": np.eye(2), "names": ["a", "a"]}, "named twice"),
        ({"cov": [[1.0]], "n": 1}, "too small"),
    ],
)
def test_bad_moments_are_refused(arguments: dict[str, object], says: str) -> None:
    with pytest.raises(SurveykitError, match=says):
        Moments(**{"n": 10, **arguments})


def test_moments_cannot_be_changed() -> None:
    m = Moments(n=5, cov=[[1.0]])
    with pytest.raises(ValueError, match="read-only"):
        m.cov[0, 0] = 2
    with pytest.raises(AttributeError):
        m.n = 3


def test_counts_merge_subtract_and_take_margins() -> None:
    a = Counts.from_rows({"x": [1, 2, 2], "g": ["u", "v", "v"]})
    b = Counts.from_rows({"x": [3, 1, None], "g": ["u", "u", "u"]})
    both = a + b
    assert both.levels == ((1, 2, 3), ("u", "v"))
    assert both.total == 5
    assert both.missing == 1
    assert (both - b).n.tolist() == a.on([[1, 2, 3], ["u", "v"]]).n.tolist()
    assert both.marginal("x").n.tolist() == [2, 2, 1]
    assert both.marginal("g", "x").n.shape == (2, 3)
    with pytest.raises(SurveykitError, match="not in the whole"):
        a - b


def test_counts_weights_and_stacks() -> None:
    weighted = Counts.from_rows({"x": [1, 2]}, [2.0, 1.0])
    twice = Counts.from_rows({"x": [1, 1, 2]})
    assert weighted.shares.tolist() == twice.shares.tolist()
    assert weighted.n_eff == pytest.approx(9 / 5)
    stacked = Counts.stack([weighted, twice, Counts.from_rows({"x": [3]})])
    assert stacked.n.shape == (3, 3)
    assert stacked.marginal("x").n.tolist() == stacked.n.tolist()


def test_counts_of_many_different_answers_are_put_on_other_levels() -> None:
    values = np.arange(40_000) / 7
    counts = Counts.from_rows({"x": list(values)})
    wider = counts.on([[-1.0, *counts.levels[0]]])
    assert wider.n.tolist() == [0, *[1] * 40_000]


def test_rows_that_weigh_less_than_one_person_keep_their_likelihood() -> None:
    """Of few people with one pattern of gaps: the covariance of the likelihood is what it is, whatever they weigh."""
    x, w = np.array([[1.0, 2.0], [3.0, 5.0], [4.0, 1.0]]), np.array([0.3, 0.2, 0.5])
    for weights in (w, 0.7 * w, 3 * w):
        d = x - weights @ x / weights.sum()
        told = (weights[:, None] * d).T @ d / weights.sum()
        np.testing.assert_allclose(
            Moments.from_rows(x, ["a", "b"], weights).cov_ml, told, rtol=1e-13, atol=1e-15
        )
