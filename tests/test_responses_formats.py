"""XLSX, Parquet, SPSS and Stata: the same verdict as CSV, and what each of them can hide (X4)."""

from __future__ import annotations

import contextlib
import re
import zipfile
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.parquet as pq
import pyreadstat
import pytest
import xlsxwriter

from surveykit.errors import SurveykitError, Where
from surveykit.questionnaire import Questionnaire
from surveykit.responses import Limits, read
from surveykit.responses.readers import _statfile

Q = Questionnaire.from_text(
    """
id: formats
title: {en: Formats, zh: 格式}
version: "1"
languages: [en, zh]
scales:
  five:
    min: 1
    max: 5
    labels: {1: {en: Never, zh: 从不}, 5: {en: Always, zh: 总是}}
items:
  s1: {text: {en: First question, zh: 第一题}, scale: five}
  s2: {text: {en: Second question, zh: 第二题}, scale: five, reverse: true}
  region:
    text: {en: Region, zh: 地区}
    type: single
    options: {n: {en: North, zh: 北}, s: {en: South, zh: 南}}
"""
)
FRAME = pd.DataFrame(
    {
        "s1": [1.0, 5, 3, np.nan],
        "s2": [2.0, 4, np.nan, 5],
        "region": ["n", "s", "s", None],
        "note": list("abcd"),
    }
)
CODED = FRAME.assign(region=[1.0, 2, 2, np.nan])


def xlsx(path, cells, sheet="Data", **more):
    with xlsxwriter.Workbook(path, {"nan_inf_to_errors": True}) as book:
        page = book.add_worksheet(sheet)
        for r, row in enumerate(cells):
            for c, value in enumerate(row):
                if value is not None and value == value:
                    page.write(r, c, value)
        for hook in more.values():
            hook(book, page)
    return path


def grid(frame):
    return [list(frame.columns), *frame.astype(object).to_numpy().tolist()]


def written(fmt, frame, tmp_path):
    path = tmp_path / f"answers.{fmt}"
    labels = {"region": {1.0: "North", 2.0: "South"}} if frame["region"].dtype == float else {}
    if fmt == "csv":
        frame.to_csv(path, index=False)
    elif fmt == "xlsx":
        xlsx(path, grid(frame))
    elif fmt == "parquet":
        pq.write_table(pa.Table.from_pandas(frame, preserve_index=False), path)
    elif fmt == "sav":
        pyreadstat.write_sav(frame, str(path), variable_value_labels=labels)
    else:
        pyreadstat.write_dta(frame, str(path), variable_value_labels=labels)
    return path


def failure(path, *more, **options):
    with pytest.raises(SurveykitError) as caught:
        read(path, *more, **options)
    return caught.value


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "parquet", "sav", "dta"])
def test_the_same_answers_from_every_format(tmp_path, fmt):
    frame = CODED if fmt in {"sav", "dta"} else FRAME
    data = read(written(fmt, frame, tmp_path), Q)
    out = data.frame(["s1", "s2", "region"])
    np.testing.assert_array_equal(out["s1"], [1, 5, 3, np.nan])
    np.testing.assert_array_equal(out["s2"], [4, 2, np.nan, 1])
    assert out["region"].fillna("").tolist() == ["n", "s", "s", ""]
    assert data.import_report.extra_columns == ("note",)
    assert len(data.import_report.sha256) == 64


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "parquet", "sav", "dta"])
def test_the_same_verdict_from_every_format(tmp_path, fmt):
    frame = (CODED if fmt in {"sav", "dta"} else FRAME).assign(s1=[1.0, 99, 3.5, 11])
    error = failure(written(fmt, frame, tmp_path), Q)
    found = [
        (e.code, e.where.row, e.got.strip("'").removesuffix(".0"))
        for e in error.errors
        if isinstance(e.where, Where)
    ]
    assert found == [("VALUE_SENTINEL", 2, "99"), ("VALUE_FRACTION", 3, "3.5"), ("VALUE_RANGE", 4, "11")]


def test_spss_labels_missing_codes_and_question_texts(tmp_path):
    path = tmp_path / "a.sav"
    frame = pd.DataFrame(
        {"V1": [1.0, 5, 98, 97, 96, np.nan], "V2": [1.0, 2, 3, 4, 5, 5], "V3": [1.0, 2, 1, 2, 1, 2]}
    )
    pyreadstat.write_sav(
        frame,
        str(path),
        column_labels={"V1": "First question", "V2": "第二题", "V3": "Region"},
        variable_value_labels={"V1": {98.0: "Don't know", 97.0: "拒绝回答"}, "V3": {1.0: "北", 2.0: "South"}},
        missing_ranges={"V1": [{"lo": 96, "hi": 98}]},
    )
    data = read(path, Q)
    out = data.frame(["s1", "s2", "region"], kinds=True)
    assert out["s1__missing"].tolist() == ["", "", "dont_know", "refused", "skipped", "skipped"]
    assert out["s2"].tolist() == [5, 4, 3, 2, 1, 1]
    assert out["region"].tolist() == ["n", "s"] * 3
    assert {c.header for c in data.import_report.columns} == {"V1", "V2", "V3"}


def test_an_undeclared_99_in_spss_is_an_error(tmp_path):
    path = tmp_path / "a.sav"
    pyreadstat.write_sav(CODED.assign(s1=[1.0, 99, 99, 2]), str(path), variable_value_labels={})
    error = next(e for e in failure(path, Q).errors if e.code == "VALUE_SENTINEL")
    assert 'missing: {"99": dont_know}' in error.hint
    assert "scales: five" in error.hint


def test_stata_extended_missing_values_stay_apart(tmp_path):
    path = tmp_path / "a.dta"
    labels: Any = {"s1": {"a": "Don't know", "b": "refused"}, "region": {1: "North", 2: "South"}}
    frame = pd.DataFrame({"s1": [1, "a", "b", 5], "s2": [1.0, 2, 3, 4], "region": [1.0, 2, 1, 2]})
    pyreadstat.write_dta(
        frame,
        str(path),
        missing_user_values={"s1": ["a", "b"]},
        variable_value_labels=labels,
    )
    out = read(path, Q).frame(["s1"], kinds=True)
    assert out["s1__missing"].tolist() == ["", "dont_know", "refused", ""]
    np.testing.assert_array_equal(out["s1"], [1, np.nan, np.nan, 5])
    assert "s1" in read(path).numeric


@pytest.mark.parametrize("suffix", [".xlsx", ".parquet", ".sav", ".dta", ".por"])
@pytest.mark.parametrize("content", [b"PK\x03\x04broken", b"id,nps\n1,2\n", b"\0" * 300])
def test_a_file_that_is_not_what_its_name_says(tmp_path, suffix, content):
    path = tmp_path / f"a{suffix}"
    path.write_bytes(content)
    assert failure(path).code == "DAMAGED"


def test_an_empty_sheet_and_a_header_alone(tmp_path):
    assert failure(xlsx(tmp_path / "a.xlsx", [])).code == "SHEETS"
    assert failure(xlsx(tmp_path / "b.xlsx", [["s1", "s2"]])).code == "NO_ROWS"


def test_error_cells_and_formulas_without_a_result_are_listed_with_their_cell(tmp_path):
    def formulas(_, page):
        page.write_formula(1, 0, "=1/0", None, "#DIV/0!")
        page.write_formula(2, 1, "=1+1", None, "")
        page.write_formula(3, 1, "=1+1", None, 2)

    error = failure(xlsx(tmp_path / "a.xlsx", [["s1", "s2"], [1, 2], [3, 4], [5, 6]], formulas=formulas))
    assert [e.code for e in error.errors] == ["ERROR_CELL", "FORMULA_NO_VALUE"]
    assert ["A2" in str(error.errors[0].where), "B3" in str(error.errors[1].where)] == [True, True]


def test_merged_cells_are_an_error(tmp_path):
    error = failure(
        xlsx(
            tmp_path / "a.xlsx",
            [["s1", "g"], [1, "x"], [3, None]],
            m=lambda _, p: p.merge_range("B2:B3", "x"),
        )
    )
    assert (error.code, "B2:B3" in str(error.where)) == ("MERGED_CELLS", True)


def test_several_sheets_need_a_name_and_hidden_ones_are_said(tmp_path):
    def second(book, _):
        book.add_worksheet("More").write_column(0, 0, ["s1", 4])

    def hidden(book, _):
        page = book.add_worksheet("Secret")
        page.write_column(0, 0, ["s1", 5])
        page.hide()

    two = xlsx(tmp_path / "a.xlsx", [["s1"], [1]], second=second)
    assert failure(two).code == "SHEETS"
    assert read(two, sheet="More").frame(["s1"])["s1"].tolist() == [4.0]
    assert "did you mean 'More'" in failure(two, sheet="Mor").hint
    data = read(xlsx(tmp_path / "b.xlsx", [["s1"], [1]], hidden=hidden))
    assert any("Secret" in w for w in data.import_report.warnings)


def test_rows_of_a_sheet_count_as_excel_counts_them(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [[], ["s1", "s2", "region"], [1, 2, "n"], [], [7, 2, "n"]])
    error = failure(path, Q)
    assert isinstance(error.where, Where)
    assert (error.where.line, error.where.row, error.where.sheet) == (5, 2, "Data")
    fine = xlsx(tmp_path / "b.xlsx", [["x"], [1], [], [2]])
    assert read(fine).flow().rows[1] == ("row without any answer cell", 1)


def test_dates_booleans_and_whole_numbers_become_the_text_one_sees(tmp_path):
    import datetime as dt

    def day(book, page):
        page.write_datetime(1, 0, dt.datetime(2026, 11, 22), book.add_format({"num_format": "yyyy-mm-dd"}))

    data = read(xlsx(tmp_path / "a.xlsx", [["day", "yes", "x"], [None, True, 4.0]], day=day))
    out = data.frame(["day", "yes", "x"])
    assert out.iloc[0].tolist() == ["2026-11-22", "TRUE", 4.0]


def test_a_password_an_entity_and_a_bomb_are_refused_before_anything_is_opened(tmp_path):
    old = tmp_path / "p.xlsx"
    old.write_bytes(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600)
    assert failure(old).code == "PASSWORD"
    good = xlsx(tmp_path / "good.xlsx", [["s1"], [1]])
    assert failure(_changed(good, tmp_path / "dtd.xlsx", "<!DOCTYPE x [<!ENTITY a 'b'>]>")).code == "DTD"
    bomb = tmp_path / "bomb.xlsx"
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/workbook.xml", b"<workbook/>")
        archive.writestr("xl/worksheets/sheet1.xml", b" " * 60_000_000)
    assert failure(bomb).code == "LIMIT_UNPACKED"
    assert failure(good, limits=Limits(unpacked=0.001)).code == "LIMIT_UNPACKED"


def _changed(source, target, prologue):
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            text = old.read(part).decode()
            if part.filename == "xl/workbook.xml":
                text = text.replace("?>", "?>" + prologue, 1)
            new.writestr(part.filename, text)
    return target


def test_a_stray_cell_far_away_is_an_error_and_not_a_gigabyte(tmp_path):
    path = xlsx(tmp_path / "a.xlsx", [["s1"], [1]], stray=lambda _, p: p.write(1_000_000, 500, "x"))
    assert failure(path).code == "LIMIT_CELLS"


def test_an_option_without_a_meaning_is_refused(tmp_path):
    for source, option in (
        (written("csv", FRAME, tmp_path), {"sheet": "Data"}),
        (written("xlsx", FRAME, tmp_path), {"delimiter": ","}),
        (written("parquet", FRAME, tmp_path), {"encoding": "utf-8"}),
        (FRAME, {"sheet": "Data"}),
        (FRAME, {"engine": "sqlite"}),
    ):
        error = failure(source, **option)
        assert error.code in {"OPTION", "UNKNOWN_ENGINE"}


def test_cells_without_references_are_read(tmp_path):
    source = xlsx(tmp_path / "a.xlsx", [["s1", "s2"], [1, 2], [3, 4]])
    target = tmp_path / "b.xlsx"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(target, "w") as new:
        for part in old.infolist():
            text = old.read(part).decode()
            if part.filename.startswith("xl/worksheets/"):
                text = re.sub(r' r="[A-Z]*[0-9]+"', "", text)
            new.writestr(part.filename, text)
    assert read(target).frame(["s1", "s2"]).to_numpy().tolist() == [[1, 2], [3, 4]]


def test_parquet_lists_are_left_out_with_a_warning(tmp_path):
    pq.write_table(pa.table({"x": [1, 2], "many": [[1], [2, 3]]}), tmp_path / "a.parquet")
    data = read(tmp_path / "a.parquet")
    assert data.columns == ("x",)
    assert any("'many'" in w for w in data.import_report.warnings)


@pytest.mark.parametrize(
    ("program", "got"),
    [
        ("import os, signal; os.kill(os.getpid(), signal.SIGSEGV)", "the reader was ended by signal 11"),
        ("import sys; sys.exit(3)", "the reader asked for more than 2.0 GB"),
        ("import time; time.sleep(30)", "the reader came to no end"),
    ],
)
def test_a_file_that_ends_or_holds_the_c_library_does_not_end_us(tmp_path, monkeypatch, program, got):
    path = written("sav", CODED, tmp_path)
    monkeypatch.setattr(_statfile, "_TRIAL", program)
    monkeypatch.setattr(_statfile, "_SECONDS", 2)
    error = failure(path)
    assert (error.code, error.got) == ("DAMAGED", got)


@pytest.mark.parametrize("fmt", ["csv", "xlsx", "parquet", "sav", "dta"])
def test_damaged_files_never_end_in_a_traceback(tmp_path, fmt):
    frame = CODED if fmt in {"sav", "dta"} else FRAME
    original = written(fmt, frame, tmp_path).read_bytes()
    rng = np.random.default_rng(11)
    path = tmp_path / f"damaged.{fmt}"
    for trial in range(10 if fmt in {"sav", "dta"} else 40):
        content = bytearray(original)
        if trial % 2:
            content = content[: rng.integers(1, len(content))]
        else:
            content[rng.integers(len(content))] ^= 1 << rng.integers(8)
        path.write_bytes(bytes(content))
        for questionnaire in (None, Q):
            with contextlib.suppress(SurveykitError):
                read(path, questionnaire)
