"""The conditions that models on survey answers share, in both languages, with their thresholds."""

from __future__ import annotations

from collections.abc import Sequence

from surveykit.format import number
from surveykit.results import Check

__all__ = ["few_answers", "few_events", "high_vif", "ill_conditioned", "leverage_one", "perfect_fit"]

FEW_PER_PREDICTOR = 10
HIGH_VIF = 10.0
HIGH_CONDITION = 1e8
PERFECT_R2 = 1.0 - 1e-12


def few_events(events: int, predictors: int, about: str = "") -> tuple[Check, ...]:
    """Fewer than ten answers of the rarer kind for a predictor of a binary outcome."""
    if events >= FEW_PER_PREDICTOR * predictors:
        return ()
    en, zh = _in_group(about)
    return (
        Check(
            "few_events",
            "caution",
            {
                "en": f"Only {events} answers of the rarer kind for {predictors} predictors{en}: odds ratios "
                "tend to "
                "come out too large (ten for each predictor are a usual minimum).",
                "zh": f"{zh}较少的一类仅有{events}份答卷，而预测变量有{predictors}个：优势比往往被高估"
                "（通常每个预测变量至少需要10份）。",
            },
            values={"events": events, "predictors": predictors},
        ),
    )


def few_answers(n: int, predictors: int, about: str = "") -> tuple[Check, ...]:
    """Fewer than ten answers for a predictor."""
    if n >= FEW_PER_PREDICTOR * predictors:
        return ()
    en, zh = _in_group(about)
    return (
        Check(
            "few_answers",
            "caution",
            {
                "en": f"Only {n} complete answers for {predictors} predictors{en}: intervals are wide "
                "and a new sample may look different (ten for each are a usual minimum).",
                "zh": f"{zh}{predictors}个预测变量仅有{n}份完整答卷：区间较宽，换一份样本结果可能不同"
                "（通常每个预测变量至少需要10份）。",
            },
            values={"n": n, "predictors": predictors},
        ),
    )


def high_vif(terms: Sequence[str], factors: Sequence[float], about: str = "") -> tuple[Check, ...]:
    """Predictors that overlap so much that their separate effects are hard to tell."""
    high = {t: float(v) for t, v in zip(terms, factors, strict=True) if v >= HIGH_VIF}
    if not high:
        return ()
    en, zh = _in_group(about)
    listed_en = ", ".join(f"{t} ({number(v, 1)})" for t, v in high.items())
    listed_zh = "、".join(f"{t}（{number(v, 1)}）" for t, v in high.items())
    return (
        Check(
            "collinearity",
            "caution",
            {
                "en": f"Predictors overlap strongly{en} (variance inflation from 10): {listed_en}. "
                "Their separate coefficients are uncertain; what they explain together is not.",
                "zh": f"{zh}预测变量之间高度重叠（方差膨胀因子不低于10）：{listed_zh}。"
                "各自的系数难以区分，但合起来的解释力不受影响。",
            },
            about=tuple(high),
            values=high,
        ),
    )


def ill_conditioned(condition: float, terms: Sequence[str], arithmetic: str) -> tuple[Check, ...]:
    """A condition number at which double precision loses half its digits."""
    if condition < HIGH_CONDITION:
        return ()
    exact = arithmetic == "exact"
    how_en = (
        "the coefficients were computed in exact arithmetic"
        if exact
        else "about half of the digits of the coefficients are lost"
    )
    how_zh = "系数已用精确算术计算" if exact else "系数约损失一半有效数字"
    return (
        Check(
            "ill_conditioned",
            "note" if exact else "caution",
            {
                "en": f"The predictors are close to linear dependence (condition number beyond 10^8): "
                f"{', '.join(terms)}; {how_en}.",
                "zh": f"预测变量接近线性相关（条件数超过10⁸）：{'、'.join(terms)}；{how_zh}。",
            },
            about=tuple(terms),
            values={"condition": condition},
        ),
    )


def leverage_one(rows: Sequence[int], terms: Sequence[str]) -> tuple[Check, ...]:
    """Rows that alone determine a coefficient (a level with one respondent)."""
    if not rows:
        return ()
    shown = ", ".join(str(r) for r in rows[:5]) + (", …" if len(rows) > 5 else "")
    return (
        Check(
            "leverage_one",
            "caution",
            {
                "en": f"Single respondents determine {', '.join(terms)} alone (data rows {shown}): no "
                "standard "
                "error can be given for it. Merge the level with another one, or leave it out.",
                "zh": f"{'、'.join(terms)}的系数仅由个别受访者决定（数据第{shown}行），"
                "无法给出标准误。请将该类别与其他类别合并或剔除。",
            },
            about=tuple(terms),
            values={"rows": list(rows[:5]), "count": len(rows)},
        ),
    )


def perfect_fit(r2: float, outcome: str) -> tuple[Check, ...]:
    """An outcome that follows from the predictors by arithmetic: nothing was found out."""
    if r2 < PERFECT_R2:
        return ()
    return (
        Check(
            "perfect_fit",
            "refuse",
            {
                "en": f"The predictors reproduce {outcome} without error: it was probably computed from "
                "them. Standard errors and p-values mean nothing here.",
                "zh": f"预测变量完全再现了{outcome}：该变量很可能由它们计算而来。此处的标准误和p值没有意义。",
            },
            about=(outcome,),
            values={"r2": r2},
        ),
    )


def _in_group(group: str) -> tuple[str, str]:
    return (f" in group {group}", f"在“{group}”组中，") if group else ("", "")
