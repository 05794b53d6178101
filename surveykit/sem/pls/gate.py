"""The gate of PLS: what forbids to interpret a solution, what qualifies it."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from surveykit.format import number, percent, unit_number
from surveykit.results import Check
from surveykit.sem.gate import THRESHOLDS
from surveykit.sem.pls.design import Design
from surveykit.sem.pls.kernel import Solved
from surveykit.sem.pls.measures import htmt, inner_vif
from surveykit.sem.pls.sample import PlsSample

__all__ = ["judge"]

FAILED_REFUSE, FAILED_CAUTION = 0.10, 0.01
VIF_CAUTION = 5.0
"""Hair, Risher, Sarstedt & Ringle 2019."""


def judge(
    solved: Solved, design: Design, sample: PlsSample, *, consistent: bool, failed: int, asked: int
) -> tuple[Check, ...]:
    """Every check that did not pass, the refusals first."""
    checks: list[Check] = []
    checks += _reliabilities(solved, design) if consistent else []
    checks += _loadings(solved, design)
    checks += _constructs(solved)
    checks += _explained(solved, design)
    checks += _failures(failed, asked)
    checks += _discriminant(sample, design)
    checks += _collinearity(solved, design)
    checks += _size(sample, design)
    order = {"refuse": 0, "caution": 1, "note": 2}
    return tuple(sorted(checks, key=lambda c: order[c.level]))


def _check(code: str, level: str, about: Sequence[str], values: dict[str, float], en: str, zh: str) -> Check:
    return Check(code, level, {"en": en, "zh": zh}, tuple(about), values)  # type: ignore[arg-type]


def _reliabilities(solved: Solved, design: Design) -> list[Check]:
    out = []
    for j, name in enumerate(design.constructs):
        rho = float(solved.rho_a[0, j])
        if design.common[j] and not 0 < rho <= 1:
            shown = unit_number(rho, 3)
            out.append(
                _check(
                    "RELIABILITY_OUT_OF_RANGE", "refuse", [name], {"rho_a": rho},
                    f"ρA of {name} is {shown}, which no reliability can be.",
                    f"{name}的ρA为{shown}，超出了信度可能的取值范围。",
                )
            )  # fmt: skip
    return out


def _loadings(solved: Solved, design: Design) -> list[Check]:
    out = []
    for i, j in zip(*np.nonzero(np.abs(solved.loadings[0]) > 1 + 1e-9), strict=True):
        value, item, construct = float(solved.loadings[0, i, j]), design.indicators[i], design.constructs[j]
        out.append(
            _check(
                "LOADING_BEYOND_ONE", "refuse", [construct, item], {"loading": value},
                f"The loading of {item} on {construct} is {number(value, 3)}, beyond 1.",
                f"{item}在{construct}上的载荷为{number(value, 3)}，绝对值大于1。",
            )
        )  # fmt: skip
    return out


def _constructs(solved: Solved) -> list[Check]:
    smallest = float(np.linalg.eigvalsh(solved.c[0])[0])
    if smallest >= THRESHOLDS["not_psd"].value:
        return []
    return [
        _check(
            "NOT_POSITIVE_SEMIDEFINITE", "refuse", ["constructs"], {"eigenvalue": smallest},
            "The correlation matrix of the constructs is not positive semi-definite: no set of variables can have these "
            "correlations.",
            "构念的相关矩阵不是半正定的：任何一组变量都不可能同时具有这样的相关。",
        )
    ]  # fmt: skip


def _explained(solved: Solved, design: Design) -> list[Check]:
    out = []
    for j in design.endogenous:
        r2, name = float(solved.r2[0, j]), design.constructs[j]
        if not r2 < 1:
            out.append(
                _check(
                    "R2_BEYOND_ONE", "refuse", [name], {"r2": r2},
                    f"R² of {name} is {number(r2, 3)}; it cannot reach 1.",
                    f"{name}的R²为{number(r2, 3)}，不可能达到或超过1。",
                )
            )  # fmt: skip
    return out


def _failures(failed: int, asked: int) -> list[Check]:
    share = failed / asked if asked else 0.0
    if share < FAILED_CAUTION:
        return []
    level = "refuse" if share > FAILED_REFUSE else "caution"
    return [
        _check(
            "REPLICATES_FAILED", level, [], {"failed": failed, "replicates": asked},
            f"{failed} of {asked} bootstrap replicates ({percent(share)}) did not settle or were "
            f"inadmissible; the intervals rest on the others.",
            f"{asked}个自助样本中有{failed}个（{percent(share)}）未收敛或不可接受，区间估计仅基于其余样本。",
        )
    ]  # fmt: skip


def _discriminant(sample: PlsSample, design: Design) -> list[Check]:
    out = []
    for (i, j), value in zip(design.distinct(), htmt(sample.moments.cor[None], design)[0], strict=True):
        if not (design.common[i] and design.common[j] and value > THRESHOLDS["htmt"].value):
            continue
        a, b, shown = design.constructs[i], design.constructs[j], unit_number(float(value), 3)
        out.append(
            _check(
                "HTMT_HIGH", "caution", [a, b], {"htmt": float(value)},
                f"HTMT of {a} and {b} is {shown}, above .90: respondents may not have told the two apart.",
                f"{a}与{b}的HTMT为{shown}，高于0.90：受访者可能未能区分这两个构念。",
            )
        )  # fmt: skip
    return out


def _collinearity(solved: Solved, design: Design) -> list[Check]:
    out = []
    for j, i, value in inner_vif(solved.c, design):
        if value[0] > VIF_CAUTION:
            a, b, shown = design.constructs[i], design.constructs[j], number(float(value[0]), 1)
            out.append(
                _check(
                    "COLLINEAR_PREDICTORS", "caution", [a, b], {"vif": float(value[0])},
                    f"{a} overlaps with the other predictors of {b} (VIF {shown}): their paths are hard to tell apart.",
                    f"{a}与{b}的其他预测变量高度重叠（VIF为{shown}），各路径的作用难以区分。",
                )
            )  # fmt: skip
    return out


def _size(sample: PlsSample, design: Design) -> list[Check]:
    """Ten answers for each predictor of the busiest regression, the least that anyone defends."""
    blocks = [int(design.member[:, j].sum()) for j, mode in enumerate(design.modes) if mode == "B"]
    busiest = max([*blocks, *design.paths.sum(axis=0).tolist(), 1])
    n = sample.moments.n
    if n >= max(10 * busiest, THRESHOLDS["answers"].value):
        return []
    return [
        _check(
            "FEW_ANSWERS", "caution", [], {"n": n, "predictors": busiest},
            f"There are {n} answers and up to {busiest} predictors in one regression: the paths are unstable.",
            f"仅有{n}份答卷，而单个回归中最多有{busiest}个预测变量，路径系数不稳定。",
        )
    ]  # fmt: skip
