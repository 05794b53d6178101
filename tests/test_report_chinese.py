"""Chinese texts are set as Chinese: no blanks beside figures and letters, full-width marks, the zero before the point."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import pytest

from surveykit.findings import Number
from surveykit.format import zero_led
from surveykit.questionnaire import data_dir

ROOT = Path(__file__).parents[1]
HAN = "\u4e00-\u9fff"

WRONG = {
    "a blank between Han and figures or letters": rf"[{HAN}] [A-Za-z0-9{{]|[A-Za-z0-9}}%] [{HAN}]",
    "a half-width mark beside Han": rf"[{HAN}][,;:?!()]|[,;:?!][{HAN}]",
    "a straight quotation mark": rf"[{HAN}]\"|\"[{HAN}]",
    "a decimal without its zero": r"(?<![\w.}])\.\d",
    "two words for one thing": r"题项|条目|因变项|早答者|晚答者|[Aa]lpha系数|delta法",
}


def _texts(tree: ast.AST) -> Iterator[str]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Dict):
            for key, value in zip(node.keys, node.values, strict=True):
                if isinstance(key, ast.Constant) and key.value == "zh":
                    yield from _words(value)


def _words(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    elif isinstance(node, ast.JoinedStr):
        yield "".join(str(v.value) if isinstance(v, ast.Constant) else "{}" for v in node.values)


@cache
def house() -> tuple[str, ...]:
    """Every Chinese text that stands beside an English one in the code."""
    files = sorted((ROOT / "surveykit").rglob("*.py"))
    found = {t for path in files for t in _texts(ast.parse(path.read_text(encoding="utf-8")))}
    return tuple(sorted(t for t in found if re.search(f"[{HAN}]", t)))


@pytest.mark.parametrize("rule", WRONG)
def test_the_texts_of_the_house(rule: str) -> None:
    assert len(house()) > 700
    assert [t for t in house() if re.search(WRONG[rule], t)] == []


def test_the_texts_of_the_questionnaires_and_examples() -> None:
    files = [
        *sorted(data_dir("questionnaires").glob("*.yaml")),
        *sorted((ROOT / "examples").glob("*/*.yaml")),
    ]
    blank = re.compile(rf"[{HAN}，。；：、）] [A-Za-z0-9]|[A-Za-z0-9%] [{HAN}]")
    lines = [
        (f.name, n) for f in files for n in f.read_text(encoding="utf-8").splitlines() if blank.search(n)
    ]
    assert lines == []


def test_chinese_keeps_the_zero_before_the_point_and_english_does_not() -> None:
    assert [Number(0.745, "unit2", "/x").text(x) for x in ("en", "zh", "zh-Hant")] == [".75", "0.75", "0.75"]
    assert [Number(-0.05, "unit2", "/x").text(x) for x in ("en", "zh")] == ["−.05", "−0.05"]
    assert [Number(0.0341, "p", "/x").text(x) for x in ("en", "zh")] == ["= .034", "= 0.034"]
    assert [Number(1e-9, "p_cell", "/x").text(x) for x in ("en", "zh")] == ["< .001", "< 0.001"]
    assert zero_led("HTMT .91，1.5，a.2") == "HTMT 0.91，1.5，a.2"
