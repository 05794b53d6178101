"""Which encoding of one byte per character a text is in: by the letters that a language writes, and which of them often.

Every such encoding reads any bytes without an error; only the letters tell. Polish in Windows-1250 reads as Western text
full of superscripts, Russian in KOI8-R as Windows-1251 with capitals and small letters swapped.
"""

from __future__ import annotations

import re
from collections import Counter
from itertools import pairwise

__all__ = ["latin_of", "script_of"]

_RUSSIAN = "абвгдежзийклмнопрстуфхцчшщъыьэюяёіїєґў"
_GREEK = "αβγδεζηθικλμνξοπρστυφχψωςάέήίόύώϊϋΐΰ"
_SCRIPTS = {
    "cp1251": (_RUSSIAN, "оеаинтсрвлкм"),
    "koi8_r": (_RUSSIAN, "оеаинтсрвлкм"),
    "cp866": (_RUSSIAN, "оеаинтсрвлкм"),
    "cp1253": (_GREEK, "αοιετσνηυρςκ"),
}
"""Of each encoding of a script: its small letters, and the twelve that make two thirds of any text."""
_LETTERS, _OFTEN, _SMALL, _FLIPS, _LEAST = 0.97, 0.5, 0.7, 0.03, 10

_WEST = (
    "äöüß", "àâæçéèêëîïôœùûü", "áéíñóúü", "áâãàçéêíóôõú", "àèéìòù", "áéëíïóöü", "åäöæøé", "áæéðíóöýþú",
)  # fmt: skip
_EAST = ("ąćęłńóśźż", "áčďéěíňóřšťúůýž", "áäčďéíĺľňóôŕšťúýž", "áéíóöőúüű", "čćđšž", "ăâîşţșț")
_TURKISH = ("çğıöşüâîi̇",)
_CODECS = (
    ("cp1252", _WEST),
    ("cp1250", _EAST),
    ("iso8859_2", _EAST),
    ("cp1254", _TURKISH),
    ("mac_roman", _WEST),
    ("cp850", _WEST),
)
_SIGNS = frozenset("“”„‘’‚–—…€•°§«»¿¡©®™·´\xa0№£½ºª")
_INSIDE = re.compile(r"(?<=[^\W\d_])[“”„‘‚–—…€•°§«»¿¡©®™´\xa0№£½ºª](?=[^\W\d_])")
"""Signs between two letters: what a letter of another encoding looks like."""
_SURE, _DOUBT, _FEW = 0.98, 0.85, 4
_WORD = re.compile(r"[^\W\d_]+")


def script_of(data: bytes) -> str:
    """The encoding in which the bytes above 127 are Russian or Greek words; "" where they are in none.

    >>> [script_of("Насколько вы удовлетворены?".encode(c)) for c in ("cp1251", "koi8_r", "cp866", "utf-8")]
    ['cp1251', 'koi8_r', 'cp866', '']
    """
    return next((codec for codec, letters in _SCRIPTS.items() if _reads(data, codec, *letters)), "")


def _reads(data: bytes, codec: str, small: str, often: str) -> bool:
    text = data.decode(codec, "replace")
    high = Counter(c for c in text if c > "\x7f" and c not in _SIGNS)
    total = high.total()
    letters = sum(n for c, n in high.items() if c.lower() in small)
    if letters < _LEAST or letters < _LETTERS * total:
        return False
    flips = sum(a.islower() and b.isupper() for w in _WORD.findall(text) for a, b in pairwise(w))
    lower = sum(n for c, n in high.items() if c in small)
    common = sum(n for c, n in high.items() if c.lower() in often)
    return lower >= _SMALL * letters and common >= _OFTEN * letters and flips <= _FLIPS * letters


def latin_of(data: bytes) -> str:
    """Of text in Latin letters: Windows-1252, or that of Central Europe, Turkish, Macs or DOS that alone makes words of it.

    >>> [latin_of(t.encode(c)) for t, c in (("Müller, Köln, Garçon", "cp1252"), ("źle obsłużony, świętość", "cp1250"),
    ...     ("źle obsłużony, świętość", "iso8859_2"), ("hiç memnun değilim, şahane, ığü", "cp1254"))]
    ['cp1252', 'cp1250', 'iso8859_2', 'cp1254']
    """
    shares = {codec: _share(data, codec, languages) for codec, languages in _CODECS}
    best = max(shares, key=lambda codec: shares[codec])
    enough = sum(b > 127 for b in data) >= _FEW
    return best if enough and shares[best] >= _SURE and shares["cp1252"] <= _DOUBT else "cp1252"


def _share(data: bytes, codec: str, languages: tuple[str, ...]) -> float:
    """The largest part of the signs above 127 that the letters of one language make."""
    text = data.decode(codec, "replace").lower()
    high = Counter(c for c in text if c > "\x7f" and c not in _SIGNS)
    total = max(high.total() + len(_INSIDE.findall(text)), 1)
    return max(sum(n for c, n in high.items() if c in letters) for letters in languages) / total
