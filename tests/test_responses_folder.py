"""A folder of Parquet files is one table: every type of column, files in order, what does not go together is said."""

from __future__ import annotations

import datetime
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq
import pytest

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.responses import Limits
from surveykit.responses.spark import spark_errors

IN_BLOCKS = Limits(in_memory=0)


def write(folder: Path, **tables: pa.Table) -> Path:
    for name, table in tables.items():
        path = folder / f"{name.replace('__', '/').replace('_is_', '=')}.parquet"
        path.parent.mkdir(parents=True, exist_ok=True)
        pq.write_table(table, path, row_group_size=3)
    return folder


@pytest.mark.parametrize("limits", [Limits(), IN_BLOCKS])
def test_files_in_order_with_the_names_of_their_folders(limits: Limits, tmp_path: Path) -> None:
    folder = write(
        tmp_path,
        **{
            "wave_is_2024__b": pa.table({"x": [5, 6], "city": ["Ulm", "Bonn"]}),
            "wave_is_2023__a": pa.table({"x": [1, 2, None, 4], "city": ["Ulm", None, "Ulm", "Bonn"]}),
            "wave_is_2023___hidden": pa.table({"x": [99]}),
        },
    )
    data = sk.read(folder, limits=limits)
    assert data.engine == ("pandas" if limits.in_memory else "duckdb")
    rows = data.frame(["x", "wave"]).to_numpy()
    np.testing.assert_array_equal(
        rows, [[1, 2023], [2, 2023], [np.nan, 2023], [4, 2023], [5, 2024], [6, 2024]]
    )
    assert data.groups("wave") == ("2023", "2024")
    assert data.moments(["x"], by="wave")["2023"].n == 3
    assert data.counts("city").missing == 1
    assert data.import_report.rows_read == 6


@pytest.mark.parametrize("limits", [Limits(), IN_BLOCKS])
def test_numbers_of_different_widths_go_together(limits: Limits, tmp_path: Path) -> None:
    """A column with a gap is one of fractions where pandas wrote it, one without any answer has no type."""
    folder = write(
        tmp_path,
        a=pa.table({"x": pa.array([1, 2], pa.int8()), "y": pa.nulls(2)}),
        b=pa.table({"x": pa.array([3.0, None, 7.5]), "y": pa.array([1, 2, 3])}),
    )
    data = sk.read(folder, limits=limits)
    assert data.moments(["x"]).mean.tolist() == [3.375]
    assert data.moments(["y"]).n == 3


@pytest.mark.parametrize(
    ("second", "what"),
    [
        (pa.table({"x": ["a"], "y": [1]}), "another type"),
        (pa.table({"x": [1]}), "different columns"),
        (pa.table({"x": [1], "y": [2], "z": [3]}), "different columns"),
    ],
)
def test_files_that_do_not_go_together(second: pa.Table, what: str, tmp_path: Path) -> None:
    folder = write(tmp_path, a=pa.table({"x": [1, 2], "y": [3, 4]}), b=second)
    with pytest.raises(SurveykitError, match=what) as caught:
        sk.read(folder)
    assert caught.value.errors[0].code == "MIXED_FILES"


def test_an_empty_folder_and_one_of_text(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n", encoding="utf-8")
    for options in ({}, {"engine": "spark"}):
        with pytest.raises(SurveykitError) as caught:
            sk.read(tmp_path, **options)
        assert caught.value.errors[0].code == "IS_DIRECTORY"


def columns() -> dict[str, Any]:
    day = datetime.datetime(2024, 5, 1, 12)
    return {
        "whole": pa.array([2**62, 2**62 - 1, None, 5]),
        "small": pa.array([255, 255, 254, None], pa.uint8()),
        "decimal": pa.array([Decimal("1.25"), Decimal("2.50"), None, None], pa.decimal128(10, 2)),
        "flag": pa.array([True, False, None, True]),
        "code": pa.DictionaryArray.from_arrays(pa.array([0, 1, 0, None], pa.int8()), pa.array([5, 7])),
        "city": pa.array(["Ulm", None, "Bonn", "Ulm"]).dictionary_encode(),
        "day": pa.array([day.date(), None, day.date(), day.date()]),
        "at": pa.array([day, day, None, day]),
        "took": pa.array([1, 2, 3, 4], pa.duration("s")),
        "none": pa.nulls(4, pa.float64()),
        "blank": pa.nulls(4, pa.string()),
    }


@pytest.mark.parametrize("limits", [Limits(), IN_BLOCKS])
@pytest.mark.parametrize("folder", [True, False])
def test_every_type_of_column(limits: Limits, folder: bool, tmp_path: Path) -> None:
    write(tmp_path, a=pa.table(columns()))
    data = sk.read(tmp_path if folder else tmp_path / "a.parquet", limits=limits)
    assert data.moments(["whole"]).mean[0] == pytest.approx((2**63 - 1 + 5) / 3, rel=1e-15)
    assert data.moments(["small"]).mean[0] == pytest.approx(764 / 3, rel=1e-15)
    assert data.moments(["decimal"]).mean[0] == 1.875
    assert data.moments(["flag"]).mean[0] == pytest.approx(2 / 3, rel=1e-15)
    assert data.moments(["code"]).mean[0] == pytest.approx(17 / 3, rel=1e-15)
    assert data.groups("city") == ("Bonn", "Ulm")
    assert data.groups("day") == ("2024-05-01",)
    assert data.groups("at") == ("2024-05-01 12:00:00",)
    assert "took" not in data.columns
    assert any("'took'" in w for w in data.import_report.warnings)
    assert data.counts("blank").missing == 4
    with pytest.raises(SurveykitError, match="too few complete rows"):
        data.moments(["none"])


def test_no_java_is_said_as_such() -> None:
    """What pyspark raises where the Java process ends before it speaks, under its own module name."""
    failed = type("PySparkRuntimeError", (Exception,), {"__module__": "pyspark.errors.exceptions.base"})
    with pytest.raises(SurveykitError, match="Java 17 or newer") as caught, spark_errors("starting Spark"):
        raise failed("[JAVA_GATEWAY_EXITED] Java gateway process exited before sending its port number.")
    assert caught.value.code == "NO_ENGINE"
