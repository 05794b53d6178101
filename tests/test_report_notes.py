"""What stands under a table: why cells are closed, what weighted answers are worth; in every form, in both languages."""

from __future__ import annotations

import io
import re
from functools import cache

import numpy as np
import pytest

from surveykit.analyses import analyse
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report
from surveykit.report._blocks import FigureBlock, TableBlock
from surveykit.responses import read
from surveykit.scoring import score
from tests.report_study import QUESTIONNAIRE, answers, report

REASON = {"en": "not shown, because it rests on fewer than 10 answers", "zh": "因回答不足10份"}


def tables(of: Report) -> dict[str, TableBlock]:
    return {b.id: b for page in of.pages for b in page.blocks if isinstance(b, TableBlock)}


def notes(of: Report, table: str) -> str:
    return " ".join(of._view.plain(note) for note in tables(of)[table].notes)


@cache
def weighted(language: str) -> Report:
    """Answers of unequal weight: scores, shares and a scale."""
    frame = answers(vip=0)
    frame["w"] = np.where(np.arange(len(frame)) % 2, 0.5, 1.5)
    data = read(frame, Questionnaire.from_text(QUESTIONNAIRE), weight="w")
    results = {
        "scores": score(data),
        "scores_by_store": score(data, by="store"),
        "reliability": analyse(data, "reliability", constructs=["Quality"], bootstrap=0),
    }
    return Report({"title": {"en": "Weighted", "zh": "加权"}}, data, results, language)


@pytest.mark.parametrize("language", ["en", "zh"])
def test_closed_cells_say_why_under_every_table(language: str) -> None:
    of = report(language)
    closed = 0
    for table in tables(of).values():
        empty = any(of._view.plain(c) == "–" for row in table.rows for c in row)
        if empty and table.id.startswith(("table-scores", "table-crosstab", "table-banner")):
            said = [of._view.plain(n) for n in table.notes if of._view.plain(n).startswith("–")]
            assert len(said) == 1, table.id
            closed += 1
    assert closed == 3
    assert REASON[language] in notes(of, "table-crosstab")


def test_the_base_of_a_closed_column_is_closed_as_elsewhere() -> None:
    base = tables(report("en"))["table-crosstab"].rows[0]
    assert [report("en")._view.plain(cell) for cell in base] == ["Base", "240", "147", "89", "–"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_reason_stands_in_word_slides_workbook_page(language: str) -> None:
    import python_calamine
    from docx import Document
    from pptx import Presentation

    of = report(language)
    assert REASON[language] in re.sub(r"<[^>]+>", "", of.html()).replace("⁠", "")
    word = "\n".join(p.text for p in Document(io.BytesIO(of.docx())).paragraphs)
    slides = Presentation(io.BytesIO(of.pptx())).slides
    shown = "\n".join(s.text_frame.text for slide in slides for s in slide.shapes if s.has_text_frame)
    book = python_calamine.load_workbook(io.BytesIO(of.xlsx()))
    cells = "\n".join(
        str(c) for n in book.sheet_names for row in book.get_sheet_by_name(n).to_python() for c in row
    )
    for text in (word, shown, cells):
        assert text.count(REASON[language]) >= 2  # scores by store and the crosstab


@pytest.mark.parametrize(("language", "word"), [("en", "ffective n"), ("zh", "有效样本量")])
def test_weighted_shares_and_scales_say_what_they_are_worth(language: str, word: str) -> None:
    of = weighted(language)
    folded = [
        "table-nps",
        "table-nps-store",
        "table-answers-1",
        "table-reliability",
        "table-items-reliability",
    ]
    for table in folded:
        assert notes(of, table).count(word) == 1, table
    assert "192" in notes(of, "table-nps")
    assert "1.25" in notes(of, "table-answers-1")
    plain = report(language)
    assert not any(word in notes(plain, table) for table in tables(plain) if table.startswith("table-nps"))


def test_thirty_groups_have_two_pictures_of_promoters() -> None:
    branches = "".join(f"      b{i}: {{en: Branch {i}, zh: 第{i}店}}\n" for i in range(30))
    asked = QUESTIONNAIRE.replace(
        "  half:\n",
        f"  branch:\n    text: {{en: Branch, zh: 门店}}\n    type: single\n    options:\n{branches}  half:\n",
    )
    frame = answers(600)
    frame["branch"] = [f"b{i % 30}" for i in range(600)]
    data = read(frame, Questionnaire.from_text(asked))
    results = {"scores": score(data, "nps", item="recommend", by="branch")}
    of = Report({"title": {"en": "Branches", "zh": "门店"}}, data, results, "en")
    figures = [
        b
        for p in of.pages
        for b in p.blocks
        if isinstance(b, FigureBlock) and b.id.startswith("figure-nps-branch")
    ]
    assert [f.id for f in figures] == ["figure-nps-branch", "figure-nps-branch-2"]
    drawn = [c for f in figures if f.plot is not None for c in f.plot.categories]
    assert drawn == [f"Branch {i}" for i in range(30)]
