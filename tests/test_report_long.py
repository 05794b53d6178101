"""A study of many questions: pictures of the first ones, the shares of all, and a sentence that says so."""

from __future__ import annotations

import io
import resource

import numpy as np
import pandas as pd
import pytest

from surveykit.analyses import analyse
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report, measurement
from surveykit.report._blocks import FigureBlock, Paragraph, TableBlock, as_text
from surveykit.responses import Responses, read


def asked(many: int, points: int = 7) -> Responses:
    items = "\n".join(f"  q{i}: {{text: {{en: Aspect {i}, zh: 方面{i}}}, scale: s}}" for i in range(many))
    text = f"""
id: long
title: {{en: Long, zh: 长}}
version: "1"
languages: [en, zh]
groups: [region, age]
scales: {{s: {{min: 1, max: {points}}}}}
items:
{items}
  region:
    text: {{en: Region, zh: 地区}}
    type: single
    options: {{a: {{en: North, zh: 北}}, b: {{en: South, zh: 南}}, c: {{en: East, zh: 东}}, d: {{en: West, zh: 西}}}}
  age:
    text: {{en: Age, zh: 年龄}}
    type: single
    options: {{y: {{en: Young, zh: 青年}}, m: {{en: Middle, zh: 中年}}, o: {{en: Old, zh: 老年}}}}
"""
    random = np.random.Generator(np.random.Philox(5))
    frame = pd.DataFrame({f"q{i}": random.integers(1, points + 1, 240) for i in range(many)})
    frame["region"], frame["age"] = random.choice(list("abcd"), 240), random.choice(list("ymo"), 240)
    return read(frame, Questionnaire.from_text(text))


@pytest.mark.parametrize("language", ["en", "zh"])
def test_of_many_questions_the_first_are_drawn_and_a_sentence_says_so(
    language: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(measurement, "MOST_DRAWN", 3)
    data = asked(5)
    results = {"banner": analyse(data, "banner", rows=["q0"], banner=["region"])}
    page = next(
        p
        for p in Report({"title": {"en": "t", "zh": "t"}}, data, results, language).pages
        if p.id == "measurement"
    )
    figures = [b for b in page.blocks if isinstance(b, FigureBlock)]
    assert [f.id for f in figures] == ["figure-answers-1"]
    assert figures[0].plot is not None
    assert len(figures[0].plot.categories) == 3
    (table,) = (b for b in page.blocks if isinstance(b, TableBlock) and b.id == "table-answers-1")
    assert len(table.rows) == 5
    said = "".join(as_text(p, language) for b in page.blocks if isinstance(b, Paragraph) for p in b.parts)
    assert "5" in said
    assert "3" in said
    assert "tables.xlsx" in said


def test_a_scale_of_which_nothing_is_drawn_keeps_its_table(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(measurement, "MOST_DRAWN", 0)
    data = asked(4)
    results = {"banner": analyse(data, "banner", rows=["q0"], banner=["region"])}
    made = Report({"title": {"en": "t", "zh": "t"}}, data, results, "en")
    page = next(p for p in made.pages if p.id == "measurement")
    assert not [b for b in page.blocks if isinstance(b, FigureBlock)]
    assert [len(b.rows) for b in page.blocks if isinstance(b, TableBlock)] == [4]
    assert "Aspect 3" in made.html()


@pytest.mark.nightly
def test_five_thousand_lines_of_a_banner_make_a_report_in_bounded_memory() -> None:
    data = asked(560)
    found = analyse(data, "banner", rows=[f"q{i}" for i in range(560)], banner=["region", "age"])
    assert found.facts["lines"] > 5_000
    made = Report({"title": {"en": "Long", "zh": "长"}}, data, {"banner": found}, "en")
    pdf, page, book = made.pdf(), made.html(), made.xlsx()
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 1_500_000
    assert len(page) < 4_000_000
    assert "Rows 1 to 500 of" in page
    assert "560</span> questions were asked on scales" in page
    assert pdf.startswith(b"%PDF")
    from openpyxl import load_workbook

    sheets = load_workbook(io.BytesIO(book), read_only=True)
    assert max(sheet.max_row for sheet in sheets.worksheets) > 5_000
