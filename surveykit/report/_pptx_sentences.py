"""The sentences of a report as lines on slides: which go together, how many a slide holds, which makes a title."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from surveykit.report._evidence import bracketed
from surveykit.report._office import BOLDER, Parts, lines_of, plain
from surveykit.report._pptx_slides import BODY, FOOT, TOP, WIDTH, taken, text

__all__ = ["about", "bulleted", "entry", "fitting", "score_line", "sentences", "slides_of"]

_TITLE_LINES = 3


def about(entries: Sequence[Parts], names: Sequence[str]) -> Parts | None:
    """The first finding that names one of these things, if it is short enough for a title.

    A lesser finding is no title in its place: it would say that the smallest matters most.
    """
    asked = [n for n in dict.fromkeys(names) if len(n.strip()) > 1]
    first = next((e for e in entries if any(n in plain(e) for n in asked)), None)
    if first is None or lines_of(plain(first), WIDTH * 0.98, 18 * (1 + BOLDER)) > _TITLE_LINES:
        return None
    return first


def fitting(
    lines: Sequence[Parts], width: float, height: float, size: float
) -> tuple[list[Parts], list[Parts]]:
    """The lines that fit, at least one, and the others; a title goes with the line below it."""
    fit, used = 0, 0.0
    for line in lines:
        used += taken((line,), width, size)
        if used > height and fit:
            break
        fit += 1
    while 1 < fit < len(lines) and lines[fit - 1][0]["kind"] == "strong":
        fit -= 1
    return list(lines[:fit]), list(lines[fit:])


def slides_of(lines: Sequence[Parts], size: float = BODY) -> list[list[Parts]]:
    """Sentences shared out over as few slides as hold them, about as much on each."""
    room = FOOT - TOP
    fewest = _shared(lines, room, size)
    even = (_shared(lines, room * step / 10, size) for step in range(1, 10))
    return next((slides for slides in even if len(slides) == len(fewest)), fewest)


def _shared(lines: Sequence[Parts], height: float, size: float) -> list[list[Parts]]:
    slides, rest = [], list(lines)
    while rest:
        here, rest = fitting(rest, WIDTH, height, size)
        slides.append(here)
    return slides


def entry(item: Mapping[str, Any], han: bool) -> Parts:
    """An item of a list with the evidence behind it; ``han`` asks for full-width brackets."""
    shown = bracketed(item["tag"], "zh" if han else "en")
    tag = ({"kind": "tag", "text": shown},) if item["tag"] else ()
    return (*item["parts"], *tag)


def bulleted(parts: Parts) -> Parts:
    """A line as an item of a list."""
    return (*text("• "), *parts)


def score_line(tile: Mapping[str, Any]) -> Parts:
    """A score in one line, where it has no card."""
    return (*tile["title"], *text("  "), *tile["value"], *text(f"{tile['unit']}  "), *tile["detail"])


def sentences(block: Mapping[str, Any], han: bool) -> Iterable[Parts]:
    """The lines of a block of text; what a list, a box or a tile says stands on a line of its own."""
    kind = block["kind"]
    if kind == "paragraph":
        yield block["parts"]
    elif kind == "listing":
        for item in block["entries"]:
            yield bulleted(entry(item, han))
    elif kind == "box":
        yield ({"kind": "strong", "text": block["title"]},)
        yield from block["entries"]
    elif kind == "boxes":
        for box in block["entries"]:
            yield from sentences({**box, "kind": "box"}, han)
    elif kind == "tiles":
        for tile in block["entries"]:
            yield score_line(tile)
