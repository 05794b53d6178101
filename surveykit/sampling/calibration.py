"""Weights that agree with known totals of the population, made from base weights and not from nothing.

Raking: Deming & Stephan 1940 (Annals of Mathematical Statistics 11), each margin in turn. Calibration with
the linear and the exponential distance: Deville & Särndal 1992 (JASA 87).
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError, quote

__all__ = ["Calibration", "Raked", "calibrate", "post_stratify", "rake", "trim"]

Array = NDArray[np.float64]
Target = Mapping[Any, float]
_SWEEPS = 1000


@dataclass(frozen=True, slots=True, eq=False)
class Raked:
    """Weights (n,); for each margin the factor of each of its cells: w = base * product of factors.

    ``codes`` hold each row's cell per margin, ``last`` the weights after each margin's last turn.
    """

    weights: Array
    base: Array
    factors: tuple[Mapping[Any, float], ...]
    codes: tuple[NDArray[np.intp], ...]
    last: tuple[Array, ...]
    sweeps: int

    def residuals(self, z: Array) -> Array:
        """Linearised values (n, k) less their part that lies in the margins, each margin in turn."""
        size = np.abs(z).max(initial=0.0)
        for _ in range(_SWEEPS):
            before = z
            for code, weights in zip(self.codes, self.last, strict=True):
                cells = np.bincount(code, self.base)
                u = z / weights[:, None] * self.base[:, None]
                means = np.column_stack([np.bincount(code, c, len(cells)) / cells for c in u.T])
                z = z - weights[:, None] * means[code]
            if len(self.codes) == 1 or np.abs(z - before).max(initial=0.0) <= 1e-14 * size:
                break
        return z


@dataclass(frozen=True, slots=True, eq=False)
class Calibration:
    """Calibrated weights (n,), the auxiliary columns (n, q) and the weights that they began from."""

    weights: Array
    base: Array
    columns: Array

    def residuals(self, z: Array) -> Array:
        """Linearised values (n, k) less their regression on the auxiliary columns, whose totals are known."""
        root = np.sqrt(self.base)[:, None]
        u = z / self.weights[:, None]
        beta = np.linalg.lstsq(self.columns * root, u * root, rcond=None)[0]
        left: Array = (u - self.columns @ beta) * self.weights[:, None]
        return left


def rake(
    base: ArrayLike,
    margins: Sequence[Sequence[Any]],
    targets: Sequence[Target],
    *,
    tolerance: float = 1e-12,
    names: Sequence[str] = (),
) -> Raked:
    """Weights whose totals over each margin are the targets, as close to ``base`` as raking leaves them.

    ``margins`` hold one label per row each, ``targets`` the population's total of each label. Sweeps end
    when no cell of the crossed margins changes by more than ``tolerance`` (below 1: of the total).
    A target without a row, a label without a target and margins of different sums are errors.

    >>> made = rake([1, 1, 1, 1], [["m", "m", "f", "f"], ["a", "b", "a", "b"]], [{"m": 40, "f": 60}, {"a": 30, "b": 70}])
    >>> made.weights.round(6).tolist()
    [12.0, 28.0, 18.0, 42.0]
    """
    start = w = _positive(base)
    labels = [list(m) for m in margins]
    titles = [names[i] if i < len(names) else f"margin {i + 1}" for i in range(len(labels))]
    codes, cells = _coded(labels, targets, titles, len(w))
    wanted = [np.array([float(t[c]) for c in cell]) for t, cell in zip(targets, cells, strict=True)]
    _demand_sums(wanted, titles)
    _, joint = np.unique(np.column_stack(codes), axis=0, return_inverse=True)
    limit = tolerance if tolerance >= 1 else tolerance * float(wanted[0].sum())
    factors = [np.ones(len(c)) for c in cells]
    before = np.bincount(joint, w)
    for sweep in range(1, _SWEEPS + 1):
        last = []
        for code, target, factor in zip(codes, wanted, factors, strict=True):
            step = target / np.bincount(code, w, len(target))
            factor *= step
            w = w * step[code]
            last.append(w)
        now = np.bincount(joint, w)
        if np.abs(now - before).max() <= limit:
            _demand_reached(w, codes, wanted, titles, limit)
            named = tuple(dict(zip(c, f.tolist(), strict=True)) for c, f in zip(cells, factors, strict=True))
            return Raked(w, start, named, tuple(codes), tuple(last), sweep)
        before = now
    raise _no_agreement()


def post_stratify(base: ArrayLike, cells: Sequence[Any], target: Target) -> Raked:
    """Weights whose totals over each cell are the population's."""
    return rake(base, [cells], [target], names=("post-strata",))


def calibrate(
    base: ArrayLike,
    columns: ArrayLike,
    totals: ArrayLike,
    *,
    distance: Literal["linear", "raking"] = "linear",
    bounds: tuple[float, float] | None = None,
) -> Calibration:
    """Weights with sum of w x = ``totals`` for the auxiliary ``columns`` (n, q), nearest to ``base``.

    ``linear`` may give negative weights (an error that says so) unless ``bounds`` hold the ratio to the
    base weights; ``raking`` never does.
    """
    d, x = _positive(base), np.asarray(columns, dtype=float)
    t = np.asarray(totals, dtype=float)
    if x.ndim != 2 or x.shape != (len(d), len(t)) or not np.isfinite(x).all():
        raise SurveykitError(
            "auxiliary columns do not fit",
            expected=f"({len(d)}, {len(t)}) numbers",
            got=str(x.shape),
            code="CALIBRATION",
        )
    if np.linalg.matrix_rank(x) < x.shape[1]:
        raise SurveykitError(
            "the auxiliary columns are linearly dependent in the sample", code="COLLINEAR",
            hint="leave one category of each margin out where there is an intercept",
        )  # fmt: skip
    scale = np.maximum(np.abs(t), 1.0)
    lam = np.zeros(len(t))
    for _ in range(200):
        g, slope = _distance(x @ lam, distance, bounds)
        gap = t - x.T @ (d * g)
        if np.abs(gap / scale).max() < 1e-13:
            break
        step = np.linalg.lstsq((x * (d * slope)[:, None]).T @ x, gap, rcond=None)[0]
        lam = lam + step
        if np.abs(x @ step).max() < 1e-15:
            break
    g, _ = _distance(x @ lam, distance, bounds)
    if not np.abs((t - x.T @ (d * g)) / scale).max() < 1e-9:
        raise SurveykitError(
            "no weights reach the totals", expected="totals that the sample's rows can add up to",
            hint="widen the bounds, use distance 'raking', or check the totals", code="NOT_CONVERGED",
        )  # fmt: skip
    if g.min() <= 0:
        raise SurveykitError(
            "calibration gives weights of zero or less", expected="positive weights", got=f"{int((g <= 0).sum())} rows",
            hint="use distance 'raking', or bounds such as (0.3, 3)", code="WEIGHT_VALUE",
        )  # fmt: skip
    return Calibration(d * g, d, x)


def trim(weights: ArrayLike, low: float, high: float) -> Array:
    """Weights cut to ``low`` … ``high``; what is cut off is spread evenly over the rows that were not.

    The sum stays. Spreading may lift a weight above the bound; it is cut and spread again until none is.

    >>> trim([1.0, 1.0, 1.0, 9.0], 0.5, 6.0).tolist()
    [2.0, 2.0, 2.0, 6.0]
    """
    w = _positive(weights)
    if not 0 <= low < high or not low <= w.mean() <= high:
        raise SurveykitError(
            "impossible bounds for weights", expected="0 <= low < high with the mean weight between them",
            got=f"{low:g} to {high:g}, mean {w.mean():g}", code="TRIM",
        )  # fmt: skip
    total = w.sum()
    cut = np.zeros(len(w), dtype=bool)
    while True:
        outside = (w < low - 1e-12 * high) | (w > high * (1 + 1e-12))
        if not outside.any():
            return w
        cut |= outside
        w = np.where(outside, np.clip(w, low, high), w)
        if cut.all():
            raise SurveykitError(
                "the bounds leave no weight to spread to", hint="widen the bounds", code="TRIM"
            )
        w = np.where(cut, w, w + (total - w.sum()) / float((~cut).sum()))


def _distance(u: Array, kind: str, bounds: tuple[float, float] | None) -> tuple[Array, Array]:
    """The ratio g of new to base weight at u = x'lambda, and its derivative."""
    g = 1 + u if kind == "linear" else np.exp(np.minimum(u, 500.0))
    slope = np.ones_like(u) if kind == "linear" else g
    if bounds is not None:
        inside = (g > bounds[0]) & (g < bounds[1])
        g, slope = np.clip(g, *bounds), np.where(inside, slope, 0.0)
    return g, slope


def _coded(
    labels: Sequence[Sequence[Any]], targets: Sequence[Target], names: Sequence[str], n: int
) -> tuple[list[NDArray[np.intp]], list[tuple[Any, ...]]]:
    if not labels or len(labels) != len(targets):
        raise SurveykitError(
            "one target for each margin", expected=str(len(labels)), got=str(len(targets)), code="RAKE"
        )
    codes, cells = [], []
    for column, target, name in zip(labels, targets, names, strict=True):
        if len(column) != n:
            raise SurveykitError(
                f"{name}: one label per row", expected=str(n), got=str(len(column)), code="RAKE"
            )
        found = set(column)
        unknown = sorted(str(v) for v in found if v not in target)
        if unknown:
            raise SurveykitError(
                f"{name}: answers without a population figure", got=", ".join(map(quote, unknown[:5])),
                hint="give a figure for every category; rows without an answer need a category of their own",
                code="RAKE_UNKNOWN_CELL",
            )  # fmt: skip
        wrong = [k for k, v in target.items() if not (np.isfinite(v) and v >= 0)]
        empty = [k for k, v in target.items() if v > 0 and k not in found]
        none = [k for k, v in target.items() if v == 0 and k in found]
        if wrong or empty or none:
            raise SurveykitError(
                f"{name}: categories that no weight can bring to the population's figure",
                expected="a positive figure where there are answers, answers where there is a figure",
                got=", ".join(quote(k) for k in (*wrong, *empty, *none)),
                hint="merge the category with a neighbour", code="RAKE_EMPTY_CELL",
            )  # fmt: skip
        kept = tuple(k for k in target if k in found)
        place = {k: i for i, k in enumerate(kept)}
        codes.append(np.array([place[v] for v in column], dtype=np.intp))
        cells.append(kept)
    return codes, cells


def _demand_sums(wanted: Sequence[Array], names: Sequence[str]) -> None:
    sums = [float(t.sum()) for t in wanted]
    for name, value in zip(names, sums, strict=True):
        if abs(value - sums[0]) > 1e-8 * abs(sums[0]):
            raise SurveykitError(
                "the margins describe populations of different size",
                expected=f"{sums[0]:g}, as for {names[0]}", got=f"{value:g} for {name}", code="RAKE_TOTALS",
            )  # fmt: skip


def _demand_reached(
    w: Array, codes: Sequence[NDArray[np.intp]], wanted: Sequence[Array], names: Sequence[str], limit: float
) -> None:
    """Sweeps that stand still without agreement go round in a circle: the margins contradict each other."""
    for code, target in zip(codes, wanted, strict=True):
        if np.abs(np.bincount(code, w, len(target)) - target).max() > max(10 * limit, 1e-9 * target.sum()):
            raise _no_agreement(" and ".join(names))


def _no_agreement(names: str = "") -> SurveykitError:
    return SurveykitError(
        "raking did not converge", expected=f"margins that agree within {_SWEEPS} sweeps", got=names,
        hint="some combination of the categories has no answers: merge categories, or use fewer margins",
        code="NOT_CONVERGED",
    )  # fmt: skip


def _positive(weights: ArrayLike) -> Array:
    w = np.array(weights, dtype=float)
    if w.ndim != 1 or not len(w) or not np.all(np.isfinite(w) & (w > 0)):
        raise SurveykitError("base weights must be positive numbers, one per row", code="WEIGHT_VALUE")
    return w
