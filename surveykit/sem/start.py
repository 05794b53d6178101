"""Start values, and the units in which a model is optimised.

A first guess of the covariance of all variables, constructs included, is built from the sample (see ``guess``).
Every equation then starts at the regression that this matrix implies. Such starts are close enough for second-order models
and for constructs that correlate highly.

Units: each observed variable is divided by the power of two next to its standard deviation, which
floating-point numbers do exactly, and each construct by that of its marker, so that the search never sees
the units of the data.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.model.table import Composed, ParameterTable
from surveykit.sem.dense import root
from surveykit.sem.guess import guessed_covariance, waves_of

__all__ = ["canonical_weights", "parameter_units", "plain_start_values", "start_values", "variable_units"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
_RESIDUAL_SHARE = 0.15
_RIDGE = 1e-3


def variable_units(table: ParameterTable, S: Sequence[Array]) -> Array:
    """One unit per variable (q,), a power of two, from the mean variance over the groups."""
    p, q = len(table.observed), len(table.observed) + len(table.latents)
    sizes = np.ones(q)
    sizes[:p] = np.sqrt(sum(s.diagonal() for s in S) / len(S))
    for wave in waves_of(table, 1):
        of_marker = sizes[wave.known[wave.marker]] / np.abs(np.where(wave.loading, wave.loading, 1.0))
        mean = (sizes[wave.known] @ wave.member) / np.maximum(wave.member.sum(axis=0), 1.0)
        free = np.where(wave.loading, of_marker, np.where(mean, mean, 1.0))
        sizes[wave.places] = np.where(wave.size, wave.size, free)
    units: Array = np.exp2(np.round(np.log2(sizes)))
    return units


def parameter_units(blocks: Sequence[Block], units: Array) -> Array:
    """One unit per free parameter (k,), that of its first matrix entry."""
    k = blocks[0].D.shape[1]
    tau = np.ones(k)
    for block in reversed(blocks):
        by_entry = np.concatenate(
            [
                units[block.a[0]] / units[block.a[1]],
                units[block.s[0]] * units[block.s[1]],
                units[block.m],
            ]
        )
        entry, param = np.nonzero(block.D)
        tau[param[::-1]] = by_entry[entry[::-1]]  # the first entry of a parameter is written last
    return tau


def start_values(
    table: ParameterTable,
    blocks: Sequence[Block],
    samples: Sequence[tuple[Array, Array | None]],
    units: Array,
    tau: Array,
    *,
    equal_weights: bool = False,
) -> Array:
    """Start values (k,) for blocks and samples that are in ``units``; the analyst's own are kept.

    Composites start at the weights that correlate most with all other variables, or at ``equal_weights``.
    """
    k = blocks[0].D.shape[1]
    sums, times = np.zeros(k), np.zeros(k)
    for g, (block, (S, mean)) in enumerate(zip(blocks, samples, strict=True), start=1):
        entries = _entries(table, g, block, S, mean, units, equal_weights)
        entry, param = np.nonzero(block.D)
        sums += np.bincount(param, entries[entry] / block.D[entry, param], k)
        times += np.bincount(param, minlength=k)
    theta = sums / np.maximum(times, 1)
    _analysts_own(table, theta, tau)
    return _made_definite(table, blocks, theta)


def plain_start_values(
    table: ParameterTable, blocks: Sequence[Block], samples: Sequence[tuple[Array, Array | None]], tau: Array
) -> Array:
    """A second try: loadings 1, constructs with a small variance, no paths, half of each variance residual.

    From here the search climbs slowly out of a model without constructs, which keeps it from solutions at
    infinity where the first guess was misled (items that hardly correlate, a weak marker).
    """
    theta = np.zeros(blocks[0].D.shape[1])
    p = len(table.observed)
    for block, (S, mean) in zip(blocks, samples, strict=True):
        loadings = np.array([i < p <= j for i, j in zip(*block.a, strict=True)], dtype=float)
        variances = np.array(
            [(S[i, i] / 2 if i < p else 0.05) if i == j else 0.0 for i, j in zip(*block.s, strict=True)]
        )
        means = np.array([mean[i] if mean is not None and i < p else 0.0 for i in block.m])
        entries = np.concatenate([loadings, variances, means])
        for entry, param in zip(*np.nonzero(block.D), strict=True):
            theta[param] = entries[entry] / block.D[entry, param]
    _analysts_own(table, theta, tau)
    return _made_definite(table, blocks, theta)


def _analysts_own(table: ParameterTable, theta: Array, tau: Array) -> None:
    for at, value in table.once("starts", lambda: _written_starts(table)):
        theta[at] = value / tau[at]


def _written_starts(table: ParameterTable) -> list[tuple[int, float]]:
    """Place in θ and value of each start value in the model's text."""
    return [(r.free - 1, r.ustart) for r in table if r.free and np.isfinite(r.ustart)]


@dataclass(frozen=True, slots=True)
class _Equations:
    """Which variables have one free cause (effects, causes), several (effect, causes), any at all (q,)."""

    single: tuple[Places, Places]
    several: tuple[tuple[int, Places], ...]
    explained: NDArray[np.bool_]

    @classmethod
    def of(cls, block: Block) -> _Equations:
        effects, causes = block.a
        times = np.bincount(effects, minlength=block.q)
        alone = times[effects] == 1
        several = tuple((int(i), causes[effects == i]) for i in np.nonzero(times > 1)[0])
        return cls((effects[alone], causes[alone]), several, (times > 0) | block.A0.any(axis=1))


def _entries(
    table: ParameterTable,
    group: int,
    block: Block,
    S: Array,
    mean: Array | None,
    units: Array,
    equal_weights: bool,
) -> Array:
    """Start values for the entries of A, S and α of one group."""
    C = guessed_covariance(waves_of(table, group), S, units)
    means = np.zeros(block.q) if mean is None else np.concatenate([mean, np.zeros(block.q - block.p)])
    composites = [(part, *_places(table, part)) for part in table.composites if part.group == group]
    for part, own, c in composites:
        weights = _weights(part, own, S, units, units[c], equal_weights)
        C[c] = C[:, c] = weights @ C[own]
        C[c, c] = weights @ S[np.ix_(own, own)] @ weights
        means[c] = weights @ means[own]
    equations = table.once(("equations", group), lambda: _Equations.of(block))
    A, total = block.A0.copy(), C.diagonal()
    fixed = A @ C
    i, j = equations.single
    A[i, j] = (C[j, i] - fixed[i, j]) / (total[j] * (1 + _RIDGE))
    for effect, causes in equations.several:
        among = C[causes[:, None], causes]
        ridge = _RIDGE * np.diag(among.diagonal())
        A[effect, causes] = np.linalg.solve(among + ridge, C[causes, effect] - fixed[effect, causes])
    explained = (A * (2 * C - A @ C)).sum(axis=1)
    residual = np.where(equations.explained, np.maximum(total - explained, _RESIDUAL_SHARE * total), total)
    i, j = block.s
    apart = np.where(equations.explained[i] | equations.explained[j], 0.0, C[i, j])
    for _, own, c in composites:
        inside = np.isin(i, own) & np.isin(j, own) & (i != j)
        apart[inside] = (C[i, j] - A[i, c] * A[j, c] * C[c, c])[inside]
    parts = [A[block.a], np.where(i == j, residual[i], apart)]
    if len(block.m):
        parts.append((means - A @ means)[block.m])
    return np.concatenate(parts)


def _places(table: ParameterTable, part: Composed) -> tuple[list[int], int]:
    """Places of a composite's indicators and of itself."""
    own = [table.observed.index(name) for name in part.indicators]
    return own, len(table.observed) + table.latents.index(part.name)


def _weights(part: Composed, own: list[int], S: Array, units: Array, unit: float, equal: bool) -> Array:
    """Weights of a composite: those of the first canonical variate with all other variables."""
    weights: Array = np.ones(len(own))
    if not equal:
        found = canonical_weights(S, own)
        if abs(found[part.marker]) > 0.02 * np.abs(found).max():
            weights = found
    out: Array = weights * (part.weight * units[own[part.marker]] / unit / weights[part.marker])
    return out


def canonical_weights(S: Array, own: Sequence[int]) -> Array:
    """The weights of the variables ``own`` that correlate most with all others."""
    rest = [i for i in range(len(S)) if i not in own]
    if not rest:
        return np.ones(len(own))
    values, vectors = np.linalg.eigh(S[np.ix_(own, own)])
    half = (vectors / np.sqrt(np.maximum(values, 1e-10))) @ vectors.T
    across = half @ S[np.ix_(own, rest)]
    shared = across @ np.linalg.solve(S[np.ix_(rest, rest)], across.T)
    out: Array = half @ np.linalg.eigh((shared + shared.T) / 2)[1][:, -1]
    return out


def _made_definite(table: ParameterTable, blocks: Sequence[Block], theta: Array) -> Array:
    """Shrink the covariances until every group's Σ is positive definite with room to spare."""
    for _ in range(12):
        if all(_definite(block.state(theta).Sigma) for block in blocks):
            return theta
        theta = theta.copy()
        theta[table.once("covariances", lambda: _covariances(table))] *= 0.5
    return theta


def _covariances(table: ParameterTable) -> list[int]:
    """Places in θ of the free covariances."""
    return sorted({r.free - 1 for r in table if r.free and r.op == "~~" and r.lhs != r.rhs})


def _definite(Sigma: Array) -> bool:
    """Whether the smallest eigenvalue of the correlation matrix is above 1e-6."""
    sd = np.sqrt(np.maximum(Sigma.diagonal(), 1e-300))
    scaled = Sigma / (sd[:, None] * sd)
    scaled.flat[:: len(sd) + 1] -= 1e-6
    return root(scaled) is not None
