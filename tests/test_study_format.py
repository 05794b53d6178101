"""The page on the study file says what the definition says, key by key, and its example is a study."""

from __future__ import annotations

import re
from pathlib import Path

import pytest
from pydantic import BaseModel

from surveykit.questionnaire import strict
from surveykit.study import definition

PAGE = (Path(__file__).parents[1] / "docs" / "study-format.md").read_text(encoding="utf-8")
FORMS = [
    definition.Study, definition.AnalysisSpec, definition.ModelSpec, definition.ReportSpec, definition.WavesSpec,
    definition.SampleSpec, definition.WeightingSpec, definition.QualitySpec,
]  # fmt: skip


@pytest.mark.parametrize("form", FORMS, ids=lambda form: form.__name__)
def test_every_key_stands_on_the_page_in_the_definitions_words(form: type[BaseModel]) -> None:
    told = {(row[0], row[2]) for row in re.findall(r"^\| `(\S+)` \| (.*?) \| (.*) \|$", PAGE, re.MULTILINE)}
    assert {(name, field.description) for name, field in form.model_fields.items()} <= told


def test_no_form_of_the_definition_is_left_out() -> None:
    own = {v for v in vars(definition).values() if isinstance(v, type) and issubclass(v, BaseModel)}
    assert {v for v in own if v.__module__ == definition.__name__ and not v.__name__.startswith("_")} == set(
        FORMS
    )


def test_the_example_is_a_study() -> None:
    example = re.findall(r"```yaml\n(.*?)```", PAGE, re.DOTALL)[0]
    study = strict.validate(strict.parse(example), definition.Study)
    assert study is not None
    assert study.report.forms == ("docx", "pptx")
    assert [m.method for m in study.models or ()] == ["mlr", "pls"]
    assert (study.analyses or ())[0].options["bootstrap"] == 1000
