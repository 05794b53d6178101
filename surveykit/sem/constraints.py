"""Linear equality constraints (``==``, effect coding): the search runs in the space that they leave.

With Gθ = c and K an orthonormal basis of the null space of G, θ = θ₀ + Kφ for a θ₀ with Gθ₀ = c, and φ is
free (constraints of any other kind: ``conditions``). The
covariance of the estimates is K (K'IK)⁻¹ K' / n (Aitchison & Silvey 1958).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model.table import ParameterTable
from surveykit.sem.fiml import FimlProblem
from surveykit.sem.kernels import Point, Problem

__all__ = ["ConstrainedProblem", "Constraint", "bread", "linear_constraint"]

Array = NDArray[np.float64]
_LINEAR = 1e-10
_RANK = 1e-10


@dataclass(frozen=True, slots=True)
class Constraint:
    """Gθ = c with G (r, k) of full row rank, a solution θ₀ (k,) and the basis K (k, k − r)."""

    G: Array
    origin: Array
    K: Array

    def coordinates(self, theta: Array) -> Array:
        """φ (k − r,) of the point that meets the constraints nearest to θ (k,)."""
        out: Array = self.K.T @ (theta - self.origin)
        return out

    def theta(self, phi: Array) -> Array:
        """θ (k,) at φ (k − r,)."""
        out: Array = self.origin + self.K @ phi
        return out


@dataclass(frozen=True, slots=True)
class ConstrainedProblem:
    """A problem over φ; like ``kernels.Problem`` for the optimiser."""

    inner: Problem | FimlProblem
    constraint: Constraint

    def at(self, phi: Array) -> Point | None:
        """Value, gradient and expected information at φ."""
        point = self.inner.at(self.constraint.theta(phi))
        if point is None:
            return None
        K = self.constraint.K
        return Point(phi, point.f, point.gradient @ K, K.T @ point.information @ K, point.parts)

    def observed_information(self, point: Point) -> Array:
        """The second derivative of f by φ."""
        theta = self.constraint.theta(point.theta)
        inner = Point(theta, point.f, point.gradient, point.information, point.parts)
        K = self.constraint.K
        out: Array = K.T @ self.inner.observed_information(inner) @ K
        return out


def linear_constraint(table: ParameterTable, tau: Array) -> Constraint | None:
    """The constraints of a table on θ/τ (k,); None where there are none, or others than linear equalities.

    Raises where they contradict each other.
    """
    kinds = {equation.op for equation in table.equations} - {":="}
    if kinds != {"=="} or table.composites or table.bounds:
        return None
    points = np.random.Generator(np.random.Philox(key=7)).uniform(0.2, 1.0, (2, table.k))
    first, second = (table.constraints(point * tau) for point in points)
    for a, b in zip(first, second, strict=True):
        if not np.abs(a.gradient - b.gradient).max() <= _LINEAR * (1 + np.abs(a.gradient).max()):
            return None
    G = np.stack([a.gradient for a in first]) * tau
    c = G @ points[0] - np.array([float(a.value) for a in first])
    return _solved(G, c, [a.name for a in first])


def _solved(G: Array, c: Array, names: list[str]) -> Constraint:
    length = np.linalg.norm(G, axis=1)
    length = np.where(length > 0, length, 1.0)
    G, c = G / length[:, None], c / length
    left, singular, right = np.linalg.svd(G)
    rank = int((singular > _RANK).sum())
    origin = right[:rank].T @ ((left.T @ c)[:rank] / singular[:rank])
    if np.abs(G @ origin - c).max(initial=0.0) > 1e-9 * (1 + np.abs(c).max(initial=0.0)):
        raise SurveykitError(
            "the constraints contradict each other", got="; ".join(names), code="SEM_CONSTRAINT"
        )
    return Constraint(right[:rank], origin, right[rank:].T)


def bread(information: Array, K: Array | None) -> Array:
    """I⁻¹ (k, k), or K (K'IK)⁻¹ K' under constraints; NaN where the information is not positive definite."""
    inner = information if K is None else K.T @ information @ K
    scale = np.sqrt(np.abs(np.diagonal(inner)))
    scale = np.where(scale > 0, scale, 1.0)
    unit = inner / np.outer(scale, scale)
    try:
        np.linalg.cholesky(unit)
    except np.linalg.LinAlgError:
        return np.full_like(information, np.nan)
    inverse = np.linalg.inv(unit)
    inverse = (inverse + inverse.T) / 2 / np.outer(scale, scale)
    return np.asarray(inverse if K is None else K @ inverse @ K.T, dtype=float)
