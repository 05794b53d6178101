"""What binary and ordinal logit share: the odds-ratio rows and the covariance that goes with the weights."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._cumulative import CumulativeLogit
from surveykit.analyses._rows import Rows

__all__ = ["StandardErrors", "coefficient_rows", "covariance_of", "se_note"]

StandardErrors = Literal["auto", "classic", "robust"]


def covariance_of(fit: CumulativeLogit, rows: Rows, se: StandardErrors) -> NDArray[np.float64]:
    """The covariance of thresholds and slopes: inverse information, or the sandwich where rows are
    weighted.
    """
    robust = se == "robust" or (se == "auto" and rows.weights is not None)
    return fit.robust if robust else fit.covariance


def se_note(rows: Rows, se: StandardErrors) -> str:
    """The choice of standard errors, for the result's notes."""
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
) -> list[dict[str, Any]]:
    """Tidy rows: log odds with interval, z and p; odds ratios where ``odds`` says that they make sense."""
    from scipy.stats import norm

    half = norm.ppf(0.5 + confidence / 2) * se
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
                "p": 2 * norm.sf(abs(z[j])),
                "z": z[j],
                "odds_ratio": ratio[0] if odds[j] else np.nan,
                "odds_low": ratio[1] if odds[j] else np.nan,
                "odds_high": ratio[2] if odds[j] else np.nan,
                "kind": kind[j],
            }
        )
    return records
