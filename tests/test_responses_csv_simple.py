"""The short way through simple CSV files gives what the strict reader gives, or leaves the file to it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import surveykit as sk
from surveykit.errors import SurveykitError
from surveykit.responses import Limits
from surveykit.responses.readers import csv as reader
from surveykit.responses.readers._simple import simple_records

CELLS = st.text(alphabet=st.sampled_from('ab1 ,"\r\n;é中'), max_size=4)


def strict(text: str) -> Any:
    try:
        found = reader._records(text, ",", "f.csv", Limits())
    except SurveykitError as error:
        return str(error.code)
    return found.header, [c.to_pylist() for c in found.cells.finish()], list(found.lines), found.blank


@settings(max_examples=400, deadline=None)
@given(st.lists(st.lists(CELLS, min_size=2, max_size=3).map(",".join), min_size=1, max_size=6))
def test_the_short_way_is_the_strict_one_or_none(records: list[str]) -> None:
    text = "\n".join(records)
    found = simple_records(text, ",", Limits(), shortest=0)
    if found is not None:
        header, cells, lines, blank = found
        assert (header, [c.to_pylist() for c in cells.finish()], list(lines), blank) == strict(text)


@pytest.mark.parametrize("end", ["\n", "\r\n"])
def test_usual_files_take_the_short_way(end: str) -> None:
    text = end.join(['id,"a b",c', '1,"x, y",3', ",,", "2,,4", ""])
    found = simple_records(text, ",", Limits(), shortest=0)
    assert found is not None
    header, cells, lines, blank = found
    assert (header, list(lines), blank) == (["id", "a b", "c"], [2, 4], 1)
    assert [c.to_pylist() for c in cells.finish()] == [["1", "2"], ["x, y", ""], ["3", "4"]]


@pytest.mark.parametrize(
    "text",
    ["a,b\n1,2,3\n", "a,b\n1\n", 'a,b\n"1,2\n', 'a,b\n1,"x""y"\n', "a,b\n\n1,2\n", "a,b\r1,2\r", "a,b\n"],
)
def test_whatever_is_odd_is_left_to_the_strict_reader(text: str) -> None:
    assert simple_records(text, ",", Limits(), shortest=0) is None


def test_a_cell_beyond_the_limit_and_too_many_rows_are_left_to_the_strict_reader() -> None:
    assert simple_records("a,b\n1,xxxx\n", ",", Limits(cell=3), shortest=0) is None
    assert simple_records("a,b\n1,2\n3,4\n", ",", Limits(rows=1), shortest=0) is None


@pytest.mark.parametrize("engine", ["pandas", "polars"])
def test_a_long_column_of_numbers_is_read_with_its_odd_cells(tmp_path: Path, engine: str) -> None:
    """The same values and the same report as cell by cell: white space, blanks, words, rewritten numbers."""
    cells = [f"{0.25 * i:.2f}".rstrip("0").rstrip(".") for i in range(3_000)]
    cells[5:10] = ["", " 7 ", "NA", "+4", "05"]
    pd.DataFrame({"x": cells, "y": "1"}).to_csv(tmp_path / "a.csv", index=False)
    data = sk.read(tmp_path / "a.csv", engine=engine)
    expected = [float(c) if c not in {"", "NA"} else float("nan") for c in cells]
    pd.testing.assert_series_equal(data.frame(["x"])["x"], pd.Series(expected, name="x"))
    report = data.import_report.columns[0]
    assert (report.valid, dict(report.missing)) == (2_998, {"skipped": 2})
    assert {c.what: c.count for c in report.changes} == {
        "number rewritten": 2, "taken as skipped": 1, "white space or full-width form folded": 1,
    }  # fmt: skip


def test_a_word_among_numbers_is_still_an_error_with_its_line(tmp_path: Path) -> None:
    cells = [str(i) for i in range(3_000)]
    cells[1_234] = "many"
    pd.DataFrame({"w": cells, "y": "1"}).to_csv(tmp_path / "a.csv", index=False)
    with pytest.raises(SurveykitError) as caught:
        sk.read(tmp_path / "a.csv", weight="w")
    assert "1236" in str(caught.value)
    assert caught.value.code == "VALUE_TEXT"


def test_a_header_of_blanks_is_left_to_the_strict_reader() -> None:
    assert simple_records(",, \n,,", ",", Limits(), shortest=0) is None
