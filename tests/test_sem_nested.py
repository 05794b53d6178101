"""Likelihood-ratio, Wald and score tests against lavaan 0.6-21, and the invariance ladder that they make."""

from __future__ import annotations

import re
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.sem import Fit, fit, invariance, likelihood_ratio, score_test, wald_test
from tests.sem_data import HS, holzinger_groups, numeric_moments, rows_of_two_factors, sample

SCHOOLS, DEMOCRACY = "HolzingerSwineford1939.csv", "PoliticalDemocracy.csv"
LADDER = ("configural", "metric", "scalar", "strict", "variances", "means")
# lavaan prints the difference with ten decimals; under MLR its observed information is numerical (1e-8)
TOLERANCE = {"ml": 1e-10, "mlm": 1e-10, "mlr": 1e-8}


@pytest.fixture(scope="module", params=TOLERANCE)
def ladder(request: Any, reference: Any, shared_data: Any) -> tuple[str, dict[str, Any], list[Fit]]:
    method = request.param
    stored = reference(f"hs_mg_difference_tests_{method}")
    order = 2 if method == "ml" else 4
    columns = Model.parse(stored["model"]).observed
    groups = numeric_moments(shared_data(SCHOOLS), "school", columns=columns, order=order)
    fits = [
        fit(stored["model"], groups, method=method, group_equal=equal, name=step)
        for step, equal in stored["levels"].items()
    ]
    return method, stored, fits


@pytest.mark.parametrize("difference", ["standard", "sb2001", "sb2010", "s2000"])
def test_difference_tests_of_the_ladder(ladder: Any, difference: str) -> None:
    method, stored, fits = ladder
    if (difference == "standard") != (method == "ml"):
        return
    mine = likelihood_ratio(*fits, method=difference).estimates.records()
    for row, other in zip(mine, stored["lrt" if method == "ml" else f"lrt_{difference}"], strict=True):
        if other["Chisq diff"] is None or (method, difference, row["model"]) == ("mlr", "sb2010", "scalar"):
            continue
        assert row["df_diff"] == other["Df diff"]
        assert row["chisq_diff"] == pytest.approx(other["Chisq diff"], rel=TOLERANCE[method], abs=1e-10)
        assert row["p"] == pytest.approx(other["Pr(>Chisq)"], rel=1e-7)
        if difference != "s2000":  # lavaan takes the unscaled difference there
            assert row["rmsea_diff"] == pytest.approx(other["RMSEA"], rel=1e-7, abs=1e-12)


def test_general_model_is_taken_at_all_of_the_restricted_estimates(ladder: Any) -> None:
    """lavaan carries estimates over by name and loses the latent means that equal intercepts set free: its
    "general model at the restricted estimates" then no longer implies the restricted moments (34.44)."""
    method, stored, fits = ladder
    if method != "mlr":
        return
    row = likelihood_ratio(fits[1], fits[2], method="sb2010").estimates.records()[1]
    assert stored["lrt_sb2010"][2]["Chisq diff"] == pytest.approx(34.4405885, abs=1e-6)
    assert row["chisq_diff"] == pytest.approx(40.0487451, abs=1e-6)


@pytest.fixture(scope="module")
def democracy(reference: Any, shared_data: Any) -> tuple[dict[str, Any], str, str, Moments]:
    text = reference("pd_sem_ml")["model"]
    equal = re.sub(r"dem60 =~.*", "dem60 =~ y1 + a*y2 + b*y3 + c*y4", text)
    equal = re.sub(r"dem65 =~.*", "dem65 =~ y5 + a*y6 + b*y7 + c*y8", equal)
    columns = Model.parse(text).observed
    moments = numeric_moments(shared_data(DEMOCRACY), columns=columns, order=4)
    return reference("pd_difference_tests"), text, equal, moments


def test_difference_tests_of_equal_loadings(democracy: Any) -> None:
    stored, text, equal, moments = democracy
    for key, method, difference in (
        ("lrt_ml", "ml", "standard"),
        ("lrt_mlr_sb2001", "mlr", "sb2001"),
        ("lrt_mlr_sb2010", "mlr", "sb2010"),
        ("lrt_mlr_s2000", "mlr", "s2000"),
    ):
        pair = fit(text, moments, method=method), fit(equal, moments, method=method)
        row = likelihood_ratio(*pair, method=difference).estimates.records()[1]
        assert row["chisq_diff"] == pytest.approx(stored[key][1]["Chisq diff"], rel=1e-8)
        assert row["p"] == pytest.approx(stored[key][1]["Pr(>Chisq)"], rel=1e-8)


def test_score_and_wald_tests(democracy: Any, reference: Any) -> None:
    stored, _, equal, moments = democracy
    rows = score_test(fit(equal, moments)).estimates.records()
    assert rows[0]["chisq"] == pytest.approx(stored["score_test"][0]["X2"], rel=1e-10)
    assert (rows[0]["df"], rows[0]["p"]) == (3, pytest.approx(0.564072130659025, rel=1e-10))
    assert sorted(r["chisq"] for r in rows[1:]) == pytest.approx(
        sorted(r["X2"] for r in stored["score_uni"]), rel=1e-10
    )
    found = wald_test(fit(reference("pd_sem_indirect")["model"], moments), "a == 1", "b == 0.8")
    joint = found.estimates.records()[-1]
    assert joint["chisq"] == pytest.approx(stored["wald_a1_b08"]["stat"], rel=1e-10)
    assert joint["p"] == pytest.approx(stored["wald_a1_b08"]["p.value"], rel=1e-10)


def test_score_tests_of_equal_intercepts(ladder: Any, reference: Any) -> None:
    method, _, fits = ladder
    if method != "ml":
        return
    stored = reference("hs_mg_scalar_score_tests")
    rows = score_test(fits[2]).estimates.records()
    assert [r["chisq"] for r in rows[1:]] == pytest.approx(
        sorted((r["X2"] for r in stored["uni"]), reverse=True), rel=1e-10
    )
    assert rows[0]["chisq"] == pytest.approx(stored["test"][0]["X2"], rel=1e-10)
    # 15 equalities, three of which only buy the latent means: configural and scalar differ by 12
    assert rows[0]["df"] == 12


def test_ladder_in_one_call(ladder: Any, shared_data: Any) -> None:
    method, stored, fits = ladder
    columns = Model.parse(stored["model"]).observed
    order = 2 if method == "ml" else 4
    groups = numeric_moments(shared_data(SCHOOLS), "school", columns=columns, order=order)
    found = invariance(stored["model"], groups, steps=LADDER, method=method)
    by_hand = likelihood_ratio(*fits, names=LADDER).estimates.records()
    for row, other in zip(found.estimates.records(), by_hand, strict=True):
        row.pop("holds")
        assert row == pytest.approx(other, nan_ok=True)


# --- without oracles ------------------------------------------------------------------------------


def test_invariance_of_the_schools() -> None:
    found = invariance(HS, holzinger_groups())
    table = found.tidy()
    assert table["df"].tolist() == [48, 54, 60, 69, 72]
    assert table["chisq"].round(3).tolist()[:4] == [115.851, 124.044, 164.103, 181.511]
    assert table["holds"].tolist() == [None, True, False, True, False]
    assert found.glance()["supported"].tolist() == ["metric"]
    assert [c.code for c in found.checks] == ["SEM_MEANS_NOT_COMPARABLE"]
    releases = found.tables()["releases"].records()
    assert [r["parameter"] for r in releases[:2]] == ["x3~1", "x7~1"]
    means = found.tables()["latent_means"].records()
    assert [m["construct"] for m in means] == ["visual", "textual", "speed"]
    textual = means[1]
    assert abs(textual["estimate"]) == pytest.approx(0.576, abs=1e-3)
    assert found.to_dict()["tidy"][0]["model"] == "configural"


def test_released_parameters_make_the_step_hold() -> None:
    found = invariance(HS, holzinger_groups(), group_partial=["x3~1", "x7~1"])
    assert found.tidy()["df"].tolist() == [48, 54, 58, 67, 70]
    assert found.glance()["supported"].tolist() == ["strict"]


def test_score_test_foresees_the_release() -> None:
    groups = holzinger_groups()
    scalar = {"group_equal": ["loadings", "intercepts"]}
    restricted, released = fit(HS, groups, **scalar), fit(HS, groups, **scalar, group_partial=["x3~1"])
    foreseen = score_test(restricted).estimates.records()[1]
    assert (foreseen["parameter"], foreseen["other"]) == ("x3~1", "x3~1")
    fall = likelihood_ratio(released, restricted).estimates.records()[1]["chisq_diff"]
    assert foreseen["chisq"] == pytest.approx(fall, rel=0.1)
    values = [
        r["estimate"] for r in released.tidy().to_dict("records") if (r["lhs"], r["op"]) == ("x3", "~1")
    ]
    assert foreseen["difference"] == pytest.approx(values[1] - values[0], rel=0.1)


ONE, TWO = "f =~ x1 + x2 + x3 + x4", "f =~ x1 + a*x2 + a*x3 + x4"


def test_wald_test_is_the_square_of_z_where_the_standard_error_is_the_same() -> None:
    found = fit(TWO, sample(rows_of_two_factors()))
    row = found.tidy().to_dict("records")[1]
    test = wald_test(found, "a == 0").estimates.records()[0]
    assert test["chisq"] == pytest.approx(row["z"] ** 2, rel=1e-12)


@pytest.mark.parametrize(
    ("pair", "code"),
    [
        ((ONE, "f =~ x1 + x2 + x3 + x5"), "SEM_COMPARISON"),  # other variables
        ((ONE, ONE), "SEM_COMPARISON"),  # equal degrees of freedom
        (("f =~ x1 + x2 + x3\nx4 ~~ x3\nx4 ~~ 0*x1", "x1 ~ x2\nx3 ~ x4\nx1 ~~ 0*x3"), "SEM_NOT_NESTED"),
    ],
)
def test_what_cannot_be_compared(pair: tuple[str, str], code: str) -> None:
    data = sample(rows_of_two_factors())
    with pytest.raises(SurveykitError) as caught:
        likelihood_ratio(*(fit(text, data, fixed_x=False) for text in pair))
    assert caught.value.code == code


def test_other_data_cannot_be_compared() -> None:
    first, second = sample(rows_of_two_factors(seed=1)), sample(rows_of_two_factors(seed=2))
    with pytest.raises(SurveykitError, match="differs in data"):
        likelihood_ratio(fit(ONE, first), fit(TWO, second))


def test_questions_that_make_no_sense() -> None:
    data = sample(rows_of_two_factors())
    with pytest.raises(SurveykitError, match="no label"):
        wald_test(fit(TWO, data), "aa == 1")
    with pytest.raises(SurveykitError, match="follows from others"):
        wald_test(fit(TWO, data), "a == 1", "2*a == 2")
    with pytest.raises(SurveykitError, match="no equality"):
        score_test(fit(ONE, data))
    with pytest.raises(SurveykitError, match="compares groups"):
        invariance(ONE, data)
    with pytest.raises(SurveykitError, match="unknown step"):
        invariance(ONE, {"a": data, "b": data}, steps=["configral", "metric"])
