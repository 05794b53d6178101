"""Simple slopes: what goes with the predictor where the moderator is low, at its mean and high."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.results import Table
from surveykit.sem.pls.inference import Stack
from surveykit.sem.pls.plan import Plan, Product

if TYPE_CHECKING:
    from surveykit.sem.pls.result import PlsFit

__all__ = ["per_product", "slopes"]

Array = NDArray[np.float64]
LEVELS = (-1, 0, 1)


def slopes(fit: PlsFit, plan: Plan) -> Table:
    """The path of the predictor where the moderator is one standard deviation below its mean, at it, and above.

    All in standard deviations of the constructs (Aiken & West 1991). ``interaction`` is how much the path changes with
    one standard deviation of the moderator; ``quadratic`` marks a construct that moderates itself.
    """
    d, records = fit.design, []
    for product in plan.products:
        k = d.constructs.index(product.name)
        for j in np.flatnonzero(d.paths[k]):
            i = d.constructs.index(product.one)
            twice = 2.0 if product.one == product.two else 1.0

            def quantity(
                x: Stack,
                i: int = i,
                j: int = int(j),
                k: int = k,
                product: Product = product,
                twice: float = twice,
            ) -> Array:
                change = twice * x.solved.b[:, k, j] * per_product(x, plan, product)
                return np.concatenate(
                    [x.solved.b[:, i, j][:, None] + change[:, None] * LEVELS, change[:, None]], axis=1
                )

            found = fit.spread(quantity)
            change = {"interaction": float(found.estimate[3]), "interaction_low": float(found.low[3]),
                      "interaction_high": float(found.high[3])}  # fmt: skip
            records += [
                {
                    "lhs": d.constructs[j], "rhs": product.one, "moderator": product.two, "product": product.name, "at": level,
                    "quadratic": product.one == product.two, "estimate": float(found.estimate[m]),
                    "se": float(found.se[m]), "low": float(found.low[m]), "high": float(found.high[m]), **change,
                }
                for m, level in enumerate(LEVELS)
            ]  # fmt: skip
    return Table.of(records)


def per_product(x: Stack, plan: Plan, product: Product) -> Array:
    """How much the standardised interaction changes with one unit of the product of standardised scores (R,).

    For one column that is 1 over its standard deviation; for a composite of products of indicators the regression of
    the composite on the product of the scores, which is the same products weighted by the scores' weights.
    """
    d, m = plan.design, x.moments
    columns = [d.indicators.index(c) for c in product.columns]
    if plan.approach == "two_stage":
        return np.asarray(1 / m.sd[:, columns[0]], dtype=float)
    one, two = (d.constructs.index(c) for c in (product.one, product.two))
    given = np.empty((len(m.cov), len(columns)))
    for at, (a, b) in enumerate(product.pairs):
        left, right = d.indicators.index(a), d.indicators.index(b)
        given[:, at] = x.solved.w[:, left, one] * x.solved.w[:, right, two]
        if one == two and left != right:
            given[:, at] *= 2
    made = x.solved.w[:, columns, d.constructs.index(product.name)] / m.sd[:, columns]
    inside = m.cov[:, np.array(columns)[:, None], columns]
    both = np.einsum("ri,rij,rj->r", made, inside, given)
    found: Array = both / np.einsum("ri,rij,rj->r", given, inside, given)
    return found
