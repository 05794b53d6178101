"""One study from file to files: all is read and checked, then computed, rendered in memory, written last."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from surveykit.errors import ExitCode, Problems, SurveykitError, quote
from surveykit.files import clean_stale_temps, inside, require_writable, sha256, write_atomic
from surveykit.results import Estimates, worst
from surveykit.study.definition import LoadedStudy, Study
from surveykit.study.prepare import AnalysisTask, Loc, Plan, Step, prepare
from surveykit.study.quality import quality_results

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["Run", "check_fonts", "file_names", "results_of", "run"]


@dataclass(frozen=True)
class Run:
    """What a run did: the study, the answers, every result by its id, the files written, what was chosen."""

    study: Study
    data: Responses
    results: Mapping[str, Result]
    files: tuple[Path, ...]
    notes: tuple[str, ...]

    @property
    def refused(self) -> tuple[str, ...]:
        """The ids of the results that the gate does not let anybody interpret."""
        return tuple(i for i, r in self.results.items() if worst(r.checks) == "refuse")


def run(
    study: str | Path,
    out: str | Path = "out",
    *,
    progress: Step | None = None,
    engine: str | None = None,
) -> Run:
    """Run ``study.yaml`` and write its reports, ``results.json``, ``tables.xlsx`` and scripts into ``out``.

    One language gives ``report.pdf`` and ``report.html``, several give ``report.en.pdf``,
    ``report.zh.pdf`` … A study with models also gets ``methods.R`` and ``methods.py``, which fit them again
    (docs/scripts.md). ``progress`` is called with a line of text at each step. ``engine`` is where the rows
    shall live (``pandas``, ``polars``, ``duckdb``, ``spark``); left out, the size of the file decides. The same
    study with the same seed gives the same bytes. Nothing is written unless everything could be computed; files
    that were there before stay whole whatever happens.

    Raises :class:`~surveykit.errors.SurveykitError` with all findings: exit code 2 for bad input, 73
    where the folder cannot be written (found before the analysis), 74 where writing fails.
    """
    from surveykit.report._fonts import forget_parts

    step = progress or (lambda _text: None)
    folder = Path(out)
    plan = prepare(study, step, lambda loaded: _check_output(loaded, folder), engine)
    results, left_out = compute(plan, step)
    plan = replace(plan, notes=(*plan.notes, *left_out))
    try:
        contents = _contents(plan, results, step)
    finally:
        forget_parts()
    _check_unchanged(plan)
    step(f"writing {folder}")
    notes = (*plan.notes, *_unprinted(contents))
    return Run(plan.study, plan.data, results, _write(folder, contents), notes)


def results_of(study: str | Path) -> str:
    """What ``results.json`` of a run would hold; nothing is written."""
    from surveykit.study.assemble import reports_of

    def quiet(_text: Any) -> None:
        return None

    plan = prepare(study, quiet, quiet)
    results, left_out = compute(plan, quiet)
    reports = reports_of(replace(plan, notes=(*plan.notes, *left_out)), results)
    return reports[plan.study.languages[0]].json()


def file_names(
    languages: tuple[str, ...], *, models: bool = False, forms: tuple[str, ...] = ()
) -> dict[str, tuple[str, str]]:
    """File name: (language, kind), for every file of a run; with ``models`` the scripts that fit them again.

    >>> list(file_names(("en",)))
    ['report.pdf', 'report.html', 'results.json', 'tables.xlsx']
    >>> list(file_names(("en", "zh")))[2:]
    ['report.zh.pdf', 'report.zh.html', 'tables.zh.xlsx', 'results.json', 'tables.xlsx']
    >>> list(file_names(("en",), models=True))[4:]
    ['methods.R', 'methods.py']
    """
    first, several = languages[0], len(languages) > 1
    names: dict[str, tuple[str, str]] = {}
    for language in languages:
        mark = f".{language}" if several else ""
        names[f"report{mark}.pdf"] = (language, "pdf")
        names[f"report{mark}.html"] = (language, "html")
        names |= {f"report{mark}.{form}": (language, form) for form in forms}
        if language != first:
            names[f"tables{mark}.xlsx"] = (language, "xlsx")
    names |= {"results.json": (first, "json"), "tables.xlsx": (first, "xlsx")}
    return {**names, "methods.R": (first, "r"), "methods.py": (first, "py")} if models else names


def _check_output(loaded: LoadedStudy, folder: Path) -> None:
    """Refuse, before the work is done, a folder that cannot be written and outputs that are inputs."""
    study = loaded.study
    names = list(file_names(study.languages, models=True, forms=study.report.forms))
    inputs = {
        loaded.path.resolve(),
        loaded.file(study.data).resolve(),
        loaded.file(study.questionnaire).resolve(),
    }
    for name in names:
        if inside(folder, name).resolve() in inputs:
            raise SurveykitError(
                "an output would overwrite an input",
                str(folder / name),
                hint="choose another folder with -o, or another name for the input",
                code="OUTPUT_IS_INPUT",
            )
    require_writable(folder, names)
    check_fonts(loaded)


def check_fonts(loaded: LoadedStudy) -> None:
    """Refuse, before the work is done, a machine whose fonts cannot set a report in a language of the study."""
    from surveykit.report import load_theme, require_font
    from surveykit.study.assemble import theme_of

    with suppress(OSError):  # without the library of fonts the paper itself says what is missing
        try:
            theme = load_theme(theme_of(loaded))
        except SurveykitError:  # told with all other findings
            return
        for language in loaded.study.languages:
            require_font(theme.families(language))


def _worked(_id: str, work: Callable[[], Result]) -> Result:
    return work()


def compute(
    plan: Plan, step: Step, through: Callable[[str, Callable[[], Result]], Result] = _worked
) -> tuple[dict[str, Result], list[str]]:
    """Every result of the plan, by id, and notes. The findings of all of them come together.

    An analysis or a model that nobody asked for and that these answers do not allow is left out with a note. Each result is
    had ``through`` a function of its id and its work, which may remember it.
    """
    problems = Problems()
    results: dict[str, Result] = {}
    chosen = {t.id for t in plan.analyses if t.chosen} | {t.id for t in plan.fits if t.chosen}
    notes = []
    for id_, loc, work in _work(plan):
        step(f"computing {id_}")
        try:
            results[id_] = through(id_, work)
        except SurveykitError as error:
            if id_ in chosen:
                notes.append(f"{id_} was left out: {error.errors[0].what}")
                continue
            for one in plan.loaded.placed(error, *loc):
                problems.add(one)
    problems.raise_if_any()
    if plan.quality is not None:
        step("computing without the doubted answers")
        results |= quality_results(plan, results, _possible)
    return results, notes


def _possible(plan: Plan) -> dict[str, Result]:
    """The results of the plan that can be had, without the others."""
    found: dict[str, Result] = {}
    for id_, _, work in _work(plan):
        with suppress(SurveykitError):
            found[id_] = work()
    return found


def _work(plan: Plan) -> Iterator[tuple[str, Loc, Callable[[], Result]]]:
    """Each result's id, the place in the study that asks for it, and how it is had."""
    from surveykit import analyses, scoring, sem

    data, study = plan.data, plan.study
    if plan.scored:
        yield "scores", ("scores",), partial(scoring.score, data, study.scores)
        least, hide = study.report.min_cell, _closed(plan)
        for i, by in enumerate(study.groups):
            work = partial(scoring.score, data, study.scores, by, min_base=least, hide=hide.get(by, ()))
            yield f"scores_by_{by}", ("groups", i), work
    for task in plan.analyses:

        def analysed(task: AnalysisTask = task) -> Result:
            return _titled(analyses.analyse(data, task.analysis, **task.options), task.title)

        yield task.id, task.loc, analysed
    for fit in plan.fits:
        options = {"method": fit.method, "engine": fit.engine, **fit.options}
        yield fit.id, fit.loc, partial(sem.fit, fit.model, data, **options)


def _closed(plan: Plan) -> Mapping[str, frozenset[str]]:
    """Groups that several groupings beside each other would give away; rows that stay in an engine are not compared."""
    import narwhals as nw

    from surveykit.bases import hidden_together
    from surveykit.responses.statistics import group_label

    data, groups = plan.data, [g for g in plan.study.groups if plan.data.has(g)]
    if len(groups) < 2 or isinstance(data.native, nw.LazyFrame):
        return {}
    frame = data.frame(groups)
    labels = {
        by: [None if v is None or v != v else group_label(v) for v in frame[by].tolist()] for by in groups
    }
    return hidden_together(labels, plan.study.report.min_cell)


def _titled(result: Estimates, title: Mapping[str, str] | None) -> Estimates:
    return result if title is None else replace(result, title=title)


def _contents(plan: Plan, results: Mapping[str, Result], step: Step) -> dict[str, bytes]:
    """The bytes of every file, by name: in memory, so that a failure leaves no half of a set."""
    from surveykit.report._scripts_python import STRUCTURAL
    from surveykit.study.assemble import reports_of

    reports = reports_of(plan, results)
    contents: dict[str, bytes | Future[bytes]] = {}
    models = bool(plan.fits) or any(task.analysis in STRUCTURAL for task in plan.analyses)
    forms = plan.study.report.forms
    last = plan.study.languages[-1]
    with ThreadPoolExecutor(max(_cores() - 1, 1)) as others:
        for name, (language, kind) in file_names(plan.study.languages, models=models, forms=forms).items():
            step(f"rendering {name}")
            report = reports[language]
            if kind == "pdf" and language != last and _cores() > 1 and report.long:
                contents[name] = others.submit(report.pdf, beside=True)
                continue
            made: Any = getattr(report, kind)()
            contents[name] = made.encode("utf-8") if isinstance(made, str) else made
        return {name: c.result() if isinstance(c, Future) else c for name, c in contents.items()}


def _unprinted(contents: Mapping[str, bytes]) -> list[str]:
    """A note on the characters that the paper shows in words, because no font here has them."""
    from surveykit.report._spelled import PACKAGES, undrawable

    pages = (content.decode("utf-8") for name, content in contents.items() if name.endswith(".html"))
    found = sorted({c for page in pages for c in undrawable(page)})
    if not found:
        return []
    shown = ", ".join(f"U+{ord(c):04X}" for c in found[:8]) + (" …" if len(found) > 8 else "")
    return [
        f"no installed font has {len(found)} character(s) of answers or names ({shown}): in report.pdf and in pictures they "
        f"stand in words; to see them install fonts and run again (apt-get install {PACKAGES})"
    ]


def _cores() -> int:
    """The processors that this process may use."""
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1


def _check_unchanged(plan: Plan) -> None:
    """An input that changed during the run would make the report speak of answers that nobody has."""
    for path, before in plan.inputs.items():
        try:
            same = sha256(path) == before
        except OSError:
            same = False
        if not same:
            raise SurveykitError(
                "an input changed during the run",
                str(path),
                got=quote(path.name),
                hint="run again when it is complete; nothing was written",
                code="INPUT_CHANGED",
                exit_code=ExitCode.INPUT_OUTPUT,
            )


def _write(folder: Path, contents: Mapping[str, bytes]) -> tuple[Path, ...]:
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise SurveykitError(
            "cannot create the output folder",
            str(folder),
            got=error.strerror or str(error),
            code="CANNOT_CREATE",
            exit_code=ExitCode.CANNOT_CREATE,
        ) from None
    clean_stale_temps(folder)
    return tuple(write_atomic(inside(folder, name), content) for name, content in contents.items())
