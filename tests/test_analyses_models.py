"""What all models share: constructs and keys of a questionnaire, groups without a result, engines,
Wilkinson's data.
"""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyses
from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from tests.published import analyse, attitude

YAML = """
id: shop
title: {en: Shop, zh: 商店}
version: "1"
languages: [en, zh]
citation: Test
scales:
  agree:
    min: 1
    max: 7
    labels:
      1: {en: No, zh: 否}
      7: {en: Yes, zh: 是}
items:
  s1: {text: {en: Satisfied, zh: 满意}, scale: agree}
  s2: {text: {en: Content, zh: 满足}, scale: agree}
  s3: {text: {en: Annoyed, zh: 恼火}, scale: agree, reverse: true}
  l1: {text: {en: Return, zh: 再来}, scale: agree}
  l2: {text: {en: Recommend, zh: 推荐}, scale: agree}
  price: {text: {en: Price, zh: 价格}, scale: agree}
constructs:
  sat: {title: {en: Satisfaction, zh: 满意度}, items: [s1, s2, s3]}
  loy: {title: {en: Loyalty, zh: 忠诚度}, items: [l1, l2]}
"""


def answers(n: int = 200, seed: int = 3) -> pd.DataFrame:
    rng = np.random.default_rng(seed)
    sat = rng.normal(size=n)
    loy = 0.7 * sat + 0.6 * rng.normal(size=n)
    columns = {"s1": sat, "s2": sat, "s3": -sat, "l1": loy, "l2": loy, "price": 0.3 * sat}
    noisy = {
        name: np.clip(np.round(4 + 1.2 * v + 0.8 * rng.normal(size=n)), 1, 7) for name, v in columns.items()
    }
    return pd.DataFrame(noisy).astype(int)


@pytest.fixture(scope="module")
def data():
    return read(answers(), Questionnaire.from_text(YAML))


def test_constructs_are_person_means_with_their_keys(data):
    rows = answers()
    rows["sat"] = (rows["s1"] + rows["s2"] + 8 - rows["s3"]) / 3
    rows["loy"] = (rows["l1"] + rows["l2"]) / 2
    ours = analyse(data, "regression", outcome="loy", predictors=["sat", "price"]).tidy()
    by_hand = analyse(read(rows), "regression", outcome="loy", predictors=["sat", "price"]).tidy()
    np.testing.assert_allclose(ours["estimate"], by_hand["estimate"], rtol=1e-12)


def test_reliability_takes_every_reflective_construct(data):
    found = analyse(data, "reliability", bootstrap=50)
    assert found.tidy()["term"].unique().tolist() == ["sat", "loy"]
    assert "keying" not in {c.code for c in found.checks}
    assert len(found.tables()["htmt"].rows) == 1
    raw = analyse(read(answers()), "reliability", scales={"sat": ["s1", "s2", "s3"]})
    assert {c.code: c for c in raw.checks}["keying"].about == ("sat", "s3")


@pytest.mark.parametrize("analysis", ["regression", "logit", "ordinal", "drivers"])
def test_an_item_does_not_explain_its_own_scale(data, analysis):
    with pytest.raises(SurveykitError) as error:
        analyse(data, analysis, outcome="sat", predictors=["s1", "price"])
    assert (error.value.code, error.value.got) == ("PART_OF_OUTCOME", "'s1'")


def test_unused_ends_of_the_scale_are_said():
    rows = answers()
    rows["price"] = rows["price"].clip(2, 5)
    found = analyse(read(rows, Questionnaire.from_text(YAML)), "ordinal", outcome="price", predictors=["sat"])
    assert {c.code: c for c in found.checks}["empty_categories"].values["empty"] == ["1", "6", "7"]


GROUPED: dict[str, dict[str, Any]] = {
    "regression": {"outcome": "l1", "predictors": ["s1", "s2"]},
    "ordinal": {"outcome": "l1", "predictors": ["s1"]},
    "drivers": {"outcome": "l1", "predictors": ["s1", "s2"], "bootstrap": 20},
    "mediation": {"outcome": "l1", "predictor": "s1", "mediators": ["s2"], "bootstrap": 20},
    "nonlinear": {"outcome": "l1", "predictor": "s1", "bootstrap": 99},
    "reliability": {"scales": {"s": ["s1", "s2"]}},
}


@pytest.mark.parametrize("analysis", GROUPED)
def test_a_group_without_a_result_is_named(analysis):
    rows = answers().assign(city=["a"] * 120 + ["b"] * 79 + ["c"])
    found = analyse(read(rows), analysis, **GROUPED[analysis], by="city")
    assert set(found.tidy()["group"]) == {"a", "b"}
    check = next(c for c in found.checks if c.code == "group_left_out")
    assert check.about == ("c",)
    # four people are enough for the arithmetic and too few to be shown
    rows["city"] = ["a"] * 120 + ["b"] * 76 + ["c"] * 4
    assert set(analyse(read(rows), analysis, **GROUPED[analysis], by="city").tidy()["group"]) == {"a", "b"}
    assert "没有结果" in check.text("zh")
    with pytest.raises(SurveykitError) as error:
        analyse(read(rows.assign(city=range(200))), analysis, **GROUPED[analysis], by="city")
    assert "group" in str(error.value.where)


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("analysis", GROUPED)
def test_the_engine_does_not_matter(analysis, engine):
    rows = answers().assign(city=[1, 2] * 100)
    here = analyse(read(rows), analysis, **GROUPED[analysis], by="city").tidy()
    there = analyse(read(rows, engine=engine), analysis, **GROUPED[analysis], by="city").tidy()
    assert here["term"].tolist() == there["term"].tolist()
    for column in ("estimate", "se", "low", "high"):
        np.testing.assert_allclose(here[column], there[column], rtol=1e-9)


def test_row_order_does_not_matter():
    rows = answers()
    shuffled = rows.sample(frac=1, random_state=1)
    for analysis in ("regression", "ordinal", "reliability"):
        a, b = (analyse(read(r), analysis, **GROUPED[analysis]).tidy() for r in (rows, shuffled))
        np.testing.assert_allclose(a["estimate"], b["estimate"], rtol=1e-9)


# Wilkinson 1985, Statistic Quiz ("NASTY"): nine cases that broke the programs of their time
NASTY = pd.DataFrame(
    {
        "x": np.arange(1.0, 10),
        "zero": 0.0,
        "big": 99999990.0 + np.arange(1, 10),
        "little": [float(f"0.9999999{i}") for i in range(1, 10)],
        "huge": np.arange(1, 10) * 1e12,
        "tiny": np.arange(1, 10) * 1e-12,
        "round": np.arange(1, 10) - 0.5,
    }
)


@pytest.mark.parametrize(
    ("column", "slope"), [("big", 1.0), ("little", 1e-8), ("huge", 1e12), ("tiny", 1e-12), ("round", 1.0)]
)
def test_nasty_regressions(column, slope):
    found = analyse(read(NASTY), "regression", outcome=column, predictors=["x"])
    # LITTLE is written in steps of 1e-8 below 1: 53 bits leave seven digits of the steps
    assert found.tidy()["estimate"][1] == pytest.approx(slope, rel=1e-7)
    assert found.tidy()["std"][1] == pytest.approx(1.0, abs=1e-12)
    assert "perfect_fit" in {c.code for c in found.checks} or column == "little"
    back = analyse(read(NASTY), "regression", outcome="x", predictors=[column])
    assert back.tidy()["estimate"][1] == pytest.approx(1 / slope, rel=1e-7)


@pytest.mark.parametrize(
    "options", [{"outcome": "x", "predictors": ["zero"]}, {"outcome": "zero", "predictors": ["x"]}]
)
def test_nasty_zero_is_refused(options):
    with pytest.raises(SurveykitError) as error:
        analyse(read(NASTY), "regression", **options)
    assert (error.value.code, error.value.got) == ("CONSTANT_COLUMN", "'zero'")


def test_negative_weights_are_refused():
    with pytest.raises(SurveykitError):
        analyse(
            read(attitude().assign(w=[-1.0] + [1.0] * 29), weight="w"),
            "regression",
            outcome="rating",
            predictors=["complaints"],
        )


MODELS = ["drivers", "logit", "mediation", "nonlinear", "ordinal", "regression", "reliability"]


@pytest.mark.parametrize("name", MODELS)
def test_entries_are_complete(name):
    entry = analyses.get(name)
    assert {"en", "zh"} <= set(entry.title)
    assert entry.reference
    assert entry.evidence
    assert entry.example.startswith(f'analyse(data, "{name}"')
    assert entry.options is not None
    assert all(field.description for field in entry.options.model_fields.values())


@pytest.mark.parametrize("analysis", GROUPED)
def test_tiny_random_samples_give_a_result_or_one_clear_error(analysis):
    # warnings are errors in this suite: degenerate samples must not let one escape
    rng = np.random.default_rng(20)
    codes = set()
    for _ in range(40):
        size = int(rng.integers(1, 14))
        rows = pd.DataFrame(rng.integers(1, 4, (size, 4)).astype(float), columns=["l1", "s1", "s2", "s3"])
        try:
            found = analyse(read(rows.mask(rng.random(rows.shape) < 0.1)), analysis, **GROUPED[analysis])
        except SurveykitError as error:
            codes.add(error.code)
        else:
            assert found.summary()
    assert "BAD_INPUT" not in codes
