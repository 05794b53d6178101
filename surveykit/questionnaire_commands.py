"""``surveykit diff`` and ``surveykit questionnaire …``: flags of what concerns questionnaires; no logic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

from surveykit.errors import ExitCode

__all__ = ["register"]

Language = Annotated[str, typer.Option("--lang", help="the language of the words: en or zh")]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    app.command("diff")(diff)
    group = typer.Typer(no_args_is_help=True, rich_markup_mode=None)
    group.callback(help="Forms to field or to print, and codebooks.")(_group)
    group.command("export")(export)
    group.command("codebook")(codebook)
    app.add_typer(group, name="questionnaire")


def _group() -> None:
    pass


def export(
    questionnaire: Annotated[str, typer.Argument(help="a file, or the id of a shipped questionnaire")],
    to: Annotated[str, typer.Option("--to", help="xlsform, surveyjs, limesurvey or paper")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="the file to write: .xlsx, .json, .txt; paper: .pdf or .html")
    ],
    lang: Annotated[
        str | None, typer.Option("--lang", help="the form's first language; of paper its only one")
    ] = None,
    grids: Annotated[
        bool, typer.Option(help="items of a construct with one scale as rows of a table, or one by one")
    ] = True,
) -> None:
    """A form to field or to print; what it brings back binds to the questionnaire that is named."""
    from surveykit.exchange import export as exported

    done = exported(questionnaire, to, out, lang, grids)
    for note in done.notes:
        typer.echo(f"note: {note}", err=True)
    typer.echo(f"answers bind with: -q {done.bind_with}", err=True)
    for file in done.files:
        typer.echo(str(file))


def diff(
    before: Annotated[str, typer.Argument(help="the first wave: a file, or the id of a shipped one")],
    after: Annotated[str, typer.Argument(help="the second wave")],
    lang: Language = "en",
    strict: Annotated[bool, typer.Option(help="exit with 3 also where a trend needs caution")] = False,
    as_json: Json = False,
) -> None:
    """What changed between two waves, and whether a trend may be drawn: exits with 3 where one may not."""
    from surveykit.questionnaire.changes import diff as compared

    found = compared(before, after)
    if as_json:
        print_json(found.to_dict())
    else:
        typer.echo(found.summary(lang))
    if found.trend == "no" or (strict and found.trend == "caution"):
        raise typer.Exit(ExitCode.STRICT)


def codebook(
    questionnaire: Annotated[str, typer.Argument(help="a file, or the id of a shipped questionnaire")],
    out: Annotated[
        Path, typer.Option("-o", "--out", help="the file to write: .html, .pdf, .md, .xlsx or .json")
    ],
    data: Annotated[
        Path | None, typer.Option("--data", help="answers to count; small counts are hidden")
    ] = None,
    lang: Annotated[
        str | None, typer.Option("--lang", help="the language; .xlsx and .json hold all of them")
    ] = None,
    min_base: Annotated[int, typer.Option(help="the fewest people that are shown")] = 5,
) -> None:
    """Items, wording, codes, missing codes, key and construct; with the counts of answers."""
    from surveykit import exchange, verbs

    answers = verbs.read(data, questionnaire) if data is not None else None
    typer.echo(str(exchange.codebook(questionnaire, answers, min_base).save(out, lang)))


def print_json(value: Any) -> None:
    """A value on stdout as JSON."""
    typer.echo(json.dumps(value, ensure_ascii=False, indent=1, allow_nan=False, default=str))
