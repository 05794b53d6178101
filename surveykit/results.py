"""What was computed: results, the checks that judge them, and how they are read.

A result is frozen: it never prints, never changes and forwards no unknown attribute. ``tidy()`` has
one row per estimate, ``glance()`` one row in all, ``to_dict()`` is versioned JSON, ``checks`` are the
named conditions that a report must respect.
"""

from __future__ import annotations

import html
import textwrap
from abc import ABC, abstractmethod
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar, Literal

from surveykit.format import number, pick, published

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["Check", "Estimates", "Level", "Result", "Table", "worst"]

SCHEMA = 1
_WIDTH = 110
Level = Literal["note", "caution", "refuse"]
_RANK: dict[str, int] = {"note": 0, "caution": 1, "refuse": 2}


@dataclass(frozen=True, slots=True)
class Check:
    """A named condition on a result.

    ``note`` informs, ``caution`` qualifies every sentence, ``refuse`` forbids sentences and p-values.
    ``texts`` says it in each language; ``about`` names what it concerns (parameters, constructs,
    items), ``values`` the numbers that were judged.
    """

    code: str
    level: Level
    texts: Mapping[str, str]
    about: tuple[str, ...] = ()
    values: Mapping[str, Any] = field(default_factory=dict)

    @property
    def message(self) -> str:
        """The condition in English."""
        return self.text("en")

    def text(self, language: str) -> str:
        """The condition in ``language``."""
        return pick(self.texts, language)

    def to_dict(self) -> dict[str, Any]:
        """The check as plain data."""
        return {
            "code": self.code,
            "level": self.level,
            "texts": dict(self.texts),
            "about": list(self.about),
            "values": published(dict(self.values)),
        }


def worst(checks: Sequence[Check]) -> Level | None:
    """The highest level among the checks, None where there are none."""
    return max((c.level for c in checks), key=lambda level: _RANK[level], default=None)


@dataclass(frozen=True, slots=True)
class Table:
    """A plain table: named columns and rows of values, at full precision."""

    columns: tuple[str, ...]
    rows: tuple[tuple[Any, ...], ...]

    @classmethod
    def of(cls, records: Sequence[Mapping[str, Any]], columns: Sequence[str] = ()) -> Table:
        """A table from records; columns in the order given, else of first appearance."""
        names = tuple(columns) or tuple(dict.fromkeys(k for r in records for k in r))
        return cls(names, tuple(tuple(r.get(c) for c in names) for r in records))

    def frame(self) -> pd.DataFrame:
        """The table as a pandas data frame."""
        import pandas as pd

        return pd.DataFrame([list(r) for r in self.rows], columns=list(self.columns))

    def records(self) -> list[dict[str, Any]]:
        """One dict per row."""
        return [dict(zip(self.columns, row, strict=True)) for row in self.rows]


class Result(ABC):
    """The contract of everything that was computed (subclasses are frozen, slotted dataclasses)."""

    __slots__ = ()
    kind: ClassVar[str] = "result"

    @property
    @abstractmethod
    def id(self) -> str:
        """Which metric, analysis or model this is: the first part of its keys in results.json."""

    @property
    @abstractmethod
    def checks(self) -> tuple[Check, ...]:
        """Named conditions that were judged and did not pass silently."""

    @abstractmethod
    def tidy(self) -> pd.DataFrame:
        """One row per estimate, at full precision."""

    @abstractmethod
    def glance(self) -> pd.DataFrame:
        """One row in all: n, fit, and what was chosen."""

    def notes(self) -> tuple[str, ...]:
        """The choices that were made (in English), printed with every summary."""
        return ()

    def tables(self) -> Mapping[str, Table]:
        """Further tables by name (a cross-table's cells, a fit's standardised solution)."""
        return {}

    def summary(self) -> str:
        """The result as text."""
        parts = [f"{self.kind} {self.id}", _frame_text(self.tidy()), _facts_text(self.glance())]
        parts += [f"note: {n}" for n in self.notes()]
        parts += [f"{c.level}: {c.message}" for c in self.checks]
        return "\n".join(p for p in parts if p)

    def to_dict(self) -> dict[str, Any]:
        """Versioned plain data: ten significant digits, NaN and infinity as null."""
        return {
            "schema": SCHEMA,
            "kind": self.kind,
            "id": self.id,
            "glance": _records(self.glance())[0] if len(self.glance()) else {},
            "tidy": _records(self.tidy()),
            "tables": {k: published(t.records()) for k, t in self.tables().items()},
            "notes": list(self.notes()),
            "checks": [c.to_dict() for c in self.checks],
        }

    def _repr_html_(self) -> str:
        head = f"<p><b>{html.escape(self.kind)}</b> {html.escape(self.id)}</p>"
        body = self.tidy().to_html(index=False, escape=True, float_format=lambda v: number(v, 3), na_rep="")
        tail = "".join(f"<p>{html.escape(c.level)}: {html.escape(c.message)}</p>" for c in self.checks)
        return head + body + tail

    def __str__(self) -> str:
        return self.summary()


@dataclass(frozen=True, slots=True)
class Estimates(Result):
    """The result of a metric or an analysis: a table of estimates, facts, further tables.

    ``estimates`` holds the tidy rows; for scores and analyses it begins with
    ``term group n estimate se low high``. ``facts`` is the one row of ``glance()``. ``choices`` are
    the decisions that a reader must know. ``options`` are the options as they were used.
    """

    kind: ClassVar[str] = "estimates"
    name: str
    title: Mapping[str, str]
    estimates: Table
    facts: Mapping[str, Any]
    choices: tuple[str, ...] = ()
    judged: tuple[Check, ...] = ()
    further: Mapping[str, Table] = field(default_factory=dict)
    options: Mapping[str, Any] = field(default_factory=dict)

    @property
    def id(self) -> str:
        return self.name

    @property
    def checks(self) -> tuple[Check, ...]:
        return self.judged

    def tidy(self) -> pd.DataFrame:
        return self.estimates.frame()

    def glance(self) -> pd.DataFrame:
        import pandas as pd

        return pd.DataFrame([dict(self.facts)])

    def notes(self) -> tuple[str, ...]:
        return self.choices

    def tables(self) -> Mapping[str, Table]:
        return self.further


def _records(frame: pd.DataFrame) -> list[dict[str, Any]]:
    rows = frame.astype(object).where(frame.notna(), None).to_dict("records")
    return [published(r) for r in rows]


def _frame_text(frame: pd.DataFrame) -> str:
    return frame.to_string(index=False, float_format=lambda v: number(v, 3), na_rep="") if len(frame) else ""


def _facts_text(frame: pd.DataFrame) -> str:
    if not len(frame):
        return ""
    facts = frame.to_dict("records")[0]
    shown = "  ".join(
        f"{name}\N{NO-BREAK SPACE}{_shown(value)}" for name, value in facts.items() if value != ""
    )
    return textwrap.fill(shown, _WIDTH, break_long_words=False, break_on_hyphens=False).replace(
        "\N{NO-BREAK SPACE}", " "
    )


def _shown(value: Any) -> str:
    if isinstance(value, float):
        return number(value, 0 if value.is_integer() else 3)
    return str(value)
