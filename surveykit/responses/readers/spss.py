"""SPSS files: values with their labels, the text of each question, and the missing codes of the file."""

from __future__ import annotations

from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from surveykit.responses.raw import Raw, ReaderOptions, readers
from surveykit.responses.readers._sets import undeclared_sets, with_sets
from surveykit.responses.readers._statfile import read_with, typed_raw

__all__ = ["read_spss"]

_PERIODS = ("QYR", "MOYR", "WKYR")
_EPOCH = datetime(1582, 10, 14)
_FIRST_SECOND, _LAST_SECOND = 1e8, 2.5e11


@readers.register(
    "spss",
    title={"en": "SPSS", "zh": "SPSS"},
    reference="SPSS system and portable files, through pyreadstat (ReadStat)",
    evidence="brute force: files written by the tests, with labels, missing codes and missing ranges",
    example="surveykit.read('answers.sav', 'ecsi')",
    suffixes=(".sav", ".zsav", ".por"),
    takes=("encoding",),
)
def read_spss(path: Path, options: ReaderOptions) -> Raw:
    """An SPSS file as a typed table; declared missing codes and ranges go along."""
    import pyreadstat

    reader = pyreadstat.read_por if path.suffix.casefold() == ".por" else pyreadstat.read_sav
    extra = {} if path.suffix.casefold() == ".por" else {"user_missing": True}
    frame, meta, said = read_with(reader, path, options, **extra)
    frame = _with_periods(frame, meta)
    ranges = {name: _declared(parts) for name, parts in meta.missing_ranges.items()}
    raw = typed_raw(frame, meta, options, str(path), ranges, meta.variable_value_labels, said)
    declared = getattr(meta, "mr_sets", None) or {}
    return with_sets(raw, {**declared, **undeclared_sets(raw, declared)})


def _with_periods(frame: Any, meta: Any) -> Any:
    """Quarters, months and weeks, which the file holds as seconds since the Gregorian calendar began, by their day."""
    for name, format_ in meta.original_variable_types.items():
        if name not in frame or not str(format_).startswith(_PERIODS) or frame[name].dtype.kind != "f":
            continue
        seconds = frame[name].tolist()
        if any(
            v < _FIRST_SECOND or v > _LAST_SECOND for v in seconds
        ):  # codes of no answer are small numbers
            continue
        frame[name] = [None if v != v else (_EPOCH + timedelta(seconds=v)).date() for v in seconds]
    return frame


def _declared(parts: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(p["lo"] if p["lo"] == p["hi"] else (p["lo"], p["hi"]) for p in parts)
