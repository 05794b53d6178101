"""Rows as Arrow blocks of fixed size: what is larger than memory is read in passes, never as a whole.

A block's columns are turned into small codes: 0 stands for a missing cell, whole numbers count from the
smallest one, texts by their first appearance. Tables of codes are exact and do not depend on the number of
threads.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote

if TYPE_CHECKING:
    from pathlib import Path

    import pyarrow as pa

__all__ = [
    "BLOCK",
    "EXACT",
    "MOST_CODES",
    "Blocks",
    "Counted",
    "Key",
    "Odd",
    "blocks_of_parquet",
    "blocks_of_relation",
    "numbers",
]

BLOCK = 131_072
MOST_CODES = 4_096
_PACKED = 16_384
EXACT = 2**53
"""Beyond it float64 does not hold every whole number: values are not told apart by codes."""
Codes = NDArray[Any]
Ends = Mapping[str, tuple[float, float]]


@dataclass(slots=True)
class Key:
    """The codes of one column: 1 for the number ``low`` and so on, or the ``texts`` in their order; 0 is missing."""

    low: int = 0
    size: int = 0
    texts: dict[str, int] | None = None

    @property
    def values(self) -> list[Any]:
        """The raw value behind each code, None first."""
        if self.texts is not None:
            return [None, *self.texts]
        return [None, *(float(self.low + i) for i in range(self.size))]

    @property
    def cells(self) -> int:
        """How many codes there are."""
        return 1 + (self.size if self.texts is None else len(self.texts))


@dataclass(frozen=True, slots=True)
class Odd:
    """How many cells of a column of fractions are missing, negative, zero, infinite."""

    missing: int = 0
    negative: int = 0
    zero: int = 0
    infinite: int = 0

    @classmethod
    def of(cls, x: NDArray[np.float64]) -> Odd:
        """What is odd in some cells."""
        count = np.count_nonzero
        return cls(*map(int, (count(np.isnan(x)), count(x < 0), count(x == 0), count(np.isinf(x)))))

    def __add__(self, other: Odd) -> Odd:
        """Both together."""
        return Odd(
            self.missing + other.missing,
            self.negative + other.negative,
            self.zero + other.zero,
            self.infinite + other.infinite,
        )


@dataclass(slots=True, kw_only=True)
class Counted:
    """What one look at all rows of a large table finds: which columns are codes, and how often each stands.

    ``keys`` and ``tallies`` belong to coded columns, ``odd`` to other columns of numbers, ``rows`` is how many rows
    there are and ``silent`` how many have no cell in the columns ``answers`` (None: not known). Who
    inherits says in ``_judge`` how the rows are looked at.
    """

    answers: tuple[str, ...] = ()
    keys: dict[str, Key] = field(default_factory=dict)
    tallies: dict[str, NDArray[np.int64]] | None = None
    odd: dict[str, Odd] = field(default_factory=dict)
    rows: int = 0
    silent: int | None = None

    @property
    def n_rows(self) -> int:
        """How many rows there are."""
        if self.tallies is None:
            self._judge()
        return self.rows

    def oddities(self, header: str) -> Odd | None:
        """What is odd in a column of numbers that are no codes; None for other columns."""
        if self.tallies is None:
            self._judge()
        return self.odd.get(header)

    def distinct(self, header: str) -> dict[Any, int] | None:
        """Raw values of a column and how often each stands; None where they are too many to be codes.

        The first question is answered for all columns at once.
        """
        if self.tallies is None:
            self._judge()
        if self.tallies is None or header not in self.tallies:
            return None
        found = zip(self.keys[header].values, self.tallies[header].tolist(), strict=True)
        return {value: n for value, n in found if n}

    def without_zero(self, header: str) -> Counted:
        """The same rows without those whose weight is zero."""
        raise NotImplementedError

    def _judge(self) -> None:
        raise NotImplementedError


@dataclass(slots=True)
class Blocks(Counted):
    """A table that is streamed: ``stream(columns)`` gives its record batches in the order of the rows.

    ``ends`` are the smallest and largest values of number columns as far as the source tells them.
    ``zero_weights`` names a column of weights whose rows of weight zero are passed over.
    """

    stream: Callable[[Sequence[str]], Iterator[pa.RecordBatch]]
    schema: pa.Schema
    ends: Ends = field(default_factory=dict)
    source: str = ""
    zero_weights: str | None = None

    def batches(self, columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        """The blocks of some columns; the next one is read while this one is worked on."""
        import pyarrow as pa

        wanted = list(dict.fromkeys([*columns, *([self.zero_weights] if self.zero_weights else [])]))
        try:
            blocks = iter(self.stream(wanted))
            with ThreadPoolExecutor(1) as ahead:
                coming = ahead.submit(next, blocks, None)
                while (block := coming.result()) is not None:
                    coming = ahead.submit(next, blocks, None)
                    yield self._weighed(block)
        except (pa.ArrowException, OSError) as error:
            raise _damaged(self.source, str(error)[:120]) from None

    def without_zero(self, header: str) -> Blocks:
        """The same rows without those whose weight is zero."""
        return Blocks(self.stream, self.schema, self.ends, self.source, header, answers=self.answers)

    def codes(self, header: str, block: pa.RecordBatch) -> Codes:
        """The codes of one column of a block."""
        try:
            return _codes(self.keys[header], block.column(header))
        except _NoCodes:
            raise _damaged(self.source, f"column {quote(header)} changed while it was read") from None

    def _weighed(self, block: pa.RecordBatch) -> pa.RecordBatch:
        import pyarrow as pa

        if self.zero_weights is None:
            return block
        weights = numbers(block.column(self.zero_weights))
        return block if weights.all() else block.filter(pa.array(weights != 0))

    def _judge(self) -> None:
        """Find the columns that codes can stand for, and count all of them."""
        self.keys = self._possible_keys()
        counted = {name: np.zeros(0, dtype=np.int64) for name in self.keys}
        packs = self._packs()
        fractions = self._fractions()
        odd = dict.fromkeys(fractions, Odd())
        silent = 0
        for block in self.batches(list({**self.keys, **dict.fromkeys(fractions)})):
            self.rows += len(block)
            silent += _without_cells([block.column(n) for n in self.answers])
            odd = {n: seen + Odd.of(numbers(block.column(n))) for n, seen in odd.items()}
            for names in packs:
                found = {name: codes for name in names if (codes := self._checked(name, block)) is not None}
                if len(found) < len(names):
                    packs = self._packs()
                for name, table in self._counted(found).items():
                    counted[name] = _sum(counted[name], table)
        self.odd = {n: seen for n, seen in odd.items() if n not in self.keys}
        self.silent = silent if self.answers else None
        self.tallies = {name: _sum(counted[name], np.zeros(k.cells)) for name, k in self.keys.items()}

    def _fractions(self) -> list[str]:
        """Columns of fractions, which may hold what is no number."""
        import pyarrow.types as t

        return [f.name for f in self.schema if t.is_floating(f.type)]

    def _possible_keys(self) -> dict[str, Key]:
        import pyarrow.types as t

        kinds = {f.name: f.type.value_type if t.is_dictionary(f.type) else f.type for f in self.schema}
        whole = [n for n, kind in kinds.items() if t.is_integer(kind) or t.is_floating(kind)]
        unknown = [n for n in whole if n not in self.ends]
        ends = {**self.ends, **(self._ends_by_pass(unknown) if unknown else {})}
        keys = {n: Key(0, 2) for n, kind in kinds.items() if t.is_boolean(kind)}
        for name in whole:
            low, high = ends[name]
            small = high - low < MOST_CODES and max(abs(low), abs(high)) < EXACT
            if small and float(low).is_integer() and float(high).is_integer():
                keys[name] = Key(int(low), int(high) - int(low) + 1)
        texts = [n for n, kind in kinds.items() if t.is_string(kind) or t.is_large_string(kind)]
        return {**keys, **{n: Key(texts={}) for n in texts}}

    def _ends_by_pass(self, columns: Sequence[str]) -> dict[str, tuple[float, float]]:
        low, high = dict.fromkeys(columns, np.inf), dict.fromkeys(columns, -np.inf)
        for block in self.batches(columns):
            for name in columns:
                x = numbers(block.column(name))
                seen = x[~np.isnan(x)]
                low[name] = min(low[name], seen.min(initial=np.inf))
                high[name] = max(high[name], seen.max(initial=-np.inf))
        return {n: (float(low[n]), float(high[n])) for n in columns}

    def _packs(self) -> list[list[str]]:
        """Columns whose joint table is small are counted by one look at each row; texts alone."""
        packs: list[list[str]] = [[n] for n, k in self.keys.items() if k.texts is not None]
        cells = _PACKED
        for name, key in self.keys.items():
            if key.texts is None:
                joined = cells * key.cells <= _PACKED
                packs[-1].append(name) if joined else packs.append([name])
                cells = cells * key.cells if joined else key.cells
        return packs

    def _checked(self, name: str, block: pa.RecordBatch) -> Codes | None:
        """The codes, or None once a column turns out to hold fractions or too many texts."""
        if name not in self.keys:
            return None
        try:
            return _codes(self.keys[name], block.column(name))
        except _NoCodes:
            del self.keys[name]
            return None

    def _counted(self, found: Mapping[str, Codes]) -> dict[str, NDArray[np.int64]]:
        if not found:
            return {}
        first, *others = found
        if not others:
            return {first: np.bincount(found[first])}
        sizes = [self.keys[name].cells for name in found]
        at = found[first].astype(np.uint16)
        for name, size in zip(others, sizes[1:], strict=True):
            at *= np.uint16(size)
            at += found[name]
        joint = np.bincount(at, minlength=int(np.prod(sizes))).reshape(sizes)
        axes = range(len(sizes))
        return {n: joint.sum(axis=tuple(j for j in axes if j != i)) for i, n in enumerate(found)}


def blocks_of_parquet(path: Path) -> Blocks:
    """A Parquet file as blocks; smallest and largest values come from its statistics."""
    import pyarrow as pa
    import pyarrow.parquet as pq

    schema = pq.ParquetFile(path).schema_arrow
    texts = [f.name for f in schema if pa.types.is_string(f.type) or pa.types.is_large_string(f.type)]

    def stream(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        # without pre_buffer: pyarrow would keep every column chunk that was read, up to the size of the file
        wanted = [n for n in texts if n in columns]
        file = pq.ParquetFile(path, read_dictionary=wanted, pre_buffer=False)
        blocks: Iterator[pa.RecordBatch] = file.iter_batches(BLOCK, columns=list(columns))
        return blocks

    return Blocks(stream, schema, _stated_ends(pq.ParquetFile(path).metadata), str(path))


def blocks_of_relation(relation: Any) -> Blocks:
    """A DuckDB relation as blocks."""
    import duckdb

    def stream(columns: Sequence[str]) -> Iterator[pa.RecordBatch]:
        chosen = relation.select(*(duckdb.ColumnExpression(n) for n in columns))
        return iter(chosen.to_arrow_reader(BLOCK))

    return Blocks(stream, relation.limit(0).to_arrow_table().schema)


def _stated_ends(metadata: Any) -> dict[str, tuple[float, float]]:
    """Smallest and largest values of the number columns of a Parquet file that states them everywhere."""
    ends: dict[str, tuple[float, float]] = {}
    for j in range(metadata.num_columns):
        found = [metadata.row_group(i).column(j) for i in range(metadata.num_row_groups)]
        stated = [
            c.statistics for c in found if not (c.statistics and c.statistics.null_count == c.num_values)
        ]
        if stated and all(s is not None and s.has_min_max for s in stated):
            low, high = min(s.min for s in stated), max(s.max for s in stated)
            if isinstance(low, int | float) and isinstance(high, int | float):
                ends[found[0].path_in_schema] = (low, high)
    return ends


class _NoCodes(Exception):
    """A column holds what no code stands for."""


def numbers(column: pa.Array) -> NDArray[np.float64]:
    """A column of numbers as float64, NaN where missing: from its memory, for ``to_numpy`` would load pandas."""
    import pyarrow as pa

    if column.type != pa.float64():
        column = column.cast(pa.float64(), safe=False)
    if not len(column):
        return np.zeros(0)
    values: NDArray[np.float64] = _buffer(column)
    return np.where(present(column) == 1, values, np.nan) if column.null_count else values


def _codes(key: Key, column: pa.Array) -> Codes:
    import pyarrow as pa

    if key.texts is not None:
        return _text_codes(key.texts, column)
    if pa.types.is_floating(column.type):
        return _fraction_free(key, numbers(column))
    if pa.types.is_boolean(column.type):
        column = column.cast(pa.uint8())
    return _whole_codes(key, column)


def _whole_codes(key: Key, column: pa.Array) -> Codes:
    """Differences in the unsigned type of the same width: no sum of two numbers can overflow."""
    values = _buffer(column)
    if values.itemsize == 1 and key.size >= np.iinfo(np.uint8).max:
        values = values.astype(np.int16)
    unsigned = np.dtype(f"u{values.itemsize}")
    modulus = 1 << (8 * values.itemsize)
    codes = values.view(unsigned) - unsigned.type((key.low - 1) % modulus)
    if column.null_count:
        codes *= present(column)
    if codes.max(initial=0) > key.size:
        raise _NoCodes
    small: Codes = codes.astype(_small(key.size), copy=False)
    return small


def _fraction_free(key: Key, values: NDArray[np.float64]) -> Codes:
    shifted = np.nan_to_num(values - (key.low - 1), nan=0.0, posinf=-1.0, neginf=-1.0)
    codes = shifted.astype(np.int32)
    if (codes != shifted).any() or codes.min(initial=0) < 0 or codes.max(initial=0) > key.size:
        raise _NoCodes
    return codes.astype(_small(key.size))


def _text_codes(texts: dict[str, int], column: pa.Array) -> Codes:
    import pyarrow as pa

    if not pa.types.is_dictionary(column.type):
        column = column.dictionary_encode()
    if len(column.dictionary) > MOST_CODES:
        raise _NoCodes
    words = column.dictionary.to_pylist()
    for word in words:
        if word is not None:
            texts.setdefault(word, len(texts) + 1)
    if len(texts) > MOST_CODES:
        raise _NoCodes
    table = np.array([0, *(0 if w is None else texts[w] for w in words)], dtype=np.uint16)
    at = _buffer(column.indices) + 1
    if column.null_count:
        at *= present(column.indices)
    codes: Codes = table[at]
    return codes


def _buffer(column: pa.Array) -> Codes:
    """The numbers of a column as they lie in memory, whatever stands where a cell is missing."""
    values: Codes = np.frombuffer(column.buffers()[1], dtype=column.type.to_pandas_dtype())
    return values[column.offset : column.offset + len(column)]


def present(column: pa.Array) -> NDArray[np.uint8]:
    """1 where a cell is there, 0 where it is missing."""
    bits = np.frombuffer(column.buffers()[0], dtype=np.uint8)
    unpacked = np.unpackbits(bits, count=column.offset + len(column), bitorder="little")
    return unpacked[column.offset :]


def _without_cells(columns: Sequence[pa.Array]) -> int:
    """Rows in which all of the columns are missing; a column without gaps ends the search."""
    import pyarrow as pa

    left: NDArray[Any] | None = None
    for column in sorted(columns, key=lambda c: c.null_count):
        if not column.null_count and not pa.types.is_floating(column.type):
            return 0
        gone = np.isnan(numbers(column)) if pa.types.is_floating(column.type) else present(column) == 0
        left = gone if left is None else left & gone
        if not left.any():
            return 0
    return 0 if left is None else int(np.count_nonzero(left))


def _small(size: int) -> type[np.uint8] | type[np.uint16]:
    return np.uint8 if size < np.iinfo(np.uint8).max else np.uint16


def _sum(a: NDArray[np.int64], b: NDArray[Any]) -> NDArray[np.int64]:
    """The sum of two tables of which the shorter one lacks the last codes."""
    long = np.zeros(max(len(a), len(b)), dtype=np.int64)
    long[: len(a)] += a
    long[: len(b)] += b.astype(np.int64)
    return long


def _damaged(source: str, got: str) -> SurveykitError:
    return SurveykitError(
        "the data cannot be read to their end: they are damaged or cut off", source, got=got, code="DAMAGED"
    )
