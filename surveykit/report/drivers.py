"""Drivers: what goes most closely with the outcome, with intervals and the stability of the order."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from surveykit.findings import Row
from surveykit.findings._finding import FORMATS
from surveykit.report._blocks import (
    Block,
    Cell,
    Column,
    FigureBlock,
    Fixed,
    Heading,
    Paragraph,
    TableBlock,
    View,
)
from surveykit.report._cells import based, group_cells, interval_cell, interval_text, label_text
from surveykit.report._judged import checked
from surveykit.report._registry import sections
from surveykit.report._statements import statements
from surveykit.report.charts import Dot, dots
from surveykit.report.scores import look_of
from surveykit.results import Check

__all__ = ["driver_figure"]

WORDS = {
    "title": {"en": "What goes with {outcome}", "zh": "与{outcome}相关的因素"},
    "plain": {"en": "Drivers", "zh": "关键因素"},
    "intro": {
        "en": "The predictors overlap, so each one’s share of the variance of {outcome} is averaged over every order in which they "
        "could enter the model (LMG). The shares add up to R² ({r2}, n = {n}). A share says how closely things go together, not what "
        "would change {outcome}.",
        "zh": "各预测变量之间相互重叠。每个变量的份额是其在所有可能进入次序下所增加的R²的平均值（LMG），各份额之和等于R²（{r2}，n = {n}）。"
        "份额只说明关系有多密切，并不说明改变某个因素会使{outcome}发生变化。",
    },
    "figure": {"en": "Share of the variance of {outcome} by predictor, with {level} intervals", "zh": "各因素在{outcome}方差中所占的份额与{level}置信区间"},
    "table": {"en": "Predictors of {outcome}: two measures of importance side by side", "zh": "{outcome}的预测变量：两种重要性指标对照"},
    "predictor": {"en": "Predictor", "zh": "预测变量"},
    "lmg": {"en": "LMG", "zh": "LMG"},
    "share": {"en": "Share of R²", "zh": "占R²比例"},
    "first": {"en": "First in", "zh": "排首位比例"},
    "johnson": {"en": "Johnson", "zh": "Johnson权重"},
    "r": {"en": "Correlation", "zh": "相关系数"},
    "note": {
        "en": "First in: share of bootstrap samples in which the predictor comes first. Johnson: Johnson’s relative weights.",
        "zh": "排首位比例指该变量排在首位的自助样本所占的比例；Johnson权重即相对权重。",
    },
    "largest": {"en": "The {shown} largest of {all}.", "zh": "{all}项中最大的{shown}项。"},
    "alt": {"en": "Dots with intervals: share of variance. {text}", "zh": "点与区间图：方差份额。{text}"},
    "alt_row": {"en": "{label}: {text}. ", "zh": "{label}：{text}。"},
}  # fmt: skip


@sections.register(
    "drivers",
    title=WORDS["plain"],
    reference="Grömping 2007, American Statistician 61(2); Johnson 2000",
    evidence="every number is looked up in results.json",
    order=50,
    style="flow",
)
def drivers(view: View) -> Sequence[Block]:
    """Each driver analysis with its picture and table."""
    blocks: list[Block] = []
    for result in view.document.of("drivers"):
        blocks += _one(view, result)
    return blocks


def _one(view: View, result: str) -> Iterable[Block]:
    outcome = view.document.label(_outcome(view, result))
    yield Heading(view.plain(view.say(WORDS["title"], outcome=outcome)), f"drivers-{result}")
    facts = view.document.facts(result)
    if facts.has("r2", "n"):
        holes = {"outcome": outcome, "r2": facts.number("r2", "unit2"), "n": facts.number("n", "count")}
        yield Paragraph(view.say(WORDS["intro"], **holes))
    yield from statements(view, [f for f in view.of("drivers") if f.id.startswith(f"driver.{result}.")])
    figure = driver_figure(view, result, f"figure-{result}")
    if figure is not None:
        yield figure
    yield _table(view, result)
    yield from checked(view, result, told=_further)


def _further(check: Check) -> bool:
    """Whether a check says more than the sentence on the first driver, which speaks of unsettled ranks itself."""
    return check.code != "unstable_ranks"


def _outcome(view: View, result: str) -> str:
    return str(view.document.data["results"][result].get("options", {}).get("outcome", ""))


def _ordered(view: View, result: str) -> list[Row]:
    rows = [r for r in view.document.rows(result) if r.has("estimate")]
    return sorted(rows, key=lambda r: (r.text("group"), -float(r.get("estimate")), r.text("term")))


def driver_figure(
    view: View, result: str, id_: str, caption: Mapping[str, str] = WORDS["figure"], most: int | None = None
) -> FigureBlock | None:
    """Shares with intervals, the ``most`` largest or all; None where there are no intervals."""
    known = [r for r in _ordered(view, result) if r.has("low", "high") and not r.text("group")]
    if not known:
        return None
    rows = known if most is None or len(known) <= most + 1 else known[:most]
    made, told = [], []
    for row in rows:
        label = label_text(view, row.text("term"))
        text = f"{FORMATS['percent0'](row.get('estimate'))} {interval_text(row, 'percent0')}"
        made.append(
            Dot(label, float(row.get("estimate")), float(row.get("low")), float(row.get("high")), text)
        )
        told.append((label, text))
    holes = {"outcome": view.document.label(_outcome(view, result)), "level": view.document.level}
    picture = dots(
        made, look_of(view), bars=True, percent=True, domain=(0.0, max(d.high for d in made) * 1.05)
    )
    lines = "".join(view.word(WORDS["alt_row"]).format(label=label, text=text) for label, text in told)
    alt = view.word(WORDS["alt"]).format(text=lines.strip())
    plot = based(picture.plot, view.document.facts(result))
    count = {k: Fixed(str(len(v)), "structure") for k, v in (("shown", rows), ("all", known))}
    notes = (view.say(WORDS["largest"], **count),) if len(rows) < len(known) else ()
    return FigureBlock(
        id_, view.say(caption, **holes), picture.svg, alt, notes, numbers=f"table-{result}", plot=plot
    )


def _table(view: View, result: str) -> TableBlock:
    interval = {"en": "{level} interval", "zh": "{level}置信区间"}
    ordered = _ordered(view, result)
    heads, lead = group_cells(view, result, ordered)
    columns = (
        *heads,
        Column(view.say(WORDS["predictor"]), "left", wide=True),
        Column(view.say(WORDS["lmg"])),
        Column(view.say(interval, level=view.document.level)),
        Column(view.say(WORDS["share"])),
        Column(view.say(WORDS["first"])),
        Column(view.say(WORDS["johnson"])),
        Column(view.say(WORDS["r"])),
    )
    rows: list[tuple[Cell, ...]] = []
    for row, first in zip(ordered, lead, strict=True):
        rows.append(
            (
                *first,
                (view.document.label(row.text("term")),),
                (row.number("estimate", "unit3"),),
                interval_cell(row, "unit3"),
                (row.number("share", "percent0"),),
                (row.number("top", "percent0"),),
                (row.number("johnson", "unit3"),),
                (row.number("r", "unit2"),),
            )
        )
    caption = view.say(WORDS["table"], outcome=view.document.label(_outcome(view, result)))
    return TableBlock(f"table-{result}", caption, columns, tuple(rows), (view.say(WORDS["note"]),))
