"""Every key number with and without the respondents whose answers are doubted: does any conclusion change?

A conclusion is a test's verdict (its p below 0.05, and the sign) where there is one; for an estimate alone it
changes where the estimate without the doubted answers leaves the interval of all.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from surveykit.results import Estimates, Result, Table

__all__ = ["sensitivity"]

TITLE = {"en": "With and without doubted answers", "zh": "剔除存疑答卷前后的比较"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "without", "n_without", "change", "result", "about", "kind", "changed",
)  # fmt: skip
ALPHA = 0.05
_ABOUT_DATA = frozenset({"quality", "missingness", "item_audit", "early_late", "sensitivity"})
_NOT_NAMES = frozenset({"method", "unit", "remark", "verdict", "metric", "n"})

Row = Mapping[str, Any]


def sensitivity(
    results: Mapping[str, Result], again: Callable[[], Mapping[str, Result]], n: int, flagged: int
) -> Estimates:
    """Compare ``results`` with those of ``again()``, which leaves the ``flagged`` of ``n`` respondents out.

    Rows are the numbers that both have: estimate and interval of all, the estimate without, ``changed`` where
    the conclusion is another one.
    """
    records: list[dict[str, Any]] = []
    lost: list[str] = []
    if flagged:
        others = again()
        for id_, result in results.items():
            if result.id in _ABOUT_DATA or not isinstance(result.id, str):
                continue
            if id_ not in others:
                lost.append(id_)
                continue
            records += _compared(id_, result, others[id_])
    changed = sum(r["changed"] for r in records)
    notes = [
        "Respondents graded poor are left out of the second run; nobody was removed from the results themselves.",
        "A conclusion changes where a test's verdict (p below 0.05, sign) does, or, without a test, where the "
        "estimate leaves the interval that all answers give.",
    ]
    if lost:
        notes.append(f"Not possible without the doubted answers: {', '.join(lost)}.")
    facts = {"n": n, "flagged": flagged, "numbers": len(records), "changed": changed, "lost": len(lost)}
    return Estimates("sensitivity", TITLE, Table.of(records, COLUMNS), facts, tuple(notes))


def _compared(id_: str, result: Result, other: Result) -> Iterator[dict[str, Any]]:
    for table, first, second in _tables(result, other):
        known = {_key(r): r for r in second}
        for row in first:
            match = known.get(_key(row))
            if match is not None and _finite(row.get("estimate")) and _finite(match.get("estimate")):
                yield _row(id_, table, row, match)


def _tables(result: Result, other: Result) -> Iterator[tuple[str, list[Any], list[Any]]]:
    yield "", result.tidy().to_dict("records"), other.tidy().to_dict("records")
    if result.kind == "scores" and "differences" in result.tables() and "differences" in other.tables():
        yield "differences", result.tables()["differences"].records(), other.tables()["differences"].records()


def _key(row: Row) -> tuple[tuple[str, str], ...]:
    """What a row is about: its texts."""
    return tuple((k, v) for k, v in row.items() if isinstance(v, str) and k not in _NOT_NAMES)


def _row(id_: str, table: str, row: Row, match: Row) -> dict[str, Any]:
    kind, changed = _verdict(row, match)
    about = " – ".join(str(row[k]) for k in ("first", "second") if row.get(k)) if table else ""
    return {
        "term": row.get("term", ""), "group": row.get("group", ""), "n": row.get("n", row.get("base")),
        "estimate": row["estimate"], "se": row.get("se"), "low": row.get("low"), "high": row.get("high"),
        "without": match["estimate"], "n_without": match.get("n", match.get("base")),
        "change": match["estimate"] - row["estimate"], "result": id_, "about": about, "kind": kind, "changed": changed,
    }  # fmt: skip


def _verdict(row: Row, match: Row) -> tuple[str, bool]:
    for name in ("p_adjusted", "p"):
        if _finite(row.get(name)) and _finite(match.get(name)):
            before, after = row[name] < ALPHA, match[name] < ALPHA
            turned = before and after and row["estimate"] * match["estimate"] < 0
            return "test", bool(before != after or turned)
    if _finite(row.get("low")) and _finite(row.get("high")):
        return "estimate", not row["low"] <= match["estimate"] <= row["high"]
    return "estimate", False


def _finite(value: Any) -> bool:
    return isinstance(value, (int, float)) and math.isfinite(value)
