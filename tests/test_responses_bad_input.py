"""What readers elsewhere do in silence, each as a test: a clear block, or a counted line in the import report."""

from __future__ import annotations

import csv
import gzip
import io
import json

import pandas as pd
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveykit.errors import SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.responses import read
from tests.exports import ALL, write

ASKED = Questionnaire.from_text("""
id: shop
title: {en: Shop}
languages: [en]
scales: {five: {min: 1, max: 5, labels: {1: {en: Low}, 5: {en: High}}, missing: {"98": dont_know}}}
items:
  who: {text: {en: Id}, type: id}
  segment: {text: {en: Segment}, options: {NA: {en: Namibia}, "null": {en: Nulland}, None: {en: Noneville}, x: {en: Other}}}
  a: {text: {en: A}, scale: five}
  b: {text: {en: B}, scale: five}
  c: {text: {en: C}, scale: five}
  d: {text: {en: D}, scale: five}
  e: {text: {en: E}, scale: five}
  f: {text: {en: F}, scale: five}
  w: {text: {en: Weight}, type: number}
""")
HEADER = ["who", "segment", "a", "b", "c", "d", "e", "f", "w"]
GOOD = [[f"R{i}", "x", *"123452"[i % 6 :], *"123452"[: i % 6], "1"] for i in range(12)]


def table(path, change=None, header=None):
    rows = [list(r) for r in GOOD]
    for (row, column), cell in (change or {}).items():
        rows[row][HEADER.index(column)] = cell
    return write(path / "a.csv", [header or HEADER, *rows])


def refusal(path, questionnaire=ASKED, **options):
    with pytest.raises(SurveykitError) as refused:
        read(path, questionnaire, **options)
    return str(refused.value)


def test_one_more_cell_in_every_row_shifts_no_column(tmp_path):
    path = write(tmp_path / "a.csv", [HEADER, *([*r, "9"] for r in GOOD)])
    assert "10 cells, the header 9" in refusal(path)


def test_a_file_name_is_no_pattern(tmp_path):
    write(tmp_path / "a1.csv", [["n"], ["999"]])
    path = write(tmp_path / "a[1].csv", [["n"], ["1"]])
    for engine in (None, "duckdb", "polars"):
        assert read(path, engine=engine).frame(["n"])["n"].tolist() == [1]


def test_a_label_is_coded_by_its_place_on_the_scale_never_by_the_alphabet(tmp_path):
    path = table(tmp_path, {(0, "a"): "High", (1, "a"): "Low"})
    assert read(path, ASKED).frame(["a"])["a"].tolist()[:2] == [5, 1]
    assert "text where a number is needed" in refusal(table(tmp_path, {(0, "a"): "Medium"}))


def test_segments_called_na_null_and_none_stay(tmp_path):
    path = table(
        tmp_path, {(0, "segment"): "NA", (1, "segment"): "null", (2, "segment"): "None", (3, "segment"): ""}
    )
    data = read(path, ASKED)
    assert data.frame(["segment"])["segment"].tolist()[:3] == ["NA", "null", "None"]
    assert data.counts("segment").missing == 1


def test_an_undeclared_99_is_an_error_with_the_yaml_to_paste(tmp_path):
    said = refusal(table(tmp_path, {(0, "a"): "99"}))
    assert "99" in said
    assert "missing:" in said


def test_a_totals_row_is_no_respondent(tmp_path):
    rows = [HEADER, *GOOD, ["Total", "", "30", "30", "30", "30", "30", "30", "12"]]
    assert "row of totals" in refusal(write(tmp_path / "a.csv", rows))


def test_data_without_a_header(tmp_path):
    assert "looks like data" in refusal(write(tmp_path / "a.csv", GOOD))


@pytest.mark.parametrize("newline", ["\r", "\n", "\r\n"])
def test_line_ends_of_every_kind(tmp_path, newline):
    text = io.StringIO(newline="")
    csv.writer(text, lineterminator=newline).writerows([HEADER, *GOOD])
    (tmp_path / "a.csv").write_bytes(text.getvalue().encode())
    assert read(tmp_path / "a.csv", ASKED).n_rows == len(GOOD)


def test_a_bare_carriage_return_that_a_writer_left_unquoted_is_no_row(tmp_path):
    rows = [*GOOD[:3]]
    frame = pd.DataFrame([r[:-1] for r in rows], columns=HEADER[:-1]).assign(w=["1", "2\r3", "4"])
    frame.to_csv(tmp_path / "a.csv", index=False, lineterminator="\n")
    assert "cells" in refusal(tmp_path / "a.csv")


@pytest.mark.parametrize(
    "content",
    [
        gzip.compress(b"a,b\n1,2\n"),
        b"a,b\n1,\x002\n",
        b"SQLite format 3\0" + b"\0" * 50,
        b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\0" * 600,
        b"PK\x03\x04" + bytes(range(256)) * 4,
    ],
    ids=["gzip", "nul", "sqlite", "ole", "zip"],
)
@pytest.mark.parametrize("suffix", ["csv", "xlsx", "json", "sav", "dta", "parquet"])
def test_files_that_are_something_else(tmp_path, content, suffix):
    path = tmp_path / f"a.{suffix}"
    path.write_bytes(content)
    said = refusal(path, None)
    assert "\0" not in said
    assert len(said) < 900


def test_a_cell_of_a_million_characters(tmp_path):
    wide = table(tmp_path, {(0, "who"): "x" * 1_000_000})
    assert "too large" in refusal(wide)
    (tmp_path / "a.json").write_text(json.dumps([{"a": "x" * 1_000_000}]), "utf-8")
    assert "limit" in refusal(tmp_path / "a.json", None)


def test_formulas_are_text_and_never_numbers(tmp_path):
    assert "text where a number" in refusal(table(tmp_path, {(0, "a"): "=1+1"}))
    data = read(table(tmp_path, {(0, "who"): '=HYPERLINK("http://x")'}), ASKED, keep=["who"])
    assert data.frame(["who"])["who"][0] == '=HYPERLINK("http://x")'


@pytest.mark.parametrize(
    ("first", "second"), [("qualtrics", "wenjuanxing"), ("wenjuanxing", "limesurvey"), ("kobo", "qualtrics")]
)
def test_two_platforms_below_each_other(tmp_path, first, second):
    rows = [*ALL[first][0], *ALL[second][0]]
    width = max(map(len, rows))
    path = write(tmp_path / "a.csv", [[*r, *[""] * (width - len(r))] for r in rows])
    said = refusal(path, None)
    assert "two exports in one file" in said or "column" in said


def test_the_export_of_another_questionnaire_is_one_block(tmp_path):
    said = refusal(write(tmp_path / "a.csv", [["x", "y"], ["1", "2"], ["3", "4"]]))
    assert "8 of 8 items have no column: this looks like the export of another questionnaire" in said
    assert said.count("where:") == 1


def test_half_of_the_items_missing_is_one_block_that_names_them(tmp_path):
    path = write(tmp_path / "a.csv", [HEADER[:3], *(r[:3] for r in GOOD)])
    said = refusal(path)
    assert "6 of 8 items have no column" in said
    assert "another questionnaire" not in said
    assert "'b', 'c'" in said


def test_answers_in_another_language_than_the_definition(tmp_path):
    change = {(i, "a"): ["Hoch", "Niedrig"][i % 2] for i in range(12)}
    said = refusal(table(tmp_path, change))
    assert "labels:" in said
    assert "6 times" in said


def test_a_column_of_foreign_words_is_one_block(tmp_path):
    words = ["Hoch", "Mittel", "Niedrig"]
    said = refusal(table(tmp_path, {(i, "a"): words[i % 3] for i in range(12)}))
    assert said.count("text where a number is needed") == 1
    assert "in another language?" in said


@pytest.mark.parametrize(
    ("weight", "said"), [("-1", "negative weight"), ("heavy", "text where a number"), ("", "missing weight")]
)
def test_weights_that_are_none(tmp_path, weight, said):
    assert said in refusal(table(tmp_path, {(0, "w"): weight}), weight="w")


def test_a_weight_of_zero_sets_the_row_aside_and_counts_it(tmp_path):
    report = read(table(tmp_path, {(0, "w"): "0"}), ASKED, weight="w").import_report
    assert (report.rows_read, report.rows_used, dict(report.set_aside)) == (12, 11, {"weight is zero": 1})


def test_a_stratum_with_one_cluster(tmp_path):
    change = {(i, "segment"): "NA" if i == 0 else "x" for i in range(12)}
    assert "single cluster" in refusal(table(tmp_path, change), strata="segment", clusters="who")


@pytest.mark.parametrize(
    "text",
    [
        '{"a": 1',
        "[1, 2]",
        '[{"a": 1, "a": 2}]',
        "[]",
        '[{"a": NaN}, 3]',
        "[" * 100_000,
        '[{"a": null}]',
        '"x"',
    ],
)
def test_json_that_holds_no_answers(tmp_path, text):
    (tmp_path / "a.json").write_text(text, "utf-8")
    assert str(tmp_path / "a.json") in refusal(tmp_path / "a.json", None)


def test_json_lines_name_the_line(tmp_path):
    (tmp_path / "a.jsonl").write_text('{"a": 1}\n{"a": 2}\n{"a": \n', "utf-8")
    assert "line 3" in refusal(tmp_path / "a.jsonl", None)


CELL = st.one_of(
    st.sampled_from(
        ["1", "5", "98", "99", "", "NA", "High", "x", "0", "-1", "=1", "a,b", 'q"q', "l\nl", "５"]
    ),
    st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=6),
)


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(rows=st.lists(st.lists(CELL, min_size=4, max_size=4), min_size=1, max_size=12), named=st.booleans())
def test_rows_read_are_rows_kept_and_rows_set_aside(tmp_path, rows, named):
    """Counted apart from the reader: records that a CSV parser sees below the header."""
    small = Questionnaire.from_text(
        "id: q\ntitle: {en: Q}\nlanguages: [en]\nscales: {s: {min: 1, max: 5}}\nitems:\n"
        "  a: {text: {en: A}, scale: s}\n  b: {text: {en: B}, type: text}\n  c: {text: {en: C}, type: text}\n"
        "  d: {text: {en: D}, type: text}\n"
    )
    path = write(tmp_path / "any.csv", [["a", "b", "c", "d"], *rows])
    try:
        report = read(path, small if named else None, delimiter=",", platform="none").import_report
    except SurveykitError:
        return
    assert report.rows_read == len(rows)
    assert report.rows_used + sum(n for _, n in report.set_aside) == len(rows)
    for column in report.columns:
        assert column.valid + sum(column.missing.values()) == report.rows_used


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(people=st.lists(st.dictionaries(st.sampled_from("abc"), st.one_of(
    st.none(), st.booleans(), st.integers(-5, 9), st.lists(st.sampled_from(["x", "y"]), max_size=2),
    st.dictionaries(st.sampled_from("uv"), st.integers(0, 3), max_size=2))), min_size=1, max_size=8))  # fmt: skip
def test_no_respondent_of_a_json_file_vanishes(tmp_path, people):
    path = tmp_path / "any.json"
    path.write_text(json.dumps(people), "utf-8")
    try:
        report = read(path).import_report
    except SurveykitError:
        return
    assert report.rows_read == len(people)
    assert report.rows_used + sum(n for _, n in report.set_aside) == len(people)
