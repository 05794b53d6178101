"""Conditions on parameters that no straight line describes: ``a*b == 0.5``, ``a < b``, moments held at the sample's.

The search is sequential quadratic programming: with h(θ) = 0 the equalities and the inequalities that bind, and R =
∂h/∂θ, each step d solves

    min ½ d'Bd + g'd   subject to   R d = −h,

B the information, near the end the second derivative of the Lagrangian (Nocedal & Wright 2006, ch. 18). Inequalities
bind by an active set: one that the estimates break is made an equality, one whose multiplier has the wrong sign is let
go. With K a basis of the null space of R at the end the covariance of the estimates is K (K'IK)⁻¹ K' / n (Aitchison
& Silvey 1958). An equality that holds costs a degree of freedom, an inequality that binds does not, as in lavaan.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model.matrices import Block, State, vech_indices
from surveykit.model.table import ParameterTable
from surveykit.sem.kernels import Point

__all__ = ["Conditions", "Held", "HeldMoments", "binding_note", "held_moments", "minimise_under"]

Array = NDArray[np.float64]


class Searchable(Protocol):
    """What the search needs of a problem."""

    def at(self, theta: Array, /) -> Point | None:
        """Value, gradient and expected information; None where there are none."""
        ...

    def observed_information(self, point: Point, /) -> Array:
        """The second derivative."""
        ...


TOLERANCE = 1e-9
"""Of the reduced gradient (divided by the root of its information) and of the distance to every condition."""
_BROKEN = 1e-9
_RANK = 1e-9
_STEPS, _ROUNDS = 300, 25
_NEAR, _STUCK = 1e-2, 1e-6


@dataclass(frozen=True, slots=True)
class HeldMoments:
    """Covariances of one group that the model must reproduce: of pairs of observed variables at ``places``, ``targets`` (m,)."""

    block: Block
    places: tuple[NDArray[np.intp], NDArray[np.intp]]
    targets: Array

    def at(self, theta: Array) -> tuple[Array, Array]:
        """Implied minus wanted (m,), and its derivative (m, k)."""
        state = self.block.state(theta)
        i, j = self.places
        return state.Sigma[i, j] - self.targets, self.slopes(state)

    def slopes(self, state: State) -> Array:
        """The derivative alone (m, k), where the block has been worked out."""
        left, right = self.block.columns(state)
        i, j = self.places
        by_entry = left[i] * right[j] + left[j] * right[i]
        means = np.zeros((len(i), len(self.block.m)))
        return self.block.by_parameter(np.concatenate([by_entry, means], axis=1))


def held_moments(
    table: ParameterTable, blocks: Sequence[Block], S: Sequence[Array]
) -> tuple[HeldMoments, ...]:
    """Of every composite the (co)variances of its indicators: they are the sample's, ``S`` (p, p) per group."""
    out = []
    for part in table.composites:
        own = np.array([table.observed.index(name) for name in part.indicators], dtype=np.intp)
        rows, columns = vech_indices(len(own))
        places = (own[rows], own[columns])
        out.append(HeldMoments(blocks[part.group - 1], places, S[part.group - 1][places]))
    return tuple(out)


@dataclass(frozen=True, slots=True)
class Conditions:
    """All that θ/τ must obey: the table's ``==``, ``<`` and ``>``, and moments that are held."""

    table: ParameterTable
    tau: Array
    held: tuple[HeldMoments, ...] = ()
    places: NDArray[np.intp] | None = None

    @property
    def constrained(self) -> bool:
        """Whether anything stands in the table."""
        return any(e.op in ("==", "<", ">") for e in self.table.equations) or bool(self.table.bounds)

    def over(self, places: NDArray[np.intp]) -> Conditions:
        """What the table demands, by the parameters at ``places`` alone (the others stand in no equation)."""
        return replace(self, held=(), places=places)

    def equalities(self, theta: Array) -> tuple[Array, Array]:
        """h (r,) and R (r, k) of everything that must be 0, each row of unit length."""
        values, slopes = self._equations(theta, "==")
        for part in self.held:
            h, J = part.at(theta)
            values, slopes = [*values, *h], [*slopes, *J]
        return _unit(values, slopes, len(theta))

    def inequalities(self, theta: Array) -> tuple[Array, Array]:
        """c (m,), at most 0 where ``<`` and ``>`` are obeyed, and its derivative (m, k)."""
        below, slopes = self._equations(theta, "<")
        above, others = self._equations(theta, ">")
        values, slopes = [*below, *(-v for v in above)], [*slopes, *(-s for s in others)]
        for value, slope in self._bounds(theta):
            values, slopes = [*values, value], [*slopes, slope]
        return _unit(values, slopes, len(theta))

    def _bounds(self, theta: Array) -> list[tuple[float, Array]]:
        """Of each bound what is beyond it, at most 0 where it is obeyed, and its derivative."""
        own = {p: i for i, p in enumerate(range(len(self.tau)) if self.places is None else self.places)}
        unit, out = np.eye(len(theta)), []
        for place, low, high in self.table.bounds:
            i = own[place]
            if low > -np.inf:
                out.append((float(low / self.tau[place] - theta[i]), -unit[i]))
            if high < np.inf:
                out.append((float(theta[i] - high / self.tau[place]), unit[i]))
        return out

    def apart_from_bounds(self, theta: Array, active: Sequence[int]) -> Array:
        """The basis (k, k − r) of what equalities and inequalities of the text leave free, bounds let go: as in lavaan, standard
        errors know constraints but not bounds."""
        written = sum(e.op in ("<", ">") for e in self.table.equations)
        R = self.binding(theta, [i for i in active if i < written])[1]
        if not len(R):
            return np.eye(len(theta))
        singular, right = np.linalg.svd(R)[1:]
        return np.asarray(right[int((singular > _RANK).sum()) :].T)

    def _equations(self, theta: Array, op: str) -> tuple[list[float], list[Array]]:
        at: slice | NDArray[np.intp] = slice(None)
        if self.places is not None:
            at, part = self.places, theta
            theta = np.zeros(len(self.tau))
            theta[at] = part
        found = self.table.constraints(theta * self.tau, op)
        return [float(e.value) for e in found], [(np.asarray(e.gradient) * self.tau)[at] for e in found]

    def binding(self, theta: Array, active: Sequence[int]) -> tuple[Array, Array]:
        """The equalities and the inequalities that bind."""
        h, R = self.equalities(theta)
        if not active:
            return h, R
        c, J = self.inequalities(theta)
        chosen = list(active)
        return np.concatenate([h, c[chosen]]), np.concatenate([R, J[chosen]])

    def jacobian(self, theta: Array) -> Array:
        """R of the equalities, for tests of rank."""
        return self.equalities(theta)[1]

    def rank(self, theta: Array) -> int:
        """How many parameters the equalities cost."""
        R = self.jacobian(theta)
        return int(np.linalg.matrix_rank(R, tol=_RANK)) if len(R) else 0


@dataclass(frozen=True, slots=True)
class Held:
    """Where the search ended: the point, the basis K (k, k − r), the scaled gradient (k,), whether it converged."""

    point: Point
    K: Array
    scaled_gradient: Array
    converged: bool
    iterations: int
    active: tuple[int, ...] = ()


def minimise_under(problem: Searchable, conditions: Conditions, start: Point) -> Held:
    """The minimum of f under the conditions, from the point ``start``, which need not obey them."""
    active: tuple[int, ...] = ()
    found = _with_active(problem, conditions, start, active, _STEPS)
    seen, left = {active}, _STEPS - found.iterations
    for _ in range(_ROUNDS):
        c = conditions.inequalities(found.point.theta)[0]
        broken = [i for i in range(len(c)) if i not in active and c[i] > _BROKEN]
        following = active
        if broken:
            worst = max(broken, key=lambda i: float(c[i]))
            following = tuple(sorted({*active, worst}))
        elif active:
            wrong = _multipliers(conditions, found, active)
            least = min(range(len(active)), key=lambda i: float(wrong[i]))
            if wrong[least] < -_BROKEN:
                following = active[:least] + active[least + 1 :]
        if following == active:
            return replace(found, active=active)
        if following in seen or left <= 0:
            break
        seen.add(following)
        active = following
        found = _with_active(problem, conditions, found.point, active, left)
        left -= found.iterations
    return replace(found, converged=False, active=active)


def _multipliers(conditions: Conditions, found: Held, active: Sequence[int]) -> Array:
    """The multipliers of the binding inequalities: not negative where they rightly bind."""
    R = conditions.binding(found.point.theta, active)[1]
    found_here = np.linalg.lstsq(R.T, -found.point.gradient, rcond=None)[0]
    return np.asarray(found_here[-len(active) :], dtype=float)


@dataclass(frozen=True, slots=True)
class _Stand:
    """The search at one θ: what is left of every condition, their null space, the gradient within it."""

    point: Point
    h: Array
    R: Array
    K: Array
    back: Array
    reduced: Array
    multipliers: Array

    @property
    def scaled(self) -> Array:
        """The reduced gradient, free of scales."""
        size = np.sqrt(np.maximum(np.diagonal(self.K.T @ self.point.information @ self.K), 1e-300))
        out: Array = self.reduced / size
        return out

    @property
    def residual(self) -> float:
        return float(np.abs(self.scaled).max(initial=0.0) + np.abs(self.h).max(initial=0.0))


def _stand(conditions: Conditions, point: Point, active: Sequence[int]) -> _Stand:
    h, R = conditions.binding(point.theta, active)
    if not len(R):
        k = len(point.theta)
        return _Stand(point, h, R, np.eye(k), np.zeros((k, 0)), point.gradient, np.zeros(0))
    left, singular, right = np.linalg.svd(R)
    rank = int((singular > _RANK).sum())
    back = right[:rank].T @ (left[:, :rank].T / singular[:rank, None])
    K = right[rank:].T
    return _Stand(point, h, R, K, back, K.T @ point.gradient, -(back.T @ point.gradient))


def _with_active(
    problem: Searchable, conditions: Conditions, start: Point, active: tuple[int, ...], steps: int
) -> Held:
    at = _stand(conditions, start, active)
    weight, damping = 1.0, 0.0
    for iteration in range(steps):
        scaled = at.scaled
        if np.abs(scaled).max(initial=0.0) < TOLERANCE and np.abs(at.h).max(initial=0.0) < TOLERANCE:
            return _ended(problem, conditions, at, active, True, iteration)
        weight = max(weight, 2 * float(np.abs(at.multipliers).max(initial=0.0)))
        B = _curvature(problem, conditions, at, active)
        following, damping = _step(problem, conditions, at, B, active, weight, damping)
        if following is None:
            return _ended(problem, conditions, at, active, False, iteration)
        at = following
    return _ended(problem, conditions, at, active, False, steps)


def _ended(
    problem: Searchable,
    conditions: Conditions,
    at: _Stand,
    active: tuple[int, ...],
    converged: bool,
    steps: int,
) -> Held:
    if converged:  # one step more doubles the digits
        B = _curvature(problem, conditions, at, active)
        point = problem.at(at.point.theta + _direction(at, B, 0.0))
        better = None if point is None else _stand(conditions, point, active)
        at = better if better is not None and better.residual < at.residual else at
    elif np.abs(at.h).max(initial=0.0) > _STUCK:
        texts = [f"{e.lhs} {e.op} {e.rhs}" for e in conditions.table.equations if e.op != ":="]
        raise SurveykitError(
            "no parameters were found that obey all the constraints",
            got="; ".join(texts),
            hint="do they contradict each other, or what these parameters can be?",
            code="SEM_CONSTRAINT",
        )
    return Held(at.point, at.K, at.K @ at.scaled, converged, steps)


def _curvature(problem: Searchable, conditions: Conditions, at: _Stand, active: Sequence[int]) -> Array:
    """B: the expected information, near the end the second derivative of the Lagrangian where it is definite."""
    if at.residual > _NEAR:
        return at.point.information
    B = problem.observed_information(at.point) + _bend(conditions, at, active)
    try:
        np.linalg.cholesky(at.K.T @ B @ at.K)
    except np.linalg.LinAlgError:
        return at.point.information
    return B


def _bend(conditions: Conditions, at: _Stand, active: Sequence[int]) -> Array:
    """Σ λ ∂²h/∂θ∂θ', by central differences of the exact first derivatives."""
    theta, k = at.point.theta, len(at.point.theta)
    out = np.zeros((k, k))
    if not len(at.h):
        return out
    for i in range(k):
        step = 1e-5 * max(1.0, abs(theta[i]))
        ends = []
        for sign in (1, -1):
            moved = theta.copy()
            moved[i] += sign * step
            # rows of unit length: the multipliers belong to the rows as they are at θ
            ends.append(_raw(conditions, moved, active, theta))
        out[i] = at.multipliers @ (ends[0] - ends[1]) / (2 * step)
    return (out + out.T) / 2


def _raw(conditions: Conditions, theta: Array, active: Sequence[int], origin: Array) -> Array:
    """R at θ with rows in the units of those at ``origin``."""
    lengths = _lengths(conditions, origin, active)
    here = _lengths(conditions, theta, active)
    out: Array = conditions.binding(theta, active)[1] * (here / lengths)[:, None]
    return out


def _lengths(conditions: Conditions, theta: Array, active: Sequence[int]) -> Array:
    rows = [s for _, s in zip(*conditions._equations(theta, "=="), strict=True)]
    for part in conditions.held:
        rows += list(part.at(theta)[1])
    if active:
        others = [*conditions._equations(theta, "<")[1], *conditions._equations(theta, ">")[1]]
        others += [slope for _, slope in conditions._bounds(theta)]
        rows += [others[i] for i in active]
    sizes = np.linalg.norm(np.array(rows), axis=1)
    return np.where(sizes > 0, sizes, 1.0)


def _direction(at: _Stand, B: Array, damping: float) -> Array:
    normal = -(at.back @ at.h)
    M = at.K.T @ B @ at.K
    if damping:
        M = M + damping * np.diag(np.diagonal(at.K.T @ at.point.information @ at.K))
    wanted = at.reduced + at.K.T @ (B @ normal)
    try:
        along = np.linalg.solve(M, -wanted)
    except np.linalg.LinAlgError:
        along = np.linalg.lstsq(M, -wanted, rcond=None)[0]
    out: Array = normal + at.K @ along
    return out


def _step(
    problem: Searchable,
    conditions: Conditions,
    at: _Stand,
    B: Array,
    active: Sequence[int],
    weight: float,
    damping: float,
) -> tuple[_Stand | None, float]:
    """The next accepted place: one with a lower f + w Σ|h|, or, close to the end, with less left of all conditions."""
    merit = at.point.f + weight * float(np.abs(at.h).sum())
    while damping <= 1e8:
        whole = _direction(at, B, damping)
        for share in (1.0, 0.5, 0.25, 0.1):
            point = problem.at(at.point.theta + share * whole)
            if point is None:
                continue
            trial = _stand(conditions, point, active)
            if not np.isfinite(trial.h).all():
                continue
            gain = merit - point.f - weight * float(np.abs(trial.h).sum())
            expected = share * (abs(float(at.point.gradient @ whole)) + float(np.abs(at.h).sum()))
            close = at.residual < _NEAR and trial.residual < 0.5 * at.residual
            if gain > 1e-4 * expected or close:
                return trial, (damping / 10 if damping > 1e-7 else 0.0)
        damping = max(damping * 10, 1e-6)
    return None, damping


def _unit(values: Sequence[float], slopes: Sequence[Array], k: int) -> tuple[Array, Array]:
    """Conditions divided by the length of their derivative: what is left is a distance in θ."""
    if not len(values):
        return np.zeros(0), np.zeros((0, k))
    R, h = np.array(slopes), np.array(values)
    length = np.linalg.norm(R, axis=1)
    length = np.where(length > 0, length, 1.0)
    return h / length, R / length[:, None]


def binding_note(table: ParameterTable, active: Sequence[int]) -> tuple[str, ...]:
    """Which inequalities bind: the estimates stand on their bound, and the test counts them as no constraint."""
    texts = [f"{e.lhs} {op} {e.rhs}" for op in ("<", ">") for e in table.equations if e.op == op]
    names = table.names()
    for place, low, high in table.bounds:
        texts += [f"{names[place]} > {low:g}"] * (low > -np.inf) + [f"{names[place]} < {high:g}"] * (
            high < np.inf
        )
    if not texts:
        return ()
    held = ", ".join(texts[i] for i in active)
    return (f"inequality constraints that bind: {held}" if held else "no inequality constraint binds",)
