"""Characters that no font has: in words on paper and in pictures, said aloud, and never a blank box or a stop."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from surveykit.errors import SurveykitError
from surveykit.report import _fonts, _pdf, _spelled
from surveykit.report._pdf import pdf_of
from surveykit.report._spelled import note, ours, spelled, undrawable
from surveykit.report._theme import load_theme
from surveykit.report.charts import _base
from surveykit.report.charts.dots import Dot, dots

FAMILIES = load_theme("default").families("zh")
STYLE = 'html { font-family: "Noto Sans CJK SC" }'
PAGE = '<!DOCTYPE html><html lang="{}"><head><title>t</title></head><body><p>{}</p></body></html>'
STRANGE = "\U0010fffd\U00012000"
"""A character for nobody's use, which no font has, and one of a script that few have."""


@pytest.fixture
def no_emoji(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A computer without fonts for emoji, whatever this one has."""
    real = _fonts.unknown
    monkeypatch.setattr(
        _spelled, "unknown", lambda c: real(c) | {x for x in c if x >= "\U0001f000" or x == "\U0002a6a5"}
    )
    _spelled._unknown.cache_clear()
    yield
    _spelled._unknown.cache_clear()


@pytest.mark.usefixtures("no_emoji")
def test_emoji_flags_and_rare_han_stand_in_words() -> None:
    assert spelled("Thanks 👩‍👩‍👧🇨🇳!", "en") == "Thanks [emoji: woman, woman, girl, flag CN]!"
    assert spelled("谢谢👍🏽𪚥和㐂") == "谢谢［表情符号：thumbs up sign］［U+2A6A5］和㐂"
    assert spelled("🏽", "en") == "[emoji: emoji modifier fitzpatrick type-4]"
    assert spelled("😀" * 400, "en").endswith("and 394 more]")
    assert spelled("plain", "en") == "plain"


def test_a_script_without_a_font_is_named_once_for_all_its_letters() -> None:
    assert spelled("x" + "\U00012000" * 3, "en") == "x[3 characters, the first U+12000 CUNEIFORM SIGN A]"
    assert undrawable("满意 a" + STRANGE) == tuple(sorted(STRANGE))


def test_the_paper_is_made_and_says_what_it_could_not_draw() -> None:
    for language, said in (("en", "No font on the computer"), ("zh-Hans", "没有字体")):
        page = PAGE.format(language, f"a {STRANGE} b")
        paper = _pdf._on_paper(page, undrawable(page))
        assert said in paper
        assert not set(STRANGE) & set(paper)
        assert pdf_of(page, STYLE, FAMILIES, frozenset()).startswith(b"%PDF")


def test_a_character_that_only_the_layout_finds_missing_is_put_into_words_too(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_pdf, "undrawable", lambda _html: ())
    seen: list[str] = []
    real = _pdf._made

    def made(html: str, *rest: object) -> bytes:
        seen.append(html)
        return real(html, *rest)

    monkeypatch.setattr(_pdf, "_made", made)
    pdf_of(PAGE.format("en", STRANGE), STYLE, FAMILIES, frozenset())
    assert len(seen) == 2
    assert "[2 characters" in seen[1]


def test_one_of_our_own_characters_without_a_glyph_still_stops_the_run(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(_pdf, "ours", lambda _c: True)
    monkeypatch.setattr(_spelled, "ours", lambda _c: True)
    with pytest.raises(SurveykitError) as caught:
        pdf_of(PAGE.format("en", STRANGE), STYLE, FAMILIES, frozenset())
    assert caught.value.code == "GLYPH_MISSING"
    assert "U+12000" in caught.value.got
    assert "fonts-noto-cjk" in caught.value.hint


def test_the_words_of_every_language_are_our_own_characters() -> None:
    """What our sentences use must never be put into words: then the font of the report is missing."""
    from surveykit.format import pick

    for path in Path(_spelled.__file__).parent.rglob("*.py"):
        if path.name == "_spelled.py":
            continue
        text = path.read_text(encoding="utf-8")
        for language in ("zh", "zh-Hant"):
            strange = {c for c in pick({"en": "", "zh": text}, language) if c.isalpha() and not ours(c)}
            assert not strange, (path.name, strange)


def test_a_picture_has_them_in_words() -> None:
    look = _base.Look("#1F5FA8", "'Noto Sans CJK SC'", "en")
    svg = dots([Dot(f"Branch {STRANGE[1]}", 0.5, 0.4, 0.6, f"n = 9 {STRANGE[1]}")], look, null=0.0).svg
    assert "U+12000" in svg
    assert STRANGE[1] not in svg


def test_the_sentence_names_some_and_counts_all() -> None:
    assert note((), "en") == ""
    said = note([chr(0x12000 + i) for i in range(9)], "zh")
    assert "9个字符" in said
    assert "U+12000、U+12001" in said
    assert said.count("U+") == 6


def test_the_run_says_which_characters_and_what_to_install() -> None:
    from surveykit.study.execute import _unprinted

    assert _unprinted({"report.html": "很好 a".encode(), "report.pdf": b"%PDF\xff"}) == []
    (said,) = _unprinted({"report.html": f"a{STRANGE}".encode(), "results.json": b"{}"})
    assert "U+12000" in said
    assert "2 character(s)" in said
    assert "apt-get install" in said
