"""surveykit: from a survey export to scores, structural models and a report that stands up.

Nothing heavy is loaded here: a name is imported when it is first asked for (PEP 562).
"""

from __future__ import annotations

import importlib
import sys
from types import ModuleType
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from surveykit.errors import SurveykitError
    from surveykit.model import Model, composite, reflective, simulate
    from surveykit.moments import Counts, Moments
    from surveykit.questionnaire import Questionnaire
    from surveykit.questionnaire.changes import diff
    from surveykit.responses import Responses
    from surveykit.scoring import compare_schemes
    from surveykit.sem import monte_carlo, needed_n
    from surveykit.study import run
    from surveykit.verbs import analyse, fit, read, report, score, summarise

__version__ = "0.1.0"

_HOME = {
    "SurveykitError": "surveykit.errors",
    "Moments": "surveykit.moments",
    "Counts": "surveykit.moments",
    "Questionnaire": "surveykit.questionnaire",
    "Model": "surveykit.model",
    "reflective": "surveykit.model",
    "composite": "surveykit.model",
    "compare_schemes": "surveykit.scoring",
    "monte_carlo": "surveykit.sem",
    "needed_n": "surveykit.sem",
    "simulate": "surveykit.model",
    "Responses": "surveykit.responses",
    "read": "surveykit.verbs",
    "score": "surveykit.verbs",
    "fit": "surveykit.verbs",
    "analyse": "surveykit.verbs",
    "report": "surveykit.verbs",
    "summarise": "surveykit.verbs",
    "run": "surveykit.study",
    "diff": "surveykit.questionnaire.changes",
}

__all__ = [
    "Counts",
    "Model",
    "Moments",
    "Questionnaire",
    "Responses",
    "SurveykitError",
    "__version__",
    "analyse",
    "compare_schemes",
    "composite",
    "diff",
    "fit",
    "monte_carlo",
    "needed_n",
    "read",
    "reflective",
    "report",
    "run",
    "score",
    "simulate",
    "summarise",
]


def __getattr__(name: str) -> Any:
    try:
        module = importlib.import_module(_HOME[name])
    except KeyError:
        raise AttributeError(f"module 'surveykit' has no attribute {name!r}") from None
    value = getattr(module, name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})


class _Package(ModuleType):
    """Keeps ``surveykit.report`` the verb: importing the room of that name would put the module there."""

    def __setattr__(self, name: str, value: Any) -> None:
        if not (name in _HOME and isinstance(value, ModuleType)):
            super().__setattr__(name, value)


sys.modules[__name__].__class__ = _Package
