"""Statistics files as bytes, for what no writer at hand can write: SPSS files in any code page, or in a wrong one."""

from __future__ import annotations

import struct
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

__all__ = ["write_sav"]

_SYSMIS = -1.7976931348623157e308


def write_sav(
    path: Path,
    columns: Sequence[tuple[str, int, str]],
    rows: Sequence[Sequence[Any]],
    encoding: str,
    code_page: int | None = None,
    labels: Sequence[tuple[Sequence[str], Mapping[float, str]]] = (),
    named: str = "",
) -> Path:
    """An SPSS system file: ``columns`` are (name, width or 0 for numbers, label).

    ``code_page`` is what the file says of its texts (None: nothing), ``named`` the encoding record of later versions.
    """
    at: dict[str, int] = {}
    body, place = bytearray(), 1
    for name, width, label in columns:
        at[name] = place
        shown, words = (5 << 16 | 8 << 8) if not width else (1 << 16 | width << 8), label.encode(encoding)
        body += struct.pack("<6i", 2, width, bool(words), 0, shown, shown) + name.encode().ljust(8)
        body += struct.pack("<i", len(words)) + words + b"\0" * (-len(words) % 4) if words else b""
        more = max((width + 7) // 8 - 1, 0)
        body += (struct.pack("<6i", 2, -1, 0, 0, 0, 0) + b" " * 8) * more
        place += 1 + more
    for names, words_of in labels:
        body += struct.pack("<2i", 3, len(words_of))
        for code, text in words_of.items():
            words = text.encode(encoding)
            body += struct.pack("<d", code) + bytes([len(words)]) + words + b" " * (-(len(words) + 1) % 8)
        body += struct.pack("<2i", 4, len(names)) + struct.pack(f"<{len(names)}i", *(at[n] for n in names))
    if code_page is not None:
        body += struct.pack("<12i", 7, 3, 4, 8, 15, 0, 0, -1, 1, 1, 2, code_page)
    if named:
        body += struct.pack("<4i", 7, 20, 1, len(named)) + named.encode()
    body += struct.pack("<2i", 999, 0)
    for row in rows:
        for (_, width, _), value in zip(columns, row, strict=True):
            if width:
                body += value.encode(encoding).ljust((width + 7) // 8 * 8)
            else:
                body += struct.pack("<d", _SYSMIS if value is None else value)
    head = (
        b"$FL2" + b"@(#) SPSS DATA FILE".ljust(60) + struct.pack("<5id", 2, place - 1, 0, 0, len(rows), 100.0)
    )
    path.write_bytes(head + b"01 Sep 26" + b"10:00:00" + b"\0" * 67 + body)
    return path
