"""Who answered: rows used and set aside, gaps in the answers, weights."""

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document
from surveykit.findings._finding import Finding, fill
from surveykit.findings._rules import make, rules

MANY_MISSING = 0.10

TEXTS = {
    "rows": {
        "en": "{read} rows were read; {used} are used.",
        "zh": "共读入{read}行数据，使用{used}行。",
    },
    "aside": {
        "en": "{read} rows were read; {used} are used and {aside} were set aside.",
        "zh": "共读入{read}行数据，使用{used}行，剔除{aside}行。",
    },
    "few": {
        "en": "There are only {used} respondents: too few to show anything but large differences.",
        "zh": "受访者仅有{used}人：样本过小，只有很大的差异才值得解读。",
    },
    "too_few": {
        "en": "There are only {used} respondents: too few to conclude anything.",
        "zh": "受访者仅有{used}人：样本过小，无法得出结论。",
    },
    "few_weighted": {
        "en": "Weighted, the answers of {used} respondents are worth as much as only {n_eff}: too few to show anything "
        "but large differences.",
        "zh": "加权之后，{used}名受访者的回答只相当于{n_eff}份：样本过小，只有很大的差异才值得解读。",
    },
    "one_row": {"en": "One row was read; it is used.", "zh": "共读入一行数据，已使用。"},
    "one": {
        "en": "Only one person answered: nothing can be said about anybody else.",
        "zh": "受访者仅有一人：无法推及其他人。",
    },
    "gaps": {
        "en": "The question with the most missing answers is “{item}”: {missing} of {used} respondents.",
        "zh": "缺失最多的题目是“{item}”：{used}名受访者中有{missing}人未给出有效回答。",
    },
    "weights": {
        "en": "The answers are weighted; they are worth as much as {n_eff} unweighted ones.",
        "zh": "数据经过加权，其信息量相当于{n_eff}份未加权的回答。",
    },
}

FEW_RESPONDENTS = 50


@rules.register(
    "sample",
    title={"en": "Sample", "zh": "样本"},
    reference="AAPOR Transparency Initiative: say who answered and what was left out",
    evidence="the books balance: rows read = rows used + rows set aside",
    texts=TEXTS,
)
def sample(document: Document) -> Iterable[Finding]:
    """Rows, gaps and weights as sentences."""
    used = document.number("/rows/used", "count")
    read = document.number("/rows/read", "count")
    aside = document.number("/rows/aside", "count")
    rows = "aside" if aside.value else "one_row" if read.value == 1 else "rows"
    text = fill(TEXTS[rows], read=read, used=used, aside=aside)
    table = "table-rows" if aside.value else "table-sample-box"
    yield make("sample.rows", "sample", 19.0, "strong", text, table=table)
    if used.value < FEW_RESPONDENTS:
        least = document.value("/study/min_cell")
        kind = "one" if used.value == 1 else "too_few" if used.value < least else "few"
        yield make("sample.few", "sample", 75.0, "weak", fill(TEXTS[kind], used=used))
    elif (document.data["sample"].get("n_eff") or FEW_RESPONDENTS) < FEW_RESPONDENTS:
        text = fill(TEXTS["few_weighted"], used=used, n_eff=document.number("/sample/n_eff", "count"))
        yield make("sample.few", "sample", 75.0, "weak", text)
    worst, most = None, MANY_MISSING * max(int(used.value), 1)
    for i, entry in enumerate(document.data["sample"]["items"]):
        if entry["missing"] > most:
            worst, most = i, entry["missing"]
    if worst is not None:
        item = document.data["sample"]["items"][worst]["item"]
        missing = document.number(f"/sample/items/{worst}/missing", "count")
        text = fill(TEXTS["gaps"], item=document.label(item), missing=missing, used=used)
        yield make("sample.gaps", "sample", 18.0, "moderate", text, about=(item,), table="table-missing")
    if document.data["sample"].get("n_eff") is not None:
        text = fill(TEXTS["weights"], n_eff=document.number("/sample/n_eff", "count"))
        yield make("sample.weights", "sample", 16.0, "moderate", text)
