"""The bootstrap test of overall fit: would a model that holds give correlations as far from its own as these?

Beran & Srivastava (1985); Dijkstra & Henseler (2015). The answers are transformed so that the model holds exactly in
them, Z = X S^(−1/2) Σ^(1/2); only moments are needed, because the moments of a replicate of Z are those of X, transformed.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.results import Table
from surveykit.sem.pls import measures
from surveykit.sem.pls.implied import Behind, implied_items
from surveykit.sem.pls.kernel import Solved, correlations, solve
from surveykit.sem.pls.stages import staged

__all__ = ["overall_fit"]

Array = NDArray[np.float64]
_BLOCK = 256


def overall_fit(behind: Behind, replicates: Moments, solved: Solved) -> Table:
    """SRMR, d_ULS and d_G of the estimated and the saturated model with their 95 % and 99 % quantiles where it holds.

    ``p`` is the share of replicates that are at least as far off. ``replicates`` are those of the items; each goes through
    all stages of the model.
    """
    records = []
    for model, saturated in (("estimated", False), ("saturated", True)):
        r, sigma = implied_items(behind, solved, saturated=saturated)
        found = measures.misfit(r, sigma)
        turn = _root(sigma[0]) @ np.linalg.inv(_root(r[0]))
        parts = list(_distances(turn, behind, replicates, saturated=saturated))
        drawn = {name: np.concatenate([p[name] for p in parts]) for name in found}
        for name, value in found.items():
            known = drawn[name][np.isfinite(drawn[name])]
            if not len(known):
                continue
            limits = np.quantile(known, [0.95, 0.99])
            records.append(
                {
                    "measure": name, "model": model, "value": float(value[0]), "quantile_95": float(limits[0]),
                    "quantile_99": float(limits[1]), "p": float((1 + (known >= value[0]).sum()) / (1 + len(known))),
                    "replicates": len(known),
                }
            )  # fmt: skip
    return Table.of(records)


def _distances(
    turn: Array, behind: Behind, replicates: Moments, *, saturated: bool
) -> Iterator[dict[str, Array]]:
    """The distances of the transformed replicates, block by block."""
    plan, sd = behind.plan, behind.moments.sd
    for start in range(0, len(replicates.cov), _BLOCK):
        s = replicates.cov[start : start + _BLOCK] / sd[0][:, None] / sd[0]
        s = s[np.isfinite(s).all(axis=(1, 2))]
        cov = turn @ s @ turn.T
        m = Moments.trusted(
            replicates.n, cov, None, replicates.names, sumw=np.full(len(s), float(replicates.n))
        )
        through = staged(plan, m)
        solved = solve(
            correlations(through.moments.cov), plan.design, plan.scheme, consistent=plan.consistent
        )
        good = solved.converged
        first = None if through.first is None else through.first.keep(good)
        kept = Behind(plan, m.keep(good), replace(through, moments=through.moments.keep(good), first=first))
        yield measures.misfit(*implied_items(kept, solved.keep(good), saturated=saturated))


def _root(s: Array) -> Array:
    """The symmetric square root."""
    values, vectors = np.linalg.eigh(s)
    if values[0] <= 1e-10:
        raise SurveykitError(
            "the test of overall fit needs correlations of full rank, observed and implied",
            got=f"smallest eigenvalue {values[0]:.2g}",
            hint="leave overall out; two items may be the same, or the model may be inadmissible",
            code="PLS_OVERALL",
        )
    root: Array = (vectors * np.sqrt(values)) @ vectors.T
    return root
