"""Analyses that are structural models, in the language of R: the ladder of invariance and the measurement model."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from types import SimpleNamespace
from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError
from surveykit.report._scripts_models import Part, lavaan_part, reported, standardised
from surveykit.sem.lavaan import r_text

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.results import Result

__all__ = ["parts_of_analysis"]


def parts_of_analysis(title: str, result: Result, data: Responses, name: str) -> Iterator[Part]:
    """The models behind the result of the analysis ``name``, one part for each step or one in all."""
    make = {"invariance": _ladder, "cfa": _measurement}.get(name)
    options: Mapping[str, Any] = getattr(result, "options", {})
    if make is None or not options.get("model"):
        return
    try:
        yield from make(title, result, data, options)
    except SurveykitError as error:
        said = f"{error.errors[0].what}; methods.py computes it again"
        yield Part(title, (f"stop({r_text(said)})",))


def _asked(options: Mapping[str, Any]) -> dict[str, Any]:
    """What the analysis hands on to ``fit``."""
    ordered = options.get("ordered")
    given = {"method": options.get("method"), "missing": options.get("missing"), "group": options.get("by")}
    named = {"ordered": ordered if isinstance(ordered, bool) else list(ordered)} if ordered else {}
    return {k: v for k, v in given.items() if v is not None} | named


def _ladder(title: str, result: Any, data: Responses, options: Mapping[str, Any]) -> Iterator[Part]:
    """Every step with what it holds equal; its parameters are those of the table ``fits``."""
    from surveykit.sem.invariance import STEPS, equalities

    if options.get("ordered") or "thresholds" in options["steps"]:
        raise SurveykitError("the steps of ordered items are not lavaan's own", code="SCRIPT")
    start = _settled(data, options)
    rows = result.further["fits"].records()
    for step in (s for s in STEPS if s in options["steps"]):
        equal = equalities(step, options["steps"])
        partial = tuple(options.get("group_partial") or ()) if equal else ()
        own = replace(start.options, group_equal=equal, group_partial=partial)
        report = reported([r for r in rows if r["step"] == step], start.samples)
        measures = 'print(fitMeasures(fit, c("chisq", "df", "cfi", "rmsea", "srmr")))'
        shown = [measures, "found <- parameterEstimates(fit)"]
        named = f"{title}: {step}"
        yield lavaan_part(
            named, SimpleNamespace(**{**vars(start), "options": own}), data.weight, report, shown
        )


def _settled(data: Responses, options: Mapping[str, Any]) -> SimpleNamespace:
    """What a call of lavaan is written from, with means, as it is before anything is fitted."""
    from surveykit.model import Model
    from surveykit.sem.design import with_design
    from surveykit.sem.missing import take_sample
    from surveykit.sem.options import read_options

    model = Model.parse(options["model"])
    asked = read_options(with_design(data, {**_asked(options), "meanstructure": True}))
    taken = take_sample(model, data, asked)
    table = SimpleNamespace(meanstructure=True)
    return SimpleNamespace(model=model, options=taken.options, samples=taken.samples, table=table)


def _measurement(title: str, result: Any, data: Responses, options: Mapping[str, Any]) -> Iterator[Part]:
    """The standardised loadings of the measurement model."""
    from surveykit.sem import fit

    found: Any = fit(options["model"], data, **_asked(options))
    report = reported(result.further["loadings"].records(), found.samples, op="=~", estimate="est")
    yield lavaan_part(title, found, data.weight, report, standardised("=~"))
