"""The import report: what was read, what was guessed, what was changed, what was set aside, and why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict, dataclass, field
from typing import Any

from surveykit.results import Table

__all__ = ["Change", "ColumnReport", "ImportReport"]


@dataclass(frozen=True, slots=True)
class Change:
    """Something that was done to cells of a column: what, how often, an example ("" for free text)."""

    what: str
    count: int
    example: str


@dataclass(frozen=True, slots=True)
class ColumnReport:
    """The cells of one item over the rows used: ``cells = valid + missing of every kind``."""

    item: str
    header: str
    cells: int
    valid: int
    missing: Mapping[str, int] = field(default_factory=dict)
    changes: tuple[Change, ...] = ()

    @property
    def recoded(self) -> int:
        """How many cells were changed to be read."""
        return sum(c.count for c in self.changes)


@dataclass(frozen=True, slots=True)
class ImportReport:
    """Where the answers came from and what happened to each row and cell.

    The books balance: ``rows_read = rows_used +`` the rows set aside by reason, and for each item
    ``rows_used = valid + missing``. A report that does not balance cannot be made.
    """

    source: str
    rows_read: int
    rows_used: int
    sha256: str = ""
    platform: str = ""
    encoding: str = ""
    delimiter: str = ""
    set_aside: tuple[tuple[str, int], ...] = ()
    columns: tuple[ColumnReport, ...] = ()
    extra_columns: tuple[str, ...] = ()
    guesses: tuple[str, ...] = ()
    warnings: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if self.rows_read != self.rows_used + sum(n for _, n in self.set_aside):
            raise RuntimeError(
                f"rows do not balance: {self.rows_read} read, {self.rows_used} used, {self.set_aside}"
            )
        for column in self.columns:
            counted = column.valid + sum(column.missing.values())
            if column.cells != self.rows_used or column.cells != counted:
                raise RuntimeError(
                    f"cells of {column.item} do not balance: {column.cells}, {counted} counted"
                )

    def flow(self) -> Table:
        """Rows read, set aside by reason, used."""
        rows = [("read", self.rows_read), *self.set_aside, ("used", self.rows_used)]
        return Table(("reason", "rows"), tuple(rows))

    def tables(self) -> dict[str, Table]:
        """``flow``, ``columns`` (one row per item) and ``changes`` (one row per item and change)."""
        columns = [
            {"item": c.item, "header": c.header, "valid": c.valid, **_kinds(c.missing), "recoded": c.recoded}
            for c in self.columns
        ]
        changes = [{"item": c.item, **asdict(change)} for c in self.columns for change in c.changes]
        return {
            "flow": self.flow(),
            "columns": Table.of(columns, ("item", "header", "valid", *_kinds({}), "recoded")),
            "changes": Table.of(changes, ("item", "what", "count", "example")),
        }

    def to_dict(self) -> dict[str, Any]:
        """The report as plain data."""
        plain = asdict(self)
        plain["set_aside"] = [{"reason": r, "rows": n} for r, n in self.set_aside]
        return {**plain, **{k: list(plain[k]) for k in ("columns", "extra_columns", "guesses", "warnings")}}

    def summary(self) -> str:
        """The report as text."""
        name = "".join(c if c.isprintable() else ascii(c)[1:-1] for c in self.source) or "data frame"
        lines = [f"{name}: {self.rows_read:,} rows read, {self.rows_used:,} used"]
        lines += [f"  set aside: {n:,} ({reason})" for reason, n in self.set_aside]
        lines += [f"  guessed: {g}" for g in self.guesses]
        lines += [
            f"  {c.item}: {change.what}, {change.count:,} cells"
            + (f", for instance {change.example}" if change.example else "")
            for c in self.columns
            for change in c.changes
        ]
        if self.extra_columns:
            lines.append(f"  columns that no item asks for: {len(self.extra_columns)}")
        lines += [f"  warning: {w}" for w in self.warnings]
        return "\n".join(lines)


def _kinds(missing: Mapping[str, int]) -> dict[str, int]:
    from surveykit.responses.cells import KINDS

    return {k: missing.get(k, 0) for k in KINDS}
