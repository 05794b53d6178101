"""Bootstrap weights that draw clusters as the design drew them.

Rao & Wu 1988 (JASA 83), as weights: Rao, Wu & Yue 1992 (Survey Methodology 18): in a stratum of n clusters, n - 1 are
drawn with replacement, and their weights grow by n/(n - 1). A finite population shrinks the change by
sqrt(1 - f) of the first stage. Weights that agreed with margins are brought back to them in every replicate by one
linear step. A stratum with one cluster does not change (``certainty``) or is drawn with the other such strata.
"""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from surveykit.sampling.calibration import Calibration, Raked
from surveykit.sampling.design import Calibrated, Sampling
from surveykit.sampling.replication import Replicates

__all__ = ["bootstrap_weights"]

Array = NDArray[np.float64]


def bootstrap_weights(sampling: Sampling | Replicates, block: int, size: int, seed: int) -> Array:
    """``size`` bootstrap replicates of the weights, shape (size, n); ``block`` numbers the Philox stream.

    Replicate weights that came with the data are drawn themselves where they are bootstrap or balanced ones; those of
    a jackknife are combined with random signs, which gives the replicates the jackknife's variance.

    >>> s = Sampling.of(6, clusters=[[1, 1, 2, 2, 3, 3]])
    >>> drawn = bootstrap_weights(s, 0, 1000, seed=1)
    >>> drawn.shape, np.unique(drawn).tolist(), bool((drawn[:, 0] == drawn[:, 1]).all())
    ((1000, 6), [0.0, 1.5, 3.0], True)
    """
    stream = np.random.Generator(np.random.Philox(key=seed, counter=[0, 0, 0, block]))
    if isinstance(sampling, Replicates):
        return _of_replicates(sampling, stream, size)
    stage = sampling.stages[0]
    factors = np.ones((size, len(stage.stratum)))
    for units, fraction in _pools(sampling):
        n = len(units)
        drawn = stream.integers(0, n, (size, n - 1)) + n * np.arange(size)[:, None]
        times = np.bincount(drawn.ravel(), minlength=size * n).reshape(size, n)
        factors[:, units] += np.sqrt(1 - fraction) * (times * (n / (n - 1)) - 1)
    weights: Array = sampling.weights * factors[:, stage.unit]
    return weights if sampling.calibrated is None else _brought_back(weights, sampling.calibrated)


def _pools(sampling: Sampling) -> list[tuple[NDArray[np.intp], float]]:
    """The clusters that are drawn together and the fraction of the population that they are."""
    stage = sampling.stages[0]
    alone = stage.lonely
    pools = [
        (np.flatnonzero(stage.stratum == h), float(stage.fraction[h]))
        for h in range(len(stage.drawn))
        if not alone[h] and stage.drawn[h] > 1
    ]
    single = np.flatnonzero(alone[stage.stratum])
    if sampling.lonely != "certainty" and len(single):
        if len(single) == 1 and pools:  # beside the smallest stratum
            smallest = min(range(len(pools)), key=lambda i: len(pools[i][0]))
            pools[smallest] = (np.concatenate([pools[smallest][0], single]), pools[smallest][1])
        elif len(single) > 1:
            pools.append((single, float(stage.fraction[alone].mean())))
    return pools


def _brought_back(weights: Array, calibrated: Calibrated) -> Array:
    """Weights (R, n) whose totals over the margins are those of the sample again."""
    x = calibrated.columns if isinstance(calibrated, Calibration) else np.ones((weights.shape[1], 1))
    if isinstance(calibrated, Raked):
        x = np.column_stack([_indicators(code) for code in calibrated.codes])
    wanted = calibrated.weights @ x
    out = np.empty_like(weights)
    for r, w in enumerate(weights):
        step = np.linalg.lstsq((x * w[:, None]).T @ x, wanted - w @ x, rcond=None)[0]
        out[r] = np.maximum(w * (1 + x @ step), 0.0)
    return out


def _indicators(code: NDArray[np.intp]) -> Array:
    return np.asarray(code[:, None] == np.arange(int(code.max()) + 1), dtype=float)


def _of_replicates(given: Replicates, stream: np.random.Generator, size: int) -> Array:
    count = given.replicates.shape[1]
    change = (given.replicates - given.weights[:, None]).T
    total = float(given.scales.sum())
    if np.ptp(given.scales) == 0 and total < 1.5:  # replicates are draws already
        chosen = stream.integers(0, count, size)
        drawn: Array = given.weights + change[chosen]
        return drawn
    if np.ptp(given.scales) == 0 and _nonnegative(given, total):
        chosen = stream.integers(0, count, size)
        spread: Array = given.weights + np.sqrt(total) * change[chosen]
        return spread
    signs = stream.integers(0, 2, (size, count)) * 2.0 - 1.0
    combined: Array = given.weights + (signs * np.sqrt(given.scales)) @ change
    return combined


def _nonnegative(given: Replicates, total: float) -> bool:
    """Whether replicates spread to the full variance (Fay's) are weights still."""
    spread = given.weights[:, None] + np.sqrt(total) * (given.replicates - given.weights[:, None])
    return bool((spread >= -1e-9 * given.weights[:, None]).all())
