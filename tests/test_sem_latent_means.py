"""Means of constructs by group: lavaan's, and the same whether constructs are joined by paths or by covariances."""

from __future__ import annotations

from typing import Any

import pytest

from surveykit.sem import fit
from tests.sem_data import HS, holzinger_groups

EQUAL = ("loadings", "intercepts")
# lavaan 0.6-21, cfa(HS, group = "school", group.equal = c("loadings", "intercepts")), group Grant-White
LAVAAN = {
    "visual": (-0.14770032342305, 0.121968171385269),
    "textual": (0.576362785856974, 0.11719032332643),
    "speed": (-0.177350414479641, 0.09013511182057),
}


def means(model: str) -> dict[str, dict[str, Any]]:
    sample = holzinger_groups()
    ordered = {g: sample[g] for g in ("Pasteur", "Grant-White")}
    found = fit(model, ordered, group_equal=EQUAL).tables()["latent_means"]
    return {r["construct"]: r for r in found.records()}


def test_latent_means_are_lavaans() -> None:
    found = means(HS)
    for construct, (estimate, se) in LAVAAN.items():
        assert found[construct]["group"] == "Grant-White"
        assert found[construct]["estimate"] == pytest.approx(estimate, abs=1e-9)
        assert found[construct]["se"] == pytest.approx(se, abs=1e-9)
        assert found[construct]["low"] < found[construct]["estimate"] < found[construct]["high"]


def test_the_mean_of_an_explained_construct_is_not_its_intercept() -> None:
    """Saturated paths are another way to write the covariances: the same means with the same errors."""
    alone, chain = means(HS), means(HS + "\nspeed ~ visual + textual\ntextual ~ visual")
    for construct, row in alone.items():
        for column in ("estimate", "se", "z", "d", "low"):
            assert chain[construct][column] == pytest.approx(row[column], rel=1e-6)


def test_without_equal_intercepts_there_are_none() -> None:
    assert "latent_means" not in fit(HS, holzinger_groups(), group_equal=("loadings",)).tables()
    assert "latent_means" not in fit(HS, holzinger_groups()["Pasteur"], meanstructure=True).tables()
