"""The options of ``fit``: lavaan's names with underscores, judged before anything is computed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from typing import Any

from surveykit.errors import Problems, did_you_mean, quote
from surveykit.model import Model
from surveykit.sem.bounds import KINDS

__all__ = ["Options", "read_options", "with_thresholds"]


@dataclass(frozen=True, slots=True)
class Options:
    """What ``fit`` was asked for; None is lavaan's default for the model at hand."""

    method: str = "ml"
    engine: str | None = None
    likelihood: str = "normal"
    information: str = ""
    se: str = ""
    test: str = ""
    missing: str = ""
    meanstructure: bool | None = None
    std_lv: bool = False
    effect_coding: bool = False
    orthogonal: bool = False
    bounds: str = "none"
    fixed_x: bool = True
    group: str | None = None
    group_equal: tuple[str, ...] = ()
    group_partial: tuple[str, ...] = ()
    bootstrap: int = 0
    seed: int = 1
    ordered: tuple[str, ...] | bool = ()
    parameterization: str = "delta"
    sampling_weights: str | None = None
    cluster: str | None = None
    strata: str | None = None
    auxiliary: tuple[str, ...] = ()
    level: float = 0.95
    name: str = "model"

    @property
    def by_design(self) -> bool:
        """Whether weights, clusters or strata are named."""
        return any(getattr(self, name) for name in DESIGN)

    @property
    def robust(self) -> bool:
        """Whether fourth-order moments are needed."""
        return self.discrepancy == "ml" and (
            self.se.startswith("robust") or self.test not in ("standard", "")
        )

    def settled(self, missing: str) -> Options:
        """The same with what was left open: how missing values are treated, and from which information the
        standard errors come (observed under FIML: Kenward & Molenberghs 1998)."""
        usual = "observed" if missing == "fiml" else _DEFAULTS[self.method][0]
        return replace(self, missing=missing, information=self.information or usual)

    @property
    def discrepancy(self) -> str:
        """What is minimised: ``ml``, ``gls``, ``uls``, ``dwls`` or ``wls``."""
        return {"ulsmv": "uls", "wls": "wls"}.get(
            self.method,
            "dwls" if self.weighted else self.method if self.method in ("gls", "uls") else "ml",
        )

    @property
    def weighted(self) -> bool:
        """Whether statistics are fitted by weighted least squares (``surveykit.sem.wls``)."""
        return self.method in WEIGHTED


DESIGN = ("sampling_weights", "cluster", "strata")
"""Columns that say how rows came into the sample."""
ORDERED = ("wlsmv", "wlsm", "wlsmvs", "ulsmv")
"""Methods for ordered items only."""
WEIGHTED = (*ORDERED, "dwls", "wls")
_POSSIBLE: Mapping[str, tuple[str, ...]] = {
    "method": ("ml", "mlm", "mlmv", "mlmvs", "mlr", "gls", "uls", *WEIGHTED),
    "engine": ("surveykit", "semopy"),
    "likelihood": ("normal", "wishart"),
    "information": ("expected", "observed"),
    "se": ("standard", "robust_sem", "robust_huber_white", "bootstrap", "none"),
    "test": (
        "standard",
        "satorra_bentler",
        "scaled_shifted",
        "mean_var_adjusted",
        "yuan_bentler_mplus",
    ),
    "missing": ("listwise", "fiml", "two_stage", "pairwise"),
    "parameterization": ("delta", "theta"),
    "bounds": KINDS,
}
_DEFAULTS: Mapping[str, tuple[str, str, str]] = {
    "ml": ("expected", "standard", "standard"),
    "mlm": ("expected", "robust_sem", "satorra_bentler"),
    "mlmv": ("expected", "robust_sem", "scaled_shifted"),
    "mlmvs": ("expected", "robust_sem", "mean_var_adjusted"),
    "mlr": ("observed", "robust_huber_white", "yuan_bentler_mplus"),
    "gls": ("expected", "standard", "standard"),
    "uls": ("expected", "robust_sem_nt", "browne_residual_nt"),
    "wlsmv": ("expected", "robust_sem", "scaled_shifted"),
    "wlsm": ("expected", "robust_sem", "satorra_bentler"),
    "wlsmvs": ("expected", "robust_sem", "mean_var_adjusted"),
    "ulsmv": ("expected", "robust_sem", "scaled_shifted"),
    "wls": ("expected", "standard", "standard"),
    "dwls": ("expected", "standard", "standard"),
}
"""What each estimator means: information, standard errors, test (the ML family has the estimates of ML)."""


def usual_errors(method: str) -> tuple[str, str]:
    """The standard errors and the test that an estimator stands for."""
    return _DEFAULTS[method][1:]


_FLAGS = ("meanstructure", "std_lv", "effect_coding", "orthogonal", "fixed_x")
_PLS = ("scheme", "modes", "interval")


def with_thresholds(model: Model, options: Mapping[str, Any]) -> Mapping[str, Any]:
    """The options with the items named as ordered that have thresholds in the model's text."""
    named = tuple(dict.fromkeys(p.lhs for p in model.parameters if p.op == "|"))
    given = options.get("ordered")
    if not named or given is True:
        return options
    both = (given,) if isinstance(given, str) else tuple(given or ())
    return {**options, "ordered": tuple(dict.fromkeys((*both, *named)))}


def read_options(given: Mapping[str, Any]) -> Options:
    """The options from keyword arguments; every unknown or impossible one is named, all at once."""
    given = dict(given)
    if str(given.get("method", "")).lower() == "fiml":
        given |= {"method": "ml", "missing": "fiml"}
    if given.get("missing") in ("ml", "direct"):
        given["missing"] = "fiml"
    if str(given.get("missing")).replace(".", "_") == "robust_two_stage":
        given["missing"] = "two_stage"
    if given.get("method") is None:
        given.pop("method", None)
    if given.get("missing") is None:
        given.pop("missing", None)
    problems = Problems()
    known = {f.name for f in fields(Options)}
    values: dict[str, Any] = {}
    for name, value in given.items():
        if name in _PLS:
            problems.add(
                f"the option {quote(name)} belongs to PLS path models",
                hint="method='pls' or method='plsc'",
                code="OPTION_UNSUPPORTED",
            )
        elif name not in known:
            problems.add(
                f"unknown option {quote(name)} of fit", hint=did_you_mean(name, known), code="OPTION_UNKNOWN"
            )
        else:
            values[name] = _judged(name, value, problems)
    problems.raise_if_any()
    if values.get("ordered") and values.get("method") is None:
        values["method"] = "wlsmv"
    if values.get("bootstrap") and "se" not in values:
        values["se"] = "bootstrap"
    if values.get("se") == "bootstrap" and not values.get("bootstrap"):
        values["bootstrap"] = 1000
    method, ordered = values.get("method", "ml"), bool(values.get("ordered"))
    if values.get("auxiliary") and values.get("missing") != "two_stage":
        problems.add(
            "auxiliary variables go with missing='two_stage'",
            got=f"missing={quote(values.get('missing', ''))}",
            hint="under FIML write them into the model: they covary with one another, with all residuals and predictors",
            code="OPTION_CLASH",
        )
    _judge_least_squares(values, problems)
    _judge_ordered(method, ordered, values, problems)
    problems.raise_if_any()
    kind = "uls" if method == "dwls" and not ordered else method
    _judge_weighting(method, values, problems)
    problems.raise_if_any()
    usual = _DEFAULTS[kind][1:]
    if method not in WEIGHTED and any(values.get(name) for name in DESIGN):
        usual = _DEFAULTS["mlr"][1:]
    elif values.get("missing") == "two_stage" and method == "ml":
        usual = _DEFAULTS["mlm"][1:]
    defaults = zip(("se", "test"), usual, strict=True)
    if method in ("gls", "uls", *WEIGHTED):
        values |= {"likelihood": "wishart"} | ({} if ordered else {"meanstructure": False})
    if method in ("gls", "uls"):  # as in lavaan, where these take predictors as random unless told
        values = {"fixed_x": False, **values}
    return Options(**{**dict(defaults), **values})


def _judge_ordered(method: str, ordered: bool, values: Mapping[str, Any], problems: Problems) -> None:
    """Ordered items and the methods for them go together; so do pairwise deletion and ordered items."""
    if ordered and method not in WEIGHTED:
        problems.add(
            f"method {quote(method)} takes items as continuous, ordered= says that they are not",
            hint="leave method out (wlsmv), or leave ordered out",
            code="OPTION_CLASH",
        )
    if not ordered and method in ORDERED:
        problems.add(
            f"method {quote(method)} is for ordered items, and none are named",
            hint="ordered=True for all items, or ordered=['x1', 'x2']",
            code="OPTION_CLASH",
        )
    missing = values.get("missing")
    if method in WEIGHTED and missing in ("fiml", "two_stage"):
        problems.add(
            f"method {quote(method)} has no likelihood of incomplete rows",
            hint="missing='pairwise' for ordered items, or 'listwise'",
            code="OPTION_UNSUPPORTED",
        )
    if missing == "pairwise" and not ordered:
        problems.add(
            "missing='pairwise' is for ordered items",
            hint="missing='fiml' uses every answer of continuous ones",
            code="OPTION_UNSUPPORTED",
        )
    if method in WEIGHTED and values.get("effect_coding"):
        problems.add(f"method {quote(method)} has no effect coding", code="OPTION_UNSUPPORTED")


def _judge_weighting(method: str, values: Mapping[str, Any], problems: Problems) -> None:
    """Sampling weights and clusters go with pseudo maximum likelihood on complete rows, weights with ordered items."""
    ordered = bool(values.get("ordered")) and method in WEIGHTED
    for name in DESIGN:
        if values.get(name) is None or (name == "sampling_weights" and ordered):
            continue
        if method not in ("ml", "mlr"):
            problems.add(f"{name} goes with method 'ml' or 'mlr'", got=quote(method), code="OPTION_CLASH")
        for other in ("bootstrap", "engine"):
            if values.get(other) and values[other] != "surveykit":
                problems.add(f"{name} and {other} exclude each other", code="OPTION_CLASH")
        if values.get("missing") in ("fiml", "two_stage"):
            problems.add(f"{name} needs complete rows", hint="missing='listwise'", code="OPTION_CLASH")
        if values.get("likelihood") == "wishart":
            problems.add(f"{name} goes with the normal likelihood", code="OPTION_CLASH")


def _judge_least_squares(values: Mapping[str, Any], problems: Problems) -> None:
    """Least squares have one kind of standard error and test each, and no means of continuous variables."""
    method = values.get("method", "ml")
    if method not in ("gls", "uls", *WEIGHTED):
        return
    drawn = bool(values.get("ordered")) and values.get("se") == "bootstrap"
    for name in ("se", "test", "information", "likelihood", "engine", "bootstrap"):
        if drawn and name in ("se", "bootstrap"):
            continue
        if values.get(name) and values[name] not in (*_DEFAULTS[method], "surveykit"):
            problems.add(
                f"{name}={quote(values[name])} does not go with method {quote(method)}",
                hint=f"leave {name} out, or use method='ml' or 'mlr'",
                code="OPTION_UNSUPPORTED",
            )
    if values.get("meanstructure") and not values.get("ordered"):
        problems.add(f"method {quote(method)} has no mean structure yet", code="OPTION_UNSUPPORTED")


def _judged(name: str, value: Any, problems: Problems) -> Any:
    if name in _POSSIBLE:
        value = value.lower().replace(".", "_").replace("-", "_") if isinstance(value, str) else value
        allowed = _POSSIBLE[name]
        if value not in allowed and not (name == "engine" and value is None):
            others = ("pls", "plsc", "compare") if name == "method" else ()
            expected = " or ".join(quote(a) for a in (*allowed, *others))
            problems.add(
                f"{name}={quote(value)} is not possible", expected=expected, code="OPTION_UNSUPPORTED"
            )
        return value
    if name in _FLAGS:
        if not isinstance(value, bool) and not (name == "meanstructure" and value is None):
            problems.add(f"{name} takes True or False", got=quote(value), code="OPTION_VALUE")
        return value
    if name in ("group_equal", "group_partial", "auxiliary"):
        parts = (value,) if isinstance(value, str) else tuple(value)
        return tuple(str(v).replace(".", "_") if name == "group_equal" else str(v) for v in parts)
    if name == "ordered" and not isinstance(value, bool):
        parts = (value,) if isinstance(value, str) else tuple(value)
        if not all(isinstance(v, str) for v in parts):
            problems.add("ordered takes True or names of items", got=quote(value), code="OPTION_VALUE")
        return parts
    if name in DESIGN and not (value is None or isinstance(value, str)):
        problems.add(f"{name} takes the name of a column", got=quote(value), code="OPTION_VALUE")
    if name in ("bootstrap", "seed") and not (type(value) is int and value >= 0):
        problems.add(f"{name} takes a whole number", got=quote(value), code="OPTION_VALUE")
    if name == "level" and not (isinstance(value, (int, float)) and 0.5 < value < 1):
        problems.add("level is between 0.5 and 1", got=quote(value), code="OPTION_VALUE")
    return value
