"""Cholesky roots and what follows from them, for one small symmetric matrix at a time.

The matrices of one fit are so small that NumPy's checks around a call take several times as long as the
factorisation itself; these go straight to LAPACK. Stacks of matrices are NumPy's business.
"""

from __future__ import annotations

from functools import cache
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["inverse_root", "log_det", "root", "solution"]

Array = NDArray[np.float64]


@cache
def _lapack() -> Any:
    from scipy.linalg import lapack

    return lapack


def root(matrix: Array) -> Array | None:
    """The lower triangular L with L Lᵀ = M; None where M is not positive definite (or not finite).

    >>> root(np.array([[4.0, 2.0], [2.0, 5.0]])).tolist()
    [[2.0, 0.0], [1.0, 2.0]]
    >>> root(np.array([[1.0, 2.0], [2.0, 1.0]])) is None
    True
    """
    found, failed = _lapack().dpotrf(matrix.T, lower=1)
    return None if failed or not np.isfinite(found[-1, -1]) else found


def inverse_root(factor: Array) -> Array:
    """L⁻¹ of a lower triangular L without zeros on its diagonal."""
    found: Array = _lapack().dtrtri(factor, lower=1)[0]
    return found


def log_det(matrix: Array) -> float:
    """log|M| of a symmetric matrix, by Cholesky; −∞ where it is not positive definite."""
    found = root(matrix)
    return -np.inf if found is None else float(2 * np.log(found.diagonal()).sum())


def solution(matrix: Array, right: Array) -> Array | None:
    """x (k,) with M x = b for a positive definite M; None where M is not."""
    _, found, failed = _lapack().dposv(matrix.T, right, lower=1)
    return None if failed else found
