"""Reliability of the sum of ordered answers themselves: categorical omega (Green & Yang 2009).

An item's answer is y = l₀ + Σ_c g_c 1(y* > τ_c), with g the steps between its categories. Two items so have

    Cov(y_i, y_j) = Σ_c Σ_d g_ic g_jd [Φ₂(τ_ic, τ_jd; ρ) − Φ(τ_ic) Φ(τ_jd)]

where ρ is the correlation of their latent responses. The variance that the construct makes in the sum, Var E(Σy | f), has ρ
= λ_iλ_j in all pairs, also of an item with itself; that of the sum has the polychoric correlations, and 1 of an item with itself.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.wls.normal import bivariate_cdf

__all__ = ["categorical_omega"]

Array = NDArray[np.float64]


def categorical_omega(
    loadings: Array, thresholds: Sequence[Array], steps: Sequence[Array], correlations: Array
) -> float:
    """ω of the sum of m items: standardised ``loadings`` (m,), each item's standardised ``thresholds`` and the ``steps``
    between its categories, and the ``correlations`` (m, m) of the latent responses.

    >>> halves = [np.zeros(1)] * 3
    >>> R = np.where(np.eye(3) == 1, 1.0, 0.49)
    >>> round(categorical_omega(np.full(3, 0.7), halves, [np.ones(1)] * 3, R), 4)
    0.592
    """
    return _variance(np.outer(loadings, loadings), thresholds, steps) / _variance(
        correlations, thresholds, steps
    )


def _variance(correlations: Array, thresholds: Sequence[Array], steps: Sequence[Array]) -> float:
    """The variance of the sum where the latent responses have these correlations."""
    from scipy.special import ndtr

    total = 0.0
    for i, (one, first) in enumerate(zip(thresholds, steps, strict=True)):
        for j, (other, second) in enumerate(zip(thresholds, steps, strict=True)):
            rho = float(np.clip(correlations[i, j], -1.0, 1.0))
            a, b = one[:, None], other[None, :]
            # two thresholds of one variable are both passed below the lower one
            both = ndtr(np.minimum(a, b)) if rho == 1 else bivariate_cdf(a, b, np.asarray(rho))
            total += float(first @ (both - ndtr(a) * ndtr(b)) @ second)
    return total
