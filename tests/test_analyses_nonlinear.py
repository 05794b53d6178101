"""The shape of an association: bends and curves that are there are found, those that are not are not."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses._kink import candidates, kink
from surveykit.errors import SurveykitError
from surveykit.responses import read
from tests.published import analyse

X = np.tile(np.arange(1.0, 11), 30)
NOISE = np.random.default_rng(0).normal(size=300)


def shape(y, x=X, **options):
    return analyse(
        read(pd.DataFrame({"x": x, "y": y})),
        "nonlinear",
        predictor="x",
        outcome="y",
        **{"bootstrap": 299, **options},
    )


@pytest.mark.parametrize(
    ("y", "verdict"),
    [
        (X + NOISE, "linear"),
        (0.1 * X**2 + NOISE, "accelerating"),
        (np.maximum(X - 7, 0) * 2 + 0.2 * X + NOISE, "accelerating"),
        (6 * np.sqrt(X) + NOISE, "saturating"),
        (-0.1 * X**2 + NOISE, "accelerating"),  # falls, and falls faster
        (-((X - 5.5) ** 2) + 0.2 * X + NOISE, "turning"),
        (NOISE, "none"),
    ],
)
def test_verdicts(y, verdict):
    found = shape(y)
    assert found.facts["verdict"] == verdict
    check = {c.code: c for c in found.checks}["verdict"]
    assert check.level == "note"
    assert "{" not in check.text("en") + check.text("zh")
    falling = verdict == "accelerating" and y[X == 10].mean() < 0
    assert ("falls" in check.text("en"), "下降" in check.text("zh")) == (falling, falling)


def test_exact_recovery_of_curve_and_bend():
    curve = shape(2 + 3 * (X - 4) ** 2 + 1e-6 * NOISE).tidy().set_index("term")["estimate"]
    assert curve["curvature"] == pytest.approx(3, rel=1e-6)
    assert curve["turning_point"] == pytest.approx(4, rel=1e-6)
    found = shape(1 + 0.5 * X + 1.5 * np.maximum(X - 6, 0) + 1e-6 * NOISE).tidy().set_index("term")
    bend = found["estimate"]
    expected = {"threshold": 6, "slope_below": 0.5, "slope_above": 2, "slope_change": 1.5}
    assert bend[list(expected)].to_dict() == pytest.approx(expected, rel=1e-5)
    assert found.loc["threshold", ["low", "high"]].tolist() == [6, 6]


def test_slopes_are_those_of_the_regression():
    rng = np.random.default_rng(1)
    rows = pd.DataFrame({"x": X, "z": rng.normal(size=300), "y": X + rng.normal(size=300) * X})
    found = analyse(read(rows), "nonlinear", predictor="x", outcome="y", controls=["z"], bootstrap=99).tidy()
    own = analyse(read(rows), "regression", outcome="y", predictors=["x", "z"]).tidy()
    columns = ["estimate", "se", "low", "high", "p"]
    assert found.loc[0, columns].tolist() == pytest.approx(own.loc[1, columns].tolist(), rel=1e-10)


def test_turning_point_only_with_curvature():
    row = shape(X + NOISE).tidy().set_index("term").loc["turning_point"]
    assert row[["estimate", "low", "high"]].isna().all()


@pytest.mark.nightly
def test_turning_point_interval_covers():
    # delta method at n = 300: 95 % ± 3 binomial errors of 300 samples (.038)
    rng = np.random.default_rng(9)
    hits = 0
    for _ in range(300):
        rows = pd.DataFrame({"x": X, "y": -((X - 6) ** 2) + 3 * rng.normal(size=300)})
        row = (
            analyse(read(rows), "nonlinear", predictor="x", outcome="y", bootstrap=99)
            .tidy()
            .set_index("term")
            .loc["turning_point"]
        )
        hits += row["low"] <= 6 <= row["high"]
    assert abs(hits / 300 - 0.95) <= 0.038


def test_size_of_the_threshold_test_with_unequal_variances():
    # a straight line whose errors grow with x: rejections at .05 in 400 samples within 3 standard errors
    # (.033)
    rng = np.random.default_rng(12)
    at = candidates(X)
    p = [
        kink(X, X + rng.normal(size=300) * (0.5 + 0.3 * X), np.empty((300, 0)), None, at, 199, i, 0.95).p
        for i in range(400)
    ]
    assert abs(np.mean(np.array(p) < 0.05) - 0.05) <= 0.033


def test_ceiling_is_a_caution():
    y = np.minimum(X + 3 + NOISE, 10)
    found = shape(y)
    assert found.facts["verdict"] == "saturating"
    check = {c.code: c for c in found.checks}["ceiling"]
    assert check.level == "caution"
    assert check.values["share"] == pytest.approx((y == 10).mean())


def test_mobi_is_straight(shared_data):
    rows = pd.read_csv(shared_data("mobi_means.csv"))
    found = analyse(read(rows), "nonlinear", predictor="sat", outcome="loy", bootstrap=499)
    assert found.facts["verdict"] == "linear"
    assert found.facts["p_curvature"] == pytest.approx(0.345, abs=5e-4)


def test_two_values_leave_only_the_line():
    found = shape(np.repeat([1.0, 2.0], 150) + NOISE, np.repeat([0.0, 1.0], 150))
    assert found.tidy()["term"].tolist() == ["slope"]
    assert found.facts["verdict"] == "linear"


def test_same_seed_same_p():
    y = X + np.maximum(X - 6, 0) * 0.3 + 2 * NOISE
    assert shape(y, seed=1).to_dict() == shape(y, seed=1).to_dict()


@pytest.mark.parametrize(
    ("rows", "code"),
    [
        ({"x": [1.0] * 20, "y": np.arange(20.0)}, "CONSTANT_COLUMN"),
        ({"x": np.arange(20.0), "y": [1.0] * 20}, "CONSTANT_COLUMN"),
        ({"x": ["a", "b"] * 10, "y": np.arange(20.0)}, "VALUE_TYPE"),
        ({"x": [1.0, 2, 3], "y": [1.0, 2, 4]}, "TOO_FEW_ROWS"),
    ],
)
def test_bad_input(rows, code):
    with pytest.raises(SurveykitError) as error:
        analyse(read(pd.DataFrame(rows)), "nonlinear", predictor="x", outcome="y", bootstrap=99)
    assert error.value.code == code
