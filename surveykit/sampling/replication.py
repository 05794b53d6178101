"""Replicate weights: the same estimate under many weightings, and the variance between them.

Jackknife: Rust & Rao 1996 (Statistical Methods in Medical Research 5). Weights that a data supplier
delivers (balanced repeated replication, Fay, bootstrap) are used with their scale.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError
from surveykit.sampling.design import Sampling

__all__ = ["Replicates", "jackknife"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Replicates:
    """Weights (n,) and replicate weights (n, R) with the variance scale of each replicate (R,).

    Var = sum of scale_r (estimate_r - mean of estimates)^2.
    """

    weights: Array
    replicates: Array
    scales: Array

    @classmethod
    def of(
        cls, weights: ArrayLike, replicates: ArrayLike, *, kind: str = "brr", fay: float = 0.0
    ) -> Replicates:
        """Replicate weights that came with the data.

        ``kind`` is ``jk1`` (scale (R - 1)/R), ``jk2`` (1), ``brr`` (1/R), ``fay`` (1/(R (1 - fay)^2)) or ``bootstrap``
        (1/(R - 1)).
        """
        w, r = np.asarray(weights, dtype=float), np.asarray(replicates, dtype=float)
        if r.ndim != 2 or len(r) != len(w) or r.shape[1] < 2 or not np.all(np.isfinite(r) & (r >= 0)):
            raise SurveykitError(
                "replicate weights must be numbers of zero or more, at least two columns", code="WEIGHT_VALUE"
            )
        count = r.shape[1]
        scales = {
            "jk1": (count - 1) / count, "jk2": 1.0, "brr": 1 / count,
            "fay": 1 / (count * (1 - fay) ** 2) if fay < 1 else np.nan, "bootstrap": 1 / (count - 1),
        }  # fmt: skip
        if kind not in scales or not 0 <= fay < 1:
            raise SurveykitError(
                "unknown kind of replicate weights", expected=", ".join(scales), got=kind, code="REPLICATES"
            )
        return cls(w, r, np.full(count, scales[kind]))

    @property
    def n(self) -> int:
        """Rows in the sample."""
        return len(self.weights)

    def df(self, domain: NDArray[np.bool_] | None = None) -> int:
        """Degrees of freedom: the rank of the replicate weights (of the domain's rows) less 1."""
        used = self.replicates if domain is None else self.replicates[domain]
        kept = used[: min(len(used), 2000)]
        return int(np.linalg.matrix_rank(kept / kept.max(), tol=1e-5)) - 1 if kept.size else 0

    def estimates(self, statistic: Callable[[Array], ArrayLike]) -> Array:
        """A statistic of the weights under every replicate, shape (R, …)."""
        return np.array([np.asarray(statistic(w)) for w in self.replicates.T], dtype=float)

    def variance(self, spread: ArrayLike) -> float:
        """The variance of one estimate from its value under every replicate (R,)."""
        values = np.asarray(spread, dtype=float)
        used = self.scales > 0
        return float(self.scales @ (values - values[used].mean()) ** 2)

    def spread_of_mean(self, x: ArrayLike, domain: NDArray[np.bool_] | None = None) -> tuple[float, Array]:
        """A mean over ``domain``, and its value under every replicate."""
        values = np.asarray(x, dtype=float)
        inside = ~np.isnan(values) if domain is None else domain & ~np.isnan(values)
        seen = values[inside]
        w, r = self.weights[inside], self.replicates[inside]
        if not len(seen):
            return float("nan"), np.zeros(len(self.scales))
        totals = r.sum(axis=0)
        if not (totals > 0).all():
            return float(w @ seen / w.sum()), np.full(len(self.scales), np.nan)
        spread: Array = seen @ r / totals
        return float(w @ seen / w.sum()), spread


def jackknife(sampling: Sampling) -> Replicates:
    """Replicates that leave one cluster of the first stage out each.

    Without strata every replicate has the scale (R - 1)/R (JK1), with strata (n_h - 1)/n_h (JKn), times what the
    finite population leaves open.
    """
    stage = sampling.stages[0]
    if stage.lonely.any():
        raise SurveykitError("a jackknife needs two clusters in every stratum", code="LONELY_STRATUM")
    units = len(stage.stratum)
    n = stage.drawn.astype(float)[stage.stratum]
    same = stage.of_row[:, None] == stage.stratum[None, :]
    grown = np.divide(n, n - 1, out=np.ones(units), where=n > 1)
    factors = np.where(same, grown[None, :], 1.0)
    factors[np.arange(sampling.n), stage.unit] = 0.0
    # one unit drawn for certain has no replicate of its own
    kept = n > 1
    scales = (n - 1) / n * (1 - stage.fraction[stage.stratum])
    return Replicates(sampling.weights, sampling.weights[:, None] * factors[:, kept], scales[kept])
