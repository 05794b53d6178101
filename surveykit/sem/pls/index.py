"""The satisfaction index and the importance–performance map.

Performance: the construct's score with normalised unstandardised weights on 0–100 (Fornell, Johnson, Anderson, Cha &
Bryant 1996; SPEC of the ACSI). Importance: the unstandardised total effect on the target, that is the
points on 0–100 that go with one point more on 0–100 of the construct (Ringle & Sarstedt 2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.moments import Moments
from surveykit.results import Table
from surveykit.sem.pls.kernel import Solved

if TYPE_CHECKING:
    from surveykit.sem.pls.result import PlsFit

__all__ = ["importance_table", "index_table"]

Array = NDArray[np.float64]


def index_table(fit: PlsFit) -> Table:
    """The 0–100 index of every construct with its interval; empty where the response scales are not known."""
    if not _known(fit):
        return Table((), ())
    values = _performance(fit, fit.solved, fit.sample.moments)[0]
    drawn = None
    if fit.replicates is not None and fit.sample.replicates is not None:
        drawn = _performance(fit, fit.replicates, fit.sample.replicates)
    se, low, high = fit._spread(drawn, values.shape)
    return Table.of(
        [
            {
                "term": name,
                "group": "",
                "n": fit.n,
                "estimate": float(values[j]),
                "se": float(se[j]),
                "low": float(low[j]),
                "high": float(high[j]),
            }
            for j, name in enumerate(fit.design.constructs)
        ]
    )


def importance_table(fit: PlsFit) -> Table:
    """Importance (unstandardised total effect) and performance of each construct, for each target it reaches."""
    if not _known(fit):
        return Table((), ())
    names = fit.design.constructs
    performance = _performance(fit, fit.solved, fit.sample.moments)[0]
    effects = _unstandardised(fit, fit.solved, fit.sample.moments)[0]
    drawn = None
    if fit.replicates is not None and fit.sample.replicates is not None:
        drawn = _unstandardised(fit, fit.replicates, fit.sample.replicates)
    se, low, high = fit._spread(drawn, effects.shape)
    return Table.of(
        [
            {
                "to": names[j],
                "from": names[i],
                "importance": float(effects[i, j]),
                "se": float(se[i, j]),
                "low": float(low[i, j]),
                "high": float(high[i, j]),
                "performance": float(performance[i]),
            }
            for j in fit.design.endogenous
            for i in range(len(names))
            if abs(effects[i, j]) > 0
        ]
    )


def _known(fit: PlsFit) -> bool:
    has_means = fit.sample.moments.mean is not None
    return has_means and bool(np.isfinite(fit.sample.low).all()) and fit.options.method == "pls"


def _normalised(solved: Solved, moments: Moments) -> Array:
    """Weights of the raw items, summing to 1 in each construct (R, p, J)."""
    sd = np.atleast_2d(moments.sd)
    raw = solved.w / sd[:, :, None]
    shares: Array = raw / raw.sum(axis=1, keepdims=True)
    return shares


def _performance(fit: PlsFit, solved: Solved, moments: Moments) -> Array:
    omega = _normalised(solved, moments)
    mean = np.atleast_2d(np.asarray(moments.mean))
    points = 100 * (mean - fit.sample.low) / (fit.sample.high - fit.sample.low)
    out: Array = np.einsum("rpj,rp->rj", omega, points)
    return out


def _unstandardised(fit: PlsFit, solved: Solved, moments: Moments) -> Array:
    """Total effects in points of 0–100 (R, J, J)."""
    omega = _normalised(solved, moments) * (100 / (fit.sample.high - fit.sample.low))[None, :, None]
    cov = moments.cov if moments.cov.ndim == 3 else moments.cov[None]
    sd = np.sqrt(np.einsum("rpj,rpq,rqj->rj", omega, cov, omega))
    out: Array = solved.total * sd[:, None, :] / sd[:, :, None]
    return out
