"""The options of ``fit``: lavaan's names with underscores, judged before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from surveykit.errors import Problems, did_you_mean, quote

__all__ = ["Options", "read_options"]


@dataclass(frozen=True, slots=True)
class Options:
    """What ``fit`` was asked for; None is lavaan's default for the model at hand."""

    method: str = "ml"
    engine: str | None = None
    likelihood: str = "normal"
    information: str = "expected"
    se: str = "standard"
    test: str = "standard"
    missing: str = "listwise"
    meanstructure: bool | None = None
    std_lv: bool = False
    effect_coding: bool = False
    orthogonal: bool = False
    fixed_x: bool = True
    group: str | None = None
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    level: float = 0.95
    name: str = "model"


_POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "method": ("ml",),
    "engine": ("surveykit", "semopy"),
    "likelihood": ("normal", "wishart"),
    "information": ("expected", "observed"),
    "se": ("standard", "none"),
    "test": ("standard",),
    "missing": ("listwise",),
}
_FLAGS = ("meanstructure", "std_lv", "effect_coding", "orthogonal", "fixed_x")
_LATER = (
    "ordered",
    "parameterization",
    "sampling_weights",
    "cluster",
    "strata",
    "bootstrap",
    "seed",
    "scheme",
)


def read_options(given: Mapping[str, Any]) -> Options:
    """The options from keyword arguments; every unknown or impossible one is named, all at once."""
    problems = Problems()
    known = {f.name for f in fields(Options)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in _LATER:
            problems.add(
                f"the option {quote(name)} is not there yet for method 'ml'",
                hint=f"possible: {', '.join(sorted(known))}",
                code="OPTION_UNSUPPORTED",
            )
        elif name not in known:
            problems.add(
                f"unknown option {quote(name)} of fit", hint=did_you_mean(name, known), code="OPTION_UNKNOWN"
            )
        else:
            values[name] = _judged(name, value, problems)
    problems.raise_if_any()
    return Options(**values)


def _judged(name: str, value: Any, problems: Problems) -> Any:
    if name in _POSSIBLE:
        value = value.lower() if isinstance(value, str) else value
        allowed = _POSSIBLE[name]
        if value not in allowed and not (name == "engine" and value is None):
            expected = " or ".join(quote(a) for a in allowed)
            problems.add(
                f"{name}={quote(value)} is not possible", expected=expected, code="OPTION_UNSUPPORTED"
            )
        return value
    if name in _FLAGS:
        if not isinstance(value, bool) and not (name == "meanstructure" and value is None):
            problems.add(f"{name} takes True or False", got=quote(value), code="OPTION_VALUE")
        return value
    if name in ("group_equal", "group_partial"):
        parts = (value,) if isinstance(value, str) else tuple(value)
        return tuple(str(v).replace(".", "_") if name == "group_equal" else str(v) for v in parts)
    if name == "level" and not (isinstance(value, (int, float)) and 0.5 < value < 1):
        problems.add("level is between 0.5 and 1", got=quote(value), code="OPTION_VALUE")
    return value
