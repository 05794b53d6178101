"""Is the model identified? A rank test of the derivative of the implied moments.

A parameter is locally identified when no direction of change leaves all moments as they are: ∂σ/∂θ has full
column rank (Wald 1950; Bekker, Merckens & Wansbeek 1994). The rank is taken at two generic points, drawn
with a fixed seed, because start values may sit where a model happens to be singular (a covariance of zero),
and again at the solution. Columns and rows are scaled, so that units do not matter.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.model.matrices import Block, vech_indices
from surveykit.model.table import ParameterTable

__all__ = [
    "check_at_solution",
    "check_before",
    "check_generic",
    "demand_rank",
    "null_columns",
    "null_parameters",
]

Array = NDArray[np.float64]
SINGULAR = 1e-8
"""Smallest singular value, columns of unit length, at a generic point."""
SINGULAR_AT_SOLUTION = 1e-6
_SHOWN = 8
_REMEMBERED = 64
_PASSED: dict[int, ParameterTable] = {}


def check_before(
    table: ParameterTable,
    blocks: Sequence[Block],
    theta: Array,
    moments: int,
    constraints: Callable[[Array], Array | None] | None = None,
) -> None:
    """Raise where there are more parameters than moments or the rank is deficient at generic points."""
    held = None if constraints is None else constraints(theta)
    free = table.k - (0 if held is None or not len(held) else int(np.linalg.matrix_rank(held, tol=SINGULAR)))
    if free <= moments and _PASSED.get(id(table)) is table:
        return  # the generic rank is the model's own: who has passed once passes with all data

    def null_at(point: Array) -> tuple[int, ...]:
        held = None if constraints is None else constraints(point)
        return null_parameters(blocks, point, table.meanstructure, SINGULAR, held)

    check_generic(table, null_at, theta, free, moments)
    while len(_PASSED) >= _REMEMBERED:
        _PASSED.pop(next(iter(_PASSED)), None)
    _PASSED[id(table)] = table


def check_generic(
    table: ParameterTable,
    null_at: Callable[[Array], tuple[int, ...]],
    theta: Array,
    free: int,
    moments: int,
) -> None:
    """The same for any statistics: ``null_at`` names the parameters in the null space at a point."""
    if free > moments:
        raise SurveykitError(
            "the model is not identified: it has more free parameters than there are sample moments",
            expected=f"at most {moments} free parameters",
            got=f"{free}: {_listed(_shown(table, range(table.k)))}",
            hint="fix parameters, or measure a construct with more items",
            code="SEM_NOT_IDENTIFIED",
        )
    generator = np.random.Generator(np.random.Philox(key=20250101))
    found: tuple[int, ...] = ()
    for _ in range(2):
        noise = generator.uniform(-0.3, 0.3, (2, table.k))
        found = null_at(theta * (1 + noise[0]) + 0.3 * noise[1])
        if not found:
            return
    raise _not_identified(table, found, "whatever the data")


def check_at_solution(
    table: ParameterTable, blocks: Sequence[Block], theta: Array, constraints: Array | None = None
) -> None:
    """Raise where the rank is deficient at the estimates (empirical underidentification)."""
    demand_rank(table, null_parameters(blocks, theta, table.meanstructure, SINGULAR_AT_SOLUTION, constraints))


def demand_rank(table: ParameterTable, found: tuple[int, ...]) -> None:
    """Raise where parameters were found that can move together at the estimates."""
    if found:
        raise _not_identified(table, found, "at the estimates for these data")


def null_parameters(
    blocks: Sequence[Block],
    theta: Array,
    meanstructure: bool,
    tolerance: float,
    constraints: Array | None = None,
) -> tuple[int, ...]:
    """The free parameters (0-based) that can move together without moving any moment; () at full rank.

    ``constraints`` (r, k) are linear ones that the movement must obey.
    """
    J = np.concatenate([_scaled_jacobian(b, theta, meanstructure) for b in blocks])
    if constraints is not None:
        J = np.concatenate([J, constraints])
    return null_columns(J, tolerance)


def null_columns(J: Array, tolerance: float) -> tuple[int, ...]:
    """The columns of a Jacobian (moments, k) that take part in a change without a trace; () at full rank."""
    length = np.linalg.norm(J, axis=0)
    dead = length < 1e-12
    J = J / np.where(dead, 1.0, length)
    gram = J.T @ J
    try:
        # eigenvalues are squares: all above 1e-10 is full rank, the rest the singular values themselves decide
        np.linalg.cholesky(gram - 1e-10 * np.eye(len(gram)))
        return ()
    except np.linalg.LinAlgError:
        pass
    singular, vectors = np.linalg.svd(J)[1:]
    null = vectors[(np.concatenate([singular, np.zeros(len(vectors) - len(singular))]) < tolerance)]
    if not len(null):
        return ()
    weight = np.abs(null).max(axis=0)
    return tuple(int(i) for i in np.nonzero(weight > 1e-4)[0])


def _scaled_jacobian(block: Block, theta: Array, meanstructure: bool) -> Array:
    state = block.state(theta)
    left, right = block.columns(state)
    sd = np.sqrt(np.maximum(np.abs(np.diagonal(state.Sigma)), 1e-300))
    left, right = left / sd[:, None], right / sd[:, None]
    rows, columns = vech_indices(block.p)
    J: Array = (left[rows] * right[columns] + left[columns] * right[rows]) @ block.D[: left.shape[-1]]
    if meanstructure:
        J = np.concatenate([J, (block.mean_columns(state) / sd[:, None]) @ block.D])
    return J


def _not_identified(table: ParameterTable, found: tuple[int, ...], when: str) -> SurveykitError:
    return SurveykitError(
        f"the model is not identified {when}: some parameters can change together without a trace",
        got=_listed(_shown(table, found)),
        hint="fix one of them, drop a path or a cross-loading, or measure the construct with more items",
        code="SEM_NOT_IDENTIFIED",
    )


def _shown(table: ParameterTable, places: Sequence[int]) -> list[str]:
    """Names of parameters; of those behind a composite only where there are no others."""
    names, behind = table.names(), {r.free - 1 for r in table.inner}
    return [names[i] for i in places if i not in behind] or [names[i] for i in places]


def _listed(names: Sequence[str]) -> str:
    shown = ", ".join(quote(n) for n in names[:_SHOWN])
    return shown + (f", … ({len(names)} in all)" if len(names) > _SHOWN else "")
