"""Where the model and the answers part: the largest residual correlations and modification indices."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.report._blocks import Block, Cell, Column, Fixed, Inline, TableBlock, View
from surveykit.report._cells import BETWEEN, column, group_cells, interval_cell
from surveykit.report._judged import checked, part_of_each
from surveykit.report._registry import sections
from surveykit.report._statements import statements

WORDS = {
    "title": {"en": "Appendix: where the model departs from the answers", "zh": "附录：模型与数据的局部差异"},
    "residuals": {"en": "Largest residual correlations", "zh": "最大的残差相关"},
    "pair": {"en": "Pair of questions", "zh": "题目对"},
    "observed": {"en": "Observed", "zh": "实际"},
    "implied": {"en": "By the model", "zh": "模型"},
    "residual": {"en": "Difference", "zh": "差异"},
    "adjusted": {"en": "p, adjusted", "zh": "校正后p"},
    "residuals_note": {
        "en": "The {shown} largest of {pairs} pairs; difference with its {level} interval, p by Holm over all pairs; –: no theory for it here.",
        "zh": "{pairs}对中差异最大的{shown}对；差异附{level}置信区间，p值经Holm法对全部题目对校正；–表示此处无相应理论。",
    },
    "changes": {"en": "Largest modification indices", "zh": "最大的修正指数"},
    "change": {"en": "Parameter", "zh": "参数"},
    "mi": {"en": "χ² by which the model would improve", "zh": "χ²的预期下降"},
    "epc": {"en": "Expected value", "zh": "预期值"},
    "std": {"en": "Standardised", "zh": "标准化值"},
    "changes_note": {
        "en": "p by Holm over all {changes} that were looked at. A number alone is no reason to change a model; the wording of the questions may be, and a changed model must prove itself on new answers.",
        "zh": "p值经Holm法对全部{changes}个参数校正。数值本身不是修改模型的理由，应以题目内容为依据；修改后的模型须用新的数据加以验证。",
    },
}  # fmt: skip

MOST = 10


@sections.register(
    "local_fit",
    title=WORDS["title"],
    reference="Maydeu-Olivares 2017; Sörbom 1989; MacCallum, Roznowski and Necowitz 1992",
    evidence="every number is looked up in results.json",
    order=82,
    style="flow",
)
def local_fit(view: View) -> Sequence[Block]:
    """Every look at local fit."""
    return part_of_each(view, view.document.of("local_fit"), view.word(WORDS["title"]), "local-fit", _one)


def _one(view: View, result: str) -> Iterable[Block]:
    refused = view.document.refused(result)
    yield from checked(view, result, ("refused",))
    yield from statements(
        view, [f for f in view.of("local_fit") if f"{f.id}.".startswith(f"local.{result}.")]
    )
    yield _residuals(view, result, refused)
    changes = view.document.rows(result, "changes")
    if changes and not refused:
        yield _changes(view, result, changes)


def _residuals(view: View, result: str, refused: bool) -> TableBlock:
    rows = view.document.rows(result)[:MOST]
    heads, lead = group_cells(view, result, rows)
    lines = [
        (
            *first,
            (_item(view, r.text("lhs")), view.word(BETWEEN), _item(view, r.text("rhs"))),
            (r.number("observed", "unit2"),),
            (r.number("implied", "unit2"),),
            (r.number("estimate", "unit2"),),
            interval_cell(r, "unit2"),
            (r.number("p_adjusted", "p_cell"),) if r.has("p_adjusted") and not refused else ("–",),
        )
        for r, first in zip(rows, lead, strict=True)
    ]
    columns = (
        *heads, Column(view.say(WORDS["pair"]), "left", wide=True), Column(view.say(WORDS["observed"])),
        Column(view.say(WORDS["implied"])), Column(view.say(WORDS["residual"])), column(view, "interval"),
        Column(view.say(WORDS["adjusted"])),
    )  # fmt: skip
    note = view.say(
        WORDS["residuals_note"], shown=Fixed(str(len(rows)), "structure"), level=view.document.level,
        pairs=view.document.facts(result).number("pairs", "count"),
    )  # fmt: skip
    return TableBlock(
        f"table-{result}", view.say(WORDS["residuals"]), columns, tuple(lines), (note,), muted=refused
    )


def _changes(view: View, result: str, rows: Sequence[Row]) -> TableBlock:
    heads, lead = group_cells(view, result, rows)
    lines: list[tuple[Cell, ...]] = [
        (
            *first,
            (_item(view, r.text("lhs")), Fixed(f" {r.text('op')} ", "formula"), _item(view, r.text("rhs"))),
            (r.number("mi", "number2"),),
            (r.number("p_adjusted", "p_cell"),),
            (r.number("epc", "number2"),),
            (r.number("sepc_all", "number2"),),
        )
        for r, first in zip(rows, lead, strict=True)
    ]
    columns = (
        *heads, Column(view.say(WORDS["change"]), "left", wide=True), Column(view.say(WORDS["mi"])),
        Column(view.say(WORDS["adjusted"])), Column(view.say(WORDS["epc"])), Column(view.say(WORDS["std"])),
    )  # fmt: skip
    note = view.say(WORDS["changes_note"], changes=view.document.facts(result).number("changes", "count"))
    return TableBlock(f"table-changes-{result}", view.say(WORDS["changes"]), columns, tuple(lines), (note,))


def _item(view: View, name: str) -> Inline:
    """A construct by its title, a question by its short name: two questions do not fit into a cell."""
    label = view.document.label(name)
    asked = {i["item"] for i in view.document.data["sample"]["items"]}
    return label if label.key and name not in asked else Fixed(name, "given")
