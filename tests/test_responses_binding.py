"""Cells become values, kinds of missing or findings; headers become items; the books balance."""

from __future__ import annotations

import csv
import io

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from surveykit.errors import SurveykitError, Where
from surveykit.questionnaire import Questionnaire
from surveykit.responses import ImportReport, read
from surveykit.responses.cells import Coder, number_of
from surveykit.responses.report import ColumnReport

TEXT = """
id: binding
title: {en: Binding, zh: 绑定}
version: "1"
languages: [en, zh]
scales:
  agree5:
    min: 1
    max: 5
    labels:
      1: {en: Strongly disagree, zh: 非常不同意}
      5: {en: Strongly agree, zh: 非常同意}
    missing: {"98": dont_know, "97": refused, "说不好": dont_know}
  nps11: {min: 0, max: 10}
  slider: {min: 0, max: 100, kind: numeric}
items:
  who: {text: {en: Respondent, zh: 编号}, type: id}
  s1: {text: {en: I am satisfied., zh: 我很满意。}, scale: agree5, aliases: [Q1_1]}
  s2: {text: {en: It let me down, zh: 它让我失望}, scale: agree5, reverse: true}
  nps: {text: {en: Recommend, zh: 推荐}, scale: nps11}
  feel: {text: {en: Feeling, zh: 感受}, scale: slider}
  region:
    text: {en: Region, zh: 地区}
    type: single
    options:
      north: {en: North, zh: 北方}
      NA: {en: North America, zh: 北美}
  age: {text: {en: Age, zh: 年龄}, type: number}
  why: {text: {en: Why, zh: 为什么}, type: text}
constructs:
  sat: {title: {en: Satisfaction, zh: 满意度}, items: [s1, s2]}
"""
Q = Questionnaire.from_text(TEXT)
GOOD = {
    "who": "r1",
    "s1": "4",
    "s2": "2",
    "nps": "9",
    "feel": "50",
    "region": "north",
    "age": "30",
    "why": "x",
}


def table(tmp_path, *changes, header=None, drop=()):
    names = [n for n in GOOD if n not in drop]
    rows = [{**GOOD, "who": f"r{i}", **change} for i, change in enumerate(changes or [{}])]
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow([(header or {}).get(n, n) for n in names])
    writer.writerows([[row[n] for n in names] for row in rows])
    path = tmp_path / "answers.csv"
    path.write_text(text.getvalue(), encoding="utf-8", newline="")
    return path


def findings(path, questionnaire=Q, **options):
    with pytest.raises(SurveykitError) as caught:
        read(path, questionnaire, **options)
    return caught.value.errors


@pytest.mark.parametrize(
    ("cell", "value", "kind"),
    [
        ("4", 4, ""),
        (" 4 ", 4, ""),
        ("4.0", 4, ""),
        ("４", 4, ""),
        ("+4", 4, ""),
        ("4e0", 4, ""),
        ("strongly  AGREE", 5, ""),
        ("非常不同意", 1, ""),
        ("5 - Strongly agree", 5, ""),
        ("1（非常不同意）", 1, ""),
        ("5=非常同意", 5, ""),
        ("", None, "skipped"),
        ("   ", None, "skipped"),
        ("98", None, "dont_know"),
        ("98.0", None, "dont_know"),
        ("９７", None, "refused"),
        ("说不好", None, "dont_know"),
        ("(跳过)", None, "not_shown"),
        ("（跳过）", None, "not_shown"),
        ("(空)", None, "skipped"),
        ("N/A", None, "skipped"),
        ("Don't know", None, "dont_know"),
        ("Don’t know", None, "dont_know"),
        ("拒绝回答", None, "refused"),
    ],
)
def test_a_cell_of_a_labelled_scale(tmp_path, cell, value, kind):
    data = read(table(tmp_path, {"s1": cell, "s2": cell}), Q)
    row = data.frame(["s1", "s2"], kinds=True).iloc[0]
    assert (row["s1__missing"], row["s2__missing"]) == (kind, kind)
    expected = (np.nan, np.nan) if value is None else (value, 6 - value)
    np.testing.assert_array_equal(row[["s1", "s2"]].astype(float), expected)
    assert data.native["s1__raw"].to_list()[0] in {cell, None}


@pytest.mark.parametrize(
    ("item", "cell", "code"),
    [
        ("nps", "11", "VALUE_RANGE"),
        ("nps", "-1", "VALUE_SENTINEL"),
        ("nps", "8.5", "VALUE_FRACTION"),
        ("s1", "6", "VALUE_RANGE"),
        ("s1", "99", "VALUE_SENTINEL"),
        ("s1", "very", "VALUE_TEXT"),
        ("s1", "5 - Strongly disagree", "VALUE_TEXT"),
        ("s1", "4²", "VALUE_TEXT"),
        ("s1", "1_0", "VALUE_TEXT"),
        ("feel", "100.5", "VALUE_RANGE"),
        ("region", "South", "VALUE_OPTION"),
        ("age", "thirty", "VALUE_TEXT"),
        ("age", "1,234", "VALUE_TEXT"),
        ("age", "1e999", "VALUE_TEXT"),
    ],
)
def test_a_cell_that_cannot_be_read(tmp_path, item, cell, code):
    (error,) = findings(table(tmp_path, {}, {item: cell}, {item: cell}))
    assert error.code == code
    assert isinstance(error.where, Where)
    assert (error.where.line, error.where.row, error.where.column) == (3, 2, item)
    assert error.got.endswith("in data rows 2, 3")
    assert "(2 times)" in error.what


def test_values_that_other_scales_allow(tmp_path):
    data = read(table(tmp_path, {"feel": "50.25", "region": "NA", "age": "-3.5"}, {"region": "北美"}), Q)
    out = data.frame(["feel", "region", "age"])
    assert out.iloc[0].tolist() == [50.25, "NA", -3.5]
    assert out["region"].tolist() == ["NA", "NA"]
    assert data.groups("region") == ("NA",)
    assert data.group_label("region", "NA", "zh") == "北美"


def test_a_sentinel_comes_with_the_yaml_to_paste_and_the_yaml_works(tmp_path):
    path = table(tmp_path, {"nps": "99"})
    (error,) = findings(path)
    assert 'scales: nps11:   missing: {"99": dont_know}' in error.hint
    mended = TEXT.replace("max: 10}", 'max: 10, missing: {"99": dont_know}}')
    out = read(path, Questionnaire.from_text(mended)).frame(["nps"], kinds=True)
    assert out["nps__missing"].tolist() == ["dont_know"]


def test_all_findings_of_a_run_come_together_and_twenty_are_shown(tmp_path):
    rows = [{"who": f"same{i // 2}"} for i in range(50)]
    errors = findings(table(tmp_path, *rows, {"s1": "no", "region": "x"}))
    assert len(errors) == 27
    with pytest.raises(SurveykitError) as caught:
        read(tmp_path / "answers.csv", Q)
    assert str(caught.value).startswith("27 findings")
    assert str(caught.value).endswith("… and 7 more")


def test_a_column_of_many_bad_values_is_one_finding(tmp_path):
    errors = findings(table(tmp_path, *({"nps": str(100 + i)} for i in range(25)), {"s1": "no"}))
    assert [e.code for e in errors] == ["VALUE_TEXT", "VALUE_RANGE"]
    assert errors[1].what == "a value outside the scale: 25 different ones in 25 cells"
    assert errors[1].got.startswith("'100', '101', '102', '103', '104', … in data rows 1, 2,")


@pytest.mark.parametrize(
    "header", ["I am satisfied.", "i am  SATISFIED", "我很满意", "q1_1", "Ｓ1", "S1", " s1 "]
)
def test_a_header_may_be_the_id_an_alias_or_the_text(tmp_path, header):
    data = read(table(tmp_path, header={"s1": header}), Q)
    assert next(c.header for c in data.import_report.columns if c.item == "s1") == header.strip().replace(
        "  ", " "
    )


def test_an_exact_id_wins_and_two_equal_claims_are_an_error(tmp_path):
    data = read(table(tmp_path, header={"why": "S1"}), Q)
    assert next(c.header for c in data.import_report.columns if c.item == "s1") == "s1"
    (error,) = findings(table(tmp_path, header={"s1": "Q1_1", "why": "q1_1"}))
    assert (error.code, error.got) == ("AMBIGUOUS_HEADER", "'Q1_1', 'q1_1'")


def test_an_item_without_a_column_names_the_nearest_header(tmp_path):
    (error,) = findings(table(tmp_path, header={"nps": "nsp"}))
    assert (error.code, "did you mean 'nsp'" in error.hint) == ("ITEM_MISSING", True)
    data = read(table(tmp_path, drop=("why", "who")), Q)
    assert not data.has("why")
    assert any("'why'" in w for w in data.import_report.warnings)


def test_a_repeated_respondent_is_an_error(tmp_path):
    (error,) = findings(table(tmp_path, {"who": "a"}, {"who": "b"}, {"who": "a"}))
    assert (error.code, error.got) == ("DUPLICATE_ID", "in data rows 1, 3")


def test_a_row_of_totals_is_no_respondent(tmp_path):
    for word in ("Total", "合计："):
        (error,) = findings(table(tmp_path, {}, {"who": word}))
        assert (error.code, error.where.row if isinstance(error.where, Where) else 0) == ("TOTALS_ROW", 2)


def test_rows_without_any_answer_are_said(tmp_path):
    silent = dict.fromkeys(("s1", "s2", "nps", "feel", "region", "age"), "")
    data = read(table(tmp_path, {}, silent, silent), Q)
    assert data.n_rows == 3
    assert "2 of the rows used hold no answer to any question" in data.import_report.warnings


def test_nothing_left_after_zero_weights(tmp_path):
    (error,) = findings(table(tmp_path, {"age": "0"}, {"age": "0"}), weight="age")
    assert error.code == "NO_ROWS"


def test_construct_scores_need_their_share_of_valid_items(tmp_path):
    cells = [{"s1": "5", "s2": "5"}, {"s1": "", "s2": "2"}, {"s1": "98", "s2": ""}]
    data = read(table(tmp_path, *cells), Q)
    np.testing.assert_array_equal(data.frame(["sat"])["sat"], [3, 4, np.nan])
    assert data.moments(["sat"]).n == 2
    assert data.label("sat", "zh") == "满意度"
    assert data.label("s1", "en") == "I am satisfied."


def test_every_change_is_counted_with_an_example(tmp_path):
    data = read(table(tmp_path, {"s1": "４"}, {"s1": " 4"}, {"s1": "Strongly agree"}, {"s1": "n/a"}), Q)
    changes = {c.what: (c.count, c.example) for c in data.import_report.columns[1].changes}
    assert changes["white space or full-width form folded"][0] == 2
    assert changes["label to value"] == (1, "'Strongly agree' → 5")
    assert changes["taken as skipped"] == (1, "'n/a' → missing")
    assert "Strongly agree" in data.import_report.summary()


def test_white_space_around_free_text_is_removed_and_counted_without_quoting_it(tmp_path):
    data = read(table(tmp_path, {"why": " private "}, {"why": "x"}, {"why": "  "}), Q)
    assert data.frame(["why"])["why"].fillna("").tolist() == ["private", "x", ""]
    (change,) = data.import_report.columns[-1].changes
    assert (change.count, change.example) == (1, "")
    assert "private" not in data.import_report.summary()


def test_report_as_plain_data_and_tables(tmp_path):
    import json

    report = read(table(tmp_path, {"nps": ""}, {}), Q).import_report
    plain = json.loads(json.dumps(report.to_dict()))
    assert plain["rows_read"] == plain["rows_used"] == 2
    nps = next(r for r in report.tables()["columns"].records() if r["item"] == "nps")
    assert (nps["valid"], nps["skipped"], nps["dont_know"]) == (1, 1, 0)


def test_a_report_that_does_not_balance_cannot_be_made():
    with pytest.raises(RuntimeError):
        ImportReport("x", rows_read=3, rows_used=1, set_aside=(("weight is zero", 1),))
    with pytest.raises(RuntimeError):
        ImportReport("x", 2, 2, columns=(ColumnReport("a", "a", 2, 1, {}),))


CELLS = st.sampled_from(
    ["1", "2", "3", "４", "5.0", "", " ", "98", "97", "n/a", "非常同意", "(跳过)", "7", "oops", "99"]
)


@settings(max_examples=40, deadline=None)
@given(
    cells=st.lists(st.tuples(CELLS, CELLS, st.sampled_from(["0", "1", "2.5"])), min_size=1, max_size=12),
    blank=st.lists(st.integers(0, 12), max_size=3),
)
def test_conservation(tmp_path_factory, cells, blank):
    """Rows read = used + set aside; cells = valid + missing by kind; every bad cell is in a finding."""
    rows = [f"{a},{b},{w}" for a, b, w in cells]
    for place in blank:
        rows.insert(place, ",,")
    path = tmp_path_factory.mktemp("c") / "a.csv"
    path.write_text("s1,s2,w\n" + "\n".join(rows) + "\n", encoding="utf-8")
    used = [(a, b) for a, b, w in cells if w != "0"]
    bad = {
        (column, cell)
        for pair in used
        for column, cell in zip("ab", pair, strict=True)
        if cell in {"7", "oops", "99"}
    }
    if bad or not used:
        assert len(findings(path, SMALL, weight="w")) == len(bad) + (not used)
        return
    report = read(path, SMALL, weight="w").import_report
    aside = dict(report.set_aside)
    assert report.rows_read == len(cells) + len(blank) == report.rows_used + sum(aside.values())
    assert aside.get("weight is zero", 0) == len(cells) - len(used)
    assert aside.get("row without any answer cell", 0) == len(blank)
    for column, place in (("s1", 0), ("s2", 1)):
        expected = [SMALL_CODER.read(pair[place]) for pair in used]
        entry = next(c for c in report.columns if c.item == column)
        assert entry.cells == len(used) == entry.valid + sum(entry.missing.values())
        kinds = [cell.kind for cell in expected if cell.kind]
        assert entry.missing == {k: kinds.count(k) for k in set(kinds)}


SMALL = Questionnaire.from_text(
    """
id: small
title: {en: Small, zh: 小}
version: "1"
languages: [en, zh]
scales:
  five: {min: 1, max: 5, labels: {5: {en: Yes, zh: 非常同意}}, missing: {"98": dont_know, "97": refused}}
items:
  s1: {text: {en: One, zh: 一}, scale: five}
  s2: {text: {en: Two, zh: 二}, scale: five}
"""
)
SMALL_CODER = Coder.of(SMALL.items["s1"], {}, ())


@settings(max_examples=300)
@given(st.text(max_size=8))
def test_a_number_is_what_a_person_would_read(text):
    value = number_of(text)
    if value is not None:
        assert np.isfinite(value)
        assert value == float(
            "".join(chr(ord(c) - 0xFEE0) if "！" <= c <= "～" else c for c in text).replace("−", "-")
        )


def test_real_answers(shared_data):
    data = read(shared_data("mobi.csv"), "ecsi")
    frame = pd.read_csv(shared_data("mobi.csv"))
    assert data.n_rows == 250
    np.testing.assert_allclose(
        data.frame(["Satisfaction"])["Satisfaction"],
        frame[["CUSA1", "CUSA2", "CUSA3"]].mean(axis=1),
        rtol=1e-12,
    )


@pytest.mark.parametrize(
    ("name", "rows"),
    [
        ("google_forms/gf01_sheets_download_comma_multi.csv", 125),
        ("kobo/kb01_select_multiple_both_or_other.csv", 3),
        ("spss/sp01_multiple_response_alltypes.sav", 6),
        ("stata/st01_extended_missing.dta", 1),
        ("wenjuanxing/tx01_tencent_gb18030_first150.csv", 150),
        ("wenjuanxing/wj02_text_skip_blank_other_excerpt.csv", 3),
        ("kobo/kb03_xlsform_or_other.xlsx", None),
        ("surveyjs/sj01_product_feedback.json", None),
    ],
)
def test_real_exports_are_read_or_refused_with_a_clear_error(shared_data, name, rows):
    """The facts stand in the README beside the exports."""
    path = shared_data(f"exports/{name}")
    if rows is None:
        with pytest.raises(SurveykitError) as caught:
            read(path)
        assert all(e.hint for e in caught.value.errors)
    else:
        assert read(path).n_rows == rows
