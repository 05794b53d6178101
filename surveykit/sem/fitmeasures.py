"""Fit measures: χ² and what is derived from it, likelihood and information criteria, residual summaries.

Names are lavaan's with underscores. Formulas: CFI Bentler (1990); TLI/NNFI Tucker & Lewis (1973); NFI
Bentler & Bonett (1980); IFI Bollen (1989); RFI Bollen (1986); RMSEA Steiger & Lind (1980), interval from
the noncentral χ² (Browne & Cudeck 1993), √G in G groups (Steiger 1998); SRMR Bentler (1995), means included
where they are modelled; GFI Jöreskog & Sörbom (LISREL's ML form); MFI McDonald (1989); ECVI Browne & Cudeck
(1989); CN Hoelter (1983); BIC2 with n + 2 over 24 (Sclove 1987).
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from surveykit.model.matrices import vech, vech_indices
from surveykit.sem.fiml import FimlTests, Patterns
from surveykit.sem.kernels import log_det
from surveykit.sem.sample import GroupSample

__all__ = ["Baseline", "FitInput", "baseline", "fit_measures", "incremental", "rmsea_measures"]

Array = NDArray[np.float64]
_ROUNDING = 1e-6
RMSEA_LEVEL = 0.90
CLOSE, NOT_CLOSE = 0.05, 0.08


@dataclass(frozen=True, slots=True)
class FitInput:
    """What the measures are computed from; ``implied`` holds (Σ, μ) per group, ``exogenous`` fixed columns, ``held`` the
    columns of each composite's indicators, whose (co)variances are the sample's, ``predictors`` exogenous columns that are
    random."""

    samples: tuple[GroupSample, ...]
    implied: tuple[tuple[Array, Array], ...]
    meanstructure: bool
    exogenous: tuple[int, ...]
    npar: int
    f: float
    held: tuple[tuple[int, ...], ...] = ()
    predictors: tuple[int, ...] = ()

    @property
    def multiplier(self) -> float:
        return sum(s.multiplier for s in self.samples)

    @property
    def moments(self) -> int:
        """How many sample moments the model explains (fixed exogenous ones are not among them)."""
        count = moment_count(self.samples[0].S.shape[0], len(self.exogenous), self.meanstructure)
        return (count - sum(len(own) * (len(own) + 1) // 2 for own in self.held)) * len(self.samples)


def moment_count(p: int, exogenous: int, meanstructure: bool) -> int:
    """Moments of one group: variances and covariances, means where modelled, without the exogenous ones."""
    count = p * (p + 1) // 2 - exogenous * (exogenous + 1) // 2
    return count + (p - exogenous if meanstructure else 0)


@dataclass(frozen=True, slots=True)
class Baseline:
    """The independence model: all covariances zero but those among exogenous variables, fixed or random, and among the
    indicators of a composite."""

    chisq: float
    df: int


def baseline(data: FitInput) -> Baseline:
    """χ² and degrees of freedom of the independence model; it has a closed form."""
    chisq, p = 0.0, data.samples[0].S.shape[0]
    x = list(data.exogenous)
    y = [i for i in range(p) if i not in x and not any(i in own for own in data.held)]
    y = [i for i in y if i not in data.predictors]
    together = [list(own) for own in (*data.held, x, data.predictors) if own]
    for sample in data.samples:
        S = sample.S
        apart = float(np.log(np.diagonal(S)[y]).sum()) + sum(log_det(S[np.ix_(t, t)]) for t in together)
        chisq += sample.multiplier * max(apart - log_det(S), 0.0)
    pairs = p * (p - 1) // 2 - sum(len(t) * (len(t) - 1) // 2 for t in together)
    return Baseline(chisq, pairs * len(data.samples))


def fit_measures(
    data: FitInput,
    *,
    method: str = "ml",
    tests: tuple[float, float] | None = None,
    fiml: FimlTests | None = None,
) -> dict[str, float]:
    """All measures, ``chisq`` to ``ecvi``; NaN where a measure is not defined (p at zero df).

    Least-squares methods bring their ``tests``: χ² of the model and of the baseline. They have no likelihood.
    FIML brings its baseline and log-likelihoods.
    """
    chisq = max(2 * data.f * data.multiplier, 0.0) if tests is None else tests[0]
    df = data.moments - data.npar
    if df == 0 and chisq < _ROUNDING * data.multiplier:  # more is left where bounds or inequalities bind
        chisq = 0.0
    base = baseline(data)
    if tests is not None:
        base = Baseline(tests[1], base.df)
    if fiml is not None:
        base = Baseline(fiml.baseline_chisq, base.df)
    out: dict[str, float] = {"chisq": chisq, "df": df, "p_value": chi2_sf(chisq, df)}
    out |= incremental(chisq, df, base)
    out |= rmsea_measures(chisq, df, data.multiplier, len(data.samples))
    out |= _residuals(data)
    if fiml is None:
        logl, unrestricted = _likelihood(data)
    else:
        logl, unrestricted = fiml.logl, fiml.unrestricted
    out |= _information_criteria(data, logl, unrestricted)
    if tests is not None:
        out |= dict.fromkeys(("loglik", "unrestricted_logl", "aic", "bic", "bic2"), math.nan)
    per_case = chisq / data.multiplier
    out["mfi"] = math.exp(-0.5 * (chisq - df) / data.multiplier)
    out["ecvi"] = per_case + 2 * data.npar / data.multiplier
    for name, level in (("cn_05", 0.05), ("cn_01", 0.01)):
        out[name] = chi2_quantile(1 - level, df) / per_case + 1 if df and per_case else math.nan
    out |= _gfi(data, df, method, () if fiml is None else fiml.patterns)
    out |= {"srmr_bentler": out["srmr"], "srmr_bentler_nomean": out["srmr_nomean"]}
    return out


def chi2_sf(x: float, df: float) -> float:
    """The upper tail of χ², accurate far out; NaN at zero degrees of freedom."""
    from scipy.special import chdtrc

    return float(chdtrc(df, x)) if df > 0 else math.nan


def chi2_quantile(level: float, df: float) -> float:
    """The quantile of χ²."""
    from scipy.special import chdtri

    return float(chdtri(df, 1 - level))


def incremental(chisq: float, df: int, base: Baseline) -> dict[str, float]:
    """CFI, TLI and their kin, with the baseline's test."""
    b, bdf = base.chisq, base.df
    excess, base_excess = max(chisq - df, 0.0), max(b - bdf, chisq - df, 0.0)
    out: dict[str, float] = {
        "baseline_chisq": b,
        "baseline_df": bdf,
        "baseline_pvalue": chi2_sf(b, bdf),
        "cfi": 1 - excess / base_excess if base_excess > 0 else 1.0,
    }
    if df == 0:
        full = 1.0 if bdf else math.nan
        return out | dict.fromkeys(("tli", "nnfi", "rfi", "nfi", "ifi", "rni"), full) | {"pnfi": 0.0}
    ratio, base_ratio = chisq / df, b / bdf if bdf else math.nan
    tli = (base_ratio - ratio) / (base_ratio - 1)
    nfi = (b - chisq) / b
    out |= {
        "tli": tli,
        "nnfi": tli,
        "rfi": (base_ratio - ratio) / base_ratio,
        "nfi": nfi,
        "pnfi": df / bdf * nfi,
        "ifi": (b - chisq) / (b - df) if b > df else 1.0,  # as lavaan, where the baseline fits by itself
        "rni": 1 - (chisq - df) / (b - bdf),
    }
    return out


def rmsea_measures(chisq: float, df: int, n: float, groups: int) -> dict[str, float]:
    """RMSEA, its interval, the tests of close and of not close fit."""
    constants = {"rmsea_ci_level": RMSEA_LEVEL, "rmsea_close_h0": CLOSE, "rmsea_notclose_h0": NOT_CLOSE}
    if df == 0:
        nothing = {"rmsea_pvalue": math.nan, "rmsea_notclose_pvalue": math.nan}
        return constants | {"rmsea": 0.0, "rmsea_low": 0.0, "rmsea_high": 0.0, **nothing}
    size = math.sqrt(groups / (n * df))
    alpha = (1 - RMSEA_LEVEL) / 2
    return constants | {
        "rmsea": math.sqrt(max(chisq - df, 0.0)) * size,
        "rmsea_low": math.sqrt(noncentrality(chisq, df, 1 - alpha)) * size,
        "rmsea_high": math.sqrt(noncentrality(chisq, df, alpha)) * size,
        "rmsea_pvalue": 1 - noncentral_cdf(chisq, df, (CLOSE / size) ** 2),
        "rmsea_notclose_pvalue": noncentral_cdf(chisq, df, (NOT_CLOSE / size) ** 2),
    }


def noncentral_cdf(x: float, df: float, ncp: float) -> float:
    """The distribution function of noncentral χ²."""
    from scipy.special import chndtr

    return float(chndtr(x, df, ncp))


def noncentrality(chisq: float, df: float, level: float) -> float:
    """The noncentrality at which ``chisq`` is the quantile of ``level``; 0 where there is none."""
    if noncentral_cdf(chisq, df, 0.0) <= level:
        return 0.0
    from scipy.special import chndtr, ndtri

    low, high = 0.0, math.inf
    target = float(ndtri(level))
    # where a normal variable with mean df + λ and variance 2 (df + 2λ) would have it
    middle, square = chisq - df + 2 * target**2, 2 * target**2 * (2 * (chisq - df) + 2 * target**2 + df)
    at = middle - math.copysign(math.sqrt(max(square, 0.0)), target)
    at = at if at > 0 else 0.5
    for _ in range(200):
        # Newton on the normal scale, where the distribution is nearly straight, kept between what is known
        value = float(chndtr(chisq, df, at))
        low, high = (at, high) if value > level else (low, at)
        if value == level or high - low < 1e-13 * high:
            break
        following = math.nan
        if 0 < value < 1:
            z = float(ndtri(value))
            slope = (float(chndtr(chisq, df + 2, at)) - value) / 2
            if slope < 0:
                following = at - (z - target) * math.exp(-z * z / 2) / (math.sqrt(2 * math.pi) * slope)
        if not low < following < high:
            following = (low + high) / 2 if math.isfinite(high) else 2 * at
        if abs(following - at) < 1e-7 * at:
            return following  # the next step would be the square of this one
        at = following
    return at


def _residuals(data: FitInput) -> dict[str, float]:
    """RMR, SRMR (Bentler's), CRMR and Mplus' SRMR, each with and without means; groups by their share of
    n."""
    total = sum(s.n for s in data.samples)
    sums: dict[str, float] = {}
    for sample, (Sigma, mu) in zip(data.samples, data.implied, strict=True):
        parts = _group_residuals(sample, Sigma, mu, data.meanstructure)
        for name, value in parts.items():
            sums[name] = sums.get(name, 0.0) + sample.n / total * value
    return sums


def _group_residuals(sample: GroupSample, Sigma: Array, mu: Array, means: bool) -> dict[str, float]:
    S, p = sample.S, len(mu)
    rows, columns = vech_indices(p)
    sd, implied_sd = np.sqrt(np.diagonal(S)), np.sqrt(np.diagonal(Sigma))
    raw = (S - Sigma)[rows, columns]
    bentler = raw / (sd[rows] * sd[columns])
    cor = S[rows, columns] / (sd[rows] * sd[columns])
    correlation = cor - Sigma[rows, columns] / (implied_sd[rows] * implied_sd[columns])
    diagonal = rows == columns
    mplus = np.where(diagonal, bentler, correlation)
    pairs = p * (p - 1) // 2
    squares = {
        "rmr": (float(raw @ raw), len(raw), 0.0),
        "srmr": (float(bentler @ bentler), len(raw), 0.0),
        "crmr": (float(correlation @ correlation), pairs, 0.0),
        "srmr_mplus": (float(mplus @ mplus), len(raw), 0.0),
    }
    if means and sample.mean is not None:
        d = sample.mean - mu
        by_cor = sample.mean / sd - mu / implied_sd
        mean_squares = {"rmr": d, "srmr": d / sd, "crmr": d / sd, "srmr_mplus": by_cor}
        squares = {n: (s, c, float(mean_squares[n] @ mean_squares[n])) for n, (s, c, _) in squares.items()}
    out = {}
    for name, (square, count, mean_square) in squares.items():
        with_means = (square + mean_square) / (count + p) if means else square / count if count else 0.0
        out[name] = math.sqrt(with_means)
        out[f"{name}_nomean"] = math.sqrt(square / count) if count else 0.0
    return out


def _likelihood(data: FitInput) -> tuple[float, float]:
    """Log-likelihoods of the model and without one (given the fixed exogenous variables)."""
    logl = unrestricted = 0.0
    x = list(data.exogenous)
    for sample, (Sigma, mu) in zip(data.samples, data.implied, strict=True):
        d = sample.mean - mu if data.meanstructure and sample.mean is not None else np.zeros(len(mu))
        logl += _log_density(sample, Sigma, sample.S, d)
        unrestricted += _log_density_at_own(sample, sample.S)
        if x:
            of_x = _log_density_at_own(sample, sample.S[np.ix_(x, x)])
            logl, unrestricted = logl - of_x, unrestricted - of_x
    return logl, unrestricted


def _information_criteria(data: FitInput, logl: float, unrestricted: float) -> dict[str, float]:
    n, k = sum(s.n for s in data.samples), data.npar
    return {
        "loglik": logl,
        "unrestricted_logl": unrestricted,
        "aic": -2 * logl + 2 * k,
        "bic": -2 * logl + k * math.log(n),
        "bic2": -2 * logl + k * math.log((n + 2) / 24),
        "ntotal": n,
        "npar": k,
        "fmin": data.f,
    }


def _log_density(sample: GroupSample, Sigma: Array, S: Array, d: Array) -> float:
    n, p = float(sample.moments.sumw), len(d)
    P = np.linalg.inv(Sigma)
    return -n / 2 * (p * math.log(2 * math.pi) + log_det(Sigma) + float((P * S).sum() + d @ P @ d))


def _log_density_at_own(sample: GroupSample, S: Array) -> float:
    """The same where Σ is S: the trace is p."""
    return -float(sample.moments.sumw) / 2 * (len(S) * math.log(2 * math.pi) + log_det(S) + len(S))


def _gfi(data: FitInput, df: int, method: str, patterns: Sequence[Patterns] = ()) -> dict[str, float]:
    """GFI = 1 − e'We / s'Ws (W the normal-theory weight at Σ under ML, of incomplete rows that of what is seen, else at
    S), averaged by the groups' n; AGFI and PGFI from it. Of incomplete rows the moments are pairwise ones, as in lavaan."""
    gfi = 0.0
    total, p, x = sum(s.n for s in data.samples), data.samples[0].S.shape[0], list(data.exogenous)
    for g, (sample, (Sigma, mu)) in enumerate(zip(data.samples, data.implied, strict=True)):
        share = sample.n / total
        if patterns and sample.mean is not None:
            m, seen = patterns[g].pairwise(sample.n)
            d, E, m0, S0 = m - mu, seen - Sigma, m.copy(), seen.copy()
            E[np.ix_(x, x)] = S0[np.ix_(x, x)] = d[x] = m0[x] = 0.0
            e, s = patterns[g].squares(Sigma, [(d, E), (m0, S0)])
            gfi += share * (1 - e / s)
            continue
        P: Array = np.asarray(np.linalg.inv(Sigma if method == "ml" else sample.S), dtype=float)
        S, mean = _without(sample, x)
        if method == "uls":
            # unweighted: each element of the lower triangle counts once
            residual, observed = vech(sample.S - Sigma), vech(S)
            gfi += share * (1 - float(residual @ residual) / float(observed @ observed))
            continue
        PE, PS = P @ (sample.S - Sigma), P @ S
        e, s = 0.5 * float((PE * PE.T).sum()), 0.5 * float((PS * PS.T).sum())
        if data.meanstructure and sample.mean is not None:
            d = sample.mean - mu
            e, s = e + float(d @ P @ d), s + float(mean @ P @ mean)
        gfi += share * (1 - e / s)
    moments = moment_count(p, 0, data.meanstructure) * len(data.samples)
    if df == 0:
        return {"gfi": gfi, "agfi": gfi, "pgfi": 0.0}
    return {"gfi": gfi, "agfi": 1 - moments / df * (1 - gfi), "pgfi": df / moments * gfi}


def _without(sample: GroupSample, x: list[int]) -> tuple[Array, Array]:
    """S and the mean with the fixed exogenous moments set to zero: they are not explained, so they do not
    count."""
    S = sample.S.copy()
    S[np.ix_(x, x)] = 0.0
    mean = np.zeros(len(S)) if sample.mean is None else sample.mean.copy()
    mean[x] = 0.0
    return S, mean
