"""Dates as numbers, second tables, forms where answers are expected: what spreadsheets and people hand over."""

# ruff: noqa: E501  (a packed workbook, rows of one line)

from __future__ import annotations

import base64
import contextlib
import datetime as dt
import json
import zipfile
import zlib
from pathlib import Path
from typing import Any

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


def test_titles_above_the_column_names_are_said_and_left_out(tmp_path: Path):
    (tmp_path / "a.csv").write_text("Customer survey 2026,,\nby us,,\nid,sat,sex\n1,2,m\n2,3,f\n")
    data = read(tmp_path / "a.csv")
    assert data.columns == ("id", "sat", "sex")
    assert data.import_report.rows_read == 2
    assert any(
        "2 rows above the column names" in g and "Customer survey 2026" in g
        for g in data.import_report.guesses
    )


def test_a_title_above_something_that_is_no_header_is_an_error(tmp_path: Path):
    (tmp_path / "a.csv").write_text("Customer survey 2026,,\n1,2,m\n2,3,f\n")
    with pytest.raises(SurveykitError, match="a title above the column names") as raised:
        read(tmp_path / "a.csv")
    assert raised.value.code == "NO_HEADER"


def test_names_in_two_rows(tmp_path: Path):
    (tmp_path / "a.csv").write_text("id,Rate us,,sex\n,price,staff,\n1,5,4,m\n2,3,1,f\n")
    data = read(tmp_path / "a.csv")
    assert data.columns == ("id", "Rate us – price", "Rate us – staff", "sex")
    assert data.import_report.rows_read == 2
    assert any("two rows" in g for g in data.import_report.guesses)
    # a first row of answers is no second row of names
    (tmp_path / "b.csv").write_text("id,Rate us,,sex\n,price,4,\n1,5,4,m\n")
    with pytest.raises(SurveykitError, match="no name"):
        read(tmp_path / "b.csv")


def test_merged_cells_above_the_names_and_a_sheet_of_notes(tmp_path: Path):
    import xlsxwriter

    with xlsxwriter.Workbook(str(tmp_path / "a.xlsx")) as book:
        notes, sheet = book.add_worksheet("读我"), book.add_worksheet("数据")
        notes.write_column(0, 0, ["说明", "联系人"])
        sheet.merge_range(0, 0, 0, 3, "满意度调查")
        sheet.merge_range(1, 0, 2, 0, "编号")
        sheet.merge_range(1, 1, 1, 2, "请评价")
        for j, word in enumerate(["服务", "质量"]):
            sheet.write(2, 1 + j, word)
        sheet.write(1, 3, "性别")
        for i in range(5):
            sheet.write_row(3 + i, 0, [i, 1 + i % 5, 5 - i % 5, "男女"[i % 2]])
    data = read(tmp_path / "a.xlsx")
    assert data.columns == ("编号", "请评价 – 服务", "请评价 – 质量", "性别")
    assert any("读我" in w for w in data.import_report.warnings)


_XLS = (
    "eNrtWE1oU0EQntn38kuaP9NCK5RQsNW2HsSDXtqooL1oqfXgD2KbtjlIS1qignqw1ZqjUBAExUuhCF6qXvxBD3rzIET0IAhCUo+eBEUPbZ4zk3"
    "01qTk0UIOV9z12dt7Mfm8nu7P7Nu9tLpKff9RSgDXoBQOKlg/cZTak4rNvwkB+y2LVrr1ULAebCj4vTaTbBc8b3nh4Dnm+C6DgofmKJMASldMw"
    "Bf2T6VS8jjggMSSRY+hBk3JPwV0qQWiWuKIiR0VuEflA2r4QuU8sN0T2UNs8noJcor9zr87jE6pNfEGSCE+E81Esu6ARXnMeT89hqa0L9mfOJi"
    "f+TUerGYAFoJnrS6VTmeREHmI0hQvw3YoDfLPX6su4Y6+vHYHsPyvtnir2m8oEmAFrGDkRsxCAJYM9CqdS6VG+P+zm6VY4dyuXXYadssnyIqX2"
    "TdM/jlHVMdw1aAAW0qHkvTMIuOcCiXMnKVEu+nnHlhUerljhDZL3AZJjEBI9Itkfpscv3//67sjIQGJILDPSYWnv38bBggVXmUHkoHhcIjnqTm"
    "F0ibwmT90qeovIGLWkun2gUSuHZqXNdfG2Uz+7Be8THWX6dtKzX44+bc1+TuwgfbGvcDm2+CExD230LhojPl+z0I3deOc241nCrlHvEp9ENv+x"
    "Y3hVWMdu6RdcCFbAL2pEZOmORwdX75QeK2bjGvYV5RdbREaZ26OweXRKPqV9zFZV2ErYfs0uzYyp2UrYfs02qrANYQc126jo2xB2ULPNKmxT2F"
    "HNNiv6NoXNvl4VhcccJu2yv1GPTMNVuVkzDatmmsseVag2qg4cOHDgwIEDBxsLlBNt6fxu6tM8n9s8+rvOCpWi85nkv8UgTNJ1nv6WHoQ01Rm4"
    "VFP+NIEL7WfhOjn290LGceo9A+MwInGM15y/dO7G8t+zbmJ445ZQrf0Xa4nzL/f/C9LK/jI="
)
"""An Excel 97 workbook, packed: sheet 数据 with three columns and four rows, and a hidden sheet."""

_ODS = (
    '<?xml version="1.0" encoding="UTF-8"?><office:document-content '
    'xmlns:office="urn:oasis:names:tc:opendocument:xmlns:office:1.0" xmlns:table="urn:oasis:names:tc:opendocument:xmlns:table:1.0" '
    'xmlns:text="urn:oasis:names:tc:opendocument:xmlns:text:1.0" office:version="1.2"><office:body><office:spreadsheet>'
    '<table:table table:name="数据">{}</table:table></office:spreadsheet></office:body></office:document-content>'
)


def write_old_workbook(path: Path) -> Path:
    if path.suffix == ".xls":
        path.write_bytes(zlib.decompress(base64.b64decode(_XLS)))
        return path
    rows: list[list[Any]] = [["编号", "性别", "满意度"], *([i + 1, "男女"[i % 2], 1 + i] for i in range(4))]
    cell = '<table:table-cell office:value-type="{}"{}><text:p>{}</text:p></table:table-cell>'
    cells = [
        [
            cell.format(*(("string", "") if isinstance(c, str) else ("float", f' office:value="{c}"')), c)
            for c in r
        ]
        for r in rows
    ]
    with zipfile.ZipFile(path, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.spreadsheet")
        archive.writestr(
            "content.xml",
            _ODS.format("".join(f"<table:table-row>{''.join(r)}</table:table-row>" for r in cells)),
        )
        archive.writestr(
            "META-INF/manifest.xml",
            '<?xml version="1.0"?><manifest:manifest xmlns:manifest="urn:oasis:names:tc:opendocument:xmlns:manifest:1.0"/>',
        )
    return path


@pytest.mark.parametrize("suffix", [".xls", ".ods"])
def test_workbooks_of_other_formats(tmp_path: Path, suffix: str):
    data = read(write_old_workbook(tmp_path / f"a{suffix}"))
    assert data.columns == ("编号", "性别", "满意度")
    assert data.frame(["满意度"])["满意度"].tolist() == [1, 2, 3, 4]
    assert data.groups("性别") == ("女", "男")
    assert any("cannot be told from blanks" in w for w in data.import_report.warnings)
    with pytest.raises(SurveykitError) as caught:
        read(tmp_path / f"a{suffix}", sheet="other")
    assert caught.value.code == "NO_SHEET"


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"<html><table><tr><td>id</td></tr></table></html>", "DAMAGED"),
        (b"id\tage\n1\t2\n", "DAMAGED"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 3000, "DAMAGED"),
        (
            b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
            + b"\0" * 600
            + "EncryptedPackage".encode("utf-16-le")
            + b"\0" * 600,
            "PASSWORD",
        ),
    ],
)
def test_what_is_no_workbook_is_one_error(tmp_path: Path, content: bytes, code: str):
    (tmp_path / "a.xls").write_bytes(content)
    with pytest.raises(SurveykitError) as caught:
        read(tmp_path / "a.xls")
    assert caught.value.code == code


def test_an_old_workbook_cut_off_anywhere_is_one_error(tmp_path: Path):
    whole = write_old_workbook(tmp_path / "a.xls").read_bytes()
    for share in (0.1, 0.3, 0.5, 0.7, 0.9):
        (tmp_path / "b.xls").write_bytes(whole[: int(len(whole) * share)])
        with contextlib.suppress(SurveykitError):
            read(tmp_path / "b.xls")


def test_a_form_is_no_answers(tmp_path: Path):
    form = {"title": "T", "pages": [{"name": "p", "elements": [{"type": "text", "name": "q"}]}]}
    (tmp_path / "form.json").write_text(json.dumps(form))
    with pytest.raises(SurveykitError, match="a form, not answers") as raised:
        read(tmp_path / "form.json")
    assert "surveykit new" in raised.value.hint
