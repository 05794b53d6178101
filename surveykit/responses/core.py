"""Answers bound to a questionnaire: a frozen handle over a narwhals frame, eager or lazy.

Rows live here and nowhere else. What leaves are :class:`~surveykit.moments.Moments`,
:class:`~surveykit.moments.Counts` and, where a method truly needs rows, :meth:`Responses.frame`.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any, overload

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.format import pick
from surveykit.responses import statistics
from surveykit.responses.cells import is_null, number_of
from surveykit.responses.coded import Mean
from surveykit.responses.design import Design, sampling_of
from surveykit.responses.order import free_memory, rows_in_order
from surveykit.responses.report import ImportReport

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.moments import Counts, Moments
    from surveykit.questionnaire import Questionnaire
    from surveykit.responses.coded import Coded, Tally
    from surveykit.results import Table
    from surveykit.sampling import Replicates, Sampling

__all__ = ["Design", "Responses", "needed_items"]

WEIGHT = "_weight"
LOCAL_CELLS = 20_000_000
"""Up to so many cells the rows of a lazy frame are fetched, which is faster than a query of sums."""
MOST_FETCHED = 400_000_000
"""Of more cells than these (3 GB) no rows are fetched from where they are."""
_PER_CELL = 96
"""Bytes that a fetched cell needs on its way from the engine through a regression: it is there up to twelve times."""
MAX_GROUPS = 1_000


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class Responses:
    """Answers by name: items, constructs (a person's mean score) and derived columns.

    Made by :func:`surveykit.read`. Values are reverse-keyed already; ``id__raw`` keeps what the source
    held, ``id__missing`` the kind of missing. Nothing changes: :meth:`derive` returns another handle.
    """

    native: Any
    import_report: ImportReport
    columns: tuple[str, ...]
    numeric: frozenset[str]
    questionnaire: Questionnaire | None = None
    design: Design = field(default_factory=Design)
    streamed: tuple[Any, Coded] | None = None
    """Where the rows are read in blocks: the frame of all these rows, and how they are read."""

    @property
    def coded(self) -> Coded | None:
        """Counts and sums from blocks; None where rows are in memory, or are only some of those that stream."""
        return self.streamed[1] if self.streamed is not None and self.streamed[0] is self.native else None

    @property
    def weight(self) -> str | None:
        """The column of weights, None where every row counts once."""
        return self.design.weight

    def sampling(self) -> Sampling | Replicates:
        """The survey design row by row, rows in the order of :meth:`frame`."""
        return sampling_of(self.native, self.design)

    @property
    def n_rows(self) -> int:
        """Rows used (see :meth:`flow` for those set aside)."""
        return self.import_report.rows_used

    @property
    def engine(self) -> str:
        """Where the rows are: ``pandas``, ``polars``, ``duckdb``, ``spark``."""
        from surveykit.responses.frames import engine_of

        return engine_of(self.native)

    def has(self, name: str) -> bool:
        """Whether ``name`` is a column, or a construct of which every item is one."""
        return name in self.columns or self._construct(name) is not None

    def label(self, name: str, language: str) -> str:
        """The words for a reader: an item's short name or text, a construct's title, else the name itself."""
        q = self.questionnaire
        if q is not None and name in q.constructs:
            return pick(q.constructs[name].title, language) or name
        if q is not None and name in q.items:
            return pick(q.called[name], language) or name
        item, _, code = name.rpartition("__")
        if q is not None and item in q.items and code in q.items[item].options:
            return pick(q.items[item].options[code], language) or name
        return name

    def group_label(self, by: str, group: str, language: str) -> str:
        """The words for a group: its option's or scale point's label, else the group itself."""
        item = None if self.questionnaire is None else self.questionnaire.items.get(by)
        if item is None:
            return group
        words = {str(k): v for k, v in (item.options or {}).items()}
        if not words and item.scale is not None:
            # values of a reverse-keyed item are turned round, its words are not
            turned = item.scale.reversed if item.reverse else float
            words = {f"{turned(k):g}": v for k, v in item.scale.labels.items()}
        return pick(words[group], language) if group in words else group

    def derive(self, expressions: Mapping[str, Any]) -> Responses:
        """Responses with further columns, each a narwhals expression over the value columns.

        The engine evaluates them (lazily where it is lazy). A name that is taken is an error.
        """
        import narwhals as nw

        for name in expressions:
            if name in self.columns or (
                self.questionnaire is not None and name in self.questionnaire.constructs
            ):
                raise SurveykitError(
                    f"the name {quote(name)} is taken", hint="choose another name", code="NAME_CONFLICT"
                )
        frame = self.native.with_columns(**dict(expressions))
        schema = frame.collect_schema()
        odd = {
            n: schema[n] for n in expressions if schema[n].is_numeric() or isinstance(schema[n], nw.Boolean)
        }
        if odd:
            frame = frame.with_columns(**{n: nw.col(n).cast(nw.Float64) for n in odd})
        wider = self._wider(frame)
        return replace(wider, columns=(*self.columns, *expressions), numeric=self.numeric | frozenset(odd))

    @overload
    def moments(self, columns: Sequence[str], by: None = None, order: int = 2) -> Moments: ...
    @overload
    def moments(self, columns: Sequence[str], by: str, order: int = 2) -> dict[str, Moments]: ...
    @overload
    def moments(
        self, columns: Sequence[str], by: str | None = None, order: int = 2, patterns: bool = False
    ) -> Any: ...

    def moments(
        self, columns: Sequence[str], by: str | None = None, order: int = 2, patterns: bool = False
    ) -> Any:
        """Moments of the rows in which all ``columns`` are observed; per group a dict in the groups' order.

        ``order=4`` adds what robust estimators need (``gamma``). ``patterns=True`` gives one set of
        moments per pattern of observed columns instead, all rows with any value used. Weights are
        normalised to mean 1 over the rows used; ``n_total`` is the number of rows looked at.
        """
        if order not in (2, 4):
            raise SurveykitError("order must be 2 or 4", got=str(order), code="OPTION")
        data = self._with([*columns, *([by] if by else [])])
        data._demand_numbers(columns)
        names = list(columns)
        small = self.n_rows * len(names) <= LOCAL_CELLS
        subjects = [self._subject(n) for n in names]
        if order == 2 and not patterns and self.coded is not None and self._summable(subjects, by):
            data.groups(by) if by else ()
            sums = self.coded.sums(subjects, by, self.weight)
            parts: dict[str, Any] = {
                g: statistics.moments_of_sums(s, names, g)
                for g, s in ((statistics.group_label(v) if by else "", s) for v, s in sums.items())
            }
        elif (
            order == 2 and patterns and not small and self.coded is not None and self._summable(subjects, by)
        ):
            from surveykit.responses.patterns import moments_by_pattern

            data.groups(by) if by else ()
            parts = moments_by_pattern(self.coded, subjects, names, by, self.weight)
        elif data.lazy and order == 2 and not patterns and not small:
            parts = statistics.moments_by_query(data.native, names, by, self.weight)
        else:
            data._demand_fetchable(len(names))
            split = data._split(by)
            parts = {g: _local(rows, names, self.weight, order, patterns, g) for g, rows in split.items()}
        if by is None:
            return parts[""]
        return {g: parts[g] for g in data.groups(by) if g in parts}

    @overload
    def counts(self, *columns: str, by: None = None) -> Counts: ...
    @overload
    def counts(self, *columns: str, by: str) -> dict[str, Counts]: ...

    def counts(self, *columns: str, by: str | None = None) -> Any:
        """The joint frequency table of ``columns``; per group a dict. Levels are the values that occur."""
        data = self._with([*columns, *([by] if by else [])])
        tally = self.tally(columns[0], by) if len(columns) == 1 else None
        if tally is not None:
            parts = statistics.counts_of_tally(columns[0], tally, by, data._sorted)
        else:
            parts = statistics.counts_of(data.native, columns, by, self.weight, data._sorted)
        if by is None:
            return parts[""]
        return {g: parts[g] for g in data.groups(by) if g in parts}

    def prepare(self, columns: Sequence[str], by: str | None = None) -> None:
        """Count the answers to several columns in one pass, where the rows are read in blocks; elsewhere nothing."""
        if self.coded is not None:
            known = [self._subject(c) for c in columns if self.has(c)]
            ready = [s for s in known if self.coded.countable(s, by, self.weight)]
            self.coded.prepare(ready, by, self.weight)

    def tally(self, column: str, by: str | None = None) -> Tally | None:
        """The frequencies of one column by code, where the rows are read in blocks and it can be coded."""
        subject = self._subject(column)
        if self.coded is None or not self.coded.countable(subject, by, self.weight):
            return None
        return self.coded.tally(subject, by, self.weight)

    def people(
        self, by: Sequence[str], answered: Sequence[str] = ()
    ) -> list[tuple[tuple[str | None, ...], int, tuple[int, ...]]]:
        """Who stands in which groups of several groupings: labels (None: none), people, and how many have each of ``answered``.

        One pass over the rows, wherever they are; one entry per combination of groups that occurs, in the order of labels.

        >>> import pandas as pd
        >>> from surveykit.responses import read
        >>> frame = pd.DataFrame({"shop": ["a", "a", "b"], "region": ["n", "n", "n"], "x": [1, None, 3]})
        >>> read(frame).people(["shop", "region"], ["x"])
        [(('a', 'n'), 2, (1,)), (('b', 'n'), 1, (1,))]
        """
        return statistics.people_of(self._with([*by, *answered]).native, by, answered)

    def frame(self, columns: Sequence[str], weights: bool = False, kinds: bool = False) -> pd.DataFrame:
        """Rows as a pandas frame: numbers as float (NaN missing), everything else as text.

        Index 0 … n−1 in the order of the file. ``weights=True`` adds ``_weight`` (mean 1), ``kinds=True``
        the kind of missing of each item as ``id__missing``.
        """
        import narwhals as nw
        import pandas as pd

        data = self._with(columns)
        names = list(dict.fromkeys(columns))
        data._demand_fetchable(len(names))
        if kinds:
            have = set(data.native.collect_schema().names())
            names += [f"{c}__missing" for c in names if f"{c}__missing" in have]
        extra = [nw.col(self.weight).alias(WEIGHT)] if weights and self.weight else []
        table = rows_in_order(data.native, *names, *extra).to_arrow()
        values: dict[str, Any] = {}
        for name in [*names, *([WEIGHT] if extra else [])]:  # pandas adds an index where rows were left out
            column = table.column(name)
            number = name in data.numeric or name == WEIGHT
            values[name] = column.to_numpy() if number else pd.Series(column.to_pylist(), dtype="str")
        out = pd.DataFrame(values, index=pd.RangeIndex(len(table)))
        if weights:
            out[WEIGHT] = out[WEIGHT] / out[WEIGHT].mean() if self.weight else 1.0
        return out

    def groups(self, by: str) -> tuple[str, ...]:
        """The groups that occur, in the questionnaire's order of options, else sorted."""
        data = self._with([by])
        values = data._sorted(by, {v for v in data._values(by) if v is not None})
        if len(values) > MAX_GROUPS:
            raise SurveykitError(
                f"{len(values):,} groups in {quote(by)}",
                expected=f"at most {MAX_GROUPS:,}",
                hint="is this a number or an id rather than a group?",
                code="TOO_MANY_GROUPS",
            )
        return tuple(statistics.group_label(v) for v in values)

    def set_aside(self, by: str) -> int:
        """How many rows belong to no group because their answer to ``by`` is missing."""
        known = None if self.coded is None else self.coded.levels(by)
        return int(self._with([by]).counts(by).missing) if known is None else known.get(None, 0)

    def flow(self) -> Table:
        """Rows read, set aside by reason, used."""
        return self.import_report.flow()

    def _with(self, names: Sequence[str]) -> Responses:
        """These responses with the construct scores among ``names`` as columns; unknown names are errors."""
        scores = {}
        for name in names:
            if name in self.columns or name in scores:
                continue
            construct = self._construct(name)
            if construct is None:
                raise self._unknown(name)
            scores[name] = _person_mean(construct.items, construct.min_valid)
        if not scores:
            return self
        frame = self.native.with_columns(**scores)
        columns, numeric = (*self.columns, *scores), self.numeric | frozenset(scores)
        return replace(self._wider(frame), columns=columns, numeric=numeric)

    def _wider(self, frame: Any) -> Responses:
        """The same rows with further columns."""
        return replace(self, native=frame, streamed=None if self.coded is None else (frame, self.coded))

    def _subject(self, name: str) -> str | Mean:
        """What blocks count for a name: the column, or the mean of a construct's items."""
        construct = None if name in self.columns else self._construct(name)
        if construct is None:
            return name
        return Mean(construct.items, needed_items(construct.items, construct.min_valid))

    def _summable(self, subjects: Sequence[str | Mean], by: str | None) -> bool:
        coded = self.coded
        if coded is None or not all(coded.has(s) for s in subjects):
            return False
        return (self.weight is None or coded.has(self.weight)) and (
            by is None or coded.levels(by) is not None
        )

    def _construct(self, name: str) -> Any | None:
        q = self.questionnaire
        construct = None if q is None else q.constructs.get(name)
        return (
            construct if construct is not None and all(i in self.columns for i in construct.items) else None
        )

    def _unknown(self, name: str) -> SurveykitError:
        q = self.questionnaire
        if q is not None and name in q.constructs:
            absent = [i for i in q.constructs[name].items if i not in self.columns]
            listed = ", ".join(quote(i) for i in absent)
            return SurveykitError(
                f"construct {quote(name)} lacks items in these answers", got=listed, code="ITEM_MISSING"
            )
        known = [*self.columns, *([] if q is None else q.constructs)]
        return SurveykitError(
            f"unknown column {quote(name)}", hint=did_you_mean(name, known), code="UNKNOWN_COLUMN"
        )

    def _demand_numbers(self, columns: Sequence[str]) -> None:
        text = [c for c in columns if c not in self.numeric]
        if text or len(set(columns)) < len(columns) or not columns:
            raise SurveykitError(
                "moments need different columns of numbers",
                got=", ".join(quote(c) for c in text or columns) or "no column",
                hint="a column of text can be a group (by=)" if text else "",
                code="NOT_NUMERIC",
            )

    def _demand_fetchable(self, columns: int) -> None:
        """Refuse what needs more rows in memory than fit there."""
        cells = self.n_rows * columns
        if not self.lazy or cells <= min(LOCAL_CELLS, MOST_FETCHED):
            return
        room = free_memory()
        if cells > MOST_FETCHED or cells * _PER_CELL > room:
            most = min(MOST_FETCHED, int(room / _PER_CELL))
            raise SurveykitError(
                "this needs the rows themselves in memory, and they are too many",
                expected=f"at most {most:,} cells here; sums and counts have no such limit",
                got=f"{self.n_rows:,} rows of {columns} columns (engine {self.engine})",
                hint="choose a method that needs moments or counts only (docs/any-size.md), or draw a sample of the rows",
                code="NEEDS_ROWS",
            )

    @property
    def lazy(self) -> bool:
        """Whether the rows stay where they are until they are asked for."""
        import narwhals as nw

        return isinstance(self.native, nw.LazyFrame)

    def _split(self, by: str | None) -> dict[str, Any]:
        import narwhals as nw

        if by is None:
            return {"": self.native}
        self.groups(by)
        values = [v for v in self._values(by) if v is not None]
        return {statistics.group_label(v): self.native.filter(nw.col(by) == v) for v in values}

    def _values(self, column: str) -> list[Any]:
        """The different values of a column, None among them where some are missing."""
        import narwhals as nw

        known = None if self.coded is None else self.coded.levels(column)
        if known is not None:
            return list(known)
        found = self.native.select(nw.col(column).alias("v")).unique()
        values = (found.collect() if isinstance(found, nw.LazyFrame) else found)["v"].to_list()
        return [None if is_null(v) else v for v in values]

    def _sorted(self, column: str, values: set[Any]) -> list[Any]:
        """Values in the order of the item's options, numbers by size, else by their text."""
        item = None if self.questionnaire is None else self.questionnaire.items.get(column)
        options = [str(c) for c in (item.options or {})] if item is not None else []
        place = {c: i for i, c in enumerate(options)}
        if all(isinstance(v, int | float) for v in values):
            return sorted(values)
        return sorted(values, key=lambda v: (place.get(str(v), len(place)), _natural(str(v))))

    def __repr__(self) -> str:
        q = self.questionnaire.id if self.questionnaire is not None else "no questionnaire"
        return f"Responses({self.n_rows} rows, {len(self.columns)} columns, {q}, {self.engine})"


def _natural(text: str) -> tuple[Any, ...]:
    """Numbers by size before words by their letters."""
    value = number_of(text)
    return (0, value, text) if value is not None else (1, 0.0, text)


def needed_items(items: Sequence[str], min_valid: float) -> int:
    """How many items must be valid for a mean."""
    return max(1, math.ceil(min_valid * len(items) - 1e-9))


def _person_mean(items: Sequence[str], min_valid: float) -> Any:
    """A person's mean over the valid items, missing where fewer than the share ``min_valid`` are valid."""
    import narwhals as nw

    need = needed_items(items, min_valid)
    valid = nw.sum_horizontal(*[(~nw.col(i).is_null()).cast(nw.Int64) for i in items])
    return nw.when(valid >= need).then(nw.mean_horizontal(*items))


def _local(
    frame: Any, names: Sequence[str], weight: str | None, order: int, patterns: bool, group: str
) -> Any:
    x, w = statistics.rows_of(frame, names, weight)
    if patterns:
        return statistics.moments_of_patterns(x, w, names, group, order)
    return statistics.moments_of_rows(x, w, names, order, group)
