"""What binary and ordinal logit share: the odds-ratio rows and the covariance that goes with the weights."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._cumulative import CumulativeLogit, cumulative_logit
from surveykit.analyses._rows import Rows
from surveykit.analyses._sampling import Drawn, kish_effect, logit_covariance
from surveykit.intervals import t_value

__all__ = ["StandardErrors", "coefficient_rows", "covariance_of", "effects", "refit", "se_note"]

StandardErrors = Literal["auto", "classic", "robust"]


def covariance_of(
    fit: CumulativeLogit,
    rows: Rows,
    se: StandardErrors,
    drawn: Drawn | None,
    again: Callable[[NDArray[np.float64]], CumulativeLogit],
) -> tuple[NDArray[np.float64], float]:
    """The covariance of thresholds and slopes, and the degrees of freedom (infinite without a design).

    Inverse information, the sandwich where rows are weighted, or the design's.
    """
    if drawn is not None:
        return logit_covariance(drawn, fit, again)
    robust = se == "robust" or (se == "auto" and rows.weights is not None)
    return fit.robust if robust else fit.covariance, np.inf


def effects(
    fit: CumulativeLogit, rows: Rows, drawn: Drawn | None, covariance: NDArray[np.float64]
) -> list[float]:
    """The design effect of thresholds and slopes; with weights alone Kish's."""
    if drawn is None:
        return [kish_effect(rows.weights)] * len(covariance)
    return [float(v) for v in drawn.effect(fit.influence, np.diag(covariance))]


def refit(
    X: NDArray[np.float64], category: NDArray[np.intp], names: Sequence[str]
) -> Callable[[NDArray[np.float64]], CumulativeLogit]:
    """The model on the rows that have a weight, for replicate weights."""

    def again(w: NDArray[np.float64]) -> CumulativeLogit:
        kept = w > 0
        return cumulative_logit(X[kept], category[kept], names, w[kept] / w[kept].mean())

    return again


def se_note(rows: Rows, se: StandardErrors, drawn: bool = False) -> str:
    """The choice of standard errors, for the result's notes."""
    if drawn:
        return "Pseudo maximum likelihood, linearised standard errors of the survey design, t distribution."
    if se == "robust" or (se == "auto" and rows.weights is not None):
        return "Sandwich standard errors (valid under weights), normal distribution."
    return "Maximum likelihood, standard errors from the observed information, normal distribution."


def coefficient_rows(
    names: Sequence[str],
    values: NDArray[np.float64],
    se: NDArray[np.float64],
    rows: Rows,
    confidence: float,
    odds: Sequence[bool],
    kind: Sequence[str],
    df: float,
    deff: Sequence[float],
) -> list[dict[str, Any]]:
    """Tidy rows: log odds with interval, z and p; odds ratios where ``odds`` says that they make sense.

    ``df`` are a design's degrees of freedom (infinite without one: z is normal), ``deff`` the design effects.
    """
    from scipy.special import stdtr

    half = t_value(confidence, df) * se
    z = values / se
    records = []
    for j, name in enumerate(names):
        with np.errstate(over="ignore"):
            ratio = np.exp([values[j], values[j] - half[j], values[j] + half[j]])
        records.append(
            {
                "term": name,
                "group": rows.group,
                "n": rows.n,
                "estimate": values[j],
                "se": se[j],
                "low": values[j] - half[j],
                "high": values[j] + half[j],
                "p": 2 * stdtr(df, -abs(z[j])),
                "z": z[j],
                "odds_ratio": ratio[0] if odds[j] else np.nan,
                "odds_low": ratio[1] if odds[j] else np.nan,
                "odds_high": ratio[2] if odds[j] else np.nan,
                "kind": kind[j],
                "n_eff": rows.n / deff[j] if deff[j] > 0 else np.nan,
                "deff": deff[j],
            }
        )
    return records
