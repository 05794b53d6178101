"""Findings as a list of statements, each with its strength of evidence in words."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from surveykit.findings import Finding
from surveykit.findings._rules import CAUTION, STRENGTH
from surveykit.report._blocks import Block, Cell, Inline, Listing, View

__all__ = ["PRECISION", "statements", "tag_of"]

PRECISION = {
    "strong": {"en": "precise", "zh": "估计精确"},
    "moderate": {"en": "fairly precise", "zh": "估计较精确"},
    "weak": {"en": "imprecise", "zh": "估计不精确"},
}


UNTAGGED_SECTIONS = ("sample", "measurement", "method", "cfa", "local_fit", "power")
UNTAGGED = ("fit.", "hidden.", "nothing.", "shape.", "invariance.", "break.")
"""Findings that say all there is to say themselves."""


AS_ABOVE = {"en": "(Caution as above.)", "zh": "（注意事项同上。）"}


def statements(
    view: View, findings: Sequence[Finding], *, brief: bool = False, said: Iterable[str] = ()
) -> Iterable[Block]:
    """One list of the findings, ``brief`` in everyday words; nothing where there are none.

    A caution is written out once in a list: the next sentence that it concerns refers to it. ``said`` are the cautions
    that stand right above the list.
    """
    if findings:
        tags = tuple(tag_of(view, f) for f in findings)
        strengths = tuple(f.strength for f in findings)
        texts = ((f.brief if brief else None) or f.texts for f in findings)
        told = set(said)
        yield Listing(tuple(_once(view, view.text(t), told) for t in texts), False, tags, strengths)


def _once(view: View, text: Cell, told: set[str]) -> Cell:
    """The sentence without the cautions that were told before; ``told`` grows by the new ones."""
    lead = view.word(CAUTION).split("{", maxsplit=1)[0]
    pieces: list[list[Inline]] = [[]]
    for part in text:
        if not isinstance(part, str):
            pieces[-1].append(part)
            continue
        first, *others = part.split(lead)
        pieces[-1].append(first)
        pieces += [[piece] for piece in others]
    kept, dropped = list(pieces[0]), False
    for piece in pieces[1:]:
        words = view.plain(piece).strip()
        if words in told:
            dropped = True
        else:
            told.add(words)
            kept += [lead, *piece]
    if dropped:
        kept.append(view.word(AS_ABOVE))
    return tuple(part for part in kept if part != "")


def tag_of(view: View, finding: Finding) -> str:
    """The words for a finding's strength: precision for a score, evidence for the rest."""
    if finding.id.startswith("score.") and finding.strength in PRECISION:
        return view.word(PRECISION[finding.strength])
    if finding.id.startswith("score.") and finding.strength == "none":
        return ""
    if finding.section in UNTAGGED_SECTIONS or finding.id.startswith(UNTAGGED):
        return ""
    return view.word(STRENGTH[finding.strength])
