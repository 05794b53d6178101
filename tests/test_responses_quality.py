"""Respondents judged: planted carelessness is found, honest answers are not, nothing leaves in silence."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.quality import REASONS, QualityOptions, judge, without

RNG = np.random.Generator(np.random.Philox(key=31))
CONSTRUCTS, PER = 6, 4
ITEMS = [f"c{c}i{i}" for c in range(CONSTRUCTS) for i in range(PER)]


def questionnaire():
    lines = [
        "id: planted",
        "title: Planted",
        "scales:",
        '  a7: {min: 1, max: 7, labels: {1: "no", 7: "yes"}}',
        "items:",
    ]
    for name in ITEMS:
        more = ", reverse: true" if name.endswith("i3") else ""
        more += ", contradicts: [c0i0]" if name == "c0i1" else ""
        lines.append(f"  {name}: {{text: {name}, scale: a7{more}}}")
    lines.append("  stop: {text: Tick two, scale: a7, check: 2}")
    lines.append("constructs:")
    lines += [f"  c{c}: {{items: [{', '.join(f'c{c}i{i}' for i in range(PER))}]}}" for c in range(CONSTRUCTS)]
    return Questionnaire.from_text("\n".join(lines))


def answers(n=300):
    """Honest people; what they tick is turned for reversed items."""
    person = RNG.normal(0, 0.5, (n, 1))
    levels = RNG.normal(0, 1.6, (n, CONSTRUCTS)) + person
    x = np.repeat(levels, PER, axis=1) + RNG.normal(0, 0.7, (n, CONSTRUCTS * PER)) + 4
    x = np.clip(np.rint(x), 1, 7)
    reversed_ = [j for j, name in enumerate(ITEMS) if name.endswith("i3")]
    x[:, reversed_] = 8 - x[:, reversed_]
    frame = pd.DataFrame(x, columns=ITEMS)
    # an honest person does not agree to both
    frame.loc[(frame.c0i0 > 4) & (frame.c0i1 > 4), "c0i1"] = 4
    return frame.assign(stop=2, seconds=RNG.lognormal(6, 0.3, n))


@pytest.fixture(scope="module")
def planted():
    frame = answers()
    frame.loc[0, ITEMS] = 4
    frame.loc[1, "stop"] = 5
    frame.loc[2, ["c0i0", "c0i1"]] = 7
    frame.loc[3] = frame.loc[4]
    frame.loc[5, "seconds"] = 20
    frame.loc[6, ITEMS[:15]] = np.nan
    for row in range(7, 12):
        frame.loc[row, ITEMS] = RNG.integers(1, 8, len(ITEMS))  # random ticking
    data = read(frame, questionnaire(), keep=["seconds"])
    return data, judge(data, QualityOptions(duration="seconds"))


def test_what_was_planted_is_found(planted):
    _, judged = planted
    reasons = judged.reasons
    assert set(reasons) == set(REASONS) - set(judged.skipped)
    told = judged.frame()
    for row, reason in (
        (0, "straight"),
        (1, "attention"),
        (2, "contradiction"),
        (3, "duplicate"),
        (4, "duplicate"),
    ):
        assert reasons.loc[row, reason], reason
        assert reason in told.loc[row, "reasons"]
    assert reasons.loc[5, "speed"]
    assert reasons.loc[6, "missing"]
    assert reasons.loc[7:11, ["outlier", "even_odd", "synonyms"]].any(axis=1).sum() >= 4
    assert [judged.grade[i] for i in (1, 2, 3)] == ["poor"] * 3


def test_honest_people_are_left_alone(planted):
    _, judged = planted
    honest = np.array(judged.grade[12:])
    assert (honest == "poor").mean() < 0.02
    assert (honest == "good").mean() > 0.9


def test_one_family_counts_once(planted):
    """A straight-liner is seen by three indicators of one family: one doubt, not three."""
    _, judged = planted
    assert judged.reasons.loc[0, ["straight", "longstring", "low_variance"]].all()
    assert judged.points[0] == 1 + int(
        judged.reasons.loc[0, ["even_odd", "synonyms", "antonyms"]].any()
    ) + int(judged.reasons.loc[0, "outlier"]) + int(judged.reasons.loc[0, "speed"])


def test_rows_that_are_set_aside_are_counted(planted):
    data, judged = planted
    kept = without(data, {n: judged.reasons[n] for n in ("attention", "speed", "duplicate")})
    report = kept.import_report
    assert report.rows_read == report.rows_used + sum(n for _, n in report.set_aside)
    assert dict(report.set_aside) == {
        n: int(judged.reasons[n].sum()) for n in ("attention", "speed", "duplicate")
    }
    assert kept.n_rows == len(kept.frame(["c0i0"])) == report.rows_used
    (column,) = (c for c in report.columns if c.item == "c0i0")
    assert column.valid + sum(column.missing.values()) == report.rows_used
    with pytest.raises(SurveykitError, match="no respondent is left"):
        without(data, {"all": np.ones(data.n_rows, dtype=bool)})


@pytest.mark.parametrize(
    ("usual", "fast"),
    [("05:12", "00:20"), ("0:05:12", "0:00:20"), ("5分12秒", "20秒"), ("5 min 12 s", "20 s")],
)
def test_durations_as_platforms_write_them(usual, fast):
    frame = answers(40)[ITEMS].assign(took=[usual] * 38 + [fast, None])
    speed = judge(read(frame), QualityOptions(items=tuple(ITEMS), duration="took")).reasons["speed"]
    assert np.flatnonzero(speed).tolist() == [38]


def test_what_cannot_be_judged_is_said():
    frame = answers(40)[ITEMS[:4]]
    judged = judge(read(frame), QualityOptions(items=tuple(ITEMS[:4])))
    assert {"attention", "contradiction", "speed", "straight", "even_odd", "synonyms", "duplicate"} <= set(
        judged.skipped
    )
    assert set(judged.grade) <= {"good", "doubtful"}


def test_an_attention_check_with_options_and_a_battery_with_a_gap():
    q = Questionnaire.from_text(
        "{id: t, title: T, scales: {a5: {min: 1, max: 5}}, items: {"
        + "".join(f"i{k}: {{text: i{k}, scale: a5}}, " for k in range(8))
        + "imc: {text: Choose blue, type: single, options: {r: Red, b: Blue}, check: b}, "
        "two: {text: Choose two, type: single, options: {'1': One, '2': Two}, check: 2}}}"
    )
    frame = pd.DataFrame(RNG.integers(1, 6, (12, 8)).astype(float), columns=[f"i{k}" for k in range(8)])
    frame.loc[0] = 3.0
    frame.loc[0, "i4"] = np.nan
    frame.loc[1, :] = [2.0] * 4 + [np.nan] * 4  # four equal answers are no battery
    frame["imc"] = ["Red", "b", None] + ["Blue"] * 9
    frame["two"] = ["2", "1"] + ["Two"] * 10
    reasons = judge(read(frame, q)).reasons
    assert np.flatnonzero(reasons["attention"]).tolist() == [0, 1]
    assert reasons["straight"].tolist() == [True] + [False] * 11


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({}, "NO_ITEMS"),
        ({"items": ("c0i0", "nope")}, "UNKNOWN_ITEM"),
        ({"items": ("c0i0", "c0i1"), "duration": "second"}, "DURATION"),
        ({"items": ("c0i0", "c0i1"), "ignore": ("sped",)}, "OPTION_VALUE"),
    ],
)
def test_impossible_wishes(options, code):
    with pytest.raises(SurveykitError) as raised:
        judge(read(answers(40)), QualityOptions(**options))
    assert raised.value.code == code


def test_without_scales_speed_and_checks_are_judged_all_the_same():
    text = "{id: t, title: T, items: {a: {text: A, options: {1: x, 2: y}, check: 1}, b: {text: B, options: {1: x, 2: y}}}}"
    frame = pd.DataFrame(
        {"a": [1] * 30 + [2], "b": [1, 2] * 15 + [1], "took": [300.0 + i for i in range(30)] + [20.0]}
    )
    q = Questionnaire.from_text(text)
    judged = judge(read(frame, q, keep=["took"]), QualityOptions(duration="took"))
    assert judged.reasons.columns.tolist() == ["attention", "speed"]
    assert judged.grade == ["good"] * 30 + ["poor"]
    assert set(judged.skipped) == set(REASONS) - {"attention", "speed"}
    plain = Questionnaire.from_text(text.replace(", check: 1", ""))
    with pytest.raises(SurveykitError, match="no items on response scales"):
        judge(read(frame, plain))
