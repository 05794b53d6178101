"""PLS path modelling on correlations: the method of the ACSI and the ECSI."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from surveykit.errors import SurveykitError, did_you_mean, quote
from surveykit.sem.pls.compare import compare
from surveykit.sem.pls.fit import fit_pls
from surveykit.sem.pls.groups import compare_groups
from surveykit.sem.pls.predict import predict
from surveykit.sem.pls.result import PlsFit
from surveykit.sem.pls.sample import drawn_as_named

if TYPE_CHECKING:
    from surveykit.model import Model
    from surveykit.results import Estimates

__all__ = ["PlsFit", "compare", "compare_groups", "composite_fit", "fit_pls", "predict"]

_COMPARE = ("scheme", "bootstrap", "seed", "level", "name")


def composite_fit(model: Model | str, sample: Any, *, method: str, **options: Any) -> PlsFit | Estimates:
    """What ``fit`` does under ``method="pls"``, ``"plsc"`` or ``"compare"``; options that are None are left out.

    With ``group`` the groups are fitted and compared: :func:`compare_groups`. ``sampling_weights``, ``cluster`` and
    ``strata`` name columns: correlations are weighted, and the bootstrap draws clusters within strata.
    """
    given = {k: v for k, v in options.items() if v is not None}
    sample = drawn_as_named(
        sample, *(given.pop(name, None) for name in ("sampling_weights", "cluster", "strata"))
    )
    if method.lower() != "compare":
        if "group" in given:
            return compare_groups(model, sample, given.pop("group"), method=method.lower(), **given)
        return fit_pls(model, sample, method=method.lower(), **given)
    for name in given:
        if name not in _COMPARE:
            raise SurveykitError(
                f"the option {quote(name)} is not possible under method 'compare'",
                expected=", ".join(_COMPARE),
                hint=did_you_mean(name, _COMPARE),
                code="OPTION_UNKNOWN",
            )
    return compare(model, sample, **given)
