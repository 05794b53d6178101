"""Power: the smallest path that was to be seen, or what a planned study would see."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Row
from surveykit.report._blocks import Block, Cell, Column, Fixed, TableBlock, View
from surveykit.report._cells import column, interval_cell
from surveykit.report._judged import checked, part_of_each
from surveykit.report._registry import sections
from surveykit.report._statements import statements

WORDS = {
    "title": {"en": "Appendix: what the study could see", "zh": "附录：本研究的检验力"},
    "smallest": {"en": "Smallest path that is detected, by path", "zh": "各路径能够检测到的最小系数"},
    "least": {"en": "Smallest path", "zh": "最小系数"},
    "power_of": {"en": "Power, {size}", "zh": "检验力（{size}）"},
    "needed": {"en": "n, {size}", "zh": "n（{size}）"},
    "smallest_note": {
        "en": "Standardised paths, two-sided tests at {alpha}, {wanted} power; then the power for paths of {sizes}, and the n that each needs for {wanted}. Computed from the "
        "standard errors at n = {n}, not from the estimates.",
        "zh": "标准化路径系数，双侧检验水平{alpha}，检验力{wanted}；其后为系数分别为{sizes}时的检验力，以及达到{wanted}所需的n。依据n = {n}时的标准误计算，与估计值无关。",
    },
    "planned": {"en": "Power of the planned study, by simulation", "zh": "拟议研究的模拟检验力"},
    "value": {"en": "Value", "zh": "系数值"},
    "power": {"en": "Power", "zh": "检验力"},
    "simulated": {"en": "Simulation error (95%)", "zh": "模拟误差（95%）"},
    "n_power": {"en": "n for {wanted}", "zh": "达到{wanted}所需的n"},
    "planned_note": {
        "en": "{converged} of {replications} simulated samples of n = {n} converged; values are those of the population, unstandardised.",
        "zh": "共模拟{replications}个n = {n}的样本，其中{converged}个收敛；系数值为总体值，未标准化。",
    },
}  # fmt: skip

LISTED = {"en": ".10, .20 and .30", "zh": "0.10、0.20与0.30"}
SIZES = ((".10", "10"), (".20", "20"), (".30", "30"))


@sections.register(
    "power",
    title=WORDS["title"],
    reference="Hoenig and Heisey 2001; Muthén and Muthén 2002",
    evidence="every number is looked up in results.json",
    order=83,
    style="flow",
)
def power(view: View) -> Sequence[Block]:
    """Every power analysis."""
    return part_of_each(view, view.document.of("power"), view.word(WORDS["title"]), "power", _one)


def _one(view: View, result: str) -> Iterable[Block]:
    refused = view.document.refused(result)
    yield from checked(view, result, ("refused",))
    yield from statements(view, [f for f in view.of("power") if f"{f.id}.".startswith(f"power.{result}.")])
    rows = view.document.rows(result)
    smallest = [r for r in rows if r.text("kind") == "smallest"]
    planned = [r for r in rows if r.text("kind") == "planned"]
    if smallest:
        yield _smallest(view, result, smallest, refused)
    if planned:
        yield _planned(view, result, planned)


def _smallest(view: View, result: str, rows: Sequence[Row], refused: bool) -> TableBlock:
    facts = view.document.facts(result)
    lines: list[tuple[Cell, ...]] = [
        (
            (view.document.label(r.text("rhs")),),
            (view.document.label(r.text("lhs")),),
            (r.number("estimate", "unit2"),),
            *((r.number(f"power_{key}", "percent0"),) for _, key in SIZES),
            *((r.number(f"n_{key}", "count"),) for _, key in SIZES),
        )
        for r in rows
    ]
    columns = (
        column(view, "from", "left"), column(view, "to", "left"), Column(view.say(WORDS["least"])),
        *(Column(view.say(WORDS[k], size=Fixed(size, "formula"))) for k in ("power_of", "needed") for size, _ in SIZES),
    )  # fmt: skip
    note = view.say(
        WORDS["smallest_note"], sizes=Fixed(view.word(LISTED), "formula"), n=facts.number("n", "count"), alpha=facts.number("alpha", "unit2"), wanted=facts.number("wanted", "percent0")
    )  # fmt: skip
    return TableBlock(
        f"table-{result}", view.say(WORDS["smallest"]), columns, tuple(lines), (note,), muted=refused
    )


def _planned(view: View, result: str, rows: Sequence[Row]) -> TableBlock:
    facts = view.document.facts(result)
    lines: list[tuple[Cell, ...]] = [
        (
            (
                view.document.label(r.text("lhs")),
                Fixed(f" {r.text('op')} ", "formula"),
                view.document.label(r.text("rhs")),
            ),
            (r.number("population", "number2"),),
            (r.number("power", "percent0"),),
            interval_cell(r, "percent0"),
            (r.number("n_power", "count"),),
        )
        for r in rows
    ]
    columns = (
        Column(view.say({"en": "Parameter", "zh": "参数"}), "left", wide=True), Column(view.say(WORDS["value"])),
        Column(view.say(WORDS["power"])), Column(view.say(WORDS["simulated"])),
        Column(view.say(WORDS["n_power"], wanted=facts.number("wanted", "percent0"))),
    )  # fmt: skip
    note = view.say(
        WORDS["planned_note"], **{k: facts.number(k, "count") for k in ("converged", "replications", "n")}
    )
    return TableBlock(f"table-{result}", view.say(WORDS["planned"]), columns, tuple(lines), (note,))
