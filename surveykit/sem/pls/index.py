"""The satisfaction index and the importance–performance map.

Performance: the construct's score with normalised unstandardised weights on 0–100 (Fornell, Johnson, Anderson, Cha &
Bryant 1996; SPEC of the ACSI). Importance: the unstandardised total effect on the target, that is the
points on 0–100 that go with one point more on 0–100 of the construct (Ringle & Sarstedt 2016).

With interactions it is the effect where all moderators are at their means: products have no points of their own. Under PLSc
performance is that of the scores, importance that between what the scores measure, their true parts: a score's standard
deviation times √ρA takes the place of its standard deviation.
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
            if name not in _made(fit)
        ]
    )


def importance_table(fit: PlsFit) -> Table:
    """Importance (unstandardised total effect) and performance of each construct, for each target it reaches.

    ``low high`` bound the importance, ``performance_low performance_high`` the performance; ``correlation`` is that
    of the two over the replicates, so that the five make a confidence region.
    """
    if not known(fit):
        return Table((), ())
    names, made = fit.design.constructs, _made(fit)
    reached = np.abs(fit.solved.total[0]) > 0
    pairs = [
        (i, int(j))
        for j in fit.design.endogenous
        for i, name in enumerate(names)
        if reached[i, j] and name not in made
    ]
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
    """Importance and performance of each indicator: its share of its construct times the construct's total effect.

    Under PLSc of composites only: a common factor does not consist of its indicators.
    """
    if not known(fit):
        return Table((), ())
    d, left_out = fit.design, _made(fit)
    if fit.options.method == "plsc":
        left_out = left_out | {name for name, common in zip(d.constructs, d.common, strict=True) if common}
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
            for i, name in enumerate(d.constructs)
            if abs(total[i, j]) > 0 and name not in left_out
            for k in d.block(i)
        ]
    )


def known(fit: PlsFit) -> bool:
    """Whether means and response scales are there, and constructs have scores in points.

    Under PLSc a construct of constructs has none: its parts are taken without their error, which no answer is.
    """
    if fit.sample.moments.mean is None or fit.behind is None:
        return False
    plan = fit.behind.plan
    if plan.consistent and plan.parts:
        return False
    columns = [fit.design.indicators.index(i) for i in plan.linear]
    return bool(np.isfinite(fit.sample.low[columns]).all() and np.isfinite(fit.sample.high[columns]).all())


def _made(fit: PlsFit) -> set[str]:
    """The constructs that are products."""
    return set() if fit.behind is None else {p.name for p in fit.behind.plan.products}


def _points(fit: PlsFit, at: Stack) -> Array:
    """The means of the indicators on 0–100 (R, p); 0 for products, which no other construct has."""
    low, high = fit.sample.low, fit.sample.high
    points: Array = np.nan_to_num(100 * (np.asarray(at.moments.mean) - low) / (high - low))
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
    scale = np.nan_to_num(100 / (fit.sample.high - fit.sample.low), nan=1.0)
    omega = _normalised(at) * scale[None, :, None]
    sd = np.sqrt(((at.moments.cov @ omega) * omega).sum(axis=1))
    if fit.options.method == "plsc":
        with np.errstate(invalid="ignore"):
            sd = sd * np.sqrt(np.where(fit.design.common, at.solved.rho_a, 1.0))
    out: Array = at.solved.total * sd[:, None, :] / sd[:, :, None]
    return out
