"""A client's logo keeps its points and loses everything that it says beside them; no kind of JPEG stops a form."""

from __future__ import annotations

import io
import struct
import zlib
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from PIL import Image

from surveykit.report._logo import bare, kind_of, size_of
from tests.test_report_themes import plain


@cache
def picture() -> Image.Image:
    noise = np.random.Generator(np.random.Philox(key=2)).integers(0, 255, (30, 90, 3), dtype=np.uint8)
    return Image.fromarray(noise)


def saved(kind: str, image: Image.Image | None = None, **options: Any) -> bytes:
    memory = io.BytesIO()
    (image or picture()).save(memory, kind, **options)
    return memory.getvalue()


def points(content: bytes) -> bytes:
    with Image.open(io.BytesIO(content)) as found:
        return found.tobytes()


def chunk(name: bytes, body: bytes) -> bytes:
    return struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body))


def camera(turn: int = 1) -> Image.Exif:
    exif = Image.Exif()
    exif[0x8298], exif[0x0112] = "Ms Example", turn
    return exif


@pytest.mark.parametrize(
    "content",
    [
        (whole := saved("PNG"))[:33] + chunk(b"tEXt", b"Author\0Ms Example") + whole[33:],
        whole[:33] + chunk(b"eXIf", b"MM\0*Ms Example") + whole[33:],
        whole + b"<script>Ms Example</script>",
        saved("PNG", save_all=True, append_images=[picture().rotate(180)]),
        saved("JPEG", comment=b"Ms Example"),
        saved("JPEG", exif=camera()),
        saved("JPEG", progressive=True, exif=camera()),
        saved("JPEG", restart_marker_blocks=2) + b"Ms Example",
        saved("MPO", save_all=True, append_images=[picture()]),
    ],
    ids=[
        "text",
        "camera",
        "behind the end",
        "moves",
        "comment",
        "jpeg camera",
        "by steps",
        "restarts",
        "two in one",
    ],
)
def test_a_logo_says_nothing_beside_its_picture(content: bytes) -> None:
    made = bare(content)
    assert made is not None
    assert b"Ms Example" not in made
    assert len(made) < len(content)
    assert points(made) == points(content)
    assert bare(made) == made
    with Image.open(io.BytesIO(made)) as found:
        assert getattr(found, "n_frames", 1) == 1


def test_a_plain_logo_stays_byte_by_byte_and_profiles_of_colour_stay() -> None:
    assert bare(whole) == whole
    for kind in ("PNG", "JPEG"):
        made = bare(saved(kind, icc_profile=b"colours" * 40))
        assert made is not None
        with Image.open(io.BytesIO(made)) as found:
            assert found.info["icc_profile"] == b"colours" * 40


def lettered() -> Image.Image:
    """A picture that each turn and each mirror shows otherwise."""
    image = Image.new("RGB", (96, 48), "white")
    image.paste("red", (0, 0, 24, 48))
    image.paste("blue", (0, 32, 96, 48))
    return image


@pytest.mark.parametrize(
    ("kind", "mode"), [("JPEG", "RGB"), ("JPEG", "L"), ("JPEG", "CMYK"), ("PNG", "RGB"), ("PNG", "L")]
)
@pytest.mark.parametrize("turn", [2, 3, 4, 5, 6, 7, 8])
def test_a_turned_photograph_is_upright_without_its_tag(kind: str, mode: str, turn: int) -> None:
    """Word and PowerPoint show the points as they lie; the page would turn them by the tag."""
    seen = lettered().convert(mode)
    back = {
        2: Image.Transpose.FLIP_LEFT_RIGHT, 3: Image.Transpose.ROTATE_180, 4: Image.Transpose.FLIP_TOP_BOTTOM,
        5: Image.Transpose.TRANSPOSE, 6: Image.Transpose.ROTATE_90, 7: Image.Transpose.TRANSVERSE,
        8: Image.Transpose.ROTATE_270,
    }  # fmt: skip
    content = saved(
        kind, seen.transpose(back[turn]), exif=camera(turn), **({"quality": 95} if kind == "JPEG" else {})
    )
    made = bare(content)
    assert made is not None
    assert b"Ms Example" not in made
    with Image.open(io.BytesIO(made)) as found:
        assert found.getexif().get(0x0112, 1) == 1
        assert found.size == (96, 48)
        apart = np.abs(np.asarray(found).astype(int) - np.asarray(seen).astype(int))
    assert apart.mean() < 4  # coded twice; another turn is 60 and more away
    assert bare(made) == made


@pytest.mark.parametrize(
    "content", [b"", b"\xff\xd8\xff", whole[:50], whole[:33], saved("JPEG")[:-2], saved("JPEG")[:30]]
)
def test_a_logo_that_ends_early_is_none(content: bytes) -> None:
    assert bare(content) is None


def test_a_profile_that_unpacks_to_gigabytes_is_none() -> None:
    bomb = zlib.compress(bytes(50_000_000), 9)
    assert bare(whole[:33] + chunk(b"iCCP", b"x\0\0" + bomb) + whole[33:]) is None


def test_kinds_are_told_by_content() -> None:
    assert [kind_of(saved(k)) for k in ("PNG", "JPEG", "GIF", "TIFF")] == ["image/png", "image/jpeg", "", ""]
    assert size_of(saved("JPEG")) == (90, 30)


@pytest.mark.parametrize("mode", ["CMYK", "L"])
def test_printers_colours_and_greys_stand_in_word_and_on_slides(tmp_path: Path, mode: str) -> None:
    """A JPEG in printer's colours has no head that Word's library knows."""
    (tmp_path / "theme.yaml").write_text("logo: logo.jpg\n", encoding="utf-8")
    (tmp_path / "logo.jpg").write_bytes(saved("JPEG", picture().convert(mode)))
    report = plain(tmp_path)
    assert report.docx()
    assert report.pptx()
