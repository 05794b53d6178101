"""A study file that says how its sample was drawn and what its population looks like."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
import pytest

from surveykit.errors import SurveykitError
from surveykit.study import run
from surveykit.study.prepare import prepare

RNG = np.random.Generator(np.random.Philox(key=8))
STUDY = """
title: Recommendation
questionnaire: nps
data: answers.csv
languages: [zh]
strata: area
clusters: town
weighting:
  margins:
    sex: {f: 51, m: 49}
analyses: []
models: []
"""


@pytest.fixture
def folder(tmp_path):
    town = np.repeat(np.arange(12), 15)
    level = RNG.normal(0, 1.5, 12)[town]
    frame = pd.DataFrame(
        {
            "recommend": np.clip(np.rint(7 + level + RNG.normal(0, 1.5, 180)), 0, 10).astype(int),
            "town": town,
            "area": np.where(town < 6, "n", "s"),
            "sex": RNG.choice(["f", "m"], 180, p=[0.65, 0.35]),
        }
    )
    frame.to_csv(tmp_path / "answers.csv", index=False)
    return tmp_path


def written(folder, text):
    (folder / "study.yaml").write_text(text, encoding="utf-8")
    return folder / "study.yaml"


def test_strata_clusters_and_margins_reach_the_results(folder):
    run(written(folder, STUDY), folder / "out")
    (path,) = (folder / "out").rglob("results.json")
    results = json.loads(path.read_text("utf-8"))
    row = results["results"]["scores"]["tidy"][0]
    assert row["method"] == "design_t"
    assert row["df"] == 10
    assert row["deff"] > 1.3
    assert results["sample"]["weight"] == "surveykit_weight"
    assert "sample.design" in [f["id"] for f in results["findings"]]


@pytest.mark.parametrize(
    ("change", "code"),
    [
        (("sex: {f: 51, m: 49}", "sex: {f: 51, m: 39, d: 10}"), "RAKE_EMPTY_CELL"),
        (("strata: area", "strata: aera"), "NO_COLUMN"),
        (("clusters: town", "clusters: town\nlonely: skip"), None),
        (("    sex: {f: 51, m: 49}", "    sx: {f: 51, m: 49}"), "NO_COLUMN"),
    ],
)
def test_what_is_wrong_with_a_design_is_said_before_anything_runs(folder, change, code):
    with pytest.raises(SurveykitError) as raised:
        prepare(written(folder, STUDY.replace(*change)), lambda _: None, lambda _: None)
    if code is not None:
        assert raised.value.errors[0].code == code
