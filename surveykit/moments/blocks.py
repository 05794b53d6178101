"""Uncertainty from blocks of moments: the delete-a-block jackknife and the Poisson bootstrap.

Rows are needed once, to make the blocks (regions, days, files, random parts of a table on a cluster); everything after
is arithmetic on B small matrices, whatever n was. Jackknife: Quenouille 1956; Wolter 2007, Introduction to
Variance Estimation, ch. 4 (random groups). Poisson bootstrap: every block counts Poisson(1) times
(Chamandy, Muralidharan, Najmi & Naidu 2012; Hanley & MacGibbon 2006), so that no block needs to know the others.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError
from surveykit.moments.moments import Moments, divisor

__all__ = ["Jackknifed", "combine", "delete_a_block", "jackknife", "poisson_bootstrap"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True, eq=False)
class Jackknifed:
    """``estimate`` (k,) of all blocks, its ``covariance`` (k, k), ``bias`` (k,) and the B ``replicates`` (B, k)."""

    estimate: Array
    covariance: Array
    bias: Array
    replicates: Array

    @property
    def se(self) -> Array:
        """Standard errors (k,)."""
        roots: Array = np.sqrt(np.maximum(np.diagonal(self.covariance), 0.0))
        return roots

    @property
    def df(self) -> int:
        """Degrees of freedom: blocks less 1."""
        return len(self.replicates) - 1


def combine(blocks: Sequence[Moments], times: ArrayLike) -> Moments:
    """Stacked moments of the blocks, each counted ``times`` (R, B): one pass of matrix products.

    Sums are taken about the overall mean, so that an offset of 1e9 costs nothing. A replicate keeps the sum of weights that
    it has; one without any rows is an error.

    >>> a = Moments.from_rows([[1.0], [2.0], [4.0]], ["x"])
    >>> b = Moments.from_rows([[3.0], [5.0]], ["x"])
    >>> [round(float(v), 6) for v in combine([a, b], [[1, 1], [2, 0]]).mean[:, 0]]
    [3.0, 2.333333]
    """
    counts = np.asarray(times, dtype=float)
    first = _checked(blocks, counts)
    sumw = np.array([b.sumw for b in blocks], dtype=float)
    total = float(sumw.sum())
    means = np.stack([np.asarray(b.mean) for b in blocks])
    center = sumw @ means / total
    d = means - center
    scatter = np.stack([b.cov for b in blocks]) * divisor(sumw)[:, None, None]
    scatter = scatter + sumw[:, None, None] * d[:, :, None] * d[:, None, :]
    weight = counts @ sumw
    if not (weight > 1).all():
        raise SurveykitError(
            "a replicate holds no rows: there are too few blocks", expected="20 blocks or more", got=str(len(blocks)),
            code="TOO_FEW_BLOCKS",
        )  # fmt: skip
    shift = counts @ (sumw[:, None] * d) / weight[:, None]
    sums = np.einsum("rb,bij->rij", counts, scatter, optimize=True)
    sums -= weight[:, None, None] * shift[:, :, None] * shift[:, None, :]
    diagonal = np.arange(first.p)
    sums[:, diagonal, diagonal] = np.maximum(sums[:, diagonal, diagonal], 0.0)
    return Moments.trusted(
        int(sum(b.n for b in blocks)),
        (sums + np.swapaxes(sums, 1, 2)) / (2 * (weight - 1)[:, None, None]),
        center + shift,
        first.names,
        sumw=weight,
        sumw2=counts @ np.array([b.sumw2 for b in blocks], dtype=float),
        n_total=sum(b.n_total for b in blocks),
    )


def delete_a_block(blocks: Sequence[Moments]) -> Moments:
    """The moments without each block in turn, stacked (B replicates).

    >>> x = np.random.Generator(np.random.Philox(key=1)).normal(size=(60, 2))
    >>> parts = [Moments.from_rows(x[i::6], ["a", "b"]) for i in range(6)]
    >>> without = Moments.from_rows(np.delete(x, np.s_[2::6], axis=0), ["a", "b"])
    >>> bool(np.allclose(delete_a_block(parts).cov[2], without.cov))
    True
    """
    return combine(blocks, 1.0 - np.eye(len(blocks)))


def jackknife(blocks: Sequence[Moments], statistic: Callable[[Moments], ArrayLike]) -> Jackknifed:
    """A statistic of moments with its delete-a-block covariance, (B − 1)/B Σ (θ_b − θ̄)(θ_b − θ̄)'.

    ``statistic`` takes one set of moments. With one row per block this is the ordinary jackknife; fewer blocks make the
    standard error itself less certain, by about 1/√(2B).
    """
    every = combine(blocks, np.ones((1, len(blocks)))).replicate(0)
    left = delete_a_block(blocks)
    values = [
        np.atleast_1d(np.asarray(statistic(left.replicate(i)), dtype=float)) for i in range(len(blocks))
    ]
    replicates, count = np.array(values), len(blocks)
    estimate = np.atleast_1d(np.asarray(statistic(every), dtype=float))
    middle = replicates.mean(axis=0)
    d = replicates - middle
    return Jackknifed(estimate, (count - 1) / count * d.T @ d, (count - 1) * (middle - estimate), replicates)


def poisson_bootstrap(blocks: Sequence[Moments], replicates: int, seed: int) -> Moments:
    """Stacked moments of ``replicates`` in which every block counts Poisson(1) times.

    Counts come from one Philox stream per block (key ``seed``, counter: the block), so that neither the order
    in which blocks arrive nor how many machines hold them changes a replicate.
    """
    if replicates < 1 or seed < 0:
        raise SurveykitError(
            "at least one replicate and a seed of 0 or more are needed",
            got=f"{replicates} replicates, seed {seed}", code="OPTION",
        )  # fmt: skip
    times = np.empty((replicates, len(blocks)))
    for b in range(len(blocks)):
        stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, b]))
        times[:, b] = stream.poisson(1.0, replicates)
    return combine(blocks, times)


def _checked(blocks: Sequence[Moments], counts: Array) -> Moments:
    if len(blocks) < 2:
        raise SurveykitError(
            "blocks are compared with each other",
            expected="at least 2",
            got=str(len(blocks)),
            code="TOO_FEW_BLOCKS",
        )
    first = blocks[0]
    for b in blocks:
        if b.names != first.names or b.mean is None or b.replicates is not None:
            raise SurveykitError(
                "blocks must hold the same variables, with means and without replicates",
                expected=", ".join(first.names), got=", ".join(b.names), code="MOMENTS",
            )  # fmt: skip
    if counts.ndim != 2 or counts.shape[1] != len(blocks) or not np.all(np.isfinite(counts) & (counts >= 0)):
        raise SurveykitError(
            "one count of zero or more for every block", expected=f"(replicates, {len(blocks)})", got=str(counts.shape),
            code="OPTION",
        )  # fmt: skip
    return first
