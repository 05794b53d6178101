"""Dates as numbers, second tables, forms where answers are expected: what spreadsheets and people hand over."""

from __future__ import annotations

import datetime as dt
import json
from pathlib import Path

import pytest
import xlsxwriter

from surveykit.errors import SurveykitError
from surveykit.responses import read


def test_serial_numbers_become_dates_where_the_header_speaks_of_dates(tmp_path: Path):
    with xlsxwriter.Workbook(tmp_path / "a.xlsx") as book:
        sheet = book.add_worksheet("Data")
        sheet.write_row(0, 0, ["Submitted at", "开始时间", "sat", "Monthly income", "Time taken (s)", "Date"])
        for i in range(6):
            sheet.write_row(
                i + 1, 0, [45352.5 + i, 45352, 1 + i % 5, 30000 + i, 40000 + i, "" if i else 45352]
            )
    data = read(tmp_path / "a.xlsx")
    frame = data.frame(list(data.columns))
    day = dt.date(1899, 12, 30) + dt.timedelta(days=45352)
    assert frame["Submitted at"][0] == f"{day} 12:00:00"
    assert frame["开始时间"].tolist() == [str(day)] * 6
    assert frame["Date"][0] == str(day)
    assert frame["Monthly income"].tolist() == [30000 + i for i in range(6)]
    assert frame["Time taken (s)"].tolist() == [40000 + i for i in range(6)]
    assert sum("serial numbers" in w for w in data.import_report.warnings) == 3


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ("a,b,c\n1,2,x\n2,3,y\n3,4,z\n,,\n,,\nSummary,,\nmean,3,\nn,3,\n", 7),
        ("a,b,c\n1,2,x\n2,3,y\n3,4,z\n,,\nExported by the panel,,\n", 6),
        ("a,b,c\n1,2,x\n,,\n2,3,y\n3,4,z\n,,\n4,4,z\n", None),  # blank lines between answers
        ('a,b,c\n1,2,"x\ny"\n2,3,y\n3,4,z\n', None),
    ],
)
def test_a_second_table_is_warned_about(tmp_path: Path, text: str, line: int | None):
    (tmp_path / "a.csv").write_text(text)
    warned = [w for w in read(tmp_path / "a.csv").import_report.warnings if "second table" in w]
    assert bool(warned) == (line is not None)
    assert line is None or f"line {line} " in warned[0]


@pytest.mark.parametrize("first", ["sep=;", '"sep=;"', "SEP=;"])
def test_a_first_line_for_excel_names_the_delimiter(tmp_path: Path, first: str):
    (tmp_path / "a.csv").write_bytes(f"{first}\r\nid;sat,x\r\n1;2\r\n2;3\r\n3;4\r\n".encode())
    data = read(tmp_path / "a.csv")
    assert data.columns == ("id", "sat,x")
    assert data.n_rows == 3
    assert any("the first line says so" in g for g in data.import_report.guesses)
    (tmp_path / "b.csv").write_text(f"{first}\nid;sat\n1;2\n2\n")
    with pytest.raises(SurveykitError, match="record has 1 cell") as raised:
        read(tmp_path / "b.csv")
    assert "line 4" in str(raised.value)


def test_a_title_above_the_column_names_is_said(tmp_path: Path):
    (tmp_path / "a.csv").write_text("Customer survey 2026,,\n,,\nid,sat,sex\n1,2,m\n2,3,f\n")
    with pytest.raises(SurveykitError, match="a title above the column names") as raised:
        read(tmp_path / "a.csv")
    assert "delete the lines" in raised.value.hint


def test_a_form_is_no_answers(tmp_path: Path):
    form = {"title": "T", "pages": [{"name": "p", "elements": [{"type": "text", "name": "q"}]}]}
    (tmp_path / "form.json").write_text(json.dumps(form))
    with pytest.raises(SurveykitError, match="a form, not answers") as raised:
        read(tmp_path / "form.json")
    assert "surveykit new" in raised.value.hint
