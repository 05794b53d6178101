"""The same descriptive analyses from pandas, polars and DuckDB, whatever the order of the rows."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import polars as pl
import pytest

from surveykit.analyses import analyse
from surveykit.responses import read

ANALYSES: dict[str, dict[str, Any]] = {
    "descriptives": {"items": ["x", "y"], "by": "g"},
    "crosstab": {"rows": "x", "columns": "g"},
    "correlation": {"items": ["x", "y", "z"], "by": "g"},
    "nps_test": {"item": "z", "by": "g"},
}


@pytest.fixture(scope="module")
def frame() -> pd.DataFrame:
    rng = np.random.Generator(np.random.Philox(key=6))
    n = 200
    made = pd.DataFrame(
        {
            "x": rng.integers(1, 6, n).astype(float),
            "y": rng.normal(size=n),
            "z": rng.integers(0, 11, n).astype(float),
            "g": rng.choice(["north", "south", "west"], n),
            "w": rng.uniform(0.5, 2.0, n),
        }
    )
    made.loc[rng.choice(n, 20, replace=False), "x"] = np.nan
    made.loc[rng.choice(n, 10, replace=False), "g"] = None
    return made


@pytest.mark.parametrize("engine", ["polars", "duckdb"])
@pytest.mark.parametrize("name", ANALYSES)
def test_the_engine_does_not_matter(frame, name, engine):
    one = analyse(read(frame, weight="w"), name, **ANALYSES[name])
    other = analyse(read(pl.from_pandas(frame), weight="w", engine=engine), name, **ANALYSES[name])
    pd.testing.assert_frame_equal(one.tidy(), other.tidy(), rtol=1e-10)
    for table in one.tables():
        pd.testing.assert_frame_equal(one.tables()[table].frame(), other.tables()[table].frame(), rtol=1e-10)
    assert [c.to_dict() for c in one.checks] == [c.to_dict() for c in other.checks]


@pytest.mark.parametrize("name", ANALYSES)
def test_the_order_of_the_rows_does_not_matter(frame, name):
    shuffled = frame.sample(frac=1, random_state=3).reset_index(drop=True)
    one, other = (analyse(read(f, weight="w"), name, **ANALYSES[name]).tidy() for f in (frame, shuffled))
    pd.testing.assert_frame_equal(one, other, rtol=1e-10)


@pytest.mark.parametrize("name", ANALYSES)
def test_nothing_is_said_of_groups_without_a_note(frame, name):
    found = analyse(read(frame), name, **ANALYSES[name])
    assert all(c.text("zh") != c.text("en") for c in found.checks)
    if "by" in ANALYSES[name]:
        assert "GROUP_MISSING" in [c.code for c in found.checks]
    else:
        assert found.facts["missing"] > 0
