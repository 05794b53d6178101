"""V2 across results: what one analysis closes beside a small group, no other shows (solved as a linear system)."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.findings._closed import closed_together
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.responses import read
from surveykit.scoring import score

SHOPS = ["n0", "n1", "n2", "tiny", "s0", "s1", "s2", "s3"]
QUESTIONS = {
    "id": "v", "title": "V", "scales": {"s": {"min": 1, "max": 7}},
    "items": {
        "sat": {"text": "Satisfied", "scale": "s"},
        "region": {"text": "Region", "type": "single", "options": {"n": "North", "s": "South"}},
        "shop": {"text": "Shop", "type": "single", "options": {s: s for s in SHOPS}},
    },
    "metrics": {"mean": {"metric": "mean", "item": "sat"}, "top": {"metric": "csat", "item": "sat", "top": 2}},
}  # fmt: skip


@cache
def results() -> dict[str, Any]:
    """300 people of two regions, eight shops, one of them with six people; the same answers in three tables."""
    draw = np.random.Generator(np.random.Philox(key=9))
    region = np.repeat(["n", "s"], 150)
    shop = np.array([f"n{i % 3}" if r == "n" else f"s{i % 4}" for i, r in enumerate(region)], dtype=object)
    shop[:6] = "tiny"
    frame = pd.DataFrame({"sat": draw.integers(1, 8, 300), "region": region, "shop": shop})
    data = read(frame, Questionnaire.from_text(json.dumps(QUESTIONS)))
    made = {
        "by_shop": score(data, by="shop"),
        "banner": analyse(data, "banner", rows=["sat", "mean"], banner=["region", "shop"]),
        "crosstab": analyse(data, "crosstab", rows="sat", columns="shop"),
    }
    facts = {"title": {"en": "V", "zh": "V"}}
    return dict(json.loads(Report(facts, data, made, "en").json())["results"])


def published() -> np.ndarray:
    """Every published number on the question as a row: what it says of the 56 counts of shop and answer."""
    places = {(s, c): 7 * i + c - 1 for i, s in enumerate(SHOPS) for c in range(1, 8)}
    rows = [np.repeat(np.arange(8) == i, 7).astype(float) for i in range(8)]  # sizes of shops are no secret

    def add(shops: list[str], weights: list[float]) -> None:
        row = np.zeros(56)
        for shop in shops:
            for code in range(1, 8):
                row[places[shop, code]] = weights[code - 1]
        rows.append(row)

    whole = {"": SHOPS, "region=n": SHOPS[:4], "region=s": SHOPS[4:], **{f"shop={s}": [s] for s in SHOPS}}
    mean, top = [float(c) for c in range(1, 8)], [0.0] * 5 + [1.0] * 2
    for row in results()["banner"]["tidy"]:
        if row["estimate"] is not None:
            one = [float(str(c) == row["code"]) for c in range(1, 8)]
            add(whole[row["group"] or ""], {"share": one, "top": top}.get(row["statistic"], mean))
    for row in results()["crosstab"]["tidy"]:
        if row["estimate"] is not None and row["group"] in SHOPS:
            add([row["group"]], [float(str(c) == row["term"]) for c in range(1, 8)])
    for row in results()["by_shop"]["tidy"]:
        if row["estimate"] is not None:
            add([row["group"]], mean if row["term"] == "mean" else top)
    return np.array(rows)


def test_no_answer_of_the_small_shop_follows_from_all_tables_together() -> None:
    known = published()
    rank = np.linalg.matrix_rank(known)
    place = 7 * SHOPS.index("tiny")
    secrets = np.zeros((9, 56))
    secrets[:7, place : place + 7] = np.eye(7)
    secrets[7, place : place + 7] = np.arange(1, 8)
    secrets[8, place + 5 : place + 7] = 1
    for secret in secrets:
        assert np.linalg.matrix_rank(np.vstack([known, secret])) == rank + 1


def test_the_same_shops_are_closed_and_the_others_stay_open() -> None:
    found = results()
    closed = {
        r["group"].removeprefix("shop=")
        for r in found["banner"]["tidy"]
        if r["group"] and r["estimate"] is None
    }
    assert "tiny" in closed
    assert len(closed) <= 3
    assert {r["group"] for r in found["by_shop"]["tidy"] if r["estimate"] is None} == closed
    shown = {r["group"] for r in found["crosstab"]["tidy"] if r["estimate"] is not None}
    assert shown & closed == set()
    assert shown
    for name, row in (
        (n, r) for n in ("banner", "crosstab") for t in found[n]["tables"].values() for r in t if "first" in r
    ):
        assert {row["first"].removeprefix("shop="), row["second"].removeprefix("shop=")}.isdisjoint(closed), (
            name
        )


def test_what_is_closed_for_one_question_stays_open_for_another() -> None:
    few = {"term": "a", "group": "x", "item": "a", "estimate": None, "suppressed": True}
    many = {"term": "b", "group": "x", "item": "b", "estimate": 2.0}
    made = closed_together(
        {"one": {"tidy": [few], "tables": {}}, "two": {"tidy": [many], "tables": {}}},
        {"one": "g", "two": "g"},
    )
    assert made["two"]["tidy"] == [many]


NESTED = ["n0", "n1", "n2", "s0", "s1", "s2"]


@pytest.mark.parametrize("engine", ["pandas", "duckdb"])
@pytest.mark.parametrize("analysis", ["scores", "descriptives", "crosstab"])
def test_scores_by_region_and_by_shop_of_one_report_do_not_give_a_shop_away(
    analysis: str, engine: str
) -> None:
    """Computed one by one: shop n0 has twelve people, seven of whom answered; North less its other shops would be them."""
    draw = np.random.Generator(np.random.Philox(key=4))
    shop = np.array(NESTED, dtype=object)[np.repeat(range(6), [12, 40, 45, 30, 50, 60])]
    frame = pd.DataFrame({"sat": draw.integers(1, 8, 237).astype(float), "shop": shop})
    frame["region"] = [s[0] for s in shop]
    frame.loc[:4, "sat"] = np.nan
    questions = {**QUESTIONS, "items": json.loads(json.dumps(QUESTIONS["items"]))}
    questions["items"]["shop"]["options"] = {s: s for s in NESTED}
    data = read(frame, Questionnaire.from_text(json.dumps(questions)), engine=engine)
    by = {"scores": lambda g: score(data, by=g), "descriptives": lambda g: analyse(data, "descriptives", items=["sat"], by=g),
          "crosstab": lambda g: analyse(data, "crosstab", rows="sat", columns=g)}[analysis]  # fmt: skip
    facts = {"title": {"en": "V", "zh": "V"}}
    found = json.loads(Report(facts, data, {"a": by("region"), "b": by("shop")}, "en").json())["results"]
    shown = {r["group"] for i in "ab" for r in found[i]["tidy"] if r["group"] and r["estimate"] is not None}
    members = {g: np.array([s == g or s[0] == g for s in NESTED], dtype=float) for g in [*NESTED, "n", "s"]}
    known = np.array([np.ones(6), *(members[g] for g in sorted(shown))])
    assert "n0" not in shown
    assert len(shown) >= 5  # one partner is enough
    rank = np.linalg.matrix_rank(known)
    assert np.linalg.matrix_rank(np.vstack([known, members["n0"]])) == rank + 1
