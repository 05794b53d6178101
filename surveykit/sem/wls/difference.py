"""Differences of χ² of weighted least-squares fits (Satorra 2000; Asparouhov & Muthén 2010).

With D₁ and D₀ the derivatives of the statistics by the parameters of the general and of the restricted model, each at
its own estimates, H solves D₁H ≈ D₀ and the restriction A spans what H leaves out (the "delta" method). With
I = Δ'VΔ and M = Δ'VΓVΔ of the general model,

    C = I⁻¹A'(A I⁻¹ A')⁻¹A I⁻¹,    tr(CM) and tr((CM)²)

are the mean and half the variance of the difference: what scales and shifts it.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveykit.sem.robust import Traces
from surveykit.sem.wls.basis import Basis
from surveykit.sem.wls.inference import information_of, meat_of, model_traces
from surveykit.sem.wls.search import minimise_quadratic

__all__ = ["difference_traces", "reproduced", "trace_at"]

Array = NDArray[np.float64]


def reproduced(general: Basis, restricted: Basis, start: Array, theta: Array) -> tuple[float, Array]:
    """How far the general model misses what the restricted one implies at ``theta`` (F), and its θ there.

    ``start`` are the general model's estimates.
    """
    points = restricted.moved(theta)
    values = [p.values[at] for p, at in zip(points, general.places(restricted), strict=True)]
    found = minimise_quadratic(general.reproducing(values), start)
    return (float("inf"), start) if found is None else (2 * found.f, found.theta)


def trace_at(general: Basis, theta: Array) -> float:
    """tr(UΓ) of a model at θ."""
    return model_traces(general.weighed(theta)).first


def difference_traces(general: Basis, one: Array, restricted: Basis, zero: Array, df: int) -> Traces:
    """tr(CM) and tr((CM)²) of the restriction that leads from ``general`` at ``one`` to ``restricted`` at ``zero``."""
    weighed = general.weighed(one)
    D1 = np.concatenate([g.delta for g in weighed])
    D0 = np.concatenate(
        [p.jacobian[at] for p, at in zip(restricted.moved(zero), general.places(restricted), strict=True)]
    )
    H = np.linalg.lstsq(D1, D0, rcond=None)[0]
    A = np.linalg.svd(H)[0][:, -df:].T
    information = information_of(weighed)
    bread = np.linalg.inv(information)
    C = bread @ A.T @ np.linalg.solve(A @ bread @ A.T, A @ bread)
    CM = C @ meat_of(weighed)
    return Traces(float(np.trace(CM)), float((CM * CM.T).sum()))
