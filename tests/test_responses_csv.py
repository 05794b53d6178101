"""Delimited text: what it holds comes out as it is, and what is wrong with it is said with its line."""

from __future__ import annotations

import csv
import io

import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import Limits, read

GOOD = "id,nps,comment\nr1,9,fine\nr2,3,bad\n"


def write(tmp_path, content, name="answers.csv", encoding="utf-8"):
    path = tmp_path / name
    path.write_bytes(content if isinstance(content, bytes) else content.encode(encoding))
    return path


def failure(path, **options):
    with pytest.raises(SurveykitError) as caught:
        read(path, **options)
    return caught.value


@pytest.mark.parametrize(
    ("encoding", "named", "guessed"),
    [
        ("utf-8", "utf-8", False),
        ("utf-8-sig", "utf-8-sig", False),
        ("utf-16", "utf-16", False),
        ("gb18030", "gb18030", True),
        ("gbk", "gb18030", True),
    ],
)
def test_chinese_text_in_each_encoding(tmp_path, encoding, named, guessed):
    text = "编号,城市\n一,北京\n二,上海\n三,广州\n"
    data = read(write(tmp_path, text, encoding=encoding))
    assert data.groups("城市") == ("上海", "北京", "广州")
    assert data.import_report.encoding == named
    assert any("encoding" in g for g in data.import_report.guesses) == guessed


def test_western_text_in_windows_1252_is_read_and_said_to_be_a_guess(tmp_path):
    data = read(write(tmp_path, "name,ort\nMüller,Köln\nGarçon,Orléans\n", encoding="cp1252"))
    assert data.groups("ort") == ("Köln", "Orléans")
    assert data.import_report.encoding == "cp1252"
    assert any("cp1252" in g for g in data.import_report.guesses)


@pytest.mark.parametrize("encoding", ["utf-16-le", "utf-16-be"])
def test_utf16_without_its_mark_is_not_guessed_but_can_be_named(tmp_path, encoding):
    path = write(tmp_path, GOOD, encoding=encoding)
    assert failure(path).code == "ENCODING"
    assert read(path, encoding=encoding).n_rows == 2


def test_an_encoding_that_is_neither_is_asked_for(tmp_path):
    path = write(tmp_path, "المجموعة,المدينة\nالأولى,دمشق\nالثانية,بغداد\n", encoding="cp1256")
    assert failure(path).code == "ENCODING"
    assert "encoding=" in failure(path).hint
    assert read(path, encoding="cp1256").columns == ("المجموعة", "المدينة")


@pytest.mark.parametrize(
    ("text", "encoding", "named"),
    [
        # each of them but the last decodes as GB18030 without an error
        ("編號,您對服務的滿意度\n1,非常滿意\n2,不滿意\n", "big5", "cp950"),
        ("編號,您嘅意見\n1,佢哋嘅服務好好\n2,冇意見，多謝你哋\n", "big5hkscs", "big5hkscs"),
        ("番号,町\n1,きょうと\n2,おおさか\n3,サービスに満足\n", "shift_jis", "cp932"),
        ("번호,서비스에 얼마나 만족하십니까\n1,매우 만족\n2,불만족\n3,보통이다\n4,친구에게 추천함\n", "cp949", "cp949"),
        ("番号,町\n1,きょうと\n2,おおさか\n3,サービスに満足\n", "euc_jp", "euc_jp"),
        # each of these reads as Windows-1252 without an error
        ("группа,город\nпервая,Москва\nвторая,Казань\n", "koi8-r", "koi8_r"),
        ("группа,город\nпервая,Москва\nвторая,Казань\n", "cp1251", "cp1251"),
        ("группа,город\nпервая,Москва\nвторая,Казань\n", "cp866", "cp866"),
        ("numer,zadowolenie\n1,Świetna obsługa\n2,mężczyzna dziękuję\n", "cp1250", "cp1250"),
        ("numer,zadowolenie\n1,Świetna obsługa\n2,mężczyzna\n", "iso8859_2", "iso8859_2"),
        ("no,memnuniyet\n1,Çok memnunum ığüş\n2,hiç memnun değilim\n", "cp1254", "cp1254"),
        ("id,text\n1,He said “Hello” and ‘never’\n", "cp1252", "cp1252"),
        ("id,text\n1,Änderung\n2,Äpfel\n", "cp1252", "cp1252"),
        ("id,text\n1,fan of the Expanded Universe?Œæ" + "\n2,no more than that" * 20 + "\n", "cp1252", "cp1252"),
    ],
)  # fmt: skip
def test_texts_of_east_asia_are_told_apart(tmp_path, text, encoding, named):
    path = write(tmp_path, text, encoding=encoding)
    data = read(path)
    assert data.import_report.encoding == named
    assert data.columns == tuple(text.partition("\n")[0].split(","))
    assert any(f"plausibly as {named}" in g for g in data.import_report.guesses)


def test_a_wrong_or_unknown_encoding_by_name(tmp_path):
    path = write(tmp_path, b"id,x\nr1,caf\xe9\n")
    assert "line 2" in str(failure(path, encoding="utf-8").where)
    assert failure(path, encoding="klingon").code == "ENCODING"


@pytest.mark.parametrize(
    ("delimiter", "word"), [(",", "comma"), (";", "semicolon"), ("\t", "tab"), ("|", "bar")]
)
def test_the_delimiter_is_found_and_reported(tmp_path, delimiter, word):
    data = read(write(tmp_path, GOOD.replace(",", delimiter)))
    assert data.frame(["nps"])["nps"].tolist() == [9.0, 3.0]
    assert data.import_report.delimiter == delimiter
    assert any(word in g for g in data.import_report.guesses)


def test_an_unclear_delimiter_is_an_error_not_a_guess(tmp_path):
    path = write(tmp_path, "a;b,c\n1;2,3\n4;5,6\n")
    assert failure(path).code == "DELIMITER"
    assert read(path, delimiter=",").columns == ("a;b", "c")


def test_decimal_comma_where_it_can_mean_nothing_else(tmp_path):
    data = read(write(tmp_path, "id;zeit\na;1,5\nb;2,25\n"), weight=None)
    assert "zeit" in data.numeric
    assert data.frame(["zeit"])["zeit"].tolist() == [1.5, 2.25]
    assert any("decimal comma" in w for w in data.import_report.warnings)


def test_three_digits_after_the_comma_may_be_thousands_and_are_not_guessed(tmp_path):
    assert "km" not in read(write(tmp_path, "id;km\na;1,500\nb;2,250\n")).numeric


def test_ragged_rows_come_all_together_with_the_line_after_embedded_newlines(tmp_path):
    text = 'id,comment\na,"one\ntwo\nthree"\nb\nc,x,y\n'
    error = failure(write(tmp_path, text))
    assert [e.code for e in error.errors] == ["RAGGED", "RAGGED"]
    assert [(e.where.line, e.where.row) for e in error.errors] == [(5, 2), (6, 3)]


def test_one_extra_cell_in_every_row_shifts_nothing(tmp_path):
    error = failure(write(tmp_path, "id,nps\nr1,9,\nr2,3,\n"))
    assert error.code == "RAGGED"
    assert "3 cells, the header 2" in error.what


@pytest.mark.parametrize(
    ("content", "code"),
    [
        (b"", "EMPTY_FILE"),
        (b"\n\n", "EMPTY_FILE"),
        (b"\xef\xbb\xbf", "EMPTY_FILE"),
        (b"id,nps\n", "NO_ROWS"),
        (b"1,2,3\n4,5,6\n", "NO_HEADER"),
        (b"R001,9,3\nR002,4,5\n", "NO_HEADER"),
        (b"id,nps,nps\na,1,2\n", "DUPLICATE_HEADER"),
        (b"id,,nps\na,x,2\n", "NO_COLUMN_NAME"),
        (b"id,n\0ps\na,1\n", "NUL"),
        (b'id,text\na,"never closed\nb,x\n', "QUOTES"),
        (b'id,text\na,"closed"too early\n', "QUOTES"),
    ],
)
def test_files_that_cannot_be_read(tmp_path, content, code):
    error = failure(write(tmp_path, content))
    assert error.code == code
    assert "answers.csv" in str(error.where)


@pytest.mark.parametrize("newline", ["\r\n", "\r", "\n"])
def test_every_kind_of_line_end(tmp_path, newline):
    data = read(write(tmp_path, GOOD.replace("\n", newline)))
    assert data.n_rows == 2
    assert data.columns == ("id", "nps", "comment")


def test_blank_lines_and_rows_without_a_cell_are_set_aside_and_counted(tmp_path):
    data = read(write(tmp_path, "id,nps\nr1,9\n\nr2,3\n,\n"))
    assert data.flow().rows == (("read", 4), ("row without any answer cell", 2), ("used", 2))


def test_a_label_of_NA_stays_and_an_NA_among_numbers_is_missing(tmp_path):
    data = read(write(tmp_path, "segment,x\nNA,1\nnull,NA\nNone,3\nnan,\n"))
    assert data.groups("segment") == ("NA", "None", "nan", "null")
    assert data.set_aside("segment") == 0
    assert data.frame(["x"])["x"].isna().tolist() == [False, True, False, True]
    assert any(c.what == "taken as skipped" and c.count == 1 for c in data.import_report.columns[1].changes)


@pytest.mark.parametrize("cell", ["1_0", "0x5", "inf", "1e400", "٥", "５²", "1,5", "NaN5"])
def test_what_python_or_an_engine_would_take_for_a_number_but_a_person_would_not(tmp_path, cell):
    text = io.StringIO()
    csv.writer(text).writerows([["x"], ["1"], [cell]])
    assert "x" not in read(write(tmp_path, text.getvalue())).numeric


def test_one_text_among_many_numbers_is_said(tmp_path):
    data = read(write(tmp_path, "x\n" + "".join(f"{i}\n" for i in range(30)) + "oops\n"))
    assert any("'oops'" in w for w in data.import_report.warnings)


def test_limits_have_a_message_and_an_option(tmp_path):
    path = write(tmp_path, "id,text\n" + "".join(f"r{i},{'x' * 50}\n" for i in range(100)))
    assert failure(path, limits=Limits(rows=99)).code == "LIMIT_ROWS"
    assert failure(path, limits=Limits(columns=1)).code == "LIMIT_COLUMNS"
    assert failure(path, limits=Limits(megabytes=0.001)).code == "LIMIT_MEGABYTES"
    error = failure(path, limits=Limits(cell=49))
    assert (error.errors[0].code, len(error.errors)) == ("LIMIT_CELL", 100)
    assert "80 more" in str(error)
    assert read(path, limits=Limits(rows=100)).n_rows == 100


def test_a_cell_beyond_the_parsers_own_limit(tmp_path):
    assert failure(write(tmp_path, "id,text\na," + "x" * 200_000 + "\n")).code == "LIMIT_CELL"


def test_names_with_glob_characters_are_read_literally(tmp_path):
    write(tmp_path, "x\n999\n", "a1.csv")
    assert read(write(tmp_path, "x\n1\n", "a[1].csv")).frame(["x"])["x"].tolist() == [1.0]


def test_a_missing_file_a_directory_and_an_unknown_ending(tmp_path):
    write(tmp_path, GOOD)
    assert "did you mean 'answers.csv'" in failure(tmp_path / "answer.csv").hint
    assert failure(tmp_path / "no\0name.csv").code == "NO_FILE"
    (tmp_path / "folder.csv").mkdir()
    assert failure(tmp_path / "folder.csv").code == "IS_DIRECTORY"
    assert failure(write(tmp_path, GOOD, "answers.docx")).code == "UNKNOWN_FORMAT"


def test_messages_never_print_control_characters_or_long_text(tmp_path):
    header = "\x1b[31mred" + "x" * 100
    message = str(failure(write(tmp_path, f"{header},{header}\n1,2\n")))
    assert "\x1b" not in message
    assert "x" * 41 not in message


def test_a_file_name_cannot_speak_to_the_terminal(tmp_path):
    message = str(failure(write(tmp_path, b"", "\x1b[2J\u202e\udc80.csv")))
    assert not {"\x1b", "\u202e", "\udc80"} & set(message)
    assert "\\x1b[2J" in message
