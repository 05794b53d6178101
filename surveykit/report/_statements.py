"""Findings as a list of statements, each with its strength of evidence in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Finding
from surveykit.findings._rules import STRENGTH
from surveykit.report._blocks import Block, Listing, View

__all__ = ["PRECISION", "statements", "tag_of"]

PRECISION = {
    "strong": {"en": "precise", "zh": "估计精确"},
    "moderate": {"en": "fairly precise", "zh": "估计较精确"},
    "weak": {"en": "imprecise", "zh": "估计不精确"},
}


UNTAGGED_SECTIONS = ("sample", "measurement", "method", "cfa", "local_fit", "power")
UNTAGGED = ("fit.", "hidden.", "shape.", "invariance.")
"""Findings that say all there is to say themselves."""


def statements(view: View, findings: Sequence[Finding], *, brief: bool = False) -> Iterable[Block]:
    """One list of the findings, ``brief`` in everyday words; nothing where there are none."""
    if findings:
        tags = tuple(tag_of(view, f) for f in findings)
        strengths = tuple(f.strength for f in findings)
        texts = ((f.brief if brief else None) or f.texts for f in findings)
        yield Listing(tuple(view.text(t) for t in texts), False, tags, strengths)


def tag_of(view: View, finding: Finding) -> str:
    """The words for a finding's strength: precision for a score, evidence for the rest."""
    if finding.id.startswith("score.") and finding.strength in PRECISION:
        return view.word(PRECISION[finding.strength])
    if finding.section in UNTAGGED_SECTIONS or finding.id.startswith(UNTAGGED):
        return ""
    return view.word(STRENGTH[finding.strength])
