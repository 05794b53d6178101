"""Fit measures of weighted least squares, under lavaan's names with underscores.

For ordered items: RMR, SRMR and CRMR are of correlations and thresholds (``_nomean``: of correlations alone), GFI weighs
with V, WRMR is √(χ² / number of statistics) (Muthén & Muthén 1998). There is no likelihood. The ``_robust`` measures are
those of Savalei (2021): the normal-theory discrepancy of the polychoric matrix at the estimates, corrected by the c
that its expectation has.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import vech_indices
from surveykit.sem.fitmeasures import Baseline, chi2_quantile, chi2_sf, incremental, rmsea_measures
from surveykit.sem.kernels import log_det
from surveykit.sem.robust import Scaling, normal_weight
from surveykit.sem.scaledmeasures import robust_incremental, robust_rmsea
from surveykit.sem.wls.inference import Weighed, information_of, sandwich
from surveykit.sem.wls.statistics import OrdinalStatistics
from surveykit.sem.wls.structure import Implied

__all__ = ["gfi_measures", "ordinal_measures", "robust_measures"]

Array = NDArray[np.float64]
NO_LIKELIHOOD = ("loglik", "unrestricted_logl", "aic", "bic", "bic2")


def ordinal_measures(
    groups: Sequence[Weighed],
    statistics: Sequence[OrdinalStatistics],
    implied: Sequence[Implied],
    chisq: float,
    baseline_chisq: float,
    npar: int,
    *,
    asymptotic: bool,
) -> dict[str, float]:
    """All measures of a fit to ordered items; ``asymptotic`` says that χ² has its distribution (V = Γ⁻¹)."""
    n = sum(g.size for g in groups)
    count = sum(len(g.e) for g in groups)
    df = count - npar
    base = Baseline(baseline_chisq, sum(int(g.pairs.sum()) for g in groups))
    out: dict[str, float] = {"chisq": chisq, "df": df, "p_value": chi2_sf(chisq, df)}
    out |= incremental(chisq, df, base)
    out |= rmsea_measures(chisq, df, n, len(groups))
    if not asymptotic:
        out |= {"p_value": math.nan, "baseline_pvalue": math.nan}
    out |= _residuals(groups, statistics, implied)
    out |= dict.fromkeys(NO_LIKELIHOOD, math.nan)
    out |= {
        "ntotal": sum(s.n for s in statistics),
        "npar": npar,
        "fmin": chisq / 2 / sum(s.n for s in statistics),
    }
    out["mfi"] = math.exp(-0.5 * (chisq - df) / n)
    for name, level in (("cn_05", 0.05), ("cn_01", 0.01)):
        out[name] = chi2_quantile(1 - level, df) * n / chisq + 1 if df and chisq else math.nan
    out |= gfi_measures(groups, [s.values for s in statistics], df)
    # over groups lavaan adds the means of squares
    out["wrmr"] = math.sqrt(sum(g.size * _discrepancy(g, g.e) / len(g.e) for g in groups))
    return out


def gfi_measures(groups: Sequence[Weighed], observed: Sequence[Array], df: int) -> dict[str, float]:
    """GFI = 1 − e'Ve / s'Vs, averaged by the groups' n; AGFI and PGFI from it."""
    total, count = sum(g.n for g in groups), sum(len(g.e) for g in groups)
    gfi = 0.0
    for g, s in zip(groups, observed, strict=True):
        gfi += g.n / total * (1 - _discrepancy(g, g.e) / _discrepancy(g, s))
    if df == 0:
        return {"gfi": gfi, "agfi": gfi, "pgfi": 0.0}
    return {"gfi": gfi, "agfi": 1 - count / df * (1 - gfi), "pgfi": df / count * gfi}


def _discrepancy(g: Weighed, x: Array) -> float:
    """x'Vx."""
    return float(x @ g.times(x[:, None])[:, 0])


def _residuals(
    groups: Sequence[Weighed], statistics: Sequence[OrdinalStatistics], implied: Sequence[Implied]
) -> dict[str, float]:
    total = sum(s.n for s in statistics)
    sums = dict.fromkeys(
        ("rmr", "rmr_nomean", "srmr_bentler", "srmr_bentler_nomean", "crmr", "crmr_nomean"), 0.0
    )
    for g, s, model in zip(groups, statistics, implied, strict=True):
        layout, p = s.layout, s.layout.p
        pairs = p * (p - 1) // 2
        triangle = pairs + p + len(layout.predictors)  # lavaan counts predictors held fixed here
        margins = len(layout.margin)
        cuts = layout.number > 0
        sd = np.sqrt(np.diagonal(s.cov))
        own = model.scale * np.sqrt(np.diagonal(model.state.Sigma))
        first, second = layout.pairs
        raw = g.e[g.pairs]
        bentler = raw / (sd[first] * sd[second])
        cor = s.values[g.pairs] / (sd[first] * sd[second])
        by_cor = cor - (s.values - g.e)[g.pairs] / (own[first] * own[second])
        # of residuals given predictors lavaan counts the pairs alone
        variances = g.e[layout.variances] * (not layout.predictors)
        scaled = variances / sd[layout.continuous] ** 2
        of_cuts = g.e[:margins][cuts]  # means of continuous variables do not count, as in lavaan
        square_of_cuts, count_of_cuts = float(of_cuts @ of_cuts), int(cuts.sum())
        off, off_bentler = (
            float(raw @ raw + variances @ variances),
            float(bentler @ bentler + scaled @ scaled),
        )
        squares = {
            "rmr": (off, triangle),
            "srmr_bentler": (off_bentler, triangle),
            "crmr": (float(by_cor @ by_cor), pairs),
        }
        for name, (square, size) in squares.items():
            share = s.n / total
            sums[name] += share * math.sqrt((square + square_of_cuts) / (size + count_of_cuts))
            sums[f"{name}_nomean"] += share * (math.sqrt(square / size) if size else 0.0)
    return {"srmr": sums["srmr_bentler_nomean"], **sums}


def robust_measures(
    groups: Sequence[Weighed],
    statistics: Sequence[OrdinalStatistics],
    implied: Sequence[Implied],
    measures: Mapping[str, float],
) -> dict[str, float]:
    """CFI, TLI and RMSEA of Savalei (2021); {} where a variable is continuous, predictors are held fixed or a matrix is
    not definite."""
    df, base_df = int(measures["df"]), int(measures["baseline_df"])
    if df == 0 or any(len(s.layout.continuous) or s.layout.predictors for s in statistics):
        return {}
    n = x = x0 = trace = trace0 = 0.0
    total = sum(g.n for g in groups)
    bread: Array = np.asarray(np.linalg.inv(information_of(groups)), dtype=float)
    spread = sum(g.size for g in groups) * sandwich(groups, robust=True)
    for g, s, model in zip(groups, statistics, implied, strict=True):
        sd = 1 / model.scale
        Sigma = model.state.Sigma / np.outer(sd, sd)
        Sigma[np.diag_indices(len(Sigma))] = 1.0
        if not np.isfinite(log_det(s.cov)) or not np.isfinite(log_det(Sigma)):
            return {}
        x += s.n * (log_det(Sigma) - log_det(s.cov) + float((np.linalg.inv(Sigma) * s.cov).sum()) - len(sd))
        x0 -= s.n * log_det(s.cov)
        trace += _trace_at_estimates(g, Sigma, bread, g.n / total, spread)
        trace0 += float(np.diagonal(g.gamma)[g.pairs].sum())
        n += g.size
    test = Scaling(x / (trace / df), df, trace / df, 0.0, trace / df)
    base = Scaling(x0 / (trace0 / base_df), base_df, trace0 / base_df, 0.0, trace0 / base_df)
    plain = {"chisq": x, "df": df, "baseline_chisq": x0, "baseline_df": base_df}
    return robust_incremental(plain, test, base) | robust_rmsea(x, test, n, len(groups))


def _trace_at_estimates(g: Weighed, Sigma: Array, bread: Array, share: float, spread: Array) -> float:
    """n times the expectation of e'We: e the residuals of the pairs, W the normal-theory weight of a correlation
    matrix, ``spread`` n times the covariance of the estimates of all groups."""
    rows, columns = vech_indices(len(Sigma))
    off = rows != columns
    W = normal_weight(Sigma, False)[np.ix_(off, off)]
    D = g.delta[g.pairs]
    with_estimates = share * (g.gamma[g.pairs] @ g.times(g.delta)) @ bread
    own = g.gamma[np.ix_(g.pairs, g.pairs)]
    WD = W @ D
    crossed = float((WD * with_estimates).sum())
    return float((W * own).sum()) - 2 * crossed + share * float(((D.T @ WD) * spread).sum())
