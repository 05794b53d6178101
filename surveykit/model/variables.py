"""Which part each variable plays in a model: lavaan's rules for observed, latent and exogenous."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace

from surveykit.model.parameters import Parameter

__all__ = ["Roles", "in_order", "roles_of"]


@dataclass(frozen=True, slots=True)
class Roles:
    """The names of a model by the part they play; each tuple in lavaan's order.

    ``observed`` are the indicators in order of appearance, then outcomes, predictors and the rest.
    ``exogenous`` are observed predictors that nothing explains and that measure nothing.
    """

    latents: tuple[str, ...]
    composites: tuple[str, ...]
    observed: tuple[str, ...]
    exogenous: tuple[str, ...]
    exogenous_latents: tuple[str, ...]
    outcomes: tuple[str, ...]


def in_order(parameters: Sequence[Parameter]) -> list[Parameter]:
    """The parameters with each covariance in the order of the variables, constructs first, as in lavaan."""
    roles = _roles(parameters)
    place = {name: i for i, name in enumerate(roles.latents + roles.observed)}
    return [
        replace(p, lhs=p.rhs, rhs=p.lhs) if p.op == "~~" and place[p.rhs] < place[p.lhs] else p
        for p in parameters
    ]


def roles_of(parameters: Sequence[Parameter]) -> Roles:
    """The roles in a model.

    >>> from surveykit.model.parameters import Parameter
    >>> roles_of([Parameter("f", "=~", "x1"), Parameter("f", "~", "z"), Parameter("y", "~", "f")]).observed
    ('x1', 'y', 'z')
    """
    return _roles(in_order(parameters))


def _roles(parameters: Sequence[Parameter]) -> Roles:
    latents = _ordered(p.lhs for p in parameters if p.op in ("=~", "<~"))
    composites = _ordered(p.lhs for p in parameters if p.op == "<~")
    indicators = _ordered(p.rhs for p in parameters if p.op == "=~")
    explained = _ordered(p.lhs for p in parameters if p.op == "~")
    # a composite is a weighted sum: its indicators stand on the predictors' side
    predictors = _ordered(p.rhs for p in parameters if p.op in ("~", "<~"))
    pairs = [p for p in parameters if p.op == "~~"]
    alone = [p.lhs for p in parameters if p.op in ("~1", "|")]
    others = _ordered([*(p.lhs for p in pairs), *(p.rhs for p in pairs), *alone])

    known = set(latents)
    measured = tuple(n for n in indicators if n not in known)
    known.update(measured)
    responses = tuple(n for n in explained if n not in known)
    known.update(responses)
    exogenous = tuple(n for n in predictors if n not in known)
    known.update(exogenous)
    rest = tuple(n for n in others if n not in known)

    inner = set(indicators) | set(explained)
    pure = [n for n in explained if n not in predictors and n not in indicators]
    return Roles(
        latents=latents,
        composites=composites,
        observed=measured + responses + exogenous + rest,
        exogenous=exogenous,
        exogenous_latents=tuple(n for n in latents if n not in inner),
        outcomes=tuple(n for n in latents if n in pure) + tuple(n for n in responses if n in pure),
    )


def _ordered(names: Iterable[str]) -> tuple[str, ...]:
    return tuple(dict.fromkeys(names))
