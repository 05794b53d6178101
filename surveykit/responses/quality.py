"""Which respondents answered with care: indicators, reasons and a grade per person, and answers without some.

No single indicator proves carelessness. Those that see the same thing form a family; a grade counts
families, so that a straight-liner is not convicted three times. Nothing is removed here unless asked for.
The table per respondent is for the analyst: results and reports hold counts by reason only.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray
from pydantic import Field

from surveykit import quality as kernels
from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.options import Names, Options
from surveykit.responses.durations import seconds_of

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.responses.core import Responses

__all__ = ["GRADES", "REASONS", "Judged", "QualityOptions", "Reason", "graded", "judge", "without"]

Array = NDArray[np.float64]
Mask = NDArray[np.bool_]
_FIGURE_ITEMS = 14
_FIGURE = 0.9
_MOST_PAIRED = 10_000
_SCATTER_ITEMS = 8


@dataclass(frozen=True, slots=True)
class Reason:
    """Why a respondent is doubted: its words, its family, and how much it counts (2: alone enough)."""

    texts: Mapping[str, str]
    family: str
    points: int = 1


def _reason(family: str, en: str, zh: str, points: int = 1) -> Reason:
    return Reason({"en": en, "zh": zh}, family, points)


REASONS: dict[str, Reason] = {
    "attention": _reason("attention", "failed an attention check", "未通过注意力检测题", 2),
    "contradiction": _reason("contradiction", "contradicted an earlier answer", "前后回答自相矛盾", 2),
    "duplicate": _reason("duplicate", "same answers as another respondent", "与另一份答卷完全相同", 2),
    "near_duplicate": _reason(
        "duplicate", "nearly the same answers as another respondent", "与另一份答卷几乎相同"
    ),
    "speed": _reason("speed", "answered implausibly fast", "作答时间过短"),
    "opposed": _reason(
        "pattern",
        "same answer to items of opposite meaning throughout",
        "对正向题与反向题一律选择同一答案",
        2,
    ),
    "figure": _reason(
        "pattern", "answers repeat a figure such as 1-2-3-4-5", "作答呈规律性循环（如1-2-3-4-5）", 2
    ),
    "straight": _reason("pattern", "same answer throughout a battery", "整组题目选择同一答案"),
    "longstring": _reason("pattern", "long run of the same answer", "连续选择同一答案过长"),
    "low_variance": _reason("pattern", "answers hardly vary", "各题作答几乎没有差异"),
    "even_odd": _reason("consistency", "inconsistent within scales", "同一量表内部前后不一致"),
    "scatter": _reason("consistency", "answers scatter within scales", "同一量表内各题作答过于分散"),
    "synonyms": _reason("consistency", "items that go together answered apart", "高度相关的题目作答不一致"),
    "antonyms": _reason("consistency", "opposite items answered alike", "意思相反的题目作答相同"),
    "outlier": _reason("outlier", "unusual combination of answers", "作答组合异常"),
    "missing": _reason("missing", "most questions left out", "多数题目未作答"),
}
"""Every reason for doubt, in the order in which a row that is set aside is counted."""

GRADES: dict[str, Mapping[str, str]] = {
    "good": {"en": "nothing against it", "zh": "未发现问题"},
    "doubtful": {"en": "one kind of doubt", "zh": "存在一类疑点"},
    "poor": {"en": "several kinds of doubt, or a clear fault", "zh": "存在多类疑点或明显问题"},
}


class QualityOptions(Options):
    """What counts as careless; the defaults are those of the literature, on the lenient side."""

    items: Names = Field(
        default=(), description="items on response scales, in the order asked; all of the questionnaire"
    )
    duration: str | None = Field(default=None, description="the column with the time that an interview took")
    speed: float = Field(
        default=2.5, gt=0, description="robust deviations below the median log time (and under half of it)"
    )
    apart: float = Field(
        default=2.0,
        gt=0,
        description="robust deviations below the median consistency of a person (Fisher's z)",
    )
    straight: int = Field(
        default=5, ge=3, description="items that a battery must have to be judged for straight-lining"
    )
    longstring: int | None = Field(
        default=None, ge=4, description="run of equal answers; half of the items, at least 8"
    )
    low_variance: float = Field(
        default=3.0, gt=0, description="robust deviations below the median spread of a person"
    )
    scatter: float = Field(
        default=3.0, gt=0, description="robust deviations above the median scatter within scales"
    )
    consistency: float = Field(
        default=0.0, ge=-1, le=1, description="even-odd and synonym correlations below this are doubted"
    )
    synonyms: float = Field(
        default=0.6, gt=0, lt=1, description="correlation from which two items are synonyms"
    )
    outlier: float = Field(
        default=0.001, gt=0, lt=0.5, description="probability below which a combination is unusual"
    )
    missing: float = Field(
        default=0.5, gt=0, le=1, description="share of items left out from which an answer is doubted"
    )
    ignore: Names = Field(default=(), description="reasons not to be used")


@dataclass(frozen=True, slots=True, eq=False)
class Judged:
    """The verdict: ``reasons`` one boolean column per reason that could be judged, ``values`` the indicators.

    ``skipped`` says which reasons could not be judged, and why.
    """

    reasons: pd.DataFrame
    values: pd.DataFrame
    skipped: Mapping[str, str]

    @property
    def points(self) -> NDArray[np.int64]:
        """Families of doubt per respondent; a clear fault counts two."""
        total = np.zeros(len(self.reasons), dtype=np.int64)
        for family in dict.fromkeys(r.family for r in REASONS.values()):
            members = [n for n in self.reasons.columns if REASONS[n].family == family]
            if members:
                hits = self.reasons[members].to_numpy() * np.array([REASONS[n].points for n in members])
                total += hits.max(axis=1)
        return total

    @property
    def grade(self) -> list[str]:
        """``good``, ``doubtful`` or ``poor`` for each respondent."""
        names = list(GRADES)
        return [names[min(p, 2)] for p in self.points.tolist()]

    def frame(self) -> pd.DataFrame:
        """One row per respondent in file order: grade, reasons as text, indicators. Not for a report.

        >>> import pandas as pd
        >>> from surveykit.responses import read
        >>> rows = [[1, 2, 4, 3, 5], [3, 3, 3, 3, 3], [5, 4, 2, 3, 4]]
        >>> data = read(pd.DataFrame(rows, columns=list("abcde")))
        >>> judge(data, QualityOptions(items=tuple("abcde"))).frame()[["grade", "reasons"]].values.tolist()
        [['good', ''], ['doubtful', 'straight, low_variance'], ['good', '']]
        """
        names = self.reasons.columns
        told = [
            ", ".join(n for n, hit in zip(names, row, strict=True) if hit) for row in self.reasons.to_numpy()
        ]
        out = self.values.copy()
        out.insert(0, "grade", self.grade)
        out.insert(1, "reasons", told)
        return out


def judge(data: Responses, options: QualityOptions | None = None) -> Judged:
    """Every respondent's indicators and reasons for doubt.

    Raises :class:`SurveykitError` where there are no items on response scales, or a column is unknown.
    """
    import pandas as pd

    chosen = options or QualityOptions.model_validate({})
    unknown = [n for n in chosen.ignore if n not in REASONS]
    if unknown:
        raise SurveykitError(
            f"unknown reason {quote(unknown[0])}", hint=did_you_mean(unknown[0], REASONS), code="OPTION_VALUE"
        )
    items = _items(data, chosen.items)
    keyed = data.frame(items).to_numpy(dtype=float) if items else np.empty((data.n_rows, 0))
    raw = _as_answered(data, items, keyed)
    found = _Found(len(keyed))
    _declared(data, found)
    _speed(data, keyed, chosen, found)
    if items:
        _patterns(data, items, raw, chosen, found)
        _consistency(data, items, keyed, raw, chosen, found)
    elif not found.reasons:
        raise _no_items()
    else:
        rest = [n for n in REASONS if n not in found.reasons and n not in found.skipped]
        found.skipped |= dict.fromkeys(rest, "fewer than two items on response scales")
    for name in chosen.ignore:
        found.reasons.pop(name, None)
    ordered = {n: found.reasons[n] for n in REASONS if n in found.reasons}
    return Judged(pd.DataFrame(ordered), pd.DataFrame(found.values), found.skipped)


def graded(data: Responses, *, items: Sequence[str] = (), duration: str | None = None) -> pd.DataFrame:
    """One row per respondent used, in file order: row, id (a pseudonym) where there is one, grade, reasons, indicators."""
    table = judge(data, QualityOptions(items=tuple(items), duration=duration)).frame()
    table.insert(0, "row", np.arange(1, len(table) + 1))
    q = data.questionnaire
    named = [] if q is None else [i.id for i in q.items.values() if i.type == "id" and data.has(i.id)]
    for name in reversed(named):
        table.insert(1, name, data.frame([name])[name].to_numpy())
    return table


def without(data: Responses, reasons: Mapping[str, Any]) -> Responses:
    """The answers without the marked rows; each counts in the flow of rows under the first reason that marks it."""
    import narwhals as nw

    if isinstance(data.native, nw.LazyFrame):
        raise SurveykitError(
            "respondents can be set aside where the rows are in memory only",
            hint="read with engine='polars' or 'pandas'", code="EXCLUDE",
        )  # fmt: skip
    kept = np.ones(data.n_rows, dtype=bool)
    aside = []
    for reason, mask in reasons.items():
        here = np.asarray(mask, dtype=bool) & kept
        kept &= ~here
        aside += [(reason, int(here.sum()))] if here.any() else []
    if not kept.any():
        raise SurveykitError("no respondent is left", hint="exclude for fewer reasons", code="NO_ROWS")
    native = data.native.filter(kept.tolist())
    report = replace(
        data.import_report,
        rows_used=int(kept.sum()),
        set_aside=(*data.import_report.set_aside, *aside),
        columns=tuple(_recounted(c, native) for c in data.import_report.columns),
    )
    return replace(data, native=native, import_report=report, design=replace(data.design, made={}))


def _recounted(column: Any, native: Any) -> Any:
    name = f"{column.item}__missing"
    if name not in native.columns:
        return column
    kinds = native[name].to_list()
    missing = {k: kinds.count(k) for k in dict.fromkeys(kinds) if k}
    return replace(
        column,
        cells=len(kinds),
        valid=len(kinds) - sum(missing.values()),
        missing=missing,
        changes=column.changes,
    )


class _Found:
    """What was found so far."""

    def __init__(self, n: int) -> None:
        self.n = n
        self.reasons: dict[str, Mask] = {}
        self.values: dict[str, Array] = {}
        self.skipped: dict[str, str] = {}


def _items(data: Responses, wanted: Sequence[str]) -> list[str]:
    q = data.questionnaire
    if wanted:
        for name in wanted:
            if not data.has(name):
                raise SurveykitError(
                    f"unknown item {quote(name)}", hint=did_you_mean(name, data.columns), code="UNKNOWN_ITEM"
                )
        items = list(dict.fromkeys(wanted))
    elif q is not None:
        checks = {i.id for i in q.items.values() if i.check is not None}
        items = [
            i.id for i in q.items.values() if i.scale is not None and i.id not in checks and data.has(i.id)
        ]
    else:
        items = []
    if len(items) < 2 and (wanted or q is None):
        raise _no_items()
    return items if len(items) > 1 else []


def _no_items() -> SurveykitError:
    return SurveykitError(
        "no items on response scales to judge answers by", expected="two items or more, a duration, or items with check:",
        hint="name them: items=[…], in the order in which they were asked", code="NO_ITEMS",
    )  # fmt: skip


def _as_answered(data: Responses, items: Sequence[str], keyed: Array) -> Array:
    """Reverse-keyed items turned back to what people ticked."""
    raw = keyed.copy()
    q = data.questionnaire
    for j, name in enumerate(items):
        item = None if q is None else q.items.get(name)
        if item is not None and item.reverse and item.scale is not None:
            raw[:, j] = item.scale.min + item.scale.max - raw[:, j]
    return raw


def _declared(data: Responses, found: _Found) -> None:
    """Attention checks and contradictions that the questionnaire declares."""
    q = data.questionnaire
    checks = [] if q is None else [i for i in q.items.values() if i.check is not None and data.has(i.id)]
    if checks:
        wrong = np.column_stack([_ticked_otherwise(data, i) for i in checks])
        found.reasons["attention"] = _any(wrong.T)
        found.values["attention_failed"] = wrong.sum(axis=1).astype(float)
    else:
        found.skipped["attention"] = "the questionnaire declares no check"
    pairs = [] if q is None else [(i, q.items[o]) for i in q.items.values() for o in i.contradicts]
    pairs = [(a, b) for a, b in pairs if data.has(a.id) and data.has(b.id)]
    if not pairs:
        found.skipped["contradiction"] = "the questionnaire declares no contradiction"
        return
    hits = np.zeros(found.n, dtype=float)
    for pair in pairs:
        both = _as_answered(
            data, [i.id for i in pair], data.frame([i.id for i in pair]).to_numpy(dtype=float)
        )
        middles = [(i.scale.min + i.scale.max) / 2 for i in pair if i.scale is not None]
        hits += (both > np.array(middles)).all(axis=1)
    found.reasons["contradiction"] = hits > 0
    found.values["contradictions"] = hits


def _ticked_otherwise(data: Responses, item: Any) -> Mask:
    """Who answered an attention check, and not as it asks; who left it out has not failed it."""
    answers = data.frame([item.id])[item.id]
    there = answers.notna().to_numpy()
    if item.id in data.numeric:
        ticked = answers.to_numpy(dtype=float)[:, None]
        if item.scale is not None:
            ticked = _as_answered(data, [item.id], ticked)
        wrong: Mask = there & (ticked[:, 0] != float(item.check))
        return wrong
    told: Mask = there & (answers.astype(str) != str(item.check)).to_numpy()
    return told


def _speed(data: Responses, keyed: Array, options: QualityOptions, found: _Found) -> None:
    if options.duration is None:
        found.skipped["speed"] = "no duration column was named"
        return
    seconds = _seconds(data, options.duration)
    found.values["duration"] = seconds
    if (seconds > 0).sum() < 10:
        found.skipped["speed"] = "fewer than ten durations are known"
        return
    fast, _ = kernels.slow_and_fast(seconds, options.speed)
    # who was led past half of the questions needs half of the time: fast is who is fast per answer too
    if keyed.shape[1]:
        answered = (~np.isnan(keyed)).sum(axis=1)
        pace = np.where(answered > 0, seconds / np.maximum(answered, 1), 0.0)
        fast &= pace < np.nanmedian(pace[seconds > 0]) / 2
    found.reasons["speed"] = fast


def _seconds(data: Responses, name: str) -> Array:
    """The durations of a column: numbers, or texts such as ``5:12`` and ``5分12秒``."""
    if data.has(name) and name in data.numeric:
        return np.asarray(data.frame([name])[name], dtype=float)
    cells: Any = data.frame([name])[name] if data.has(name) else []
    told = [None if c is None or c != c else seconds_of(str(c)) for c in cells]
    if not any(t is not None for t in told):
        raise SurveykitError(
            f"{quote(name)} is no column of durations", expected="a column of numbers, or of times such as 5:12 or 5分12秒",
            hint=did_you_mean(name, sorted(data.numeric)), code="DURATION",
        )  # fmt: skip
    return np.array([np.nan if t is None else t for t in told])


def _patterns(
    data: Responses, items: Sequence[str], raw: Array, options: QualityOptions, found: _Found
) -> None:
    gaps = np.isnan(raw).mean(axis=1)
    found.values["share_missing"] = gaps
    found.reasons["missing"] = gaps >= options.missing
    batteries = [b for b in _batteries(data, items) if len(b) >= options.straight]
    if batteries:
        flat = [_flat(raw[:, b], options.straight) for b in batteries]
        found.reasons["straight"] = _any(flat)
        found.values["straight_batteries"] = np.sum(flat, axis=0).astype(float)
        _opposed(data, items, raw, batteries, flat, found)
    else:
        found.skipped["straight"] = f"no battery of {options.straight} items on one scale"
    runs = np.max([kernels.longstring(raw[:, b]) for b in _batteries(data, items)], axis=0)
    found.values["longstring"] = runs
    limit = options.longstring or max(8, (len(items) + 1) // 2)
    if len(items) >= limit:
        found.reasons["longstring"] = runs >= limit
    else:
        found.skipped["longstring"] = f"fewer than {limit} items"
    found.values["average_run"] = kernels.average_run(raw)
    if len(items) >= _FIGURE_ITEMS:
        found.values["figure"], _ = kernels.repeated_figure(raw, _turned(data, items))
        found.reasons["figure"] = found.values["figure"] >= _FIGURE
    else:
        found.skipped["figure"] = f"fewer than {_FIGURE_ITEMS} items"
    spread = kernels.intra_individual_sd(raw)
    found.values["spread"] = spread
    z = kernels.robust_z(spread)
    if np.isnan(z).all():
        found.skipped["low_variance"] = "fewer than five items, or most people vary alike"
    else:
        found.reasons["low_variance"] = _any([z < -options.low_variance, spread == 0])


def _consistency(
    data: Responses, items: Sequence[str], keyed: Array, raw: Array, options: QualityOptions, found: _Found
) -> None:
    q = data.questionnaire
    place = {name: j for j, name in enumerate(items)}
    constructs = (
        [] if q is None else [[place[i] for i in c.items if i in place] for c in q.constructs.values()]
    )
    scales = [s for s in constructs if len(s) > 1]
    if len(scales) >= 2 and sum(map(len, scales)) >= _SCATTER_ITEMS:
        found.values["scatter"] = kernels.inter_item_sd(keyed, scales)
        found.reasons["scatter"] = kernels.robust_z(found.values["scatter"]) > options.scatter
    else:
        found.skipped["scatter"] = f"fewer than two scales, or than {_SCATTER_ITEMS} items in them"
    if len(scales) >= 5:
        found.values["even_odd"] = kernels.even_odd(keyed, scales)
        uncorrected = kernels.within_person(*kernels.halves(keyed, scales))
        found.reasons["even_odd"] = _inconsistent(uncorrected, options)
    else:
        found.skipped["even_odd"] = "fewer than five scales of two items or more"
    for name, cut in (("synonyms", options.synonyms), ("antonyms", -options.synonyms)):
        pairs = kernels.psychometric_pairs(raw, cut)
        if len(pairs) < 5:
            found.skipped[name] = f"fewer than five pairs of items that correlate at {cut:g}"
            continue
        first, second = (raw[:, [p[i] for p in pairs]] for i in (0, 1))
        r = kernels.within_person(first, second)
        found.values[name] = r
        found.reasons[name] = _inconsistent(r if cut > 0 else -r, options)
    distance, p = kernels.mahalanobis(raw)
    if np.isnan(distance).all():
        found.skipped["outlier"] = "too few complete answers, or items that are linearly dependent"
    else:
        found.values["mahalanobis"] = distance
        found.reasons["outlier"] = p < options.outlier
    if len(items) >= 5:
        found.reasons["duplicate"] = kernels.duplicates(raw)
    else:
        found.skipped["duplicate"] = "fewer than five items"
    if len(items) < 10 or len(raw) > _MOST_PAIRED:
        found.skipped["near_duplicate"] = f"fewer than ten items, or more than {_MOST_PAIRED:,} respondents"
    else:
        found.reasons["near_duplicate"] = kernels.near_duplicates(raw)


def _inconsistent(r: Array, options: QualityOptions) -> Mask:
    """Below the cut, and far below what others in this sample reach: few pairs make honest people scatter widely.

    Judged on Fisher's z, on which the scatter of correlations is even; on r itself its long lower tail convicts the honest.
    """
    z = kernels.robust_z(np.arctanh(np.clip(r, -0.999, 0.999)))
    below: Mask = (r < options.consistency) & (z < -options.apart)
    return below


def _turned(data: Responses, items: Sequence[str]) -> Mask:
    """Which items are reverse-keyed."""
    q = data.questionnaire
    return np.array([q is not None and name in q.items and q.items[name].reverse for name in items])


def _opposed(
    data: Responses,
    items: Sequence[str],
    raw: Array,
    batteries: Sequence[Sequence[int]],
    flat: Sequence[Mask],
    found: _Found,
) -> None:
    """Who agreed (or disagreed) throughout a battery that asks both ways; the middle of the scale contradicts nothing."""
    turned, q = _turned(data, items), data.questionnaire
    hits = []
    for battery, alike in zip(batteries, flat, strict=True):
        ways = turned[list(battery)]
        scale = None if q is None or items[battery[0]] not in q.items else q.items[items[battery[0]]].scale
        if scale is None or min(ways.sum(), (~ways).sum()) < 2:
            continue
        answer = np.where(alike, np.nanmax(np.where(alike[:, None], raw[:, battery], 0.0), axis=1), np.nan)
        hits.append(alike & (np.abs(answer - (scale.min + scale.max) / 2) >= 1))
    if hits:
        found.reasons["opposed"] = _any(hits)
    else:
        found.skipped["opposed"] = "no battery asks both ways, with two reverse-keyed items or more"


def _flat(raw: Array, least: int) -> Mask:
    """Who gave one answer throughout, to at least ``least`` items and most of the battery."""
    seen = ~np.isnan(raw)
    n = seen.sum(axis=1)
    most = np.where(seen, raw, -np.inf).max(axis=1)
    few = np.where(seen, raw, np.inf).min(axis=1)
    alike: Mask = (most == few) & (n >= least) & (n > raw.shape[1] / 2)
    return alike


def _any(masks: Any) -> Mask:
    return np.logical_or.reduce(np.asarray(masks, dtype=bool), axis=0)  # type: ignore[no-any-return]


def _batteries(data: Responses, items: Sequence[str]) -> list[list[int]]:
    """Runs of consecutive items on one response scale; one run where no questionnaire says."""
    q = data.questionnaire
    if q is None:
        return [list(range(len(items)))]
    runs: list[list[int]] = []
    last = None
    for j, name in enumerate(items):
        scale = q.items[name].scale if name in q.items else None
        if runs and scale is not None and last is not None and scale.id == last.id:
            runs[-1].append(j)
        else:
            runs.append([j])
        last = scale
    return runs
