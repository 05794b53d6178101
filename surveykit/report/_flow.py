"""Text runs on before a figure that no longer fits on its page of paper.

The renderer has no floats: a figure that is too high for what is left of a page leaves that white. Here the heights of a
section's parts are estimated, and such a figure is put behind the next tables or lists that still fit. An estimate that is
wrong does no harm: figures never change places with each other or with a heading, so that numbers stay in order, and a
figure on a page of its own, which ends the page before it, stays where it is.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Iterator, Sequence
from typing import Any
from xml.etree import ElementTree

from surveykit.report.charts._base import display_width

__all__ = ["run_on"]

_PAPER = {"A4": (210.0, 297.0), "letter": (215.9, 279.4)}
_SHEET = re.compile(
    r"@page\s*\{\s*size:\s*(\w+);\s*margin:\s*([\d.]+)mm\s+([\d.]+)mm\s+([\d.]+)mm\s+([\d.]+)mm"
)
_SIZE = re.compile(rb'<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')
_BOX = re.compile(rb'<svg[^>]*?\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')
_WHITE = 22.0
"""So much white (mm) at the foot of a page is worth a change of order."""
_SAFE = 5.0
"""Room that estimates may be wrong by."""
_MOST = 3
"""A figure goes behind so many parts at most: it stays near what speaks of it."""
_LETTER, _SMALL = 1.57, 1.42
"""The mean width of a Latin letter (mm) in text and in tables."""

_SECTION = 11.0
_MARGINS = {
    "h1": (0.0, 5.0),
    "h2": (6.5, 2.0),
    "p": (0.0, 2.4),
    "ul": (0.0, 3.0),
    "ol": (0.0, 3.0),
    "pre": (0.0, 4.0),
}
_RESERVED = {"h1": 36.2, "h2": 20.5}
"""What a heading asks for below itself (mm): the style sheet counts its own height in."""

_Element = ElementTree.Element


def run_on(root: Any, style: str) -> None:
    """Put figures of ``root`` that would leave a page white behind what still fits on it; the page is changed in place."""
    sheet = _SHEET.search(style)
    main = root.find("body/main")
    if sheet is None or main is None or sheet[1] not in _PAPER:
        return
    across, down = _PAPER[sheet[1]]
    top, right, bottom, left = (float(m) for m in sheet.groups()[1:])
    page = _Page(across - left - right, down - top - bottom)
    for section in main.iter("section"):
        page.begin("page" in section.get("class", "").split())
        section[:] = list(page.ordered(list(section)))


class _Page:
    """How far down the present page things have come."""

    def __init__(self, width: float, height: float) -> None:
        self.width, self.height = width, height
        self.at = self.margin = 0.0
        """Where the last part ends, and the margin below it."""

    def begin(self, anew: bool) -> None:
        """A section begins, on a page of its own or below the one before."""
        self.at, self.margin = (0.0, 0.0) if anew else (self.at, _SECTION)

    def ordered(self, parts: list[_Element]) -> Iterator[_Element]:
        """The parts of a section in the order in which they fill its pages."""
        while parts:
            part = parts.pop(0)
            if part.tag == "figure" and (before := self._before(part, parts)):
                parts[: len(before)] = [part]
                for other in before:
                    self._set(other)
                    yield other
                continue
            self._set(part)
            yield part

    def _before(self, figure: _Element, rest: Sequence[_Element]) -> list[_Element]:
        """What may stand before the figure, because the figure does not fit here and it does."""
        left = self.height - self.at
        if left < _WHITE or _wide(figure) or self._end(figure) + _SAFE <= self.height:
            return []
        found: list[_Element] = []
        before = self.at, self.margin
        for part in rest[:_MOST]:
            if part.tag not in ("p", "ul", "ol", "div", "details") or self._end(part) + _SAFE > self.height:
                break
            self.at, self.margin = self._end(part), _margins(part)[1]
            found.append(part)
        self.at, self.margin = before
        return found

    def _end(self, part: _Element) -> float:
        """Where a part ends on this page; margins that meet are one."""
        above = max(self.margin, _margins(part)[0]) if self.at else 0.0
        return self.at + above + self._needed(part)

    def _set(self, part: _Element) -> None:
        end, needed = self._end(part), self._needed(part)
        reserve = _RESERVED.get(part.tag, 0.0)
        whole = part.tag in ("figure", "pre", *_RESERVED) or "short" in _classes(part)
        if _wide(part):
            end = 0.0
        elif end + reserve > self.height:
            end = needed if whole else end % self.height
        self.at, self.margin = end, _margins(part)[1] if end else 0.0

    def _needed(self, part: _Element) -> float:
        """The height of a part without its margins, in mm."""
        words = self.width / _LETTER
        if part.tag == "h1":
            return 11.8
        if part.tag == "h2":
            return 5.5
        if part.tag == "p":
            return 5.0 * _lines(part, words)
        if part.tag in ("ul", "ol"):
            return sum(5.0 * _lines(entry, words - 5) + 1.7 for entry in part) - 1.7
        if part.tag == "figure":
            picture = part.find("img")
            return 7.6 + self._picture(picture) + self._notes(part)
        if part.tag == "pre":
            return 5.2 + 4.02 * ("".join(part.itertext()).count("\n") + 1)
        if (table := part.find(".//table")) is not None:
            return 8.5 + self._rows(table) + self._notes(part)
        return 8.0 + sum(4.6 * _lines(entry, words) for entry in part.iter("p"))

    def _picture(self, picture: _Element | None) -> float:
        if picture is None:
            return 0.0
        head = base64.b64decode(picture.get("src", "").partition("base64,")[2][:1200])
        size = _SIZE.search(head) or _BOX.search(head)
        share = re.search(r"share-(\d+)", picture.get("class", ""))
        width = self.width * (int(share[1]) if share else 100) / 100
        return min(200.0, width * float(size[2]) / float(size[1])) if size else self.height

    def _notes(self, part: _Element) -> float:
        notes = part.find(".//div[@class='notes']")
        return 0.0 if notes is None else 1.4 + 3.81 * _lines(notes, self.width / 1.12)

    def _rows(self, table: _Element) -> float:
        """The height of a table's rows: the widest column of words gives way where a line is too narrow for all."""
        rows = [
            [display_width(" ".join("".join(c.itertext()).split())) for c in row] for row in table.iter("tr")
        ]
        columns = max((len(r) for r in rows), default=0)
        widest = [max((r[i] for r in rows if i < len(r)), default=0) for i in range(columns)]
        if not widest:
            return 0.0
        long = max(range(columns), key=lambda i: widest[i])
        others = sum(w * _SMALL + 3.2 for i, w in enumerate(widest) if i != long)
        room = max((self.width - others - 3.2) / _SMALL, 0.3 * self.width / _SMALL)
        return sum(2.12 + 3.98 * max(1, -(-(r[long] if long < len(r) else 0) // int(room))) for r in rows)


def _margins(part: _Element) -> tuple[float, float]:
    return _MARGINS.get(part.tag, (4.5, 5.5))


def _classes(part: _Element) -> list[str]:
    inner = part.find("div") if part.tag == "details" else part
    return (part if inner is None else inner).get("class", "").split()


def _wide(part: _Element) -> bool:
    return part.tag == "figure" and "wide" in part.get("class", "").split()


def _lines(part: _Element, columns: float) -> int:
    return max(1, -(-display_width(" ".join("".join(part.itertext()).split())) // int(columns)))
