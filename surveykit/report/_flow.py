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

from surveykit.report._fit import smallest
from surveykit.report._theme import PAPERS
from surveykit.report.charts._base import display_width

__all__ = ["run_on"]

_SHEET = re.compile(
    r"@page\s*\{\s*size:\s*(\w+);\s*margin:\s*([\d.]+)mm\s+([\d.]+)mm\s+([\d.]+)mm\s+([\d.]+)mm"
)
_SIZE = re.compile(rb'<svg[^>]*?\bwidth="([\d.]+)"[^>]*?\bheight="([\d.]+)"')
_BOX = re.compile(rb'<svg[^>]*?\bviewBox="[\d.-]+ [\d.-]+ ([\d.]+) ([\d.]+)"')
_WHITE = 22.0
"""So much white (mm) at the foot of a page is worth a change of order."""
_BEGUN = 70.0
"""Room in which a table that goes on overleaf may begin before a figure."""
_SAFE = 2.5
"""Room that estimates may be wrong by."""
_MOST = 3
"""A figure goes behind so many parts at most: it stays near what speaks of it."""
_LETTER, _SMALL = 1.57, 1.42
"""The mean width of a Latin letter (mm) in text and in tables."""

_LINE, _HAN_LINE = 4.99, 5.51
"""The height of a line of text."""
_NOTE, _HAN_NOTE = 1.12, 1.34
"""The width of a letter, and of half a Han character, in notes."""
_CAPTION = 8.5
"""The caption of a table on one line, with what is round it."""
_SECTION = 11.0
_MARGINS = {
    "h1": (0.0, 5.0),
    "h2": (6.5, 2.0),
    "p": (0.0, 2.4),
    "ul": (0.0, 3.0),
    "ol": (0.0, 3.0),
    "pre": (0.0, 4.0),
}
_RESERVED = {"h1": 48.0, "h2": 26.0}
"""What a heading asks for below itself (mm): the style sheet counts its own height in."""

_Element = ElementTree.Element


def run_on(root: Any, style: str) -> None:
    """Put figures of ``root`` that would leave a page white behind what still fits on it; the page is changed in place."""
    sheet = _SHEET.search(style)
    main = root.find("body/main")
    if sheet is None or main is None or sheet[1] not in PAPERS:
        return
    across, down = PAPERS[sheet[1]]
    top, right, bottom, left = (float(m) for m in sheet.groups()[1:])
    han = (root.get("lang") or "").startswith("zh")
    page = _Page(across - left - right, down - top - bottom, _HAN_LINE if han else _LINE)
    for section in main.iter("section"):
        page.begin("page" in section.get("class", "").split())
        section[:] = list(page.ordered(list(section)))


class _Page:
    """How far down the present page things have come."""

    def __init__(self, width: float, height: float, line: float) -> None:
        self.width, self.height, self.line = width, height, line
        self.at = self.margin = 0.0
        """Where the last part ends, and the margin below it."""
        self.forced = False
        """Whether the page begins because it was asked to: a margin at its top is then kept."""

    def begin(self, anew: bool) -> None:
        """A section begins, on a page of its own or below the one before."""
        self.at, self.margin = (0.0, 0.0) if anew else (self.at, _SECTION)
        self.forced = self.forced or anew

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
        if left < _WHITE or _wide(figure) or self._end(figure) + _SAFE <= self.height or self._fits(figure):
            return []
        found: list[_Element] = []
        before = self.at, self.margin
        for part in rest[:_MOST]:
            if part.tag not in ("p", "ul", "ol", "div", "details") or "question" in _classes(part):
                break
            if self._end(part) + _SAFE > self.height:
                if self.height - self.at > _BEGUN and _long(part):
                    found.append(part)
                break
            self.at, self.margin = self._end(part), _margins(part)[1]
            found.append(part)
        self.at, self.margin = before
        return found

    def _end(self, part: _Element) -> float:
        """Where a part ends on this page; margins that meet are one."""
        above = max(self.margin, _margins(part)[0]) if self.at or self.forced else 0.0
        return self.at + above + self._needed(part)

    def _fits(self, part: _Element) -> bool:
        """Whether a figure that is too high will be set smaller (:mod:`surveykit.report._fit`) and then fit."""
        picture = part.find("img") if part.tag == "figure" and self.at else None
        if picture is None or self._end(part) - 0.15 * self._picture(picture) + _SAFE > self.height:
            return False
        spare = 1 - smallest(picture.get("src", ""), _share(picture))
        return self._end(part) - spare * self._picture(picture) + _SAFE <= self.height

    def _set(self, part: _Element) -> None:
        end, needed = self._end(part), self._needed(part)
        reserve = _RESERVED.get(part.tag, 0.0)
        whole = part.tag in ("figure", "pre", *_RESERVED) or "short" in _classes(part)
        if _wide(part):
            end = 0.0
        elif end > self.height and self._fits(part):
            end = self.height
        elif end + reserve > self.height:
            end = needed if whole else self._broken(part, end - needed)
        self.at, self.margin = end, _margins(part)[1] if end else 0.0
        self.forced = _wide(part)

    def _broken(self, part: _Element, start: float) -> float:
        """Where a part that begins at ``start`` ends on a later page: heads are repeated, rows of one name stay together."""
        table = part.find(".//table")
        if part.tag in ("ul", "ol"):
            for entry in part:
                high = self.line * _lines(entry, self.width / _LETTER - 5) + 1.7
                start = start + high if start + high - 1.7 <= self.height else high
            return start - 1.7
        if table is None:
            return (start + self._needed(part)) % self.height
        rows = self._rows(table)
        heads = len(table.findall("thead/tr"))
        head = sum(rows[:heads])
        at = start + _CAPTION + head
        top = _CAPTION + head  # a table of which no row fits begins overleaf
        group = 0.0
        for row, high in zip(table.findall("tbody/tr"), rows[heads:], strict=False):
            group += high
            if "kept" in row.get("class", "").split():
                continue
            at = at + group if at + group <= self.height else top + group
            group, top = 0.0, head
        end = at + group + self._notes(part)
        return end if end <= self.height else end - at

    def _needed(self, part: _Element) -> float:
        """The height of a part without its margins, in mm."""
        words = self.width / _LETTER
        if part.tag == "h1":
            return 11.8
        if part.tag == "h2":
            return 5.5
        if part.tag == "p":
            return self.line * _lines(part, words)
        if part.tag in ("ul", "ol"):
            return sum(self.line * _lines(entry, words - 5) + 1.7 for entry in part) - 1.7
        if part.tag == "figure":
            picture = part.find("img")
            return 7.6 + self._picture(picture) + self._notes(part)
        if part.tag == "pre":
            return 5.2 + 4.02 * ("".join(part.itertext()).count("\n") + 1)
        if (table := part.find(".//table")) is not None:
            return _CAPTION + sum(self._rows(table)) + self._notes(part)
        return 8.0 + sum(4.6 * _lines(entry, words) for entry in part.iter("p"))

    def _picture(self, picture: _Element | None) -> float:
        if picture is None:
            return 0.0
        head = base64.b64decode(picture.get("src", "").partition("base64,")[2][:1200])
        size = _SIZE.search(head) or _BOX.search(head)
        width = self.width * _share(picture)
        return min(200.0, width * float(size[2]) / float(size[1])) if size else self.height

    def _notes(self, part: _Element) -> float:
        notes = part.find(".//div[@class='notes']")
        if notes is None:
            return 0.0
        return 1.4 + 3.81 * _lines(notes, self.width / (_NOTE if self.line == _LINE else _HAN_NOTE))

    def _rows(self, table: _Element) -> list[float]:
        """The heights of a table's rows: the widest column of words gives way where a line is too narrow for all."""
        rows = [
            [display_width(" ".join("".join(c.itertext()).split())) for c in row] for row in table.iter("tr")
        ]
        columns = max((len(r) for r in rows), default=0)
        widest = [max((r[i] for r in rows if i < len(r)), default=0) for i in range(columns)]
        if not widest:
            return []
        long = max(range(columns), key=lambda i: widest[i])
        others = sum(w * _SMALL + 3.2 for i, w in enumerate(widest) if i != long)
        room = max((self.width - others - 3.2) / _SMALL, 0.3 * self.width / _SMALL)
        return [2.12 + 3.98 * max(1, -(-(r[long] if long < len(r) else 0) // int(room))) for r in rows]


def _share(picture: _Element) -> float:
    """How much of the column a picture takes."""
    share = re.search(r"share-(\d+)", picture.get("class", ""))
    return (int(share[1]) if share else 100) / 100


def _margins(part: _Element) -> tuple[float, float]:
    return _MARGINS.get(part.tag, (4.5, 5.5))


def _classes(part: _Element) -> list[str]:
    inner = part.find("div") if part.tag == "details" else part
    return (part if inner is None else inner).get("class", "").split()


def _long(part: _Element) -> bool:
    """Whether a part is a table that may go on overleaf."""
    return part.find(".//table") is not None and "short" not in _classes(part)


def _wide(part: _Element) -> bool:
    return part.tag == "figure" and "wide" in part.get("class", "").split()


def _lines(part: _Element, columns: float) -> int:
    return max(1, -(-display_width(" ".join("".join(part.itertext()).split())) // int(columns)))
