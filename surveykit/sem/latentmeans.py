"""Means of the constructs of several groups, as differences from the first group's, where the model frees them.

The mean of an explained construct is that of the whole chain, E α, and not its intercept, which is what is left once its
predictors are alike.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.results import Table
from surveykit.sem.sample import GroupSample
from surveykit.sem.solution import GroupSolution, Solution, delta_se, normal_quantile

__all__ = ["latent_means"]

Array = NDArray[np.float64]
COLUMNS = ("group", "construct", "n", "estimate", "se", "z", "p", "low", "high", "d")


def latent_means(
    solution: Solution, samples: Sequence[GroupSample], level: float, *, tests: bool = True
) -> Table:
    """One row per group after the first and construct with a free mean, under equal intercepts; no rows otherwise.

    ``estimate`` is the difference from the first group's mean in the unit of the construct, ``d`` the same in
    standard deviations of the construct, pooled over the two groups. Without ``tests`` (a refused fit) ``z`` and ``p`` are NaN.
    """
    from scipy.special import ndtr

    table, half = solution.table, normal_quantile(level)
    freed = {r.group for r in table if r.op == "~1" and r.lhs in table.latents and r.free}
    first, n1 = solution.groups[0], samples[0].n
    records: list[dict[str, Any]] = []
    for number in sorted(freed - {1}):
        group, sample = solution.groups[number - 1], samples[number - 1]
        for construct in table.latents:
            i = solution.place(construct)
            slope = _slope(group, i) - _slope(first, i)
            if not slope.any():
                continue
            estimate = float(group.state.mean[i] - first.state.mean[i])
            se = float(delta_se(slope[None], solution.vcov)[0])
            pooled = float(n1 * first.state.C[i, i] + sample.n * group.state.C[i, i]) / (n1 + sample.n)
            z = estimate / se if se > 0 and tests else math.nan
            records.append(
                {"group": sample.label, "construct": construct, "n": sample.n, "estimate": estimate, "se": se}
                | {"z": z, "p": float(2 * ndtr(-abs(z)))}
                | {"low": estimate - half * se, "high": estimate + half * se}
                | {"d": estimate / math.sqrt(pooled) if pooled > 0 else math.nan}
            )
    return Table.of(records, COLUMNS)


def _slope(group: GroupSolution, u: int) -> Array:
    """∂ mean_u/∂θ (k,) of a variable of any kind: the mean of an explained construct follows its predictors'."""
    E, mean, b = group.state.E, group.state.mean, group.block
    by_a, by_m = E[u, b.a[0]] * mean[b.a[1]], E[u, b.m]
    out: Array = np.concatenate([by_a, np.zeros(len(b.s[0])), by_m]) @ b.D
    return out
