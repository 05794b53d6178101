"""Robust inference for weighted, clustered and incomplete rows, against lavaan 0.6-21 and what must hold.

lavaan's observed information is numerical (1e-9); its expected information is exact.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import Fit, fit, likelihood_ratio
from tests.sem_data import NAMES, rows_of_two_factors

MISSING, WEIGHTED = "HS1939_missing15.csv", "HS1939_weights_clusters.csv"
CASES: dict[str, tuple[str, dict[str, Any], float]] = {
    "hs_fiml_mlr": (MISSING, {"method": "mlr", "missing": "fiml"}, 1e-8),
    "hs_twostage": (MISSING, {"missing": "robust.two.stage"}, 1e-10),
    "hs_cfa_sampling_weights": (WEIGHTED, {"sampling_weights": "w"}, 1e-8),
    "hs_cfa_sampling_weights_ml_naive": (WEIGHTED, {"sampling_weights": "w", "method": "ml"}, 1e-8),
    "hs_cfa_cluster_robust": (WEIGHTED, {"cluster": "clus"}, 1e-8),
    "hs_cfa_weights_and_cluster": (WEIGHTED, {"cluster": "clus", "sampling_weights": "w"}, 1e-10),
}
RENAMED = {
    "pvalue": "p_value",
    "logl": "loglik",
    "rmsea.ci.lower": "rmsea_low",
    "rmsea.ci.upper": "rmsea_high",
}
TWO = "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6"


@pytest.mark.parametrize("case", CASES)
def test_estimates_errors_and_measures_are_those_of_lavaan(
    case: str, reference: Any, shared_data: Any
) -> None:
    file, options, tolerance = CASES[case]
    stored = reference(case)
    result = fit(stored["model"], pd.read_csv(shared_data(file)), **options)
    rows = {(r["lhs"], r["op"], r["rhs"]): r for r in result.tidy().to_dict("records")}
    for row in stored["parameters"]:
        if row["op"] == "r2":
            continue
        mine = rows[row["lhs"], row["op"], row["rhs"]]
        assert mine["estimate"] == pytest.approx(row["est"], rel=1e-9, abs=1e-10)
        assert mine["se"] == pytest.approx(row["se"] or 0, rel=tolerance, abs=1e-10)
    measures = result.glance().iloc[0]
    for name, value in stored["fit_measures"].items():
        own = RENAMED.get(name, name.replace(".", "_"))
        assert measures[own] == pytest.approx(value, rel=1e-6, abs=1e-10), name


# --- without oracles ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    frame = pd.DataFrame(rows_of_two_factors(), columns=list(NAMES))
    rng = np.random.default_rng(5)
    frame["w"] = rng.uniform(0.5, 2.0, len(frame)).round(2)
    frame["even"] = 3.0
    frame["own"] = np.arange(len(frame)) + 1000
    frame["area"] = rng.integers(1, 41, len(frame))
    return frame


def _errors(result: Fit) -> np.ndarray[Any, Any]:
    return np.sqrt(np.diagonal(result.vcov))


def test_even_weights_are_none(answers: pd.DataFrame) -> None:
    weighted, plain = fit(TWO, answers, sampling_weights="even"), fit(TWO, answers, method="mlr")
    assert weighted.theta == pytest.approx(plain.theta, rel=1e-9)
    assert _errors(weighted) == pytest.approx(_errors(plain), rel=1e-9)
    for name in ("chisq_scaled", "cfi_robust", "rmsea_scaled"):
        assert weighted.measures[name] == pytest.approx(plain.measures[name], rel=1e-8, abs=1e-10)


def test_clusters_of_one_row_are_rows(answers: pd.DataFrame) -> None:
    clustered = fit(TWO, answers, cluster="own")
    plain = fit(TWO, answers, method="mlr", meanstructure=True)
    n = len(answers)
    assert _errors(clustered) == pytest.approx(_errors(plain) * np.sqrt(n / (n - 1)), rel=1e-9)


def test_copies_in_a_cluster_are_one_row(answers: pd.DataFrame) -> None:
    """Every row three times: without clusters the errors shrink by √3, with them they stay."""
    thrice = pd.concat([answers] * 3, ignore_index=True)
    clustered, once = fit(TWO, thrice, cluster="own"), fit(TWO, answers, cluster="own")
    assert _errors(clustered) == pytest.approx(_errors(once), rel=1e-9)
    naive = fit(TWO, thrice, method="mlr", meanstructure=True)
    assert _errors(naive) == pytest.approx(_errors(clustered) / np.sqrt(3), rel=0.01)


def test_weights_estimate_as_copies_would_and_err_more(answers: pd.DataFrame) -> None:
    doubled = answers.assign(w=np.where(np.arange(len(answers)) < 100, 2.0, 1.0))
    copies = pd.concat([answers, answers.iloc[:100]], ignore_index=True)
    weighted, repeated = fit(TWO, doubled, sampling_weights="w"), fit(TWO, copies, method="mlr")
    assert weighted.theta == pytest.approx(repeated.theta, rel=1e-8)
    assert weighted.n == len(answers)
    assert (_errors(weighted) > _errors(repeated)).mean() > 0.9


def test_weights_and_groups(answers: pd.DataFrame) -> None:
    """Two groups without equalities are two fits."""
    both = answers.assign(wave=np.where(np.arange(len(answers)) % 2, "a", "b"))
    together = fit(TWO, both, group="wave", sampling_weights="w", cluster="area")
    alone = fit(TWO, both[both["wave"] == "a"], sampling_weights="w", cluster="area")
    mine = together.tidy().query("group == 'a'")
    assert mine["estimate"].tolist() == pytest.approx(alone.tidy()["estimate"].tolist(), rel=1e-7, abs=1e-9)
    assert mine["se"].tolist() == pytest.approx(alone.tidy()["se"].tolist(), rel=1e-7, abs=1e-9)


def test_rows_without_weight_are_set_aside_and_counted(answers: pd.DataFrame) -> None:
    holes = answers.copy()
    holes.loc[:4, "w"] = 0.0
    holes.loc[5, "x1"] = np.nan
    result = fit(TWO, holes, sampling_weights="w")
    assert (result.n, result.n_total) == (294, 300)
    assert "294 of 300" in result.notes()[0]
    with pytest.raises(SurveykitError, match="missing") as caught:
        fit(TWO, holes.assign(w=holes.w.replace(0.0, np.nan)), sampling_weights="w")
    assert "rows 1, 2, 3" in str(caught.value)
    with pytest.raises(SurveykitError, match="negative"):
        fit(TWO, answers.assign(w=-1.0), sampling_weights="w")
    with pytest.raises(SurveykitError, match="one cluster"):
        fit(TWO, answers.assign(area=1), cluster="area")
    with pytest.raises(SurveykitError, match="needs complete rows"):
        fit(TWO, holes, cluster="area", missing="fiml")


@pytest.fixture(scope="module")
def incomplete(answers: pd.DataFrame) -> pd.DataFrame:
    rows = answers[list(NAMES)].to_numpy().copy()
    rows[np.random.default_rng(3).random(rows.shape) < 0.05] = np.nan
    return pd.DataFrame(rows, columns=list(NAMES))


def test_complete_rows_are_the_ordinary_robust_fit(answers: pd.DataFrame) -> None:
    items = answers[list(NAMES)]
    full = fit(TWO, items, method="mlr", missing="fiml", meanstructure=True)
    plain = fit(TWO, items, method="mlr", meanstructure=True)
    assert _errors(full) == pytest.approx(_errors(plain), rel=1e-9)


def test_one_value_missing_changes_little(answers: pd.DataFrame) -> None:
    """FIML's pattern scores run into those of complete rows: a formula for one cannot differ from the other."""
    items = answers[list(NAMES)].copy()
    holes = items.copy()
    holes.loc[7, "x2"] = np.nan
    for options, missing in (({"method": "mlr"}, "fiml"), ({"se": "robust_sem"}, "two_stage")):
        plain = fit(TWO, items, meanstructure=True, **options)
        result = fit(TWO, holes, **({} if missing == "two_stage" else options), missing=missing)
        # in two stages the weight stands at the sample's moments, not at the model's
        assert _errors(result) == pytest.approx(_errors(plain), rel=0.02 if missing == "fiml" else 0.1)


def test_robust_fiml_in_groups(incomplete: pd.DataFrame) -> None:
    both = incomplete.assign(wave=np.where(np.arange(len(incomplete)) % 2, "a", "b"))
    for options in ({"method": "mlr", "missing": "fiml"}, {"missing": "two_stage"}):
        together = fit(TWO, both, group="wave", **options)
        alone = fit(TWO, both[both["wave"] == "a"].drop(columns="wave"), **options)
        mine = together.tidy().query("group == 'a'")
        assert mine["se"].tolist() == pytest.approx(alone.tidy()["se"].tolist(), rel=1e-6, abs=1e-8)


def test_scaled_difference_of_incomplete_rows(incomplete: pd.DataFrame) -> None:
    equal = "f1 =~ x1 + a*x2 + a*x3\nf2 =~ x4 + x5 + x6"
    pair = [fit(text, incomplete, method="mlr", missing="fiml") for text in (TWO, equal)]
    row = likelihood_ratio(*pair).estimates.records()[1]
    assert row["df_diff"] == 1
    assert 0 < row["p"] < 1
    with pytest.raises(SurveykitError, match="complete rows"):
        likelihood_ratio(*pair, method="sb2010")


def test_fixed_predictors_are_refused_under_robust_fiml(incomplete: pd.DataFrame) -> None:
    with pytest.raises(SurveykitError, match="fixed_x=False"):
        fit("x1 ~ x2 + x3", incomplete, method="mlr", missing="fiml")
