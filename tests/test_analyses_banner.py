"""Banner tables: every cell and letter by brute force over rows; suppression, overlap, bad input, size."""

from __future__ import annotations

import json
from itertools import combinations
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import stats

from surveykit.analyses import analyse
from surveykit.errors import SurveykitError
from surveykit.intervals import (
    Net,
    adjusted_p,
    kish,
    mean_interval,
    nps_adjusted_wald,
    nps_difference,
    two_shares,
    wilson,
)
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.responses.domains import difference, domains

QUESTIONS: dict[str, Any] = {
    "id": "b", "title": "B", "scales": {"five": {"min": 1, "max": 5}, "nps": {"min": 0, "max": 10}},
    "items": {
        "sat": {"text": "Satisfied", "scale": "five"}, "ease": {"text": "Easy", "scale": "five"},
        "rec": {"text": "Recommend", "scale": "nps"},
        "plan": {"text": "Plan", "type": "single", "options": {"1": "Small", "2": "Middle", "3": "Large"}},
        "media": {"text": "Media", "type": "multi", "options": {"tv": "TV", "net": "Net", "no": "None"}},
        "area": {"text": "Area", "type": "single", "options": {c: c.upper() for c in "nsew"}},
        "age": {"text": "Age", "type": "single", "options": {"y": "Young", "o": "Old"}},
    },
    "constructs": {"Mood": {"items": ["sat", "ease"]}},
    "metrics": {"nps": {"metric": "nps", "item": "rec"}, "happy": {"metric": "csat", "item": "sat", "top": 1}},
}  # fmt: skip
ROWS = ["sat", "plan", "media", "Mood", "nps", "happy"]


def frame(n: int = 700) -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=11))
    area = rng.choice(list("nsew"), n, p=[0.4, 0.3, 0.2, 0.1])
    lift = (area == "n") * 0.7
    noise = rng.normal(size=(n, 4))
    out = pd.DataFrame({"sat": np.clip(np.round(3.2 + lift + noise[:, 0]), 1, 5)})
    out["ease"] = np.clip(np.round(3 + noise[:, 1]), 1, 5)
    out["rec"] = np.clip(np.round(7 + lift + 2 * noise[:, 2]), 0, 10)
    out["plan"] = rng.choice([1, 2, 3], n)
    out["media"] = np.select(
        [noise[:, 3] > 1, noise[:, 3] > 0, noise[:, 3] > -1], ["TV;Net", "TV", "Net"], "None"
    )
    out["area"], out["age"] = area, rng.choice(["y", "o"], n)
    out["w"] = rng.uniform(0.4, 2.5, n)
    out["block"] = np.arange(n) // 10
    out.loc[::13, "sat"] = np.nan
    return out


@pytest.fixture(scope="module")
def questionnaire() -> Questionnaire:
    return Questionnaire.from_text(json.dumps(QUESTIONS))


@pytest.fixture(scope="module")
def weighted(questionnaire):
    return read(frame(), questionnaire, weight="w")


def values(line: dict[str, Any], rows: pd.DataFrame) -> np.ndarray:
    """A line's value per person, written down again from the answers."""
    item, code, kind = line["item"], line["code"], line["statistic"]
    if item == "nps":
        return 100.0 * ((rows.rec >= 9).astype(float) - (rows.rec <= 6)).to_numpy()
    if item == "happy":
        return np.where(rows.sat.isna(), np.nan, rows.sat == 5)
    if item == "Mood":
        return rows[["sat", "ease"]].mean(axis=1).to_numpy()
    if item == "media":
        words = {"tv": "TV", "net": "Net", "no": "None"}
        return np.array([words[code] in cell.split(";") for cell in rows.media], dtype=float)
    x = rows[item].to_numpy(dtype=float)
    if kind == "mean":
        return x
    hit = x >= 4 if kind == "top" else x == float(code)
    return np.where(np.isnan(x), np.nan, hit.astype(float))


def brute(x: np.ndarray, w: np.ndarray) -> dict[str, float]:
    x, w = x[~np.isnan(x)], w[~np.isnan(x)]
    m = float(np.average(x, weights=w))
    sd = float(np.sqrt(np.average((x - m) ** 2, weights=w) * len(x) / (len(x) - 1)))
    return {"n": len(x), "m": m, "sd": sd, "n_eff": kish(float(w.sum()), float((w**2).sum())),
            "p": float(w[x == 100].sum() / w.sum()), "d": float(w[x == -100].sum() / w.sum())}  # fmt: skip


def p_of(line: dict[str, Any], a: dict[str, float], b: dict[str, float]) -> float:
    if line["statistic"] in ("share", "top") or line["item"] == "happy":
        return two_shares(a["m"], a["n_eff"], b["m"], b["n_eff"]).p
    if line["item"] == "nps":
        one, two = (Net(v["p"], 1 - v["p"] - v["d"], v["d"]) for v in (a, b))
        return nps_difference(one, a["n_eff"], two, b["n_eff"], added=1.5).p
    return float(
        stats.ttest_ind_from_stats(
            a["m"], a["sd"], a["n_eff"], b["m"], b["sd"], b["n_eff"], equal_var=False
        ).pvalue
    )


@pytest.mark.parametrize("adjust", ["none", "holm"])
def test_cells_and_letters_are_those_of_a_loop_over_rows(weighted, adjust):
    rows = frame()
    w = rows.w.to_numpy() / rows.w.mean()
    found = analyse(weighted, "banner", rows=ROWS, banner=["area", "age"], adjust=adjust)
    tidy = found.tidy()
    assert found.facts["tests"] == found.facts["lines"] * 7
    letters = dict(zip([*(f"area={c}" for c in "nsew"), "age=y", "age=o"], "ABCDEF", strict=True))
    for _, part in tidy.groupby("term", sort=False):
        line = part.iloc[0].to_dict()
        x = values(line, rows)
        total = brute(x, w)
        assert line["estimate"] == pytest.approx(total["m"], rel=1e-12)
        for by in ("area", "age"):
            mine = part[part.banner == by].set_index("group")
            cells = {}
            for g in mine.index:
                here = (rows[by] == g.split("=")[1]).to_numpy()
                cells[g] = brute(x[here], w[here])
            for g, cell in cells.items():
                row = mine.loc[g]
                assert (row.n, row.letter) == (cell["n"], letters[g])
                assert [row.estimate, row.n_eff] == pytest.approx([cell["m"], cell["n_eff"]], rel=1e-12)
                if line["item"] == "nps":
                    net = Net(cell["p"], 1 - cell["p"] - cell["d"], cell["d"])
                    known = nps_adjusted_wald(net, cell["n_eff"])
                elif row.statistic in ("share", "top") or line["item"] == "happy":
                    known = wilson(cell["m"], cell["n_eff"])
                else:
                    known = mean_interval(cell["m"], cell["sd"], cell["n_eff"])
                assert [row.se, row.low, row.high] == pytest.approx(
                    [known.se, known.low, known.high], rel=1e-9
                )
            pairs = list(combinations(cells, 2))
            p = adjusted_p([p_of(line, cells[a], cells[b]) for a, b in pairs], adjust)
            said: dict[str, list[str]] = {g: [] for g in cells}
            for (a, b), q in zip(pairs, p, strict=True):
                if q < 0.10:
                    high, low = (a, b) if cells[a]["m"] > cells[b]["m"] else (b, a)
                    said[high].append(letters[low] if q < 0.05 else letters[low].lower())
            assert {g: " ".join(sorted(v, key=str.upper)) for g, v in said.items()} == mine.letters.to_dict()
    assert (tidy.letters.str.contains("[A-F]")).any()
    assert (tidy.letters.str.contains("[a-f]")).any() or adjust == "holm"


def test_a_table_of_known_numbers():
    # 60 of 100 and 45 of 100: z = .15 / sqrt(.525 · .475 · 2 / 100) = 2.1240, p = .0337; 60 and 48: 1.7018, p = .0888
    rows = [("a", 60), ("b", 45), ("c", 48)]
    people = pd.DataFrame([(g, int(i < k)) for g, k in rows for i in range(100)], columns=["g", "yes"])
    q = {
        "id": "k",
        "title": "K",
        "items": {"yes": {"text": "Y", "type": "single", "options": {"1": "Yes", "0": "No"}}},
    }
    data = read(people, Questionnaire.from_text(json.dumps(q)), keep=["g"])
    found = analyse(data, "banner", rows="yes", banner="g")
    tidy = found.tidy()
    assert tidy[tidy.term == "yes=1"].letters.tolist() == ["", "B c", "", ""]
    first = next(d for d in found.tables()["differences"].records() if d["term"] == "yes=1")
    assert first["z"] == pytest.approx(2.12398, abs=1e-5)
    assert first["p"] == pytest.approx(0.033672, abs=1e-6)
    # Wald: .15 ± 1.959964 · sqrt(.24/100 + .2475/100)
    assert [first["low"], first["high"]] == pytest.approx([0.013153, 0.286847], abs=1e-6)
    assert first["p_table"] == pytest.approx(6 * first["p"], rel=1e-12)


def test_under_a_design_differences_are_those_of_domains(questionnaire):
    data = read(frame(), questionnaire, weight="w", clusters="block", keep=["block"])
    found = analyse(data, "banner", rows=["sat", "nps"], banner="area")
    known = dict(domains(data, "sat", "area"))
    for pair in found.tables()["differences"].records():
        if pair["term"] == "sat:mean":
            a, b = (known[pair[k].split("=")[1]].mean_of(lambda x: x) for k in ("first", "second"))
            gap = difference(a, b, 0.95)
            assert [pair["estimate"], pair["p"]] == pytest.approx([gap.estimate, gap.p], rel=1e-9)
            assert [pair["low"], pair["high"]] == pytest.approx([gap.low, gap.high], rel=1e-9)
    row = found.tidy().set_index(["term", "group"]).loc[("sat:mean", "area=n")]
    assert row.se == pytest.approx(known["n"].mean_of(lambda x: x).se, rel=1e-12)


def test_small_columns_are_hidden_with_the_one_that_gives_them_away_and_get_no_letter(questionnaire):
    rows = frame(300)
    rows.loc[:3, "area"] = "w"
    rows.loc[4:, "area"] = np.where(rows.loc[4:, "area"] == "w", "n", rows.loc[4:, "area"])
    found = analyse(read(rows, questionnaire), "banner", rows=["sat", "plan"], banner="area", min_base=10)
    tidy = found.tidy()
    hidden = tidy[tidy.remark == "suppressed"]
    assert set(hidden.group) == {"area=w", "area=e"}
    assert hidden[["n", "estimate", "low", "weighted"]].isna().all().all()
    assert not tidy.letters.str.contains("[CD]", case=False).any()
    assert {c.code for c in found.checks} >= {"SUPPRESSED"}
    columns = found.tables()["columns"].frame().set_index("group")
    assert columns.n.isna().to_dict() == {"area=n": False, "area=s": False, "area=e": True, "area=w": True}


def test_a_small_base_is_marked_and_not_tested(questionnaire):
    rows = frame(300)
    rows["area"] = np.where(np.arange(300) < 25, "e", np.where(np.arange(300) < 150, "n", "s"))
    rows.loc[:24, "sat"] = 1.0
    tidy = analyse(read(rows, questionnaire), "banner", rows="sat", banner="area", statistics="mean").tidy()
    assert tidy.set_index("group").remark.to_dict() == {
        "": "",
        "area=n": "",
        "area=s": "",
        "area=e": "small_base",
    }
    assert not tidy.letters.str.contains("C", case=False).any()


def test_small_shares_close_what_would_give_them_away(questionnaire):
    rows = frame(400)
    rows["plan"] = np.where((rows.area == "e") & (np.arange(400) % 7 != 0), 1, rows.plan)
    found = analyse(read(rows, questionnaire), "banner", rows=["plan", "sat"], banner="area", min_cell=10)
    shut = found.tidy().query("remark == 'suppressed' and item == 'plan'")
    assert len(shut) >= 4
    for _, line in shut.groupby("term"):
        assert len(line) >= 2  # with the total at hand one alone follows by subtraction
    for _, column in shut.groupby("group"):
        assert len(column) >= 2
    sat = found.tidy().query("item == 'sat'")
    closed = set(sat.query("remark == 'suppressed' and statistic == 'share'").group)
    assert set(sat.query("remark == 'suppressed' and statistic == 'mean'").group) == closed


def test_columns_that_overlap_are_shown_and_not_tested(weighted):
    found = analyse(weighted, "banner", rows="sat", banner=["media"])
    assert found.facts["tests"] == 0
    assert (found.tidy().letters == "").all()
    assert "OVERLAP" in {c.code for c in found.checks}
    bases = found.tables()["columns"].frame().n
    assert bases.sum() > 700


@pytest.mark.parametrize(
    ("options", "code"),
    [
        ({"rows": "satt", "banner": "area"}, "UNKNOWN_ITEM"),
        ({"rows": "sat", "banner": "aera"}, "UNKNOWN_GROUP"),
        ({"rows": "sat", "banner": "w"}, "GROUPS"),
        ({"rows": "sat", "banner": ["area", "area"]}, None),
        ({"rows": "sat", "banner": "area", "alpha": 0.2}, None),
    ],
)
def test_bad_input_is_one_clear_error(weighted, options, code):
    with pytest.raises(SurveykitError) as error:
        analyse(weighted, "banner", **options)
    assert code in (None, error.value.code)


def test_too_many_groups_of_a_question_are_told_to_be_put_together():
    shops = {f"s{i}": f"Shop {i}" for i in range(120)}
    q = {
        **QUESTIONS,
        "items": {
            "sat": QUESTIONS["items"]["sat"],
            "shop": {"text": "Shop", "type": "single", "options": shops},
        },
    }
    q = {k: v for k, v in q.items() if k not in ("constructs", "metrics")}
    rows = pd.DataFrame({"sat": [1, 5] * 120, "shop": [f"s{i % 120}" for i in range(240)]})
    with pytest.raises(SurveykitError, match="120") as error:
        analyse(read(rows, Questionnaire.from_text(json.dumps(q))), "banner", rows="sat", banner="shop")
    assert "regions in place of shops" in error.value.hint


def test_many_lines_are_held_and_more_than_can_be_held_say_what_to_do():
    rng = np.random.Generator(np.random.Philox(key=3))
    items = {f"q{i}": {"text": f"Q{i}", "scale": "five"} for i in range(200)}
    q = {"id": "l", "title": "L", "scales": {"five": {"min": 1, "max": 5}}, "items": items}
    rows = pd.DataFrame(rng.integers(1, 6, size=(400, 200)), columns=list(items))
    rows["g"] = rng.choice(list("abcdefghijkl"), 400)
    data = read(rows, Questionnaire.from_text(json.dumps(q)), keep=["g"])
    found = analyse(data, "banner", banner="g", min_test=10)
    assert len(found.tidy()) == 1400 * 13
    assert len(found.tables()["differences"].rows) == 60
    rows["g"] = np.arange(400) % 99
    data = read(rows.assign(h=rows.g + 1), Questionnaire.from_text(json.dumps(q)), keep=["g", "h"])
    with pytest.raises(SurveykitError, match="too large") as error:
        analyse(data, "banner", banner=["g", "h"])
    assert "split" in error.value.hint
