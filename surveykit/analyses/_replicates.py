"""Intervals from bootstrap replicates, and the check on replicates that failed."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from surveykit.intervals import z_value
from surveykit.results import Check

__all__ = ["Interval", "bias_corrected", "failed_check", "percentile"]

Array = NDArray[np.float64]


class Interval(NamedTuple):
    """Standard error and limits, each of shape (k,)."""

    se: Array
    low: Array
    high: Array


def percentile(replicates: Array, level: float) -> Interval:
    """Percentile intervals of ``replicates`` (R, k); replicates that failed (NaN) are left out.

    >>> percentile(np.arange(1.0, 100.0)[:, None], 0.9).low.round(6).tolist()
    [5.9]
    """
    tail = (1 - level) / 2
    good = replicates[np.isfinite(replicates).all(axis=1)]
    if len(good) < 2:
        nothing = np.full(replicates.shape[1], np.nan)
        return Interval(nothing, nothing, nothing)
    low, high = np.quantile(good, [tail, 1 - tail], axis=0)
    return Interval(good.std(axis=0, ddof=1), low, high)


def bias_corrected(replicates: Array, estimate: Array, level: float) -> Interval:
    """Bias-corrected percentile intervals (Efron 1981) of ``replicates`` (R, k) around ``estimate`` (k,)."""
    from scipy.special import ndtr, ndtri

    good = replicates[np.isfinite(replicates).all(axis=1)]
    plain = percentile(replicates, level)
    if len(good) < 2:
        return plain
    below = np.clip((good < estimate).mean(axis=0), 0.5 / len(good), 1 - 0.5 / len(good))
    z0, z = ndtri(below), z_value(level)
    limits = [
        np.array([np.quantile(good[:, j], ndtr(2 * z0[j] + side * z)) for j in range(good.shape[1])])
        for side in (-1, 1)
    ]
    return Interval(plain.se, *limits)


def failed_check(replicates: Array) -> tuple[Check, ...]:
    """A note, caution or refusal for the share of replicates that gave no estimate."""
    total = len(replicates)
    failed = int((~np.isfinite(replicates).all(axis=1)).sum())
    if not failed:
        return ()
    share = failed / total
    level = "refuse" if share > 0.10 else "caution" if share >= 0.01 else "note"
    return (
        Check(
            "replicates_failed",
            level,  # type: ignore[arg-type]
            {
                "en": f"{failed} of {total} bootstrap replicates gave no estimate and were left out.",
                "zh": f"{total}次自助抽样中有{failed}次无法得出估计值，已剔除。",
            },
            values={"failed": failed, "replicates": total},
        ),
    )
