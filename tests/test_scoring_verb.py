"""``score``: which metrics are meant, what is refused, what a result holds."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import polars as pl
import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.scoring import compare_schemes, metrics, score
from surveykit.scoring._verb import _catalogue

QUESTIONNAIRE = """
id: visit
title: {en: Visit, zh: 到店}
version: "1"
languages: [en, zh]
scales:
  ten: {min: 0, max: 10}
  five: {min: 1, max: 5, missing: {"9": dont_know}}
  seven: {min: 1, max: 7}
items:
  recommend: {text: {en: Recommend, zh: 推荐}, scale: ten}
  service: {text: {en: Service, zh: 服务}, scale: five}
  price: {text: {en: Price, zh: 价格}, scale: five}
  easy: {text: {en: Easy, zh: 容易}, scale: seven}
  area:
    text: {en: Area, zh: 地区}
    type: single
    options: {s: {en: South, zh: 南}, n: {en: North, zh: 北}}
  code: {text: {en: Code, zh: 编号}, type: text}
constructs:
  satisfaction: {title: {en: Satisfaction, zh: 满意}, items: [service, price]}
metrics:
  nps: {metric: nps, item: recommend}
  served: {metric: csat, item: service, title: {en: Served well, zh: 服务满意}}
  priced: {metric: csat, item: price}
  effort: {metric: ces, item: easy}
  level: {metric: mean, construct: satisfaction}
groups: [area]
"""


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=4))
    n = 120
    return pd.DataFrame(
        {
            "recommend": rng.integers(0, 11, n),
            "service": np.where(rng.random(n) < 0.1, 9, rng.integers(1, 6, n)),
            "price": rng.integers(1, 6, n),
            "easy": rng.integers(1, 8, n),
            "area": rng.choice(["n", "s"], n),
            "code": [f"p{i}" for i in range(n)],
        }
    )


@pytest.fixture(scope="module")
def data(answers):
    return read(answers, Questionnaire.from_text(QUESTIONNAIRE))


def test_every_metric_of_the_questionnaire_under_its_own_name_and_titles(data):
    found = score(data)
    assert found.id == "scores"
    assert found.tidy()["term"].tolist() == ["nps", "served", "priced", "effort", "level"]
    assert found.titles["served"] == {"en": "Served well", "zh": "服务满意"}
    assert found.titles["nps"]["zh"] == "净推荐值（NPS）"
    assert found.titles["priced"] == {
        "en": "Customer satisfaction (CSAT): Price",
        "zh": "顾客满意度（CSAT）：价格",
    }
    assert found.titles["level"] == {"en": "Satisfaction (mean)", "zh": "满意（均值）"}
    assert found.tidy().columns[:8].tolist() == [
        "term",
        "group",
        "n",
        "estimate",
        "se",
        "low",
        "high",
        "n_eff",
    ]


def test_a_kind_stands_for_its_only_metric_and_options_may_be_changed(data):
    assert score(data, "ces").tidy()["term"].tolist() == ["effort"]
    wald = score(data, "nps", method="wald")
    assert wald.tidy()["method"].tolist() == ["wald"]
    assert "covers the true value less often" in " ".join(wald.notes())
    assert score(data, "csat", item="price").tidy()["term"].tolist() == ["csat"]


def test_another_item_is_not_called_by_the_words_of_the_questionnaires_metric(data):
    found = score(data, "nps", item="recommend")
    assert found.titles["nps"] == {"en": "Net Promoter Score", "zh": "净推荐值（NPS）"}
    with pytest.raises(SurveykitError, match="on the scale 0 to 10"):
        score(data, "nps", item="easy")


def test_groups_come_in_the_order_of_the_questionnaire(data):
    found = score(data, ["nps", "level"], by="area")
    assert found.id == "scores_by_area"
    assert found.tidy()["group"].tolist() == ["s", "n", "s", "n"]


def test_missing_answers_are_counted_by_kind(data, answers):
    kinds = {(r["column"], r["kind"]): r["n"] for r in score(data, "served").tables()["missing"].records()}
    assert kinds == {("service", "dont_know"): int((answers["service"] == 9).sum())}


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
def test_the_engine_does_not_matter(answers, data, engine):
    q = Questionnaire.from_text(QUESTIONNAIRE)
    other = read(pl.from_pandas(answers), q, engine=engine)
    assert other.engine == engine
    for by in (None, "area"):
        pd.testing.assert_frame_equal(score(data, by=by).tidy(), score(other, by=by).tidy(), rtol=1e-12)
    one = score(data, "index", items=["service", "recommend"], weights={"service": 2, "recommend": 1})
    two = score(other, "index", items=["service", "recommend"], weights={"service": 2, "recommend": 1})
    pd.testing.assert_frame_equal(one.tidy(), two.tidy(), rtol=1e-10)


def test_the_order_of_rows_does_not_matter(answers, data):
    shuffled = answers.sample(frac=1, random_state=1).reset_index(drop=True)
    other = read(shuffled, Questionnaire.from_text(QUESTIONNAIRE))
    pd.testing.assert_frame_equal(score(data).tidy(), score(other).tidy(), rtol=1e-12)


def test_small_groups_are_not_shown(answers):
    frame = answers.assign(area=["n"] * 3 + ["s"] * 40 + ["w"] * 77)
    found = score(read(frame.drop(columns="service")), "nps", by="area", item="recommend")
    rows = found.tidy().set_index("group")
    assert rows["remark"].tolist() == ["suppressed", "suppressed", ""]
    assert rows.loc[["n", "s"], ["estimate", "se", "low", "high", "promoters", "n_eff"]].isna().all(axis=None)
    check = next(c for c in found.checks if c.code == "SUPPRESSED")
    assert check.about == ("n", "s")
    assert "不予显示" in check.text("zh")
    strict = score(read(frame.drop(columns="service")), "nps", by="area", item="recommend", min_base=50)
    # 43 hidden people are still fewer than 50, and would follow from the total: nothing is left to show.
    assert strict.tidy()["remark"].tolist() == ["suppressed"] * 3


def test_few_answers_are_a_caution_and_missing_groups_a_note(answers):
    frame = answers.head(20).copy()
    frame.loc[:4, "area"] = None
    codes = {c.code: c.level for c in score(read(frame), "nps", item="recommend", by="area").checks}
    assert codes == {"FEW_ANSWERS": "caution", "GROUP_MISSING": "note"}


@pytest.mark.parametrize("n", [0, 1])
def test_no_answers_and_one_answer_keep_their_row(n):
    frame = pd.DataFrame({"x": [5.0] * n + [np.nan] * (6 - n), "y": [1.0, 2, 3, 4, 5, 5]})
    for name, options in (("mean", {"constructs": "x"}), ("csat", {"item": "x", "scale": (1, 5)})):
        row = score(read(frame), name, **options).tidy().iloc[0]
        assert row["n"] == n
        assert row["remark"] == ("one_answer" if n else "no_answers")
        assert np.isnan(row["mean_low" if name == "csat" else "low"])


def test_results_are_plain_json_with_titles_and_keys(data):
    found = score(data, by="area")
    again = json.loads(json.dumps(found.to_dict(), ensure_ascii=False, allow_nan=False))
    assert again["id"] == "scores_by_area"
    assert again["tidy"][0]["estimate"] == pytest.approx(found.tidy()["estimate"][0], rel=1e-9)
    assert "<table" in found._repr_html_()
    assert "NPS" in found.summary()


def test_by_respondent_has_one_row_per_person(data, answers):
    people = score(data).by_respondent()
    assert people.shape == (120, 5)
    assert people["nps"].mean() == pytest.approx(score(data, "nps").tidy()["estimate"][0])
    assert people["served"].isna().sum() == (answers["service"] == 9).sum()


@pytest.mark.parametrize(
    ("names", "options", "code"),
    [
        ("npss", {}, "UNKNOWN_METRIC"),
        ("csat", {}, "METRIC_AMBIGUOUS"),
        ("nps", {"methd": "wald"}, "OPTION_UNKNOWN"),
        ("nps", {"confidence": 95}, "OPTION_VALUE"),
        ("nps", {"item": "service"}, "SCALE_DEMAND"),
        ("ces", {"item": "easy", "version": 1}, "SCALE_DEMAND"),
        ("ces", {"item": "easy", "version": 1, "statistic": "index"}, "OPTION_VALUE"),
        ("nps", {"item": "recomend"}, "UNKNOWN_ITEM"),
        ("nps", {"item": "area"}, "NOT_NUMERIC"),
        ("csat", {"item": "service", "top": 5}, "TOP_BOX"),
        ("csat", {"item": "service", "scale": (1, 10)}, "SCALE_DEMAND"),
        ("index", {"items": ["service"], "weights": {"price": 1}}, "WEIGHT_UNKNOWN"),
        ("index", {"items": ["service", "price"], "weights": {"price": 1}}, "WEIGHT_VALUE"),
        ("index", {"items": ["service", "price"], "weights": {"price": 1, "service": -1}}, "WEIGHT_VALUE"),
        ("index", {"items": ["service"], "construct": "satisfaction"}, "OPTION_VALUE"),
        (["nps", "served"], {"method": "wald"}, "OPTIONS_AMBIGUOUS"),
        ("nps", {"min_base": 2}, "MIN_BASE"),
        ("nps", {"by": "aria"}, "UNKNOWN_GROUP"),
        ("csat", {"item": "recommend", "by": "code"}, "GROUPS"),
    ],
)
def test_bad_requests_are_one_clear_error(data, names, options, code):
    with pytest.raises(SurveykitError) as caught:
        score(data, names, **options)
    assert caught.value.code == code


@pytest.mark.parametrize(
    ("values", "name", "options", "code"),
    [
        ([9, 10, 11], "nps", {"item": "x"}, "SCALE_VALUES"),
        ([9, 10, 6.5], "nps", {"item": "x"}, "SCALE_VALUES"),
        ([1, 5, 6], "csat", {"item": "x", "scale": (1, 5)}, "SCALE_VALUES"),
        ([1, 5, 4], "csat", {"item": "x"}, "SCALE_UNKNOWN"),
        ([0, 5, 4], "ces", {"item": "x"}, "SCALE_VALUES"),
        ([1, 5, 6], "index", {"items": "x", "scale": (1, 5)}, "SCALE_VALUES"),
        ([1, 5, 4], "loyalty", {}, "NO_DIMENSION"),
        ([1, 5, 4], "mean", {}, "NO_CONSTRUCT"),
        ([1, 5, 4], None, {}, "NO_METRIC"),
    ],
)
def test_answers_off_the_scale_are_never_dropped(values, name, options, code):
    with pytest.raises(SurveykitError) as caught:
        score(read(pd.DataFrame({"x": values})), name, **options)
    assert caught.value.code == code


def test_comparing_needs_two_schemes(data):
    with pytest.raises(SurveykitError) as caught:
        compare_schemes([score(data, "loyalty", dimensions=["satisfaction"])])
    assert caught.value.code == "NOTHING_TO_COMPARE"


def test_every_entry_has_both_languages_a_reference_and_an_example():
    _catalogue()
    assert {e.id for e in metrics} >= {"nps", "csat", "ces", "index", "loyalty", "mean"}
    for entry in metrics:
        assert entry.title["en"]
        assert any("一" <= c <= "鿿" for c in entry.title["zh"])
        assert entry.reference
        assert entry.evidence
        assert entry.example.startswith("score(")
        assert ">>>" in (entry.function.__doc__ or "")


def test_two_schemes_in_one_questionnaire_stand_side_by_side(answers):
    text = QUESTIONNAIRE.replace(
        "groups: [area]",
        "  narrow: {metric: loyalty, dimensions: [satisfaction]}\n"
        "  wide: {metric: loyalty, dimensions: [satisfaction, advocacy], weights: {satisfaction: 2, advocacy: 1}}\n"
        "groups: [area]",
    ).replace(
        "constructs:\n", "constructs:\n  advocacy: {title: {en: Advocacy, zh: 推荐}, items: [recommend]}\n"
    )
    found = compare_schemes([score(read(answers, Questionnaire.from_text(text)))])
    assert found.tidy()["term"].tolist() == ["visit: narrow", "visit: wide"]
    assert found.facts["spread"] == pytest.approx(abs(np.diff(found.tidy()["estimate"])[0]))
    assert len(found.tables()["differences"].rows) == 1


def test_schemes_scored_on_different_people_have_no_paired_differences(answers):
    q = Questionnaire.from_text(QUESTIONNAIRE)
    few = score(read(answers.head(50), q), "loyalty", dimensions=["satisfaction"])
    many = score(read(answers, q), "loyalty", dimensions=["satisfaction"])
    found = compare_schemes({"few": few, "many": many})
    assert "differences" not in found.tables()
    assert "different people" in " ".join(found.notes())
