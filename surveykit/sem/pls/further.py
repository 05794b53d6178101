"""What a fit can be asked for beyond itself: prediction for people left out, redundancy of formative constructs."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.format import unit_number
from surveykit.model import Model
from surveykit.results import Check, Table
from surveykit.sem.pls.predict import predict

if TYPE_CHECKING:
    from surveykit.sem.pls.result import PlsFit, PlsOptions

__all__ = ["with_prediction", "with_redundancy"]

Fitting = Callable[..., "PlsFit"]
PREDICTION = ("antecedents", "benchmark", "folds", "missing", "repeats")


def with_prediction(fit: PlsFit, model: Model, sample: Any) -> PlsFit:
    """The fit with the tables ``prediction`` and ``cvpat`` where ``predict`` asks for them.

    Scores foretell, so that a PLSc model is predicted by PLS. Missing answers are treated as in the fit, but with interactions
    rows are complete.
    """
    asked = fit.options
    if not asked.predict:
        return fit
    given = dict(asked.predict) if isinstance(asked.predict, Mapping) else {}
    for name in given:
        if name not in PREDICTION:
            raise SurveykitError(
                f"predict has no option {quote(name)}",
                expected=", ".join(PREDICTION),
                hint=did_you_mean(str(name), PREDICTION),
                code="OPTION_UNKNOWN",
            )
    given.setdefault("missing", "listwise" if asked.interactions else asked.missing)
    found = predict(
        model, sample, scheme=asked.scheme, modes=asked.modes, interactions=asked.interactions,
        approach=asked.approach, hierarchy=asked.hierarchy, seed=asked.seed, level=asked.level, **given,
    )  # fmt: skip
    records = [{**r, "q2": r["estimate"]} for r in found.estimates.records()]
    tables = {"prediction": Table.of(records), "cvpat": found.tables()["cvpat"]}
    choices = (*fit.choices, *(f"prediction: {line}" for line in found.choices[:1] + found.choices[-1:]))
    return replace(
        fit, further={**fit.further, **tables}, judged=(*fit.judged, *found.checks), choices=choices, _memo={}
    )


REDUNDANCY = 0.5
"""What a formative construct should explain of the item, a path of .71 (Hair, Risher, Sarstedt & Ringle 2019)."""
_LOW = {
    "en": "{construct} explains less than half of “{item}”, the single question that asks for all of it (path {path}): its "
    "indicators may leave something out.",
    "zh": "{construct}对整体性题目“{item}”的解释不足一半（路径系数为{path}）：其指标可能有所遗漏。",
}


def with_redundancy(fit: PlsFit, model: Model, sample: Any, fit_one: Fitting) -> PlsFit:
    """The fit with the table ``redundancy``, and a caution for each construct that falls short.

    A row for each construct: the path to the single item that asks for all of it (Chin 1998). The construct alone explains
    the item; its weights are found by the mode that it has in the model. ``n`` are the rows complete in its indicators
    and the item.
    """
    rows = _redundancy(model, fit.options, sample, fit_one)
    checks = []
    for row in rows:
        if row["r2"] < REDUNDANCY or row["estimate"] < 0:
            words = {"construct": row["lhs"], "item": row["item"], "path": unit_number(row["estimate"], 2)}
            texts = {k: v.format(**words) for k, v in _LOW.items()}
            about = (row["lhs"], row["item"])
            checks.append(Check("REDUNDANCY_LOW", "caution", texts, about, {"path": row["estimate"]}))
    tables = {**fit.further, "redundancy": Table.of(rows)}
    return replace(fit, further=tables, judged=(*fit.judged, *checks), _memo={})


def _redundancy(model: Model, asked: PlsOptions, sample: Any, fit_one: Fitting) -> list[dict[str, Any]]:
    constructs = {c.name: c for c in model.constructs}
    problems = Problems()
    for name, item in asked.redundancy.items():
        if name not in constructs:
            problems.add(
                f"redundancy names an unknown construct {quote(name)}", hint=did_you_mean(name, constructs),
                code="OPTION_VALUE",
            )  # fmt: skip
        elif any(item in c.indicators or item == c.name for c in constructs.values()):
            problems.add(
                f"{quote(item)} is a part of the model",
                expected=f"an item that asks for all of {quote(name)} and measures nothing else",
                code="OPTION_VALUE",
            )
    problems.raise_if_any()
    records = []
    for name, item in asked.redundancy.items():
        own = constructs[name]
        parts = [constructs[i] for i in own.indicators if i in constructs]
        kept = {k: v for k, v in asked.modes.items() if k in {name, *(p.name for p in parts)}}
        options = {
            "scheme": asked.scheme, "modes": kept, "missing": asked.missing, "bootstrap": asked.bootstrap,
            "seed": asked.seed, "level": asked.level, "interval": asked.interval, "hierarchy": asked.hierarchy,
        }  # fmt: skip
        fit = fit_one(Model([*parts, own], [(name, item)]), sample, **options)
        row = next(r for r in fit.rows().records() if r["op"] == "~")
        records.append(
            {
                "lhs": name, "item": item, "mode": fit.design.modes[fit.design.constructs.index(name)],
                "estimate": row["estimate"], "se": row["se"], "low": row["low"], "high": row["high"],
                "r2": row["estimate"] ** 2, "n": fit.n,
            }
        )  # fmt: skip
    return records
