"""Bootstraps of several groups: each group is drawn, and turned, within itself."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.sem import bca_intervals, bollen_stine, fit
from surveykit.sem.refit import stream_of

TEXT = "f =~ x1 + x2 + x3 + x4"
R = 40


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    parts: list[pd.DataFrame] = []
    for label, text in (
        ("a", "f =~ 0.8*x1 + 0.7*x2 + 0.6*x3 + 0.7*x4"),
        ("b", "f =~ 0.6*x1 + 0.8*x2 + 0.7*x3 + 0.5*x4"),
    ):
        frame = sk.simulate(sk.Model.parse(text), 150, len(parts) + 1)
        parts.append(pd.DataFrame(frame).assign(g=label))
    return pd.concat(parts, ignore_index=True)


def test_a_configural_model_is_the_bootstrap_of_each_group_alone(rows: pd.DataFrame) -> None:
    both = fit(TEXT, rows, group="g", bootstrap=R, seed=5)
    assert both.replicates is not None
    assert both.replicates.failed == 0
    for g, label in enumerate(("a", "b")):
        alone = fit(
            TEXT, rows[rows.g == label], bootstrap=R, seed=stream_of(5, g), meanstructure=True
        ).replicates
        assert alone is not None
        k = alone.theta.shape[1]
        # the same draws, searched for by two routes: both end at a scaled gradient below 1e-9
        assert np.allclose(both.replicates.theta[:, g * k : (g + 1) * k], alone.theta, atol=1e-7)


def test_equal_parameters_move_together(rows: pd.DataFrame) -> None:
    found = fit(TEXT, rows, group="g", group_equal="loadings", bootstrap=R)
    frame = found.tidy().query("op == '=~' and rhs == 'x2'")
    assert frame["se"].nunique() == 1
    assert (frame["low"] < frame["estimate"]).all()


def test_bollen_stine_of_groups_has_the_mean_of_its_chi_square(rows: pd.DataFrame) -> None:
    found = fit(TEXT, rows, group="g", group_equal="loadings")
    test = bollen_stine(found, rows, 200, 3).tidy().iloc[0]
    assert test["df"] == 7
    # the model holds for the turned rows: χ² has mean df; 5 standard errors of a mean of 200 are 1.3
    assert test["mean"] == pytest.approx(7, abs=1.6)
    again = bollen_stine(found, rows, 200, 3).tidy().iloc[0]
    assert again["p"] == test["p"]


def test_bca_of_groups_and_of_constraints(rows: pd.DataFrame) -> None:
    text = "f =~ x1 + c(a1,a2)*x2 + x3 + x4\nd := a1 - a2"
    found = fit(text, rows, group="g", bootstrap=200)
    table = bca_intervals(found, rows).tidy().set_index("label")
    assert table.loc["d", "low"] < table.loc["d", "estimate"] < table.loc["d", "high"]
    # accelerations are those of each group alone: in a configural model the other group has no influence
    alone = fit("f =~ x1 + a1*x2 + x3 + x4", rows[rows.g == "a"], bootstrap=200, meanstructure=True)
    own = bca_intervals(alone, rows[rows.g == "a"]).tidy().set_index("label")
    assert table.loc["a1", "acceleration"] == pytest.approx(own.loc["a1", "acceleration"], rel=1e-6)


def test_a_bootstrap_obeys_constraints(rows: pd.DataFrame) -> None:
    found = fit("f =~ x1 + a*x2 + b*x3 + x4\na*b == 0.8", rows, bootstrap=R)
    assert found.replicates is not None
    names = found.table.names()
    a, b = (found.replicates.theta[:, names.index(n)] for n in "ab")
    assert np.allclose(a * b, 0.8, atol=1e-9)


@pytest.mark.parametrize(
    ("text", "options"),
    [
        (TEXT, {"group": "g", "group_equal": ["loadings", "intercepts"]}),
        ("f =~ x1 + a*x2 + b*x3\na + b == 1.7", {}),
        ("f =~ x1 + x2 + x3\nf ~ x4", {"group": "g"}),
    ],
)
def test_all_at_once_is_one_by_one(
    rows: pd.DataFrame, monkeypatch: pytest.MonkeyPatch, text: str, options: dict[str, Any]
) -> None:
    """Stacked replicates, moments of fixed predictors their own, end where single searches end."""
    together = fit(text, rows, bootstrap=25, **options).replicates

    def nobody(scaled: Any, problem: Any, start: Any) -> Any:
        return np.zeros((len(problem.S), len(start))), np.zeros(len(problem.S), dtype=bool)

    monkeypatch.setattr("surveykit.sem.refit._minimised", nobody)
    alone = fit(text, rows, bootstrap=25, **options).replicates
    assert together is not None
    assert alone is not None
    assert together.failed == alone.failed
    assert together.theta == pytest.approx(alone.theta, abs=1e-7)
