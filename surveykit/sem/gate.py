"""The gate: every fit is judged by a fixed list of checks before a word is written about it.

``refuse`` says that the numbers must not be interpreted, ``caution`` that every sentence carries the
reservation, ``note`` that a reader should know. All thresholds stand in :data:`THRESHOLDS`, with their
source.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from surveykit.format import number, percent, unit_number
from surveykit.results import Check, Level, Table
from surveykit.sem.bootstrap import Replicates
from surveykit.sem.sample import GroupSample
from surveykit.sem.solution import GroupSolution, Solution
from surveykit.sem.standardise import Standardised

__all__ = ["THRESHOLDS", "Judged", "Verdict", "judge"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Threshold:
    """A limit, and who says so."""

    value: float
    source: str


THRESHOLDS: Mapping[str, Threshold] = {
    "latent_correlation_refuse": Threshold(1.0, "a correlation cannot reach 1 in a proper solution"),
    "latent_correlation_caution": Threshold(0.95, "constructs that correlate so highly are hardly two"),
    "htmt": Threshold(0.90, "Henseler, Ringle & Sarstedt 2015; Gold, Malhotra & Segars 2001"),
    "path": Threshold(1.0, "Jöreskog 1999: possible in theory, a sign of collinearity in practice"),
    "predictor_correlation": Threshold(
        0.85, "Grewal, Cote & Baumgartner 2004: type II errors get out of hand"
    ),
    "standardised_se": Threshold(
        1.0, "the 95 % interval is then wider than twice the range from −1 to 1: the data say nothing"
    ),
    "not_psd": Threshold(-1e-8, "eigenvalue of the standardised matrix, room for rounding"),
    "marker_loading": Threshold(0.30, "the scale of a construct hangs on its marker (Kline 2023)"),
    "failed_refuse": Threshold(0.10, "the replicates that remain are a selection"),
    "failed_caution": Threshold(0.01, "the interval may lean to the well-behaved replicates"),
    "answers_per_parameter": Threshold(5.0, "Bentler & Chou 1987"),
    "answers": Threshold(100.0, "Boomsma 1985; Anderson & Gerbing 1984"),
}


@dataclass(frozen=True, slots=True)
class Judged:
    """What the gate looks at."""

    solution: Solution
    std: Standardised
    correlations: Table
    htmt: Table
    samples: tuple[GroupSample, ...]
    replicates: Replicates | None = None


class Verdict(Sequence[Check]):
    """The checks of a fit, worked out when they are first looked at: who fits thousands of models reads few of them."""

    __slots__ = ("_checks", "_make")

    def __init__(self, make: Callable[[], tuple[Check, ...]]) -> None:
        self._make: Callable[[], tuple[Check, ...]] | None = make
        self._checks: tuple[Check, ...] = ()

    def _all(self) -> tuple[Check, ...]:
        if self._make is not None:
            # what was judged is let go of: it may hold answers
            self._checks, self._make = self._make(), None
        return self._checks

    @overload
    def __getitem__(self, at: int) -> Check: ...
    @overload
    def __getitem__(self, at: slice) -> tuple[Check, ...]: ...
    def __getitem__(self, at: int | slice) -> Check | tuple[Check, ...]:
        return self._all()[at]

    def __len__(self) -> int:
        return len(self._all())

    def __repr__(self) -> str:
        return repr(self._all())


def judge(fit: Judged) -> tuple[Check, ...]:
    """Every check that did not pass, the refusals first."""
    checks: list[Check] = []
    for group in fit.solution.groups:
        checks += _variances(fit.solution, group)
        checks += _definite(fit.solution, group)
    checks += _correlations(fit)
    checks += _paths(fit)
    checks += _standard_errors(fit)
    checks += _discriminant(fit)
    checks += _markers(fit)
    checks += _defined(fit.solution)
    checks += _size(fit)
    checks += fit.solution.table.notes
    checks += _input(fit)
    checks += _replicates(fit.replicates)
    order = {"refuse": 0, "caution": 1, "note": 2}
    return tuple(sorted(checks, key=lambda c: order[c.level]))


def _defined(solution: Solution) -> list[Check]:
    """A caution for each defined effect without a value: a quotient by zero, the logarithm of a negative number."""
    return [
        _check(
            "EFFECT_WITHOUT_VALUE",
            "caution",
            (effect.name,),
            {"value": float(effect.value)},
            f"The defined effect {effect.name} has no finite value at the estimates: a division by zero, or a "
            "logarithm or root of a negative number.",
            f"定义的效应{effect.name}在估计值处没有有限的数值：除数为零，或对负数取了对数或平方根。",
        )
        for effect in solution.table.defined(solution.theta)
        if not np.isfinite(effect.value)
    ]


def _limit(name: str) -> float:
    return THRESHOLDS[name].value


def _in(group: str) -> dict[str, str]:
    return {"en": f" in group {group}", "zh": f"（{group}组）"} if group else {"en": "", "zh": ""}


def _check(
    code: str, level: Level, about: Sequence[str], values: Mapping[str, Any], en: str, zh: str
) -> Check:
    return Check(code, level, {"en": en, "zh": zh}, tuple(about), dict(values))


def _variances(solution: Solution, group: GroupSolution) -> list[Check]:
    out = []
    where = _in(group.label)
    for i, name in enumerate(solution.variables):
        for what, value in (("residual", float(group.S[i, i])), ("total", float(group.state.C[i, i]))):
            if value < 0:
                shown = number(value, 3)
                out.append(
                    _check(
                        "NEGATIVE_VARIANCE",
                        "refuse",
                        [f"{name}~~{name}"],
                        {"variance": value, "group": group.label},
                        f"The {what} variance of {name}{where['en']} is estimated at {shown}. A "
                        "variance cannot "
                        f"be negative: the model does not suit these data, or there are too few answers.",
                        f"{name}{where['zh']}的{'残差' if what == 'residual' else '总'}方差估计值为{shown}。"
                        f"方差不可能为负，说明模型与数据不相符，或样本量过小。",
                    )
                )
                break
    return out


def _definite(solution: Solution, group: GroupSolution) -> list[Check]:
    """Positive semi-definiteness of the residual matrix and of the constructs' covariance."""
    p = len(solution.table.observed)
    latent = group.state.C[p:, p:]
    matrices = {
        "constructs": (latent, "the covariance matrix of the constructs", "构念的协方差矩阵"),
        "residuals": (group.S, "the matrix of residual (co)variances", "残差（协）方差矩阵"),
    }
    where = _in(group.label)
    out = []
    for name, (matrix, en, zh) in matrices.items():
        variances = np.diagonal(matrix)
        if not len(matrix) or (variances < 0).any():
            continue
        size = np.sqrt(np.where(variances > 0, variances, 1.0))
        smallest = float(np.linalg.eigvalsh(matrix / np.outer(size, size))[0])
        if smallest < _limit("not_psd"):
            out.append(
                _check(
                    "NOT_POSITIVE_SEMIDEFINITE",
                    "refuse",
                    [name],
                    {"eigenvalue": smallest, "group": group.label},
                    f"{en[0].upper()}{en[1:]}{where['en']} is not positive semi-definite: no set of "
                    f"variables can have these variances and covariances.",
                    f"{zh}{where['zh']}不是半正定的：任何一组变量都不可能同时具有这样的方差和协方差。",
                )
            )
            break
    return out


def _correlations(fit: Judged) -> list[Check]:
    out = []
    for row in fit.correlations.records():
        r = row["estimate"]
        if not abs(r) >= _limit("latent_correlation_caution"):
            continue
        a, b, where, shown = row["lhs"], row["rhs"], _in(row["group"]), unit_number(r, 3)
        values = {"correlation": r, "group": row["group"]}
        if abs(r) >= _limit("latent_correlation_refuse"):
            out.append(
                _check(
                    "LATENT_CORRELATION_BEYOND_ONE",
                    "refuse",
                    [a, b],
                    values,
                    f"The correlation of {a} and {b}{where['en']} is estimated at {shown}, which no "
                    f"correlation can be.",
                    f"{a}与{b}{where['zh']}之间的相关估计值为{shown}，超出了相关系数可能的取值范围。",
                )
            )
        else:
            out.append(
                _check(
                    "LATENT_CORRELATION_HIGH",
                    "caution",
                    [a, b],
                    values,
                    f"{a} and {b}{where['en']} correlate at {shown}: their items can hardly tell them apart.",
                    f"{a}与{b}{where['zh']}的相关高达{shown}，其题目几乎无法区分这两个构念。",
                )
            )
    return out


def _paths(fit: Judged) -> list[Check]:
    out = []
    for row, value in zip(fit.std.rows, fit.std.values, strict=True):
        if row.op != "~" or not abs(value) > _limit("path"):
            continue
        group = fit.solution.groups[row.group - 1]
        highest = _highest_predictor_correlation(fit, row.lhs, row.rhs, group, row.group)
        collinear = highest > _limit("predictor_correlation")
        where, shown, r = _in(group.label), number(float(value), 3), unit_number(highest, 2)
        values = {"std": float(value), "predictor_correlation": highest, "group": group.label}
        en = f"The standardised path from {row.rhs} to {row.lhs}{where['en']} is {shown}, beyond 1"
        zh = f"{row.rhs}到{row.lhs}{where['zh']}的标准化路径系数为{shown}，绝对值大于1"
        if collinear:
            en += f", and its predictor correlates with another one at {r}: the data cannot separate them."
            zh += f"，且该预测变量与另一预测变量的相关达{r}：数据无法区分二者各自的作用。"
        else:
            en += ". This can happen with correlated predictors; it is not a share and not a correlation."
            zh += "。预测变量彼此相关时可能出现这种情况；它既不是比例，也不是相关系数。"
        level: Level = "refuse" if collinear else "caution"
        out.append(_check("PATH_BEYOND_ONE", level, [row.rhs, row.lhs], values, en, zh))
    return out


def _highest_predictor_correlation(
    fit: Judged, effect: str, cause: str, group: GroupSolution, number_: int
) -> float:
    """The highest absolute correlation of a predictor with the others of its equation."""
    s = fit.solution
    others = [
        r.rhs for r in s.table if r.op == "~" and r.lhs == effect and r.group == number_ and r.rhs != cause
    ]
    C, i = group.state.C, s.place(cause)
    highest = 0.0
    for other in others:
        j = s.place(other)
        size = math.sqrt(abs(C[i, i] * C[j, j]))
        highest = max(highest, abs(float(C[i, j])) / size if size else 0.0)
    return highest


def _standard_errors(fit: Judged) -> list[Check]:
    out = []
    for row, value, se in zip(fit.std.rows, fit.std.values, fit.std.se, strict=True):
        wide = row.op in ("=~", "~") or (row.op == "~~" and row.lhs != row.rhs)
        if not wide or (math.isfinite(se) and se <= _limit("standardised_se")):
            continue
        if row.op == "~~" and not (row.lhs in fit.solution.table.latents and row.free):
            continue
        group = fit.solution.groups[row.group - 1]
        where, shown, wide_se = _in(group.label), number(float(value), 2), number(float(se), 2)
        out.append(
            _check(
                "STANDARD_ERROR_OUT_OF_SCALE",
                "refuse",
                [row.name],
                {"std": float(value), "std_se": float(se), "group": group.label},
                f"The standard error of the standardised {row.name}{where['en']} is {wide_se} "
                f"(estimate {shown}): "
                f"its interval covers every value that is possible, so the data say nothing about it.",
                f"{row.name}{where['zh']}标准化估计值（{shown}）的标准误为{wide_se}："
                f"其置信区间涵盖了所有可能的取值，数据对它没有提供任何信息。",
            )
        )
    return out


def _discriminant(fit: Judged) -> list[Check]:
    out = []
    for row in fit.htmt.records():
        value = row["htmt"]
        if not value > _limit("htmt"):
            continue
        where, shown = _in(row["group"]), unit_number(value, 3)
        out.append(
            _check(
                "HTMT_HIGH",
                "caution",
                [row["lhs"], row["rhs"]],
                {"htmt": value, "group": row["group"]},
                f"HTMT of {row['lhs']} and {row['rhs']}{where['en']} is {shown}, above .90: "
                "respondents may not "
                f"have told the two apart.",
                f"{row['lhs']}与{row['rhs']}{where['zh']}的HTMT为{shown}，高于0.90："
                "受访者可能未能区分这两个构念。",
            )
        )
    return out


def _markers(fit: Judged) -> list[Check]:
    out = []
    for row, value in zip(fit.std.rows, fit.std.values, strict=True):
        if row.op != "=~" or row.free or not abs(value) < _limit("marker_loading"):
            continue
        group = fit.solution.groups[row.group - 1]
        where, shown = _in(group.label), unit_number(float(value), 2)
        out.append(
            _check(
                "MARKER_WEAK",
                "caution",
                [row.lhs, row.rhs],
                {"std": float(value), "group": group.label},
                f"{row.rhs}, whose loading fixes the scale of {row.lhs}{where['en']}, has a "
                "standardised loading of "
                f"{shown}: unstandardised numbers hang on it. Read the standardised ones or set std_lv.",
                f"{row.lhs}{where['zh']}以{row.rhs}为标识题目，而其标准化载荷仅为{shown}，"
                "非标准化结果因此很不稳定。"
                f"请看标准化结果，或改用std_lv。",
            )
        )
    return out


def _size(fit: Judged) -> list[Check]:
    # thresholds come from the margins, each from all answers
    thresholds = {r.free for r in fit.solution.table if r.free and r.op == "|"}
    n = sum(s.n for s in fit.samples)
    k = len(fit.solution.theta) - len(thresholds) - fit.solution.table.held
    per = n / max(k, 1)
    if per >= _limit("answers_per_parameter") and n >= _limit("answers"):
        return []
    return [
        _check(
            "FEW_ANSWERS",
            "caution",
            [],
            {"n": n, "npar": k, "answers_per_parameter": per},
            f"There are {n} answers for {k} parameters ({number(per, 1)} each). With fewer than 5 "
            "for each parameter or "
            f"fewer than 100 in all, estimates and tests are unstable.",
            f"{k}个参数仅有{n}份答卷（平均每个参数{number(per, 1)}份）。每个参数不足5份"
            "或总数不足100份时，"
            f"估计与检验均不稳定。",
        )
    ]


def _replicates(replicates: Replicates | None) -> list[Check]:
    """Bootstrap samples for which the model could not be estimated, or only improperly."""
    if replicates is None:
        return []
    out: list[Check] = []
    failed, asked = replicates.failed, replicates.asked
    share = failed / asked
    if share >= _limit("failed_caution"):
        shown = percent(share, 1)
        out.append(
            _check(
                "REPLICATES_FAILED",
                "refuse" if share > _limit("failed_refuse") else "caution",
                [],
                {"failed": failed, "asked": asked},
                f"The model could not be estimated in {failed} of {asked} bootstrap samples ({shown}): "
                f"the intervals rest on the others.",
                f"{asked}个自助样本中有{failed}个（{shown}）无法得到模型估计，置信区间仅由其余样本得出。",
            )
        )
    if replicates.improper:
        count = replicates.improper
        out.append(
            _check(
                "REPLICATES_IMPROPER",
                "note",
                [],
                {"improper": count, "asked": asked},
                f"{count} of {asked} bootstrap samples have a negative variance; they are kept.",
                f"{asked}个自助样本中有{count}个出现负方差估计，仍予保留。",
            )
        )
    return out


def _input(fit: Judged) -> list[Check]:
    of_ordered_items = any(r.op == "|" for r in fit.solution.table)
    if of_ordered_items or not all(s.moments.is_correlation for s in fit.samples):
        return []
    return [
        _check(
            "CORRELATION_INPUT",
            "caution",
            [],
            {},
            "The model was fitted to a correlation matrix as if it were a covariance matrix: χ² and "
            "the standardised "
            "solution hold if the model does not depend on scale, the standard errors are "
            "approximate. Give sd= where "
            "they are known.",
            "模型以相关矩阵代替协方差矩阵拟合：若模型与量纲无关，则χ²与标准化解成立，但标准误只是近似值。"
            "如知道标准差，请用sd=给出。",
        )
    ]
