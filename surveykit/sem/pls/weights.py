"""Outer weights by Wold's algorithm, from correlations alone, for one sample or a stack of replicates.

Tenenhaus, Esposito Vinzi, Chatelin & Lauro (2005), section 2. With W (p, J) the outer weights, C = W'RW are the
correlations of the composites, E the inner weights that the scheme makes of C, and R W E the
covariances of all indicators with the inner proxies. No row is needed: a stack of R is one call.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.pls.design import Design

__all__ = ["SCHEMES", "Weights", "inverses", "outer_weights", "path_coefficients", "solutions"]

Array = NDArray[np.float64]
SCHEMES = ("path", "factorial", "centroid")
TOLERANCE = 1e-10
MOST_ITERATIONS = 3000
"""Repeated indicators of a formative construct take more than a thousand; replicates that settle leave the stack."""


@dataclass(frozen=True, slots=True)
class Weights:
    """W (R, p, J) of composites with variance 1, the iterations taken (R,), whether they settled (R,)."""

    w: Array
    iterations: NDArray[np.int64]
    converged: NDArray[np.bool_]


def outer_weights(r: Array, design: Design, scheme: str, tolerance: float = TOLERANCE) -> Weights:
    """The outer weights of every correlation matrix of the stack ``r`` (R, p, p).

    Weights start equal. The search stops where their absolute changes sum to less than ``tolerance``.
    Replicates that have settled leave the stack. A composite points to where the sum of its loadings
    is positive.
    """
    w = _start(r, design)
    iterations = np.full(len(r), MOST_ITERATIONS, dtype=np.int64)
    converged = np.zeros(len(r), dtype=bool)
    blocks = [design.block(j) for j in range(len(design.constructs))]
    moving = [j for j, b in enumerate(blocks) if design.modes[j] in "AB" and len(b) > 1]
    inverse = {j: inverses(r[:, blocks[j][:, None], blocks[j]]) for j in moving if design.modes[j] == "B"}
    before = [np.flatnonzero(design.inner[:, j]) for j in range(len(blocks))]
    at, left, current = np.arange(len(r)), r, w
    for step in range(1, MOST_ITERATIONS + 1):
        rw = left @ current
        target = rw @ _inner(np.swapaxes(current, 1, 2) @ rw, design.inner, before, scheme)
        new = current.copy()
        for j in moving:
            v = target[:, blocks[j], j]
            if j in inverse:
                v = np.einsum("rij,rj->ri", inverse[j][at], v)
            new[:, blocks[j], j] = v / _size(v, left[:, blocks[j][:, None], blocks[j]])
        change = np.abs(np.abs(new) - np.abs(current)).sum(axis=(1, 2))
        current, done = new, ~(change >= tolerance)  # what is not a number will not settle
        if done.any():
            w[at[done]], iterations[at[done]], converged[at[done]] = (
                current[done],
                step,
                change[done] < tolerance,
            )
            at, left, current = at[~done], left[~done], current[~done]
        if not len(at):
            break
    w[at] = current
    towards = ((r @ w) * design.member).sum(axis=1)
    return Weights(w * np.where(towards < 0, -1.0, 1.0)[:, None, :], iterations, converged)


def path_coefficients(c: Array, design: Design) -> Array:
    """B (…, J, J), from row to column: regressions of each construct on those before it."""
    b = np.zeros_like(c)
    for j in design.endogenous:
        before = design.before(j)
        b[..., before, j] = _regression(c, before, int(j))
    return b


def inverses(blocks: Array) -> Array:
    """Inverses of a stack; NaN where a matrix (of one replicate, say) has none."""
    try:
        return np.asarray(np.linalg.inv(blocks), dtype=float)
    except np.linalg.LinAlgError:
        out = np.full_like(blocks, np.nan)
        for i in np.flatnonzero(np.linalg.matrix_rank(blocks) == blocks.shape[1]):
            out[i] = np.linalg.inv(blocks[i])
        return out


def solutions(left: Array, right: Array) -> Array:
    """x of left · x = right for a stack; NaN where a matrix (of one replicate, say) has no inverse."""
    try:
        return np.asarray(np.linalg.solve(left, right[..., None])[..., 0], dtype=float)
    except np.linalg.LinAlgError:
        inverse = inverses(left.reshape(-1, *left.shape[-2:])).reshape(left.shape)
        return np.asarray((inverse @ right[..., None])[..., 0], dtype=float)


def _start(r: Array, design: Design) -> Array:
    w = np.zeros((len(r), *design.member.shape))
    for j, mode in enumerate(design.modes):
        b = design.block(j)
        block = r[:, b[:, None], b]
        v = np.linalg.eigh(block)[1][:, :, -1] if mode == "first" else np.ones((len(r), len(b)))
        w[:, b, j] = v / _size(v, block)
    return w


def _size(v: Array, block: Array) -> Array:
    """The standard deviation of the composite with weights v, as a column."""
    size: Array = np.sqrt(np.einsum("ri,rij,rj->r", v, block, v))[:, None]
    return size


def _inner(c: Array, paths: NDArray[np.bool_], before: Sequence[NDArray[np.intp]], scheme: str) -> Array:
    """E (R, J, J); column j holds the weights of the constructs in the inner proxy of j."""
    linked = paths | paths.T
    if scheme == "centroid":
        signs: Array = np.sign(c) * linked
        return signs
    if scheme == "factorial":
        return c * linked
    e = c * paths.T
    for j, left in enumerate(before):
        if len(left):
            e[:, left, j] = _regression(c, left, j)
    return e


def _regression(c: Array, before: NDArray[np.intp], j: int) -> Array:
    """Standardised coefficients of variable j on those ``before``, for the whole stack."""
    right: Array = c[..., before, j]
    if len(before) == 1:
        return right
    left = c[..., before[:, None], before]
    if len(before) == 2:  # most of a bootstrap's time goes into these small systems
        r = np.asarray(left[..., :1, 1], dtype=float)
        return np.asarray((right - r * right[..., ::-1]) / (1 - r * r), dtype=float)
    return solutions(left, right)
