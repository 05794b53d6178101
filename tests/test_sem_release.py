"""Modification indices and score tests beyond complete rows: ordered items, FIML, two stages.

Numbers of lavaan 0.6-14 (``modindices``, ``lavTestScore``), whose search stops at gradients near 1e-6: expected changes
agree to about 1e-4. Groups are named so that both programs take the same one first.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import Fit, fit, invariance, likelihood_ratio, score_test
from surveykit.sem.hypotheses import _apart, _equalities, _Released
from surveykit.sem.residuals import residual_table
from tests.sem_data import HS
from tests.test_sem_ordinal import ordered_holzinger

SCALAR = ("thresholds", "loadings", "intercepts")
EQUAL = "visual =~ x1 + a*x2 + a*x3\ntextual =~ x4 + b*x5 + b*x6\nspeed =~ x7 + x8 + x9"
ORDERED = {
    ("wlsmv", "delta"): {"visual=~x9": (22.07486, 0.798916), "textual=~x3": (7.75663, -0.279492)},
    ("wlsmv", "theta"): {"visual=~x4": (2.11899, 0.143892)},
    ("ulsmv", "delta"): {"visual=~x4": (1.844500, 0.141948)},
    ("wls", "delta"): {"visual=~x4": (5.464802, 0.203465)},
}
INCOMPLETE = {
    "fiml": {"visual=~x9": 21.710, "textual=~x1": 11.213, "x7~~x8": 19.914, "visual=~x4": 0.126868},
    "two_stage": {"visual=~x9": 43.003587, "textual=~x1": 18.677, "x7~~x8": 39.054, "visual=~x4": 0.311133},
}


def by_name(found: Fit) -> pd.DataFrame:
    frame = found.modification_indices()
    return frame.set_index(frame["lhs"] + frame["op"] + frame["rhs"])


@pytest.mark.parametrize("case", ORDERED)
def test_ordered_items_as_in_lavaan(case: tuple[str, str]) -> None:
    method, form = case
    found = by_name(fit(HS, ordered_holzinger(), ordered=True, method=method, parameterization=form))
    for name, (mi, epc) in ORDERED[case].items():
        assert found.loc[name, "mi"] == pytest.approx(mi, rel=2e-4)
        assert found.loc[name, "epc"] == pytest.approx(epc, rel=1e-4)
    # what a loading of an ordered item changes does not depend on the items' scale
    if form == "delta":
        other = by_name(fit(HS, ordered_holzinger(), ordered=True, method=method, parameterization="theta"))
        assert found["mi"].to_dict() == pytest.approx(other["mi"].to_dict(), rel=1e-5, abs=1e-6)


def test_freeing_a_loading_does_what_was_expected() -> None:
    frame = ordered_holzinger()
    before = fit(HS, frame, ordered=True, method="wls")
    after = fit(HS + "visual =~ x9", frame, ordered=True, method="wls")
    expected = by_name(before).loc["visual=~x9"]
    assert before.measures["chisq"] - after.measures["chisq"] == pytest.approx(expected["mi"], rel=0.2)


@pytest.mark.parametrize("missing", INCOMPLETE)
def test_incomplete_rows_as_in_lavaan(shared_data: Any, missing: str) -> None:
    found = by_name(fit(HS, shared_data("HS1939_missing15.csv"), missing=missing))
    for name, mi in INCOMPLETE[missing].items():
        assert found.loc[name, "mi"] == pytest.approx(mi, rel=1e-4)


def test_score_tests_of_incomplete_rows_as_in_lavaan(shared_data: Any) -> None:
    data = shared_data("HS1939_missing15.csv")
    found = score_test(fit(EQUAL, data, missing="fiml")).tidy()
    assert found["chisq"].tolist() == pytest.approx([5.30646551, 3.94989388, 1.35660456], rel=1e-5)
    data = pd.read_csv(data)
    data["school"] = data["school"].map({"Pasteur": "a", "Grant-White": "b"})
    grouped = fit(HS, data, missing="fiml", group="school", group_equal=("loadings", "intercepts"))
    assert score_test(grouped).tidy()["chisq"][1:5].tolist() == pytest.approx(
        [14.15334886, 8.48418159, 8.33281092, 4.27754376], rel=1e-5
    )


def test_complete_rows_under_fiml_are_the_ordinary_ones() -> None:
    """A row of one answer more changes next to nothing, and everything goes the way of incomplete rows."""
    from semopy.examples import holzinger39

    frame = holzinger39.get_data()[[f"x{i}" for i in range(1, 10)]].astype(float)
    more = pd.DataFrame({**{name: [np.nan] for name in frame}, "x1": [frame["x1"].mean()]})
    holes = pd.concat([frame, more], ignore_index=True)
    plain, incomplete = fit(HS, frame, meanstructure=True), fit(HS, holes, missing="fiml")
    assert by_name(incomplete)["mi"].to_dict() == pytest.approx(
        by_name(plain)["mi"].to_dict(), rel=0.01, abs=0.01
    )


def test_generalised_score_test_is_the_plain_one_where_the_weight_is_right() -> None:
    """Under full weights its covariance is the information, so that dividing by either is the same."""
    frame = ordered_holzinger()
    tied = fit(EQUAL, frame, ordered=True, method="wls")
    apart = _apart(tied.table)
    released = _Released.of(tied, apart, _equalities(tied, apart))
    for kept in (set(), {0}, {1}):
        generalised, plain = released.test(kept), replace(released, meat=None).test(kept)
        assert generalised[0] == pytest.approx(plain[0], rel=1e-7)
    assert "generalised" in score_test(tied).notes()[0]


def test_the_ladder_says_what_to_release() -> None:
    frame = ordered_holzinger()
    found = invariance(HS, frame, group="school", ordered=True, steps=["configural", "metric", "scalar"])
    first = found.tables()["releases"].frame().iloc[0]
    assert (first["step"], first["group_partial"]) == ("scalar", "x3~1")
    options: dict[str, Any] = {"group": "school", "ordered": True, "parameterization": "delta"}
    held = fit(HS, frame, **options, group_equal=SCALAR)
    freed = fit(HS, frame, **options, group_equal=SCALAR, group_partial="x3~1")
    # the difference of χ² that releasing it really makes: 19.88
    assert likelihood_ratio(freed, held).tidy()["chisq_diff"][1] == pytest.approx(first["chisq"], rel=0.05)


def test_estimators_without() -> None:
    from semopy.examples import holzinger39

    found = fit(HS, holzinger39.get_data(), method="gls")
    with pytest.raises(SurveykitError, match="modification indices"):
        found.modification_indices()
    with pytest.raises(SurveykitError, match="score tests"):
        score_test(found)


@pytest.mark.parametrize(
    ("method", "form", "normalised", "standardised"),
    [
        ("wlsmv", "delta", -1.0681895, -1.9538286),
        ("ulsmv", "theta", -1.1188794, -1.9660203),
        ("wls", "delta", -1.6346806, -2.5189311),
    ],
)
def test_residuals_of_ordered_items_as_in_lavaan(
    method: str, form: str, normalised: float, standardised: float
) -> None:
    found = fit(HS, ordered_holzinger(), ordered=True, method=method, parameterization=form)
    row = residual_table(found).records()[1]
    assert (row["lhs"], row["rhs"]) == ("x1", "x2")
    assert row["residual"] == pytest.approx(row["observed"] - row["implied"])
    # lavaan 0.6-14, resid(type = "normalized") and "standardized"
    assert row["normalised"] == pytest.approx(normalised, rel=1e-5)
    assert row["standardised"] == pytest.approx(standardised, rel=1e-5)
