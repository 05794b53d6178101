"""What is asked of a PLS solution: reliability, discriminant validity, collinearity, effect sizes, overall fit.

All functions take stacks: correlations (R, p, p) and a :class:`~surveykit.sem.pls.kernel.Solved` of R solutions.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveykit import htmt as ratios
from surveykit.sem.pls.design import Design
from surveykit.sem.pls.kernel import Solved, correlations
from surveykit.sem.pls.weights import inverses, solutions

__all__ = [
    "alpha",
    "effect_sizes",
    "heterotrait",
    "htmt",
    "htmt_of",
    "implied",
    "inner_vif",
    "item_vif",
    "misfit",
    "quality",
]

Array = NDArray[np.float64]
_BLOCK = 256


def alpha(cov: Array, design: Design) -> Array:
    """Cronbach's α (R, J) of covariances (raw) or correlations (standardised); 1 for one indicator."""
    out = np.ones((len(cov), len(design.constructs)))
    for j in range(out.shape[1]):
        block = design.block(j)
        k = len(block)
        if k > 1:
            part = cov[:, block[:, None], block]
            trace = np.trace(part, axis1=1, axis2=2)
            out[:, j] = k / (k - 1) * (1 - trace / part.sum(axis=(1, 2)))
    return out


def quality(solved: Solved, design: Design) -> tuple[Array, Array]:
    """Composite reliability ρC and AVE (R, J), from the loadings; 1 for one indicator."""
    squares = (solved.loadings**2).sum(axis=1)
    sums = solved.loadings.sum(axis=1) ** 2
    k = design.member.sum(axis=0)
    return sums / (sums + k - squares), squares / k


def heterotrait(r: Array, design: Design) -> tuple[list[tuple[int, int]], Array, Array]:
    """Pairs of constructs that share no indicator, with HTMT and HTMT2 (R, pairs)."""
    pairs = design.distinct()
    i, j = np.transpose(pairs)
    return pairs, htmt(r, design), ratios.htmt2(r, design.member)[..., i, j]


def htmt(r: Array, design: Design) -> Array:
    """HTMT (R, pairs) of the pairs of constructs in :func:`heterotrait`'s order."""
    i, j = np.transpose(design.distinct())
    return ratios.htmt(r, design.member)[..., i, j]


def htmt_of(cov: Array, design: Design) -> Array:
    """:func:`htmt` of covariances (R, p, p), in blocks that stay in the processor's cache."""
    parts = [htmt(correlations(cov[i : i + _BLOCK]), design) for i in range(0, len(cov), _BLOCK)]
    return np.concatenate(parts)


def inner_vif(c: Array, design: Design) -> list[tuple[int, int, Array]]:
    """(construct, predictor, VIF (R,)) for every path into a construct with several predictors."""
    out: list[tuple[int, int, Array]] = []
    for j in design.endogenous:
        before = design.before(j)
        if len(before) > 1:
            inverse = inverses(c[:, before[:, None], before])
            out += [
                (int(j), int(i), np.asarray(inverse[:, at, at], dtype=float)) for at, i in enumerate(before)
            ]
    return out


def item_vif(r: Array, design: Design) -> Array:
    """VIF of each indicator within its block (R, p); NaN for a single indicator."""
    out = np.full(r.shape[:2], np.nan)
    for j in range(len(design.constructs)):
        block = np.flatnonzero(design.measured[:, j])
        if len(block) > 1:
            inverse = inverses(r[:, block[:, None], block])
            out[:, block] = np.diagonal(inverse, axis1=1, axis2=2)
    return out


def effect_sizes(solved: Solved, design: Design) -> list[tuple[int, int, Array]]:
    """(construct, predictor, f² (R,)): what R² loses without the predictor, over 1 − R²."""
    out = []
    for j in design.endogenous:
        before = design.before(j)
        r2 = solved.r2[:, j]
        for i in before:
            rest = before[before != i]
            without = np.zeros(len(r2))
            if len(rest):
                left, right = solved.c[:, rest[:, None], rest], solved.c[:, rest, j]
                without = (right * solutions(left, right)).sum(axis=1)
            out.append((int(j), int(i), (r2 - without) / (1 - r2)))
    return out


def implied(r: Array, solved: Solved, design: Design, *, consistent: bool, saturated: bool) -> Array:
    """The correlations of the indicators that the model implies (R, p, p).

    Between blocks λᵢ ρᵢⱼ λⱼ', with ρ of the constructs as estimated from the paths or, ``saturated``, as they are. Within a
    composite the observed correlations stand; within a common factor of PLSc λλ' does. Where indicators are repeated, a
    part goes with what lies outside its whole through the whole alone; parts of one whole correlate as observed.
    """
    c = solved.c if saturated else _implied_constructs(solved, design)
    # constructs are standardised, so λλ' stands within a factor
    c = np.where(np.eye(c.shape[1], dtype=bool), 1.0, c)
    measured = design.measured
    if design.wholes:
        c = _through_wholes(c, solved, design)
    own = solved.loadings * measured
    sigma: Array = own @ c @ np.swapaxes(own, 1, 2)
    for j in range(len(design.constructs)):
        if not (consistent and design.common[j]):
            block = np.flatnonzero(measured[:, j])
            sigma[:, block[:, None], block] = r[:, block[:, None], block]
    at = np.arange(r.shape[1])
    sigma[:, at, at] = 1.0
    return sigma


def _through_wholes(c: Array, solved: Solved, design: Design) -> Array:
    """Correlations of all constructs where those of parts with the rest go through their wholes."""
    lead = np.broadcast_to(np.eye(c.shape[1]), c.shape).copy()
    for j, of in design.wholes:
        for part in of:
            lead[:, part, part] = 0.0
            lead[:, part, j] = solved.c[:, part, j]
    found: Array = lead @ c @ np.swapaxes(lead, 1, 2)
    for _, of in design.wholes:
        among = np.array(of)
        found[:, among[:, None], among] = solved.c[:, among[:, None], among]
    return found


def _implied_constructs(solved: Solved, design: Design) -> Array:
    """C of the path model: exogenous correlations as they are, uncorrelated residuals."""
    exogenous: NDArray[np.bool_] = np.logical_not(design.paths.any(axis=0))
    psi = np.where(exogenous[:, None] & exogenous[None, :], solved.c, 0.0)
    j = np.arange(len(exogenous))
    psi[:, j, j] = np.where(exogenous, 1.0, 1 - solved.r2)
    through = np.linalg.inv(np.eye(len(j)) - solved.b)
    c: Array = np.swapaxes(through, 1, 2) @ psi @ through
    return c


def misfit(r: Array, sigma: Array) -> dict[str, Array]:
    """``srmr``, ``d_uls`` = ½‖R − Σ‖² and ``d_g`` = ½ Σ ln²(eigenvalues of R⁻¹Σ), each (R,)."""
    p = r.shape[1]
    a, b = np.tril_indices(p)
    d = r[:, a, b] - sigma[:, a, b]
    off = np.asarray(a != b)
    eigenvalues = _relative(r, sigma)
    with np.errstate(invalid="ignore", divide="ignore"):
        d_g = 0.5 * (np.log(eigenvalues) ** 2).sum(axis=1)
    return {
        "srmr": np.sqrt((d**2).sum(axis=1) / len(a)),
        "d_uls": (d[:, off] ** 2).sum(axis=1) + 0.5 * (d[:, ~off] ** 2).sum(axis=1),
        "d_g": d_g,
    }


def _relative(r: Array, sigma: Array) -> Array:
    """The eigenvalues of R⁻¹Σ: by the symmetric form where R has a Cholesky factor, which is many times faster."""
    try:
        factor = np.linalg.cholesky(r)
    except np.linalg.LinAlgError:
        return np.asarray(np.linalg.eigvals(np.linalg.pinv(r) @ sigma).real, dtype=float)
    left = np.linalg.solve(factor, sigma)
    both = np.linalg.solve(factor, np.swapaxes(left, 1, 2))
    return np.asarray(np.linalg.eigvalsh((both + np.swapaxes(both, 1, 2)) / 2), dtype=float)
