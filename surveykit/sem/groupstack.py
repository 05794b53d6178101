"""Many fits at once of models with several groups, or under linear equalities: stacked like those of one group.

Each group brings its stacked samples; f is their mean by the groups' shares of n. Under Gθ = c the search runs over the
coordinates φ of θ = θ₀ + Kφ (see ``constraints``); without constraints K is the unit matrix.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.stack import StackProblem

__all__ = ["GroupedStack"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class GroupedStack:
    """The groups' stacks with their shares of n; θ (R, k) = ``origin`` (k,) + ``K`` (k, m) φ (R, m)."""

    parts: tuple[StackProblem, ...]
    shares: tuple[float, ...]
    origin: Array
    K: Array

    @property
    def S(self) -> Array:
        """The first group's samples: as many as there are replicates."""
        return self.parts[0].S

    def theta(self, phi: Array) -> Array:
        """θ (R, k) at φ (R, m)."""
        out: Array = self.origin + phi @ self.K.T
        return out

    def take(self, at: NDArray[np.intp]) -> GroupedStack:
        """Some of the replicates."""
        return replace(self, parts=tuple(part.take(at) for part in self.parts))

    def slopes(self, phi: Array) -> tuple[Array, Array]:
        """f (R,) and its gradient (R, m)."""
        theta, found = self.theta(phi), []
        for part, share in zip(self.parts, self.shares, strict=True):
            f, gradient = part.slopes(theta)
            found.append((share * f, share * gradient))
        return _total([f for f, _ in found]), _total([g for _, g in found]) @ self.K

    def derivatives(self, phi: Array) -> tuple[Array, Array, Array]:
        """Gradient (R, m), expected and observed information (R, m, m)."""
        theta = self.theta(phi)
        found = [part.derivatives(theta) for part in self.parts]
        gradient, expected, observed = (
            _total([share * one[i] for one, share in zip(found, self.shares, strict=True)]) for i in range(3)
        )
        return gradient @ self.K, self.K.T @ expected @ self.K, self.K.T @ observed @ self.K


def _total(parts: Sequence[Array]) -> Array:
    out: Array = np.sum(parts, axis=0)
    return out
