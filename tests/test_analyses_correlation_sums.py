"""Pearson correlations where the rows stay: the numbers of the rows to 1e-12, and no row is fetched."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.responses import patterns, read
from surveykit.responses.core import Responses
from tests.engines import SPARK, SPARK_FILE, read_with

ENGINES = ["parquet", "duckdb", SPARK, SPARK_FILE]
CASES: dict[str, dict[str, Any]] = {
    "pairwise": {"items": ["x", "y", "z", "k"]},
    "groups": {"items": ["x", "y", "z", "k"], "by": "g"},
    "listwise": {"items": ["x", "y", "z"], "by": "g", "missing": "listwise"},
    "partial": {"items": ["x", "y", "v"], "controls": ["z"]},
    "partial, groups": {"items": ["x", "y", "v"], "controls": ["z"], "by": "g", "missing": "pairwise"},
}

QUESTIONNAIRE = """
id: q
title: {en: Q, zh: 问卷}
version: "1"
scales:
  ten: {min: 0, max: 10}
items:
  x: {text: {en: X, zh: 题一}, scale: ten}
  z: {text: {en: Z, zh: 题二}, scale: ten}
  v: {text: {en: V, zh: 题三}, type: number}
constructs:
  both: {title: {en: Both, zh: 两者}, items: [x, z], min_valid: 0.5}
"""


@pytest.fixture(scope="module")
def table() -> pa.Table:
    """Gaps, an offset of a million, a constant, one constant among the rows of a pair only, a group of four rows."""
    rng = np.random.Generator(np.random.Philox(key=6))
    n = 900
    f = pd.DataFrame({"x": rng.integers(1, 6, n).astype(float), "z": rng.integers(0, 11, n).astype(float)})
    f["y"], f["v"] = 1e6 + rng.normal(size=n) + 0.3 * f.z, rng.normal(size=n) - 0.2 * f.x
    f["k"], f["w"] = 1.0, rng.uniform(0.1, 2.0, n)
    f["g"] = np.where(np.arange(n) < 4, "few", rng.choice(["a", "b", "c"], n))
    for name in "xyz":
        f.loc[rng.choice(n, n // 5, replace=False), name] = np.nan
    f.loc[f.y.notna() & (f.g == "a"), "x"] = 3.0
    f.loc[rng.choice(n, 20, replace=False), "g"] = None
    return pa.Table.from_pandas(f, preserve_index=False)


def no_rows(*_: Any, **__: Any) -> None:
    raise AssertionError("rows were fetched")


def same(found: Any, expected: Any) -> None:
    """Numbers to 1e-12: another order of adding costs a few units in the sixteenth digit."""
    pd.testing.assert_frame_equal(found.tidy(), expected.tidy(), rtol=1e-12, atol=1e-12)
    assert found.choices == expected.choices
    assert [c.to_dict() for c in found.checks] == [c.to_dict() for c in expected.checks]


@pytest.mark.parametrize("engine", ENGINES)
def test_the_numbers_are_those_of_the_rows(
    engine: str, table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    expected = {
        (weight, name): sk.analyse(read(table, weight=weight), "correlation", **case)
        for weight in (None, "w")
        for name, case in CASES.items()
    }
    monkeypatch.setattr(Responses, "frame", no_rows)
    for weight in (None, "w"):
        place = tmp_path / (weight or "plain")
        place.mkdir()
        data = read_with(engine, table, place, weight=weight)
        for name, case in CASES.items():
            same(sk.analyse(data, "correlation", **case), expected[weight, name])


@pytest.mark.parametrize("most", [3, 20_000])
def test_queries_give_them_however_many_patterns_there_are(
    most: int, table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A derived column is no column of codes: the engine is asked, set by set where patterns are too many."""
    import narwhals as nw

    monkeypatch.setattr(patterns, "MOST_PATTERNS", most)
    further = {"d": nw.col("x") * 2 + nw.col("z")}
    case = {"items": ["d", "y", "z"], "by": "g"}
    expected = sk.analyse(read(table, weight="w").derive(further), "correlation", **case)
    data = read_with("duckdb", table, tmp_path, weight="w").derive(further)
    monkeypatch.setattr(Responses, "frame", no_rows)
    same(sk.analyse(data, "correlation", **case), expected)


def test_a_construct_is_a_mean(table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "q.yaml").write_text(QUESTIONNAIRE, encoding="utf-8")
    q = tmp_path / "q.yaml"
    expected = sk.analyse(read(table, q), "correlation", items=["both", "v"])
    data = read_with("parquet", table, tmp_path, q)
    monkeypatch.setattr(Responses, "frame", no_rows)
    same(sk.analyse(data, "correlation", items=["both", "v"]), expected)


def test_from_a_file_of_moments(table: pa.Table, tmp_path: Path) -> None:
    """The rows complete in all columns of the file, and the choices say so."""
    data = read(table, weight="w")
    sk.summarise(data, columns=["x", "y", "z"]).save(tmp_path / "m.json")
    from surveykit.summaries import Summary

    stored = Summary.load(tmp_path / "m.json").responses()
    found = sk.analyse(stored, "correlation", items=["x", "y", "z"])
    rows = sk.analyse(data, "correlation", items=["x", "y", "z"], missing="listwise")
    # the file holds ten significant digits
    columns = ["n", "n_eff", "estimate", "low", "high", "p"]
    pd.testing.assert_frame_equal(found.tidy()[columns], rows.tidy()[columns], rtol=1e-7)
    assert "file of moments" in " ".join(found.choices)
    with pytest.raises(SurveykitError, match="moments"):
        sk.analyse(stored, "correlation", items=["x", "y"], method="spearman")


def test_ranks_and_designs_still_take_rows(
    table: pa.Table, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What is refused of too many rows is refused for them only."""
    from surveykit.responses import core

    plain = read_with("duckdb", table, tmp_path)
    clusters = pa.array(np.arange(len(table)) // 9)
    drawn = read_with("duckdb", table.append_column("z2", clusters), tmp_path, weight="w", clusters="z2")
    monkeypatch.setattr(core, "MOST_FETCHED", 100)
    assert len(sk.analyse(plain, "correlation", items=["x", "y"]).tidy()) == 1
    for data, method in ((plain, "spearman"), (plain, "kendall"), (drawn, "pearson")):
        with pytest.raises(SurveykitError) as caught:
            sk.analyse(data, "correlation", items=["x", "y"], method=method)
        assert caught.value.code == "NEEDS_ROWS"
