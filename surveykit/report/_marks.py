"""Chinese on paper: full-width marks that meet share the blank between them, and no character is left alone on a line.

A browser does the first by itself (CSS Text 4, ``text-spacing-trim``); the renderer of the pages does not, and the fonts that
are found commonly have no ``chws`` feature that would. They do have ``halt``: the mark that gives up its half stands in a span
for which the style sheet asks that feature. A font without it leaves the marks as they were.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

__all__ = ["HALVED", "WHOLE", "set_chinese"]

HALVED = "half"
"""The class of a mark that gives up half its square."""
WHOLE = "whole"
"""The class of words that stand on one line."""

_OPEN = "（“‘「『《〈【〔［｛〖"
_CLOSE = "）”’」』》〉】〕］｝〗"
_STOPS = "，。、；：！？"
_HAN = "\u3400-\u4dbf\u4e00-\u9fff"
_BLOCKS = {"p", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "figcaption", "caption"}
_PARTS = {"what", "caption"}
_RUN_ON = "notes"
_APART = {"head", "pre", "code", "title", "style", "script"}
_ENDING = re.compile(f"(?<=[^{_OPEN}])(?<![A-Za-zα-ω])[A-Za-zα-ω]{{0,8}}[{_HAN}]{{2}}[{_CLOSE}{_STOPS}]*$")
_VERSION = re.compile(r"(?<=[A-Z]{2}) (?=\d{1,2}(?!\d))")
"""Between a name in capitals and its number, as in CES 2."""
_SHORT_HEAD = 5
_SHORT_TEXT = 8


def set_chinese(root: ElementTree.Element) -> None:
    """Mark in the Chinese parts of a page what gives way to its neighbour (:data:`HALVED`) and what stays whole (:data:`WHOLE`).

    In Simplified print a stop stands at the left of its square and gives its half to the next mark; in Traditional print it
    stands in the middle and keeps it (CLREQ 3.1.6). A bracket at the beginning of a paragraph or a cell stands flush. The last
    two characters of a paragraph, and the words of a short column head, are not parted (CLREQ 3.2.5).

    >>> page = ElementTree.fromstring('<p lang="zh-Hans">“甲”（乙），“丙”不应独占一行。</p>')
    >>> set_chinese(page)
    >>> print(ElementTree.tostring(page, encoding="unicode").replace(' class="half"', "").replace("span", "s"))
    <p lang="zh-Hans"><s>“</s>甲<s>”</s>（乙<s>）</s><s>，</s>“丙”不应独占<s class="whole">一行。</s></p>
    """
    _walk(root, root.get("lang", ""), False)


def _walk(element: ElementTree.Element, language: str, heading: bool) -> None:
    language = element.get("lang", language)
    if element.tag in _APART:
        return
    heading = heading or element.tag == "thead"
    chinese = language.startswith("zh")
    halved = _halved("Hant" in language)
    block = element.tag in _BLOCKS or element.get("class") in _PARTS
    children: list[ElementTree.Element] = []
    if chinese and element.get("class") == _RUN_ON:
        for note in element:
            note.tail = (note.tail or "").strip()  # a stop needs no blank behind it
    if chinese and block:
        _keep_ending(element, _SHORT_HEAD if heading else 0)
    if chinese:
        element.text, spans = _split(element.text, halved, flush=block)
        children += spans
    for child in element:
        _walk(child, language, heading)
        children.append(child)
        if chinese:
            child.tail, spans = _split(child.tail, halved)
            children += spans
    if len(children) > len(element):
        element[:] = children


def _keep_ending(block: ElementTree.Element, whole: int) -> None:
    """The end of a block, or a head of at most ``whole`` characters, as a span that is not broken."""
    last = block[-1] if len(block) else None
    text = ((block.text if last is None else last.tail) or "").rstrip()
    if last is None and 1 < len(text) <= whole:
        start = 0
    elif len(text) > _SHORT_TEXT and (found := _ENDING.search(text)):
        start = found.start()
    else:
        return
    span = ElementTree.SubElement(block, "span", {"class": WHOLE})
    span.text = text[start:]
    if last is None:
        block.text = text[:start]
    else:
        last.tail = text[:start]


def _split(
    text: str | None, halved: re.Pattern[str], *, flush: bool = False
) -> tuple[str | None, list[ElementTree.Element]]:
    """The text before the first mark that gives way, and a span for it and each further one."""
    if not text:
        return text, []
    text = _VERSION.sub("\N{NO-BREAK SPACE}", text)
    before, *rest = halved.split(text)
    bare = before.lstrip()
    if flush and bare and bare[0] in _OPEN:
        before, rest = "", [bare[0], bare[1:], *rest]
    if not rest:
        return text, []
    spans = []
    for mark, after in zip(rest[::2], rest[1::2], strict=True):
        span = ElementTree.Element("span", {"class": HALVED})
        span.text, span.tail = mark, after
        spans.append(span)
    return before, spans


@cache
def _halved(centred: bool) -> re.Pattern[Any]:
    """Finds one mark that gives way to its neighbour; an apostrophe is as narrow as the letters beside it."""
    closing = _CLOSE if centred else _CLOSE + _STOPS
    before = _OPEN + _STOPS if centred else _OPEN
    return re.compile(
        f"([{closing}](?=[{_OPEN}{_CLOSE}{_STOPS}])|(?<=[{before}])[{_OPEN}]|(?<=[A-Za-z])’(?=[A-Za-z]))"
    )
