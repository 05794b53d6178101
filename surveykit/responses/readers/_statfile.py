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


def read_with(
    reader: Callable[..., tuple[Any, Any]], path: Path, options: ReaderOptions, **more: Any
) -> tuple[Any, Any]:
    """Frame and metadata of a file, its own errors in our words."""
    from pyreadstat import PyreadstatError, ReadstatError

    if options.encoding is not None:
        more["encoding"] = options.encoding
    _try_in_a_child(reader.__name__, path, more)
    try:
        frame, meta = reader(str(path), **more)
    except (PyreadstatError, ReadstatError, ValueError, OverflowError, MemoryError) as error:
        raise _damaged(path, str(error)[:120]) from None
    return frame, meta


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
    )
