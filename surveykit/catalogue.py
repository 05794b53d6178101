"""What there is: every registry in one view, and the schemas of the files that people write."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError, did_you_mean, quote

if TYPE_CHECKING:
    from surveykit.registry import Registry

__all__ = ["KINDS", "entries", "listing", "registry", "schema_of"]

# kind: (package to walk, name of its registry)
_REGISTRIES = {
    "metrics": ("surveykit.scoring", "metrics"),
    "analyses": ("surveykit.analyses", "analyses"),
    "findings": ("surveykit.findings", "rules"),
    "sections": ("surveykit.report", "sections"),
    "forms": ("surveykit.exchange.forms", "forms"),
}
KINDS = (*_REGISTRIES, "questionnaires", "reproductions")


def registry(kind: str) -> Registry[Any]:
    """The registry of a kind, filled: its package walked, entry points of other distributions loaded."""
    package, name = _REGISTRIES[kind]
    found: Registry[Any] = getattr(importlib.import_module(package), name)
    found.discover(package)
    return found


def entries(kind: str) -> list[dict[str, Any]]:
    """Id, title, reference and options of everything of one kind."""
    if kind == "questionnaires":
        from surveykit.questionnaire import Questionnaire, library

        return [{"id": i, "title": Questionnaire.load(i).title.get("en", i)} for i in sorted(library())]
    if kind == "reproductions":
        from surveykit.reproduce import published

        return [{"id": i, "title": r.title} for i, r in published().items()]
    return [
        {
            "id": entry.id,
            "title": entry.title.get("en", entry.id),
            "reference": entry.reference,
            "evidence": entry.evidence,
            "options": sorted(entry.options.model_fields) if entry.options is not None else [],
        }
        for entry in registry(kind)
    ]


def listing(kind: str = "") -> dict[str, list[dict[str, Any]]]:
    """Everything there is, or one kind of it."""
    if kind and kind not in KINDS:
        raise SurveykitError(
            f"unknown kind {quote(kind)}", hint=did_you_mean(kind, KINDS), code="UNKNOWN_KIND"
        )
    return {k: entries(k) for k in ((kind,) if kind else KINDS)}


def schema_of(kind: str) -> dict[str, Any]:
    """The JSON Schema of a ``study`` or a ``questionnaire`` file."""
    if kind == "study":
        from surveykit.study import Study

        return Study.model_json_schema()
    if kind == "questionnaire":
        from surveykit.questionnaire import json_schema

        return dict(json_schema())
    hint = did_you_mean(kind, ("study", "questionnaire"))
    raise SurveykitError(f"no schema for {quote(kind)}", hint=hint, code="UNKNOWN_KIND")
