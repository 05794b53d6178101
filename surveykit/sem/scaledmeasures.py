"""Fit measures of scaled tests: ``_scaled`` from the scaled χ², ``_robust`` as population counterparts.

The scaled CFI, TLI and RMSEA put the scaled statistics into the usual formulas; the robust ones correct the
noncentrality with c = tr(UΓ)/df, so that they estimate what the unscaled ones estimate under normality
(Brosseau-Liard & Savalei 2014; Brosseau-Liard, Savalei & Li 2012; intervals: Li & Bentler 2006).
"""

from __future__ import annotations

import math
from collections.abc import Mapping

from surveykit.sem.fitmeasures import CLOSE, NOT_CLOSE, RMSEA_LEVEL, chi2_sf, noncentral_cdf, noncentrality
from surveykit.sem.robust import Scaling

__all__ = ["robust_incremental", "robust_rmsea", "scaled_measures"]


def scaled_measures(
    test: str, plain: Mapping[str, float], scaled: Scaling, base: Scaling, n: float, groups: int
) -> dict[str, float]:
    """All ``_scaled`` and ``_robust`` measures under lavaan's names with underscores."""
    out = {
        "chisq_scaled": scaled.chisq,
        "df_scaled": scaled.df,
        "pvalue_scaled": chi2_sf(scaled.chisq, scaled.df),
        "chisq_scaling_factor": scaled.factor,
        "baseline_chisq_scaled": base.chisq,
        "baseline_df_scaled": base.df,
        "baseline_pvalue_scaled": chi2_sf(base.chisq, base.df),
        "baseline_chisq_scaling_factor": base.factor,
    }
    out |= _incremental(scaled, base)
    adjusts_df = test == "mean_var_adjusted"
    if not adjusts_df:
        out |= robust_incremental(plain, scaled, base)
    out |= _rmsea_scaled(test, plain["chisq"], scaled, n, groups)
    if not adjusts_df:
        out |= robust_rmsea(plain["chisq"], scaled, n, groups)
    return out


def _incremental(t: Scaling, b: Scaling) -> dict[str, float]:
    if t.df == 0:
        full = ("cfi", "tli", "nnfi", "rfi", "nfi", "ifi", "rni")
        return {f"{name}_scaled": 1.0 for name in full} | {"pnfi_scaled": 0.0}
    excess = max(t.chisq - t.df, 0.0)
    base = max(b.chisq - b.df, excess, 0.0)
    ratio, base_ratio = t.chisq / t.df, b.chisq / b.df
    tli, nfi = (base_ratio - ratio) / (base_ratio - 1), (b.chisq - t.chisq) / b.chisq
    return {
        "cfi_scaled": 1 - excess / base if base > 0 else 1.0,
        "tli_scaled": tli,
        "nnfi_scaled": tli,
        "rfi_scaled": (base_ratio - ratio) / base_ratio,
        "nfi_scaled": nfi,
        "pnfi_scaled": t.df / b.df * nfi,
        "ifi_scaled": (b.chisq - t.chisq) / (b.chisq - t.df) if b.chisq > t.df else 1.0,
        "rni_scaled": 1 - (t.chisq - t.df) / (b.chisq - b.df),
    }


def robust_incremental(plain: Mapping[str, float], t: Scaling, b: Scaling) -> dict[str, float]:
    """CFI, TLI and RNI with the noncentralities corrected by c."""
    df, bdf = plain["df"], plain["baseline_df"]
    if df == 0:
        return dict.fromkeys(("cfi_robust", "tli_robust", "nnfi_robust", "rni_robust"), 1.0)
    excess = plain["chisq"] - t.mean_factor * df
    base = plain["baseline_chisq"] - b.mean_factor * bdf
    largest = max(base, excess, 0.0)
    tli = 1 - (excess / df) / (base / bdf)
    return {
        "cfi_robust": 1 - max(excess, 0.0) / largest if largest > 0 else 1.0,
        "tli_robust": tli,
        "nnfi_robust": tli,
        "rni_robust": 1 - excess / base,
    }


_NAMES = ("rmsea", "rmsea_ci_lower", "rmsea_ci_upper", "rmsea_pvalue", "rmsea_notclose_pvalue")


def _rmsea_scaled(test: str, chisq: float, t: Scaling, n: float, groups: int) -> dict[str, float]:
    """Scaled RMSEA: for mean scaling the reference is noncentral χ² with tr(UΓ) degrees of freedom."""
    if t.df == 0:
        return _nothing("scaled")
    size = math.sqrt(groups / (n * t.df))
    point = math.sqrt(max(t.chisq - t.df, 0.0)) * size
    if test == "scaled_shifted":
        return _named("scaled", point, t.chisq, t.df, size)
    trace = t.mean_factor * t.df if test != "mean_var_adjusted" else t.factor * t.df
    return _named("scaled", point, chisq, trace, math.sqrt(groups / (n * trace)))


def robust_rmsea(chisq: float, t: Scaling, n: float, groups: int) -> dict[str, float]:
    """RMSEA with the noncentrality corrected by c."""
    if t.df == 0:
        return _nothing("robust")
    point = math.sqrt(max(chisq - t.mean_factor * t.df, 0.0) * groups / (n * t.df))
    return _named("robust", point, t.chisq, t.df, math.sqrt(t.factor * groups / (n * t.df)))


def _named(kind: str, point: float, chisq: float, df: float, size: float) -> dict[str, float]:
    alpha = (1 - RMSEA_LEVEL) / 2
    values = (
        point,
        math.sqrt(noncentrality(chisq, df, 1 - alpha)) * size,
        math.sqrt(noncentrality(chisq, df, alpha)) * size,
        1 - noncentral_cdf(chisq, df, (CLOSE / size) ** 2),
        noncentral_cdf(chisq, df, (NOT_CLOSE / size) ** 2),
    )
    return {f"{name}_{kind}": value for name, value in zip(_NAMES, values, strict=True)}


def _nothing(kind: str) -> dict[str, float]:
    values = (0.0, 0.0, 0.0, math.nan, math.nan)
    return {f"{name}_{kind}": value for name, value in zip(_NAMES, values, strict=True)}
