"""What analyses that fit a structural model share: which model, which options, what the fit must say of itself."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from pydantic import Field

from surveykit.errors import SurveykitError
from surveykit.options import Confidence, Names, Options

if TYPE_CHECKING:
    from surveykit.model import Model
    from surveykit.responses import Responses
    from surveykit.sem import Fit

__all__ = ["FIT_FACTS", "FitOptions", "fit_facts", "fitted", "measurement_part", "model_of"]

FIT_FACTS = ("chisq", "df", "p_value", "cfi", "tli", "rmsea", "rmsea_low", "rmsea_high", "srmr")
_SCALED = (
    "chisq_scaled", "df_scaled", "pvalue_scaled", "cfi_scaled", "tli_scaled", "rmsea_scaled",
    "rmsea_ci_lower_scaled", "rmsea_ci_upper_scaled",
)  # fmt: skip


class FitOptions(Options):
    """The model and how it is estimated."""

    model: str | None = Field(None, description="lavaan text; the questionnaire's own model if left out")
    method: str | None = Field(
        None, description="the estimator: ml (the default), mlr, mlm, …; wlsmv for ordered items"
    )
    missing: str | None = Field(None, description="listwise, fiml or two_stage")
    ordered: bool | Names = Field((), description="items taken as ordered: their names, or true for all")
    confidence: Confidence = Field(0.95, description="the level of the intervals")


def model_of(data: Responses, text: str | None) -> Model:
    """The model named in the options, else the questionnaire's, else its constructs side by side."""
    from surveykit.model import Model, reflective

    if text is not None:
        return Model.parse(text)
    q = data.questionnaire
    if q is not None and q.model is not None:
        return q.model
    constructs = [] if q is None else [c for c in q.constructs.values() if c.measurement == "reflective"]
    usable = [reflective(c.id, list(c.items)) for c in constructs if len(c.items) > 1]
    if not usable:
        raise SurveykitError(
            "there is no model to fit",
            expected="model: lavaan text, or a questionnaire with constructs of two items or more",
            code="NO_MODEL",
        )
    return Model(usable)


def measurement_part(model: Model) -> Model:
    """The lines with ``=~`` (and what is said of items besides): constructs vary together freely."""
    from surveykit.model import Model

    latents = set(model.latents)
    kept = [
        p
        for p in model.parameters
        if p.op in ("=~", "|", "~*~")
        or (p.op in ("~~", "~1") and not ({p.lhs, p.rhs} & latents and p.op == "~~" and p.lhs != p.rhs))
    ]
    if not any(p.op == "=~" for p in kept):
        raise SurveykitError(
            "the model has no constructs measured by items",
            expected="lines such as satisfaction =~ s1 + s2 + s3",
            code="NO_MODEL",
        )
    return Model.of(kept, ())


def fitted(model: Model, data: Responses, options: FitOptions, **further: Any) -> Fit:
    """The fit under the options; what they leave open is left to ``fit``."""
    from surveykit.sem import fit

    given: dict[str, Any] = {"level": options.confidence, **further}
    given |= {k: v for k, v in estimation(options).items() if v is not None}
    found: Any = fit(model, data, **given)
    return found  # type: ignore[no-any-return]


def estimation(options: FitOptions) -> dict[str, Any]:
    """``method``, ``missing`` and ``ordered`` as ``fit`` takes them."""
    named = options.ordered if isinstance(options.ordered, bool) else list(options.ordered)
    chosen = {"method": options.method, "missing": options.missing}
    return {k: v for k, v in chosen.items() if v is not None} | ({"ordered": named} if named else {})


def fit_facts(fit: Fit) -> dict[str, Any]:
    """The measures of fit that a report shows, scaled ones beside where the method has them."""
    found: dict[Any, Any] = fit.glance().to_dict("records")[0]
    return {name: found[name] for name in (*FIT_FACTS, *_SCALED) if name in found}


__all__ += ["estimation"]
