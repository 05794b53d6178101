"""The search for the weights of composites and all else at once: over what T leaves open, with the heaviest indicators as
markers (``profiled``, ``markers``), and from several beginnings, because weights have local optima."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model.matrices import Matrices
from surveykit.model.table import ParameterTable
from surveykit.sem.conditions import Conditions, held_moments, minimise_under
from surveykit.sem.kernels import Problem
from surveykit.sem.markers import heaviest, translated, with_markers
from surveykit.sem.optimise import Optimum, minimise
from surveykit.sem.profiled import ProfiledPoint, ProfiledProblem
from surveykit.sem.start import canonical_weights, parameter_units

if TYPE_CHECKING:
    from surveykit.sem.engine import Scaled

__all__ = ["from_canonical", "from_here", "search_composites", "with_heaviest"]

Array = NDArray[np.float64]
Start = Callable[["Scaled"], "tuple[Scaled, Array]"]
_ROUNDS, _STEPS, _LAST = 6, 25, 150


def search_composites(scaled: Scaled, starts: Sequence[Start]) -> Optimum | None:
    """The lowest of the optima that several beginnings lead to; None where no search can begin."""
    best: Optimum | None = None
    failure: Exception | None = None
    for start in starts:
        try:
            found = _search(scaled, *start(scaled))
        except (SurveykitError, ValueError, np.linalg.LinAlgError) as error:
            failure = failure or error
            continue
        if found is None:
            continue
        lower = best is None or not best.converged or found.point.f < best.point.f - 1e-12
        best = found if best is None or (found.converged and lower) else best
    if best is None and failure is not None:
        raise failure
    return best


def from_here(theta: Array) -> Start:
    """A beginning at known values (k,)."""
    return lambda scaled: (scaled, theta)


def from_canonical(start_of: Callable[[Scaled], Array]) -> Start:
    """A beginning at each composite's weights that correlate most with all others, the heaviest of them the marker."""

    def begin(scaled: Scaled) -> tuple[Scaled, Array]:
        markers = {}
        for c in scaled.table.composites:
            S = scaled.problem.samples[c.group - 1].S
            own = [scaled.table.observed.index(n) for n in c.indicators]
            sizes = np.abs(canonical_weights(S, own)) * np.sqrt(S.diagonal()[own])
            markers[c.name, c.group] = int(np.argmax(sizes))
        here = _with_markers(scaled, markers)
        return here, start_of(here)

    return begin


def with_heaviest(scaled: Scaled, theta: Array) -> tuple[Scaled, Array]:
    """The same point (k,) where the heaviest indicator of each composite is its marker."""
    sizes = dict(zip(scaled.table.observed, scaled.units.tolist(), strict=False))
    following = _with_markers(scaled, heaviest(scaled.table, theta * scaled.tau, sizes))
    return following, _translated(scaled, following, theta)


def _search(scaled: Scaled, here: Scaled, theta: Array) -> Optimum | None:
    """Where the search from ``theta`` (k,), written with the markers of ``here``, ends."""
    optimum, steps = None, 0
    for step in range(_ROUNDS):
        before = here.table
        here, theta = with_heaviest(here, theta)
        last = step == _ROUNDS - 1 or (step > 0 and here.table is before)
        optimum = _minimised(here, theta, _LAST if last else _STEPS)
        if optimum is None:
            return None
        theta, steps = optimum.point.theta, steps + optimum.iterations
        if optimum.converged or last:
            break
    if optimum is None or not optimum.converged or here.table is scaled.table:
        return optimum
    end = _minimised(scaled, _translated(here, scaled, theta), _STEPS)
    return None if end is None else replace(end, iterations=end.iterations + steps)


def _profiled(scaled: Scaled) -> tuple[ProfiledProblem, Conditions]:
    if not isinstance(scaled.problem, Problem) or scaled.conditions is None:
        raise ValueError("composites need complete moments")
    problem = scaled.problem
    return ProfiledProblem.of(scaled.table, problem, scaled.conditions.held), scaled.conditions


def _minimised(scaled: Scaled, theta: Array, steps: int) -> Optimum | None:
    """The end of the search from ``theta`` (k,), with θ whole."""
    problem, conditions = _profiled(scaled)
    begin = problem.at(theta[problem.free])
    if begin is None:
        return None
    if conditions.constrained:
        own = conditions.over(problem.free)
        held = minimise_under(problem, own, begin)
        free = own.apart_from_bounds(held.point.theta, held.active)
        found = Optimum(held.point, held.scaled_gradient, held.converged, held.iterations, free, held.active)
    else:
        found = minimise(problem, begin, max_iterations=steps)
    end = found.point
    if not isinstance(end, ProfiledPoint):
        raise ValueError("a point of another problem")
    K = end.K if found.K is None else end.K @ found.K
    gradient = np.zeros(len(end.whole.theta))
    gradient[problem.free] = found.scaled_gradient
    return replace(found, point=end.whole, scaled_gradient=gradient, K=K)


def _with_markers(scaled: Scaled, markers: dict[tuple[str, int], int]) -> Scaled:
    """The same problem with other markers, in the same units."""
    key = ("markers", tuple(sorted(markers.items())))
    table: ParameterTable = scaled.table.once(key, lambda: with_markers(scaled.table, markers))
    if table is scaled.table or not isinstance(scaled.problem, Problem):
        return scaled
    own = scaled.units[: len(table.observed)]
    moments = [
        (s.S * np.outer(own, own), np.zeros(len(own)) if s.mean is None else s.mean * own)
        for s in scaled.problem.samples
    ]
    matrices = Matrices(table, moments)
    tau = parameter_units(matrices.blocks, scaled.units)
    blocks = tuple(b.rescaled(scaled.units, tau) for b in matrices.blocks)
    held = held_moments(table, blocks, [s.S for s in scaled.problem.samples])
    return replace(
        scaled,
        table=table,
        matrices=matrices,
        problem=Problem(blocks, scaled.problem.samples),
        tau=tau,
        conditions=Conditions(table, tau, held),
    )


def _translated(source: Scaled, target: Scaled, theta: Array) -> Array:
    """θ (k,) of one choice of markers in another: the same model, so the same means of all variables."""
    if source.table is target.table:
        return theta
    moved = translated(source.table, target.table, theta * source.tau) / target.tau
    problem = _profiled(target)[0]
    moved = problem.theta(moved[problem.free])
    place = {name: i for i, name in enumerate(target.matrices.variables)}
    for g, (before, after) in enumerate(
        zip(source.problem.blocks, target.problem.blocks, strict=True), start=1
    ):
        rows = [r for r in target.table.inner if r.op == "~1" and r.group == g]
        if not rows:
            continue
        mean = before.state(theta).mean.copy()
        for c in target.table.composites:
            if c.group == g:
                own = [target.table.observed.index(n) for n in c.indicators]
                A = after.fill(moved)[0]
                row = A[own[c.marker]]
                weights = -row[own]
                weights[c.marker] = 1.0
                mean[place[c.name]] = weights @ mean[own] / row[place[c.name]]
        left = mean - after.fill(moved)[0] @ mean
        for r in rows:
            entry = int(np.nonzero(after.D[:, r.free - 1])[0][0])
            moved[r.free - 1] = left[place[r.lhs]] / after.D[entry, r.free - 1]
    return moved
