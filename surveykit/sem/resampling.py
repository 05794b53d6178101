"""Bootstrap tests and intervals beyond the percentile: Bollen–Stine's p-value, and BCa.

Bollen & Stine (1992): the rows are turned so that the model holds exactly, z = (x − m) S^−½ Σ^½ + μ (symmetric roots); the
share of replicates with a χ² above the one found is the p-value, without normality.

BCa (Efron 1987): percentiles moved for bias, z₀ from the share of replicates below the estimate, and for skewness, the
acceleration a = Σ u³ / (6 (Σu²)^1.5) from each row's influence u on the estimate, H⁻¹ times its score.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError
from surveykit.model.matrices import vech_indices
from surveykit.moments import Moments
from surveykit.responses import bootstrap_moments
from surveykit.responses.plain import PlainRows
from surveykit.results import Estimates, Table
from surveykit.sem.bootstrap import bootstrap
from surveykit.sem.constraints import bread
from surveykit.sem.engine import Scaled, scaled_problem
from surveykit.sem.kernels import log_det
from surveykit.sem.refit import bootstrap_each, group_masks, stream_of
from surveykit.sem.result import Fit
from surveykit.sem.robust import jacobian, normal_weight
from surveykit.sem.sample import responses_of

__all__ = ["bca_intervals", "bollen_stine"]

Array = NDArray[np.float64]
BCA = ("lhs", "op", "rhs", "label", "estimate", "low", "high", "bias", "acceleration")


def bollen_stine(
    fit: Fit,
    data: Any,
    replicates: int = 1000,
    seed: int = 1,
    *,
    indices: ArrayLike | None = None,
    name: str = "bollen_stine",
) -> Estimates:
    """The bootstrap p-value of a model's χ², for ``data`` of the fit (complete rows, ML; groups are turned and drawn each
    within itself).

    ``indices`` (replicates, n) from 0 replaces the draws of one group. One row: ``chisq``, ``df``, ``p``, and of the replicates'
    χ² the mean, the 95 % point, how many there were and how many failed.

    >>> import surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("f =~ 0.8*x1 + 0.7*x2 + 0.6*x3 + 0.7*x4"), 200, 1)
    >>> from surveykit.sem import fit
    >>> bollen_stine(fit("f =~ x1 + x2 + x3 + x4", frame), frame, 50).facts["n"]
    200
    """
    rows = _rows(fit, data)
    if indices is not None and len(rows) > 1:
        raise SurveykitError("indices= is for one group", code="OPTION_UNSUPPORTED")
    stacked = []
    for g, (x, group, sample) in enumerate(zip(rows, fit.solution.groups, fit.samples, strict=True)):
        center = x.mean(axis=0)
        mu = group.state.mu if fit.table.meanstructure else center
        turned = (x - center) @ _root(sample.S_ml, -0.5) @ _root(group.state.Sigma, 0.5) + mu
        names = list(fit.table.observed)
        plain = PlainRows(turned, tuple(names))
        own_seed = seed if len(rows) == 1 else stream_of(seed, g)
        stacked.append(bootstrap_moments(plain, names, replicates, own_seed, indices=indices))
    scaled = _problem(fit)
    simple = len(rows) == 1 and scaled.constraint is None and scaled.conditions is None
    if simple:
        found = bootstrap(scaled, fit.theta, stacked[0], fit.options.likelihood)
    else:
        found = bootstrap_each(scaled, fit.theta, stacked, fit.options.likelihood)
    places = np.nonzero(found.kept)[0].tolist()
    chisq = np.array([_chisq(fit, theta, stacked, r) for theta, r in zip(found.theta, places, strict=True)])
    if len(chisq) < 2:
        raise SurveykitError("no bootstrap sample could be fitted", code="SEM_BOOTSTRAP")
    observed = float(fit.measures["chisq"])
    record = {
        "chisq": observed,
        "df": int(fit.measures["df"]),
        "p": math.nan if fit.refused else float((chisq > observed).mean()),
        "mean": float(chisq.mean()),
        "q95": float(np.quantile(chisq, 0.95)),
        "replicates": len(chisq),
        "failed": found.failed,
    }
    return Estimates(
        name,
        {"en": "Bollen-Stine bootstrap test", "zh": "Bollen–Stine自助法检验"},
        Table.of([record]),
        {"n": fit.n, "seed": seed},
        (f"{replicates} replicates of rows turned so that the model holds; seed {seed}", *fit.notes()),
        fit.checks,
    )


def bca_intervals(fit: Fit, data: Any, name: str = "bca") -> Estimates:
    """Bias-corrected and accelerated intervals of a fit with ``bootstrap=``, for parameters and defined effects.

    ``data`` are the answers of the fit. ``bias`` is z₀, ``acceleration`` a. For fewer than 1,000 replicates the
    tails are coarse.
    """
    from scipy.special import ndtr, ndtri

    if fit.replicates is None:
        raise SurveykitError(
            "BCa intervals need a fit with a bootstrap",
            expected="fit(…, bootstrap=2000)",
            code="SEM_BOOTSTRAP",
        )
    influence = _influence(fit, _rows(fit, data))
    theta, replicated = fit.theta, fit.replicates.theta
    targets = [
        (r.lhs, r.op, r.rhs, r.label, theta[r.free - 1], replicated[:, r.free - 1], influence[:, r.free - 1])
        for r in fit.table
        if r.free
    ]
    rows = {r.lhs: r for r in fit.table if r.op == ":="}
    for one, many in zip(fit.table.defined(theta), fit.table.defined(replicated), strict=True):
        row = rows[one.name]
        targets.append((row.lhs, row.op, row.rhs, row.label, one.value, many.value, influence @ one.gradient))
    records = []
    tail = float(ndtri((1 - fit.options.level) / 2))
    for lhs, op, rhs, label, estimate, values, u in targets:
        share = float(np.clip(((values < estimate).sum() + 0.5) / (len(values) + 1), 1e-9, 1 - 1e-9))
        z0, spread = float(ndtri(share)), float((u**2).sum())
        a = float((u**3).sum()) / (6 * spread**1.5) if spread > 0 else 0.0
        ends = [ndtr(z0 + (z0 + z) / (1 - a * (z0 + z))) for z in (tail, -tail)]
        low, high = (float(np.quantile(values, end)) for end in ends)
        records.append(
            {"lhs": lhs, "op": op, "rhs": rhs, "label": label, "estimate": float(estimate), "low": low}
            | {"high": high, "bias": z0, "acceleration": a}
        )
    return Estimates(
        name,
        {"en": "BCa bootstrap intervals", "zh": "BCa自助法置信区间"},
        Table.of(records, BCA),
        {"n": fit.n, "replicates": len(replicated)},
        (f"bias-corrected and accelerated intervals from {len(replicated)} replicates", *fit.notes()),
        fit.checks,
    )


def _rows(fit: Fit, data: Any) -> list[Array]:
    """The complete rows of the fit, one array per group; maximum likelihood of independent rows."""
    if fit.options.discrepancy != "ml" or fit.options.missing != "listwise":
        raise SurveykitError(
            "this bootstrap is there for maximum likelihood on complete rows", code="OPTION_UNSUPPORTED"
        )
    if fit.table.fixed_columns or fit.options.by_design:
        raise SurveykitError(
            "this bootstrap takes all variables as random and rows as independent",
            hint="fixed_x=False, without weights, clusters and strata",
            code="OPTION_UNSUPPORTED",
        )
    responses = responses_of(data)
    x = responses.frame(list(fit.table.observed)).to_numpy(float)
    complete = np.isfinite(x).all(axis=1)
    masks = group_masks(responses, fit.table, fit.options.group)
    out = [x[complete if mask is None else complete & mask] for mask in masks]
    sizes = [s.n for s in fit.samples]
    if [len(part) for part in out] != sizes:
        raise SurveykitError(
            "these are not the answers of the fit",
            expected=", ".join(str(n) for n in sizes) + " complete rows",
            got=", ".join(str(len(part)) for part in out),
            code="SEM_BOOTSTRAP",
        )
    return out


def _problem(fit: Fit) -> Scaled:
    return scaled_problem(fit.table, fit.samples, int(fit.measures["df"]) + fit.table.k)


def _root(matrix: Array, power: float) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)


def _chisq(fit: Fit, theta: Array, stacked: Sequence[Moments], r: int) -> float:
    """χ² of replicate ``r`` at its estimates, all groups together."""
    total = 0.0
    for group, sample, moments in zip(fit.solution.groups, fit.samples, stacked, strict=True):
        S = (moments.cov if fit.options.likelihood == "wishart" else moments.cov_ml)[r]
        state = group.block.state(theta)
        P = np.linalg.inv(state.Sigma)
        with_means = fit.table.meanstructure and moments.mean is not None
        d = moments.mean[r] - state.mu if with_means and moments.mean is not None else np.zeros(len(S))
        F = log_det(state.Sigma) - log_det(S) + (P * S).sum() - len(S) + d @ P @ d
        total += sample.multiplier * float(F)
    return total


def _influence(fit: Fit, rows: Sequence[Array]) -> Array:
    """Each row's influence (n, k) on the estimates, up to 1/n; rows group by group."""
    means, parts = fit.table.meanstructure, []
    for x, group in zip(rows, fit.solution.groups, strict=True):
        d = x - (group.state.mu if means else x.mean(axis=0))
        i, j = vech_indices(x.shape[1])
        z = d[:, i] * d[:, j] - group.state.Sigma[i, j]
        z = np.concatenate([d, z], axis=1) if means else z
        parts.append(z @ normal_weight(group.state.Sigma, means) @ jacobian(group.block, fit.theta, means))
    return np.asarray(np.concatenate(parts) @ _bread(fit))


def _bread(fit: Fit) -> Array:
    """The inverse observed information (k, k) of one observation, within what constraints leave free."""
    scaled = _problem(fit)
    point = scaled.problem.at(fit.theta / scaled.tau)
    if point is None:
        raise ValueError("the estimates do not give a positive definite covariance matrix")
    held, K = scaled.jacobian(point.theta), None
    if held is not None and len(held):
        singular, right = np.linalg.svd(held)[1:]
        K = right[int((singular > 1e-9).sum()) :].T
    return bread(scaled.problem.observed_information(point), K) * np.outer(scaled.tau, scaled.tau)
