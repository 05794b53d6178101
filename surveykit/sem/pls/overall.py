"""The bootstrap test of overall fit: would a model that holds give correlations as far from its own as these?

Beran & Srivastava (1985); Dijkstra & Henseler (2015). The answers are transformed so that the model holds exactly in
them, Z = X S^(−1/2) Σ^(1/2); only moments are needed, because the moments of a replicate of Z are those of X, transformed.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.results import Table
from surveykit.sem.pls import measures
from surveykit.sem.pls.design import Design
from surveykit.sem.pls.kernel import Solved, correlations, solve

__all__ = ["overall_fit"]

Array = NDArray[np.float64]
_BLOCK = 256


def overall_fit(
    moments: Moments, replicates: Moments, solved: Solved, design: Design, scheme: str, *, consistent: bool
) -> Table:
    """SRMR, d_ULS and d_G of the estimated and the saturated model with their 95 % and 99 % quantiles where it holds.

    ``p`` is the share of replicates that are at least as far off; ``replicates`` those that settled.
    """
    r = moments.cor
    records = []
    for model, saturated in (("estimated", False), ("saturated", True)):
        sigma = measures.implied(r[None], solved, design, consistent=consistent, saturated=saturated)
        found = measures.misfit(r[None], sigma)
        turn = _root(sigma[0]) @ np.linalg.inv(_root(r))
        parts = list(
            _distances(
                turn, moments.sd, replicates, design, scheme, consistent=consistent, saturated=saturated
            )
        )
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
    turn: Array,
    sd: Array,
    replicates: Moments,
    design: Design,
    scheme: str,
    *,
    consistent: bool,
    saturated: bool,
) -> Iterator[dict[str, Array]]:
    """The distances of the transformed replicates, block by block."""
    for start in range(0, len(replicates.cov), _BLOCK):
        s = replicates.cov[start : start + _BLOCK] / sd[:, None] / sd
        r = correlations(turn @ s @ turn.T)
        solved = solve(r, design, scheme, consistent=consistent)
        good = solved.converged & np.isfinite(r).all(axis=(1, 2))
        kept = solved.keep(good)
        sigma = measures.implied(r[good], kept, design, consistent=consistent, saturated=saturated)
        yield measures.misfit(r[good], sigma)


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
