"""Italics of a font that has none: its upright letters, slanted.

Fonts for Chinese have no italics. Where one of them is asked for, the renderer embeds the upright font a second time under
the name of an oblique one; here the letters of that copy are slanted, so that *p* looks like a statistic.
"""

from __future__ import annotations

import io
import math
from typing import Any

__all__ = ["slant_upright"]

_ANGLE = 11
"""Degrees, as in most oblique type."""
_EMPTY = 4
"""A letter that the page does not use is left in a cut font with so many bytes: a width and an end."""


def slant_upright(pdf: Any) -> None:
    """Slant the letters of every embedded font that is oblique by its name and upright by its outlines (CFF only)."""
    objects = {o.number: o for o in pdf.objects}
    for descriptor in pdf.objects:
        if not hasattr(descriptor, "get") or descriptor.get("Type") != "/FontDescriptor":
            continue
        if not bytes(_name(descriptor)).endswith((b"-Oblique", b"-Italic")) or "FontFile3" not in descriptor:
            continue
        file = objects[int(bytes(descriptor["FontFile3"]).split()[0])]
        if (slanted := _slanted(b"".join(file.stream))) is not None:
            file.stream = [slanted]
            descriptor["ItalicAngle"] = -_ANGLE


def _name(descriptor: Any) -> bytes:
    name = descriptor["FontName"]
    return name if isinstance(name, bytes) else str(name).encode("utf-8")


def _slanted(content: bytes) -> bytes | None:
    """The font with slanted outlines; None where it is slanted already or no OpenType font."""
    from fontTools.misc.psCharStrings import T2CharString
    from fontTools.pens.t2CharStringPen import T2CharStringPen
    from fontTools.pens.transformPen import TransformPen
    from fontTools.ttLib import TTFont, TTLibError

    try:
        font = TTFont(io.BytesIO(content), lazy=True, recalcTimestamp=False)
    except TTLibError:
        return None
    if "CFF " not in font or font["post"].italicAngle:
        return None
    glyphs = font.getGlyphSet()
    top = font["CFF "].cff.topDictIndex[0]
    lean = math.tan(math.radians(_ANGLE))
    for name in font.getGlyphOrder():
        old: T2CharString = top.CharStrings[name]
        if len(old.bytecode) <= _EMPTY:
            continue
        old.decompile()
        pen = T2CharStringPen(None, None)
        glyphs[name].draw(TransformPen(pen, (1, 0, lean, 1, 0, 0)))
        new = pen.getCharString(private=old.private, globalSubrs=old.globalSubrs)
        if old.width is not None and old.width != old.private.defaultWidthX:
            new.program.insert(0, old.width - old.private.nominalWidthX)
        old.program, old.bytecode = new.program, None
    memory = io.BytesIO()
    font.save(memory, reorderTables=False)
    return memory.getvalue()
