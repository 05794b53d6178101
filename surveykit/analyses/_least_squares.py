"""Least squares on arrays: scaled, centred QR, exact arithmetic where rounding would show.

Columns are centred at their weighted means and scaled to length 1 before the QR decomposition, so that
neither an offset of 1e9 nor a unit of 1e-8 costs digits. Where the condition number of those columns is
high and the problem small, the normal equations are solved in rational arithmetic instead.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from fractions import Fraction
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._exact import exact_least_squares, rational
from surveykit.errors import SurveykitError, quote

__all__ = [
    "Arithmetic", "LeastSquares", "demand_independent", "dependent_columns", "hanging_on",
    "least_squares", "leverage_is_one", "sandwich", "vif",
]  # fmt: skip

Array = NDArray[np.float64]
Arithmetic = Literal["auto", "double", "exact"]

EXACT_FROM_CONDITION = 100.0
EXACT_MAX_WORK = 400_000  # n p²: about a second of whole-number arithmetic
RANK_TOLERANCE = 1e-11
LEVERAGE_ONE = 1e-9


@dataclass(frozen=True, slots=True)
class LeastSquares:
    """A fitted linear model.

    ``coefficients`` (p,) in the order of ``names``; ``projector`` (p, n) is C with b = C y; ``residuals``,
    ``leverage``, ``weights`` (n,); ``rss`` and ``tss`` weighted sums of squares (``tss`` about the mean where
    there is an intercept); ``condition`` of the centred and scaled columns; ``arithmetic`` that was used.
    """

    names: tuple[str, ...]
    coefficients: Array
    projector: Array
    residuals: Array
    leverage: Array
    weights: Array
    rss: float
    tss: float
    intercept: bool
    condition: float
    arithmetic: str

    @property
    def n(self) -> int:
        return len(self.residuals)

    @property
    def df_resid(self) -> int:
        return self.n - len(self.coefficients)

    @property
    def r2(self) -> float:
        return 1.0 - self.rss / self.tss

    @property
    def sigma(self) -> float:
        """The residual standard deviation."""
        return float(np.sqrt(self.rss / self.df_resid))

    def unit_covariance(self) -> Array:
        """(X'WX)⁻¹, shape (p, p)."""
        scaled = self.projector / np.sqrt(self.weights)
        return scaled @ scaled.T


def least_squares(
    X: Array,
    y: Array,
    names: Sequence[str],
    *,
    weights: Array | None = None,
    intercept: bool = True,
    arithmetic: Arithmetic = "auto",
    exact_columns: Sequence[Sequence[Fraction]] | None = None,
    outcome: str = "",
) -> LeastSquares:
    """Regress ``y`` (n,) on ``X`` (n, k); with ``intercept`` the first coefficient is ``(intercept)``.

    ``weights`` (n,) are positive; ``exact_columns`` gives the columns of X as rationals where rounding
    them to doubles would lose digits (powers); ``outcome`` is y's name for messages. Raises SurveykitError
    for constant or dependent columns, by name, and where there are not more rows than coefficients.

    >>> fit = least_squares(np.array([[1.0], [2.0], [4.0]]), np.array([1.0, 2.0, 3.0]), ["x"])
    >>> fit.coefficients.round(4).tolist(), round(fit.r2, 4)
    ([0.5, 0.6429], 0.9643)
    """
    n, k = X.shape
    w = np.ones(n) if weights is None else np.asarray(weights, dtype=float)
    _demand_rows(n, k + intercept)
    center = (w @ X) / w.sum() if intercept else np.zeros(k)
    centred = X - center
    if intercept:
        center = center + (w @ centred) / w.sum()
        centred = X - center
    root = np.sqrt(w)[:, None]
    length = np.linalg.norm(root * centred, axis=0)
    _demand_variation(X, length, names, intercept)
    scaled = root * centred / length
    singular = np.linalg.svd(scaled, compute_uv=False) if k else np.ones(1)
    condition = float(singular[0] / singular[-1]) if singular[-1] > 0 else float("inf")
    if singular[-1] <= RANK_TOLERANCE * singular[0]:
        raise _dependent(dependent_columns(scaled, names))
    y_center = float(w @ y / w.sum()) if intercept else 0.0
    deviation = y - y_center
    tss = float(w @ deviation**2)
    _demand_outcome(y, tss, intercept, outcome)
    labels = (("(intercept)",) if intercept else ()) + tuple(names)
    if arithmetic == "exact" or (
        arithmetic == "auto"
        and condition > EXACT_FROM_CONDITION
        and n * (k + intercept) ** 2 <= EXACT_MAX_WORK
    ):
        columns = [*exact_columns] if exact_columns is not None else [rational(c) for c in X.T]
        ones = [[Fraction(1)] * n] if intercept else []
        weighting = None if weights is None else rational(w)
        e = exact_least_squares([*ones, *columns], rational(y), weighting)
        parts = (e.coefficients, e.projector, e.residuals, e.leverage)
        return LeastSquares(labels, *parts, w, e.rss, tss, intercept, condition, "exact")
    q, r = np.linalg.qr(scaled)
    slopes = np.linalg.solve(r, q.T * root.T) / length[:, None]
    b = slopes @ deviation
    residuals = deviation - centred @ b
    # one step of refinement takes away what the first solution left
    b = b + slopes @ (residuals - (w @ residuals / w.sum() if intercept else 0.0))
    residuals = deviation - centred @ b
    projector, coefficients = slopes, b
    leverage = (q**2).sum(axis=1)
    if intercept:
        # the constant's row of C: the mean of y less the slopes' part at the centre
        projector = np.vstack([w / w.sum() - center @ slopes, slopes])
        coefficients = np.concatenate([[y_center - center @ b], b])
        leverage = leverage + w / w.sum()
    rss = float(w @ residuals**2)
    return LeastSquares(
        labels, coefficients, projector, residuals, leverage, w, rss, tss, intercept, condition, "double"
    )


def sandwich(fit: LeastSquares, kind: str) -> Array:
    """The covariance of the coefficients, (p, p): ``classic`` or ``hc0`` … ``hc3`` (MacKinnon and White
    1985).

    A row of leverage 1 is fitted exactly and says nothing about the error: its share is left out,
    and the coefficients that hang on it alone are NaN.
    """
    if kind == "classic":
        return fit.unit_covariance() * (fit.rss / fit.df_resid)
    alone = leverage_is_one(fit)
    rest = np.where(alone, 1.0, 1.0 - fit.leverage)
    factor = {
        "hc0": np.ones(fit.n),
        "hc1": np.full(fit.n, fit.n / fit.df_resid),
        "hc2": 1.0 / rest,
        "hc3": 1.0 / rest**2,
    }[kind]
    meat = np.where(alone, 0.0, fit.residuals**2 * factor)
    covariance = (fit.projector * meat) @ fit.projector.T
    # where only rows without residual speak for a coefficient, what is left of its variance is rounding
    empty = np.diag(covariance) < 1e-16 * np.diag(fit.unit_covariance()) * (fit.rss / fit.df_resid)
    for j in {*hanging_on(fit, alone), *np.flatnonzero(empty).tolist()}:
        covariance[j, :] = covariance[:, j] = np.nan
    return covariance


def leverage_is_one(fit: LeastSquares) -> NDArray[np.bool_]:
    """The rows (n,) that the model fits exactly because a coefficient belongs to them alone."""
    return 1.0 - fit.leverage < LEVERAGE_ONE


def hanging_on(fit: LeastSquares, rows: NDArray[np.bool_]) -> list[int]:
    """The coefficients that change with the outcome of the ``rows`` (rows of leverage 1)."""
    if not rows.any():
        return []
    share = np.abs(fit.projector[:, rows]).max(axis=1) / np.abs(fit.projector).max(axis=1)
    return [int(j) for j in np.flatnonzero(share > LEVERAGE_ONE)]


def vif(X: Array, weights: Array | None = None) -> Array:
    """Variance inflation factors of the columns of X (n, k), about their means: the diagonal of R⁻¹.

    >>> vif(np.array([[0.0, 0], [0, 1], [1, 0], [1, 1]])).round(6).tolist()
    [1.0, 1.0]
    """
    w = np.ones(len(X)) if weights is None else weights
    centred = (X - (w @ X) / w.sum()) * np.sqrt(w)[:, None]
    scaled = centred / np.linalg.norm(centred, axis=0)
    inverse_r = np.linalg.inv(np.linalg.qr(scaled, mode="r"))
    factors: Array = (inverse_r**2).sum(axis=1)
    return factors


def demand_independent(X: Array, names: Sequence[str], weights: Array | None = None) -> None:
    """Refuse constant and linearly dependent columns of X (n, k) by name, and too few rows: as for least
    squares.
    """
    w = np.ones(len(X)) if weights is None else weights
    _demand_rows(len(X), X.shape[1] + 1)
    centred = X - (w @ X) / w.sum()
    length = np.linalg.norm(centred, axis=0)
    _demand_variation(X, length, names, True)
    scaled = centred / length
    singular = np.linalg.svd(scaled, compute_uv=False)
    if singular[-1] <= RANK_TOLERANCE * singular[0]:
        raise _dependent(dependent_columns(scaled, names))


def dependent_columns(scaled: Array, names: Sequence[str]) -> tuple[str, ...]:
    """The names of the columns that take part in a linear dependence of the scaled columns (n, k)."""
    _, s, vt = np.linalg.svd(scaled, full_matrices=True)
    spectrum = np.zeros(scaled.shape[1])
    spectrum[: len(s)] = s
    null = vt[spectrum <= RANK_TOLERANCE * s[0]]
    taking_part = np.abs(null).max(axis=0) > 1e-6
    return tuple(name for name, yes in zip(names, taking_part, strict=True) if yes)


def _demand_rows(n: int, p: int) -> None:
    if n <= p:
        raise SurveykitError(
            "too few complete rows for the number of coefficients",
            expected=f"more than {p}",
            got=str(n),
            hint="fewer predictors, or predictors with fewer missing answers",
            code="TOO_FEW_ROWS",
        )


def _demand_variation(X: Array, length: Array, names: Sequence[str], intercept: bool) -> None:
    # what is left of a constant column after centring is rounding, of the size of the values' own
    noise = np.finfo(float).eps * np.abs(X).max(axis=0, initial=0.0) * np.sqrt(len(X)) * 4
    still = [name for name, v, e in zip(names, length, noise, strict=True) if v <= (e if intercept else 0.0)]
    if still:
        raise SurveykitError(
            "a predictor has the same value in every row that is used",
            expected="predictors that vary",
            got=", ".join(quote(v) for v in still),
            hint="leave it out",
            code="CONSTANT_COLUMN",
        )


def _demand_outcome(y: Array, tss: float, intercept: bool, outcome: str) -> None:
    noise = (np.finfo(float).eps * float(np.abs(y).max(initial=0.0)) * 4) ** 2 * len(y)
    if tss <= (noise if intercept else 0.0):
        raise SurveykitError(
            "the outcome has the same value in every row that is used",
            expected="an outcome that varies",
            got=quote(outcome) if outcome else "",
            code="CONSTANT_COLUMN",
        )


def _dependent(names: tuple[str, ...]) -> SurveykitError:
    return SurveykitError(
        "predictors are linearly dependent: their effects cannot be told apart",
        expected="predictors none of which follows from the others",
        got=", ".join(quote(v) for v in names),
        hint="leave one of them out, or combine them into one scale",
        code="COLLINEAR",
    )
