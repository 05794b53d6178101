"""Bytes of a text file to characters: which encoding, said as a guess wherever it is one."""

from __future__ import annotations

import contextlib
import re

from surveykit.errors import SurveykitError, quote

__all__ = ["decode"]

_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_FEW = 0.02
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")


def decode(data: bytes, source: str, encoding: str | None = None) -> tuple[str, str, str]:
    """Text, the encoding's name and a sentence where that was a guess ("" where it is certain).

    A byte-order mark or valid UTF-8 is certain. Otherwise GB18030 is taken where the bytes above 127
    stand in pairs as Chinese text has them, Windows-1252 where they stand alone inside Western
    words. What is neither is an error that asks for ``encoding=``.
    """
    if encoding is not None:
        return _decode_as(data, encoding, source), encoding, ""
    for mark, name in _BOMS:
        if data.startswith(mark):
            return _decode_as(data, name, source), name, ""
    if b"\0" in data[:4096] and data[:4096].count(b"\0") > len(data[:4096]) // 4:
        raise SurveykitError(
            "every other byte is NUL: this looks like UTF-16 without its byte-order mark",
            source,
            hint="pass encoding='utf-16-le' or encoding='utf-16-be', or save the file as UTF-8",
            code="ENCODING",
        )
    try:
        return data.decode("utf-8"), "utf-8", ""
    except UnicodeDecodeError:
        return _guess(data, source)


def _guess(data: bytes, source: str) -> tuple[str, str, str]:
    runs = [m.group() for m in _HIGH_RUN.finditer(data)]
    high = sum(map(len, runs))
    paired = sum(len(r) for r in runs if len(r) >= 2) / high
    common = sum(0xA1 <= b <= 0xA3 or 0xB0 <= b <= 0xD7 for r in runs if len(r) >= 2 for b in r[::2])
    pairs = max(1, sum((len(r) + 1) // 2 for r in runs if len(r) >= 2))
    name = ""
    if paired >= 0.8 and common / pairs >= 0.6:
        name = "gb18030"
    elif paired <= 0.5 or high < _FEW * len(data):
        name = "cp1252"  # a text of another script would have far more bytes above 127
    if name:
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(name)
            return text, name, f"encoding {name}: the bytes are not UTF-8 and read plausibly as {name}"
    raise SurveykitError(
        "the encoding of the file is not clear: it is not UTF-8, and neither GB18030 nor Windows-1252 fits",
        source,
        hint="pass encoding='…' (for instance 'gb18030', 'big5', 'cp1252', 'shift_jis'), or save as UTF-8",
        code="ENCODING",
    )


def _decode_as(data: bytes, encoding: str, source: str) -> str:
    try:
        return data.decode(encoding)
    except LookupError:
        raise SurveykitError(
            f"unknown encoding {quote(encoding)}",
            source,
            expected="a name such as utf-8, gb18030, utf-16, cp1252",
            code="ENCODING",
        ) from None
    except UnicodeError as error:
        place = getattr(error, "start", 0)
        raise SurveykitError(
            f"the file is not valid {encoding}",
            f"{source}, line {data.count(10, 0, place) + 1}",
            got=f"byte {data[place : place + 1].hex()} at offset {place}",
            hint="save the file again as UTF-8, or pass another encoding=",
            code="ENCODING",
        ) from None
