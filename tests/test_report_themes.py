"""What a client's folder may do to a report, and what it may not (W1-W3, W7, W8, J1-J6)."""

from __future__ import annotations

import base64
import io
import re
import struct
import zipfile
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from surveykit.errors import ExitCode, SurveykitError
from surveykit.questionnaire import Questionnaire
from surveykit.report import Report, _guard, load_theme
from surveykit.report._blocks import Box, Column, Heading, Listing, Paragraph, TableBlock
from surveykit.report._custom import custom_blocks
from surveykit.report._render import ROWS_SHOWN, Page, lay_out, render
from surveykit.report._theme import Theme, style_of
from surveykit.report.charts._base import contrast
from surveykit.responses import read
from surveykit.scoring import score
from tests.report_study import QUESTIONNAIRE, answers, study

THEME = 'accent: "#884400"\nfonts: {en: [Noto Sans CJK KR], zh: [Noto Sans CJK SC]}\n'
SECTION = 'sections:\n  - {id: next, title: {en: "Next steps", zh: 后续行动}, order: 15}\n'
FACTS = {"title": {"en": "A <b>small</b> survey", "zh": "一项小型调查"}}

GOOD = """\
{% if language == "en" %}
<h2>Owners &amp; dates</h2>
<p>{{ label("Satisfaction") }}: {{ number("/rows/used", "count") }} people; {{ study.title.en }}, 5 of 7.</p>
<table><caption>Who</caption><thead><tr><th>Finding</th><th>n</th></tr></thead>
<tbody>
{% for f in findings[:2] %}<tr><td>{{ f.text }}</td><td>{{ number("/rows/used", "count") }}</td></tr>{% endfor %}</tbody></table>
<aside><h3>Budget</h3><p>EUR 5,000</p></aside>
<ol>{% for name in results %}<li>{{ name }}</li>{% endfor %}</ol>
{% else %}<p>共{{ number("/rows/used", "count") }}人回答。</p>{% endif %}
"""


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "theme.yaml").write_text(THEME + SECTION, encoding="utf-8")
    (tmp_path / "next.html.j2").write_text(GOOD, encoding="utf-8")
    return tmp_path


def made(folder: Path, language: str = "en") -> Report:
    data, results = study()
    return Report(FACTS, data, {"scores": results["scores"]}, language, folder)


@cache
def view() -> Any:
    data, results = study()
    return Report(FACTS, data, {"scores": results["scores"]}, "en")._view


def blocks(folder: Path, template: str) -> tuple[Any, ...]:
    (folder / "next.html.j2").write_text(template, encoding="utf-8")
    theme = load_theme(folder)
    return custom_blocks(view(), theme.sections[0], theme.folder)


def refused(folder: Path, template: str) -> SurveykitError:
    with pytest.raises(SurveykitError) as caught:
        blocks(folder, template)
    return caught.value


def test_a_section_of_a_theme_stands_in_its_place_in_every_form(folder: Path) -> None:
    report = made(folder)
    assert [p.id for p in report.pages][:3] == ["summary", "theme-next", "sample"]
    kinds = [type(b) for b in report.pages[1].blocks]
    assert kinds == [Heading, Heading, Paragraph, TableBlock, Box, Listing]
    html = report.html()
    assert 'data-key="/rows/used" data-format="count">240</span>' in html
    assert "A &lt;b&gt;small&lt;/b&gt; survey" in html
    assert 'href="#theme-next"' in html
    chinese = made(folder, "zh").html()
    assert "后续行动" in chinese
    assert "人回答。" in chinese
    import python_calamine

    sheets = python_calamine.load_workbook(io.BytesIO(report.xlsx())).sheet_names
    assert len(sheets) > 2


def test_its_digits_are_given_and_its_numbers_have_keys(folder: Path) -> None:
    html = made(folder).html()
    part = html[html.index('id="section-theme-next"') :]
    part = part[: part.index("</section>")]
    bare = re.sub(r"<(\w+)[^>]*data-(?:key|fixed)[^>]*>.*?</\1>|<[^>]+>", "", part, flags=re.DOTALL)
    assert not re.search(r"\d", bare)


@pytest.mark.parametrize(
    ("template", "word"),
    [
        ("{{ cycler.__init__.__globals__.os.popen('id').read() }}", "unsafe"),
        ("{{ ''.__class__.__mro__ }}", "unsafe"),
        ("{{ number.__globals__ }}", "unsafe"),
        ("{{ number.__closure__ }}", "unsafe"),
        ("{{ (findings|first).__class__ }}", "unsafe"),
        ("{{ results.update({'nps': 100}) }}", "update"),
        ("{{ study.title.clear() }}", "clear"),
        ("{{ findings.append(1) }}", "append"),
        ("<p>{{ nothing_of_that_name }}</p>", "undefined"),
        ("<p>{{ study.titel }}</p>", "titel"),
        ("{{ study.title.en | safe }}", "safe"),
        ("{% autoescape false %}x{% endautoescape %}", "not possible"),
        ("{% include '/etc/passwd' %}", "not possible"),
        ("{% import 'x' as y %}", "not possible"),
        ("<p>{{ 'a' * 10 ** 10 }}</p>", "not"),
        ("<p>{{ 9 ** 9 ** 9 }}</p>", "not computed"),
        ("{% for i in range(100001) %}{% endfor %}", "Range too big"),
        ("{% for i in range(99999) %}<p>1234567890</p>{% endfor %}", "characters come out"),
        ("\n\n{% if %}", "Expected"),
    ],
)
def test_a_template_that_reaches_out_is_refused_with_its_place(
    folder: Path, template: str, word: str
) -> None:
    error = refused(folder, template)
    assert error.code == "TEMPLATE"
    assert word in error.got
    assert "next.html.j2" in str(error.where)
    assert "line" in str(error.where) or "characters" in error.got


@pytest.mark.parametrize(
    ("page", "word"),
    [
        ("<script>alert(1)</script>", "<script>"),
        ("<p><img src='file:///etc/passwd'></p>", "<img>"),
        ("<link rel=attachment href=file:///etc/passwd>", "<link>"),
        ("<style>@import 'http://127.0.0.1/x'</style>", "<style>"),
        ("<p><a href='javascript:alert(1)'>x</a></p>", "<a>"),
        ("<iframe src='//127.0.0.1'></iframe>", "<iframe>"),
        ("<svg onload=x></svg>", "<svg>"),
        ("<p style=\"background:url('{{ study.title.en }}')\">x</p>", "style"),
        ("<p onclick='x'>x</p>", "onclick"),
        ("<p class={{ study.title.en }}>x</p>", "class"),
        ("<td class='x'>x</td>", "class"),
        ("loose text", "outside"),
        ("<p>not closed", "not closed"),
        ("<ul><p>x</p></ul>", "cannot stand"),
        ("<td>x</td>", "cannot stand"),
        ("</p>", "closes nothing"),
        ("<!DOCTYPE html>", "declaration"),
        ("<?php x ?>", "declaration"),
        ("<table><tbody><tr><td>x</td></tr></tbody></table>", "<caption>"),
        (
            "<table><caption>c</caption><thead><tr><th>a</th></tr></thead><tbody><tr><td>1</td><td>2</td></tr></tbody></table>",
            "2 cells",
        ),
        ("<p>{{ number('/rows/used', 'evil') }}</p>", "format"),
        ("<p>{{ number('/study/title/en', 'count') }}</p>", "no number"),
    ],
)
def test_a_section_that_gives_anything_but_plain_tags_is_refused(folder: Path, page: str, word: str) -> None:
    error = refused(folder, page)
    assert error.code == "THEME_SECTION"
    assert word in error.what
    assert "line 1" in str(error.where)


def test_a_number_that_is_not_in_the_results_is_refused(folder: Path) -> None:
    assert refused(folder, "<p>{{ number('/results/none', 'count') }}</p>").code == "UNKNOWN_KEY"


def test_markup_in_data_stays_text(folder: Path) -> None:
    evil = "<script>x</script>{{ 7*7 }}<data class=number value=/rows/used data-format=count>"
    (folder / "next.html.j2").write_text("<p>{{ study.title.en }}</p>", encoding="utf-8")
    data, results = study()
    report = Report({"title": {"en": evil, "zh": evil}}, data, {"scores": results["scores"]}, "en", folder)
    paragraph = next(b for b in report.pages[1].blocks if isinstance(b, Paragraph))
    assert report._view.plain(paragraph.parts) == evil


def test_an_endless_template_ends() -> None:
    loops = "{% for a in range(99999) %}{% for b in range(99999) %}{% endfor %}{% endfor %}"
    short = _guard.Limits(memory=384_000_000, seconds=1, output=200_000)
    with pytest.raises(SurveykitError) as caught:
        _guard.rendered(loops, {}, "theme/next.html.j2", short)
    assert caught.value.code == "THEME_LIMIT"
    assert "longer than it may take" in caught.value.what
    assert caught.value.exit_code == ExitCode.BAD_INPUT
    greedy = "<p>{{ '%900000000d' | format(1) }}</p>"
    with pytest.raises(SurveykitError) as caught:
        _guard.rendered(greedy, {}, "theme/next.html.j2", short)
    assert caught.value.code == "THEME_LIMIT"
    assert "memory" in caught.value.what


def test_a_style_sheet_without_measure_ends() -> None:
    """W8: a cap on pages, then one on time; both end in words."""
    paragraphs = "<p>a</p>" * 6_000
    html = f'<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>{paragraphs}</body></html>'
    font = load_theme("default").families("en")
    pages = _guard.Limits(memory=3_000_000_000, seconds=60, pages=20)
    few = html.replace(paragraphs, "<p>a</p>" * 21)
    with pytest.raises(SurveykitError, match="too many pages") as caught:
        _guard.guarded_pdf(few, "p { break-before: page }", font, frozenset(), "theme/style.css", pages)
    assert caught.value.code == "THEME_LIMIT"
    short = _guard.Limits(memory=3_000_000_000, seconds=2)
    with pytest.raises(SurveykitError, match="longer than it may take") as caught:
        _guard.guarded_pdf(html, "p { break-before: page }", font, frozenset(), "theme/style.css", short)
    assert caught.value.code == "THEME_LIMIT"


@pytest.mark.parametrize(
    "style",
    [
        "p { background: url(http://127.0.0.1:9/x.png) }",
        "p { background: URL ( 'file:///etc/passwd' ) }",
        "p { background: \\75rl(http://127.0.0.1/x) }",
        "p { background: u/**/rl(x) }",
        "@import 'http://127.0.0.1/x.css';",
        "@\\69mport 'x';",
        "@font-face { font-family: x; src: local(x) }",
        "p { background: image-set('x.png' 1x) }",
        "</style><script>alert(1)</script>",
        "a" * 200_001,
    ],
)
def test_a_style_sheet_that_would_fetch_is_refused(folder: Path, style: str) -> None:
    (folder / "style.css").write_text(style, encoding="utf-8")
    with pytest.raises(SurveykitError) as caught:
        load_theme(folder).own_style()
    assert caught.value.code == "THEME_STYLE"


def test_a_plain_style_sheet_is_taken() -> None:
    assert ".cover::before" in load_theme("harbour").own_style()


def png(width: int, height: int) -> bytes:
    def chunk(kind: bytes, body: bytes) -> bytes:
        return struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body))

    head = struct.pack(">IIBBBBB", width, height, 8, 0, 0, 0, 0)
    return (
        b"\x89PNG\r\n\x1a\n"
        + chunk(b"IHDR", head)
        + chunk(b"IDAT", zlib.compress(b"\0" * 99))
        + chunk(b"IEND", b"")
    )


@cache
def drawn(kind: str) -> bytes:
    """A whole picture of 240 by 80 pixels."""
    from PIL import Image

    memory = io.BytesIO()
    noise = np.random.Generator(np.random.Philox(key=1)).integers(0, 255, (80, 240, 3), dtype=np.uint8)
    Image.fromarray(noise).save(memory, kind)
    return memory.getvalue()


@cache
def answered() -> Any:
    return read(answers(60), Questionnaire.from_text(QUESTIONNAIRE))


def plain(folder: Path) -> Report:
    """A report of one score, quickly made."""
    return Report(FACTS, answered(), {"scores": score(answered())}, "en", folder)


@pytest.mark.parametrize(
    ("content", "word"),
    [
        (png(30_000, 30_000), "4,000"),
        (png(4_001, 1), "4,001"),
        (b"\x89PNG\r\n\x1a\n" + b"x" * 2_000_000, "bytes"),
        (b"\x89PNG\r\n\x1a\nbroken", "whole"),
        (b"<svg xmlns='http://www.w3.org/2000/svg'><script>alert(1)</script></svg>", "another kind"),
        (b"GIF89a", "another kind"),
        (b"\xff\xd8\xff\xe0" + b"\0" * 400, "whole"),
        (drawn("PNG")[:-700], "whole"),
        (drawn("JPEG")[:-300], "whole"),
        (b"<?xml version='1.0'?><svg><image href='file:///etc/passwd'/></svg>", "another kind"),
        (b"%PDF-1.7", "another kind"),
    ],
    ids=[
        "huge",
        "too wide",
        "too heavy",
        "head only",
        "script",
        "gif",
        "jpeg head",
        "cut png",
        "cut jpeg",
        "reference",
        "pdf",
    ],
)
def test_a_logo_that_is_huge_broken_or_alive_is_refused(folder: Path, content: bytes, word: str) -> None:
    (folder / "theme.yaml").write_text(THEME + "logo: logo.png\n", encoding="utf-8")
    (folder / "logo.png").write_bytes(content)
    with pytest.raises(SurveykitError) as caught:
        load_theme(folder).logo_uri()
    assert caught.value.code == "THEME_LOGO"
    assert word in caught.value.got + caught.value.expected
    report = plain(folder)
    for form in (report.html, report.pdf, report.docx, report.pptx):
        with pytest.raises(SurveykitError) as caught:
            form()
        assert caught.value.code == "THEME_LOGO"


def test_a_logo_stands_on_page_slides_and_document(folder: Path) -> None:
    (folder / "theme.yaml").write_text(THEME + "logo: logo.png\n", encoding="utf-8")
    (folder / "logo.png").write_bytes(drawn("PNG"))
    report = plain(folder)
    assert f'src="data:image/png;base64,{base64.b64encode(drawn("PNG")).decode()}"' in report.html()
    for content, where in (
        (report.pptx(), r"ppt/slideLayouts/_rels/slideLayout(1|6)\.xml\.rels"),
        (report.docx(), r"word/_rels/document\.xml\.rels"),
    ):
        with zipfile.ZipFile(io.BytesIO(content)) as archive:
            media = {n: archive.read(n) for n in archive.namelist() if "/media/" in n}
            name = next(n.rpartition("/")[2] for n, held in media.items() if held == drawn("PNG"))
            homes = [
                n for n in archive.namelist() if n.endswith(".rels") and name in archive.read(n).decode()
            ]
            assert homes
            assert all(re.fullmatch(where, n) for n in homes), homes
    assert plain(folder).pptx() == report.pptx()
    from pptx import Presentation

    deck = Presentation(io.BytesIO(report.pptx()))
    assert {s.slide_layout.name for s in deck.slides} == {
        "Title Slide",
        "Title Only",
    }
    for layout in map(deck.slide_layouts.get_by_name, ("Title Slide", "Title Only")):
        logo = next(s for s in layout.shapes if s.shape_type == 13)
        assert logo.width / logo.height == pytest.approx(3, rel=0.02)
        assert logo.left > 0 < logo.top
        assert logo.left + logo.width < deck.slide_width
        assert logo.top + logo.height < deck.slide_height


def test_the_files_of_a_theme_are_named(folder: Path) -> None:
    (folder / "theme.yaml").write_text(THEME + SECTION + "logo: logo.png\n", encoding="utf-8")
    (folder / "logo.png").write_bytes(drawn("PNG"))
    (folder / "style.css").write_text("h1 { margin: 0 }", encoding="utf-8")
    (folder / "notes.txt").write_text("not read", encoding="utf-8")
    found = {p.name for p in load_theme(folder).files()}
    assert found == {"theme.yaml", "style.css", "next.html.j2", "logo.png"}


@pytest.mark.parametrize(
    "yaml",
    [
        "logo: ../logo.png\n",
        "logo: http://127.0.0.1/logo.png\n",
        "sections: [{id: ../x, title: {en: x, zh: x}}]\n",
        "sections: [{id: x, title: {en: x, zh: x}}, {id: x, title: {en: x, zh: x}}]\n",
        "sections: [{id: x, title: {fr: x}}]\n",
        "sections: [{id: x}]\n",
        "script: x.py\n",
    ],
)
def test_a_theme_says_what_it_is_and_nothing_else(folder: Path, yaml: str) -> None:
    (folder / "theme.yaml").write_text(THEME + yaml, encoding="utf-8")
    with pytest.raises(SurveykitError):
        load_theme(folder)


def test_a_section_without_its_file_is_named(folder: Path) -> None:
    (folder / "next.html.j2").unlink()
    with pytest.raises(SurveykitError, match="no template"):
        made(folder).pages  # noqa: B018
    (folder / "next.html.j2").write_bytes(b"\xff\xfe<p>")
    with pytest.raises(SurveykitError, match="UTF-8"):
        made(folder).pages  # noqa: B018


def test_a_table_of_a_hundred_thousand_rows_is_cut_on_the_page() -> None:
    """W7: bounded time and memory, and a word on where the rest is."""
    rows = tuple(((f"row {i}",), (str(i),)) for i in range(100_000))
    page = Page("p", (TableBlock("t", ("c",), (Column(("h",), "left"), Column(("n",))), rows),))
    cover = {"title": "t", "kicker": "", "subtitle": "", "client": "", "facts": [], "long": False}
    html = render(lay_out(cover, Box("note", "g", ()), [page], "en", simulated=False, logo="")).html
    assert html.count("<tr") == ROWS_SHOWN + 1
    assert "Rows 1 to 500 of 100,000" in html
    assert len(html) < 300_000


def test_what_a_theme_leaves_out_is_as_in_the_default_one(tmp_path: Path) -> None:
    (tmp_path / "theme.yaml").write_text("paper: letter\n", encoding="utf-8")
    default = load_theme("default")
    changed = {"paper": "letter", "folder": str(tmp_path)}
    assert load_theme(tmp_path) == default.model_copy(update=changed)


@pytest.mark.parametrize("accent", ["#FFD400", "#FFFFFF", "#F08000", "#1F5FA8", "#777777"])
def test_a_pale_accent_has_dark_type_on_the_cover_and_is_darker_where_it_is_type(accent: str) -> None:
    theme = Theme(accent=accent)
    style = style_of(theme, "en", live=True)
    ground, ink = (
        re.search(pattern, style)
        for pattern in (r"height: 168mm; background: (\S+);", r"right: 24mm; color: (\S+);")
    )
    assert ground is not None
    assert ink is not None
    assert ground.group(1) == accent
    assert contrast(ink.group(1), accent) >= 4.5
    number = re.search(r"h1 \.no \{ color: (\S+);", style)
    assert number is not None
    assert contrast(number.group(1), "#FFFFFF") >= 4.5
    assert contrast(theme.chart_accent, "#FFFFFF") >= 3.0
