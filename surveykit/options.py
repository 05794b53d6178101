"""The options of a metric or an analysis: a frozen pydantic model that its entry owns.

Options come from keyword arguments and from study files alike; both end here, so that an unknown
or impossible option is one clear error that names the entry and what is possible.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, TypeVar

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, ValidationError

from surveykit.errors import Problems, Where, did_you_mean, quote
from surveykit.registry import Entry

__all__ = ["Confidence", "Many", "Names", "Options", "validated"]


def _one_or_many(value: Any) -> Any:
    return (value,) if isinstance(value, str) else value


def _listed(value: Any) -> Any:
    return tuple(value) if isinstance(value, list) else _one_or_many(value)


T = TypeVar("T")
Many = Annotated[tuple[T, ...], BeforeValidator(_listed)]
"""A list in a YAML file as the tuple that a frozen record holds; a single text stands for one entry."""

Names = Annotated[tuple[str, ...], BeforeValidator(_one_or_many)]
"""Names of items, constructs or derived columns; a single string stands for one name."""

Confidence = Annotated[float, Field(gt=0.5, lt=1)]
"""The level of an interval, 0.95 in general."""


class Options(BaseModel):
    """Base of every entry's options: frozen, unknown names forbidden, defaults checked too."""

    model_config = ConfigDict(frozen=True, extra="forbid", validate_default=True, allow_inf_nan=False)


def validated(entry: Entry[Any], given: Mapping[str, Any], kind: str) -> Any:
    """The options of ``entry`` from ``given``, all faults of them in one error.

    ``kind`` ("analysis", "metric") is for the message.

    >>> from surveykit.options import Options
    >>> class Two(Options):
    ...     level: int = 2
    >>> entry = Entry("two", {"en": "Two"}, print, "none", "none", options=Two)
    >>> validated(entry, {"level": 3}, "metric").level
    3
    >>> validated(entry, {"levle": 3}, "metric")
    Traceback (most recent call last):
    surveykit.errors.SurveykitError: unknown option 'levle'
      where:    metric 'two'
      hint:     did you mean 'level'?
    """
    problems = Problems()
    model = entry.options
    where = Where(key=f"{kind} {quote(entry.id)}")
    if model is None:
        for name in given:
            problems.add(
                f"unknown option {quote(name)}", where, hint="it takes no options", code="OPTION_UNKNOWN"
            )
        problems.raise_if_any()
        return None
    try:
        return model(**given)
    except ValidationError as error:
        for fault in error.errors(include_url=False):
            _note(problems, fault, model, where)
        problems.raise_if_any()
        raise


def _note(problems: Problems, fault: Any, model: Any, where: Where) -> None:
    path = ".".join(str(part) for part in fault["loc"])
    if fault["type"] == "extra_forbidden":
        hint = did_you_mean(path, model.model_fields)
        problems.add(f"unknown option {quote(path)}", where, hint=hint, code="OPTION_UNKNOWN")
    elif fault["type"] == "missing":
        problems.add(f"option {quote(path)} is needed", where, code="OPTION_MISSING")
    else:
        what = f"option {quote(path)} does not fit" if path else "the options do not fit together"
        expected = str(fault["msg"]).removeprefix("Value error, ")
        got = quote(fault["input"]) if path else ""
        problems.add(what, where, expected=expected, got=got, code="OPTION_VALUE")
