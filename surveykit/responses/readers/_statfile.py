"""What SPSS and Stata files have in common."""

from __future__ import annotations

import json
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
import json, sys, pyreadstat
getattr(pyreadstat, sys.argv[1])(sys.argv[2], output_format="dict", **json.loads(sys.argv[3]))
"""


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
    """Refuse a file on which the C library crashes: a damaged .sav can end the process that reads it."""
    call = [sys.executable, "-I", "-c", _TRIAL, reader, str(path), json.dumps(dict(arguments))]
    quiet = subprocess.DEVNULL
    code = subprocess.run(call, stdin=quiet, stdout=quiet, stderr=quiet, check=False).returncode  # noqa: S603
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
