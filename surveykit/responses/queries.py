"""Rows on a cluster: counts, sums and moments by narwhals queries, each of them one job.

The engine sends back tables of codes and sums of products, never rows. Sums of ``w·d·d'`` have ``d = x − shift`` with the
mean as the shift, so that nothing is lost to cancellation; every number is Float64 before it is added, so that nothing
overflows. An engine adds its partitions in no fixed order: the last digits of float64 may differ from run to run.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.responses.blocks import EXACT, MOST_CODES, Counted, Key, Odd
from surveykit.responses.cells import is_null
from surveykit.responses.coded import Coded, Counter, Mean, Sums
from surveykit.responses.order import PART, dealt

__all__ = ["Queried", "Queries", "sums_by_query", "table_of"]


@dataclass(slots=True)
class Queries(Counted):
    """A lazy table that its engine counts; ``means`` are those of its columns of numbers."""

    frame: Any
    means: dict[str, float] = field(default_factory=dict)

    def without_zero(self, header: str) -> Queries:
        """The same rows without those whose weight is zero."""
        import narwhals as nw

        return Queries(self.frame.filter(nw.col(header) != 0), answers=self.answers)

    def _judge(self) -> None:
        """One job finds the ends of all numbers, one counts all that are codes, one each column of text."""
        import narwhals as nw

        schema = self.frame.collect_schema()
        numeric = [n for n, t in schema.items() if t.is_numeric() or isinstance(t, nw.Boolean)]
        texts = [n for n, t in schema.items() if isinstance(t, nw.String)]
        self._look_at_numbers(numeric)
        whole = [n for n in numeric if n in self.keys]
        tallies = _tallies(self.frame, {n: _number(n, schema[n]) for n in whole})
        for name in texts:
            found = _words(self.frame, name)
            if found is not None:
                words = sorted(w for w in found if w is not None)
                self.keys[name] = Key(texts={w: i + 1 for i, w in enumerate(words)})
                tallies[name] = found
        self.tallies = {}
        for name, found in tallies.items():
            at = places(self.keys[name])
            self.tallies[name] = np.zeros(self.keys[name].cells, dtype=np.int64)
            for value, n in found.items():
                self.tallies[name][at[value]] += n

    def _look_at_numbers(self, numeric: Sequence[str]) -> None:
        import narwhals as nw

        schema = self.frame.collect_schema()
        chosen = [_number(n, schema[n]).alias(f"c{i}") for i, n in enumerate(numeric)]
        empty = [_absent(n, schema[n]) for n in self.answers]
        silent = nw.all_horizontal(*empty, ignore_nulls=False) if empty else nw.lit(False)
        wanted = [nw.len().alias("n"), nw.col("silent").cast(nw.Int64).sum().alias("s")]
        for i in range(len(numeric)):
            wanted += _facts(nw.col(f"c{i}"), f"c{i}")
        rows, silent_rows, *found = table_of(
            self.frame.select(*chosen, silent.alias("silent")).select(*wanted)
        )[0]
        self.rows = int(rows)
        self.silent = int(silent_rows or 0) if self.answers else None
        for i, name in enumerate(numeric):
            facts = [0.0 if v is None else float(v) for v in found[8 * i : 8 * i + 8]]
            low, high, mean, there, broken, negative, zero, infinite = facts
            codes = there and not broken and high - low < MOST_CODES and max(abs(low), abs(high)) < EXACT
            if codes or not there:
                self.keys[name] = Key(int(low), int(high) - int(low) + 1 if there else 0)
            else:
                self.odd[name] = Odd(self.rows - int(there), int(negative), int(zero), int(infinite))
            self.means[name] = mean


@dataclass(slots=True)
class Queried(Coded):
    """Items counted and summed by the engine that holds the rows; ``frame`` has their values by name."""

    blocks: Queries
    frame: Any = None

    def prepare(self, subjects: Iterable[str | Mean], by: str | None, weight: str | None) -> None:
        """Count all ``subjects`` per group of ``by`` in one job, unless it is done already."""
        import narwhals as nw

        wanted = [s for s in dict.fromkeys(subjects) if (s, by, weight) not in self.tallies]
        if by is None and weight is None:
            wanted = [s for s in wanted if not self._known(s)]
        if not wanted:
            return
        group = None if by is None else self._table_of_texts(by)
        counters = [Counter(self, s) for s in wanted]
        w = nw.col(weight).cast(nw.Float64) if weight else nw.lit(1.0)
        base = [w.alias("w"), (w * w).alias("w2"), self._raw(by).alias("g") if by else nw.lit("").alias("g")]
        rows = 1 if group is None else len(group.raw)
        row_of = {"": 0} if by is None else places(self.blocks.keys[self.codings[by].header])
        for texts in (False, True):
            some = [(i, c) for i, c in enumerate(counters) if self._is_text(c.subject) is texts]
            codes = [self._cell(c).alias(f"x{i}") for i, c in some]
            if not codes:
                continue
            names = [f"x{i}" for i, _ in some]
            long = self.frame.select(*base, *codes).unpivot(on=names, index=["w", "w2", "g"])
            sums = [nw.len().alias("n"), nw.col("w").sum().alias("sw"), nw.col("w2").sum().alias("sw2")]
            found = table_of(long.group_by("g", "variable", "value").agg(*sums))
            for i, counter in some:
                cells = [row for row in found if row[1] == f"x{i}"]
                at = (
                    places(self.blocks.keys[counter.headers[0]]) if isinstance(counter.subject, str) else None
                )
                counter.sums = _summed(cells, rows, counter.cells, row_of, at, weight is not None)
        groups = (None,) if group is None else tuple(group.cells[r][0] for r in group.raw)
        for subject, counter in zip(wanted, counters, strict=True):
            self.tallies[subject, by, weight] = counter.tally(rows, groups)

    def sums(self, names: Sequence[str | Mean], by: str | None, weight: str | None) -> dict[Any, Sums]:
        """Sums over the complete rows per group (None where ``by`` is): one job."""
        import narwhals as nw

        values, shift = [self._value(n) for n in names], [self._shift(n) for n in names]
        found = sums_by_query(self.frame, values, nw.col(by) if by else None, weight, shift)
        return found if by else dict.fromkeys([None], found[""])

    def part_sums(
        self, names: Sequence[str | Mean], weight: str | None, parts: int, seed: int
    ) -> dict[Any, Sums]:
        """Sums over each of ``parts`` random parts of the rows (:func:`surveykit.responses.order.dealt`)."""
        import narwhals as nw

        values, shift = [self._value(n) for n in names], [self._shift(n) for n in names]
        found = sums_by_query(dealt(self.frame, parts, seed), values, nw.col(PART), weight, shift)
        none = Sums(0, 0, 0.0, 0.0, np.zeros(len(names)), np.zeros((len(names),) * 2), np.array(shift))
        return {i: found.get(i, none) for i in range(parts)}

    def _known(self, subject: str | Mean) -> bool:
        """Take the table of an item over all rows from the first look, which counted it already."""
        tallies = self.blocks.tallies or {}
        if not isinstance(subject, str):
            return False
        counter = Counter(self, subject)
        counter.sums = [tallies[counter.headers[0]]]
        self.tallies[subject, None, None] = counter.tally(1, (None,))
        return True

    def _is_text(self, subject: str | Mean) -> bool:
        return isinstance(subject, str) and self.blocks.keys[self.codings[subject].header].texts is not None

    def _raw(self, name: str) -> Any:
        """The raw value of an item: a number, or a text."""
        import narwhals as nw

        key = self.blocks.keys[self.codings[name].header]
        raw = nw.col(f"{name}__raw")
        return raw if key.texts is not None else _without_nan(raw.cast(nw.Float64))

    def _cell(self, counter: Counter) -> Any:
        """What tells the cells of a counter's table apart: the raw value, or how many are valid and their sum."""
        import narwhals as nw

        if isinstance(counter.subject, str):
            return self._raw(counter.subject)
        items = [nw.col(i) for i in counter.subject.items]
        valid = nw.sum_horizontal(*[(~c.is_null()).cast(nw.Float64) for c in items])
        total = nw.sum_horizontal(*[(c - counter.base).fill_null(0.0) for c in items])
        return valid * (counter.top + 1) + total

    def _value(self, name: str | Mean) -> Any:
        import narwhals as nw

        if isinstance(name, str):
            return nw.col(name)
        items = [nw.col(i) for i in name.items]
        valid = nw.sum_horizontal(*[(~c.is_null()).cast(nw.Float64) for c in items])
        return nw.when(valid >= name.need).then(nw.sum_horizontal(*[c.fill_null(0.0) for c in items]) / valid)

    def _shift(self, name: str | Mean) -> float:
        """Near the mean of a column: from its table of codes, else what the first look found."""
        if isinstance(name, Mean):
            return float(np.mean([self._shift(i) for i in name.items]))
        if not self._countable(name):
            return self.blocks.means[self.codings[name].header]
        table = self._table(name)
        n = (self.blocks.tallies or {})[table.header] * table.valid
        return float(n @ table.value / n.sum()) if n.sum() else 0.0


def sums_by_query(
    frame: Any, values: Sequence[Any], by: Any, weight: str | None, shift: Sequence[float]
) -> dict[Any, Sums]:
    """Sums of the complete rows per value of the expression ``by`` (None: everybody, key ""), by one query.

    ``values`` are expressions, ``shift`` is taken off each; rows without a group are left out.
    """
    import narwhals as nw

    p = len(values)
    d, e = [f"d{i}" for i in range(p)], [f"e{i}" for i in range(p)]
    w = nw.col("w")
    chosen = [(v.cast(nw.Float64) - float(s)).alias(a) for v, s, a in zip(values, shift, d, strict=True)]
    chosen.append(nw.col(weight).cast(nw.Float64).alias("w") if weight else nw.lit(1.0).alias("w"))
    chosen.append(nw.lit("").alias("g") if by is None else by.alias("g"))
    everyone = frame.select(*chosen).filter(~nw.col("g").is_null())
    gaps = nw.any_horizontal(*[_nan_or_null(a) for a in d], ignore_nulls=False)
    marked = everyone.with_columns(nw.when(gaps).then(nw.lit(0.0)).otherwise(nw.lit(1.0)).alias("u"))
    kept = nw.col("u") > 0
    ready = marked.select(
        "g",
        "u",
        nw.when(kept).then(w).otherwise(nw.lit(0.0)).alias("w"),
        *[nw.when(kept).then(nw.col(a)).otherwise(nw.lit(0.0)).alias(a) for a in d],
    ).with_columns(*[(w * nw.col(a)).alias(b) for a, b in zip(d, e, strict=True)])
    pairs = [(i, j) for j in range(p) for i in range(j + 1)]
    wanted = [nw.len().alias("m"), nw.col("u").sum().alias("n"), w.sum().alias("sw")]
    wanted += [(w * w).sum().alias("sw2"), *[nw.col(b).sum().alias(f"s{i}") for i, b in enumerate(e)]]
    wanted += [(nw.col(e[i]) * nw.col(d[j])).sum().alias(f"s{i}_{j}") for i, j in pairs]
    answer = {}
    for group, total, n, sumw, sumw2, *found in table_of(ready.group_by("g").agg(*wanted)):
        second = np.zeros((p, p))
        for (i, j), product in zip(pairs, found[p:], strict=True):
            second[i, j] = second[j, i] = product
        first, taken = np.array(found[:p], dtype=float), np.array(shift, dtype=float)
        answer[group] = Sums(int(n), int(total), float(sumw), float(sumw2), first, second, taken)
    return answer


def table_of(frame: Any) -> list[tuple[Any, ...]]:
    """The rows of a small query."""
    import narwhals as nw

    return list((frame.collect() if isinstance(frame, nw.LazyFrame) else frame).iter_rows())


def places(key: Key) -> dict[Any, int]:
    """The code of each raw value."""
    return {value: i for i, value in enumerate(key.values)}


def _tallies(frame: Any, columns: Mapping[str, Any]) -> dict[str, dict[Any, int]]:
    """How often each value of some columns of numbers stands, None where missing: one query."""
    import narwhals as nw

    if not columns:
        return {}
    chosen = {f"x{i}": name for i, name in enumerate(columns)}
    narrow = frame.select(*[columns[name].alias(alias) for alias, name in chosen.items()])
    counted = narrow.unpivot(on=list(chosen)).group_by("variable", "value").agg(nw.len().alias("n"))
    found: dict[str, dict[Any, int]] = {name: {} for name in columns}
    for alias, value, n in table_of(counted):
        found[chosen[alias]][None if is_null(value) else value] = int(n)
    return found


def _words(frame: Any, name: str) -> dict[Any, int] | None:
    """How often each text of a column stands; None where they are too many to be codes."""
    import narwhals as nw

    counted = frame.select(nw.col(name).alias("v")).group_by("v").agg(nw.len().alias("n"))
    found = table_of(counted.head(MOST_CODES + 1))
    return {v: int(n) for v, n in found} if len(found) <= MOST_CODES else None


def _facts(x: Any, name: str) -> list[Any]:
    """Eight sums over a column of numbers; the fourth and fifth: how many are there, how many are not whole."""
    import narwhals as nw

    finite = nw.when(x.abs() < float("inf")).then(x)
    broken = ~x.is_null() & ((finite % 1 != 0).fill_null(False) | (x.abs() == float("inf")))
    flags = {"there": ~x.is_null(), "broken": broken, "negative": x < 0, "zero": x == 0}
    flags["infinite"] = x.abs() == float("inf")
    counts = [f.fill_null(False).cast(nw.Int64).sum().alias(f"{name}_{k}") for k, f in flags.items()]
    ends = [finite.min().alias(f"{name}_low"), finite.max().alias(f"{name}_high")]
    return [*ends, finite.mean().alias(f"{name}_mean"), *counts]


def _summed(
    cells: Iterable[Sequence[Any]],
    rows: int,
    width: int,
    row_of: Mapping[Any, int],
    at: Mapping[Any, int] | None,
    weighted: bool,
) -> list[NDArray[Any]]:
    """Rows (and weights and squared weights) by group and cell, as blocks count them, from a query's lines."""
    n = np.zeros(rows * width, dtype=np.int64)
    w, w2 = np.zeros(rows * width), np.zeros(rows * width)
    for group, _, value, count, sumw, sumw2 in cells:
        known = None if is_null(value) else value
        cell = int(value) if at is None else at[known]
        place = row_of[None if is_null(group) else group] * width + cell
        n[place] += int(count)
        w[place] += float(sumw)
        w2[place] += float(sumw2)
    return [n, w, w2] if weighted else [n]


def _number(name: str, dtype: Any) -> Any:
    import narwhals as nw

    number = nw.col(name).cast(nw.Float64)
    return _without_nan(number) if dtype.is_float() else number


def _without_nan(x: Any) -> Any:
    import narwhals as nw

    return nw.when(~x.is_nan()).then(x)


def _absent(name: str, dtype: Any) -> Any:
    import narwhals as nw

    column = nw.col(name)
    return column.is_null() | column.is_nan().fill_null(True) if dtype.is_float() else column.is_null()


def _nan_or_null(name: str) -> Any:
    import narwhals as nw

    return nw.col(name).is_null() | nw.col(name).is_nan().fill_null(True)
