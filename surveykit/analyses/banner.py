"""Banner table: questions down the side, groups of one or several columns across, letters for what differs.

A column has a letter through the whole table. Beside a value stand the letters of the columns of the same group question
that it exceeds: capital at 95 %, small at 90 %. Nothing is tested against the total, which holds the column itself, and
nothing between columns in which the same people may stand.
"""

from __future__ import annotations

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import combinations
from typing import TYPE_CHECKING, Any, Literal

import numpy as np
from numpy.typing import NDArray
from pydantic import Field, model_validator

from surveykit.analyses import analyses
from surveykit.analyses._sampling import design_note
from surveykit.analyses._tabulation import (
    Cells,
    Differences,
    Groups,
    Line,
    Statistic,
    cells_of,
    demand_rows_known,
    everybody,
    groups_of,
    lines_of,
    pair_tests,
    words_for,
)
from surveykit.bases import (
    FEW,
    MIN_BASE,
    closed_table,
    few_check,
    given_away_beside,
    set_aside_check,
    suppressed,
    suppressed_check,
)
from surveykit.errors import SurveykitError
from surveykit.intervals import adjusted_p
from surveykit.options import Confidence, Many, Names, Options
from surveykit.results import Check, Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sampling import Replicates, Sampling

TITLE = {"en": "Banner table", "zh": "交叉汇总表"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "n_eff", "deff", "weighted", "sd", "item", "code",
    "statistic", "unit", "banner", "letter", "letters", "remark",
)  # fmt: skip
PAIRS = (
    "term", "item", "code", "statistic", "unit", "banner", "first", "second", "base", "n_first", "n_second", "first_estimate",
    "second_estimate", "estimate", "low", "high", "effect", "z", "p", "p_adjusted", "p_table",
)  # fmt: skip
MOST_CELLS = 150_000
LARGEST = 60
"""So many differences are kept beside the table: those of the smallest p. The letters know of all."""
OVERLAP = {
    "en": "People may stand in several columns of “{by}”: these are not tested against each other.",
    "zh": "同一受访者可能同时属于“{by}”的多列，这些列之间不作检验。",
}


CLOSED = {
    "en": "Some values are not shown: few people stand behind them, or behind others that could be worked out from them.",
    "zh": "部分数值不予展示：其背后人数过少，或可用来推算人数过少的数值。",
}


class BannerOptions(Options):
    """What stands down the side and across, and how differences are judged."""

    rows: Names = Field(
        (),
        description="items, constructs, or metrics (nps, csat, ces, mean); all questions and constructs if left out",
    )
    banner: Names = Field(description="the group columns that stand across, one or several")
    statistics: Many[Statistic] = Field(
        ("shares", "top", "mean"), description="of each question: shares, top (highest points), mean"
    )
    top: int = Field(2, ge=1, description="how many of the highest scale points are counted together")
    points: int = Field(7, ge=2, description="a scale of more points has no line for each of them")
    adjust: Literal["none", "holm", "bh"] = Field(
        "none", description="p-values of one line and group column adjusted for their number"
    )
    alpha: float = Field(0.05, gt=0, lt=0.5, description="the level of capital letters")
    alpha_low: float = Field(0.10, gt=0, lt=0.5, description="the level of small letters")
    confidence: Confidence = Field(0.95, description="the level of the intervals")
    min_base: int = Field(10, ge=MIN_BASE, description="columns with fewer people are not shown")
    min_test: int = Field(
        int(FEW), ge=2, description="columns of a smaller effective n are marked and not tested"
    )
    min_cell: int = Field(
        0, ge=0, description="shares of fewer people are not shown, nor what would give them away; 0 for none"
    )

    @model_validator(mode="after")
    def _ordered(self) -> BannerOptions:
        if self.alpha_low < self.alpha:
            raise ValueError("alpha_low (small letters) must not be below alpha (capital letters)")
        if len(set(self.banner)) < len(self.banner) or not self.banner:
            raise ValueError("banner names each group column once, and one at least")
        return self


@dataclass(frozen=True, slots=True, eq=False)
class _Part:
    """One line in one group column: cells, who is hidden, who is small, and the tests with their p."""

    line: Line
    groups: Groups
    cells: Cells
    hidden: NDArray[np.bool_]
    small: NDArray[np.bool_]
    tests: Differences | None
    p: NDArray[np.float64]


@analyses.register(
    "banner",
    title=TITLE,
    reference="Kish 1965, Survey Sampling; Welch 1947, Biometrika 34; Agresti and Caffo 2000, The American Statistician 54(4)",
    evidence="brute force over rows, weighted: two_shares, scipy's Welch test, nps_difference; designs: differences of "
    "domains, which are R's svyttest",
    example='analyse(data, "banner", rows=["satisfaction", "media"], banner=["region", "age"])',
    options=BannerOptions,
    knows_design=True,
    closes_cells=True,
)
def banner(data: Responses, options: BannerOptions) -> Estimates:
    """One row per line and column: ``group`` is ``column=group``, "" everybody; ``estimate`` a share, mean or NPS.

    ``n`` is the base (people who answered), ``weighted`` their weight, ``letters`` name the columns exceeded. Tables:
    ``columns`` (letter, group, people), ``differences`` (those of the smallest p; ``p_adjusted`` within the line,
    ``p_table`` by Holm over all tests of the table), ``names``. ``effect`` is the difference in standard deviations.

    >>> import pandas as pd
    >>> from surveykit.responses import read
    >>> data = read(pd.DataFrame({"x": [1, 2, 3, 4] * 20 + [3, 4, 5, 5] * 20, "g": ["a"] * 80 + ["b"] * 80}))
    >>> found = banner(data, BannerOptions(rows="x", banner="g")).tidy()
    >>> found[["term", "group", "n", "estimate", "letters"]].values.tolist()
    [['x:mean', '', 160, 3.375, ''], ['x:mean', 'g=a', 80, 2.5, ''], ['x:mean', 'g=b', 80, 4.25, 'A']]
    """
    names = _names(data, options)
    demand_rows_known(data, names)
    across = [groups_of(data, by) for by in options.banner]
    _demand_size(data, names, across, options)
    letters = _letters_of(across)
    sampling = data.sampling() if data.design.is_complex else None
    weights = data.frame([data.columns[0]], weights=True)["_weight"].to_numpy(dtype=float)
    rows: list[dict[str, Any]] = []
    pairs = _Pairs()
    hidden: list[str] = []
    for _, lines in lines_of(data, names, options.statistics, top=options.top, points=options.points):
        for line, parts in _parts(lines, across, weights, sampling, options):
            total = cells_of(line, everybody(len(weights)), weights, sampling, options.confidence)
            rows.append(_row(line, total, 0, "", "", ""))
            for part in parts:
                rows += _rows_of(part, letters, options)
                pairs.add(part)
                shut = np.flatnonzero(part.hidden & (part.cells.n > 0))
                hidden += [f"{part.groups.by}={part.groups.labels[j]}" for j in shut]
    if not rows:
        raise SurveykitError(
            "the table has no lines", expected="shares, top or mean of at least one question", code="NO_ITEMS"
        )
    columns = _columns(across, letters, weights, options)
    return Estimates(
        name="banner",
        title=TITLE,
        estimates=Table.of(rows, COLUMNS),
        facts={
            "n": data.n_rows, "lines": len({r["term"] for r in rows}), "columns": len(letters), "tests": pairs.count,
            "weight": data.weight or "", "design": data.design.is_complex,
        },
        choices=_choices(data, options),
        judged=_checks(data, across, columns, hidden, options),
        further={
            "columns": Table.of(columns),
            "differences": Table.of(pairs.largest(options), PAIRS),
            "names": Table.of(_labels(data, names, across)),
        },
        options=options.model_dump(mode="json"),
    )  # fmt: skip


def _names(data: Responses, options: BannerOptions) -> tuple[str, ...]:
    if options.rows:
        return options.rows
    q = data.questionnaire
    if q is None:
        known = [c for c in data.columns if c in data.numeric and c != data.weight]
    else:
        known = [
            i.id
            for i in q.items.values()
            if (i.scale is not None and data.has(i.id))
            or (i.options and (i.type == "multi" or data.has(i.id)))
        ]
        known += [c for c in q.constructs if data.has(c)]
    return tuple(n for n in known if n not in options.banner)


def _demand_size(
    data: Responses, names: Sequence[str], across: Sequence[Groups], options: BannerOptions
) -> None:
    columns = 1 + sum(len(g.labels) for g in across)
    q = data.questionnaire
    lines = 0
    for name in names:
        item = None if q is None else q.items.get(name)
        points = 0 if item is None or item.scale is None else item.scale.points
        lines += len(item.options) if item is not None and item.options else 2
        lines += points if points <= options.points else 0
    if lines * columns > MOST_CELLS:
        raise SurveykitError(
            "the banner table is too large to be read or held",
            expected=f"at most {MOST_CELLS:,} cells", got=f"about {lines:,} lines in {columns} columns",
            hint="split the rows over several analyses, name fewer group columns, or leave out `shares`",
            code="TABLE_TOO_LARGE",
        )  # fmt: skip


def _parts(
    lines: Sequence[Line],
    across: Sequence[Groups],
    weights: NDArray[np.float64],
    sampling: Sampling | Replicates | None,
    options: BannerOptions,
) -> Iterator[tuple[Line, list[_Part]]]:
    """Each line of one question with its part under every group column; closed cells are those of all its lines."""
    made = [[cells_of(line, g, weights, sampling, options.confidence) for line in lines] for g in across]
    closed = _together(lines, across, made, [_closed(lines, cells, options) for cells in made], options)
    for i, line in enumerate(lines):
        parts = []
        for groups, cells, shut in zip(across, made, closed, strict=True):
            mine = cells[i]
            hide = shut[i] | (mine.n == 0)
            base = np.where(np.isnan(mine.n_eff), 0.0, mine.n_eff)
            small = ~hide & (base < options.min_test)
            usable = np.flatnonzero(~hide & ~small & (mine.n > 1))
            pairs = list(combinations(usable.tolist(), 2)) if groups.apart else []
            tests = pair_tests(line, mine, groups, pairs, sampling) if pairs else None
            p = adjusted_p(tests.p, options.adjust) if tests is not None else np.zeros(0)
            parts.append(_Part(line, groups, mine, hide, small, tests, p))
        yield line, parts


def _closed(lines: Sequence[Line], cells: Sequence[Cells], options: BannerOptions) -> list[NDArray[np.bool_]]:
    """What may not be shown: columns of few people with those that would give them away, and small shares.

    Where shares of a column are closed, its mean and its top shares are too: with them the shares could be worked out.
    """
    found = [_small(one.n, options) for one in cells]
    shares = [i for i, line in enumerate(lines) if line.statistic == "share"]
    if not options.min_cell or not shares:
        return found
    shut = np.zeros(len(cells[0].n), dtype=bool)
    if np.nanmax(np.sum([lines[i].x for i in shares], axis=0)) <= 1:  # one answer each: the shares add up
        rows = closed_table(np.array([cells[i].chosen for i in shares]), options.min_cell)[1]
    else:
        both = [np.array([cells[i].chosen, cells[i].n - cells[i].chosen]) for i in shares]
        rows = np.array([closed_table(table, options.min_cell)[1].any(axis=0) for table in both])
    for i, row in zip(shares, rows, strict=True):
        found[i] = found[i] | row
        shut |= row
    return [f if i in shares else f | shut for i, f in enumerate(found)]


def _together(
    lines: Sequence[Line],
    across: Sequence[Groups],
    made: Sequence[Sequence[Cells]],
    closed: list[list[NDArray[np.bool_]]],
    options: BannerOptions,
) -> list[list[NDArray[np.bool_]]]:
    """The closed cells with those of one group question that cells of the others, or overlapping ones, would give away.

    A shop of four people is its region less the other shops, however many shops are hidden beside it. Of shares that is looked at
    line by line: those who chose an answer are the people.
    """
    if len(across) == 1 and across[0].apart:
        return closed
    inside = np.concatenate([g.inside for g in across])
    names = [g.by for g in across for _ in g.labels]
    kinds, place = np.unique(inside, axis=1, return_inverse=True)
    ends = np.cumsum([len(g.labels) for g in across])[:-1]
    whole: dict[bytes, NDArray[np.bool_]] = {}
    some = np.zeros(len(names), dtype=bool)
    found = []
    for i, line in enumerate(lines):
        shut = np.concatenate([c[i] for c in closed])
        n = np.concatenate([m[i].n for m in made])
        known = ~np.isnan(line.x)
        few = (n > 0) & (n < options.min_base)
        if few.any():
            key = known.tobytes()
            if key not in whole:
                people = np.bincount(place.ravel()[known], minlength=kinds.shape[1])
                bare = np.concatenate([_small(m[i].n, options) for m in made])
                whole[key] = given_away_beside(kinds, people, names, bare, options.min_base)
            shut = shut | whole[key]
        chosen = np.concatenate([m[i].chosen for m in made])
        if options.min_cell and line.statistic == "share" and (shut & (chosen > 0)).any():
            for answer in (1, 0):  # those who chose it, and those who did not
                people = np.bincount(place.ravel()[known & (line.x == answer)], minlength=kinds.shape[1])
                shut = given_away_beside(kinds, people, names, shut, options.min_cell)
            some |= shut
        found.append(shut)
    found = [f if one.statistic == "share" else f | some for one, f in zip(lines, found, strict=True)]
    return [list(part) for part in zip(*(np.split(f, ends) for f in found), strict=True)]


def _small(people: NDArray[np.int64], options: BannerOptions) -> NDArray[np.bool_]:
    """The groups of one question that are too small, with those that would give them away."""
    out = suppressed({str(j): int(n) for j, n in enumerate(people)}, options.min_base)
    return np.array([str(j) in out for j in range(len(people))])


def _row(line: Line, cells: Cells, j: int, group: str, by: str, letter: str) -> dict[str, Any]:
    empty = cells.n[j] == 0
    return {
        "term": line.term, "group": group, "n": None if empty else int(cells.n[j]), "estimate": float(cells.estimate[j]),
        "se": float(cells.se[j]), "low": float(cells.low[j]), "high": float(cells.high[j]),
        "n_eff": float(cells.n_eff[j]), "deff": float(cells.deff[j]), "weighted": float(cells.weighted[j]),
        "sd": float(cells.sd[j]), "item": line.item, "code": line.code, "statistic": line.statistic, "unit": line.unit,
        "banner": by, "letter": letter, "letters": "", "remark": "no_answers" if empty else "",
    }  # fmt: skip


def _rows_of(
    part: _Part, letters: dict[tuple[str, str], str], options: BannerOptions
) -> list[dict[str, Any]]:
    by = part.groups.by
    said = _exceeded(part, [letters[by, label] for label in part.groups.labels], options)
    rows = []
    for j, label in enumerate(part.groups.labels):
        row = _row(part.line, part.cells, j, f"{by}={label}", by, letters[by, label])
        if part.hidden[j] and not row["remark"]:
            row |= dict.fromkeys(("n", "estimate", "se", "low", "high", "n_eff", "deff", "weighted", "sd"))
            row["remark"] = "suppressed"
        elif part.small[j]:
            row["remark"] = "small_base"
        rows.append(row | {"letters": said[j]})
    return rows


def _exceeded(part: _Part, letters: Sequence[str], options: BannerOptions) -> list[str]:
    """For each column the letters of those it exceeds, in the order of the table."""
    found: list[list[tuple[int, str]]] = [[] for _ in letters]
    if part.tests is not None:
        for a, b, gap, p in zip(
            part.tests.first, part.tests.second, part.tests.statistic, part.p, strict=True
        ):
            if p < options.alpha_low:
                high, low = (a, b) if gap > 0 else (b, a)
                name = letters[low] if p < options.alpha else letters[low].lower()
                found[high].append((int(low), name))
    return [" ".join(name for _, name in sorted(mine)) for mine in found]


def _letters_of(across: Sequence[Groups]) -> dict[tuple[str, str], str]:
    """A, B, … Z, AA, AB, … for the columns of all group questions in turn."""
    columns = [(g.by, label) for g in across for label in g.labels]
    return {column: _letter(i) for i, column in enumerate(columns)}


def _letter(i: int) -> str:
    return chr(65 + i) if i < 26 else _letter(i // 26 - 1) + chr(65 + i % 26)


class _Pairs:
    """All tests in brief, for Holm over the table, and what is told of the largest."""

    def __init__(self) -> None:
        self._p: list[NDArray[np.float64]] = []
        self._parts: list[_Part] = []
        self.count = 0

    def add(self, part: _Part) -> None:
        """The tests of one part."""
        if part.tests is None:
            return
        self.count += len(part.tests.p)
        self._p.append(part.tests.p)
        # the values of the people are no longer needed
        bare = Line(
            part.line.term, part.line.item, part.line.code, part.line.statistic, part.line.unit, np.zeros(0)
        )
        groups = Groups(part.groups.by, part.groups.labels, np.zeros((0, 0), dtype=bool))
        cells = replace(part.cells, spread=None)
        self._parts.append(_Part(bare, groups, cells, part.hidden, part.small, part.tests, part.p))

    def largest(self, options: BannerOptions) -> list[dict[str, Any]]:
        """The differences of the smallest p, one dictionary each."""
        if not self._p:
            return []
        p = np.concatenate(self._p)
        over_all = adjusted_p(p, "holm")
        place = [(i, k) for i, part in enumerate(self._p) for k in range(len(part))]
        effects = np.concatenate([_effects(part) for part in self._parts])
        order = np.lexsort((-np.abs(effects), np.where(np.isnan(p), 2.0, p)))[:LARGEST]
        return [
            self._told(place[at][0], place[at][1], float(effects[at]), float(over_all[at]), options)
            for at in order.tolist()
            if not math.isnan(p[at])
        ]

    def _told(self, i: int, k: int, effect: float, over_all: float, options: BannerOptions) -> dict[str, Any]:
        from surveykit.intervals import t_value, z_value

        part = self._parts[i]
        tests, cells = part.tests, part.cells
        if tests is None:
            raise RuntimeError("a part without tests has no differences")
        a, b, line = int(tests.first[k]), int(tests.second[k]), part.line
        df = float(tests.df[k])
        # the interval has separate variances, also where the test pools them
        se = math.hypot(cells.se[a], cells.se[b]) if math.isinf(df) else float(tests.se[k])
        half = (z_value(options.confidence) if math.isinf(df) else t_value(options.confidence, df)) * se
        gap = float(tests.estimate[k])
        return {
            "term": line.term, "item": line.item, "code": line.code, "statistic": line.statistic, "unit": line.unit,
            "banner": part.groups.by,
            "first": f"{part.groups.by}={part.groups.labels[a]}", "second": f"{part.groups.by}={part.groups.labels[b]}",
            "base": int(min(cells.n[a], cells.n[b])), "n_first": int(cells.n[a]), "n_second": int(cells.n[b]),
            "first_estimate": float(cells.estimate[a]), "second_estimate": float(cells.estimate[b]),
            "estimate": gap, "low": gap - half, "high": gap + half, "effect": effect,
            "z": float(tests.statistic[k]), "p": float(tests.p[k]), "p_adjusted": float(part.p[k]), "p_table": over_all,
        }  # fmt: skip


def _effects(part: _Part) -> NDArray[np.float64]:
    """Differences in standard deviations within the two groups."""
    if part.tests is None:
        return np.zeros(0)
    sd = part.cells.sd
    spread = np.sqrt((sd[part.tests.first] ** 2 + sd[part.tests.second] ** 2) / 2)
    with np.errstate(invalid="ignore", divide="ignore"):
        found: NDArray[np.float64] = np.where(spread > 0, part.tests.estimate / spread, 0.0)
    return found


def _columns(
    across: Sequence[Groups],
    letters: dict[tuple[str, str], str],
    weights: NDArray[np.float64],
    options: BannerOptions,
) -> list[dict[str, Any]]:
    """The people of each column, whatever they answered."""
    records = []
    inside = np.concatenate([g.inside for g in across])
    names = [g.by for g in across for _ in g.labels]
    sizes = [g.inside.sum(axis=1) for g in across]
    out = np.concatenate([_small(n, options) for n in sizes])
    if len(across) > 1 or not across[0].apart:
        kinds, counts = np.unique(inside, axis=1, return_counts=True)
        out = given_away_beside(kinds, counts, names, out, options.min_base)
    closed = iter(out.tolist())
    for groups, people in zip(across, sizes, strict=True):
        for j, label in enumerate(groups.labels):
            w = weights[groups.inside[j]]
            shown = not next(closed) and len(w) > 0
            n_eff = float(w.sum() ** 2 / (w**2).sum()) if len(w) else 0.0
            records.append(
                {
                    "group": f"{groups.by}={label}", "banner": groups.by, "letter": letters[groups.by, label],
                    "n": int(people[j]) if shown else None, "weighted": float(w.sum()) if shown else None,
                    "n_eff": n_eff if shown else None, "apart": groups.apart,
                }
            )  # fmt: skip
    return records


def _labels(data: Responses, names: Sequence[str], across: Sequence[Groups]) -> list[dict[str, str]]:
    """Words for columns, and for the options and scale points of the lines."""
    q = data.questionnaire
    found = [(g.by, label) for g in across for label in g.labels]
    for name in names:
        item = None if q is None else q.items.get(name)
        if item is not None:
            found += [(name, str(c)) for c in item.options]
            found += [(name, f"{c:g}") for c in (item.scale.labels if item.scale is not None else ())]
    return words_for(data, found)


def _checks(
    data: Responses,
    across: Sequence[Groups],
    columns: Sequence[dict[str, Any]],
    hidden: Sequence[str],
    options: BannerOptions,
) -> tuple[Check, ...]:
    whole = [c["group"] for c in columns if c["n"] is None and c["group"] in set(hidden)]
    checks: list[Check | None] = [
        suppressed_check(whole, options.min_base),
        Check("CELLS_CLOSED", "note", CLOSED) if set(hidden) - set(whole) else None,
        few_check({c["group"]: c["n_eff"] for c in columns if c["n_eff"] is not None}, options.min_test),
    ]
    for groups in across:
        if groups.apart:
            checks.append(set_aside_check(data.set_aside(groups.by), groups.by))
        else:
            texts = {k: v.format(by=groups.by) for k, v in OVERLAP.items()}
            checks.append(Check("OVERLAP", "note", texts, (groups.by,)))
    return tuple(c for c in checks if c is not None)


def _choices(data: Responses, options: BannerOptions) -> tuple[str, ...]:
    many = {
        "none": "not adjusted for their number",
        "holm": "adjusted by Holm over the pairs of a line and group column",
        "bh": "adjusted by Benjamini and Hochberg over the pairs of a line and group column",
    }
    if data.design.is_complex:
        tests = "differences of two domains of the sample, Student's t"
        intervals = "intervals of the design"
    else:
        weighted = ", at Kish's n_eff" if data.weight else ""
        tests = f"pooled z-tests of shares, Welch's t-tests of means, z-tests of net scores{weighted}"
        intervals = (
            f"Wilson's intervals of shares, Student's t of means, adjusted Wald of net scores{weighted}"
        )
    return (
        f"Letters: {tests}; {many[options.adjust]}; capital at {1 - options.alpha:.0%}, small at "
        f"{1 - options.alpha_low:.0%}. No test against the total; none of columns with an effective n below "
        f"{options.min_test}.",
        f"{options.confidence:.0%}: {intervals}.",
        f"The share of the {options.top} highest points stands for scales as they were asked.",
        *design_note(data),
    )
