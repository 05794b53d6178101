"""PDF: tagged, the same bytes twice, closed to the world, no glyph missing, nothing about the machine.

Holds W1-W4, J1, J2, J5, F14, V6.
"""

from __future__ import annotations

import getpass
import io
import platform
import sys
from functools import cache
from typing import Any

import pikepdf
import pytest

from surveykit.errors import SurveykitError
from surveykit.format import LANGUAGES
from surveykit.report import Report, _render
from surveykit.report._pdf import pdf_of, require_font
from surveykit.report._theme import load_theme, style_of
from tests.report_study import form, report, study

FAMILIES = load_theme("default").families("zh")


@cache
def pdf(language: str) -> bytes:
    return form(language, "pdf")


def opened(content: bytes) -> pikepdf.Pdf:
    return pikepdf.open(io.BytesIO(content))


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_is_tagged_bookmarked_and_titled(language: str) -> None:
    with opened(pdf(language)) as file:
        root = file.Root
        assert bool(root.MarkInfo.Marked)
        assert "/StructTreeRoot" in root
        assert str(root.Lang) == {"en": "en", "zh": "zh-Hans"}[language]
        assert str(file.docinfo["/Title"]) == {"en": "A small survey", "zh": "一项小型调查"}[language]
        assert bool(root.ViewerPreferences.DisplayDocTitle)
        with file.open_outline() as outline:
            assert len(outline.root) >= 6
        with file.open_metadata() as metadata:
            assert metadata.get("pdfuaid:part") == "1"
        assert len(file.pages) > 6


def test_pictures_carry_their_alternative_text_into_the_pdf() -> None:
    with opened(pdf("en")) as file:
        figures = [o for o in file.objects if isinstance(o, pikepdf.Dictionary) and o.get("/S") == "/Figure"]
        assert len(figures) >= 5
        assert all(len(str(f.get("/Alt", ""))) > 20 for f in figures)


def test_the_same_study_gives_the_same_bytes() -> None:
    data, results = study()
    again = Report(report("zh").study, data, dict(results), "zh")
    assert again.pdf() == pdf("zh")
    assert again.html() == report("zh").html()


@pytest.mark.parametrize("language", LANGUAGES)
def test_the_pdf_knows_no_user_host_or_path_and_no_date(language: str) -> None:
    content = pdf(language)
    with opened(content) as file:
        assert "/CreationDate" not in file.docinfo
        for key, value in file.docinfo.items():
            text = f"{key} {value}"
            assert sys.prefix not in text
            assert platform.node() not in text or len(platform.node()) < 4
            assert getpass.getuser() not in text or getpass.getuser() == "root"
        assert "/Names" not in file.Root or "/EmbeddedFiles" not in file.Root.Names
    assert b"/URI" not in content
    assert sys.prefix.encode() not in content


HOSTILE = [
    '<img src="file:///etc/passwd" alt="x">',
    '<img src="http://127.0.0.1:9/x.png" alt="x">',
    '<img src="//127.0.0.1/x.png" alt="x">',
    '<link rel="attachment" href="file:///etc/passwd">',
    '<link rel="stylesheet" href="http://127.0.0.1:9/x.css">',
    '<style>@import "http://127.0.0.1:9/x.css";</style>',
    "<p style=\"background:url('http://127.0.0.1:9/x.png')\">x</p>",
    '<object data="file:///etc/passwd"></object>',
    '<img src="data:image/svg+xml;base64,PHN2Zy8+" alt="not ours">',
]


@pytest.mark.parametrize("body", HOSTILE)
def test_any_address_that_is_not_our_own_picture_stops_the_run(
    body: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    import socket

    def refuse(*_: Any, **__: Any) -> Any:
        raise AssertionError("a socket was opened")

    monkeypatch.setattr(socket.socket, "connect", refuse)
    html = f'<!DOCTYPE html><html lang="en"><head><title>t</title></head><body>{body}</body></html>'
    with pytest.raises(SurveykitError) as caught:
        pdf_of(html, "p { margin: 0 }", FAMILIES, frozenset())
    assert caught.value.code == "FETCH_BLOCKED"


def test_markup_in_answers_and_titles_stays_text() -> None:
    data, results = study()
    evil = '<script>alert(1)</script><img src="http://127.0.0.1:9/x">{{ 7*7 }}'
    facts = {"title": {"en": evil, "zh": evil}, "client": {"en": evil, "zh": evil}}
    made = Report(facts, data, {"scores": results["scores"]}, "en")
    assert "<script>alert" not in made.html()
    assert "{{ 7*7 }}" in made.html()
    assert b"/URI" not in made.pdf()


def test_a_missing_font_is_an_error_with_the_command_that_mends_it() -> None:
    with pytest.raises(SurveykitError) as caught:
        require_font(("No Such Family",))
    assert caught.value.code == "FONT_MISSING"
    assert "apt" in caught.value.hint


def test_a_template_gets_frozen_plain_data_and_cannot_reach_further(
    tmp_path: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    templates = tmp_path / "templates"
    templates.mkdir()
    monkeypatch.setattr(_render, "data_dir", lambda _name: tmp_path)
    attacks = {
        "{{ cycler.__init__.__globals__.os.popen('id').read() }}": "unsafe",
        "{{ cover.update({'title': 'x'}) }}": "",
        "{{ nothing_of_that_name }}": "undefined",
        "{{ ''.__class__.__mro__ }}": "unsafe",
        "{{ contents.entries.append(1) }}": "",
    }
    for source, word in attacks.items():
        (templates / "report.html.j2").write_text(source, encoding="utf-8")
        with pytest.raises(SurveykitError) as caught:
            _render._template(_render.frozen({"cover": {"title": "t"}, "contents": {"entries": ["a"]}}))
        assert caught.value.code == "TEMPLATE"
        assert word in caught.value.got


def test_a_template_escapes_whatever_its_name_is(tmp_path: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "templates").mkdir()
    (tmp_path / "templates" / "report.html.j2").write_text("{{ cover.title }}", encoding="utf-8")
    monkeypatch.setattr(_render, "data_dir", lambda _name: tmp_path)
    assert _render._template(_render.frozen({"cover": {"title": "<b>"}})) == "&lt;b&gt;"


def test_our_templates_never_switch_escaping_off() -> None:
    from surveykit.questionnaire import data_dir

    for path in (data_dir("reports") / "templates").glob("*.j2"):
        text = path.read_text(encoding="utf-8")
        assert "|safe" not in text.replace(" ", "")
        assert "autoescape" not in text


def test_a_template_gets_no_objects() -> None:
    with pytest.raises(TypeError, match="plain data"):
        _render.frozen({"x": object()})


@pytest.mark.parametrize(
    "yaml",
    [
        'accent: "red;} body{x"\nfonts: {en: [A], zh: [A]}',
        'accent: "#12345"\nfonts: {en: [A], zh: [A]}',
        "fonts: {en: [], zh: [A]}",
    ],
)
def test_a_theme_that_is_not_plain_colours_and_names_is_refused(yaml: str, tmp_path: Any) -> None:
    (tmp_path / "theme.yaml").write_text(yaml, encoding="utf-8")
    with pytest.raises(SurveykitError):
        load_theme(tmp_path)


def test_a_theme_changes_colour_and_paper_and_shows_a_logo(tmp_path: Any) -> None:
    (tmp_path / "theme.yaml").write_text(
        'accent: "#884400"\nfonts: {en: [Noto Sans CJK KR], zh: [Noto Sans CJK SC]}\npaper: letter\nlogo: logo.png\n',
        encoding="utf-8",
    )
    (tmp_path / "logo.png").write_bytes(
        bytes.fromhex(
            "89504e470d0a1a0a0000000d49484452000000010000000108060000001f15c4890000000d49444154789c6360606060000000050001a5f645400000000049454e44ae426082"
        )
    )
    theme = load_theme(tmp_path)
    style = style_of(theme, "en")
    assert "#884400" in style
    assert "size: letter" in style
    assert theme.logo_uri().startswith("data:image/png")
    (tmp_path / "logo.png").write_bytes(b"<svg onload='x'/>")
    with pytest.raises(SurveykitError, match="logo"):
        theme.logo_uri()


def test_unknown_themes_languages_and_suffixes_say_what_is_possible(tmp_path: Any) -> None:
    data, results = study()
    with pytest.raises(SurveykitError, match="theme") as caught:
        load_theme("defualt")
    assert "default" in caught.value.hint
    with pytest.raises(SurveykitError, match="language"):
        Report({"title": {}}, data, results, "fr")
    with pytest.raises(SurveykitError, match="kind of report"):
        report("en").save(tmp_path / "report.odt")


def test_saving_writes_what_the_suffix_says(tmp_path: Any) -> None:
    starts = {"html": b"<!DOCTYPE html>", "pdf": b"%PDF-", "xlsx": b"PK", "json": b"{"}
    for suffix, start in starts.items():
        path = report("en").save(tmp_path / f"report.{suffix}")
        assert path.read_bytes().startswith(start)
    assert sorted(p.name for p in tmp_path.iterdir()) == sorted(f"report.{s}" for s in starts)
