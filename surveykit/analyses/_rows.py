"""From responses to complete rows: what every analysis that needs rows asks for, per group.

Rows that lack one of the columns are set aside and counted; so are rows of weight zero, which carry no
information and must not count as observations.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, Where, quote

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.responses import Responses

__all__ = ["Rows", "complete_rows", "demand_apart", "demand_numeric", "flow_note"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Rows:
    """The complete rows of one group: ``frame`` of values, ``weights`` of mean 1 (None where there are none).

    The frame's index is the row's place in the file, from 0. ``n_total`` rows were looked at.
    """

    group: str
    frame: pd.DataFrame
    weights: Array | None
    n_total: int

    @property
    def n(self) -> int:
        return len(self.frame)

    def values(self, columns: Sequence[str]) -> Array:
        """The columns as an array (n, k)."""
        return self.frame[list(columns)].to_numpy(dtype=float)


def complete_rows(data: Responses, columns: Sequence[str], by: str | None = None) -> Iterator[Rows]:
    """The complete rows of ``columns``: one :class:`Rows` of everybody, or one per group of ``by``."""
    from surveykit.responses.statistics import group_label

    wanted = list(dict.fromkeys([*columns, *([by] if by else [])]))
    frame = data.frame(wanted, weights=True)
    weighted = data.weight is not None
    weights = frame["_weight"].to_numpy(dtype=float)
    _demand_weights(weights, data.weight)
    labels = frame[by].map(group_label, na_action="ignore") if by else None
    groups = [None] if by is None else list(data.groups(by))
    for label in groups:
        here = np.ones(len(frame), dtype=bool) if labels is None else (labels == label).to_numpy()
        keep = here & frame[list(columns)].notna().all(axis=1).to_numpy() & (weights > 0)
        w = weights[keep]
        yield Rows(
            "" if label is None else str(label),
            frame.loc[keep, list(columns)],
            w / w.mean() if weighted and len(w) else None,
            int(here.sum()),
        )


def demand_numeric(frame: pd.DataFrame, columns: Sequence[str]) -> None:
    """Refuse text columns where numbers are needed, all of them in one error."""
    text = [c for c in columns if not np.issubdtype(np.asarray(frame[c]).dtype, np.number)]
    if text:
        raise SurveykitError(
            "a column of text where numbers are needed",
            got=", ".join(quote(c) for c in text),
            hint="name it as categorical, or give its answers numbers in the questionnaire",
            code="VALUE_TYPE",
        )


def demand_apart(data: Responses, outcome: str, predictors: Sequence[str]) -> None:
    """Refuse an outcome among its own predictors, as itself, twice, or as a part of its scale."""
    repeated = {p for p in predictors if list(predictors).count(p) > 1}
    if outcome in predictors or repeated:
        raise SurveykitError(
            "a column is named twice",
            Where(key="outcome and predictors"),
            got=", ".join(quote(v) for v in sorted(repeated or {outcome})),
            code="COLUMN_TWICE",
        )
    parts = {name: _items_of(data, name) for name in (outcome, *predictors)}
    shared = [p for p in predictors if parts[p] & parts[outcome]]
    if shared:
        raise SurveykitError(
            f"predictors share items with the outcome {quote(outcome)}: associated by construction",
            expected="predictors and outcome measured by different items",
            got=", ".join(quote(p) for p in shared),
            code="PART_OF_OUTCOME",
        )


def _items_of(data: Responses, name: str) -> set[str]:
    questionnaire: Any = data.questionnaire
    if questionnaire is not None and name in questionnaire.constructs:
        return set(questionnaire.constructs[name].items)
    return {name}


def _demand_weights(weights: Array, name: str | None) -> None:
    bad = np.flatnonzero(~np.isfinite(weights) | (weights < 0))
    if len(bad):
        raise SurveykitError(
            "weights must be numbers of zero or more",
            Where(row=int(bad[0]) + 1, column=name or ""),
            got=quote(float(weights[bad[0]])),
            hint=f"{len(bad)} rows are concerned",
            code="WEIGHT_VALUE",
        )


def flow_note(parts: Sequence[Rows]) -> str:
    """Rows used and set aside, as one of the result's choices."""
    used, total = sum(r.n for r in parts), sum(r.n_total for r in parts)
    return f"{used} of {total} rows used; {total - used} set aside (an answer missing, or weight zero)."
