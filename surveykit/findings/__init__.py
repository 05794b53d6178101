"""From results to sentences: one file per rule.

A rule is a function ``(document: Document) -> Iterable[Finding]``; its templates stand beside it in
every language (``texts=`` of its entry) and hold no digits: numbers fill holes and bring their keys.
"""

from __future__ import annotations

from surveykit.findings._document import MIN_CELL, Document, Row, document_of, pointer
from surveykit.findings._finding import (
    FORMATS,
    Finding,
    Label,
    Number,
    Part,
    Strength,
    Text,
    fill,
    join,
    plain,
    spoken,
)
from surveykit.findings._rules import Rule, findings_of, rules

__all__ = [
    "FORMATS",
    "MIN_CELL",
    "Document",
    "Finding",
    "Label",
    "Number",
    "Part",
    "Row",
    "Rule",
    "Strength",
    "Text",
    "document_of",
    "fill",
    "findings_of",
    "join",
    "plain",
    "pointer",
    "rules",
    "spoken",
]
