"""Least squares in rational arithmetic, for problems that rounding would spoil.

A double is a rational number, so the normal equations of a regression can be solved without any
rounding: scale every column to whole numbers, eliminate without fractions (Bareiss 1968), round once at
the end. The cost grows with the digits, so this is for small ill-conditioned problems: polynomials
in raw powers, long-run economic series, ratings offset by large constants.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction

import numpy as np
from numpy.typing import NDArray

__all__ = ["ExactSolution", "exact_least_squares", "rational", "rational_powers"]

Array = NDArray[np.float64]
Column = Sequence[Fraction]


@dataclass(frozen=True, slots=True)
class ExactSolution:
    """What :func:`exact_least_squares` returns, rounded once to doubles.

    ``coefficients`` (p,), ``projector`` (p, n) with b = projector @ y, ``residuals`` (n,), ``leverage`` (n,),
    ``rss`` the weighted residual sum of squares.
    """

    coefficients: Array
    projector: Array
    residuals: Array
    leverage: Array
    rss: float


def rational(values: Array) -> list[Fraction]:
    """The doubles as the rational numbers that they are."""
    return [Fraction(float(v)) for v in values]


def rational_powers(values: Array, degree: int) -> list[list[Fraction]]:
    """x, x², … x^degree without rounding: a power rounded to a double has lost what Filip's data need.

    >>> [float(c[0]) for c in rational_powers(np.array([0.5]), 3)]
    [0.5, 0.25, 0.125]
    """
    x = rational(values)
    return [[v**k for v in x] for k in range(1, degree + 1)]


def exact_least_squares(columns: Sequence[Column], y: Column, weights: Column | None = None) -> ExactSolution:
    """Minimise Σ wᵢ (yᵢ − xᵢ'b)² exactly; ``columns`` are the p columns of X (the intercept among them).

    Raises ZeroDivisionError where the columns are exactly dependent.

    >>> one, x = [Fraction(1)] * 3, [Fraction(v) for v in (1, 2, 3)]
    >>> exact_least_squares([one, x], [Fraction(v) for v in (2, 4, 6)]).coefficients.tolist()
    [0.0, 2.0]
    """
    p, n = len(columns), len(y)
    X, scales = _whole([*columns, y])
    x, response = X[:p], X[p]
    w, w_scale = (_whole_column(weights)) if weights is not None else ([1] * n, 1)
    wx = [[a * b for a, b in zip(w, column, strict=True)] for column in x]
    gram = [[_dot(a, b) for b in x] for a in wx]
    right = [_dot(a, response) for a in wx]
    inverse, det = _inverse(gram)  # (X'WX)⁻¹ = inverse / det, in the whole-number scales
    b = [_dot(row, right) for row in inverse]
    # x, y, w were multiplied by their scales: b_true = b/det · s_x / s_y
    coefficients = [Fraction(b[j] * scales[j], det * scales[p]) for j in range(p)]
    residual = [det * response[i] - sum(b[j] * x[j][i] for j in range(p)) for i in range(n)]
    rss = Fraction(sum(w[i] * residual[i] ** 2 for i in range(n)), (det * scales[p]) ** 2 * w_scale)
    projector = [[_dot(row, values) for values in zip(*wx, strict=True)] for row in inverse]
    leverage = [sum(x[j][i] * projector[j][i] for j in range(p)) for i in range(n)]
    return ExactSolution(
        coefficients=np.array([float(v) for v in coefficients]),
        projector=np.array([[_ratio(v * scales[j], det) for v in row] for j, row in enumerate(projector)]),
        residuals=np.array([_ratio(v, det * scales[p]) for v in residual]),
        leverage=np.array([_ratio(v, det) for v in leverage]),
        rss=float(rss),
    )


def _whole(columns: Sequence[Column]) -> tuple[list[list[int]], list[int]]:
    pairs = [_whole_column(c) for c in columns]
    return [p[0] for p in pairs], [p[1] for p in pairs]


def _whole_column(column: Column) -> tuple[list[int], int]:
    """The column times its common denominator, and that denominator."""
    common = math.lcm(*(v.denominator for v in column))
    return [v.numerator * (common // v.denominator) for v in column], common


def _dot(a: Sequence[int], b: Sequence[int]) -> int:
    return sum(x * y for x, y in zip(a, b, strict=True))


def _ratio(numerator: int, denominator: int) -> float:
    return numerator / denominator if numerator else 0.0


def _inverse(gram: list[list[int]]) -> tuple[list[list[int]], int]:
    """Adjugate and determinant by fraction-free Gauss–Jordan elimination; the Gram matrix needs no
    pivoting.
    """
    p = len(gram)
    m = [[*row, *(int(i == j) for j in range(p))] for i, row in enumerate(gram)]
    previous = 1
    for k in range(p):
        pivot = m[k][k]
        if pivot == 0:
            raise ZeroDivisionError(f"column {k} depends on the columns before it")
        for i in range(p):
            if i != k:
                factor = m[i][k]
                m[i] = [(pivot * a - factor * b) // previous for a, b in zip(m[i], m[k], strict=True)]
        previous = pivot
    return [row[p:] for row in m], previous
