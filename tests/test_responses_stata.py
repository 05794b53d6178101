"""Plain numbers of Stata files come from the records: the same values, types and kinds of missing as pyreadstat reads."""

from __future__ import annotations

import datetime as dt
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pyreadstat
import pytest

import surveykit as sk
from surveykit.responses.raw import ReaderOptions
from surveykit.responses.readers import stata
from surveykit.responses.readers._dta import plain_numbers


def _frame(n: int = 60) -> pd.DataFrame:
    rng = np.random.default_rng(5)
    frame = pd.DataFrame({
        "i8": rng.integers(-127, 101, n).astype("int8"),
        "i16": rng.integers(-32_767, 32_741, n).astype("int16"),
        "i32": rng.integers(-2_147_483_647, 2_147_483_621, n).astype("int32"),
        "f32": rng.normal(size=n).astype("float32"),
        "f64": rng.normal(size=n) * 1e300,
        "gaps": np.where(rng.random(n) < 0.3, np.nan, rng.integers(1, 6, n)),
        "word": ["ä", "", "很好", "x"] * (n // 4),
        "day": [pd.Timestamp(dt.date(2024, 2, 1 + i % 28)) for i in range(n)],
    })  # fmt: skip
    frame.loc[3, ["f32", "f64"]] = np.nan
    return frame


@pytest.mark.parametrize("order", ["<", ">"])
@pytest.mark.parametrize("version", [118, 119])
def test_numbers_are_those_of_pyreadstat(tmp_path: Path, order: Any, version: Any) -> None:
    path = tmp_path / "a.dta"
    labels: Any = {"i8": {1: "one", 2: "二"}}
    _frame().to_stata(
        path,
        write_index=False,
        version=version,
        byteorder=order,
        value_labels=labels,
        convert_dates={"day": "td"},
        variable_labels={"i16": "Short 短"},
    )
    found = plain_numbers(path)
    assert found is not None
    names, numbers = found
    expected, meta = pyreadstat.read_dta(str(path), user_missing=True)
    assert names == list(expected.columns)
    assert list(numbers) == ["i8", "i16", "i32", "f32", "f64", "gaps"]
    for name, values in numbers.items():
        assert values.dtype == expected[name].dtype
        np.testing.assert_array_equal(values, expected[name].to_numpy())
    frame, told, _ = stata._opened(path, ReaderOptions())
    pd.testing.assert_frame_equal(frame, expected)
    assert told.variable_value_labels == meta.variable_value_labels
    assert told.column_names_to_labels == meta.column_names_to_labels


@pytest.mark.parametrize("letter", ["a", "z"])
def test_extended_missing_values_stay_with_pyreadstat(tmp_path: Path, letter: str) -> None:
    path = tmp_path / "a.dta"
    frame = pd.DataFrame({"q": [1, letter, 3, 5], "other": [1.0, 2, 3, 4]})
    pyreadstat.write_dta(frame, str(path), missing_user_values={"q": [letter]})
    found = plain_numbers(path)
    assert found is not None
    assert list(found[1]) == ["other"]
    data = sk.read(path)
    assert data.import_report.columns[0].missing == {"skipped": 1}
    np.testing.assert_array_equal(data.frame(["other"])["other"], [1, 2, 3, 4])


@pytest.mark.parametrize("version", [114, 117])
def test_older_files_are_read_as_before(tmp_path: Path, version: Any) -> None:
    path = tmp_path / "a.dta"
    pd.DataFrame({"q": [1.0, 2, 3]}).to_stata(path, write_index=False, version=version)
    assert plain_numbers(path) is None
    assert sk.read(path).frame(["q"])["q"].tolist() == [1, 2, 3]


def test_a_file_that_ends_early_or_says_too_much_is_left_to_the_strict_reader(tmp_path: Path) -> None:
    path = tmp_path / "a.dta"
    _frame().to_stata(path, write_index=False, version=118)
    good = path.read_bytes()
    rows = good.index(b"<N>") + 3
    changed = {
        "cut in the records": good[: good.index(b"<data>") + 300],
        "cut in the map": good[:200],
        "more rows than bytes": good[:rows] + (10**15).to_bytes(8, "little") + good[rows + 8 :],
        "no data where the map says": good.replace(b"<data>", b"<dota>"),
        "another type": good.replace(b"<variable_types>\xfa\xff", b"<variable_types>\x00\x00"),
    }
    for bad in changed.values():
        assert bad != good
        path.write_bytes(bad)
        assert plain_numbers(path) is None
    path.write_bytes(changed["cut in the records"])
    with pytest.raises(sk.SurveykitError) as error:
        sk.read(path)
    assert error.value.code == "DAMAGED"
