"""Scores against R's stored output, against brute force over rows, and by exact enumeration."""

from __future__ import annotations

import math
from itertools import product
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.intervals import (
    Net,
    kish,
    net_shares,
    nps_adjusted_wald,
    nps_difference,
    nps_wald,
    two_shares,
    wilson,
)
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.scoring import Scores, compare_schemes, score

# R 4.2.2, nps_csat_ci: closed formulas there and here, so 1e-8 leaves room for the last digits printed only.
TOLERANCE = 1e-8

FOUR_ITEMS = """
id: shop
title: {en: Shop, zh: 商店}
version: "1"
languages: [en, zh]
scales:
  five: {min: 1, max: 5}
  ten: {min: 1, max: 10}
items:
  b1: {text: {en: I buy often, zh: 我经常购买}, scale: five}
  b2: {text: {en: I buy elsewhere, zh: 我在别处购买}, scale: five, reverse: true}
  a1: {text: {en: I like it, zh: 我喜欢}, scale: five}
  a2: {text: {en: I would miss it, zh: 我会想念}, scale: ten}
  seg:
    text: {en: Segment, zh: 细分}
    type: single
    options: {new: {en: New, zh: 新客}, old: {en: Old, zh: 老客}}
constructs:
  behaviour: {title: {en: Behaviour, zh: 行为}, items: [b1, b2]}
  attitude: {title: {en: Attitude, zh: 态度}, items: [a1, a2]}
metrics:
  loyalty: {metric: loyalty, title: {en: Loyalty, zh: 忠诚度}}
  habits: {metric: index, construct: behaviour}
  top: {metric: csat, item: a1}
groups: [seg]
"""


def nps_frame(promoters: int, passives: int, detractors: int) -> pd.DataFrame:
    return pd.DataFrame({"q": [10] * promoters + [7] * passives + [6] * detractors})


def row(scores: Scores, term: str = "", group: str = "") -> dict[str, Any]:
    frame = scores.tidy()
    chosen = frame[(frame["group"] == group) & ((frame["term"] == term) | (term == ""))]
    return {str(name): value for name, value in chosen.iloc[0].items()}


@pytest.fixture(scope="module")
def shop() -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=11))
    n = 300
    frame = pd.DataFrame(
        {
            "b1": rng.integers(1, 6, n).astype(float),
            "b2": rng.integers(1, 6, n).astype(float),
            "a1": rng.integers(1, 6, n).astype(float),
            "a2": rng.integers(1, 11, n).astype(float),
            "seg": rng.choice(["new", "old"], n, p=[0.3, 0.7]),
            "w": rng.uniform(0.3, 3.0, n),
        }
    )
    for item in ("b1", "b2", "a1", "a2"):
        frame.loc[rng.choice(n, 30, replace=False), item] = np.nan
    return frame


def test_nps_and_its_default_interval_equal_the_closed_formula():
    found = row(score(read(nps_frame(120, 50, 30)), "nps", item="q"))
    assert found["estimate"] == pytest.approx(45, abs=TOLERANCE)
    assert found["se"] == pytest.approx(5.23211238411409, abs=TOLERANCE)
    assert [found["low"], found["high"]] == pytest.approx([34.1354191790266, 54.5345315598896], abs=TOLERANCE)
    assert [found["promoters"], found["passives"], found["detractors"]] == pytest.approx([0.6, 0.25, 0.15])
    assert found["method"] == "adjusted_wald"


@pytest.mark.parametrize(("name", "counts"), [("nps_120_50_30", (120, 50, 30)), ("nps_5_3_2", (5, 3, 2))])
def test_nps_equals_stored_output(reference, name, counts):
    known = reference("nps_csat_ci")["results"][name]
    data = read(nps_frame(*counts))
    wald, adjusted = (row(score(data, "nps", item="q", method=m)) for m in ("wald", "adjusted_wald"))
    assert wald["estimate"] == pytest.approx(known["nps"], abs=TOLERANCE)
    assert wald["se"] == pytest.approx(known["se"], abs=TOLERANCE)
    assert [wald["low"], wald["high"]] == pytest.approx(known["wald"], abs=TOLERANCE)
    assert [adjusted["low"], adjusted["high"]] == pytest.approx(known["adj_wald_plus3"]["ci"], abs=TOLERANCE)


def test_wilson_equals_stored_output(reference):
    for case in reference("nps_csat_ci")["results"]["csat"]:
        found = wilson(case["k"] / case["n"], case["n"])
        assert [found.low, found.high] == pytest.approx(case["wilson"], abs=TOLERANCE)


def test_two_samples_equal_stored_output(reference):
    known = reference("nps_csat_ci")["results"]
    plain = nps_difference(Net(0.6, 0.25, 0.15), 200, Net(0.45, 0.3, 0.25), 200)
    assert plain.estimate == pytest.approx(known["nps_diff"]["diff"], abs=TOLERANCE)
    assert plain.se == pytest.approx(known["nps_diff"]["se"], abs=TOLERANCE)
    assert plain.statistic == pytest.approx(known["nps_diff"]["z"], abs=TOLERANCE)
    two = known["two_prop"]
    shares = two_shares(two["k"][0] / two["n"][0], two["n"][0], two["k"][1] / two["n"][1], two["n"][1])
    assert shares.statistic**2 == pytest.approx(two["chisq"], abs=TOLERANCE)
    assert shares.p == pytest.approx(two["p"], abs=TOLERANCE)
    assert [shares.low, shares.high] == pytest.approx(two["ci_wald_diff"], abs=TOLERANCE)


def test_csat_share_and_the_mean_beside_it():
    data = read(pd.DataFrame({"s": [5] * 50 + [4] * 70 + [2] * 80}))
    found = row(score(data, "csat", item="s", scale=(1, 5)))
    assert found["estimate"] == 0.6
    assert [found["low"], found["high"]] == pytest.approx([0.5308, 0.6654], abs=5e-5)
    assert found["mean"] == pytest.approx(3.45)
    values = np.array([5] * 50 + [4] * 70 + [2] * 80)
    assert found["mean_se"] == pytest.approx(values.std(ddof=1) / math.sqrt(200))


def test_mean_of_a_construct_equals_stored_t_interval(reference, shared_data):
    known = reference("nps_csat_ci")["results"]["mean_ci_sat"]
    frame = pd.read_csv(shared_data("mobi.csv"))
    data = read(pd.DataFrame({"sat": frame[["CUSA1", "CUSA2", "CUSA3"]].mean(axis=1)}))
    found = row(score(data, "mean", constructs="sat"))
    assert found["estimate"] == pytest.approx(known["mean"], abs=TOLERANCE)
    assert [found["low"], found["high"]] == pytest.approx(known["ci"], abs=TOLERANCE)


def test_published_satisfaction_index_with_its_weights(shared_data):
    # SPEC of the index: weights .3836/.2816/.3348 as printed (four digits), hence 1e-2 on 0-100.
    data = read(pd.read_csv(shared_data("mobi.csv")))
    weights = {"CUSA1": 0.3836, "CUSA2": 0.2816, "CUSA3": 0.3348}
    found = row(score(data, "index", items=list(weights), weights=weights, scale=(1, 10)))
    assert found["estimate"] == pytest.approx(72.454, abs=1e-2)


def test_index_interval_is_that_of_the_covariance():
    rng = np.random.Generator(np.random.Philox(key=3))
    rows = rng.integers(1, 8, (80, 3)).astype(float)
    w = np.array([0.5, 0.3, 0.2])
    data = read(pd.DataFrame(rows, columns=["x", "y", "z"]))
    found = row(score(data, "index", items=["x", "y", "z"], weights={"x": 5, "y": 3, "z": 2}, scale=(1, 7)))
    cov = np.cov(rows.T)
    assert found["se"] == pytest.approx(100 / 6 * math.sqrt(w @ cov @ w / 80), rel=1e-12)
    assert found["estimate"] == pytest.approx(100 * (rows.mean(axis=0) @ w - 1) / 6, rel=1e-12)


@pytest.mark.parametrize("by", [None, "seg"])
def test_loyalty_equals_brute_force_over_rows(shop, by):
    data = read(shop.drop(columns="w"), Questionnaire.from_text(FOUR_ITEMS))
    scaled = pd.DataFrame(
        {
            "b1": (shop["b1"] - 1) * 25,
            "b2": (6 - shop["b2"] - 1) * 25,
            "a1": (shop["a1"] - 1) * 25,
            "a2": (shop["a2"] - 1) * 100 / 9,
        }
    )
    behaviour, attitude = scaled[["b1", "b2"]].mean(axis=1), scaled[["a1", "a2"]].mean(axis=1)
    people = pd.DataFrame(
        {
            "loyalty": (behaviour + attitude) / 2,
            "loyalty.behaviour": behaviour,
            "loyalty.attitude": attitude,
        }
    )
    found = score(data, "loyalty", by=by)
    for group in [""] if by is None else ["new", "old"]:
        chosen = people if not group else people[shop["seg"] == group]
        for term in map(str, people):
            one, values = row(found, term, group), chosen[term].dropna()
            assert one["n"] == len(values)
            assert one["estimate"] == pytest.approx(values.mean(), rel=1e-12)
            assert one["se"] == pytest.approx(values.std() / math.sqrt(len(values)), rel=1e-12)
    pd.testing.assert_frame_equal(found.by_respondent(), people)
    assert found.titles["loyalty.behaviour"] == {"en": "Behaviour", "zh": "行为"}


def test_weights_give_the_weighted_share_and_kish_n(shop):
    data = read(shop[["a1", "w"]], weight="w")
    found = row(score(data, "csat", item="a1", scale=(1, 5)))
    valid = shop.dropna(subset="a1")
    share = np.average(valid["a1"] >= 4, weights=valid["w"])
    n_eff = valid["w"].sum() ** 2 / (valid["w"] ** 2).sum()
    assert found["estimate"] == pytest.approx(share, rel=1e-12)
    assert found["n_eff"] == pytest.approx(n_eff, rel=1e-12)
    assert found["low"] == pytest.approx(wilson(share, n_eff).low, rel=1e-10)
    assert found["n"] == len(valid)
    assert found["missing"] == len(shop) - len(valid)


def test_the_size_of_the_weights_does_not_matter(shop):
    one = score(read(shop[["a1", "w"]], weight="w"), "mean", constructs="a1").tidy()
    other = score(
        read(shop[["a1", "w"]].assign(w=shop["w"] * 1000), weight="w"), "mean", constructs="a1"
    ).tidy()
    pd.testing.assert_frame_equal(one, other, rtol=1e-11)


@pytest.mark.parametrize("metric", ["nps", "csat", "ces", "mean", "index"])
def test_groups_are_the_scores_of_the_filtered_rows(metric):
    rng = np.random.Generator(np.random.Philox(key=5))
    top = {"nps": 10, "ces": 7}.get(metric, 5)
    frame = pd.DataFrame(
        {"x": rng.integers(0 if metric == "nps" else 1, top + 1, 200), "g": rng.choice(list("ab"), 200)}
    )
    options: dict[str, Any] = {
        "nps": {"item": "x"},
        "ces": {"item": "x"},
        "csat": {"item": "x", "scale": (1, 5)},
        "mean": {"constructs": "x"},
        "index": {"items": "x", "scale": (1, 5)},
    }
    grouped = score(read(frame), metric, by="g", **options[metric]).tidy()
    for group in "ab":
        alone = score(
            read(frame[frame["g"] == group].reset_index(drop=True)), metric, **options[metric]
        ).tidy()
        here = grouped[grouped["group"] == group].reset_index(drop=True)
        pd.testing.assert_frame_equal(
            here.drop(columns="group"), alone.drop(columns="group"), check_dtype=False
        )


def test_ces_1_is_a_mean_and_ces_2_an_index_or_a_mean():
    effort = read(pd.DataFrame({"e": [1] * 30 + [3] * 30 + [5] * 40}))
    assert row(score(effort, "ces", item="e", version=1))["estimate"] == pytest.approx(3.2)
    ease = read(pd.DataFrame({"e": [7] * 30 + [6] * 20 + [4] * 30 + [1] * 20}))
    index, mean = (row(score(ease, "ces", item="e", statistic=s)) for s in ("index", "mean"))
    assert index["estimate"] == pytest.approx(30)
    assert mean["estimate"] == index["mean"] == pytest.approx(4.7)


def test_schemes_stand_side_by_side_with_paired_differences(shop):
    data = read(shop.drop(columns="w"), Questionnaire.from_text(FOUR_ITEMS))
    one, two = score(data, "loyalty"), score(data, "loyalty", dimensions={"all": ["behaviour", "a2"]})
    found = compare_schemes({"one": one, "two": two})
    assert found.tidy()["term"].tolist() == ["one", "two"]
    pair = found.tables()["differences"].records()[0]
    people = pd.DataFrame({"a": one.by_respondent()["loyalty"], "b": two.by_respondent()["loyalty"]}).dropna()
    gap = people["a"] - people["b"]
    assert pair["n"] == len(people)
    assert pair["difference"] == pytest.approx(gap.mean(), rel=1e-10)
    assert pair["se"] == pytest.approx(gap.std() / math.sqrt(len(gap)), rel=1e-10)
    assert pair["r"] == pytest.approx(people.corr().iloc[0, 1], rel=1e-10)
    assert 0 < pair["moved_thirds"] < 1


def exact_coverage(n: int, p: float, d: float, interval) -> float:
    """The chance that the interval holds the true NPS, summed over every possible sample."""
    truth, covered = 100 * (p - d), 0.0
    logs = [math.lgamma(k + 1) for k in range(n + 1)]
    for promoters, detractors in product(range(n + 1), repeat=2):
        passives = n - promoters - detractors
        if passives < 0:
            continue
        net = Net(promoters / n, passives / n, detractors / n)
        found = interval(net, n)
        if found.low - 1e-9 <= truth <= found.high + 1e-9:
            chance = logs[n] - logs[promoters] - logs[passives] - logs[detractors]
            chance += promoters * math.log(p) + passives * math.log(1 - p - d) + detractors * math.log(d)
            covered += math.exp(chance)
    return covered


@pytest.mark.parametrize(("p", "d"), [(0.9, 0.05), (0.6, 0.15), (0.4, 0.3), (0.2, 0.5)])
@pytest.mark.parametrize("n", [10, 30])
def test_coverage_of_the_adjusted_interval_by_enumeration(n, p, d):
    # 95 % is nominal; discreteness moves a sum over 66 (n = 10) or 496 (n = 30) outcomes by some points.
    assert 0.92 <= exact_coverage(n, p, d, nps_adjusted_wald) <= 0.985


def test_plain_wald_under_covers_where_answers_are_few_and_lopsided():
    assert exact_coverage(10, 0.9, 0.05, nps_wald) < 0.75


def test_weighted_intervals_cover_with_kish_n():
    # 3000 samples of 150 with lognormal weights that have nothing to do with the answers: 95 % within 4 SE.
    rng = np.random.Generator(np.random.Philox(key=42))
    truth = 100 * (0.55 - 0.2)
    values = rng.choice([10.0, 8.0, 3.0], size=(3000, 150), p=[0.55, 0.25, 0.2])
    weights = rng.lognormal(0, 0.6, size=(3000, 150))
    covered = 0
    for x, w in zip(values, weights, strict=True):
        found = nps_adjusted_wald(net_shares(x, w), kish(float(w.sum()), float(w @ w)))
        covered += found.low <= truth <= found.high
    assert abs(covered / 3000 - 0.95) < 4 * math.sqrt(0.95 * 0.05 / 3000)
