"""Chinese on paper: marks that meet share their blank, none stands where no line may begin or end, no character is alone."""

from __future__ import annotations

import io
import sys
from functools import cache
from xml.etree import ElementTree

import pytest
from pypdf import PdfReader

from surveykit.report._marks import set_chinese
from surveykit.report._pdf import pdf_of
from surveykit.report._theme import load_theme, style_of

LONG = "“满意”、“不满”（见表），其他：（无）。“证据充分”！" * 30


def squeezed(text: str, language: str) -> str:
    page = ElementTree.fromstring(f'<div lang="{language}">{text}</div>')
    set_chinese(page)
    return (
        ElementTree.tostring(page, encoding="unicode")
        .replace('<span class="half">', "<")
        .replace('<span class="whole">', "[")
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
        ("zh-Hans", "<p>这一段不应只剩一个字。</p>", "<p>这一段不应只剩一[个字。></p>"),
        (
            "zh-Hans",
            "<table><thead><tr><th>标准化系数</th></tr></thead></table>",
            "<table><thead><tr><th>[标准化系数></th></tr></thead></table>",
        ),
        ("zh-Hans", "<p>McDonald’s与‘甲’</p>", "<p>McDonald<’>s与‘甲’</p>"),
        ("en", "<p>这一段不应只剩一个字。</p>", "<p>这一段不应只剩一个字。</p>"),
        ("zh-Hans", "<p>再对全体求出平均数；t区间。</p>", "<p>再对全体求出平均数；[t区间。></p>"),
        (
            "zh-Hans",
            '<div class="notes">\n<p>虚线为均值。</p>\n<p>见表。</p>\n</div>',
            '<div class="notes">\n<p>虚线为均值。</p><p>见表。</p></div>',
        ),
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
    assert len(found[-1]) > 2
    assert [x for x in found if x[0] in "”）、，。：！" or x[-1] in "“（"] == []


def test_squeezed_marks_save_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    close = len(lines("zh-Hans", LONG))
    lines.cache_clear()
    monkeypatch.setattr(sys.modules[pdf_of.__module__], "set_chinese", lambda root: None)
    assert close <= 0.86 * len(lines("zh-Hans", LONG))
    lines.cache_clear()


@pytest.mark.parametrize("spare", range(6))
def test_no_character_is_left_alone_on_the_last_line(spare: int) -> None:
    full = len(lines("zh-Hans", "这" * 200)[0])
    found = lines("zh-Hans", "这" * (full - 3 + spare) + "完了。")
    assert "".join(found) == "这" * (full - 3 + spare) + "完了。"
    assert [len(x) for x in found if len(x) < 3] == []


def test_a_name_in_capitals_keeps_its_number() -> None:
    page = ElementTree.fromstring('<p lang="zh-Hans">顾客费力度（CES 2）与NPS 12月的数值</p>')
    set_chinese(page)
    text = "".join(page.itertext())
    assert "CES\N{NO-BREAK SPACE}2" in text
