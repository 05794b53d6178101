"""The search of a model with composites, over what is not settled by the rest.

Given weights and paths, everything behind a composite follows: that its indicators have the sample's covariance T is as
many equations as it has loadings λ, residual covariances and its own (residual) variance ψ,

    λ = Tw / w'Tw,   Cov(r) = T − λλ' w'Tw,   Var(c) = w'Tw,

the last a linear system in the ψ of all composites. So the search runs over the other parameters β, each point of it
obeys T, and with h(θ) = 0 the equations and θ = (β, ι(β)), dι/dβ = −(∂h/∂ι)⁻¹ ∂h/∂β. The second derivative is that of the
Lagrangian between the directions K = ∂θ/∂β, with multipliers that make its gradient by ι vanish.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.model.table import Composed, ParameterTable
from surveykit.sem.conditions import HeldMoments
from surveykit.sem.kernels import Point, Problem, model_curvature

__all__ = ["ProfiledPoint", "ProfiledProblem"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]


@dataclass(frozen=True, slots=True)
class ProfiledPoint(Point):
    """A point over β: ``whole`` is the same over θ, ``K`` (k, b) is ∂θ/∂β, ``multipliers`` (m,) those of the equations."""

    whole: Point
    K: Array
    multipliers: Array


@dataclass(frozen=True, slots=True)
class _Part:
    """A composite in the matrices of its group (from 0): places of its indicators, the marker among them, its own place."""

    group: int
    own: Places
    marker: int
    place: int


@dataclass(frozen=True, slots=True)
class ProfiledProblem:
    """f over β (b,), for the optimiser like ``kernels.Problem``; ``free`` (b,) and ``settled`` (m,) are places in θ."""

    inner: Problem
    held: tuple[HeldMoments, ...]
    parts: tuple[_Part, ...]
    free: Places
    settled: Places

    @classmethod
    def of(cls, table: ParameterTable, inner: Problem, held: Sequence[HeldMoments]) -> ProfiledProblem:
        """The problem of a table with composites."""
        behind = {r.free - 1 for r in table.inner if r.free and r.op != "~1"}
        free = np.array([i for i in range(table.k) if i not in behind], dtype=np.intp)
        settled = np.array(sorted(behind), dtype=np.intp)
        parts = tuple(_part(table, c) for c in table.composites)
        return cls(inner, tuple(held), parts, free, settled)

    @property
    def k(self) -> int:
        return len(self.free)

    def theta(self, beta: Array) -> Array:
        """θ (k,) at β (b,)."""
        theta = np.zeros(len(self.free) + len(self.settled))
        theta[self.free] = beta
        for g, (block, sample) in enumerate(zip(self.inner.blocks, self.inner.samples, strict=True)):
            _settle(block, sample.S, [p for p in self.parts if p.group == g], theta)
        return theta

    def at(self, beta: Array) -> ProfiledPoint | None:
        """Value, gradient and expected information at β; None where some Σ is not positive definite."""
        with np.errstate(all="ignore"):
            theta = self.theta(beta)
            whole = self.inner.at(theta) if np.isfinite(theta).all() else None
        if whole is None:
            return None
        R = self._slopes(whole)
        by_settled = R[:, self.settled]
        try:
            slopes: Array = np.asarray(np.linalg.solve(by_settled, R[:, self.free]), dtype=float)
            multipliers = np.asarray(
                -np.linalg.solve(by_settled.T, whole.gradient[self.settled]), dtype=float
            )
        except np.linalg.LinAlgError:
            return None
        K = np.zeros((len(theta), self.k))
        K[self.free, np.arange(self.k)] = 1.0
        K[self.settled] = -slopes
        information = self._between(whole.information, -slopes)
        return ProfiledPoint(
            beta, whole.f, whole.gradient @ K, information, whole.parts, whole, K, multipliers
        )

    def _slopes(self, whole: Point) -> Array:
        """∂h/∂θ (m, k)."""
        states = [whole.parts[part.group].state for part in self.parts]
        return np.concatenate([h.slopes(state) for h, state in zip(self.held, states, strict=True)])

    def observed_information(self, point: Point) -> Array:
        """The second derivative of f by β."""
        here = point if isinstance(point, ProfiledPoint) else self.at(point.theta)
        if here is None:
            raise ValueError("not a positive definite covariance matrix")
        return self._between(self.curvature(here), here.K[self.settled])

    def curvature(self, point: ProfiledPoint) -> Array:
        """The second derivative of the Lagrangian by θ (k, k)."""
        out: Array = self.inner.observed_information(point.whole) + self._bend(point)
        return out

    def _between(self, matrix: Array, slopes: Array) -> Array:
        """K' M K (b, b) of a symmetric M (k, k), K being the unit matrix beside ``slopes`` (m, b)."""
        mixed = matrix[np.ix_(self.free, self.settled)]
        half = mixed + 0.5 * slopes.T @ matrix[np.ix_(self.settled, self.settled)]
        crossed = half @ slopes
        out: Array = matrix[np.ix_(self.free, self.free)] + crossed + crossed.T
        return out

    def _bend(self, point: ProfiledPoint) -> Array:
        """Σ λ ∂²h/∂θ∂θ' (k, k)."""
        k, at = len(point.whole.theta), 0
        out = np.zeros((k, k))
        for part, held in zip(self.parts, self.held, strict=True):
            size = len(held.targets)
            values, at = point.multipliers[at : at + size], at + size
            block, state = held.block, point.whole.parts[part.group].state
            Q = np.zeros((block.p, block.p))
            i, j = held.places
            np.add.at(Q, (i, j), values)
            np.add.at(Q, (j, i), values)  # ½ tr(QΣ) is Σ λ Σ_ij, a variance counted twice
            Z = np.concatenate([state.G, state.C[: block.p]], axis=1)
            out = out + block.by_parameters(model_curvature(block, state, Z.T @ Q @ Z, None))
        return out


def _part(table: ParameterTable, c: Composed) -> _Part:
    own = np.array([table.observed.index(name) for name in c.indicators], dtype=np.intp)
    return _Part(c.group - 1, own, c.marker, len(table.observed) + table.latents.index(c.name))


def _settle(block: Block, S: Array, parts: Sequence[_Part], theta: Array) -> None:
    """Write into ``theta`` what follows from the rest in one group."""
    if not parts:
        return
    A, V, _ = block.fill(theta)
    sizes = np.zeros(len(parts))
    for c, part in enumerate(parts):
        T = S[np.ix_(part.own, part.own)]
        row = A[part.own[part.marker]]
        w = -row[part.own]
        w[part.marker] = 1.0
        w = w / row[part.place]
        Tw = T @ w
        sizes[c] = w @ Tw
        others = np.delete(np.arange(len(w)), part.marker)
        loadings = Tw / sizes[c]
        A[part.own[others], part.place] = loadings[others]
        apart = T - np.outer(loadings, Tw)
        V[np.ix_(part.own[others], part.own[others])] = apart[np.ix_(others, others)]
    places = np.array([part.place for part in parts], dtype=np.intp)
    V[places, places] = 0.0
    E = np.linalg.inv(block.layout.eye - A)[places]
    explained = ((E @ V) * E).sum(axis=1)
    V[places, places] = np.linalg.solve(E[:, places] ** 2, sizes - explained)
    entries = np.concatenate([A[block.a], V[block.s]])
    inside = np.zeros(len(V), dtype=bool)
    inside[places] = True
    items = np.concatenate([part.own for part in parts])
    i, j = block.a
    of_a = np.isin(i, items) & inside[j]
    i, j = block.s
    of_s = (np.isin(i, items) & np.isin(j, items)) | ((i == j) & inside[i])
    chosen = np.nonzero(np.concatenate([of_a, of_s]))[0]
    factors = block.D[chosen]
    params = (factors != 0).argmax(axis=1)
    theta[params] = entries[chosen] / factors[np.arange(len(chosen)), params]
