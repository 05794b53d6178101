"""A file's own account of what it held when it was made: a digest within it, so that an edit by hand shows wherever it was.

Word, slides and workbook carry it among their keywords, the web page and the PDF in a comment. It is no signature: whoever
knows how can compute another. It tells what was changed by accident, by another program, or in passing.
"""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Iterable
from hashlib import sha256

from surveykit.report._render import SEAL

__all__ = ["CORE", "as_made", "marked", "marked_parts"]

CORE = "docProps/core.xml"
MARK = "surveykit-content-"
_ZEROS = b"0" * 64
_FOUND = re.compile(re.escape(MARK).encode() + rb"([0-9a-f]{64})")
_SEALED = re.compile(re.escape(SEAL).encode() + rb"[0-9a-f]{64}")
_COMMENTS = {"html": (b"<!-- ", b" -->\n"), "pdf": (b"%", b"\n")}
Parts = list[tuple[str, bytes]]


def marked_parts(parts: Parts) -> Parts:
    """The parts of an archive that is sealed, with the digest of all of them behind the seal; of another, as they are.

    >>> sealed = [("docProps/core.xml", b"<keywords>surveykit-results-" + b"a" * 64 + b"</keywords>"), ("x", b"1")]
    >>> [name for name, _ in marked_parts(sealed)], marked_parts(sealed) == sealed, marked_parts(sealed[1:])
    (['docProps/core.xml', 'x'], False, [('x', b'1')])
    """
    room = rb"\g<0> " + MARK.encode() + _ZEROS
    blank = [(n, _SEALED.sub(room, c, count=1) if n == CORE else c) for n, c in parts]
    digest = _of_parts(blank)
    return [
        (n, c.replace(MARK.encode() + _ZEROS, MARK.encode() + digest) if n == CORE else c) for n, c in blank
    ]


def marked(content: bytes, kind: str) -> bytes:
    """A page (``html``) or a PDF (``pdf``) with the digest of its bytes in a comment: at its end, before the PDF's last pointer.

    >>> page = marked(b"<html></html>", "html")
    >>> page[:45], as_made(page, "html"), as_made(page.replace(b"></", b">1</"), "html")
    (b'<html></html><!-- surveykit-content-b633a587c', True, False)
    """
    start, end = _COMMENTS[kind]
    at = content.rfind(b"startxref") if kind == "pdf" else len(content)
    mark = start + MARK.encode() + sha256(content).hexdigest().encode() + end
    return content[:at] + mark + content[at:]


def as_made(content: bytes, kind: str) -> bool | None:
    """Whether a file (``html``, ``pdf``, ``docx``, ``pptx``, ``xlsx``) holds what it held; None where it does not say.

    Raises :class:`zipfile.BadZipFile` for an archive that is none.
    """
    if kind in _COMMENTS:
        start, end = _COMMENTS[kind]
        found = list(re.finditer(re.escape(start) + _FOUND.pattern + re.escape(end), content))
        if not found:
            return None
        last = found[-1]
        return sha256(content[: last.start()] + content[last.end() :]).hexdigest().encode() == last[1]
    with zipfile.ZipFile(io.BytesIO(content)) as archive:
        parts = [(entry.filename, archive.read(entry)) for entry in archive.infolist()]
    told = [m[1] for n, c in parts if n == CORE for m in _FOUND.finditer(c)]
    if not told:
        return None
    blank = [(n, _FOUND.sub(MARK.encode() + _ZEROS, c) if n == CORE else c) for n, c in parts]
    return told == [_of_parts(blank)]


def _of_parts(parts: Iterable[tuple[str, bytes]]) -> bytes:
    """One digest of all parts, in whatever order they stand; a name that stands twice counts twice."""
    each = sorted(sha256(n.encode("utf-8")).digest() + sha256(c).digest() for n, c in parts)
    return sha256(b"".join(each)).hexdigest().encode()
