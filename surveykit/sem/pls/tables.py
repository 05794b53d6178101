"""The tables of a PLS fit: effects, R², quality, validity, collinearity, effect sizes."""

from __future__ import annotations

import itertools
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from surveykit.results import Table
from surveykit.sem.pls import measures
from surveykit.sem.pls.index import importance_table, index_table, indicator_table
from surveykit.sem.pls.inference import Spread, Stack

if TYPE_CHECKING:
    from surveykit.sem.pls.result import PlsFit

__all__ = ["TABLES"]


def _r2(fit: PlsFit) -> Table:
    """R² with its interval, adjusted, and the criteria of model selection (Sharma et al. 2019)."""
    found = fit.spread(lambda x: x.solved.r2[:, fit.design.endogenous])
    n, records = fit.n, []
    for at, j in enumerate(fit.design.endogenous):
        k, r2 = len(fit.design.before(int(j))), float(found.estimate[at])
        # SSE = (1 − R²)(n − 1)
        unexplained = np.log((1 - r2) * (n - 1) / n) if r2 < 1 else np.nan
        records.append(
            {
                "group": "",
                "lhs": fit.design.constructs[j],
                "r2": r2,
                "r2_adjusted": 1 - (1 - r2) * (n - 1) / (n - k - 1),
                **_ends(found, at),
                "bic": float(n * (unexplained + (k + 1) * np.log(n) / n)),
                "aic": float(n * (unexplained + 2 * (k + 1) / n)),
            }
        )
    return Table.of(records)


def _ends(found: Spread, at: int) -> dict[str, float]:
    return {"se": float(found.se[at]), "low": float(found.low[at]), "high": float(found.high[at])}


def _effects(fit: PlsFit) -> Table:
    """Direct, indirect and total effects between constructs."""
    from scipy.special import ndtr

    d, names = fit.design, fit.design.constructs
    reached = np.abs(np.linalg.inv(np.eye(len(names)) - d.paths)) > 1e-9
    two_steps = (d.paths.astype(float) @ reached @ d.paths) > 0
    np.fill_diagonal(reached, val=False)
    cells = [(i, j) for i in range(len(names)) for j in range(len(names)) if i != j]
    kinds = (("direct", d.paths), ("indirect", two_steps), ("total", reached))
    wanted = [(i, j, kind) for i, j in cells for kind, there in kinds if there[i, j]]
    i, j = np.array([c[0] for c in wanted]), np.array([c[1] for c in wanted])
    kind = np.array([c[2] for c in wanted])

    def quantity(x: Stack) -> NDArray[np.float64]:
        direct, total = x.solved.b[:, i, j], x.solved.total[:, i, j]
        chosen: NDArray[np.float64] = np.where(
            kind == "direct", direct, np.where(kind == "total", total, total - direct)
        )
        return chosen

    found, records = fit.spread(quantity), []
    for at, (source, target, what) in enumerate(wanted):
        estimate, se = float(found.estimate[at]), float(found.se[at])
        z = estimate / se if se > 1e-12 and not fit.refused else float("nan")
        records.append(
            {
                "from": names[source], "to": names[target], "kind": what, "group": "", "estimate": estimate,
                **_ends(found, at), "p": float(2 * ndtr(-abs(z))), "std": estimate,
            }
        )  # fmt: skip
    return Table.of(records)


def _quality(fit: PlsFit) -> Table:
    """α raw and standardised, ρA, ρC and AVE of each construct."""
    d, m = fit.design, fit.sample.moments
    rho_c, ave = measures.quality(fit.solved, d)
    raw, std = measures.alpha(m.cov[None], d), measures.alpha(m.cor[None], d)
    return Table.of(
        [
            {
                "lhs": name,
                "items": int(d.member[:, j].sum()),
                "mode": d.modes[j],
                "alpha_raw": float(raw[0, j]),
                "alpha_standardised": float(std[0, j]),
                "rho_a": float(fit.solved.rho_a[0, j]),
                "rho_c": float(rho_c[0, j]),
                "ave": float(ave[0, j]),
            }
            for j, name in enumerate(d.constructs)
        ]
    )


def _htmt(fit: PlsFit) -> Table:
    """HTMT with its interval, HTMT2 beside."""
    names = fit.design.constructs
    found = fit.spread(lambda x: measures.htmt_of(x.moments.cov, fit.design))
    pairs, _, two = measures.heterotrait(fit.sample.moments.cor[None], fit.design)
    return Table.of(
        [
            {
                "group": "", "lhs": names[i], "rhs": names[j], "htmt": float(found.estimate[at]),
                "low": float(found.low[at]), "high": float(found.high[at]), "htmt2": float(two[0, at]),
            }
            for at, (i, j) in enumerate(pairs)
        ]
    )  # fmt: skip


def _correlations(fit: PlsFit) -> Table:
    """Correlations of the constructs (under PLSc corrected for attenuation)."""
    names = fit.design.constructs
    pairs = list(itertools.combinations(range(len(names)), 2))
    i, j = np.transpose(pairs)
    found = fit.spread(lambda x: x.solved.c[:, i, j])
    return Table.of(
        [
            {
                "group": "", "lhs": names[a], "rhs": names[b], "estimate": float(found.estimate[at]),
                **_ends(found, at),
            }
            for at, (a, b) in enumerate(pairs)
        ]
    )  # fmt: skip


def _fornell_larcker(fit: PlsFit) -> Table:
    """√AVE on the diagonal, correlations of the constructs below."""
    ave = measures.quality(fit.solved, fit.design)[1][0]
    c, names = fit.solved.c[0], fit.design.constructs
    rows = [
        {"lhs": a, **{b: float(np.sqrt(ave[i]) if i == j else c[i, j]) for j, b in enumerate(names[: i + 1])}}
        for i, a in enumerate(names)
    ]
    return Table.of(rows, ("lhs", *names))


def _cross(fit: PlsFit) -> Table:
    """Correlations of every indicator with every composite."""
    cross, names = fit.solved.cross[0], fit.design.constructs
    return Table.of(
        [
            {"item": item, **{c: float(cross[i, j]) for j, c in enumerate(names)}}
            for i, item in enumerate(fit.design.indicators)
        ]
    )


def _inner_vif(fit: PlsFit) -> Table:
    names = fit.design.constructs
    found = measures.inner_vif(fit.solved.c, fit.design)
    return Table.of([{"lhs": names[j], "rhs": names[i], "vif": float(v[0])} for j, i, v in found])


def _item_vif(fit: PlsFit) -> Table:
    vif = measures.item_vif(fit.sample.moments.cor[None], fit.design)[0]
    listed = zip(fit.design.indicators, vif, strict=True)
    return Table.of([{"item": n, "vif": float(v)} for n, v in listed if np.isfinite(v)])


def _f2(fit: PlsFit) -> Table:
    """Effect sizes f² with intervals."""
    names = fit.design.constructs
    pairs = [(j, i) for j, i, _ in measures.effect_sizes(fit.solved, fit.design)]
    found = fit.spread(lambda x: np.stack([v for *_, v in measures.effect_sizes(x.solved, fit.design)], 1))
    return Table.of(
        [
            {
                "lhs": names[j], "rhs": names[i], "f2": float(found.estimate[at]), "low": float(found.low[at]),
                "high": float(found.high[at]),
            }
            for at, (j, i) in enumerate(pairs)
        ]
    )  # fmt: skip


def _standardised(fit: PlsFit) -> Table:
    """Loadings, weights and paths in the form of every structural fit: all of them are standardised."""
    paths, found = fit.path_rows(raw=False)
    scale = {pair: at for at, pair in enumerate(paths)}
    rows = []
    for r in fit.rows().records():
        if r["op"] == ":=":
            continue
        numbers = [r["estimate"], r["se"], r["z"], r["p"], r["low"], r["high"]]
        if r["op"] == "~" and r["rhs"] in fit.products:
            at = scale[r["lhs"], r["rhs"]]
            numbers[0], numbers[1] = float(found.estimate[at]), float(found.se[at])
            numbers[4], numbers[5] = float(found.low[at]), float(found.high[at])
        rows.append((r["lhs"], r["op"], r["rhs"], r["group"], *numbers))
    return Table(("lhs", "op", "rhs", "group", "est", "se", "z", "p", "low", "high"), tuple(rows))


TABLES: Mapping[str, Callable[[PlsFit], Table]] = {
    "r2": _r2,
    "effects": _effects,
    "quality": _quality,
    "htmt": _htmt,
    "latent_correlations": _correlations,
    "standardised": _standardised,
    "fornell_larcker": _fornell_larcker,
    "cross_loadings": _cross,
    "inner_vif": _inner_vif,
    "item_vif": _item_vif,
    "f2": _f2,
    "index": index_table,
    "importance": importance_table,
    "importance_items": indicator_table,
}
