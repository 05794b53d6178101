"""The engines that one test body runs on, and a Spark session on this machine for those that ask for it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from surveykit.responses import Limits, read
from surveykit.responses.duck import relation_of

SPARK = pytest.param("spark", marks=pytest.mark.spark)
SPARK_FILE = pytest.param("spark_file", marks=pytest.mark.spark)
EVERY = ["pandas", "polars", "polars_lazy", "arrow", "parquet", "duckdb", SPARK, SPARK_FILE]


def spark_session() -> Any:
    """A session with two threads and few partitions; the same one for all tests of a process."""
    pyspark = pytest.importorskip("pyspark.sql")
    made = pyspark.SparkSession.builder.master("local[2]").appName("surveykit tests")
    for key, value in {
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.sql.shuffle.partitions": "2",
        "spark.default.parallelism": "2",
        "spark.driver.host": "127.0.0.1",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.log.level": "ERROR",
    }.items():
        made = made.config(key, value)
    return made.getOrCreate()


def spark_frame(table: pa.Table) -> Any:
    """Rows as a Spark frame."""
    return spark_session().createDataFrame(table)


def read_with(engine: str, table: pa.Table, folder: Path, questionnaire: Any = None, **options: Any) -> Any:
    """The rows of ``table`` read by an engine; "parquet" in blocks, "spark_file" by Spark from a folder of files."""
    if engine in {"parquet", "spark_file"}:
        parts = folder / "parts.parquet"
        parts.mkdir()
        half = max(1, len(table) // 2)
        pq.write_table(table.slice(0, half), parts / "a.parquet")
        pq.write_table(table.slice(half), parts / "b.parquet")
        if engine == "spark_file":
            spark_session()
            return read(parts, questionnaire, engine="spark", **options)
        pq.write_table(table, folder / "answers.parquet", row_group_size=97)
        return read(folder / "answers.parquet", questionnaire, limits=Limits(in_memory=0), **options)
    return read(_made(engine, table), questionnaire, **options)


def _made(engine: str, table: pa.Table) -> Any:
    if engine == "pandas":
        return table.to_pandas(types_mapper=pd.ArrowDtype)
    if engine.startswith("polars"):
        import polars as pl

        frame = pl.DataFrame(table)
        return frame.lazy() if engine == "polars_lazy" else frame
    if engine == "duckdb":
        return relation_of(table)
    return spark_frame(table) if engine == "spark" else table
