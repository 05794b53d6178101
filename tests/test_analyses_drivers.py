"""Key drivers: relaimpo's numbers, all orderings by brute force, refusals, replicates."""

from __future__ import annotations

import math
from itertools import permutations

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses._importance import betas, first_last, johnson, lmg, subset_r2
from surveykit.errors import SurveykitError
from surveykit.responses import read
from tests.published import analyse, attitude

SIX = ["complaints", "privileges", "learning", "raises", "critical", "advance"]
# R relaimpo 2.2-7, calc.relimp(lm(rating ~ ., attitude), type = c("lmg", "genizi", "first", "last"))
LMG = [0.370816194319328, 0.0509037929715443, 0.155765990169141, 0.120345079403627, 0.00658872254586081,
       0.0281822131216471]  # fmt: skip
FIRST = [0.681314164108863, 0.181575586984046, 0.388974452874352, 0.348264033275246, 0.0244732081555923,
         0.0240517457458813]  # fmt: skip
LAST = [0.16867721304998, 0.00336786562081397, 0.0420074920543491, 0.001583274005926, 0.000792620475083928,
        0.0172470604916426]  # fmt: skip


def correlated(k: int, seed: int = 0) -> np.ndarray:
    rng = np.random.default_rng(seed)
    x = rng.normal(size=(80, k)) + rng.normal(size=(80, 1))
    y = x @ rng.uniform(-0.3, 1, k) + rng.normal(size=80)
    return np.asarray(np.corrcoef(np.column_stack([x, y]).T))


def by_all_orderings(R: np.ndarray) -> np.ndarray:
    k = len(R) - 1
    gains = np.zeros(k)
    for order in permutations(range(k)):
        r2 = 0.0
        for i in range(k):
            at = list(order[: i + 1])
            new = float(R[at, -1] @ np.linalg.solve(R[np.ix_(at, at)], R[at, -1]))
            gains[order[i]] += new - r2
            r2 = new
    return gains / math.factorial(k)


def test_attitude_against_relaimpo():
    found = analyse(read(attitude()), "drivers", outcome="rating", predictors=SIX, bootstrap=0)
    methods = found.tables()["methods"].frame()
    assert found.tidy()["estimate"].tolist() == pytest.approx(LMG, rel=1e-8)
    assert methods["first"].tolist() == pytest.approx(FIRST, rel=1e-8)
    assert methods["last"].tolist() == pytest.approx(LAST, rel=1e-8)
    assert found.facts["r2"] == pytest.approx(0.732601992531149, rel=1e-10)
    assert found.tidy()["rank"].tolist() == [1, 4, 2, 3, 6, 5]


@pytest.mark.parametrize("k", [2, 3, 5])
def test_brute_force(k):
    R = correlated(k, seed=k)
    np.testing.assert_allclose(lmg(R), by_all_orderings(R), atol=1e-13)


def test_both_methods_add_up_to_r2():
    R = correlated(9)
    r2 = R[-1, :-1] @ betas(R)
    for shares in (lmg(R), johnson(R)):
        assert shares.sum() == pytest.approx(r2, rel=1e-12)
    assert subset_r2(R)[-1] == pytest.approx(r2, rel=1e-12)


def test_uncorrelated_predictors_leave_no_choice():
    R = np.eye(4)
    R[:3, 3] = R[3, :3] = [0.6, -0.3, 0.1]
    first, last = first_last(R)
    for shares in (lmg(R), johnson(R), first, last):
        np.testing.assert_allclose(shares, [0.36, 0.09, 0.01], atol=1e-14)


def test_order_of_predictors_does_not_matter():
    R = correlated(6)
    order = [3, 1, 5, 0, 4, 2, 6]
    np.testing.assert_allclose(lmg(R[np.ix_(order, order)]), lmg(R)[order[:-1]], atol=1e-14)


def test_fifteen_predictors_share_out_all_that_is_explained():
    R = correlated(15)
    shares = lmg(R)
    assert shares.sum() == pytest.approx(R[-1, :-1] @ betas(R), rel=1e-10)


def test_a_singular_replicate_is_missing_not_wrong():
    stack = np.stack([correlated(3), correlated(3, 1)])
    stack[1, :2, :2] = 1.0
    assert np.isfinite(lmg(stack)[0]).all()
    assert np.isnan(lmg(stack)[1]).any()
    assert np.isnan(johnson(stack)[1]).any()


def test_golden_mobi(shared_data):
    rows = pd.read_csv(shared_data("mobi.csv"))
    rows["sat"] = rows[["CUSA1", "CUSA2", "CUSA3"]].mean(axis=1)
    names = [f"PERQ{i}" for i in range(1, 8)]
    found = analyse(read(rows), "drivers", outcome="sat", predictors=names, bootstrap=200).tidy()
    # published to eight decimals: relaimpo's LMG, and Johnson's weights, which are its Genizi column
    expected = [0.13536016, 0.05158644, 0.11459863, 0.08925909, 0.05199176, 0.05892853, 0.16744226]
    assert found["estimate"].tolist() == pytest.approx(expected, abs=6e-9)
    expected = [0.13273135, 0.05617232, 0.11491066, 0.09036460, 0.05075866, 0.05693889, 0.16729038]
    assert found["johnson"].tolist() == pytest.approx(expected, abs=6e-9)


@pytest.mark.parametrize(
    ("case", "file", "outcome"),
    [("mobi_sat", "mobi_means.csv", "sat"), ("airline14", "airline_satisfaction_20k.csv", "satisfied")],
)
def test_stored_relaimpo(case, file, outcome, reference, shared_data):
    stored = reference("driver_relaimpo")["results"]
    rows = pd.read_csv(shared_data(file))
    if case == "airline14":
        rows["satisfied"] = (rows["satisfaction"] == "satisfied").astype(float)
    names = stored["names_air"] if case == "airline14" else list(stored[case]["lmg"])
    found = analyse(read(rows), "drivers", outcome=outcome, predictors=names, bootstrap=0)
    methods = found.tables()["methods"].frame()
    for ours, theirs in (
        ("lmg", "lmg"),
        ("first", "first"),
        ("last", "last"),
        ("beta_squared", "betasq"),
        ("pratt", "pratt"),
    ):
        assert methods[ours].tolist() == pytest.approx(list(stored[case][theirs].values()), abs=1e-10)


def test_stored_johnson(reference, shared_data):
    stored = reference("driver_relaimpo")["results"]["johnson_relative_weights"]["mobi_sat"]["raw"]
    rows = read(pd.read_csv(shared_data("mobi_means.csv")))
    found = analyse(rows, "drivers", outcome="sat", predictors=list(stored), bootstrap=0).tidy()
    assert found["johnson"].tolist() == pytest.approx(list(stored.values()), rel=1e-8)


def test_same_seed_same_numbers_and_intervals_hold_the_estimate():
    options = {"outcome": "rating", "predictors": SIX[:3], "bootstrap": 300}
    a, b, other = (analyse(read(attitude()), "drivers", **options, seed=s) for s in (4, 4, 5))
    assert a.to_dict() == b.to_dict()
    assert a.to_dict() != other.to_dict()
    tidy = a.tidy()
    assert ((tidy["low"] < tidy["estimate"]) & (tidy["estimate"] < tidy["high"])).all()
    assert tidy["top"].sum() == pytest.approx(1.0)


@pytest.mark.nightly
def test_interval_covers_the_population_value():
    # population LMG of two correlated drivers; 95 % ± 3 binomial errors of 150 samples leaves .897 and more,
    # the percentile interval of a share is known to be a little short at n = 150
    sigma = np.array([[1.0, 0.4, 0.5], [0.4, 1.0, 0.3], [0.5, 0.3, 1.0]])
    truth = lmg(sigma)[0]
    root = np.linalg.cholesky(sigma)
    rng = np.random.default_rng(8)
    hits = 0
    for i in range(150):
        rows = pd.DataFrame(rng.normal(size=(150, 3)) @ root.T, columns=["a", "b", "y"])
        row = (
            analyse(read(rows), "drivers", outcome="y", predictors=["a", "b"], bootstrap=200, seed=i)
            .tidy()
            .iloc[0]
        )
        hits += row["low"] <= truth <= row["high"]
    assert hits / 150 > 0.88


@pytest.mark.parametrize(
    ("change", "predictors", "code", "got"),
    [
        (
            {"twice": lambda d: 2 * d["raises"]},
            ["raises", "learning", "twice"],
            "COLLINEAR",
            "'raises', 'twice'",
        ),
        ({"still": 3.0}, ["raises", "still"], "CONSTANT_COLUMN", "'still'"),
        ({}, ["raises", "rating"], "COLUMN_TWICE", "'rating'"),
        ({f"v{i}": float(i) for i in range(16)}, [f"v{i}" for i in range(16)], "TOO_MANY_DRIVERS", "16"),
    ],
)
def test_bad_input_is_named(change, predictors, code, got):
    with pytest.raises(SurveykitError) as error:
        analyse(read(attitude().assign(**change)), "drivers", outcome="rating", predictors=predictors)
    assert (error.value.code, error.value.got) == (code, got)


def test_checks_speak_both_languages_and_no_causal_word():
    found = analyse(read(attitude()), "drivers", outcome="rating", predictors=SIX, bootstrap=200)
    assert {"few_answers"} <= {c.code for c in found.checks}
    words = " ".join([*found.notes(), *(c.text("en") for c in found.checks)]).lower()
    assert not any(w in words for w in ("causes", "leads to", "drives", "impact", "effect of"))
    assert all(c.text("zh") and c.text("zh") != c.text("en") for c in found.checks)


def test_groups():
    rows = attitude().assign(half=["a", "b"] * 15)
    found = analyse(read(rows), "drivers", outcome="rating", predictors=SIX[:2], by="half", bootstrap=50)
    alone = analyse(
        read(rows[rows["half"] == "b"]), "drivers", outcome="rating", predictors=SIX[:2], bootstrap=50
    )
    part = found.tidy()[lambda t: t["group"] == "b"]
    for column in ("estimate", "low", "high"):
        np.testing.assert_allclose(part[column], alone.tidy()[column], rtol=1e-12)
