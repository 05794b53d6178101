"""What leaves Spark does not depend on how its rows are dealt to partitions and files."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import surveykit as sk
from surveykit.responses import bootstrap_moments, replicates
from tests.engines import spark_frame, spark_session

pytestmark = pytest.mark.spark
COLUMNS = ["x", "y", "z"]


@pytest.fixture(scope="module")
def answers() -> pd.DataFrame:
    rng = np.random.default_rng(3)
    frame = pd.DataFrame({c: rng.integers(1, 8, 900) for c in COLUMNS})
    frame["w"] = rng.choice([0.5, 1.0, 2.0], 900)
    frame["unit"] = [f"u{i % 60}" for i in range(900)]
    return frame


@pytest.fixture(scope="module")
def folder(answers: pd.DataFrame, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Four files of different sizes: Spark deals the largest first."""
    place: Path = tmp_path_factory.mktemp("several files")
    for i, (start, stop) in enumerate([(0, 30), (30, 500), (500, 600), (600, 900)]):
        table = pa.Table.from_pandas(answers[start:stop], preserve_index=False)
        pq.write_table(table, place / f"{i}.parquet", row_group_size=64)
    return place


def drawn(source: Any, **options: Any) -> tuple[np.ndarray, np.ndarray]:
    data = sk.read(source, weight="w", **options)
    return data.frame(COLUMNS).to_numpy(), bootstrap_moments(data, COLUMNS, 5, seed=4).cov


def test_a_folder_has_the_order_of_its_files(answers: pd.DataFrame, folder: Path) -> None:
    spark_session()
    rows, cov = drawn(folder, engine="spark")
    np.testing.assert_array_equal(rows, answers[COLUMNS].to_numpy(float))
    np.testing.assert_array_equal(cov, drawn(answers)[1])


def test_partitions_change_nothing(answers: pd.DataFrame, folder: Path) -> None:
    """Rows of files keep their place; others are handed over by what they hold."""
    session = spark_session()
    files = session.read.parquet(str(folder))
    rows, cov = drawn(files)
    again, cov_again = drawn(files.repartition(7))
    np.testing.assert_array_equal(rows, again)
    np.testing.assert_array_equal(cov, cov_again)
    memory = spark_frame(pa.Table.from_pandas(answers))
    rows, cov = drawn(memory)
    again, cov_again = drawn(memory.repartition(5, "x"))
    assert sorted(map(tuple, rows.tolist())) == sorted(map(tuple, answers[COLUMNS].to_numpy(float).tolist()))
    np.testing.assert_array_equal(rows, again)
    np.testing.assert_array_equal(cov, cov_again)


@pytest.mark.parametrize("stored", [True, False])
def test_random_parts_do_not_depend_on_partitions(
    stored: bool, answers: pd.DataFrame, folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The bootstrap of parts; 900 rows of 343 possible answers: alike rows fall into different parts."""
    monkeypatch.setattr(replicates, "LOCAL_CELLS", 0)
    session = spark_session()
    frame = session.read.parquet(str(folder)) if stored else spark_frame(pa.Table.from_pandas(answers))
    covs = [
        bootstrap_moments(sk.read(f, weight="w"), COLUMNS, 300, seed=4).cov
        for f in (frame, frame.repartition(6))
    ]
    np.testing.assert_allclose(covs[0], covs[1], rtol=1e-9)
    by_rows = bootstrap_moments(sk.read(answers, weight="w"), COLUMNS, 300, seed=4).cov[:, 0, 0].std()
    assert covs[0][:, 0, 0].std() == pytest.approx(by_rows, rel=0.3)  # 200 parts and 300 draws: 4 x 7 %


def test_a_design_has_the_rows_of_its_answers(answers: pd.DataFrame) -> None:
    """Clusters and answers are fetched by two queries: both in one order, however the table is dealt."""
    expected = sk.read(answers, weight="w", clusters="unit")
    table = spark_frame(pa.Table.from_pandas(answers)).repartition(6)
    found = sk.read(table, weight="w", clusters="unit")
    want = sk.analyse(expected, "descriptives", items=COLUMNS).tidy()
    got = sk.analyse(found, "descriptives", items=COLUMNS).tidy()
    pd.testing.assert_frame_equal(got, want, rtol=1e-10)
    a = sk.analyse(expected, "regression", outcome="x", predictors=["y"]).tidy()
    b = sk.analyse(found, "regression", outcome="x", predictors=["y"]).tidy()
    pd.testing.assert_frame_equal(b, a, rtol=1e-10)


def test_tables_of_counts_leave_the_cluster_in_few_jobs(
    answers: pd.DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Reading, counting and moments by group: queries hand over codes, and the first cells of text."""
    import narwhals as nw

    session = spark_session()
    table = spark_frame(pa.Table.from_pandas(answers[[*COLUMNS, "w"]].assign(g=answers["unit"].str[-1:])))
    handed: list[int] = []
    collect = nw.LazyFrame.collect

    def counted(self: Any, *args: Any, **options: Any) -> Any:
        out = collect(self, *args, **options)
        handed.append(len(out))
        return out

    monkeypatch.setattr(nw.LazyFrame, "collect", counted)
    before = len(session.sparkContext.statusTracker().getJobIdsForGroup(None))
    data = sk.read(table, weight="w")
    for column in COLUMNS:
        data.counts(column)
    data.prepare(COLUMNS, "g")
    for column in COLUMNS:
        data.counts(column, by="g")
    data.moments(COLUMNS, by="g")
    assert max(handed) <= 400  # of 900: the look for personal data takes the first cells of a column of text
    jobs = len(session.sparkContext.statusTracker().getJobIdsForGroup(None)) - before
    assert jobs <= 20  # two a query
