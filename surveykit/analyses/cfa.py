"""The measurement model: do the questions measure the constructs, and can the constructs be told apart?

A confirmatory factor analysis in which every construct varies together with every other. Reliability and validity
are read from it and not from the structural model, whose paths would change them.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._structural import FitOptions, fit_facts, fitted, measurement_part, model_of
from surveykit.results import Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sem import Fit

TITLE = {"en": "Measurement model", "zh": "测量模型"}
COLUMNS = ("term", "group", "n", "estimate", "se", "low", "high", "measure")


class CfaOptions(FitOptions):
    """The constructs and how the model is estimated."""

    by: str | None = Field(None, description="a grouping column: one measurement model per group")


@analyses.register(
    "cfa",
    title=TITLE,
    reference="Jöreskog 1971; McDonald 1999; Fornell and Larcker 1981; Henseler, Ringle and Sarstedt 2015; Roemer, Schuberth and "
    "Henseler 2021",
    evidence="oracle: lavaan (loadings, fit), semTools 0.5-8 (omega, composite reliability, AVE, HTMT, HTMT2)",
    example='analyse(data, "cfa", model="sat =~ s1 + s2 + s3\\nloy =~ l1 + l2 + l3")',
    options=CfaOptions,
    knows_design=True,
)
def cfa(data: Responses, options: CfaOptions) -> Estimates:
    """Rows by ``measure``: omega, rho_c (composite reliability) and ave of every construct, with intervals.

    Tables: ``loadings`` (standardised, with intervals), ``pairs`` (correlation of two constructs with its interval, HTMT, HTMT2,
    whether it exceeds what the AVEs allow), ``validity`` (AVE beside the largest squared correlation, determinacy). Facts:
    the measures of fit. The checks are those of the gate: a refused fit has numbers and no verdict.

    >>> import surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("a =~ 0.8*a1 + 0.7*a2 + 0.6*a3\\nb =~ 0.8*b1 + 0.7*b2 + 0.6*b3\\nb ~ 0.5*a"), 300, 1)
    >>> found = cfa(sk.read(frame), CfaOptions(model="a =~ a1 + a2 + a3\\nb =~ b1 + b2 + b3"))
    >>> found.tidy()["measure"].tolist()[:3], found.facts["df"]
    (['omega', 'rho_c', 'ave'], 8)
    """
    from surveykit.sem import reliability

    group = {} if options.by is None else {"group": options.by}
    fit = fitted(measurement_part(model_of(data, options.model)), data, options, **group)
    found = reliability(fit)
    tables = fit.tables()
    return Estimates(
        "cfa",
        TITLE,
        Table.of(found.estimates.records(), COLUMNS),
        {"n": fit.n, **found.facts, **fit_facts(fit)},
        found.choices,
        fit.checks,
        {
            "validity": found.further["validity"],
            "pairs": Table.of(_pairs(fit, found.further["validity"])),
            "loadings": Table.of([r for r in tables["standardised"].records() if r["op"] == "=~"]),
        },
        options.model_dump() | {"model": fit.model.to_text()},
    )


def _pairs(fit: Fit, validity: Table) -> list[dict[str, Any]]:
    """Every pair of constructs: their correlation in the model, HTMT, HTMT2, the criterion of Fornell and Larcker."""
    tables = fit.tables()
    ratios = (
        {(r["group"], r["lhs"], r["rhs"]): r for r in tables["htmt"].records()} if "htmt" in tables else {}
    )
    ave = {(r["group"], r["construct"]): r["ave"] for r in validity.records()}
    sizes = {s.label: s.n for s in fit.samples}
    correlations = tables["latent_correlations"].records() if "latent_correlations" in tables else []
    records = []
    for r in correlations:
        found = ratios.get((r["group"], r["lhs"], r["rhs"]), {})
        smaller = [ave[r["group"], c] for c in (r["lhs"], r["rhs"]) if (r["group"], c) in ave]
        records.append(
            {"lhs": r["lhs"], "rhs": r["rhs"], "group": r["group"], "n": sizes[r["group"]]}
            | {k: r[k] for k in ("estimate", "se", "low", "high")}
            | {k: found.get(k) for k in ("htmt", "htmt2", "negative")}
            | {"fornell_larcker": r["estimate"] ** 2 < min(smaller) if len(smaller) == 2 else None}
        )
    return records
