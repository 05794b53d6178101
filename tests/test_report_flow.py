"""Paper: figures that do not fit let others go first, lines end where they are full, statistics lean, names stay apart."""

from __future__ import annotations

import base64
import io
from typing import Any
from xml.etree import ElementTree

import pikepdf
import pytest

from surveykit.report import load_theme
from surveykit.report._blocks import Stat
from surveykit.report._fit import nearly_fitting
from surveykit.report._flow import run_on
from surveykit.report._pdf import pdf_of
from surveykit.report._render import _Numbering
from surveykit.report._theme import style_of
from surveykit.report._tree import tree_of
from surveykit.report.charts import Answers, Look, likert
from tests.report_study import report

STYLE = style_of(load_theme("default"), "en")


def section(*parts: str) -> Any:
    return ElementTree.fromstring(
        f'<html><body><main><section class="page">{"".join(parts)}</section></main></body></html>'
    )


def figure(id_: str, high: int, *, wide: bool = False) -> str:
    svg = base64.b64encode(f'<svg width="640" height="{high}"></svg>'.encode()).decode("ascii")
    name = "wide" if wide else ""
    return f'<figure id="{id_}" class="{name}"><img src="data:image/svg+xml;base64,{svg}" /></figure>'


def table(id_: str, rows: int) -> str:
    return f'<div class="table-block short" id="{id_}"><table>{"<tr><td>1</td></tr>" * rows}</table></div>'


def order(root: Any) -> list[str]:
    run_on(root, STYLE)
    return [e.get("id") for e in root.find("body/main/section")]


TALL = '<pre id="pre">' + "x\n" * 45 + "</pre>"
"""Leaves some 60 mm of a page of 251."""


def test_what_fits_goes_before_a_figure_that_does_not() -> None:
    high = 300  # 79 mm on the page
    assert order(section(TALL, figure("f", high), table("t", 3))) == ["pre", "t", "f"]
    assert order(section(TALL, figure("f", high), table("t", 12))) == ["pre", "f", "t"]


def test_a_page_on_its_side_stays_where_it_is() -> None:
    """Were an estimate wrong, it would cut a table in two and leave most of a page white behind it."""
    assert order(section(TALL, figure("f", 300, wide=True), table("t", 3))) == ["pre", "f", "t"]


def test_a_figure_that_fits_and_those_on_a_full_page_stay_where_they_are() -> None:
    assert order(section(TALL, figure("f", 100), table("t", 3))) == ["pre", "f", "t"]
    full = '<pre id="pre">' + "x\n" * 57 + "</pre>"
    assert order(section(full, figure("f", 300), table("t", 1))) == ["pre", "f", "t"]


def test_figures_change_places_neither_with_each_other_nor_with_a_heading() -> None:
    assert order(section(TALL, figure("f", 300), figure("g", 50))) == ["pre", "f", "g"]
    assert order(section(TALL, figure("f", 300), '<h2 id="h">x</h2>', table("t", 1))) == [
        "pre",
        "f",
        "h",
        "t",
    ]


def test_a_long_table_begins_before_a_figure_where_there_is_room_for_much_of_it() -> None:
    half = '<pre id="pre">' + "x\n" * 35 + "</pre>"
    long = table("t", 60).replace("table-block short", "table-block")
    assert order(section(half, figure("f", 600), long)) == ["pre", "t", "f"]
    assert order(section(TALL, figure("f", 600), long)) == ["pre", "f", "t"]


def fitted(high: int, size: int, lines: int = 40) -> tuple[int, float]:
    """The page of a figure behind so many lines and the width of its picture, as a share of the column."""
    import weasyprint

    svg = f'<svg xmlns="http://www.w3.org/2000/svg" width="640" height="{high}"><text font-size="{size}px">x</text></svg>'
    uri = base64.b64encode(svg.encode()).decode("ascii")
    body = (
        "<p>x</p>" * lines
        + f'<figure><figcaption>x</figcaption><img src="data:image/svg+xml;base64,{uri}"></figure>'
    )
    html = f'<html lang="en"><style>{STYLE}</style><body><main>{body}</main></body></html>'
    with nearly_fitting():
        pages = weasyprint.HTML(string=html).render().pages
    for number, page in enumerate(pages, 1):
        for box in _under(page._page_box):
            if box.element_tag == "img":
                return number, box.width / page._page_box.width
    raise AssertionError("no picture")


def test_a_figure_that_just_misses_its_page_is_set_smaller_and_stays_readable() -> None:
    whole = fitted(400, 12, lines=1)[1]
    first = [fitted(high, 12, lines=12) for high in range(500, 780, 20)]
    smaller = [round(width / whole, 2) for page, width in first if page == 1]
    assert smaller[0] == 1.0
    assert set(smaller) <= {1.0, 0.97, 0.94, 0.91, 0.88, 0.85}
    assert min(smaller) < 0.9
    # what would have to be smaller still goes to the next page as large as it is
    assert [round(width / whole, 2) for page, width in first if page > 1] == [1.0] * (
        len(first) - len(smaller)
    )
    assert len(smaller) < len(first)
    # type of 9 units is 6.7 points on paper: less than a twentieth of its width can be spared
    small = [width / whole for high in range(500, 780, 20) for page, width in [fitted(high, 9, lines=12)]]
    assert min(small) > 0.96


def test_a_page_that_is_no_page_of_ours_is_left_alone() -> None:
    root = section(TALL, figure("f", 300), table("t", 3))
    run_on(root, "@page { size: 10cm 12cm }")
    assert [e.get("id") for e in root.find("body/main/section")] == ["pre", "f", "t"]


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_is_read_as_our_own_tree(language: str) -> None:
    """An entity that only HTML knows, in a template, would cost half as much time again."""
    made = report(language)
    assert tree_of(made._rendered.html, style_of(load_theme("default"), language)) is not None


def test_letters_of_statistics_stand_apart_in_english_and_nowhere_else() -> None:
    def letters(text: str, language: str = "en") -> list[str]:
        return [p["text"] for p in _Numbering(language).inline((text,)) if p["kind"] == "stat"]

    assert letters("adjusted p < .001, n = 5; p-values; R² and f²; effective n") == [
        "p",
        "n",
        "p",
        "R",
        "f",
        "n",
    ]
    assert letters("SE") == ["SE"]
    assert letters("don’t, can’t and in P.p. or O’n plan b; n-gram") == ["n"]
    assert letters("p < .001, n = 5", "zh") == []
    assert isinstance(next(iter(_Numbering("en")._lettered("n"))), Stat)


def test_italics_lean_where_the_font_has_none() -> None:
    html = '<!DOCTYPE html><html lang="en"><head><title>t</title></head><body><p>p <i>p</i></p></body></html>'
    families = load_theme("default").families("en")
    made = pdf_of(html, STYLE, families, frozenset())
    assert made == pdf_of(html, STYLE, families, frozenset())
    with pikepdf.open(io.BytesIO(made)) as file:
        fonts = [
            o
            for o in file.objects
            if isinstance(o, pikepdf.Dictionary) and o.get("/Type") == "/FontDescriptor"
        ]
        angles = {str(f.FontName).endswith("Oblique"): int(f.ItalicAngle) for f in fonts}
        assert angles == {False: 0, True: -11}
        widths = {}
        for font in fonts:
            from fontTools.pens.boundsPen import BoundsPen
            from fontTools.ttLib import TTFont

            glyphs = TTFont(io.BytesIO(font.FontFile3.read_bytes())).getGlyphSet()
            pen = BoundsPen(glyphs)
            glyphs[max(glyphs, key=lambda g: _length(glyphs, g))].draw(pen)
            widths[str(font.FontName).endswith("Oblique")] = pen.bounds[2] - pen.bounds[0]
    assert widths[True] > widths[False] + 80


def _length(glyphs: Any, name: str) -> int:
    from fontTools.pens.recordingPen import RecordingPen

    pen = RecordingPen()
    glyphs[name].draw(pen)
    return len(pen.value)


def test_a_line_with_an_emphasis_is_as_full_as_one_without() -> None:
    """At a hundred widths: no line ends a word of nine letters before it is full."""
    import weasyprint

    from surveykit.report._pdf import _hanging_blanks

    words = (
        "The predictors overlap, so the share of each is averaged over every order in which they could enter the model. "
        "The shares add up to <i>R</i>² (.37, <i>n</i>\u00a0=\u00a0399). A share says how closely things go together."
    )
    body = "".join(f'<p style="width: {width}px">{words}</p>' for width in range(360, 560, 2))
    with _hanging_blanks():
        pages = (
            weasyprint.HTML(
                string=f'<html lang="en"><style>{STYLE}</style><body><main>{body}</main></body></html>'
            )
            .render()
            .pages
        )
    white = [
        paragraph.position_x
        + paragraph.width
        - max(b.position_x + b.width for b in _under(line) if hasattr(b, "text"))
        for page in pages
        for paragraph in _under(page._page_box)
        if paragraph.element_tag == "p"
        for line in [c for c in paragraph.children if type(c).__name__ == "LineBox"][:-1]
    ]
    assert len(white) > 200
    assert max(white) < 85


def test_a_renderer_without_the_function_sets_lines_its_own_way(monkeypatch: pytest.MonkeyPatch) -> None:
    from weasyprint.layout import inline

    from surveykit.report._pdf import _hanging_blanks

    monkeypatch.delattr(inline, "trailing_whitespace_size")
    with _hanging_blanks():
        assert not hasattr(inline, "trailing_whitespace_size")


def _under(box: Any) -> Any:
    yield box
    for child in getattr(box, "children", ()):
        yield from _under(child)


def test_questions_that_are_alike_once_cut_keep_a_bar_each() -> None:
    asked = "How satisfied were you, all in all, with each of the following sides of your latest stay with us here: "
    rows = [
        Answers(asked + end, (0.5, 0.5), ("50%", "50%"), f"n = {i}")
        for i, end in enumerate(("staff", "room"))
    ]
    svg = likert(rows, ["1", "2"], Look("#1F5FA8", "Noto Sans CJK KR", "en"), "Share").svg
    assert all(svg.count(f">n = {i}<") == 1 for i in range(2))
    assert svg.count("How satisfied were you, all in all, with each") >= 2
