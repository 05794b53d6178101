"""``surveykit check``: what is wrong, and what looks wrong, in a questionnaire, a study or answers."""

from __future__ import annotations

from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from surveykit.errors import Problems, SurveykitError

if TYPE_CHECKING:
    from surveykit.questionnaire import Questionnaire
    from surveykit.study.definition import LoadedStudy

__all__ = ["Checked", "check_file"]


@dataclass(frozen=True)
class Checked:
    """The verdict on one file: errors forbid its use, warnings deserve a look, ``said`` is what was read."""

    file: Path
    kind: str
    errors: list[SurveykitError] = field(default_factory=list)
    warnings: list[SurveykitError] = field(default_factory=list)
    said: str = ""

    def text(self) -> str:
        """The verdict in words."""
        verdict = "errors" if self.errors else "warnings" if self.warnings else "good"
        lines = [f"{self.file} ({self.kind}): {verdict}"]
        lines += [f"error: {e}" for e in self.errors]
        lines += [f"warning: {w}" for w in self.warnings]
        return "\n".join([*lines, self.said] if self.said else lines)


def check_file(file: Path, questionnaire: str | None = None) -> Checked:
    """Check one file; a study is read with its questionnaire and its answers, nothing is computed."""
    if file.suffix.lower() not in {".yaml", ".yml"}:
        return _checked_answers(file, questionnaire)
    from surveykit.questionnaire import strict

    problems = Problems()
    try:
        data = strict.load(file, problems).data
    except SurveykitError as error:
        return Checked(file, "YAML", list(error.errors))
    if isinstance(data, dict) and {"questionnaire", "data"} & set(data):
        return _checked_study(file)
    return _checked_questionnaire(file)


def _checked_study(file: Path) -> Checked:
    from surveykit.study.execute import check_fonts
    from surveykit.study.prepare import prepare

    fonts: list[SurveykitError] = []

    def ready(loaded: LoadedStudy) -> None:
        try:
            check_fonts(loaded)
        except SurveykitError as error:
            fonts.extend(error.errors)

    try:
        plan = prepare(file, lambda _text: None, ready)
    except SurveykitError as error:
        return Checked(file, "study", [*error.errors, *fonts])
    if fonts:
        return Checked(file, "study", fonts, _lint(plan.questionnaire))
    said = "\n".join([plan.data.import_report.summary(), *(f"note: {n}" for n in plan.notes)])
    return Checked(file, "study", [], _lint(plan.questionnaire), said)


def _checked_questionnaire(file: Path) -> Checked:
    from surveykit.questionnaire import Questionnaire
    from surveykit.scoring import check_metrics

    try:
        questionnaire = Questionnaire.load(file)
        return Checked(file, "questionnaire", check_metrics(questionnaire), _lint(questionnaire))
    except SurveykitError as error:
        return Checked(file, "questionnaire", list(error.errors))


def _checked_answers(file: Path, questionnaire: str | None) -> Checked:
    from surveykit.responses import read

    try:
        data = read(file, questionnaire)
    except SurveykitError as error:
        return Checked(file, "answers", list(error.errors))
    return Checked(file, "answers", said=data.import_report.summary())


def _lint(questionnaire: Questionnaire) -> list[SurveykitError]:
    from surveykit.questionnaire import lint

    return list(lint(questionnaire))
