"""Bytes to text, and a YAML parser's complaint in plain words with its line."""

from __future__ import annotations

import bisect
import codecs
import re
import stat
from pathlib import Path

import yaml

from surveykit.errors import ExitCode, SurveykitError, Where, did_you_mean, quote

__all__ = ["Lines", "decode", "read_bytes", "syntax_error", "too_large"]

_UTF16_32 = (codecs.BOM_UTF32_LE, codecs.BOM_UTF32_BE, codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)

# the parser's words -> what a person can do about it
_HINTS = (
    ("'\\t'", "indent with spaces, not with tabs"),
    ("mapping values are not allowed", "a text that holds ': ' must stand in quotes; or the indent is wrong"),
    ("could not find expected ':'", "a colon is missing after the key, or a quote is not closed"),
    ("expected <block end>", "the indent differs from that of the lines above"),
    ("found unexpected end of stream", "a quote or bracket is not closed"),
    ("expected ',' or", "a bracket or brace is not closed, or a comma is missing"),
    ("while scanning a quoted scalar", "a quote is not closed, or a \\ escape is wrong"),
    ("cannot start any token", "a text that starts with @ ` % or | must stand in quotes"),
    ("special characters are not allowed", "remove the invisible control character"),
)


def read_bytes(path: Path, limit: int) -> bytes:
    """The bytes of a plain file of at most ``limit``, or a :class:`SurveykitError`."""
    file = str(path)
    try:
        found = path.stat()
        if not stat.S_ISREG(found.st_mode):
            raise SurveykitError("this is not a plain file", file, code="FILE_NOT_FOUND")
        if found.st_size > limit:
            raise too_large(file, found.st_size, limit)
        raw = path.read_bytes()
    except FileNotFoundError:
        raise SurveykitError("no such file", file, hint=_near(path), code="FILE_NOT_FOUND") from None
    except (OSError, ValueError) as error:
        reason = getattr(error, "strerror", None) or "the name cannot be opened"
        raise SurveykitError("the file cannot be read", quote(file), got=str(reason), code="FILE_UNREADABLE",
                             exit_code=ExitCode.BAD_INPUT) from None  # fmt: skip
    if len(raw) > limit:
        raise too_large(file, len(raw), limit)
    return raw


def decode(raw: bytes, file: str) -> str:
    """UTF-8 bytes (with or without a byte-order mark) as text."""
    if raw.startswith(_UTF16_32) or b"\0" in raw[:200]:
        raise _encoding_error(file, 1, "UTF-16 or a binary file")
    try:
        return raw.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise _encoding_error(file, line, _other_encoding(raw)) from None


def _other_encoding(raw: bytes) -> str:
    try:
        raw.decode("gb18030")
    except UnicodeDecodeError:
        return "bytes of another encoding"
    return "bytes of another encoding, perhaps GBK (GB18030)"


def _encoding_error(file: str, line: int, got: str) -> SurveykitError:
    return SurveykitError(
        "the file is not UTF-8 text",
        Where(file, line),
        "UTF-8",
        got,
        "save the file again with the encoding UTF-8",
        code="YAML_ENCODING",
    )


def too_large(file: str, size: int, limit: int) -> SurveykitError:
    """The error for a file beyond the limit."""
    return SurveykitError(
        "the file is too large for a definition",
        file,
        f"at most {limit:,} bytes",
        f"{size:,} bytes",
        code="YAML_SIZE",
    )


class Lines:
    """The lines of a text as editors count them (YAML also breaks at U+0085, U+2028 and U+2029).

    >>> Lines("a\\r\\nbc").place(4), Lines("a\\r\\nbc").text(2)
    ((2, 2), 'bc')
    """

    def __init__(self, text: str) -> None:
        self._source = text
        self._starts = [0, *(found.end() for found in re.finditer(r"\r\n|\n|\r", text))]

    def place(self, index: int) -> tuple[int, int]:
        """Line and position, both from 1, of the character at ``index``."""
        line = bisect.bisect_right(self._starts, index)
        return line, index - self._starts[line - 1] + 1

    def text(self, line: int) -> str:
        """The line of that number without its end; empty beyond the last."""
        if line > len(self._starts):
            return ""
        end = self._starts[line] if line < len(self._starts) else len(self._source)
        return self._source[self._starts[line - 1] : end].rstrip("\r\n")


def syntax_error(error: yaml.YAMLError, text: str, file: str) -> SurveykitError:
    """A parser's error with its line, the source line it stands on and a hint."""
    said = " ".join(str(error).split())
    hint = next((h for words, h in _HINTS if words in said), "check quotes, colons and indent of this line")
    mark = error.problem_mark if isinstance(error, yaml.MarkedYAMLError) else None
    lines = Lines(text)
    line, position = lines.place(getattr(error, "position", 0) if mark is None else mark.index)
    return SurveykitError(
        "the file is not readable YAML",
        Where(file, line, position),
        got=quote(lines.text(line).strip()) if lines.text(line).strip() else "the end of the file",
        hint=hint,
        code="YAML_SYNTAX",
    )


def _near(path: Path) -> str:
    """A file of a similar name in the same folder."""
    try:
        names = [p.name for p in path.parent.iterdir() if p.suffix in {".yaml", ".yml"}]
    except OSError:
        return "check the folder"
    return did_you_mean(path.name, names) if names else "check the name and the folder"
