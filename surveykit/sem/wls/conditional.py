"""Statistics given predictors that are held fixed: probit and linear regressions, then residual correlations.

Each variable y* = x'β + e is regressed on the predictors (ordered probit, or linear with a normal residual), and each
pair's ρ is the correlation of the two residuals, first-step estimates held (Muthén 1984, case B; lavaan's
``conditional.x``). Predictors need no distribution: dummies and counts are as welcome as normal ones. Γ is A⁻¹ B A⁻ᵀ, as
without predictors; here every answer has limits of its own, and answers with the same predictors and categories are counted
once.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError, quote
from surveykit.sem.wls.mixed import continuous_pair, pearson_of, polyserial_of, polyserial_rows
from surveykit.sem.wls.normal import bivariate_cdf, bivariate_density, density
from surveykit.sem.wls.pairs import LIMIT
from surveykit.sem.wls.statistics import (
    FLAT,
    IDENTICAL,
    Layout,
    OrdinalStatistics,
    demand_different,
    to_covariances,
)

__all__ = ["conditional_statistics"]

Array = NDArray[np.float64]
Index = NDArray[np.intp]
_STEPS, _TOLERANCE = 100, 1e-12
_FARTHEST = 30.0
"""A standardised slope or threshold beyond this runs to infinity."""
_FLATTEST = 1e-10


@dataclass(frozen=True, slots=True)
class _Margin:
    """One variable given the predictors x (n, c), standardised.

    ``estimates`` are thresholds (or the mean), slopes, and a continuous variable's residual variance; ``upper`` and
    ``lower`` (n,) the limits of each answer's residual, both the standardised residual itself where it is continuous.
    """

    estimates: Array
    upper: Array
    lower: Array
    codes: Index | None
    sd: float
    x: Array
    seen: NDArray[np.bool_]

    def scores(self, by_upper: Array, by_lower: Array) -> Array:
        """Derivatives (n, q) by the estimates from those by an answer's limits."""
        count = len(self.estimates) - self.x.shape[1]
        out = np.zeros((len(by_upper), len(self.estimates)))
        rows, codes = np.arange(len(out)), self.codes
        if codes is None:
            raise ValueError("a continuous variable has no limits")
        has_upper, has_lower = self.seen & (codes < count), self.seen & (codes > 0)
        out[rows[has_upper], codes[has_upper]] = by_upper[has_upper]
        out[rows[has_lower], codes[has_lower] - 1] += by_lower[has_lower]
        out[:, count:] = (
            -(np.where(has_upper, by_upper, 0.0) + np.where(has_lower, by_lower, 0.0))[:, None] * self.x
        )
        return out

    def scores_of_mean(self, by_mean: Array, by_variance: Array) -> Array:
        """The same for a continuous variable, from derivatives by its mean and its variance."""
        return np.concatenate([by_mean[:, None], by_mean[:, None] * self.x, by_variance[:, None]], axis=1)


def conditional_statistics(
    rows: Array, codes: Index, x: Array, layout: Layout, where: str = "", weights: Array | None = None
) -> OrdinalStatistics:
    """Statistics of one group: ``rows`` (n, p) of all variables, ``codes`` (n, p) of ordered ones from 0 (−1: no answer),
    predictors x (n, c) without gaps; ``weights`` (n,) of mean 1.

    Raises :class:`~surveykit.errors.SurveykitError` where predictors determine each other or an item.
    """
    w = np.ones(len(x)) if weights is None else weights
    center = w @ x / w.sum()
    spread = np.sqrt(w @ (x - center) ** 2 / w.sum())
    _demand_predictors(x, center, spread, layout, where)
    z = (x - center) / spread
    margins = []
    for i, m in enumerate(layout.categories):
        margins.append(_ordered(codes[:, i], m, z, w) if m else _continuous(rows[:, i], z, w))
        if not np.abs(margins[i].estimates[: m - 1 + z.shape[1] if m else 0]).max(initial=0.0) < _FARTHEST:
            raise SurveykitError(
                f"the predictors tell the answers to {quote(layout.names[i])} apart without error: "
                "the probit regression has no finite slopes",
                where,
                hint="join rare categories, or leave a predictor out",
                code="SEM_SEPARATION",
            )
    sd = np.array([margin.sd for margin in margins])
    rho, raw, same = _steps(margins, layout, w)
    demand_different(layout, same, where)
    gamma = len(x) * raw
    J = _in_units(layout, center, spread)
    if len(layout.continuous):
        J = to_covariances(layout, rho, sd) @ J
    values = np.zeros(layout.size)
    for i, margin in enumerate(margins):
        values[layout.own(i)] = margin.estimates
    values = _in_units(layout, center, spread) @ values
    first, second = layout.pairs
    values[layout.variances.stop :] = rho * sd[first] * sd[second]
    mean = np.zeros(layout.p)
    mean[layout.continuous] = values[: len(layout.margin)][layout.number == 0]
    d = x - center
    # as lavaan: n − 1 here alone, and n with weights; standardised slopes on predictors are all that it touches
    Sx = (d * w[:, None]).T @ d / (w.sum() - (weights is None))
    return OrdinalStatistics(
        layout, values, J @ gamma @ J.T, layout.matrix(values), mean, len(x), (), (Sx, center)
    )


def _demand_predictors(x: Array, center: Array, spread: Array, layout: Layout, where: str) -> None:
    flat = spread <= 1e-12 * np.maximum(np.abs(center), 1e-300)
    if flat.any():
        raise SurveykitError(
            f"the predictor {quote(layout.predictors[int(np.argmax(flat))])} has no variance",
            where,
            hint="leave it out of the model",
            code="SEM_CONSTANT_ITEM",
        )
    R = np.corrcoef(x, rowvar=False).reshape(x.shape[1], -1)
    if np.linalg.eigvalsh(R)[0] < 1e-10:
        raise SurveykitError(
            "the predictors determine each other",
            where,
            got=", ".join(quote(n) for n in layout.predictors),
            hint="leave one of them out (of k dummies take k − 1)",
            code="SEM_COLLINEAR",
        )


def _in_units(layout: Layout, center: Array, spread: Array) -> Array:
    """∂(statistics)/∂(those of standardised predictors)."""
    J, c = np.eye(layout.size), len(layout.predictors)
    for at, v in enumerate(layout.margin):
        slopes = slice(layout.slopes.start + v * c, layout.slopes.start + (v + 1) * c)
        # a threshold is cut at y* = τ − x'β, a mean is that of y at x = 0
        J[at, slopes] = (center / spread) * (1.0 if layout.categories[v] else -1.0)
    J[layout.slopes, layout.slopes] = np.diag(np.tile(1 / spread, layout.p))
    return J


def _continuous(y: Array, x: Array, w: Array) -> _Margin:
    seen = np.isfinite(y)
    own = np.where(seen, w, 0.0)
    X = np.column_stack([np.ones(len(x)), x])
    filled = np.where(seen, y, 0.0)
    beta = np.linalg.solve((X * own[:, None]).T @ X, (X * own[:, None]).T @ filled)
    e = np.where(seen, filled - X @ beta, 0.0)
    variance = float(own @ e**2 / own.sum())
    sd = float(np.sqrt(variance))
    return _Margin(np.append(beta, variance), e / sd, e / sd, None, sd, x, seen)


def _ordered(codes: Index, m: int, x: Array, w: Array) -> _Margin:
    """Ordered probit by Newton's method: the log-likelihood is concave in thresholds and slopes.

    Where it has no maximum (predictors that tell categories apart) the estimates are infinite.
    """
    from scipy.special import ndtr, ndtri

    seen = codes >= 0
    own = np.where(seen, w, 0.0)
    share = np.cumsum(np.bincount(np.maximum(codes, 0), own, minlength=m)) / own.sum()
    theta = np.append(ndtri(share[: m - 1]), np.zeros(x.shape[1]))
    safe = np.maximum(codes, 0)

    def margin_at(theta: Array) -> _Margin:
        cuts, drift = np.concatenate([[-np.inf], theta[: m - 1], [np.inf]]), x @ theta[m - 1 :]
        return _Margin(theta, cuts[safe + 1] - drift, cuts[safe] - drift, codes, 1.0, x, seen)

    def likelihood(margin: _Margin) -> tuple[float, Array]:
        up, low = margin.upper, margin.lower
        p = np.where(low > 0, ndtr(-low) - ndtr(-up), ndtr(up) - ndtr(low))
        if not (p[seen] > 0).all():
            return -np.inf, p
        return float(own[seen] @ np.log(p[seen])), p

    margin = margin_at(theta)
    value, p = likelihood(margin)
    nowhere = _Margin(np.full(len(theta), np.inf), margin.upper, margin.lower, codes, 1.0, x, seen)
    for _ in range(_STEPS):
        gradient, curvature = _probit_slopes(margin, p, own)
        size = np.sqrt(np.maximum(curvature.diagonal(), 1e-300))
        plain = curvature / np.outer(size, size)
        if np.abs(theta).max() > _FARTHEST or not np.linalg.eigvalsh(plain)[0] > _FLATTEST:
            return nowhere
        step = np.linalg.solve(plain, gradient / size) / size
        for _ in range(40):
            trial = margin_at(theta + step)
            found, q = likelihood(trial)
            if (np.diff(trial.estimates[: m - 1]) > 0).all() and found >= value - 1e-12 * (1 + abs(value)):
                break
            step = step / 2
        theta, margin, value, p = theta + step, trial, found, q
        if np.abs(step).max() < _TOLERANCE * (1 + np.abs(theta).max()):
            return margin
    return nowhere


def _probit_slopes(margin: _Margin, p: Array, w: Array) -> tuple[Array, Array]:
    """Gradient (q,) and minus the second derivative (q, q) of the weighted log-likelihood."""
    safe = np.where(margin.seen, p, 1.0)
    u, l = density(margin.upper) / safe, density(margin.lower) / safe  # noqa: E741
    up = np.where(np.isfinite(margin.upper), margin.upper, 0.0)
    low = np.where(np.isfinite(margin.lower), margin.lower, 0.0)
    zero, one = np.zeros(len(p)), np.ones(len(p))
    A, B = margin.scores(one, zero), margin.scores(zero, one)
    gradient = w @ (u[:, None] * A - l[:, None] * B)
    cross = (A * (w * u * l)[:, None]).T @ B
    second = (A * (-w * (up * u + u * u))[:, None]).T @ A + (B * (w * (low * l - l * l))[:, None]).T @ B
    return gradient, -(second + cross + cross.T)


def _own_scores(margin: _Margin) -> Array:
    """Scores (n, q) of a margin's own likelihood."""
    from scipy.special import ndtr

    if margin.codes is None:
        z = margin.upper
        out = margin.scores_of_mean(z / margin.sd, (z**2 - 1) / (2 * margin.sd**2))
        return np.where(margin.seen[:, None], out, 0.0)
    up, low = margin.upper, margin.lower
    p = np.where(low > 0, ndtr(-low) - ndtr(-up), ndtr(up) - ndtr(low))
    p = np.where(margin.seen, p, 1.0)
    return margin.scores(density(up) / p, -density(low) / p)


def _steps(margins: list[_Margin], layout: Layout, w: Array) -> tuple[Array, Array, Index]:
    """ρ of every pair, A⁻¹ B A⁻ᵀ of all estimates, and the pairs whose ρ runs to ±1."""
    first, second = layout.pairs
    begin, n = layout.size - len(first), len(w)
    turned = np.zeros((n, layout.size))
    for i, margin in enumerate(margins):
        scores = _own_scores(margin)
        turned[:, layout.own(i)] = scores @ np.linalg.pinv(scores.T @ (w[:, None] * scores), hermitian=True)
    rho, flat = np.zeros(len(first)), np.zeros(len(first), dtype=bool)
    for pair, (i, j) in enumerate(zip(first.tolist(), second.tolist(), strict=True)):
        both = margins[i].seen & margins[j].seen
        rho[pair], score, by_first, by_second = _pair(margins[i], margins[j], np.where(both, w, 0.0))
        score = np.where(both, score, 0.0)
        weighed = w * score
        square = float(weighed @ score)
        flat[pair] = not square > FLAT * n or abs(rho[pair]) > IDENTICAL
        left = turned[:, layout.own(i)] @ (weighed @ by_first) + turned[:, layout.own(j)] @ (
            weighed @ by_second
        )
        turned[:, begin + pair] = (score - left) / square if square > 0 else 0.0
    turned *= w[:, None]
    return rho, turned.T @ turned, np.nonzero(flat)[0]


def _pair(a: _Margin, b: _Margin, w: Array) -> tuple[float, Array, Array, Array]:
    """ρ of two residuals, its score (n,), and the scores by either margin's estimates (n, ·)."""
    if a.codes is None and b.codes is None:
        rho = pearson_of(a.upper, b.upper, w)
        found = continuous_pair(a.upper, a.sd, b.upper, b.sd, rho)
        by = [m.scores_of_mean(s[:, 0], s[:, 1]) for m, s in ((a, found.first), (b, found.second))]
        return rho, found.rho, by[0], by[1]
    if a.codes is None or b.codes is None:
        plain, item = (a, b) if a.codes is None else (b, a)
        z = plain.upper
        start = _start(item, z, w)
        rho = polyserial_of(z, item.upper, item.lower, start, w)
        score, by_mean, by_variance, up, down = polyserial_rows(z, plain.sd, item.upper, item.lower, rho)
        by_plain, by_item = plain.scores_of_mean(by_mean, by_variance), item.scores(up, down)
        return (rho, score, by_plain, by_item) if plain is a else (rho, score, by_item, by_plain)
    limits, inverse, counted = _different(a, b, w)
    rho = _polychoric(limits, counted, _start(a, _middle(b), w))
    score, ua, la, ub, lb = (part[inverse] for part in _rows_of_pair(limits, rho))
    return rho, score, a.scores(ua, la), b.scores(ub, lb)


def _middle(margin: _Margin) -> Array:
    """A rough residual of each answer: the middle of its limits."""
    return np.asarray((np.clip(margin.upper, -2.5, 2.5) + np.clip(margin.lower, -2.5, 2.5)) / 2)


def _start(item: _Margin, other: Array, w: Array) -> float:
    """A correlation to begin with."""
    used = w > 0
    return float(np.nan_to_num(np.corrcoef(_middle(item)[used], other[used])[0, 1]))


def _different(a: _Margin, b: _Margin, w: Array) -> tuple[Array, Index, Array]:
    """The different limits of two answers (4, u), which of them each row has, and the weight of each."""
    limits, inverse = np.unique(np.stack([a.upper, a.lower, b.upper, b.lower]), axis=1, return_inverse=True)
    inverse = np.asarray(inverse).reshape(-1)
    counted = np.bincount(inverse, w, minlength=limits.shape[1]).astype(float)
    return limits, inverse, counted


def _cells(limits: Array, rho: float) -> tuple[Array, Array]:
    """Probability of each pair of intervals (u,), above zero, and its derivative by ρ."""
    ua, la, ub, lb = limits
    p, slope = np.zeros((2, limits.shape[1]))
    for h, k, sign in ((ua, ub, 1.0), (la, ub, -1.0), (ua, lb, -1.0), (la, lb, 1.0)):
        p += sign * bivariate_cdf(h, k, rho)
        slope += sign * bivariate_density(h, k, np.asarray(rho))
    return np.maximum(p, 1e-16), slope


def _polychoric(limits: Array, w: Array, start: float) -> float:
    """ρ by scoring within a bracket on the sign of the score."""
    rho, low, high = float(np.clip(start, -0.9, 0.9)), -LIMIT, LIMIT
    for _ in range(_STEPS):
        p, slope = _cells(limits, rho)
        score = slope / p
        total, information = float(w @ score), float(w @ score**2)
        low, high = (rho, high) if total > 0 else (low, rho)
        following = rho + total / max(information, 1e-300)
        if not low < following < high:
            following = (low + high) / 2
        if abs(following - rho) < 1e-11:
            return following
        rho = following
    return rho


def _rows_of_pair(limits: Array, rho: float) -> tuple[Array, ...]:
    """Scores by ρ and by the upper and lower limit of the first and of the second answer; each (u,)."""
    from scipy.special import ndtr

    p, slope = _cells(limits, rho)
    root = np.sqrt(1 - rho**2)
    ua, la, ub, lb = limits

    def by(own: Array, upper: Array, lower: Array) -> Array:
        at = np.where(np.isfinite(own), own, 0.0)
        inside = ndtr((upper - rho * at) / root) - ndtr((lower - rho * at) / root)
        out: Array = np.where(np.isfinite(own), density(at), 0.0) * inside / p
        return out

    return slope / p, by(ua, ub, lb), -by(la, ub, lb), by(ub, ua, la), -by(lb, ua, la)
