"""Under every table: what weighted or clustered answers are worth, as effective n and design effect, and why cells are closed."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import replace
from typing import TYPE_CHECKING

from surveykit.findings import Document, Row
from surveykit.report._blocks import Block, Cell, TableBlock, View

if TYPE_CHECKING:
    from surveykit.report._render import Page

__all__ = ["CLOSED", "WITHHELD", "bases_of", "with_precision"]

CLOSED = {
    "en": "– : not shown, because it rests on fewer than {k} answers or could be worked out from what is shown.",
    "zh": "–：因回答不足{k}份，或可由其他数字推算得出，未予展示。",
}
WITHHELD = "–"
"""What stands in a cell that is closed; a note that begins with it says why."""
WORDS = {
    "all": {
        "en": "Weighted: effective n {n_eff} of all answers, design effect of the weights {deff}.",
        "zh": "数据经过加权：全部答卷的有效样本量为{n_eff}，加权的设计效应为{deff}。",
    },
    "one": {
        "en": "Effective n {n_eff} (design effect {deff}): a simple random sample of that size is worth as much.",
        "zh": "有效样本量（提供同等信息量所需的简单随机样本量）为{n_eff}，设计效应为{deff}。",
    },
    "one_more": {
        "en": "Effective n {n_eff}, design effect {deff}.",
        "zh": "有效样本量为{n_eff}，设计效应为{deff}。",
    },
    "range_more": {
        "en": "Effective n from {n_low} to {n_high}, design effect from {least} to {most}.",
        "zh": "有效样本量为{n_low}至{n_high}，设计效应为{least}至{most}。",
    },
    "range": {
        "en": "Effective n from {n_low} to {n_high} (design effect from {least} to {most}): simple random samples of that "
        "size are worth as much.",
        "zh": "有效样本量（提供同等信息量所需的简单随机样本量）为{n_low}至{n_high}，设计效应为{least}至{most}。",
    },
}
PREFIX = "table-"
_PARTS = re.compile(r"^(?:items|htmt)-")


def with_precision(view: View, blocks: Iterable[Block]) -> Iterator[Block]:
    """The blocks, with notes under each table of an analysis: what its rows are worth where they are not from a simple random
    sample, and why cells are closed where nothing says so yet. What an effective n is, the first note says."""
    told: set[str] = set()
    for block in blocks:
        notes = tuple(_notes(view, block, told)) if isinstance(block, TableBlock) else ()
        if isinstance(block, TableBlock) and notes:
            yield replace(block, notes=(*block.notes, *notes))
        else:
            yield block


def bases_of(pages: Iterable[Page], document: Document) -> dict[str, int]:
    """The answers behind each table of an analysis or a model, by the table's id; scores have theirs in every row."""
    bases: dict[str, int] = {}
    known = [i for i in document.ids if i not in document.of("scores")]
    for table in (b for page in pages for b in page.blocks if isinstance(b, TableBlock)):
        named = table.id.removeprefix(PREFIX)
        found = max((i for i in known if f"-{i}-" in f"-{named}-"), key=len, default=None)
        n = document.facts(found).get("n") if found else None
        if isinstance(n, int | float) and n == int(n):
            bases[table.id] = int(n)
    return bases


def _notes(view: View, table: TableBlock, told: set[str]) -> Iterator[Cell]:
    result = _result_of(view, table.id)
    if table.id.startswith("table-answers-"):
        yield from _of_all(view)
    if result is None:
        return
    rows = view.document.rows(result)
    columns = result in view.document.of("scores") and not table.id.startswith("table-nps")
    if not columns and (note := _worth(view, rows, told)) is not None:
        yield note
    said = any(view.plain(n).startswith(WITHHELD) for n in table.notes)
    closed = any(r.suppressed for r in rows) and any(
        view.plain(cell) == WITHHELD for line in table.rows for cell in line
    )
    if closed and not said:
        yield view.say(CLOSED, k=view.document.number("/study/min_cell", "count"))


def _of_all(view: View) -> Iterator[Cell]:
    sample = view.document.data["sample"]
    if sample["weight"] and sample.get("margin"):
        n_eff = view.document.number("/sample/margin/n_eff", "count")
        yield view.say(WORDS["all"], n_eff=n_eff, deff=view.document.number("/sample/margin/deff", "number2"))


def _worth(view: View, found: Iterable[Row], told: set[str]) -> Cell | None:
    """What the rows are worth; ``told`` remembers that a note has said what that means."""
    rows = [
        r
        for r in found
        if r.has("n_eff", "deff", "estimate") and not r.suppressed and abs(float(r.get("deff")) - 1) > 1e-9
    ]
    if not rows:
        return None
    more = "_more" if "worth" in told else ""
    told.add("worth")
    fewest, most_n = _ends(rows, "n_eff")
    least, most = _ends(rows, "deff")
    if float(most.get("deff")) - float(least.get("deff")) < 0.005:
        return view.say(
            WORDS[f"one{more}"], n_eff=fewest.number("n_eff", "count"), deff=most.number("deff", "number2")
        )
    return view.say(
        WORDS[f"range{more}"],
        n_low=fewest.number("n_eff", "count"),
        n_high=most_n.number("n_eff", "count"),
        least=least.number("deff", "number2"),
        most=most.number("deff", "number2"),
    )


def _result_of(view: View, id_: str) -> str | None:
    """The analysis that a table shows."""
    if id_ in ("table-scores", "table-nps") or id_.startswith(("table-scores-", "table-nps-")):
        by = id_.removeprefix("table-scores").removeprefix("table-nps").removeprefix("-")
        of = view.document.of("scores")
        return next((r for r in of if str(view.document.facts(r).get("by") or "") == by), None)
    known = [
        r
        for r in view.document.ids
        if _PARTS.sub("", id_.removeprefix(PREFIX)) == r or id_.startswith(f"{PREFIX}{r}-")
    ]
    return max(known, key=len, default=None)


def _ends(rows: list[Row], column: str) -> tuple[Row, Row]:
    ordered = sorted(rows, key=lambda r: float(r.get(column)))
    return ordered[0], ordered[-1]
