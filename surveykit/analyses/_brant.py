"""Are the slopes of an ordinal logit the same at every threshold? Brant's (1990) Wald test, on arrays."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._cumulative import CumulativeLogit, cumulative_logit, logistic
from surveykit.errors import SurveykitError

__all__ = ["Brant", "brant"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Brant:
    """``slopes`` (J − 1, k) of the binary logits at every cut, with ``se``; the test over all predictors,
    and in ``by_predictor`` (k,) the chi-squares of each, with J − 2 degrees of freedom."""

    slopes: Array
    se: Array
    chisq: float
    df: int
    p: float
    by_predictor: Array
    p_by_predictor: Array


def brant(
    X: Array,
    category: NDArray[np.intp],
    names: Sequence[str],
    weights: Array | None = None,
    covariance: Callable[[Array, Callable[[Array], Array]], Array] | None = None,
) -> Brant | None:
    """The test for ``category`` 0 … J − 1 (three at least) on ``X`` (n, k); None where a cut is separated.

    With ``weights`` (n,) the slopes are weighted and their covariance is the sandwich of the linearised values; a
    survey design brings its own ``covariance`` of linearised values and of the statistic of the weights.
    """
    from scipy.special import chdtrc

    n, k = X.shape
    if weights is not None or covariance is not None:
        return _weighted(X, category, names, np.ones(n) if weights is None else weights, covariance)
    cuts = int(category.max())
    center, scale = X.mean(axis=0), X.std(axis=0)
    Z = np.column_stack([np.ones(n), (X - center) / scale])
    fitted, bread, slopes = [], [], []
    for j in range(cuts):
        try:
            fit = cumulative_logit(Z[:, 1:], (category > j).astype(np.intp), names)
        except SurveykitError:
            return None
        beta = np.concatenate([-fit.thresholds, fit.slopes])
        pi = logistic(Z @ beta)
        fitted.append(pi)
        bread.append(np.linalg.inv((Z * (pi * (1 - pi))[:, None]).T @ Z))
        slopes.append(fit.slopes)
    V = np.empty((cuts, k, cuts, k))
    for j in range(cuts):
        for m in range(j, cuts):
            # Y > m implies Y > j, so the joint probability is the smaller one
            middle = (Z * (fitted[m] * (1 - fitted[j]))[:, None]).T @ Z
            V[j, :, m, :] = (bread[j] @ middle @ bread[m])[1:, 1:]
            V[m, :, j, :] = V[j, :, m, :].T
    b = np.array(slopes)
    D = np.hstack([-np.ones((cuts - 1, 1)), np.eye(cuts - 1)])
    every = np.kron(D, np.eye(k))
    chisq = _wald(every @ b.ravel(), every @ V.reshape(cuts * k, cuts * k) @ every.T)
    each = np.array([_wald(D @ b[:, i], D @ V[:, i, :, i] @ D.T) for i in range(k)])
    return Brant(
        slopes=b / scale,
        se=np.sqrt(np.array([np.diag(V[j, :, j, :]) for j in range(cuts)])) / scale,
        chisq=chisq,
        df=k * (cuts - 1),
        p=float(chdtrc(k * (cuts - 1), chisq)),
        by_predictor=each,
        p_by_predictor=chdtrc(cuts - 1, each),
    )


def _weighted(
    X: Array,
    category: NDArray[np.intp],
    names: Sequence[str],
    w: Array,
    covariance: Callable[[Array, Callable[[Array], Array]], Array] | None,
) -> Brant | None:
    from scipy.special import chdtrc

    cuts, k = int(category.max()), X.shape[1]

    def fits(v: Array) -> list[CumulativeLogit]:
        kept = v > 0
        used = v[kept] / v[kept].mean()
        return [
            cumulative_logit(X[kept], (category[kept] > j).astype(np.intp), names, used) for j in range(cuts)
        ]

    try:
        found = fits(w)
        b = np.array([f.slopes for f in found])
        z = np.hstack([f.influence[:, 1:] for f in found])
        if covariance is None:
            V = z.T @ z * (len(z) / (len(z) - 1))
        else:
            V = covariance(z, lambda v: np.concatenate([f.slopes for f in fits(v)]))
    except SurveykitError:
        return None
    D = np.hstack([-np.ones((cuts - 1, 1)), np.eye(cuts - 1)])
    every = np.kron(D, np.eye(k))
    blocks = V.reshape(cuts, k, cuts, k)
    try:
        chisq = _wald(every @ b.ravel(), every @ V @ every.T)
        each = np.array([_wald(D @ b[:, i], D @ blocks[:, i, :, i] @ D.T) for i in range(k)])
    except np.linalg.LinAlgError:  # fewer clusters than slopes that are compared
        return None
    df = k * (cuts - 1)
    se = np.sqrt(np.diag(V).reshape(cuts, k))
    return Brant(b, se, chisq, df, float(chdtrc(df, chisq)), each, chdtrc(cuts - 1, each))


def _wald(difference: Array, covariance: Array) -> float:
    return float(difference @ np.linalg.solve(covariance, difference))
