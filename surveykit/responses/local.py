"""Columns of rows in memory, read by array work: what the expressions of :mod:`.columns` say, in pandas' own arrays.

An expression costs the same for ten rows as for a hundred thousand, and a survey has many columns. Rows of pandas are
therefore read and bound without any; other engines get the expressions.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.responses.frames import engine_of, with_nulls
from surveykit.responses.texts import absent_or, floats

__all__ = [
    "bound",
    "first_skipped",
    "frequencies",
    "numbers",
    "pandas_of",
    "plain_text",
    "simple_cells",
    "simple_values",
]


def pandas_of(frame: Any) -> Any:
    """The pandas frame behind a narwhals one; None where the rows are elsewhere."""
    return frame.to_native() if engine_of(frame) == "pandas" else None


def numbers(native: Any, header: str) -> tuple[NDArray[np.float64], NDArray[np.bool_]] | None:
    """A column of numbers as float64 and where it is missing; None for a column of another type."""
    import pandas as pd

    column = native[header]
    if not pd.api.types.is_numeric_dtype(column.dtype):
        return None
    values = column.to_numpy(dtype=np.float64, na_value=np.nan, copy=True)
    return values, np.isnan(values)


def plain_text(cells: Any) -> tuple[Any, Any, dict[str, int], int]:
    """Free text without white space at its ends: values, kinds of missing, their tally, how many were cut."""
    import pandas as pd
    import pyarrow as pa
    import pyarrow.compute as pc

    text = pc.utf8_trim_whitespace(cells)
    gone = pc.fill_null(pc.equal(pc.binary_length(text), 0), True)
    cut = pc.sum(pc.and_not(pc.not_equal(text, cells), gone)).as_py() or 0
    absent = np.asarray(gone)
    value = pd.array(pc.if_else(gone, pa.scalar(None, text.type), text), dtype="string")
    skipped = int(absent.sum())
    return value, absent_or(absent), {"": len(absent) - skipped, "skipped": skipped}, int(cut)


def simple_cells(cells: Any, pattern: str) -> tuple[int, dict[Any, int]]:
    """How many cells a regular expression finds, and all the others counted."""
    import pyarrow.compute as pc

    flags = _flags(cells, pattern)
    rest = cells.filter(pc.invert(flags)).to_pylist()
    return len(cells) - len(rest), dict(Counter(rest))


def simple_values(cells: Any, pattern: str, judged: Mapping[Any, tuple[Any, str]]) -> tuple[Any, Any]:
    """Values and kinds of missing: cells that the expression finds as they are, the others as judged."""
    import pyarrow as pa
    import pyarrow.compute as pc

    plainly = pc.if_else(_flags(cells, pattern), cells, pa.scalar(None, cells.type))
    values = np.array(plainly.cast(pa.float64()).to_numpy(zero_copy_only=False))
    gone = np.isnan(values)
    for cell, (value, _kind) in judged.items():
        here = np.asarray(pc.fill_null(pc.equal(cells, cell), False))
        if value is not None:
            values[here], gone[here] = value, False
    kinds = {kind for _, kind in judged.values()} - {"", "skipped"}
    missing = absent_or(gone) if not kinds else _kinds(cells, gone, judged)
    return floats(np.where(gone, 1.0, values), gone), missing


def _kinds(cells: Any, gone: NDArray[np.bool_], judged: Mapping[Any, tuple[Any, str]]) -> Any:
    import pandas as pd
    import pyarrow.compute as pc

    found = np.where(gone, "skipped", "").astype(object)
    for cell, (_, kind) in judged.items():
        found[np.asarray(pc.fill_null(pc.equal(cells, cell), False))] = kind
    return pd.Categorical(found)


def _flags(cells: Any, pattern: str) -> Any:
    import pyarrow.compute as pc

    return pc.fill_null(pc.match_substring_regex(cells, pattern), False)


def first_skipped(columns: list[Any]) -> int:
    """How many rows are missing in all of the columns; one without gaps ends the search."""
    left: NDArray[np.bool_] | None = None
    for column in columns:
        gone = np.asarray(column.isna())
        left = gone if left is None else left & gone
        if not left.any():
            return 0
    return 0 if left is None else int(left.sum())


def frequencies(
    native: Any, columns: Sequence[str], by: str | None, weight: str | None
) -> list[tuple[Any, list[Any], tuple[int, float, float]]]:
    """The cells of a joint frequency table that occur: group (``""`` without ``by``), values (None where
    missing), then n, the sum of weights and of their squares. Rows of no group are left out."""
    import pandas as pd

    rows = len(native)
    key, cells, coded = np.zeros(rows, dtype=np.int64), 1, []
    for name in [*([by] if by else []), *columns]:
        codes, values = pd.factorize(native[name])  # -1 where missing
        coded.append((codes, [*values.tolist(), None]))
        key, cells = key * (len(values) + 1) + codes + 1, cells * (len(values) + 1)
        if cells > 4 * rows + 1000:  # mostly empty ones
            occurring, key = np.unique(key, return_inverse=True)
            cells = len(occurring)
    w = np.ones(rows) if weight is None else native[weight].to_numpy(dtype=np.float64, na_value=0.0)
    n, sums, squares = (np.bincount(key, x, cells) for x in (None, w, w * w))
    example = np.zeros(cells, dtype=np.intp)  # a row of each cell
    example[key] = np.arange(rows)
    found = []
    for cell in np.flatnonzero(n):
        group, *values = ([] if by else [""]) + [seen[codes[example[cell]]] for codes, seen in coded]
        if group is not None:
            found.append((group, values, (int(n[cell]), float(sums[cell]), float(squares[cell]))))
    return found


def bound(native: Any, columns: Mapping[str, Any]) -> Any:
    """A narwhals frame of columns that are arrays, names of columns of ``native``, or expressions over it."""
    import narwhals as nw
    import pandas as pd

    asked = {n: c for n, c in columns.items() if isinstance(c, nw.Expr)}
    rest: Any = {}
    if asked:
        frame = nw.from_native(native, eager_only=True)
        rest = with_nulls(frame.select(**asked)).to_native()
    made = {
        name: rest[name] if name in asked else _nullable(native[c]) if isinstance(c, str) else c
        for name, c in columns.items()
    }
    return nw.from_native(pd.DataFrame(made, index=native.index, copy=False), eager_only=True)


def _nullable(column: Any) -> Any:
    """A column of fractions or text as a nullable one, as :func:`.frames.with_nulls` makes it."""
    import pandas as pd

    kind = column.dtype
    if isinstance(kind, pd.StringDtype) or str(kind) in {"string[pyarrow]", "large_string[pyarrow]"}:
        return column if kind == "string" else column.astype("string")
    if pd.api.types.is_float_dtype(kind):
        return column if kind == "Float64" else column.astype("Float64")
    return column
