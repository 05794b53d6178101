"""The same judgement and the same numbers wherever the rows are: codes outside a scale, generated tables."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.responses import read
from tests.engines import SPARK, SPARK_FILE, read_with

QUESTIONNAIRE = """
id: parity
title: {en: Parity, zh: 一致}
version: "1"
scales:
  five: {min: 1, max: 5, missing: {"9": dont_know}}
items:
  a: {text: {en: A, zh: 甲}, scale: five}
  b: {text: {en: B, zh: 乙}, scale: five, reverse: true}
  c: {text: {en: C, zh: 丙}, scale: five}
  g:
    text: {en: Group, zh: 组}
    type: single
    options: {x: {en: X, zh: 组一}, y: {en: Y, zh: 组二}}
constructs:
  all: {title: {en: All, zh: 全部}, items: [a, b, c]}
metrics:
  means: {metric: mean}
  top: {metric: csat, item: a, top: 2}
groups: [g]
weight: w
"""
CLOSE = 1e-10
ROW_NUMBERS = re.compile(r" in data rows [\d, …]+")


@pytest.fixture(scope="module")
def questionnaire(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path: Path = tmp_path_factory.mktemp("parity") / "q.yaml"
    path.write_text(QUESTIONNAIRE, encoding="utf-8")
    return path


def table(n: int = 60, **other: Any) -> pa.Table:
    rng = np.random.Generator(np.random.Philox(key=8))
    columns = {name: rng.integers(1, 6, n) for name in "abc"}
    made: dict[str, Any] = {**columns, "g": rng.choice(["x", "y"], n), "w": rng.uniform(0.2, 3, n)}
    return pa.table({**made, **other})


def refused(engine: str, rows: pa.Table, folder: Path, questionnaire: Path) -> tuple[str, ...]:
    """The error without the name of the source, and without row numbers: rows that stay where they are have none."""
    with pytest.raises(SurveykitError) as caught:
        read_with(engine, rows, folder, questionnaire, weight="w")
    errors = caught.value.errors or [caught.value]
    got = [ROW_NUMBERS.sub("", str(e.got)) for e in errors]
    return tuple(f"{e.code} {e.what} {e.expected} {g} {e.hint}" for e, g in zip(errors, got, strict=True))


@pytest.mark.parametrize("engine", ["polars", "parquet", "duckdb", SPARK, SPARK_FILE])
@pytest.mark.parametrize("kind", ["whole", "fractions", "texts"])
def test_a_code_outside_the_scale_is_the_same_error(
    engine: str, kind: str, questionnaire: Path, tmp_path: Path
) -> None:
    """-99 in two items: what is wrong, how often, and the lines to paste."""
    plain = table()
    codes = {i: np.where(np.arange(60) % 7 == k, -99, plain[i].to_numpy()) for k, i in enumerate("ab")}
    if kind == "fractions":
        codes = {i: v.astype(float) for i, v in codes.items()}
    elif kind == "texts":
        codes = {i: v.astype(str) for i, v in codes.items()}
    rows = table(**codes)
    expected = refused("pandas", rows, tmp_path, questionnaire)
    assert 'missing: {"-99"' in "".join(expected)
    assert refused(engine, rows, tmp_path, questionnaire) == expected


def numbers(data: Any) -> dict[str, Any]:
    """Scores by group and in all, moments, correlations and counts of one reading."""
    flow = data.flow().frame()
    found: dict[str, Any] = {"flow": flow.to_numpy().tolist(), "rows": data.n_rows}
    for by in (None, "g"):
        result = sk.score(data, by=by) if by else sk.score(data)
        frame = result.tidy().select_dtypes("number")
        found[f"scores {by}"] = frame.to_numpy(dtype=float)
        pairs = sk.analyse(data, "correlation", items=["a", "b", "c"], by=by).tidy()
        found[f"pairs {by}"] = pairs[["n", "n_eff", "estimate", "low", "high"]].to_numpy(dtype=float)
    for name in "abc":
        found[f"counts {name}"] = data.counts(name).w
    return found


def alike(one: dict[str, Any], other: dict[str, Any]) -> None:
    assert one.keys() == other.keys()
    for key, value in one.items():
        if isinstance(value, np.ndarray):
            np.testing.assert_allclose(other[key], value, rtol=CLOSE, atol=CLOSE, err_msg=key)
        else:
            assert other[key] == value, key


CELL = st.sampled_from([None, 1, 2, 3, 4, 5, 9])
ROWS = st.lists(
    st.tuples(
        CELL, CELL, CELL, st.sampled_from([None, "x", "y"]), st.floats(0.1, 20.0, allow_subnormal=False)
    ),
    min_size=12,
    max_size=60,
)


def generated(rows: list[tuple[Any, ...]]) -> pa.Table:
    """Forty plain rows, so that there is something to score, then those made up."""
    extra = dict(zip("abcgw", zip(*rows, strict=True), strict=True))
    kinds = {"a": pa.int8(), "b": pa.int64(), "c": pa.float64(), "g": pa.string(), "w": pa.float64()}
    plain = table(40)
    made = {k: [*plain[k].to_pylist(), *extra[k]] for k in kinds}
    return pa.table({k: pa.array(v, kinds[k]) for k, v in made.items()})


def compared(rows: list[tuple[Any, ...]], engines: list[str], questionnaire: Path) -> None:
    made = generated(rows)
    expected = numbers(read(made.to_pandas(), questionnaire, weight="w"))
    for engine in engines:
        with tempfile.TemporaryDirectory() as folder:
            data = read_with(engine, made, Path(folder), questionnaire, weight="w")
            alike(expected, numbers(data))


@settings(max_examples=5, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=ROWS)
def test_generated_tables_give_the_same_numbers(rows: list[tuple[Any, ...]], questionnaire: Path) -> None:
    compared(rows, ["polars", "parquet", "duckdb"], questionnaire)


@pytest.mark.nightly
@settings(max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=ROWS)
def test_many_generated_tables(rows: list[tuple[Any, ...]], questionnaire: Path) -> None:
    compared(rows, ["polars", "parquet", "duckdb"], questionnaire)


@pytest.mark.nightly
@pytest.mark.spark
@settings(max_examples=2, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True)
@given(rows=ROWS)
def test_generated_tables_on_spark(rows: list[tuple[Any, ...]], questionnaire: Path) -> None:
    compared(rows, ["spark"], questionnaire)
