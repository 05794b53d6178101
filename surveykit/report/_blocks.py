"""What a section is made of: described first, rendered last.

A section returns blocks; the renderers (HTML and PDF, workbook) decide how they look. Blocks hold
inline parts: plain words, numbers with their keys, given names, fixed texts, cross-references.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from surveykit.findings import Document, Finding, Label, Number, Text, fill, spoken
from surveykit.findings._finding import quoted_in, unstopped
from surveykit.format import chinese, pick, zero_led
from surveykit.report.charts import Plot

__all__ = [
    "Align", "Block", "Box", "Boxes", "Cell", "Code", "Column", "FigureBlock", "Fixed", "Heading", "Inline",
    "Listing", "Paragraph", "Ref", "Stat", "TableBlock", "Tile", "Tiles", "View",
]  # fmt: skip

Align = Literal["left", "right", "center"]


@dataclass(frozen=True, slots=True)
class Fixed:
    """Text whose digits are no results: a formula, a citation, a version, a name that was given."""

    text: str
    why: Literal["formula", "citation", "given", "version", "structure"]


@dataclass(frozen=True, slots=True)
class Ref:
    """A reference to a figure, a table or a section by its id; its number comes when pages are made."""

    target: str


@dataclass(frozen=True, slots=True)
class Stat:
    """The letter of a statistic: italic in English, upright in Chinese."""

    text: str


Inline = str | Number | Label | Fixed | Ref | Stat
Cell = tuple[Inline, ...]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading; level 1 opens a section, level 2 a part of it."""

    text: str
    id: str
    level: int = 1


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A paragraph; ``question`` opens a part of page one, ``note`` is set smaller."""

    parts: Cell
    style: Literal["body", "question", "note"] = "body"


@dataclass(frozen=True, slots=True)
class Listing:
    """A list of statements; numbered where their order means something. ``tags`` stand behind them."""

    items: tuple[Cell, ...]
    numbered: bool = False
    tags: tuple[str, ...] = ()
    strengths: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Column:
    """The head of a table's column."""

    title: Cell
    align: Align = "right"
    wide: bool = False


@dataclass(frozen=True, slots=True)
class TableBlock:
    """A numbered table with caption; ``muted`` are rows that must not be interpreted, a ``folded`` table opens on demand.

    ``book`` is its form in the workbook, where that is another one; of several tables that are parts of one, those without
    ``in_book`` have no sheet.
    """

    id: str
    caption: Cell
    columns: tuple[Column, ...]
    rows: tuple[tuple[Cell, ...], ...]
    notes: tuple[Cell, ...] = ()
    muted: bool = False
    folded: bool = False
    book: TableBlock | None = None
    in_book: bool = True


@dataclass(frozen=True, slots=True)
class FigureBlock:
    """A numbered picture: SVG made by us, with an alternative text that carries its message.

    ``share`` is its width in per cent of the column; ``wide`` asks for a page on its side; ``numbers``
    is the id of the table that holds what it shows; ``plot`` its numbers, for forms that draw their own chart.
    """

    id: str
    caption: Cell
    svg: str
    alt: str
    notes: tuple[Cell, ...] = ()
    share: int = 100
    wide: bool = False
    numbers: str = ""
    plot: Plot | None = None


@dataclass(frozen=True, slots=True)
class Box:
    """A box that stands out: a refusal, a caution, a note."""

    kind: Literal["refused", "caution", "note"]
    title: str
    items: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Boxes:
    """Boxes side by side."""

    boxes: tuple[Box, ...]


@dataclass(frozen=True, slots=True)
class Tile:
    """One score in large type: its name, its value, its interval and base."""

    title: Cell
    value: Number
    detail: Cell
    unit: str = ""


@dataclass(frozen=True, slots=True)
class Tiles:
    """Scores side by side."""

    tiles: tuple[Tile, ...]


@dataclass(frozen=True, slots=True)
class Code:
    """Text that was given, in fixed pitch: a model."""

    text: str
    title: str = ""


Block = Heading | Paragraph | Listing | TableBlock | FigureBlock | Box | Boxes | Tiles | Code


@dataclass(frozen=True, slots=True)
class View:
    """What a section sees: the document, the findings, the language, the look."""

    document: Document
    findings: tuple[Finding, ...]
    language: str
    accent: str
    font: str
    simulated: bool = False
    date: Any = None

    def word(self, words: Mapping[str, str]) -> str:
        """Words in the report's language."""
        return pick(words, self.language)

    def say(self, templates: Mapping[str, str], **holes: Any) -> Cell:
        """A template in the report's language with its holes filled."""
        return inline(pick(templates, self.language), self.language, holes)

    def text(self, text: Text) -> Cell:
        """A sentence of a finding in the report's language."""
        return spoken(text, self.language)

    def of(self, section: str, *names: str) -> tuple[Finding, ...]:
        """The findings that belong to a section (and, if named, to a table or a result)."""
        chosen = (f for f in self.findings if f.section == section)
        return tuple(f for f in chosen if not names or f.table in names or f.figure in names)

    def plain(self, parts: Sequence[Inline]) -> str:
        """Parts as a string, for alternative texts."""
        return "".join(as_text(p, self.language) for p in parts)


def inline(template: str, language: str, holes: Mapping[str, Any]) -> Cell:
    """A template with holes that also take fixed texts, references, statistics and cells."""
    import string

    parts: list[Inline] = []
    for literal, name, _, _ in string.Formatter().parse(template):
        literal = unstopped(literal, parts, language)
        if literal:
            parts.append(literal)
        if name is None:
            continue
        value = holes[name]
        if isinstance(value, tuple):
            parts.extend(value)
        elif isinstance(value, Label) and template != f"{{{name}}}":
            parts.extend(quoted_in(value, language, literal))
        elif isinstance(value, Mapping):
            parts.append(pick(value, language))
        else:
            parts.append(value)
    return tuple(parts)


def as_text(part: Inline, language: str) -> str:
    """A part as plain words; references have no words until pages are made."""
    if isinstance(part, str):
        return part
    if isinstance(part, Number | Label):
        return part.text(language)
    if isinstance(part, Fixed):
        return written(part, language)
    return "" if isinstance(part, Ref) else part.text


def written(part: Fixed, language: str) -> str:
    """The words of a fixed part: a limit such as ``.70`` has its zero in Chinese."""
    return zero_led(part.text) if part.why == "formula" and chinese(language) else part.text


__all__ += ["as_text", "fill", "inline", "written"]
