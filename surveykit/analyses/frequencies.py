"""Frequencies of questions with given answers: one answer, or several (multiple response).

Every share has its base stated. With several answers the base is the respondents who answered the
question (shares add up to more than one), or all their answers (shares add up to one). Shares of
respondents have Wilson's score interval, with weights at Kish's n_eff; shares of answers have none,
because one person's answers are no independent draws.
"""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._sampling import design_note
from surveykit.bases import (
    MIN_BASE,
    closed_check,
    closed_table,
    few_check,
    set_aside_check,
    suppressed,
    suppressed_check,
)
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.intervals import wilson
from surveykit.options import Confidence, Names, Options
from surveykit.responses.cells import number_of
from surveykit.responses.choices import column_of
from surveykit.responses.domains import Domain, share_of
from surveykit.responses.facts import demand_groups
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.moments import Counts
    from surveykit.responses import Responses

TITLE = {"en": "Frequencies", "zh": "频数分析"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "count", "item", "code", "n_eff", "deff",
    "remark",
)  # fmt: skip
Base = Literal["respondents", "answers"]


class FrequenciesOptions(Options):
    """Which questions are counted, and what a share of several answers refers to."""

    items: Names = Field((), description="questions with options; all of the questionnaire's if left out")
    by: str | None = Field(None, description="a grouping column: one row per option and group")
    base: Base = Field("respondents", description="of several answers: share of respondents or of answers")
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    min_base: int = Field(MIN_BASE, ge=MIN_BASE, description="groups of fewer people are not shown")
    min_cell: int = Field(
        0,
        ge=0,
        description="counts of fewer people in a group are not shown, nor what would give them away; a study's min_cell, else 0",
    )


@analyses.register(
    "frequencies",
    title=TITLE,
    reference="Wilson 1927, JASA 22(158); Kish 1965, Survey Sampling",
    evidence="brute force over rows, weighted and by group; exact recovery of written exports",
    example='analyse(data, "frequencies", items=["films"], base="respondents")',
    options=FrequenciesOptions,
    knows_design=True,
    closes_cells=True,
)
def frequencies(data: Responses, options: FrequenciesOptions) -> Estimates:
    """One row per option (and group): ``count`` people or answers of ``n``, ``estimate`` their share.

    ``term`` is ``item=code``. ``n`` is the base: respondents who answered the question, or with
    ``base="answers"`` all answers to it. With weights ``estimate`` is weighted, ``n`` and ``count`` are not.

    >>> import pandas as pd
    >>> from surveykit.questionnaire import Questionnaire
    >>> from surveykit.responses import read
    >>> q = Questionnaire.from_text('''
    ... {id: t, title: T, items: {m: {text: Which, type: multi, options: {a: Tea, b: Coffee}}}}''')
    >>> data = read(pd.DataFrame({"m": ["Tea;Coffee", "Tea", "Coffee", None, "Tea"]}), q)
    >>> frequencies(data, FrequenciesOptions()).tidy()[["term", "n", "count", "estimate"]].values.tolist()
    [['m=a', 4, 3, 0.75], ['m=b', 4, 2, 0.5]]
    """
    if options.by is not None:
        demand_groups(data, options.by)
    names = _items(data, options.items)
    rows = [row for name in names for row in _rows(data, name, options)]
    bases = {r["item"]: r["n_eff"] for r in rows if not r["remark"] and options.base == "respondents"}
    checks = (
        suppressed_check(
            dict.fromkeys(r["group"] for r in rows if r["remark"] == "suppressed" and not r["n"]),
            max(options.min_base, options.min_cell),
        ),
        closed_check(any(r["remark"] == "suppressed" and r["n"] for r in rows), options.min_cell),
        few_check(bases),
        None if options.by is None else set_aside_check(data.set_aside(options.by), options.by),
    )
    several = any(_is_multiple(data, n) for n in names)
    return Estimates(
        name="frequencies",
        title=TITLE,
        estimates=Table.of(rows, COLUMNS),
        facts={"n": data.n_rows, "items": len(names), "by": options.by or "", "weight": data.weight or ""},
        choices=(
            "interval: logit scale, Student's t" if data.design.is_complex else "interval: Wilson",
            *design_note(data),
            *((f"base of several answers: {options.base}",) if several else ()),
        ),
        judged=tuple(c for c in checks if isinstance(c, Check)),
        options=options.model_dump(mode="json"),
    )


def _items(data: Responses, wanted: tuple[str, ...]) -> tuple[str, ...]:
    q = data.questionnaire
    known = [] if q is None else [i.id for i in q.items.values() if i.options and i.id in data.columns]
    for name in wanted:
        if name not in known:
            raise SurveykitError(
                f"{quote(name)} is no question with options",
                expected=", ".join(known[:12]) or "a questionnaire with options",
                hint=did_you_mean(name, known),
                code="NO_OPTIONS",
            )
    if not known:
        raise SurveykitError("there is no question with options", code="NO_ITEMS")
    return wanted or tuple(known)


def _is_multiple(data: Responses, name: str) -> bool:
    q = data.questionnaire
    return q is not None and q.items[name].type == "multi"


def _rows(data: Responses, name: str, options: FrequenciesOptions) -> list[dict[str, Any]]:
    q = data.questionnaire
    codes = [str(c) for c in q.items[name].options] if q is not None else []
    ticks = _ticks(data, name, codes, options.by)
    bases = {group: tally[codes[0]][2].total for group, tally in ticks.items()}
    least = max(options.min_base, options.min_cell)
    hidden = suppressed(bases, least) if options.by is not None else frozenset[str]()
    closed = _closed(ticks, codes, hidden, options, several=_is_multiple(data, name))
    rows = []
    for code in codes:
        for group, tally in ticks.items():
            row = _row(tally, code, options)
            row |= {"term": f"{name}={code}", "group": group, "item": name, "code": code, "remark": ""}
            if group in hidden:
                row |= dict.fromkeys(("estimate", "se", "low", "high"), math.nan)
                row |= {"n": 0, "count": 0, "remark": "suppressed"}
            elif not row["n"]:
                row["remark"] = "no_answers"
            elif (code, group) in closed:
                row |= dict.fromkeys(("estimate", "se", "low", "high", "count"))
                row["remark"] = "suppressed"
            elif data.design.is_complex and options.base == "respondents":
                row |= _designed(data, name, code, group, options)
            rows.append(row)
    return rows


def _closed(
    ticks: dict[str, Tally],
    codes: list[str],
    hidden: frozenset[str],
    options: FrequenciesOptions,
    *,
    several: bool,
) -> frozenset[tuple[str, str]]:
    """The options of groups that few people chose, with those that would tell; of several answers also those few left out."""
    if options.by is None or not options.min_cell:
        return frozenset()
    groups = list(ticks)
    out = [j for j, g in enumerate(groups) if g in hidden]
    chosen = np.array([[ticks[g][c][1] for g in groups] for c in codes])
    if several:
        bases = np.array([[ticks[g][c][2].total for g in groups] for c in codes])
        tables = [np.array([row, base - row]) for row, base in zip(chosen, bases, strict=True)]
        shut = np.array([closed_table(t, options.min_cell, out)[1].any(axis=0) for t in tables])
    else:
        shut = closed_table(chosen, options.min_cell, out)[1]
    return frozenset((codes[i], groups[j]) for i, j in np.argwhere(shut))


def _designed(
    data: Responses, name: str, code: str, group: str, options: FrequenciesOptions
) -> dict[str, float]:
    """The share of one option with the design's error; respondents who answered the question are the domain."""
    column = column_of(name, code) if _is_multiple(data, name) else name
    chosen = _chosen(data, column, None if _is_multiple(data, name) else code)
    if options.by:
        from surveykit.responses.statistics import group_label

        labels = data.frame([options.by])[options.by].map(group_label, na_action="ignore").to_numpy()
        chosen = np.where(labels == group, chosen, np.nan)
    return share_of(Domain(data.sampling(), chosen).mean_of(lambda x: x), options.confidence)


def _chosen(data: Responses, column: str, code: str | None) -> NDArray[np.float64]:
    """1 where the option was chosen, 0 where not, NaN where the question was not answered."""
    values = data.frame([column])[column]
    if code is None:
        return np.asarray(values, dtype=float)
    number = number_of(code)
    if column in data.numeric and number is not None:
        hit = values.to_numpy(dtype=float) == number
    else:
        hit = (values == code).to_numpy()
    return np.where(values.notna().to_numpy(), np.asarray(hit, dtype=float), np.nan)


Tally = dict[str, tuple[float, int, "Counts"]]


def _ticks(data: Responses, name: str, codes: list[str], by: str | None) -> dict[str, Tally]:
    """Per group and option: its weight, its count, and the table that holds its base."""
    found: dict[str, Tally] = {}
    if _is_multiple(data, name):
        for code in codes:
            for group, table in _tables(data, column_of(name, code), by).items():
                weight, count = _of(table, 1.0)
                found.setdefault(group, {})[code] = (weight, count, table)
        return found
    for group, table in _tables(data, name, by).items():
        found[group] = {code: (*_of(table, code), table) for code in codes}
    return found


def _tables(data: Responses, column: str, by: str | None) -> dict[str, Counts]:
    return {"": data.counts(column)} if by is None else data.counts(column, by=by)


def _of(table: Counts, level: float | str) -> tuple[float, int]:
    """Weight and number of the people at one level."""
    for value, weight, n in zip(table.levels[0], table.w, table.n, strict=True):
        if value == level or (isinstance(level, str) and str(value) == level):
            return float(weight), int(n)
    return 0.0, 0


def _row(tally: Tally, code: str, options: FrequenciesOptions) -> dict[str, Any]:
    weight, count, table = tally[code]
    if options.base == "answers":
        total = sum(w for w, _, _ in tally.values())
        answers = sum(n for _, n, _ in tally.values())
        share = weight / total if total else math.nan
        return {"n": answers, "estimate": share, "se": math.nan, "low": math.nan, "high": math.nan,
                "count": count, "n_eff": float(answers), "deff": math.nan}  # fmt: skip
    if not table.total:
        empty = dict.fromkeys(("estimate", "se", "low", "high"), math.nan)
        return {**empty, "n": 0, "count": 0, "n_eff": 0.0, "deff": math.nan}
    found = wilson(weight / table.sumw, table.n_eff, options.confidence)
    return {"n": table.total, "estimate": found.estimate, "se": found.se, "low": found.low, "high": found.high,
            "count": count, "n_eff": table.n_eff, "deff": table.total / table.n_eff}  # fmt: skip
