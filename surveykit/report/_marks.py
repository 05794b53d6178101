"""Full-width marks that meet on paper: each keeps the blank half of its square once, as a printer sets them.

A browser does this by itself (CSS Text 4, ``text-spacing-trim``); the renderer of the pages does not, and the fonts that are
found commonly have no ``chws`` feature that would. They do have ``halt``: the mark that gives up its half stands in a span
for which the style sheet asks that feature. A font without it leaves the marks as they were.
"""

from __future__ import annotations

import re
from functools import cache
from typing import Any
from xml.etree import ElementTree

__all__ = ["HALVED", "squeeze"]

HALVED = "half"
_OPEN = "（“‘「『《〈【〔［｛〖"
_CLOSE = "）”’」』》〉】〕］｝〗"
_STOPS = "，。、；：！？"
_BLOCKS = {"p", "li", "td", "th", "dd", "dt", "h1", "h2", "h3", "figcaption", "caption"}
_PARTS = {"what", "caption"}
_APART = {"head", "pre", "code", "title", "style", "script"}


def squeeze(root: ElementTree.Element) -> None:
    """Put every mark that gives up half its square, in the Chinese parts of a page, into a span of class :data:`HALVED`.

    In Simplified print a stop stands at the left of its square and gives its half to the next mark; in Traditional print it
    stands in the middle and keeps it (CLREQ 3.1.6). A bracket at the beginning of a paragraph or a cell stands flush.

    >>> page = ElementTree.fromstring('<p lang="zh-Hans">“甲”（乙），丙</p>')
    >>> squeeze(page)
    >>> ElementTree.tostring(page, encoding="unicode")
    '<p lang="zh-Hans"><span class="half">“</span>甲<span class="half">”</span>（乙<span class="half">）</span>，丙</p>'
    """
    _walk(root, root.get("lang", ""))


def _walk(element: ElementTree.Element, language: str) -> None:
    language = element.get("lang", language)
    if element.tag in _APART:
        return
    halved = _halved("Hant" in language) if language.startswith("zh") else None
    children: list[ElementTree.Element] = []
    if halved is not None:
        element.text, spans = _split(element.text, halved, at_edge=_stands_alone(element))
        children += spans
    for child in element:
        _walk(child, language)
        children.append(child)
        if halved is not None:
            child.tail, spans = _split(child.tail, halved)
            children += spans
    if len(children) > len(element):
        element[:] = children


def _stands_alone(element: ElementTree.Element) -> bool:
    """Whether a line begins with the element: a paragraph, a cell, the words of a heading after its number."""
    return element.tag in _BLOCKS or element.get("class") in _PARTS


def _split(
    text: str | None, halved: re.Pattern[str], *, at_edge: bool = False
) -> tuple[str | None, list[ElementTree.Element]]:
    """The text before the first mark that gives way, and a span for it and each further one."""
    if not text:
        return text, []
    before, *rest = halved.split(text)
    if at_edge and before.lstrip()[:1] in _OPEN and before.strip():
        rest = [before.lstrip()[0], before.lstrip()[1:], *rest]
        before = ""
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
    """Finds one mark that gives way to its neighbour."""
    closing = _CLOSE if centred else _CLOSE + _STOPS
    before = _OPEN + _STOPS if centred else _OPEN
    return re.compile(f"([{closing}](?=[{_OPEN}{_CLOSE}{_STOPS}])|(?<=[{before}])[{_OPEN}])")
