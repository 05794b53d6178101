"""Text cells as codes: every distinct cell of a file is judged once, and its rows are filled by their codes.

A file of half a million rows has few different cells in a column. Values, kinds of missing and counts come from small
tables over these cells; the rows are touched by array look-ups only. The cell as it stood is kept as codes too.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["Texts", "as_codes", "numbers_of", "texts_of"]

_FEW = 1_000
_HEAD = 20_000


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

    def matching(self, pattern: str) -> frozenset[str]:
        """The words that a regular expression finds."""
        import pyarrow as pa
        import pyarrow.compute as pc

        words = pa.array(self.words, pa.large_string())
        return frozenset(words.filter(pc.match_substring_regex(words, pattern)).to_pylist())

    def numbers(self, values: Mapping[Any, Any], name: str) -> Any:
        """A series of nullable floats: each row's value, missing where its cell has none."""
        import narwhals as nw
        import pandas as pd

        table = [values.get(w) for w in (*self.words, None)]
        gone = np.array([v is None for v in table])
        filled = np.array([1.0 if v is None else float(v) for v in table])
        column = pd.arrays.FloatingArray(filled[self.codes], gone[self.codes])
        return nw.from_native(pd.Series(column, name=name, copy=False), series_only=True)

    def words_for(self, values: Mapping[Any, Any], name: str, missing: str | None = None) -> Any:
        """A series of text: each row's word, few different ones; ``missing`` where the cell is."""
        import narwhals as nw
        import pandas as pd
        import pyarrow as pa

        table = [*(values.get(w) for w in self.words), missing]
        found = pa.array(table, pa.large_string()).take(
            pa.array(np.where(self.codes < 0, len(table) - 1, self.codes))
        )
        return nw.from_native(pd.Series(found, dtype="string", name=name, copy=False), series_only=True)

    def kinds(self, kinds: Mapping[Any, str | None], name: str, missing: str) -> Any:
        """A series of categories: each row's kind of missing."""
        import narwhals as nw
        import pandas as pd

        table = [*(kinds.get(w) for w in self.words), missing]
        levels = sorted({k for k in table if k is not None})
        place = {k: i for i, k in enumerate(levels)}
        codes = np.array([-1 if k is None else place[k] for k in table], dtype=np.int8)
        made = pd.Categorical.from_codes(codes[self.codes], pd.Index(levels, dtype="str"), validate=False)
        return nw.from_native(pd.Series(made, name=name, copy=False), series_only=True)


def texts_of(frame: Any, column: str) -> Texts | None:
    """The codes of a column of a pandas frame that :func:`as_codes` made; None for any other."""
    import pandas as pd

    native = frame.to_native()
    if not isinstance(native, pd.DataFrame) or not isinstance(native[column].dtype, pd.CategoricalDtype):
        return None
    values = native[column].array
    return Texts(tuple(values.categories), values.codes)


def numbers_of(frame: Any, column: str) -> Texts | None:
    """The codes of a column of numbers of a pandas frame, its values as floats; None for any other."""
    import pandas as pd

    native = frame.to_native()
    if not isinstance(native, pd.DataFrame) or not pd.api.types.is_numeric_dtype(native[column].dtype):
        return None
    codes, words = pd.factorize(native[column].to_numpy(dtype=np.float64, na_value=np.nan))
    return Texts(tuple(words.tolist()), codes)


def as_codes(table: Any) -> Any:
    """A pyarrow table whose columns of text are dictionaries, unless nearly every cell is another one."""
    import pyarrow as pa

    for i, field in enumerate(table.schema):
        column = table.column(i)
        if (pa.types.is_string(field.type) or pa.types.is_large_string(field.type)) and _repeats(column):
            coded = column.combine_chunks().dictionary_encode() if column.num_chunks else column
            table = table.set_column(i, field.name, coded)
    return table


def _repeats(column: Any) -> bool:
    head = column.slice(0, _HEAD)
    distinct = len(head.unique())
    return distinct <= _FEW or distinct < 0.8 * len(head)
