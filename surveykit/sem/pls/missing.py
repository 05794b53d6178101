"""Moments of incomplete rows: means for what is missing, pairwise correlations, or the normal model's by EM.

All for one or many weightings of the rows, so that groups, replicates and training sets are the same call.
A replicate is a row of ``weights`` (R, n); the estimate is a stack of one. Little & Rubin (2002), chapters 3 and 11.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem.pls.resample import weighted_moments

__all__ = ["em_moments", "mean_moments", "moments_by", "pairwise_moments"]

Array = NDArray[np.float64]
_BLOCK = 128
_MOST = 2000


def moments_by(
    missing: str, x: Array, weights: Array, names: Sequence[str], start: Moments | None = None
) -> Moments:
    """The moments of rows ``x`` (n, p), NaN where nothing was answered, under each of the ``weights`` (R, n).

    ``missing`` is ``listwise`` (the rows are complete), ``mean``, ``pairwise`` or ``em``; ``start`` are the moments of the
    whole sample, from which replicates are near.
    """
    if missing == "listwise":
        return weighted_moments(x, weights, names)
    if missing == "mean":
        return mean_moments(x, weights, names)
    if missing == "pairwise":
        return pairwise_moments(x, weights, names)
    if start is None:
        return em_moments(x, weights, names)
    return em_moments(x, weights, names, start=start, tolerance=1e-6)


def mean_moments(x: Array, weights: Array, names: Sequence[str]) -> Moments:
    """Moments of rows whose missing values are the item's mean, found anew under each of the ``weights`` (R, n)."""
    seen = np.isfinite(x)
    center = np.nanmean(x, axis=0)
    d, m = np.where(seen, x - center, 0.0), seen.astype(float)
    p = x.shape[1]
    cov, mean = np.empty((len(weights), p, p)), np.empty((len(weights), p))
    both, first_of, cross_of = _products(m, m), _products(d, m), _products(d, d)
    for start in range(0, len(weights), _BLOCK):
        w = weights[start : start + _BLOCK]
        n, first, cross = ((w @ part).reshape(len(w), p, p) for part in (both, first_of, cross_of))
        with np.errstate(divide="ignore", invalid="ignore"):
            mu = np.diagonal(first, axis1=1, axis2=2) / np.diagonal(n, axis1=1, axis2=2)
        left, right = mu[:, :, None], mu[:, None, :]
        scatter = cross - right * first - left * np.swapaxes(first, 1, 2) + n * left * right
        cov[start : start + _BLOCK] = scatter / (w.sum(axis=1)[:, None, None] - 1)
        mean[start : start + _BLOCK] = center + mu
    return _stack(int(seen.any(axis=1).sum()), cov, mean, names, len(x))


def pairwise_moments(x: Array, weights: Array, names: Sequence[str]) -> Moments:
    """Correlations of the rows that have both values, standard deviations and means of those that have one.

    ``x`` (n, p) with NaN, ``weights`` (R, n). ``Moments.n`` is the smallest number of rows behind a correlation.
    """
    seen = np.isfinite(x)
    together = seen.T.astype(float) @ seen
    if together.min() < 3:
        i, j = (int(v) for v in np.unravel_index(int(together.argmin()), together.shape))
        raise SurveykitError(
            f"{names[i]} and {names[j]} were hardly ever answered by the same people",
            expected="at least 3 rows with both",
            got=str(int(together.min())),
            hint="leave one of them out",
            code="TOO_FEW_ROWS",
        )
    center = np.nanmean(x, axis=0)
    d, m = np.where(seen, x - center, 0.0), seen.astype(float)
    p = x.shape[1]
    cov, mean = np.empty((len(weights), p, p)), np.empty((len(weights), p))
    parts = [_products(a, b) for a, b in ((m, m), (d, m), (d * d, m), (d, d))]
    for start in range(0, len(weights), _BLOCK):
        w = weights[start : start + _BLOCK]
        n, first, square, cross = ((w @ part).reshape(len(w), p, p) for part in parts)
        with np.errstate(divide="ignore", invalid="ignore"):
            spread = square - first**2 / n
            turned = np.swapaxes(first, 1, 2)
            scale = np.sqrt(spread * np.swapaxes(spread, 1, 2))
            r = np.clip((cross - first * turned / n) / scale, -1, 1)
            one = np.diagonal(n, axis1=1, axis2=2)
            sd = np.sqrt(np.diagonal(spread, axis1=1, axis2=2) / (one - 1))
            mean[start : start + _BLOCK] = center + np.diagonal(first, axis1=1, axis2=2) / one
            cov[start : start + _BLOCK] = r * sd[:, :, None] * sd[:, None, :]
    return _stack(int(together.min()), cov, mean, names, len(x))


def _products(a: Array, b: Array) -> Array:
    return (a[:, :, None] * b[:, None, :]).reshape(len(a), -1)


def em_moments(
    x: Array, weights: Array, names: Sequence[str], *, start: Moments | None = None, tolerance: float = 1e-9
) -> Moments:
    """Maximum-likelihood means and covariances of the normal model under missing at random.

    ``start`` (one set of moments) begins the search, else the means and variances of what is there.
    """
    seen = np.isfinite(x)
    patterns, which = np.unique(seen, axis=0, return_inverse=True)
    listed = [(np.flatnonzero(p), np.flatnonzero(~p), which.ravel() == k) for k, p in enumerate(patterns)]
    center = np.nanmean(x, axis=0)
    unit = np.nanstd(x, axis=0)
    unit = np.where(unit > 0, unit, 1.0)
    z = (x - center) / unit
    parts = []
    for start_at in range(0, len(weights), _BLOCK):
        w = weights[start_at : start_at + _BLOCK]
        mean, cov = _first(start, center, unit, len(w), x.shape[1])
        parts.append(_search(z, w, listed, mean, cov, tolerance))
    mean = np.concatenate([m for m, _ in parts]) * unit + center
    cov = np.concatenate([c for _, c in parts]) * unit[:, None] * unit
    total = weights.sum(axis=1)[:, None, None]
    return _stack(int(seen.any(axis=1).sum()), cov * (total / (total - 1)), mean, names, len(x))


def _first(start: Moments | None, center: Array, unit: Array, many: int, p: int) -> tuple[Array, Array]:
    if start is None or start.mean is None:
        return np.zeros((many, p)), np.broadcast_to(np.eye(p), (many, p, p)).copy()
    mean = (start.mean.reshape(p) - center) / unit
    cov = start.cov_ml.reshape(p, p) / unit[:, None] / unit
    return np.tile(mean, (many, 1)), np.tile(cov, (many, 1, 1))


def _search(
    z: Array,
    weights: Array,
    patterns: Sequence[tuple[NDArray[np.intp], NDArray[np.intp], NDArray[np.bool_]]],
    mean: Array,
    cov: Array,
    tolerance: float,
) -> tuple[Array, Array]:
    """EM until the largest change of a mean or covariance is below ``tolerance``, in units of the items."""
    total = weights.sum(axis=1)
    sums = []
    for here, _, rows in patterns:
        w, part = weights[:, rows], z[rows][:, here]
        first = w @ part
        second = (w @ _products(part, part)).reshape(len(w), len(here), len(here))
        sums.append((w.sum(axis=1), first, second))
    for _ in range(_MOST):
        one, two = np.zeros_like(mean), np.zeros_like(cov)
        for (here, lost, _), (n, first, second) in zip(patterns, sums, strict=True):
            if not len(here):
                continue
            one[:, here] += first
            two[:, here[:, None], here] += second
            if len(lost):
                _expected(here, lost, n, first, second, mean, cov, one, two)
        new_mean = one / total[:, None]
        new_cov = two / total[:, None, None] - new_mean[:, :, None] * new_mean[:, None, :]
        change = max(np.abs(new_mean - mean).max(), np.abs(new_cov - cov).max())
        mean, cov = new_mean, new_cov
        if change < tolerance:
            return mean, cov
    raise SurveykitError(
        "the moments of the incomplete rows did not settle (EM)",
        expected=f"changes below {tolerance:g} within {_MOST} iterations",
        hint="too little is known of how some items go together: leave out the one with most missing values",
        code="EM_NOT_CONVERGED",
    )


def _expected(
    here: NDArray[np.intp],
    lost: NDArray[np.intp],
    n: Array,
    first: Array,
    second: Array,
    mean: Array,
    cov: Array,
    one: Array,
    two: Array,
) -> None:
    """Adds what a pattern is expected to hold of the variables it lacks, given those it has."""
    known = cov[:, here[:, None], here]
    slope = np.swapaxes(np.linalg.solve(known, cov[:, here[:, None], lost]), 1, 2)
    level = mean[:, lost] - np.einsum("rij,rj->ri", slope, mean[:, here])
    total = np.einsum("rij,rj->ri", slope, first) + n[:, None] * level
    across = slope @ second + level[:, :, None] * first[:, None, :]
    left = cov[:, lost[:, None], lost] - slope @ cov[:, here[:, None], lost]
    slopes = np.einsum("rij,rj->ri", slope, first)
    own = (
        n[:, None, None] * (left + level[:, :, None] * level[:, None, :])
        + slope @ second @ np.swapaxes(slope, 1, 2)
        + slopes[:, :, None] * level[:, None, :]
        + level[:, :, None] * slopes[:, None, :]
    )
    one[:, lost] += total
    two[:, lost[:, None], here] += across
    two[:, here[:, None], lost] += np.swapaxes(across, 1, 2)
    two[:, lost[:, None], lost] += own


def _stack(n: int, cov: Array, mean: Array, names: Sequence[str], n_total: int) -> Moments:
    cov = (cov + np.swapaxes(cov, 1, 2)) / 2
    return Moments.trusted(n, cov, mean, tuple(names), sumw=np.full(len(cov), float(n)), n_total=n_total)
