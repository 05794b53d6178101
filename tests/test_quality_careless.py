"""The indices as R's package careless and psych print them; careless people of every kind beside honest ones, graded."""

from __future__ import annotations

import numpy as np
import pandas as pd
import pytest

from surveykit import quality as ql
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.quality import QualityOptions, judge

NAN = float("nan")
ROWS = np.array([1, 2, 3, 9, 12, 35, 100, 1000]) - 1
TURNED = ("A1", "C4", "C5", "E1", "E2", "O2", "O5")


@pytest.fixture(scope="module")
def bfi(shared_data):
    frame = pd.read_csv(shared_data("bfi.csv"))
    items = [c for c in frame if len(c) == 2 and c[0] in "ACENO" and c[1].isdigit()]
    keyed = frame[items].copy()
    keyed[list(TURNED)] = 7 - keyed[list(TURNED)]
    return frame[items].to_numpy(float), keyed.to_numpy(float)


def test_even_odd_is_that_of_careless(bfi):
    """evenodd(x, rep(5, 5)) of careless (its sign of 1.2.0 turned back); at least three scales, because it asks for none."""
    found = ql.even_odd(bfi[1], [list(range(5 * j, 5 * j + 5)) for j in range(5)], least=3)
    told = [0.814814814814815, 0, -0.193255223275256, -1, 0.910873154824434, 0.915709147598412]
    told += [0.928914430679812, 0.735129590278311]
    assert found[ROWS] == pytest.approx(told, abs=1e-12)
    assert float(np.nansum(found)) == pytest.approx(1858.64339386487, rel=1e-12)
    assert int(np.isnan(found).sum()) == 6


@pytest.mark.parametrize(
    ("cut", "told", "total", "none"),
    [
        (0.5, [0, 0.612372435695794, 0.166666666666667, 0, 0.534522483824849, 0.785714285714286, 0.943242218283799, 1],
         948.452871098305, 172),
        (-0.35, [NAN, -0.456435464587638, -0.458333333333333, 0.555555555555556, -0.408248290463863, 0.534522483824849,
                 -0.0416666666666667, 0.133630620956212], -1084.40118978647, 225),
    ],
)  # fmt: skip
def test_synonyms_and_antonyms_are_those_of_careless(bfi, cut, told, total, none):
    """psychsyn(x, 0.5) and psychant(x, -0.35) with resample_na = FALSE (its default shuffles at random what has no value)."""
    x = bfi[0]
    pairs = ql.psychometric_pairs(x, cut)
    found = ql.within_person(x[:, [a for a, _ in pairs]], x[:, [b for _, b in pairs]], least=3)
    assert len(pairs) == 5
    assert found[ROWS] == pytest.approx(told, abs=1e-12, nan_ok=True)
    assert float(np.nansum(found)) == pytest.approx(total, rel=1e-12)
    assert int(np.isnan(found).sum()) == none


def test_runs_spread_and_distances_are_those_of_careless_and_psych(bfi):
    """longstring, longstring(avg = TRUE), irv; mahad, which is psych::outlier. Average, irv and distance of complete rows:
    careless counts a gap as a run of one and gives no irv beside one, psych puts the mean into gaps."""
    x = bfi[0]
    whole = ~np.isnan(x).any(axis=1)
    assert ql.longstring(x)[ROWS].tolist() == [3, 4, 3, 4, 5, 6, 3, 5]
    assert ql.longstring(x).sum() == 9645
    assert ql.average_run(x)[ROWS[[0, 2, 6]]] == pytest.approx([1.47058823529412, 1.25, 1.38888888888889])
    assert ql.average_run(x)[whole].sum() == pytest.approx(3456.38980794467, rel=1e-12)
    assert ql.intra_individual_sd(x)[ROWS[:3]] == pytest.approx([0.9, 1.29486163997034, 1.09239797387826])
    assert ql.intra_individual_sd(x)[whole].sum() == pytest.approx(3882.04988883478, rel=1e-12)
    distance = ql.mahalanobis(x)[0][whole]
    told = [13.4681922790954, 19.2068132249774, 24.5838854694473, 11.0474342029551, 15.4793325440758]
    assert distance[[0, 9, 99, 999, 1999]] == pytest.approx(told, rel=1e-12)
    assert distance.sum() == pytest.approx(60875, rel=1e-12)


def test_nobody_of_two_thousand_eight_hundred_repeats_a_figure(bfi):
    ways = np.isin([f"{d}{i}" for d in "ACENO" for i in range(1, 6)], TURNED)
    assert ql.repeated_figure(bfi[0], ways)[0].max() < 0.8


def honest(n, seed, *, points=7, scales=6, per=5, load=0.75, reverse=True, mean=4.5):
    """People of a common level and six of their own; the first item of every scale is turned."""
    r = np.random.default_rng(seed)
    level = np.repeat(r.normal(size=(n, 1)) * 0.7 + r.normal(size=(n, scales)) * 0.7, per, axis=1)
    x = level * load + r.normal(size=(n, per * scales)) * np.sqrt(1 - load**2)
    x = np.clip(np.rint(mean * points / 7 + points / 5 * x), 1, points)
    turned = (np.arange(per * scales) % per == 0) & reverse
    x[:, turned] = points + 1 - x[:, turned]
    return x, turned


def questionnaire(turned, points=7, per=5):
    ids = [f"q{i}" for i in range(len(turned))]
    lines = [
        "id: t",
        "title: T",
        "scales:",
        f"  a: {{min: 1, max: {points}, labels: {{1: n, {points}: y}}}}",
        "items:",
    ]
    lines += [
        f"  {i}: {{text: {i}, scale: a{', reverse: true' if t else ''}}}"
        for i, t in zip(ids, turned, strict=True)
    ]
    lines += ["constructs:"]
    lines += [f"  c{s}: {{items: [{', '.join(ids[s : s + per])}]}}" for s in range(0, len(ids), per)]
    return Questionnaire.from_text("\n".join(lines))


ZIGZAG = [1, 2, 3, 4, 5, 4, 3, 2]


def careless(kind, n, k, r):
    if kind == "random":
        return r.integers(1, 8, (n, k))
    if kind == "straight":
        return np.repeat(r.choice([1, 2, 6, 7], (n, 1)), k, axis=1)
    if kind == "middle":
        return 4 + (r.random((n, k)) < 0.1) * r.integers(-1, 2, (n, k))
    if kind == "12345":
        return (np.arange(k) + r.integers(0, 5, (n, 1))) % 5 + 1
    if kind == "zigzag":
        return np.array(ZIGZAG)[(np.arange(k) + r.integers(0, 8, (n, 1))) % 8]
    if kind == "left and right":
        return np.where((np.arange(k) + r.integers(0, 2, (n, 1))) % 2, 1, 7)
    bots = r.integers(1, 8, (3, k))[r.integers(0, 3, n)]  # three scripts, an answer or two changed at random
    for row in bots:
        row[r.integers(0, k, 2)] = r.integers(1, 8, 2)
    return bots


SHARES = {  # kind: least share graded poor; everybody is graded doubtful at least
    "random": 0.9, "straight": 1.0, "middle": 0.0, "12345": 1.0, "zigzag": 1.0, "left and right": 1.0, "bots": 0.95,
}  # fmt: skip


@pytest.mark.parametrize("kind", SHARES)
def test_every_kind_of_carelessness_is_graded_as_an_expert_would(kind):
    """A tenth of 400 people; few of the honest others are doubted and none is poor (docs/validation.md has the shares).

    The middle of the scale throughout may be an opinion: doubtful, not poor."""
    x, turned = honest(400, 5)
    r = np.random.default_rng(6)
    x[:40] = careless(kind, 40, x.shape[1], r)
    frame = pd.DataFrame(x, columns=[f"q{i}" for i in range(x.shape[1])])
    grade = np.array(judge(read(frame, questionnaire(turned))).grade)
    assert (grade[:40] == "poor").mean() >= SHARES[kind]
    assert (grade[:40] != "good").all()
    assert not (grade[40:] == "poor").any()
    assert (grade[40:] != "good").mean() <= 0.08


@pytest.mark.parametrize(
    "kind",
    [
        {},
        {"points": 5, "reverse": False, "mean": 5.5},
        {"load": 0.5},
        {"points": 10, "load": 0.9},
        {"scales": 3, "per": 4},
    ],
)
def test_few_honest_people_are_doubted(kind):
    """Reading, scale points, a satisfied crowd, weak and strong items: about one in twenty doubted, one in a thousand poor."""
    doubted, poor = [], []
    for seed in range(4):
        x, turned = honest(250, 100 + seed, **kind)
        frame = pd.DataFrame(x, columns=[f"q{i}" for i in range(x.shape[1])])
        made = judge(read(frame, questionnaire(turned, kind.get("points", 7), kind.get("per", 5)))).grade
        doubted.append(np.mean([g != "good" for g in made]))
        poor.append(np.mean([g == "poor" for g in made]))
    assert np.mean(doubted) < 0.06
    assert np.mean(poor) <= 0.002


def test_one_person_who_draws_a_figure_is_found_and_a_straight_line_is_none():
    x, turned = honest(100, 1)
    x[0] = np.array(ZIGZAG)[np.arange(30) % 8]
    x[1] = 7
    x[2] = np.tile([2, 6, 6, 6, 6], 6)  # honest: the turned item of each scale is answered the other way
    score, step = ql.repeated_figure(x, turned)
    assert (round(float(score[0]), 6), step[0]) == (1.0, 8)
    assert score[1] == 0.0
    assert score[2] < 0.9
    assert (score >= 0.9).sum() == 1


def test_a_questionnaire_whose_constructs_alternate_is_no_figure():
    r = np.random.default_rng(2)
    x = np.tile(r.integers(1, 8, (200, 3)), (1, 8)) + (r.random((200, 24)) < 0.2)
    assert not (ql.repeated_figure(x)[0] >= 0.9).any()


def test_straight_through_a_battery_that_asks_both_ways_is_a_clear_fault_but_not_in_the_middle():
    x, turned = honest(100, 3)
    x[0], x[1] = 6, 4
    frame = pd.DataFrame(x, columns=[f"q{i}" for i in range(30)])
    judged = judge(read(frame, questionnaire(turned)))
    assert judged.reasons["opposed"].to_numpy().nonzero()[0].tolist() == [0]
    assert judged.grade[:2] == ["poor", "doubtful"]
    one_way = judge(read(frame, questionnaire(turned & False)))
    assert "opposed" in one_way.skipped
    assert one_way.grade[0] == "doubtful"


def test_a_copy_that_was_touched_up_is_found():
    x, _ = honest(300, 4)
    x[7] = x[3]
    x[7, [4, 20]] = np.where(x[7, [4, 20]] > 4, 1, 7)
    assert np.flatnonzero(ql.near_duplicates(x)).tolist() == [3, 7]
    assert not ql.duplicates(x).any()
    x[11], x[12], x[12, 0] = 5, 5, 4  # straight-liners are alike without having copied
    assert np.flatnonzero(ql.near_duplicates(x)).tolist() == [3, 7]


@pytest.mark.parametrize("n", [3, 10, 20])
def test_speed_in_small_samples(n):
    """Nobody among three; among ten and twenty one who took a tenth of the time, in seconds and in milliseconds alike."""
    t = np.random.default_rng(n).lognormal(6, 0.3, n)
    t[0] = np.median(t) / 10
    for unit in (1.0, 1000.0):
        assert np.flatnonzero(ql.slow_and_fast(t * unit)[0]).tolist() == ([0] if n >= 10 else [])
    assert not ql.slow_and_fast(np.full(n, 300.0))[0].any()
    t[1:] = NAN
    assert not ql.slow_and_fast(t)[0].any()


def test_who_was_led_past_half_of_the_questions_is_no_speeder():
    x, turned = honest(200, 8)
    seconds = np.random.default_rng(9).lognormal(6, 0.15, 200)
    x[:50, 12:], seconds[:50] = NAN, seconds[:50] * 0.4  # a filter: 12 of 30 questions in 40 % of the time
    seconds[60] = 15.0
    frame = pd.DataFrame(x, columns=[f"q{i}" for i in range(30)]).assign(seconds=seconds)
    data = read(frame, questionnaire(turned), keep=["seconds"])
    judged = judge(data, QualityOptions(duration="seconds"))
    assert np.flatnonzero(judged.reasons["speed"]).tolist() == [60]
