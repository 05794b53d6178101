"""A planned path diagram as SVG; the page finds constructs and paths by their place (``data-knot``, ``data-link``)."""

from __future__ import annotations

from collections.abc import Sequence
from xml.sax.saxutils import escape

from surveykit.report.charts._base import INK, MARK, Look, display_width
from surveykit.report.charts._shapes import Drawing, Knot, Link

__all__ = ["SLANT", "hexagon", "svg_of_drawing"]

_COEFFICIENT, _SMALL, _LINE = 18.0, 15.0, 18.4
_NO_EVIDENCE, _REFUSED = "#7C8794", "#A7AEB6"
_QUIET, _DULL = "#46515D", "#767F89"
SLANT = 0.12
"""The share of a hexagon's width that its slanted side takes."""


def svg_of_drawing(drawing: Drawing, look: Look) -> str:
    """The picture: lines at the bottom, then constructs, then the plates of the lines."""
    width, height = f"{drawing.width:.0f}", f"{drawing.height:.0f}"
    parts = [f'<g data-link="{i}">{_line(link, drawing, look)}</g>' for i, link in enumerate(drawing.links)]
    parts += [f'<g data-knot="{i}">{_knot(k, drawing, look)}</g>' for i, k in enumerate(drawing.knots)]
    parts += [f'<g data-link="{i}">{_plate(link, drawing)}</g>' for i, link in enumerate(drawing.links)]
    parts += _marks(drawing, look)
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}" '
        f'width="{width}" height="{height}" font-family="{escape(look.font)}">'
    )
    return (
        f'{head}<rect class="ground" width="{width}" height="{height}" fill="white"/>{"".join(parts)}</svg>\n'
    )


def _line(link: Link, drawing: Drawing, look: Look) -> str:
    (x, y), rest = link.points[0], link.points[1:]
    steps = [f"M{x:.1f} {y:.1f}"]
    end_x, end_y = rest[-1]
    direction = 1 if end_x >= link.points[-2][0] else -1
    for i, (nx, ny) in enumerate(rest):
        if i == len(rest) - 1:
            nx -= 7 * direction
        bend = (nx - x) / 2
        steps.append(f"C{x + bend:.1f} {y:.1f} {nx - bend:.1f} {ny:.1f} {nx:.1f} {ny:.1f}")
        x, y = nx, ny
    colour = _REFUSED if drawing.refused else look.accent if link.evidence else _NO_EVIDENCE
    dash = "" if link.evidence and not drawing.refused else ' stroke-dasharray="6 4"'
    kind = "sure" if link.evidence and not drawing.refused else "unsure"
    head = (
        f"M{end_x:.1f} {end_y:.1f}L{end_x - 11 * direction:.1f} {end_y - 5:.1f}"
        f"L{end_x - 11 * direction:.1f} {end_y + 5:.1f}Z"
    )
    return (
        f'<path class="way {kind}" d="{"".join(steps)}" fill="none" stroke="{colour}" stroke-width="{link.width:.2f}"{dash}/>'
        f'<path class="head {kind}" d="{head}" fill="{colour}"/>'
    )


def _knot(knot: Knot, drawing: Drawing, look: Look) -> str:
    left, top, width, height = knot.box
    x, y = left + width / 2, top + height / 2
    edge = _REFUSED if drawing.refused else look.accent
    if knot.shape == "box":
        shape = f'<rect x="{left:.1f}" y="{top:.1f}" width="{width}" height="{height}"'
    elif knot.shape == "hexagon":
        corners = hexagon(knot.box)
        shape = f'<polygon points="{" ".join(f"{a:.1f},{b:.1f}" for a, b in corners)}"'
    else:
        shape = f'<ellipse cx="{x:.1f}" cy="{y:.1f}" rx="{width / 2}" ry="{height / 2}"'
    parts = [f'{shape} class="shape" fill="white" stroke="{edge}" stroke-width="1.8"/>']
    line = _LINE if len(knot.words) < 3 else 16.5
    start = y - (len(knot.words) + bool(knot.note) - 1) * line / 2 + 5.6
    for i, words in enumerate(knot.words):
        parts.append(_text(x, start + i * line, words, knot.size, bold=True))
    if knot.note:
        parts.append(_text(x, start + len(knot.words) * line, knot.note, _SMALL, colour=_QUIET))
    for i, row in enumerate(knot.indicators):
        parts.append(_indicator(knot, row, first=i == 0))
    return "".join(parts)


def hexagon(box: tuple[float, float, float, float]) -> Sequence[tuple[float, float]]:
    """The corners of a construct's hexagon, from the left."""
    left, top, width, height = box
    right, bottom, slant = left + width, top + height, width * SLANT
    return (
        (left, top + height / 2), (left + slant, top), (right - slant, top), (right, top + height / 2),
        (right - slant, bottom), (left + slant, bottom),
    )  # fmt: skip


def _indicator(knot: Knot, row: tuple[str, str, float, float, float, float], *, first: bool) -> str:
    name, loading, left, top, width, height = row
    x, y = knot.box[0] + knot.box[2] / 2, knot.box[1] + knot.box[3] / 2
    if left + width < knot.box[0] or left > knot.box[0] + knot.box[2]:
        before = left < knot.box[0]
        near, end = (left + width, knot.box[0]) if before else (left, knot.box[0] + knot.box[2])
        stem = f"M{near:.1f} {top + height / 2:.1f}L{end:.1f} {y:.1f}" if abs(near - end) < 10 else ""
    else:
        stem = f"M{x:.1f} {top - (6 if first else 3):.1f}V{top:.1f}"
    drawn = f'<path class="stem" d="{stem}" stroke="#8A949F" stroke-width="1"/>' if stem else ""
    return (
        f'{drawn}<rect class="item" x="{left:.1f}" y="{top:.1f}" width="{width}" height="{height}" fill="#F4F6F8" '
        f'stroke="#B8C0C9" stroke-width=".8"/>'
        + _text(left + 6, top + height / 2 + 5.5, name, _SMALL, anchor="start")
        + _text(left + width - 6, top + height / 2 + 5.5, loading, _SMALL, anchor="end", colour=_QUIET)
    )


def _plate(link: Link, drawing: Drawing) -> str:
    left, top, width, height = link.plate
    if not width:
        return ""
    x = left + width / 2
    colour = _DULL if drawing.refused else INK if link.evidence else "#5B6673"
    small = _DULL if drawing.refused else _QUIET
    rows = [_text(x, top + 18.2, link.text, _COEFFICIENT, bold=not drawing.refused, colour=colour)]
    rows += [_text(x, top + 35 + 16 * i, words, _SMALL, colour=small) for i, words in enumerate(link.below)]
    return (
        f'<rect class="plate" x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:g}" rx="3" '
        f'fill="white" fill-opacity=".92"/>{"".join(rows)}'
    )


def _marks(drawing: Drawing, look: Look) -> list[str]:
    parts = []
    if drawing.refused:
        width = 24 + 8.2 * display_width(drawing.refused)
        parts.append(f'<rect x="0" y="0" width="{width:.0f}" height="24" fill="#FFF1DE"/>')
        parts.append(_text(width / 2, 17, drawing.refused, 14, bold=True, colour="#7A3A00", of="refusal"))
    if look.mark:
        parts.append(
            _text(
                drawing.width - 4,
                16,
                look.mark,
                14,
                bold=True,
                colour=MARK,
                anchor="end",
                of="mark-simulated",
            )
        )
    return parts


def _text(
    x: float, y: float, text: str, size: float, *, bold: bool = False, anchor: str = "middle",
    colour: str = INK, of: str = "",
) -> str:  # fmt: skip
    weight = ' font-weight="bold"' if bold else ""
    kind = f' class="{of}"' if of else ' class="quiet-ink"' if colour != INK else ""
    return (
        f'<text{kind} x="{x:.1f}" y="{y:.1f}" font-size="{size}" text-anchor="{anchor}" fill="{colour}"{weight}>'
        f"{escape(text)}</text>"
    )
