"""Measurement invariance: do the questions mean the same in every group, so that groups may be compared?"""

from __future__ import annotations

import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._structural import FitOptions, estimation, fitted, measurement_part, model_of
from surveykit.options import Names
from surveykit.results import Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses

TITLE = {"en": "Measurement invariance", "zh": "测量不变性"}
FIRST = ("term", "group", "n", "estimate", "se", "low", "high")


class InvarianceOptions(FitOptions):
    """The groups, the steps, what may differ between groups."""

    by: str = Field(description="the grouping column")
    steps: Names = Field(
        (),
        description="configural, thresholds (ordered items), metric, scalar, strict, variances, means; by default the usual ones",
    )
    group_partial: Names = Field(
        (), description="parameters left free in every group throughout, such as x3~1"
    )


@analyses.register(
    "invariance",
    title=TITLE,
    reference="Meredith 1993; Vandenberg and Lance 2000; Cheung and Rensvold 2002; Chen 2007; Satorra and Bentler 2010",
    evidence="oracle: lavaan 0.6-21, six steps by school under ML, MLM and MLR, score tests of releases",
    example='analyse(data, "invariance", by="contract")',
    options=InvarianceOptions,
    knows_design=True,
)
def invariance(data: Responses, options: InvarianceOptions) -> Estimates:
    """One row per step of the ladder: ``estimate`` is its CFI, then χ², differences to the step before and ``holds``.

    Tables: ``latent_means`` (differences from the first group under equal intercepts), ``releases`` (what costs most where a step
    does not hold), ``fits``. Facts: ``supported``, the last step up to which all hold.

    >>> import numpy as np, surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("f =~ 0.8*x1 + 0.7*x2 + 0.6*x3 + 0.7*x4"), 400, 2)
    >>> frame["g"] = np.where(np.arange(400) % 2, "a", "b")
    >>> model = "f =~ x1 + x2 + x3 + x4"
    >>> found = invariance(sk.read(frame), InvarianceOptions(by="g", model=model, steps=["configural", "metric"]))
    >>> found.tidy()["term"].tolist(), found.facts["supported"]
    (['configural', 'metric'], 'metric')
    """
    from surveykit import sem

    model = measurement_part(model_of(data, options.model))
    steps: dict[str, Any] = {"steps": options.steps} if options.steps else {}
    found = sem.invariance(
        model, data, options.by, group_partial=options.group_partial, level=options.confidence, **steps,
        **estimation(options),
    )  # fmt: skip
    n = found.facts["n"]
    records = [
        {
            "term": r["model"],
            "group": "",
            "n": n,
            "estimate": r["cfi"],
            **dict.fromkeys(FIRST[4:], math.nan),
            **r,
        }
        for r in found.estimates.records()
    ]
    # a ladder that begins with a model that must not be interpreted proves nothing
    start = fitted(model, data, options, group=options.by, meanstructure=True)
    return replace(
        found,
        title=TITLE,
        estimates=Table.of(records),
        facts={**found.facts, "by": options.by, "first": start.samples[0].label},
        judged=(*(c for c in start.checks if c.level == "refuse"), *found.judged),
        options=options.model_dump() | {"model": model.to_text(), **found.options},
    )
