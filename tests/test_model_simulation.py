"""simulate(): the population that a model with values describes, and samples from it."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import SurveykitError
from surveykit.model import Model, population_of, simulate

CHAIN = """
  val =~ 0.9*v1 + 0.8*v2 + 0.7*v3
  sat =~ 0.9*s1 + 0.8*s2 + 0.85*s3
  loy =~ 0.8*l1 + 0.7*l2
  sat ~ a*val + start(0.75)*val
  loy ~ 0.6*sat + 0.2*val
"""


def test_values_are_standardised_by_hand() -> None:
    """Every correlation of the chain by path tracing."""
    found = population_of(Model.parse(CHAIN))
    assert np.diagonal(found.all_cov) == pytest.approx(np.ones(11), abs=1e-12)
    cov = dict(zip(found.names, found.cov, strict=True))
    place = {name: i for i, name in enumerate(found.names)}
    assert cov["v1"][place["v2"]] == pytest.approx(0.9 * 0.8)
    assert cov["v1"][place["s1"]] == pytest.approx(0.9 * 0.75 * 0.9)
    assert cov["s2"][place["l1"]] == pytest.approx(0.8 * (0.6 + 0.75 * 0.2) * 0.8)
    assert cov["v3"][place["l2"]] == pytest.approx(0.7 * (0.2 + 0.75 * 0.6) * 0.7)
    residual = {r.lhs: r.ustart for r in found.table if r.op == "~~" and r.lhs == r.rhs}
    assert residual["s1"] == pytest.approx(1 - 0.81)
    assert residual["sat"] == pytest.approx(1 - 0.75**2)
    assert residual["loy"] == pytest.approx(1 - (0.36 + 0.04 + 2 * 0.6 * 0.2 * 0.75))
    assert found.table.k == 0


def test_a_variance_that_is_written_without_a_value_is_chosen_too() -> None:
    text = "f =~ 0.8*x1 + 0.7*x2\ng =~ 0.8*y1 + 0.7*y2\ng ~ 0.6*f\n"
    plain, written = (population_of(Model.parse(text + more)).cov for more in ("", "g ~~ g\nf ~~ f"))
    assert written == pytest.approx(plain)


def test_variances_that_are_given_stand() -> None:
    found = population_of(Model.parse("y ~ 2*x\nx ~~ 4*x\ny ~~ 9*y\ny ~ 10*1"))
    assert found.cov.tolist() == [[25.0, 8.0], [8.0, 4.0]]
    assert found.mean.tolist() == [10.0, 0.0]


def test_correlated_predictors_and_residuals() -> None:
    found = population_of(Model.parse("y ~ 0.5*x + 0.4*z\nx ~~ 0.3*z\nw ~ 0.5*x\ny ~~ 0.2*w"))
    cov = dict(zip([(a, b) for a in found.names for b in found.names], found.cov.ravel(), strict=True))
    assert cov["y", "y"] == pytest.approx(1.0)
    assert cov["x", "z"] == pytest.approx(0.3)
    assert cov["y", "w"] == pytest.approx(0.5 * 0.5 + 0.5 * 0.4 * 0.3 + 0.2)


def test_loops_too_have_unit_variances() -> None:
    found = population_of(Model.parse("a ~ 0.3*b + 0.4*x\nb ~ 0.2*a + 0.3*z"))
    assert np.diagonal(found.cov) == pytest.approx(np.ones(4), abs=1e-12)


def test_single_indicators_second_order_and_composites() -> None:
    found = population_of(
        Model.parse(
            "g =~ 0.8*f + 0.7*h\nf =~ 0.9*x1 + 0.9*x2\nh =~ z\nc <~ 0.5*i1 + 0.5*i2\ni1 ~~ 0.4*i2\nh ~ 0.3*c"
        )
    )
    cov = dict(zip([(a, b) for a in found.names for b in found.names], found.cov.ravel(), strict=True))
    assert cov["z", "z"] == pytest.approx(1.0)
    assert cov["x1", "z"] == pytest.approx(0.9 * 0.8 * 0.7)
    assert cov["i1", "z"] == pytest.approx(0.3 * (0.5 + 0.5 * 0.4))


def test_values_from_outside_win_over_the_text() -> None:
    model = Model.parse("sat =~ s1 + c*s2 + s3\nloy ~ b*sat\nloy ~~ s1")
    values = {"sat =~ s1": 0.8, "c": 0.7, "sat=~s3": 0.6, "b": 0.5, "s1~~loy": 0.1}
    found = population_of(model, values)
    assert {r.label: r.ustart for r in found.table if r.label} == {"c": 0.7, "b": 0.5}
    assert next(r.ustart for r in found.table if r.name == "s1~~loy") == 0.1
    assert population_of(Model.parse("y ~ 0.5*x"), {"y~x": 0.2}).cov[0, 1] == pytest.approx(0.2)


def test_a_label_carries_its_value_to_all_that_bear_it() -> None:
    found = population_of(Model.parse("f =~ a*x1 + a*x2 + 0.6*x2"))
    assert [r.ustart for r in found.table if r.op == "=~"] == [0.6, 0.6]


@pytest.mark.parametrize("n", [12, 250])
def test_exact_samples_have_the_populations_moments(n: int) -> None:
    model = Model.parse(CHAIN + "s1 ~ 0.4*1")
    found = population_of(model)
    frame = simulate(model, n, seed=7, exact=True)
    assert tuple(frame.columns) == model.observed == found.names
    assert np.abs(np.cov(frame.to_numpy(), rowvar=False) - found.cov).max() < 1e-10
    assert np.abs(frame.to_numpy().mean(axis=0) - found.mean).max() < 1e-10


@given(
    st.lists(st.floats(0.1, 0.95), min_size=3, max_size=3),
    st.floats(-0.9, 0.9),
    st.integers(0, 2**32),
)
@settings(max_examples=40, deadline=None)
def test_exact_for_any_loadings_and_path(loadings: list[float], path: float, seed: int) -> None:
    x1, x2, y1 = loadings
    frame = simulate(f"f =~ {x1}*x1 + {x2}*x2\ng =~ {y1}*y1 + 0.5*y2\ng ~ {path}*f", 20, seed, exact=True)
    cov = frame.cov()
    assert cov.loc["x1", "x2"] == pytest.approx(x1 * x2, abs=1e-10)
    assert cov.loc["x2", "y1"] == pytest.approx(x2 * path * y1, abs=1e-10)
    assert np.diagonal(cov) == pytest.approx(np.ones(4), abs=1e-10)


def test_samples_differ_from_the_population_by_chance_alone() -> None:
    """40,000 draws: a correlation's standard error is at most .005; five of them are allowed."""
    found = population_of(Model.parse(CHAIN))
    frame = simulate(CHAIN, 40_000, seed=3)
    assert np.abs(frame.cov().to_numpy() - found.cov).max() < 5 * np.sqrt(2 / 40_000)
    assert np.abs(frame.mean().to_numpy()).max() < 5 / np.sqrt(40_000)


def test_one_seed_one_sample_and_longer_samples_begin_alike() -> None:
    first = simulate(CHAIN, 100, seed=11)
    assert simulate(CHAIN, 100, seed=11).equals(first)
    assert simulate(CHAIN, 150, seed=11).iloc[:100].equals(first)
    assert not simulate(CHAIN, 100, seed=12).equals(first)
    # the stream is Philox(key=11): these digits must never change
    assert simulate("x ~~ 1*x", 3, seed=11)["x"].round(6).tolist() == [-0.011709, 0.178944, -0.12866]


@pytest.mark.parametrize(
    ("scale", "kept"), [((1, 5), 0.90), ((1, 7), 0.94), ((1, 10), 0.965), ((0, 10), 0.97)]
)
def test_categories_keep_order_range_and_most_of_the_correlation(scale: tuple[int, int], kept: float) -> None:
    """Grouping adds about width²/12 of noise to a variance of 1: 1/(1 + 1/12) = .92 of r on 5 points."""
    text = "f =~ 0.9*x1 + 0.8*x2 + 0.7*x3\nx3 ~ 0.5*1"
    answers = simulate(text, 40_000, seed=5, scale=scale)
    plain = simulate(text, 40_000, seed=5)
    assert (answers.dtypes == np.int64).all()
    assert (answers.to_numpy().min(), answers.to_numpy().max()) == scale
    r_answers, r_plain = (np.corrcoef(d["x1"], d["x2"])[0, 1] for d in (answers, plain))
    assert kept < r_answers / r_plain < 1
    assert answers["x1"].mean() == pytest.approx(sum(scale) / 2, abs=0.03)
    # the intercept is half a standard deviation, a standard deviation is a fifth of the scale's width
    width = (scale[1] - scale[0] + 1) / 5
    assert answers["x3"].mean() == pytest.approx(sum(scale) / 2 + 0.5 * width, abs=0.06)
    assert (answers["x1"].rank() - plain["x1"].rank()).abs().max() < 40_000 * 0.25


def test_scales_by_variable() -> None:
    frame = simulate("f =~ 0.9*x1 + 0.8*x2", 50, seed=1, scale={"x1": (0.0, 10.0)})  # type: ignore[dict-item]
    assert [d.kind for d in frame.dtypes] == ["i", "f"]


@pytest.mark.parametrize(
    ("text", "options", "code", "message"),
    [
        ("f =~ x1 + 0.5*x2\ny ~ f", {}, "POPULATION_MISSING", "f=~x1, y~f"),
        ("f =~ 1.2*x1 + 0.5*x2", {}, "POPULATION_VARIANCE", "x1 (1.440 of 1)"),
        ("y ~ 0.8*x + 0.8*z\nx ~~ 0.5*z", {}, "POPULATION_VARIANCE", "y (1.920 of 1)"),
        ("a ~ 1*b\nb ~ 1*a", {}, "POPULATION_LOOP", "loop"),
        ("x ~~ 0.9*y + 0.9*z\ny ~~ -0.9*z", {}, "POPULATION_COV", "not positive semi-definite"),
        ("y ~ a*x + b*z\na == b", {"population": {"a": 0.3, "b": 0.4}}, "POPULATION_CONSTRAINT", "a == b"),
        ("y ~ a*x\na > 0.5", {"population": {"a": 0.3}}, "POPULATION_CONSTRAINT", "a > 0.5"),
        ("y ~ 0.3*x", {"population": {"y~z": 0.3}}, "POPULATION_UNKNOWN", "did you mean 'y~x'"),
        ("y ~ 0.3*x", {"population": {"y~x": float("nan")}}, "POPULATION_VALUE", "no number"),
        ("y ~ c(0.3,0.4)*x", {}, "MODEL_GROUPS", "1 group"),
        ("y ~ 0.3*x", {"scale": (5, 1)}, "OPTION_VALUE", "no scale"),
        ("y ~ 0.3*x", {"scale": {"q": (1, 5)}}, "OPTION_VALUE", "no observed variable 'q'"),
        ("y ~ 0.3*x", {"scale": (1, 5), "exact": True}, "OPTION_CLASH", "continuous"),
        ("y ~ 0.3*x", {"n": 2, "exact": True}, "N_TOO_SMALL", "above 2"),
        ("y ~ 0.3*x", {"n": 0}, "OPTION_VALUE", "whole number"),
        ("y ~ 0.3*x", {"seed": -1}, "OPTION_VALUE", "whole number"),
    ],
)
def test_what_cannot_be_simulated(text: str, options: dict[str, Any], code: str, message: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        simulate(text, **{"n": 10, "seed": 1, **options})
    assert caught.value.code == code
    assert message in str(caught.value)
