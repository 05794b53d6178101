"""What the estimates of a fit had to obey, as a matrix: for tests that ask what a step beside them would change.

Three kinds: equations of the model's text, inequalities that bind, and the covariances of composites' indicators.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.model.table import ParameterTable
from surveykit.sem.conditions import held_moments

if TYPE_CHECKING:
    from surveykit.sem.result import Fit

__all__ = ["binding", "directions", "held_rows"]

Array = NDArray[np.float64]
_BOUND = 1e-7
_RANK = 1e-9


def binding(table: ParameterTable, theta: Array) -> list[tuple[str, Array]]:
    """Name and derivative (k,) of each inequality on whose bound the estimates stand."""
    return [
        (e.name, np.asarray(e.gradient))
        for op in "<>"
        for e in table.constraints(theta, op)
        if abs(float(e.value)) < _BOUND
    ]


def held_rows(fit: Fit, blocks: Sequence[Block], theta: Array, *, equations: bool = True) -> Array:
    """The derivative (r, k) of all that holds, by the parameters of ``blocks``, of which the fit's come first."""
    k, own = len(theta), len(fit.theta)
    rows = [slope for _, slope in binding(fit.table, fit.theta)]
    if equations:
        rows += [np.asarray(e.gradient) for e in fit.table.constraints(fit.theta)]
    wide = [np.append(row, np.zeros(k - own)) for row in rows]
    S = [s.S for s in fit.samples]
    for part, c in zip(held_moments(fit.table, blocks, S), fit.table.composites, strict=True):
        wide += list(part.slopes(blocks[c.group - 1].state(theta)))
    return np.array(wide).reshape(len(wide), k)


def directions(R: Array, size: Array) -> tuple[Array, Array]:
    """K (k, k − r) that R (r, k) leaves free, and R⁺ (k, r), for parameters that move by about ``size`` (k,)."""
    k = R.shape[1]
    if not len(R):
        return np.diag(size), np.zeros((k, 0))
    unit = R * size
    length = np.linalg.norm(unit, axis=1)
    length = np.where(length > 0, length, 1.0)
    left, singular, right = np.linalg.svd(unit / length[:, None])
    rank = int((singular > _RANK).sum())
    back = right[:rank].T @ (left[:, :rank].T / singular[:rank, None]) / length
    return size[:, None] * right[rank:].T, size[:, None] * back
