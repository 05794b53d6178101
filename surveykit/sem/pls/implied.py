"""The correlations of the items that a model implies through all its stages, and how far they are from the observed ones."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.moments import Moments
from surveykit.sem.pls import measures
from surveykit.sem.pls.kernel import Solved, correlations
from surveykit.sem.pls.plan import Plan
from surveykit.sem.pls.stages import Staged

__all__ = ["Behind", "distances", "implied_items"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Behind:
    """What stands behind the final stage of a fit: its plan, the moments of the items (a stack) and the stages before."""

    plan: Plan
    moments: Moments
    through: Staged


def implied_items(behind: Behind, solved: Solved, *, saturated: bool) -> tuple[Array, Array]:
    """The observed and the implied correlations (R, p, p) of the items, products left out.

    The items of a part go with whatever lies outside of it through the part: λ ρ of stage one and ρ of the last stage.
    Within a part the observed correlations stand, under PLSc λλ' where it is a common factor.
    """
    plan, final = behind.plan, behind.through.moments
    r = correlations(behind.moments.cov)
    sigma = measures.implied(
        correlations(final.cov), solved, plan.design, consistent=plan.consistent, saturated=saturated
    )
    if plan.plain:
        return r, sigma
    linear = plan.linear
    at = np.array([plan.design.indicators.index(n) for n in linear])
    sigma = sigma[:, at[:, None], at]
    first, design, items = behind.through.first, plan.first, list(behind.moments.names)
    lead = np.zeros((len(r), len(items), len(linear)))
    blocks = []
    for column, name in enumerate(linear):
        if first is None or design is None or name not in plan.parts:
            lead[:, items.index(name), column] = 1.0
            continue
        j = design.constructs.index(name)
        own = design.block(j)
        block = np.array([items.index(design.indicators[i]) for i in own])
        lead[:, block, column] = first.loadings[:, own, j]
        if not (plan.consistent and design.common[j]):
            blocks.append(block)
    whole: Array = lead @ sigma @ np.swapaxes(lead, 1, 2)
    for block in blocks:
        whole[:, block[:, None], block] = r[:, block[:, None], block]
    places = np.arange(len(items))
    whole[:, places, places] = 1.0
    return r, whole


def distances(behind: Behind, solved: Solved, *, saturated: bool) -> dict[str, Array]:
    """``srmr``, ``d_uls`` and ``d_g`` of the items, each (R,)."""
    return measures.misfit(*implied_items(behind, solved, saturated=saturated))
