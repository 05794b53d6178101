"""A document against a pydantic model: every finding in our own words, with its line."""

from __future__ import annotations

import copy
import json
import types
import typing
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, TypeVar

from pydantic import BaseModel, TypeAdapter, ValidationError

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote

if TYPE_CHECKING:
    from surveykit.questionnaire.strict import Document, Loc

__all__ = ["validate"]

M = TypeVar("M")
_ROUNDS = 20
_MOST_HINTS = 100

# pydantic's error type -> what we expected, with its context
_EXPECTED = {
    "string_type": "a text",
    "int_type": "a whole number",
    "int_parsing": "a whole number",
    "int_from_float": "a whole number",
    "float_type": "a number",
    "float_parsing": "a number",
    "bool_type": "true or false",
    "bool_parsing": "true or false",
    "dict_type": "a mapping (key: value)",
    "mapping_type": "a mapping (key: value)",
    "model_type": "a mapping (key: value)",
    "model_attributes_type": "a mapping (key: value)",
    "dataclass_type": "a mapping (key: value)",
    "list_type": "a list",
    "tuple_type": "a list",
    "set_type": "a list",
    "frozen_set_type": "a list",
    "misfit": "{expected}",
    "none_required": "nothing",
    "literal_error": "{expected}",
    "enum": "{expected}",
    "greater_than": "a number above {gt}",
    "greater_than_equal": "{ge} or more",
    "less_than": "a number below {lt}",
    "less_than_equal": "{le} or less",
    "multiple_of": "a multiple of {multiple_of}",
    "finite_number": "a finite number",
    "string_too_short": "at least {min_length} characters",
    "string_too_long": "at most {max_length} characters",
    "string_pattern_mismatch": "a text that fits {pattern}",
    "too_short": "at least {min_length} entries",
    "too_long": "at most {max_length} entries",
    "date_type": "a date (2026-11-22)",
    "date_from_datetime_parsing": "a date (2026-11-22)",
    "date_parsing": "a date (2026-11-22)",
    "path_type": "a path",
}


def validate(document: Document, model: type[M], problems: Problems | None) -> M:
    """See :func:`surveykit.questionnaire.strict.validate`."""
    adapter: TypeAdapter[M] = TypeAdapter(model)
    found = Problems() if problems is None else problems
    data = document.data
    for round_ in range(_ROUNDS):
        try:
            # pydantic's JSON mode: strict on types, yet a list may fill a tuple and a text a date
            return adapter.validate_json(json.dumps(data), strict=True)
        except ValidationError as error:
            faults = _faults(error, data)
            if round_ == 0:
                new = [f for f in faults if problems is None or f.loc not in document.refused]
                for i, fault in enumerate(sorted(new, key=lambda f: _order(document, f))):
                    found.add(_complaint(document, model, fault, hinted=i < _MOST_HINTS))
            if problems is None:
                found.raise_if_any()
            if data is document.data:
                data = copy.deepcopy(data)
            if not _prune(data, faults):
                break
    return None  # type: ignore[return-value]


class _Fault(typing.NamedTuple):
    loc: Loc
    type: str
    message: str
    given: Any
    context: Mapping[str, Any]
    key: bool


def _faults(error: ValidationError, data: Any) -> list[_Fault]:
    """The errors of pydantic, each at its place in the data, without those of the unions' other branches."""
    faults = []
    for e in error.errors(include_url=False):
        loc, key = _resolve(e["loc"], e["type"], data)
        faults.append(_Fault(loc, e["type"], e["msg"], e["input"], e.get("ctx") or {}, key))
    deeper = {f.loc[:i] for f in faults for i in range(len(f.loc))}
    kept = [f for f in faults if not (f.type in _EXPECTED and f.type.endswith("_type") and f.loc in deeper)]
    merged: dict[Loc, _Fault] = {}
    for fault in kept:
        before = merged.get(fault.loc)
        if before is None:
            merged[fault.loc] = fault
        elif _expected(before) and _expected(fault) and _expected(fault) not in _expected(before):
            both = f"{_expected(before)} or {_expected(fault)}"
            merged[fault.loc] = before._replace(context={**before.context, "_both": both})
    return list(merged.values())


def _resolve(loc: tuple[int | str, ...], kind: str, data: Any) -> tuple[Loc, bool]:
    """A pydantic location as a path in the data: names of union branches and validators are left out."""
    path: list[str | int] = []
    value = data
    for i, step in enumerate(loc):
        inside = (isinstance(value, dict) and step in value) or (
            isinstance(value, list) and isinstance(step, int) and 0 <= step < len(value)
        )
        if inside:
            path.append(step)
            value = value[step]
        elif step == "[key]":
            return tuple(path), True
        elif kind == "missing" and i == len(loc) - 1:
            path.append(step)
    return tuple(path), kind == "extra_forbidden"


def _complaint(document: Document, model: type[Any], fault: _Fault, *, hinted: bool) -> SurveykitError:
    where = document.where(fault.loc, key=fault.key)
    name = _name(fault.loc)
    if fault.type == "extra_forbidden":
        # looking for a near key is slow; nobody reads the thousandth hint
        hint = did_you_mean(str(fault.loc[-1]), _possible(model, fault.loc[:-1])) if hinted else ""
        return SurveykitError(f"unknown key {name}", where, hint=hint, code="UNKNOWN_KEY")
    if fault.type == "missing":
        return SurveykitError(f"the key {name} is missing", where, hint="add it", code="MISSING_KEY")
    if fault.type in ("value_error", "assertion_error"):
        # a validator of the model's own: its words are ours
        said = str(fault.context.get("error", fault.message))
        return SurveykitError(said, where, got=_shown(fault.given), code="WRONG_VALUE")
    expected = _expected(fault)
    if not expected:
        return SurveykitError(
            fault.message,
            where,
            got=_shown(fault.given),
            hint=str(fault.context.get("hint", "")),
            code="WRONG_VALUE",
        )
    what = f"{name} does not fit"
    code = "WRONG_TYPE" if fault.type.endswith(("_type", "_parsing")) else "WRONG_VALUE"
    return SurveykitError(what, where, expected, _shown(fault.given), _hint(fault), code=code)


def _name(loc: Loc) -> str:
    if not loc:
        return "the file"
    return f"entry {loc[-1] + 1}" if isinstance(loc[-1], int) else quote(loc[-1])


def _expected(fault: _Fault) -> str:
    if "_both" in fault.context:
        return str(fault.context["_both"])
    words = _EXPECTED.get(fault.type, "")
    return words.format(**fault.context)


def _hint(fault: _Fault) -> str:
    given = fault.given
    if fault.type == "string_type" and isinstance(given, (bool, int, float)):
        return "write it in quotes"
    if (
        fault.type == "bool_type"
        and isinstance(given, str)
        and given.casefold() in {"yes", "no", "on", "off"}
    ):
        return f"write {'true' if given.casefold() in {'yes', 'on'} else 'false'}, without quotes"
    if fault.type in {"int_type", "float_type"} and isinstance(given, str) and given.lstrip("-").isdigit():
        return "write it without quotes"
    if fault.type in {"literal_error", "enum"} and isinstance(given, str):
        words = str(fault.context.get("expected", "")).replace(" or ", ", ").split(", ")
        near = did_you_mean(given, [w.strip("'") for w in words])
        return near if near.startswith("did") else ""
    if given is None:
        return "nothing stands after the colon"
    return ""


def _shown(value: Any) -> str:
    """The value found, short: a container is named, not printed."""
    if isinstance(value, Mapping):
        return f"a mapping with {len(value)} keys"
    if isinstance(value, (list, tuple)):
        return f"a list of {len(value)}"
    if value is None:
        return "nothing"
    if isinstance(value, bool):
        return "true" if value else "false"
    return quote(value)


def _order(document: Document, fault: _Fault) -> tuple[int, int]:
    where = document.where(fault.loc, key=fault.key)
    return (where.line or 0, where.position or 0)


def _prune(data: Any, faults: Iterable[_Fault]) -> bool:
    """Take the parts that are wrong out of ``data``; False where that leaves nothing."""
    for fault in sorted(faults, key=lambda f: _sortable(f.loc), reverse=True):
        loc = fault.loc[:-1] if fault.type == "missing" else fault.loc
        if not loc:
            return False
        holder = data
        try:
            for step in loc[:-1]:
                holder = holder[step]
            del holder[loc[-1]]
        except (KeyError, IndexError, TypeError):
            continue  # it went with what enclosed it
    return True


def _sortable(loc: Loc) -> tuple[tuple[int, int | str], ...]:
    return tuple((0, s) if isinstance(s, int) else (1, s) for s in loc)


def _possible(model: Any, loc: Loc) -> list[str]:
    """The keys that may stand at ``loc``: the fields of the models that the annotations lead to."""
    kinds = _members(model)
    for step in loc:
        kinds = [k for kind in kinds for k in _step(kind, step)]
    names: dict[str, None] = {}
    for kind in kinds:
        if _is_model(kind):
            names.update((f.alias or n, None) for n, f in kind.model_fields.items())
    return list(names)


def _step(kind: Any, step: str | int) -> list[Any]:
    if _is_model(kind):
        for name, field in kind.model_fields.items():
            if step in (field.alias, name):
                return _members(field.annotation)
        return []
    arguments = typing.get_args(kind)
    if not arguments:
        return []
    origin = typing.get_origin(kind)
    if isinstance(origin, type) and issubclass(origin, Mapping):
        return _members(arguments[1])
    return [m for a in arguments if a is not Ellipsis for m in _members(a)]


def _members(annotation: Any) -> list[Any]:
    """The types an annotation stands for: unions opened, Annotated taken off."""
    origin = typing.get_origin(annotation)
    if origin is typing.Annotated:
        return _members(typing.get_args(annotation)[0])
    if origin in (typing.Union, types.UnionType):
        return [m for a in typing.get_args(annotation) for m in _members(a)]
    return [annotation]


def _is_model(kind: Any) -> bool:
    return isinstance(kind, type) and issubclass(kind, BaseModel)
