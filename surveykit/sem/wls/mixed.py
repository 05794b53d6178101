"""Pairs with a continuous variable: polyserial correlation and the scores of each row.

Two steps as for pairs of ordered items (Olsson, Drasgow & Dorans 1982): thresholds, mean and variance from the
margins, then ρ by maximum likelihood. Scores are derivatives of a row's log-likelihood.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.wls.normal import density

__all__ = [
    "RowScores",
    "continuous_pair",
    "pearson_of",
    "polyserial_of",
    "polyserial_pair",
    "polyserial_rows",
]

Array = NDArray[np.float64]
_LIMIT = 0.999999


@dataclass(frozen=True, slots=True)
class RowScores:
    """Scores by ρ (n,), and by the margins' parameters of the first and of the second variable (n, ·)."""

    rho: Array
    first: Array
    second: Array

    def spread(self, rows: NDArray[np.bool_]) -> RowScores:
        """The same over all rows, with zeros where ``rows`` (n,) is False."""
        if rows.all():
            return self
        parts = []
        for part in (self.rho, self.first, self.second):
            whole = np.zeros((len(rows), *part.shape[1:]))
            whole[rows] = part
            parts.append(whole)
        return RowScores(*parts)


def pearson_of(a: Array, b: Array, weights: Array) -> float:
    """ρ of two standardised variables (n,) by maximum likelihood, mean and variance of either held.

    Those come from all rows with the variable: where some lack the other, ρ solves
    ρ (1 − ρ²) + s_ab (1 + ρ²) − ρ (s_aa + s_bb) = 0; of complete rows it is their mean product.
    """
    w = weights / weights.sum()
    both, squares = float(w @ (a * b)), float(w @ a**2 + w @ b**2)
    rho = float(np.clip(2 * both / squares, -_LIMIT, _LIMIT))
    for _ in range(100):
        score = rho * (1 - rho**2) + both * (1 + rho**2) - rho * squares
        slope = 1 - 3 * rho**2 + 2 * both * rho - squares
        following = float(np.clip(rho - score / slope, -_LIMIT, _LIMIT))
        if abs(following - rho) < 1e-14:
            return following
        rho = following
    return rho


def polyserial_of(z: Array, upper: Array, lower: Array, start: float, weights: Array) -> float:
    """ρ of standardised values z (n,) and an item whose answers lie between ``lower`` and ``upper`` (n,), these held."""
    low, high = -_LIMIT, _LIMIT
    rho = float(np.clip(start, -0.95, 0.95))
    for _ in range(100):
        score = _polyserial_score(z, upper, lower, rho)[0]
        total, information = float(weights @ score), float(weights @ score**2)
        low, high = (rho, high) if total > 0 else (low, rho)
        following = rho + total / max(information, 1e-300)
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - rho) < 1e-13:
            return following
        rho = following
    return rho


def _polyserial_score(z: Array, upper: Array, lower: Array, rho: float) -> tuple[Array, Array, Array]:
    """Score by ρ, φ at the upper and at the lower limit over P; each (n,)."""
    from scipy.special import ndtr

    root = np.sqrt(1 - rho**2)
    t_up, t_low = (upper - rho * z) / root, (lower - rho * z) / root
    p = np.maximum(np.where(t_low > 0, ndtr(-t_low) - ndtr(-t_up), ndtr(t_up) - ndtr(t_low)), 1e-300)
    up, down = density(t_up) / p, density(t_low) / p
    by_up = np.where(np.isfinite(upper), rho * upper, 0.0) - z
    by_low = np.where(np.isfinite(lower), rho * lower, 0.0) - z
    return (up * by_up - down * by_low) / root**3, up, down


def polyserial_rows(z: Array, sd: float, upper: Array, lower: Array, rho: float) -> tuple[Array, ...]:
    """Scores (n,) by ρ, by mean and variance of the continuous variable, and by the upper and lower limit."""
    score, up, down = _polyserial_score(z, upper, lower, rho)
    root = np.sqrt(1 - rho**2)
    moved = (up - down) * rho / root
    by_variance = ((z**2 - 1) + moved * z) / (2 * sd**2)
    return score, (z + moved) / sd, by_variance, up / root, -down / root


def polyserial_pair(z: Array, sd: float, codes: NDArray[np.intp], limits: Array, rho: float) -> RowScores:
    """Scores of a pair; ``first`` by mean and variance of the continuous variable, ``second`` by thresholds."""
    score, by_mean, by_variance, up, down = polyserial_rows(z, sd, limits[codes + 1], limits[codes], rho)
    count = len(limits) - 2
    by_threshold = np.zeros((len(z), count))
    rows = np.arange(len(z))
    has_upper, has_lower = codes < count, codes > 0
    by_threshold[rows[has_upper], codes[has_upper]] = up[has_upper]
    by_threshold[rows[has_lower], codes[has_lower] - 1] += down[has_lower]
    return RowScores(score, np.stack([by_mean, by_variance], axis=1), by_threshold)


def continuous_pair(a: Array, sd_a: float, b: Array, sd_b: float, rho: float) -> RowScores:
    """Scores of a bivariate normal pair of standardised values; margins' parameters are mean and variance."""
    rest = 1 - rho**2
    score = rho / rest + (a * b * (1 + rho**2) - rho * (a * a + b * b)) / rest**2

    def margins(own: Array, other: Array, sd: float) -> Array:
        by_mean = (own - rho * other) / (sd * rest)
        by_variance = ((own**2 - rho * own * other) / rest - 1) / (2 * sd**2)
        return np.stack([by_mean, by_variance], axis=1)

    return RowScores(score, margins(a, b, sd_a), margins(b, a, sd_b))
