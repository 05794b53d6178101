"""Bootstrap tests and intervals beyond the percentile: Bollen–Stine's p-value, and BCa.

Bollen & Stine (1992): the rows are turned so that the model holds exactly, z = (x − m) S^−½ Σ^½ + μ (symmetric roots); the
share of replicates with a χ² above the one found is the p-value, without normality.

BCa (Efron 1987): percentiles moved for bias, z₀ from the share of replicates below the estimate, and for skewness, the
acceleration a = Σ u³ / (6 (Σu²)^1.5) from each row's influence u on the estimate, H⁻¹ times its score.
"""

from __future__ import annotations

import math
from typing import Any

import numpy as np
from numpy.typing import ArrayLike, NDArray

from surveykit.errors import SurveykitError
from surveykit.model.matrices import vech_indices
from surveykit.responses import bootstrap_moments
from surveykit.responses.plain import PlainRows
from surveykit.results import Estimates, Table
from surveykit.sem.bootstrap import bootstrap
from surveykit.sem.engine import at_estimates, scaled_problem
from surveykit.sem.kernels import log_det
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
    """The bootstrap p-value of a model's χ², for ``data`` of the fit (complete rows, one group, ML).

    ``indices`` (replicates, n) from 0 replaces the draws. One row: ``chisq``, ``df``, ``p``, and of the replicates'
    χ² the mean, the 95 % point, how many there were and how many failed.

    >>> import surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("f =~ 0.8*x1 + 0.7*x2 + 0.6*x3 + 0.7*x4"), 200, 1)
    >>> from surveykit.sem import fit
    >>> bollen_stine(fit("f =~ x1 + x2 + x3 + x4", frame), frame, 50).facts["n"]
    200
    """
    x = _rows(fit, data)
    state, sample = fit.solution.groups[0].state, fit.samples[0]
    center = x.mean(axis=0)
    mu = state.mu if fit.table.meanstructure else center
    turned = (x - center) @ _root(sample.S_ml, -0.5) @ _root(state.Sigma, 0.5) + mu
    names = list(fit.table.observed)
    stacked = bootstrap_moments(PlainRows(turned, tuple(names)), names, replicates, seed, indices=indices)
    found = bootstrap(_problem(fit), fit.theta, stacked, fit.options.likelihood)
    cov = stacked.cov if fit.options.likelihood == "wishart" else stacked.cov_ml
    means = stacked.mean if fit.table.meanstructure else None
    chisq = np.array(
        [
            sample.multiplier * _discrepancy(fit, theta, cov[r], None if means is None else means[r])
            for theta, r in zip(found.theta, np.nonzero(found.kept)[0], strict=True)
        ]
    )
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
        {"en": "Bollen-Stine bootstrap test", "zh": "Bollen–Stine 自助法检验"},
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
        {"en": "BCa bootstrap intervals", "zh": "BCa 自助法置信区间"},
        Table.of(records, BCA),
        {"n": fit.n, "replicates": len(replicated)},
        (f"bias-corrected and accelerated intervals from {len(replicated)} replicates", *fit.notes()),
        fit.checks,
    )


def _rows(fit: Fit, data: Any) -> Array:
    """The complete rows of the fit, one group of maximum likelihood."""
    if len(fit.samples) > 1 or fit.options.discrepancy != "ml" or fit.options.missing != "listwise":
        raise SurveykitError(
            "this bootstrap is there for maximum likelihood on complete rows of one group",
            code="OPTION_UNSUPPORTED",
        )
    if fit.table.fixed_columns or fit.options.sampling_weights or fit.options.cluster:
        raise SurveykitError(
            "this bootstrap takes all variables as random and rows as independent",
            hint="fixed_x=False, without weights and clusters",
            code="OPTION_UNSUPPORTED",
        )
    frame = responses_of(data).frame(list(fit.table.observed))
    x = frame.to_numpy(float)
    x = x[np.isfinite(x).all(axis=1)]
    if len(x) != fit.n:
        raise SurveykitError(
            "these are not the answers of the fit", expected=f"{fit.n} complete rows", got=str(len(x)),
            code="SEM_BOOTSTRAP",
        )  # fmt: skip
    return np.asarray(x)


def _problem(fit: Fit) -> Any:
    return scaled_problem(fit.table, fit.samples, int(fit.measures["df"]) + fit.table.k)


def _root(matrix: Array, power: float) -> Array:
    values, vectors = np.linalg.eigh(matrix)
    return np.asarray((vectors * values**power) @ vectors.T)


def _discrepancy(fit: Fit, theta: Array, S: Array, mean: Array | None) -> float:
    state = fit.solution.groups[0].block.state(theta)
    P = np.linalg.inv(state.Sigma)
    d = np.zeros(len(S)) if mean is None else mean - state.mu
    return float(log_det(state.Sigma) - log_det(S) + (P * S).sum() - len(S) + d @ P @ d)


def _influence(fit: Fit, x: Array) -> Array:
    """Each row's influence (n, k) on the estimates, up to 1/n."""
    means, group = fit.table.meanstructure, fit.solution.groups[0]
    d = x - (group.state.mu if means else x.mean(axis=0))
    i, j = vech_indices(x.shape[1])
    z = d[:, i] * d[:, j] - group.state.Sigma[i, j]
    z = np.concatenate([d, z], axis=1) if means else z
    bread = at_estimates(_problem(fit), fit.theta, "observed").bread
    scores = z @ normal_weight(group.state.Sigma, means) @ jacobian(group.block, fit.theta, means)
    return np.asarray(scores @ bread)
