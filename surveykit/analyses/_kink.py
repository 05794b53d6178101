"""A line that may bend once: where, by how much, and whether a straight line would do, on arrays.

y = a + b x + d (x − τ)₊ + controls. τ is sought over a grid; because it is sought, the F statistic of the
bend has no F distribution, and its p-value comes from a wild bootstrap of the straight line's residuals
(Hansen 2017).
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

__all__ = ["Kink", "candidates", "kink"]

Array = NDArray[np.float64]
_BLOCK = 256
_MOST = 100
_EDGE = 0.10
_FEWEST = 10


@dataclass(frozen=True, slots=True)
class Kink:
    """``threshold`` τ with the interval of all τ whose fit is not clearly worse; ``sup_f`` and its bootstrap
    ``p``.
    """

    threshold: float
    low: float
    high: float
    sup_f: float
    p: float


def candidates(x: Array) -> Array:
    """Where a bend can be sought: values of ``x`` (n,) with a tenth of the rows, and ten, on either side.

    >>> candidates(np.repeat([1.0, 2, 3, 4, 5], 20)).tolist()
    [2.0, 3.0, 4.0]
    """
    values = np.unique(x)
    ordered = np.sort(x)
    at_most = np.searchsorted(ordered, values, side="right")
    least = max(_EDGE * len(x), _FEWEST)
    inside: Array = values[(values > values[0]) & (at_most >= least) & (len(x) - at_most >= least)]
    if len(inside) > _MOST:
        inside = np.unique(np.quantile(x, np.linspace(_EDGE, 1 - _EDGE, _MOST), method="nearest"))
    return inside


def kink(
    x: Array,
    y: Array,
    controls: Array,
    weights: Array | None,
    at: Array,
    replicates: int,
    seed: int,
    confidence: float,
    units: NDArray[np.intp] | None = None,
) -> Kink:
    """The best bend of ``y`` on ``x`` (n,) beside ``controls`` (n, q) among the thresholds ``at``.

    The interval inverts the F statistic of τ with a chi-square of one degree of freedom, which is an
    approximation. ``units`` (n,) are the clusters of a design: the residuals of a cluster turn together (Cameron,
    Gelbach and Miller 2008).
    """
    from scipy.special import chdtri

    root = np.ones(len(x)) if weights is None else np.sqrt(weights)
    base = np.column_stack([np.ones(len(x)), x, controls]) * root[:, None]
    q, _ = np.linalg.qr(base)
    bends = np.maximum(x[:, None] - at, 0.0) * root[:, None]
    bends -= q @ (q.T @ bends)
    bends /= np.linalg.norm(bends, axis=0)
    e = y * root
    e = e - q @ (q.T @ e)
    df = len(x) - base.shape[1] - 1
    f, rss = _f(e[None], bends, df)
    best = int(np.argmax(f[0]))
    near = at[(rss[0] / rss[0].min() - 1) * df <= chdtri(1, 1 - confidence)]
    leverage = (q**2).sum(axis=1)
    scaled = e / np.maximum(1 - leverage, 1e-8)
    beyond, drawn = 0, 0
    stream = np.random.Generator(np.random.Philox(key=seed))
    while drawn < replicates:
        size = min(_BLOCK, replicates - drawn)
        if units is None:
            signs = stream.integers(0, 2, (size, len(x))) * 2.0 - 1.0
        else:
            signs = (stream.integers(0, 2, (size, int(units.max()) + 1)) * 2.0 - 1.0)[:, units]
        fake = scaled * signs
        fake -= (fake @ q) @ q.T
        beyond += int((_f(fake, bends, df)[0].max(axis=1) >= f[0, best]).sum())
        drawn += size
    p = (1 + beyond) / (1 + drawn) if replicates else np.nan
    return Kink(float(at[best]), float(near.min()), float(near.max()), float(f[0, best]), float(p))


def _f(e: Array, bends: Array, df: int) -> tuple[Array, Array]:
    """F of every bend for residuals ``e`` (R, n), and the residual sums of squares, both (R, thresholds)."""
    gain = (e @ bends) ** 2
    rss = (e**2).sum(axis=1, keepdims=True) - gain
    return gain / (rss / df), rss
