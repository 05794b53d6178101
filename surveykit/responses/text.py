"""Bytes of a text file to characters: which encoding, said as a guess wherever it is one."""

from __future__ import annotations

import contextlib
import re
from collections import Counter
from dataclasses import dataclass

from surveykit.errors import SurveykitError, quote
from surveykit.responses.single_bytes import latin_of, script_of

__all__ = ["decode", "plausible"]

_BOMS = (
    (b"\xff\xfe\x00\x00", "utf-32"),
    (b"\x00\x00\xfe\xff", "utf-32"),
    (b"\xef\xbb\xbf", "utf-8-sig"),
    (b"\xff\xfe", "utf-16"),
    (b"\xfe\xff", "utf-16"),
)
_FEW = 0.02
_PAIRED, _ENOUGH, _CLEAR, _DISTINCT = 0.5, 0.75, 0.05, 20
_ALONE, _DOUBTFUL = 0.2, 0.6
_SEEN = 2_000_000
_HIGH_RUN = re.compile(rb"[\x80-\xff]+")
_GB = re.compile(rb"[\x81-\xfe][\x40-\x7e\x80-\xfe]|[\x80-\xff]")
_BIG5 = re.compile(rb"[\x81-\xfe][\x40-\x7e\xa1-\xfe]|[\x80-\xff]")
_JIS = re.compile(rb"[\x81-\x9f\xe0-\xfc][\x40-\x7e\x80-\xfc]|[\x80-\xff]")
_ANY = re.compile(rb"..", re.DOTALL)
_HANS = re.compile(rb"[\xa1\xa4-\xc6][\x40-\x7e\xa1-\xfe]")
_FREQUENT = {
    "gb18030": (_GB, re.compile(rb"[\xa1\xa3\xb0-\xd7][\xa1-\xfe]"), _ANY),
    # the characters of Hong Kong stand where Western text has its quotation marks: others must be there
    "big5": (_BIG5, re.compile(rb"[\x87-\xa1\xa4-\xc6][\x40-\x7e\xa1-\xfe]"), _HANS),
    # curly quotation marks of Western text are in the rows of kanji: kana must be there
    "cp932": (_JIS, re.compile(rb"[\x81-\x83\x88-\x97][\x40-\x7e\x80-\xfc]"), re.compile(rb"\x82[\x9f-\xf1]|\x83[\x40-\x96]")),
    "cp949": (_GB, re.compile(rb"[\xa1\xa3\xb0-\xc8][\xa1-\xfe]"), _ANY),
    "euc_jp": (_GB, re.compile(rb"[\xa1\xa3-\xa5\xb0-\xcf][\xa1-\xfe]"), re.compile(rb"[\xa4\xa5][\xa1-\xfe]")),
}  # fmt: skip
"""Of each double-byte encoding: how its bytes pair, the rows of frequent characters and signs, and what it alone has."""
_SURE = {"gb18030": 0.0, "big5": 0.4, "cp932": 0.2, "cp949": 0.0, "euc_jp": 0.2}
_CODECS = {"big5": "cp950"}


def decode(data: bytes, source: str, encoding: str | None = None) -> tuple[str, str, str]:
    """Text, the encoding's name and a sentence where that was a guess ("" where it is certain).

    A byte-order mark or valid UTF-8 is certain. Otherwise the encoding is taken in which the bytes above 127 read
    :func:`plausible`; where none is, that is an error that asks for ``encoding=``.
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
    name = plausible(data)
    if name:
        codec = "big5hkscs" if name == "big5" and not _fits(data, "cp950") else _CODECS.get(name, name)
        with contextlib.suppress(UnicodeDecodeError):
            text = data.decode(codec)
            return text, codec, f"encoding {codec}: the bytes are not UTF-8 and read plausibly as {codec}"
    raise SurveykitError(
        "the encoding of the file is not clear: it is not UTF-8, and none of GB18030, Big5, Shift JIS, EUC-JP, EUC-KR, "
        "Windows-1250 to 1254 and KOI8-R fits clearly",
        source,
        hint="save it as UTF-8, or say the encoding: encoding='gb18030' (or 'big5', 'cp1256', …) in Python, "
        "surveykit convert FILE --encoding gb18030 -o FILE.parquet in the shell",
        code="ENCODING",
    )


def plausible(data: bytes) -> str:
    """The encoding in which bytes above 127 read as text people write: ``gb18030 big5 cp932 cp949 euc_jp cp1252``, those of
    :mod:`~surveykit.responses.single_bytes`, or "".

    Letters of Western words stand alone between ASCII ones. Characters of East Asian scripts stand in pairs, and nine
    in ten of them are in the rows of frequent characters of their standard (GB 2312 level 1, Big5 level 1, kana and
    JIS level 1, Hangul). Chinese in Big5 reads as GB18030 without an error, and the other way round: the shares tell.

    >>> [plausible("您对服务的满意度".encode(c)) for c in ("gb18030", "utf-8")], plausible("請問您的滿意度".encode("big5"))
    (['gb18030', ''], 'big5')
    >>> plausible("Müller, Köln, Garçon".encode("cp1252"))
    'cp1252'
    """
    if script := script_of(data[:_SEEN]):
        return script
    first = _HIGH_RUN.search(data)
    data = data if first is None or len(data) <= _SEEN else data[first.start() : first.start() + _SEEN]
    runs = [m.group() for m in _HIGH_RUN.finditer(data)]
    high = sum(map(len, runs))
    if not high:
        return ""
    paired = sum(len(r) for r in runs if len(r) >= 2) / high
    found = {name: _shares(data, *rows) for name, rows in _FREQUENT.items()}
    best, second = sorted(found, key=lambda name: -found[name].frequent)[:2]
    alike = found[best].frequent - found["cp949"].frequent < _CLEAR
    if best == "gb18030" and alike and found["cp949"].distinct >= _DISTINCT:
        best, second = "cp949", "big5"  # Hangul ends where a third of all Chinese text still has to come
    clear = best in {"gb18030", "cp949"} or found[best].frequent - found[second].frequent >= _CLEAR
    if paired >= _PAIRED and found[best].frequent >= _ENOUGH and found[best].sure >= _SURE[best]:
        return best if clear else ""
    few = high < _FEW * len(data)  # a text of another script would have far more bytes above 127
    alone = paired <= _ALONE or (paired <= _PAIRED and found[best].frequent < _DOUBTFUL)
    latin = latin_of(data)
    return latin if (few or alone or latin != "cp1252") and _fits(data, latin) else ""


@dataclass(frozen=True, slots=True)
class _Shares:
    """Of the bytes above 127: part of frequent characters, part of those that only this script has, different pairs."""

    frequent: float
    sure: float
    distinct: int


def _shares(
    data: bytes, pair: re.Pattern[bytes], frequent: re.Pattern[bytes], sure: re.Pattern[bytes]
) -> _Shares:
    counts = Counter(found[0] for found in pair.finditer(data))
    total = counts.total()
    common = sum(n for p, n in counts.items() if frequent.fullmatch(p))
    own = sum(n for p, n in counts.items() if sure.fullmatch(p))
    return _Shares(common / total, own / total, sum(len(p) == 2 for p in counts))


def _fits(data: bytes, codec: str) -> bool:
    try:
        data.decode(codec)
    except UnicodeDecodeError:
        return False
    return True


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
