"""The measurement model, where a model and the answers part, and what a study could have seen."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Iterator

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Label, Strength, fill
from surveykit.findings._rules import cautioned, interval, make, rules
from surveykit.findings.paths import fit_quality

ALPHA, NOTABLE, MOST = 0.05, 0.10, 3
HALF, USUAL, RATIO = 0.50, 0.70, 0.90

TEXTS = {
    "good": {
        "en": "The measurement model fits the answers well (CFI {cfi}, RMSEA {rmsea}, SRMR {srmr}, n = {n}).",
        "zh": "测量模型与数据吻合良好（CFI为{cfi}，RMSEA为{rmsea}，SRMR为{srmr}，n = {n}）。",
    },
    "fair": {
        "en": "The measurement model fits the answers acceptably (CFI {cfi}, RMSEA {rmsea}, SRMR {srmr}, n = {n}).",
        "zh": "测量模型与数据的吻合程度尚可接受（CFI为{cfi}，RMSEA为{rmsea}，SRMR为{srmr}，n = {n}）。",
    },
    "poor": {
        "en": "The measurement model fits the answers poorly (CFI {cfi}, RMSEA {rmsea}, SRMR {srmr}, n = {n}): some questions do not measure the construct they are "
        "assigned to, or measure something else as well.",
        "zh": "测量模型与数据吻合较差（CFI为{cfi}，RMSEA为{rmsea}，SRMR为{srmr}，n = {n}）：部分题目可能并未测量其所属的构念，或同时测量了其他内容。",
    },
    "refused": {
        "en": "The numbers of the measurement model must not be interpreted. {words}",
        "zh": "测量模型的数值请勿解读。{words}",
    },
    "rho_c": {
        "en": "The questions on {title} measure it with a composite reliability of only {estimate} ({level} interval {low} to {high}).",
        "zh": "“{title}”各题的组合信度仅为{estimate}（{level}置信区间为{low}至{high}）。",
    },
    "ave": {
        "en": "On average the questions on {title} share less than half of their variance with it (AVE {estimate}, {level} interval {low} to {high}).",
        "zh": "“{title}”对其题目方差的平均解释比例不足一半（AVE为{estimate}，{level}置信区间为{low}至{high}）。",
    },
    "apart": {
        "en": "Respondents may not have told {first} and {second} apart: in the measurement model they correlate at {estimate} ({level} interval {low} to {high}).",
        "zh": "受访者可能未能区分“{first}”与“{second}”：二者在测量模型中的相关为{estimate}（{level}置信区间为{low}至{high}）。",
    },
    "more": {
        "en": "The answers to “{first}” and “{second}” go together more than the model says (correlation {observed}, by the model {implied}; adjusted p {p}).",
        "zh": "“{first}”与“{second}”两题回答的相关高于模型所示（实际为{observed}，模型为{implied}；校正后p {p}）。",
    },
    "less": {
        "en": "The answers to “{first}” and “{second}” go together less than the model says (correlation {observed}, by the model {implied}; adjusted p {p}).",
        "zh": "“{first}”与“{second}”两题回答的相关低于模型所示（实际为{observed}，模型为{implied}；校正后p {p}）。",
    },
    "close": {
        "en": "No pair of questions departs from the model both notably and by more than chance ({pairs} pairs, n = {n}).",
        "zh": "在{pairs}对题目中，没有哪一对与模型的差距既明显又超出偶然范围（n = {n}）。",
    },
    "one": {
        "en": "With n = {n}, the smallest standardised path from {source} to {target} that can be detected with {wanted} power is {worst}. “No evidence” does not rule out a "
        "smaller one.",
        "zh": "在n = {n}的情况下，以{wanted}的检验力能够检测到的{source}到{target}的最小标准化路径系数为{worst}。“没有证据”并不排除更小的关联。",
    },
    "range": {
        "en": "With n = {n}, the smallest standardised path that can be detected with {wanted} power lies between {best} and {worst}, depending on the path; it is largest for the path from "
        "{source} to {target}. “No evidence” does not rule out smaller ones.",
        "zh": "在n = {n}的情况下，以{wanted}的检验力能够检测到的最小标准化路径系数因路径而异，介于{best}与{worst}之间，其中以{source}到{target}的路径为最大。“没有证据”并不排除更小的关联。",
    },
    "planned": {
        "en": "If the path from {source} to {target} is {population}, a sample of {n} would detect it with a probability of {power} (simulation interval {low} to {high}); {wanted} would take a sample "
        "of {n_power}.",
        "zh": "若{source}到{target}的路径系数为{population}，{n}份回答发现它的概率为{power}（模拟结果，区间为{low}至{high}）；要达到{wanted}，需要{n_power}份回答。",
    },
}  # fmt: skip


@rules.register(
    "structural",
    title={"en": "Measurement model, local fit, power", "zh": "测量模型、局部拟合与检验力"},
    reference="Hu and Bentler 1999; Fornell and Larcker 1981; Maydeu-Olivares 2017; Hoenig and Heisey 2001",
    evidence="the numbers are those of the analyses, by key; a refused fit gives one sentence",
    texts=TEXTS,
)
def structural(document: Document) -> Iterable[Finding]:
    """Sentences on the analyses cfa, local_fit and power."""
    for result in document.of("cfa"):
        yield from [_refused(document, result)] if document.refused(result) else _measured(document, result)
    for result in document.of("local_fit"):
        if not document.refused(result):
            yield from _departures(document, result)
    for result in document.of("power"):
        if not document.refused(result):
            yield from _power(document, result)


def _refused(document: Document, result: str) -> Finding:
    refusals = [(check, label) for check, label in document.checks(result) if check.level == "refuse"]
    text = fill(TEXTS["refused"], words=refusals[0][1])
    return make(
        f"refused.{result}", "cfa", 60.0, "refused", text, about=(result,), checks=tuple(c for c, _ in refusals),
        table=f"table-{result}",
    )  # fmt: skip


def _measured(document: Document, result: str) -> Iterator[Finding]:
    quality = fit_quality(document, result)
    if quality:
        facts = document.facts(result)
        holes = {k: facts.number(k, "unit3") for k in ("cfi", "rmsea", "srmr")}
        text = fill(TEXTS[quality], n=facts.number("n", "count"), **holes)
        strength: Strength = "weak" if quality == "poor" else "moderate"
        importance = 58.0 if quality == "poor" else 14.0
        yield make(
            f"cfa.{result}.fit",
            "cfa",
            importance,
            strength,
            text,
            about=(result,),
            table=f"table-fit-{result}",
        )
    for row in document.rows(result):
        kind, least = row.text("measure"), {"rho_c": USUAL, "ave": HALF}.get(row.text("measure"))
        if least is None or not row.has("estimate", "low", "high") or row.get("estimate") >= least:
            continue
        term = row.text("term")
        text = fill(TEXTS[kind], title=document.label(term), **interval(row, "unit2", document))
        text, checks = cautioned(text, document, result, (term,))
        yield make(
            f"cfa.{result}.{kind}.{term}.{row.text('group')}", "cfa", 40.0 if kind == "rho_c" else 32.0, "moderate", text,
            about=(term,), checks=checks, table=f"table-{result}",
        )  # fmt: skip
    for row in document.rows(result, "pairs"):
        if row.has("estimate", "low", "high") and abs(row.get("estimate")) > RATIO:
            yield _alike(document, result, row)


def _alike(document: Document, result: str, row: Row) -> Finding:
    first, second = row.text("lhs"), row.text("rhs")
    text = fill(
        TEXTS["apart"], first=document.label(first), second=document.label(second), **interval(row, "unit2", document)
    )  # fmt: skip
    return make(
        f"cfa.{result}.pair.{first}.{second}.{row.text('group')}", "cfa", 44.0, "moderate", text, about=(first, second),
        table=f"table-pairs-{result}",
    )  # fmt: skip


def _departures(document: Document, result: str) -> Iterator[Finding]:
    rows = document.rows(result)
    told = [
        r
        for r in rows
        if r.has("p_adjusted") and r.get("p_adjusted") < ALPHA and abs(r.get("estimate")) >= NOTABLE
    ]
    for row in told[:MOST]:
        kind = "more" if row.get("estimate") > 0 else "less"
        text = fill(
            TEXTS[kind],
            first=document.label(row.text("lhs")),
            second=document.label(row.text("rhs")),
            observed=row.number("observed", "unit2"),
            implied=row.number("implied", "unit2"),
            p=row.number("p_adjusted", "p"),
        )
        yield make(
            f"local.{result}.{row.text('lhs')}.{row.text('rhs')}.{row.text('group')}", "local_fit", 34.0, "moderate", text,
            about=(row.text("lhs"), row.text("rhs")), table=f"table-{result}",
        )  # fmt: skip
    if not told and any(r.has("p_adjusted") for r in rows):
        facts = document.facts(result)
        text = fill(TEXTS["close"], pairs=facts.number("pairs", "count"), n=facts.number("n", "count"))
        yield make(
            f"local.{result}", "local_fit", 12.0, "none", text, about=(result,), table=f"table-{result}"
        )


def _power(document: Document, result: str) -> Iterator[Finding]:
    facts = document.facts(result)
    paths = [r for r in document.rows(result) if r.text("op") == "~" and r.has("estimate")]
    shared = {"n": facts.number("n", "count"), "wanted": facts.number("wanted", "percent0")}
    smallest = sorted(
        (r for r in paths if r.text("kind") == "smallest"), key=lambda r: float(r.get("estimate"))
    )
    if smallest:
        worst = smallest[-1]
        best = {} if len(smallest) == 1 else {"best": smallest[0].number("estimate", "unit2")}
        text = fill(
            TEXTS["range" if best else "one"], worst=worst.number("estimate", "unit2"), **best, **shared, **_ends(document, worst)
        )  # fmt: skip
        text, checks = cautioned(text, document, result, ())
        yield make(
            f"power.{result}", "power", 24.0, "moderate", text, about=(result,), checks=checks, table=f"table-{result}"
        )  # fmt: skip
    for row in paths:
        if row.text("kind") == "planned" and row.has("n_power"):
            holes = {k: row.number(k, "percent0") for k in ("power", "low", "high")}
            text = fill(
                TEXTS["planned"], population=row.number("population", "number2"), n_power=row.number("n_power", "count"),
                **holes, **shared, **_ends(document, row),
            )  # fmt: skip
            yield make(
                f"power.{result}.{row.text('lhs')}.{row.text('rhs')}", "power", 26.0, "moderate", text, about=(result,),
                table=f"table-{result}",
            )  # fmt: skip


def _ends(document: Document, row: Row) -> dict[str, Label]:
    return {"source": document.label(row.text("rhs")), "target": document.label(row.text("lhs"))}
