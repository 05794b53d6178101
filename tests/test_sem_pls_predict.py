"""Out-of-sample prediction against seminr on the same folds, against scikit-free brute force, and what is refused."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem.pls import predict
from tests.test_sem_pls import ECSI

TEXT = "a =~ a1 + a2 + a3\nb =~ b1 + b2 + b3\nb ~ a"


@pytest.fixture(scope="module")
def rows() -> pd.DataFrame:
    population = "a =~ 0.7*a1 + 0.6*a2 + 0.7*a3\nb =~ 0.7*b1 + 0.7*b2 + 0.6*b3\nb ~ 0.6*a"
    return sk.simulate(sk.Model.parse(population), n=150, seed=4)


@pytest.mark.parametrize(("antecedents", "key"), [("direct", "DA"), ("earliest", "EA")])
def test_seminr_on_the_same_folds(antecedents, key, reference, shared_data) -> None:
    stored = reference("plspredict_mobi_10fold")
    folds = pd.read_csv(shared_data("mobi_cv10_folds.csv"))["fold"]
    found = predict(
        ECSI, pd.read_csv(shared_data("mobi.csv")), assigned=folds, antecedents=antecedents, benchmark="all"
    )
    items = found.tidy().set_index("term")
    pairs = [("PLS_out", "pls", stored[key]), ("LM_out", "lm", stored["DA"])]
    for name, ours, part in pairs:
        rmse, mae = (pd.Series(v, part[name]["colnames"]) for v in part[name]["values"])
        # seminr stops at 1e-7
        np.testing.assert_allclose(items[f"rmse_{ours}"].loc[rmse.index], rmse, atol=1e-6)
        np.testing.assert_allclose(items[f"mae_{ours}"].loc[mae.index], mae, atol=1e-6)
    if key == "DA":
        q2 = pd.Series(stored["DA"]["Q2_predict"])
        np.testing.assert_allclose(items["estimate"].loc[q2.index], q2, atol=1e-6)


def test_every_row_is_foretold_by_a_model_that_never_saw_it(rows) -> None:
    folds = np.arange(len(rows)) % 5
    found = predict(TEXT, rows, assigned=folds).tidy().set_index("term")
    missed = []
    for k in range(5):
        train, test = rows[folds != k], rows[folds == k]
        fit = sk.fit(TEXT, train, method="pls", bootstrap=0)
        z = (test - train.mean()) / train.std()
        score = z[["a1", "a2", "a3"]].to_numpy() @ fit.solved.w[0][:3, 0]
        loading = fit.solved.loadings[0][list(fit.design.indicators).index("b2"), 1]
        guess = train["b2"].mean() + train["b2"].std() * loading * fit.solved.b[0, 0, 1] * score
        missed.append(test["b2"] - guess)
    assert found.loc["b2", "rmse_pls"] == pytest.approx(np.sqrt((pd.concat(missed) ** 2).mean()), abs=1e-9)


def holed(rows: pd.DataFrame) -> pd.DataFrame:
    return (
        rows.mask(np.random.default_rng(5).random(rows.shape) < 0.12).dropna(how="all").reset_index(drop=True)
    )


@pytest.mark.parametrize("missing", ["mean", "em", "pairwise"])
def test_missing_answers_of_predictors_are_filled_by_the_training_rows(missing, rows) -> None:
    data = holed(rows)
    folds = np.arange(len(data)) % 5
    found = predict(TEXT, data, assigned=folds, missing=missing).tidy().set_index("term")
    missed, names = [], ["a1", "a2", "a3"]
    for k in range(5):
        train, test = data[folds != k].reset_index(drop=True), data[folds == k]
        fit = sk.fit(TEXT, train, method="pls", bootstrap=0, missing=missing)
        m = fit.sample.moments.select([*names, "b2"])
        mean, cov, filled = (
            pd.Series(m.mean, m.names),
            pd.DataFrame(m.cov, m.names, m.names),
            test[names].copy(),
        )
        for row, answers in test[names].iterrows():
            here = [c for c in names if answers.notna()[c]]
            for c in answers.index[answers.isna()]:
                slope = (
                    np.zeros(0)
                    if missing == "mean"
                    else np.linalg.solve(cov.loc[here, here], cov.loc[here, c])
                )
                known = here if missing != "mean" else []
                filled.loc[row, c] = mean[c] + slope @ (answers[known] - mean[known])
        score = ((filled - mean[names]) / np.sqrt(np.diag(cov.loc[names, names]))).to_numpy() @ fit.solved.w[
            0
        ][:3, 0]
        loading = fit.solved.loadings[0][list(fit.design.indicators).index("b2"), 1]
        missed.append(
            test["b2"] - mean["b2"] - np.sqrt(cov.loc["b2", "b2"]) * loading * fit.solved.b[0, 0, 1] * score
        )
    errors = pd.concat(missed).dropna()
    assert found.loc["b2", "n"] == len(errors) == data["b2"].notna().sum()
    assert found.loc["b2", "rmse_pls"] == pytest.approx(np.sqrt((errors**2).mean()), abs=1e-8)
    fit = sk.fit(TEXT, data, method="pls", missing=missing, bootstrap=20, predict={"repeats": 1, "folds": 5})
    assert fit.tables()["cvpat"].frame().notna().all(axis=None)
    assert any("errors count where there is an answer" in said for said in fit.choices)


def test_cvpat_is_the_paired_t_test_of_the_losses(rows) -> None:
    from scipy.stats import ttest_1samp

    folds = np.arange(len(rows)) % 5
    found = predict(TEXT, rows, assigned=folds)
    table = found.tables()["cvpat"].frame().set_index(["term", "benchmark"])
    overall = table.loc[("overall", "ia")]
    assert overall["estimate"] < 0
    assert overall["p"] < 0.05
    items = found.tidy()
    difference = (items["rmse_pls"] ** 2 - items["rmse_ia"] ** 2).mean()
    assert overall["estimate"] == pytest.approx(difference, abs=1e-12)
    assert overall["t"] == pytest.approx(overall["estimate"] / overall["se"])
    rng = np.random.default_rng(1)
    d = rng.normal(-0.1, 1, 80)
    from surveykit.sem.pls.foretell import targets_of
    from surveykit.sem.pls.plan import plan_of
    from surveykit.sem.pls.predict import _cvpat

    plan = plan_of(sk.Model.parse("y ~ x"), modes={})
    row = _cvpat(
        plan, targets_of(plan), np.stack([d, np.zeros(80), np.zeros(80)])[:, :, None], np.ones(80), 0.95
    )[0]
    theirs = ttest_1samp(d, 0)
    assert row["p"] == pytest.approx(theirs.pvalue)
    assert row["low"] == pytest.approx(theirs.confidence_interval().low)


def test_noise_is_not_foretold_and_it_is_said() -> None:
    rng = np.random.default_rng(8)
    noise = pd.DataFrame(rng.normal(size=(120, 6)), columns=["a1", "a2", "a3", "b1", "b2", "b3"])
    found = predict(TEXT, noise, folds=5, repeats=2)
    assert (found.tidy()["estimate"] < 0.02).all()
    assert {c.code for c in found.checks} == {"NOT_PREDICTED"}


def test_seeds_repeat_and_bad_input_is_refused(rows) -> None:
    one, two = (predict(TEXT, rows, repeats=2, seed=4) for _ in range(2))
    pd.testing.assert_frame_equal(one.tidy(), two.tidy())
    with pytest.raises(SurveykitError, match="answers themselves"):
        predict(TEXT, Moments.from_rows(rows, list(rows)))
    with pytest.raises(SurveykitError, match="antecedents='any' is not possible"):
        predict(TEXT, rows, antecedents="any")
    with pytest.raises(SurveykitError, match="too few rows"):
        predict(TEXT, rows.iloc[:12], folds=10)
