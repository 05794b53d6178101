"""Paths and indirect effects of a recursive system from covariance matrices, stacked where need be.

Variables stand in causal order as claimed: x, mediators m₁ … m_k, y, then controls, which are predictors in
every equation. With serial mediators each is regressed on the earlier ones too.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import combinations, pairwise

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "Chain", "System", "chains", "effect_gradient", "effects", "slope_covariance", "slopes", "system",
]  # fmt: skip

Array = NDArray[np.float64]
Chain = tuple[int, ...]


@dataclass(frozen=True, slots=True)
class System:
    """``equations``: outcome and predictors of each, as places in the covariance matrix; x is 0, y is k +
    1.
    """

    equations: tuple[tuple[int, tuple[int, ...]], ...]
    mediators: int

    @property
    def y(self) -> int:
        return self.mediators + 1

    def place(self, outcome: int, predictor: int) -> int:
        """Where the slope of ``outcome`` on ``predictor`` stands in the vector of all slopes."""
        before = 0
        for target, predictors in self.equations:
            if target == outcome:
                return before + predictors.index(predictor)
            before += len(predictors)
        raise KeyError(outcome)


def system(mediators: int, controls: int, serial: bool) -> System:
    """The equations of k mediators and the outcome.

    >>> system(2, 0, serial=True).equations
    ((1, (0,)), (2, (0, 1)), (3, (0, 1, 2)))
    """
    extra = tuple(range(mediators + 2, mediators + 2 + controls))
    equations = [(m, (0, *(range(1, m) if serial else ()), *extra)) for m in range(1, mediators + 1)]
    return System((*equations, (mediators + 1, (*range(mediators + 1), *extra))), mediators)


def chains(mediators: int, serial: bool) -> list[Chain]:
    """The ways from x to y through mediators: x, those on the way, y.

    >>> chains(2, serial=True)
    [(0, 1, 3), (0, 2, 3), (0, 1, 2, 3)]
    """
    longest = mediators if serial else 1
    ways = [c for size in range(1, longest + 1) for c in combinations(range(1, mediators + 1), size)]
    return [(0, *way, mediators + 1) for way in ways]


def slopes(C: Array, s: System) -> Array:
    """The least-squares slopes of all equations, one after the other, of C (…, p, p); NaN where singular."""
    parts = []
    for outcome, predictors in s.equations:
        at = list(predictors)
        block = C[..., at, :][..., at]
        sd = np.sqrt(np.diagonal(block, axis1=-2, axis2=-1))
        with np.errstate(divide="ignore", invalid="ignore"):
            scaled = block / (sd[..., :, None] * sd[..., None, :])
        fine = np.isfinite(scaled).all(axis=(-2, -1))
        safe = np.where(fine[..., None, None], scaled, np.eye(len(at)))
        fine &= np.linalg.eigvalsh(safe)[..., 0] > 1e-10
        safe = np.where(fine[..., None, None], safe, np.eye(len(at)))
        right = C[..., at, outcome] / np.where(sd > 0, sd, 1.0)
        b = np.linalg.solve(safe, right[..., None])[..., 0] / np.where(sd > 0, sd, 1.0)
        parts.append(np.where(fine[..., None], b, np.nan))
    return np.concatenate(parts, axis=-1)


def slope_covariance(C: Array, n: float, s: System) -> Array:
    """The classic covariance of all slopes, of the n − 1 covariance ``C`` (p, p) and ``n`` answers.

    cov(b_g, b_h) = σ_gh (X_g'X_g)⁻¹ X_g'X_h (X_h'X_h)⁻¹: slopes of parallel mediators correlate through their
    residuals.
    """
    b = slopes(C, s)
    contrast, inverses, start = [], [], 0
    for outcome, predictors in s.equations:
        d = np.zeros(len(C))
        d[outcome] = 1.0
        d[list(predictors)] = -b[start : start + len(predictors)]
        contrast.append(d)
        inverses.append(np.linalg.inv(C[np.ix_(predictors, predictors)]))
        start += len(predictors)
    rows = []
    for g, (_, xg) in enumerate(s.equations):
        row = []
        for h, (_, xh) in enumerate(s.equations):
            # residual cross product over the smaller residual degrees of freedom
            sigma = contrast[g] @ C @ contrast[h] * (n - 1) / (n - 1 - max(len(xg), len(xh)))
            row.append(sigma / (n - 1) * inverses[g] @ C[np.ix_(xg, xh)] @ inverses[h])
        rows.append(row)
    return np.block(rows)


def effects(b: Array, s: System, ways: Sequence[Chain]) -> Array:
    """Indirect effects along ``ways``, their sum, the direct and the total effect, of slopes (…, q)."""
    along = [np.prod([b[..., s.place(to, of)] for of, to in pairwise(way)], axis=0) for way in ways]
    indirect = np.sum(along, axis=0)
    direct = b[..., s.place(s.y, 0)]
    return np.stack([*along, indirect, direct, indirect + direct], axis=-1)


def effect_gradient(b: Array, s: System, ways: Sequence[Chain]) -> Array:
    """∂effects/∂slopes, (effects, q), by complex steps (exact for products)."""
    h = 1e-30
    steps = np.asarray(b, dtype=complex) + 1j * h * np.eye(len(b))
    gradient: Array = effects(steps, s, ways).imag.T / h
    return gradient
