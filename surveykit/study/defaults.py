"""What is run where a study names no analyses or no models: the usual first look, said aloud."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any

from surveykit.study.prepare import AnalysisTask, FitTask, with_defaults

if TYPE_CHECKING:
    from surveykit.questionnaire import Questionnaire
    from surveykit.responses import Responses
    from surveykit.study.definition import Study

__all__ = ["default_analyses", "default_fits", "outcome_of"]

FEWEST = 10
"""Of fewer rows no association is asked: the report would show none of them."""
_COUNTS = frozenset({"descriptives", "frequencies"})
MODEL_TITLE = {"en": "The questionnaire’s model", "zh": "问卷模型"}


def default_analyses(
    questionnaire: Questionnaire, data: Responses, study: Study
) -> tuple[tuple[AnalysisTask, ...], list[str]]:
    """Descriptives, correlations, reliability, drivers and a regression, as far as the questionnaire goes.

    Where the study names groups, a banner table of constructs and simple metrics stands beside them; where it names
    waves, their trend.

    The outcome is the construct at the end of the chain, its predictors are those that point to it: a questionnaire
    without paths does not say what is an outcome, so nothing is regressed. What was chosen is said in the notes.
    """
    items = [i.id for i in questionnaire.items.values() if i.scale is not None and data.has(i.id)]
    constructs = [c for c in questionnaire.constructs if data.has(c)]
    reflective = [
        c
        for c in constructs
        if questionnaire.constructs[c].measurement == "reflective"
        and len(questionnaire.constructs[c].items) > 1
    ]
    wanted: list[tuple[str, dict[str, Any]]] = []
    if items:
        wanted.append(("descriptives", {"items": items}))
    asked = [i.id for i in questionnaire.items.values() if i.options and data.has(i.id)]
    if asked:
        wanted.append(("frequencies", {"items": asked}))
    if len(constructs) > 1:
        wanted.append(("correlation", {"items": constructs}))
    if reflective:
        wanted.append(("reliability", {"constructs": reflective}))
    outcome, predictors = outcome_of(questionnaire, constructs)
    if outcome and predictors:
        wanted.append(("regression", {"outcome": outcome, "predictors": predictors}))
    centre, drivers = _most_explained(_paths(questionnaire, constructs), constructs) or (outcome, predictors)
    if centre and len(drivers) > 1:
        wanted.append(("drivers", {"outcome": centre, "predictors": drivers}))
    rows = _banner_rows(questionnaire, constructs, data)
    if study.groups and rows:
        wanted.append(("banner", {"rows": rows, "banner": list(study.groups)}))
    if study.waves is not None and rows:
        wanted.append(("trend", {"rows": rows, "wave": study.waves.column, "period": study.waves.period}))
    too_few = [name for name, _ in wanted if name not in _COUNTS] if data.n_rows < FEWEST else []
    wanted = [(name, options) for name, options in wanted if name not in too_few]
    tasks = tuple(replace(_task(name, options, study), chosen=True) for name, options in wanted)
    said = ", ".join(_said(name, options) for name, options in wanted)
    notes = [f"the study names no analyses; chosen: {said}"] if wanted else []
    if too_few:
        notes.append(f"{data.n_rows} rows are too few for {', '.join(too_few)}: only answers are counted")
    elif len(constructs) > 1 and not outcome:
        notes.append(
            "the questionnaire draws no paths, so nothing is regressed; name paths there, or drivers in the study"
        )
    return tasks, notes


def default_fits(questionnaire: Questionnaire, *, seed: int) -> tuple[tuple[FitTask, ...], list[str]]:
    """The questionnaire's own model, where it has one: by maximum likelihood, or by PLS where a construct is a composite."""
    model = questionnaire.model
    if model is None:
        return (), []
    composites = [c.name for c in model.constructs if c.kind != "reflective"]
    if composites:
        task = FitTask("model", model, "pls", None, {"seed": seed}, MODEL_TITLE, chosen=True)
        listed = ", ".join(composites)
        return (task,), [
            f"the study names no models; chosen: the questionnaire's, by PLS (composites: {listed})"
        ]
    task = FitTask("model", model, "ml", None, {}, MODEL_TITLE, chosen=True)
    return (task,), ["the study names no models; chosen: the questionnaire's, by maximum likelihood"]


def outcome_of(questionnaire: Questionnaire, constructs: list[str]) -> tuple[str, list[str]]:
    """The construct at the end of the chain and what points to it; ("", []) where no path is drawn."""
    paths = _paths(questionnaire, constructs)
    if not paths:
        return "", []
    leaves = {a for a, _ in paths}
    ends = [b for _, b in paths if b not in leaves] or [paths[-1][1]]
    outcome = ends[-1]
    return outcome, list(dict.fromkeys(a for a, b in paths if b == outcome))


def _paths(questionnaire: Questionnaire, constructs: list[str]) -> list[tuple[str, str]]:
    """The paths between constructs that the data have, drawn in the questionnaire or in its model text."""
    model = questionnaire.model
    drawn = questionnaire.paths or (model.paths if model is not None else ())
    return [(a, b) for a, b in drawn if a in constructs and b in constructs]


def _most_explained(paths: list[tuple[str, str]], constructs: list[str]) -> tuple[str, list[str]] | None:
    """The construct to which most others point: what there is to drive."""
    arrows: dict[str, list[str]] = {}
    for start, end in paths:
        arrows.setdefault(end, []).append(start)
    if not arrows:
        return None
    best = max(arrows, key=lambda name: (len(arrows[name]), -constructs.index(name)))
    return (best, arrows[best]) if len(arrows[best]) > 1 else None


MOST_ROWS = 12
"""A table that nobody asked for is short: constructs and scores, or else the first questions."""


def _banner_rows(questionnaire: Questionnaire, constructs: list[str], data: Responses) -> list[str]:
    scores = [
        m.id for m in questionnaire.metrics.values() if m.metric in ("nps", "csat") and "item" in m.options
    ]
    asked = [i.id for i in questionnaire.items.values() if i.scale is not None and data.has(i.id)]
    return [*scores, *(constructs or asked)][:MOST_ROWS]


def _task(name: str, options: dict[str, Any], study: Study) -> AnalysisTask:
    return AnalysisTask(name, name, with_defaults(name, options, study))


def _said(name: str, options: dict[str, Any]) -> str:
    if "outcome" in options:
        return f"{name} of {options['outcome']} on {', '.join(options['predictors'])}"
    kind, columns = next(iter(options.items()))
    return f"{name} of {len(columns)} {kind if len(columns) > 1 else kind.removesuffix('s')}"
