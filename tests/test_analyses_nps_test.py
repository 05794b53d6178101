"""Tests of NPS differences: R's stored output, brute force, size by simulation, bad input."""

from __future__ import annotations

import math

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.analyses import analyse
from surveykit.errors import SurveykitError
from surveykit.intervals import Net, net_shares, nps_difference
from surveykit.responses import read


def two_groups(first: tuple[int, int, int], second: tuple[int, int, int]) -> pd.DataFrame:
    values = [[10] * p + [8] * m + [2] * d for p, m, d in (first, second)]
    return pd.DataFrame({"q": values[0] + values[1], "g": ["a"] * len(values[0]) + ["b"] * len(values[1])})


def test_two_samples_equal_stored_output(reference):
    known = reference("nps_csat_ci")["results"]["nps_diff"]
    data = read(two_groups((120, 50, 30), (90, 60, 50)))
    row = analyse(data, "nps_test", item="q", by="g", method="wald").tidy().iloc[0]
    assert [row["estimate"], row["se"], row["statistic"]] == pytest.approx(
        [known["diff"], known["se"], known["z"]], abs=1e-8
    )
    assert row["p"] == pytest.approx(2 * stats.norm.sf(known["z"]), rel=1e-9)
    assert [row["nps_first"], row["nps_second"]] == pytest.approx([45, 20])


def test_all_pairs_are_adjusted_together():
    rng = np.random.Generator(np.random.Philox(key=9))
    frame = pd.DataFrame({"q": rng.integers(0, 11, 300), "g": rng.choice(list("abc"), 300)})
    found = analyse(read(frame), "nps_test", item="q", by="g").tidy()
    assert found["term"].tolist() == ["a - b", "a - c", "b - c"]
    order = found["p"].rank().to_numpy()
    assert found["p_adjusted"].min() == pytest.approx(min(1.0, 3 * found["p"].min()))
    assert (found["p_adjusted"].rank(method="min") <= order).all()


def test_the_same_people_are_compared_by_their_differences():
    rng = np.random.Generator(np.random.Philox(key=10))
    frame = pd.DataFrame({"x": rng.integers(0, 11, 150)})
    frame["y"] = np.clip(frame["x"] + rng.integers(-2, 3, 150), 0, 10).astype(float)
    frame.loc[:9, "y"] = np.nan
    row = analyse(read(frame), "nps_test", item="x", other="y").tidy().iloc[0]
    both = frame.dropna()
    score = {c: 100.0 * ((both[c] >= 9).astype(int) - (both[c] <= 6).astype(int)) for c in ("x", "y")}
    expected = stats.ttest_rel(score["x"], score["y"])
    assert row["n"] == 140
    assert row["estimate"] == pytest.approx(score["x"].mean() - score["y"].mean())
    assert [row["statistic"], row["p"]] == pytest.approx([expected.statistic, expected.pvalue], rel=1e-9)


def rejection_rate(n: int, added: float) -> float:
    """How often two groups of n from one population differ at 5 %, over 4000 pairs of samples."""
    rng = np.random.Generator(np.random.Philox(key=77))
    counts = rng.multinomial(n, [0.8, 0.12, 0.08], size=(4000, 2)) / n
    nets = [[Net(*map(float, c)) for c in pair] for pair in counts]
    p = [nps_difference(a, n, b, n, added=added).p for a, b in nets]
    return float(np.mean(np.nan_to_num(p, nan=1.0) < 0.05))


@pytest.mark.parametrize("n", [15, 40])
def test_size_of_the_adjusted_test(n):
    # 5 % within 4 standard errors of 4000 draws above; below, a cautious test at n = 15 is accepted.
    assert 0.02 <= rejection_rate(n, 1.5) <= 0.05 + 4 * math.sqrt(0.05 * 0.95 / 4000)


def test_plain_wald_finds_too_many_differences_in_small_groups():
    assert rejection_rate(15, 0.0) > rejection_rate(15, 1.5)


def test_small_groups_are_not_compared():
    frame = pd.concat([two_groups((20, 10, 10), (15, 10, 10)), pd.DataFrame({"q": [10] * 3, "g": ["c"] * 3})])
    found = analyse(read(frame.reset_index(drop=True)), "nps_test", item="q", by="g")
    rows = found.tidy()
    assert rows["remark"].tolist() == ["suppressed", "suppressed", "suppressed"]
    assert rows["estimate"].isna().all()


@pytest.mark.parametrize("value", [11, -1, 6.5])
def test_only_whole_numbers_from_0_to_10(value):
    with pytest.raises(SurveykitError) as caught:
        net_shares([10, value], [1, 1])
    assert caught.value.code == "NPS_SCALE"
    assert f"{value:g}" in caught.value.got


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"item": "q"}, "OPTION_VALUE"),
        ({"item": "q", "by": "g", "other": "q2"}, "OPTION_VALUE"),
        ({"item": "q", "other": "q"}, "SAME_ITEM"),
        ({"item": "q", "by": "one"}, "GROUPS"),
        ({"item": "nps", "by": "g"}, "UNKNOWN_ITEM"),
        ({"item": "g", "by": "one"}, "NOT_NUMERIC"),
    ],
)
def test_bad_input_is_one_clear_error(options, code):
    frame = two_groups((10, 5, 5), (5, 5, 10)).assign(one="x", q2=9)
    with pytest.raises(SurveykitError) as caught:
        analyse(read(frame), "nps_test", **options)
    assert caught.value.code == code
