"""The answers a metric works on: counts per group, on the scale that the metric demands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, Where, did_you_mean, quote
from surveykit.intervals import Interval, mean_and_sd, mean_interval
from surveykit.responses.domains import Domain, Value, domains
from surveykit.responses.facts import scale_range

if TYPE_CHECKING:
    from surveykit.moments import Counts
    from surveykit.responses import Responses

__all__ = ["LINEAR", "Answers", "Range", "answers", "demand_known", "demand_levels", "demand_range", "row"]

Range = tuple[float, float]

LINEAR = "_linear"
"""The key under which a row carries its linearised values to the comparison of groups; not part of a result."""


@dataclass(frozen=True, slots=True)
class Answers:
    """The valid answers of one group to one column: distinct ``levels`` and the weight of each.

    ``n`` counts people, ``n_eff`` is Kish's, ``missing`` counts rows without a valid answer. Under a survey
    design ``domain`` holds the answers within the whole sample.
    """

    group: str
    levels: NDArray[np.float64]
    weights: NDArray[np.float64]
    n: int
    n_eff: float
    missing: int
    domain: Domain | None = None

    def share(self, low: float, high: float) -> float:
        """The weighted share of answers from ``low`` to ``high``; NaN without answers."""
        total = float(self.weights.sum())
        inside = (self.levels >= low) & (self.levels <= high)
        return float(self.weights[inside].sum()) / total if total > 0 else float("nan")

    def mean(self, confidence: float) -> Interval:
        """The weighted mean with its t interval on n_eff - 1 degrees of freedom, or the design's."""
        if self.domain is not None and self.n > 1:
            found = self.domain.mean_of(lambda x: x)
            if found.df < 1:
                return Interval(found.estimate, float("nan"), float("nan"), float("nan"))
            if found.se > 0:
                return found.interval("scale", confidence)
        mean, sd = mean_and_sd(self.levels, self.weights, self.n)
        return mean_interval(mean, sd, self.n_eff, confidence)


def answers(data: Responses, column: str, by: str | None) -> Iterator[Answers]:
    """The answers to ``column``, of everybody or of each group (groups without answers too)."""
    demand_known(data, [column])
    demand_numbers(data, column)
    drawn = dict(domains(data, column, by))
    if by is None:
        yield _answers("", data.counts(column), drawn)
        return
    tables = data.counts(column, by=by)
    for group in data.groups(by):
        yield _answers(group, tables.get(group), drawn)


def _answers(group: str, table: Counts | None, drawn: Mapping[str, Domain]) -> Answers:
    if table is None:
        return Answers(group, np.zeros(0), np.zeros(0), 0, 0.0, 0)
    levels = np.asarray(table.levels[0], dtype=float)
    filled = table.n > 0
    counted = table.total, table.n_eff, table.missing
    return Answers(group, levels[filled], table.w[filled], *counted, drawn.get(group))


def row(
    found: Answers,
    estimate: Interval,
    method: str,
    unit: str,
    *,
    value: Value = lambda x: x,
    confidence: float,
    **own: Any,
) -> dict[str, Any]:
    """One row of a metric: what every metric fills, then its ``own`` columns.

    ``value`` turns answers into what the metric is the mean of: under a survey design error and interval follow
    from it.
    """
    record = {
        "group": found.group,
        "n": found.n,
        "estimate": estimate.estimate,
        "se": estimate.se,
        "low": estimate.low,
        "high": estimate.high,
        "n_eff": found.n_eff,
        "deff": found.n / found.n_eff if found.n_eff > 0 else float("nan"),
        "method": method,
        "unit": unit,
        "missing": found.missing,
        **own,
    }
    if found.domain is None or found.n < 2:
        return record
    linear = found.domain.mean_of(value)
    record |= {LINEAR: linear, "deff": linear.deff, "df": linear.df}
    if linear.df < 1:
        return record | dict.fromkeys(("se", "low", "high", "n_eff", "deff"), float("nan"))
    if not linear.se > 0:
        return record
    bounds = linear.interval(unit, confidence)
    scale = "logit" if unit == "share" else "t"
    designed = {"se": linear.se, "low": bounds.low, "high": bounds.high, "n_eff": linear.n_eff}
    return record | designed | {"method": f"design_{scale}"}


def demand_known(data: Responses, columns: Sequence[str]) -> None:
    """Every column must be an item, a construct or a derived column of ``data``."""
    for name in columns:
        if not data.has(name):
            raise SurveykitError(
                f"unknown item {quote(name)}", hint=did_you_mean(name, data.columns), code="UNKNOWN_ITEM"
            )


def demand_numbers(data: Responses, column: str) -> None:
    """A metric needs numbers; text is refused, not coded in silence."""
    if column in data.columns and column not in data.numeric:
        raise SurveykitError(
            f"{quote(column)} holds no numbers",
            expected="an item with numeric answers",
            hint="a column of text can be a group (by=); its answers need codes in the questionnaire",
            code="NOT_NUMERIC",
        )


def demand_range(data: Responses, column: str, given: Range | None, metric: str) -> Range:
    """The response scale that a metric needs: declared in the questionnaire, or given as an option."""
    declared = scale_range(data, column)
    if given is not None and declared is not None and tuple(given) != declared:
        raise SurveykitError(
            f"{quote(column)} has another response scale than the metric was given",
            Where(key=f"metric {quote(metric)}, option 'scale'"),
            expected=f"{declared[0]:g} to {declared[1]:g}, as the questionnaire declares",
            got=f"{given[0]:g} to {given[1]:g}",
            code="SCALE_DEMAND",
        )
    found = given or declared
    if found is None:
        raise SurveykitError(
            f"the response scale of {quote(column)} is not known",
            Where(key=f"metric {quote(metric)}"),
            expected="a scale in the questionnaire, or the option scale=(lowest, highest)",
            hint="a construct has a scale only where all its items share one",
            code="SCALE_UNKNOWN",
        )
    return float(found[0]), float(found[1])


def demand_levels(found: Answers, allowed: Range, column: str, metric: str, *, whole: bool = True) -> None:
    """Every answer must lie on the scale (and be a whole number): a wrong one is never dropped."""
    x = found.levels
    wrong = (x < allowed[0]) | (x > allowed[1]) | ~np.isfinite(x)
    if whole:
        wrong |= x != np.floor(x)
    if wrong.any():
        shown = ", ".join(f"{v:g}" for v in x[wrong][:5]) + (", …" if wrong.sum() > 5 else "")
        kind = "whole numbers" if whole else "numbers"
        raise SurveykitError(
            f"{quote(column)} holds answers that {metric} cannot use",
            expected=f"{kind} from {allowed[0]:g} to {allowed[1]:g}",
            got=shown,
            hint="correct the scale in the questionnaire or the answers; nothing is dropped in silence",
            code="SCALE_VALUES",
        )


def titled(data: Responses, name: str) -> Mapping[str, str]:
    """The words for an item or construct in both languages."""
    return {language: data.label(name, language) for language in ("en", "zh")}
