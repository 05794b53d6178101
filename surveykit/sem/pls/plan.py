"""What a model needs before it can be solved: stages for constructs of constructs, indicators for interactions.

A construct of constructs is replaced in stage one by its parts, whose scores are its indicators in stage two (the
disjoint two-stage approach: Becker, Cheah, Gholamzade, Ringle & Sarstedt 2023), or it repeats the indicators of its
parts (Wold 1982; Becker, Klein & Wetzels 2012). An interaction is the product of standardised scores of a stage
without it (Henseler & Chin 2010), or is measured by products of standardised indicators, as they are (Chin, Marcolin &
Newsted 2003) or without what the indicators themselves explain (Little, Bovaird & Widaman 2006).
"""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.model import Model
from surveykit.sem.pls.design import Design, design_of

__all__ = ["APPROACHES", "HIERARCHIES", "Plan", "Product", "plan_of", "product_name"]

APPROACHES = ("two_stage", "product", "orthogonal")
HIERARCHIES = ("two_stage", "repeated")


@dataclass(frozen=True, slots=True)
class Product:
    """An interaction ``name`` of two constructs; ``columns`` are its indicators, ``pairs`` what each multiplies:
    two constructs, or two indicators."""

    name: str
    one: str
    two: str
    columns: tuple[str, ...]
    pairs: tuple[tuple[str, str], ...]


@dataclass(frozen=True, slots=True)
class Plan:
    """``model`` and ``design`` are what is estimated; ``items`` what is read for it.

    ``first`` is the design of the stage whose scores stand for the ``parts``; ``middle`` the design, without products,
    of the stage whose scores are multiplied. Both None where there is no such stage.
    """

    model: Model
    design: Design
    items: tuple[str, ...]
    scheme: str
    consistent: bool
    first: Design | None = None
    parts: tuple[str, ...] = ()
    middle: Design | None = None
    products: tuple[Product, ...] = ()
    approach: str = "two_stage"

    @property
    def plain(self) -> bool:
        """Whether the items are the indicators."""
        return self.first is None and not self.products

    @property
    def linear(self) -> tuple[str, ...]:
        """The indicators that are items or scores of parts, not products."""
        made = {column for p in self.products for column in p.columns}
        return tuple(i for i in self.design.indicators if i not in made)

    def said(self) -> tuple[str, ...]:
        """The stages in words, for the choices of a fit."""
        out = []
        if self.parts:
            scores = "scores, freed of their error," if self.consistent else "scores"
            out.append(
                f"two stages: the {scores} of {', '.join(self.parts)} from stage one are indicators in stage two (disjoint)"
            )
        for j, of in self.design.wholes:
            name, parts = self.design.constructs[j], [self.design.constructs[k] for k in of]
            sizes = [int(self.design.member[:, k].sum()) for k in of]
            uneven = (
                "" if len(set(sizes)) == 1 else "; unequal numbers of indicators tilt it to the longer parts"
            )
            out.append(
                f"repeated indicators: {name} takes those of {', '.join(parts)}; its paths are regressions without its "
                f"parts{uneven}"
            )
        if self.products:
            out.append(_SAID[self.approach])
        return tuple(out)


_SAID = {
    "two_stage": "interactions: products of the standardised scores of a stage without them (two-stage approach)",
    "product": "interactions measured by all products of the standardised indicators (product-indicator approach)",
    "orthogonal": "interactions measured by the products of indicators, freed of what the indicators explain (orthogonalising)",
}  # fmt: skip


def plan_of(
    model: Model,
    *,
    modes: Mapping[str, str],
    scheme: str = "path",
    consistent: bool = False,
    interactions: Sequence[Sequence[str]] = (),
    approach: str = "two_stage",
    hierarchy: str = "two_stage",
) -> Plan:
    """The stages of ``model``; ``interactions`` are (predictor, moderator, target), twice the same is quadratic.

    Raises :class:`~surveykit.errors.SurveykitError` with everything that is not possible.
    """
    wholes = _wholes(model)
    repeated = wholes if hierarchy == "repeated" else {}
    parts = tuple(dict.fromkeys(i for names in wholes.values() for i in names)) if not repeated else ()
    if consistent and repeated:
        raise SurveykitError(
            "PLSc cannot correct a construct that repeats the indicators of its parts",
            hint="hierarchy='two_stage', or method='pls'",
            code="OPTION_UNSUPPORTED",
        )
    if consistent and interactions and approach != "two_stage":
        raise SurveykitError(
            f"PLSc takes interactions in two stages, not by approach={quote(approach)}",
            hint="approach='two_stage', or method='pls'",
            code="OPTION_UNSUPPORTED",
        )
    first = None
    lower = model
    if parts:
        first = design_of(_parts_model(model, wholes), _known(modes, model, but=wholes))
        if len(first.constructs) < 2:
            raise SurveykitError("stage one needs two constructs", code="PLS_HIGHER_ORDER")
        lower = _without(model, parts)
    left = {k: v for k, v in modes.items() if k not in parts}
    if not interactions:
        design = design_of(lower, left, repeated)
        items = design.indicators if first is None else first.indicators
        return Plan(lower, design, items, scheme, consistent, first, parts)
    asked = _asked(lower, interactions)
    named = {product_name(one, two) for one, two, _ in asked}
    middle = design_of(lower, {k: v for k, v in left.items() if k not in named}, repeated)
    products = _products(asked, middle, approach)
    lines = [lower.to_text().rstrip()]
    lines += [f"{target} ~ {product_name(one, two)}" for one, two, target in asked]
    if approach != "two_stage":
        lines += [f"{p.name} =~ {' + '.join(p.columns)}" for p in products]
    final = Model.parse("\n".join(lines))
    design = design_of(final, left, repeated)
    items = middle.indicators if first is None else first.indicators
    return Plan(final, design, items, scheme, consistent, first, parts, middle, products, approach)


def product_name(one: str, two: str) -> str:
    """The name of an interaction as a variable."""
    return f"{one}_x_{two}"


def _wholes(model: Model) -> dict[str, tuple[str, ...]]:
    """The constructs of constructs with their parts, judged."""
    measured = {c.name for c in model.constructs}
    higher = [c for c in model.constructs if any(i in measured for i in c.indicators)]
    found = {c.name: tuple(c.indicators) for c in higher}
    problems = Problems()
    for c in higher:
        plain = [i for i in c.indicators if i not in measured]
        deeper = [i for i in c.indicators if i in found]
        if plain or deeper:
            problems.add(
                f"{quote(c.name)} is measured by {', '.join(map(quote, plain or deeper))} besides constructs",
                expected="a construct of constructs has constructs of items only, of two levels in all",
                code="PLS_HIGHER_ORDER",
            )
    for part, count in _counts(i for names in found.values() for i in names).items():
        if count > 1:
            problems.add(
                f"{quote(part)} is a part of several constructs",
                expected="a construct is a part of one construct",
                code="PLS_HIGHER_ORDER",
            )
    parts = {i for names in found.values() for i in names}
    for path in model.paths:
        for name in path:
            if name in parts:
                problems.add(
                    f"{quote(name)} is a part of a construct and stands in a path of its own",
                    hint="give the path to the construct that it is a part of",
                    code="PLS_HIGHER_ORDER",
                )
    problems.raise_if_any()
    return found


def _counts(names: Iterable[str]) -> dict[str, int]:
    out: dict[str, int] = {}
    for name in names:
        out[name] = out.get(name, 0) + 1
    return out


def _known(modes: Mapping[str, str], model: Model, but: Mapping[str, object]) -> dict[str, str]:
    names = {c.name for c in model.constructs} - set(but)
    return {k: v for k, v in modes.items() if k in names}


def _parts_model(model: Model, wholes: Mapping[str, tuple[str, ...]]) -> Model:
    """Stage one: each construct of constructs gives its paths to its parts."""
    paths = [
        (s, t)
        for source, target in model.paths
        for s in wholes.get(source, (source,))
        for t in wholes.get(target, (target,))
    ]
    return Model([c for c in model.constructs if c.name not in wholes], paths)


def _without(model: Model, parts: Sequence[str]) -> Model:
    """The model without the measurement of ``parts``."""
    measuring = tuple(f"{name} {op} " for name in parts for op in ("=~", "<~"))
    return Model.parse("\n".join(x for x in model.to_text().splitlines() if not x.startswith(measuring)))


def _asked(model: Model, interactions: Sequence[Sequence[str]]) -> list[tuple[str, str, str]]:
    """The interactions as (predictor, moderator, target), judged."""
    problems, names = Problems(), {n for path in model.paths for n in path}
    found: list[tuple[str, str, str]] = []
    for entry in interactions:
        if isinstance(entry, str) or len(entry) != 3:
            problems.add(
                "an interaction has a predictor, a moderator and a target",
                got=quote(entry),
                hint='interactions=[("Image", "Value", "Loyalty")]; the same twice is the quadratic effect',
                code="OPTION_VALUE",
            )
            continue
        one, two, target = entry
        for name in dict.fromkeys(entry):
            if name not in names:
                problems.add(
                    f"unknown construct {quote(name)}", hint=did_you_mean(name, names), code="OPTION_VALUE"
                )
        for source in dict.fromkeys((one, two)):
            if {one, two, target} <= names and (source, target) not in model.paths:
                problems.add(
                    f"the interaction needs the path from {quote(source)} to {quote(target)} itself",
                    hint=f"add {target} ~ {source}",
                    code="PLS_INTERACTION",
                )
        if any({one, two} == {a, b} and target == t for a, b, t in found):
            problems.add(
                f"the interaction of {quote(one)} and {quote(two)} is asked for twice", code="OPTION_VALUE"
            )
        # the same product towards another target is one construct, whichever way round it was written
        turned = next(((a, b) for a, b, _ in found if (a, b) == (two, one)), (one, two))
        found.append((*turned, target))
    problems.raise_if_any()
    return found


def _products(asked: Sequence[tuple[str, str, str]], middle: Design, approach: str) -> tuple[Product, ...]:
    out: dict[str, Product] = {}
    for one, two, _ in asked:
        name = product_name(one, two)
        if name in out:
            continue
        if approach == "two_stage":
            out[name] = Product(name, one, two, (name,), ((one, two),))
            continue
        left, right = (
            [middle.indicators[i] for i in middle.block(middle.constructs.index(c))] for c in (one, two)
        )
        crossed = (
            itertools.combinations_with_replacement(left, 2) if one == two else itertools.product(left, right)
        )
        pairs = tuple(crossed)
        out[name] = Product(name, one, two, tuple(product_name(a, b) for a, b in pairs), pairs)
    for p in out.values():
        if len(p.columns) == 1 and p.columns[0] == p.name and approach != "two_stage":
            raise SurveykitError(
                f"{quote(p.one)} and {quote(p.two)} are single variables of that name: their product is one",
                hint="approach='two_stage' is the same here",
                code="OPTION_UNSUPPORTED",
            )
    return tuple(out.values())
