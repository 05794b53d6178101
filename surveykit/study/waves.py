"""Waves of a study: which questions changed between the questionnaires of two waves, so that no trend is drawn over it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from itertools import pairwise
from pathlib import Path
from typing import Any

from surveykit.errors import SurveykitError, quote
from surveykit.study.definition import LoadedStudy
from surveykit.study.prepare import AnalysisTask

__all__ = ["changes_between_waves", "wave_files", "with_changes"]


def wave_files(loaded: LoadedStudy) -> list[Path]:
    """The questionnaires of the waves that are files beside the study."""
    waves = loaded.study.waves
    named = () if waves is None else waves.questionnaires.values()
    return [path for name in named if (path := loaded.file(name)).is_file()]


def with_changes(loaded: LoadedStudy, tasks: Sequence[AnalysisTask]) -> tuple[AnalysisTask, ...]:
    """The tasks, trends over the study's waves with what changed between them; `changed` in the study goes first."""
    waves = loaded.study.waves
    if waves is None or not waves.questionnaires:
        return tuple(tasks)
    changed = changes_between_waves(loaded)
    return tuple(
        replace(t, options={"changed": changed, **t.options})
        if t.analysis == "trend" and t.options.get("wave") == waves.column
        else t
        for t in tasks
    )


def changes_between_waves(loaded: LoadedStudy) -> dict[str, dict[str, dict[str, str]]]:
    """wave: {question: {trend, en, zh}} for all that the comparison of neighbouring questionnaires does not let pass.

    The waves are taken in the order of the study file. What is new in a wave has no values before it and breaks nothing.
    """
    from surveykit.questionnaire.changes import diff

    waves = loaded.study.waves
    given = {} if waves is None else dict(waves.questionnaires)
    found: dict[str, dict[str, dict[str, str]]] = {}
    for (_, before), (wave, after) in pairwise(given.items()):
        differences = diff(_source(loaded, before), _source(loaded, after))
        changes: dict[str, dict[str, str]] = {}
        for verdict in differences.changed:
            what = [c.what for c in verdict.changes]
            if verdict.trend == "yes" or verdict.kind == "model" or what in (["added"], ["removed"]):
                continue
            reasons = {
                lang: (" " if lang == "en" else "").join(verdict.reasons(lang)) for lang in ("en", "zh")
            }
            changes[verdict.name] = {"trend": verdict.trend, **reasons}
        if changes:
            found[wave] = changes
    return found


def _source(loaded: LoadedStudy, name: str) -> Any:
    from surveykit.questionnaire import library

    path = loaded.file(name)
    if path.is_file():
        return path
    if name in library():
        return name
    raise SurveykitError(
        f"no questionnaire {quote(name)}", loaded.document.where(("waves", "questionnaires")),
        expected=f"a file beside the study ({loaded.path.parent}) or the id of a shipped questionnaire", code="NO_QUESTIONNAIRE",
    )  # fmt: skip
