"""Covariances of estimates under a survey design: from linearised values, or from replicate weights.

An estimate is, to first order, a total of one linearised value per respondent, and its variance is that of a total under
the design (Binder 1983). Who is outside a group keeps the place in the design. Degrees of freedom: clusters less
strata, less what a model takes.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.sampling import Replicates, Sampling

if TYPE_CHECKING:
    from surveykit.analyses._cumulative import CumulativeLogit
    from surveykit.analyses._least_squares import LeastSquares
    from surveykit.responses import Responses

__all__ = [
    "Drawn", "design_covariance", "design_note", "drawn_rows", "kish_effect", "logit_covariance",
    "moment_covariance",
]  # fmt: skip

Array = NDArray[np.float64]
Statistic = Callable[[Array], Array]
"""An estimate (k,) of the weights (n,) of the rows in use."""


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    """How the rows in use came into the sample: ``place`` (n,) is where they stand in all of it."""

    sampling: Sampling | Replicates
    place: NDArray[np.intp]

    @property
    def weights(self) -> Array:
        """The weights (n,) of the rows in use."""
        return self.sampling.weights[self.place]

    @property
    def df(self) -> int:
        """Clusters less strata that have a row in use."""
        inside = np.zeros(self.sampling.n, dtype=bool)
        inside[self.place] = True
        return self.sampling.df(inside)

    def covariance(self, z: Array, statistic: Statistic) -> Array:
        """The covariance (k, k) of estimates with linearised values ``z`` (n, k), which hold the weights.

        Under replicate weights ``statistic`` is computed with each of them instead.
        """
        if isinstance(self.sampling, Replicates):
            values = np.array([statistic(w) for w in self.sampling.replicates[self.place].T])
            b = values - values.mean(axis=0)
            between: Array = (b * self.sampling.scales[:, None]).T @ b
            return between
        spread = np.zeros((self.sampling.n, z.shape[1]))
        spread[self.place] = z
        return self.sampling.covariance(spread)

    def effect(self, z: Array, variance: Any) -> Array:
        """Design effects (k,): ``variance`` (k,) over that of a simple sample of the same n with replacement."""
        w = self.weights
        simple = w.sum() * (z**2 / w[:, None]).sum(axis=0) / max(len(w) - 1, 1)
        given = np.asarray(variance, dtype=float)
        with np.errstate(divide="ignore", invalid="ignore"):
            ratio: Array = np.where((simple > 0) & (given > 0), given / simple, np.nan)
        return ratio


def drawn_rows(data: Responses, place: Any) -> Drawn | None:
    """The design of the rows at ``place`` (their index in the frame); None where there is no design."""
    if not data.design.is_complex:
        return None
    return Drawn(data.sampling(), np.asarray(place, dtype=np.intp))


def design_covariance(drawn: Drawn, fit: LeastSquares) -> tuple[Array, float]:
    """The covariance of least-squares coefficients (p, p) and their degrees of freedom."""
    df = float(drawn.df + 1 - len(fit.coefficients))
    turned = (fit.projector / fit.weights).T  # the columns X times (X'WX)⁻¹

    def moved(w: Array) -> Array:
        # residuals suffice: the fitted part is reproduced under any weights
        root = np.sqrt(w)[:, None]
        b = np.linalg.lstsq(turned * root, fit.residuals * root[:, 0], rcond=None)[0]
        return np.asarray(fit.unit_covariance() @ b, dtype=float)

    return drawn.covariance((fit.projector * fit.residuals).T, moved), df


def logit_covariance(
    drawn: Drawn, fit: CumulativeLogit, again: Callable[[Array], CumulativeLogit]
) -> tuple[Array, float]:
    """The covariance of thresholds and slopes of a cumulative logit, and their degrees of freedom.

    ``again`` fits the model with other weights.
    """

    def estimates(w: Array) -> Array:
        found = again(w)
        return np.concatenate([found.thresholds, found.slopes])

    return drawn.covariance(fit.influence, estimates), float(drawn.df + 1 - len(fit.covariance))


def moment_covariance(drawn: Drawn, x: Array, function: Callable[[Array], Array]) -> tuple[Array, Array]:
    """The covariance (k, k) and design effects (k,) of ``function`` of the covariance matrix of ``x`` (n, p).

    The function is differentiated numerically.

    >>> s = Sampling.of(6)
    >>> x = np.array([[1.0], [2], [3], [4], [5], [6]])
    >>> found, effect = moment_covariance(Drawn(s, np.arange(6)), x, lambda S: np.log(S[0]))
    >>> d2 = (x[:, 0] - 3.5) ** 2
    >>> bool(abs(found[0, 0] - d2.var(ddof=1) / 6 / d2.mean() ** 2) < 1e-8)
    True
    """
    w = drawn.weights
    S, d = _moments(x, w)
    sd = np.sqrt(np.diag(S))
    scaled = d / sd
    rows, columns = np.tril_indices(len(S))
    products = scaled[:, rows] * scaled[:, columns]
    step = 1e-4
    slopes = []
    for i, j in zip(rows, columns, strict=True):
        change = np.zeros_like(S)
        change[i, j] = change[j, i] = step * sd[i] * sd[j]
        slopes.append((function(S + change) - function(S - change)) / (2 * step))
    about = products - (w @ products) / w.sum()
    z = (w / w.sum())[:, None] * (about @ np.array(slopes))
    covariance = drawn.covariance(z, lambda v: function(_moments(x, v)[0]))
    return covariance, drawn.effect(z, np.diag(covariance))


def _moments(x: Array, w: Array) -> tuple[Array, Array]:
    """The covariance with divisor n, and the deviations (n, p)."""
    d = x - (w @ x) / w.sum()
    return (d * w[:, None]).T @ d / w.sum(), d


def kish_effect(weights: Array | None) -> float:
    """n Σw² / (Σw)², what unequal weights cost where there is no other design; 1 without weights.

    >>> round(kish_effect(np.array([1.0, 3.0])), 6)
    1.25
    """
    if weights is None or not len(weights):
        return 1.0
    return float(len(weights) * (weights @ weights) / weights.sum() ** 2)


def design_note(data: Responses, what: str = "Standard errors") -> Sequence[str]:
    """The design in one sentence for the choices of an analysis; nothing where there is none."""
    if not data.design.is_complex:
        return ()
    design, facts = data.design, data.design.words(data.sampling())
    if "replicates" in facts:
        how = f"{facts['replicates']} replicate weights ({facts['kind']})"
    else:
        parts = [f"strata {design.strata} ({facts['strata']})"] if design.strata else []
        parts += [f"clusters {', '.join(design.clusters)} ({facts['units']})"] if design.clusters else []
        parts += [f"finite population {', '.join(design.fpc)}"] if design.fpc else []
        how = ", ".join(parts)
    return (
        f"{what} follow the survey design: {how}; Student's t, clusters less strata as degrees of freedom.",
    )
