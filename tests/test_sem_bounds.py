"""Bounds of parameters, ``lower()``, ``upper()`` and ``bounds=``: lavaan 0.6-14's numbers."""

from __future__ import annotations

import pytest

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.sem import fit
from tests.sem_data import holzinger, holzinger_groups

BOUNDED = "v =~ x1 + upper(0.4)*x2 + lower(0.9)*x3\nt =~ x4 + x5 + x6\nv ~~ upper(0.2)*t"
HEYWOOD = Moments(n=100, cov=[[1, 0.8, 0.4], [0.8, 1, 0.7], [0.4, 0.7, 1]], names=["a", "b", "c"])


def test_bounds_of_single_parameters_are_lavaans() -> None:
    assert Model.parse(Model.parse(BOUNDED).to_text()) == Model.parse(BOUNDED)
    found = fit(BOUNDED, holzinger())
    rows = found.tidy()
    # estimate and standard error, printed with three digits; errors know nothing of the bounds
    expected = [
        (1, 0), (0.4, 0.117), (0.9, 0.222), (1, 0), (1.139, 0.071), (0.941, 0.059), (0.2, 0.064), (0.646, 0.164),
        (1.182, 0.101), (0.757, 0.141), (0.381, 0.048), (0.431, 0.059), (0.358, 0.044), (0.649, 0.181), (0.893, 0.106),
    ]  # fmt: skip
    assert rows["estimate"].tolist() == pytest.approx([e for e, _ in expected], abs=6e-4)
    assert rows["se"].tolist() == pytest.approx([s for _, s in expected], abs=6e-4)
    assert found.measures["chisq"] == pytest.approx(40.888, abs=6e-4)
    assert (found.measures["df"], found.measures["npar"]) == (8, 13)
    assert "v=~x2 < 0.4, v=~x3 > 0.9, v~~t < 0.2" in " ".join(found.notes())


@pytest.mark.parametrize(
    ("kind", "estimates", "chisq"),
    [
        ("none", [1, 1.75, 0.875, 0.5372, -0.3960, 0.6435, 0.4526], 0.0),
        ("pos.var", [1, 1.25, 0.875, 0.3564, 0, 0.5051, 0.6336], 15.016),
        ("pos_ov_var", [1, 1.25, 0.875, 0.3564, 0, 0.5051, 0.6336], 15.016),
        ("pos_lv_var", [1, 1.75, 0.875, 0.5372, -0.3960, 0.6435, 0.4526], 0.0),
    ],
)
def test_variances_that_cannot_be_negative(kind: str, estimates: list[float], chisq: float) -> None:
    found = fit("f =~ a + b + c", HEYWOOD, bounds=kind)
    assert found.tidy()["estimate"].tolist() == pytest.approx(estimates, abs=6e-4)
    assert found.measures["chisq"] == pytest.approx(chisq, abs=6e-4)
    assert ("NEGATIVE_VARIANCE" in {c.code for c in found.checks}) == (chisq == 0)


def test_bounds_beside_constraints_groups_and_composites() -> None:
    both = fit("f =~ x1 + a*x2 + b*x3 + x4\na == 2*b - 0.8\nx1 ~~ lower(0.9)*x1", holzinger())
    value = both.tidy().set_index(["lhs", "op", "rhs"])["estimate"]
    assert value["x1", "~~", "x1"] >= 0.9 - 1e-8
    assert value["f", "=~", "x2"] == pytest.approx(2 * value["f", "=~", "x3"] - 0.8, abs=1e-8)
    groups = fit("f =~ x1 + upper(c(0.3, 9))*x2 + x3", holzinger_groups())
    loadings = groups.tidy().query("op == '=~' and rhs == 'x2'")["estimate"].tolist()
    assert loadings[0] == pytest.approx(0.3, abs=1e-8)
    assert loadings[1] > 0.3
    path = fit("C <~ x1 + x2 + x3\nx4 ~ upper(0.2)*C\nx5 ~ C", holzinger())
    assert path.tidy().set_index(["lhs", "op", "rhs"])["estimate"]["x4", "~", "C"] == pytest.approx(
        0.2, abs=1e-8
    )


def test_bounds_that_are_none() -> None:
    with pytest.raises(SurveykitError) as caught:
        fit("f =~ x1 + lower(a)*x2 + x3", holzinger())
    assert "a bound (lower) is a number" in caught.value.what
    with pytest.raises(SurveykitError) as caught:
        fit("f =~ x1 + x2 + x3", holzinger(), bounds="standard")
    assert "pos_var" in str(caught.value)
