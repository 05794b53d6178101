"""Banners of several group questions: no small group and no small share follows from what is shown, by brute force over rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.bases import MIN_BASE
from surveykit.questionnaire import Questionnaire
from surveykit.responses import Responses, read

MIN_CELL = 10
TEXT = """
id: nested
title: {en: Nested, zh: 嵌套}
version: "1"
languages: [en, zh]
groups: [shop, region]
scales: {s: {min: 1, max: 3}}
items:
  q: {text: {en: Quality, zh: 质量}, scale: s}
  shop: {text: {en: Shop, zh: 门店}, type: single, options: {a: {en: A, zh: 甲}, b: {en: B, zh: 乙}, c: {en: C, zh: 丙},
    d: {en: D, zh: 丁}, e: {en: E, zh: 戊}, f: {en: F, zh: 己}}}
  region: {text: {en: Region, zh: 地区}, type: single, options: {n: {en: N, zh: 北}, m: {en: M, zh: 中}, s: {en: S, zh: 南}}}
  age: {text: {en: Age, zh: 年龄}, type: single, options: {y: {en: Y, zh: 青}, o: {en: O, zh: 老}}}
  media: {text: {en: Media, zh: 媒体}, type: multi, options: {tv: {en: TV, zh: 电视}, web: {en: Web, zh: 网络},
    ad: {en: Ad, zh: 广告}}}
"""


def nested(seed: int) -> tuple[Responses, pd.DataFrame]:
    """Shops within regions, some of them tiny; people in several media."""
    random = np.random.Generator(np.random.Philox(seed))
    shops = list("abcdef")
    sizes = [int(random.choice([2, 3, 4, 7, 12, 30, 45])) for _ in shops]
    shop = np.repeat(shops, sizes)
    region = np.array([dict(zip(shops, "nnmmss", strict=True))[s] for s in shop])
    frame = pd.DataFrame(
        {"shop": shop, "region": region, "age": random.choice(["y", "o"], len(shop), p=[0.15, 0.85])}
    )
    frame["q"] = random.choice([1.0, 2.0, 3.0, np.nan], len(shop), p=[0.1, 0.4, 0.4, 0.1])
    seen = {o: random.random(len(shop)) < p for o, p in (("TV", 0.6), ("Web", 0.3), ("Ad", 0.04))}
    frame["media"] = [";".join(o for o in seen if seen[o][i]) or "TV" for i in range(len(shop))]
    return read(frame, Questionnaire.from_text(TEXT)), frame


def follows(known: list[Any], wanted: Any) -> bool:
    """Whether the sum over ``wanted`` people is a combination of known sums, whatever the people are like."""
    table = np.array(known, dtype=float)
    return bool(np.linalg.matrix_rank(np.vstack([table, wanted])) == np.linalg.matrix_rank(table))


def masks(frame: pd.DataFrame, banner: list[str]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for by in banner:
        if by == "media":
            for code, name in (("tv", "TV"), ("web", "Web"), ("ad", "Ad")):
                found[f"media={code}"] = np.array([name in v.split(";") for v in frame["media"]])
        else:
            found |= {f"{by}={g}": (frame[by] == g).to_numpy() for g in frame[by].unique()}
    return found


@pytest.mark.parametrize(
    "banner", [["shop", "region"], ["shop", "age", "region"], ["region", "media"], ["media"]]
)
@pytest.mark.parametrize("min_cell", [0, MIN_CELL])
def test_no_small_group_follows_from_the_shown_ones(banner: list[str], min_cell: int) -> None:
    looked = 0
    for seed in range(4):
        data, frame = nested(seed)
        made = analyse(data, "banner", rows=["q"], banner=banner, min_cell=min_cell)
        groups, x = masks(frame, banner), frame["q"].to_numpy(dtype=float)
        table = made.tidy()
        for term, rows in table.groupby("term"):
            code = str(rows["code"].iloc[0])
            share = rows["statistic"].iloc[0] == "share"
            sets = [(~np.isnan(x), MIN_BASE)]
            if share and min_cell:
                sets.append((x == float(code), min_cell))
            for people, least in sets:
                shown = [groups[g][people] for g in rows.loc[rows["n"].notna(), "group"] if g]
                known = [np.ones(int(people.sum())), *shown]
                for name, mask in groups.items():
                    row = rows[rows["group"] == name]
                    if 0 < mask[people].sum() < least and (len(row) == 0 or row["n"].isna().all()):
                        looked += 1
                        if mask[people].all():  # nobody else gave this answer, which nobody outside knows
                            continue
                        assert not follows(known, mask[people]), (seed, term, name)
                    elif least == MIN_BASE:
                        assert mask[people].sum() >= least or not mask[people].any(), (seed, term, name)
    assert looked or "media" in banner


def test_the_columns_of_a_banner_give_no_small_group_away() -> None:
    for seed in range(4):
        data, frame = nested(seed)
        made = analyse(data, "banner", rows=["q"], banner=["shop", "region"])
        groups = masks(frame, ["shop", "region"])
        columns = {r["group"]: r["n"] for r in made.further["columns"].records()}
        known = [np.ones(data.n_rows), *(groups[g] for g, n in columns.items() if n is not None)]
        for name, n in columns.items():
            if n is None and groups[name].sum() < MIN_BASE:
                assert not follows(known, groups[name]), (seed, name)
