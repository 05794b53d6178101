"""What people who were left out answered, less what the model, a linear model and the average say of them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.sem.pls.kernel import Solved, correlations, solve
from surveykit.sem.pls.missing import moments_by
from surveykit.sem.pls.plan import Plan
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
    missing: str = "listwise",
) -> Array:
    """What each method missed each item by (3, n, targets): the model, the linear model, the average.

    NaN where the item was not answered. What a person left open of the items that foretell is the training mean under
    ``mean``, else what the training moments expect of it given the answers to these items; never the answer itself.
    """
    parts = [folds == fold for fold in np.unique(folds)]
    trained = np.stack([np.where(test, 0.0, w) for test in parts])
    m = moments_by(missing, x, trained, plan.items)
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
        fill = _Filled(x[test], mean, m.cov[k], plain=missing == "mean")
        out[0, test] = x[test][:, at] - _model(fill, plan, m, through, solved, k, antecedents, targets)
        out[1, test] = x[test][:, at] - _linear(fill, m, k, plan, benchmark, targets)
        out[2, test] = x[test][:, at] - mean[at]
    return out


@dataclass(frozen=True, slots=True)
class _Filled:
    """Rows that were left out, and the moments of the others, by which what is missing is filled."""

    x: Array
    mean: Array
    cov: Array
    plain: bool

    def by(self, columns: list[int]) -> Array:
        """The rows (n, p) with ``columns`` filled from each other; what is missing elsewhere is the mean."""
        holes = np.isnan(self.x)
        out = np.where(holes, self.mean, self.x)
        if self.plain or not holes[:, columns].any():
            return out
        patterns, which = np.unique(holes[:, columns], axis=0, return_inverse=True)
        for k, lost in enumerate(patterns):
            here, gone = np.array(columns)[~lost], np.array(columns)[lost]
            if not len(gone) or not len(here):
                continue
            rows = np.flatnonzero(which.ravel() == k)
            slope = np.linalg.lstsq(self.cov[np.ix_(here, here)], self.cov[np.ix_(here, gone)], rcond=None)[0]
            out[np.ix_(rows, gone)] += (self.x[np.ix_(rows, here)] - self.mean[here]) @ slope
        return out


def _model(
    fill: _Filled,
    plan: Plan,
    m: Moments,
    through: Staged,
    solved: Solved,
    k: int,
    antecedents: str,
    targets: list[Target],
) -> Array:
    out = np.empty((len(fill.x), len(targets)))
    exogenous = np.logical_not(plan.design.paths.any(axis=0))
    whole = None if np.isnan(fill.x).any() else _scores(fill.x, plan, m, through, solved, k)
    for j in dict.fromkeys(t.construct for t in targets):
        by = np.flatnonzero(exogenous) if antecedents == "earliest" else plan.design.before(j)
        scores = whole
        if scores is None:
            columns = sorted(set().union(*(items_of(plan, int(i)) for i in by)))
            scores = _scores(fill.by(columns), plan, m, through, solved, k)
        if antecedents == "direct":
            foretold = scores @ solved.b[k][:, j]
        else:
            foretold = np.where(exogenous, scores, 0.0) @ solved.total[k][:, j]
        for at, t in enumerate(targets):
            if t.construct != j:
                continue
            z = solved.cross[k, t.indicator, j] * foretold
            if t.part is not None and through.first is not None:
                z = z * through.first.cross[k, t.part[0], t.part[1]]
            out[:, at] = fill.mean[t.item] + m.sd[k, t.item] * z
    return out


def _scores(x: Array, plan: Plan, m: Moments, through: Staged, solved: Solved, k: int) -> Array:
    final = through.moments
    found: Array = (
        (indicators_of(plan, m, through, x, k) - np.asarray(final.mean)[k]) / final.sd[k]
    ) @ solved.w[k]
    return found


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


def _linear(fill: _Filled, m: Moments, k: int, plan: Plan, benchmark: str, targets: list[Target]) -> Array:
    """Least squares of each item on the items of the exogenous, or of all other, constructs."""
    mean, out = fill.mean, np.empty((len(fill.x), len(targets)))
    exogenous = np.flatnonzero(np.logical_not(plan.design.paths.any(axis=0)))
    outer = set().union(*(items_of(plan, int(j)) for j in exogenous))
    for j in dict.fromkeys(t.construct for t in targets):
        mine = [at for at, t in enumerate(targets) if t.construct == j]
        own = [targets[at].item for at in mine]
        others = outer if benchmark == "exogenous" else set(range(fill.x.shape[1]))
        by = sorted(others - items_of(plan, j))
        slope = np.linalg.lstsq(m.cov[k][np.ix_(by, by)], m.cov[k][np.ix_(by, own)], rcond=None)[0]
        out[:, mine] = mean[own] + (fill.by(by)[:, by] - mean[by]) @ slope
    return out
