"""How the sample was drawn, and what that does to precision: said once, beside the rows."""

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document
from surveykit.findings._finding import Finding, fill, join
from surveykit.findings._rules import make, rules

TEXTS = {
    "clusters": {
        "en": "Standard errors follow the survey design: {units} clusters in {strata} strata.",
        "zh": "标准误按抽样设计计算：共{strata}层、{units}个群。",
    },
    "one_stratum": {
        "en": "Standard errors follow the survey design: {units} clusters, no strata.",
        "zh": "标准误按抽样设计计算：共{units}个群，未分层。",
    },
    "strata": {
        "en": "Standard errors follow the survey design: respondents drawn within {strata} strata.",
        "zh": "标准误按抽样设计计算：受访者在{strata}层内抽取。",
    },
    "population": {
        "en": "Standard errors follow the survey design: a sample from a finite population.",
        "zh": "标准误按抽样设计计算：样本抽自有限总体。",
    },
    "replicates": {
        "en": "Standard errors come from {count} replicate weights.",
        "zh": "标准误由{count}组复制权重计算。",
    },
    "effect": {
        "en": "For {score}, {n} answers carry the information of {n_eff} from a simple random sample (design effect {deff}).",
        "zh": "就“{score}”而言，{n}份回答的信息量相当于简单随机抽样的{n_eff}份（设计效应{deff}）。",
    },
}


@rules.register(
    "design",
    title={"en": "Survey design", "zh": "抽样设计"},
    reference="Kish 1965, Survey Sampling, ch. 8: the design effect",
    evidence="oracle: R survey 4.1.1 (deff, 1e-8)",
    texts=TEXTS,
)
def design(document: Document) -> Iterable[Finding]:
    """The design in words, with the design effect of the first score."""
    for result in document.of("scores"):
        facts = document.facts(result)
        if facts.get("df") is None or facts.get("by"):
            continue
        if facts.get("replicates") is not None:
            said = fill(TEXTS["replicates"], count=facts.number("replicates", "count"))
        else:
            kind = "population"
            if facts.text("cluster_columns"):
                kind = "clusters" if facts.text("strata_column") else "one_stratum"
            elif facts.text("strata_column"):
                kind = "strata"
            holes = {"units": facts.number("units", "count"), "strata": facts.number("strata", "count")}
            said = fill(TEXTS[kind], **holes)
        for row in document.rows(result):
            if not row.suppressed and row.has("deff", "n_eff", "n"):
                effect = fill(
                    TEXTS["effect"],
                    score=document.label(row.text("term")),
                    n=row.number("n", "count"),
                    n_eff=row.number("n_eff", "count"),
                    deff=row.number("deff", "number2"),
                )
                said = join(said, effect)
                break
        yield make("sample.design", "sample", 17.0, "strong", said)
        return
