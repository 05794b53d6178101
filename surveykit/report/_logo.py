"""A client's logo, judged before any program opens it, and without what it says beside the picture.

Who drew a picture, with which program, where its file lay: that is in its blocks of text, and a report goes to others.
"""

from __future__ import annotations

import io
import struct
import warnings
from collections.abc import Callable, Iterator
from typing import Any

__all__ = ["MAX_LOGO", "MAX_PIXELS", "bare", "kind_of", "size_of"]

MAX_LOGO = 1_000_000
MAX_PIXELS = 4_000
_PNG = b"\x89PNG\r\n\x1a\n"
_KINDS = {_PNG: "image/png", b"\xff\xd8\xff": "image/jpeg"}
_KEPT = frozenset(
    (
        b"IHDR",
        b"PLTE",
        b"IDAT",
        b"IEND",
        b"tRNS",
        b"gAMA",
        b"cHRM",
        b"sRGB",
        b"iCCP",
        b"cICP",
        b"sBIT",
        b"pHYs",
    )
)
"""What a still picture is drawn from; an animated one is its first picture."""
_ORIENTATION = 0x0112
_BROKEN = (OSError, ValueError, SyntaxError, IndexError, EOFError, struct.error)


def kind_of(content: bytes) -> str:
    """``image/png`` or ``image/jpeg`` by the first bytes, whatever the file is called; "" for another kind."""
    return next((kind for magic, kind in _KINDS.items() if content.startswith(magic)), "")


def size_of(content: bytes) -> tuple[int, int] | None:
    """Width and height from a picture's head, without unpacking it; None where that is broken."""
    found: tuple[int, int] | None = _looked_at(content, lambda picture: picture.size)
    return found


def bare(content: bytes) -> bytes | None:
    """The picture without texts, camera, places and what stands behind its end; None where it is not whole.

    Its points and colours stay as they are, byte by byte: each program would show another part of a broken one, or none. One
    that a camera says is to be turned is turned: pages do so themselves, Word and slides do not.
    """
    try:
        upright = content if _turn(content) == 1 else _looked_at(content, _upright)
        if upright is None:
            return None
        made = b"".join(_chunks(upright) if upright.startswith(_PNG) else _segments(upright))
    except _BROKEN:
        return None
    return made if _looked_at(made, lambda picture: picture.load() is not None) else None


def _upright(picture: Any) -> bytes:
    """The picture as it is to be seen, coded as finely as it was."""
    from PIL import ImageOps

    memory, profile = io.BytesIO(), picture.info.get("icc_profile")
    if picture.format == "PNG":
        ImageOps.exif_transpose(picture).save(memory, "PNG", icc_profile=profile)
        return memory.getvalue()
    coded = {"qtables": picture.quantization, "subsampling": 0}
    turned = ImageOps.exif_transpose(picture)
    turned.save(memory, "JPEG", icc_profile=profile, exif=b"", **coded)
    return memory.getvalue()


def _looked_at(content: bytes, ask: Callable[[Any], Any]) -> Any:
    from PIL import Image, ImageFile

    lenient = ImageFile.LOAD_TRUNCATED_IMAGES
    ImageFile.LOAD_TRUNCATED_IMAGES = False  # WeasyPrint sets it for all
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with Image.open(io.BytesIO(content)) as picture:
                return ask(picture)
    except (*_BROKEN, Image.DecompressionBombError):
        return None
    finally:
        ImageFile.LOAD_TRUNCATED_IMAGES = lenient


def _turn(content: bytes) -> int:
    """How a camera held says its picture is to be turned (1: as it is)."""
    turn = _looked_at(content, lambda picture: picture.getexif().get(_ORIENTATION, 1))
    return turn if isinstance(turn, int) and 1 <= turn <= 8 else 1


def _chunks(content: bytes) -> Iterator[bytes]:
    """A PNG's signature and the chunks it is drawn from."""
    yield _PNG
    at = len(_PNG)
    while True:
        (length,) = struct.unpack_from(">I", content, at)
        name, end = content[at + 4 : at + 8], at + 12 + length
        if end > len(content):
            raise ValueError("cut off")
        if name in _KEPT:
            yield content[at:end]
        if name == b"IEND":
            return
        at = end


def _segments(content: bytes) -> Iterator[bytes]:
    """A JPEG's segments and scans; of what cameras and programs add only the colours."""
    yield content[:2]
    if content[6:10] != b"JFIF":  # Word knows a JPEG by one of two heads; some have neither
        tiff = b"MM\0*\0\0\0\x08" + struct.pack(">HHHIHHI", 1, _ORIENTATION, 3, 1, 1, 0, 0)
        yield b"\xff\xe1" + struct.pack(">H", 8 + len(tiff)) + b"Exif\0\0" + tiff
    at = 2
    while True:
        start = at  # coded points run on until a marker that is none of theirs
        while content[at] != 0xFF or content[at + 1] == 0 or 0xD0 <= content[at + 1] <= 0xD7:
            at += 1
        yield content[start:at]
        while content[at + 1] == 0xFF:
            at += 1
        marker = content[at + 1]
        if marker == 0xD9:
            yield content[at : at + 2]
            return
        (length,) = struct.unpack_from(">H", content, at + 2)
        body = content[at : at + 2 + length]
        added = 0xE1 <= marker <= 0xEF or marker == 0xFE
        if not added or marker == 0xEE or (marker == 0xE2 and body[4:].startswith(b"ICC_PROFILE\0")):
            yield body
        at += 2 + length
