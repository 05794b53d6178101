"""The result of a PLS model: loadings, weights and paths with bootstrap intervals, and its assessment."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from surveykit.model import Model
from surveykit.results import Check, Result, Table, worst
from surveykit.sem.pls import measures
from surveykit.sem.pls.design import Design
from surveykit.sem.pls.kernel import Solved
from surveykit.sem.pls.sample import PlsSample
from surveykit.sem.result import FIRST_MEASURES, TIDY

if TYPE_CHECKING:
    import pandas as pd

__all__ = ["PlsFit", "PlsOptions"]

Array = NDArray[np.float64]
LEAST_REPLICATES = 20


@dataclass(frozen=True, slots=True)
class PlsOptions:
    """What ``fit`` was asked for."""

    method: str = "pls"
    scheme: str = "path"
    modes: Mapping[str, str] = field(default_factory=dict)
    missing: str = "listwise"
    bootstrap: int = 1000
    seed: int = 1
    level: float = 0.95
    name: str = "model"


@dataclass(frozen=True, slots=True)
class PlsFit(Result):
    """A PLS path model. Frozen; everything is standardised.

    ``solved`` is the solution as a stack of one, ``replicates`` the bootstrap's (None without rows) with the replicates
    that settled, ``failed`` how many did not. In ``tidy()`` each indicator has its loading (``=~``) and
    its weight (``<~``), each path a row ``~``; intervals are bootstrap percentiles, ``se`` the standard
    deviation of the replicates, ``z`` and ``p`` from the normal distribution.
    """

    kind: ClassVar[str] = "fit"
    model: Model
    design: Design
    options: PlsOptions
    sample: PlsSample
    solved: Solved
    replicates: Solved | None
    failed: int
    judged: tuple[Check, ...]
    choices: tuple[str, ...]
    _memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)

    @property
    def id(self) -> str:
        return self.options.name

    @property
    def checks(self) -> tuple[Check, ...]:
        return self.judged

    @property
    def refused(self) -> bool:
        """Whether the gate forbids to interpret this fit."""
        return worst(self.judged) == "refuse"

    @property
    def converged(self) -> bool:
        """True: a model that did not settle is an error and has no result."""
        return True

    @property
    def method(self) -> str:
        """``pls`` or ``plsc``."""
        return self.options.method

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

    def notes(self) -> tuple[str, ...]:
        return self.choices

    def tidy(self) -> pd.DataFrame:
        """Loadings, weights, paths, correlations of exogenous constructs and defined effects."""
        table: Table = self._once("tidy", self._rows)
        return table.frame()

    def glance(self) -> pd.DataFrame:
        """One row: the columns of every structural fit (χ² and its kin are not defined here), then PLS' own."""
        import pandas as pd

        own = {
            "iterations": int(self.solved.iterations[0]),
            **{f"{k}_estimated": v for k, v in self._misfit(saturated=False).items()},
            **{f"{k}_saturated": v for k, v in self._misfit(saturated=True).items()},
            "replicates": 0 if self.replicates is None else len(self.replicates.w),
            "replicates_failed": self.failed,
        }
        first = dict.fromkeys(FIRST_MEASURES, float("nan")) | {"n": self.n, "srmr": own["srmr_estimated"]}
        return pd.DataFrame([{**first, **own}])

    def tables(self) -> Mapping[str, Table]:
        """``r2 effects quality htmt latent_correlations fornell_larcker cross_loadings inner_vif item_vif f2``.

        Where the response scales are known, ``index`` and ``importance`` too.
        """
        made: dict[str, Callable[[], Table]] = {
            "r2": self._r2,
            "effects": self._effects,
            "quality": self._quality,
            "htmt": self._htmt,
            "latent_correlations": self._correlations,
            "fornell_larcker": self._fornell_larcker,
            "cross_loadings": self._cross,
            "inner_vif": self._inner_vif,
            "item_vif": self._item_vif,
            "f2": self._f2,
            "index": self._index,
            "importance": self._importance,
        }
        found = {name: self._once(name, make) for name, make in made.items()}
        return {name: table for name, table in found.items() if table.rows}

    # --- bootstrap --------------------------------------------------------------------------------

    def _spread(self, drawn: Array | None, shape: tuple[int, ...]) -> tuple[Array, Array, Array]:
        if drawn is None or len(drawn) < LEAST_REPLICATES:
            nothing = np.full(shape, np.nan)
            return nothing, nothing, nothing
        tail = (1 - self.options.level) / 2
        low, high = np.quantile(drawn, [tail, 1 - tail], axis=0)
        return drawn.std(axis=0, ddof=1), low, high

    def _of(self, name: str) -> tuple[Array, Array, Array, Array]:
        """An array of the solution with its standard error and bounds."""
        value: Array = getattr(self.solved, name)[0]
        drawn = None if self.replicates is None else getattr(self.replicates, name)
        return value, *self._once(f"spread {name}", lambda: self._spread(drawn, value.shape))

    # --- tables -----------------------------------------------------------------------------------

    def _rows(self) -> Table:
        from scipy.special import ndtr

        d, out = self.design, []
        labels = {(p.lhs, p.rhs): p.label[0] if p.label else "" for p in self.model.parameters if p.op == "~"}

        def row(lhs: str, op: str, rhs: str, label: str, numbers: tuple[float, ...]) -> None:
            estimate, se, low, high = (float(v) for v in numbers)
            z = estimate / se if se > 1e-12 and not self.refused else float("nan")
            out.append(
                (lhs, op, rhs, "", label, estimate, se, z, float(2 * ndtr(-abs(z))), low, high, estimate)
            )

        for op, what in (("=~", "loadings"), ("<~", "w")):
            parts = self._of(what)
            for j, construct in enumerate(d.constructs):
                for i in d.block(j):
                    row(construct, op, d.indicators[i], "", tuple(part[i, j] for part in parts))
        parts = self._of("b")
        for source, target in self.model.paths:
            i, j = d.constructs.index(source), d.constructs.index(target)
            row(target, "~", source, labels.get((target, source), ""), tuple(part[i, j] for part in parts))
        for name, value, drawn in self._defined():
            se, low, high = self._spread(drawn, ())
            row(
                name,
                ":=",
                self.model.defined[name].to_text(),
                name,
                (value, float(se), float(low), float(high)),
            )
        return Table(TIDY, tuple(out))

    def _defined(self) -> list[tuple[str, float, Array | None]]:
        """Defined effects at the estimates and in every replicate."""
        places = {
            p.label[0]: (self.design.constructs.index(p.rhs), self.design.constructs.index(p.lhs))
            for p in self.model.parameters
            if p.op == "~" and p.label and p.label[0]
        }

        def evaluated(b: Array) -> dict[str, float]:
            known = {label: float(b[place]) for label, place in places.items()}
            for name, expression in self.model.defined.items():
                known[name] = float(expression.evaluate(known))
            return known

        if not self.model.defined:
            return []
        at = evaluated(self.solved.b[0])
        drawn = None if self.replicates is None else [evaluated(b) for b in self.replicates.b]
        return [
            (name, at[name], None if drawn is None else np.array([k[name] for k in drawn]))
            for name in self.model.defined
        ]

    def _r2(self) -> Table:
        r2, se, low, high = self._of("r2")
        n, records = self.n, []
        for j in self.design.endogenous:
            k = len(self.design.before(int(j)))
            records.append(
                {
                    "group": "",
                    "lhs": self.design.constructs[j],
                    "r2": float(r2[j]),
                    "r2_adjusted": float(1 - (1 - r2[j]) * (n - 1) / (n - k - 1)),
                    "se": float(se[j]),
                    "low": float(low[j]),
                    "high": float(high[j]),
                    # BIC of the regression (Sharma et al. 2019), SSE = (1 − R²)(n − 1)
                    "bic": float(n * (np.log((1 - r2[j]) * (n - 1) / n) + (k + 1) * np.log(n) / n)),
                    "aic": float(n * (np.log((1 - r2[j]) * (n - 1) / n) + 2 * (k + 1) / n)),
                }
            )
        return Table.of(records)

    def _effects(self) -> Table:
        """Direct, indirect and total effects between constructs."""
        from scipy.special import ndtr

        names, records = self.design.constructs, []
        direct, total = self._of("b"), self._of("total")
        indirect_at = self.solved.total[0] - self.solved.b[0]
        drawn = None if self.replicates is None else self.replicates.total - self.replicates.b
        indirect = (indirect_at, *self._spread(drawn, indirect_at.shape))
        reached = np.abs(np.linalg.inv(np.eye(len(names)) - self.design.paths)) > 1e-9
        two_steps = (self.design.paths.astype(float) @ reached @ self.design.paths) > 0
        kinds = (
            ("direct", direct, self.design.paths),
            ("indirect", indirect, two_steps),
            ("total", total, reached),
        )
        for i, source in enumerate(names):
            for j, target in enumerate(names):
                for kind, parts, there in kinds:
                    if i == j or not there[i, j]:
                        continue
                    estimate, se, low, high = (float(part[i, j]) for part in parts)
                    z = estimate / se if se > 1e-12 and not self.refused else float("nan")
                    records.append(
                        {
                            "from": source, "to": target, "kind": kind, "group": "", "estimate": estimate, "se": se,
                            "low": low, "high": high, "p": float(2 * ndtr(-abs(z))), "std": estimate,
                        }
                    )  # fmt: skip
        return Table.of(records)

    def _quality(self) -> Table:
        d, m = self.design, self.sample.moments
        rho_c, ave = measures.quality(self.solved, d)
        raw, std = measures.alpha(m.cov[None], d), measures.alpha(m.cor[None], d)
        records = [
            {
                "lhs": name,
                "items": int(d.member[:, j].sum()),
                "mode": d.modes[j],
                "alpha_raw": float(raw[0, j]),
                "alpha_standardised": float(std[0, j]),
                "rho_a": float(self.solved.rho_a[0, j]),
                "rho_c": float(rho_c[0, j]),
                "ave": float(ave[0, j]),
            }
            for j, name in enumerate(d.constructs)
        ]
        return Table.of(records)

    def _htmt(self) -> Table:
        pairs, one, two = measures.heterotrait(self.sample.moments.cor[None], self.design)
        stacked = self.sample.replicates
        drawn = None if stacked is None else measures.heterotrait(stacked.cor, self.design)[1]
        _, low, high = self._spread(drawn, one[0].shape)
        names = self.design.constructs
        return Table.of(
            [
                {
                    "group": "", "lhs": names[i], "rhs": names[j], "htmt": float(one[0, at]), "low": float(low[at]),
                    "high": float(high[at]), "htmt2": float(two[0, at]),
                }
                for at, (i, j) in enumerate(pairs)
            ]
        )  # fmt: skip

    def _correlations(self) -> Table:
        c, se, low, high = self._of("c")
        names = self.design.constructs
        return Table.of(
            [
                {
                    "group": "", "lhs": names[i], "rhs": names[j], "estimate": float(c[i, j]), "se": float(se[i, j]),
                    "low": float(low[i, j]), "high": float(high[i, j]),
                }
                for i in range(len(names))
                for j in range(i + 1, len(names))
            ]
        )  # fmt: skip

    def _fornell_larcker(self) -> Table:
        """√AVE on the diagonal, correlations of the constructs below."""
        ave = measures.quality(self.solved, self.design)[1][0]
        c, names = self.solved.c[0], self.design.constructs
        return Table.of(
            [
                {
                    "lhs": a,
                    **{
                        b: float(np.sqrt(ave[i]) if i == j else c[i, j]) for j, b in enumerate(names[: i + 1])
                    },
                }
                for i, a in enumerate(names)
            ],
            ("lhs", *names),
        )

    def _cross(self) -> Table:
        cross, names = self.solved.cross[0], self.design.constructs
        return Table.of(
            [
                {"item": item, **{c: float(cross[i, j]) for j, c in enumerate(names)}}
                for i, item in enumerate(self.design.indicators)
            ]
        )

    def _inner_vif(self) -> Table:
        names = self.design.constructs
        found = measures.inner_vif(self.solved.c, self.design)
        return Table.of([{"lhs": names[j], "rhs": names[i], "vif": float(v[0])} for j, i, v in found])

    def _item_vif(self) -> Table:
        vif = measures.item_vif(self.sample.moments.cor[None], self.design)[0]
        return Table.of(
            [
                {"item": n, "vif": float(v)}
                for n, v in zip(self.design.indicators, vif, strict=True)
                if np.isfinite(v)
            ]
        )

    def _f2(self) -> Table:
        names = self.design.constructs
        found = measures.effect_sizes(self.solved, self.design)
        drawn = None if self.replicates is None else measures.effect_sizes(self.replicates, self.design)
        records = []
        for at, (j, i, value) in enumerate(found):
            _, low, high = self._spread(None if drawn is None else drawn[at][2], ())
            records.append(
                {
                    "lhs": names[j],
                    "rhs": names[i],
                    "f2": float(value[0]),
                    "low": float(low),
                    "high": float(high),
                }
            )
        return Table.of(records)

    def _index(self) -> Table:
        from surveykit.sem.pls.index import index_table

        return index_table(self)

    def _importance(self) -> Table:
        from surveykit.sem.pls.index import importance_table

        return importance_table(self)

    def _misfit(self, *, saturated: bool) -> dict[str, float]:
        r = self.sample.moments.cor[None]
        consistent = self.options.method == "plsc"
        sigma = measures.implied(r, self.solved, self.design, consistent=consistent, saturated=saturated)
        return {name: float(value[0]) for name, value in measures.misfit(r, sigma).items()}

    def _once(self, name: str, make: Any) -> Any:
        if name not in self._memo:
            self._memo[name] = make()
        return self._memo[name]
