"""The lines of ``methods.R`` that make a data frame of the answers, by the rule that was found for them."""

from __future__ import annotations

from collections.abc import Sequence

from surveykit.report._scripts_answers import CODED, Answers, Column, Raking
from surveykit.responses.design import OWN_WEIGHT
from surveykit.sem.lavaan import r_text

__all__ = ["reading_block", "wrapped"]

_WIDTH = 100
"""Characters after which a call goes on in the next line."""


def reading_block(answers: Answers) -> list[str]:
    """The lines of R that make the data frame ``data``, or stop with what is wrong."""
    if answers.coded:
        lines = [
            "# R reads a file of codes that methods.py makes of the answers:",
            f"#   python methods.py ANSWERS QUESTIONNAIRE {CODED}",
        ]
    else:
        listed = "; ".join(f"{n} {' '.join(reason.split())}" for reason, n in answers.reasons)
        lines = [f"# Set aside by the study: {listed or 'no row'}."]
        lines += ["# Records of the file that are no rows of the study (names of columns among them):"]
    lines += [f"aside <- {_ranges(answers.aside)}"]
    lines += [
        f"cells <- cells_of(answers, {r_text(answers.encoding)}, {r_text(answers.delimiter)}, {answers.width}L, aside, "
        f"{answers.n}L, {r_text(answers.sha256)})",
    ]
    heads = ", ".join(f'"{c.place}" = {r_text(c.header)}' for c in answers.columns)
    remedy = f": make the file of codes first, python methods.py ANSWERS QUESTIONNAIRE {CODED}"
    further = f", {r_text(remedy)}" if answers.coded else ""
    lines += wrapped(f'demand_names(attr(cells, "names_read"), c({heads}){further})')
    lines.append("data <- data.frame(row.names = seq_len(nrow(cells)))")
    for column in answers.columns:
        lines += wrapped(f"data[[{r_text(column.name)}]] <- {_read(column)}")
    for name, (items, least) in answers.means.items():
        listed = ", ".join(map(r_text, items))
        lines += wrapped(f"data[[{r_text(name)}]] <- mean_score(data, c({listed}), {least}L)")
    if answers.raking is not None:
        lines += wrapped(_raked(answers.raking))
    if answers.sums:
        counted = ", ".join(f"{r_text(n)} = {k}" for n, (k, _) in answers.sums.items())
        summed = ", ".join(f"{r_text(n)} = {total!r}" for n, (_, total) in answers.sums.items())
        lines += wrapped(f"demand_sums(data, c({counted}), c({summed}))")
    return lines


def _raked(raking: Raking) -> str:
    base = "rep(1, nrow(data))" if not raking.base else f"data[[{r_text(raking.base)}]]"
    margins = [
        f"{r_text(name)} = c({', '.join(f'{r_text(group)} = {n!r}' for group, n in target.items())})"
        for name, target in raking.margins.items()
    ]
    further = "" if raking.bounds is None else f", bounds = c({raking.bounds[0]!r}, {raking.bounds[1]!r})"
    return f"data[[{r_text(OWN_WEIGHT)}]] <- raked({base}, data, list({', '.join(margins)}){further})"


def _read(column: Column) -> str:
    cells = f"cells[[{column.place}L]]"
    function = "words" if column.text else "numbers"
    further = ", comma = TRUE" if column.comma else ""
    if column.pairs:
        came = ", ".join(r_text(raw) for raw, _ in column.pairs)
        missing = "NA_character_" if column.text else "NA"
        became = ", ".join(
            missing if v is None else r_text(v) if isinstance(v, str) else f"{v:.17g}"
            for _, v in column.pairs
        )
        further += f", from = c({came}), to = c({became})"
    return f"{function}({cells}{further})"


def _ranges(numbers: Sequence[int]) -> str:
    """Whole numbers in ascending order as R writes them: ``c(1:3, 7L)``."""
    runs: list[list[int]] = []
    for n in numbers:
        if runs and runs[-1][1] == n - 1:
            runs[-1][1] = n
        else:
            runs.append([n, n])
    parts = [f"{a}L" if a == b else f"{a}:{b}" for a, b in runs]
    return "\n".join(wrapped("c(" + ", ".join(parts) + ")")) if parts else "integer(0)"


def wrapped(line: str) -> list[str]:
    """A long call on several lines: broken after commas that stand outside of texts."""
    out, start, last, quoted, escaped = [], 0, -1, False, False
    for i, character in enumerate(line):
        if escaped:
            escaped = False
        elif character == "\\":
            escaped = True
        elif character == '"':
            quoted = not quoted
        elif character == "," and not quoted:
            last = i + 1
        if i - start >= _WIDTH and last > start:
            out.append(line[start:last])
            start = last
            while start < len(line) and line[start] == " ":
                start += 1
    return [
        out[0] if out else line,
        *(f"  {part}" for part in out[1:]),
        *([f"  {line[start:]}"] if out else []),
    ]
