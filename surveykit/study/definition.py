"""``study.yaml``: which questionnaire, which answers, what to compute, for whom to write.

The file is strict YAML (:mod:`surveykit.questionnaire.strict`): an unknown key is an error with its
line. It names data, never code. Paths are relative to the study file.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator

from surveykit.errors import Problems, SurveykitError, quote
from surveykit.format import HANT, LANGUAGES
from surveykit.options import Many
from surveykit.questionnaire import strict

__all__ = ["AnalysisSpec", "LoadedStudy", "ModelSpec", "ReportSpec", "Study", "load_study"]

Language = Literal["en", "zh", "zh-Hant"]


def _texts(value: Any) -> Any:
    """A plain string stands for every language."""
    return dict.fromkeys(LANGUAGES, value) if isinstance(value, str) else value


def _day(value: Any) -> Any:
    if isinstance(value, str):
        try:
            return date.fromisoformat(value)
        except ValueError:
            raise ValueError("a day is written 2026-11-22") from None
    return value


Texts = Annotated[Mapping[str, str], BeforeValidator(_texts)]
Names = Many[str]
Day = Annotated[date, BeforeValidator(_day)]
Id = Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_-]{0,63}$")]


class _Strict(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid", allow_inf_nan=False)


class _Open(BaseModel):
    """Keys beyond the declared ones are options: what they go to judges them."""

    model_config = ConfigDict(frozen=True, extra="allow", allow_inf_nan=False, protected_namespaces=())

    @property
    def options(self) -> dict[str, Any]:
        """The options, by name."""
        return dict(self.model_extra or {})


class AnalysisSpec(_Open):
    """One analysis of the study; every other key is an option of that analysis."""

    analysis: str = Field(description="which analysis: `surveykit list analyses` names them")
    id: Id | None = Field(default=None, description="its name in results.json; the analysis' name by default")
    title: Texts | None = Field(default=None, description="its title in the report")


class ModelSpec(_Open):
    """One structural model; every other key is an option of `fit` under lavaan's names."""

    id: Id | None = Field(default=None, description="its name in results.json")
    title: Texts | None = Field(default=None, description="its title in the report")
    model: str | None = Field(default=None, description="lavaan syntax; the questionnaire's model by default")
    method: str = Field(default="ml", description="the estimator; by default wlsmv where `ordered` is given")
    engine: str | None = Field(default=None, description="semopy, or our own by default")


class ReportSpec(_Strict):
    """How the report looks and for whom it is."""

    theme: str = Field(default="default", description="a theme's name or the path of its folder")
    client: Texts | None = Field(default=None, description="who ordered it, for the cover")
    author: Texts | None = Field(default=None, description="who wrote it, for the cover")
    min_cell: int = Field(default=10, ge=5, description="groups with fewer answers are not shown")
    forms: Many[Literal["docx", "pptx"]] = Field(
        default=(), description="further forms beside PDF, HTML and workbook: docx, pptx (the extra `office`)"
    )


class WeightingSpec(_Strict):
    """Weights that agree with the population, made from the weights the answers have."""

    margins: Mapping[str, Mapping[str, float]] = Field(
        min_length=1, description="column: {group: share or number of people}"
    )
    bounds: tuple[float, float] | None = Field(
        default=None, description="smallest and largest weight, in multiples of their mean"
    )

    @field_validator("bounds", mode="before")
    @classmethod
    def _pair(cls, value: Any) -> Any:
        return tuple(value) if isinstance(value, list) else value


class WavesSpec(_Strict):
    """Several waves in one file of answers; a trend is drawn over them."""

    column: str = Field(description="the column that says to which wave, or on which day, somebody answered")
    period: Literal["as_is", "month", "quarter", "year"] = Field(
        default="as_is", description="gather days into months, quarters or years"
    )
    questionnaires: Mapping[str, str] = Field(
        default_factory=dict,
        description="wave: its questionnaire, in the order of time; a question that changed breaks its line",
    )

    @field_validator("questionnaires", mode="before")
    @classmethod
    def _named(cls, value: Any) -> Any:
        return {str(k): v for k, v in value.items()} if isinstance(value, Mapping) else value


class SampleSpec(_Strict):
    """Facts of the sample that no file of answers holds; the report prints them as they are stated."""

    population: Texts | None = Field(default=None, description="for whom the sample is to speak")
    mode: Texts | None = Field(
        default=None, description="how people were asked: online, by telephone, in person"
    )
    selection: Literal["probability", "quota", "volunteers", "census"] | None = Field(
        default=None,
        description="how respondents came into the sample; a margin of error needs `probability`",
    )
    field_start: Day | None = Field(default=None, description="first day of the field work, 2026-11-02")
    field_end: Day | None = Field(default=None, description="last day of the field work")
    invited: int | None = Field(default=None, ge=1, description="people who were asked to take part")
    exclusions: Texts | None = Field(default=None, description="who was left out, and why")
    weighting: Texts | None = Field(default=None, description="how the weights were made")
    sponsor: Texts | None = Field(default=None, description="who paid for the survey")

    @field_validator("field_end", mode="after")
    @classmethod
    def _in_order(cls, value: date | None, info: Any) -> date | None:
        start = info.data.get("field_start")
        if value is not None and start is not None and value < start:
            raise ValueError("field_end is before field_start")
        return value


class QualitySpec(_Open):
    """How answers are judged; every other key is an option of the analysis `quality`."""

    exclude: Names = Field(
        default=(), description="reasons for which respondents are set aside: attention, speed, … or poor"
    )
    sensitivity: bool = Field(default=True, description="compute scores and analyses without the doubted too")


class Study(_Strict):
    """What `surveykit run` does: the whole of a study file."""

    title: Texts = Field(description="the report's title, one text or one per language")
    questionnaire: str = Field(description="a file beside the study, or the id of a shipped questionnaire")
    data: str = Field(description="the answers: CSV, XLSX, Parquet, SPSS or Stata, beside the study")
    platform: str | None = Field(
        default=None, description="the survey platform of the export; found by evidence if left out"
    )
    keep_unfinished: bool = Field(
        default=False, description="keep the rows that the platform marks as not finished"
    )
    sheet: str | None = Field(default=None, description="the sheet of a workbook with several")
    simulated: bool = Field(default=False, description="the answers are simulated: every page says so")
    languages: Many[Language] = Field(
        default=("en",),
        min_length=1,
        description="a report in each: en, zh, zh-Hant; the first names its files",
    )
    seed: int = Field(default=1, ge=0, lt=2**63, description="of everything that is drawn at random")
    date: Day | None = Field(default=None, description="the day on the cover; never the clock")
    weight: str | None = Field(default=None, description="the column of the weights")
    strata: str | None = Field(default=None, description="the column of the strata")
    clusters: Names = Field(default=(), description="the columns of the clusters, one per stage")
    fpc: Names = Field(
        default=(), description="population sizes per stage: units in the stratum, or the fraction drawn"
    )
    lonely: Literal["fail", "certainty", "adjust", "average"] = Field(
        default="fail", description="what a stratum with one cluster does"
    )
    nest: bool = Field(default=False, description="each stratum numbers its clusters anew")
    replicates: Names = Field(default=(), description="columns of replicate weights")
    replicate_kind: Literal["jk1", "jk2", "brr", "bootstrap"] = Field(
        default="brr", description="how the replicate weights were made"
    )
    weighting: WeightingSpec | None = Field(
        default=None, description="margins of the population to weight to"
    )
    quality: QualitySpec | None = Field(default=None, description="judge how carefully people answered")
    keep: Names = Field(
        default=(), description="columns with personal data that are to stay as they are (ids, e-mails, …)"
    )
    key: str | None = Field(
        default=None, description="the file with the key of the pseudonyms, best kept away from the data"
    )
    groups: Names = Field(default=(), description="columns to compare groups by")
    waves: WavesSpec | None = Field(
        default=None, description="the waves of a study that was asked several times"
    )
    sample: SampleSpec | None = Field(
        default=None, description="field dates, mode, selection: facts for the sample box"
    )
    scores: Names | None = Field(default=None, description="metrics; all of the questionnaire if left out")
    analyses: Many[AnalysisSpec] | None = Field(default=None, description="chosen for you if left out")
    models: Many[ModelSpec] | None = Field(default=None, description="the questionnaire's if left out")
    report: ReportSpec = Field(
        default=ReportSpec(), description="how the report looks, and in which forms it is made"
    )


class LoadedStudy:
    """A study with the places of its keys, so that a later finding can name its line."""

    def __init__(self, study: Study, document: strict.Document, path: Path) -> None:
        self.study = study
        self.document = document
        self.path = path

    def file(self, name: str) -> Path:
        """A file that the study names, relative to the study's own folder."""
        return self.path.parent / name

    def placed(self, error: SurveykitError, *loc: str | int) -> list[SurveykitError]:
        """The findings of ``error``; one that names no file gets the place of ``loc`` in the study."""
        return [self._placed(e, loc) for e in error.errors]

    def _placed(self, error: SurveykitError, loc: tuple[str | int, ...]) -> SurveykitError:
        place = error.where
        if not isinstance(place, str) and (place.file or place.line is not None or place.row is not None):
            return error
        where = self.document.where(loc)
        about = str(place)
        got = error.got if not about else "; ".join(p for p in (error.got, about) if p)
        return SurveykitError(
            error.what, where, error.expected, got, error.hint, code=error.code, exit_code=error.exit_code
        )


def load_study(path: str | Path, problems: Problems | None = None) -> LoadedStudy | None:
    """Read a study file, or ``study.yaml`` of a folder. Every finding, with its line, in one error or in ``problems``."""
    path = Path(path) / "study.yaml" if Path(path).is_dir() else path
    found = Problems() if problems is None else problems
    document = strict.load(path, found)
    study = strict.validate(document, Study, found)
    loaded = None
    if study is not None:
        loaded = LoadedStudy(study, document, Path(path))
        for error in _unclear_ids(loaded):
            found.add(error)
    if problems is None:
        found.raise_if_any()
    return loaded


def _unclear_ids(loaded: LoadedStudy) -> list[SurveykitError]:
    """Ids that stand for two results, and texts that lack a language of the report."""
    study, found = loaded.study, []
    seen: dict[str, tuple[str | int, ...]] = {"scores": ("scores",)}
    analyses, models = study.analyses or (), study.models or ()
    for kind, names in (
        ("analyses", [a.id or a.analysis for a in analyses]),
        ("models", [m.id or "model" for m in models]),
    ):
        for i, name in enumerate(names):
            if name in seen or name.startswith("scores_by_"):
                hint = "give one of the two an id of its own: `id: …`"
                where = loaded.document.where((kind, i))
                found.append(
                    SurveykitError(f"two results named {quote(name)}", where, hint=hint, code="STUDY_ID")
                )
            seen[name] = (kind, i)
    for language in study.languages:
        if language not in study.title and not (language == HANT and "zh" in study.title):
            found.append(_no_title(loaded, language))
    return found


def _no_title(loaded: LoadedStudy, language: str) -> SurveykitError:
    return SurveykitError(
        f"the title is missing in {quote(language)}",
        loaded.document.where(("title",)),
        expected=f"title: {{{', '.join(f'{lang}: …' for lang in loaded.study.languages)}}}",
        code="STUDY_TITLE",
    )
