"""Small fonts for pictures: the same picture as with the whole font; and what no installed font can draw."""

from __future__ import annotations

from typing import Any

import pytest

from surveykit.report import _fonts
from surveykit.report.charts import _base
from surveykit.report.charts.dots import Dot, dots

ROWS = [
    Dot("Überraschend höflich — AVATAR To Ty", 0.5, 0.4, 0.6, "+0.50 [0.40, 0.60]"),
    Dot("整体满意度（十分制）", 0.2, 0.1, 0.3, "很高，T·V·A"),
]


@pytest.mark.parametrize(
    ("language", "font"), [("en", "'Noto Sans CJK KR', 'DejaVu Sans'"), ("zh", "'Noto Sans CJK SC'")]
)
def test_a_picture_is_the_same_with_the_part_of_the_font_that_it_needs(
    language: str, font: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    look = _base.Look("#1F5FA8", font, language, mark="SIMULATED")
    small = dots(ROWS, look, null=0.0).svg
    used: list[str] = []
    real = _fonts.in_small_font

    def whole(spec: Any, families: str) -> tuple[Any, str]:
        used.append(real(spec, families)[1])
        return spec, ""

    monkeypatch.setattr(_base, "in_small_font", whole)
    assert dots(ROWS, look, null=0.0).svg == small
    assert used[0]
    assert " part " not in small


def test_a_part_grows_only_when_a_picture_has_other_characters() -> None:
    part = _fonts._Small("Noto Sans CJK SC")
    first = part.named(frozenset("满意"))
    assert part.named(frozenset("意 a")) == first
    grown = part.named(frozenset("满意度"))
    assert grown != first
    assert part.named(frozenset("度满意 ")) == grown


def test_parts_leave_no_file_and_are_made_anew_under_another_name() -> None:
    first = _fonts._small("Noto Sans CJK SC").named(frozenset("满意"))
    folder = _fonts._FOLDERS[-1]
    assert folder.is_dir()
    _fonts.forget_parts()
    assert not folder.exists()
    assert _fonts._small("Noto Sans CJK SC").named(frozenset("满意")) != first


def test_without_the_library_of_fonts_the_whole_font_serves(monkeypatch: pytest.MonkeyPatch) -> None:
    def missing(_family: str) -> bool:
        raise OSError("cannot load library 'libpango-1.0-0'")

    monkeypatch.setattr(_fonts, "installed", missing)
    assert _fonts.in_small_font({"a": 1}, "'Noto Sans CJK SC'") == ({"a": 1}, "")


def test_what_no_font_can_draw_is_known_before_it_is_drawn() -> None:
    assert _fonts.unknown("a甲½é") == frozenset()
    assert _fonts.unknown("a\U0010fffd甲\U00012000") == {"\U0010fffd", "\U00012000"}
    assert _fonts.unknown("") == frozenset()
