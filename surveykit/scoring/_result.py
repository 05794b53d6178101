"""What a metric gives (:class:`Scored`) and what a reader gets (:class:`Scores`)."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

from surveykit.results import Check, Result, Table

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["COLUMNS", "RowRule", "Scored", "Scores"]

COLUMNS = (
    "term",
    "group",
    "n",
    "estimate",
    "se",
    "low",
    "high",
    "n_eff",
    "deff",
    "metric",
    "method",
    "unit",
    "missing",
)
"""The columns that every metric fills; its own columns follow."""

RowRule = Callable[[], "pd.DataFrame"]
"""Gives one row per respondent, in file order; called on request only."""


@dataclass(frozen=True, slots=True)
class Scored:
    """What one metric returns: rows (one per term and group) and what must be said about them.

    ``rows`` hold at least ``group n estimate se low high n_eff deff method unit missing``; ``term`` only
    where a metric has several. ``titles`` names such terms; ``columns`` are the items and constructs
    it was made from; ``row_rule`` gives respondents' values.
    """

    rows: tuple[Mapping[str, Any], ...]
    choices: tuple[str, ...] = ()
    checks: tuple[Check, ...] = ()
    titles: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    columns: tuple[str, ...] = ()
    row_rule: RowRule | None = None


@dataclass(frozen=True, slots=True)
class Scores(Result):
    """Scores of one or several metrics, for everybody or by group.

    ``estimates`` has one row per term and group; ``titles`` maps a term to its words in each
    language; ``by`` is the grouping column or None. ``by_respondent()`` returns rows on request.
    """

    kind: ClassVar[str] = "scores"
    estimates: Table
    titles: Mapping[str, Mapping[str, str]]
    facts: Mapping[str, Any]
    by: str | None = None
    choices: tuple[str, ...] = ()
    judged: tuple[Check, ...] = ()
    further: Mapping[str, Table] = field(default_factory=dict)
    options: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)
    row_rules: tuple[RowRule, ...] = field(default=(), repr=False, compare=False)
    weight_rule: RowRule | None = field(default=None, repr=False, compare=False)

    @property
    def id(self) -> str:
        """``scores``, or ``scores_by_<group>``."""
        return "scores" if self.by is None else f"scores_by_{self.by}"

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

    def by_respondent(self, *, weights: bool = False) -> pd.DataFrame:
        """Each respondent's values, one column per term, in file order; NaN where there is none.

        ``weights=True`` adds the column ``_weight`` (mean 1).

        >>> import pandas as pd
        >>> from surveykit.responses import read
        >>> from surveykit.scoring import score
        >>> data = read(pd.DataFrame({"recommend": [10, 9, 7, 2]}))
        >>> score(data, "nps", item="recommend").by_respondent()["nps"].tolist()
        [100.0, 100.0, 0.0, -100.0]
        """
        import pandas as pd

        rules = (*self.row_rules, *((self.weight_rule,) if weights and self.weight_rule else ()))
        return pd.concat([rule() for rule in rules], axis=1) if rules else pd.DataFrame()
