"""The workbook and CSV: real numbers, no formulas, the same bytes, nothing about the machine (X1, X2)."""

from __future__ import annotations

import io
import re
import zipfile

import python_calamine

from surveykit.findings import Number
from surveykit.report import csv_text, unescape_csv
from surveykit.report._blocks import Column, TableBlock
from surveykit.report._render import Page
from surveykit.report._tables import workbook
from tests.report_study import report

HOSTILE = [
    '=HYPERLINK("http://x","y")',
    "=cmd|'/C calc'!A0",
    "+1+1",
    "-2+3",
    "@SUM(A1)",
    "\tx",
    "＝1+1",
    "http://example.org",
]


def hostile_book() -> bytes:
    rows = tuple(((text,), (Number(1.5, "number2", "/a"),)) for text in HOSTILE)
    table = TableBlock("t", ("=1+1",), (Column(("=A1",), "left"), Column(("x",))), rows, (("=2+2",),))
    return workbook([Page("p", (table,))], "en", "=3+3")


def test_text_never_becomes_a_formula_or_a_link() -> None:
    with zipfile.ZipFile(io.BytesIO(hostile_book())) as book:
        for name in book.namelist():
            content = book.read(name).decode("utf-8")
            assert "<f>" not in content
            assert all(
                "location=" in link and "r:id" not in link
                for link in re.findall("<hyperlink [^>]*>", content)
            )
    sheet = python_calamine.load_workbook(io.BytesIO(hostile_book())).get_sheet_by_index(1).to_python()
    assert [row[0] for row in sheet[3 : 3 + len(HOSTILE)]] == HOSTILE


def test_the_workbook_holds_every_table_with_real_numbers() -> None:
    book = python_calamine.load_workbook(io.BytesIO(report("en").xlsx()))
    tables = [b for p in report("en").pages for b in p.blocks if isinstance(b, TableBlock)]
    assert book.sheet_names == ["Contents", *(f"Table {i}" for i in range(1, len(tables) + 1))]
    scores = next(i for i, t in enumerate(tables, start=1) if t.id == "table-scores")
    rows = book.get_sheet_by_index(scores).to_python()
    first = report("en").document.rows("scores")[0]
    assert rows[3][0] == "Net Promoter Score"
    assert rows[3][1:4] == [first.get("estimate"), first.get("low"), first.get("high")]


def test_a_chinese_workbook_has_a_font_with_chinese_characters() -> None:
    for language, font in (("zh", "Microsoft YaHei"), ("zh-Hant", "Microsoft JhengHei")):
        with zipfile.ZipFile(io.BytesIO(report(language).xlsx())) as book:
            names = set(re.findall(r'<name val="([^"]*)"', book.read("xl/styles.xml").decode("utf-8")))
        assert names == {font}


def test_the_workbook_is_the_same_twice_and_knows_no_machine() -> None:
    first, second = report("zh").xlsx(), report("zh").xlsx()
    assert first == second
    with zipfile.ZipFile(io.BytesIO(first)) as book:
        core = book.read("docProps/core.xml").decode("utf-8")
        assert "2000-01-01T00:00:00Z" in core
        assert re.findall(r"<dc:creator>(.*?)</dc:creator>", core) in ([], [""])


def test_numbers_bear_the_format_of_the_page() -> None:
    with zipfile.ZipFile(io.BytesIO(report("en").xlsx())) as book:
        styles = book.read("xl/styles.xml").decode("utf-8")
    assert 'formatCode=".00"' in styles
    assert 'formatCode="+#,##0;-#,##0;0"' in styles


def test_csv_guards_text_and_leaves_numbers_alone() -> None:
    rows = [[text, -1.5] for text in [*HOSTILE, "plain", "'quoted", "'=1"]]
    text = csv_text(["label", "value"], rows)
    import csv

    back = list(csv.reader(io.StringIO(text, newline="")))[1:]
    assert [unescape_csv(r[0]) for r in back] == [r[0] for r in rows]
    assert all(not r[0].startswith(("=", "+", "-", "@", "\t", "＝")) for r in back)
    assert {r[1] for r in back} == {"-1.5"}


def test_control_characters_cannot_break_the_workbook() -> None:
    table = TableBlock("t", ("c",), (Column(("h",), "left"),), ((("a\x00b\x0bc",),), (("x" * 40_000,),)))
    sheet = python_calamine.load_workbook(
        io.BytesIO(workbook([Page("p", (table,))], "en", "t"))
    ).get_sheet_by_index(1)
    rows = sheet.to_python()
    assert rows[3][0] == "a\ufffdb\ufffdc"
    assert len(str(rows[4][0])) == 32_767


def test_what_a_sheet_cannot_hold_is_counted() -> None:
    rows = tuple(((text,),) for text in ("x" * 32_767, "x" * 32_768, "y" * 40_000, "a\x00b", "plain"))
    for language, words in (("en", "32,766 characters and end with …: 2."), ("zh", "以“…”结尾：2处。")):
        pages = [Page("p", (TableBlock("t", ("c",), (Column(("h",), "left"),), rows),))]
        book = python_calamine.load_workbook(io.BytesIO(workbook(pages, language, "t")))
        said = "".join(str(cell) for row in book.get_sheet_by_index(0).to_python() for cell in row)
        assert words in said
        assert said.count("\ufffd: 1." if language == "en" else "\ufffd表示）的文字：1处") == 1
        lengths = [len(str(r[0])) for r in book.get_sheet_by_index(1).to_python()[3:8]]
        assert lengths == [32_767, 32_767, 32_767, 3, 5]
    clean = [Page("p", (TableBlock("t", ("c",), (Column(("h",), "left"),), rows[-1:]),))]
    contents = python_calamine.load_workbook(io.BytesIO(workbook(clean, "en", "t"))).get_sheet_by_index(0)
    assert len(contents.to_python()) == 3


def test_contents_lead_to_their_sheets_and_the_ends_of_intervals_have_names() -> None:
    with zipfile.ZipFile(io.BytesIO(report("zh").xlsx())) as archive:
        first = archive.read("xl/worksheets/sheet1.xml").decode("utf-8")
    book = python_calamine.load_workbook(io.BytesIO(report("zh").xlsx()))
    places = re.findall(r"<hyperlink [^>]*location=\"'([^']+)'!A1\"", first)
    assert places == book.sheet_names[1:]
    sheets = [book.get_sheet_by_name(n).to_python() for n in book.sheet_names[1:]]
    heads = next(rows[2] for rows in sheets if str(rows[0][0]).endswith("全体受访者的各项得分"))
    assert heads[2:4] == ["95%置信区间（下限）", "95%置信区间（上限）"]


def test_tables_of_models_have_their_base_below_them() -> None:
    book = python_calamine.load_workbook(io.BytesIO(report("en").xlsx()))
    sheets = {
        str(book.get_sheet_by_name(n).to_python()[0][0]).partition("  ")[2]: n for n in book.sheet_names[1:]
    }
    for caption in (
        "Quality to loyalty: paths",
        "Quality to loyalty, composites: paths",
        "Questions of each scale",
    ):
        rows = book.get_sheet_by_name(sheets[caption]).to_python()
        assert ["n", 240.0] in [row[:2] for row in rows], caption
    scores = book.get_sheet_by_name(sheets["Scores of all respondents"]).to_python()
    assert "n" not in [row[0] for row in scores]
