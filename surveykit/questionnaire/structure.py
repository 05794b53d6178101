"""The structural model of a questionnaire: its constructs and paths, or its lavaan text."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from surveykit.errors import SurveykitError, Where
from surveykit.questionnaire.definitions import Questionnaire

if TYPE_CHECKING:
    from surveykit.model import Model

__all__ = ["model_of"]


def model_of(q: Questionnaire) -> Model | None:
    """The model of ``q``: from ``paths`` (with the constructs that stand in one) or from ``model`` text."""
    from surveykit.model import Model, composite, reflective

    if q.model_text:
        try:
            return Model.parse(q.model_text)
        except SurveykitError as error:
            raise _in_file(error, q.model_where) from None
    if not q.paths:
        return None
    used = {name for path in q.paths for name in path}
    make = {"reflective": reflective, "composite": composite}
    constructs = [make[c.measurement](c.id, list(c.items)) for c in q.constructs.values() if c.id in used]
    return Model(constructs=constructs, paths=list(q.paths))


def _in_file(error: SurveykitError, start: Where) -> SurveykitError:
    """An error of the model's text, at its line in the questionnaire file."""
    found = []
    for each in error.errors:
        line = each.where.line if isinstance(each.where, Where) else None
        at = replace(start, line=(start.line or 1) + (line or 0), position=None)
        found.append(SurveykitError(each.what, at, each.expected, each.got, each.hint, code=each.code))
    return found[0] if len(found) == 1 else SurveykitError(error.what, code="SEVERAL", errors=found)
