"""Full-width marks that meet on paper give up the blank half between them; none stands where a line may not begin or end."""

from __future__ import annotations

import io
import sys
from functools import cache
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from surveykit.report._marks import squeeze
from surveykit.report._pdf import pdf_of
from surveykit.report._theme import load_theme, style_of

LONG = "“满意”、“不满”（见表），其他：（无）。“证据充分”！" * 30


def squeezed(text: str, language: str) -> str:
    page = ElementTree.fromstring(f'<div lang="{language}">{text}</div>')
    squeeze(page)
    return (
        ElementTree.tostring(page, encoding="unicode")
        .replace('<span class="half">', "<")
        .replace("</span>", ">")
    )


@pytest.mark.parametrize(
    ("language", "text", "expected"),
    [
        ("zh-Hans", "甲，乙。丙", "甲，乙。丙"),
        ("zh-Hans", "（甲）（乙）。丙", "（甲<）>（乙<）>。丙"),
        ("zh-Hans", "（“甲”）。", "（<“>甲<”><）>。"),
        ("zh-Hans", "甲。“乙”", "甲<。>“乙”"),
        # in the middle of its square a stop has nothing to give: the bracket gives way
        ("zh-Hant", "甲。「乙」。", "甲。<「>乙<」>。"),
        ("zh-Hant", "（甲），丙。", "（甲<）>，丙。"),
        ("en", "（甲）（乙）", "（甲）（乙）"),
        ("zh-Hans", "<p>“甲”与乙</p>", "<p><“>甲”与乙</p>"),
        ("zh-Hans", "<pre>（甲）（乙）</pre>", "<pre>（甲）（乙）</pre>"),
        ("zh-Hans", "<b>甲</b>）。<b lang='en'>“。”</b>", '<b>甲</b><）>。<b lang="en">“。”</b>'),
    ],
)
def test_the_mark_that_gives_way(language: str, text: str, expected: str) -> None:
    shown = f'<div lang="{language}">{expected}</div>'
    assert squeezed(text, language) == shown


@cache
def lines(language: str, text: str) -> list[str]:
    """The lines of one paragraph on paper, read back."""
    theme = load_theme("default")
    html = f'<!DOCTYPE html><html lang="{language}"><head><title>甲</title></head><body><main><p>{text}</p></main></body></html>'
    pdf = pdf_of(html, style_of(theme, "zh"), theme.families("zh"), frozenset())
    return [
        line for page in PdfReader(io.BytesIO(pdf)).pages for line in page.extract_text().splitlines() if line
    ]


def test_no_line_begins_with_a_closing_mark_or_ends_with_an_opening_one() -> None:
    found = lines("zh-Hans", LONG)
    assert "".join(found) == LONG
    assert len(found) > 4
    assert [x for x in found if x[0] in "”）、，。：！" or x[-1] in "“（"] == []


def test_squeezed_marks_save_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    close = len(lines("zh-Hans", LONG))
    lines.cache_clear()
    monkeypatch.setattr(sys.modules[pdf_of.__module__], "squeeze", lambda root: None)
    assert close <= 0.86 * len(lines("zh-Hans", LONG))
    lines.cache_clear()
