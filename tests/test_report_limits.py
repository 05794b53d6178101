"""Long reports: everything inside the margins, and five hundred long open answers in bounded time and memory."""

from __future__ import annotations

import resource
from time import process_time
from typing import Any

import pytest

from surveykit.report import Report, load_theme
from surveykit.report._blocks import Box, Column, Fixed, Listing, TableBlock
from surveykit.report._pdf import pdf_of
from surveykit.report._render import Page, lay_out, render
from surveykit.report._theme import style_of
from tests.report_study import report, study

COVER = {"title": "t", "kicker": "", "subtitle": "", "client": "", "facts": [], "long": False}
SCRAPS = (
    "<script>x</script> ",
    "很好，",
    "𠮷野家 ",
    "مرحبا ",
    "שלום ",
    "{{ 7*7 }} ",
    "file:///etc/passwd ",
    "é ",
    "Ελλάδα ",
    "👩‍👩‍👧🇨🇳 ",
    "𪚥㐂 ",
    "\u202eabc\u202c ",
)


def page_of(answers: list[str]) -> str:
    listing = Listing(tuple((Fixed(a, "given"),) for a in answers))
    return render(
        lay_out(COVER, Box("note", "g", ()), [Page("p", (listing,))], "zh", simulated=False, logo="")
    ).html


@pytest.mark.nightly
def test_five_hundred_open_answers_of_two_thousand_characters() -> None:
    answers = [("".join(SCRAPS[(i + k) % len(SCRAPS)] for k in range(400)))[:2_000] for i in range(500)]
    html = page_of(answers)
    assert "<script>x" not in html
    theme = load_theme("default")
    pdf = pdf_of(html, style_of(theme, "zh"), (*theme.families("zh"),), frozenset())
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss < 2_000_000
    assert b"/URI" not in pdf


def test_a_table_of_long_answers_has_columns_of_fixed_width() -> None:
    """Weighing every break of each cell takes the square of its length: four such cells took half a minute."""
    answers = [("".join(SCRAPS[(i + k) % len(SCRAPS)] for k in range(400)))[:2_000] for i in range(4)]
    rows = tuple(((Fixed(a, "given"),),) for a in answers)
    table = TableBlock("table-open", ("Open",), (Column(("Answer",), "left", wide=True),), rows)
    laid = lay_out(COVER, Box("note", "g", ()), [Page("p", (table,))], "zh", simulated=False, logo="")
    html = render(laid).html
    assert '<table class="fixed"' in html
    theme = load_theme("default")
    assert b"/URI" not in pdf_of(html, style_of(theme, "zh"), theme.families("zh"), frozenset())


def test_five_hundred_open_answers_as_slides_word_and_workbook() -> None:
    from surveykit.report._docx import docx_of
    from surveykit.report._pptx import pptx_of
    from surveykit.report._tables import workbook

    answers = [("".join(SCRAPS[(i + k) % len(SCRAPS)] for k in range(400)))[:2_000] for i in range(500)]
    items = tuple((Fixed(a, "given"),) for a in answers)
    rows = tuple((item,) for item in items)
    table = TableBlock("table-open", ("Open",), (Column(("Answer",), "left", wide=True),), rows)
    page = Page("p", (Listing(items), table))
    laid = lay_out(COVER, Box("note", "g", ()), [page], "zh", simulated=False, logo="")
    theme = load_theme("default")
    started = process_time()
    made = [docx_of(laid, theme), pptx_of(laid, [], theme), workbook([page], "zh", "t")]
    assert process_time() - started < 60  # three seconds here; weighing every break anew took ten minutes
    assert max(map(len, made)) < 4_000_000


@pytest.mark.nightly
@pytest.mark.parametrize(("language", "theme"), [("en", "harbour"), ("zh", "default")])
def test_nothing_stands_outside_the_margins(language: str, theme: str) -> None:
    from weasyprint import CSS, HTML
    from weasyprint.formatting_structure import boxes
    from weasyprint.text.fonts import FontConfiguration

    data, results = study()
    made = Report(report("en").study, data, dict(results), language, theme)
    fonts = FontConfiguration()
    sheet = CSS(string=style_of(made.look, language), font_config=fonts)
    laid = HTML(string=made._rendered.html).render(stylesheets=[sheet], font_config=fonts)

    def walk(box: Any) -> Any:
        yield box
        for child in getattr(box, "children", ()):
            if not isinstance(child, boxes.MarginBox):
                yield from walk(child)

    for number, page in enumerate(laid.pages[1:], 2):
        paper = page._page_box
        left, right = paper.content_box_x(), paper.content_box_x() + paper.width
        bottom = paper.content_box_y() + paper.height
        for box in walk(paper):
            if isinstance(box, boxes.TextBox) and box.text.strip():
                assert box.position_x >= left - 1, (number, box.text)
                assert box.position_x + box.width <= right + 1, (number, box.text)
                assert box.position_y + box.height <= bottom + 4, (number, box.text)
