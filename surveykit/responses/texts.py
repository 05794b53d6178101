"""Cells as codes: every distinct cell of a column is judged once, and its rows are filled by their codes.

A file of half a million rows has few different cells in a column. Values, kinds of missing and counts come from small
tables over these cells; the rows are touched by array look-ups only. The cell as it stood is kept as codes too. All of
it is made of arrays that a pandas frame takes as they are: an expression for each column would cost more than the rows.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import lru_cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Texts", "absent_or", "as_codes", "floats", "numbers_of", "texts_of", "words_of"]

_FEW = 1_000
_HEAD = 20_000
_SHARE = 0.3
"""Of more different cells than this among the first ones (a weight with four decimals) codes save nothing."""
_SPAN = 4_096


@dataclass(frozen=True, slots=True)
class Texts:
    """The different cells of a column and the place among them of each row's cell (−1: missing)."""

    words: tuple[Any, ...]
    codes: NDArray[Any]

    @property
    def counts(self) -> dict[Any, int]:
        """How often each cell stands, None where missing, in the order of the words."""
        found = np.bincount(self.codes.astype(np.intp) + 1, minlength=len(self.words) + 1).tolist()
        counted: dict[Any, int] = {None: found[0]} if found[0] else {}
        return counted | {w: n for w, n in zip(self.words, found[1:], strict=True) if n}

    @property
    def places(self) -> NDArray[np.intp]:
        """The codes as indices, which look-ups take without another conversion."""
        return self.codes.astype(np.intp, copy=False)

    def simple(self, pattern: str) -> tuple[NDArray[np.bool_], NDArray[np.float64]]:
        """Which words a regular expression of numbers finds, and the number each of these is (else NaN)."""
        import pyarrow as pa
        import pyarrow.compute as pc

        words = pa.array(self.words, pa.large_string())
        found = pc.match_substring_regex(words, pattern)
        plainly = pc.if_else(found, words, pa.scalar(None, pa.large_string())).cast(pa.float64())
        return np.asarray(found), np.array(plainly.to_numpy(zero_copy_only=False))

    def others(self, simple: NDArray[np.bool_]) -> tuple[int, dict[Any, int]]:
        """How many rows hold a word that is simple, and all the other cells counted."""
        found = np.bincount(self.places + 1, minlength=len(self.words) + 1)
        rest = {self.words[i]: int(found[i + 1]) for i in np.flatnonzero(~simple) if found[i + 1]}
        n = int(found[1:][simple].sum())
        return n, ({None: int(found[0])} if found[0] else {}) | rest

    def numbers_and_kinds(
        self, values: NDArray[np.float64], judged: Mapping[Any, tuple[Any, str]]
    ) -> tuple[Any, Any]:
        """Values and kinds of missing where a word is its number in ``values``, or else what it was judged to be."""
        kinds: list[str] = np.where(np.isnan(values), "skipped", "").tolist()
        table = np.append(values, np.nan)
        for place, word in enumerate(self.words) if judged else ():
            if word in judged:
                value, kinds[place] = judged[word]
                table[place] = np.nan if value is None else value
        gone, at = np.isnan(table), self.places
        levels = tuple(sorted({*kinds, "skipped"}))
        codes = np.searchsorted(np.array(levels), np.array([*kinds, "skipped"])).astype(np.int8)
        return floats(np.where(gone, 1.0, table)[at], gone[at]), _categories(codes[at], levels)

    def numbers(self, values: Mapping[Any, Any], at: NDArray[np.intp]) -> Any:
        """An array of nullable floats: each row's value, missing where its cell has none."""
        table = [values.get(w) for w in (*self.words, None)]
        gone = np.array([v is None for v in table])
        filled = np.array([1.0 if v is None else v for v in table], dtype=np.float64)
        return floats(filled[at], gone[at])

    def words_for(self, values: Mapping[Any, Any], at: NDArray[np.intp], missing: str | None = None) -> Any:
        """An array of text: each row's word, few different ones; ``missing`` where the cell is."""
        import pandas as pd
        import pyarrow as pa

        table = [*(values.get(w) for w in self.words), missing]
        found = pa.array(table, pa.large_string()).take(pa.array(np.where(at < 0, len(table) - 1, at)))
        return pd.array(found, dtype="string")

    def kinds(self, kinds: Mapping[Any, str | None], at: NDArray[np.intp], missing: str) -> Any:
        """An array of categories: each row's kind of missing."""
        table = [*(kinds.get(w) for w in self.words), missing]
        levels = tuple(sorted({k for k in table if k is not None}))
        place = {k: i for i, k in enumerate(levels)}
        codes = np.array([-1 if k is None else place[k] for k in table], dtype=np.int8)
        return _categories(codes[at], levels)


def floats(values: NDArray[np.float64], gone: NDArray[np.bool_]) -> Any:
    """Numbers as a nullable array of pandas."""
    import pandas as pd

    return pd.arrays.FloatingArray(values, gone)


def absent_or(gone: NDArray[np.bool_]) -> Any:
    """The kinds of missing of a column in which nothing else than a skipped answer is missing."""
    return _categories(gone.astype(np.int8), ("", "skipped"))


def _categories(codes: NDArray[np.int8], levels: tuple[str, ...]) -> Any:
    import pandas as pd

    return pd.Categorical.from_codes(codes, dtype=_type_of(levels), validate=False)


@lru_cache(maxsize=64)
def _type_of(levels: tuple[str, ...]) -> Any:
    """The type of a column of kinds, made once: pandas checks the levels each time."""
    import pandas as pd

    return pd.CategoricalDtype(pd.Index(list(levels), dtype="str"))


def texts_of(native: Any, column: str) -> Texts | None:
    """The codes of a column of a pandas frame that :func:`as_codes` made; None for any other."""
    import pandas as pd

    cells = native[column].array
    if not isinstance(cells, pd.Categorical):
        return None
    return Texts(tuple(cells.categories.to_numpy(dtype=object).tolist()), cells.codes)


def words_of(native: Any, column: str) -> Any:
    """The text of a pandas column as an Arrow array; None for a column of another type."""
    import pandas as pd
    import pyarrow as pa

    cells = native[column].array
    if not isinstance(cells.dtype, pd.StringDtype):
        return None
    return pa.array(cells, pa.large_string(), from_pandas=True)


def numbers_of(native: Any, column: str) -> Texts | None:
    """The codes of a column of numbers or texts of a pandas frame, numbers as floats; None for any other."""
    import pandas as pd
    import pyarrow as pa

    if pd.api.types.is_numeric_dtype(native[column].dtype):
        values = native[column].to_numpy(dtype=np.float64, na_value=np.nan)
        found = _small_whole(values)
        if found is None:
            codes, words = pd.factorize(values)
            found = Texts(tuple(words.tolist()), codes)
        return found
    cells = words_of(native, column)
    if cells is None:
        return None
    coded = (cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells).dictionary_encode()
    return Texts(tuple(coded.dictionary.to_pylist()), coded.indices.fill_null(-1).to_numpy())


def _small_whole(values: NDArray[np.float64]) -> Texts | None:
    """Whole numbers that lie near each other, told apart by subtraction; None for any others.

    The words stand in the order of their first appearance, as those of a hash table do.
    """
    low, high = np.fmin.reduce(values, initial=np.inf), np.fmax.reduce(values, initial=-np.inf)
    if not (high - low < _SPAN and max(abs(low), abs(high)) < 2**31):
        return None
    gone = np.isnan(values)
    shifted = np.where(gone, -1.0, values - low)
    codes = shifted.astype(np.int16)
    if (codes != shifted).any():
        return None
    first = np.full(int(high - low) + 2, -1, dtype=np.int64)
    first[codes[::-1]] = np.arange(len(codes) - 1, -1, -1)
    seen = np.flatnonzero(first[:-1] >= 0)
    seen = seen[np.argsort(first[seen])]
    place = np.full(len(first), -1, dtype=np.int16)
    place[seen] = np.arange(len(seen))
    return Texts(tuple((seen + low).tolist()), place[codes])


def as_codes(table: Any) -> Any:
    """A pyarrow table whose columns of text are dictionaries, unless nearly every cell is another one."""
    import pyarrow as pa

    columns = list(table.columns)
    for i, field in enumerate(table.schema):
        column = columns[i]
        if (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)) and _repeats(column):
            columns[i] = column.combine_chunks().dictionary_encode() if column.num_chunks else column
    return pa.table(columns, names=table.schema.names)


def _repeats(column: Any) -> bool:
    for rows in (_FEW, _HEAD):
        head = column.slice(0, rows)
        distinct = len(head.unique())
        if distinct <= 0.1 * len(head):
            return True
    return distinct <= _FEW or distinct < _SHARE * len(head)
