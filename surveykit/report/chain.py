"""The chain: each structural model with its diagram, its paths, what runs indirectly, and the gate's verdict."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Literal

from surveykit.findings import Finding, Label, Row
from surveykit.findings._finding import FORMATS, Strength, format_in
from surveykit.findings._rules import STRENGTH, strength_of
from surveykit.findings.paths import held, misfit, path_rows, solution_rows
from surveykit.report._blocks import (
    Block,
    Box,
    Cell,
    Column,
    FigureBlock,
    Fixed,
    Heading,
    Inline,
    Paragraph,
    Ref,
    Stat,
    TableBlock,
    View,
)  # fmt: skip
from surveykit.report._cells import based, column, interval_cell, interval_text, label_text
from surveykit.report._estimators import estimation
from surveykit.report._judged import REFUSED, caption_of, warned
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts._shapes import Drawing
from surveykit.report.diagram import Arrow, Construct, diagram
from surveykit.report.scores import look_of

__all__ = ["path_figure"]

WORDS = {
    "title": {"en": "How the constructs are linked", "zh": "关系链"},
    "refused_intro": {
        "en": "The numbers of this model are shown for the record. No conclusion may be drawn from them, and no p-values are given.",
        "zh": "以下数值仅供存档。不得据此得出任何结论，亦不提供p值。",
    },
    "more": {"en": "Further checks of this kind are listed in results.json.", "zh": "其余同类检查结果见results.json。"},
    "intro": {
        "en": "{figure} shows the model and {paths} its coefficients. They are standardised, so that they can be compared, and each holds "
        "the other predictors of the same construct equal.",
        "zh": "模型见{figure}，系数见{paths}。系数均已标准化，可以相互比较；每个系数都控制了指向同一构念的其他构念。",
    },
    "misfit": {
        "en": "The model fits the answers poorly ({table}). Its coefficients are what this model says; another model may fit better and "
        "say otherwise. Evidence for single paths is therefore called weak at best.",
        "zh": "模型与数据吻合较差（见{table}）。以下系数只是这一模型下的结果，换一个吻合更好的模型，结论可能不同。因此，单条路径的证据最多只称为“较弱”。",
    },
    "same_paths": {
        "en": "The paths are those of “{title}”, estimated by another method; only conclusions that differ are spelled out here.",
        "zh": "路径与“{title}”相同，只是估计方法不同；此处仅列出结论不一致之处。",
    },
    "others": {"en": "The other paths are in {table}.", "zh": "其余路径见{table}。"},
    "weights_note": {
        "en": "Hexagons: composites; rectangles: questions with their weights. Solid line: the interval excludes zero; "
        "dashed line: no evidence. R²: share of variance that goes with the predictors (n = {n}).",
        "zh": "六边形为组合变量，矩形为题目及其权重。实线表示区间不包含零，虚线表示没有证据。R²为与预测构念相关的方差比例（n = {n}）。",
    },
    "total_note": {
        "en": "Where no path leads directly from one to the other (–), the total effect is the indirect one.",
        "zh": "两个构念之间没有直接路径时（以“–”表示），总效应等于间接效应，不再重复列出。",
    },
    "figure": {"en": "{title}: path diagram with standardised coefficients and {level} intervals", "zh": "{title}：路径图（标准化系数与{level}置信区间）"},
    "figure_note": {
        "en": "{shapes}; rectangles: questions with their standardised loadings. Solid line: the interval excludes zero; "
        "dashed line: no evidence. R²: share of variance that goes with the predictors (n = {n}).",
        "zh": "{shapes}，矩形为题目及其标准化载荷。实线表示区间不包含零，虚线表示没有证据。R²为与预测构念相关的方差比例（n = {n}）。",
    },
    "figure_bare": {"en": "{title}: path diagram with standardised coefficients", "zh": "{title}：路径图（标准化系数）"},
    "counted": {"en": "{n} questions", "zh": "{n}道题"},
    "counted_one": {"en": "1 question", "zh": "1道题"},
    "without_indicators": {
        "en": "Boxes below the constructs give the number of questions; their loadings or weights are in the appendix.",
        "zh": "构念下方的方框为题目数，载荷或权重见附录。",
    },
    "without_intervals": {"en": "The intervals are in {paths}.", "zh": "置信区间见{paths}。"},
    "without_coefficients": {
        "en": "Where a line has no room for its coefficient, {paths} gives it.",
        "zh": "图中放不下的系数见{paths}。",
    },
    "without_names": {"en": "Names in full: {names}.", "zh": "名称全文：{names}。"},
    "oval": {"en": "Ovals: constructs measured as factors", "zh": "椭圆为因子"},
    "hexagon": {"en": "Hexagons: composites of their questions", "zh": "六边形为组合变量"},
    "both": {"en": "Ovals: factors; hexagons: composites", "zh": "椭圆为因子，六边形为组合变量"},
    "paths": {"en": "{title}: paths", "zh": "{title}：路径系数"},
    "effects": {"en": "{title}: indirect and total effects", "zh": "{title}：间接效应与总效应"},
    "effects_note": {
        "en": "Estimates are unstandardised with delta-method intervals; “effect” is the technical term and does not claim a cause.",
        "zh": "估计值未标准化，区间按Delta法计算；“效应”为专门术语，不代表因果。",
    },
    "effects_note_pls": {
        "en": "All variables are standardised; bootstrap intervals; “effect” is the technical term and does not claim a cause.",
        "zh": "所有变量均已标准化，区间采用自助法；“效应”为专门术语，不代表因果。",
    },
    "std": {"en": "Standardised", "zh": "标准化值"},
    "indirect_head": {"en": "Indirect", "zh": "间接效应"},
    "total_head": {"en": "Total", "zh": "总效应"},
    "fit": {"en": "{title}: how well the model fits the answers", "zh": "{title}：模型与数据的吻合程度"},
    "estimated": {"en": "Estimated by {words}.", "zh": "估计方法：{words}。"},
    "measure": {"en": "Measure", "zh": "指标"},
    "value": {"en": "Value", "zh": "数值"},
    "guide": {"en": "Usual threshold", "zh": "参考标准"},
    "n": {"en": "Answers used", "zh": "分析样本量"},
    "chi": {"en": "χ² (degrees of freedom)", "zh": "χ²（自由度）"},
    "alt": {"en": "Path diagram. {text}", "zh": "路径图。{text}"},
    "alt_refused": {"en": "Path diagram of a model that must not be interpreted. ", "zh": "请勿解读的模型路径图。"},
    "alt_path": {"en": "{source} to {target}: {value} {interval}{none}. ", "zh": "{source}到{target}：{value} {interval}{none}。"},
    "alt_none": {"en": ", no evidence", "zh": "，没有证据"},
    "in_group": {"en": " (group “{group}”)", "zh": "（“{group}”组）"},
    "latent": {"en": "{title}: means of the constructs against “{first}”", "zh": "{title}：各构念均值（与“{first}”相比）"},
    "latent_note": {
        "en": "Latent means under equal intercepts, in the unit of each construct’s first question; d: in standard deviations of the construct. They may be compared where "
        "equal intercepts hold (analysis invariance).",
        "zh": "截距等值条件下的潜变量均值之差，单位同各构念的首个题目；d以构念的标准差为单位。只有截距等值成立时才可比较（见“测量不变性”分析）。",
    },
    "difference": {"en": "Difference", "zh": "差异"},
}  # fmt: skip

MOST_CHECKS = 5
MOST_INDIRECT = 5
MOST_PATHS = 7
"""So many sentences on paths, the clearest first; the table holds them all."""
GUIDES = (("cfi", "CFI", "≥ .95"), ("tli", "TLI", "≥ .95"), ("srmr", "SRMR", "≤ .08"))
DISTANCES = (("d_uls", "d_ULS"), ("d_g", "d_G"))


@sections.register(
    "chain",
    title=WORDS["title"],
    reference="Hu and Bentler 1999; Jöreskog 1999",
    evidence="every number is looked up in results.json; refused fits bear the words 'do not interpret'",
    order=40,
    style="flow",
)
def chain(view: View) -> Sequence[Block]:
    """Every structural model of the study."""
    fits = view.document.of("fit")
    if not fits:
        return ()
    blocks: list[Block] = [Heading(view.word(WORDS["title"]), "chain")]
    for result in fits:
        if len(fits) > 1:
            blocks.append(Heading(label_text(view, result), f"chain-{result}", 2))
        blocks += _fit(view, result)
    return blocks


def _fit(view: View, result: str) -> Iterable[Block]:
    refused = view.document.refused(result)
    gate = tuple(_gate(view, result, refused))
    yield from gate
    said = {view.plain(item) for b in gate for item in b.items}
    if not refused and misfit(view.document, result):
        words = view.say(WORDS["misfit"], table=Ref(f"table-fit-{result}"))
        yield from warned(view, "caution", [words])
    figures = _figures(view, result)
    if figures:
        refs = {"figure": Ref(figures[0].id), "paths": Ref(f"table-paths-{result}")}
        yield Paragraph(view.say(WORDS["intro"], **refs))
        if not refused:
            yield from _sentences(view, result, said)
    paths: list[Block] = [_paths(view, result, refused)] if figures else []
    fit = _measures(view, result, refused)
    blocks: list[Block]
    if not any(f.wide for f in figures):
        blocks = [*figures, *paths, fit]
    elif refused or _twin(view, result):
        # Few sentences: tables fill the page before a picture on its own page.
        blocks = [fit, *paths, *figures]
    else:
        blocks = [fit, *figures, *paths]
    yield from blocks
    means = view.document.rows(result, "latent_means")
    if means:
        yield _latent_means(view, result, means, refused)
    effects = [r for r in view.document.rows(result, "effects") if r.text("kind") in ("indirect", "total")]
    indirect = [r for r in effects if r.text("kind") == "indirect"]
    if indirect and not refused:
        if not _twin(view, result):
            yield from statements(view, _about(view, result, ("indirect",))[:MOST_INDIRECT], said=said)
        direct = {(r.text("rhs"), r.text("lhs")) for r in path_rows(view.document, result)}
        totals = {_ends(r): r for r in effects if r.text("kind") == "total" and _ends(r)[:2] in direct}
        yield _effects(view, result, [(r, totals.get(_ends(r))) for r in indirect])


def _figures(view: View, result: str) -> list[FigureBlock]:
    """The diagram of each group; a wide one has a page of its own, on its side."""
    return [f for g in _groups(view, result) if (f := path_figure(view, result, g)) is not None]


def _sentences(view: View, result: str, said: Iterable[str]) -> Iterable[Block]:
    """What the paths say: the clearest ones; of a model with the same paths as an earlier one only what differs."""
    fit, path = (_about(view, result, (kind,)) for kind in ("fit", "path"))
    twin = _twin(view, result)
    if twin:
        yield Paragraph(view.say(WORDS["same_paths"], title=view.document.label(twin)))
        before = {f.about: f.strength == "none" for f in _about(view, twin, ("path",))}
        yield from statements(
            view, [*fit, *(f for f in path if (f.strength == "none") != before.get(f.about))], said=said
        )
        return
    told, untold = [f for f in path if f.strength != "none"], [f for f in path if f.strength == "none"]
    chosen = [*told[: max(MOST_PATHS - len(untold), MOST_PATHS // 2)], *untold][:MOST_PATHS]
    yield from statements(view, [*fit, *chosen], said=said)
    if len(chosen) < len(path):
        yield Paragraph(view.say(WORDS["others"], table=Ref(f"table-paths-{result}")), "note")


def _twin(view: View, result: str) -> str:
    """An earlier model that may be read and has the same paths; "" where there is none."""

    def paths(of: str) -> set[tuple[str, str, str]]:
        return {(r.text("lhs"), r.text("rhs"), r.text("group")) for r in path_rows(view.document, of)}

    fits = view.document.of("fit")
    earlier = (r for r in fits[: fits.index(result)] if not view.document.refused(r))
    return next((r for r in earlier if paths(r) == paths(result)), "")


def _groups(view: View, result: str) -> list[str]:
    return list(dict.fromkeys(r.text("group") for r in path_rows(view.document, result)))


def _about(view: View, result: str, kinds: Sequence[str]) -> list[Finding]:
    starts = tuple(f"{kind}.{result}." for kind in kinds)
    found = (f for f in view.of("chain") if f"{f.id}.".startswith(starts))
    return sorted(found, key=lambda f: (kinds.index(f.id.split(".")[0]), f.strength == "none"))


def _ends(row: Row) -> tuple[str, str, str]:
    """Where an effect starts, where it ends, in which group."""
    return row.text("from"), row.text("to"), row.text("group")


def _gate(view: View, result: str, refused: bool) -> Iterable[Box]:
    checks = view.document.checks(result)
    refusals = _few(view, [label for check, label in checks if check.level == "refuse"])
    cautions = _few(view, [label for check, label in checks if check.level == "caution"])
    if refused:
        yield from warned(view, "refused", [view.say(WORDS["refused_intro"]), *refusals])
    yield from warned(view, "caution", cautions)


def _few(view: View, labels: Sequence[Label]) -> tuple[Cell, ...]:
    """The first lines of a long list, and where the others stand."""
    lines: tuple[Cell, ...] = tuple((label,) for label in labels[:MOST_CHECKS])
    return (*lines, view.say(WORDS["more"])) if len(labels) > MOST_CHECKS else lines


def path_figure(view: View, result: str, group: str = "", id_: str = "") -> FigureBlock | None:
    """The path diagram of one group of a fit; None where it has no paths."""
    rows = [r for r in path_rows(view.document, result) if r.text("group") == group]
    if not rows:
        return None
    place = _groups(view, result).index(group)
    id_ = id_ or (f"figure-{result}-{place + 1}" if place else f"figure-{result}")
    refused = view.document.refused(result)
    arrows = [_arrow(view, r) for r in rows]
    constructs = _constructs(view, result, group, rows)
    words = view.word(REFUSED) if refused else ""
    picture, wide = diagram(constructs, arrows, look_of(view), refused=words)
    holes = {"title": view.document.label(result), "level": view.document.level}
    loaded = any(r.text("op") == "=~" for r in solution_rows(view.document, result))
    kinds = [k for k in ("oval", "hexagon") if any(c.shape == k for c in constructs)]
    shapes = view.word(WORDS[kinds[0] if len(kinds) == 1 else "both"])
    n = view.document.facts(result).number("n", "count")
    note = view.say(WORDS["figure_note" if loaded else "weights_note"], n=n, shapes=shapes)
    drawing = picture.plot.drawing
    left_out = drawing.left_out if drawing else ()
    bare = "intervals" in left_out
    caption = view.say(
        WORDS["figure_bare" if bare else "figure"], **({"title": holes["title"]} if bare else holes)
    )
    if group:
        caption = (*caption, *view.say(WORDS["in_group"], group=view.document.group(result, group)))
    return FigureBlock(
        id_, caption, picture.svg, _alt(view, rows, refused),
        (note, *_elsewhere(view, result, constructs, drawing, left_out)), wide=wide,
        share=100 if len(constructs) > 3 else 90, numbers=f"table-paths-{result}",
        plot=based(picture.plot, view.document.facts(result)),
    )  # fmt: skip


def _elsewhere(
    view: View, result: str, constructs: Sequence[Construct], drawing: Drawing | None, left_out: Sequence[str]
) -> Iterable[Cell]:
    """Where that stands for which a large model's picture has no room."""
    paths = Ref(f"table-paths-{result}")
    for what in left_out:
        if what != "names":
            yield view.say(WORDS[f"without_{what}"], paths=paths)
            continue
        cut = [c for c, k in zip(constructs, drawing.knots if drawing else (), strict=False) if k.cut]
        names: list[Inline] = []
        for c in cut:
            between = "; " if view.language == "en" else "；"
            names += [*([between] if names else []), view.document.label(c.name)]
        yield view.say(WORDS["without_names"], names=tuple(names))


def _arrow(view: View, row: Row) -> Arrow:
    known = row.has("low", "high")
    evident = not known or strength_of(row.get("est"), row.get("low"), row.get("high")) != "none"
    unit = format_in("unit2", view.language)
    return Arrow(
        row.text("rhs"),
        row.text("lhs"),
        float(row.get("est") or 0),
        FORMATS[unit](row.get("est")),
        interval_text(row, unit),
        evident,
    )


def _constructs(view: View, result: str, group: str, paths: Sequence[Row]) -> list[Construct]:
    solution = [r for r in solution_rows(view.document, result) if r.text("group") == group]
    r2 = {r.text("lhs"): r for r in view.document.rows(result, "r2") if r.text("group") in ("", group)}
    names = dict.fromkeys(n for r in paths for n in (r.text("rhs"), r.text("lhs")))
    made = []
    show = FORMATS[format_in("unit2", view.language)]
    for name in names:
        own = [r for r in solution if r.text("lhs") == name]
        loadings = [r for r in own if r.text("op") == "=~"] or [r for r in own if r.text("op") == "<~"]
        shown = [r for r in loadings if r.text("rhs") not in names]
        indicators = {r.text("rhs"): show(r.get("est")) for r in shown}
        counted = view.word(WORDS["counted_one" if len(indicators) == 1 else "counted"])
        note = ""
        if name in r2 and r2[name].has("r2") and any(r.text("lhs") == name for r in paths):
            note = f"R² {show(r2[name].get('r2'))}"
        made.append(
            Construct(
                name,
                label_text(view, name),
                tuple(indicators.items()),
                note,
                _shape(view, result, own, loadings),
                (note,) * bool(note) + tuple(_said(view, r) for r in shown),
                counted.format(n=len(indicators)),
            )
        )
    return made


def _shape(
    view: View, result: str, own: Sequence[Row], loadings: Sequence[Row]
) -> Literal["oval", "box", "hexagon"]:
    """An oval is a factor, a hexagon a composite of its questions, a box what was measured itself."""
    if not loadings:
        return "box"
    composite = any(r.text("op") == "<~" for r in own)
    consistent = view.document.facts(result).text("method") == "plsc"
    return "hexagon" if composite and not (consistent and _reflective(own)) else "oval"


def _reflective(own: Sequence[Row]) -> bool:
    return any(r.text("op") == "=~" for r in own)


def _said(view: View, row: Row) -> str:
    """An indicator in words: its question, its loading or weight with interval."""
    unit = format_in("unit2", view.language)
    words = f"{FORMATS[unit](row.get('est'))} {interval_text(row, unit)}".rstrip()
    return f"{label_text(view, row.text('rhs'))}  {words}"


def _alt(view: View, rows: Sequence[Row], refused: bool) -> str:
    if refused:
        return view.word(WORDS["alt_refused"]).strip()
    lines = []
    unit = format_in("unit2", view.language)
    for row in rows:
        known = row.has("low", "high")
        none = known and strength_of(row.get("est"), row.get("low"), row.get("high")) == "none"
        lines.append(
            view.word(WORDS["alt_path"]).format(
                source=label_text(view, row.text("rhs")),
                target=label_text(view, row.text("lhs")),
                value=FORMATS[unit](row.get("est")),
                interval=interval_text(row, unit),
                none=view.word(WORDS["alt_none"]) if none else "",
            )
        )
    return view.word(WORDS["alt"]).format(text="".join(lines).strip())


def _paths(view: View, result: str, refused: bool) -> TableBlock:
    rows = path_rows(view.document, result)
    grouped = len({r.text("group") for r in rows}) > 1
    columns = [column(view, "from", "left"), column(view, "to", "left")]
    if grouped:
        columns.append(column(view, "group", "left"))
    columns += [column(view, "coefficient"), column(view, "interval"), column(view, "se")]
    if not refused:
        columns += [Column((Stat("p"),)), column(view, "evidence", "left")]
    lines: list[tuple[Cell, ...]] = []
    for row in rows:
        cells: list[Cell] = [(view.document.label(row.text("rhs")),), (view.document.label(row.text("lhs")),)]
        if grouped:
            cells.append((view.document.group(result, row.text("group")),))
        cells += [(row.number("est", "unit2"),), interval_cell(row, "unit2"), (row.number("se", "unit2"),)]
        if not refused:
            cells += [
                (row.number("p", "p_cell"),),
                (view.word(STRENGTH[_strength(view, result, row)]) if row.has("low", "high") else "–",),
            ]
        lines.append(tuple(cells))
    caption = _caption(view, "paths", result, refused)
    return TableBlock(f"table-paths-{result}", caption, tuple(columns), tuple(lines), muted=refused)


def _strength(view: View, result: str, row: Row) -> Strength:
    return held(strength_of(row.get("est"), row.get("low"), row.get("high")), view.document, result)


def _effects(view: View, result: str, rows: Sequence[tuple[Row, Row | None]]) -> TableBlock:
    """A line per indirect effect; behind it the total one where a path also leads directly."""
    grouped = len({r.text("group") for r, _ in rows}) > 1
    columns = [column(view, "from", "left"), column(view, "to", "left")]
    if grouped:
        columns.append(column(view, "group", "left"))
    columns += [
        Column(view.say(WORDS["indirect_head"])), column(view, "interval"), Column(view.say(WORDS["std"])),
        Column((Stat("p"),)), Column(view.say(WORDS["total_head"])), column(view, "interval"),
    ]  # fmt: skip
    lines: list[tuple[Cell, ...]] = []
    before = ("", "")
    for row, total in rows:
        start = (row.text("from"), row.text("group"))
        cells: list[Cell] = [
            ("" if start == before else view.document.label(start[0]),), (view.document.label(row.text("to")),),
        ]  # fmt: skip
        if grouped:
            cells.append((view.document.group(result, row.text("group")),))
        cells += [(row.number("estimate", "number2"),), interval_cell(row, "number2")]
        cells += [(row.number("std", "unit2"),), (row.number("p", "p_cell"),)]
        cells += [
            (total.number("estimate", "number2"),) if total else ("–",),
            interval_cell(total, "number2") if total else ("",),
        ]  # fmt: skip
        lines.append(tuple(cells))
        before = start
    caption = view.say(WORDS["effects"], title=view.document.label(result))
    composite = str(view.document.data["results"][result].get("estimator", "")).startswith("pls")
    notes = (
        view.say(WORDS["effects_note_pls" if composite else "effects_note"]),
        view.say(WORDS["total_note"]),
    )
    return TableBlock(f"table-effects-{result}", caption, tuple(columns), tuple(lines), notes)


def _latent_means(view: View, result: str, rows: Sequence[Row], refused: bool) -> TableBlock:
    """Means of the constructs of the later groups against the first."""
    lines: list[tuple[Cell, ...]] = [
        (
            (view.document.group(result, r.text("group")),),
            (view.document.label(r.text("construct")),),
            (r.number("estimate", "number2"),),
            interval_cell(r, "number2"),
            (r.number("p", "p_cell"),) if r.has("p") and not refused else ("–",),
            (r.number("d", "number2"),),
            (r.number("n", "count"),),
        )
        for r in rows
    ]
    columns = (
        column(view, "group", "left"), column(view, "construct", "left"), Column(view.say(WORDS["difference"])),
        column(view, "interval"), Column((Stat("p"),)), Column((Stat("d"),)), Column((Stat("n"),)),
    )  # fmt: skip
    reference = next(r.text("group") for r in view.document.rows(result) if r.text("group"))
    first = view.document.group(result, reference)
    caption = view.say(WORDS["latent"], title=view.document.label(result), first=first)
    return TableBlock(
        f"table-latent-means-{result}", caption_of(view, caption, refused), columns, tuple(lines),
        (view.say(WORDS["latent_note"]),), muted=refused,
    )  # fmt: skip


def _measures(view: View, result: str, refused: bool) -> TableBlock:
    facts = view.document.facts(result)
    rows: list[tuple[Cell, ...]] = [(view.say(WORDS["n"]), (facts.number("n", "count"),), ("",))]
    if facts.has("chisq", "df"):
        cell: Cell = (facts.number("chisq", "number2"), " (", facts.number("df", "count"), ")")
        rows.append((view.say(WORDS["chi"]), cell, ("",)))
    if facts.has("p_value") and not refused:
        rows.append(((Stat("p"),), (facts.number("p_value", "p_cell"),), (Fixed("> .05", "formula"),)))
    for key, name, mark in GUIDES:
        if facts.has(key):
            rows.append(((Fixed(name, "formula"),), (facts.number(key, "unit3"),), (Fixed(mark, "formula"),)))
        if key == "tli" and facts.has("rmsea"):
            cell = (facts.number("rmsea", "unit3"),)
            if facts.has("rmsea_low", "rmsea_high"):
                cell = (
                    *cell,
                    " [",
                    facts.number("rmsea_low", "unit3"),
                    ", ",
                    facts.number("rmsea_high", "unit3"),
                    "]",
                )
            rows.append(((Fixed("RMSEA [90%]", "formula"),), cell, (Fixed("≤ .06", "formula"),)))
    for key, name in DISTANCES:
        if facts.has(key):
            rows.append(((Fixed(name, "formula"),), (facts.number(key, "number3"),), ("",)))
    columns = (
        Column(view.say(WORDS["measure"]), "left", wide=True),
        Column(view.say(WORDS["value"])),
        Column(view.say(WORDS["guide"])),
    )
    caption = _caption(view, "fit", result, refused)
    notes = (view.say(WORDS["estimated"], words=Fixed(estimation(view, result), "formula")),)
    return TableBlock(f"table-fit-{result}", caption, columns, tuple(rows), notes, muted=refused)


def _caption(view: View, kind: str, result: str, refused: bool) -> Cell:
    return caption_of(view, view.say(WORDS[kind], title=view.document.label(result)), refused)
