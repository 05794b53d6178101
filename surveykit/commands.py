"""``surveykit analyse NAME``: one command per analysis, its flags read from the options it declares.

The registry is walked when a command of the group is asked for, not when the command line starts.
"""

from __future__ import annotations

import inspect
from collections.abc import Callable
from pathlib import Path
from types import UnionType
from typing import Annotated, Any, Union, get_args, get_origin

import typer
from typer.core import TyperGroup
from typer.main import get_command_from_info
from typer.models import CommandInfo

__all__ = ["AnalysisCommands", "command_of"]


class AnalysisCommands(TyperGroup):
    """The analyses of the registry as sub-commands."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002
        """Every analysis there is."""
        from surveykit.catalogue import registry

        return [entry.id for entry in registry("analyses")]

    def get_command(self, ctx: Any, cmd_name: str) -> Any:  # noqa: ARG002
        """The command of one analysis, with its options as flags."""
        from surveykit.catalogue import registry

        entry = registry("analyses").get(cmd_name)
        info = CommandInfo(name=entry.id, callback=command_of(entry), help=_help_of(entry))
        return get_command_from_info(info, pretty_exceptions_short=True, rich_markup_mode=None)


def _help_of(entry: Any) -> str:
    return f"{entry.title.get('en', entry.id)}.\n\nReference: {entry.reference}"


def command_of(entry: Any) -> Callable[..., None]:
    """A function whose parameters are the answers and one flag per option of the entry."""
    fields = entry.options.model_fields if entry.options is not None else {}
    parameters = [
        _parameter("data", Annotated[Path, typer.Argument(help="the answers")], inspect.Parameter.empty),
        *(_parameter(name, _flag(name, field), None) for name, field in fields.items() if name != "data"),
        _parameter(
            "questionnaire",
            Annotated[
                str | None,
                typer.Option("-q", "--questionnaire", help="a file, or the id of a shipped questionnaire"),
            ],
            None,
        ),
        _parameter("weight", Annotated[str | None, typer.Option(help="the column of the weights")], None),
        _parameter("as_json", Annotated[bool, typer.Option("--json", help="print JSON")], False),
    ]

    def command(
        data: Path, questionnaire: str | None, weight: str | None, as_json: bool, **given: Any
    ) -> None:
        from surveykit import cli, verbs

        options = {k: _value(v, fields[k].annotation) for k, v in given.items() if v is not None}
        answers = verbs.read(data, questionnaire, weight=weight)
        cli.print_result(verbs.analyse(answers, entry.id, **options), as_json)

    command.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    command.__annotations__ = {p.name: p.annotation for p in parameters}
    return command


def _parameter(name: str, annotation: Any, default: Any) -> inspect.Parameter:
    return inspect.Parameter(name, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=annotation)


def _flag(name: str, field: Any) -> Any:
    """A switch for a truth value, else a text that the entry's own model converts and judges."""
    words = field.description or ""
    plain = isinstance(field.default, str | int | float) or (
        field.default and isinstance(field.default, tuple)
    )
    shown = f"default {field.default}" if plain else ""
    text = "; ".join(part for part in (words, shown) if part)
    option = name.replace("_", "-")
    if _is(field.annotation, bool):
        return Annotated[bool | None, typer.Option(f"--{option}/--no-{option}", help=text)]
    return Annotated[str | None, typer.Option(f"--{option}", help=text)]


def _value(given: Any, annotation: Any) -> Any:
    """Lists are written with commas; a mapping is written as YAML (``{a: 1}``)."""
    if not isinstance(given, str):
        return given
    if given.lstrip().startswith(("{", "[")):
        from surveykit.questionnaire import strict

        return strict.parse(f"value: {given}").data["value"]
    if _is(annotation, tuple) or _is(annotation, list):
        return tuple(part.strip() for part in given.split(",") if part.strip())
    return None if given in {"none", "null"} else given


def _is(annotation: Any, kind: type) -> bool:
    """Whether ``kind`` is the annotation or one side of its union."""
    if get_origin(annotation) in (Union, UnionType):
        return any(_is(part, kind) for part in get_args(annotation))
    if get_origin(annotation) is Annotated:
        return _is(get_args(annotation)[0], kind)
    return (get_origin(annotation) or annotation) is kind
