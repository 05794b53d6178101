"""What is hidden cannot be had by taking published numbers from each other: cells, groups, two tables, two groupings (V1, V2)."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.bases import closed_table, hidden_together
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from surveykit.study.execute import results_of


def follows(known: list[np.ndarray], wanted: np.ndarray) -> bool:
    """Whether a sum over cells is a combination of published sums."""
    system = np.array(known, dtype=float).T
    weights = np.linalg.lstsq(system, wanted.astype(float), rcond=None)[0]
    return bool(np.abs(system @ weights - wanted).max() < 1e-9)


@pytest.mark.parametrize("k", [5, 10])
def test_no_small_cell_of_a_table_follows_from_what_is_shown(k):
    """V2 as a linear system: open cells, open row totals, open column bases and the grand total are known."""
    rng = np.random.default_rng(k)
    whole = 0
    for _ in range(200):
        table = rng.poisson(
            rng.choice([2, 5, 9, 25], size=rng.integers(2, 6))[:, None]
            * rng.choice([0.5, 1, 3], size=rng.integers(2, 6))
        )
        rows, cells = closed_table(table, k)
        shape, unit = table.shape, np.eye(table.size).reshape(table.size, *table.shape)
        known = [np.ones(table.size)]
        known += [unit[i * shape[1] + j].ravel() for i, j in np.argwhere(~cells)]
        known += [unit[i * shape[1] : (i + 1) * shape[1]].sum(axis=0).ravel() for i in np.flatnonzero(~rows)]
        open_columns = [j for j in range(shape[1]) if not cells[:, j].all()]
        known += [unit[j :: shape[1]].sum(axis=0).ravel() for j in open_columns]
        whole += bool(cells.all())
        for i, j in np.argwhere((table > 0) & (table < k)):
            assert cells[i, j]
            assert not follows(known, unit[i * shape[1] + j].ravel()), (table, cells)
        for i in np.flatnonzero((table.sum(axis=1) > 0) & (table.sum(axis=1) < k)):
            assert rows[i]
            assert not follows(known, unit[i * shape[1] : (i + 1) * shape[1]].sum(axis=0).ravel()), (
                table,
                rows,
            )
    assert whole < 120  # small tables of few people close altogether; large ones must not


def test_a_rare_answer_does_not_close_the_whole_table():
    rows, cells = closed_table([[2, 1], [60, 50], [30, 40], [9, 7]], 5)
    assert rows.tolist() == [True, False, False, True]
    assert not cells[1:3].any()


def test_no_small_group_follows_from_two_groupings():
    """Total less groups, regions less their shops, overlapping groupings: 100 random populations."""
    rng = np.random.default_rng(3)
    for _ in range(100):
        n = int(rng.integers(40, 200))
        shop = rng.choice(list("abcdefgh"), n, p=rng.dirichlet(np.ones(8)))
        region = np.array([{"a": "n", "b": "n", "c": "n", "d": "s", "e": "s"}.get(s, "w") for s in shop])
        other = rng.choice(list("xyz"), n, p=rng.dirichlet(np.ones(3)))
        labels = {"shop": list(shop), "region": list(region), "other": list(other)}
        hidden = hidden_together(labels, 10)
        one = {(by, g): np.array(v) == g for by, v in labels.items() for g in set(v)}
        known = [np.ones(n), *(m for (by, g), m in one.items() if g not in hidden[by])]
        for (by, g), members in one.items():
            if members.sum() < 10:
                assert g in hidden[by]
                assert members.all() or not follows(known, members), labels


QUESTIONNAIRE = """
id: t
title: T
scales: {a: {min: 1, max: 7, labels: {1: "no", 7: "yes"}}}
items:
  x: {text: X, scale: a}
  shop: {text: Shop, options: {a: A, b: B, c: C, d: D}}
  region: {text: Region, options: {n: North, s: South}}
  tea: {text: Tea, options: {1: green, 2: black, 3: white, 4: none}}
  ads: {text: Ads, type: multi, options: {tv: TV, web: Web}}
metrics: {liked: {metric: csat, item: x}}
groups: [shop, region]
"""


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    """Shop A is four people; with shop B it is the North. White tea: three people of shop C."""
    home = tmp_path_factory.mktemp("shops")
    shop = ["a"] * 4 + ["b"] * 60 + ["c"] * 50 + ["d"] * 80
    rng = np.random.default_rng(1)
    tea = np.array(["1", "2", "4"])[rng.integers(0, 3, 194)]
    tea[[70, 80, 90]] = "3"
    tea[120:150] = "3"
    frame = pd.DataFrame(
        {"x": rng.integers(1, 8, 194), "shop": shop, "region": ["n"] * 64 + ["s"] * 130, "tea": tea}
    )
    frame["ads"] = [["tv", "web", "tv;web", "web"][i] for i in rng.integers(0, 4, 194)]
    frame.loc[64:113, "ads"] = "web"
    frame.loc[[64, 65], "ads"] = "tv"
    frame.to_csv(home / "a.csv", index=False)
    (home / "q.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    study = (
        "title: T\nquestionnaire: q.yaml\ndata: a.csv\nlanguages: [en]\ngroups: [shop, region]\nmodels: []\nanalyses:\n"
        "  - {analysis: crosstab, rows: tea, columns: shop}\n  - {analysis: frequencies, items: [tea, ads], by: shop}\n"
    )
    (home / "study.yaml").write_text(study, encoding="utf-8")
    return home


@pytest.fixture(scope="module")
def results(folder):
    return json.loads(results_of(folder / "study.yaml"))["results"]


def test_a_shop_is_not_its_region_less_the_other_shop(results):
    """V2 over two tables: shop A is four people; North less B would be A, so B is hidden though C is the smaller partner."""
    shown = {r["group"] for r in results["scores_by_shop"]["tidy"] if r.get("estimate") is not None}
    assert shown == {"c", "d"}
    assert {r["group"] for r in results["scores_by_region"]["tidy"] if r.get("estimate") is not None} == {
        "n",
        "s",
    }


@pytest.mark.parametrize("analysis", ["crosstab", "frequencies"])
def test_a_study_closes_cells_below_its_smallest_cell(results, analysis):
    """`min_cell` of a study (10) holds for each cell: three people of shop C chose white tea, and no total gives them away."""
    rows = {
        (r["term"].removeprefix("tea="), r["group"]): r
        for r in results[analysis]["tidy"]
        if not r["term"].startswith("ads")
    }
    hidden = {at for at, r in rows.items() if r.get("remark") == "suppressed" or r.get("suppressed")}
    assert ("3", "c") in hidden
    assert len({at for at in hidden if at[1] == "c"}) >= 2
    for at in hidden:
        assert all(rows[at].get(name) is None for name in ("estimate", "count", "low", "high"))
    assert [c["code"] for c in results[analysis]["checks"]].count("CLOSED") == 1


def test_of_several_answers_those_few_who_left_one_out_are_hidden_too(results):
    rows = {(r["term"], r["group"]): r for r in results["frequencies"]["tidy"]}
    assert rows["ads=tv", "c"]["estimate"] is None  # two people ticked it
    assert rows["ads=web", "c"]["estimate"] is None  # two people did not


def test_without_a_study_nothing_is_closed_unless_asked_for(folder):
    data = read(folder / "a.csv", Questionnaire.from_text(QUESTIONNAIRE))
    plain = analyse(data, "crosstab", rows="tea", columns="region").tidy()
    assert not (plain["remark"] == "suppressed").any()
    asked = analyse(data, "frequencies", items=["tea"], by="shop", min_cell=10).tidy()
    assert (asked["remark"] == "suppressed").any()
