"""A survey design on the command line."""

from __future__ import annotations

import json

import numpy as np
import pandas as pd
from typer.testing import CliRunner

from surveykit.cli import app


def test_strata_and_clusters_reach_the_score(tmp_path):
    rng = np.random.Generator(np.random.Philox(key=6))
    town = np.repeat(np.arange(10), 12)
    answers = np.clip(np.rint(7 + rng.normal(0, 1.5, 10)[town] + rng.normal(0, 1, 120)), 0, 10).astype(int)
    frame = pd.DataFrame({"recommend": answers, "town": town, "area": np.where(town < 5, "n", "s")})
    frame.to_csv(tmp_path / "answers.csv", index=False)
    told = [
        "score",
        str(tmp_path / "answers.csv"),
        "-q",
        "nps",
        "--strata",
        "area",
        "--cluster",
        "town",
        "--json",
    ]
    found = CliRunner().invoke(app, told)
    assert found.exit_code == 0, found.output
    (row,) = json.loads(found.stdout)["tidy"]
    assert (row["method"], row["df"]) == ("design_t", 8)
