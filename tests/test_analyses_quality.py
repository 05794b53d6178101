"""The analyses of data quality: counts that balance, keys that are wrong, gaps, early and late answers."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.analyses import analyse
from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.quality import QualityOptions, judge

RNG = np.random.Generator(np.random.Philox(key=41))


def answers(n=120, k=10):
    common = RNG.normal(0, 1, (n, 1))
    x = np.clip(np.rint(4 + common + RNG.normal(0, 1, (n, k))), 1, 7)
    return pd.DataFrame(x, columns=[f"q{j}" for j in range(k)])


def test_counts_by_reason_are_those_of_the_respondents():
    frame = answers()
    frame.loc[:2] = 4.0
    items = list(frame)
    data = read(frame.assign(seconds=np.r_[5.0, RNG.lognormal(6, 0.2, 119)]))
    found = analyse(data, "quality", items=items, duration="seconds")
    judged = judge(data, QualityOptions(items=tuple(items), duration="seconds"))
    table = found.tidy().set_index("term")
    assert table["count"].to_dict() == judged.reasons.sum().to_dict()
    assert table.loc["straight", "count"] == 3
    assert table.loc["straight", "estimate"] == pytest.approx(3 / 120)
    grades = {r["grade"]: r["count"] for r in found.tables()["grades"].records()}
    assert sum(grades.values()) == 120
    assert grades["poor"] == judged.grade.count("poor") >= 1  # fast and straight
    skipped = {r["reason"] for r in found.tables()["skipped"].records()}
    assert {"attention", "contradiction", "even_odd"} <= skipped
    assert not set(table.index) & skipped
    assert "respondent" not in found.to_dict()["tables"]


def test_an_item_declared_reversed_that_is_turned_already(shared_data):
    """Purchase likelihood of the influencer data: pl_1 is called reversed but runs with its scale."""
    lines = [
        "id: influencer",
        "title: Influencer",
        "scales:",
        '  a: {min: 1, max: 7, labels: {1: "no", 7: "yes"}}',
    ]
    lines += ["items:", *(f"  pl_{i}: {{text: pl {i}, scale: a}}" for i in range(1, 5))]
    plain = "\n".join([*lines, "constructs:", "  pl: {items: [pl_1, pl_2, pl_3, pl_4]}"])
    declared = plain.replace("{text: pl 1, scale: a}", "{text: pl 1, scale: a, reverse: true}")
    frame = pd.read_csv(shared_data("influencer_data.csv"))
    good = analyse(read(frame, Questionnaire.from_text(plain)), "item_audit")
    assert not good.checks
    assert set(good.tidy()["verdict"]) <= {"", "floor", "ceiling"}
    bad = analyse(read(frame, Questionnaire.from_text(declared)), "item_audit")
    assert bad.tidy().set_index("term")["verdict"].to_dict() == {
        "pl_1": "turn",
        "pl_2": "",
        "pl_3": "",
        "pl_4": "",
    }
    (check,) = bad.checks
    assert "turned in the data already" in check.text("en")
    assert "pl_1" in check.text("zh")


def test_item_rest_correlations_by_hand():
    frame = answers()
    found = analyse(read(frame), "item_audit", scales={"s": ["q0", "q1", "q2"]}).tidy().set_index("term")
    for item in ("q0", "q1", "q2"):
        rest = frame[[c for c in ("q0", "q1", "q2") if c != item]].mean(axis=1)
        assert found.loc[item, "estimate"] == pytest.approx(np.corrcoef(frame[item], rest)[0, 1], rel=1e-10)


def test_verdicts_on_items():
    frame = answers()
    frame["still"], frame["noise"] = 3.0, RNG.integers(1, 8, 120)
    frame["low"] = np.where(RNG.random(120) < 0.9, 1.0, frame.q0)
    text = "\n".join(
        ["id: v", "title: V", "scales:", '  a: {min: 1, max: 7, labels: {1: "no", 7: "yes"}}', "items:"]
        + [f"  {c}: {{text: {c}, scale: a}}" for c in frame]
        + [f"constructs:\n  s: {{items: [{', '.join(frame)}]}}"]
    )
    found = analyse(read(frame, Questionnaire.from_text(text)), "item_audit").tidy().set_index("term")
    verdicts = found["verdict"]
    assert (verdicts["still"], verdicts["low"]) == ("constant", "floor")
    assert verdicts["noise"] in {"weak", ""}
    assert found.loc["low", "floor"] == pytest.approx((frame.low == 1).mean())


def test_gaps_by_item_kind_and_pattern():
    frame = answers()[["q0", "q1", "q2"]]
    frame.loc[:9, "q1"] = np.nan
    frame.loc[:4, "q2"] = np.nan
    found = analyse(read(frame), "missingness")
    assert found.tidy()["missing"].tolist() == [0, 10, 5]
    patterns = [(r["missing_items"], r["n"]) for r in found.tables()["patterns"].records()]
    assert patterns == [("", 110), ("q1", 5), ("q1 q2", 5)]
    assert found.facts["complete"] == 110
    assert 0 < found.facts["mcar_p"] < 1
    whole = analyse(read(answers()), "missingness")
    assert np.isnan(whole.facts["mcar_p"])
    assert "not made" in whole.notes()[0]


def test_gaps_that_depend_on_other_answers_are_cautioned():
    frame = answers(400)[["q0", "q1", "q2"]]
    frame.loc[frame.q0 > 4, "q1"] = frame.q1.where(RNG.random(400) < 0.4)
    found = analyse(read(frame), "missingness")
    assert [c.code for c in found.checks] == ["NOT_MCAR"]


def test_early_and_late_by_welch():
    frame = answers(90)[["q0", "q1"]]
    frame.loc[60:, "q0"] += 1.5
    stamp = pd.date_range("2026-03-01", periods=90, freq="h").strftime("%Y-%m-%d %H:%M")
    shuffled = frame.assign(submitted=stamp).sample(frac=1, random_state=1)
    found = analyse(read(shuffled), "early_late", items=["q0", "q1"], order="submitted").tidy()
    told = stats.ttest_ind(frame.q0[60:], frame.q0[:30], equal_var=False)
    row = found.iloc[0]
    assert (row["estimate"], row["p"]) == pytest.approx(
        (frame.q0[60:].mean() - frame.q0[:30].mean(), told.pvalue), rel=1e-9
    )
    assert [row["low"], row["high"]] == pytest.approx(list(told.confidence_interval(0.95)), rel=1e-9)
    assert row["p_adjusted"] == pytest.approx(2 * row["p"], rel=1e-12)
    by_row = analyse(read(frame), "early_late", items=["q0", "q1"]).tidy()
    assert by_row["estimate"].to_numpy() == pytest.approx(found["estimate"].to_numpy(), rel=1e-12)


@pytest.mark.parametrize(
    ("name", "options", "code"),
    [
        ("early_late", {"items": ["q0"], "order": "when"}, "UNKNOWN_COLUMN"),
        ("early_late", {"items": ["q0"], "order": "town"}, "VALUE_TYPE"),
        ("early_late", {"items": ["q0"], "share": 0.01}, "TOO_FEW_ROWS"),
        ("early_late", {}, "NO_ITEMS"),
        ("missingness", {"items": ["town"]}, "UNKNOWN_ITEM"),
        ("item_audit", {}, "NO_CONSTRUCT"),
        ("item_audit", {"scales": {"s": ["q0"]}}, "TOO_FEW_ITEMS"),
    ],
)
def test_what_cannot_be_looked_at(name, options, code):
    with pytest.raises(SurveykitError) as raised:
        analyse(read(answers().assign(town="here")), name, **options)
    assert raised.value.code == code


def test_a_design_reaches_an_analysis_or_the_result_says_why_not():
    frame = answers().assign(cluster=np.arange(120) // 10)
    drawn = read(frame, clusters="cluster")
    found = analyse(drawn, "correlation", items=["q0", "q1"])
    assert any("follow the survey design" in note for note in found.notes())
    counted = analyse(drawn, "missingness")
    assert any("design do not enter" in note for note in counted.notes())
    assert not [c for c in (*found.checks, *counted.checks) if c.code == "DESIGN_UNUSED"]
    plain = analyse(read(frame), "correlation", items=["q0", "q1"])
    assert not any("design" in note for note in plain.notes())
