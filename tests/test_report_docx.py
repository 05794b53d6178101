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
from tests.report_study import report


def words(content: bytes) -> str:
    """All text of a document, tables included, in its order, without white space."""
    from docx import Document
    from docx.oxml.ns import qn

    body = Document(io.BytesIO(content)).element.body
    return re.sub(r"\s+", "", "".join(t.text or "" for t in body.iter(qn("w:t"))))


@pytest.fixture(scope="module")
def made() -> dict[str, bytes]:
    return {language: report(language).docx() for language in REPORT_LANGUAGES}


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
