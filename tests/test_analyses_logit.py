"""Binary and ordinal logit: R's numbers, separation by name, empty categories, weights, Brant's test."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses._brant import brant
from surveykit.analyses._cumulative import cumulative_logit, separating
from surveykit.errors import SurveykitError
from surveykit.responses import read
from tests.published import analyse, attitude

TWO = ["complaints", "learning"]
# R 4.2: glm(high ~ complaints + learning, binomial, attitude, epsilon = 1e-16), high = rating >= 65
GLM = ([-15.9745993554076300, 0.2405049204038496, 0.0121061598934667],
       [6.0713520508165271, 0.1018715997342125, 0.0599120597223288])  # fmt: skip
# svyglm(high ~ complaints + learning, svydesign(id = ~1, weights = ~w), family = quasibinomial), w = 1, 2, 3,
# 1, …
SVYGLM = ([-16.1174926620014638, 0.2273258226213105, 0.0357969130989441],
          [4.0102318259847740, 0.0589852129619579, 0.0700980596419142])  # fmt: skip
# MASS::polr(ordered(band) ~ complaints + learning, Hess = TRUE, control = list(reltol = 1e-16))
POLR = [0.2105562740154649, 0.0525270656862819, 14.4115292550458953, 16.8874582149872445, 19.9548200052371527]
POLR_SE = [0.0591473360694802, 0.0427089783746046, 3.8510388753389422, 4.1737015151862051, 4.8584404271249291]


def test_logit_against_r():
    found = analyse(read(attitude()), "logit", outcome="high", predictors=TWO)
    tidy = found.tidy()
    assert tidy["estimate"].tolist() == pytest.approx(GLM[0], rel=1e-8)
    assert tidy["se"].tolist() == pytest.approx(GLM[1], rel=1e-8)
    assert found.facts["loglik"] == pytest.approx(-9.79501124849096, rel=1e-12)
    assert tidy["odds_ratio"][1] == pytest.approx(np.exp(GLM[0][1]))
    assert tidy["odds_low"][1] == pytest.approx(np.exp(GLM[0][1] - 1.959963984540054 * GLM[1][1]))
    assert found.facts["events"] == 17
    assert found.facts["gradient"] < 1e-8


def test_logit_weighted_against_r_survey():
    found = analyse(read(attitude(), weight="w"), "logit", outcome="high", predictors=TWO).tidy()
    assert found["estimate"].tolist() == pytest.approx(SVYGLM[0], rel=1e-8)
    assert found["se"].tolist() == pytest.approx(SVYGLM[1], rel=1e-8)


def test_logit_airline_against_r(reference, shared_data):
    r = reference("regression")["results"]["logit_airline"]
    data = read(pd.read_csv(shared_data("airline_satisfaction_20k.csv")))
    found = analyse(data, "logit", outcome="satisfaction", predictors=[*r["items"], "Age"], event="satisfied")
    tidy = found.tidy()
    assert tidy["estimate"].tolist() == pytest.approx([c["Estimate"] for c in r["coef"]], rel=1e-8)
    assert tidy["se"].tolist() == pytest.approx([c["Std. Error"] for c in r["coef"]], rel=1e-8)
    assert tidy["odds_ratio"].tolist() == pytest.approx(list(r["OR"].values()), rel=1e-8)
    for ours, theirs in (
        ("deviance", "deviance"),
        ("deviance_null", "null"),
        ("mcfadden", "mcfadden"),
        ("bic", "BIC"),
    ):
        assert found.facts[ours] == pytest.approx(r[theirs], rel=1e-8)


def test_ordinal_against_r():
    found = analyse(read(attitude()), "ordinal", outcome="band", predictors=TWO)
    tidy = found.tidy()
    assert tidy["term"].tolist() == [*TWO, "1|2", "2|3", "3|4"]
    assert tidy["estimate"].tolist() == pytest.approx(
        POLR, rel=1e-6
    )  # polr stops at a relative 1e-8 of the deviance
    # polr's Hessian is a coarse finite difference of ill-scaled parameters; see the next test for ours
    assert tidy["se"].tolist() == pytest.approx(POLR_SE, rel=1e-3)
    assert found.facts["loglik"] == pytest.approx(-24.3514860850308, rel=1e-12)


def test_covariance_is_the_inverse_of_the_curvature():
    """Central differences of a log-likelihood written anew, in units of each standard error."""
    X = attitude()[TWO].to_numpy()
    category = attitude()["band"].to_numpy(dtype=np.intp) - 1
    fit = cumulative_logit(X, category, TWO)
    theta, se = np.concatenate([fit.thresholds, fit.slopes]), np.sqrt(np.diag(fit.covariance))

    def loglik(t):
        below = 1 / (1 + np.exp(-(np.array(t[:3]) - (X @ t[3:])[:, None])))
        cumulative = np.hstack([np.zeros((30, 1)), below, np.ones((30, 1))])
        return np.log(np.diff(cumulative, axis=1)[np.arange(30), category]).sum()

    h = 1e-3
    steps = np.diag(se * h)
    curvature = [
        [
            loglik(theta + a + b) - loglik(theta + a - b) - loglik(theta - a + b) + loglik(theta - a - b)
            for b in steps
        ]
        for a in steps
    ]
    information = -np.array(curvature) / (4 * h**2) / np.outer(se, se)
    np.testing.assert_allclose(np.linalg.inv(information), fit.covariance, rtol=2e-4)


def test_ordinal_mobi_against_r(reference, shared_data):
    r = reference("regression")["results"]["ordlogit_CUSL3_ord5"]
    rows = pd.read_csv(shared_data("mobi_means.csv"))
    rows["again"] = pd.read_csv(shared_data("mobi_ordered5.csv"))["CUSL3"]
    found = analyse(read(rows), "ordinal", outcome="again", predictors=["image", "sat", "value"])
    assert found.facts["loglik"] == pytest.approx(r["logLik"], rel=1e-10)
    assert found.tidy()["estimate"].tolist() == pytest.approx([c["Value"] for c in r["coef"]], rel=1e-6)
    assert found.tidy()["se"].tolist() == pytest.approx([c["Std. Error"] for c in r["coef"]], rel=1e-5)


def test_two_categories_are_the_binary_model():
    X = attitude()[TWO].to_numpy()
    y = attitude()["high"].to_numpy(dtype=np.intp)
    fit = cumulative_logit(X, y, TWO)
    assert [-fit.thresholds[0], *fit.slopes] == pytest.approx(GLM[0], rel=1e-8)


def test_separation_is_an_error_that_names_the_predictor():
    # R9: pingouin prints a coefficient of 3.19 with SE 815 and says nothing
    rng = np.random.default_rng(2)
    data = pd.DataFrame({"noise": rng.normal(size=60), "tenure": np.arange(60.0)})
    data["again"] = (data["tenure"] >= 30).astype(float)
    with pytest.raises(SurveykitError) as error:
        analyse(read(data), "logit", outcome="again", predictors=["noise", "tenure"])
    assert (error.value.code, error.value.got) == ("SEPARATION", "'tenure'")


def test_quasi_separation_by_a_level():
    # everybody in c said yes: no finite coefficient for that dummy, while x overlaps
    rng = np.random.default_rng(3)
    data = pd.DataFrame({"x": rng.normal(size=90), "city": ["a", "b", "c"] * 30})
    data["again"] = ((rng.random(90) < 0.5) | (data["city"] == "c")).astype(float)
    with pytest.raises(SurveykitError) as error:
        analyse(read(data), "logit", outcome="again", predictors=["x", "city"])
    assert (error.value.code, error.value.got) == ("SEPARATION", "'city[c]'")


def test_ordinal_separation():
    data = pd.DataFrame({"x": np.arange(30.0), "y": np.repeat([1.0, 2, 3], 10)})
    with pytest.raises(SurveykitError) as error:
        analyse(read(data), "ordinal", outcome="y", predictors=["x"])
    assert error.value.code == "SEPARATION"


def test_an_outlier_deep_in_the_tail_does_not_stop_the_search():
    # one no at x = 40 among certain yeses: its probability is 1e-11 on the way, and must keep its digits
    rng = np.random.default_rng(10)
    x = np.concatenate([rng.normal(size=400), np.full(100, 6.0), [40.0]])
    y = np.concatenate([(3 * x[:400] + rng.logistic(size=400) > 0), np.ones(100), [0]]).astype(np.intp)
    fit = cumulative_logit(x[:, None], y, ["x"])
    eta = fit.slopes[0] * x - fit.thresholds[0]
    score = (y - 1 / (1 + np.exp(-eta))) @ np.column_stack([np.ones(501), x])
    assert np.abs(score).max() < 1e-9
    mirrored = cumulative_logit(-x[:, None], 1 - y, ["x"])
    assert mirrored.slopes[0] == pytest.approx(fit.slopes[0], rel=1e-10)


def test_airline_zero_answers(shared_data):
    # one row of probability 1e-10: R's glm(some ~ booking + class + age, epsilon = 1e-16) clips there and
    # says so
    rows = pd.read_csv(shared_data("airline_satisfaction_20k.csv"))
    rows["some"] = (rows["Inflight wifi service"] > 0).astype(float)
    found = analyse(
        read(rows), "logit", outcome="some", predictors=["Ease of Online booking", "Class", "Age"]
    )
    assert found.facts["loglik"] == pytest.approx(-737.69458107641, rel=1e-7)
    estimates = [
        -2.1751727736831943,
        5.2272318992001239,
        1.8468917224177730,
        1.4200581988625791,
        0.0132344294288998,
    ]
    assert found.tidy()["estimate"].tolist() == pytest.approx(estimates, rel=1e-6)


def test_near_collinearity_is_not_called_non_convergence():
    rng = np.random.default_rng(4)
    x = rng.normal(size=300)
    rows = pd.DataFrame(
        {"x": x, "twin": x + 1e-5 * rng.normal(size=300), "y": x + rng.logistic(size=300) > 0}
    )
    found = analyse(
        read(rows.assign(y=rows["y"].astype(float))), "logit", outcome="y", predictors=["x", "twin"]
    )
    alone = analyse(read(rows.assign(y=rows["y"].astype(float))), "logit", outcome="y", predictors=["x"])
    assert "collinearity" in {c.code for c in found.checks}
    assert found.facts["loglik"] == pytest.approx(alone.facts["loglik"], abs=3)
    assert found.facts["loglik"] >= alone.facts["loglik"]


def test_overlap_is_not_called_separation():
    X = attitude()[TWO].to_numpy()
    assert separating(X, attitude()["high"].to_numpy(dtype=np.intp), TWO) == ()


@pytest.mark.parametrize(
    ("analysis", "outcome", "code"),
    [
        ("logit", [1, 2, 3, 4, 5, 1, 2, 3, 4, 5], "NOT_BINARY"),  # R8: statsmodels returns 8.4e15
        ("logit", [1] * 10, "NOT_BINARY"),
        ("ordinal", [1, 2] * 5, "NOT_ORDINAL"),
    ],
)
def test_outcomes_of_the_wrong_kind(analysis, outcome, code):
    data = read(pd.DataFrame({"y": np.array(outcome, dtype=float), "x": [3.0, 1, 4, 1, 5, 9, 2, 6, 5, 3]}))
    with pytest.raises(SurveykitError) as error:
        analyse(data, analysis, outcome="y", predictors=["x"])
    assert error.value.code == code


def test_unknown_event():
    with pytest.raises(SurveykitError, match="does not occur") as error:
        analyse(read(attitude()), "logit", outcome="high", predictors=TWO, event="yes")
    assert error.value.expected == "'0' or '1'"


def test_empty_categories_are_said():
    # R10: statsmodels gives a threshold of -inf and no standard errors
    data = attitude()
    data["band"] = data["band"].replace({3.0: 4.0})
    found = analyse(read(data), "ordinal", outcome="band", predictors=TWO)
    assert found.tidy()["term"].tolist()[2:] == ["1|2", "2|4"]
    assert np.isfinite(found.tidy()["se"]).all()
    check = {c.code: c for c in found.checks}["empty_categories"]
    assert check.values["empty"] == ["3"]
    assert set(check.texts) == {"en", "zh"}


def test_collinear_predictors_are_named():
    data = attitude().assign(twice=lambda d: 2 * d["learning"])
    with pytest.raises(SurveykitError) as error:
        analyse(read(data), "logit", outcome="high", predictors=["learning", "twice"])
    assert error.value.got == "'learning', 'twice'"


def _cumulative_sample(rng, n, slopes):
    """Answers 0 … 3 from one logit per cut (parallel where the slopes are equal)."""
    x = rng.normal(size=n)
    u = rng.logistic(size=n)
    above = [(u < s * x - t) for s, t in zip(slopes, (-1.5, 0.0, 1.5), strict=True)]
    return x, np.sum(above, axis=0)


def test_brant_sees_slopes_that_differ():
    x, y = _cumulative_sample(np.random.default_rng(7), 1500, (0.3, 0.9, 1.6))
    test = brant(x[:, None], y, ["x"])
    assert test is not None
    assert test.df == 2
    assert test.p < 1e-4
    assert test.slopes[:, 0] == pytest.approx([0.3, 0.9, 1.6], abs=0.35)
    found = analyse(
        read(pd.DataFrame({"x": x, "y": y.astype(float)})), "ordinal", outcome="y", predictors=["x"]
    )
    assert "proportional_odds" in {c.code for c in found.checks}


def test_brant_keeps_its_size():
    # parallel slopes: rejections at .05 in 300 samples lie within 3 standard errors (.0377) of .05
    rng = np.random.default_rng(11)
    tests = [
        brant(x[:, None], y, ["x"]) for x, y in (_cumulative_sample(rng, 400, (0.8,) * 3) for _ in range(300))
    ]
    assert abs(np.mean([t.p < 0.05 for t in tests if t is not None]) - 0.05) < 0.0377
