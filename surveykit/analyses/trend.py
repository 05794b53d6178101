"""Trends: the same questions over waves, each wave with its interval and its difference from the wave before.

Waves are the groups of one column: numbers, names in the order of the questionnaire, or days that are gathered into
months, quarters or years. Respondents of different waves are other people (cross-sections). Where a question changed
between two waves, no difference is computed over the change.
"""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from pydantic import BaseModel, ConfigDict, Field, field_validator

from surveykit.analyses import analyses
from surveykit.analyses._sampling import design_note
from surveykit.analyses._tabulation import (
    Cells,
    Groups,
    Line,
    Statistic,
    cells_of,
    demand_rows_known,
    groups_of,
    lines_of,
    pair_tests,
    words_for,
)
from surveykit.bases import MIN_BASE, few_check, set_aside_check, suppressed, suppressed_check
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.intervals import adjusted_p, t_value, z_value
from surveykit.options import Confidence, Many, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

TITLE = {"en": "Trend", "zh": "趋势"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "n_eff", "deff", "weighted", "item", "code", "statistic", "unit",
    "before", "difference", "difference_low", "difference_high", "p", "p_adjusted", "change", "remark",
)  # fmt: skip
MOST_WAVES = 60
Comparable = Literal["no", "caution"]
CHANGED = {
    "no": {
        "en": "{name} was changed before {wave}: its values before and after are not compared.",
        "zh": "{name}在“{wave}”之前有改动，改动前后的数值不作比较。",
    },
    "caution": {
        "en": "{name} was changed slightly before {wave}: a difference may come from the wording.",
        "zh": "{name}在“{wave}”之前略有改动，差异可能来自措辞。",
    },
}
_DAY = re.compile(r"^(\d{4})[-/.年](\d{1,2})(?:[-/.月](\d{1,2})日?)?")


class ChangeSpec(BaseModel):
    """What became of a question with a wave: ``no`` (values no longer compare) or ``caution``, and why."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    trend: Comparable = "no"
    en: str = ""
    zh: str = ""


class TrendOptions(Options):
    """Which questions are followed, over which waves."""

    rows: Names = Field(
        (),
        description="items, constructs, or metrics (nps, csat, ces, mean); constructs or scales if left out",
    )
    wave: str = Field(description="the column that says to which wave, or on which day, somebody answered")
    period: Literal["as_is", "month", "quarter", "year"] = Field(
        "as_is", description="gather days (2026-11-22) into months, quarters or years"
    )
    changed: dict[str, dict[str, ChangeSpec]] = Field(
        default_factory=dict,
        description="wave: questions that were changed with it, each `no` or `caution`, or a list of those that were",
    )
    statistics: Many[Statistic] = Field(
        ("mean", "shares"), description="of each question: mean, shares (of options), top (highest points)"
    )
    top: int = Field(2, ge=1, description="how many of the highest scale points are counted together")
    adjust: Literal["none", "holm", "bh"] = Field(
        "holm", description="p-values of all differences adjusted for their number"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    min_base: int = Field(MIN_BASE, ge=MIN_BASE, description="waves with fewer people are not shown")

    @field_validator("changed", mode="before")
    @classmethod
    def _short(cls, value: Any) -> Any:
        """``{2026: [a, b]}`` and ``{2026: {a: caution}}`` for the long form."""
        if not isinstance(value, Mapping):
            return value
        found: dict[str, Any] = {}
        for wave, names in value.items():
            listed = [names] if isinstance(names, str) else names
            entries = listed if isinstance(listed, Mapping) else dict.fromkeys(listed, "no")
            found[str(wave)] = {str(k): {"trend": v} if isinstance(v, str) else v for k, v in entries.items()}
        return found


@analyses.register(
    "trend",
    title=TITLE,
    reference="Welch 1947, Biometrika 34; Kish 1965, Survey Sampling",
    evidence="brute force over rows: the tests of the banner table between neighbouring waves",
    example='analyse(data, "trend", rows=["nps", "Satisfaction"], wave="year", changed={"2026": ["Satisfaction"]})',
    options=TrendOptions,
    knows_design=True,
    closes_cells=True,
)
def trend(data: Responses, options: TrendOptions) -> Estimates:
    """One row per line and wave; ``difference`` is from the wave ``before`` that was answered and shown.

    ``change`` is ``no`` where the question was changed with this wave (then there is no difference) and ``caution`` where
    the change may matter. Tables: ``changes`` (what changed and why), ``names``.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 3, 4] * 20 + [3, 4, 5, 5] * 20, "year": [2025] * 80 + [2026] * 80}))
    >>> found = trend(data, TrendOptions(rows="x", wave="year")).tidy()
    >>> found[["group", "n", "estimate", "difference"]].values.tolist()[1]
    ['2026', 80, 4.25, 1.75]
    """
    names = _names(data, options)
    demand_rows_known(data, names)
    waves = _waves(data, options)
    _demand_known(data, options, waves)
    sampling = data.sampling() if data.design.is_complex else None
    weights = data.frame([data.columns[0]], weights=True)["_weight"].to_numpy(dtype=float)
    rows: list[dict[str, Any]] = []
    for _, lines in lines_of(data, names, options.statistics, top=options.top, points=0):
        for line in lines:
            cells = cells_of(line, waves, weights, sampling, options.confidence)
            rows += _series(data, line, cells, waves, sampling, options)
    if not rows:
        raise SurveykitError(
            "there is nothing to follow", expected="questions with a mean or shares", code="NO_ITEMS"
        )
    for row, q in zip(rows, adjusted_p([r["p"] for r in rows], options.adjust), strict=True):
        row["p_adjusted"] = float(q)
    hidden = dict.fromkeys(r["group"] for r in rows if r["remark"] == "suppressed")
    shown = {r["group"]: r["n_eff"] for r in rows if not r["remark"]}
    checks = (
        suppressed_check(hidden, options.min_base), few_check(shown), set_aside_check(data.set_aside(options.wave), options.wave),
        *_changes_said(data, options, names),
    )  # fmt: skip
    return Estimates(
        name="trend",
        title=TITLE,
        estimates=Table.of(rows, COLUMNS),
        facts={
            "n": int(waves.inside.any(axis=0).sum()), "waves": len(waves.labels), "lines": len({r["term"] for r in rows}),
            "tests": sum(not math.isnan(r["p"]) for r in rows), "weight": data.weight or "",
        },
        choices=_choices(data, options),
        judged=tuple(c for c in checks if c is not None),
        further={"changes": Table.of(_changes(data, options), ("wave", "item", "trend", "en", "zh")),
                 "names": Table.of(_labels(data, names, waves, options))},
        options=options.model_dump(mode="json"),
    )  # fmt: skip


def _names(data: Responses, options: TrendOptions) -> tuple[str, ...]:
    if options.rows:
        return options.rows
    q = data.questionnaire
    if q is None:
        return tuple(c for c in data.columns if c in data.numeric and c not in (data.weight, options.wave))
    constructs = tuple(c for c in q.constructs if data.has(c))
    return constructs or tuple(i.id for i in q.items.values() if i.scale is not None and data.has(i.id))


def _waves(data: Responses, options: TrendOptions) -> Groups:
    """The waves in order; days are gathered into the period."""
    found = groups_of(data, options.wave) if options.period == "as_is" else _periods(data, options)
    if not found.apart:
        raise SurveykitError(
            f"{quote(options.wave)} is a question with several answers, no wave", code="GROUPS"
        )
    if not 2 <= len(found.labels) <= MOST_WAVES:
        raise SurveykitError(
            f"{quote(options.wave)} makes no trend", expected=f"2 to {MOST_WAVES} waves", got=str(len(found.labels)),
            hint="gather days with `period: month`" if len(found.labels) > MOST_WAVES else "", code="WAVES",
        )  # fmt: skip
    return found


def _periods(data: Responses, options: TrendOptions) -> Groups:
    if not data.has(options.wave):
        raise SurveykitError(
            f"unknown wave column {quote(options.wave)}", hint=did_you_mean(options.wave, data.columns), code="UNKNOWN_GROUP"
        )  # fmt: skip
    column = data.frame([options.wave])[options.wave]
    labels = [None if v is None or v != v else _period(str(v), options) for v in column.tolist()]
    known = sorted({v for v in labels if v is not None})
    return Groups(options.wave, tuple(known), np.array([[v == k for v in labels] for k in known], dtype=bool))


def _period(text: str, options: TrendOptions) -> str:
    found = _DAY.match(text.strip())
    month = int(found.group(2)) if found else 0
    if found is None or not 1 <= month <= 12:
        raise SurveykitError(
            f"{quote(options.wave)} holds something that is no day",
            expected="2026-11-22",
            got=quote(text),
            code="DAY",
        )
    year = found.group(1)
    if options.period == "year":
        return year
    return f"{year}-{month:02d}" if options.period == "month" else f"{year}-Q{(month + 2) // 3}"


def _demand_known(data: Responses, options: TrendOptions, waves: Groups) -> None:
    for wave, names in options.changed.items():
        if wave not in waves.labels:
            raise SurveykitError(
                f"changed names the wave {quote(wave)}, which nobody answered",
                expected=", ".join(waves.labels[:12]), hint=did_you_mean(wave, waves.labels), code="WAVES",
            )  # fmt: skip
        q = data.questionnaire
        for name in names:
            metric = q is not None and name in q.metrics
            item = q is not None and name in q.items
            if not (data.has(name) or metric or item):
                raise SurveykitError(
                    f"changed names {quote(name)}, which is not in the questionnaire",
                    hint=did_you_mean(name, data.columns), code="UNKNOWN_ITEM",
                )  # fmt: skip


def change_of(data: Responses, options: TrendOptions, item: str, wave: str) -> str:
    """Whether a line may be compared with the wave before: "", ``caution`` or ``no``; that of its worst part."""
    changed = options.changed.get(wave, {})
    q = data.questionnaire
    parts = {item}
    if q is not None:
        metric = q.metrics.get(item)
        if metric is not None:
            named = [v for k in ("item", "construct") if isinstance(v := metric.options.get(k), str)]
            parts |= {*named, *(p for k in ("items", "constructs") for p in metric.options.get(k) or ())}
        for name in tuple(parts):
            if name in q.constructs:
                parts |= set(q.constructs[name].items)
    found = {changed[p].trend for p in parts if p in changed}
    return "no" if "no" in found else "caution" if found else ""


def _series(
    data: Responses, line: Line, cells: Cells, waves: Groups, sampling: Any, options: TrendOptions
) -> list[dict[str, Any]]:
    out = suppressed({str(j): int(n) for j, n in enumerate(cells.n)}, options.min_base)
    used = [j for j in range(len(waves.labels)) if cells.n[j] > 0 and str(j) not in out]
    pairs = {b: a for a, b in pairwise(used)}
    changes = [change_of(data, options, line.item, w) for w in waves.labels]
    rows = []
    for j, wave in enumerate(waves.labels):
        row: dict[str, Any] = {
            "term": line.term, "group": wave, "item": line.item, "code": line.code, "statistic": line.statistic,
            "unit": line.unit, "before": "", "difference": math.nan, "difference_low": math.nan,
            "difference_high": math.nan, "p": math.nan,
            "change": changes[j], "remark": "",
        }  # fmt: skip
        if j not in used:
            rows.append({**row, "remark": "suppressed" if cells.n[j] else "no_answers"})
            continue
        row |= {
            "n": int(cells.n[j]), "estimate": float(cells.estimate[j]), "se": float(cells.se[j]), "low": float(cells.low[j]),
            "high": float(cells.high[j]), "n_eff": float(cells.n_eff[j]), "deff": float(cells.deff[j]),
            "weighted": float(cells.weighted[j]),
        }  # fmt: skip
        if j in pairs:
            before = pairs[j]
            between = set(changes[before + 1 : j + 1])
            row["change"] = "no" if "no" in between else "caution" if "caution" in between else ""
            if row["change"] != "no":
                row |= _gap(line, cells, waves, (j, before), sampling, options)
        rows.append(row)
    return rows


def _gap(
    line: Line, cells: Cells, waves: Groups, pair: tuple[int, int], sampling: Any, options: TrendOptions
) -> dict[str, Any]:
    """This wave less the one before, with interval and p."""
    found = pair_tests(line, cells, waves, [pair], sampling)
    df, gap = float(found.df[0]), float(found.estimate[0])
    # the interval has separate variances, also where the test pools them
    se = math.hypot(cells.se[pair[0]], cells.se[pair[1]]) if math.isinf(df) else float(found.se[0])
    half = (z_value(options.confidence) if math.isinf(df) else t_value(options.confidence, df)) * se
    return {
        "before": waves.labels[pair[1]], "difference": gap, "difference_low": gap - half, "difference_high": gap + half,
        "p": float(found.p[0]),
    }  # fmt: skip


def _changes(data: Responses, options: TrendOptions) -> list[dict[str, Any]]:
    """What changed, with the verdict that was followed: a construct is compared no more than its questions are."""
    return [
        {
            "wave": wave,
            "item": name,
            "trend": change_of(data, options, name, wave),
            "en": spec.en,
            "zh": spec.zh,
        }
        for wave, names in options.changed.items()
        for name, spec in names.items()
    ]


def _changes_said(data: Responses, options: TrendOptions, names: Sequence[str]) -> list[Check]:
    """A caution for each followed line and wave that a change touches."""
    checks = []
    for wave in options.changed:
        for name in names:
            kind = change_of(data, options, name, wave)
            if kind:
                texts = {k: t.format(name=name, wave=wave) for k, t in CHANGED[kind].items()}
                checks.append(Check("ITEM_CHANGED", "caution", texts, (name,), {"wave": wave, "trend": kind}))
    return checks


def _labels(
    data: Responses, names: Sequence[str], waves: Groups, options: TrendOptions
) -> list[dict[str, str]]:
    """Words for waves and for the options of the lines."""
    q = data.questionnaire
    found = [(options.wave, w) for w in waves.labels]
    found += [(n, str(c)) for n in names if q is not None and n in q.items for c in q.items[n].options]
    return words_for(data, found)


def _choices(data: Responses, options: TrendOptions) -> tuple[str, ...]:
    weighted = f"weighted by {data.weight}, at Kish's n_eff" if data.weight else "not weighted"
    tests = (
        "differences of domains"
        if data.design.is_complex
        else "z-tests of shares and net scores, Welch's t-tests of means"
    )
    return (
        f"Waves are those of {options.wave}{'' if options.period == 'as_is' else f', gathered by {options.period}'}; {weighted}.",
        f"Each wave against the one before: {tests}; p adjusted: {options.adjust}, over all differences. Respondents of "
        "different waves are taken for other people.",
        *design_note(data),
    )


__all__ = ["ChangeSpec", "TrendOptions", "change_of", "trend"]
