"""Categorical omega against quadrature and against copies of an answer, and reliability in either parameterisation."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.sem import fit, reliability
from surveykit.sem.ordinalreliability import categorical_omega
from tests.sem_data import HS
from tests.test_sem_ordinal import ordered_holzinger


def test_omega_is_what_quadrature_over_the_construct_gives() -> None:
    """Var E(sum | f) over the variance of the sum, items independent given f."""
    from scipy.special import ndtr

    loadings = np.array([0.8, 0.5, 0.65, 0.9])
    cuts = [np.array(t) for t in ([-1.0, 0.2, 1.5], [0.4], [-0.3, 0.9], [-2.0, -1.0, 0.0, 1.0])]
    steps = [np.array(g) for g in ([1.0, 1, 1], [1.0], [1.0, 2.0], [1.0, 1, 1, 1])]
    nodes, weights = np.polynomial.hermite_e.hermegauss(120)
    weights = weights / weights.sum()
    mean, noise = np.zeros(len(nodes)), np.zeros(len(nodes))
    for loading, tau, gap in zip(loadings, cuts, steps, strict=True):
        above = ndtr((loading * nodes[:, None] - tau) / np.sqrt(1 - loading**2))
        codes = np.append(0, np.cumsum(gap))
        p = -np.diff(np.column_stack([np.ones(len(nodes)), above, np.zeros(len(nodes))]), axis=1)
        own = p @ codes
        mean, noise = mean + own, noise + p @ codes**2 - own**2
    common = weights @ mean**2 - (weights @ mean) ** 2
    R = np.outer(loadings, loadings)
    np.fill_diagonal(R, 1.0)
    expected = common / (common + weights @ noise)
    assert categorical_omega(loadings, cuts, steps, R) == pytest.approx(expected, abs=1e-12)


def test_many_categories_are_no_categories() -> None:
    loadings = np.array([0.8, 0.5, 0.65])
    R = np.outer(loadings, loadings)
    np.fill_diagonal(R, 1.0)
    cuts = [np.linspace(-4, 4, 161)] * 3
    found = categorical_omega(loadings, cuts, [np.full(161, 0.05)] * 3, R)
    assert found == pytest.approx(loadings.sum() ** 2 / R.sum(), abs=2e-3)


@pytest.mark.parametrize("group", [None, "school"])
def test_parameterisations_measure_alike(group: str | None) -> None:
    equal = ("thresholds", "loadings") if group else ()
    delta, theta = (
        reliability(
            fit(HS, ordered_holzinger(), ordered=True, group=group, group_equal=equal, parameterization=form)
        ).tidy()
        for form in ("delta", "theta")
    )
    assert list(delta["measure"][:4]) == ["omega", "rho_c", "ave", "omega_categorical"]
    for column in ("estimate", "se", "low", "high"):
        assert delta[column].tolist() == pytest.approx(theta[column].tolist(), rel=1e-5, nan_ok=True)
    of = delta.set_index(["group", "term", "measure"])["estimate"].unstack()
    assert (of["omega_categorical"] < of["omega"]).all()


def test_only_ordered_items_have_it_and_it_is_said() -> None:
    frame = ordered_holzinger()
    mixed = reliability(fit(HS, frame, ordered=["x1", "x2", "x3", "x4"]))
    found = mixed.tidy()
    assert set(found.loc[found["measure"] == "omega_categorical", "term"]) == {"visual"}
    assert any("omega_categorical" in note for note in mixed.choices)
    assert "omega_categorical" not in set(reliability(fit(HS, frame)).tidy()["measure"])
