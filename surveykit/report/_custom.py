"""Sections that a theme brings along: a template gives a few plain tags, the tags become blocks like any other.

So a client's section stands in every form (page, PDF, Word, slides, workbook), with numbers that know their keys,
and nothing it says can be markup, an address or a script.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from html.parser import HTMLParser
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, ConfigDict, Field, StringConstraints

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.findings import Number
from surveykit.findings._finding import FORMATS
from surveykit.report._blocks import (
    Align,
    Block,
    Box,
    Cell,
    Column,
    Fixed,
    Heading,
    Inline,
    Listing,
    Paragraph,
    TableBlock,
    View,
)
from surveykit.report._folder import text_of
from surveykit.report._guard import judged, rendered

__all__ = ["CustomSection", "custom_blocks", "judge_template", "parsed"]

SUFFIX = ".html.j2"
MAX_TEMPLATE = 200_000
TAGS = {
    "h2": (), "p": (), "ul": (), "ol": (), "li": ("ul", "ol"), "aside": (), "h3": ("aside",),
    "table": (), "caption": ("table",), "thead": ("table",), "tbody": ("table",), "tr": ("thead", "tbody"),
    "th": ("tr",), "td": ("tr",),
}  # fmt: skip
"""Each tag that a section may use, and the tags in which it stands (none: at the top, a paragraph in a box too)."""

ALIGNED: tuple[Align, ...] = ("left", "right", "center")
_SPACE = re.compile(r"\s+")


class CustomSection(BaseModel):
    """A section of a theme: its file ``<id>.html.j2``, its title in both languages, its place among the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: Annotated[str, StringConstraints(pattern=r"^[a-z][a-z0-9-]{0,40}$")]
    title: dict[
        Literal["en", "zh", "zh-Hant"], Annotated[str, StringConstraints(min_length=1, max_length=120)]
    ]
    order: int = Field(default=85, ge=0, le=99)
    style: Literal["page", "flow"] = "page"

    @property
    def name(self) -> str:
        """The id among the sections of a report, where shipped ones may bear the same name."""
        return f"theme-{self.id}"


@dataclass(slots=True)
class _Node:
    tag: str
    line: int
    align: str = ""
    content: list[Any] = field(default_factory=list)

    def nodes(self, *tags: str) -> list[_Node]:
        return [c for c in self.content if isinstance(c, _Node) and c.tag in tags]


def custom_blocks(view: View, section: CustomSection, folder: str) -> tuple[Block, ...]:
    """The blocks of a theme's section; none where its template gives nothing.

    Raises :class:`SurveykitError` where the file is missing, the template fails or does not end, or gives other tags.
    """
    path = Path(folder) / (section.id + SUFFIX)
    source = template_of(section, folder)
    data = view.document.data
    context = {
        "language": view.language,
        "study": data["study"],
        "rows": data["rows"],
        "results": data["results"],
        "findings": [
            {"id": f.id, "section": f.section, "strength": f.strength, "text": f.text(view.language)}
            for f in view.findings
        ],
    }
    page = rendered(source, json.loads(json.dumps(context, default=str)), str(path))
    blocks = parsed(view, page, section.name, str(path))
    return (
        (Heading(view.word({str(k): v for k, v in section.title.items()}), section.name), *blocks)
        if blocks
        else ()
    )


def judge_template(section: CustomSection, folder: str) -> None:
    """Raise now for what is written in a template and no results can make right."""
    may = {
        "tags": list(TAGS),
        "classed": ["th", "td"],
        "names": ["language", "study", "rows", "findings", "results"],
        "formats": list(FORMATS),
    }
    judged(template_of(section, folder), may, str(Path(folder) / (section.id + SUFFIX)))


def template_of(section: CustomSection, folder: str) -> str:
    """The template of a theme's section, read and not yet run."""
    name = section.id + SUFFIX
    source = text_of(folder, name, MAX_TEMPLATE, "template", "THEME_SECTION")
    if source is None:
        raise SurveykitError(
            f"the theme's section {quote(section.id)} has no template",
            str(Path(folder) / name),
            code="THEME_SECTION",
        )
    return source


def parsed(view: View, page: str, name: str, place: str) -> tuple[Block, ...]:
    """The tags of a page as blocks; ``name`` is the first part of their ids."""
    reader = _Reader(view, place)
    reader.feed(page)
    reader.close()
    if len(reader.open) > 1:
        raise reader.wrong(f"<{reader.open[-1].tag}> is not closed", reader.open[-1].line)
    return tuple(_blocks(reader, name))


class _Reader(HTMLParser):
    """The few tags as a tree; everything else is refused with its line."""

    def __init__(self, view: View, place: str) -> None:
        super().__init__(convert_charrefs=True)
        self.view, self.place = view, place
        self.open = [_Node("", 1)]

    def wrong(self, what: str, line: int | None = None) -> SurveykitError:
        return SurveykitError(
            "the theme's section cannot be used: " + what,
            f"{self.place}, line {line or self.getpos()[0]} of what it gives",
            expected=", ".join(f"<{t}>" for t in TAGS) + ", number(key, format), label(name)",
            code="THEME_SECTION",
        )

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {k: v or "" for k, v in attrs}
        if tag == "data":
            self.open[-1].content.append(self._value(given))
            return
        if tag not in TAGS:
            raise self.wrong(f"the tag <{tag}> is not one of those it may use")
        align = given.pop("class", "") if tag in ("th", "td") else ""
        if given or align not in ("", *ALIGNED):
            raise self.wrong(f"<{tag}> may not have the attribute {quote(next(iter(given), 'class'))}")
        above = self.open[-1].tag
        if above not in (TAGS[tag] or ("", "aside") if tag == "p" else TAGS[tag] or ("",)):
            raise self.wrong(f"<{tag}> cannot stand " + (f"in <{above}>" if above else "by itself"))
        node = _Node(tag, self.getpos()[0], align)
        self.open[-1].content.append(node)
        self.open.append(node)

    def handle_endtag(self, tag: str) -> None:
        if tag == "data":
            return
        if len(self.open) < 2 or self.open[-1].tag != tag:
            raise self.wrong(f"</{tag}> closes nothing")
        self.open.pop()

    def handle_data(self, data: str) -> None:
        text = _SPACE.sub(" ", data)
        if self.open[-1].tag in ("p", "li", "h2", "h3", "th", "td", "caption"):
            self.open[-1].content.append(text)
        elif text.strip():
            raise self.wrong(
                f"the text {quote(text.strip()[:40])} stands outside a paragraph, a list or a cell"
            )

    def unknown_decl(self, data: str) -> None:
        raise self.wrong(f"the declaration {quote(data[:40])}")

    def handle_decl(self, decl: str) -> None:
        self.unknown_decl(decl)

    def handle_pi(self, data: str) -> None:
        self.unknown_decl(data)

    def _near(self, name: str) -> str:
        hint = did_you_mean(name, list(self.view.document.data["labels"]))
        return f" ({hint})" if hint else ""

    def _value(self, given: dict[str, str]) -> Inline:
        key = given.get("value", "")
        if given.get("class") == "label":
            found = self.view.document.label(key)
            if not found.key:
                raise self.wrong(f"no item, construct or group is called {quote(key)}{self._near(key)}")
            return found
        format_ = given.get("data-format", "")
        if format_ not in FORMATS:
            raise self.wrong(f"there is no format {quote(format_)} (there are: {', '.join(FORMATS)})")
        number = self.view.document.number(key, format_)
        try:
            number.text()
        except (TypeError, ValueError, ArithmeticError):
            raise self.wrong(f"what stands at {quote(key)} is no number for {quote(format_)}") from None
        return number


def _blocks(reader: _Reader, name: str) -> Iterator[Block]:
    counts = {"h2": 0, "table": 0}
    for node in reader.open[0].nodes(*TAGS):
        if node.tag in counts:
            counts[node.tag] += 1
        if node.tag == "h2":
            yield Heading(reader.view.plain(_cell(node)), f"{name}-{counts['h2']}", 2)
        elif node.tag == "p":
            yield Paragraph(_cell(node))
        elif node.tag in ("ul", "ol"):
            yield Listing(tuple(_cell(li) for li in node.nodes("li")), node.tag == "ol")
        elif node.tag == "aside":
            title = "".join(reader.view.plain(_cell(h)) for h in node.nodes("h3"))
            yield Box("note", title, tuple(_cell(p) for p in node.nodes("p")))
        else:
            yield _table(reader, node, f"table-{name}-{counts['table']}")


def _table(reader: _Reader, node: _Node, id_: str) -> TableBlock:
    captions, heads = node.nodes("caption"), [r for h in node.nodes("thead") for r in h.nodes("tr")]
    rows = [r.nodes("th", "td") for b in node.nodes("tbody") for r in b.nodes("tr")]
    if len(captions) != 1 or len(heads) != 1 or not rows:
        raise reader.wrong("a <table> needs one <caption>, one row in <thead> and rows in <tbody>", node.line)
    titles = heads[0].nodes("th", "td")
    for row in rows:
        if len(row) != len(titles):
            raise reader.wrong(
                f"a row has {len(row)} cells, the head has {len(titles)}", row[0].line if row else node.line
            )
    cells = [tuple(_cell(c) for c in row) for row in rows]
    columns = tuple(
        Column(_cell(head), _align(head, [row[i] for row in cells], i), wide=i == 0)
        for i, head in enumerate(titles)
    )
    return TableBlock(id_, _cell(captions[0]), columns, tuple(cells))


def _align(head: _Node, cells: Sequence[Cell], place: int) -> Align:
    if head.align:
        return head.align  # type: ignore[return-value]
    return "right" if place and any(isinstance(p, Number) for cell in cells for p in cell) else "left"


def _cell(node: _Node) -> Cell:
    """The inline parts of a tag; its words are the client's own, digits included."""
    parts: list[Inline] = []
    for i, part in enumerate(node.content):
        if not isinstance(part, str):
            parts.append(part)
            continue
        text = part.lstrip() if i == 0 else part
        text = text.rstrip() if i == len(node.content) - 1 else text
        if text:
            parts.append(Fixed(text, "given") if any(c.isdigit() for c in text) else text)
    return tuple(parts)
