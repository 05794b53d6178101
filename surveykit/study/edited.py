"""Numbers that somebody edited by hand in a workbook, a document or slides, and where."""

from __future__ import annotations

import re
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from html import unescape
from pathlib import Path
from typing import Any

from surveykit.report import JOINER

__all__ = ["strangers"]

_CELL = re.compile(rb"<c\s([^>]*)>(.*?)</c>", re.DOTALL)
_PLACE, _TYPE = re.compile(rb'\br="([A-Z]+\d+)"'), re.compile(rb'\bt="(\w+)"')
_VALUE, _FORMULA = re.compile(rb"<v>([^<]*)</v>"), re.compile(rb"<f[\s/>]")
_PARAGRAPH, _TEXT = re.compile(r"</[wa]:p>"), re.compile(r"<[wa]:t(?:\s[^>]*)?>([^<]*)<")
_BODY = re.compile(r"(?:word/(?:document|footnotes)|ppt/(?:slides|notesSlides)/\w+)\.xml")
_NUMERAL = re.compile(r"[+\-−–]?(?:\d[\d,]*)?\.?\d+%?")
_FIELD = re.compile(r"<a:fld\b.*?</a:fld>", re.DOTALL)
"""The number of a slide."""
_KEY = re.compile(r"/(?:results|rows|sample|study|findings)/\S+")
_UNSEEN = re.compile(r"<(style|script)\b[^>]*>.*?</\1>", re.DOTALL)
_SPOKEN = re.compile(r"""\s(?:alt|aria-label)="([^"]*)\"""")
_TAG = re.compile(r"<[^>]*>")


def strangers(path: Path, document: Mapping[str, Any]) -> tuple[int, list[tuple[str, str]], str] | None:
    """How many numbers a form holds, those that are strange to the report (number, place), and where they were looked for.

    A cell of ``tables.xlsx`` has to hold a number of ``results.json``, digit by digit; a numeral of a document or of slides has
    to stand on the web page beside it, whose numbers have keys. None where there is nothing to compare with.
    """
    if path.suffix == ".xlsx":
        known = {_rounded(v) for v in _numbers(document)}
        cells = list(_cells(path))
        return len(cells), [(v, at) for v, at in cells if _value(v) not in known], "in results.json"
    page = path.with_suffix(".html")
    if path.suffix not in (".docx", ".pptx") or not page.is_file():
        return None
    there = _on_page(page.read_text(encoding="utf-8"))
    said = list(_said(path))
    return len(said), [(n, at) for n, at in said if n not in there], f"on {page.name}"


def _numbers(found: Any) -> Iterator[float]:
    if isinstance(found, bool) or found is None:
        return
    if isinstance(found, int | float):
        yield found
    elif isinstance(found, Mapping):
        for inner in found.values():
            yield from _numbers(inner)
    elif isinstance(found, list):
        for inner in found:
            yield from _numbers(inner)


def _rounded(value: float) -> float:
    return float(f"{value:.12g}")


def _value(text: str) -> float | None:
    try:
        return _rounded(float(text))
    except ValueError:
        return None


def _cells(path: Path) -> Iterator[tuple[str, str]]:
    """Every number of the sheets as it is written, and every formula, with part and cell."""
    with zipfile.ZipFile(path) as archive:
        for name in sorted(n for n in archive.namelist() if re.fullmatch(r"xl/worksheets/\w+\.xml", n)):
            for attributes, inside in _CELL.findall(archive.read(name)):
                place, kind = _PLACE.search(attributes), _TYPE.search(attributes)
                at = f"{Path(name).stem}!{place[1].decode() if place else '?'}"
                if _FORMULA.search(inside):
                    yield "a formula", at
                elif (value := _VALUE.search(inside)) and (kind is None or kind[1] == b"n"):
                    yield value[1].decode("utf-8", "replace"), at


def _said(path: Path) -> Iterator[tuple[str, str]]:
    """Every numeral of a document or of slides with the words around it."""
    with zipfile.ZipFile(path) as archive:
        for name in (n for n in archive.namelist() if _BODY.fullmatch(n)):
            for paragraph in _PARAGRAPH.split(_FIELD.sub("", archive.read(name).decode("utf-8", "replace"))):
                text = _KEY.sub("", _plain(_TEXT.findall(paragraph)))
                yield from ((m[0], text) for m in _NUMERAL.finditer(text))


def _on_page(page: str) -> frozenset[str]:
    shown = _UNSEEN.sub("", page)
    texts = [*(_TAG.sub(gap, shown) for gap in ("", " ")), *_SPOKEN.findall(shown)]
    return frozenset(n for text in texts for n in _NUMERAL.findall(_plain([text])))


def _plain(texts: Iterable[str]) -> str:
    return unescape("".join(texts)).replace(JOINER, "")
