"""Models in two stages: constructs of constructs, and interactions (also of a construct with itself: quadratic).

Stage one is a model without them; its scores become indicators of stage two. A construct of constructs is
replaced in stage one by its parts (the disjoint two-stage approach: Becker, Cheah, Gholamzade, Ringle & Sarstedt
2023); an interaction is the product of the standardised scores of stage one (Henseler & Chin 2010). Every bootstrap
replicate goes through both stages.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import Problems, SurveykitError, did_you_mean, quote
from surveykit.model import Model
from surveykit.moments import Moments
from surveykit.results import Table
from surveykit.sem.pls.design import Design, design_of
from surveykit.sem.pls.inference import Stack
from surveykit.sem.pls.kernel import Solved, oriented, solve_blocks
from surveykit.sem.pls.sample import PlsSample

if TYPE_CHECKING:
    from surveykit.sem.pls.result import PlsFit

__all__ = [
    "Stages",
    "first_stage",
    "higher_order",
    "interacting",
    "product_name",
    "slopes",
    "stage_designs",
    "with_parts",
    "with_products",
]

Array = NDArray[np.float64]
_BLOCK = 128


@dataclass(frozen=True, slots=True)
class Stages:
    """The models of both stages; ``parts`` are the constructs that become indicators, ``products`` the interactions
    as (first, second, name)."""

    first: Model
    second: Model
    parts: tuple[str, ...] = ()
    products: tuple[tuple[str, str, str], ...] = ()


def higher_order(model: Model) -> Stages | None:
    """The two stages of a model with constructs of constructs; None where it has none."""
    measured = {c.name: c for c in model.constructs}
    higher = [c for c in model.constructs if any(i in measured for i in c.indicators)]
    if not higher:
        return None
    problems, parts = Problems(), {c.name: c.indicators for c in higher}
    for c in higher:
        plain = [i for i in c.indicators if i not in measured]
        deeper = [i for i in c.indicators if i in parts]
        if plain or deeper:
            problems.add(
                f"{quote(c.name)} is measured by {', '.join(map(quote, plain or deeper))} besides constructs",
                expected="a construct of constructs has constructs of items only, of two levels in all",
                code="PLS_HIGHER_ORDER",
            )
    lower = tuple(dict.fromkeys(i for names in parts.values() for i in names))
    for source, target in model.paths:
        for name in (source, target):
            if name in lower:
                problems.add(
                    f"{quote(name)} is a part of a construct and stands in a path of its own",
                    hint="give the path to the construct that it is a part of",
                    code="PLS_HIGHER_ORDER",
                )
    problems.raise_if_any()
    paths = [
        (s, t)
        for source, target in model.paths
        for s in parts.get(source, (source,))
        for t in parts.get(target, (target,))
    ]
    first = Model([c for c in model.constructs if c.name not in parts], paths)
    measuring = tuple(f"{name} {op} " for name in lower for op in ("=~", "<~"))
    kept = [line for line in model.to_text().splitlines() if not line.startswith(measuring)]
    return Stages(first, Model.parse("\n".join(kept)), lower)


def interacting(model: Model, asked: Sequence[Sequence[str]]) -> Stages | None:
    """The two stages of a model with interactions ``(predictor, moderator, target)``; None where there are none."""
    if not asked:
        return None
    problems, names = Problems(), {n for path in model.paths for n in path}
    products: list[tuple[str, str, str]] = []
    lines = [model.to_text().rstrip()]
    for entry in asked:
        if isinstance(entry, str) or len(entry) != 3:
            problems.add(
                "an interaction has a predictor, a moderator and a target",
                got=quote(entry),
                hint='interactions=[("Image", "Value", "Loyalty")]; the same twice is the quadratic effect',
                code="OPTION_VALUE",
            )
            continue
        one, two, target = entry
        for name in entry:
            if name not in names:
                problems.add(
                    f"unknown construct {quote(name)}", hint=did_you_mean(name, names), code="OPTION_VALUE"
                )
        for source in {one, two}:
            if {one, two, target} <= names and (source, target) not in model.paths:
                problems.add(
                    f"the interaction needs the path from {quote(source)} to {quote(target)} itself",
                    hint=f"add {target} ~ {source}",
                    code="PLS_INTERACTION",
                )
        name = product_name(one, two)
        if name not in {p[2] for p in products}:
            products.append((one, two, name))
        lines.append(f"{target} ~ {name}")
    problems.raise_if_any()
    return Stages(model, Model.parse("\n".join(lines)), products=tuple(products))


def product_name(one: str, two: str) -> str:
    """The name of an interaction as a variable."""
    return f"{one}_x_{two}"


def with_parts(
    taken: PlsSample, stages: Stages, first: Design, second: Sequence[str], scheme: str
) -> tuple[PlsSample, Solved]:
    """The sample of stage two, in which the scores of the parts are indicators; and the solution of stage one.

    Only moments are needed. Scores are weighted means of the items in their own units, so that indices can be had.
    """
    at, moments = _scored(taken.moments, None, stages, first, second, scheme)
    drawn = None if taken.replicates is None else _scored(taken.replicates, at, stages, first, second, scheme)
    low, high = (_ends(v, at, taken.moments, stages, first, second) for v in (taken.low, taken.high))
    single = moments.replicate(0)
    return replace(
        taken, moments=single, replicates=None if drawn is None else drawn[1], low=low, high=high
    ), at


def _scored(
    m: Moments, at: Solved | None, stages: Stages, first: Design, second: Sequence[str], scheme: str
) -> tuple[Solved, Moments]:
    cov = m.cov if m.cov.ndim == 3 else m.cov[None]
    mean = None if m.mean is None else np.atleast_2d(m.mean)
    sd = np.sqrt(np.diagonal(cov, axis1=1, axis2=2))
    solved = solve_blocks(cov, first, scheme, consistent=False)
    if at is not None:
        solved = oriented(solved, at)
    turn = _turn(solved, sd, stages, first, second)
    made = turn @ cov @ np.swapaxes(turn, 1, 2)
    made[~solved.converged] = np.nan
    center = None if mean is None else np.einsum("rqp,rp->rq", turn, mean)
    return solved, Moments.trusted(
        m.n,
        (made + np.swapaxes(made, 1, 2)) / 2,
        center,
        tuple(second),
        sumw=m.sumw,
        sumw2=m.sumw2,
        n_total=m.n_total,
    )


def _turn(solved: Solved, sd: Array, stages: Stages, first: Design, second: Sequence[str]) -> Array:
    """From items to the indicators of stage two (R, q, p)."""
    turn = np.zeros((len(sd), len(second), len(first.indicators)))
    for row, name in enumerate(second):
        if name in stages.parts:
            raw = solved.w[:, :, first.constructs.index(name)] / sd
            turn[:, row] = raw / np.abs(raw.sum(axis=1, keepdims=True))
        else:
            turn[:, row, first.indicators.index(name)] = 1.0
    return turn


def _ends(ends: Array, at: Solved, m: Moments, stages: Stages, first: Design, second: Sequence[str]) -> Array:
    found: Array = _turn(at, np.atleast_2d(m.sd), stages, first, second)[0] @ ends
    return found


def with_products(
    taken: PlsSample, stages: Stages, first: Design, second: Sequence[str], scheme: str
) -> tuple[PlsSample, Solved]:
    """The sample of stage two with a column for each product of scores; and the solution of stage one."""
    if taken.rows is None or taken.weights is None:
        raise SurveykitError("interactions need the answers themselves", code="ROWS_NEEDED")
    single = _stack_of(taken.moments)
    at = solve_blocks(single.cov, first, scheme, consistent=False)
    moments = _extended(taken.rows, taken.weights[:1], single, at, stages, first, second)
    unknown, drawn = np.full(len(second), np.nan), taken.replicates
    ready = replace(taken, moments=moments.replicate(0), low=unknown, high=unknown, replicates=None)
    if drawn is None:
        return ready, at
    parts = []
    for start in range(0, len(drawn.cov), _BLOCK):
        which = np.zeros(len(drawn.cov), dtype=bool)
        which[start : start + _BLOCK] = True
        part = drawn.keep(which)
        solved = oriented(solve_blocks(part.cov, first, scheme, consistent=False), at)
        parts.append(_extended(taken.rows, taken.weights[1:][which], part, solved, stages, first, second))
    cov, mean = (np.concatenate([getattr(m, k) for m in parts]) for k in ("cov", "mean"))
    stacked = Moments.trusted(drawn.n, cov, mean, tuple(second), sumw=drawn.sumw, n_total=drawn.n_total)
    return replace(ready, replicates=stacked), at


def first_stage(at: Solved, first: Design, stages: Stages) -> Table:
    """Weights and loadings of stage one: of the parts, or of all constructs."""
    shown = stages.parts or first.constructs
    return Table.of(
        [
            {
                "lhs": name, "item": first.indicators[i], "weight": float(at.w[0, i, j]),
                "loading": float(at.loadings[0, i, j]),
            }
            for j, name in enumerate(first.constructs)
            if name in shown
            for i in first.block(j)
        ]
    )  # fmt: skip


def slopes(fit: PlsFit, stages: Stages) -> Table:
    """The path of the predictor where the moderator is one standard deviation below its mean, at it, and above."""
    d, records = fit.design, []
    for one, two, name in stages.products:
        k = d.constructs.index(name)
        column = d.indicators.index(name)
        for j in np.flatnonzero(d.paths[k]):
            i = d.constructs.index(one)
            levels = np.array([-1.0, 0.0, 1.0])
            twice = 2.0 if one == two else 1.0

            def quantity(
                x: Stack,
                i: int = i,
                j: int = int(j),
                k: int = k,
                column: int = column,
                by: Array = twice * levels,
            ) -> Array:
                # the path belongs to the standardised product; the product of standardised scores has its own spread
                raw = x.solved.b[:, k, j] / x.moments.sd[:, column]
                return x.solved.b[:, i, j][:, None] + raw[:, None] * by

            found = fit.spread(quantity)
            records += [
                {
                    "lhs": d.constructs[j], "rhs": one, "moderator": two, "at": float(level),
                    "estimate": float(found.estimate[m]), "se": float(found.se[m]), "low": float(found.low[m]),
                    "high": float(found.high[m]),
                }
                for m, level in enumerate(levels)
            ]  # fmt: skip
    return Table.of(records)


def _stack_of(m: Moments) -> Moments:
    mean = None if m.mean is None else m.mean[None]
    return Moments.trusted(m.n, m.cov[None], mean, m.names, sumw=m.sumw, sumw2=m.sumw2, n_total=m.n_total)


def _extended(
    x: Array, w: Array, m: Moments, solved: Solved, stages: Stages, first: Design, second: Sequence[str]
) -> Moments:
    """Moments of the items and of the products of standardised scores, for each weighting of the rows."""
    p, q = len(first.indicators), len(stages.products)
    raw = solved.w / m.sd[:, :, None]
    center = np.einsum("rp,rpj->rj", np.asarray(m.mean), raw)
    scores = {
        name: x @ raw[:, :, j].T - center[:, j]  # (n, R)
        for name, j in ((n, first.constructs.index(n)) for pair in stages.products for n in pair[:2])
    }
    columns = np.stack([(scores[a] * scores[b]).T for a, b, _ in stages.products], axis=1)  # (R, q, n)
    total = w.sum(axis=1)[:, None]
    mean = np.einsum("rqn,rn->rq", columns, w) / total
    d = columns - mean[:, :, None]
    weighted = d * w[:, None, :]
    cov = np.empty((len(w), p + q, p + q))
    cov[:, :p, :p] = m.cov
    cov[:, p:, :p] = weighted @ (x - x.mean(axis=0)) / (total[:, :, None] - 1)
    cov[:, :p, p:] = np.swapaxes(cov[:, p:, :p], 1, 2)
    cov[:, p:, p:] = weighted @ np.swapaxes(d, 1, 2) / (total[:, :, None] - 1)
    cov[~solved.converged] = np.nan
    names = (*first.indicators, *(name for *_, name in stages.products))
    order = [names.index(n) for n in second]
    center_all = np.concatenate([np.asarray(m.mean), mean], axis=1)[:, order]
    return Moments.trusted(
        m.n,
        cov[:, order][:, :, order],
        center_all,
        tuple(second),
        sumw=m.sumw,
        sumw2=m.sumw2,
        n_total=m.n_total,
    )


def stage_designs(stages: Stages, modes: Mapping[str, str]) -> tuple[Design, Design]:
    """The designs of both stages."""
    known = {c.name for c in stages.first.constructs}
    first = design_of(stages.first, {k: v for k, v in modes.items() if k in known})
    left = {k: v for k, v in modes.items() if k not in stages.parts}
    second = design_of(stages.second, left)
    if len(first.constructs) < 2:
        raise SurveykitError("stage one needs two constructs", code="PLS_HIGHER_ORDER")
    return first, second
