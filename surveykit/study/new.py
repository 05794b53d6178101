"""``surveykit new``: a folder with a questionnaire, simulated answers and a study file that runs at once."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.files import write_atomic
from surveykit.format import REPORT_LANGUAGES
from surveykit.study.from_export import empty_folder

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.questionnaire import Item, Questionnaire

__all__ = ["new_study", "simulated_answers"]

LOADING, PATH = 0.8, 0.3

_STUDY = """\
# A study to start from. The answers are SIMULATED: put your own export in their place and delete
# the line `simulated: true`. Run it with: surveykit run study.yaml -o out
title:
{title}
questionnaire: questionnaire.yaml
data: answers.csv
simulated: true
languages: [{languages}]
seed: 1

# Which analyses and models are run is chosen from the questionnaire and said in the report. To choose
# yourself, name them (`surveykit list analyses`; `surveykit schema study` for editors):
# analyses:
#   - analysis: descriptives
# models:
#   - model: |
#       sat =~ s1 + s2 + s3
"""


def new_study(directory: str | Path, questionnaire: str | Questionnaire = "ecsi") -> tuple[Path, ...]:
    """Make ``directory`` with ``questionnaire.yaml``, ``answers.csv`` and ``study.yaml``.

    ``questionnaire`` is a questionnaire, the id of a shipped one, or the path of one or of a platform's
    definition (.qsf, .lss, XLSForm, SurveyJS). A folder that holds anything is refused.
    """
    asked = _questionnaire(questionnaire) if isinstance(questionnaire, str) else questionnaire
    folder = empty_folder(directory)
    answers = simulated_answers(asked, 400, seed=1)
    # a report in a language that no question is worded in would be half of it in another
    languages = [x for x in REPORT_LANGUAGES if x in asked.languages] or [REPORT_LANGUAGES[0]]
    title = next(
        (asked.title[x] for x in languages if asked.title.get(x)), next(iter(asked.title.values()), asked.id)
    )
    titles = [f"  {x}: {_quoted(asked.title.get(x) or title)}" for x in languages]
    contents = {
        "questionnaire.yaml": asked.source or asked.to_yaml(),
        "answers.csv": answers.to_csv(index=False, lineterminator="\n"),
        "study.yaml": _STUDY.format(title="\n".join(titles), languages=", ".join(languages)),
    }
    folder.mkdir(parents=True, exist_ok=True)
    return tuple(write_atomic(folder / name, content) for name, content in contents.items())


def _questionnaire(name: str) -> Questionnaire:
    from surveykit.questionnaire import Questionnaire
    from surveykit.responses.definitions import definition_of, is_definition

    path = Path(name)
    if is_definition(path):
        return Questionnaire.from_text(definition_of(path).yaml(), "questionnaire.yaml")
    return Questionnaire.load(name)


def _quoted(text: str) -> str:
    """A text as a double-quoted YAML scalar (JSON's quoting is a part of YAML's)."""
    import json

    return json.dumps(text, ensure_ascii=False)


def simulated_answers(questionnaire: Questionnaire, n: int, *, seed: int) -> pd.DataFrame:
    """Answers of ``n`` invented people: the questionnaire's model with moderate effects, cut to its scales.

    Items outside the model are drawn one by one. Columns are in the questionnaire's order.

    >>> from surveykit.questionnaire import Questionnaire
    >>> simulated_answers(Questionnaire.load("nps"), 3, seed=1).columns.tolist()
    ['recommend', 'reason']
    """
    import numpy as np
    import pandas as pd

    from surveykit.model import simulate

    drawn: dict[str, Any] = {}
    text = _population(questionnaire)
    if text:
        scales = {
            i.id: (i.scale.min, i.scale.max) for i in questionnaire.items.values() if i.scale is not None
        }
        modelled = {name for c in questionnaire.constructs.values() for name in c.items}
        chosen = {name: limits for name, limits in scales.items() if name in modelled}
        frame = simulate(text, n, seed, scale=chosen)
        drawn = {str(name): frame[name] for name in frame}
    generator = np.random.Generator(np.random.Philox(key=seed))
    columns = {}
    for item in questionnaire.items.values():
        other = _answers_to(item, n, generator)
        columns[item.id] = drawn.get(item.id, other)
    return pd.DataFrame(columns)


def _population(questionnaire: Questionnaire) -> str:
    """The questionnaire's constructs and paths with values, as lavaan text."""
    lines = []
    for construct in questionnaire.constructs.values():
        loading = LOADING if len(construct.items) > 1 else 1
        lines.append(f"{construct.id} =~ " + " + ".join(f"{loading}*{item}" for item in construct.items))
    lines += [f"{end} ~ {PATH}*{start}" for start, end in questionnaire.paths]
    return "\n".join(lines)


def _answers_to(item: Item, n: int, generator: Any) -> Any:
    """Draws for one item that stands outside the model."""
    import numpy as np

    if item.scale is not None:
        middle, spread = (item.scale.min + 2 * item.scale.max) / 3, item.scale.points / 4
        values = np.rint(generator.normal(middle, spread, n))
        return np.clip(values, item.scale.min, item.scale.max).astype(int)
    if item.options:
        return generator.choice(np.array(list(item.options)), n)
    if item.type == "number":
        return np.round(generator.uniform(0.5, 1.5, n), 3)
    if item.type == "id":
        return [f"R{i:04d}" for i in range(1, n + 1)]
    # a question that nobody answers would be told as the one with most gaps
    return ["simulated"] * n if item.type == "text" else [""] * n
