"""What has no answer is an error that names the items or the parameters (RELIABILITY 1.3)."""

from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem import fit
from tests.sem_data import NAMES, TWO_FACTORS, rows_of_two_factors, sample


def refused(model: str, moments: Any, **options: Any) -> SurveykitError:
    with pytest.raises(SurveykitError) as caught:
        fit(model, moments, **options)
    return caught.value


def changed(column: int, values: Any) -> Moments:
    rows = rows_of_two_factors()
    rows[:, column] = values(rows) if callable(values) else values
    return sample(rows)


def test_s3_a_constant_item_is_named_with_its_value() -> None:
    error = refused(TWO_FACTORS, changed(2, 3.0))
    assert "'x3' has no variance" in str(error)
    assert "every answer is 3" in str(error)


def test_s4_identical_items_are_named() -> None:
    error = refused(TWO_FACTORS, changed(1, lambda r: r[:, 0]))
    assert "'x1' and 'x2' are the same (r = 1)" in str(error)


def test_s4_reversed_copies_are_named() -> None:
    error = refused(TWO_FACTORS, changed(1, lambda r: 6 - r[:, 0]))
    assert "'x1' and 'x2' are the same (r = -1)" in str(error)


def test_s5_a_sum_of_items_names_the_combination() -> None:
    error = refused(TWO_FACTORS, changed(2, lambda r: r[:, 0] + r[:, 1]))
    assert error.code == "SEM_COLLINEAR_ITEMS"
    assert all(name in error.got for name in ("x1", "x2", "x3"))
    assert "x4" not in error.got


@pytest.mark.parametrize("n", [2, 5, 6])
def test_s6_too_few_rows_state_the_rule(n: int) -> None:
    error = refused(TWO_FACTORS, sample(rows_of_two_factors()[:n]))
    assert "at least 7 for 6 variables" in error.expected
    assert f"n = {n}" in error.got


def test_s9_an_unknown_variable_has_a_neighbour() -> None:
    error = refused("f =~ x1 + x2 + x44", Moments(n=50, cov=np.eye(3) + 0.5, names=["x1", "x2", "x4"]))
    assert "'x44'" in error.what
    assert "did you mean 'x4'?" in error.hint


def test_s10_a_single_indicator_is_taken_without_error_and_said_so() -> None:
    result = fit("f1 =~ x1 + x2 + x3\nf2 =~ x4\nf2 ~ f1", sample(rows_of_two_factors()))
    assert result.measures["df"] == 2
    assert any("x4" in c.about and c.level == "note" for c in result.checks)


def test_s11_more_parameters_than_moments() -> None:
    error = refused("f1 =~ x1 + x2", sample(rows_of_two_factors()))
    assert error.code == "SEM_NOT_IDENTIFIED"
    assert "at most 3" in error.expected
    assert "'f1=~x2'" in error.got


def test_s12_two_fully_crossed_factors_name_the_loadings() -> None:
    everything = " + ".join(NAMES)
    error = refused(f"f1 =~ {everything}\nf2 =~ {everything}", sample(rows_of_two_factors()))
    assert error.code == "SEM_NOT_IDENTIFIED"
    assert "'f1=~x2'" in error.got


def test_s13_a_loop_without_instruments() -> None:
    model = "f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6\nf1 ~ f2\nf2 ~ f1"
    error = refused(model, sample(rows_of_two_factors()))
    assert error.code == "SEM_NOT_IDENTIFIED"
    assert "'f2~f1'" in error.got
    assert "'f1=~x2'" not in error.got


def test_a_loop_with_instruments_is_fine() -> None:
    result = fit("x1 ~ x2 + x4\nx4 ~ x5 + x1", sample(rows_of_two_factors()))
    assert result.measures["df"] == 1


def test_identification_that_fails_only_for_these_data() -> None:
    # two pairs of items whose constructs do not correlate: each pair alone has too little
    S = np.array([[1, 0.5, 0, 0], [0.5, 1, 0, 0], [0, 0, 1, 0.5], [0, 0, 0.5, 1]])
    error = refused("f =~ x1 + x2\ng =~ x3 + x4", Moments(n=300, cov=S, sd=[1, 2, 1, 2], names=NAMES[:4]))
    assert "for these data" in error.what


def test_a_matrix_that_is_no_covariance() -> None:
    S = np.array([[1, 0.9, -0.9], [0.9, 1, 0.9], [-0.9, 0.9, 1]])
    error = refused("f =~ x1 + x2 + x3", Moments(n=300, cov=S, names=NAMES[:3]))
    assert error.code == "SEM_NOT_POSITIVE_DEFINITE"


def test_what_does_not_converge_names_the_gradient() -> None:
    rows = np.random.default_rng(1).normal(size=(60, 6))
    error = refused("f1 =~ x1 + x2 + x3\nf2 =~ x4 + x5 + x6", sample(rows))
    assert error.code == "SEM_NOT_CONVERGED"
    assert "last gradient: '" in error.got


def test_the_listwise_case_that_lavaan_cannot_fit_either(reference: Any, shared_data: Any) -> None:
    import pandas as pd

    stored = reference("hs_listwise_missing_NONCONVERGENT")
    frame = pd.read_csv(shared_data("HS1939_missing15.csv"))[[f"x{i}" for i in range(1, 10)]].dropna()
    error = refused(stored["model"], Moments.from_rows(frame.to_numpy(float), list(frame.columns)))
    assert error.code == "SEM_NOT_CONVERGED"


def test_one_group_is_no_group() -> None:
    import pandas as pd

    frame = pd.DataFrame(rows_of_two_factors(), columns=list(NAMES)).assign(g="a")
    assert refused(TWO_FACTORS, frame, group="g").code == "SEM_GROUP_ONE"


def test_s15_a_tiny_group_is_named_with_its_n() -> None:
    rows = rows_of_two_factors()
    error = refused(TWO_FACTORS, {"north": sample(rows[:200]), "south": sample(rows[200:203])})
    assert "south" in str(error.where)
    assert "n = 3" in error.got
