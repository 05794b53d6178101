"""What a reader sees: page one, figures with their numbers, tables that break well, a closed page, the second theme."""

from __future__ import annotations

import base64
import hashlib
import io
import re
from typing import Any

import pikepdf
import pytest

from surveykit.format import LANGUAGES
from surveykit.report import load_theme
from surveykit.report._blocks import Boxes, Column, FigureBlock, Listing, Paragraph, TableBlock
from surveykit.report._pdf import pdf_of
from surveykit.report._render import _kept, _set_columns
from surveykit.report._theme import style_of
from surveykit.report.charts import Dot, Look, panels
from surveykit.report.measurement import _families
from tests.report_study import report

LOOK = Look("#1F5FA8", "Noto Sans CJK SC", "en")


@pytest.mark.parametrize("language", LANGUAGES)
def test_page_one_answers_four_questions(language):
    made = report(language)
    blocks = made.pages[0].blocks
    asked = [b.parts[0] for b in blocks if isinstance(b, Paragraph) and b.style == "question"]
    assert len(asked) == 3
    boxes = next(b for b in blocks if isinstance(b, Boxes))
    assert [len(b.items) > 0 for b in boxes.boxes] == [True, True]
    told = [item for b in blocks if isinstance(b, Listing) for item in b.items]
    assert 3 <= len(told) <= 4
    for words in ("R²", "bootstrap", "自助", "variance", "方差", "p <", "p ="):
        assert words not in "".join(made._view.plain(item) for item in told)


def test_every_figure_names_the_table_of_its_numbers():
    for page in report("en").pages:
        for block in page.blocks:
            if isinstance(block, FigureBlock):
                assert block.numbers, block.id
    html = report("en").html()
    assert html.count("The numbers of this figure are in") == html.count("<figure ")


def test_shares_behind_the_bars_open_on_demand():
    html = report("en").html()
    assert html.count("<details") == html.count("</details>") > 0
    assert all('<summary lang="en">' in part for part in html.split("<details")[1:])


def test_rows_of_a_group_and_the_ends_of_a_table_stay_together():
    names = ["a", "", "", "b", "", "c", "d", "e", "f", "g"]
    rows = [((n,), ("1",)) if n else ((("",),) + (("1",),)) for n in names]
    kept = [True, True, False, True, False, False, True, True, True, False]
    assert _kept([tuple(r) for r in rows]) == kept
    long = [(("x",),)] + [(("",),)] * 40
    assert _kept(long).count(True) == 5


def test_short_names_are_not_broken_and_long_ones_are():
    columns = (Column(("A",), "left"), Column(("B",), "left"), Column(("C",)))
    narrow = TableBlock("t", ("t",), columns, ((("Perceived quality",), ("Loyalty",), ("1",)),))
    assert _set_columns(narrow, "en") == [True, True, False]
    wide = TableBlock("t", ("t",), columns, ((("x" * 60,), ("Loyalty",), ("1",)),))
    assert _set_columns(wide, "en") == [False, True, False]


def test_answers_stand_under_the_words_of_their_own_scale():
    def asked(name: str, low: str) -> tuple[int, dict[str, Any]]:
        answers = [{"value": v, "share": 0.2} for v in range(1, 6)]
        return 0, {"item": name, "answers": answers, "ends": {"low": {"en": low}, "high": {"en": "Yes"}}}

    agree = [asked(f"a{i}", "Disagree") for i in range(3)]
    found = [
        [e["item"] for _, e in members]
        for _, members in _families([*agree, asked("b", "Poor"), asked("c", "Bad")])
    ]
    assert sorted(found) == [["a0", "a1", "a2"], ["b", "c"]]


def test_panels_write_every_group_and_take_any_name():
    rows = [Dot("O'Hara \\ “x”", 50.0, 45.0, 55.0, "50.0"), Dot("𠮷野家", 60.0, 55.0, 65.0, "60.0")]
    svg = panels([("First", rows), ("Second", rows)], LOOK).svg
    for text in ("First", "Second", "O'Hara", "𠮷野家"):
        assert text in svg.replace("&#39;", "'").replace("&apos;", "'")
    assert svg == panels([("First", rows), ("Second", rows)], LOOK).svg
    heights = {float(y) for y in re.findall(r"translate\([\d.]+,([\d.]+)\)", svg)}
    assert len(heights) >= 6


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_page_allows_its_own_style_sheet_and_script_and_nothing_else(language):
    html = report(language).html()
    style = re.search(r"<style>(.*?)</style>", html, re.DOTALL)
    script = re.search(r"<script>(.*?)</script>", html, re.DOTALL)
    assert style is not None
    assert script is not None
    sheet, code = (
        base64.b64encode(hashlib.sha256(part.group(1).encode("utf-8")).digest()).decode("ascii")
        for part in (style, script)
    )
    policy = re.search(r'Content-Security-Policy" content="([^"]+)"', html)
    assert policy is not None
    assert policy.group(1) == (
        f"default-src 'none'; style-src 'sha256-{sheet}'; script-src 'sha256-{code}'; "
        "img-src data:; base-uri 'none'; form-action 'none'"
    )
    assert " style=" not in html
    assert not re.search(r"<[^>]* on[a-z]+=", html[: html.index("<script")])
    assert html.count("<script") == 2
    assert "prefers-color-scheme: dark" in style.group(1)
    assert 'class="skip" href="#section-summary"' in html


def test_the_second_theme_is_green_on_letter_paper_and_gives_a_whole_report():
    theme = load_theme("harbour")
    style = style_of(theme, "en")
    assert "size: letter" in style
    assert "#0B6E63" in style
    assert ".cover::before { height: 132mm; }" in style


def test_a_line_breaks_where_it_is_full_and_not_after_its_first_word() -> None:
    """A list item and a paragraph at two hundred widths, emphasis in the place where lines break."""
    import weasyprint

    words = (
        "The of Satisfaction together among being together each constructs coefficient alike Satisfaction each closely "
        "<i>are point</i> alike alike each closely who score otherwise among for Loyalty."
    )
    style = style_of(load_theme("harbour"), "en") + "main > * { margin-left: 5.5mm } li { width: inherit }"
    body = "".join(
        f'<{tag} class="listing" style="width: {width / 2}px">{inner}</{tag}>'
        for width in range(1080, 1180)
        for tag, inner in (("ul", f"<li>{words}</li>"), ("p", words))
    )
    page = f'<html lang="en"><style>{style}</style><body><main>{body}</main></body></html>'

    def under(box: Any) -> Any:
        yield box
        for child in getattr(box, "children", ()):
            yield from under(child)

    firsts = []
    for sheet in weasyprint.HTML(string=page).render().pages:
        for box in under(sheet._page_box):
            lines = [c for c in getattr(box, "children", ()) if type(c).__name__ == "LineBox"]
            if box.element_tag in ("li", "p") and len(lines) > 1:
                firsts.append("".join(getattr(c, "text", "") for c in under(lines[0])))
    assert len(firsts) >= 200
    assert min(map(len, firsts)) > 60, min(firsts, key=len)


@pytest.mark.parametrize(("findings", "pages"), [(12, 1), (24, 1), (60, 2)])
def test_page_one_is_set_closer_before_it_runs_over(findings: int, pages: int) -> None:
    theme = load_theme("harbour")  # US letter, the shorter page
    told = "".join(
        f"<li>{'A finding that takes a good line and a half of the page. ' * 2}</li>" for _ in range(findings)
    )
    html = (
        '<!DOCTYPE html><html lang="en"><head><title>T</title></head><body><main>'
        f'<section class="page summary" id="section-summary"><h1>Found</h1><ul class="listing">{told}</ul></section>'
        '<section class="page" id="section-next"><h1>Next</h1></section></main></body></html>'
    )
    pdf = pdf_of(html, style_of(theme, "en"), theme.families("en"), frozenset())
    with pikepdf.open(io.BytesIO(pdf)) as read:
        assert len(read.pages) == pages + 1
