"""One body for every engine: pandas, polars, Arrow, Parquet in blocks, DuckDB and Spark give numpy's numbers.

The yardstick is numpy and plain Python on the same rows. Tolerance 1e-10 (RELIABILITY N10): engines add in another order. The
engines are held to their large-data way: no rows are fetched where the way through sums exists.
"""

from __future__ import annotations

import math
import os
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.responses import core, replicates
from tests.engines import EVERY, read_with
from tests.test_responses_blocks import ITEMS, QUESTIONNAIRE, answers
from tests.test_responses_numbers import NIST, lre

N = 2_000
GROUPS = ["B", "A", "C"]


@pytest.fixture(autouse=True)
def sums_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(core, "LOCAL_CELLS", 0)
    monkeypatch.setattr(replicates, "LOCAL_CELLS", 0)


@pytest.fixture(scope="module")
def table() -> pa.Table:
    made = pa.Table.from_pandas(answers(N), preserve_index=False)
    return made.replace_schema_metadata(None)


@pytest.fixture(scope="module", params=EVERY)
def data(request: Any, table: pa.Table, tmp_path_factory: pytest.TempPathFactory) -> Any:
    folder = tmp_path_factory.mktemp("engine")
    return read_with(request.param, table, folder, sk.Questionnaire.from_text(QUESTIONNAIRE))


@pytest.fixture(scope="module")
def truth(table: pa.Table) -> dict[str, np.ndarray]:
    """Values by name as the questionnaire means them, rows of weight zero left out."""
    raw = {c: np.array(table[c].to_pylist(), dtype=object) for c in table.column_names}
    kept = raw["w"].astype(float) != 0
    values: dict[str, Any] = {"city": raw["city"][kept], "w": raw["w"][kept].astype(float)}
    for name in [*ITEMS, "spend"]:
        cells = [math.nan if v is None or v == 99 else float(v) for v in raw[name][kept]]
        values[name] = np.array(cells)
    values["q3"] = 6 - values["q3"]
    for name, items in {"sat": ["q2", "q3", "q4"], "loy": ["q5", "q6", "q7"]}.items():
        x = np.column_stack([values[i] for i in items])
        n = (~np.isnan(x)).sum(axis=1)
        values[name] = np.where(n >= 2, np.nansum(x, axis=1) / np.maximum(n, 1), math.nan)
    return values


def brute(values: dict[str, Any], columns: list[str], here: Any = True) -> tuple[int, Any, Any]:
    x = np.column_stack([values[c] for c in columns])
    used = ~np.isnan(x).any(axis=1) & here
    x, w = x[used], values["w"][used] / values["w"][used].mean()
    mean = w @ x / w.sum()
    return len(x), mean, (w[:, None] * (x - mean)).T @ (x - mean) / (len(x) - 1)


@pytest.mark.parametrize("columns", [ITEMS, ["q1", "sat", "loy"], ["spend", "q2"], ["q3"]])
def test_moments_of_complete_rows(data: Any, truth: dict[str, Any], columns: list[str]) -> None:
    by_group = data.moments(columns, by="city")
    assert list(by_group) == GROUPS
    cases = [(data.moments(columns), True), *((by_group[g], truth["city"] == g) for g in GROUPS)]
    for found, here in cases:
        n, mean, cov = brute(truth, columns, here)
        assert found.n == n
        np.testing.assert_allclose(found.mean, mean, rtol=1e-10)
        scale = np.sqrt(np.outer(np.diagonal(cov), np.diagonal(cov)))
        np.testing.assert_allclose(found.cov / scale, cov / scale, atol=1e-10)


def test_correlations_of_pairs(data: Any, truth: dict[str, Any]) -> None:
    """Pairwise: each pair over the rows that have both."""
    for pair in (["q1", "q2"], ["q3", "q7"], ["sat", "spend"]):
        cov = brute(truth, pair)[2]
        expected = cov[0, 1] / math.sqrt(cov[0, 0] * cov[1, 1])
        assert data.moments(pair).cor[0, 1] == pytest.approx(expected, abs=1e-10)


@pytest.mark.parametrize("by", [None, "city"])
def test_scores(data: Any, truth: dict[str, Any], by: str | None) -> None:
    found = sk.score(data, ["nps", "csat", "means"], by).tidy().set_index(["term", "group"])["estimate"]
    for group in GROUPS if by else [""]:
        here = truth["city"] == group if by else np.ones(len(truth["w"]), bool)

        def mean(x: Any, here: Any = here) -> float:
            use = here & ~np.isnan(x)
            return float(truth["w"][use] @ x[use] / truth["w"][use].sum())

        q1, q2 = truth["q1"], truth["q2"]
        nps = np.where(np.isnan(q1), math.nan, np.where(q1 >= 9, 100.0, np.where(q1 <= 6, -100.0, 0.0)))
        csat = np.where(np.isnan(q2), math.nan, np.where(q2 >= 4, 1.0, 0.0))
        assert found["nps", group] == pytest.approx(mean(nps), rel=1e-10)
        assert found["csat", group] == pytest.approx(mean(csat), rel=1e-10)
        assert found["means.sat", group] == pytest.approx(mean(truth["sat"]), rel=1e-10)


def test_frequencies(data: Any, truth: dict[str, Any]) -> None:
    for column in ("q1", "q7", "loy"):
        for group, found in data.counts(column, by="city").items():
            x, w = truth[column][truth["city"] == group], truth["w"][truth["city"] == group]
            assert found.missing == np.isnan(x).sum()
            unit = (~np.isnan(x)).sum() / w[~np.isnan(x)].sum()
            for level, n, weight in zip(found.levels[0], found.n, found.w, strict=True):
                at = np.isclose(x, level, rtol=1e-12)
                assert n == at.sum()
                assert weight == pytest.approx(w[at].sum() * unit, rel=1e-10)
    joint = data.counts("q2", "city")
    assert joint.n.sum() == (~np.isnan(truth["q2"]) & (truth["city"] != None)).sum()  # noqa: E711


def test_the_import_report_balances(data: Any, truth: dict[str, Any]) -> None:
    report = data.import_report
    assert report.rows_read == N
    assert report.rows_used == len(truth["w"])
    columns = {c.item: c for c in report.columns}
    assert columns["q1"].valid == (~np.isnan(truth["q1"])).sum()
    assert columns["q1"].missing["dont_know"] > 50
    assert columns["spend"].valid == (~np.isnan(truth["spend"])).sum()
    assert columns["city"].missing == {"skipped": sum(v is None for v in truth["city"])}


def test_what_needs_rows_has_the_same_rows(data: Any, truth: dict[str, Any]) -> None:
    """Fourth moments and missing patterns: the columns are fetched, whatever the engine."""
    x = data.frame(["q2", "q3"]).to_numpy(float)
    assert np.isnan(x[:, 0]).sum() == np.isnan(truth["q2"]).sum()
    assert np.nansum(x[:, 1]) == np.nansum(truth["q3"])
    patterns = data.moments(["q2", "q3"], patterns=True)
    assert patterns[0].n == brute(truth, ["q2", "q3"])[0]


def test_a_bootstrap_has_the_standard_error_of_the_mean(data: Any, truth: dict[str, Any]) -> None:
    """200 parts and 400 replicates give a standard error within four times 6 %; Taylor's is the yardstick."""
    found = replicates.bootstrap_moments(data, ["q2", "q4"], 400, seed=3)
    x = np.column_stack([truth["q2"], truth["q4"]])
    used = ~np.isnan(x).any(axis=1)
    w = truth["w"][used]
    residual = w * (x[used, 0] - w @ x[used, 0] / w.sum())
    assert found.mean[:, 0].std() == pytest.approx(math.sqrt(residual @ residual) / w.sum(), rel=0.24)


WIDTHS = [
    "int8",
    "int16",
    "int32",
    "int64",
    "uint8",
    "uint16",
    "uint32",
    "uint64",
    "decimal",
    "float32",
    "bool",
]


@pytest.mark.parametrize("engine", EVERY)
def test_whole_numbers_of_any_width(engine: str, tmp_path: Path) -> None:
    """Each type near its own end, where a sum or a product of two cells overflows the type; 2**53 at most."""
    rng = np.random.default_rng(5)
    draws = {kind: rng.integers(0, 6, 300) for kind in WIDTHS}
    columns, expected = {}, {}
    for kind, x in draws.items():
        if kind == "decimal":
            values: list[Any] = [Decimal(99_999_990 + int(v)) / 100 for v in x]
            columns[kind] = pa.array(values, pa.decimal128(12, 2))
        elif kind == "bool":
            values = [bool(v % 2) for v in x]
            columns[kind] = pa.array(values)
        elif kind == "float32":
            values = [float(2**24 - 8 + int(v)) for v in x]
            columns[kind] = pa.array(values, pa.float32())
        else:
            top = min(int(np.iinfo(kind).max), 2**53)
            values = [top - int(v) for v in x]
            columns[kind] = pa.array(values, getattr(pa, kind)())
        expected[kind] = np.array([float(v) - float(values[0]) for v in values])  # exact: they are near
        columns[kind] = pa.concat_arrays([columns[kind], pa.nulls(1, columns[kind].type)])
    if engine == "spark":  # Spark has no unsigned types: Arrow tables with them cannot become its frames
        columns = {k: v for k, v in columns.items() if not k.startswith("uint")}
    found = read_with(engine, pa.table(columns), tmp_path)
    moments = found.moments(list(columns))
    cov = np.cov([expected[kind] for kind in columns])
    scale = np.sqrt(np.outer(np.diagonal(cov), np.diagonal(cov)))
    assert moments.n == 300
    np.testing.assert_allclose(moments.cov / scale, cov / scale, atol=1e-10)


@pytest.mark.parametrize("engine", EVERY)
def test_nan_and_null_are_missing(engine: str, tmp_path: Path) -> None:
    x = pa.array([1.0, math.nan, None, 4.0, 2.5, 3.0], from_pandas=False)
    y = pa.array([1, 2, 3, None, 5, 7], pa.int8())
    found = read_with(engine, pa.table({"x": x, "y": y}), tmp_path)
    assert found.moments(["x"]).n == 4
    assert found.moments(["x", "y"]).n == 3
    assert found.moments(["x", "y"]).mean.tolist() == pytest.approx([6.5 / 3, 13 / 3], rel=1e-14)
    assert found.counts("x").missing == 2


@pytest.mark.parametrize("engine", EVERY)
def test_an_infinite_value_is_refused(engine: str, tmp_path: Path) -> None:
    with pytest.raises(SurveykitError) as caught:
        read_with(engine, pa.table({"x": [1.0, math.inf, 2.5, -math.inf]}), tmp_path)
    assert caught.value.code == "VALUE_INFINITE"


@pytest.mark.parametrize("engine", EVERY)
def test_nist(reference: Any, engine: str, tmp_path: Path) -> None:
    """All univariate sets in one table: as many digits as 64-bit inputs allow, less 0.3 (RELIABILITY N1)."""
    import pandas as pd

    reference(f"nist/univariate/{NIST[0]}")  # skips where the certified numbers are not at hand
    folder = Path(os.environ["SURVEYKIT_REFERENCE"]) / "reference" / "nist" / "univariate"
    columns = {name: pd.read_csv(folder / f"{name}.csv")["y"].to_numpy(float) for name in NIST}
    longest = max(map(len, columns.values()))
    padded = {n: [*x.tolist(), *[None] * (longest - len(x))] for n, x in columns.items()}
    found = read_with(engine, pa.table(padded), tmp_path)
    for name in NIST:
        known, moments = reference(f"nist/univariate/{name}"), found.moments([name])
        for value, what in ((float(moments.mean[0]), "mean"), (float(moments.sd[0]), "sd")):
            gate = min(13.0, known["best_achievable_LRE_from_float64_inputs"][what] - 0.3)
            assert lre(value, float(known["certified"][what])) >= gate, (name, what)


@pytest.mark.parametrize("engine", EVERY)
def test_an_offset_costs_no_digits(engine: str, tmp_path: Path) -> None:
    """NumAcc4's idea at 1e8: the variance of 0.01 is what the inputs themselves carry."""
    x = np.array([100_000_000.2, *([100_000_000.1, 100_000_000.3] * 500)])
    found = read_with(engine, pa.table({"x": x}), tmp_path).moments(["x"])
    assert float(found.cov[0, 0]) == pytest.approx(float(np.var(x - x[0], ddof=1)), rel=1e-11)
