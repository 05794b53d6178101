"""One PLS model in several groups: which paths differ, and where composites are not made alike."""

# ruff: noqa: E501  (a wording stays on one line in each language)

from __future__ import annotations

from collections.abc import Iterable, Iterator

from surveykit.findings._document import Document, Row
from surveykit.findings._finding import Finding, Strength, fill
from surveykit.findings._rules import make, rules

TEXTS = {
    "differs": {
        "en": "{target} and {source} go together differently in “{a}” ({value_a}) and “{b}” ({value_b}): the standardised coefficients differ by {difference} "
        "(permutation test, p {p}; not adjusted for the number of tests).",
        "zh": "{source}与{target}的关系在“{a}”（{value_a}）与“{b}”（{value_b}）两组中不同：标准化系数相差{difference}（置换检验，p {p}，未作多重比较校正）。",
    },
    "alike": {
        "en": "There is no evidence that any of the {paths} paths differs between the groups (permutation tests, n = {n}).",
        "zh": "没有证据表明{paths}条路径中有任何一条在各组之间存在差异（置换检验，n = {n}）。",
    },
    "other": {
        "en": "{construct} is not composed of its questions in the same way in “{a}” and “{b}” (correlation of its two composites {c}, p {p}), so its paths and means "
        "are not compared.",
        "zh": "{construct}在“{a}”与“{b}”两组中的构成不同（两种构成的相关为{c}，p {p}），其路径系数与均值不作比较。",
    },
    "invariant": {
        "en": "The constructs are composed of their questions in the same way in all groups, so paths may be compared.",
        "zh": "各组中构念由题目构成的方式一致，可以比较路径系数。",
    },
}  # fmt: skip


@rules.register(
    "groups",
    title={"en": "The model in each group", "zh": "分组模型"},
    reference="Chin and Dibbern 2010; Henseler, Ringle and Sarstedt 2016",
    evidence="the numbers are those of the comparison, by key; a path of a construct that is made otherwise is not worded",
    texts=TEXTS,
)
def groups(document: Document) -> Iterable[Finding]:
    """One sentence for each path that differs, one for each construct that is made otherwise."""
    for result in document.of("groups"):
        if not document.refused(result):
            yield from _compared(document, result)


def _compared(document: Document, result: str) -> Iterator[Finding]:
    by = str(document.data["results"][result].get("options", {}).get("by", ""))
    micom = document.rows(result, "micom")
    other = [r for r in micom if r.text("invariance") == "none"]
    for row in other:
        text = fill(
            TEXTS["other"], construct=document.label(row.text("term")), a=document.label(f"{by}={row.text('group_a')}"),
            b=document.label(f"{by}={row.text('group_b')}"), c=row.number("c", "unit3"), p=row.number("p_composition", "p"),
        )  # fmt: skip
        yield make(
            f"micom.{result}.{row.text('term')}.{row.text('group_a')}.{row.text('group_b')}", "groups", 30.0, "moderate",
            text, about=(row.text("term"),), table=f"table-micom-{result}",
        )  # fmt: skip
    if micom and not other:
        yield make(
            f"micom.{result}", "groups", 14.0, "moderate", fill(TEXTS["invariant"]), about=(result,),
            table=f"table-micom-{result}",
        )  # fmt: skip
    barred = {(r.text("term"), r.text("group_a"), r.text("group_b")) for r in other}
    rows = document.rows(result, "differences")
    fair = [
        r
        for r in rows
        if not any((n, r.text("group_a"), r.text("group_b")) in barred for n in r.text("term").split("~"))
    ]
    found = [r for r in fair if r.has("p_permutation") and float(r.get("p_permutation")) < 0.05]
    for row in found:
        yield _path(document, result, row, by)
    facts = document.facts(result)
    if rows and not found and len(fair) == len(rows) and facts.has("paths"):
        text = fill(TEXTS["alike"], paths=facts.number("paths", "count"), n=facts.number("n", "count"))
        yield make(
            f"difference.{result}", "groups", 32.0, "none", text, about=(result,),
            table=f"table-group-differences-{result}",
        )  # fmt: skip


def _path(document: Document, result: str, row: Row, by: str) -> Finding:
    target, source = row.text("term").split("~")
    a, b = row.text("group_a"), row.text("group_b")
    values = {r.text("group"): r for r in document.rows(result) if r.text("term") == row.text("term")}
    text = fill(
        TEXTS["differs"], target=document.label(target), source=document.label(source), a=document.label(f"{by}={a}"),
        b=document.label(f"{by}={b}"), value_a=values[a].number("estimate", "unit2"),
        value_b=values[b].number("estimate", "unit2"), difference=row.number("estimate", "unit2"), p=row.number("p_permutation", "p"),
    )  # fmt: skip
    strength: Strength = "strong" if float(row.get("p_permutation")) < 0.01 else "moderate"
    return make(
        f"difference.{result}.{target}.{source}.{a}.{b}", "groups", 50.0, strength, text, about=(source, target),
        table=f"table-group-differences-{result}",
    )  # fmt: skip
