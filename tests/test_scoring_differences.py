"""Differences between groups: every pair of every score, against scipy and the analysis of its own."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.analyses import analyse
from surveykit.intervals import adjusted_p
from surveykit.responses import read
from surveykit.scoring import score


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=12))
    group = rng.choice(list("abc"), 240)
    x = np.clip(np.round(rng.normal(7, 2, 240) + (group == "b")), 0, 10)
    return pd.DataFrame({"x": x, "g": group})


def pairs(answers: pd.DataFrame, name: str, **options) -> pd.DataFrame:
    return score(read(answers), name, by="g", **options).tables()["differences"].frame()


def test_means_are_compared_by_welchs_test(answers):
    found = pairs(answers, "mean", constructs="x")
    assert list(zip(found["first"], found["second"], strict=True)) == [("a", "b"), ("a", "c"), ("b", "c")]
    for row in found.itertuples():
        one, two = (answers.loc[answers["g"] == g, "x"] for g in (row.first, row.second))
        expected = stats.ttest_ind(one, two, equal_var=False)
        interval = expected.confidence_interval(0.95)
        assert [row.statistic, row.p] == pytest.approx([expected.statistic, expected.pvalue], rel=1e-9)
        assert [row.low, row.high] == pytest.approx([interval.low, interval.high], rel=1e-9)
    np.testing.assert_allclose(found["p_adjusted"], adjusted_p(found["p"].to_numpy(), "holm"))


def test_shares_are_compared_by_the_two_by_two_chi_square(answers):
    found = pairs(answers, "csat", item="x", scale=(0, 10), top=3).iloc[0]
    chosen = answers[answers["g"].isin(["a", "b"])]
    table = pd.crosstab(chosen["x"] >= 8, chosen["g"])
    expected = stats.chi2_contingency(table, correction=False)
    assert found["statistic"] ** 2 == pytest.approx(expected.statistic, rel=1e-9)
    assert found["p"] == pytest.approx(expected.pvalue, rel=1e-9)


@pytest.mark.parametrize("method", ["adjusted_wald", "wald"])
def test_net_scores_are_compared_as_nps_test_does(answers, method):
    found = pairs(answers, "nps", item="x", method=method)
    alone = analyse(read(answers), "nps_test", item="x", by="g", method=method).tidy()
    for column in ("estimate", "se", "low", "high", "statistic", "p", "p_adjusted"):
        np.testing.assert_allclose(found[column], alone[column], rtol=1e-12)


def test_effort_index_has_the_test_of_a_net_score():
    frame = pd.DataFrame({"e": [7] * 40 + [4] * 20 + [7] * 20 + [1] * 40, "g": ["a"] * 60 + ["b"] * 60})
    found = pairs(frame, "ces", item="e").iloc[0]
    assert found["estimate"] == pytest.approx(100 * (2 / 3 + 1 / 3))
    assert found["p"] < 1e-6


def test_hidden_groups_are_in_no_pair_and_in_no_table_of_missing(answers):
    few = pd.concat([answers, pd.DataFrame({"x": [10.0, 9.0, np.nan], "g": ["d"] * 3})], ignore_index=True)
    found = score(read(few), "nps", item="x", by="g")
    hidden = set(found.tidy().loc[found.tidy()["remark"] == "suppressed", "group"])
    assert "d" in hidden
    assert len(hidden) == 2
    shown = found.tables()["differences"].frame()
    assert not hidden & {*shown["first"], *shown["second"]}
    assert not hidden & set(found.tables()["missing"].frame()["group"])


def test_a_score_without_groups_has_no_differences(answers):
    assert "differences" not in score(read(answers), "nps", item="x").tables()


def test_groups_that_do_not_vary_have_no_p():
    frame = pd.DataFrame({"x": [5.0] * 12, "g": ["a", "b"] * 6})
    assert np.isnan(pairs(frame, "mean", constructs="x")["p"].iloc[0])
