"""One analysis per group: a group that cannot be analysed is left out with its reason, never in silence."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, Protocol, TypeVar

from surveykit.bases import MIN_BASE, REMARKS
from surveykit.errors import SurveykitError, quote
from surveykit.results import Check

__all__ = ["demand_base", "each_group", "facts_of", "in_group", "left_out"]

REASONS = {
    "SUPPRESSED": REMARKS["suppressed"]["zh"],
    "TOO_FEW_ROWS": "完整答卷太少",
    "CONSTANT_COLUMN": "某一列的答案完全相同",
    "COLLINEAR": "变量之间线性相关",
    "SEPARATION": "预测变量把结果类别完全分开",
    "NOT_CONVERGED": "模型未收敛",
    "NOT_BINARY": "结果变量不是二分类",
    "NOT_ORDINAL": "结果变量的类别数不合适",
    "UNKNOWN_LEVEL": "参照类别未出现",
}


class Part(Protocol):
    """What belongs to one group; its label is "" where everybody is taken together."""

    @property
    def group(self) -> str: ...


P = TypeVar("P", bound=Part)


def each_group(parts: Iterable[P], run: Callable[[P], None], checks: list[Check]) -> None:
    """``run`` each part; note the groups for which it fails; raise where nothing was found for anybody."""
    done, last = 0, None
    for part in parts:
        try:
            run(part)
            done += 1
        except SurveykitError as error:
            if not part.group:
                raise
            last = in_group(error, part.group)
            checks.append(left_out(error, part.group))
    if last is not None and not done:
        raise last


def demand_base(n: int, group: str) -> None:
    """Refuse a group of so few people that its numbers would tell about single ones."""
    if group and n < MIN_BASE:
        raise SurveykitError(REMARKS["suppressed"]["en"], expected=f"at least {MIN_BASE}", code="SUPPRESSED")


def in_group(error: SurveykitError, group: str) -> SurveykitError:
    """The same complaint, with the group it concerns."""
    where = f"group {quote(group)}"
    return SurveykitError(error.what, where, error.expected, error.got, error.hint, code=error.code)


def left_out(error: SurveykitError, group: str) -> Check:
    """The caution that a group has no result, and why."""
    reason = error.what + (f": {error.got}" if error.got else "")
    return Check(
        "group_left_out",
        "caution",
        {
            "en": f"Group {group} has no result ({reason}).",
            "zh": f"“{group}”组没有结果（{REASONS.get(error.code, '不满足分析条件')}）。",
        },
        about=(group,),
        values={"code": error.code},
    )


def facts_of(models: Sequence[Mapping[str, Any]], by: str | None) -> dict[str, Any]:
    """The one row of ``glance()``: the model's facts, or how many answers and groups there are."""
    if by is None:
        return {k: v for k, v in models[0].items() if k != "group"}
    return {"n": sum(m["n"] for m in models), "groups": len(models)}
