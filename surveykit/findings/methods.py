"""One model by several methods: where they agree, where the conclusion hangs on the method, and what that means."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import FORMATS, Finding, fill, join
from surveykit.findings._rules import make, rules

TEXTS = {
    "all": {
        "en": "Sum scores, PLS and the methods that take out measurement error agree on each of the {paths} paths (n = {n}).",
        "zh": "总分回归、PLS以及校正测量误差的方法在全部{paths}条路径上得出相同的结论（n = {n}）。",
    },
    "some": {
        "en": "Of {paths} paths, the methods that can be compared agree on {agree} (n = {n}).",
        "zh": "可比较的方法在{paths}条路径中有{agree}条结果相近（n = {n}）。",
    },
    "apart_strength": {
        "en": "On {strength} they agree on the evidence but not on the strength.",
        "zh": "另有{strength}条各方法都有证据，但强弱不同。",
    },
    "apart_evidence": {
        "en": "On {evidence} they disagree about whether there is evidence.",
        "zh": "另有{evidence}条在有无证据上不一致。",
    },
    "apart_sign": {"en": "On {sign} they disagree about the direction.", "zh": "另有{sign}条方向不一致。"},
    "composites": {
        "en": "Only methods that leave measurement error in can be compared here, so their agreement says nothing about what that error hides.",
        "zh": "此处可比较的方法均未校正测量误差，它们之间的一致并不能说明测量误差掩盖了什么。",
    },
    "corrected": {
        "en": "Where PLSc and ML agree with each other and lie further from zero than the others, the difference reflects measurement error, which shrinks "
        "the paths of sum scores and PLS.",
        "zh": "若PLSc与极大似然的结果一致，且比其他方法的系数离零更远，则差异源于测量误差：测量误差会使总分回归与PLS的路径系数偏小。",
    },
    "evidence": {
        "en": "Only some methods find evidence that {target} goes with {source} (standardised coefficients from {lowest} to {highest}): "
        "the conclusion depends on the method.",
        "zh": "仅在部分方法下有证据表明{source}与{target}相关（标准化系数为{lowest}至{highest}）：结论取决于估计方法。",
    },
    "evidence_alike": {
        "en": "Only some methods find evidence that {target} goes with {source}, although each puts the standardised coefficient at about {lowest}: "
        "the conclusion depends on the method.",
        "zh": "各方法的标准化系数均约为{lowest}，但仅在部分方法下有证据表明{source}与{target}相关：结论取决于估计方法。",
    },
    "sign": {
        "en": "The direction in which {target} goes with {source} depends on the method: the standardised coefficient lies between {lowest} and {highest}.",
        "zh": "{source}与{target}的相关方向取决于估计方法：标准化系数介于{lowest}与{highest}之间。",
    },
}  # fmt: skip


@rules.register(
    "methods",
    title={"en": "One model, several methods", "zh": "同一模型的多种估计方法"},
    reference="Dijkstra and Henseler 2015, MIS Quarterly 39(2); Rönkkö, McIntosh and Antonakis 2015, PAID 87",
    evidence="the numbers are those of the comparison, by key; methods that the gate refuses are not compared",
    texts=TEXTS,
)
def methods(document: Document) -> Iterable[Finding]:
    """One sentence in all, one for each path on which the conclusion hangs on the method."""
    for result in document.of("comparison"):
        facts = document.facts(result)
        if not facts.has("paths", "agree", "n"):
            continue
        yield _overall(document, result, facts)
        for row in document.rows(result, "agreement"):
            if row.text("verdict") in ("evidence", "sign"):
                yield _path(document, result, row)


def _overall(document: Document, result: str, facts: Row) -> Finding:
    holes = {k: facts.number(k, "count") for k in ("paths", "agree", "n")}
    corrected = {r.text("method") for r in document.rows(result) if not r.get("refused")} & {"plsc", "ml"}
    same = facts.get("agree") == facts.get("paths")
    text = fill(TEXTS["all" if same and corrected else "some"], **holes)
    for apart in ("strength", "evidence", "sign"):
        if facts.get(apart):
            text = join(text, fill(TEXTS[f"apart_{apart}"], **{apart: facts.number(apart, "count")}))
    if not corrected:
        text = join(text, fill(TEXTS["composites"]))
    elif not same:
        text = join(text, fill(TEXTS["corrected"]))
    checks = tuple(c for c, _ in document.checks(result))
    return make(
        f"methods.{result}", "methods", 48.0, "strong" if corrected and same else "moderate", text,
        about=(result,), checks=checks, table=f"table-methods-{result}",
    )  # fmt: skip


def _path(document: Document, result: str, row: Row) -> Finding:
    source, target, verdict = row.text("rhs"), row.text("lhs"), row.text("verdict")
    show = FORMATS["unit2"]
    alike = verdict == "evidence" and show(row.get("lowest")) == show(row.get("highest"))
    holes = {"lowest": row.number("lowest", "unit2"), "highest": row.number("highest", "unit2")}
    if alike:
        del holes["highest"]
    text = fill(
        TEXTS["evidence_alike" if alike else verdict],
        source=document.label(source),
        target=document.label(target),
        **holes,
    )
    importance = 56.0 if verdict == "sign" else 40.0
    return make(
        f"methods.{result}.{target}.{source}", "methods", importance, "weak", text, about=(source, target),
        table=f"table-methods-{result}",
    )  # fmt: skip
