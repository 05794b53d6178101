"""From answers and results to reports: the facts of a study, and one report per language."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import date as Date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.results import Estimates, Result

if TYPE_CHECKING:
    from surveykit.report import Report
    from surveykit.responses import Responses
    from surveykit.study.definition import LoadedStudy
    from surveykit.study.prepare import Plan

__all__ = ["report_of", "reports_of", "theme_of"]


def reports_of(plan: Plan, results: Mapping[str, Result]) -> dict[str, Report]:
    """One report per language of the study."""
    from surveykit.report import Report
    from surveykit.study.recipe import recipe_of

    study = plan.study
    facts = {
        "title": dict(study.title),
        "date": study.date,
        "seed": study.seed,
        "simulated": study.simulated,
        "client": dict(study.report.client) if study.report.client else None,
        "author": dict(study.report.author) if study.report.author else None,
        "min_cell": study.report.min_cell,
        "weight": plan.data.weight,
        "groups": list(study.groups),
        "sample": None if study.sample is None else study.sample.model_dump(mode="json", exclude_none=True),
        "titles": {
            **{t.id: dict(t.title) for t in plan.analyses if t.title},
            **{t.id: dict(t.title) for t in plan.fits if t.title},
        },
        "notes": list(plan.notes),
        "keep": list(study.keep),
        "left_out": _left_out(plan, results),
        "recipe": recipe_of(plan),
    }
    theme = theme_of(plan.loaded)
    facts["inputs"] = {p.name: digest for p, digest in plan.inputs.items()} | _theme_inputs(theme)
    first = Report(facts, plan.data, results, language=study.languages[0], theme=theme)
    return {language: first.in_language(language) for language in study.languages}


def _left_out(plan: Plan, results: Mapping[str, Result]) -> list[dict[str, str]]:
    """The titles of what was chosen for the analyst and could not be had from these answers."""
    from surveykit.analyses import analyses

    titles = [dict(t.title or {}) for t in plan.fits if t.id not in results]
    missed = [t for t in plan.analyses if t.id not in results]
    if missed:
        analyses.discover("surveykit.analyses")
    return [dict(t.title or analyses.get(t.analysis).title) for t in missed] + titles


def report_of(
    data: Responses,
    results: Result | Sequence[Result] | Mapping[str, Result],
    *,
    language: str = "en",
    title: str | Mapping[str, str] | None = None,
    theme: str | Path = "default",
    client: str | Mapping[str, str] | None = None,
    author: str | Mapping[str, str] | None = None,
    date: Date | None = None,
    simulated: bool = False,
) -> Report:
    """A report on results that were computed one by one (the verb ``report``)."""
    from surveykit.report import Report

    questionnaire = data.questionnaire
    own = dict(questionnaire.title) if questionnaire is not None else {"en": "Findings", "zh": "研究发现"}
    facts = {
        "title": _words(title) or own,
        "date": date,
        "simulated": simulated,
        "client": _words(client),
        "author": _words(author),
        "weight": data.weight,
    }
    return Report(facts, data, by_id(results), language=language, theme=theme)


def by_id(results: Result | Sequence[Result] | Mapping[str, Result]) -> dict[str, Result]:
    """Results under the ids of results.json; a second one of an id gets a number."""
    if isinstance(results, Mapping):
        return dict(results)
    named: dict[str, Result] = {}
    for result in [results] if isinstance(results, Result) else results:
        name = _id_of(result)
        number = 2
        while name in named:
            name = f"{_id_of(result)}_{number}"
            number += 1
        named[name] = result
    return named


def _id_of(result: Result) -> str:
    by = getattr(result, "by", None)
    return f"{result.id}_by_{by}" if by and not isinstance(result, Estimates) else result.id


def _words(text: Any) -> dict[str, str] | None:
    if text is None:
        return None
    return {"en": text, "zh": text} if isinstance(text, str) else dict(text)


def _theme_inputs(theme: str | Path) -> dict[str, str]:
    """The hashes of a client's theme; a shipped one is told by the version of surveykit."""
    from surveykit.files import sha256
    from surveykit.report import load_theme

    if isinstance(theme, str):
        return {}
    return {f"{theme.name}/{p.name}": sha256(p) for p in load_theme(theme).files()}


def theme_of(loaded: LoadedStudy) -> str | Path:
    """A theme's folder beside the study, else a shipped theme of that name."""
    name = loaded.study.report.theme
    return loaded.file(name) if loaded.file(name).is_dir() else name
