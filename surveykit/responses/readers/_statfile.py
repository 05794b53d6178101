"""What SPSS and Stata files have in common."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import Problems, SurveykitError
from surveykit.responses.frames import plain_pandas
from surveykit.responses.raw import Raw, ReaderOptions, check_shape
from surveykit.responses.text import plausible

__all__ = ["read_with", "typed_raw"]

_TRIAL = """
import json, sys
import pyreadstat
try:
    import resource
    resource.setrlimit(resource.RLIMIT_AS, (int(sys.argv[4]),) * 2)
except ImportError:
    pass
try:
    getattr(pyreadstat, sys.argv[1])(sys.argv[2], output_format="dict", **json.loads(sys.argv[3]))
except Exception as error:
    sys.exit(3 if isinstance(error, MemoryError) or "memory" in str(error) else 0)
"""
_MEMORY, _MEMORY_PER_BYTE = 2_000_000_000, 100
_SECONDS, _BYTES_PER_SECOND = 60, 1_000_000
_WESTERN = {"windows-1252", "iso-8859-1", "iso-8859-15", "latin1", "us-ascii"}
_ANY_BYTE = "LATIN1"
_COLUMNS_SEEN, _CELLS_SEEN = 200, 200


def read_with(
    reader: Callable[..., tuple[Any, Any]], path: Path, options: ReaderOptions, **more: Any
) -> tuple[Any, Any, tuple[str, ...]]:
    """Frame and metadata of a file, and a guess of its encoding in words; its own errors
    in our words.

    A file that names no encoding, or a Western one that its bytes contradict (Stata up to 13 names none; SPSS writes the
    code page of the machine, not of the text), is read in the encoding in which its texts are plausible.
    """
    from pyreadstat import PyreadstatError, ReadstatError

    fixed = reader.__name__ == "read_por"  # portable files have one character set
    if options.encoding is not None:
        if fixed:
            raise SurveykitError("portable files have no other encoding", str(path), code="OPTION")
        more["encoding"] = options.encoding
    _try_in_a_child(reader.__name__, path, more)
    # SystemError: the C library hands over bytes that are not the encoding it was told
    faults = (PyreadstatError, ReadstatError, ValueError, OverflowError, MemoryError, SystemError)
    try:
        frame, meta = _opened(reader, path, more)
        other = "" if fixed or options.encoding else _other_encoding(frame, meta, _written_in(meta))
    except faults as error:
        if fixed or options.encoding is not None:
            raise _damaged(path, _words(error)) from None
        try:  # in Latin-1 every byte is a character: the texts show what they are
            other = _other_encoding(*_opened(reader, path, {**more, "encoding": _ANY_BYTE}), "latin-1")
        except faults:
            other = ""
        if not other:
            raise _damaged(path, _words(error)) from None
    if other:
        try:
            frame, meta = _opened(reader, path, {**more, "encoding": other})
        except faults as error:
            raise _damaged(path, _words(error)) from None
        meta.file_encoding = other.lower()
        said = f"encoding {other.lower()}: the file names none, or one that its texts contradict; they read plausibly so"
    return frame, meta, (said,) if other else ()


def _opened(
    reader: Callable[..., tuple[Any, Any]], path: Path, arguments: Mapping[str, Any]
) -> tuple[Any, Any]:
    """Frame and metadata; where only some columns are read (``usecols``), what the file says about all of them."""
    frame, meta = reader(str(path), **arguments)
    if "usecols" in arguments:
        asked = {k: v for k, v in arguments.items() if k != "usecols"}
        every = reader(str(path), metadataonly=True, **asked)[1]
        every.missing_user_values = meta.missing_user_values
        meta = every
    return frame, meta


def _words(error: BaseException) -> str:
    return "text in another encoding" if isinstance(error, SystemError) else str(error)[:120]


def _written_in(meta: Any) -> str:
    """The codec of texts that may have been read wrongly; "" where the file names an encoding of its own script."""
    named = (meta.file_encoding or "WINDOWS-1252").casefold()
    return named if named in _WESTERN else ""


def _other_encoding(frame: Any, meta: Any, codec: str) -> str:
    """The East Asian encoding of texts that were read as Western ones, "" for none."""
    if not codec:
        return ""
    texts = [t for t in meta.column_labels if t]
    texts += [str(w) for words in meta.value_labels.values() for w in words.values()]
    for name in frame.columns[:_COLUMNS_SEEN]:
        column = frame[name]
        if column.dtype == object or str(column.dtype).startswith("str"):
            texts += [t for t in column.head(_CELLS_SEEN).tolist() if isinstance(t, str)]
    found = plausible("\n".join(texts).encode(codec, "replace"))
    return {"gb18030": "GB18030", "big5": "BIG5-HKSCS", "cp932": "CP932", "cp949": "CP949"}.get(found, "")


def _try_in_a_child(reader: str, path: Path, arguments: Mapping[str, Any]) -> None:
    """Refuse a file on which the C library crashes, hangs or asks for memory without end.

    A few changed bytes in a .sav are enough for each; in our own process nothing could be said any more.
    """
    size = path.stat().st_size
    memory = _MEMORY + _MEMORY_PER_BYTE * size
    call = [sys.executable, "-I", "-c", _TRIAL, reader, str(path), json.dumps(dict(arguments)), str(memory)]
    quiet = subprocess.DEVNULL
    try:
        code = subprocess.run(  # noqa: S603
            call,
            stdin=quiet,
            stdout=quiet,
            stderr=quiet,
            check=False,
            env={**os.environ, "OPENBLAS_NUM_THREADS": "1"},  # its threads reserve memory of their own
            timeout=_SECONDS + size / _BYTES_PER_SECOND,
        ).returncode
    except subprocess.TimeoutExpired:
        raise _damaged(path, "the reader came to no end") from None
    if code == 3:
        raise _damaged(path, f"the reader asked for more than {memory / 1e9:,.1f} GB")
    if code < 0:
        raise _damaged(path, f"the reader was ended by signal {-code}")


def _damaged(path: Path, got: str) -> SurveykitError:
    return SurveykitError(
        "the file cannot be read: it is damaged, cut off, or in another encoding than it says",
        str(path),
        got=got,
        hint="export it again, or pass encoding='…'",
        code="DAMAGED",
    )


def typed_raw(
    frame: Any,
    meta: Any,
    options: ReaderOptions,
    source: str,
    declared: Mapping[str, Sequence[Any]],
    labels: Mapping[str, Mapping[Any, str]],
    guesses: tuple[str, ...] = (),
) -> Raw:
    """The raw table of a statistics program's file."""
    check_shape(len(frame), len(frame.columns), options.limits, source)
    plain = plain_pandas(frame, Problems())
    question = {name: text for name, text in meta.column_names_to_labels.items() if text}
    return Raw(
        plain,
        encoding=meta.file_encoding or "",
        question=question,
        value_labels=labels,
        user_missing=declared,
        guesses=guesses,
    )
