"""Under every table of weighted or clustered answers: what they are worth, as effective n and design effect."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import replace

from surveykit.findings import Row
from surveykit.report._blocks import Block, Cell, TableBlock, View

__all__ = ["with_precision"]

WORDS = {
    "one": {
        "en": "Effective n {n_eff}, design effect {deff}: so many answers of a simple random sample would tell as much.",
        "zh": "有效样本量（提供同等信息量所需的简单随机样本量）为{n_eff}，设计效应为{deff}。",
    },
    "range": {
        "en": "Effective n from {n_low} to {n_high}, design effect from {least} to {most}: so many answers of a simple random "
        "sample would tell as much.",
        "zh": "有效样本量（提供同等信息量所需的简单随机样本量）为{n_low}至{n_high}，设计效应为{least}至{most}。",
    },
}
PREFIX = "table-"


def with_precision(view: View, blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with a note under each table of an analysis whose rows are not from a simple random sample."""
    for block in blocks:
        if isinstance(block, TableBlock) and (note := _note(view, block)) is not None:
            yield replace(block, notes=(*block.notes, note))
        else:
            yield block


def _note(view: View, table: TableBlock) -> Cell | None:
    result = _result_of(view, table.id)
    if result is None:
        return None
    rows = [
        r
        for r in view.document.rows(result)
        if r.has("n_eff", "deff", "estimate") and not r.suppressed and abs(float(r.get("deff")) - 1) > 1e-9
    ]
    if not rows:
        return None
    fewest, most_n = _ends(rows, "n_eff")
    least, most = _ends(rows, "deff")
    if float(most.get("deff")) - float(least.get("deff")) < 0.005:
        return view.say(
            WORDS["one"], n_eff=fewest.number("n_eff", "count"), deff=most.number("deff", "number2")
        )
    return view.say(
        WORDS["range"],
        n_low=fewest.number("n_eff", "count"),
        n_high=most_n.number("n_eff", "count"),
        least=least.number("deff", "number2"),
        most=most.number("deff", "number2"),
    )


def _result_of(view: View, id_: str) -> str | None:
    """The analysis that a table shows; scores have columns of their own for this."""
    known = [r for r in view.document.ids if id_ == PREFIX + r or id_.startswith(f"{PREFIX}{r}-")]
    found = max(known, key=len, default=None)
    return None if found is None or found in view.document.of("scores") else found


def _ends(rows: list[Row], column: str) -> tuple[Row, Row]:
    ordered = sorted(rows, key=lambda r: float(r.get(column)))
    return ordered[0], ordered[-1]
