"""Start values, and the units in which a model is optimised.

A first guess of the covariance of all variables, constructs included, is built from the sample: each
construct is a weighted sum of its indicators, corrected for the error that the indicators' mutual
covariances betray (a centroid solution); constructs measured by constructs follow. Every equation then
starts at the regression that this matrix implies. Such starts are close enough for second-order models and
for constructs that correlate highly.

Units: each observed variable is divided by the power of two next to its standard deviation, which
floating-point numbers do exactly, and each construct by that of its marker, so that the search never sees
the units of the data.
"""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import Block
from surveykit.model.table import ParameterTable, Row

__all__ = ["parameter_units", "plain_start_values", "start_values", "variable_units"]

Array = NDArray[np.float64]
_CORRELATION_LIMIT = 0.85
_RESIDUAL_SHARE = 0.15
_RIDGE = 1e-3


def variable_units(table: ParameterTable, S: Sequence[Array]) -> Array:
    """One unit per variable (q,), a power of two, from the mean variance over the groups."""
    p = len(table.observed)
    sd = np.sqrt(np.mean([np.diagonal(s) for s in S], axis=0))
    known = {name: float(sd[i]) for i, name in enumerate(table.observed)}
    for _ in table.latents:
        for name in table.latents:
            if name not in known:
                unit = _construct_unit(table, name, known)
                if unit is not None:
                    known[name] = unit
    sizes = np.array([known.get(name, 1.0) for name in table.observed + table.latents])
    units: Array = np.exp2(np.round(np.log2(sizes)))
    if p == 0:
        return np.ones_like(units)
    return units


def _construct_unit(table: ParameterTable, name: str, known: dict[str, float]) -> float | None:
    for row in table:
        if row.op == "~~" and row.lhs == row.rhs == name and not row.free and row.ustart > 0:
            return float(np.sqrt(row.ustart))
    loadings = [r for r in table if r.op == "=~" and r.lhs == name]
    if any(r.rhs not in known for r in loadings):
        return None
    for row in loadings:
        if not row.free and row.ustart:
            return known[row.rhs] / abs(row.ustart)
    return float(np.mean([known[r.rhs] for r in loadings])) if loadings else 1.0


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
) -> Array:
    """Start values (k,) for blocks and samples that are in ``units``; the analyst's own are kept."""
    k = blocks[0].D.shape[1]
    sums, times = np.zeros(k), np.zeros(k)
    for g, (block, (S, mean)) in enumerate(zip(blocks, samples, strict=True), start=1):
        entries = _entries(table, g, block, S, mean, units)
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
    for row in table:
        if row.free and np.isfinite(row.ustart):
            theta[row.free - 1] = row.ustart / tau[row.free - 1]


def _entries(
    table: ParameterTable, group: int, block: Block, S: Array, mean: Array | None, units: Array
) -> Array:
    """Start values for the entries of A, S and α of one group."""
    C = _all_covariances(table, group, S, units)
    A, _, _ = block.fill(np.zeros(block.D.shape[1]))
    causes: dict[int, list[int]] = {}
    for i, j in zip(*block.a, strict=True):
        causes.setdefault(int(i), []).append(int(j))
    endogenous = set(causes) | {int(i) for i in np.nonzero(A.any(axis=1))[0]}
    total, fixed = np.diagonal(C), A @ C
    for i, free in causes.items():
        if len(free) == 1:
            j = free[0]
            A[i, j] = (C[j, i] - fixed[i, j]) / (C[j, j] * (1 + _RIDGE))
            continue
        block_ = C[np.ix_(free, free)]
        ridge = _RIDGE * np.diag(np.diagonal(block_))
        A[i, free] = np.linalg.solve(block_ + ridge, C[free, i] - fixed[i, free])
    of_cause = np.zeros(block.q, dtype=bool)
    of_cause[list(endogenous)] = True
    explained = 2 * (A * C).sum(axis=1) - ((A @ C) * A).sum(axis=1)
    residual = np.where(of_cause, np.maximum(total - explained, _RESIDUAL_SHARE * total), total)
    i, j = block.s
    apart = np.where(of_cause[i] | of_cause[j], 0.0, C[i, j])
    parts = [A[block.a], np.where(i == j, residual[i], apart)]
    if len(block.m):
        means = np.zeros(block.q) if mean is None else np.concatenate([mean, np.zeros(block.q - block.p)])
        parts.append((means - A @ means)[block.m])
    return np.concatenate(parts)


def _all_covariances(table: ParameterTable, group: int, S: Array, units: Array) -> Array:
    """A guess of the covariance (q, q) of all variables from that of the observed ones (p, p)."""
    names = table.observed + table.latents
    place = {name: i for i, name in enumerate(names)}
    p, q = len(table.observed), len(names)
    C = np.eye(q)
    C[:p, :p] = S
    rows = [r for r in table if r.group == group]
    done = set(table.observed)
    loadings: dict[str, list[Row]] = {f: [] for f in table.latents}
    for r in rows:
        if r.op == "=~":
            loadings[r.lhs].append(r)
    while len(done) < q:
        ready = [f for f in table.latents if f not in done and all(r.rhs in done for r in loadings[f])] or [
            next(f for f in table.latents if f not in done)
        ]
        for f in ready:
            weights, variance, own = _composite(rows, f, loadings[f], C, place, units)
            others = [place[n] for n in names if n in done]
            cross = weights @ C[own][:, others] if len(own) else np.zeros(len(others))
            i = place[f]
            C[i, i] = variance
            bound = _CORRELATION_LIMIT * np.sqrt(variance * np.diagonal(C)[others])
            C[i, others] = C[others, i] = np.clip(cross, -bound, bound)
            done.add(f)
    return C


def _composite(
    rows: Sequence[Row],
    factor: str,
    loadings: Sequence[Row],
    C: Array,
    place: dict[str, int],
    units: Array,
) -> tuple[Array, float, list[int]]:
    """Weights w of a construct's indicators with Σ w λ = 1, its variance, the indicators' places."""
    f = place[factor]
    own = [place[r.rhs] for r in loadings if r.rhs in place and r.rhs != factor]
    fixed = [
        r.ustart / units[f] ** 2
        for r in rows
        if r.op == "~~" and r.lhs == r.rhs == factor and not r.free and r.ustart > 0
    ]
    if not own:
        return np.zeros(0), fixed[0] if fixed else 1.0, own
    block = C[np.ix_(own, own)]
    lam = _centroid_loadings(block)
    size = float(np.sqrt(fixed[0])) if fixed else 1.0
    for row, value in zip(loadings, lam, strict=True):
        if not row.free and row.ustart and not fixed:
            scaled = row.ustart * units[f] / units[place[row.rhs]]
            size = max(abs(value / scaled), 0.05)
            if value / scaled < 0:
                lam = -lam
            break
    per_unit = lam / size
    return lam / size / (per_unit @ per_unit), size**2, own


def _centroid_loadings(block: Array) -> Array:
    """Loadings (m,) of one factor of variance 1 on variables with covariance (m, m)."""
    sd = np.sqrt(np.diagonal(block))
    m = len(sd)
    if m == 1:
        return sd * 0.95
    R = block / np.outer(sd, sd)
    sign = np.sign(np.linalg.eigh(R)[1][:, -1])
    sign[sign == 0] = 1.0
    sign *= np.sign(sign.sum()) or 1.0
    flipped = R * np.outer(sign, sign)
    np.fill_diagonal(flipped, 0.0)
    sums = flipped.sum(axis=0)
    total = sums.sum()
    lam = np.full(m, 0.5) if total <= 0 else sums / np.sqrt(total)
    if m == 2:
        lam = np.full(2, np.sqrt(max(flipped[0, 1], 0.05)))
    out: Array = np.clip(lam, 0.2, 0.9) * sign * sd
    return out


def _made_definite(table: ParameterTable, blocks: Sequence[Block], theta: Array) -> Array:
    """Shrink the covariances until every group's Σ is positive definite with room to spare."""
    covariances = {r.free - 1 for r in table if r.free and r.op == "~~" and r.lhs != r.rhs}
    at = sorted(covariances)
    for _ in range(12):
        if all(_definite(block.state(theta).Sigma) for block in blocks):
            return theta
        theta = theta.copy()
        theta[at] *= 0.5
    return theta


def _definite(Sigma: Array) -> bool:
    if not np.isfinite(Sigma).all():
        return False
    sd = np.sqrt(np.maximum(np.diagonal(Sigma), 1e-300))
    return bool(np.linalg.eigvalsh(Sigma / np.outer(sd, sd))[0] > 1e-6)
