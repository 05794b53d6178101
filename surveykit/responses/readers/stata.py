"""Stata files: values with their labels; the extended missing values .a to .z stay apart."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from surveykit.responses.raw import Raw, ReaderOptions, readers
from surveykit.responses.readers._dta import plain_numbers
from surveykit.responses.readers._sets import undeclared_sets, with_sets
from surveykit.responses.readers._statfile import read_with, typed_raw

__all__ = ["read_stata"]


@readers.register(
    "stata",
    title={"en": "Stata", "zh": "Stata"},
    reference="Stata dta files, through pyreadstat (ReadStat)",
    evidence="brute force: files written by the tests, with labels and extended missing values",
    example="surveykit.read('answers.dta', 'ecsi')",
    suffixes=(".dta",),
    takes=("encoding",),
)
def read_stata(path: Path, options: ReaderOptions) -> Raw:
    """A Stata file as a typed table. A column with extended missing values becomes text (``.a``, ``3``)."""
    frame, meta, said = _opened(path, options)
    declared: dict[str, tuple[Any, ...]] = {}
    labels = {name: dict(words) for name, words in meta.variable_value_labels.items()}
    for name, letters in meta.missing_user_values.items():
        frame[name] = [_dotted(v, letters) for v in frame[name]]
        declared[name] = tuple(f".{letter}" for letter in letters)
        labels[name] = {f".{k}" if k in letters else k: v for k, v in labels.get(name, {}).items()}
    raw = typed_raw(frame, meta, options, str(path), declared, labels, said)
    return with_sets(raw, undeclared_sets(raw, {}))


def _opened(path: Path, options: ReaderOptions) -> tuple[Any, Any, tuple[str, ...]]:
    """All columns, what the file says about them, and a guess: plain numbers from the records, the others by pyreadstat."""
    import pandas as pd
    import pyreadstat

    names, numbers = (plain_numbers(path) if options.encoding is None else None) or ([], {})
    if numbers:
        rest = [n for n in names if n not in numbers] or names[:1]
        frame, meta, said = read_with(pyreadstat.read_dta, path, options, user_missing=True, usecols=rest)
        if all(len(column) == len(frame) for column in numbers.values()):
            every = {n: numbers[n] if n in numbers else frame[n] for n in names}
            return pd.DataFrame(every), meta, said
    return read_with(pyreadstat.read_dta, path, options, user_missing=True)


def _dotted(value: Any, letters: list[str]) -> str | None:
    if value in letters:
        return f".{value}"
    if value is None or value != value:
        return None
    return f"{value:g}" if isinstance(value, float) else str(value)
