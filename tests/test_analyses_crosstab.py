"""Cross-tables against R, scipy and brute force over rows; suppression; bad input."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.analyses import analyse
from surveykit.analyses._contingency import association, residuals
from surveykit.errors import SurveykitError
from surveykit.intervals import adjusted_p
from surveykit.responses import read


def frame(table: list[list[int]]) -> pd.DataFrame:
    rows = [(f"r{i}", f"c{j}") for i, line in enumerate(table) for j, n in enumerate(line) for _ in range(n)]
    return pd.DataFrame(rows, columns=["q", "g"])


TABLE = [[30, 12, 18], [20, 28, 22], [10, 20, 40]]


def test_chi_square_and_residuals_equal_scipy():
    expected = stats.chi2_contingency(np.array(TABLE), correction=False)
    found = association(np.array(TABLE, dtype=float))
    assert found.chi2 == pytest.approx(expected.statistic, rel=1e-12)
    assert found.p == pytest.approx(expected.pvalue, rel=1e-10)
    assert found.df == 4
    # A 2 x 2 table's adjusted residual squared is its chi-square.
    two = np.array([[168.0, 140.0], [32.0, 50.0]])
    assert residuals(two)[0, 0] ** 2 == pytest.approx(association(two).chi2, rel=1e-12)


def test_two_shares_equal_stored_output(reference):
    known = reference("nps_csat_ci")["results"]["two_prop"]
    found = analyse(read(frame([[168, 140], [32, 50]])), "crosstab", rows="q", columns="g")
    assert found.facts["chi2"] == pytest.approx(known["chisq"], rel=1e-10)
    assert found.facts["p"] == pytest.approx(known["p"], rel=1e-10)
    pair = found.tables()["pairs"].records()[0]
    assert [pair["low"], pair["high"]] == pytest.approx(known["ci_wald_diff"], rel=1e-10)


def test_interval_of_v_inverts_the_noncentral_distribution():
    found = association(np.array(TABLE, dtype=float))
    n = np.sum(TABLE)
    for bound, tail in ((found.low, 0.975), (found.high, 0.025)):
        assert stats.ncx2.cdf(found.chi2, found.df, bound**2 * n * 2) == pytest.approx(tail, abs=1e-8)
    assert found.low < found.v < found.high
    assert found.corrected < found.v


def test_no_association_at_all_still_has_an_interval():
    found = association(np.full((2, 2), 10.0))
    assert found.v == found.low == 0
    assert found.high > 0.2


def test_the_interval_of_v_covers_by_simulation():
    # A population with V = .25 on 3 x 2 cells, n = 200, 2000 samples: 95 % plus or minus 4 standard errors.
    rng = np.random.Generator(np.random.Philox(key=20))
    p = np.array([[0.22, 0.11], [0.17, 0.17], [0.11, 0.22]])
    p /= p.sum()
    under = np.outer(p.sum(axis=1), p.sum(axis=0))
    truth = np.sqrt(((p - under) ** 2 / under).sum())
    samples = rng.multinomial(200, p.ravel(), size=2000).reshape(-1, 3, 2).astype(float)
    bounds = [association(s) for s in samples]
    covered = np.mean([b.low <= truth <= b.high for b in bounds])
    assert abs(covered - 0.95) < 4 * np.sqrt(0.95 * 0.05 / 2000)


def test_cells_bases_and_shares_equal_brute_force():
    data = frame(TABLE)
    found = analyse(read(data), "crosstab", rows="q", columns="g")
    rows = found.tidy().set_index(["term", "group"])
    column = pd.crosstab(data["q"], data["g"], normalize="columns")
    line = pd.crosstab(data["q"], data["g"], normalize="index")
    for q in column.index:
        assert rows.loc[(q, ""), "estimate"] == pytest.approx((data["q"] == q).mean())
        for g in column.columns:
            assert rows.loc[(q, g), "estimate"] == pytest.approx(column.loc[q, g])
            assert rows.loc[(q, g), "row_share"] == pytest.approx(line.loc[q, g])
            assert rows.loc[(q, g), "n"] == (data["g"] == g).sum()


def test_weights_scale_the_tests_to_the_effective_n():
    rng = np.random.Generator(np.random.Philox(key=2))
    data = frame(TABLE)
    data["w"] = rng.uniform(0.2, 3.0, len(data))
    found = analyse(read(data, weight="w"), "crosstab", rows="q", columns="g")
    table = data.pivot_table(index="q", columns="g", values="w", aggfunc="sum").to_numpy()
    n_eff = data["w"].sum() ** 2 / (data["w"] ** 2).sum()
    expected = stats.chi2_contingency(table / table.sum() * n_eff, correction=False)
    assert found.facts["n_eff"] == pytest.approx(n_eff, rel=1e-12)
    assert found.facts["chi2"] == pytest.approx(expected.statistic, rel=1e-10)
    assert found.facts["n"] == len(data)


def test_letters_follow_the_adjusted_pairs():
    found = analyse(read(frame(TABLE)), "crosstab", rows="q", columns="g")
    pairs = found.tables()["pairs"].frame()
    np.testing.assert_allclose(pairs["p_adjusted"], adjusted_p(pairs["p"].to_numpy(), "holm"))
    letters = found.tidy().set_index(["term", "group"])["letters"]
    assert letters[("r0", "c0")] == "B C"
    assert letters[("r2", "c2")] == "A"
    assert letters[("r1", "c1")] == ""


def test_adjustments_equal_statsmodels_and_leave_nan_out():
    from statsmodels.stats.multitest import multipletests

    p = np.array([0.01, 0.04, 0.03, 0.005, 0.2])
    for ours, theirs in (("holm", "holm"), ("bh", "fdr_bh"), ("bonferroni", "bonferroni")):
        np.testing.assert_allclose(adjusted_p(p, ours), multipletests(p, method=theirs)[1], rtol=1e-12)
        with_gap = adjusted_p(np.insert(p, 2, np.nan), ours)
        assert np.isnan(with_gap[2])
        np.testing.assert_allclose(np.delete(with_gap, 2), adjusted_p(p, ours), rtol=1e-12)


def test_small_columns_are_hidden_with_the_next_smallest():
    found = analyse(read(frame([[2, 10, 20], [1, 20, 30]])), "crosstab", rows="q", columns="g")
    rows = found.tidy()
    assert set(rows.loc[rows["remark"] == "suppressed", "group"]) == {"c0", "c1"}
    assert rows.loc[rows["remark"] == "suppressed", ["estimate", "count", "row_share"]].isna().all(axis=None)
    assert {(r["first"], r["second"]) for r in found.tables()["pairs"].records()} == set()
    assert "SUPPRESSED" in [c.code for c in found.checks]


def test_few_expected_counts_are_said():
    found = analyse(read(frame([[6, 1], [1, 6]])), "crosstab", rows="q", columns="g")
    check = next(c for c in found.checks if c.code == "SMALL_EXPECTED")
    assert check.level == "caution"
    assert "期望频数" in check.text("zh")


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"rows": "q", "columns": "one"}, "CONSTANT"),
        ({"rows": "q", "columns": "q"}, "SAME_ITEM"),
        ({"rows": "q", "columns": "id"}, "TOO_MANY_LEVELS"),
        ({"rows": "qq", "columns": "g"}, "UNKNOWN_ITEM"),
        ({"rows": "q", "columns": "g", "adjust": "sidak"}, "OPTION_VALUE"),
        ({"rows": "q"}, "OPTION_MISSING"),
    ],
)
def test_bad_input_is_one_clear_error(options, code):
    data = frame(TABLE).assign(one="x")
    data["id"] = [f"p{i}" for i in range(len(data))]
    with pytest.raises(SurveykitError) as caught:
        analyse(read(data), "crosstab", **options)
    assert caught.value.code == code
