"""Robust inference with composites: the covariances of their indicators are known from the same rows, not known before.

With s the sample's moments and T those of them that the model takes as they are (``Ps``), the estimates solve

    K'Δ'W (s − σ(θ)) = 0,   h(θ) = Pσ(θ) − Ps = 0.

A change of s therefore moves them by dθ = M ds, with L a way to meet ds in h (R L = P, R = ∂h/∂θ) and H the second
derivative of the Lagrangian (or the information),

    M = K (K'HK)⁻¹ K' (Δ'W − HLP) + LP,

so that V = M Γ M' / n, and the residuals move by (I − ΔM) ds, which gives UΓ = (I − ΔM)'W(I − ΔM) Γ for the scaled tests.
Without composites this is the usual sandwich. Ordinary standard errors take T as given, as lavaan's do.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import vech_indices
from surveykit.model.table import ParameterTable
from surveykit.sem.engine import Scaled, Solved
from surveykit.sem.held import binding, directions
from surveykit.sem.kernels import Problem
from surveykit.sem.profiled import ProfiledProblem
from surveykit.sem.robust import Kind, Traces, about_model, gammas, jacobian, saturated_trace
from surveykit.sem.sample import GroupSample

__all__ = ["composite_covariance", "composite_traces"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class _Linear:
    """All groups one below the other: M (k, m), Δ (m, k), the weight (m, m) with each group's share, Γ (m, m) of all n;
    H (k, k)."""

    M: Array
    delta: Array
    W: Array
    gamma: Array
    H: Array


def composite_covariance(
    se: str, samples: Sequence[GroupSample], scaled: Scaled, solved: Solved, kind: Kind, information: str
) -> Array:
    """The sandwich covariance (k, k) of the estimates."""
    linear = _linear(se == "robust_huber_white", samples, scaled, solved, kind, information)
    out: Array = linear.M @ linear.gamma @ linear.M.T / sum(s.multiplier for s in samples)
    return (out + out.T) / 2


def composite_traces(
    test: str, samples: Sequence[GroupSample], scaled: Scaled, solved: Solved, kind: Kind, information: str
) -> Traces:
    """tr(UΓ) and tr((UΓ)²); of the Yuan-Bentler test the difference of the two traces, the model's being tr(H MΓM')."""
    linear = _linear(test == "yuan_bentler_mplus", samples, scaled, solved, kind, information)
    if test == "yuan_bentler_mplus":
        means = scaled.table.meanstructure
        saturated = sum(
            saturated_trace(s, gamma, means, scaled.table.fixed_columns)
            for s, gamma in zip(samples, gammas(samples, means), strict=True)
        )
        model = float((linear.H * (linear.M @ linear.gamma @ linear.M.T)).sum())
        return Traces(saturated - model, saturated=saturated, model=model)
    E = np.eye(len(linear.W)) - linear.delta @ linear.M
    U = E.T @ linear.W @ E @ linear.gamma
    return Traces(float(np.trace(U)), float((U * U.T).sum()))


def _linear(
    about: bool,
    samples: Sequence[GroupSample],
    scaled: Scaled,
    solved: Solved,
    kind: Kind,
    information: str,
) -> _Linear:
    """The linearised estimator; ``about``: Γ about the model's moments."""
    table, blocks, theta = scaled.table, scaled.matrices.blocks, solved.theta
    means, total = table.meanstructure, sum(s.multiplier for s in samples)
    deltas, weights, spreads = [], [], []
    given = () if about else table.fixed_columns
    for g, (s, block, gamma) in enumerate(zip(samples, blocks, gammas(samples, means, given), strict=True)):
        state, share = block.state(theta), s.multiplier / total
        if about:
            whole = kind.crossproducts[g] if kind.crossproducts else None
            gamma = about_model(gamma, s, state.mu, state.Sigma, means, whole)
        deltas.append(jacobian(block, theta, means))
        weights.append(share * kind.weight(s, state.Sigma, means))
        spreads.append(gamma / share)
    delta, W, gamma = np.concatenate(deltas), _diagonal(weights), _diagonal(spreads)
    P = _picked(table, len(weights[0]))
    R = np.concatenate([P @ delta, *_equations(table, theta)])
    WD = W @ delta
    expected = delta.T @ WD
    size = 1 / np.sqrt(np.maximum(np.diagonal(expected), 1e-300))
    K, back = directions(R, size)
    L = back[:, : len(P)]
    H = expected if information == "expected" or kind.at_sample else _observed(scaled, solved)
    inner = np.linalg.inv(K.T @ H @ K)
    M = K @ inner @ (K.T @ (WD.T - H @ L @ P)) + L @ P
    return _Linear(M, delta, W, gamma, H)


def _equations(table: ParameterTable, theta: Array) -> list[Array]:
    """Further rows of R: what the model's text demands."""
    rows = [np.asarray(e.gradient) for e in table.constraints(theta)]
    rows += [slope for _, slope in binding(table, theta)]
    return [row[None] for row in rows]


def _picked(table: ParameterTable, size: int) -> Array:
    """P (r, m): which moments are those of composites' indicators."""
    p = len(table.observed)
    rows, columns = vech_indices(p)
    place = {(int(i), int(j)): at for at, (i, j) in enumerate(zip(rows, columns, strict=True))}
    first, out = p if table.meanstructure else 0, []
    for c in table.composites:
        own = [table.observed.index(name) for name in c.indicators]
        for a, i in enumerate(own):
            for j in own[a:]:
                row = np.zeros(size * len(table.groups))
                row[(c.group - 1) * size + first + place[max(i, j), min(i, j)]] = 1.0
                out.append(row)
    return np.array(out)


def _observed(scaled: Scaled, solved: Solved) -> Array:
    """The second derivative of the Lagrangian (k, k), in the units of the data."""
    if not isinstance(scaled.problem, Problem) or scaled.conditions is None:
        raise ValueError("composites need complete moments")
    problem = ProfiledProblem.of(scaled.table, scaled.problem, scaled.conditions.held)
    point = problem.at((solved.theta / scaled.tau)[problem.free])
    if point is None:
        raise ValueError("not a positive definite covariance matrix")
    return problem.curvature(point) / np.outer(scaled.tau, scaled.tau)


def _diagonal(parts: Sequence[Array]) -> Array:
    out = np.zeros((sum(len(x) for x in parts),) * 2)
    at = 0
    for x in parts:
        out[at : at + len(x), at : at + len(x)] = x
        at += len(x)
    return out
