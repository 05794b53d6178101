"""Intervals and missing values of PLS models: against scipy, pandas, lavaan's EM, and row by row."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import read
from surveykit.sem import fit
from surveykit.sem.pls import fit_pls
from surveykit.sem.pls.missing import em_moments, mean_moments, pairwise_moments
from surveykit.sem.pls.resample import jackknife_moments, nested_moments

TEXT = "a =~ a1 + a2\nb =~ b1 + b2\nb ~ a"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    rng = np.random.default_rng(11)
    a = rng.normal(size=(90, 1))
    b = 0.6 * a + 0.8 * rng.normal(size=(90, 1))
    x = np.hstack([a + 0.5 * rng.normal(size=(90, 2)), b + 0.5 * rng.normal(size=(90, 2))])
    return pd.DataFrame(x, columns=["a1", "a2", "b1", "b2"])


def holed(rows: pd.DataFrame) -> pd.DataFrame:
    rng = np.random.default_rng(12)
    return rows.mask(rng.random(rows.shape) < 0.15)


def test_bca_limits_of_a_correlation_are_scipys() -> None:
    from scipy.stats import bootstrap

    rng = np.random.default_rng(2)
    x = rng.exponential(size=60)
    y = x + rng.exponential(size=60)
    found = fit_pls("y ~ x", pd.DataFrame({"x": x, "y": y}), bootstrap=6000, interval="bca").tidy()
    ours = found[found.op == "~"].iloc[0]

    def correlation(u, v, axis=-1):
        u, v = (q - q.mean(axis=axis, keepdims=True) for q in (u, v))
        return (u * v).sum(axis=axis) / np.sqrt((u * u).sum(axis=axis) * (v * v).sum(axis=axis))

    theirs = bootstrap((x, y), correlation, paired=True, n_resamples=6000, random_state=rng, method="BCa")
    # two draws of 6,000 replicates: the standard error of a limit is about 0.004
    assert ours["low"] == pytest.approx(theirs.confidence_interval.low, abs=0.015)
    assert ours["high"] == pytest.approx(theirs.confidence_interval.high, abs=0.015)
    plain = fit_pls("y ~ x", pd.DataFrame({"x": x, "y": y}), bootstrap=6000).tidy()
    assert abs(plain[plain.op == "~"].iloc[0]["low"] - ours["low"]) > 0.015


def test_the_jackknife_leaves_out_each_row(rows) -> None:
    x, w = rows.to_numpy(), np.random.default_rng(3).integers(1, 4, len(rows)).astype(float)
    found = jackknife_moments(x, np.ones(len(x)), list(rows))
    weighted = jackknife_moments(x, w, list(rows))
    for i in (0, 17, 89):
        rest = np.delete(x, i, axis=0)
        np.testing.assert_allclose(found.cov[i], np.cov(rest.T), atol=1e-13)
        np.testing.assert_allclose(found.mean[i], rest.mean(axis=0), atol=1e-13)
        repeated = np.repeat(rest, np.delete(w, i).astype(int), axis=0)
        np.testing.assert_allclose(weighted.cov[i], np.cov(repeated.T), atol=1e-12)


def test_groups_are_left_out_of_many_rows() -> None:
    x = np.random.default_rng(4).normal(size=(2500, 2))
    found = jackknife_moments(x, np.ones(2500), ["a", "b"])
    of = np.arange(2500) * 1000 // 2500
    np.testing.assert_allclose(found.cov[7], np.cov(x[of != 7].T), atol=1e-12)


def test_inner_replicates_spread_as_the_sampling_error_says(rows) -> None:
    x = rows.to_numpy()
    drawn = np.ones((40, len(x)))
    inner = nested_moments(x, np.ones(len(x)), drawn, list(rows), seed=1)
    r = inner.cor[:, 0, 1]
    truth = np.corrcoef(x[:, 0], x[:, 1])[0, 1]
    assert r.mean() == pytest.approx(truth, abs=0.01)
    assert r.std() == pytest.approx((1 - truth**2) / np.sqrt(len(x)), rel=0.15)


def test_studentised_limits_of_a_path_hold_it_and_repeat(rows) -> None:
    one, two = (fit_pls(TEXT, rows, bootstrap=200, interval="studentised", seed=5) for _ in range(2))
    pd.testing.assert_frame_equal(one.tidy(), two.tidy())
    path = one.tidy().query("op == '~'").iloc[0]
    assert path["low"] < path["estimate"] < path["high"]
    assert any("studentised" in note for note in one.notes())


def test_em_moments_are_lavaans(reference, shared_data) -> None:
    stored = reference("hs_em_saturated")["cov"]
    data = pd.read_csv(shared_data("HS1939_missing15.csv"))[stored["rownames"]]
    found = em_moments(data.to_numpy(), np.ones((1, len(data))), stored["rownames"], tolerance=1e-11)
    np.testing.assert_allclose(found.cov_ml[0], np.array(stored["values"]), atol=1e-6)


def test_pairwise_correlations_are_pandas(rows) -> None:
    data = holed(rows)
    fit = fit_pls(TEXT, data, missing="pairwise", bootstrap=0)
    np.testing.assert_allclose(fit.sample.moments.cor, data.corr(), atol=1e-13)
    np.testing.assert_allclose(fit.sample.moments.sd, data.std(), atol=1e-13)
    assert any("pairwise" in note for note in fit.notes())


@pytest.mark.parametrize("moments", [pairwise_moments, em_moments])
def test_weights_of_incomplete_rows_are_repeated_rows(moments, rows) -> None:
    x = holed(rows).to_numpy()
    w = np.random.default_rng(6).integers(0, 3, len(x))
    weighted = moments(x, w[None].astype(float), list(rows))
    repeated = np.repeat(x, w, axis=0)
    again = moments(repeated, np.ones((1, len(repeated))), list(rows))
    np.testing.assert_allclose(weighted.cor, again.cor, atol=1e-7)


@pytest.mark.parametrize("missing", ["pairwise", "em", "mean", "listwise"])
def test_complete_answers_give_the_same_whatever_is_done_about_missing_ones(missing, rows) -> None:
    usual = fit_pls(TEXT, rows, bootstrap=50)
    found = fit_pls(TEXT, rows, bootstrap=50, missing=missing)
    np.testing.assert_allclose(found.solved.b, usual.solved.b, atol=1e-9)
    np.testing.assert_allclose(found.replicates.b, usual.replicates.b, atol=1e-5)


def test_incomplete_answers_are_recovered_by_em_and_every_row_counts(rows) -> None:
    data = read(holed(rows))
    found = fit_pls(TEXT, data, missing="em", bootstrap=50)
    whole = fit_pls(TEXT, rows, bootstrap=0)
    assert found.n == len(rows)
    assert found.solved.b[0, 0, 1] == pytest.approx(whole.solved.b[0, 0, 1], abs=0.06)
    assert found.tidy()["se"].notna().all()


def test_means_for_what_is_missing_are_found_anew_in_each_weighting(rows) -> None:
    data = holed(rows).dropna(how="all")
    w = np.random.default_rng(7).integers(0, 3, (2, len(data))).astype(float)
    found = mean_moments(data.to_numpy(), w, list(rows))
    for k in range(2):
        repeated = data.loc[np.repeat(data.index, w[k].astype(int))]
        np.testing.assert_allclose(found.cov[k], repeated.fillna(repeated.mean()).cov(), atol=1e-12)


@pytest.mark.parametrize("missing", ["pairwise", "em", "mean"])
def test_bca_of_incomplete_rows_leaves_out_each_row(missing, rows) -> None:
    data = holed(rows).dropna(how="all").reset_index(drop=True)
    found = fit_pls(TEXT, data, missing=missing, interval="bca", bootstrap=40)
    rest = fit_pls(TEXT, data.drop(index=17), missing=missing, bootstrap=0)
    # EM stops at changes of 1e-6 in replicates
    np.testing.assert_allclose(found.inference.jackknife.solved.b[17], rest.solved.b[0], atol=1e-5)
    assert found.tidy()[["low", "high"]].notna().all(axis=None)


def test_studentised_limits_of_incomplete_rows(rows) -> None:
    found = fit_pls(TEXT, holed(rows), missing="pairwise", interval="studentised", bootstrap=100)
    path = found.tidy().query("op == '~'").iloc[0]
    usual = fit_pls(TEXT, holed(rows), missing="pairwise", bootstrap=100).tidy().query("op == '~'").iloc[0]
    assert path["low"] < path["estimate"] < path["high"]
    assert path["high"] - path["low"] == pytest.approx(usual["high"] - usual["low"], rel=0.4)


@pytest.mark.parametrize("missing", ["pairwise", "em", "mean"])
def test_clusters_are_drawn_whole_whatever_is_done_about_missing_answers(missing, rows) -> None:
    """Every answer given twice, by twins: rows drawn alone would call it twice as many people."""
    twins = pd.concat([holed(rows)] * 2, ignore_index=True).assign(twin=[*range(len(rows))] * 2)
    alone = fit_pls(TEXT, holed(rows), missing=missing, bootstrap=200).tidy().query("op == '~'")["se"].iloc[0]
    named = read(twins, clusters="twin")
    whole = fit_pls(TEXT, named, missing=missing, bootstrap=200).tidy().query("op == '~'")["se"].iloc[0]
    # two times 200 replicates: a standard error is good to 7 %; without clusters it would be 29 % smaller
    assert whole == pytest.approx(alone, rel=0.15)
    asked = fit(TEXT, twins, method="pls", cluster="twin", missing=missing, bootstrap=200)
    assert asked.tidy().query("op == '~'")["se"].iloc[0] == pytest.approx(whole, abs=1e-12)


def test_kinds_that_do_not_go_together_are_refused(rows) -> None:
    with pytest.raises(SurveykitError, match="would settle EM 25 times"):
        fit_pls(TEXT, rows, missing="em", interval="studentised")
    with pytest.raises(SurveykitError, match="too few bootstrap replicates"):
        fit_pls(TEXT, rows, bootstrap=5)
    with pytest.raises(SurveykitError, match="too many replicates"):
        fit_pls(TEXT, rows, bootstrap=9000, interval="studentised")
    empty = rows.assign(b2=np.where(np.arange(len(rows)) < 88, np.nan, 1.0))
    with pytest.raises(SurveykitError, match="hardly ever"):
        fit_pls(TEXT, empty, missing="pairwise")


def test_the_test_of_overall_fit_equals_that_of_transformed_rows() -> None:
    """The replicates of the transformed answers are had from moments; here they are computed from rows."""
    from surveykit.responses import bootstrap_moments
    from surveykit.sem.pls import measures
    from surveykit.sem.pls.kernel import solve
    from surveykit.sem.pls.overall import _root

    rng = np.random.default_rng(21)
    base = rng.normal(size=(150, 2)) @ np.array([[1, 0.6], [0, 0.8]])
    x = np.repeat(base, 3, axis=1) * 0.8 + 0.6 * rng.normal(size=(150, 6))
    frame = pd.DataFrame(x, columns=["a1", "a2", "a3", "b1", "b2", "b3"])
    text = "a =~ a1 + a2 + a3\nb =~ b1 + b2 + b3\nb ~ a"
    fit = fit_pls(text, frame, bootstrap=40, overall=True)
    table = fit.tables()["overall_fit"].frame().set_index(["measure", "model"])
    assert (table["p"] > 0.05).all()
    r = fit.sample.moments.cor
    sigma = measures.implied(r[None], fit.solved, fit.design, consistent=False, saturated=True)[0]
    z = ((frame - frame.mean()) / frame.std()).to_numpy() @ np.linalg.inv(_root(r)) @ _root(sigma)
    np.testing.assert_allclose(np.corrcoef(z.T), sigma, atol=1e-10)
    drawn = bootstrap_moments(read(pd.DataFrame(z, columns=frame.columns)), list(frame), 40, 1).cor
    solved = solve(drawn, fit.design, "path", consistent=False)
    implied = measures.implied(drawn, solved, fit.design, consistent=False, saturated=True)
    wanted = np.quantile(measures.misfit(drawn, implied)["d_g"][solved.converged], 0.95)
    assert table.loc[("d_g", "saturated"), "quantile_95"] == pytest.approx(wanted, rel=1e-6)
    shared = 0.6 * rng.normal(size=150)
    wrong = frame.assign(a3=frame.a3 + shared, b1=frame.b1 + shared)
    wrong = fit_pls(text, wrong, bootstrap=60, overall=True).tables()["overall_fit"].frame()
    assert wrong.set_index(["measure", "model"]).loc[("d_uls", "estimated"), "p"] < 0.05


def test_an_inadmissible_model_has_no_test_of_overall_fit(rows) -> None:
    with pytest.raises(SurveykitError, match="needs an admissible model"):
        fit_pls(TEXT, rows, bootstrap=0, overall=True)
