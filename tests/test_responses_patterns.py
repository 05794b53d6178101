"""Moments per pattern of missing answers where rows stay in their engine: those of the rows in memory."""

from __future__ import annotations

import math
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.responses import core, patterns
from tests.engines import SPARK, SPARK_FILE, read_with

COLUMNS = ["x0", "x1", "x2", "y"]
ENGINES = ["parquet", "duckdb", SPARK, SPARK_FILE]


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Answers with gaps, an amount far from zero, groups, weights; one pattern of a single row, one silent row."""
    rng = np.random.default_rng(31)
    n = 3_000
    frame = pd.DataFrame({f"x{i}": rng.integers(1, 8, n).astype("float") for i in range(3)})
    frame["y"] = rng.normal(1e6, 0.1, n)
    for column in COLUMNS:
        frame.loc[rng.random(n) < 0.08, column] = math.nan
    # patterns of several rows only, but one: their weights stay above the 1 that a covariance needs
    rare = frame[COLUMNS].isna().sum(axis=1) > 2
    frame.loc[rare, COLUMNS] = 1.0, 2.0, 3.0, 1e6
    frame.loc[0, COLUMNS] = math.nan, math.nan, math.nan, 1e6
    frame.loc[1, COLUMNS] = math.nan
    frame["g"] = rng.choice(np.array(["a", "b", None], dtype=object), n)
    frame.loc[:1, "g"] = "a"
    frame["w"] = rng.gamma(2, 1, n) + 2.0
    return pa.Table.from_pandas(frame, preserve_index=False)


@pytest.mark.parametrize("engine", ENGINES)
@pytest.mark.parametrize(("weight", "by"), [(None, None), ("w", "g")])
def test_patterns_are_those_of_the_rows(
    engine: str,
    weight: str | None,
    by: str | None,
    table: pa.Table,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    rows = sk.read(table.to_pandas(), weight=weight).moments(COLUMNS, by=by, patterns=True)
    there = read_with(engine, table, tmp_path, weight=weight)
    monkeypatch.setattr(core, "LOCAL_CELLS", 0)
    monkeypatch.setattr(core, "MOST_FETCHED", 0)
    found = there.moments(COLUMNS, by=by, patterns=True)
    expected, got = ({"": rows}, {"": found}) if by is None else (rows, found)
    assert list(got) == list(expected)
    for group, parts in expected.items():
        assert [m.names for m in got[group]] == [m.names for m in parts]
        for ours, theirs in zip(got[group], parts, strict=True):
            assert ours.n == theirs.n
            assert float(ours.sumw) == pytest.approx(float(theirs.sumw), rel=1e-12)
            np.testing.assert_allclose(ours.mean, theirs.mean, rtol=1e-12)
            # sums of an engine: 1e-9 of the spread of the columns (points, and a tenth)
            scale = np.array([1.0 if name.startswith("x") else 0.1 for name in ours.names])
            np.testing.assert_allclose(
                ours.cov / np.outer(scale, scale), theirs.cov / np.outer(scale, scale), atol=1e-9
            )


def test_a_model_of_incomplete_answers_fetches_no_rows(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """FIML, what `fit` does with incomplete answers, from a file of which no row may be fetched."""
    rng = np.random.default_rng(7)
    common = rng.normal(size=600)
    frame = pd.DataFrame({f"x{i}": np.rint(4 + common + rng.normal(size=600)) for i in range(4)})
    for column in frame:
        frame.loc[rng.random(600) < 0.1, column] = math.nan
    model = "f =~ x0 + x1 + x2 + x3"
    expected = sk.fit(model, frame)
    there = read_with("parquet", pa.Table.from_pandas(frame), tmp_path)
    monkeypatch.setattr(core, "LOCAL_CELLS", 0)
    monkeypatch.setattr(core, "MOST_FETCHED", 0)
    with pytest.raises(SurveykitError) as caught:
        there.frame(["x0"])
    assert caught.value.errors[0].code == "NEEDS_ROWS"
    found = sk.fit(model, there)
    assert "full information" in found.choices[0]
    pd.testing.assert_frame_equal(found.tidy(), expected.tidy(), rtol=1e-8, atol=1e-10)


def test_too_many_patterns_are_refused(
    table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    there = read_with("parquet", table, tmp_path)
    monkeypatch.setattr(core, "LOCAL_CELLS", 0)
    monkeypatch.setattr(patterns, "MOST_PATTERNS", 3)
    with pytest.raises(SurveykitError) as caught:
        there.moments(COLUMNS, patterns=True)
    assert caught.value.errors[0].code == "TOO_MANY_PATTERNS"


def test_rows_beyond_free_memory_are_refused(
    table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What fits the fixed limit and not the machine is an error before it is tried, with the number that fits."""
    there = read_with("parquet", table, tmp_path)
    monkeypatch.setattr(core, "LOCAL_CELLS", 0)
    monkeypatch.setattr(core, "free_memory", lambda: 96_000.0)
    with pytest.raises(SurveykitError) as caught:
        there.frame(COLUMNS)
    assert "1,000 cells" in str(caught.value)
