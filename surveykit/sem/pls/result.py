"""The result of a PLS model: loadings, weights and paths with bootstrap intervals, and its assessment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from surveykit.model import Model
from surveykit.results import Check, Table
from surveykit.sem.pls.design import Design
from surveykit.sem.pls.implied import Behind, distances
from surveykit.sem.pls.index import known
from surveykit.sem.pls.inference import LEAST_REPLICATES, Inference, Quantity, Spread, Stack
from surveykit.sem.pls.kernel import Solved
from surveykit.sem.pls.sample import PlsSample
from surveykit.sem.pls.weights import solutions
from surveykit.sem.result import TIDY, JudgedFit

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PlsFit", "PlsOptions"]

Array = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class PlsOptions:
    """What ``fit`` was asked for."""

    method: str = "pls"
    scheme: str = "path"
    modes: Mapping[str, str] = field(default_factory=dict)
    missing: str = "listwise"
    bootstrap: int = 1000
    interval: str = "percentile"
    interactions: tuple[tuple[str, str, str], ...] = ()
    approach: str = "two_stage"
    hierarchy: str = "two_stage"
    predict: bool | Mapping[str, Any] = False
    redundancy: Mapping[str, str] = field(default_factory=dict)
    overall: bool = False
    scaled: bool = True
    seed: int = 1
    level: float = 0.95
    name: str = "model"


@dataclass(frozen=True, slots=True)
class PlsFit(JudgedFit):
    """A PLS path model. Frozen; everything is standardised.

    ``inference`` holds the solution as a stack of one, the bootstrap replicates that settled and what the
    kind of interval needs; ``failed`` says how many did not settle; ``products`` names the interactions, whose paths
    are per unit of the product of two standardised scores in ``tidy()`` (``std``: of the standardised product).
    Each indicator has its loading (``=~``) and its weight (``<~``), each path a row ``~``; ``se`` is the standard
    deviation of the replicates, ``z`` and ``p`` are from the normal distribution.
    """

    model: Model
    design: Design
    options: PlsOptions
    sample: PlsSample
    inference: Inference
    failed: int
    judged: tuple[Check, ...]
    choices: tuple[str, ...]
    further: Mapping[str, Table] = field(default_factory=dict)
    products: tuple[str, ...] = ()
    behind: Behind | None = None
    _memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def engine(self) -> str:
        """Who found the estimates."""
        return "surveykit"

    @property
    def n(self) -> int:
        """Rows used."""
        return self.sample.moments.n

    @property
    def n_total(self) -> int:
        """Rows looked at."""
        return self.sample.moments.n_total

    @property
    def solved(self) -> Solved:
        """The solution, as a stack of one."""
        return self.inference.at.solved

    @property
    def crossed(self) -> Mapping[str, tuple[str, str]]:
        """The interactions by name, with the two constructs that each multiplies."""
        table = self.further.get("slopes")
        rows = () if table is None else table.records()
        return {r["product"]: (r["rhs"], r["moderator"]) for r in rows}

    @property
    def replicates(self) -> Solved | None:
        """The bootstrap's solutions that settled and are admissible; None without rows."""
        return None if self.inference.drawn is None else self.inference.drawn.solved

    def spread(self, quantity: Quantity) -> Spread:
        """Any quantity of the solution with its bootstrap standard error and interval."""
        return self.inference.spread(quantity)

    def replicate_correlations(self, one: Quantity, other: Quantity) -> Array:
        """Correlations (K,) of two quantities over the replicates; NaN without them."""
        drawn = self.inference.drawn
        if drawn is None or len(drawn) < LEAST_REPLICATES:
            return np.full(len(one(self.inference.at)[0]), np.nan)
        a, b = one(drawn), other(drawn)
        a, b = a - a.mean(axis=0), b - b.mean(axis=0)
        with np.errstate(invalid="ignore", divide="ignore"):
            found: Array = (a * b).sum(axis=0) / np.sqrt((a * a).sum(axis=0) * (b * b).sum(axis=0))
        return found

    def tidy(self) -> pd.DataFrame:
        """Loadings, weights, paths and defined effects."""
        return self.rows().frame()

    def rows(self) -> Table:
        """What :meth:`tidy` shows, as a plain table."""
        return self._once("tidy", self._rows)  # type: ignore[no-any-return]

    def glance(self) -> pd.DataFrame:
        """One row: n, SRMR, and the other distances of the implied from the observed correlations of the items.

        In a model in stages they are those of the items through all stages; products are left out.
        """
        import pandas as pd

        estimated = self._misfit(saturated=False)
        facts = {
            "n": self.n,
            "method": self.options.method,
            "scheme": self.options.scheme,
            "srmr": estimated["srmr"],
            "d_uls": estimated["d_uls"],
            "d_g": estimated["d_g"],
            **{f"{k}_saturated": v for k, v in self._misfit(saturated=True).items()},
            "iterations": int(self.solved.iterations[0]),
            "replicates": 0 if self.replicates is None else len(self.replicates.w),
            "replicates_failed": self.failed,
        }
        if known(self):
            facts |= {"index_low": 0, "index_high": 100}
        return pd.DataFrame([facts])

    def tables(self) -> Mapping[str, Table]:
        """``r2 effects quality htmt latent_correlations standardised fornell_larcker cross_loadings inner_vif item_vif f2``.

        Where the response scales are known, ``index``, ``importance`` and ``importance_items`` too; a model in two
        stages has ``first_stage`` (weights and loadings), one with interactions
        ``slopes``; ``overall=True`` gives ``overall_fit``.
        """
        from surveykit.sem.pls.tables import TABLES

        found = {name: self._once(name, lambda make=make: make(self)) for name, make in TABLES.items()}
        return {name: table for name, table in {**found, **self.further}.items() if table.rows}

    def path_rows(self, *, raw: bool) -> tuple[list[tuple[str, str]], Spread]:
        """The paths as (to, from) with their spread; ``raw`` gives interactions per unit of the unscaled product."""
        d = self.design
        paths = [(t, s) for s, t in self.model.paths]
        i = np.array([d.constructs.index(s) for _, s in paths])
        j = np.array([d.constructs.index(t) for t, _ in paths])
        made = [k for k, (_, s) in enumerate(paths) if raw and s in self.products]
        columns = [d.indicators.index(paths[k][1]) for k in made]

        def quantity(x: Stack) -> Array:
            b = x.solved.b[:, i, j]
            if made:
                b[:, made] /= x.moments.sd[:, columns]
            return b

        return paths, self.spread(quantity)

    def _measured(self) -> list[tuple[int, int, int | None]]:
        """(construct, indicator, part): what measures each construct; a part where indicators are repeated."""
        d, wholes = self.design, dict(self.design.wholes)
        of, item = np.nonzero(d.member.T)
        out: list[tuple[int, int, int | None]] = [
            (int(j), int(i), None) for j, i in zip(of, item, strict=True) if int(j) not in wholes
        ]
        out += [(j, 0, part) for j, parts in d.wholes for part in parts]
        return sorted(out, key=lambda row: row[0])

    def _rows(self) -> Table:
        from scipy.special import ndtr

        d, out = self.design, []
        labels = {(p.lhs, p.rhs): p.label[0] if p.label else "" for p in self.model.parameters if p.op == "~"}
        measured = self._measured()
        named = [
            (d.constructs[j], d.indicators[i] if part is None else d.constructs[part])
            for j, i, part in measured
        ]
        of, item = np.array([m[0] for m in measured]), np.array([m[1] for m in measured])
        paths, raw = self.path_rows(raw=True)
        parts: list[tuple[str, list[tuple[str, str]], Spread]] = [
            (
                "=~",
                named,
                self.spread(lambda x: _with_parts(x.solved.loadings[:, item, of], x, measured, weight=False)),
            ),
            (
                "<~",
                named,
                self.spread(lambda x: _with_parts(x.solved.w[:, item, of], x, measured, weight=True)),
            ),
            ("~", paths, raw),
        ]
        if self.model.defined:
            named = [(name, e.to_text()) for name, e in self.model.defined.items()]
            parts.append((":=", named, self.spread(lambda x: self._defined(x.solved.b))))
        for op, names, found in parts:
            for at, (lhs, rhs) in enumerate(names):
                estimate, se = float(found.estimate[at]), float(found.se[at])
                z = estimate / se if se > 1e-12 and not self.refused else float("nan")
                label = lhs if op == ":=" else labels.get((lhs, rhs), "") if op == "~" else ""
                ends = (float(found.low[at]), float(found.high[at]))
                place = (d.constructs.index(rhs), d.constructs.index(lhs)) if op == "~" else None
                std = estimate if place is None else float(self.solved.b[0][place])
                out.append((lhs, op, rhs, "", label, estimate, se, z, float(2 * ndtr(-abs(z))), *ends, std))
        return Table(TIDY, tuple(out))

    def _defined(self, b: Array) -> Array:
        """Defined effects (R, how many) of a stack of path coefficients."""
        places = {
            p.label[0]: (self.design.constructs.index(p.rhs), self.design.constructs.index(p.lhs))
            for p in self.model.parameters
            if p.op == "~" and p.label and p.label[0]
        }
        known: dict[str, Any] = {label: b[:, i, j] for label, (i, j) in places.items()}
        for name, expression in self.model.defined.items():
            known[name] = np.broadcast_to(np.asarray(expression.evaluate(known), dtype=float), len(b))
        return np.stack([known[name] for name in self.model.defined], axis=1)

    def _misfit(self, *, saturated: bool) -> dict[str, float]:
        if self.behind is None:
            raise RuntimeError("a fit without its plan is no one's result")
        found = distances(self.behind, self.solved, saturated=saturated)
        return {name: float(value[0]) for name, value in found.items()}

    def _once(self, name: str, make: Any) -> Any:
        if name not in self._memo:
            self._memo[name] = make()
        return self._memo[name]


def _with_parts(
    values: Array, x: Stack, measured: Sequence[tuple[int, int, int | None]], *, weight: bool
) -> Array:
    """The rows of parts filled in: their correlation with the whole, and their weight in a regression of the whole."""
    parts: dict[int, list[tuple[int, int]]] = {}
    for at, (j, _, part) in enumerate(measured):
        if part is not None:
            parts.setdefault(j, []).append((at, part))
    for j, listed in parts.items():
        rows, of = [at for at, _ in listed], np.array([part for _, part in listed])
        right = x.solved.c[:, of, j]
        values[:, rows] = solutions(x.solved.c[:, of[:, None], of], right) if weight else right
    return values
