"""A person's score from several items, as an expression that runs in the data's own engine.

Each item is brought to 0-100 by 100 (x - min) / (max - min), so that items on different scales may
meet; a person's score is the weighted mean over the items answered, where at least the share
``min_valid`` of the items is valid; else it is missing.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from surveykit.errors import SurveykitError, Where, did_you_mean, quote
from surveykit.scoring._answers import Range, demand_known, demand_range

if TYPE_CHECKING:
    import narwhals as nw

    from surveykit.responses import Responses

__all__ = ["Part", "check_levels", "items_of", "normalised", "parts_of", "person_mean"]

DEFAULT_MIN_VALID = 0.5


@dataclass(frozen=True, slots=True)
class Part:
    """One item of a score: its weight (all sum to 1) and its scale; no scale leaves it as it is."""

    item: str
    weight: float
    scale: Range | None


def items_of(data: Responses, name: str) -> tuple[tuple[str, ...], float]:
    """The items behind a construct or item, and the share of them that must be valid."""
    q = data.questionnaire
    construct = None if q is None else q.constructs.get(name)
    if construct is not None:
        return tuple(construct.items), float(construct.min_valid)
    demand_known(data, [name])
    return (name,), 1.0


def normalised(names: Sequence[str], weights: Mapping[str, float] | None, metric: str) -> dict[str, float]:
    """Weights that sum to 1: equal where none are declared, else exactly one positive for each name."""
    if weights is None:
        return dict.fromkeys(names, 1.0 / len(names))
    where = Where(key=f"metric {quote(metric)}, option 'weights'")
    for name in weights:
        if name not in names:
            raise SurveykitError(
                f"a weight for {quote(name)}, which is not part of the score",
                where, hint=did_you_mean(name, names), code="WEIGHT_UNKNOWN",
            )  # fmt: skip
    for name in names:
        value = weights.get(name)
        if value is None or not value > 0 or not math.isfinite(value):
            raise SurveykitError(
                f"no usable weight for {quote(name)}", where, expected="a positive number for every part",
                got="nothing" if value is None else repr(value), code="WEIGHT_VALUE",
            )  # fmt: skip
    total = sum(weights.values())
    return {name: weights[name] / total for name in names}


def parts_of(
    data: Responses, weights: Mapping[str, float], scale: Range | None, metric: str, *, rescale: bool = True
) -> tuple[Part, ...]:
    """The parts of a score from weights by item; every item must have a scale where it is rescaled."""
    demand_known(data, list(weights))
    return tuple(
        Part(item, weight, demand_range(data, item, scale, metric) if rescale else None)
        for item, weight in weights.items()
    )


def check_levels(data: Responses, parts: Sequence[Part], metric: str) -> None:
    """Every answer must lie on its item's scale."""
    from surveykit.scoring._answers import answers, demand_levels

    for part in parts:
        if part.scale is not None:
            for found in answers(data, part.item, None):
                demand_levels(found, part.scale, part.item, metric, whole=False)


def person_mean(parts: Sequence[Part], min_valid: float) -> nw.Expr:
    """The weighted mean over a person's valid items; missing where too few are valid."""
    import narwhals as nw

    needed = max(1, math.ceil(min_valid * len(parts) - 1e-9))
    scaled = [(part, _scaled(part)) for part in parts]
    if len(parts) == 1:
        return scaled[0][1]
    zero = nw.lit(0.0)
    one = nw.lit(1.0)
    total, weight, valid = zero, zero, zero
    for part, value in scaled:
        present = ~value.is_null()
        total = total + nw.when(present).then(value * part.weight).otherwise(zero)
        weight = weight + nw.when(present).then(one * part.weight).otherwise(zero)
        valid = valid + nw.when(present).then(one).otherwise(zero)
    return nw.when(valid >= needed).then(total / weight)


def _scaled(part: Part) -> nw.Expr:
    import narwhals as nw

    value = nw.col(part.item)
    if part.scale is None:
        return value
    low, high = part.scale
    return (value - low) * (100.0 / (high - low))
