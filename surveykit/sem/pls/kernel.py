"""One pass from correlations to everything a PLS model says, for a stack of replicates at once."""

from __future__ import annotations

from dataclasses import dataclass, fields

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.pls.design import Design
from surveykit.sem.pls.weights import outer_weights, path_coefficients

__all__ = ["Solved", "correlations", "oriented", "rho_a", "solve", "solve_blocks"]

Array = NDArray[np.float64]
_BLOCK = 256


@dataclass(frozen=True, slots=True)
class Solved:
    """A stack of R solutions.

    ``w`` and ``loadings`` (R, p, J) hold the indicators of each construct, zero elsewhere; ``cross`` (R, p, J) are
    all correlations of indicators with composites; ``c`` (R, J, J) correlations of constructs, under PLSc corrected
    for attenuation; ``b`` (R, J, J) paths from row to column; ``total`` (R, J, J) total effects; ``r2`` (R, J);
    ``rho_a`` (R, J); ``converged`` and ``iterations`` (R,).
    """

    w: Array
    loadings: Array
    cross: Array
    c: Array
    b: Array
    total: Array
    r2: Array
    rho_a: Array
    converged: NDArray[np.bool_]
    iterations: NDArray[np.int64]

    def keep(self, which: NDArray[np.bool_] | slice) -> Solved:
        """Some of the stacked solutions."""
        return Solved(*(getattr(self, f.name)[which] for f in fields(Solved)))


def correlations(cov: Array) -> Array:
    """Correlations of a stack of covariances; NaN where a variance is zero."""
    with np.errstate(divide="ignore", invalid="ignore"):
        unit = 1 / np.sqrt(np.diagonal(cov, axis1=-2, axis2=-1))
        r: Array = cov * unit[..., :, None] * unit[..., None, :]
    return r


def solve_blocks(cov: Array, design: Design, scheme: str, *, consistent: bool, scaled: bool = True) -> Solved:
    """:func:`solve` on the correlations of the covariances ``cov`` (R, p, p), in blocks that stay in the processor's cache.

    Without ``scaled`` the weights are searched on the items in their own units.
    """
    sd = None if scaled else np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    if len(cov) <= _BLOCK:
        return solve(correlations(cov), design, scheme, consistent=consistent, sd=sd)
    out: Solved | None = None
    for i in range(0, len(cov), _BLOCK):
        own = None if sd is None else sd[i : i + _BLOCK]
        part = solve(correlations(cov[i : i + _BLOCK]), design, scheme, consistent=consistent, sd=own)
        if out is None:
            shapes = ((f.name, getattr(part, f.name)) for f in fields(Solved))
            out = Solved(**{name: np.empty((len(cov), *a.shape[1:]), a.dtype) for name, a in shapes})
        for f in fields(Solved):
            getattr(out, f.name)[i : i + _BLOCK] = getattr(part, f.name)
    return out  # type: ignore[return-value]


def oriented(drawn: Solved, at: Solved) -> Solved:
    """Each construct of each replicate turned, in place, to where its loadings agree with those of the estimates."""
    turned = (drawn.loadings * at.loadings).sum(axis=1) < 0
    rows = np.flatnonzero(turned.any(axis=1))
    sign = np.where(turned[rows], -1.0, 1.0)
    for one in (drawn.w, drawn.loadings, drawn.cross):
        one[rows] *= sign[:, None, :]
    for both in (drawn.c, drawn.b, drawn.total):
        both[rows] *= sign[:, :, None] * sign[:, None, :]
    return drawn


def solve(r: Array, design: Design, scheme: str, *, consistent: bool, sd: Array | None = None) -> Solved:
    """Weights, loadings, paths and effects of every correlation matrix in ``r`` (R, p, p).

    With ``sd`` (R, p) the weights are searched on covariances; they are given for standardised items all the same.

    With ``consistent`` the common factors of the design are corrected: Dijkstra & Henseler (2015), PLSc.
    """
    known = np.asarray(np.isfinite(r).all(axis=(1, 2)))  # an item may be constant in a replicate
    if not known.all():
        r = np.where(known[:, None, None], r, np.eye(r.shape[1]))
    with np.errstate(divide="ignore", invalid="ignore"):  # what is not finite has not settled
        searched = r if sd is None else r * sd[:, :, None] * sd[:, None, :]
        weights = outer_weights(searched, design, scheme)
    w = weights.w if sd is None else weights.w * sd[:, :, None]
    cross = r @ w
    c = np.swapaxes(w, 1, 2) @ cross
    c = (c + np.swapaxes(c, 1, 2)) / 2
    loadings = cross * design.member
    rho = rho_a(r, w, design)
    if consistent:
        used = np.where(design.common, rho, 1.0)
        with np.errstate(invalid="ignore", divide="ignore"):
            c = c / np.sqrt(used[:, :, None] * used[:, None, :])
            factor = np.sqrt(used) / (w * w).sum(axis=1)
        j = np.arange(c.shape[1])
        c[:, j, j] = 1.0
        loadings = np.where(design.common, w * factor[:, None, :], loadings)
    finite = np.isfinite(c).all(axis=(1, 2))
    b = np.full_like(c, np.nan)
    b[finite] = path_coefficients(c[finite], design)
    total = np.full_like(c, np.nan)
    total[finite] = np.linalg.inv(np.eye(c.shape[1]) - b[finite]) - np.eye(c.shape[1])
    return Solved(
        w,
        loadings,
        cross,
        c,
        b,
        total,
        (b * c).sum(axis=1),
        rho,
        weights.converged & finite & known & np.isfinite(b).all(axis=(1, 2)),
        weights.iterations,
    )


def rho_a(r: Array, w: Array, design: Design) -> Array:
    """Dijkstra's ρA (R, J): (w'w)² · w'(S − diag S)w / w'(ww' − diag ww')w; 1 for other modes and for a single indicator."""
    out = np.ones((len(r), w.shape[2]))
    for j in range(w.shape[2]):
        block = design.block(j)
        if len(block) == 1 or design.modes[j] != "A":
            continue
        v = w[:, block, j]
        squares = v * v
        ww = squares.sum(axis=1)
        above = np.einsum("ri,rij,rj->r", v, r[:, block[:, None], block], v) - ww
        out[:, j] = ww**2 * above / (ww**2 - (squares**2).sum(axis=1))
    return out
