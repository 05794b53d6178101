"""Rows read in blocks give the numbers of rows in memory: one body for every source."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

import surveykit as sk
from surveykit.responses import Limits, bootstrap_moments
from surveykit.responses import blocks as blocks_module
from surveykit.responses import replicates as replicates_module
from surveykit.scoring import score

N = 5_000
IN_BLOCKS = Limits(in_memory=0)
ITEMS = [f"q{i}" for i in range(1, 8)]
QUESTIONNAIRE = """
id: size
title: {en: Size, zh: 规模}
version: "1"
scales:
  nps: {min: 0, max: 10, missing: {"99": dont_know}}
  five: {min: 1, max: 5}
items:
  q1: {text: {en: Recommend, zh: 推荐}, scale: nps}
  q2: {text: {en: Q2, zh: 题2}, scale: five}
  q3: {text: {en: Q3, zh: 题3}, scale: five, reverse: true}
  q4: {text: {en: Q4, zh: 题4}, scale: five}
  q5: {text: {en: Q5, zh: 题5}, scale: five}
  q6: {text: {en: Q6, zh: 题6}, scale: five}
  q7: {text: {en: Q7, zh: 题7}, scale: five}
  city:
    text: {en: City, zh: 城市}
    type: single
    options: {B: {en: B-town, zh: 乙}, A: {en: A-town, zh: 甲}, C: {en: C-town, zh: 丙}}
  spend: {text: {en: Spend, zh: 消费}, type: number}
constructs:
  sat: {title: {en: Sat, zh: 满意}, items: [q2, q3, q4]}
  loy: {title: {en: Loy, zh: 忠诚}, items: [q5, q6, q7]}
metrics:
  nps: {metric: nps, item: q1}
  csat: {metric: csat, item: q2, top: 2}
  means: {metric: mean}
  index: {metric: index, construct: sat}
groups: [city]
weight: w
"""


def answers(n: int = N) -> pd.DataFrame:
    rng = np.random.default_rng(11)
    common = rng.normal(size=n)
    frame = pd.DataFrame({"w": np.where(rng.random(n) < 0.01, 0.0, rng.gamma(4, 0.25, n) + 0.1)})
    frame["q1"] = pd.array(np.clip(np.rint(7 + 2 * common + rng.normal(size=n)), 0, 10), dtype="Int8")
    frame.loc[rng.random(n) < 0.05, "q1"] = 99
    for name in ITEMS[1:]:
        x = np.clip(np.rint(3 + common + rng.normal(size=n)), 1, 5)
        frame[name] = pd.array(x, dtype="Int64")
        frame.loc[rng.random(n) < 0.1, name] = pd.NA
    frame["q7"] = frame["q7"].astype("Float64")  # as pandas writes whole numbers with gaps
    frame["city"] = pd.Series(rng.choice(["A", "B", "C"], n), dtype="str").where(rng.random(n) > 0.03)
    frame["spend"] = np.where(rng.random(n) < 0.1, np.nan, 1e6 + rng.gamma(2, 10, n))
    return frame


@pytest.fixture(scope="module")
def questionnaire() -> Any:
    return sk.Questionnaire.from_text(QUESTIONNAIRE)


@pytest.fixture(scope="module")
def in_memory(questionnaire: Any) -> Any:
    return sk.read(answers(), questionnaire)


@pytest.fixture(scope="module", params=["parquet", "relation"])
def in_blocks(request: Any, questionnaire: Any, tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The same answers as blocks of 700 rows: the last one is a short one, row groups end within blocks."""
    patch = pytest.MonkeyPatch()
    patch.setattr(blocks_module, "BLOCK", 700)
    path = tmp_path_factory.mktemp("blocks") / "answers.parquet"
    answers().to_parquet(path, row_group_size=1_300)
    if request.param == "parquet":
        yield sk.read(path, questionnaire, limits=IN_BLOCKS)
    else:
        duckdb = pytest.importorskip("duckdb")
        yield sk.read(duckdb.connect().read_parquet(str(path)), questionnaire)
    patch.undo()


def same_moments(a: sk.Moments, b: sk.Moments) -> None:
    assert (a.n, a.n_total, a.names) == (b.n, b.n_total, b.names)
    scale = np.sqrt(np.outer(np.diagonal(b.cov), np.diagonal(b.cov)))
    assert np.abs((a.cov - b.cov) / scale).max() < 1e-10
    assert np.abs(a.mean / b.mean - 1).max() < 1e-12
    assert a.sumw2 == pytest.approx(b.sumw2, rel=1e-12)


def test_the_import_report_is_the_same(in_memory: Any, in_blocks: Any) -> None:
    a, b = in_memory.import_report, in_blocks.import_report
    assert (a.rows_read, a.rows_used, a.set_aside) == (b.rows_read, b.rows_used, b.set_aside)
    assert a.set_aside[0][0] == "weight is zero"
    assert a.columns == b.columns
    assert in_blocks.engine == "duckdb"
    assert in_blocks.coded is not None


@pytest.mark.parametrize("columns", [ITEMS, ["q1", "sat", "loy"], ["spend", "q2"], ["q2"]])
@pytest.mark.parametrize("by", [None, "city"])
def test_moments_are_the_same(in_memory: Any, in_blocks: Any, columns: list[str], by: str | None) -> None:
    mine, theirs = in_blocks.moments(columns, by=by), in_memory.moments(columns, by=by)
    if by is None:
        mine, theirs = {"": mine}, {"": theirs}
    assert list(mine) == list(theirs)
    for group in theirs:
        same_moments(mine[group], theirs[group])


@pytest.mark.parametrize("column", [*ITEMS, "sat", "loy", "city"])
@pytest.mark.parametrize("by", [None, "city"])
def test_counts_are_the_same(in_memory: Any, in_blocks: Any, column: str, by: str | None) -> None:
    mine, theirs = in_blocks.counts(column, by=by), in_memory.counts(column, by=by)
    if by is None:
        mine, theirs = {"": mine}, {"": theirs}
    assert list(mine) == list(theirs)
    for group, table in theirs.items():
        assert mine[group].missing == table.missing
        assert np.array_equal(mine[group].n, table.n)
        np.testing.assert_allclose(
            mine[group].levels[0], table.levels[0], rtol=1e-14
        ) if column != "city" else ...
        np.testing.assert_allclose(mine[group].w, table.w, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(mine[group].w2, table.w2, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("by", [None, "city"])
def test_scores_are_the_same(in_memory: Any, in_blocks: Any, by: str | None) -> None:
    mine, theirs = score(in_blocks, by=by), score(in_memory, by=by)
    pd.testing.assert_frame_equal(mine.tidy(), theirs.tidy(), rtol=1e-10)
    assert mine.tables()["missing"] == theirs.tables()["missing"]
    assert mine.judged == theirs.judged


def test_scores_ask_for_the_rows_once(in_blocks: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    passes = []
    inner = blocks_module.Blocks.batches

    def counted(self: Any, columns: Any) -> Any:
        passes.append(columns)
        return inner(self, columns)

    monkeypatch.setattr(blocks_module.Blocks, "batches", counted)
    in_blocks.coded.tallies.clear()
    score(in_blocks, ["nps", "csat", "means"], by="city")
    assert len(passes) == 1


def test_unweighted_sums_are_exact(
    questionnaire: Any, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    frame = answers(3_000)[ITEMS[1:]].astype("Float64").dropna()
    frame.to_parquet(tmp_path / "a.parquet")
    data = sk.read(tmp_path / "a.parquet", limits=IN_BLOCKS)
    same_moments(data.moments(ITEMS[1:]), sk.Moments.from_rows(frame.to_numpy(float), ITEMS[1:]))


@pytest.mark.parametrize("kind", ["int8", "uint8", "int16", "int64", "uint64", "float32", "bool"])
def test_whole_numbers_of_any_width_do_not_overflow(kind: str, tmp_path: Path) -> None:
    """The ends of every type, where a difference or a product of two cells overflows the type itself."""
    rng = np.random.default_rng(3)
    top = 1 if kind == "bool" else 2**24 if kind == "float32" else np.iinfo(kind).max
    low = {"int8": -128, "uint8": 0, "bool": 0}.get(kind, top - 40)
    step = 1 if kind == "bool" else (top - low) // 5 if kind in {"int8", "uint8"} else 8
    x = np.array([low + step * int(k) for k in rng.integers(0, 2 if kind == "bool" else 6, 400)], dtype=kind)
    y = rng.permutation(x)
    pd.DataFrame({"x": x, "y": y}).to_parquet(tmp_path / "wide.parquet")
    found = sk.read(tmp_path / "wide.parquet", limits=IN_BLOCKS).moments(["x", "y"])
    base = int(x[0])
    d = np.array([[int(a) - base, int(b) - base] for a, b in zip(x.tolist(), y.tolist(), strict=True)], float)
    if kind in {"int64", "uint64"}:  # beyond 2**53 float64 has steps of 1024 or 2048, like every other engine
        assert float(found.mean[0]) == pytest.approx(float(top), rel=1e-12)
        return
    np.testing.assert_allclose(found.cov, np.cov(d.T), rtol=1e-12)


def test_an_offset_costs_no_digits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The NIST idea: a variance of 0.01 on numbers near 1e8, known exactly."""
    monkeypatch.setattr(blocks_module, "BLOCK", 100)
    x = np.array([100_000_000.2, *([100_000_000.1, 100_000_000.3] * 500)])
    pd.DataFrame({"x": x}).to_parquet(tmp_path / "nist.parquet")
    found = sk.read(tmp_path / "nist.parquet", limits=IN_BLOCKS).moments(["x"])
    assert float(found.cov[0, 0]) == pytest.approx(float(np.var(x - x[0], ddof=1)), rel=1e-12)
    assert float(found.cov[0, 0]) == pytest.approx(
        0.01, rel=2e-6
    )  # the data themselves carry that many digits


def test_the_number_of_threads_changes_no_bit(in_blocks: Any) -> None:
    import pyarrow as pa

    before = pa.cpu_count()
    found = []
    for threads in (1, 4):
        pa.set_cpu_count(threads)
        found.append(in_blocks.moments(ITEMS).cov)
    pa.set_cpu_count(before)
    assert np.array_equal(*found)


def test_a_column_that_turns_fractional_is_asked_of_the_engine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(blocks_module, "BLOCK", 10)
    frame = pd.DataFrame({"x": [1.0] * 20 + [1.5] + [3.0] * 9, "y": [1, 2, 3] * 10})
    frame.to_parquet(tmp_path / "f.parquet")
    data = sk.read(tmp_path / "f.parquet", limits=IN_BLOCKS)
    assert data.counts("x").n.tolist() == [20, 1, 9]
    assert data.counts("y").n.tolist() == [10, 10, 10]
    same_moments(data.moments(["x", "y"]), sk.Moments.from_rows(frame.to_numpy(float), ["x", "y"]))


def test_a_file_cut_off_behind_its_head_is_said(tmp_path: Path) -> None:
    path = tmp_path / "cut.parquet"
    answers(3_000).to_parquet(path, row_group_size=500)
    data = path.read_bytes()
    path.write_bytes(data[:2_000] + b"\0" * 20_000 + data[22_000:])
    with pytest.raises(sk.SurveykitError) as caught:
        sk.read(path, limits=IN_BLOCKS)
    assert caught.value.code == "DAMAGED"


def test_a_small_file_is_read_into_memory(tmp_path: Path) -> None:
    answers(50).to_parquet(tmp_path / "small.parquet")
    data = sk.read(tmp_path / "small.parquet")
    assert data.engine == "pandas"
    assert data.coded is None


def test_rows_come_in_the_order_of_the_file(tmp_path: Path, questionnaire: Any) -> None:
    """DuckDB with several threads hands them over in another order each time: a bootstrap would not repeat."""
    answers(4_000).to_parquet(tmp_path / "a.parquet", row_group_size=61)
    expected = sk.read(answers(4_000), questionnaire).frame(["q1", "sat", "spend"]).to_numpy(float)
    for _ in range(5):
        found = sk.read(tmp_path / "a.parquet", questionnaire, limits=IN_BLOCKS).frame(["q1", "sat", "spend"])
        np.testing.assert_allclose(found.to_numpy(float), expected, rtol=1e-12)


def test_a_part_of_the_rows_does_not_answer_for_all(in_blocks: Any, in_memory: Any) -> None:
    """Other rooms make parts by replacing the frame: what was read for all rows must not be used for them."""
    import narwhals as nw

    part = replace(in_blocks, native=in_blocks.native.filter(nw.col("city") == "A"))
    assert part.coded is None
    same_moments(part.moments(["q2", "q4"]), in_memory.moments(["q2", "q4"], by="city")["A"])
    with_more = in_blocks.derive({"twice": nw.col("q2") * 2})
    assert with_more.coded is not None
    assert with_more.moments(["twice"]).mean[0] == pytest.approx(
        2 * in_memory.moments(["q2"]).mean[0], rel=1e-12
    )


def test_drawn_parts_have_the_standard_errors_of_drawn_rows(
    in_blocks: Any, in_memory: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The mean's standard error is known; 200 parts and 2000 replicates give it within four times 5 %."""
    monkeypatch.setattr(replicates_module, "LOCAL_CELLS", 0)
    columns = ["q2", "q4", "sat"]
    parts = bootstrap_moments(in_blocks, columns, 2_000, seed=5)
    rows = bootstrap_moments(in_memory, columns, 2_000, seed=5)
    whole = in_memory.moments(columns)
    assert parts.n == whole.n
    assert parts.n_total == whole.n_total
    for of in (lambda m: m.mean, lambda m: m.cor[:, 0, 1:], lambda m: m.sd):
        np.testing.assert_allclose(of(parts).std(axis=0), of(rows).std(axis=0), rtol=0.2)
    np.testing.assert_allclose(
        parts.mean.mean(axis=0), whole.mean, atol=4 * parts.mean.std(axis=0).max() / 44
    )
    again = bootstrap_moments(in_blocks, columns, 70, seed=5)
    np.testing.assert_allclose(again.cov, parts.cov[:70], rtol=1e-12)
