"""Which findings and scores stand on page one: a few, the most important and certain, none told twice."""

from __future__ import annotations

from collections.abc import Sequence

from surveykit.findings import Finding, Row
from surveykit.report._blocks import View

__all__ = [
    "DOING", "LINKS", "NOTABLE", "chosen_findings", "score_rows", "tile_terms",
]  # fmt: skip

TECHNICAL = ("methods",)
"""Sections whose sentences are for those who chose the methods, not for page one."""
BACKGROUND = ("measurement", "cfa", "local_fit", "power", "invariance", "quality")
WORTH, NOTABLE = 20.0, 40.0
"""The least importance for page one; that of what is known of questions and models:
it has no place there while all is well."""
CERTAINTY = {"strong": 1.0, "moderate": 0.95, "weak": 0.8, "none": 0.62, "refused": 0.95}
MOST, ENOUGH, PER_SECTION, TILES = 4, 3, 2, 8
"""Findings on page one, at most and so many that one without everyday words is not needed; per section; tiles."""
DOING = ("scores", "sample", "trend", "frequencies")
LINKS = ("drivers", "chain", "associations", "index", "composites")
"""Sections on how things are; on what goes together."""


def chosen_findings(view: View) -> list[Finding]:
    """Up to four findings by importance and certainty: two of a section at most, no two about the same, no tile again."""
    shown = {f"score.{r.text('term')}" for r in score_rows(view)}
    ranked = sorted(
        (f for f in view.findings if (f.id not in shown and f.section != "sample") or f.id == "sample.few"),
        key=lambda f: (-f.importance * CERTAINTY[f.strength], f.id),
    )
    chosen: list[Finding] = []
    for most in (PER_SECTION, MOST):
        for finding in ranked:
            full = len(chosen) >= (MOST if most == PER_SECTION else ENOUGH)
            full = full or sum(c.section == finding.section for c in chosen) >= most
            if not full and finding not in chosen and _may_stand(finding, chosen):
                chosen.append(finding)
    return sorted(chosen, key=ranked.index)


def _may_stand(finding: Finding, chosen: Sequence[Finding]) -> bool:
    """Whether a finding is for page one: important enough, in everyday words if there are others, not told before."""
    if finding.section in TECHNICAL or finding.id.startswith(("hidden.", "score.index.")):
        return False  # the index of a model has other weights than the score of the same name on the page
    technical = finding.section in BACKGROUND or finding.id.startswith("fit.")
    if finding.importance < (NOTABLE if technical else WORTH):
        return False
    if finding.brief is None and finding.section not in DOING and len(chosen) >= ENOUGH:
        return False
    return not any(_told(c, finding) for c in chosen)


def _told(before: Finding, finding: Finding) -> bool:
    """Whether a finding is about nothing that one before it is not about."""
    if not finding.about:
        return False
    if before.section == finding.section or (before.section == "drivers" and finding.section in LINKS):
        return set(finding.about) <= set(before.about)
    return set(finding.about) == set(before.about)


def score_rows(view: View) -> list[Row]:
    results = [r for r in view.document.of("scores") if not view.document.facts(r).get("by")]
    rows = [row for result in results for row in view.document.rows(result)]
    return [r for r in rows if r.has("estimate", "low", "high") and "." not in r.text("term")]


def tile_terms(view: View) -> list[str]:
    rows = score_rows(view)
    pictured = len(rows) > TILES and _one_unit(rows)
    return [] if pictured else [r.text("term") for r in rows][:TILES]


def _one_unit(rows: Sequence[Row]) -> bool:
    return len({(r.text("unit"), r.text("metric")) for r in rows}) == 1
