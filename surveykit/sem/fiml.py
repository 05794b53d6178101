"""Full-information maximum likelihood: every row counts with what it has.

Rows are summed up by pattern of observed variables, so that the likelihood is a sum over patterns (Arbuckle
1996; Savalei & Bentler 2009) and the time does not grow with n:

    f = ½ Σ_j (n_j/n) [ log|Σ_j| + tr(Σ_j⁻¹ (S_j + d_j d_jᵀ)) ] − the same for the saturated model,

where Σ_j holds the rows and columns that pattern j observes. All patterns share one set of matrices, padded
with zeros outside of what they observe, and so each linear-algebra call. The saturated moments come from
the EM algorithm (Dempster, Laird & Rubin 1977).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.model.matrices import Block
from surveykit.moments import Moments
from surveykit.sem.kernels import (
    Point,
    SampleMoments,
    group_point,
    likelihood_curvature,
    log_det,
    model_curvature,
    pulls,
)
from surveykit.sem.sample import GroupSample, judge_moments

__all__ = ["FimlProblem", "FimlTests", "Patterns", "fiml_problem", "fiml_sample", "fiml_tests"]

Array = NDArray[np.float64]
EM_TOLERANCE, EM_STEPS = 1e-13, 20_000


@dataclass(frozen=True, slots=True)
class Patterns:
    """Missing patterns of one group: ``mask`` (J, p) of what is observed, S (J, p, p) and mean (J, p)
    padded with zeros, ``weight`` (J,) the patterns' shares of the group's rows."""

    mask: NDArray[np.bool_]
    S: Array
    mean: Array
    weight: Array

    def scaled(self, units: Array) -> Patterns:
        """The same in other units (p,)."""
        return replace(self, S=self.S / np.outer(units, units), mean=self.mean / units)

    def weights_at(self, Sigma: Array) -> tuple[Array, Array] | None:
        """P (J, p, p), the padded inverse of what each pattern observes, and log|Σ_j| (J,)."""
        both = self.mask[:, :, None] & self.mask[:, None, :]
        outside = np.where(self.mask, 0.0, 1.0)
        padded = np.where(both, Sigma, 0.0) + outside[:, :, None] * np.eye(len(Sigma))
        try:
            chol = np.linalg.cholesky(padded)
        except np.linalg.LinAlgError:
            return None
        inverse = np.linalg.inv(chol)
        P = np.where(both, np.swapaxes(inverse, 1, 2) @ inverse, 0.0)
        return P, 2 * np.log(np.diagonal(chol, axis1=1, axis2=2)).sum(axis=1)

    def f(self, Sigma: Array, mu: Array) -> float:
        """½ Σ w (log|Σ_j| + tr(P T)); ∞ where Σ is not positive definite."""
        found = self.weights_at(Sigma)
        if found is None:
            return float("inf")
        P, log_det = found
        T = self.about(mu)[1]
        return 0.5 * float(self.weight @ (log_det + (P * T).sum(axis=(1, 2))))

    def available(self) -> tuple[Array, Array, Array]:
        """Mean, variance and share of rows of each variable, from the rows that have it."""
        w, mask = self.weight, self.mask
        seen = w @ mask
        mu = (w @ self.mean) / seen
        d = np.where(mask, self.mean - mu, 0.0)
        return mu, (w @ (np.diagonal(self.S, axis1=1, axis2=2) + d**2)) / seen, seen

    def part(self, columns: Sequence[int]) -> Patterns:
        """The patterns of some variables alone; rows with none of them stay, and say nothing."""
        at = np.asarray(columns, dtype=np.intp)
        S = self.S[:, at[:, None], at]
        return Patterns(self.mask[:, at], S, self.mean[:, at], self.weight)

    def saturated(self, columns: Sequence[int]) -> tuple[Array, Array]:
        """Means and covariance of some variables alone, by EM."""
        part = self.part(columns)
        seen = part.mask.any(axis=1)
        weight = part.weight[seen] / part.weight[seen].sum()
        return _em(Patterns(part.mask[seen], part.S[seen], part.mean[seen], weight))

    def independence(self, together: Sequence[Sequence[int]] = ()) -> tuple[Array, Array]:
        """Mean and covariance of the independence model, in which only variables that stand ``together`` covary."""
        mu, variance, _ = self.available()
        Sigma = np.diag(variance)
        for own in together:
            if len(own) > 1:
                at = np.asarray(own, dtype=np.intp)
                mu[at], Sigma[at[:, None], at] = self.saturated(own)
        return mu, Sigma

    def squares(self, Sigma: Array, pairs: Sequence[tuple[Array, Array]]) -> list[float]:
        """x'Wx of each pair of means (p,) and covariances (p, p), W the expected information of what is seen at Σ."""
        found = self.weights_at(Sigma)
        if found is None:
            raise ValueError("not a positive definite covariance matrix")
        P, out = found[0], []
        for mean, cov in pairs:
            turned = P @ cov
            of_cov = (turned * np.swapaxes(turned, 1, 2)).sum(axis=(1, 2)) / 2
            out.append(float(self.weight @ (of_cov + mean @ P @ mean)))
        return out

    def pairwise(self, n: int) -> tuple[Array, Array]:
        """Means (p,) of what each variable has and covariances (p, p) of the rows with both, as lavaan's GFI takes them:
        n_ij − 1 in the divisor, times (n − 1)/n."""
        mask, w = self.mask.astype(float), self.weight[:, None]
        mean = np.where(self.mask, self.mean, 0.0)
        both, first = (mask * w).T @ mask, (mean * w).T @ mask
        second = np.tensordot(self.weight, self.S + mean[:, :, None] * mean[:, None, :], 1)
        scatter = n * (second - first * first.T / both)
        return self.available()[0], scatter / (n * both - 1) * (n - 1) / n

    def about(self, mu: Array) -> tuple[Array, Array]:
        """d (J, p) and S + d dᵀ (J, p, p) about the means ``mu``, zero where nothing is observed."""
        d = np.where(self.mask, self.mean - mu, 0.0)
        return d, self.S + d[:, :, None] * d[:, None, :]


@dataclass(frozen=True, slots=True)
class FimlProblem:
    """Like ``kernels.Problem``, over missing patterns; ``samples`` hold the saturated (EM) moments."""

    blocks: tuple[Block, ...]
    samples: tuple[SampleMoments, ...]
    patterns: tuple[Patterns, ...]
    saturated: tuple[float, ...]

    @property
    def k(self) -> int:
        return int(self.blocks[0].D.shape[1])

    def at(self, theta: Array) -> Point | None:
        """Value, gradient and expected information (given the patterns) at θ."""
        f, gradient, information = 0.0, np.zeros(self.k), np.zeros((self.k, self.k))
        parts = []
        for block, sample, patterns, floor in zip(
            self.blocks, self.samples, self.patterns, self.saturated, strict=True
        ):
            state = block.state(theta)
            found = patterns.weights_at(state.Sigma) if np.isfinite(state.Sigma).all() else None
            if found is None:
                return None
            P, log_det = found
            d, T = patterns.about(state.mu)
            value = 0.5 * float(patterns.weight @ (log_det + (P * T).sum(axis=(1, 2)))) - floor
            part = group_point(block, patterns.S, state, P, d, True)
            share, w = sample.share, patterns.weight
            f += share * value
            gradient += share * block.by_parameter(w @ part.gradient)
            information += share * block.by_parameters(np.tensordot(w, part.information, 1))
            parts.append(part)
        return Point(theta, f, gradient, information, tuple(parts))

    def value(self, theta: Array) -> float:
        """f at θ alone."""
        point = self.at(theta)
        return float("inf") if point is None else point.f

    def observed_information(self, point: Point) -> Array:
        """The second derivative of f at a point."""
        total = np.zeros((self.k, self.k))
        for block, sample, patterns, part in zip(
            self.blocks, self.samples, self.patterns, point.parts, strict=True
        ):
            w, v = patterns.weight, pulls(part)
            H = np.tensordot(w, likelihood_curvature(block, part), 1)
            M = np.tensordot(w, part.M, 1)
            H = H + model_curvature(block, part.state, M, None if v is None else w @ v)
            total += sample.share * block.by_parameters(H)
        return (total + total.T) / 2


def fiml_problem(
    blocks: Sequence[Block], samples: Sequence[GroupSample], parts: Sequence[Patterns], units: Array
) -> FimlProblem:
    """The problem of blocks that are already in ``units`` (p,)."""
    total = sum(s.multiplier for s in samples)
    scaled, saturated, moments = [], [], []
    for sample, patterns in zip(samples, parts, strict=True):
        if sample.mean is None:
            raise ValueError("FIML needs means")
        here = patterns.scaled(units)
        S, mean = sample.S / np.outer(units, units), sample.mean / units
        scaled.append(here)
        saturated.append(here.f(S, mean))
        moments.append(SampleMoments(S, mean, 0.0, sample.multiplier / total))
    return FimlProblem(tuple(blocks), tuple(moments), tuple(scaled), tuple(saturated))


def fiml_sample(parts: Sequence[Moments], names: Sequence[str], label: str) -> tuple[GroupSample, Patterns]:
    """One group from its moments by pattern: the saturated moments by EM, and the patterns."""
    patterns = _patterns(parts, names)
    _check_variance(patterns, names, label)
    _check_coverage(patterns, names, label)
    mean, cov = _em(patterns)
    n = sum(m.n for m in parts)
    total = parts[0].n_total if len(parts) == 1 else n
    moments = Moments(n, cov * (n / (n - 1)), mean, names, n_total=max(total, n))
    problems = Problems()
    judge_moments(moments, label, problems)
    problems.raise_if_any()
    return GroupSample(label, n, moments.n_total, cov, cov, mean, float(n), moments), patterns


def _patterns(parts: Sequence[Moments], names: Sequence[str]) -> Patterns:
    J, p = len(parts), len(names)
    mask, S, mean = np.zeros((J, p), dtype=bool), np.zeros((J, p, p)), np.zeros((J, p))
    weight = np.array([float(m.sumw) for m in parts])
    place = {name: i for i, name in enumerate(names)}
    for j, m in enumerate(parts):
        at = np.array([place[v] for v in m.names])
        mask[j, at] = True
        S[j][np.ix_(at, at)] = m.cov_ml if m.n > 1 else 0.0
        mean[j, at] = m.mean
    return Patterns(mask, S, mean, weight / weight.sum())


def _check_coverage(patterns: Patterns, names: Sequence[str], label: str) -> None:
    """Two items that nobody answered both have no covariance to estimate."""
    together = (patterns.mask[:, :, None] & patterns.mask[:, None, :]).any(axis=0)
    if together.all():
        return
    i, j = (int(v[0]) for v in np.nonzero(~together))
    raise SurveykitError(
        f"no row has both {quote(names[i])} and {quote(names[j])}: their covariance cannot be estimated",
        f"group {quote(label)}" if label else "",
        hint="leave one of them out, or fit the parts apart",
        code="SEM_NO_COVERAGE",
    )


def _check_variance(patterns: Patterns, names: Sequence[str], label: str) -> None:
    problems = Problems()
    mu, variance, _ = patterns.available()
    for name, mean, value in zip(names, mu, variance, strict=True):
        if not value > 0:
            problems.add(
                f"the item {quote(name)} has no variance",
                f"group {quote(label)}" if label else "",
                got=f"every answer is {mean:g}",
                hint="leave it out of the model",
                code="SEM_CONSTANT_ITEM",
            )
    problems.raise_if_any()


def _em(patterns: Patterns) -> tuple[Array, Array]:
    """The saturated means (p,) and covariance (p, p), in units of the first guess until they settle."""
    w = patterns.weight
    mu, variance, _ = patterns.available()
    unit = np.sqrt(variance)
    here = patterns.scaled(unit)
    mu, Sigma = mu / unit, np.diag(variance / unit**2)
    for _ in range(EM_STEPS):
        found = here.weights_at(Sigma)
        if found is None:
            raise _singular()
        P = found[0]
        d, T = here.about(mu)
        K = Sigma @ P
        shift = w @ (K @ d[..., None])[..., 0]
        filled = K @ T @ np.swapaxes(K, 1, 2) + Sigma - K @ Sigma
        following = np.tensordot(w, filled, 1) - np.outer(shift, shift)
        following = (following + following.T) / 2
        change = max(np.abs(shift).max(), np.abs(following - Sigma).max())
        mu, Sigma = mu + shift, following
        if change < EM_TOLERANCE:
            return mu * unit, Sigma * np.outer(unit, unit)
    raise _singular()


def _singular() -> SurveykitError:
    return SurveykitError(
        "the means and covariances of the incomplete answers cannot be estimated (EM did not settle)",
        hint="too many values are missing for so many items: leave items out, or use missing='listwise'",
        code="SEM_EM",
    )


@dataclass(frozen=True, slots=True)
class FimlTests:
    """χ² of the independence model and the two log-likelihoods, over all groups; each group's patterns."""

    baseline_chisq: float
    logl: float
    unrestricted: float
    patterns: tuple[Patterns, ...]


def fiml_tests(
    samples: Sequence[GroupSample],
    parts: Sequence[Patterns],
    f: float,
    exogenous: Sequence[int],
    predictors: Sequence[int] = (),
) -> FimlTests:
    """What the fit measures need that listwise moments would give in closed form; ``f`` is the model's.

    In the baseline random ``predictors`` covary, as those held fixed (``exogenous``) do.
    """
    x = list(exogenous)
    baseline = unrestricted = 0.0
    for sample, patterns in zip(samples, parts, strict=True):
        mean = np.zeros(len(sample.S)) if sample.mean is None else sample.mean
        floor = patterns.f(sample.S, mean)
        mu, Sigma = patterns.independence([x, predictors])
        baseline += 2 * sample.multiplier * (patterns.f(Sigma, mu) - floor)
        values = float(patterns.weight @ patterns.mask.sum(axis=1)) - len(x)
        of_x = 0.5 * (log_det(sample.S[np.ix_(x, x)]) + len(x)) if x else 0.0
        unrestricted -= sample.multiplier * (floor - of_x + 0.5 * values * np.log(2 * np.pi))
    total = sum(s.multiplier for s in samples)
    return FimlTests(float(baseline), float(unrestricted - total * f), float(unrestricted), tuple(parts))
