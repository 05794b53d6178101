"""``surveykit grade``, ``anonymity``, ``release``, ``forget``, ``inventory``: flags of what concerns people; no logic."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Annotated, Any

import typer

__all__ = ["register"]

Data = Annotated[Path, typer.Argument(help="the answers")]
Quasi = Annotated[
    list[str],
    typer.Option("--quasi", help="a column by which others may know people (age, town); may be repeated"),
]
Sensitive = Annotated[
    str | None, typer.Option("--sensitive", help="a column that nobody should learn about somebody")
]
Bound = Annotated[
    str | None, typer.Option("-q", "--questionnaire", help="a file, or the id of a shipped questionnaire")
]
Json = Annotated[bool, typer.Option("--json", help="print JSON")]


def register(app: typer.Typer) -> None:
    """Add the commands to the command line."""
    for command in (grade, anonymity, release, forget, inventory):
        app.command(command.__name__)(command)


def grade(
    data: Data,
    out: Annotated[Path, typer.Option("-o", "--out", help="the CSV file to write: one row per respondent")],
    questionnaire: Bound = None,
    duration: Annotated[str | None, typer.Option(help="the column with the time an interview took")] = None,
    item: Annotated[
        list[str] | None, typer.Option("-i", "--item", help="an item, in the order asked; all if left out")
    ] = None,
) -> None:
    """How carefully each respondent answered: grade, reasons, indicators. For the analyst, not for a report."""
    from surveykit.files import inert, write_atomic
    from surveykit.responses.quality import graded
    from surveykit.verbs import read

    kept = [duration] if duration else []
    table = graded(read(data, questionnaire, keep=kept), items=tuple(item or ()), duration=duration)
    safe = table.rename(columns=inert).map(lambda v: inert(v) if isinstance(v, str) else v)
    write_atomic(out, safe.to_csv(index=False))
    for name, n in table["grade"].value_counts().items():
        typer.echo(f"{name}: {n} of {len(table)}")
    typer.echo(str(out))


def anonymity(
    data: Data,
    quasi: Quasi,
    sensitive: Sensitive = None,
    questionnaire: Bound = None,
    k: Annotated[int, typer.Option("-k", help="the fewest people that should be alike")] = 5,
    as_json: Json = False,
) -> None:
    """How well people hide among others who are alike: k, people alone, l; and which column gives most away."""
    from surveykit.responses.privacy import anonymity_of
    from surveykit.verbs import read

    _print(anonymity_of(read(data, questionnaire), quasi, sensitive, k=k).to_dict(), as_json)


def release(
    data: Data,
    quasi: Quasi,
    out: Annotated[Path, typer.Option("-o", "--out", help="the CSV file to write")],
    column: Annotated[
        list[str] | None,
        typer.Option("-c", "--column", help="a column to give away; all but ids and text if left out"),
    ] = None,
    sensitive: Sensitive = None,
    questionnaire: Bound = None,
    k: Annotated[int, typer.Option("-k", help="the fewest people that must be alike")] = 5,
    seed: Annotated[int | None, typer.Option(help="makes the random order of the rows repeatable")] = None,
    force: Annotated[
        bool, typer.Option("--force", help="write although people stand out; the file then says so")
    ] = False,
    as_json: Json = False,
) -> None:
    """Rows for others, in random order, without direct identifiers, if everybody is alike with enough others."""
    from surveykit.responses.privacy import release as released
    from surveykit.verbs import read

    answers = read(data, questionnaire)
    found = released(
        answers, out, column or (), quasi=quasi, sensitive=sensitive, k=k, seed=seed, force=force
    )
    _print({**found, "file": str(out)}, as_json)


def forget(
    data: Annotated[Path, typer.Argument(help="the file of answers: .csv, .tsv, .txt or .parquet")],
    person: Annotated[str, typer.Argument(help="the id, e-mail, … as it stands in the file")],
    column: Annotated[
        str | None, typer.Option("--column", help="the column that holds it; found if left out")
    ] = None,
    out: Annotated[
        Path | None, typer.Option("-o", "--out", help="another file instead of replacing this one")
    ] = None,
) -> None:
    """Take every row of one person out of the answers; all else stays byte by byte."""
    from surveykit.erasure import forget as forgotten

    done = forgotten(data, person, column=column, out=out)
    typer.echo(f"{done.removed} taken out by column {done.column!r}, {done.left} left: {done.file}")
    typer.echo("run the study again: results made before were counted with the person", err=True)


def inventory(
    study: Annotated[Path, typer.Argument(help="the study file")],
    out: Annotated[Path, typer.Option("-o", "--out", help="the folder of its reports")] = Path("out"),
    lang: Annotated[str, typer.Option("--lang", help="the language of the words: en or zh")] = "en",
    as_json: Json = False,
) -> None:
    """Every file that a study reads and writes: what for, whether it holds people, how long to keep it."""
    from surveykit.erasure import inventory as listed
    from surveykit.format import pick

    rows = [
        {
            "file": k.file,
            "there": k.there,
            "people": k.people,
            "purpose": pick(k.purpose, lang),
            "keep": pick(k.keep, lang),
        }
        for k in listed(study, out)
    ]
    if as_json:
        _print(rows, as_json=True)
        return
    for row in rows:
        mark = ("people" if row["people"] else "") if row["there"] else "not there"
        typer.echo(f"{row['file']:<40} {mark:<10} {row['purpose']}; {row['keep']}")


def _print(value: Any, as_json: bool) -> None:
    if as_json:
        typer.echo(json.dumps(value, ensure_ascii=False, indent=1))
        return
    for name, content in value.items():
        shown = ", ".join(f"{k} {v}" for k, v in content.items()) if isinstance(content, dict) else content
        typer.echo(f"{name}: {shown}")
