"""Arithmetic of defined effects: value and exact derivative of our own tree."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from surveykit.errors import SurveykitError
from surveykit.model.expression import Binary, Call, Expression, Name, Negative, Number, number_text
from surveykit.model.syntax import read_expression

VALUES = {"a": 0.7, "b": -1.3, "c": 2.5}


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1 + 2*3", 7.0),
        ("(1 + 2)*3", 9.0),
        ("8/4/2", 1.0),
        ("2 - 3 - 4", -5.0),
        ("2^3^2", 512.0),  # powers from the right, as in R
        ("-2^2", -4.0),  # the minus sign after the power, as in R
        ("2^-1", 0.5),
        ("--3", 3.0),
        ("2*-3", -6.0),
        ("a*b + c", 0.7 * -1.3 + 2.5),
        ("exp(log(c)) - sqrt(c^2)", 0.0),
        ("abs(b)", 1.3),
        (".5e1 + 1e-1", 5.1),
    ],
)
def test_values(text: str, value: float) -> None:
    assert read_expression(text).evaluate(VALUES) == pytest.approx(value, abs=1e-15)


@pytest.mark.parametrize(
    ("text", "gradient"),
    [
        ("a*b", {"a": -1.3, "b": 0.7}),
        ("a/b", {"a": 1 / -1.3, "b": -0.7 / 1.69}),
        ("b^2", {"b": -2.6}),
        ("b^3 + a", {"b": 3 * 1.69, "a": 1.0}),
        ("2^a", {"a": 2**0.7 * math.log(2)}),
        ("c^a", {"c": 0.7 * 2.5**-0.3, "a": 2.5**0.7 * math.log(2.5)}),
        ("exp(a*c)", {"a": 2.5 * math.exp(1.75), "c": 0.7 * math.exp(1.75)}),
        ("log(c) - sqrt(a)", {"c": 0.4, "a": -0.5 / math.sqrt(0.7)}),
        ("abs(b)", {"b": -1.0}),
        ("a - a", {"a": 0.0}),
        ("3", {}),
    ],
)
def test_derivatives(text: str, gradient: dict[str, float]) -> None:
    assert read_expression(text).gradient(VALUES) == pytest.approx(gradient, rel=1e-14, abs=1e-15)


trees = st.recursive(
    st.one_of(st.floats(0.1, 3).map(Number), st.sampled_from(sorted(VALUES)).map(Name)),
    lambda inner: st.one_of(
        inner.map(Negative),
        st.builds(Binary, st.sampled_from("+-*/"), inner, inner),
        st.builds(lambda base, power: Binary("^", base, Number(float(power))), inner, st.integers(0, 3)),
        st.builds(Call, st.sampled_from(["exp", "log", "sqrt", "abs"]), inner),
    ),
    max_leaves=8,
)


@given(trees)
@settings(max_examples=150, deadline=None)
def test_derivatives_are_the_slope_of_the_value(tree: Expression) -> None:
    gradient = tree.gradient(VALUES)
    step = 1e-6
    for name in tree.names():
        at = [tree.evaluate({**VALUES, name: VALUES[name] + k * step}) for k in (-2, -1, 0, 1, 2)]
        assume(all(math.isfinite(v) and abs(v) < 1e4 for v in at) and abs(gradient[name]) < 1e4)
        slope = (at[0] - 8 * at[1] + 8 * at[3] - at[4]) / (12 * step)
        # central differences lose about eps/step of the value's size; abs() may have its corner at this very place
        assume(abs((at[3] - at[2]) - (at[2] - at[1])) < 1e-3 * step)
        assert gradient[name] == pytest.approx(slope, rel=1e-4, abs=1e-3)


def test_names_may_stand_for_arrays() -> None:
    tree = read_expression("a*b + 1")
    values = {"a": np.array([1.0, 2.0]), "b": np.array([3.0, 4.0])}
    assert tree.evaluate(values).tolist() == [4.0, 9.0]
    assert tree.gradient(values)["a"].tolist() == [3.0, 4.0]


@pytest.mark.filterwarnings("error")
def test_outside_the_domain_is_not_a_number_and_no_warning() -> None:
    assert math.isnan(read_expression("log(b)").evaluate(VALUES))
    assert math.isinf(read_expression("a/0").evaluate(VALUES))
    assert math.isnan(read_expression("b^0.5").gradient(VALUES)["b"])


def test_canonical_text_has_no_needless_brackets() -> None:
    texts = [
        "a*b + c",
        "a*(b + c)",
        "a - (b - c)",
        "(a^b)^c",
        "a^b^c",
        "-(a + b)",
        "(-a)^2",
        "a/(b*c)",
        "exp(a - b)",
    ]
    assert [read_expression(text).to_text() for text in texts] == texts
    assert read_expression("((a)*((b)))").to_text() == "a*b"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_numbers_read_back_as_they_were(value: float) -> None:
    assert float(number_text(value)) == value


@pytest.mark.parametrize(
    "text", ["", "a b", "a +", "sin(a)", "exp()", "exp(a, b)", "a := 2", "exp", "2a", "a\nb"]
)
def test_what_is_no_expression(text: str) -> None:
    if text == "exp":  # a function's name alone is a label like any other
        assert read_expression(text) == Name("exp")
        return
    with pytest.raises(SurveykitError):
        read_expression(text)
