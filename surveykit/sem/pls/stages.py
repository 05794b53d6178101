"""From the moments of items to those of the indicators that a plan needs: scores of parts, products.

One function serves the estimates, every replicate, the jackknife, groups, permutations and training sets, so that each
goes through all stages.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace
from itertools import product as each
from math import comb

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.moments import Moments
from surveykit.results import Table
from surveykit.sem.pls.design import Design
from surveykit.sem.pls.kernel import Solved, oriented, solve_blocks
from surveykit.sem.pls.plan import Plan
from surveykit.sem.pls.sample import PlsSample, Weightings
from surveykit.sem.pls.weights import inverses

__all__ = ["Staged", "applied", "first_stage", "indicators_of", "score_weights", "stacked", "staged"]

Array = NDArray[np.float64]
_CELLS = 4_000_000


@dataclass(frozen=True, slots=True)
class Staged:
    """A stack of moments of the final indicators, and the solutions of the stages before (None where there are none)."""

    moments: Moments
    first: Solved | None = None
    middle: Solved | None = None
    raw: Moments | None = None
    """Where products are orthogonalised, the moments before that."""


def staged(
    plan: Plan,
    m: Moments,
    x: Array | None = None,
    weights: Weightings | None = None,
    at: Staged | None = None,
) -> Staged:
    """The final moments for a stack of moments ``m`` of the items; ``at`` are the estimates that replicates turn to.

    Products need the rows ``x`` (n, p) and how much each counts.
    """
    if plan.plain:
        return Staged(m)
    first = None
    if plan.first is not None:
        first = _solved(m, plan.first, plan, None if at is None else at.first)
        lower = _scored(m, first, plan)
        if not plan.products:
            return Staged(lower, first)
    else:
        lower = _chosen(m, plan.linear)
    if x is None or weights is None:
        raise SurveykitError("interactions need the answers themselves", code="ROWS_NEEDED")
    if plan.middle is None:
        raise RuntimeError("a plan with products has a stage without them")
    middle = _solved(lower, plan.middle, plan, None if at is None else at.middle)
    turn = turning(plan, m, first)
    made = _multiplied(plan, m, lower, turn, middle, first, x, weights)
    raw = None
    if plan.approach == "orthogonal":
        raw = made
        made = _turned(made, _left_over(plan, plan.middle, made))
    if plan.consistent:
        made = _freed(plan, made, middle, first)
    return Staged(made, first, middle, raw)


def _solved(m: Moments, design: Design, plan: Plan, at: Solved | None) -> Solved:
    found = solve_blocks(_chosen(m, design.indicators).cov, design, plan.scheme, consistent=plan.consistent)
    return found if at is None else oriented(found, at)


def turning(plan: Plan, m: Moments, first: Solved | None) -> Array:
    """From items to the linear indicators (R, q, p); scores are weighted means of the items in their own units."""
    names, items = plan.linear, list(m.names)
    turn = np.zeros((len(m.cov), len(names), len(items)))
    for row, name in enumerate(names):
        if first is None or plan.first is None or name not in plan.parts:
            turn[:, row, items.index(name)] = 1.0
            continue
        columns = [items.index(i) for i in plan.first.indicators]
        raw = first.w[:, :, plan.first.constructs.index(name)] / m.sd[:, columns]
        turn[:, row, columns] = raw / np.abs(raw.sum(axis=1, keepdims=True))
    return turn


def _scored(m: Moments, first: Solved, plan: Plan) -> Moments:
    """Moments of the linear indicators; under PLSc those of the parts without their error."""
    turn = turning(plan, m, first)
    made = turn @ m.cov @ np.swapaxes(turn, 1, 2)
    if plan.consistent:
        with np.errstate(invalid="ignore", divide="ignore"):
            free = 1 / _part_quality(plan, first, len(made))
            at = np.arange(made.shape[1])
            own = made[:, at, at].copy()
            made = made * free[:, :, None] * free[:, None, :]
            made[:, at, at] = own
    made[~first.converged] = np.nan
    mean = None if m.mean is None else np.einsum("rqp,rp->rq", turn, m.mean)
    return _like(m, (made + np.swapaxes(made, 1, 2)) / 2, mean, plan.linear)


def _part_quality(plan: Plan, first: Solved | None, count: int) -> Array:
    """The correlation of each linear indicator with what it stands for (R, q): √ρA of a part's score under PLSc, else 1."""
    out = np.ones((count, len(plan.linear)))
    if not plan.consistent or first is None or plan.first is None:
        return out
    for column, name in enumerate(plan.linear):
        if name in plan.parts:
            j = plan.first.constructs.index(name)
            if plan.first.common[j]:
                with np.errstate(invalid="ignore"):
                    out[:, column] = np.sqrt(first.rho_a[:, j])
    return out


def _like(m: Moments, cov: Array, mean: Array | None, names: tuple[str, ...]) -> Moments:
    return Moments.trusted(m.n, cov, mean, names, sumw=m.sumw, sumw2=m.sumw2, n_total=m.n_total)


def _chosen(m: Moments, names: Sequence[str]) -> Moments:
    """Some of the variables, in this order; replicates that are not defined stay."""
    at = np.array([m.names.index(n) for n in names])
    return _like(m, m.cov[:, at[:, None], at], None if m.mean is None else m.mean[:, at], tuple(names))


def factors(
    plan: Plan, lower: Moments, turn: Array, middle: Solved, first: Solved | None = None
) -> tuple[Array, Array]:
    """What is multiplied for each product (R, k, p): the standardised scores, or the standardised indicators.

    Under PLSc the parts of a construct enter its score as if freed of their error, so that what is left of it is
    independent of the construct.
    """
    names = list(plan.linear)
    sd, part = lower.sd, _part_quality(plan, first, len(lower.cov))
    one: list[Array] = []
    two: list[Array] = []
    for p in plan.products:
        for pair in p.pairs:
            for name, found in zip(pair, (one, two), strict=True):
                if plan.approach == "two_stage" and plan.middle is not None:
                    columns = [names.index(i) for i in plan.middle.indicators]
                    j = plan.middle.constructs.index(name)
                    raw = middle.w[:, :, j] / (part * sd)[:, columns]
                    raw = raw / _spread(plan.middle, middle, part[:, columns], j)[:, None]
                    found.append(np.einsum("rq,rqp->rp", raw, turn[:, columns]))
                else:
                    row = names.index(name)
                    found.append(turn[:, row] / sd[:, row, None])
    return np.stack(one, axis=1), np.stack(two, axis=1)


def _spread(design: Design, middle: Solved, part: Array, j: int) -> Array:
    """The standard deviation (R,) of a score of parts that are freed of their error: 1 where they have none."""
    with np.errstate(invalid="ignore", divide="ignore"):
        noise = ((middle.w[:, :, j] / part) ** 2 * (1 - part**2) * design.member[:, j]).sum(axis=1)
        found: Array = np.sqrt(1 + noise)
    return found


def multiplied(x: Array, mean: Array, one: Array, two: Array) -> Array:
    """The products (R, k, n) of the centred factors, row by row."""
    shift = [np.einsum("rkp,rp->rk", f, mean)[:, :, None] for f in (one, two)]
    found: Array = (one @ x.T - shift[0]) * (two @ x.T - shift[1])
    return found


def _multiplied(
    plan: Plan,
    m: Moments,
    lower: Moments,
    turn: Array,
    middle: Solved,
    first: Solved | None,
    x: Array,
    weights: Weightings,
) -> Moments:
    """The linear indicators and the products, in the order of the final design."""
    one, two = factors(plan, lower, turn, middle, first)
    part = _part_quality(plan, first, len(m.cov))
    q, k, count = len(plan.linear), one.shape[1], len(m.cov)
    mean = np.asarray(m.mean)
    cov = np.full((count, q + k, q + k), np.nan)
    center = np.empty((count, q + k))
    cov[:, :q, :q] = lower.cov
    center[:, :q] = np.einsum("rqp,rp->rq", turn, mean)
    middle_of_rows = x.mean(axis=0)
    step = max(1, _CELLS // (k * len(x)))
    for start in range(0, count, step):
        at = slice(start, min(count, start + step))
        w = weights(at.start, at.stop)
        columns = multiplied(x, mean[at], one[at], two[at])
        total = w.sum(axis=1)[:, None]
        center[at, q:] = np.einsum("rkn,rn->rk", columns, w) / total
        d = columns - center[at, q:][:, :, None]
        weighted = d * w[:, None, :]
        beside = (weighted @ (x - middle_of_rows) / (total[:, :, None] - 1)) @ np.swapaxes(turn[at], 1, 2)
        beside = beside / part[at][:, None, :]
        cov[at, q:, :q] = beside
        cov[at, :q, q:] = np.swapaxes(beside, 1, 2)
        cov[at, q:, q:] = weighted @ np.swapaxes(d, 1, 2) / (total[:, :, None] - 1)
    cov[~middle.converged] = np.nan
    names = (*plan.linear, *(column for p in plan.products for column in p.columns))
    return _chosen(_like(m, cov, center, names), plan.design.indicators)


def _left_over(plan: Plan, design: Design, m: Moments) -> Array:
    """The turn (R, q, q) that takes from each product what a regression on the indicators of both constructs explains."""
    names = list(m.names)
    turn = np.broadcast_to(np.eye(len(names)), m.cov.shape).copy()
    known = np.isfinite(m.cov).all(axis=(1, 2))
    for p in plan.products:
        made = [names.index(c) for c in p.columns]
        blocks = {i for c in (p.one, p.two) for i in design.block(design.constructs.index(c))}
        by = np.array([names.index(design.indicators[i]) for i in sorted(blocks)])
        slope = inverses(m.cov[known][:, by[:, None], by]) @ m.cov[known][:, by[:, None], made]
        turn[np.flatnonzero(known)[:, None, None], np.array(made)[:, None], by] = -np.swapaxes(slope, 1, 2)
    return turn


def _turned(m: Moments, turn: Array) -> Moments:
    cov = turn @ m.cov @ np.swapaxes(turn, 1, 2)
    mean = None if m.mean is None else np.einsum("rqp,rp->rq", turn, m.mean)
    return _like(m, (cov + np.swapaxes(cov, 1, 2)) / 2, mean, m.names)


def indicators_of(plan: Plan, m: Moments, through: Staged, x: Array, at: int) -> Array:
    """The final indicators (n, q) of rows ``x`` of items, as the ``at``-th of the stack ``m`` makes them."""
    if plan.plain:
        return x
    one_of = np.zeros(len(m.cov), dtype=bool)
    one_of[at] = True
    part, first = m.keep(one_of), None if through.first is None else through.first.keep(one_of)
    turn = turning(plan, part, first)
    lower = x @ turn[0].T
    names = list(plan.linear)
    if plan.products and through.middle is not None:
        sizes = _scored(part, first, plan) if first is not None else _chosen(part, plan.linear)
        one, two = factors(plan, sizes, turn, through.middle.keep(one_of))
        lower = np.concatenate([lower, multiplied(x, np.asarray(part.mean), one, two)[0].T], axis=1)
        names += [column for p in plan.products for column in p.columns]
    found: Array = lower[:, [names.index(i) for i in plan.design.indicators]]
    if through.raw is not None and plan.middle is not None:
        found = found @ _left_over(plan, plan.middle, through.raw.keep(one_of))[0].T
    return found


def _freed(plan: Plan, m: Moments, middle: Solved, first: Solved | None) -> Moments:
    """Products as if of the constructs, not of their scores: Dijkstra & Schermelleh-Engel (2014).

    A standardised score is Qη + δ with Q² its reliability and δ independent of all else (normal where it is squared). Of a
    construct of constructs Q² is that of a score of its parts without error, over the variance that their errors add.
    """
    design, names = plan.middle, list(m.names)
    if design is None:
        return m
    with np.errstate(invalid="ignore"):
        q = np.sqrt(np.where(design.common, middle.rho_a, 1.0))
    part = _part_quality(plan, first, len(m.cov))
    columns = [plan.linear.index(i) for i in design.indicators]
    for j in range(len(design.constructs)):
        q[:, j] /= _spread(design, middle, part[:, columns], j)
    ends = [(p, design.constructs.index(p.one), design.constructs.index(p.two)) for p in plan.products]
    cov = m.cov.copy()
    total = np.broadcast_to(np.asarray(m.sumw, dtype=float), len(cov))
    with np.errstate(invalid="ignore", divide="ignore"):
        for p, i, j in ends:
            at = names.index(p.name)
            cov[:, at] /= (q[:, i] * q[:, j])[:, None]
            cov[:, :, at] /= (q[:, i] * q[:, j])[:, None]
        for (p, i, j), (o, e, f) in each(ends, repeat=2):
            a, b = names.index(p.name), names.index(o.name)
            mean = np.asarray(m.mean)
            raw = m.cov[:, a, b] * (total - 1) / total + mean[:, a] * mean[:, b]
            moment = _fourth(raw, (i, j, e, f), q, middle.c)
            cov[:, a, b] = moment - middle.c[:, i, j] * middle.c[:, e, f]
    return _like(m, cov, m.mean, m.names)


def _fourth(raw: Array, which: tuple[int, ...], q: Array, c: Array) -> Array:
    """E[η η η η] (R,) from the same moment ``raw`` of the scores and the second moments ``c`` of the constructs."""
    powers = Counter(which)
    left = raw.copy()
    attenuation = np.prod([q[:, i] ** k for i, k in powers.items()], axis=0)
    options = [[(i, k, drop) for drop in range(0, k + 1, 2)] for i, k in powers.items()]
    for chosen in each(*options):
        if not any(drop for *_, drop in chosen):
            continue
        term = np.ones(len(raw))
        rest: list[int] = []
        for i, k, drop in chosen:
            noise = 1 - q[:, i] ** 2
            term *= (
                comb(k, drop)
                * q[:, i] ** (k - drop)
                * (noise if drop == 2 else 3 * noise**2 if drop else 1.0)
            )
            rest += [i] * (k - drop)
        left = left - term * (c[:, rest[0], rest[1]] if rest else 1.0)
    found: Array = left / attenuation
    return found


def score_weights(plan: Plan, m: Moments, through: Staged, solved: Solved) -> Array:
    """The weights of the items, in their own units, in the scores of all constructs (R, p, J); NaN for products."""
    final = through.moments
    raw = solved.w / final.sd[:, :, None]
    if plan.plain:
        return raw
    names = list(plan.linear)
    rows = [plan.design.indicators.index(n) for n in names]
    out: Array = np.swapaxes(turning(plan, m, through.first), 1, 2) @ raw[:, rows]
    for p in plan.products:
        out[:, :, plan.design.constructs.index(p.name)] = np.nan
    return out


def stacked(m: Moments) -> Moments:
    """Moments as a stack of one."""
    mean = None if m.mean is None else m.mean[None]
    return Moments.trusted(m.n, m.cov[None], mean, m.names, sumw=m.sumw, sumw2=m.sumw2, n_total=m.n_total)


def applied(plan: Plan, taken: PlsSample) -> tuple[PlsSample, Staged]:
    """The sample as the final stage sees it, and the estimates of the stages before."""
    if plan.plain:
        return taken, Staged(stacked(taken.moments))
    at = staged(plan, stacked(taken.moments), taken.rows, taken.weightings("at"))
    for solved, design in ((at.first, plan.first), (at.middle, plan.middle)):
        if solved is not None and design is not None and not solved.converged[0]:
            raise SurveykitError(
                "the weights of the first stage did not settle",
                got=f"constructs {', '.join(design.constructs)}",
                hint="look for constructs whose items do not correlate, or try another scheme",
                code="PLS_NOT_CONVERGED",
            )

    def again(name: str) -> Moments | None:
        drawn: Moments | None = getattr(taken, name)
        return None if drawn is None else staged(plan, drawn, taken.rows, taken.weightings(name), at).moments

    low, high = _ends(plan, taken, at)
    return replace(
        taken,
        moments=at.moments.replicate(0),
        replicates=again("replicates"),
        jackknife=again("jackknife"),
        inner=again("inner"),
        low=low,
        high=high,
    ), at


def _ends(plan: Plan, taken: PlsSample, at: Staged) -> tuple[Array, Array]:
    """The ends of the scales of the final indicators; NaN for products."""
    turn = turning(plan, stacked(taken.moments), at.first)[0]
    ends = []
    for own in (turn @ taken.low, turn @ taken.high):
        found = np.full(len(plan.design.indicators), np.nan)
        found[[plan.design.indicators.index(i) for i in plan.linear]] = own
        ends.append(found)
    return ends[0], ends[1]


def first_stage(plan: Plan, at: Staged) -> Table:
    """Weights and loadings of the stages before the last: of the parts, or of what is multiplied."""
    pairs = [(at.first, plan.first, plan.parts)]
    if plan.approach == "two_stage" and plan.middle is not None:
        pairs.append((at.middle, plan.middle, plan.middle.constructs))
    return Table.of(
        [
            {
                "lhs": name, "item": design.indicators[i], "weight": float(solved.w[0, i, j]),
                "loading": float(solved.loadings[0, i, j]),
            }
            for solved, design, shown in pairs
            if solved is not None and design is not None
            for j, name in enumerate(design.constructs)
            if name in shown
            for i in design.block(j)
        ],
        ("lhs", "item", "weight", "loading"),
    )  # fmt: skip
