"""The Word form: the sentences and numbers of the other forms, nothing that acts, the same bytes every time."""

from __future__ import annotations

import io
import re
import zipfile
from typing import Any

import pytest

from surveykit.errors import SurveykitError
from surveykit.format import REPORT_LANGUAGES
from surveykit.report import _office
from surveykit.report._render import JOINER
from tests.report_study import form, report


def words(content: bytes) -> str:
    """All text of a document, tables included, in its order, without white space."""
    from docx import Document
    from docx.oxml.ns import qn

    body = Document(io.BytesIO(content)).element.body
    return re.sub(r"\s+", "", "".join(t.text or "" for t in body.iter(qn("w:t"))))


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {language: form(language, "docx") for language in REPORT_LANGUAGES}


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_every_sentence_of_the_findings_stands_in_word_as_on_the_page(
    language: str, made: dict[str, bytes]
) -> None:
    text = words(made[language])
    laid = report(language)._laid_out
    lines = [
        "".join(p["text"] for p in entry["parts"])
        for section in laid["sections"]
        for block in section["blocks"]
        if block["kind"] == "listing"
        for entry in block["entries"]
    ]
    assert len(lines) > 15
    for line in lines:
        assert re.sub(r"\s+", "", line.replace(JOINER, "")) in text


def test_every_cell_of_every_table_is_there(made: dict[str, bytes]) -> None:
    from docx import Document

    tables = Document(io.BytesIO(made["en"])).tables
    found = {tuple(c.text for c in row.cells) for t in tables for row in t.rows}
    for section in report("en")._laid_out["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "table":
                for row in block["rows"]:
                    cells = tuple(_office.clean("".join(p["text"] for p in c)) for c in row["cells"])
                    assert cells in found, cells


def test_heads_repeat_rows_hold_together_and_pictures_speak(made: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(made["en"])) as archive:
        document = archive.read("word/document.xml").decode("utf-8")
    tables = sum(b["kind"] == "table" for s in report("en")._laid_out["sections"] for b in s["blocks"])
    assert document.count("<w:tblHeader/>") == tables
    assert document.count("<w:cantSplit/>") > 50
    alternatives = re.findall(r'<wp:docPr [^>]*descr="([^"]*)"', document)
    assert len(alternatives) >= 5
    assert all(len(a) > 20 for a in alternatives)
    for target in re.findall(r'<w:hyperlink w:anchor="([^"]+)"', document):
        assert f'w:name="{target}"' in document


def test_the_document_reaches_for_nothing_outside_and_is_the_same_twice(made: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(made["zh"])) as archive:
        for name in archive.namelist():
            content = archive.read(name)
            assert b'TargetMode="External"' not in content, name
        assert {e.date_time for e in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
    assert report("zh").docx() == made["zh"]


def test_without_the_library_the_remedy_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_office, "find_spec", lambda _name: None)
    with pytest.raises(SurveykitError) as caught:
        report("en").docx()
    assert "surveykit[office]" in str(caught.value)


def test_a_study_asks_for_the_form_by_name(tmp_path: Any) -> None:
    from surveykit.study.execute import file_names

    assert "report.docx" in file_names(("en",), forms=("docx",))
    assert "report.zh.docx" in file_names(("en", "zh"), forms=("docx",))
    assert "report.docx" not in file_names(("en",))


def document_of(content: bytes) -> str:
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        return archive.read("word/document.xml").decode("utf-8")


def test_contents_captions_and_references_are_fields(made: dict[str, bytes]) -> None:
    text = document_of(made["zh"])
    blocks = [b for s in report("zh")._laid_out["sections"] for b in s["blocks"]]
    for kind, label in (("figure", "图"), ("table", "表")):
        assert text.count(f" SEQ {label} ") == sum(b["kind"] == kind for b in blocks)
    entries = report("zh")._laid_out["contents"]["entries"]
    assert text.count(" PAGEREF ") == len(entries)
    for target in re.findall(r" (?:PAGEREF|REF) (\S+) ", text):
        assert f'w:name="{target}"' in text
    assert text.count('w:fldCharType="begin"') == text.count('w:fldCharType="end"')


def test_a_row_that_the_page_keeps_with_the_next_is_kept_in_word(made: dict[str, bytes]) -> None:
    from docx import Document

    table = next(
        b for s in report("en")._laid_out["sections"] for b in s["blocks"] if b["kind"] == "table" and len(b["rows"]) > 12
    )  # fmt: skip
    first = "".join(p["text"] for p in table["heads"][0]["parts"])
    same = [
        t
        for t in Document(io.BytesIO(made["en"])).tables
        if len(t.rows) == len(table["rows"]) + 1 and t.cell(0, 0).text == first
    ]
    kept = [[bool(r.cells[0].paragraphs[0].paragraph_format.keep_with_next) for r in t.rows] for t in same]
    assert [True, *(r["kept"] for r in table["rows"][:-1]), bool(table["notes"])] in kept


def test_colours_fonts_and_language_are_those_of_the_document(made: dict[str, bytes]) -> None:
    with zipfile.ZipFile(io.BytesIO(made["zh-Hant"])) as archive:
        assert report("zh").look.accent.removeprefix("#") in archive.read("word/theme/theme1.xml").decode(
            "utf-8"
        )
        assert 'w:eastAsia="zh-TW"' in archive.read("word/settings.xml").decode("utf-8")
        assert "Microsoft JhengHei" in archive.read("word/fontTable.xml").decode("utf-8")
        styles = archive.read("word/styles.xml").decode("utf-8")
        assert 'w:eastAsia="Microsoft JhengHei"' in styles
        assert "Noto" not in styles  # which no reader of Word files has


def test_chinese_quotes_are_broad_rows_even_and_notes_stay_together(made: dict[str, bytes]) -> None:
    from docx import Document
    from docx.oxml.ns import qn

    document = Document(io.BytesIO(made["zh"]))
    quoted = [r for r in document.element.body.iter(qn("w:r")) if "“" in "".join(r.itertext())]
    assert len(quoted) > 10
    assert all(r.rPr.rFonts.get(qn("w:hint")) == "eastAsia" for r in quoted)
    lines = {
        c.paragraphs[0].paragraph_format.line_spacing
        for t in document.tables[1:]
        for c in t._cells
        if len(t.rows) > 1
    }
    assert len(lines) == 1
    notes = [p for p in document.paragraphs if p.text.startswith("注：")]
    assert any(p.paragraph_format.keep_with_next for p in notes)


def test_page_one_has_a_page_of_its_own(made: dict[str, bytes]) -> None:
    from docx import Document

    heads = [p for p in Document(io.BytesIO(made["en"])).paragraphs if p.style.name == "Heading 1"]
    assert [bool(p.paragraph_format.page_break_before) for p in heads[:3]] == [True, True, False]


def test_open_answers_from_the_right_and_without_letters_do_not_break_word() -> None:
    from docx import Document

    from surveykit.report import load_theme
    from surveykit.report._blocks import Box, Column, Fixed, Heading, Listing, TableBlock
    from surveykit.report._docx import docx_of
    from surveykit.report._render import Page, lay_out

    cover = {"title": "t\x00", "kicker": "", "subtitle": "", "client": "", "facts": [], "long": False}
    answers = ["مرحبا بكم", "\x0b\ud800<w:p>&amp;", "", "𪚥㐂👩‍👩‍👧"]
    rows = tuple(((Fixed(a, "given"),),) for a in answers)
    table = TableBlock("table-open", ("Open",), (Column(("Answer",), "left", wide=True),), rows)
    blocks = (Heading("Open", "h"), Listing(tuple((Fixed(a, "given"),) for a in answers)), table)
    laid = lay_out(cover, Box("note", "g", ()), [Page("p", blocks)], "en", simulated=False, logo="")
    document = Document(io.BytesIO(docx_of(laid, load_theme("default"))))
    turned = [p.text for p in document.paragraphs if p._p.xpath("./w:pPr/w:bidi")]
    assert turned == ["مرحبا بكم"]
    assert "<w:p>&amp;" in "".join(p.text for p in document.paragraphs)
