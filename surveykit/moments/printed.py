"""Covariance and correlation tables as papers print them, read as :class:`~surveykit.moments.Moments`."""

from __future__ import annotations

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, Where, quote
from surveykit.moments.moments import Moments

__all__ = ["read_printed"]

Array = NDArray[np.float64]
_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\*{0,4}")
_COMMENT = re.compile(r"(?:^|\s)[#!].*$")
_LABELS = {
    "sd": ("sd", "s.d.", "std", "stdev", "std. dev.", "standard deviation", "标准差"),
    "mean": ("m", "mean", "means", "均值", "平均数", "平均值"),
    "n": ("n", "样本量"),
}
_SYMMETRY, _ONE = 1e-9, 1e-9
_DASHES = {"—", "–", "-", "--"}


@dataclass(slots=True)
class _Table:
    """What was read so far: names with their rows and lines, and the labelled rows."""

    names: list[str] = field(default_factory=list)
    rows: list[list[float]] = field(default_factory=list)
    lines: list[int] = field(default_factory=list)
    extra: dict[str, list[float]] = field(default_factory=dict)


def read_printed(
    text: str,
    n: int | None = None,
    *,
    names: Sequence[str] | None = None,
    sd: Sequence[float] | None = None,
    mean: Sequence[float] | None = None,
) -> Moments:
    """The moments of a printed table; see :meth:`Moments.from_text`."""
    table, problems = _read(text)
    rows = int(table.extra["n"][0]) if n is None and "n" in table.extra else n
    if rows is None:
        problems.add(
            "how many rows is this table from?", hint="a line 'n 250', or n=250", code="MOMENTS_TEXT"
        )
    _without_first_row(table, len(names or sd or table.extra.get("sd") or ()))
    matrix = _matrix(table, problems)
    problems.raise_if_any()
    labels = list(names) if names is not None else table.names
    p = len(matrix)
    spread = list(sd) if sd is not None else table.extra.get("sd")
    center = list(mean) if mean is not None else table.extra.get("mean")
    for word, values in (("names", labels), ("standard deviations", spread), ("means", center)):
        if values is not None and len(values) != p:
            problems.add(f"{len(values)} {word} for {p} variables", code="MOMENTS_TEXT")
    is_correlation = bool(np.all(np.abs(np.diagonal(matrix) - 1) < _ONE))
    if spread is not None and not is_correlation:
        problems.add(
            "standard deviations beside variances: the diagonal is not 1",
            hint="leave one of them out",
            code="MOMENTS_TEXT",
        )
    problems.raise_if_any()
    return Moments(int(rows or 0), matrix, center, labels, sd=spread)


def _without_first_row(table: _Table, expected: int) -> None:
    """A triangle without diagonal whose first row, which has no number, was left out: known by the number of names."""
    counted = [len(r) for r in table.rows] == list(range(1, len(table.rows) + 1))
    if expected != len(table.rows) + 1 or not counted or table.rows[0][0] == 1:
        return
    numbered = table.names == [f"v{i}" for i in range(1, len(table.names) + 1)]
    table.names = [f"v{i}" for i in range(1, expected + 1)] if numbered else ["v1", *table.names]
    table.rows.insert(0, [])
    table.lines.insert(0, table.lines[0])


def _read(text: str) -> tuple[_Table, Problems]:
    table, problems = _Table(), Problems()
    for number, line in enumerate(text.splitlines(), start=1):
        label, values, wrong = _cells(line)
        if wrong:
            problems.add(
                f"this is no number: {quote(wrong)}",
                Where(line=number),
                got=quote(line.strip()),
                code="MOMENTS_TEXT",
            )
            continue
        kind = next((k for k, words in _LABELS.items() if label.lower() in words), "")
        # a header of column numbers or names without values says nothing that the rows do not say
        if kind and values:
            table.extra[kind] = values
        elif label or values:
            numbered = len(values) > 1 and values == [float(i) for i in range(1, len(values) + 1)]
            if (not values and table.rows) or (numbered and not table.rows):
                continue
            table.names.append(label or f"v{len(table.names) + 1}")
            table.rows.append(values)
            table.lines.append(number)
    while len(table.rows) > 1 and not table.rows[0] and len(table.rows[1]) != 1:
        # a header line; without a diagonal the first variable's row is empty and the second has one value
        for part in (table.names, table.rows, table.lines):
            part.pop(0)
    return table, problems


def _cells(line: str) -> tuple[str, list[float], str]:
    """A line's label, its numbers, and the first cell that is neither."""
    line = _COMMENT.sub("", line).replace("−", "-").replace("﹣", "-")
    cells = [c for c in re.split(r"[\s,;|&\t]+", line.strip().rstrip("\\")) if c]
    label: list[str] = []
    while cells and not _NUMBER.fullmatch(cells[0]):
        label.append(cells.pop(0))
    if not label and len(cells) > 1 and re.fullmatch(r"\d+\.", cells[0]) and not _NUMBER.fullmatch(cells[1]):
        cells.pop(0)  # "1. Trust"
        while cells and not _NUMBER.fullmatch(cells[0]):
            label.append(cells.pop(0))
    dashed = bool(label) and label[-1] in _DASHES
    if dashed:
        label.pop()
        cells.insert(0, "1")
    values = []
    for cell in cells:
        if cell in _DASHES:
            values.append(1.0)
        elif _NUMBER.fullmatch(cell):
            values.append(float(cell.rstrip("*")))
        else:
            return "", [], cell
    return " ".join(label).strip("=:").strip(), values, ""


def _matrix(table: _Table, problems: Problems) -> Array:
    p = len(table.rows)
    lengths = [len(r) for r in table.rows]
    if p < 2:
        problems.add("a table has two variables or more", got=f"{p} rows with numbers", code="MOMENTS_TEXT")
        return np.eye(max(p, 1))
    offset = 0 if lengths == list(range(p)) else 1
    square = lengths == [p] * p
    if lengths == list(range(p, 0, -1)):  # the upper triangle with its diagonal
        table.rows = [[table.rows[j][i - j] for j in range(i + 1)] for i in range(p)]
        lengths = [len(r) for r in table.rows]
    matrix = np.eye(p)
    for i, (values, line) in enumerate(zip(table.rows, table.lines, strict=True)):
        if not square and len(values) != i + offset:
            problems.add(
                f"the row of {quote(table.names[i])} has {len(values)} numbers",
                Where(line=line),
                expected=f"{i + offset}: the lower triangle {'with' if offset else 'without'} the diagonal",
                code="MOMENTS_TEXT",
            )
            continue
        matrix[i, : len(values)] = values
    if square and np.abs(matrix - matrix.T).max() > _SYMMETRY * np.abs(matrix).max():
        i, j = (int(v) for v in np.unravel_index(np.abs(matrix - matrix.T).argmax(), matrix.shape))
        problems.add(
            f"the table is not symmetric: {quote(table.names[i])} with {quote(table.names[j])}",
            got=f"{matrix[i, j]:g} and {matrix[j, i]:g}",
            code="MOMENTS_TEXT",
        )
    full = matrix if square else np.tril(matrix) + np.tril(matrix, -1).T
    size = np.sqrt(np.abs(np.outer(np.diagonal(full), np.diagonal(full))))
    for i in range(p):
        for j in range(i):
            if not math.isfinite(full[i, j]) or abs(full[i, j]) > size[i, j] * (1 + 1e-6):
                problems.add(
                    f"{quote(table.names[i])} with {quote(table.names[j])}: a correlation beyond 1",
                    Where(line=table.lines[i]),
                    got=f"{full[i, j]:g}",
                    code="MOMENTS_TEXT",
                )
    return np.asarray(full)
