"""Where a model and the answers part: residual correlations pair by pair, and what freeing a parameter would change.

A good χ² can hide one bad pair, a bad one can come from a single pair. Modification indices show where; whether a
parameter belongs into the model is decided by what the questions say, and tried on other answers (MacCallum, Roznowski &
Necowitz 1992).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from surveykit.analyses import analyses
from surveykit.analyses._structural import FitOptions, fit_facts, fitted, model_of
from surveykit.errors import SurveykitError
from surveykit.intervals import adjusted_p, z_value
from surveykit.results import Estimates, Table

if TYPE_CHECKING:
    from surveykit.responses import Responses
    from surveykit.sem import Fit

TITLE = {"en": "Where the model departs from the answers", "zh": "模型与数据的局部差异"}
COLUMNS = (
    "term", "group", "n", "estimate", "se", "low", "high", "lhs", "rhs", "observed", "implied", "normalised",
    "standardised", "p", "p_adjusted",
)  # fmt: skip
CHANGES = ("lhs", "op", "rhs", "group", "n", "mi", "p", "p_adjusted", "epc", "sepc_all")


class LocalFitOptions(FitOptions):
    """The model, and how many changes are listed."""

    missing: str | None = Field("listwise", description="listwise: the tests need complete answers")
    by: str | None = Field(None, description="a grouping column: the model with free parameters per group")
    most: int = Field(10, ge=0, le=1000, description="modification indices listed, the largest first")


@analyses.register(
    "local_fit",
    title=TITLE,
    reference="Maydeu-Olivares 2017; Sörbom 1989; MacCallum, Roznowski and Necowitz 1992; Holm 1979",
    evidence="oracle: lavaan (standardised and normalised residuals, modification indices, expected changes); simulation of the "
    "residuals' spread in two groups",
    example='analyse(data, "local_fit", model="sat =~ s1 + s2 + s3 + s4")',
    options=LocalFitOptions,
    knows_design=True,
)
def local_fit(data: Responses, options: LocalFitOptions) -> Estimates:
    """One row per pair of items: ``estimate`` is the residual covariance over the items' standard deviations
    (observed less implied correlation), with its interval; ``p_adjusted`` is Holm's over all pairs.

    Table ``changes``: the largest modification indices with expected changes, Holm's p over all that were looked at. Facts:
    the measures of fit, how many pairs and changes were looked at. Standard errors are missing where there are none
    (incomplete answers, ordered items, weights).

    >>> import surveykit as sk
    >>> frame = sk.simulate(sk.Model.parse("f =~ 0.8*x1 + 0.7*x2 + 0.6*x3 + 0.7*x4\\nx1 ~~ 0.2*x2"), 400, 1)
    >>> found = local_fit(sk.read(frame), LocalFitOptions(model="f =~ x1 + x2 + x3 + x4"))
    >>> len(found.tidy()), found.tables()["changes"].records()[0]["op"]
    (6, '~~')
    """
    from surveykit.sem.residuals import residual_table

    group = {} if options.by is None else {"group": options.by}
    # exogenous variables count as random: the estimates are the same, and every residual has a variance
    fit = fitted(model_of(data, options.model), data, options, fixed_x=False, **group)
    sizes = {s.label: s.n for s in fit.samples}
    pairs = [r for r in residual_table(fit).records() if r["lhs"] != r["rhs"]]
    adjusted = adjusted_p([r["p"] for r in pairs]).tolist()
    half = z_value(options.confidence)
    records = [_row(r, sizes[r["group"]], p, half) for r, p in zip(pairs, adjusted, strict=True)]
    changes, looked, why = _changes(fit, sizes)
    facts = {"n": fit.n, **fit_facts(fit), "pairs": len(pairs), "changes": looked}
    if options.by is not None:
        facts["by"] = options.by
    return Estimates(
        "local_fit",
        TITLE,
        Table.of(sorted(records, key=lambda r: -abs(r["estimate"])), COLUMNS),
        facts,
        (
            "residual correlation: observed less implied; standardised: in standard errors that know of the estimation",
            "p-values by Holm over all pairs, and over all modification indices",
            *why,
            *fit.notes(),
        ),
        fit.checks,
        {"changes": Table.of(changes[: options.most], CHANGES)},
        options.model_dump() | {"model": fit.model.to_text()},
    )


def _row(r: dict[str, Any], n: int, p_adjusted: float, half: float) -> dict[str, Any]:
    residual, se = r["residual"], r["se"]
    return {
        "term": f"{r['lhs']} ~~ {r['rhs']}", "group": r["group"], "n": n, "estimate": residual, "se": se,
        "low": residual - half * se, "high": residual + half * se, "lhs": r["lhs"], "rhs": r["rhs"],
        "observed": r["observed"], "implied": r["implied"], "normalised": r["normalised"],
        "standardised": r["standardised"], "p": r["p"], "p_adjusted": p_adjusted,
    }  # fmt: skip


def _changes(fit: Fit, sizes: dict[str, int]) -> tuple[list[dict[str, Any]], int, tuple[str, ...]]:
    """The modification indices, largest first, how many there are, and why there are none."""
    from scipy.special import chdtrc

    try:
        found: list[dict[str, Any]] = [
            {str(k): v for k, v in r.items()} for r in fit.modification_indices().to_dict("records")
        ]
    except SurveykitError as error:
        return [], 0, (f"no modification indices: {error.what}",)
    p = [float(chdtrc(1, r["mi"])) for r in found]
    adjusted = adjusted_p(p).tolist()
    records = [
        {k: r[k] for k in ("lhs", "op", "rhs", "group", "mi", "epc", "sepc_all")}
        | {"n": sizes[r["group"]], "p": p[i], "p_adjusted": adjusted[i]}
        for i, r in enumerate(found)
    ]
    return records, len(records), ()
