"""Descriptives against psych's stored output, scipy's definitions and brute force over rows."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read

ONE_ITEM = """
id: short
title: {en: Short, zh: 简短}
version: "1"
languages: [en, zh]
scales:
  five:
    min: 1
    max: 5
    labels: {1: {en: Never, zh: 从不}, 5: {en: Always, zh: 总是}}
    missing: {"8": dont_know, "9": refused}
items:
  x: {text: {en: How often, zh: 多久一次}, scale: five}
  g:
    text: {en: Where, zh: 地区}
    type: single
    options: {n: {en: North, zh: 北}, s: {en: South, zh: 南}}
"""


def test_psych_describe_of_25_items(reference, shared_data):
    # Sums over at most 2800 small integers in both programs: nothing but the last digits may differ.
    frame = pd.read_csv(shared_data("bfi.csv"))
    known = reference("descriptives_correlations")["describe_bfi"]
    items = [k["var"] for k in known]
    found = analyse(read(frame[items]), "descriptives", items=items).tidy().set_index("term")
    names = {"n": "n", "mean": "estimate", "sd": "sd", "median": "median", "min": "min", "max": "max"}
    names |= {"skew": "skew", "kurtosis": "kurtosis", "se": "se"}
    for k in known:
        for theirs, ours in names.items():
            assert found.loc[k["var"], ours] == pytest.approx(k[theirs], rel=1e-8), (k["var"], ours)


@pytest.mark.parametrize(("shape", "bias"), [("g1", True), ("G1", False)])
def test_the_other_definitions_of_shape_are_scipys(shape, bias):
    from scipy import stats

    values = np.random.Generator(np.random.Philox(key=1)).exponential(2.0, 60)
    found = analyse(read(pd.DataFrame({"x": values})), "descriptives", shape=shape).tidy().iloc[0]
    assert found["skew"] == pytest.approx(stats.skew(values, bias=bias), rel=1e-10)
    assert found["kurtosis"] == pytest.approx(stats.kurtosis(values, bias=bias), rel=1e-10)


def test_a_weight_of_two_is_a_row_twice_but_for_the_error():
    values, weights = [1, 2, 4, 5, 5, 3], [2, 1, 1, 2, 1, 1]
    weighted = analyse(
        read(pd.DataFrame({"x": values, "w": weights}), weight="w"), "descriptives", items="x", shape="g1"
    )
    repeated = analyse(read(pd.DataFrame({"x": np.repeat(values, weights)})), "descriptives", shape="g1")
    one, two = weighted.tidy().iloc[0], repeated.tidy().iloc[0]
    for column in ("estimate", "median", "min", "max", "skew", "kurtosis"):
        assert one[column] == pytest.approx(two[column], rel=1e-12), column
    assert one["n"] == 6
    assert one["n_eff"] == pytest.approx(8**2 / 12)
    assert one["se"] == pytest.approx(one["sd"] / math.sqrt(8**2 / 12))


def test_kinds_of_missing_stay_apart_and_floor_and_ceiling_follow_the_scale():
    raw = pd.DataFrame({"x": ["1", "1", "5", "3", "8", "9", "9", ""], "g": list("nnnnnsss")})
    found = analyse(read(raw, Questionnaire.from_text(ONE_ITEM)), "descriptives", items="x")
    row = found.tidy().iloc[0]
    assert (row["n"], row["missing"], row["floor"], row["ceiling"]) == (4, 4, 0.5, 0.25)
    kinds = {r["kind"]: r["n"] for r in found.tables()["missing"].records()}
    assert kinds == {"dont_know": 1, "refused": 2, "skipped": 1}
    shares = {r["value"]: (r["n"], r["share"], r["zh"]) for r in found.tables()["distribution"].records()}
    assert shares[1] == (2, 0.5, "从不")
    assert shares[2] == (0, 0.0, "2")
    assert list(shares) == [1, 2, 3, 4, 5]


def test_groups_too_small_are_not_shown_nor_what_would_give_them_away():
    frame = pd.DataFrame({"x": [1] * 3 + [2, 3] * 10 + [4, 5] * 15, "g": ["a"] * 3 + ["b"] * 20 + ["c"] * 30})
    found = analyse(read(frame), "descriptives", items="x", by="g")
    rows = found.tidy().set_index("group")
    assert rows["remark"].tolist() == ["suppressed", "suppressed", ""]
    assert rows.loc[["a", "b"], "estimate"].isna().all()
    assert rows.loc["c", "estimate"] == 4.5
    assert {r["group"] for r in found.tables()["distribution"].records()} == {"c"}
    assert [c.code for c in found.checks] == ["SUPPRESSED"]


@pytest.mark.parametrize(
    ("values", "remark", "empty"),
    [([3.0], "one_answer", ["se", "low", "sd"]), ([2.0, 2.0, 2.0], "constant", ["skew", "kurtosis"])],
)
def test_what_cannot_be_said_has_a_reason(values, remark, empty):
    row = analyse(read(pd.DataFrame({"x": values})), "descriptives", items="x").tidy().iloc[0]
    assert row["remark"] == remark
    assert row[empty].isna().all()
    assert row["estimate"] == values[0]


def test_text_has_a_distribution_but_no_mean():
    found = analyse(
        read(pd.DataFrame({"city": ["B", "A", "B"], "x": [1, 2, 3]})), "descriptives", items=["city", "x"]
    )
    rows = found.tidy().set_index("term")
    assert rows.loc["city", "remark"] == "text"
    assert rows["estimate"].isna().tolist() == [True, False]
    shares = [(r["value"], r["n"]) for r in found.tables()["distribution"].records() if r["term"] == "city"]
    assert shares == [("A", 1), ("B", 2)]


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"items": ["y"]}, "UNKNOWN_ITEM"),
        ({"item": ["x"]}, "OPTION_UNKNOWN"),
        ({"shape": "b7"}, "OPTION_VALUE"),
        ({"min_base": 2}, "OPTION_VALUE"),
    ],
)
def test_bad_options_are_one_clear_error(options, code):
    with pytest.raises(SurveykitError) as caught:
        analyse(read(pd.DataFrame({"x": [1, 2, 3]})), "descriptives", **options)
    assert caught.value.code == code


def test_an_unknown_analysis_is_told_what_is_near():
    with pytest.raises(SurveykitError, match="did you mean 'descriptives'"):
        analyse(read(pd.DataFrame({"x": [1, 2]})), "descriptive")


def test_an_offset_of_a_billion_costs_nothing():
    values = np.array([1.0, 2, 2, 3, 5, 4])
    plain, moved = (
        analyse(read(pd.DataFrame({"x": values + offset})), "descriptives").tidy().iloc[0]
        for offset in (0.0, 1e9)
    )
    for column in ("sd", "skew", "kurtosis"):
        assert moved[column] == pytest.approx(plain[column], rel=1e-9)
