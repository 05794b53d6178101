"""Before anything is computed: everything is read and checked, and every finding comes at once."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.study.definition import AnalysisSpec, LoadedStudy, ModelSpec, Study, load_study
from surveykit.study.quality import excluded, quality_options, weighted

if TYPE_CHECKING:
    from surveykit.model import Model
    from surveykit.questionnaire import Questionnaire
    from surveykit.responses import Responses
    from surveykit.responses.quality import QualityOptions

__all__ = ["AnalysisTask", "FitTask", "Plan", "prepare", "reading_of", "with_defaults"]

Loc = tuple[str | int, ...]
Step = Callable[[str], None]


_COUNTING = frozenset({"crosstab", "frequencies"})
"""Analyses that show how many people of a group gave an answer; the study's smallest cell holds for each of their cells."""


@dataclass(frozen=True, slots=True)
class AnalysisTask:
    """One analysis to run: its id in results.json, the entry, the options, where the study asks for it.

    ``chosen`` says that nobody asked for it: where the answers do not allow it, it is left out with a note.
    """

    id: str
    analysis: str
    options: Mapping[str, Any]
    title: Mapping[str, str] | None = None
    loc: Loc = ("analyses",)
    chosen: bool = False


@dataclass(frozen=True, slots=True)
class FitTask:
    """One model to fit; ``chosen`` as for an analysis."""

    id: str
    model: Model
    method: str
    engine: str | None
    options: Mapping[str, Any]
    title: Mapping[str, str] | None = None
    loc: Loc = ("models",)
    chosen: bool = False


@dataclass(frozen=True)
class Plan:
    """What a run will do, on which answers; ``notes`` say what was chosen for the analyst."""

    loaded: LoadedStudy
    questionnaire: Questionnaire
    data: Responses
    analyses: tuple[AnalysisTask, ...]
    fits: tuple[FitTask, ...]
    scored: bool
    notes: tuple[str, ...] = ()
    inputs: Mapping[Path, str] = field(default_factory=dict)
    quality: QualityOptions | None = None

    @property
    def study(self) -> Study:
        """The study as it was written."""
        return self.loaded.study


def prepare(
    path: str | Path, step: Step, ready: Callable[[LoadedStudy], None], engine: str | None = None
) -> Plan:
    """Read the study, its questionnaire and its answers; all findings in one error.

    ``ready`` is called when the study file itself is understood, before the answers are read (the
    output folder is tried there). ``engine`` is where the rows shall live, as in :func:`surveykit.read`.
    """
    problems = Problems()
    step(f"reading {path}")
    loaded = load_study(path, problems)
    if loaded is None:
        problems.raise_if_any()
        raise SurveykitError("the study is empty", str(path))
    ready(loaded)
    questionnaire = _questionnaire(loaded, problems)
    analyses = _analyses(loaded, problems)
    fits = _fits(loaded, questionnaire, problems)
    quality = quality_options(loaded, problems)
    _check_report(loaded, problems)
    step(f"reading {loaded.study.data}")
    data = _answers(loaded, questionnaire, quality, problems, engine)
    if data is not None:
        _check_groups(loaded, data, problems)
    if questionnaire is not None:
        _check_ids(loaded, questionnaire, (*analyses, *fits), problems)
    problems.raise_if_any()
    if questionnaire is None or data is None:
        raise RuntimeError("a part of the study is missing without a finding")
    return replace(_completed(loaded, questionnaire, data, analyses, fits), quality=quality)


def _completed(
    loaded: LoadedStudy,
    questionnaire: Questionnaire,
    data: Responses,
    analyses: tuple[AnalysisTask, ...],
    fits: tuple[FitTask, ...],
) -> Plan:
    from surveykit.files import sha256
    from surveykit.study.defaults import default_analyses, default_fits
    from surveykit.study.waves import wave_files, with_changes

    study = loaded.study
    notes: list[str] = []
    if study.analyses is None:
        analyses, said = default_analyses(questionnaire, data, study)
        notes += said
    if study.models is None:
        fits, said = default_fits(questionnaire, seed=study.seed)
        notes += said
    analyses = with_changes(loaded, analyses)
    scored = bool(questionnaire.metrics) if study.scores is None else bool(study.scores)
    paths = [loaded.path, loaded.file(study.data), *wave_files(loaded)]
    if questionnaire.path is not None:
        paths.append(Path(questionnaire.path))
    inputs = {p.resolve(): sha256(p) for p in paths if p.is_file()}
    return Plan(loaded, questionnaire, data, analyses, fits, scored, tuple(notes), inputs)


def _questionnaire(loaded: LoadedStudy, problems: Problems) -> Questionnaire | None:
    """The questionnaire beside the study, else the shipped one of that id."""
    from surveykit.questionnaire import Questionnaire, library

    name = loaded.study.questionnaire
    beside = loaded.file(name)
    try:
        if beside.is_file():
            return Questionnaire.load(beside)
        if name in library():
            return Questionnaire.load(name)
    except SurveykitError as error:
        problems.add(error)
        return None
    problems.add(
        f"no questionnaire {quote(name)}",
        loaded.document.where(("questionnaire",)),
        expected=f"a file beside the study ({loaded.path.parent}) or the id of a shipped questionnaire",
        hint=did_you_mean(name, sorted(library())),
        code="NO_QUESTIONNAIRE",
    )
    return None


def _answers(
    loaded: LoadedStudy,
    questionnaire: Questionnaire | None,
    quality: QualityOptions | None,
    problems: Problems,
    engine: str | None,
) -> Responses | None:
    from surveykit.responses import read
    from surveykit.responses.spark import on_cluster

    name = loaded.study.data
    source = loaded.file(name)
    remote = engine == "spark" and (source.is_dir() or (not source.is_file() and on_cluster(name)))
    if not source.is_file() and not source.is_dir() and not remote:
        near = (
            sorted(p.name for p in source.parent.glob("*") if p.is_file()) if source.parent.is_dir() else []
        )
        problems.add(
            "the answers are not there",
            loaded.document.where(("data",)),
            expected=str(source),
            hint=did_you_mean(source.name, near) if near else "paths are relative to the study file",
            code="NO_DATA",
        )
        return None
    if questionnaire is None:
        return None
    try:
        place = name if remote and not source.exists() else source
        data = read(place, questionnaire, engine=engine, **reading_of(loaded))
    except SurveykitError as error:
        problems.add(error)
        return None
    key = "quality"
    try:
        data = excluded(data, loaded, quality)
        key = "weighting"
        return weighted(data, loaded)
    except SurveykitError as error:
        for one in loaded.placed(error, key):
            problems.add(one)
        return None


def reading_of(loaded: LoadedStudy) -> dict[str, Any]:
    """What the study says about reading its answers, and about how the sample was drawn."""
    study = loaded.study
    source = ("platform", "sheet", "keep_unfinished")
    drawn = ("weight", "strata", "clusters", "fpc", "lonely", "nest", "replicates", "replicate_kind")
    further = [] if study.weighting is None else list(study.weighting.margins)
    further += [] if study.waves is None else [study.waves.column]
    duration = None if study.quality is None else study.quality.options.get("duration")
    further += [duration] if isinstance(duration, str) else []
    key = None if study.key is None else loaded.file(study.key)
    return {
        **{name: getattr(study, name) for name in (*source, *drawn)},
        "keep": [*further, *study.keep],
        "key": key,
    }


def _check_report(loaded: LoadedStudy, problems: Problems) -> None:
    """What the report needs is judged before anything is computed: the theme with its files, the extra of its forms."""
    from surveykit.report import load_theme
    from surveykit.report._office import need_office
    from surveykit.study.assemble import theme_of

    try:
        load_theme(theme_of(loaded)).judge()
        for form in loaded.study.report.forms:
            need_office(form, f"report.{form}")
    except SurveykitError as error:
        for one in loaded.placed(error, "report"):
            problems.add(one)


def _check_groups(loaded: LoadedStudy, data: Responses, problems: Problems) -> None:
    for i, name in enumerate(loaded.study.groups):
        if not data.has(name):
            problems.add(
                f"unknown group column {quote(name)}",
                loaded.document.where(("groups", i)),
                hint=did_you_mean(name, data.columns),
                code="UNKNOWN_GROUP",
            )


def _check_ids(
    loaded: LoadedStudy,
    questionnaire: Questionnaire,
    tasks: tuple[AnalysisTask | FitTask, ...],
    problems: Problems,
) -> None:
    """A result named like an item, a construct or a metric would share its words in the report."""
    names = {*questionnaire.items, *questionnaire.constructs, *questionnaire.metrics}
    kept = {"quality", "sensitivity"} if loaded.study.quality is not None else set()
    for task in tasks:
        if task.id in names | kept:
            held = "kept for the key `quality`" if task.id in kept else "a name in the questionnaire already"
            problems.add(
                f"the id {quote(task.id)} is {held}",
                loaded.document.where((*task.loc, "id")),
                expected="an id that no item, construct or metric has",
                hint=f"`id: {task.id}_result`, say",
                code="STUDY_ID",
            )


def _analyses(loaded: LoadedStudy, problems: Problems) -> tuple[AnalysisTask, ...]:
    """The analyses that the study names, options judged before the answers are looked at."""
    tasks = []
    for i, spec in enumerate(loaded.study.analyses or ()):
        try:
            tasks.append(_analysis(spec, loaded.study, ("analyses", i)))
        except SurveykitError as error:
            for one in loaded.placed(error, "analyses", i):
                problems.add(one)
    return tuple(tasks)


def with_defaults(name: str, options: Mapping[str, Any], study: Study) -> dict[str, Any]:
    """The options of an analysis with what the study says for all: its seed, and the smallest cell that may be shown.

    An entry that closes small cells together with those that would give them away must know the latter.
    """
    from surveykit.catalogue import registry

    entry = registry("analyses").get(name)
    if entry.options is not None and "seed" in entry.options.model_fields:
        options = {"seed": study.seed, **options}
    if entry.extra.get("closes_cells"):
        options = {"min_base": study.report.min_cell, **options}
    if name in _COUNTING:
        options = {"min_cell": study.report.min_cell, **options}
    return dict(options)


def _analysis(spec: AnalysisSpec, study: Study, loc: Loc) -> AnalysisTask:
    from surveykit.catalogue import registry
    from surveykit.options import validated

    entry = registry("analyses").get(spec.analysis)
    options = with_defaults(spec.analysis, spec.options, study)
    validated(entry, options, "analysis")
    return AnalysisTask(spec.id or spec.analysis, spec.analysis, options, spec.title, loc)


def _fits(
    loaded: LoadedStudy, questionnaire: Questionnaire | None, problems: Problems
) -> tuple[FitTask, ...]:
    tasks = []
    for i, spec in enumerate(loaded.study.models or ()):
        model = _model(loaded, spec, i, questionnaire, problems)
        if model is not None:
            options = spec.options
            if "bootstrap" in options or spec.method in ("pls", "plsc", "compare"):
                options = {"seed": loaded.study.seed, **options}
            loc = ("models", i)
            method = _estimator(spec, model)
            tasks.append(FitTask(spec.id or "model", model, method, spec.engine, options, spec.title, loc))
    return tuple(tasks)


def _estimator(spec: ModelSpec, model: Model) -> str:
    """The estimator that a study names; where it names none, that of ordered items if there are any."""
    if "method" in spec.model_fields_set:
        return spec.method
    ordered = spec.options.get("ordered") or any(p.op == "|" for p in model.parameters)
    return "wlsmv" if ordered else spec.method


def _model(
    loaded: LoadedStudy, spec: ModelSpec, i: int, questionnaire: Questionnaire | None, problems: Problems
) -> Model | None:
    from surveykit.model import Model

    if spec.model is None:
        if questionnaire is not None and questionnaire.model is None:
            where = loaded.document.where(("models", i))
            hint = "give the model: `model: |` and lavaan syntax"
            problems.add("the questionnaire has no model", where, hint=hint, code="NO_MODEL")
        return questionnaire.model if questionnaire is not None else None
    try:
        return Model.parse(spec.model)
    except SurveykitError as error:
        for one in error.errors:
            problems.add(_in_text(loaded, one, i, spec.model))
        return None


def _in_text(loaded: LoadedStudy, error: SurveykitError, i: int, text: str) -> SurveykitError:
    """A finding of the model's text at its line of the study file."""
    start = loaded.document.where(("models", i, "model"))
    place = error.where
    inner = getattr(place, "line", None)
    if inner is None or start.line is None:
        return loaded.placed(error, "models", i, "model")[0]
    # a block scalar (`model: |`) begins on the line after its key
    line = start.line + (inner if "\n" in text else inner - 1)
    where = replace(start, line=line, position=getattr(place, "position", None))
    return SurveykitError(error.what, where, error.expected, error.got, error.hint, code=error.code)
