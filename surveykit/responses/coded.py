"""Counts and moments from blocks of codes: a few passes over the rows, whatever their number.

Every distinct raw value of an item was judged when the answers were bound; here the judgement is a table
from codes to values. A person's mean over whole-numbered items is a pair of whole numbers (sum, items
answered), so that it is counted exactly. Sums of products run in blocks of fixed size with the first block's
means taken off, in an order that does not depend on the number of threads.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from surveykit.responses.blocks import Blocks, Counted, numbers

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["Coded", "Coding", "Counter", "Mean", "Streamed", "Stretch", "Sums", "Tally"]

Array = NDArray[np.float64]
_EXACT = 2**24
"""Whole numbers up to here are exact in float32."""
_STRETCH = 32_768
"""Rows that are summed at once: few enough for the processor's cache."""


@dataclass(frozen=True, slots=True)
class Coding:
    """How a raw column is read: ``cells`` is value and kind of missing by raw value; ``plain`` numbers stay."""

    header: str
    cells: Mapping[Any, tuple[Any, str]] | None
    plain: bool = False


@dataclass(frozen=True, slots=True)
class Mean:
    """A person's mean over the valid ones of some items, missing where fewer than ``need`` are valid."""

    items: tuple[str, ...]
    need: int


@dataclass(frozen=True, slots=True, eq=False)
class Tally:
    """Rows, weights and squared weights by group and cell; what each cell and group stands for.

    ``values`` and ``kinds`` describe the cells (value None where missing), ``groups`` the rows of the table
    (None: no group); shapes (groups, cells).
    """

    groups: tuple[Any, ...]
    values: tuple[Any, ...]
    kinds: tuple[str, ...]
    n: NDArray[np.int64]
    w: Array
    w2: Array


@dataclass(frozen=True, slots=True, eq=False)
class Sums:
    """Sums over the complete rows of a group (or part of the rows) with ``shift`` taken off each column."""

    n: int
    n_total: int
    sumw: float
    sumw2: float
    first: Array
    second: Array
    shift: Array


class Stretch(NamedTuple):
    """Some rows as columns of numbers: their memory is used again for the next ones."""

    x: Array
    """Values, shape (p, rows)."""
    seen: NDArray[np.bool_]
    """Where there is one, shape (p, rows)."""
    weight: Array | None
    block: pa.RecordBatch
    """The rows as they were read."""


@dataclass(frozen=True, slots=True)
class _Table:
    """A coded item as arrays over its codes: the value (0 where there is none) and whether it is one."""

    header: str
    value: Array
    valid: NDArray[np.bool_]
    raw: tuple[Any, ...]
    cells: Mapping[Any, tuple[Any, str]]

    @property
    def steady(self) -> bool:
        """Whether each code is one point above the one before, all of them answers."""
        return bool(self.valid[1:].all() and (np.diff(self.value[1:]) == 1).all())

    @property
    def whole(self) -> bool:
        """Whether all values are whole numbers, few enough to be counted by sums."""
        v = self.value
        return bool((v == np.rint(v)).all() and v.max(initial=0) - v.min(initial=0) < 1_000)


@dataclass(slots=True)
class Coded:
    """The items of a table that was looked at once: the contract that blocks and queries both keep.

    Tables once counted are kept. Who inherits says how rows are counted (``prepare``) and summed.
    """

    blocks: Counted
    codings: Mapping[str, Coding]
    tallies: dict[tuple[str | Mean, str | None, str | None], Tally] = field(default_factory=dict)
    tables: dict[str, _Table] = field(default_factory=dict)

    def has(self, name: str | Mean) -> bool:
        """Whether moments of ``name`` can be had from blocks."""
        if isinstance(name, Mean):
            return all(self._countable(i) and self._table(i).whole for i in name.items)
        coding = self.codings.get(name)
        return coding is not None and (coding.plain or self._countable(name))

    def countable(self, subject: str | Mean, by: str | None, weight: str | None) -> bool:
        """Whether the frequencies of ``subject`` per group of ``by`` can be had from blocks."""
        ready = self.has(subject) if isinstance(subject, Mean) else self._countable(subject)
        return ready and (by is None or self._countable(by)) and (weight is None or self.has(weight))

    def tally(self, subject: str | Mean, by: str | None, weight: str | None) -> Tally:
        """The frequencies of one subject per group."""
        self.prepare([subject], by, weight)
        return self.tallies[subject, by, weight]

    def prepare(self, subjects: Iterable[str | Mean], by: str | None, weight: str | None) -> None:
        """Count all ``subjects`` per group of ``by`` at once, unless it is done already."""
        raise NotImplementedError

    def sums(self, names: Sequence[str | Mean], by: str | None, weight: str | None) -> dict[Any, Sums]:
        """Sums over the complete rows per group (None where ``by`` is)."""
        raise NotImplementedError

    def part_sums(
        self, names: Sequence[str | Mean], weight: str | None, parts: int, seed: int
    ) -> dict[Any, Sums]:
        """Sums over each of ``parts`` random parts of the rows, all with the same shift."""
        raise NotImplementedError

    def levels(self, name: str) -> dict[Any, int] | None:
        """The values of an item and their rows, None among them where some are missing; None if not coded."""
        if not self._countable(name):
            return None
        table = self._table_of_texts(name)
        found: dict[Any, int] = {}
        for raw, n in (self.blocks.distinct(table.header) or {}).items():
            value = table.cells[raw][0]
            found[value] = found.get(value, 0) + n
        return found

    def _whole(self, names: Sequence[str | Mean]) -> bool:
        return all(isinstance(n, str) and self._countable(n) and self._table(n).whole for n in names)

    def _countable(self, name: str) -> bool:
        coding = self.codings.get(name)
        return coding is not None and coding.cells is not None and coding.header in self.blocks.keys

    def _table(self, name: str) -> _Table:
        """The values of an item of numbers by code."""
        if name not in self.tables:
            self.tables[name] = self._valued(self._table_of_texts(name))
        return self.tables[name]

    def _valued(self, table: _Table) -> _Table:
        found = [table.cells[r][0] for r in table.raw]
        valid = np.array([isinstance(v, float) for v in found])
        value = np.array([v if isinstance(v, float) else 0.0 for v in found])
        tallies = self.blocks.tallies or {}
        seen = np.flatnonzero(tallies[table.header][1:]) + 1
        if valid[seen].all() and len(seen) > 1:
            slope = (value[seen[-1]] - value[seen[0]]) / (seen[-1] - seen[0])
            line = value[seen[0]] + slope * (np.arange(len(value)) - seen[0])
            if (line[seen] == value[seen]).all():  # codes that never occur may stand on the line too
                value, valid = line, np.arange(len(value)) > 0
        return _Table(table.header, value, valid, table.raw, table.cells)

    def _table_of_texts(self, name: str) -> _Table:
        coding = self.codings[name]
        raw = tuple(self.blocks.keys[coding.header].values)
        cells = {r: (coding.cells or {}).get(r, (None, "skipped")) for r in raw}
        return _Table(coding.header, np.zeros(0), np.zeros(0, dtype=bool), raw, cells)


@dataclass(slots=True)
class Streamed(Coded):
    """Items counted and summed while the blocks go by."""

    blocks: Blocks

    def prepare(self, subjects: Iterable[str | Mean], by: str | None, weight: str | None) -> None:
        """Count all ``subjects`` per group of ``by`` in one pass, unless it is done already."""
        wanted = [s for s in dict.fromkeys(subjects) if (s, by, weight) not in self.tallies]
        if not wanted:
            return
        group = None if by is None else self._table_of_texts(by)
        counters = [Counter(self, s) for s in wanted]
        headers = [h for c in counters for h in c.headers]
        headers += [] if group is None else [group.header]
        headers += [] if weight is None else [self.codings[weight].header]
        rows = 1 if group is None else len(group.raw)
        for block in self.blocks.batches(headers):
            w = [] if weight is None else [self._values(weight, block)[0]]
            w += [x * x for x in w]
            at = None if group is None else self.blocks.codes(group.header, block).astype(np.int64)
            for counter in counters:
                counter.add(self.blocks, block, at, rows, w)
        groups = (None,) if group is None else tuple(group.cells[r][0] for r in group.raw)
        for subject, counter in zip(wanted, counters, strict=True):
            self.tallies[subject, by, weight] = counter.tally(rows, groups)

    def sums(self, names: Sequence[str | Mean], by: str | None, weight: str | None) -> dict[Any, Sums]:
        """Sums over the complete rows per group (None where ``by`` is): one pass."""
        group = None if by is None else self._table_of_texts(by)
        adder = _Adder(len(names), self._whole(names))
        for x, seen, w, block in self.stretches(names, by, weight):
            complete: NDArray[np.bool_] = np.logical_and.reduce(seen)
            if group is None:
                adder.add(None, x, complete, w)
                continue
            at = self.blocks.codes(group.header, block)
            for code in np.unique(at):
                label = group.cells[group.raw[code]][0]
                if label is not None:
                    here = np.flatnonzero(at == code)
                    adder.add(label, x[:, here], complete[here], None if w is None else w[here])
        return adder.sums()

    def part_sums(
        self, names: Sequence[str | Mean], weight: str | None, parts: int, seed: int
    ) -> dict[Any, Sums]:
        """Sums over each of ``parts`` random parts of the rows, dealt by a Philox stream per block."""
        adder = _Adder(len(names), self._whole(names), one_shift=True)
        for i, (x, seen, w, _) in enumerate(self.stretches(names, None, weight)):
            complete: NDArray[np.bool_] = np.logical_and.reduce(seen)
            stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, i]))
            dealt = stream.integers(0, parts, len(complete), dtype=np.int16)
            order = np.argsort(dealt, kind="stable")
            ends = np.searchsorted(dealt[order], np.arange(parts + 1))
            x, complete = x[:, order], complete[order]
            w = None if w is None else w[order]
            for part in range(parts):
                here = slice(ends[part], ends[part + 1])
                adder.add(part, x[:, here], complete[here], None if w is None else w[here])
        return adder.sums()

    def stretches(self, names: Sequence[str | Mean], by: str | None, weight: str | None) -> Iterator[Stretch]:
        """The rows some at a time, as columns of numbers; ``by`` is read with them."""
        extra = [n for n in (by, weight) if n is not None]
        items = [i for n in names for i in (n.items if isinstance(n, Mean) else (n,))]
        headers = [self.codings[n].header for n in [*items, *extra]]
        # Used again and again: fresh memory costs more than the sums.
        space, answered = np.empty((len(names), _STRETCH)), np.empty((len(names), _STRETCH), dtype=bool)
        for whole in self.blocks.batches(headers):
            for start in range(0, len(whole), _STRETCH):
                block = whole.slice(start, _STRETCH)
                x, seen = space[:, : len(block)], answered[:, : len(block)]
                for i, name in enumerate(names):
                    seen[i] = self._fill(x[i], name, block)
                yield Stretch(x, seen, None if weight is None else self._values(weight, block)[0], block)

    def _fill(self, row: Array, name: str | Mean, block: pa.RecordBatch) -> NDArray[np.bool_]:
        """Write a column's values into ``row``; where it has one."""
        if isinstance(name, str):
            return self._values(name, block, row)[1]
        parts = [self._values(i, block) for i in name.items]
        n_valid = np.sum([valid for _, valid in parts], axis=0, dtype=np.uint8)
        total = np.sum([np.where(valid, values, 0.0) for values, valid in parts], axis=0)
        np.divide(total, n_valid, out=row, where=n_valid > 0)
        row[n_valid == 0] = 0.0
        return np.greater_equal(n_valid, name.need)

    def _values(
        self, name: str, block: pa.RecordBatch, out: Array | None = None
    ) -> tuple[Array, NDArray[np.bool_]]:
        """Finite values of an item or plain column, into ``out`` where given, and where they are its answers."""
        out = np.empty(len(block)) if out is None else out
        coding = self.codings[name]
        if coding.cells is None or coding.header not in self.blocks.keys:
            values = numbers(block.column(coding.header))
            valid = ~np.isnan(values)
            np.copyto(out, 0.0)
            np.copyto(out, values, where=valid)
            return out, valid
        table, codes = self._table(name), self.blocks.codes(coding.header, block)
        if table.steady:
            return np.add(codes, table.value[1] - 1.0, out=out), codes != 0
        return np.take(table.value, codes, out=out), table.valid[codes]


class Counter:
    """The table of one subject while the blocks go by."""

    def __init__(self, coded: Coded, subject: str | Mean) -> None:
        self.subject = subject
        names = (subject,) if isinstance(subject, str) else subject.items
        self.headers = [coded.codings[n].header for n in names]
        self.tables = [] if isinstance(subject, str) else [coded._table(n) for n in names]
        self.base = min((float(t.value[t.valid].min(initial=np.inf)) for t in self.tables), default=0.0)
        tops = [max(float(t.value[t.valid].max(initial=self.base)) - self.base, 0.0) for t in self.tables]
        self.top = int(sum(tops))
        self.plain = len({(float(t.value[1]), t.steady) for t in self.tables}) == 1 and all(
            t.steady and t.value[1] == self.base for t in self.tables
        )
        key = coded.blocks.keys[self.headers[0]]
        self.cells = key.cells if isinstance(subject, str) else (len(names) + 1) * (self.top + 1)
        own = coded._table_of_texts(subject) if isinstance(subject, str) else None
        self.meanings = [] if own is None else [own.cells[r] for r in own.raw]
        self.sums: list[NDArray[Any]] = []

    def add(
        self,
        blocks: Blocks,
        block: pa.RecordBatch,
        group: NDArray[Any] | None,
        rows: int,
        weights: Sequence[Array],
    ) -> None:
        """Count one block: rows, then one sum per entry of ``weights``."""
        at = self._cells_of(blocks, block)
        if group is not None:
            at = at + group * self.cells
        size = rows * self.cells
        found = [np.bincount(at, minlength=size), *(np.bincount(at, w, size) for w in weights)]
        self.sums = [a + b for a, b in zip(self.sums, found, strict=True)] if self.sums else found

    def tally(self, rows: int, groups: tuple[Any, ...]) -> Tally:
        """What was counted."""
        found = [part.reshape(rows, self.cells) for part in self.sums]
        n, w, w2 = found if len(found) > 1 else (found[0], found[0].astype(float), found[0].astype(float))
        values, kinds = zip(*self._meaning(), strict=True)
        return Tally(groups, values, kinds, n, w, w2)

    def _cells_of(self, blocks: Blocks, block: pa.RecordBatch) -> NDArray[np.int64]:
        codes = [blocks.codes(h, block) for h in self.headers]
        if not self.tables:
            return codes[0].astype(np.int64)
        valid, total = np.zeros(len(block), np.uint8), np.zeros(len(block), np.uint16)
        for code, table in zip(codes, self.tables, strict=True):
            valid += code != 0 if self.plain else table.valid[code]
            total += (
                code
                if self.plain
                else np.where(table.valid, table.value - self.base, 0).astype(np.uint16)[code]
            )
        total -= valid if self.plain else np.uint16(0)  # codes begin at 1
        return valid.astype(np.int64) * (self.top + 1) + total

    def _meaning(self) -> list[tuple[Any, str]]:
        """Value and kind of missing of each cell."""
        if isinstance(self.subject, str):
            return self.meanings
        pairs = [(v, s) for v in range(len(self.headers) + 1) for s in range(self.top + 1)]
        need = self.subject.need
        return [((s + self.base * v) / v, "") if v >= need else (None, "incomplete") for v, s in pairs]


class _Adder:
    """Sums of products while the blocks go by, one set per label; with ``one_shift`` all take off the same."""

    def __init__(self, p: int, whole: bool, one_shift: bool = False) -> None:
        self.p, self.whole, self.one_shift = p, whole, one_shift
        self.shifts: dict[Any, Array] = {}
        self.parts: dict[Any, list[Any]] = {}

    def add(self, label: Any, x: Array, complete: NDArray[np.bool_], w: Array | None) -> None:
        """Add rows given as columns, shape (p, rows), which are overwritten."""
        part = self.parts.setdefault(label, [0, 0, 0.0, 0.0, np.zeros(self.p), np.zeros((self.p, self.p))])
        n = int(complete.sum())
        part[0], part[1] = part[0] + n, part[1] + len(complete)
        if not n:
            return
        place = None if self.one_shift else label
        if place not in self.shifts:
            self.shifts[place] = self._shift(x, complete)
        d = np.subtract(x, self.shifts[place][:, None], out=x)
        if w is None and self.whole and len(complete) * float(np.abs(d).max()) ** 2 < _EXACT:
            d = d.astype(np.float32)  # whole numbers whose sums are whole and small: exact, and half the work
        u = complete.astype(d.dtype) if w is None else w * complete
        weighted = d * u
        part[2] += float(u.sum(dtype=np.float64))
        part[3] += float((u * u).sum(dtype=np.float64))
        part[4] += weighted.sum(axis=1, dtype=np.float64)
        part[5] += weighted @ d.T

    def _shift(self, x: Array, complete: NDArray[np.bool_]) -> Array:
        rows = x if complete.all() else x[:, complete]
        start = rows[:, :1]
        mean = start[:, 0] + (rows - start).mean(axis=1)
        mean = mean + (rows - mean[:, None]).mean(axis=1)
        shift: Array = np.rint(mean) if self.whole else mean
        return shift

    def sums(self) -> dict[Any, Sums]:
        """What was added, by label."""
        none = np.zeros(self.p)
        shifts = {label: self.shifts.get(None if self.one_shift else label, none) for label in self.parts}
        return {
            label: Sums(n, total, w, w2, first, second, shifts[label])
            for label, (n, total, w, w2, first, second) in self.parts.items()
        }
