"""Characters that no installed font has, in words: an emoji in an answer neither stops a report nor leaves a blank box.

Only characters that our own texts never use are put into words; where one of ours cannot be drawn, the font of the report is
missing and the run says so.
"""

from __future__ import annotations

import itertools
import re
import unicodedata
from collections.abc import Iterable, Iterator
from functools import lru_cache

from surveykit.format import chinese, pick
from surveykit.report._fonts import unknown

__all__ = ["PACKAGES", "note", "ours", "spelled", "undrawable"]

PACKAGES = "fonts-noto-color-emoji fonts-noto-core fonts-hanazono"
"""Emoji; scripts of the world; rare Han characters."""
_WORDS = {
    "emoji": {"en": "[emoji: {names}]", "zh": "［表情符号：{names}］"},
    "code": {"en": "[{names}]", "zh": "［{names}］"},
    "many": {"en": "{n} characters, the first {names}", "zh": "{n}个字符，首字符为{names}"},
    "more": {"en": "{names} and {n} more", "zh": "{names}等{n}个以上"},
    "note": {
        "en": "No font on the computer that made this report has {n} of the characters in answers or names; they stand in "
        "words in square brackets ({shown}). The web page has the characters themselves.",
        "zh": "生成本报告的计算机上没有字体包含回答或名称中的{n}个字符，这些字符以方括号内的文字表示（{shown}）。"
        "网页版保留原字符。",
    },
}
_JOINED = "\u200d\ufe0e\ufe0f\u20e3\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f"
_SKIPPED = re.compile(f"[{_JOINED}]")
_OURS = (
    ("\0", "\u036f"),
    ("\u1d00", "\u1dbf"),
    ("\u2000", "\u20cf"),
    ("\u2100", "\u25ff"),
    ("\u2c60", "\u2c7f"),
)
"""Letters, marks over them, letters above and below the line, punctuation, signs of mathematics, plain shapes."""
_FLAGS = range(0x1F1E6, 0x1F200)
_MOST = 6
"""So many names stand in one pair of brackets; of more the number is said."""


def ours(character: str) -> bool:
    """Whether our own texts may use a character: what the common sets of Chinese and the Latin and Greek letters hold.

    >>> [ours(c) for c in "a满é滿−👩㐂"]
    [True, True, True, True, True, False, False]
    """
    if any(first <= character <= last for first, last in _OURS):
        return True
    for name in ("gb2312", "big5"):
        try:
            character.encode(name)
        except UnicodeEncodeError:
            continue
        return True
    return False


def undrawable(text: str) -> tuple[str, ...]:
    """The characters of a text that no installed font has and that are not our own."""
    strange = frozenset(c for c in set(text) if not c.isascii() and not ours(c))
    return tuple(sorted(_unknown(strange))) if strange else ()


@lru_cache(maxsize=512)
def _unknown(characters: frozenset[str]) -> frozenset[str]:
    try:
        return unknown("".join(characters))
    except (ImportError, OSError):  # the page needs no library of fonts, only the paper does
        return frozenset()


def spelled(text: str, language: str = "", also: Iterable[str] = ()) -> str:
    """The text with those characters, and ``also`` these, in words; as it was where there are none.

    Without a language the words are Chinese where the text is.

    >>> spelled("Thanks \N{SPARKLES}\N{SPARKLES}", "en", also="\N{SPARKLES}")
    'Thanks [emoji: sparkles, sparkles]'
    """
    if text.isascii():
        return text
    missing = {*undrawable(text), *also}
    if not missing:
        return text
    spoken = language or ("zh" if any("\u4e00" <= c <= "\u9fff" for c in text) else "en")
    one = "[" + "".join(map(re.escape, sorted(missing))) + "]"
    runs = re.compile(f"(?:{one}[{_JOINED}]*)+")
    return runs.sub(lambda run: "".join(_words(run.group(), spoken)), text)


def note(characters: Iterable[str], language: str) -> str:
    """The sentence that a report says about characters in words; "" where there are none."""
    found = list(characters)
    shown = ("、" if chinese(language) else ", ").join(f"U+{ord(c):04X}" for c in found[:_MOST])
    if len(found) > _MOST:
        shown += "…"
    return pick(_WORDS["note"], language).format(n=len(found), shown=shown) if found else ""


def _words(run: str, language: str) -> Iterator[str]:
    """A run of characters without a glyph, kind by kind."""
    for kind, part in itertools.groupby(_SKIPPED.sub("", run) or run, _kind):
        characters = "".join(part)
        if kind == "emoji":
            named = list(_names(characters))
            names = ", ".join(named[:_MOST])
            if len(named) > _MOST:
                names = pick(_WORDS["more"], language).format(names=names, n=len(named) - _MOST)
        elif kind == "han":
            names = " ".join(f"U+{ord(c):04X}" for c in characters)
        else:
            names = _named(characters[0])
            if len(characters) > 1:
                names = pick(_WORDS["many"], language).format(n=len(characters), names=names)
        yield pick(_WORDS["emoji" if kind == "emoji" else "code"], language).format(names=names)


def _kind(character: str) -> str:
    if unicodedata.name(character, "").startswith("CJK "):
        return "han"
    return "emoji" if unicodedata.category(character).startswith("S") else "other"


def _names(characters: str) -> Iterator[str]:
    """The names of emoji; two letters of a flag are one."""
    waiting = ""
    for character in characters:
        if ord(character) in _FLAGS:
            waiting += chr(ord(character) - _FLAGS.start + ord("A"))
            if len(waiting) == 2:
                yield f"flag {waiting}"
                waiting = ""
            continue
        if waiting:
            yield f"flag {waiting}"
            waiting = ""
        yield unicodedata.name(character, f"U+{ord(character):04X}").lower()
    if waiting:
        yield f"flag {waiting}"


def _named(character: str) -> str:
    return f"U+{ord(character):04X} {unicodedata.name(character, '')}".rstrip()
