"""Planned studies: simulated power and the n for a wanted precision agree with theory and with each other."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model, simulate
from surveykit.moments import Moments
from surveykit.sem import fit, monte_carlo, needed_n
from surveykit.sem.power import _drawn, _planned

MODEL = "f =~ 0.8*x1 + 0.7*x2 + 0.6*x3\ng =~ 0.8*y1 + 0.7*y2 + 0.6*y3\ng ~ 0.2*f"
PATH = {"lhs": "g", "op": "~", "rhs": "f"}


def _of(records: list[dict[str, object]], **which: str) -> dict[str, object]:
    return next(r for r in records if all(r[k] == v for k, v in which.items()))


def test_drawn_moments_have_the_mean_and_spread_of_samples() -> None:
    """n − 1 covariances of normal rows: mean Σ, variance (σ_ij² + σ_ii σ_jj)/(n − 1)."""
    population, _ = _planned(MODEL, None, None)
    n, R = 50, 3000
    stack = np.array([_drawn(population, n, 3, i).cov for i in range(R)])
    spread = (population.cov**2 + np.outer(*[np.diagonal(population.cov)] * 2)) / (n - 1)
    assert np.abs((stack.mean(axis=0) - population.cov) / np.sqrt(spread / R)).max() < 4.5
    assert stack.var(axis=0) == pytest.approx(spread, rel=0.12)


def test_power_and_precision_agree() -> None:
    plan = _of(needed_n(MODEL, std_lv=True).estimates.records(), **PATH)
    n = int(plan["n_power"])  # type: ignore[call-overload]
    found = monte_carlo(MODEL, n, replications=150, seed=4, std_lv=True)
    assert found.facts["converged"] == 150
    path = _of(found.estimates.records(), **PATH)
    assert path["power_low"] < 0.8 < path["power_high"]  # type: ignore[operator]
    assert path["population"] == pytest.approx(0.2041, abs=1e-4)  # std_lv: g's residual variance is 1
    assert path["sd"] == pytest.approx(float(plan["se_at_100"]) * 10 / np.sqrt(n), rel=0.15)  # type: ignore[arg-type]
    assert 0.89 < float(path["coverage"]) <= 1  # type: ignore[arg-type]


def test_the_error_at_n_is_that_of_an_exact_sample() -> None:
    frame = simulate(Model.parse(MODEL), 400, 1, exact=True)
    moments = Moments.from_rows(frame.to_numpy(), list(frame.columns))
    text = "f =~ x1 + x2 + x3\ng =~ y1 + y2 + y3\ng ~ f"
    errors = {(r["lhs"], r["rhs"]): r["se"] for r in fit(text, moments).tidy().to_dict("records")}
    for row in needed_n(MODEL).estimates.records():
        assert errors[row["lhs"], row["rhs"]] == pytest.approx(row["se_at_100"] / 2, rel=5e-3)
        assert row["n_width"] == pytest.approx((2 * 1.96 / 0.2 * row["se_at_100"] * 10) ** 2, rel=1e-3, abs=1)


def test_a_seed_gives_the_same_study_and_a_prefix_of_a_longer_one() -> None:
    short, again = (monte_carlo(MODEL, 150, replications=10, seed=2) for _ in range(2))
    assert short.to_dict() == again.to_dict()


def test_what_cannot_be_planned() -> None:
    with pytest.raises(SurveykitError, match="too few answers"):
        monte_carlo(MODEL, 5)
    with pytest.raises(SurveykitError, match="alpha is between"):
        monte_carlo(MODEL, 100, alpha=2)
    with pytest.raises(SurveykitError, match="width is above 0"):
        needed_n(MODEL, width=0)
    with pytest.raises(SurveykitError, match="does not have"):
        monte_carlo(MODEL, 100, analysis="f =~ x1 + x2 + z")
