"""Exports of survey platforms: recognised, in shape, and no row lost; facts of real exports."""

from __future__ import annotations

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from surveykit.errors import SurveykitError
from surveykit.responses import read
from surveykit.responses.raw import ReaderOptions, read_raw
from tests.exports import (
    ALL,
    GOOGLE,
    QUALTRICS,
    SURVEYMONKEY,
    WENJUANXING_CODES,
    write,
    write_platform,
    write_workbook,
)


def raw_of(path, **options):
    return read_raw(path, ReaderOptions(**options))[0]


def cells(path, column, **options):
    return raw_of(path, **options).table.column(column).to_pylist()


@pytest.mark.parametrize("platform", ALL)
def test_each_platform_is_recognised_and_says_why(tmp_path, platform):
    report = read(write_platform(tmp_path, platform)).import_report
    assert report.platform == platform
    assert any(g.startswith(f"platform {platform}: ") for g in report.guesses)
    assert report.rows_read == report.rows_used + sum(n for _, n in report.set_aside)


@pytest.mark.parametrize("platform", [p for p in ALL if p != "tencent"])
def test_the_same_export_as_a_workbook(tmp_path, platform):
    rows, _, _ = ALL[platform]
    text = raw_of(write_platform(tmp_path, platform))
    book = raw_of(write_workbook(tmp_path / "book.xlsx", rows))
    assert book.platform == platform
    assert book.table.to_pydict() == text.table.to_pydict()


def test_a_plain_table_is_no_export(tmp_path):
    path = write(tmp_path / "plain.csv", [["id", "q1", "city"], ["1", "5", "A"], ["2", "4", "B"]])
    assert raw_of(path).platform == ""


def test_the_platform_can_be_named_or_denied(tmp_path):
    path = write_platform(tmp_path, "google_forms")
    assert raw_of(path, platform="none").platform == ""
    with pytest.raises(SurveykitError, match="did you mean 'google_forms'"):
        raw_of(path, platform="google")
    with pytest.raises(SurveykitError, match="no meaning for data frames"):
        read(raw_of(path).table, platform="kobo")


def test_equal_evidence_asks_for_the_flag(tmp_path):
    rows = [["Timestamp", "submitdate", "lastpage"], ["4/22/2016 19:57:50", "2016-04-22", "1"]]
    path = write(tmp_path / "both.csv", rows)
    with pytest.raises(SurveykitError, match="google_forms as well as of limesurvey") as caught:
        raw_of(path)
    assert "platform: google_forms" in str(caught.value)
    assert raw_of(path, platform="limesurvey").platform == "limesurvey"


def test_two_exports_in_one_file_are_refused(tmp_path):
    rows = [*QUALTRICS, *QUALTRICS]
    with pytest.raises(SurveykitError, match="two exports in one file"):
        raw_of(write(tmp_path / "twice.csv", rows))


def test_qualtrics_previews_and_unfinished_rows_are_counted(tmp_path):
    data = read(write_platform(tmp_path, "qualtrics"))
    assert data.import_report.set_aside == (("preview", 1), ("not finished", 1))
    assert data.import_report.rows_read == 5
    assert data.n_rows == 3
    assert data.import_report.sha256


def test_qualtrics_recodes_are_no_scores(tmp_path):
    data = read(write_platform(tmp_path, "qualtrics"))
    frame = data.frame(["Q3_1", "Q3_2", "Q3_3"])
    assert frame.min().min() == 1
    assert frame.isna().sum().tolist() == [1, 0, 1]
    assert any("negative recodes" in g for g in data.import_report.guesses)


def test_qualtrics_boxes_become_one_question(tmp_path):
    raw = raw_of(write_platform(tmp_path, "qualtrics"))
    assert raw.table.column("Q2").to_pylist() == ["Tea", "Tea┋Coffee", ""]
    assert dict(raw.fields["Q2"].choices) == {"1": "Tea", "2": "Coffee"}
    assert raw.fields["Q3_1"].stem == "Rate us:"
    assert raw.question["Q1"] == "How likely are you to recommend us?"


@pytest.mark.parametrize("header_rows", [1, 2, 3])
def test_qualtrics_of_every_generation(tmp_path, header_rows):
    rows = [QUALTRICS[0], *QUALTRICS[1:header_rows], *QUALTRICS[3:]]
    raw = raw_of(write(tmp_path / "q.csv", rows))
    assert raw.platform == "qualtrics"
    assert raw.set_aside == (("preview", 1), ("not finished", 1))
    assert raw.table.column("ResponseId").to_pylist() == ["R_1", "R_2", "R_5"]


def test_qualtrics_import_ids_as_python_wrote_them(tmp_path):
    rows = [*QUALTRICS[:2], [c.replace('"', "'") for c in QUALTRICS[2]], *QUALTRICS[3:]]
    assert raw_of(write(tmp_path / "q.csv", rows)).table.num_rows == 3


def test_qualtrics_answers_joined_by_commas(tmp_path):
    rows = [list(r) for r in QUALTRICS]
    for row, cell in zip(
        rows[3:], ["Tea,Coffee, black", "Tea", "Coffee, black", "", "Coffee, black,Tea"], strict=True
    ):
        row[5] = cell
    joined = [*rows[:3], *[r for r in rows[3:] if r[1] == "0"] * 3]
    for i, row in enumerate(joined[3:]):
        joined[3 + i] = [*row[:4], f"R_{i}", *row[5:]]
    raw = raw_of(write(tmp_path / "q.csv", joined))
    assert set(raw.fields["Q1"].choices.values()) == {"Tea", "Coffee, black"}


def test_only_previews_are_kept_with_a_warning(tmp_path):
    rows = [*QUALTRICS[:3], QUALTRICS[5]]
    report = read(write(tmp_path / "q.csv", rows)).import_report
    assert (report.rows_read, report.rows_used) == (1, 1)
    assert "all 1 rows were kept although each is a preview" in report.warnings


def test_surveymonkey_fills_its_first_header_forward(tmp_path):
    raw = raw_of(write_platform(tmp_path, "surveymonkey"))
    assert raw.encoding == "cp1252"
    assert raw.table.column("Which brands do you know?").to_pylist() == ["Alpha", "Alpha┋Beta┋other", ""]
    assert raw.table.column("How satisfied are you? – Service").to_pylist()[0] == "Satisfied"
    assert raw.fields["Which brands do you know? – Other (please specify)"].role == "text"
    assert "Gender" in raw.table.column_names


def test_surveymonkey_workbook_with_merged_headers(tmp_path):
    path = write_workbook(tmp_path / "sm.xlsx", SURVEYMONKEY, merge="C1:E1")
    assert raw_of(path).table.column("Which brands do you know?").to_pylist() == [
        "Alpha",
        "Alpha┋Beta┋other",
        "",
    ]


def test_google_choices_with_commas_are_learnt(tmp_path):
    raw = raw_of(write_platform(tmp_path, "google_forms"))
    assert set(raw.fields["What do you teach?"].choices.values()) == {
        "Labs",
        "Mixed (talks, courses)",
        "Yes, online",
    }
    assert raw.fields["Rate [Price]"].stem == "Rate"
    assert any("several answers of 3 choices" in g for g in raw.guesses)


@pytest.mark.parametrize(
    "stamp",
    ["2026/9/19 下午 1:56:57", "19.09.2026 13:56:57", "2026-09-19 13:56:57", "2026/09/19 1:56:57 PM GMT+8"],
)
def test_google_time_stamps_of_other_countries(tmp_path, stamp):
    rows = [["时间戳记", *GOOGLE[0][1:]], *[[stamp, *r[1:]] for r in GOOGLE[1:]]]
    assert raw_of(write(tmp_path / "g.csv", rows)).platform == "google_forms"


def test_limesurvey_unseen_is_not_shown(tmp_path):
    data = read(write_platform(tmp_path, "limesurvey"))
    assert data.import_report.set_aside == (("not submitted", 1),)
    column = {c.item: c for c in data.import_report.columns}["N1"]
    assert (column.valid, dict(column.missing)) == (2, {"not_shown": 1})
    assert cells(tmp_path / "limesurvey.csv", "G1") == [
        "SQ1",
        "other",
        "",
    ]  # who wrote beside the boxes chose "other"


def test_ms_forms_trailing_semicolons(tmp_path):
    raw = raw_of(write_platform(tmp_path, "ms_forms"))
    assert raw.table.column("Which do you use?").to_pylist()[0] == "Word;Excel;"
    assert {"Word", "Excel"} <= set(raw.fields["Which do you use?"].choices.values())
    assert raw.fields["Email"].role == "identifier"


def test_typeform_headers_and_repeated_choices(tmp_path):
    raw = raw_of(write_platform(tmp_path, "typeform"))
    assert "Do you work?" in raw.table.column_names
    several = [f for f in raw.fields.values() if f.choices]
    assert [list(f.choices.values()) for f in several] == [
        ["Reading", "Sport", "other"],
        ["Reading", "Chess"],
    ]
    assert sum(f.role == "text" for f in raw.fields.values()) == 1


def test_wenjuanxing_by_text(tmp_path):
    raw = raw_of(write_platform(tmp_path, "wenjuanxing"))
    assert raw.encoding == "gb18030"
    assert raw.table.column("2、您使用过哪些产品？").to_pylist() == ["手机┋电脑", "其他", "(跳过)"]
    assert raw.table.column("2、您使用过哪些产品？〖填空〗").to_pylist() == ["", "平板", ""]
    assert raw.table.column("所用时间").to_pylist() == ["83", "45", "300"]
    assert {raw.fields[n].stem for n in ("3、请评价以下方面—价格", "3、服务", "3、环境")} == {
        "请评价以下方面"
    }
    missing = {c.item: dict(c.missing) for c in read(tmp_path / "wenjuanxing.csv").import_report.columns}
    assert missing["2、您使用过哪些产品？"] == {"not_shown": 1}
    assert missing["3、请评价以下方面—价格"] == {"skipped": 1}


def test_wenjuanxing_by_number(tmp_path):
    data = read(write(tmp_path / "w.csv", WENJUANXING_CODES))
    column = {c.item: c for c in data.import_report.columns}["3、您有多大可能推荐我们？"]
    assert dict(column.missing) == {"skipped": 1}
    joined = next(n for n, f in raw_of(tmp_path / "w.csv").fields.items() if f.choices)
    assert cells(tmp_path / "w.csv", joined) == ["手机┋电脑", "∅", ""]


def test_tencent_header_and_encoding(tmp_path):
    raw = raw_of(write_platform(tmp_path, "tencent"))
    assert raw.encoding == "gb18030"
    assert raw.table.column_names[0] == "seq"
    assert raw.fields["Q2|A1|open"].role == "text"


def test_tencent_by_words(tmp_path):
    header = [
        "编号",
        "开始答题时间",
        "结束答题时间",
        "答题时长",
        "1.您的性别",
        "2.您喜欢哪些？:苹果",
        "2.您喜欢哪些？:梨",
    ]
    rows = [
        ["1", "2026-01-01", "2026-01-01", "30", "男", "1", "0"],
        ["2", "2026-01-01", "2026-01-01", "31", "女", "1", "1"],
    ]
    raw = raw_of(write(tmp_path / "t.csv", [header, *rows]))
    assert raw.platform == "tencent"
    assert raw.table.column("2. 您喜欢哪些？").to_pylist() == ["苹果", "苹果┋梨"]
    assert raw.fields["1.您的性别"].text == "您的性别"


def test_kobo_joined_and_split_answers_agree(tmp_path):
    raw = raw_of(write_platform(tmp_path, "kobo"))
    assert raw.table.column("fruit").to_pylist() == ["apple pear", "pear", "∅", ""]
    assert dict(raw.fields["fruit"].choices) == {"apple": "apple", "pear": "pear"}
    assert not raw.warnings


def test_kobo_says_where_the_two_forms_differ(tmp_path):
    rows, encoding, delimiter = ALL["kobo"]
    wrong = [list(r) for r in rows]
    wrong[1][3] = "0"
    raw = raw_of(write(tmp_path / "k.csv", wrong, encoding, delimiter))
    assert any("in 1 rows" in w and "differ" in w for w in raw.warnings)


TEXT = st.text(st.characters(blacklist_categories=("Cs", "Cc", "Zl", "Zp")), max_size=12)


@pytest.mark.parametrize("platform", ["qualtrics", "limesurvey", "wenjuanxing", "surveymonkey", "kobo"])
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(data=st.data())
def test_no_row_vanishes(tmp_path, platform, data):
    """Whatever stands in the cells, rows read are rows used and rows set aside."""
    rows, _, delimiter = ALL[platform]
    heads = {"qualtrics": 3, "surveymonkey": 2}.get(platform, 1)
    body = rows[heads:]
    cell = st.one_of(TEXT, st.sampled_from(sorted({c for r in body for c in r})))
    picked = data.draw(st.lists(st.integers(0, len(body) - 1), min_size=1, max_size=8))
    answers = [[data.draw(cell) if data.draw(st.integers(0, 3)) == 0 else c for c in body[i]] for i in picked]
    path = write(tmp_path / "any.csv", [*rows[:heads], *answers], "utf-8", delimiter)
    try:
        report = read(path, delimiter=delimiter, platform=platform).import_report
    except SurveykitError:
        return  # a clear error is no silent loss
    assert report.rows_read == len(answers)
    assert report.rows_used + sum(n for _, n in report.set_aside) == len(answers)


FACTS = "exports"


def test_qualtrics_facts(shared_data):
    raw = raw_of(shared_data(f"{FACTS}/qualtrics/q01_many_types_3hdr_pydict_importid.csv"))
    originals = [n for n, f in raw.fields.items() if not f.separator or f.role == "member"]
    assert (raw.table.num_rows, len(originals)) == (5, 190)
    data = read(shared_data(f"{FACTS}/qualtrics/q02_no_basis_negative_codes_3hdr.csv"))
    columns = [c for c in data.columns if c.startswith("Q3_")]
    raw_cells = [v for c in columns for v in data.native[f"{c}__raw"].to_list()]
    assert (data.n_rows, sum(v == "-1" for v in raw_cells)) == (15, 17)
    assert data.frame(columns).min().min() == 1


def test_surveymonkey_facts(shared_data):
    raw = raw_of(shared_data(f"{FACTS}/surveymonkey/sm01_starwars_2hdr.csv"))
    assert raw.encoding == "cp1252"
    films = next(n for n, f in raw.fields.items() if f.choices)
    seen = raw.table.column(films).to_pylist()
    assert (raw.table.num_rows, sum(bool(c) for c in seen)) == (1186, 835)
    assert len(raw.table.column_names) == 38 + 1
    assert len({f.stem or f.text for f in raw.fields.values()}) >= 15


def test_google_facts(shared_data):
    raw = raw_of(shared_data(f"{FACTS}/google_forms/gf01_sheets_download_comma_multi.csv"))
    choices = raw.fields["What level of education is your course?"].choices.values()
    assert (raw.table.num_rows, len(raw.table.column_names)) == (125, 25)
    assert "Intermediate undergraduate (sophmores and juniors)" in choices
    assert "Mixed (conferences, workshops, Software Carpentry style events, etc.)" in choices


def test_typeform_facts(shared_data):
    raw = raw_of(shared_data(f"{FACTS}/typeform/tf01_html_headers_first120.csv"))
    plain = [n for n, f in raw.fields.items() if not f.choices]
    assert (raw.table.num_rows, len(plain)) == (120, 123)
    assert not any("<" in n for n in raw.table.column_names)


def test_wenjuanxing_and_tencent_facts(shared_data):
    report = read(shared_data(f"{FACTS}/wenjuanxing/wj02_text_skip_blank_other_excerpt.csv")).import_report
    original = [c for c in report.columns if "〖" not in c.item]
    kinds = [sum(c.missing.get(k, 0) for c in original) for k in ("not_shown", "skipped")]
    left_out = [
        w for w in report.warnings if "personal" in w
    ]  # of 36 columns the one that asks for a nickname
    assert (report.rows_used, len(original) + len(left_out), kinds) == (3, 36, [12, 7])
    beds = "11、宿舍的床位结构是怎样的？"
    raw = raw_of(shared_data(f"{FACTS}/wenjuanxing/wj02_text_skip_blank_other_excerpt.csv"))
    assert raw.table.column(beds).to_pylist()[0].split("┋") == ["上床下桌", "八人间"]
    assert raw.table.column(f"{beds}〖填空〗").to_pylist()[0].startswith("专科宿舍为十二人间")
    tencent = raw_of(shared_data(f"{FACTS}/wenjuanxing/tx01_tencent_gb18030_first150.csv"))
    assert (tencent.encoding, tencent.table.num_rows, len(tencent.table.column_names)) == ("gb18030", 150, 40)


def test_kobo_facts(shared_data):
    raw = raw_of(shared_data(f"{FACTS}/kobo/kb01_select_multiple_both_or_other.csv"))
    assert (raw.table.num_rows, len(raw.table.column_names)) == (3, 9)
    assert raw.table.column("fav_emperors").to_pylist() == [
        "caligula other",
        "julius tiberius",
        "julius augustus",
    ]
    assert raw.table.column("fav_emperors/caligula").to_pylist() == ["1", "0", "0"]
    assert not raw.warnings


def test_statistics_files_facts(shared_data):
    raw = raw_of(shared_data(f"{FACTS}/spss/sp01_multiple_response_alltypes.sav"))
    assert raw.user_missing["z"] == ((-999.0, 0.0), 999.0)
    assert raw.table["mymrset"].tolist()[0] == "Response #1┋Response #2"
    assert raw.table["categorical_array"].tolist()[0] == "a┋b"
    stata = read(shared_data(f"{FACTS}/stata/st01_extended_missing.dta"))
    held = [stata.native[f"var{i}__raw"].to_list()[0] for i in range(1, 7)]
    assert held == [".a", ".b", ".c", ".x", ".y", ".z"]
    assert sum(c.missing.get("skipped", 0) for c in stata.import_report.columns) == 8
