"""Moments of a file in the place of answers: for analyses that ask for nothing else.

Whoever has ``moments.json`` and no answers gets reliability and drivers as whoever has the answers. What needs a row (a
bootstrap, ranks, the errors of a regression) is refused with these words.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.moments import Moments
from surveykit.responses.core import Responses
from surveykit.responses.report import ImportReport

__all__ = ["StoredResponses", "stored_responses"]

_DESIGN = "the survey design ({}) is not in the file: standard errors are those of a simple sample with these weights"


@dataclass(frozen=True, slots=True, repr=False, eq=False)
class StoredResponses(Responses):
    """Moments by group (``""`` is everybody) as :meth:`Responses.moments` gives them; there are no rows.

    ``native`` is the group that is looked at, None for all.
    """

    stored: Mapping[str, Moments] = field(default_factory=dict)
    grouped: str = ""
    hidden: tuple[str, ...] = ()

    @property
    def engine(self) -> str:
        """There are no rows."""
        return "moments"

    @property
    def lazy(self) -> bool:
        """There is nothing to fetch."""
        return False

    def has(self, name: str) -> bool:
        """Whether there are moments of ``name``, or groups of it."""
        return name in self.columns or (bool(self.grouped) and name == self.grouped)

    def moments(
        self, columns: Sequence[str], by: str | None = None, order: int = 2, patterns: bool = False
    ) -> Any:
        """The stored moments of ``columns``; the rows are those complete in every column of the file, the one pattern."""
        if order != 2:
            raise self.refused("fourth moments")
        if patterns:
            found = self.moments(columns, by)
            return (found,) if by is None else {group: (m,) for group, m in found.items()}
        for name in columns:
            if name not in self.columns:
                raise SurveykitError(
                    f"no moments of {quote(name)} in the file",
                    hint=did_you_mean(name, self.columns),
                    code="UNKNOWN_COLUMN",
                )
        if by is not None:
            self.groups(by)
            return {group: m.select(columns) for group, m in self.stored.items()}
        if self.native is not None:
            return self.stored[self.native].select(columns)
        return self._everybody().select(columns)

    def groups(self, by: str) -> tuple[str, ...]:
        """The groups of the file."""
        if not self.grouped or by != self.grouped:
            raise SurveykitError(
                f"the file holds no groups of {quote(by)}",
                expected=quote(self.grouped) if self.grouped else "everybody together",
                hint=f"surveykit summarise … --by {by}, where the answers are",
                code="UNKNOWN_GROUP",
            )
        return tuple(self.stored)

    def set_aside(self, by: str) -> int:
        """Not known: rows without a group are not in the file."""
        self.groups(by)
        return 0

    def prepare(self, columns: Sequence[str], by: str | None = None) -> None:
        """Nothing is to be counted."""

    @property
    def sample(self) -> Moments | dict[str, Moments]:
        """What a model is fitted to: moments of everybody, or of each group."""
        return self.stored[""] if set(self.stored) == {""} else dict(self.stored)

    def refused(self, what: str) -> SurveykitError:
        """The error for what moments do not hold."""
        return SurveykitError(
            f"{what} cannot be had from a file of moments",
            expected="the answers themselves",
            hint="bootstrap=0 (--bootstrap 0) gives the estimates without intervals; "
            "surveykit fit takes the file for models, a regression among them: 'y ~ a + b'",
            code="NEEDS_ROWS",
        )

    def frame(self, columns: Sequence[str], weights: bool = False, kinds: bool = False) -> Any:  # noqa: ARG002
        """Refused: there are no rows."""
        raise self.refused("rows")

    def counts(self, *columns: str, by: str | None = None) -> Any:  # noqa: ARG002
        """Refused: counts of the file have gaps where cells were small."""
        raise self.refused("frequencies")

    def tally(self, column: str, by: str | None = None) -> Any:  # noqa: ARG002
        """Refused, as :meth:`counts`."""
        raise self.refused("frequencies")

    def derive(self, expressions: Mapping[str, Any]) -> Responses:  # noqa: ARG002
        """Refused: there are no rows to compute with."""
        raise self.refused("further columns")

    def sampling(self) -> Any:
        """Refused: the design is that of rows."""
        raise self.refused("a survey design")

    def _with(self, names: Sequence[str]) -> Responses:
        for name in names:
            if not self.has(name):
                raise self._unknown(name)
        return self

    def _construct(self, name: str) -> Any | None:  # noqa: ARG002
        return None

    def _split(self, by: str | None) -> dict[str, Any]:
        return {"": None} if by is None else dict(zip(self.groups(by), self.groups(by), strict=True))

    def _everybody(self) -> Moments:
        if set(self.stored) == {""}:
            return self.stored[""]
        weighted = any(float(m.sumw2) != m.n for m in self.stored.values())
        if self.hidden or weighted:
            raise SurveykitError(
                "the file holds groups, not everybody together",
                got=f"groups left out: {', '.join(self.hidden)}"
                if self.hidden
                else "weights of each group by itself",
                hint=f"by={self.grouped!r}, or surveykit summarise without --by where the answers are",
                code="GROUPS_ONLY",
            )
        return Moments.merge(list(self.stored.values()))

    def __repr__(self) -> str:
        return f"StoredResponses({self.n_rows} rows elsewhere, {len(self.columns)} columns)"


def stored_responses(
    stored: Mapping[str, Moments], grouped: str, hidden: Sequence[str], design: str, questionnaire: Any = None
) -> StoredResponses:
    """Moments of a summary as answers of which only these are known; ``design`` names the columns of a lost one."""
    columns = tuple(next(iter(stored.values())).names)
    rows = sum(m.n_total if m.n_total is not None else m.n for m in stored.values())
    report = ImportReport(
        source="moments",
        rows_read=rows,
        rows_used=rows,
        guesses=("moments of the rows complete in all columns; the rows themselves are elsewhere",),
        warnings=(_DESIGN.format(design),) if design else (),
    )
    return StoredResponses(
        None,
        report,
        columns,
        frozenset(columns),
        questionnaire,
        stored=stored,
        grouped=grouped,
        hidden=tuple(hidden),
    )
