"""Items that do not behave: keyed the wrong way, at the floor or the ceiling, left out, next to no variance.

An item is compared with the mean of the others of its construct, as it is keyed. A clearly negative
correlation says that its key is wrong: declared as reversed although its wording or the export has turned
it already, or not declared although it is.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import numpy as np
from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._reliability import item_rest
from surveykit.analyses._sampling import design_note, drawn_rows
from surveykit.analyses._weighted_association import linearised
from surveykit.errors import SurveykitError
from surveykit.intervals import fisher_z
from surveykit.options import Confidence, Options
from surveykit.responses.facts import scale_range
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.moments import Counts
    from surveykit.responses import Responses

TITLE = {"en": "Item audit", "zh": "题目诊断"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "construct", "reverse", "floor", "ceiling", "missing",
    "n_eff", "deff", "verdict",
)  # fmt: skip
_WEAK = 0.2


class ItemAuditOptions(Options):
    """Which scales are looked at, and from when an end of the scale is crowded."""

    scales: dict[str, tuple[str, ...]] = Field(
        {}, description="scales as items by name; the constructs of the questionnaire if left out"
    )
    end: float = Field(
        0.5, gt=0, lt=1, description="share of answers at one end from which it is a floor or ceiling"
    )
    confidence: Confidence = Field(0.95, description="the level of the intervals")


@analyses.register(
    "item_audit",
    title=TITLE,
    reference="Nunnally & Bernstein 1994, Psychometric Theory, ch. 8; McHorney & Tarlov 1995, Quality of Life Research 4",
    evidence="oracle: psych 2.5 alpha (r.drop); a published battery with an item reversed twice is found",
    example='analyse(data, "item_audit", scales={"trust": ["t1", "t2", "t3"]})',
    options=ItemAuditOptions,
    knows_design=True,
)
def item_audit(data: Responses, options: ItemAuditOptions) -> Estimates:
    """One row per item: its correlation with the mean of the others of its scale (Fisher's z interval).

    ``verdict`` is ``turn``,
    ``weak`` (interval below 0.2), ``floor``, ``ceiling``, ``constant`` or empty.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> rows = {"a": [1, 2, 3, 4, 5, 5, 2], "b": [1, 3, 3, 4, 5, 4, 2], "c": [5, 4, 3, 2, 1, 2, 4]}
    >>> found = item_audit(read(pd.DataFrame(rows)), ItemAuditOptions(scales={"s": ("a", "b", "c")}))
    >>> found.tidy()[["term", "verdict"]].values.tolist()
    [['a', ''], ['b', ''], ['c', 'turn']]
    """
    scales = dict(options.scales) or _constructs(data)
    if not scales:
        raise SurveykitError(
            "no scale to audit", expected="the option 'scales', or a questionnaire with constructs of two items or more",
            code="NO_CONSTRUCT",
        )  # fmt: skip
    records = [row for name, items in scales.items() for row in _scale(data, name, items, options)]
    wrong = tuple(r["term"] for r in records if r["verdict"] == "turn")
    checks = (_turned(data, wrong),) if wrong else ()
    return Estimates(
        "item_audit",
        TITLE,
        Table.of(records, COLUMNS),
        {"n": max(r["n"] for r in records), "items": len(records), "turn": len(wrong)},
        (
            "Correlation of each item, as it is keyed, with the mean of the others of its scale; listwise within a scale.",
            *design_note(data),
            f"Floor and ceiling: at least {options.end:.0%} of the answers at one end of the scale.",
        ),
        checks,
        options=options.model_dump(mode="json"),
    )


def _constructs(data: Responses) -> dict[str, tuple[str, ...]]:
    q = data.questionnaire
    constructs = {} if q is None else q.constructs
    return {c.id: c.items for c in constructs.values() if len(c.items) > 1 and data.has(c.id)}


def _scale(
    data: Responses, name: str, items: Sequence[str], options: ItemAuditOptions
) -> list[dict[str, Any]]:
    if len(items) < 2:
        raise SurveykitError(f"the scale {name!r} has one item", expected="two or more", code="TOO_FEW_ITEMS")
    moments = data.moments(list(items))
    drawn, rows_of = None, np.empty((0, len(items)))
    if data.design.is_complex:
        frame = data.frame(list(items)).dropna()
        drawn, rows_of = drawn_rows(data, frame.index), frame[list(items)].to_numpy(dtype=float)
    varying = [i for i, sd in zip(moments.names, moments.sd, strict=True) if sd > 0]
    rest: dict[str, float] = {}
    if len(varying) > 1:
        kept = moments.select(varying)
        rest = dict(zip(varying, np.asarray(item_rest(kept.cov)).tolist(), strict=True))
    rows = []
    # an item that is out of key pulls the others down: only the ones that most others oppose are told to turn
    opposed = _opposed(moments, varying)
    for item in items:
        r = rest.get(item, float("nan"))
        n = float(moments.n_eff)
        low, high = fisher_z(r, 1 / (n - 3) if n > 3 else float("nan"), options.confidence)
        se, n_eff, deff = math.sqrt((1 - r * r) / (n - 2)) if n > 2 else math.nan, n, moments.n / n
        if drawn is not None and item in varying and len(varying) > 1:
            at = moments.index([item])[0]
            others = rows_of[:, [j for j in moments.index(varying) if j != at]].sum(axis=1)
            found, deff = linearised(
                "pearson", np.column_stack([rows_of[:, at], others]), drawn, options.confidence
            )
            se, low, high, n_eff = found.se, found.low, found.high, moments.n / deff
        ends = _ends(data, item, data.counts(item))
        verdict = _verdict(item in varying, item in opposed, high, ends, options.end)
        q = data.questionnaire
        known = None if q is None else q.items.get(item)
        rows.append(
            {
                "term": item, "group": "", "n": moments.n, "estimate": r, "se": se, "low": low, "high": high,
                "construct": name, "reverse": bool(known is not None and known.reverse),  "floor": ends[0], "ceiling": ends[1],
                "missing": int(data.counts(item).missing), "n_eff": n_eff, "deff": deff, "verdict": verdict,
            }
        )  # fmt: skip
    return rows


def _opposed(moments: Any, varying: Sequence[str]) -> set[str]:
    """The items to turn: those whose sign on the first principal component is the minority's."""
    if len(varying) < 2:
        return set()
    cor = moments.select(varying).cor
    _, vectors = np.linalg.eigh(cor)
    first = vectors[:, -1]
    main = (
        first
        if (first > 0).sum() * 2 > len(first) or ((first > 0).sum() * 2 == len(first) and first.sum() > 0)
        else -first
    )
    clear = np.abs(first) > 0.2 / np.sqrt(len(first))
    if len(varying) == 2:
        return {varying[1]} if cor[0, 1] < -_WEAK else set()
    return {item for item, loading, sure in zip(varying, main, clear, strict=True) if sure and loading < 0}


def _ends(data: Responses, item: str, counts: Counts) -> tuple[float, float]:
    scale = scale_range(data, item)
    if scale is None or not counts.sumw:
        return float("nan"), float("nan")
    shares = dict(zip(counts.levels[0], (counts.w / counts.sumw).tolist(), strict=True))
    return float(shares.get(scale[0], 0.0)), float(shares.get(scale[1], 0.0))


def _verdict(varies: bool, opposed: bool, high: float, ends: tuple[float, float], end: float) -> str:
    if not varies:
        return "constant"
    if opposed:
        return "turn"
    if high < _WEAK:
        return "weak"
    if max(ends) >= end:
        return "floor" if ends[0] >= ends[1] else "ceiling"
    return ""


def _turned(data: Responses, items: Sequence[str]) -> Check:
    q = data.questionnaire
    declared = [i for i in items if q is not None and i in q.items and q.items[i].reverse]
    en, zh = ", ".join(items), "、".join(items)
    twice_en = (
        f" {', '.join(declared)}: declared as reversed, perhaps turned in the data already."
        if declared
        else ""
    )
    twice_zh = f"{'、'.join(declared)}已标为反向题，数据中可能已经转换过。" if declared else ""
    return Check(
        "KEYING",
        "caution",
        {
            "en": f"Items run against the others of their scale: {en}.{twice_en} Scores and models that use them are "
            "distorted until the key is right.",
            "zh": f"以下题目与同一量表的其他题目方向相反：{zh}。{twice_zh}在计分方向更正之前，使用这些题目的得分和模型会失真。",
        },
        about=tuple(items),
        values={"items": list(items)},
    )
