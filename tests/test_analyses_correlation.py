"""Correlations against R and psych's stored output, scipy, and what must hold whatever the data."""

from __future__ import annotations

import math
from itertools import combinations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.analyses import analyse
from surveykit.analyses._association import kendall, pearson, ranks, spearman
from surveykit.errors import SurveykitError
from surveykit.responses import read

# Closed formulas in R and here; 1e-8 relative, p-values down to 1e-19 included.
TOLERANCE = 1e-8


@pytest.fixture(scope="module")
def three() -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=8))
    x = rng.normal(size=(120, 3))
    x[:, 1] += 0.7 * x[:, 0]
    frame = pd.DataFrame(np.clip(np.round(x * 1.5 + 4), 1, 7), columns=["a", "b", "c"])
    frame["w"] = rng.uniform(0.3, 2.5, 120)
    frame["g"] = rng.choice(["m", "n"], 120)
    return frame


def one(found, x: str = "", y: str = "", group: str = "") -> pd.Series:
    rows = found.tidy()
    chosen = rows[(rows["group"] == group) & ((rows["x"] == x) | (x == "")) & ((rows["y"] == y) | (y == ""))]
    first: pd.Series = chosen.iloc[0]
    return first


@pytest.mark.parametrize("method", ["pearson", "spearman", "kendall"])
def test_cor_test_of_satisfaction_and_loyalty(reference, shared_data, method):
    known = reference("descriptives_correlations")["cor_CUSA1_CUSL1"][method]
    data = read(pd.read_csv(shared_data("mobi.csv")))
    found = one(analyse(data, "correlation", items=["CUSA1", "CUSL1"], method=method))
    assert found["estimate"] == pytest.approx(known["estimate"], rel=TOLERANCE)
    assert found["p"] == pytest.approx(known["p"], rel=TOLERANCE)
    if method == "pearson":
        assert [found["low"], found["high"]] == pytest.approx(known["ci"], rel=TOLERANCE)
    if method != "spearman":  # R prints S for Spearman
        assert found["statistic"] == pytest.approx(known["statistic"], rel=TOLERANCE)


@pytest.mark.parametrize(
    ("name", "method"),
    [("pearson_mobi", "pearson"), ("spearman_mobi", "spearman"), ("kendall_mobi_first6", "kendall")],
)
def test_whole_matrices(reference, shared_data, name, method):
    known = reference("descriptives_correlations")[name]
    data = read(pd.read_csv(shared_data("mobi.csv")))
    found = analyse(data, "correlation", items=known["rownames"], method=method)
    square = found.tables()["matrix"].frame().pivot(index="x", columns="y", values="estimate")
    ours = square.loc[known["rownames"], known["rownames"]].to_numpy(dtype=float)
    np.testing.assert_allclose(ours, np.array(known["values"]), atol=TOLERANCE)


def test_partial_correlation(reference, shared_data):
    known = reference("descriptives_correlations")["partial_CUSA1_CUSL1_given_IMAG1_PERV1"]["values"][0][1]
    data = read(pd.read_csv(shared_data("mobi.csv")))
    found = one(analyse(data, "correlation", items=["CUSA1", "CUSL1"], controls=["IMAG1", "PERV1"]))
    assert found["estimate"] == pytest.approx(known, rel=TOLERANCE)


def test_holm_and_raw_p_of_psych(reference, shared_data):
    # psych prints Holm's p above the diagonal and the raw p below it: here the first 6 of 24 items, all of
    # whose 276 pairs were adjusted together. Raw p down to 1e-25: 1e-7 relative.
    known = reference("descriptives_correlations")["corr_test_p_holm_upper"]
    names, values = known["rownames"], known["values"]
    frame = pd.read_csv(shared_data("mobi.csv"))
    found = analyse(read(frame), "correlation", items=list(frame))
    for i, j in combinations(range(len(names)), 2):
        row = one(found, names[i], names[j])
        assert row["p"] == pytest.approx(values[j][i], rel=1e-7)
        assert row["p_adjusted"] == pytest.approx(values[i][j], rel=1e-7)


def test_the_stored_pearson_numbers_without_the_data():
    # R 4.2.2 cor.test on 250 rows: t 5.75596871507389, p 2.53365663056745e-08, interval as printed.
    found = pearson(0.343292187664255, 250)
    assert found.statistic == pytest.approx(5.75596871507389, rel=1e-12)
    assert found.p == pytest.approx(2.53365663056745e-08, rel=1e-10)
    assert [found.low, found.high] == pytest.approx([0.228977621814609, 0.448266950480655], rel=1e-12)


def test_partial_is_the_correlation_of_residuals(three):
    found = one(analyse(read(three), "correlation", items=["a", "b"], controls=["c"]))
    z = np.column_stack([np.ones(len(three)), three["c"]])
    left = [three[v] - z @ np.linalg.lstsq(z, three[v].to_numpy(), rcond=None)[0] for v in ("a", "b")]
    r = np.corrcoef(left)[0, 1]
    assert found["estimate"] == pytest.approx(r, rel=1e-12)
    assert found["p"] == pytest.approx(2 * stats.t.sf(abs(r) * math.sqrt(117 / (1 - r * r)), 117), rel=1e-9)


@pytest.mark.parametrize("method", ["pearson", "spearman"])
def test_weights_enter_coefficient_and_effective_n(three, method):
    found = one(analyse(read(three, weight="w"), "correlation", items=["a", "b"], method=method))
    x, w = three[["a", "b"]].to_numpy(), three["w"].to_numpy()
    values = x if method == "pearson" else np.column_stack([ranks(c, w) for c in x.T])
    c = np.cov(values.T, aweights=w)
    assert found["estimate"] == pytest.approx(c[0, 1] / math.sqrt(c[0, 0] * c[1, 1]), rel=1e-10)
    assert found["n_eff"] == pytest.approx(w.sum() ** 2 / (w**2).sum(), rel=1e-10)
    assert found["n"] == 120


def test_equal_weights_change_nothing(three):
    for method in ("pearson", "spearman"):
        plain = analyse(read(three), "correlation", items=["a", "b", "c"], method=method).tidy()
        weighted = analyse(
            read(three.assign(w=3.7), weight="w"), "correlation", items=["a", "b", "c"], method=method
        )
        pd.testing.assert_frame_equal(plain, weighted.tidy(), rtol=1e-10)


def test_pairwise_and_listwise_use_the_rows_they_say(three):
    gaps = three.copy()
    gaps.loc[:9, "a"], gaps.loc[5:24, "b"] = np.nan, np.nan
    pairwise = analyse(read(gaps), "correlation", items=["a", "b", "c"])
    assert [one(pairwise, *p)["n"] for p in (("a", "b"), ("a", "c"), ("b", "c"))] == [95, 110, 100]
    expected = gaps[["a", "c"]].dropna().corr().iloc[0, 1]
    assert one(pairwise, "a", "c")["estimate"] == pytest.approx(expected, rel=1e-12)
    listwise = analyse(read(gaps), "correlation", items=["a", "b", "c"], missing="listwise").tidy()
    assert set(listwise["n"]) == {95}


def test_groups_are_the_filtered_rows(three):
    found = analyse(read(three), "correlation", items=["a", "b"], by="g")
    for group in ("m", "n"):
        alone = one(
            analyse(read(three[three["g"] == group].reset_index(drop=True)), "correlation", items=["a", "b"])
        )
        assert one(found, group=group)["estimate"] == pytest.approx(alone["estimate"], rel=1e-12)
    numbered = analyse(
        read(three.assign(g=(three["g"] == "m") * 1.0)), "correlation", items=["a", "b"], by="g"
    )
    assert numbered.tidy()["n"].sum() == 120


def test_a_constant_keeps_its_row_with_a_reason_and_is_not_among_the_tests():
    frame = pd.DataFrame({"a": [1, 2, 3, 4, 6.0], "b": [2, 1, 4, 3, 5.0], "k": [0.1 + 0.2] * 5})
    found = analyse(read(frame), "correlation", items=["a", "b", "k"])
    rows = found.tidy()
    assert rows["remark"].tolist() == ["", "constant", "constant"]
    assert one(found, "a", "b")["p"] == one(found, "a", "b")["p_adjusted"]
    assert next(c for c in found.checks if c.code == "CONSTANT").about == ("k",)


@pytest.mark.parametrize("n", [0, 1, 2])
def test_two_rows_are_no_correlation(n):
    frame = pd.DataFrame(
        {"a": [1.0, 2.0, np.nan, np.nan], "b": [2.0, 4.0, np.nan, np.nan], "c": [1.0, 2, 3, 4]}
    )
    frame.loc[n:, "a"] = np.nan
    row = one(analyse(read(frame), "correlation", items=["b", "a"])) if n else None
    if row is not None:
        assert row["remark"] == "few_rows"
        assert math.isnan(row["estimate"])
        assert math.isnan(row["p"])


def test_perfect_correlation_stays_within_bounds():
    base = np.arange(1.0, 9.0)
    frame = pd.DataFrame({"x": base, "little": base * 1e-8 + 1, "big": base + 99_999_990.0, "down": -base})
    rows = analyse(read(frame), "correlation", items=list(frame)).tidy()
    assert (rows["estimate"].abs() <= 1).all()
    np.testing.assert_allclose(rows["estimate"].abs(), 1, atol=1e-7)


def test_rank_coefficients_equal_scipy(three):
    x, y = three["a"].to_numpy(), three["b"].to_numpy()
    rho, tau = stats.spearmanr(x, y), stats.kendalltau(x, y)
    r = np.corrcoef(ranks(x, np.ones(120)), ranks(y, np.ones(120)))[0, 1]
    assert spearman(r, 120).r == pytest.approx(rho.statistic, rel=1e-12)
    assert spearman(r, 120).p == pytest.approx(rho.pvalue, rel=1e-9)
    assert kendall(x, y).p == pytest.approx(tau.pvalue, rel=1e-12)
    assert 2 * stats.norm.sf(abs(kendall(x, y).statistic)) == pytest.approx(tau.pvalue, rel=1e-9)


@pytest.mark.parametrize("kind", ["pearson", "spearman", "kendall"])
def test_intervals_cover_by_simulation(kind):
    # Bivariate normal, r = .5, n = 60, truths by the closed forms; 1500 samples: 95 % within 4 SE.
    truth = {
        "pearson": 0.5,
        "spearman": 6 / math.pi * math.asin(0.25),
        "kendall": 2 / math.pi * math.asin(0.5),
    }[kind]
    rng = np.random.Generator(np.random.Philox(key=31))
    covered = 0
    for _ in range(1500):
        x = rng.normal(size=60)
        y = 0.5 * x + math.sqrt(0.75) * rng.normal(size=60)
        if kind == "kendall":
            found = kendall(x, y)
        elif kind == "spearman":
            found = spearman(float(np.corrcoef(stats.rankdata(x), stats.rankdata(y))[0, 1]), 60)
        else:
            found = pearson(float(np.corrcoef(x, y)[0, 1]), 60)
        covered += found.low <= truth <= found.high
    assert abs(covered / 1500 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 1500)


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"items": ["a"]}, "OPTION_VALUE"),
        ({"items": ["a", "a"]}, "OPTION_VALUE"),
        ({"items": ["a", "b"], "method": "kendall", "controls": ["c"]}, "OPTION_VALUE"),
        ({"items": ["a", "z"]}, "UNKNOWN_ITEM"),
        ({"items": ["a", "g"]}, "NOT_NUMERIC"),
        ({"items": ["a", "b"], "by": "zz"}, "UNKNOWN_GROUP"),
    ],
)
def test_bad_input_is_one_clear_error(three, options, code):
    with pytest.raises(SurveykitError) as caught:
        analyse(read(three), "correlation", **options)
    assert caught.value.code == code


def test_kendall_counts_pairs_by_the_product_of_their_weights():
    rng = np.random.default_rng(4)
    frame = pd.DataFrame(
        {"a": rng.integers(1, 6, 60), "b": rng.integers(1, 6, 60), "w": rng.integers(1, 4, 60)}
    )
    by_weight = analyse(read(frame, weight="w"), "correlation", items=["a", "b"], method="kendall").tidy()
    repeated = frame.loc[frame.index.repeat(frame.w)].reset_index(drop=True)
    plain = analyse(read(repeated[["a", "b"]]), "correlation", items=["a", "b"], method="kendall").tidy()
    assert by_weight.estimate[0] == pytest.approx(plain.estimate[0], abs=1e-12)
    assert by_weight.low[0] < by_weight.estimate[0] < by_weight.high[0]
