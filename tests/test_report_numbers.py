"""Every number that a report shows is the one under its key in results.json; nothing else is a number."""

from __future__ import annotations

import json
import re
import tempfile
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import pytest

from surveykit.findings import FORMATS, MIN_CELL, Document
from surveykit.format import REPORT_LANGUAGES
from surveykit.hant import traditional
from surveykit.report import Report
from surveykit.report._render import HTML_LANG, JOINER
from tests.report_study import report, study

STRUCTURE = {"structure", "formula", "citation", "given", "version"}
VOID = {"meta", "img", "br", "link", "input", "hr"}


class _Pieces(HTMLParser):
    """The text nodes of a page with the attributes of every element around them."""

    def __init__(self) -> None:
        super().__init__()
        self.open: list[tuple[str, dict[str, str | None]]] = []
        self.texts: list[tuple[str, list[tuple[str, dict[str, str | None]]]]] = []
        self.images: list[dict[str, str | None]] = []
        self.elements: list[tuple[str, dict[str, str | None]]] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in VOID:
            self.open.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open[-1][0] == tag
        self.open.pop()

    def handle_data(self, data: str) -> None:
        if data.strip() and not any(tag in ("style", "title", "script") for tag, _ in self.open):
            self.texts.append((data.replace(JOINER, ""), list(self.open)))


def pieces(language: str) -> _Pieces:
    found = _Pieces()
    found.feed(report(language).html())
    assert not found.open
    return found


def backed(language: str) -> Iterator[tuple[str, str, str]]:
    for text, around in pieces(language).texts:
        keys = [(a["data-key"], a["data-format"]) for _, a in around if a.get("data-key")]
        for key, format_ in keys:
            yield text, str(key), str(format_)


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_every_number_shown_is_the_one_under_its_key(language: str) -> None:
    document = Document(json.loads(report(language).json()))
    shown = list(backed(language))
    assert len(shown) > 300
    for text, key, format_ in shown:
        value = document.value(key)
        assert text == ("–" if value is None else FORMATS[format_](value)), key


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_no_digit_stands_in_a_report_without_a_key_or_a_reason(language: str) -> None:
    for text, around in pieces(language).texts:
        if re.search(r"\d", text):
            assert any(a.get("data-key") or a.get("data-fixed") in STRUCTURE for _, a in around), text


@pytest.mark.parametrize("language", ["zh", "zh-Hant"])
def test_a_page_in_chinese_holds_no_english_words(language: str) -> None:
    allowed = re.compile(
        r"results\.json|lavaan|PLSc|PLS|d_ULS|d_G|Wald|Wilson|Fisher|Kish|Cronbach|Delta|Johnson|Pearson|Cramér|LMG|HTMT|CFI|TLI|RMSEA|SRMR|RMSE|VIF|BIC|AIC|CVPAT|Fornell–Larcker|MICOM|Henseler|"
        r"AVE|HC3|NPS|SHA-256|surveykit|numpy|scipy|pandas|statsmodels|Holm|Bonferroni|sup-F|Brant|CSAT|[a-zRnp]\b"
    )
    for text, around in pieces(language).texts:
        if any(a.get("data-fixed") in {"version", "citation", "given"} for _, a in around):
            continue
        left = allowed.sub("", text)
        assert not re.search(r"[A-Za-z]{2,}", left), text


def test_a_page_in_traditional_characters_holds_no_simplified_ones() -> None:
    page = pieces("zh-Hant")
    shown = "".join(t for t, _ in page.texts) + "".join(str(i["alt"]) for i in page.images)
    han = sorted(set(re.findall(r"[一-鿿]", shown)))
    assert len(han) > 300
    # These are Traditional too (若干, 只有): alone the converter takes them for another word.
    assert [c for c in han if traditional(c) != c and c not in "台只干并面里后系"] == []
    assert "信賴區間" in shown
    assert "置信" not in shown


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_pictures_have_alternative_texts_and_speak_the_language(language: str) -> None:
    found = pieces(language)
    assert len(found.images) >= 5
    for image in found.images:
        assert image["alt"]
        assert len(str(image["alt"])) > 20
        if language != "en":
            assert re.search(r"[一-鿿]", str(image["alt"]))
            assert "Promoters" not in str(image["src"])


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_every_element_names_its_language(language: str) -> None:
    spoken = {"en": "en", "zh": "zh-Hans", "zh-Hant": "zh-Hant"}[language]
    for tag, attributes in pieces(language).elements:
        if tag in {
            "p",
            "h1",
            "h2",
            "td",
            "th",
            "li",
            "figure",
            "section",
            "table",
            "caption",
            "main",
            "html",
        }:
            assert attributes.get("lang") == spoken, (tag, attributes)


@pytest.mark.parametrize("language", REPORT_LANGUAGES)
def test_simulated_answers_are_called_so_on_cover_head_and_pictures(language: str) -> None:
    html = report(language).html()
    mark = {"en": "SIMULATED DATA", "zh": "模拟数据", "zh-Hant": "模擬資料"}[language]
    assert f'<p class="mark" lang="{HTML_LANG[language]}">{mark}</p>' in html
    import base64

    figures = re.findall(r'src="data:image/svg\+xml;base64,([^"]+)"', html)
    for figure in figures:
        assert mark in base64.b64decode(figure).decode("utf-8")


def test_a_study_of_real_answers_has_no_mark() -> None:
    data, results = study()
    real = Report({"title": {"en": "Real", "zh": "真实"}}, data, {"scores": results["scores"]}, "en")
    assert "SIMULATED" not in real.html()


def test_no_small_cell_leaves_the_house() -> None:
    _, results = study()
    lounge = [r for r in results["scores_by_store"].to_dict()["tidy"] if r["group"] == "vip"]
    text = report("en").json() + report("en").html()
    for row in lounge:
        for name in ("estimate", "low", "high"):
            value: Any = row.get(name)
            assert value is None or f'"{name}": {value}' not in text
    assert report("en").document.value("/study/min_cell") == MIN_CELL


def test_json_is_the_same_for_each_language_and_holds_no_path() -> None:
    assert report("en").json() == report("zh").json()
    assert str(Path.cwd()) not in report("en").json()
    assert tempfile.gettempdir() not in report("en").json()
