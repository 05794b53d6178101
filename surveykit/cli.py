"""The command line: flags, progress and exit codes; no logic.

Results go to stdout (JSON with ``--json``), progress and findings to stderr. Exit codes are those of
:class:`~surveykit.errors.ExitCode`. A traceback is never shown without ``--debug``.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import sys
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any, NoReturn

import typer

from surveykit import __version__, privacy_commands, questionnaire_commands
from surveykit.errors import ExitCode, SurveykitError

__all__ = ["app", "main", "print_result"]

app = typer.Typer(
    name="surveykit",
    no_args_is_help=True,
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    help="From a survey export to scores, structural models and a report that stands up.",
    epilog="--debug anywhere shows the traceback of a bug. Exit codes: 2 bad input, 3 --strict or FAIL, "
    "70 bug, 71 memory, 73 cannot create, 74 input/output.",
)

Json = Annotated[bool, typer.Option("--json", help="print JSON")]
QuestionnaireOption = Annotated[
    str | None, typer.Option("-q", "--questionnaire", help="a file, or the id of a shipped questionnaire")
]
Weight = Annotated[str | None, typer.Option(help="the column of the weights")]


def _version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"surveykit {__version__}")
        raise typer.Exit


@app.callback()
def _global(
    version: Annotated[
        bool, typer.Option("--version", callback=_version, is_eager=True, help="print the version")
    ] = False,
) -> None:
    pass


@app.command()
def run(
    study: Annotated[Path, typer.Argument(help="the study file")],
    out: Annotated[Path, typer.Option("-o", "--out", help="the folder for the reports")] = Path("out"),
    strict: Annotated[bool, typer.Option(help="exit with 3 where the gate refuses a result")] = False,
    engine: Annotated[
        str | None,
        typer.Option(
            help="where the rows live: pandas, polars, duckdb or spark; else the file's size decides"
        ),
    ] = None,
    as_json: Json = False,
) -> None:
    """Everything: report.pdf, report.html, results.json, tables.xlsx."""
    from surveykit.study import run as run_study

    with _progress() as step:
        done = run_study(study, out, progress=step, engine=engine)
    if as_json:
        _print_json({"files": [str(f) for f in done.files], "notes": list(done.notes)})
    else:
        for note in done.notes:
            typer.echo(f"note: {note}", err=True)
        for file in done.files:
            typer.echo(str(file))
    if strict and done.refused:
        typer.echo(f"refused: {', '.join(done.refused)}", err=True)
        raise typer.Exit(ExitCode.STRICT)


@app.command()
def score(
    data: Annotated[Path, typer.Argument(help="the answers")],
    questionnaire: QuestionnaireOption = None,
    metric: Annotated[list[str] | None, typer.Option("--metric", help="one metric; may be repeated")] = None,
    by: Annotated[str | None, typer.Option(help="a column to compare groups by")] = None,
    weight: Weight = None,
    strata: Annotated[str | None, typer.Option(help="the column of the strata")] = None,
    cluster: Annotated[
        list[str] | None, typer.Option(help="a column of clusters; once per stage of the sample")
    ] = None,
    fpc: Annotated[
        list[str] | None, typer.Option(help="a column of population sizes; once per stage of the sample")
    ] = None,
    as_json: Json = False,
) -> None:
    """The metrics that a questionnaire defines."""
    from surveykit import verbs

    with _progress() as step:
        step(f"reading {data}")
        drawn = {"weight": weight, "strata": strata, "clusters": cluster or (), "fpc": fpc or ()}
        answers = verbs.read(data, questionnaire, **drawn)
        step("scoring")
        result = verbs.score(answers, metric or None, by)
    print_result(result, as_json)


@app.command()
def fit(
    model: Annotated[str, typer.Argument(help="a file with lavaan syntax, or the syntax itself")],
    data: Annotated[Path, typer.Argument(help="the answers, or moments.json of summarise")],
    questionnaire: QuestionnaireOption = None,
    method: Annotated[str, typer.Option(help="the estimator")] = "ml",
    engine: Annotated[str | None, typer.Option(help="semopy for a second opinion")] = None,
    option: Annotated[
        list[str] | None, typer.Option("--set", help="an option by lavaan's name: --set std_lv=true")
    ] = None,
    weight: Weight = None,
    as_json: Json = False,
) -> None:
    """Fit a structural model."""
    from surveykit import verbs

    options = _assignments(option or [])
    with _progress() as step:
        step(f"reading {data}")
        stored = data.suffix == ".json" and questionnaire is None and weight is None
        answers = data if stored else verbs.read(data, questionnaire, weight=weight)
        step("fitting")
        result = verbs.fit(_model_text(model), answers, method=method, engine=engine, **options)
    print_result(result, as_json)


@app.command()
def summarise(
    data: Annotated[Path, typer.Argument(help="the answers")],
    out: Annotated[Path, typer.Option("--out", "-o", help="where to write the moments")] = Path(
        "moments.json"
    ),
    questionnaire: QuestionnaireOption = None,
    column: Annotated[
        list[str] | None, typer.Option("--column", "-c", help="an item or construct; all of them if left out")
    ] = None,
    by: Annotated[str | None, typer.Option(help="moments per group of this column")] = None,
    min_base: Annotated[int, typer.Option(help="the fewest people that are shown")] = 5,
    weight: Weight = None,
) -> None:
    """Write means, covariances and counts, without rows and small cells."""
    from surveykit import verbs

    with _progress() as step:
        step(f"reading {data}")
        answers = verbs.read(data, questionnaire, weight=weight)
        step("summing")
        found = verbs.summarise(answers, column, by, min_base=min_base)
    for group, moments in found.moments.items():
        about = f"{by} {group}: " if by else ""
        typer.echo(f"{about}{moments.n:,} of {moments.n_total:,} rows complete in {moments.p} columns")
    if found.hidden:
        typer.echo(f"left out, too few people: {', '.join(found.hidden)}")
    if found.facts.get("left_out"):
        typer.echo(f"without moments, which would tell small counts: {', '.join(found.facts['left_out'])}")
    typer.echo(str(found.save(out)))


@app.command()
def convert(
    data: Annotated[Path, typer.Argument(help="a delimited text file, however large")],
    out: Annotated[Path, typer.Option("-o", "--out", help="the Parquet file to write")],
    encoding: Annotated[str | None, typer.Option(help="else it is found out")] = None,
    delimiter: Annotated[str | None, typer.Option(help="else it is found out")] = None,
    missing: Annotated[
        list[str] | None,
        typer.Option(help="a word for no answer in columns of numbers (NA); may be repeated"),
    ] = None,
) -> None:
    """CSV of any size to Parquet, which is then read in blocks."""
    from surveykit.responses.convert import convert as converted

    with _progress() as step:
        done = converted(data, out, encoding=encoding, delimiter=delimiter, missing=missing or (), step=step)
    for note in done.notes:
        typer.echo(f"note: {note}", err=True)
    columns = f"{len(done.numbers)} columns of numbers, {len(done.texts)} of text"
    typer.echo(f"{done.rows:,} rows, {columns}")
    typer.echo(str(done.path))


@app.command()
def check(
    files: Annotated[list[Path], typer.Argument(help="questionnaires, studies, answers")],
    questionnaire: QuestionnaireOption = None,
    strict: Annotated[bool, typer.Option(help="exit with 3 where there are warnings")] = False,
    as_json: Json = False,
) -> None:
    """Lint a questionnaire or a study; check answers against a questionnaire."""
    from surveykit.study.check import check_file

    errors, warnings = [], []
    for file in files:
        found = check_file(file, questionnaire)
        errors += found.errors
        warnings += found.warnings
        if not as_json:
            typer.echo(found.text())
    if as_json:
        both = {"errors": errors, "warnings": warnings}
        _print_json({name: [e.to_dict() for e in listed] for name, listed in both.items()})
    if errors:
        raise typer.Exit(ExitCode.BAD_INPUT)
    if warnings and strict:
        raise typer.Exit(ExitCode.STRICT)


@app.command()
def new(
    directory: Annotated[Path, typer.Argument(help="the folder to make")],
    questionnaire: QuestionnaireOption = "ecsi",
    export: Annotated[
        Path | None,
        typer.Option(
            "--from", help="answers to start from: an export of a survey platform, or its definition"
        ),
    ] = None,
    platform: Annotated[
        str | None, typer.Option(help="with --from: the platform, where it is not found; none for a table")
    ] = None,
    sheet: Annotated[str | None, typer.Option(help="with --from: the sheet of a workbook")] = None,
    definition: Annotated[
        Path | None,
        typer.Option(help="with --from: the form that was fielded (.qsf, .lss, XLSForm, SurveyJS, DDI)"),
    ] = None,
    keep_unfinished: Annotated[
        bool, typer.Option("--keep-unfinished", help="with --from: keep rows that are not finished")
    ] = False,
) -> None:
    """A study to start from: drafted from an export, or with simulated answers."""
    from surveykit.study.new import new_study

    if export is not None:
        from surveykit.responses.definitions import definition_of, is_definition
        from surveykit.study.from_export import study_from_export

        if is_definition(export):
            draft = definition_of(export)
            files = new_study(directory, draft.questionnaire())
            typer.echo(draft.summary(), err=True)
            for file in files:
                typer.echo(str(file))
            return
        done = study_from_export(
            directory,
            export,
            platform=platform,
            sheet=sheet,
            definition=definition,
            keep_unfinished=keep_unfinished,
        )
        typer.echo(done.summary(), err=True)
        for file in done.files:
            typer.echo(str(file))
        return
    if definition is not None:
        raise typer.BadParameter("--definition needs the answers: --from export.csv")
    for file in new_study(directory, questionnaire or "ecsi"):
        typer.echo(str(file))


@app.command()
def reproduce(
    name: Annotated[str, typer.Argument(help="`surveykit list reproductions` names them")],
    second_opinion: Annotated[
        bool, typer.Option("--second-opinion", help="semopy's estimates beside ours (models by ML)")
    ] = False,
    as_json: Json = False,
) -> None:
    """A published model: ours beside the printed numbers, PASS or FAIL."""
    from surveykit.reproduce import reproduce as reproduced

    outcome = reproduced(name, second_opinion=second_opinion)
    if as_json:
        _print_json(outcome.to_dict())
    else:
        typer.echo(outcome.text())
    if not outcome.passed:
        raise typer.Exit(ExitCode.STRICT)


@app.command()
def watch(
    study: Annotated[Path, typer.Argument(help="the study file")],
    port: Annotated[int, typer.Option(min=0, max=65535, help="of this machine; 0 takes a free one")] = 0,
    browser: Annotated[bool, typer.Option(help="open the page in the browser")] = True,
) -> None:
    """The report in the browser, made anew whenever study, questionnaire, answers or theme change; Ctrl-C ends it."""
    from surveykit.study.watch import serve

    def ready(address: str) -> None:
        typer.echo(address)
        typer.echo("watching; Ctrl-C ends it", err=True)
        if browser:
            import webbrowser

            webbrowser.open(address)

    try:
        serve(study, port=port, step=lambda text: typer.echo(text, err=True), ready=ready)
    except KeyboardInterrupt:  # the way to end it, not a failure
        typer.echo("\nstopped watching", err=True)


@app.command()
def verify(
    report: Annotated[Path, typer.Argument(help="a file of a run, or its folder")],
    inputs: Annotated[Path | None, typer.Option(help="the folder of the study and the answers")] = None,
    study: Annotated[
        Path | None, typer.Option(help="run this study again, in memory, and compare its results")
    ] = None,
    as_json: Json = False,
) -> None:
    """Whether a report is the one that these inputs give: hashes, rows, numbers."""
    from surveykit.study import verify as verified

    found = verified(report, inputs=inputs, study=study)
    if as_json:
        _print_json([c.to_dict() for c in found])
    else:
        for checked in found:
            typer.echo(checked.text())
    if not all(c.ok for c in found):
        raise typer.Exit(ExitCode.STRICT)


@app.command()
def doctor(as_json: Json = False) -> None:
    """What is missing on this machine, and the command that mends it."""
    from surveykit.doctor import examine

    findings = examine()
    if as_json:
        _print_json([f.to_dict() for f in findings])
    else:
        for finding in findings:
            typer.echo(finding.text())
    if not all(f.ok for f in findings):
        raise typer.Exit(ExitCode.BAD_INPUT)


@app.command("list")
def list_(
    kind: Annotated[
        str, typer.Argument(help="metrics, analyses, findings, sections, questionnaires or reproductions")
    ] = "",
    as_json: Json = False,
) -> None:
    """What the catalogues hold."""
    from surveykit.catalogue import listing

    found = listing(kind)
    if as_json:
        _print_json(found)
        return
    for name, entries in found.items():
        typer.echo(f"{name}:")
        for entry in entries:
            typer.echo(f"  {entry['id']:<24} {entry['title']}")


@app.command()
def schema(
    kind: Annotated[str, typer.Argument(help="study or questionnaire")] = "study",
) -> None:
    """The JSON Schema of a study or a questionnaire file, for editors."""
    from surveykit.catalogue import schema_of

    _print_json(schema_of(kind))


def _analyse_group() -> typer.Typer:
    from surveykit.commands import AnalysisCommands

    group = typer.Typer(cls=AnalysisCommands, no_args_is_help=True, rich_markup_mode=None)

    @group.callback()
    def _analyse() -> None:
        """One analysis of the answers; its options are flags."""

    return group


app.add_typer(_analyse_group(), name="analyse")
questionnaire_commands.register(app)
privacy_commands.register(app)


def _model_text(model: str) -> str:
    path = Path(model)
    try:
        is_file = path.is_file()
    except OSError:  # a model's text may be too long for a file name
        is_file = False
    return path.read_text(encoding="utf-8") if is_file else model


def _assignments(given: list[str]) -> dict[str, Any]:
    """``name=value`` as options, values by the YAML rules of study files."""
    from surveykit.questionnaire import strict

    options: dict[str, Any] = {}
    for text in given:
        name, equals, value = text.partition("=")
        if not equals or not name.isidentifier():
            raise SurveykitError("an option could not be read", expected="--set name=value", got=text)
        options[name] = strict.parse(f"value: {value}").data["value"]
    return options


def print_result(result: Any, as_json: bool) -> None:
    """A result on stdout: its summary, or its JSON."""
    if as_json:
        _print_json(result.to_dict())
    else:
        typer.echo(result.summary())


def _print_json(value: Any) -> None:
    text = json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=str) + "\n"
    sys.stdout.flush()
    sys.stdout.buffer.write(text.encode("utf-8"))
    sys.stdout.buffer.flush()


@contextmanager
def _progress() -> Iterator[Callable[[str], None]]:
    """A line that says what is being done: a spinner on a terminal, plain lines elsewhere."""
    if not sys.stderr.isatty():
        yield lambda text: print(text, file=sys.stderr, flush=True)  # noqa: T201
        return
    from rich.console import Console
    from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

    columns = (SpinnerColumn(), TextColumn("{task.description}", markup=False), TimeElapsedColumn())
    with Progress(*columns, console=Console(stderr=True), transient=True) as progress:
        task = progress.add_task("", total=None)
        yield lambda text: progress.update(task, description=text)


class _Terminated(BaseException):
    """SIGTERM: unwinds like an interrupt, so that temporary files go."""


def main(arguments: list[str] | None = None) -> NoReturn:
    """Run the command line and leave with its exit code."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    debug = "--debug" in given
    given = [a for a in given if a != "--debug"]
    _settle(debug)
    sys.exit(_exit_code(given, debug))


def _settle(debug: bool) -> None:
    """The process as the command line wants it; a library call never does this."""
    for variable in ("OPENBLAS_NUM_THREADS", "OMP_NUM_THREADS", "MKL_NUM_THREADS"):
        os.environ.setdefault(variable, "1")  # results must not depend on the number of cores
    gc.set_threshold(
        100_000, 20, 100
    )  # a run makes much that lives to its end; looking it through is a tenth of its time
    for stream in (sys.stdout, sys.stderr):
        if hasattr(stream, "reconfigure"):
            stream.reconfigure(errors="backslashreplace")
    if hasattr(signal, "SIGPIPE"):
        signal.signal(signal.SIGPIPE, signal.SIG_DFL)  # quiet end of `surveykit … | head`
    signal.signal(signal.SIGTERM, _terminate)
    if not sys.warnoptions and not debug:
        import warnings

        warnings.simplefilter("ignore")  # what concerns a reader is a Check, not a library's warning


def _terminate(*_: Any) -> NoReturn:
    raise _Terminated


def _exit_code(arguments: list[str], debug: bool) -> int:
    usage_error = next(c for c in typer.BadParameter.__mro__ if c.__name__ == "ClickException")
    try:
        code = app(args=arguments, prog_name="surveykit", standalone_mode=False)
        if code == ExitCode.INTERRUPTED:  # typer turns Ctrl-C into this code, without a word
            raise KeyboardInterrupt
        return int(code) if isinstance(code, int) else ExitCode.OK
    except SurveykitError as error:
        _complain(str(error))
        return error.exit_code
    except (KeyboardInterrupt, typer.Abort):
        _complain("stopped")
        return ExitCode.INTERRUPTED
    except _Terminated:
        _complain("stopped")
        return ExitCode.TERMINATED
    except MemoryError:
        _complain("out of memory\n  hint:     fewer columns, a Parquet file, or engine: duckdb")
        return ExitCode.MEMORY
    except OSError as error:
        _complain(f"input or output failed: {error.strerror or error}\n  where:    {error.filename or ''}")
        return ExitCode.INPUT_OUTPUT
    except Exception as error:
        if isinstance(error, usage_error):
            _complain(f"{error.format_message()}\n  hint:     surveykit --help")  # type: ignore[attr-defined]
            return ExitCode.BAD_INPUT
        if debug:
            import traceback

            traceback.print_exc()
        _complain(
            f"a bug in surveykit {__version__} (id {_bug_id(error)}): {type(error).__name__}\n"
            "  hint:     run again with --debug and report what it prints"
        )
        return ExitCode.BUG


def _bug_id(error: BaseException) -> str:
    """The same eight digits for the same bug: from where it was raised, never from the data."""
    places = [type(error).__name__]
    trace = error.__traceback__
    while trace is not None:
        places.append(f"{Path(trace.tb_frame.f_code.co_filename).name}:{trace.tb_lineno}")
        trace = trace.tb_next
    return f"{zlib.crc32('|'.join(places).encode()):08x}"


def _complain(text: str) -> None:
    print(f"error: {text}", file=sys.stderr, flush=True)  # noqa: T201
