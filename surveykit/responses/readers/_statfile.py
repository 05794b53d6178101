"""What SPSS and Stata files have in common."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from surveykit.errors import Problems, SurveykitError
from surveykit.responses.frames import plain_pandas
from surveykit.responses.raw import Raw, ReaderOptions, check_shape

__all__ = ["read_with", "typed_raw"]


def read_with(
    reader: Callable[..., tuple[Any, Any]], path: Path, options: ReaderOptions, **more: Any
) -> tuple[Any, Any]:
    """Frame and metadata of a file, its own errors in our words."""
    from pyreadstat import PyreadstatError, ReadstatError

    if options.encoding is not None:
        more["encoding"] = options.encoding
    try:
        frame, meta = reader(str(path), **more)
    except (PyreadstatError, ReadstatError, UnicodeDecodeError) as error:
        raise SurveykitError(
            "the file cannot be read: it is damaged, cut off, or in another encoding than it says",
            str(path),
            got=str(error)[:120],
            hint="export it again, or pass encoding='…'",
            code="DAMAGED",
        ) from None
    return frame, meta


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
