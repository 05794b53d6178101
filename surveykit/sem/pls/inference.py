"""Intervals of any quantity of a PLS solution, from its bootstrap replicates.

A quantity is a function of a stack of solutions with the moments that they were found from, so that the
estimate, the replicates and the jackknife are the same call.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.moments import Moments
from surveykit.sem.pls.kernel import Solved

__all__ = ["INTERVALS", "LEAST_REPLICATES", "Inference", "Quantity", "Spread", "Stack"]

Array = NDArray[np.float64]
INTERVALS = ("percentile", "bca", "studentised")
LEAST_REPLICATES = 20


@dataclass(frozen=True, slots=True)
class Stack:
    """Solutions and the moments behind them, both stacked on axis 0."""

    solved: Solved
    moments: Moments

    def __len__(self) -> int:
        return len(self.solved.w)


Quantity = Callable[[Stack], Array]


@dataclass(frozen=True, slots=True)
class Spread:
    """A quantity (K,) with its bootstrap standard error and the ends of its interval."""

    estimate: Array
    se: Array
    low: Array
    high: Array


@dataclass(frozen=True, slots=True)
class Inference:
    """The estimates as a stack of one, the replicates that settled, and what the kind of interval needs more.

    ``jackknife`` holds the solutions without one row (or one group of rows) each: BCa. ``inner`` holds the
    second-stage replicates of each replicate, in order, equally many of each: studentised.
    """

    at: Stack
    drawn: Stack | None = None
    jackknife: Stack | None = None
    inner: Stack | None = None
    level: float = 0.95

    def spread(self, quantity: Quantity) -> Spread:
        """The quantity, (K,), with its spread; NaN where there are too few replicates."""
        value = np.atleast_1d(quantity(self.at)[0])
        nothing = np.full(value.shape, np.nan)
        if self.drawn is None or len(self.drawn) < LEAST_REPLICATES or not value.size:
            return Spread(value, nothing, nothing, nothing)
        drawn = quantity(self.drawn).reshape(len(self.drawn), -1)
        se = drawn.std(axis=0, ddof=1)
        tail = (1 - self.level) / 2
        if self.jackknife is not None:
            left_out = quantity(self.jackknife)
            low, high = _bca(value, drawn, left_out.reshape(len(self.jackknife), -1), tail)
        elif self.inner is not None:
            again = quantity(self.inner)
            within = again.reshape(len(self.drawn), len(self.inner) // len(self.drawn), -1)
            low, high = _studentised(value, se, drawn, within, tail)
        else:
            low, high = _quantiles(drawn, np.array([tail, 1 - tail]))
        return Spread(value, se, low, high)


def _quantiles(drawn: Array, at: Array) -> Array:
    """Quantiles of the columns, linear between order statistics (type 7), NaN where a replicate is not defined."""
    known = ~np.isnan(drawn).any(axis=0)
    found = np.full((len(at), drawn.shape[1]), np.nan)
    if known.all():
        return np.asarray(np.quantile(drawn, at, axis=0), dtype=float)
    if known.any():
        found[:, known] = np.quantile(drawn[:, known], at, axis=0)
    for column in np.flatnonzero(~known):
        values = drawn[~np.isnan(drawn[:, column]), column]
        if 2 * len(values) > len(drawn):  # where most replicates define it (HTMT2), they bound it
            found[:, column] = np.quantile(values, at)
    return found


def _bca(value: Array, drawn: Array, left_out: Array, tail: float) -> tuple[Array, Array]:
    """Bias-corrected and accelerated limits: Efron (1987), acceleration from the jackknife."""
    from scipy.special import ndtr, ndtri

    ends = np.full((2, len(value)), np.nan)
    for k in range(len(value)):
        draws = drawn[:, k]
        below = (np.sum(draws < value[k]) + 0.5 * np.sum(draws == value[k])) / len(draws)
        d = left_out[:, k].mean() - left_out[:, k]
        size = (d * d).sum()
        if draws.std() < 1e-12 or not np.isfinite(draws).all() or not np.isfinite(size):
            ends[:, k] = value[k] if draws.std() < 1e-12 else np.nan
            continue
        bias = ndtri(np.clip(below, 0.5 / len(draws), 1 - 0.5 / len(draws)))
        acceleration = (d**3).sum() / (6 * size**1.5) if size > 0 else 0.0
        z = bias + ndtri(np.array([tail, 1 - tail]))
        ends[:, k] = np.quantile(draws, ndtr(bias + z / (1 - acceleration * z)))
    return ends[0], ends[1]


def _studentised(value: Array, se: Array, drawn: Array, within: Array, tail: float) -> tuple[Array, Array]:
    """Bootstrap-t limits (Efron & Tibshirani 1993, 12.5); a replicate's error is the spread of its own replicates."""
    inner = np.nanstd(within, axis=1, ddof=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        t = np.where(inner > 1e-12, (drawn - value) / inner, np.nan)
    low, high = _quantiles(t, np.array([tail, 1 - tail]))
    constant = se < 1e-12
    return np.where(constant, value, value - high * se), np.where(constant, value, value - low * se)
