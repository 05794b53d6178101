"""The shape of an association: straight, bent, or with a threshold."""

from __future__ import annotations

from collections.abc import Iterable

from surveykit.findings._document import Document
from surveykit.findings._finding import Finding, Strength, fill
from surveykit.findings._rules import cautioned, make, rules

TEXTS = {"verdict": {"en": "{words}", "zh": "{words}"}}

BENT = ("accelerating", "saturating", "turning", "mixed")


@rules.register(
    "shape",
    title={"en": "Shape of an association", "zh": "关系形态"},
    reference="Hansen 2000, Econometrica 68(3) (threshold); Lind and Mehlum 2010 (turning point)",
    evidence="the verdict is that of the analysis; its words bring their key",
    texts=TEXTS,
)
def shape(document: Document) -> Iterable[Finding]:
    """The verdict of the test of curvature and threshold."""
    for result in document.of("nonlinear"):
        for check, label in document.checks(result):
            if check.code != "verdict":
                continue
            verdict = str(check.values.get("verdict", ""))
            text, checks = cautioned(fill(TEXTS["verdict"], words=label), document, result, check.about)
            strength: Strength = "moderate" if verdict in BENT or verdict == "linear" else "none"
            importance = 58.0 if verdict in BENT else 29.0
            yield make(
                f"shape.{result}", "associations", importance, strength, text, about=check.about, checks=checks,
                table=f"table-{result}",
            )  # fmt: skip
