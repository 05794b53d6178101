"""The page as a tree that is quick to lay out: read by the C parser, without what only a browser needs.

The renderer gives an element of its own language a style of its own, so that a table whose every cell repeats ``lang`` has
its style worked out cell by cell; and a number in a span is a text of its own to be shaped, broken and tagged. The web page
keeps both, the tree says a language once and holds plain text where the style sheet does not ask for the span.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from typing import Any
from xml.etree import ElementTree

__all__ = ["only", "tree_of"]

_VOID = re.compile(
    r"<((?:area|base|br|col|hr|img|input|link|meta|wbr)\b(?:\"[^\"]*\"|'[^']*'|[^'\">])*)(?<!/)>"
)
_CLASSES = re.compile(r"\.([A-Za-z_][\w-]*)")


def tree_of(html: str, style: str) -> Any:
    """The root element of ``html`` as it is laid out under ``style``; None where it is no well-formed page.

    >>> page = '<!DOCTYPE html><html lang="en"><body><p lang="en">of <span class="n">12</span> and <b>3</b></p></body></html>'
    >>> ElementTree.tostring(tree_of(page, "p { margin: 0 }"), encoding="unicode")
    '<html lang="en"><body><p>of 12 and <b>3</b></p></body></html>'
    >>> tree_of("<p>an open end", "") is None
    True
    """
    if "<!ENTITY" in html:
        return None
    try:
        root = ElementTree.fromstring(_VOID.sub(r"<\1/>", html))  # noqa: S314  (no entities)
    except ElementTree.ParseError:
        return None
    styled = frozenset(_CLASSES.findall(style))
    named = re.search(r"\bspan\b|\[data-", style) is not None
    _lighten(root, "", lambda e: not named and _bare(e, styled))
    return root


def only(root: Any, section: str) -> bool:
    """Take every section but this one, and the contents, out of a page; False where it has no such section.

    >>> page = ElementTree.fromstring('<html><body><nav/><main><section id="a"/><section id="b"/></main></body></html>')
    >>> only(page, "a"), ElementTree.tostring(page, encoding="unicode")
    (True, '<html><body><main><section id="a" /></main></body></html>')
    """
    body, main = root.find("body"), root.find("body/main")
    if main is None or main.find(f"section[@id='{section}']") is None:
        return False
    body[:] = [e for e in body if e.tag != "nav"]
    main[:] = [e for e in main if e.get("id") == section]
    return True


def _bare(element: ElementTree.Element, styled: frozenset[str]) -> bool:
    """Whether an element is a span that nothing speaks of."""
    return (
        element.tag == "span"
        and all(name == "class" or name.startswith("data-") for name in element.attrib)
        and styled.isdisjoint(element.get("class", "").split())
    )


def _lighten(
    element: ElementTree.Element, language: str, bare: Callable[[ElementTree.Element], bool]
) -> None:
    """Take repeated languages and bare spans out of what stands in an element."""
    own = element.get("lang", language)
    last: ElementTree.Element | None = None
    kept: list[ElementTree.Element] = []
    text = element.text or ""
    for child in element:
        if child.get("lang") == own:
            del child.attrib["lang"]
        _lighten(child, own, bare)
        tail = child.tail or ""
        if bare(child):
            inner = child.text or ""
            if last is None:
                text += inner
            else:
                last.tail = (last.tail or "") + inner
            for grandchild in child:
                kept.append(grandchild)
                last = grandchild
        else:
            kept.append(child)
            last = child
            last.tail = ""
        if last is None:
            text += tail
        else:
            last.tail = (last.tail or "") + tail
    element.text = text
    element[:] = kept
