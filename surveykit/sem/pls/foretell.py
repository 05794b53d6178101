"""What people who were left out answered, less what the model, a linear model and the average say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem.pls.kernel import Solved, correlations, solve
from surveykit.sem.pls.plan import Plan
from surveykit.sem.pls.resample import weighted_moments
from surveykit.sem.pls.stages import Staged, indicators_of, staged

__all__ = ["Target", "errors", "targets_of"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Target:
    """An item that is foretold: its place among the items, its construct, the final indicator that leads to it, and
    its place in stage one where that indicator is the score of a part."""

    item: int
    construct: int
    indicator: int
    part: tuple[int, int] | None = None


def targets_of(plan: Plan) -> list[Target]:
    """The items of the explained constructs, those of parts included."""
    d, items, out = plan.design, list(plan.items), []
    for j in d.endogenous:
        for q in d.block(int(j)):
            name = d.indicators[q]
            if plan.first is None or name not in plan.parts:
                out.append(Target(items.index(name), int(j), int(q)))
                continue
            part = plan.first.constructs.index(name)
            out += [
                Target(items.index(plan.first.indicators[i]), int(j), int(q), (int(i), part))
                for i in plan.first.block(part)
            ]
    return out


def errors(
    x: Array,
    w: Array,
    folds: NDArray[Any],
    plan: Plan,
    antecedents: str,
    benchmark: str,
    targets: list[Target],
) -> Array:
    """What each method missed each item by (3, n, targets): the model, the linear model, the average."""
    parts = [folds == fold for fold in np.unique(folds)]
    trained = np.stack([np.where(test, 0.0, w) for test in parts])
    m = weighted_moments(x, trained, plan.items)
    if not np.isfinite(correlations(m.cov)).all():
        raise SurveykitError(
            "an item is constant in a training set", hint="fewer folds", code="SEM_CONSTANT_ITEM"
        )
    through = staged(plan, m, x, lambda start, stop: trained[start:stop])
    solved = solve(correlations(through.moments.cov), plan.design, plan.scheme, consistent=False)
    if not solved.converged.all():
        raise SurveykitError("the PLS weights of a training set did not settle", code="PLS_NOT_CONVERGED")
    out = np.empty((3, len(x), len(targets)))
    at = [t.item for t in targets]
    for k, test in enumerate(parts):
        mean = np.asarray(m.mean)[k]
        out[0, test] = x[test][:, at] - _model(x[test], plan, m, through, solved, k, antecedents, targets)
        out[1, test] = x[test][:, at] - _linear(x[test], m, k, plan, benchmark, targets)
        out[2, test] = x[test][:, at] - mean[at]
    return out


def _model(
    x: Array,
    plan: Plan,
    m: Moments,
    through: Staged,
    solved: Solved,
    k: int,
    antecedents: str,
    targets: list[Target],
) -> Array:
    final = through.moments
    values = indicators_of(plan, m, through, x, k)
    scores = ((values - np.asarray(final.mean)[k]) / final.sd[k]) @ solved.w[k]
    if antecedents == "direct":
        foretold = scores @ solved.b[k]
    else:
        exogenous = np.logical_not(plan.design.paths.any(axis=0))
        foretold = np.where(exogenous, scores, 0.0) @ solved.total[k]
    out = np.empty((len(x), len(targets)))
    for at, t in enumerate(targets):
        z = solved.cross[k, t.indicator, t.construct] * foretold[:, t.construct]
        if t.part is not None and through.first is not None:
            z = z * through.first.cross[k, t.part[0], t.part[1]]
        out[:, at] = np.asarray(m.mean)[k, t.item] + m.sd[k, t.item] * z
    return out


def items_of(plan: Plan, j: int) -> set[int]:
    """The places of the items that a construct, or its parts, has; none of a product."""
    items, found = list(plan.items), set()
    for q in plan.design.block(j):
        name = plan.design.indicators[q]
        if name in items and not (plan.first is not None and name in plan.parts):
            found.add(items.index(name))
        elif plan.first is not None and name in plan.parts:
            block = plan.first.block(plan.first.constructs.index(name))
            found |= {items.index(plan.first.indicators[i]) for i in block}
    return found


def _linear(x: Array, m: Moments, k: int, plan: Plan, benchmark: str, targets: list[Target]) -> Array:
    """Least squares of each item on the items of the exogenous, or of all other, constructs."""
    mean, out = np.asarray(m.mean)[k], np.empty((len(x), len(targets)))
    exogenous = np.flatnonzero(np.logical_not(plan.design.paths.any(axis=0)))
    outer = set().union(*(items_of(plan, int(j)) for j in exogenous))
    for j in dict.fromkeys(t.construct for t in targets):
        mine = [at for at, t in enumerate(targets) if t.construct == j]
        own = [targets[at].item for at in mine]
        others = outer if benchmark == "exogenous" else set(range(x.shape[1]))
        by = sorted(others - items_of(plan, j))
        slope = np.linalg.lstsq(m.cov[k][np.ix_(by, by)], m.cov[k][np.ix_(by, own)], rcond=None)[0]
        out[:, mine] = mean[own] + (x[:, by] - mean[by]) @ slope
    return out
