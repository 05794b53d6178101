"""What Word and PowerPoint files share: text that XML can hold, room for columns, bytes that do not depend on the clock."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Sequence
from importlib.util import find_spec

from surveykit.errors import SurveykitError
from surveykit.report.charts._base import display_width, wrapped

__all__ = ["clean", "column_widths", "fixed_bytes", "lines_of", "need_office", "png_of"]

_LIBRARIES = {"docx": "python-docx", "pptx": "python-pptx"}
_UNFIT = re.compile(r"[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff￾￿⁠]")
_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*")
_FORMULA = re.compile(rb'(<c [^>]*?)(?: t="[^"]*")?><f>(.*?)</f>(?:<v>.*?</v>|<v/>)?</c>', re.DOTALL)
_LETTER = 0.56
"""The width of a Latin letter in parts of the size of its font, rather too much than too little; a Han character has two."""
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


def lines_of(text: str, width: float, size: float) -> int:
    """About how many lines a text of ``size`` points takes in ``width`` inches.

    >>> lines_of("a" * 100, 5.0, 12.0), lines_of("", 5.0, 12.0)
    (2, 1)
    """
    return len(wrapped(text, max(int(width * 72.0 / size / _LETTER), 2), len(text) + 1))


def column_widths(rows: Sequence[Sequence[str]], whole: float, size: float, pad: float) -> list[float]:
    """Widths of the columns of a table that add up to ``whole`` inches: no word is broken as long as all words fit.

    Each column has the room that its longest word needs; the rest goes to those whose texts are longest. ``size`` is that
    of the font in points, ``pad`` what stands at both sides of a text.

    >>> [round(w, 2) for w in column_widths([["Item", "n"], ["a question of many words", "240"]], 3.0, 9.0, 0.1)]
    [2.24, 0.76]
    """
    letter = _LETTER * size / 72.0
    columns = list(zip(*rows, strict=True))
    wish = [max(display_width(t) for t in column) * letter + pad for column in columns]
    least = [
        max((display_width(w) for t in column for w in _WORDS.findall(t)), default=0) * letter + pad
        for column in columns
    ]
    spare = whole - sum(wish)
    if spare >= 0:
        return [w + spare / len(wish) for w in wish]
    room = whole - sum(least)
    if room <= 0:
        return [whole * w / sum(least) for w in least]
    more = [w - small for w, small in zip(wish, least, strict=True)]
    return [small + room * m / sum(more) for small, m in zip(least, more, strict=True)]


def fixed_bytes(archive: bytes) -> bytes:
    """The same archive with every entry dated alike, so that two runs give the same bytes, and without formulas."""
    memory = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(archive)) as source, zipfile.ZipFile(memory, "w") as target:
        for name in source.namelist():
            entry = zipfile.ZipInfo(name, _EPOCH)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            content = source.read(name)
            if name.endswith(".xlsx"):  # the sheet behind a chart
                content = fixed_bytes(content)
            elif name.startswith("xl/worksheets/"):  # a name like =cmd|… came there as a live formula
                content = _FORMULA.sub(
                    rb'\1 t="inlineStr"><is><t xml:space="preserve">=\2</t></is></c>', content
                )
            elif name == "docProps/core.xml":
                content = _DATED.sub(rb"\g<1>2000-01-01T00:00:00Z", content)
            target.writestr(entry, content)
    return memory.getvalue()


def png_of(svg: str) -> bytes:
    """A picture for programs that show no SVG."""
    import vl_convert

    png: bytes = vl_convert.svg_to_png(svg, scale=2.0)
    return png
