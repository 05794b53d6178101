"""Where the rows stay: many replicates of many rows are drawn by parts, and personal data is looked for in one query."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pytest

from surveykit.responses import bootstrap_moments, privacy, read, replicates
from tests.engines import read_with


def test_too_many_draws_are_drawn_by_parts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The limit is rows times replicates; standard errors are those of the mean within a fifth."""
    rng = np.random.Generator(np.random.Philox(key=2))
    table = pa.table({"a": rng.normal(size=3_000), "b": rng.normal(size=3_000)})
    data = read_with("parquet", table, tmp_path)
    single = bootstrap_moments(data, ["a", "b"], 40, seed=1)
    rows = bootstrap_moments(read(table), ["a", "b"], 40, seed=1)
    np.testing.assert_allclose(single.cov, rows.cov, rtol=1e-12)
    monkeypatch.setattr(replicates, "MOST_DRAWN", 3_000 * 300)
    parts = bootstrap_moments(data, ["a", "b"], 400, seed=1)
    assert not np.allclose(parts.cov[:40], rows.cov)
    np.testing.assert_allclose(parts.mean.std(axis=0), 3_000**-0.5, rtol=0.2)
    np.testing.assert_array_equal(
        bootstrap_moments(data, ["a", "b"], 40, seed=1).cov, single.cov
    )  # few draws: still single rows


def test_one_query_looks_at_all_columns_of_text(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """However many there are; what is personal is found in each of them."""
    asked: list[int] = []
    head = nw.LazyFrame.head

    def counted(frame: nw.LazyFrame[Any], n: int = 5) -> Any:
        asked.append(n)
        return head(frame, n)

    monkeypatch.setattr(nw.LazyFrame, "head", counted)
    made: dict[str, Any] = {f"t{i}": [f"person{j}.{i}@example.com" for j in range(300)] for i in range(6)}
    data = read_with("duckdb", pa.table({**made, "x": np.arange(300) % 5}), tmp_path)
    assert data.columns == ("x",)
    assert asked.count(privacy._SEEN) == 1
