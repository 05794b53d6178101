"""Means and covariances with the n behind them: what estimators are fed with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import reduce
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError, did_you_mean, quote

__all__ = ["Moments", "divisor"]

Array = NDArray[np.float64]
_SYMMETRY = 1e-8


@dataclass(frozen=True, slots=True, eq=False, init=False, repr=False)
class Moments:
    """n, mean and covariance of named variables; optionally stacked over replicates.

    ``cov`` is the n − 1 covariance as papers print it, shape (p, p) or (R, p, p); ``mean`` has shape
    (p,) or (R, p), None where a table gives none. ``n`` counts rows, ``sumw`` and ``sumw2`` sum their
    weights and squared weights (n where there are none; (R,) when stacked). ``n_total`` is how many
    rows were looked at before incomplete ones were set aside. ``gamma`` (only when asked for,
    ``order=4``) is the sample covariance, divisor ``sumw``, of ``[x, vech((x−m)(x−m)')]``, shape
    (p + p(p+1)/2,) * 2: what distribution-free and robust estimators need; vech runs down the columns
    of the lower triangle. A correlation matrix goes in as ``cov`` together with ``sd``.

    >>> m = Moments(n=100, cov=[[4.0, 1.0], [1.0, 9.0]], mean=[5.0, 6.0], names=["a", "b"])
    >>> m.select(["b"]).sd.tolist(), round(float(m.cor[0, 1]), 4)
    ([3.0], 0.1667)
    """

    names: tuple[str, ...]
    n: int
    sumw: Any
    sumw2: Any
    mean: Array | None
    cov: Array
    n_total: int
    gamma: Array | None

    def __init__(
        self,
        n: int,
        cov: ArrayLike,
        mean: ArrayLike | None = None,
        names: Sequence[str] | None = None,
        *,
        sd: ArrayLike | None = None,
        sumw: ArrayLike | None = None,
        sumw2: ArrayLike | None = None,
        n_total: int | None = None,
        gamma: ArrayLike | None = None,
    ) -> None:
        matrix = _square(cov)
        labels = tuple(names) if names is not None else tuple(f"v{i + 1}" for i in range(matrix.shape[-1]))
        if sd is not None:
            scale = np.asarray(sd, dtype=float)
            _demand(
                scale.shape[-1] == matrix.shape[-1],
                "sd has another length than cov",
                len(labels),
                scale.shape[-1],
            )
            matrix = matrix * scale[..., :, None] * scale[..., None, :]
        center = None if mean is None else np.asarray(mean, dtype=float)
        _validate(matrix, center, labels, int(n))
        self._set(labels, n, matrix, center, sumw, sumw2, n_total, gamma)

    def _set(
        self,
        names: tuple[str, ...],
        n: int,
        cov: Array,
        mean: Array | None,
        sumw: ArrayLike | None,
        sumw2: ArrayLike | None,
        n_total: int | None,
        gamma: ArrayLike | None,
    ) -> None:
        total = float(n) if sumw is None else np.asarray(sumw, dtype=float)
        squares = total if sumw2 is None else np.asarray(sumw2, dtype=float)
        values: dict[str, Any] = {
            "names": names,
            "n": int(n),
            "sumw": float(total) if np.ndim(total) == 0 else total,
            "sumw2": float(squares) if np.ndim(squares) == 0 else squares,
            "mean": mean,
            "cov": cov,
            "n_total": int(n if n_total is None else n_total),
            "gamma": None if gamma is None else np.asarray(gamma, dtype=float),
        }
        for name, value in values.items():
            if isinstance(value, np.ndarray):
                value = value.view()
                value.flags.writeable = False
            object.__setattr__(self, name, value)

    @classmethod
    def trusted(
        cls,
        n: int,
        cov: Array,
        mean: Array | None,
        names: tuple[str, ...],
        *,
        sumw: ArrayLike | None = None,
        sumw2: ArrayLike | None = None,
        n_total: int | None = None,
    ) -> Moments:
        """Moments that our own code has made: thousands of stacked matrices need no second look."""
        made = object.__new__(cls)
        made._set(names, n, cov, mean, sumw, sumw2, n_total, None)
        return made

    @classmethod
    def from_rows(
        cls,
        rows: ArrayLike,
        names: Sequence[str],
        weights: ArrayLike | None = None,
        *,
        order: int = 2,
        n_total: int | None = None,
    ) -> Moments:
        """Moments of complete rows, shape (n, p): two passes, so that an offset of 1e9 costs nothing.

        >>> rows = [[1.0, 2.0], [3.0, 5.0], [5.0, 5.0]]
        >>> twice = Moments.from_rows(rows + rows[:1], ["a", "b"])
        >>> bool(np.allclose(Moments.from_rows(rows, ["a", "b"], [2, 1, 1]).cov, twice.cov))
        True
        """
        x = np.asarray(rows, dtype=float)
        if x.ndim != 2 or x.shape[0] < 2:
            raise SurveykitError(
                "too few complete rows for moments",
                expected="at least 2",
                got=str(len(x)),
                code="TOO_FEW_ROWS",
            )
        w = np.ones(len(x)) if weights is None else np.asarray(weights, dtype=float)
        sumw = float(w.sum())
        shift = x[0]
        mean = shift + (w @ (x - shift)) / sumw
        d = x - mean
        mean = mean + (w @ d) / sumw
        d = x - mean
        d -= (w @ d) / sumw  # what float64 cannot hold of a large mean: near 2**53 it is half a unit
        scatter = (d * w[:, None]).T @ d
        gamma = _gamma(d, w, scatter / sumw) if order >= 4 else None
        cov = (scatter + scatter.T) / (2 * divisor(sumw))
        return cls(len(x), cov, mean, names, sumw=sumw, sumw2=float(w @ w), n_total=n_total, gamma=gamma)

    @classmethod
    def from_text(
        cls,
        text: str,
        n: int | None = None,
        *,
        names: Sequence[str] | None = None,
        sd: Sequence[float] | None = None,
        mean: Sequence[float] | None = None,
    ) -> Moments:
        """Moments from a table as papers print it: a lower triangle, with or without diagonal, or all of it.

        A row is a variable's name and its numbers (``.56``, ``-.12``, ``.48**``; a dash on the diagonal is 1).
        Rows that begin with ``SD``, ``M`` (or ``Mean``) and ``n`` hold standard deviations, means and the number
        of rows; the arguments replace them. Correlations with standard deviations become covariances.

        Raises :class:`~surveykit.errors.SurveykitError` with the line of every fault.

        >>> printed = ["n 250", "trust 1", "value .56 1", "loyal .48** .42 1", "SD 1.5 2.0 1.0"]
        >>> table = Moments.from_text(chr(10).join(printed))
        >>> table.names, round(float(table.cov[1, 0]), 3)
        (('trust', 'value', 'loyal'), 1.68)
        """
        from surveykit.moments.printed import read_printed

        return read_printed(text, n, names=names, sd=sd, mean=mean)

    @classmethod
    def stack(cls, moments: Sequence[Moments]) -> Moments:
        """Replicates of the same variables as one stacked object (axis 0 counts the replicates)."""
        first = moments[0]
        _same_names(moments)
        mean = None if first.mean is None else np.stack([_known_mean(m) for m in moments])
        return cls(
            first.n,
            np.stack([m.cov for m in moments]),
            mean,
            first.names,
            sumw=np.array([m.sumw for m in moments]),
            sumw2=np.array([m.sumw2 for m in moments]),
            n_total=first.n_total,
        )

    @property
    def p(self) -> int:
        """How many variables."""
        return len(self.names)

    @property
    def replicates(self) -> int | None:
        """How many replicates are stacked; None where this is a single set of moments."""
        return self.cov.shape[0] if self.cov.ndim == 3 else None

    @property
    def cov_ml(self) -> Array:
        """The covariance with divisor n (Σ of the normal likelihood)."""
        total = np.asarray(self.sumw, dtype=float)[..., None, None]
        ml: Array = self.cov * (divisor(total) / total)
        return ml if self.cov.ndim == 3 else ml.reshape(self.cov.shape)

    @property
    def sd(self) -> Array:
        """Standard deviations (n − 1)."""
        return np.sqrt(np.diagonal(self.cov, axis1=-2, axis2=-1))

    @property
    def cor(self) -> Array:
        """The correlation matrix; NaN where a variance is zero; never beyond ±1."""
        sd = self.sd
        with np.errstate(divide="ignore", invalid="ignore"):
            r = self.cov / (sd[..., :, None] * sd[..., None, :])
        return np.clip(r, -1.0, 1.0)

    @property
    def n_eff(self) -> Any:
        """Kish's effective sample size (Σw)²/Σw²."""
        return (
            np.asarray(self.sumw) ** 2 / np.asarray(self.sumw2)
            if np.ndim(self.sumw)
            else self.sumw**2 / self.sumw2
        )

    @property
    def is_correlation(self) -> bool:
        """Whether all variances are 1: a correlation matrix without standard deviations."""
        return bool(np.all(np.abs(np.diagonal(self.cov, axis1=-2, axis2=-1) - 1) < _SYMMETRY))

    def index(self, names: Sequence[str]) -> list[int]:
        """The places of ``names``; an error names the unknown ones."""
        places = {v: i for i, v in enumerate(self.names)}
        for name in names:
            if name not in places:
                raise SurveykitError(
                    f"unknown variable {quote(name)}",
                    hint=did_you_mean(name, self.names),
                    code="UNKNOWN_VARIABLE",
                )
        return [places[name] for name in names]

    def select(self, names: Sequence[str]) -> Moments:
        """The moments of some of the variables, in the order given."""
        if tuple(names) == self.names:
            return self
        at = self.index(names)
        gamma = None if self.gamma is None else self.gamma[np.ix_(*[_gamma_index(at, self.p)] * 2)]
        mean = None if self.mean is None else self.mean[..., at]
        return self._like(self.cov[..., at, :][..., :, at], mean, names, gamma)

    def transform(self, matrix: ArrayLike, names: Sequence[str]) -> Moments:
        """The moments of linear combinations ``matrix @ x``, shape (q, p): scale scores, contrasts."""
        a = np.asarray(matrix, dtype=float)
        mean = None if self.mean is None else self.mean @ a.T
        return self._like(a @ self.cov @ a.T, mean, names, None)

    def standardise(self) -> Moments:
        """The moments of the standardised variables: mean 0, the correlation matrix."""
        return self._like(self.cor, np.zeros(self.cov.shape[:-1]), self.names, None)

    def replicate(self, i: int) -> Moments:
        """The i-th of stacked replicates."""
        _demand(self.cov.ndim == 3, "these moments are not stacked", "replicates", "one set")
        mean = None if self.mean is None else self.mean[i]
        sumw = self.sumw[i] if np.ndim(self.sumw) else self.sumw
        sumw2 = self.sumw2[i] if np.ndim(self.sumw2) else self.sumw2
        return Moments.trusted(
            self.n, self.cov[i], mean, self.names, sumw=sumw, sumw2=sumw2, n_total=self.n_total
        )

    def keep(self, which: NDArray[np.bool_]) -> Moments:
        """Some of the stacked replicates: those where ``which`` (R,) is true."""
        _demand(self.cov.ndim == 3, "these moments are not stacked", "replicates", "one set")
        mean = None if self.mean is None else self.mean[which]
        sumw, sumw2 = (np.broadcast_to(v, len(which))[which] for v in (self.sumw, self.sumw2))
        return Moments.trusted(
            self.n, self.cov[which], mean, self.names, sumw=sumw, sumw2=sumw2, n_total=self.n_total
        )

    def __add__(self, other: Moments) -> Moments:
        """The moments of both samples together (Chan's formula); fourth moments are not carried."""
        return _combined(self, other, +1)

    def __sub__(self, other: Moments) -> Moments:
        """The moments without the rows of ``other`` (a part of this sample)."""
        return _combined(self, other, -1)

    @staticmethod
    def merge(parts: Sequence[Moments]) -> Moments:
        """The moments of all parts together."""
        return reduce(lambda a, b: a + b, parts)

    def to_dict(self) -> dict[str, Any]:
        """Plain data at full precision, for JSON."""
        plain = {
            name: value.tolist() if isinstance(value, np.ndarray) else value
            for name in self.__slots__
            if (value := getattr(self, name)) is not None
        }
        return {**plain, "names": list(self.names)}

    @classmethod
    def from_dict(cls, data: Mapping[str, Any]) -> Moments:
        """The inverse of :meth:`to_dict`."""
        return cls(**data)

    def _like(self, cov: Array, mean: Array | None, names: Sequence[str], gamma: Array | None) -> Moments:
        return Moments(
            self.n, cov, mean, names, sumw=self.sumw, sumw2=self.sumw2, n_total=self.n_total, gamma=gamma
        )

    def __repr__(self) -> str:
        stacked = f", {self.replicates} replicates" if self.cov.ndim == 3 else ""
        return f"Moments(n={self.n}, {self.p} variables: {', '.join(self.names)}{stacked})"


def _combined(a: Moments, b: Moments, sign: int) -> Moments:
    """Chan, Golub & LeVeque (1983): S = Sa + Sb + (na·nb/n) δδ', and its inverse for subtraction."""
    _same_names([a, b])
    ma, mb = _known_mean(a), _known_mean(b)
    wa, wb = np.asarray(a.sumw), np.asarray(b.sumw)
    w, n = wa + sign * wb, a.n + sign * b.n
    if n < 2 or np.any(w <= 1):
        raise SurveykitError(
            "too few rows are left for moments", expected="at least 2", got=str(n), code="TOO_FEW_ROWS"
        )
    mean = ma + sign * ((wb / w)[..., None] * (mb - ma))
    delta = mb - (ma if sign > 0 else mean)
    factor = wa * wb / w if sign > 0 else w * wb / wa
    cross = factor[..., None, None] * delta[..., :, None] * delta[..., None, :]
    da, db = np.asarray(divisor(wa)), np.asarray(divisor(wb))
    scatter = a.cov * da[..., None, None] + sign * (b.cov * db[..., None, None] + cross)
    return Moments(
        n,
        scatter / (w - 1)[..., None, None],
        mean,
        a.names,
        sumw=w,
        sumw2=np.asarray(a.sumw2) + sign * np.asarray(b.sumw2),
        n_total=a.n_total + sign * b.n_total,
    )


def divisor(sumw: Any) -> Any:
    """What sums of products are divided by for ``cov``: sum of weights − 1, and the sum itself where it is 1 or less.

    Some rows with one pattern of gaps may weigh less than one person together.

    >>> divisor(10.0), divisor(0.7)
    (9.0, 0.7)
    """
    total = np.asarray(sumw, dtype=float)
    chosen = np.where(total > 1, total - 1, total)
    return chosen if chosen.ndim else float(chosen)


def _gamma(d: Array, w: Array, cov_ml: Array) -> Array:
    at = _vech(d.shape[1])
    z = np.concatenate([d, d[:, at[0]] * d[:, at[1]] - cov_ml[at]], axis=1)
    gamma: Array = (z * w[:, None]).T @ z / w.sum()
    return gamma


def _vech(p: int) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
    columns, rows = np.triu_indices(p)
    return rows, columns


def _gamma_index(at: Sequence[int], p: int) -> NDArray[np.intp]:
    """Where the entries of Γ for the variables ``at`` stand in Γ of all p."""
    place = np.zeros((p, p), dtype=np.intp)
    rows, columns = _vech(p)
    place[rows, columns] = place[columns, rows] = p + np.arange(len(rows))
    chosen = np.asarray(at, dtype=np.intp)
    r, c = _vech(len(chosen))
    return np.concatenate([chosen, place[chosen[r], chosen[c]]])


def _square(cov: ArrayLike) -> Array:
    matrix = np.asarray(cov, dtype=float)
    _demand(
        matrix.ndim in (2, 3) and matrix.shape[-1] == matrix.shape[-2],
        "cov is not square",
        "p × p",
        matrix.shape,
    )
    return matrix


def _validate(cov: Array, mean: Array | None, names: tuple[str, ...], n: int) -> None:
    p = cov.shape[-1]
    _demand(len(names) == p, "names and cov have different sizes", p, len(names))
    _demand(len(set(names)) == p, "a variable is named twice", "different names", names)
    single = n == 1 and not cov.any()  # a missing pattern of one row: its mean and no scatter
    _demand(n >= 2 or single, "n is too small for a covariance", "at least 2", n)
    _demand(
        bool(np.isfinite(cov).all()), "cov holds a value that is not a number", "finite numbers", "nan or inf"
    )
    size = np.abs(cov).max(initial=0.0)
    symmetric = bool(np.abs(cov - np.swapaxes(cov, -1, -2)).max(initial=0.0) <= _SYMMETRY * max(size, 1e-300))
    _demand(symmetric, "cov is not symmetric", "a symmetric matrix", "different triangles")
    _demand(
        bool((np.diagonal(cov, axis1=-2, axis2=-1) >= 0).all()), "cov has a negative variance", "≥ 0", "< 0"
    )
    if mean is not None:
        _demand(mean.shape[-1] == p, "mean and cov have different sizes", p, mean.shape[-1])
        _demand(
            bool(np.isfinite(mean).all()),
            "mean holds a value that is not a number",
            "finite numbers",
            "nan or inf",
        )


def _demand(condition: bool, what: str, expected: object, got: object) -> None:
    if not condition:
        raise SurveykitError(what, expected=str(expected), got=str(got), code="MOMENTS")


def _same_names(parts: Sequence[Moments]) -> None:
    for other in parts[1:]:
        _demand(other.names == parts[0].names, "moments of different variables", parts[0].names, other.names)


def _known_mean(moments: Moments) -> Array:
    if moments.mean is None:
        raise SurveykitError(
            "these moments have no means, so they cannot be merged",
            hint="give mean= to Moments(…)",
            code="MOMENTS",
        )
    return moments.mean
