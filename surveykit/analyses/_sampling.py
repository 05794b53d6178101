"""Coefficients under a survey design: their covariance from linearised values, or from replicate weights.

A coefficient is a total of C_i e_i over respondents (C the projector that makes b from y, e the residuals), and its
variance that of a total under the design (Binder 1983). Degrees of freedom: those of the design, less the slopes.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.sampling import Replicates

if TYPE_CHECKING:
    from surveykit.analyses._least_squares import LeastSquares
    from surveykit.analyses._rows import Rows
    from surveykit.responses import Responses

__all__ = ["design_covariance"]

Array = NDArray[np.float64]


def design_covariance(data: Responses, rows: Rows, fit: LeastSquares, X: Array) -> tuple[Array, float]:
    """The covariance of the coefficients (p, p) and their degrees of freedom; other rows keep their place."""
    sampling = data.sampling()
    place = rows.frame.index.to_numpy()
    inside = np.zeros(sampling.n, dtype=bool)
    inside[place] = True
    df = sampling.df(inside) + 1 - len(fit.coefficients)
    if isinstance(sampling, Replicates):
        return _between(sampling, place, fit, X), df
    z = np.zeros((sampling.n, len(fit.coefficients)))
    z[place] = (fit.projector * fit.residuals).T
    return sampling.covariance(z), df


def _between(sampling: Replicates, place: NDArray[np.intp], fit: LeastSquares, X: Array) -> Array:
    """The covariance of the coefficients over the replicate weights."""
    columns = np.column_stack([np.ones(len(X)), X]) if fit.intercept else X
    # residuals suffice: the fitted part is reproduced under any weights
    moved = []
    for w in sampling.replicates[place].T:
        root = np.sqrt(w)[:, None]
        moved.append(np.linalg.lstsq(columns * root, fit.residuals * root[:, 0], rcond=None)[0])
    b = np.array(moved) - np.mean(moved, axis=0)
    covariance: Array = (b * sampling.scales[:, None]).T @ b
    return covariance
