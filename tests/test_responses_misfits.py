"""Files that are not what their name says, or hold something else than a table of answers: each one clear block."""

from __future__ import annotations

import io
import zipfile
from pathlib import Path

import pytest

from surveykit.errors import SurveykitError
from surveykit.responses import read
from surveykit.responses.raw import ReaderOptions, read_raw
from tests.exports import write

PLAIN = [["a", "b", "c"], *([str(i % 5), "x", "y"] for i in range(8))]


def refusal(path: Path | str) -> str:
    with pytest.raises(SurveykitError) as refused:
        read(path)
    return str(refused.value)


def archive(**files: str) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as made:
        for name, text in files.items():
            made.writestr(name, text)
    return packed.getvalue()


@pytest.mark.parametrize(
    ("name", "content", "says"),
    [
        ("a.csv", b"PAR1\0\0", "Parquet file under the name of a text file"),
        ("a.csv", archive(inner="1"), "ZIP archive or an Excel workbook under"),
        ("a.csv", b"%PDF-1.4\n%\xe2\xe3\xcf\xd3\n", "a PDF under"),
        ("a.csv", b"<!DOCTYPE html><html><body>sign in</body></html>", "a web page"),
        ("a.xlsx", archive(inner="1"), "an archive of files, not a workbook"),
        ("a.xlsx", b"PK\x03\x04" + bytes(100), "the workbook is cut off"),
        ("a.zip", archive(inner="1"), "unpack it"),
        ("a.csv", b"\n\n  \n", "no header and no data"),
    ],
)
def test_a_file_of_another_kind_is_named(tmp_path: Path, name: str, content: bytes, says: str) -> None:
    (tmp_path / name).write_bytes(content)
    assert says in refusal(tmp_path / name)


def test_an_address_is_no_file() -> None:
    assert "not fetched from the network" in refusal("https://example.org/answers.csv")


def test_a_link_to_nothing(tmp_path: Path) -> None:
    (tmp_path / "a.csv").symlink_to(tmp_path / "gone.csv")
    said = refusal(tmp_path / "a.csv")
    assert "leads to a file that is not there" in said
    assert "did you mean" not in said


def test_a_file_that_is_still_being_written(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = write(tmp_path / "a.csv", PLAIN)
    told = iter([(1, 10), (2, 12)])
    monkeypatch.setattr("surveykit.responses.raw._state", lambda _: next(told))
    assert "changed while it was read" in refusal(path)


def test_an_export_pasted_below_a_plain_table(tmp_path: Path) -> None:
    below = [["Respondent ID", "Collector ID", "Service"], ["1001", "5", "4"]]
    said = refusal(write(tmp_path / "a.csv", [*PLAIN, *below]))
    assert "two exports in one file" in said
    assert "line 10" in said


def test_surveymonkeys_summary_is_no_table_of_answers(tmp_path: Path) -> None:
    rows = [
        ["Q1. Satisfied?", "", ""],
        ["Answer Choices", "Responses", ""],
        ["Very", "45.00%", "9"],
        ["Not", "55.00%", "11"],
    ]
    assert "not one row per respondent" in refusal(write(tmp_path / "a.csv", rows))


def test_limesurveys_vv_file_has_its_codes_as_names(tmp_path: Path) -> None:
    head = "Response ID\tDate submitted\tLast page\tRate [speed]\tRate [price]\tComment\n"
    head += "id\tsubmitdate\tlastpage\tQ1_1\tQ1_2\tQ2\n"
    rows = [
        f"{i}\t2024-01-02 10:00:00\t3\t{1 + i % 5}\t{{question_not_shown}}\tgood{{newline}}bad\n"
        for i in range(1, 9)
    ]
    (tmp_path / "vv.txt").write_text(head + "".join(rows), encoding="utf-8")
    raw, _ = read_raw(tmp_path / "vv.txt", ReaderOptions())
    assert raw.table.column_names == ["id", "submitdate", "lastpage", "Q1_1", "Q1_2", "Q2"]
    assert raw.question["Q1_1"] == "Rate [speed]"
    assert raw.table.column("Q2")[0].as_py() == "good\nbad"
    report = read(tmp_path / "vv.txt").import_report
    assert report.rows_used == 8
    assert {c.item: dict(c.missing) for c in report.columns}["Q1_2"] == {"not_shown": 8}


@pytest.mark.parametrize(
    ("header", "column"),
    [
        (
            ["StartDate", "EndDate", "Progress", "Duration (in seconds)", "Finished", "ResponseId", "Q1"],
            "Duration (in seconds)",
        ),
        (
            ["id", "submitdate", "lastpage", "startlanguage", "interviewtime", "Q1[SQ1]", "Q1[SQ2]"],
            "interviewtime",
        ),
    ],
)
def test_the_time_an_interview_took_is_known_as_such(tmp_path: Path, header: list[str], column: str) -> None:
    rows = [["2024-01-02 10:00:00" if "date" in h.lower() else "100" if h == "Progress" else str(i) for h in header]
            for i in range(1, 12)]  # fmt: skip
    raw, _ = read_raw(write(tmp_path / "a.csv", [header, *rows]), ReaderOptions())
    assert raw.fields[column].role == "duration"


@pytest.mark.parametrize("what", ["sums", "means"])
def test_a_row_of_sums_or_means_without_a_name(tmp_path: Path, what: str) -> None:
    rows = [[f"R{i}", str(1 + i % 5), str(7 + i % 5)] for i in range(13)]
    sums = [sum(int(r[k]) for r in rows) for k in (1, 2)]
    last = ["", *(str(t) if what == "sums" else f"{t / 13:.2f}" for t in sums)]
    assert "row of totals" in refusal(write(tmp_path / "a.csv", [["who", "x", "y"], *rows, last]))
    person = ["", "3", "8"]
    assert read(write(tmp_path / "b.csv", [["who", "x", "y"], *rows, person])).n_rows == 14


def test_the_points_of_an_exam_are_no_scales(tmp_path: Path) -> None:
    header = [
        "序号",
        "提交答卷时间",
        "所用时间",
        "来自IP",
        "总分",
        "1、首都是?",
        "得分",
        "2、您的得分感如何",
        "2、得分",
    ]
    rows = [[str(i), "2024/1/2 10:00:00", "60秒", "1.2.3.4(北京)", "5", "ABC"[i % 3], str(5 * (i % 2)), str(1 + i % 5), "5"]
            for i in range(1, 12)]  # fmt: skip
    raw, _ = read_raw(write(tmp_path / "a.csv", [header, *rows]), ReaderOptions())
    assert [n for n, f in raw.fields.items() if f.role == "meta"] == ["总分", "得分", "2、得分"]
    assert any("points of an exam" in g for g in raw.guesses)
