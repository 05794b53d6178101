"""Linear constraints: the same as equal labels where they say the same, and obeyed exactly."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.sem import fit
from tests.sem_data import HS, TWO_FACTORS, holzinger, rows_of_two_factors, sample

LABELLED = HS.replace("x2 + x3", "a*x2 + b*x3")


def test_an_equality_is_the_same_as_one_label() -> None:
    written = fit(LABELLED + "a == b", holzinger())
    shared = fit(HS.replace("x2 + x3", "a*x2 + a*x3"), holzinger())
    assert written.measures["chisq"] == pytest.approx(shared.measures["chisq"], rel=1e-12)
    assert written.measures["df"] == shared.measures["df"] == 25
    for column in ("estimate", "se", "std"):
        ours = written.tidy().query("op != '=='")[column].tolist()
        assert ours == pytest.approx(shared.tidy()[column].tolist(), rel=1e-8)


def test_a_sum_is_obeyed_and_costs_one_parameter() -> None:
    result = fit(LABELLED + "a + 2*b == 2", holzinger())
    rows = {r["label"]: r for r in result.tidy().to_dict("records") if r["label"]}
    assert rows["a"]["estimate"] + 2 * rows["b"]["estimate"] == pytest.approx(2, abs=1e-12)
    # what is fixed together moves together: var(a) = 4 var(b)
    assert rows["a"]["se"] == pytest.approx(2 * rows["b"]["se"], rel=1e-9)
    assert result.measures["df"] == 25
    assert result.measures["npar"] == 20


def test_a_constraint_can_identify() -> None:
    # two indicators and free loadings: one constraint is needed, and enough with the variance fixed
    text = "f1 =~ NA*x1 + a*x1 + b*x2 + x3\nf2 =~ x4 + x5 + x6\na + b == 2"
    rows = rows_of_two_factors()
    constrained, marker = fit(text, sample(rows)), fit(TWO_FACTORS.replace("f2 ~ f1", ""), sample(rows))
    assert constrained.measures["chisq"] == pytest.approx(marker.measures["chisq"], rel=1e-10)
    with pytest.raises(SurveykitError) as caught:
        fit(text.replace("a + b == 2", ""), sample(rows))
    assert caught.value.code == "SEM_NOT_IDENTIFIED"


def test_effect_coding_only_changes_the_scale() -> None:
    plain, coded = fit(HS, holzinger()), fit(HS, holzinger(), effect_coding=True)
    assert coded.measures["chisq"] == pytest.approx(plain.measures["chisq"], rel=1e-11)
    loadings = coded.tidy().query("op == '=~' and lhs == 'visual'")["estimate"]
    assert loadings.mean() == pytest.approx(1, abs=1e-12)
    assert np.allclose(coded.std.values, plain.std.values, rtol=1e-9)


@pytest.mark.parametrize(
    ("constraint", "words"),
    [
        ("a*b == 1", "not linear"),
        ("a < b", "inequality"),
        ("a == 1\na == 2", "contradict"),
    ],
)
def test_what_cannot_be_done_is_said(constraint: str, words: str) -> None:
    with pytest.raises(SurveykitError) as caught:
        fit(LABELLED + constraint, holzinger())
    assert words in caught.value.what
