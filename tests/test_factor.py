"""The one-factor model: exact recovery, lavaan's and psych's loadings, the variance formula by simulation."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.factor import normal_theory_variance, one_factor, one_factor_minres
from tests.published import attitude

LOADINGS = np.array([0.9, -0.4, 0.7, 0.6, 0.3])
SCALE = np.array([1e-6, 1.0, 3.0, 1e5, 2.0])


@pytest.mark.parametrize("fit", [one_factor, one_factor_minres])
def test_exact_recovery(fit):
    R = np.outer(LOADINGS, LOADINGS) + np.diag(1 - LOADINGS**2)
    found = fit(R * np.outer(SCALE, SCALE))
    np.testing.assert_allclose(found.loadings, LOADINGS * SCALE, rtol=1e-8)
    np.testing.assert_allclose(found.uniquenesses, (1 - LOADINGS**2) * SCALE**2, rtol=1e-8)
    assert found.proper


def test_three_items_are_solved_exactly():
    # just identified: λ₁² = r₁₂ r₁₃ / r₂₃
    R = np.array([[1, 0.5, 0.4], [0.5, 1, 0.3], [0.4, 0.3, 1]])
    expected = np.sqrt([0.5 * 0.4 / 0.3, 0.5 * 0.3 / 0.4, 0.4 * 0.3 / 0.5])
    np.testing.assert_allclose(one_factor(R).loadings, expected, rtol=1e-9)


def test_heywood_is_not_hidden():
    R = np.array([[1, 0.8, 0.8], [0.8, 1, 0.4], [0.8, 0.4, 1]])
    found = one_factor(R)
    assert not found.proper
    np.testing.assert_allclose(found.uniquenesses[0], 1 - 0.8 * 0.8 / 0.4, rtol=1e-9)


def test_attitude_against_lavaan():
    # lavaan: cfa("f =~ complaints + privileges + learning + raises + advance", attitude, std.lv = TRUE),
    # printed to 3 digits
    names = ["complaints", "privileges", "learning", "raises", "advance"]
    found = one_factor(attitude()[names].cov().to_numpy())
    np.testing.assert_allclose(found.standardised, [0.754, 0.605, 0.788, 0.848, 0.584], atol=6e-4)


def test_holzinger_against_lavaan(reference, shared_data):
    names = [f"x{i}" for i in range(1, 10)]
    cov = pd.read_csv(shared_data("HolzingerSwineford1939.csv"))[names].cov(ddof=0).to_numpy()
    stored = [p["std.all"] for p in reference("hs_1factor_ml")["parameters"] if p["op"] == "=~"]
    np.testing.assert_allclose(one_factor(cov).standardised, stored, rtol=1e-8)


def test_minres_against_psych(reference, shared_data):
    cor = pd.read_csv(shared_data("bfi.csv"))[[f"N{i}" for i in range(1, 6)]].corr().to_numpy()
    found = one_factor_minres(cor)
    omega = 1 - found.uniquenesses.sum() / cor.sum()
    # psych's optimiser leaves about 1e-5 in its loadings
    assert omega == pytest.approx(reference("omega_psych")["results"]["bfi_N_1f"]["omega.tot"], abs=1e-6)


def test_two_items_identify_no_factor():
    with pytest.raises(SurveykitError) as error:
        one_factor(np.array([[1, 0.5], [0.5, 1]]))
    assert error.value.code == "NOT_IDENTIFIED"


def test_variance_of_a_loading_by_simulation():
    # the spread of 2000 estimates against the formula: 5 % is three Monte Carlo errors of a standard
    # deviation
    rng = np.random.default_rng(1)
    sigma = np.outer(LOADINGS, LOADINGS) + np.diag(1 - LOADINGS**2)
    root = np.linalg.cholesky(sigma)
    drawn = [one_factor(np.cov((rng.normal(size=(400, 5)) @ root.T).T)).loadings[2] for _ in range(2000)]
    g = one_factor(sigma).through(np.eye(5)[2], np.zeros(5))
    assert np.std(drawn) == pytest.approx(np.sqrt(normal_theory_variance(g, sigma, 400)), rel=0.05)
