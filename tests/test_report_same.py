"""The same sentence and the same number in each form, in both languages: page, PDF, Word, slides, workbook, results.json."""

from __future__ import annotations

import html
import io
import re
from collections.abc import Iterator
from functools import cache

import pytest
import python_calamine
from pypdf import PdfReader

from surveykit.findings import Number
from surveykit.report._blocks import TableBlock
from surveykit.report._render import JOINER
from tests.report_study import form, report

BLANK = re.compile(rf"[\s{JOINER}]+")


def squeezed(text: str) -> str:
    """Text without blanks, line ends and joiners: forms break lines in different places."""
    return BLANK.sub("", text)


@cache
def forms(language: str) -> dict[str, str]:
    from docx import Document
    from docx.oxml.ns import qn
    from pptx import Presentation

    of = report(language)
    page = html.unescape(re.sub(r"<[^>]+>", "", of.html().partition("<main")[2].rpartition("</main>")[0]))
    word = "".join(
        t.text or "" for t in Document(io.BytesIO(form(language, "docx"))).element.body.iter(qn("w:t"))
    )
    slides = Presentation(io.BytesIO(form(language, "pptx"))).slides
    shown = "".join(s.text_frame.text for slide in slides for s in slide.shapes if s.has_text_frame)
    paper = "".join(p.extract_text() for p in PdfReader(io.BytesIO(form(language, "pdf"))).pages)
    return {
        name: squeezed(t) for name, t in (("page", page), ("word", word), ("slides", shown), ("paper", paper))
    }


def sentences(language: str, *, slides: bool) -> Iterator[str]:
    for section in report(language)._laid_out["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "listing" and not (slides and section["style"] == "page"):
                for entry in block["entries"]:
                    yield squeezed("".join(p["text"] for p in entry["parts"]))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["page", "word", "slides"])
def test_each_sentence_stands_in_each_form_as_it_is(form: str, language: str) -> None:
    said = list(sentences(language, slides=form == "slides"))
    assert len(said) > 10
    assert [s for s in said if s not in forms(language)[form]] == []


def everything(language: str) -> Iterator[str]:
    """Every text of the report that a number may stand in: sentences, boxes, scores, captions, notes, heads and cells."""
    for section in report(language)._laid_out["sections"]:
        for block in section["blocks"]:
            kind = block["kind"]
            found = [*block.get("notes", ()), *((block["caption"],) if "caption" in block else ())]
            if kind == "paragraph":
                found.append(block["parts"])
            elif kind == "listing":
                found += [e["parts"] for e in block["entries"]]
            elif kind in ("box", "boxes"):
                for box in block["entries"] if kind == "boxes" else (block,):
                    found += box["entries"]
            elif kind == "tiles":
                found += [t[name] for t in block["entries"] for name in ("title", "value", "detail")]
            elif kind == "table":
                found += [h["parts"] for h in block["heads"]] + [c for r in block["rows"] for c in r["cells"]]
            yield from (squeezed("".join(p["text"] for p in parts)) for parts in found)


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("form", ["page", "word"])
def test_every_text_with_its_numbers_stands_in_page_and_word(form: str, language: str) -> None:
    said = list(everything(language))
    assert len(said) > 800
    assert [s for s in said if s not in forms(language)[form]] == []


@pytest.mark.parametrize("language", ["en", "zh"])
def test_every_score_box_and_caption_stands_on_a_slide_or_is_named_on_the_last(language: str) -> None:
    shown, seen = forms(language)["slides"], 0
    for section in report(language)._laid_out["sections"]:
        for block in section["blocks"]:
            if block["kind"] == "tiles":
                parts = [t[name] for t in block["entries"] for name in ("title", "value", "detail")]
            elif "caption" in block and (block["kind"] == "table" or section["style"] != "page"):
                parts = [block["caption"]] if block["id"] not in of_pictures(language) else []
            else:
                parts = []
            for part in parts:
                seen += 1
                assert squeezed("".join(p["text"] for p in part)) in shown
    assert seen > 20


def of_pictures(language: str) -> set[str]:
    """Tables whose numbers a chart on a slide holds."""
    return {f.numbers for f in report(language)._figures}


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_finding_stands_in_the_pdf_with_its_numbers(language: str) -> None:
    # heads and feet of pages may stand within a sentence that goes over a page's end
    said = list(sentences(language, slides=False))
    missing = [s for s in said if s not in forms(language)["paper"]]
    assert len(missing) <= len(said) // 10, missing


@pytest.mark.parametrize("language", ["en", "zh"])
def test_each_number_of_a_table_is_that_of_the_results_in_the_workbook(language: str) -> None:
    of = report(language)
    book = python_calamine.load_workbook(io.BytesIO(of.xlsx()))
    tables = [b for page in of.pages for b in page.blocks if isinstance(b, TableBlock)]
    checked = 0
    for i, table in enumerate(tables, start=1):
        if not table.in_book or table.book is not None:
            continue
        rows = book.get_sheet_by_index(len([t for t in tables[:i] if t.in_book])).to_python()[3:]
        for row, held in zip(table.rows, rows, strict=False):
            numbers = [
                p for cell in row for p in cell if isinstance(p, Number) and isinstance(p.value, int | float)
            ]
            for number in numbers:
                assert number.value == of.document.value(number.key)
                if all(isinstance(p, Number) for cell in row[1:] for p in cell):
                    assert number.value in held
                    checked += 1
    assert checked > 40
