"""What Word and PowerPoint files share: text that XML can hold, room for columns, bytes that do not depend on the clock."""

from __future__ import annotations

import io
import math
import re
import zipfile
from collections.abc import Mapping, Sequence
from functools import lru_cache
from importlib.util import find_spec
from typing import Any
from unicodedata import bidirectional, category, combining, east_asian_width

from surveykit.errors import SurveykitError
from surveykit.report._whole import CORE, marked_parts

__all__ = [
    "BOLDER", "HAN_TAGS", "Parts", "clean", "column_widths", "ems", "fixed_bytes", "lines_of", "need_office", "plain", "png_of",
    "right_to_left",
]  # fmt: skip

Parts = Sequence[Mapping[str, Any]]
"""A line of the report as it is laid out: parts with their kind and text."""
HAN_TAGS = {"zh-Hans": "zh-CN", "zh-Hant": "zh-TW"}
"""Office files name Chinese by the place, not by the script."""

_LIBRARIES = {"docx": "python-docx", "pptx": "python-pptx"}
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿⁠]")
_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_FORMULA = re.compile(rb'(<c [^>]*?)(?: t="[^"]*")?><f>(.*?)</f>(?:<v>.*?</v>|<v/>)?</c>', re.DOTALL)
_NARROW, _BROAD = frozenset("ijlftrI.,:;'’|!()[]-·\u00a0 "), frozenset("mwMW@%—…+−<>=±")
_TOKEN = re.compile(
    r"[^\S\u00a0]+|[\u2e80-\uffef\U00020000-\U0003ffff]|(?:(?![\u2e80-\uffef\U00020000-\U0003ffff])(?:\S|\u00a0))+"
)
"""What a line may break at: blanks, between Han characters, between words."""
BOLDER = 0.1
"""How much wider bold type is."""
_STRONG = {"L": False, "R": True, "AL": True}
_WORDS = re.compile(r"[\d\s.,%<=±+−–\[\]()-]+$|[\u2e80-\uffef]|[^\s\u2e80-\uffef]+")
"""What stays on one line: a number with its interval, a Han character, a word."""
_EPOCH = (1980, 1, 1, 0, 0, 0)


def need_office(module: str, file: str) -> None:
    """Raise where the library that writes ``file`` is not installed."""
    if find_spec(module) is None:
        raise SurveykitError(
            f"{file} needs a library that is not installed",
            expected=_LIBRARIES[module],
            hint="pip install 'surveykit[office]'",
            code="NEEDS_OFFICE",
        )


def clean(text: str) -> str:
    """Text that an XML document can hold: no control characters, no halves of characters, no joiners.

    >>> clean("a\\x00b\\u2060c")
    'abc'
    """
    return _UNFIT.sub("", text)


def plain(parts: Parts) -> str:
    """The words of a line."""
    return "".join(part["text"] for part in parts)


def right_to_left(text: str) -> bool:
    """Whether the first letter with a direction is read from right to left.

    >>> right_to_left("«\\u05e9\\u05dd» abc"), right_to_left("abc \\u05e9\\u05dd"), right_to_left("12 %")
    (True, False, False)
    """
    return next((_STRONG[d] for c in text if (d := bidirectional(c)) in _STRONG), False)


def ems(text: str) -> float:
    """About how wide a text is, in parts of the size of its font, rather too much than too little.

    >>> round(ems("ill"), 2), round(ems("Han 漢"), 2)
    (0.96, 3.1)
    """
    return sum(_em(c) for c in text)


@lru_cache(maxsize=4096)
def _em(character: str) -> float:
    if character in _NARROW:
        return 0.32
    if character in _BROAD:
        return 0.85
    if east_asian_width(character) in "WF":
        return 1.0
    if "α" <= character <= "ω":  # Chinese pages may have them from a font where they are broad
        return 0.85
    if combining(character) or category(character) == "Cf":
        return 0.0
    return 0.66 if character.isupper() else 0.56


@lru_cache(maxsize=4096)
def lines_of(text: str, width: float, size: float) -> int:
    """About how many lines a text of ``size`` points takes in ``width`` inches.

    >>> lines_of("a" * 100, 5.0, 12.0), lines_of("", 5.0, 12.0)
    (2, 1)
    """
    room = max(width * 72.0 / size, 1.0)
    lines, at = 1, 0.0
    for token in _TOKEN.findall(text):
        long = ems(token)
        if at + long <= room or token.isspace():
            at += long
        else:
            lines += math.ceil(long / room) - (at == 0.0)
            at = long % room
    return lines


def column_widths(
    rows: Sequence[Sequence[str]], whole: float, size: float, pad: float, *, bold: bool = False
) -> list[float]:
    """Widths of the columns of a table that add up to ``whole`` inches: no word is broken as long as all words fit.

    Each column has the room that its longest word needs; the rest goes to those whose texts are longest. ``size`` is that
    of the font in points, ``pad`` what stands at both sides of a text; the first row is a ``bold`` head.

    >>> [round(w, 2) for w in column_widths([["Item", "n"], ["a question of many words", "240"]], 3.0, 9.0, 0.1)]
    [2.15, 0.85]
    """
    em = size / 72.0
    columns = list(zip(*rows, strict=True))
    more = [1.0 + BOLDER * (bold and i == 0) for i in range(len(rows))]
    wish = [max(ems(t) * by for t, by in zip(column, more, strict=True)) * em + pad for column in columns]
    least = [
        max((ems(w) * by for t, by in zip(column, more, strict=True) for w in _WORDS.findall(t)), default=0.0)
        * em
        + pad
        for column in columns
    ]
    spare = whole - sum(wish)
    if spare >= 0:
        return [w + spare / len(wish) for w in wish]
    room = whole - sum(least)
    if room <= 0:
        return [whole * w / sum(least) for w in least]
    spare_of = [w - small for w, small in zip(wish, least, strict=True)]
    return [small + room * s / sum(spare_of) for small, s in zip(least, spare_of, strict=True)]


def fixed_bytes(archive: bytes) -> bytes:
    """The same archive with every entry dated alike, so that two runs give the same bytes, and without formulas.

    One that is sealed says what it holds (:mod:`surveykit.report._whole`).
    """
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source:
        parts = [(name, _fixed(name, source.read(name))) for name in source.namelist()]
    with zipfile.ZipFile(memory, "w") as target:
        for name, content in marked_parts(parts):
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            target.writestr(entry, content)
    return memory.getvalue()


def _fixed(name: str, content: bytes) -> bytes:
    if name.endswith(".xlsx"):  # the sheet behind a chart
        return fixed_bytes(content)
    if name.startswith("xl/worksheets/"):  # a name like =cmd|… came there as a live formula
        return _FORMULA.sub(rb'\1 t="inlineStr"><is><t xml:space="preserve">=\2</t></is></c>', content)
    return _DATED.sub(rb"\g<1>2000-01-01T00:00:00Z", content) if name == CORE else content


def png_of(svg: str) -> bytes:
    """A picture for programs that show no SVG."""
    import vl_convert

    png: bytes = vl_convert.svg_to_png(svg, scale=2.0)
    return png
