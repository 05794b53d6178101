"""From the tests of a bend to a verdict, and the words for it in both languages."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.analyses._kink import Kink
from surveykit.format import number, p_value, percent
from surveykit.results import Check

__all__ = ["ceiling", "shape_check", "verdict_of"]

Array = NDArray[np.float64]
CEILING_SHARE = 0.20

WORDS = {
    "none": (
        "No evidence that {y} goes with {x}, neither in a straight line nor bent.",
        "没有证据表明{y}与{x}相关，无论是直线关系还是弯折关系。",
    ),
    "linear": (
        "A straight line is enough for {y} on {x}: no evidence of curvature (p {pc}) or of a threshold (p "
        "{pt}).",
        "{y}与{x}的关系用直线描述即可：没有证据表明存在曲率（p {pc}）或阈值（p {pt}）。",
    ),
    "accelerating": (
        "{y}{moves} more steeply at high {x} than at low (curvature p {pc}, threshold p {pt}{at}).",
        "{x}越高，{y}{moves}越快（曲率p {pc}，阈值p {pt}{at}）。",
    ),
    "saturating": (
        "{y}{moves} less steeply at high {x} than at low (curvature p {pc}, threshold p {pt}{at}).",
        "{x}越高，{y}{moves}越慢，呈饱和趋势（曲率p {pc}，阈值p {pt}{at}）。",
    ),
    "turning": (
        "{y} changes direction along {x} (curvature p {pc}, threshold p {pt}{at}).",
        "{y}随{x}的变化方向发生逆转（曲率p {pc}，阈值p {pt}{at}）。",
    ),
    "mixed": (
        "{y} on {x} is not a straight line, but curvature (p {pc}) and threshold (p {pt}{at}) bend it in "
        "opposite "
        "directions: look at the picture before wording it.",
        "{y}与{x}的关系不是直线，但曲率（p {pc}）与阈值（p {pt}{at}）方向相反，请先看图再下结论。",
    ),
}


def verdict_of(rows: Sequence[Mapping[str, Any]], adjusted: Array, alpha: float) -> str:
    """``none linear accelerating saturating turning mixed``, of the tidy rows and Holm's p-values.

    Accelerating and saturating speak of the size of the slope: a falling line that falls faster accelerates.
    """
    by_term = {r["term"]: r for r in rows}
    slope = by_term["slope"]
    clear = [bool(p < alpha) for p in adjusted]
    if not any(clear):
        return "linear" if slope["p"] < alpha else "none"
    below, above = by_term.get("slope_below"), by_term.get("slope_above")
    if clear[1] and below is not None and above is not None:
        opposite = below["estimate"] * above["estimate"] < 0
        if opposite and max(below["p"], above["p"]) < alpha:
            return "turning"
    way = np.sign(slope["estimate"])
    signs = {
        float(way * np.sign(by_term[term]["estimate"]))
        for term, is_clear in zip(("curvature", "slope_change"), clear, strict=True)
        if is_clear
    }
    if len(signs) > 1:
        return "mixed"
    return "accelerating" if signs == {1.0} else "saturating"


def shape_check(
    verdict: str, x: str, y: str, slope: float, adjusted: Array, bend: Kink | None, group: str
) -> Check:
    """The verdict as a sentence; ``slope`` is that of the straight line."""
    english, chinese = WORDS[verdict]
    values = {"x": x, "y": y, "pc": p_value(float(adjusted[0])), "pt": p_value(float(adjusted[1]))}
    at_en = f" at {number(bend.threshold, 1)}" if bend is not None else ""
    at_zh = f"，位于{number(bend.threshold, 1)}" if bend is not None else ""
    moves = ("rises", "上升") if slope >= 0 else ("falls", "下降")
    en, zh = (f"Group {group}: ", f"“{group}”组：") if group else ("", "")
    return Check(
        "verdict",
        "note",
        {
            "en": en + english.format(**values, at=at_en, moves=moves[0]),
            "zh": zh + chinese.format(**values, at=at_zh, moves=moves[1]),
        },
        about=(y, x),
        values={"verdict": verdict},
    )


def ceiling(y: Array, verdict: str, outcome: str, group: str) -> tuple[Check, ...]:
    """A flattening that the end of the answer scale alone could produce."""
    share = float((y == y.max()).mean())
    if verdict not in ("saturating", "mixed") or share < CEILING_SHARE:
        return ()
    en, zh = (f" in group {group}", f"在“{group}”组中，") if group else ("", "")
    return (
        Check(
            "ceiling",
            "caution",
            {
                "en": f"{percent(share)} of the answers to {outcome} are at the top of its scale{en}: the "
                "flattening may be the "
                "end of the scale rather than of the association.",
                "zh": f"{zh}{outcome}有{percent(share)}的答案位于量表最高分：变缓可能只是量表封顶所致。",
            },
            about=(outcome,),
            values={"share": share},
        ),
    )
