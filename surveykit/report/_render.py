"""Blocks to one HTML page: numbering, cross-references, plain frozen data, a sandboxed template."""

from __future__ import annotations

import base64
import itertools
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache
from pathlib import Path
from types import MappingProxyType
from typing import Any

from surveykit.errors import SurveykitError
from surveykit.findings import Label, Number
from surveykit.findings._finding import format_in
from surveykit.format import pick
from surveykit.questionnaire import data_dir
from surveykit.report._blocks import (
    Block,
    Box,
    Boxes,
    Cell,
    Code,
    FigureBlock,
    Fixed,
    Heading,
    Inline,
    Listing,
    Paragraph,
    Ref,
    Stat,
    TableBlock,
    Tiles,
    as_text,
    inline,
    written,
)  # fmt: skip
from surveykit.report._light import light
from surveykit.report.charts._base import display_width

__all__ = ["HTML_LANG", "JOINER", "SEAL", "Page", "Rendered", "frozen", "lay_out", "render"]

_BARE_POINT = re.compile(r"(?<!\d)−?\.(?=\d)|−(?=\d)")
_LETTERS = re.compile(
    r"(?<![\w.\-–’'/])(?:[np](?![\w’'])|[rdtzF](?=\s[=<>≤≥])|r(?=\s?$)|[Rf](?=²))|^(?:SE|SD|[MFtzd])$"
)
"""Letters of statistics, which APA sets in italics: before a comparison, before a number that follows, alone in a cell."""
_UNPRINTABLE = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff]")
_TURNING = re.compile("[\u202a-\u202e\u2066-\u2069]")
_SEPARATORS = re.compile("[\u2028\u2029]")
JOINER = "\N{WORD JOINER}"
ROWS_SHOWN = 500
"""A longer table is shown as far as this: ten thousand rows would take a gigabyte and help nobody."""

_UNBROKEN = re.compile(r"[^\s\-\u2e80-\uffef]{28,}")
"""An address or a word without an end, which would push the columns beside it off the page: it may break anywhere."""

CONTENTS_LINES = 30
"""So many entries stand on one page beside the guide; of a longer list only the sections are shown."""

UNBROKEN_ROWS = 8
"""A table of so many rows stays on one page; a longer one kept whole would leave a third of a page white."""

GROUP_ROWS = 14
"""So many rows of one group stay together."""

SLIM, MIDDLE = 46, 68
"""A table whose texts are together this wide (in Latin columns) takes three or four fifths of the page on paper."""

LONG_CELL = 400
"""A table with a text of more characters has columns of fixed widths."""

SET_COLUMNS, SET_IN_ALL = 34, 64
"""Names up to this wide (in Latin columns) are not broken, as long as all such columns take no more than this."""

SEAL = "surveykit-results-"
"""Before the SHA-256 of results.json, among the keywords of every form: `surveykit verify` looks for it."""

HTML_LANG = {"en": "en", "zh": "zh-Hans", "zh-Hant": "zh-Hant"}
_WORDS = {
    "figure": {"en": "Figure {n}", "zh": "图{n}"},
    "table": {"en": "Table {n}", "zh": "表{n}"},
    "section": {"en": "section {n}", "zh": "第{n}节"},
    "contents": {"en": "Contents", "zh": "目录"},
    "cut": {
        "en": "Rows 1 to {shown} of {all}; the whole table is in tables.xlsx.",
        "zh": "此处列出第1至{shown}行，共{all}行；完整表格见tables.xlsx。",
    },
    "note": {"en": "Note.", "zh": "注："},
    "numbers": {"en": "The numbers of this figure are in {table}.", "zh": "本图数据见{table}。"},
    "folded": {"en": "Show the table", "zh": "展开表格"},
    "skip": {"en": "To the findings", "zh": "跳至主要发现"},
    "simulated": {"en": "SIMULATED DATA", "zh": "模拟数据"},
}


@dataclass(frozen=True, slots=True)
class Page:
    """A section ready to be rendered."""

    id: str
    blocks: tuple[Block, ...]
    style: str = ""


@dataclass(frozen=True, slots=True)
class Rendered:
    """The HTML text and the data URIs that it shows."""

    html: str
    assets: frozenset[str]


def render(laid: Mapping[str, Any]) -> Rendered:
    """The whole report as one HTML text; its empty ``<style>`` waits for the style sheet."""
    assets = {b["src"] for s in laid["sections"] for b in s["blocks"] if b["kind"] == "figure"}
    return Rendered(_template(frozen(laid)), frozenset(assets | ({laid["logo"]} - {""})))


def lay_out(
    cover: Mapping[str, Any],
    guide: Block,
    pages: Sequence[Page],
    language: str,
    *,
    simulated: bool,
    logo: str,
    seal: str = "",
) -> dict[str, Any]:
    """The report as plain data, numbered and cross-referenced: what every form (HTML, PDF, DOCX) is made from."""
    numbering = _Numbering(language)
    for page in pages:
        for block in page.blocks:
            numbering.note(block)
    sections: list[dict[str, Any]] = [
        {"id": p.id, "style": p.style, "blocks": [_plain(b, numbering) for b in p.blocks]} for p in pages
    ]
    laid = {
        "lang": HTML_LANG[language],
        "language": language,
        "cover": {**cover, "facts": [{"name": n, "parts": numbering.inline(p)} for n, p in cover["facts"]]},
        "logo": logo,
        "seal": seal,
        "simulated": pick(_WORDS["simulated"], language) if simulated else "",
        "contents": {"title": pick(_WORDS["contents"], language), "entries": numbering.listed()},
        "guide": _plain(guide, numbering),
        "sections": sections,
        "words": {name: pick(_WORDS[name], language) for name in ("note", "folded", "skip")},
        "first": pages[0].id if pages else "",
    }
    return {name: _printable(value) for name, value in laid.items()}


def _printable(value: Any) -> Any:
    """A copy in which control characters and halves of characters, which no form can print, are shown as �.

    Separators of lines and paragraphs, for which fonts have no glyph, are spaces; what turns the direction of all that
    follows is taken out.
    """
    if isinstance(value, str):
        value = value if value.isascii() else _TURNING.sub("", value)
        return _UNPRINTABLE.sub("\N{REPLACEMENT CHARACTER}", _SEPARATORS.sub(" ", value))
    if isinstance(value, dict):
        return {k: _printable(v) for k, v in value.items()}
    return [_printable(v) for v in value] if isinstance(value, list | tuple) else value


def frozen(value: Any) -> Any:
    """A deep copy that a template cannot change: mapping proxies and tuples of plain values."""
    if isinstance(value, Mapping):
        return MappingProxyType({str(k): frozen(v) for k, v in value.items()})
    if isinstance(value, list | tuple):
        return tuple(frozen(v) for v in value)
    if value is None or isinstance(value, str | int | float | bool):
        return value
    raise TypeError(f"a template gets plain data, not {type(value).__name__}")


@cache
def _environment(folder: Path) -> Any:
    """The templates of a folder, compiled once for the reports of a study."""
    from jinja2 import FileSystemLoader, StrictUndefined
    from jinja2.sandbox import ImmutableSandboxedEnvironment

    return ImmutableSandboxedEnvironment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
        keep_trailing_newline=True,
    )


def _template(context: Mapping[str, Any]) -> str:
    from jinja2 import TemplateError

    try:
        return str(
            _environment(data_dir("reports") / "templates").get_template("report.html.j2").render(context)
        )
    except TemplateError as error:
        place = getattr(error, "filename", None) or "reports/templates/report.html.j2"
        raise SurveykitError("the report template failed", place, got=str(error), code="TEMPLATE") from None


class _Numbering:
    """Gives sections, figures and tables their numbers, in the order of the pages."""

    def __init__(self, language: str) -> None:
        self.language = language
        self.contents: list[dict[str, Any]] = []
        self._names: dict[str, str] = {}
        self._section = self._part = self._figures = self._tables = 0

    def note(self, block: Block) -> None:
        if isinstance(block, Heading):
            self._heading(block)
        elif isinstance(block, FigureBlock):
            self._figures += 1
            self._name(block.id, "figure", str(self._figures))
        elif isinstance(block, TableBlock):
            self._tables += 1
            self._name(block.id, "table", str(self._tables))

    def listed(self) -> list[dict[str, Any]]:
        """The entries of the contents page: as many levels as it holds."""
        whole = len(self.contents) <= CONTENTS_LINES
        return [e for e in self.contents if whole or e["level"] == 1]

    def _heading(self, block: Heading) -> None:
        if block.level == 1:
            self._section, self._part = self._section + 1, 0
            number = str(self._section)
        else:
            self._part += 1
            number = f"{self._section}.{self._part}"
        self.contents.append({"id": block.id, "number": number, "text": block.text, "level": block.level})
        self._name(block.id, "section", number)

    def _name(self, id_: str, kind: str, number: str) -> None:
        if id_ in self._names:
            raise RuntimeError(f"two blocks of a report are called {id_!r}")
        self._names[id_] = pick(_WORDS[kind], self.language).format(n=number)

    def name(self, id_: str) -> str:
        try:
            return self._names[id_]
        except KeyError:
            raise RuntimeError(f"a report refers to {id_!r}, which is not there") from None

    def number(self, id_: str) -> str:
        return next(str(e["number"]) for e in self.contents if e["id"] == id_)

    def inline(self, parts: Sequence[Inline]) -> list[dict[str, Any]]:
        held = (p for p in _bound(parts) if p != "")
        return [self._part_of(p) for part in held for p in self._lettered(part)]

    def _lettered(self, part: Inline) -> Iterator[Inline]:
        """The part, letters of statistics apart from the words around them."""
        if isinstance(part, str):
            part = part.replace("n = ", "n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}")
        if (
            self.language != "en"
            or not isinstance(part, str | Fixed)
            or (isinstance(part, Fixed) and part.why != "formula")
        ):
            yield part
            return
        text = part if isinstance(part, str) else part.text
        at = 0
        for found in _LETTERS.finditer(text):
            yield from _like(part, text[at : found.start()])
            yield Stat(found.group())
            at = found.end()
        yield from _like(part, text[at:])

    def _part_of(self, part: Inline) -> dict[str, Any]:
        if isinstance(part, str):
            return {"kind": "text", "text": part}
        if isinstance(part, Number):
            return {
                "kind": "number",
                "text": _held(part.text(self.language)),
                "key": part.key,
                "format": format_in(part.format, self.language),
            }
        if isinstance(part, Label):
            spoken = part.language(self.language)
            words = part.text(self.language)
            return {
                "kind": "label",
                "text": _held(words),
                "long": _UNBROKEN.search(words) is not None,
                "key": f"{part.key}/{spoken}" if part.key and part.texts.get(spoken) else "",
                "lang": HTML_LANG.get(spoken, spoken),
            }
        if isinstance(part, Fixed):
            return {
                "kind": "fixed",
                "text": _held(written(part, self.language)) if part.why == "formula" else part.text,
                "long": _UNBROKEN.search(part.text) is not None,
                "why": part.why,
            }
        if isinstance(part, Stat):
            return {"kind": "stat", "text": part.text}
        return {"kind": "ref", "text": self.name(part.target), "target": part.target}


def _like(part: str | Fixed, text: str) -> Iterator[str | Fixed]:
    """Some of a part's text as a part of its kind."""
    if text:
        yield text if isinstance(part, str) else replace(part, text=text)


def _bound(parts: Sequence[Inline]) -> Iterator[Inline]:
    """The parts, where neither the end of an interval (“.46 to .64”) nor a p-value begins a line by itself."""
    for i, part in enumerate(parts):
        inside = part == " to " and 0 < i < len(parts) - 1
        ends = inside and all(isinstance(parts[j], Number) for j in (i - 1, i + 1))
        if ends:
            yield " to\N{NO-BREAK SPACE}"
        elif isinstance(part, str) and part.endswith(("(p ", " p ")):
            yield part[:-1] + "\N{NO-BREAK SPACE}"
        else:
            yield part


def _held(text: str) -> str:
    """The text with a word joiner inside ``.95`` and ``−.95``, so that no line breaks after the point or sign."""
    return _BARE_POINT.sub(lambda found: "".join(c + JOINER for c in found.group()), text)


def _plain(block: Block, names: _Numbering) -> dict[str, Any]:
    """A block as the plain data that the template sees."""
    say = names.inline
    if isinstance(block, Heading):
        return {
            "kind": "heading", "level": block.level, "id": block.id, "text": block.text,
            "number": names.number(block.id),
        }  # fmt: skip
    if isinstance(block, Paragraph):
        return {"kind": "paragraph", "style": block.style, "parts": say(block.parts)}
    if isinstance(block, Listing):
        return _plain_listing(block, names)
    if isinstance(block, Box):
        items = [say(i) for i in block.items]
        return {"kind": "box", "level": block.kind, "title": block.title, "entries": items}
    if isinstance(block, Boxes):
        return {"kind": "boxes", "entries": [_plain(box, names) for box in block.boxes]}
    if isinstance(block, Tiles):
        tiles = [
            {"title": say(t.title), "value": say((t.value,)), "unit": t.unit, "detail": say(t.detail)}
            for t in block.tiles
        ]
        return {"kind": "tiles", "entries": tiles}
    if isinstance(block, Code):
        return {"kind": "code", "text": block.text, "title": block.title}
    shared = {"id": block.id, "name": names.name(block.id), "caption": say(block.caption)}
    if isinstance(block, FigureBlock):
        return _plain_figure(block, names) | shared
    return _plain_table(block, names, shared)


def _plain_listing(block: Listing, names: _Numbering) -> dict[str, Any]:
    tags = block.tags or ("",) * len(block.items)
    strengths = block.strengths or ("",) * len(block.items)
    lines = [
        {"parts": names.inline(i), "tag": t, "strength": s}
        for i, t, s in zip(block.items, tags, strengths, strict=True)
    ]
    return {"kind": "listing", "numbered": block.numbered, "entries": lines}


def _plain_figure(block: FigureBlock, names: _Numbering) -> dict[str, Any]:
    notes = [names.inline(n) for n in block.notes]
    if block.numbers:
        words = pick(_WORDS["numbers"], names.language)
        notes.append(names.inline(inline(words, names.language, {"table": Ref(block.numbers)})))
    return {
        "kind": "figure", "src": data_uri(block.svg), "alt": block.alt, "share": block.share, "wide": block.wide,
        "notes": notes,
    }  # fmt: skip


def _plain_table(block: TableBlock, names: _Numbering, shared: Mapping[str, Any]) -> dict[str, Any]:
    """A table as far as it is shown; a note says where the rest of a longer one is."""
    say = names.inline
    heads = [
        {"parts": say(c.title), "align": c.align, "wide": c.wide, "set": one_line}
        for c, one_line in zip(block.columns, _set_columns(block, names.language), strict=True)
    ]
    shown = block.rows[:ROWS_SHOWN]
    said = [[say(cell) for cell in row] for row in shown]
    rows = [
        {"cells": cells, "kept": kept, "more": i > 0 and not cells[0]}
        for i, (cells, kept) in enumerate(zip(said, _kept(shown), strict=True))
    ]
    notes = [say(n) for n in block.notes]
    if len(block.rows) > ROWS_SHOWN:
        cut = pick(_WORDS["cut"], names.language).format(shown=ROWS_SHOWN, all=f"{len(block.rows):,}")
        notes.insert(0, say((Fixed(cut, "structure"),)))
    shared = {**shared, "notes": notes}
    return {
        "kind": "table", "heads": heads, "rows": rows, "muted": block.muted, "short": len(block.rows) <= UNBROKEN_ROWS,
        "fixed": any(len(part["text"]) > LONG_CELL for cells in said for cell in cells for part in cell),
        "share": _share(block, shared, names.language), "folded": block.folded, **shared,
    }  # fmt: skip


def _kept(rows: Sequence[Sequence[Cell]]) -> list[bool]:
    """Whether a row stays with the next one: the first three, the last four, and rows of one group.

    A group is a row and those below it that leave their first cell empty; one longer than a page's
    worth of names may break.
    """
    kept = [False] * len(rows)
    for i in range(len(rows) - 1):
        kept[i] = i < 2 or i >= len(rows) - 4
    starts = [i for i, row in enumerate(rows) if not row or any(part != "" for part in row[0])]
    for i in range(len(rows) - 2):
        if not _indented(rows[i]) and _indented(rows[i + 1]):
            kept[i] = kept[i + 1] = True
    for start, end in itertools.pairwise([*starts, len(rows)]):
        if end - start <= GROUP_ROWS:
            kept[start : end - 1] = [True] * (end - 1 - start)
    return kept


def _indented(row: Sequence[Cell]) -> bool:
    """Whether a row belongs to the line above that names its question."""
    return bool(row and row[0]) and row[0][0] == "\N{EM SPACE}"


def _share(block: TableBlock, shared: Mapping[str, Any], language: str) -> int:
    """How much of the page's width (in per cent) a table takes on paper: columns of few words would stand far apart."""
    columns = [
        max(
            display_width("".join(as_text(p, language) for p in cell))
            for cell in (c.title, *(row[i] for row in block.rows if i < len(row)))
        )
        for i, c in enumerate(block.columns)
    ]
    caption = display_width(shared["name"] + "".join(p["text"] for p in shared["caption"])) + 3
    needed = max(sum(columns) + 4 * len(columns), caption)
    return 60 if needed <= SLIM else 80 if needed <= MIDDLE else 100


def _set_columns(block: TableBlock, language: str) -> list[bool]:
    """Which columns of names are set on one line each."""
    widths = []
    for place, column in enumerate(block.columns):
        cells = (row[place] for row in block.rows if place < len(row))
        widest = max(
            (display_width("".join(as_text(p, language) for p in cell)) for cell in cells), default=0
        )
        widths.append(widest if column.align == "left" and not column.wide else 0)
    fits = sum(w for w in widths if w <= SET_COLUMNS) <= SET_IN_ALL
    return [fits and 0 < w <= SET_COLUMNS for w in widths]


def data_uri(svg: str) -> str:
    """An SVG that we made, as a data URI."""
    return "data:image/svg+xml;base64," + base64.b64encode(_printable(light(svg)).encode("utf-8")).decode(
        "ascii"
    )
