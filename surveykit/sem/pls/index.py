"""The satisfaction index and the importance–performance map.

Performance: the construct's score with normalised unstandardised weights on 0–100 (Fornell, Johnson, Anderson, Cha &
Bryant 1996; SPEC of the ACSI). Importance: the unstandardised total effect on the target, that is the
points on 0–100 that go with one point more on 0–100 of the construct (Ringle & Sarstedt 2016).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.results import Table
from surveykit.sem.pls.inference import Stack

if TYPE_CHECKING:
    from surveykit.sem.pls.result import PlsFit

__all__ = ["importance_table", "index_table", "indicator_table", "known"]

Array = NDArray[np.float64]


def index_table(fit: PlsFit) -> Table:
    """The 0–100 index of every construct with its interval; empty where the response scales are not known."""
    if not known(fit):
        return Table((), ())
    found = fit.spread(lambda x: _performance(fit, x))
    return Table.of(
        [
            {
                "term": name,
                "group": "",
                "n": fit.n,
                "estimate": float(found.estimate[j]),
                "se": float(found.se[j]),
                "low": float(found.low[j]),
                "high": float(found.high[j]),
            }
            for j, name in enumerate(fit.design.constructs)
        ]
    )


def importance_table(fit: PlsFit) -> Table:
    """Importance (unstandardised total effect) and performance of each construct, for each target it reaches.

    ``low high`` bound the importance, ``performance_low performance_high`` the performance; ``correlation`` is that
    of the two over the replicates, so that the five make a confidence region.
    """
    if not known(fit):
        return Table((), ())
    names = fit.design.constructs
    reached = np.abs(fit.solved.total[0]) > 0
    pairs = [(i, int(j)) for j in fit.design.endogenous for i in range(len(names)) if reached[i, j]]
    i, j = np.transpose(pairs)
    importance = fit.spread(lambda x: _unstandardised(fit, x)[:, i, j])
    performance = fit.spread(lambda x: _performance(fit, x)[:, i])
    together = fit.replicate_correlations(
        lambda x: _unstandardised(fit, x)[:, i, j], lambda x: _performance(fit, x)[:, i]
    )
    return Table.of(
        [
            {
                "to": names[target],
                "from": names[source],
                "importance": float(importance.estimate[at]),
                "se": float(importance.se[at]),
                "low": float(importance.low[at]),
                "high": float(importance.high[at]),
                "performance": float(performance.estimate[at]),
                "performance_low": float(performance.low[at]),
                "performance_high": float(performance.high[at]),
                "correlation": float(together[at]),
            }
            for at, (source, target) in enumerate(pairs)
        ]
    )


def indicator_table(fit: PlsFit) -> Table:
    """Importance and performance of each indicator: its share of its construct times the construct's total effect."""
    if not known(fit):
        return Table((), ())
    d = fit.design
    total = _unstandardised(fit, fit.inference.at)[0]
    shares = _normalised(fit.inference.at)[0]
    points = _points(fit, fit.inference.at)[0]
    return Table.of(
        [
            {
                "to": d.constructs[j],
                "construct": d.constructs[i],
                "item": d.indicators[k],
                "importance": float(shares[k, i] * total[i, j]),
                "performance": float(points[k]),
            }
            for j in d.endogenous
            for i in range(len(d.constructs))
            if abs(total[i, j]) > 0
            for k in d.block(i)
        ]
    )


def known(fit: PlsFit) -> bool:
    """Whether means and response scales are there, and the scores are composites."""
    has_means = fit.sample.moments.mean is not None
    return has_means and bool(np.isfinite(fit.sample.low).all()) and fit.options.method == "pls"


def _points(fit: PlsFit, at: Stack) -> Array:
    """The means of the indicators on 0–100 (R, p)."""
    low, high = fit.sample.low, fit.sample.high
    points: Array = 100 * (np.asarray(at.moments.mean) - low) / (high - low)
    return points


def _normalised(at: Stack) -> Array:
    """Weights of the raw items, summing to 1 in each construct (R, p, J)."""
    raw = at.solved.w / at.moments.sd[:, :, None]
    shares: Array = raw / raw.sum(axis=1, keepdims=True)
    return shares


def _performance(fit: PlsFit, at: Stack) -> Array:
    out: Array = (_normalised(at) * _points(fit, at)[:, :, None]).sum(axis=1)
    return out


def _unstandardised(fit: PlsFit, at: Stack) -> Array:
    """Total effects in points of 0–100 (R, J, J)."""
    omega = _normalised(at) * (100 / (fit.sample.high - fit.sample.low))[None, :, None]
    sd = np.sqrt(((at.moments.cov @ omega) * omega).sum(axis=1))
    out: Array = at.solved.total * sd[:, None, :] / sd[:, :, None]
    return out
