"""The result of a structural model: estimates, fit, the gate's verdict, and the tables that go with them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, ClassVar

import numpy as np
from numpy.typing import NDArray

from surveykit.errors import SurveykitError
from surveykit.model import Model
from surveykit.model.table import ParameterTable, Row
from surveykit.results import Check, Result, Table, worst
from surveykit.sem.bootstrap import Replicates
from surveykit.sem.effects import defined_effects, effects
from surveykit.sem.latentmeans import latent_means
from surveykit.sem.measurement import htmt, latent_correlations, r_squared, residuals
from surveykit.sem.options import Options
from surveykit.sem.sample import GroupSample
from surveykit.sem.solution import Solution, normal_quantile
from surveykit.sem.standardise import Standardised, standardise

if TYPE_CHECKING:
    import pandas as pd

    from surveykit.sem.fiml import Patterns
    from surveykit.sem.wls.basis import Basis

__all__ = ["FIRST_MEASURES", "Fit", "JudgedFit"]

Array = NDArray[np.float64]
TIDY = ("lhs", "op", "rhs", "group", "label", "estimate", "se", "z", "p", "low", "high", "std")
FIRST_MEASURES = (
    "n", "chisq", "df", "p_value", "cfi", "tli", "rmsea", "rmsea_low", "rmsea_high", "srmr",
    "loglik", "aic", "bic",
)  # fmt: skip


class JudgedFit(Result):
    """What every fitted model answers in the same way, whatever the estimator: its name, the gate's verdict."""

    __slots__ = ()
    kind: ClassVar[str] = "fit"
    options: Any
    judged: Sequence[Check]
    choices: tuple[str, ...]

    @property
    def id(self) -> str:
        name: str = self.options.name
        return name

    @property
    def checks(self) -> tuple[Check, ...]:
        return tuple(self.judged)

    @property
    def refused(self) -> bool:
        """Whether the gate forbids to interpret this fit."""
        return worst(self.judged) == "refuse"

    @property
    def converged(self) -> bool:
        """True: a fit that did not converge is an error and has no result."""
        return True

    @property
    def method(self) -> str:
        """The estimator."""
        method: str = self.options.method
        return method

    def notes(self) -> tuple[str, ...]:
        return self.choices


@dataclass(frozen=True, slots=True)
class Fit(JudgedFit):
    """A fitted model. Frozen; other standard errors are another fit.

    ``theta`` (k,) are the free parameters in the order of ``table.names()``, ``vcov`` (k, k) their
    covariance, ``measures`` the fit measures by name, ``std`` the standardised solution (std.all),
    ``checks`` the gate's verdict. ``refused`` says that no sentence and no p-value may be written: ``z``
    and ``p`` are NaN then. ``basis`` is what weighted least squares were fitted to (None otherwise),
    ``patterns`` the missing patterns of each group under FIML.
    """

    model: Model
    table: ParameterTable
    options: Options
    samples: tuple[GroupSample, ...]
    solution: Solution
    std: Standardised
    measures: Mapping[str, float]
    judged: Sequence[Check]
    choices: tuple[str, ...]
    gradient: float
    iterations: int
    replicates: Replicates | None = None
    _memo: dict[str, Any] = field(default_factory=dict, repr=False, compare=False)
    basis: Basis | None = field(default=None, repr=False, compare=False)
    patterns: tuple[Patterns, ...] = field(default=(), repr=False, compare=False)

    @property
    def engine(self) -> str:
        """Who found the estimates: ``surveykit`` or ``semopy``."""
        return self.options.engine or "surveykit"

    @property
    def theta(self) -> Array:
        """The free parameters (k,)."""
        return self.solution.theta

    @property
    def vcov(self) -> Array:
        """The covariance (k, k) of the free parameters."""
        return self.solution.vcov

    @property
    def n(self) -> int:
        """Rows used, all groups together."""
        return sum(s.n for s in self.samples)

    @property
    def n_total(self) -> int:
        """Rows looked at before incomplete ones were set aside."""
        return sum(s.n_total for s in self.samples)

    def implied(self, group: str = "") -> tuple[Array, Array]:
        """Σ (p, p) and μ (p,) of a group at the estimates, in the order of ``table.observed``."""
        labels = [g.label for g in self.solution.groups]
        state = self.solution.groups[labels.index(group)].state
        return state.Sigma, state.mu

    def tidy(self) -> pd.DataFrame:
        """One row per parameter and defined effect; ``std`` is std.all. Fixed rows have se 0."""
        return self._rows().frame()

    def glance(self) -> pd.DataFrame:
        """One row: the measures of :data:`FIRST_MEASURES`, then the others under lavaan's names."""
        import pandas as pd

        return pd.DataFrame([self._glance()])

    def _glance(self) -> dict[str, Any]:
        values: dict[str, Any] = {"n": self.n, **self.measures}
        if self.refused:
            values |= {name: float("nan") for name in values if _is_p_value(name)}
        first = {name: values[name] for name in FIRST_MEASURES}
        return first | {name: value for name, value in values.items() if name not in first}

    def tables(self) -> Mapping[str, Table]:
        """``r2 effects latent_correlations residuals standardised htmt latent_means`` (each only where it has rows)."""
        level = self.options.level
        made = {
            "r2": lambda: r_squared(self.solution),
            "effects": lambda: effects(
                self.solution, level, p_values=not self.refused, replicates=self.replicates
            ),
            "latent_correlations": lambda: latent_correlations(self.solution, level),
            "residuals": lambda: residuals(self.solution, self.samples),
            "standardised": self._standardised,
            "htmt": lambda: htmt(self.solution, self.samples),
            "latent_means": lambda: latent_means(self.solution, self.samples, level, tests=not self.refused),
        }
        found = {name: self._once(name, make) for name, make in made.items()}
        return {name: table for name, table in found.items() if table.rows}

    def standardised(self, kind: str = "std_all") -> pd.DataFrame:
        """The standardised solution as a frame; ``kind`` is ``std_all``, ``std_lv`` or ``std_nox``."""
        return self._standardised(kind).frame()

    def modification_indices(self, least: float = 0.0) -> pd.DataFrame:
        """What freeing one more parameter would change: χ² by ``mi``, the parameter by ``epc``; largest
        first.

        Only indices above ``least``. Columns ``lhs op rhs group mi epc sepc_lv sepc_all sepc_nox``. Of maximum
        likelihood and its robust forms, also of incomplete rows, under constraints and with composites, and of weighted
        least squares (whose ``mi`` is not corrected for its weights, as in lavaan: it ranks, and its size is not that
        of a χ²).
        """
        if self.options.method in ("gls", "uls"):
            raise SurveykitError(
                "modification indices are there for maximum likelihood and weighted least squares",
                hint="fit with method='ml'",
                code="OPTION_UNSUPPORTED",
            )
        from surveykit.sem.modification import modification_indices

        table = self._once("mi", lambda: modification_indices(self))
        frame = table.frame()
        chosen: pd.DataFrame = frame[frame["mi"] > least].reset_index(drop=True)
        return chosen

    def to_lavaan(self, data: str = "") -> str:
        """The R script that gives the same numbers with lavaan.

        From the sample's moments; robust methods, full information, weights, ordered items and the bootstrap need
        the answers, which the script reads from the CSV file ``data`` (``answers.csv`` where none is named).
        """
        from surveykit.sem.lavaan import r_script

        means = self.table.meanstructure
        return r_script(self.model, self.options, self.samples, meanstructure=means, data=data)

    def _once(self, name: str, make: Any) -> Any:
        if name not in self._memo:
            self._memo[name] = make()
        return self._memo[name]

    def _rows(self) -> Table:
        return self._once("tidy", self._make_rows)  # type: ignore[no-any-return]

    def _make_rows(self) -> Table:
        from scipy.special import ndtr

        rows = [r for r in self.table if r.group]
        estimates = [self.solution.value(r) for r in rows]
        se_all = np.sqrt(np.maximum(np.diagonal(self.vcov), 0.0))
        ses = [float(se_all[r.free - 1]) if r.free else self._fixed_se(r) for r in rows]
        names = [(r.lhs, r.op, r.rhs, self._group_label(r), r.label) for r in rows]
        stds = [float(v) for v in self.std.values]
        for effect, row in self._defined():
            estimates.append(effect.estimate)
            ses.append(effect.se)
            stds.append(effect.std)
            names.append((row.lhs, row.op, row.rhs, "", row.label))
        half = normal_quantile(self.options.level)
        bounds = self._percentiles(rows)
        out = []
        for i, (name, estimate, se, std) in enumerate(zip(names, estimates, ses, stds, strict=True)):
            z = estimate / se if se > 0 and not self.refused else float("nan")
            p = float(2 * ndtr(-abs(z)))
            low, high = bounds.get(i, (estimate - half * se, estimate + half * se))
            out.append((*name, estimate, se, z, p, low, high, std))
        return Table(TIDY, tuple(out))

    def _fixed_se(self, row: Row) -> float:
        """The standard error of a row that is no parameter: 0, or that of what follows from a composite."""
        if self.replicates is None or not self.table.derived(row):
            return self.solution.se(row)
        values = self._replicated(row)
        return float(np.std(values, ddof=1)) if len(values) else float("nan")

    def _replicated(self, row: Row) -> Array:
        """What follows from a composite in every bootstrap sample; empty where a sample's predictors would be needed."""
        if self.replicates is None or self.table.fixed_columns:
            return np.zeros(0)
        theta, (group, i, j) = self.replicates.theta, self.solution.at(row)
        state, derived = group.block.state(theta), self.table.derived(row)
        if derived == "moment":
            return np.asarray(state.C[:, i, j])
        if derived == "mean":
            return np.asarray(state.mean[:, i])
        _, S, m = group.block.fill(theta)
        return np.asarray(S[:, i, i] if derived == "variance" else m[:, i])

    def _percentiles(self, rows: list[Row]) -> dict[int, tuple[float, float]]:
        """Bootstrap intervals by place in the tidy table."""
        if self.replicates is None:
            return {}
        theta, level = self.replicates.theta, self.options.level
        found = {i: self.replicates.bounds(theta[:, r.free - 1], level) for i, r in enumerate(rows) if r.free}
        for i, row in enumerate(rows):
            if self.table.derived(row) and len(self._replicated(row)):
                found[i] = self.replicates.bounds(self._replicated(row), level)
        for i, effect in enumerate(self.table.defined(theta), start=len(rows)):
            found[i] = self.replicates.bounds(np.asarray(effect.value), level)
        return found

    def _defined(self) -> list[tuple[Any, Row]]:
        found = {row.lhs: row for row in self.table if row.op == ":="}
        return [(effect, found[effect.name]) for effect in defined_effects(self.solution, self.std)]

    def _group_label(self, row: Row) -> str:
        return self.table.groups[row.group - 1]

    def _standardised(self, kind: str = "std_all") -> Table:
        from scipy.special import ndtr

        solution = self.std if kind == "std_all" else standardise(self.solution, kind)
        half = normal_quantile(self.options.level)
        records = [
            (r.lhs, r.op, r.rhs, self._group_label(r), float(v), float(s))
            for r, v, s in zip(solution.rows, solution.values, solution.se, strict=True)
        ]
        if kind == "std_all":
            records += [
                (row.lhs, row.op, row.rhs, "", effect.std, effect.std_se) for effect, row in self._defined()
            ]
        out = []
        for *name, value, se in records:
            se = 0.0 if se < 1e-12 else se
            z = value / se if se > 0 and not self.refused else float("nan")
            out.append((*name, value, se, z, float(2 * ndtr(-abs(z))), value - half * se, value + half * se))
        return Table(("lhs", "op", "rhs", "group", "est", "se", "z", "p", "low", "high"), tuple(out))


def _is_p_value(measure: str) -> bool:
    """Whether a measure is a p-value of the model (those of the baseline say nothing of it)."""
    return measure == "p_value" or ("pvalue" in measure and not measure.startswith("baseline"))
