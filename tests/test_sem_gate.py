"""The gate: what is refused, what is worded with a caution."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surveykit.model import Model
from surveykit.model.matrices import Matrices
from surveykit.moments import Moments
from surveykit.results import Check, worst
from surveykit.sem import THRESHOLDS, Fit, fit
from tests.sem_data import HS, holzinger, numeric_moments, rows_of_two_factors, sample

CHAIN = """
Value =~ PERV1 + PERV2
Satisfaction =~ CUSA1 + CUSA2 + CUSA3
Loyalty =~ CUSL1 + CUSL2 + CUSL3
Satisfaction ~ Value
Loyalty ~ Satisfaction + Value
"""


def of(result: Fit, code: str) -> list[Check]:
    return [c for c in result.checks if c.code == code]


def test_the_full_ecsi_model_is_refused(reference: Any, shared_data: Any) -> None:
    stored = reference("mobi_ecsi_ml")
    result = fit(stored["model"], numeric_moments(shared_data("mobi.csv")))
    assert result.measures["chisq"] == pytest.approx(575.571282023914, rel=1e-9)
    assert result.refused
    paths = {c.about: c.values["std"] for c in of(result, "PATH_BEYOND_ONE")}
    assert paths["Satisfaction", "Loyalty"] == pytest.approx(3.27, abs=0.005)
    assert paths["Image", "Loyalty"] == pytest.approx(-2.45, abs=0.005)
    assert of(result, "STANDARD_ERROR_OUT_OF_SCALE")
    # no p-value is written, the numbers stay
    assert result.tidy()["p"].isna().all()
    assert result.tidy()["estimate"].notna().all()
    assert np.isnan(result.glance()["p_value"].iloc[0])
    # in units of the standard error, because the model is nearly unidentified
    off = [
        (mine - row["est"]) / row["se"]
        for mine, row in zip(result.tidy()["estimate"], stored["parameters"], strict=False)
        if row["se"]
    ]
    assert np.abs(off).max() < 1e-9


def test_the_chain_with_image_is_refused(reference: Any, shared_data: Any) -> None:
    result = fit(reference("mobi_chain_ml")["model"], numeric_moments(shared_data("mobi.csv")))
    assert result.refused
    (path,) = of(result, "PATH_BEYOND_ONE")
    assert path.values["std"] == pytest.approx(1.071, abs=5e-4)
    assert path.values["predictor_correlation"] == pytest.approx(0.90, abs=5e-3)


def test_the_short_chain_is_worded_with_the_htmt_caution(shared_data: Any) -> None:
    result = fit(CHAIN, numeric_moments(shared_data("mobi.csv")))
    assert result.measures["chisq"] == pytest.approx(27.682, abs=5e-4)
    assert result.measures["df"] == 17
    assert worst(result.checks) == "caution"
    (check,) = of(result, "HTMT_HIGH")
    assert check.about == ("Satisfaction", "Loyalty")
    assert check.values["htmt"] == pytest.approx(0.957, abs=5e-4)
    # SPEC B1: a .752, b .872, indirect .656, total .637
    effects = {(r["from"], r["to"], r["kind"]): r for r in result.tables()["effects"].records()}
    assert effects["Value", "Loyalty", "indirect"]["std"] == pytest.approx(0.656, abs=5e-4)
    assert effects["Value", "Loyalty", "total"]["std"] == pytest.approx(0.637, abs=5e-4)
    assert effects["Value", "Loyalty", "indirect"]["std_se"] == pytest.approx(0.100, abs=5e-4)


def test_s1_a_heywood_case_is_named_with_its_value() -> None:
    # exact residual variance of x1: 1 - .8 * .8 / .5 = -.28
    S = [[1, 0.8, 0.8], [0.8, 1, 0.5], [0.8, 0.5, 1]]
    result = fit("f =~ x1 + x2 + x3", Moments(n=300, cov=S, sd=[2, 2, 2], names=["x1", "x2", "x3"]))
    (check,) = of(result, "NEGATIVE_VARIANCE")
    assert check.about == ("x1~~x1",)
    assert check.values["variance"] == pytest.approx(-0.28 * 4 * 299 / 300, rel=1e-9)
    assert result.refused


def test_a_latent_correlation_beyond_one_is_refused() -> None:
    S = np.full((4, 4), 0.6) + 0.4 * np.eye(4)
    S[0, 1] = S[1, 0] = S[2, 3] = S[3, 2] = 0.5
    result = fit("f =~ a + b\ng =~ c + d", Moments(n=500, cov=S, sd=[2, 2, 2, 2], names=list("abcd")))
    (check,) = of(result, "LATENT_CORRELATION_BEYOND_ONE")
    assert check.values["correlation"] == pytest.approx(1.2, rel=1e-6)


def test_a_path_beyond_one_without_collinear_predictors_is_a_caution() -> None:
    # predictors correlate at .6: with b1 = 1.1 and b2 = -.5 the outcome has variance 1
    matrices = Matrices(Model.parse("y ~ 1.1*x + -0.5*z\nx ~~ 1*x + 0.6*z\nz ~~ 1*z\ny ~~ 0.2*y").table())
    Sigma, _ = matrices.implied(np.zeros(0))
    moments = Moments(n=400, cov=Sigma, sd=[3, 3, 3], names=matrices.observed)
    result = fit("y ~ x + z", moments)
    (check,) = of(result, "PATH_BEYOND_ONE")
    assert check.level == "caution"
    assert not result.refused


def test_few_answers_are_a_caution() -> None:
    assert [c.code for c in fit(HS, holzinger()).checks] == []
    result = fit("f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6", sample(rows_of_two_factors(60)))
    (check,) = of(result, "FEW_ANSWERS")
    assert check.values["n"] == 60
    assert check.values["npar"] == 13


def test_a_weak_marker_is_a_caution() -> None:
    rows = rows_of_two_factors(400)
    rows[:, 0] += 6 * np.random.default_rng(3).normal(size=400)
    result = fit("f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6", sample(rows))
    assert of(result, "MARKER_WEAK")


def test_every_check_speaks_both_languages_and_every_threshold_has_a_source(
    reference: Any, shared_data: Any
) -> None:
    result = fit(reference("mobi_ecsi_ml")["model"], numeric_moments(shared_data("mobi.csv")))
    for check in result.checks:
        assert check.text("en") != check.text("zh")
        assert any("\u4e00" <= c <= "\u9fff" for c in check.text("zh"))
    assert all(t.source for t in THRESHOLDS.values())


@pytest.mark.parametrize("definition", ["q := a / 0", "q := log(0 - a^2)", "q := sqrt(a - 100)"])
def test_a_defined_effect_without_value_is_told(definition: str) -> None:
    found = fit("x4 ~ a*x1\nx5 ~ b*x4\nab := a*b\n" + definition, holzinger())
    told = next(c for c in found.checks if c.code == "EFFECT_WITHOUT_VALUE")
    assert (told.level, told.about) == ("caution", ("q",))
    rows = found.tidy().set_index("lhs")
    assert np.isnan(rows.loc["q", "z"])
    assert np.isfinite(rows.loc["ab", "se"])
