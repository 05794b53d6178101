"""Factor scores of ordered items: the mode of what the answers say of a respondent (empirical Bayes modal).

Given the constructs η, an item falls into category c with probability Φ((τ_c − μ)/√θ) − Φ((τ_{c−1} − μ)/√θ), where
μ = ν + Λη and θ is its residual variance; continuous items are normal. With the constructs' own normal distribution
the log-density is concave, and Newton's method finds its mode for all respondents at once (Bock & Aitkin 1981; as
lavaan's ``lavPredict``, residuals are taken as independent given the constructs). Continuous predictors x are given: they move
the constructs' means, and the intercepts of items on which they have a path.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.sem.result import Fit
from surveykit.sem.solution import GroupSolution
from surveykit.sem.wls.normal import density

__all__ = ["modal_scores"]

Array = NDArray[np.float64]
_STEPS, _TOLERANCE = 200, 1e-10


@dataclass(frozen=True, slots=True)
class _Items:
    """Loadings (p, m), intercepts (n, p), residual variances (p,), and the limits of each respondent's category (n, p);
    of a continuous item both limits are the answer."""

    loadings: Array
    intercepts: Array
    variances: Array
    low: Array
    high: Array
    ordered: NDArray[np.bool_]
    seen: NDArray[np.bool_]


def modal_scores(fit: Fit, group: GroupSolution, y: Array) -> Array:
    """The scores (n, m) of rows ``y`` (n, p); NaN without any answer."""
    p = len(fit.table.observed)
    x = _predictors(fit, group)
    known = np.asarray(np.isfinite(y[:, x]).all(axis=1))
    items = _items(fit, group, y, x)
    given, left = group.S.copy(), np.tile(group.m, (len(y), 1))
    given[x], given[:, x] = 0.0, 0.0
    left[:, x] = np.where(known[:, None], y[:, x], 0.0)
    E = group.state.E
    mean = left @ E[p:].T
    prior = np.asarray(np.linalg.inv((E @ given @ E.T)[p:, p:]), dtype=float)
    eta = mean.copy()
    value = _slopes(items, eta, mean, prior)[0]
    for _ in range(_STEPS):
        _, gradient, curvature = _slopes(items, eta, mean, prior)
        step = np.linalg.solve(curvature, gradient[..., None])[..., 0]
        share = np.ones(len(y))
        for _ in range(40):
            trial = eta + share[:, None] * step
            following = _slopes(items, trial, mean, prior)[0]
            worse = ~(following >= value - 1e-12 * (1 + np.abs(value)))
            if not worse.any():
                break
            share = np.where(worse, share / 2, share)
        eta, value = trial, following
        if np.abs(share[:, None] * step).max(initial=0.0) < _TOLERANCE:
            break
    eta[~(items.seen.any(axis=1) & known)] = np.nan
    return eta


def _predictors(fit: Fit, group: GroupSolution) -> NDArray[np.intp]:
    """The observed variables that nothing explains and that are no item of a construct."""
    p, levels = len(fit.table.observed), fit.basis.levels if fit.basis is not None else {}
    arrows = group.A != 0
    causes, explained = arrows.sum(axis=0)[:p], arrows.sum(axis=1)[:p]
    plain = np.array([name not in levels for name in fit.table.observed])
    return np.nonzero((causes > 0) & (explained == 0) & plain)[0]


def _items(fit: Fit, group: GroupSolution, y: Array, x: NDArray[np.intp]) -> _Items:
    names, p = fit.table.observed, len(fit.table.observed)
    others = np.setdiff1d(np.arange(p), x)
    if fit.basis is None or np.any(group.A[:, others]):
        raise SurveykitError(
            "factor scores of ordered items need a model in which no item has a path on something else",
            hint="fit the measurement model alone",
            code="SEM_SCORES",
        )
    levels, seen = fit.basis.levels, np.isfinite(y)
    low, high = np.where(seen, y, 0.0), np.where(seen, y, 0.0)
    for i, name in enumerate(names):
        if name not in levels:
            continue
        known = np.array(levels[name])
        place = np.minimum(np.searchsorted(known, y[:, i]), len(known) - 1)
        strange = seen[:, i] & (known[place] != y[:, i])
        if strange.any():
            raise SurveykitError(
                f"{quote(name)} has answers that the fit did not see",
                expected=", ".join(f"{v:g}" for v in known),
                got=f"{y[strange, i][0]:g}",
                hint="score the answers that were fitted, or fit again",
                code="SEM_SCORES",
            )
        cuts = [group.cuts[name, f"t{k}"] for k in range(1, len(known))]
        limits = np.array([-np.inf, *cuts, np.inf])
        low[:, i], high[:, i] = limits[place], limits[place + 1]
    ordered = np.array([name in levels for name in names])[others]
    intercepts: Array = group.m[others] + low[:, x] @ group.A[np.ix_(others, x)].T
    low, high, seen = low[:, others], high[:, others], seen[:, others]
    return _Items(group.A[others, p:], intercepts, np.diagonal(group.S)[others], low, high, ordered, seen)


def _slopes(items: _Items, eta: Array, mean: Array, prior: Array) -> tuple[Array, Array, Array]:
    """Log-density (n,), gradient (n, m) and minus the second derivative (n, m, m)."""
    from scipy.special import ndtr

    sd = np.sqrt(items.variances)
    with np.errstate(invalid="ignore"):
        expected = items.intercepts + eta @ items.loadings.T
        up, down = (items.high - expected) / sd, (items.low - expected) / sd
    swap = down > 0
    p = np.where(swap, ndtr(-down) - ndtr(-up), ndtr(up) - ndtr(down))
    p = np.maximum(p, 1e-300)
    phi_up, phi_down = density(up), density(down)
    with np.errstate(invalid="ignore"):
        weighed = (
            np.where(np.isfinite(up), up, 0.0) * phi_up - np.where(np.isfinite(down), down, 0.0) * phi_down
        )
    first = -(phi_up - phi_down) / p / sd
    second = (weighed / p + ((phi_up - phi_down) / p) ** 2) / items.variances
    distance = (items.low - expected) / sd
    by_value = items.ordered
    value = np.where(by_value, np.log(p), -0.5 * np.where(by_value, 0.0, distance) ** 2)
    first = np.where(by_value, first, np.where(by_value, 0.0, distance) / sd)
    second = np.where(by_value, second, 1 / items.variances)
    value, first, second = (np.where(items.seen, x, 0.0) for x in (value, first, second))
    d = eta - mean
    log_density = value.sum(axis=1) - 0.5 * np.einsum("ni,ij,nj->n", d, prior, d)
    gradient = first @ items.loadings - d @ prior
    curvature = np.einsum("np,pi,pj->nij", second, items.loadings, items.loadings) + prior
    return log_density, gradient, curvature
