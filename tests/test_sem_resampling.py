"""Bollen–Stine's test on stored rows against lavaan's fits, BCa intervals against what must hold."""

from __future__ import annotations

import gzip
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.sem import fit
from surveykit.sem.resampling import _influence, _rows, bca_intervals, bollen_stine
from tests.sem_data import NAMES, rows_of_two_factors

TWO = "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6"


def test_bollen_stine_on_stored_rows(reference: Any, shared_data: Any) -> None:
    stored, text = reference("pd_bollen_stine200"), reference("pd_sem_ml")["model"]
    with gzip.open(shared_data("pd_boot_indices_200x75_1based.csv.gz"), "rt") as file:
        indices = np.loadtxt(file, delimiter=",", dtype=int) - 1
    frame = pd.read_csv(shared_data("PoliticalDemocracy.csv"))[list(Model.parse(text).observed)]
    row = bollen_stine(fit(text, frame), frame, 200, indices=indices).estimates.records()[0]
    assert row["chisq"] == pytest.approx(stored["original"], rel=1e-10)
    assert row["replicates"] == len(stored["chisq"])
    assert row["mean"] == pytest.approx(np.mean(stored["chisq"]), rel=1e-9)
    assert row["q95"] == pytest.approx(np.quantile(stored["chisq"], 0.95), rel=1e-9)
    assert row["p"] == stored["p"]


# --- without oracles ------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    return pd.DataFrame(rows_of_two_factors(n=150), columns=list(NAMES))


def test_a_wrong_model_is_found(answers: pd.DataFrame) -> None:
    """One factor for two: no replicate under the model is as far off."""
    wrong = fit("f =~ x1 + x2 + x3 + x4 + x5 + x6", answers)
    assert bollen_stine(wrong, answers, 100).tidy()["p"][0] == 0
    right = bollen_stine(fit(TWO, answers), answers, 100).estimates.records()[0]
    assert right["p"] > 0.05
    assert 4 < right["mean"] < 13  # 8 degrees of freedom
    assert right["replicates"] + right["failed"] == 100


def test_influence_is_what_a_row_left_out_changes(answers: pd.DataFrame) -> None:
    result = fit(TWO, answers)
    influence = _influence(result, _rows(result, answers))
    assert np.abs(influence.sum(axis=0)).max() < 1e-6
    huber_white = fit(TWO, answers, method="mlr").vcov  # the same scores, summed up from fourth-order moments
    assert influence.T @ influence / len(answers) ** 2 == pytest.approx(huber_white, rel=1e-7, abs=1e-10)
    for i in (3, 77):
        without = fit(TWO, answers.drop(index=i))
        change = (result.theta - without.theta) * (len(answers) - 1)
        assert influence[i] == pytest.approx(change, rel=0.25, abs=0.05)  # first order only


def test_bca_moves_the_percentiles_by_bias_and_skewness(answers: pd.DataFrame) -> None:
    result = fit("m ~ a*x\ny ~ b*m\nind := a*b", answers.set_axis([*"xmy", *NAMES[3:]], axis=1), bootstrap=400,
                 fixed_x=False)  # fmt: skip
    found = bca_intervals(result, answers.set_axis([*"xmy", *NAMES[3:]], axis=1)).estimates.records()
    percentile = {(r["lhs"], r["rhs"]): r for r in result.tidy().to_dict("records")}
    product = next(r for r in found if r["op"] == ":=")
    assert product["acceleration"] > 0  # a product of positive paths is skewed to the right
    for row in found:
        assert row["low"] < row["estimate"] < row["high"]
        other = percentile[row["lhs"], row["rhs"]]
        assert row["low"] == pytest.approx(other["low"], abs=0.5 * other["se"])


def test_what_has_no_such_bootstrap(answers: pd.DataFrame) -> None:
    result = fit(TWO, answers)
    with pytest.raises(SurveykitError, match="bootstrap=2000"):
        bca_intervals(result, answers)
    with pytest.raises(SurveykitError, match="not the answers"):
        bollen_stine(result, answers.iloc[:100])
    with pytest.raises(SurveykitError, match="random"):
        bollen_stine(fit("x1 ~ x2", answers), answers)
