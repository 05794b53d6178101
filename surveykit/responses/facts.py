"""What is known of a column besides its answers: its response scale, and why answers are missing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from surveykit.errors import SurveykitError, did_you_mean, quote

if TYPE_CHECKING:
    from surveykit.responses.coded import Tally
    from surveykit.responses.core import Responses

__all__ = ["KINDS", "MOST_GROUPS", "demand_groups", "demand_scale", "missing_by_kind", "scale_range"]

MOST_GROUPS = 100

KINDS: dict[str, dict[str, str]] = {
    "not_shown": {"en": "not shown", "zh": "未展示"},
    "skipped": {"en": "skipped", "zh": "跳过未答"},
    "dont_know": {"en": "don't know", "zh": "不清楚"},
    "refused": {"en": "refused", "zh": "拒答"},
    "invalid": {"en": "invalid", "zh": "无效值"},
    "incomplete": {"en": "too few items answered", "zh": "已答题目不足"},
}
"""The kinds of missing and their words; ``incomplete`` is a construct's, the others are an item's."""


def demand_groups(data: Responses, by: str) -> tuple[str, ...]:
    """The groups of ``by``; an unknown column, none at all or more than anyone can compare is an error.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> demand_groups(read(pd.DataFrame({"x": [1, 2], "area": ["south", "north"]})), "area")
    ('north', 'south')
    """
    if not data.has(by):
        meant = () if data.questionnaire is None else data.questionnaire.groups
        possible = dict.fromkeys((*meant, *data.columns))
        raise SurveykitError(
            f"unknown group column {quote(by)}", hint=did_you_mean(by, possible), code="UNKNOWN_GROUP"
        )
    groups = data.groups(by)
    if not 0 < len(groups) <= MOST_GROUPS:
        q = data.questionnaire
        item = None if q is None else q.items.get(by)
        raise SurveykitError(
            f"{quote(by)} makes no groups that could be compared",
            expected=f"1 to {MOST_GROUPS} different values",
            got=f"{len(groups):,}",
            hint="put groups together in a column of its own (regions in place of shops), or compare a part of them at a time"
            if item is not None and item.options
            else "a column that names every person, or a measurement, is not a group",
            code="GROUPS",
        )
    return groups


def scale_range(data: Responses, column: str) -> tuple[float, float] | None:
    """The declared ends of an item's response scale, or of the scale that all items of a construct share.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> scale_range(read(pd.DataFrame({"recommend": [9, 10]}), "nps"), "recommend")
    (0.0, 10.0)
    """
    q = data.questionnaire
    if q is None:
        return None
    construct = q.constructs.get(column)
    items = (column,) if construct is None else construct.items
    scales = [q.items[item].scale if item in q.items else None for item in items]
    ranges = {None if s is None else (float(s.min), float(s.max)) for s in scales}
    return ranges.pop() if len(ranges) == 1 else None


def demand_scale(data: Responses, column: str, needed: tuple[float, float], metric: str) -> None:
    """The declared scale, where there is one, must be the one that defines the metric."""
    declared = scale_range(data, column)
    if declared is not None and declared != needed:
        raise SurveykitError(
            f"{metric} cannot be computed from {quote(column)}",
            expected=f"an item on the scale {needed[0]:g} to {needed[1]:g}",
            got=f"a scale from {declared[0]:g} to {declared[1]:g}",
            hint="the metric is defined on that scale only; choose another item or another metric",
            code="SCALE_DEMAND",
        )


def missing_by_kind(data: Responses, column: str, by: str | None = None) -> dict[str, dict[str, int]]:
    """How many answers to ``column`` are missing, by group (``""`` is everybody) and kind.

    A construct or derived column knows one kind only, ``incomplete``. Kinds that do not occur are
    left out.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> missing_by_kind(read(pd.DataFrame({"x": [1.0, None, 3.0]})), "x")
    {'': {'skipped': 1}}
    """
    from surveykit.responses.statistics import counts_of

    found = data.tally(column, by)
    if found is not None:
        return _kinds_of(found, data.groups(by) if by else ("",), by)
    kind = f"{column}__missing"
    if kind not in data.native.collect_schema().names():
        tables = data.counts(column, by=by) if by else {"": data.counts(column)}
        return {g: {"incomplete": t.missing} if t.missing else {} for g, t in tables.items()}
    rows = data._with([by] if by else []).native
    tables = counts_of(rows, [kind], by, None, lambda _, kinds: sorted(kinds))
    return {
        group: {
            str(k): int(n) for k, n in zip(tables[group].levels[0], tables[group].n, strict=True) if k and n
        }
        for group in (data.groups(by) if by else tables)
        if group in tables
    }


def _kinds_of(tally: Tally, groups: tuple[str, ...], by: str | None) -> dict[str, dict[str, int]]:
    """The kinds of missing in a table of codes, by group."""
    from surveykit.responses.statistics import group_label

    rows: dict[str, dict[str, int]] = {group: {} for group in groups}
    for i, group in enumerate(tally.groups):
        if by is not None and group is None:
            continue
        kinds = rows[group_label(group) if by else ""]
        for kind, n in zip(tally.kinds, tally.n[i].tolist(), strict=True):
            if kind and n:
                kinds[kind] = kinds.get(kind, 0) + n
    return {group: dict(sorted(kinds.items())) for group, kinds in rows.items()}
