"""What may be wrong with a scale, in both languages."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from surveykit.factor import OneFactor
from surveykit.format import unit_number
from surveykit.results import Check

__all__ = ["constant_items", "heywood", "keying", "low_reliability", "no_factor", "too_few_items"]

Array = NDArray[np.float64]
LOW_ALPHA = 0.70


def constant_items(scale: str, items: tuple[str, ...], group: str) -> tuple[Check, ...]:
    """Items that everybody answered alike: they are left out of the coefficients."""
    if not items:
        return ()
    en, zh = _place(group)
    return (
        Check(
            "constant_items",
            "caution",
            {
                "en": f"{', '.join(items)} of {scale}: everybody gave the same answer{en}; left out of the "
                "reliability.",
                "zh": f"{zh}{scale}的{'、'.join(items)}所有人回答相同，计算信度时已剔除。",
            },
            about=(scale, *items),
        ),
    )


def too_few_items(scale: str, group: str) -> tuple[Check, ...]:
    """Fewer than two items vary: no coefficient."""
    en, zh = _place(group)
    return (
        Check(
            "too_few_items",
            "caution",
            {
                "en": f"{scale}: fewer than two items vary{en}, so there is no reliability.",
                "zh": f"{zh}{scale}中有差异的题目不足两个，无法计算信度。",
            },
            about=(scale,),
        ),
    )


def no_factor(scale: str, why: str, group: str) -> tuple[Check, ...]:
    """No one-factor model: omega, composite reliability and AVE are missing."""
    en, zh = _place(group)
    return (
        Check(
            "no_factor",
            "caution",
            {
                "en": f"{scale}: no omega, composite reliability or AVE{en} ({why}).",
                "zh": f"{zh}{scale}：单因子模型无法估计，故没有ω系数、组合信度和AVE。",
            },
            about=(scale,),
        ),
    )


def heywood(scale: str, items: Sequence[str], factor: OneFactor, group: str) -> tuple[Check, ...]:
    """A uniqueness that is not positive."""
    bad = tuple(i for i, u in zip(items, factor.uniquenesses, strict=True) if u <= 0) or tuple(items)
    en, zh = _place(group)
    return (
        Check(
            "heywood",
            "caution",
            {
                "en": f"{scale}: the one-factor model gives {', '.join(bad)} a negative error variance{en}; "
                "omega, composite "
                "reliability and AVE of this scale are not to be interpreted.",
                "zh": f"{zh}{scale}：单因子模型中{'、'.join(bad)}的误差方差为负，该量表的ω系数、"
                "组合信度和AVE不可解读。",
            },
            about=(scale, *bad),
        ),
    )


def keying(scale: str, items: Sequence[str], rest: Array, R: Array, group: str) -> tuple[Check, ...]:
    """Items that run against the rest of their scale: a reversed item without its key, most often.

    One such item can make the item-rest correlation of others negative too; where the first principal
    component of the correlations ``R`` (k, k) sets a minority of items against the majority, that minority is
    named.
    """
    negative = rest < 0
    if not negative.any():
        return ()
    signs = np.sign(np.linalg.eigh(R)[1][:, -1])
    minority = signs == -np.sign(signs.sum())
    named = minority if minority.any() else negative
    against = {i: float(r) for i, r, yes in zip(items, rest, named, strict=True) if yes}
    en, zh = _place(group)
    listed_en = ", ".join(f"{i} ({unit_number(r, 2)})" for i, r in against.items())
    listed_zh = "、".join(f"{i}（{unit_number(r, 2)}）" for i, r in against.items())
    return (
        Check(
            "keying",
            "caution",
            {
                "en": f"{scale}: negative correlation with the other items{en}: {listed_en}. Was the item "
                "worded in reverse? "
                "Then set reverse in the questionnaire.",
                "zh": f"{zh}{scale}：{listed_zh}与其余题目负相关。该题是否为反向计分题？若是，"
                "请在问卷中设置reverse。",
            },
            about=(scale, *against),
            values=against,
        ),
    )


def low_reliability(scale: str, value: float, group: str) -> tuple[Check, ...]:
    """Raw alpha below .70."""
    if not value < LOW_ALPHA:
        return ()
    en, zh = _place(group)
    shown = unit_number(value, 2)
    return (
        Check(
            "low_reliability",
            "caution",
            {
                "en": f"{scale}: alpha is {shown}{en}, below the usual .70; scores of this scale carry much "
                "error.",
                "zh": f"{zh}{scale}的α系数为{shown}，低于常用标准0.70，量表得分含有较大误差。",
            },
            about=(scale,),
            values={"alpha": value},
        ),
    )


def _place(group: str) -> tuple[str, str]:
    return (f" in group {group}", f"在“{group}”组中，") if group else ("", "")
