"""Measurement invariance in words: what may be compared between the groups, and where the groups' constructs differ."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Label, Strength, fill, join
from surveykit.findings._rules import cautioned, make, rules, strength_of
from surveykit.findings.paths import MARKS
from surveykit.results import Check

__all__ = ["STEPS", "verdict_of"]

STEPS = ("configural", "thresholds", "metric", "scalar", "strict", "variances", "means")

TEXTS = {
    "means": {
        "en": "The questions mean the same in each group: equal loadings and equal intercepts hold (CFI changes by {delta_cfi}, RMSEA by {delta_rmsea}, n = {n}). "
        "The groups’ means of these constructs may be compared.",
        "zh": "各组对题目的理解一致：载荷等值与截距等值均成立（CFI变化{delta_cfi}，RMSEA变化{delta_rmsea}，n = {n}），可以比较各组在这些构念上的均值。",
    },
    "relations": {
        "en": "The questions go with their constructs in the same way in each group, but at the same level of a construct the groups answer some questions "
        "differently (with equal intercepts CFI changes by {delta_cfi}, RMSEA by {delta_rmsea}, n = {n}). Relations between constructs may be compared "
        "between the groups; do not compare their means.",
        "zh": "各组的载荷等值成立，但截距等值不成立（加入截距等值后，CFI变化{delta_cfi}，RMSEA变化{delta_rmsea}，n = {n}）。可以比较各组中构念之间的关系，但请勿比较均值。",
    },
    "neither": {
        "en": "The questions do not go with their constructs in the same way in each group (with equal loadings CFI changes by {delta_cfi}, RMSEA by {delta_rmsea}, n = {n}): "
        "compare neither means nor relations between the groups.",
        "zh": "各组的载荷等值不成立（加入载荷等值后，CFI变化{delta_cfi}，RMSEA变化{delta_rmsea}，n = {n}）：各组的均值与构念之间的关系均请勿比较。",
    },
    "untested": {
        "en": "The questions go with their constructs in the same way in each group (with equal loadings CFI changes by {delta_cfi}, RMSEA by {delta_rmsea}, n = {n}): relations may be "
        "compared. Equal intercepts were not tested, so nothing is said about means.",
        "zh": "各组的载荷等值成立（加入载荷等值后，CFI变化{delta_cfi}，RMSEA变化{delta_rmsea}，n = {n}），可以比较构念之间的关系；未检验截距等值，不对均值作任何判断。",
    },
    "means_brief": {
        "en": "People of each group understand the questions in the same way, so the groups’ averages may be compared.",
        "zh": "各组对题目的理解一致，可以比较各组的均值。",
    },
    "relations_brief": {
        "en": "The groups do not understand all questions in the same way: differences between their averages may come in part from that.",
        "zh": "各组对部分题目的理解不同：各组均值的差异，有一部分可能来自理解上的不同。",
    },
    "neither_brief": {
        "en": "The questions do not mean the same in each group, so the groups’ averages and what goes with them should not be compared.",
        "zh": "各组对题目的理解不一致，各组的均值及各方面的关系均不宜比较。",
    },
    "partial": {
        "en": "This holds with some parameters left free in every group: {names}.",
        "zh": "以上结论是在各组自由估计以下参数的前提下得出的：{names}。",
    },
    "refused": {
        "en": "Whether the groups may be compared cannot be said. {words}",
        "zh": "无法判断各组能否比较。{words}",
    },
    "higher": {
        "en": "{construct} is higher in “{group}” than in “{first}”: latent means differ by {estimate} ({level} interval {low} to {high}; {d} standard deviations).",
        "zh": "“{group}”的{construct}高于“{first}”：潜变量均值相差{estimate}（{level}置信区间为{low}至{high}，合{d}个标准差）。",
    },
    "lower": {
        "en": "{construct} is lower in “{group}” than in “{first}”: latent means differ by {estimate} ({level} interval {low} to {high}; {d} standard deviations).",
        "zh": "“{group}”的{construct}低于“{first}”：潜变量均值相差{estimate}（{level}置信区间为{low}至{high}，合{d}个标准差）。",
    },
    "same": {
        "en": "There is no evidence that {construct} differs between “{group}” and “{first}” (difference of latent means {estimate}, {level} interval {low} to {high}, which "
        "includes zero).",
        "zh": "没有证据表明“{group}”与“{first}”在{construct}上存在差异（潜变量均值之差为{estimate}，{level}置信区间为{low}至{high}，包含零）。",
    },
}  # fmt: skip

_POOR = {
    "en": "the model fits the answers poorly even with nothing held equal, so that little follows from equality.",
    "zh": "即使不加任何等值约束，模型与数据的吻合也较差，等值检验的意义有限。",
}


@rules.register(
    "invariance",
    title={"en": "Measurement invariance", "zh": "测量不变性"},
    reference="Vandenberg and Lance 2000; Cheung and Rensvold 2002; Chen 2007",
    evidence="the numbers are those of the ladder, by key; means are worded only where equal intercepts hold",
    texts=TEXTS,
)
def invariance(document: Document) -> Iterable[Finding]:
    """One verdict per ladder: what may be compared; then the latent means where they may be."""
    for result in document.of("invariance"):
        if document.refused(result):
            yield _refused(document, result)
            continue
        kind, step = verdict_of(document, result)
        if step is not None:
            yield _verdict(document, result, kind, step)
        if kind == "means":
            yield from _means(document, result)


def verdict_of(document: Document, result: str) -> tuple[str, Row | None]:
    """``means``, ``relations``, ``neither``, ``untested`` or "", and the step of the ladder that decides it."""
    rows = {r.text("term"): r for r in document.rows(result)}
    reached = STEPS.index(document.facts(result).text("supported"))
    if "scalar" in rows and reached >= STEPS.index("scalar"):
        return "means", rows["scalar"]
    if "metric" in rows and reached < STEPS.index("metric"):
        return "neither", rows["metric"]
    if "scalar" in rows:
        return ("relations" if "metric" in rows else "neither"), rows["scalar"]
    return ("untested", rows["metric"]) if "metric" in rows else ("", None)


def _refused(document: Document, result: str) -> Finding:
    refusals = [(check, label) for check, label in document.checks(result) if check.level == "refuse"]
    text = fill(TEXTS["refused"], words=refusals[0][1])
    return make(
        f"refused.{result}", "invariance", 60.0, "refused", text, about=(result,), checks=tuple(c for c, _ in refusals),
        table=f"table-steps-{result}",
    )  # fmt: skip


def _verdict(document: Document, result: str, kind: str, step: Row) -> Finding:
    holes = {k: step.number(k, "unit3") for k in ("delta_cfi", "delta_rmsea")}
    text = fill(TEXTS[kind], n=step.number("n", "count"), **holes)
    partial = document.data["results"][result].get("options", {}).get("group_partial") or ()
    if partial and kind in ("means", "relations", "untested"):
        names = Label({"en": ", ".join(partial), "zh": "、".join(partial)})
        text = join(text, fill(TEXTS["partial"], names=names))
    brief = fill(TEXTS[f"{kind}_brief"]) if f"{kind}_brief" in TEXTS else None
    text, checks = cautioned(text, document, result, (), _poor(document.rows(result)))
    strength: Strength = "weak" if checks else "moderate"
    importance = 40.0 if kind in ("means", "untested") else 62.0
    return make(
        f"invariance.{result}", "invariance", importance, strength, text, about=(result,), checks=checks,
        table=f"table-steps-{result}", brief=brief,
    )  # fmt: skip


def _poor(rows: Sequence[Row]) -> tuple[Check, ...]:
    """A caution where the least restricted model misses the acceptable marks of fit."""
    first = rows[0]
    for measure, _, mark, _ in MARKS:
        value = first.get(measure)
        if value is not None and (value < mark if measure == "cfi" else value > mark):
            return (Check("POOR_FIT", "caution", dict(_POOR), ()),)
    return ()


def _means(document: Document, result: str) -> Iterator[Finding]:
    facts = document.facts(result)
    by, first = facts.text("by"), facts.text("first")
    for row in document.rows(result, "latent_means"):
        if not row.has("estimate", "low", "high"):
            continue
        strength = strength_of(row.get("estimate"), row.get("low"), row.get("high"))
        kind = "same" if strength == "none" else "higher" if row.get("estimate") > 0 else "lower"
        construct, group = row.text("construct"), row.text("group")
        text = fill(
            TEXTS[kind],
            construct=document.label(construct),
            group=document.label(f"{by}={group}"),
            first=document.label(f"{by}={first}"),
            level=document.level,
            **{k: row.number(k, "number2") for k in ("estimate", "low", "high", "d")},
        )
        text, checks = cautioned(text, document, result, (construct,))
        importance = 24.0 if kind == "same" else 36.0 + 12 * min(abs(float(row.get("d") or 0)), 1.0)
        yield make(
            f"latent_mean.{result}.{construct}.{group}", "invariance", importance, strength, text,
            about=(result, construct, group), checks=checks, table=f"table-latent-means-{result}",
        )  # fmt: skip
