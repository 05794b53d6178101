"""The installed fonts: whether one is there, what none of them has, and the small part of one that a picture needs."""

from __future__ import annotations

import atexit
import io
import itertools
import json
import re
import shutil
import tempfile
import unicodedata
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

__all__ = ["forget_parts", "in_small_font", "installed", "unknown"]

_NAMED = re.compile(r"'([^']+)'|\"([^\"]+)\"|([^,\s][^,]*)")
_WEIGHTS = (400, 700)
_FOLDERS: list[Path] = []
_MADE = itertools.count(1)
_UNDRAWN = {"Cc", "Cs", "Zl", "Zp"}


@cache
def _configuration() -> Any:
    from weasyprint.text.fonts import FontConfiguration

    return FontConfiguration()


def _loaded(family: str, weight: int = 400) -> tuple[Any, Any] | None:
    """The font that answers to a family and what must live as long as it; None where there is none."""
    from weasyprint.text.ffi import ffi, gobject, pango

    fonts = _configuration()
    wanted = ffi.gc(pango.pango_font_description_new(), pango.pango_font_description_free)
    name = ffi.new("char[]", family.encode())
    pango.pango_font_description_set_family(wanted, name)
    pango.pango_font_description_set_weight(wanted, weight)
    pango.pango_font_description_set_absolute_size(wanted, 10 * 1024)
    context = ffi.gc(pango.pango_font_map_create_context(fonts.font_map), gobject.g_object_unref)
    font = pango.pango_font_map_load_font(fonts.font_map, context, wanted)
    return None if font == ffi.NULL else (ffi.gc(font, gobject.g_object_unref), (context, wanted, name))


@cache
def installed(family: str) -> bool:
    """Whether asking for ``family`` gives that family and not a stand-in."""
    from weasyprint.text.ffi import ffi, pango

    loaded = _loaded(family)
    if loaded is None:
        return False
    found = ffi.gc(pango.pango_font_describe_with_absolute_size(loaded[0]), pango.pango_font_description_free)
    answer = ffi.string(pango.pango_font_description_get_family(found)).decode()
    return bool(answer.casefold() == family.casefold())


def unknown(characters: str) -> frozenset[str]:
    """Those of the characters that no installed font can draw, as the renderer of the pages finds them."""
    from weasyprint.text.ffi import ffi, gobject, pango, unicode_to_char_p

    asked = "".join(c for c in sorted(set(characters)) if unicodedata.category(c) not in _UNDRAWN)
    if not asked:
        return frozenset()
    context = ffi.gc(pango.pango_font_map_create_context(_configuration().font_map), gobject.g_object_unref)
    layout = ffi.gc(pango.pango_layout_new(context), gobject.g_object_unref)
    text, _bytes = unicode_to_char_p(" ".join(asked))
    pango.pango_layout_set_text(layout, text, -1)
    found = set()
    run = pango.pango_layout_get_line_readonly(layout, 0).runs
    while run != ffi.NULL:
        glyphs = run.data.glyphs
        for info in glyphs.glyphs[0 : glyphs.num_glyphs]:
            if info.glyph & pango.PANGO_GLYPH_UNKNOWN_FLAG and info.glyph != pango.PANGO_GLYPH_EMPTY:
                found.add(chr(info.glyph - pango.PANGO_GLYPH_UNKNOWN_FLAG))
        run = run.next
    return frozenset(found)


class _Small:
    """The part of one family that pictures have needed so far, under a name of its own."""

    def __init__(self, family: str) -> None:
        self.family = family
        self.characters: frozenset[str] = frozenset(map(chr, range(32, 127)))
        self.name = ""
        self._folder = Path(tempfile.mkdtemp(prefix="surveykit-fonts-"))
        _FOLDERS.append(self._folder)

    def named(self, characters: frozenset[str]) -> str:
        """The name under which a font with these characters is registered; "" where none can be made."""
        if self.name and characters <= self.characters:
            return self.name
        import vl_convert

        self.characters |= characters
        made = next(_MADE)  # never the name of a part whose files are gone
        # a name is passed on without its quotes, so that each of its words starts with a letter
        name = f"{self.family} part p{made}"
        folder = self._folder / str(made)
        folder.mkdir()
        for weight in _WEIGHTS:
            content = _subset(self.family, weight, self.characters, name)
            if not content:
                return ""
            (folder / f"{weight}.otf").write_bytes(content)
        vl_convert.register_font_directory(str(folder))
        self.name = name
        return name


_small = cache(_Small)


def forget_parts() -> None:
    """Take away the files of the parts made so far; the next picture has new ones made."""
    _small.cache_clear()
    while _FOLDERS:
        shutil.rmtree(_FOLDERS.pop(), ignore_errors=True)


atexit.register(forget_parts)


def in_small_font(spec: Mapping[str, Any], families: str) -> tuple[dict[str, Any], str]:
    """A picture's specification whose font holds only the characters that it shows, and that font's name ("": as it was).

    The picture is the same: the part has the widths and the kerning of the whole. To set a line in a font of 65,535 glyphs takes
    three times as long, because the whole font is read for each text.
    """
    text = json.dumps(spec, ensure_ascii=False)
    try:
        first = next((f for f in _families(families) if installed(f)), "")
        name = _small(first).named(frozenset(c for c in text if c.isprintable())) if first else ""
    except (ImportError, OSError, AttributeError):  # the page needs no library of fonts, only the paper does
        name = ""
    if not name:
        return dict(spec), ""
    asked = json.dumps(families, ensure_ascii=False)[1:-1]
    small: dict[str, Any] = json.loads(text.replace(asked, f"'{name}', {asked}"))
    return small, name


def _families(families: str) -> list[str]:
    return [next(n for n in found if n).strip() for found in _NAMED.findall(families)]


def _subset(family: str, weight: int, characters: frozenset[str], name: str) -> bytes:
    """The font of a family and weight with these characters only, called ``name``; empty where it cannot be made."""
    from fontTools.ttLib import TTFont
    from weasyprint.text.ffi import ffi, harfbuzz, harfbuzz_subset, pango

    loaded = _loaded(family, weight)
    if loaded is None or harfbuzz_subset is None:
        return b""
    face = harfbuzz.hb_font_get_face(pango.pango_font_get_hb_font(loaded[0]))
    asked = ffi.gc(harfbuzz_subset.hb_subset_input_create_or_fail(), harfbuzz_subset.hb_subset_input_destroy)
    codes = sorted(map(ord, characters))
    wanted = harfbuzz_subset.hb_subset_input_set(asked, harfbuzz_subset.HB_SUBSET_SETS_UNICODE)
    harfbuzz.hb_set_add_sorted_array(wanted, ffi.new(f"hb_codepoint_t[{len(codes)}]", codes), len(codes))
    part = harfbuzz_subset.hb_subset_or_fail(face, asked)
    if part == ffi.NULL:
        return b""
    part = ffi.gc(part, harfbuzz.hb_face_destroy)
    blob = ffi.gc(harfbuzz.hb_face_reference_blob(part), harfbuzz.hb_blob_destroy)
    length = ffi.new("unsigned int *")
    font = TTFont(io.BytesIO(bytes(ffi.unpack(harfbuzz.hb_blob_get_data(blob, length), length[0]))))
    for entry in (1, 16):
        font["name"].setName(name, entry, 3, 1, 0x409)
    written = io.BytesIO()
    font.save(written)
    return written.getvalue()
