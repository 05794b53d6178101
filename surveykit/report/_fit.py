"""A figure that only just misses its page is set a little smaller instead of leaving the page white.

The renderer lays out a figure whole and, where it does not fit, puts it on the next page. Here it is tried in smaller sizes
first, in the layout itself, so that nothing is estimated. A picture keeps 85 % of its width and its type 6.5 points.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from surveykit.report.charts._base import MARK

__all__ = ["nearly_fitting", "smallest"]

_SIZES = (0.85, 0.88, 0.91, 0.94, 0.97, 1.0)
_LEAST = 6.5
"""Type of a picture in points."""
_TYPE = re.compile(rb"<text(?![^>]*%s)[^>]*font-size[=:]\s*[\"']?([\d.]+)" % MARK.encode())
"""Type of a picture but for the mark of simulated data, which each page bears as well."""
_WIDTH = re.compile(rb"<svg[^>]*?\bwidth=\"([\d.]+)\"")


@contextmanager
def nearly_fitting() -> Iterator[None]:
    """While pages are laid out figures may be set smaller to fit on theirs.

    One function of the renderer is named here (WeasyPrint 70); a release without it leaves figures as they are.
    """
    from weasyprint.layout import block

    known = getattr(block, "block_level_layout", None)
    if known is None:
        yield  # another release, with names of its own
        return

    def layout(context: Any, box: Any, *args: Any, **named: Any) -> Any:
        # In the flow of a page it is called with: bottom space, where to go on, container, whether the page is empty,
        # absolute boxes, fixed boxes, adjoining margins, ...
        if box.element_tag != "figure" or named or len(args) < 7 or args[1] is not None or args[3]:
            return known(context, box, *args, **named)
        place = box.position_x, box.position_y

        def laid() -> Any:
            box.position_x, box.position_y = place
            return known(context, box, *args[:6], list(args[6]), *args[7:])

        found = laid()
        return found if found[0] is not None else _smaller(box, laid) or laid()

    block.block_level_layout = layout
    try:
        yield
    finally:
        block.block_level_layout = known


def _smaller(figure: Any, laid: Any) -> Any:
    """The figure as large as it fits; None where it does not."""
    picture = next((b for b in figure.descendants() if b.element_tag == "img"), None)
    if picture is None or picture.style["width"].unit != "%":
        return None
    style, width = picture.style, picture.style["width"]
    kept = {name: style[name] for name in ("width", "margin_left", "margin_right")}
    least = smallest(picture.element.get("src", ""), width.value / 100)
    style["margin_left"] = style["margin_right"] = "auto"
    best = None
    try:
        for size in (s for s in _SIZES[:-1] if s >= least):
            style["width"] = type(width)(width.value * size, "%")
            found = laid()
            if found[0] is None:
                break
            best = size
        if best is None:
            return None
        style["width"] = type(width)(width.value * best, "%")
        return laid()
    finally:
        style.update(kept)


def smallest(source: str, share: float) -> float:
    """How small, as a share of its size, a picture may be set that takes so much of an A4 column (168 mm)."""
    svg = base64.b64decode(source.partition("base64,")[2])
    sizes, width = [float(s) for s in _TYPE.findall(svg)], _WIDTH.search(svg)
    if not sizes or width is None:
        return 1.0
    readable = _LEAST / (min(sizes) * share * 476.2 / float(width[1]))
    return next((s for s in _SIZES if s >= readable), 1.0)
