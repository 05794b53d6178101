"""Traditional characters: no term of the glossary is set twice, in any text of the house."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from surveykit.hant import traditional

ROOT = Path(__file__).parents[1]
TWICE = re.compile(r"([\u4e00-\u9fff])\1")
CHINESE = re.compile(r"""["']([^"'\n]*[\u4e00-\u9fff][^"'\n]*)["']""")


@pytest.mark.parametrize(
    ("simplified", "expected"),
    [
        ("精确平均值与均值", "精確平均數與平均數"),
        ("结构方程模型与方程式", "結構方程式模型與方程式"),
        ("显著性水平在水平轴上", "顯著性水準在水平軸上"),
        ("文件夹里的文件", "資料夾裡的檔案"),
    ],
)
def test_longer_terms_go_before_the_shorter_ones_within_them(simplified: str, expected: str) -> None:
    assert traditional(simplified) == expected


def test_no_text_of_the_house_doubles_a_character() -> None:
    files = [p for p in (ROOT / "surveykit").rglob("*.py") if p.name != "hant.py"]
    texts = {t for path in files for t in CHINESE.findall(path.read_text(encoding="utf-8"))}
    assert len(texts) > 1000
    assert [t for t in texts if len(TWICE.findall(traditional(t))) > len(TWICE.findall(t))] == []
