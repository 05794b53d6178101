"""Residuals of a fit: how far the answers' covariances lie from the model's, and how far that is by chance.

    normalised    (s − σ) / √(γ / n)           γ: variance of a sample covariance (Jöreskog & Sörbom 1989)
    standardised  (s − σ) / √([Q Γ Q']_jj / n)  Q = I − Δ (Δ'WΔ)⁻¹ Δ'W takes away what estimation explains
                                                (Hausman 1978; Maydeu-Olivares 2017)

Γ is that of normal answers with the sample's covariance, or of the answers' fourth moments under robust methods. The
standardised residual is normal in large samples where the model holds; the normalised one is smaller in spread.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import vech
from surveykit.results import Table
from surveykit.sem.result import Fit
from surveykit.sem.robust import gammas, jacobian, normal_weight
from surveykit.sem.wls.inference import information_of, meat_of

__all__ = ["residual_table"]

Array = NDArray[np.float64]
COLUMNS = (
    "lhs", "rhs", "group", "observed", "implied", "residual", "se", "covariance", "normalised", "standardised", "p",
)  # fmt: skip
_NONE = 1e-10
"""A variance below this part of γ is that of a covariance which every parameter value reproduces."""


def residual_table(fit: Fit) -> Table:
    """One row per pair of items, and per item for its variance. ``observed`` and ``implied`` are correlations, ``covariance`` is
    the residual covariance, ``residual`` the same over the items' standard deviations with its standard error ``se``
    (Bentler 1995); ``standardised`` is their ratio, ``p`` its two-sided p-value.

    Of ordered items these are the polychoric correlations; with predictors held fixed, those that they leave.
    ``se``, ``normalised``, ``standardised`` and ``p`` are missing
    where there is no theory for them here: incomplete answers, weights or clusters of continuous items, nonlinear
    constraints, exogenous variables held fixed.

    >>> from surveykit.moments import Moments
    >>> from surveykit.sem import fit
    >>> S = [[1.0, 0.5, 0.4, 0.3], [0.5, 1.0, 0.4, 0.3], [0.4, 0.4, 1.0, 0.5], [0.3, 0.3, 0.5, 1.0]]
    >>> one = fit("f =~ x1 + x2 + x3 + x4", Moments(n=200, cov=S, names=["x1", "x2", "x3", "x4"]))
    >>> last = residual_table(one).records()[-2]
    >>> last["lhs"], last["rhs"], round(last["residual"], 3), round(last["standardised"], 1)
    ('x3', 'x4', 0.095, 3.5)
    """
    from scipy.special import ndtr

    records: list[dict[str, Any]] = []
    names = _names(fit)
    columns, rows = np.triu_indices(len(names))
    if fit.basis is not None and fit.options.ordered:
        tests = _tests_of_statistics(fit, names, columns, rows)
    elif _has_theory(fit):
        tests = _tests(fit)
    else:
        tests = [(np.full(len(rows), math.nan),) * 3] * len(fit.samples)
    moments = _moments(fit, names)
    labels = fit.table.groups
    for label, (S, Sigma), (plain, standard, errors) in zip(labels, moments, tests, strict=True):
        observed, implied = _correlations(S), _correlations(Sigma)
        sd = np.sqrt(np.diagonal(S))
        scaled = (S - Sigma) / np.outer(sd, sd)
        for k, (i, j) in enumerate(zip(columns.tolist(), rows.tolist(), strict=True)):
            records.append(
                {"lhs": names[i], "rhs": names[j], "group": label}
                | {"observed": float(observed[i, j]), "implied": float(implied[i, j])}
                | {"residual": float(scaled[i, j]), "se": float(errors[k] / (sd[i] * sd[j]))}
                | {"covariance": float(S[i, j] - Sigma[i, j])}
                | {"normalised": float(plain[k]), "standardised": float(standard[k])}
                | {"p": float(2 * ndtr(-abs(standard[k])))}
            )
    return Table.of(records, COLUMNS)


def _names(fit: Fit) -> tuple[str, ...]:
    """The variables that have residuals: all but predictors on which everything else is conditional."""
    layout = fit.basis.groups[0].layout if fit.basis is not None else None
    return layout.names if layout is not None and layout.predictors else fit.table.observed


def _moments(fit: Fit, names: Sequence[str]) -> list[tuple[Array, Array]]:
    """The sample's and the model's covariance of every group."""
    if fit.basis is not None and fit.basis.groups[0].exogenous is not None:
        moved = fit.basis.moved(fit.theta)
        pairs = zip(fit.basis.groups, moved, strict=True)
        return [(g.layout.matrix(g.observed), g.layout.matrix(m.values)) for g, m in pairs if g.layout]
    out = []
    for group, sample in zip(fit.solution.groups, fit.samples, strict=True):
        scale = np.array([group.cuts.get((name, name), 1.0) for name in names])
        out.append((sample.S_ml, group.state.Sigma * np.outer(scale, scale)))
    return out


def _has_theory(fit: Fit) -> bool:
    o = fit.options
    return bool(
        o.discrepancy == "ml"
        and o.missing == "listwise"
        and not (o.sampling_weights or o.cluster)
        and not any(e.op == "==" for e in fit.table.equations)
        and not fit.table.fixed_columns
    )


def _tests(fit: Fit) -> list[tuple[Array, Array, Array]]:
    """Normalised and standardised residuals of every group and the standard errors of the latter, over vech.

    What another group's chance does to parameters that it shares with this one is part of the variance.
    """
    means = fit.table.meanstructure
    total = sum(s.multiplier for s in fit.samples)
    J = [jacobian(g.block, fit.theta, means) for g in fit.solution.groups]
    W = [normal_weight(g.state.Sigma, means) for g in fit.solution.groups]
    if fit.options.robust:
        G = gammas(fit.samples, means)
    else:
        G = [np.asarray(np.linalg.inv(normal_weight(s.S_ml, means))) for s in fit.samples]
    shares = [s.multiplier / total for s in fit.samples]
    A = np.sum([w * d.T @ V @ d for w, d, V in zip(shares, J, W, strict=True)], axis=0)
    bread = np.linalg.pinv(A, rcond=1e-12, hermitian=True)
    noise = [w * d.T @ V @ g @ V @ d / total for w, d, V, g in zip(shares, J, W, G, strict=True)]
    found = []
    for i, (group, sample) in enumerate(zip(fit.solution.groups, fit.samples, strict=True)):
        Q = np.eye(len(G[i])) - shares[i] * J[i] @ bread @ J[i].T @ W[i]
        others = np.sum([x for h, x in enumerate(noise) if h != i] or [np.zeros_like(bread)], axis=0)
        variance = Q @ G[i] @ Q.T / sample.multiplier + J[i] @ bread @ others @ bread @ J[i].T
        e = vech(sample.S_ml - group.state.Sigma)
        base, own = (np.diagonal(x)[-len(e) :] for x in (G[i] / sample.multiplier, variance))
        known = own > _NONE * base
        errors = np.sqrt(np.where(known, own, math.nan))
        found.append((e / np.sqrt(base), e / errors, errors))
    return found


def _tests_of_statistics(
    fit: Fit, names: Sequence[str], columns: NDArray[np.intp], rows: NDArray[np.intp]
) -> list[tuple[Array, Array, Array]]:
    """The same from the statistics of ordered items and their covariance, V in place of W."""
    if fit.basis is None:
        raise ValueError("not a fit of thresholds and correlations")
    weighed = fit.basis.weighed(fit.theta)
    total = sum(g.n for g in weighed)
    bread = np.linalg.pinv(information_of(weighed), rcond=1e-12, hermitian=True)
    spread = bread @ meat_of(weighed) @ bread / total
    found = []
    for g, basis in zip(weighed, fit.basis.groups, strict=True):
        place = {name: i for i, name in enumerate(basis.names)}
        at = np.array(
            [place.get(frozenset((names[i], names[j])), -1) for i, j in zip(columns, rows, strict=True)]
        )
        crossed = (g.delta @ bread * (g.gamma @ g.times(g.delta))).sum(axis=1) / total
        base = np.diagonal(g.gamma) / g.n
        own = base - 2 * crossed + ((g.delta @ spread) * g.delta).sum(axis=1)
        known = (own > _NONE * base)[at] & (at >= 0)
        e, base, own = (np.where(at >= 0, x[at], math.nan) for x in (g.e, base, own))
        errors = np.sqrt(np.where(known, own, math.nan))
        found.append((e / np.sqrt(base), e / errors, errors))
    return found


def _correlations(matrix: Array) -> Array:
    sd = np.sqrt(np.diagonal(matrix))
    out: Array = matrix / np.outer(sd, sd)
    return out
