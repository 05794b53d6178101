"""Printed tables: what they say is read exactly, and what they cannot say is named with its line."""

from __future__ import annotations

import numpy as np
import pytest

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem import fit

R = np.array([[1, 0.56, -0.48], [0.56, 1, 0.42], [-0.48, 0.42, 1]])
LOWER = "trust 1.00\nvalue .56 1.00\nloyal −.48** .42 1.00\n"


@pytest.mark.parametrize(
    "text",
    [
        LOWER,
        "Variable 1 2 3\n1. trust —\n2. value .56 —\n3. loyal -.48 .42 —",
        "trust\nvalue .56\nloyal -.48 .42",
        "trust 1 .56 -.48\nvalue .56 1 .42\nloyal -.48 .42 1",
        "trust, 1\nvalue, 0.56, 1\nloyal, -0.48, 0.42, 1",
        "trust & 1 \\\\\nvalue & .56 & 1 \\\\\nloyal & -.48 & .42 & 1 \\\\",
    ],
)
def test_forms_of_one_table(text: str) -> None:
    table = Moments.from_text(text, 250)
    assert table.names == ("trust", "value", "loyal")
    assert table.n == 250
    assert np.abs(table.cov - R).max() == 0


def test_standard_deviations_means_and_n() -> None:
    table = Moments.from_text(LOWER + "SD 1.5 2 0.5\nMean 3 4 5\nn = 120")
    sd = np.array([1.5, 2, 0.5])
    assert np.abs(table.cov - R * np.outer(sd, sd)).max() < 1e-15
    assert table.mean is not None
    assert (table.n, table.mean.tolist()) == (120, [3, 4, 5])
    chinese = Moments.from_text("信任 1\n价值 .5 1\n标准差 1.5 2\n均值 3 4\n样本量 80")
    assert (chinese.names, chinese.n, chinese.cov[0, 1]) == (("信任", "价值"), 80, 1.5)


def test_covariances_stay_as_they_are() -> None:
    table = Moments.from_text("a 4\nb 1 9", n=50)
    assert table.cov.tolist() == [[4, 1], [1, 9]]


def test_a_model_from_a_printed_table() -> None:
    text = "x1 1\nx2 .56 1\nx3 .48 .42 1\nSD 2 2 2\nn 200"
    assert fit("f =~ x1 + x2 + x3", Moments.from_text(text)).tidy()["std"][0] == pytest.approx(0.8, rel=1e-8)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("a 1\nb .5 1", "how many rows"),
        ("n 90\na 1\nb .5 1\nc .4 1", "has 2 numbers"),
        ("n 90\na 1\nb 1.5 1", "beyond 1"),
        ("n 90\na 1 .5\nb .4 1", "not symmetric"),
        ("n 90\na 1\nb .x5 1\nc 1 x 1", "no number"),
        ("n 90\na 4\nb 1 9\nSD 2 3", "beside variances"),
        ("n 90\na 1\nb .5 1\nSD 2 3 4", "3 standard deviations for 2"),
        ("n 90", "two variables or more"),
    ],
)
def test_faults_are_named(text: str, words: str) -> None:
    with pytest.raises(SurveykitError, match=words):
        Moments.from_text(text)


def test_the_line_of_a_fault_is_given() -> None:
    with pytest.raises(SurveykitError) as caught:
        Moments.from_text("n 90\na 1\nb .5 1\nc .4 1")
    assert "line 4" in str(caught.value)


def test_comments_upper_triangles_and_a_first_row_left_out() -> None:
    plain = Moments.from_text("1\n.5 1\n.4 .45 1", n=100).cov
    commented = "# Table 2\nx1 1.00   # the first\nx2 .50, 1.00 ! checked\n\nx3 .40 .45 1"
    assert Moments.from_text(commented, n=100).names == ("x1", "x2", "x3")
    assert (Moments.from_text(commented, n=100).cov == plain).all()
    assert (Moments.from_text("1 .5 .4\n1 .45\n1", n=100).cov == plain).all()
    bare = Moments.from_text(".5\n.4 .45", n=100, names=["a", "b", "c"])
    assert (bare.cov == plain).all()
    spread = Moments.from_text(".5\n.4 .45", n=100, sd=[1, 2, 3])
    assert spread.cov[1, 2] == pytest.approx(0.45 * 2 * 3)
