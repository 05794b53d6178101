"""SPSS files: values with their labels, the text of each question, and the missing codes of the file."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surveykit.responses.raw import Raw, ReaderOptions, readers
from surveykit.responses.readers._sets import undeclared_sets, with_sets
from surveykit.responses.readers._statfile import read_with, typed_raw

__all__ = ["read_spss"]


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
    ranges = {name: _declared(parts) for name, parts in meta.missing_ranges.items()}
    raw = typed_raw(frame, meta, options, str(path), ranges, meta.variable_value_labels, said)
    declared = getattr(meta, "mr_sets", None) or {}
    return with_sets(raw, {**declared, **undeclared_sets(raw, declared)})


def _declared(parts: list[dict[str, Any]]) -> tuple[Any, ...]:
    return tuple(p["lo"] if p["lo"] == p["hi"] else (p["lo"], p["hi"]) for p in parts)
