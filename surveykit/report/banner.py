"""Groups side by side: what differs most, a heat map and profiles of means, and the banner tables."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS, format_in
from surveykit.findings.banner import UNITS
from surveykit.report._banner_tables import Lines, banner_tables, lines_of, table_of
from surveykit.report._blocks import Block, Box, FigureBlock, Fixed, Heading, View
from surveykit.report._cells import interval_text, label_text
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts.heat import Tile, heat
from surveykit.report.charts.profiles import Mark, Profile, profiles
from surveykit.report.scores import look_of

WORDS = {
    "title": {"en": "Groups side by side", "zh": "分组对照"},
    "table": {"en": "Answers by group", "zh": "各组回答"},
    "heat": {"en": "Where groups lie above and below everybody: means by “{by}”", "zh": "各组均值与全体的高低对照：按“{by}”"},
    "heat_note": {
        "en": "Shade: distance from the overall mean in standard deviations, darkest at {most} or more; ▲ and ▼ from {least}. Tests are in the table.",
        "zh": "颜色深浅：与全体均值相差的标准差数，达到{most}为最深；相差{least}及以上标▲或▼。检验见表。",
    },
    "heat_alt": {"en": "Heat map of means by “{by}”. {text}", "zh": "按“{by}”的均值热图。{text}"},
    "far": {"en": "{group}, “{item}”: {value} against {total} of all. ", "zh": "“{group}”在“{item}”上为{value}，全体为{total}。"},
    "profiles": {"en": "Profiles: how each group differs from everybody, with {level} intervals (“{by}”)", "zh": "各组特征：与全体均值的差异及{level}置信区间（“{by}”）"},
    "profiles_note": {
        "en": "In standard deviations from the overall mean, which includes the group itself; filled: the interval of the group’s mean excludes the overall mean; hollow: it includes it.",
        "zh": "以标准差为单位，零为全体均值（全体含该组本身）；实心表示该组均值的区间不含全体均值，空心表示含全体均值。",
    },
    "profiles_alt": {"en": "Dots with intervals, a panel for each group. {text}", "zh": "点与区间图，每组一栏。{text}"},
    "axis": {"en": "standard deviations from all", "zh": "与全体相差的标准差数"},
    "n": {"en": "{group} (n\u00a0=\u00a0{n})", "zh": "{group} n\u00a0=\u00a0{n}"},
    "caution": {"en": "Read with caution", "zh": "请谨慎解读"},
    "remarks": {"en": "How the columns were formed", "zh": "关于分组"},
}  # fmt: skip
MOST_ITEMS, MOST_GROUPS, MOST_PROFILES, MOST_BESIDE = 24, 16, 10, 6
DARKEST, VISIBLE = 0.8, 0.2
"""Distances in standard deviations: Cohen's large and small."""


@sections.register(
    "banner",
    title=WORDS["title"],
    reference="Holm 1979; Cohen 1988, Statistical Power Analysis",
    evidence="every number is looked up in results.json",
    order=55,
    style="flow",
)
def banner(view: View) -> Sequence[Block]:
    """Every banner analysis of the study."""
    blocks: list[Block] = []
    results = view.document.of("banner")
    for result in results:
        own = view.document.data["labels"].get(result)
        title = view.word(own) if own else view.word(WORDS["table"])
        if len(results) > 1 or own:
            blocks.append(Heading(title, f"part-{result}", 2))
        blocks += statements(view, [f for f in view.of("banner") if f.table == f"table-{result}"])
        for level, kind in (("caution", "caution"), ("note", "remarks")):
            said = tuple((label,) for check, label in view.document.checks(result) if check.level == level)
            if said:
                blocks.append(Box("caution" if level == "caution" else "note", view.word(WORDS[kind]), said))
        blocks += _pictures(view, result)
        blocks += banner_tables(view, result, title)
    return [Heading(view.word(WORDS["title"]), "banner"), *blocks] if blocks else ()


def _pictures(view: View, result: str) -> Iterator[FigureBlock]:
    lines = lines_of(view, result)
    means = [t for t in lines.terms if lines.first(t).text("unit") == "mean" and lines.first(t).has("sd")]
    means = [t for t in means if float(lines.first(t).get("sd")) > 0][:MOST_ITEMS]
    for by in dict.fromkeys(c.text("banner") for c in lines.columns):
        groups = [c for c in lines.columns if c.text("banner") == by and c.has("n")][:MOST_GROUPS]
        if len(groups) < 2:
            continue
        if len(means) < 2:
            continue
        # a picture of groups that are alike shows noise: the sentence above and the table say so
        distances = [_distance(lines, t, c, "estimate") for t in means for c in groups]
        if any(d is not None and abs(d) >= VISIBLE for d in distances):
            yield _heat(view, result, lines, means, by, groups)
        apart = any(_apart(lines, t, c) for t in means for c in groups)
        if apart and len(means) > 2 and len(groups) <= MOST_PROFILES:
            yield _profiles(view, result, lines, means, by, groups)


def _distance(lines: Lines, term: str, column: Row, value: str) -> float | None:
    """How far a value of a group lies from the mean of all, in standard deviations."""
    row, total = lines.cells.get((term, column.text("group"))), lines.first(term)
    if row is None or not row.has(value):
        return None
    return (float(row.get(value)) - float(total.get("estimate"))) / float(total.get("sd"))


def _apart(lines: Lines, term: str, column: Row) -> bool:
    low, high = (_distance(lines, term, column, end) for end in ("low", "high"))
    return low is not None and high is not None and not low <= 0 <= high


def _name(view: View, column: Row) -> str:
    n = FORMATS["count"](column.get("n"))
    return view.word(WORDS["n"]).format(group=label_text(view, column.text("group")), n=n)


def _heat(
    view: View, result: str, lines: Lines, means: Sequence[str], by: str, groups: Sequence[Row]
) -> FigureBlock:
    tiles, far = [], []
    for i, term in enumerate(means):
        for j, column in enumerate(groups):
            row = lines.cells.get((term, column.text("group")))
            distance = _distance(lines, term, column, "estimate")
            if row is None or distance is None:
                tiles.append(Tile(i, j, "–", None))
                continue
            sign = "" if abs(distance) < VISIBLE else " ▲" if distance > 0 else " ▼"
            text = FORMATS[UNITS["mean"]](row.get("estimate"))
            tiles.append(Tile(i, j, text + sign, distance / DARKEST, _lines(view, row, distance)))
            far.append((abs(distance), term, column))
    most = sorted(far, key=lambda f: -f[0])[:3]
    told = "".join(_far(view, lines, term, column) for _, term, column in most)
    items = [label_text(view, lines.first(t).text("item")) for t in means]
    names = [_name(view, c) for c in groups]
    if len(groups) > max(
        len(means), MOST_BESIDE
    ):  # many groups stand below each other, where names have room
        tiles = [replace(t, row=t.column, column=t.row) for t in tiles]
        items, names = names, items
    picture = heat(tiles, items, names, look_of(view))
    label = view.document.label(by)
    alt = view.word(WORDS["heat_alt"]).format(by=label_text(view, by), text=told.strip())
    note = view.say(
        WORDS["heat_note"], most=Fixed(f"{DARKEST:g}", "structure"), least=Fixed(f"{VISIBLE:g}", "structure")
    )
    caption = view.say(WORDS["heat"], by=label)
    return FigureBlock(
        f"figure-heat-{result}-{by}", caption, picture.svg, alt, (note,), numbers=table_of(lines, result, by),
        plot=picture.plot,
    )  # fmt: skip


def _lines(view: View, row: Row, distance: float) -> tuple[str, ...]:
    """What is said of a cell: the mean with its interval, its distance from all, n."""
    show = FORMATS[UNITS["mean"]]
    mean = f"{show(row.get('estimate'))} {interval_text(row, UNITS['mean'])}".rstrip()
    return (mean, f"d = {_signed(view, distance)}", f"n = {FORMATS['count'](row.get('n'))}")


def _signed(view: View, value: float) -> str:
    return ("+" if value > 0 else "") + FORMATS[format_in("unit2", view.language)](value)


def _profiles(
    view: View, result: str, lines: Lines, means: Sequence[str], by: str, groups: Sequence[Row]
) -> FigureBlock:
    made, far = [], []
    for column in groups:
        points = [_mark(view, lines, term, column) for term in means]
        made.append(Profile(_name(view, column), tuple(points)))
        apart = [
            (t, p) for t, p in zip(means, points, strict=True) if p is not None and not p.low <= 0 <= p.high
        ]
        if apart:
            far.append((max(apart, key=lambda a: abs(a[1].estimate))[0], column))
    told = "".join(_far(view, lines, term, column) for term, column in far)
    items = [label_text(view, lines.first(t).text("item")) for t in means]
    picture = profiles(made, items, look_of(view), axis=view.word(WORDS["axis"]))
    caption = view.say(WORDS["profiles"], by=view.document.label(by), level=view.document.level)
    alt = view.word(WORDS["profiles_alt"]).format(text=told.strip())
    note = view.say(WORDS["profiles_note"])
    id_ = f"figure-profiles-{result}-{by}"
    return FigureBlock(
        id_, caption, picture.svg, alt, (note,), numbers=table_of(lines, result, by), plot=picture.plot
    )


def _mark(view: View, lines: Lines, term: str, column: Row) -> Mark | None:
    """A dot of a profile: the distance from all, its interval, the words with n."""
    middle, low, high = (_distance(lines, term, column, k) for k in ("estimate", "low", "high"))
    if middle is None or low is None or high is None:
        return None
    n = FORMATS["count"](lines.cells[term, column.text("group")].get("n"))
    said = [_signed(view, v) for v in (middle, low, high)]
    return Mark(middle, low, high, f"{said[0]} [{said[1]}, {said[2]}]  n = {n}")


def _far(view: View, lines: Lines, term: str, column: Row) -> str:
    row, show = lines.cells[term, column.text("group")], FORMATS[UNITS["mean"]]
    return view.word(WORDS["far"]).format(
        group=label_text(view, column.text("group")), item=label_text(view, row.text("item")),
        value=show(row.get("estimate")), total=show(lines.first(term).get("estimate")),
    )  # fmt: skip
