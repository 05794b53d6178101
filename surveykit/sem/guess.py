"""A first guess of the covariance of all variables, constructs included, from that of the observed ones.

Each construct is a weighted sum of its indicators, corrected for the error that the indicators' mutual covariances
betray; constructs measured by constructs follow. How a model measures its constructs does not depend on
the data, so it is worked out once for each table.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.table import ParameterTable

__all__ = ["Wave", "guessed_covariance", "waves_of"]

Array = NDArray[np.float64]
Places = NDArray[np.intp]
_CORRELATION_LIMIT = 0.95
_FIRST, _LEAST, _MOST, _ALONE = 0.7, 0.2, 0.9, 0.95
"""Standardised loadings: where the search begins, its bounds, that of a single indicator."""
_ROUNDS = 3
_LEAST_SIZE = 0.05


@dataclass(frozen=True, slots=True)
class Wave:
    """Constructs (J) whose indicators are known together.

    ``known`` (m,) are the places of the variables known by then, ``member`` (m, J) marks the indicators.
    ``size`` (J,) is the root of a fixed variance, 0 where it is free; ``marker`` (J,) the row in ``known`` of the indicator
    that fixes the unit and ``loading`` (J,) what its loading is fixed to, 0 where there is none.
    """

    places: Places
    known: Places
    member: Array
    size: Array
    marker: Places
    loading: Array


def waves_of(table: ParameterTable, group: int) -> tuple[Wave, ...]:
    """How the constructs of a group follow from what is observed, and one from another."""
    return table.once(("waves", group), lambda: _waves(table, group))


def _waves(table: ParameterTable, group: int) -> tuple[Wave, ...]:
    place = {name: i for i, name in enumerate(table.observed + table.latents)}
    indicators: dict[str, list[tuple[str, float]]] = {f: [] for f in table.latents}
    sizes: dict[str, float] = {}
    for row in (*table.rows, *table.inner):
        if row.group != group:
            continue
        if row.op == "=~":
            indicators[row.lhs].append((row.rhs, 0.0 if row.free else row.ustart))
        elif (
            row.op == "~~"
            and row.lhs == row.rhs
            and row.lhs in indicators
            and not row.free
            and row.ustart > 0
        ):
            sizes[row.lhs] = float(np.sqrt(row.ustart))
    known, left, out = list(table.observed), list(table.latents), []
    while left:
        ready = [f for f in left if all(v in known for v, _ in indicators[f])] or left[:1]
        out.append(_wave(ready, known, place, indicators, sizes))
        known += ready
        left = [f for f in left if f not in ready]
    return tuple(out)


def _wave(
    constructs: Sequence[str],
    known: Sequence[str],
    place: dict[str, int],
    indicators: dict[str, list[tuple[str, float]]],
    sizes: dict[str, float],
) -> Wave:
    row = {name: i for i, name in enumerate(known)}
    member = np.zeros((len(known), len(constructs)))
    marker, loading = np.zeros(len(constructs), dtype=np.intp), np.zeros(len(constructs))
    for j, construct in enumerate(constructs):
        own = [(row[v], value) for v, value in indicators[construct] if v in row]
        member[[i for i, _ in own], j] = 1.0
        marker[j], loading[j] = next((pair for pair in own if pair[1]), (0, 0.0))
    size = np.array([sizes.get(construct, 0.0) for construct in constructs])
    at = [np.array([place[v] for v in names], dtype=np.intp) for names in (constructs, known)]
    return Wave(at[0], at[1], member, size, marker, loading)


def guessed_covariance(waves: Sequence[Wave], S: Array, units: Array) -> Array:
    """The covariance (q, q) of all variables from that of the observed ones (p, p), both in ``units`` (q,)."""
    C = np.eye(len(units))
    C[: len(S), : len(S)] = S
    for wave in waves:
        _spread(C, wave, units)
    return C


def _spread(C: Array, wave: Wave, units: Array) -> None:
    """Write the rows and columns of a wave's constructs into C."""
    f, known, member = wave.places, wave.known, wave.member
    block = C[known[:, None], known]
    sd = np.sqrt(block.diagonal())
    lam = _loadings(block / (sd[:, None] * sd), member) * sd[:, None]
    # the marker's loading gives the unit, and the sign, of a construct without a fixed variance
    of_marker = lam[wave.marker, np.arange(len(f))] * units[known[wave.marker]]
    by_marker = (wave.loading != 0) & (wave.size == 0)
    unit = np.where(
        by_marker, of_marker / (np.where(by_marker, wave.loading, 1.0) * units[f]), wave.size / units[f]
    )
    size = np.where(by_marker, np.maximum(np.abs(unit), _LEAST_SIZE), np.where(wave.size > 0, unit, 1.0))
    lam = lam * np.where(unit < 0, -1.0, 1.0) / size
    weights = lam / np.maximum((lam * lam).sum(axis=0), 1e-300)
    cross = block @ weights
    among = weights.T @ cross
    bound = _CORRELATION_LIMIT * sd[:, None] * size
    cross = np.where(member > 0, lam * size**2, np.minimum(np.maximum(cross, -bound), bound))
    bound = _CORRELATION_LIMIT * size[:, None] * size
    among = np.minimum(np.maximum(among, -bound), bound)
    among.flat[:: len(f) + 1] = size**2
    C[known[:, None], f], C[f[:, None], known] = cross, cross.T
    C[f[:, None], f] = among


def _loadings(R: Array, member: Array) -> Array:
    """Standardised loadings (m, J) of one factor for each construct, by the correlations of its own indicators.

    Least squares for one loading given the others is Σ rλ / Σ λ²; the geometric mean with the value before it keeps
    a step in all loadings at once from swinging (with equal correlations it arrives in one step).
    """
    R = R.copy()
    R.flat[:: len(R) + 1] = 0.0
    sign = _signs(R, member)
    lam = _FIRST * sign
    alone = member * (member.sum(axis=0) == 1)
    for _ in range(_ROUNDS):
        square = lam * lam
        others = np.maximum(square.sum(axis=0) - square, 1e-12)
        lam = sign * np.sqrt(np.minimum(np.maximum(lam * (R @ lam) / others, _LEAST**2), _MOST**2))
    out: Array = np.where(alone > 0, _ALONE, lam)
    return out


def _signs(R: Array, member: Array) -> Array:
    """±1 for every indicator (m, J), 0 elsewhere: which ones run against the others."""
    if R.min() >= 0:
        return member
    out = member.copy()
    for j in range(member.shape[1]):
        own = np.nonzero(member[:, j])[0]
        block = R[np.ix_(own, own)]
        if len(own) > 1 and block.min() < 0:
            sign = np.sign(np.linalg.eigh(block)[1][:, -1])
            sign[sign == 0] = 1.0
            out[own, j] = sign * (np.sign(sign.sum()) or 1.0)
    return out
