"""Ordered items in the parameter table: thresholds and scaling factors, as lavaan adds them.

An ordered item has a latent response with intercept 0 and a scale of its own: residual variance 1 (theta
parameterisation) or scaling factor 1 (delta), both fixed. Where ``group_equal`` makes the thresholds equal, later
groups have what sets scale and place freed: factors (delta) or residual variances (theta), and the items' intercepts
(Wu & Estabrook 2016; lavaan since 0.6-17). Where intercepts are equal too, constructs' means are freed instead.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from surveykit.errors import SurveykitError, quote
from surveykit.model.parameters import Parameter
from surveykit.model.variables import Roles

__all__ = ["check_ordered", "freed_by_equal_thresholds", "scaling_factors", "thresholds"]


def thresholds(ordered: Mapping[str, int], observed: Sequence[str]) -> Iterator[Parameter]:
    """``x | t1``, … of every ordered item, in the order of the variables."""
    for name in observed:
        for number in range(1, ordered.get(name, 1)):
            yield Parameter(name, "|", f"t{number}")


def scaling_factors(ordered: Mapping[str, int], observed: Sequence[str]) -> Iterator[Parameter]:
    """``x ~*~ x`` of every ordered item, fixed to 1."""
    for name in observed:
        if name in ordered:
            yield Parameter(name, "~*~", name, (1.0,))


def freed_by_equal_thresholds(
    parameter: Parameter,
    ordered: Mapping[str, int],
    equal: frozenset[str],
    partial: Sequence[str],
    theta: bool,
) -> bool:
    """Whether a parameter of a later group, fixed otherwise, is freed because thresholds are equal.

    What ``partial`` names is free although the others of its kind are equal, that is fixed.
    """
    if not ordered or "thresholds" not in equal:
        return False
    if parameter.op == "~*~":
        return not theta
    released = parameter.name in ("".join(name.split()) for name in partial)
    if parameter.op == "~~" and parameter.lhs == parameter.rhs and parameter.lhs in ordered:
        return theta and ("residuals" not in equal or released)
    return parameter.op == "~1" and parameter.lhs in ordered and ("intercepts" not in equal or released)


def check_ordered(
    parameters: Sequence[Parameter], roles: Roles, ordered: Mapping[str, int], parameterization: str
) -> None:
    """Raise for thresholds without categories, unknown ordered items, and what the parameterisation excludes."""
    if parameterization not in ("delta", "theta"):
        raise SurveykitError(
            f"parameterization={quote(parameterization)} is not possible",
            expected="'delta' or 'theta'",
            code="OPTION_VALUE",
        )
    for name in ordered:
        if name not in roles.observed:
            raise SurveykitError(
                f"ordered names {quote(name)}, which is no observed variable of the model",
                code="MODEL_THRESHOLD",
            )
        if name in roles.exogenous:
            raise SurveykitError(
                f"the ordered item {quote(name)} only predicts, so it needs no thresholds",
                hint="leave it out of ordered, or give it a construct: f =~ x",
                code="MODEL_THRESHOLD",
            )
    for p in parameters:
        if p.op == "|" and p.lhs not in ordered:
            raise SurveykitError(
                f"{quote(p.lhs)} has thresholds, and the number of its categories is not known",
                expected=f"ordered={{{p.lhs!r}: 5}} for five categories",
                hint="fit(…) counts the categories in the answers",
                code="MODEL_THRESHOLD",
            )
        if p.op == "|" and int(p.rhs[1:]) >= ordered[p.lhs]:
            raise SurveykitError(
                f"{quote(p.lhs)} has {ordered[p.lhs]} categories, so there is no threshold {p.rhs}",
                expected=f"t1 to t{ordered[p.lhs] - 1}",
                code="MODEL_THRESHOLD",
            )
        own_variance = p.op == "~~" and p.lhs == p.rhs and p.lhs in ordered
        if own_variance and parameterization == "delta":
            raise SurveykitError(
                f"{p.name}: the residual variance of an ordered item is no parameter of the delta parameterisation",
                hint="parameterization='theta'",
                code="MODEL_THRESHOLD",
            )
