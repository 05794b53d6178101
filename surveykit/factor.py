"""The one-factor model from a covariance matrix: what omega, composite reliability and AVE stand on.

Maximum likelihood by Fisher scoring with analytic derivatives (Lawley and Maxwell 1971), minimum residuals
(Harman and Jones 1966) as starting values and as an estimator of its own; the large-sample variance of any
smooth function of the estimates and of the sample covariance.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError

__all__ = ["OneFactor", "normal_theory_variance", "one_factor", "one_factor_minres"]

Array = NDArray[np.float64]
_TOLERANCE = 1e-11
_STEPS = 200


@dataclass(frozen=True, slots=True)
class OneFactor:
    """Σ = λλ' + diag(ψ).

    ``loadings`` λ and ``uniquenesses`` ψ, shape (p,), in the units of the covariance; the sign makes the
    loadings' sum positive. ``standardised`` loadings are λ / √Σᵢᵢ. ``proper`` is False where a uniqueness
    is not positive (a Heywood case).
    """

    loadings: Array
    uniquenesses: Array

    @property
    def implied(self) -> Array:
        """Σ, shape (p, p)."""
        return np.outer(self.loadings, self.loadings) + np.diag(self.uniquenesses)

    @property
    def standardised(self) -> Array:
        return self.loadings / np.sqrt(np.diag(self.implied))

    @property
    def proper(self) -> bool:
        return bool(np.all(self.uniquenesses > 1e-8 * np.diag(self.implied)))

    def through(self, by_loadings: Array, by_uniquenesses: Array) -> Array:
        """How f(λ, ψ) answers to the sample covariance: G with df = tr(G dS), shape (p, p).

        The arguments are ∂f/∂λ and ∂f/∂ψ. The estimates answer to S by H⁻¹ tr(Σ⁻¹ ∂Σ Σ⁻¹ dS), H the
        expected information of one observation times two.
        """
        p = len(self.loadings)
        inverse = np.linalg.inv(self.implied).astype(float)
        slope: Array = np.concatenate([by_loadings, by_uniquenesses])
        u = np.linalg.solve(_information(inverse, self.loadings), slope)
        direction = np.outer(u[:p], self.loadings) + np.outer(self.loadings, u[:p]) + np.diag(u[p:])
        g: Array = inverse @ direction @ inverse
        return g


def one_factor(cov: Array) -> OneFactor:
    """The maximum likelihood one-factor model of ``cov`` (p, p), three variables at least.

    The divisor of the covariance (n or n − 1) carries over to the estimates. Uniquenesses are not bounded:
    a Heywood case shows as one, see ``proper``. Raises SurveykitError where scoring does not converge.

    >>> loadings = np.array([0.9, 0.8, 0.7, 0.6])
    >>> R = np.outer(loadings, loadings) + np.diag(1 - loadings**2)
    >>> one_factor(R).loadings.round(6).tolist()
    [0.9, 0.8, 0.7, 0.6]
    """
    S = np.asarray(cov, dtype=float)
    _demand_three(S)
    scale = np.sqrt(np.diag(S))
    R = S / np.outer(scale, scale)
    start = one_factor_minres(R)
    theta = np.concatenate([start.loadings, np.maximum(start.uniquenesses, 0.05)])
    value = _discrepancy(theta, R)
    p = len(R)
    for _ in range(_STEPS):
        lam, psi = theta[:p], theta[p:]
        inverse = np.linalg.inv(np.outer(lam, lam) + np.diag(psi))
        omega = inverse - inverse @ R @ inverse
        gradient = np.concatenate([2 * omega @ lam, np.diag(omega)])
        step = np.linalg.lstsq(_information(inverse, lam), gradient, rcond=1e-13)[0]
        if np.abs(gradient).max() < _TOLERANCE:
            return _signed(theta[:p] * scale, theta[p:] * scale**2)
        theta, value = _shortened(theta, step, value, R)
    raise SurveykitError(
        "the one-factor model did not converge",
        expected=f"a gradient below {_TOLERANCE:g}",
        got=f"{np.abs(gradient).max():.1e} after {_STEPS} steps",
        hint="look for items that measure nothing in common, or nearly the same thing twice",
        code="NOT_CONVERGED",
    )


def one_factor_minres(cov: Array) -> OneFactor:
    """The one-factor model with the least squared off-diagonal residuals; ψ is what remains of the diagonal.

    Each loading in turn is the regression of its covariances on the other loadings, until none moves.

    >>> R = np.array([[1, 0.56, 0.48], [0.56, 1, 0.42], [0.48, 0.42, 1]])
    >>> one_factor_minres(R).loadings.round(6).tolist()
    [0.8, 0.7, 0.6]
    """
    S = np.asarray(cov, dtype=float)
    _demand_three(S)
    scale = np.sqrt(np.diag(S))
    R = S / np.outer(scale, scale)
    values, vectors = np.linalg.eigh(R)
    lam = vectors[:, -1] * np.sqrt(values[-1])
    off = R - np.diag(np.diag(R))
    for _ in range(20_000):
        before = lam.copy()
        for i in range(len(lam)):
            others = lam @ lam - lam[i] ** 2
            lam[i] = off[i] @ lam / others if others > 0 else 0.0
        if np.abs(lam - before).max() < 1e-13:
            break
    return _signed(lam * scale, (1 - lam**2) * scale**2)


def normal_theory_variance(g: Array, sigma: Array, n: float) -> float:
    """The variance of f(S) with df = tr(G dS) for normal data: 2 tr(GΣGΣ) / n.

    ``g`` and ``sigma`` have shape (p, p); ``n`` counts observations (effective ones where weighted).

    >>> normal_theory_variance(np.array([[1.0]]), np.array([[2.0]]), 100)  # a variance of 2: 2σ⁴/n
    0.08
    """
    product = (g + g.T) / 2 @ sigma
    return float(2.0 * np.sum(product * product.T) / n)


def _information(inverse: Array, lam: Array) -> Array:
    """tr(Σ⁻¹ ∂ᵢΣ Σ⁻¹ ∂ⱼΣ) for θ = (λ, ψ), shape (2p, 2p)."""
    al = inverse @ lam
    ll = 2 * ((lam @ al) * inverse + np.outer(al, al))
    lp = 2 * inverse * al[None, :]
    return np.block([[ll, lp], [lp.T, inverse**2]])


def _discrepancy(theta: Array, R: Array) -> float:
    p = len(R)
    sigma = np.outer(theta[:p], theta[:p]) + np.diag(theta[p:])
    sign, logdet = np.linalg.slogdet(sigma)
    if sign <= 0 or np.linalg.eigvalsh(sigma)[0] <= 0:
        return float("inf")
    return float(logdet + np.trace(np.linalg.solve(sigma, R)))


def _shortened(theta: Array, step: Array, value: float, R: Array) -> tuple[Array, float]:
    """The scoring step, halved until the discrepancy does not rise."""
    size = 1.0
    while size > 1e-8:
        trial = theta - size * step
        new = _discrepancy(trial, R)
        if new <= value + 1e-13:
            return trial, new
        size /= 2
    return theta - size * step, value


def _signed(loadings: Array, uniquenesses: Array) -> OneFactor:
    return OneFactor(loadings if loadings.sum() >= 0 else -loadings, uniquenesses)


def _demand_three(S: Array) -> None:
    if len(S) < 3:
        raise SurveykitError(
            "a one-factor model is not identified with fewer than three items",
            expected="at least 3",
            got=str(len(S)),
            code="NOT_IDENTIFIED",
        )
