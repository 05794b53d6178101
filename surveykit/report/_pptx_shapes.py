"""Grids as PowerPoint tables with coloured cells, path diagrams as shapes with connectors: both can be edited by hand."""

from __future__ import annotations

import io
import itertools
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any

from surveykit.report._office import clean
from surveykit.report._office_theme import DRAW, EMU
from surveykit.report.charts import Plot
from surveykit.report.charts._base import INK, inked, wrapped
from surveykit.report.charts._shapes import Drawing, Knot, Link

__all__ = ["add_diagram", "add_grid", "add_logo", "cramped", "spread"]

Room = tuple[float, float, float, float]
"""Left, top, width, height in inches."""
Write = Callable[..., None]
"""Writes parts into a paragraph: (paragraph, parts, size, colour, bold=)."""

_POINTS = 72.0
_ROW, _STUB, _TALL = 0.4, 3.2, 4.3
_SMALLEST, _READABLE = 13.5, 9.0
"""The type of indicators in units of the drawing, and how many points of it can be read on a slide."""
_QUIET, _DULL, _REFUSED, _UNSURE = "46515D", "767F89", "A7AEB6", "7C8794"
_BROADER = 1.45
"""A slide is broader than a page: a diagram is drawn so much broader than high."""
_SITES: Mapping[str, tuple[int, int]] = {"oval": (6, 2), "box": (3, 1), "hexagon": (0, 3)}
"""The connection sites at the right and the left of an ellipse, a rectangle and a hexagon (ECMA-376, preset geometries)."""


def add_logo(layout: Any, content: bytes, room: Room) -> None:
    """A picture on a layout, as large as its room allows, at its right edge; ``room`` is right, top, width, height."""
    from pptx.oxml.shapes.picture import CT_Picture

    image, link = layout.part.get_or_add_image_part(io.BytesIO(content))
    right, top, width, height = (round(v * EMU) for v in room)
    across, down = image.image.size
    scale = min(width / across, height / down)
    wide, high = round(across * scale), round(down * scale)
    tree = layout.shapes._spTree
    picture = CT_Picture.new_pic(
        max(int(e.get("id")) for e in tree.xpath(".//p:cNvPr")) + 1, "Logo", "", link, right - wide, top + (height - high) // 2,
        wide, high,
    )  # fmt: skip
    tree.append(picture)


def add_grid(slide: Any, plot: Plot, room: Room, write: Write) -> Any:
    """The grid as a table whose cells have the colours of the picture; the frame that holds it."""
    from pptx.enum.text import MSO_ANCHOR, PP_ALIGN
    from pptx.util import Emu, Inches, Pt

    rows, columns = _used(plot)
    left, top, width, height = room
    line = min(_ROW, height / (len(rows) + (2 if not plot.paired else 1)))
    size = 12.0 if line > 0.26 else 10.5 if line > 0.21 else 9.0
    frame = slide.shapes.add_table(
        len(rows) + 1,
        len(columns) + 1,
        Inches(left),
        Inches(top),
        Inches(width),
        Inches(line * (len(rows) + 1)),
    )
    stub = min(_STUB, width * 0.4)
    across = (width - stub) / max(len(columns), 1)
    heads = [str(j + 1) if plot.paired else plot.columns[j] for j in columns]
    lines = max((len(wrapped(h, max(int(across * _POINTS / size / 0.6), 4), 4)) for h in heads), default=1)
    table = frame.table
    table.first_row = table.horz_banding = False
    table.columns[0].width = Inches(stub)
    for j in range(len(columns)):
        table.columns[j + 1].width = Inches(across)
    for i in range(len(rows) + 1):
        table.rows[i].height = Inches(line if i else max(line, (lines * size * 1.25 + 4) / _POINTS))

    def put(i: int, j: int, text: str, fill: str, *, bold: bool = False, side: Any = PP_ALIGN.CENTER) -> None:
        cell = table.cell(i, j)
        cell.fill.solid()
        cell.fill.fore_color.rgb = _rgb(fill)
        cell.margin_top = cell.margin_bottom = Pt(1)
        cell.margin_left = cell.margin_right = Pt(3)
        cell.vertical_anchor = MSO_ANCHOR.MIDDLE
        paragraph = cell.text_frame.paragraphs[0]
        paragraph.alignment = side
        paragraph.font.size = Pt(size)
        if text:
            ink = inked(f"#{fill}")
            write(paragraph, ({"kind": "text", "text": clean(text)},), size, ink, bold=bold)

    put(0, 0, "", "FFFFFF")
    for place in range(1, len(columns) + 1):
        put(0, place, heads[place - 1], "FFFFFF", bold=True)
    held = {(s.row, s.column): s for s in plot.squares}
    for line_at, i in enumerate(rows, start=1):
        name = f"{i + 1}  {plot.categories[i]}" if plot.paired else plot.categories[i]
        put(line_at, 0, name, "FFFFFF", side=PP_ALIGN.LEFT)
        for place, j in enumerate(columns, start=1):
            square = held.get((i, j))
            put(line_at, place, square.text if square else "", square.colour[1:] if square else "FFFFFF")
    frame.height = Emu(sum(row.height for row in table.rows))
    return frame


def _used(plot: Plot) -> tuple[Sequence[int], Sequence[int]]:
    """The rows and columns of the table; of pairs the last thing has no column."""
    columns = range(len(plot.columns))
    return range(len(plot.categories)), columns[:-1] if plot.paired and len(columns) > 1 else columns


def add_diagram(slide: Any, drawing: Drawing, room: Room, slides: Any) -> Any:
    """The diagram as a group of shapes: constructs, their indicators, connectors glued to them, plates.

    Where indicators would be too small to be read (:func:`cramped`) they are left out and the rest is drawn larger.
    ``slides`` writes and knows the colours; the group.
    """
    cut = cramped(drawing, room[2])
    return _Diagram(slide, spread(drawing, room) if cut else drawing, room, slides).group


def cramped(drawing: Drawing, width: float) -> bool:
    """Whether indicators could not be read where the drawing is so many inches wide and no higher than a slide allows."""
    scale = min(width / drawing.width, _TALL / drawing.height) * _POINTS
    return any(k.indicators for k in drawing.knots) and scale * _SMALLEST < _READABLE


def spread(drawing: Drawing, room: Room) -> Drawing:
    """The drawing without indicators, its constructs set apart over the whole room; boxes and plates keep their form."""
    bare = [replace(k, indicators=()) for k in drawing.knots]
    boxes = [k.box for k in bare] + [link.plate for link in drawing.links]
    places = [p for link in drawing.links for p in link.points]
    x0 = min(*(b[0] for b in boxes), *(x for x, _ in places))
    x1 = max(*(b[0] + b[2] for b in boxes), *(x for x, _ in places))
    y0 = min(*(b[1] for b in boxes), *(y for _, y in places))
    y1 = max(*(b[1] + b[3] for b in boxes), *(y for _, y in places))
    wide = x1 - x0
    stretch = _stretch(boxes, wide * room[3] / room[2], y1 - y0)
    high = (y1 - y0) * stretch

    def box(b: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        middle = (b[1] + b[3] / 2 - y0) * stretch
        return b[0] - x0, middle - b[3] / 2, b[2], b[3]

    links = []
    for link in drawing.links:
        ways = [(x - x0, (y - y0) * stretch) for x, y in link.points]
        for end, knot in ((0, link.source), (-1, link.target)):  # ends stay on the edges of their constructs
            old = drawing.knots[knot].box
            off = link.points[end][1] - (old[1] + old[3] / 2)
            ways[end] = (ways[end][0], (old[1] + old[3] / 2 - y0) * stretch + off)
        links.append(replace(link, points=tuple(ways), plate=box(link.plate)))
    knots = tuple(replace(k, box=box(k.box)) for k in bare)
    edge = max(k.box[3] for k in knots) / 2
    down = max(0.0, edge - min(k.box[1] + k.box[3] / 2 for k in knots))
    return _lowered(
        replace(drawing, width=wide, height=high + 2 * down, knots=knots, links=tuple(links)), down
    )


def _stretch(boxes: Sequence[tuple[float, float, float, float]], wanted: float, high: float) -> float:
    """How far to draw rows apart, or together, for the wanted height: never so near that two boxes would touch."""
    least = wanted / (high or 1.0)

    def apart(by: float) -> bool:
        return not any(
            a[0] < b[0] + b[2] + 6
            and b[0] < a[0] + a[2] + 6
            and abs((a[1] + a[3] / 2 - b[1] - b[3] / 2) * by) < (a[3] + b[3]) / 2 + 6
            for a, b in itertools.combinations(boxes, 2)
        )

    steps = [least + (1.0 - least) * k / 12 for k in range(12)] if least < 1.0 else [least]
    return next((by for by in steps if apart(by)), max(least, 1.0))


def _lowered(drawing: Drawing, by: float) -> Drawing:
    """The drawing further down by so many units."""

    def box(b: tuple[float, float, float, float]) -> tuple[float, float, float, float]:
        return b[0], b[1] + by, b[2], b[3]

    links = (
        replace(link, points=tuple((x, y + by) for x, y in link.points), plate=box(link.plate))
        for link in drawing.links
    )
    return replace(
        drawing, knots=tuple(replace(k, box=box(k.box)) for k in drawing.knots), links=tuple(links)
    )


class _Diagram:
    """Draws one diagram, as large as its room allows."""

    def __init__(self, slide: Any, drawing: Drawing, room: Room, slides: Any) -> None:
        self.drawing, self.write, self.palette = drawing, slides.write, slides.palette
        self.accent = self.palette.text
        left, top, width, height = room
        self.down = min(width / drawing.width, height / drawing.height)
        self.across = min(width / drawing.width, _BROADER * self.down)
        self.scale = (self.across + self.down) / 2
        self.left = left + (width - drawing.width * self.across) / 2
        self.top = top
        self.group = slide.shapes.add_group_shape()
        made = [self._knot(k) for k in drawing.knots]
        for link in drawing.links:
            self._way(link, made[link.source], made[link.target])
        for link in drawing.links:
            self._plate(link)
        if drawing.refused:
            box = self._shape("box", (0.0, 0.0, drawing.width * 0.3, 24.0), "FFF1DE", "FFF1DE")
            self._lines(box, [(drawing.refused, 13.0, "7A3A00", True)])

    def _x(self, x: float) -> int:
        return round((self.left + x * self.across) * EMU)

    def _y(self, y: float) -> int:
        return round((self.top + y * self.down) * EMU)

    def _size(self, units: float) -> float:
        """Type in points, never below eight: smaller cannot be read on a screen."""
        return round(max(8.0, units * self.scale * _POINTS) * 2) / 2

    def _shape(self, kind: str, box: tuple[float, float, float, float], fill: str, edge: str) -> Any:
        from pptx.enum.shapes import MSO_SHAPE
        from pptx.util import Pt

        x, y, width, height = box
        kinds = {"oval": MSO_SHAPE.OVAL, "hexagon": MSO_SHAPE.HEXAGON, "box": MSO_SHAPE.RECTANGLE}
        shape = self.group.shapes.add_shape(
            kinds[kind],
            self._x(x),
            self._y(y),
            self._x(x + width) - self._x(x),
            self._y(y + height) - self._y(y),
        )
        _bare(shape)
        if fill:
            shape.fill.solid()
            self.palette.paint(shape.fill.fore_color, fill)
        else:
            shape.fill.background()
        if edge:
            self.palette.paint(shape.line.color, edge)
            shape.line.width = Pt(1.25)
        else:
            shape.line.fill.background()
        frame = shape.text_frame
        frame.margin_left = frame.margin_right = frame.margin_top = frame.margin_bottom = 0
        frame.word_wrap = False
        return shape

    def _lines(self, shape: Any, lines: Sequence[tuple[str, float, str, bool]], side: str = "center") -> None:
        from pptx.enum.text import MSO_ANCHOR, PP_ALIGN

        frame = shape.text_frame
        frame.vertical_anchor = MSO_ANCHOR.MIDDLE
        for i, (text, size, colour, bold) in enumerate(lines):
            paragraph = frame.paragraphs[0] if i == 0 else frame.add_paragraph()
            paragraph.alignment = PP_ALIGN.CENTER if side == "center" else PP_ALIGN.LEFT
            self.write(paragraph, ({"kind": "text", "text": text},), self._size(size), colour, bold=bold)

    def _knot(self, knot: Knot) -> Any:
        for name, loading, left, top, width, height in knot.indicators:
            item = self._shape("box", (left, top, width, height), "F4F6F8", "B8C0C9")
            self._lines(item, [(f"{name}  {loading}", 13.5, INK, False)])
        shape = self._shape(knot.shape, knot.box, "FFFFFF", _REFUSED if self.drawing.refused else self.accent)
        lines = [(words, knot.size, INK, True) for words in knot.words]
        if knot.note:
            lines.append((knot.note, 14.0, _QUIET, False))
        self._lines(shape, lines)
        shape.name = clean(knot.label)
        return shape, _SITES[knot.shape]

    def _way(
        self, link: Link, source: tuple[Any, tuple[int, int]], target: tuple[Any, tuple[int, int]]
    ) -> None:
        """The line of a path: between neighbours a connector glued at both ends, past other columns a curve of its own."""
        from lxml import etree
        from pptx.enum.shapes import MSO_CONNECTOR
        from pptx.util import Pt

        if len(link.points) > 2:
            shape = self._through(link)
        else:
            (x1, y1), (x2, y2) = link.points
            shape = self.group.shapes.add_connector(
                MSO_CONNECTOR.CURVE, self._x(x1), self._y(y1), self._x(x2), self._y(y2)
            )
            forward = x2 >= x1
            shape._connect_begin_to(source[0], source[1][0 if forward else 1])
            shape._connect_end_to(target[0], target[1][1 if forward else 0])
            _bare(shape)
        colour = _REFUSED if self.drawing.refused else self.accent if link.evidence else _UNSURE
        self.palette.paint(shape.line.color, colour)
        shape.line.width = Pt(round(max(0.75, link.width * 0.6), 2))
        ends = shape.line._get_or_add_ln()
        if self.drawing.refused or not link.evidence:
            etree.SubElement(ends, f"{{{DRAW}}}prstDash").set("val", "dash")
        etree.SubElement(ends, f"{{{DRAW}}}tailEnd").set("type", "triangle")

    def _through(self, link: Link) -> Any:
        """A curve of several bends. Connectors have one: programs would lead it through what stands between."""
        from lxml import etree

        xs, ys = [self._x(x) for x, _ in link.points], [self._y(y) for _, y in link.points]
        left, top = min(xs), min(ys)
        width, height = max(max(xs) - left, 1), max(max(ys) - top, 1)
        shape = self._shape("box", (0.0, 0.0, 1.0, 1.0), "", "")
        shape.left, shape.top, shape.width, shape.height = left, top, width, height
        made = etree.Element(f"{{{DRAW}}}custGeom")
        for name in ("avLst", "gdLst", "ahLst", "cxnLst"):
            etree.SubElement(made, f"{{{DRAW}}}{name}")
        whole = etree.SubElement(made, f"{{{DRAW}}}rect")
        for side in "ltrb":
            whole.set(side, side)
        path = etree.SubElement(etree.SubElement(made, f"{{{DRAW}}}pathLst"), f"{{{DRAW}}}path")
        for name, value in (("w", str(width)), ("h", str(height)), ("fill", "none")):
            path.set(name, value)

        def point(parent: Any, x: float, y: float) -> None:
            at = etree.SubElement(parent, f"{{{DRAW}}}pt")
            at.set("x", str(round(x - left)))
            at.set("y", str(round(y - top)))

        point(etree.SubElement(path, f"{{{DRAW}}}moveTo"), xs[0], ys[0])
        for (x0, y0), (x1, y1) in itertools.pairwise(zip(xs, ys, strict=True)):
            bend = (x1 - x0) / 2
            curve = etree.SubElement(path, f"{{{DRAW}}}cubicBezTo")
            for x, y in ((x0 + bend, y0), (x1 - bend, y1), (x1, y1)):
                point(curve, x, y)
        old = shape._element.spPr.find(f"{{{DRAW}}}prstGeom")
        old.addprevious(made)
        shape._element.spPr.remove(old)
        return shape

    def _plate(self, link: Link) -> None:
        if not link.plate[2]:
            return
        box = self._shape("box", link.plate, "", "")
        colour = _DULL if self.drawing.refused else INK if link.evidence else "5B6673"
        lines = [(link.text, 17.0, colour, not self.drawing.refused)]
        quiet = _DULL if self.drawing.refused else _QUIET
        lines += [(words, 14.0, quiet, False) for words in link.below]
        self._lines(box, lines)


def _bare(shape: Any) -> None:
    """Without the shadow and the colours that the slide's own style would give."""
    style = shape._element.find("{http://schemas.openxmlformats.org/presentationml/2006/main}style")
    if style is not None:
        shape._element.remove(style)


def _rgb(colour: str) -> Any:
    from pptx.dml.color import RGBColor

    return RGBColor.from_string(colour)
