"""What a study did to its answers and to its models, as plain data: what ``methods.py`` does again.

File names stand without their folders: a script goes to readers who have other machines.
"""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING, Any

from surveykit.study.prepare import reading_of

if TYPE_CHECKING:
    from surveykit.study.definition import LoadedStudy
    from surveykit.study.prepare import Plan

__all__ = ["recipe_of"]


def recipe_of(plan: Plan) -> dict[str, Any]:
    """The recipe of a plan.

    ``answers`` and ``questionnaire`` are names of files (or the id of a shipped questionnaire), ``read`` options of
    :func:`surveykit.read`, ``exclude`` and ``quality`` say who was set aside, ``weighting`` has margins, bounds and the
    column of the weights before, ``models`` id, text and options of :func:`surveykit.fit`, ``analyses`` id, name, options.
    """
    study = plan.study
    spec, weighting = study.quality, study.weighting
    return {
        "answers": PurePath(study.data).name,
        "questionnaire": PurePath(study.questionnaire).name,
        "read": _reading(plan.loaded),
        "exclude": list(spec.exclude) if spec is not None else [],
        "quality": dict(spec.options) if spec is not None and spec.exclude else {},
        "weighting": None
        if weighting is None
        else {
            "margins": {k: dict(v) for k, v in weighting.margins.items()},
            "bounds": None if weighting.bounds is None else list(weighting.bounds),
            "base": study.weight or plan.questionnaire.weight,
        },
        "models": [
            {
                "id": task.id,
                "model": task.model.to_text(),
                "options": {
                    "method": task.method,
                    **({} if task.engine is None else {"engine": task.engine}),
                    **task.options,
                },
            }
            for task in plan.fits
        ],
        "analyses": [
            {"id": task.id, "analysis": task.analysis, "options": dict(task.options)}
            for task in plan.analyses
        ],
    }


def _reading(loaded: LoadedStudy) -> dict[str, Any]:
    """The options of reading that differ from their defaults; the key of pseudonyms is secret, and changes no number."""
    usual = {**{name: f.default for name, f in type(loaded.study).model_fields.items()}, "keep": []}
    return {
        name: list(value) if isinstance(value, tuple) else value
        for name, value in reading_of(loaded).items()
        if name != "key" and value != usual[name]
    }
